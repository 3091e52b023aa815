"""Area codes: what a code stands for, and the two systems of district codes side by side.

KOSTAT (statistics office): Seoul is 11, a district five digits ending in 0, a dong seven digits (eight in
the 2025 census) that start with the district's first four. MOIS (interior ministry): a district has five
other digits. The district frames taken here have at least `district_code` (KOSTAT) and `mois_code`.
"""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

CITY = "11"
_LEVELS = {2: "city", 5: "district", 7: "dong", 8: "dong"}


def normalise(code: object) -> str:
    """A Seoul area code as text, from text or number ('11010', 11010.0). Raises ValueError if it is none."""
    text = str(code).strip().removesuffix(".0")
    if not text.isdigit() or not text.startswith(CITY) or len(text) not in _LEVELS:
        raise ValueError(f"{code!r} is not an area code of Seoul (11, or 5, 7 or 8 digits starting with 11).")
    return text


def level_of(code: object) -> str:
    """'city', 'district' or 'dong', by the length of a code. Raises ValueError as `normalise` does."""
    return _LEVELS[len(normalise(code))]


def district_of(code: object) -> str:
    """The KOSTAT code of the district that a district or dong is in. Raises ValueError for the city."""
    text = normalise(code)
    if text == CITY:
        raise ValueError("The city is not in a district.")
    return text[:4] + "0" if level_of(text) == "dong" else text


def mois_to_kostat(districts: pd.DataFrame) -> dict[str, str]:
    """MOIS district code -> KOSTAT district code.

    Some codes exist in both systems for different districts (11110: Nowon in KOSTAT, Jongno in MOIS), so
    apply this only to a column that is known to hold MOIS codes; `ambiguous_codes` lists them.
    """
    return dict(zip(districts["mois_code"], districts["district_code"], strict=True))


def kostat_to_mois(districts: pd.DataFrame) -> dict[str, str]:
    """KOSTAT district code -> MOIS district code."""
    return dict(zip(districts["district_code"], districts["mois_code"], strict=True))


def ambiguous_codes(districts: pd.DataFrame) -> set[str]:
    """District codes that mean one district in KOSTAT and another in MOIS: alone they name no district."""
    return set(districts["mois_code"]) & set(districts["district_code"])


def tile_positions(districts: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """KOSTAT district code -> (row, column) on the tile map; both from 1, row 1 north, column 1 west."""
    rows = zip(districts["district_code"], districts["tile_row"], districts["tile_col"], strict=True)
    return {code: (int(row), int(column)) for code, row, column in rows}


TILE_DEG = 0.05  # the tile map stands at the equator, where a degree is a square
TILE_FILLED = 0.94  # the rest is the gap between tiles


def tile_centres(districts: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """KOSTAT district code -> (lon, lat) of its tile's centre on the tile map."""
    return {
        code: (column * TILE_DEG, -row * TILE_DEG)
        for code, (row, column) in tile_positions(districts).items()
    }


def tile_shapes(districts: pd.DataFrame) -> pd.DataFrame:
    """One equal square per district: columns `area_code` and `geometry` (GeoJSON text)."""
    half = TILE_DEG * TILE_FILLED / 2
    rows = []
    for code, (x, y) in tile_centres(districts).items():
        corners = [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
        ring = [[round(lon, 5), round(lat, 5)] for lon, lat in (*corners, corners[0])]
        rows.append((code, json.dumps({"type": "Polygon", "coordinates": [ring]}, separators=(",", ":"))))
    return pd.DataFrame(rows, columns=["area_code", "geometry"])


def feature_collection(rows: pd.DataFrame) -> dict[str, Any]:
    """A GeoJSON FeatureCollection of rows with `area_code` and `geometry` (GeoJSON text).

    A feature's id is its area code and it has no properties: a map file must not carry anything beside the
    values that the publishing rule has passed.
    """
    features = [
        {"type": "Feature", "id": code, "properties": {}, "geometry": json.loads(geometry)}
        for code, geometry in zip(rows["area_code"], rows["geometry"], strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}
