"""What becomes of releases after they were made: whether they are as published, a newer layout, and what may not stay in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, text, update

from data import cells, facts, held
from data.engine import StoreProblem, check, migrate, state, writing, written_anew
from data.frozen import NOTE
from data.releases import LEFT_OUT, Release, facts_digest, listing, opened
from data.tables import FACTS, metadata, release, study

BOOKS = ("ledger_entry",)  # the one table of single records that a release has


def findings(engine: Engine) -> Iterator[str]:
    """What is not as it was published: release by release, in a few words.

    Raises:
        StoreProblem, DBAPIError: the city's own store cannot be read.
    """
    with engine.connect() as connection:
        listed = listing(connection)
    for one in listed:
        with opened(engine, one.number) as there:
            try:
                check(there)
                with there.connect() as connection:
                    yield from (f"{one.number}: {what}" for what in _unlike(connection, one))
            except StoreProblem as problem:
                yield f"{one.number}: {problem.kind}"


def _unlike(connection: Connection, one: Release) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        said = connection.execute(text("PRAGMA integrity_check")).scalar()
        if said != "ok":
            yield str(said)[:200]
    if state(connection).get(NOTE) != str(one.number):
        yield "another release"
    if cells.digest(connection) != one.cells_sha256:
        yield "published cells"
    if facts_digest(connection) != one.facts_sha256:
        yield "facts"
    for name in sorted(LEFT_OUT - {"study", "store_state", "release_cell"}):
        if connection.execute(select(1).select_from(metadata.tables[name]).limit(1)).first() is not None:
            yield f"rows of {name}"


def migrated(engine: Engine) -> list[int]:
    """Bring every release to this code's layout, after the city's own store; returns the numbers of those that were older.

    Figures stay as they were published; what a layout adds is empty in them. Their digests are noted anew, of what was found unchanged.
    """
    done = []
    with engine.connect() as connection:
        listed = listing(connection)
    for one in listed:
        with opened(engine, one.number) as there:
            if _stands(there) != "old" or not _as_published(there, one):
                continue  # gone, damaged or changed: `python -m data verify` says so
            migrate(there)
            _restate(engine, there, one.number)
            done.append(one.number)
    return done


def _stands(there: Engine) -> str:
    """'' where a release can serve; else what is wrong with it."""
    try:
        check(there)
    except StoreProblem as problem:
        return problem.kind
    return ""


def _as_published(there: Engine, one: Release) -> bool:
    with there.connect() as connection:
        return cells.digest(connection) == one.cells_sha256


def without(
    engine: Engine,
    changed: Sequence[str],
    *,
    before: date | None = None,
    where: Mapping[str, Any] | None = None,
) -> list[int]:
    """Let releases follow when records leave a city's store; returns the numbers of those that lost something.

    What studies made of such tables goes, since a result may rest on whoever left; a later release has it again. Sums of persons of
    months that are over their time go too. The cells that were published stay: they are rounded, and were told.

    Args:
        changed: tables of which records left. before: sums of months and years that ended before this day go. where: table -> the rows
            that left; of the books, which a release has too, they go from it.
    """
    done = []
    with engine.connect() as connection:
        listed = listing(connection)
    for one in listed:
        with opened(engine, one.number) as there:
            if _stands(there):
                continue
            with writing(there) as connection:
                if connection.dialect.name == "sqlite":
                    connection.exec_driver_sql("PRAGMA secure_delete = ON")
                gone = _without_studies(connection, set(changed)) if changed else 0
                gone += _without_sums(connection, before) if before else 0
                gone += _without_rows(connection, where or {})
            if gone:
                written_anew(there, (study.name, *held.kept_facts(), *BOOKS))
                _restate(engine, there, one.number)
                done.append(one.number)
    return done


def _without_studies(connection: Connection, changed: set[str]) -> int:
    rows = connection.execute(select(study.c.name, study.c.reads)).all()
    names = [row.name for row in rows if not row.reads or set(row.reads.split()) & changed]
    return int(connection.execute(delete(study).where(study.c.name.in_(names))).rowcount) if names else 0


def _without_sums(connection: Connection, before: date) -> int:
    gone = 0
    for name in held.families():
        column = metadata.tables[name].c[held.period_of(FACTS[name])]
        end = before.year if column.name == "year" else before.year * 100 + before.month
        gone += int(connection.execute(delete(metadata.tables[name]).where(column < end)).rowcount)
    return gone


def _without_rows(connection: Connection, where: Mapping[str, Any]) -> int:
    gone = {
        name: int(connection.execute(delete(metadata.tables[name]).where(which)).rowcount)
        for name, which in where.items()
        if name not in LEFT_OUT
    }
    if changed := [name for name, rows in gone.items() if rows]:
        facts.rebuild(connection, only=changed)
    return sum(gone.values())


def _restate(engine: Engine, there: Engine, number: int) -> None:
    """Note the digest of a release's facts anew, after its layout was brought up to date or sums that are over their time left it."""
    with there.connect() as connection:
        found = facts_digest(connection)
    with writing(engine) as connection:
        connection.execute(update(release).where(release.c.number == number).values(facts_sha256=found))
