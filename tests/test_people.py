"""People stay outside: what tells who somebody is is found however it is written, and ordinary files pass."""

import io
import zipfile
from types import SimpleNamespace

import openpyxl
import pandas as pd
import pytest

from data import release
from data.codes import CODES
from data.imports import Reason, names, parts, people, preview, template_csv
from data.imports.cells import normalise
from data.imports.people import EDGE, KINDS, Kind, find, kind_in
from data.imports.problems import redact, redact_name
from data.imports.templates import templates
from tests.test_import_files import HEADER, LOOKUPS, ROW, csv, saved, workbook
from ui import importing, view

# 900101-123456 has the check digit 8: 9·2+0·3+0·4+1·5+0·6+1·7+1·8+2·9+3·2+4·3+5·4+6·5 = 124, (11 − 124 % 11) % 10 = 8
TELLING = {
    Kind.RESIDENT: [
        "900101-1234568", "900101-1234567", "9001011234568", "900101 1234567", "900101.1234568", "번호 900101.1234567",
        "900101/1234567", "90-01-01-1234567", "900101 - 1234567", "메모: 900101–2345678입니다", "000101-3******",
        "９００１０１－１２３４５６７", "٩٠٠١٠١-١٢٣٤٥٦٧", "९००१०१-१२३४५६७", "900101(1234567)", "900101_1234567", "900101\n1234567",
        "구공공일공일일이삼사오육팔", "9 0 0 1 0 1 1 2 3 4 5 6 8", "9001011234568,", "9001\u200b01-1234567",
        "010-12-345 900101-1234567",
    ],
    Kind.FOREIGNER: ["900101-5234567", "900101·6234567", "900101-7******"],
    Kind.PASSPORT: ["여권 M12345678", "여권번호: m12345678", "M123A4567", "Passport No. S1234567", "PM1234567"],
    Kind.LICENCE: ["11-12-123456-78", "서울-12-123456-78"],
    Kind.PHONE: [
        "010-1234-5678", "01012345678", "+82 10 1234 5678", "+82-10-1234-5678", "82-10-1234-5678", "+82(0)10-1234-5678",
        "010.1234.5678", "010 1234 5678", "연락처 010/1234/5678", "tel010-1234-5678", "(02) 2133-1234", "02-2133-1234",
        "031-123-4567", "０１０－１２３４－５６７８", "공일공-일이삼사-오육칠팔", "011-234-5678", "070-1234-5678",
    ],
    Kind.EMAIL: ["hong@naver.com", "문의 hong.gd+1@seoul.go.kr", "hong＠naver.com"],
    Kind.ADDRESS: [
        "서울특별시 강남구 테헤란로 123", "강남구 봉은사로12길 34-5", "관악구 남부순환로 1820, 3층", "종로구 율곡로 5",
        "역삼동 123-45", "역삼1동 12번지", "101동 1203호", "12, Teheran-ro, Gangnam-gu", "논현로28번길 11",
    ],
    Kind.NAME: [
        "홍길동", "김영희님 방문", "담당자: 이수진", "김민수_상담기록.xlsx", "홍길동 어르신 안부 확인", "박초아(여, 72세)",
        "성명 : 최모아", "Name: John Smith", "남궁민수", "김영희가 전화함",
    ],
}  # fmt: skip
# Amounts, codes, days, instants, coordinates, programmes, districts, counts and words that resemble the above.
SILENT = [
    "1234567890123", "9001011234567", "901301-1234567", "900230-1234567", "1,234,567,890,123", "2025040100001",
    "2025-04-01 10:00:00", "2025-05-01 12:30:15.123", "2025.4.1.~2025.4.30.", "20260102", "1750000000000", "0.1234567890123",
    "126.978012,37.566535", "198765.1234567", "950612.3456789", "1234567.8901234567", "B-2026-0001", "A-0001", "S20260101",
    "M20260401", "H2025110000001", "K000-0", "1577-0199", "120", "681,000,000원", "총 3,412,000,000", "11230", "1168010100",
    "외로움으로 12명", "위로 1회", "별도로 5", "새로 3", "복지로 129", "서울시 별로 25", "강남구로 12명", "종로3가", "을지로 3가",
    "3동 2호선", "신정3동", "종로1·2·3·4가동", "서울마음편의점", "외로움안녕120", "강남구", "민간위탁 03", "가나상사", "복지정책과-1234",
    "이용수", "방문수", "인원수", "안정화", "정상화", "이재민", "도우미", "장애인", "배우자", "조정은 필요", "PHQ-9 2.1",
    "https://opengov.seoul.go.kr/sanction/33012345", "250401 외 3건", "9월 1일로 12건", "user@", "@", "12@34",
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in TELLING.items() for text in texts]
)
def test_what_tells_who_somebody_is_is_found_however_it_is_written(kind, text):
    assert kind_in(normalise(text)) is kind
    assert kind_in(EDGE.join(["", "서울마음편의점", normalise(text), "12", ""])) is kind
    assert text not in redact(text) + redact_name(text) and "●●●" in redact_name(text)


