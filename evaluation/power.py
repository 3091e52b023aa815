"""What the past lets one detect: designs tried on months before anybody started, with effects put in.

Of a roll-out, months are drawn in blocks of a year from the past, all districts together and each without its own mean and the city's month, so that what hangs together in
time and between districts still does; districts change places. A single series, and each of the districts that one is set
against, is drawn as the autoregression that its past is: repeated months would be met too well. An effect moves every estimate
by itself, so one drawing answers for all sizes of effect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy  # its parts come when they are first called

from evaluation import honest, rollout, series, synthetic
from evaluation.rollout import SIZE, TooFew
from evaluation.verdict import LEVEL, judge
from evaluation.verdict import of_synthetic as of

LEAST_PAST, BLOCK, DRAWINGS, DEALINGS = 12, 12, 300, 199


@dataclass(frozen=True)
class Power:
    """Chance of a causal word, and of limits without zero, by size of effect."""

    told: Callable[[float], float]
    apart: Callable[[float], float]
    scale: float

    def detects(self, chance: float = 0.8) -> float:
        """The smallest effect, to 1/32 of the standard error's scale, that leads to a causal word with this chance; infinity where none of a hundred errors does."""
        high = self.scale
        while self.told(high) < chance:
            high *= 2
            if high > 128 * self.scale:
                return float("inf")
        low = 0.0
        while high - low > self.scale / 32:
            middle = (low + high) / 2
            low, high = (low, middle) if self.told(middle) >= chance else (middle, high)
        return high


