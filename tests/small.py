"""A small store for tests: three districts, two programmes, no row yet."""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Sequence
from contextlib import closing
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, Table, insert, inspect

from data import coverage, digests, references
from data import tables as t
from data.batches import CHUNK, close_batch, open_batch, put
from data.cities import OFFICE
from data.engine import make_engine, make_file, migrate, set_state, sqlite_file, writing
from tools.postgres import owner

RECORDED_AT = datetime(2026, 11, 1)
# Few rows stand for many: their sender takes them for whole months.
WHOLE = coverage.Sent(months=frozenset(coverage.months(200001, 203012)))
DISTRICTS = (
    ("11010", "11110", "종로구", "Jongno-gu"),
    ("11020", "11140", "중구", "Jung-gu"),
    ("11210", "11620", "관악구", "Gwanak-gu"),
)


def make(url: str, *, city: str = OFFICE) -> Engine:
    """A migrated store of a city with the small reference and nothing else; an empty one becomes the copy of one that was made before."""
    engine = make_engine(url)
    file = sqlite_file(url)
    if file is not None:
        make_file(file)
    if inspect(engine).get_table_names():
        return _made(engine, city)
    engine.dispose()
    if file is None:
        return _restored(url, city)
    with closing(sqlite3.connect(_template(city))) as source, closing(sqlite3.connect(file)) as target:
        source.backup(target)
    return make_engine(url)


@cache
def _template(city: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ieum-small-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make_file(folder / "small.db")
    _made(make_engine(f"sqlite:///{folder / 'small.db'}"), city).dispose()
    return folder / "small.db"


def _restored(url: str, city: str) -> Engine:
    """An empty database of PostgreSQL in the place of which the copy of one that was made before is put."""
    server, _, name = url.rpartition("/")
    if not name.isidentifier():  # a schema of a database that holds more
        return _made(make_engine(url), city)
    template = _database(server, city)
    with owner(server) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return make_engine(url)


@cache
def _database(server: str, city: str) -> str:
    name = f"small_{city}_{uuid.uuid4().hex}"
    with owner(server) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    _made(make_engine(f"{server}/{name}"), city).dispose()
    return name


def _made(engine: Engine, city: str) -> Engine:
    migrate(engine)
    with writing(engine) as connection:
        for row, (code, mois, ko, en) in enumerate(DISTRICTS):
            connection.execute(insert(t.district).values(
                district_code=code, mois_code=mois, name_ko=ko, name_en=en, living_area="dosim", tile_row=1, tile_col=row,
            ))  # fmt: skip
        connection.execute(
            insert(t.strategy).values(strategy_id="s1", name_ko="함께 잇다", name_en="Together")
        )
        connection.execute(
            insert(t.task).values(task_id="t1", strategy_id="s1", name_ko="똑똑 24", name_en="Ddokddok 24")
        )
        for programme, ko in (("mind_store", "서울마음편의점"), ("mind_counselling", "마음상담")):
            connection.execute(insert(t.programme).values(
                programme_id=programme, task_id="t1", name_ko=ko, name_en=programme, owner_unit="u", status="active",
            ))  # fmt: skip
        set_state(connection, as_of="2026-10-31", built="yes", city=city)
    return engine


def append(connection: Connection, table: Table, records: Sequence[dict[str, Any]], *, batch_id: int) -> int:
    """Insert rows of an operational table under a batch; returns how many. What only some of them have is NULL in the others.

    Raises:
        KeyError: a row has what the table has not.
    """
    names = list(dict.fromkeys(name for record in records for name in record))
    if unknown := set(names) - set(table.columns.keys()):
        raise KeyError(f"{table.name} has no {', '.join(sorted(unknown))}")
    columns = {name: [record.get(name) for record in records] for name in names}
    columns["batch_id"] = [batch_id] * len(records)  # of which no digest tells
    portions = range(0, len(records), CHUNK)
    put(
        connection,
        table,
        ({name: some[at : at + CHUNK] for name, some in columns.items()} for at in portions),
    )
    if digests.is_noted(connection, table, batch_id):
        digests.note(connection, table, batch_id, digests.of_columns(table, columns, len(records)))
    return len(records)


def add(
    connection: Connection,
    table: str,
    rows: list[dict[str, object]],
    *,
    kind: str = "import",
    sha: str = "x",
) -> int:
    """A batch of rows; returns its id."""
    batch_id = open_batch(
        connection, kind=kind, table_name=table, source_name="test", content_sha256=sha, recorded_at=RECORDED_AT,
    )  # fmt: skip
    append(connection, t.OPERATIONAL[table], rows, batch_id=batch_id)
    close_batch(connection, batch_id, accepted=len(rows), refused=0)
    coverage.arrived(connection, table, batch_id=batch_id, recorded_at=RECORDED_AT, sent=WHOLE)
    return batch_id


def unlike_declared(connection: Connection) -> list[Any]:
    """In what a store differs from `data.tables`; on PostgreSQL a key that is looked up by statement is none the less one."""
    context = MigrationContext.configure(connection, opts={"compare_type": False})
    found = compare_metadata(context, t.metadata)
    held = references.held(connection) if connection.dialect.name == "postgresql" else set()

    def key(difference: Any) -> tuple[str, ...] | None:
        if difference[0] != "add_fk":
            return None
        (one,) = difference[1].elements
        return one.parent.table.name, one.parent.name, one.column.table.name, one.column.name

    lacking = {key(difference) for difference in found}
    return [one for one in found if key(one) not in held] + sorted(held - lacking)


def put_month(
    folder: Path, month: int, shown: list[tuple[int, int]], acted: list[tuple[int, date, str]]
) -> None:
    """A recorded month of the lake: (household, signal) and (household, contacted on, result)."""
    for name, frame in (
        ("crisis_signal", pd.DataFrame(shown, columns=["household", "signal"]).assign(district_code="11010", value=1)),
        ("detection_action", pd.DataFrame(acted, columns=["household", "contacted_on", "result"]).assign(district_code="11010")),
    ):  # fmt: skip
        place = folder / name / f"month={month}"
        place.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(place / "part-0.parquet")
