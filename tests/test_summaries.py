"""Monthly summaries: they fill the facts of case rows by hand arithmetic, never beside them, and a span fills no month."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook
from small import make
from sqlalchemy import Engine, func, insert, select
from test_service_facts import put_month

from answers import registry as registry_of_answers
from answers.reader import Reader
from answers.store import Store
from answers.written import as_text
from data import coverage, facts, lake, published, queries, summaries
from data import tables as t
from data.build import load_published_totals
from data.codes import CODES, UNKNOWN
from data.engine import writing
from data.imports import ImportReport, load, preview, read_lookups
from data.imports.dates import parse_period
from data.imports.derived import effective
from data.imports.reasons import Reason
from data.imports.refusal import Refused
from data.lake import SummaryStands
from data.undo import undo
from metrics import registry

NOW = datetime(2026, 11, 12)


@pytest.fixture
def engine(database_url: str):
    """A migrated store with three districts and two programmes."""
    engine = make(database_url)
    yield engine
    engine.dispose()


def send(
    engine: Engine, text: str | bytes, *, template: str | None = None, name: str = "실적.csv"
) -> ImportReport:
    content = text if isinstance(text, bytes) else text.encode("cp949")
    with engine.connect() as connection:
        lookups = read_lookups(connection, now=NOW)
    parsed = preview(name, content, template=template, lookups=lookups)
    return load(engine, parsed, recorded_at=NOW, secret="a secret of the test")


def loaded(engine: Engine, text: str | bytes, **more: Any) -> ImportReport:
    report = send(engine, text, **more)
    assert report.batch_id is not None and not report.problems, report.lines("en")
    return report


def rows(engine: Engine, fact: Any, *columns: str) -> list[tuple]:
    with engine.connect() as connection:
        chosen = [fact.c[name] for name in columns]
        return sorted(tuple(row) for row in connection.execute(select(*chosen)))


def reasons(report: ImportReport) -> set[Reason]:
    return {problem.reason for problem in report.problems}


def measured(engine: Engine, metric_id: str, **where: Any) -> tuple[float, float]:
    metric = registry.get(metric_id)
    with engine.connect() as connection:
        found = queries.sums(connection, metric.terms(), where=where).iloc[0]
    return float(found["numerator"]), float(found.get("denominator", 1))


# ── The files of an office ──────────────────────────────────────────────────────────────────────────────

HOTLINE = """외로움안녕120 월별 운영 실적
월,인입,응답,포기,응답률,평균대기(초)
2026-09,"5,905","5,010",895,84.8%,22
2026-10,"5,872","4,943",929,84.2%,23
합계,"11,777","9,953","1,824",84.5%,
"""
CONTACTS = """접촉번호,채널,시도 시각,대기 진입 시각,응답 시각,종료 시각,결과,자치구,연령대,성별,위험 표시,연계 여부
A-1,전화,2026-10-05 10:00:00,2026-10-05 10:00:01,2026-10-05 10:00:09,2026-10-05 10:10:00,응답,{place},19-39,여성,아니오,예
"""


def test_a_monthly_summary_of_the_line_fills_what_it_can_bear_and_nothing_else(engine):
    loaded(engine, HOTLINE)
    told = rows(
        engine,
        t.hotline_monthly,
        "month_key",
        "district_code",
        "channel",
        "offered",
        "answered",
        "abandoned",
        "wait_s",
    )
    assert told == [
        (202609, UNKNOWN, UNKNOWN, 5905, 5010, 895, 5010 * 22),
        (202610, UNKNOWN, UNKNOWN, 5872, 4943, 929, 4943 * 23),
    ]
    assert measured(engine, "answer_rate") == (9953, 11777)
    assert measured(engine, "average_wait", month_key=202610) == (4943 * 23, 4943)
    # Nobody told them: neither zero nor part of what stands below the line.
    assert rows(engine, t.hotline_monthly, "referred", "answered_in_20_s", "attempts")[0] == (
        None,
        None,
        None,
    )
    for metric_id in ("service_level", "referral_rate", "answer_rate_attempts", "abandonment"):
        with engine.connect() as connection:
            found = queries.sums(connection, registry.get(metric_id).terms())
        assert found.isna().all(axis=None), metric_id
        with engine.connect() as connection:
            assert queries.totals(
                connection, "hotline_monthly", columns=("referred", "answered")
            ).isna().iloc[0].tolist() == [True, False]


def test_a_month_of_records_and_a_month_of_a_summary_share_no_denominator(engine):
    """Referral is told of October alone, where one of one was referred: 1 of 1, not 1 of 5,011."""
    loaded(engine, "월,인입,응답\n2026-09,5905,5010\n")
    loaded(engine, CONTACTS.format(place="종로구"))
    assert measured(engine, "referral_rate") == (1, 1)
    assert measured(engine, "answer_rate") == (5011, 5906)


VISITS = """2026년 서울마음편의점 월별 이용 실적
자치구,세부사업,이용월,이용 건수
종로구,서울마음편의점,2026-09,"1,234"
관악구,서울마음편의점,2026-10,"1,000"
"""
WIDE = """2026년 서울마음편의점 이용 실적 (단위: 건)
자치구,8월,9월,10월,계
종로구,900,1000,1100,3000
관악구,800,,1000,1800
계,1700,1000,2100,4800
"""


def test_visits_long_and_wide_are_the_same_visits(engine):
    report = loaded(engine, WIDE)
    assert report.added == 5  # an empty cell is no record
    cells = ("month_key", "programme_id", "district_code", "age_band", "visits")
    assert rows(engine, t.attendance_monthly, *cells) == [
        (202608, "mind_store", "11010", UNKNOWN, 900), (202608, "mind_store", "11210", UNKNOWN, 800),
        (202609, "mind_store", "11010", UNKNOWN, 1000), (202610, "mind_store", "11010", UNKNOWN, 1100),
        (202610, "mind_store", "11210", UNKNOWN, 1000),
    ]  # fmt: skip
    assert any("달이 옆으로" in line for line in report.lines("ko"))
    assert any("programme was read from the caption" in line for line in report.lines("en"))
    # A correction in the other shape takes the place of the same cell.
    again = loaded(engine, VISITS)
    assert (again.added, again.corrected, again.unchanged) == (0, 1, 1)
    assert measured(engine, "mind_store_visits") == (900 + 800 + 1234 + 1100 + 1000, 1)


def test_a_row_total_that_is_not_the_sum_of_its_months_is_told(engine):
    report = send(engine, WIDE.replace("3000", "3001"))
    assert [(u.row, u.printed, u.summed) for u in report.parsed.uneven] == [(3, 3001, 3000)]


def test_months_without_a_year_are_refused(engine):
    report = send(engine, WIDE.replace("2026년 ", ""))
    assert reasons(report) == {Reason.MONTH_WITHOUT_YEAR} and report.batch_id is None


def sheet(*lines: tuple[Any, ...]) -> bytes:
    book = Workbook()
    for line in lines:
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


BUDGET = [
    ("2026년 {month}월 사업별 예산 집행 현황",), ("", "", "", "", "(단위: 백만원)"),
    ("세부사업", "예산현액", "원인행위액", "지출액", "집행률"),
]  # fmt: skip


def budget(month: int, current: int, committed: int, spent: int) -> bytes:
    head = [tuple(str(cell).format(month=month) for cell in line) for line in BUDGET]
    row = ("서울마음편의점", current, committed, spent, f"{100 * spent / current:.1f}%")
    return sheet(*head, row, ("합계", *row[1:]))


def test_a_budget_summary_is_the_year_to_date_and_months_are_its_growth(engine):
    loaded(engine, budget(10, 8800, 6100, 5270), name="집행.xlsx")
    loaded(engine, budget(8, 8000, 5000, 3100), name="집행.xlsx")
    million = 1_000_000
    assert rows(engine, t.ledger_monthly, "month_key", "kind", "amount_krw", "entries") == [
        (202608, "commitment", 5000 * million, None), (202608, "current_budget", 8000 * million, None),
        (202608, "expenditure", 3100 * million, None), (202610, "commitment", 1100 * million, None),
        (202610, "current_budget", 800 * million, None), (202610, "expenditure", 2170 * million, None),
    ]  # fmt: skip
    assert measured(engine, "execution_rate", fiscal_year=2026) == (5270 * million, 8800 * million)
    assert measured(engine, "commitment_rate", month_key=202608) == (5000 * million, 8000 * million)
    with writing(engine) as connection:
        before = facts.digest(connection)
        facts.rebuild(connection)
        assert facts.digest(connection) == before


# ── Whose books ─────────────────────────────────────────────────────────────────────────────────────────

LEDGER_HEAD = "전표번호,집행일,세부사업,자치구,구분,금액,재원,통계목"
OWN = f"""2026년 관악구 외로움 없는 서울 사업 집행 현황
(단위: 천원)
{LEDGER_HEAD}
MP-1,2026-01-05,서울마음편의점,관악구,본예산,"120,000",시비,운영비
MP-2,2026-03-20,서울마음편의점,관악구,지출,"38,500",시비,운영비
"""
CITY = f"{LEDGER_HEAD}\nC-1,2026-01-02,서울마음편의점,,본예산,8800000000,시비,운영비\n"


def test_a_districts_own_appropriation_is_not_the_citys_and_no_balance_is_claimed(engine):
    loaded(engine, CITY)
    report = loaded(engine, OWN)
    assert measured(engine, "execution_rate") == (0, 8_800_000_000)
    assert rows(engine, t.ledger_other, "managing_body", "district_code", "kind", "amount_krw") == [
        ("district", "11210", "appropriation_original", 120_000_000), ("district", "11210", "expenditure", 38_500_000),
    ]  # fmt: skip
    lines = "\n".join(report.lines("ko"))
    page = said(engine, "budget")
    assert (
        "88.0억 원" in page and "관악구 · 자치구 장부 | 서울마음편의점 | 1.2억 원 | 0원 | 3,850만 원" in page
    )
    assert report.balanced == 0 and not report.unopened
    assert "검산:" not in lines and "시 장부에 더하지 않고" in lines


@pytest.mark.parametrize(
    ("said", "fact"), [("시 장부", t.ledger_monthly), ("재단", t.ledger_other), ("구청", t.ledger_other)]
)
def test_a_column_says_whose_books_they_are(engine, said, fact):
    loaded(
        engine, f"{LEDGER_HEAD},장부\nX-1,2026-01-05,서울마음편의점,관악구,본예산,1000,시비,운영비,{said}\n"
    )
    assert rows(engine, fact, "amount_krw") == [(1000,)]


def test_a_districts_budget_in_nobodys_books_is_refused(engine):
    report = send(engine, f"{LEDGER_HEAD}\nX-1,2026-01-05,서울마음편의점,관악구,본예산,1000,시비,운영비\n")
    assert reasons(report) == {Reason.WHOSE_BOOKS} and report.batch_id is None
    assert "1,000" in report.problems[0].sentence("en")


# ── A cell is counted once ──────────────────────────────────────────────────────────────────────────────

DAILY = "세부사업,자치구,이용일,이용 건수\n서울마음편의점,{place},{day},7\n"
BY_MONTH = "세부사업,자치구,기간,이용 건수\n서울마음편의점,{place},{month},100\n"
CASES = "사례번호,대상자 가명,세부사업,자치구,의뢰일,첫 상담일,계획 회기\nK-1,Q-1,마음상담,종로구,2026-09-03,2026-10-05,8\n"
COURSES = "기간,자치구,세부사업,의뢰,시작,42일 내 시작\n{month},{place},마음상담,20,10,9\n"
ENTRY = f"{LEDGER_HEAD}\nE-1,2026-03-05,서울마음편의점,,지출,1000,시비,운영비\n"
SPELL = """기간번호,대상자 가명,상태,시작일,관찰 시작일,자치구,연령대,성별,독거,이전 재고립 횟수,이전 고립 개월
T-1,R-1,연결,2026-08-15,2026-08-15,종로구,65세 이상,남성,예,0,12
"""
RETURNS = "기간,자치구,연결 시작 월,월초 연결 인원,재고립\n{month},{place},2026-03,100,4\n"
ANSWER = "응답자번호,조사,연도,자치구,층,가중값,연령대,성별,가구 유형,외로움,고립\nS-1,welfare,2026,종로구,a,1.5,40~64세,여성,1인 가구,아니오,예\n"
SHARES = "조사,연도,자치구,측정,비율(%),표준오차,응답자 수\nwelfare,{year},{place},외로움,46.6,1.2,3000\n"

PAIRS = [
    (CONTACTS.format(place="종로구"), HOTLINE, "2026-10 · 서울시 전체"),
    (CONTACTS.format(place="종로구"), "월,자치구,응답\n2026-10,종로구,90\n", "2026-10 · 종로구"),
    (CONTACTS.format(place=""), "월,자치구,응답\n2026-10,관악구,90\n", "2026-10 · 관악구"),
    (DAILY.format(place="중구", day="2026-09-30"), BY_MONTH.format(place="중구", month="2026-09"), "2026-09 · 서울마음편의점 · 중구"),
    (CASES, COURSES.format(month="2026-10", place="종로구"), "2026-10 · 마음상담 · 종로구"),
    (ENTRY, budget(10, 8800, 6100, 5270), "2026 · 서울마음편의점 · 시 장부"),
    (SPELL, RETURNS.format(month="2026-09", place="종로구"), "2026-09 · 종로구"),
    (ANSWER, SHARES.format(year=2026, place="서울시"), "2026 · welfare · 서울시 전체"),
]  # fmt: skip


def test_rows_of_cases_and_a_summary_of_the_same_cell_are_refused_in_both_orders(engine):
    for first, second, cell in ((one, two, cell) for a, b, cell in PAIRS for one, two in ((a, b), (b, a))):
        loaded(engine, first)
        with engine.connect() as connection:
            before = facts.digest(connection)
        report = send(engine, second)
        assert reasons(report) == {Reason.ROWS_AND_SUMMARY} and report.batch_id is None
        assert cell in report.problems[0].sentence("ko")
        with engine.connect() as connection:
            assert facts.digest(connection) == before
        undo(engine, recorded_at=NOW)


def test_another_month_or_district_stands_beside_them(engine):
    for cases, summary in (
        (DAILY.format(place="중구", day="2026-09-30"), BY_MONTH.format(place="중구", month="2026-10")),
        (DAILY.format(place="중구", day="2026-09-30"), BY_MONTH.format(place="종로구", month="2026-09")),
        (CASES, COURSES.format(month="2026-10", place="관악구")),
        (CASES, COURSES.format(month="2026-08", place="종로구")),
        (ANSWER, SHARES.format(year=2024, place="서울시")),
    ):
        loaded(engine, cases)
        loaded(engine, summary)
        undo(engine, recorded_at=NOW)
        undo(engine, recorded_at=NOW)


def test_a_whole_and_its_parts_are_refused_in_both_orders(engine):
    by_sex = "세부사업,자치구,기간,성별,이용 건수\n서울마음편의점,중구,2026-09,여성,60\n"
    for first, second, cell in (
        ("월,응답\n2026-10,90\n", "월,자치구,응답\n2026-10,관악구,90\n", "2026-10 · 서울시 전체"),
        ("월,응답\n2026-10,90\n", "월,채널,응답\n2026-10,전화,80\n", "2026-10 · 서울시 전체"),
        (BY_MONTH.format(place="중구", month="2026-09"), by_sex, "2026-09 · 서울마음편의점 · 중구"),
    ):
        for one, other in ((first, second), (second, first)):
            loaded(engine, one)
            report = send(engine, other)
            assert reasons(report) == {Reason.WHOLE_AND_PARTS} and cell in report.problems[0].sentence("ko")
            undo(engine, recorded_at=NOW)


def test_parts_alone_add_up(engine):
    loaded(
        engine, "월,자치구,채널,응답\n2026-10,관악구,전화,90\n2026-10,관악구,채팅,10\n2026-10,중구,전화,5\n"
    )
    assert measured(engine, "hotline_answered") == (105, 1)
    assert measured(engine, "hotline_answered", channel="phone") == (95, 1)


# ── Spans ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_span_fills_no_month_and_its_overlap_is_no_clash(engine):
    loaded(engine, "기간,응답,출처\n2025-04-01~2025-05-08,3088,보도\n2025-04 ~ 2025-11,28774,보도\n")
    assert rows(engine, t.hotline_monthly, "answered") == []
    assert rows(engine, t.hotline_summary, "period", "month_key", "answered") == [
        ("2025-04-01/2025-05-08", None, 3088), ("2025-04-01/2025-11-30", None, 28774),
    ]  # fmt: skip
    with engine.connect() as connection:
        assert not queries.any_row(connection, "hotline_summary")  # it fills no page's series
        assert coverage.frame(connection).empty
    loaded(engine, "기간,응답\n2025-04-01~2025-04-30,2000\n")
    assert rows(engine, t.hotline_monthly, "month_key", "answered") == [(202504, 2000)]


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2026-09", "2026-09"), ("2026년 9월", "2026-09"), ("2026. 9.", "2026-09"), ("202609", "2026-09"),
        ("2026-09-01", "2026-09"), ("2025-04-01~2025-04-30", "2025-04"), ("2025. 4. 1. ~ 5. 8.", "2025-04-01/2025-05-08"),
        ("2025-04 ~ 2025-11", "2025-04-01/2025-11-30"), ("2026년", "2026-01-01/2026-12-31"), ("-", None),
        ("2025.1", Reason.NOT_A_MONTH), ("9월", Reason.NOT_A_MONTH), ("2026-09-02", Reason.NOT_A_MONTH),
        ("2026-13", Reason.NO_SUCH_DATE), ("2025-05-08~2025-04-01", Reason.END_BEFORE_START),
    ],
)  # fmt: skip
def test_months_and_spans_as_offices_write_them(text, period):
    """2025.1 is October where a spreadsheet dropped the zero: refused, as a number would be."""
    if not isinstance(period, Reason):
        assert parse_period(text) == period
        return
    with pytest.raises(Refused) as refused:
        parse_period(text)
    assert refused.value.reason is period


# ── Counselling, detection, returns, surveys ────────────────────────────────────────────────────────────


def test_counselling_by_month_fills_cases_sessions_and_outcomes_as_far_as_told(engine):
    loaded(
        engine,
        "기간,자치구,세부사업,의뢰,시작,42일 내 시작,126일 내 시작,예정 회기,참석 회기,불참 회기\n2026-10,종로구,마음상담,20,10,9,10,40,30,6\n",
    )
    assert measured(engine, "first_wait_42") == (9, 10)
    assert measured(engine, "dna_rate") == (6, 36)
    assert rows(engine, t.outcome_monthly, "completed") == []
    loaded(
        engine,
        "기간,자치구,세부사업,종결,2회 이상 종결,전후 점수 있음,시작 시 기준 이상,회복\n2026-10,중구,마음상담,12,10,9,8,4\n",
    )
    assert measured(engine, "recovery_rate") == (4, 8)
    assert measured(engine, "paired_completeness") == (9, 10)
    assert measured(engine, "first_wait_42") == (9, 10)  # Jung-gu told no starts


def test_detection_by_month_stands_beside_the_lakes_other_months_and_survives_a_rebuild(engine):
    with writing(engine) as connection:
        connection.execute(insert(t.detection_monthly).values(
            month_key=202608, district_code="11010", signal=0, counted="lake", flagged=50, contacted=40, confirmed=20, enrolled=9,
        ))  # fmt: skip
    loaded(engine, "기간,자치구,발굴,접촉\n2026-09,종로구,60,30\n")
    assert measured(engine, "detection_contacted") == (70, 110)
    assert measured(engine, "detection_confirmed") == (20, 40)
    with writing(engine) as connection:
        before = facts.digest(connection)
        facts.rebuild(connection)
        assert facts.digest(connection) == before
    report = send(engine, "기간,자치구,발굴\n2026-08,종로구,50\n")
    assert reasons(report) == {Reason.ROWS_AND_SUMMARY}


def test_a_lake_does_not_add_to_a_month_that_a_summary_tells(engine, tmp_path):
    loaded(engine, "기간,자치구,발굴\n2026-05,종로구,50\n")
    put_month(tmp_path, 202605, [(1, 3)], [(1, date(2026, 5, 9), "enrolled")])
    with pytest.raises(SummaryStands) as stands, writing(engine) as connection:
        lake.refresh(connection, tmp_path, recorded_at=NOW)
    assert stands.value.months == [202605]
    assert rows(engine, t.detection_monthly, "counted", "flagged") == [("summary", 50)]
    undo(engine, recorded_at=NOW)
    with writing(engine) as connection:
        assert lake.refresh(connection, tmp_path, recorded_at=NOW) == [202605]
    assert rows(engine, t.detection_monthly, "counted", "signal", "flagged") == [
        ("lake", 0, 1),
        ("lake", 3, 1),
    ]


def test_returns_by_cohort_are_rates_over_person_time(engine):
    """100 connected in March, September: 4 fell back, 2 moved; 100 × 30 − 6 × 15 = 2,910 person-days, band 6–12 months."""
    loaded(engine, "기간,자치구,연결 시작 월,월초 연결 인원,재고립,전출\n2026-09,종로구,2026-03,100,4,2\n")
    assert rows(engine, t.return_monthly, "duration_band", "person_days", "to_reisolated") == [
        ("6-12", 2910, 4)
    ]
    assert measured(engine, "reisolation_rate") == (4, 2910)


@pytest.mark.parametrize(
    ("told", "n"),
    [((20.0, 2.0, None, None, 1000), 400.0), ((50.0, None, 46.080072, 53.919928, 900), 625.0), ((0.0, 0.0, None, None, 80), 80.0),
     ((20.0, 0.1, None, None, 100), 200.0)],
)  # fmt: skip
def test_the_effective_sample_is_the_one_that_an_error_tells(told, n):
    assert effective(*told) == pytest.approx(n, rel=1e-6)


def test_survey_estimates_of_districts_weigh_by_their_people(engine):
    """Two districts of 100 and 300 thousand, 40 and 20 %: the city is 25 %, not the mean of 30; SE from both errors."""
    with writing(engine) as connection:
        for code, people in (("11010", 100_000), ("11020", 300_000)):
            connection.execute(insert(t.census_fact).values(
                area_code=code, year=2025, indicator="population", level="district", value=people, unit="people",
                source_id="census",
            ))  # fmt: skip
    loaded(
        engine,
        "조사,연도,자치구,측정,비율(%),표준오차,응답자 수\nwelfare,2026,종로구,외로움,40,2,900\nwelfare,2026,중구,외로움,20,1,1600\n",
    )
    top, bottom = measured(engine, "loneliness_prevalence")
    assert top / bottom == pytest.approx(0.25)
    with engine.connect() as connection:
        squares = connection.execute(select(func.sum(t.survey_area.c.weight_sq))).scalar()
        assert queries.sums(connection, registry.get("isolation_prevalence").terms()).isna().all(axis=None)
    first, second = 2400 / 2**2, 1600 / 1**2  # p(1-p)/SE² of each
    assert float(squares) == pytest.approx(100_000**2 / first + 300_000**2 / second, rel=1e-6)


def test_an_estimate_without_error_or_with_a_doubtful_share_is_refused(engine):
    for row, reason in (
        ("외로움,46.6,,3000", Reason.NO_ERROR_TOLD),
        ("외로움,0.466,0.9,3000", Reason.SHARE_OR_PERCENT),
        ("외로움,101,1,3000", Reason.OUT_OF_RANGE),
        ("행복,46.6,1,3000", Reason.UNKNOWN_CODE),
    ):
        report = send(engine, f"조사,연도,측정,비율(%),표준오차,응답자 수\nwelfare,2026,{row}\n")
        assert reason in reasons(report) and report.batch_id is None


def test_weights_of_another_scale_never_count_beside_those_of_the_same_survey(engine):
    loaded(engine, ANSWER)
    other = ANSWER.replace("S-1", "S-2").replace(",1.5,", ",2400,").replace("종로구", "중구")
    report = send(engine, other)
    assert reasons(report) == {Reason.WEIGHTS_DIFFER} and "2,400.00 / 1.50" in report.problems[0].sentence(
        "ko"
    )
    loaded(engine, other.replace("welfare", "another"))
    loaded(engine, ANSWER.replace("S-1", "S-3").replace(",1.5,", ",3.1,"))
    assert measured(engine, "isolation_prevalence", instrument_id="welfare") == (4.6, 4.6)


def test_a_part_above_its_whole_is_refused(engine):
    for text, said in (
        ("월,인입,응답\n2026-10,90,91\n", "응답 91 > 인입 90"),
        ("월,인입,응답,포기\n2026-10,100,80,30\n", "응답 + 포기 110 > 인입 100"),
        ("기간,발굴,접촉\n2026-10,10,11\n", "접촉 11 > 발굴 10"),
    ):
        report = send(engine, text)
        assert Reason.PARTS_AND_WHOLE in reasons(report) and any(
            said in p.sentence("ko") for p in report.problems
        )


# ── Pages ───────────────────────────────────────────────────────────────────────────────────────────────


def said(engine: Engine, question: str, lang: str = "ko", **codes: str) -> str:
    """A page's answer as text, on the store as it stands."""
    url = engine.url.render_as_string(hide_password=False)
    return as_text(registry_of_answers.answer(question, Reader(Store(url)), lang, codes))


