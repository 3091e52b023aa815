"""Funnel plot: units by size and share, with 95 % and 99.8 % limits around the city, so that small units are not ranked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from charts import theme

LIMITS = ((1.960, "95%"), (3.090, "99.8%"))  # Spiegelhalter 2005; metrics A5


def outside(share: Any, n: Any, centre: float, z: float = 3.090) -> np.ndarray:
    """+1 above, −1 below, 0 within the limits centre ± z √(centre (1 − centre) / n)."""
    p, size = np.asarray(share, dtype=float), np.asarray(n, dtype=float)
    spread = z * np.sqrt(centre * (1 - centre) / size)
    return np.where(p > centre + spread, 1, np.where(p < centre - spread, -1, 0))


def funnel_plot(
    share: Sequence[float], n: Sequence[float], centre: float, *, hover: Sequence[str], dark: bool, caption: str, x_title: str,
    height: int = 360,
) -> dict[str, Any]:  # fmt: skip
    """Points with limits; the shape says on which side of the outer limit a unit lies.

    Args:
        share, centre: proportions from 0 to 1. n: denominators.
    """
    c = theme.colours(dark)
    top = max(n, default=1) * 1.08
    grid = np.linspace(max(1.0, min(n, default=1) * 0.6), top, 120)
    traces: list[dict[str, Any]] = []
    for z, name in LIMITS:
        for sign in (1, -1):
            edge = np.clip(centre + sign * z * np.sqrt(centre * (1 - centre) / grid), 0, 1)
            traces.append({
                "type": "scatter", "mode": "lines", "x": grid.round(1).tolist(), "y": (100 * edge).round(3).tolist(), "hoverinfo": "skip",
                "line": {"color": c["muted"], "width": 1.1, "dash": "dot" if name == "95%" else "dash"}, "name": name,
            })  # fmt: skip
    side = outside(share, n, centre) if len(share) else np.array([])
    symbols = {1: "triangle-up", -1: "triangle-down", 0: "circle"}
    traces.append({
        "type": "scatter", "mode": "markers", "x": list(n), "y": [round(100 * v, 3) for v in share], "customdata": list(hover),
        "hovertemplate": f"%{{customdata}}<br>{caption}<extra></extra>",
        "marker": {"size": [11 if s else 8 for s in side], "symbol": [symbols[int(s)] for s in side],
                   "color": [c["accent"] if s else c["steady"] for s in side], "line": {"width": 1, "color": c["page"]}},
    })  # fmt: skip
    line = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": 100 * centre, "y1": 100 * centre, "line": {"color": c["ink"], "width": 1.2}}  # fmt: skip
    axis = theme.axis(dark, showgrid=False, rangemode="tozero")
    axis["title"] = {"text": x_title, "font": {"size": 12, "color": c["muted"]}, "standoff": 8}
    layout = theme.layout(dark, height=height, margin={"l": 4, "r": 12, "t": 12, "b": 46}, shapes=[line], xaxis=axis,
                          yaxis=theme.axis(dark, ticksuffix="%", rangemode="tozero"))  # fmt: skip
    return {"data": traces, "layout": layout}
