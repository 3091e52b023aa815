"""District effects by partial pooling: free contrasts, the variance between them, and the prior that it makes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEAST_BETWEEN = 1e-6  # below it districts do not differ


def contrast(names: Sequence[str]) -> np.ndarray:
    """(districts, coefficients): every district's effect, the last one's being minus the others' sum."""
    place = [i for i, name in enumerate(names) if name.startswith("district_")]
    own = np.eye(len(names))[place]
    return np.vstack([own, -own.sum(axis=0)])


def between(names: Sequence[str], b: np.ndarray, covariance: np.ndarray) -> float:
    """Variance between districts from their free estimates, by Paule and Mandel."""
    from statsmodels.stats.meta_analysis import combine_effects

    rows = contrast(names)
    v = np.diag(rows @ covariance @ rows.T)
    return float(combine_effects(rows @ b, v, method_re="pm").tau2)


def precision(names: Sequence[str], variance: float) -> np.ndarray:
    """Precision of district effects around their mean.

    Free effects would take up what the district's own events are due to: with earlier returns among the covariates that
    pulls their coefficient down by about 1 ÷ the events of a district (Nickell 1981).
    """
    rows = contrast(names)
    return rows.T @ rows / max(variance, LEAST_BETWEEN)


def effects(
    names: Sequence[str], b: np.ndarray, covariance: np.ndarray, levels: Sequence[str]
) -> dict[str, tuple[float, float]]:
    """Every district's pooled effect and its standard error."""
    rows = contrast(names)
    error = np.sqrt(np.diag(rows @ covariance @ rows.T))
    return {c: (float(e), float(s)) for c, e, s in zip(levels, rows @ b, error, strict=True)}
