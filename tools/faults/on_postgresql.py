"""Faults of a store in a server. The place is a `Place`: the server by its owner, and the line to it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from answers.store import Store
from data import cities
from data.engine import newest_revision
from tools.faults.proxy import Proxy
from tools.faults.surface import SERVES, Fault
from tools.processes import repeatedly

CLERK = "clerk"  # the app's account


@dataclass(frozen=True)
class Place:
    """A server: `dsn` of its owner straight to the app's database, `admin` of its owner to another, `proxy` on the app's way to it."""

    dsn: str
    admin: str
    proxy: Proxy


def _do(dsn: str, *statements: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


HANG_UP = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{CLERK}'"


@contextmanager
def _stopped(place: Place) -> Iterator[None]:
    place.proxy.cut()
    try:
        yield
    finally:
        place.proxy.mend()


@contextmanager
def _restarted(place: Place) -> Iterator[None]:
    place.proxy.cut()
    place.proxy.mend()
    yield


@contextmanager
def _silent(place: Place) -> Iterator[None]:
    place.proxy.mode = "silent"
    try:
        yield
    finally:
        place.proxy.break_lines()
        place.proxy.mend()


@contextmanager
def _frozen(place: Place) -> Iterator[None]:
    """Every process of the server stands still."""
    with psycopg.connect(place.admin) as connection:
        found = connection.execute("SHOW data_directory").fetchone()
    pid = int((Path(str(found and found[0])) / "postmaster.pid").read_text().splitlines()[0])
    pids = [pid, *_children(pid)]
    for one in pids:
        os.kill(one, signal.SIGSTOP)
    try:
        yield
    finally:
        for one in reversed(pids):
            os.kill(one, signal.SIGCONT)


def _children(pid: int) -> list[int]:
    """Every process that another has started: by their parents, since one that is missed would not stand still."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            said = stat.read_text()
        except OSError:
            continue
        if int(said.rpartition(")")[2].split()[1]) == pid:
            found.append(int(stat.parent.name))
    return found


@contextmanager
def _slow(place: Place) -> Iterator[None]:
    place.proxy.mode = "slow"
    try:
        yield
    finally:
        place.proxy.mode = "pass"


@contextmanager
def _broken_lines(place: Place) -> Iterator[None]:
    place.proxy.break_lines()
    yield


@contextmanager
def _breaking_lines(place: Place) -> Iterator[None]:
    """Lines break in the middle of whatever is asked; at last they hold again."""
    with repeatedly(place.proxy.break_lines, every_s=0.02):
        yield


def _with(before: tuple[str, ...], after: tuple[str, ...]) -> Callable[[Place], Any]:
    @contextmanager
    def breaks(place: Place) -> Iterator[None]:
        _do(place.admin, *before)
        try:
            yield
        finally:
            _do(place.admin, *after)

    return breaks


def _inside(before: tuple[str, ...], after: tuple[str, ...]) -> Callable[[Place], Any]:
    @contextmanager
    def breaks(place: Place) -> Iterator[None]:
        _do(place.dsn, *before)
        Store.of_city(cities.OFFICE).forget()  # as when its notes are next looked at
        try:
            yield
        finally:
            _do(place.dsn, *after)
            Store.of_city(cities.OFFICE).forget()

    return breaks


@contextmanager
def _table_locked(place: Place) -> Iterator[None]:
    with psycopg.connect(place.dsn) as connection:
        connection.execute("LOCK TABLE office.batch IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


@contextmanager
def _writer(place: Place) -> Iterator[None]:
    with psycopg.connect(place.dsn) as connection:
        connection.execute("LOCK TABLE office.audit_entry IN EXCLUSIVE MODE")
        yield
        connection.rollback()


@contextmanager
def _clock(_place: Any) -> Iterator[None]:
    """The clock jumps two days back and then forth."""
    plain = time.time
    for jump in (-172_800.0, 172_800.0):
        time.time = lambda jump=jump: plain() + jump  # type: ignore[misc]
    try:
        yield
    finally:
        time.time = plain


@contextmanager
def _worker_dead(_place: Any) -> Iterator[None]:
    from serve.worker import Worker

    worker = Worker(("/bin/false",))
    worker.start()
    try:
        yield
    finally:
        worker.stop()


_V = "office.alembic_version"
_F = Fault
FAULTS: tuple[Fault, ...] = (
    _F(19, "stopped", "postgresql", _stopped, ("unreachable",), ("unreachable",)),
    _F(20, "restarted", "postgresql", _restarted, (SERVES,), (SERVES,)),
    _F(21, "frozen", "postgresql", _frozen, ("silent",), ("silent",)),
    _F(22, "the line takes everything and says nothing", "postgresql", _silent, ("silent",), ("silent",)),
    _F(23, "slow, 0.15 s for each answer", "postgresql", _slow, (SERVES,), (SERVES,)),
    _F(24, "connections broken", "postgresql", _broken_lines, (SERVES,), (SERVES,)),
    _F(25, "connections breaking in mid-query", "postgresql", _breaking_lines, ("unreachable", SERVES), ("unreachable", SERVES)),
    _F(26, "sessions ended by the server", "postgresql", _with((HANG_UP,), ()), (SERVES,), (SERVES,)),
    _F(27, "account refused", "postgresql", _with((f"ALTER ROLE {CLERK} NOLOGIN", HANG_UP), (f"ALTER ROLE {CLERK} LOGIN",)), ("denied",), ("denied",)),
    _F(28, "no permission", "postgresql", _inside((f"REVOKE ALL ON ALL TABLES IN SCHEMA office FROM {CLERK}",), (f"GRANT ALL ON ALL TABLES IN SCHEMA office TO {CLERK}",)), ("denied",), ("denied",)),
    _F(29, "too many connections", "postgresql", _with((f"ALTER ROLE {CLERK} CONNECTION LIMIT 0", HANG_UP), (f"ALTER ROLE {CLERK} CONNECTION LIMIT -1",)), ("crowded",), ("crowded",)),
    _F(30, "a table locked for long", "postgresql", _table_locked, ("busy",), (SERVES,)),
    _F(31, "another writes for long", "postgresql", _writer, (SERVES,), ("busy",)),
    _F(32, "read-only", "postgresql", _with((f"ALTER ROLE {CLERK} SET default_transaction_read_only = on", HANG_UP), (f"ALTER ROLE {CLERK} RESET default_transaction_read_only", HANG_UP)), (SERVES,), ("readonly",)),
    _F(33, "schema gone", "postgresql", _inside(("ALTER SCHEMA office RENAME TO away",), ("ALTER SCHEMA away RENAME TO office",)), ("absent", "incomplete"), ("absent", "incomplete")),
    _F(34, "of an older version", "postgresql", _inside((f"UPDATE {_V} SET version_num = '0012'",), (f"UPDATE {_V} SET version_num = '{newest_revision()}'",)), ("old",)),
    _F(35, "half made", "postgresql", _inside(("UPDATE office.store_state SET name = 'built_' WHERE name = 'built'",), ("UPDATE office.store_state SET name = 'built' WHERE name = 'built_'",)), ("incomplete",)),
    _F(36, "clock moved", "postgresql", _clock, (SERVES,), (SERVES,)),
    _F(37, "the worker of studies dies again and again", "postgresql", _worker_dead, (SERVES,), (SERVES,)),
)  # fmt: skip
