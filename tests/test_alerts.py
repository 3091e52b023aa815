"""Alerts: rules that are set like other set-up, fire where a figure's interval lies wholly beyond, and are noted with their batch."""

from __future__ import annotations

import json
import logging
import math
from dataclasses import replace
from datetime import date, datetime
from html import escape

import pandas as pd
import pytest
from small import make
from sqlalchemy import text

from answers import alerts, registry, worker
from answers.alerts import CALM, FIRES, NONE, OFF, UNSURE, Rule
from answers.answer import Callout
from answers.budget import decisions as budget
from answers.budget import source
from answers.districts import decisions as districts
from answers.kept import SHELF
from answers.kpi import measures
from answers.reader import Reader
from answers.rights import Rights
from answers.store import Store
from data import alerts as noted
from data import coverage, setup
from data.alerts import Found
from data.engine import writing
from data.imports import Reason, preview, read_lookups
from data.measures import ALERTS, MEASURES
from data.releases import LEFT_OUT
from locales import LANGUAGES, t
from metrics import registry as metrics
from metrics.watched import BY_ID
from reports import digest
from reports.commands import alerts as command

AT = datetime(2026, 11, 2, 9, 0)


@pytest.fixture(scope="module")
def read(store):
    return Reader(Store(store))


def rule(metric="answer_rate", place="city", kind="above", threshold: float | None = 50.0, on=True):
    return Rule(metric, place, kind, None if kind == "decision" else threshold, on, "Kim", "because")


# ── When one fires ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "metric, place", [("answer_rate", "city"), ("first_wait_42", "11210"), ("reisolation_rate", "11210")]
)
def test_a_threshold_fires_only_where_all_of_the_interval_lies_beyond_it(read, metric, place):
    low, high = alerts.bounds(read, metrics.get(metric), alerts.look(read, rule(metric, place)).row)
    assert low < high
    states = {
        kind: [
            alerts.look(read, rule(metric, place, kind, at)).state
            for at in (low - 1, low, (low + high) / 2, high, high + 1)
        ]
        for kind in ("above", "below")
    }
    assert states["above"] == [FIRES, UNSURE, UNSURE, CALM, CALM]
    assert states["below"] == [CALM, CALM, UNSURE, UNSURE, FIRES]


def test_of_books_the_figure_itself_is_held_against_the_threshold_and_of_counts_what_rounding_leaves_open(
    read,
):
    spent = alerts.look(read, rule("execution_rate")).row
    assert alerts.bounds(read, metrics.get("execution_rate"), spent) == (spent["value"], spent["value"])
    calls = alerts.look(read, rule("hotline_answered")).row
    assert alerts.bounds(read, metrics.get("hotline_answered"), calls) == (
        calls["value"] - 5,
        calls["value"] + 5,
    )
    wait = alerts.look(read, rule("average_wait")).row
    low, high = alerts.bounds(read, metrics.get("average_wait"), wait)
    assert low < wait["value"] < high and high - low < 1  # seconds, of thousands of calls


def test_a_measure_needs_a_decision_where_its_own_page_says_so(read):
    for kpi in measures.every(read):
        found = alerts.look(read, rule(kpi.watched.id, "city", "decision"))
        assert found.state == (NONE if kpi.latest is None else FIRES if kpi.decision else CALM)
    due = {one.key: one for one in districts.items(read, "ko")}
    for metric in (m for m, places in ALERTS.items() if places.get("district")):
        firing = [
            c
            for c in read.district_names("ko")
            if alerts.look(read, rule(metric, c, "decision")).state == FIRES
        ]
        said = due[metric].name if metric in due else ""
        assert all(read.district_names("ko")[code] in said for code in firing) and bool(said) == bool(firing)
    listed = {one.opens for one in budget.items(read, source.scope(read, "2026"), "ko")}
    for code in read.programme_names("ko"):
        fires = alerts.look(read, rule("execution_rate", code, "decision")).state == FIRES
        assert fires == any(f"{opens}.".startswith(f"programme:{code}.") for opens in listed)


