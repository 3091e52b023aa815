"""Small areas: published values, closed forms, a second derivation of the likelihood, invariants, and the known truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import null_space
from scipy.optimize import minimize_scalar
from scipy.special import ndtr
from scipy.stats import gamma, multivariate_normal, nbinom, poisson

from data.demo import survey
from geo.small_area import (
    benchmarked,
    directly_standardised,
    eb_marshall,
    fay_herriot,
    funnel_limits,
    interval,
    rank_intervals,
    slope_index,
    smoothed_variance,
)
from metrics.intervals import exact_poisson
from tools import funnel_study
from tools import small_area_study as study

METHODS = ("reml", "ml", "moment", "adjusted")
SEEDS = st.integers(0, 2**32 - 1)

# ── Fay-Herriot: published values ─────────────────────────────────────────────────────────────────

# Case o08. R package sae, data set milk (Rao and Molina 2015): 43 areas, direct estimates, standard errors, region.
MILK_Y = [
    1.099, 1.075, 1.105, 0.628, 0.753, 0.981, 1.257, 1.095, 1.405, 1.356, 0.615, 1.46, 1.338, 0.854, 1.176, 1.111, 1.257,
    1.43, 1.278, 1.292, 1.002, 1.183, 1.044, 1.267, 1.193, 0.791, 0.795, 0.759, 0.796, 0.565, 0.886, 0.952, 0.807, 0.582,
    0.684, 0.787, 0.44, 0.759, 0.77, 0.8, 0.756, 0.865, 0.64,
]  # fmt: skip
MILK_SE = [
    0.163, 0.08, 0.083, 0.109, 0.119, 0.141, 0.202, 0.127, 0.168, 0.178, 0.1, 0.201, 0.148, 0.143, 0.149, 0.145, 0.135,
    0.172, 0.137, 0.163, 0.125, 0.247, 0.14, 0.171, 0.106, 0.121, 0.121, 0.259, 0.106, 0.089, 0.225, 0.205, 0.119, 0.067,
    0.106, 0.126, 0.092, 0.132, 0.1, 0.113, 0.083, 0.121, 0.129,
]  # fmt: skip
MILK_REGION = np.repeat([1, 2, 3, 4], [7, 7, 11, 18])
# sae::mseFH, REML, as in samplics' tests/sae/test_eblup_area_model.py; tolerance 1e-5.
MILK_BETA = [0.968189, 0.1327801, 0.2269462, -0.2413011]
MILK_EBLUP = [
    1.0219703, 1.0476018, 1.0679513, 0.760817, 0.8461574, 0.9743727, 1.0584523, 1.0977762, 1.2215449, 1.1951455, 0.7852155,
    1.2139456, 1.2096593, 0.9834967, 1.1864247, 1.1556982, 1.2263411, 1.2856486, 1.2363247, 1.23496, 1.0903019, 1.1923057,
    1.121647, 1.2230296, 1.1938054, 0.7627195, 0.764955, 0.7338443, 0.7699294, 0.6134418, 0.7695558, 0.795825, 0.7723187,
    0.6102302, 0.7001782, 0.7592787, 0.5298867, 0.7434466, 0.7548996, 0.7701918, 0.7481164, 0.8040773, 0.681087,
]  # fmt: skip
MILK_MSE = [
    0.01346022, 0.005372876, 0.00570199, 0.00854174, 0.009579594, 0.011670632, 0.015926137, 0.010586518, 0.014184043,
    0.014901472, 0.007694262, 0.016336469, 0.012562726, 0.012117378, 0.012031229, 0.011709147, 0.01085978, 0.01369086,
    0.011034674, 0.013079686, 0.009948636, 0.017243977, 0.011292325, 0.013625297, 0.008065787, 0.009205133, 0.009205133,
    0.016476912, 0.007800626, 0.006098668, 0.015441564, 0.014657866, 0.009024699, 0.003870786, 0.007800626, 0.009646139,
    0.006404335, 0.010155645, 0.007209937, 0.008470277, 0.00548486, 0.009205133, 0.009903626,
]  # fmt: skip
# First, last and one area of each other region: (estimates, mean squared errors).
MILK_SOME = [0, 10, 20, 30, 42]
MILK_OTHERS = {
    # sae::mseFH, ML, as in emdi's tests/testthat/FH/fh_ml_sae.csv.
    "ml": ([1.01617332, 0.80337005, 1.09857683, 0.76293886, 0.68409765],
           [0.01357995, 0.00791110, 0.01013829, 0.01540433, 0.01003714]),
    # sae::mseFH, FH moment, as in samplics' tests/sae/test_eblup_area_model.py.
    "moment": ([1.017975, 0.797568, 1.095955, 0.764996, 0.683160],
               [0.012757016, 0.007558331, 0.009599980, 0.014211800, 0.009484220]),
}  # fmt: skip


def milk():
    design = np.column_stack([np.ones(43), *(np.equal(MILK_REGION, k) for k in (2, 3, 4))])
    return np.array(MILK_Y), np.array(MILK_SE) ** 2, design


def test_reml_meets_the_published_milk_estimates():
    fit = fay_herriot(*milk())
    assert fit.coefficients == pytest.approx(MILK_BETA, abs=1e-5)
    assert fit.estimates == pytest.approx(MILK_EBLUP, abs=1e-5)
    assert fit.mse == pytest.approx(MILK_MSE, abs=1e-5)
    assert fit.area_variance == pytest.approx(0.0185502, abs=1e-6)  # emdi's fh_reml_sae.csv


@pytest.mark.parametrize("method", MILK_OTHERS)
def test_ml_and_moment_meet_the_published_milk_estimates(method):
    fit = fay_herriot(*milk(), method)
    estimates, errors = MILK_OTHERS[method]
    assert fit.estimates[MILK_SOME] == pytest.approx(estimates, abs=1e-6)
    assert fit.mse[MILK_SOME] == pytest.approx(errors, abs=1e-7)


# ── Fay-Herriot: hand arithmetic and a second derivation ──────────────────────────────────────────


def around_zero(squares, m=10):
    """m values, half above and half below 0, whose squares sum to `squares`."""
    return np.sqrt(squares / m) * np.resize([1.0, -1.0], m)


@pytest.mark.parametrize(
    ("method", "squares", "area_variance", "mse"),
    [
        # Ten areas of variance 1 and an intercept: V = A + 1, g1 = A/V, g2 = V/10/V² = 1/(10 V), g3 = 2/(10 V).
        # REML and moment: A = squares/9 - 1 = 1, so .5 + .05 + 2(.1); the moment's bias is 0 where variances are equal.
        ("reml", 18.0, 1.0, 0.75),
        ("moment", 18.0, 1.0, 0.75),
        # ML: A = squares/10 - 1 = 1, bias -V/10 times (1/V)²: .75 + .05.
        ("ml", 20.0, 1.0, 0.80),
        # Adjusted: 1/A - 9/(2V) + squares/(2V²) = 0 at A = 3, V = 4 for squares = 36 - 32/3.
        # .75 + .025 + 2(.05), less bias 2V²/(10 A) times (1/V)² = 1/15.
        ("adjusted", 36 - 32 / 3, 3.0, 0.875 - 1 / 15),
        # At A = 1/3, V = 4/3: squares = 12 - 32/3; the bias term 2/(10 A) = .6 exceeds 2 g3 = .3 and takes only that:
        # .25 + .075.
        ("adjusted", 12 - 32 / 3, 1 / 3, 0.325),
    ],
)
def test_equal_variances_have_a_closed_form(method, squares, area_variance, mse):
    fit = fay_herriot(around_zero(squares), np.ones(10), np.ones((10, 1)), method)
    assert fit.area_variance == pytest.approx(area_variance, rel=1e-6)
    assert fit.mse == pytest.approx(np.full(10, mse), rel=1e-6)
    assert fit.shrinkage == pytest.approx(np.full(10, area_variance / (area_variance + 1)), rel=1e-6)


@pytest.mark.parametrize("method", ["reml", "adjusted"])
def test_the_residual_likelihood_is_that_of_the_error_contrasts(method):
    """REML is the likelihood of K'y, K an orthonormal basis of what the covariates leave (Patterson and Thompson)."""
    y, d, x = milk()
    k = null_space(x.T)

    def minus_log(log_a):
        a = np.exp(log_a)
        value = multivariate_normal(cov=k.T @ np.diag(a + d) @ k).logpdf(k.T @ y)
        return -(value + (log_a if method == "adjusted" else 0.0))

    best = minimize_scalar(minus_log, bounds=(-8, 0), method="bounded", options={"xatol": 1e-9})
    assert fay_herriot(y, d, x, method).area_variance == pytest.approx(np.exp(best.x), rel=1e-5)


