"""Where reading a file turns: sizes, spans, places and words, each held from both sides and through the file itself."""

from __future__ import annotations

import io
import struct
from datetime import date
from types import SimpleNamespace
from typing import Any

import openpyxl
import pandas as pd
import pytest
from sqlalchemy import Boolean, Date, DateTime

from data.codes import ALL, CODES
from data.imports import (
    Reason,
    books,
    clashes,
    derived,
    headers,
    histories,
    markup,
    reader,
    shapes,
    summaries,
    together,
    totals,
    xls,
    xlsx,
)
from data.imports.compound import MAGIC, Compound
from data.imports.convert import Unit, parser_for
from data.imports.formats import shown
from data.imports.marks import brackets
from data.imports.people import Kind, check_digit_holds, find, kind_in
from data.imports.problems import redact_name
from data.imports.refusal import Refused
from data.imports.sheet import Sheet
from data.imports.templates import template_rows, templates
from data.imports.workbook import template_xlsx
from data.imports.worksheet import NO_RESULT
from data.tables import OPERATIONAL
from tools.office_files import CALL, LEDGER, LOOKUPS, VISITS, csv, entry, read, visit

MB = 1024 * 1024


def reason(call: Any, *arguments: Any, **named: Any) -> Reason | None:
    """Why a call is refused, None where it is not."""
    try:
        call(*arguments, **named)
    except Refused as refused:
        return refused.reason
    return None


# ── How large a file may be ───────────────────────────────────────────────────────────────────────


def test_a_file_may_have_a_hundred_megabytes_and_no_byte_more():
    at_most = b"PK\x03\x04" + bytes(100 * MB - 4)
    assert (
        reason(reader.read, at_most, score=len) is Reason.BROKEN
    )  # an archive without an end, but not too large
    with pytest.raises(Refused) as refused:
        reader.read(at_most + b"\0", score=len)
    assert refused.value.reason is Reason.TOO_LARGE and refused.value.detail == "100 MB > 100 MB"


@pytest.mark.parametrize(
    ("sizes", "safe"),
    [
        ([(300 * MB, 30 * MB)], True), ([(300 * MB + 1, 30 * MB)], False), ([(200 * MB, 20 * MB), (101 * MB, 20 * MB)], False),
        ([(10 * MB, 1)], True), ([(10 * MB + 1, 1)], False),  # below ten megabytes repeated cells are harmless
        ([(20_000_000, 200_000)], True), ([(20_000_000, 199_999)], False), ([(20_000_000, 199_999), (MB, MB)], False),  # one part alone is enough
    ],
)  # fmt: skip
def test_a_workbook_unpacks_to_three_hundred_megabytes_and_a_hundredfold_at_most(sizes, safe):
    entries = [
        SimpleNamespace(file_size=size, compress_size=packed, flag_bits=0, filename=f"xl/{n}.xml")
        for n, (size, packed) in enumerate(sizes)
    ]
    archive: Any = SimpleNamespace(infolist=lambda: entries)
    assert reason(xlsx._check_directory, archive) is (None if safe else Reason.UNSAFE)


# ── Who somebody is ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "kind"),
    [("S20261231", None), ("S20261201", None), ("S20260131", None), ("S20261301", Kind.PASSPORT), ("S20260001", Kind.PASSPORT),
     ("S20260132", Kind.PASSPORT), ("S18260101", Kind.PASSPORT)],
)  # fmt: skip
def test_a_letter_before_eight_digits_is_a_document_of_a_day_else_a_passport(text, kind):
    assert kind_in(text) is kind


@pytest.mark.parametrize(
    ("twelve", "digit"),
    # Weights 2 to 9, 2 to 5: the first ten of 9001011234 come to 74. 74 + 20 + 30 = 124 leaves 3 by 11, 74 + 20 + 5 leaves 0,
    # 74 + 4 leaves 1; a foreign resident's 5 in the place of the 1 adds 32, 156 leaves 2: 11 − 2 + 2.
    [("900101123456", 8), ("900101123451", 1), ("900101123410", 0), ("900101523456", 1)],
)
def test_the_check_digit_is_eleven_less_what_the_weighted_sum_leaves(twelve, digit):
    assert [d for d in range(10) if check_digit_holds(f"{twelve}{d}")] == [digit]


