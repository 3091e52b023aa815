"""What a row of the record names is looked up once for a statement on PostgreSQL; what is refused is refused as by a foreign key."""

from __future__ import annotations

from datetime import date
from threading import Thread

import pytest
from small import add, make
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from data import batches, references, soundness
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


def is_of_a_key(error: IntegrityError) -> bool:
    """Whether something was refused for a key, and not for another rule."""
    return getattr(error.orig, "sqlstate", None) == "23503" or "FOREIGN KEY" in str(error.orig)


def entry(connection, number: str, **other: object) -> int:
    batch = add(connection, "ledger_entry", [], sha=number)
    connection.execute(insert(t.ledger_entry), [{**ENTRY, "entry_id": number, "batch_id": batch, **other}])
    return batch


@pytest.mark.parametrize("column", ["programme_id", "district_code", "batch_id"])
def test_a_row_that_names_nothing_known_is_refused_among_many_that_do(engine, column):
    unknown = 999_999 if column == "batch_id" else "none"
    counted = select(func.count()).select_from(t.ledger_entry)
    with pytest.raises(IntegrityError) as refused, writing(engine) as connection:
        batch = entry(connection, "A")
        rows = [
            {
                **ENTRY,
                "entry_id": f"B{i}",
                "batch_id": batch,
                "district_code": ("11010", "11020", None)[i % 3],
            }
            for i in range(2_500)
        ]
        by_columns = {name: [row[name] for row in rows] for name in rows[0]}
        batches.put(connection, t.ledger_entry, iter([by_columns]))
        assert connection.execute(counted).scalar() == 2_501
        by_columns["entry_id"] = [f"C{i}" for i in range(2_500)]
        by_columns[column] = [*by_columns[column][:1_700], unknown, *by_columns[column][1_701:]]
        batches.put(connection, t.ledger_entry, iter([by_columns]))
    assert is_of_a_key(refused.value)
    with engine.connect() as connection:
        assert connection.execute(counted).scalar() == 0


def test_a_row_may_name_no_district_and_no_successor_but_none_that_is_unknown(engine):
    c = t.ledger_entry.c
    with writing(engine) as connection:
        batch = entry(connection, "A", district_code=None)
        connection.execute(update(t.ledger_entry).values(superseded_by=batch))
        connection.execute(update(t.ledger_entry).values(superseded_by=None))
    for column, unknown in ((c.superseded_by, 999_999), (c.district_code, "none")):
        with pytest.raises(IntegrityError) as refused, writing(engine) as connection:
            connection.execute(update(t.ledger_entry).values({column: unknown}))
        assert is_of_a_key(refused.value)


def test_what_a_row_names_cannot_go_and_what_none_names_can(engine):
    with writing(engine) as connection:
        free, held, after = (entry(connection, name) for name in "ABC")
        c = t.ledger_entry.c
        connection.execute(update(t.ledger_entry).where(c.entry_id == "B").values(superseded_by=after))
        connection.execute(delete(t.ledger_entry).where(c.entry_id.in_(["A", "C"])))
    for gone in (
        delete(t.batch).where(t.batch.c.batch_id == held),
        delete(t.batch).where(t.batch.c.batch_id == after),  # named as a successor alone
        delete(t.district).where(t.district.c.district_code == "11010"),
        delete(t.programme).where(t.programme.c.programme_id == "mind_store"),
        update(t.batch).where(t.batch.c.batch_id == held).values(batch_id=888_888),
    ):
        with pytest.raises(IntegrityError) as refused, writing(engine) as connection:
            connection.execute(gone)
        assert is_of_a_key(refused.value)
    with writing(engine) as connection:
        connection.execute(update(t.batch).where(t.batch.c.batch_id == held).values(rows_accepted=7))
        assert connection.execute(delete(t.batch).where(t.batch.c.batch_id == free)).rowcount == 1
        connection.execute(delete(t.ledger_entry))
        assert connection.execute(delete(t.batch).where(t.batch.c.batch_id.in_([held, after]))).rowcount == 2
        assert (
            connection.execute(delete(t.district).where(t.district.c.district_code == "11020")).rowcount == 1
        )


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


@pytest.mark.postgres
def test_a_row_that_came_past_the_triggers_is_found(on_postgresql):
    with writing(on_postgresql) as connection:
        entry(connection, "A")
        connection.execute(
            text("ALTER TABLE ledger_entry DISABLE TRIGGER fk_ledger_entry_district_code_update")
        )
        connection.execute(update(t.ledger_entry).values(district_code="none"))
        connection.execute(text("ALTER TABLE ledger_entry ENABLE TRIGGER ALL"))
        assert references.unknown(connection) == [("ledger_entry", "district_code", "district", 1)]
    found = [one for one in soundness.findings(on_postgresql, with_facts=False) if one[0] == "links"]
    assert found == [("links", "ledger_entry.district_code -> district: 1")]


@pytest.mark.postgres
def test_a_table_of_the_record_that_comes_later_is_guarded_on_both_sides(on_postgresql):
    """Whatever table it names a row of."""
    with writing(on_postgresql) as connection:
        connection.execute(
            text(
                "CREATE TABLE later (row_id int PRIMARY KEY, superseded_by int, task_id varchar(40) CONSTRAINT fk_later_task_id REFERENCES task)"
            )
        )
        references.by_statement(connection)
        assert ("later", "task_id", "task", "task_id") in references.held(connection)
        connection.execute(text("INSERT INTO task SELECT 'new', strategy_id, name_ko, name_en FROM task"))
        connection.execute(text("INSERT INTO later VALUES (1, NULL, 'new')"))
    for wrong in ("INSERT INTO later VALUES (2, NULL, 'none')", "DELETE FROM task WHERE task_id = 'new'"):
        with pytest.raises(IntegrityError) as refused, writing(on_postgresql) as connection:
            connection.execute(text(wrong))
        assert is_of_a_key(refused.value)


@pytest.mark.postgres
def test_nobody_else_may_put_such_a_trigger_on_a_table(on_postgresql):
    with on_postgresql.connect() as connection:
        open_to = "SELECT has_function_privilege('pg_monitor', 'key_is_known()', 'EXECUTE') OR has_function_privilege('pg_monitor', 'key_is_free()', 'EXECUTE')"
        assert connection.execute(text(open_to)).scalar() is False


def test_bytes_and_odd_texts_go_through_portions_unchanged(engine):
    contents = [b"", b'\x00"\n\r,\\x41', bytes(range(256)), "이음".encode()]
    rows = {
        "name": [f"n{i}" for i in range(4)], "fingerprint": ["", '"', "\\.", "a,b\n"], "data_version": [0, 1, 2, 3], "as_of": [date(2026, 10, 31)] * 4,
        "made_at": ["", "이음", "\r", "\\N"], "seconds": [0.0, 1.5, 2.0, 1e-9], "content": contents,
    }  # fmt: skip
    with writing(engine) as connection:
        batches.put(
            connection,
            t.study,
            iter([{k: v[:2] for k, v in rows.items()}, {k: v[2:] for k, v in reversed(rows.items())}]),
        )
        found = connection.execute(select(*(t.study.c[name] for name in rows)).order_by(t.study.c.name)).all()
    assert [tuple(row) for row in found] == list(zip(*rows.values(), strict=True))
