"""The trend of every district and of the city over the same periods: rising, falling, or no clear change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from answers import periods, words
from answers.districts import mapview, measures
from answers.kept import kept
from answers.reader import Raw, Reader, Rule
from data.queries import Span
from geo.areas import CITY
from locales import t
from metrics import registry, trend
from metrics.spec import Metric

KINDS = ("rising", "falling", "none", "too_few", "withheld")
TESTED = ("rising", "falling", "none")
SIGNS = {"rising": " ▲", "falling": " ▼", "none": "", "too_few": " ∅", "withheld": " ×"}
QUARTERS = 5
TREND = Rule(
    "trend",
    "a word per district, and a slope with limits to a tenth only where every period's figure is published: no count and no share",
)


@dataclass(frozen=True)
class Change:
    """The trend of every district and of the city over the same periods."""

    metric: Metric
    areas: pd.DataFrame  # trend.of rows, placed
    city: pd.Series
    said: tuple[str, ...]  # the periods in words
    evidence: str
    per: str  # 'year' or 'quarter': what the slope is per
    steps: tuple[str, ...] = ()  # the city's value in each period, in words


@kept
def build(read: Reader, indicator: str, group: str, own: int, lang: str) -> Change:
    """The trends of a measure. Shared: not to be changed."""
    metric = registry.get(indicator)
    time, where = asked(read, metric, group)
    district_codes = list(read.district_names("ko"))
    found, known = read.judged(
        TREND, _tested, read, metric, of_districts(read, metric, group), where, district_codes
    )
    whole = read.judged(TREND, _of_city, read, metric, read.for_model(indicator, keys=(time,), where=where))
    found = found.assign(status=np.where(found["value"].isna(), "missing", "ok"))
    areas = mapview.placed(read, found, measures.vintage_of(0, own), metric, lang)
    areas["verdict"] = areas["verdict"].fillna("too_few")
    areas["kind"] = areas["verdict"]
    areas["sign"] = areas["kind"].map(SIGNS)
    said = [
        t("district.quarter", lang, year=p // 4, n=p % 4 + 1)
        if time == "month_key"
        else words.period_label(p, lang)
        for p in known
    ]
    steps = _steps(read, metric, where, time, known, lang)
    return Change(
        metric,
        areas,
        whole,
        tuple(said),
        read.mark(metric),
        "quarter" if time == "month_key" else "year",
        tuple(f"{when} {value}" for when, value in zip(said, steps, strict=True)),
    )


def asked(read: Reader, metric: Metric, group: str) -> tuple[str, dict[str, Any]]:
    """The column of time and the filter of a trend: one instrument, for months the last whole quarters."""
    time = "year" if "year" in metric.grains else "month_key"
    where = measures.where(read, metric, read.as_of.year, group)
    where.pop(time, None)
    return time, where | ({"month_key": Span(*_whole_quarters(read, metric))} if time == "month_key" else {})


def of_districts(read: Reader, metric: Metric, group: str) -> Raw:
    """True sums by district and time, for a test alone."""
    time, where = asked(read, metric, group)
    return read.for_model(metric.metric_id, keys=("area_code", time), where=where)


def observed(sums: pd.DataFrame, where: dict[str, Any]) -> pd.DataFrame:
    """What was measured, by district and period, of one instrument."""
    series = trend.observed(sums)
    return series.assign(instrument_id=where["instrument_id"]) if "instrument_id" in where else series


def _tested(
    read: Reader, metric: Metric, sums: pd.DataFrame, where: dict[str, Any], districts: list[str]
) -> tuple[pd.DataFrame, list[int]]:
    """Every district's verdict, and the periods that it rests on.

    The verdict of a test is a word, not a count, and may rest on figures that the publishing rule withholds in some
    period; slopes and limits may not.
    """
    series = observed(sums, where)
    found = trend.of(series[series["area_code"].isin(districts)], unit=metric.scale)
    if metric.disclosure == "person" and len(series):
        safe = read.published(series, metric, keys=("area_code",), level="district")
        secret = set(series.loc[safe["status"].eq("suppressed").to_numpy(), "area_code"])
        found = _coarse(read, found, found["area_code"].isin(secret))
    return found, sorted(int(p) for p in series["period"].unique())[-trend.WINDOW :]


def _coarse(read: Reader, found: pd.DataFrame, hidden: pd.Series) -> pd.DataFrame:
    """Slopes, limits and p of trends as they may be shown: none of those that rest on a withheld figure."""
    found.loc[hidden, ["value", "lower", "upper", "p_value", "q_value"]] = np.nan
    if read.free:
        return found
    # To all its digits a slope would give the counts of its periods back.
    return found.round({"value": 1, "lower": 1, "upper": 1, "p_value": 2, "q_value": 2})


def _of_city(read: Reader, metric: Metric, sums: pd.DataFrame) -> pd.Series:
    """The city's verdict and slope, under the same rule as a district's: in a small office the city may be one."""
    series = trend.observed(sums.assign(area_code=CITY))
    whole = trend.of(series, unit=metric.scale)
    if len(whole) and metric.disclosure == "person":
        safe = read.published(series, metric, keys=(), level="city")
        whole = _coarse(read, whole, pd.Series(safe["status"].eq("suppressed").any(), index=whole.index))
    if len(whole):
        return whole.iloc[0]
    return pd.Series(
        {"verdict": "too_few", "value": np.nan, "lower": np.nan, "upper": np.nan, "q_value": np.nan}
    )


def _steps(
    read: Reader, metric: Metric, where: dict[str, Any], time: str, known: list[int], lang: str
) -> list[str]:
    """The city's published values behind the trend: one slope can hide a single step."""
    found = []
    for period in known:
        first = period // 4 * 100 + period % 4 * 3 + 1
        when = {"year": period} if time == "year" else {"month_key": Span(first, first + 2)}
        found.append(words.value_of(read.city(metric.metric_id, where=where | when), metric, lang))
    return found


def _whole_quarters(read: Reader, metric: Metric) -> tuple[int, int]:
    """First and last month of the last five whole quarters."""
    day = read.end(measures.table_of(metric) or "")
    end = periods.shifted(periods.key(day), 0 if day.month % 3 == 0 else -(day.month % 3))
    return periods.shifted(end, 1 - 3 * QUARTERS), end
