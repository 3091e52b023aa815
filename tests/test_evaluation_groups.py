"""Group-time effects against what the method's authors print of the minimum-wage example."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluation import bacon, bands, groups
from evaluation.panel import NEVER, Panel

DATA = pd.read_csv(Path(__file__).parent / "published" / "minimum_wage.csv")
FIRST = 2003
# `summary(att_gt(...))` and `aggte(...)` of the R package `did` on `mpdta` (vignette "Getting Started with the did Package"): estimates to the printed digits.
PRINTED = {
    (2004, 2004): -0.0105, (2004, 2005): -0.0704, (2004, 2006): -0.1373, (2004, 2007): -0.1008,
    (2006, 2004): 0.0065, (2006, 2005): -0.0028, (2006, 2006): -0.0046, (2006, 2007): -0.0412,
    (2007, 2004): 0.0305, (2007, 2005): -0.0027, (2007, 2006): -0.0311, (2007, 2007): -0.0261,
}  # fmt: skip
DYNAMIC = {-3: 0.0305, -2: -0.0006, -1: -0.0245, 0: -0.0199, 1: -0.0510, 2: -0.1373, 3: -0.1008}
# The same package without its bootstrap (bstrap = FALSE), as kept for reference by the project d2cml-ai/csdid (csdid/test_csdid/r_ref): estimate, standard error.
REFERENCE = {
    ("never", "dr", False): {
        "cell": (-0.0105032462209624, 0.0232510363681664),
        "simple": (-0.0399512751551763, 0.0120340127701854),
        "group": (-0.0310182822287484, 0.0124460593209979),
        "dynamic": (-0.0772398214573151, 0.0199649890618494),
        "calendar": (-0.0417004321312822, 0.01597185188456),
    },
    ("never", "ipw", False): {
        "cell": (-0.0105032462209624, 0.0232510363681663),
        "simple": (-0.0399512751551763, 0.0120340127701854),
    },
    ("not_yet", "dr", False): {
        "cell": (-0.0193723636759221, 0.0223101128836806),
        "simple": (-0.0397636256230437, 0.0120524247873419),
        "group": (-0.030462228112565, 0.0125751201316818),
        "dynamic": (-0.0773993139705847, 0.0195601769463944),
        "calendar": (-0.0442670834758837, 0.0155709044211449),
    },
    ("never", "reg", True): {
        "cell": (-0.014911237790361, 0.0220556930763195),
        "simple": (-0.0419686124215432, 0.0114448297682151),
        "group": (-0.0329292402290042, 0.0118603087662617),
        "dynamic": (-0.0807817453337615, 0.0187458547114755),
        "calendar": (-0.0445323313531745, 0.0148850278130483),
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def wages():
    outcome = np.log(DATA.filter(like="teens").to_numpy(float))
    return Panel(outcome, np.where(DATA["first"] == 0, NEVER, DATA["first"] - FIRST))


def test_effects_of_the_minimum_wage_are_those_that_the_authors_print(wages):
    found = groups.group_time(wages)
    got = {
        (g + FIRST, t + FIRST): round(e, 4)
        for g, t, e in zip(found.group.tolist(), found.time.tolist(), found.effect.tolist(), strict=True)
    }
    assert got == PRINTED
    by_time = groups.sums(found, "dynamic")
    assert {int(e): round(v, 4) for e, v in zip(by_time.at, by_time.effect, strict=True)} == DYNAMIC
    assert round(by_time.overall, 4) == -0.0772 and round(groups.sums(found, "simple").overall, 4) == -0.0400
    assert round(groups.sums(found, "group").overall, 4) == -0.0310
    assert groups.before(found) == pytest.approx(0.16812, abs=5e-6)


@pytest.mark.parametrize("setting", REFERENCE)
def test_estimates_and_errors_are_the_packages_for_both_controls_and_each_method(wages, setting):
    controls, method, with_people = setting
    people = np.log(DATA["people"].to_numpy(float) / 1000) if with_people else None
    found = groups.group_time(wages, controls=controls, method=method, covariates=people)
    assert (found.effect[0], found.error[0]) == pytest.approx(REFERENCE[setting]["cell"], rel=1e-9)
    for kind in REFERENCE[setting].keys() - {"cell"}:
        summed = groups.sums(found, kind)
        assert (summed.overall, summed.overall_error) == pytest.approx(REFERENCE[setting][kind], rel=1e-9), (
            kind
        )


def test_the_doubly_robust_effect_lies_by_regression_and_weights_and_each_moves_with_population(wages):
    people = np.log(DATA["people"].to_numpy(float) / 1000)
    found = [groups.group_time(wages, method=m, covariates=people).effect for m in ("dr", "reg", "ipw")]
    assert np.abs(found[0] - found[1]).max() < 0.002 and np.abs(found[0] - found[2]).max() < 0.002
    assert np.abs(found[0] - groups.group_time(wages).effect).max() > 0.004


def test_a_band_over_the_event_study_reaches_as_far_as_the_packages(wages):
    # printed: event time 2, -0.1373 [-0.2369, -0.0376] with an error of 0.0402, that is 2.48 errors; their bootstrap and ours differ in draws alone
    found = groups.sums(groups.group_time(wages), "dynamic")
    assert bands.critical(found.influence, seed=1, draws=5000) == pytest.approx(2.48, abs=0.12)


def test_two_way_coefficient_is_the_weighted_mean_of_its_comparisons(wages):
    pairs = bacon.decompose(wages)
    assert sum(p.weight for p in pairs) == pytest.approx(1, abs=1e-12) and all(p.weight > 0 for p in pairs)
    assert sum(p.weight * p.estimate for p in pairs) == pytest.approx(bacon.two_way(wages), abs=1e-12)
    # by hand: 309 of 500 counties never, and the largest group starts in the last year
    assert {(p.changing + FIRST, p.against == NEVER) for p in pairs if not p.forbidden and p.against == NEVER} == {
        (2004, True), (2006, True), (2007, True),
    }  # fmt: skip
    assert sum(p.weight for p in pairs if p.forbidden) < 0.15


@pytest.mark.parametrize("always", [False, True])
def test_the_decomposition_holds_on_panels_of_any_shape(always):
    rng = np.random.default_rng(4)
    for _ in range(20):
        periods = int(rng.integers(3, 9))
        start = rng.integers(0 if always else 1, periods, 12).astype(float)
        start[:3] = NEVER
        start[3] = 1
        panel = Panel(rng.normal(size=(12, periods)), start)
        pairs = bacon.decompose(panel)
        assert sum(p.weight for p in pairs) == pytest.approx(1)
        assert sum(p.weight * p.estimate for p in pairs) == pytest.approx(bacon.two_way(panel))


def test_what_cannot_be_compared_is_refused_by_name():
    with pytest.raises(ValueError, match="outcome must be complete"):
        Panel(np.array([[1.0, np.nan], [1.0, 2.0]]), np.array([1.0, NEVER]))
    with pytest.raises(ValueError, match="start must hold one period"):
        Panel(np.ones((2, 2)), np.array([1.0]))
    with pytest.raises(ValueError, match="no unit never starts"):
        groups.group_time(Panel(np.ones((2, 3)), np.array([1.0, 2.0])))
    with pytest.raises(ValueError, match="covariates must be complete"):
        groups.group_time(Panel(np.ones((2, 2)), np.array([1.0, NEVER])), covariates=np.ones(3))
    with pytest.raises(ValueError, match="nothing is left"):
        bacon.two_way(Panel(np.ones((2, 3)), np.array([NEVER, NEVER])))