@pytest.mark.parametrize("text", SILENT)
def test_ordinary_texts_tell_nothing(text):
    assert kind_in(text) is None


def test_no_word_of_ours_is_taken_for_a_person():
    ours = [text for entries in CODES.values() for entry in entries.values() for text in (entry[0], entry[1])]
    for template in templates().values():
        ours += [template.title(lang) for lang in ("ko", "en")]
        ours += [template.label(column.name, lang) for column in template.columns for lang in ("ko", "en")]
        ours += [alias for column in template.columns for alias in column.info["aliases"]]
    assert [text for text in ours if kind_in(text) is not None] == []


def test_the_lists_of_names_do_not_contradict_each_other():
    assert all(len(name) == 2 for name in names.GIVEN)
    assert not any(names.is_name(word) or names.like_name(word) for word in names.WORDS)


def first(head, *rows):
    return [(one.row, one.column, one.kind) for one in find([head, *rows])]


COLUMNS = {
    "two halves under a header": (["주민번호 앞", "뒤"], [["900101", "1234567"]], [(1, 0, Kind.RESIDENT)]),
    "two halves whose check digits hold": (["가", "나"], [["900101", "1234568"]], [(1, 0, Kind.RESIDENT)]),
    "two halves, the second starred": (["가", "나"], [["900101", "1******"]], [(1, 0, Kind.RESIDENT)]),
    "a telephone over three columns": (["가", "나", "다"], [["010", "1234", "5678"]], [(1, 0, Kind.PHONE)]),
    "a failing check digit under its header": (["주민등록번호"], [["9001011234567"]], [(1, 0, Kind.RESIDENT)]),
    "failing check digits all over a column": (
        ["번호"], [["9001011234567"], ["9102021234567"], ["8003031234567"]], [(1, 0, Kind.RESIDENT)]),
    "a foreigner's number under its header": (["외국인 등록번호"], [["9001015000000"]], [(1, 0, Kind.FOREIGNER)]),
    "a number that lost its zero": (["연락처"], [["1012345678"]], [(1, 0, Kind.PHONE)]),
    "a passport under its header": (["여권번호"], [["AB1234567"]], [(1, 0, Kind.PASSPORT)]),
    "a place under its header": (["거주지 주소"], [["신림동 산 5"]], [(1, 0, Kind.ADDRESS)]),
    "rare names under their header": (["성명"], [["P-1"], ["피보미"]], [(2, 0, Kind.NAME)]),
    "veiled names": (["이용자명"], [["김*희"]], [(1, 0, Kind.NAME)]),
    "names in letters": (["Full name"], [["Hong Gildong"]], [(1, 0, Kind.NAME)]),
    "names whatever the header": (["비고"], [["김경섭"], ["이태순"], ["박윤길"], ["최병란"]], [(1, 0, Kind.NAME)]),
    "several, each with its place": (
        ["메모", "담당"], [["없음", ""], ["010-1234-5678", "홍길동"], ["a@b.kr", ""]],
        [(2, 0, Kind.PHONE), (2, 1, Kind.NAME), (3, 0, Kind.EMAIL)]),
    "a header itself": (["이용 건수(문의 010-1234-5678)"], [["1"]], [(0, 0, Kind.PHONE)]),
}  # fmt: skip


