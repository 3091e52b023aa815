"""The service pages: figures equal to SQL over raw rows, the publishing rule, refusals and absences said in words."""

import csv
import json
import re
import sqlite3
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from screen import html, launched, specs
from small import add, make
from sqlalchemy import text

from answers import facts as published
from answers import gate, periods, say, studies, targets
from answers.kept import SHELF
from answers.kpi import measures, signals
from answers.reader import Reader
from answers.store import Store
from charts.funnel import apart
from data import cities, facts
from data.engine import make_engine, writing
from locales import numbers, t
from metrics import curve, registry
from metrics.counselling import incidence

ROOT = Path(__file__).resolve().parent.parent
YEAR = "local_date BETWEEN '2025-11-01' AND '2026-10-31' AND superseded_by IS NULL"


def opened(monkeypatch, url, page, lang="ko", **params):
    app = launched(monkeypatch, url, page, lang, **params)
    assert not app.exception
    said = html(app)
    assert t("app.error", lang) not in " ".join(str(e.value) for e in app.error)
    return app, said


def test_an_older_result_is_told_of_where_one_is_shown(monkeypatch, store_copy, tmp_path):
    """What is worked out for the first time says so in its place, and nothing older is shown."""
    monkeypatch.setattr(studies, "on_duty", lambda city: True)  # no page makes one by itself
    url = store_copy(tmp_path / "ieum.db")
    kept = Store.of(url)
    studies.drop(kept, [])
    said = opened(monkeypatch, url, "kpi")[1]
    assert t("studies.pending", "ko") in said and t("studies.late", "ko") not in said
    assert Reader(kept, patient=True).study("kpi.alarms")
    with writing(kept.engine) as connection:
        connection.execute(text("UPDATE study SET fingerprint = 'of before' WHERE name = 'kpi.alarms'"))
    kept.changed()
    said = opened(monkeypatch, url, "kpi")[1]
    assert t("studies.late", "ko") in said and t("studies.pending", "ko") not in said
    kept.engine.dispose()


def one(store, statement):
    with sqlite3.connect(store.removeprefix("sqlite:///")) as connection:
        return connection.execute(statement).fetchone()


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize(
    ("screen", "name", "parts"),
    [("hotline", "part", ("waits", "hours", "callers", "staffing")),
     ("counselling", "course", ("waits", "attendance", "outcomes", "providers")),
     ("detection", "detect", ("signs", "workload", "points"))],
)  # fmt: skip
def test_every_question_of_a_page_opens_with_a_sentence_and_its_mark(
    monkeypatch, store, screen, name, parts, lang
):
    for part in parts:
        app, said = opened(monkeypatch, store, screen, lang, **{name: part})
        leads = [e.proto.body for e in app.get("html") if "ieum-lead" in e.proto.body]
        assert leads or part == "callers"
        assert t("evidence.demo", lang) in said


def test_the_funnel_equals_sql_over_raw_contacts(monkeypatch, store):
    attempts, offered, answered, referred = one(store, f"""
        SELECT COUNT(*), SUM(outcome <> 'busy'), SUM(outcome = 'answered'), SUM(referred) FROM hotline_contact WHERE {YEAR}""")  # fmt: skip
    app, _ = opened(monkeypatch, store, "hotline", view="analyst")
    shown = dict(zip(specs(app)[0]["data"][0]["y"], specs(app)[0]["data"][0]["x"], strict=True))
    found = [shown[t(f"hotline.step_{s}", "ko")] for s in ("attempts", "offered", "answered", "referred")]
    assert found == [attempts, offered, answered, referred]


def test_the_published_view_rounds_every_count_of_the_funnel(monkeypatch, store):
    app, _ = opened(monkeypatch, store, "hotline")
    counts = specs(app)[0]["data"][0]["x"]
    assert counts and all(n % 5 == 0 for n in counts)


