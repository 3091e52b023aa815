"""Queues against published tables, other packages and a discrete-event run."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from forecast import staffing
from forecast.scores import crps_ensemble, crps_normal, wis
from forecast.staffing import (
    across,
    erlang_a,
    erlang_b,
    erlang_c,
    replicated,
    required_agents,
    scheduled,
    simulate,
)


def test_monte_carlo_limits_hold_what_erlang_a_says_and_narrow_with_longer_runs():
    exact = erlang_a(0.05, 180, 120, 10, 20)

    def of(contacts):
        return replicated(
            lambda rng: simulate(0.05, 180, 10, 20, rng=rng, contacts=contacts, patience=120), seed=3
        )

    (short, wide), (long, narrow) = of(1_000), of(16_000)
    for field in ("service_level", "p_abandon", "p_wait"):
        low, high = narrow[field]
        assert low < getattr(long, field) < high
        assert getattr(long, field) == pytest.approx(getattr(exact, field), abs=2 * (high - low))
    assert (
        wide["service_level"][1] - wide["service_level"][0]
        > narrow["service_level"][1] - narrow["service_level"][0]
    )
    assert short.stable


@pytest.mark.parametrize(
    ("load", "agents", "blocked"),
    # Classical 1 % table of ITU and Bell; the first two from the tests of pyworkforce (reference case o18).
    [(1, 1, 0.5), (1, 2, 0.2), (4.461, 10, 0.01), (12.03, 20, 0.01), (20.34, 30, 0.01)],
)
def test_erlang_b_equals_the_classical_table(load, agents, blocked):
    assert erlang_b(load, agents) == pytest.approx(blocked, abs=2e-5)


@pytest.mark.parametrize(
    ("agents", "waits", "level", "asa"),
    # CRAN package ErlangC and pyworkforce's guide: 100 calls in 30 min, 180 s, target 20 s (reference case o16).
    [(11, 0.6821182, 0.3896138, 122.78127684408), (12, 0.4493882, 0.640158, 40.4449401868444),
     (13, 0.2852705, 0.7955948, 17.1162271821896), (14, 0.1741319, 0.88835, 7.83593701177724)],
)  # fmt: skip
def test_erlang_c_equals_the_published_figures(agents, waits, level, asa):
    found = erlang_c(100 / 1800, 180, agents, 20)
    assert (found.p_wait, found.service_level, found.asa_s) == pytest.approx((waits, level, asa), rel=1e-6)
    assert found.occupancy == pytest.approx(10 / agents)


def test_fourteen_on_the_line_and_twenty_on_the_roster():
    # Same source: 80 % in 20 s with occupancy of at most 85 % and 30 % shrinkage.
    found = required_agents(100 / 1800, 180, 20, 0.80, max_occupancy=0.85, shrinkage=0.30)
    assert (found.agents, found.scheduled, found.met) == (14, 20, True)


@pytest.mark.parametrize(
    ("agents", "expected"),
    # pyworkforce, test_abandonment.py and guide: P(wait), P(abandon), occupancy, mean wait in min, within 20 s (o17)
    [(14, (0.14526, 0.013984, 0.704297, 0.069919, 0.916792)), (13, (0.226, 0.025, 0.75, 0.125, 0.858))],
)
def test_erlang_a_equals_the_published_figures(agents, expected):
    q = erlang_a(100 / 1800, 180, 300, agents, 20)
    found = (q.p_wait, q.p_abandon, q.occupancy, q.asa_s / 60, q.service_level)
    assert found == pytest.approx(expected, abs=6e-4)


def test_a_queue_that_grows_without_bound_is_reported_and_has_no_infinite_figure():
    found = erlang_c(100 / 1800, 180, 10, 20)
    assert not found.stable and found.service_level == 0 and np.isnan(found.asa_s) and found.occupancy == 1
    assert erlang_a(100 / 1800, 180, 300, 5, 20).stable  # whoever hangs up keeps it bounded


def test_hotline_figures_of_the_method_note():
    # statistics.md A3: 141 a day, 30-min handling, patience 5 min: 4 answer 76 % in 20 s and lose 16 %, 6 answer 94 %.
    rate = 141 / 86_400
    four, six = erlang_a(rate, 1800, 300, 4, 20), erlang_a(rate, 1800, 300, 6, 20)
    assert (four.service_level, four.p_abandon, six.service_level) == pytest.approx(
        (0.76, 0.16, 0.94), abs=0.01
    )


@pytest.mark.parametrize(
    ("aht", "patience", "agents", "target"), [(1800, 280, 9, 20), (300, 60, 40, 20), (600, 900, 1, 120)]
)
def test_answers_within_the_target_equal_the_matrix_exponential_of_the_chain(aht, patience, agents, target):
    """The generator of a waiting caller's place, by scipy.linalg.expm: moved up, hung up or answered."""
    places = 30
    ahead = np.arange(places)
    forward = agents / aht + ahead / patience
    change = np.zeros((places + 1, places + 1))
    change[ahead, ahead] = -(forward + 1 / patience)
    change[ahead[1:], ahead[:-1]] = forward[1:]
    change[0, places] = forward[0]
    by_chain = expm(change * target)[:places, places]
    assert staffing._answered_within(aht, patience, agents, target, places) == pytest.approx(
        by_chain, abs=1e-10
    )


