"""Keeping the store in order: values changed by hand are found, backups restored, subjects erased to the last byte, keys kept apart."""

from __future__ import annotations

import json
import sqlite3
import stat
from datetime import date, datetime
from pathlib import Path

import pytest
from small import make
from sqlalchemy import Engine, delete, func, insert, select, text, update

from data import audit, backup, digests, keys, retention, soundness
from data import tables as t
from data.__main__ import main
from data.engine import StoreProblem, make_engine, newest_revision, set_state, sqlite_file, state, writing
from data.imports import load, preview, read_lookups
from data.imports.pseudonyms import pseudonym
from data.undo import undo

NOW = datetime(2026, 11, 1, 9, 30)
SECRET = "a secret of the test"
CASES = (
    "사례번호,대상자 가명,세부사업,자치구,연령대,성별,제공기관,의뢰일,첫 상담일,종결일,종결 사유,계획 회기"
)
SESSIONS = "회기번호,사례번호,예정일,상태,방식,상담가"
FILES = {
    "counselling_case": (
        CASES,
        "사례-90,SUBJ-A7,마음상담,종로구,19-39,여성,한마음,2026-09-01,2026-09-08,,,8",
        "사례-91,P-2,마음상담,중구,19-39,남성,한마음,2026-09-02,2026-09-09,,,8",
    ),
    "counselling_session": (
        SESSIONS,
        "회기-1,사례-90,2026-09-08,출석,대면,전문 상담사",
        "회기-2,사례-91,2026-09-09,출석,대면,전문 상담사",
    ),
    "attendance": (
        "세부사업,자치구,이용일,연령대,성별,이용 건수",
        "서울마음편의점,종로구,2026-09-01,19-39,여성,3",
        "서울마음편의점,중구,2026-09-02,19-39,남성,4",
    ),
}


@pytest.fixture
def engine(small_url: str):
    engine = make_engine(small_url)
    yield engine
    engine.dispose()


def send(engine: Engine, table: str, *, lines: tuple[str, ...] | None = None) -> int:
    content = "\r\n".join([*(lines or FILES[table]), ""]).encode()
    with engine.connect() as connection:
        parsed = preview("a.csv", content, template=table, lookups=read_lookups(connection))
    assert not parsed.problems, [p.said("en") for p in parsed.problems]
    report = load(engine, parsed, recorded_at=NOW, secret=SECRET)
    assert report.batch_id is not None
    return report.batch_id


def found(engine: Engine) -> list[tuple[str, str]]:
    return [one for one in soundness.findings(engine) if one[0] != "mode"]


def count(engine: Engine, name: str) -> int:
    with engine.connect() as connection:
        return int(
            connection.execute(select(func.count()).select_from(t.metadata.tables[name])).scalar() or 0
        )


# --- Values changed by hand -------------------------------------------------------------------------------


def test_a_sound_store_has_no_findings_also_after_corrections_and_an_undo(engine):
    for table in FILES:
        send(engine, table)
    head, first, _ = FILES["attendance"]
    again = send(engine, "attendance", lines=(head, first[:-1] + "9"))
    assert found(engine) == []
    undo(engine, again, recorded_at=NOW)
    assert found(engine) == []


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE attendance SET visits = 4 WHERE visits = 3", {"batch", "fact"}),
        ("UPDATE counselling_case SET provider_id = 'x' WHERE row_id = 1", {"batch", "fact"}),
        ("UPDATE counselling_session SET scheduled_on = '2026-09-10' WHERE row_id = 1", {"batch"}),
        ("DELETE FROM counselling_session WHERE row_id = 2", {"batch", "fact"}),
        ("UPDATE attendance SET superseded_by = batch_id WHERE visits = 3", {"fact"}),
        ("UPDATE attendance_monthly SET visits = visits + 1", {"fact"}),
    ],
)
def test_a_value_changed_by_hand_is_found(engine, statement, expected):
    for table in FILES:
        send(engine, table)
    with writing(engine) as connection:
        connection.execute(text(statement))
    assert {kind for kind, _ in found(engine)} == expected
    if "batch" in expected:
        with engine.connect() as connection:
            (one,) = digests.changed(connection)
        assert one.table_name in statement


def test_a_digest_does_not_depend_on_portions_or_on_the_database(tmp_path, monkeypatch):
    seen = set()
    for portion in (1, 20_000):
        monkeypatch.setattr("data.batches.CHUNK", portion)
        monkeypatch.setattr("data.digests.PORTION", portion)
        engine = make(f"sqlite:///{tmp_path / f'{portion}.db'}")
        send(engine, "attendance")
        with engine.connect() as connection:
            seen.add(connection.execute(select(t.batch.c.rows_digest)).scalar())
            assert digests.changed(connection) == []
        engine.dispose()
    assert len(seen) == 1


