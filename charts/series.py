"""Several named lines over one axis, with a band, points and dated events; line shape tells them apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from charts import theme

# In order: each line differs by dash and colour, so that print keeps them apart.
STYLES = (("accent", "solid"), ("worse", "dash"), ("better", "dot"), ("steady", "dashdot"))


@dataclass(frozen=True)
class Line:
    """One named line; `points` draws markers only, `steps` a staircase.

    Attributes:
        hover: one text per value, or what a `template` of plotly's, the same for all, takes of each.
    """

    name: str
    y: Sequence[float | None]
    hover: Sequence[Any]
    points: bool = False
    steps: bool = False
    template: str = "%{customdata}"


def _places(x: Sequence[Any], kind: str) -> dict[str, Any]:
    """Places for marks that nobody points at: dates at even steps by the first and the step (milliseconds), a tenth of the bytes."""
    if kind == "date" and len(x) > 2:
        steps = pd.to_datetime(pd.Series(list(x))).diff().dropna()
        if steps.nunique() == 1:
            return {"x0": x[0], "dx": int(steps.iloc[0].total_seconds() * 1000)}
    return {"x": list(x)}


def month_starts(keys: Iterable[int]) -> list[str]:
    """YYYYMM keys as places on an axis of dates."""
    return [f"{key // 100}-{key % 100:02d}-01" for key in map(int, keys)]


def hours(name: str, y: Sequence[float | None], hover: Sequence[str]) -> Line:
    """A staircase over the 24 hours of a day, over x = 0 to 24: the last hour has its width, too."""
    return Line(name, [*y, y[-1]], [*hover, hover[-1]], steps=True)


def lines(
    x: Sequence[Any],
    drawn: Sequence[Line],
    *,
    caption: str,
    kind: str = "linear",
    band: tuple[Sequence[float], Sequence[float]] | None = None,
    extra: Sequence[tuple[Sequence[Any], Line]] = (),
    events: pd.DataFrame | None = None,
    suffix: str = "",
    height: int = 280,
    tick: str = "",
    zero: bool = True,
    x_title: str = "",
) -> dict[str, Any]:
    """A chart of lines.

    Args:
        x: shared by `drawn`; `extra` lines bring their own.
        kind: 'linear' or 'date', which takes `tick`, the format of its labels. band: lower and upper beside x.
        events: rows with `happened_on` and `title`. x_title: what the horizontal axis counts, where not dates.
    """
    c = theme.colours()
    traces: list[dict[str, Any]] = []
    if band is not None:
        shared = {
            "type": "scatter",
            "mode": "lines",
            **_places(x, kind),
            "line": {"width": 0, "shape": "hv" if drawn[0].steps else "linear"},
            "hoverinfo": "skip",
            "showlegend": False,
        }
        traces += [
            {**shared, "y": list(band[0])},
            {**shared, "y": list(band[1]), "fill": "tonexty", "fillcolor": c["band"]},
        ]
    every = [(x, line) for line in drawn] + list(extra)
    for number, (at, line) in enumerate(every):
        colour, dash = STYLES[number % len(STYLES)]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers" if line.points else "lines",
                "name": line.name,
                "x": list(at),
                "y": _plain(line.y),
                "line": {
                    "color": c[colour],
                    "width": 2.2,
                    "dash": dash,
                    "shape": "hv" if line.steps else "linear",
                },
                "marker": {
                    "size": 11,
                    "symbol": "diamond",
                    "color": c[colour],
                    "line": {"width": 1.5, "color": c["page"]},
                },
                "customdata": list(line.hover),
                "hovertemplate": f"{line.template}\n{caption}\ue002",
            }
        )
    shapes, notes = _events(events, c)
    legend = {
        "orientation": "h",
        "x": 0,
        "y": 1.0,
        "yanchor": "bottom",
        "font": {"size": 12, "color": c["ink"]},
    }
    axis = (
        theme.axis(type="date", tickformat=tick, nticks=7, showgrid=False)
        if kind == "date"
        else theme.axis(showgrid=False, nticks=9)
    )
    if x_title:
        axis["title"] = {"text": x_title, "font": {"size": 12, "color": c["muted"]}, "standoff": 8}
    layout = theme.layout(
        height=height,
        margin={"l": 4, "r": 12, "t": 40 if len(every) > 1 else 22, "b": 44 if x_title else 28},
        shapes=shapes,
        annotations=notes,
        showlegend=len(every) > 1,
        legend=legend,
        xaxis=axis,
        yaxis=theme.axis(ticksuffix=suffix, rangemode="tozero" if zero else "normal", tickformat=",~f"),
    )
    return {"data": traces, "layout": layout}


def _plain(values: Sequence[float | None]) -> list[float | None]:
    return [None if v is None or pd.isna(v) else round(float(v), 4) for v in values]


def _events(
    events: pd.DataFrame | None, c: dict[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    shapes, notes = [], []
    for number, row in enumerate([] if events is None else events.to_dict("records")):
        day = f"{row['happened_on']:%Y-%m-%d}"
        shapes.append(
            {
                "type": "line",
                "x0": day,
                "x1": day,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": c["muted"], "width": 1, "dash": "dot"},
            }
        )
        # Neighbouring events take turns in height, so that their names do not run into each other.
        notes.append(
            {
                "x": day,
                "y": 0.98 - 0.1 * (number % 4),
                "yref": "paper",
                "xanchor": "left",
                "yanchor": "top",
                "showarrow": False,
                "text": f" {row['title']}",
                "font": {"size": 11, "color": c["muted"]},
            }
        )
    return shapes, notes