def test_what_may_be_watched_is_what_the_pages_show(read):
    assert set(ALERTS) <= set(MEASURES)
    example = {"city": "city", "district": "11210", "programme": "hotline"}
    for metric, places in ALERTS.items():
        for kind, may_decide in places.items():
            if metric != "reliable_deterioration":  # nearly nobody of the demonstration: withheld
                assert alerts.look(read, rule(metric, example[kind])).row is not None, (metric, kind)
            known = {"city": metric in BY_ID, "district": metric in districts.WATCHED, "programme": True}
            assert may_decide == known[kind], (metric, kind)


def test_a_rule_that_is_off_is_not_looked_at(read):
    assert alerts.look(read, rule(threshold=0.0)).state == FIRES
    assert alerts.look(read, rule(threshold=0.0, on=False)).state == OFF


def test_a_withheld_figure_never_fires(read, office):
    metric, nothing = (
        metrics.get("answer_rate"),
        pd.Series(
            {
                "value": math.nan,
                "lower": math.nan,
                "upper": math.nan,
                "numerator": math.nan,
                "denominator": math.nan,
            }
        ),
    )
    assert all(math.isnan(limit) for limit in alerts.bounds(read, metric, nothing))
    few = pd.Series(
        {"value": 3.0, "lower": math.nan, "upper": math.nan, "numerator": 12.0, "denominator": 4.0}
    )
    assert all(math.isnan(limit) for limit in alerts.bounds(read, metrics.get("average_wait"), few))
    withheld = alerts.look(read, rule("reisolation_rate", "11010", "above", 0.0))
    assert withheld.state == NONE and withheld.row is None  # in the demonstration too few came back there
    empty = Reader(Store(office))
    for place, found in (("city", "answer_rate"), ("11210", "recovery_rate"), ("hotline", "execution_rate")):
        for kind in ("decision", "above", "below"):
            assert alerts.look(empty, rule(found, place, kind, 1e9 if kind == "below" else 0.0)).state == NONE


def test_rules_are_looked_at_in_published_figures_even_by_an_analyst(read):
    raw = Reader(read.store, Rights("analyst"))
    for one, other in zip(alerts.seen(read), alerts.seen(raw), strict=True):
        assert one.state == other.state
        if one.row is not None:
            assert one.found == other.found


def test_what_is_noted_is_no_finer_than_what_is_said(read):
    for one in (s for s in alerts.seen(read) if s.row is not None):
        for lang in LANGUAGES:
            said = alerts.figure_words(one, lang)
            assert alerts.value_words(one.found.value, one.rule.metric, lang) in said


@pytest.fixture(scope="module")
def kept(store_copy, tmp_path_factory):
    return Store(store_copy(tmp_path_factory.mktemp("alerts") / "ieum.db"))


def word(store, *, closed):
    """October's contacts are closed, or opened again, by somebody's word in every district."""
    with writing(store.engine) as connection:
        cells = coverage.states(connection, tables=["hotline_contact"])
        for code in cells.loc[cells["month_key"] == 202610, "district_code"]:
            coverage.close(
                connection,
                "hotline_contact",
                202610,
                district_code=code,
                author="Kim",
                reason="late files",
                recorded_at=AT,
                closed=closed,
            )
    store.changed()
    SHELF.forget(store.url)


def test_a_month_that_is_not_closed_is_not_seen(kept):
    with writing(kept.engine) as connection:
        connection.execute(
            text("UPDATE hotline_monthly SET answered = answered * 4 / 10 WHERE month_key = 202610")
        )
    seen = []
    for closed in (False, True):
        word(kept, closed=closed)
        now = alerts.look(Reader(kept), rule(kind="below", threshold=50.0))
        seen.append((now.period, now.state))
    assert seen == [(202609, CALM), (202610, FIRES)]


# ── What is noted ──────────────────────────────────────────────────────────────────────────────────

FOUND = Found("answer_rate", "city", "below", 80.0, 202610, 71.0, 70.0, 72.0)
OTHER = replace(FOUND, place="11210", lower=None, upper=None)


@pytest.fixture
def engine(database_url):
    engine = make(database_url)
    yield engine
    engine.dispose()


def note(engine, found, *, batch, undecided=()):
    return noted.record(engine, found, undecided=undecided, batch=batch, as_of=date(2026, 10, 31), at=AT)


