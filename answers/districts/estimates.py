"""A measure by district as it stands, or as the small-area models see it: the one place where answers meet `geo.borrowing`.

`estimate` names what a row is: direct (the ratio itself), smoothed (Fay-Herriot for survey shares, full
Bayes for counts) or standardised (directly, for events over person-time by age). Only direct rows may enter
a trend or an evaluation (`metrics.trend.measured`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from answers import studies
from answers.districts import measures
from answers.districts.measures import DIRECT, SMOOTHED, STANDARDISED
from answers.kept import kept
from answers.reader import Reader, Rule, Where, fixed
from answers.rights import views
from data import facts, queries
from geo import borrowing
from geo.borrowing import Modelled
from geo.rates import SlopeIndex
from metrics import registry
from metrics.measure import rounded, verdicts
from metrics.spec import Metric

SEED = 120
STUDY, SURVEYED = "districts.modelled", "wilson_effective"
AGES = tuple(group["age_band"] for group in measures.GROUPS.values() if "age_band" in group)
COVARIATES = ("one_person_share", "basic_livelihood_rate")
SMOOTHING = Rule(
    "small-area smoothing",
    "a value that borrows from all districts; where its own answers are few nothing of them goes into a survey's; its weight and"
    " standard error only where its own figure is published",
)
INEQUALITY = Rule("slope index", "one slope and one ratio over all districts, to a tenth: no district's own")


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


def areas(read: Reader, metric_id: str, *, where: Mapping[str, Any], estimate: str, year: int) -> Areas:
    """The 25 districts of a measure. Shared: not to be changed.

    Args:
        where: the filter of period and group (`measures.where`).
        estimate: one of `measures.kinds`; shrinkage shows the smoothed values beside the raw ones.
        year: the year whose covariates the model borrows from.
    """
    if estimate == SMOOTHED and registry.get(metric_id).interval == SURVEYED and _ahead(read):
        made: dict[tuple[str, int, Where], Areas] = read.study(STUDY, read.study_view)
        if found := made.get((metric_id, year, fixed(where))):
            return found
    return _areas(read, metric_id, fixed(where), estimate, year)


def _ahead(read: Reader) -> bool:
    """Whether what is modelled of the newest survey can be taken as a study keeps it."""
    if read.study_view != read.rights.view or read.as_of != read.store.as_of:
        return False
    return read.patient or studies.ready(read, STUDY, (read.study_view,))


@studies.study(
    STUDY,
    reads=facts.SOURCES["survey_area"],
    over=lambda read: [(view,) for view in views(read.whose)],
    of_facts=True,
)
def _modelled(read: Reader, view: str) -> dict[tuple[str, int, Where], Areas]:
    """The newest survey's shares as they are modelled, which every map, sheet and verdict of districts begins with."""
    theirs, found = read.seen_in(view), {}
    for metric_id in measures.INDICATORS:
        metric = registry.get(metric_id)
        years = measures.periods_of(theirs, metric)
        if metric.interval == SURVEYED and years:
            where = fixed(measures.where(theirs, metric, years[0]))
            found[metric_id, years[0], where] = _areas(theirs, metric_id, where, SMOOTHED, years[0])
    return found


@kept
def _areas(read: Reader, metric_id: str, where: Where, estimate: str, year: int) -> Areas:
    metric, asked = registry.get(metric_id), dict(where)
    city = read.city(metric_id, where=asked)
    raw = read.frame(metric_id, keys=("area_code",), where=asked, benchmark=_benchmark(city))
    inside = raw["area_code"].isin(list(read.district_names("ko")))
    raw = raw[inside].reset_index(drop=True).assign(estimate=DIRECT)
    direct = Areas(raw, city, _by_code(raw, _half_width(raw)), DIRECT)
    if estimate == DIRECT or raw["numerator"].notna().sum() < 3 or pd.isna(city["value"]):
        return direct
    codes = raw["area_code"].tolist()
    if estimate == STANDARDISED:
        by_age = _by_age(read, metric_id, raw, asked)
        return _standardised(
            read, metric, direct, borrowing.age_standardised(by_age, codes, scale=metric.scale)
        )
    if metric.interval == SURVEYED:
        sums = read.for_model(metric_id, keys=("area_code",), where=asked)
        design = covariates(read, codes, year)
        smoothed = read.judged(
            SMOOTHING, borrowing.survey_shares, sums, codes, design, _few(read, raw, city, metric, asked)
        )
        return direct if smoothed is None else _smoothed(read, metric, direct, smoothed, "fay_herriot")
    # Fitted over all districts: those with few events are the low ones, and without them the mean would be too high. They take
    # part as what is known of them, the others as they are published: from a model of the true counts these could be worked out.
    share = metric.unit == "percent"
    known = _as_known(read, raw, city)
    made = (borrowing.count_shares if share else borrowing.count_rates)(known, codes)
    if made is None:
        return direct
    hidden = raw["value"].isna().to_numpy()
    off = made.kept * read.slack / known["denominator"].to_numpy(dtype=float)
    low, high = np.maximum(made.lower - off, 0.0), made.upper + off
    values, lower, upper = (np.where(hidden, np.nan, v) for v in (made.values, low, high))
    return _smoothed(
        read,
        metric,
        direct,
        Modelled(values, lower, upper, made.error, made.kept),
        "beta" if share else "gamma",
    )


