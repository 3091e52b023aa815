"""Month arithmetic on YYYYMM keys, always from an as-of date that is passed in."""

from __future__ import annotations

from datetime import date, timedelta

from data.queries import Span


def key(day: date) -> int:
    """The month key of a day."""
    return day.year * 100 + day.month


def shifted(month: int, by: int) -> int:
    """A month key moved by some months."""
    index = month // 100 * 12 + month % 100 - 1 + by
    return index // 12 * 100 + index % 12 + 1


def last(as_of: date, months: int, *, skip: int = 0) -> Span:
    """The span of `months` months that ends `skip` months before the as-of month (which it includes at 0)."""
    end = shifted(key(as_of), -skip)
    return Span(shifted(end, 1 - months), end)


def closed(day: date, lag: int = 0) -> int:
    """The last month that is over on a day, less the months until it is final."""
    over = (day + timedelta(days=1)).day == 1
    return shifted(key(day), -(lag if over else lag + 1))