def test_the_four_published_totals_stand_on_the_chart_with_their_sources(monkeypatch, store):
    app, said = opened(monkeypatch, store, "hotline")
    points = next(trace for trace in specs(app)[1]["data"] if trace["mode"] == "markers")
    # Published: 2025-05-08, 08-13, 11-30 and the year (F066, F069, F071, F072)
    assert points["x"] == ["2025-05-08", "2025-08-13", "2025-11-30", "2025-12-31"]
    assert points["y"] == [3088, 15565, 28774, 33148]
    assert "SBS News 2025-08-18" in said and t("evidence.demo", "ko") in said


def test_waits_and_four_service_levels_equal_sql_over_raw_contacts(monkeypatch, store):
    with sqlite3.connect(store.removeprefix("sqlite:///")) as connection:
        rows = connection.execute(f"SELECT outcome, wait_s FROM hotline_contact WHERE {YEAR} AND outcome <> 'busy'").fetchall()  # fmt: skip
    outcome, wait = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    answered = outcome == "answered"
    told = wait[answered]
    fast, gone = (answered & (wait <= 20)).sum(), (~answered & (wait <= 20)).sum()
    levels = (fast / len(wait), fast / answered.sum(), fast / (len(wait) - gone), (fast + gone) / len(wait))
    _, said = opened(monkeypatch, store, "hotline", part="waits", view="analyst")
    for q in (50, 90):
        exact = np.percentile(told, q, method="inverted_cdf")
        assert numbers.duration(float(exact), "ko") in said
    for level in levels:
        assert numbers.percent(100 * level) in said


def test_renewed_contact_and_concentration_speak_of_callers_not_of_people_reached(monkeypatch, store):
    _, said = opened(monkeypatch, store, "hotline", part="callers", view="analyst")
    with sqlite3.connect(store.removeprefix("sqlite:///")) as connection:
        often = [r[0] for r in connection.execute("SELECT COUNT(*) FROM hotline_contact WHERE person_id IS NOT NULL AND superseded_by IS NULL AND local_date >= '2026-01-01' GROUP BY person_id ORDER BY 1 DESC")]  # fmt: skip
    top = often[: round(0.03 * len(often))]
    assert numbers.percent(100 * sum(top) / sum(often), 0) in said
    assert t("hotline.not_people", "ko") in said


def test_more_counsellors_answer_more_and_the_forecast_says_how_it_was_tested(monkeypatch, store):
    app, said = opened(monkeypatch, store, "hotline", part="staffing")
    assert "8주로 시험" in said and t("evidence.modelled", "ko") in said
    box = next(n for n in app.number_input if n.label == t("staffing.agents", "ko"))
    n = int(box.value)
    before = html(app)
    box.set_value(n + 3).run()
    assert f"{n + 3}명이면" in html(app) and html(app) != before


def test_a_young_line_is_not_forecast_and_a_roster_that_is_missing_is_said(monkeypatch, tmp_path):
    url = cities.address(cities.OFFICE, f"sqlite:///{tmp_path / 's.db'}")
    engine = make(url)
    start = datetime(2026, 8, 3, 3)
    rows = [
        {"contact_id": f"c{d}-{k}", "channel": "phone", "attempted_at": start + timedelta(days=d), "offered_at": start + timedelta(days=d),
         "outcome": "answered" if k % 5 else "abandoned", "person_id": None, "district_code": "11210", "age_band": "40-64", "sex": "female",
         "topic": "loneliness", "risk": False, "referred": False, "local_date": (start + timedelta(days=d)).date(), "month_key": int(f"{start + timedelta(days=d):%Y%m}"),
         "hour": 12, "wait_s": 5 + k, "handle_s": 600 if k % 5 else None, "wrap_s": 60 if k % 5 else None}
        for d in range(89) for k in range(12)
    ]  # fmt: skip
    with writing(engine) as connection:
        facts.refresh(connection, "hotline_contact", batch_id=add(connection, "hotline_contact", rows))
    _, said = opened(monkeypatch, url, "hotline", part="staffing")
    assert t("staffing.refused_short", "ko") in said  # 89 days: under 32 weeks
    _, said = opened(monkeypatch, url, "hotline", part="hours")
    assert t("hotline.no_roster", "ko") in said


