"""One district against a weighted mean of the others that ran alike before (Abadie, Diamond & Hainmueller 2010, JASA 105: 493-505)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy  # its parts come when they are first called

from evaluation.rollout import TooFew

LEAST_BEFORE, LEAST_DONORS = 12, 19  # with 19 others the best rank is one in twenty


@dataclass(frozen=True)
class Found:
    """What one district shows.

    Attributes:
        weights: (donors,), not negative, summing to one. made: (months,), the weighted mean. effect: mean gap after the start.
        lower, upper: effects that the placebo rank does not refuse. ratio: error after over error before; placebo: its rank among all districts.
        fit: share of districts that are met at least as well before, this one counted. left_out: (k,) effects without each donor of weight.
        left_out_placebo: (k,) the placebo's rank each time.
    """

    weights: np.ndarray
    made: np.ndarray
    effect: float
    lower: float
    upper: float
    ratio: float
    placebo: float
    fit: float
    left_out: np.ndarray
    left_out_placebo: np.ndarray


def weights(unit: np.ndarray, donors: np.ndarray) -> np.ndarray:
    """Weights, not negative and summing to one, with which donors, (donors, months), come closest to a unit, (months,)."""
    unit, donors = np.asarray(unit, float), np.asarray(donors, float)
    if donors.ndim != 2 or donors.shape[1:] != unit.shape or not len(unit):
        raise ValueError(f"donors must have {unit.shape} months each, not shape {donors.shape}")
    # differences from the unit need no intercept, and their scale sets how hard the sum is held to one
    gap = (donors - unit).T
    scale = max(float(np.abs(gap).max()), 1e-12)
    found, _ = scipy.optimize.nnls(
        np.vstack([gap / scale, np.full((1, len(donors)), 1e4)]), np.r_[np.zeros(len(unit)), 1e4]
    )
    return np.asarray(found / found.sum())


def _gap(outcome: np.ndarray, unit: int, others: np.ndarray, start: int) -> tuple[np.ndarray, np.ndarray]:
    found = weights(outcome[unit, :start], outcome[others, :start])
    return outcome[unit] - found @ outcome[others], found


def _ratio(gap: np.ndarray, start: int) -> tuple[float, float]:
    before = float(np.sqrt((gap[:start] ** 2).mean()))
    return float(np.sqrt((gap[start:] ** 2).mean())) / max(before, 1e-12), before


def run(outcome: np.ndarray, unit: int, start: int) -> Found:
    """Everything that one district shows.

    Args:
        outcome: (districts, months), complete. unit: the district that changed. start: index of its first month under the programme.

    Raises:
        TooFew: "before", "after" or "controls".
    """
    outcome = np.asarray(outcome, float)
    if outcome.ndim != 2 or not np.isfinite(outcome).all():
        raise ValueError("outcome must be complete, districts by months")
    n = len(outcome)
    if start < LEAST_BEFORE:
        raise TooFew("before")
    if start >= outcome.shape[1]:
        raise TooFew("after")
    if n - 1 < LEAST_DONORS:
        raise TooFew("controls")
    others = np.delete(np.arange(n), unit)
    gap, found = _gap(outcome, unit, others, start)
    ratio, before = _ratio(gap, start)
    gaps = {int(d): _gap(outcome, int(d), others[others != d], start)[0] for d in others}
    ratios = {d: _ratio(g, start) for d, g in gaps.items()}
    placebo = (1 + sum(r >= ratio for r, _ in ratios.values())) / n
    effect = float(gap[start:].mean())
    # gaps of others in units of their own misfit, carried to this district's
    reach = max(abs(float(g[start:].mean())) / max(ratios[d][1], 1e-12) for d, g in gaps.items()) * before
    left, ranks = [], []
    for donor in others[found > 0.01]:
        rest = others[others != donor]
        again, _ = _gap(outcome, unit, rest, start)
        value, _ = _ratio(again, start)
        left.append(float(again[start:].mean()))
        ranks.append((1 + sum(r >= value for d, (r, _) in ratios.items() if d != donor)) / (n - 1))
    return Found(
        found,
        outcome[unit] - gap,
        effect,
        effect - reach,
        effect + reach,
        ratio,
        float(placebo),
        float((1 + sum(b <= before for _, b in ratios.values())) / n),
        np.array(left),
        np.array(ranks),
    )
