"""Files as offices send them: what kind, where the table stands, what is refused and how that is said."""

from __future__ import annotations

import io
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.imports import Lookups, Parsed, Problem, Reason, preview, reader, template_csv
from data.imports.cells import value_key
from data.imports.refusal import Refused
from data.imports.sentences import SENTENCES
from data.imports.templates import templates
from tools.office_files import archive

NAMES = {"종로구": "11010", "강남구": "11230", "강남": "11230", "관악구": "11210"}
LOOKUPS = Lookups(
    district_names={value_key(name): code for name, code in NAMES.items()},
    kostat=frozenset(NAMES.values()),
    mois={"11680": "11230"},
    labels={"11010": "종로구", "11210": "관악구", "11230": "강남구"},
    programmes={"mind_store": "mind_store", value_key("서울마음편의점"): "mind_store"},
)
HEADER = "사업명,자치구,일자,연령대,성별,방문 건수"
ROW = "서울마음편의점,강남구,2025-04-01,청년,여,12"
RESIDENT = "900101-1234568"


def csv(*lines: str) -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode()


def read(content: bytes, name: str = "실적.csv", template: str | None = None) -> Parsed:
    return preview(name, content, template=template, lookups=LOOKUPS)


def only(parsed: Parsed) -> Problem:
    assert len(parsed.problems) == 1, [problem.sentence("en") for problem in parsed.problems]
    return parsed.problems[0]


def workbook(rows: list[list[object]], *, title: str = "4월", merge: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for cells in merge:
        sheet.merge_cells(cells)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
def test_the_same_text_in_each_encoding_gives_the_same_rows(encoding):
    content = f"{HEADER}\r\n{ROW}\r\n".encode(encoding)
    parsed = read(content)
    assert (parsed.table_name, parsed.problems) == ("attendance", [])
    assert parsed.frame.to_dict("records") == [
        {"programme_id": "mind_store", "district_code": "11230", "attended_on": date(2025, 4, 1),
         "age_band": "19-39", "sex": "female", "visits": 12, "people": None}
    ]  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_the_one_under_which_the_header_reads(delimiter):
    assert len(read(csv(HEADER, ROW).replace(b",", delimiter.encode())).frame) == 1


def test_english_headers_and_column_names_are_headers_too():
    english = read(csv("Programme,District,Date,Age band,Sex,Visits", ROW))
    plain = read(csv("programme_id,district_code,attended_on,age_band,sex,visits", ROW))
    assert len(english.frame) == len(plain.frame) == 1


def test_decomposed_hangul_hidden_and_full_width_characters_are_read():
    import unicodedata

    content = unicodedata.normalize(
        "NFD", f"{HEADER}\n서울마음편의점,\u200b강남구\u00a0,2025-04-01,청년,여,１２\n"
    )
    assert read(content.encode()).frame["visits"].tolist() == [12]


def test_a_quoted_newline_does_not_move_row_numbers():
    content = csv(HEADER + ",비고", ROW + ',"첫 줄\n둘째 줄"', "서울마음편의점,강남구,어제,청년,여,12,")
    problem = only(read(content))
    assert (problem.row, problem.column, problem.value) == (3, "일자", "어제")


def test_titles_caption_totals_footnotes_and_examples_are_no_data():
    parsed = read(
        csv(
            "2025년 4월 이용 실적,,,,,", "(단위: 명),,,,,", "", HEADER, "예) 서울마음편의점,강남구,2025-04-01,청년,여,1",
            ROW, "서울마음편의점,강남구 소계,,,,12", "합 계,,,,,12", "※ 출처: 구청,,,,,",
        )
    )  # fmt: skip
    assert parsed.problems == [] and len(parsed.frame) == 1
    assert parsed.excluded == {"example": 1, "subtotal": 2, "note": 1}


def test_a_workbook_with_a_caption_merged_districts_and_subtotals_lands():
    rows = [
        ["2025년 집행 현황"],
        ["(단위: 천원)"],
        ["전표번호", "집행일", "사업명", "자치구", "구분", "금액", "재원", "통계목"],
        ["A-1", date(2025, 4, 1), "서울마음편의점", "강남구", "지출", 1234.5, "시비", "운영비"],
        ["A-2", datetime(2025, 4, 2), "서울마음편의점", None, "원인행위", "△1,000", "시비", "운영비"],
        ["소계", None, None, None, None, 234.5, None, None],
        ["A-3", 20250403, "서울마음편의점", "관악구", "지출", 0.1 + 0.2, "구비", "운영비"],
    ]
    parsed = read(workbook(rows, merge=("A1:H1", "D4:D5")), "원장.xlsx")
    assert parsed.problems == [] and parsed.unit == "천원"
    assert parsed.frame["amount_krw"].tolist() == [1_234_500, -1_000_000, 300]
    assert parsed.frame["district_code"].tolist() == ["11230", "11230", "11210"]
    assert parsed.frame["booked_on"].tolist() == [date(2025, 4, 1), date(2025, 4, 2), date(2025, 4, 3)]
    assert parsed.excluded == {"subtotal": 1}


def test_a_blank_district_that_is_not_merged_is_not_guessed():
    rows: list[list[object]] = [HEADER.split(","), ROW.split(","), [None, *ROW.split(",")[1:]]]
    assert only(read(workbook(rows), "실적.xlsx")).reason is Reason.MISSING_VALUE


def test_midnight_in_a_time_cell_is_a_time_and_a_formula_without_result_is_said():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["시작 시각", "근무 상담사", "대기 가능", "처리", "후처리(분)"])
    sheet.append([datetime(2025, 4, 1), 3, 900, 0, 2])
    sheet.append([datetime(2025, 4, 1, 0, 15), "=1+2", 900, 0, 0])
    for row in (2, 3):
        sheet[f"A{row}"].number_format = "yyyy-mm-dd hh:mm"
    parsed = read(saved(book), "구간.xlsx")
    assert parsed.frame["starts_at"].tolist() == [datetime(2025, 3, 31, 15)]
    assert parsed.frame["wrap_s"].tolist() == [120]
    problem = only(parsed)
    assert (problem.sheet, problem.row, problem.column, problem.reason) == (
        "Sheet", 3, "근무 상담사", Reason.FORMULA)  # fmt: skip


