"""Money along the thread: to the won of the ledger at every level, by hand, and with limits that hold the truth of made years."""

import dataclasses
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers import registry
from answers.answer import Table
from answers.reader import Reader
from answers.store import Store
from answers.thread import common, money
from data import ledger, thread
from data.release import GrainError
from locales import LANGUAGES, t
from metrics import budget
from metrics import thread_money as maths
from tools import thread_study
from tools.thread_study import frames

# ── By hand ─────────────────────────────────────────────────────────────────────────────────────────


@given(
    st.lists(st.integers(-(10**13), 10**13), min_size=1, max_size=6),
    st.lists(st.integers(0, 1000), min_size=1, max_size=5),
)
def test_parts_are_whole_and_add_to_the_won(amounts, weights):
    if not sum(weights):
        with pytest.raises(ValueError, match="none"):
            maths.parts(amounts, [weights] * len(amounts))
        return
    found = maths.parts(amounts, [weights] * len(amounts))
    assert found.dtype == np.int64 and found.sum(axis=1).tolist() == amounts
    exact = np.outer(amounts, weights) / sum(weights)
    assert np.abs(found - exact).max() < 1 + 1e-3
    assert not found[:, np.array(weights) == 0].any()


def test_largest_remainders_by_hand():
    # 10 in thirds: the one that is left goes to the first of equal remainders; a refund is the same with its sign.
    assert maths.parts([10, -7], [[1, 1, 1], [2, 1, 1]]).tolist() == [[4, 3, 3], [-3, -2, -2]]
    with pytest.raises(ValueError, match="whole"):
        maths.parts([0.5], [[1]])


def test_activity_is_weighed_by_the_minutes_of_the_rules():
    steps = ("contacted", "enrolled", "completed")
    found = maths.minutes(
        {"referral_received": 10, "referral_accepted": 5, "visit": 20, "case_started": 99}, steps
    )
    assert found == {"contacted": 600, "enrolled": 300, "completed": 1200}
    # Nothing on record, or nothing shown: all of it for the last of the steps.
    assert maths.minutes({"visit": float("nan")}, steps) == {"contacted": 0, "enrolled": 0, "completed": 1}


def test_each_programme_pays_for_its_steps_and_overhead_follows_them():
    paid = pd.DataFrame(
        [("crisis_detection", 100), ("hotline", 300), ("mind_counselling", 600), ("ddokddok_24", 100), ("silver_car_rental", 50),
         ("new_one", 7), ("hotline", -100)],
        columns=["programme_id", "won"],
    )  # fmt: skip
    found = maths.assigned(paid, {"mind_counselling": {"case_started": 20, "session_attended": 270}})
    columns = [*maths.STEPS, maths.BESIDE, maths.UNASSIGNED]
    assert (found[columns].sum(axis=1) == found["won"]).all()
    # 20 × 90 of 20 × 90 + 270 × 60 minutes: a tenth. Overhead: as 100, 200, 60 and 540 of 900.
    assert found[columns].to_numpy().tolist() == [
        [100, 0, 0, 0, 0, 0, 0], [0, 300, 0, 0, 0, 0, 0], [0, 0, 60, 0, 540, 0, 0], [11, 22, 7, 0, 60, 0, 0], [0, 0, 0, 0, 0, 50, 0],
        [0, 0, 0, 0, 0, 0, 7], [0, -100, 0, 0, 0, 0, 0],
    ]  # fmt: skip
    alone = maths.assigned(paid[paid["programme_id"] == "ddokddok_24"], {})
    assert alone[maths.UNASSIGNED].tolist() == [100]


def test_a_ratio_of_sums_and_no_limits_of_few_cells():
    cells = pd.DataFrame({"month": [1, 2], "district_code": ["a", ""], "won": [600, 300]})
    people = pd.DataFrame({"month": [1, 2, 3], "district_code": ["a", "b", "b"], "people": [3, 5, 1]})
    found = maths.cost(cells, people, draws=50, rng=np.random.default_rng(1))
    assert found.value == 100 and np.isnan([found.low, found.high]).all()
    assert maths.cost(cells, people, draws=5, rng=np.random.default_rng(1), each=10).value == pytest.approx(
        110
    )
    assert np.isnan(maths.cost(cells, people.assign(people=0), draws=5, rng=np.random.default_rng(1)).value)
    with pytest.raises(ValueError, match="people"):
        maths.cost(cells, people.assign(people=-1), draws=5, rng=np.random.default_rng(1))


def test_limits_hold_the_truth_of_made_years():
    held = thread_study.costs(120, 4, thread_study.MONEY)
    assert 0.91 <= np.mean(list(held.values())) <= 0.985
    assert all(0.85 <= share <= 1 for share in held.values())


