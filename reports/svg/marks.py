"""The marks on a pair of axes: lines, bands, dots with their errors, texts, bars, steps of a waterfall, heat maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reports.svg.axes import DAY_MS, Axis, days, empty, listed
from reports.svg.sheet import Sheet, lines_of, number, wide

GAP = 4  # px between a mark and its text


@dataclass(frozen=True)
class Plot:
    """Where marks are drawn: the sheet, the two axes and the frame in px."""

    sheet: Sheet
    x: Axis
    y: Axis
    left: float
    top: float
    width: float
    height: float
    clip: str = ""

    def across(self, value: Any) -> float:
        """A value's place from the left, px."""
        return self.left + self.x.part(value) * self.width

    def down(self, value: Any) -> float:
        """A value's place from the top, px."""
        return self.top + (1 - self.y.part(value)) * self.height

    def point(self, x: Any, y: Any) -> tuple[float, float] | None:
        """A pair's place; None where there is none."""
        if empty(x) or empty(y) or not self.shows(y):
            return None
        return self.across(x), self.down(y)

    def shows(self, y: Any) -> bool:
        """Whether a row stands between the ends: a sheet may show a part of a long list."""
        return self.y.kind != "category" or 0 <= self.y.part(y) <= 1


def many(value: Any, count: int, default: Any = None) -> list[Any]:
    """One value for each mark, whether the trace gives one for all or one each."""
    if value is None:
        return [default] * count
    if isinstance(value, (list, tuple, np.ndarray)):
        return listed(value)
    return [value] * count


def plain(trace: Mapping[str, Any], y_order: Sequence[Any] = ()) -> dict[str, Any]:
    """A trace with `x` and `y` as lists and, for the axes, what its errors and steps reach to."""
    out = dict(trace)
    if "y" in trace:
        out["y"] = listed(trace["y"])
    if "x" in trace:
        out["x"] = listed(trace["x"])
    elif "x0" in trace:
        start = trace["x0"]
        dated = isinstance(start, str)
        first, step = (days(start), trace["dx"] / DAY_MS) if dated else (float(start), float(trace["dx"]))
        places = [first + n * step for n in range(len(out["y"]))]
        out["x"] = (
            [np.datetime64("1970-01-01") + np.timedelta64(round(v * DAY_MS), "ms") for v in places]
            if dated
            else places
        )
        if dated:
            out["x"] = [v.item() for v in out["x"]]
    for name in ("x", "y"):
        error = trace.get(f"error_{name}")
        if error:
            up, down = listed(error["array"]), listed(error.get("arrayminus", error["array"]))
            values = out[name]
            out[f"reach_{name}"] = [
                v + u for v, u in zip(values, up, strict=True) if not (empty(v) or empty(u))
            ]
            out[f"reach_{name}"] += [
                v - d for v, d in zip(values, down, strict=True) if not (empty(v) or empty(d))
            ]
    if trace["type"] == "waterfall":
        out["reach_x"] = [end for pair in steps_of(out) for end in pair]
    return out


def steps_of(trace: Mapping[str, Any]) -> list[tuple[float, float]]:
    """Where each bar of a waterfall begins and ends."""
    found, sum_ = [], 0.0
    for value, kind in zip(trace["x"], trace["measure"], strict=True):
        start, sum_ = (0.0, float(value)) if kind == "total" else (sum_, sum_ + float(value))
        found.append((start, sum_))
    return found


# --- Scatter ------------------------------------------------------------------------------------------------


def scatter(plot: Plot, trace: Mapping[str, Any], before: Mapping[str, Any] | None) -> None:
    """Lines with what they fill, error bars, markers and texts of one trace; `before` is the trace that a fill reaches to."""
    mode = str(trace.get("mode", "lines"))
    points = [plot.point(x, y) for x, y in zip(trace["x"], trace["y"], strict=False)]
    if trace.get("fill"):
        _filled(plot, trace, points, before)
    if "lines" in mode:
        line = trace.get("line", {})
        route = _staircase(points) if line.get("shape") == "hv" else points
        width = float(line.get("width", 2))
        if width > 0:
            role = line.get("color", "@accent")
            plot.sheet.path(
                lines_of(route), stroke=role, width=width, dash=str(line.get("dash", "solid")), clip=plot.clip
            )
    _errors(plot, trace)
    if "markers" in mode:
        _markers(plot, trace, points)
    if "text" in mode:
        _texts(plot, trace, points)