# ── Fay-Herriot: invariants ───────────────────────────────────────────────────────────────────────


def made(seed, m=25):
    """Areas of unequal variance with two covariates, from small to large variance between areas."""
    rng = np.random.default_rng(seed)
    d = rng.uniform(0.3, 3.0, m) * 1e-3
    x = np.column_stack([np.ones(m), rng.uniform(0.3, 0.5, m), rng.uniform(0.02, 0.08, m)])
    spread = rng.choice([0.0, 0.01, 0.03, 0.1])
    return x @ [0.02, 0.1, 0.3] + rng.normal(0, spread, m) + rng.normal(0, np.sqrt(d)), d, x


@given(SEEDS, st.sampled_from(METHODS))
def test_estimates_lie_between_the_direct_and_the_synthetic(seed, method):
    y, d, x = made(seed)
    fit = fay_herriot(y, d, x, method)
    low, high = np.minimum(y, fit.synthetic), np.maximum(y, fit.synthetic)
    assert ((low - 1e-12 <= fit.estimates) & (fit.estimates <= high + 1e-12)).all()
    assert ((fit.shrinkage >= 0) & (fit.shrinkage < 1)).all() and (fit.mse > 0).all()
    lower, upper = interval(fit.estimates, fit.mse)
    assert (lower < upper).all()


@given(SEEDS)
def test_the_adjusted_area_variance_is_never_zero_and_exceeds_remls(seed):
    y, d, x = made(seed)
    assert fay_herriot(y, d, x, "adjusted").area_variance > fay_herriot(y, d, x).area_variance >= 0


@given(SEEDS, st.sampled_from(METHODS))
def test_permuting_areas_permutes_results(seed, method):
    y, d, x = made(seed)
    order = np.random.default_rng(seed).permutation(len(y))
    fit, other = fay_herriot(y, d, x, method), fay_herriot(y[order], d[order], x[order], method)
    assert other.estimates == pytest.approx(fit.estimates[order], abs=1e-6)
    assert other.mse == pytest.approx(fit.mse[order], rel=1e-4)


@given(SEEDS, st.sampled_from(METHODS))
def test_points_instead_of_shares_give_the_same_estimates(seed, method):
    y, d, x = made(seed)
    fit, points = fay_herriot(y, d, x, method), fay_herriot(100 * y, 1e4 * d, x, method)
    assert points.estimates == pytest.approx(100 * fit.estimates, abs=1e-4)
    assert points.mse == pytest.approx(1e4 * fit.mse, rel=1e-4)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("missing", ["direct", "variance"])
def test_an_unsampled_area_is_predicted_and_changes_no_other(method, missing):
    y, d, x = milk()
    without = np.arange(43) != 5
    rest = fay_herriot(y[without], d[without], x[without], method)
    (y if missing == "direct" else d)[5] = np.nan
    fit = fay_herriot(y, d, x, method)
    assert fit.estimates[without] == pytest.approx(rest.estimates) and fit.mse[without] == pytest.approx(
        rest.mse
    )
    assert fit.shrinkage[5] == 0
    assert fit.estimates[5] == pytest.approx(x[5] @ rest.coefficients)
    assert fit.mse[5] == pytest.approx(rest.area_variance + x[5] @ rest.coefficient_covariance @ x[5])


def test_all_direct_estimates_equal_leave_nothing_to_the_areas_but_an_interval():
    d = np.linspace(0.5, 2, 25) * 1e-3
    for method in ("reml", "ml", "moment"):
        fit = fay_herriot(np.full(25, 0.08), d, np.ones((25, 1)), method)
        assert fit.area_variance == 0 and (fit.mse > 0).all()
        assert fit.estimates == pytest.approx(np.full(25, 0.08))
    fit = fay_herriot(np.full(25, 0.08), d, np.ones((25, 1)), "adjusted")
    assert fit.area_variance > 0 and fit.estimates == pytest.approx(np.full(25, 0.08))


