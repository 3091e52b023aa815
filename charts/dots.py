"""Ranked dots with intervals: order for reading, interval and shape for what the order is worth."""

from __future__ import annotations

from typing import Any

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
    dark: bool,
    caption: str,
    city: float | None = None,
    selected: str | None = None,
) -> dict[str, Any]:
    """Areas from highest to lowest with their intervals and the city's value as a line.

    Args: as `charts.map.choropleth`; areas without a figure stand at the foot with their sign.
    """
    c = theme.colours(dark)
    known = frame[frame["value"].notna()].sort_values(["value", "area_code"], ascending=[False, True])
    unknown = frame[frame["value"].isna()].sort_values("area_code")
    order = [*known["area_code"], *unknown["area_code"]]
    labels = dict(zip(frame["area_code"], frame["label"], strict=True))
    ticks = [f"<b>{labels[code]}</b>" if code == selected else labels[code] for code in order]
    kinds = comparison(known, city)
    template = hover_template(metric, caption, lang)
    ring = [3 if code == selected else 1 for code in known["area_code"]]
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "markers", "x": known["value"].round(4).tolist(), "y": known["area_code"].tolist(),
            "marker": {
                "symbol": [theme.SYMBOLS[k] for k in kinds], "size": [13 if r == 3 else 10 for r in ring],
                "color": [c["steady"] if k == "similar" else c["accent"] for k in kinds],
                "line": {"width": ring, "color": [c["worse"] if r == 3 else c["page"] for r in ring]},
            },
            "error_x": {
                "type": "data", "symmetric": False, "array": (known["upper"] - known["value"]).fillna(0).round(4).tolist(),
                "arrayminus": (known["value"] - known["lower"]).fillna(0).round(4).tolist(),
                "color": c["muted"], "thickness": 1.4, "width": 0,
            },
            "customdata": hover_rows(known, metric, lang), "hovertemplate": template, "ids": known["area_code"].tolist(),
            "selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}},
        }
    ]  # fmt: skip
    if len(unknown):
        left = float(known["lower"].min()) if len(known) else 0.0
        traces.append({
            "type": "scatter", "mode": "text", "x": [left] * len(unknown), "y": unknown["area_code"].tolist(),
            "text": [row[1] for row in hover_rows(unknown, metric, lang)], "textposition": "middle right",
            "textfont": {"color": c["muted"], "size": 12}, "hoverinfo": "skip",
        })  # fmt: skip
    shapes, notes = [], []
    if city is not None and not pd.isna(city):
        shapes.append({
            "type": "line", "x0": city, "x1": city, "y0": 0, "y1": 1, "yref": "paper",
            "line": {"color": c["muted"], "width": 1.2, "dash": "dot"},
        })  # fmt: skip
        notes.append({
            "x": city, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False, "font": {"size": 12, "color": c["muted"]},
            "text": t("chart.city", lang, value=numbers.value(city, metric.unit, lang)),
        })  # fmt: skip
    suffix = "%" if metric.unit == "percent" else ""
    layout = theme.layout(
        dark, height=90 + 21 * max(len(order), 3), shapes=shapes, annotations=notes, clickmode="event+select",
        margin={"l": 4, "r": 12, "t": 26, "b": 30},
        xaxis=theme.axis(dark, ticksuffix=suffix, nticks=6),
        yaxis=theme.axis(dark, type="category", categoryorder="array", categoryarray=order[::-1], showgrid=False,
                         tickmode="array", tickvals=order, ticktext=ticks, range=[-0.6, len(order) - 0.4],
                         tickfont={"size": 12, "color": c["ink"]}),
    )  # fmt: skip
    return {"data": traces, "layout": layout}
