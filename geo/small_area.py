"""Small areas: Fay-Herriot estimates of a survey share, their intervals and their benchmark to the city.

Borrowing strength is for surveys, where a district has a hundred answers. Counts of the whole population (services,
deaths) have no sampling error of that kind: smooth those with `smoothed_shares` or `smoothed_rates`, which are offered
here with the other statistics of `geo/rates.py` and `geo/smoothing.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import scipy  # its parts come when they are first called

from geo.rates import directly_standardised, eb_marshall, funnel_limits, slope_index
from geo.smoothing import smoothed_rates, smoothed_shares
from guards import number, numbers, takes

__all__ = [
    "FayHerriot",
    "benchmarked",
    "directly_standardised",
    "eb_marshall",
    "fay_herriot",
    "funnel_limits",
    "interval",
    "rank_intervals",
    "slope_index",
    "smoothed_rates",
    "smoothed_shares",
    "smoothed_variance",
]

Method = Literal["reml", "ml", "moment", "adjusted"]
GRID = 60  # values of the area variance that are tried before the best one is refined


@dataclass(frozen=True)
class Benchmarked:
    """Result of `benchmarked`."""

    estimates: np.ndarray
    mse: np.ndarray
    factor: float


@dataclass(frozen=True)
class RankIntervals:
    """Result of `rank_intervals`; arrays are (m,), rank 1 is the highest estimate."""

    median: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    top_five: np.ndarray  # chance of being among the five highest


@dataclass(frozen=True)
class FayHerriot:
    """Result of `fay_herriot`; arrays are in the order of the areas given, sampled or not."""

    estimates: np.ndarray  # (m,) x'b + shrinkage (direct - x'b); x'b where there is no direct estimate
    mse: np.ndarray  # (m,) estimated mean squared error
    synthetic: np.ndarray  # (m,) x'b
    shrinkage: np.ndarray  # (m,) gamma: 1 keeps the direct estimate, 0 is the regression alone
    coefficients: np.ndarray  # (p,)
    coefficient_covariance: np.ndarray  # (p, p)
    area_variance: float
    method: str


def fay_herriot(direct: Any, variance: Any, covariates: Any, method: Method = "reml") -> FayHerriot:
    """Empirical best linear unbiased predictors of the area model y = x'b + u + e (Fay and Herriot 1979).

    Args:
        direct: (m,) direct estimates; NaN for an area without a sample.
        variance: (m,) sampling variances, taken as known (`smoothed_variance`); NaN for an area without a sample.
        covariates: (m, p) the whole design matrix, a column of ones for the intercept included.
        method: how the area variance is estimated. "reml", "ml"; "moment" (Fay and Herriot's own); "adjusted"
            (Li and Lahiri 2010: area variance × residual likelihood), which is never zero and so never gives up
            on what the areas themselves say. Take "adjusted" where an interval is shown.

    The mean squared error is g1 + g2 + 2 g3 less the bias of the estimated area variance × (1 - shrinkage)²: none
    for REML (Prasad and Rao 1990), Datta and Lahiri (2000) for ML, Datta, Rao and Smith (2005) for the moment,
    Li and Lahiri (2010) for the adjusted. The correction takes away 2 g3 at most: Li and Lahiri's formula turns
    negative where the area variance is small, and g1 + g2 is the error even if that variance were known. An area
    without a sample is predicted by x'b with mean squared error area variance + x'Cov(b)x.

    Raises:
        ValueError: shapes that do not fit, a variance of zero or less, covariates that are missing or repeat each
            other, an unknown method, or fewer sampled areas than covariates + 2 ("adjusted": + 3, below which its
            likelihood has no maximum).
    """
    y, d, x = _checked(direct, variance, covariates)
    if method not in get_args(Method):
        raise ValueError(f"method must be one of {', '.join(get_args(Method))}, not {method!r}")
    sampled = np.isfinite(y) & np.isfinite(d)
    _enough(x[sampled], spare=3 if method == "adjusted" else 2)
    model = _Model(y[sampled], d[sampled], x[sampled])
    area_variance = model.moment() if method == "moment" else model.likeliest(method)
    b, cov = model.regression(area_variance)
    synthetic = x @ b
    gamma = np.zeros(len(y))
    gamma[sampled] = area_variance / (area_variance + d[sampled])
    leverage = np.einsum("ij,jk,ik->i", x, cov, x)
    mse = area_variance + leverage
    mse[sampled] = model.mse(area_variance, leverage[sampled], method)
    estimates = synthetic + gamma * np.where(sampled, y - synthetic, 0.0)
    return FayHerriot(estimates, mse, synthetic, gamma, b, cov, area_variance, method)


class _Model:
    """The sampled areas of one Fay-Herriot model, as functions of the area variance."""

    def __init__(self, y: np.ndarray, d: np.ndarray, x: np.ndarray) -> None:
        self.y, self.d, self.x = y, d, x
        self.m, self.p = x.shape
        left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
        self.squares = float(left @ left)

    def regression(self, area_variance: float) -> tuple[np.ndarray, np.ndarray]:
        """Weighted least squares coefficients and their covariance."""
        weighted = self.x / (area_variance + self.d)[:, None]
        cov = np.linalg.inv(weighted.T @ self.x)
        return cov @ (weighted.T @ self.y), cov

    def likelihood(self, area_variance: np.ndarray, method: str) -> np.ndarray:
        """Profile log likelihood (up to a constant) at each of several area variances."""
        v = area_variance[:, None] + self.d
        weighted = self.x / v[:, :, None]
        info = np.swapaxes(weighted, 1, 2) @ self.x
        b = np.linalg.solve(info, (np.swapaxes(weighted, 1, 2) @ self.y)[:, :, None])[:, :, 0]
        value = -0.5 * (np.log(v).sum(1) + ((self.y - b @ self.x.T) ** 2 / v).sum(1))
        if method != "ml":
            value -= 0.5 * np.linalg.slogdet(info)[1]
        return value + np.log(area_variance) if method == "adjusted" else value

    def likeliest(self, method: str) -> float:
        """The area variance with the greatest likelihood: the best of a grid, refined between its neighbours."""
        # The maximum lies below: with d = 0 at squares / (m - p - 2) at most, with squares = 0 at 2 d / (m - p - 2).
        from scipy.optimize import minimize_scalar

        top = 4 * (self.squares + 2 * self.d.max())
        grid = np.geomspace(min(self.d.min(), top) * 1e-4, top, GRID)
        if method != "adjusted":
            grid = np.concatenate([[0.0], grid])
        best = int(np.argmax(self.likelihood(grid, method)))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
        found = minimize_scalar(
            lambda a: -self.likelihood(np.array([a]), method)[0],
            bounds=(low, high),
            method="bounded",
            options={"xatol": 1e-9 * high},
        ).x
        if low == 0:  # the search comes near the edge but never reaches it
            at_zero, inside = self.likelihood(np.array([0.0, found]), method)
            return 0.0 if at_zero >= inside else float(found)
        return float(found)

    def moment(self) -> float:
        """The area variance at which the weighted squares equal their expectation m - p; 0 if they are less."""

        from scipy.optimize import brentq

        def excess(area_variance: float) -> float:
            b = self.regression(area_variance)[0]
            return float(((self.y - self.x @ b) ** 2 / (area_variance + self.d)).sum()) - (self.m - self.p)

        return brentq(excess, 0.0, self.squares / (self.m - self.p)) if excess(0.0) > 0 else 0.0

    def mse(self, area_variance: float, leverage: np.ndarray, method: str) -> np.ndarray:
        """g1 + g2 + 2 g3 - bias (1 - shrinkage)²; `leverage` is x'Cov(b)x."""
        v = area_variance + self.d
        back = self.d / v
        one, two = (1 / v).sum(), (1 / v**2).sum()
        spread = 2 * self.m / one**2 if method == "moment" else 2 / two  # variance of the area variance
        g3 = back**2 / v * spread
        if method == "ml":
            cov = self.regression(area_variance)[1]
            bias = -np.trace(cov @ (self.x.T @ (self.x / v[:, None] ** 2))) / two
        elif method == "moment":
            bias = 2 * (self.m * two - one**2) / one**3
        else:
            bias = 2 / (area_variance * two) if method == "adjusted" else 0.0
        return area_variance * back + back**2 * leverage + np.maximum(2 * g3 - back**2 * bias, 0.0)


def smoothed_variance(direct: Any, effective_n: Any, covariates: Any) -> np.ndarray:
    """Sampling variances p (1 - p) / n of direct shares, with p predicted from the covariates.

    An area's own share would give the areas that happen to be low the smallest variance and so the most weight; at no
    case at all the variance would be zero. p is the fitted value of the regression of the shares on the covariates,
    weighted by effective sample size, kept at least half an answer away from 0 and from 1 (You 2021).

    Args:
        direct: (m,) shares within 0 and 1; NaN for an area without a sample.
        effective_n: (m,) effective sample sizes (Kish: (Σw)² / Σw²); 0 or NaN for an area without a sample.
        covariates: (m, p) as in `fay_herriot`.

    Returns: (m,) variances; NaN for an area without a sample.

    Raises:
        ValueError: as `fay_herriot`, and shares outside 0 to 1.
    """
    sizes = np.asarray(effective_n, dtype=float)
    y, n, x = _checked(direct, np.where(sizes == 0, np.nan, sizes), covariates)
    sampled = np.isfinite(y) & np.isfinite(n)
    if np.any((y[sampled] < 0) | (y[sampled] > 1)):
        raise ValueError("direct must be shares within 0 and 1")
    _enough(x[sampled], spare=2)
    weighted = x[sampled] * n[sampled, None]
    p = x @ np.linalg.solve(weighted.T @ x[sampled], weighted.T @ y[sampled])
    half = 0.5 / (n + 1)
    p = np.clip(p, half, 1 - half)
    return np.where(sampled, p * (1 - p) / n, np.nan)


@takes(estimates=numbers(missing=True), mse=numbers(low=0, missing=True), confidence=number(above=0, below=1))
def interval(
    estimates: Any, mse: Any, confidence: float = 0.95, *, clip: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Normal limits, estimate ± z √mse; with `clip` (for shares) within 0 and 1. NaN stays NaN.

    Raises:
        ValueError: confidence outside 0 to 1, or a negative mean squared error.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    centre, error = np.asarray(estimates, dtype=float), np.asarray(mse, dtype=float)
    if np.any(error < 0):
        raise ValueError("mse must not be negative")
    half = scipy.special.ndtri((1 + confidence) / 2) * np.sqrt(error)
    lower, upper = centre - half, centre + half
    return (np.clip(lower, 0.0, 1.0), np.clip(upper, 0.0, 1.0)) if clip else (lower, upper)


@takes(
    estimates=numbers("m", some=True),
    mse=numbers("m", low=0),
    weights=numbers("m", low=0),
    total=number(above=0),
)
def benchmarked(estimates: Any, mse: Any, weights: Any, total: float, *, most: float = 1.0) -> Benchmarked:
    """Estimates times the one factor that makes their weighted mean the city's published figure (ratio benchmark).

    Root mean squared errors, and so intervals, are multiplied by the same factor: the benchmark is treated as fixed.
    Ranks and ratios between areas stay as they are, but for shares that the factor would lift above `most`: they are held
    there and the others take a greater factor, so that the weighted mean is still the city's figure.

    Args:
        estimates, mse: (m,).
        weights: (m,) people in each area, in any unit.
        total: the city's share, or rate.
        most: what no estimate can exceed: 1 for shares, infinite for rates.

    Returns: `factor` is that of the estimates that are not held.

    Raises:
        ValueError: shapes that differ, missing input, negative weights or errors, a weighted mean or total of 0 or less, an
            estimate or a total above `most`.
    """
    values, errors, w = (np.asarray(a, dtype=float) for a in (estimates, mse, weights))
    if not values.shape == errors.shape == w.shape:
        raise ValueError("estimates, mse and weights must have one shape")
    if not np.isfinite(values + errors + w).all() or np.any((w < 0) | (errors < 0)) or not w.sum() > 0:
        raise ValueError(
            "estimates, mse and weights must be there for every area, mse and weights at least 0"
        )
    if values.max() > most or not total <= most:
        raise ValueError(f"estimates and total must not exceed {most:g}: rates take most=inf")
    mean = float((w * values).sum() / w.sum())
    if not (mean > 0 and total > 0):
        raise ValueError(f"a ratio benchmark needs a mean and a total above 0, not {mean:g} and {total:g}")
    factor = total / mean
    held = np.zeros(len(values), dtype=bool)
    while (above := ~held & (values * factor > most)).any():
        held |= above
        left = float((w * values)[~held].sum())
        factor = (total * w.sum() - most * w[held].sum()) / left if left > 0 else factor
    return Benchmarked(np.where(held, most, values * factor), errors * factor**2, factor)


@takes(
    estimates=numbers("m", missing=True),
    ses=numbers("m", low=0, missing=True),
    draws=number(low=1, whole=True),
)
def rank_intervals(estimates: Any, ses: Any, draws: int, rng: np.random.Generator) -> RankIntervals:
    """Ranks and how sure they are: over Normal draws of all areas (Goldstein and Spiegelhalter 1996; metrics A12).

    Args:
        estimates, ses: (m,); areas with NaN have no rank and take part in none.
        draws: 4,000 or more for a steady 95 % interval.

    Returns: median rank, 2.5 and 97.5 % of the rank, and the chance of being among the five highest.

    Raises:
        ValueError: shapes that differ, a negative standard error, fewer than one draw.
    """
    centre, error = np.asarray(estimates, dtype=float), np.asarray(ses, dtype=float)
    if centre.shape != error.shape or np.any(error < 0) or draws < 1:
        raise ValueError("estimates and ses must have one shape, ses be at least 0 and draws at least 1")
    known = np.isfinite(centre + error)
    drawn = centre[known] + error[known] * rng.standard_normal((draws, known.sum()))
    # Equal draws (standard errors of 0) take their order by chance, not by their place in the list.
    order = np.lexsort((rng.random(drawn.shape), -drawn), axis=1)
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, order.shape[1] + 1)[None, :], axis=1)
    found = np.full((4, len(centre)), np.nan)
    if known.any():
        found[:3, known] = np.quantile(ranks, (0.5, 0.025, 0.975), axis=0, method="inverted_cdf")
        found[3, known] = (ranks <= 5).mean(axis=0)
    return RankIntervals(*found)


def _checked(direct: Any, variance: Any, covariates: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, d, x = (np.asarray(a, dtype=float) for a in (direct, variance, covariates))
    if y.ndim != 1 or d.shape != y.shape or x.ndim != 2 or len(x) != len(y):
        raise ValueError(f"need (m,), (m,) and (m, p) arrays, not {y.shape}, {d.shape} and {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(f"covariates are missing in area {np.flatnonzero(~np.isfinite(x).all(axis=1))[0]}")
    if np.isinf(y).any() or np.isinf(d).any() or np.any(d <= 0):
        raise ValueError(
            "direct estimates must be finite, variances and sample sizes finite and above 0 (or NaN)"
        )
    return y, d, x


def _enough(x: np.ndarray, spare: int) -> None:
    m, p = x.shape
    if m < p + spare:
        raise ValueError(f"{m} sampled areas are too few for {p} covariates: at least {p + spare} are needed")
    if (rank := np.linalg.matrix_rank(x)) < p:
        raise ValueError(
            f"covariates repeat each other: {p} columns, but only {rank} say something of their own"
        )
