"""Kinds of value: dates, numbers, units, districts and dong."""

from __future__ import annotations

from datetime import date, datetime

from data.imports import Reason as R
from tools.catalogue.kind import Case, Kind
from tools.office_files import LEDGER, VISITS, csv, entry, table, visit, workbook

SPAN = ["대상자", "사업", "시작일", "종료일"]
TARGET = ["지표", "적용 시작", "집단", "목표값", "근거", "작성자"]
CALL = ["접촉번호", "채널", "시도 시각", "종료 시각", "결과", "위험 표시", "연계 여부"]


def on(text: object, outcome: str = "A", reason: R | None = None, day: date = date(2026, 4, 1)) -> Case:
    """A visit on a day written so."""
    shown = str(text).replace("|", "/")
    if reason is not None:
        return Case(
            f"`{shown}`", f"`{shown}`", lambda: csv(VISITS, visit(5, f'"{text}"')), outcome, reasons=(reason,)
        )
    return Case(
        f"`{shown}`",
        f"`{shown}`",
        lambda: csv(VISITS, visit(5, f'"{text}"')),
        "A",
        column="attended_on",
        values=(day,),
    )


def at(text: str, moment: datetime) -> Case:
    """A contact at a time written so (Seoul's clock)."""
    content = lambda: csv(CALL, ["A", "전화", text, "", "통화중", "아니오", "아니오"])  # noqa: E731
    return Case(f"`{text}`", f"`{text}`", content, "A", column="attempted_at", values=(moment,))


def won(text: str, value: int | None, reason: R | None = None) -> Case:
    """An amount written so, in won."""
    content = lambda: csv(LEDGER, [*entry(0)[:4], "원인행위", f'"{text}"', *entry(0)[6:]])  # noqa: E731
    if reason is not None:
        return Case(f"`{text}`", f"`{text}`", content, "R", reasons=(reason,))
    return Case(f"`{text}`", f"`{text}`", content, "A", column="amount_krw", values=(value,))


def people(text: str) -> Case:
    """Distinct people withheld so."""
    content = lambda: csv([*VISITS, "실인원"], [*visit(50), text])  # noqa: E731
    return Case(f"실인원 `{text}`", f"people `{text}`", content, "A", column="people", values=(None,))


def place(text: str, code: str | None, reason: R | None = None, *, told: str = "") -> Case:
    """A visit in a district written so."""
    content = lambda: csv(VISITS, visit(5, place=text))  # noqa: E731
    if reason is not None:
        return Case(f"`{text}`", f"`{text}`", content, "R", reasons=(reason,))
    return Case(f"`{text}`", f"`{text}`", content, "A", column="district_code", values=(code,), told=told)


def target(value: str, reason: R | None = None) -> Case:
    """A target for the answer rate written so."""
    content = lambda: csv(TARGET, ["응답률", "2026-01-01", "서울시", value, "계획", "가"])  # noqa: E731
    if reason is not None:
        return Case(f"목표 `{value}`", f"target `{value}`", content, "R", name="목표.csv", reasons=(reason,))
    return Case(
        f"목표 `{value}`", f"target `{value}`", content, "A", name="목표.csv", column="value", values=(95.0,)
    )


DONG = "동 이름이나 동 코드"

