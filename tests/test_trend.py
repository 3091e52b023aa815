"""Trend over time: the test against published and another package's results, and what it refuses to compare."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import Table

from charts import waves
from metrics import registry, trend
from tools import trend_study


def series(events, trials, periods=(2022, 2024, 2026), area="11010", **more):
    rows = {
        "area_code": area,
        "period": list(periods),
        "events": events,
        "trials": trials,
        "estimate": "direct",
    }
    return pd.DataFrame({**rows, **more})


def test_cochran_armitage_gives_agrestis_published_chi_square():
    # Agresti, Categorical Data Analysis: infant malformation by mother's alcohol, scores 0, 0.5, 1.5, 4, 7: M^2 = 6.57.
    events = np.array([[48.0, 38, 5, 1, 1]])
    trials = np.array([[17114.0, 14502, 793, 127, 38]])
    found = trend.cochran_armitage(events, trials, np.array([0, 0.5, 1.5, 4, 7.0]))
    assert found.z[0] ** 2 == pytest.approx(6.570, abs=0.001)
    assert found.p_value[0] == pytest.approx(0.0104, abs=0.0001)


def test_it_agrees_with_statsmodels_up_to_its_n_minus_one():
    events, trials = np.array([[30.0, 45, 61]]), np.array([[200.0, 210, 190]])
    scores = np.array([0.0, 1, 2])
    theirs = Table(np.array([events[0], trials[0] - events[0]])).test_ordinal_association(col_scores=scores)
    ours = trend.cochran_armitage(events, trials, scores).z[0]
    # statsmodels' linear-by-linear test has the variance of sampling without replacement: N / (N - 1) of ours.
    n = trials.sum()
    assert abs(theirs.zscore) == pytest.approx(abs(ours) * np.sqrt((n - 1) / n), rel=1e-9)


def test_the_slope_is_the_weighted_regression_by_hand():
    # Shares 0.10, 0.20, 0.40 of 100 each at 0, 1, 2: slope (0.40 - 0.10) / 2 = 0.15.
    found = trend.cochran_armitage(np.array([[10.0, 20, 40]]), np.full((1, 3), 100.0), np.array([0.0, 1, 2]))
    assert found.slope[0] == pytest.approx(0.15)
    # Its variance by hand: (0.1 x 0.9 + 0.4 x 0.6) x 100 / (200^2): the middle period lies at the centre.
    assert found.slope_se[0] == pytest.approx(np.sqrt((0.09 + 0.24) * 100) / 200)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(50, 400)), min_size=3, max_size=5))
def test_turning_time_round_turns_the_sign_and_nothing_else(pairs):
    events = np.array([[float(e) for e, _ in pairs]])
    trials = np.array([[float(n) for _, n in pairs]])
    scores = np.arange(len(pairs), dtype=float)
    one = trend.cochran_armitage(events, trials, scores)
    other = trend.cochran_armitage(events[:, ::-1], trials[:, ::-1], scores)
    assert one.z[0] == pytest.approx(-other.z[0], abs=1e-9)
    assert one.p_value[0] == pytest.approx(other.p_value[0], abs=1e-9)
    assert 0 <= one.p_value[0] <= 1


def test_no_event_at_all_is_no_trend_and_no_warning():
    found = trend.cochran_armitage(np.zeros((1, 3)), np.full((1, 3), 50.0), np.arange(3.0))
    assert (found.z[0], found.p_value[0], found.slope[0]) == (0, 1, 0)


def test_two_points_are_no_trend():
    found = trend.of(series([20, 10], [100, 100], periods=(2024, 2026)))
    assert found["verdict"].tolist() == ["too_few"] and found["value"].isna().all()
    with pytest.raises(ValueError, match="at least 3"):
        trend.cochran_armitage(np.ones((1, 2)), np.full((1, 2), 9.0), np.arange(2.0))


def test_only_the_last_five_periods_count():
    years = (2015, 2016, 2017, 2018, 2019, 2020, 2021)
    # A fall long ago, then five equal years: no trend.
    found = trend.of(series([90, 60, 20, 20, 20, 20, 20], [100] * 7, periods=years)).iloc[0]
    assert (found["first"], found["last"], found["periods"]) == (2017, 2021, 5)
    assert found["verdict"] == "none" and found["value"] == pytest.approx(0)


def test_a_missing_period_withholds_the_verdict_of_that_area_only():
    both = pd.concat([series([20, np.nan, 5], [100] * 3), series([60, 35, 5], [100] * 3, area="11020")])
    found = trend.of(both).set_index("area_code")["verdict"]
    assert found.to_dict() == {"11010": "withheld", "11020": "falling"}


def test_verdicts_are_corrected_over_the_areas_tested():
    # One area at p = 0.03 alone is 'falling'; among twenty without any change it is not.
    alone = series([24, 17, 10], [100] * 3)
    p = trend.of(alone).iloc[0]["p_value"]
    assert 0.01 < p < 0.05 and trend.of(alone).iloc[0]["verdict"] == "falling"
    flat = [series([15, 15, 15], [100] * 3, area=f"11{n:03d}") for n in range(100, 120)]
    assert trend.of(pd.concat([alone, *flat])).set_index("area_code").loc["11010", "verdict"] == "none"


def test_districts_that_vary_by_chance_alone_keep_the_chance_variance():
    # Every district's line fits to the half event: nothing beyond chance, and 49 degrees of freedom and more.
    x = np.array([[20.0, 20, 20], [21, 20, 19], [19, 20, 21], [20, 21, 22]])
    n = np.full((4, 3), 100.0)
    found, plain = (f(x, n, np.arange(3.0)) for f in (trend.pooled, trend.cochran_armitage))
    assert found.own_sd == found.common_sd == 0
    assert found.slope == pytest.approx(plain.slope)
    assert (found.p_value >= plain.p_value).all()


def test_what_periods_vary_by_is_found_by_pooling_the_districts():
    """25 districts of 5,000 trials: chance is .7 points, each period of a district a further 4, all together 3."""
    rng = np.random.default_rng(8)
    n = np.full((25, 5), 5000.0)
    truth = 0.5 + 0.04 * rng.standard_normal((25, 5)) + 0.03 * rng.standard_normal(5)
    found = trend.pooled(rng.binomial(5000, truth).astype(float), n, np.arange(5.0))
    assert found.own_sd == pytest.approx(0.04, abs=0.008)  # 72 degrees of freedom: 8 % each way and more
    assert 0 < found.common_sd < 0.09  # three degrees of freedom say little
    assert ((found.upper - found.lower) / 2 > 1.96 * 0.012).all()  # .04 / √10
    plain = trend.cochran_armitage(rng.binomial(5000, truth).astype(float), n, np.arange(5.0))
    assert (plain.p_value < 0.05).sum() > 5 * (found.p_value < 0.05).sum()


def test_a_change_common_to_all_districts_that_is_no_straight_line_is_still_a_change():
    """20 → 7.7 → 7.4 % in every district: the bend is larger than any swing that counts as noise."""
    n = np.full((25, 3), 150.0)
    found = trend.of(pd.concat([series([30, 11.5, 11], n[0], area=f"11{k:03d}") for k in range(25)]))
    assert set(found["verdict"]) == {"falling"}
    # A bend of the same shape, a tenth of it, is noise.
    small = trend.of(pd.concat([series([30, 28.2, 28.1], n[0], area=f"11{k:03d}") for k in range(25)]))
    assert set(small["verdict"]) == {"none"}


def test_no_event_in_some_district_is_no_trend_there_and_stops_no_other():
    flat = [series([20, 20, 20], [100] * 3, area=f"11{n:03d}") for n in range(100, 110)]
    found = trend.of(
        pd.concat([series([0, 0, 0], [50] * 3), series([60, 35, 5], [100] * 3, area="11020"), *flat])
    )
    found = found.set_index("area_code")
    assert found["verdict"].to_dict() == {"11010": "none", "11020": "falling"} | {
        f"11{n:03d}": "none" for n in range(100, 110)
    }
    assert found.loc["11010", "p_value"] == 1


@pytest.mark.parametrize("own", trend_study.EXTRA)
@pytest.mark.parametrize(("periods", "share", "trials"), [(3, 0.46, 500), (5, 0.46, 150), (5, 0.82, 1200)])
def test_few_sets_without_a_trend_have_a_verdict_however_much_periods_vary(periods, share, trials, own):
    """8 % are asked; of 120 sets two Monte Carlo errors are 5 points."""
    at = {"periods": periods, "share": share, "trials": trials, "own": own}
    assert trend_study.false_sets(120, 2, **at) <= 0.13
    if own == 0.1:  # and the test of chance alone sees a trend in most
        assert trend_study.false_sets(60, 2, **at, plain=True) > 0.5


@pytest.mark.parametrize("common", trend_study.EXTRA[1:])
def test_a_swing_that_all_share_is_seldom_taken_for_a_trend_even_with_three_periods(common):
    """8 % are asked; one degree of freedom by Satterthwaite alone gave 11 to 14 %. Two Monte Carlo errors of 150 sets: 4.4."""
    assert trend_study.false_sets(150, 4, periods=3, share=0.82, trials=1200, common=common) <= 0.08 + 0.044


def test_limits_and_p_value_say_the_same_of_both_parts_of_the_variance():
    """Both parts known on one degree: Student's t of one. A part of none: of the rest. Both halves: the mean of the two p."""
    z, half = np.array([3.0]), np.array([0.5])
    one, many = 2 * stats.t.sf(3, 1), 2 * stats.t.sf(3, 48)
    for part, expected in ((1.0, one), (0.0, many), (0.5, (one + many) / 2)):
        assert trend._two_parts(z, np.array([part]), 1, 48.0)[0] == pytest.approx(expected)
    assert trend._two_parts(z, half, 3, 72.0)[0] == pytest.approx(
        2 * stats.t.sf(3, 1 / (0.25 / 3 + 0.25 / 72))
    )
    for free in (1, 3):
        at = trend._quantile(half, free, 48.0)
        assert trend._two_parts(at, half, free, 48.0)[0] == pytest.approx(0.05, rel=1e-6)