def test_hidden_and_other_sheets_are_left_out_and_named():
    book = openpyxl.load_workbook(io.BytesIO(workbook([HEADER.split(","), ROW.split(",")])))
    book.create_sheet("안내").append(["작성 요령"])
    hidden = book.create_sheet("숨김")
    hidden.append(HEADER.split(","))
    hidden.append([*ROW.split(",")[:5], 99])
    hidden.sheet_state = "hidden"
    parsed = read(saved(book), "실적.xlsx")
    assert parsed.frame["visits"].tolist() == [12] and parsed.ignored_sheets == ["안내"]


def test_money_takes_its_unit_from_the_header_and_two_units_are_refused():
    header = "전표번호,집행일,사업명,구분,{},재원,통계목"
    row = "A-1,2025-04-01,서울마음편의점,지출,12,시비,운영비"
    parsed = read(csv(header.format("집행액(백만원)"), row))
    assert parsed.frame["amount_krw"].tolist() == [12_000_000] and parsed.unit == "백만원"
    assert read(csv(header.format("금액"), row)).frame["amount_krw"].tolist() == [12]
    assert only(read(csv("(단위: 천원)", header.format("금액(원)"), row))).reason is Reason.UNIT_CONFLICT
    assert only(read(csv(header.format("금액(달러)"), row))).reason is Reason.UNKNOWN_UNIT
    half_a_won = read(csv(header.format("금액"), row.replace(",12,", ",1.5,")))
    assert only(half_a_won).reason is Reason.NOT_WHOLE


def test_absent_age_and_sex_are_not_known_and_unknown_columns_are_dropped():
    parsed = read(
        csv("사업명,자치구,일자,방문 건수,담당 부서", "서울마음편의점,강남구,2025-04-01,12,복지정책과")
    )
    assert parsed.frame[["age_band", "sex"]].to_dict("records") == [{"age_band": "unknown", "sex": "unknown"}]
    assert parsed.ignored_columns == ["담당 부서"] and parsed.assumed == ["age_band", "sex"]
    assert "복지정책과" not in parsed.frame.to_string()


def test_identical_repeats_count_once_and_contradicting_rows_are_both_refused():
    parsed = read(
        csv(HEADER, ROW, ROW, ROW.replace("강남구", "관악구"), ROW.replace("강남구", "관악구")[:-1] + "3")
    )
    assert len(parsed.frame) == 1 and parsed.excluded == {"duplicate": 1}
    assert [(p.row, p.reason) for p in parsed.problems] == [
        (4, Reason.KEY_CONFLICT),
        (5, Reason.KEY_CONFLICT),
    ]


def test_an_end_before_its_start_and_an_impossible_score_are_refused():
    parsed = read(csv("대상자,사업,시작일,종료일", "K1,서울마음편의점,2025-04-02,2025-04-01"), "지원.csv")
    assert only(parsed).reason is Reason.END_BEFORE_START
    scores = read(
        csv("대상자,척도,척도 판,측정일,점수", "K1,PHQ-9,1,2025-04-01,28", "K1,GAD-7,1,2025-04-01,21")
    )
    assert (only(scores).reason, only(scores).row, len(scores.frame)) == (Reason.OUT_OF_RANGE, 2, 1)


