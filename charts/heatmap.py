"""Hour by weekday: one colour scale, values on hover, withheld cells empty."""

from __future__ import annotations

from typing import Any

import pandas as pd

from charts import theme


def heatmap(
    grid: pd.DataFrame,
    *,
    labels: list[str],
    hover: list[list[str]],
    caption: str,
    suffix: str,
    reverse: bool = False,
    height: int = 260,
) -> dict[str, Any]:
    """A 7 × 24 heat map.

    Args:
        grid: rows weekdays (Monday first), columns hours; NaN leaves a cell empty.
        labels: names of the rows. hover: text per cell. suffix: of the colour bar's ticks.
        reverse: strong colour for low values (where low is what needs looking at).
    """
    c = theme.colours()
    ramp = theme.sequential()
    scale = [[k / (len(ramp) - 1), colour] for k, colour in enumerate(ramp[::-1] if reverse else ramp)]
    values = [[None if pd.isna(v) else round(float(v), 3) for v in row] for row in grid.to_numpy()]
    trace = {
        "type": "heatmap",
        "z": values,
        "x": [int(h) for h in grid.columns],
        "y": labels,
        "colorscale": scale,
        "xgap": 2,
        "ygap": 2,
        "customdata": hover,
        "hovertemplate": f"%{{customdata}}\n{caption}\ue002",
        "hoverongaps": False,
        "colorbar": {
            "thickness": 10,
            "outlinewidth": 0,
            "ticksuffix": suffix,
            "tickfont": {"color": c["muted"], "size": 11},
            "len": 1.0,
            "nticks": 5,
        },
    }
    layout = theme.layout(
        height=height,
        margin={"l": 4, "r": 4, "t": 6, "b": 28},
        xaxis=theme.axis(dtick=3, showgrid=False, ticklen=0),
        yaxis=theme.axis(
            type="category", autorange="reversed", showgrid=False, tickfont={"size": 12, "color": c["ink"]}
        ),
    )
    return {"data": [trace], "layout": layout}
