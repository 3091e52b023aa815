"""Ledger and baseline files: caption units, checked subtotals, signs, and books that must balance, on both databases."""

from datetime import datetime

import pytest
from small import add, make
from sqlalchemy import func, select

from data import ledger
from data import tables as t
from data.engine import writing
from data.imports import Reason, books, load, preview, read_lookups
from metrics import budget

NOW = datetime(2026, 11, 1)
HEAD = "전표번호,집행일,사업,자치구,구분,금액,재원,통계목,상대처,문서번호"


@pytest.fixture
def engine(database_url):
    engine = make(database_url)
    yield engine
    engine.dispose()


def read(engine, *lines, head=HEAD, name="원장.csv"):
    with engine.connect() as connection:
        lookups = read_lookups(connection)
    return preview(
        name,
        "\r\n".join([*lines[:-1], lines[-1]] if head is None else [head, *lines]).encode("cp949"),
        lookups=lookups,
    )


def bring(engine, *lines, **more):
    return load(engine, read(engine, *lines, **more), recorded_at=NOW, secret="s")


def entry(
    number, kind, amount, *, programme="서울마음편의점", day="2025-03-02", document="D1", place="관악구"
):
    return f'{number},{day},{programme},{place},{kind},"{amount}",시비,운영비,거래처,{document}'


def stored(engine):
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(t.ledger_entry)).scalar()


def test_a_district_file_in_thousands_lands_in_won_with_triangle_and_bracket_as_minus(engine):
    parsed = read(
        engine, "관악구 예산 원장,,,,,,,,,", "(단위: 천원),,,,,,,,,", HEAD, entry("A1", "본예산", "1,000"),
        entry("A2", "추경", "△200"), entry("A3", "추경", "(50)"), head=None,
    )  # fmt: skip
    assert parsed.unit == "천원" and parsed.refused == 0
    assert parsed.frame["amount_krw"].tolist() == [1_000_000, -200_000, -50_000]


def test_subtotals_are_left_out_and_checked_against_their_rows(engine):
    sound = read(engine, entry("A1", "본예산", "1,000"), entry("A2", "추경", "200"), ",,소계,,,\"1,200\",,,,",
                 entry("A3", "추경", "30"), ",,소계,,,30,,,,", ",,합계,,,\"1,230\",,,,")  # fmt: skip
    assert sound.excluded == {"subtotal": 3} and sound.uneven == [] and len(sound.frame) == 3
    wrong = read(engine, entry("A1", "본예산", "1,000"), entry("A2", "추경", "200"), ',,소계,,,"1,300",,,,')
    assert [(u.row, u.printed, u.summed) for u in wrong.uneven] == [(4, 1300, 1200)]
    assert len(wrong.frame) == 2


def test_a_total_above_its_rows_is_checked_too(engine):
    parsed = read(engine, ',,합계,,,"1,200",,,,', entry("A1", "본예산", "1,000"), entry("A2", "추경", "200"))
    assert parsed.uneven == [] and parsed.excluded == {"subtotal": 1}


def test_a_year_that_pays_more_than_it_may_is_refused_with_its_entries(engine):
    report = bring(
        engine, entry("A1", "본예산", "1,000"), entry("A2", "지출", "700"), entry("A3", "지출", "400")
    )
    assert not report.ok and stored(engine) == 0
    assert [(p.row, p.reason) for p in report.unbalanced] == [(3, Reason.OVERDRAWN), (4, Reason.OVERDRAWN)]
    assert "-100" in report.unbalanced[0].detail  # 1,000 − 700 − 400
    assert any("A2" in line and "예산현액" in line for line in report.lines("ko"))
    assert any("Nothing was loaded" in line for line in report.lines("en"))


def test_a_break_against_earlier_files_is_refused_and_changes_nothing(engine):
    assert bring(engine, entry("A1", "본예산", "1,000"), entry("A2", "지출", "700")).ok
    report = bring(engine, entry("B1", "지출", "301"), name="둘째.csv")
    assert [p.reason for p in report.unbalanced] == [Reason.OVERDRAWN]
    assert stored(engine) == 2
    assert bring(engine, entry("B1", "지출", "300"), name="셋째.csv").ok  # to the won


def test_payments_without_a_recorded_opening_are_taken(engine):
    assert bring(engine, entry("A1", "지출", "700")).ok


