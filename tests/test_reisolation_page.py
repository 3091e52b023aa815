"""The re-isolation page: sentences equal to the model's numbers, levers, kept scenarios, edits, and what cannot be known."""

from __future__ import annotations

import math
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from screen import launched, place, specs
from small import RECORDED_AT, add, make
from sqlalchemy import text
from streamlit.runtime.scriptrunner import StopException

from actions import scenarios as acts
from answers import registry
from answers.answer import Piece
from answers.kept import SHELF
from answers.reader import Reader
from answers.reisolation import choices, levers, listed, source, words
from answers.store import Store
from answers.written import as_text
from data import cities, queries, scenarios
from data.engine import make_engine, writing
from forecast.reisolation import scenario as scenes
from forecast.reisolation.parameters import LEVERS
from forecast.reisolation.project import BASELINE, Scenario
from forecast.reisolation.scenario import Saved, affordable
from locales import numbers, t

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("whatif", "compare", "cost", "seen", "trust", "assumptions")
AS_OF = date(2026, 10, 31)


@pytest.fixture(autouse=True)
def in_project(monkeypatch):
    # A run of a thousand draws says no more than one of a hundred whether a sentence is right.
    monkeypatch.setattr(source, "QUICK", (20,) * 7)
    monkeypatch.setattr(source, "FULL", (40,) * 7)
    monkeypatch.setattr(source, "LINKED", (40,) * 7)
    SHELF.clear()


def read():
    """A reader of the store that the test has opened."""
    store = Store.of_city(cities.DEMO)
    store.forget()
    return Reader(store)


def register():
    return source.register(read())


def run(scenario, draws=40):
    return source.run(read(), register(), scenario, draws=draws)


def in_force():
    return levers.in_force(read())


def listing():
    return listed.listing(read(), "")


@pytest.fixture(scope="module")
def own(store_copy, tmp_path_factory):
    """A copy of the store that may be written to."""
    return store_copy(tmp_path_factory.mktemp("reisolation") / "ieum.db")


def opened(monkeypatch, url, lang="ko", **params):
    app = launched(monkeypatch, url, "reisolation", lang, timeout=120, **params)
    assert not app.exception
    assert t("app.error", lang) not in [e.value for e in app.error]
    return app


def html(app):
    return " ".join(e.proto.body for e in app.get("html")).replace("&#x27;", "'")


# ── The page ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("part", PARTS)
def test_every_question_opens_with_a_sentence_and_its_mark(monkeypatch, own, part, lang):
    app = opened(monkeypatch, own, lang, part=part, lv="aftercare-100.peer-60.detection-20")
    said = html(app)
    assert "ieum-lead" in said
    assert t("app.mark.demo", lang) in said


def test_the_sentence_says_the_models_own_numbers(monkeypatch, own):
    app = opened(monkeypatch, own)
    base = run(BASELINE)
    for month in (12, 60):
        middle, low, high = (100 * v for v in base.at("first_incidence", month))
        assert f"{numbers.percent(middle)}({numbers.limits(low, high, 'percent')})" in html(app)
    drawn = [trace for trace in specs(app)[0]["data"] if trace.get("customdata")]
    assert drawn[-1]["y"][-1] == pytest.approx(100 * base.at("first_incidence", 60)[0], abs=0.01)


def test_beyond_the_longest_follow_up_bands_are_hatched_and_lines_dashed(monkeypatch, own):
    traces = specs(opened(monkeypatch, own))[0]["data"]
    edge = int(register().model.last_clock)
    bands = [tr for tr in traces if tr.get("fill") == "toself"]
    assert {("fillpattern" in b, min(b["x"]) >= edge) for b in bands} == {(False, False), (True, True)}
    lines = [tr for tr in traces if tr["mode"] == "lines" and tr.get("customdata")]
    assert [(tr["line"]["dash"], tr["x"][0]) for tr in lines] == [("solid", 0), ("dash", edge)]


def test_levers_at_zero_are_todays_services(monkeypatch, own):
    app = opened(monkeypatch, own, lv="aftercare-0.peer-0")
    assert len([e for e in app.get("html") if "ieum-lead" in e.proto.body]) == 1
    nothing = Scenario("x", tuple(replace(lever, capacity=0) for lever in LEVERS))
    assert run(nothing).fingerprint() == run(BASELINE).fingerprint()  # fmt: skip


