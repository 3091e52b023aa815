"""Whether a target will be met at this pace: the last months carried on, with the errors that doing so made before.

Two ways are tried at every earlier month: the mean of the last three months goes on, or the same months of the year before come again, as
many times as the last three months were theirs. The one with the smaller past errors is taken. Its errors at the same distance, on the
scale of the measure (logarithms of counts and means, logits of shares), are the spread of a Student distribution; origins that overlap count
once per distance (Diebold and Mariano 1995 on errors of forecasts of several steps). No model is fitted, so that a page can say how it was done.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy  # its parts come when they are first called

from guards import number, numbers, takes

__all__ = ["LAST", "Pace", "chance", "monthly", "ratio_pace", "reached", "total", "total_pace"]

Array = npt.NDArray[np.float64]
LAST = 3  # months whose mean is "this pace"
YEAR = 12
FEWEST = 3  # origins that do not overlap; fewer say nothing of the error
AHEAD = 36  # months after which a date is no longer said
PACE, SEASON = "pace", "season"


@dataclass(frozen=True, eq=False)
class Pace:
    """How a series goes on.

    Attributes:
        method: `pace` or `season`. months: (36,) of a total the expected months to come; of a ratio its one expected value.
        horizon: months ahead. errors: (n,) past ones at that distance, outcome - forecast on the log or logit scale. share: whether that is the logit.
    """

    method: str
    months: Array
    horizon: int
    errors: Array
    share: bool = False

    @property
    def scale(self) -> float:
        """The root mean square of the past errors."""
        return float(np.sqrt(np.mean(self.errors**2)))

    @property
    def df(self) -> int:
        """How many of the past errors are of months that do not overlap."""
        return len(self.errors) // self.horizon

    @property
    def middle(self) -> float:
        """The median of what is to come: the sum of the months ahead, or the ratio at that distance."""
        return float(self.months[: self.horizon].sum()) if len(self.months) > 1 else float(self.months[0])

    @property
    def covered(self) -> float:
        """The part of the past outcomes within the 80 % interval that would have been given then with all errors but their own."""
        left = [np.delete(self.errors, n) for n in range(len(self.errors))]
        wide = [scipy.special.stdtrit(self.df, 0.9) * np.sqrt(np.mean(one**2)) for one in left]
        return float(np.mean(np.abs(self.errors) <= wide))


@takes(counts=numbers("n", low=0), horizon=number(low=1, high=YEAR, whole=True))
def total_pace(counts: Array, horizon: int) -> Pace | None:
    """How a sum over the next months comes out.

    Args:
        counts: (n,) months in order without a gap, the last one closed. horizon: months to come.

    Returns: None where too few months of the past say how large the error is, or a past sum is none.
    """
    seen = np.asarray(counts, float)
    found = []
    for method, first in ((PACE, LAST), (SEASON, YEAR + LAST)):
        origins = range(first, len(seen) - horizon + 1)
        pairs = [
            (seen[at : at + horizon].sum(), monthly(seen[:at], method)[:horizon].sum()) for at in origins
        ]
        if len(pairs) // horizon >= FEWEST and np.min(pairs) > 0:
            found.append((method, np.diff(np.log(pairs))[:, 0] * -1))
    if not found:
        return None
    # Both are judged by the months at which both could be tried.
    common = min(len(errors) for _, errors in found)
    method, errors = min(found, key=lambda one: np.abs(one[1][-common:]).mean())
    return Pace(method, monthly(seen, method), horizon, errors)


@takes(
    parts=numbers("n", low=0),
    wholes=numbers("n", above=0),
    horizon=number(low=1, high=2 * YEAR, whole=True),
)
def ratio_pace(parts: Array, wholes: Array, horizon: int, *, share: bool) -> Pace | None:
    """How a ratio of sums stands some months ahead, from those of the last three months together.

    Args:
        parts, wholes: (n,) numerators and denominators of months in order. share: whether the one is a part of the other; half a case is then
            added to both parts (Haldane 1956), so that none and all have a logit.

    Raises:
        ValueError: a part is larger than its whole.
    """
    top, bottom = np.asarray(parts, float), np.asarray(wholes, float)
    if share and (top > bottom).any():
        raise ValueError("parts are larger than wholes")
    if not share and (top <= 0).any():
        return None

    def scaled(a: Array, b: Array) -> Array:
        return np.asarray(scipy.special.logit((a + 0.5) / (b + 1)) if share else np.log(a / b), float)

    ends = range(LAST, len(top) - horizon + 1)
    then = np.array([[top[at - LAST : at].sum(), bottom[at - LAST : at].sum()] for at in ends]).reshape(-1, 2)
    at = [end + horizon - 1 for end in ends]
    if len(at) // horizon < FEWEST:
        return None
    errors = scaled(top[at], bottom[at]) - scaled(*then.T)
    now = scaled(top[-LAST:].sum(), bottom[-LAST:].sum())
    middle = np.atleast_1d(scipy.special.expit(now) if share else np.exp(now))
    return Pace(PACE, middle, horizon, errors, share)


def monthly(seen: Array, method: str) -> Array:
    """The expected months to come (36,) after months seen (n,).

    Raises:
        ValueError: an unknown method, or fewer than 3 months (15 for `season`).
    """
    if method not in (PACE, SEASON):
        raise ValueError(f"method {method!r} is neither {PACE} nor {SEASON}")
    if len(seen) < (least := LAST + YEAR * (method == SEASON)):
        raise ValueError(f"seen holds {len(seen)} months, and {method} needs {least}")
    if method == PACE:
        return np.full(AHEAD, seen[-LAST:].mean())
    before = seen[-LAST - YEAR : -YEAR].sum()
    grown = seen[-LAST:].sum() / before if before > 0 else np.nan
    return np.asarray(np.tile(seen[-YEAR:], AHEAD // YEAR) * grown, float)


@takes(target=number(low=0), done=number(low=0))
def chance(pace: Pace, target: float, *, done: float = 0.0, at_most: bool = False) -> float:
    """The chance that what is done and what is to come reach a target, or stay within it.

    Args:
        target: in the measure's unit. done: of a total, what is there already.
    """
    need = target - done
    if need <= 0:
        return 0.0 if at_most and need < 0 else 1.0
    if pace.scale == 0:
        above = float(pace.middle >= need)
    elif pace.share and need >= 1:
        above = 0.0
    else:
        gap = (
            scipy.special.logit(need) - scipy.special.logit(pace.middle)
            if pace.share
            else np.log(need / pace.middle)
        )
        above = float(scipy.special.stdtr(pace.df, -gap / pace.scale))
    return 1 - above if at_most else above


@takes(q=number(above=0, below=1), done=number(low=0))
def total(pace: Pace, q: float, *, done: float = 0.0) -> float:
    """The quantile of what comes out: a target that would be met with the chance 1 - q."""
    off = float(scipy.special.stdtrit(pace.df, q)) * pace.scale
    return (
        float(scipy.special.expit(scipy.special.logit(pace.middle) + off))
        if pace.share
        else done + pace.middle * float(np.exp(off))
    )


@takes(target=number(low=0), done=number(low=0), q=number(above=0, below=1))
def reached(pace: Pace, target: float, *, done: float, q: float) -> int | None:
    """Months until a total reaches a target where all months come out at the quantile `q` of their sum; 0 of one that is met.

    Returns: None beyond 36 months.
    """
    if done >= target:
        return 0
    factor = float(np.exp(scipy.special.stdtrit(pace.df, q) * pace.scale))
    there = np.flatnonzero(done + factor * np.cumsum(pace.months) >= target)
    return int(there[0]) + 1 if len(there) else None