def test_all_abandoned_shows_no_wait_of_the_answered_and_no_error(monkeypatch, tmp_path):
    url = cities.address(cities.OFFICE, f"sqlite:///{tmp_path / 's.db'}")
    engine = make(url)
    row = {"channel": "phone", "attempted_at": datetime(2026, 10, 5, 3), "outcome": "abandoned", "person_id": None, "district_code": "11210",
           "age_band": "40-64", "sex": "female", "topic": None, "risk": False, "referred": False, "local_date": date(2026, 10, 5),
           "month_key": 202610, "hour": 12, "wait_s": 90}  # fmt: skip
    with writing(engine) as connection:
        batch = add(connection, "hotline_contact", [{**row, "contact_id": f"c{k}"} for k in range(40)])
        facts.refresh(connection, "hotline_contact", batch_id=batch)
    for part in ("flow", "waits", "hours", "callers", "staffing"):
        _, said = opened(monkeypatch, url, "hotline", part=part)
        assert "ieum-head" in said


def test_the_table_of_measures_puts_decisions_first_with_words_owner_and_age(
    monkeypatch, store, never_enough_scores
):
    _, said = opened(monkeypatch, store, "kpi")
    groups = [said.index(t(f"kpi.group_{g}", "ko")) for g in ("decide", "calm")]
    assert groups == sorted(groups)
    for word in ("kpi.assurance_misses", "kpi.variation_common", "kpi.age_now"):
        assert t(word, "ko") in said
    assert "외로움안녕120 운영팀" in said and "거짓 신호" in said


def test_limits_are_drawn_anew_from_a_recorded_event_and_the_old_ones_stay(monkeypatch, store):
    app, _ = opened(monkeypatch, store, "kpi", kpi="dropout_rate", rebase="voucher-start")
    dashed = [trace for trace in specs(app)[0]["data"] if trace["line"].get("dash") == "dash"]
    assert len(dashed) == 4  # an upper and a lower limit before the event, and after it
    assert dashed[0]["x"][-1] == "2025-12-01" and dashed[1]["x"][0] == "2026-01-01"


def test_a_month_that_is_not_over_is_not_judged():
    assert periods.closed(date(2026, 10, 31)) == 202610
    assert periods.closed(date(2026, 10, 30)) == 202609
    assert periods.closed(date(2026, 1, 31), 2) == 202511


def test_a_target_holds_for_its_months_and_group_and_a_yardstick_is_not_the_citys(store):
    read = Reader(Store.of(store))
    assert targets.target_of(read, "hotline_answered", 202506)["value"] == 3000  # F065: the target of 2025
    planned = targets.target_of(
        read, "hotline_answered", 202610
    )  # no target was set for 2026: the year's plan holds
    assert (planned["group_key"], planned["value"]) == ("plan", 50_000)
    assert targets.target_of(read, "hotline_answered", 202710) is None
    assert (
        targets.target_of(read, "programme_visits", 202508, "challenge_365")["value"] == 5000
    )  # F120, first cohort
    assert (
        targets.target_of(read, "programme_visits", 202511, "challenge_365")["value"] == 10000
    )  # F122, second cohort
    assert targets.target_of(read, "first_wait_42", 202610)["group_key"] == "reference"
    assert registry.get("first_wait_42").target is None


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_table_of_measures_and_the_programmes_speak_of_the_same_plan(monkeypatch, store, lang):
    pages = [opened(monkeypatch, store, page, lang)[1] for page in ("kpi", "programmes")]
    read = Reader(Store.of(store))
    for programme in ("hotline", "mind_store"):
        (plan,) = targets.plans_of(read, programme, 2026)
        assert all(targets.plan_words(read, plan, lang) in said for said in pages)


