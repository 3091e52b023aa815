"""Intervals against published values: UKHSA reference workbook (o11), Newcombe 1998 table I (o12)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson
from statsmodels.stats.proportion import proportion_confint

from metrics.intervals import byar, exact_poisson, wilson

# PHEindicatormethods, tests/testthat/testdata_Byars_Wilson.xlsx (commit 093fd28), tolerance 1e-6.
UKHSA_WILSON = [
    (65, 100, 0.95, 0.552544, 0.736358),
    (1045, 5000, 0.95, 0.197955, 0.220491),
    (65, 100, 0.998, 0.495495, 0.778354),
]
UKHSA_BYAR = [
    (65, 0.95, 50.163188, 82.849139),
    (1045, 0.95, 982.593202, 1110.331213),
    (10, 0.998, 2.916318, 24.193725),
]
# Newcombe RG. Two-sided confidence intervals for the single proportion. Stat Med 1998;17:857-872, table I.
NEWCOMBE = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
]


@pytest.mark.parametrize(("x", "n", "confidence", "lower", "upper"), UKHSA_WILSON)
def test_wilson_meets_the_reference_workbook(x, n, confidence, lower, upper):
    assert wilson(x, n, confidence) == pytest.approx((lower, upper), abs=1e-6)


@pytest.mark.parametrize(("x", "n", "lower", "upper"), NEWCOMBE)
def test_wilson_meets_newcombes_table(x, n, lower, upper):
    assert wilson(x, n) == pytest.approx((lower, upper), abs=6e-5)


@pytest.mark.parametrize(("count", "confidence", "lower", "upper"), UKHSA_BYAR)
def test_byar_meets_the_reference_workbook(count, confidence, lower, upper):
    assert byar(count, 1.0, confidence) == pytest.approx((lower, upper), abs=1e-6)


def test_byar_below_ten_is_exact():
    for count in range(10):
        assert byar(count) == pytest.approx(exact_poisson(count))


def test_no_events_leave_the_rule_of_three():
    # exact upper limit at 0 events: -ln(0.025) = 3.6889
    assert exact_poisson(0) == pytest.approx((0.0, 3.688879), abs=1e-6)


@given(st.integers(0, 400), st.floats(0.5, 0.999))
def test_exact_limits_leave_half_of_alpha_in_each_tail(count, confidence):
    lower, upper = exact_poisson(count, 1.0, confidence)
    half = (1 - confidence) / 2
    assert poisson.cdf(count, upper) == pytest.approx(half, rel=1e-6)
    if count:
        assert poisson.sf(count - 1, lower) == pytest.approx(half, rel=1e-6)


@given(st.integers(1, 5000), st.data())
def test_wilson_agrees_with_statsmodels_and_holds_the_estimate(n, data):
    x = data.draw(st.integers(0, n))
    lower, upper = wilson(x, n)
    assert (lower, upper) == pytest.approx(proportion_confint(x, n, method="wilson"), abs=1e-12)
    assert 0 <= lower <= x / n <= upper <= 1


def test_arrays_keep_their_shape_and_missing_stays_missing():
    lower, upper = wilson(np.array([1.0, np.nan]), np.array([10.0, 10.0]))
    assert lower.shape == (2,)
    assert np.isnan(lower[1]) and np.isnan(upper[1])
    rate_low, rate_high = exact_poisson([5, 5], [10.0, 100.0])
    assert rate_low[0] == pytest.approx(10 * rate_low[1]) and rate_high[0] == pytest.approx(10 * rate_high[1])


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: wilson(-3, 10), "-3"),
        (lambda: wilson(11, 10), "11"),
        (lambda: wilson(1, 0), "0"),
        (lambda: byar(-2), "-2"),
        (lambda: exact_poisson(1, 0.0), "0"),
        (lambda: exact_poisson(float("inf")), "inf"),
        (lambda: wilson(1, 10, confidence=1.5), "1.5"),
    ],
)
def test_impossible_input_is_named(call, named):
    with pytest.raises(ValueError, match=named):
        call()
