"""What a two-way fixed-effects coefficient is made of (Goodman-Bacon 2021, J. Econometrics 225: 254-277)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluation.panel import NEVER, Panel


@dataclass(frozen=True)
class Pair:
    """One two-by-two comparison: the group that changes, against which, its weight and its estimate.

    `forbidden` where those compared with have started before: their own effects are taken off.
    """

    changing: int
    against: float
    weight: float
    estimate: float
    forbidden: bool


def two_way(panel: Panel) -> float:
    """The coefficient of "has started" in a regression with one constant per unit and one per period.

    Raises:
        ValueError: nobody starts within the panel, or all have started throughout.
    """
    started = (np.arange(panel.periods)[None, :] >= panel.start[:, None]).astype(float)
    left = _demeaned(started)
    if not (left**2).sum() > 1e-12:
        raise ValueError("start: nothing is left of it beside constants of units and periods")
    return float((left * panel.outcome).sum() / (left**2).sum())


def _demeaned(values: np.ndarray) -> np.ndarray:
    return values - values.mean(1, keepdims=True) - values.mean(0, keepdims=True) + values.mean()


def decompose(panel: Panel) -> list[Pair]:
    """All comparisons of which the two-way coefficient is the weighted mean (theorem 1); weights sum to one.

    Units that started in the first period count as always started: they are compared with, never changing.
    """
    start = np.where(panel.start <= 0, -1.0, panel.start)
    periods, units = panel.periods, panel.units
    values = np.unique(start)
    mean = {s: panel.outcome[start == s].mean(axis=0) for s in values}
    share = {s: float((start == s).sum()) / units for s in values}
    spent = {s: (0.0 if np.isinf(s) else 1.0 if s < 0 else (periods - s) / periods) for s in values}
    found: list[tuple[float, float, float, float, bool]] = []
    changing = [s for s in values if np.isfinite(s) and s > 0]
    for k in changing:
        for other in (s for s in values if s < 0 or np.isinf(s)):
            weight = share[k] * share[other] * spent[k] * (1 - spent[k])
            found.append(
                (k, other, weight, _two_by_two(mean[k], mean[other], int(k), 0, periods), other != NEVER)
            )
        for later in (s for s in changing if s > k):
            early = share[k] * share[later] * (spent[k] - spent[later]) * (1 - spent[k])
            found.append((k, later, early, _two_by_two(mean[k], mean[later], int(k), 0, int(later)), False))
            late = share[k] * share[later] * spent[later] * (spent[k] - spent[later])
            found.append(
                (later, k, late, _two_by_two(mean[later], mean[k], int(later), int(k), periods), True)
            )
    total = sum(f[2] for f in found)
    if total <= 0:
        raise ValueError("start: nobody changes within the panel")
    return [Pair(int(k), float(o), w / total, e, bad) for k, o, w, e, bad in found]


def _two_by_two(one: np.ndarray, other: np.ndarray, at: int, first: int, last: int) -> float:
    """Change of one at `at` less that of the other, over the periods first to last."""
    gap = one - other
    return float(gap[at:last].mean() - gap[first:at].mean())
