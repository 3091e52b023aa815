"""Numbers, money, dates and intervals as people in Seoul read them. Rounding is half up everywhere."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

MAN, EOK, JO = 10**4, 10**8, 10**12
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def rounded(value: float | int | Decimal, digits: int = 0) -> Decimal:
    """Half-up rounding of the number as written (2.675 -> 2.68), not of its binary neighbour."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def number(value: float | int, digits: int = 0) -> str:
    """Thousands separated, fixed decimals; what rounds to nothing has no sign."""
    found = rounded(value, digits)
    return f"{found if found else abs(found):,f}"


def signed(value: float | int, digits: int = 0, *, plus: bool = False) -> str:
    """A number that may be negative, with a true minus sign; `plus` marks positive ones too."""
    text = number(abs(value), digits)
    if not any(c in "123456789" for c in text):
        return text  # no minus before a zero
    return f"−{text}" if value < 0 else f"+{text}" if plus else text


def count(value: float | int, unit: str, lang: str) -> str:
    """A count with its unit: 1,699,910가구 / 1,699,910 households."""
    return f"{number(value)}{unit}" if lang == "ko" else f"{number(value)} {unit}"


def people(value: float | int, lang: str) -> str:
    """An estimated number of people, no finer than it is known: 71.7만 명 / 717,000 people; 9,320명 / 9,320 people."""
    if value >= MAN:
        return f"{number(value / MAN, 1)}만 명" if lang == "ko" else f"{number(round(value, -3))} people"
    return f"{number(round(value, -1))}명" if lang == "ko" else f"{number(round(value, -1))} people"


def leading(value: float, digits: int, *, up: bool | None = None) -> float:
    """A value of 0 or more to so many leading digits, whole at the finest: up, down, or to the nearest where neither is said."""
    unit = 10.0 ** max(math.floor(math.log10(max(value, 1))) - digits + 1, 0)
    to = round if up is None else math.ceil if up else math.floor
    return float(to(value / unit) * unit)


def won(value: float | int, lang: str) -> str:
    """Money in the largest fitting unit, named once: 4,513억 원, 1조 2,345억 원, 30.5억 원, 920만 원."""
    sign, amount = ("−" if value < 0 else ""), abs(value)
    if lang != "ko":
        for size, name in ((JO, "tn"), (10**9, "bn"), (10**6, "m")):
            if amount >= size:
                return f"{sign}KRW {number(amount / size, 1)}{name}"
        return f"{sign}KRW {number(amount)}"
    eok = int(rounded(amount / EOK))
    if eok >= JO // EOK:
        jo, rest = divmod(eok, JO // EOK)
        return f"{sign}{jo:,}조{f' {rest:,}억' if rest else ''} 원"
    if amount >= 100 * EOK:
        return f"{sign}{eok:,}억 원"
    if amount >= EOK:
        return f"{sign}{number(amount / EOK, 1)}억 원"
    if amount >= MAN:
        return f"{sign}{number(amount / MAN)}만 원"
    return f"{sign}{number(amount)}원"


def percent(value: float, digits: int = 1) -> str:
    """A percentage that is already in percent: 40.5%."""
    return f"{number(value, digits)}%"


def duration(seconds: float, lang: str) -> str:
    """Seconds as 1분 23초 / 1 min 23 s."""
    minutes, rest = divmod(int(rounded(seconds)), 60)
    if lang == "ko":
        return f"{minutes}분 {rest}초" if minutes else f"{rest}초"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def day(value: date | datetime, lang: str) -> str:
    """2026. 10. 31. / 31 Oct 2026."""
    if lang == "ko":
        return f"{value.year}. {value.month}. {value.day}."
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def period(text: str, lang: str) -> str:
    """A period as sources are filed ('2025-04-01/2025-05-08', '2025-04', '2025') in the one form of dates; other text as it is."""
    return " – ".join(_part(part, lang) for part in text.split("/"))


def _part(text: str, lang: str) -> str:
    pieces = text.split("-")
    if not all(piece.isdecimal() for piece in pieces) or len(pieces[0]) != 4 or len(pieces) > 3:
        return text
    year, *rest = map(int, pieces)
    if len(rest) == 2:
        return day(date(year, *rest), lang)
    return month(100 * year + rest[0], lang) if rest else f"{year}년" if lang == "ko" else str(year)


def month(key: int, lang: str) -> str:
    """A YYYYMM key: 2026년 10월 / Oct 2026."""
    year, number_of_month = divmod(int(key), 100)
    return f"{year}년 {number_of_month}월" if lang == "ko" else f"{_MONTHS[number_of_month - 1]} {year}"


def value(amount: float | None, unit: str, lang: str, *, counted: str = "", digits: int = 1) -> str:
    """A metric's value in its unit; a dash for no figure. `digits` are the decimals that a percentage may show."""
    if amount is None or math.isnan(amount):
        return "–"
    if unit == "percent":
        return percent(amount, digits)
    if unit == "KRW":
        return won(amount, lang)
    if unit == "seconds":
        return duration(amount, lang)
    if unit == "per_100_person_years":
        return f"{number(amount, 1)}{'건' if lang == 'ko' else ''}"  # the metric's name says per what
    return count(amount, counted, lang)


def limits(lower: float | None, upper: float | None, unit: str, *, digits: int = 1) -> str:
    """The two limits of an interval: 39.1–42.0%; empty when there is none."""
    if lower is None or upper is None or math.isnan(lower) or math.isnan(upper):
        return ""
    # Full counts give intervals narrower than a tenth of a point: one more digit, so that it is seen.
    if digits == 1 and rounded(lower, 1) == rounded(upper, 1):
        digits = 2
    return f"{number(lower, digits)}–{number(upper, digits)}{'%' if unit == 'percent' else ''}"


def interval(lower: float | None, upper: float | None, unit: str, lang: str, *, digits: int = 1) -> str:
    """The 95 % interval in words: 95% 구간 39.1–42.0%."""
    found = limits(lower, upper, unit, digits=digits)
    if not found:
        return ""
    return f"95% 구간 {found}" if lang == "ko" else f"95% interval {found}"