def drawn(app):
    """The traces of a page's one chart that has a band: lower, upper, line."""
    return next(
        s["data"] for s in specs(app) if len(s["data"]) == 3 and s["data"][1].get("fill") == "tonexty"
    )


@pytest.mark.parametrize("programme", ["", "peer_counselling"])
def test_the_wait_curve_is_in_whole_points_and_each_step_rests_on_ten_first_sessions(
    monkeypatch, store, programme
):
    app, _ = opened(monkeypatch, store, "counselling", course="waits", programme=programme)
    low, high, line = drawn(app)
    assert all(v == int(v) for trace in (low, high, line) for v in trace["y"]) and max(line["y"]) > 0
    mine = f"AND programme_id = '{programme}'" if programme else ""
    with sqlite3.connect(store.removeprefix("sqlite:///")) as connection:
        waits = np.array([r[0] for r in connection.execute(f"""
            SELECT julianday(first_session_on) - julianday(referred_on) FROM counselling_case WHERE superseded_by IS NULL {mine}
            AND first_session_on IS NOT NULL AND referred_on BETWEEN '2025-11-01' AND '2026-10-31'""")])  # fmt: skip
    steps = line["x"][:-1]  # from day 0 to the last step; then the end of the axis
    held = [((waits > a) & (waits <= b)).sum() for a, b in zip([-1, *steps[1:-1]], steps[1:], strict=True)]
    assert held and min(held) >= 10


def test_the_dropout_curve_is_in_whole_points_and_each_step_rests_on_ten_endings(monkeypatch, store):
    app, _ = opened(monkeypatch, store, "counselling", course="attendance", programme="peer_counselling")
    low, high, line = drawn(app)
    assert all(v == int(v) for trace in (low, high, line) for v in trace["y"])
    with sqlite3.connect(store.removeprefix("sqlite:///")) as connection:
        ended = np.array([r[0] for r in connection.execute("""
            SELECT COUNT(*) FROM counselling_case c JOIN counselling_session s USING (case_id) WHERE c.superseded_by IS NULL
            AND s.superseded_by IS NULL AND s.status = 'attended' AND c.end_reason = 'dropout' AND c.programme_id = 'peer_counselling'
            AND c.first_session_on BETWEEN '2025-11-01' AND '2026-10-31' GROUP BY case_id""")])  # fmt: skip
    steps = line["x"][:-1] if line["y"][-1] == line["y"][-2] else line["x"]  # the axis goes on to the eighth
    held = [((ended > a) & (ended <= b)).sum() for a, b in zip(steps, steps[1:], strict=False)]
    assert held and min(held) >= 10


def test_a_protected_curve_is_the_estimate_to_ten_cases_and_its_limits_hold_the_rounding(store):
    rng = np.random.default_rng(4)
    rows = pd.DataFrame({"days": rng.integers(1, 90, 200), "kind": rng.choice(["first", "withdrew", "waiting"], 200, p=[0.7, 0.1, 0.2]), "cases": 1})  # fmt: skip
    exact = incidence(rows["days"], rows["kind"], rows["cases"], event="first", competing=("withdrew",))
    course = curve.Course(time="days", kind="kind", event="first", competing=("withdrew",))
    coarse = curve.Coarse(least=10, step=Reader(Store.of(store)).step(200))
    found = curve.steps(rows, course, coarse)
    truth = 100 * exact.set_index("time")["incidence"].reindex(found["time"]).to_numpy()
    # Half of ten in 200 cases is 2.5 points, half a whole point more.
    assert np.abs(found["value"] - truth).max() <= 2.5 + 0.5
    assert (found["lower"] <= truth).all() and (truth <= found["upper"]).all()
    few = curve.at(rows.head(9), [90], course, coarse)
    assert few["value"].isna().all()


