"""Other packages' own test cases: their inputs and results, copied with their source, hold for ours.

What is not here stands beside the function that it tests: UKHSA's intervals, standardised rates and slope index, FunnelPlotR's
dispersion, plot-the-dots' limits, Taylor and Ashe's triangle, `sae` milk, bladder2, spdep's Columbus and Auckland, heemod.
"""

from __future__ import annotations

import numpy as np
import pytest

from forecast.outturn import chain_ladder
from forecast.reisolation.cost import acceptability, evpi, icer
from forecast.reisolation.evaluate import ipcw_brier
from forecast.reisolation.states import aalen_johansen, kaplan_meier
from geo.rates import funnel_limits
from metrics.spc import special_causes, xmr

# ── Mack (1994), Measuring the variability of chain ladder reserve estimates; as ChainLadder, data RAA ─────────────

RAA = [
    [5012, 8269, 10907, 11805, 13539, 16181, 18009, 18608, 18662, 18834],
    [106, 4285, 5396, 10666, 13782, 15599, 15496, 16169, 16704],
    [3410, 8992, 13873, 16141, 18735, 22214, 22863, 23466],
    [5655, 11555, 15766, 21266, 23425, 26083, 27067],
    [1092, 9565, 15836, 22169, 25955, 26180],
    [1513, 6445, 11702, 12935, 15852],
    [557, 4020, 10946, 12314],
    [1351, 6947, 13112],
    [3133, 5395],
    [2063],
]  # fmt: skip
RAA_ULTIMATE = [18834, 16858, 24083, 28703, 28927, 19501, 17749, 24019, 16045, 18402]
RAA_SE = [0, 206, 623, 747, 1469, 2002, 2209, 5358, 6333, 24566]


def test_macks_raa_triangle_gives_his_reserves_and_errors():
    found = chain_ladder([[*row, *[np.nan] * (10 - len(row))] for row in RAA])
    assert np.round(found.ultimates).tolist() == RAA_ULTIMATE
    assert found.reserves.sum() == pytest.approx(52135.23, abs=0.01)
    assert np.round(found.se).tolist() == RAA_SE and round(found.total_se) == 26909


# ── PHEindicatormethods, tests/testthat/testdata_funnel_ratio_outputs.csv and testdata_funnel_prop_outputs.csv ───────

# Observed events; expected events below which they are high and above which they are low, at 95 % and at 99.8 %.
PHE_RATIO = [
    (1, 0.025317898, 5.571644585, 0.001000547, 9.233410143),
    (2, 0.242209467, 7.224687515, 0.04540199, 11.22886836),
    (5, 1.623486324, 11.6683331, 0.739371928, 16.45474478),
    (10, 4.795387629, 18.39035799, 2.960519925, 24.13397235),
    (18, 10.66794109, 28.44776062, 7.662057257, 35.3514374),
    (33, 22.71567629, 46.34427966, 18.04631223, 54.89565059),
    (100, 81.36400699, 121.6268111, 71.92139974, 134.9243187),
    (716, 664.5083011, 770.4222128, 636.1521174, 802.60414),
]


@pytest.mark.parametrize(("observed", "high", "low", "far_high", "far_low"), PHE_RATIO)
def test_counts_leave_the_ratio_funnel_where_phes_do(observed, high, low, far_high, far_low):
    def verdict(expected):
        return funnel_limits([observed], [expected], "ratio").areas["verdict"].iloc[0]

    near = 1e-4  # theirs are printed to nine digits, the smallest right to four
    assert verdict(high * (1 - near)) == "high_95" and verdict(high * (1 + near)) == "inside"
    assert verdict(low * (1 + near)) == "low_95" and verdict(low * (1 - near)) == "inside"
    assert verdict(far_high * (1 - near)) == "high_998" and verdict(far_high * (1 + near)) == "high_95"
    assert verdict(far_low * (1 + near)) == "low_998" and verdict(far_low * (1 - near)) == "low_95"