def test_great_patience_turns_erlang_a_into_erlang_c():
    a, c = erlang_a(0.05, 180, 1e7, 12, 20), erlang_c(0.05, 180, 12, 20)
    assert (a.p_wait, a.service_level, a.asa_s) == pytest.approx(
        (c.p_wait, c.service_level, c.asa_s), rel=1e-3
    )


@settings(deadline=None, max_examples=40)
@given(st.floats(0.001, 0.05), st.floats(60, 1800), st.floats(30, 600), st.integers(1, 30))
def test_in_erlang_a_what_is_not_abandoned_is_served(rate, aht, patience, agents):
    q = erlang_a(rate, aht, patience, agents, 20)
    assert q.occupancy * agents == pytest.approx(rate * aht * (1 - q.p_abandon), rel=1e-6)
    assert 0 <= q.p_abandon <= q.p_wait <= 1 and 1 - q.p_wait - 1e-9 <= q.service_level <= 1


@pytest.mark.parametrize("patience", [None, 240.0])
def test_a_discrete_event_run_agrees_where_the_assumptions_hold(patience):
    rng = np.random.default_rng(11)
    seen = simulate(0.05, 180, 12, 20, rng=rng, contacts=200_000, patience=patience)
    said = erlang_c(0.05, 180, 12, 20) if patience is None else erlang_a(0.05, 180, patience, 12, 20)
    assert seen.service_level == pytest.approx(said.service_level, abs=0.015)
    assert seen.occupancy == pytest.approx(said.occupancy, abs=0.015)
    assert seen.p_abandon == pytest.approx(said.p_abandon, abs=0.01)


def test_hours_that_vary_give_worse_service_than_one_rate_says_and_the_average_over_rates_sees_it():
    rate, k = 8 / 3600, 10
    plain = erlang_a(rate, 1800, 240, 5, 20)
    mixed = across(lambda r: erlang_a(r, 1800, 240, 5, 20), rate, k)
    seen = simulate(
        rate, 1800, 5, 20, rng=np.random.default_rng(12), contacts=60_000, patience=240, dispersion=k
    )
    assert mixed.service_level < plain.service_level
    assert abs(seen.service_level - mixed.service_level) < 0.02


def test_one_counsellor_no_contacts_and_all_abandoned():
    assert erlang_a(0, 180, 60, 1, 20).service_level == 1 and erlang_c(0, 180, 1, 20).p_wait == 0
    alone = erlang_a(0.01, 1800, 60, 1, 20)
    assert alone.stable and alone.p_abandon > 0.9
    nobody = erlang_a(0.01, 1800, 60, 0, 20)
    assert (nobody.p_abandon, nobody.service_level, nobody.p_wait) == pytest.approx((1, 0, 1))


