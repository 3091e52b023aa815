"""Funnel plot: value against size with the limits that chance alone would keep to (Spiegelhalter 2005)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from charts import theme
from locales import t

# inside the 95 % limits, between the two, beyond the 99.8 %: shape and ink
MARKS = {
    "inside": "circle",
    "near": "circle-open",
    "undecided": "x-thin-open",
    "high": "triangle-up",
    "low": "triangle-down",
}
MARKER = (0.011, 0.027)  # of the largest size and of the height: about a marker, so that none hides another


def funnel(
    points: pd.DataFrame,
    curves: pd.DataFrame,
    *,
    target: tuple[float, str],
    hover: np.ndarray,
    template: str,
    size_label: str,
    suffix: str,
    lang: str,
    selected: str | None = None,
) -> dict[str, Any]:
    """Areas within and outside the funnel; the picked one ringed and named, as are those beyond the outer limits.

    Args:
        points: `area_code`, `short`, `n`, `value`, `verdict` (inside, high_95, low_95, high_998, low_998, near, undecided).
        curves: `n`, `lower_95`, `upper_95`, `lower_998`, `upper_998` in the value's unit, n ascending.
        target: the centre line and its label.
    """
    c = theme.colours()
    traces: list[dict[str, Any]] = []
    for level, dash in (("95", "dot"), ("998", "solid")):
        for side in ("lower", "upper"):
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": curves["n"].round(1).tolist(),
                    "hoverinfo": "skip",
                    "y": curves[f"{side}_{level}"].round(3).tolist(),
                    "line": {"color": c["muted"], "width": 1.2, "dash": dash},
                }
            )
    verdict = points["verdict"]
    mine = (points["area_code"] == selected).to_numpy()
    outside = verdict.str.endswith("998").to_numpy()
    ink = np.where(verdict.isin(["inside", "near", "undecided"]), c["steady"], c["accent"])
    traces.append(
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": points["n"].tolist(),
            "y": points["value"].round(3).tolist(),
            "customdata": hover,
            "hovertemplate": template,
            "text": np.where(mine | outside, points["short"], "").tolist(),
            "textposition": "top center",
            "textfont": {"size": 11, "color": c["ink"]},
            "cliponaxis": False,
            "marker": {
                "symbol": [MARKS[v.split("_")[0]] for v in verdict],
                "color": ink.tolist(),
                "size": np.where(mine, 15, np.where(outside, 12, 9)).tolist(),
                "line": {
                    "width": np.where(mine, 3, 1).tolist(),
                    "color": np.where(mine, c["worse"], c["page"]).tolist(),
                },
            },
            "selected": {"marker": {"opacity": 1}},
            "unselected": {"marker": {"opacity": 1}},
        }
    )
    last = curves.iloc[-1]
    notes = [
        {
            "x": last["n"],
            "y": last[f"upper_{level}"],
            "xanchor": "right",
            "yanchor": "bottom",
            "showarrow": False,
            "text": t(f"district.funnel_limit_{level}", lang),
            "font": {"size": 11, "color": c["muted"]},
        }
        for level in ("95", "998")
    ]
    notes.append(
        {
            "x": 0,
            "xref": "paper",
            "y": target[0],
            "xanchor": "left",
            "yanchor": "bottom",
            "showarrow": False,
            "text": target[1],
            "font": {"size": 12, "color": c["muted"]},
        }
    )
    shape = {
        "type": "line",
        "x0": 0,
        "x1": 1,
        "xref": "paper",
        "y0": target[0],
        "y1": target[0],
        "line": {"color": c["muted"], "width": 1},
    }
    layout = theme.layout(
        height=460,
        shapes=[shape],
        annotations=notes,
        clickmode="event+select",
        margin={"l": 4, "r": 16, "t": 24, "b": 44},
        xaxis=theme.axis(
            title={"text": size_label, "font": {"size": 12, "color": c["muted"]}},
            tickformat=",d",
            range=[0, float(curves["n"].max())],
        ),
        yaxis=theme.axis(ticksuffix=suffix, nticks=7),
    )
    return {"data": traces, "layout": layout}


def apart(points: pd.DataFrame, *, height: float) -> pd.DataFrame:
    """`n` and `value` to draw at: points in one place, as rounded counts make them, stand in a block around it.

    Args:
        height: of the value axis, so that neighbours in the block are about a marker apart.
    """
    place = [points["n"], points["value"].round()]
    number, many = points.groupby(place).cumcount(), points.groupby(place)["n"].transform("size")
    wide = np.ceil(np.sqrt(many))
    column, row = number % wide - (wide - 1) / 2, number // wide - (np.ceil(many / wide) - 1) / 2
    return pd.DataFrame(
        {
            "n": points["n"] + MARKER[0] * float(points["n"].max()) * column,
            "value": points["value"] + MARKER[1] * height * row,
        }
    )
