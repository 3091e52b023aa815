"""Small files that once failed, one by one: what each holds and what must come of it, loaded into a store on both databases."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from small import make
from sqlalchemy import select, update

from data.engine import writing
from data.imports import ImportReport, Reason, load, preview, read_lookups
from data.tables import attendance, hotline_contact, ledger_entry, programme, spell, store_state, target
from tools.office_files import (
    CALL,
    SPELL,
    TARGET,
    VISITS,
    csv,
    page,
    prefixed,
    saved,
    strict,
    table,
    workbook,
)

NOW = datetime(2026, 11, 28)
LEDGER = [
    "전표번호",
    "집행일",
    "세부사업",
    "자치구",
    "구분",
    "금액(천원)",
    "재원",
    "통계목",
    "상대처",
    "문서번호",
]
DAY = date(2026, 9, 1)


@pytest.fixture
def engine(database_url):
    engine = make(database_url)
    with writing(engine) as connection:
        connection.execute(store_state.delete().where(store_state.c.name == "as_of"))
        connection.execute(store_state.insert().values(name="as_of", value="2026-10-31"))
        connection.execute(update(programme).values(starts_on=date(2025, 3, 27)))
    yield engine
    engine.dispose()


def send(engine, content: bytes, name: str) -> ImportReport:
    with engine.connect() as connection:
        lookups = read_lookups(connection, now=NOW)
    return load(engine, preview(name, content, lookups=lookups), recorded_at=NOW, secret="s")


def stored(engine, table_, column: str) -> list[object]:
    with engine.connect() as connection:
        c = table_.c
        return list(
            connection.execute(
                select(c[column]).where(c.superseded_by.is_(None)).order_by(c.row_id)
            ).scalars()
        )


def reasons(report: ImportReport) -> list[tuple[int | None, Reason]]:
    return [(problem.row, problem.reason) for problem in report.problems]


def visit(*cells: object) -> list[object]:
    return ["서울마음편의점", "관악구", *cells]


def entry(number: object, won: object, day: object = DAY) -> list[object]:
    return [number, day, "서울마음편의점", "관악구", "지출", won, "시비", "운영비", "가나상사", "D-1"]


def test_01_thousands_by_display_format(engine):
    book = workbook(
        table(LEDGER, entry("T-1", 12_345_000), entry("T-2", 5_000_000)),
        formats={"F2": "#,##0,", "F3": "#,##0,"},
    )
    assert send(engine, saved(book), "01.xlsx").added == 2
    assert sum(stored(engine, ledger_entry, "amount_krw")) == 17_345_000


def test_02_a_remark_that_says_total_drops_no_row(engine):
    rows = [[*visit(DAY, 12), ""], [*visit("2026-09-02", 480), "2개 지점 합계"],
            ["서울마음편의점", "종로구", "2026-09-02", 7, "9월 누계"]]  # fmt: skip
    assert send(engine, csv([*VISITS, "비고"], *rows, encoding="utf-8-sig"), "02.csv").added == 3
    assert sum(stored(engine, attendance, "visits")) == 499


def test_03_a_region_column_of_totals(engine):
    rows = [["서울마음편의점", "합계", "관악구", DAY, 12], ["서울마음편의점", "합계", "종로구", DAY, 7]]
    assert send(engine, csv(["세부사업", "지역", *VISITS[1:]], *rows), "03.csv").added == 2
    assert sum(stored(engine, attendance, "visits")) == 19


def test_05_an_unquoted_thousand_is_no_visit_of_234_people(engine):
    report = send(engine, csv([*VISITS, "실인원"], "서울마음편의점,관악구,2026-09-01,1,234"), "05.csv")
    assert reasons(report) == [(2, Reason.PEOPLE_AND_VISITS)] and stored(engine, attendance, "visits") == []


def test_06_days_that_have_not_come_or_lie_before_the_programme(engine):
    report = send(engine, csv(VISITS, visit("2036-09-01", 5), visit("1926-09-01", 5)), "06.csv")
    assert reasons(report) == [(2, Reason.FUTURE_DAY), (3, Reason.BEFORE_START)]


def test_07_thousands_of_people_in_the_caption(engine):
    send(engine, csv("(단위: 천명),,,", VISITS, visit(DAY, 5)), "07.csv")
    assert stored(engine, attendance, "visits") == [5000]


def test_09_a_target_in_a_percent_cell(engine):
    row = ["answer_rate", "2026-01-01", "2026-12-31", "city", 0.95, "계획", "가", "나"]
    send(engine, saved(workbook(table(TARGET, row), formats={"E2": "0%"})), "09.xlsx")
    assert stored(engine, target, "value") == [95.0]


def test_10_words_that_people_use_are_understood_others_refused_with_the_list(engine):
    known = ["응답률", "2026-01-01", "2026-12-31", "서울시", 95, "계획", "가", "나"]
    unknown = ["행복도", "2026-01-01", "2026-12-31", "한강", 95, "계획", "가", "나"]
    report = send(engine, csv(TARGET, known, unknown), "10.csv")
    assert stored(engine, target, "metric_id") == ["answer_rate"] and stored(engine, target, "group_key") == [
        "city"
    ]
    assert reasons(report) == [(3, Reason.UNKNOWN_MEASURE), (3, Reason.UNKNOWN_GROUP)]
    assert "응답률" in report.problems[0].sentence("ko") and "서울시" in report.problems[1].sentence("ko")


SPELLS = """S1,P1,연결,2024-01-01,2024-01-01,2024-12-01,재고립,
S2,P1,고립,2024-06-01,2024-06-01,,,
S3,P2,연결,2025-01-01,2025-01-01,2025-06-01,재고립,사망
S4,P3,연결,2025-01-01,2025-01-01,,재고립,
S5,P4,연결,2025-01-01,2025-01-01,2025-06-01,,사망
S6,P4,연결,2025-07-01,2025-07-01,,,
S7,P5,연결,2027-01-01,2027-01-01,2028-06-01,재고립,
S8,P6,연결,2025-01-01,2025-01-01,2025-06-01,연결,
S9,P7,연결,2025-01-01,2025-01-01,2025-06-01,,"""


def test_11_spells_that_contradict_are_each_refused_by_name(engine):
    report = send(
        engine, csv(SPELL, *(f"{row},관악구,65세 이상,여성,예,0,12" for row in SPELLS.split("\n"))), "11.csv"
    )
    assert list(dict.fromkeys(reasons(report))) == [
        (2, Reason.OVERLAP), (3, Reason.OVERLAP), (4, Reason.TWO_ENDS), (5, Reason.NEXT_WITHOUT_END), (6, Reason.AFTER_DEATH),
        (7, Reason.AFTER_DEATH), (8, Reason.FUTURE_DAY), (9, Reason.SAME_STATE), (10, Reason.END_WITHOUT_REASON),
    ]  # fmt: skip
    assert stored(engine, spell, "spell_id") == []


def test_12_outcomes_that_contradict_their_times(engine):
    at = "2026-09-01 10:00:00"
    rows = [f"A,전화,{at},{at},,2026-09-01 10:01:00,응답,관악구,아니오,아니오,1",
            f"B,전화,{at},{at},2026-09-01 10:00:30,2026-09-01 10:01:00,포기,관악구,아니오,아니오,1",
            f"D,전화,{at},{at},{at},2026-09-03 10:00:00,응답,관악구,아니오,아니오,0"]  # fmt: skip
    report = send(engine, csv(CALL, *rows), "12.csv")
    assert reasons(report) == [(2, Reason.OUTCOME_TIMES), (3, Reason.OUTCOME_TIMES)]
    assert [(p.row, p.reason) for p in report.parsed.told] == [(4, Reason.LONG_CONTACT)]
    assert (
        "48시간" in "\n".join(report.lines("ko")) and len(stored(engine, hotline_contact, "contact_id")) == 1
    )


def test_13_the_same_entries_as_workbook_and_as_csv(engine):
    book = workbook(table(LEDGER, entry(1, 500), entry(2, 600)), formats={"A2": '"A-"0000', "A3": '"A-"0000'})
    assert send(engine, saved(book), "13.xlsx").added == 2
    again = send(engine, csv(LEDGER, entry("A-0001", 500), entry("A-0002", 600)), "13.csv")
    assert again.already and again.unchanged == 2
    assert stored(engine, ledger_entry, "entry_id") == ["A-0001", "A-0002"]
    assert sum(stored(engine, ledger_entry, "amount_krw")) == 1_100_000


def test_14_a_formula_without_result_in_prefixed_xml(engine):
    book = prefixed(saved(workbook(table([*VISITS, "실인원"], [*visit(DAY, 5), "=2+2"]))))
    assert reasons(send(engine, book, "14.xlsx")) == [(2, Reason.FORMULA)]


def test_16_strict_open_xml(engine):
    report = send(engine, strict(saved(workbook(table([*VISITS, "실인원"], [*visit(DAY, 5), 3])))), "16.xlsx")
    assert report.added == 1 and stored(engine, attendance, "people") == [3]


def test_17_html_that_begins_with_meta(engine):
    head = '<meta http-equiv="Content-Type" content="text/html; charset=euc-kr">'
    report = send(engine, page(VISITS[:2], head=head), "17.xls")
    assert reasons(report) == [(None, Reason.WRONG_KIND)]
    assert "HTML" in report.problems[0].sentence("ko") and "XLSX" in report.problems[0].sentence("ko")


def test_18_the_unit_in_words_in_the_header(engine):
    send(engine, csv([*LEDGER[:5], "금액 (단위 : 천원)", *LEDGER[6:]], entry("U-1", 500)), "18.csv")
    assert stored(engine, ledger_entry, "amount_krw") == [500_000]


def test_20_day_numbers_of_the_1904_calendar(engine):
    book = workbook(table([*VISITS, "실인원"], [*visit(44804, 5), 3]))
    book.epoch = CALENDAR_MAC_1904
    send(engine, saved(book), "20.xlsx")
    assert stored(engine, attendance, "attended_on") == [DAY]


def test_22_the_unit_in_a_footnote(engine):
    rows = table([*LEDGER[:5], "금액", *LEDGER[6:]], entry("V-1", 500), ["※ 단위: 천원"])
    report = send(engine, saved(workbook(rows)), "22.xlsx")
    assert stored(engine, ledger_entry, "amount_krw") == [500_000] and "각주" in "\n".join(report.lines("ko"))
