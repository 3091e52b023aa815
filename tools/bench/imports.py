"""Measures files coming in, with all checks, beside the database's own writing of the same rows: `python -m tools.bench --only imports`.

One file of 100,000 rows, ten of them after each other (the next is read while one is loaded), one of a million; on SQLite and, by COPY, on
PostgreSQL. Then the newest is taken back, and every fact is rolled up anew. The record is a copy of the office's, or an empty one.
"""

from __future__ import annotations

import os
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from sqlalchemy import Engine

from data import cities, facts
from data.build import build
from data.engine import DEFAULT_URL, make_engine, sqlite_file, writing
from data.imports import Parsed, import_files, load, read_lookups, receive, warm
from data.undo import undo
from tools.bench import report
from tools.bench.shared import ROOT
from tools.postgres import PostgresUnavailable, owner, temporary_server
from tools.processes import children, processor_s, repeatedly, resident_mb

ROWS, FILES, MOST = 100_000, 10, 1_000_000
GOAL_ROWS_S, MOST_GB = 50_000, 1.0
AT = datetime(2026, 11, 1)
HEAD = "전표번호,집행일,사업,자치구,구분,금액(천원),재원,통계목,상대처,문서번호"
PROGRAMMES = ("서울마음편의점", "외로움안녕120", "우리동네돌봄단 안부확인", "서울청년기지개센터")
DISTRICTS = ("종로구", "중구", "용산구", "관악구", "강남구")


def content(rows: int, *, series: str = "B", month: int | None = None) -> bytes:
    """A ledger file as an office sends it: CP949, thousands of won, an opening for every programme.

    Args:
        series: how its numbers begin. month: of 2026; ten of them where none is named.
    """
    lines = [HEAD]
    lines += [
        f"{series}{i},2026-{month or 1:02d}-02,{name},,본예산,{rows * 1000},시비,운영비,,{series}-본예산"
        for i, name in enumerate(PROGRAMMES)
    ]
    for i in range(rows - len(PROGRAMMES)):
        kind = "지출" if i % 2 else "원인행위"
        lines.append(
            f"{series}{i:08d},2026-{month or i % 10 + 1:02d}-{i % 27 + 1:02d},{PROGRAMMES[i // 2 % 4]},{DISTRICTS[i // 8 % 5]},{kind},"
            f"{i % 900 + 1},시비,민간이전,거래처 {i % 64:02d},{series}-{i // 2:07d}"
        )
    return "\n".join(lines).encode("cp949")


# ── What is used ────────────────────────────────────────────────────────────────────────────────────────


def spent() -> float:
    """Processor seconds of this process and of all that it has started."""
    reaped = resource.getrusage(resource.RUSAGE_CHILDREN)
    alive = sum(map(processor_s, children(os.getpid())))
    return time.process_time() + alive + reaped.ru_utime + reaped.ru_stime


@contextmanager
def most_held() -> Iterator[list[float]]:
    """The most memory that this process and those that it started hold together while the block runs, in MB."""
    most = [0.0]

    def look() -> None:
        most[0] = max(most[0], held_mb())

    with repeatedly(look, every_s=0.05):
        yield most


def held_mb() -> float:
    """Memory of this process and of those that it has started."""
    return sum(map(resident_mb, [os.getpid(), *children(os.getpid())]))


# ── A store of one's own ────────────────────────────────────────────────────────────────────────────────


@contextmanager
def copied(address: str = cities.address(cities.OFFICE, DEFAULT_URL)) -> Iterator[Engine]:
    """A copy of a city's store in an SQLite file; the office's where none is named."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "clean.db"
        source = sqlite3.connect(str(sqlite_file(address)))
        target = sqlite3.connect(file)
        with target:
            source.backup(target)
        target.close()
        engine = make_engine(f"sqlite:///{file}")
        try:
            yield engine
        finally:
            engine.dispose()


@contextmanager
def on_postgresql() -> Iterator[Engine]:
    """An empty office on a PostgreSQL of its own, whose files are in memory.

    Raises:
        PostgresUnavailable: it cannot be started here.
    """
    with temporary_server() as server:
        with owner(server) as admin:
            admin.execute("CREATE DATABASE bench")
        url = cities.address(cities.OFFICE, f"{server}/bench")
        now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        with tempfile.TemporaryDirectory() as lake:
            build(
                url,
                city=cities.OFFICE,
                boundaries=ROOT / "var" / "boundaries.parquet",
                recorded_at=now,
                lake_folder=Path(lake),
            )
        engine = make_engine(url)
        try:
            yield engine
        finally:
            engine.dispose()


# ── Loading ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Loaded:
    """A clean file that came in: rows, seconds (of reading, of all, of the processor), what was read, bytes that the store grew."""

    rows: int
    read_s: float
    taken_s: float
    spent_s: float
    parsed: Parsed
    grown: int = 0


def into(engine: Engine, rows: int, *, series: str = "B") -> Loaded:
    """Read, check and load a clean ledger of so many rows.

    Raises:
        SystemExit: the file was not taken whole.
    """
    with engine.connect() as connection:
        lookups = read_lookups(connection)
    office = content(rows, series=series)
    warm()
    receive("small.csv", b"a,b\n1,2\n", lookups=lookups)
    used, started = spent(), time.perf_counter()
    parsed = receive("원장.csv", office, lookups=lookups)
    read = time.perf_counter() - started
    done = load(engine, parsed, recorded_at=AT, secret="bench")
    taken = time.perf_counter() - started
    if not done.ok or done.added != rows:
        raise SystemExit("\n".join(done.lines("en")))
    return Loaded(rows, read, taken, spent() - used, parsed)


def loaded(rows: int) -> Loaded:
    """Read, check and load a clean ledger of so many rows into a copy of the office's store.

    Raises:
        SystemExit: the file was not taken whole.
    """
    with copied() as engine:
        file = sqlite_file(engine.url.render_as_string())
        assert file is not None
        before = file.stat().st_size
        one = into(engine, rows)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        grown = file.stat().st_size - before
    return Loaded(one.rows, one.read_s, one.taken_s, one.spent_s, one.parsed, grown)


def one_after_another(engine: Engine, files: int, rows: int) -> tuple[float, float]:
    """(clock, processor) seconds of so many files, as `python -m data import` takes them.

    Raises:
        SystemExit: a file was not taken whole.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{series}.csv" for series in "CDEFGHIJKL"[:files]]
        for month, path in enumerate(paths, 1):
            path.write_bytes(content(rows, series=path.stem, month=month))
        used, started = spent(), time.perf_counter()
        done = import_files(engine, paths, recorded_at=AT, secret="bench")
        taken = time.perf_counter() - started
        used = spent() - used
    if bad := [line for one in done if one.added != rows for line in one.lines("en")]:
        raise SystemExit("\n".join(bad))
    return taken, used


