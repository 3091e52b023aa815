"""Backups: one file of one form whichever database the store stands in, taken while everybody works, and tried before it is trusted.

A backup is an SQLite store of the same tables with a slip beside it (`.json`): what it is of, how many rows of each table, the audit
trail's head, and the file's SHA-256. It holds no pseudonym key. Restoring never writes over a store that stands: the former one is
put aside under another name, and only when that is asked for.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    delete,
    func,
    inspect,
    select,
    text,
)

from data import audit, batches, digests, references, release_upkeep, releases
from data.cities import of_release, schema_of
from data.engine import (
    StoreProblem,
    make_engine,
    make_file,
    migrate,
    newest_revision,
    sqlite_file,
    state,
    writing,
)
from data.frozen import NOTE
from data.tables import audit_entry, metadata, release

PORTION = 5_000


class NoBackup(Exception):
    """A backup that cannot be taken, trusted or restored; `reason` is one of `REASONS`, `detail` says which."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Slip:
    """What stands beside a backup."""

    city: str
    revision: str
    made_at: str
    sha256: str
    audit_head: str
    rows: dict[str, int] = field(default_factory=dict)
    release: int = 0  # its number, where it is a release's and not a city's own


def slip_of(file: Path) -> Path:
    """Where a backup's slip stands."""
    return file.with_name(f"{file.name}.json")


# --- Taking one -----------------------------------------------------------------------------------------


def make(engine: Engine, file: Path, *, at: datetime, who: str = audit.LOCAL) -> Slip:
    """Write a backup of a store as it stands at one moment, and of each of its releases beside it; others read and write meanwhile.

    Args:
        at: naive UTC instant.

    Raises:
        NoBackup: exists. StoreProblem: the store cannot be read, or the trail cannot take the entry.
    """
    if file.exists() or slip_of(file).exists():
        raise NoBackup("exists", file.name)
    audit.written(engine, "backup", who, at=at, file=file.name)
    slip = _taken(engine, file, at)
    for number in _numbers_in(file):
        with releases.opened(engine, number) as there:
            _taken(there, beside(file, number), at)
    return slip


def beside(file: Path, number: int) -> Path:
    """Where the backup of a release stands, beside its city's."""
    return file.with_name(f"{file.stem}-r{number}{file.suffix}")


def is_of_release(file: Path) -> bool:
    """Whether a backup is a release's, by its slip."""
    try:
        return bool(json.loads(slip_of(file).read_text(encoding="utf-8")).get("release"))
    except (OSError, ValueError):
        return False


def _numbers_in(file: Path) -> list[int]:
    """The releases that a city's backup lists, ascending."""
    with _opened(f"sqlite:///{file}") as engine, engine.connect() as connection:
        if not inspect(connection).has_table(release.name):  # of before there were any
            return []
        return list(connection.execute(select(release.c.number).order_by(release.c.number)).scalars())


def _taken(engine: Engine, file: Path, at: datetime) -> Slip:
    part = file.with_name(f".{file.name}.part")
    with suppress(FileNotFoundError):
        part.unlink()
    try:
        make_file(part)
        if engine.dialect.name == "sqlite":
            _copy_file(engine, part)
        else:
            _copy_rows_out(engine, part)
        slip = _slip(part, at)
        part.replace(file)
    finally:
        for left in (part, *(part.with_name(f"{part.name}{end}") for end in ("-wal", "-shm", "-journal"))):
            with suppress(FileNotFoundError):
                left.unlink()
    with open(slip_of(file), "x", encoding="utf-8", opener=_private) as out:
        json.dump(asdict(slip), out, ensure_ascii=False, indent=1, sort_keys=True)
        out.flush()
        os.fsync(out.fileno())
    return slip


def _copy_file(engine: Engine, part: Path) -> None:
    target = sqlite3.connect(part)
    try:
        with engine.connect() as connection:
            connection.connection.driver_connection.backup(target)  # type: ignore[union-attr]
        target.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
    finally:
        target.close()


def _copy_rows_out(engine: Engine, part: Path) -> None:
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as source:
        revision = _revision(source)
        with _opened(f"sqlite:///{part}") as copy:
            migrate(copy, to=revision)
            with writing(copy) as target:
                _copy_rows(source, target)
            with copy.connect() as connection:
                connection.connection.cursor().execute("PRAGMA journal_mode = DELETE")


