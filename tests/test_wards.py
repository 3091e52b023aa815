"""A council member's constituency: a named list of dong, from a file or in place, that the overview and the profile speak for."""

from __future__ import annotations

import io
from datetime import datetime

import openpyxl
import pandas as pd
import pytest

from answers import registry
from answers.overview import home
from answers.profile.parts import DONG_MEASURE
from answers.reader import Reader
from answers.store import Store
from data import setup
from data.imports import Reason, preview, read_lookups
from data.wards import listing
from locales import LANGUAGES, t
from metrics.intervals import wilson

AT = datetime(2026, 11, 2, 9, 0)
NAME = "관악구 제1선거구"
HEAD = "선거구,자치구,동\n"
GIVEN = f"{HEAD}{NAME},관악구,보라매동\n{NAME},관악구,은천동\n{NAME},관악구,중앙동\n"


@pytest.fixture(scope="module")
def read(store):
    return Reader(Store(store))


@pytest.fixture(scope="module")
def lookups(office):
    with Store.of(office).connect() as connection:
        return read_lookups(connection, now=AT)


def workbook(text: str) -> bytes:
    book = openpyxl.Workbook()
    for row in text.splitlines():
        book.active.append(row.split(","))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("선거구.csv", GIVEN.encode("cp949")),
        ("선거구.csv", GIVEN.encode("utf-8-sig")),
        ("선거구.xlsx", workbook(GIVEN)),
    ],
    ids=["cp949", "utf-8", "xlsx"],
)
def test_a_list_of_dong_comes_from_a_file_of_the_office(lookups, name, content):
    parsed = preview(name, content, lookups=lookups)
    assert (parsed.table_name, parsed.problems) == ("ward", [])
    assert parsed.frame.to_dict("records") == [
        {"name": NAME, "district_code": "11210", "dong": dong} for dong in ("보라매동", "은천동", "중앙동")
    ]


@pytest.mark.parametrize(("row", "reason", "said"), [
    ("관악구,삼청동", Reason.UNKNOWN_DONG, "보라매동"),  # which lies in Jongno
    ("관악구,없는동", Reason.UNKNOWN_DONG, "보라매동"),
    ("없는구,보라매동", Reason.UNKNOWN_DISTRICT, ""),
    ("관악구,", Reason.MISSING_VALUE, ""),
])  # fmt: skip
def test_a_dong_that_the_district_does_not_have_is_refused_with_its_line(lookups, row, reason, said):
    (problem,) = preview("선거구.csv", f"{GIVEN}{NAME},{row}\n".encode("cp949"), lookups=lookups).problems
    assert (problem.row, problem.reason) == (5, reason)
    assert all(said in problem.sentence(lang) for lang in LANGUAGES)


def test_the_same_name_of_a_dong_is_told_apart_by_its_district(lookups):
    text = f"{HEAD}가,강남구,신사동\n나,관악구,신사동\n"
    assert preview("선거구.csv", text.encode(), lookups=lookups).frame["district_code"].tolist() == [
        "11230",
        "11210",
    ]


@pytest.fixture(scope="module")
def own(office_copy, tmp_path_factory):
    """An office that has set up a constituency with one dong that is gone."""
    mine = Store(office_copy(tmp_path_factory.mktemp("wards") / "ieum.db"))
    rows = [{"name": NAME, "district_code": "관악구", "dong": dong} for dong in ("보라매동", "은천동")]
    report = setup.save(
        mine.engine, "ward", rows, author="김담당", reason="2026년 획정", seen=10**6, recorded_at=AT
    )
    assert report.added == 2
    mine.changed()
    return Reader(mine)


def test_what_is_set_up_in_place_keeps_who_and_why_and_stands_on_the_list(own):
    (ward,) = home.wards(own).values()
    assert ward.name == NAME and len(ward.dong) == 2
    history = registry.answer("setup.wards", own, "ko").tables()[-1]
    assert [str(history.rows[0][1]).split(" · ")[0], str(history.rows[0][2])] == ["김담당", "2026년 획정"]
    assert own.rows(listing)["dong"].tolist() == ["보라매동", "은천동"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_overview_speaks_for_it_with_the_ratio_of_its_sums_and_for_its_districts(read, lang):
    code, ward = next((c, w) for c, w in home.wards(read).items() if "가" in w.name)
    sentence = registry.answer("overview", read, lang, {"home": code}).sentence
    where = {"year": 2025}
    rows = read.frame(DONG_MEASURE, keys=("area_code",), where=where, level="dong", vintage=2020)
    mine = rows[rows["area_code"].isin(ward.dong)]
    share = mine["numerator"].sum() / mine["denominator"].sum()
    low, high = wilson(mine["numerator"].sum(), mine["denominator"].sum())
    assert len(mine) == 5 and ward.name in sentence
    assert f"{100 * share:.1f}%" in sentence and f"{100 * low:.1f}–{100 * high:.1f}%" in sentence
    profile = registry.answer("district_profile", read, lang, {"gu": "11210"})
    assert profile.sentence in sentence  # of services its district speaks


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_profile_of_its_district_lists_its_dong_and_all_together_and_other_profiles_do_not(read, lang):
    code, ward = next((c, w) for c, w in home.wards(read).items() if "가" in w.name)
    found = registry.answer("district_profile", read, lang, {"gu": "11210", "home": code})
    (table,) = [one for one in found.tables() if one.name == "ward_11210"]
    assert len(table.rows) == 5 + 2 and ward.name in table.caption
    together = home.together(ward.dong, read, 2025)
    assert str(table.rows[5][1]) == f"{together[0]:.1f}%" and str(table.rows[5][0]) == t(
        "profile.ward_all", lang, n=5
    )
    for given in ({"gu": "11210"}, {"gu": "11010", "home": code}):
        assert not any(
            one.name.startswith("ward_")
            for one in registry.answer("district_profile", read, lang, given).tables()
        )


def test_dong_that_are_picked_one_by_one_are_told_as_such(read):
    picked = ".".join(next(iter(home.wards(read).values())).dong[:2])
    code = home.district_of(picked.split(".")[0])
    found = registry.answer("district_profile", read, "ko", {"gu": code, "home": picked})
    assert any(one.caption == t("profile.ward_own", "ko") for one in found.tables())


def test_a_figure_that_one_dong_lacks_is_no_sum_of_the_others(read, monkeypatch):
    ward = next(iter(home.wards(read).values()))
    assert home.together([*ward.dong, "1121099"], read, 2025) is None
    assert home.together([], read, 2025) is None


def test_dong_of_a_list_that_are_gone_are_named(read, monkeypatch):
    lists = pd.DataFrame(
        [("옛 선거구", "11210", "보라매동"), ("옛 선거구", "11210", "신림본동")],
        columns=["name", "district_code", "dong"],
    )
    kept = Reader.rows

    def rows(self, query, **more):
        return lists if query is listing else kept(self, query, **more)

    monkeypatch.setattr(Reader, "rows", rows)
    found = home.wards.__wrapped__(read) if hasattr(home.wards, "__wrapped__") else home.wards(read)
    (ward,) = found.values()
    assert (len(ward.dong), ward.unknown) == (1, ("신림본동",))
