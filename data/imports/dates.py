"""Dates and times as offices write them. Files carry Seoul's clock; the store carries UTC."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta

from data.imports.reasons import Reason
from data.imports.refusal import Refused

SEOUL = timedelta(hours=9)  # no daylight saving since 1988
YEARS = range(1900, 2101)
SERIALS = range(36526, 73051)  # Excel's day numbers of 2000-01-01 to 2100-01-01, counted from 1900
_EXCEL_ZERO = datetime(1899, 12, 30)

_SEPARATED = re.compile(
    r"^(\d{4})\s?[-./년]\s?(\d{1,2})\s?[-./월]\s?(\d{1,2})(?:\s?일)?\.?(?:\s*\(?[월화수목금토일](?:요일)?\)?)?"
)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?!\d)")
_COMPACT_TIME = re.compile(r"^(\d{8})(\d{2})(\d{2})(\d{2})?$")
_SHORT_YEAR = re.compile(r"^(['’‘]?)(\d{2})[-./](\d{1,2})[-./](\d{1,2})\.?$")
_SERIAL = re.compile(r"^(\d{5})(\.\d+)?$")
_TIME = re.compile(
    r"^(?:T|\s)*(오전|오후|am|pm)?\s*(\d{1,2})\s*(?::|시)\s*(?:(\d{1,2})\s*분?)?(?:\s*:?\s*(\d{1,2})(?:\.\d+)?\s*초?)?"
    r"\s*(am|pm)?\s*(z|utc|[+-]\d{2}:?\d{2})?$",
    re.IGNORECASE,
)


def parse_date(text: str, *, epoch_days: int = 0) -> date | None:
    """A calendar day; None for an empty cell or a lone dash. A time beside the day is dropped
    (24:00 is the next day).

    Args:
        epoch_days: what to add to a bare day number (1,462 in a workbook of the 1904 calendar).

    Raises:
        Refused: not a date, no such day, or a two-digit year without the apostrophe that marks one.
    """
    plain = text.strip()
    if plain in ("", "-", "…"):
        return None
    day, rest = _split(plain, Reason.NOT_A_DATE, epoch_days)
    if rest.strip():
        day = _add_time(day, rest, Reason.NOT_A_DATE)
    return (day + SEOUL if day.tzinfo is not None else day).date()


_MONTH = re.compile(r"^(\d{4})(?:\s?(?:[-/년]|\.(?=\s?\d{2}\b|\s|\d\s?[월.]))\s?(\d{1,2})\s?[월.]?|(\d{2}))$")
_YEAR = re.compile(r"^(\d{4})\s?년$")
_SPAN = re.compile(r"\s*(?:~|～|∼|–|—|/|부터)\s*")


def parse_period(text: str, *, epoch_days: int = 0) -> str | None:
    """A month (`2026-09`) or a span of days (`2025-04-01/2025-05-08`); None for an empty cell or a lone dash.

    A span that is a calendar month is that month; the first of a month alone, as a spreadsheet stores it, is that month.

    Raises:
        Refused: neither, or no such day.
    """
    plain = text.strip().removesuffix("까지").strip()
    if plain in ("", "-", "…"):
        return None
    first = month_days(plain)
    if first is not None:
        return _named(*first)
    year = _YEAR.match(plain)
    if year:
        return _named(date(int(year[1]), 1, 1), date(int(year[1]), 12, 31))
    ends = [part for part in _SPAN.split(plain) if part]
    if len(ends) == 2 and not re.match(r"^\d{4}-\d{1,2}$|^\d{4}$", f"{plain}"):
        begun, last = _edge(ends[0], 0, epoch_days), None
        rest = ends[1] if re.match(r"^['’]?\d{4}", ends[1]) else f"{begun.year}. {ends[1]}"
        last = _edge(rest, 1, epoch_days)
        if last < begun:
            raise Refused(Reason.END_BEFORE_START)
        return _named(begun, last)
    try:
        day = parse_date(plain, epoch_days=epoch_days)
    except Refused as refused:
        raise Refused(Reason.NOT_A_MONTH) from refused
    if day is None or day.day != 1:
        raise Refused(Reason.NOT_A_MONTH)
    return f"{day:%Y-%m}"


def _edge(text: str, side: int, epoch_days: int) -> date:
    """The first (0) or last (1) day that one end of a span names: a day, or a month."""
    found = month_days(text.strip())
    if found is not None:
        return found[side]
    day = parse_date(text, epoch_days=epoch_days)
    if day is None:
        raise Refused(Reason.NOT_A_MONTH)
    return day


def month_days(text: str) -> tuple[date, date] | None:
    """First and last day of a month written with its year; None where the text is none.

    Raises:
        Refused: there is no such month.
    """
    found = _MONTH.match(text)
    if found is None:
        return None
    year, month = int(found[1]), int(found[2] or found[3])
    if year not in YEARS or not 1 <= month <= 12:
        raise Refused(Reason.NO_SUCH_DATE)
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _named(first: date, last: date) -> str:
    whole = first.day == 1 and last == date(
        first.year, first.month, calendar.monthrange(first.year, first.month)[1]
    )
    return f"{first:%Y-%m}" if whole else f"{first}/{last}"


def span_of(period: str) -> tuple[date, date]:
    """The days of a period as `parse_period` names it."""
    if "/" not in period:
        year, month = (int(part) for part in period.split("-"))
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    first, last = (date.fromisoformat(part) for part in period.split("/"))
    return first, last


def parse_moment(text: str, *, utc: bool = False, epoch_days: int = 0) -> datetime | None:
    """An instant as naive UTC; None for an empty cell. Without an offset the text is Seoul's clock.

    Args:
        utc: the column's header says that its times are UTC; epoch_days: as `parse_date`.

    Raises:
        Refused: not a date and time, or no such moment.
    """
    plain = text.strip()
    if plain in ("", "-", "…"):
        return None
    compact = _COMPACT_TIME.match(plain)
    if compact:
        plain = f"{compact[1]} {compact[2]}:{compact[3]}:{compact[4] or '00'}"
    serial = _SERIAL.match(plain)
    if serial and serial[2] and int(serial[1]) + epoch_days in SERIALS:
        seconds = round(float(serial[2]) * 86400)
        moment = _EXCEL_ZERO + timedelta(days=int(serial[1]) + epoch_days, seconds=seconds)
    else:
        day, rest = _split(plain, Reason.NOT_A_TIME, epoch_days)
        if not rest.strip():
            raise Refused(Reason.NOT_A_TIME)
        moment = _add_time(day, rest, Reason.NOT_A_TIME)
    if moment.tzinfo is not None:
        return moment.astimezone(UTC).replace(tzinfo=None)
    return moment if utc else moment - SEOUL


def _split(plain: str, otherwise: Reason, epoch_days: int) -> tuple[datetime, str]:
    """The day at the beginning of a text, and what follows it."""
    short = _SHORT_YEAR.match(plain)
    if short:
        if not short[1]:
            raise Refused(Reason.TWO_DIGIT_YEAR)
        return _day(2000 + int(short[2]), int(short[3]), int(short[4])), ""
    plain = plain.lstrip("'’‘")
    found = _SEPARATED.match(plain) or _COMPACT.match(plain)
    if found:
        rest = plain[found.end() :]
        if rest[:1].isdigit():  # 2025-04-011
            raise Refused(otherwise)
        return _day(*(int(part) for part in found.groups())), rest
    serial = _SERIAL.match(plain)
    if serial and int(serial[1]) + epoch_days in SERIALS:
        return _EXCEL_ZERO + timedelta(days=int(serial[1]) + epoch_days), ""
    raise Refused(otherwise)


def _day(year: int, month: int, day: int) -> datetime:
    if year not in YEARS:
        raise Refused(Reason.NO_SUCH_DATE)
    try:
        return datetime(year, month, day)
    except ValueError as error:
        raise Refused(Reason.NO_SUCH_DATE) from error


def _add_time(day: datetime, rest: str, otherwise: Reason) -> datetime:
    found = _TIME.match(rest)
    if not found:
        raise Refused(otherwise)
    half = (found[1] or found[5] or "").lower()
    hour, minute, second = int(found[2]), int(found[3] or 0), int(found[4] or 0)
    if half and not 1 <= hour <= 12:
        raise Refused(Reason.NO_SUCH_DATE)
    if half:
        hour = hour % 12 + (12 if half in ("오후", "pm") else 0)
    if minute > 59 or second > 59 or hour > 24 or (hour == 24 and (minute or second)):
        raise Refused(Reason.NO_SUCH_DATE)
    moment = day + timedelta(hours=hour, minutes=minute, seconds=second)
    return _with_offset(moment, found[6]) if found[6] else moment


def _with_offset(moment: datetime, offset: str) -> datetime:
    if offset.lower() in ("z", "utc"):
        return moment.replace(tzinfo=UTC)
    digits = offset.replace(":", "")
    shift = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5]))
    return (moment - shift if digits[0] == "+" else moment + shift).replace(tzinfo=UTC)