# ── Texts, pages and workbooks ────────────────────────────────────────────────────────────────────


def test_what_stands_behind_a_bracket_is_outside_it():
    assert brackets("집행(A)액[천원] 합계") == ("집행액 합계", ["A", "천원"])
    assert brackets("(가)나(다") == ("나", ["가", "다"])


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (1012345678, "000\\-0000\\-0000", "010-1234-5678"), (12, "#,##0\\건", "12건"),  # a sign behind a backslash stands for itself
        (1, '[=1]0"명";0"건"', "1명"), (2, '[=1]0"명";0"건"', "2건"), (0, '[=1]0"명";0"건"', "0건"),
        (2, '[<>2]0"명";0"건"', "2건"), (3, '[<>2]0"명";0"건"', "3명"),
        (2, '[<2]0"명";0"건"', "2건"), (2, '[<=2]0"명";0"건"', "2명"), (2, '[>2]0"명";0"건"', "2건"), (2, '[>=2]0"명";0"건"', "2명"),
        (7.5, "0000", "7.5"), (7, "0000", "0007"),  # what is padded is a whole number
        (-5, '0"가";0"나";"없음"', "-5나"), (5, '0"가";0"나";"없음"', "5가"), (0, '0"가";0"나";0"다"', "0다"),
    ],
)  # fmt: skip
def test_a_format_chooses_its_section_and_keeps_its_signs(value, code, text):
    assert shown(value, code) == (text, 0)


def test_a_table_within_a_cell_has_its_own_text():
    (inner, outer) = markup.read(
        "<table><tr><td>밖<table><tr><td>안</td><td rowspan=2>둘</td></tr><tr><td>셋</td></tr></table>끝</td><td>옆</td></tr></table>"
    )
    assert inner.rows == [["안", "둘"], ["셋"]] and inner.merged == [(0, 1, 1, 1)]
    assert outer.rows == [["밖끝", "옆"]] and outer.merged == []


def mini_compound(name: str, content: bytes) -> bytes:
    """A compound file whose one short stream lies in sectors of 64 bytes, and is the fourth and last entry of its directory."""
    end, none, own = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    short = -(-len(content) // 64)
    entries = [
        ("Root Entry", 5, 3, 64 * short),
        ("Other", 2, 0, 0),
        ("More", 2, 0, 0),
        (name, 2, 0, len(content)),
    ]
    directory = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<HBB", 2 * len(name) + 2, kind, 1)
        + b"\xff" * 12 + bytes(36) + struct.pack("<IQ", first, size)
        for name, kind, first, size in entries
    )  # fmt: skip
    head = MAGIC + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<10I", 0, 1, 1, 0, 4096, 2, 1, end, 0, 0)
    fat = struct.pack("<128I", own, end, end, end, *[none] * 124)
    mini = struct.pack("<128I", *range(1, short), end, *[none] * (128 - short))
    return head.ljust(512, b"\xff") + fat + directory + mini + content.ljust(512, b"\0")


def test_a_short_stream_is_read_from_its_small_sectors_to_its_last_byte():
    content = bytes(range(150))  # three small sectors, the last of them a third full
    assert Compound(mini_compound("Book", content)).stream("Book") == content


def record(kind: int, *values: Any, form: str = "") -> bytes:
    body = struct.pack(form, *values) if form else b"".join(values)
    return struct.pack("<HH", kind, len(body)) + body


def old_sheet(*records: bytes) -> Sheet:
    """A worksheet of Excel 97 to 2003 of these records."""
    stream = record(0x809, 0x600, 0x10, 0, 0, 0, 0, form="<HHHHII") + b"".join(records) + record(0xA, b"")
    return xls._Sheet(xls._Book(stream), "", hidden=False).read(0)


