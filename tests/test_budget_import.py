"""Ledger and baseline files: caption units, checked subtotals, signs, and books that must balance, on both databases."""

from datetime import datetime

import pytest
from small import add, make
from sqlalchemy import func, select

from data import ledger
from data import tables as t
from data.engine import writing
from data.imports import Reason, books, load, notes, preview, read_lookups, template_csv
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


def entry(number, kind, amount, *, programme="서울마음편의점", day="2025-03-02", document="D1", place=""):
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
    assert any("Nothing was loaded" in line for line in report.lines("en"))


def test_a_refusal_names_programme_year_stage_and_document_in_the_readers_language_and_no_internal_id(engine):
    report = bring(engine, entry("A1", "본예산", "1,000"), entry("A2", "지출", "1,400", document="D7"))
    korean, english = ("\n".join(report.lines(lang)) for lang in ("ko", "en"))
    assert (
        "‘2025년 서울마음편의점 지출 1,400원, 문서 D7’" in korean
        and "2025년 서울마음편의점, -400원" in korean
    )
    # The small store's English name of this programme is its own code.
    assert "‘mind_store 2025, expenditure of KRW 1,400, document D7’" in english
    assert "mind_store" not in korean and "A2" not in korean and "expenditure" not in korean


def test_a_budget_corrected_below_what_is_spent_is_refused_with_the_correction(engine):
    assert bring(engine, entry("A1", "본예산", "1,000"), entry("A2", "지출", "700")).ok
    report = bring(engine, entry("A1", "본예산", "600"), name="정정.csv")
    assert [(p.row, p.reason) for p in report.unbalanced] == [(2, Reason.OVERDRAWN)]
    assert "본예산 600원" in report.unbalanced[0].sentence("ko") and stored(engine) == 2


def test_a_raised_budget_is_not_named_among_the_causes_of_overspending(engine):
    report = bring(engine, entry("A1", "추경", "100"), entry("A2", "추경", "△50"), entry("A3", "지출", "70"))
    assert [p.row for p in report.unbalanced] == [4, 3]  # the payment and the cut, not the raise in row 2


def test_the_preview_says_how_many_won_of_which_stage_would_come_in(engine):
    parsed = read(
        engine, entry("A1", "지출", "300"), entry("A2", "본예산", "1,000"), entry("A3", "지출", "50")
    )
    assert "단계별 금액(원): 본예산 1,000 · 지출 350" in notes(parsed, "ko")
    assert "Won by stage: Original appropriation 1,000 · Expenditure 350" in notes(parsed, "en")


def test_a_break_against_earlier_files_is_refused_and_changes_nothing(engine):
    assert bring(engine, entry("A1", "본예산", "1,000"), entry("A2", "지출", "700")).ok
    report = bring(engine, entry("B1", "지출", "301"), name="둘째.csv")
    assert [p.reason for p in report.unbalanced] == [Reason.OVERDRAWN]
    assert stored(engine) == 2
    assert bring(engine, entry("B1", "지출", "300"), name="셋째.csv").ok  # to the won


def test_payments_without_a_recorded_opening_are_taken_and_the_report_says_what_was_checked(engine):
    report = bring(
        engine,
        entry("A1", "지출", "700"),
        entry("A2", "본예산", "900", programme="마음상담", day="2024-01-02"),
    )
    assert report.ok and report.balanced == 1
    assert "예산이 기록되지 않아 검산하지 못한 사업·연도: 2025년 서울마음편의점" in report.lines("ko")
    assert any(line.startswith("검산: 사업·연도 1개") for line in report.lines("ko"))
    assert "Not checked, since no budget is recorded for them: mind_store 2025" in report.lines("en")


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


