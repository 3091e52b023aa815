"""What a row of the record names is looked up once for a statement on PostgreSQL; what is refused is refused as by a foreign key."""

from __future__ import annotations

from datetime import date
from threading import Thread

import pytest
from small import add, make
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from data import references
from data import tables as t
from data.engine import make_engine, writing
from tools.postgres import owner

ENTRY = {
    "booked_on": date(2026, 5, 3), "fiscal_year": 2026, "month_key": 202605, "programme_id": "mind_store", "district_code": "11010",
    "kind": "expenditure", "amount_krw": 1000, "funding": "city", "line_type": "operating", "managing_body": "city",
}  # fmt: skip


@pytest.fixture
def engine(small_url):
    """A small store of one's own on either database; on both the same is refused."""
    engine = make_engine(small_url)
    yield engine
    engine.dispose()


@pytest.fixture
def on_postgresql(pg_url):
    """A small store in a database of the run's server."""
    with owner(pg_url) as admin:
        admin.execute("CREATE DATABASE t_references")
        engine = make(f"{pg_url}/t_references")
        yield engine
        engine.dispose()
        admin.execute("DROP DATABASE t_references WITH (FORCE)")


def entry(connection, number: str, **other: object) -> int:
    batch = add(connection, "ledger_entry", [], sha=number)
    connection.execute(insert(t.ledger_entry), [{**ENTRY, "entry_id": number, "batch_id": batch, **other}])
    return batch


@pytest.mark.parametrize("column", ["programme_id", "district_code", "batch_id"])
def test_a_row_that_names_nothing_known_is_refused_among_many_that_do(engine, column):
    unknown = 999_999 if column == "batch_id" else "none"
    counted = select(func.count()).select_from(t.ledger_entry)
    with pytest.raises(IntegrityError, match="(?i)key"), writing(engine) as connection:
        batch = entry(connection, "A")
        rows = [{**ENTRY, "entry_id": f"B{i}", "batch_id": batch} for i in range(2_500)]
        connection.execute(insert(t.ledger_entry), rows)
        assert connection.execute(counted).scalar() == 2_501
        again = [{**row, "entry_id": f"C{i}"} for i, row in enumerate(rows)]
        again[1_700] |= {column: unknown}
        connection.execute(insert(t.ledger_entry), again)
    with engine.connect() as connection:
        assert connection.execute(counted).scalar() == 0


def test_a_row_may_name_no_district_and_no_successor_but_none_that_is_unknown(engine):
    c = t.ledger_entry.c
    with writing(engine) as connection:
        batch = entry(connection, "A", district_code=None)
        connection.execute(update(t.ledger_entry).values(superseded_by=batch))
        connection.execute(update(t.ledger_entry).values(superseded_by=None))
    for column, unknown in ((c.superseded_by, 999_999), (c.district_code, "none")):
        with pytest.raises(IntegrityError), writing(engine) as connection:
            connection.execute(update(t.ledger_entry).values({column: unknown}))


def test_what_a_row_names_cannot_go_and_what_none_names_can(engine):
    with writing(engine) as connection:
        free, held = entry(connection, "A"), entry(connection, "B")
        connection.execute(delete(t.ledger_entry).where(t.ledger_entry.c.entry_id == "A"))
    for gone in (
        delete(t.batch).where(t.batch.c.batch_id == held),
        delete(t.programme).where(t.programme.c.programme_id == "mind_store"),
        update(t.batch).where(t.batch.c.batch_id == held).values(batch_id=888_888),
    ):
        with pytest.raises(IntegrityError), writing(engine) as connection:
            connection.execute(gone)
    with writing(engine) as connection:
        connection.execute(update(t.batch).where(t.batch.c.batch_id == held).values(rows_accepted=7))
        assert connection.execute(delete(t.batch).where(t.batch.c.batch_id == free)).rowcount == 1
        connection.execute(delete(t.ledger_entry))
        assert connection.execute(delete(t.batch).where(t.batch.c.batch_id == held)).rowcount == 1


@pytest.mark.postgres
def test_a_batch_that_a_row_under_way_names_cannot_go_meanwhile(on_postgresql):
    """Whoever takes it away waits for the transaction that named it, and is then refused."""
    engine = on_postgresql
    with writing(engine) as connection:
        batch = add(connection, "ledger_entry", [], sha="A")
    refused: list[str] = []

    def take_away() -> None:
        try:
            with writing(engine) as other:
                other.execute(delete(t.batch).where(t.batch.c.batch_id == batch))
        except IntegrityError as error:
            refused.append(error.orig.sqlstate)

    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DELETE FROM batch%'"
    )
    with writing(engine) as connection:
        connection.execute(insert(t.ledger_entry), [{**ENTRY, "entry_id": "A", "batch_id": batch}])
        thread = Thread(target=take_away)
        thread.start()
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watch:
            while thread.is_alive() and not watch.execute(waiting).scalar():
                pass
    thread.join()
    assert refused == ["23503"]


@pytest.mark.postgres
def test_every_key_of_the_record_is_looked_up_by_statement_and_by_row_again_on_the_way_back(on_postgresql):
    engine = on_postgresql
    declared = {
        (table.name, key.parent.name, key.column.table.name, key.column.name)
        for table in t.OPERATIONAL.values()
        for key in table.foreign_keys
    }
    with writing(engine) as connection:
        assert references.held(connection) == declared
        references.by_statement(connection)  # once more changes nothing
        assert references.held(connection) == declared
        batch = entry(connection, "A")
        references.by_row(connection)
        assert references.held(connection) == set()
        kept = (
            "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'ledger_entry'::regclass"
        )
        assert connection.execute(text(kept)).scalar() == 4
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(delete(t.batch).where(t.batch.c.batch_id == batch))
