"""Faults of a store in a file. The place is the file."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from answers.store import Store
from data import cities
from tools.faults.surface import SERVES, Fault

PAGE = 4096


def _beside(file: Path) -> list[Path]:
    return [file.with_name(f"{file.name}{end}") for end in ("", "-wal", "-shm")]


def _settled(file: Path) -> None:
    """Everything in the one file, nothing beside it."""
    with suppress(sqlite3.DatabaseError):
        connection = sqlite3.connect(file)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()


@contextmanager
def _safe(file: Path) -> Iterator[Path]:
    """A copy to be put back, as from a backup: in the place of what then stands there."""
    _settled(file)
    copy = file.with_name("safe.db")
    shutil.copy(file, copy)
    try:
        yield copy
    finally:
        for left in _beside(file):
            with suppress(FileNotFoundError, IsADirectoryError):
                left.unlink()
        copy.replace(file)


@contextmanager
def _gone(file: Path) -> Iterator[None]:
    with _safe(file):
        for one in _beside(file):
            with suppress(FileNotFoundError):
                one.unlink()
        yield


@contextmanager
def _moved(file: Path) -> Iterator[None]:
    _settled(file)
    away = file.with_name("away.db")
    file.rename(away)
    try:
        yield
    finally:
        away.rename(file)


@contextmanager
def _replaced(file: Path) -> Iterator[None]:
    with _safe(file) as copy:
        other = file.with_name("other.db")
        shutil.copy(copy, other)
        other.replace(file)
        yield


@contextmanager
def _written_over(file: Path) -> Iterator[None]:
    with _safe(file) as copy:
        file.write_bytes(copy.read_bytes())
        yield


@contextmanager
def _read_only(file: Path) -> Iterator[None]:
    """Root may write whatever the mode says, so SQLite is told not to."""
    store = Store.of_city(cities.OFFICE)
    with _hooked(store, "PRAGMA query_only = ON"):
        yield


@contextmanager
def _full(file: Path) -> Iterator[None]:
    store = Store.of_city(cities.OFFICE)
    with sqlite3.connect(file) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        # Nothing fits any more where no page is free.
        connection.execute("CREATE TABLE IF NOT EXISTS filler (x)")
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    with _hooked(store, f"PRAGMA max_page_count = {pages}"), _bulky():
        yield


@contextmanager
def _bulky() -> Iterator[None]:
    """What is written meanwhile does not fit into what is left of a page."""
    from tools.faults import surface

    surface.BULK = "x" * 200_000
    try:
        yield
    finally:
        surface.BULK = ""


@contextmanager
def _hooked(store: Store, pragma: str) -> Iterator[None]:
    """Every new connection of the app under a condition."""
    from sqlalchemy import event

    def told(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(pragma)

    store.forget()
    event.listen(store.engine, "connect", told)
    try:
        yield
    finally:
        event.remove(store.engine, "connect", told)
        store.forget()


@contextmanager
def _held(file: Path, *statements: str, for_s: float | None = None) -> Iterator[None]:
    """Another process's lock."""
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    for statement in statements:
        other.execute(statement)

    def let_go() -> None:
        with suppress(sqlite3.Error):
            other.execute("COMMIT")
        other.close()

    timer = threading.Timer(for_s, let_go) if for_s else None
    if timer:
        timer.start()
    try:
        yield
    finally:
        if timer:
            timer.join()
        else:
            let_go()


EXCLUSIVE = ("PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE")


@contextmanager
def _locked_short(file: Path) -> Iterator[None]:
    Store.of_city(cities.OFFICE).forget()
    with _rollback_journal(file), _held(file, "BEGIN EXCLUSIVE", for_s=0.5):
        yield


@contextmanager
def _locked_long(file: Path) -> Iterator[None]:
    Store.of_city(cities.OFFICE).forget()
    with _rollback_journal(file), _held(file, *EXCLUSIVE):
        yield


@contextmanager
def _rollback_journal(file: Path) -> Iterator[None]:
    """Without a write-ahead log a writer locks readers out too."""
    _settled(file)
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    try:
        yield
    finally:
        Store.of_city(cities.OFFICE).forget()
        connection = sqlite3.connect(file)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()


@contextmanager
def _writer(file: Path) -> Iterator[None]:
    with _held(file, "BEGIN IMMEDIATE"):
        yield


