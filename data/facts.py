"""Daily and monthly facts, rolled up in the batch's own transaction.

Refreshing deletes and re-selects the periods that a batch touched; rebuilding does so for all of them with the same
SELECT (`data/rollups.py`, `data/served.py`, `data/summary_rollups.py`), so both give the same bytes. Spells are rolled up
by district, and of threads the difference that a batch makes is added: these too are what a rebuild gives.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, delete, insert, select

from data import coverage, spells, thread, thread_facts
from data import tables as t
from data.cities import OFFICE
from data.engine import set_state, state
from data.rollups import ROLLUPS, Periods, Rollup, within
from data.served import SERVED
from data.service_rollups import SERVICE_ROLLUPS
from data.summary_rollups import DETECTION, joined

EVERY = (*map(joined, (*ROLLUPS, *SERVICE_ROLLUPS, SERVED)), DETECTION)
# Tables whose rows are spells, or whose months say until when spells are followed.
OF_SPELLS = coverage.with_summaries(("spell",))
RETURNS = next(rollup for rollup in EVERY if rollup.fact == "return_monthly")
# Fact -> the tables that it is made of; spells, what is counted of them and threads have ways of their own, and stand in no rollup's sources.
SOURCES = {rollup.fact: rollup.sources for rollup in EVERY} | {
    "spell_monthly": ("spell",),
    RETURNS.fact: (*RETURNS.sources, "spell"),
    **dict.fromkeys(thread.FACTS, thread.SOURCES),
}


@dataclass(frozen=True, eq=False)
class Follows:
    """What follows from a batch, as its marks tell.

    Attributes:
        periods: fact name -> the periods, ascending, in which it added or superseded rows.
        districts: of a batch of spells, or of what closes months of them, those whose spells follow; None for all of them.
        thread: what it makes of the threads of the people whom it names; None where everybody has to be put together anew.
    """

    periods: Mapping[str, Periods]
    districts: list[str] | None = None
    thread: tuple[pd.DataFrame, ...] | None = None


def refresh(connection: Connection, table_name: str, *, batch_id: int) -> dict[str, int]:
    """Settle the store's day and re-roll what follows from a batch that was just loaded, in the caller's transaction.

    Returns: fact name -> how many periods were rolled up anew, of spells and threads how many rows (0 facts when the table feeds none).
    """
    alone(connection, table_name)  # at the latest: an import has asked for it
    moved = settle(connection)
    found = follows(connection, table_name, batch_id=batch_id, with_people=not moved)
    return reroll(connection, table_name, found, moved=moved)


def follows(connection: Connection, table_name: str, *, batch_id: int, with_people: bool = True) -> Follows:
    """What follows from a table's newest batch: asked after it was loaded, or before it is taken back.

    Args:
        with_people: not where everybody's spells and threads are rolled up anew anyway.
    """
    periods = touched(connection, table_name, batch_id=batch_id)
    if not with_people:
        return Follows(periods)
    return Follows(
        periods,
        spells.of_batch(connection, batch_id) if table_name in OF_SPELLS else None,
        thread_facts.of_batch(connection, table_name, batch_id) if table_name in thread.SOURCES else None,
    )


def touched(connection: Connection, table_name: str, *, batch_id: int) -> dict[str, list[Any]]:
    """Fact name -> the periods, ascending, in which a batch added or superseded rows."""
    asked: dict[tuple[str, str], list[Any]] = {}  # several facts of a table ask alike
    found: dict[str, list[Any]] = {}
    for rollup in EVERY:
        if table_name in rollup.sources:
            statement = rollup.touched(table_name, batch_id)
            compiled = statement.compile()
            said = str(compiled), repr(compiled.params)
            if said not in asked:
                asked[said] = sorted({row[0] for row in connection.execute(statement)})
            found[rollup.fact] = asked[said]
    return found


def reroll(
    connection: Connection, table_name: str, found: Follows, *, moved: bool, taken_back: bool = False
) -> dict[str, int]:
    """Re-roll what follows from a batch, in the caller's transaction; returns as `refresh`.

    Args:
        moved: whether the store's day has (`settle`). taken_back: the batch no longer stands.
    """
    for rollup in EVERY:
        if found.periods.get(rollup.fact):
            _replace(connection, rollup, found.periods[rollup.fact])
    done = {fact: len(some) for fact, some in found.periods.items()}
    if moved or table_name in OF_SPELLS:
        done["spell_monthly"] = _respell(connection, None if moved else found.districts)
    if moved or (table_name in thread.SOURCES and found.thread is None):
        done["thread_yearly"] = thread_facts.rebuild(connection)
    elif found.thread is not None:
        done["thread_yearly"] = thread_facts.add(connection, found.thread, sign=-1 if taken_back else 1)
    return done


def _respell(connection: Connection, districts: list[str] | None = None) -> int:
    """Spells and the returns counted of them: a spell spans months and its band depends on its start, so a district's are rolled up whole."""
    rows = spells.rebuild(connection, districts)
    _replace(connection, RETURNS, None)
    return rows