def _few(
    read: Reader, raw: pd.DataFrame, city: pd.Series, metric: Metric, asked: dict[str, Any]
) -> borrowing.Few | None:
    """Districts that are withheld: from a modelled value their own few answers could be worked out."""
    hidden = raw.loc[raw["status"].eq("suppressed"), "area_code"]
    if hidden.empty:
        return None
    sizes = read.totals("survey_area", columns=("respondents",), keys=("area_code",), where=asked)
    known = sizes.set_index("area_code")["respondents"].reindex(hidden).fillna((read.smallest - 1) / 2)
    return borrowing.Few(known.to_dict(), read.smallest, float(city["value"]) / metric.scale)


def _as_known(read: Reader, raw: pd.DataFrame, city: pd.Series) -> pd.DataFrame:
    """Published sums by district; withheld counts as what is to be expected of fewer than ten at the city's rate."""
    out = raw[["area_code", "numerator", "denominator"]].astype({"numerator": float, "denominator": float})
    hidden = raw["status"].eq("suppressed") & out["denominator"].gt(0)
    if hidden.any():
        sizes = dict(zip(out.loc[hidden, "area_code"], out.loc[hidden, "denominator"], strict=True))
        few = borrowing.Few(sizes, read.smallest, float(city["numerator"] / city["denominator"]))
        out.loc[hidden, "numerator"] = list(few.answers().values())
    return out


def _by_age(read: Reader, metric_id: str, raw: pd.DataFrame, asked: dict[str, Any]) -> pd.DataFrame:
    """Published sums by district and age; what is withheld of an age is its part, at the city's rates, of what the others leave."""
    parts = []
    for band in AGES:
        where = asked | {"age_band": band}
        mine = (
            read.frame(metric_id, keys=("area_code",), where=where)
            .set_index("area_code")
            .reindex(raw["area_code"])
        )
        whole = read.city(metric_id, where=where)
        parts.append(
            mine[["numerator", "denominator"]].astype(float).assign(
                age_band=band, rate=whole["numerator"] / whole["denominator"]
            )
        )  # fmt: skip
    found = pd.concat(parts).reset_index()
    found["denominator"] = found["denominator"].fillna((read.smallest - 1) / 2)
    every = found["area_code"].map(raw.set_index("area_code")["numerator"].astype(float))
    given = found.groupby("area_code")["numerator"].transform("sum")
    expected = (found["rate"].fillna(0) * found["denominator"]).where(found["numerator"].isna())
    part = expected / expected.groupby(found["area_code"]).transform("sum")
    left = (part * (every - given).clip(lower=0)).fillna(0.0)
    found["numerator"] = found["numerator"].fillna(left)
    return found[["area_code", "age_band", "numerator", "denominator"]]


def _benchmark(city: pd.Series) -> float | None:
    return None if pd.isna(city["value"]) else float(city["value"])


def _by_code(frame: pd.DataFrame, values: Any) -> pd.Series:
    return pd.Series(np.asarray(values, dtype=float), index=frame["area_code"])


def _half_width(frame: pd.DataFrame) -> pd.Series:
    return (frame["upper"] - frame["lower"]) / 3.92