def test_a_carry_in_from_a_year_that_is_not_on_record_is_taken_with_a_warning_until_that_year_arrives(engine):
    report = bring(engine, entry("A1", "본예산", "900"), entry("A2", "사고이월 수입", "40"))
    assert report.ok and [(p.row, p.reason) for p in report.unchecked] == [(3, Reason.CARRY_IN_UNCHECKED)]
    assert report.balanced == 0
    assert any(
        "전년도 장부가 없어" in line and "2025년 서울마음편의점, 40원" in line for line in report.lines("ko")
    )
    before = [entry("B1", "본예산", "1,000", day="2024-01-02")]
    wrong = bring(engine, *before, entry("B2", "사고이월", "30", day="2024-12-31"), name="전년.csv")
    assert {p.reason for p in wrong.unbalanced} == {Reason.CARRY_OVER}
    right = bring(engine, *before, entry("B2", "사고이월", "40", day="2024-12-31"), name="전년2.csv")
    assert right.ok and right.unchecked == []


def test_a_carry_in_is_refused_where_the_year_before_is_on_record_without_it(engine):
    assert bring(engine, entry("A1", "본예산", "1,000", day="2024-01-02")).ok
    report = bring(engine, entry("A2", "본예산", "900"), entry("A3", "명시이월 수입", "50"), name="둘.csv")
    assert [(p.row, p.reason) for p in report.unbalanced] == [(3, Reason.CARRY_OVER)]
    # Payments alone put the year on record too.
    assert bring(engine, entry("C1", "지출", "10", programme="마음상담", day="2024-03-02"), name="셋.csv").ok
    late = bring(engine, entry("C2", "명시이월 수입", "50", programme="마음상담"), name="넷.csv")
    assert [(p.row, p.reason) for p in late.unbalanced] == [(2, Reason.CARRY_OVER)]


def test_bodies_cannot_have_spent_more_than_was_paid_to_them(engine):
    paid = (
        entry("A1", "본예산", "1,000"),
        entry("A2", "교부", "700"),
        entry("A3", "지출", "700"),
        entry("A4", "반납", "100"),
    )
    over = bring(engine, *paid, entry("A5", "실집행", "601"))
    assert [(p.row, p.reason) for p in over.unbalanced] == [(6, Reason.FINAL_ABOVE_PAID)]
    assert "1" in over.unbalanced[0].detail and stored(engine) == 0
    assert bring(engine, *paid, entry("A5", "실집행", "600"), name="둘.csv").ok  # 700 − 100, to the won


def test_bodies_may_spend_in_the_new_year_what_they_kept_of_the_old_one_and_no_more(engine):
    rows = [entry("A1", "본예산", "1,000", day="2024-01-02"), entry("A2", "지출", "700", day="2024-12-20"),
            entry("A3", "실집행", "500", day="2024-12-28"), entry("A4", "본예산", "1,000"), entry("A5", "지출", "300")]  # fmt: skip
    over = bring(engine, *rows, entry("A6", "실집행", "501"))
    assert [(p.row, p.reason) for p in over.unbalanced] == [(7, Reason.FINAL_ABOVE_PAID)]
    assert bring(engine, *rows, entry("A6", "실집행", "500"), name="둘.csv").ok  # 300 + (700 − 500)


def test_a_body_that_reports_without_recorded_payments_is_taken(engine):
    assert bring(engine, entry("A1", "실집행", "700")).ok


@pytest.mark.parametrize(
    "kind", ["지출", "교부", "실집행", "반납", "본예산", "명시이월", "명시이월 수입", "전용증"]
)
def test_a_negative_amount_is_refused_where_the_kind_itself_says_the_direction(engine, kind):
    parsed = read(engine, entry("A1", kind, "△200"))
    assert [(p.row, p.column, p.value, p.reason) for p in parsed.problems] == [
        (2, "금액", "-200", Reason.NEGATIVE_AMOUNT)
    ]
    assert "‘반납’" in parsed.problems[0].sentence("ko") and "refund" in parsed.problems[0].sentence("en")


@pytest.mark.parametrize("kind", ["추경", "예비비", "배정", "원인행위"])
def test_what_can_be_cut_or_taken_back_may_be_negative(engine, kind):
    assert read(engine, entry("A1", kind, "△200")).frame["amount_krw"].tolist() == [-200]