@pytest.mark.parametrize(
    ("packed", "number"),
    # Bit 1: an integer of thirty bits with its sign, else the head of a double; bit 0: a hundredth of it.
    [(5 << 2 | 2, 5), (5 << 2 | 3, 0.05), (0xFFFFFFFE, -1), (0xFFFFFFFF, -0.01), (0x7FFFFFFE, 2**29 - 1), (0x80000002, -(2**29)),
     (0x3FF00000, 1), (0x3FF00001, 0.01), (0xC0080000, -3), (0x40590000, 100)],
)  # fmt: skip
def test_a_number_in_four_bytes_is_an_integer_or_the_head_of_a_double(packed, number):
    assert xls._unpacked(packed) == pytest.approx(number, rel=1e-15)


def test_an_old_sheet_keeps_its_merged_cells_hidden_columns_and_empty_rows():
    sheet = old_sheet(
        record(0x7D, 1, 2, 2304, 15, 1, 0, form="<6H"),  # columns 1 to 2 are hidden
        record(0x7D, 4, 4, 2304, 15, 2, 0, form="<6H"),  # column 4 is not: bit 1 is another mark
        record(0x203, 0, 0, 0, 12.0, form="<HHHd"),
        record(0x203, 3, 2, 0, 1.5, form="<HHHd"),
        record(
            0xE5, 2, 0, 1, 0, 0, 3, 4, 1, 2, form="<9H"
        ),  # rows 0 to 1 of column 0; rows 3 to 4 of columns 1 to 2
    )
    assert sheet.rows == [["12"], [], [], ["", "", "1.5"]]
    assert sheet.hidden_columns == {1, 2} and sheet.hidden_rows == frozenset()
    assert sheet.merged == [(0, 0, 1, 0), (3, 1, 4, 2)]


def test_a_formula_of_an_old_sheet_gives_its_last_result():
    place = [struct.pack("<HHH", 0, column, 0) for column in range(6)]
    number, said, true, error = struct.pack("<d", 2.5), b"\0", b"\1\0\1", b"\2\0\x07"
    results = [number, *(kind.ljust(6, b"\0") + b"\xff\xff" for kind in (said, true, error))]
    text = struct.pack("<HB", 2, 0) + b"ab"
    sheet = old_sheet(
        record(6, place[0], results[0]),
        record(6, place[1], results[1]), record(0x207, text),
        record(6, place[2], results[2]),
        record(6, place[3], results[3]),
        record(0x205, place[4], b"\0\0"), record(0x205, place[5], b"\x2a\x01"),
    )  # fmt: skip
    assert sheet.rows == [["2.5", "ab", "TRUE", NO_RESULT, "FALSE", NO_RESULT]]


def test_numbers_in_a_row_and_alone_in_four_bytes_stand_in_their_places():
    several = (
        struct.pack("<HH", 0, 1)
        + b"".join(struct.pack("<HI", 0, n << 2 | 2) for n in (7, 8))
        + struct.pack("<H", 2)
    )
    sheet = old_sheet(record(0xBD, several), record(0x27E, 0, 4, 0, 9 << 2 | 2, form="<HHHI"))
    assert sheet.rows == [["", "7", "8", "", "9"]]


def test_a_text_that_goes_on_in_the_next_record_says_again_how_wide_it_is():
    wide, narrow = "가나".encode("utf-16-le"), b"cd"
    pieces = xls._Pieces(
        [struct.pack("<HB", 6, 1) + wide, b"\0" + narrow, b"\x01" + "다라".encode("utf-16-le") + b"rest"]
    )
    assert pieces.string() == "가나cd다라" and pieces.take(4) == b"rest"
    # Runs of formatting and what Asian texts bring follow the characters and are passed over.
    marked = struct.pack("<HBHI", 2, 0x0C, 1, 3) + b"ab" + b"\0" * 4 + b"xyz"
    pieces = xls._Pieces([marked + b"next"])
    assert pieces.string() == "ab" and pieces.take(4) == b"next"


# ── Names, places and numbers of people ───────────────────────────────────────────────────────────


