"""What percentiles, and the longest wait to the minute, leave of the counts behind them: shares of a sum, so that they are linear limits.

A median of 83 s says that at least half of the counted waited 83 s or less and that fewer than half waited less than 83 s. How many they
are is not known: it stands on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np

from answers.counselling import waits as courses
from answers.hotline import waits
from answers.kpi import table
from data.queries import Span
from metrics.waits import FEWEST, FEWEST_P90, Wait
from tools.attack.families import ENDLESS, Conditions, Term

ANSWERED: Conditions = (("outcome", "answered"),)
MINUTE = 60
HAIR = 1e-6  # shares of counts are no binary fractions


class Left(NamedTuple):
    """Sums under a further filter, and between what each lies."""

    where: Conditions
    sums: tuple[tuple[str, tuple[Term, ...]], ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def of(rule: str, made: Any, args: tuple[Any, ...]) -> Iterator[Left]:
    """What the outcome of a rule leaves of the counts that it was made of; nothing of rules that give no percentile.

    Args:
        args: what the rule's function was given.
    """
    if rule in MADE and made is not None:
        yield from MADE[rule](made, args)


def _left(where: Conditions, *told: tuple[tuple[Term, ...], float, float]) -> Left:
    sums = tuple((f"told_{n}", terms) for n, (terms, _, _) in enumerate(told))
    return Left(where, sums, tuple(low for _, low, _ in told), tuple(high for _, _, high in told))


def share(column: str, key: str, q: float, value: float) -> Iterator[tuple[tuple[Term, ...], float, float]]:
    """A percentile of whole numbers, as `metrics.histogram.percentile` has it: the least value at or below which a share `q` lies."""
    at = int(value)
    # Whole counts: what is less than a share of them is less by a step at least.
    step = min(q, 1 - q)
    yield ((column, ((key, Span(0, at)),), 1.0), (column, (), -q)), -HAIR, np.inf
    yield ((column, ((key, Span(0, at - 1)),), 1.0), (column, (), -q)), -np.inf, HAIR - step


def _wait(found: Wait, where: Conditions, *, whole: bool) -> Left:
    """Limits of one summary; of a table's row (`whole`) the longest is told as well."""
    every: tuple[Term, ...] = (("contacts", (), 1.0),)
    if np.isnan(found.median):
        return _left(where, (every, 0.0, FEWEST - 1.0))
    few = bool(np.isnan(found.p90))
    told = [(every, float(FEWEST if few else FEWEST_P90), FEWEST_P90 - 1.0 if few else np.inf)]
    told += share("contacts", "wait_s", 0.5, found.median)
    if not few:
        told += share("contacts", "wait_s", 0.9, found.p90)
    if whole:
        most = MINUTE * -(-int(found.longest) // MINUTE)
        told += [
            ((("contacts", (("wait_s", Span(most + 1, ENDLESS)),), 1.0),), 0.0, 0.0),
            ((("contacts", (("wait_s", Span(most - MINUTE + 1, most)),), 1.0),), 1.0, np.inf),
        ]
    return _left(where, *told)


def _waits(made: dict[str, Any], args: tuple[Any, ...]) -> Iterator[Left]:
    channel = (("channel", args[1]),) if args[1] else ()
    yield _wait(made["all"], (*ANSWERED, *channel), whole=True)
    for name, found in made["channels"].items():
        yield _wait(found, (*ANSWERED, ("channel", name)), whole=True)
    for month, found in made["months"].items():
        yield _wait(found, (*ANSWERED, *channel, ("month_key", month)), whole=False)


def _month(made: Wait, _: tuple[Any, ...]) -> Iterator[Left]:
    yield _wait(made, ANSWERED, whole=False)


def _waiting(made: tuple[list[float], float], args: tuple[Any, ...]) -> Iterator[Left]:
    """Days so far of those who wait: from the day of their referral, which the fact has as a month and a day of it."""
    every: tuple[Term, ...] = (("cases", (), 1.0),)
    if np.isnan(made[1]):
        yield _left((), (every, 0.0, FEWEST_P90 - 1.0))
        return

    def within(days: int) -> tuple[Term, ...]:
        since = args[1] - timedelta(days=days)
        month = since.year * 100 + since.month
        later = ("month_key", Span(month + 1, ENDLESS))
        return ("cases", (later,), 1.0), ("cases", (("days", Span(since.day, 31)), ("month_key", month)), 1.0)

    rest: Term = ("cases", (), -0.9)
    yield _left(
        (),
        (every, float(FEWEST_P90), np.inf),
        ((*within(int(made[1])), rest), -HAIR, np.inf),
        ((*within(int(made[1]) - 1), rest), -np.inf, HAIR - 0.1),
    )


def _second(made: tuple[list[float], float], _: tuple[Any, ...]) -> Iterator[Left]:
    yield _left((("kind", "second"),), *share("cases", "days", 0.5, made[1]))


MADE: dict[str, Callable[[Any, tuple[Any, ...]], Iterator[Left]]] = {
    waits.PERCENTILES.name: _waits,
    table.WAITS.name: _month,
    courses.SECOND.name: _second,
    courses.WAITING.name: _waiting,
}
