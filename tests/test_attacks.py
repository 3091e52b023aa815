"""Files that were made to stop or fill the server: each is refused in words, and the next file is read.

How fast and in how much memory is measured by `python -m tools.bench --only door`.
"""

import pytest

from data.imports import Reason, receive
from data.imports.sentences import SENTENCES
from guards.confined import Limits, allowed
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
