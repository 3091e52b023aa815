"""Scenarios and their cost: published models through the public functions, hand arithmetic, and what may never happen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecast.reisolation import cost, scenario
from forecast.reisolation.model import groups
from forecast.reisolation.parameters import LEVERS, Lever
from forecast.reisolation.project import Scenario
from tests.test_reisolation_project import hiv, intake, model

AFTERCARE = Scenario("aftercare", LEVERS[:1])
FEW = {"months": 24, "draws": 60}


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
    base, other = (scenario.run(model(), intake(), s, seed=1, **FEW) for s in (scenario.BASELINE, AFTERCARE))
    plain = cost.added(base, other, discount=0.0)
    assert plain.cost_krw == pytest.approx(other.cost_krw.sum(axis=(1, 2)))
    assert plain.prevented == pytest.approx((base.city.onsets - other.city.onsets).sum(axis=(1, 2)))
    assert (cost.added(base, other).cost_krw < plain.cost_krw).all()
    gap = (base.city.reisolated - other.city.reisolated).sum(axis=2)
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
    table, results = scenario.compare(
        model(0.01), intake(), [AFTERCARE, replace(AFTERCARE, name="again")], seed=4, **FEW
    )
    one, other = (
        table[table["scenario"] == n].drop(columns="scenario").reset_index(drop=True)
        for n in ("aftercare", "again")
    )
    pd.testing.assert_frame_equal(one, other)
    assert len(results) == 3
    prevented = table.set_index(["scenario", "number"]).loc[("aftercare", "onsets")]
    assert prevented["lower"] < prevented["difference"] < 0


def test_no_more_than_four_and_no_two_of_one_name():
    five = [Scenario(str(k)) for k in range(5)]
    for many in (five, [five[0], five[0]]):
        with pytest.raises(ValueError, match="up to 4 scenarios of different names"):
            scenario.compare(model(), intake(), many, seed=1, **FEW)


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


def test_a_link_brings_back_the_scenario_and_a_broken_one_says_so():
    saved = scenario.save(model(), intake(), AFTERCARE, seed=9, data_version="d1", **FEW)
    link = scenario.to_link(saved)
    assert scenario.from_link(link) == saved
    assert len(link) < 1000
    for broken in (link[:-20], "x" * 10, "", "가나다"):
        with pytest.raises(ValueError, match="holds no scenario"):
            scenario.from_link(broken)


def test_a_stored_scenario_runs_to_the_same_numbers_and_says_what_has_changed():
    saved = scenario.save(model(), intake(), AFTERCARE, seed=9, data_version="d1", **FEW)
    assert scenario.rerun(saved, model(), intake(), data_version="d1")[1] == ()
    assert scenario.rerun(saved, model(), intake(11), data_version="d2")[1] == ("data", "result")
    assert scenario.rerun(saved, model(0.01), intake(), data_version="d1")[1] == ("model", "result")


def test_the_last_digits_of_a_processor_change_no_fingerprint_and_a_changed_number_does():
    result = scenario.run(model(0.01), intake(), AFTERCARE, seed=9, **FEW)
    rng = np.random.default_rng(1)

    def shaken(by):
        flows = {n: getattr(result.city, n) * (1 + by * rng.standard_normal(getattr(result.city, n).shape))
                 for n in ("onsets", "first_onsets", "reisolated")}  # fmt: skip
        return scenario.result_version(replace(result, city=replace(result.city, **flows)))

    assert {shaken(1e-15) for _ in range(20)} == {scenario.result_version(result)}
    assert shaken(1e-3) != scenario.result_version(result)
    one = model(0.01)
    key = next(iter(one.hazards))
    near, far = (
        replace(one.hazards[key], coefficients=one.hazards[key].coefficients + e) for e in (1e-11, 1e-4)
    )
    versions = [scenario.model_version(replace(one, hazards={**one.hazards, key: h})) for h in (near, far)]
    assert versions[0] == scenario.model_version(one) != versions[1]


def test_the_exported_script_is_python_and_carries_the_seed():
    saved = scenario.save(model(), intake(), AFTERCARE, seed=9, data_version="d1", **FEW)
    text = scenario.script(saved, "spells.csv", "2026-10-31")
    compile(text, "script", "exec")
    assert scenario.from_link(text.split("from_link('")[1].split("'")[0]).seed == 9


def test_who_gains_is_shown_by_group_with_its_interval():
    base, other = (scenario.run(model(), intake(), s, seed=1, **FEW) for s in (scenario.BASELINE, AFTERCARE))
    table = scenario.equity(base, other, groups(), ["age_group", "alone"])
    assert len(table) == 6
    assert (
        (table["lower"] < table["prevented_per_100"]) & (table["prevented_per_100"] < table["upper"])
    ).all()


@pytest.mark.parametrize(("by", "classes"), [(["zone"], 2), (["age_group"], 3)])
def test_who_gains_is_told_by_zone_and_by_age(by, classes):
    at = intake()
    half = replace(at, monthly=at.monthly * np.where(groups()["zone"] == 1, 3.0, 1.0))
    base, other = (scenario.run(model(), half, s, seed=1, **FEW) for s in (scenario.BASELINE, AFTERCARE))
    table = scenario.equity(base, other, groups(), by)
    assert len(table) == classes
    # Classes of one risk who are served in proportion gain alike, however many they are.
    assert table["prevented_per_100"].to_numpy() == pytest.approx(table["prevented_per_100"].mean(), rel=1e-9)


def test_levers_are_declared_in_one_place():
    assert all(isinstance(lever, Lever) for lever in LEVERS)
    assert {"aftercare", "peer", "outing", "counselling", "mind_store", "call_back", "detection"} == {
        lever.lever_id for lever in LEVERS
    }
