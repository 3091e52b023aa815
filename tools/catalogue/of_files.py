"""Kinds of file: encodings, delimiters, headers, workbooks in disguise, what must not be opened."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from datetime import date
from typing import Any

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from data.imports import Reason as R
from tools.catalogue.kind import Case, Kind
from tools.office_files import (
    LEDGER,
    VISITS,
    archive,
    compound,
    csv,
    entry,
    hangul,
    old_excel,
    page,
    saved,
    table,
    visit,
    workbook,
)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def two(*, encoding: str = "utf-8") -> bytes:
    return csv(VISITS, visit(5), visit(7, "2026-09-02"), encoding=encoding)


def delimited(sign: str) -> bytes:
    return two().replace(b",", sign.encode())


def with_part(name: str, content: bytes) -> bytes:
    """An ordinary workbook with one more part."""
    out = io.BytesIO(saved(workbook(table(VISITS, visit(5)))))
    with zipfile.ZipFile(out, "a") as files:
        files.writestr(name, content)
    return out.getvalue()


def mac() -> openpyxl.Workbook:
    book = workbook(table(VISITS, visit(5, 44804)))
    book.epoch = CALENDAR_MAC_1904
    return book


def with_hidden_sheet() -> openpyxl.Workbook:
    book = workbook(table(VISITS, visit(5)))
    book.create_sheet("지난달").append(["옛 자료"])
    book["지난달"].sheet_state = "hidden"
    return book


def wide() -> openpyxl.Workbook:
    book = workbook(table(VISITS, visit(5)))
    book.active.cell(2, 16_384, "끝")
    return book


VISITS_5_7: dict[str, Any] = {"column": "visits", "values": (5, 7)}
VISITS_5: dict[str, Any] = {"column": "visits", "values": (5,)}
MERGED_HEADER = ([*VISITS[:3], "이용 현황", None], [None, None, None, "이용 건수", "실인원"], [*visit(5), 3])

FILES: tuple[Kind, ...] = (
    Kind(1, "글자 부호", "encodings", (
        Case("UTF-8", "UTF-8", two, "A", **VISITS_5_7),
        Case("UTF-8 BOM", "UTF-8 with BOM", lambda: two(encoding="utf-8-sig"), "A", **VISITS_5_7),
        Case("UTF-16", "UTF-16", lambda: two(encoding="utf-16"), "A", **VISITS_5_7),
        Case("CP949", "CP949", lambda: two(encoding="cp949"), "A", **VISITS_5_7),
    )),
    Kind(2, "두 부호가 섞임", "two encodings in one file", (
        Case("반은 UTF-8, 반은 CP949", "half UTF-8, half CP949", lambda: two() + csv(visit(9), encoding="cp949"), "F",
             reasons=(R.UNDECODABLE,)),
    )),
    Kind(3, "읽을 수 없는 바이트", "an undecodable byte", (
        Case("4행의 한 바이트", "one byte in row 4", lambda: two() + b"\xff\xff\n", "F", reasons=(R.UNDECODABLE,), rows=(4,)),
    )),
    Kind(4, "다른 나라 부호", "a foreign encoding", (
        Case("EUC-JP", "EUC-JP", lambda: "事業,区,日,件数\r\n店,江南,2026-09-01,5\r\n".encode("euc_jp"), "F", reasons=(R.NO_TEMPLATE,)),
        Case("Latin-1", "Latin-1", lambda: "Année,été\r\n1,é\r\n".encode("latin-1"), "F", reasons=(R.UNDECODABLE,)),
    )),
    Kind(5, "풀어 쓴 한글(NFD)", "decomposed Hangul (NFD)", (
        Case("맥에서 만든 CSV", "CSV made on macOS", lambda: unicodedata.normalize("NFD", two().decode()).encode(), "A", **VISITS_5_7),
    )),
    Kind(6, "전각·보이지 않는 글자", "full-width and invisible characters", (
        Case("전각 숫자, NBSP, U+3000, ZWSP, 중간 BOM", "full-width digits, NBSP, U+3000, ZWSP, BOM within",
             lambda: csv(VISITS, "서울마음편의점\u3000,\u200b강남구\u00a0,２０２６-09-01,\ufeff５"), "A", **VISITS_5),
    )),
    Kind(7, "제어 문자", "control characters", (
        Case("NUL", "NUL", lambda: two().replace("강남구".encode(), b"\x00"), "F", reasons=(R.CONTROL_CHARACTERS,)),
    )),
    Kind(8, "구분자", "delimiters", (
        Case("탭", "tab", lambda: delimited("\t"), "A", **VISITS_5_7),
        Case("세미콜론", "semicolon", lambda: delimited(";"), "A", **VISITS_5_7),
        Case("세로줄", "bar", lambda: delimited("|"), "A", **VISITS_5_7),
        Case("모르는 구분자(^)", "an unknown one (^)", lambda: delimited("^"), "F", reasons=(R.NO_TEMPLATE,)),
    )),
    Kind(9, "닫히지 않은 따옴표", "an open quotation mark", (
        Case("3행", "row 3", lambda: csv(VISITS, visit(5), '서울마음편의점,"강남구,2026-09-02,7'), "F", reasons=(R.OPEN_QUOTE,), rows=(3,)),
    )),
    Kind(10, "칸 안의 줄바꿈", "a line break in a cell", (
        Case("비고의 줄바꿈", "in a remark", lambda: csv([*VISITS, "비고"], [*visit(5), '"첫 줄\n둘째 줄"']), "A", **VISITS_5),
    )),
    Kind(11, "몇 행에 칸이 더 있음", "an extra cell in some rows", (
        Case("한 행", "one row", lambda: csv(VISITS, visit(5), [*visit(7, "2026-09-02"), "x"]), "R", reasons=(R.COLUMN_COUNT,), rows=(3,)),
    )),
    Kind(12, "모든 행에 칸이 더 있음", "an extra cell in all rows", (
        Case("앞에 번호", "a number in front", lambda: csv(VISITS, ["1", *visit(5)], ["2", *visit(7)]), "F", reasons=(R.COLUMN_SHIFT,)),
    )),
    Kind(13, "잘린 끝", "a cut-off end", (
        Case("마지막 행이 잘림", "last row cut off", lambda: csv(VISITS, visit(5)) + "서울마음편의점,강남".encode(), "R",
             reasons=(R.COLUMN_COUNT,), rows=(3,)),
        Case("마지막 줄바꿈 없음", "no final line break", lambda: two().rstrip(), "A", **VISITS_5_7),
    )),
    Kind(14, "빈 파일", "an empty file", (
        Case("0바이트", "0 bytes", lambda: b"", "F", reasons=(R.EMPTY,)),
        Case("머리글만", "header only", lambda: csv(VISITS), "F", reasons=(R.NO_ROWS,)),
    )),
    Kind(15, "제목과 (단위: 천원)", "a title and (단위: 천원)", (
        Case("머리글 위 두 줄", "two lines above the header", lambda: csv(["2026년 집행 현황"], ["(단위: 천원)"], LEDGER, entry(5)), "A",
             column="amount_krw", values=(5000,), told="천원"),
    )),
    Kind(16, "두 줄 머리글", "a header of two rows", (
        Case("병합", "merged", lambda: workbook(MERGED_HEADER, merge=("A1:A2", "B1:B2", "C1:C2", "D1:E1")), "A", name="실적.xlsx",
             column="people", values=(3,)),
        Case("병합하지 않은 CSV", "CSV, not merged", lambda: csv(*MERGED_HEADER), "A", column="people", values=(3,)),
    )),
    Kind(17, "같은 머리글", "headers twice", (
        Case("자치구 둘", "two districts", lambda: csv([*VISITS, "자치구"], [*visit(5), "강남구"]), "F", reasons=(R.DUPLICATE_COLUMN,)),
    )),
    Kind(18, "머리글의 다른 말", "synonyms in headers", (
        Case("구", "구", lambda: csv(["사업명", "구", "날짜", "방문 건수"], visit(5)), "A", **VISITS_5),
        Case("시군구", "시군구", lambda: csv(["사업", "시군구", "방문일", "건수"], visit(5)), "A", **VISITS_5),
        Case("지역(자치구가 따로 없을 때)", "지역 (where no district stands beside it)", lambda: csv(["사업", "지역", "일자", "건수"], visit(5)), "A",
             **VISITS_5),
    )),
    Kind(19, "열이 없거나 더 있음", "a column missing or new", (
        Case("이용 건수 없음", "no number of visits", lambda: csv(VISITS[:3], visit(5)[:3]), "F", reasons=(R.MISSING_COLUMNS,)),
        Case("모르는 열", "an unknown column", lambda: csv([*VISITS, "날씨"], [*visit(5), "맑음"]), "A", told="날씨", **VISITS_5),
    )),
    Kind(20, "병합한 자치구", "merged districts", (
        Case("아래로 병합", "merged downwards", lambda: workbook(table(VISITS, visit(5), ["서울마음편의점", None, "2026-09-02", 7]), merge=("B2:B3",)),
             "A", name="실적.xlsx", **VISITS_5_7),
        Case("병합 없이 빈칸", "blank, not merged", lambda: csv(VISITS, visit(5), ["서울마음편의점", "", "2026-09-02", 7]), "R",
             reasons=(R.MISSING_VALUE,), rows=(3,)),
    )),
    Kind(21, "소계·합계", "totals", (
        Case("맞는 합계", "a right total", lambda: csv(VISITS, visit(5), visit(7, "2026-09-02"), ["합계", "", "", 12]), "A", told="합계 행 1",
             **VISITS_5_7),
        Case("틀린 합계", "a wrong total", lambda: csv(VISITS, visit(5), visit(7, "2026-09-02"), ["합계", "", "", 13]), "A", told="합계 검산",
             **VISITS_5_7),
        Case("비고의 ‘합계’", "the word in a remark", lambda: csv([*VISITS, "비고"], [*visit(5), "2개 지점 합계"]), "A", **VISITS_5),
        Case("모든 행이 ‘합계’인 지역 열", "a region that says so of every row", lambda: csv([*VISITS, "지역"], [*visit(5), "합계"]), "A", **VISITS_5),
    )),
    Kind(22, "각주와 빈 행", "footnotes and blank rows", (
        Case("※ 출처", "※ source", lambda: csv(VISITS, visit(5), ["", "", "", ""], ["※ 출처: 구청", "", "", ""]), "A", told="각주 행 1", **VISITS_5),
    )),
    Kind(46, "주민등록번호", "resident registration numbers", (
        Case("열", "in a column", lambda: csv([*VISITS, "번호"], [*visit(5), "900101-1234568"]), "F", reasons=(R.RESIDENT_NUMBER,)),
        Case("파일 이름", "in the file's name", two, "F", name="900101-1234568.csv", reasons=(R.RESIDENT_NUMBER,)),
        Case("시트 이름", "in a sheet's name", lambda: workbook(table(VISITS, visit(5)), title="900101-1234568"), "F", name="실적.xlsx",
             reasons=(R.RESIDENT_NUMBER,)),
    )),
    Kind(47, "전화·전자우편·이름", "telephone, e-mail, name", (
        Case("전화번호 열", "a telephone column", lambda: csv([*VISITS, "연락처"], [*visit(5), "010-1234-5678"]), "F", reasons=(R.PERSONAL,)),
        Case("전자우편", "an e-mail address", lambda: csv([*VISITS, "문의"], [*visit(5), "kim@example.kr"]), "F", reasons=(R.PERSONAL,)),
    )),
    Kind(48, "자유 메모", "free text", (
        Case("메모 열", "a memo column", lambda: csv([*VISITS, "메모"], [*visit(5), "비 오는 날"]), "A", told="메모", **VISITS_5),
    )),
    Kind(50, "결과 없는 수식·오류", "formulas without result, errors", (
        Case("결과 없는 수식", "no saved result", lambda: workbook(table([*VISITS, "실인원"], [*visit(5), "=2+2"])), "R", name="실적.xlsx",
             reasons=(R.FORMULA,), rows=(2,)),
        Case("#REF!", "#REF!", lambda: csv(VISITS, visit("#REF!")), "R", reasons=(R.FORMULA,)),
        Case("#DIV/0!", "#DIV/0!", lambda: csv(VISITS, visit("#DIV/0!")), "R", reasons=(R.FORMULA,)),
        Case("####", "####", lambda: csv(VISITS, visit("####")), "R", reasons=(R.FORMULA,)),
    )),
    Kind(52, "숨김과 필터", "hidden and filtered", (
        Case("숨긴 행", "a hidden row", lambda: workbook(table(VISITS, visit(5), visit(7, "2026-09-02")), hide_rows=(3,)), "A", name="실적.xlsx",
             told="숨긴 행 1개", **VISITS_5_7),
        Case("필터로 가린 행", "a filtered row", lambda: workbook(table(VISITS, visit(5), visit(7, "2026-09-02")), hide_rows=(3,), filter_="A1:D3"),
             "A", name="실적.xlsx", told="필터로 가려진 행 1개", **VISITS_5_7),
        Case("숨긴 열", "a hidden column", lambda: workbook(table(VISITS, visit(5)), hide_columns=("D",)), "A", name="실적.xlsx", told="숨긴 열",
             **VISITS_5),
        Case("숨긴 시트", "a hidden sheet", with_hidden_sheet, "A", name="실적.xlsx", told="지난달", **VISITS_5),
    )),
    Kind(53, "1904 날짜 체계", "the 1904 calendar", (
        Case("서식 없는 일련번호", "day numbers without a format", mac, "A", name="실적.xlsx", column="attended_on", values=(date(2026, 9, 1),)),
    )),
    Kind(54, "확장자와 다른 내용", "contents other than the name says", (
        Case(".xls인 HTML", "HTML named .xls", lambda: page(VISITS, visit(5)), "A", name="실적.xls", **VISITS_5),
        Case(".csv인 XLSX", "XLSX named .csv", lambda: workbook(table(VISITS, visit(5))), "A", name="실적.csv", **VISITS_5),
        Case(".xlsx인 CSV", "CSV named .xlsx", two, "A", name="실적.xlsx", **VISITS_5_7),
        Case("표가 없는 HTML", "HTML without a table", lambda: b"<html><p>no</p></html>", "F", name="실적.xls", reasons=(R.WRONG_KIND,)),
        Case("엑셀 97–2003(.xls)", "Excel 97–2003 (.xls)", lambda: old_excel(table(VISITS, visit(5))), "A", name="실적.xls", **VISITS_5),
        Case("더 옛날 엑셀(5.0)", "still older Excel (5.0)", lambda: compound({"Book": b"x"}), "F", name="실적.xls", reasons=(R.WRONG_KIND,)),
    )),
    Kind(55, "다른 프로그램의 파일", "files of other programs", (
        Case("암호", "password", lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "F", name="실적.xlsx", reasons=(R.PASSWORD,)),
        Case("문서보안(DRM)", "DRM", lambda: b"\x9b DRMONE  This Document is encrypted" + bytes(99), "F", name="실적.xlsx", reasons=(R.DRM,)),
        Case("한글(.hwp)", "Hangul (.hwp)", lambda: OLE + b"HWP Document File", "F", name="실적.hwp", reasons=(R.WRONG_KIND,)),
        Case("한글 문서의 표(.hwpx)", "a table of a Hangul document (.hwpx)", lambda: hangul(table(VISITS, visit(5))), "A", name="실적.hwpx", **VISITS_5),
        Case("한셀(.cell)", "Hancell (.cell)", lambda: OLE + b"HCell", "F", name="실적.cell", reasons=(R.WRONG_KIND,)),
        Case("압축 파일", "ZIP", lambda: archive(a_dot_csv=two()), "F", name="실적.zip", reasons=(R.WRONG_KIND,)),
    )),
    Kind(56, "매크로·연결·개체", "macros, links, objects", (
        Case("매크로", "macros", lambda: with_part("xl/vbaProject.bin", b"x"), "F", name="실적.xlsm", reasons=(R.MACRO,)),
        Case("다른 파일 참조", "links to other files", lambda: with_part("xl/externalLinks/externalLink1.xml", b"<a/>"), "A", name="실적.xlsx",
             told="다른 파일을 참조", **VISITS_5),
        Case("OLE 개체", "OLE objects", lambda: with_part("xl/embeddings/oleObject1.bin", b"x"), "A", name="실적.xlsx", told="OLE", **VISITS_5),
    )),
    Kind(57, "공격", "attacks", (
        Case("압축 폭탄", "a zip bomb", lambda: archive(xl__workbook_dot_xml=b"<a/>", xl__b_dot_xml=bytes(20_000_000)), "F", name="a.xlsx",
             reasons=(R.UNSAFE,)),
        Case("엔티티 폭탄·XXE", "entities, XXE", lambda: archive(xl__workbook_dot_xml=b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///x'>]><a>&b;</a>"), "F",
             name="a.xlsx", reasons=(R.UNSAFE,)),
        Case("경로 탈출", "path traversal", lambda: archive(**{"../x": b"1", "xl__workbook_dot_xml": b"<a/>"}), "F", name="a.xlsx", reasons=(R.UNSAFE,)),
    )),
    Kind(58, "큰 파일", "large files", (
        Case("5,000행", "5,000 rows", lambda: csv(VISITS, *(visit(1, date.fromordinal(date(2025, 4, 1).toordinal() + n % 500), ("강남구", "관악구", "종로구", "노원구")[n // 500 % 4]) for n in range(2_000))), "A"),
        Case("16,384열", "16,384 columns", wide, "F", name="실적.xlsx", reasons=(R.TOO_WIDE,)),
    )),
)  # fmt: skip
