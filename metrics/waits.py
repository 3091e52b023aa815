"""Waits of a line from counts by waiting time: percentiles of the answered, and four ways to count a service level."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from guards import number, numbers, table, takes
from metrics.histogram import longest, percentile

FEWEST = 30  # a percentile of fewer waits is not given
# Nine in ten of forty leave 0 to 4 above them; of fewer than forty they would leave four values, where that count stands beside it.
FEWEST_P90 = 40
_NONE = float("nan")
WAITS = table("outcome", wait_s=numbers("n", low=0), contacts=numbers("n", low=0))


@dataclass(frozen=True)
class Wait:
    """Waits of the answered in seconds; all but `n` missing where fewer than 30 were answered, P90 where fewer than 40."""

    n: float
    median: float = _NONE
    p90: float = _NONE
    longest: float = _NONE
    mean: float = _NONE


@takes(waits=WAITS)
def wait_summary(waits: pd.DataFrame) -> Wait:
    """Median, P90, longest and mean wait of the answered (metrics C3).

    Args:
        waits: outcome (answered or abandoned), wait_s (whole seconds), contacts.

    Raises:
        ValueError: waits or contacts that are missing or below 0.
    """
    told = waits[waits["outcome"] == "answered"]
    n = float(told["contacts"].sum())
    if n < FEWEST:
        return Wait(n)
    at, of = told["wait_s"], told["contacts"]
    return Wait(n, percentile(at, of, 0.5), p90(at, of), longest(at, of), float((at * of).sum() / n))


def p90(at: pd.Series, of: pd.Series) -> float:
    """The wait at or below which nine in ten lie; NaN of fewer than forty.

    Args:
        at: whole seconds or days. of: how many waited so long.
    """
    return percentile(at, of, 0.9) if float(of.sum()) >= FEWEST_P90 else _NONE


@takes(waits=WAITS, target_s=number(low=0))
def service_levels(waits: pd.DataFrame, target_s: int) -> dict[str, tuple[float, float]]:
    """Numerator and denominator of the four formulas (metrics C4).

    Args:
        waits: as `wait_summary`.
        target_s: seconds within which an answer is in time.

    Returns: sl1 answered in time ÷ offered, sl2 ÷ answered, sl3 ÷ offered less those who left in time, sl4 both ÷ offered.
        A denominator of 0 is left to the caller.

    Raises:
        ValueError: as `wait_summary`, or a target below 0.
    """
    answered, quick = waits["outcome"] == "answered", waits["wait_s"] <= target_s
    n = waits["contacts"]
    offered, taken = float(n.sum()), float(n[answered].sum())
    fast, gone = float(n[answered & quick].sum()), float(n[~answered & quick].sum())
    return {
        "sl1": (fast, offered),
        "sl2": (fast, taken),
        "sl3": (fast, offered - gone),
        "sl4": (fast + gone, offered),
    }
