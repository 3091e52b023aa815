"""A file held against its own name and against the record: month, district, dong, older files, other breakdowns, histories."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from functools import partial

import pytest
from small import make
from sqlalchemy import func, insert, select

from data.engine import writing
from data.imports import ImportReport, Problem, Reason, load, notes, preview, read_lookups
from data.imports.lookups import DistrictReader
from data.imports.refusal import Refused
from data.tables import attendance, batch, dong, spell
from tools.office_files import LOOKUPS, SPELL, VISITS, csv, read, visit
from tools.office_files import period as period_of

NOW = datetime(2026, 11, 1)
DONGS = dataclasses.replace(
    LOOKUPS,
    labels={**LOOKUPS.labels, "11110": "노원구"},
    kostat=LOOKUPS.kostat | {"11110"},
    mois={"11680": "11230", "11110": "11010"},
    dongs={"신사동": ["11210", "11230"], "역삼1동": ["11230"], "종로1234가동": ["11010"]},
)
period = partial(period_of, place="관악구")
BY_AGE = [*VISITS[:3], "연령대", "성별", VISITS[3]]


@pytest.fixture
def engine(database_url):
    engine = make(database_url)
    yield engine
    engine.dispose()


def only(problems: list[Problem]) -> Problem:
    assert len(problems) == 1, [problem.sentence("en") for problem in problems]
    return problems[0]


def send(engine, content: bytes, name: str = "실적.csv") -> ImportReport:
    with engine.connect() as connection:
        parsed = preview(name, content, lookups=read_lookups(connection, now=NOW))
    assert parsed.problems == [], [problem.sentence("en") for problem in parsed.problems]
    return load(engine, parsed, recorded_at=NOW, secret="s")


def count(engine, table) -> int:
    with engine.connect() as connection:
        return connection.execute(
            select(func.count()).select_from(table).where(table.c.superseded_by.is_(None))
        ).scalar_one()


# ── Its own name ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "title", "reason"),
    [
        ("이용실적_2026년 8월.csv", "", Reason.STATED_MONTH), ("이용실적_202608.csv", "", Reason.STATED_MONTH), ("2026-08_실적.csv", "", Reason.STATED_MONTH),
        ("실적.csv", "2026년 8월 이용 실적", Reason.STATED_MONTH), ("이용실적_2026년 9월.csv", "2026년 9월 이용 실적", None),
        ("실적_20261128.csv", "", None), ("실적.csv", "작성: 2026년 10월", None), ("실적.csv", "2026년 8월 31일", None), ("2026년 4월~8월.csv", "", None), ("2026년 8월 31일 기준.csv", "", None), ("2026년 실적.csv", "", None),
        ("관악구_실적.csv", "", Reason.STATED_DISTRICT), ("강남구_실적.csv", "", None), ("강남구·관악구.csv", "", None),
    ],
)  # fmt: skip
def test_a_file_that_speaks_of_another_month_or_district_than_its_rows_is_refused(name, title, reason):
    parsed = read(csv([title, "", "", ""], VISITS, visit(5)), name)
    assert [problem.reason for problem in parsed.problems] == ([] if reason is None else [reason])
    assert parsed.ok == (reason is None)


def test_rows_of_another_month_beside_the_stated_one_are_told():
    parsed = read(csv(VISITS, visit(5), visit(6, "2026-10-01")), "2026년 9월 실적.csv")
    assert parsed.ok and [problem.reason for problem in parsed.told] == [Reason.PARTLY_STATED]
    assert "1행" in parsed.told[0].sentence("ko") and "1 rows" in parsed.told[0].sentence("en")


# ── Dong ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("강남구 신사동", "11230"), ("관악구 신사동", "11210"), ("역삼1동", "11230"), ("강남구 역삼1동", "11230"),
        ("종로1.2.3.4가동", "11010"), ("종로1·2·3·4가동", "11010"), ("종로1ㆍ2ㆍ3ㆍ4가동", "11010"), ("종로1・2・3・4가동", "11010"),
        ("1123051", "11230"), ("11230510", "11230"), ("1168051000", "11230"), ("1168010100", "11230"), ("1111000000", "11010"),
    ],
)  # fmt: skip
def test_a_dong_is_read_as_its_district_by_name_and_by_the_codes_of_either_office(text, district):
    parsed = read(csv(VISITS, visit(5, place=text)), lookups=DONGS)
    assert parsed.problems == [] and parsed.frame["district_code"].tolist() == [district]
    assert ("동 이름이나 동 코드" in "\n".join(notes(parsed, "ko"))) == (text != "1111000000")


@pytest.mark.parametrize(
    ("text", "reason"),
    [("신사동", Reason.AMBIGUOUS_DONG), ("종로구 역삼1동", Reason.UNKNOWN_DISTRICT), ("해운대구 우1동", Reason.UNKNOWN_DISTRICT),
     ("1.168e9", Reason.UNKNOWN_DISTRICT), ("116805", Reason.UNKNOWN_DISTRICT), ("2635051000", Reason.UNKNOWN_DISTRICT)],
)  # fmt: skip
def test_a_dong_of_several_districts_or_of_none_is_refused(text, reason):
    with pytest.raises(Refused) as refused:
        DistrictReader(DONGS, [text])(text)
    assert refused.value.reason is reason


def test_dong_of_every_year_are_known_from_the_store(engine):
    with writing(engine) as connection:
        connection.execute(
            insert(dong),
            [
                {"dong_code": "1121051", "district_code": "11210", "name_ko": "봉천1동", "valid_from_year": 2000, "valid_to_year": 2008},
                {"dong_code": "1121052", "district_code": "11210", "name_ko": "신사동", "valid_from_year": 2009, "valid_to_year": None},
                {"dong_code": "1101051", "district_code": "11010", "name_ko": "신사동", "valid_from_year": 2009, "valid_to_year": None},
            ],
        )  # fmt: skip
    with engine.connect() as connection:
        known = read_lookups(connection).dongs
    assert known == {"봉천1동": ["11210"], "신사동": ["11010", "11210"]}


# ── The record ──────────────────────────────────────────────────────────────────────────────────────────


def by_gwanak(value: int, day: str = "2026-09-01", *more: str) -> list[object]:
    return ["서울마음편의점", "관악구", day, *more, value]


def test_an_older_file_does_not_take_a_newer_one_back(engine):
    assert send(engine, csv(["기준일: 2026-09-30"], VISITS, by_gwanak(20))).added == 1
    older = send(engine, csv(["기준일: 2026. 9. 15."], VISITS, by_gwanak(10)))
    assert not older.ok and only(older.unbalanced).reason is Reason.OLDER_FILE
    for lang in ("ko", "en"):
        assert "2026-09-30" in only(older.unbalanced).sentence(lang)
    newer = send(engine, csv(VISITS, by_gwanak(30)), "실적(2026-10-05 현재).csv")
    assert newer.corrected == 1 and count(engine, attendance) == 1
    with engine.connect() as connection:
        kept = connection.execute(select(batch.c.note).order_by(batch.c.batch_id)).scalars().all()
    assert kept == ["기준일 2026-09-30", "기준일 2026-10-05"]


def test_totals_and_their_parts_of_the_same_day_are_not_added(engine):
    send(
        engine,
        csv(BY_AGE, by_gwanak(12, "2026-09-01", "청년", "여성"), by_gwanak(8, "2026-09-01", "미상", "미상")),
    )
    again = send(engine, csv(VISITS, by_gwanak(20), by_gwanak(7, "2026-09-02")))
    problem = only(again.unbalanced)
    assert (problem.reason, problem.row) == (Reason.OTHER_SCOPE, 2) and "2026-09-01" in problem.sentence("ko")
    assert count(engine, attendance) == 2
    assert send(engine, csv(VISITS, by_gwanak(7, "2026-09-02"))).added == 1
    parts = send(engine, csv(BY_AGE, by_gwanak(3, "2026-09-02", "청년", "여성")))
    assert only(parts.unbalanced).reason is Reason.OTHER_SCOPE
    # A further part of a divided day is no other breakdown.
    assert send(engine, csv(BY_AGE, by_gwanak(4, "2026-09-01", "중장년", "남성"))).added == 1


@pytest.mark.parametrize(
    ("second", "fits"),
    [
        (period("B", "P1", "고립", "2025-06-01"), False), (period("B", "P1", "연결", "2026-01-01"), False),
        (period("B", "P1", "재고립", "2026-01-01"), True), (period("B", "P2", "고립", "2025-06-01"), True),
        (period("B", "P3", "연결", "2026-02-01"), False),
    ],
)  # fmt: skip
def test_a_history_must_agree_with_what_is_recorded_of_the_person(engine, second, fits):
    first = [
        period("A", "P1", "연결", "2025-01-01", "2026-01-01", "재고립"),
        period("D", "P3", "연결", "2025-01-01", "2026-01-01", "", "사망"),
    ]
    send(engine, csv(SPELL, *first))
    report = send(engine, csv(SPELL, second))
    assert report.ok == fits and count(engine, spell) == (3 if fits else 2)
    if not fits:
        problem = only(report.unbalanced)
        assert (problem.reason, problem.row) == (Reason.CONTRADICTS_RECORD, 2)
        assert "2025-01-01부터" in problem.sentence("ko") and "from 2025-01-01" in problem.sentence("en")


def test_a_corrected_history_replaces_the_recorded_one_in_one_file(engine):
    send(engine, csv(SPELL, period("A", "P1", "연결", "2025-01-01")))
    later = period("B", "P1", "재고립", "2025-09-01")
    assert not send(engine, csv(SPELL, later)).ok
    report = send(engine, csv(SPELL, period("A", "P1", "연결", "2025-01-01", "2025-09-01", "재고립"), later))
    assert (report.corrected, report.added) == (1, 1)