def _bytes(change: Callable[[bytearray], None]) -> Callable[[Path], object]:
    @contextmanager
    def breaks(file: Path) -> Iterator[None]:
        with _safe(file):
            Store.of_city(cities.OFFICE).forget()
            content = bytearray(file.read_bytes())
            change(content)
            other = file.with_name("broken.db")
            other.write_bytes(content)
            other.replace(file)
            yield

    return breaks


def _header(content: bytearray) -> None:
    content[:16] = os.urandom(16)


def _root_page(table: str) -> Callable[[Path], object]:
    """The first page of a table or an index, of whatever number."""

    @contextmanager
    def breaks(file: Path) -> Iterator[None]:
        with _safe(file):
            with sqlite3.connect(file) as connection:
                found = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))
                page = int(found.fetchone()[0])
            connection.close()
            _settled(file)
            with file.open("r+b") as out:
                out.seek((page - 1) * PAGE)
                out.write(os.urandom(PAGE))
            other = file.with_name("broken.db")
            shutil.copy(file, other)
            other.replace(file)
            yield

    return breaks


def _cut_off(content: bytearray) -> None:
    del content[len(content) // 2 :]


def _emptied(content: bytearray) -> None:
    del content[:]


@contextmanager
def _directory(file: Path) -> Iterator[None]:
    with _safe(file):
        for one in _beside(file):
            with suppress(FileNotFoundError):
                one.unlink()
        file.mkdir()
        try:
            yield
        finally:
            file.rmdir()


def _noted(*statements: str) -> Callable[[Path], object]:
    @contextmanager
    def breaks(file: Path) -> Iterator[None]:
        with _safe(file):
            with sqlite3.connect(file) as connection:
                for statement in statements:
                    connection.execute(statement)
            connection.close()
            _settled(file)
            other = file.with_name("other.db")
            shutil.copy(file, other)
            other.replace(file)
            yield

    return breaks


OLD = "UPDATE alembic_version SET version_num = '0012'"
NEW = "UPDATE alembic_version SET version_num = '9999'"
HALF = "DELETE FROM store_state WHERE name = 'built'"
_F = Fault
FAULTS: tuple[Fault, ...] = (
    _F(1, "deleted", "sqlite", _gone, ("absent",), ("absent",)),
    _F(2, "moved away", "sqlite", _moved, ("absent",), ("absent",)),
    _F(3, "replaced by another file", "sqlite", _replaced, (SERVES,), (SERVES,)),
    _F(4, "written over in place", "sqlite", _written_over, (SERVES, "damaged"), (SERVES, "damaged")),
    _F(5, "read-only", "sqlite", _read_only, (SERVES,), ("readonly",)),
    _F(6, "disk full", "sqlite", _full, (SERVES,), ("full",)),
    _F(7, "locked for half a second", "sqlite", _locked_short, (SERVES,), (SERVES,)),
    _F(8, "locked for long", "sqlite", _locked_long, ("busy",), ("busy",)),
    _F(9, "another writes for long", "sqlite", _writer, (SERVES,), ("busy",)),
    _F(10, "header overwritten", "sqlite", _bytes(_header), ("damaged",), ("damaged",)),  # type: ignore[arg-type]
    _F(11, "page of a table overwritten", "sqlite", _root_page("batch"), ("damaged",), (SERVES,), fresh=True),  # type: ignore[arg-type]
    _F(12, "page of an index overwritten", "sqlite", _root_page("uq_attendance_current"), (SERVES, "damaged"), (SERVES,), fresh=True),  # type: ignore[arg-type]
    _F(13, "cut off in the middle", "sqlite", _bytes(_cut_off), ("damaged",), ("damaged", SERVES)),  # type: ignore[arg-type]
    _F(14, "empty file", "sqlite", _bytes(_emptied), ("incomplete", "absent"), ("incomplete", "absent", "unreachable")),  # type: ignore[arg-type]
    _F(15, "a folder in its place", "sqlite", _directory, ("denied", "absent", "unreachable"), ("denied", "absent", "unreachable")),
    _F(16, "of an older version", "sqlite", _noted(OLD), ("old",)),  # type: ignore[arg-type]
    _F(17, "of a newer version", "sqlite", _noted(NEW), ("newer",)),  # type: ignore[arg-type]
    _F(18, "half made", "sqlite", _noted(HALF), ("incomplete",)),  # type: ignore[arg-type]
)  # fmt: skip
