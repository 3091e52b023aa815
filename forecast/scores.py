"""Scores of probabilistic forecasts (metrics.md G): lower is better, in the unit of the observation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import hyp2f1, ndtr


def interval_score(y: Any, lower: Any, upper: Any, alpha: float) -> np.ndarray:
    """Interval score of a central 1 - alpha interval: width + 2 ÷ alpha × what it misses by (Gneiting and Raftery 2007)."""
    y, low, high = (np.asarray(v, float) for v in (y, lower, upper))
    return (high - low) + 2 / alpha * (np.maximum(low - y, 0) + np.maximum(y - high, 0))


def wis(y: Any, quantiles: Any, levels: Sequence[float], *, count_median_twice: bool = False) -> np.ndarray:
    """Weighted interval score (Bracher et al. 2021).

    Args:
        y: (n,). quantiles: (n, q), ascending. levels: (q,) symmetric around a median of 0.5.
        count_median_twice: divide by K + 1 with the median's whole error, instead of K + ½ with half of it.

    Raises:
        ValueError: levels without a median or not symmetric.
    """
    p, q, seen = np.asarray(levels, float), np.asarray(quantiles, float), np.asarray(y, float)
    pairs = len(p) // 2
    if len(p) % 2 == 0 or not np.allclose(p + p[::-1], 1):
        raise ValueError("levels must be symmetric around a median of 0.5")
    total = abs(seen - q[:, pairs]) * (1.0 if count_median_twice else 0.5)
    for k in range(pairs):
        total = total + p[k] * interval_score(seen, q[:, k], q[:, -1 - k], 2 * p[k])
    return total / (pairs + (1.0 if count_median_twice else 0.5))


def crps_normal(y: Any, mean: Any = 0.0, sd: Any = 1.0) -> np.ndarray:
    """Continuous ranked probability score of a normal forecast (Gneiting and Raftery 2007)."""
    z = (np.asarray(y, float) - mean) / sd
    return sd * (z * (2 * ndtr(z) - 1) + np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2) - 1 / np.sqrt(np.pi))


def crps_ensemble(y: Any, ensemble: Any) -> np.ndarray:
    """CRPS of the empirical distribution of draws: y (n,), ensemble (n, m) or (m,)."""
    seen, draws = np.asarray(y, float), np.sort(np.asarray(ensemble, float), axis=-1)
    m = draws.shape[-1]
    spread = (draws * (2 * np.arange(1, m + 1) - m - 1)).sum(axis=-1) / m**2
    return abs(draws - seen[..., None]).mean(axis=-1) - spread


def crps_negative_binomial(y: Any, mean: Any, size: Any) -> np.ndarray:
    """CRPS of a negative binomial forecast with variance mean + mean² ÷ size (Wei and Held 2014)."""
    seen, mu, k = np.broadcast_arrays(*(np.asarray(v, float) for v in (y, mean, size)))
    from scipy.stats import nbinom  # half a second to import: only where counts are scored

    p = k / (k + mu)
    gap = hyp2f1(k + 1, 0.5, 2, -4 * (1 - p) / p**2)
    below, shifted = nbinom.cdf(seen, k, p), nbinom.cdf(seen - 1, k + 1, p)
    return seen * (2 * below - 1) - k * (1 - p) / p**2 * (p * (2 * shifted - 1) + gap)