def columns(head: str, *values: str) -> list[tuple[int, Kind]]:
    return [(one.row, one.kind) for one in find([[head], *([value] for value in values)])]


@pytest.mark.parametrize("name", ["모아", "피보미", "남궁민수", "어금니"])
def test_a_name_under_its_header_has_two_to_four_syllables(name):
    assert columns("성명", name) == [(1, Kind.NAME)]


@pytest.mark.parametrize("word", ["모", "모아보아요", "갃갃", "홍보팀"])
def test_what_is_longer_or_of_no_family_is_no_name_under_the_header_of_names(word):
    assert columns("성명", word) == []


def test_a_place_without_a_number_is_no_address_and_neither_is_a_link():
    assert columns("주소", "강남구") == columns("주소", "https://강남구/12") == columns("주소", "12") == []
    assert columns("주소", "신림동 산 5") == columns("주소", "12 Teheran-ro") == [(1, Kind.ADDRESS)]


def test_numbers_of_other_lengths_hide_no_column_of_resident_numbers():
    failing = ["9001011234567", "9102021234567", "8003031234567"]
    assert columns("번호", *failing) == [(1, Kind.RESIDENT)]
    assert columns("번호", *failing, "20260901000001", "12") == [(1, Kind.RESIDENT)]
    assert columns("번호", *failing[:2]) == columns("번호", *failing, "9013011234567") == []


def test_a_number_of_more_digits_under_the_header_of_resident_numbers_is_read_by_its_length():
    assert columns("주민등록번호", "9001011234567") == [(1, Kind.RESIDENT)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("가번길 옆 강남구 테헤란로 123", Kind.ADDRESS),  # a lane without its number does not end the search
        ("가번길", None), ("논현로28번길", Kind.ADDRESS),
        ("강남구 외로움로 12명", None), ("강남구 별도로 12", None), ("참고로 12", None),
        ("1.01012345678", None), ("3,01012345678", None), ("1 01012345678", Kind.PHONE), ("/01012345678", Kind.PHONE),
        # A point or comma before the digits is of their number, unless it ends a word.
        (".01012345678", None), ("0.821012345678", None), ("Tel.01012345678", Kind.PHONE), ("연락처,01012345678", Kind.PHONE),
        ("T.010-1234-5678", Kind.PHONE), ("가.821012345678", Kind.PHONE), (" ,010-1234-5678", None),
        ("서울-12-123456-78", Kind.LICENCE), ("면허 서울 12-123456-78", Kind.LICENCE), ("12-123456-78", None),
        ("S02-2133-1234", None), ("가02-2133-1234", Kind.PHONE), (" 02-2133-1234", Kind.PHONE),
    ],
)  # fmt: skip
def test_roads_licences_and_telephones_are_told_from_what_looks_like_them(text, kind):
    assert kind_in(text) is kind


def test_a_title_keeps_its_other_words_where_a_full_stop_is_no_ending():
    assert redact_name("9월. 홍길동 상담기록부") == "9월. ●●● 상담기록부"
    assert redact_name("홍길동 상담.xlsx") == "●●● 상담.xlsx"
    assert redact_name("홍길동 상담") == "●●● 상담"


# ── Tables ────────────────────────────────────────────────────────────────────────────────────────


def test_months_across_are_one_row_each_under_the_merged_words_beside_them():
    rows = [
        ["2026년 서울마음편의점 이용 실적 (단위: 건)"],
        ["권역", "자치구", "8월", "9월", "계"],
        ["도심", "종로구", 900, None, 900],
        [None, "관악구", None, 800, 800],
        ["동남", "강남구", None, 7, 7],
        ["주", None, None, None, None],
    ]
    sheet = shapes.unfolded(
        Sheet("9월", [["" if cell is None else str(cell) for cell in row] for row in rows], merged=[(0, 0, 0, 4), (2, 0, 3, 0)]),
        list(templates().values()),
        "실적.xlsx",
    )  # fmt: skip
    assert sheet.rows[1][:3] == ["권역", "자치구", "기간"]
    assert [row[:4] for row in sheet.rows[2:]] == [
        ["도심", "종로구", "2026-08", "900"], ["도심", "관악구", "2026-09", "800"], ["동남", "강남구", "2026-09", "7"],
    ]  # fmt: skip
    assert sheet.numbers == [1, 2, 3, 4, 5] and sheet.merged == []