@pytest.mark.parametrize("amount", ["△100", "(100)", "-100"])
def test_a_decrease_written_with_a_minus_is_the_amount_that_went_out_and_the_transfer_balances(
    engine, amount
):
    report = bring(engine, entry("A1", "본예산", "1,000"), entry("A2", "전용감", amount, document="T1"),
                   entry("A3", "전용증", "100", programme="마음상담", document="T1"))  # fmt: skip
    assert report.ok and report.parsed.frame["amount_krw"].tolist() == [1000, 100, 100]
    assert "△로 적은 감액 1건은 나간 금액으로 읽었습니다." in report.lines("ko")


def test_a_subtotal_of_the_other_sign_is_told(engine):
    rows = (entry("A1", "추경", "△200"), entry("A2", "추경", "△100"))
    assert read(engine, *rows, ",,소계,,,△300,,,,").uneven == []
    assert [(u.printed, u.summed) for u in read(engine, *rows, ",,소계,,,300,,,,").uneven] == [(300, -300)]


def test_a_file_without_a_unit_says_that_it_was_read_as_won_and_takes_a_chosen_unit(engine):
    rows = (HEAD, entry("A1", "본예산", "1,000"), entry("A2", "지출", "300"))
    silent = read(engine, *rows, head=None)
    assert not silent.unit_stated and silent.frame["amount_krw"].tolist() == [1000, 300]
    assert notes(silent, "ko")[0].endswith("원으로 보고 읽었습니다. 가장 큰 금액은 1,000원입니다.")
    assert notes(silent, "en")[0] == "No unit in the file: read as won. The largest amount is KRW 1,000."
    with engine.connect() as connection:
        lookups = read_lookups(connection)
    content = "\r\n".join(rows).encode("cp949")
    chosen = preview("원장.csv", content, money="천원", lookups=lookups)
    assert chosen.frame["amount_krw"].tolist() == [1_000_000, 300_000] and chosen.unit_chosen
    # Loaded as won by mistake, the same file in its true unit corrects what stands.
    assert load(engine, silent, recorded_at=NOW, secret="s").added == 2
    assert load(engine, chosen, recorded_at=NOW, secret="s").corrected == 2
    stated = preview(
        "원장.csv", ("(단위: 원),,,,,,,,,\r\n".encode("cp949") + content), money="천원", lookups=lookups
    )
    assert stated.unit_stated and stated.frame["amount_krw"].tolist() == [1000, 300]


BASE = "사업,회계연도,판,계획액(천원),배분 근거,작성자,사유,결정일"


def plan(number, version, amount, *, reason="", total=None):
    row = f'서울마음편의점,2026,{version},"{amount}",업무 기록,기획과,{reason},2026-0{number}-05'
    return row, f'합계,,,"{amount if total is None else total}",,,,'


def test_a_plan_without_its_total_or_with_another_is_refused_whole(engine):
    row, _ = plan(1, 1, "1,000")
    for lines, reason in (((row,), Reason.TOTAL_MISSING), (plan(1, 1, "1,000", total="1,100"), Reason.TOTAL_DIFFERS),
                          ((row, "합계,,,△1000,,,,"), Reason.TOTAL_DIFFERS)):  # fmt: skip
        parsed = read(engine, *lines, head=BASE)
        assert [p.reason for p in parsed.problems] == [reason] and not parsed.ok
    assert "합계 1,100,000원, 행의 합 1,000,000원" in read(
        engine, *plan(1, 1, "1,000", total="1,100"), head=BASE
    ).problems[0].sentence("ko")


def test_the_template_of_the_plan_filled_in_is_taken_and_left_without_its_total_is_not(engine):
    caption, header, example, total, _ = template_csv("baseline", "ko").decode("utf-8-sig").split("\r\n")
    row = '서울마음편의점,2026,1,"1,000",업무 기록,기획과,,2026-01-05'
    filled = read(engine, caption, header, example, row, "합계,,,1000,,,,", head=None)
    assert filled.problems == [] and filled.unit_stated and filled.frame["planned_krw"].tolist() == [1000]
    left = read(engine, caption, header, example, row, total, head=None)
    assert [p.reason for p in left.problems] == [Reason.TOTAL_MISSING]


