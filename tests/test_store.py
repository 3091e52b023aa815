"""The store's states: absent, empty, old, newer, unreachable, read-only, half-made; and migrations on both databases."""

import sqlite3
from datetime import date, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from small import add, make, unlike_declared
from sqlalchemy import func, insert, inspect, select, text, update

from data import census
from data import tables as t
from data.batches import append_frame
from data.build import build
from data.engine import (
    ROOT,
    StoreProblem,
    _alembic_config,
    check,
    make_engine,
    migrate,
    newest_revision,
    set_state,
    writing,
)
from data.imports import pseudonym


def problem(engine):
    with pytest.raises(StoreProblem) as caught:
        check(engine)
    return caught.value.kind


def test_an_absent_file_is_absent_and_stays_absent(tmp_path):
    file = tmp_path / "none.db"
    assert problem(make_engine(f"sqlite:///{file}")) == "absent"
    assert not file.exists()


def test_an_empty_database_is_incomplete_or_absent_never_a_traceback(database_url):
    engine = make_engine(database_url)
    with writing(engine) as connection:
        connection.execute(text("SELECT 1"))
    assert problem(engine) in ("absent", "incomplete")


def test_a_migrated_but_unfilled_store_is_incomplete(database_url):
    engine = make_engine(database_url)
    migrate(engine)
    assert problem(engine) == "incomplete"


def test_a_complete_store_serves(database_url):
    assert check(make(database_url))["as_of"] == "2026-10-31"


def test_other_versions_are_told_apart(database_url):
    engine = make(database_url)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from_the_future'"))
    assert problem(engine) == "newer"
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    assert problem(engine) == "old"