def test_the_required_number_is_the_least_that_meets_the_aim():
    for aim in (0.5, 0.8, 0.95):
        found = required_agents(0.02, 900, 20, aim, patience=240)
        assert found.met and erlang_a(0.02, 900, 240, found.agents, 20).service_level >= aim
        assert erlang_a(0.02, 900, 240, found.agents - 1, 20).service_level < aim
    assert required_agents(0.02, 900, 20, 0.8, patience=240, max_abandon=0.001).agents > required_agents(0.02, 900, 20, 0.8, patience=240).agents  # fmt: skip


def test_shrinkage_rounds_up_and_not_past_a_whole_number():
    assert (
        scheduled(14, 0.3) == 20
        and scheduled(7, 0.3) == 10
        and scheduled(3, 0.25) == 4
        and scheduled(3, 0) == 3
    )


@pytest.mark.parametrize("wrong", [(-1, 180, 3, 20), (1, 0, 3, 20), (1, 180, -1, 20), (1, 180, 3, -1)])
def test_impossible_input_is_refused(wrong):
    with pytest.raises(ValueError):
        erlang_c(*wrong)
    with pytest.raises(ValueError):
        erlang_a(wrong[0], wrong[1], 60, *wrong[2:])


def test_weighted_interval_score_equals_scoringutils_and_the_formula():
    # scoringutils, test-metrics-quantile.R (median counted twice); Bracher and others 2021 by hand (reference case o22)
    quantiles, levels = [[-1, 0, 1, 2, 3], [-2, 1, 2, 2, 4], [-2, 0, 3, 3, 4]], [0.1, 0.25, 0.5, 0.75, 0.9]
    twice = wis([1, -15, 22], quantiles, levels, count_median_twice=True)
    assert twice.tolist() == pytest.approx([0.3, 15.6166667, 19.1166667], abs=1e-6)
    assert wis([1, -15, 22], quantiles, levels).tolist() == pytest.approx([0.36, 15.34, 19.14], abs=1e-6)
    with pytest.raises(ValueError, match="symmetric"):
        wis([1], [[0, 1]], [0.1, 0.5])


def test_crps_equals_properscoring_and_scoringrules():
    # Reference case o23
    expected = [1.45279182, 0.60244136, 0.23369498, 0.60244136, 1.45279182, 2.43657473]
    assert crps_normal([-2, -1, 0, 1, 2, -3]).tolist() == pytest.approx(expected, abs=1e-7)
    members = np.random.RandomState(0).randn(1000)
    assert crps_ensemble(0, members) == pytest.approx(0.2297109370729622, abs=1e-9)


@pytest.mark.parametrize("k", [0.3, 1, 2, 10, 200])
def test_the_parts_of_an_hours_rate_keep_its_mean_and_nearly_all_of_its_variance(k):
    factor, share = staffing._parts(k, None)
    assert share.sum() == pytest.approx(1) and share @ factor == pytest.approx(1, abs=1e-9)
    assert 0.99 <= (share @ (factor - 1) ** 2) * k <= 1  # nine middle quantiles kept .70 to .87


def test_hours_that_hardly_vary_are_the_steady_hour_and_an_average_is_one_over_contacts():
    steady = erlang_a(0.02, 900, 240, 20, 20)
    nearly = across(lambda r: erlang_a(r, 900, 240, 20, 20), 0.02, 1e7)
    assert nearly.service_level == pytest.approx(steady.service_level, abs=1e-4)
    # Two parts of an exponential at its median: means 1 − ln 2 and 1 + ln 2 of the rate (by hand).
    seen = []

    def queue(r):
        seen.append(r)
        return staffing.Queue(1, float(r > 1), 0.0, 0.0, float(r > 1), 0.0, stable=True)

    found = across(queue, 1.0, 1.0, points=2)
    assert seen == pytest.approx([1 - np.log(2), 1 + np.log(2)])
    assert found.p_wait == pytest.approx((1 + np.log(2)) / 2)  # of contacts
    assert found.occupancy == pytest.approx(0.5)  # of time


@pytest.mark.parametrize(("rate", "k"), [(np.nan, 1), (-1, 1), (1, 0), (1, np.inf), (1, np.nan)])
def test_a_spread_of_rates_that_is_none_is_refused(rate, k):
    with pytest.raises(ValueError, match="rate|dispersion"):
        across(lambda r: erlang_a(r, 900, 240, 20, 20), rate, k)