@pytest.mark.parametrize("case", COLUMNS)
def test_columns_are_read_together(case):
    head, rows, found = COLUMNS[case]
    assert first(head, *rows) == found


ORDINARY = {
    "short days beside amounts": (["일자", "금액"], [["250401", "1234567"], ["250402", "2345678"], ["250403", "3456789"]]),
    "offices under a name's header": (["담당자", "작성자"], [["복지정책과", "가"], ["홍보팀", "정책과"], ["서울시복지재단", ""]]),
    "codes under a name's header": (["대상자", "성명"], [["P001", "P-001"], ["K-2", "미상"]]),
    "signals have names too": (["이름"], [["단전"], ["고용위기"], ["전기료 체납"]]),
    "dong": (["행정동"], [["신정1동"], ["방화동"], ["염창동"], ["신월동"], ["공릉동"]]),
    "document numbers built like telephones": (["문서번호"], [["02-2026-0123"], ["031-202-1234"]]),
    "entry numbers built like passports": (["전표번호"], [["M12345678"], ["S0000001"]]),
    "addresses that are links": (["주소"], [["https://seoul.go.kr/1"]]),
    "won": (["금액(천원)", "집행액"], [["1012345678", "1,012,345,678"], ["9001011234567", "12"]]),
    "coordinates": (["x", "y"], [["198765.1234567", "451234.7654321"], ["950612.3456789", "450101.1234567"]]),
}  # fmt: skip


@pytest.mark.parametrize("case", ORDINARY)
def test_ordinary_columns_pass(case):
    head, rows = ORDINARY[case]
    assert first(head, *rows) == []


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("table", list(templates()))
def test_no_template_tells_who_somebody_is(table, lang):
    rows = [line.split(",") for line in template_csv(table, lang).decode("utf-8-sig").splitlines()]
    assert find(rows) == []


@pytest.mark.parametrize(
    ("said", "address", "here"),
    [
        ({"Host": "localhost:8501"}, None, True),
        ({"Host": "127.0.0.1:8501"}, "127.0.0.1", True),
        ({"Host": "ieum.seoul.go.kr"}, None, False),
        ({"Host": "localhost:8501", "X-Forwarded-For": "10.0.0.1"}, None, False),
        ({"Host": "localhost:8501"}, "10.0.0.1", False),
        ({}, None, False),
    ],
)
def test_the_history_is_exact_for_the_sender_and_on_this_machine_only(monkeypatch, said, address, here):
    monkeypatch.setattr(view.st, "context", SimpleNamespace(headers=said, ip_address=address))
    assert view.is_local() is here
    assert importing._rows("spell", 1234, "en", exact=True) == "1,234"
    protected = SimpleNamespace(one=lambda n: float(release.rounded(pd.Series([n])).iloc[0]))
    monkeypatch.setattr(view, "records", lambda: protected)
    assert importing._rows("spell", 1234, "en", exact=False) == "1,230"
    assert importing._rows("ledger_entry", 1234, "en", exact=False) == "1,234"


# ── Whole files ─────────────────────────────────────────────────────────────────────────────────────────

SECRETS = {
    Kind.RESIDENT: "900101-1234567", Kind.FOREIGNER: "900101-5234567", Kind.PASSPORT: "여권 M12345678",
    Kind.PHONE: "010-1234-5678", Kind.EMAIL: "hong@naver.com", Kind.ADDRESS: "강남구 테헤란로 123", Kind.NAME: "홍길동",
}  # fmt: skip


