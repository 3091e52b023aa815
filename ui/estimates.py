"""A measure by district as it stands, or as the small-area models see it: the one place where screens meet `geo`.

`estimate` names what a row is: direct (the ratio itself), smoothed (Fay-Herriot for survey shares, Marshall's
empirical Bayes for counts) or standardised (directly, for events over person-time by age). Only direct rows may enter
a trend or an evaluation (`metrics.trend.measured`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data import queries
from metrics import registry
from metrics.measure import rounded, verdicts
from metrics.spec import Metric
from ui import access, store, view

DIRECT, SMOOTHED, SHRINKAGE, STANDARDISED = "direct", "smoothed", "shrinkage", "standardised"
SEED = 120
COVARIATES = ("one_person_share", "basic_livelihood_rate")
# A closed list of nested groups: no two of them differ by a handful of people (release rule).
GROUPS: dict[str, dict[str, str]] = {
    "all": {}, "age-19-39": {"age_band": "19-39"}, "age-40-64": {"age_band": "40-64"}, "age-65": {"age_band": "65+"},
    "female": {"sex": "female"}, "male": {"sex": "male"},
    "one-person": {"household_type": "one_person"}, "two-or-more": {"household_type": "other"},
}  # fmt: skip


def kinds(metric: Metric) -> tuple[str, ...]:
    """Which estimates a measure offers, the headline first. A full count needs no smoothing."""
    if metric.evidence is not None:
        return (DIRECT,)
    if metric.interval == "wilson_effective":
        return (SMOOTHED, DIRECT, SHRINKAGE)
    if metric.metric_id == "reisolation_rate":
        return (SMOOTHED, DIRECT, SHRINKAGE, STANDARDISED)
    return (DIRECT, SMOOTHED, SHRINKAGE)


def groups(metric: Metric) -> tuple[str, ...]:
    """Which groups a measure can be asked for: those whose columns are among its grains."""
    return tuple(name for name, where in GROUPS.items() if set(where) <= set(metric.grains))


@dataclass(frozen=True)
class Areas:
    """A measure by district.

    `frame` is a metric frame with `estimate`, and for smoothed rows `raw_value` and `shrinkage` (the weight that the
    area's own data kept), both missing where the raw value is withheld. `se` (the metric's unit, by area code) is for
    further arithmetic. All such arithmetic starts from `values`, the figures as shown: a rank, a cluster or a reach
    made of unrounded estimates would give withheld ones away.
    """

    frame: pd.DataFrame
    city: pd.Series
    se: pd.Series
    method: str

    @property
    def values(self) -> pd.Series:
        """The figures as shown, by area code."""
        return self.frame.set_index("area_code")["value"].astype(float)


def areas(metric_id: str, *, where: dict[str, Any], estimate: str, year: int) -> Areas:
    """The 25 districts of a measure.

    Args:
        where: the filter of period and group.
        estimate: one of `kinds(metric)`; shrinkage shows the smoothed values beside the raw ones.
        year: the year whose covariates the model borrows from.
    """
    metric = registry.get(metric_id)
    city = access.city(metric_id, where=where)
    benchmark = None if pd.isna(city["value"]) else float(city["value"])
    raw = access.frame(metric_id, keys=("area_code",), where=where, benchmark=benchmark)
    raw = (
        raw[raw["area_code"].isin(access.district_names("ko"))].reset_index(drop=True).assign(estimate=DIRECT)
    )
    if estimate == DIRECT or raw["numerator"].notna().sum() < 3:
        return Areas(raw, city, _by_code(raw, _half_width(raw)), DIRECT)
    if estimate == STANDARDISED:
        return _standardised(metric, raw, city, where)
    if metric.interval == "wilson_effective":
        return _fay_herriot(metric, raw, city, where, year)
    return _marshall(metric, raw, city, where)


def _by_code(frame: pd.DataFrame, values: Any) -> pd.Series:
    return pd.Series(np.asarray(values, dtype=float), index=frame["area_code"])


def _half_width(frame: pd.DataFrame) -> pd.Series:
    return (frame["upper"] - frame["lower"]) / 3.92


def _fay_herriot(
    metric: Metric, raw: pd.DataFrame, city: pd.Series, where: dict[str, Any], year: int
) -> Areas:
    """Survey shares borrowing from the census, benchmarked to the city's own figure."""
    from geo import small_area as sa  # scipy.optimize: only when a model is asked for

    sums = access.unprotected_sums(metric.metric_id, keys=("area_code",), where=where)
    sums = raw[["area_code"]].merge(sums, on="area_code", how="left")
    weight = sums["denominator"].to_numpy(dtype=float)
    direct = sums["numerator"].to_numpy(dtype=float) / weight
    effective = weight**2 / sums["squares"].to_numpy(dtype=float)
    design = covariates(raw["area_code"], year)
    if np.isfinite(direct * effective).sum() < design.shape[1] + 3:  # too few districts to borrow from
        return Areas(raw, city, _by_code(raw, _half_width(raw)), DIRECT)
    variance = sa.smoothed_variance(direct, effective, design)
    fit = sa.fay_herriot(direct, variance, design, method="adjusted")
    total = np.nansum(sums["numerator"]) / np.nansum(weight)
    fitted = sa.benchmarked(fit.estimates, fit.mse, np.nan_to_num(weight), total)
    limits = sa.interval(fitted.estimates, fitted.mse, clip=True)
    error = np.sqrt(fitted.mse)
    return _modelled(metric, raw, city, fitted.estimates, limits, error, fit.shrinkage, "fay_herriot")


