"""What sums by area say of each area with the models of `geo.small_area`: smoothed, standardised, unequal.

Every function takes a frame of sums (`area_code`, `numerator`, `denominator`, for a weighted survey `squares`: Σw²) and the
areas wanted, in order. Values are shares or rates as they are; scale and rounding are the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first called

from geo import small_area as sa
from geo.rates import SlopeIndex
from geo.smoothing import FEWEST_AREAS, Smoothed, smoothed_rates, smoothed_shares
from guards import number, numbers, table, takes

PART = numbers("n", low=0, missing=True)
WHOLE = numbers("n", above=0, missing=True)
SUMS = table("area_code", numerator=PART, denominator=PART, unique=("area_code",))
SURVEY = table("area_code", numerator=PART, denominator=WHOLE, squares=WHOLE, unique=("area_code",))


@dataclass(frozen=True)
class Modelled:
    """Values with limits and standard errors by area; `kept` is the weight that the area's own data kept."""

    values: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    error: np.ndarray
    kept: np.ndarray


@dataclass(frozen=True)
class Few:
    """Areas of a survey that are withheld for few answers, and what anybody may know of them.

    Attributes:
        sizes: by code about how many were asked. below: so many yes-answers at least would be shown. share: of all areas.
    """

    sizes: Mapping[str, float]
    below: int
    share: float

    def answers(self) -> dict[str, float]:
        """By code the yes-answers to be expected where there are fewer than `below` (binomial, the share of all).

        E[X | X ≤ k] = n·p·P(Bin(n−1, p) ≤ k−1) / P(Bin(n, p) ≤ k): from x·C(n, x) = n·C(n−1, x−1).
        """
        found = {}
        for code, size in self.sizes.items():
            n = int(size)
            most = min(self.below - 1, n)
            chance = scipy.special.bdtr(most, n, self.share)
            found[code] = (
                n * self.share * scipy.special.bdtr(most - 1, n - 1, self.share) / chance
                if most > 0 and chance > 0
                else float(max(most, 0))
            )
        return found


def _as_known(rows: pd.DataFrame, few: Few) -> pd.DataFrame:
    """Sums with what is known of areas with few answers in the place of their own: sizes with the weights of the others."""
    others = rows.drop(index=list(few.sizes))
    weight = float(others["denominator"].sum() / others["base"].sum())
    square = float(others["squares"].sum() / others["base"].sum())
    out = rows.astype(dict.fromkeys(("numerator", "denominator", "squares"), float))
    for code, n in few.answers().items():
        size = few.sizes[code]
        out.loc[code, ["numerator", "denominator", "squares"]] = weight * n, weight * size, square * size
    return out


@takes(sums=SURVEY, design=numbers("m", "p"))
def survey_shares(
    sums: pd.DataFrame, codes: Sequence[str], design: np.ndarray, few: Few | None = None
) -> Modelled | None:
    """Survey shares that borrow from covariates (Fay-Herriot), benchmarked to the whole; None with too few areas.

    Args:
        design: (m, p) as in `small_area.fay_herriot`, one row per area wanted.
        few: areas whose own answers may not be told. Nothing of their sums is used.

    An area that is wanted and has no sums, or NaN, is predicted by its covariates alone. One with few answers takes part with
    what is known of them, so that the others are not all there is to learn from; its error is that of the covariates alone.

    Raises:
        ValueError: sums that are negative or denominators of 0, an area twice, a design of other areas, covariates that
            are missing or repeat each other.
    """
    if len(design) != len(codes):
        raise ValueError(f"design has {len(design)} rows for {len(codes)} areas")
    rows = _in_order(sums, codes)
    if few is not None:
        rows = _as_known(rows, few)
    weight = rows["denominator"].to_numpy(dtype=float)
    direct = rows["numerator"].to_numpy(dtype=float) / weight
    effective = weight**2 / rows["squares"].to_numpy(dtype=float)
    if np.isfinite(direct * effective).sum() < design.shape[1] + 3:  # too few areas to borrow from
        return None
    fit = sa.fay_herriot(direct, sa.smoothed_variance(direct, effective, design), design, method="adjusted")
    total = (
        np.nansum(rows["numerator"].to_numpy(dtype=float)) / np.nansum(weight) if few is None else few.share
    )
    alone = fit.area_variance + np.einsum("ij,jk,ik->i", design, fit.coefficient_covariance, design)
    hidden = np.isin(list(codes), [] if few is None else list(few.sizes))
    fitted = sa.benchmarked(fit.estimates, np.where(hidden, alone, fit.mse), np.nan_to_num(weight), total)
    lower, upper = sa.interval(fitted.estimates, fitted.mse, clip=True)
    return Modelled(fitted.estimates, lower, upper, np.sqrt(fitted.mse), fit.shrinkage)