ROW_REFUSALS = [
    ("서울마음편의점,강남구,2025-02-30,청년,여,12", "일자", "2025-02-30", Reason.NO_SUCH_DATE),
    ("서울마음편의점,해운대구,2025-04-01,청년,여,12", "자치구", "해운대구", Reason.UNKNOWN_DISTRICT),
    ("모르는사업,강남구,2025-04-01,청년,여,12", "사업명", "모르는사업", Reason.UNKNOWN_PROGRAMME),
    ("서울마음편의점,강남구,2025-04-01,청년,여,열둘", "방문 건수", "열둘", Reason.NOT_A_NUMBER),
    ("서울마음편의점,강남구,2025-04-01,청년,여,▲2", "방문 건수", "▲2", Reason.FILLED_TRIANGLE),
    ("서울마음편의점,강남구,2025-04-01,백살,여,12", "연령대", "백살", Reason.UNKNOWN_CODE),
    ("서울마음편의점,강남구,2025-04-01,청년,여,", "방문 건수", "", Reason.MISSING_VALUE),
    ("서울마음편의점,강남구,2025-04-01,청년,여", "", None, Reason.COLUMN_COUNT),
    ("서울마음편의점,강남구,2025-04-01,청년,여,12,더", "", None, Reason.COLUMN_COUNT),
]


@pytest.mark.parametrize(("row", "column", "value", "reason"), ROW_REFUSALS)
def test_a_refused_row_leaves_the_others_and_names_its_place(row, column, value, reason):
    parsed = read(csv(HEADER, ROW, row))
    problem = only(parsed)
    assert (problem.row, problem.column, problem.value, problem.reason) == (3, column, value, reason)
    assert len(parsed.frame) == 1 and parsed.refused == 1
    for lang, row_word in (("ko", "3행"), ("en", "row 3")):
        sentence = problem.sentence(lang)
        assert sentence.startswith("실적.csv") and row_word in sentence and column in sentence


def old_excel(mark: bytes) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + mark


FILE_REFUSALS = {
    "empty": (b"", Reason.EMPTY),
    "blank": (b" \r\n\r\n", Reason.EMPTY),
    "header only": (csv(HEADER), Reason.NO_ROWS),
    "mixed encodings": (csv(HEADER) + ROW.encode("cp949") + b"\n", Reason.UNDECODABLE),
    "control character": (csv(HEADER, ROW.replace("강남구", "강\x00남구")), Reason.CONTROL_CHARACTERS),
    "open quote": (csv(HEADER, ROW, ROW.replace("강남구", '"강남구')), Reason.OPEN_QUOTE),
    "no known header": (csv("가,나,다", "1,2,3"), Reason.NO_TEMPLATE),
    "missing column": (csv(HEADER.replace(",방문 건수", ""), ROW[:-3]), Reason.MISSING_COLUMNS),
    "double column": (csv(HEADER + ",자치구", ROW + ",강남구"), Reason.DUPLICATE_COLUMN),
    "two columns of one meaning": (csv(HEADER + ",구청", ROW + ",강남구"), Reason.DUPLICATE_COLUMN),
    "every row shifted": (csv(HEADER, "1," + ROW, "2," + ROW), Reason.COLUMN_SHIFT),
    "hwp": (old_excel(b"HWP Document File"), Reason.WRONG_KIND),
    "xls": (old_excel("Workbook".encode("utf-16-le")), Reason.WRONG_KIND),
    "password": (old_excel("EncryptedPackage".encode("utf-16-le")), Reason.PASSWORD),
    "drm": (b"\x9b DRMONE  This Document is encrypted" + bytes(100), Reason.DRM),
    "html xls": (b"<html><table><tr><td>1</td></tr></table></html>", Reason.WRONG_KIND),
    "pdf": (b"%PDF-1.7 ...", Reason.WRONG_KIND),
    "zip": (archive(a_dot_csv=csv(HEADER, ROW)), Reason.WRONG_KIND),
    "hwpx": (archive(mimetype=b"application/hwp+zip"), Reason.WRONG_KIND),
    "macro": (archive(xl__workbook_dot_xml=b"<a/>", xl__vbaProject_dot_bin=b"x"), Reason.MACRO),
    "entities": (archive(xl__workbook_dot_xml=b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), Reason.UNSAFE),
    "zip bomb": (archive(xl__workbook_dot_xml=b"<a/>", xl__b_dot_xml=bytes(20_000_000)), Reason.UNSAFE),
    "path": (archive(**{"../x": b"1", "xl__workbook_dot_xml": b"<a/>"}), Reason.UNSAFE),
    "damaged": (archive(xl__workbook_dot_xml=b"<a/>"), Reason.BROKEN),
    "cut off": (workbook([HEADER.split(","), ROW.split(",")])[:2000], Reason.BROKEN),
    "resident number": (csv(HEADER + ",메모", ROW + "," + RESIDENT), Reason.RESIDENT_NUMBER),
}  # fmt: skip


