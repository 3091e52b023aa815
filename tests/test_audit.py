"""The audit trail: appended in the transaction of what it tells of, chained, never changed, broken links named."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime

import pytest
from small import make
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from data import audit, coverage, scenarios, setup
from data.__main__ import main
from data.engine import StoreProblem, make_engine, migrate, writing
from data.imports import load, preview, read_lookups
from data.undo import undo

NOW = datetime(2026, 11, 1, 9, 30)
FILE = "세부사업,자치구,이용일,연령대,성별,이용 건수\r\n서울마음편의점,종로구,2026-09-01,19-39,여성,3\r\n"


@pytest.fixture
def engine(small_url: str):
    engine = make_engine(small_url)
    yield engine
    engine.dispose()


def filled(engine: Engine, n: int = 5) -> None:
    for number in range(n):
        audit.written(engine, "refusal", "kim", at=NOW, page="map", number=number)


def verdict(engine: Engine, **named: str) -> audit.Verdict:
    with engine.connect() as connection:
        return audit.verify(connection, **named)


def behind_the_guards(engine: Engine, *statements: str) -> None:
    """As somebody who owns the database file or schema can do."""
    off = {
        "sqlite": [f"DROP TRIGGER audit_entry_kept_{what}" for what in ("update", "delete", "insert")],
        "postgresql": ["ALTER TABLE audit_entry DISABLE TRIGGER USER"],
    }[engine.dialect.name]
    with writing(engine) as connection:
        for statement in (*off, *statements):
            connection.execute(text(statement))


def send(engine: Engine) -> int:
    with engine.connect() as connection:
        parsed = preview(
            "실적.csv", FILE.encode("cp949"), template="attendance", lookups=read_lookups(connection)
        )
    report = load(engine, parsed, recorded_at=NOW, secret="a secret of the test", who="lee")
    assert report.batch_id is not None
    return report.batch_id


def test_what_is_appended_is_read_back_and_holds(engine):
    assert verdict(engine) == audit.Verdict(0, "0:")
    assert audit.written(engine, "sign_in", "kim", at=NOW, role="manager", districts=["11010"]) == 1
    filled(engine)
    with engine.connect() as connection:
        newest, *_, oldest = audit.entries(connection)
        head = audit.head(connection)
        assert [e.entry_id for e in audit.entries(connection, kinds=("sign_in",), who="kim")] == [1]
    assert (oldest.kind, oldest.who, oldest.facts) == (
        "sign_in",
        "kim",
        {"role": "manager", "districts": ["11010"]},
    )
    assert newest.entry_id == 6
    assert verdict(engine) == audit.Verdict(6, head)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET who = 'nobody'",
        "DELETE FROM audit_entry WHERE entry_id = 5",
        "INSERT INTO audit_entry VALUES (9, '2026', 'undo', 'x', '{}', '', '')",
        "INSERT INTO audit_entry VALUES (3, '2026', 'undo', 'x', '{}', '', '')",
    ],
)
def test_the_store_refuses_what_is_no_appending(engine, statement):
    filled(engine)
    with pytest.raises((DBAPIError, StoreProblem)), writing(engine) as connection:
        connection.execute(text(statement))
    assert verdict(engine).broken is None and verdict(engine).entries == 5


def test_replacing_or_emptying_is_refused_too(engine):
    filled(engine)
    statement = {
        "sqlite": "INSERT OR REPLACE INTO audit_entry VALUES (5, '2026', 'undo', 'x', '{}', '', '')",
        "postgresql": "TRUNCATE audit_entry",
    }[engine.dialect.name]
    with pytest.raises(DBAPIError), writing(engine) as connection:
        connection.execute(text(statement))
    assert verdict(engine).entries == 5


@pytest.mark.parametrize(
    ("statement", "broken", "why"),
    [
        ("UPDATE audit_entry SET who = 'lee' WHERE entry_id = 2", 2, "content"),
        ("UPDATE audit_entry SET facts = '{}' WHERE entry_id = 5", 5, "content"),
        ("UPDATE audit_entry SET previous = 'x' WHERE entry_id = 3", 3, "previous"),
        ("DELETE FROM audit_entry WHERE entry_id = 3", 3, "order"),
        ("DELETE FROM audit_entry WHERE entry_id = 1", 1, "order"),
    ],
)
def test_whoever_gets_past_the_guards_breaks_the_chain_at_that_link(engine, statement, broken, why):
    filled(engine)
    behind_the_guards(engine, statement)
    found = verdict(engine)
    assert (found.broken, found.why) == (broken, why)


def test_an_entry_that_was_rewritten_with_a_fitting_hash_breaks_the_next_link(engine):
    filled(engine)
    row = {"entry_id": 2, "at": NOW.isoformat(), "kind": "refusal", "who": "lee", "facts": "{}"}
    with engine.connect() as connection:
        row["previous"] = connection.execute(
            text("SELECT digest FROM audit_entry WHERE entry_id = 1")
        ).scalar()
    fitting = audit._digest(row)
    behind_the_guards(
        engine, f"UPDATE audit_entry SET who = 'lee', facts = '{{}}', digest = '{fitting}' WHERE entry_id = 2"
    )
    assert (verdict(engine).broken, verdict(engine).why) == (3, "previous")


def test_an_end_that_was_cut_off_shows_against_a_head_noted_before(engine):
    filled(engine)
    noted = verdict(engine).head
    filled(engine, 1)
    assert verdict(engine, noted=noted).broken is None
    behind_the_guards(engine, "DELETE FROM audit_entry WHERE entry_id > 3")
    assert verdict(engine).broken is None  # what is left holds by itself
    assert (verdict(engine, noted=noted).broken, verdict(engine, noted=noted).why) == (4, "head")


def test_writers_at_once_make_one_chain(engine):
    failed: list[BaseException] = []

    def write(who: str) -> None:
        try:
            for _ in range(10):
                audit.written(engine, "export", who, at=NOW, rows=3)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in ("kim", "lee", "park", "choi")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert verdict(engine).broken is None and verdict(engine).entries == 40


def test_an_entry_stands_or_falls_with_its_transaction(engine):
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:
        audit.written(connection, "release", "kim", at=NOW, version=1)
        raise ZeroDivisionError
    assert verdict(engine).entries == 0


@pytest.mark.parametrize(
    ("kind", "who", "at", "facts"),
    [
        ("gossip", "kim", NOW, {}),
        ("export", " ", NOW, {}),
        ("export", "kim", NOW.replace(tzinfo=UTC), {}),
        ("export", "kim", NOW, {"frame": object()}),
        ("export", "kim", NOW, {"share": float("nan")}),
    ],
)
def test_odd_entries_are_refused(engine, kind, who, at, facts):
    with pytest.raises(ValueError):
        audit.written(engine, kind, who, at=at, **facts)
    assert verdict(engine).entries == 0


def test_whatever_changes_the_store_is_in_the_trail(engine):
    number = send(engine)
    undo(engine, number, recorded_at=NOW, who="lee")
    with writing(engine) as connection:
        coverage.close(
            connection, "attendance", 202609, author="박", reason="다 왔다", recorded_at=NOW, who="park"
        )
    row = {"name_ko": "복지정책과", "body": "자치구"}
    setup.save(
        engine, "owner_unit", [row], author="최", reason="조직 개편", seen=99, recorded_at=NOW, who="choi"
    )
    scenarios.edit(
        engine, lever_id="l", changes={"share": (1, 2)}, reason="r", author="a", recorded_at=NOW, who="kim"
    )
    with engine.connect() as connection:
        found = [(e.kind, e.who, e.facts.get("batch")) for e in reversed(audit.entries(connection))]
        told = audit.entries(connection, kinds=("import",))[0].facts
    assert found == [
        ("import", "lee", number),
        ("undo", "lee", number + 1),
        ("closing", "park", number + 2),
        ("set_up", "choi", number + 3),
        ("assumption", "kim", None),
    ]
    assert (told["table"], told["added"], told["refused"]) == ("attendance", 1, 0)
    assert verdict(engine).broken is None


def test_the_command_names_the_first_broken_link(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'ieum.db'}")
    engine = make(f"sqlite:///{tmp_path / 'ieum-office.db'}")
    filled(engine)
    engine.dispose()

    def run(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["data", "audit", *arguments])
        return main()

    assert run("verify") == 0
    assert run("list", "--last", "2") == 0
    out = capsys.readouterr().out
    assert "All 5 entries hold" in out and '5 2026-11-01T09:30:00 refusal kim {"number": 4' in out
    with sqlite3.connect(tmp_path / "ieum-office.db") as file:
        file.execute("DROP TRIGGER audit_entry_kept_update")
        file.execute("UPDATE audit_entry SET at = '2026-01-01T00:00:00' WHERE entry_id = 4")
    assert run("verify") == 1
    assert "Entry 4 does not hold" in capsys.readouterr().out


def test_the_trail_comes_and_goes_with_its_migration(database_url):
    from alembic import command

    from data.engine import _alembic_config

    engine = make_engine(database_url)
    migrate(engine)
    filled(engine, 2)
    for _ in range(2):
        with writing(engine) as connection:
            command.downgrade(_alembic_config(connection), "0015")
        migrate(engine)
    assert verdict(engine).entries == 0
    filled(engine, 2)
    assert verdict(engine).entries == 2
    engine.dispose()
