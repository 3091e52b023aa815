"""A number in a sentence is one of the frame drawn under it, on the same base."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from answers import registry
from answers.answer import Note, Table
from answers.ask import Ask
from answers.counselling import outcomes
from answers.counselling.common import where
from answers.kpi import measures, said
from answers.reader import Reader
from answers.reisolation import common, seen
from answers.store import Store
from charts import control
from data.release import TENTHS_FROM
from forecast.reisolation import cohort
from forecast.reisolation.states import cumulative_incidence
from locales import numbers, t
from metrics import spc


@pytest.fixture
def read(store):
    return Reader(Store.of(store))


def bars(answer) -> dict[str, str]:
    """What stands beside each bar of a funnel."""
    trace = answer.figures()[0].spec["data"][0]
    return dict(zip(trace["y"], trace["text"], strict=True))


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_flagged_contacted_confirmed_and_enrolled_each_stand_with_their_own_base(read, lang):
    found = registry.answer("detection.steps", read, lang)
    beside = list(bars(found).values())
    assert len(beside) == 4
    for text in beside:
        for part in text.split(" · "):
            assert part in found.sentence
    counts = [float(text.split(" · ")[0].replace(",", "")) for text in beside]
    for (top, bottom), text in zip(zip(counts[1:], counts, strict=False), beside[1:], strict=True):
        # Tenths where half a rounding step moves a share by less than half of one.
        assert text.endswith(" " + numbers.percent(100 * top / bottom, int(bottom >= TENTHS_FROM)))


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_those_who_gave_up_waiting_have_one_share_in_the_sentence_and_beside_the_bar(read, lang):
    found = registry.answer("hotline.flow", read, lang)
    beside = bars(found)[t("hotline.step_abandoned", lang)]
    assert t("hotline.step_waited", lang) in beside
    (share,) = re.findall(r"[\d.]+%", beside)
    assert share in found.sentence


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_sensitivity_that_changes_nothing_is_said_and_one_that_does_is_a_table(read, lang):
    question = "counselling.outcomes"
    ask = Ask(question, lang, tuple(registry.codes_of(question, read, {}).items()))
    columns = ("completed", "paired", "at_caseness", *outcomes.TOPS)
    paired = read.total("outcome_monthly", columns=columns, where=where(ask, read))
    carried = read.total(
        "course_end", columns=("completed", "scored", "at_caseness", *outcomes.TOPS), where=where(ask, read)
    )
    assert paired["completed"] == carried["scored"]
    assert all(paired[c] == carried[c] for c in ("at_caseness", *outcomes.TOPS))
    alike = outcomes._carried(ask, read, paired)
    assert alike == []  # what cannot differ is no part of its own; how outcomes are computed says so
    other = outcomes._carried(ask, read, paired.where(paired.index != "recovered", paired["recovered"] + 5))
    assert [type(b) for b in other] == [Note, Table]


def test_horizons_are_those_of_the_calendar_for_people_and_for_the_line(read):
    left = pd.Timestamp("2025-04-01")
    people = pd.DataFrame({"left_on": [left], "time": [1.0], "cause": [""], "seen_from_exit": [True]})
    horizons = (6, 12, 24, 36, 48, 60)
    found = cohort.limits(people, as_of=pd.Timestamp("2025-05-01").date(), horizons_months=horizons).first_on
    assert [str(day) for day in found.values()] == [
        "2025-10-01", "2026-04-01", "2027-04-01", "2028-04-01", "2029-04-01", "2030-04-01",
    ]  # fmt: skip
    for horizon, day in found.items():
        before = cohort.fixed_horizon(
            people, as_of=(pd.Timestamp(day) - pd.Timedelta(days=1)).date(), horizons_months=(horizon,)
        )
        on = cohort.fixed_horizon(people, as_of=day, horizons_months=(horizon,))
        assert (before["status"].item(), on["status"].item()) == ("immature", "ok")
    (line,) = common.line_limits(read, horizons, "en")
    opened = read.events().query("programme_id == 'hotline' and kind == 'launch'")["happened_on"].min()
    assert numbers.day((pd.Timestamp(opened) + pd.DateOffset(months=60)).date(), "en") in line


def test_a_return_on_the_last_day_of_the_horizon_counts_and_one_on_the_next_does_not():
    left = pd.Timestamp("2025-09-01")  # six months are 181 days
    people = pd.DataFrame({"left_on": left, "time": np.array([181, 182]) / cohort.DAYS_PER_MONTH, "cause": "reisolated",
                           "seen_from_exit": True})  # fmt: skip
    found = cohort.fixed_horizon(people, as_of=pd.Timestamp("2026-12-31").date(), horizons_months=(6,))
    assert found[["exits", "events"]].to_numpy().tolist() == [[2, 1]]


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_it_is_said_from_which_month_on_fewer_than_five_are_at_risk(lang):
    n = 12
    curve = cumulative_incidence(np.arange(1.0, n + 1) - 0.5, ["reisolated"] * n)
    # Twelve at risk before half a month, four from the ninth return, in the ninth month.
    (note,) = seen.few_said(SimpleNamespace(curve=curve), 7, lang)
    assert note.text == t("reisolation.seen_few", lang, month="9", few=5, last=7)
    enough = cumulative_incidence(np.r_[np.arange(1.0, 8.0), [9.0] * 5], [*["reisolated"] * 7, *[""] * 5])
    assert seen.few_said(SimpleNamespace(curve=enough), 7, lang) == []
    assert seen.few_said(SimpleNamespace(curve=None), 7, lang) == []


# Values whose last month is in a run and a trend at once, both ways and against each other.
ALSO = {
    ("run", "high", "trend"): ([0.0, 1.0] * 8, range(2, 9), "plain_also_trend_high"),
    ("run", "low", "trend"): ([10.0, 9.0] * 8, range(8, 1, -1), "plain_also_trend_low"),
    ("trend", "high", "run"): ([20.0, 40.0] * 8, range(20, 27), "plain_also_run_low"),
    ("trend", "low", "run"): ([20.0, 40.0] * 8, range(40, 33, -1), "plain_also_run_high"),
}


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("marks", ALSO)
def test_a_run_and_a_trend_in_one_point_are_both_told(read, marks, lang):
    cause, side, also = marks
    before, last, key = ALSO[marks]
    kpi = measures.one(read, "answer_rate")
    values = [*before, *map(float, last)]
    chart = spc.xmr(np.array(values)).assign(lower=-1e6, upper=1e6)
    marked = spc.special_causes(values, chart["centre"], chart["lower"], chart["upper"])
    chart[["cause", "side", "also"]] = marked
    assert marked.iloc[-1].tolist() == [cause, side, also]
    shown = replace(kpi, chart=chart, variation="change")
    assert t(f"kpi.{key}", lang) in said.plain(shown, lang)
    assert t(f"kpi.{key}", lang) in said.sentence(shown, lang)
    months = [202401 + m % 12 + 100 * (m // 12) for m in range(len(values))]
    spec = control.control(chart, months, metric=kpi.metric, lang=lang, caption="")
    both = [t(f"kpi.cause_{name}", lang) for name in (cause, also)]
    assert all(word in spec["data"][-1]["customdata"][-1] for word in both)
    assert control.signal("run", "", lang) == t("kpi.cause_run", lang)
