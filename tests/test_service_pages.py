"""The service pages: figures equal to SQL over raw rows, the publishing rule, refusals and absences said in words."""

import json
import os
import sqlite3
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from small import add, make
from streamlit.testing.v1 import AppTest

from data import facts
from data.engine import make_engine, writing
from locales import numbers, t
from metrics import registry
from ui import kpis
from ui import store as ui_store

ROOT = Path(__file__).resolve().parent.parent
YEAR = "local_date BETWEEN '2025-11-01' AND '2026-10-31' AND superseded_by IS NULL"


@pytest.fixture(autouse=True)
def in_project(monkeypatch):
    monkeypatch.chdir(ROOT)
    ui_store._CHECKED.clear()


def opened(monkeypatch, url, page, lang="ko", **params):
    monkeypatch.setenv("DATABASE_URL", url)
    app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=60)
    app.query_params["lang"] = lang
    app.run()
    app.switch_page(os.path.relpath(ROOT / "pages" / f"{page}.py", ROOT / "ui"))
    for name, value in {"lang": lang, **params}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    said = html(app)
    assert t("app.error", lang) not in " ".join(str(e.value) for e in app.error)
    return app, said


def html(app):
    return " ".join(e.proto.body for e in app.get("html"))


def specs(app):
    return [json.loads(e.proto.spec) for e in app.get("plotly_chart")]


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
        assert t("evidence.synthetic", lang) in said


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
    assert "SBS News 2025-08-18" in said and t("evidence.synthetic", "ko") in said


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
    url = f"sqlite:///{tmp_path / 's.db'}"
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
    url = f"sqlite:///{tmp_path / 's.db'}"
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


def test_the_table_of_measures_puts_decisions_first_with_words_owner_and_age(monkeypatch, store):
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
    assert kpis.closed_month(date(2026, 10, 31)) == 202610
    assert kpis.closed_month(date(2026, 10, 30)) == 202609
    assert kpis.closed_month(date(2026, 1, 31), 2) == 202511


def test_a_target_holds_for_its_months_and_group_and_a_yardstick_is_not_the_citys(monkeypatch, store):
    monkeypatch.setenv("DATABASE_URL", store)
    assert kpis.target_of("hotline_answered", 202506)["value"] == 3000  # F065: the target of 2025
    assert kpis.target_of("hotline_answered", 202610) is None
    assert kpis.target_of("programme_visits", 202508, "challenge_365")["value"] == 5000  # F120, first cohort
    assert (
        kpis.target_of("programme_visits", 202511, "challenge_365")["value"] == 10000
    )  # F122, second cohort
    assert kpis.target_of("first_wait_42", 202610)["group_key"] == "reference"
    assert registry.get("first_wait_42").target is None


def test_bulk_closure_of_august_2025_is_found(monkeypatch, store):
    _, said = opened(monkeypatch, store, "counselling", course="outcomes", span="24")
    assert numbers.month(202508, "ko") in said and "한꺼번에 닫은" in said


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


def test_the_analyst_view_rounds_again_once_recorded_contacts_are_there(monkeypatch, store_copy, tmp_path):
    url = store_copy(tmp_path / "mixed.db")
    row = {"channel": "phone", "attempted_at": datetime(2026, 10, 5, 3), "offered_at": datetime(2026, 10, 5, 3), "outcome": "abandoned",
           "person_id": None, "district_code": "11210", "age_band": "40-64", "sex": "female", "topic": None, "risk": False, "referred": False,
           "local_date": date(2026, 10, 5), "month_key": 202610, "hour": 12, "wait_s": 90}  # fmt: skip
    with writing(make_engine(url)) as connection:
        batch = add(connection, "hotline_contact", [{**row, "contact_id": f"recorded{k}"} for k in range(13)])
        facts.refresh(connection, "hotline_contact", batch_id=batch)
    app, _ = opened(monkeypatch, url, "hotline", view="analyst")
    counts = specs(app)[0]["data"][0]["x"]
    # Attempts, offered, short, gone, answered: every total that the recorded contacts are part of.
    assert len(counts) == 8 and all(n % 5 == 0 for n in counts[:5])
