"""Reach: the ratio of two uncertain numbers, and the chance of high need with low reach."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from metrics.reach import gap, ratio_limits, reach


def people(**columns):
    base = {
        "served": 500.0,
        "slack": 0.0,
        "isolated": 25_000.0,
        "isolated_lower": 18_000.0,
        "isolated_upper": 32_000.0,
    }
    return pd.DataFrame([{**base, **columns}])


def test_limits_of_a_ratio_by_hand():
    # Donner and Zou's formula written out for 100 (80 to 120) over 1,000 (900 to 1,100):
    # L = (1e5 - sqrt(1e10 - 80 x 1100 x 120 x 900)) / (1100 x 900), U = (1e5 + sqrt(1e10 - 120 x 900 x 80 x 1100)) / (900 x 1100)
    root = np.sqrt(1e10 - 80 * 1100 * 120 * 900)
    low, high = ratio_limits(np.array([100.0]), (np.array([80.0]), np.array([120.0])), np.array([1000.0]),
                             (np.array([900.0]), np.array([1100.0])))  # fmt: skip
    assert low[0] == pytest.approx((1e5 - root) / (1100 * 900))
    assert high[0] == pytest.approx((1e5 + root) / (900 * 1100))


def test_a_certain_denominator_leaves_the_numerators_own_limits():
    low, high = ratio_limits(np.array([10.0]), (np.array([5.0]), np.array([18.0])), np.array([4.0]),
                             (np.array([4.0]), np.array([4.0])))  # fmt: skip
    assert (low[0], high[0]) == (pytest.approx(5 / 4), pytest.approx(18 / 4))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 5000), st.floats(100, 1e5), st.floats(0.05, 0.95))
def test_reach_lies_within_its_interval_and_both_parts_widen_it(served, isolated, spread):
    row = reach(people(served=float(served), isolated=isolated, isolated_lower=isolated * (1 - spread),
                       isolated_upper=isolated * (1 + spread))).iloc[0]  # fmt: skip
    assert row["lower"] <= row["value"] + 1e-9 and row["value"] <= row["upper"] + 1e-9
    sure = reach(
        people(served=float(served), isolated=isolated, isolated_lower=isolated, isolated_upper=isolated)
    ).iloc[0]
    assert row["upper"] >= sure["upper"] - 1e-9 and row["lower"] <= sure["lower"] + 1e-9


def test_more_served_than_isolated_questions_the_definition_and_is_no_success():
    row = reach(people(served=30_000.0)).iloc[0]
    assert row["value"] == pytest.approx(120) and row["impossible"]


def test_an_unbounded_denominator_leaves_the_upper_limit_open_and_a_withheld_count_leaves_nothing():
    assert np.isnan(reach(people(isolated_lower=0.0)).iloc[0]["upper"])
    assert reach(people(served=np.nan)).iloc[0][["value", "lower", "upper"]].isna().all()


def test_the_interval_covers_the_truth_in_nineteen_of_twenty_samples():
    # 2,000 seeded samples: served ~ Poisson(400), isolated ~ Normal(20,000, 2,500); true reach 2 %. 95 % within
    # three binomial standard errors (0.0049): 93.5 to 96.5 %.
    rng = np.random.default_rng(7)
    served, isolated = rng.poisson(400, 2000).astype(float), rng.normal(20_000, 2500, 2000)
    frame = pd.DataFrame({"served": served, "slack": 0.0, "isolated": isolated, "isolated_lower": isolated - 1.96 * 2500,
                          "isolated_upper": isolated + 1.96 * 2500})  # fmt: skip
    found = reach(frame)
    covered = ((found["lower"] <= 2) & (found["upper"] >= 2)).mean()
    assert 0.935 <= covered <= 0.965


def frame_of(need, served):
    return pd.DataFrame({"need": [need], "need_se": [2.0], "served": [served], "population": [400_000.0]})


def test_the_chance_of_need_is_the_normal_probability():
    # need 10 (SE 2) above 7.4: Phi(1.3) = 0.903; 40,000 draws have a standard error of 0.0015.
    found = gap(
        frame_of(10.0, 800.0), city_need=7.4, city_reach=2.0, draws=40_000, rng=np.random.default_rng(1)
    ).iloc[0]
    assert found["need_above"] == pytest.approx(stats.norm.cdf(1.3), abs=0.006)
    assert found["both"] <= min(found["need_above"], found["reach_below"])


def test_need_and_reach_are_drawn_together():
    # Reach falls as need rises: both at once is likelier than if the two were independent.
    found = gap(
        frame_of(8.0, 640.0), city_need=7.9, city_reach=2.0, draws=20_000, rng=np.random.default_rng(2)
    ).iloc[0]
    assert found["both"] > found["need_above"] * found["reach_below"] + 0.1


def test_equal_seeds_give_equal_chances_and_missing_stays_missing():
    both = [
        gap(frame_of(8.0, 640.0), city_need=7, city_reach=2, rng=np.random.default_rng(3)) for _ in range(2)
    ]
    assert both[0].equals(both[1])
    assert (
        gap(frame_of(8.0, np.nan), city_need=7, city_reach=2, rng=np.random.default_rng(3))
        .isna()
        .all(axis=None)
    )
