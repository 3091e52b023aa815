"""Two cities that never mix: their addresses, how a mixed store is split, and what an office's own city shows."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sqlite3
from datetime import date, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from screen import html, launched, place, words_of
from small import add, make
from sqlalchemy import MetaData, func, insert, select, text

from answers import __main__ as command
from answers import registry
from answers.kept import SHELF
from answers.reader import Reader
from answers.store import Store
from answers.viewer import LOCAL
from data import census, cities, facts, plan, queries, split, thread_facts
from data import tables as t
from data.batches import records
from data.engine import check, make_engine, migrate, set_state, writing
from data.imports import import_files
from locales import LANGUAGES
from locales import t as say
from serve import asked
from ui import shell

NOW = datetime(2026, 11, 1)
VISIT = {"programme_id": "mind_store", "attended_on": date(2026, 9, 1), "age_band": "65+", "sex": "female"}


# ── Addresses ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("at", "demo", "office"),
    [
        ("sqlite:////a/ieum.db", "sqlite:////a/ieum-demo.db", "sqlite:////a/ieum-office.db"),
        ("sqlite:///b.sqlite", "sqlite:///b-demo.sqlite", "sqlite:///b-office.sqlite"),
        ("sqlite:///file:/a/i.db?mode=ro&uri=true", "sqlite:///file:/a/i-demo.db?mode=ro&uri=true",
         "sqlite:///file:/a/i-office.db?mode=ro&uri=true"),
        ("postgresql+psycopg://me:word@host/ieum", "postgresql+psycopg://me:word@host/ieum?options=-csearch_path%3Ddemo",
         "postgresql+psycopg://me:word@host/ieum?options=-csearch_path%3Doffice"),
    ],
)  # fmt: skip
def test_both_stores_stand_beside_the_place_that_is_named(at, demo, office):
    assert (cities.address("demo", at), cities.address("office", at)) == (demo, office)
    if ".db" in at:
        assert place(demo) == place(office) == at


def test_no_third_city_and_no_store_in_memory():
    with pytest.raises(ValueError, match="busan"):
        cities.address("busan", "sqlite:///a.db")
    with pytest.raises(ValueError, match="file"):
        cities.address("office", "sqlite://")


def test_a_setting_turns_the_demonstration_off(monkeypatch):
    assert cities.on_offer() == ("demo", "office")
    for word in ("off", "OFF", "0", "no"):
        monkeypatch.setenv(cities.SETTING, word)
        assert cities.on_offer() == ("office",)


def test_one_database_holds_both_cities_each_with_its_own_rows(database_url, tmp_path):
    at = database_url.replace("empty.db", "both.db")
    for city, visits in (("demo", 30), ("office", 40)):
        engine = make(cities.address(city, at), city=city)
        with writing(engine) as connection:
            add(connection, "attendance", [{**VISIT, "district_code": "11010", "visits": visits}])
        engine.dispose()
    for city, visits in (("demo", 30), ("office", 40)):
        engine = make_engine(cities.address(city, at))
        assert check(engine)["city"] == city
        with engine.connect() as connection:
            assert connection.execute(select(t.attendance.c.visits)).scalars().all() == [visits]
        engine.dispose()


# ── A mixed store is split ────────────────────────────────────────────────────────────────────────


def mixed(at: str) -> None:
    """A store as the version before wrote it: made rows, two imports that retired and corrected, a recorded lake."""
    engine = make_engine(at)
    migrate(engine, to=split.LAST_MIXED)
    old = MetaData()
    with writing(engine) as connection:
        old.reflect(bind=connection)
        tables = old.tables
        put = {
            "district": census.districts(),
            "strategy": plan.strategies(),
            "task": plan.tasks(),
            "programme": plan.programmes(),
        }
        for name, rows in put.items():
            columns = [c.name for c in tables[name].columns if c.name in rows]
            connection.execute(insert(tables[name]), records(rows[columns]))
        kinds = (("demo", "attendance", "synthetic"), ("demo", "event", "published"), ("import", "attendance", "recorded"),
                 ("import", "attendance", "recorded"), ("import", "detection_monthly", "recorded"))  # fmt: skip
        for number, (kind, table, evidence) in enumerate(kinds, start=1):
            connection.execute(insert(tables["batch"]).values(
                batch_id=number, kind=kind, table_name=table, evidence=evidence, source_name=f"{kind}{number}",
                content_sha256=str(number), rows_accepted=1, rows_refused=0, recorded_at=NOW))  # fmt: skip
        visit = {**VISIT, "district_code": "11010"}
        rows = [
            (1, 3, date(2026, 9, 1), 100), (1, 3, date(2026, 9, 2), 101), (1, None, date(2026, 8, 1), 102),
            (3, 4, date(2026, 9, 1), 12), (3, None, date(2026, 9, 3), 13), (4, None, date(2026, 9, 1), 14),
        ]  # fmt: skip
        connection.execute(insert(tables["attendance"]), [
            {**visit, "batch_id": batch, "superseded_by": by, "attended_on": day, "visits": n} for batch, by, day, n in rows
        ])  # fmt: skip
        connection.execute(insert(tables["event"]).values(
            batch_id=2, event_id="e", happened_on=date(2025, 4, 1), kind="launch", title_ko="개통", title_en="Opens"))  # fmt: skip
        connection.execute(insert(tables["refused_row"]).values(
            batch_id=3, sheet="", row_no=2, column_name="a", reason="unknown"))  # fmt: skip
        found = {"district_code": "11010", "signal": 0, "contacted": 20, "confirmed": 10, "enrolled": 5}
        connection.execute(insert(tables["detection_monthly"]), [
            {**found, "month_key": 202608, "flagged": 90, "synthetic": True}, {**found, "month_key": 202609, "flagged": 40, "synthetic": False},
        ])  # fmt: skip
        set_state(connection, built="yes", as_of="2026-09-30", seed="120", scale="1", pseudonym_key="secret")
    engine.dispose()


def visits(connection: Any) -> list[tuple[Any, ...]]:
    c = t.attendance.c
    chosen = select(c.batch_id, c.superseded_by, c.attended_on, c.visits).order_by(c.batch_id, c.attended_on)
    return [tuple(row) for row in connection.execute(chosen)]


def test_a_mixed_store_is_split_once_and_stays_as_it_was(database_url, tmp_path, monkeypatch):
    at = database_url.replace("empty.db", "mixed.db")
    mixed(at)
    written = []
    monkeypatch.setattr(split.demo, "write_lake", lambda folder, **about: written.append(about["seed"]))
    monkeypatch.setattr(split.lake, "fill", lambda connection, folder: [])
    assert split.is_mixed(at) and not split.is_done(at)
    split.split(at, lake_folder=tmp_path / "lake", recorded_at=NOW)
    with pytest.raises(split.AlreadySplit):
        split.split(at, lake_folder=tmp_path / "lake", recorded_at=NOW)
    assert (
        split.is_mixed(at) and split.is_done(at) and written == [120]
    )  # the recorded lake had taken a made month

    made, own = (make_engine(cities.address(city, at)) for city in ("demo", "office"))
    with made.connect() as connection:
        # Made rows stand as they did before any import; nothing of an import is there.
        assert visits(connection) == [
            (1, None, date(2026, 8, 1), 102), (1, None, date(2026, 9, 1), 100), (1, None, date(2026, 9, 2), 101)]  # fmt: skip
        kinds = connection.execute(select(t.batch.c.kind).order_by(t.batch.c.batch_id)).scalars().all()
        assert kinds[0] == "demo" and set(kinds[1:]) == {"reference"}
        assert connection.execute(select(func.count()).select_from(t.refused_row)).scalar() == 0
        assert connection.execute(select(t.detection_monthly.c.flagged)).scalars().all() == [90]
        notes = check(made)
        assert notes.pop(thread_facts.NOTE) and notes == {
            "city": "demo",
            "built": "yes",
            "as_of": "2026-09-30",
            "seed": "120",
            "scale": "1",
        }
    with own.connect() as connection:
        # Records keep their own corrections; nothing made is there, and what is published stands in both.
        assert visits(connection) == [
            (3, 4, date(2026, 9, 1), 12), (3, None, date(2026, 9, 3), 13), (4, None, date(2026, 9, 1), 14)]  # fmt: skip
        kinds = dict(connection.execute(select(t.batch.c.batch_id, t.batch.c.kind)).all())
        assert [n for n, kind in sorted(kinds.items()) if kind == "import"] == [3, 4, 5]
        assert {kind for n, kind in kinds.items() if n not in (3, 4, 5)} == {"reference"}
        assert connection.execute(select(t.event.c.event_id)).scalars().all() == ["e"]
        assert connection.execute(select(t.baseline.c.split).distinct()).scalars().all() == ["illustrative"]
        assert connection.execute(select(func.count()).select_from(t.refused_row)).scalar() == 1
        assert connection.execute(select(t.detection_monthly.c.flagged)).scalars().all() == [40]
        monthly = select(t.attendance_monthly.c.month_key, t.attendance_monthly.c.visits)
        assert connection.execute(monthly).all() == [(202609, 27)]
        assert check(own)["pseudonym_key"] == "secret" and check(own)["city"] == "office"
    made.dispose()
    own.dispose()


def test_a_split_that_was_cut_short_goes_on(tmp_path, monkeypatch):
    at = f"sqlite:///{tmp_path / 'mixed.db'}"
    mixed(at)
    monkeypatch.setattr(split.demo, "write_lake", lambda folder, **about: None)
    monkeypatch.setattr(split.lake, "fill", lambda connection, folder: [])
    true, calls = facts.rebuild, iter((False, True))

    def once_cut(connection: Any) -> None:
        if next(calls, False):
            raise RuntimeError("the machine stops")
        true(connection)

    monkeypatch.setattr(split.facts, "rebuild", once_cut)
    with pytest.raises(RuntimeError):
        split.split(at, lake_folder=tmp_path, recorded_at=NOW)
    assert not split.is_done(at)
    split.split(at, lake_folder=tmp_path, recorded_at=NOW)
    with make_engine(cities.address("office", at)).connect() as connection:
        assert len(visits(connection)) == 3 and split.is_done(at)


def test_a_migration_never_mixes_what_was_not_split(tmp_path):
    at = f"sqlite:///{tmp_path / 'mixed.db'}"
    mixed(at)
    with pytest.raises(RuntimeError, match="data split"):
        migrate(make_engine(at))


# ── An import and the demonstration ───────────────────────────────────────────────────────────────


def rows(url: str) -> dict[str, str]:
    """Every table of an SQLite store as a hash of its rows."""
    with sqlite3.connect(url.removeprefix("sqlite:///")) as store:
        names = [n for (n,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {n: hashlib.sha256(repr(store.execute(f"SELECT * FROM {n}").fetchall()).encode()).hexdigest() for n in names}  # fmt: skip


@pytest.fixture(scope="module")
def both(store_copy, office_copy, tmp_path_factory) -> Path:
    """Where copies of both stores stand."""
    at = tmp_path_factory.mktemp("both") / "ieum.db"
    store_copy(at)
    office_copy(at)
    return at


HOTLINE = (
    "접촉번호,채널,시도 시각,결과,자치구,연령대,성별,위험 표시,연계 여부,대기 진입 시각,응답 시각,종료 시각"
)
LEDGER = "전표번호,집행일,사업명,자치구,구분,금액(원),재원,통계목"
FILES = {
    "외로움안녕120.csv": [HOTLINE, *(
        f"H{n},전화,2026-10-{1 + n % 28:02d} 10:00,{'응답' if n % 4 else '포기'},관악구,65+,여,아니오,{'예' if n % 3 else '아니오'},"
        f"2026-10-{1 + n % 28:02d} 10:00,{f'2026-10-{1 + n % 28:02d} 10:01' if n % 4 else ''},2026-10-{1 + n % 28:02d} 10:20"
        for n in range(137))],
    "원장.csv": [LEDGER, "A1,2026-01-02,서울마음편의점,,본예산,5000000000,시비,운영비", "A2,2026-09-30,서울마음편의점,,지출,1234000000,시비,운영비"],
}  # fmt: skip


@pytest.fixture(scope="module")
def filled(both: Path, tmp_path_factory) -> str:
    """The office's store after two files; the demonstration's stands beside it."""
    url = cities.address("office", f"sqlite:///{both}")
    folder = tmp_path_factory.mktemp("files")
    files = []
    for name, lines in FILES.items():
        files.append(folder / name)
        files[-1].write_text("\n".join(lines), encoding="utf-8")

    def demonstration() -> dict[str, bytes]:
        """Its file, and what was written and stands beside it until SQLite takes it in."""
        found = {one.name: one.read_bytes() for one in both.parent.glob("*-demo.db*")}
        return {name: content for name, content in found.items() if not name.endswith("-shm")}

    before = demonstration()
    assert before
    reports = import_files(make_engine(url), files, recorded_at=NOW, secret="s")
    assert all(report.ok for report in reports), [line for r in reports for line in r.lines("ko")]
    assert demonstration() == before
    return url


def test_no_import_changes_any_row_of_the_demonstration(filled, both, store):
    """The copy that stood beside the office's store is still the demonstration as it was built."""
    assert rows(cities.address("demo", f"sqlite:///{both}")) == rows(store)


