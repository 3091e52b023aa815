"""Building a city's store: migrate, load real reference data and the published plan, for the demonstration its made rows.

Each step is one transaction. The note `built` is written last, so that a store whose making was cut short
says so instead of showing half a city.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, Engine, Table, delete, func, select

from data import (
    census,
    coverage,
    demo,
    digests,
    facts,
    lake,
    plan,
    published,
    queries,
    release_upkeep,
    summaries,
)
from data import tables as t
from data.batches import append_frame, close_batch, open_batch
from data.cities import DEMO, OFFICE
from data.engine import make_engine, migrate, set_state, state, writing

AS_OF = date(2026, 10, 31)  # the demonstration city's present day (data model)
SEED = 120

Progress = Callable[[str], None]


def is_built(engine: Engine) -> bool:
    """Whether the store is complete for this code."""
    from data.engine import StoreProblem, check

    try:
        check(engine)
    except StoreProblem:
        return False
    return True


def build(
    url: str,
    *,
    city: str,
    boundaries: Path,
    recorded_at: datetime,
    lake_folder: Path,
    seed: int = SEED,
    scale: int = 1,
    as_of: date | None = None,
    progress: Progress = lambda _line: None,
) -> None:
    """Make a complete store of a city at `url`; a complete one is left as it is.

    Args:
        city: `demo` or `office`. The office's starts with what is real alone.
        boundaries: the file that `python -m geo build` wrote.
        recorded_at: naive UTC instant noted on every batch.
        lake_folder: folder for the detection lake; the true parameters are written beside it. seed, scale: of the made rows.
        as_of: the present day; the demonstration's own, or for the office the last day of the month before, where none is given.
    """
    engine = make_engine(url)
    if is_built(engine):
        for number in release_upkeep.migrated(engine):
            progress(f"{city}: release {number} brought up to date")
        progress(f"{city}: complete, nothing to do")
        return
    progress(f"{city}: tables")
    migrate(engine)
    with engine.connect() as connection:
        filled = state(connection).get("built") == "yes"
    if filled:
        # An older store: recorded rows stay; the layout, the census and the published figures are brought up to date.
        with writing(engine) as connection:
            restate(connection)
            load_missing(connection, recorded_at=recorded_at)
            coverage.restate(connection)
            facts.rebuild(connection)
            digests.restate(connection)
        release_upkeep.migrated(engine)
        progress(f"{city}: brought up to date")
        return
    with writing(engine) as connection:
        set_state(connection, city=city)
        load_reference(connection, boundaries=boundaries, progress=progress)
    if city == OFFICE:
        start_office(engine, as_of=as_of or month_end(recorded_at), recorded_at=recorded_at)
    else:
        load_demo(
            engine,
            seed=seed,
            scale=scale,
            as_of=as_of or AS_OF,
            lake_folder=lake_folder,
            recorded_at=recorded_at,
            progress=progress,
        )
    engine.dispose()


def month_end(moment: datetime) -> date:
    """The last day of the month before."""
    return moment.date().replace(day=1) - timedelta(days=1)


def load_reference(connection: Connection, *, boundaries: Path, progress: Progress) -> None:
    """Load places, census, boundaries, published figures and the plan's tree, unless they stand there."""
    if connection.execute(select(func.count()).select_from(t.district)).scalar():
        progress("reference: already there")
        return
    shapes = pd.read_parquet(boundaries)
    columns = [column.name for column in t.boundary.columns]
    frames = {
        t.district: census.districts(),
        **_figures(),
        t.boundary: shapes[columns],
        t.strategy: plan.strategies(),
        t.task: plan.tasks(),
        t.programme: plan.programmes(),
    }
    for table, frame in frames.items():
        progress(f"reference: {table.name} {len(frame):,}")
        _fill(connection, table, frame)


def _figures() -> dict[Table, pd.DataFrame]:
    """What other bodies have counted and printed, as this code reads it; no row of another table points to these."""
    return {
        t.dong: census.dong(),
        t.dong_crosswalk: census.crosswalk(),
        t.census_fact: census.census_facts(),
        t.polygon_fact: census.polygon_facts(),
        t.published_fact: published.published_facts(),
    }


def restate(connection: Connection) -> None:
    """Put what this code reads of other bodies' figures in place of what the store has of them."""
    for table, frame in _figures().items():
        connection.execute(delete(table))
        _fill(connection, table, frame)


def _fill(connection: Connection, table: Table, frame: pd.DataFrame) -> None:
    wanted = [column.name for column in table.columns if column.name in frame.columns]
    append_frame(connection, table, frame[wanted])