def test_the_fewest_sampled_areas_still_predict_all_others():
    y, d, x = made(7)
    y[4:] = np.nan
    one = x[:, :2]  # p = 2: four areas for REML, five for the adjusted likelihood
    fit = fay_herriot(y, d, one)
    assert np.isfinite(fit.estimates).all() and (fit.mse > 0).all() and (fit.shrinkage[4:] == 0).all()
    with pytest.raises(ValueError, match="4 sampled areas are too few for 2 covariates: at least 5"):
        fay_herriot(y, d, one, "adjusted")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda y, d, x: (y[:1], d[:1], x[:1]), "1 sampled areas are too few for 3"),
        (lambda y, d, x: (y * np.nan, d, x), "0 sampled areas are too few"),
        (lambda y, d, x: (y[:-1], d, x), r"\(24,\), \(25,\) and \(25, 3\)"),
        (lambda y, d, x: (y, d, x[:, 0]), r"\(25,\)"),
        (lambda y, d, x: (y, d, np.column_stack([x, x[:, 1] * 2])), "4 columns, but only 3"),
        (lambda y, d, x: (y, np.where(np.arange(25) == 3, 0.0, d), x), "above 0"),
        (lambda y, d, x: (y, -d, x), "above 0"),
        (lambda y, d, x: (y, d, np.where(np.arange(25)[:, None] == 3, np.nan, x)), "missing in area 3"),
        (lambda y, d, x: (y, d, x, "bayes"), "reml, ml, moment, adjusted, not 'bayes'"),
    ],
)
def test_what_cannot_be_fitted_is_named(change, named):
    with pytest.raises(ValueError, match=named):
        fay_herriot(*change(*made(1)))


# ── Variance, interval, benchmark ─────────────────────────────────────────────────────────────────


def test_the_smoothed_variance_takes_the_share_from_the_covariates():
    # Intercept alone: p is the overall share (5 + 15 + 40)/(50 + 100 + 150) = .2; .2 × .8 / n.
    n = np.array([50.0, 100.0, 150.0, 0.0])
    found = smoothed_variance([0.1, 0.15, 40 / 150, np.nan], n, np.ones((4, 1)))
    assert found[:3] == pytest.approx([0.0032, 0.0016, 0.16 / 150]) and np.isnan(found[3])


def test_no_case_at_all_still_has_a_variance_and_an_estimate():
    n = np.full(25, 99.0)
    variance = smoothed_variance(np.zeros(25), n, np.ones((25, 1)))
    assert variance == pytest.approx(np.full(25, 0.005 * 0.995 / 99))  # half an answer of 100: .005
    fit = fay_herriot(np.zeros(25), variance, np.ones((25, 1)), "adjusted")
    lower, upper = interval(fit.estimates, fit.mse, clip=True)
    assert (fit.estimates == 0).all() and (lower == 0).all() and (upper > 0).all()


def test_shares_outside_0_to_1_are_refused():
    with pytest.raises(ValueError, match="within 0 and 1"):
        smoothed_variance([0.1, 0.2, 1.2], [50, 50, 50], np.ones((3, 1)))


def test_the_interval_is_normal_and_clipped_only_when_asked():
    # 1.959964 × .02 = .03919928 (95 %), 3.090232 × .02 (99.8 %)
    assert np.array(interval([0.03], [0.0004])).ravel() == pytest.approx([-0.00919928, 0.06919928])
    assert np.array(interval([0.03], [0.0004], clip=True)).ravel() == pytest.approx([0.0, 0.06919928])
    assert interval([0.5], [0.0004], 0.998)[1] == pytest.approx([0.56180465])
    for wrong in ({"mse": [-1.0]}, {"mse": [1.0], "confidence": 95}):
        with pytest.raises(ValueError):
            interval([0.5], **wrong)


@given(SEEDS, st.floats(0.01, 0.9))
def test_benchmarked_estimates_average_to_the_city(seed, total):
    rng = np.random.default_rng(seed)
    estimates, errors, people = (
        rng.uniform(0.01, 0.3, 25),
        rng.uniform(1e-4, 1e-3, 25),
        rng.uniform(1e5, 6e5, 25),
    )
    fitted = benchmarked(estimates, errors, people, total, most=np.inf)
    assert (fitted.estimates * people).sum() / people.sum() == pytest.approx(total)
    assert fitted.estimates / fitted.estimates[0] == pytest.approx(estimates / estimates[0])
    assert np.sqrt(fitted.mse) / fitted.estimates == pytest.approx(np.sqrt(errors) / estimates)


def test_shares_lifted_above_one_are_held_there_and_the_others_make_the_citys_figure():
    # By hand: .8 over a mean of .6 is 4/3, which would make 1.2 of the .9; held at 1, the other must be .6 = .3 × 2.
    fitted = benchmarked([0.9, 0.3], [0.01, 0.01], [1, 1], 0.8)
    assert fitted.estimates == pytest.approx([1.0, 0.6]) and fitted.factor == pytest.approx(2)
    # Two rounds: 3/2 lifts the .9, then (2.7 − 1) ÷ .9 the .6 above 1; .7 is left for the third.
    again = benchmarked([0.9, 0.6, 0.3], [0.01] * 3, [1, 1, 1], 0.9)
    assert again.estimates == pytest.approx([1.0, 1.0, 0.7])
    assert benchmarked([0.5, 0.5], [0.01] * 2, [1, 1], 1.0).estimates == pytest.approx([1, 1])
    assert benchmarked([0.9, 0.3], [0.01, 0.01], [1, 1], 0.8, most=np.inf).estimates[0] == pytest.approx(1.2)
    with pytest.raises(ValueError, match="most=inf"):
        benchmarked([1.2, 0.3], [0.01, 0.01], [1, 1], 0.8)