def test_shares_of_known_callers_name_their_base_and_the_share_of_all_contacts(monkeypatch, store):
    _, said = opened(monkeypatch, store, "hotline", part="callers", view="analyst")
    with sqlite3.connect(store.removeprefix("sqlite:///")) as connection:
        often = [r[0] for r in connection.execute("SELECT COUNT(*) FROM hotline_contact WHERE person_id IS NOT NULL AND superseded_by IS NULL AND local_date >= '2026-01-01' GROUP BY person_id ORDER BY 1 DESC")]  # fmt: skip
    (every,) = one(
        store,
        "SELECT COUNT(*) FROM hotline_contact WHERE superseded_by IS NULL AND local_date >= '2026-01-01'",
    )
    top = sum(often[: round(0.03 * len(often))])
    lead = said[said.index("아는 발신자") :]
    assert (
        f"{sum(often):,}건" in lead
        and f"{every:,}건으로 보면 {numbers.percent(100 * top / every, 0)}" in lead
    )


def test_providers_within_the_outer_limits_are_not_said_to_be_alike(monkeypatch, store):
    for rate in ("start", "dropout", "paired", "recovery"):
        _, said = opened(monkeypatch, store, "counselling", course="providers", rate=rate)
        assert "99.8% 한계" in said and "95% 한계 밖은" in said and "우연히" in said


def test_providers_in_the_same_place_are_drawn_side_by_side(monkeypatch, store):
    app, _ = opened(monkeypatch, store, "counselling", course="providers", rate="start", unit="provider")
    (points,) = [d for s in specs(app) for d in s["data"] if d["mode"].startswith("markers")]
    places = list(zip(points["x"], points["y"], strict=True))
    assert len(set(places)) == len(places)
    whole = pd.DataFrame({"n": [100.0, 100.0, 100.0, 60.0], "value": [50.0, 50.2, 50.1, 50.0]})
    drawn = apart(whole, height=100)
    # Three in one place: two columns 1.1 % of 100 apart, two rows 2.7 % of 100 apart; the single one stays.
    assert drawn["n"].tolist() == pytest.approx([99.45, 100.55, 99.45, 60.0])
    assert drawn["value"].tolist() == pytest.approx([48.65, 48.85, 51.45, 50.0])


def test_outcomes_name_their_cases_and_the_loneliness_scale_says_that_it_holds_all_programmes(
    monkeypatch, store
):
    _, said = opened(monkeypatch, store, "counselling", course="outcomes", programme="mind_counselling")
    assert t("counselling.loneliness_all", "ko") in said and "기록된 신뢰도" in said
    open_cases, = one(store, """SELECT COUNT(*) FROM counselling_case WHERE superseded_by IS NULL AND ended_on IS NULL
        AND programme_id = 'mind_counselling' AND referred_on BETWEEN '2025-11-01' AND '2026-10-31'""")  # fmt: skip
    found = int(said.split("아직 끝나지 않은 ")[1].split("건")[0].replace(",", ""))
    assert abs(found - open_cases) <= 5  # the difference of two counts that are each rounded to 5


def test_few_late_second_sessions_are_withheld_not_called_seldom(monkeypatch, store):
    _, said = opened(
        monkeypatch, store, "counselling", course="waits", programme="peer_counselling", span="6"
    )
    late, = one(store, """WITH held AS (SELECT case_id, scheduled_on, ROW_NUMBER() OVER (PARTITION BY case_id ORDER BY scheduled_on, session_id) k
        FROM counselling_session WHERE superseded_by IS NULL AND status = 'attended')
        SELECT COUNT(*) FROM counselling_case c JOIN held h ON h.case_id = c.case_id AND k = 2 WHERE c.superseded_by IS NULL
        AND programme_id = 'peer_counselling' AND referred_on BETWEEN '2026-05-01' AND '2026-10-31'
        AND julianday(h.scheduled_on) - julianday(first_session_on) > 90""")  # fmt: skip
    assert late < 10 and f"90일을 넘긴 비율 {t('status.withheld', 'ko')}" in said


