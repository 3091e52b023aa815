"""The published cells of a store: every count of the closed list (`data/grids.toml`) by every one of its spans, as it is published.

A release keeps them with their digest, so that what was published can be proved and compared, whatever becomes of the code. They are of
all rows up to the last closed month of the tables that a fact rests on; where districts have not closed months in between, a page
shows the closed part of the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from data import coverage, facts, grids, held, release
from data.batches import append_frame, read_frame
from data.tables import FACTS, release_cell

ALL = "all"


def fill(connection: Connection) -> int:
    """Write the cells of a release's store, in the caller's transaction; returns how many."""
    return append_frame(connection, release_cell, pd.concat(list(cells(connection)), ignore_index=True))


def digest(connection: Connection) -> str:
    """SHA-256 of the cells as they stand, in the order of their names."""
    hashed, c = hashlib.sha256(), release_cell.c
    chosen = select(c.fact, c.grid, c.span, c.place, c.sum, c.shown)
    for row in sorted(connection.execute(chosen).all(), key=lambda row: tuple(map(str, row))):
        hashed.update(repr(tuple(row)).encode())
    return hashed.hexdigest()


def cells(connection: Connection) -> Iterator[pd.DataFrame]:
    """The cells of each grid: fact, grid, span, place (codes of the keys but time, of the filters, and the time), sum, shown."""
    states = coverage.states(connection)
    nothing = pd.DataFrame(columns=[c.name for c in release_cell.c])
    yield nothing
    for fact, listed in grids.listed().items():
        rows = read_frame(connection, select(FACTS[fact]))
        sums = held.counts(FACTS[fact])
        end = _end(states, fact)
        if rows.empty or not sums or end is None:
            continue
        rows[sums] = rows[sums].apply(pd.to_numeric).astype(float)
        for grid, filters in _filtered(listed):
            for span, taken, time in _spans(rows, grid, end):
                keys = sorted(grid.by - set(grids.TIMES)) + filters + time
                name = " ".join(["+".join(sorted(grid.by)) or ALL, *filters])
                yield _cells(taken, keys, sums, {"fact": fact, "grid": name, "span": span})


def _end(states: pd.DataFrame, fact: str) -> int | None:
    """The last month that is closed in each table of a fact that has come; None where none is, 999912 of facts of no followed table."""
    followed = [name for name in facts.SOURCES.get(fact, ()) if name in coverage.FOLLOWED]
    ends = [coverage.closed_until(states, name) for name in followed if (states["table_name"] == name).any()]
    known = [end for end in ends if end is not None]
    return (min(known) if known else None) if ends else 999912


def _filtered(listed: Sequence[grids.Grid]) -> Iterator[tuple[grids.Grid, list[str]]]:
    """Each grid without a filter, and with each of its filters, of which every code is then a part of the place."""
    for grid in listed:
        for further in ([], *([name] for name in sorted(grid.of))):
            yield grid, [*sorted(grid.always), *further]


def _spans(rows: pd.DataFrame, grid: grids.Grid, end: int) -> Iterator[tuple[str, pd.DataFrame, list[str]]]:
    """Each span of a grid: its name, its rows, and the column of time that they are told by."""
    if "month_key" not in rows:
        for name in sorted(grid.spans):
            yield name, rows, ["year"] if name == "year" or "year" in grid.by else []
        return
    month = rows["month_key"].astype(int)
    closed = rows.assign(
        month_key=month, year=month // 100, quarter=month // 100 * 10 + (month % 100 + 2) // 3
    )[month <= end]
    last = grids.before(min(end, int(month.max())), grid.lag)
    if "month_key" in grid.by:
        yield "month", closed, ["month_key"]
        return
    for name in sorted(grid.spans - ({"last 12"} if "window" in grid.spans else set())):
        if name == "ever":
            yield name, closed, []
        elif name in ("month", "quarter", "year"):
            yield name, closed, ["month_key" if name == "month" else name]
        else:
            for months in (12,) if name == "last 12" else grids.WINDOWS:
                first = grids.before(last, months - 1)
                yield f"{months} to {last}", closed[closed["month_key"].between(first, last)], []


def _cells(rows: pd.DataFrame, keys: list[str], sums: list[str], named: dict[str, str]) -> pd.DataFrame:
    """Sums by keys under the publishing rule, one a row; what no row tells whole is withheld like what is small."""
    grouped = rows.groupby(keys, sort=False) if keys else rows.groupby(np.zeros(len(rows)))
    made = grouped[sums].sum(skipna=False)
    told = made.index.to_frame().itertuples(index=False) if keys else [(ALL,)] * len(made)
    place = np.array([" ".join(map(str, codes)) for codes in told], dtype=object)
    shown = release.rounded(pd.Series(made.to_numpy().ravel(order="F"))).astype(object)
    return pd.DataFrame(
        {**named, "place": np.tile(place, len(sums)), "sum": np.repeat(sums, len(made)), "shown": shown}
    )