def test_a_header_that_lacks_columns_is_refused_with_its_row():
    (problem,) = read(csv(["이용 실적"], VISITS[:3], visit()[:3])).problems
    assert (problem.reason, problem.row) == (Reason.MISSING_COLUMNS, 2)


@pytest.mark.parametrize("merged", [[], [(1, 2, 1, 3)]])
def test_a_heading_over_two_columns_in_the_lower_row_of_a_header_reads_over_both_where_it_is_merged(merged):
    rows = [
        ["구분", "", "이용", ""],
        ["세부사업", "자치구", "이용일", ""],
        ["서울마음편의점", "강남구", "2026-09-01", "12"],
    ]
    texts, _ = headers._flat(rows[:2], merged, 0)
    assert texts[:3] == ["구분 세부사업", "구분 자치구", "이용 이용일"] and texts[3] == (
        "이용 이용일" if merged else ""
    )


def test_merges_count_for_the_header_row_in_which_they_begin_and_for_those_below_it():
    visits = ["세부사업", "자치구", "이용", "", ""]
    rows = [visits, ["", "", "이용일", "이용 건수", ""], [*map(str, visit(5)), ""]]
    sheet = Sheet("", rows, merged=[(0, 2, 0, 3), (1, 3, 1, 4), (0, 0, 1, 0), (0, 1, 1, 1)])
    found = headers.find_header(sheet, list(templates().values()))
    assert found is not None and (found.first, found.last) == (0, 1)
    assert found.texts == ["세부사업", "자치구", "이용 이용일", "이용 이용 건수", "이용 이용 건수"]


def test_a_row_of_units_of_money_belongs_to_its_header():
    parsed = read(csv(LEDGER, ["", "", "", "", "", "(천원)", "", ""], entry(500)))
    assert parsed.problems == [] and parsed.frame["amount_krw"].tolist() == [500_000]
    assert headers.is_unit_only("(천원)") and headers.is_unit_only("명") and headers.is_unit_only("(초)")
    assert not headers.is_unit_only("이용 건수(건)") and not headers.is_unit_only("")


def test_a_complete_header_counts_more_than_any_number_of_known_cells():
    every = list(templates().values())
    complete = headers.score([list(VISITS)], every)
    assert complete > 1000 > headers.score([[*VISITS[:3], "연령대", "성별", "실인원"]], every) > 0
    assert headers.score([["가", "나"]], every) == 0


@pytest.mark.parametrize(("word", "none"), [("-", True), ("–", True), ("…", True), ("미상", True), ("불명", True), ("n/a", True), ("N/A", True), ("없음", False)])  # fmt: skip
def test_what_says_that_there_is_nothing_is_no_text(word, none):
    read_text = parser_for(
        OPERATIONAL["ledger_entry"].c["document_no"], unit=Unit(""), lookups=LOOKUPS, texts=()
    )
    assert (read_text(word) is None) is none


@pytest.mark.parametrize(
    ("changed", "column", "reason"),
    [
        (("2026-08-01", "", "sheltered", ""), "next_state", Reason.NEXT_WITHOUT_END),
        (("2026-08-01", "", "", "died"), "exit", Reason.NEXT_WITHOUT_END),
        (("2026-08-01", "2026-09-01", "", ""), "next_state", Reason.END_WITHOUT_REASON),
    ],
)
def test_a_spell_that_contradicts_itself_names_the_column(changed, column, reason):
    state, other = list(CODES["state"])[:2]
    first, last, following, left = (value or None for value in changed)
    frame = pd.DataFrame({"person_id": ["P", None, "Q"], "state": [state] * 3, "started_on": [date.fromisoformat(first or ""), date(2026, 8, 1), None],
                          "ended_on": [date.fromisoformat(last) if last else None, None, None],
                          "next_state": [other if following else None, None, None], "exit": [left, None, None]}, dtype=object)  # fmt: skip
    found = list(histories.spells(frame, [("", 2), ("", 3), ("", 4)]))
    assert [(one.place, one.column, one.reason) for one in found] == [(0, column, reason)]