def test_a_test_that_knows_the_variances_finds_hardly_more():
    """A rise of a tenth at 500 trials is not in the figures: the ceiling is 9 %, ours 6 (docs/studies/trend.md)."""
    ours, _, ceiling = trend_study.power(100, 6, periods=5, share=0.46, trials=500, own=0.0, rise=0.2)
    assert ceiling - 0.15 < ours <= ceiling + 0.02 and ceiling > 0.5
    assert trend_study.power(60, 6, periods=5, share=0.46, trials=500, own=0.0, rise=0.1)[2] < 0.2


def test_a_real_rise_is_found_and_more_often_where_periods_vary_less():
    at = {"periods": 5, "share": 0.82, "trials": 1200, "rise": 0.1}
    sure, noisy = (trend_study.power(60, 2, **at, own=own) for own in (0.0, 0.05))
    assert sure[0] > 0.9 and noisy[0] < sure[0]
    assert sure[1] < 0.1  # the corrected share of false ones among those called: 5 %


def test_a_modelled_series_cannot_enter_a_trend_or_a_before_and_after_view():
    modelled = series([20, 15, 5], [100] * 3).assign(estimate="smoothed")
    with pytest.raises(trend.ModelledSeries):
        trend.of(modelled)
    rows = pd.DataFrame(
        {"period": [2022, 2024], "value": [20.0, 7.7], "lower": 6.0, "upper": 22.0, "said": "x"}
    )
    metric = registry.get("isolation_prevalence")
    with pytest.raises(trend.ModelledSeries):
        waves.against_city(rows.assign(estimate="smoothed"), rows.assign(estimate="direct"), metric=metric,
                           names=("a", "b"), template="")  # fmt: skip


def test_two_instruments_never_join_into_one_line():
    # 27.7 -> 34.9 % and 20.0 -> 7.7 % are answers to two different questions.
    mixed = series([27.7, 34.9, 7.7], [100] * 3, instrument_id=["question", "question", "survey"])
    with pytest.raises(trend.MixedInstruments, match="question, survey"):
        trend.of(mixed)


@pytest.mark.parametrize("bad", [(np.ones((1, 3)), np.ones((1, 2))), (np.full((1, 3), 5.0), np.full((1, 3), 4.0)),
                                 (np.ones((1, 3)), np.array([[1.0, 0, 1]]))])  # fmt: skip
def test_impossible_input_is_refused(bad):
    with pytest.raises(ValueError):
        trend.cochran_armitage(*bad, np.arange(3.0))