def listed(engine):
    with engine.connect() as connection:
        rows = noted.listing(connection)
    return [
        (row["place"], row["batch_id"], None if pd.isna(row["ended_batch"]) else int(row["ended_batch"]))
        for row in rows.to_dict("records")
    ]


def test_an_alert_is_one_row_from_the_batch_that_began_it_to_the_one_that_ended_it(engine):
    assert note(engine, [FOUND, OTHER], batch=1) == (2, 0)
    assert note(engine, [FOUND, OTHER], batch=2) == (0, 0)  # it goes on
    assert note(engine, [OTHER], batch=3) == (0, 1)
    assert note(engine, [], batch=4, undecided={OTHER.key}) == (0, 0)  # its figure cannot be seen
    assert note(engine, [FOUND], batch=5, undecided={OTHER.key}) == (1, 0)  # once more, as a row of its own
    assert listed(engine) == [("city", 5, None), ("11210", 1, None), ("city", 1, 3)]
    with engine.connect() as connection:
        first = noted.listing(connection).to_dict("records")[-1]
    assert (first["value"], first["lower"], first["upper"], first["period"]) == (71.0, 70.0, 72.0, 202610)


def test_a_rule_with_another_threshold_begins_anew(engine):
    note(engine, [FOUND], batch=1)
    assert note(engine, [replace(FOUND, threshold=75.0)], batch=2) == (1, 1)


def test_the_present_state_is_noted_once_with_its_batch(store_copy, tmp_path):
    mine = Store(store_copy(tmp_path / "ieum.db"))
    read = Reader(mine)
    firing = [one.found for one in alerts.seen(read) if one.state == FIRES]
    assert firing
    assert alerts.keep(mine, at=AT, patient=True) == (len(firing), 0)
    assert alerts.keep(mine, at=AT, patient=True) == (0, 0)
    rows = Reader(mine).own(noted.listing, "alert")
    assert set(rows["batch_id"]) == {read.version} and set(rows["fired_at"]) == {pd.Timestamp(AT)}
    with writing(mine.engine) as connection:
        connection.execute(text("UPDATE alert_rule SET switched = 'off'"))
    SHELF.forget(mine.url)
    alerts._SEEN.clear()
    assert alerts.keep(mine, at=AT, patient=True) == (0, len(firing))


def test_an_alert_that_breaks_costs_the_worker_nothing(store, monkeypatch, caplog):
    def broken(*_args, **_named):
        raise RuntimeError("broken rule")

    monkeypatch.setattr(alerts, "keep", broken)
    with caplog.at_level(logging.ERROR, "ieum.studies"):
        worker._alerts(Store(store))
    assert "alerts could not be noted" in caplog.text


def test_a_release_holds_no_note_of_live_figures():
    assert "alert" in LEFT_OUT and "alert_rule" not in LEFT_OUT


# ── Setting rules ──────────────────────────────────────────────────────────────────────────────────

GIVEN = {
    "metric_id": "응답률",
    "place": "서울시",
    "kind": "기준보다 낮음",
    "threshold": "80%",
    "switched": "켬",
}


def put(engine, row, *, reason="약속한 응답률", seen=None):
    with engine.connect() as connection:
        newest = connection.execute(text("SELECT COALESCE(MAX(batch_id), 0) FROM batch")).scalar()
    return setup.save(
        engine, "alert_rule", [row], author="김담당", reason=reason, seen=newest, recorded_at=AT
    )


def test_a_rule_is_set_with_author_and_reason_and_keeps_its_history(engine):
    assert put(engine, GIVEN).added == 1
    assert put(engine, {**GIVEN, "threshold": "75"}, reason="완화").corrected == 1
    assert put(engine, {**GIVEN, "threshold": "75", "switched": "끔"}, reason="쉼").corrected == 1
    with engine.connect() as connection:
        (now,) = noted.rules(connection).to_dict("records")
        every = setup.versions(connection, table_name="alert_rule")
    assert (now["metric_id"], now["place"], now["kind"], now["threshold"], now["switched"]) == (
        "answer_rate",
        "city",
        "below",
        75.0,
        "off",
    )
    assert list(every["reason"]) == ["약속한 응답률", "완화", "쉼"] and set(every["author"]) == {"김담당"}
    assert list(every["threshold"]) == [80.0, 75.0, 75.0]


