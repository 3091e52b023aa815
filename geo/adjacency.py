"""Which areas are neighbours: queen contiguity of the drawn boundaries, with the Han or without it.

Queen contiguity: two areas are neighbours if their shapes share at least a point. The shapes are a clean
coverage whose shared vertices are equal after rounding, so contact is tested exactly, without a tolerance.

The Han has two banks, and a district lies wholly on one of them: its living area (생활권) says which. District
shapes meet in mid-river, so plain queen contiguity counts ten pairs of districts as neighbours that face each
other over a kilometre of water: Yongsan with Dongjak, Yeongdeungpo, Seocho and Gangnam; Seongdong with
Gangnam; Gwangjin with Gangnam, Songpa and Gangdong; Mapo with Yeongdeungpo and Gangseo. In each vintage
(2010, 2015, 2020) the districts of a bank form one polygon, and the two polygons meet in one line that runs
through the city from border to border. There is no land contact between the banks: the islands are whole
parts of dong (Yeouido of Yeongdeungpo's Yeoui-dong, Nodeulseom of Yongsan's Ichon 2-dong). So every pair of
areas on opposite banks touches only across the Han; pairs on one bank stay neighbours.

Rounding makes a few corners meet that the source keeps less than a metre apart: in 2020 one pair of
districts (Guro-Dongjak, who touch at a point in the vintages before) and five pairs of dong. No contact of the
source is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely

from geo.areas import district_of

# libpysal is not imported here: `libpysal.graph` takes more than a second, and a map that only asks who
# touches whom needs no weights. `geo.spatial` makes weights of the result where a statistic needs them.

BANKS = {"dosim": "north", "dongbuk": "north", "seobuk": "north", "seonam": "south", "dongnam": "south"}
KM_PER_DEGREE = 111.2  # of latitude; of longitude, times the cosine of the latitude

Pair = tuple[str, str]


@dataclass(frozen=True)
class Adjacency:
    """Neighbours of areas; symmetric, and no area is without one unless it is the only one.

    Attributes:
        codes: the areas' codes, in order.
        neighbours: code -> codes of its neighbours, in order.
        joined: (island, area): an area that touched no other, and the nearest, which it was joined to.
        cut: pairs on opposite banks of the Han that touch and are not neighbours; empty for plain queen.
        centres: code -> (east, north) of the centroid in km, for distances only.
        bank: code -> 'north' or 'south'; empty for plain queen.
    """

    codes: tuple[str, ...]
    neighbours: Mapping[str, tuple[str, ...]]
    joined: tuple[Pair, ...]
    cut: tuple[Pair, ...]
    centres: Mapping[str, tuple[float, float]]
    bank: Mapping[str, str]

    def restricted_to(self, codes: Collection[str]) -> Adjacency:
        """The same among `codes` only; an area that loses all neighbours is joined to the nearest left."""
        inside = set(codes)
        kept = tuple(code for code in self.codes if code in inside)
        return _with_islands_joined(
            Adjacency(
                codes=kept,
                neighbours={c: tuple(o for o in self.neighbours[c] if o in inside) for c in kept},
                joined=tuple(pair for pair in self.joined if inside.issuperset(pair)),
                cut=tuple(pair for pair in self.cut if inside.issuperset(pair)),
                centres={code: self.centres[code] for code in kept},
                bank={code: self.bank[code] for code in kept if self.bank},
            )
        )


def queen(boundaries: pd.DataFrame) -> Adjacency:
    """Queen contiguity; contacts in mid-river count.

    Args:
        boundaries: one row an area with `area_code` and `geometry` (GeoJSON text, EPSG:4326), of one vintage
            and one level.

    Raises:
        ValueError: an area given twice or without a readable shape; more than one vintage or level.
    """
    return _with_islands_joined(_contiguity(boundaries))


def queen_within_banks(boundaries: pd.DataFrame, bank: Mapping[str, str]) -> Adjacency:
    """Queen contiguity without the pairs that touch only across the Han, which `cut` lists.

    An island is joined to the nearest area of its own bank; across the river only if its bank has no other.

    Args:
        boundaries: as for `queen`.
        bank: area or district code -> bank, as `banks` makes it; a dong is on its district's bank.

    Raises:
        ValueError: as `queen`, and for an area whose bank is not known.
    """
    touching = _contiguity(boundaries)
    side = {code: _bank_of(code, bank) for code in touching.codes}
    across = tuple(
        (code, other)
        for code in touching.codes
        for other in touching.neighbours[code]
        if code < other and side[code] != side[other]
    )
    land = {c: tuple(o for o in touching.neighbours[c] if side[o] == side[c]) for c in touching.codes}
    return _with_islands_joined(replace(touching, neighbours=land, cut=across, bank=side))


def banks(districts: pd.DataFrame) -> dict[str, str]:
    """KOSTAT district code -> 'north' or 'south' of the Han, from columns `district_code` and `living_area`.

    Raises ValueError for a living area that is none of the five in `BANKS`.
    """
    unknown = set(districts["living_area"]) - set(BANKS)
    if unknown:
        raise ValueError(f"Living areas are {', '.join(BANKS)}, not {', '.join(sorted(map(str, unknown)))}.")
    return dict(zip(districts["district_code"], districts["living_area"].map(BANKS), strict=True))


def _bank_of(code: str, bank: Mapping[str, str]) -> str:
    found = bank.get(code) or bank.get(district_of(code))
    if found is None:
        raise ValueError(f"On which bank of the Han area {code} lies is not known.")
    return found


def _contiguity(boundaries: pd.DataFrame) -> Adjacency:
    rows = boundaries.sort_values("area_code")
    for column in {"vintage", "level"} & set(rows.columns):
        if rows[column].nunique() > 1:
            raise ValueError(f"Neighbours are found within one {column}, not {rows[column].unique()}.")
    codes = rows["area_code"].to_numpy(dtype=object)
    shapes = shapely.from_geojson(rows["geometry"].fillna("").to_numpy(dtype=object), on_invalid="ignore")
    unreadable = codes[shapely.is_missing(shapes) | shapely.is_empty(shapes)]
    if unreadable.size:
        raise ValueError(f"Areas without a readable shape: {', '.join(unreadable)}.")
    twice = rows["area_code"][rows["area_code"].duplicated()]
    if len(twice):
        raise ValueError(f"Areas given more than once: {', '.join(twice.unique())}.")
    touching: dict[str, list[str]] = {code: [] for code in codes}
    for one, other in shapely.STRtree(shapes).query(shapes, predicate="intersects").T:
        if one != other:
            touching[codes[one]].append(codes[other])
    return Adjacency(
        codes=tuple(codes),
        neighbours={code: tuple(sorted(others)) for code, others in touching.items()},
        joined=(),
        cut=(),
        centres=dict(zip(codes, _centres_km(shapes), strict=True)),
        bank={},
    )


def _centres_km(shapes: np.ndarray) -> list[tuple[float, float]]:
    """Centroids on a plane; over the 40 km of Seoul its distances are right to within 1 %."""
    centroid = shapely.centroid(shapes)
    lon, lat = shapely.get_x(centroid), shapely.get_y(centroid)
    east = lon * KM_PER_DEGREE * np.cos(np.radians(lat.mean() if lat.size else 0.0))
    return list(zip(east.tolist(), (lat * KM_PER_DEGREE).tolist(), strict=True))


def _with_islands_joined(adjacency: Adjacency) -> Adjacency:
    islands = [code for code in adjacency.codes if not adjacency.neighbours[code]]
    if not islands or len(adjacency.codes) == 1:
        return adjacency
    joined = [(code, _nearest(code, adjacency)) for code in islands]
    neighbours = {code: set(others) for code, others in adjacency.neighbours.items()}
    for island, nearest in joined:
        neighbours[island].add(nearest)
        neighbours[nearest].add(island)
    return replace(
        adjacency,
        neighbours={code: tuple(sorted(others)) for code, others in neighbours.items()},
        joined=adjacency.joined + tuple(joined),
    )


def _nearest(code: str, adjacency: Adjacency) -> str:
    others = [other for other in adjacency.codes if other != code]
    own_bank = [o for o in others if adjacency.bank and adjacency.bank[o] == adjacency.bank[code]]
    candidates = own_bank or others
    away = np.subtract([adjacency.centres[other] for other in candidates], adjacency.centres[code])
    return candidates[int(np.argmin(np.hypot(*away.T)))]
