"""Scenarios and their cost: published models through the public functions, hand arithmetic, and what may never happen."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

from forecast.reisolation import cost, scenario
from forecast.reisolation.model import groups
from forecast.reisolation.parameters import LEVERS
from forecast.reisolation.project import BASELINE, Scenario, project
from tests.test_reisolation_project import hiv, intake, model

AFTERCARE = Scenario("aftercare", LEVERS[:1])
FEW = {"months": 24, "draws": 60}


def ran(wanted, seed=1, draws=60):
    return scenario.run(model(), intake(), wanted, seed=seed, months=24, draws=draws)


# ── Cost ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_published_ratio_is_mean_over_mean():
    (cost_mono, years_mono), (cost_both, years_both) = hiv(50)
    assert cost.icer(cost_both - cost_mono, years_both - years_mono).ratio == pytest.approx(
        5100.02, rel=1e-6
    )  # o06


def test_the_published_tornado_is_reproduced():
    """Case o07: R package heemod, one-way sensitivity of the HIV model with 20 cycles."""

    def run(values):
        (c, e), (c_both, e_both) = hiv(20, **values)
        return c_both - c, e_both - e

    ranges = {"lami": (1500, 2086, 3000), "zido": (1500, 2278, 3000), "discount": (0.04, 0.06, 0.08),
              "rr": (0.4, 0.509, 0.6)}  # fmt: skip
    table = cost.tornado(run, ranges).set_index("input")
    published = {
        "lami": (31176.0, 5.735263, 5435.845, 45395.35, 5.735263, 7915.129),
        "zido": (34409.75, 5.735263, 5999.681, 38885.22, 5.735263, 6780.024),
        "discount": (44242.38, 5.735263, 7714.097, 30907.61, 5.735263, 5389.047),
        "rr": (41156.24, 7.388802, 5570.083, 32383.64, 4.418583, 7328.966),
    }
    columns = ["cost_low", "effect_low", "ratio_low", "cost_high", "effect_high", "ratio_high"]
    for name, expected in published.items():
        assert table.loc[name, columns].tolist() == pytest.approx(expected, rel=1e-6, abs=0.006)
    assert table.index[0] == "lami"  # 14,219 between its ends, the discount 13,335


def test_a_switch_point_is_where_the_net_benefit_changes_sign():
    table = cost.tornado(lambda v: (v["price"] * 10, 2.0), {"price": (1, 2, 5)}, willingness=15).set_index(
        "input"
    )
    assert table.loc["price", "switch"] == pytest.approx(3)  # 15 × 2 = 10 × 3
    assert np.isnan(
        cost.tornado(lambda v: (v["price"], 2.0), {"price": (1, 2, 5)}, willingness=15)["switch"][0]
    )


def test_an_effect_that_may_be_none_gets_no_ratio():
    effects = np.r_[np.full(95, 1.0), np.full(5, -1.0)]
    result = cost.icer(np.full(100, 10.0), effects)
    assert not result.reliable
    assert np.isnan(result.ratio)
    assert result.no_effect == pytest.approx(0.05)
    assert result.quadrant == "more effect, more cost"


def test_value_of_information_by_hand():
    # Two options, two equally likely worlds: knowing is worth (3 + 2) / 2 - max(1.5, 1.5).
    assert cost.evpi([[3, 1], [0, 2]]) == pytest.approx(1.0)
    assert cost.evpi([[3, 0], [3, 0]]) == 0
    with pytest.raises(ValueError, match="at least two options"):
        cost.evpi([[1.0], [2.0]])


def test_the_input_that_decides_is_worth_all_of_it_and_the_other_nothing():
    rng = np.random.default_rng(1)
    effect, noise = rng.normal(0, 1, 20_000), rng.normal(0, 1, 20_000)
    benefit = np.column_stack([np.zeros(20_000), effect])
    worth = cost.evppi(benefit, {"noise": noise, "effect": effect})
    assert worth.index.tolist() == ["effect", "noise"]
    # E max(0, z) = 1 / sqrt(2 pi) for a standard normal z.
    assert worth["effect"] == pytest.approx(1 / np.sqrt(2 * np.pi), abs=0.02)
    assert worth["noise"] < 0.02


def test_acceptability_is_the_share_of_draws_that_pay():
    assert cost.acceptability([10, 10], [1, 3], [0, 5, 20]).tolist() == [0, 0.5, 1]


def test_e_values_are_the_published_ones():
    # Case o28: R package EValue's vignette, risk ratio 3.9 (1.8 to 8.7).
    assert cost.e_value(3.9, 1.8, 8.7) == pytest.approx((7.263034, 3.0), abs=1e-5)
    assert cost.e_value(1 / 3.9, 1 / 8.7, 1 / 1.8) == pytest.approx((7.263034, 3.0), abs=1e-5)
    assert cost.e_value(0.8, 0.6, 1.05)[1] == 1.0
    with pytest.raises(ValueError, match="inside its interval"):
        cost.e_value(2, 3, 4)


def test_cost_is_held_against_each_years_money():
    spent = np.full((10, 14, 2), 5.0)
    table = cost.budget_check(spent, "2026-11", {2026: 30, 2027: 100}).set_index("year")
    assert table["cost"].tolist() == [20, 120]  # two months and twelve, two levers at 5
    assert table["exceeded"].tolist() == [0, 1]


def test_discounting_and_the_half_cycle_by_hand():
    base, other = ran(BASELINE), ran(AFTERCARE)
    plain = cost.added(base, other, discount=0.0)
    assert plain.cost_krw == pytest.approx(other.cost_krw.sum(axis=(1, 2)))
    assert plain.prevented == pytest.approx(other.prevented(base))
    assert (cost.added(base, other).cost_krw < plain.cost_krw).all()
    gap = base.reisolated - other.reisolated
    assert plain.free_years == pytest.approx((gap[:, :-1] + gap[:, 1:]).sum(axis=1) / 24)


# ── Levers ────────────────────────────────────────────────────────────────────────────────────────


def test_every_lever_says_what_it_rests_on_and_no_assumed_one_claims_an_effect():
    assert len({lever.lever_id for lever in LEVERS}) == len(LEVERS)
    for lever in LEVERS:
        assert lever.evidence in "ELA"
        assert lever.source
        if lever.evidence == "A":
            assert lever.hazard_ratio[1] <= 1 <= lever.hazard_ratio[2], lever.lever_id


def test_draws_follow_the_declared_interval_uptake_and_cost():
    lever, rng = LEVERS[0], np.random.default_rng(2)
    ratio = np.exp(lever.log_ratio(40_000, rng))
    low, middle, high = np.log(0.60), np.log(0.80), np.log(1.05)
    assert np.log(np.median(ratio)) == pytest.approx(middle, abs=0.01)
    assert np.log(ratio).std() == pytest.approx((high - low) / 3.92, rel=0.02)  # statistics.md A1.4
    assert lever.uptake_share(40_000, rng).mean() == pytest.approx(0.598, abs=0.002)  # 478 of 799
    assert lever.unit_cost(40_000, rng).mean() == pytest.approx(lever.unit_cost_krw, rel=0.01)


def test_waning_lasts_as_long_as_the_area_under_it():
    # Six months of full effect, then the integral of 2^(-t/6), which is 6 / ln 2.
    t = np.linspace(0, 200, 200_001)
    assert LEVERS[0].lasting_months == pytest.approx(6 + np.trapezoid(0.5 ** (t / 6), t), rel=1e-4)


def test_impossible_levers_are_refused():
    with pytest.raises(ValueError, match="inside its interval"):
        replace(LEVERS[0], hazard_ratio=(0.5, 0.6, 0.9))
    with pytest.raises(ValueError, match="uptake must be a share"):
        replace(LEVERS[0], uptake=(5, 4))


# ── Scenarios ─────────────────────────────────────────────────────────────────────────────────────


def test_scenarios_are_compared_draw_by_draw_on_the_same_chance():
    base, one, again = (ran(s) for s in (BASELINE, AFTERCARE, replace(AFTERCARE, name="again")))
    table = scenario.differences(base, one)
    pd.testing.assert_frame_equal(table, scenario.differences(base, again))
    assert table.loc["onsets", "lower"] < table.loc["onsets", "difference"] < 0
    # The same by hand, from the draws.
    gap = one.onsets.sum(axis=1) - base.onsets.sum(axis=1)
    assert table.loc["onsets"].tolist() == pytest.approx([gap.mean(), *np.quantile(gap, [0.025, 0.975])])
    assert (scenario.differences(base, base) == 0).all(axis=None)


def test_outcomes_without_common_random_numbers_are_not_compared():
    with pytest.raises(ValueError, match="as many draws and months"):
        scenario.differences(ran(BASELINE), ran(AFTERCARE, draws=30))


def test_a_lever_added_does_not_change_the_draws_of_another():
    one, two = (scenario.run(model(), intake(), Scenario("s", LEVERS[:k]), seed=3, **FEW) for k in (1, 2))
    assert np.array_equal(one.log_ratios[:, 0], two.log_ratios[:, 0])


def test_a_scenario_cut_to_the_money_never_costs_more_on_average():
    money = {2026: 12_000_000.0, 2027: 600_000_000.0}
    sure = tuple(replace(lever, cost_cv=0, lag_months=0) for lever in LEVERS[:2])
    cut = scenario.affordable(Scenario("cut", sure), money)
    spent = scenario.run(model(), intake(500), cut, seed=1, **FEW).cost_krw.sum(axis=2)
    assert spent.max() <= 1_000_000 * (1 + 1e-9)  # a twelfth of the tightest year
    plenty = Scenario("cut", sure)
    assert scenario.affordable(plenty, {2026: 1e12}) == plenty


def kept(result=None):
    return scenario.Saved(AFTERCARE, 24, 60, 9, "m1", "d1", result or ran(AFTERCARE, seed=9).fingerprint())


def test_a_link_brings_back_the_scenario_and_a_broken_one_says_so():
    saved = kept("r1")
    link = scenario.to_link(saved)
    assert scenario.from_link(link) == saved
    assert len(link) < 1000
    for broken in (link[:-20], "x" * 10, "", "가나다"):
        with pytest.raises(ValueError, match="holds no scenario"):
            scenario.from_link(broken)


def test_a_stored_scenario_runs_to_the_same_numbers_and_says_what_has_changed():
    saved, again = kept(), ran(AFTERCARE, seed=9)
    assert scenario.changed(saved, again, model_version="m1", data_version="d1") == ()
    more = scenario.run(model(), intake(11), AFTERCARE, seed=9, **FEW)
    assert scenario.changed(saved, more, model_version="m1", data_version="d2") == ("data", "result")
    other = scenario.run(model(0.01), intake(), AFTERCARE, seed=9, **FEW)
    assert scenario.changed(saved, other, model_version="m2", data_version="d1") == ("model", "result")


def test_the_last_digits_of_a_processor_change_no_fingerprint_and_a_changed_number_does():
    result = ran(AFTERCARE, seed=9)
    rng = np.random.default_rng(1)

    def shaken(by):
        flows = {n: getattr(result, n) * (1 + by * rng.standard_normal(getattr(result, n).shape))
                 for n in ("onsets", "first_incidence", "reisolated", "cost_krw")}  # fmt: skip
        return replace(result, **flows).fingerprint()

    assert {shaken(1e-15) for _ in range(20)} == {result.fingerprint()}
    assert shaken(1e-3) != result.fingerprint()
    one = model(0.01)
    key = next(iter(one.hazards))
    near, far = (
        replace(one.hazards[key], coefficients=one.hazards[key].coefficients + e) for e in (1e-11, 1e-4)
    )
    versions = [scenario.model_version(replace(one, hazards={**one.hazards, key: h})) for h in (near, far)]
    assert versions[0] == scenario.model_version(one) != versions[1]


def test_the_exported_script_is_python_and_carries_the_seed():
    text = scenario.script(kept("r1"), "2026-10-31", "demo")
    compile(text, "script", "exec")
    assert scenario.from_link(text.split("from_link('")[1].split("'")[0]).seed == 9


@pytest.mark.parametrize(("by", "classes"), [("zone", 2), ("age_group", 3), ("alone", 2)])
def test_who_gains_is_told_by_group_with_its_interval(by, classes):
    base, other = ran(BASELINE), ran(AFTERCARE)
    label = groups()[by].to_numpy()
    table = scenario.equity(base, other, label)
    assert len(table) == classes
    assert (
        (table["lower"] < table["prevented_per_100"]) & (table["prevented_per_100"] < table["upper"])
    ).all()
    # Summed over its classes, what is prevented is what the city prevents.
    expected = np.array([base.by_group[:, label == k].sum() for k in table.index])
    prevented = (table["prevented_per_100"] / 100 * expected).sum()
    assert prevented == pytest.approx(other.prevented(base).sum())


# ── Outcomes ──────────────────────────────────────────────────────────────────────────────────────


def test_an_outcome_keeps_the_projections_numbers():
    whole = project(model(), intake(), AFTERCARE, **FEW, rng=np.random.default_rng(1))
    small = ran(AFTERCARE)
    for month in (6, 24):
        for name, values in whole.headline(month).items():
            if name != "share_now":  # the outcome's carries the chance of who comes back
                assert small.at(name, month) == pytest.approx(values)
    late, every = whole.city.late_onsets.sum(), whole.city.onsets.sum()
    assert small.beyond_data_share(24) == pytest.approx(late / every)
    assert small.share_now[:, 0] == pytest.approx(whole.share_now[:, 0])
    assert small.months == 24
    assert small.draws == 60


def test_a_fingerprint_changes_with_the_numbers_and_with_nothing_else():
    assert ran(AFTERCARE).fingerprint() == ran(replace(AFTERCARE, name="other")).fingerprint()
    assert ran(AFTERCARE).fingerprint() != ran(AFTERCARE, seed=2).fingerprint()


def test_there_are_three_numbers_and_no_fourth():
    with pytest.raises(ValueError, match="there is no number 'all'"):
        ran(BASELINE).path("all")


def test_the_difference_of_the_share_now_carries_no_luck():
    base, other = ran(BASELINE), ran(AFTERCARE)
    gap = other.share_expected[:, -1] - base.share_expected[:, -1]
    assert scenario.differences(base, other).loc["share_now", "difference"] == pytest.approx(gap.mean())
    assert gap.std() < (other.share_now[:, -1] - base.share_now[:, -1]).std()


def test_a_ratio_has_no_upper_limit_where_too_many_draws_have_no_effect():
    effects = np.r_[np.full(90, 2.0), np.full(10, -1.0)]
    low, high = cost.ratio_limits(np.full(100, 10.0), effects)
    assert (low, high) == (5.0, np.inf)
    assert cost.ratio_limits([10, 20, 30], [1, 1, 1]) == (20.0, 30.0)  # the draws next above the quantiles


def test_a_benefit_without_any_cause_is_noise():
    rng = np.random.default_rng(3)
    net = rng.normal(0, 1, 1000)
    options = np.column_stack([np.zeros(1000), net])
    floor = cost.noise_floor(options, rng)
    assert 0 < floor < 0.1
    assert cost.evppi(options, {"cause": net}).iloc[0] > 3 * floor


def test_fewer_draws_are_the_first_of_more():
    """So that today's services on as many draws as a scenario's are read off the full run."""
    for wanted, off in ((BASELINE, 0.0), (AFTERCARE, 1e-6)):
        many, few = ran(wanted, draws=60), ran(wanted, draws=20)
        for entry in fields(few):
            mine = getattr(few, entry.name)
            if isinstance(mine, np.ndarray) and entry.name != "onsets_seen":
                np.testing.assert_allclose(
                    getattr(many.first(20), entry.name), mine, rtol=off, err_msg=entry.name
                )
    assert many.first(20).draws == len(many.first(20).onsets_seen) == 20
    for wrong in (0, 61):
        with pytest.raises(ValueError, match=f"the first {wrong} "):
            many.first(wrong)


def test_rates_by_age_of_fewer_draws_are_the_first_of_more():
    one = replace(model().hazards["connected", "died"], sparse={0: (3, 900.0), 1: (0, 40.0), 2: (9, 300.0)})
    many, few = (one.draws(n, np.random.default_rng(3)) for n in (400, 7))
    np.testing.assert_array_equal(many[:7], few)
    assert many.shape == (400, 3) and len(one.draws(1500, np.random.default_rng(3))) == 1500
