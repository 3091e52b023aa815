"""Control charts against published limits, and every state that a real series can be in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.tsa.stattools import acf

from metrics.alarms import autocorrelation, false_alarms
from metrics.spc import (
    Rebase,
    assurance,
    c_chart,
    g_chart,
    p_chart,
    special_causes,
    u_chart,
    uninformative,
    variation,
    xmr,
)

# NHSRplotthedots, tests/testthat/_snaps/ptd_spc_standard.md (reference case o19)
A = [-0.56047565, -0.23017749, 1.55870831, 0.07050839, 0.12928774, 1.71506499, 0.46091621, -1.26506123, -0.68685285,
     -0.44566197, 1.2240818, 0.35981383, 0.40077145, 0.11068272, -0.55584113, 1.78691314, 0.49785048, -1.96661716,
     0.7013559, -0.47279141]  # fmt: skip
B = [*A[:14], 10.0, *A[15:]]
# Montgomery, Introduction to Statistical Quality Control, Table 7.4, by qicharts2 (reference case o20)
COUNT = [12, 8, 6, 9, 10, 12, 11, 16, 10, 6, 20, 15, 9, 8, 6, 8, 10, 7, 5, 8, 5, 8, 10, 6, 9]
N = [
    100,
    80,
    80,
    100,
    110,
    110,
    100,
    100,
    90,
    90,
    110,
    120,
    120,
    120,
    110,
    80,
    80,
    80,
    90,
    100,
    100,
    100,
    100,
    90,
    90,
]


@pytest.mark.parametrize(
    ("values", "screen", "expected"),
    [
        (A, False, (0.1416238, -3.01138, 3.294627)),
        (B, True, (0.6694159, -2.383666, 3.722497)),
        (B, False, (0.6694159, -4.596625, 5.935457)),
    ],
)
def test_xmr_limits_equal_the_nhs_package_screened_and_unscreened(values, screen, expected):
    row = xmr(values, screen=screen).iloc[0]
    assert (row["centre"], row["lower"], row["upper"]) == pytest.approx(expected, abs=1e-5)


def test_screening_that_would_leave_no_variation_keeps_the_steps_it_would_drop():
    # Twenty equal months and a fall of 10: the one step is the mean moving range, 0.5; 2.66 × 0.5 = 1.33.
    chart = xmr([100] * 20 + [90], screen=True)
    assert chart["state"].iloc[-1] == "ok" and chart["cause"].iloc[-1] == "outside"
    assert chart["upper"].iloc[0] - chart["centre"].iloc[0] == pytest.approx(1.33)


def test_p_chart_limits_follow_each_sample_and_flag_montgomerys_eleventh():
    chart = p_chart(COUNT, N)
    assert chart["centre"].iloc[0] == pytest.approx(0.09551, abs=1e-6)
    assert chart["upper"].iloc[:2].tolist() == pytest.approx([0.183686, 0.194093], abs=1e-6)
    assert chart["lower"].iloc[:2].tolist() == pytest.approx([0.007335, 0.0], abs=1e-6)
    above = chart.index[chart["value"] > chart["upper"]] + 1
    assert above.tolist() == [11] and chart["cause"].iloc[10] == "outside"


def test_laneys_limits_equal_the_plain_ones_times_the_variation_between_periods():
    plain, prime = p_chart(COUNT, N), p_chart(COUNT, N, prime=True)
    z = (plain["value"] - plain["centre"]) / np.sqrt(plain["centre"] * (1 - plain["centre"]) / np.array(N))
    sigma_z = z.diff().abs().mean() / 1.128  # Laney 2002
    ratio = (prime["upper"] - prime["centre"]) / (plain["upper"] - plain["centre"])
    assert ratio.to_numpy() == pytest.approx(np.full(25, sigma_z))


def test_u_and_c_charts_are_poisson_and_g_is_geometric():
    u = u_chart([10, 20] * 6, [100, 100] * 6)
    assert u["upper"].iloc[0] == pytest.approx(0.15 + 3 * np.sqrt(0.15 / 100))  # by hand: ū = 180 / 1200
    c = c_chart([4, 9, 5, 6] * 3)
    assert (c["centre"].iloc[0], c["upper"].iloc[0]) == pytest.approx((6.0, 6 + 3 * np.sqrt(6)))
    assert c["lower"].iloc[0] == 0  # 6 - 3 sqrt(6) < 0
    g = g_chart([0, 4, 8] * 4)
    assert g["upper"].iloc[0] == pytest.approx(4 + 3 * np.sqrt(4 * 5))  # Benneyan 2001


def causes(values, centre=0.0, lower=-3.0, upper=3.0):
    return special_causes(values, centre, lower, upper)["cause"].tolist()


def test_each_rule_marks_its_points_and_no_others():
    assert causes([0.5, -0.5, 3.1, -0.5]) == ["", "", "outside", ""]
    assert causes([-1] + [1] * 7 + [-1]) == [""] + ["run"] * 7 + [""]
    assert causes([1] * 6 + [-1]) == [""] * 7  # six on one side are no run
    assert causes([-1.5, -1, -0.5, 0.1, 0.5, 1, 1.5]) == ["trend"] * 7  # seven points, six steps
    assert causes([-1.5, -1, -0.5, 0.1, 0.5, 1]) == [""] * 6
    assert causes([-1, 2.1, 0.5, 2.2, -1]) == ["", "two_of_three", "", "two_of_three", ""]
    assert causes([-1, 2.1, -0.5, 2.2, -1]) == [""] * 5  # the third lies on the other side


def test_a_point_on_the_mean_breaks_a_run_and_equal_points_break_a_trend():
    assert causes([1, 1, 1, 0, 1, 1, 1]) == [""] * 7
    assert causes([-1.5, -1, -0.5, -0.5, 0.5, 1, 1.5]) == [""] * 7


def test_a_missing_month_keeps_its_place_and_draws_no_moving_range():
    values = [1.0, 3.0, np.nan, 100.0, 102.0] + [50.0, 52.0] * 5
    chart = xmr(values)
    assert len(chart) == 15 and np.isnan(chart["value"].iloc[2]) and chart["cause"].iloc[2] == ""
    # By hand: 1→3 and 100→102 are 2 apart, 102→50 is 52, then nine steps of 2; none across the gap.
    expected = (2 + 2 + 52 + 9 * 2) / 12
    assert chart["upper"].iloc[0] - chart["centre"].iloc[0] == pytest.approx(2.66 * expected)


@pytest.mark.parametrize(
    ("values", "state"),
    [([], "none"), ([np.nan] * 20, "none"), ([5.0], "none"), ([1, 2] * 5, "trial"), ([0.0] * 15, "no_variation"),
     ([7.0] * 12, "no_variation"), ([1, 2] * 6, "ok")],
)  # fmt: skip
def test_every_series_has_a_stated_condition(values, state):
    chart = xmr(values)
    assert variation(chart, "higher") == (state if state != "ok" else "common")
    assert len(chart) == len(values)


def test_too_few_points_claim_no_special_cause():
    chart = xmr([1, 2, 1, 2, 1, 2, 1, 99])
    assert set(chart["cause"]) == {""} and set(chart["state"]) == {"trial"}
    assert chart["upper"].notna().all()  # trial limits are drawn


def test_frozen_limits_come_from_the_baseline_and_judge_what_follows():
    base = [10.0, 12.0] * 6
    chart = xmr([*base, 30.0], freeze=12)
    assert chart["centre"].iloc[-1] == 11.0 and chart["upper"].iloc[-1] == pytest.approx(11 + 2.66 * 2)
    assert chart["cause"].iloc[-1] == "outside"


def test_limits_are_drawn_anew_only_at_a_recorded_event_and_the_old_ones_stay():
    values = [10.0, 12.0] * 6 + [30.0, 32.0] * 6
    plain, rebased = xmr(values), xmr(values, rebase=[Rebase(12, "staff doubled on 1 March")])
    assert set(plain["cause"]) != {""} and set(rebased["cause"]) == {""}
    assert rebased["centre"].iloc[0] == 11 and rebased["centre"].iloc[-1] == 31
    assert rebased["reason"].iloc[-1] == "staff doubled on 1 March"
    with pytest.raises(ValueError, match="recorded reason"):
        Rebase(12, " ")


def test_direction_comes_from_the_registry_never_from_the_sign():
    up = xmr([10.0, 12.0] * 8 + [40.0])
    assert variation(up, "higher") == "improving"
    assert variation(up, "lower") == "concerning"
    assert variation(up, "neither") == "change"


@pytest.mark.parametrize(
    ("better", "target", "verdict"),
    [("higher", 95, "misses"), ("higher", 70, "meets"), ("higher", 85, "hit_or_miss"), ("lower", 95, "meets"),
     ("lower", 70, "misses"), ("lower", 85, "hit_or_miss"), ("neither", 85, "none"), ("higher", None, "none")],
)  # fmt: skip
def test_assurance_reads_a_target_against_limits_80_to_90(better, target, verdict):
    assert assurance(80.0, 90.0, target, better) == verdict


def test_without_variation_the_value_itself_meets_the_target_or_not():
    assert assurance(80.0, 80.0, 80.0, "higher") == "meets"
    assert assurance(80.0, 80.0, 81.0, "higher") == "misses"
    assert assurance(80.0, 80.0, 79.0, "lower") == "misses"


def test_many_limits_are_read_as_each_by_itself():
    lower, upper = (
        np.array([[80.0, 80.0, 96.0], [70.0, np.nan, 95.0]]),
        np.array([[90.0, 80.0, 97.0], [94.0, 90.0, 99.0]]),
    )
    for better, target in (
        ("higher", 95.0),
        ("lower", 80.0),
        ("lower", None),
        ("neither", 85.0),
        ("higher", np.nan),
    ):
        said = assurance(lower, upper, target, better)
        assert said.shape == lower.shape
        each = [assurance(a, b, target, better) for a, b in zip(lower.flat, upper.flat, strict=True)]
        assert said.ravel().tolist() == [str(one) for one in each]
    assert assurance(lower, upper, 95.0, "higher").tolist() == [
        ["misses", "misses", "meets"],
        ["misses", "none", "hit_or_miss"],
    ]
    with pytest.raises(ValueError, match="lower and upper differ"):
        assurance([[1.0], [2.0]], [3.0, 4.0], 1.0, "higher")
    assert uninformative([6.0, 6.01, np.nan], 3.0, "higher").tolist() == [False, True, False]


def test_the_hotline_target_of_3000_a_year_tells_nothing():
    assert uninformative(33_148, 3_000, "higher")  # F072 against F065
    assert not uninformative(5_000, 3_000, "higher")


def test_a_stable_process_is_called_special_at_its_latest_point_only_now_and_then():
    # The four rules call any of 24 stable points in 15 % of series (statistics.md A3): the latest alone far less.
    rate = false_alarms(24, rng=np.random.default_rng(5), draws=1500)
    assert 0.005 < rate < 0.05


def test_screened_limits_signal_falsely_at_least_as_often():
    # The same draws: screening only narrows limits.
    plain, screened = (
        false_alarms(24, rng=np.random.default_rng(5), draws=1500, screen=s) for s in (False, True)
    )
    assert screened >= plain > 0


def test_impossible_input_is_refused():
    with pytest.raises(ValueError, match="exceed"):
        p_chart([5], [4])
    with pytest.raises(ValueError, match="finite"):
        xmr([1.0, np.inf])
    with pytest.raises(ValueError, match="more than 0"):
        u_chart([1], [0])


@given(st.lists(st.floats(-1e6, 1e6), min_size=12, max_size=40))
def test_a_change_of_unit_changes_no_verdict(values):
    # A factor of 2 is exact in floating point, so that no point crosses a limit by rounding.
    chart, scaled = xmr(values), xmr([2 * v for v in values])
    assert chart["cause"].tolist() == scaled["cause"].tolist()
    assert chart["state"].tolist() == scaled["state"].tolist()


def test_lag_one_autocorrelation_is_around_each_phase_and_a_gap_breaks_the_pair():
    rng = np.random.default_rng(3)
    x = np.empty(400)
    x[0] = rng.normal()
    for i in range(1, 400):
        x[i] = 0.6 * x[i - 1] + 0.8 * rng.normal()
    r, marked = autocorrelation(xmr(x))
    assert r == pytest.approx(acf(x, nlags=1)[1], abs=0.01) and marked  # statsmodels' estimate
    steps = np.r_[rng.normal(0, 1, 30), rng.normal(20, 1, 30)]
    assert autocorrelation(xmr(steps))[1]  # a step looks alike until limits are drawn anew
    assert not autocorrelation(xmr(steps, rebase=[Rebase(30, "event")]))[1]
    assert np.isnan(autocorrelation(xmr([1.0, 2.0, 3.0]))[0])


def test_neighbours_that_resemble_each_other_signal_falsely_more_often():
    alone, alike = (false_alarms(24, rng=np.random.default_rng(1), lag1=r) for r in (0.0, 0.6))
    assert alike > 2 * alone


# ── Rules of limits that are held at what is possible ─────────────────────────────────────────────


def stable_charts(rng):
    """Twenty-four stable points each, with a lower or upper limit that is held at 0 or 1."""
    yield c_chart(rng.poisson(2, 24))
    yield u_chart(rng.poisson(3, 24), np.full(24, 2.0))
    yield p_chart(rng.binomial(100, 0.02, 24), np.full(24, 100))
    yield p_chart(rng.binomial(60, 0.97, 24), np.full(24, 60))
    yield g_chart(rng.geometric(0.05, 24) - 1)


def test_two_of_three_seldom_calls_a_stable_point_where_a_limit_is_held_at_the_edge():
    # Measured against held limits the rule called 2.5 to 12 % of stable points; a Normal's share is 0.2 %.
    rng = np.random.default_rng(8)
    called = [[(chart["cause"] == "two_of_three").mean() for chart in stable_charts(rng)] for _ in range(150)]
    assert (np.mean(called, axis=0) < 0.006).all()


def test_two_thirds_are_measured_on_the_limit_before_it_was_held():
    # c̄ = 4: 4 − 6 is held at 0, whose two thirds would begin below 4/3; the unheld −2 has them below 0.
    chart = c_chart([1, 1, 3, 5, 6, 4] * 2 + [4] * 4 + [4, 7, 6])
    assert chart["lower"].iloc[0] == 0 and "two_of_three" not in set(chart["cause"])
    held = special_causes([1, 1, 3], 4, 0, 10)
    assert held["cause"].tolist() == ["two_of_three", "two_of_three", ""]
    assert set(special_causes([1, 1, 3], 4, 0, 10, unheld=(-2, 10))["cause"]) == {""}


def test_a_g_charts_centre_is_the_median_and_its_limits_stay_those_of_the_mean():
    chart = g_chart([1, 2, 3, 30] * 3)
    assert chart["centre"].iloc[0] == 2.5
    assert chart["upper"].iloc[0] == pytest.approx(9 + 3 * np.sqrt(90))  # by hand: mean 9
    # 63 % of a geometric's counts lie below its mean: about it, seven on one side came up in 7 % of stable points.
    rng = np.random.default_rng(2)
    runs = [(g_chart(rng.geometric(0.01, 24) - 1)["cause"] == "run").mean() for _ in range(300)]
    assert np.mean(runs) < 0.03


# ── Runs and trends at once ───────────────────────────────────────────────────────────────────────

LOW_AND_RISING = [10.0, 14.0] * 8 + [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]


def test_a_rising_trend_below_the_mean_is_the_later_signal_and_improves_a_higher_is_better_measure():
    marks = special_causes([5, 5, 1, 2, 3, 4, 5, 6, 7], 10.0, -20.0, 40.0)
    assert marks["cause"].tolist() == ["run"] * 2 + ["trend"] * 7
    assert marks["side"].tolist() == ["low"] * 2 + ["high"] * 7
    assert marks["also"].tolist() == [""] * 2 + ["run"] * 7
    chart = xmr(LOW_AND_RISING)
    last = chart.iloc[-1]
    assert (last["cause"], last["side"], last["also"]) == ("trend", "high", "run")
    assert variation(chart, "higher") == "improving" and variation(chart, "lower") == "concerning"


def test_a_falling_trend_above_the_mean_is_told_by_its_fall():
    chart = xmr([-v for v in LOW_AND_RISING])
    assert (chart["side"].iloc[-1], variation(chart, "higher")) == ("low", "concerning")


def test_a_run_and_a_trend_of_one_side_are_both_reported():
    marks = special_causes([1, 2, 3, 4, 5, 6, 7], 0.0, -20.0, 40.0)
    assert marks["cause"].tolist() == ["run"] * 7 and marks["also"].tolist() == ["trend"] * 7
    assert set(marks["side"]) == {"high"}


@pytest.mark.parametrize("rule", ["run", "trend"])
def test_runs_and_trends_are_found_downwards_as_upwards(rule):
    values = {"run": [1.0] + [-1, -2] * 3 + [-1, 1], "trend": [3, 2, 1, 0.5, -0.5, -1, -2, 1.5]}[rule]
    down, up = (special_causes(sign * np.array(values), 0.0, -9.0, 9.0) for sign in (1, -1))
    assert rule in set(down["cause"]) and down["cause"].tolist() == up["cause"].tolist()
    assert set(down.loc[down["cause"] == rule, "side"]) == {"low"}
    assert set(up.loc[up["cause"] == rule, "side"]) == {"high"}


def test_a_target_is_uninformative_only_beyond_twofold_and_above_nothing():
    assert not uninformative(6.0, 3.0, "higher") and uninformative(6.01, 3.0, "higher")
    assert not uninformative(1.5, 3.0, "lower") and uninformative(1.49, 3.0, "lower")
    assert not uninformative(5.0, 0.0, "higher") and uninformative(5.0, 0.5, "higher")
    assert not uninformative(-5.0, 0.0, "lower")


def test_limits_that_fit_no_point_are_refused_by_name():
    with pytest.raises(ValueError, match="centre"):
        special_causes([1, 2, 3], [1, 2], -1, 1)
