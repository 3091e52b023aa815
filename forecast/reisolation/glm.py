"""The binomial and Poisson regressions behind the hazards: distinct rows for estimates, every row's score for errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

Link = Literal["cloglog", "log", "logit"]


def distinct(columns: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """First row of every distinct combination of the columns, and each row's place among them."""
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        values, code = _codes(column)
        if values > (2**62) // max(int(key.max(initial=0)) + 1, 1):
            key = pd.factorize(key)[0].astype(np.int64)
        key = key * values + code
    inverse, values = pd.factorize(key)
    first = np.zeros(len(values), dtype=np.intp)
    first[inverse[::-1]] = np.arange(len(key))[::-1]  # the last write is the first row; sorting takes seconds
    return first, inverse


def _codes(column: np.ndarray) -> tuple[int, np.ndarray]:
    code, values = pd.factorize(column)
    return len(values), code.astype(np.int64)


def _family(link: Link) -> Any:
    """A new family object for every model: statsmodels' keeps the trial counts of the last fit."""
    import statsmodels.api as sm

    if link == "log":
        return sm.families.Poisson()
    chosen = sm.families.links.CLogLog() if link == "cloglog" else sm.families.links.Logit()
    return sm.families.Binomial(chosen)


def _model(x: np.ndarray, n: np.ndarray, hits: np.ndarray, exposure: np.ndarray, link: Link) -> Any:
    import statsmodels.api as sm

    offset = np.log(exposure)
    if link == "log":
        return sm.GLM(hits, x, family=_family(link), offset=offset + np.log(n))
    return sm.GLM(np.column_stack([hits, n - hits]), x, family=_family(link), offset=offset)


def solve(
    x: np.ndarray, n: np.ndarray, hits: np.ndarray, exposure: np.ndarray, link: Link, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and their model covariance (inverse observed information)."""
    model = _model(x, n, hits, exposure, link)
    # Newton needs no decomposition of the whole design at every step, as statsmodels' default does.
    result = model.fit(method="newton", start_params=start, maxiter=50, disp=0)
    if not result.mle_retvals["converged"]:
        raise ArithmeticError(
            "the hazard model did not converge: merge bands or drop a covariate without events"
        )
    return np.asarray(result.params), np.asarray(result.normalized_cov_params)


def solve_pooled(
    x: np.ndarray,
    n: np.ndarray,
    hits: np.ndarray,
    exposure: np.ndarray,
    link: Link,
    start: np.ndarray,
    precision: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients at the mode under a normal prior of mean 0 and this precision, and the inverse of their information."""
    model, b = _model(x, n, hits, exposure, link), start
    for _ in range(50):
        bread = np.linalg.inv(precision - model.hessian(b))
        step = bread @ (model.score(b) - precision @ b)
        b = b + step
        if abs(step).max() < 1e-9:
            return b, bread
    raise ArithmeticError(
        "the pooled hazard model did not converge: merge bands or drop a covariate without events"
    )


def row_scores(eta: np.ndarray, y: np.ndarray, link: Link) -> np.ndarray:
    """(rows,) derivative of each row's log likelihood by its linear predictor, offset included."""
    if link == "log":
        return y - np.exp(eta)
    if link == "logit":
        return y - 1 / (1 + np.exp(-eta))
    rate = np.exp(eta)
    return np.where(y > 0, rate / np.expm1(rate), -rate)


def sandwich(
    x: np.ndarray,
    score: np.ndarray,
    cell: np.ndarray,
    bread: np.ndarray,
    clusters: np.ndarray,
    precision: np.ndarray | None = None,
) -> np.ndarray:
    """Covariance robust to dependence within clusters: bread × sum of squared cluster scores × bread.

    The spread that a prior's `precision` stands for is added to the scores'. Rows keep their own scores; a sparse matrix adds them up by cluster and cell, so that the design stays small.
    """
    from scipy.sparse import csr_array

    code = pd.factorize(clusters)[0]
    by_cluster = csr_array((score, (code, cell)), shape=(int(code.max()) + 1, len(x))) @ x
    meat = by_cluster.T @ by_cluster
    return bread @ (meat if precision is None else meat + precision) @ bread


def log_likelihood(
    x: np.ndarray, n: np.ndarray, hits: np.ndarray, exposure: np.ndarray, b: np.ndarray, link: Link
) -> float:
    """Log likelihood of the 0/1 rows behind the counts (Poisson: up to its constant)."""
    eta = x @ b + np.log(exposure)
    if link == "log":
        return float(hits @ eta - n @ np.exp(eta))
    stay = -np.exp(eta) if link == "cloglog" else -np.logaddexp(0, eta)
    return float((n - hits) @ stay + hits @ np.log(-np.expm1(stay)))
