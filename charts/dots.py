"""Ranked dots with intervals: order for reading, interval and shape for what the order is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from charts import theme
from charts.map import hover_rows, hover_template
from locales import numbers, t
from metrics.spec import Metric


def comparison(frame: pd.DataFrame, city: float | None) -> pd.Series:
    """higher / lower / similar against the city: only a whole interval on one side counts as different."""
    result = pd.Series("similar", index=frame.index)
    if city is None or pd.isna(city):
        return result
    low, high = frame["lower"].fillna(frame["value"]), frame["upper"].fillna(frame["value"])
    return result.mask(low > city, "higher").mask(high < city, "lower")


def ranked(
    frame: pd.DataFrame,
    *,
    metric: Metric,
    lang: str,
    caption: str,
    city: float | None = None,
    selected: str | None = None,
) -> dict[str, Any]:
    """Areas from highest to lowest with their intervals and the city's value as a line.

    Args: as `charts.map.choropleth`; areas without a figure stand at the foot with their sign.
    """
    known, unknown = in_order(frame)
    absent = [row[1] for row in hover_rows(unknown, metric, lang)]
    line = None
    if city is not None and not pd.isna(city):
        line = (city, t("chart.city", lang, value=numbers.value(city, metric.unit, lang)))
    return intervals(
        known,
        unknown,
        kinds=comparison(known, city),
        hover=hover_rows(known, metric, lang),
        template=hover_template(metric, caption, lang),
        absent=absent,
        line=line,
        selected=selected,
        suffix="%" if metric.unit == "percent" else "",
        title=theme.measured(metric.short(lang), metric.unit == "percent"),
    )


def in_order(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Areas with a figure from highest to lowest, and those without in code order."""
    known = frame[frame["value"].notna()].sort_values(["value", "area_code"], ascending=[False, True])
    return known, frame[frame["value"].isna()].sort_values("area_code")


def intervals(
    known: pd.DataFrame,
    unknown: pd.DataFrame,
    *,
    kinds: pd.Series,
    hover: np.ndarray,
    template: str,
    absent: Sequence[str],
    line: tuple[float, str] | None,
    suffix: str,
    selected: str | None = None,
    inks: pd.Series | None = None,
    title: str = "",
) -> dict[str, Any]:
    """Dots with error bars, one row an area, in the order given.

    Args:
        kinds: higher, lower or similar per known area: its shape and ink.
        hover: one object row per known area, filled into `template`.
        absent: what stands instead of a dot, one text per unknown area.
        line: a reference value and its label.
        inks: roles of the dots where they mean more than different from the line. title: what the axis counts, and in what.
    """
    c = theme.colours()
    order = [*known["area_code"], *unknown["area_code"]]
    labels = {
        **dict(zip(known["area_code"], known["label"], strict=True)),
        **dict(zip(unknown["area_code"], unknown["label"], strict=True)),
    }
    ticks = [f"\ue000{labels[code]}\ue001" if code == selected else labels[code] for code in order]
    mine = (known["area_code"] == selected).to_numpy()
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "markers",
            "x": known["value"].round(3).tolist(),
            "y": known["area_code"].tolist(),
            "marker": {
                "symbol": shared([theme.SYMBOLS[k] for k in kinds]),
                "size": shared(np.where(mine, 13, 10).tolist()),
                "color": shared(
                    [c["steady"] if k == "similar" else c["accent"] for k in kinds]
                    if inks is None
                    else inks.tolist()
                ),
                "line": {
                    "width": shared(np.where(mine, 3, 1).tolist()),
                    "color": shared(np.where(mine, c["worse"], c["page"]).tolist()),
                },
            },
            "error_x": error_bars(known, c),
            "customdata": hover,
            "hovertemplate": template,
            "selected": {"marker": {"opacity": 1}},
            "unselected": {"marker": {"opacity": 1}},
        }
    ]
    if len(unknown):
        left = round(float(known["lower"].min()), 4) if len(known) else 0.0
        traces.append(
            {
                "type": "scatter",
                "mode": "text",
                "x": [left] * len(unknown),
                "y": unknown["area_code"].tolist(),
                "text": list(absent),
                "textposition": "middle right",
                "textfont": {"color": c["muted"], "size": 12},
                "hoverinfo": "skip",
            }
        )
    shapes, notes = [], []
    if line is not None:
        shapes.append(
            {
                "type": "line",
                "x0": line[0],
                "x1": line[0],
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": c["muted"], "width": 1.2, "dash": "dot"},
            }
        )
        notes.append(
            {
                "x": line[0],
                "y": 1,
                "yref": "paper",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"size": 12, "color": c["muted"]},
                "text": line[1],
            }
        )
    layout = theme.layout(
        height=90 + 21 * max(len(order), 3),
        shapes=shapes,
        annotations=notes,
        clickmode="event+select",
        margin={"l": 4, "r": 12, "t": 26, "b": 30},
        xaxis=theme.axis(ticksuffix=suffix, nticks=6, **theme.titled(title)),
        yaxis=area_axis(order, ticks),
    )
    return {"data": traces, "layout": layout}


def shared(values: list[Any]) -> Any:
    """One value for all marks where they agree: a change of view then travels lighter."""
    return values[0] if values and all(value == values[0] for value in values) else values


def error_bars(frame: pd.DataFrame, c: dict[str, str]) -> dict[str, Any]:
    """Interval bars around `value` from `lower` to `upper`."""
    return {
        "type": "data",
        "symmetric": False,
        "array": (frame["upper"] - frame["value"]).fillna(0).round(3).tolist(),
        "arrayminus": (frame["value"] - frame["lower"]).fillna(0).round(3).tolist(),
        "color": c["muted"],
        "thickness": 1.4,
        "width": 0,
    }


def area_axis(order: list[str], ticks: list[str]) -> dict[str, Any]:
    """One row per area, first at the top."""
    return theme.axis(
        type="category",
        categoryorder="array",
        categoryarray=order[::-1],
        showgrid=False,
        tickmode="array",
        tickvals=order,
        ticktext=ticks,
        range=[-0.6, len(order) - 0.4],
        tickfont={"size": 12, "color": "@ink"},
    )


def shrinkage(
    frame: pd.DataFrame,
    *,
    hover: np.ndarray,
    template: str,
    suffix: str,
    city: tuple[float, str],
    selected: str | None = None,
) -> dict[str, Any]:
    """From the raw value (hollow) to the smoothed one (full): how far each area was drawn towards the rest.

    Args:
        frame: `area_code`, `label`, `value` (smoothed), `lower`, `upper`, `raw_value` (NaN where withheld).
    """
    known, unknown = in_order(frame)
    drawn = intervals(
        known,
        unknown,
        kinds=comparison(known, city[0]),
        hover=hover,
        template=template,
        absent=[""] * len(unknown),
        line=city,
        suffix=suffix,
        selected=selected,
    )
    c = theme.colours()
    raw = known[known["raw_value"].notna()]
    x, y = [], []
    for code, before, after in zip(raw["area_code"], raw["raw_value"], raw["value"], strict=True):
        x += [before, after, None]
        y += [code, code, None]
    path = {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"color": c["worse"], "width": 1.4},
        "hoverinfo": "skip",
    }
    hollow = {
        "type": "scatter",
        "mode": "markers",
        "x": raw["raw_value"].tolist(),
        "y": raw["area_code"].tolist(),
        "marker": {"symbol": "circle-open", "size": 9, "color": c["worse"], "line": {"width": 1.6}},
        "hoverinfo": "skip",
    }
    drawn["data"] = [path, hollow, *drawn["data"]]
    return drawn