def test_an_unreachable_server_is_unreachable():
    from tools.postgres import free_port

    assert problem(make_engine(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none")) == "unreachable"


def test_a_file_that_is_no_database_is_unreachable(tmp_path):
    file = tmp_path / "note.db"
    file.write_text("this is a letter, not a database; " * 100)
    assert problem(make_engine(f"sqlite:///{file}")) == "damaged"


def test_a_read_only_store_is_read_and_a_write_is_refused_in_words(tmp_path):
    file = tmp_path / "s.db"
    make(f"sqlite:///{file}").dispose()
    reader = make_engine(f"sqlite:///file:{file}?mode=ro&uri=true")
    assert check(reader)["built"] == "yes"
    with pytest.raises(StoreProblem) as caught, writing(reader) as connection:
        set_state(connection, x="y")
    assert caught.value.kind == "readonly"


def test_a_second_writer_is_told_that_the_store_is_busy(tmp_path, monkeypatch):
    monkeypatch.setattr("data.patience.WRITE_WAIT_MS", 1)
    file = tmp_path / "s.db"
    engine = make(f"sqlite:///{file}")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreProblem) as caught, writing(engine):
        pass
    assert caught.value.kind == "busy"
    other.close()


def test_a_full_disk_leaves_the_store_as_it_was(tmp_path):
    engine = make(f"sqlite:///{tmp_path / 's.db'}")
    with engine.connect() as connection:
        before = connection.execute(text("SELECT COUNT(*) FROM store_state")).scalar()
        pages = connection.execute(text("PRAGMA page_count")).scalar()
    with pytest.raises(StoreProblem) as caught, writing(engine) as connection:
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
        for number in range(5000):
            connection.execute(insert(t.store_state).values(name=f"n{number}", value="x" * 500))
    assert caught.value.kind == "full"
    with engine.connect() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM store_state")).scalar() == before


def test_the_migrations_make_exactly_the_declared_tables(database_url):
    engine = make_engine(database_url)
    migrate(engine)
    with engine.connect() as connection:
        assert unlike_declared(connection) == []
        assert (
            connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == newest_revision()
        )


def test_the_newest_revision_is_alembics_head_and_each_file_begins_with_its_revision():
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    assert newest_revision() == scripts.get_current_head()
    assert all(Path(one.path).name.startswith(f"{one.revision}_") for one in scripts.walk_revisions())


def test_an_older_store_gets_todays_census_and_keeps_what_was_recorded(tmp_path):
    url = f"sqlite:///{tmp_path / 's.db'}"
    engine = make(url)
    with writing(engine) as connection:
        command.downgrade(_alembic_config(connection), "0008")
    with writing(engine) as connection:
        kept = connection.execute(select(func.count()).select_from(t.programme)).scalar()
        places = census.districts().drop(columns="aliases").set_index("district_code", drop=False)
        here = connection.execute(select(t.district.c.district_code)).scalars().all()
        append_frame(connection, t.district, places.drop(here))
        connection.execute(text(
            "INSERT INTO census_fact (area_code, year, indicator, level, value, unit, counted, source_id)"
            " VALUES ('11', 2025, 'one_person_households', 'city', 1689075, 'households', 1, 'census')"))  # fmt: skip
        set_state(connection, built="yes")
    build(
        url,
        city="office",
        boundaries=tmp_path / "none",
        recorded_at=datetime(2026, 11, 1),
        lake_folder=tmp_path,
    )
    with make_engine(url).connect() as connection:
        c, one = t.census_fact.c, "one_person_households"
        city = select(c.value).where(c.area_code == "11", c.year == 2025, c.indicator == one)
        assert connection.execute(city).scalar() == 1_699_910
        conflict = select(t.published_fact.c.conflict_with).where(t.published_fact.c.fact_id == "F228")
        assert connection.execute(conflict).scalar() == "F225"
        assert connection.execute(select(func.count()).select_from(t.programme)).scalar() == kept > 0


def test_a_store_with_rows_goes_one_version_down_and_up_again_with_all_of_them(database_url):
    """Both ways with rows in place: a step that rebuilds a table that others point at fails only then."""
    engine = make(database_url)
    visit = {"programme_id": "mind_store", "district_code": "11010", "attended_on": date(2026, 9, 1), "age_band": "19-39",
             "sex": "female", "visits": 3, "people": None}  # fmt: skip
    with writing(engine) as connection:
        first = add(connection, "attendance", [visit])
        connection.execute(update(t.attendance).values(superseded_by=first))
    with writing(engine) as connection:
        command.downgrade(_alembic_config(connection), f"{int(newest_revision()) - 1:04d}")
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(select(t.attendance.c.superseded_by)).scalars().all() == [first]
        assert connection.execute(select(t.batch.c.batch_id)).scalars().all() == [first]


def test_an_older_stores_offices_numbers_become_the_pseudonyms_that_a_file_would_get(
    database_url, monkeypatch
):
    monkeypatch.delenv("IEUM_SECRET", raising=False)
    engine = make_engine(database_url)
    migrate(engine, to="0011")
    with writing(engine) as connection:
        book = (
            "INSERT INTO batch (batch_id, kind, table_name, evidence, source_name, content_sha256, rows_accepted, rows_refused,"
            " recorded_at) VALUES ({0}, '{1}', 'counselling_session', '{2}', 'f', 's', 1, 1, '2026-11-01')"
        )
        row = (
            "INSERT INTO counselling_session (row_id, batch_id, session_id, case_id, scheduled_on, status, mode, counsellor_type)"
            " VALUES ({0}, {0}, 'S-{0}', 'K-1', '2026-10-01', 'attended', 'face', 'peer')"
        )
        for number, kind, evidence in ((1, "import", "recorded"), (2, "demo", "synthetic")):
            connection.execute(text(book.format(number, kind, evidence)))
            connection.execute(text(row.format(number)))
        connection.execute(text("INSERT INTO store_state (name, value) VALUES ('pseudonym_key', 'a key')"))
    migrate(engine, to="0012")
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT session_id, case_id FROM counselling_session ORDER BY row_id")
        ).all()
    expected = (
        pseudonym("S-1", secret="a key", kind="session"),
        pseudonym("K-1", secret="a key", kind="case"),
    )
    assert [tuple(one) for one in found] == [expected, ("S-2", "K-1")]
    engine.dispose()


def test_a_failing_transaction_leaves_nothing_behind(database_url):
    engine = make_engine(database_url)
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:
        t.metadata.create_all(connection)
        raise ZeroDivisionError
    assert inspect(engine).get_table_names() == []
