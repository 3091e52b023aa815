"""Boundary sets of one's own: each file is a vintage of its own, so none is ever overwritten or mixed with another.

A vintage is the reference year times 100 plus a running number (202601, 202602 …); the built-in vintages are
plain years. The shapes stand beside the built-in ones in `boundary` and are drawn by vintage like them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from data import audit
from data import tables as t
from data.batches import append_frame, close_batch, open_batch, read_frame
from data.engine import StoreProblem, writing
from data.imports.problems import redact_name

FIRST_YEAR, LAST_YEAR = 1990, 2099
SETS_A_YEAR = 99
TITLE_LENGTH = 60


class YearFull(Exception):
    """A reference year already has `SETS_A_YEAR` sets."""


@dataclass(frozen=True)
class Saved:
    """Where a set stands; `new` is False where the same file was brought in before."""

    vintage: int
    new: bool


def save(
    engine: Engine,
    rows: pd.DataFrame,
    *,
    level: str,
    year: int,
    title: str,
    source_name: str,
    content_sha256: str,
    crs: str,
    repaired: int,
    recorded_at: datetime,
    about: Mapping[str, Any] | None = None,
    who: str = audit.LOCAL,
) -> Saved:
    """Store a checked set in one transaction; the same content for the same level and year is not stored again.

    Args:
        rows: area_code, name_ko, geometry (GeoJSON text, EPSG:4326), area_km2, lon, lat; one row for each area.
        title: cut to `TITLE_LENGTH`; the file's name where it is blank. Personal numbers are masked in both.
        repaired: how many findings were mended.
        recorded_at: naive UTC instant.
        about: how the file was read (code column, code system, missing areas …), kept as JSON.
        who: for the audit trail.

    Raises:
        ValueError: no rows, or a year outside `FIRST_YEAR` to `LAST_YEAR`.
        YearFull: the year has no free number left.
        StoreProblem: the store cannot be written, or another set was stored at the same moment (busy).
    """
    if rows.empty or not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"A set needs areas and a year from {FIRST_YEAR} to {LAST_YEAR}, not {year}.")
    file_name = redact_name(source_name)
    own_title = redact_name(" ".join(title.split())) or Path(file_name).stem
    values = {
        "title": own_title[:TITLE_LENGTH],
        "level": level,
        "year": year,
        "source_name": file_name,
        "content_sha256": content_sha256,
        "crs": crs,
        "areas": len(rows),
        "repaired": repaired,
        "recorded_at": recorded_at,
        "note": json.dumps(dict(about), ensure_ascii=False) if about else None,
    }
    try:
        with writing(engine) as connection:
            standing = _standing(connection, content_sha256, level, year)
            if standing is not None:
                return Saved(standing, False)
            vintage = _next_vintage(connection, year)
            _write(connection, rows, {"vintage": vintage, **values})
            told = {"vintage": vintage, "level": level, "areas": len(rows), "sha256": content_sha256}
            audit.written(connection, "boundary", who, at=recorded_at, **told)
    except IntegrityError as error:
        raise StoreProblem("busy", "another boundary set took the number") from error
    return Saved(vintage, True)


def _standing(connection: Connection, content_sha256: str, level: str, year: int) -> int | None:
    c = t.boundary_set.c
    same = (c.content_sha256 == content_sha256, c.level == level, c.year == year)
    return connection.execute(select(c.vintage).where(*same)).scalar()


def _next_vintage(connection: Connection, year: int) -> int:
    c = t.boundary_set.c
    last = connection.execute(select(func.max(c.vintage)).where(c.year == year)).scalar() or year * 100
    if last >= year * 100 + SETS_A_YEAR:
        raise YearFull(str(year))
    return int(last) + 1


def _write(connection: Connection, rows: pd.DataFrame, values: dict[str, Any]) -> None:
    connection.execute(insert(t.boundary_set).values(**values))
    # The batch tells every screen that the store has changed, and keeps the set in the book of arrivals.
    batch_id = open_batch(
        connection,
        kind="reference",
        table_name="boundary",
        source_name=values["source_name"],
        content_sha256=values["content_sha256"],
        recorded_at=values["recorded_at"],
        note=str(values["vintage"]),
    )
    shapes = rows.assign(vintage=values["vintage"], level=values["level"])
    append_frame(connection, t.boundary, shapes[[column.name for column in t.boundary.columns]])
    close_batch(connection, batch_id, accepted=len(rows), refused=0)


def listing(connection: Connection) -> pd.DataFrame:
    """Own sets, newest first: vintage, title, level, year, areas, recorded_at, source_name, crs, repaired, note."""
    c = t.boundary_set.c
    columns = (
        c.vintage,
        c.title,
        c.level,
        c.year,
        c.areas,
        c.recorded_at,
        c.source_name,
        c.crs,
        c.repaired,
        c.note,
    )
    return read_frame(connection, select(*columns).order_by(c.recorded_at.desc(), c.vintage.desc()))
