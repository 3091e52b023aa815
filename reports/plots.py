"""Which native chart says what a figure draws: the columns of its own table that hold the marks' places and values.

A chart in a workbook or on a slide is drawn from the table behind it. A column belongs to a mark where it holds the mark's values as far as
they are said; a figure whose marks are in no column (a map, a flow, a grid) has its table alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import numpy as np

from answers.answer import Figure
from answers.typed import Series, Typed

_SCALES = (1.0, 100.0, 0.01, 1e-8, 1e8, 1e-4, 1e4, 1e-3, 1e3)
_CODE = re.compile(r"\d{5,}")
MOST_SERIES, MOST_PLACES = 8, 400


@dataclass(frozen=True)
class Mark:
    """One series of a chart: the column of its values and, where there are any, those of its limits, by place among the columns."""

    column: int
    shape: Literal["line", "marks", "bar"]
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True)
class Plot:
    """A chart: its kind, the column of its places, its marks, and whether places stand from top to bottom."""

    kind: Literal["line", "bar", "column", "points"]
    places: int
    marks: tuple[Mark, ...]


def plot_of(figure: Figure, table: Typed) -> Plot | None:
    """The native chart of a figure over its typed table; None where its table alone says it."""
    traces = [trace for trace in figure.spec.get("data", ()) if _told(trace)]
    columns = table.series
    if not traces or not columns or not 1 < len(columns[0].values) <= MOST_PLACES:
        return None
    free = [n for n, c in enumerate(columns) if c.kind == "number" and c.role in ("value", "note")]
    if all(_is_cloud(trace) for trace in traces):
        return _points(traces[0], columns, free)
    flat = all(str(trace.get("orientation", "v")) == "h" for trace in traces)
    places = _places(columns)
    marks: list[Mark] = []
    for trace in traces:
        values = _numbers(trace.get("x") if flat else trace.get("y"))
        if trace.get("line", {}).get("shape") == "hv":
            values = values[:-1]  # the last step of a staircase is drawn twice to have its width
        at = next((n for n in free if n != places and _holds(columns[n], values)), None)
        if at is None:
            continue
        free.remove(at)
        marks.append(Mark(at, _shape(trace), *_limits(columns, at)))
    if not marks or len({columns[m.column].unit for m in marks}) > 1:
        return None
    bars = all(mark.shape == "bar" for mark in marks)
    marks = marks[:MOST_SERIES] if len(marks) > 1 else marks
    return Plot(("bar" if flat else "column") if bars else "line", places, tuple(marks))


def _told(trace: Mapping[str, Any]) -> bool:
    return (
        trace.get("hoverinfo") != "skip"
        and trace.get("type") in ("scatter", "bar", "waterfall", None)
        and trace.get("mode") != "text"
        and trace.get("x") is not None
        and trace.get("y") is not None
    )


def _is_cloud(trace: Mapping[str, Any]) -> bool:
    """Marks at two figures each, without an order."""
    return (
        "markers" in str(trace.get("mode", ""))
        and "lines" not in str(trace.get("mode"))
        and all(all(isinstance(v, int | float) for v in _listed(trace[axis])) for axis in ("x", "y"))
    )


def _points(trace: Mapping[str, Any], columns: Sequence[Series], free: Sequence[int]) -> Plot | None:
    found = []
    for axis in ("x", "y"):
        values = _numbers(trace[axis])
        found.append(next((n for n in free if n not in found and _holds(columns[n], values)), None))
    if None in found:
        return None
    return Plot("points", found[0], (Mark(found[1], "marks"),))  # type: ignore[arg-type]


def _shape(trace: Mapping[str, Any]) -> Literal["line", "marks", "bar"]:
    if trace.get("type") in ("bar", "waterfall"):
        return "bar"
    return "line" if "lines" in str(trace.get("mode", "lines")) else "marks"


def _places(columns: Sequence[Series]) -> int:
    """The column that names a row: not its code."""
    for n, column in enumerate(columns):
        told = [v for v in column.values if v]
        if column.role == "group" or (
            column.kind == "text" and told and all(_CODE.fullmatch(str(v)) for v in told)
        ):
            continue
        return n
    return 0


def _limits(columns: Sequence[Series], at: int) -> tuple[int | None, int | None]:
    """The columns of the interval around a column's values: of the same cell, or the ones right behind it."""
    behind = list(range(at + 1, len(columns)))
    found: list[int | None] = []
    for role in ("low", "high"):
        own = next((n for n in behind if columns[n].role == role and columns[n].of == columns[at].of), None)
        if own is None:
            until = next((n for n in behind if columns[n].role == "value"), len(columns))
            own = next((n for n in behind if n < until and columns[n].role == role), None)
        found.append(own)
    low, high = found
    return (low, high) if low is not None and high is not None else (None, None)


def _holds(column: Series, values: Sequence[float]) -> bool:
    """Whether a column says these values, in whatever order, as far as it says them."""
    said = sorted((float(v), _half(v)) for v in column.values if isinstance(v, int | Decimal))
    if not values or len(said) != len(values):
        return False
    for scale in _SCALES:
        drawn = sorted(v * scale for v in values)
        if all(abs(d - s) <= half for d, (s, half) in zip(drawn, said, strict=True)):
            return True
    return False


def _half(value: int | Decimal) -> float:
    """Half of the last place that a value says, and a hair."""
    exponent = value.as_tuple().exponent if isinstance(value, Decimal) else 0
    return 0.5 * 10.0 ** int(exponent) * 1.0001 + 1e-9


def _numbers(values: Any) -> list[float]:
    listed = _listed(values) if values is not None else []
    return [float(v) for v in listed if isinstance(v, int | float) and not math.isnan(v)]


def _listed(values: Any) -> Sequence[Any]:
    return values.tolist() if isinstance(values, np.ndarray) else list(values)
