"""Dots with intervals against one yardstick, for things that are not places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from charts import theme


def interval_dots(
    labels: Sequence[str],
    value: Sequence[float],
    lower: Sequence[float],
    upper: Sequence[float],
    *,
    side: Sequence[str],
    hover: Sequence[str],
    caption: str,
    yardstick: float | None,
    yardstick_label: str,
    suffix: str = "%",
    title: str = "",
) -> dict[str, Any]:
    """Rows from first to last; `side` is higher, lower, similar or undecided and shows by shape. `title` names the axis."""
    c = theme.colours()
    order = list(labels)
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": [round(v, 3) for v in value],
        "y": order,
        "customdata": list(hover),
        "hovertemplate": f"%{{customdata}}\n{caption}\ue002",
        "marker": {
            "symbol": [theme.SYMBOLS[s] for s in side],
            "size": 10,
            "color": [c["steady"] if s in ("similar", "undecided") else c["accent"] for s in side],
        },
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [round(u - v, 3) for v, u in zip(value, upper, strict=True)],
            "arrayminus": [round(v - lo, 3) for v, lo in zip(value, lower, strict=True)],
            "color": c["muted"],
            "thickness": 1.4,
            "width": 0,
        },
    }
    shapes, notes = [], []
    if yardstick is not None:
        shapes.append(
            {
                "type": "line",
                "x0": yardstick,
                "x1": yardstick,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": c["muted"], "width": 1.2, "dash": "dot"},
            }
        )
        notes.append(
            {
                "x": yardstick,
                "y": 1,
                "yref": "paper",
                "yanchor": "bottom",
                "showarrow": False,
                "text": yardstick_label,
                "font": {"size": 12, "color": c["muted"]},
            }
        )
    layout = theme.layout(
        height=80 + 20 * max(len(order), 3),
        shapes=shapes,
        annotations=notes,
        margin={"l": 4, "r": 12, "t": 26, "b": 30},
        xaxis=theme.axis(ticksuffix=suffix, nticks=6, **theme.titled(title)),
        yaxis=theme.axis(
            type="category",
            categoryorder="array",
            categoryarray=order[::-1],
            showgrid=False,
            tickfont={"size": 12, "color": c["ink"]},
            range=[-0.6, len(order) - 0.4],
        ),
    )
    return {"data": [trace], "layout": layout}
