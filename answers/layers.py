"""Boundary layers for maps on a screen: an area's outline by code, as GeoJSON."""

from __future__ import annotations

import hashlib
import json

from answers.kept import kept
from answers.reader import Reader
from data import queries
from geo.areas import feature_collection, tile_shapes

TILE = "tile"  # the level of the tile map, which is the same for every vintage


@kept
def layer(read: Reader, vintage: int, level: str) -> tuple[str, str]:
    """A layer and what changes with its content: no store draws another's layer under the same name."""
    if level == TILE:
        rows = tile_shapes(read.rows(queries.districts))
    else:
        rows = read.rows(queries.boundaries, vintage=vintage, level=level)
    content = "".join(rows["area_code"]) + "".join(rows["geometry"])
    told = json.dumps(feature_collection(rows), separators=(",", ":"))
    return told, hashlib.sha256(content.encode()).hexdigest()[:8]
