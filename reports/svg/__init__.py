"""Our figures as SVG, without a browser: `svg(spec, …)` draws the few kinds of mark that `charts` makes, in one palette."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from reports.svg import axes, marks
from reports.svg.marks import Plot
from reports.svg.places import Layers, Map, shapes
from reports.svg.sheet import LINE, Sheet, wide
from reports.svg.streams import sankey

TICK = 12.0
WIDTH = 720.0
KINDS = ("scatter", "bar", "waterfall", "heatmap", "choropleth", "scattergeo", "sankey")


class UnknownMark(ValueError):
    """A figure with a mark that is not drawn here."""


def svg(
    spec: Mapping[str, Any],
    *,
    alt: str,
    palette: str = "print",
    width: float = WIDTH,
    height: float | None = None,
    layers: Layers | None = None,
    names: float | None = None,
    ground: bool = False,
) -> str:
    """A figure as the text of an SVG file.

    Args:
        spec: plotly's dictionary with colour roles. alt: what it says, in a sentence.
        width, height: px; the figure's own height where none is given. layers: boundaries for maps.
        names: size of the names on a map, px; 0 leaves them out. ground: paint the page beneath it.

    Raises:
        UnknownMark: a trace of a kind that is not drawn here.
    """
    sheet, layout = Sheet(palette), spec["layout"]
    high = float(height or layout.get("height") or 320)
    if ground:
        sheet.box(0, 0, width, high, fill="@page")
    traces = [dict(trace) for trace in spec["data"]]
    if odd := [t["type"] for t in traces if t["type"] not in KINDS]:
        raise UnknownMark(", ".join(sorted(set(odd))))
    margin = layout.get("margin", {})
    top = _legend(sheet, traces, layout, width)
    if any(t["type"] in ("choropleth", "scattergeo") for t in traces):
        _map(sheet, traces, layout, (2, top + 2, width - 4, high - top - 4), layers, names)
    elif any(t["type"] == "sankey" for t in traces):
        for trace in traces:
            sankey(sheet, trace, (float(margin.get("l", 4)), top + 8, width - 8, high - top - 16))
    else:
        _plot(sheet, [marks.plain(t) for t in traces], layout, width, high, top)
    return sheet.written(width, high, alt)


# --- On axes ------------------------------------------------------------------------------------------------


def _plot(
    sheet: Sheet,
    traces: list[dict[str, Any]],
    layout: Mapping[str, Any],
    width: float,
    high: float,
    top: float,
) -> None:
    margin, notes = layout.get("margin", {}), layout.get("annotations", ())
    x, y = axes.axis("x", traces, layout), axes.axis("y", traces, layout)
    titles = {name: axes.title(layout, name) for name in "xy"}
    size = {n: float(layout.get(f"{n}axis", {}).get("tickfont", {}).get("size", TICK)) for n in "xy"}
    top = max(top + 6, float(margin.get("t", 8)) if not top else 0.0)
    if titles["y"]:
        sheet.text(float(margin.get("l", 4)), top, titles["y"], size=12, role="@muted", stand="top")
        top += 12 * LINE + 6
    shown = x.layout.get("visible") is not False
    bottom = (size["x"] * LINE + 8 if shown else 4.0) + (12 * LINE + 4 if titles["x"] else 0)
    tall = high - top - bottom
    texts = [said for _, said in y.ticks(tall, 26)]
    left = (
        float(margin.get("l", 4))
        + max((wide(_bare(s), size["y"]) for s in texts), default=0)
        + (8 if texts else 2)
    )
    right = max(float(margin.get("r", 8)), _beyond(notes), _over(traces, x, width - left))
    if any(t["type"] == "heatmap" for t in traces):
        right += 58
    frame = (left, top, max(width - left - right, 20), max(tall, 20))
    clip = sheet.clip("frame", frame[0], frame[1] - 2, frame[2] + 2, frame[3] + 4)
    plot = Plot(sheet, x, y, *frame, clip)
    _grid(plot, size, titles)
    _shapes(plot, layout.get("shapes", ()), below=True)
    before: dict[str, Any] | None = None
    for trace in traces:
        kind = trace["type"]
        if kind == "scatter":
            marks.scatter(plot, trace, before)
            before = trace
        elif kind == "bar":
            marks.bar(plot, trace)
        elif kind == "waterfall":
            marks.waterfall(plot, trace)
        else:
            marks.heatmap(plot, trace)
            _scale(plot, trace, width)
    _shapes(plot, layout.get("shapes", ()), below=False)
    _notes(plot, notes, width)


def _bare(text: str) -> str:
    return text.replace("\ue000", "").replace("\ue001", "")


def _beyond(notes: Any) -> float:
    """Room to the right that texts beyond the frame need."""
    outside = [
        n for n in notes if n.get("xref") == "paper" and n.get("x", 0) >= 1 and n.get("xanchor") == "left"
    ]
    return max(
        (
            wide(_bare(str(n["text"])), float(n["font"]["size"])) + float(n.get("xshift", 0)) + 6
            for n in outside
        ),
        default=0.0,
    )


def _over(traces: list[dict[str, Any]], x: axes.Axis, room: float) -> float:
    """Room to the right for texts that begin at their marks and would leave the sheet."""
    most = 0.0
    for trace in traces:
        if trace["type"] != "bar" or trace.get("orientation") != "h":
            continue
        size = float(trace.get("textfont", {}).get("size", 12))
        for value, said in zip(trace["x"], marks.many(trace.get("text"), len(trace["x"]), ""), strict=True):
            share = 0.0 if axes.empty(value) else x.part(value)
            need = wide(str(said), size) + 10
            # The bar ends at share of what is left: room − r must hold share · (room − r) + the text.
            if share < 1:
                most = max(
                    most,
                    (share * room + need - room) / max(share, 0.05) if share * room + need > room else 0.0,
                )
            else:
                most = max(most, need)
    return min(most, room * 0.5)


def _grid(plot: Plot, size: Mapping[str, float], titles: Mapping[str, str]) -> None:
    """Grid lines, labels of the ticks, the title beneath."""
    sheet, bottom = plot.sheet, plot.top + plot.height
    ink = {
        n: str(a.layout.get("tickfont", {}).get("color", "@muted")) for n, a in (("x", plot.x), ("y", plot.y))
    }
    for share, said in plot.y.ticks(plot.height, 26):
        at = plot.top + (1 - share) * plot.height
        if plot.y.layout.get("showgrid", True):
            sheet.line(plot.left, at, plot.left + plot.width, at, "@grid")
        sheet.text(plot.left - 6, at, said, size=size["y"], role=ink["y"], anchor="right")
    labels = plot.x.ticks(plot.width, 56)
    for share, _ in labels:
        at = plot.left + share * plot.width
        if plot.x.layout.get("showgrid", True):
            sheet.line(at, plot.top, at, bottom, "@grid")
    for share, said in _apart(labels, plot.width, size["x"]):
        sheet.text(
            plot.left + share * plot.width,
            bottom + 4,
            said,
            size=size["x"],
            role=ink["x"],
            anchor="center",
            stand="top",
        )
    if labels and plot.x.kind != "category" and not plot.x.layout.get("showgrid", True):
        sheet.line(plot.left, bottom, plot.left + plot.width, bottom, "@line")
    if titles["x"]:
        sheet.text(
            plot.left + plot.width / 2,
            bottom + 8 + size["x"] * LINE,
            titles["x"],
            size=12,
            role="@muted",
            anchor="center",
            stand="top",
        )


def _apart(labels: list[tuple[float, str]], room: float, size: float) -> list[tuple[float, str]]:
    """As many labels as stand beside one another."""
    widest = max((wide(_bare(said), size) for _, said in labels), default=0) + 6
    if len(labels) < 2:
        return labels
    gap = abs(labels[1][0] - labels[0][0]) * room
    return labels[:: max(1, math.ceil(widest / gap))] if gap else labels


def _shapes(plot: Plot, found: Any, *, below: bool) -> None:
    for shape in found:
        if (shape.get("layer") == "below") != below:
            continue
        ends = []
        for n in "01":
            x, y = shape[f"x{n}"], shape[f"y{n}"]
            px = plot.left + float(x) * plot.width if shape.get("xref") == "paper" else plot.across(x)
            py = plot.top + (1 - float(y)) * plot.height if shape.get("yref") == "paper" else plot.down(y)
            ends.append((px, py))
        (x0, y0), (x1, y1) = ends
        line = shape.get("line", {})
        if shape["type"] == "line":
            plot.sheet.line(
                x0,
                y0,
                x1,
                y1,
                str(line.get("color", "@muted")),
                float(line.get("width", 1)),
                str(line.get("dash", "solid")),
            )
        elif shape["type"] == "rect":
            plot.sheet.box(
                min(x0, x1),
                min(y0, y1),
                abs(x1 - x0),
                abs(y1 - y0),
                fill=shape.get("fillcolor"),
                stroke=line.get("color"),
                width=float(line.get("width", 0)),
            )
        else:
            raise UnknownMark(f"shape {shape['type']}")


def _notes(plot: Plot, notes: Any, width: float) -> None:
    for note in notes:
        x, y = note["x"], note["y"]
        px = plot.left + float(x) * plot.width if note.get("xref") == "paper" else plot.across(x)
        py = plot.top + (1 - float(y)) * plot.height if note.get("yref") == "paper" else plot.down(y)
        px, py = px + float(note.get("xshift", 0)), py - float(note.get("yshift", 0))
        font, said = note.get("font", {}), str(note["text"])
        size = float(font.get("size", 12))
        px += 4 if said.startswith(" ") else 0
        anchor = _anchor(note.get("xanchor", "center"), px, wide(_bare(said), size), plot, width)
        plot.sheet.text(
            px,
            py,
            said,
            size=size,
            role=str(font.get("color", "@ink")),
            anchor=anchor,
            stand=str(note.get("yanchor", "middle")),
            halo=True,
        )


def _anchor(own: str, x: float, long: float, plot: Plot, width: float) -> str:
    """As the figure has it, or turned where the text would leave the sheet."""
    if own == "left" and x + long > width and x - long >= 0:
        return "right"
    if own == "right" and x - long < 0:
        return "left"
    if own == "center" and x + long / 2 > width:
        return "right"
    return "left" if own == "center" and x - long / 2 < 0 else str(own)


def _scale(plot: Plot, trace: Mapping[str, Any], width: float) -> None:
    """What the colours of a heat map stand for."""
    bar = trace.get("colorbar", {})
    low, high = marks.extent(trace)
    axis = axes.Axis(
        "linear", low, high, {"ticksuffix": bar.get("ticksuffix", ""), "nticks": bar.get("nticks", 5)}
    )
    x, steps = width - 54, 24
    for n in range(steps):
        share = (n + 0.5) / steps
        plot.sheet.box(
            x,
            plot.top + plot.height * (1 - (n + 1) / steps),
            10,
            plot.height / steps + 0.5,
            fill=marks.blended(plot.sheet, trace["colorscale"], share),
        )
    for share, said in axis.ticks(plot.height, 26):
        plot.sheet.text(x + 14, plot.top + (1 - share) * plot.height, said, size=11, role="@muted")


# --- Legend and maps ----------------------------------------------------------------------------------------


def _legend(sheet: Sheet, traces: list[dict[str, Any]], layout: Mapping[str, Any], width: float) -> float:
    """The names of what is drawn, in rows at the top; returns the room that they take."""
    named = [t for t in traces if t.get("name") and t.get("showlegend", True)]
    if not layout.get("showlegend") or not named:
        return 0.0
    x, row, size = 4.0, 0, 12.0
    for trace in named:
        said = _bare(str(trace["name"]))
        long = 26 + wide(said, size) + 16
        if x > 4 and x + long > width:
            x, row = 4.0, row + 1
        y = 11 + row * 18
        mode = str(trace.get("mode", "lines"))
        line, marker = trace.get("line", {}), trace.get("marker", {})
        if "lines" in mode:
            sheet.line(
                x,
                y,
                x + 20,
                y,
                str(line.get("color", "@accent")),
                float(line.get("width", 2)),
                str(line.get("dash", "solid")),
            )
        if "markers" in mode:
            one = {
                k: marks.many(marker.get(k), 1, d)[-1]
                for k, d in (("symbol", "circle"), ("color", line.get("color", "@accent")))
            }
            marks.mark(sheet, x + 10, y, str(one["symbol"]), 8, str(one["color"]))
        sheet.text(x + 26, y, said, size=size)
        x += long
    return 11 + row * 18 + 12.0


def _map(
    sheet: Sheet,
    traces: list[dict[str, Any]],
    layout: Mapping[str, Any],
    frame: tuple[float, float, float, float],
    layers: Layers | None,
    names: float | None,
) -> None:
    filled = [t for t in traces if t["type"] == "choropleth"]
    known = {}
    for address in {str(t["geojson"]) for t in filled}:
        if layers is None:
            raise ValueError("a map needs boundaries")
        _, level, vintage = address.split("/")
        known[address] = shapes(layers(int(vintage), level))
    drawn = [
        {code: known[str(t["geojson"])].get(str(code), ()) for code in axes.listed(t["locations"])}
        for t in filled
    ]
    whole = Map(sheet, layout, drawn, frame)
    for trace in traces:
        if trace["type"] == "choropleth":
            whole.areas(trace, known[str(trace["geojson"])])
        elif names != 0:
            whole.names(trace, names)
