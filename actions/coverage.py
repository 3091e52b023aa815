"""Closing a month of a table by somebody's word, and opening it again."""

from __future__ import annotations

from datetime import date, datetime

from actions.changing import changing
from answers import periods
from answers.reader import Reader
from data import coverage, facts
from data.engine import writing

TABLES = coverage.FOLLOWED


class Blank(Exception):
    """A name or a reason is missing."""


def recent(day: date) -> list[int]:
    """The months that may be closed, the latest first: three years up to the one after the day that the records speak for."""
    return [periods.shifted(periods.key(day), 1 - n) for n in range(36)]


def close(
    read: Reader,
    table: str,
    month: int,
    *,
    district: str,
    author: str,
    reason: str,
    at: datetime,
    closed: bool = True,
) -> None:
    """Close a month, or open it again; every answer of this process sees it.

    Raises:
        Blank: no author or no reason. StoreProblem: the store cannot be written.
    """
    if not author.strip() or not reason.strip():
        raise Blank
    with changing(read.store) as engine, writing(engine) as connection:
        facts.closed(
            connection,
            table,
            month,
            district_code=district,
            author=author,
            reason=reason,
            recorded_at=at,
            closed=closed,
        )
