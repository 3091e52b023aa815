"""What is published stays as it was until the next release, and a correction of one to nine records waits for more."""

from __future__ import annotations

import stat
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from small import WHOLE, add, append
from sqlalchemy import Engine, func, insert, select, text, update

from answers import ahead, registry, studies, worker
from answers.reader import Reader, Unreleased
from answers.rights import Rights
from answers.store import Store
from answers.studies import Pending
from answers.viewer import ANONYMOUS, LOCAL, Viewer
from data import audit, backup, cells, cities, coverage, facts, held, release_upkeep, releases, retention
from data import tables as t
from data.batches import close_batch, open_batch
from data.engine import check, make_engine, migrate, newest_revision, sqlite_file, writing
from data.frozen import GONE
from data.imports.pseudonyms import KINDS, pseudonym
from data.soundness import findings
from data.undo import undo
from locales import t as t_

AT = datetime(2026, 11, 2, 3)
MONTH = 202609


def visits(engine: Engine, days: range, *, month: int = MONTH, district: str = "11010") -> int:
    """A batch of single visits, one a day, with its facts."""
    with writing(engine) as connection:
        number = open_batch(
            connection, kind="import", table_name="attendance", source_name="test", content_sha256=f"{days}{month}", recorded_at=AT,
        )  # fmt: skip
        rows = [
            {
                "programme_id": "mind_store", "district_code": district, "attended_on": date(month // 100, month % 100, 1 + day % 28),
                "age_band": "19-39", "sex": ("female", "male")[day // 28 % 2], "visits": 1,
            }
            for day in days
        ]  # fmt: skip
        append(connection, t.attendance, rows, batch_id=number)
        close_batch(connection, number, accepted=len(rows), refused=0)
        coverage.arrived(connection, "attendance", batch_id=number, recorded_at=AT, sent=WHOLE)
        facts.refresh(connection, "attendance", batch_id=number)
    return number


def make(engine: Engine, remark: str = "") -> releases.Release:
    return releases.make(engine, at=AT, remark=remark, who="kim")


@pytest.fixture
def engine(small_url: str):
    """A small office with 24 visits, on SQLite and on PostgreSQL."""
    engine = make_engine(small_url)
    visits(engine, range(24))
    yield engine
    engine.dispose()


@pytest.fixture
def here(small_copy: Engine) -> Engine:
    """The same on SQLite alone, for what no database has a part in."""
    visits(small_copy, range(24))
    return small_copy


def shown(engine: Engine, rights: Rights, month: int = MONTH) -> float:
    """The visits of a month, as somebody with these rights sees them."""
    live = Store(engine.url.render_as_string(hide_password=False))
    store = (live.latest() if rights.released else None) or live
    for one in (live, store):
        one.forget()
    read = Reader(store, rights)
    return float(read.total("attendance_monthly", columns=("visits",), where={"month_key": month})["visits"])


COUNCIL, MANAGER = Viewer("council").rights("office"), Viewer("manager").rights("office")


# --- What waits, and what is taken ------------------------------------------------------------------------


def test_rights_to_released_figures_follow_from_the_role_alone():
    assert COUNCIL.released and ANONYMOUS.rights("demo").released
    for who in (*(Viewer(role) for role in ("manager", "analyst", "importer", "admin")), LOCAL):
        assert not who.rights("demo").released
    assert not Viewer("manager").may("actions", "release") and Viewer("admin").may("actions", "release")


def test_a_correction_waits_until_ten_records_have_changed(engine):
    with pytest.raises(Unreleased):
        shown(engine, COUNCIL)
    make(engine)
    assert (shown(engine, COUNCIL), shown(engine, MANAGER)) == (20, 20)
    visits(engine, range(24, 27))
    assert (shown(engine, COUNCIL), shown(engine, MANAGER)) == (
        20,
        30,
    )  # 27 visits, of which three came since
    second = make(engine)
    assert second.held == (held.Held("attendance", MONTH, 3, 1),)
    assert (shown(engine, COUNCIL), shown(engine, MANAGER)) == (20, 30)
    visits(engine, range(27, 33))
    third = make(engine)  # six more: nine differ from what was published first
    assert third.held == (held.Held("attendance", MONTH, 9, 1),) and shown(engine, COUNCIL) == 20
    visits(engine, range(33, 34))
    fourth = make(engine)
    assert fourth.held == () and shown(engine, COUNCIL) == 30  # 34
    assert [one.number for one in _listed(engine)] == [4, 3, 2, 1]
    assert [e.facts["number"] for e in _trail(engine)] == [4, 3, 2, 1]


def _listed(engine: Engine) -> list[releases.Release]:
    with engine.connect() as connection:
        return releases.listing(connection)


def _trail(engine: Engine) -> list[audit.Entry]:
    with engine.connect() as connection:
        return audit.entries(connection, kinds=("release",))


def test_a_new_month_is_taken_beside_one_that_waits_and_what_is_taken_back_is_no_change(here):
    make(here)
    late = visits(here, range(24, 27))
    visits(here, range(5), month=202610)
    second = make(here)
    assert [(one.family, one.period) for one in second.held] == [("attendance", MONTH)]
    with releases.opened(here, 2) as there, there.connect() as connection:
        c = t.attendance_monthly.c
        rows = connection.execute(select(c.month_key, func.sum(c.visits)).group_by(c.month_key))
        assert {int(month): int(n) for month, n in rows} == {MONTH: 24, 202610: 5}
    undo(here, recorded_at=AT)
    undo(here, late, recorded_at=AT)
    assert make(here).held == (held.Held("attendance", 202610, 5, 2),)  # September is as it was


def test_an_undo_changes_no_release(here):
    make(here)
    before = _bytes_of_release(here)
    undo(here, recorded_at=AT)
    assert shown(here, COUNCIL) == 20 and _bytes_of_release(here) == before and list(_wrong(here)) == []


def _bytes_of_release(engine: Engine) -> list[tuple]:
    with releases.opened(engine, 1) as there, there.connect() as connection:
        return sorted(map(tuple, connection.execute(select(t.release_cell))), key=repr)


def _wrong(engine: Engine) -> list[tuple[str, str]]:
    return [one for one in findings(engine) if one[0] != "mode"]


@pytest.mark.parametrize(
    ("new", "old", "records"),
    [
        ([("a", 7, 1)], [("a", 4, 1)], 3),  # three more
        ([("a", 4, 1), ("b", 9, 1)], [("a", 9, 1), ("b", 4, 1)], 5),  # five moved from one row to another
        ([("a", 7, 90)], [("a", 7, 10)], 1),  # seconds alone: one row differs, so at least one record
        ([(f"d{n}", 1, 2) for n in range(40)], [(f"d{n}", 1, 1) for n in range(40)], 10),  # forty rows: ten records at least
        ([], [("a", 12, 1)], 12),  # gone
    ],
)  # fmt: skip
def test_how_many_records_changed_is_never_told_as_more_than_it_can_be(new, old, records):
    def rows(some: list[tuple[str, int, int]]) -> pd.DataFrame:
        columns = [c.name for c in t.hotline_monthly.c]
        made = [
            {"month_key": MONTH, "district_code": d, "attempts": n, "answered": n, "wait_s": s}
            for d, n, s in some
        ]
        return pd.DataFrame(made, columns=columns)

    assert held.differing(t.hotline_monthly, rows(new), rows(old)).max(axis=1).to_dict() == {MONTH: records}


def calls(engine: Engine, days: range, *, referred: int, gone: range = range(0)) -> None:
    """A batch of answered calls, one a day, of which the first few were referred; those whose days are `gone` are not there any more."""
    c = t.hotline_contact.c
    with writing(engine) as connection:
        rows = [_call(n, referred=n - days.start < referred) for n in days]
        number = add(connection, "hotline_contact", rows, sha=f"{days}{gone}")
        connection.execute(
            update(t.hotline_contact)
            .where(c.contact_id.in_([f"c{n}" for n in gone]))
            .values(superseded_by=number)
        )
        facts.refresh(connection, "hotline_contact", batch_id=number)


def _call(n: int, *, referred: bool) -> dict[str, object]:
    at = datetime(2026, 9, 1 + n % 28, 5)
    return {
        "contact_id": f"c{n}", "channel": "phone", "attempted_at": at, "offered_at": at, "answered_at": at, "ended_at": at,
        "outcome": "answered", "district_code": "11010", "age_band": "19-39", "sex": "female", "topic": "talk", "risk": False,
        "referred": referred, "wrap_s": 5, "local_date": at.date(), "month_key": MONTH, "hour": 14, "wait_s": 100 + n, "handle_s": 10,
    }  # fmt: skip


def _sums(engine: Engine, number: int) -> tuple[int, ...]:
    c = t.hotline_monthly.c
    with releases.opened(engine, number) as there, there.connect() as connection:
        asked = select(*(func.sum(x) for x in (c.attempts, c.answered, c.referred, c.wait_s)))
        return tuple(int(x) for x in connection.execute(asked).one())


def test_a_sum_that_changed_by_few_stays_while_the_month_that_it_is_of_is_taken_anew(engine):
    """Of 60 calls, 20 referred, twelve go, of which one was referred: one less would tell of that call."""
    calls(engine, range(60), referred=20)
    make(engine)
    assert _sums(engine, 1) == (60, 60, 20, sum(range(100, 160)))
    calls(engine, range(0), referred=0, gone=range(19, 31))
    second = make(engine)
    stayed = {one.sum: (one.period, one.records, one.since) for one in second.held}
    assert stayed == {"hotline_monthly.referred": (MONTH, 1, 1), "hotline_topic.referred": (MONTH, 1, 1)}
    assert second.months_held == 1
    assert _sums(engine, 2) == (48, 48, 20, sum(range(100, 160)) - sum(range(119, 131)))
    calls(engine, range(100, 112), referred=9)  # now 28 are referred: eight more than were published
    third = make(engine)
    assert {(one.sum, one.records, one.since) for one in third.held} == {
        ("hotline_monthly.referred", 8, 1),
        ("hotline_topic.referred", 8, 1),
    }
    calls(engine, range(120, 132), referred=2)
    assert make(engine).held == () and _sums(engine, 4)[2] == 30


def test_a_sum_that_had_no_row_in_a_month_that_was_known_waits_as_one_that_had(engine):
    """September had busy lines alone; then twenty more of these come and three answered calls, of which a topic is told."""
    busy = dict.fromkeys(("offered_at", "answered_at", "ended_at", "wait_s", "handle_s", "wrap_s", "topic"))
    with writing(engine) as connection:
        august = {"local_date": date(2026, 8, 3), "month_key": 202608}
        rows = [{**_call(n, referred=False), **busy, "outcome": "busy"} for n in range(40)]
        rows += [{**_call(500 + n, referred=False), **august} for n in range(12)]
        facts.refresh(
            connection, "hotline_contact", batch_id=add(connection, "hotline_contact", rows, sha="a")
        )
    make(engine)
    with writing(engine) as connection:
        rows = [{**_call(n, referred=False), **busy, "outcome": "busy"} for n in range(100, 120)]
        rows += [_call(n, referred=False) for n in range(200, 203)]
        facts.refresh(
            connection, "hotline_contact", batch_id=add(connection, "hotline_contact", rows, sha="b")
        )
    second = make(engine)
    assert {"hotline_monthly.answered", "hotline_topic.answered"} <= {one.sum for one in second.held}
    c = t.hotline_topic.c
    with releases.opened(engine, 2) as there, there.connect() as connection:
        assert connection.execute(select(func.sum(c.answered)).where(c.month_key == MONTH)).scalar() in (
            0,
            None,
        )
        assert (
            connection.execute(
                select(func.sum(t.hotline_monthly.c.attempts)).where(t.hotline_monthly.c.month_key == MONTH)
            ).scalar()
            == 63
        )


def test_calls_that_stay_keep_their_waiting_time_with_them(engine):
    """Busy lines alone make the month new: how long those waited who were answered is divided by their number as it was published."""
    calls(engine, range(60), referred=20)
    make(engine)
    with writing(engine) as connection:
        busy = [{**_call(n, referred=False), "outcome": "busy", **dict.fromkeys(("offered_at", "answered_at", "ended_at", "wait_s", "handle_s", "wrap_s"))}
                for n in range(200, 212)]  # fmt: skip
        number = add(connection, "hotline_contact", [*busy, _call(300, referred=False)], sha="busy")
        facts.refresh(connection, "hotline_contact", batch_id=number)
    second = make(engine)
    assert {"hotline_monthly.answered", "hotline_monthly.offered"} <= {one.sum for one in second.held}
    assert _sums(engine, 2) == (73, 60, 20, sum(range(100, 160)))


def test_rows_that_stand_for_a_sum_alone_hold_nothing_else_and_what_was_not_told_is_no_zero():
    sums = held.counts(t.hotline_monthly)

    def rows(*some: tuple[str, int, float | None]) -> pd.DataFrame:
        every = [
            dict.fromkeys(sums, 0) | {"month_key": MONTH, "district_code": d, "attempts": n, "referred": k}
            for d, n, k in some
        ]
        return pd.DataFrame(every, columns=[c.name for c in t.hotline_monthly.c])  # fmt: skip

    new, old = (
        rows(("a", 12, 3), ("b", 20, None)),
        rows(("a", 15, 4), ("b", 30, None), ("c", 9, 2), ("d", 7, 0)),
    )
    new["offered"] = None  # in this month nobody told it
    made = held.with_former(t.hotline_monthly, new, old, ["referred"]).set_index("district_code")
    assert made["offered"].isna().all()
    untold = held.with_former(t.hotline_monthly, new.assign(referred=None), old.iloc[1:], ["referred"])
    assert untold.set_index("district_code")["referred"].isna()["a"]  # no row before, and not told now
    assert made["attempts"].to_dict() == {"a": 12, "b": 20, "c": 0}
    assert made["referred"].fillna(-1).to_dict() == {"a": 4, "b": -1, "c": 2}
    other = held.with_former(t.hotline_monthly, new, old, ["attempts"]).set_index("district_code")
    assert other["attempts"].to_dict() == {"a": 15, "b": 30, "c": 9, "d": 7}
    assert other["referred"].fillna(-1).to_dict() == {"a": 3, "b": -1, "c": 0, "d": 0}


def test_facts_of_the_same_tables_are_held_together():
    of = held.families()
    assert of["hotline_monthly"] == of["hotline_topic"] == of["hotline_caller"] == "hotline_contact"
    assert of["case_course"] == of["session_monthly"] == of["outcome_monthly"] == "counselling_case"
    assert of["spell_monthly"] == of["return_monthly"] != of["served_yearly"] == "served_yearly"
    assert of["detection_pair"] == of["detection_monthly"] and "ledger_monthly" not in of


# --- What a release holds -----------------------------------------------------------------------------------


def test_a_release_holds_facts_and_no_row_of_persons_and_tells_how_it_was_made(engine):
    made = make(engine, "첫 공표")
    assert (made.number, made.who, made.remark, made.as_of) == (1, "kim", "첫 공표", date(2026, 9, 30))
    assert made.months["attendance"] == (MONTH, MONTH) and made.held == ()
    with releases.opened(engine, 1) as there:
        notes = check(there)
        assert notes["city"] == "office" and notes[GONE] == "attendance"
        with there.connect() as connection:
            assert {
                name: connection.execute(select(func.count()).select_from(t.metadata.tables[name])).scalar()
                for name in (*releases.PERSONS, "attendance", "person", "sign_in", "audit_entry")
            } == dict.fromkeys((*releases.PERSONS, "attendance", "person", "sign_in", "audit_entry"), 0)
            assert set(connection.execute(select(t.arrival.c.rows)).scalars()) == {0}
            assert connection.execute(select(func.sum(t.attendance_monthly.c.visits))).scalar() == 24
            stored = connection.execute(select(t.release_cell)).mappings().all()
            assert len(stored) == made.cells and cells.digest(connection) == made.cells_sha256
        file = sqlite_file(releases.url_of(engine, 1))
        assert file is None or stat.S_IMODE(file.stat().st_mode) == 0o600
    month = {
        (c["grid"], c["span"], c["place"]): c["shown"] for c in stored if c["fact"] == "attendance_monthly"
    }
    assert month[("month_key", "month", str(MONTH))] == month[("all", "year", "2026")] == 20
    assert month[("programme_id district_code", "ever", "mind_store 11010")] == 20
    read = Reader(Store(releases.url_of(engine, 1)))
    assert read.holds("attendance") and not read.holds("spell")


def test_every_table_that_names_a_person_a_case_or_a_contact_is_left_out():
    names = {name for name, table in t.OPERATIONAL.items() if set(KINDS) & set(table.c.keys())}
    assert "counselling_session" in names and names - releases.LEFT_OUT == {
        "ledger_entry"
    }  # whom money went to


def test_a_party_that_money_went_to_leaves_the_books_of_a_release_too(here, tmp_path):
    with writing(here) as connection:
        add(connection, "ledger_entry", [{
            "entry_id": "1", "booked_on": date(2026, 9, 1), "fiscal_year": 2026, "month_key": MONTH, "programme_id": "mind_store", "kind": "expenditure", "amount_krw": 5, "funding": "city", "line_type": "operating", "counterpart": "c0ffee1234567890",
        }])  # fmt: skip
        facts.rebuild(connection)
    make(here)
    retention.erase(here, "c0ffee1234567890", kind="counterpart", at=AT, reason="요청")
    here.dispose()
    assert b"c0ffee1234567890" not in b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert _wrong(here) == []


def test_every_published_cell_is_a_multiple_of_ten_or_withheld(here):
    visits(here, range(7), district="11210")
    with here.connect() as connection:
        made = pd.concat(list(cells.cells(connection)), ignore_index=True)
    assert not made.duplicated(["fact", "grid", "span", "place", "sum"]).any()
    told = made["shown"].dropna().astype(int)
    assert (told % 10 == 0).all() and (told >= 10).all() and made["shown"].isna().any()


def test_a_value_changed_by_hand_in_a_release_is_found(here):
    make(here)
    assert _wrong(here) == []
    with releases.opened(here, 1) as there, writing(there) as connection:
        connection.execute(text("UPDATE attendance_monthly SET visits = visits + 1"))
    assert _wrong(here) == [("release", "1: facts")]
    with releases.opened(here, 1) as there, writing(there) as connection:
        connection.execute(update(t.release_cell).values(shown=50).where(t.release_cell.c.shown == 20))
    assert _wrong(here) == [("release", "1: published cells"), ("release", "1: facts")]


# --- Cut short, older, erased, brought back -----------------------------------------------------------------


def test_a_release_that_was_cut_short_is_not_listed_and_the_next_one_is_whole(engine, monkeypatch):
    make(engine)
    for where in ("data.cells.digest", "data.releases._listed", "data.audit.written"):
        with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
            patch.setattr(where, lambda *_, **__: 1 / 0)
            make(engine)
    assert [one.number for one in _listed(engine)] == [1] and _wrong(engine) == []
    visits(engine, range(24, 44))
    assert make(engine).number == 2 and shown(engine, COUNCIL) == 40 and _wrong(engine) == []


def test_one_release_is_made_at_a_time(engine):
    from data.alone import alone

    with alone(engine, "releases") as mine, pytest.raises(releases.NoRelease, match="busy"):
        assert mine
        make(engine)
    assert make(engine).number == 1


def test_a_study_that_is_behind_the_records_holds_a_release_up(here):
    _study(here, "s", reads="attendance event", version=1)
    make(here)
    visits(here, range(24, 27))
    with pytest.raises(releases.NoRelease, match="late: s"):
        make(here)
    _study(here, "s", reads="attendance event", version=2, content=b"newer")
    make(here)  # its records changed by three: the former result stands
    assert _kept(here, 2) == {"s": b"content"}
    visits(here, range(27, 40))
    _study(here, "s", reads="attendance event", version=3, content=b"newer")
    make(here)
    assert _kept(here, 3) == {"s": b"newer"}


def _study(engine: Engine, name: str, *, reads: str, version: int, content: bytes = b"content") -> None:
    with writing(engine) as connection:
        connection.execute(t.study.delete().where(t.study.c.name == name))
        connection.execute(insert(t.study).values(
            name=name, fingerprint="f", data_version=version, as_of=date(2026, 10, 31), made_at="x", seconds=1.0, content=content, reads=reads,
        ))  # fmt: skip


def _kept(engine: Engine, number: int) -> dict[str, bytes]:
    with releases.opened(engine, number) as there, there.connect() as connection:
        rows = connection.execute(select(t.study.c.name, t.study.c.content))
        return {str(name): bytes(content) for name, content in rows}


def test_an_erased_subject_is_in_no_byte_of_a_release(engine, tmp_path):
    from test_upkeep import SECRET, bytes_of, send

    person = pseudonym("SUBJ-A7", secret=SECRET)
    for table in ("counselling_case", "counselling_session"):
        send(engine, table)
    _study(engine, "s", reads="counselling_case", version=99, content=person.encode())
    _study(engine, "other", reads="ledger_entry", version=99)
    make(engine)
    assert person.encode() in bytes_of(engine, tmp_path) and set(_kept(engine, 1)) == {"s", "other"}
    retention.erase(engine, person, at=AT, reason="정보주체 요청", who="kim")
    engine.dispose()
    assert person.encode() not in bytes_of(engine, tmp_path)
    assert set(_kept(engine, 1)) == {"other"} and _wrong(engine) == [] and shown(engine, COUNCIL) == 20


def test_sums_that_are_over_their_time_leave_releases_too(here):
    make(here)
    retention.apply(here, at=datetime(2031, 12, 1))
    with releases.opened(here, 1) as there, there.connect() as connection:
        assert connection.execute(select(func.count()).select_from(t.attendance_monthly)).scalar() == 0
    assert _wrong(here) == []


def test_a_backup_has_its_releases_beside_it_and_brings_them_back(engine, tmp_path):
    make(engine)
    folder = tmp_path / "b"
    folder.mkdir()
    file = folder / "ieum-office-1.db"
    backup.make(engine, file, at=AT)
    one = backup.beside(file, 1)
    assert backup.verify(file) and one.exists() and stat.S_IMODE(one.stat().st_mode) == 0o600
    with pytest.raises(backup.NoBackup, match="release"):
        backup.restore(
            one, engine.url.render_as_string(hide_password=False), city="office", at=AT, aside=True
        )
    visits(engine, range(24, 56))
    make(engine)
    url = engine.url.render_as_string(hide_password=False)
    engine.dispose()
    backup.restore(file, url, city="office", at=AT, aside=True)
    assert (
        [one.number for one in _listed(engine)] == [1]
        and shown(engine, COUNCIL) == 20
        and _wrong(engine) == []
    )
    assert backup._standing(url) == [1]  # the second went aside with its store
    one.unlink()
    with pytest.raises(backup.NoBackup, match="beside"):
        backup.verify(file)


def test_a_release_of_an_older_layout_is_brought_along(here, monkeypatch):
    from alembic import command

    make(here)
    before = _bytes_of_release(here)
    for url in (releases.url_of(here, 1), here.url.render_as_string(hide_password=False)):
        old = make_engine(url)
        with writing(old) as connection:  # a layout to come, seen from behind it
            connection.execute(text("UPDATE alembic_version SET version_num = '0019'"))
        old.dispose()
    monkeypatch.setattr(command, "upgrade", lambda config, to: config.attributes["connection"].execute(
        text("UPDATE alembic_version SET version_num = :n"), {"n": newest_revision()}))  # fmt: skip
    migrate(here)
    assert release_upkeep.migrated(here) == [1] and release_upkeep.migrated(here) == []
    assert _bytes_of_release(here) == before and _wrong(here) == []


# --- Who is shown which -------------------------------------------------------------------------------------


def test_a_release_makes_no_study_of_records_and_says_what_it_does_not_hold(here):
    make(here)
    store = Store(releases.url_of(here, 1))
    read = Reader(store, COUNCIL)
    with pytest.raises(Pending) as none:
        read.study("reisolation.register")
    assert "공표 판" in none.value.words("ko") and "release" in none.value.words("en")
    worker.make_all(store)
    assert {name.partition("(")[0] for name in _kept(here, 1)} - {
        f"failed:{own}" for own in releases.OWN
    } <= set(releases.OWN)
    found = registry.answer("reisolation.trust", read, "en")
    assert not found.pending and not found.late and found.release == 1


def test_studies_of_facts_alone_are_those_that_a_release_makes_itself():
    assert {one.name for one in studies.every() if one.of_facts} == set(releases.OWN)


def test_what_is_made_of_facts_is_made_of_the_releases_own_and_tells_no_correction_that_waits(
    here, monkeypatch
):
    """24 visits are published, three come: what is worked out of live ones says 30, of the release 20."""
    asked = {"columns": ("visits",), "where": {"month_key": MONTH}}
    own = studies.Study("t.own", ("attendance",), lambda read: float(read.total("attendance_monthly", **asked)["visits"]),
                        lambda read: [()], of_facts=True)  # fmt: skip
    monkeypatch.setattr(studies, "every", lambda: [own])
    monkeypatch.setitem(studies._STUDIES, "t.own", own)
    monkeypatch.setattr(releases, "OWN", ("t.own",))
    live = Store(here.url.render_as_string(hide_password=False))
    make(here)
    visits(here, range(24, 27))
    live.forget()
    assert worker.make_all(live) == 1 and Reader(live).study("t.own") == 30
    make(here)
    assert _kept(here, 2) == {}
    live.forget()
    found = live.latest()
    assert found is not None
    hasty = Reader(found, COUNCIL, patient=False)
    with pytest.raises(Pending) as waits:
        hasty.study("t.own")
    assert not waits.value.frozen and waits.value.words("en") == t_("studies.pending", "en")
    assert worker.of_releases(live) == 2 and worker.of_releases(live) == 0
    found.forget()
    assert hasty.study("t.own") == 20 and Reader(live).study("t.own") == 30
    # What can no longer be read, or was taken out with an erased subject, is made again.
    monkeypatch.setattr(worker, "LOOK_EVERY_S", 0.0)
    looked: worker.Looked = {}
    assert worker.of_releases(live, looked=looked) == 0
    for change in (update(t.study).values(content=b"damaged", made_at="later"), t.study.delete()):
        with releases.opened(here, 2) as there, writing(there) as connection:
            connection.execute(change)
        found.changed()
        with pytest.raises(Pending) as waits:
            hasty.study("t.own")
        assert not waits.value.frozen and not studies.ready(hasty, "t.own")
        assert worker.of_releases(live, looked=looked) == 1
        found.changed()
        assert hasty.study("t.own") == 20 and studies.ready(hasty, "t.own")
    # It stays as it is, whatever becomes of the code or of the live records.
    visits(here, range(27, 50))
    found.forget()
    live.forget()
    assert worker.of_releases(live) == 0 and hasty.study("t.own") == 20


def test_the_first_answers_of_a_release_are_made_of_it_and_say_which_it_is(here):
    make(here)
    visits(here, range(24, 27))
    store = Store(releases.url_of(here, 1))
    assert ahead.make_all(store) > 0
    read = Reader(store, COUNCIL)
    found = registry.answer("programmes", read, "ko")
    assert (found.release, found.released) == (1, "2026-11-02")
    assert ahead.answer(read, "programmes", "ko", found.choices) is not None
    assert _wrong(here) == []  # what is kept beside changes nothing of what was published


@pytest.mark.parametrize("city", ["office", "demo"])
def test_without_a_release_the_office_is_not_shown_and_the_demonstration_is(
    monkeypatch, small_file, tmp_path, city
):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'ieum.db'}")
    url = cities.address(city)
    Path(url.removeprefix("sqlite:///")).write_bytes(small_file.read_bytes())
    engine = make_engine(url)
    with writing(engine) as connection:
        connection.execute(text("UPDATE store_state SET value = :c WHERE name = 'city'"), {"c": city})
    who = Viewer("council").rights(city)
    if city == "office":
        with pytest.raises(Unreleased) as none:
            Reader.shown(city, who)
        assert "공표" in none.value.words("ko")
    else:
        assert Reader.shown(city, who).release is None
    make(engine)
    Store.of_city(city).changed()
    read = Reader.shown(city, who)
    assert read.release is not None and read.release.number == 1
    assert Reader.shown(city, Viewer("manager").rights(city)).release is None
    with pytest.raises(ValueError, match="view"):
        Reader(read.store, Rights("analyst", released=True)) if city == "office" else Reader(
            read.store, Rights("nothing")
        )
    engine.dispose()