@pytest.mark.parametrize(
    ("estimates", "weights", "total"),
    [([0.1, np.nan], [1, 1], 0.1), ([0.0, 0.0], [1, 1], 0.1), ([0.1, 0.2], [0, 0], 0.1),
     ([0.1, 0.2], [1, -1], 0.1), ([0.1, 0.2], [1, 1], 0.0), ([0.1, 0.2], [1, 1, 1], 0.1)],
)  # fmt: skip
def test_a_benchmark_without_footing_is_refused(estimates, weights, total):
    with pytest.raises(ValueError):
        benchmarked(estimates, [0.01, 0.01], weights, total)


# ── Empirical Bayes ───────────────────────────────────────────────────────────────────────────────

# Case o10. spData::auckland, infant deaths and population under five, 167 areas; tolerance 1e-6.
AUCKLAND_EVENTS = [
    8, 2, 5, 8, 1, 2, 2, 1, 6, 2, 15, 6, 6, 3, 2, 5, 3, 1, 5, 4, 3, 8, 20, 13, 4, 3, 2, 0, 3, 1, 2, 4, 2, 5, 4, 10, 8, 7,
    3, 7, 15, 9, 8, 14, 12, 10, 5, 6, 5, 3, 4, 9, 4, 4, 10, 6, 8, 3, 4, 7, 3, 8, 6, 8, 24, 15, 1, 8, 5, 1, 5, 15, 11, 4,
    1, 5, 2, 13, 14, 3, 11, 26, 5, 4, 1, 4, 5, 8, 5, 4, 11, 4, 1, 5, 2, 6, 4, 9, 16, 4, 2, 12, 5, 7, 12, 12, 14, 12, 7,
    3, 3, 5, 9, 9, 4, 3, 11, 10, 2, 10, 17, 5, 9, 17, 10, 18, 10, 17, 9, 6, 29, 12, 8, 11, 11, 3, 8, 24, 4, 7, 7, 4, 1,
    3, 15, 34, 27, 26, 8, 13, 11, 31, 7, 17, 14, 38, 4, 27, 10, 10, 6, 18, 2, 5, 28, 18, 3,
]  # fmt: skip
AUCKLAND_PEOPLE = [
    2268, 405, 3240, 3294, 486, 324, 648, 243, 6372, 2106, 4698, 1647, 1485, 2025, 837, 2025, 1296, 1080, 3024, 3321, 4806,
    3861, 7722, 6804, 3186, 648, 567, 405, 675, 1026, 1620, 2538, 1296, 3618, 1512, 6291, 3807, 3672, 1485, 1755, 2457,
    4698, 3348, 3321, 3861, 4023, 1998, 2376, 3888, 1809, 1701, 2943, 1782, 2511, 2754, 2754, 1458, 1701, 2835, 3861, 1269,
    4698, 5130, 3915, 8829, 7722, 1242, 1836, 351, 54, 810, 4374, 2916, 1485, 1701, 3942, 1377, 3375, 2106, 1971, 3915,
    8397, 891, 729, 837, 2106, 1647, 3537, 2727, 3051, 4050, 2322, 1215, 1512, 1377, 1593, 2592, 4644, 2862, 1809, 594,
    2781, 2349, 4644, 2565, 4455, 2295, 3996, 4185, 2349, 2025, 3726, 4239, 4131, 2538, 1350, 2025, 2052, 189, 2592, 3294,
    1836, 1944, 3402, 2781, 4320, 3456, 3132, 3159, 4050, 4887, 3807, 3591, 3105, 3051, 2592, 2754, 12231, 3348, 2970,
    3240, 1728, 1458, 1647, 4752, 7155, 8019, 10881, 3213, 5562, 4752, 11232, 1674, 8262, 3483, 11610, 2295, 12663, 5130,
    2754, 2808, 5346, 1593, 1593, 6858, 6426, 2727,
]  # fmt: skip


def test_marshall_meets_spdep_on_auckland():
    found = eb_marshall(AUCKLAND_EVENTS, AUCKLAND_PEOPLE)
    assert found.between_variance == pytest.approx(7.284173e-07, rel=1e-6)
    assert found.mean == pytest.approx(0.002633436, rel=1e-6)


def test_the_smoothed_rate_is_the_mean_of_its_gamma_posterior():
    """Prior gamma(m²/A, m/A): posterior gamma(events + m²/A, people + m/A); the mean's uncertainty only widens it."""
    o, n = np.array(AUCKLAND_EVENTS), np.array(AUCKLAND_PEOPLE)
    found = eb_marshall(o, n)
    a, m = found.between_variance, found.mean
    posterior = gamma(o + m**2 / a, scale=1 / (n + m / a))
    assert found.smoothed == pytest.approx(posterior.mean())
    assert (found.standard_errors > posterior.std()).all()
    assert found.standard_errors == pytest.approx(posterior.std(), rel=0.05)
    assert found.lower == pytest.approx(posterior.ppf(0.025), rel=0.05)
    assert found.upper == pytest.approx(posterior.ppf(0.975), rel=0.05)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(100, 20_000)), min_size=1, max_size=30))
def test_a_smoothed_rate_lies_between_the_rate_and_the_mean(areas):
    o, n = np.array(areas).T
    found = eb_marshall(o, n)
    low, high = np.minimum(found.rates, found.mean), np.maximum(found.rates, found.mean)
    assert ((low * (1 - 1e-9) <= found.smoothed) & (found.smoothed <= high * (1 + 1e-9))).all()
    assert ((found.weights >= 0) & (found.weights < 1)).all() and found.between_variance >= 0
    assert (found.lower < found.upper).all() and (found.lower >= 0).all()


def test_areas_that_vary_no_more_than_chance_all_get_the_mean():
    found = eb_marshall([10, 10, 10], [1000, 1000, 1000])
    assert found.between_variance == 0.0 and (found.weights == 0).all()
    assert found.smoothed == pytest.approx([0.01] * 3)
    # exact Poisson limits of 30 events in 3,000 (Garwood): 20.2409 and 42.8269
    assert found.lower == pytest.approx([20.2409 / 3000] * 3, rel=1e-5)
    assert found.upper == pytest.approx([42.8269 / 3000] * 3, rel=1e-5)


