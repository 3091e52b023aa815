"""Releases (공표 판): what is published, frozen as it stood, in a store of its own beside the city's.

A release holds reference, set-up, coverage, facts and the results of studies as they stand when it is made, and no row about a person.
A correction of one to nine records waits for the next release in which it has become ten (`data/held.py`). A release stands when its
line stands in the table `release` of the city's own store, which is written last: what was cut short before is never listed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    Table,
    delete,
    event,
    func,
    insert,
    literal,
    null,
    select,
    text,
)

from data import audit, cells, coverage, facts, held, logs, tables
from data.alone import alone
from data.batches import read_frame
from data.cities import of_release, schema_of
from data.engine import StoreProblem, check, lay_out, make_engine, set_state, sqlite_file, writing
from data.frozen import GONE, MADE, NOTE, PERSONS
from data.held import Held, Weighed
from data.keys import FORMER, MARK
from data.tables import metadata, release, study

# Tables whose rows no release has: about persons, accounts, the trail; and what is a city's own store's alone.
LEFT_OUT = frozenset(
    {
        *(*PERSONS, "survey_response", "survey_estimate", "attendance", "agent_interval", "refused_row"),
        *(
            "person",
            "person_role",
            "sign_in",
            "audit_entry",
            "store_state",
            "study",
            "alert",  # of live figures; a release's readers see what its own figures say
            "release",
            "release_request",
            "release_cell",
        ),
        *held.LEFT_OUT,
    }
)
UNTOLD: dict[tuple[str, str], Any] = {
    **dict.fromkeys((("batch", "rows_accepted"), ("arrival", "rows")), 0),
    ("batch", "rows_digest"): null(),
    ("resolution", "said"): "",  # a sentence of live figures, of the day of a meeting
}
FIRST_ANSWERS, FAILED, RAW = "first answers", "failed:", "analyst"  # rows of `study` that no release takes
# Studies of facts alone: a release's own are made of it, since some of its facts stay as they were.
OWN = ("decisions", "districts.modelled", "districts.standing", "thread.money", "thread.times")
REMARK = 400


class NoRelease(Exception):
    """A release that cannot be made; `reason` is one of `REASONS`, `detail` says which."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Release:
    """A release as it is listed.

    Attributes:
        made_at: naive UTC. data_version: the newest batch. cells: how many counts are published, with their digest; facts_sha256: of the
            facts. months: table -> the first and the last month that it holds. held: what keeps former figures.
    """

    number: int
    made_at: datetime
    who: str
    remark: str
    data_version: int
    as_of: date
    cells: int
    cells_sha256: str
    facts_sha256: str
    months: dict[str, tuple[int, int]]
    held: tuple[Held, ...] = ()

    @property
    def months_held(self) -> int:
        """Months (or years) of how many families keep former figures, wholly or in a sum."""
        return len({(one.family, one.period) for one in self.held})


# --- What there is ----------------------------------------------------------------------------------------


def listing(connection: Connection) -> list[Release]:
    """The releases of a city's store, the newest first."""
    return [_read(row) for row in connection.execute(select(release).order_by(release.c.number.desc()))]


def _read(row: Any) -> Release:
    told = dict(row._mapping)
    told["months"] = {name: tuple(ends) for name, ends in json.loads(told["months"]).items()}
    told["held"] = tuple(Held(**one) for one in json.loads(told["held"]))
    return Release(**told)


def url_of(engine: Engine, number: int) -> str:
    """The address of a release of a city's store."""
    return of_release(engine.url.render_as_string(hide_password=False), number)


@contextmanager
def opened(engine: Engine, number: int) -> Iterator[Engine]:
    """A release's store, for as long as the block."""
    made = make_engine(url_of(engine, number))
    try:
        yield made
    finally:
        made.dispose()


# --- Making one --------------------------------------------------------------------------------------------