def test_steps_are_counted_in_the_month_in_which_they_are_reached():
    def day(month, number=1, year=2025):
        return date(year, month, number)

    records = frames(
        counselling_case=[("d", "mind_counselling", "11020", "19-39", "female", day(1), day(2), day(4), "completed", day(2), 1, 1)],
        follow_up=[("d", "11020", day(4, 3, 2026), "connected")],
    )  # fmt: skip
    found = thread.made(records, until=date(2026, 6, 30))[3].set_index(["year", "month"])
    assert found.loc[(2025, 1)]["known"] == 1 and found.loc[(2025, 1)]["contacted"] == 0
    assert found.loc[(2025, 2), ["contacted", "assessed", "enrolled"]].tolist() == [1, 1, 1]
    assert found.loc[(2025, 4)]["completed"] == 1
    assert found.loc[(2026, 4), ["due", "connected", "apart"]].tolist() == [1, 1, 0] and len(found) == 4


# ── On the demonstration ────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def read(store):
    return Reader(Store(store))


def won(text):
    return int(text.replace(",", "").replace("−", "-"))


def test_people_by_month_are_those_of_the_cohorts(read):
    """Everybody who ever reached a step did so in one month; who became known in a year is that year's cohort."""
    with read.store.connect() as connection:
        months, cohorts = (
            pd.read_sql(f"SELECT * FROM {name}", connection) for name in ("thread_reached", "thread_yearly")
        )
    assert months[[*maths.STEPS]].sum().tolist() == cohorts[[*maths.STEPS]].sum().tolist()
    assert (
        months.groupby("year")["known"].sum()[lambda n: n > 0].to_dict()
        == cohorts.groupby("year")["known"].sum().to_dict()
    )
    assert (
        months[["due", "connected", "apart"]].sum().tolist()
        == cohorts[["due_12", "connected_12", "apart_12"]].sum().tolist()
    )


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_won_along_the_thread_are_those_of_the_ledger_at_every_level(read, year):
    rows = read.rows(ledger.cells)
    spent = (
        budget.staged(rows[rows["fiscal_year"] == year], closed_before=2026)
        .groupby("programme_id")["expenditure"]
        .sum()
    )
    one = money.found(read, year)
    columns = [*maths.STEPS, maths.BESIDE, maths.UNASSIGNED]
    by_programme = one.cells.groupby("programme_id")[columns].sum().sum(axis=1)
    assert by_programme[by_programme != 0].to_dict() == spent[spent != 0].to_dict()
    assert money.by_door(one).sum() == one.won[["known", "contacted"]].sum()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_adds_to_the_ledger_and_costs_lie_in_their_limits(read, lang):
    answer = registry.answer("thread.money", read, lang, {"paid": "2025"})
    tables = {table.name: table for table in answer.every() if isinstance(table, Table)}
    rows = {row[0]: row for row in tables["thread_money"].rows}
    steps = sum(won(rows[t(f"thread.money_for_{step}", lang)][1]) for step in maths.STEPS)
    assert steps == won(rows[t("thread.money_along", lang)][1])
    whole = won(rows[t("thread.money_total", lang)][1])
    assert steps + won(rows[t("thread.money_for_beside", lang)][1]) == whole
    assert sum(won(row[2]) for row in tables["thread_money_programmes"].rows) == whole
    one = money.found(read, 2025)
    for step in maths.STEPS:
        low, high = one.limits["upto", step]
        assert low <= one.upto(step) / one.people[step] <= high
    # Seven programmes began with the year: it is not set against the one before.
    assert len(one.new) == 7 and not one.change and "7" in answer.sure


def test_what_stands_beside_the_thread_or_is_not_assigned_is_no_part_of_it(read):
    one = money.found(read, 2025)
    beside = one.cells[one.cells["programme_id"].isin(maths.rules()["beside"]["programmes"])]
    assert (beside[maths.BESIDE] == beside["won"]).all() and one.along + one.won[maths.BESIDE] == one.cells[
        "won"
    ].sum()
    every = {
        *maths.rules()["direct"],
        *maths.rules()["shared"],
        *(c for k in ("overhead", "beside") for c in maths.rules()[k]["programmes"]),
    }
    assert every == set(read.programme_names("ko"))


def test_no_other_grid_of_it_is_published(read):
    with pytest.raises(GrainError):
        read.totals("thread_reached", columns=("known",), keys=("month",), where={"year": 2025})


def test_an_office_without_a_ledger_says_which_file_fills_it(office):
    answer = registry.answer("thread.money", Reader(Store.of(office)), "ko")
    assert [table for table in answer.tables() if table.name == "files"]


def test_the_cost_of_one_who_is_connected_holds_whatever_rounding_hides(read):
    """As the cohort's bounds: counts as shown are up to half a step off, and what is withheld may be any of 0 to 9."""
    one = money.found(read, 2025)
    due, yes, no = one.people[["due", "connected", "apart"]]
    assert common.edges(read, (due, yes, no)) == (yes - 5, due - no + 10, due + 5)
    assert common.edges(read, (100, np.nan, 40)) == (0, 78, 109)
    people, cost = money._connected(read, one, "en")
    assert (
        people == f"{yes - 5:,.0f}–{due - no + 10:,.0f}"
        and cost in registry.answer("thread.money", read, "en").sentence
    )
    # Nobody who can be connected: no cost, and no division by nobody.
    people_ = one.people.copy()
    people_["connected"], people_["apart"] = 0.0, due
    nobody = dataclasses.replace(one, people=people_)
    assert money._connected(read, nobody, "en")[1] == ""
