"""What else could have done it: a difference as the ratio that an E-value is given of (`forecast.reisolation.cost.e_value`), and extremes that come back by themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy  # its parts come when they are first called


def ratio_of(difference: float, spread: float) -> float:
    """A risk ratio for a difference of means in standard deviations: exp(0.91 d) (VanderWeele & Ding 2017, table 2)."""
    if not spread > 0:
        raise ValueError(f"spread must be above zero, not {spread}")
    return math.exp(0.91 * difference / spread)


@dataclass(frozen=True)
class Mean:
    """Regression to the mean.

    Attributes:
        likeness: correlation between two windows before. apart: how far those that started lay from all districts in the base.
        expected: by how much they would move by themselves.
    """

    likeness: float
    apart: float
    expected: float


def to_the_mean(earlier: np.ndarray, base: np.ndarray, chosen: np.ndarray) -> Mean:
    """By how much districts that stood out in the base would come back with nothing done.

    The share of a deviation that does not last is one less the correlation between two windows (Barnett, van der Pols & Dobson 2005, Int. J. Epidemiology
    34: 215-220). Comparing changes with districts that stood alike takes it off; a comparison of before and after alone does not.

    Args:
        earlier, base: (n,), means over two windows before the start. chosen: (n,), True where the programme started.

    Raises:
        ValueError: fewer than three districts, or windows that do not vary.
    """
    earlier, base, chosen = np.asarray(earlier, float), np.asarray(base, float), np.asarray(chosen, bool)
    if len(base) < 3 or earlier.shape != base.shape or chosen.shape != base.shape or not chosen.any():
        raise ValueError("base: at least three districts, the same in both windows, one of them chosen")
    if earlier.std() == 0 or base.std() == 0:
        raise ValueError("base: districts do not differ")
    likeness = float(np.corrcoef(earlier, base)[0, 1])
    apart = float(base[chosen].mean() - base.mean())
    return Mean(likeness, apart, -(1 - likeness) * apart)


def chosen_by_cut(mean: float, within: float, between: float, cut: float) -> float:
    """Expected change of those chosen because they lay above a cut-off, with nothing done (Barnett et al. 2005, equation 1).

    Args:
        within, between: standard deviations within and between units.
    """
    whole = math.hypot(within, between)
    z = (cut - mean) / whole
    return -(within**2) / whole * float(scipy.stats.norm.pdf(z) / scipy.stats.norm.sf(z))