def make(engine: Engine, *, at: datetime, remark: str = "", who: str = audit.LOCAL) -> Release:
    """Make the next release of a city's store while everybody works.

    Args:
        at: naive UTC. remark: what it is for, in a sentence.

    Raises:
        NoRelease: busy (another is being made), late (studies are behind the records), or former (the last release cannot be read).
        StoreProblem: the store cannot be read or written.
    """
    who = audit.ACTING.get() if who == audit.LOCAL else who
    with alone(engine, "releases") as mine:
        if not mine:
            raise NoRelease("busy")
        with engine.connect() as connection:
            late, before = behind(connection), listing(connection)
        if late:
            raise NoRelease("late", ", ".join(late))
        number = 1 + (before[0].number if before else 0)
        _cleared(engine, number)
        told = _built(engine, number, before[0] if before else None, at)
        made = replace(told, who=who[: audit.WHO_LENGTH], remark=remark.strip()[:REMARK])
        _listed(engine, made)
    logs.note(
        "release", number=made.number, data_version=made.data_version, cells=made.cells, held=len(made.held)
    )
    return made


def behind(connection: Connection) -> list[str]:
    """Studies that are older than a batch of a table that they read."""
    b = tables.batch.c
    newest = {
        str(name): int(n)
        for name, n in connection.execute(select(b.table_name, func.max(b.batch_id)).group_by(b.table_name))
    }
    rows = connection.execute(select(study.c.name, study.c.data_version, study.c.reads)).all()
    return [
        str(row.name)
        for row in rows
        if any(newest.get(table, 0) > row.data_version for table in str(row.reads).split())
    ]


def _place(engine: Engine, number: int) -> tuple[str, Path | None]:
    """Where a release is built: of SQLite beside its place, in PostgreSQL in its place."""
    url = url_of(engine, number)
    file = sqlite_file(url)
    if file is None:
        return url, None
    part = file.with_name(f".{file.name}.part")
    return url.replace(str(file), str(part)), part


def _cleared(engine: Engine, number: int) -> None:
    """Take away what a making that was cut short has left."""
    url, part = _place(engine, number)
    if part is not None:
        _unlinked(part)
        return
    with writing(engine) as connection:
        connection.execute(text(f'DROP SCHEMA IF EXISTS "{schema_of(url)}" CASCADE'))