def test_a_store_older_than_digests_gets_them_from_its_rows(engine):
    number = send(engine, "attendance")
    with writing(engine) as connection:
        before = connection.execute(select(t.batch.c.rows_digest)).scalar()
        connection.execute(update(t.batch).values(rows_digest=None))
        assert digests.restate(connection) == 1
        after = select(t.batch.c.rows_digest).where(t.batch.c.batch_id == number)
        assert connection.execute(after).scalar() == before is not None


# --- Backups ----------------------------------------------------------------------------------------------


def every_row(engine: Engine) -> dict[str, list[tuple]]:
    with engine.connect() as connection:
        return {
            name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for name, table in t.metadata.tables.items()
            if name != "audit_entry"
        }


def test_a_backup_holds_every_row_and_is_restored_on_either_database(engine, tmp_path):
    for table in FILES:
        send(engine, table)
    file = tmp_path / "b" / "ieum-office.db"
    file.parent.mkdir()
    slip = backup.make(engine, file, at=NOW, who="kim")
    assert backup.verify(file) == slip and slip.city == "office" and slip.revision == newest_revision()
    for one in (file, backup.slip_of(file)):
        assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert {p.name for p in file.parent.iterdir()} == {"ieum-office.db", "ieum-office.db.json"}
    before, url = every_row(engine), engine.url.render_as_string(hide_password=False)
    send(engine, "attendance", lines=(FILES["attendance"][0], FILES["attendance"][1][:-1] + "7"))
    with pytest.raises(backup.NoBackup) as refused:
        backup.restore(file, url, city="office", at=NOW)
    assert refused.value.reason == "stands"
    assert count(engine, "attendance") == 3  # nothing was touched
    engine.dispose()
    former = backup.restore(file, url, city="office", at=NOW, who="kim", aside=True)
    assert former
    again = make_engine(url)
    assert every_row(again) == before and found(again) == []
    with again.connect() as connection:
        assert [e.kind for e in audit.entries(connection, last=2)] == ["restore", "backup"]
    send(
        again, "attendance", lines=(FILES["attendance"][0], FILES["attendance"][1][:-1] + "8")
    )  # numbers go on
    again.dispose()
    new = tmp_path / "new" / "ieum-office.db"
    backup.restore(file, f"sqlite:///{new}", city="office", at=NOW)  # from either database into a file
    fresh = make_engine(f"sqlite:///{new}")
    assert every_row(fresh) == before and list(soundness.findings(fresh)) == []
    fresh.dispose()


def test_a_backup_is_taken_while_somebody_writes_and_holds_a_moment(engine, tmp_path):
    send(engine, "attendance")
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:
        connection.execute(delete(t.attendance))
        if engine.dialect.name == "postgresql":
            backup.make(engine, tmp_path / "b.db", at=NOW)
        else:  # the trail's entry waits for the writer; the copy does not
            backup.make_file(tmp_path / "b.db")
            backup._copy_file(engine, tmp_path / "b.db")
        raise ZeroDivisionError
    copy = make_engine(f"sqlite:///{tmp_path / 'b.db'}")
    assert count(copy, "attendance") == 2
    copy.dispose()


def test_a_backup_that_was_changed_is_refused(tmp_path, small_file):
    url = f"sqlite:///{tmp_path / 's.db'}"
    (tmp_path / "s.db").write_bytes(small_file.read_bytes())
    engine = make_engine(url)
    file = tmp_path / "b.db"
    backup.make(engine, file, at=NOW)
    with pytest.raises(backup.NoBackup, match="exists"):
        backup.make(engine, file, at=NOW)
    content = bytearray(file.read_bytes())
    content[-100] ^= 1
    file.write_bytes(content)
    for act in (
        lambda: backup.verify(file),
        lambda: backup.restore(file, url, city="office", at=NOW, aside=True),
    ):
        with pytest.raises(backup.NoBackup) as refused:
            act()
        assert refused.value.reason == "changed"
    content[-100] ^= 1
    file.write_bytes(content)
    with pytest.raises(backup.NoBackup, match="city"):
        backup.restore(file, url, city="demo", at=NOW, aside=True)
    told = json.loads(backup.slip_of(file).read_text())
    backup.slip_of(file).write_text(json.dumps({**told, "audit_head": "9:x"}))
    with pytest.raises(backup.NoBackup, match="trail"):
        backup.verify(file)
    backup.slip_of(file).unlink()
    with pytest.raises(backup.NoBackup, match="slip"):
        backup.verify(file)
    with pytest.raises(backup.NoBackup, match="absent"):
        backup.verify(tmp_path / "none.db")
    assert (tmp_path / "s.db").exists()
    engine.dispose()


