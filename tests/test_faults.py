"""Faults of the store: a message in three seconds, no traceback, normal in ten after the repair; nothing is said to be loaded that is not."""

from __future__ import annotations

import re
import shutil
import time
from datetime import datetime
from pathlib import Path

import pytest
from proof import FULL
from small import make
from sqlalchemy import text

from answers.kept import SHELF
from answers.reader import Reader
from answers.store import Store
from data import audit, patience
from data.engine import StoreProblem, check, make_engine, writing
from tools.faults.__main__ import FAULTS, line, on_files, on_server
from tools.faults.proxy import Proxy
from tools.faults.surface import Met

NOW = datetime(2026, 11, 1)
# One of each way of failing; all of them in `make proof`.
SMALL = (1, 3, 8, 10, 11, 16, 19, 22, 24, 29, 30)
DOCS = Path(__file__).resolve().parent.parent / "docs" / "trust.md"


def wanted(on: str):
    return [one for one in FAULTS if one.on == on and (FULL or one.number in SMALL)]


def all_right(found: list[Met]) -> None:
    # Seconds are measured and written down by `python -m tools.faults`; a busy machine is no wrong message.
    wrong = [line(met) for met in found for said in met.wrong() if "after" not in said]
    assert found and not wrong


@pytest.mark.proof
def test_a_store_in_a_file_that_fails_is_told_and_comes_back(office, tmp_path):
    found: list[Met] = []
    on_files(Path(office.removeprefix("sqlite:///")), wanted("sqlite"), found.append, tmp_path)
    all_right(found)


@pytest.mark.proof
def test_a_store_in_a_server_that_fails_is_told_and_comes_back(office, tmp_path, pg_url):
    found: list[Met] = []
    on_server(Path(office.removeprefix("sqlite:///")), wanted("postgresql"), found.append, tmp_path, pg_url)
    all_right(found)


def test_every_fault_stands_in_the_document_and_none_beside():
    section = DOCS.read_text(encoding="utf-8").partition("### Faults of the store")[2].partition("\n## ")[0]
    told = {
        (int(number), on, name)
        for number, on, name in re.findall(r"^\| (\d+) \| (\w+) \| ([^|]+?) \|", section, re.MULTILINE)
    }
    assert told == {(one.number, one.on, one.name) for one in FAULTS}
    assert len(told) >= 30


# --- What was written and is not there ----------------------------------------------------------------------


def test_what_is_written_into_a_deleted_or_replaced_file_is_not_said_to_stand(tmp_path, small_file):
    file = tmp_path / "s.db"
    for change, kind in ((file.unlink, "absent"), (lambda: shutil.copy(small_file, tmp_path / "o.db") and (tmp_path / "o.db").replace(file), "replaced")):  # fmt: skip
        shutil.copy(small_file, file)
        engine = make_engine(f"sqlite:///{file}")
        with pytest.raises(StoreProblem) as caught, writing(engine) as connection:
            audit.written(connection, "import", at=NOW, rows=3)
            change()
        assert caught.value.kind == kind
        engine.dispose()
        file.unlink(missing_ok=True)
        for beside in ("-wal", "-shm"):
            file.with_name(f"s.db{beside}").unlink(missing_ok=True)


def test_a_file_that_is_gone_is_not_made_anew_by_whoever_asks(tmp_path, small_file):
    file = tmp_path / "s.db"
    shutil.copy(small_file, file)
    engine = make_engine(f"sqlite:///{file}")
    check(engine)
    file.unlink()
    for ask in (engine.connect, lambda: check(engine), lambda: audit.written(engine, "import", at=NOW)):
        with pytest.raises(StoreProblem) as caught:
            ask()
        assert caught.value.kind == "absent"
    assert not file.exists()
    shutil.copy(small_file, file)
    assert check(engine)["built"] == "yes"  # over the same engine
    engine.dispose()


def test_another_store_in_the_same_place_drops_what_was_kept_of_the_former(tmp_path, small_file):
    file = tmp_path / "s.db"
    shutil.copy(small_file, file)
    store = Store.of(f"sqlite:///{file}")
    read = Reader(store)
    assert SHELF.get(read, "name", (), lambda: "of the former") == "of the former"
    shutil.copy(small_file, tmp_path / "o.db")
    (tmp_path / "o.db").replace(file)
    store.changed()
    again = Reader(store)
    assert again.key == read.key  # nothing but the file tells them apart
    assert SHELF.get(again, "name", (), lambda: "of this one") == "of this one"
    store.forget()


def test_batches_that_are_gone_or_changed_are_another_store(tmp_path, small_url):
    from small import add

    engine = make_engine(small_url)
    row = {"programme_id": "mind_store", "district_code": "11010", "attended_on": NOW.date(), "age_band": "19-39", "sex": "female", "visits": 3, "people": None}  # fmt: skip
    with writing(engine) as connection:
        add(connection, "attendance", [row])
    store = Store.of(small_url)
    for statement, kept in (
        ("UPDATE batch SET note = 'x'", True),
        ("UPDATE batch SET recorded_at = '2026-11-02 00:00:00'", False),
    ):
        read = Reader(store)
        SHELF.get(read, "name", (), lambda: "before")
        with writing(engine) as connection:
            connection.execute(text(statement))
        store.changed()
        assert SHELF.get(Reader(store), "name", (), lambda: "after") == ("before" if kept else "after")
    store.forget()
    engine.dispose()


# --- Waiting ------------------------------------------------------------------------------------------------


def test_a_silent_server_is_given_up_and_one_that_works_is_waited_for(pg_url, monkeypatch):
    monkeypatch.setattr(patience, "SILENCE_S", 0.1)
    monkeypatch.setattr(patience, "ANSWER_WITHIN_S", 1.5)  # a busy machine has to say that it lives
    monkeypatch.setattr(patience, "REMEMBERED_S", 0.0)
    host, port = pg_url.rpartition("@")[2].split(":")
    proxy = Proxy(host, int(port))
    engine = make_engine(f"{pg_url.rpartition('@')[0]}@127.0.0.1:{proxy.port}/postgres")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT pg_sleep(0.6), 7")).scalar_one_or_none() is not None
        proxy.mode = "silent"
        with pytest.raises(Exception) as caught:
            connection.execute(text("SELECT 1"))
        assert isinstance(caught.value.__cause__ or caught.value, patience.Silent)
    with pytest.raises(StoreProblem) as told:
        check(engine)
    assert told.value.kind == "silent"
    proxy.break_lines()
    proxy.mend()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()
    proxy.cut()


def test_a_server_that_did_not_answer_is_not_asked_again_at_once(monkeypatch):
    monkeypatch.setattr(patience, "_silent", {("127.0.0.1", 1): time.monotonic()})
    monkeypatch.setattr(patience, "_lives", lambda server: True)
    with pytest.raises(patience.Silent):
        patience.must_live(("127.0.0.1", 1))
    patience.must_live(("127.0.0.1", 2))


def test_a_writer_waits_as_long_as_it_is_told(tmp_path):
    import sqlite3

    file = tmp_path / "s.db"
    make(f"sqlite:///{file}").dispose()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    engine = make_engine(f"sqlite:///{file}", wait_ms=1)
    with engine.connect() as reading:
        assert reading.execute(text("SELECT COUNT(*) FROM store_state")).scalar()  # readers go on
    with pytest.raises(StoreProblem) as caught, writing(engine):
        pass
    assert caught.value.kind == "busy"
    other.execute("COMMIT")
    with writing(engine) as connection:
        connection.execute(text("SELECT 1"))
    other.close()
    engine.dispose()