def _copy_rows(source: Connection, target: Connection) -> None:
    """Every row of every table, in an order in which what others point to comes first."""
    here = MetaData()
    here.reflect(bind=source)
    there = MetaData()
    there.reflect(bind=target)
    tables = [table for table in references.in_order(there) if table.name != "alembic_version"]
    if {t.name for t in tables} != {name for name in here.tables if name != "alembic_version"}:
        raise NoBackup("layout", ", ".join(sorted({*here.tables} ^ {*there.tables})))
    for table in reversed(tables):
        if table.name != audit_entry.name:
            target.execute(delete(table))  # what a migration wrote by itself
    for table in tables:
        # As the code declares them: a truth value reads as one from either database.
        known = metadata.tables.get(table.name, table)
        chosen = select(known).order_by(*_numbers(known))
        found = source.execute(chosen.execution_options(stream_results=True))
        batches.put(target, known, batches.portions_of(found, PORTION))


def _numbers(table: Table) -> list[Any]:
    """Numbered rows by their number; the others as they stand: screens list programmes in the plan's order."""
    keys = list(table.primary_key.columns)
    return keys if len(keys) == 1 and isinstance(keys[0].type, Integer) else []


def _slip(file: Path, at: datetime) -> Slip:
    with _opened(f"sqlite:///{file}") as engine, engine.connect() as connection:
        rows = {
            name: int(connection.execute(select(func.count()).select_from(table)).scalar() or 0)
            for name, table in sorted(metadata.tables.items())
            if inspect(connection).has_table(name)
        }
        notes, revision, head = state(connection), _revision(connection), audit.head(connection)
    number = int(notes.get(NOTE, 0))
    return Slip(notes.get("city", ""), revision, at.isoformat(), _sha256(file), head, rows, number)


# --- Trusting one ---------------------------------------------------------------------------------------


def verify(file: Path) -> Slip:
    """Read a backup whole: its bytes, its structure, the audit trail, each batch's digest, how many rows there are, and its releases.

    Raises:
        NoBackup: absent, slip, changed, damaged, trail, batch, rows or beside (the backup of a release is not there).
    """
    slip = _verified(file)
    for number in [] if slip.release else _numbers_in(file):
        if not beside(file, number).exists():
            raise NoBackup("beside", beside(file, number).name)
        _verified(beside(file, number))
    return slip


def _verified(file: Path) -> Slip:
    if not file.exists():
        raise NoBackup("absent", file.name)
    try:
        told = json.loads(slip_of(file).read_text(encoding="utf-8"))
        slip = Slip(**told)
    except (OSError, ValueError, TypeError) as error:
        raise NoBackup("slip", slip_of(file).name) from error
    if _sha256(file) != slip.sha256:
        raise NoBackup("changed", file.name)
    with (
        _opened(f"sqlite:///file:{file.resolve()}?mode=ro&immutable=1&uri=true") as engine,
        engine.connect() as connection,
    ):
        said = connection.execute(text("PRAGMA integrity_check")).scalar()
        if said != "ok":
            raise NoBackup("damaged", str(said)[:200])
        found = audit.verify(connection, noted=slip.audit_head)
        if found.broken is not None:
            raise NoBackup("trail", str(found.broken))
        if changed := digests.changed(connection):
            raise NoBackup("batch", ", ".join(str(one.batch_id) for one in changed))
        for name, rows in slip.rows.items():
            stand = connection.execute(select(func.count()).select_from(metadata.tables[name])).scalar()
            if stand != rows:
                raise NoBackup("rows", f"{name}: {stand} / {rows}")
    return slip


def without(file: Path, take_out: Callable[[Engine], dict[str, int]]) -> dict[str, int]:
    """Take somebody out of a backup: it is changed by the same means as a store, and its slip is written anew.

    Raises:
        NoBackup: as `verify`. One that cannot be trusted is not touched.
    """
    slip = verify(file)
    with _opened(f"sqlite:///{file}") as engine:
        with engine.connect() as connection:
            if _revision(connection) != newest_revision():
                raise NoBackup("layout", slip.revision)
        gone = take_out(engine)
    for one in (file, *(beside(file, number) for number in _numbers_in(file))):  # its releases follow it
        anew = _slip(one, datetime.fromisoformat(slip.made_at))
        part = slip_of(one).with_suffix(".part")
        with open(part, "w", encoding="utf-8", opener=_private) as out:
            json.dump(asdict(anew), out, ensure_ascii=False, indent=1, sort_keys=True)
        part.replace(slip_of(one))
    return gone


# --- Restoring one --------------------------------------------------------------------------------------