# --- A subject ----------------------------------------------------------------------------------------------


def bytes_of(engine: Engine, folder: Path) -> bytes:
    """Every byte that a store keeps: of SQLite its folder, of PostgreSQL every value and every file of its tables."""
    if sqlite_file(engine.url.render_as_string(hide_password=False)) is not None:
        return b"".join(p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file())
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("CHECKPOINT")
        root = connection.execute(text("SHOW data_directory")).scalar()
        names = connection.execute(
            text("SELECT pg_relation_filepath(oid) FROM pg_class WHERE relkind IN ('r', 't', 'i')")
        ).scalars()
        return b"".join(
            (Path(str(root)) / name).read_bytes()
            for name in names
            if name and (Path(str(root)) / name).exists()
        )


@pytest.mark.parametrize("how", ["original", "pseudonym"])
def test_an_erased_subject_is_in_no_byte_of_the_store(engine, tmp_path, how):
    person = pseudonym("SUBJ-A7", secret=SECRET)
    case = pseudonym("사례-90", secret=SECRET, kind="case")
    for table in FILES:
        send(engine, table)
    with writing(engine) as connection:
        connection.execute(insert(t.study).values(
            name="s", fingerprint="f", data_version=1, as_of=date(2026, 10, 31), made_at="x", seconds=1.0, content=f"..{person}..".encode(),
        ))  # fmt: skip
    head, first, _ = FILES["counselling_case"]
    send(engine, "counselling_case", lines=(head, first[:-1] + "9"))  # an earlier version stands superseded
    file = tmp_path / "b" / "ieum-office-1.db"
    file.parent.mkdir()
    backup.make(engine, file, at=NOW)
    before = bytes_of(engine, tmp_path)
    assert person.encode() in before and case.encode() in before
    assert b"SUBJ-A7" not in before  # a number of the office's own never stands there
    subject = retention.pseudonyms(
        "SUBJ-A7" if how == "original" else person, kind="person_id", secret=SECRET
    )
    gone = retention.erase(engine, subject, at=NOW, reason="정보주체 요청 12호", who="kim")
    assert gone == {"counselling_case": 2, "counselling_session": 1}
    assert backup.without(file, lambda copy: retention.erase(copy, subject, at=NOW, reason="r")) == gone
    engine.dispose()
    after = bytes_of(engine, tmp_path)
    for said in (person, case, "SUBJ-A7"):
        assert said.encode() not in after
    assert found(engine) == []  # facts follow, digests are of what is left
    backup.verify(file)
    with engine.connect() as connection:
        (entry,) = audit.entries(connection, kinds=("erasure",))
        assert connection.execute(select(t.counselling_session.c.row_id)).scalars().all() == [2]
    assert (entry.who, entry.facts) == (
        "kim",
        {
            "reason": "정보주체 요청 12호",
            "number": "person_id",
            "counselling_case": 2,
            "counselling_session": 1,
        },
    )


def test_erasing_somebody_unknown_changes_nothing_and_is_told(engine):
    send(engine, "counselling_case")
    assert retention.erase(engine, "0" * 16, at=NOW, reason="r") == {}
    assert count(engine, "counselling_case") == 2
    with engine.connect() as connection:
        assert audit.entries(connection, kinds=("erasure",))[0].facts == {
            "reason": "r",
            "number": "person_id",
        }
    for odd in (lambda: retention.pseudonyms("x", kind="name", secret="s"), lambda: retention.pseudonyms(" ", kind="case_id", secret="s"), lambda: retention.erase(engine, "x", at=NOW, reason=" ")):  # fmt: skip
        with pytest.raises(ValueError):
            odd()


# --- Periods ------------------------------------------------------------------------------------------------


def test_every_table_says_how_long_it_is_kept_and_why():
    for name, table in t.metadata.tables.items():
        rule = retention.rule_of(name)
        assert rule.ko and rule.en
        assert (rule.years is None) == (rule.column is None) or name == "refused_row"
        if rule.column:
            assert rule.column in table.c
    holds_persons = {
        n
        for n, table in t.OPERATIONAL.items()
        if {"person_id", "respondent_id", "case_id"} & set(table.c.keys())
    }
    assert all(retention.RULES[name].years for name in holds_persons)


