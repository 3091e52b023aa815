"""Files that were made to stop or fill the server: each is refused in words, and the next file is read.

How fast and in how much memory is measured by `python -m tools.bench --only door`.
"""

import pandas as pd
import pytest

from data.imports import Reason, receive
from data.imports.sentences import SENTENCES
from geo import own_boundaries as own
from guards.confined import MB, Limits, allowed
from locales import t
from tests.test_import_files import HEADER, LOOKUPS, ROW, csv
from tools import attacks

SECONDS = 1.0  # of the processor: enough for each that is refused by its shape, and the rest end by it


@pytest.mark.parametrize("case", attacks.FILES)
def test_a_file_made_to_stop_the_server_is_refused_with_what_to_do(case):
    content = attacks.FILES[case]()
    parsed = receive("파일.xlsx", content, lookups=LOOKUPS, limits=Limits(allowed(content).memory, SECONDS))
    assert not parsed.ok and parsed.problems
    for problem in parsed.problems:
        assert SENTENCES[problem.reason][1].split("{")[0] in problem.sentence("ko")
        assert SENTENCES[problem.reason][3].split("{")[0] in problem.sentence("en")
        assert len(problem.sentence("ko")) < 2_000
    assert receive("실적.csv", csv(HEADER, ROW), lookups=LOOKUPS).ok


def test_a_cell_no_longer_than_excel_takes_and_a_line_of_empty_cells_are_read():
    longest = receive("실적.csv", csv(HEADER + ",메모", f"{ROW},{'가' * 32_000}"), lookups=LOOKUPS)
    wide = receive("실적.csv", csv(HEADER + "," * 1_000, ROW + "," * 1_000), lookups=LOOKUPS)
    assert longest.ok and wide.ok
    over = receive("실적.csv", csv(HEADER + ",메모", f"{ROW},{'가' * 32_768}"), lookups=LOOKUPS)
    assert [problem.reason for problem in over.problems] == [Reason.CELL_TOO_LONG]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_lines_end_as_windows_unix_and_old_macs_end_them(end):
    assert (
        len(
            receive(
                "실적.csv", end.join([HEADER, ROW, ROW.replace("강남구", "관악구")]).encode(), lookups=LOOKUPS
            ).frame
        )
        == 2
    )


@pytest.mark.parametrize("case", attacks.BOUNDARIES)
def test_a_boundary_file_made_to_stop_the_server_is_refused_with_what_to_do(case):
    content = attacks.BOUNDARIES[case]()
    with pytest.raises(own.Refused) as refused:
        own.receive("구.zip", content, limits=Limits(allowed(content).memory, SECONDS))
    said = {"_": "", **refused.value.detail}
    assert all(t(f"boundary.refused_{refused.value.kind}", lang, **said) for lang in ("ko", "en"))


def test_a_shape_that_crosses_itself_everywhere_ends_by_its_limits():
    star = attacks.geojson(attacks.feature({"code": "11010"}, coordinates=attacks.star(20_001)))
    known = own.Known(
        pd.DataFrame({"district_code": ["11010"], "mois_code": ["11110"], "name_ko": ["종로구"]}),
        pd.DataFrame(
            {"dong_code": [""], "name_ko": [""], "valid_from_year": [2025], "valid_to_year": [None]}
        ),
        pd.DataFrame({"area_code": ["11010"], "lon": [126.95], "lat": [37.55]}),
    )
    source = own.receive("구.geojson", star)
    with pytest.raises(own.Refused) as refused:
        own.examine(source, known, column="code", limits=Limits(512 * MB, SECONDS))
    assert refused.value.kind in ("time", "memory")
