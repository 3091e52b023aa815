"""`python -m tools.bench sizing`: what a city of a size needs, from what is measured in the same run, written to docs/sizing.md.

Rows a second of one processor, bytes a row and seconds of studies are measured here; how many rows a year has is what is known of Seoul
(one-person households of the census, crisis signals as published) or said as an assumption. All else is arithmetic that stands in the table.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from answers import studies
from answers.store import Store
from data import tables as t
from data.build import households
from data.cities import DEMO
from data.lake.files import Place
from tools.bench import imports, lake

FILE = Path(__file__).resolve().parent.parent.parent / "docs" / "sizing.md"
SIGNALS, DISTRICTS = 46, 25  # kinds of crisis signal as published (F014)
ROWS_OF_LAKE, ROWS_OF_FILE = 8_000_000, 100_000
RECORDS_OF_A_YEAR = 1_000_000  # contacts, referrals, sessions, visits and ledger lines of a whole city: an assumption, for the reader to change


@dataclass(frozen=True)
class Measured:
    """What one processor did, and how much room it took.

    Attributes:
        signals_s, records_s: rows a second of processor. signal_b, record_b: bytes a row in the lake and in the store.
        studies_s: seconds of all kept studies of the demonstration city. records: its rows.
        households: one-person households of the newest census year.
    """

    signals_s: float
    signal_b: float
    records_s: float
    record_b: float
    studies_s: float
    records: int
    households: int
    load: float


def measured() -> Measured:
    """Count a month of signals, load a file, and read what studies took."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="ieum-sizing-") as folder:
        place = Place.at(Path(folder))
        made = lake.month(place, lake.FIRST, ROWS_OF_LAKE)
        room = sum(file.stat().st_size for file in Path(folder).rglob("*.parquet"))
        with lake.counter("duckdb") as counter:
            counted = counter.count(place, [lake.FIRST])
    file = imports.loaded(ROWS_OF_FILE)
    store = Store.of_city(DEMO)
    with store.connect() as connection:
        records = sum(
            connection.execute(select(func.count()).select_from(table)).scalar() or 0
            for table in t.OPERATIONAL.values()
        )
        alone = int(households(connection)["one_person_households"].sum())
    return Measured(
        made / counted.processor_s, room / made, file.rows / file.spent_s, file.grown / file.rows,
        sum(one.seconds for one in studies.kept(store)), records, alone, load,
    )  # fmt: skip


def lines(one: Measured) -> list[str]:
    """The page."""
    month = SIGNALS * one.households
    year = lake.MONTHS * month

    def hours(seconds: float) -> str:
        return (
            f"{seconds / 3600:.1f} h"
            if seconds >= 3600
            else f"{seconds / 60:.1f} min"
            if seconds >= 90
            else f"{seconds:.1f} s"
        )

    def room(size: float) -> str:
        return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"

    rows = [
        ("**Measured**", "", ""),
        ("signals counted by DuckDB, of one processor", f"{one.signals_s / 1e6:.1f} million rows/s", f"{one.signal_b:.1f} bytes a row in Parquet"),
        ("records read, checked, loaded and rolled up (SQLite)", f"{one.records_s:,.0f} rows/s", f"{one.record_b:.0f} bytes a row in the store, facts and indexes included"),
        (f"all studies of the demonstration ({one.records:,} records, both views, both languages)", hours(one.studies_s), ""),
        ("**The whole city**", "", ""),
        (f"a month of signals: {SIGNALS} × {one.households:,} one-person households", f"{month / 1e6:,.0f} million rows: {hours(month / one.signals_s)}", room(month * one.signal_b)),
        ("a year of signals, counted anew", f"{year / 1e9:.2f} billion rows: {hours(year / one.signals_s)}", room(year * one.signal_b)),
        (f"{RECORDS_OF_A_YEAR:,} records a year", hours(RECORDS_OF_A_YEAR / one.records_s), room(RECORDS_OF_A_YEAR * one.record_b)),
        ("**What one more costs**", "", ""),
        ("one more year", f"{hours(year / one.signals_s + RECORDS_OF_A_YEAR / one.records_s)} of one processor, spread over its months", room(year * one.signal_b + RECORDS_OF_A_YEAR * one.record_b)),
        (f"one more district office (1 of {DISTRICTS} of a year's records)", hours(RECORDS_OF_A_YEAR / DISTRICTS / one.records_s), room(RECORDS_OF_A_YEAR / DISTRICTS * one.record_b)),
        (f"one more measure with a fact of its own ({DISTRICTS} districts × {lake.MONTHS} months a year)", "no time of a reader: it is rolled up with the import", room(DISTRICTS * lake.MONTHS * one.record_b)),
    ]  # fmt: skip
    return [
        "# Sizing",
        "",
        "Written by `python -m tools.bench sizing`: what is measured in one run, and what follows from it for the whole city.",
        "",
        "| what | time of one processor | room |",
        "|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        "## What it assumes",
        "",
        f"- Every one of {SIGNALS} published kinds of signal gives a row for each one-person household and month: the most there can be. Fewer rows cost in proportion.",
        f"- {RECORDS_OF_A_YEAR:,} records a year is an assumption, not a published figure; time and room are in proportion to it.",
        "- Time is of the processor, so that two months can be counted at once on two. Counting takes one month at a time and holds the memory of one ([performance](performance.md)).",
        "- Import and counting go month by month as files come: a whole year is counted at once only after a change of the rules.",
        "- Studies depend on the months and districts of the record more than on its rows: those of the demonstration at a hundred times its rows took one and a half times the processor time.",
        "- PostgreSQL takes more room a row than SQLite. Rows come in by `COPY` (100,000 ledger entries: 0.13 s into a bare table, 0.7 s with the indexes, on 2026-12-01); what they name is "
        "looked up once for a statement, in 0.1 s where three foreign keys took 1.2. Readers: see the sessions in `make bench`.",
        f"- Measured with a load of {one.load:.1f} on {os.cpu_count()} processors.",
        "",
    ]


def main() -> int:
    """Measure and write the page."""
    found = lines(measured())
    FILE.write_text("\n".join(found), encoding="utf-8")
    print("\n".join(found))
    return 0
