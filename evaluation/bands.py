"""Bands that hold for all points at once, by the multiplier bootstrap over units (Callaway & Sant'Anna 2021, section 4.1)."""

from __future__ import annotations

import numpy as np

from evaluation.groups import errors

DRAWS = 2000


def critical(influence: np.ndarray, *, draws: int = DRAWS, seed: int = 0, level: float = 0.95) -> float:
    """By how many standard errors a band must reach so that it holds all true values at once with `level`.

    Args:
        influence: (units, points), of the estimates; units are drawn as wholes (clusters), each with a sign of its own (Rademacher).

    Raises:
        ValueError: no point varies.
    """
    scale = errors(influence)
    moving = scale > 0
    if not moving.any():
        raise ValueError("influence: no point varies, so there is no band")
    centred = influence[:, moving] - influence[:, moving].mean(axis=0)
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(draws, influence.shape[0]))
    moved = np.abs(signs @ centred / influence.shape[0]) / scale[moving]
    return float(np.quantile(moved.max(axis=1), level))
