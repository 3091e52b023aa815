"""Measures the budget at one million ledger entries: import speed and the page's warm script time, as ratios of one run.

    make bench                     part of it
    LEDGER_ROWS=200000 make bench  smaller

A copy of the store takes a file of recorded entries. The yardstick of the import is SQLite's own writing of the same
rows; that of the page is the page of definitions on the same server.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
import time
from datetime import datetime
from pathlib import Path

from data import cities
from data.engine import DEFAULT_URL, make_engine, sqlite_file
from data.imports import Parsed, load, read_lookups, receive
from tools.bench.pages import VIEWS, measure
from tools.bench.shared import served

ROWS = int(os.environ.get("LEDGER_ROWS", "1000000"))
GOAL_ROWS_S = 50_000
PAGE_LIMIT_MS = 80
HEAD = "전표번호,집행일,사업,자치구,구분,금액(천원),재원,통계목,상대처,문서번호"
PROGRAMMES = ("서울마음편의점", "외로움안녕120", "우리동네돌봄단 안부확인", "서울청년기지개센터")
DISTRICTS = ("종로구", "중구", "용산구", "관악구", "강남구")
QUERIES = [
    {"part": part, "unit": unit}
    for part in ("moves", "pace", "end", "value", "plan", "flow")
    for unit in ("eok", "won")
]


def content(rows: int) -> bytes:
    """A ledger file as an office sends it: CP949, thousands of won, an opening for every programme."""
    lines = [HEAD]
    lines += [
        f"B{i},2026-01-02,{name},,본예산,{rows * 1000},시비,운영비,,B-본예산"
        for i, name in enumerate(PROGRAMMES)
    ]
    for i in range(rows - len(PROGRAMMES)):
        kind = "지출" if i % 2 else "원인행위"
        lines.append(
            f"B{i:08d},2026-{i % 10 + 1:02d}-{i % 27 + 1:02d},{PROGRAMMES[i // 2 % 4]},{DISTRICTS[i // 8 % 5]},{kind},"
            f"{i % 900 + 1},시비,민간이전,거래처 {i % 64:02d},B-{i // 2:07d}"
        )
    return "\n".join(lines).encode("cp949")


def raw_seconds(parsed: Parsed) -> float:
    """Seconds in which SQLite alone writes the same rows into a bare table."""
    frame = parsed.frame
    rows = list(
        zip(
            *(frame[name].map(str) if name == "booked_on" else frame[name] for name in frame.columns),
            strict=True,
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        base = sqlite3.connect(Path(folder) / "raw.db")
        base.execute(f"CREATE TABLE t ({', '.join(frame.columns)}, UNIQUE (entry_id))")
        started = time.perf_counter()
        with base:
            base.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(frame.columns))})", rows)
        base.close()
        return time.perf_counter() - started


def run() -> bool:
    """Print what was measured; whether a goal was missed."""
    source = sqlite3.connect(str(sqlite_file(cities.address(cities.OFFICE, DEFAULT_URL))))
    with tempfile.TemporaryDirectory() as folder:
        place = f"sqlite:///{folder}/million.db"
        address = cities.address(cities.OFFICE, place)
        target = sqlite3.connect(str(sqlite_file(address)))
        with target:
            source.backup(target)
        target.close()
        engine = make_engine(address)
        with engine.connect() as connection:
            lookups = read_lookups(connection)
        office = content(ROWS)
        started, busy = time.perf_counter(), time.process_time()
        parsed = receive("원장.csv", office, lookups=lookups)
        read = time.perf_counter() - started
        report = load(engine, parsed, recorded_at=datetime(2026, 11, 1), secret="bench")
        taken, worked = time.perf_counter() - started, time.process_time() - busy
        if not report.ok:
            raise SystemExit("\n".join(report.lines("en")))
        raw = raw_seconds(parsed)
        speed = ROWS / taken
        print(
            f"ledger import: {ROWS:,} entries in {taken:.1f} s ({read:.1f} s reading), {speed:,.0f} rows/s, "
            f"{ROWS / worked:,.0f} per CPU second, {taken / raw:.1f} x SQLite alone; goal {GOAL_ROWS_S:,} rows/s "
            f"{'ok' if speed >= GOAL_ROWS_S else 'MISSED'}"
        )
        del parsed, office
        engine.dispose()
        with served(database=place, demonstration=False) as server:
            views = {"budget": ("budget", QUERIES), "about": VIEWS["about"]}
            found = asyncio.run(measure(server.port, views, other="about"))
    base, at = found["about"].warm, found["budget"]
    within = at.warm <= PAGE_LIMIT_MS
    print(
        f"{'budget':<10} {at.first:>9.0f} {at.warm:>8.1f} {at.warm / base:>8.2f} {at.size / 1000:>7.1f}   {PAGE_LIMIT_MS} ms on "
        f"{ROWS:,} entries {'ok' if within else 'OVER'}"
    )
    return not within
