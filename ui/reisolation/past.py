"""Past forecasts over what happened: those recomputed from what was known then, and those that the page kept on the day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st
from sqlalchemy.exc import DBAPIError

from answers import periods
from charts import series
from data import scenarios
from data.engine import StoreProblem
from forecast.reisolation.backtest import Record
from forecast.reisolation.outcome import Outcome, bands
from locales import numbers, t
from ui import blocks, services, store
from ui.reisolation import source
from ui.reisolation.source import Register

BEFORE, AHEAD = 6, 6  # months drawn before the first origin, and of each forecast


def kept_rows() -> pd.DataFrame:
    """Every forecast that was kept, by month."""
    with store.connect() as connection:
        return scenarios.kept(connection)


def overlay(record: Record, rows: pd.DataFrame, found: Register, lang: str) -> None:
    """Re-isolations by month as they came, and forecasts of them with their 80 % intervals."""
    first = pd.Period(record.months["origin"].min(), "M") - BEFORE
    span = pd.period_range(first, pd.Period(found.as_of, "M"), freq="M")
    counts = services.protected(found.onsets.reindex(span, fill_value=0).reset_index(drop=True))
    hover = [
        f"{_month(m, lang)}: {services.counted(v, lang, 'people')}" for m, v in zip(span, counts, strict=True)
    ]
    drawn = [series.Line(t("reisolation.came", lang), [None if pd.isna(v) else v for v in counts], hover)]
    forecasts = [(t("reisolation.forecast_then", lang), _recomputed(record)), (t("reisolation.kept_then", lang), _come(rows, found))]  # fmt: skip
    forecasts = [(name, rows) for name, rows in forecasts if len(rows)]
    extra = [(_dates(rows["month"]), _points(name, rows, lang)) for name, rows in forecasts]
    figure = series.lines(
        _dates(span), drawn, caption=t(f"evidence.{found.evidence}", lang), kind="date", tick=t("reisolation.tick", lang),
        extra=extra, height=320,
    )  # fmt: skip
    for trace, (_, rows) in zip(figure["data"][-len(forecasts) :], forecasts, strict=True):
        trace["error_y"] = _bars(rows)
        trace["marker"]["size"] = 8
    blocks.chart(figure, key="reisolation_overlay", alt=t("reisolation.overlay", lang))


def _recomputed(record: Record) -> pd.DataFrame:
    """Every second origin of the backtest, for they overlap: origin, month, expected, low, high."""
    rows = record.months
    shown = rows["origin"].isin(list(dict.fromkeys(rows["origin"]))[::2]) & (rows["ahead"] <= AHEAD)
    named = {"predicted": "expected", "low80": "low", "high80": "high"}
    part = rows.loc[shown, ["origin", "month", *named]].rename(columns=named)
    return part.assign(
        origin=pd.PeriodIndex(part["origin"], freq="M"), month=pd.PeriodIndex(part["month"], freq="M")
    )


def _come(rows: pd.DataFrame, found: Register) -> pd.DataFrame:
    """Months that have come since a forecast was kept: origin, month, expected, low, high."""
    came = rows[rows["month_key"] <= periods.key(found.as_of)]
    return pd.DataFrame({
        "origin": pd.PeriodIndex(pd.to_datetime(came["as_of"]), freq="M"),
        "month": pd.PeriodIndex(came["month_key"].astype(str), freq="M") if len(came) else pd.PeriodIndex([], freq="M"),
        "expected": came["expected"].to_numpy(), "low": came["lower80"].to_numpy(), "high": came["upper80"].to_numpy(),
    })  # fmt: skip


def _points(name: str, rows: pd.DataFrame, lang: str) -> series.Line:
    said = [
        t("reisolation.forecast_hover", lang, origin=_month(r["origin"], lang), month=_month(r["month"], lang), n=numbers.number(r["expected"]),
          limits=numbers.limits(r["low"], r["high"], "", digits=0))
        for r in rows.to_dict("records")
    ]  # fmt: skip
    return series.Line(name, rows["expected"].round(1).tolist(), said, points=True)


def _bars(rows: pd.DataFrame) -> dict[str, Any]:
    up, down = rows["high"] - rows["expected"], rows["expected"] - rows["low"]
    return {"type": "data", "symmetric": False, "array": up.round(1).tolist(), "arrayminus": down.round(1).tolist(),
            "color": "@muted", "thickness": 1.2, "width": 0}  # fmt: skip


def _dates(months: Sequence[pd.Period]) -> list[str]:
    return [str(m.start_time.date()) for m in months]


def _month(period: pd.Period, lang: str) -> str:
    return numbers.month(period.year * 100 + period.month, lang)


def keep(found: Register) -> None:
    """Keep what the page forecasts today, once; a store that cannot be written keeps nothing and says nothing."""
    _kept_once(found.as_of.isoformat(), found.model_version, found.data_version, store.url())


@st.cache_resource(max_entries=8, show_spinner=False)
def _kept_once(as_of: str, model: str, data: str, address: str) -> bool:
    found = source.register()
    base = source.recorded(found)
    try:
        scenarios.keep_forecast(store.engine(), by_month(base, found), as_of=found.as_of, model_version=model, data_version=data,
                                made_at=store.now())  # fmt: skip
    except (StoreProblem, DBAPIError):
        return False
    return True


def by_month(base: Outcome, found: Register) -> pd.DataFrame:
    """A forecast as rows: month_key, expected and the limits of three bands, with chance."""
    months = pd.period_range(found.start_month, periods=base.months, freq="M")
    rows: dict[str, object] = {"month_key": [int(m.year * 100 + m.month) for m in months], "expected": base.onsets.mean(axis=0)}  # fmt: skip
    for level, (low, high) in bands(base.onsets_seen).items():
        rows |= {f"lower{level}": low, f"upper{level}": high}
    return pd.DataFrame(rows)


def kept(rows: pd.DataFrame, found: Register, lang: str) -> None:
    """Forecasts that this page has shown, against what has come since."""
    past = []
    for keys, part in rows.groupby(["as_of", "model_version", "data_version"], sort=True):
        came = _come(part, found)
        counts = found.onsets.reindex(came["month"], fill_value=0).to_numpy()
        inside = int(((came["low"] <= counts) & (counts <= came["high"])).sum())
        past.append((numbers.day(keys[0], lang), keys[1], keys[2], numbers.number(part["expected"].head(12).sum()),
                     t("reisolation.of_points", lang, inside=inside, points=len(came)) if len(came) else t("reisolation.not_yet", lang)))  # fmt: skip
    if not past:
        blocks.note(t("reisolation.kept_none", lang))
        return
    blocks.note(t("reisolation.kept_note", lang))
    blocks.table([(t(f"reisolation.kept_{c}", lang), c in ("twelve",)) for c in ("day", "model", "data", "twelve", "inside")], past, stacked=True)  # fmt: skip
