"""Small maps over the years, side by side, in the same classes and each on its own year's boundaries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from charts import bins, theme
from charts.map import RawCountOnMap, blank, fill, geo, hover_rows, hover_template, outline
from metrics.spec import Metric

ROW_HEIGHT = 250


def maps(
    panels: Sequence[tuple[str, pd.DataFrame, str]], *, metric: Metric, lang: str, dark: bool, caption: str,
    columns: int, selected: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One map a year in one figure.

    Args:
        panels: (title, metric frame rows placed as for `charts.map.choropleth`, geojson_url), oldest first.
        columns: maps in a row.

    Raises:
        RawCountOnMap: the metric is not a ratio.
    """
    if not metric.is_ratio:
        raise RawCountOnMap(metric.metric_id)
    c = theme.colours(dark)
    rows = -(-len(panels) // columns)
    ramp = theme.sequential(dark)[: len(metric.breaks) + 1]
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {}
    notes: list[dict[str, Any]] = []
    for number, (title, frame, url) in enumerate(panels):
        name = "geo" if number == 0 else f"geo{number + 1}"
        row, column = divmod(number, columns)
        left, top = column / columns, 1 - row / rows
        domain = {
            "x": [left, left + 0.97 / columns],
            "y": [max(0.0, top - 1 / rows), top - 26 / (rows * ROW_HEIGHT)],
        }
        layout[name] = geo(frame) | {"domain": domain}
        known, unknown = frame[frame["value"].notna()], frame[frame["value"].isna()]
        parts = [
            fill(known, bins.classes(known["value"], metric.breaks).to_numpy(dtype=np.int8), ramp, url,
                 hover_rows(known, metric, lang), hover_template(metric, f"{title} · {caption}", lang), dark)
        ]  # fmt: skip
        if len(unknown):
            template = hover_template(metric, f"{title} · {caption}", lang, figures=False)
            parts.append(blank(unknown, url, hover_rows(unknown, metric, lang), template, dark))
        traces += [{**part, "geo": name} for part in [*parts, *outline(frame, selected, url, dark)]]
        notes.append({
            "x": left, "y": top, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "top",
            "showarrow": False, "text": f"<b>{title}</b>", "font": {"size": 13, "color": c["ink"]},
        })  # fmt: skip
    drawn = theme.layout(
        dark, height=ROW_HEIGHT * max(rows, 1), annotations=notes, clickmode="event+select",
        margin={"l": 0, "r": 0, "t": 4, "b": 4}, **layout,
    )  # fmt: skip
    return {"data": traces, "layout": drawn}