def test_a_share_of_a_survey_lies_within_its_own_interval():
    def told(
        share: float, lower: float | None, upper: float | None, error: float | None = None
    ) -> list[Reason]:
        frame = pd.DataFrame({name: [value] for name, value in zip(summaries.ERROR, (share, error, lower, upper, 100), strict=True)}, dtype=object)  # fmt: skip
        return [found.reason for found in summaries._errors(frame)]

    assert (
        told(40.0, 35.0, 45.0)
        == told(40.0, 40.0, 45.0)
        == told(40.0, 35.0, 40.0)
        == told(1.0, 0.0, 2.0)
        == []
    )
    assert told(40.0, 41.0, 45.0) == told(40.0, 35.0, 39.0) == [Reason.PARTS_AND_WHOLE]
    assert told(40.0, None, 45.0) == [Reason.NO_ERROR_TOLD] and told(40.0, None, None, 2.0) == []
    assert told(0.4, 0.0, 1.0) == [Reason.SHARE_OR_PERCENT] and told(100.1, 0, 200) == [Reason.OUT_OF_RANGE]


def test_an_estimates_size_is_that_of_a_simple_sample_as_exact():
    assert derived.effective(40.0, 4.0, None, None, 1000) == 150  # 40 × 60 ÷ 16
    assert derived.effective(50.0, None, 40.2, 59.8, 1000) == pytest.approx(
        100, rel=1e-3
    )  # ± 9.8 is 1.96 × 5: 2500 ÷ 25
    assert derived.effective(40.0, 1.0, None, None, 100) == 200  # never more than twice its respondents
    assert (
        derived.effective(0.0, 2.0, None, None, 100) == derived.effective(40.0, 0.0, None, None, 100) == 100
    )


def test_the_files_own_words_show_how_a_yes_and_a_day_are_written():
    for lang, no in (("ko", "아니오"), ("en", "N")):
        for name, template in templates().items():
            example = template_rows(name, lang)[
                1 if len(template_rows(name, lang)) == 2 else -1 - (name == "baseline")
            ]
            for column, text in zip(template.columns, example, strict=True):
                if isinstance(column.type, Boolean):
                    assert text.endswith(no), (name, column.name)
                elif isinstance(column.type, Date) and not isinstance(column.type, DateTime):
                    assert text.endswith("2025-04-01"), (name, column.name)


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_every_header_of_a_workbook_fits_into_its_column(lang):
    for name in ("attendance", "ledger_entry", "spell"):
        book = openpyxl.load_workbook(io.BytesIO(template_xlsx(name, lang, LOOKUPS)))
        sheet = book.worksheets[0]
        head = next(n for n, row in enumerate(sheet.iter_rows(values_only=True), 1) if row[-1])
        for cell in sheet[head]:
            needed = sum(2 if ord(sign) > 0x2000 else 1 for sign in str(cell.value))
            assert sheet.column_dimensions[cell.column_letter].width >= needed + 2


def test_a_row_of_one_label_and_one_month_is_read():
    rows = [
        ["2026년 서울마음편의점 이용 실적"],
        ["자치구", "8월", "9월"],
        ["종로구", "900", ""],
        ["관악구", "", ""],
    ]
    sheet = shapes.unfolded(Sheet("9월", rows), list(templates().values()), "실적.csv")
    assert sheet.rows[2:] == [["종로구", "2026-08", "900"]] and sheet.numbers == [1, 2, 3]