def _staircase(points: Sequence[tuple[float, float] | None]) -> list[tuple[float, float] | None]:
    out: list[tuple[float, float] | None] = []
    for point in points:
        last = out[-1] if out else None
        if point and last:
            out.append((point[0], last[1]))
        out.append(point)
    return out


def _filled(
    plot: Plot,
    trace: Mapping[str, Any],
    points: list[tuple[float, float] | None],
    before: Mapping[str, Any] | None,
) -> None:
    step = trace.get("line", {}).get("shape") == "hv"
    there = [p for p in (_staircase(points) if step else points) if p]
    kind = trace["fill"]
    if kind == "tonexty":
        if before is None:
            raise ValueError("a fill to the trace before, which there is not")
        other = [plot.point(x, y) for x, y in zip(before["x"], before["y"], strict=False)]
        back = [p for p in (_staircase(other) if step else other) if p]
        there += back[::-1]
    elif kind == "tozeroy":
        ground = plot.down(0)
        there = [(there[0][0], ground), *there, (there[-1][0], ground)] if there else []
    elif kind != "toself":
        raise ValueError(f"unknown fill {kind!r}")
    if len(there) < 3:
        return
    fill = str(trace.get("fillcolor", "@band"))
    if pattern := trace.get("fillpattern"):
        fill = plot.sheet.hatched(
            str(pattern["fgcolor"]), str(pattern["bgcolor"]), size=float(pattern["size"])
        )
    plot.sheet.path(f"{lines_of(there)}Z", fill=fill, clip=plot.clip)


def _errors(plot: Plot, trace: Mapping[str, Any]) -> None:
    for name in ("x", "y"):
        error = trace.get(f"error_{name}")
        if not error:
            continue
        up, down = listed(error["array"]), listed(error.get("arrayminus", error["array"]))
        width, cap = float(error.get("thickness", 1.4)), float(error.get("width", 4))
        for x, y, high, low in zip(trace["x"], trace["y"], up, down, strict=True):
            if empty(x) or empty(y) or empty(high) or empty(low) or not plot.shows(y):
                continue
            if name == "x":
                ends = [(plot.across(x - low), plot.down(y)), (plot.across(x + high), plot.down(y))]
            else:
                ends = [(plot.across(x), plot.down(y - low)), (plot.across(x), plot.down(y + high))]
            role = str(error.get("color", "@muted"))
            plot.sheet.path(lines_of(ends), stroke=role, width=width, clip=plot.clip)
            for px, py in ends if cap else ():
                dx, dy = (0.0, cap) if name == "x" else (cap, 0.0)
                plot.sheet.line(px - dx, py - dy, px + dx, py + dy, role, width)


def _markers(plot: Plot, trace: Mapping[str, Any], points: Sequence[tuple[float, float] | None]) -> None:
    marker, count = trace.get("marker", {}), len(points)
    edge = marker.get("line", {})
    fallback = trace.get("line", {}).get("color", "@accent")
    rows = zip(
        points,
        many(marker.get("symbol"), count, "circle"),
        many(marker.get("size"), count, 6),
        many(marker.get("color"), count, fallback),
        many(edge.get("width"), count, 0),
        many(edge.get("color"), count, "@page"),
        strict=False,
    )
    for point, symbol, size, colour, width, around in rows:
        if point and size:
            mark(
                plot.sheet,
                point[0],
                point[1],
                str(symbol),
                float(size),
                str(colour),
                float(width),
                str(around),
            )


