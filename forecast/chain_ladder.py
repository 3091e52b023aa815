"""Chain ladder with Mack's distribution-free standard error: Mack (1993), ASTIN Bulletin 23, 213-225."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ChainLadder:
    """Results in the money of the triangle, origins from the oldest.

    Attributes:
        factors: development factors, column k to k+1; missing where no origin has both columns.
        sigma2: Mack's variance parameters beside them.
        latest, ultimates, se: last known sum, expected final sum and its standard error by origin.
        total, total_se: sum of the ultimates over all origins and its standard error.
    """

    factors: Array
    sigma2: Array
    latest: Array
    ultimates: Array
    se: Array
    total: float
    total_se: float

    @property
    def reserves(self) -> Array:
        """What is still to come by origin."""
        return self.ultimates - self.latest


def chain_ladder(triangle: npt.ArrayLike) -> ChainLadder:
    """Develop cumulative sums to their end.

    Args:
        triangle: origins (rows, oldest first) by development period (columns), cumulative; the future is NaN.
            A trapezoid is allowed: several origins may be complete.

    Returns: with one pair of neighbouring sums alone (2 × 2) there is nothing to tell an error by: `sigma2`, `se` of what is
        developed and `total_se` are NaN. Where the last column alone has one pair, Mack's rule takes it from the columns before.

    Raises:
        ValueError: fewer than two origins or columns, an infinite sum, no complete origin, a gap before a known sum, or an
            origin that is developed further than an older one.
    """
    cumulative = np.asarray(triangle, dtype=float)
    _check(cumulative)
    factors, sigma2, weight = _factors(cumulative)
    known = (~np.isnan(cumulative)).sum(axis=1)
    latest = cumulative[np.arange(len(known)), known - 1]
    full = cumulative.copy()
    for k in range(len(factors)):
        full[:, k + 1] = np.where(np.isnan(full[:, k + 1]), full[:, k] * factors[k], full[:, k + 1])
    ultimates = full[:, -1]
    ratio = sigma2 / factors**2
    variance = np.zeros(len(known))
    total = 0.0
    for i, first in enumerate(known - 1):
        ahead = slice(first, len(factors))
        if first == len(factors):
            continue
        own = 1 / full[i, ahead.start : -1] + 1 / weight[ahead]
        variance[i] = ultimates[i] ** 2 * np.sum(ratio[ahead] * own)
        shared = ultimates[i + 1 :].sum() * np.sum(2 * ratio[ahead] / weight[ahead])
        total += variance[i] + ultimates[i] * shared
    return ChainLadder(
        factors, sigma2, latest, ultimates, np.sqrt(variance), float(ultimates.sum()), float(np.sqrt(total))
    )


def _check(cumulative: Array) -> None:
    if cumulative.ndim != 2 or min(cumulative.shape) < 2:
        raise ValueError("a triangle needs at least two origins and two columns")
    if np.isinf(cumulative).any():
        raise ValueError("triangle must hold finite sums; NaN stands for the future")
    known = ~np.isnan(cumulative)
    if not known[:, 0].all() or (np.diff(known.astype(int), axis=1) > 0).any():
        raise ValueError("triangle: a known sum stands after a gap")
    if not known.all(axis=1).any():
        raise ValueError("triangle: no origin is complete")
    if (np.diff(known.sum(axis=1)) > 0).any():
        raise ValueError(
            "triangle must have its oldest origin first: one is developed further than an older one"
        )


def _factors(cumulative: Array) -> tuple[Array, Array, Array]:
    """Volume-weighted factors, Mack's sigma squared, and the sums that weigh them."""
    columns = cumulative.shape[1] - 1
    factors, sigma2, weight = np.full(columns, np.nan), np.full(columns, np.nan), np.zeros(columns)
    for k in range(columns):
        both = ~np.isnan(cumulative[:, k + 1])
        start, end = cumulative[both, k], cumulative[both, k + 1]
        weight[k] = start.sum()
        if weight[k] <= 0:
            continue
        factors[k] = end.sum() / weight[k]
        if both.sum() > 1:
            paid = start > 0
            own = end[paid] / start[paid]
            sigma2[k] = np.sum(start[paid] * (own - factors[k]) ** 2) / (both.sum() - 1)
        elif k >= 2:
            # Mack's rule for the one pair that is left.
            sigma2[k] = (
                min(sigma2[k - 1] ** 2 / sigma2[k - 2], sigma2[k - 2], sigma2[k - 1])
                if sigma2[k - 2]
                else 0.0
            )
        elif k:
            sigma2[k] = sigma2[k - 1]
    return factors, sigma2, weight
