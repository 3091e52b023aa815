"""From the store to a metric frame, once per question: sums, publishing rule, measure. Results are cached by key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import pandas as pd
import streamlit as st

from data import census, queries, release
from data.queries import Span
from metrics import registry
from metrics.measure import measure
from metrics.spec import Metric
from ui import store, view
from ui.periods import key

Where = tuple[tuple[str, Any], ...]


def frame(
    metric_id: str,
    *,
    keys: Sequence[str] = (),
    where: Mapping[str, Any] | None = None,
    level: str = "district",
    vintage: int | None = None,
    benchmark: float | None = None,
    on: date | None = None,
) -> pd.DataFrame:
    """The metric frame of one metric in the view that this visitor has. The result is shared: do not change it."""
    return _frame(
        metric_id, tuple(keys), tuple(sorted((where or {}).items(), key=lambda item: item[0])), level, vintage,
        benchmark, on, view.analyst(), store.version(), store.url(),
    )  # fmt: skip


@st.cache_resource(max_entries=512, show_spinner=False)
def _frame(
    metric_id: str, keys: tuple[str, ...], where: Where, level: str, vintage: int | None, benchmark: float | None,
    on: date | None, analyst: bool, version: int, address: str,
) -> pd.DataFrame:  # fmt: skip
    metric = registry.get(metric_id)
    with store.connect() as connection:
        sums = queries.sums(
            connection, metric.terms(), keys=keys, where=dict(where), level=level, vintage=vintage
        )
    if metric.disclosure == "person":
        sums = published(sums, metric, keys=keys, level=level, analyst=analyst)
    return measure(metric, sums, benchmark=benchmark, on=on)


def published(
    sums: pd.DataFrame, metric: Metric, *, keys: Sequence[str], level: str, analyst: bool
) -> pd.DataFrame:
    """Apply the publishing rule; the analyst view lifts it where every row behind a figure is synthetic.

    A total that mixes recorded and synthetic rows stays protected: raw, it would give the recorded part away by
    subtraction.
    """
    grain = [f"{level}_code" if key == "area_code" else key for key in keys]
    safe = release.protect(sums, keys=grain, ratio=metric.is_ratio, additive=metric.unit != "seconds")
    if not analyst:
        return safe
    raw = sums.assign(status="ok", digits=float("nan"), slack=0.0).reindex(columns=safe.columns)
    return raw.where(sums["pure"].astype(bool), safe).infer_objects()


def city(metric_id: str, **more: Any) -> pd.Series:
    """The city's row of a metric."""
    rows = frame(metric_id, level="city", **more)
    return rows.iloc[0]


def year_filter(metric: Metric, year: int) -> dict[str, Any]:
    """How a calendar year is asked of the metric's facts."""
    if "year" in metric.grains:
        return {"year": year}
    if "fiscal_year" in metric.grains:
        return {"fiscal_year": year}
    # Not past the as-of month: "January to October" must not hold a row of November.
    return {"month_key": Span(year * 100 + 1, min(year * 100 + 12, key(store.as_of())))}


@st.cache_data(max_entries=64, show_spinner=False)
def _years(metric_id: str, level: str, version: int, address: str) -> list[int]:
    metric = registry.get(metric_id)
    terms = metric.terms()
    with store.connect() as connection:
        if metric.numerator[0].fact == "census":
            found = queries.sums(connection, terms, keys=("area_code", "year"), level=level, vintage=None)
            good = found[found["numerator"].notna() & found["denominator"].notna()]
            return sorted({int(y) for y in good["year"]})
        table = metric.numerator[0].fact
        return sorted({int(p) // 100 if p > 9999 else int(p) for p in queries.periods(connection, table)})


def years(metric_id: str, *, level: str = "district") -> list[int]:
    """Calendar years for which a metric has figures."""
    return _years(metric_id, "district" if level == "dong" else level, store.version(), store.url())


@st.cache_resource(max_entries=32, show_spinner=False)
def _polygons(vintage: int, level: str, version: int, address: str) -> pd.DataFrame:
    with store.connect() as connection:
        return queries.polygons(connection, vintage=vintage, level=level)


@st.cache_resource(max_entries=4, show_spinner=False)
def _districts(version: int, address: str) -> pd.DataFrame:
    with store.connect() as connection:
        return queries.districts(connection)


def districts() -> pd.DataFrame:
    """The 25 districts with names in both languages."""
    return _districts(store.version(), store.url())


def district_names(lang: str) -> dict[str, str]:
    """District code -> name, in code order."""
    rows = districts()
    return dict(zip(rows["district_code"], rows[f"name_{lang}"], strict=True))


def polygons(vintage: int, level: str) -> pd.DataFrame:
    """Areas of a boundary vintage with their label points."""
    return _polygons(vintage, level, store.version(), store.url())


@st.cache_data(max_entries=32, show_spinner=False)
def _published(topic: str | None, version: int, address: str) -> pd.DataFrame:
    with store.connect() as connection:
        return queries.published(connection, topic=topic)


def published_facts(topic: str | None = None) -> pd.DataFrame:
    """Published figures of a topic."""
    return _published(topic, store.version(), store.url())


@st.cache_data(max_entries=64, show_spinner=False)
def _freshness(table: str, version: int, address: str) -> dict[str, Any] | None:
    with store.connect() as connection:
        return queries.freshness(connection, table)


def freshness(table: str) -> dict[str, Any] | None:
    """When a table last received rows."""
    return _freshness(table, store.version(), store.url())


@st.cache_data(max_entries=8, show_spinner=False)
def _main_instrument(version: int, address: str) -> str:
    with store.connect() as connection:
        found = queries.instruments(connection)
    # The instrument with the newest wave is the running series; older questions stay apart.
    return max(found, key=lambda row: row[1])[0] if found else ""


def main_instrument() -> str:
    """The survey instrument whose series is still running."""
    return _main_instrument(store.version(), store.url())


@st.cache_resource(max_entries=4, show_spinner=False)
def _dong_names(version: int, address: str) -> dict[str, str]:
    with store.connect() as connection:
        rows = queries.dong(connection)
    named = rows[rows["name_en"].notna()]
    return dict(zip(named["dong_code"], named["name_en"], strict=True))


def dong_names() -> dict[str, str]:
    """English dong names by code."""
    return _dong_names(store.version(), store.url())


@st.cache_resource(max_entries=4, show_spinner=False)
def _events(version: int, address: str) -> pd.DataFrame:
    with store.connect() as connection:
        return queries.events(connection)


def events() -> pd.DataFrame:
    """Current events in date order."""
    return _events(store.version(), store.url())


@cache
def notes(lang: str) -> dict[str, str]:
    """Remarks on census rows: note_id -> sentence."""
    rows = census.notes()
    return dict(zip(rows["note_id"], rows[f"note_{lang}"], strict=True))


@st.cache_data(max_entries=8, show_spinner=False)
def _programme_names(lang: str, version: int, address: str) -> dict[str, str]:
    with store.connect() as connection:
        rows = queries.programmes(connection)
    return dict(zip(rows["programme_id"], rows[f"name_{lang}"], strict=True))


def programme_names(lang: str) -> dict[str, str]:
    """Programme id -> name."""
    return _programme_names(lang, store.version(), store.url())
