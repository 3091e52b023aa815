"""Cost against effect: the plane of all draws, and which assumption moves the balance most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from charts import theme


def plane(
    effect: Sequence[float],
    cost: Sequence[float],
    *,
    labels: tuple[str, str],
    middle: tuple[float, float],
    caption: str,
) -> dict[str, Any]:
    """Each dot one draw: effect to the right, added cost upwards (in the drawn unit), the mean as a diamond."""
    c = theme.colours()
    traces = [
        {
            "type": "scatter",
            "mode": "markers",
            "x": list(effect),
            "y": list(cost),
            "hoverinfo": "skip",
            "marker": {"size": 5, "color": c["accent"], "opacity": 0.35},
        },
        {
            "type": "scatter",
            "mode": "markers",
            "x": [middle[0]],
            "y": [middle[1]],
            "marker": {
                "size": 13,
                "symbol": "diamond",
                "color": c["ink"],
                "line": {"width": 1.5, "color": c["page"]},
            },
            "hovertemplate": f"{labels[0]} %{{x:,.0f}}\n{labels[1]} %{{y:,.1f}}\n{caption}\ue002",
        },
    ]
    zero = {"type": "line", "line": {"color": c["muted"], "width": 1}}
    shapes = [
        {**zero, "x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper"},
        {**zero, "y0": 0, "y1": 0, "x0": 0, "x1": 1, "xref": "paper"},
    ]
    titled = {"font": {"size": 12, "color": c["muted"]}, "standoff": 8}
    layout = theme.layout(
        height=320,
        shapes=shapes,
        margin={"l": 4, "r": 12, "t": 10, "b": 44},
        xaxis=theme.axis(title={"text": labels[0], **titled}, tickformat=",~f"),
        yaxis=theme.axis(title={"text": labels[1], **titled}, tickformat=",~f", rangemode="tozero"),
    )
    return {"data": traces, "layout": layout}


def tornado(
    names: Sequence[str],
    low: Sequence[float],
    high: Sequence[float],
    *,
    centre: float,
    said: Sequence[str],
    label: str,
    sides: tuple[str, str],
    caption: str,
) -> dict[str, Any]:
    """Bars from the balance at each input's low end to that at its high end, the widest on top.

    Args:
        low, high: the balance at the input's low and high end. sides: the names of those two in the legend.
    """
    c = theme.colours()
    order = list(names)
    traces = []
    for values, name, colour in ((low, sides[0], c["muted"]), (high, sides[1], c["accent"])):
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "y": order,
                "x": [v - centre for v in values],
                "base": [centre] * len(order),
                "width": 0.56,
                "marker": {"color": colour},
                "name": name,
                "customdata": list(said),
                "hovertemplate": f"%{{y}}\n%{{customdata}}\n{caption}\ue002",
            }
        )
    reach = max((abs(v - centre) for v in (*low, *high)), default=1.0) or 1.0
    span = [min((*low, *high, centre, 0.0)) - 0.08 * reach, max((*low, *high, centre, 0.0)) + 0.08 * reach]
    zero = {
        "type": "line",
        "x0": 0,
        "x1": 0,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": c["ink"], "width": 1.2, "dash": "dot"},
    }
    layout = theme.layout(
        height=90 + 36 * max(len(order), 2),
        barmode="overlay",
        shapes=[zero],
        margin={"l": 4, "r": 12, "t": 34, "b": 44},
        showlegend=True,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.0,
            "yanchor": "bottom",
            "font": {"size": 12, "color": c["ink"]},
        },
        xaxis=theme.axis(
            range=span,
            nticks=6,
            tickformat=",~f",
            title={"text": label, "font": {"size": 12, "color": c["muted"]}, "standoff": 8},
        ),
        yaxis=theme.axis(
            type="category",
            categoryorder="array",
            categoryarray=order[::-1],
            showgrid=False,
            tickfont={"size": 12, "color": c["ink"]},
        ),
    )
    return {"data": traces, "layout": layout}