@pytest.fixture
def never_enough_scores(monkeypatch):
    """The table with a gate that no share of paired scores can pass."""
    monkeypatch.setattr(gate, "PAIRED_GATE", 1.01)
    SHELF.clear()
    yield
    SHELF.clear()


def test_one_measure_in_detail_is_gated_as_in_the_table(monkeypatch, store, never_enough_scores):
    for chosen, key in (("recovery_rate", "plain_gated"), ("paired_completeness", "plain_gate")):
        _, said = opened(monkeypatch, store, "kpi", kpi=chosen)
        lead = said.split('<p class="ieum-lead">')[-1].split("</p>")[0]
        assert registry.get(chosen).name("ko") in lead and t(f"kpi.{key}", "ko") in lead


def test_a_yearly_target_is_held_against_the_mean_month(store):
    kpi = measures.one(Reader(Store.of(store)), "hotline_answered")
    month, counts = float(kpi.chart["centre"].iloc[-1]), kpi.series[["value"]].dropna().to_numpy()
    for aim, word in ((month / 2.1, "outgrown"), (month / 1.9, "holds"), (None, "holds")):
        asked = signals.Asked.of(kpi.metric, kpi.series, aim=aim)
        better = replace(asked, better="higher")
        assert better.words(counts[None])[0][-1] == word
    assert not kpi.outgrown


def test_every_published_figure_that_a_programme_names_exists():
    with (ROOT / "data" / "reference" / "published_facts.csv").open(encoding="utf-8-sig") as file:
        known = {row["fact_id"] for row in csv.DictReader(file)}
    programmes, hotline = published.named("programmes"), published.named("hotline")
    named = {fact for facts in programmes.values() for fact in facts} | {
        *hotline["cumulative"],
        hotline["target"],
    }
    assert named <= known


def test_a_day_of_hours_ends_at_24_and_english_dates_are_english(monkeypatch, store):
    app, _ = opened(monkeypatch, store, "hotline", "en", part="hours")
    steps = specs(app)[1]["data"]
    assert [trace["x"][-1] for trace in steps] == [24, 24] and all(t["y"][23] == t["y"][24] for t in steps)
    app, _ = opened(monkeypatch, store, "hotline", "en", part="callers")
    assert specs(app)[-1]["layout"]["xaxis"]["tickformat"] == "%b %Y"


def test_bulk_closure_of_august_2025_is_found(monkeypatch, store):
    _, said = opened(monkeypatch, store, "counselling", course="outcomes", span="24")
    assert numbers.month(202508, "ko") in said and "한꺼번에 종결한" in said


def test_no_screen_lists_households(monkeypatch, store):
    with sqlite3.connect(store.removeprefix("sqlite:///")) as connection:
        known = connection.execute("SELECT person_id FROM referral LIMIT 1").fetchone()[0]
    for part in ("steps", "signs", "workload", "points"):
        app, said = opened(monkeypatch, store, "detection", detect=part)
        assert known not in said and not app.dataframe
        assert t("detection.no_people", "ko") in said


def test_programmes_without_published_results_say_so(monkeypatch, store):
    _, said = opened(monkeypatch, store, "programmes")
    for name in (
        "실버카 대여",
        "15분 외출처방",
        "배달앱 위기진단",
        "동료상담",
        "중장년 정보채널",
        "똑똑 24 플랫폼",
    ):
        assert name in said
    assert said.count(t("programmes.not_published", "ko")) >= 6
    assert "개통 6주 만에 넘음" in said and "52,020" in said


