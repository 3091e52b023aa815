"""The thread from being known to staying connected: shares and times of its steps, bounds where nothing is on record, what is lost.

The care cascade and its revision as a cycle of leaving and returning: Ehrenkranz and others 2021, PLOS Medicine 18: e1003651. Time to a
step with people still under way and others who ended: Aalen and Johansen 1978. The interval of a median of those who arrive inverts a
test of the incidence (Brookmeyer and Crowley 1982), with the delta method for the two incidences that it compares. Bounds of a share of
which some is on record neither way: Manski 1989, without any assumption on those who are silent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from guards import number, numbers, takes
from metrics.counselling import incidence
from metrics.intervals import Z95, wilson
from metrics.measure import share_limits

REACHED, ENDED, OPEN = "reached", "ended", "open"
YEAR_D = 365
BEST = 0.75  # the quarter of districts that do best begins here


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """How many of those at a step reach the next by a time, and how long half of them take.

    Attributes:
        people: at the step. arrived: on record. share, low, high: who arrive by the horizon, 95 % limits (0 to 1).
        half, half_low, half_high: days by which half of those have arrived; NaN where nobody has, the horizon where it is not bounded.
    """

    people: int
    arrived: int
    share: float
    low: float
    high: float
    half: float
    half_low: float
    half_high: float


@takes(days=numbers("n", low=0, some=True), people=numbers("n", low=0), horizon=number(above=0))
def arrival(days: Any, kind: Any, people: Any, *, horizon: float = YEAR_D) -> Arrival:
    """Share and median time of those who reach the next step within a horizon, from days of all who came to the step.

    Args:
        days: (n,) days from the step to the next one, to an end on record, or to the last known day. kind: (n,) 'reached', 'ended' or
            'open'. people: (n,) of whom the row tells. horizon: days.

    Returns: shares with Wilson limits of the effective size that the delta method leaves.

    Raises:
        ValueError: a kind of another name, days or people below 0, nobody at all, or rows that do not line up.
    """
    kind = np.asarray(kind, dtype=object)
    if len(kind) != len(np.asarray(days)):
        raise ValueError("kind and days must have one length")
    if unknown := set(kind.tolist()) - {REACHED, ENDED, OPEN}:
        raise ValueError(f"kind must be reached, ended or open, not {sorted(map(str, unknown))[0]}")
    n = np.asarray(people, dtype=float)
    if n.sum() <= 0:
        raise ValueError("people: there is nobody at the step")
    got = kind == REACHED
    within = got & (np.asarray(days, float) <= horizon)
    counts = {"people": int(n.sum()), "arrived": int(n[got].sum())}
    if n[within].sum() <= 0:
        low, high = wilson(0.0, n.sum())
        return Arrival(
            **counts,
            share=0.0,
            low=float(low),
            high=float(high),
            half=np.nan,
            half_low=np.nan,
            half_high=np.nan,
        )
    at, found, errors, apart = _incidences(np.asarray(days, float), kind, n, horizon)
    share = min(float(found[-1]), 1.0)
    low, high = _limits(share, float(errors), float(n.sum()))
    away = found - share / 2
    half = float(at[np.argmax(away >= -1e-12)])
    near = away > -Z95 * apart - 1e-12
    sure = away >= Z95 * apart - 1e-12
    half_low = float(at[np.argmax(near)])
    half_high = float(at[np.argmax(sure)]) if sure.any() else float(horizon)
    return Arrival(
        **counts,
        share=share,
        low=low,
        high=high,
        half=half,
        half_low=min(half_low, half),
        half_high=max(half_high, half),
    )


def _incidences(
    days: np.ndarray, kind: np.ndarray, n: np.ndarray, horizon: float
) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
    """Times, incidence by each, its standard error at the end, and that of each less half of the last."""
    table = incidence(days, kind, n, event=REACHED, competing=(ENDED,))
    table = table[(table["time"] <= horizon) & (table["at_risk"] > 0)]
    at, y, found = (table[name].to_numpy(float) for name in ("time", "at_risk", "incidence"))
    before = np.r_[1.0, table["survival"].to_numpy()[:-1]]
    h1 = table["events"].to_numpy() / y
    h2 = 1 - table["survival"].to_numpy() / before - h1  # what is left after both
    left = np.maximum(1 - h1 - h2, 1e-12)

    def slopes(upto: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How the incidence by some times hangs on each hazard: (times, hazards)."""
        seen = np.arange(len(at))[None, :] <= upto[:, None]
        later = np.where(seen, (found[upto][:, None] - found[None, :]) / left, 0.0)
        return np.where(seen, before, 0.0) - later, -later

    def variance(g1: np.ndarray, g2: np.ndarray) -> np.ndarray:
        mean = g1 * h1 + g2 * h2
        spread: np.ndarray = ((g1**2 * h1 + g2**2 * h2 - mean**2) / y).sum(axis=1)
        return np.maximum(spread, 0.0)

    last1, last2 = slopes(np.array([len(at) - 1]))
    every1, every2 = slopes(np.arange(len(at)))
    apart = np.sqrt(variance(every1 - last1 / 2, every2 - last2 / 2))
    return at, found, float(np.sqrt(variance(last1, last2))[0]), apart