VALUES: tuple[Kind, ...] = (
    Kind(23, "날짜의 여러 꼴", "dates as offices write them", tuple(
        on(text) for text in ("2026.04.01", "2026-4-1", "2026. 4. 1.(수)", "20260401", "2026년 4월 1일", "'26.4.1"))),
    Kind(24, "두 자리 연도", "years of two digits", (on("26.04.01", "R", R.TWO_DIGIT_YEAR),)),
    Kind(25, "엑셀 날짜", "Excel's days", (
        on("46113"),
        Case("시각이 있는 날짜 칸", "a date cell with a time", lambda: workbook(table(VISITS, visit(5, datetime(2026, 4, 1, 9, 30)))), "A",
             name="실적.xlsx", column="attended_on", values=(date(2026, 4, 1),)),
    )),
    Kind(26, "2025.10이 2025.1이 된 수", "2025.10 become 2025.1", (
        Case("수로 든 2025.1", "2025.1 as a number", lambda: workbook(table(VISITS, visit(5, 2025.10))), "R", name="실적.xlsx", reasons=(R.NOT_A_DATE,)),
    )),
    Kind(27, "없는 날, 24:00, 오후", "no such day, 24:00, afternoon", (
        on("20260230", "R", R.NO_SUCH_DATE), on("2025.13.01", "R", R.NO_SUCH_DATE), on("2026-03-31 24:00"),
        at("2026-09-01 24:00", datetime(2026, 9, 1, 15)), at("2026-09-01 오후 3:05", datetime(2026, 9, 1, 6, 5)),
    )),
    Kind(28, "있을 수 없는 날", "days that cannot be", (
        on("2036-09-01", "R", R.FUTURE_DAY), on("1926-09-01", "R", R.BEFORE_START), on("2025-03-26", "R", R.BEFORE_START),
        Case("끝이 시작보다 앞", "end before start", lambda: csv(SPAN, "K1,서울마음편의점,2026-04-02,2026-04-01"), "R", reasons=(R.END_BEFORE_START,)),
        Case("출생연도 2026(묻는 표 없음)", "year of birth 2026 (no table asks for it)", lambda: csv([*VISITS, "출생연도"], [*visit(5), 2026]), "A",
             told="읽지 않은 열: 출생연도", column="visits", values=(5,)),
    )),
    Kind(29, "숫자의 여러 꼴", "numbers as offices write them", (
        won("1,234", 1234), won("1 234", 1234), won("(12)", -12), won("△12", -12), won("-", 0), won("▲12", None, R.FILLED_TRIANGLE),
        people("…"), people("X"), people("*"), people("10 미만"),
        Case("이용 건수 `10 미만`", "visits `10 미만`", lambda: csv(VISITS, visit("10 미만")), "R", reasons=(R.SUPPRESSED,)),
    )),
    Kind(30, "섞인 단위, 백분율", "mixed units, percent", (
        won("3억 5,000만원", 350_000_000), won("5백만원", 5_000_000),
        Case("금액(백만원)", "amount in million won", lambda: csv([*LEDGER[:5], "금액(백만원)", *LEDGER[6:]], entry(5)), "A", column="amount_krw",
             values=(5_000_000,)),
        Case("각주의 천원", "천원 in a footnote", lambda: csv(LEDGER, entry(5), ["※ 단위: 천원"]), "A", column="amount_krw", values=(5_000,), told="각주"),
        Case("시트 이름의 천원", "천원 in the sheet's name", lambda: workbook(table(LEDGER, entry(5)), title="9월(천원)"), "A", name="원장.xlsx",
             column="amount_krw", values=(5_000,), told="시트 이름"),
        Case("서식 `#,##0,` 아래 천원", "format `#,##0,` under 천원",
             lambda: workbook(table([*LEDGER[:5], "금액(천원)", *LEDGER[6:]], entry(5_000)), formats={"F2": "#,##0,"}), "A", name="원장.xlsx",
             column="amount_krw", values=(5_000,)),
        Case("서식 `#,##0,` 아래 원", "format `#,##0,` under won", lambda: workbook(table(LEDGER, entry(5_000)), formats={"F2": "#,##0,"}), "F",
             name="원장.xlsx", reasons=(R.CELL_FORMAT,), rows=(2,)),
        Case("(단위: 천명)", "(단위: 천명)", lambda: csv(["(단위: 천명)"], VISITS, visit(5)), "A", column="visits", values=(5000,), told="천명"),
        Case("모르는 단위(달러)", "an unknown unit (달러)", lambda: csv([*LEDGER[:5], "금액(달러)", *LEDGER[6:]], entry(5)), "F", reasons=(R.UNKNOWN_UNIT,)),
        target("95%"), target("95"), target("0.95", R.SHARE_OR_PERCENT),
    )),
    Kind(31, "없는 구", "no such district", (place("해운대구", None, R.UNKNOWN_DISTRICT), place("99999", None, R.UNKNOWN_DISTRICT))),
    Kind(32, "구의 여러 이름", "names of a district", tuple(
        place(text, "11230") for text in ("강남", "강남구청", "서울특별시 강남구", "서울시 강남", "Gangnam-gu"))),
    Kind(33, "여러 구에 있는 동", "a dong that several districts have", (
        place("신사동", None, R.AMBIGUOUS_DONG), place("강남구 신사동", "11230", told=DONG))),
    Kind(34, "점이 있는 동 이름", "names of dong with dots", tuple(
        place(text, "11010", told=DONG) for text in ("종로1.2.3.4가동", "종로1·2·3·4가동", "종로1ㆍ2ㆍ3ㆍ4가동", "종로1・2・3・4가동"))),
    Kind(35, "없어진 동", "a dong that is gone", (place("개포3동", "11230", told=DONG),)),
    Kind(36, "법정동 코드", "codes of legal dong", (place("1168010100", "11230", told=DONG),)),
    Kind(37, "망가진 코드", "damaged codes", (place("1.168e9", None, R.UNKNOWN_DISTRICT), place("1168", None, R.UNKNOWN_DISTRICT))),
    Kind(38, "통계청·행안부 동 코드", "dong codes of KOSTAT and MOIS", (
        place("1123051", "11230", told=DONG), place("11230510", "11230", told=DONG), place("1168051000", "11230", told=DONG))),
    Kind(49, "수식처럼 시작하는 글", "texts that begin like formulas", (
        Case("`=1+1`, `＝1`", "`=1+1`, `＝1`", lambda: csv([*LEDGER, "상대처"], [*entry(5), "=1+1"], [*entry(6, "A-2"), "＝1"]), "A",
             column="counterpart", values=("=1+1", "＝1")),
    )),
    Kind(51, "글로 저장된 숫자", "numbers stored as text", (
        Case("글 칸, 작은따옴표", "text cells, apostrophe", lambda: workbook(table(VISITS, visit("5"), visit("'7", "2026-09-02"))), "A", name="실적.xlsx",
             column="visits", values=(5, 7)),
    )),
    Kind(59, "합계 속의 가려진 값", "a withheld value in a sum", (
        Case("실인원 `*`와 합계", "people `*` and a total", lambda: csv([*VISITS, "실인원"], [*visit(50), "*"], [*visit(7, "2026-09-02"), 7], ["합계", "", "", 57, ""]), "A",
             column="people", values=(None, 7)),
    )),
)  # fmt: skip