def mark(
    sheet: Sheet,
    x: float,
    y: float,
    symbol: str,
    size: float,
    colour: str,
    width: float = 0,
    around: str = "@page",
) -> None:
    """One marker; an open one is drawn by its edge.

    Raises:
        ValueError: a symbol that is not drawn here.
    """
    shape, opened = symbol.removesuffix("-open"), symbol.endswith("-open")
    r = size / 2
    if shape == "x-thin":
        d = lines_of(
            [
                (x - r * 0.7, y - r * 0.7),
                (x + r * 0.7, y + r * 0.7),
                None,
                (x - r * 0.7, y + r * 0.7),
                (x + r * 0.7, y - r * 0.7),
            ]
        )
        sheet.path(d, stroke=colour, width=max(width, 1.4))
        return
    if shape == "circle":
        d = f"M{number(x - r)} {number(y)}a{number(r)} {number(r)} 0 1 0 {number(2 * r)} 0a{number(r)} {number(r)} 0 1 0 {number(-2 * r)} 0Z"
    elif shape in _CORNERS:
        d = f"{lines_of([(x + r * dx, y + r * dy) for dx, dy in _CORNERS[shape]])}Z"
    else:
        raise ValueError(f"unknown symbol {symbol!r}")
    if opened:
        sheet.path(d, fill="@page", stroke=colour, width=max(width, 1.4))
    else:
        sheet.path(d, fill=colour, stroke=around if width else None, width=width)


_CORNERS = {
    "triangle-up": ((0, -1.1), (1.08, 0.78), (-1.08, 0.78)),
    "triangle-down": ((0, 1.1), (1.08, -0.78), (-1.08, -0.78)),
    "diamond": ((0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)),
    "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
}


def _texts(plot: Plot, trace: Mapping[str, Any], points: Sequence[tuple[float, float] | None]) -> None:
    count, font = len(points), trace.get("textfont", {})
    sizes = (
        many(trace.get("marker", {}).get("size"), count, 0)
        if "markers" in str(trace.get("mode"))
        else [0] * count
    )
    rows = zip(
        points,
        many(trace.get("text"), count, ""),
        many(trace.get("textposition"), count, "middle center"),
        sizes,
        many(font.get("color"), count, "@ink"),
        many(font.get("size"), count, 12),
        strict=False,
    )
    taken: list[tuple[float, float, float]] = []
    for point, said, place, size, colour, big in rows:
        if not point or not str(said).strip():
            continue
        high, side = str(place).split(" ")
        off = float(size) / 2 + GAP / 2
        x = point[0] + {"left": -off, "right": off, "center": 0.0}[side]
        y = point[1] + {"top": -off, "bottom": off, "middle": 0.0}[high]
        y = _free(taken, x, y, wide(str(said).strip(), float(big)), float(big), side)
        plot.sheet.text(
            x,
            y,
            str(said).strip(),
            size=float(big),
            role=str(colour),
            halo=True,
            anchor={"left": "right", "right": "left", "center": "center"}[side],
            stand={"top": "bottom", "bottom": "top", "middle": "middle"}[high],
        )


def _free(
    taken: list[tuple[float, float, float]], x: float, y: float, long: float, big: float, side: str
) -> float:
    """The nearest height at which a text runs into none that stands; it is then taken."""
    middle = x + {"left": -long / 2, "right": long / 2, "center": 0.0}[side]
    steps = sorted((n * big * 1.15 for n in range(-6, 7)), key=lambda step: (abs(step), step))
    free = next(
        (
            s
            for s in steps
            if all(abs(y + s - v) >= big * 1.1 or abs(middle - u) >= (long + w) / 2 for u, v, w in taken)
        ),
        0.0,
    )
    taken.append((middle, y + free, long))
    return y + free


# --- Bars ---------------------------------------------------------------------------------------------------