def test_what_is_over_its_time_goes_and_the_rest_stays(engine):
    head, old, new = FILES["attendance"]
    send(engine, "attendance", lines=(head, old.replace("2026-09-01", "2020-03-05"), new))
    late = datetime(2026, 12, 1)
    with engine.connect() as connection:
        assert retention.due(connection, on=late.date())["attendance"] == 1
    assert retention.apply(engine, at=late, who="kim") == {"attendance": 1}
    assert retention.apply(engine, at=late) == {}
    with engine.connect() as connection:
        assert connection.execute(select(t.attendance.c.attended_on)).scalars().all() == [date(2026, 9, 2)]
        assert [e.facts for e in audit.entries(connection, kinds=("retention",))] == [{"attendance": 1}]
        assert retention.due(connection, on=late.date())["attendance"] == 0
    assert found(engine) == []


def test_five_years_end_on_the_day(engine):
    head, first, _ = FILES["attendance"]
    send(engine, "attendance", lines=(head, first.replace("2026-09-01", "2021-11-01")))
    with engine.connect() as connection:
        assert retention.due(connection, on=date(2026, 11, 1))["attendance"] == 0
        assert retention.due(connection, on=date(2026, 11, 2))["attendance"] == 1


# --- Key and file -------------------------------------------------------------------------------------------


@pytest.fixture
def keyless(monkeypatch, tmp_path):
    monkeypatch.delenv("IEUM_SECRET", raising=False)
    monkeypatch.setenv("IEUM_KEY_FILE", str(tmp_path / "elsewhere" / "k.key"))
    return tmp_path / "elsewhere" / "k.key"


def test_the_key_is_made_once_outside_of_the_store(engine, keyless):
    key = keys.pseudonym_key(engine)
    assert keys.pseudonym_key(engine) == key == keyless.read_text().strip()
    assert stat.S_IMODE(keyless.stat().st_mode) == 0o600
    with engine.connect() as connection:
        assert key not in repr(state(connection))


def test_a_key_that_an_older_version_kept_in_the_store_is_moved_out(engine, keyless, tmp_path):
    with writing(engine) as connection:
        set_state(connection, pseudonym_key="old" * 20)
    assert keys.pseudonym_key(engine) == "old" * 20 == keyless.read_text().strip()
    with engine.connect() as connection:
        assert "pseudonym_key" not in state(connection)


def test_another_key_is_refused_instead_of_making_two_of_one_person(engine, keyless, monkeypatch):
    keys.pseudonym_key(engine)
    keyless.unlink()
    with pytest.raises(StoreProblem) as lost:
        keys.pseudonym_key(engine)
    monkeypatch.setenv("IEUM_SECRET", "another")
    with pytest.raises(StoreProblem) as other:
        keys.pseudonym_key(engine)
    assert lost.value.kind == other.value.kind == "key"
    assert not keyless.exists()


def test_a_store_is_its_owners_alone_and_one_that_others_can_read_is_named(tmp_path):
    file = tmp_path / "s.db"
    engine = make(f"sqlite:///{file}")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(soundness.findings(engine)) == []
    file.chmod(0o644)
    assert ("mode", "s.db 644") in list(soundness.findings(engine))
    engine.dispose()


# --- The commands -------------------------------------------------------------------------------------------


def test_the_commands_back_up_find_restore_and_erase(tmp_path, monkeypatch, capsys, keyless):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'ieum.db'}")
    store = tmp_path / "ieum-office.db"
    engine = make(f"sqlite:///{store}")
    monkeypatch.setattr("test_upkeep.SECRET", keys.pseudonym_key(engine))
    for table in FILES:
        send(engine, table)
    engine.dispose()

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["data", *arguments])
        return main(), capsys.readouterr().out

    assert run("verify") == (0, "저장소에 이상이 없습니다.\nThe store is sound.\n")
    code, said = run("backup", "--to", str(tmp_path / "backups"))
    (file,) = (tmp_path / "backups").glob("*.db")
    assert code == 0 and "verified" in said
    assert run("verify", str(file))[0] == 0
    with sqlite3.connect(store) as by_hand:
        by_hand.execute("UPDATE attendance SET visits = 77 WHERE visits = 3")
    code, said = run("verify")
    assert code == 1 and "Batch 3 (attendance): a value was changed" in said
    code, said = run("restore", str(file))
    assert code == 1 and "was not written over" in said
    assert run("restore", str(file), "--aside")[0] == 0
    assert run("verify")[0] == 0
    code, said = run("erase", "SUBJ-A7", "--reason", "12호", "--backups", str(tmp_path / "backups"))
    assert code == 0 and "2 rows erased" in said and f"{file.name}: 2" in said
    code, said = run("retention")
    assert code == 0 and "attendance 5y 0" in said
    assert run("audit", "verify")[0] == 0
