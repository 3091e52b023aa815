"""Cumulative execution over the year: expected band, what was paid, and a fan of where the year may end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from charts import theme

MONTHS = list(range(1, 13))


def scurve(
    paid: Sequence[float | None],
    *,
    band: tuple[Sequence[float], Sequence[float], Sequence[float]] | None,
    fan: dict[str, float] | None,
    labels: dict[str, str],
    stale: bool,
    caption: str,
) -> dict[str, Any]:
    """Percent of 예산현액 by month.

    Args:
        paid: cumulative percent for months 1 to 12, None for months to come.
        band: low, median and high of past years, or None where the past is too short.
        fan: estimate and low_50 … high_95 of the final rate in percent, or None for a closed year.
        labels: words for band, median, paid, fan.
        stale: draws the line grey: nothing was paid for months.
    """
    c = theme.colours()
    traces: list[dict[str, Any]] = []
    if band is not None:
        low, middle, high = band
        shared = {"type": "scatter", "mode": "lines", "x": MONTHS, "line": {"width": 0}, "hoverinfo": "skip"}
        traces += [
            {**shared, "y": list(low)},
            {**shared, "y": list(high), "fill": "tonexty", "fillcolor": c["past"]},
        ]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": MONTHS,
                "y": list(middle),
                "name": labels["median"],
                "line": {"color": c["muted"], "width": 1.4, "dash": "dot"},
                "customdata": [f"{lo:.1f}–{hi:.1f}" for lo, hi in zip(low, high, strict=True)],
                "hovertemplate": f"{labels['median']} %{{y:.1f}}%\n{labels['band']} %{{customdata}}%\ue002",
            }
        )
    known = [month for month, value in zip(MONTHS, paid, strict=True) if value is not None]
    ink = c["muted"] if stale else c["accent"]
    traces.append(
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": known,
            "y": [paid[month - 1] for month in known],
            "line": {"color": ink, "width": 2.4},
            "marker": {"size": 6, "color": ink},
            "hovertemplate": f"{labels['paid']} %{{y:.1f}}%\n{caption}\ue002",
        }
    )
    notes: list[dict[str, Any]] = []
    if fan is not None and known:
        start, at = known[-1], paid[known[-1] - 1]
        for level in (95, 80, 50):
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": [start, 12, 12, start],
                    "hoverinfo": "skip",
                    "fill": "toself",
                    "y": [at, fan[f"low_{level}"], fan[f"high_{level}"], at],
                    "line": {"width": 0},
                    "fillcolor": c["band"],
                }
            )
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": [start, 12],
                "y": [at, fan["estimate"]],
                "line": {"color": ink, "width": 1.6, "dash": "dash"},
                "marker": {"size": [0, 8], "symbol": "diamond", "color": ink},
                "hovertemplate": f"{labels['fan']} %{{y:.1f}}%\ue002",
            }
        )
        notes.append(
            {
                "x": 12,
                "y": fan["estimate"],
                "text": f"{fan['estimate']:.1f}%",
                "showarrow": False,
                "xanchor": "right",
                "yanchor": "bottom",
                "yshift": 6,
                "font": {"size": 13, "color": c["ink"]},
            }
        )
    layout = theme.layout(
        height=330,
        annotations=notes,
        margin={"l": 4, "r": 14, "t": 14, "b": 30},
        xaxis=theme.axis(
            tickmode="array",
            tickvals=MONTHS,
            ticktext=labels["months"].split(","),
            showgrid=False,
            range=[0.7, 12.3],
        ),
        yaxis=theme.axis(ticksuffix="%", rangemode="tozero", nticks=6),
    )
    return {"data": traces, "layout": layout}


def year_bars(
    years: Sequence[str],
    rows: Sequence[dict[str, float]],
    said: Sequence[str],
    *,
    planned: Sequence[float],
    labels: dict[str, str],
) -> dict[str, Any]:
    """Outturn by year with its 95 % interval beside what was planned; heights are in the drawn unit."""
    c = theme.colours()
    middle = [row["estimate"] for row in rows]
    traces = [
        {
            "type": "bar",
            "x": list(years),
            "y": list(planned),
            "marker": {"color": c["missing"], "line": {"color": c["muted"], "width": 1}},
            "hovertemplate": f"{labels['planned']} %{{y:,.1f}}\ue002",
            "width": 0.62,
        },
        {
            "type": "scatter",
            "mode": "markers",
            "x": list(years),
            "y": middle,
            "marker": {"color": c["accent"], "size": 9, "symbol": "diamond"},
            "error_y": {
                "type": "data",
                "symmetric": False,
                "array": [row["high_95"] - row["estimate"] for row in rows],
                "arrayminus": [row["estimate"] - row["low_95"] for row in rows],
                "color": c["accent"],
                "thickness": 2,
            },
            "customdata": list(said),
            "hovertemplate": "%{customdata}\ue002",
        },
    ]
    layout = theme.layout(
        height=280,
        margin={"l": 4, "r": 10, "t": 10, "b": 30},
        xaxis=theme.axis(type="category", showgrid=False),
        yaxis=theme.axis(rangemode="tozero", nticks=5, tickformat=",~f"),
    )
    return {"data": traces, "layout": layout}
