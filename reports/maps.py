"""A figure's map as outlines in colours, for faces that draw shapes: read off its traces and the boundaries that they name."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from answers.answer import Figure
from answers.layers import layer
from answers.reader import Reader
from charts import theme

Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class Area:
    """One area: its code, its name, the outlines of its parts in a unit square of the map's width, and its colour (RRGGBB)."""

    code: str
    name: str
    rings: tuple[tuple[tuple[float, float], ...], ...]
    colour: str
    sign: str = ""

    @property
    def ink(self) -> str:
        """The colour of what is written on it."""
        return theme.INKS[0 if theme.luminance(f"#{self.colour}") > 140 else 1].lstrip("#")


@dataclass(frozen=True)
class Map:
    """Areas, with the height of the map as a share of its width."""

    areas: tuple[Area, ...]
    height: float


def map_of(figure: Figure, read: Reader) -> Map | None:
    """The map that a figure draws; None where it draws none."""
    traces = [
        t
        for t in figure.spec.get("data", ())
        if t.get("type") == "choropleth" and t.get("hoverinfo") != "skip"
    ]
    if not traces:
        return None
    _, level, vintage = str(traces[0]["geojson"]).split("/")
    told = json.loads(layer(read, int(vintage), level)[0])
    shapes = {f["id"]: f["geometry"] for f in told["features"]}
    found = [one for trace in traces for one in _areas(trace, shapes)]
    points = [p for _, rings, *_ in found for ring in rings for p in ring]
    if not points:
        return None
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    # A degree of longitude is shorter than one of latitude: to scale at the map's own latitude.
    narrow = math.cos(math.radians((south + north) / 2))
    width = (east - west) * narrow or 1.0

    def placed(ring: Ring) -> tuple[tuple[float, float], ...]:
        return tuple(((x - west) * narrow / width, (north - y) / width) for x, y in ring)

    areas = tuple(Area(c, n, tuple(map(placed, rings)), colour, sign) for c, rings, n, colour, sign in found)
    return Map(areas, (north - south) / width)


def _areas(
    trace: Mapping[str, Any], shapes: Mapping[str, Any]
) -> Iterator[tuple[str, list[Ring], str, str, str]]:
    scale, low, high = trace["colorscale"], float(trace.get("zmin", 0)), float(trace.get("zmax", 1))
    blank = "zmin" not in trace
    for place, (code, z) in enumerate(zip(trace["locations"], trace["z"], strict=True)):
        if code not in shapes:
            continue
        share = (float(z) - low) / ((high - low) or 1.0)
        role = next((str(c) for at, c in scale[1::2] if share <= float(at)), str(scale[-1][1]))
        name = str(trace["customdata"][place][0]) if "customdata" in trace else str(code)
        yield (
            str(code),
            _rings(shapes[code]),
            name,
            theme.colour(role, "light").lstrip("#"),
            "×" if blank else "",
        )


def _rings(geometry: Mapping[str, Any]) -> list[Ring]:
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [[(float(x), float(y)) for x, y, *_ in part[0]] for part in parts]