def test_a_link_to_the_analyst_view_shows_recorded_contacts_rounded(monkeypatch, office_copy, tmp_path):
    url = office_copy(tmp_path / "s.db")
    row = {"channel": "phone", "attempted_at": datetime(2026, 10, 5, 3), "offered_at": datetime(2026, 10, 5, 3), "outcome": "abandoned",
           "person_id": None, "district_code": "11210", "age_band": "40-64", "sex": "female", "topic": None, "risk": False, "referred": False,
           "local_date": date(2026, 10, 5), "month_key": 202610, "hour": 12, "wait_s": 90}  # fmt: skip
    with writing(make_engine(url)) as connection:
        batch = add(connection, "hotline_contact", [{**row, "contact_id": f"recorded{k}"} for k in range(13)])
        facts.refresh(connection, "hotline_contact", batch_id=batch)
    app, _ = opened(monkeypatch, url, "hotline", view="analyst")
    counts = [n for n in specs(app)[0]["data"][0]["x"] if n is not None]
    assert 10 in counts and all(n % 10 == 0 for n in counts)  # 13 attempts


@pytest.mark.parametrize("span", ["6", "36"])
def test_everyone_who_waits_is_counted_whatever_the_chosen_period(monkeypatch, store, span):
    _, said = opened(monkeypatch, store, "counselling", "en", course="waits", span=span, view="analyst")
    waiting = "first_session_on IS NULL AND ended_on IS NULL AND superseded_by IS NULL"
    days = "julianday('2026-10-31') - julianday(referred_on)"
    every, late, later = one(store, f"""
        SELECT COUNT(*), SUM({days} > 42), SUM({days} > 126) FROM counselling_case
        WHERE {waiting} AND referred_on <= '2026-10-31'""")  # fmt: skip

    def cases(n):
        return say.counted(float(n), "en", "cases")

    assert f"{cases(every)} cases wait in all" in said
    assert f"{cases(late)} for more than 42 days, {cases(later)} for more than 126" in said


def test_first_waits_of_finished_courses_stand_beside_those_of_all_who_started(monkeypatch, store):
    _, said = opened(monkeypatch, store, "counselling", "en", course="waits", span="12", view="analyst")
    done, quick = one(store, """
        WITH held AS (SELECT case_id FROM counselling_session WHERE superseded_by IS NULL AND status = 'attended'
                      GROUP BY 1 HAVING COUNT(*) >= 2)
        SELECT COUNT(*), SUM(julianday(first_session_on) - julianday(referred_on) <= 42)
        FROM counselling_case c JOIN held ON held.case_id = c.case_id
        WHERE superseded_by IS NULL AND ended_on BETWEEN '2025-11-01' AND '2026-10-31'""")  # fmt: skip
    assert t("counselling.way_finished", "en") in said
    assert numbers.percent(100 * quick / done, 1) in said


def test_carried_forward_scores_are_a_labelled_sensitivity_and_the_paired_gate_stays_first(
    monkeypatch, store
):
    app, said = opened(monkeypatch, store, "counselling", "en", course="outcomes")
    leads = [e.proto.body for e in app.get("html") if "ieum-lead" in e.proto.body]
    assert "both scores" in leads[0]
    # In the demonstration every scale is taken together, so that nothing can differ: that is said where it is computed, not repeated.
    assert t("counselling.carried", "en") not in said and t("counselling.carried_same", "en") in said
    assert re.search(r"This year to Oct 2026 recovery is \d+% \(95% interval [\d–]+%\); in 2025 it was", said)


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_demonstrations_signals_go_by_kind_until_a_code_list_names_them(
    monkeypatch, store_copy, tmp_path, lang
):
    url = store_copy(tmp_path / "ieum.db")
    _, before = opened(monkeypatch, url, "detection", lang, detect="signs")
    assert (
        t("detection.by_kind", lang) in before and ("전기 1" if lang == "ko" else "Electricity 1") in before
    )
    named = (1, "단전", "Power cut"), (2, "단수", "Water cut")
    rows = [{"signal": n, "name_ko": ko, "name_en": en, "source": "시험 목록"} for n, ko, en in named]
    with writing(make_engine(url)) as connection:
        add(connection, "signal_name", rows)
    Store.of(url).changed()
    app, after = opened(monkeypatch, url, "detection", lang, detect="signs")
    assert t("detection.partly_named", lang, n=2, all=46, source="시험 목록") in after
    shown = json.dumps(specs(app), ensure_ascii=False)
    assert ("신호 1 · 단전" if lang == "ko" else "Signal 1 · Power cut") in shown


