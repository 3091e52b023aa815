"""A few districts beside each other: one measure after the other, each on its own scale, with intervals and the city."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from charts import theme
from charts.dots import error_bars

SYMBOLS = ("circle", "square", "diamond", "triangle-up")


def measures(
    panels: Sequence[tuple[str, pd.DataFrame, float | None, str]],
    *,
    labels: dict[str, str],
    hover: str,
) -> dict[str, Any]:
    """One strip per measure.

    Args:
        panels: (name, rows with `area_code`, `value`, `lower`, `upper`, `said`, the city's value, unit suffix).
        labels: district code -> name, in the order in which districts stand; at most four.
        hover: what follows each figure in its hover.
    """
    c = theme.colours()
    inks = (c["accent"], c["worse"], c["better"], c["ink"])
    height, top = 34 * len(labels) + 56, 28
    total = height * max(len(panels), 1)
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {}
    notes: list[dict[str, Any]] = []
    shapes: list[dict[str, Any]] = []
    order = list(labels)
    for number, (name, frame, city, suffix) in enumerate(panels):
        n = "" if number == 0 else str(number + 1)
        high = 1 - number * height / total
        low = high - (height - top - 26) / total
        rows = frame.set_index("area_code").reindex(order).reset_index()
        known = rows[rows["value"].notna()]
        place = [order.index(code) for code in known["area_code"]]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "xaxis": f"x{n}",
                "yaxis": f"y{n}",
                "x": known["value"].round(3).tolist(),
                "y": known["area_code"].tolist(),
                "error_x": error_bars(known, c),
                "marker": {
                    "size": 11,
                    "symbol": [SYMBOLS[p] for p in place],
                    "color": [inks[p] for p in place],
                },
                "customdata": np.array(
                    [[labels[a], s] for a, s in zip(known["area_code"], known["said"], strict=True)],
                    dtype=object,
                ).reshape(len(known), 2),
                "hovertemplate": f"\ue000%{{customdata[0]}}\ue001\n{name} %{{customdata[1]}}\n{hover}\ue002",
            }
        )
        layout[f"xaxis{n}"] = theme.axis(ticksuffix=suffix, nticks=6, anchor=f"y{n}")
        layout[f"yaxis{n}"] = theme.axis(
            type="category",
            categoryorder="array",
            categoryarray=order[::-1],
            domain=[low - top / total, high - top / total],
            tickmode="array",
            tickvals=order,
            ticktext=[labels[code] for code in order],
            anchor=f"x{n}",
            showgrid=False,
            range=[-0.6, len(order) - 0.4],
            tickfont={"size": 12, "color": c["ink"]},
        )
        notes.append(
            {
                "x": 0,
                "xref": "paper",
                "xanchor": "left",
                "y": high,
                "yref": "paper",
                "yanchor": "top",
                "showarrow": False,
                "text": f"\ue000{name}\ue001",
                "font": {"size": 13, "color": c["ink"]},
            }
        )
        absent = rows[rows["value"].isna()]
        if len(absent):
            left = round(float(known["lower"].min()), 4) if len(known) else 0.0
            traces.append(
                {
                    "type": "scatter",
                    "mode": "text",
                    "xaxis": f"x{n}",
                    "yaxis": f"y{n}",
                    "x": [left] * len(absent),
                    "y": absent["area_code"].tolist(),
                    "text": absent["said"].fillna("–").tolist(),
                    "textposition": "middle right",
                    "textfont": {"size": 12, "color": c["muted"]},
                    "hoverinfo": "skip",
                }
            )
        if city is not None and not pd.isna(city):
            shapes.append(
                {
                    "type": "line",
                    "xref": f"x{n}",
                    "yref": f"y{n} domain",
                    "x0": city,
                    "x1": city,
                    "y0": 0,
                    "y1": 1,
                    "line": {"color": c["muted"], "width": 1.2, "dash": "dot"},
                }
            )
    drawn = theme.layout(
        height=total, annotations=notes, shapes=shapes, margin={"l": 4, "r": 12, "t": 4, "b": 4}, **layout
    )
    return {"data": traces, "layout": drawn}