def test_no_events_leave_the_rule_of_three():
    found = eb_marshall([0, 0], [400, 600])
    assert (found.smoothed == 0).all() and (found.lower == 0).all()
    assert found.upper == pytest.approx([0.003688879] * 2, abs=1e-9)  # -ln(.025) / 1,000


def test_an_area_without_people_or_count_keeps_its_place():
    o, n = AUCKLAND_EVENTS[:20], AUCKLAND_PEOPLE[:20]
    whole = eb_marshall(o, n)
    found = eb_marshall([*o[:5], 0, *o[5:], np.nan], [*n[:5], 0, *n[5:], 500])
    assert np.flatnonzero(np.isnan(found.smoothed)).tolist() == [5, 21]
    assert np.isnan(found.lower[5]) and np.isnan(found.standard_errors[21])
    assert found.smoothed[~np.isnan(found.smoothed)] == pytest.approx(whole.smoothed)
    assert found.between_variance == pytest.approx(whole.between_variance)


@pytest.mark.parametrize(
    ("events", "people", "named"),
    [([1, 2], [0, 5], "area 0"), ([-1], [5], "events"), ([1], [5, 6], "shape"), ([0], [0], "no area")],
)
def test_counts_that_cannot_be_are_named(events, people, named):
    with pytest.raises(ValueError, match=named):
        eb_marshall(events, people)


# ── Direct standardisation ────────────────────────────────────────────────────────────────────────

# Case o13. PHEindicatormethods, tests/testthat/testdata_DSR_ISR.xlsx (commit 093fd28); weights: European Standard
# Population 2013. Value, 95 % and 99.8 % limits per 100,000; tolerance 1e-5.
DSR_EVENTS = [127, 25, 18, 21, 12, 27, 48, 27, 29, 32, 32, 34, 45, 65, 38, 68, 74, 82, 91]
DSR_PEOPLE = [
    636, 558, 609, 543, 384, 594, 669, 843, 660, 576, 606, 522, 426, 273, 300, 288, 153, 123, 207
]  # fmt: skip
ESP_2013 = [
    5000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000, 5500, 5000, 4000, 2500, 1500, 1000
]  # fmt: skip


def test_the_standardised_rate_meets_the_reference_workbook():
    inner = directly_standardised(DSR_EVENTS, DSR_PEOPLE, ESP_2013)
    outer = directly_standardised(DSR_EVENTS, DSR_PEOPLE, ESP_2013, confidence=0.998)
    found = [inner.value, inner.lower, inner.upper, outer.lower, outer.upper]
    assert found == pytest.approx([10430.247991, 9717.709068, 11178.940915, 9323.28788, 11620.596], abs=1e-5)
    assert inner.events == 895 and inner.reliable


# Case o11. The same package's testdata_Byars_Wilson.xlsx; tolerance 1e-6.
@pytest.mark.parametrize(
    ("count", "confidence", "lower", "upper"),
    [(65, 0.95, 50.163188, 82.849139), (1045, 0.95, 982.593202, 1110.331213), (10, 0.998, 2.916318, 24.193725)],
)  # fmt: skip
def test_a_single_stratum_leaves_byars_limits(count, confidence, lower, upper):
    found = directly_standardised([count], [2000], [1], multiplier=2000, confidence=confidence)
    assert [found.value, found.lower, found.upper] == pytest.approx([count, lower, upper], abs=1e-6)


def test_fewer_than_ten_events_have_no_standardised_rate_and_say_so():
    found = directly_standardised([[4, 5], [4, 6], [np.nan, 30]], np.full((3, 2), 1000.0), [1, 1])
    assert found.reliable.tolist() == [False, True, False]
    assert found.events[:2].tolist() == [9, 10]
    # equal weights and people: the crude rate, 10 in 2,000
    assert found.value == pytest.approx([np.nan, 500.0, np.nan], nan_ok=True)
    assert np.isnan(found.lower[0]) and np.isnan(found.upper[0]) and found.lower[1] < 500 < found.upper[1]


def test_a_rate_that_rests_on_few_events_worth_is_unreliable_however_many_are_counted():
    # Every event lies in the stratum that the standard leaves out: the weighted rate has none behind it.
    found = directly_standardised([50, 0], [100, 100], [0, 1])
    assert not found.reliable and np.isnan(found.value) and found.events == 0
    # By hand: weights ÷ people are .00025 and .009; 20 and 1 events and one more heavy one are worth
    # (.005 + .018)² ÷ (20 × .00025² + 2 × .009²) = 3.2 equal ones.
    assert not directly_standardised([20, 1], [400, 100], [1, 9]).reliable
    # Equal weights: 10 events are worth 10.
    assert directly_standardised([5, 5], [100, 100], [1, 1]).reliable


def test_standardised_rates_that_are_called_reliable_cover_the_truth():
    # Two strata, nine tenths of the weight on the one with 1 event expected: unguarded, 95 % limits held 63 %.
    rng = np.random.default_rng(4)
    for people, chance, standard in (([400, 100], [0.05, 0.01], [1, 9]), ([400, 100], [0.05, 0.05], [1, 9])):
        events = rng.poisson(np.multiply(people, chance), (4000, 2))
        found = directly_standardised(events, np.broadcast_to(people, events.shape), standard, multiplier=1)
        truth = np.dot(standard, chance) / 10
        held = ((found.lower <= truth) & (truth <= found.upper))[found.reliable]
        assert not len(held) or held.mean() > 0.92


def test_a_stratum_without_people_is_refused_unless_the_standard_has_none():
    with pytest.raises(ValueError, match="nobody"):
        directly_standardised([5, 9], [100, 0], [1, 1])
    assert directly_standardised([12, 0], [100, 0], [1, 0], multiplier=100).value == pytest.approx(12)
    with pytest.raises(ValueError, match="standard"):
        directly_standardised([5, 9], [100, 100], [1, 1, 1])


# ── Inequality ────────────────────────────────────────────────────────────────────────────────────

# Case o15. PHEindicatormethods, testdata_SII.xlsx, records 1 to 10 (deciles, most deprived first); tolerance 1e-6.
SII_PEOPLE = [7291, 7997, 6105, 7666, 5790, 6934, 5918, 5974, 7147, 7534]
SII_VALUES = [
    75.9334590103081, 78.3442382727843, 83.8360631041654, 83.6375399664931, 80.4655031529559,
    81.1156759857022, 81.6930835718562, 84.1900062060987, 80.5955641081472, 86.2894349578624,
]  # fmt: skip


