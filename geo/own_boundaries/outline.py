"""A drawing of a checked layer as SVG paths: light enough to send with the page."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from geo.boundaries import METRIC_CRS
from geo.own_boundaries.check import SEOUL, Report

WIDTH = 480


@dataclass(frozen=True)
class Outline:
    """A drawing of `width` × `height` units; `paths` are (state, area code, path data), state as in `Report.drawn`."""

    width: int
    height: int
    paths: tuple[tuple[str, str, str], ...]


def outline(report: Report, *, width: int = WIDTH) -> Outline:
    """The areas of a report, north up, as far as they lie about Seoul; one unit is the drawing's grain."""
    seoul = gpd.GeoSeries([shapely.box(*SEOUL)], crs=4326).to_crs(METRIC_CRS).total_bounds
    drawn = report.drawn.assign(
        geometry=shapely.clip_by_rect(shapely.make_valid(report.drawn.geometry.to_numpy()), *seoul)
    )
    drawn = drawn[~drawn.geometry.is_empty]
    if drawn.empty:
        return Outline(width, 0, ())
    west, south, east, north = drawn.total_bounds
    unit = (east - west) / width
    height = int(np.ceil((north - south) / unit))
    simple = shapely.simplify(drawn.geometry.to_numpy(), unit)
    paths = [
        (
            state,
            code,
            "".join(
                _path(ring, west, north, unit) for part in shapely.get_parts(shape) for ring in _rings(part)
            ),
        )
        for state, code, shape in zip(drawn["state"], drawn["area_code"], simple, strict=True)
    ]
    return Outline(width, height, tuple(path for path in paths if path[2]))


def _rings(part: shapely.Geometry) -> list[shapely.Geometry]:
    return [part.exterior, *part.interiors] if shapely.get_type_id(part) == 3 else []


def _path(ring: shapely.Geometry, west: float, north: float, unit: float) -> str:
    xy = shapely.get_coordinates(ring)
    points = [f"{(x - west) / unit:.1f},{(north - y) / unit:.1f}" for x, y in xy[:-1]]
    return f"M{'L'.join(points)}Z"