def alone(connection: Connection, table_name: str | None = None) -> None:
    """Let no other transaction bring or take back rows of which whole people or districts follow, from now to the end of this one.

    Asked for before the rows are compared or written, the audit trail last: whoever takes locks in another order may wait for ever.

    Args:
        table_name: whose rows come or go; none where they may be of any table.
    """
    if table_name is None or table_name in OF_SPELLS or table_name in thread.SOURCES:
        thread_facts.alone(connection)


def settle(connection: Connection) -> bool:
    """Note the day that the office's screens speak for, after months were closed or opened; returns whether it has moved.

    It is the last one of the latest closed month of any table; where none is closed, or none any more, the one that the store began
    with. Where it has moved, spells that nobody has closed and threads under way are followed up to another day.
    """
    if not _moved(connection):
        return False
    alone(connection)
    notes = _moved(connection)  # another may have moved it meanwhile
    if notes:
        set_state(connection, **notes)
    return bool(notes)


def _moved(connection: Connection) -> dict[str, str | None]:
    """The notes of the day that an office's screens should speak for; empty where they stand."""
    notes = state(connection)
    if notes.get("city") != OFFICE:
        return {}
    closed_day = coverage.day(coverage.states(connection))
    before = notes.get("as_of", "")
    began = notes.get("began_as_of", before)
    day = closed_day.isoformat() if closed_day else began
    return {} if day == before else {"as_of": day or None, "began_as_of": began}


def closed(connection: Connection, table_name: str, month_key: int, **word: Any) -> None:
    """Close a month by somebody's word (`data.coverage.close`) and let follow what follows.

    Raises:
        ValueError: as `data.coverage.close`.
    """
    alone(connection)
    coverage.close(connection, table_name, month_key, **word)
    moved = settle(connection)
    if moved or table_name == "spell":
        _respell(connection)
    if moved:
        thread_facts.rebuild(connection)


def rebuild(connection: Connection, *, only: Sequence[str] | None = None) -> None:
    """Roll every fact up again from current rows. What of the detection facts comes from the lake stays."""
    alone(connection)
    if only is None or "spell" in only:
        spells.rebuild(connection)
    for rollup in EVERY:
        if only is None or set(SOURCES[rollup.fact]) & set(only):
            _replace(connection, rollup, None)
    if only is None or set(thread.SOURCES) & set(only):
        thread_facts.rebuild(connection)


def _replace(connection: Connection, rollup: Rollup, periods: Periods | None) -> None:
    fact = t.FACTS[rollup.fact]
    mine = [] if rollup.mine is None else [rollup.mine(fact)]
    connection.execute(delete(fact).where(within(fact.c[fact.info["period"]], periods), *mine))
    for build in filter(None, (rollup.build, rollup.also)):
        chosen = build(periods)
        names = [column.name for column in chosen.selected_columns]
        connection.execute(insert(fact).from_select(names, chosen))


def digest(connection: Connection) -> dict[str, str]:
    """SHA-256 of every fact's rows in key order: equal stores give equal digests."""
    found: dict[str, str] = {}
    for name, fact in sorted(t.FACTS.items()):
        hashed = hashlib.sha256()
        for row in connection.execute(select(fact).order_by(*(fact.c[key] for key in fact.info["keys"]))):
            hashed.update(repr(tuple(row)).encode())
        found[name] = hashed.hexdigest()
    return found
