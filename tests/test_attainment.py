"""Whether a target will be met: arithmetic by hand, both directions, coverage on made series, and what the pages say of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from answers import attainment as said
from answers import registry, targets
from answers.kpi import measures
from answers.reader import Reader
from answers.store import Store
from data import queries
from data.engine import set_state
from forecast import attainment as pace
from locales import LANGUAGES, t


def series(rng, months):
    """Counts with a level that wanders, a season, and more than Poisson's spread."""
    level = np.log(rng.uniform(200, 5000)) + np.cumsum(rng.normal(0, rng.uniform(0.02, 0.08), months))
    season = rng.uniform(0, 0.15) * np.sin(2 * np.pi * (np.arange(months) + rng.integers(12)) / 12)
    return rng.poisson(np.exp(level + season) * rng.gamma(50, 1 / 50, months)).astype(float)


def test_the_last_three_months_go_on_and_their_past_errors_are_the_spread():
    found = pace.total_pace(np.array([100.0, 100, 100, 200, 100, 100, 200, 100, 100, 200]), 1)
    # Forecasts of months 4 to 10: 100, 400/3 … 400/3; outcomes 200, 100, 100, 200, 100, 100, 200.
    errors = np.log([200 / 100, *(3 * x / 400 for x in (100, 100, 200, 100, 100, 200))])
    assert found.method == "pace" and found.df == 7
    assert found.middle == pytest.approx(400 / 3) and found.errors == pytest.approx(errors)
    assert found.scale == pytest.approx(np.sqrt(np.mean(errors**2)))
    need = 1000.0
    expected = student.sf(np.log((need - 900) / (400 / 3)) / found.scale, 7)
    assert pace.chance(found, need, done=900) == pytest.approx(expected)
    # The target that is met with a chance is the quantile, and the other way round.
    assert pace.chance(found, pace.total(found, 0.2, done=900), done=900) == pytest.approx(0.8)


def test_a_season_that_repeats_is_seen_and_one_that_does_not_is_not_made_up():
    year = np.array([100.0, 120, 150, 200, 260, 300, 310, 280, 220, 170, 130, 110])
    found = pace.total_pace(np.concatenate([year, 1.1 * year, 1.21 * year]), 2)
    assert found.method == "season" and found.middle == pytest.approx(1.331 * year[:2].sum())
    assert found.scale == pytest.approx(0, abs=1e-9)
    flat = pace.total_pace(np.random.default_rng(1).poisson(1000, 36).astype(float), 2)
    assert flat.method == "pace"


def test_a_short_record_says_nothing_and_no_error_is_no_doubt():
    assert pace.total_pace(np.full(7, 50.0), 2) is None  # two origins that do not overlap
    sure = pace.total_pace(np.full(10, 50.0), 2)
    assert pace.chance(sure, 100.0) == 1 and pace.chance(sure, 100.1) == 0
    assert pace.chance(sure, 10.0, done=20.0) == 1 and pace.chance(sure, 10.0, done=20.0, at_most=True) == 0


def test_months_to_a_target_are_counted_from_the_next_one():
    sure = pace.total_pace(np.full(12, 50.0), 2)
    assert [pace.reached(sure, goal, done=100.0, q=0.5) for goal in (100, 101, 150, 151, 100 + 36 * 50, 1901)] == [
        0, 1, 1, 2, 36, None,
    ]  # fmt: skip


def test_a_share_stands_where_its_last_three_months_stood_together():
    top, bottom = (
        np.array([10.0, 90, 20, 40, 90, 20, 40, 90]),
        np.array([20.0, 100, 40, 80, 100, 40, 80, 100]),
    )
    found = pace.ratio_pace(top, bottom, 1, share=True)
    assert found.middle == pytest.approx(150.5 / 221)  # the ratio of sums, not the mean of ratios
    assert pace.chance(found, 150.5 / 221) == pytest.approx(0.5)
    assert pace.chance(found, 0.6) == pytest.approx(1 - pace.chance(found, 0.6, at_most=True))
    assert pace.chance(found, 1.0) == 0
    with pytest.raises(ValueError, match="parts"):
        pace.ratio_pace(bottom, top, 1, share=True)


