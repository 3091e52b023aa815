"""A movement of money as a waterfall: signed steps between sums, each bar with its own figure in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from charts import theme


class Bar(NamedTuple):
    """One bar: its id, label, height in the drawn unit, figure in words, and whether it is a sum."""

    key: str
    label: str
    height: float
    said: str
    is_total: bool


def waterfall(bars: Sequence[Bar], *, caption: str, unit: str) -> dict[str, Any]:
    """Horizontal steps, first at the top, so that long names stay readable on a phone.

    Direction is told by the sign in the figure and by the side on which a bar hangs; colour only repeats it.
    """
    c = theme.colours()
    keys = [bar.key for bar in bars]
    trace = {
        "type": "waterfall",
        "orientation": "h",
        "y": keys,
        "x": [bar.height for bar in bars],
        "measure": ["total" if bar.is_total else "relative" for bar in bars],
        "textposition": "none",
        "connector": {"line": {"color": c["line"], "width": 1}},
        "customdata": [[bar.label, bar.said] for bar in bars],
        "hovertemplate": f"%{{customdata[0]}}\n\ue000%{{customdata[1]}}\ue001 {unit}\n{caption}\ue002",
        "increasing": {"marker": {"color": c["accent"]}},
        "decreasing": {"marker": {"color": c["muted"]}},
        "totals": {"marker": {"color": c["ink"]}},
    }
    # The figures stand in a column of their own: beside a bar they would run into the names.
    notes = [
        {
            "x": 1,
            "xref": "paper",
            "xanchor": "left",
            "xshift": 6,
            "y": bar.key,
            "showarrow": False,
            "text": f"\ue000{bar.said}\ue001" if bar.is_total else bar.said,
            "font": {"size": 12, "color": c["ink"]},
        }
        for bar in bars
    ]
    room = 14 + 7 * max((len(bar.said) for bar in bars), default=0)
    layout = theme.layout(
        annotations=notes,
        height=70 + 27 * len(bars),
        clickmode="event+select",
        margin={"l": 4, "r": room, "t": 6, "b": 30},
        xaxis=theme.axis(nticks=5, tickformat=",~f"),
        yaxis=theme.axis(
            type="category",
            autorange="reversed",
            showgrid=False,
            tickmode="array",
            tickvals=keys,
            ticktext=[bar.label for bar in bars],
            tickfont={"size": 12, "color": c["ink"]},
        ),
    )
    return {"data": [trace], "layout": layout}
