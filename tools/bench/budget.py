"""Measures the budget's page at one million ledger entries, beside the page of definitions on the same server.

    make bench                     part of it
    LEDGER_ROWS=200000 make bench  smaller

How fast such a file comes in: `tools.bench.imports`.
"""

from __future__ import annotations

import asyncio
import os
import tempfile

from data import cities
from data.engine import sqlite_file
from tools.bench import imports
from tools.bench.pages import VIEWS, measure
from tools.bench.shared import served

ROWS = int(os.environ.get("LEDGER_ROWS", "1000000"))
PAGE_LIMIT_MS = 80
QUERIES = [
    {"part": part, "unit": unit}
    for part in ("moves", "pace", "end", "value", "plan", "flow")
    for unit in ("eok", "won")
]


def run() -> bool:
    """Print what was measured; whether a goal was missed."""
    with tempfile.TemporaryDirectory() as folder:
        place = f"sqlite:///{folder}/million.db"
        with imports.copied() as engine:
            imports.into(engine, ROWS)
            made = sqlite_file(cities.address(cities.OFFICE, place))
            with engine.connect() as connection:
                connection.exec_driver_sql("VACUUM INTO ?", (str(made),))
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