def test_a_slider_moves_the_answer_and_the_link_keeps_it(monkeypatch, own):
    app = opened(monkeypatch, own)
    app.slider(key="lever_aftercare").set_value(200).run()
    assert app.query_params["lv"] == "aftercare-200"
    leads = [e.proto.body for e in app.get("html") if "ieum-lead" in e.proto.body]
    other = opened(monkeypatch, own, lv="aftercare-200")
    assert other.slider(key="lever_aftercare").value == 200
    assert leads == [e.proto.body for e in other.get("html") if "ieum-lead" in e.proto.body]
    assert len(leads) == 2  # today's services and the scenario


@pytest.mark.parametrize(("many", "waits"), [(4, True), (3, False)])
def test_while_many_levers_are_worked_out_the_screen_says_so_and_shows_today(monkeypatch, own, many, waits):
    """Nothing of the answer before stands beside levers that have moved; up to three come too soon to be waited for."""

    def stopped(*_args, **_kwargs):
        raise StopException

    monkeypatch.setattr(source.scenario, "run", stopped)
    acting = [lever for lever in LEVERS if lever.acts_on == "return"][:many]
    app = opened(
        monkeypatch, own, lv=".".join(f"{lever.lever_id}-{lever.capacity // 7 + 1}" for lever in acting)
    )
    assert (t("reisolation.under_way", "ko") in html(app)) == waits
    assert len(specs(app)) == waits


def test_a_link_with_nonsense_in_its_levers_is_todays_services(monkeypatch, own):
    app = opened(monkeypatch, own, lv="aftercare--5.nothing-3.peer-².call_back-١.outing-9999999999999")
    values = {s.key: s.value for s in app.slider}
    assert values["lever_aftercare"] == values["lever_peer"] == 0
    leavers = source.register(
        read()
    ).intake.monthly.sum()  # a month: support can be begun by a quarter's, rounded up to 50
    assert (
        values["lever_outing"] == 50 * math.ceil(3 * leavers / 50) < 4 * levers.declared()["outing"].capacity
    )


def test_places_are_cut_to_the_money_that_is_left(monkeypatch, own):
    opened(monkeypatch, own, lv="aftercare-400.peer-240", fit="inside")
    left = source.money_left(read())
    assert set(left) == {2026, 2027, 2028, 2029}
    plenty = levers.made("x", {"aftercare": 400}, in_force())
    assert affordable(plenty, {2027: 12e6}).levers[0].capacity == pytest.approx(1e6 / 900_000)
    # The later years are the plan's own, as the ledger's baseline has them.
    engine = make_engine(own)
    with engine.connect() as connection:
        planned = connection.execute(text("SELECT SUM(planned_krw) FROM baseline WHERE fiscal_year = 2028 AND version = 1 AND superseded_by IS NULL")).scalar()  # fmt: skip
    assert left[2028] == pytest.approx(planned, rel=0.2)  # later versions change some programmes


def test_no_causal_word_and_no_saving_is_claimed(monkeypatch, own):
    for part in PARTS:
        for lang, claims in (("ko", ("덕분에", "절감", "효과를 냈")), ("en", ("saves money", "thanks to", "caused by"))):  # fmt: skip
            said = html(opened(monkeypatch, own, lang, part=part, lv="aftercare-100"))
            assert not [w for w in claims if w in said], part


def test_small_counts_are_rounded_on_the_published_view(monkeypatch, own):
    app = opened(monkeypatch, own, part="seen")
    left, back = (n for n in (register().limits.exits, register().limits.events))
    assert numbers.number(5 * round(left / 5)) in html(app)
    if left % 5:
        assert f"{numbers.number(left)}명" not in html(app)
    assert back >= 10


