"""Whether money goes where the need is: concentration curve and index over districts, and the need itself carried with its uncertainty.

O'Donnell, van Doorslaer, Wagstaff & Lindelow 2008, Analyzing Health Equity Using Household Survey Data (World Bank), chapters 7 and 8;
Kakwani, Wagstaff & van Doorslaer 1997.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from guards import numbers, takes
from metrics.intervals import Z95


@takes(people=numbers("n", low=0, some=True), amount=numbers("n", low=0), rank=numbers("n"))
def concentration_curve(people: Any, amount: Any, rank: Any) -> tuple[np.ndarray, np.ndarray]:
    """Cumulative shares of people and of what they have, from the lowest rank to the highest.

    Args:
        people: (n,) of each group. amount: (n,) that each group has in all. rank: (n,) by which groups are ordered.

    Returns: two arrays (n + 1,) from 0 to 1.

    Raises:
        ValueError: nobody, or nothing to share out.
    """
    w, v, r = (np.asarray(x, float) for x in (people, amount, rank))
    if w.sum() <= 0 or v.sum() <= 0:
        raise ValueError("there have to be people, and something that they have")
    order = np.argsort(r, kind="stable")
    return tuple(np.concatenate([[0.0], np.cumsum(x[order]) / x.sum()]) for x in (w, v))  # type: ignore[return-value]


def concentration_index(people: Any, amount: Any, rank: Any) -> float:
    """Twice the area between the curve and the line of equal shares: from −1 (all with the lowest rank) to 1 (the highest).

    For grouped data: Σ (p_t L_{t+1} − p_{t+1} L_t). Arguments and errors as `concentration_curve`.
    """
    return index_of(*concentration_curve(people, amount, rank))


def index_of(p: np.ndarray, share: np.ndarray) -> float:
    """The index of a curve as `concentration_curve` returns it."""
    return float((p[:-1] * share[1:] - p[1:] * share[:-1]).sum())


@takes(value=numbers("n"), lower=numbers("n"), upper=numbers("n"))
def rate_draws(value: Any, lower: Any, upper: Any, count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, n) draws of rates in (0, 1) whose 95 % limits are given: normal on the logit, with each limit's own width below and above.

    Raises:
        ValueError: a rate or a limit outside of (0, 1), or a value outside of its limits.
    """
    middle, low, high = (np.asarray(x, float) for x in (value, lower, upper))
    if not ((low > 0) & (low <= middle) & (middle <= high) & (high < 1)).all():
        raise ValueError("rates and limits have to lie in order between 0 and 1")

    def logit(x: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.log(x / (1 - x))
        return found

    z = rng.standard_normal((count, len(middle)))
    below, above = (logit(middle) - logit(low)) / Z95, (logit(high) - logit(middle)) / Z95
    drawn: np.ndarray = 1 / (1 + np.exp(-(logit(middle) + z * np.where(z < 0, below, above))))
    return drawn