# ── The office's own city ─────────────────────────────────────────────────────────────────────────


REAL = (
    "event",
    "target",
    "baseline",
    "programme_entry",
    "owner_unit",
    "hotline_summary",
    "attendance_summary",
)


def test_an_office_starts_with_what_is_real_alone(office):
    with make_engine(office).connect() as connection:
        for name, table in t.OPERATIONAL.items():
            count = connection.execute(select(func.count()).select_from(table)).scalar()
            assert bool(count) == (name in REAL), name
        assert set(queries.batches(connection)["kind"]) == {"reference"}
        assert set(connection.execute(select(t.baseline.c.split)).scalars()) == {"illustrative"}
        assert connection.execute(select(func.sum(t.baseline.c.planned_krw))).scalar() == 451_300_000_000
        for name, table in t.FACTS.items():
            assert connection.execute(select(func.count()).select_from(table)).scalar() == 0, name


@pytest.mark.parametrize("lang", list(LANGUAGES))
@pytest.mark.parametrize("name", list(shell.PAGES))
def test_every_page_of_an_empty_office_opens_and_leads_to_the_demonstration_and_to_a_file(
    monkeypatch, both, office, name, lang
):
    app = launched(monkeypatch, office, name, lang)
    assert not app.exception and say("app.error", lang) not in words_of(app)
    # People and rights are of no city.
    assert (say("app.mark.office", lang) in html(app)) == (name != "admin")
    assert say("app.mark.demo", lang) not in html(app)
    if name in ("district_map", "about", "manual", "search", "import_data", "coverage", "setup", "admin"):
        return  # these stand on the census, on definitions, or are the way itself
    said = unescape(html(app))
    assert say("empty.sentence_office", lang) in said and say(f"empty.{name}", lang) in said
    # Of signals no file comes, but a lake: by a command.
    assert "city=office" in said and "table=" in said or say("empty.lake_how", lang) in said


