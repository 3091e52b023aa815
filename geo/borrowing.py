"""What sums by area say of each area with the models of `geo.small_area`: smoothed, standardised, unequal.

Every function takes a frame of sums (`area_code`, `numerator`, `denominator`, for a weighted survey `squares`: Σw²) and the
areas wanted, in order. Values are shares or rates as they are; scale and rounding are the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo import small_area as sa
from geo.rates import SlopeIndex


@dataclass(frozen=True)
class Modelled:
    """Values with limits and standard errors by area; `kept` is the weight that the area's own data kept."""

    values: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    error: np.ndarray
    kept: np.ndarray


def survey_shares(sums: pd.DataFrame, codes: Sequence[str], design: np.ndarray) -> Modelled | None:
    """Survey shares that borrow from covariates (Fay-Herriot), benchmarked to the whole; None with too few areas.

    Args:
        design: (m, p) as in `small_area.fay_herriot`.
    """
    rows = _in_order(sums, codes)
    weight = rows["denominator"].to_numpy(dtype=float)
    direct, effective = rows["numerator"].to_numpy(dtype=float) / weight, effective_size(sums, codes)
    if np.isfinite(direct * effective).sum() < design.shape[1] + 3:  # too few areas to borrow from
        return None
    fit = sa.fay_herriot(direct, sa.smoothed_variance(direct, effective, design), design, method="adjusted")
    total = np.nansum(rows["numerator"].to_numpy(dtype=float)) / np.nansum(weight)
    fitted = sa.benchmarked(fit.estimates, fit.mse, np.nan_to_num(weight), total)
    lower, upper = sa.interval(fitted.estimates, fitted.mse, clip=True)
    return Modelled(fitted.estimates, lower, upper, np.sqrt(fitted.mse), fit.shrinkage)


def count_rates(sums: pd.DataFrame, codes: Sequence[str]) -> Modelled:
    """Rates of counts drawn towards the rate of all, the more the smaller the area (Marshall's empirical Bayes)."""
    rows = _in_order(sums, codes)
    fit = sa.eb_marshall(rows["numerator"].to_numpy(dtype=float), rows["denominator"].to_numpy(dtype=float))
    return Modelled(fit.smoothed, fit.lower, fit.upper, fit.standard_errors, fit.weights)


def age_standardised(by_age: pd.DataFrame, codes: Sequence[str], *, scale: float) -> pd.DataFrame:
    """Events over person-time as if every area had the age mix of all (A6): value, lower, upper; NaN below 10 events.

    Args:
        by_age: sums with `age_band` beside the area.
    """
    wide = by_age.pivot(index="area_code", columns="age_band", values=["numerator", "denominator"])
    events, exposure = wide["numerator"].fillna(0), wide["denominator"]
    whole = exposure.columns[exposure.gt(0).all()]  # a band that some area lacks cannot be weighted
    if whole.empty:
        return pd.DataFrame(np.nan, index=list(codes), columns=["value", "lower", "upper"])
    standard = exposure[whole].sum().to_numpy(dtype=float)
    found = sa.directly_standardised(
        events[whole].to_numpy(dtype=float), exposure[whole].to_numpy(dtype=float), standard, multiplier=scale
    )
    columns = {"value": found.value, "lower": found.lower, "upper": found.upper}
    return pd.DataFrame(columns, index=wide.index).reindex(list(codes))


def inequality(
    sums: pd.DataFrame, people: pd.Series, order: pd.Series, *, scale: float, poisson: bool, rng: np.random.Generator
) -> SlopeIndex | None:  # fmt: skip
    """Slope and relative index of a measure along an order of the areas (A7); None where an area lacks its figure.

    Args:
        people: residents by area code, which weigh the areas. order: what ranks them, by area code.
        poisson: whether the numerator counts events over time and not a share.
    """
    rows = (
        sums.set_index("area_code").reindex(people.index).astype({"numerator": float, "denominator": float})
    )
    rate = rows["numerator"] / rows["denominator"]
    if rate.notna().sum() < len(people) or len(people) < 5:
        return None
    if "squares" in rows:
        error = np.sqrt(rate * (1 - rate) * rows["squares"].astype(float)) / rows["denominator"]
    else:
        error = np.sqrt(rate * (1.0 if poisson else 1 - rate) / rows["denominator"])
    ranks = order.reindex(people.index).rank()
    return sa.slope_index(rate * scale, people, ranks, se=error * scale, rng=rng)


def effective_size(sums: pd.DataFrame, codes: Sequence[str]) -> np.ndarray:
    """Kish's effective sample size of each area, (Σw)² / Σw²."""
    rows = _in_order(sums, codes)
    size: np.ndarray = rows["denominator"].to_numpy(dtype=float) ** 2 / rows["squares"].to_numpy(dtype=float)
    return size


def _in_order(sums: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    return sums.set_index("area_code").reindex(list(codes))
