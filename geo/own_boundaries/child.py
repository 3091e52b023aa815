"""Reads and checks one boundary file in the process that `door` keeps for it (`guards.worker`)."""

from __future__ import annotations

import json
from typing import Any

from geo.own_boundaries import wire
from geo.own_boundaries.check import check
from geo.own_boundaries.codes import find_column
from geo.own_boundaries.files import Refused, read
from geo.own_boundaries.outline import outline

SOURCE_PARTS, KNOWN_PARTS = 2, 3


def work(parts: list[bytes]) -> list[bytes]:
    """One piece of work: what is asked as JSON, then its parts. The first part of the answer says why, if it is refused."""
    asked = json.loads(parts.pop(0))
    try:
        return [b"null", *_done(asked.pop("what"), asked, parts)]
    except Refused as refused:
        return [json.dumps({"kind": refused.kind, "detail": refused.detail}, default=str).encode()]


def _done(what: str, asked: dict[str, Any], parts: list[bytes]) -> list[bytes]:
    if what == "read":
        return wire.pack_source(read(asked["name"], parts.pop(), layer=asked["layer"]))
    source = wire.unpack_source(parts[:SOURCE_PARTS])
    known = wire.unpack_known(parts[SOURCE_PARTS : SOURCE_PARTS + KNOWN_PARTS])
    if what == "find":
        return [find_column(source.attributes, known).encode()]
    report = check(source, known, **asked)
    return wire.pack_report(report, outline(report))