@pytest.mark.parametrize("question", [q.id for q in registry.every()])
def test_no_question_says_zero_of_what_nobody_has_recorded(office, question):
    found = registry.answer(question, Reader(Store.of(office)), "ko")
    assert found.city == "office" and " 0원" not in found.sentence and "0건" not in found.sentence
    said = [*found.evidence]
    assert "demo" not in said


def test_figures_of_an_office_are_those_of_its_own_records(filled):
    with make_engine(filled).connect() as connection:
        attempts, answered = connection.execute(text(
            "SELECT COUNT(*), SUM(outcome = 'answered') FROM hotline_contact WHERE superseded_by IS NULL")).one()  # fmt: skip
        paid = connection.execute(text(
            "SELECT SUM(amount_krw) FROM ledger_entry WHERE superseded_by IS NULL AND kind = 'expenditure'")).scalar()  # fmt: skip
    assert (attempts, answered, paid) == (137, 102, 1_234_000_000)
    read = Reader(Store.of(filled))
    flow = registry.answer("hotline.flow", read, "ko")
    (steps, *_) = flow.tables()
    counts = [str(row[1]) for row in steps.rows]
    assert "140" in counts and "100" in counts  # 137 and 102 under the publishing rule
    budget = registry.answer("budget", read, "ko")
    assert "50.0억" in budget.sentence and "12.3억" in budget.sentence
    assert flow.evidence == ("office",) and "demo" not in budget.evidence