# Population, limits at 95 % and at 99.8 %, of a baseline of 80.642448 %.
PHE_PROPORTION = [
    (1, 3.204264, 100, 0, 100),
    (10, 56.154344, 100, 42.03259, 100),
    (20, 63.326743, 97.958152, 53.341156, 100),
    (50, 69.691035, 91.593861, 63.375595, 97.909301),
    (139, 74.074227, 87.210669, 70.286478, 90.998418),
    (1008, 78.203374, 83.081521, 76.796814, 84.488082),
    (9998, 79.867989, 81.416907, 79.421375, 81.863521),
    (110000, 80.408963, 80.875933, 80.274317, 81.010578),
]


def test_the_proportion_funnel_is_phes():
    n, *limits = np.array(PHE_PROPORTION).T
    curve = funnel_limits([80642448], [100_000_000], target=0.80642448, grid=n).curve
    for name, expected in zip(("lower_95", "upper_95", "lower_998", "upper_998"), limits, strict=True):
        assert 100 * curve[name].to_numpy() == pytest.approx(expected, abs=1e-6)


# ── NHSRplotthedots, tests/testthat/test-ptd_calculate_point_type.R and _snaps/ptd_spc.md ─────────────────────────


def judged(values, **limits):
    return special_causes(
        np.asarray(values, float), **{"centre": 0.0, "lower": -30.0, "upper": 30.0, **limits}
    )


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize(
    ("values", "in_a_run"),
    [([1] * 6, 0), ([1] * 6 + [-1], 0), ([1] * 8 + [-1], 8), ([-1] + [1] * 8 + [-1], 8)],
)
def test_runs_are_plot_the_dots(values, in_a_run, side):
    # Their counter reaches seven at the seventh point of eight; all points of such a run are special.
    found = judged([side * v for v in values])
    assert (found["cause"] == "run").sum() == in_a_run
    assert set(found.loc[found["cause"] == "run", "side"]) <= {"high" if side > 0 else "low"}


@pytest.mark.parametrize(
    ("values", "rising"),
    [
        (range(1, 7), False),
        ([1, 2, 3, 3, 4, 5, 6], False),
        (range(1, 8), True),
        ([2, 1, 2, 3, 4, 5, 6, 7, 3], True),
    ],
)
def test_trends_are_plot_the_dots(values, rising):
    # The centre is put in the middle of each series, so that no run hides the trend.
    for way in (1, -1):
        series = way * (np.asarray(list(values), float) - 4)
        found = judged(series)
        assert (found["cause"] == "trend").any() == rising


@pytest.mark.parametrize(
    ("close", "special"),
    [
        ([1, 0, 1], [1, 0, 1]),
        ([0, 1, 1], [0, 1, 1]),
        ([1, 1, 0], [1, 1, 0]),
        ([0, 1, 0, 1, 0], [0, 1, 0, 1, 0]),
        ([1, 0, 0, 1], [0, 0, 0, 0]),
        ([1, 0, 0, 1, 1], [0, 0, 0, 1, 1]),
    ],
)
def test_two_of_three_is_plot_the_dots(close, special):
    # Two thirds of the way to a limit of 30 is 20. All three must lie on that side of the centre.
    found = judged([25.0 if near else 5.0 for near in close])
    assert (found["cause"] == "two_of_three").astype(int).tolist() == special


A = [-0.56047565, -0.23017749, 1.55870831, 0.07050839, 0.12928774, 1.71506499, 0.46091621, -1.26506123, -0.68685285,
     -0.44566197, 1.2240818, 0.35981383, 0.40077145, 0.11068272, -0.55584113, 1.78691314, 0.49785048, -1.96661716,
     0.7013559, -0.47279141]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "mean", "lower", "upper"),
    [(A, 0.142, -3.01, 3.29), (A[:10], 0.0746, -2.60, 2.75), (A[10:], 0.209, -3.28, 3.70)],
)
def test_limits_by_group_are_plot_the_dots(values, mean, lower, upper):
    chart = xmr(values)
    last = chart.iloc[-1]
    for column, expected in (("centre", mean), ("lower", lower), ("upper", upper)):
        assert float(f"{last[column]:.3g}") == pytest.approx(expected, abs=1e-9)


# ── survival (R), tests/mstate.R: five people, four states, delayed entry, and the result worked by hand there ───────