# ── Trust ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_forecast_that_failed_its_record_is_withheld_with_the_reason(monkeypatch, own):
    opened(monkeypatch, own)
    record = source.record(read())
    bad = replace(record, verdict=replace(record.verdict, published=False, reasons=("total_off",)))
    monkeypatch.setattr(source, "record", lambda read: bad)
    for part in ("whatif", "compare", "cost"):
        app = opened(monkeypatch, own, part=part, lv="aftercare-100")
        assert t("reisolation.reason_total_off", "ko") in html(app)
        assert t("reisolation.withheld", "ko") in html(app)
        assert not app.slider
    assert t("reisolation.reason_total_off", "ko") in html(opened(monkeypatch, own, part="trust"))


def test_what_the_page_forecasts_is_kept_once(monkeypatch, own):
    with make_engine(own).begin() as connection:  # the store that was copied may have been looked at before
        connection.execute(text("DELETE FROM kept_forecast"))
    for _ in range(2):
        acts._TODAY.clear()
        opened(monkeypatch, own)
    with make_engine(own).connect() as connection:
        rows = scenarios.kept(connection)
    assert len(rows) == 60
    base = source.recorded(register())
    assert rows["expected"].sum() == pytest.approx(base.onsets.mean(axis=0).sum())
    assert (rows["lower80"] <= rows["upper80"]).all()
    assert rows["month_key"].iloc[0] == 202611


def test_a_kept_forecast_is_laid_over_what_came_since(monkeypatch, store_copy, tmp_path):
    url = store_copy(tmp_path / "later.db")
    rows = pd.DataFrame({"month_key": [202609, 202610, 202611], "expected": [30.0, 30.0, 30.0]})
    for level, wide in ((50, 5.0), (80, 20.0), (95, 30.0)):
        rows[f"lower{level}"], rows[f"upper{level}"] = 30 - wide, 30 + wide
    scenarios.keep_forecast(make_engine(url), rows, as_of=date(2026, 8, 31), model_version="m1", data_version="d1", made_at=RECORDED_AT)  # fmt: skip
    app = opened(monkeypatch, url, part="trust")
    trace = next(tr for tr in specs(app)[0]["data"] if tr["name"] == t("reisolation.kept_then", "ko"))
    assert trace["x"] == ["2026-09-01", "2026-10-01"]  # November has not come
    assert trace["error_y"]["array"] == [20.0, 20.0]
    counts = register().onsets
    inside = sum(10 <= counts[pd.Period(m, "M")] <= 50 for m in ("2026-09", "2026-10"))
    assert t("reisolation.of_points", "ko", inside=inside, points=2) in html(app)


# ── Scenarios ─────────────────────────────────────────────────────────────────────────────────────


def test_a_scenario_is_kept_opened_by_link_reproduced_and_withdrawn(monkeypatch, own):
    app = opened(monkeypatch, own, part="compare", lv="aftercare-100", view="analyst")
    app.text_input[0].set_value("돌봄 먼저")
    app.text_input[1].set_value("김담당")
    next(b for b in app.button if b.label == t("reisolation.keep_button", "ko")).click().run()
    assert [s.value for s in app.success] == [t("reisolation.keep_done", "ko", name="돌봄 먼저")]
    link = app.code[0].value.split("sc=")[1]
    shown = opened(monkeypatch, own, "en", part="compare", sc=link)
    assert f"돌봄 먼저 · {t('reisolation.unchanged', 'en')}" in [e.label for e in shown.expander]
    one = listing()[0][0]
    assert one.author == "김담당"
    # The exported script, run on its own, reaches the same numbers.
    out = subprocess.run([sys.executable, "-c", listed.script_of(register(), one.saved)], cwd=ROOT, capture_output=True,
                         text=True, check=True, env=os.environ | {"DATABASE_URL": place(own)})  # fmt: skip
    assert "same numbers as saved: True" in out.stdout
    next(b for b in app.button if b.key == f"withdraw_{one.scenario_id}").click().run()
    assert listing() == ([], False)
    assert opened(monkeypatch, own, part="compare", sc=link).expander  # its link still opens it