@takes(sums=SUMS)
def count_rates(sums: pd.DataFrame, codes: Sequence[str]) -> Modelled | None:
    """Rates of counts over people or time drawn towards the rate of all, the more the smaller the area; None with too few areas.

    An area that is wanted and has no sums, NaN or a denominator of 0, stays NaN (`smoothing.smoothed_rates`).

    Raises:
        ValueError: counts or denominators that are negative, or an area twice.
    """
    return _drawn_together(smoothed_rates, sums, codes)


@takes(sums=SUMS)
def count_shares(sums: pd.DataFrame, codes: Sequence[str]) -> Modelled | None:
    """Shares of counts drawn towards the share of all, the more the smaller the area; None with too few areas.

    A share varies with m(1 - m)/n where a rate varies with m/n (`smoothing.smoothed_shares`).

    Raises:
        ValueError: counts that are negative, numerators above their denominators, or an area twice.
    """
    return _drawn_together(smoothed_shares, sums, codes)


def _drawn_together(
    smooth: Callable[[Any, Any], Smoothed], sums: pd.DataFrame, codes: Sequence[str]
) -> Modelled | None:
    rows = _in_order(sums, codes)
    top, bottom = (rows[name].to_numpy(dtype=float) for name in ("numerator", "denominator"))
    if (np.isfinite(top) & (bottom > 0)).sum() < FEWEST_AREAS:
        return None
    fit = smooth(top, bottom)
    return Modelled(fit.smoothed, fit.lower, fit.upper, fit.standard_errors, fit.weights)


@takes(
    by_age=table("area_code", "age_band", numerator=PART, denominator=PART, unique=("area_code", "age_band")),
    scale=number(above=0),
)
def age_standardised(by_age: pd.DataFrame, codes: Sequence[str], *, scale: float) -> pd.DataFrame:
    """Events over person-time as if every area had the age mix of all (A6): value, lower, upper; NaN below 10 events.

    Args:
        by_age: sums with `age_band` beside the area. An age band that some area lacks is left out of all.
        scale: what rates are told per.

    Raises:
        ValueError: counts or person-time that are negative, an area's age band twice, or a scale of 0 or less.
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


@takes(sums=SUMS, people=numbers("n", above=0), scale=number(above=0))
def inequality(
    sums: pd.DataFrame,
    people: pd.Series,
    order: pd.Series,
    *,
    scale: float,
    poisson: bool,
    rng: np.random.Generator,
) -> SlopeIndex | None:
    """Slope and relative index of a measure along an order of the areas (A7); None where an area lacks its figure.

    Args:
        people: residents by area code, which weigh the areas. order: what ranks them, by area code.
        scale: what rates are told per. poisson: whether the numerator counts events over time and not a share.

    Returns: None also under five areas, and where an area has no place in the order.

    Raises:
        ValueError: sums as `count_rates`, people of 0 or less or missing, an order that is not finite.
    """
    numbers("k", missing=True).check("order", order)  # by code, in any order: not aligned with people
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
    if ranks.isna().any():
        return None
    return sa.slope_index(rate * scale, people, ranks, se=error * scale, rng=rng)


@takes(sums=SURVEY)
def effective_size(sums: pd.DataFrame, codes: Sequence[str]) -> np.ndarray:
    """Kish's effective sample size of each area, (Σw)² / Σw²; NaN for an area without its sums.

    Raises:
        ValueError: weights of 0 or less, or an area twice.
    """
    rows = _in_order(sums, codes)
    size: np.ndarray = rows["denominator"].to_numpy(dtype=float) ** 2 / rows["squares"].to_numpy(dtype=float)
    return size


def _in_order(sums: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    return sums.set_index("area_code").reindex(list(codes))
