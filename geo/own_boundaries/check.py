"""The whole check of one layer: codes, CRS, place, shapes; a report and, where nothing blocks, the rows to store."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geo.boundaries import METRIC_CRS
from geo.own_boundaries import shapes as making
from geo.own_boundaries.codes import DISTRICT, Known, Match, find_column, match
from geo.own_boundaries.files import CRS_CHOICES, Refused, Source, crs_label
from geo.own_boundaries.problems import KINDS, MENDED, Problem

SEOUL = (126.7, 37.4, 127.3, 37.75)  # west, south, east, north in degrees: the city and a margin


@dataclass(frozen=True)
class Report:
    """What a layer holds and what is wrong with it.

    Attributes:
        source: the layer.
        level: district or dong; column, name_column: where codes and names stand; system: kostat or mois.
        year: census year of the dong codes, None for districts.
        crs: as used; crs_given: it was chosen and not declared.
        read, outside, matched: records, records outside Seoul, areas with a code of the store.
        problems: in the order of `KINDS`.
        rows: rows of the boundary table without a vintage; empty while anything blocks.
        drawn: code, name_ko, state (fine, blocked, unmatched) and geometry in EPSG:5179, for a preview.
    """

    source: Source
    level: str
    column: str
    name_column: str
    system: str
    year: int | None
    crs: str
    crs_given: bool
    read: int
    outside: int
    matched: int
    problems: tuple[Problem, ...]
    rows: pd.DataFrame
    drawn: gpd.GeoDataFrame

    @property
    def ok(self) -> bool:
        """Whether there is something to load and nothing that blocks."""
        return len(self.rows) > 0

    @property
    def repaired(self) -> int:
        """How many findings were mended."""
        return sum(problem.kind in MENDED for problem in self.problems)

    def of(self, kind: str) -> list[Problem]:
        """The findings of one kind."""
        return [problem for problem in self.problems if problem.kind == kind]


def check(
    source: Source,
    known: Known,
    *,
    column: str | None = None,
    level: str | None = None,
    crs: int | None = None,
    merge: bool = False,
) -> Report:
    """Check a layer against the store.

    Args:
        column: the column with the codes; found by its content if None.
        level: district or dong; told by the codes if None.
        crs: EPSG code, one of `CRS_CHOICES`, in place of the declared one.
        merge: several records of one code are parts of one area.

    Raises:
        Refused: no_codes, mixed_systems, ambiguous, nothing_to_draw, crs_absent or crs_outside.
    """
    column = column or find_column(source.attributes, known)
    if not column:
        raise Refused("no_codes", columns=", ".join(map(str, source.attributes.columns)))
    found = match(source.attributes, known, column=column, level=level)
    used = CRS.from_epsg(crs) if crs else source.crs
    metric = _in_metres(source.shapes, found, used)
    names = known.names
    at = found.rows["row"].to_numpy(dtype=int) - 1
    records, problems = making.polygons_of(found.rows.assign(geometry=metric[at]), names)
    whole, several = making.dissolved(records, names, merge=merge)
    here = set(whole["area_code"])
    absent = sorted(known.all_of(found.level, found.year) - here) if here else []
    missing = [Problem("missing", area_code=code, name=names[code]) for code in absent]
    misplaced = _misplaced(whole, known, found.level)
    problems = [*found.problems, *problems, *several, *missing, *misplaced]
    made = making.coverage(whole, found.level) if len(whole) else None
    problems += made.problems if made else []
    blocked = any(problem.blocks for problem in problems)
    rows = pd.DataFrame() if made is None or blocked else made.rows
    return Report(
        source,
        found.level,
        column,
        found.name_column,
        found.system,
        found.year,
        crs_label(used) if used else "",
        crs is not None,
        len(source.attributes),
        found.outside,
        len(whole),
        tuple(sorted(problems, key=lambda problem: KINDS.index(problem.kind))),
        rows,
        _drawn(whole, metric, found, problems),
    )


def _in_metres(shapes: np.ndarray, found: Match, crs: CRS | None) -> np.ndarray:
    """The shapes of Seoul's records in EPSG:5179, once the matched ones are seen to lie in Seoul; the rest None."""
    out = np.full(len(shapes), None, dtype=object)
    if found.rows.empty:
        return out
    matched = found.rows["row"].to_numpy(dtype=int) - 1
    judged = gpd.GeoSeries(shapes[matched])
    if (judged.is_empty | judged.isna()).all():
        raise Refused("nothing_to_draw")
    fits = next((f"EPSG:{code}" for code in CRS_CHOICES if _in_seoul(judged, CRS.from_epsg(code))), "")
    if crs is None:
        raise Refused("crs_absent", fits=fits)
    if not _in_seoul(judged, crs):
        raise Refused("crs_outside", crs=crs_label(crs), fits=fits)
    kept = np.concatenate([matched, np.array(found.unmatched, dtype=int) - 1]).astype(int)
    out[kept] = gpd.GeoSeries(shapes[kept], crs=crs).to_crs(METRIC_CRS).to_numpy()
    return out


def _in_seoul(shapes: gpd.GeoSeries, crs: CRS) -> bool:
    west, south, east, north = shapes.set_crs(crs).to_crs(4326).total_bounds
    return bool(SEOUL[0] <= west and SEOUL[1] <= south and east <= SEOUL[2] and north <= SEOUL[3])


def _misplaced(whole: gpd.GeoDataFrame, known: Known, level: str) -> list[Problem]:
    """Areas that do not contain the place where the store knows them to be: a wrong code would draw a wrong map.

    A district cannot move, so that blocks; a dong may have been cut anew.
    """
    places = known.places[known.places["area_code"].str.len().eq(5) == (level == DISTRICT)]
    if places.empty or whole.empty:
        return []
    points = gpd.GeoSeries(gpd.points_from_xy(places["lon"], places["lat"], crs=4326)).to_crs(METRIC_CRS)
    area, point = shapely.STRtree(points.to_numpy()).query(whole.geometry.to_numpy(), predicate="intersects")
    inside: dict[str, list[str]] = {}
    for where, what in zip(area, point, strict=True):
        inside.setdefault(whole["area_code"].iloc[where], []).append(places["area_code"].iloc[what])
    known_codes = set(places["area_code"])
    return [
        Problem(
            "elsewhere" if level == DISTRICT else "moved",
            area_code=code,
            name=name,
            other=", ".join(inside.get(code, [])[:3]),
        )
        for code, name in zip(whole["area_code"], whole["name_ko"], strict=True)
        if code in known_codes and code not in inside.get(code, [])
    ]


def _drawn(
    whole: gpd.GeoDataFrame, metric: np.ndarray, found: Match, problems: list[Problem]
) -> gpd.GeoDataFrame:
    """What a preview shows: the matched areas, and beside them the records without a known code."""
    wrong = {code for p in problems if p.blocks for code in (p.area_code, *p.other.split(", "))}
    areas = whole.assign(state=["blocked" if code in wrong else "fine" for code in whole["area_code"]])
    others = [metric[row - 1] for row in found.unmatched]
    loose = [shape for shape in others if shapely.get_type_id(shape) in (3, 6) and making.is_finite(shape)]
    frame = pd.DataFrame({"area_code": "", "name_ko": "", "state": "unmatched"}, index=range(len(loose)))
    both = pd.concat([areas, gpd.GeoDataFrame(frame, geometry=loose, crs=METRIC_CRS)], ignore_index=True)
    return gpd.GeoDataFrame(both, geometry="geometry", crs=METRIC_CRS)
