"""The table behind a figure, read off the figure itself: what is drawn, and nothing else, as rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from answers.answer import Column, Figure, Table
from charts.words import bare
from locales import numbers, t

MOST_ROWS = 200
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def table_of(figure: Figure, lang: str) -> Table | None:
    """A figure's own table, or one read off its traces: a row per place on the axis, a column per series.

    None where the figure holds too many marks for a table on a page, or none at all.
    """
    if figure.table is not None:
        return figure.table
    traces = [trace for trace in figure.spec.get("data", ()) if _told(trace)]
    if not traces:
        return None
    flat = all(map(_lies, traces))
    layout = figure.spec.get("layout", {})
    suffix = str(layout.get("xaxis" if flat else "yaxis", {}).get("ticksuffix", ""))
    places: dict[str, dict[str, str]] = {}
    names: list[str] = []
    for number, trace in enumerate(traces):
        name = _plain(trace.get("name") or "") or (f"{number + 1}" if len(traces) > 1 else "")
        name = name if name not in names else f"{name} ({number + 1})"
        found = _pairs(trace, flat, suffix)
        if not found:
            continue
        names.append(name)
        for place, value in found:
            places.setdefault(place, {})[name] = value
    if not places or len(places) > MOST_ROWS:
        return None
    axis = _title(layout.get("yaxis" if flat else "xaxis", {})) or t("chart.place", lang)
    # One series without a name is what its axis measures.
    value = _title(layout.get("xaxis" if flat else "yaxis", {})) or t("chart.value", lang)
    # A place that is a figure is one in a file, too.
    figures = all(isinstance(p, (int, float)) for trace in traces for p in _places(trace, flat))
    columns = [Column(axis, number=figures), *(Column(name or value, number=True) for name in names)]
    said = _dated(list(places), lang)
    rows = [(said[p], *(cells.get(name, "") for name in names)) for p, cells in places.items()]
    return Table(columns, rows, stacked=False, caption=figure.alt, name=figure.name)


def _dated(places: Sequence[str], lang: str) -> dict[str, str]:
    """Places as people read them: days in the one form of dates, and months where every day is a month's first."""
    days = [place for place in places if _DAY.fullmatch(place)]
    monthly = bool(days) and len(days) == len(places) and all(day.endswith("-01") for day in days)
    return {p: numbers.period(p[:7] if monthly else p, lang) if _DAY.fullmatch(p) else p for p in places}


def _told(trace: Mapping[str, Any]) -> bool:
    """Whether a trace says something: bands and guides that nobody can point at do not."""
    return trace.get("hoverinfo") != "skip" and (
        "x" in trace or "y" in trace or "z" in trace or "labels" in trace
    )


def _lies(trace: Mapping[str, Any]) -> bool:
    """Whether a trace's places run down the page: bars that lie, or marks with a name for each row and a figure across."""
    if str(trace.get("orientation", "v")) == "h":
        return True
    rows, across = (_listed(trace.get(axis, ())) for axis in ("y", "x"))
    return (
        bool(rows) and all(isinstance(v, str) for v in rows) and not any(isinstance(v, str) for v in across)
    )


def _pairs(trace: Mapping[str, Any], flat: bool, suffix: str) -> list[tuple[str, str]]:
    """(place, value as said) of a trace."""
    places, values = (trace.get("y"), trace.get("x")) if flat else (trace.get("x"), trace.get("y"))
    if trace.get("type") == "heatmap" or places is None or values is None:
        return []
    pairs = list(zip(_listed(places), _listed(values), strict=False))
    if trace.get("line", {}).get("shape") == "hv":
        pairs = pairs[:-1]  # the last step of a staircase is drawn twice to have its width
    return [(_place(place), said) for place, value in pairs if (said := _number(value, suffix))]


def _places(trace: Mapping[str, Any], flat: bool) -> Sequence[Any]:
    places = trace.get("y" if flat else "x")
    return () if places is None else _listed(places)


def _place(place: Any) -> str:
    """A place on the axis as said: a figure as far as anybody reads it off."""
    return f"{place:.6g}" if isinstance(place, float) else _plain(place)


def _listed(values: Any) -> Sequence[Any]:
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


def _number(value: Any, suffix: str) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if not isinstance(value, (int, float)):
        return _plain(value)
    digits = 0 if float(value).is_integer() else 1 if abs(value) >= 1 else 2
    return f"{numbers.number(float(value), digits)}{suffix}"


def _title(axis: Mapping[str, Any]) -> str:
    title = axis.get("title", "")
    return _plain(title.get("text", "") if isinstance(title, Mapping) else title)


def _plain(value: Any) -> str:
    """Text without the signs of figures; a line break is a dot."""
    return bare(str(value)).strip()
