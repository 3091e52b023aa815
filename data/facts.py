"""Daily and monthly facts, rolled up in the batch's own transaction.

Refreshing deletes and re-selects the periods that a batch touched; rebuilding does so for all of them with the same
SELECT (`data/rollups.py`, `data/served.py`, `data/summary_rollups.py`), so both give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from data import coverage, spells, thread
from data import tables as t
from data.cities import OFFICE
from data.engine import set_state, state
from data.rollups import ROLLUPS, Periods, Rollup, within
from data.served import SERVED
from data.service_rollups import SERVICE_ROLLUPS
from data.summary_rollups import DETECTION, joined

EVERY = (*map(joined, (*ROLLUPS, *SERVICE_ROLLUPS, SERVED)), DETECTION)
RETURNS = next(rollup for rollup in EVERY if rollup.fact == "return_monthly")
# Fact -> the tables that it is made of; spells, what is counted of them and threads are rolled up whole, and stand in no rollup's sources.
SOURCES = {rollup.fact: rollup.sources for rollup in EVERY} | {
    "spell_monthly": ("spell",),
    RETURNS.fact: (*RETURNS.sources, "spell"),
    **dict.fromkeys(thread.FACTS, thread.SOURCES),
}


def refresh(connection: Connection, table_name: str, *, batch_id: int) -> dict[str, int]:
    """Re-roll the periods that a batch touched, in the caller's transaction.

    Returns: fact name -> how many periods were re-rolled (0 facts when the table feeds none).
    """
    return reroll(connection, table_name, touched(connection, table_name, batch_id=batch_id))


def touched(connection: Connection, table_name: str, *, batch_id: int) -> dict[str, list[Any]]:
    """Fact name -> the periods, ascending, in which a batch added or superseded rows."""
    return {
        rollup.fact: sorted({row[0] for row in connection.execute(rollup.touched(table_name, batch_id))})
        for rollup in EVERY
        if table_name in rollup.sources
    }


def reroll(connection: Connection, table_name: str, periods: Mapping[str, Periods]) -> dict[str, int]:
    """Re-roll each fact's periods, in the caller's transaction; fact name -> how many they were."""
    for rollup in EVERY:
        if periods.get(rollup.fact):
            _replace(connection, rollup, periods[rollup.fact])
    done = {fact: len(some) for fact, some in periods.items()}
    if table_name == "spell":
        done["spell_monthly"] = _respell(connection)
    if table_name in thread.SOURCES:  # a record may change the thread of somebody of any year
        done["thread_yearly"] = thread.rebuild(connection)
    return done


def _respell(connection: Connection) -> int:
    """Spells and the returns counted of them: a spell spans months and its band depends on its start, so all are rolled up anew."""
    rows = spells.rebuild(connection)
    _replace(connection, RETURNS, None)
    return rows


def settle(connection: Connection, table_name: str) -> None:
    """The day that the office's screens speak for, after months of a table were closed or opened.

    It is the last one of the latest closed month of any table; where none is closed, or none any more, the one that the store began
    with. Called in the transaction of a load or an undo before its facts are rolled up, or of a closing.
    """
    notes = state(connection)
    if notes.get("city") != OFFICE:
        return
    closed_day = coverage.day(coverage.states(connection))
    before = notes.get("as_of", "")
    began = notes.get("began_as_of", before)
    day = closed_day.isoformat() if closed_day else began
    if day != before:
        set_state(connection, as_of=day or None, began_as_of=began)
        if table_name != "spell":  # spells that nobody has closed are observed up to this day
            _respell(connection)
        if table_name not in thread.SOURCES:  # who is still under way is followed up to this day
            thread.rebuild(connection)


def closed(connection: Connection, table_name: str, month_key: int, **word: Any) -> None:
    """Close a month by somebody's word (`data.coverage.close`) and let follow what follows.

    Raises:
        ValueError: as `data.coverage.close`.
    """
    coverage.close(connection, table_name, month_key, **word)
    settle(connection, table_name)
    if table_name == "spell":
        _respell(connection)
    if table_name in thread.SOURCES:
        thread.rebuild(connection)


def rebuild(connection: Connection, *, only: Sequence[str] | None = None) -> None:
    """Roll every fact up again from current rows. What of the detection facts comes from the lake stays."""
    if only is None or "spell" in only:
        spells.rebuild(connection)
    for rollup in EVERY:
        if only is None or set(SOURCES[rollup.fact]) & set(only):
            _replace(connection, rollup, None)
    if only is None or set(thread.SOURCES) & set(only):
        thread.rebuild(connection)


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
