"""A flow of money from node to node: columns by how far a node lies from the source, ribbons as wide as what flows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.svg.marks import many
from reports.svg.sheet import Sheet, number, wide


def columns(links: Sequence[tuple[int, int]], count: int) -> list[int]:
    """How far each node lies from a source, by the longest way."""
    far = [0] * count
    for _ in range(count):
        for source, target in links:
            far[target] = max(far[target], far[source] + 1)
    return far


def sankey(sheet: Sheet, trace: Mapping[str, Any], frame: tuple[float, float, float, float]) -> None:
    """Nodes with their labels, and the ribbons between them."""
    left, top, width, height = frame
    node, link = trace["node"], trace["link"]
    labels, count = list(node["label"]), len(node["label"])
    pairs = list(zip(link["source"], link["target"], strict=True))
    values = [float(v) for v in link["value"]]
    place, thick = columns(pairs, count), float(node.get("thickness", 12))
    last = max(place, default=0)
    ends = [n for n in range(count) if all(a != n for a, _ in pairs)]
    for n in ends:  # what leads nowhere stands at the end
        place[n] = max(place[n], last)
    size = float(trace.get("textfont", {}).get("size", 12))
    room = max((wide(labels[n], size) for n in range(count) if place[n] == last), default=0) + 8
    came, went = [0.0] * count, [0.0] * count
    for (a, b), value in zip(pairs, values, strict=True):
        went[a] += value
        came[b] += value
    big = [max(a, b) for a, b in zip(came, went, strict=True)]
    by_column = [[n for n in range(count) if place[n] == c] for c in range(last + 1)]
    pad = min(float(node.get("pad", 14)), height / (2 * max(map(len, by_column))))
    unit = min((height - pad * (len(c) - 1)) / (sum(big[n] for n in c) or 1) for c in by_column if c)
    x = [left + (width - room - thick) * place[n] / (last or 1) for n in range(count)]
    y = [0.0] * count
    for column in by_column:
        _settle(column, pairs, values, place, y, big, unit)
        at = top + (height - sum(big[n] for n in column) * unit - pad * (len(column) - 1)) / 2
        for n in column:
            y[n] = at
            at += big[n] * unit + pad
    out, into = list(y), list(y)
    colours = many(link.get("color"), len(pairs), "@band")
    order = sorted(range(len(pairs)), key=lambda i: (y[pairs[i][0]], y[pairs[i][1]]))
    starts = {}
    for i in order:
        starts[i] = out[pairs[i][0]]
        out[pairs[i][0]] += values[i] * unit
    for i in sorted(order, key=lambda i: (y[pairs[i][1]], y[pairs[i][0]])):
        a, b = pairs[i]
        _ribbon(sheet, x[a] + thick, starts[i], x[b], into[b], values[i] * unit, str(colours[i]))
        into[b] += values[i] * unit
    for n, role in enumerate(many(node.get("color"), count, "@accent")):
        sheet.box(x[n], y[n], thick, max(big[n] * unit, 0.8), fill=str(role))
        sheet.text(x[n] + thick + 4, y[n] + big[n] * unit / 2, labels[n], size=size, halo=True)


def _settle(
    column: list[int],
    pairs: Sequence[tuple[int, int]],
    values: Sequence[float],
    place: Sequence[int],
    y: Sequence[float],
    big: Sequence[float],
    unit: float,
) -> None:
    """Order a column by where its nodes come from, so that ribbons cross little."""

    def height(n: int) -> float:
        found = [
            (y[a] + big[a] * unit / 2, v)
            for (a, b), v in zip(pairs, values, strict=True)
            if b == n and place[a] < place[n]
        ]
        weight = sum(v for _, v in found)
        return sum(at * v for at, v in found) / weight if weight else 0.0

    column.sort(key=height)


def _ribbon(sheet: Sheet, x0: float, y0: float, x1: float, y1: float, wide_: float, role: str) -> None:
    middle = (x0 + x1) / 2
    a, b, m = number(x0), number(x1), number(middle)
    d = f"M{a} {number(y0)}C{m} {number(y0)} {m} {number(y1)} {b} {number(y1)}L{b} {number(y1 + wide_)}C{m} {number(y1 + wide_)} {m} {number(y0 + wide_)} {a} {number(y0 + wide_)}Z"
    sheet.path(d, fill=role)