def test_the_slope_index_meets_the_reference_workbook():
    found = slope_index(SII_VALUES, SII_PEOPLE, range(10))
    assert (found.sii, found.rii) == pytest.approx((6.934616, 1.088818), abs=1e-6)
    assert np.isnan([found.sii_lower, found.sii_upper, found.rii_lower, found.rii_upper]).all()


def test_the_opposite_order_turns_the_indices_round():
    found = slope_index(SII_VALUES, SII_PEOPLE, -np.arange(10))
    assert (found.sii, found.rii) == pytest.approx((-6.934616, 1 / 1.088818), abs=1e-6)


def test_two_areas_by_hand_and_ties_share_a_rank():
    # Mid-ranks .25 and .75: slope (.2 - .1)/.5 = .2, fitted ends .05 and .25.
    found = slope_index([0.1, 0.2], [500, 500], [1, 2])
    assert (found.sii, found.rii) == pytest.approx((0.2, 5.0))
    split = slope_index([0.05, 0.15, 0.2, np.nan], [250, 250, 500, 90], [1, 1, 2, 9])
    assert (split.sii, split.rii) == pytest.approx((0.2, 5.0))


def test_the_drawn_limits_are_those_of_the_slopes_own_standard_error():
    # The slope is a weighted sum of the rates: Σ c (rate), c = n (x - mean) / Σ n (x - mean)²; its SE is √Σ c² se².
    n = np.array(SII_PEOPLE, dtype=float)
    x = (np.cumsum(n) - n / 2) / n.sum()
    away = x - (n * x).sum() / n.sum()
    se = np.linspace(0.4, 0.8, 10)
    half = 1.959964 * np.sqrt(((n * away / (n * away**2).sum() * se) ** 2).sum())
    found = slope_index(SII_VALUES, n, range(10), se=se, draws=40_000, rng=np.random.default_rng(1))
    assert (found.sii_lower, found.sii_upper) == pytest.approx((found.sii - half, found.sii + half), abs=0.04)
    assert found.rii_lower < found.rii < found.rii_upper
    again = slope_index(SII_VALUES, n, range(10), se=se, draws=40_000, rng=np.random.default_rng(1))
    assert again == found


def test_a_relative_index_that_may_start_at_zero_has_no_finite_limit():
    found = slope_index([0.02, 0.2], [500, 500], [1, 2], se=[0.02, 0.02], rng=np.random.default_rng(1))
    assert np.isinf(found.rii_upper) and np.isfinite(found.sii_upper)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (([1, 2], [5, 5], [3, 3]), "two different ranks"),
        (([1, 2], [5, 5], [1]), "one shape"),
        (([1, 2], [5, -5], [1, 2]), "population"),
    ],
)
def test_no_slope_without_an_order(arguments, named):
    with pytest.raises(ValueError, match=named):
        slope_index(*arguments)
    with pytest.raises(ValueError, match="rng"):
        slope_index([1, 2], [5, 5], [1, 2], se=[1, 1])


# ── Funnel ────────────────────────────────────────────────────────────────────────────────────────

# Case o14. FunnelPlotR, tests/testthat; tolerance 1e-6.
FUNNEL_O, FUNNEL_E = [100, 150, 180, 80, 120, 225], [108, 112, 165, 95, 100, 220]
FUNNEL_INTERVALS = [
    [0.5596924, 1.649348, 0.386265, 2.082907],
    [0.610826, 1.544419, 0.4479107, 1.902094],
    [0.6746958, 1.427562, 0.5289724, 1.702771],
]
CURVE = ["lower_95", "upper_95", "lower_998", "upper_998"]


def test_ratio_dispersion_and_verdicts_meet_funnelplotr():
    found = funnel_limits(FUNNEL_O, FUNNEL_E, "ratio")
    assert found.dispersion == pytest.approx(2.948033, abs=1e-6)
    # 150 or more of 112 expected: P = .0004; 120 or more of 100: .028.
    assert found.areas["verdict"].tolist() == ["inside", "high_998", *["inside"] * 4]
    assert not found.widened


def test_funnelplotrs_limits_are_garwoods_interval_of_the_expected_count():
    """They are what it draws; as limits about the expected count they come too late (Seaton and Manktelow 2012)."""
    for expected, row in zip([15, 20, 30], FUNNEL_INTERVALS, strict=True):
        found = [limit / expected for level in (0.95, 0.998) for limit in exact_poisson(expected, 1, level)]
        assert found == pytest.approx(row, abs=1e-6)
        curve = funnel_limits([expected], [expected], "ratio").areas[CURVE].to_numpy(dtype=float)[0]
        assert curve[1] < row[1] and curve[3] < row[3]


@pytest.mark.parametrize(
    ("expected", "last_inside", "first_outside"),
    # Tables of the Poisson distribution: P(6 or more of 2) = .0166, P(5 or more) = .0527; P(18 or more of 10) = .0143,
    # P(17 or more) = .0270; P(15 or more of 7.55) = .0108, P(14 or more) = .0244.
    [(2, 5, 6), (10, 17, 18), (7.55, 13, 14)],
)
def test_a_ratio_is_high_from_the_first_count_whose_tail_is_that_small(expected, last_inside, first_outside):
    found = funnel_limits([last_inside, first_outside], [expected] * 2, "ratio").areas
    assert found["verdict"].tolist() == ["inside", "high_95"]


def test_yongsans_15_on_7_55_lies_outside_the_drawn_limit_and_inside_the_outer_one():
    row = funnel_limits([15], [7.55], "ratio").areas.iloc[0]
    assert row["verdict"] == "high_95" and row["upper_95"] < 15 / 7.55 < row["upper_998"]