@pytest.mark.parametrize("question", [q.id for q in registry.every()])
def test_every_question_answers_over_a_part_of_the_records(filled, question):
    for lang in LANGUAGES:
        found = registry.answer(question, Reader(Store.of(filled)), lang)
        assert found.title and found.city == "office"


def test_the_wire_and_the_command_line_name_the_city(monkeypatch, both, filled, capsys):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{both}")
    assert (
        asked._reader({}, "ko", LOCAL).whose == "demo"
        and asked._reader({"city": "office"}, "ko", LOCAL).whose == "office"
    )
    for wrong, offered in (
        ({"city": "busan"}, ["demo", "office"]),
        ({"city": "office", "view": "analyst"}, ["published"]),
    ):
        with pytest.raises(asked.Refused) as refused:
            asked._reader(wrong, "ko", LOCAL)
        assert (refused.value.status, refused.value.offered) == (400, offered)
    assert command.main(["show", "hotline.flow", "--city", "office", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["city"] == "office"
    assert command.main(["show", "hotline.flow", "--city", "office", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out.removeprefix("\ufeff"))))
    assert rows and {row[say("map.col_evidence", "ko")] for row in rows} == {say("evidence.office", "ko")}
    with pytest.raises(SystemExit):
        command.main(["show", "hotline.flow", "--city", "office", "--view", "analyst"])
    assert "published" in capsys.readouterr().err


def test_one_link_carries_the_city_over_pages(monkeypatch, both, filled):
    app = launched(monkeypatch, filled, "hotline", "en")
    assert app.button_group(key="widget_city").value == "office"
    links = re.findall(r'href="(/[^"]*)"', html(app))
    assert links and all("city=office" in link for link in links)
    app.switch_page("../pages/kpi.py")
    app.run()
    assert app.button_group(key="widget_city").value == "office" and say("app.mark.office", "en") in html(app)
    app.button_group(key="widget_city").set_value("demo")
    app.run()
    assert say("app.mark.demo", "en") in html(app) and "city" not in app.query_params


def test_without_the_demonstration_there_is_no_switch_and_no_way_to_it(monkeypatch, office):
    monkeypatch.setenv(cities.SETTING, "off")
    SHELF.clear()
    app = launched(monkeypatch, office, "hotline", "ko")
    assert not app.exception and "widget_city" not in [g.key for g in app.button_group]
    assert say("app.mark.office", "ko") in html(app)
    assert not [link for link in app.get("page_link") if link.proto.label == say("empty.see_demo", "ko")]
