"""Cost per outcome: a ratio of sums over months with a bootstrap interval (B12)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

LEAST_MONTHS = 6
RESAMPLES = 2000


class UnitCost(NamedTuple):
    """Won per outcome with its 95 % interval; missing where there are too few months or no outcome."""

    value: float
    lower: float
    upper: float
    won: float
    outcomes: float
    months: int


def cost_per_outcome(won: npt.ArrayLike, outcomes: npt.ArrayLike, *, seed: int) -> UnitCost:
    """Sum of won over sum of outcomes; months are resampled in pairs, BCa interval (Efron 1987).

    Args:
        won, outcomes: one value per month, in the same order. A month whose outcomes are withheld is NaN and leaves
            both sums.
    """
    money, count = np.asarray(won, dtype=float), np.asarray(outcomes, dtype=float)
    known = ~np.isnan(count)
    money, count = money[known], count[known]
    missing = float("nan")
    if not count.sum():
        return UnitCost(missing, missing, missing, float(money.sum()), 0.0, len(money))
    value = float(money.sum() / count.sum())
    if len(money) < LEAST_MONTHS:
        return UnitCost(value, missing, missing, float(money.sum()), float(count.sum()), len(money))

    def ratio(
        m: npt.NDArray[np.float64], n: npt.NDArray[np.float64], axis: int = -1
    ) -> npt.NDArray[np.float64]:
        return m.sum(axis=axis) / n.sum(axis=axis)

    found = stats.bootstrap(
        (money, count),
        ratio,
        paired=True,
        vectorized=True,
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return UnitCost(
        value, float(found.low), float(found.high), float(money.sum()), float(count.sum()), len(money)
    )
