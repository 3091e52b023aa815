"""Counts that a rule makes of rows and that are protected at once (`Reader.protected`), as sums over the fact that the rows are of.

A running total (of answered contacts, each Sunday) is left out: what of a chain of sums, each part of the next, lies between two of
them keeps five values whatever they are (a test counts them).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from answers.counselling import loneliness
from answers.counselling import waits as courses
from answers.detection import workload
from answers.hotline import hours, waits
from data.queries import Span
from metrics.counselling import FIRST_WAIT_DAYS

Conditions = tuple[tuple[str, Any], ...]
# (column, further conditions, sign), summed
Term = tuple[str, Conditions, float]
ENDLESS = 10**9
# A hair beyond a limit that is not reached itself.
PAST = 1e-9


class Counts(NamedTuple):
    """True counts that a rule made: by which keys, under which further filter, what is summed by name, and the counts by row."""

    keys: tuple[str, ...]
    where: tuple[tuple[str, Any], ...]
    sums: tuple[tuple[str, tuple[Term, ...]], ...]
    true: pd.DataFrame


def of(rule: str, made: Any, args: tuple[Any, ...]) -> Iterator[Counts]:
    """What a rule made of rows, as counts; nothing of rules that make none.

    Args:
        args: what the rule's function was given.
    """
    if rule in MADE and made is not None:
        yield from MADE[rule](made, args)


def _one(
    told: Mapping[str, tuple[tuple[Term, ...], float]], where: tuple[tuple[str, Any], ...] = ()
) -> Iterator[Counts]:
    sums = tuple((name, terms) for name, (terms, _) in told.items())
    yield Counts((), where, sums, pd.DataFrame([{name: float(n) for name, (_, n) in told.items()}]))


def _term(column: str, *conditions: tuple[str, Any], sign: int = 1) -> Term:
    return column, tuple(sorted(conditions, key=str)), sign


def _hours(made: pd.DataFrame, _: tuple[Any, ...]) -> Iterator[Counts]:
    sums = tuple((c, (_term(c),)) for c in hours.COLUMNS)
    yield Counts(("weekday", "hour"), (), sums, made[["weekday", "hour", *hours.COLUMNS]].fillna(0))


def _levels(made: dict[str, tuple[float, float]], args: tuple[Any, ...]) -> Iterator[Counts]:
    rows, channel, target = args
    answered = ("outcome", "answered")
    left = ("outcome", tuple(sorted(set(rows["outcome"]) - {"answered"})))
    quick = ("wait_s", Span(0, target))
    n = "contacts"
    told = {
        "fast": ((_term(n, answered, quick),), made["sl1"][0]),
        "offered": ((_term(n),), made["sl1"][1]),
        "taken": ((_term(n, answered),), made["sl2"][1]),
        "stayed": ((_term(n), _term(n, left, quick, sign=-1)), made["sl3"][1]),
        "quick": ((_term(n, quick),), made["sl4"][0]),
    }
    yield from _one(told, (("channel", channel),) if channel else ())


def _waited(made: dict[str, Any], _: tuple[Any, ...]) -> Iterator[Counts]:
    for channel, found in made["channels"].items():
        told = {"taken": ((_term("contacts", ("outcome", "answered")),), found.n)}
        yield from _one(told, (("channel", channel),))


def _courses(kind: str, spans: list[Span], counts: list[float]) -> Iterator[Counts]:
    told = {
        f"{kind}_{s.low}_{s.high}": ((_term("cases", ("kind", kind), ("days", s)),), n)
        for s, n in zip(spans, counts, strict=True)
    }
    yield from _one(told)


def _started(made: list[float], _: tuple[Any, ...]) -> Iterator[Counts]:
    yield from _courses("first", [Span(0, ENDLESS), *(Span(0, d) for d in FIRST_WAIT_DAYS)], made)


def _second(made: tuple[list[float], float], _: tuple[Any, ...]) -> Iterator[Counts]:
    spans = [Span(0, ENDLESS), *(Span(d + 1, ENDLESS) for d in courses.LATE_SECOND_DAYS)]
    yield from _courses("second", spans, made[0])


def _changed(made: list[float], args: tuple[Any, ...]) -> Iterator[Counts]:
    needed = float(args[1])
    spans = {
        "every": Span(-ENDLESS, ENDLESS),
        "better": Span(needed + PAST, ENDLESS),
        "same": Span(-needed, needed),
        "worse": Span(-ENDLESS, -needed - PAST),
    }
    yield from _one({
        name: ((_term("cases", ("fall", s)),), n) for (name, s), n in zip(spans.items(), made, strict=True)
    })  # fmt: skip


def _at_least(made: dict[int, pd.Series], _: tuple[Any, ...]) -> Iterator[Counts]:
    yield from _one({
        f"{column}_{k}": ((_term(str(column), ("signals", Span(k, ENDLESS))),), float(n))
        for k, sums in made.items()
        for column, n in sums.items()
    })  # fmt: skip


MADE: dict[str, Callable[[Any, tuple[Any, ...]], Iterator[Counts]]] = {
    hours.CELLS.name: _hours,
    waits.LEVELS.name: _levels,
    waits.PERCENTILES.name: _waited,
    courses.STARTED.name: _started,
    courses.SECOND.name: _second,
    loneliness.CHANGE.name: _changed,
    workload.LOAD.name: _at_least,
}


def _weekday(atoms: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(atoms["day"]).dt.day_of_week


def _fall(atoms: pd.DataFrame) -> pd.Series:
    return (atoms["first"] - atoms["last"]).astype(np.float64)


# What is not a column of the fact but follows from some: name, what it needs, how.
DERIVED: dict[str, dict[str, tuple[tuple[str, ...], Callable[[pd.DataFrame], pd.Series]]]] = {
    "hotline_hourly": {"weekday": (("day",), _weekday)},
    "score_pair": {"fall": (("first", "last"), _fall)},
}
