"""Need against reach: who stands in the corner of high need and low reach, each with both intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from charts import theme


def need_by_reach(
    frame: pd.DataFrame,
    *,
    city: tuple[float, float],
    labels: tuple[str, str],
    corner: str,
    hover: np.ndarray,
    template: str,
    named: set[str],
    selected: str | None = None,
) -> dict[str, Any]:
    """A dot per area with error bars both ways, cut by the city's need (vertical) and reach (horizontal).

    Args:
        frame: `area_code`, `short`, `need`, `need_lower`, `need_upper`, `reach`, `reach_lower`, `reach_upper`.
        labels: the axes' titles, need first; `corner` is written where need is high and reach low.
        named: areas that are called surely in that corner: drawn as full triangles and named.
    """
    c = theme.colours()
    codes = frame["area_code"]
    mine, sure = (codes == selected).to_numpy(), codes.isin(named).to_numpy()

    def bars(name: str) -> dict[str, Any]:
        return {
            "type": "data",
            "symmetric": False,
            "width": 0,
            "thickness": 1,
            "color": c["line"],
            "array": (frame[f"{name}_upper"] - frame[name]).fillna(0).round(3).tolist(),
            "arrayminus": (frame[name] - frame[f"{name}_lower"]).fillna(0).round(3).tolist(),
        }

    dots = {
        "type": "scatter",
        "mode": "markers+text",
        "x": _apart(frame).round(3).tolist(),
        "y": frame["reach"].round(3).tolist(),
        "error_x": bars("need"),
        "error_y": bars("reach"),
        "customdata": hover,
        "hovertemplate": template,
        "text": np.where(mine | sure, " " + frame["short"] + " ", "").tolist(),
        "textposition": _around(frame, mine | sure),
        "textfont": {"size": 12, "color": c["ink"]},
        "cliponaxis": False,
        "marker": {
            "symbol": np.where(sure, "triangle-down", "circle").tolist(),
            "size": np.where(mine | sure, 13, 9).tolist(),
            "color": np.where(sure, c["worse"], c["steady"]).tolist(),
            "line": {
                "width": np.where(mine, 3, 1).tolist(),
                "color": np.where(mine, c["ink"], c["page"]).tolist(),
            },
        },
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
    }
    need, reach = city
    dash = {"color": c["muted"], "width": 1.2, "dash": "dot"}
    shapes = [
        {"type": "line", "x0": need, "x1": need, "y0": 0, "y1": 1, "yref": "paper", "line": dash},
        {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": reach, "y1": reach, "line": dash},
    ]
    note = {
        "x": 1,
        "y": 0,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "right",
        "yanchor": "bottom",
        "showarrow": False,
        "text": corner,
        "font": {"size": 12, "color": c["worse"]},
    }

    def title(text: str) -> dict[str, Any]:
        return {"text": text, "font": {"size": 12, "color": c["muted"]}}

    layout = theme.layout(
        height=480,
        shapes=shapes,
        annotations=[note],
        clickmode="event+select",
        margin={"l": 8, "r": 20, "t": 20, "b": 44},
        xaxis=theme.axis(ticksuffix="%", nticks=7, title=title(labels[0])),
        # A few very long bars must not press everybody else to the ground: they run out of the frame.
        yaxis=theme.axis(
            ticksuffix="%",
            nticks=7,
            title=title(labels[1]),
            range=[0, 1.6 * max(float(frame["reach"].max()), reach) if len(frame) else 1],
        ),
    )
    return {"data": [dots], "layout": layout}


def _apart(frame: pd.DataFrame) -> pd.Series:
    """Where each dot is drawn: need comes in whole points, so dots in one place stand side by side, their bars around their own figure."""
    place = [frame["need"].round(1), (frame["reach"] * 5).round()]
    number, many = frame.groupby(place).cumcount(), frame.groupby(place)["need"].transform("size")
    return frame["need"] + 0.16 * (number - (many - 1) / 2)


def _around(frame: pd.DataFrame, named: np.ndarray) -> list[str]:
    """Where each name stands: by height in turn below, right, left and above, so that neighbours do not write over each other."""
    places = np.array(["top center", "bottom center", "middle right", "middle left"])
    turn = frame["reach"].where(named).rank(method="first").fillna(1).astype(int) % 4
    return places[turn.to_numpy()].tolist()
