"""Files as people see them: cell formats, calendars, hidden rows, totals by structure, units wherever they stand."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.imports import Parsed, Problem, Reason, notes
from data.imports.formats import shown
from data.imports.marks import brackets, unmarked
from tools.office_files import (
    LEDGER,
    VISITS,
    csv,
    entry,
    hangul,
    page,
    prefixed,
    read,
    rewritten,
    saved,
    strict,
    table,
    visit,
    workbook,
)


def only(parsed: Parsed) -> Problem:
    assert len(parsed.problems) == 1, [problem.sentence("en") for problem in parsed.problems]
    return parsed.problems[0]


def said(parsed: Parsed) -> str:
    """Everything that is told of a file that was taken, in Korean."""
    return "\n".join(notes(parsed, "ko"))


# ── Cell formats ────────────────────────────────────────────────────────────────────────────────────────
# What Excel shows for a number under a format; decimals that it cuts off on the screen still count.


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (12_345_000, "#,##0,", "12345"), (12_345_678, "#,##0,", "12345.678"), (12_345_000_000, "#,##0,,", "12345"),
        (0.95, "0%", "95%"), (0.12345, "0.00%", "12.345%"), (1, '"A-"0000', "A-0001"), (0, '"A-"0000', "A-0000"),
        (7, "0000", "0007"), (1012345678, "000-0000-0000", "010-1234-5678"), (500, '#,##0"천원"', "500천원"),
        (12_345_000, '#,##0,"천원"', "12345천원"), (500, "[$₩-412]#,##0", "500"),
        (-500, '_-"₩"* #,##0_-;\\-"₩"* #,##0_-;_-"₩"* "-"_-;_-@_-', "-500"), (0, '_-* #,##0_-;-* #,##0_-;_-* "-"_-;_-@_-', "0"),
        (-12, "#,##0;[Red]△#,##0", "-12"), (-12, "#,##0_);(#,##0)", "-12"),
        (2_500_000, '[>=1000000]#,##0.0,,"백만";#,##0', "2.5백만"), (500, '[>=1000000]#,##0.0,,"백만";#,##0', "500"),
        (12, 'General"건"', "12건"), (5, ";;;", "5"), (0, "#,###", "0"), (0.5, "# ?/?", "0.5"), (12345, "0.00E+00", "12345"),
    ],
)  # fmt: skip
def test_a_number_is_shown_as_its_format_shows_it(value, code, text):
    assert shown(value, code)[0] == text


def test_an_unending_format_costs_no_more_than_a_short_one():
    assert shown(5, '"' * 100_000) == ("5", 0)
    assert shown(5, "[" * 255) == ("5", 0)


def test_thousands_by_format_under_a_header_of_thousands_are_read_as_seen():
    rows = table([*LEDGER[:5], "금액(천원)", *LEDGER[6:]], entry(12_345_000), entry(5_000_000, "A-2"))
    parsed = read(workbook(rows, formats={"F2": "#,##0,", "F3": "#,##0,"}))
    assert parsed.frame["amount_krw"].tolist() == [12_345_000, 5_000_000] and parsed.problems == []


@pytest.mark.parametrize("header", ["금액", "금액(원)"])
def test_thousands_by_format_under_a_header_of_won_are_refused_by_their_format(header):
    rows = table([*LEDGER[:5], header, *LEDGER[6:]], entry(12_345_000))
    problem = only(read(workbook(rows, formats={"F2": "#,##0,"})))
    assert (problem.reason, problem.sheet, problem.row, problem.column) == (
        Reason.CELL_FORMAT, "9월", 2, header)  # fmt: skip
    assert "#,##0," in problem.sentence("ko") and "#,##0," in problem.sentence("en")


def test_thousands_by_format_need_the_unit_that_the_reader_chooses():
    book = workbook(table(LEDGER, entry(12_345_000)), formats={"F2": "#,##0,"})
    assert read(book, money="천원").frame["amount_krw"].tolist() == [12_345_000]


def test_a_format_that_names_its_unit_is_believed_over_the_header():
    rows = table([*LEDGER[:5], "금액(원)", *LEDGER[6:]], entry(12_345_000), entry(500, "A-2"))
    parsed = read(workbook(rows, formats={"F2": '#,##0,"천원"', "F3": '#,##0"천원"'}))
    assert parsed.frame["amount_krw"].tolist() == [12_345_000, 500_000]


def test_ids_padded_by_their_format_are_the_ids_that_a_csv_file_shows():
    book = workbook(table(LEDGER, entry(500, 1), entry(600, 2)), formats={"A2": '"A-"0000', "A3": "0000"})
    assert read(book).frame["entry_id"].tolist() == ["A-0001", "0002"]


def test_counts_shown_in_thousands_without_a_unit_are_refused():
    assert (
        only(read(workbook(table(VISITS, visit(5000)), formats={"D2": "#,##0,"}))).reason
        is Reason.CELL_FORMAT
    )
    header = [*VISITS[:3], "이용 건수(천건)"]
    parsed = read(workbook(table(header, visit(5_000)), formats={"D2": "#,##0,"}))
    assert parsed.frame["visits"].tolist() == [5000]


# ── Calendars, XML, disguises ───────────────────────────────────────────────────────────────────────────


def test_day_numbers_are_counted_from_the_workbooks_own_calendar():
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    rows = table(VISITS, visit(5, 44804))
    plain, mac = workbook(rows), workbook(rows)
    mac.epoch = CALENDAR_MAC_1904
    # 44,804 days after 30 December 1899, and after 1 January 1904.
    assert read(plain).frame["attended_on"].tolist() == [date(2022, 8, 31)]
    assert read(mac).frame["attended_on"].tolist() == [date(2026, 9, 1)]


def test_strict_and_prefixed_open_xml_read_as_ordinary_workbooks_do():
    ordinary = saved(workbook(table(VISITS, visit(5, date(2026, 9, 1)), visit(7, date(2026, 9, 2)))))
    frames = [read(content, "a.xlsx").frame for content in (ordinary, strict(ordinary), prefixed(ordinary))]
    assert b"purl.oclc.org" in strict(ordinary)
    assert frames[0]["visits"].tolist() == [5, 7]
    assert frames[0].equals(frames[1]) and frames[0].equals(frames[2])


def test_a_formula_without_result_is_no_empty_cell_whatever_prefix_stands_before_it():
    rows = table([*VISITS, "실인원"], [*visit(), "=2+2"], [*visit(8, "2026-09-02"), 3])
    for content in (saved(workbook(rows)), prefixed(saved(workbook(rows)))):
        parsed = read(content, "a.xlsx")
        problem = only(parsed)
        assert (problem.reason, problem.row, problem.column) == (Reason.FORMULA, 2, "실인원")
        assert parsed.frame["people"].tolist() == [3]


def test_a_formula_that_comes_to_no_text_is_an_empty_cell():
    content = saved(workbook(table([*VISITS, "실인원"], [*visit(), '=IF(1,"","")'])))
    text = rewritten(content, {'<c r="E2"><f>': '<c r="E2" t="str"><f>'})
    parsed = read(text, "a.xlsx")
    assert parsed.problems == [] and parsed.frame["people"].tolist() == [None]


@pytest.mark.parametrize(
    "head",
    ["", "<html><body>", '<meta http-equiv="Content-Type" content="text/html; charset=euc-kr">', "<!-- 2026 -->\n<style>td{}</style>", "<!DOCTYPE html>"],
)  # fmt: skip
def test_a_page_that_calls_itself_a_workbook_is_read_as_its_table(head):
    parsed = read(page(VISITS, visit(5), visit(7, "2026-09-02"), head=head), "실적.xls")
    assert parsed.problems == [] and parsed.frame["visits"].tolist() == [5, 7]


def test_a_page_names_its_unit_beside_the_table_and_merges_cells_down():
    header = [*LEDGER[:5], "금액", *LEDGER[6:]]
    second = entry(6, "A-2")
    rows = [header, [*entry(5)[:3], "<td rowspan=2>강남구</td>", *entry(5)[4:]], [*second[:3], *second[4:]]]
    parsed = read(page(*rows, before="<p>(단위: 천원)</p>"), "원장.xls")
    assert parsed.problems == [] and parsed.frame["amount_krw"].tolist() == [5000, 6000]
    assert parsed.frame["district_code"].tolist() == ["11230", "11230"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (page(VISITS[:2], head='<meta charset="euc-kr">'), "HTML"),
        (b"<div>no table here</div>", "HTML"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "2003"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", ".mht"),
        ("\ufeff  <TABLE><tr><td>1".encode("utf-16"), "HTML"),
    ],
)
def test_a_page_without_a_known_table_is_refused_as_what_it_is(content, kind):
    problem = only(read(content, "실적.xls"))
    assert problem.reason is Reason.WRONG_KIND and kind in problem.detail
    assert "XLSX" in problem.sentence("ko") and "XLSX" in problem.sentence("en")


def test_a_malformed_page_is_read_in_one_pass():
    for junk in (
        b"<" * 500_000,
        b"<!--" * 200_000,
        b"<td" * 200_000,
        b"<table>" * 5_000,
        b'<a b="' * 100_000,
    ):
        assert only(read(b"<html>" + junk, "a.xls")).whole_file


# ── Tables of Hangul documents ──────────────────────────────────────────────────────────────────────────


def test_a_table_of_a_hangul_document_is_read_like_a_sheet():
    rows = [
        VISITS,
        [*visit("1,234")[:3], "<hp:t>1,2<hp:markpenBegin color='#FF0000'/>34<hp:lineBreak/></hp:t>"],
        visit(7, "2026-09-02"),
    ]
    parsed = read(hangul(rows, before=["2026년 9월 실적"]), "실적.hwpx")
    assert parsed.problems == [] and parsed.frame["visits"].tolist() == [1234, 7]
    wrong = only(read(hangul([VISITS, visit(1), visit("열둘", "2026-09-02")]), "실적.hwpx"))
    assert (wrong.sheet, wrong.row, wrong.column, wrong.value) == ("표 1", 3, "이용 건수", "열둘")


def test_each_table_of_a_document_has_its_own_unit_merges_and_notes():
    first = [
        LEDGER,
        [*entry(5)[:3], ("강남구", 2, 1), *entry(5)[4:]],
        [*entry(6, "A-2")[:3], ..., *entry(6)[4:]],
    ]
    second = [LEDGER, entry(7, "A-3")]
    parsed = read(
        hangul([["결재", "과장"]], first, second, before=["", "(단위: 천원)", "(단위: 백만원)"]), "원장.hwpx"
    )
    assert parsed.problems == [] and parsed.frame["amount_krw"].tolist() == [5_000, 6_000, 7_000_000]
    assert parsed.frame["district_code"].tolist() == ["11230"] * 3 and parsed.ignored_sheets == ["표 1"]
    noted = read(hangul([LEDGER, entry(5)], after="※ 단위: 천원"), "원장.hwpx")
    assert noted.frame["amount_krw"].tolist() == [5_000]


def test_a_header_of_two_rows_in_a_document_is_one_header():
    rows = [
        [*((text, 2, 1) for text in VISITS[:3]), ("이용 현황", 1, 2), ...],
        [..., ..., ..., "이용 건수", "실인원"],
        [*visit(5), 3],
    ]
    parsed = read(hangul(rows), "실적.hwpx")
    assert parsed.problems == [] and parsed.frame[["visits", "people"]].values.tolist() == [[5, 3]]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (lambda: hangul(), Reason.WRONG_KIND),
        (lambda: hangul([["결재", "과장"]]), Reason.NO_TEMPLATE),
        (lambda: hangul([VISITS, visit(5)], more="<hs:open>"), Reason.BROKEN),
        (lambda: hangul([VISITS, visit(5)], after="900101-1234568"), Reason.RESIDENT_NUMBER),
        (lambda: rewritten(hangul([VISITS]), {"<hs:sec": "<!DOCTYPE a><hs:sec"}, only="Contents"), Reason.UNSAFE),
        (lambda: rewritten(hangul([VISITS]), {'colAddr="3"': 'colAddr="30000"'}, only="Contents"), Reason.TOO_WIDE),
        (lambda: hangul([VISITS, visit(5)], more="<hp:p>" * 20_000 + "</hp:p>" * 20_000), Reason.BROKEN),
    ],
)  # fmt: skip
def test_a_document_that_cannot_be_read_is_refused_by_name(content, reason):
    problem = only(read(content(), "실적.hwpx"))
    assert problem.reason is reason and problem.whole_file


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 10**6), st.dates(date(2025, 4, 1), date(2026, 8, 31)), st.sampled_from(["강남구", "관악구", "종로구"])),
        min_size=1, max_size=12, unique_by=lambda row: row[1:],
    ),
    st.sampled_from(["명", "천명", ""]),
)  # fmt: skip
def test_the_same_table_reads_alike_from_every_kind_of_file(rows, unit):
    caption = f"(단위: {unit})" if unit else "이용 실적"
    lines = [visit(count, day, place) for count, day, place in rows]
    scale = 1000 if unit == "천명" else 1
    files = {
        "실적.csv": csv([caption, "", "", ""], VISITS, *lines),
        "실적.xlsx": saved(workbook([[caption], VISITS, *lines])),
        "실적.xls": page(VISITS, *lines, before=f"<p>{caption}</p>"),
        "실적.hwpx": hangul([VISITS, *lines], before=[caption]),
    }
    for name, content in files.items():
        parsed = read(content, name)
        assert parsed.problems == [], name
        assert parsed.frame["visits"].tolist() == [count * scale for count, _, _ in rows]
        assert parsed.frame["attended_on"].tolist() == [day for _, day, _ in rows]


# ── Hidden, filtered, unlabelled ────────────────────────────────────────────────────────────────────────


def test_hidden_rows_and_columns_are_read_and_told():
    book = workbook(table([*VISITS, "실인원"], *([*visit(n, f"2026-09-0{n}"), 1] for n in (1, 2, 3))),
                    hide_rows=(3,), hide_columns=("E",))  # fmt: skip
    parsed = read(book)
    assert parsed.frame["visits"].tolist() == [1, 2, 3]
    assert parsed.hidden_rows == [("9월", 3)] and parsed.hidden_columns == ["실인원"]
    assert "숨긴 행 1개" in said(parsed) and "9월 3행" in said(parsed) and "실인원" in said(parsed)
    assert "hidden" in "\n".join(notes(parsed, "en"))


def test_rows_hidden_by_a_filter_are_called_so_and_an_open_filter_hides_none():
    rows = table(VISITS, visit(1), visit(2, "2026-09-02"))
    assert "필터로 가려진 행 1개" in said(read(workbook(rows, hide_rows=(3,), filter_="A1:D3")))
    assert "행" not in said(read(workbook(rows, filter_="A1:D3")))


def test_a_hidden_sheet_is_not_read_and_is_told():
    book = workbook(table(VISITS, visit(1)))
    book.create_sheet("지난달").append(VISITS)
    book["지난달"].append(visit(99))
    book["지난달"].sheet_state = "veryHidden"
    parsed = read(book)
    assert parsed.frame["visits"].tolist() == [1] and "지난달" in said(parsed)


def test_notes_beside_the_table_without_a_header_are_not_read_and_told():
    rows = [[*VISITS], [*visit(1), None, "재확인 필요"], visit(2, "2026-09-02")]
    parsed = read(workbook(rows))
    assert parsed.problems == [] and len(parsed.frame) == 2
    assert parsed.unlabelled == [("9월", "F")] and "머리글이 없는 열" in said(parsed)
    trailing = read(csv([*VISITS, ""], [*visit(1), "재확인"], [*visit(2, "2026-09-02"), ""]))
    assert trailing.unlabelled == [("", "E")] and len(trailing.frame) == 2
    inner = read(workbook([[VISITS[0], None, *VISITS[1:]], ["서울마음편의점", "메모", *visit(3)[1:]]]))
    assert inner.frame["visits"].tolist() == [3] and inner.unlabelled == [("9월", "B")]


# ── Headers ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_header_of_two_rows_is_one_header_merged_or_not():
    top = [*VISITS[:3], "이용 현황", None]
    below = [None, None, None, "이용 건수", "실인원"]
    rows = [top, below, [*visit(5), 3]]
    merged = workbook(rows, merge=("A1:A2", "B1:B2", "C1:C2", "D1:E1"))
    for content in (merged, workbook(rows), csv(*rows)):
        parsed = read(content)
        assert parsed.problems == [] and parsed.frame[["visits", "people"]].values.tolist() == [[5, 3]]


def test_a_row_of_units_under_the_header_belongs_to_it():
    parsed = read(csv(LEDGER, ["", "", "", "", "", "(천원)", "", ""], entry(5)))
    assert parsed.problems == [] and parsed.frame["amount_krw"].tolist() == [5000]
    counts = read(csv([*VISITS, "실인원"], ["", "", "", "(천명)", "(명)"], [*visit(5), 40]))
    assert counts.frame[["visits", "people"]].values.tolist() == [[5000, 40]]


def test_a_heading_over_two_columns_of_numbers_is_no_column():
    rows = [[*VISITS[:3], "이용 건수", None], [None, None, None, "남", "여"], [*visit(5), 3]]
    problem = only(read(workbook(rows, merge=("D1:E1",))))
    assert problem.reason is Reason.DUPLICATE_COLUMN and "이용 건수 여" in problem.detail


def test_a_first_row_of_data_is_never_taken_for_a_header():
    parsed = read(csv([*VISITS, "메모"], [*visit(5), "실인원"]))
    assert parsed.frame["visits"].tolist() == [5]


@pytest.mark.parametrize("mark", ["주1)", "1)", "*", "¹⁾", "²", " 주)", "†"])
def test_footnote_marks_are_no_part_of_a_header_a_name_or_a_number(mark):
    header = [VISITS[0], f"자치구{mark}", VISITS[2], f"이용 건수{mark}"]
    count = "1,234 1)" if mark == "1)" else f"1,234{mark}"
    parsed = read(csv(header, f'서울마음편의점,강남구{mark},2026-09-01,"{count}"'))
    assert parsed.problems == [] and parsed.frame[["district_code", "visits"]].values.tolist() == [
        ["11230", 1234]
    ]
    assert parsed.marked == 2 and "각주 표시" in said(parsed)


def test_a_mark_is_taken_off_only_where_nothing_else_could_be_meant():
    assert (unmarked("*"), unmarked("(12)"), unmarked("121)"), unmarked("12주1)")) == (
        "*",
        "(12)",
        "121)",
        "12",
    )
    assert only(read(csv(VISITS, visit("121)")))).reason is Reason.NOT_A_NUMBER


def test_brackets_of_any_width_and_depth_are_found_in_one_pass():
    assert (
        brackets("금액（천원）") == ("금액", ["천원"]) == brackets("금액〔천원〕") == brackets("금액[천원]")
    )
    assert brackets("집행액(A)(천원)") == ("집행액", ["A", "천원"])
    assert brackets("(" * 50_000)[0] == ""


# ── Units wherever they stand ───────────────────────────────────────────────────────────────────────────

UNITS = {
    "header": lambda: csv([*LEDGER[:5], "금액(천원)", *LEDGER[6:]], entry(500)),
    "header in words": lambda: csv([*LEDGER[:5], "금액 (단위 : 천원)", *LEDGER[6:]], entry(500)),
    "header in wide brackets": lambda: csv([*LEDGER[:5], "금액（천 원）", *LEDGER[6:]], entry(500)),
    "header in square brackets": lambda: csv([*LEDGER[:5], "금액[천원]", *LEDGER[6:]], entry(500)),
    "header without brackets": lambda: csv([*LEDGER[:5], "금액_천원", *LEDGER[6:]], entry(500)),
    "header beside a letter": lambda: csv([*LEDGER[:5], "금액(A)(천원)", *LEDGER[6:]], entry(500)),
    "caption": lambda: csv(["(단위: 천원)"], LEDGER, entry(500)),
    "caption of the unit alone": lambda: csv(["2026년 9월 집행"], ["", "", "", "", "", "", "", "(천원)"], LEDGER, entry(500)),
    "title": lambda: csv(["2026년 9월 집행 현황 〔단위：천원〕"], LEDGER, entry(500)),
    "footnote": lambda: csv(LEDGER, entry(500), ["※ 단위: 천원"]),
    "last line": lambda: csv(LEDGER, entry(500), ["(단위 : 천원)"]),
    "sheet name": lambda: workbook(table(LEDGER, entry(500)), title="9월(천원)"),
    "sheet name as a word": lambda: workbook(table(LEDGER, entry(500)), title="집행_천원"),
    "column": lambda: csv([*LEDGER, "단위"], [*entry(500), "천원"]),
    "cell": lambda: csv(LEDGER, entry("500천원")),
    "format": lambda: workbook(table(LEDGER, entry(500)), formats={"F2": '#,##0"천원"'}),
}  # fmt: skip


@pytest.mark.parametrize("place", UNITS)
def test_a_unit_counts_wherever_it_stands(place):
    parsed = read(UNITS[place]())
    assert parsed.problems == [] and parsed.frame["amount_krw"].tolist() == [500_000]


def test_a_unit_at_the_head_of_the_printed_page_counts():
    book = workbook(table(LEDGER, entry(5)))
    book.active.oddHeader.right.text = "(단위: 천원)"
    assert read(book).frame["amount_krw"].tolist() == [5000]


def test_a_line_that_says_who_wrote_the_table_is_no_row_and_a_row_cut_off_is():
    parsed = read(csv(VISITS, visit(5), ["작성: 복지정책과", "", "", ""]))
    assert parsed.problems == [] and parsed.excluded == {"note": 1}
    assert only(read(csv(VISITS, visit(5), "서울마음편의점"))).reason is Reason.COLUMN_COUNT


def test_a_unit_in_the_name_of_the_file_counts():
    assert read(csv(LEDGER, entry(5)), "집행_9월(백만원).csv").frame["amount_krw"].tolist() == [5_000_000]


@pytest.mark.parametrize(
    ("place", "where"), [("footnote", "각주"), ("sheet name", "시트 이름"), ("column", "단위 열")]
)
def test_a_unit_found_in_an_unusual_place_is_told_with_the_place(place, where):
    assert where in said(read(UNITS[place]()))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (csv(["(단위: 천원)"], LEDGER, entry(500), ["※ 단위: 백만원"]), Reason.UNIT_CONFLICT),
        (csv(["(단위: 천원)"], [*LEDGER[:5], "금액(원)", *LEDGER[6:]], entry(500)), Reason.UNIT_CONFLICT),
        (csv([*LEDGER, "단위"], [*entry(500), "천원"], [*entry(5, "A-2"), "백만원"]), Reason.UNIT_CONFLICT),
        (csv(["(단위: 천달러)"], LEDGER, entry(500)), Reason.UNKNOWN_UNIT),
        (csv([*LEDGER[:5], "금액(달러)", *LEDGER[6:]], entry(500)), Reason.UNKNOWN_UNIT),
        (csv(["(단위: 천톤)"], VISITS, visit(5)), Reason.UNKNOWN_UNIT),
        (csv(["(단위: 명, 천명)"], VISITS, visit(5)), Reason.UNIT_CONFLICT),
    ],
)
def test_units_that_are_unknown_or_disagree_are_refused(content, reason):
    assert only(read(content)).reason is reason


@pytest.mark.parametrize(
    ("unit", "scale"),
    [("천명", 1000), ("명", 1), ("만 명", 10_000), ("백명", 100), ("천건", 1000), ("%, 천명", 1000)],
)
def test_counts_in_a_captions_unit_are_people_one_by_one(unit, scale):
    parsed = read(csv(f'"(단위: {unit})"', VISITS, visit(5)))
    assert parsed.frame["visits"].tolist() == [5 * scale]
    assert (unit.split()[-1] in said(parsed)) == (scale > 1)


# ── Totals by structure ─────────────────────────────────────────────────────────────────────────────────


def test_a_word_for_a_total_in_a_column_that_is_not_read_makes_no_row_a_total():
    rows = [
        [*visit(12), ""],
        [*visit(480, "2026-09-02"), "2개 지점 합계"],
        [*visit(7, "2026-09-02", "강서구"), "9월 누계"],
    ]
    parsed = read(csv([*VISITS, "비고"], *rows))
    assert parsed.frame["visits"].tolist() == [12, 480, 7] and parsed.excluded == {}


def test_a_region_that_says_total_of_every_row_drops_none_of_them():
    parsed = read(csv(["세부사업", "지역", *VISITS[1:]], ["서울마음편의점", "합계", *visit(12)[1:]],
                      ["서울마음편의점", "합계", *visit(7, place="강서구")[1:]]))  # fmt: skip
    assert parsed.frame["visits"].tolist() == [12, 7]


def test_a_region_alone_is_the_district_and_its_total_a_total():
    parsed = read(
        csv(["세부사업", "지역", *VISITS[2:]], visit(12), visit(7, place="강서구"), visit(19, place="합계"))
    )
    assert (
        parsed.frame["visits"].tolist() == [12, 7]
        and parsed.excluded == {"subtotal": 1}
        and parsed.uneven == []
    )


@pytest.mark.parametrize(
    "total",
    [["소계", "", "", "12"], ["서울마음편의점", "합 계", "2026-09-01", "12"], ["", "강남구 소계", "", "12"], ["총계", "-", "-", "12"]],
)  # fmt: skip
def test_a_total_stands_where_a_row_would_be_identified(total):
    parsed = read(csv(VISITS, visit(12), total))
    assert parsed.problems == [] and parsed.frame["visits"].tolist() == [12] and parsed.uneven == []


def test_a_total_known_by_an_unread_column_lacks_what_identifies_a_row():
    parsed = read(csv(["구분", *VISITS], ["", *visit(12)], ["합계", "", "", "", "12"]))
    assert parsed.problems == [] and parsed.frame["visits"].tolist() == [12]


def test_a_number_with_a_footnote_mark_counts_in_its_total():
    assert (
        read(csv(VISITS, visit('"1,234주1)"'), visit(7, place="강서구"), ["합계", "", "", '"1,241"'])).uneven
        == []
    )


def test_printed_totals_of_counts_are_held_against_their_rows():
    parsed = read(csv(VISITS, visit(12), visit(7, place="강서구"), ["합계", "", "", "20"]))
    assert [(total.row, total.printed, total.summed) for total in parsed.uneven] == [(4, 20, 19)]
    assert "20" in said(parsed) and "19" in said(parsed) and "원" not in said(parsed).split("검산")[1]