def test_a_reliability_on_record_takes_the_place_of_the_assumed_one(monkeypatch, store_copy, tmp_path):
    url = store_copy(tmp_path / "ieum.db")
    app, said = opened(monkeypatch, url, "counselling", "en", course="outcomes")
    assert not app.number_input and "synthetic retest study" in said
    with writing(make_engine(url)) as connection:
        connection.execute(text("UPDATE scale_reliability SET superseded_by = batch_id"))
    Store.of(url).changed()
    SHELF.clear()
    app, _ = opened(monkeypatch, url, "counselling", "en", course="outcomes")
    assert [n.key for n in app.number_input] == ["widget_reliability"]
    row = {"instrument": "UCLA-20", "method": "retest", "value": 0.85, "people": 120, "measured_on": date(2026, 5, 11),
           "author": "담당 부서", "source": "시험 보고"}  # fmt: skip
    with writing(make_engine(url)) as connection:
        add(connection, "scale_reliability", [row])
    Store.of(url).changed()
    app, said = opened(monkeypatch, url, "counselling", "en", course="outcomes")
    assert not app.number_input
    # Fisher: atanh(0.85) = 1.2562, 1.96 / sqrt(117) = 0.1812: tanh gives 0.79 and 0.89.
    assert "0.85 (95% interval 0.79–0.89" in said and "120 people" in said and "담당 부서" in said


def test_first_time_callers_equal_sql_over_raw_contacts_and_name_where_the_record_begins(monkeypatch, store):
    _, said = opened(monkeypatch, store, "hotline", "en", part="callers", view="analyst")
    known, new = one(store, """
        SELECT COUNT(*), SUM(first = 202610) FROM (
            SELECT person_id, MIN(month_key) AS first, MAX(month_key = 202610) AS here FROM hotline_contact
            WHERE superseded_by IS NULL AND person_id IS NOT NULL GROUP BY 1) WHERE here""")  # fmt: skip
    assert f"Of {numbers.number(known)} known callers in" in said and f", {numbers.number(new)} contacted for the first" in said  # fmt: skip
    assert "Apr 2025" in said


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_trend_charts_name_months_in_the_language_of_the_page(monkeypatch, store, lang):
    app, _ = opened(monkeypatch, store, "kpi", lang)
    ticks = {s["layout"]["xaxis"].get("tickformat") for s in specs(app) if s["layout"].get("xaxis", {}).get("type") == "date"}  # fmt: skip
    assert ticks == {t("services.tick_month", lang)}


def test_load_and_staffing_stand_in_one_view_with_days_and_limits(monkeypatch, store):
    app, said = opened(monkeypatch, store, "hotline", "en", part="hours", measure="staff")
    heat = next(s["data"][0] for s in specs(app) if s["data"][0]["type"] == "heatmap")
    assert np.shape(heat["z"]) == (7, 24)
    days, contacts = one(store, f"""
        SELECT COUNT(DISTINCT local_date), SUM(outcome <> 'busy' AND hour = 22)
        FROM hotline_contact WHERE {YEAR} AND strftime('%w', local_date) = '1'""")  # fmt: skip
    cell = heat["customdata"][0][22]  # Monday, 22:00
    load = 10 * round(contacts / 10) / days  # of the published count: the exact mean would give it back
    assert f"{numbers.number(load, 1)} contacts an hour (" in cell and f"{days} days" in cell
    assert t("hotline.heat_note_staff", "en") in said
    app, _ = opened(monkeypatch, store, "hotline", "en", part="hours", measure="answer")
    heat = next(s["data"][0] for s in specs(app) if s["data"][0]["type"] == "heatmap")
    assert "days" in heat["customdata"][0][22] and "%" in heat["customdata"][0][22].split("(")[1]
