"""Measures what facts save: one question of the hotline's page from its fact, and the same by plain SQL over the contacts.

    python -m tools.bench --only facts        the demonstration city of DATABASE_URL

Attempts and answers by month and district over the whole record: on SQLite, on PostgreSQL and, in memory, by pandas. All five are equal.
"""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import psycopg

from data import cities
from data.engine import sqlite_file
from tools.bench import report
from tools.postgres import PostgresUnavailable, owner, temporary_server

RUNS, GOAL_TIMES = 5, 500
PORTION = 50_000
FACT = "SELECT month_key, district_code, SUM(attempts), SUM(answered) FROM hotline_monthly GROUP BY 1, 2 ORDER BY 1, 2"
EVENTS = (
    "SELECT month_key, COALESCE(district_code, 'unknown'), COUNT(*), SUM(CASE WHEN outcome = 'answered' THEN 1 ELSE 0 END) FROM hotline_contact"
    " WHERE superseded_by IS NULL GROUP BY 1, 2 ORDER BY 1, 2"
)
# One month, as a card shows it: an index leads to the rows, and still each of them is looked at.
OF_MONTH = "SELECT SUM(attempts), SUM(answered) FROM hotline_monthly WHERE month_key = 202609"
EVENTS_OF_MONTH = (
    "SELECT COUNT(*), SUM(CASE WHEN outcome = 'answered' THEN 1 ELSE 0 END) FROM hotline_contact"
    " WHERE superseded_by IS NULL AND month_key = 202609"
)
COPIED = ("month_key", "district_code", "outcome", "superseded_by")


def timed(ask: Callable[[], Any], *, runs: int = RUNS) -> tuple[float, Any]:
    """Median seconds of an answer that was asked for once before, and the answer."""
    ask()
    found = []
    for _ in range(runs):
        started = time.perf_counter()
        answer = ask()
        found.append(time.perf_counter() - started)
    return statistics.median(found), answer


def _plain(rows: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in rows]


def run() -> bool:
    """Print what was measured, and write it; whether a goal was missed."""
    began, lines = report.machine(), []
    base = sqlite3.connect(f"file:{sqlite_file(cities.address(cities.DEMO))}?mode=ro", uri=True)
    base.execute("PRAGMA cache_size = -65536")
    (events,) = base.execute("SELECT COUNT(*) FROM hotline_contact").fetchone()

    def told(where: str, what: str, took: float, than: float | None = None) -> float:
        times = took / than if than else 1.0
        said = f"{times:,.0f}" if than else ""
        lines.append(f"| {where} | {what} | {took * 1000:,.1f} | {said} |")
        print(f"{where}: {what} in {took * 1000:,.1f} ms {f'({said} x the fact)' if said else ''}")
        return times

    def compared(where: str, ask: Callable[[str], Any], *, first: Any = None) -> tuple[float, Any]:
        quick, answer = timed(lambda: ask(FACT))
        slow, same = timed(lambda: ask(EVENTS))
        month, of_month = timed(lambda: ask(OF_MONTH))
        slow_month, same_month = timed(lambda: ask(EVENTS_OF_MONTH))
        if answer != same or of_month != same_month or (first is not None and answer != first):
            raise SystemExit(f"{where}: the fact and the events differ")
        told(where, "the record by month and district, from the fact", quick)
        times = told(where, f"the same over {events:,} contacts", slow, quick)
        told(where, "one month, from the fact", month)
        told(where, "the same over its contacts", slow_month, month)
        return times, answer

    times, answer = compared("SQLite", lambda sql: _plain(base.execute(sql)))
    frame = pd.read_sql_query(f"SELECT {', '.join(COPIED)} FROM hotline_contact", base)

    def by_pandas() -> list[tuple[Any, ...]]:
        current = frame[frame["superseded_by"].isna()]
        current = current.assign(district_code=current["district_code"].fillna("unknown"))
        keyed = current.assign(answered=current["outcome"] == "answered").groupby(
            ["month_key", "district_code"]
        )
        return list(keyed["answered"].agg(["size", "sum"]).itertuples(name=None))

    took, same = timed(by_pandas)
    if [(*key, *rest) for key, *rest in same] != answer:
        raise SystemExit("pandas: another answer")
    told("pandas", "over the contacts in memory", took)
    try:
        with temporary_server() as server:
            with owner(server) as admin:
                admin.execute("CREATE DATABASE bench")
            with psycopg.connect(f"{server}/bench".replace("+psycopg", ""), autocommit=True) as pg:
                _filled(pg, base)
                compared("PostgreSQL", lambda sql: _plain(pg.execute(sql)), first=answer)
    except PostgresUnavailable as absent:
        print(f"PostgreSQL: {absent}")
    base.close()
    scale = report.scale()
    report.put(
        f"facts-{scale}",
        f"Facts beside events, scale {scale}",
        [
            f"Calls and answers, medians of {RUNS}; the goal of {GOAL_TIMES} × is asked of ten million rows on SQLite. {began}",
            "",
            "| where | what | ms | × the fact |",
            "|---|---|---|---|",
            *lines,
        ],
    )
    return events >= 9_000_000 and times < GOAL_TIMES


def _filled(pg: psycopg.Connection[Any], base: sqlite3.Connection) -> None:
    """The contacts and the fact in PostgreSQL, with the same index."""
    names = [row[1] for row in base.execute("PRAGMA table_info(hotline_monthly)")]
    words = {"district_code", "age_band", "sex", "channel"}
    columns = ", ".join(f"{name} {'text' if name in words else 'bigint'}" for name in names)
    pg.execute(f"CREATE TABLE hotline_monthly ({columns})")
    pg.execute(
        "CREATE TABLE hotline_contact (month_key int, district_code text, outcome text, superseded_by int)"
    )
    for table, wanted in (("hotline_monthly", names), ("hotline_contact", COPIED)):
        rows = base.execute(f"SELECT {', '.join(wanted)} FROM {table}")
        with pg.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
            while portion := rows.fetchmany(PORTION):
                for row in portion:
                    copy.write_row(row)
    pg.execute("CREATE INDEX ON hotline_contact (month_key)")
    pg.execute("VACUUM ANALYZE")
