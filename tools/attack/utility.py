"""What a publishing rule leaves to read: how many shares it shows, and how much wider their intervals are for the rounding."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from answers.store import Store
from metrics.measure import share_limits
from tools.attack import cells
from tools.attack.collect import Found
from tools.attack.invert import Policy


class Utility(NamedTuple):
    """Shares that have anybody below the line; how many of them are shown; the mean growth of the 95 % interval of those."""

    shares: int
    kept: float
    growth: float


def utility(store: Store, found: Found, policy: Policy) -> Utility:
    """Of all published shares: part and whole of one grid, by the columns' definitions."""
    grids = list(found.grids.values())
    known = cells.facts(store, grids)
    tops, bottoms = [], []
    for grid in grids:
        rows, sums = cells.sums(known[grid.fact], grid)
        for part, whole in cells.pairs(grid.fact, grid):
            tops.append(sums[part])
            bottoms.append(sums[whole])
    top, bottom = np.concatenate(tops), np.concatenate(bottoms)
    top, bottom = top[bottom > 0], bottom[bottom > 0]
    low, high = (policy.bounds(policy.print(counts)) for counts in (top, bottom))
    shown = ~np.isnan(policy.print(top)) & ~np.isnan(policy.print(bottom)) & (policy.print(bottom) > 0)
    share, base = policy.print(top)[shown], policy.print(bottom)[shown]
    slack = np.maximum.reduce([share - low[0][shown], low[1][shown] - share])
    exact_low, exact_high = share_limits(top[shown], bottom[shown])
    rounded_low, rounded_high = share_limits(np.minimum(share, base), base, slack=slack)
    growth = (np.minimum(rounded_high, 1) - np.maximum(rounded_low, 0)) / (exact_high - exact_low)
    return Utility(len(top), float(shown.mean()), float(growth.mean()))
