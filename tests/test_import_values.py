"""Values as offices write them, one line of the import catalogue each."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.codes import CODES
from data.imports import Lookups, Reason, derive, pseudonym
from data.imports.amounts import is_nil, parse, parse_won
from data.imports.cells import header_key, normalise, value_key
from data.imports.convert import Unit, convert, parser_for
from data.imports.dates import parse_date, parse_moment
from data.imports.layout import is_total
from data.imports.lookups import DistrictReader
from data.imports.problems import redact
from data.imports.refusal import Refused
from data.imports.templates import templates
from data.imports.units import Named
from data.tables import OPERATIONAL

# Nowon's KOSTAT code 11110 is Jongno's MOIS code.
LOOKUPS = Lookups(
    district_names={value_key(name): code for name, code in (("강남구", "11230"), ("노원구", "11110"))},
    kostat=frozenset(("11010", "11110", "11230")),
    mois={"11110": "11010", "11350": "11110", "11680": "11230"},
    labels={"11010": "종로구", "11110": "노원구", "11230": "강남구"},
    programmes={"mind_store": "mind_store", value_key("서울마음편의점"): "mind_store"},
)


def reason_of(call, *arguments, **named) -> Reason:
    with pytest.raises(Refused) as refused:
        call(*arguments, **named)
    return refused.value.reason


@pytest.mark.parametrize(
    "text",
    [
        "2025.04.01", "2025-4-1", "2025. 4. 1.(화)", "2025. 4. 1.", "20250401", "2025년 4월 1일", "'25.4.1", "45748",
        "2025/04/01", "2025-04-01 00:00:00", "2025-04-01T13:05:00", "'2025-04-01", "2025년 04월 01일 화요일",
    ],
)  # fmt: skip
def test_every_spelling_of_one_april_is_the_same_day(text):
    assert parse_date(text) == date(2025, 4, 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("25.04.01", Reason.TWO_DIGIT_YEAR),
        ("20250230", Reason.NO_SUCH_DATE),
        ("2025.13.01", Reason.NO_SUCH_DATE),
        ("2025.1", Reason.NOT_A_DATE),  # October once it has been through a number cell
        ("202510", Reason.NOT_A_DATE),
        ("04/05/2025", Reason.NOT_A_DATE),
        ("2025-04-011", Reason.NOT_A_DATE),
        ("4월", Reason.NOT_A_DATE),
        ("99999999", Reason.NO_SUCH_DATE),
    ],
)
def test_an_uncertain_or_impossible_day_is_refused(text, reason):
    assert reason_of(parse_date, text) is reason


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-04-01 09:30:00", datetime(2025, 4, 1, 0, 30)),
        ("2025-04-01 08:59", datetime(2025, 3, 31, 23, 59)),
        ("2025. 4. 1. 오후 3:05", datetime(2025, 4, 1, 6, 5)),
        ("2025-04-01 오전 12:10", datetime(2025, 3, 31, 15, 10)),
        ("2025-04-01 24:00", datetime(2025, 4, 1, 15, 0)),
        ("20250401093000", datetime(2025, 4, 1, 0, 30)),
        ("2025-04-01T09:30:00+09:00", datetime(2025, 4, 1, 0, 30)),
        ("2025-04-01T00:30:00Z", datetime(2025, 4, 1, 0, 30)),
        ("2025년 4월 1일 9시 30분", datetime(2025, 4, 1, 0, 30)),
        ("45748.5", datetime(2025, 4, 1, 3, 0)),
    ],
)
def test_a_seoul_time_is_kept_in_utc(text, utc):
    assert parse_moment(text) == utc


def test_a_header_that_says_utc_is_believed():
    assert parse_moment("2025-04-01 00:30", utc=True) == datetime(2025, 4, 1, 0, 30)


def test_a_day_without_a_time_is_no_instant_and_25_oclock_does_not_exist():
    assert reason_of(parse_moment, "2025-04-01") is Reason.NOT_A_TIME
    assert reason_of(parse_moment, "2025-04-01 25:00") is Reason.NO_SUCH_DATE
    assert reason_of(parse_moment, "2025-04-01 24:10") is Reason.NO_SUCH_DATE


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)))
def test_a_day_survives_the_usual_ways_of_writing_it(day):
    for text in (
        f"{day:%Y%m%d}",
        f"{day.year}. {day.month}. {day.day}.",
        f"{day.year}년 {day.month}월 {day.day}일",
    ):
        assert parse_date(text) == day


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234", 1234), ("1 234", 1234), ("(12)", -12), ("△12", -12), ("-12", -12), ("−12", -12), ("+3", 3),
        ("12명", 12), ("1,234건", 1234), ("0", 0), ("1.50", Decimal("1.5")), ("'007", 7),
    ],
)  # fmt: skip
def test_numbers_are_read_as_written(text, number):
    assert parse(text) == number


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("▲12", Reason.FILLED_TRIANGLE), ("X", Reason.SUPPRESSED), ("*", Reason.SUPPRESSED),
        ("10 미만", Reason.SUPPRESSED), ("10명 미만", Reason.SUPPRESSED), ("비공개", Reason.SUPPRESSED),
        ("1,23", Reason.NOT_A_NUMBER), ("12%", Reason.NOT_A_NUMBER), ("1.168E+09", Reason.NOT_A_NUMBER),
        ("약 10", Reason.NOT_A_NUMBER), ("--1", Reason.NOT_A_NUMBER),
    ],
)  # fmt: skip
def test_what_is_no_certain_number_is_refused(text, reason):
    assert reason_of(parse, text) is reason


@pytest.mark.parametrize(
    ("text", "scale", "won"),
    [
        ("1,234.5", 1000, 1_234_500), ("3억 5,000만원", 1000, 350_000_000), ("1조 2억원", 1, 1_000_200_000_000),
        ("△2백만원", 1, -2_000_000), ("12,000원", 1000, 12_000), ("451,300", 10**6, 451_300_000_000),
        ("0.1", 10**8, 10_000_000), ("₩1,000", 1, 1000),
    ],
)  # fmt: skip
def test_money_comes_out_in_exact_won(text, scale, won):
    assert parse_won(text, scale) == won


def named(text: str) -> Named:
    found = Named()
    found.add(text, "caption")
    return found


@pytest.mark.parametrize(
    ("text", "money", "counts"),
    [
        ("(단위: 천원)", ["천원"], []), ("[단위 : 백만 원, 명]", ["백만원"], ["명"]), ("(단위: 명)", [], ["명"]),
        ("2025년 집행 현황", [], []), ("2025년 집행 현황 (천원)", ["천원"], []), ("〔단위：백만원〕", ["백만원"], []),
        ("※ 단위: 천원", ["천원"], []), ("천원 단위", ["천원"], []), ("금액 단위는 백만원임", ["백만원"], []),
        ("천명", [], ["천명"]), ("(단위: %, 천명)", [], ["천명"]), ("(단위: 천원, 백만원)", ["천원", "백만원"], []),
        ("만 원의 행복", [], []), ("Unit: thousand won", ["thousandwon"], []), ("(단위: " * 3, [], []),
    ],
)  # fmt: skip
def test_a_caption_names_its_units_in_any_bracket_or_none(text, money, counts):
    assert (list(named(text).money), list(named(text).counts)) == (money, counts)


def test_a_word_that_stands_for_a_unit_and_is_none_is_kept_as_unknown():
    assert named("(단위: 천달러)").unknown == ["천달러"]


def column_parser(table: str, column: str, texts=(), unit=Unit("")):  # noqa: B008
    return parser_for(OPERATIONAL[table].c[column], unit=unit, lookups=LOOKUPS, texts=texts)


def test_nil_withheld_and_empty_stay_apart():
    visits, people = column_parser("attendance", "visits"), column_parser("attendance", "people")
    assert is_nil("-") and visits("-") == 0  # nil of a count that must stand
    assert people("-") is None and people("") is None and people("…") is None
    assert people("10 미만") is None  # withheld is unknown, never 0
    assert reason_of(visits, "10 미만") is Reason.SUPPRESSED
    assert reason_of(visits, "") is Reason.MISSING_VALUE


def test_counts_are_whole_not_negative_and_fit_the_column():
    visits = column_parser("attendance", "visits")
    assert reason_of(visits, "1.5") is Reason.NOT_WHOLE
    assert reason_of(visits, "-1") is Reason.OUT_OF_RANGE
    assert reason_of(visits, "2147483648") is Reason.OUT_OF_RANGE
    # The sign of CP949 and the characters that look like it.
    assert [column_parser("ledger_entry", "amount_krw")(f"{sign}12") for sign in "△▵∆Δ"] == [-12] * 4
    assert reason_of(column_parser("output_target", "fiscal_year"), "25") is Reason.OUT_OF_RANGE


def test_text_keeps_its_formula_sign_and_is_limited_by_its_column():
    assert column_parser("ledger_entry", "counterpart")("=1+1") == "=1+1"
    assert reason_of(column_parser("ledger_entry", "document_no"), "가" * 61) is Reason.TOO_LONG
    assert reason_of(column_parser("ledger_entry", "counterpart"), "#REF!") is Reason.FORMULA


def test_yes_and_no_have_many_spellings():
    risk = column_parser("hotline_contact", "risk")
    assert [risk(text) for text in ("예", "Y", "o", "1", "TRUE")] == [True] * 5
    assert [risk(text) for text in ("아니오", "N", "X", "0", "false")] == [False] * 5
    assert reason_of(risk, "아마") is Reason.NOT_YES_NO


def test_each_label_and_alias_of_each_code_list_reads_as_its_code():
    for table in OPERATIONAL.values():
        for column in table.columns:
            if not column.info.get("codes"):
                continue
            read = column_parser(table.name, column.name)
            for code, (ko, en, others) in CODES[column.info["codes"]].items():
                assert {read(text) for text in (code, ko, en, *others)} == {code}
    assert column_parser("attendance", "age_band")("65세 이상") == "65+"
    assert column_parser("attendance", "age_band")("19∼39") == "19-39"
    assert column_parser("attendance", "age_band")("") == "unknown"
    assert reason_of(column_parser("attendance", "sex"), "기타") is Reason.UNKNOWN_CODE
    with pytest.raises(Refused) as refused:
        column_parser("ledger_entry", "funding")("기타")
    # The list is told in the reader's language.
    assert "국비" in refused.value.detail and "National" in refused.value.detail_en


def test_a_column_of_codes_is_read_in_one_scheme():
    assert DistrictReader(LOOKUPS, ["11110", "11230"])("11110") == "11110"  # Gangnam's KOSTAT code beside it
    assert DistrictReader(LOOKUPS, ["11110", "11680"])("11110") == "11010"  # Gangnam's MOIS code beside it
    assert DistrictReader(LOOKUPS, ["1168000000"])("1168000000") == "11230"
    assert reason_of(DistrictReader(LOOKUPS, ["11110"]), "11110") is Reason.AMBIGUOUS_DISTRICT
    assert reason_of(DistrictReader(LOOKUPS, []), "1.168e9") is Reason.UNKNOWN_DISTRICT
    assert reason_of(DistrictReader(LOOKUPS, []), "부산 강서구") is Reason.UNKNOWN_DISTRICT


def test_each_distinct_text_is_converted_once():
    asked: list[str] = []

    def read(text: str) -> int:
        asked.append(text)
        if text == "x":
            raise Refused(Reason.NOT_A_NUMBER)
        return int(text)

    found = convert(["1", "2", "1", "x", "2"], read)
    assert (found.values, list(found.failures)) == ([1, 2, 1, None, 2], [3])
    assert asked == ["1", "2", "x"]


def test_shown_values_lose_every_long_number_but_keep_dates():
    assert redact("010-1234-5678") == redact("900101-1234567") == redact("110-123-456789") == "●●●"
    assert redact("2025-02-30 09:00") == "2025-02-30 09:00"
    assert redact("1,234,56") == "1,234,56"
    assert len(redact("가" * 100)) == 60


def test_normal_form_is_composed_and_without_hidden_characters():
    assert normalise("\ufeff강\u200b남구\u3000１２\u00a03") == "강남구 12 3"
    assert normalise("강남구") == "강남구"
    assert header_key("금액 (천원)") == "금액천원" and header_key("District_Code") == "districtcode"


@pytest.mark.parametrize(
    "cell", ["소계", "합 계", "총계", "계", "강남구 소계", "합계(25개구)", "Total", "Grand total"]
)
def test_rows_of_totals_are_known_by_their_word(cell):
    assert is_total(cell)


@pytest.mark.parametrize("cell", ["연계", "회계", "통계목", "관계 회복 사업", "total visits", "종로구"])
def test_words_that_only_look_like_totals_stay(cell):
    assert not is_total(cell)


def test_no_header_means_two_columns():
    for template in templates().values():
        said: dict[str, str] = {}
        for column in template.columns:
            for text in (column.name, column.info["ko"], column.info["en"]):
                assert said.setdefault(header_key(text), column.name) == column.name, (
                    template.table_name,
                    text,
                )


def test_hotline_times_give_day_month_hour_wait_and_handling():
    at = datetime(2025, 3, 31, 15, 0)  # midnight in Seoul, 1 April
    rows = [
        {"outcome": "answered", "attempted_at": at, "offered_at": at.replace(second=5),
         "answered_at": at.replace(second=25), "ended_at": at.replace(minute=10)},
        {"outcome": "abandoned", "attempted_at": at, "offered_at": None, "answered_at": None,
         "ended_at": at.replace(second=8)},
        {"outcome": "busy", "attempted_at": at, "offered_at": None, "answered_at": None, "ended_at": at},
    ]  # fmt: skip
    frame = pd.DataFrame(rows, dtype=object)
    frame["wrap_s"] = pd.Series([60, None, None], dtype=object)
    out = derive("hotline_contact", frame)
    assert set(out["local_date"]) == {date(2025, 4, 1)}
    assert set(out["month_key"]) == {202504} and set(out["hour"]) == {0}
    assert out["wait_s"].tolist() == [20, 8, None]
    assert out["handle_s"].tolist() == [635, None, None]  # 575 s of talk and 60 s of wrap-up


def test_a_ledger_entry_belongs_to_the_year_and_month_of_its_booking():
    out = derive("ledger_entry", pd.DataFrame({"booked_on": [date(2025, 12, 31)]}, dtype=object))
    assert (out["fiscal_year"][0], out["month_key"][0]) == (2025, 202512)


def test_a_pseudonym_is_the_first_16_digits_of_the_hmac():
    # RFC 4231, test case 2: HMAC-SHA256 under "Jefe" of "what do ya want for nothing?" begins 5bdcc146bf60754e.
    assert pseudonym("what do ya want for nothing?", secret="Jefe") == "5bdcc146bf60754e"