def test_pages_show_what_a_summary_bears_and_name_the_record_for_the_rest(engine):
    loaded(engine, HOTLINE)
    text = said(engine, "hotline.flow")
    assert "인입된 11,780건 가운데 84.5%에 응답했습니다" in text  # 9,960 of 11,780: each rounded to ten
    assert (
        "연계 | 기록 없음" in text
        and "시도 | 기록 없음" in text
        and "연계 수락 | 기록 없음" in text
        and "연계 | 0" not in text
    )
    assert "‘외로움안녕120 접촉’ 기록" in text
    for part in ("waits", "hours", "callers"):
        text = said(engine, f"hotline.{part}", "en")
        assert "Import records of 'Hotline contact'" in text and "'Hotline by month' has come" in text
    loaded(engine, "기간,자치구,세부사업,예정 회기,참석 회기,불참 회기\n2026-10,종로구,마음상담,400,300,60\n")
    text = said(engine, "counselling.attendance")
    assert (
        "17%에 연락 없이" in text and "비공개" not in text.split("##")[0] and "‘상담 회기’ 기록" in text
    )  # 60 of 360
    assert "‘상담 사례’ 기록" in said(engine, "counselling.waits")
    loaded(engine, budget(10, 8800, 6100, 5270), name="집행.xlsx")
    assert "88.0억 원" in said(engine, "budget") and "59.9%" in said(engine, "budget")
    loaded(engine, "기간,자치구,발굴,접촉\n2026-08,종로구,60,30\n")
    text = said(engine, "detection.steps")
    assert "50%" in text and "10 미만" not in text.split("공표 기준")[0]
    assert "Parquet" in said(engine, "detection.signs")