def load_plan(
    connection: Connection,
    *,
    as_of: date,
    recorded_at: datetime,
    only: Sequence[str] = ("owner_unit", "programme_entry", "event", "target", "baseline"),
) -> None:
    """The published plan as batches of the reference: owners, programmes, events, targets, the illustrative split of its money."""
    documents = plan.documents(as_of)
    for name, frame in ((name, documents[name]) for name in only):
        batch_id = open_batch(
            connection,
            kind="reference",
            table_name=name,
            source_name="plan",
            content_sha256=f"plan-{name}",
            recorded_at=recorded_at,
        )
        close_batch(
            connection,
            batch_id,
            accepted=append_frame(connection, t.OPERATIONAL[name], frame, batch_id=batch_id),
            refused=0,
        )


def load_missing(connection: Connection, *, recorded_at: datetime) -> None:
    """What is set up of the plan, for a store that is older than these tables."""
    known = set(connection.execute(select(t.batch.c.table_name).distinct()).scalars())
    missing = [name for name in ("owner_unit", "programme_entry") if name not in known]
    if missing:
        load_plan(connection, as_of=recorded_at.date(), recorded_at=recorded_at, only=missing)


def start_office(engine: Engine, *, as_of: date, recorded_at: datetime) -> None:
    """Complete an office's store that holds the reference: the published plan, and no record yet."""
    with writing(engine) as connection:
        load_plan(connection, as_of=as_of, recorded_at=recorded_at)
        load_published_totals(connection, recorded_at=recorded_at)
        set_state(connection, as_of=as_of.isoformat(), built="yes")


def load_published_totals(connection: Connection, *, recorded_at: datetime) -> None:
    """What has been printed of spans of days, as batches of the reference; they fill no month."""
    for name, frame in summaries.published_totals().items():
        batch_id = open_batch(
            connection,
            kind="reference",
            table_name=name,
            source_name="published",
            content_sha256=f"published-{name}",
            recorded_at=recorded_at,
        )
        taken = append_frame(connection, t.OPERATIONAL[name], frame, batch_id=batch_id)
        close_batch(connection, batch_id, accepted=taken, refused=0)


def load_demo(
    engine: Engine,
    *,
    seed: int,
    scale: int,
    as_of: date,
    lake_folder: Path,
    recorded_at: datetime,
    progress: Progress,
) -> None:
    """Replace the demonstration city in one transaction and roll up every fact.

    Raises:
        ValueError: the store is the office's.
    """
    with engine.connect() as connection:
        if state(connection).get("city") != DEMO:
            raise ValueError("made rows come into the demonstration city's store alone")
        places, people = queries.districts(connection), households(connection)
    about = {"seed": seed, "scale": scale, "as_of": as_of, "districts": places, "households": people}
    progress("demonstration: detection lake")
    demo.write_lake(lake_folder, **about)
    with writing(engine) as connection:
        _clear(connection)
        load_plan(connection, as_of=as_of, recorded_at=recorded_at)
        batches: dict[str, int] = {}
        counts: dict[str, int] = {}
        for name, frame in demo.generate(**about):
            if name not in batches:
                batches[name] = open_batch(
                    connection,
                    kind="demo",
                    table_name=name,
                    source_name=f"demo seed={seed} scale={scale}",
                    content_sha256=f"demo-{seed}-{scale}-{name}"[:64],
                    recorded_at=recorded_at,
                )
                progress(f"demonstration: {name}")
            table = t.OPERATIONAL[name]
            wanted = [column.name for column in table.columns if column.name in frame.columns]
            counts[name] = counts.get(name, 0) + append_frame(
                connection, table, frame[wanted], batch_id=batches[name]
            )
        for name, batch_id in batches.items():
            close_batch(connection, batch_id, accepted=counts[name], refused=0)
        set_state(connection, as_of=as_of.isoformat())
        progress("facts: rolling up")
        facts.rebuild(connection)
        coverage.restate(connection)
        lake.fill(connection, lake_folder)
        set_state(connection, built="yes", seed=str(seed), scale=str(scale))
    truth = lake_folder.parent / "demo-truth.json"
    truth.write_text(json.dumps(demo.truth(**about), ensure_ascii=False, indent=1, default=str))
    progress(f"done: {sum(counts.values()):,} made rows; true parameters in {truth.name}")


def _clear(connection: Connection) -> None:
    """Remove the former demonstration city: made rows are not recorded and need no history."""
    for table in (*t.FACTS.values(), *t.OPERATIONAL.values(), t.arrival, t.closing, t.batch):
        connection.execute(delete(table))


def households(connection: Connection) -> pd.DataFrame:
    """2025 households, one-person households and residents by district, to weight the city by."""
    c = t.census_fact.c
    names = ("households", "one_person_households", "population")
    rows = connection.execute(
        select(c.area_code, c.indicator, c.value).where(
            c.level == "district", c.year == 2025, c.indicator.in_(names)
        )
    )
    long = pd.DataFrame(rows.all(), columns=["district_code", "indicator", "value"])
    return long.pivot(index="district_code", columns="indicator", values="value").reset_index()
