"""Projection against a microsimulation, closed forms, published Markov models and its own invariants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecast.reisolation import flow, markov, rates
from forecast.reisolation.flow import Walker
from forecast.reisolation.hazard import Hazard, Spec
from forecast.reisolation.model import DRIFT, LEAVE, RETURN, Model, groups
from forecast.reisolation.outcome import outcome
from forecast.reisolation.parameters import LEVERS, Lever
from forecast.reisolation.project import (
    BASELINE,
    FULL_DRAWS,
    MOST_LEVERS,
    Intake,
    Scenario,
    cohort_markov,
    project,
    stock,
)

SURE = Lever("sure", (0.5, 0.5, 0.5), (1, 1), 10**9, 0, 10**6, 0, 1000, "A", "test", cost_cv=0)


def hazard(state, to, rates, bands=(0.0,), covariance=0.0, covariates=(), b=()):
    names = (*(f"band_{e:g}" for e in bands), *covariates)
    values = np.r_[np.log(rates), b]
    return Hazard(Spec(state, to, bands, covariates, season=False), names, bands, values, np.eye(len(values)) * covariance,
                  np.eye(len(values)) * covariance, 100, 1000.0, 36.0)  # fmt: skip


def model(covariance=0.0, **others):
    hazards = {
        RETURN: hazard(*RETURN, [0.03, 0.02, 0.01], (0.0, 3.0, 12.0), covariance, ("alone", "prior_1"), (0.4, 0.3)),
        LEAVE: hazard(*LEAVE, [0.06, 0.09], (0.0, 3.0), covariance),
        ("connected", "died"): hazard("connected", "died", [0.002]),
        ("reisolated", "moved"): hazard("reisolated", "moved", [0.004]),
    }  # fmt: skip
    return Model({**hazards, **others})


def intake(monthly=10.0, people=0, depth=5, log_sd=0.0):
    now = np.full((24, 3, depth), float(people))
    return Intake(now, now / 4, np.full(24, monthly), 11, log_sd)


def run(scenario=BASELINE, *, at=None, given=None, months=24, draws=40, seed=1, drift=(0, 0)):
    return project(
        given or model(),
        at or intake(),
        scenario,
        months,
        draws,
        rng=np.random.default_rng(seed),
        drift=drift,
    )


def test_month_zero_is_the_data_and_nobody_is_lost_or_made():
    at = intake(people=7)
    result = run(at=at)
    assert (result.city.connected[:, 0] == at.connected.sum(axis=(1, 2))).all()
    assert (result.city.reisolated[:, 0] == at.reisolated.sum(axis=(1, 2))).all()
    here = result.city.connected[:, -1] + result.city.reisolated[:, -1]
    came = at.connected.sum(axis=(1, 2)) + at.reisolated.sum(axis=(1, 2)) + result.city.intake.sum(axis=1)
    gone = result.city.gone.sum(axis=(1, 2))
    assert here.sum(axis=1) + gone == pytest.approx(came.sum(axis=1), rel=1e-12)


def test_a_leak_is_noticed():
    result = run()
    with pytest.raises(ArithmeticError, match="lost or made"):
        replace(result.city, gone=result.city.gone * 1.01).check(intake())


def test_first_incidence_is_the_closed_form_of_competing_rates():
    # Constant rates r and m: r / (r + m) × (1 - exp(-(r + m) t)) of the leavers come back by t.
    flat = Model(
        {RETURN: hazard(*RETURN, [0.02]), ("connected", "moved"): hazard("connected", "moved", [0.005])}
    )
    result = run(given=flat, months=60)
    expected = 0.02 / 0.025 * (1 - np.exp(-0.025 * 60))
    assert result.headline(60)["first_incidence"][0] == pytest.approx(expected, abs=1e-12)


BACK, LEAVING = (((0, 0.03), (3, 0.02), (12, 0.01)), ((0, 0.06), (3, 0.09)))  # the rates of `model`


def lives(n, begin, months, seed):
    """People who leave at `begin` and are walked in exact time by the rates of `model`.

    Returns: (onsets, first onsets, share re-isolated of those here) at the end of every month; the first two add up.
    """
    rng = np.random.default_rng(seed)
    alone = rng.integers(0, 2, n)
    state, prior = np.zeros(n, int), np.zeros(n, int)
    now, since = begin.copy(), begin.copy()
    onsets, first, here, back = np.zeros((4, months))
    whole = np.arange(1, months + 1)
    live = np.arange(n)
    while len(live):
        clock = now[live] - since[live]
        rate, edge = np.zeros(len(live)), np.full(len(live), np.inf)
        for s, bands in enumerate((BACK, LEAVING)):
            for low, r in bands:
                mine = (state[live] == s) & (clock >= low - 1e-9)
                rate[mine], edge[mine] = r, np.inf
                later = [at for at, _ in bands if at > low]
                if later:
                    edge[mine] = later[0]
        connected = state[live] == 0
        rate *= np.where(connected, np.exp(0.4 * alone[live] + 0.3 * (prior[live] == 1)), 1.0)
        total = rate + np.where(connected, 0.002, 0.004)
        wait = rng.exponential(1 / total)
        leaves = wait < edge - clock
        until = now[live] + np.where(leaves, wait, edge - clock)
        there = (whole[None] > now[live][:, None]) & (whole[None] <= until[:, None])
        here += there.sum(axis=0)
        back += there[~connected].sum(axis=0)
        moves = leaves & (rng.random(len(live)) < rate / total) & (until < months)
        fell = moves & connected
        onsets += np.bincount(until[fell].astype(int), minlength=months)
        first += np.bincount(until[fell & (prior[live] == 0)].astype(int), minlength=months)
        prior[live] += moves & ~connected
        state[live] = np.where(moves, 1 - state[live], state[live])
        now[live] = until
        since[live] = np.where(leaves, until, since[live])
        live = live[(until < months) & ~(leaves & ~moves)]
    return onsets, first, back / np.maximum(here, 1)


def test_a_separate_microsimulation_of_leavers_agrees():
    """30,000 people in exact time: within 3 Monte Carlo errors at 12, 24 and 60 months."""
    n, months = 30_000, 60
    onsets, first, share = lives(n, np.zeros(n), months, seed=5)
    result = run(months=months, draws=1)
    for month in (12, 24, 60):
        numbers = result.headline(month)
        assert numbers["first_incidence"][0] == pytest.approx(
            first[:month].sum() / n, abs=3 * np.sqrt(0.25 / n)
        )
        assert numbers["per_leaver"][0] == pytest.approx(onsets[:month].sum() / n, abs=3 * np.sqrt(0.6 / n))
        r, c = (getattr(result.cohort, s)[0, month].sum() for s in ("reisolated", "connected"))
        assert r / (r + c) == pytest.approx(share[month - 1], abs=3 * np.sqrt(0.2 / n))


def test_a_separate_microsimulation_of_a_city_agrees():
    """People who leave evenly over the months: their onsets by month are those of the stock-flow."""
    months, monthly = 36, 2000
    begin = np.random.default_rng(4).uniform(0, months, monthly * months)
    onsets, first, share = lives(len(begin), begin, months, seed=6)
    result = run(at=intake(monthly / 24), months=months, draws=1)
    for low, high in ((0, 1), (1, 6), (6, 12), (12, 24), (24, 36)):
        for found, walked in ((result.city.onsets, onsets), (result.city.first_onsets, first)):
            total = walked[low:high].sum()
            assert found[0, low:high].sum() == pytest.approx(total, abs=3.5 * np.sqrt(total))
    r, c = (getattr(result.city, s)[0, -1].sum() for s in ("reisolated", "connected"))
    assert r / (r + c) == pytest.approx(share[-1], abs=3 * np.sqrt(0.25 / len(begin)))


def test_nothing_is_expected_before_a_return_counts():
    flat = Model({RETURN: hazard(*RETURN, [0.02])}, quiet_months=0.4)
    assert run(given=flat).headline(12)["first_incidence"][0] == pytest.approx(
        -np.expm1(-0.02 * 11.6), abs=1e-12
    )


def test_a_longer_horizon_never_changes_a_shorter_one():
    at = intake(log_sd=0.2, people=2)
    short, long = (run(Scenario("s", LEVERS[:1]), at=at, given=model(0.01), months=m) for m in (12, 36))
    for name in ("connected", "reisolated"):
        assert getattr(long.city, name)[:, :13] == pytest.approx(getattr(short.city, name), rel=1e-12)
    assert np.array_equal(long.onsets[:, :12], short.onsets)
    assert np.array_equal(long.drift, short.drift)


def test_levers_at_zero_reproduce_the_baseline_exactly():
    off = tuple(replace(lever, uptake=(0, 100), capacity=0) for lever in LEVERS)
    base, idle = run(given=model(0.01)), run(Scenario("off", off), given=model(0.01))
    assert np.array_equal(base.city.onsets, idle.city.onsets)
    assert np.array_equal(base.onsets, idle.onsets)
    assert idle.cost_krw.sum() == 0


def test_equal_scenarios_differ_by_nothing():
    one, other = (run(Scenario(name, LEVERS[:2]), given=model(0.01), months=12) for name in ("a", "b"))
    assert np.array_equal(one.city.onsets, other.city.onsets)
    assert np.array_equal(one.onsets, other.onsets)


def test_a_lever_that_does_nothing_to_the_hazard_moves_nobody_but_costs():
    plain = run()
    inert = run(Scenario("inert", (replace(SURE, hazard_ratio=(1, 1, 1)),)))
    assert inert.city.onsets == pytest.approx(plain.city.onsets, rel=1e-12)
    assert inert.cost_krw.sum() > 0


def test_a_lever_for_everybody_at_once_is_the_halved_hazard():
    flat = Model({RETURN: hazard(*RETURN, [0.02])})
    treated = run(Scenario("sure", (SURE,)), given=flat, months=48)
    # Everybody has it from the first month: 1 - exp(-.01 t), but for the millionth a month who lose it.
    assert treated.headline(48)["first_incidence"][0] == pytest.approx(1 - np.exp(-0.01 * 48), abs=1e-4)


def test_capacity_is_never_exceeded_and_nothing_starts_before_its_lag():
    tight = tuple(replace(lever, capacity=5, lag_months=4) for lever in LEVERS[:2])
    for first in (False, True):
        result = run(Scenario("tight", tight, highest_risk_first=first), at=intake(people=9))
        assert result.starts.max() <= 5 * (1 + 1e-12)
        assert result.starts[:, :4].sum() == 0
        assert result.starts[:, 5].min() == pytest.approx(5)  # people wait, so every place is taken


def test_places_for_those_at_highest_risk_first_avert_more():
    strong = replace(SURE, capacity=20)
    by = [
        run(Scenario("s", (strong,), highest_risk_first=f), at=intake(people=9)).city.onsets.sum()
        for f in (0, 1)
    ]
    assert by[1] < by[0]


def test_levers_on_one_person_add_their_logs_reduced_and_stop_at_the_floor():
    flat = Model({RETURN: hazard(*RETURN, [0.02])})
    pair = (
        replace(SURE, lever_id="a", hazard_ratio=(0.8,) * 3),
        replace(SURE, lever_id="b", hazard_ratio=(0.8,) * 3),
    )
    both = run(Scenario("both", pair), given=flat, months=12)
    rate = 0.02 * 0.8 ** (2 * 0.75)  # overlap factor .75, statistics.md A1.4
    assert both.headline(12)["first_incidence"][0] == pytest.approx(1 - np.exp(-rate * 12), abs=1e-4)
    strong = (replace(SURE, lever_id="a", hazard_ratio=(0.3,) * 3), replace(SURE, lever_id="b"))
    floor = run(Scenario("floor", strong), given=flat, months=12)
    assert floor.headline(12)["first_incidence"][0] == pytest.approx(1 - np.exp(-0.02 * 0.4 * 12), abs=1e-4)


def test_every_lever_works_at_once_and_too_many_are_refused():
    result = run(Scenario("all", LEVERS), at=intake(people=9), months=14, draws=4)
    assert (result.starts.sum(axis=(0, 1)) > 0).all()
    more = (*LEVERS, replace(LEVERS[0], lever_id="seventh"))
    with pytest.raises(ValueError, match="up to 6 levers"):
        run(Scenario("more", more), months=2)


def test_people_treated_and_untreated_are_those_of_a_walk_over_every_combination():
    """Three levers in one group, by hand: 8 tracks, the people of each moved lever by lever, then aged by a month."""
    levers = tuple(replace(v, capacity=10**9, lag_months=0, uptake=(1, 1)) for v in LEVERS[:3])
    flat = Model({RETURN: hazard(*RETURN, [0.02])})
    result = run(Scenario("three", levers), given=flat, at=intake(monthly=0, people=5), months=6, draws=1)
    logs = result.log_ratios[0]
    people = np.zeros(8)
    people[0] = 5 * 5 * 3 * len(groups())  # 5 in each of 5 months of duration, 3 priors and every group
    ratio = [max(np.exp(sum(logs[k] for k in range(3) if t >> k & 1) * (1 if t.bit_count() < 2 else 0.75)), 0.4)
             for t in range(8)]  # fmt: skip
    for month in range(6):
        for k, lever in enumerate(levers):
            moved = people.copy()
            for t in range(8):
                share = 1.0 if not t >> k & 1 else -np.expm1(-1 / lever.lasting_months)
                moved[t] -= people[t] * share
                moved[t ^ 1 << k] += people[t] * share
            people = moved
        stays = np.exp(-0.02 * np.array(ratio))
        assert result.city.onsets[0, month].sum() == pytest.approx((people * (1 - stays)).sum(), rel=1e-9)
        people *= stays


def test_the_parts_are_told_and_an_objection_ends_the_projection():
    told = []
    at = intake()
    project(model(), at, months=2, draws=500, rng=np.random.default_rng(1), on_part=lambda *n: told.append(n))
    assert told[-1] == (500, 500)
    assert [n for n, _ in told] == sorted({n for n, _ in told})

    def object_(done, draws):
        raise KeyError(done)

    with pytest.raises(KeyError):
        project(model(), at, months=2, draws=500, rng=np.random.default_rng(1), on_part=object_)


@pytest.mark.parametrize(("levers", "bytes_of_a_part"), [(2, 96), (5, 384)])
def test_numbers_do_not_depend_on_how_the_draws_are_parted(monkeypatch, levers, bytes_of_a_part):
    """Three draws a part, of four tracks in numbers of full length and of 32 in half as long ones."""
    from forecast.reisolation import project as module

    many = Scenario("many", LEVERS[:levers])
    whole = run(many, given=model(0.01))
    monkeypatch.setattr(module, "CHUNK", bytes_of_a_part)
    monkeypatch.setattr(module, "THREADS", 1)
    parted = run(many, given=model(0.01))
    assert parted.city.onsets == pytest.approx(whole.city.onsets, rel=1e-13)
    assert parted.cost_krw == pytest.approx(whole.cost_krw, rel=1e-13)


def test_the_drift_moves_in_half_years_at_their_middle():
    short = Model({RETURN: replace(hazard(*RETURN, [0.02]), last_clock=12.0)})
    result = run(given=short, months=24, draws=1, drift=(0.5, 0))
    # By hand: a year at .02, then two half-years at .02 × exp(.5 × .25) and .02 × exp(.5 × .75).
    total = 0.02 * (12 + 6 * np.exp(0.125) + 6 * np.exp(0.375))
    assert result.headline(24)["first_incidence"][0] == pytest.approx(-np.expm1(-total), abs=1e-12)


def test_more_detection_means_more_leavers_and_no_better_odds():
    found = replace(LEVERS[-1], capacity=20, lag_months=6)
    base, more = run(), run(Scenario("found", (found,)))
    assert more.city.intake.sum() == pytest.approx(
        base.city.intake.sum() + 40 * 20 * 18
    )  # 40 draws, 18 of 24 months
    assert more.headline(24)["first_incidence"] == pytest.approx(base.headline(24)["first_incidence"])


def test_the_share_beyond_the_data_grows_with_the_horizon_and_carries_the_drift():
    short = Model({**model().hazards, RETURN: replace(model().hazards[RETURN], last_clock=12.0)})
    result = run(given=short, months=60, draws=200, drift=DRIFT)
    shares = [outcome(result).beyond_data_share(m) for m in (12, 24, 60)]
    assert shares[0] == 0
    assert shares[0] < shares[1] < shares[2] < 1
    split = outcome(result).variance_split(60)
    # Nothing else varies between these draws, so the drift is all of it.
    assert split["drift"] == pytest.approx(split["estimates"], rel=0.02)
    assert split["chance"] == pytest.approx(result.city.onsets.sum(axis=(1, 2)).mean())


def test_chance_alone_spreads_the_counts_like_poisson():
    result = project(Model({RETURN: hazard(*RETURN, [0.02])}), intake(50.0), months=12, draws=4000,
                     rng=np.random.default_rng(3), drift=(0, 0))  # fmt: skip
    assert result.onsets[:, 11].var() == pytest.approx(result.onsets[:, 11].mean(), rel=0.1)


def test_month_zero_is_counted_from_open_spells():
    from datetime import date

    rows = pd.DataFrame({
        "person_id": list("abcd"), "state": ["connected", "connected", "reisolated", "supported"],
        "started_on": ["2026-07-15", "2024-01-01", "2026-10-01", "2026-01-01"],
        "ended_on": [None, "2024-05-01", None, None], "age_band": ["65+", "19-39", "40-64", "65+"],
        "sex": "female", "lives_alone": [True, True, False, True], "prior_reisolations": [0, 0, 4, 0],
    }).assign(entered_on=lambda f: f["started_on"])  # fmt: skip
    at = stock(rows, as_of=date(2026, 10, 31))
    assert at.connected.sum() == 1
    assert at.connected[18, 0, 3] == 1  # 65+ woman living alone, 108 days: in her fourth month
    assert at.reisolated[8, 2, 0] == 1  # four earlier returns count as two and more
    assert at.monthly[18] == pytest.approx(1 / 12)
    assert at.start_month == 11
    assert groups().loc[18].tolist() == [2, 0, 1, 0, 1, 0]
    split = stock(rows.assign(zone=[1, 0, 0, 0]), as_of=date(2026, 10, 31))
    assert split.connected[19, 0, 3] == 1  # the same woman in zone 1


# ── Markov models ─────────────────────────────────────────────────────────────────────────────────

# Case o05. R package msm, course notes: psoriatic arthritis, four states.
PSOR = [[-0.09125, 0.09125, 0, 0], [0, -0.15716, 0.15716, 0], [0, 0, -0.25982, 0.25982], [0, 0, 0, 0]]


def test_constant_intensities_give_the_published_chances_stays_and_passages():
    assert markov.transition_probabilities(PSOR, 1)[0] == pytest.approx(
        [0.913, 0.0806, 0.00606, 0.000547], abs=0.002
    )
    assert markov.transition_probabilities(PSOR, 10)[0] == pytest.approx(
        [0.402, 0.268, 0.1397, 0.19], abs=0.002
    )
    assert markov.length_of_stay(PSOR, 10)[0] == pytest.approx([6.559, 2.101, 0.733, 0.607], abs=0.002)
    assert markov.first_passage(PSOR, 3)[:3] == pytest.approx([21.17, 10.21, 3.85], abs=0.01)


def test_intensities_that_are_none_are_refused():
    with pytest.raises(ValueError, match="rows summing to 0"):
        markov.transition_probabilities([[-1, 2], [0, 0]], 1)


# Cases o06 and o07. R package heemod, HIV model of Chancellor et al. 1997.
MONO = np.array([[0.721, 0.202, 0.067, 0.01], [0, 0.581, 0.407, 0.012], [0, 0, 0.75, 0.25], [0, 0, 0, 1]])
STATE_COST = np.array([2756.0, 3052, 9007, 0])


def hiv(cycles, *, zido=2278.0, lami=2086.0, rr=0.509, discount=0.06):
    """(cost, life-years) on one drug and on both; the ratio applies to every move."""
    both = MONO * np.where(np.eye(4, dtype=bool), 0, rr)
    both += np.diag(1 - both.sum(axis=1))
    alive = np.array([1.0, 1, 1, 0])
    return [cohort_markov(p, [1, 0, 0, 0], cycles, STATE_COST + drug * alive, alive, (discount, 0.0))
            for p, drug in ((MONO, zido), (both, zido + lami))]  # fmt: skip


def test_the_published_hiv_model_is_reproduced():
    (cost_mono, years_mono), (cost_both, years_both) = hiv(50)
    ratio = (cost_both - cost_mono) / (years_both - years_mono)
    found = [cost_mono, years_mono, cost_both, years_both, ratio]
    assert found == pytest.approx([48762.093, 8.585843, 92984.848, 17.256937, 5100.02], rel=1e-6)


@pytest.mark.parametrize(
    ("change", "expected"),
    [({"lami": 1500}, (31176.0, 5.735263, 5435.845)), ({"lami": 3000}, (45395.35, 5.735263, 7915.129)),
     ({"zido": 1500}, (34409.75, 5.735263, 5999.681)), ({"zido": 3000}, (38885.22, 5.735263, 6780.024)),
     ({"discount": 0.04}, (44242.38, 5.735263, 7714.097)), ({"discount": 0.08}, (30907.61, 5.735263, 5389.047)),
     ({"rr": 0.4}, (41156.24, 7.388802, 5570.083)), ({"rr": 0.6}, (32383.64, 4.418583, 7328.966))],
)  # fmt: skip
def test_the_published_one_way_sensitivities_are_reproduced(change, expected):
    (cost, years), (cost_both, years_both) = hiv(20, **change)
    found = (cost_both - cost, years_both - years, (cost_both - cost) / (years_both - years))
    assert found == pytest.approx(expected, rel=1e-6, abs=0.006)


def test_where_nobody_left_lately_all_who_ever_left_stand_for_todays_leavers():
    at = intake()
    nobody = replace(at, monthly=np.zeros_like(at.monthly), earlier=at.monthly * 50)
    assert nobody.mix == pytest.approx(at.mix)
    one, other = (project(model(), i, months=12, draws=5, rng=np.random.default_rng(1)) for i in (at, nobody))
    assert other.cohort.first_onsets == pytest.approx(one.cohort.first_onsets)
    assert other.city.intake.sum() == 0


def test_a_target_that_cannot_be_reached_takes_for_ever_and_spoils_no_other_state():
    # 0 goes to 1 at rate 1; 1 to 2 at 2; 3 rests, 4 goes to 2 or to 3.
    q = np.zeros((5, 5))
    q[0, 1], q[1, 2], q[4, 2], q[4, 3] = 1, 2, 1, 1
    np.fill_diagonal(q, -q.sum(axis=1))
    assert markov.first_passage(q, 2).tolist() == [1.5, 0.5, 0.0, np.inf, np.inf]
    # A target that can be left counts until it is first entered: 0 ⇄ 1.
    assert markov.first_passage([[-1, 1], [4, -4]], 1).tolist() == [1.0, 0.0]
    # Two states that go round without it (a singular system that solved to anything).
    assert markov.first_passage([[-1, 1, 0], [1, -1, 0], [0, 0, 0]], 2).tolist() == [np.inf, np.inf, 0]
    with pytest.raises(ValueError, match="target"):
        markov.first_passage(q, 5)


def test_an_interval_never_stands_on_fewer_than_200_draws():
    assert len(FULL_DRAWS) == MOST_LEVERS + 1 and min(FULL_DRAWS) >= 200


@pytest.mark.parametrize("count", [1, 2, 3, 5, 6])
def test_matrices_move_people_between_tracks_as_lever_by_lever(count):
    rng = np.random.default_rng(1)
    walker = object.__new__(Walker)
    walker.levers, walker.draws, walker.size = LEVERS[:count], 4, 24
    walker.wanes = [0.1 * (k + 1) for k in range(count)]
    share = np.repeat(rng.random((4, count, 1)), 24, axis=2)
    before = rng.random((3, 4, 2**count, 72))
    between = [flow._between(share[:, k, 0], walker.wanes[k]) for k in range(count)]
    one, other = before.copy(), before.copy()
    walker._one_by_one(one, share, range(count))
    flow._together(other, flow._kron(between[2::-1]), flow._kron(between[:2:-1]))
    assert other == pytest.approx(one, abs=1e-12)
    assert one.sum(axis=2) == pytest.approx(before.sum(axis=2))  # nobody is lost


@pytest.mark.parametrize(
    ("depth", "months", "bands"), [(0, 1, (0.0,)), (5, 30, (0.0, 3.0, 12.0)), (20, 9, (0.0, 3.0, 12.0))]
)
def test_those_reisolated_leave_as_if_each_months_column_were_followed(depth, months, bands):
    leaving = hazard(*LEAVE, np.linspace(0.3, 0.1, len(bands)), bands)
    at = replace(intake(), reisolated=np.random.default_rng(2).random((24, 3, depth)) * 50)
    walker = object.__new__(Walker)
    walker.start, walker.draws, walker.profiles = at, 1, 72
    known = Model({**model().hazards, LEAVE: leaving})
    theta = {key: h.coefficients[None] for key, h in known.hazards.items()}
    walker.rates = rates.Rates(known, theta, np.zeros(1), np.ones((1, 1)), at, depth + months)
    waiting = flow._Reisolated(walker, 1, months)
    people = np.random.default_rng(3).random((months, 1, 1, 72)) * 9
    columns = [(age + 1, at.reisolated[:, :, age].T.reshape(1, 72)) for age in range(depth)]
    for month in range(months):
        left = after = 0.0
        for place, (age, here) in enumerate(columns):
            k = int(np.searchsorted(walker.rates.leave_edges, age, side="right")) - 1
            stays, moves = (c[k] for c in walker.rates.leaving)
            left, after = left + here * moves, after + here * stays
            columns[place] = (age + 1, here * stays)
        found = waiting.leave()
        assert found[0] == pytest.approx(np.broadcast_to(left, (1, 1, 72)), rel=1e-9)
        assert found[1] == pytest.approx(np.broadcast_to(after, (1, 1, 72)), rel=1e-9)
        waiting.add(month, people[month])
        columns.append((1, people[month][0]))


def test_many_tracks_in_shorter_numbers_differ_by_a_part_in_a_hundred_thousand(monkeypatch):
    many = Scenario("x", LEVERS[:5])
    short = project(model(), intake(), many, months=24, draws=6, rng=np.random.default_rng(1))
    monkeypatch.setattr(rates, "MOST_EXACT", 64)
    exact = project(model(), intake(), many, months=24, draws=6, rng=np.random.default_rng(1))
    thirds = replace(intake(), connected=np.full((24, 3, 5), 1 / 3))  # nobody is lost to shorter numbers
    project(model(), thirds, many, months=3, draws=2, rng=np.random.default_rng(1))
    for name in ("connected", "reisolated", "onsets", "first_onsets"):
        for who in ("city", "cohort"):
            a, b = (getattr(getattr(p, who), name) for p in (short, exact))
            assert abs(a - b).max() <= 1e-5 * abs(b).max()
    assert short.starts == pytest.approx(exact.starts, rel=1e-5)