def hidden_in(secret: str) -> dict[str, bytes]:
    """Workbooks that hold a value outside the visible cells."""

    def book() -> openpyxl.Workbook:
        return openpyxl.load_workbook(io.BytesIO(workbook([HEADER.split(","), ROW.split(",")])))

    comment, sheet, title, foot, extra = book(), book(), book(), book(), book()
    comment.active["A2"].comment = openpyxl.comments.Comment(secret, "나")
    sheet.create_sheet("숨김").append([secret])
    sheet["숨김"].sheet_state = "hidden"
    title.active.title = secret.replace("/", "")[:31]
    foot.active.oddFooter.left.text = secret
    extra.create_sheet("안내").append(["작성 요령", secret])
    books = {
        "comment": comment,
        "hidden sheet": sheet,
        "title": title,
        "footer": foot,
        "another sheet": extra,
    }
    return {name: saved(made) for name, made in books.items()}


@pytest.mark.parametrize("kind", SECRETS)
def test_a_file_that_tells_it_anywhere_is_refused_whole_and_the_value_is_nowhere(kind):
    secret = SECRETS[kind]
    files = {f"{name}.xlsx": content for name, content in hidden_in(secret).items()}
    files["a column that is not read.csv"] = csv(HEADER + ",메모", f'{ROW},"{secret}"')
    files["a column that is read.csv"] = csv(HEADER, ROW.replace("강남구", secret))
    files["above.csv"] = csv(f"2025년 실적 {secret},,,,,", HEADER, ROW)
    files["a footnote.csv"] = csv(HEADER, ROW, f"※ 문의: {secret},,,,,")
    files["a header.csv"] = csv(f"{HEADER},비고({secret})", f"{ROW},")
    files[f"{secret}.csv"] = csv(HEADER, ROW)
    for name, content in files.items():
        parsed = preview(name, content, lookups=LOOKUPS)
        assert parsed.problems and parsed.problems[0].whole_file and parsed.frame.empty, name
        assert parsed.problems[0].reason in (Reason.PERSONAL, Reason.RESIDENT_NUMBER), name
        said = [problem.sentence(lang) for problem in parsed.problems for lang in ("ko", "en")]
        assert KINDS[kind][0] in said[0] and KINDS[kind][1] in said[1], name
        assert secret not in repr(parsed) + "".join(said) and secret[-6:] not in "".join(said).replace(
            secret[-4:] + ".csv", ""
        ), name


def test_a_refusal_names_sheet_row_and_column():
    (problem,) = preview(
        "실적.csv", csv(HEADER + ",메모", ROW + ",", ROW[:-1] + "3,010-1234-5678"), lookups=LOOKUPS
    ).problems
    assert (problem.row, problem.column, problem.value) == (3, "G", None)


def test_a_number_cut_into_runs_or_written_as_references_is_found_in_a_comment():
    for inside in (
        "<r><t>900101-</t></r><r><rPr/><t>1234567</t></r>",
        "<t>&#57;00101-123&#x34;567</t>",
        "<t phonetic='900101-1234567'/>",
    ):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(
                "xl/comments1.xml", f"<comments><comment><text>{inside}</text></comment></comments>"
            )
        with zipfile.ZipFile(out) as archive, pytest.raises(parts.Refused) as refused:
            parts.check(archive)
        assert refused.value.reason is Reason.RESIDENT_NUMBER


def test_whoever_saved_the_file_does_not_stand_in_its_way():
    book = openpyxl.load_workbook(io.BytesIO(workbook([HEADER.split(","), ROW.split(",")])))
    book.properties.creator = book.properties.lastModifiedBy = "홍길동"
    book.active["A2"].comment = openpyxl.comments.Comment("4월분만", "홍길동")
    assert preview("실적.xlsx", saved(book), lookups=LOOKUPS).ok
    book.properties.description = "900101-1234567"
    assert not preview("실적.xlsx", saved(book), lookups=LOOKUPS).ok


def test_markup_that_never_closes_is_still_read_once():
    assert people.kind_in(parts.texts("<" * 1000 + "010-1234-5678")) is Kind.PHONE