@pytest.mark.parametrize("case", FILE_REFUSALS)
def test_a_refused_file_says_why_and_what_to_do_in_both_languages(case):
    content, reason = FILE_REFUSALS[case]
    parsed = read(content, "파일.dat")
    problem = only(parsed)
    assert problem.reason is reason and problem.whole_file and not parsed.ok and parsed.frame.empty
    korean, english = problem.sentence("ko"), problem.sentence("en")
    assert korean.startswith("파일.dat") and english.startswith("파일.dat")
    assert SENTENCES[reason][1].split("{")[0] in korean and SENTENCES[reason][3].split("{")[0] in english


def test_an_undecodable_byte_is_placed_by_its_row():
    assert only(read(csv(HEADER, ROW, ROW) + b"\xff\xff\n")).row == 4


def test_person_ids_are_masked_where_they_are_shown():
    parsed = read(csv("대상자,사업,시작일", "이음-01,서울마음편의점,2025-04-01"))
    assert parsed.ok and "이음-01" not in parsed.shown("ko").to_string()
    assert list(parsed.shown("ko").columns)[0] == "대상자 가명"


def test_a_named_template_wins_and_an_unknown_one_lists_the_known():
    assert read(csv(HEADER, ROW), template="이용 실적").table_name == "attendance"
    assert only(read(csv(HEADER, ROW), template="spell")).reason is Reason.MISSING_COLUMNS
    problem = only(read(csv(HEADER, ROW), template="nothing"))
    assert problem.reason is Reason.UNKNOWN_TEMPLATE and "attendance" in problem.sentence("ko")


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("table", list(templates()))
def test_each_template_reads_as_its_own_table_and_its_example_is_skipped(table, lang):
    content = template_csv(table, lang)
    assert content.startswith(b"\xef\xbb\xbf")
    content.decode("utf-8-sig").encode("cp949")
    parsed = read(content)
    assert only(parsed).reason is Reason.NO_ROWS
    named = read(content, template=table)
    assert only(named).reason is Reason.NO_ROWS


def test_every_reason_has_its_four_sentences():
    assert set(SENTENCES) == set(Reason)
    for sentences in SENTENCES.values():
        assert len(sentences) == 4 and all(sentence.strip().endswith(".") for sentence in sentences)


def test_a_file_whose_every_row_is_cut_off_has_no_row_and_says_so():
    parsed = read(csv(HEADER, "서울마음편의점,강남구", "서울마음편의점"))
    assert [problem.reason for problem in parsed.problems] == [Reason.COLUMN_COUNT] * 2
    assert parsed.refused == 2 and parsed.frame.empty and not parsed.ok


LINES = st.lists(
    st.sampled_from((HEADER, ROW, "소계,,,,,1", '"', "가;나", "(단위: 천원)", "※", ",,,,,")), max_size=8
)


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(st.binary(max_size=300), LINES.map(lambda lines: csv(*lines))),
    st.sampled_from(["utf-8", "cp949"]),
)
def test_no_content_makes_the_reader_fail(content, encoding):
    content = content.decode("utf-8", "ignore").encode(encoding, "ignore") if encoding == "cp949" else content
    parsed = read(content)
    assert parsed.ok or parsed.problems
    assert all(problem.sentence(lang) for problem in parsed.problems for lang in ("ko", "en"))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 4000), st.binary(min_size=1, max_size=4))
def test_a_workbook_with_a_few_bytes_changed_is_read_or_refused(place, noise):
    content = bytearray(workbook([HEADER.split(","), ROW.split(",")]))
    content[place : place + len(noise)] = noise
    parsed = read(bytes(content), "실적.xlsx")
    assert parsed.ok or parsed.problems


@pytest.mark.parametrize("rows", [1, 9_999, 10_000, 10_001, 25_000])
def test_a_row_is_told_by_its_number_however_far_down_it_stands(rows):
    """Rows are taken in portions of ten thousand: an open quote and a row that is too wide behind so many others."""
    good = ["가,나"] * rows
    for odd, reason in (('"가,나', Reason.OPEN_QUOTE), ("," * 300 + "x", Reason.TOO_WIDE)):
        with pytest.raises(Refused) as refused:
            reader._parse("\n".join([*good, odd]), ",")
        assert (refused.value.reason, refused.value.row) == (reason, rows + 1)
    assert (
        len(reader._parse("\n".join([*good, "가" + "," * 300]), ",")[-1]) == 1
    )  # empty cells behind the table