def _limits(share: float, error: float, people: float) -> tuple[float, float]:
    """Wilson limits of a share with a standard error: of as many equal answers as would leave it."""
    size = share * (1 - share) / error**2 if error > 0 and 0 < share < 1 else people
    low, high = wilson(share * size, size)
    return float(low), float(high)


@dataclass(frozen=True)
class Bounds:
    """What a share must lie between: at least `lower` have it on record, at least 1 − `upper` have on record that they have not.

    Attributes:
        low, high: 95 % limits of the bounds' ends, outwards. told: part of all that is on record either way.
    """

    lower: float
    upper: float
    low: float
    high: float
    told: float


@takes(due=number(above=0), yes=number(low=0), no=number(low=0), slack=number(low=0))
def bounds(due: float, yes: float, no: float, *, slack: float = 0.0) -> Bounds:
    """Bounds of a share of which a part is on record neither way.

    Args:
        due: people of whom it could be on record by now. yes, no: of whom it is on record that it is so, and that it is not. slack: how
            far each count may lie from the true one.

    Raises:
        ValueError: nobody is due, counts below 0, or more on record than are due and rounding could make.
    """
    if yes + no > due + 3 * slack:
        raise ValueError("yes and no must not exceed due")
    low, _ = share_limits(yes, due, slack=slack)
    _, high = share_limits(max(due - no, 0.0), due, slack=slack)
    return Bounds(
        min(yes / due, 1.0), max(1 - no / due, 0.0), float(low), float(high), min((yes + no) / due, 1.0)
    )


@takes(entering=number(low=0), onward=number(low=0), ended=number(low=0), silent=number(low=0))
def staying(entering: float, onward: float, ended: float, silent: float) -> float:
    """Who is still at a step: whoever entered less who went on, ended on record, or fell silent.

    Raises:
        ValueError: more left than entered, or a count below 0.
    """
    left = entering - onward - ended - silent
    if left < 0:
        raise ValueError("onward, ended and silent exceed entering")
    return left


@takes(people=numbers("n", low=0, some=True))
def distinct(people: Any) -> tuple[float, float]:
    """How many different people there are at least and at most where tables cannot be linked: the largest table, and all of them.

    Args:
        people: (n,) people of each table.

    Raises:
        ValueError: no table, or counts below 0.
    """
    counts = np.asarray(people, dtype=float)
    return float(counts.max()), float(counts.sum())


@dataclass(frozen=True)
class Avoidable:
    """What a step would add if every district did as well as the best quarter: median and 95 % limits of people, and that quarter's share."""

    people: float
    low: float
    high: float
    best: float


@takes(
    entering=numbers("n", above=0, some=True),
    reached=numbers("n", low=0),
    onward=numbers("k", "2", low=0),
    ordered=("reached", "entering"),
)
def best_quarter(
    entering: Any, reached: Any, onward: Any, *, draws: int, rng: np.random.Generator
) -> Avoidable:
    """How many more people would come to the end of the thread if each district's share at one step were at least the best quarter's.

    Districts' shares are drawn from beta distributions that borrow from each other (moments of the shares less chance), so that the best
    quarter is not merely the luckiest. Arithmetic of what is on record; no cause is looked for.

    Args:
        entering, reached: (n,) people of each district at the step, and of these at the next. onward: (k, 2) people of the city at each later
            step and of these further on, (from, to); a row of nobody counts as a share that is not known. draws: how many.

    Raises:
        ValueError: no district, nobody at a step, or more that go on than came.
    """
    n, x = np.asarray(entering, float), np.asarray(reached, float)
    later = np.asarray(onward, float).reshape(-1, 2)
    if draws < 1:
        raise ValueError(f"draws must be at least 1, not {draws}")
    if (later[:, 1] > later[:, 0]).any():
        raise ValueError("onward: more go on than came")
    a, b = _prior(n, x)
    share = rng.beta(a + x, b + n - x, size=(draws, len(n)))
    best = np.quantile(share, BEST, axis=1)
    more = (n * np.maximum(best[:, None] - share, 0.0)).sum(axis=1)
    for came, went in later:
        more = more * rng.beta(went + 0.5, came - went + 0.5, size=draws)
    low, middle, high = np.quantile(more, [0.025, 0.5, 0.975])
    return Avoidable(float(middle), float(low), float(high), float(np.median(best)))


def _prior(n: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    """Beta distribution of districts' shares by moments: their variance less what chance alone leaves."""
    p = float(np.clip(x.sum() / n.sum(), 1e-4, 1 - 1e-4))
    between = float((n * (x / n - p) ** 2).sum() / n.sum()) - p * (1 - p) * len(n) / float(n.sum())
    size = np.clip(p * (1 - p) / max(between, 1e-9) - 1, 2.0, 1e6)
    return p * size, (1 - p) * size
