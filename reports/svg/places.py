"""Maps: areas by class from our own boundaries, outlines and names."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from reports.svg.axes import empty, listed
from reports.svg.marks import many
from reports.svg.sheet import Sheet, lines_of, wide

Ring = tuple[tuple[float, float], ...]
Shapes = Mapping[str, tuple[Ring, ...]]
Layers = Callable[[int, str], str]  # vintage and level -> GeoJSON as text


@lru_cache(maxsize=8)
def shapes(geojson: str) -> dict[str, tuple[Ring, ...]]:
    """Rings by area, in Mercator's units."""
    found: dict[str, tuple[Ring, ...]] = {}
    for feature in json.loads(geojson)["features"]:
        shape = feature["geometry"]
        parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        found[str(feature["id"])] = tuple(
            tuple(mercator(lon, lat) for lon, lat in ring) for part in parts for ring in part
        )
    return found


def mercator(lon: float, lat: float) -> tuple[float, float]:
    """Degrees as Mercator's x and y, y downwards."""
    return math.radians(lon), -math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))


class Map:
    """One map: its areas fitted into a frame of px."""

    def __init__(
        self,
        sheet: Sheet,
        layout: Mapping[str, Any],
        drawn: Sequence[Shapes],
        frame: tuple[float, float, float, float],
    ) -> None:
        self.sheet = sheet
        self.left, self.top, width, height = frame
        self.width = width
        geo = layout.get("geo", {})
        if "lonaxis" in geo and "range" in geo["lonaxis"]:
            corners = [
                mercator(lon, lat)
                for lon, lat in zip(geo["lonaxis"]["range"], geo["lataxis"]["range"], strict=True)
            ]
        else:
            corners = [
                point for areas in drawn for rings in areas.values() for ring in rings for point in ring
            ]
        xs, ys = [x for x, _ in corners] or [0.0, 1.0], [y for _, y in corners] or [0.0, 1.0]
        self.x0, self.y0 = min(xs), min(ys)
        across, high = (max(xs) - self.x0) or 1, (max(ys) - self.y0) or 1
        self.scale = min(width / across, height / high) * 0.985
        self.left += (width - across * self.scale) / 2
        self.top += (height - high * self.scale) / 2

    def at(self, point: tuple[float, float]) -> tuple[float, float]:
        """A place of Mercator's in px."""
        return self.left + (point[0] - self.x0) * self.scale, self.top + (point[1] - self.y0) * self.scale

    def areas(self, trace: Mapping[str, Any], known: Shapes) -> None:
        """The areas of a choropleth in their classes' colours."""
        edge = trace.get("marker", {}).get("line", {})
        places = listed(trace["locations"])
        for code, value in zip(places, listed(trace["z"]), strict=True):
            role = stepped(trace, value)
            for_area = known.get(str(code), ())
            d = "".join(f"{lines_of([self.at(point) for point in ring])}Z" for ring in for_area)
            if d:
                self.sheet.path(
                    d,
                    fill=None if role == "@clear" else role,
                    stroke=str(edge.get("color", "@page")),
                    width=float(edge.get("width", 0.8)),
                )

    def names(self, trace: Mapping[str, Any], size: float | None = None) -> None:
        """Texts at their places."""
        font, count = trace.get("textfont", {}), len(trace["lon"])
        rows = zip(
            trace["lon"], trace["lat"], trace["text"], many(font.get("color"), count, "@ink"), strict=True
        )
        shown: list[tuple[float, float, float, str, str]] = []
        big, count = size or float(font.get("size", 11)), 0
        for lon, lat, said, role in rows:
            if empty(lon) or not str(said):
                continue
            x, y = self.at(mercator(lon, lat))
            half, count = wide(str(said), big) / 2, count + 1
            # A size of the sheet's own says that the map is small: names too long for it, or in one another's way, are left out.
            taken = any(abs(y - v) < big * 1.1 and abs(x - u) < half + w for u, v, w, _, _ in shown)
            if size is None or not (taken or half > self.width / 12):
                shown.append((x, y, half, str(said), str(role)))
        if len(shown) * 2 < count:  # a few names among many areas say less than none
            return
        for x, y, _, said, role in shown:
            self.sheet.text(x, y, said, size=big, role=role, anchor="center")


def stepped(trace: Mapping[str, Any], value: float) -> str:
    """The role of a class in a scale without blending."""
    scale = trace["colorscale"]
    low, high = float(trace.get("zmin", 0)), float(trace.get("zmax", 1))
    share = (float(value) - low) / ((high - low) or 1)
    return str(next((role for at, role in scale[::-1] if at <= share + 1e-9), scale[0][1]))
