"""Splitting a store from before there were two cities: records go to the office's store, made rows to the demonstration's.

The old store is brought to the last layout of its kind and otherwise stays as it is. Both new stores are made beside it
and filled from it: each with the reference and the published plan, the one with the made rows as they stood before any
import retired them, the other with what was imported. Batches keep their numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    Table,
    and_,
    case,
    delete,
    func,
    insert,
    inspect,
    literal,
    or_,
    select,
    text,
)

from data import batches, cities, coverage, demo, facts, lake, queries, references
from data import tables as t
from data.build import Progress, households, load_missing, load_plan, restate
from data.engine import make_engine, migrate, set_state, sqlite_file, state, writing

LAST_MIXED, FIRST_SPLIT = "0012", "0013"
CHUNK = 5_000
NUMBERED = ("row_id", "refused_id", "edit_id", "closing_id")  # given anew
DETECTION = ("detection_monthly", "detection_pair", "detection_count")  # rolled up from a lake, not from rows
# What was kept of forecasts over the made register stays with it; studies are made again.
OF_ONE_CITY = {
    "scenario": cities.DEMO,
    "kept_forecast": cities.DEMO,
    "boundary_set": cities.OFFICE,
    "study": "",
}
OWN_VINTAGES = 10_000  # vintages of imported boundaries are years with a running number
NOTES = {cities.DEMO: ("as_of", "seed", "scale"), cities.OFFICE: ("as_of", "began_as_of", "pseudonym_key")}


class AlreadySplit(Exception):
    """The stores of both cities stand already: nothing is split over them."""


def is_mixed(at: str) -> bool:
    """Whether a complete store from before there were two cities stands at an address."""
    file = sqlite_file(at)
    if file is not None and not file.exists():
        return False
    with _opened(at) as engine, engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return str(found) < FIRST_SPLIT and state(connection).get("built") == "yes"


def is_done(at: str) -> bool:
    """Whether the stores of both cities stand beside it."""
    return all(_is_complete(cities.address(city, at)) for city in cities.CITIES)


def split(
    at: str, *, lake_folder: Path, recorded_at: datetime, progress: Progress = lambda _line: None
) -> None:
    """Fill the stores of both cities from the mixed store at an address, which stays.

    Args:
        lake_folder: where the demonstration's detection lake is written anew, if a recorded one took its months.
        recorded_at: naive UTC.

    A try that was cut short goes on where it ended.

    Raises:
        AlreadySplit: the stores of both cities are complete already.
    """
    addresses = {city: cities.address(city, at) for city in cities.CITIES}
    addresses = {city: address for city, address in addresses.items() if not _is_complete(address)}
    if not addresses:
        raise AlreadySplit
    with _opened(at) as old:
        migrate(old, to=LAST_MIXED)
        for city, address in addresses.items():
            progress(f"{city}: rows")
            with _opened(address) as made:
                migrate(made, to=FIRST_SPLIT)
            with _opened(address) as made:
                with old.connect() as source, writing(made) as target:
                    _Copy(source, target, city).everything()
                migrate(made)
                progress(f"{city}: facts")
                with old.connect() as source, writing(made) as target:
                    _finish(source, target, city, lake_folder=lake_folder, recorded_at=recorded_at)


@contextmanager
def _opened(address: str) -> Iterator[Engine]:
    engine = make_engine(address)
    try:
        yield engine
    finally:
        engine.dispose()


def _is_complete(address: str) -> bool:
    file = sqlite_file(address)
    if file is not None and not file.exists():
        return False
    with _opened(address) as engine, engine.connect() as connection:
        return inspect(connection).has_table("store_state") and state(connection).get("built") == "yes"


class _Copy:
    """What one city gets of the old store, table by table, as both layouts have it."""

    def __init__(self, source: Connection, target: Connection, city: str) -> None:
        self.source, self.target, self.city = source, target, city
        self.old, self.new = MetaData(), MetaData()
        self.old.reflect(bind=source)
        self.new.reflect(bind=target)
        b = self.old.tables["batch"].c
        published = and_(b.kind == "demo", b.evidence == "published")
        # An imported boundary set is of the reference's kind and the office's own.
        whose = b.evidence != "recorded" if city == cities.DEMO else or_(b.evidence == "recorded", published)
        self.batches = select(b.batch_id).where(whose)

    def everything(self) -> None:
        """Batches, reference, rows; what an interrupted try left is taken away first."""
        for table in reversed(references.in_order(self.new)):
            if table.name != "alembic_version":
                self.target.execute(delete(table))
        for table in references.in_order(self.new):  # what others point to comes first
            if table.name not in self.old.tables:
                continue  # younger than a mixed store
            if table.name == "batch":
                self._batches(table)
            elif table.name in t.OPERATIONAL:
                self._rows(table)
            elif table.name == "refused_row":
                self._copy(table, self.old.tables[table.name].c.batch_id.in_(self.batches))
            elif table.name == "closing" and self.city == cities.OFFICE:
                self._copy(table)
            elif t.metadata.tables.get(table.name, table).info.get("kind") == "reference":
                self._reference(table)

    def _batches(self, table: Table) -> None:
        b = self.old.tables["batch"].c
        kind = case((b.evidence == "published", "reference"), else_=b.kind)
        self._copy(table, b.batch_id.in_(self.batches), kind=kind)
        if self.target.dialect.name == "postgresql":
            highest = select(func.coalesce(func.max(table.c.batch_id), 1)).scalar_subquery()
            place = func.pg_get_serial_sequence("batch", "batch_id")
            self.target.execute(select(func.setval(place, highest)))

    def _rows(self, table: Table) -> None:
        """A row that a batch of the other city took the place of stands again."""
        c = self.old.tables[table.name].c
        after = case((c.superseded_by.in_(self.batches), c.superseded_by))
        self._copy(table, c.batch_id.in_(self.batches), superseded_by=after)

    def _reference(self, table: Table) -> None:
        if OF_ONE_CITY.get(table.name, self.city) != self.city:
            return
        known = self.old.tables[table.name].c
        own = table.name == "boundary" and self.city == cities.DEMO
        self._copy(table, *((known.vintage < OWN_VINTAGES,) if own else ()))

    def _copy(self, table: Table, *where: Any, **changed: Any) -> None:
        known = self.old.tables[table.name]
        names = [c.name for c in table.columns if c.name in known.c and c.name not in NUMBERED]
        columns = [changed.get(name, known.c[name]).label(name) for name in names]
        # Numbered rows by their number, the others as they stand: screens list programmes in the plan's order.
        order = [known.c[name] for name in ("batch_id", *NUMBERED) if name in known.primary_key.columns]
        found = self.source.execution_options(stream_results=True).execute(
            select(*columns).where(*where).order_by(*order)
        )
        batches.put(self.target, table, batches.portions_of(found, CHUNK))


def _finish(
    source: Connection, target: Connection, city: str, *, lake_folder: Path, recorded_at: datetime
) -> None:
    """Facts and notes; what the office's plan rests on; what the demonstration's lake lost to a recorded one."""
    notes = state(source)
    day = date.fromisoformat(notes["as_of"])
    restate(target)
    load_missing(target, recorded_at=recorded_at)
    coverage.restate(target, as_of=day)
    kept = {name: notes[name] for name in NOTES[city] if name in notes}
    set_state(target, city=city, **kept)  # spells and threads are followed up to the day that is noted
    facts.rebuild(target)
    _detection(source, target, city)
    if city == cities.OFFICE and not _has_recorded_plan(target):
        load_plan(target, as_of=day, recorded_at=recorded_at, only=("baseline",))
    if city == cities.DEMO and _lost_months(source):
        about = {"seed": int(notes["seed"]), "scale": int(notes["scale"]), "as_of": day,
                 "districts": queries.districts(target), "households": households(target)}  # fmt: skip
        demo.write_lake(lake_folder, **about)
        lake.fill(target, lake_folder)
    set_state(target, built="yes")


def _detection(source: Connection, target: Connection, city: str) -> None:
    old = MetaData()
    old.reflect(bind=source, only=DETECTION)
    for name in DETECTION:
        columns = [
            literal("lake").label(column.name)
            if column.name == "counted"
            else old.tables[name].c[column.name]
            for column in t.FACTS[name].columns
        ]
        made = old.tables[name].c.synthetic.is_(city == cities.DEMO)
        rows = [dict(row) for row in source.execute(select(*columns).where(made)).mappings()]
        for start in range(0, len(rows), CHUNK):
            target.execute(insert(t.FACTS[name]), rows[start : start + CHUNK])


def _lost_months(source: Connection) -> bool:
    old = MetaData()
    old.reflect(bind=source, only=["detection_monthly"])
    c = old.tables["detection_monthly"].c
    return source.execute(select(c.month_key).where(c.synthetic.is_(False)).limit(1)).first() is not None


def _has_recorded_plan(target: Connection) -> bool:
    c = t.baseline.c
    return target.execute(select(c.row_id).where(c.version == 1).limit(1)).first() is not None
