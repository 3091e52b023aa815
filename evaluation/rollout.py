"""A programme that starts in different districts at different months: the registered estimate for few units.

Of each district that started, the mean of the `after` months from its start less the mean of as many before it; less the same of the districts that had not started by the
end of those months. This is the mean over districts of group-time effects (Callaway & Sant'Anna 2021) with the mean of several months as base and one set of controls
for a district's whole window, so that no month gains or loses districts; with one group, one month and districts that never start, it is theirs (a test).

With 25 districts asymptotic errors are too small. So: sums of squares about the mean with n - 1, degrees of freedom after Satterthwaite, Student's t. Earlier windows of the same
length are compared the same way: the steps between them are what trends did before (pre-trends), and bound what they may do after (`honest.relative`). The
starts dealt anew to districts give a placebo rank that is exact where starts could have been anybody's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy  # its parts come when they are first called

from evaluation import bands, honest
from evaluation.panel import Panel

MOST_BLOCKS, LEAST_TREATED, LEAST_CONTROLS = 4, 3, 3
# Breach of parallel trends that a causal word must withstand, as a share of the largest step before.
SIZE = 0.5


class TooFew(ValueError):
    """The panel cannot carry the design; `reason` is a code for the words of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Frame:
    """Windows and weights of a design, without outcomes: which cells an effect is made of.

    Attributes:
        groups: starts that count. treated: (units,) counted as started. blocks: windows before the start, the base among them.
        allowed: (units, groups), districts to compare with.
    """

    after: int
    blocks: int
    groups: np.ndarray
    treated: np.ndarray
    allowed: np.ndarray
    start: np.ndarray


@dataclass(frozen=True)
class Found:
    """What a roll-out shows.

    Attributes:
        effect, error, df, lower, upper: the registered effect, its standard error, degrees of freedom and 95 % limits.
        at: (points,), months since the start; curve, curve_lower, curve_upper: the event study with simultaneous limits.
        before: the windows before the start.
        placebo: share of dealings of the starts that give an effect as large.
        robust: limits that withstand a breach of SIZE; breakdown: the size at which zero enters.
        treated, controls: districts on both sides.
    """

    effect: float
    error: float
    df: float
    lower: float
    upper: float
    at: np.ndarray
    curve: np.ndarray
    curve_lower: np.ndarray
    curve_upper: np.ndarray
    before: Before
    placebo: float
    robust: honest.Interval
    breakdown: float
    treated: int
    controls: int
    blocks: int

    @property
    def parallel(self) -> bool:
        """Whether trends before the start were parallel as far as chance lets one see."""
        return self.before.parallel