def test_headers_stay_in_sight_and_the_guides_head_is_bold():
    for name in ("attendance", "ledger_entry"):
        book = openpyxl.load_workbook(io.BytesIO(template_xlsx(name, "ko", LOOKUPS)))
        sheet, guide = book.worksheets[:2]
        head = next(n for n, row in enumerate(sheet.iter_rows(values_only=True), 1) if row[-1])
        assert sheet.freeze_panes == f"A{head + 1}" and guide.freeze_panes == "A3"
        assert sheet.cell(head, 1).font.bold and sheet.cell(head + 1, 1).font.italic
        assert [(guide.cell(n, 1).font.bold, guide.cell(n, 1).font.italic) for n in (1, 2, 3)] == [
            (False, True), (True, False), (False, False)
        ]  # fmt: skip


def test_units_that_no_list_knows_are_refused_where_they_could_be_the_columns_own():
    (problem,) = read(csv(["이용 실적"], [*LEDGER[:5], "금액(달러)", *LEDGER[6:]], entry(5))).problems
    assert (problem.reason, problem.row, problem.column) == (Reason.UNKNOWN_UNIT, 2, "금액(달러)")
    (problem,) = read(csv(["(단위: 톤)"], VISITS, visit(5))).problems
    assert (problem.reason, problem.row, problem.detail) == (Reason.UNKNOWN_UNIT, 2, "톤")
    calls = csv(
        ["(단위: 톤)"],
        CALL,
        [
            "C-1",
            "전화",
            "2026-09-01 10:00",
            "",
            "2026-09-01 10:01",
            "2026-09-01 10:05",
            "응답",
            "강남구",
            "아니오",
            "아니오",
            30,
        ],
    )
    assert Reason.UNKNOWN_UNIT not in {
        problem.reason for problem in read(calls).problems
    }  # seconds are no weight


@pytest.mark.parametrize("here", [2024, 2025])
def test_what_was_carried_over_is_held_against_either_year_whichever_the_file_is_of(here):
    """10 won came in that the year before did not send: told by a file of either year, by one of neither not."""
    sums = {
        ("p", 2024): {"appropriation_original": 50, "carry_out_approved": 7},
        ("p", 2025): {"carry_in_approved": 10},
    }

    def found(year: int) -> list[tuple[Reason, int]]:
        frame = pd.DataFrame({"programme_id": ["p"], "fiscal_year": [year], "kind": ["expenditure"]})
        return [(one.reason, one.won) for one in books._programme_years(sums, {("p", 2025)}, frame)]

    assert (Reason.CARRY_OVER, 3) in found(here)
    assert found(2026) == found(2023) == []


def test_a_row_that_divides_a_heading_of_numbers_belongs_to_the_header():
    rows = [[*VISITS, ""], ["", "", "", "남", "여"], [*map(str, visit(5)), "3"]]
    found = headers.find_header(Sheet("", rows), list(templates().values()))
    assert found is not None and (found.first, found.last) == (0, 1)
    rows[1] = ["", "가", "", "남", "여"]  # a word under what is no number
    found = headers.find_header(Sheet("", rows), list(templates().values()))
    assert found is not None and (found.first, found.last) == (0, 0)


def test_rows_that_a_workbook_leaves_out_keep_their_numbers():
    book = openpyxl.Workbook()
    for number, row in ((3, VISITS), (6, visit(5)), (7, visit(7, "2026-09-02"))):
        for place, cell in enumerate(row, 1):
            book.active.cell(number, place, cell)
    parsed = read(book)
    assert parsed.problems == [] and [row for _, row in parsed.places] == [6, 7]


@pytest.mark.parametrize(("codes", "taken"), [(("b", "a"), "b"), (("a", "b"), "a"), (("a", "a"), None)])
def test_a_name_that_another_programme_has_is_taken_whichever_code_comes_first(codes, taken):
    frame = pd.DataFrame(
        {"code": codes, "name_ko": ["마음쉼터", "마음쉼터"], "name_en": [None, None]}, dtype=object
    )
    found = [(one.place, one.detail) for one in together._names_taken(frame, LOOKUPS)]
    assert found == ([] if taken is None else [(1, taken)])


