"""Counselling outcomes against published figures, Jacobson and Truax, and other packages' survival estimates."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.api import SurvfuncRight
from statsmodels.duration.survfunc import CumIncidenceRight

from metrics import counselling as c
from metrics import spc
from metrics.intervals import wilson

DAY = pd.Timestamp("2024-01-01")


def courses(n, *, wait=10, attended=4):
    return pd.DataFrame({
        "case_id": np.arange(n), "attended": attended, "referred_on": DAY,
        "first_session_on": DAY + pd.to_timedelta(np.broadcast_to(wait, n), unit="D"), "ended_on": DAY + pd.Timedelta(200, "D"),
    })  # fmt: skip


def scores(before, after, instrument):
    n = len(before)
    return pd.DataFrame({
        "case_id": np.tile(np.arange(n), 2), "instrument": instrument, "score": np.r_[before, after],
        "measured_on": [DAY] * n + [DAY + pd.Timedelta(90, "D")] * n,
    })  # fmt: skip


def test_published_recovery_of_51_8_percent_comes_out_of_the_real_function():
    # NHS talking therapies: 57,060 completed, 3,200 not at caseness, 27,884 moved to recovery: 51.8 %.
    n, not_case, recovered = 57_060, 3_200, 27_884
    before = np.full(n, 15)
    before[:not_case] = 5
    after = np.full(n, 15)
    after[not_case : not_case + recovered] = 5
    after[:not_case] = 5
    both = pd.concat([scores(before, after, "PHQ-9"), scores(np.full(n, 3), np.full(n, 3), "GAD-7")])
    found = c.outcomes(courses(n), both).loc["recovery"]
    assert (found["numerator"], found["denominator"]) == (27_884, 53_860)
    assert round(100 * found["value"], 1) == 51.8
    assert found["lower"] < found["value"] < found["upper"]


def test_published_six_week_wait_of_87_3_percent_comes_out_of_the_real_function():
    n, quick = 50_103, 43_720  # NHS talking therapies: finished courses, first contact within six weeks
    wait = np.where(np.arange(n) < quick, 42, 43)
    found = c.outcomes(courses(n, wait=wait), scores([], [], "PHQ-9")).loc["first_wait_42"]
    assert (found["numerator"], found["denominator"]) == (quick, n)
    assert round(100 * found["value"], 1) == 87.3


def test_first_waits_are_of_finished_courses_with_two_sessions_or_more():
    # Four courses within 42 days; one had a single session and one has not ended: NHS counts the other two.
    cases = courses(4).assign(attended=[4, 1, 4, 2])
    cases.loc[2, "ended_on"] = pd.NaT
    assert c.outcomes(cases, scores([], [], "PHQ-9")).loc["first_wait_42", "denominator"] == 2


def test_jacobson_and_truax_1991():
    found = c.jacobson_truax(32.5, 47.5, sd=7.5, reliability=0.80, clinical_mean=40, normal_mean=60)
    assert (found.standard_error, found.s_diff, found.index[0]) == pytest.approx(
        (3.35, 4.74, 3.16), abs=0.0051
    )
    assert (found.a, found.b, found.c) == (55, 45, 50)
    assert found.reliable.tolist() == [True]


def test_cut_offs_turn_round_where_lower_is_better():
    found = c.jacobson_truax(60, 40, sd=7.5, reliability=0.80, clinical_mean=60, normal_mean=40)
    assert (found.a, found.b, found.c) == (45, 55, 50) and found.index[0] < 0


def test_smallest_reliable_change_of_the_loneliness_scale_by_hand():
    # SD 9.5, reliability 0.94: 1.96 × 9.5 × sqrt(0.12) = 6.45
    assert c.smallest_reliable(9.5, 0.94) == pytest.approx(6.45, abs=0.005)
    for sd, r in ((0, 0.9), (5, 1.0), (5, -0.1)):
        with pytest.raises(ValueError):
            c.smallest_reliable(sd, r)


def test_a_course_improves_deteriorates_or_neither_by_both_scales():
    # PHQ-9 needs 6, GAD-7 needs 4; a fall in one and a reliable rise in the other is neither.
    phq = scores([16, 16, 16, 16, 9], [10, 11, 22, 10, 9], "PHQ-9")
    gad = scores([7, 7, 7, 7, 7], [7, 7, 7, 11, 7], "GAD-7")
    found = c.outcomes(courses(5), pd.concat([phq, gad]))
    assert found.loc["reliable_improvement", "numerator"] == 1
    assert found.loc["reliable_deterioration", "numerator"] == 1
    assert found.loc["recovery", "denominator"] == 4  # the fifth was below both cut-offs at the start
    assert found.loc["recovery", "numerator"] == 0  # 10 is still at caseness


def test_outcomes_are_greyed_below_90_percent_of_paired_scores():
    for paired, gated in ((9, False), (8, True)):
        before = [15] * 10
        both = [scores(before, [5] * 10, name) for name in ("PHQ-9", "GAD-7")]
        kept = pd.concat(both)
        kept = kept[(kept["measured_on"] == DAY) | (kept["case_id"] < paired)]
        found = c.outcomes(courses(10), kept)
        assert found.loc["paired", "value"] == paired / 10
        # D4: whoever began at caseness stays in the denominator; without a score at the end nobody has recovered.
        assert found.loc["recovery", ["numerator", "denominator"]].tolist() == [paired, 10]
        assert bool(found.loc["recovery", "gated"]) is gated and not found.loc["first_wait_42", "gated"]


def test_no_course_gives_no_share_and_no_error():
    found = c.outcomes(courses(0), scores([], [], "PHQ-9"))
    assert found["value"].isna().all() and (found["denominator"] == 0).all()


def test_published_korean_recovery_has_its_limits():
    assert wilson(round(0.514 * 320), 320) == pytest.approx(
        (0.458, 0.567), abs=0.002
    )  # 51.4 % of 320: 45.8-56.7


def test_incidence_equals_statsmodels_with_competing_ends():
    rng = np.random.default_rng(7)
    days, kind = rng.integers(1, 60, 400), rng.choice(["started", "withdrew", "waiting"], 400)
    ours = c.incidence(days, kind, np.ones(400), event="started", competing=("withdrew",))
    status = np.select([kind == "started", kind == "withdrew"], [1, 2], 0)
    theirs = CumIncidenceRight(days, status)
    common = np.isin(ours["time"], theirs.times)
    assert ours["incidence"].to_numpy()[common] == pytest.approx(theirs.cinc[0], abs=1e-12)


def test_without_competition_incidence_is_one_minus_kaplan_meier_and_so_is_its_error():
    rng = np.random.default_rng(8)
    days, kind = rng.integers(1, 40, 300), rng.choice(["dropout", "open"], 300)
    ours = c.incidence(days, kind, np.ones(300), event="dropout")
    theirs = SurvfuncRight(days, (kind == "dropout").astype(int))
    mine = ours[ours["events"] > 0]
    assert 1 - mine["incidence"].to_numpy() == pytest.approx(theirs.surv_prob, abs=1e-12)
    kept = theirs.surv_prob > 0
    assert mine["error"].to_numpy()[kept] == pytest.approx(theirs.surv_prob_se[kept], rel=0.02)


def test_those_still_waiting_lengthen_the_median_that_the_seen_alone_would_give():
    days, kind = [10, 10, 20, 20, 90, 90, 90, 90], ["started"] * 4 + ["waiting"] * 4
    curve = c.incidence(days, kind, [1] * 8, event="started")
    assert c.reached_by(curve, 0.5) == 20
    assert np.isnan(c.reached_by(curve, 0.9))


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from("sdw"), st.integers(1, 9)), min_size=1, max_size=40
    )
)
def test_incidence_of_all_ends_and_survival_add_to_one(rows):
    days, kind, n = zip(*rows, strict=True)
    started = c.incidence(days, kind, n, event="s", competing=("d",))
    left = c.incidence(days, kind, n, event="d", competing=("s",))
    total = started["incidence"] + left["incidence"] + started["survival"]
    assert total.to_numpy() == pytest.approx(np.ones(len(total)))
    repeated = [np.repeat(v, n) for v in (days, kind)]
    alone = c.incidence(*repeated, np.ones(sum(n)), event="s", competing=("d",))
    assert alone["incidence"].to_numpy() == pytest.approx(started["incidence"].to_numpy())


def test_times_are_merged_until_each_step_holds_enough_events():
    # 6 + 5 by day 2; day 3 has none; 12 by day 4; the 3 of day 9 join the step before.
    days, event, n = [1, 2, 3, 4, 9], [True, True, False, True, True], [6, 5, 40, 12, 3]
    assert c.merged_times(days, event, n, least=10).tolist() == [2, 9]
    assert not len(c.merged_times([1, 2], [True, True], [4, 5], least=10))


def test_a_bulk_closure_needs_both_signs_in_one_month():
    ended = np.array([100, 104] * 7 + [400], dtype=float)
    low, usual = np.array([92, 95] * 7 + [250.0]), np.array([92, 95] * 7 + [370.0])
    assert c.bulk_closures(ended, low, ended).tolist() == [False] * 14 + [True]
    assert not c.bulk_closures(ended, usual, ended).any()
    both = c.bulk_closures(np.stack([ended, ended]), np.stack([low, usual]), np.stack([ended, ended]))
    assert both[0, -1] and not both[1].any()
    # The limits are those of the two charts; a month that is withheld is never named.
    closed, scores = spc.xmr(ended, screen=True), spc.p_chart(low, ended)
    assert ((closed["value"] > closed["upper"]) & (scores["value"] < scores["lower"])).tolist() == [
        False
    ] * 14 + [True]
    ended[-1] = np.nan
    assert not c.bulk_closures(ended, low, ended).any()


def test_limits_of_a_retest_correlation_are_fishers():
    # atanh(0.5) = 0.5493; 1.96 / sqrt(103 − 3) = 0.196: tanh(0.3533) = 0.339, tanh(0.7453) = 0.632.
    assert c.reliability_interval(0.5, method="retest", people=103) == pytest.approx((0.339, 0.632), abs=5e-4)


def test_limits_of_alpha_hold_the_truth_about_95_times_in_100():
    """Parallel items with equal correlations: alpha = k r ÷ (1 + (k − 1) r), here 10 × 0.3 ÷ 3.7 = 0.811."""
    rng, k, r, n = np.random.default_rng(7), 10, 0.3, 60
    held = 0
    for _ in range(600):
        x = np.sqrt(r) * rng.normal(size=(n, 1)) + np.sqrt(1 - r) * rng.normal(size=(n, k))
        alpha = k / (k - 1) * (1 - x.var(axis=0, ddof=1).sum() / x.sum(axis=1).var(ddof=1))
        low, high = c.reliability_interval(alpha, method="alpha", people=n, items=k)
        held += low <= k * r / (1 + (k - 1) * r) <= high
    assert 0.92 <= held / 600 <= 0.98  # 95 % give or take three binomial standard errors


def test_a_reliability_that_cannot_be_is_refused_and_alpha_without_items_has_no_limits():
    assert np.isnan(c.reliability_interval(0.9, method="alpha", people=50)).all()
    for value, people, method in ((1.0, 50, "retest"), (0.9, 3, "retest"), (0.9, 50, "guess")):
        with pytest.raises(ValueError, match="reliability"):
            c.reliability_interval(value, method=method, people=people)


def test_where_nobody_is_censored_an_incidence_has_a_shares_binomial_error():
    rng = np.random.default_rng(9)
    days, kind = rng.integers(1, 25, 200), rng.choice(["started", "withdrew"], 200)
    found = c.incidence(days, kind, np.ones(200), event="started", competing=("withdrew",))
    p = np.array([((days <= day) & (kind == "started")).mean() for day in found["time"]])
    assert found["incidence"].to_numpy() == pytest.approx(p)
    assert found["error"].to_numpy()[:-1] == pytest.approx(np.sqrt(p * (1 - p) / 200)[:-1], rel=1e-9)


def test_anxiety_is_a_case_from_eight_and_depression_from_ten():
    for name, cut, other in (("PHQ-9", 10, "GAD-7"), ("GAD-7", 8, "PHQ-9")):
        both = pd.concat([scores([cut, cut - 1], [cut - 1, 0], name), scores([3, 3], [3, 3], other)])
        found = c.outcomes(courses(2), both).loc["recovery"]
        assert (found["numerator"], found["denominator"]) == (1, 1)
        both = pd.concat([scores([20, 20], [cut, cut - 1], name), scores([3, 3], [3, 3], other)])
        assert c.outcomes(courses(2), both).loc["recovery", "numerator"] == 1


def test_a_change_is_reliable_from_six_points_of_depression_and_four_of_anxiety():
    for name, least, other in (("PHQ-9", 6, "GAD-7"), ("GAD-7", 4, "PHQ-9")):
        both = pd.concat([
            scores([15] * 4, [15 - least, 16 - least, 15 + least, 14 + least], name), scores([3] * 4, [3] * 4, other)
        ])  # fmt: skip
        found = c.outcomes(courses(4), both)["numerator"]
        assert found[["reliable_improvement", "reliable_deterioration"]].tolist() == [1, 1]