def test_a_plan_with_a_refused_row_is_refused_whole_since_its_total_no_longer_holds(engine):
    row, _ = plan(1, 1, "1,000")
    unknown = row.replace("서울마음편의점", "없는 사업")
    parsed = read(engine, row, unknown, '합계,,,"2,000",,,,', head=BASE)
    assert [p.reason for p in parsed.problems] == [
        Reason.UNKNOWN_PROGRAMME,
        Reason.TOTAL_DIFFERS,
    ] and not parsed.ok


def test_a_recorded_version_stands_for_the_illustrative_split_of_its_own_number_as_a_whole(engine):
    ours = {
        "programme_id": "mind_store",
        "split": "illustrative",
        "author": "a",
        "decided_on": NOW.date(),
        "reason": "r",
    }
    split = ((2026, 1), (2027, 1), (2026, 2))
    with writing(engine) as connection:
        rows = [{**ours, "fiscal_year": year, "version": v, "planned_krw": v} for year, v in split]
        add(connection, "baseline", rows, kind="reference")
    assert bring(engine, *plan(1, 1, "1,000"), head=BASE).ok
    with engine.connect() as connection:
        rows = ledger.baselines(connection)
    assert rows[["fiscal_year", "version", "planned_krw", "split"]].values.tolist() == [
        [2026, 1, 1_000_000, "recorded"], [2026, 2, 2, "illustrative"],
    ]  # fmt: skip


def test_a_recorded_version_of_the_plan_is_never_changed_only_followed(engine):
    first = bring(engine, *plan(1, 1, "1,000"), head=BASE, name="계획1.csv")
    assert first.ok
    again = bring(engine, *plan(2, 1, "1,100"), head=BASE, name="계획2.csv")
    assert [(p.row, p.reason) for p in again.unbalanced] == [(2, Reason.VERSION_KEPT)]
    assert "2026년 서울마음편의점, 1판" in again.unbalanced[0].sentence("ko")
    assert bring(engine, *plan(2, 2, "1,100", reason="국비 감액"), head=BASE, name="계획3.csv").ok
    with engine.connect() as connection:
        rows = connection.execute(
            select(t.baseline.c.version, t.baseline.c.planned_krw).order_by(t.baseline.c.version)
        ).all()
    assert [tuple(row) for row in rows] == [(1, 1_000_000), (2, 1_100_000)]


def test_a_later_version_without_a_reason_is_refused(engine):
    parsed = read(engine, *plan(2, 2, "1,100"), head=BASE)
    assert (parsed.problems[0].column, parsed.problems[0].reason) == ("사유", Reason.MISSING_VALUE)


def test_import_and_screen_share_one_definition_of_what_balances():
    screen = {**budget.SPENDABLE, **{k: -v for k, v in budget.STAGES["expenditure"].items()},
              **{k: -v for k, v in budget.STAGES["carry_out"].items()}}  # fmt: skip
    assert screen == books.SIGNS


def test_entries_and_documents_are_read_back_to_the_won_on_both_databases(engine):
    assert bring(engine, entry("A1", "본예산", "1,000"), entry("A2", "지출", "300", document="D7"),
                 entry("A3", "실집행", "250", document="D7")).ok  # fmt: skip
    with engine.connect() as connection:
        cells = ledger.cells(connection)
        sums = ledger.entry_sums(
            connection, programme="mind_store", years=(2025,), kinds=("expenditure",), line_type=""
        )
        newest = ledger.entries(
            connection, programme="", years=(2025,), kinds=(), line_type="operating", limit=2, offset=0
        )
        none = ledger.entry_sums(connection, programme="", years=(2025,), kinds=(), line_type="personnel")
        pair = ledger.document(connection, document_no="D7", years=(2025,))
    assert cells["amount_krw"].sum() == 1550
    assert sums.to_dict("records") == [{"kind": "expenditure", "entries": 1, "amount_krw": 300}]
    assert newest["entry_id"].tolist() == ["A3", "A2"] and none.empty
    assert pair["amount_krw"].tolist() == [300, 250] and set(pair["source_name"]) == {"원장.csv"}