def test_r_survivals_tiny_multi_state_example():
    rows = [
        (0, 4, "entry", "a"), (4, 9, "a", "b"), (9, 10, "b", "a"), (0, 5, "entry", "b"), (2, 9, "entry", "c"),
        (0, 2, "entry", "a"), (2, 8, "a", "c"), (8, 9, "c", None), (1, 3, "entry", "b"), (3, 11, "b", None),
    ]  # fmt: skip
    begin, end, before, after = zip(*rows, strict=True)
    found = aalen_johansen(begin, end, before, after, states=("a", "b", "c", "entry"), initial={"entry": 1.0})
    assert found.times[1:].tolist() == [2, 3, 4, 5, 8, 9, 10]
    expected = [
        [8, 8, 14, 14, 7, 0, 9.5],
        [0, 6, 6, 12, 12, 19, 9.5],
        [0, 0, 0, 0, 7, 13, 13],
        [24, 18, 12, 6, 6, 0, 0],
    ]
    np.testing.assert_allclose(found.probabilities[1:].T * 32, expected, atol=1e-12)
    assert found.at_risk[1:, 3].tolist() == [4, 4, 3, 2, 1, 1, 0]


# ── survival (R), tests/rttright.R: weights for those lost make the empirical distribution Kaplan and Meier's ──────────

TIME = [1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 9, 10, 11, 12, 14, 15, 16, 16, 18, 20]
STATUS = [1, 1, 0, 1, 0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0]


@pytest.mark.parametrize("horizon", [1, 2, 3, 5, 8, 9, 12, 16, 18])
def test_brier_weights_are_those_that_give_kaplan_and_meier(horizon):
    """Told that nobody has the event, the score is the weighted share of those who have it: 1 − S; told that all do, S."""
    curve = kaplan_meier(TIME, STATUS)
    survival = curve.survival[np.searchsorted(curve.times, horizon, side="right") - 1]
    everybody = np.ones(len(TIME))
    assert ipcw_brier(TIME, STATUS, everybody, horizon).score == pytest.approx(1 - survival, abs=1e-12)
    assert ipcw_brier(TIME, STATUS, 0 * everybody, horizon).score == pytest.approx(survival, abs=1e-12)
    # riskRegression's null model tells all the same share: S (1 − S).
    found = ipcw_brier(TIME, STATUS, survival * everybody, horizon)
    assert found.score == pytest.approx(survival * (1 - survival), abs=1e-12) == found.null_score


# ── dampack, tests/testthat/test_calculate_icers.R (example of the US Department of Veterans Affairs) and test_evpi.R ──

VA = {"UC": (5000, 1), "A": (12000, 1.5), "B": (10000, 2), "C": (25000, 3), "D": (35000, 4), "E": (55000, 5)}


@pytest.mark.parametrize(
    ("than", "option", "ratio"), [("UC", "B", 5000), ("B", "D", 12500), ("D", "E", 20000)]
)
def test_ratios_along_the_frontier_are_dampacks(than, option, ratio):
    (cost, effect), (less_cost, less_effect) = VA[option], VA[than]
    found = icer(cost - less_cost, effect - less_effect)
    assert found.ratio == ratio and found.quadrant == "more effect, more cost"


def test_a_dominated_option_is_never_the_best():
    """A costs more than B and does less; C is dominated in mixture by B and D: at no willingness is either best."""
    willing = np.arange(0, 60_001, 500.0)
    net = np.array([willing * effect - cost for cost, effect in VA.values()])
    names = np.array(list(VA))
    assert not {"A", "C"} & set(names[net.argmax(axis=0)])
    a_for_b = icer(VA["A"][0] - VA["B"][0], VA["A"][1] - VA["B"][1])
    assert a_for_b.quadrant == "less effect, more cost"
    assert acceptability([VA["B"][0] - VA["UC"][0]], [1], [4999, 5001]).tolist() == [0, 1]


def test_the_value_of_perfect_information_is_dampacks_least_expected_loss():
    """Theirs is the least mean regret over the options; ours the mean of the best less the best mean."""
    rng = np.random.default_rng(3)
    net = rng.normal([0, 300, 250], [1, 900, 400], (5000, 3))
    regret = net.max(axis=1, keepdims=True) - net
    assert evpi(net) == pytest.approx(regret.mean(axis=0).min(), rel=1e-12)
