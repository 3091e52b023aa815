"""From the store to a metric frame, once per question: sums, publishing rule, measure. Results are cached by key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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


def unprotected_sums(metric_id: str, *, keys: Sequence[str], where: Mapping[str, Any]) -> pd.DataFrame:
    """Sums as they stand in the store, for models and tests over all districts. Never show a row of them."""
    with store.connect() as connection:
        return queries.sums(connection, registry.get(metric_id).terms(), keys=keys, where=dict(where))


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
def _years(metric_id: str, version: int, address: str) -> list[int]:
    metric = registry.get(metric_id)
    fact = metric.numerator[0].fact
    with store.connect() as connection:
        if fact == "census":
            found = queries.sums(connection, metric.terms(), keys=("area_code", "year"))
            good = found[found["numerator"].notna() & found["denominator"].notna()]
            return sorted({int(y) for y in good["year"]})
        where = {"instrument_id": main_instrument()} if metric.interval == "wilson_effective" else None
        return sorted(
            {int(p) // 100 if p > 9999 else int(p) for p in queries.periods(connection, fact, where=where)}
        )


def years(metric_id: str) -> list[int]:
    """Calendar years for which a metric has figures; a survey's are those of the instrument still in use."""
    return _years(metric_id, store.version(), store.url())


@st.cache_resource(max_entries=256, show_spinner=False)
def _read(name: str, arguments: Where, version: int, address: str, _query: Callable[..., Any]) -> Any:
    with store.connect() as connection:
        return _query(connection, **dict(arguments))


def read(query: Callable[..., Any], **arguments: Any) -> Any:
    """The answer of a query that takes a connection, cached until a batch lands. It is shared: do not change it."""
    name = f"{query.__module__}.{query.__name__}"
    return _read(name, tuple(arguments.items()), store.version(), store.url(), query)


def polygons(vintage: int, level: str) -> pd.DataFrame:
    """Areas of a boundary vintage with their label points."""
    return read(queries.polygons, vintage=vintage, level=level)


def district_names(lang: str) -> dict[str, str]:
    """District code -> name, in code order."""
    rows = read(queries.districts)
    return dict(zip(rows["district_code"], rows[f"name_{lang}"], strict=True))


def dong_names() -> dict[str, str]:
    """English dong names by code."""
    rows = read(queries.dong)
    named = rows[rows["name_en"].notna()]
    return dict(zip(named["dong_code"], named["name_en"], strict=True))


def programme_names(lang: str) -> dict[str, str]:
    """Programme id -> name."""
    rows = read(queries.programmes)
    return dict(zip(rows["programme_id"], rows[f"name_{lang}"], strict=True))


def published_facts(topic: str | None = None) -> pd.DataFrame:
    """Published figures of a topic."""
    return read(queries.published, topic=topic)


def freshness(table: str) -> dict[str, Any] | None:
    """When a table last received rows."""
    return read(queries.freshness, table_name=table)


def events() -> pd.DataFrame:
    """Current events in date order."""
    return read(queries.events)


def main_instrument() -> str:
    """The survey instrument whose series is still running: the one with the newest wave; older questions stay apart."""
    found = read(queries.instruments)
    return max(found, key=lambda row: row[1])[0] if found else ""


@cache
def notes(lang: str) -> dict[str, str]:
    """Remarks on census rows: note_id -> sentence."""
    rows = census.notes()
    return dict(zip(rows["note_id"], rows[f"note_{lang}"], strict=True))