def test_published_totals_stand_with_their_days_and_sources_on_the_first_day(engine):
    """33,148 consultations by the end of 2025 and 52,020 visits by November, as printed; no month has a figure."""
    with writing(engine) as connection:
        load_published_totals(connection, recorded_at=NOW)
    flow, programmes = said(engine, "hotline.flow"), said(engine, "programmes")
    assert "2025. 4. 1. – 2025. 5. 8. | 3,088" in flow and "2025. 4. 1. – 2025. 12. 31. | 33,148" in flow
    assert "2025. 4. 1. – 2025. 11. 30. | 52,020" in programmes and "Segye" in programmes
    assert "우리 기록에는 아직" in flow
    assert rows(engine, t.hotline_monthly, "answered") == rows(engine, t.attendance_monthly, "visits") == []
    printed = {row["value"] for row in published.published_facts().to_dict("records")}
    for table, frame in summaries.published_totals().items():
        column = {"hotline_summary": "answered", "attendance_summary": "visits"}[table]
        assert {str(value) for value in frame[column]} <= printed and frame["source"].str.contains(
            "http"
        ).all()
    # An office's own figure of the same days takes its place, and gives it back.
    loaded(engine, "기간,응답\n2025-04-01~2025-12-31,33200\n")
    assert "33,148" not in said(engine, "hotline.flow")
    undo(engine, recorded_at=NOW)
    assert "33,148" in said(engine, "hotline.flow")


# ── Coverage ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_summary_closes_its_months_for_the_table_that_it_stands_for(engine):
    loaded(engine, HOTLINE)
    with engine.connect() as connection:
        cells = coverage.frame(connection)
    assert cells[["table_name", "district_code", "month_key", "state"]].to_numpy().tolist() == [
        [table, "", month, "closed"]
        for table in ("hotline_contact", "hotline_summary")
        for month in (202609, 202610)
    ]
    assert coverage.closed_until(cells, "hotline_contact") == 202610
    assert coverage.closed_until(cells, "attendance") is None


def test_every_open_list_is_its_own_with_everybody_added():
    for name in ("channel", "age_band", "sex", "household_type"):
        assert list(CODES[f"summary_{name}"]) == [*CODES[name], "all"]