@given(st.floats(0.2, 60))
def test_what_is_drawn_decides_as_the_poisson_tails_do(expected):
    k = np.arange(int(expected + 10 * np.sqrt(expected) + 12))
    found = funnel_limits(k, np.full(len(k), expected), "ratio").areas
    for name, tail in (("95", 0.025), ("998", 0.001)):
        high, low = poisson.sf(k - 1, expected) <= tail, poisson.cdf(k, expected) <= tail
        assert (found["value"] > found[f"upper_{name}"]).tolist() == high.tolist()
        assert (found["value"] < found[f"lower_{name}"]).tolist() == low.tolist()
    outer = found["verdict"].str.endswith("998")
    assert (
        outer.tolist()
        == ((poisson.sf(k - 1, expected) <= 0.001) | (poisson.cdf(k, expected) <= 0.001)).tolist()
    )


def test_chance_alone_crosses_a_ratios_limits_as_often_as_asked():
    found = funnel_study.null()
    assert 0.025 <= found["95"] <= 0.05 and found["998"] <= 0.0025
    # The interval of the expected count came too late: fewer than the 2.5 % that are asked.
    assert funnel_study.null("interval")["95"] < 0.02


@pytest.mark.parametrize(("low", "high"), [(2, 10), (60, 300)])
def test_a_widened_funnel_leaves_out_what_it_says(low, high):
    """100 sets of 25: two Monte Carlo errors of 5 % are .9 points; whole counts leave out less, never twice as much."""
    wide = funnel_study.widened(100, 1, low, high, 0.4, "additive")
    plain = funnel_study.widened(100, 1, low, high, 0.4, None)
    assert 0.015 <= wide["95"] <= 0.065 < plain["95"]
    assert wide["widened"] > 0.9


def test_proportion_limits_by_hand():
    # .2 ± z √(.2 × .8 / 100) = .2 ± z × .04, z = 1.959964 and 3.090232
    found = funnel_limits([28, 12, 20, 5, 33, 0], [100, 100, 100, 100, 100, 0], target=0.2)
    assert found.areas.loc[0, CURVE].tolist() == pytest.approx([0.1216014, 0.2783986, 0.0763907, 0.3236093])
    assert found.areas["verdict"].tolist() == ["high_95", "low_95", "inside", "low_998", "high_998", None]
    assert found.areas["value"].isna().tolist() == [False] * 5 + [True]


def test_over_dispersion_by_hand():
    # Shares .6 and .4 of 100, target .5: s = .05, z = ±2, phi = 4; tau² = (4 × 4 - 3)/(1600 - 400) = 13/1200.
    observed, size = [60, 40, 60, 40], [100] * 4
    plain, wide, times = (
        funnel_limits(observed, size, overdispersion=how) for how in (None, "additive", "multiplicative")
    )
    assert plain.dispersion == wide.dispersion == times.dispersion == pytest.approx(4)
    assert wide.between_variance == pytest.approx(13 / 1200)
    assert plain.areas["upper_95"][0] == pytest.approx(0.5 + 1.959964 * 0.05)
    assert wide.areas["upper_95"][0] == pytest.approx(0.5 + 1.959964 * np.sqrt(0.0025 + 13 / 1200))
    assert times.areas["upper_95"][0] == pytest.approx(0.5 + 1.959964 * 0.1)
    assert (plain.widened, wide.widened, times.widened) == (False, True, True)


def test_widened_ratios_have_negative_binomial_tails():
    rng = np.random.default_rng(2)
    expected = rng.uniform(5, 60, 25)
    observed = rng.poisson(expected * rng.gamma(4, 0.25, 25))  # coefficient of variation .5
    wide = funnel_limits(observed, expected, "ratio", overdispersion="additive")
    assert wide.widened and 0.1 < wide.between_variance < 0.6  # .25 in truth
    shape = 1 / wide.between_variance
    tails = nbinom(shape, shape / (shape + expected))
    high, low = tails.sf(observed - 1) <= 0.025, tails.cdf(observed) <= 0.025
    assert wide.areas["verdict"].str.startswith("high").tolist() == high.tolist()
    assert wide.areas["verdict"].str.startswith("low").tolist() == low.tolist()
    times = funnel_limits(observed, expected, "ratio", overdispersion="multiplicative")
    assert times.widened and (times.areas["upper_95"] > expected * 0 + 1).all()


def test_a_tenth_at_each_end_is_drawn_in_before_dispersion_is_measured():
    # Target .5, n = 100: z = (share - .5)/.05; -5 and +7 are drawn in to the next, ±.8: mean square .64. Ten standard normal
    # scores drawn in like that have .70 (simulated below): phi = .91, nothing widens.
    observed = [25, 46, 46, 46, 46, 54, 54, 54, 54, 85]
    found = funnel_limits(observed, [100] * 10, target=0.5, overdispersion="additive")
    z = np.sort(np.random.default_rng(6).standard_normal((40_000, 10)), axis=1)
    chance = (np.clip(z, z[:, [1]], z[:, [-2]]) ** 2).mean()
    assert found.dispersion == pytest.approx(0.64 / chance, rel=0.01)
    assert found.dispersion < 1 and not found.widened and found.between_variance == 0
    assert found.areas["verdict"].tolist() == ["low_998", *["inside"] * 8, "high_998"]


@given(SEEDS, st.sampled_from(["proportion", "ratio"]), st.sampled_from([None, "additive", "multiplicative"]))
def test_limits_hold_the_target_and_narrow_with_size(seed, kind, overdispersion):
    rng = np.random.default_rng(seed)
    size = rng.uniform(20, 400, 25)
    observed = np.minimum(
        rng.poisson(size * rng.gamma(5, 0.05, 25) * (1 if kind == "proportion" else 4)), size
    )
    found = funnel_limits(observed, size, kind, overdispersion=overdispersion)
    curve = found.curve
    assert (curve["lower_998"] <= curve["lower_95"]).all() and (curve["upper_95"] <= curve["upper_998"]).all()
    assert ((curve["lower_95"] <= found.target) & (found.target <= curve["upper_95"])).all()
    assert (np.diff(curve["upper_95"] - curve["lower_95"]) <= 1e-9).all()
    assert found.widened == (overdispersion is not None and found.between_variance > 0)
    if kind == "proportion":
        assert found.widened == (overdispersion is not None and found.dispersion > 1)


def test_a_funnel_without_events_has_no_verdict_but_inside():
    found = funnel_limits([0, 0, 0], [50, 80, 90], overdispersion="additive")
    assert found.target == 0 and set(found.areas["verdict"]) == {"inside"} and found.dispersion == 0