def test_a_name_is_asked_for_and_not_taken_twice(monkeypatch, own):
    app = opened(monkeypatch, own, part="compare", lv="peer-60")
    button = t("reisolation.keep_button", "ko")
    next(b for b in app.button if b.label == button).click().run()
    assert [w.value for w in app.warning] == [t("reisolation.keep_blank", "ko")]
    for _ in range(2):
        app = opened(monkeypatch, own, part="compare", lv="peer-60")
        app.text_input[0].set_value("동료")
        app.text_input[1].set_value("이")
        next(b for b in app.button if b.label == button).click().run()
    assert [w.value for w in app.warning] == [t("reisolation.keep_taken", "ko", name="동료")]


def sent(**changes):
    """A link with a scenario that somebody tampered with."""
    one = Saved(Scenario("sent", LEVERS[:1]), 60, 40, 1, "m", "d", "r")
    return scenes.to_link(replace(one, **{"scenario": replace(one.scenario, **changes)}))


@pytest.mark.parametrize(
    "broken",
    ["abc", "x" * 3000, "eNpN", sent(overlap="x"), sent(overlap=float("nan")), sent(levers=(replace(LEVERS[0], lever_id="moon"),)),
     sent(levers=(replace(LEVERS[0], unit_cost_krw=float("inf")),)), scenes.to_link(Saved(Scenario("heavy", LEVERS[:6]), 60, 5000, 1, "m", "d", "r"))],
    ids=["short", "long", "cut", "text for a number", "no number", "unknown lever", "infinite cost", "too many draws"],
)  # fmt: skip
def test_a_link_that_cannot_be_run_is_said_in_words_and_the_own_list_stays(monkeypatch, own, broken):
    app = opened(monkeypatch, own, "en", part="compare", sc=broken)
    assert [e.value for e in app.error] == [t("reisolation.link_broken", "en")]
    assert len(app.expander) == len(listing()[0])


def test_start_from_a_scenario_brings_back_who_comes_first(monkeypatch, own):
    first = Saved(Scenario("risk", LEVERS[:1], highest_risk_first=True), 60, 40, source.SEED, "m", "d", "r")
    app = opened(monkeypatch, own, part="compare", sc=scenes.to_link(first))
    next(b for b in app.button if b.label == t("reisolation.start_from", "ko")).click().run()
    assert app.query_params["lv"] == "aftercare-100"
    assert app.query_params["order"] == "risk"


def test_support_beside_more_detection_is_held_against_the_same_leavers(monkeypatch, own):
    opened(monkeypatch, own)
    both = levers.made("x", {"aftercare": 100, "detection": 20}, in_force())
    against = levers.reference(both)
    assert [lever.lever_id for lever in against.levers] == ["detection"]
    base, mine, more = (run(s) for s in (BASELINE, both, against))
    assert mine.prevented(more).mean() > 0 > mine.prevented(base).mean()  # more who leave, more who return
    assert levers.reference(levers.made("x", {"detection": 20}, in_force())) == BASELINE
    app = opened(monkeypatch, own, part="cost", lv="aftercare-100.detection-20")
    assert t("reisolation.cost_same_intake", "ko") in html(app)


def test_only_analysts_edit_and_withdraw(monkeypatch, own):
    app = opened(monkeypatch, own, part="assumptions")
    assert not app.number_input
    assert t("reisolation.edit_analysts", "ko") in html(app)


# ── Assumptions ───────────────────────────────────────────────────────────────────────────────────


