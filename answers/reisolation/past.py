"""Past forecasts over what happened: those recomputed from what was known then, and those that were kept on the day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from answers import periods, say
from answers.answer import Block, Figure, Note, Table
from answers.reader import Reader
from answers.reisolation.source import Register
from charts import series
from data import scenarios
from forecast.reisolation.backtest import Record
from forecast.reisolation.outcome import Outcome, bands
from locales import numbers, t

BEFORE, AHEAD = 6, 6  # months drawn before the first origin, and of each forecast


def kept_rows(read: Reader) -> pd.DataFrame:
    """Every forecast that was kept, by month."""
    rows: pd.DataFrame = read.own(scenarios.kept, "kept_forecast")
    return rows


def overlay(read: Reader, record: Record, rows: pd.DataFrame, found: Register, lang: str) -> Figure:
    """Re-isolations by month as they came, and forecasts of them with their 80 % intervals."""
    first = pd.Period(record.months["origin"].min(), "M") - BEFORE
    span = pd.period_range(first, pd.Period(found.as_of, "M"), freq="M")
    counts = read.protected(found.onsets.reindex(span, fill_value=0).reset_index(drop=True))
    hover = [
        f"{_month(m, lang)}: {say.counted(v, lang, 'people')}" for m, v in zip(span, counts, strict=True)
    ]
    came = series.Line(t("reisolation.came", lang), [None if pd.isna(v) else v for v in counts], hover)
    forecasts = [
        (t("reisolation.forecast_then", lang), _recomputed(record)),
        (t("reisolation.kept_then", lang), _come(rows, found)),
    ]
    forecasts = [(name, part) for name, part in forecasts if len(part)]
    figure = series.lines(
        _dates(span),
        [came],
        caption=t(f"evidence.{found.evidence}", lang),
        kind="date",
        tick=t("reisolation.tick", lang),
        extra=[(_dates(part["month"]), _points(name, part, lang)) for name, part in forecasts],
        height=320,
    )
    for trace, (_, part) in zip(figure["data"][-len(forecasts) :], forecasts, strict=True):
        trace["error_y"] = _bars(part)
        trace["marker"]["size"] = 8
    return Figure("reisolation_overlay", figure, t("reisolation.overlay", lang))


def _recomputed(record: Record) -> pd.DataFrame:
    """Every second origin of the backtest, for they overlap: origin, month, expected, low, high."""
    rows = record.months
    shown = rows["origin"].isin(list(dict.fromkeys(rows["origin"]))[::2]) & (rows["ahead"] <= AHEAD)
    renamed = {"predicted": "expected", "low80": "low", "high80": "high"}
    part = rows.loc[shown, ["origin", "month", *renamed]].rename(columns=renamed)
    return part.assign(
        origin=pd.PeriodIndex(part["origin"], freq="M"), month=pd.PeriodIndex(part["month"], freq="M")
    )


def _come(rows: pd.DataFrame, found: Register) -> pd.DataFrame:
    """Months that have come since a forecast was kept: origin, month, expected, low, high."""
    came = rows[rows["month_key"] <= periods.key(found.as_of)]
    months = [f"{key // 100}-{key % 100:02d}" for key in came["month_key"]]
    return pd.DataFrame(
        {
            "origin": pd.PeriodIndex(pd.to_datetime(came["as_of"]), freq="M"),
            "month": pd.PeriodIndex(months, freq="M"),
            "expected": came["expected"].to_numpy(),
            "low": came["lower80"].to_numpy(),
            "high": came["upper80"].to_numpy(),
        }
    )


def _points(name: str, rows: pd.DataFrame, lang: str) -> series.Line:
    said = [
        t(
            "reisolation.forecast_hover",
            lang,
            origin=_month(r["origin"], lang),
            month=_month(r["month"], lang),
            n=numbers.number(r["expected"]),
            limits=numbers.limits(r["low"], r["high"], "", digits=0),
        )
        for r in rows.to_dict("records")
    ]
    return series.Line(name, rows["expected"].round(1).tolist(), said, points=True)


def _bars(rows: pd.DataFrame) -> dict[str, Any]:
    up, down = rows["high"] - rows["expected"], rows["expected"] - rows["low"]
    return {
        "type": "data",
        "symmetric": False,
        "array": up.round(1).tolist(),
        "arrayminus": down.round(1).tolist(),
        "color": "@muted",
        "thickness": 1.2,
        "width": 0,
    }


def _dates(months: Sequence[pd.Period]) -> list[str]:
    return [str(m.start_time.date()) for m in months]


def _month(period: pd.Period, lang: str) -> str:
    return numbers.month(period.year * 100 + period.month, lang)


def by_month(base: Outcome, found: Register) -> pd.DataFrame:
    """A forecast as rows: month_key, expected and the limits of three bands, with chance."""
    months = pd.period_range(found.start_month, periods=base.months, freq="M")
    keys = [int(m.year * 100 + m.month) for m in months]
    rows: dict[str, object] = {"month_key": keys, "expected": base.onsets.mean(axis=0)}
    for level, (low, high) in bands(base.onsets_seen).items():
        rows |= {f"lower{level}": low, f"upper{level}": high}
    return pd.DataFrame(rows)


def kept(rows: pd.DataFrame, found: Register, lang: str) -> list[Block]:
    """Forecasts that were shown, against what has come since."""
    past = []
    for (day, model, data), part in rows.groupby(["as_of", "model_version", "data_version"], sort=True):
        came = _come(part, found)
        counts = found.onsets.reindex(came["month"], fill_value=0).to_numpy()
        inside = int(((came["low"] <= counts) & (counts <= came["high"])).sum())
        held = (
            t("reisolation.of_points", lang, inside=inside, points=len(came))
            if len(came)
            else t("reisolation.not_yet", lang)
        )
        past.append(
            (numbers.day(day, lang), model, data, numbers.number(part["expected"].head(12).sum()), held)
        )
    if not past:
        return [Note(t("reisolation.kept_none", lang))]
    names = ("day", "model", "data", "twelve", "inside")
    columns = say.heads("reisolation.kept_", names, lang, words=("day", "model", "data", "inside"))
    return [Note(t("reisolation.kept_note", lang)), Table(columns, past)]
