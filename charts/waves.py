"""One district against the city over survey waves or years: points with intervals, measured values only."""

from __future__ import annotations

from typing import Any

import pandas as pd

from charts import theme
from charts.dots import error_bars
from metrics.spec import Metric
from metrics.trend import measured


def against_city(
    area: pd.DataFrame,
    city: pd.DataFrame,
    *,
    metric: Metric,
    names: tuple[str, str],
    template: str,
    height: int = 250,
) -> dict[str, Any]:
    """Two series over periods; a period without a figure leaves a gap.

    Args:
        area, city: rows with `period`, `value`, `lower`, `upper`, `said` (the figure in words), `estimate` and, for a
            survey, `instrument_id`, in order of time.
        names: what the two are called, area first.

    Raises:
        NotComparable: a modelled series, or two survey instruments (`metrics.trend.measured`).
    """
    c = theme.colours()
    traces: list[dict[str, Any]] = []
    suffix = "%" if metric.unit == "percent" else ""
    for rows, name, ink, symbol, dash in (
        (measured(city), names[1], c["muted"], "circle", "dot"),
        (measured(area), names[0], c["accent"], "diamond", "solid"),
    ):
        bars = error_bars(rows, c) | {"color": ink, "thickness": 1.6}
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": name,
                "x": rows["period"].astype(str).tolist(),
                "y": [None if pd.isna(v) else float(v) for v in rows["value"]],
                "error_y": bars,
                "marker": {"size": 9, "symbol": symbol, "color": ink},
                "line": {"color": ink, "width": 2, "dash": dash},
                "customdata": rows["said"].tolist(),
                "hovertemplate": template.replace("{name}", name),
            }
        )
    layout = theme.layout(
        height=height,
        margin={"l": 4, "r": 12, "t": 8, "b": 28},
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.12, "font": {"size": 12, "color": c["ink"]}},
        xaxis=theme.axis(type="category", showgrid=False),
        yaxis=theme.axis(ticksuffix=suffix, nticks=5),
    )
    return {"data": traces, "layout": layout}
