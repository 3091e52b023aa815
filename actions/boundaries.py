"""Storing a reader's own boundaries as a vintage of their own, and what is stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd

from actions.changing import changing
from answers.reader import Reader
from answers.store import Store
from data import boundary_sets, queries
from data.boundary_sets import Saved as Saved
from data.boundary_sets import YearFull as YearFull
from data.census import MAP_VINTAGE

FIRST_YEAR, LAST_YEAR, TITLE_LENGTH = (
    boundary_sets.FIRST_YEAR,
    boundary_sets.LAST_YEAR,
    boundary_sets.TITLE_LENGTH,
)
LEVELS = ("district", "dong")


def reading() -> Any:
    """What reads and checks a boundary file (`geo.own_boundaries`); geopandas takes a second to import: only when there is one."""
    from geo import own_boundaries

    return own_boundaries


def areas(read: Reader) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The districts, the dong, and where the areas of the newest built-in boundaries lie."""
    newest = max(MAP_VINTAGE.values())
    places = pd.concat([read.polygons(newest, level) for level in LEVELS], ignore_index=True)
    return read.rows(queries.districts), dong(read), places


def dong(read: Reader) -> pd.DataFrame:
    """Every dong."""
    rows: pd.DataFrame = read.rows(queries.dong)
    return rows


def sets(read: Reader) -> pd.DataFrame:
    """Every stored set, the newest first."""
    rows: pd.DataFrame = read.rows(boundary_sets.listing)
    return rows


def save(store: Store, report: Any, *, year: int, title: str, at: datetime) -> Saved:
    """Store what a check found as a set of a year; every answer of this process sees it.

    Args:
        report: of `geo.own_boundaries.check`.

    Raises:
        YearFull: the year has as many sets as it can. StoreProblem: the store cannot be written.
    """
    about = {
        "column": report.column,
        "system": report.system,
        "codes_of": report.year,
        "missing": [problem.area_code for problem in report.of("missing")],
    }
    with changing(store) as engine:
        return boundary_sets.save(
            engine,
            report.rows,
            level=report.level,
            year=year,
            title=title,
            source_name=report.source.name,
            content_sha256=report.source.sha256,
            crs=report.crs,
            repaired=report.repaired,
            recorded_at=at,
            about=about,
        )
