"""Matched shapes to a clean coverage: repaired, dissolved, laid edge to edge; what overlaps or gapes is listed.

Everything here is in metres (EPSG:5179). Overlaps and gaps are measured on the shapes as they came (made
valid); `coverage_clean` then closes slivers and narrow gaps as it does for the built-in boundaries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.boundaries import GAP_M, METRIC_CRS, rows_of, simplify, without_slivers
from geo.own_boundaries.problems import Problem

# Of the smaller area: what overlaps more is two claims on one place, not a drawing error.
OVERLAP_SHARE = 0.01
# Stored coordinates are rounded to about a metre: nearer vertices are made one before, not by chance.
SNAP_M = 2.0
NOISE_M2 = 1.0  # below this an overlap or a gap is a rounding of coordinates
_POLYGONS = (3, 6)  # GEOS type ids of Polygon and MultiPolygon


@dataclass(frozen=True)
class Coverage:
    """Areas by code: `exact` is the clean coverage, `rows` the same simplified, as rows of the boundary table."""

    exact: gpd.GeoDataFrame
    rows: pd.DataFrame
    problems: list[Problem]


def polygons_of(rows: pd.DataFrame, names: Mapping[str, str]) -> tuple[pd.DataFrame, list[Problem]]:
    """Records with a valid, non-empty (multi)polygon; what had to be repaired or left out.

    Args:
        rows: row, area_code, geometry in metres.
        names: area code -> Korean name.
    """
    kept, problems = [], []
    for row, code, shape in zip(rows["row"], rows["area_code"], rows["geometry"], strict=True):
        about = {"rows": (int(row),), "area_code": code, "name": names[code]}
        if shape is None or shape.is_empty:
            problems.append(Problem("empty", **about))
            continue
        if shapely.get_type_id(shape) not in (*_POLYGONS, 7) or not is_finite(shape):
            problems.append(Problem("not_area", **about, detail=shape.geom_type))
            continue
        if not shape.is_valid:
            problems.append(Problem("invalid", **about, detail=shapely.is_valid_reason(shape)))
            shape = shapely.make_valid(shape)
        parts = shapely.get_parts(shapely.get_parts(shape))
        areas = parts[shapely.get_type_id(parts) == 3]
        if not len(areas) or not shapely.area(areas).sum():
            problems.append(Problem("not_area", **about, detail=shape.geom_type))
            continue
        kept.append((int(row), code, shapely.union_all(areas)))
    return pd.DataFrame(kept, columns=["row", "area_code", "geometry"]), problems


def is_finite(shape: shapely.Geometry) -> bool:
    """Whether every coordinate is a number."""
    return bool(np.isfinite(shapely.get_coordinates(shape)).all())


def dissolved(
    rows: pd.DataFrame, names: Mapping[str, str], *, merge: bool
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """One shape for each code, in code order. Several records of one code are a `duplicate`, or `merged` where asked for."""
    shapes, problems = {}, []
    for code, part in rows.groupby("area_code", sort=True):
        shapes[code] = shapely.union_all(part["geometry"].to_numpy())
        if len(part) > 1:
            problems.append(
                Problem(
                    "merged" if merge else "duplicate",
                    tuple(part["row"]),
                    area_code=str(code),
                    name=names[str(code)],
                )
            )
    frame = pd.DataFrame({"area_code": list(shapes), "name_ko": [names[str(code)] for code in shapes]})
    return gpd.GeoDataFrame(frame, geometry=list(shapes.values()), crs=METRIC_CRS), problems


def overlaps(shapes: gpd.GeoDataFrame) -> list[Problem]:
    """Pairs that share more than `NOISE_M2`: `overlap` above `OVERLAP_SHARE` of the smaller, else `sliver`."""
    geometry, area = shapes.geometry.to_numpy(), shapes.area.to_numpy()
    first, second = shapely.STRtree(geometry).query(geometry, predicate="intersects")
    first, second = first[first < second], second[first < second]
    shared = shapely.area(shapely.intersection(geometry[first], geometry[second]))
    found = []
    for one, two, m2 in sorted(zip(first, second, shared, strict=True), key=lambda pair: -pair[2]):
        if m2 <= NOISE_M2:
            break
        share = float(m2 / min(area[one], area[two]))
        found.append(
            Problem(
                "overlap" if share > OVERLAP_SHARE else "sliver",
                area_code=shapes["area_code"].iloc[one],
                name=shapes["name_ko"].iloc[one],
                other=shapes["area_code"].iloc[two],
                m2=float(m2),
                share=share,
            )
        )
    return found


def _holes(outline: object) -> np.ndarray:
    parts = shapely.get_parts(outline)
    rings = [ring for part in parts for ring in part.interiors]
    return shapely.polygons(rings) if rings else np.array([], dtype=object)


def gaps(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> list[Problem]:
    """Holes between the areas: `gap_closed` where cleaning filled them, `gap` where they stay.

    A gap that opens to the outside of all areas is part of the outline and cannot be told from it.
    """
    holes = _holes(shapely.union_all(before.geometry.to_numpy()))
    left = shapely.union_all(_holes(shapely.coverage_union_all(after.geometry.to_numpy())))
    found = []
    for hole in sorted(holes, key=shapely.area, reverse=True):
        m2 = shapely.area(hole)
        if m2 <= NOISE_M2:
            break
        beside = before.loc[shapely.dwithin(before.geometry.to_numpy(), hole, 0.5)]
        stays = shapely.area(shapely.intersection(hole, left)) > m2 / 2
        found.append(
            Problem(
                "gap" if stays else "gap_closed",
                area_code=beside["area_code"].iloc[0] if len(beside) else "",
                name=beside["name_ko"].iloc[0] if len(beside) else "",
                other=", ".join(beside["area_code"].iloc[1:3]),
                m2=float(m2),
            )
        )
    return found


def cleaned(shapes: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """The shapes as a valid coverage, without detached parts that are digitising errors (`SLIVER_M2`)."""
    problems, whole = [], []
    for code, name, shape in zip(shapes["area_code"], shapes["name_ko"], shapes.geometry, strict=True):
        main = without_slivers(shape)
        if main.is_empty:
            main = shape  # a tiny area is still an area
        lost = shape.area - main.area
        if lost > 0:
            problems.append(Problem("part", area_code=code, name=name, m2=lost))
        whole.append(main)
    return shapes.set_geometry(
        shapely.coverage_clean(whole, snapping_distance=SNAP_M, gap_width=GAP_M), crs=shapes.crs
    ), problems


def coverage(shapes: gpd.GeoDataFrame, level: str) -> Coverage:
    """Clean, simplify and round the areas of one level; what was found on the way.

    Args:
        shapes: area_code, name_ko and valid geometry in metres, one row for each code.
    """
    problems = overlaps(shapes)
    exact, parts = cleaned(shapes)
    problems += [*gaps(shapes, exact), *parts]
    nothing = pd.DataFrame()
    if any(problem.blocks for problem in problems):
        return Coverage(exact, nothing, problems)
    lost = exact[exact.geometry.is_empty]
    try:
        if len(lost):
            raise ValueError(f"{list(lost['area_code'])} vanish in cleaning.")
        rows = rows_of(simplify(exact), areas=exact.area, level=level, whole=False)
    except ValueError:
        return Coverage(exact, nothing, [*problems, Problem("unclean")])
    return Coverage(exact, rows, problems)