def drawn(past: np.ndarray, periods: int, rng: np.random.Generator) -> np.ndarray:
    """Made-up months, (units, periods), in blocks from the past, (units, months); units in any order."""
    months = past.shape[1]
    left = past - past.mean(axis=1, keepdims=True)
    left = left - left.mean(axis=0, keepdims=True)
    size = min(BLOCK, months)
    begins = rng.integers(0, months, size=-(-periods // size))
    picked = np.concatenate([(b + np.arange(size)) % months for b in begins])[:periods]
    return np.asarray(left[rng.permutation(len(past))][:, picked])


def moves(outcome: np.ndarray, after: int) -> float:
    """Variance between units of the change from one window of `after` months to the next, over all places that fit; NaN where none does."""
    total = rollout.summed(outcome)
    mean = (total[:, after:] - total[:, :-after]) / after
    change = mean[:, after:] - mean[:, :-after]
    return float(change.var(axis=0, ddof=1).mean()) if change.shape[1] else float("nan")


def _stretch(past: np.ndarray, made_up: list[np.ndarray], after: int) -> float:
    """By how much made-up months must be stretched: blocks from few months repeat themselves and so differ too little from window to window."""
    true, got = moves(past, after), float(np.mean([moves(m, after) for m in made_up]))
    return float(np.sqrt(true / got)) if true > 0 and got > 0 else 1.0


def of_rollout(
    past: np.ndarray, start: np.ndarray, after: int, *, seed: int = 0, drawings: int = DRAWINGS
) -> Power:
    """Power of a roll-out.

    Args:
        past: (units, months) before anybody started. start: (units,) as in `Panel`, counted from the first month of the panel, which may lie ahead.

    Raises:
        TooFew: "past" fewer than a year; else as `rollout.frame`.
    """
    past = np.asarray(past, float)
    if past.shape[1] < LEAST_PAST:
        raise TooFew("past")
    start = np.asarray(start, float)
    periods = int(start[np.isfinite(start)].max()) + after
    made = rollout.frame(start, periods, after)
    rng = np.random.default_rng(seed)
    starts = rollout.dealings(start, DEALINGS, seed)
    moved = rollout.dealt(
        rollout.gains((np.arange(periods)[None, :] >= start[:, None]).astype(float), made)[0], made, starts
    )
    rows = []
    placebos = np.empty((drawings, DEALINGS))
    made_up = [drawn(past, periods, rng) for _ in range(drawings)]
    stretch = _stretch(past, made_up, after)
    for n in range(drawings):
        windows = rollout.gains(made_up[n] * stretch, made)
        effect, influence, df = rollout.effects(windows, made)
        earlier = rollout.before(effect, influence, df, seed=seed, draws=500)
        wide = float(scipy.stats.t.ppf(0.975, df[0]))
        robust = honest.relative(earlier.pre, effect[:1], earlier.joint, SIZE, critical=wide)
        error = np.sqrt(earlier.joint[-1, -1])
        rows.append((effect[0], wide * error, robust.lower, robust.upper, earlier.parallel, error))
        placebos[n] = rollout.dealt(windows[0], made, starts)
    effects, reach, low, high, parallel, errors = (np.array(column) for column in zip(*rows, strict=True))

    def apart(size: float) -> float:
        return float((np.abs(effects + size) > reach).mean())

    def told(size: float) -> float:
        ranks = (1 + (np.abs(placebos + size * moved) >= np.abs(effects + size)[:, None]).sum(axis=1)) / (
            1 + DEALINGS
        )
        firm = (low + size > 0) | (high + size < 0)
        return float((parallel & firm & (np.abs(effects + size) > reach) & (ranks <= LEVEL)).mean())

    return Power(told, apart, float(np.median(errors)))


def of_series(
    past: np.ndarray, months: np.ndarray, after: int, *, seed: int = 0, drawings: int = 120
) -> Power:
    """Power of a broken series.

    Args:
        past: (n,), the months before the start. months: (n,), 1 to 12. after: months that will count.

    Raises:
        TooFew: as `series.run`.
    """
    past, months = np.asarray(past, float), np.asarray(months, float)
    if len(past) < series.LEAST_BEFORE:
        raise TooFew("past")
    n = len(past)
    x = np.column_stack([np.ones(n), np.arange(n) / 12, series.season(months, series.PAIRS)])
    share, variance, _ = series.autoregression(past, x)
    calendar = (months[0] - 1 + np.arange(n + after)) % 12 + 1
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(drawings):
        noise = _series(rng, (1, n + after), share, variance)[0]
        found = series.run(noise, n, calendar)
        # what the placebo asks of a step: to be larger than all but one in twenty of the made-up ones
        rows.append(
            (found.effect, found.upper - found.effect, found.others, not found.bends, found.threshold)
        )
    effects, reach, others, straight, threshold = (np.array(column) for column in zip(*rows, strict=True))

    def apart(size: float) -> float:
        return float((np.abs(effects + size) > reach).mean())

    def told(size: float) -> float:
        whole = effects + size
        side = ((others + size) * np.sign(whole)[:, None, None]).min(axis=(1, 2)) > 0
        return float((straight & side & (np.abs(whole) > reach) & (np.abs(whole) > threshold)).mean())

    return Power(told, apart, float(np.median(reach)) / 2)


def _series(rng: np.random.Generator, shape: tuple[int, int], share: float, variance: float) -> np.ndarray:
    """Autoregressions, (series, months): how much of a month goes over into the next, and the variance of a month."""
    noise = rng.normal(0, np.sqrt(variance * (1 - share**2)), shape)
    noise[:, 0] = rng.normal(0, np.sqrt(variance), shape[0])
    for month in range(1, shape[1]):
        noise[:, month] += share * noise[:, month - 1]
    return noise


def of_synthetic(past: np.ndarray, after: int, *, seed: int = 0, drawings: int = 40) -> Power:
    """Power of one district against a weighted mean of the others; any of them may be the one.

    Args:
        past: (districts, months) before the start. after: months that will count.

    Raises:
        TooFew: as `synthetic.run`, "past" fewer than a year.
    """
    past = np.asarray(past, float)
    if past.shape[1] < LEAST_PAST:
        raise TooFew("past")
    months = past.shape[1]
    rng = np.random.default_rng(seed)
    level = past.mean(axis=1, keepdims=True)
    left = (past - level - (past - level).mean(axis=0)) * np.sqrt(len(past) / (len(past) - 1))
    fits = [series.autoregression(row, np.ones((months, 1)))[:2] for row in left]
    share, variance = (float(np.mean(column)) for column in zip(*fits, strict=True))
    made_up = []
    for _ in range(drawings):
        noise = _series(rng, (len(past), months + after), share, variance)
        made_up.append((level + noise)[rng.permutation(len(past))])

    @cache
    def shares(size: float) -> tuple[float, float]:
        told = apart = 0
        for panel in made_up:
            moved = panel.copy()
            moved[0, months:] += size
            found = of(synthetic.run(moved, 0, months))
            apart += not found.lower <= 0 <= found.upper
            told += judge(found, confirmatory=True).causal
        return told / drawings, apart / drawings

    scale = float(np.sqrt(variance / after))
    return Power(lambda size: shares(size)[0], lambda size: shares(size)[1], scale)