def frame(start: np.ndarray, periods: int, after: int) -> Frame:
    """Windows of `after` months after and before each start.

    Raises:
        TooFew: "after" a window is not over yet for at least LEAST_TREATED districts; "before" there are not two windows before a start;
            "treated" or "controls" too few districts on one side.
    """
    if after < 1 or after != int(after):
        raise ValueError(f"after must be a whole number of months from 1, not {after}")
    start = np.asarray(start, float)
    finite = start[np.isfinite(start)]
    if (finite + after <= periods).sum() < LEAST_TREATED:
        raise TooFew("treated" if len(finite) < LEAST_TREATED else "after")
    over = np.unique(finite[finite + after <= periods]).astype(int)
    early = over[over >= 2 * after]
    if not len(early) or np.isin(start, early).sum() < LEAST_TREATED:
        raise TooFew("before")
    allowed = start[:, None] >= early[None, :] + after
    groups = early[allowed.sum(axis=0) >= LEAST_CONTROLS]
    if not len(groups):
        raise TooFew("controls")
    treated = np.isin(start, groups)
    if treated.sum() < LEAST_TREATED:
        raise TooFew("controls")
    blocks = int(min(MOST_BLOCKS, groups.min() // after))
    return Frame(int(after), blocks, groups, treated, start[:, None] >= groups[None, :] + after, start)


def summed(outcome: np.ndarray) -> np.ndarray:
    """Sums of the months before each, (units, months + 1): a window's sum is the difference of two."""
    return np.concatenate([np.zeros((len(outcome), 1)), np.cumsum(outcome, axis=1)], axis=1)


def gains(outcome: np.ndarray, made: Frame) -> np.ndarray:
    """Of each unit the mean over each window less that over the base, (windows, units, groups): the months after first, then windows before, latest first."""
    k = made.after
    total = summed(outcome)

    def mean(first: np.ndarray) -> np.ndarray:
        return np.asarray((total[:, first + k] - total[:, first]) / k)

    base = mean(made.groups - k)
    windows = [mean(made.groups) - base] + [
        mean(made.groups - (b + 1) * k) - base for b in range(1, made.blocks)
    ]
    return np.array(windows)


def effects(values: np.ndarray, made: Frame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean effects over treated units and their influence.

    Args:
        values: (points, units, groups), changes since the base.

    Returns:
        (points,) effects; (points, units) influence with finite-sample weights; (points,) degrees of freedom.
    """
    points, units, _ = values.shape
    column = np.searchsorted(made.groups, made.start[made.treated].astype(int))
    rows = np.flatnonzero(made.treated)
    count = made.allowed.sum(axis=0)
    level = (values * made.allowed).sum(axis=1) / count  # (points, groups)
    own = values[:, rows, column] - level[:, column]
    effect = own.mean(axis=1)
    treated = len(rows)
    ones = np.zeros((points, units))
    ones[:, rows] = (own - effect[:, None]) * units / treated * np.sqrt(treated / (treated - 1))
    share = np.bincount(column, minlength=len(made.groups)) / treated
    weight = share * units / count * np.sqrt(count / (count - 1))
    others = -(((values - level[:, None, :]) * made.allowed) @ weight)
    first, second = (ones**2).sum(axis=1), (others**2).sum(axis=1)
    compared = int(made.allowed.any(axis=1).sum())
    below = first**2 / (treated - 1) + second**2 / (compared - 1)
    df = np.where(below > 0, (first + second) ** 2 / np.where(below > 0, below, 1.0), treated - 1)
    return effect, ones + others, df


@dataclass(frozen=True)
class Before:
    """What earlier windows show, the oldest first.

    Attributes:
        pre: (blocks - 1,) effects relative to the base. joint: (blocks, blocks), covariance of these and the registered effect.
        steps, errors: (blocks - 1,), change from one window to the next with its standard error. critical: standard errors within which
            all steps lie with 95 % where trends are parallel.
    """

    pre: np.ndarray
    joint: np.ndarray
    steps: np.ndarray
    errors: np.ndarray
    critical: float

    @property
    def parallel(self) -> bool:
        """Whether no step is larger than chance makes one of as many."""
        return bool((np.abs(self.steps) <= self.critical * self.errors).all())


def before(
    effect: np.ndarray, influence: np.ndarray, df: np.ndarray, *, seed: int, draws: int = bands.DRAWS
) -> Before:
    """What the windows before the start show. Arguments as `effects` returns them; `draws` of the band over steps."""
    pre, order = effect[:0:-1], np.r_[np.arange(len(effect) - 1, 0, -1), 0]
    steps = np.diff(np.r_[pre, 0.0])
    moved = np.diff(np.vstack([influence[:0:-1], np.zeros(influence.shape[1])]), axis=0)
    critical = float(few(bands.critical(moved.T, draws=draws, seed=seed), df).max())
    return Before(
        pre, cover(influence)[np.ix_(order, order)], steps, np.sqrt(np.diag(cover(moved))), critical
    )


def cover(influence: np.ndarray) -> np.ndarray:
    """Covariance, (points, points), of estimates with influence (points, units)."""
    return np.asarray(influence @ influence.T / influence.shape[1] ** 2)


def dealt(outcome_gains: np.ndarray, made: Frame, starts: np.ndarray) -> np.ndarray:
    """The effect under each dealing of the starts to units, (dealings,).

    Args:
        outcome_gains: (units, groups), the first of `gains`. starts: (dealings, units).
    """
    total, count = np.zeros(len(starts)), np.zeros(len(starts))
    for n, g in enumerate(made.groups):
        own, others = (starts == g).astype(float), (starts >= g + made.after).astype(float)
        size = own.sum(axis=1)
        level = others @ outcome_gains[:, n] / others.sum(axis=1)
        total += own @ outcome_gains[:, n] - size * level
        count += size
    return total / count


def dealings(start: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """The starts dealt anew, (draws, units)."""
    rng = np.random.default_rng(seed)
    return np.array([rng.permutation(start) for _ in range(draws)])


def run(panel: Panel, after: int, *, seed: int = 0, draws: int = 999) -> Found:
    """Everything that a roll-out shows.

    Args:
        panel: units by months. after: months after a start that count; as many before are the base.
        seed, draws: of the placebo's dealings and of the bands.

    Raises:
        TooFew: the panel cannot carry the design.
    """
    made = frame(panel.start, panel.periods, after)
    windows = gains(panel.outcome, made)
    effect, influence, freedom = effects(windows, made)
    df = float(freedom[0])
    wide = float(scipy.stats.t.ppf(0.975, df))
    error = float(np.sqrt(cover(influence)[0, 0]))
    earlier = before(effect, influence, freedom, seed=seed)
    starts = dealings(panel.start, draws, seed)
    placebo = dealt(windows[0], made, starts)
    curve, curve_influence, curve_freedom = _curve(panel.outcome, made)
    reach = few(bands.critical(curve_influence.T, seed=seed), curve_freedom) * np.sqrt(
        np.diag(cover(curve_influence))
    )
    robust = (earlier.pre, effect[:1], earlier.joint)
    return Found(
        float(effect[0]),
        error,
        df,
        float(effect[0] - wide * error),
        float(effect[0] + wide * error),
        np.arange(-made.blocks * after, after),
        curve,
        curve - reach,
        curve + reach,
        earlier,
        float((1 + (np.abs(placebo) >= abs(effect[0]) - 1e-12).sum()) / (1 + draws)),
        honest.relative(*robust, SIZE, critical=wide),
        honest.breakdown(*robust, critical=wide),
        int(made.treated.sum()),
        int(made.allowed.any(axis=1).sum()),
        made.blocks,
    )


def few(critical: float, df: np.ndarray) -> np.ndarray:
    """Standard errors on each side, (points,), of a band over as many points, for few units.

    The quantile of Student's t with the tail of `critical`, and never less than Šidák's: with more points than units the bootstrap
    finds likenesses between points that are none, and its bands held the truth in 87 % of made-up cities instead of 95 %.
    """
    apart = (1 - 0.95 ** (1 / len(df))) / 2
    return np.asarray(scipy.stats.t.isf(min(float(scipy.stats.norm.sf(critical)), apart), df))


def _curve(outcome: np.ndarray, made: Frame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The event study: (points,) effects by month since the start, (points, units) influence, (points,) degrees of freedom."""
    k, total = made.after, summed(outcome)
    base = (total[:, made.groups] - total[:, made.groups - k]) / k
    values = np.array([outcome[:, made.groups + e] - base for e in range(-made.blocks * k, k)])
    return effects(values, made)