def test_no_event_is_remarkable_only_where_enough_were_expected():
    # P(0 events) = e^-E: 13.5 % at 2, 1.8 % at 4, .03 % at 8; half of 5 % is 2.5 %, half of .2 % is .1 %.
    found = funnel_limits([0, 0, 0], [2.0, 4.0, 8.0], "ratio")
    assert found.areas["verdict"].tolist() == ["inside", "low_95", "low_998"]
    assert np.isfinite(found.dispersion)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (([5], [3]), "exceed"),
        (([1, 2], [5]), "shape"),
        (([1], [5], "rate"), "'rate'"),
        (([0], [0]), "no area"),
    ],
)
def test_no_funnel_of_impossible_counts(arguments, named):
    with pytest.raises(ValueError, match=named):
        funnel_limits(*arguments)
    with pytest.raises(ValueError, match="out of range"):
        funnel_limits([1], [5], "ratio", target=0.0)


# ── Ranks ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_chance_of_ranking_higher_is_normal():
    # Four areas far ahead; of the other two the first is fifth with chance Φ((1 - 0)/√2) = .7602.
    found = rank_intervals([9, 9.1, 9.2, 9.3, 1, 0], [0.001] * 4 + [1, 1], 40_000, np.random.default_rng(3))
    assert found.top_five[4] == pytest.approx(ndtr(1 / np.sqrt(2)), abs=0.01)  # 4.7 Monte Carlo errors
    assert found.median.tolist() == [4, 3, 2, 1, 5, 6]
    assert found.lower.tolist() == [4, 3, 2, 1, 5, 5] and found.upper.tolist() == [4, 3, 2, 1, 6, 6]


@given(SEEDS, st.integers(5, 30))
def test_five_areas_are_among_the_five_highest(seed, m):
    rng = np.random.default_rng(seed)
    found = rank_intervals(rng.normal(size=m), rng.uniform(0, 2, m), 200, rng)
    assert found.top_five.sum() == pytest.approx(5)
    assert ((found.lower <= found.median) & (found.median <= found.upper)).all()
    assert (found.lower >= 1).all() and (found.upper <= m).all()


def test_certain_estimates_have_certain_ranks_and_ties_fall_to_chance():
    rng = np.random.default_rng(4)
    certain = rank_intervals([0.3, 0.1, 0.2], [0, 0, 0], 100, rng)
    assert certain.median.tolist() == certain.lower.tolist() == certain.upper.tolist() == [1, 3, 2]
    tied = rank_intervals(np.zeros(25), np.zeros(25), 4000, rng)
    assert tied.top_five == pytest.approx(np.full(25, 0.2), abs=0.03)  # 4.7 Monte Carlo errors
    assert (tied.upper - tied.lower >= 22).all()


def test_an_area_without_an_estimate_has_no_rank_and_takes_none():
    found = rank_intervals([1, np.nan, 3, 2], [0.001, 1, 0.001, np.nan], 100, np.random.default_rng(5))
    assert found.median == pytest.approx([2, np.nan, 1, np.nan], nan_ok=True)
    assert np.isnan(found.top_five[[1, 3]]).all()
    nobody = rank_intervals([np.nan], [np.nan], 10, np.random.default_rng(5))
    assert np.isnan(nobody.median).all()


@pytest.mark.parametrize(("ses", "draws"), [([1], 10), ([1, -1], 10), ([1, 1], 0)])
def test_ranks_need_errors_and_draws(ses, draws):
    with pytest.raises(ValueError):
        rank_intervals([1, 2], ses, draws, np.random.default_rng(1))


# ── Where the truth is known ──────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def small_study():
    return study.run(replications=60, seed=1)


# 60 samples of 25 districts: two Monte Carlo errors of a coverage near 95 % are 2 √(.95 × .05 / 1500) = 1.1 points.
@pytest.mark.parametrize("outcome", study.OUTCOMES)
@pytest.mark.parametrize("method", ["adjusted", "benchmarked"])
def test_intervals_cover_the_true_district_share(small_study, outcome, method):
    assert 0.93 - 0.011 <= small_study.loc[(outcome, method), "coverage"] <= 0.98 + 0.011


def test_borrowing_cuts_the_error_of_isolation_by_a_quarter_and_more(small_study):
    error = small_study.loc["isolated", "rmse"]
    assert error["adjusted"] <= 0.75 * error["direct"]
    assert error["known"] < error["adjusted"]


def test_borrowing_cuts_the_error_of_loneliness_as_far_as_districts_differ(small_study):
    """Districts differ by more than the survey errs, so that even the true model saves no more than .71."""
    error = small_study.loc["lonely", "rmse"]
    assert 0.65 < error["known"] / error["direct"] < error["adjusted"] / error["direct"] < 0.85


def test_reml_gives_up_on_the_areas_in_some_samples_and_the_adjusted_in_none(small_study):
    zero = small_study.loc["isolated", "zero"]
    assert zero["reml"] > 0 and zero["adjusted"] == 0


def test_the_highest_observed_district_is_seldom_the_highest(small_study):
    isolated = small_study.loc["isolated"]
    assert isolated.loc["direct", "top_found"] < 0.5
    assert isolated.loc["adjusted", "rank_span"] > 12.5  # half of the 25 places


def test_the_page_says_what_the_study_found():
    page = study.text(replications=2, seed=5)
    assert page == study.text(replications=2, seed=5)
    assert page.count("| Fay–Herriot, adjusted (Li–Lahiri) |") == 2 and "nan" not in page
    committed = (study.FILE).read_text(encoding="utf-8")
    assert [line for line in committed.splitlines() if line.startswith(("#", "| estimate"))] == [
        line for line in page.splitlines() if line.startswith(("#", "| estimate"))
    ]


def test_the_stored_wave_is_one_such_sample():
    at = study.setting()
    stored = [frame for frame in survey.responses(at.city) if frame["year"].iloc[0] == 2024]
    again = survey.wave(at.city, study.WAVE, at.city.rng("survey", study.WAVE))
    assert len(stored) == 1 and stored[0].equals(again)
