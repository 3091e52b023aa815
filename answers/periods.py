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


def apart(first: int, last: int) -> int:
    """Months from one month key to another."""
    return (last // 100 - first // 100) * 12 + last % 100 - first % 100


def last(as_of: date, months: int, *, skip: int = 0) -> Span:
    """The span of `months` months that ends `skip` months before the as-of month (which it includes at 0)."""
    end = shifted(key(as_of), -skip)
    return Span(shifted(end, 1 - months), end)


def running(day: date) -> int:
    """1 where the month of a day is not over on it, else 0."""
    return 0 if (day + timedelta(days=1)).day == 1 else 1


def closed(day: date, lag: int = 0) -> int:
    """The last month that is over on a day, less the months until it is final."""
    return shifted(key(day), -(lag + running(day)))