def restore(
    file: Path, url: str, *, city: str, at: datetime, who: str = audit.LOCAL, aside: bool = False
) -> str:
    """Put a backup in a store's place, after it was found good; returns under which name the former store stands aside.

    Args:
        url: the store's address. city: whose store that is; another city's backup is refused.
        aside: put the store that stands there aside; else it is refused.

    Raises:
        NoBackup: as `verify`, or city, or stands. StoreProblem: the store cannot be written.
    """
    slip = verify(file)
    if slip.city != city:
        raise NoBackup("city", slip.city)
    if slip.release:
        raise NoBackup("release", str(slip.release))
    if not aside and (standing := _standing(url)):
        raise NoBackup("stands", f"release {standing[0]}")
    put = f"before-{at:%Y%m%d%H%M%S}"
    former = _in(file, url, slip, put, aside)
    for number in _standing(url) if aside else ():  # also those that the backup does not know
        _aside(of_release(url, number), put)
    for number in _numbers_in(file):
        _in(beside(file, number), of_release(url, number), slip, put, aside)
    with _opened(url) as engine:
        migrate(engine)
        release_upkeep.migrated(engine)
        audit.written(engine, "restore", who, at=at, file=file.name, sha256=slip.sha256, made_at=slip.made_at)
    return former


def _in(file: Path, url: str, slip: Slip, put: str, aside: bool) -> str:
    path = sqlite_file(url)
    return _file_in(file, path, put, aside) if path is not None else _rows_in(file, url, slip, put, aside)


def _standing(url: str) -> list[int]:
    """The releases that stand at an address, listed or not."""
    path = sqlite_file(url)
    if path is not None:
        names = [file.stem for file in path.parent.glob(f"{path.stem}-r*{path.suffix}")]
    else:
        with _opened(url) as engine, engine.connect() as connection:
            names = inspect(connection).get_schema_names()
    stem = path.stem if path is not None else schema_of(url)
    found = (re.fullmatch(rf"{re.escape(stem)}[-_]r(\d+)", name) for name in names)
    return sorted(int(one.group(1)) for one in found if one)


def _aside(url: str, put: str) -> None:
    path = sqlite_file(url)
    if path is not None:
        _file_aside(path, put)
        return
    with _opened(url) as engine, writing(engine) as connection:
        _schema_aside(connection, schema_of(url), put)


def _file_aside(path: Path, put: str) -> str:
    former = f"{path.stem}.{put}{path.suffix}"
    for end in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(f"{path.name}{end}").rename(path.with_name(f"{former}{end}"))
    path.rename(path.with_name(former))
    return former


def _schema_aside(connection: Connection, schema: str, put: str) -> str:
    former = f"{schema}_{put.replace('-', '_')}"
    connection.execute(text(f'ALTER SCHEMA "{schema}" RENAME TO "{former}"'))
    return former


def _file_in(file: Path, path: Path, put: str, aside: bool) -> str:
    former = ""
    if path.exists():
        if not aside:
            raise NoBackup("stands", path.name)
        former = _file_aside(path, put)
    part = path.with_name(f".{path.name}.part")
    with suppress(FileNotFoundError):
        part.unlink()
    make_file(part)
    with file.open("rb") as source, part.open("r+b") as target:
        while block := source.read(1 << 20):
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    part.replace(path)
    return former


def _rows_in(file: Path, url: str, slip: Slip, put: str, aside: bool) -> str:
    former = ""
    with _opened(url) as engine:
        with writing(engine) as connection:
            schema = connection.execute(text("SELECT current_schema()")).scalar()
            if schema is not None and inspect(connection).get_table_names():
                if not aside:
                    raise NoBackup("stands", str(schema))
                former = _schema_aside(connection, str(schema), put)
                connection.execute(text(f'CREATE SCHEMA "{schema}"'))
        engine.dispose()
        migrate(engine, to=slip.revision)
        with _opened(f"sqlite:///{file}") as copy, copy.connect() as source, writing(engine) as target:
            _copy_rows(source, target)
            _number_on(target)
    return former


def _number_on(target: Connection) -> None:
    """The next row gets the number after the last one."""
    for table in metadata.sorted_tables:
        for column in table.primary_key.columns:
            if not isinstance(column.type, Integer):
                continue
            place = target.execute(
                text("SELECT pg_get_serial_sequence(:t, :c)"), {"t": table.name, "c": column.name}
            ).scalar()
            if place is not None:
                highest = select(func.max(column)).scalar_subquery()
                target.execute(select(func.setval(place, func.coalesce(highest, 1), highest.is_not(None))))


# --- Help -----------------------------------------------------------------------------------------------


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _revision(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        raise StoreProblem("incomplete")
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