def _marshall(metric: Metric, raw: pd.DataFrame, city: pd.Series, where: dict[str, Any]) -> Areas:
    """Counts drawn towards the city's rate, the more the smaller the area; withheld areas stay withheld.

    Fitted over all districts: those with few events are the low ones, and without them the mean would be too high.
    """
    from geo import small_area as sa

    sums = access.unprotected_sums(metric.metric_id, keys=("area_code",), where=where)
    sums = raw[["area_code"]].merge(sums, on="area_code", how="left")
    fit = sa.eb_marshall(sums["numerator"].to_numpy(dtype=float), sums["denominator"].to_numpy(dtype=float))
    shown = raw["value"].notna().to_numpy()
    smoothed, *limits = (np.where(shown, v, np.nan) for v in (fit.smoothed, fit.lower, fit.upper))
    return _modelled(
        metric, raw, city, smoothed, (limits[0], limits[1]), fit.standard_errors, fit.weights, "marshall"
    )


def _modelled(
    metric: Metric, raw: pd.DataFrame, city: pd.Series, exact: np.ndarray, limits: tuple[np.ndarray, np.ndarray],
    error: np.ndarray, weight: np.ndarray, method: str,
) -> Areas:  # fmt: skip
    """A metric frame of modelled values, rounded like the figures that the publishing rule has passed."""
    scale = metric.scale
    kept = pd.Series(weight, index=raw.index).where(raw["value"].notna())
    out = raw.assign(raw_value=raw["value"], shrinkage=kept, estimate=SMOOTHED)
    if "digits" not in out:
        out["digits"] = np.nan
    # A figure that borrows from 24 other districts does not give its own few answers away; it is rounded as
    # coarsely as a share of so few respondents would be.
    coarse = out["status"].eq("suppressed") & ~view.analyst()
    out["digits"] = out["digits"].mask(coarse, 0.0)
    for name, values, how in zip(
        ("value", "lower", "upper"), (exact, *limits), ("half_up", "down", "up"), strict=True
    ):
        out[name] = rounded(pd.Series(values * scale, index=out.index), out["digits"], how)
    out["status"] = np.where(np.isnan(exact), out["status"], "ok")
    out[["numerator", "denominator"]] = np.nan
    benchmark = None if pd.isna(city["value"]) else float(city["value"])
    out["verdict"] = verdicts(metric, out, benchmark)
    out["evidence"] = out["evidence"].replace("recorded", "modelled")
    return Areas(out, city, _by_code(raw, error * scale), method)


