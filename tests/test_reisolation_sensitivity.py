"""What another assumption would say: closed forms, known frailties, and variants against the model as it stands."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad

from forecast.reisolation import sensitivity as sv
from forecast.reisolation.hazard import expand, fit, traits
from forecast.reisolation.model import OUTSIDE_IN_A_YEAR, RETURN, SPECS, Model, fit_model, log_rates
from forecast.reisolation.project import Intake, Scenario, project, stock
from tests.test_reisolation_evaluate import made
from tests.test_reisolation_project import hazard
from tools import frailty_study, study

AS_OF = date(2026, 1, 31)
SPEC = next(s for s in SPECS if (s.state, s.to) == RETURN)


def frail(n: int, variance: float, seed: int) -> pd.DataFrame:
    """Spells of up to two years at .04 a month times a gamma frailty of mean 1; a third leaves again after each return."""
    rng = np.random.default_rng(seed)
    z = rng.gamma(1 / variance, variance, n)
    rows, start = [], np.full(n, np.datetime64("2024-01-01"))
    for prior in range(8):
        days = np.ceil(rng.exponential(30.4375 / (0.04 * z))).astype(int)
        rows.append(made(n).assign(person_id=np.arange(n).astype(str), started_on=start, entered_on=start,
                                   ended_on=start + days, next_state="reisolated", exit=None, prior_reisolations=prior,
                                   lives_alone=False))  # fmt: skip
        start = start + days
    every = pd.concat(rows, ignore_index=True)
    return every[every["started_on"] < np.datetime64(AS_OF)].reset_index(drop=True)


@pytest.fixture(scope="module")
def register():
    return made(1800)


@pytest.fixture(scope="module")
def table(register):
    return sv.sensitivities(register, as_of=AS_OF, months=(12, 60), draws=30, seed=5)


def test_every_variant_stands_beside_the_base(table):
    assert table["name"].unique().tolist() == [
        "base", "spline", "frailty_0.25", "frailty_0.5", "frailty_1", "lost_1.5", "lost_2", "drift_flat", "outside",
        "bootstrap"]  # fmt: skip
    assert (table["lower"] < table["incidence"]).all()
    assert (table["incidence"] < table["upper"]).all()
    base = table[table["name"] == "base"].set_index("month")["incidence"]
    assert (table["incidence"] - table["month"].map(base)).to_numpy() == pytest.approx(table["difference"])


def test_the_base_is_the_projections_own_number(register, table):
    model, at = fit_model(traits(expand(register, as_of=AS_OF))), stock(register, as_of=AS_OF)
    result = project(model, at, months=60, draws=30, rng=np.random.default_rng(5))
    middle = result.headline(60)["first_incidence"][0]
    assert table.set_index(["name", "month"]).loc[("base", 60), "incidence"] == pytest.approx(
        middle, rel=1e-9
    )


def test_what_lies_beyond_the_data_moves_nothing_within_them(table):
    moved = table.set_index(["name", "month"])["difference"]
    # Follow-up reaches 24 months here: at 12 neither drift nor the outside path has begun.
    assert moved[("drift_flat", 12)] == 0
    assert moved[("outside", 12)] == pytest.approx(0, abs=0.01)  # other draws, of one band less
    assert moved[("drift_flat", 60)] > 0  # the drift's mean is downward
    assert moved[("outside", 60)] < 0  # .04 to .06 a month are more than 14.1 % a year


def test_the_outside_path_is_its_yearly_rate_for_the_mean_leaver(register):
    model, at = fit_model(traits(expand(register, as_of=AS_OF))), stock(register, as_of=AS_OF)
    outside = sv._outside(model.hazards[RETURN], at)
    rate = np.exp(log_rates(outside, outside.coefficients[None], at.people, np.array([40.0])))[0, :, 0, 0]
    mean = at.monthly @ rate / at.monthly.sum()
    assert np.exp(-12 * mean) == pytest.approx(1 - OUTSIDE_IN_A_YEAR, rel=1e-9)
    assert outside.bands[-1] == int(model.last_clock)


@pytest.mark.parametrize("times", [1.0, 1.5, 2.0])
def test_those_lost_who_come_back_faster_are_the_closed_form(times):
    r, lost, t = 0.02, 0.01, 36
    flat = Model({RETURN: hazard(*RETURN, [r])})
    empty = np.zeros((24, 3, 0))
    lever = sv._lost(times, -np.expm1(-lost))
    result = project(flat, Intake(empty, empty, np.full(24, 1.0), 1), Scenario("lost", (lever,)), t, 1,
                     rng=np.random.default_rng(1), drift=(0, 0))  # fmt: skip
    later = quad(lambda s: lost * np.exp(-(r + lost) * s - times * r * (t - s)), 0, t)[0]
    # Loss happens at the start of a month here: half a month early.
    assert result.headline(t)["first_incidence"][0] == pytest.approx(
        1 - np.exp(-(r + lost) * t) - later, abs=2e-3
    )


def test_a_known_frailty_is_undone():
    rows = traits(expand(frail(3000, 0.5, seed=2), as_of=AS_OF))
    plain = fit(rows, SPEC)
    undone = sv.frailty(rows, plain, 0.5)
    truth = np.log(0.04)
    count = len(plain.bands)
    error = np.sqrt(np.diag(plain.covariance))[:count]
    assert (abs(undone.coefficients[:count] - truth) < 4 * error).all()
    # Left alone, frailty reads as a hazard that falls with time and as an effect of earlier returns, which there is not.
    assert plain.coefficients[count - 1] < truth - 0.3
    at = plain.names.index("prior_2")
    assert plain.coefficients[at] > 0.3
    assert abs(undone.coefficients[at]) < 0.12


def test_a_smooth_baseline_follows_the_bands(register):
    rows = traits(expand(register, as_of=AS_OF))
    plain = fit(rows, SPEC)
    smooth = sv.spline(rows, plain)
    assert len(smooth.names) == len(smooth.coefficients) == len(smooth.covariance)
    # One rate at every duration: the monthly rates of both lie within four standard errors of the last band's.
    level = smooth.coefficients[: len(smooth.bands)]
    error = np.sqrt(np.diag(smooth.covariance))[: len(smooth.bands)]
    assert (abs(level - np.log(plain.baseline()["rate"].iloc[3])) < 4 * error).all()
    assert smooth.coefficients[-1] == pytest.approx(plain.coefficients[-1], abs=0.03)


def test_resampled_people_spread_as_the_robust_errors_say(register):
    rows = traits(expand(register, as_of=AS_OF))
    plain = fit(rows, SPEC)
    sample = sv.bootstrap(rows, plain, 200, np.random.default_rng(3))
    # The standard deviation of 200 draws has an error of 5 %.
    assert sample.std(axis=0) == pytest.approx(np.sqrt(np.diag(plain.covariance)), rel=0.2)
    assert abs(sample.mean(axis=0) - plain.coefficients).max() < 0.06
    assert np.array_equal(sample, sv.bootstrap(rows, plain, 200, np.random.default_rng(3)))


def test_few_events_leave_the_variants_that_need_no_curve():
    few = made(60, seed=4)
    found = sv.sensitivities(few, as_of=date(2024, 6, 30), months=(12,), draws=10)
    assert found["name"].tolist() == ["base", "lost_1.5", "lost_2", "drift_flat", "outside"]


def test_a_fitted_frailty_finds_the_variance_that_people_differ_by():
    for variance, low, high in ((0.8, 0.4, 1.3), (0.01, 0.0, 0.25)):
        rows = traits(expand(frail(1500, variance, 4), as_of=AS_OF))
        found = sv.fit_frailty(rows, fit(rows, SPEC))
        assert low <= found.variance <= high
        assert found.lower <= found.variance <= found.upper
        assert found.lower == 0 if variance == 0.01 else found.lower > 0
    # What people differ by is no longer laid at the door of earlier returns.
    rows = traits(expand(frail(1500, 0.8, 4), as_of=AS_OF))
    plain = fit(rows, SPEC)
    fitted = sv.fit_frailty(rows, plain).hazard
    place = plain.names.index("prior_2")
    assert plain.coefficients[place] > 0.3 and abs(fitted.coefficients[place]) < plain.coefficients[place] / 2


@pytest.mark.parametrize("wrong", [(0.1, 0.2), (0.0, 0.1, 0.2), (0.3, 0.2, 0.1)])
def test_variances_that_do_not_rise_are_refused(wrong):
    rows = traits(expand(frail(300, 0.5, 4), as_of=AS_OF))
    with pytest.raises(ValueError, match="variances"):
        sv.fit_frailty(rows, fit(rows, SPEC), wrong)


def test_the_frailty_page_is_the_commands():
    written, committed = (
        frailty_study.text(1, 9000),
        (study.FOLDER / "frailty.md").read_text(encoding="utf-8"),
    )
    assert [r for r in committed.splitlines() if r.startswith(("#", "| hidden"))] == [
        r for r in written.splitlines() if r.startswith(("#", "| hidden"))
    ]


def test_those_out_of_sight_raise_the_number_by_their_part_and_in_step_with_their_rate(register):
    # Half of those who leave at .01 a month are out of sight: after a year some 3 % of the connected, half as much again.
    odd = np.arange(len(register)) % 2 == 1
    some = register.assign(exit=register["exit"].where(register["exit"].isna() | odd, "lost"))
    found = sv.sensitivities(some, as_of=AS_OF, months=(12,), draws=8, seed=5).set_index("name")["incidence"]
    more = {times: found[f"lost_{times:g}"] / found["base"] - 1 for times in sv.LOST}
    assert 0.002 < more[1.5] < 0.03
    assert more[2.0] == pytest.approx(2 * more[1.5], rel=0.15)