def _rows(parsed: Parsed) -> list[tuple[object, ...]]:
    frame = parsed.frame
    columns = (frame[name].map(str) if name == "booked_on" else frame[name] for name in frame.columns)
    return list(zip(*columns, strict=True))


def raw_seconds(parsed: Parsed) -> float:
    """Seconds in which SQLite alone writes the same rows into a bare table with one key."""
    rows, names = _rows(parsed), list(parsed.frame.columns)
    with tempfile.TemporaryDirectory() as folder:
        base = sqlite3.connect(Path(folder) / "raw.db")
        base.execute(f"CREATE TABLE t ({', '.join(names)}, UNIQUE (entry_id))")
        started = time.perf_counter()
        with base:
            base.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(names))})", rows)
        base.close()
        return time.perf_counter() - started


def copy_seconds(engine: Engine, parsed: Parsed) -> float:
    """Seconds in which PostgreSQL alone takes the same rows by COPY into a bare table with one key."""
    rows, names = _rows(parsed), list(parsed.frame.columns)
    plain = engine.url.set(drivername="postgresql", query={}).render_as_string(hide_password=False)
    with psycopg.connect(plain) as base, base.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE t ({', '.join(f'{name} text' for name in names)}, UNIQUE (entry_id))"
        )
        started = time.perf_counter()
        with cursor.copy("COPY t FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return time.perf_counter() - started


# ── What is told ────────────────────────────────────────────────────────────────────────────────────────


def on(
    name: str, opened: Callable[[], AbstractContextManager[Engine]], raw: Callable[[Engine, Parsed], float]
) -> tuple[bool, list[str]]:
    """Measure one database; whether a goal was missed, and the lines of its table."""
    missed, lines = False, []

    def told(what: str, rows: int, clock: float, used: float, more: str = "") -> None:
        speed = rows / clock
        # What PostgreSQL's own processes use is not counted.
        alone = f"{rows / used:,.0f}" if name == "SQLite" else ""
        lines.append(f"| {name} | {what} | {clock:.1f} | {speed:,.0f} | {alone} | {more} |")
        print(f"{name}: {what} in {clock:.1f} s, {speed:,.0f} rows/s {more}")

    with opened() as engine:
        one = into(engine, ROWS)
        times = one.taken_s / raw(engine, one.parsed)
        told(
            f"one file of {ROWS:,} rows", ROWS, one.taken_s, one.spent_s, f"{times:.1f} × the database alone"
        )
        clock, used = one_after_another(engine, FILES, ROWS)
        slow = FILES * ROWS / clock < GOAL_ROWS_S
        missed |= slow
        told(
            f"{FILES} files of {ROWS:,}, a month each",
            FILES * ROWS,
            clock,
            used,
            f"goal {GOAL_ROWS_S:,} rows/s {'MISSED' if slow else 'ok'}",
        )
        with most_held() as most:
            before = held_mb()
            large = into(engine, MOST, series="Z")
        held = (most[0] - before) / 1000
        missed |= held > MOST_GB
        told(
            f"one file of {MOST:,}",
            MOST,
            large.taken_s,
            large.spent_s,
            f"{held:.2f} GB above the idle processes, goal {MOST_GB:.0f} {'ok' if held <= MOST_GB else 'MISSED'}",
        )
        del large
        started, used = time.perf_counter(), spent()
        undo(engine, recorded_at=AT)
        told("the newest taken back", MOST, time.perf_counter() - started, spent() - used)
        started, used = time.perf_counter(), spent()
        with writing(engine) as connection:
            facts.rebuild(connection)
        rows = ROWS * (FILES + 1)
        told("every fact anew", rows, time.perf_counter() - started, spent() - used)
    return missed, lines


def run() -> bool:
    """Print what was measured, and write it; whether a goal was missed."""
    began = report.machine()
    missed, lines = on("SQLite", copied, lambda _engine, parsed: raw_seconds(parsed))
    try:
        late, more = on("PostgreSQL", on_postgresql, copy_seconds)
    except PostgresUnavailable as absent:
        print(f"PostgreSQL: {absent}")
        late, more = False, []
    report.put(
        "imports",
        "Files coming in",
        [
            f"Ledger entries as an office sends them (CP949, thousands of won), with every check, digest and fact; read in a process of their own. PostgreSQL's files are in memory. {began}",
            "",
            "| database | what | s | rows/s | rows per second of processor | |",
            "|---|---|---|---|---|---|",
            *lines,
            *more,
        ],
    )
    return missed or late
