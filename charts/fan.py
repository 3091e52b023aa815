"""A forecast over five years: bands and lines of today's services and of a scenario, solid as far as anybody was followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from charts import theme


@dataclass(frozen=True)
class Path:
    """One future: its name, its middle by month from 0, and lower and upper limits by level; all in the drawn unit."""

    name: str
    middle: np.ndarray
    bands: Mapping[int, tuple[np.ndarray, np.ndarray]]
    accent: bool = True


def fan(
    paths: Sequence[Path],
    *,
    known_to: float,
    seen: tuple[Sequence[float], Sequence[float], Sequence[float], Sequence[float]] | None,
    labels: Mapping[str, str],
    years: Sequence[str],
    suffix: str,
    caption: str,
) -> dict[str, Any]:
    """Months on the x axis.

    Args:
        paths: the last one is drawn on top; the first carries three bands where it stands alone, else each its 80 % band.
        known_to: months to which anybody was followed; after it bands are hatched and lines dashed.
        seen: months, value and limits of what has been observed, drawn as points.
        labels: words for month, band, seen, beyond. years: names of month 0, 12, 24 …
    """
    c = theme.colours()
    traces: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    months = len(paths[0].middle) - 1
    edge = int(min(max(known_to, 0), months))
    for path in paths:
        levels = (95, 80, 50) if len(paths) == 1 else (80,)
        for level in levels:
            traces += _band(path.bands[level], edge, months, c, path.accent)
    for path in paths:
        ink = c["accent"] if path.accent else c["muted"]
        low, high = path.bands[80]
        said = [f"{lo:.1f}–{hi:.1f}{suffix}" for lo, hi in zip(low, high, strict=True)]
        for part, dash in ((slice(0, edge + 1), "solid"), (slice(edge, None), "dash")):
            x = list(range(months + 1))[part]
            named = {"name": f"{path.name} {path.middle[-1]:.1f}{suffix}", "showlegend": part.start == 0}
            if len(x) < 2:
                continue
            traces.append(
                {
                    **named,
                    "type": "scatter",
                    "mode": "lines",
                    "x": x,
                    "y": np.round(path.middle[part], 2).tolist(),
                    "customdata": said[part],
                    "line": {"color": ink, "width": 2.4, "dash": dash},
                    "hovertemplate": f"{path.name}\n%{{x}}{labels['month']}: %{{y:.1f}}{suffix}\n{labels['band']} %{{customdata}}\n{caption}\ue002",
                }
            )
    if seen is not None:
        at, value, lower, upper = seen
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": labels["seen"],
                "x": list(at),
                "y": list(value),
                "marker": {"symbol": "circle-open", "size": 7, "color": c["ink"]},
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": [u - v for u, v in zip(upper, value, strict=True)],
                    "arrayminus": [v - lo for v, lo in zip(value, lower, strict=True)],
                    "color": c["muted"],
                    "thickness": 1,
                    "width": 0,
                },
                "hovertemplate": f"{labels['seen']}\n%{{x}}{labels['month']}: %{{y:.0f}}{suffix}\n{caption}\ue002",
            }
        )
    shapes = []
    if 0 < edge < months:
        shapes.append(
            {
                "type": "line",
                "x0": edge,
                "x1": edge,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": c["muted"], "width": 1, "dash": "dot"},
            }
        )
        notes.append(
            {
                "x": edge,
                "y": 1,
                "yref": "paper",
                "yanchor": "top",
                "xanchor": "left",
                "xshift": 4,
                "showarrow": False,
                "text": labels["beyond"],
                "font": {"size": 11, "color": c["muted"]},
            }
        )
    layout = theme.layout(
        height=380,
        shapes=shapes,
        annotations=notes,
        margin={"l": 4, "r": 8, "t": 34, "b": 34},
        showlegend=True,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.0,
            "yanchor": "bottom",
            "font": {"size": 12, "color": c["ink"]},
        },
        xaxis=theme.axis(
            tickmode="array",
            tickvals=list(range(0, months + 1, 12)),
            showgrid=False,
            range=[0, months + 1.5],
            ticktext=list(years),
        ),
        yaxis=theme.axis(ticksuffix=suffix, rangemode="tozero", nticks=6),
    )
    return {"data": traces, "layout": layout}


def _band(
    limits: tuple[np.ndarray, np.ndarray], edge: int, months: int, c: Mapping[str, str], accent: bool
) -> list[dict[str, Any]]:
    """A band as filled shapes: plain up to the edge, hatched after it."""
    low, high = limits
    colour = c["band"] if accent else c["beside"]
    traces = []
    for start, stop, hatched in ((0, edge, False), (edge, months, True)):
        if stop <= start:
            continue
        x = list(range(start, stop + 1))
        y_low, y_high = (np.round(v[start : stop + 1], 2).tolist() for v in (low, high))
        trace: dict[str, Any] = {
            "type": "scatter",
            "mode": "lines",
            "x": [*x, *x[::-1]],
            "y": [*y_high, *y_low[::-1]],
            "fill": "toself",
            "fillcolor": colour,
            "line": {"width": 0},
            "hoverinfo": "skip",
            "showlegend": False,
        }
        if hatched:
            ink = c["accent"] if accent else c["muted"]
            trace["fillpattern"] = {
                "shape": "/",
                "fgcolor": ink,
                "fgopacity": 0.35,
                "bgcolor": colour,
                "size": 7,
                "solidity": 0.12,
            }
        traces.append(trace)
    return traces