def test_a_file_with_less_than_half_of_a_tables_columns_is_of_no_known_table():
    """Two of a spell's many columns are no spell; with half of them the rest is asked for by name."""
    required = templates()["spell"].required
    labels = [templates()["spell"].label(name, "ko") for name in required]
    half = -(-len(labels) // 2)
    (few,) = read(csv(labels[: half - 1], ["1"] * (half - 1))).problems
    (enough,) = read(csv(labels[:half], ["1"] * half)).problems
    assert (few.reason, enough.reason) == (Reason.NO_TEMPLATE, Reason.MISSING_COLUMNS)


def test_a_total_that_sums_nothing_next_to_it_is_told_with_what_stands_above_it():
    def wrong(cells: list[str], places: set[int]) -> list[tuple[int, int, int]]:
        rows = range(2, 2 + len(cells))
        found = totals.uneven(cells, places, rows=list(rows), header="금액", scale=1)
        return [(one.row, one.printed, one.summed) for one in found]

    assert wrong(["1", "2", "3", "4", "8"], {2, 4}) == [(6, 8, 4)]
    assert wrong(["3", "1", "2"], {0}) == wrong(["1", "2", "3"], {2}) == []
    assert wrong(["5", "1", "2"], {0}) == [(2, 5, 0)]


def test_bodies_may_spend_what_they_were_paid_and_what_they_kept_of_the_year_before():
    """Of 50 paid the year before 20 were spent: with 60 paid now 90 may be; before that year only the 60."""
    before = {"expenditure": 50, "final_expenditure": 20}
    for spent, over in ((90, []), (100, [10])):
        kinds = {"appropriation_original": 500, "expenditure": 60, "final_expenditure": spent}
        assert [one.won for one in books._overspent(kinds, before, "p", 2025)] == over
    kinds = {"appropriation_original": 500, "expenditure": 60, "final_expenditure": 61}
    assert [(one.reason, one.won) for one in books._overspent(kinds, {}, "p", 2025)] == [
        (Reason.FINAL_ABOVE_PAID, 1)
    ]


def test_a_year_may_be_spent_to_the_last_won():
    for paid, over in ((100, []), (101, [-1])):
        found = books._overspent({"appropriation_original": 100, "expenditure": paid}, {}, "p", 2025)
        assert [one.won for one in found if one.reason is Reason.OVERDRAWN] == over


def test_a_decrease_written_below_nothing_is_the_amount_that_went_out():
    frame = pd.DataFrame(
        {
            "kind": ["transfer_out", "transfer_out", "expenditure", "transfer_out"],
            "amount_krw": [-100, 50, -30, None],
        },
        dtype=object,
    )
    assert derived.turn_decreases("ledger_entry", frame) == 1
    assert frame["amount_krw"].tolist() == [100, 50, -30, None]
    assert derived.turn_decreases("baseline", frame) == 0


def test_a_cell_is_told_twice_where_the_city_stands_beside_its_districts():
    def mixed(*cells: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        return list(clashes._mixed({cell: {1} for cell in cells}))

    city, one, other = (
        (202609, "hotline", ALL, False),
        (202609, "hotline", "11010", False),
        (202609, "hotline", "11020", False),
    )
    assert mixed(city) == mixed(one, other) == []
    assert mixed(city, one) == [(202609, "hotline", ALL)]
    assert mixed(one, (202609, "hotline", "11010", True)) == [
        (202609, "hotline", "11010")
    ]  # all ages and one of them


def test_spells_without_a_person_or_a_first_day_are_held_against_no_other():
    state = next(iter(CODES["state"]))
    frame = pd.DataFrame({"person_id": [None, None, "Q", "Q"], "state": [state] * 4, "started_on": [date(2026, 8, 1), date(2026, 8, 2), date(2026, 8, 1), None],
                          "ended_on": [None] * 4, "next_state": [None] * 4, "exit": [None] * 4}, dtype=object)  # fmt: skip
    assert list(histories.spells(frame, [("", n) for n in range(2, 6)])) == []
    frame["person_id"] = "Q"
    frame.loc[3, "started_on"] = date(2026, 8, 3)
    assert {one.reason for one in histories.spells(frame, [("", n) for n in range(2, 6)])} == {Reason.OVERLAP}
