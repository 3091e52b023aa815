"""Scores of probabilistic forecasts (metrics.md G): lower is better, in the unit of the observation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy  # its parts come when they are first called

from guards import number, numbers, takes


@takes(
    y=numbers(missing=True),
    lower=numbers(missing=True),
    upper=numbers(missing=True),
    alpha=number(above=0, below=1),
    ordered=("lower", "upper"),
)
def interval_score(y: Any, lower: Any, upper: Any, alpha: float) -> np.ndarray:
    """Interval score of a central 1 - alpha interval: width + 2 ÷ alpha × what it misses by (Gneiting and Raftery 2007)."""
    y, low, high = (np.asarray(v, float) for v in (y, lower, upper))
    return (high - low) + 2 / alpha * (np.maximum(low - y, 0) + np.maximum(y - high, 0))


@takes(
    y=numbers("n", missing=True),
    quantiles=numbers("n", "q", missing=True),
    levels=numbers("q", above=0, below=1),
)
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


@takes(y=numbers(missing=True), mean=numbers(missing=True), sd=numbers(above=0, missing=True))
def crps_normal(y: Any, mean: Any = 0.0, sd: Any = 1.0) -> np.ndarray:
    """Continuous ranked probability score of a normal forecast (Gneiting and Raftery 2007)."""
    z = (np.asarray(y, float) - mean) / sd
    return sd * (
        z * (2 * scipy.special.ndtr(z) - 1) + np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2) - 1 / np.sqrt(np.pi)
    )


@takes(y=numbers(missing=True), ensemble=numbers(missing=True, some=True))
def crps_ensemble(y: Any, ensemble: Any) -> np.ndarray:
    """CRPS of the empirical distribution of draws: y (n,), ensemble (n, m) or (m,)."""
    seen, draws = np.asarray(y, float), np.sort(np.asarray(ensemble, float), axis=-1)
    m = draws.shape[-1]
    spread = (draws * (2 * np.arange(1, m + 1) - m - 1)).sum(axis=-1) / m**2
    return abs(draws - seen[..., None]).mean(axis=-1) - spread


@takes(
    y=numbers(low=0, whole=True, missing=True),
    mean=numbers(low=0, missing=True),
    size=numbers(above=0, missing=True),
)
def crps_negative_binomial(y: Any, mean: Any, size: Any) -> np.ndarray:
    """CRPS of a negative binomial forecast with variance mean + mean² ÷ size (Wei and Held 2014).

    The half mean difference of two draws, mean ÷ p × ₂F₁(size + 1, ½; 2; −4 (1 − p) ÷ p²), is taken from Euler's integral
    of ₂F₁ and not from its series, which overflows where mean and size are large (300 and 1,000).

    Args:
        y: (n,) counts seen. mean: (n,) above 0, or 0 for a forecast of none. size: (n,) above 0.
    """
    seen, mu, k = np.broadcast_arrays(*(np.asarray(v, float) for v in (y, mean, size)))
    p = k / (k + mu)
    nbinom = scipy.stats.nbinom
    below, shifted = nbinom.cdf(seen, k, p), nbinom.cdf(seen - 1, k + 1, p)
    return seen * (2 * below - 1) - mu * (2 * shifted - 1) - mu / p * _euler(k, 4 * (1 - p) / p**2)


NODES = 80


def _euler(k: np.ndarray, z: np.ndarray) -> np.ndarray:
    """₂F₁(k + 1, ½; 2; −z) for z ≥ 0 = 4 ÷ π ∫ √(1 − s²) (1 + z s²)^−(k + 1) ds over 0 to 1.

    With s √z = sinh v the weight is cosh(v)^−(2 k + 1), all logarithms; Gauss-Legendre up to where it is below 1e-18, with
    nodes drawn towards the upper end, where the root is not smooth.
    """
    root = np.sqrt(np.maximum(z, 1e-12))[..., None]
    power = (2 * k + 1)[..., None]
    end = np.minimum(np.arcsinh(root), np.arccosh(np.exp(np.minimum(42 / power, 600.0))))
    node, weight = np.polynomial.legendre.leggauss(NODES)
    r = (node + 1) / 2
    v = end * (1 - (1 - r) ** 2)
    log_cosh = v + np.log1p(np.exp(-2 * v)) - np.log(2)
    part = np.sqrt(np.maximum(1 - (np.sinh(v) / root) ** 2, 0.0)) * np.exp(-power * log_cosh)
    total = (part * weight * (1 - r)).sum(axis=-1) * end[..., 0]
    return np.where(z > 1e-12, 4 / np.pi * total / root[..., 0], 1.0)
