"""Yield and lift of signs by hand and against scipy's false-discovery control."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control
from statsmodels.stats.proportion import proportions_ztest

from geo.small_area import funnel_limits
from metrics.intervals import wilson
from metrics.lift import adjusted, cut, sides, yields


def test_yield_lift_and_cost_by_hand():
    # 30 of 50 with the sign, 100 of 250 in all: yield 0.6, lift 1.5; a contact at 40,000 won: 66,667 a confirmed one.
    row = yields([30], [50], all_found=100, all_tried=250, unit_cost=40_000).iloc[0]
    assert (row["yield"], row["lift"], row["cost"]) == pytest.approx((0.6, 1.5, 40_000 / 0.6))
    low, high = wilson(30, 50)
    assert (row["lift_lower"], row["cost_upper"]) == pytest.approx((low / 0.4, 40_000 / low))
    assert row["cost_lower"] == pytest.approx(40_000 / high)


def test_the_test_compares_with_and_without_the_sign_as_statsmodels_does():
    row = yields([30], [50], all_found=100, all_tried=250).iloc[0]
    _, p = proportions_ztest([30, 70], [50, 200])
    assert row["p"] == pytest.approx(p)


def test_adjustment_equals_scipy_and_leaves_the_withheld_out():
    p = np.array([0.001, 0.04, 0.03, 0.8, 0.012])
    assert adjusted(p) == pytest.approx(false_discovery_control(p))
    mixed = np.insert(p, 2, np.nan)
    assert np.isnan(adjusted(mixed)[2]) and np.delete(adjusted(mixed), 2) == pytest.approx(adjusted(p))
    assert len(adjusted(np.array([]))) == 0


def test_sides_are_those_of_the_adjusted_test():
    found, tried, every = [30, 12, 20, 24, 9], [50, 50, 50, 40, 40], {"all_found": 100.0, "all_tried": 250.0}
    table = yields(found, tried, **every)
    at = cut(found, tried, **every, rate=0.05)
    said = sides(found, tried, **every, cut=at)
    differs = table["q"] < 0.05
    assert differs.any() and not differs.all()
    assert (said != "similar").tolist() == differs.tolist()
    assert all(
        (word == "higher") == (lift > 1)
        for word, lift in zip(said[differs], table["lift"][differs], strict=True)
    )
    many = sides(np.array([found, found]), np.array([tried, tried]), **every, cut=at)
    assert (many == said).all()
    assert cut([20, 20], [50, 50], **every, rate=0.05) == 0.0


def test_limits_and_verdict_hold_for_every_count_that_rounding_allows():
    wide, plain = (
        yields([30], [50], all_found=100, all_tried=250, unit_cost=1.0, slack=s).iloc[0] for s in (2.5, 0.0)
    )
    for found in (28, 29, 30, 31, 32):
        for tried in (48, 50, 52):
            low, high = wilson(found, tried)
            assert wide["lower"] <= low and high <= wide["upper"]
            p = proportions_ztest([found, 100 - found], [tried, 250 - tried])[1]
            assert p <= wide["p"] + 1e-12
    assert wide["cost_lower"] < plain["cost_lower"] < plain["cost_upper"] < wide["cost_upper"]


def test_a_sign_that_rounding_could_turn_round_is_not_called_different():
    # 20 of 50 against 80 of 200 elsewhere: the same share, which 17.5 of 52.5 and 22.5 of 47.5 lie either side of.
    assert yields([20], [50], all_found=100, all_tried=250, slack=2.5)["p"].iloc[0] == 1.0


def test_withheld_untried_and_everybody_give_no_verdict_and_no_error():
    found = yields([np.nan, 0, 10, 0], [20, 0, 25, 30], all_found=10, all_tried=25, unit_cost=1.0)
    assert found["yield"].isna().tolist() == [True, True, False, False]
    assert np.isnan(found["p"][2])  # everybody has the sign: there is no rest to compare with
    assert np.isnan(found["cost"][3])  # nobody confirmed: no cost per confirmed


def test_funnel_limits_are_the_published_expression():
    # metrics A5 with p = 0.5, n = 100: 0.5 ± 3.09 × 0.05
    found = funnel_limits([65.46, 65.44, 34.54], [100, 100, 100], target=0.5).areas["verdict"]
    assert found.tolist() == ["high_998", "high_95", "low_998"]