@pytest.mark.parametrize(("change", "reason", "words"), [
    ({"metric_id": "없는 지표"}, Reason.UNKNOWN_MEASURE, ("응답률", "Answer rate")),
    ({"place": "없는구"}, Reason.UNKNOWN_PLACE, ("관악구", "Gwanak-gu")),
    ({"metric_id": "포기율", "place": "관악구"}, Reason.NOT_WATCHED_THERE, ("서울시", "the city")),
    ({"place": "마음상담"}, Reason.NOT_WATCHED_THERE, ("자치구", "a district")),
    ({"metric_id": "연계율", "place": "관악구", "kind": "결정 필요", "threshold": ""}, Reason.NO_DECISION_THERE, ("기준값", "threshold")),
    ({"threshold": ""}, Reason.NO_THRESHOLD, ("기준값", "threshold")),
    ({"kind": "결정 필요"}, Reason.NO_THRESHOLD, ("기준값", "threshold")),
    ({"switched": "아마도"}, Reason.UNKNOWN_CODE, ("켬", "On")),
])  # fmt: skip
def test_a_rule_that_could_never_fire_is_refused_in_words(engine, change, reason, words):
    report = put(engine, {**GIVEN, **change})
    (problem,) = report.parsed.problems
    assert problem.reason is reason
    assert all(word in problem.sentence(lang) for word, lang in zip(words, ("ko", "en"), strict=True))


@pytest.mark.parametrize("place", ["관악구", "관악", "서울 관악구", "11210", "11620", "Gwanak-gu"])
def test_a_file_of_rules_names_districts_as_files_do(engine, place):
    with engine.connect() as connection:
        lookups = read_lookups(connection, now=AT)
    file = f"지표,곳,언제,기준값,켬·끔,작성자,사유\n6주 내 첫 상담,{place},기준보다 낮음,70,켬,돌봄과,대기를 지켜봄\n"
    parsed = preview("알림.csv", file.encode("cp949"), lookups=lookups)
    assert (parsed.table_name, parsed.problems) == ("alert_rule", [])
    assert parsed.frame["place"].tolist() == ["11210"]


# ── Where it stands ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_set_up_digest_and_command_say_the_same(kept, lang, monkeypatch, capsys):
    kept.changed()
    SHELF.forget(kept.url)
    alerts._SEEN.clear()
    alerts.keep(kept, at=AT, patient=True)
    read = Reader(kept)
    firing = [alerts.sentence(read, one, lang) for one in alerts.seen(read) if one.state == FIRES]
    page = registry.answer("meeting.alerts", read, lang)
    (listed,) = [block for block in page.every() if isinstance(block, Callout)]
    assert [item.text for item in listed.items] == firing and firing
    record = next(table for table in page.tables() if table.name == "alerts")
    assert len(record.rows) >= len(firing)
    states = " ".join(
        str(cell) for row in registry.answer("setup.alerts", read, lang).tables()[0].rows for cell in row
    )
    assert states.count(t("alerts.state_fires", lang)) == len(firing)
    assert all("meeting.alerts" in digest.ROLES[role] for role in ("council", "manager", "analyst"))
    part = digest._part(page, "")
    told = digest.Digest(
        "", lang, "manager", "2026-09-30", read.whose, "2026-10-31", read.version, "", (part,)
    )
    assert [point.text for point in part.points] == firing
    for sentence in firing:
        assert sentence in digest.text(told) and escape(sentence) in digest.html(told)
    assert [p["text"] for p in json.loads(digest.as_json(told))["parts"][0]["points"]] == firing
    monkeypatch.setattr(Store, "of_city", classmethod(lambda cls, city: kept))
    assert command.run(type("Asked", (), {"city": "demo", "lang": lang})(), None) == 0
    assert capsys.readouterr().out.count(t("alerts.state_fires", lang)) == len(firing)


def test_without_a_rule_the_page_says_so_and_where_to_set_one(office):
    found = registry.answer("meeting.alerts", Reader(Store(office)), "en")
    assert found.sentence == t("alerts.lead_no_rule", "en") or found.blocks
