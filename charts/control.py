"""Control charts: the series with its limits, special causes by shape, targets and rebased phases."""

from __future__ import annotations

from typing import Any

import pandas as pd

from charts import theme
from charts.series import month_starts
from locales import numbers, t
from metrics.spec import Metric

# Shape and filled colour tell the same: a reader without colour loses nothing.
MARKS = {
    "improving": ("triangle-up", "better"),
    "concerning": ("triangle-down", "worse"),
    "change": ("diamond", "accent"),
    "common": ("circle", "steady"),
}


def kinds(chart: pd.DataFrame, better: str) -> list[str]:
    """Per point: improving, concerning, change or common."""
    found = []
    for cause, side in zip(chart["cause"], chart["side"], strict=True):
        if cause in ("", "undecided"):
            found.append("common")
        elif better == "neither":
            found.append("change")
        else:
            found.append("improving" if (side == "high") == (better == "higher") else "concerning")
    return found


def signal(cause: str, also: str, lang: str) -> str:
    """The rule that marks a point, and the second one where a run and a trend meet in it."""
    first = t("kpi.cause_" + (cause or "none"), lang)
    return t("kpi.cause_also", lang, first=first, second=t("kpi.cause_" + also, lang)) if also else first


def control(
    chart: pd.DataFrame,
    months: list[int],
    *,
    metric: Metric,
    lang: str,
    caption: str,
    target: float | None = None,
    target_label: str = "",
    height: int = 320,
) -> dict[str, Any]:
    """A monthly control chart; each phase keeps its own limits.

    Args:
        chart: as `metrics.spc` returns it, one row per entry of `months`.
    """
    c = theme.colours()
    x = month_starts(months)
    kind = kinds(chart, metric.better)
    traces = []
    for name, dash in (("upper", "dash"), ("centre", "solid"), ("lower", "dash")):
        for phase in chart["phase"].unique():
            mine = (chart["phase"] == phase).to_numpy()
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": [v for v, m in zip(x, mine, strict=True) if m],
                    "y": _gaps(chart.loc[mine, name]),
                    "line": {"color": c["muted"], "width": 1.2, "dash": dash},
                    "hoverinfo": "skip",
                }
            )
    text = [
        f"{numbers.month(key, lang)}\n\ue000{numbers.value(value, metric.unit, lang, counted=metric.counted(lang))}\ue001\n"
        + signal(cause, also, lang)
        for key, value, cause, also in zip(months, chart["value"], chart["cause"], chart["also"], strict=True)
    ]
    traces.append(
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": x,
            "y": _gaps(chart["value"]),
            "line": {"color": c["accent"], "width": 1.8},
            "marker": {
                "symbol": [MARKS[k][0] for k in kind],
                "size": [8 if k == "common" else 12 for k in kind],
                "color": [c[MARKS[k][1]] for k in kind],
            },
            "customdata": text,
            "hovertemplate": f"%{{customdata}}\n{caption}\ue002",
        }
    )
    shapes, notes = _target(target, target_label, c)
    notes += _limits(chart, x[-1], metric, lang)
    layout = theme.layout(
        height=height,
        shapes=shapes,
        annotations=notes,
        margin={"l": 4, "r": 96, "t": 26, "b": 28},
        xaxis=theme.axis(type="date", tickformat=t("services.tick_month", lang), nticks=7, showgrid=False),
        yaxis=theme.axis(
            ticksuffix="%" if metric.unit == "percent" else "",
            tickformat=",~f",
            **theme.titled(theme.measured(metric.short(lang), metric.unit == "percent")),
        ),
    )
    return {"data": traces, "layout": layout}


def _limits(chart: pd.DataFrame, last: str, metric: Metric, lang: str) -> list[dict[str, Any]]:
    """The lines of the latest phase by name, at their end, so that no key is needed."""
    row = chart.iloc[-1]
    return [
        {
            "x": last,
            "y": float(row[name]),
            "xanchor": "left",
            "xshift": 8,
            "showarrow": False,
            "text": t(f"kpi.line_{name}", lang),
            "font": {"size": 11, "color": theme.colours()["muted"]},
        }
        for name in ("upper", "centre", "lower")
        if pd.notna(row[name])
    ]


def _gaps(values: pd.Series) -> list[float | None]:
    return [None if pd.isna(v) else float(v) for v in values]


def _target(
    target: float | None, label: str, c: dict[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    if target is None:
        return [], []
    line = {
        "type": "line",
        "x0": 0,
        "x1": 1,
        "xref": "paper",
        "y0": target,
        "y1": target,
        "line": {"color": c["ink"], "width": 1.4, "dash": "dot"},
    }
    note = {
        "x": 1,
        "xref": "paper",
        "y": target,
        "xanchor": "right",
        "yanchor": "bottom",
        "showarrow": False,
        "text": label,
        "font": {"size": 12, "color": c["ink"]},
    }
    return [line], [note]
