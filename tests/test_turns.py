"""Where forecasts and measures turn: shares of money, boundaries of verdicts, defaults and units, each against arithmetic on a line."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from scipy.stats import t as student

from data import rollups
from forecast import demand, outturn, staffing
from forecast.reisolation import backtest, cohort, cost, glm, hazard, intervals, model, scenario
from forecast.reisolation.parameters import LEVERS
from forecast.reisolation.project import Scenario
from geo import adjacency, small_area, smoothing, spatial
from geo.own_boundaries import door, files
from guards.confined import MB
from metrics import budget, counselling, histogram, load, measure, reach, spc, trend

# ── Money of a scenario ───────────────────────────────────────────────────────────────────────────


def test_capacities_are_cut_in_the_proportion_of_the_tightest_years_twelfth():
    (lever,) = (next(lever for lever in LEVERS if lever.unit_cost_krw),)
    ten = Scenario("ten", (type(lever)(**{**vars(lever), "capacity": 10.0, "unit_cost_krw": 100.0}),))
    for year, capacity in ((6000, 5.0), (9000, 7.5), (12_000, 10.0), (24_000, 10.0), (0, 0.0), (-600, 0.0)):
        (cut,) = scenario.affordable(ten, {2026: 24_000, 2027: year}).levers
        assert cut.capacity == capacity
    assert scenario.affordable(ten, {}).levers[0].capacity == 0  # no year has money
    free = Scenario("free", (type(lever)(**{**vars(lever), "capacity": 10.0, "unit_cost_krw": 0.0}),))
    assert scenario.affordable(free, {2026: 0}).levers[0].capacity == 10


@pytest.mark.parametrize("wrong", [{"months": 0}, {"months": 121}, {"draws": 0}, {"draws": 5001}])
def test_a_scenario_runs_over_one_to_120_months_with_at_most_5000_draws(wrong):
    kept: dict[str, Any] = {
        "scenario": Scenario("x", ()), "months": 1, "draws": 1, "seed": 1, "model_version": "", "data_version": "", "result": "",
    }  # fmt: skip
    for right in ({}, {"months": 120, "draws": 5000}):
        assert scenario.Saved(**kept | right).seed == 1
    with pytest.raises(ValueError, match="1 to 120 months with 1 to 5,000 draws"):
        scenario.Saved(**kept | wrong)


def test_what_costs_just_the_money_of_a_year_does_not_exceed_it_and_a_year_without_money_has_none():
    spent = np.array(
        [[[3.0], [4.0]], [[3.0], [0.0]], [[5.0], [0.0]], [[2.0], [0.0]]]
    )  # (draws, months, levers)
    table = cost.budget_check(spent, "2026-12", {2026: 3}).set_index("year")
    assert table["exceeded"].tolist() == [0.25, 0.25] and table["remaining"].tolist() == [3, 0]
    none = cost.budget_check(np.zeros((4, 1, 1)), "2027-01", {2026: 3})
    assert none["exceeded"].tolist() == [0] and none["remaining"].tolist() == [0]


def test_a_year_is_discounted_by_four_and_a_half_percent_unless_another_rate_is_chosen():
    months = 12
    base: Any = SimpleNamespace(months=months, reisolated=np.zeros((1, months + 1)), onsets=np.ones((1, months)),
                                cost_krw=np.zeros((1, months, 1)))  # fmt: skip
    other: Any = SimpleNamespace(months=months, reisolated=np.zeros((1, months + 1)), onsets=np.zeros((1, months)),
                                 cost_krw=np.ones((1, months, 1)))  # fmt: skip
    found = cost.added(base, other)
    # Each month's at its middle: (1 − 1.045⁻¹) ÷ (1 − 1.045^(−1/12)) × 1.045^(−1/24).
    whole = (1 - 1.045**-1) / (1 - 1.045 ** (-1 / 12)) * 1.045 ** (-1 / 24)
    assert found.cost_krw == pytest.approx([whole]) and found.prevented == pytest.approx([whole])


def test_knowing_an_input_is_worth_the_best_of_each_tenth_of_its_draws():
    known = np.arange(110.0)
    gain = np.where(
        known // 11 % 2, -1.0, 1.0
    )  # every other tenth of the draws gains, the others lose as much
    found = cost.evppi(np.column_stack([np.zeros(110), gain]), {"input": known})
    assert found["input"] == pytest.approx(0.5)
    assert cost.evppi(np.column_stack([np.zeros(110), gain]), {"input": known}, knots=1)["input"] == 0


# ── The record of a forecast ──────────────────────────────────────────────────────────────────────


def test_what_a_record_is_judged_by_are_distances_from_the_ideal():
    record: Any = SimpleNamespace(
        horizons=pd.DataFrame({"horizon": [6, 12], "ratio": [0.9, 1.3]}),
        coverage=pd.DataFrame({"level": [50, 80], "coverage": [0.55, 0.70]}),
        skill=0.2,
        slope=(0.8, 0.5, 1.3),
    )
    assert backtest.measures(record).to_dict() == pytest.approx({
        "distance of O/E from 1, 6 months": 0.1, "distance of O/E from 1, 12 months": 0.3, "distance of 50 % coverage": 0.05,
        "distance of 80 % coverage": 0.1, "lost skill": 0.8, "distance of slope from 1": 0.2,
    })  # fmt: skip


def test_each_way_out_is_counted_by_its_name():
    causes = ["died", "institution", "lost", "lost", "lost", "lost", "moved", "reisolated", "reisolated", ""]
    days = pd.Timestamp("2025-01-15") + pd.to_timedelta(range(10), unit="D")
    left = pd.DataFrame({"left_on": days, "cause": causes, "seen_from_exit": True, "time": np.arange(10.0)})
    found = cohort.limits(left, as_of=pd.Timestamp("2026-01-31").date(), horizons_months=(6,), few=3)
    assert (found.exits, found.events, found.lost, found.few_events) == (10, 2, 4, True)
    assert not cohort.limits(
        left, as_of=pd.Timestamp("2026-01-31").date(), horizons_months=(6,), few=2
    ).few_events


def test_a_sandwich_adds_what_the_prior_stands_for_to_the_scores_squares():
    # One coefficient, bread ¼, the scores of two people 3 and −1: (9 + 1) ÷ 16; with a prior of precision 2, 12 ÷ 16.
    given = (
        np.ones((1, 1)),
        np.array([1.0, 2.0, -1.0]),
        np.zeros(3, int),
        np.full((1, 1), 0.25),
        np.array(["a", "a", "b"]),
    )
    assert glm.sandwich(*given) == pytest.approx(np.array([[10 / 16]]))
    assert glm.sandwich(*given, precision=np.full((1, 1), 2.0)) == pytest.approx(np.array([[12 / 16]]))


def test_a_fit_says_nothing_on_the_screen_and_gives_the_logarithm_of_the_rate(capsys):
    b, covariance = glm.solve(
        np.ones((1, 1)), np.array([40.0]), np.array([10.0]), np.array([2.0]), "log", np.zeros(1)
    )
    assert b == pytest.approx([np.log(10 / 80)]) and covariance == pytest.approx(np.array([[1 / 10]]))
    assert capsys.readouterr().out == ""


# ── Lines, tables and maps ────────────────────────────────────────────────────────────────────────


def test_talks_of_one_length_wait_half_as_long_as_talks_of_chance():
    """Pollaczek and Khinchine: one counsellor, half of the time busy: half a talk, where exponential talks wait a whole one."""
    found = staffing.simulate(
        rate=0.5 / 300, aht=300, agents=1, target_s=20, contacts=20_000, patience=None, handling_cv=0.0,
        rng=np.random.default_rng(3),
    )  # fmt: skip
    assert found.asa_s == pytest.approx(150, rel=0.08)


@pytest.mark.parametrize(
    ("how", "shown"), [("half_up", [12.3, 13, 0.25, -0.1]), ("down", [12.3, 12, 0.25, -0.2]), ("up", [12.4, 13, 0.25, -0.1])]
)  # fmt: skip
def test_a_value_keeps_the_decimals_that_its_row_may_show(how, shown):
    values = pd.Series([12.345, 12.5, 0.25, -0.15])
    found = measure.rounded(values, pd.Series([1.0, 0.0, np.nan, 1.0]), how)
    assert found.tolist() == pytest.approx(shown)


def test_an_area_without_weight_is_benchmarked_and_one_of_negative_weight_refused():
    found = small_area.benchmarked([0.2, 0.4, 0.3], [0.01, 0.01, 0.01], [1.0, 1.0, 0.0], 0.36)
    assert found.estimates == pytest.approx(
        [0.24, 0.48, 0.36]
    )  # 0.36 is 1.2 times the mean of the two that weigh
    with pytest.raises(ValueError):
        small_area.benchmarked([0.2, 0.4], [0.01, 0.01], [1.0, -0.5], 0.3)


def test_a_test_of_neighbours_needs_a_permutation():
    with pytest.raises(ValueError, match="permutations"):
        spatial.moran({}, None, seed=1, permutations=0)  # type: ignore[arg-type]


def test_shapes_that_are_worked_on_may_use_what_four_times_their_size_may():
    assert door._by_size([bytes(MB), bytes(11 * MB)]) == door.allowance(48 * MB)
    assert door.allowance(48 * MB) != door.allowance(12 * MB)


@pytest.mark.parametrize(
    ("size", "packed", "safe"),
    [(200 * MB, 20 * MB, True), (200 * MB + 1, 20 * MB, False), (10 * MB, 1, True), (10 * MB + 1, 1, False),
     (20_000_000, 200_000, True), (20_000_000, 199_999, False)],
)  # fmt: skip
def test_an_outline_unpacks_to_two_hundred_megabytes_and_a_hundredfold_at_most(
    size, packed, safe, monkeypatch
):
    parts = {part: SimpleNamespace(file_size=0, compress_size=0) for part in files.PARTS}
    parts["shp"] = SimpleNamespace(file_size=size, compress_size=packed)
    monkeypatch.setattr(files, "_shapefiles", lambda archive: {"a": parts})
    out = io.BytesIO()
    zipfile.ZipFile(out, "w").close()
    with pytest.raises(Exception) as stopped:  # the empty archive has none of the parts
        files._zip(out.getvalue(), None)
    assert isinstance(stopped.value, files.Refused) is not safe
    if not safe:
        assert stopped.value.kind == "unsafe_size" and stopped.value.detail["limit"] == 200


def test_an_archive_of_very_many_parts_is_not_opened_and_the_limit_is_a_whole_number():
    archive: Any = SimpleNamespace(infolist=lambda: [None] * (files.MAX_ENTRIES + 1))
    with pytest.raises(files.Refused) as refused:
        files._shapefiles(archive)
    assert refused.value.kind == "unsafe_size" and f"{refused.value.detail['limit']}" == "200"


# ── Rates, ratios and rows ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("costs", "effects"), [([1, 2, 3], [1, 2]), ([1, 2], [1, 2, 3]), ([], [])])
def test_draws_of_cost_and_effect_are_of_one_length(costs, effects):
    with pytest.raises(ValueError):
        cost.icer(costs, effects)


@pytest.mark.parametrize(("costs", "effects", "quadrant"), [
    (2, 1, "more effect, more cost"), (-2, 1, "more effect, less cost"), (2, -1, "less effect, more cost"), (-2, -1, "less effect, less cost"),
])  # fmt: skip
def test_a_ratio_says_in_which_quarter_of_the_plane_it_lies(costs, effects, quadrant):
    assert cost.icer(costs, effects).quadrant == quadrant


@pytest.mark.parametrize(
    "interval", [(1.5, 0.0, 2.0), (1.5, -0.5, 2.0), (0.0, 0.0, 2.0), (1.5, 1.6, 2.0), (1.5, 1.0, 1.4)]
)
def test_an_e_value_needs_a_ratio_above_nothing_within_its_limits(interval):
    with pytest.raises(ValueError, match="above 0 and inside its interval"):
        cost.e_value(*interval)


def test_a_switch_lies_where_the_line_between_two_neighbours_crosses_nothing():
    assert cost._switch((1.0, 2.0, 4.0), (-1.0, 1.0, -1.0)) == 1.5
    assert cost._switch((1.0, 2.0, 4.0), (1.0, 3.0, -1.0)) == 3.5
    assert np.isnan(cost._switch((1.0, 2.0, 4.0), (1.0, 3.0, 2.0)))


def test_a_quarter_that_is_not_old_enough_has_no_rate_and_counts_who_left():
    left = pd.DataFrame({
        "left_on": pd.to_datetime(["2025-01-15", "2025-02-15", "2025-12-15"]), "cause": ["reisolated", "", ""],
        "seen_from_exit": True, "time": [2.0, 11.0, 1.0],
    })  # fmt: skip
    table = cohort.cohort_triangle(left, as_of=pd.Timestamp("2026-01-31").date(), horizons_months=(6,))
    assert table[["period", "left", "exits", "events", "unknown", "status"]].to_numpy().tolist() == [
        ["2025Q1", 2, 2, 1, 0, "ok"], ["2025Q4", 1, 0, 0, 0, "immature"],
    ]  # fmt: skip
    assert table["rate"].tolist() == pytest.approx([0.5, np.nan], nan_ok=True)


def test_a_state_that_ends_on_the_day_on_which_it_began_was_never_at_risk():
    spell = {"person_id": "a", "state": "connected", "started_on": "2024-01-31", "entered_on": "2024-01-31", "ended_on": "2024-01-31",
             "next_state": "reisolated", "exit": None}  # fmt: skip
    assert len(intervals.expand(pd.DataFrame([spell]), as_of=date(2024, 12, 31))) == 0
    after = pd.DataFrame([{**spell, "ended_on": "2024-02-01"}])
    assert intervals.expand(after, as_of=date(2024, 12, 31))["to"].tolist() == ["reisolated"]
    later = pd.DataFrame([{**spell, "ended_on": None, "entered_on": "2025-01-01"}])
    assert len(intervals.expand(later, as_of=date(2024, 12, 31))) == 0


def test_earlier_returns_raise_the_rate_of_those_who_had_them():
    spec = hazard.Spec(
        "connected", "reisolated", bands=(0.0,), covariates=("prior_1", "prior_2", "male"), season=False
    )
    names = ("band", "prior_1", "prior_2", "male")
    b = np.log([[0.1, 2.0, 3.0, 0.5]])
    fitted = hazard.Hazard(spec, names, (0.0,), b[0], np.eye(4), np.eye(4), 50, 100.0, 60.0)
    two = pd.DataFrame({"male": [0, 1]})
    found = np.exp(model.log_rates(fitted, b, two, np.array([0.0, 5.0])))
    assert found.shape == (1, 2, 3, 2)
    assert found[0, :, :, 0] == pytest.approx(np.array([[0.1, 0.2, 0.3], [0.05, 0.1, 0.15]]))
    spec = hazard.Spec("connected", "reisolated", bands=(0.0,), covariates=("prior_any",), season=False)
    b = np.log([[0.1, 2.0]])
    fitted = hazard.Hazard(spec, ("band", "prior_any"), (0.0,), b[0], np.eye(2), np.eye(2), 50, 100.0, 60.0)
    assert np.exp(model.log_rates(fitted, b, two, np.zeros(1)))[0, 0, :, 0] == pytest.approx([0.1, 0.2, 0.2])


@pytest.mark.parametrize("link", ["log", "logit", "cloglog"])
def test_a_log_likelihood_is_the_sum_over_the_people(link):
    x, n, hits, exposure, b = (
        np.array([[1.0], [1.0]]),
        np.array([4.0, 6.0]),
        np.array([1.0, 3.0]),
        np.array([1.0, 2.0]),
        np.array([-1.0]),
    )
    eta = b[0] + np.log(exposure)
    each = {
        "log": hits * eta - n * np.exp(eta),
        "logit": hits * np.log(1 / (1 + np.exp(-eta))) + (n - hits) * np.log(1 / (1 + np.exp(eta))),
        "cloglog": hits * np.log(1 - np.exp(-np.exp(eta))) - (n - hits) * np.exp(eta),
    }[link]
    assert glm.log_likelihood(x, n, hits, exposure, b, link) == pytest.approx(each.sum())


def test_hours_that_vary_by_more_than_chance_have_the_dispersion_of_their_moments():
    """Twelve counts of 0 and twelve of 20 a day about 10: 10 + 10² ÷ k = 100, k = 1.11; two weeks tell, thirteen days do not."""
    fitted = SimpleNamespace(
        param_names=["sigma2.irregular"], params=[0.0], fittedvalues=np.full(60, np.log(240.0))
    )

    def k(days: int) -> float:
        hours = pd.date_range("2026-01-05", periods=(demand.SETTLING_D + days) * 24, freq="h")
        counts = pd.Series(np.tile([0.0, 20.0], len(hours) // 2), index=hours)
        return demand._dispersion(counts, fitted, np.full(168, 1 / 24))

    assert k(14) == k(15) == pytest.approx(100 / 90) and k(13) == k(2) == np.inf


@pytest.mark.parametrize(("q", "value"), [(0.5, 1.0), (0.75, 2.0), (1.0, 2.0), (1e-9, 1.0)])
def test_a_quantile_of_counts_is_the_value_by_which_its_share_is_reached(q, value):
    assert histogram.percentile([2, 1], [2, 2], q, width=0) == value


@pytest.mark.parametrize("q", [0.0, -0.1, 1.01])
def test_a_quantile_is_of_a_share_above_nothing_and_of_no_more_than_all(q):
    with pytest.raises(ValueError):
        histogram.percentile([1, 2], [2, 2], q, width=0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"service_level": 1.0},
        {"service_level": 1.2},
        {"shrinkage": 1.0},
        {"shrinkage": 1.5},
        {"shrinkage": -0.1},
    ],
)
def test_counsellors_are_found_for_a_share_below_all(wrong):
    given = {"service_level": 0.8, "target_s": 20, "shrinkage": 0.0} | wrong
    with pytest.raises(ValueError, match="at least 0 and of less than 1"):
        staffing.required_agents(0.01, 300, **given)


def test_windows_that_do_not_overlap_begin_as_many_origins_apart_as_cover_them():
    rows = pd.DataFrame({"origin": list("aabbccddeeffgg")})
    assert list(backtest._apart(rows, 7, 3)) == [
        "a",
        "d",
        "g",
    ]  # seven months at one origin in three: every third
    assert list(backtest._apart(rows, 6, 3)) == ["a", "c", "e", "g"] and list(
        backtest._apart(rows, 1, 3)
    ) == list("abcdefg")


def test_what_is_no_count_is_named_by_its_first_value():
    with pytest.raises(ValueError, match="not -1"):
        smoothing._checked("people", [1.0, -1.0, -2.0, 3.0], [10.0] * 4, 0.95)


def test_the_load_of_an_hour_has_students_limits_over_its_days():
    days = pd.date_range("2026-01-05", periods=5, freq="7D")  # five Mondays
    calls = pd.DataFrame({"day": days, "hour": 9, "offered": [8.0, 10, 12, 14, 16]})
    week = load.week_load(calls, pd.DataFrame({"day": days, "hour": 9, "talk": 3600}), ["talk"]).set_index(
        ["weekday", "hour"]
    )
    nine = week.loc[(0, 9)]
    # Mean 12, standard deviation √10; t of four degrees of freedom 2.776: 12 ± 2.776 × √10 ÷ √5.
    assert (nine["days"], nine["load"]) == (5, 12)
    assert (nine["low"], nine["high"]) == pytest.approx((8.074, 15.926), abs=5e-4)


def test_a_chart_may_begin_anew_from_its_second_point_on():
    assert spc.Rebase(1, "moved").index == 1
    for index, reason in ((0, "moved"), (-1, "moved"), (1, "  ")):
        with pytest.raises(ValueError, match="after the first"):
            spc.Rebase(index, reason)


def test_nobody_served_is_a_count_with_the_uncertainty_of_a_half():
    """Gamma(1/2): below 1/2 lies erf(√½) = 68.3 % of it. Of 10,000 people with a need of exactly 10 % half a person is 0.05 %."""
    frame = pd.DataFrame({"need": [10.0], "need_se": [0.0], "served": [0.0], "population": [10_000.0]})
    found = reach.gap(frame, city_need=9.0, city_reach=0.05, draws=20_000, rng=np.random.default_rng(5))
    assert found["need_above"].tolist() == [1.0]
    assert found["reach_below"][0] == found["both"][0] == pytest.approx(0.6827, abs=0.015)


def test_the_parts_of_a_plan_sum_to_its_published_total_where_one_of_them_is_nothing():
    plan = pd.DataFrame({"split": ["published", "recorded"], "planned_krw": [100, 20]})
    parts = budget.plan_parts(plan)
    assert (parts["allocated"], parts["unknown"]) == (120, 0) and sum(parts.values()) == budget.PLAN_TOTAL_KRW
    parts = budget.plan_parts(pd.DataFrame({"split": ["illustrative"], "planned_krw": [7]}))
    assert (parts["allocated"], parts["unknown"]) == (0, 7) and sum(parts.values()) == budget.PLAN_TOTAL_KRW


def season(cosine: float, sine: float) -> hazard.Hazard:
    spec = hazard.Spec("connected", "reisolated", bands=(0.0,), covariates=())
    b = np.array([0.0, cosine, sine])
    return hazard.Hazard(
        spec, ("band", "season_cos", "season_sin"), (0.0,), b, np.eye(3), np.eye(3), 50, 100.0, 60.0
    )


def test_a_season_turns_once_in_twelve_months():
    draws = np.array([[0.0, 0.3, 0.2]])
    factors = [model.season_factor(season(0.3, 0.2), draws, month)[0] for month in (12, 3, 6, 9)]
    assert factors == pytest.approx(np.exp([0.3, 0.2, -0.3, -0.2]))
    assert model.season_factor(season(0.3, 0.2), draws, 1) == pytest.approx(
        np.exp(0.3 * np.sqrt(3) / 2 + 0.2 / 2)
    )


PAST = outturn.Reference(
    share=np.array([0.4, 0.5, 0.6]),
    rate=np.array([0.8, 0.9, 1.0]),
    growth=np.ones(3),
    carried=np.zeros(3),
    refunded=np.zeros(3),
)


def test_what_a_line_paid_and_what_such_lines_spend_are_weighed_by_their_variances():
    """Half is paid by now, and of the budget .9 spent in the end; this line paid .6 of its budget, which develops to 1.2: all of it.

    Its error: (.9 ÷ .5)² × .01 × 4/3 = .0432 against .01 between lines: .01 ÷ .0532 = .188 of it counts: .188 + .812 × .9.
    """
    ceiling = np.array([10.0, 20.0])
    found = outturn._final(PAST, None, spent=6.0, ceiling=ceiling, shock=np.zeros(2))
    developed = np.minimum(6 / ceiling / 0.5, 1)
    expected = (0.01 * developed + 0.0432 * 0.9) / 0.0532
    assert found == pytest.approx(ceiling * expected)
    # A shock of one is the standard error of what is left: √(.01 × .0432 ÷ .0532).
    moved = outturn._final(PAST, None, spent=6.0, ceiling=ceiling, shock=np.full(2, -1.0))
    assert moved[1] == pytest.approx(20 * (expected[1] - np.sqrt(0.01 * 0.0432 / 0.0532)))


def test_a_lines_own_years_count_by_their_pooled_variance():
    own = outturn.Development(ultimate=7.0, se=2.0, df=3)
    found = outturn._final(PAST, own, spent=5.0, ceiling=np.array([10.0]), shock=np.zeros(1))
    pooled = (3 * (2 / 10) ** 2 + 2 * 0.0432) / 5
    assert found == pytest.approx([10 * (0.01 * 0.7 + pooled * 0.9) / (0.01 + pooled)])


def test_the_naive_week_is_the_mean_of_four_weeks_in_the_middle_of_its_band():
    rng = np.random.default_rng(2)
    counts = pd.Series(
        rng.poisson(6, 12 * 168).astype(float), index=pd.date_range("2026-01-05", periods=12 * 168, freq="h")
    )
    found = demand.naive(counts, 168)
    assert found["mean"].to_numpy() == pytest.approx(
        counts.to_numpy()[-4 * 168 :].reshape(4, 168).mean(axis=0)
    )
    rows = found[list(demand.NAMES)].to_numpy()
    assert (np.diff(rows, axis=1) >= 0).all()
    assert (np.abs(rows - found[["mean"]].to_numpy()).argmin(axis=1) == 3).mean() > 0.9 and (
        rows == found[["mean"]].to_numpy()
    ).any(axis=1).all()


def test_smoothed_figures_keep_a_part_of_the_direct_ones():
    rates = smoothing.smoothed_rates(
        np.array([3.0, 9, 20, 4, 8, 30]), np.array([100.0, 200, 300, 150, 160, 400])
    )
    assert ((rates.weights > 0) & (rates.weights < 1)).all()


def test_the_nodes_of_a_level_lie_in_the_middles_of_its_cells():
    even = smoothing._Grid.of(lambda level, size: np.zeros(len(level)), 0.5, 1.0, 1.0, 50.0, 1.0)
    assert even.weight @ even.level == pytest.approx(0.5) and 0 < even.level.min() == pytest.approx(
        1 - even.level.max()
    )


def test_centres_are_kilometres_apart_on_the_plane():
    boxes = np.array(
        [
            shapely.box(127.0, 37.4, 127.2, 37.6),
            shapely.box(127.0, 37.5, 127.2, 37.7),
            shapely.box(127.1, 37.4, 127.3, 37.6),
        ]
    )
    a, north, east = (np.array(point) for point in adjacency._centres_km(boxes))
    assert north - a == pytest.approx([0, 11.12]) and east - a == pytest.approx(
        [11.12 * np.cos(np.radians(37.5333)), 0], abs=1e-3
    )


def test_many_closures_without_scores_are_named_below_three_standard_deviations():
    """Twelve months of 100 courses with 80 scores each, then 68 or 67: of .79 on the whole the limit is .79 − 3 × √(.79 × .21 ÷ 100) = .668."""
    ended = np.array([50.0] * 11 + [200.0])
    for last, named in ((68, False), (66, True)):
        paired = np.array([80.0] * 11 + [last])
        assert counselling.bulk_closures(ended, paired, np.full(12, 100.0)).tolist() == [False] * 11 + [named]


def test_who_gains_is_a_ratio_of_sums_with_the_quantiles_of_the_draws():
    base: Any = SimpleNamespace(by_group=np.array([[10.0, 30.0, 5.0], [20.0, 40.0, 5.0]]))
    other: Any = SimpleNamespace(by_group=np.array([[5.0, 25.0, 5.0], [20.0, 10.0, 5.0]]))
    found = scenario.equity(base, other, np.array(["a", "a", "b"]))
    # Of 40 and 60 expected 10 and 30 are prevented: 40 of 100; draws of 25 and 50 in 100.
    assert found.loc["a"].tolist() == pytest.approx([40, 25 + 0.025 * 25, 50 - 0.025 * 25])
    assert found.loc["b"].tolist() == [0, 0, 0]


def test_limits_of_a_coefficient_are_196_errors_away():
    fitted = season(0.3, -0.2)
    table = hazard.Hazard(**{**vars(fitted), "covariance": np.diag([0.04, 0.01, 0.09])}).table()
    assert table["lower"].tolist() == pytest.approx([-0.392, 0.104, -0.788], abs=1e-4)
    assert table["upper"].tolist() == pytest.approx([0.392, 0.496, 0.388], abs=1e-4)


def test_an_outline_may_have_fifty_megabytes_and_says_how_many_it_has():
    assert files.MAX_BYTES == 50 * MB  # as the upload box of the page
    with pytest.raises(files.Refused) as refused:
        files.read("a.zip", bytes(50 * MB + 1))
    assert (refused.value.kind, refused.value.detail) == ("too_large", {"size": 51, "limit": 50})


@pytest.mark.parametrize(
    ("bounds", "degrees"),
    [((-180, -90, 180, 90), True), ((126.7, 37.4, 127.2, 37.7), True), ((-180.1, 0, 1, 1), False), ((0, -90.1, 1, 1), False),
     ((0, 0, 180.1, 1), False), ((0, 0, 1, 90.1), False)],
)  # fmt: skip
def test_numbers_that_can_be_degrees_are_longitude_and_latitude(bounds, degrees):
    crs = files._geojson_crs(None, np.array([shapely.box(*bounds)]))
    assert (crs is not None and crs.to_epsg() == 4326) is degrees


def test_a_shapefile_is_as_long_as_its_heads_say():
    shp = b"\x00\x00\x27\x0a" + bytes(20) + struct.pack(">i", 60) + bytes(92)  # sixty words of two bytes
    dbf = (
        bytes(4) + struct.pack("<IHH", 3, 33, 10) + bytes(51)
    )  # three records of ten bytes behind a head of 33
    assert (len(shp), len(dbf)) == (120, 63)

    def kind(shape: bytes, table: bytes) -> str | None:
        try:
            files._check_lengths({"shp": shape, "dbf": table})
        except files.Refused as refused:
            return refused.kind
        return None

    assert kind(shp, dbf) is None and kind(shp + b"\0", dbf + b"\0") is None
    assert (
        kind(shp[:-1], dbf)
        == kind(shp, dbf[:-1])
        == kind(b"\0" + shp[1:].replace(b"\x27", b"\x28"), dbf)
        == "broken"
    )
    assert kind(shp, bytes(4) + struct.pack("<IHH", 0, 33, 10) + bytes(25)) == "no_rows"


def test_a_trend_under_one_common_swing_is_judged_by_the_swing_that_is_supposed():
    """25 districts of 1,000 at 30, 40 and 40 %: one degree of freedom tells nothing of the swing; supposed, it leaves 24 for the rest.

    Over three periods a variance of every period is half of it in the slope.
    """
    trials, share = np.full((25, 3), 1000.0), np.array([0.3, 0.4, 0.4])
    found = trend.pooled(trials * share, trials, np.arange(3.0))
    chance = (share[[0, 2]] * (1 - share[[0, 2]]) / 1000).sum() / 4
    supposed = (trend.COMMON_SWING * share.mean()) ** 2 / 2
    assert found.slope == pytest.approx(np.full(25, 0.05)) and found.own_sd == 0
    assert found.upper - found.slope == pytest.approx(
        np.full(25, student.ppf(0.975, 24) * np.sqrt(chance + supposed))
    )
    assert found.slope - found.lower == pytest.approx(found.upper - found.slope)


def test_a_pooled_fit_ends_where_the_scores_meet_the_priors_pull():
    b, bread = glm.solve_pooled(
        np.ones((1, 1)),
        np.array([40.0]),
        np.array([10.0]),
        np.array([2.0]),
        "log",
        np.zeros(1),
        np.array([[4.0]]),
    )
    # 10 events in 80 months under a prior of precision 4: 10 − 80 eᵇ = 4 b.
    assert 10 - 80 * np.exp(b[0]) == pytest.approx(4 * b[0], abs=1e-8)
    assert bread == pytest.approx(np.array([[1 / (80 * np.exp(b[0]) + 4)]]), rel=1e-6)


def test_support_is_looked_up_for_each_person_alone():
    spell = {"state": "connected", "started_on": "2024-01-21", "entered_on": "2024-01-21", "ended_on": "2024-04-05", "next_state": "reisolated",
             "exit": None}  # fmt: skip
    spells = pd.DataFrame([{**spell, "person_id": person} for person in "abc"])
    supports = pd.DataFrame({"person_id": ["b", "c"], "programme_id": "care_corps", "starts_on": ["2024-02-01", "2024-03-01"],
                             "ends_on": ["2024-03-01", None]})  # fmt: skip
    rows = intervals.expand(spells, supports, as_of=date(2024, 12, 31)).drop_duplicates(["person", "month"])
    found = rows.groupby("person")[["aftercare", "aftercare_finished"]].agg(list)
    assert found["aftercare"].tolist() == [[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1]]
    assert found["aftercare_finished"].tolist() == [[0, 0, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("phq", "gad", "recovered", "improved", "deteriorated"),
    # Caseness from 10 (PHQ-9) and 8 (GAD-7) on, reliable change from 6 and 4 on, both of the IAPT manual.
    [((15, 9), (12, 7), True, True, False), ((15, 10), (12, 7), False, True, False), ((15, 9), (12, 8), False, True, False),
     ((15, 12), (12, 11), False, False, False), ((9, 3), (7, 2), False, True, False), ((12, 9), (7, 5), True, False, False),
     ((10, 16), (7, 7), False, False, True), ((10, 15), (7, 10), False, False, False), ((15, 9), (4, 8), False, False, False),
     ((15, 20), (12, 9), False, False, False), ((15, 14), (3, 7), False, False, True)],
)  # fmt: skip
def test_a_course_recovers_below_both_thresholds_and_changes_by_more_than_the_scales_error(
    phq, gad, recovered, improved, deteriorated
):
    scores = {name: tuple(map(sa.literal, pair)) for name, pair in (("PHQ-9", phq), ("GAD-7", gad))}
    rules = rollups.outcome_rules(scores, began=sa.true(), judged=sa.true())
    with sa.create_engine("sqlite://").connect() as connection:
        row = (
            connection.execute(sa.select(*(rule.label(name) for name, rule in rules.items())))
            .mappings()
            .one()
        )
    assert (bool(row["recovered"]), bool(row["reliably_improved"]), bool(row["reliably_deteriorated"])) == (
        recovered,
        improved,
        deteriorated,
    )
    assert bool(row["reliably_recovered"]) is (recovered and improved)
    assert bool(row["at_caseness"]) is (phq[0] >= 10 or gad[0] >= 8)


def test_cases_between_events_are_counted_from_nothing_on():
    assert len(spc.g_chart([0.0] + [3.0] * 20)) == 21
    with pytest.raises(ValueError, match="at least 0"):
        spc.g_chart([-0.5] + [3.0] * 20)