@pytest.mark.parametrize("horizon", [1, 4, 8])
def test_eighty_percent_intervals_hold_four_outcomes_of_five_and_chances_come_true(horizon):
    rng = np.random.default_rng(horizon)
    inside, told, came = [], [], []
    for _ in range(250):
        seen = series(rng, 36 + horizon)
        found, outcome = pace.total_pace(seen[:36], horizon), seen[36:].sum()
        inside.append(pace.total(found, 0.1) <= outcome <= pace.total(found, 0.9))
        goal = found.middle * np.exp(rng.normal(0, found.scale))
        told.append(pace.chance(found, goal))
        came.append(outcome >= goal)
    assert 0.73 <= np.mean(inside) <= 0.90
    assert np.mean(told) == pytest.approx(np.mean(came), abs=0.08)
    assert np.mean((np.array(told) - came) ** 2) < 0.21  # a coin that is thrown scores a quarter


# --- What the pages say ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def read(store):
    return Reader(Store(store))


def plans(read):
    rows = read.rows(queries.output_targets)
    return rows[rows["fiscal_year"] == read.as_of.year].to_dict("records")


def test_every_plan_of_the_year_that_records_count_has_a_chance_which_its_verdict_follows(read):
    found = {p["programme_id"]: said.of_plan(read, p["programme_id"], p["output"], 2026) for p in plans(read)}
    states = {name: one.state for name, one in found.items() if one is not None}
    assert len(states) == len(found) and {"likely", "open"} <= set(states.values())
    for one in found.values():
        low, high = one.at(0.1), one.at(0.9)
        assert one.done < low < high
        assert (one.chance >= said.LIKELY) == (one.state == "likely")
        assert (one.target <= one.at(1 - said.LIKELY)) == (one.state == "likely")
        assert one.by == 202612 and one.pace.horizon == 2


def test_the_running_month_is_yet_to_come_and_counts_once(store_copy, tmp_path):
    """In the middle of October what is there is that of September's end, and three months are to come."""
    mine = Store(store_copy(tmp_path / "october.db"))
    plan = targets.plans_of(Reader(mine), "hotline", 2026)[0]
    whole = targets.delivered(Reader(mine), plan)
    with mine.engine.begin() as connection:
        set_state(connection, as_of="2026-10-15")
    read = Reader(Store(mine.url))
    found = said.of_plan(read, "hotline", plan["output"], 2026)
    assert found.month == 202609 and found.pace.horizon == 3
    assert found.done == targets.delivered(read, plan, until=202609) < whole


def test_a_withheld_month_or_a_gap_is_no_nought(read):
    months, counts = pd.Series([202608, 202609, 202610]), pd.Series([10.0, np.nan, 30.0])
    assert said._pace(months, counts, 202610, 2) is None
    assert said._pace(pd.Series([202607, 202609, 202610]), counts.fillna(20), 202610, 2) is None
    assert said._pace(months, counts.fillna(20), 202611, 2) is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_table_page_and_programmes_say_the_same_verdict(read, lang):
    kpi = next(k for k in measures.every(read) if k.watched.id == "hotline_answered")
    line = said.line(said.of_kpi(read, kpi), lang)
    pages = [
        registry.answer("kpi", read, lang, {"kpi": "hotline_answered"}),
        registry.answer("programmes", read, lang),
    ]
    for page in pages:
        assert line.text in {
            under.text for table in page.tables() for row in table.rows for cell in row for under in getattr(cell, "under", ())
        }  # fmt: skip
    (note,) = said.blocks(read, kpi, lang)
    plan = targets.plans_of(read, "hotline", 2025)[0]
    assert note.text.startswith(line.text) and targets.plan_words(read, plan, lang) in note.text
    assert line.text.startswith("▲") and line.tone == "better"


def test_a_target_that_the_city_set_for_a_share_is_judged_by_its_last_day(read):
    kpi = next(k for k in measures.every(read) if k.watched.id == "answer_rate")
    assert said.of_measure(kpi) is None  # a yardstick from elsewhere is no target with a date
    ends = pd.Timestamp("2026-12-31")
    states = {}
    for goal in (50.0, 99.0):
        own = measures.replace(
            kpi, target=goal, target_row={"group_key": "city", "valid_to": ends, "value": goal}
        )
        found = said.of_measure(own)
        assert found.by == 202612 and found.pace.horizon == 2
        states[goal] = found.state
    assert states == {50.0: "likely", 99.0: "unlikely"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_chance_is_never_told_as_certain(lang):
    assert said.chance_words(0.9999, lang) == t("attain.over", lang, most="99%")
    assert said.chance_words(0.0001, lang) == t("attain.under", lang, least="1%")
    assert said.chance_words(0.434, lang) == "43%"


def test_an_unknown_way_and_too_few_months_are_refused_by_name():
    with pytest.raises(ValueError, match="method"):
        pace.monthly(np.full(20, 1.0), "trend")
    with pytest.raises(ValueError, match="seen"):
        pace.monthly(np.full(14, 1.0), "season")
