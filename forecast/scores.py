"""Scores of probabilistic forecasts (metrics.md G): lower is better, in the unit of the observation."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr


def wis(observed: Any, quantiles: Any, levels: Any, *, count_median_twice: bool = False) -> np.ndarray:
    """Weighted interval score (Bracher and others 2021), one per observation.

    Args:
        observed: shape (n,). quantiles: shape (n, k) at `levels`, which must be symmetric around 0.5.
        count_median_twice: divide by K + 1 instead of K + 1/2, as scoringutils offers.

    Raises:
        ValueError: levels that are not symmetric around 0.5 with the median among them.
    """
    y, q, level = np.asarray(observed, float), np.asarray(quantiles, float), np.asarray(levels, float)
    if len(level) % 2 == 0 or not np.allclose(level + level[::-1], 1):
        raise ValueError("levels must be symmetric around 0.5 and hold it")
    half = len(level) // 2
    total = (1.0 if count_median_twice else 0.5) * np.abs(y - q[:, half])
    for k in range(half):
        alpha, low, high = 2 * level[k], q[:, k], q[:, -1 - k]
        outside = np.maximum(low - y, 0) + np.maximum(y - high, 0)
        total = total + alpha / 2 * (high - low) + outside
    return total / (half + (1.0 if count_median_twice else 0.5))


def crps_normal(observed: Any, mean: Any = 0.0, sd: Any = 1.0) -> np.ndarray:
    """Continuous ranked probability score of a normal forecast (Gneiting and Raftery 2007)."""
    z = (np.asarray(observed, float) - mean) / sd
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return np.asarray(sd * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi)))


def crps_ensemble(observed: float, members: Any) -> float:
    """Continuous ranked probability score of an ensemble's empirical distribution."""
    x = np.sort(np.asarray(members, float))
    n = len(x)
    spread = np.sum((2 * np.arange(1, n + 1) - n - 1) * x) / n**2
    return float(np.mean(np.abs(x - observed)) - spread)