def bar(plot: Plot, trace: Mapping[str, Any]) -> None:
    """Bars from nothing to their value, lying or standing, each with its text beyond its end."""
    flat = trace.get("orientation") == "h"
    values, places = (trace["x"], trace["y"]) if flat else (trace["y"], trace["x"])
    count, marker = len(values), trace.get("marker", {})
    edge, font = marker.get("line", {}), trace.get("textfont", {})
    each = plot.height if flat else plot.width
    own = plot.y if flat else plot.x
    step = each / abs(own.high - own.low or 1)
    rows = zip(
        values, places,
        many(trace.get("width"), count, 0.8),
        many(marker.get("color"), count, "@accent"),
        many(edge.get("color"), count), many(edge.get("width"), count, 0),
        many(trace.get("text"), count, ""),
        strict=True,
    )  # fmt: skip
    for value, place, part, colour, around, width, said in rows:
        if empty(value):
            continue
        thick = step * float(part)
        if flat:
            start, end, middle = plot.across(0), plot.across(value), plot.down(place)
            box = (min(start, end), middle - thick / 2, abs(end - start), thick)
        else:
            start, end, middle = plot.down(0), plot.down(value), plot.across(place)
            box = (middle - thick / 2, min(start, end), thick, abs(end - start))
        plot.sheet.box(
            *box, fill=None if colour == "@clear" else str(colour), stroke=around, width=float(width)
        )
        if str(said).strip():
            at = (end + GAP, middle) if flat else (middle, end - GAP / 2)
            plot.sheet.text(
                *at,
                str(said),
                size=float(font.get("size", 12)),
                role=str(font.get("color", "@ink")),
                anchor="left" if flat else "center",
                stand="middle" if flat else "bottom",
            )


def waterfall(plot: Plot, trace: Mapping[str, Any]) -> None:
    """Lying bars, each from where the one before ended."""
    step = plot.height / abs(plot.y.high - plot.y.low or 1)
    thick = step * 0.72
    found = steps_of(trace)
    for n, (name, (start, end), kind) in enumerate(zip(trace["y"], found, trace["measure"], strict=True)):
        side = "totals" if kind == "total" else "increasing" if end >= start else "decreasing"
        middle = plot.down(name)
        a, b = sorted((plot.across(start), plot.across(end)))
        plot.sheet.box(a, middle - thick / 2, b - a, thick, fill=str(trace[side]["marker"]["color"]))
        if n + 1 < len(found):
            joint, look = plot.across(end), trace["connector"]["line"]
            below = plot.down(trace["y"][n + 1])
            plot.sheet.line(
                joint, middle + thick / 2, joint, below - thick / 2, str(look["color"]), float(look["width"])
            )


def heatmap(plot: Plot, trace: Mapping[str, Any]) -> None:
    """Cells between the colours of a scale; an empty one stays blank."""
    cells = [listed(row) for row in listed(trace["z"])]
    low, high = extent(trace)
    wide, tall = plot.width / len(trace["x"]), plot.height / len(trace["y"])
    for row, name in zip(cells, trace["y"], strict=True):
        for place, value in zip(trace["x"], row, strict=True):
            if empty(value):
                continue
            share = (float(value) - low) / ((high - low) or 1)
            plot.sheet.box(
                plot.across(place) - wide / 2 + 1, plot.down(name) - tall / 2 + 1, wide - 2, tall - 2,
                fill=blended(plot.sheet, trace["colorscale"], share),
            )  # fmt: skip


def extent(trace: Mapping[str, Any]) -> tuple[float, float]:
    """The least and the greatest value that a colour scale stands for."""
    found = [float(v) for row in listed(trace["z"]) for v in listed(row) if not empty(v)]
    low, high = (min(found), max(found)) if found else (0.0, 1.0)
    return float(trace.get("zmin", low)), float(trace.get("zmax", high))


def blended(sheet: Sheet, scale: Sequence[Sequence[Any]], share: float) -> str:
    """The colour of a scale at a share of its length."""
    stops = [(float(at), sheet.paint(str(role))[0]) for at, role in scale]
    share = min(max(share, stops[0][0]), stops[-1][0])
    (a, first), (b, last) = next(
        pair for pair in zip(stops, stops[1:], strict=False) if pair[0][0] <= share <= pair[1][0]
    )
    part = (share - a) / ((b - a) or 1)
    mixed = [
        round((1 - part) * int(first[i : i + 2], 16) + part * int(last[i : i + 2], 16)) for i in (1, 3, 5)
    ]
    return "#{:02X}{:02X}{:02X}".format(*mixed)