def test_an_edit_is_logged_with_reason_and_used_everywhere(monkeypatch, store_copy, tmp_path):
    url = store_copy(tmp_path / "edit.db")
    app = opened(monkeypatch, url, part="assumptions", view="analyst")
    app.number_input(key="edit_aftercare_ratio").set_value(0.7)
    app.text_input(key="edit_aftercare_reason").set_value("추적 조사 1차 결과")
    app.text_input(key="edit_aftercare_author").set_value("박분석")
    next(b for b in app.button if b.label == t("reisolation.edit_button", "ko")).click().run()
    assert in_force()["aftercare"].hazard_ratio == (0.7, 0.6, 1.05)
    said = html(opened(monkeypatch, url, part="assumptions"))
    for part in ("추적 조사 1차 결과", "박분석", "0.70 (0.60–1.05)"):
        assert part in said
    # An estimate outside the old interval changes all three at once.
    new = {"ratio": (0.7, 0.45), "lower": (0.6, 0.35), "upper": (1.05, 0.58)}
    scenarios.edit(
        make_engine(url),
        lever_id="aftercare",
        changes=new,
        reason="2차 결과",
        author="박",
        recorded_at=RECORDED_AT,
    )
    assert in_force()["aftercare"].hazard_ratio == (0.45, 0.35, 0.58)
    assert t("reisolation.register_some", "ko", names="사후 돌봄 연락") in html(
        opened(monkeypatch, url, part="assumptions")
    )
    back = {"ratio": (0.45, 0.7), "lower": (0.35, 0.6), "upper": (0.58, 1.05)}
    scenarios.edit(
        make_engine(url),
        lever_id="aftercare",
        changes=back,
        reason="3차",
        author="박",
        recorded_at=RECORDED_AT,
    )
    # The next edit starts from this one; the declared value stays as it was.
    scenarios.edit(make_engine(url), lever_id="aftercare", changes={"ratio": (0.7, 0.8)}, reason="되돌림", author="박", recorded_at=RECORDED_AT)  # fmt: skip
    assert in_force()["aftercare"] == levers.declared()["aftercare"]


@pytest.mark.parametrize(
    ("fill", "said"),
    [({}, "edit_blank"), ({"reason": "r", "author": "a"}, "edit_same"), ({"reason": "r", "author": "a", "lower": 1.0}, "edit_ratio")],
)  # fmt: skip
def test_an_edit_that_cannot_stand_is_refused_in_words(monkeypatch, own, fill, said):
    app = opened(monkeypatch, own, part="assumptions", view="analyst")
    for item, value in fill.items():
        box = app.number_input if item == "lower" else app.text_input
        box(key=f"edit_aftercare_{item}").set_value(value)
    next(b for b in app.button if b.label == t("reisolation.edit_button", "ko")).click().run()
    assert t(f"reisolation.{said}", "ko") in [w.value for w in (*app.warning, *app.info)]
    with make_engine(own).connect() as connection:
        assert scenarios.edits(connection).empty


def test_a_name_with_a_personal_number_is_masked(tmp_path):
    engine = make(f"sqlite:///{tmp_path / 's.db'}")
    scenarios.edit(engine, lever_id="peer", changes={"ratio": (0.8, 0.9)}, reason="900101-1234567 님의 사례", author="김", recorded_at=RECORDED_AT)  # fmt: skip
    with engine.connect() as connection:
        assert "1234567" not in scenarios.edits(connection)["reason"].iloc[0]


# ── What cannot be known ──────────────────────────────────────────────────────────────────────────


def spell(person, state, begun, ended=None, after=None, gone=None, district="11210", prior=0):
    return {
        "spell_id": f"{person}-{state}-{begun}", "person_id": person, "state": state, "started_on": begun, "entered_on": begun,
        "ended_on": ended, "next_state": after, "exit": gone, "district_code": district, "age_band": "40-64", "sex": "male",
        "lives_alone": True, "prior_reisolations": prior, "months_isolated_before": 12,
    }  # fmt: skip


def city(tmp_path, rows):
    url = cities.address(cities.DEMO, f"sqlite:///{tmp_path / 'edge.db'}")
    engine = make(url, city=cities.DEMO)
    with writing(engine) as connection:
        add(connection, "spell", rows)
    return url


def left(count, days, back=0, gone=None):
    """`count` people who left isolation so many days ago; the first `back` came back after 40 days."""
    begun = AS_OF - timedelta(days=days)
    rows = []
    for k in range(count):
        later = begun + timedelta(days=40)
        if k < back:
            rows += [spell(f"p{k}", "connected", begun, later, "reisolated"), spell(f"p{k}", "reisolated", later, prior=1)]  # fmt: skip
        else:
            rows.append(spell(f"p{k}", "connected", begun, later if gone else None, gone=gone))
    return rows


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_where_nobody_left_isolation_the_page_says_so(monkeypatch, tmp_path, lang):
    url = city(tmp_path, [spell(f"p{k}", "isolated", date(2025, 1, 1)) for k in range(40)])
    for part in PARTS:
        assert t("reisolation.nobody", lang) in html(opened(monkeypatch, url, lang, part=part)).replace("&#x27;", "'")  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "said"),
    [(left(200, 700, back=20), "few_events"), (left(120, 400, gone="lost"), "all_lost"), (left(200, 90, back=12), "young"), (left(50, 500), "one_district")],
    ids=["few events", "everyone lost", "three months", "one district"],
)  # fmt: skip
@pytest.mark.parametrize("part", PARTS)
def test_what_cannot_be_known_is_said(monkeypatch, tmp_path, rows, said, part):
    url = city(tmp_path, rows)
    text_ = html(opened(monkeypatch, url, part=part, lv="aftercare-100"))
    if part == "seen":
        expected = (
            t(f"reisolation.{said}", "ko", months="3") if said == "young" else t(f"reisolation.{said}", "ko")
        )
        assert expected in text_
    assert "nan" not in text_


