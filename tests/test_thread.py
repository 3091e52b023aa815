"""The thread by hand: who comes how far, in how many days, who is lost where, and what is known of them afterwards."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import func, select
from statsmodels.duration.survfunc import CumIncidenceRight

from data import tables as t
from data import thread
from data.engine import make_engine
from metrics import thread as maths
from tools import thread_study
from tools.thread_study import frames

UNTIL = date(2026, 6, 30)
STEPS = list(thread.STEPS)


def spell(who, state, start, end=None, exit=None, entered=None, sex="female", age="40-64"):
    return (who, state, start, entered or start, end, exit, "11010", age, sex)


def day(month, number=1, year=2025):
    return date(year, month, number)


@pytest.fixture(scope="module")
def by_hand():
    """a: all the way, with a return; b: a caller nobody heard of again; c: declined; d: a course of which nothing is known after."""
    return frames(
        hotline_contact=[("b", day(3), day(3, 5), day(3, 5), "11010", "40-64", "male")],
        referral=[("a", "detection", "11010", "local_bodies", day(1), day(1, 11), day(2)),
                  ("c", "outreach", "11020", "care_corps", day(5), None, day(5, 21))],
        counselling_case=[("d", "mind_counselling", "11020", "19-39", "female", day(1), day(1, 21), day(4), "completed", day(1, 21), 1, 1)],
        spell=[spell("a", "isolated", day(1, 15), day(2, 1)), spell("a", "supported", day(2, 1), day(3, 1)),
               spell("a", "connected", day(3, 1), day(10, 1)), spell("a", "reisolated", day(10, 1), day(12, 1)),
               spell("a", "connected", day(12, 1))],
        follow_up=[("d", "11020", day(10, 3), "connected")],
    )  # fmt: skip


def test_people_are_counted_at_every_step_that_they_reach(by_hand):
    yearly, _, links, _ = thread.made(by_hand, until=UNTIL)
    sums = yearly.sum(numeric_only=True)
    assert sums[STEPS].tolist() == [4, 3, 2, 2, 2]  # c is only known, b is contacted, a and d complete
    assert (sums["ended_known"], sums["silent_contacted"], sums["ended_enrolled"]) == (1, 1, 0)
    assert (sums["scored"], sums["better"]) == (1, 1)
    at = {m: tuple(int(sums[f"{what}_{m}"]) for what in ("due", "connected", "apart")) for m in (6, 12, 24)}
    # Six months on, a is connected by a spell and d by a follow-up near the day; a year on, a is connected again and of d nothing is known.
    assert at == {6: (2, 2, 0), 12: (2, 1, 0), 24: (0, 0, 0)}
    assert (sums["ever_connected"], sums["returned"], sums["came_back"], sums["now_connected"]) == (
        1,
        1,
        1,
        1,
    )
    doors = yearly.set_index("door")["known"].to_dict()
    assert doors == {"detection": 1, "hotline": 1, "outreach": 1, "counselling": 1}
    found = links.set_index("table_name")
    assert found.loc["spell"].tolist()[1:] == [1, 1] and found.loc["hotline_contact"].tolist()[1:] == [1, 0]


def test_days_between_steps_are_those_of_the_records(by_hand):
    _, times, *_ = thread.made(by_hand, until=UNTIL)
    got = {(r.step, r.kind): r.days for r in times.itertuples() if r.people == 1}
    # A later step proves the earlier ones: a was accepted on the 11th, so it was assessed by then.
    taken = times[(times["step"] == "contacted") & (times["kind"] == "reached")]
    assert dict(zip(taken["days"], taken["people"], strict=True)) == {4: 1, 10: 1, 20: 1}
    assert got["contacted", "ended"] == 20
    assert got["returned", "reached"] == (day(10) - day(3)).days
    assert got["came_back", "reached"] == (day(12) - day(10)).days


def test_records_that_cannot_be_of_one_person_stand_for_themselves(by_hand):
    """The pseudonym of d in the register with another sex: two people, not one; with the same sex they are one."""
    for sex, people in (("male", 5), ("female", 4)):
        more = pd.DataFrame(
            [spell("d", "isolated", day(6), sex=sex, age="19-39")], columns=list(thread.COLUMNS["spell"])
        )
        both = pd.concat([by_hand["spell"], more], ignore_index=True)
        assert thread.made(by_hand | {"spell": both}, until=UNTIL)[0]["known"].sum() == people


def test_silence_is_no_connection_and_death_is_none(by_hand):
    gone = [spell("a", "supported", day(2), day(3)), spell("a", "connected", day(3), day(5), "died"),
            spell("z", "supported", day(2), day(3)), spell("z", "connected", day(3), day(5), "lost")]  # fmt: skip
    sums = thread.made(frames(spell=gone), until=UNTIL)[0].sum(numeric_only=True)
    assert [int(sums[f"{what}_12"]) for what in ("due", "connected", "apart")] == [2, 0, 1]


def test_no_record_makes_no_fact():
    assert all(frame.empty for frame in thread.made(frames(), until=UNTIL))


def test_every_person_of_the_demonstration_is_somewhere(store):
    """Entering = going on + ended + silent + still there, to the person, in every row; steps lie in each other."""
    with make_engine(store).connect() as connection:
        rows = pd.DataFrame(connection.execute(select(t.thread_yearly)).mappings().all())
        callers = connection.execute(
            select(func.count(func.distinct(t.hotline_contact.c.person_id))).where(t.hotline_contact.c.superseded_by.is_(None))
        ).scalar()  # fmt: skip
        links = pd.DataFrame(connection.execute(select(t.thread_link)).mappings().all())
        times = pd.DataFrame(connection.execute(select(t.thread_time)).mappings().all())
    for step, after in zip(STEPS, STEPS[1:], strict=False):
        assert (rows[step] >= rows[after] + rows[f"ended_{step}"] + rows[f"silent_{step}"]).all()
    for months in (6, 12, 24):
        assert (rows[f"connected_{months}"] + rows[f"apart_{months}"] <= rows[f"due_{months}"]).all()
        assert (rows[f"due_{months}"] <= rows["completed"]).all()
    assert (rows["returned"] <= rows["ever_connected"]).all() and (
        rows["came_back"] <= rows["returned"]
    ).all()
    assert (rows["better"] <= rows["scored"]).all() and (rows["scored"] <= rows["completed"]).all()
    by_step = times[times["kind"] == "reached"].groupby(["trait", "step"])["people"].sum().unstack()
    assert set(by_step.index) == {thread.EVERYBODY, *thread.TRAITS}
    assert (by_step[list(STEPS[1:])] == rows[list(STEPS[1:])].sum()).all(axis=None)
    for trait in thread.TRAITS:  # each group's people of a trait are those of its rows of counts
        mine = times[(times["trait"] == trait) & (times["step"] == "contacted")]
        counts = rows.groupby(trait)["known"].sum()
        assert (
            mine.groupby("group_code")["people"]
            .sum()
            .equals(counts[counts > 0].rename_axis("group_code").rename("people"))
        )
    assert links.loc[links["table_name"] == "hotline_contact", "people"].sum() == callers
    # One population: some people of every table are met in another, and nobody is counted twice.
    assert (links.groupby("table_name")["met"].sum() > 0).all()
    assert rows["known"].sum() < links.groupby("table_name")["people"].sum().sum()


# ── Mathematics ───────────────────────────────────────────────────────────────────────────────────


def lives(n=300, seed=7):
    rng = np.random.default_rng(seed)
    to, away, seen = np.floor(rng.gamma(2, 30, n)), np.floor(rng.exponential(200, n)), rng.integers(0, 500, n)
    days = np.minimum(np.minimum(to, away), seen)
    return days, np.where(days == to, "reached", np.where(days == away, "ended", "open"))


def test_arrival_agrees_with_another_package():
    days, kind = lives()
    found = maths.arrival(days, kind, np.ones(len(days)))
    theirs = CumIncidenceRight(days, np.where(kind == "reached", 1, np.where(kind == "ended", 2, 0)))
    at = np.searchsorted(theirs.times, 365, side="right") - 1
    assert found.share == pytest.approx(theirs.cinc[0][at], abs=1e-12)
    half = theirs.times[np.argmax(theirs.cinc[0] >= theirs.cinc[0][at] / 2)]
    assert found.half == half and found.half_low <= half <= found.half_high


def test_arrival_without_anybody_under_way_is_counting():
    """Ten people, six arrive on days 1 to 6: 0.6, and half of six is reached on day 3."""
    found = maths.arrival([1, 2, 3, 4, 5, 6, 9], ["reached"] * 6 + ["ended"], [1, 1, 1, 1, 1, 1, 4])
    assert found.share == pytest.approx(0.6) and found.half == 3
    assert (found.people, found.arrived) == (10, 6)
    nobody = maths.arrival([5.0], ["open"], [20])
    assert nobody.share == 0 and np.isnan(nobody.half) and nobody.high == pytest.approx(0.161, abs=1e-3)


def test_bounds_hold_what_is_silent_on_both_sides():
    found = maths.bounds(100, 40, 25)
    assert (found.lower, found.upper, found.told) == (0.40, 0.75, 0.65)
    assert found.low < 0.40 and found.high > 0.75
    with pytest.raises(ValueError, match="due"):
        maths.bounds(10, 8, 5)


def test_what_is_lost_is_bounded_by_who_was_there():
    assert maths.staying(10, 4, 3, 1) == 2
    with pytest.raises(ValueError, match="exceed"):
        maths.staying(10, 8, 3, 0)
    assert maths.distinct([40, 70, 5]) == (70, 115)


def test_equal_districts_have_little_to_gain_and_unequal_ones_what_arithmetic_says():
    rng = np.random.default_rng(3)
    even = maths.best_quarter(np.full(25, 4000), np.full(25, 2000), np.zeros((0, 2)), draws=500, rng=rng)
    apart = maths.best_quarter(
        np.full(4, 1e6), [2e5, 4e5, 6e5, 8e5], np.array([[1e6, 5e5]]), draws=500, rng=rng
    )
    assert even.people < 0.01 * 25 * 4000
    # Best quarter from 0.65 on (numpy's quantile of four): (0.45 + 0.25 + 0.05) million more, half of whom go on.
    assert apart.best == pytest.approx(0.65, abs=0.01) and apart.people == pytest.approx(0.375e6, rel=0.02)
    assert apart.low < apart.people < apart.high


# ── Truth recovered ───────────────────────────────────────────────────────────────────────────────


def test_a_small_study_recovers_the_truth_and_shows_what_wrong_links_do():
    found = thread_study.run(12, 3)
    assert found["bounds"].eq(1).all() and found["conserved"].eq(1).all()
    assert all(mean >= 0.8 for mean, _, _ in thread_study.pooled(found).values())
    missed = thread_study.run(4, 3, missed=0.10)
    assert (missed["estimate assessed"] < found["estimate assessed"][:4]).all()
