"""Measures records of people coming in: what follows from a batch, beside putting everybody together anew.

    python -m tools.bench --only people       a copy of the demonstration city of DATABASE_URL

A batch of referrals names people whom the city knows. The facts that follow from it, and from taking it back, are those of a rebuild.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, literal, select

from data import batches, cities, facts, thread_facts
from data import tables as t
from data.engine import sqlite_file, writing
from data.undo import undo
from tools.bench import report
from tools.bench.imports import copied, held_mb, most_held

SIZES = (1_000, 10_000)
AT = datetime(2026, 11, 1)


def run() -> bool:
    """Print what was measured, and write it; nothing here has a limit."""
    if sqlite_file(cities.address(cities.DEMO)) is None:
        print("people: measured on SQLite alone")
        return False
    began, scale = report.machine(), report.scale()
    lines: list[str] = []

    def told(what: str, took: float) -> None:
        lines.append(f"| {what} | {took:.2f} |")
        print(f"{what}: {took:.2f} s")

    with copied(cities.address(cities.DEMO)) as engine:
        first = _digest(engine)
        for rows in SIZES:
            with writing(engine) as connection:
                number = _sent(connection, rows)
                told(
                    f"{rows:,} referrals: every fact that follows",
                    _seconds(lambda n=number: facts.refresh(connection, "referral", batch_id=n)),  # type: ignore[misc]
                )
            after = _digest(engine)
            with writing(engine) as connection:
                facts.rebuild(connection, only=["referral"])
            if _digest(engine) != after:
                raise SystemExit("what followed is not what a rebuild gives")
            told("taken back", _seconds(lambda: undo(engine, recorded_at=AT)))
            if _digest(engine) != first:
                raise SystemExit("what was taken back is still there")
        idle = held_mb()
        with most_held() as most, writing(engine) as connection:
            told("beside it: everybody put together anew", _seconds(lambda: thread_facts.rebuild(connection)))
            people = connection.execute(select(func.sum(t.thread_link.c.people))).scalar_one()
    report.put(
        f"people-{scale}",
        f"Records of people coming in, scale {scale}",
        [
            f"On SQLite; each person once for every table that knows them: {people:,}. Putting everybody together holds {most[0] - idle:,.0f} MB more than the idle process. {began}",
            "",
            "| what | s |",
            "|---|---|",
            *lines,
        ],
    )
    return False


def _seconds(act: Callable[[], Any]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _digest(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        return facts.digest(connection)


def _sent(connection: Connection, rows: int) -> int:
    """A batch of referrals of people who were referred before, once more as they were."""
    c = t.referral.c
    number = batches.open_batch(
        connection,
        kind="import",
        table_name="referral",
        source_name="bench",
        content_sha256=f"{rows}",
        recorded_at=AT,
    )
    same = {column.name: column for column in c if column.name not in ("row_id", "batch_id", "referral_id")}
    again = select(
        literal(number), (literal(f"bench-{rows}-") + c.referral_id).label("referral_id"), *same.values()
    )
    again = again.where(c.superseded_by.is_(None)).order_by(c.received_on.desc(), c.referral_id).limit(rows)
    connection.execute(insert(t.referral).from_select(["batch_id", "referral_id", *same], again))
    batches.close_batch(connection, number, accepted=rows, refused=0)
    return number