def test_hotline_leavers_cannot_have_reached_24_months(monkeypatch, own):
    # The hotline opened on 1 April 2025: 24 months end on 1 April 2027, 60 months on 1 April 2030.
    said = html(opened(monkeypatch, own, part="seen"))
    assert t("reisolation.line_not_before", "ko", months=24, day="2027. 4. 1.", last=60, last_day="2030. 4. 1.") in said  # fmt: skip


def test_a_register_is_the_same_in_whatever_order_it_stands(own):
    with make_engine(own).connect() as connection:
        rows = queries.spells(connection)
    assert source.fingerprint(rows) == source.fingerprint(rows.sample(frac=1, random_state=1))
    other = rows.copy()
    other.loc[0, "lives_alone"] = not other.loc[0, "lives_alone"]
    assert source.fingerprint(rows) != source.fingerprint(other)


def test_the_zone_is_where_one_person_households_are_more_common(own):
    with sqlite3.connect(own.removeprefix("sqlite:///")) as connection:
        frame = pd.read_sql("SELECT area_code, indicator, value FROM census_fact WHERE level = 'district' AND year = 2025"
                            " AND indicator IN ('one_person_households', 'households')", connection)  # fmt: skip
    wide = frame.pivot(index="area_code", columns="indicator", values="value")
    # Published: 1,699,910 of 4,194,215 households, 40.5 %, Gwanak-gu the most and Yangcheon-gu the fewest.
    with make_engine(own).connect() as found:
        crowded = queries.crowded_districts(found)
    assert crowded == sorted(wide.index[wide["one_person_households"] / wide["households"] > wide["one_person_households"].sum() / wide["households"].sum()])  # fmt: skip
    assert "11210" in crowded and "11150" not in crowded


# ── Answers without a screen ──────────────────────────────────────────────────────────────────────


def test_no_hit_in_few_draws_is_not_no_chance():
    assert words.chance_limits(0, 50)[1] == pytest.approx(0.0713, abs=1e-4)
    few, many = np.zeros(50, bool), np.zeros(1000, bool)
    assert words.chance(few, "en") == "0% (0 of 50 draws, at most 7.1%)"
    assert words.chance(many, "en") == "0% (0 of 1,000 draws)"
    some = few.copy()
    some[:10] = True
    assert words.chance(some, "en") == "20% (10 of 50 draws, 11.2–33.0%)"
    assert words.rough(np.zeros(199)) and not words.rough(np.zeros(200))
    assert words.limits(np.arange(50.0), "en").startswith("about ")
    assert words.limits(np.arange(200.0), "en") == "5 to 194"


def test_an_answer_without_a_screen_is_the_full_run(monkeypatch, own):
    monkeypatch.setenv("DATABASE_URL", place(own))
    found = registry.answer("reisolation.whatif", read(), "en", {"lv": "aftercare-100"})
    piece = next(b for b in found.blocks if isinstance(b, Piece) and b.name == "reisolation.levers")
    made = as_text(found)
    assert (
        numbers.number(run(levers.made("x", {"aftercare": 100}, in_force())).onsets.sum(axis=1).mean())
        in made
    )
    assert t("reisolation.draws", "en", n="40") in made
    assert t("reisolation.reasons", "en") in made
    assert piece.data.scenario == choices.scenario(read(), dict(found.choices), "en")
    assert "of 40 draws" in made and "A first, rough answer from 40 draws" in made