def _standardised(metric: Metric, raw: pd.DataFrame, city: pd.Series, where: dict[str, Any]) -> Areas:
    """Events over person-time as if every district had the city's age mix (A6); none below 10 events."""
    from geo import small_area as sa

    by_age = access.unprotected_sums(metric.metric_id, keys=("area_code", "age_band"), where=where)
    wide = by_age.pivot(index="area_code", columns="age_band", values=["numerator", "denominator"])
    events, exposure = wide["numerator"].fillna(0), wide["denominator"]
    whole = exposure.columns[exposure.gt(0).all()]  # a band that some district lacks cannot be weighted
    standard = exposure[whole].sum().to_numpy(dtype=float)
    out = raw.assign(raw_value=raw["value"], estimate=STANDARDISED)
    found = {
        code: sa.directly_standardised(
            events.loc[code, whole].to_numpy(dtype=float), exposure.loc[code, whole].to_numpy(dtype=float), standard,
            multiplier=metric.scale,
        )
        for code in out["area_code"] if code in wide.index
    }  # fmt: skip
    for name in ("value", "lower", "upper"):
        out[name] = [
            getattr(found[code], name, np.nan) if code in found else np.nan for code in out["area_code"]
        ]
    few = out["value"].isna() | raw["status"].eq("suppressed")
    out.loc[few, ["value", "lower", "upper"]] = np.nan
    out["status"] = out["status"].mask(few & out["status"].eq("ok"), "suppressed")
    benchmark = None if pd.isna(city["value"]) else float(city["value"])
    out["verdict"] = verdicts(metric, out, benchmark)
    return Areas(out, city, _by_code(out, _half_width(out)), STANDARDISED)


def slope(metric_id: str, *, period: int, group: str) -> Any:
    """Slope and relative index of inequality of a measure along the basic-livelihood rate (A7), or None.

    From direct values, weighted by residents: the smoothed ones have borrowed from this very rate.
    """
    return _slope(metric_id, period, group, version())


@st.cache_resource(max_entries=64, show_spinner=False)
def _slope(metric_id: str, period: int, group: str, _version: tuple[bool, int, str]) -> Any:
    from geo import small_area as sa
    from ui import mapview

    metric = registry.get(metric_id)
    where = mapview.where(metric, period, group)
    sums = access.unprotected_sums(metric_id, keys=("area_code",), where=where).set_index("area_code")
    weight = population(period)
    sums = sums.reindex(weight.index).astype({"numerator": float, "denominator": float})
    rate = sums["numerator"] / sums["denominator"]
    if rate.notna().sum() < len(weight) or len(weight) < 5:
        return None
    if "squares" in sums:
        error = np.sqrt(rate * (1 - rate) * sums["squares"].astype(float)) / sums["denominator"]
    elif metric.interval == "byar":
        error = np.sqrt(rate / sums["denominator"])
    else:
        error = np.sqrt(rate * (1 - rate) / sums["denominator"])
    poor = covariate("basic_livelihood_rate", period).reindex(weight.index)
    return sa.slope_index(
        rate * metric.scale, weight, poor.rank(), se=error * metric.scale, rng=np.random.default_rng(SEED)
    )


def covariates(codes: pd.Series, year: int) -> np.ndarray:
    """Design matrix: a column of ones, then the standardised covariates of the nearest census that are known and vary."""
    columns = [np.ones(len(codes))]
    for metric_id in COVARIATES:
        values = covariate(metric_id, year).reindex(codes).to_numpy(dtype=float)
        if np.isfinite(values).all() and values.std() > 0:
            columns.append((values - values.mean()) / values.std())
    return np.column_stack(columns)


def covariate(metric_id: str, year: int) -> pd.Series:
    """A census measure by district in the year nearest to `year`, the later one at a tie; empty without a census."""
    known = access.years(metric_id)
    if not known:
        return pd.Series(dtype=float)
    nearest = min(known, key=lambda other: (abs(other - year), -other))
    rows = access.frame(metric_id, keys=("area_code",), where={"year": nearest})
    return rows.set_index("area_code")["value"]


def population(year: int) -> pd.Series:
    """Residents by district in the census year nearest to `year`; empty without a census."""
    found = access.read(queries.indicator, name="population", level="district")
    if found.empty:
        return pd.Series(dtype=float)
    nearest = min(set(found["year"]), key=lambda other: (abs(other - year), -other))
    return found[found["year"] == nearest].set_index("area_code")["value"].astype(float)


def version() -> tuple[bool, int, str]:
    """What every cached view of these figures depends on: view, batches, store."""
    return view.analyst(), store.version(), store.url()
