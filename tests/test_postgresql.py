"""PostgreSQL for a team: rows come in by COPY as by INSERT, three accounts with the rights of their work."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import psycopg
import pytest
from small import add, make
from sqlalchemy import Engine, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from data import audit, batches, facts, release_requests, releases
from data import tables as t
from data.cities import OFFICE, address
from data.engine import StoreProblem, check, make_engine, writing
from data.imports import load, read_lookups, receive
from data.releases import NoRelease
from tools import plans
from tools.postgres import owner

pytestmark = pytest.mark.postgres
ROLES = Path(__file__).resolve().parent.parent / "deploy" / "postgresql" / "roles.sql"
NOW = datetime(2026, 6, 1)
ODD = [
    "a\tb",
    "back\\slash",
    "line\nline",
    "\\N",
    "",
    "이음 ' \" ; --",
    "\\.",
    "{1,2}",
    "NULL",
    "text\n\\.\nmore",
    "a\r\nb",
    "\r",
    "쉼표, 와",
    "-",
]


@pytest.fixture
def database(pg_url: str) -> Iterator[str]:
    """An empty database of the run's server, its owner's address."""
    name = "t_roles"
    with owner(pg_url) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name}")
        yield f"{pg_url}/{name}"
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def people(ids: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "contact_id": ids, "channel": "phone", "attempted_at": pd.Timestamp("2026-05-03 01:02:03"), "outcome": "answered",
            "person_id": [None, *ids[1:]], "district_code": "11010", "age_band": "40-64", "sex": "female", "topic": None,
            "risk": [True, *[False] * (len(ids) - 1)], "referred": False, "local_date": date(2026, 5, 3), "month_key": 202605,
            "hour": 9, "wait_s": pd.array([None, *range(len(ids) - 1)], "Int64"),
        }
    )  # fmt: skip


def test_copy_brings_in_what_insert_does_in_however_many_portions(database, monkeypatch):
    """Seven portions by three commands; of the first nothing but NULL is known in a column of numbers."""
    monkeypatch.setattr(batches, "CHUNK", 2)
    monkeypatch.setattr(batches, "AT_ONCE", 3)
    engine = make(database)
    frame = people(ODD)
    frame.loc[frame.index[: len(ODD) // 2], "wait_s"] = None
    brought_in = []
    with writing(engine) as connection:
        rows = batches.records(frame)
        for name in ("copy", "insert"):
            batch = add(connection, "hotline_contact", [], sha=name)
            if name == "copy":
                batches.append_frame(connection, t.hotline_contact, frame, batch_id=batch)
            else:
                connection.execute(insert(t.hotline_contact), [{**row, "batch_id": batch} for row in rows])
            found = [
                tuple(row)[3:]  # number, batch and successor are the database's
                for row in connection.execute(
                    select(t.hotline_contact)
                    .where(t.hotline_contact.c.batch_id == batch)
                    .order_by(t.hotline_contact.c.contact_id)
                )
            ]
            connection.execute(t.hotline_contact.delete())
            brought_in.append(found)
    by_copy, by_insert = brought_in
    assert by_copy == by_insert and {row[0] for row in by_copy} == set(ODD)


@pytest.mark.parametrize(
    ("column", "value"), [("district_code", "99999"), ("contact_id", None), ("outcome", "x" * 40)]
)
def test_copy_refuses_what_insert_refuses_and_tells_no_value(database, column, value):
    engine = make(database)
    frame = people(["secret-1", "secret-2"])
    frame[column] = ["secret-1" if column == "contact_id" else frame[column].iloc[0], value]
    kinds = set()
    for by_copy in (True, False):
        with pytest.raises(DBAPIError) as refused, writing(engine) as connection:
            batch = add(connection, "hotline_contact", [], sha=str(by_copy))
            if by_copy:
                batches.append_frame(connection, t.hotline_contact, frame, batch_id=batch)
            else:
                rows = [{**row, "batch_id": batch} for row in batches.records(frame)]
                connection.execute(insert(t.hotline_contact), rows)
        kinds.add((type(refused.value), refused.value.orig.sqlstate))
        if by_copy:
            assert "secret" not in str(refused.value) and "99999" not in str(refused.value)
        with engine.connect() as connection:
            assert connection.execute(select(func.count()).select_from(t.hotline_contact)).scalar() == 0
    assert len(kinds) == 1 and issubclass(kinds.pop()[0], DBAPIError)


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    ("column", "value"), [("hour", "secret-hour"), ("hour", 9.5), ("risk", "secret-risk")]
)
def test_rows_that_cannot_be_written_are_refused_without_a_value(database, monkeypatch, place, column, value):
    """In the portion with which a command begins, and in a later one."""
    monkeypatch.setattr(batches, "CHUNK", 1)
    engine = make(database)
    frame = people(["secret-1", "secret-2"]).astype({column: object})
    frame.loc[frame.index[place], column] = value
    with pytest.raises(DBAPIError, match="hotline_contact") as refused, writing(engine) as connection:
        batch = add(connection, "hotline_contact", [], sha="x")
        monkeypatch.setattr("data.digests.is_noted", lambda *_: False)
        batches.append_frame(connection, t.hotline_contact, frame, batch_id=batch)
    assert "secret" not in str(refused.value)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(t.hotline_contact)).scalar() == 0


def as_role(database: str, role: str) -> Engine:
    return make_engine(address(OFFICE, database.replace("//ieum@", f"//{role}@")))


def run_roles(database: str) -> None:
    with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(ROLES.read_text(encoding="utf-8"))


CALLS = "기간,응답\n2026-05,{}\n"


def brought(engine: Engine, answered: int) -> None:
    with engine.connect() as connection:
        lookups = read_lookups(connection)
    parsed = receive("월별.csv", CALLS.format(answered).encode(), template="hotline_summary", lookups=lookups)
    report = load(engine, parsed, recorded_at=NOW, secret="a secret of some length")
    assert report.ok and report.batch_id is not None


def test_three_accounts_do_their_work_and_nothing_else(database):
    run_roles(database)  # as docs/operations.md has it: before the first build …
    make(address(OFFICE, database.replace("//ieum@", "//ieum_migrator@"))).dispose()
    run_roles(database)  # … and after it
    run_roles(database)  # once more changes nothing
    app, importer, migrator = (as_role(database, f"ieum_{name}") for name in ("app", "importer", "migrator"))
    assert check(app)["city"] == OFFICE
    brought(app, 10)
    brought(importer, 20)
    with app.connect() as connection:
        assert connection.execute(select(func.sum(t.hotline_monthly.c.answered))).scalar() == 20
        assert audit.verify(connection).broken is None
        assert connection.execute(text("SHOW statement_timeout")).scalar() == "2min"
        assert connection.execute(text("SHOW lock_timeout")).scalar() == "2s"  # ours goes on beside it
    refused = {
        app: (
            "CREATE TABLE mine (a int)", "DROP TABLE batch", "ALTER TABLE audit_entry DISABLE TRIGGER USER", "TRUNCATE batch",
            "UPDATE alembic_version SET version_num = '0001'", "CREATE SCHEMA office_r9", "DELETE FROM audit_entry",
            "SELECT pg_read_file('/etc/passwd')", "CREATE TABLE public.mine (a int)",
        ),
        importer: ("SELECT * FROM person", "SELECT * FROM sign_in", "DELETE FROM person_role", "CREATE TABLE mine (a int)",
                   "DELETE FROM audit_entry", "UPDATE audit_entry SET who = 'nobody'"),
        migrator: ("CREATE ROLE other", "SELECT pg_read_file('/etc/passwd')"),
    }  # fmt: skip
    for engine, statements in refused.items():
        for statement in statements:
            with pytest.raises((StoreProblem, DBAPIError)), writing(engine) as connection:
                connection.execute(text(statement))
    with writing(migrator) as connection:
        facts.rebuild(connection)
        connection.execute(text("CREATE SCHEMA office_r1"))


def test_what_was_published_is_the_migrators_alone(database):
    run_roles(database)
    make(address(OFFICE, database.replace("//ieum@", "//ieum_migrator@"))).dispose()
    run_roles(database)
    app, importer, migrator = (as_role(database, f"ieum_{name}") for name in ("app", "importer", "migrator"))
    brought(app, 40)
    assert release_requests.may_make(migrator) and not release_requests.may_make(app)
    with pytest.raises((StoreProblem, DBAPIError)):
        releases.make(app, at=NOW, who="kim")
    with psycopg.connect(
        database.replace("+psycopg", ""), autocommit=True
    ) as admin:  # one who may read a single table
        admin.execute("DROP ROLE IF EXISTS t_report")
        admin.execute("CREATE ROLE t_report LOGIN")
        admin.execute("GRANT CONNECT ON DATABASE t_roles TO t_report")
        admin.execute("GRANT USAGE ON SCHEMA office TO t_report")
        admin.execute("GRANT SELECT ON office.hotline_monthly TO t_report")
    release_requests.ask(app, at=NOW, who="kim")
    with pytest.raises(NoRelease, match="busy"):
        release_requests.ask(app, at=NOW, who="lee")
    # What the service makes is open to the app's account at once, and closed to its changes.
    made = release_requests.answer(migrator, lambda: NOW)
    assert made is not None and (made.state, made.number, made.who) == ("done", 1, "kim")
    with app.connect() as connection:
        found = release_requests.newest(connection)
    assert found is not None and found.number == 1
    with releases.opened(app, 1) as one, one.connect() as connection:
        assert connection.execute(select(func.sum(t.hotline_monthly.c.answered))).scalar() == 40
    report = make_engine(address(OFFICE, database.replace("//ieum@", "//t_report@")))
    with report.connect() as connection:
        assert connection.execute(text("SELECT sum(answered) FROM office_r1.hotline_monthly")).scalar() == 40
    for hidden in ("attendance_daily", "study", "batch"):
        with pytest.raises(DBAPIError), report.connect() as connection:
            connection.execute(text(f"SELECT * FROM office_r1.{hidden}"))
    report.dispose()
    for statement in (
        "INSERT INTO office.release_request (asked_at, who, remark, state) VALUES (now(), 'x', '', 'waiting')",
        "SELECT * FROM office.release_request",
    ):
        with pytest.raises((StoreProblem, DBAPIError)), writing(importer) as connection:
            connection.execute(text(statement))
    for statement in ("UPDATE office.release_request SET who = 'x'", "DELETE FROM office.release_request"):
        with pytest.raises((StoreProblem, DBAPIError)), writing(app) as connection:
            connection.execute(text(statement))
    refused = ("UPDATE office_r1.hotline_monthly SET answered = 1", "DELETE FROM office_r1.release_cell", "DROP SCHEMA office_r1 CASCADE",
               "DELETE FROM office.release", "UPDATE office.release SET remark = 'x'")  # fmt: skip
    for who in (app, importer):
        for statement in refused:
            with pytest.raises((StoreProblem, DBAPIError)), writing(who) as connection:
                connection.execute(text(statement))
    with writing(app) as connection:  # what is worked out of a release is kept in it
        connection.execute(text("DELETE FROM office_r1.study"))
    with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute("DROP OWNED BY t_report")
        admin.execute("DROP ROLE t_report")


def test_a_statement_that_takes_too_long_is_ended_and_told_as_busy(database):
    run_roles(database)
    make(address(OFFICE, database.replace("//ieum@", "//ieum_migrator@"))).dispose()
    run_roles(database)
    with (
        pytest.raises(StoreProblem, match="busy"),
        writing(as_role(database, "ieum_app")) as connection,
    ):
        connection.execute(text("SET LOCAL statement_timeout = '20ms'"))
        connection.execute(text("SELECT pg_sleep(20)"))


def test_main_queries_reach_their_rows_as_is_kept(database):
    """A changed line is a lost index, or a query that no longer meets one: look, then `python -m tools.plans`."""
    engine = make_engine(database)
    plans.fill(engine)
    assert "\n".join(plans.lines(engine)) == plans.FILE.read_text(encoding="utf-8")
