"""Cost per outcome: a ratio of sums over months with a jackknife interval (B12)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy  # its parts come when they are first called

LEAST_MONTHS = 6


class UnitCost(NamedTuple):
    """Won per outcome with its 95 % interval; missing where there are too few months or no outcome."""

    value: float
    lower: float
    upper: float
    won: float
    outcomes: float
    months: int


def cost_per_outcome(won: npt.ArrayLike, outcomes: npt.ArrayLike) -> UnitCost:
    """Sum of won over sum of outcomes, with limits from leaving out one month at a time.

    The standard error is the jackknife's of the log ratio (Efron and Tibshirani 1993, chapter 11), the quantile Student's
    on months − 1. It holds 95 % where cost and outcomes vary evenly, in 6 months as in 12, and less where few months carry
    most of the cost: a year that has none gives no sign of them (docs/studies/unit_cost.md).

    Args:
        won, outcomes: (n,) one value per month, in the same order. A month whose outcomes are withheld is NaN and leaves
            both sums.

    Returns: limits are NaN under `LEAST_MONTHS` months, and where without some month no money or no outcome is left.

    Raises:
        ValueError: lengths that differ, won that are missing or infinite, outcomes that are negative or infinite.
    """
    money, count = np.asarray(won, dtype=float), np.asarray(outcomes, dtype=float)
    if money.ndim != 1 or money.shape != count.shape:
        raise ValueError(f"won and outcomes must be one value per month, not {money.shape} and {count.shape}")
    if not np.isfinite(money).all():
        raise ValueError("won must be finite in every month")
    if (count < 0).any() or np.isinf(count).any():
        raise ValueError("outcomes must be finite and at least 0, or NaN where withheld")
    known = ~np.isnan(count)
    money, count = money[known], count[known]
    missing, months = float("nan"), int(known.sum())
    paid, came = float(money.sum()), float(count.sum())
    if not came:
        return UnitCost(missing, missing, missing, paid, 0.0, months)
    value = paid / came
    rest_paid, rest_came = paid - money, came - count
    if months < LEAST_MONTHS or value <= 0 or (rest_paid <= 0).any() or (rest_came <= 0).any():
        return UnitCost(value, missing, missing, paid, came, months)
    without = np.log(rest_paid / rest_came)
    error = np.sqrt((months - 1) / months * ((without - without.mean()) ** 2).sum())
    reach = float(np.exp(scipy.special.stdtrit(months - 1, 0.975) * error))
    return UnitCost(value, value / reach, value * reach, paid, came, months)
