"""Time series: a line with its interval, a target, dated events; and a spark line as plain SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import pandas as pd

from charts import theme
from charts.series import month_starts
from locales import numbers, t
from metrics.spec import Metric


def line(
    frame: pd.DataFrame,
    *,
    metric: Metric,
    lang: str,
    caption: str,
    events: pd.DataFrame | None = None,
    height: int = 280,
) -> dict[str, Any]:
    """One metric by month with its interval; months without a figure leave a gap.

    Args:
        frame: metric frame rows with `month_key`, in order.
        events: optional rows with `happened_on` and `title` drawn as dotted lines.
    """
    c = theme.colours()
    x = month_starts(frame["month_key"])
    values = _gaps(frame["value"])
    text = [
        f"{numbers.month(key, lang)}\n\ue000{numbers.value(v, metric.unit, lang, counted=metric.counted(lang))}\ue001"
        f"\n{numbers.interval(lo, hi, metric.unit, lang)}"
        for key, v, lo, hi in zip(
            frame["month_key"], frame["value"], frame["lower"], frame["upper"], strict=True
        )
    ]
    traces: list[dict[str, Any]] = []
    if frame["lower"].notna().any():
        shared = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0}, "hoverinfo": "skip"}
        traces.append({**shared, "y": _gaps(frame["lower"])})
        traces.append({**shared, "y": _gaps(frame["upper"]), "fill": "tonexty", "fillcolor": c["band"]})
    traces.append(
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": x,
            "y": values,
            "line": {"color": c["accent"], "width": 2.2},
            "marker": {"size": 6},
            "customdata": text,
            "hovertemplate": f"%{{customdata}}\n{caption}\ue002",
        }
    )
    shapes, notes = _events(events, c) if events is not None else ([], [])
    layout = theme.layout(
        height=height,
        shapes=shapes,
        annotations=notes,
        margin={"l": 4, "r": 12, "t": 24, "b": 28},
        xaxis=theme.axis(type="date", tickformat=t("services.tick_month", lang), nticks=7, showgrid=False),
        yaxis=theme.axis(
            ticksuffix="%" if metric.unit == "percent" else "",
            rangemode="tozero" if metric.unit in ("count", "KRW") else "normal",
            tickformat=",~f",
            **theme.titled(theme.measured(metric.short(lang), metric.unit == "percent")),
        ),
    )
    return {"data": traces, "layout": layout}


def _gaps(values: pd.Series) -> list[float | None]:
    return [None if pd.isna(v) else float(v) for v in values]


def _events(events: pd.DataFrame, c: dict[str, str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    shapes, notes = [], []
    for row in events.to_dict("records"):
        day = f"{row['happened_on']:%Y-%m-%d}"
        shapes.append(
            {
                "type": "line",
                "x0": day,
                "x1": day,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": c["muted"], "width": 1, "dash": "dot"},
            }
        )
        notes.append(
            {
                "x": day,
                "y": 1,
                "yref": "paper",
                "yanchor": "bottom",
                "showarrow": False,
                "text": row["title"],
                "font": {"size": 11, "color": c["muted"]},
            }
        )
    return shapes, notes


def spark(values: Sequence[float | None], *, label: str, width: int = 120, height: int = 32) -> str:
    """A spark line as an `<img>` of inline SVG (Streamlit's sanitiser drops bare SVG); gaps break it.

    The image is empty and the line its mask: the style sheet gives the ink, as no variable reaches into an image.

    Args:
        values: in time order, None or NaN for a month without a figure.
        label: what a screen reader says, already safe for an attribute.
    """
    points = [(i, float(v)) for i, v in enumerate(values) if v is not None and not pd.isna(v)]
    if len(points) < 2:
        return ""
    low, high = min(v for _, v in points), max(v for _, v in points)
    span = (high - low) or 1.0
    step = (width - 8) / max(len(values) - 1, 1)
    place = {i: (4 + i * step, height - 4 - (v - low) / span * (height - 8)) for i, v in points}
    path, previous = "", None
    for i, _ in points:
        path += f"{'L' if previous == i - 1 else 'M'}{place[i][0]:.1f} {place[i][1]:.1f}"
        previous = i
    x, y = place[points[-1][0]]
    sheet = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    inked = f'<path d="{path}" fill="none" stroke="#000" stroke-width="1.6"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.8"/>'
    empty, drawn = (f"data:image/svg+xml,{quote(svg)}" for svg in (f"{sheet}/>", f"{sheet}>{inked}</svg>"))
    return (
        f'<img class="spark" alt="{label}" width="{width}" height="{height}" src="{empty}" '
        f"style=\"--spark: url('{drawn}')\">"
    )


def spark_summary(frame: pd.DataFrame, metric: Metric, lang: str) -> str:
    """One sentence for a screen reader: first, last, lowest and highest shown month."""
    shown = frame[frame["value"].notna()]
    if shown.empty:
        return t("chart.no_figures", lang)
    first, last = (shown.iloc[at] for at in (0, -1))
    digits = [1 if pd.isna(row.get("digits", 1)) else int(row.get("digits", 1)) for row in (first, last)]
    return t(
        "chart.spark_alt",
        lang,
        name=metric.name(lang),
        start=numbers.month(first["month_key"], lang),
        end=numbers.month(last["month_key"], lang),
        first=numbers.value(first["value"], metric.unit, lang, digits=digits[0]),
        last=numbers.value(last["value"], metric.unit, lang, digits=digits[1]),
    )