def _smoothed(read: Reader, metric: Metric, direct: Areas, made: Modelled, method: str) -> Areas:
    """A metric frame of modelled values, rounded like the figures that the publishing rule has passed."""
    raw = direct.frame
    weight = pd.Series(made.kept, index=raw.index).where(raw["value"].notna())
    out = raw.assign(raw_value=raw["value"], shrinkage=weight, estimate=SMOOTHED)
    if "digits" not in out:
        out["digits"], out["whole"] = np.nan, False
    # A figure that borrows from 24 other districts does not give its own few answers away; it is rounded as
    # coarsely as a share of so few respondents would be.
    coarse = out["status"].eq("suppressed") & (not read.free)
    out["digits"], out["whole"] = out["digits"].mask(coarse, 0.0), out["whole"] | coarse
    kept = out["digits"].where(out["whole"])
    for name, values, how in (
        ("value", made.values, "half_up"),
        ("lower", made.lower, "down"),
        ("upper", made.upper, "up"),
    ):
        out[name] = rounded(pd.Series(values * metric.scale, index=out.index), kept, how)
    out["status"] = np.where(np.isnan(made.values), out["status"], "ok")
    out[["numerator", "denominator"]] = np.nan
    out["verdict"] = verdicts(metric, out, _benchmark(direct.city))
    return Areas(out, direct.city, _by_code(raw, made.error * metric.scale), method)


def _standardised(read: Reader, metric: Metric, direct: Areas, found: pd.DataFrame) -> Areas:
    """The same frame with standardised rates; none where the direct one is withheld."""
    raw = direct.frame
    out = raw.assign(raw_value=raw["value"], estimate=STANDARDISED)
    count = raw["numerator"].to_numpy(dtype=float)
    off = read.slack / np.where(count > 0, count, np.nan)
    for name, times in (("value", 1.0), ("lower", 1 - off), ("upper", 1 + off)):
        out[name] = found[name].to_numpy() * times
    few = out["value"].isna() | raw["status"].eq("suppressed")
    out.loc[few, ["value", "lower", "upper"]] = np.nan
    out["status"] = out["status"].mask(few & out["status"].eq("ok"), "suppressed")
    out["verdict"] = verdicts(metric, out, _benchmark(direct.city))
    return Areas(out, direct.city, _by_code(out, _half_width(out)), STANDARDISED)


@kept
def slope(read: Reader, metric_id: str, period: int, group: str) -> SlopeIndex | None:
    """Slope and relative index of inequality of a measure along the basic-livelihood rate (A7), or None.

    From direct values, weighted by residents: the smoothed ones have borrowed from this very rate.
    """
    metric = registry.get(metric_id)
    sums = read.for_model(metric_id, keys=("area_code",), where=measures.where(read, metric, period, group))
    found: SlopeIndex | None = read.judged(
        INEQUALITY,
        borrowing.inequality,
        sums,
        population(read, period),
        covariate(read, "basic_livelihood_rate", period),
        scale=metric.scale,
        poisson=metric.interval == "byar",
        rng=np.random.default_rng(SEED),
    )
    return found


def covariates(read: Reader, codes: list[str], year: int) -> np.ndarray:
    """Design matrix: a column of ones, then the standardised covariates of the nearest census that are known and vary."""
    columns = [np.ones(len(codes))]
    for metric_id in COVARIATES:
        values = covariate(read, metric_id, year).reindex(codes).to_numpy(dtype=float)
        if np.isfinite(values).all() and values.std() > 0:
            columns.append((values - values.mean()) / values.std())
    return np.column_stack(columns)


def covariate(read: Reader, metric_id: str, year: int) -> pd.Series:
    """A census measure by district in the year nearest to `year`, the later one at a tie; empty without a census."""
    known = read.years(metric_id)
    if not known:
        return pd.Series(dtype=float)
    nearest = min(known, key=lambda other: (abs(other - year), -other))
    return read.frame(metric_id, keys=("area_code",), where={"year": nearest}).set_index("area_code")["value"]


def population(read: Reader, year: int) -> pd.Series:
    """Residents by district in the census year nearest to `year`; empty without a census."""
    found = read.rows(queries.indicator, name="population", level="district")
    if found.empty:
        return pd.Series(dtype=float)
    nearest = min(set(found["year"]), key=lambda other: (abs(other - year), -other))
    return found[found["year"] == nearest].set_index("area_code")["value"].astype(float)