def _unlinked(file: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            file.with_name(f"{file.name}{end}").unlink()


def _built(engine: Engine, number: int, former: Release | None, at: datetime) -> Release:
    """Build the store of a release whole, and say what it holds; it is not listed yet."""
    url, _ = _place(engine, number)
    if former is not None:
        with opened(engine, former.number) as last:
            try:
                check(last)
            except StoreProblem as problem:
                raise NoRelease("former", f"{former.number} ({problem.kind})") from problem
    new = make_engine(url)
    try:
        lay_out(new)
        new.dispose()
        names = _beside(new, engine, former.number if former else None)
        with writing(_of_one_moment(new)) as connection:
            live, old = _there(names[0]), _there(names[1]) if former else None
            _copy(connection, live)
            weighed = held.weigh(connection, live, old) if old else Weighed({}, frozenset(), {})
            for fact, column, periods in held.units(weighed) if old else ():
                assert old is not None
                _keep_former(connection, old[fact], column, periods)
            for fact, period, sums in held.staying(weighed) if old else ():
                assert old is not None
                _keep_sums(connection, old[fact], period, sums)
            _copy_studies(connection, live, old, weighed)
            notes = {row.name: row.value for row in connection.execute(select(live["store_state"]))}
            gone = [
                name
                for name, table in live.items()
                if name in tables.OPERATIONAL and _goes(connection, table)
            ]
            kept = {name: value for name, value in notes.items() if name not in (FORMER, MARK, "built")}
            set_state(connection, **kept, **{NOTE: str(number), MADE: at.isoformat(), GONE: " ".join(gone)})
            count = cells.fill(connection)
            found = Release(
                number=number,
                made_at=at,
                who="",
                remark="",
                data_version=int(connection.execute(select(func.max(tables.batch.c.batch_id))).scalar() or 0),
                as_of=date.fromisoformat(notes["as_of"]),
                cells=count,
                cells_sha256=cells.digest(connection),
                facts_sha256=facts_digest(connection),
                months=_months(connection),
                held=_told(weighed, former),
            )
            set_state(connection, built="yes")
            if new.dialect.name == "postgresql":
                _opened_to_the_same(connection, names[0], schema_of(url))
        return found
    finally:
        new.dispose()


def _of_one_moment(engine: Engine) -> Engine:
    """All that one transaction reads is of one moment, also on PostgreSQL."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ")
    return engine


def _beside(new: Engine, engine: Engine, former: int | None) -> tuple[str, str]:
    """Make a city's own store and its last release readable from the new one's connections; the names that they have there."""
    urls = (engine.url.render_as_string(hide_password=False), url_of(engine, former) if former else "")
    if new.dialect.name == "postgresql":
        return schema_of(urls[0]), schema_of(urls[1]) if former else ""
    names = ("live", "former")

    @event.listens_for(new, "connect")
    def attach(connection: Any, _record: Any) -> None:
        for name, url in zip(names, urls, strict=True):
            if url:
                connection.execute(f"ATTACH DATABASE ? AS {name}", (str(sqlite_file(url)),))

    return names


@cache
def _there(schema: str) -> dict[str, Table]:
    """Every table as it stands in another schema."""
    other = MetaData()
    return {name: table.to_metadata(other, schema=schema) for name, table in metadata.tables.items()}


def _copy(connection: Connection, live: dict[str, Table]) -> None:
    """Every row of every table that a release has, within the database."""
    wanted = [table for table in metadata.sorted_tables if table.name not in LEFT_OUT]
    for table in reversed(wanted):
        connection.execute(delete(table))  # what a migration wrote by itself
    for table in wanted:
        there = live[table.name]
        # How many rows came, and their digest, would tell of corrections that wait.
        taken = {c.name: UNTOLD.get((table.name, c.name), there.c[c.name]) for c in table.c}
        chosen = select(*(literal(v) if isinstance(v, int | str) else v for v in taken.values()))
        if _of_months(table):
            chosen = chosen.where(there.c.month_key.is_(None))  # months are in the facts
        connection.execute(insert(table).from_select(list(taken), chosen.select_from(there)))


def _opened_to_the_same(connection: Connection, live: str, here: str) -> None:
    """Whoever is let into a city's own store by name may read of its release what he may read there, and who keeps studies there keeps them here.

    Accounts are a database administrator's to make (deploy/postgresql/roles.sql); this only follows what stands. What everybody or a
    group may do is not handed on.
    """
    named = text(
        "SELECT DISTINCT r.rolname FROM pg_namespace n, aclexplode(n.nspacl) a JOIN pg_roles r ON r.oid = a.grantee"
        " WHERE n.nspname = :live AND a.privilege_type = 'USAGE' AND r.rolname <> current_user"
    )
    readable = text(
        "SELECT relname FROM pg_class WHERE relnamespace = CAST(:live AS regnamespace) AND relkind = 'r'"
        " AND has_table_privilege(:who, oid, 'SELECT') AND relname <> 'alembic_version' ORDER BY relname"
    )
    keeps = text("SELECT has_table_privilege(:who, :study, 'INSERT')")
    quote = connection.dialect.identifier_preparer.quote
    place, there = quote(here), set(metadata.tables)
    for who in connection.execute(named, {"live": live}).scalars().all():
        one = quote(who)
        connection.execute(text(f"GRANT USAGE ON SCHEMA {place} TO {one}"))
        mine = connection.execute(readable, {"live": quote(live), "who": who}).scalars().all()
        for table in [*(name for name in mine if name in there), "alembic_version"]:
            connection.execute(text(f"GRANT SELECT ON {place}.{quote(table)} TO {one}"))
        if connection.execute(keeps, {"who": who, "study": f"{quote(live)}.study"}).scalar():
            connection.execute(text(f"GRANT INSERT, UPDATE, DELETE ON {place}.study TO {one}"))


def _of_months(table: Table) -> bool:
    """Whether it is a summary of persons, whose rows of months facts are made of; those of other spans are shown as they stand."""
    return bool(table.info.get("summary")) and "month_key" in table.c and table.name != "budget_summary"


def _keep_former(connection: Connection, old: Table, column: str, periods: Sequence[int]) -> None:
    """Put a former release's rows of a fact in the place of the live ones, for some periods."""
    mine = metadata.tables[old.name]
    names = [c.name for c in mine.c]
    connection.execute(delete(mine).where(mine.c[column].in_(periods)))
    chosen = select(*(old.c[name] for name in names)).where(old.c[column].in_(periods))
    connection.execute(insert(mine).from_select(names, chosen))


def _keep_sums(connection: Connection, old: Table, period: int, sums: Sequence[str]) -> None:
    """Put a former release's figures of some sums of a fact in the place of the live ones, for one period."""
    mine = metadata.tables[old.name]
    column = held.period_of(mine)
    new, former = (
        read_frame(connection, select(*(table.c[c.name] for c in mine.c)).where(table.c[column] == period))
        for table in (mine, old)
    )
    made = held.with_former(mine, new, former, sums).astype(object)
    connection.execute(delete(mine).where(mine.c[column] == period))
    connection.execute(insert(mine), made.where(made.notna(), None).to_dict("records"))


def _copy_studies(
    connection: Connection, live: dict[str, Table], old: dict[str, Table] | None, weighed: Weighed
) -> None:
    """Results of studies as they stand; where their records changed by few alone, those of the former release."""
    names = [c.name for c in study.c]
    kept = _studies(connection, old["study"]) if old else {}
    for name, row in _studies(connection, live["study"]).items():
        stays = weighed.touched(frozenset(str(row["reads"]).split())) == "held"
        if not stays or name in kept:
            connection.execute(insert(study).values({n: (kept[name] if stays else row)[n] for n in names}))


def _studies(connection: Connection, place: Table) -> dict[str, dict[str, Any]]:
    return {
        str(row["name"]): dict(row)
        for row in connection.execute(select(place)).mappings()
        if not str(row["name"]).startswith((FIRST_ANSWERS, FAILED, *OWN)) and RAW not in str(row["name"])
    }


def _goes(connection: Connection, table: Table) -> bool:
    """Whether a table has current rows that a release does not take."""
    if table.name not in LEFT_OUT and not _of_months(table):
        return False
    some = select(1).where(table.c.superseded_by.is_(None))
    if _of_months(table):
        some = some.where(table.c.month_key.is_not(None))
    return connection.execute(some.limit(1)).first() is not None


def _months(connection: Connection) -> dict[str, tuple[int, int]]:
    states = coverage.states(connection)
    closed = states[states["state"] == "closed"].groupby("table_name")["month_key"]
    return {str(name): (int(some.min()), int(some.max())) for name, some in closed}


def _told(weighed: Weighed, former: Release | None) -> tuple[Held, ...]:
    if former is None:
        return ()
    since = {(one.family, one.period, one.sum): one.since for one in former.held}
    stay = [(unit.family, unit.period, "", n) for unit, n in weighed.held.items()]
    stay += [
        (held.families()[fact], period, f"{fact}.{column}", n)
        for (fact, column, period), n in weighed.sums.items()
    ]
    return tuple(
        Held(
            family,
            period,
            n,
            since.get((family, period, told), since.get((family, period, ""), former.number)),
            told,
        )
        for family, period, told, n in sorted(stay)
    )


def facts_digest(connection: Connection) -> str:
    """One digest of every fact's rows."""
    return hashlib.sha256(json.dumps(facts.digest(connection), sort_keys=True).encode()).hexdigest()


def _listed(engine: Engine, made: Release) -> None:
    """Put it in its place and list it: from here on it is the one that is published."""
    _, part = _place(engine, made.number)
    with writing(engine) as connection:
        connection.execute(insert(release).values(_row(made)))
        audit.written(
            connection,
            "release",
            made.who,
            at=made.made_at,
            number=made.number,
            data_version=made.data_version,
            cells=made.cells,
            cells_sha256=made.cells_sha256,
            held=len(made.held),
            remark=made.remark,
        )
        if part is not None:
            file = sqlite_file(url_of(engine, made.number))
            assert file is not None
            _unlinked(file)
            part.replace(file)
            _sure(file.parent)


def _sure(folder: Path) -> None:
    """What was renamed in a folder outlives a power cut."""
    try:
        place = os.open(folder, os.O_RDONLY)
    except OSError:  # a system whose folders cannot be opened
        return
    try:
        os.fsync(place)
    finally:
        os.close(place)


def _row(made: Release) -> dict[str, Any]:
    row = {name: getattr(made, name) for name in release.c.keys()}  # noqa: SIM118
    row["months"] = json.dumps(made.months, sort_keys=True)
    row["held"] = json.dumps([asdict(one) for one in made.held], ensure_ascii=False)
    return row
