"""Curves of leaving and returning against published values, hand arithmetic and each other."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from forecast.reisolation import cohort as co
from forecast.reisolation.states import aalen_johansen, cumulative_incidence, kaplan_meier, log_rank

# Case o01. Freireich et al. 1963, 6-MP arm (Kleinbaum and Klein, Survival Analysis): weeks in remission.
SIX_MP = [10, 7, 32, 23, 22, 6, 16, 34, 32, 25, 11, 20, 19, 6, 17, 35, 6, 13, 9, 6, 10]
SIX_MP_EVENT = [1, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0]
PLACEBO = [1, 22, 3, 12, 8, 17, 2, 11, 8, 12, 2, 5, 4, 15, 8, 23, 5, 11, 4, 1, 8]  # no one censored
# Case o03. statsmodels' own test of the cumulative incidence, values from R cmprsk::cuminc, errors from Stata stcompet.
CIF_TIME = [1, 1, 2, 4, 4, 4, 6, 6, 7, 8, 9, 9, 9, 1, 2, 2, 4, 4]
CIF_CAUSE = [1, 1, 1, 2, 2, 2, 3, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]


def test_kaplan_meier_gives_the_published_remission_curve():
    result = kaplan_meier(SIX_MP, SIX_MP_EVENT)
    assert result.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    # Kleinbaum and Klein's table, printed to three decimals.
    assert result.survival == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=0.00051)
    assert result.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]  # the same table's risk sets


def test_greenwood_error_at_the_first_event_is_the_binomial_one():
    # Three of 21 relapse at week 6 and nobody is censored before: sqrt(p q / n).
    assert kaplan_meier(SIX_MP, SIX_MP_EVENT).standard_errors[0] == pytest.approx(
        np.sqrt(18 / 21 * 3 / 21 / 21)
    )


def test_log_rank_gives_the_published_chi_square():
    # Case o02: Kleinbaum and Klein, 16.79 on one degree of freedom.
    chi_square, p = log_rank(SIX_MP + PLACEBO, SIX_MP_EVENT + [1] * 21, [0] * 21 + [1] * 21)
    assert chi_square == pytest.approx(16.79, abs=0.006)
    assert p < 0.0001


def test_cumulative_incidence_gives_the_published_curves_and_errors():
    result = cumulative_incidence(CIF_TIME, CIF_CAUSE)
    assert result.times.tolist() == [1, 2, 4, 6, 7]
    assert result.causes == (1, 2, 3)
    expected = [
        [0.11111111, 0.17037037, 0.17037037, 0.17037037, 0.17037037],
        [0, 0, 0.20740741, 0.20740741, 0.20740741],
        [0, 0, 0, 0.17777778, 0.26666667],
    ]  # R cmprsk::cuminc
    assert result.incidence == pytest.approx(np.transpose(expected), abs=1e-7)
    assert result.standard_errors[-1] == pytest.approx([0.08976251, 0.10610391, 0.12787781], abs=1e-7)


def test_incidence_reads_between_its_steps_and_keeps_limits_inside_the_unit_interval():
    result = cumulative_incidence(CIF_TIME, CIF_CAUSE)
    assert result.at(0.5, 1) == (0, 0, 0)
    p, lower, upper = result.at(5, 2)
    assert p == pytest.approx(0.20740741, abs=1e-7)
    assert 0 < lower < p < upper < 1


def test_one_minus_kaplan_meier_overstates_what_competing_exits_leave():
    result = cumulative_incidence(CIF_TIME, CIF_CAUSE)
    naive = 1 - kaplan_meier(CIF_TIME, np.array(CIF_CAUSE) == 3).survival[-1]
    assert naive > result.incidence[-1, 2]


def test_groups_are_estimated_apart():
    label = np.array(["a", "b"] * 9)
    both = cumulative_incidence(CIF_TIME, CIF_CAUSE, groups=label)
    alone = cumulative_incidence(np.array(CIF_TIME)[label == "b"], np.array(CIF_CAUSE)[label == "b"])
    assert set(both) == {"a", "b"}
    assert np.array_equal(both["b"].incidence, alone.incidence)


def test_someone_who_enters_at_an_event_time_is_not_at_risk_at_it():
    # By hand: at 2 one of two fails (the third enters at 2), at 5 one of two.
    result = kaplan_meier([2, 5, 6], [1, 1, 0], entry=[0, 2, 0])
    assert result.at_risk.tolist() == [2, 2]
    assert result.survival.tolist() == [0.5, 0.25]


def test_splitting_a_persons_time_changes_nothing():
    time, event = np.array(SIX_MP, float), np.array(SIX_MP_EVENT)
    split = kaplan_meier(np.r_[time / 2, time], np.r_[np.zeros(21), event], np.r_[np.zeros(21), time / 2])
    assert split.survival == pytest.approx(kaplan_meier(time, event).survival)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 8), st.integers(0, 2)), min_size=2, max_size=25))
def test_without_censoring_the_incidence_is_the_share_seen(rows):
    time, cause = (np.array(c) for c in zip(*rows, strict=True))
    cause = np.where(cause == 0, 3, cause)
    result = cumulative_incidence(time, cause)
    for column, which in enumerate(result.causes):
        assert result.incidence[-1, column] == pytest.approx((cause == which).mean())
    assert result.incidence.sum(axis=1).max() <= 1 + 1e-12


def test_recurrent_states_recover_the_closed_form_of_a_markov_chain():
    # Two states, rates 0.5 and 1 a month: expm(Q t) is the truth. 4,000 people, so an error of about 0.008.
    rng = np.random.default_rng(11)
    rows = []
    for _ in range(4000):
        at, state, late = 0.0, 0, rng.random() < 0.3
        seen = rng.uniform(0, 1) if late else 0.0
        while at < 3:
            end = at + rng.exponential(1 / (0.5, 1.0)[state])
            if min(end, 3) > max(at, seen):
                rows.append((max(at, seen), min(end, 3), "NR"[state], "RN"[state] if end < 3 else ""))
            at, state = end, 1 - state
    entry, leave, before, after = (list(c) for c in zip(*rows, strict=True))
    result = aalen_johansen(entry, leave, before, after, initial={"N": 1.0})
    truth = expm(np.array([[-0.5, 0.5], [1.0, -1.0]]) * 3)[0]
    assert result.states == ("N", "R")
    assert abs(result.probabilities[-1] - truth).max() < 3 * result.standard_errors[-1, 0]
    assert result.standard_errors[-1, 0] < 0.012
    assert result.probabilities.sum(axis=1) == pytest.approx(1)


def test_impossible_rows_are_named():
    with pytest.raises(ValueError, match="row 1 is not observed: exit 2 is not after entry 3"):
        kaplan_meier([4, 2], [1, 1], entry=[0, 3])
    with pytest.raises(ValueError, match="without a place in the order"):
        aalen_johansen([0], [1], ["N"], ["Z"], states=("N", "R"))


def test_past_the_last_person_at_risk_nothing_is_known():
    result = cumulative_incidence([1, 2, 3, 6], [1, 2, 1, 0])
    assert result.at(6, 1)[0] == pytest.approx(0.5) and result.last == 6
    assert np.isnan(result.at(6.001, 1)).all()
    with pytest.raises(ValueError, match="cause"):
        result.at(1, "moved")


def test_a_missing_event_is_no_event():
    known = kaplan_meier([1, 2, 3, 4], [1, 0, 1, 0])
    missing = kaplan_meier([1, 2, 3, 4], [1, np.nan, 1, None])
    assert missing.survival.tolist() == known.survival.tolist() == [0.75, 0.375]
    with pytest.raises(ValueError, match="event"):
        kaplan_meier([1, 2], [1, 2])


def test_steps_that_fewer_than_five_carry_ask_for_a_warning():
    curve = kaplan_meier(range(1, 9), [1] * 8)
    assert curve.at_risk.tolist() == [8, 7, 6, 5, 4, 3, 2, 1]
    assert curve.few.tolist() == [False] * 4 + [True] * 4
    assert cumulative_incidence(range(1, 9), [1, 2] * 4).few.tolist() == curve.few.tolist()


def test_a_stay_of_no_length_passes_its_person_on():
    # a goes N → R at 2 and at once on to D; b stays in N; c goes N → R at 3 and stays there.
    entry, leave = [0, 2, 0, 0, 3], [2, 2, 5, 3, 5]
    before, after = ["N", "R", "N", "N", "R"], ["R", "D", "", "R", ""]
    result = aalen_johansen(entry, leave, before, after, initial={"N": 1.0})
    assert result.states == ("D", "N", "R") and result.times.tolist() == [0, 2, 3]
    # The same history told without the state passed through.
    direct = aalen_johansen(
        [0, 0, 0, 3], [2, 5, 3, 5], ["N", "N", "N", "R"], ["D", "", "R", ""], initial={"N": 1.0}
    )
    assert result.probabilities == pytest.approx(direct.probabilities)
    assert result.probabilities[-1] == pytest.approx([1 / 3] * 3)
    assert np.diagonal(result.covariance[-1]) == pytest.approx(np.diagonal(direct.covariance[-1]))


def test_stays_of_no_length_follow_each_other_but_not_in_a_circle():
    chain = aalen_johansen([0, 2, 2, 0], [2, 2, 2, 5], list("ABCA"), ["B", "C", "D", ""], initial={"A": 1.0})
    assert dict(zip(chain.states, chain.probabilities[-1], strict=True)) == {
        "A": 0.5,
        "B": 0,
        "C": 0,
        "D": 0.5,
    }
    with pytest.raises(ValueError, match="circle"):
        aalen_johansen([0, 2, 2], [2, 2, 2], list("ABC"), ["B", "C", "B"], initial={"A": 1.0})
    with pytest.raises(ValueError, match="not after entry"):
        kaplan_meier([1, 2], [1, 1], entry=[0, 2])


def test_a_row_that_ends_in_its_own_state_loses_nobody():
    result = aalen_johansen([0, 2, 0], [2, 4, 5], ["N", "N", "N"], ["N", "R", ""], initial={"N": 1.0})
    assert result.times.tolist() == [0, 4] and result.probabilities[-1].tolist() == [0.5, 0.5]


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 3), st.sampled_from("ABC"), st.sampled_from("ABCD")),
        min_size=1,
        max_size=20,
    )
)
def test_occupation_sums_to_one_whatever_the_rows(rows):
    entry, length, before, after = zip(*rows, strict=True)
    after = [a if a > b or n else "" for a, b, n in zip(after, before, length, strict=True)]  # no circle
    leave = np.add(entry, length)
    result = aalen_johansen(entry, leave, list(before), after, initial={before[0]: 1.0})
    assert result.probabilities.sum(axis=1) == pytest.approx(1)
    assert (result.probabilities >= -1e-12).all()
    assert abs(result.covariance.sum(axis=2)).max() < 1e-9


# ── Cohorts ───────────────────────────────────────────────────────────────────────────────────────

AS_OF = date(2026, 12, 31)
COLUMNS = [
    "person_id",
    "state",
    "started_on",
    "entered_on",
    "ended_on",
    "next_state",
    "exit",
    "prior_reisolations",
]


def spells(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


FOUR = spells(
    ("a", "connected", "2024-01-10", "2024-01-10", "2024-05-01", "reisolated", None, 0),
    ("a", "reisolated", "2024-05-01", "2024-05-01", None, None, None, 0),
    ("b", "connected", "2024-02-01", "2024-02-01", "2024-06-01", None, "lost", 0),
    ("c", "connected", "2024-03-01", "2024-03-01", None, None, None, 0),
    ("d", "connected", "2026-10-01", "2026-10-01", None, None, None, 0),
)


def test_fixed_horizon_counts_only_those_who_left_long_enough_ago():
    result = co.fixed_horizon(co.first_exits(FOUR, as_of=AS_OF), as_of=AS_OF, horizons_months=(6, 24, 60))
    by = result.set_index("horizon_months")
    # a came back after 3.7 months, b was lost after 4, c is still out, d left three months ago.
    assert by.loc[6, ["exits", "events", "unknown"]].tolist() == [3, 1, 1]
    assert by.loc[6, ["bound_low", "bound_high"]].tolist() == pytest.approx([1 / 3, 2 / 3])
    assert by.loc[6, "lower"] < 1 / 3 < by.loc[6, "upper"]
    assert by.loc[24, "status"] == "ok"
    assert by.loc[60, "status"] == "immature"
    assert np.isnan(by.loc[60, "rate"])


def test_a_second_exit_known_alone_is_no_first_exit():
    late = spells(("e", "connected", "2024-03-01", "2024-03-01", None, None, None, 1))
    assert co.first_exits(late, as_of=AS_OF).empty


def test_two_years_are_counted_back_from_the_reports_end():
    # metrics F2, HUD: a report to 2026-12-31 at 730 days takes exits to 2024-12-31.
    late = spells(("a", "connected", "2024-12-31", "2024-12-31", None, None, None, 0),
                  ("b", "connected", "2025-01-02", "2025-01-02", None, None, None, 0))  # fmt: skip
    result = co.fixed_horizon(co.first_exits(late, as_of=AS_OF), as_of=AS_OF, horizons_months=(24,))
    assert result["exits"].tolist() == [1]


def test_a_hotline_cohort_cannot_show_a_24_month_rate_before_2027():
    # The line opened on 2025-04-01: 24 months later is 2027-04-01 (metrics F2).
    first = spells(("a", "connected", "2025-04-01", "2025-04-01", None, None, None, 0))
    for as_of, status in ((date(2026, 12, 31), "immature"), (date(2027, 4, 2), "ok")):
        result = co.fixed_horizon(co.first_exits(first, as_of=as_of), as_of=as_of, horizons_months=(24,))
        assert result["status"].tolist() == [status]


def test_immature_cells_of_the_triangle_are_blank_not_zero():
    result = co.cohort_triangle(co.first_exits(FOUR, as_of=AS_OF), as_of=AS_OF, horizons_months=(6, 24, 36))
    cells = result.set_index(["period", "horizon_months"])["rate"]
    assert cells["2024Q1", 6] == pytest.approx(1 / 3)
    assert cells["2024Q1", 24] == pytest.approx(1 / 3)
    assert cells[[("2024Q1", 36), ("2026Q4", 6)]].isna().all()
    assert result["left"].tolist() == [3, 3, 3, 1, 1, 1]


def test_a_return_within_14_days_is_no_exit_and_no_return():
    rows = spells(
        ("a", "supported", "2024-01-01", "2024-01-01", "2024-03-01", "connected", None, 0),
        ("a", "connected", "2024-03-01", "2024-03-01", "2024-03-10", "reisolated", None, 0),
        ("a", "reisolated", "2024-03-10", "2024-03-10", "2024-06-01", "connected", None, 0),
        ("a", "connected", "2024-06-01", "2024-06-01", "2024-08-01", "reisolated", None, 1),
        ("a", "reisolated", "2024-08-01", "2024-08-01", "2024-09-01", "connected", None, 1),
        ("a", "connected", "2024-09-01", "2024-09-01", "2024-09-05", "reisolated", None, 2),
        ("a", "reisolated", "2024-09-05", "2024-09-05", None, None, None, 2),
    )
    result = co.confirmed(rows, co.read_rules())
    assert result["state"].tolist() == ["supported", "isolated", "connected", "reisolated"]
    assert result["prior_reisolations"].tolist() == [0, 0, 0, 0]
    # A return on 15 June, day 14, would have counted: at risk of it from the day before.
    assert result["entered_on"].iloc[2] == pd.Timestamp("2024-06-14")
    assert result["started_on"].iloc[3] == pd.Timestamp("2024-08-01")
    assert pd.isna(result["ended_on"].iloc[3])
    cohort = co.first_exits(result, as_of=AS_OF)
    assert cohort["left_on"].tolist() == [pd.Timestamp("2024-06-01")]


GAP = spells(
    ("day13", "connected", "2024-03-01", "2024-03-01", "2024-03-14", "reisolated", None, 0),
    ("day14", "connected", "2024-03-01", "2024-03-01", "2024-03-15", "reisolated", None, 0),
    ("day5", "connected", "2024-03-01", "2024-03-06", None, None, None, 0),
    ("day20", "connected", "2024-03-01", "2024-03-21", None, None, None, 0),
)


def test_the_rule_leaves_in_the_cohort_whoever_was_watched_before_a_return_could_count():
    rows = pd.concat([FOUR, GAP])
    cohort = co.first_exits(co.confirmed(rows, co.read_rules()), as_of=AS_OF)
    table = co.fixed_horizon(cohort, as_of=AS_OF, horizons_months=(6, 60)).set_index("horizon_months")
    # By hand: a, b and c of FOUR have left six months before the end, and so have day14 (who came back on the first day that
    # counts) and day5 (no return before the 14th day is one); day13 never left, day20 may hide a return. a and day14 came back.
    assert table.loc[6, ["exits", "events", "unknown"]].tolist() == [5, 2, 1]
    assert table.loc[60, "status"] == "immature"
    triangle = co.cohort_triangle(cohort, as_of=AS_OF, horizons_months=(6,))
    assert triangle[["period", "left", "exits"]].to_numpy().tolist() == [["2024Q1", 5, 5], ["2026Q4", 1, 0]]
    said = co.limits(cohort, as_of=AS_OF, horizons_months=(6, 60))
    assert said.mature == (6,)
    assert said.first_on == {60: date(2029, 1, 10)}  # a left on 10 January 2024


def test_without_the_rule_only_those_seen_on_the_day_itself_are_of_the_cohort():
    cohort = co.first_exits(GAP, as_of=AS_OF).set_index("person_id")["seen_from_exit"]
    assert cohort.to_dict() == {"day13": True, "day14": True, "day5": False, "day20": False}


def test_the_rule_file_carries_its_version_and_the_horizons():
    rules = co.read_rules()
    assert (rules.version, rules.gap_days, rules.confirm_days) == (
        "2026.1",
        14,
        28,
    )  # metrics F1, statistics A1.2
    assert rules.horizons_months == (6, 12, 24, 36, 48, 60)


def test_tracing_narrows_the_bounds_to_the_width_asked():
    # By hand: 100 unknown of 400, so a part of .25; ± .05 needs (1.96 × .25 ÷ .05)² × .25 = 24.01, corrected ÷ 1.2401.
    assert co.follow_up_sample(100, 400, 0.05) == 20
    assert co.follow_up_sample(10, 400, 0.05) == 0
    assert co.follow_up_sample(100, 400, 0.001) <= 100


def test_where_nobody_moves_there_is_one_row_in_which_all_are_where_they_were():
    result = aalen_johansen([0, 0], [3, 4], ["N", "N"], ["", ""], states=("N", "R"), initial={"N": 1.0})
    assert result.probabilities.tolist() == [[1.0, 0.0]] and result.times.tolist() == [0.0]
    assert result.at_risk.shape == (1, 2) and result.covariance.shape == (1, 2, 2)