def test_a_transfer_needs_both_sides_under_one_document(engine):
    giving = (entry("A1", "본예산", "1,000"), entry("A2", "전용감", "100", document="T1"))
    report = bring(engine, *giving)
    assert [(p.row, p.reason) for p in report.unbalanced] == [(3, Reason.TRANSFER_SIDES)]
    both = (*giving, entry("A3", "전용증", "100", programme="마음상담", document="T1"))
    assert bring(engine, *both, name="둘.csv").ok


def test_what_is_carried_in_must_be_what_was_carried_out(engine):
    rows = [entry("A1", "본예산", "1,000", day="2024-01-02"), entry("A2", "사고이월", "40", day="2024-12-31"),
            entry("A3", "본예산", "900")]  # fmt: skip
    report = bring(engine, *rows, entry("A4", "사고이월 수입", "30"))
    assert {p.reason for p in report.unbalanced} == {Reason.CARRY_OVER}
    assert {p.row for p in report.unbalanced} == {3, 5}  # both sides of the difference
    assert bring(engine, *rows, entry("A4", "사고이월 수입", "40"), name="둘.csv").ok


def test_synthetic_rows_do_not_unbalance_recorded_books(engine):
    with writing(engine) as connection:
        add(connection, "ledger_entry", [{
            "entry_id": "S1", "booked_on": NOW.date(), "fiscal_year": 2025, "month_key": 202503, "programme_id": "mind_store",
            "district_code": "11010", "kind": "expenditure", "amount_krw": 10**9, "funding": "city", "line_type": "operating",
        }], evidence="synthetic")  # fmt: skip
    assert bring(engine, entry("A1", "본예산", "1,000"), entry("A2", "지출", "1,000")).ok


BASE = "사업,회계연도,판,계획액(천원),배분 근거,작성자,사유,결정일"


def test_a_recorded_version_of_the_plan_is_never_changed_only_followed(engine):
    first = bring(
        engine, '서울마음편의점,2026,1,"1,000",업무 기록,기획과,,2026-01-05', head=BASE, name="계획1.csv"
    )
    assert first.ok
    again = bring(
        engine, '서울마음편의점,2026,1,"1,100",업무 기록,기획과,,2026-02-05', head=BASE, name="계획2.csv"
    )
    assert [(p.row, p.reason) for p in again.unbalanced] == [(2, Reason.VERSION_KEPT)]
    later = bring(
        engine,
        '서울마음편의점,2026,2,"1,100",업무 기록,기획과,국비 감액,2026-02-05',
        head=BASE,
        name="계획3.csv",
    )
    assert later.ok
    with engine.connect() as connection:
        rows = connection.execute(
            select(t.baseline.c.version, t.baseline.c.planned_krw).order_by(t.baseline.c.version)
        ).all()
    assert [tuple(row) for row in rows] == [(1, 1_000_000), (2, 1_100_000)]


def test_a_later_version_without_a_reason_is_refused(engine):
    parsed = read(engine, '서울마음편의점,2026,2,"1,100",업무 기록,기획과,,2026-02-05', head=BASE)
    assert [(p.column, p.reason) for p in parsed.problems] == [("사유", Reason.MISSING_VALUE)]


def test_import_and_screen_share_one_definition_of_what_balances():
    screen = {**budget.SPENDABLE, **{k: -v for k, v in budget.STAGES["expenditure"].items()},
              **{k: -v for k, v in budget.STAGES["carry_out"].items()}}  # fmt: skip
    assert screen == books.SIGNS


def test_entries_and_documents_are_read_back_to_the_won_on_both_databases(engine):
    assert bring(engine, entry("A1", "본예산", "1,000"), entry("A2", "지출", "300", document="D7"),
                 entry("A3", "실집행", "250", document="D7")).ok  # fmt: skip
    with engine.connect() as connection:
        cells = ledger.cells(connection)
        sums = ledger.entry_sums(connection, programme="mind_store", years=(2025,), kinds=("expenditure",))
        newest = ledger.entries(connection, programme="", years=(2025,), kinds=(), limit=2, offset=0)
        pair = ledger.document(connection, document_no="D7", years=(2025,))
    assert cells["amount_krw"].sum() == 1550 and not cells["synthetic"].any()
    assert sums.to_dict("records") == [{"kind": "expenditure", "entries": 1, "amount_krw": 300}]
    assert newest["entry_id"].tolist() == ["A3", "A2"]
    assert pair["amount_krw"].tolist() == [300, 250] and set(pair["source_name"]) == {"원장.csv"}
