"""Every public function of metrics, geo and forecast says what it takes: odd input is refused by name, or missing where it says so."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forecast
import geo
import metrics
from forecast import attainment, backtest, chain_ladder, demand, outturn, plan_end, scores, staffing
from forecast.reisolation import cohort, cost, evaluate, flow, hazard, intervals, markov, project, states
from forecast.reisolation.model import group_codes, groups
from geo import borrowing, permutation, rates, small_area, spatial
from guards import Choice, Numbers, Table, number, numbers, table, takes
from metrics import (
    alarms,
    budget,
    counselling,
    curve,
    execution,
    funding,
    histogram,
    lift,
    load,
    measure,
    reach,
    spc,
    stopped,
    thread,
    thread_money,
    trend,
    unit_cost,
    waits,
)
from metrics import intervals as limits

RNG = np.random.default_rng(1)
N = 8
ONES, UP = [1.0] * N, [float(k) for k in range(1, N + 1)]
HALF = [0.5] * N
TWO = [[1.0, 2.0]] * N
CELLS = pd.DataFrame({
    "fiscal_year": [2025, 2025, 2026], "month_key": [202501, 202512, 202601], "programme_id": "a", "district_code": "unknown",
    "kind": ["appropriation_original", "expenditure", "appropriation_original"], "funding": "city", "line_type": "operating",
    "amount_krw": [100, 60, 50],
})  # fmt: skip
LINES = pd.DataFrame([
    {"fiscal_year": y, "programme_id": "a", "line_type": "x", "month": m, "spent": 8 * m + y % 3, "budget": 100, "carry_out": 0}
    for y in range(2020, 2026) for m in range(1, 13)
])  # fmt: skip
SPELLS = pd.DataFrame({
    "person_id": ["a", "a", "b"], "state": ["connected", "reisolated", "connected"], "started_on": ["2024-01-10", "2024-05-01", "2024-02-01"],
    "entered_on": ["2024-01-10", "2024-05-01", "2024-02-01"], "ended_on": ["2024-05-01", None, "2024-06-01"],
    "next_state": ["reisolated", None, None], "exit": [None, None, "lost"], "prior_reisolations": [0, 0, 0],
})  # fmt: skip
COHORT = pd.DataFrame({
    "left_on": pd.to_datetime(["2024-01-10", "2024-02-01"]), "time": [3.0, 5.0], "cause": ["reisolated", ""], "seen_from_exit": True,
})  # fmt: skip
ROWS = pd.DataFrame({
    "state": "connected", "to": ["back", "", "", ""], "clock": [0.0, 0, 1, 2], "months": 1.0, "age_group": 0, "month": pd.Timestamp("2024-01-01"),
    "age_band": "40-64", "sex": "male", "lives_alone": True, "prior_reisolations": 0,
})  # fmt: skip
HOURS = pd.Series(
    np.random.default_rng(3).poisson(5, 40 * 168).astype(float),
    pd.date_range("2025-01-06", periods=40 * 168, freq="h"),
)
CHART = spc.xmr(UP)
SPEC = hazard.Spec("connected", "back", covariates=(), season=False)
GIVEN = {"year": 2025, "month": 6, "draws": 20}
NODES = budget.tree(CELLS, pd.DataFrame({"programme_id": ["a"], "task_id": "t", "strategy_id": "s"}),
                    pd.DataFrame({"programme_id": ["a"], "plan_original": [5], "plan_current": [6]}), closed_before=2026)  # fmt: skip
PAID = LINES.assign(spent=5 * LINES["month"] + LINES["fiscal_year"] % 3)
RUNNING = outturn.YearForecast(
    pd.DataFrame({"programme_id": ["a"]}), {"budget": 5.0}, np.ones((9, 1)), np.zeros((9, 1))
)
SUMS = pd.DataFrame({"area_code": list("abcdefgh"), "numerator": UP, "denominator": 90.0, "squares": 90.0})
COURSE, COARSE = curve.Course(time="days", kind="kind", event="x"), curve.Coarse(least=2)
COURSES = pd.DataFrame({"days": UP, "kind": ["x", ""] * 4, "cases": 1.0})
SHIFTS = pd.DataFrame({"day": pd.Timestamp("2025-01-06"), "hour": [9, 10], "offered": [4.0, 6.0]})
WAITED = pd.DataFrame(
    {"outcome": ["answered", "answered", "abandoned"], "wait_s": [10, 40, 5], "contacts": [30, 20, 10]}
)
TESTED = pd.DataFrame(
    {
        "actual": [1.0],
        "budget": [2.0],
        "estimate": [1.0],
        "low_80": [0.0],
        "high_80": [2.0],
        "method": ["mack"],
    }
)


def first(
    *calls: tuple[Callable[..., Any], dict[str, Any]],
) -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    return {f"{f.__module__}.{f.__name__}": (f, kwargs) for f, kwargs in calls}


# One call of each that works.
PACE = attainment.total_pace(np.array([9.0, 11, 10, 12, 9, 10, 11, 9]), 1)
CALLS = first(
    (limits.wilson, {"successes": HALF, "trials": UP}),
    (limits.exact_poisson, {"count": UP, "exposure": UP}),
    (limits.difference, {"first": [0.5, 0.4, 0.6], "second": [0.7, 0.6, 0.8]}),
    (limits.byar, {"count": UP, "exposure": UP}),
    (spc.xmr, {"values": UP, "freeze": 3}),
    (spc.p_chart, {"events": HALF, "trials": UP}),
    (spc.u_chart, {"events": HALF, "exposure": UP}),
    (spc.c_chart, {"counts": UP}),
    (spc.g_chart, {"between": UP}),
    (spc.special_causes, {"values": UP, "centre": 4, "lower": 0, "upper": 9}),
    (spc.variation, {"chart": CHART, "better": "higher"}),
    (spc.assurance, {"lower": 1.0, "upper": 2.0, "target": 1.5, "better": "higher"}),
    (spc.uninformative, {"centre": 1.0, "target": 1.5, "better": "higher"}),
    (alarms.autocorrelation, {"chart": CHART}),
    (alarms.false_alarms, {"points": 12, "rng": RNG, "draws": 3, "lag1": 0.1}),
    (histogram.percentile, {"starts": UP, "counts": UP, "q": 0.5, "width": 1.0}),
    (histogram.longest, {"starts": UP, "counts": UP}),
    (histogram.lorenz, {"times": UP, "people": UP}),
    (histogram.top_share, {"times": UP, "people": UP, "share": 0.1}),
    (histogram.binned_cv, {"starts": UP, "counts": UP, "width": 1.0}),
    (load.per_day_hours, {"rows": SHIFTS, "columns": {"load": "offered"}}),
    (load.week_load, {"calls": SHIFTS, "line": SHIFTS, "parts": ["offered"]}),
    (waits.wait_summary, {"waits": WAITED}),
    (waits.service_levels, {"waits": WAITED, "target_s": 20}),
    (measure.share_limits, {"top": UP, "bottom": [9.0] * N, "slack": 2.0}),
    (spc.rules, {"x": np.array(UP), "c": np.full(N, 4.0), "lo": np.zeros(N), "up": np.full(N, 9.0)}),
    (spc.verdicts, {"chart": CHART, "target": 1.5, "better": "higher"}),
    (trend.observed, {"sums": SUMS.assign(year=2025)}),
    (lift.yields, {"found": HALF, "tried": UP, "all_found": 20, "all_tried": 50, "unit_cost": 2.0, "slack": 0.0}),
    (lift.sides, {"found": HALF, "tried": UP, "all_found": 20.0, "all_tried": 50.0, "cut": 0.05}),
    (lift.cut, {"found": HALF, "tried": UP, "all_found": 20.0, "all_tried": 50.0, "rate": 0.05}),
    (lift.adjusted, {"p": HALF}),
    (reach.ratio_limits, {"top": UP, "top_limits": (HALF, UP), "bottom": UP, "bottom_limits": (HALF, UP)}),
    (reach.reach, {"frame": pd.DataFrame({"served": UP, "slack": 0.0, "isolated": 9.0, "isolated_lower": 5.0, "isolated_upper": 12.0})}),
    (reach.gap, {"frame": pd.DataFrame({"need": UP, "need_se": 1.0, "served": UP, "population": 99.0}), "city_need": 3.0,
                 "city_reach": 9.0, "draws": 10, "rng": RNG}),
    (counselling.spread, {"pairs": pd.DataFrame({"cases": [2, 1], "first": [9.0, 3.0], "last": [4.0, 2.0]})}),
    (counselling.difference_error, {"sd": 2.0, "reliability": 0.8}),
    (counselling.smallest_reliable, {"sd": 2.0, "reliability": 0.8}),
    (counselling.reliable_change, {"pre": UP, "post": UP, "sd": 2.0, "reliability": 0.8}),
    (counselling.jacobson_truax, {"pre": UP, "post": UP, "sd": 2.0, "reliability": 0.8, "clinical_mean": 5.0, "normal_mean": 2.0,
                                  "normal_sd": 1.0}),
    (counselling.outcomes, {"cases": pd.DataFrame({"case_id": ["a", "b"], "attended": [2, 3], "referred_on": "2025-01-01",
                                                   "first_session_on": "2025-01-09", "ended_on": "2025-03-01"}),
                            "measures": pd.DataFrame({"case_id": ["a", "a"], "instrument": "PHQ-9", "measured_on": ["1", "2"],
                                                      "score": [12, 5]})}),
    (counselling.incidence, {"days": UP, "kind": ["x", ""] * 4, "cases": ONES, "event": "x"}),
    (counselling.merged_times, {"days": UP, "event": [True] * N, "cases": ONES, "least": 2}),
    (counselling.reached_by, {"curve": pd.DataFrame({"time": UP, "incidence": HALF}), "share": 0.2}),
    (curve.whole, {"rows": COURSES, "course": COURSE}),
    (curve.steps, {"rows": COURSES, "course": COURSE, "coarse": COARSE}),
    (curve.at, {"rows": COURSES, "times": UP, "course": COURSE, "coarse": COARSE}),
    (curve.loglog_limits, {"p": HALF, "error": [0.1] * N}),
    (thread.arrival, {"days": UP, "kind": ["reached", "open"] * 4, "people": ONES}),
    (thread.bounds, {"due": 10.0, "yes": 4.0, "no": 3.0}),
    (thread.staying, {"entering": 10.0, "onward": 4.0, "ended": 3.0, "silent": 1.0}),
    (thread.distinct, {"people": UP}),
    (thread_money.parts, {"amount": UP, "weights": np.ones((N, 2))}),
    (curve.drawn_to, {"curve": pd.DataFrame({"time": UP, "value": 1.0, "lower": 0.0, "upper": 2.0}), "end": 9.0}),
    (counselling.bulk_closures, {"ended": UP, "paired": HALF, "completed": UP}),
    (budget.staged, {"cells": CELLS, "closed_before": 2026}),
    (budget.consolidated, {"cells": CELLS}),
    (budget.movement, {"cells": CELLS, "closed_before": 2026}),
    (budget.movement_breaks, {"cells": CELLS, "transfers": pd.DataFrame({"fiscal_year": [2025], "document_no": "d", "kind": "transfer_in",
                                                                         "amount_krw": [5]})}),
    (budget.tree, {"cells": CELLS, "programmes": pd.DataFrame({"programme_id": ["a"], "task_id": "t", "strategy_id": "s"}),
                   "planned": pd.DataFrame({"programme_id": ["a"], "plan_original": [5], "plan_current": [6]}), "closed_before": 2026}),
    (budget.tree_breaks, {"nodes": budget.tree(CELLS, pd.DataFrame({"programme_id": ["a"], "task_id": "t", "strategy_id": "s"}),
                          pd.DataFrame({"programme_id": ["a"], "plan_original": [5], "plan_current": [6]}), closed_before=2026)}),
    (budget.earned_by_programme, {"nodes": NODES, "outputs": pd.DataFrame({"programme_id": ["a"], "planned": [2.0], "delivered": [1.0],
                                                                           "verified_on": "2025-01-01"}), "month": 6}),
    (budget.plan_parts, {"plan": pd.DataFrame({"split": ["recorded", "illustrative"], "planned_krw": [5, 6]})}),
    (budget.rate, {"numerator": 1.0, "denominator": 2.0}),
    (budget.earned_value, {"bac": 8.0, "pv": 2.4, "ev": 1.6, "ac": 3.0}),
    (budget.earned, {"outputs": pd.DataFrame({"programme_id": ["a"], "planned": [2.0], "delivered": [1.0], "verified_on": "2025-01-01"}),
                     "budgets": pd.Series({"a": 10})}),
    (execution.line_months, {"cells": CELLS}),
    (execution.profile, {"lines": LINES, "before": 2024}),
    (execution.burst_index, {"lines": LINES}),
    (execution.stale_months, {"cells": CELLS, "month": 6}),
    (execution.standing, {"lines": LINES, "cells": CELLS, "year": 2025, "month": 6}),
    (execution.band, {"lines": LINES, "budgets": pd.Series({"x": 5.0}), "before": 2025}),
    (execution.parked, {"cells": CELLS, "closed_before": 2026}),
    (funding.flows, {"cells": CELLS, "strategies": pd.Series({"a": "s"}), "closed_before": 2026}),
    (funding.exposure, {"cells": CELLS, "closed_before": 2026, "share": 0.1}),
    (funding.later_cells, {"cells": CELLS, "planned": pd.DataFrame({"programme_id": ["a"], "fiscal_year": [2027], "planned_krw": [9.0]}),
                           "year": 2026}),
    (stopped.account, {"cells": CELLS, "transfers": pd.DataFrame({"programme_id": ["a"], "kind": "transfer_out", "counterpart": "b",
                                                                  "amount_krw": [0]}),
                       "plans": pd.DataFrame({"version": [1], "programme_id": "a", "fiscal_year": [2025], "planned_krw": [100]}),
                       "programme": "a", "year": 2026, "closed_before": 2026}),
    (measure.rounded, {"values": pd.Series(UP), "digits": pd.Series(ONES), "how": "up"}),
    (trend.cochran_armitage, {"events": [[1.0, 2.0, 3.0]] * 2, "trials": [[9.0, 9.0, 9.0]] * 2, "scores": [1.0, 2.0, 3.0]}),
    (unit_cost.cost_per_outcome, {"won": UP, "outcomes": UP}),
    (scores.interval_score, {"y": UP, "lower": HALF, "upper": UP, "alpha": 0.2}),
    (scores.wis, {"y": UP, "quantiles": [[1.0, 2.0, 3.0]] * N, "levels": [0.1, 0.5, 0.9]}),
    (scores.crps_normal, {"y": UP, "mean": UP, "sd": ONES}),
    (scores.crps_ensemble, {"y": UP, "ensemble": TWO}),
    (scores.crps_negative_binomial, {"y": UP, "mean": UP, "size": ONES}),
    (chain_ladder.chain_ladder, {"triangle": [[1.0, 2.0, 3.0], [1.0, 2.0, np.nan], [2.0, np.nan, np.nan]]}),
    (outturn.reference, {"lines": LINES, "line_type": "x", "month": 6, "before": 2025}),
    (outturn.intervals, {"drawn": UP}),
    (outturn.line_draws, {"lines": LINES, "rng": RNG, **GIVEN}),
    (outturn.forecast_year, {"lines": LINES, "seed": 1, **GIVEN}),
    (outturn.own_development, {"paid": LINES.pivot(index="fiscal_year", columns="month", values="spent"), "month": 6, "year": 2025}),
    (backtest.backtest, {"lines": LINES, "before": 2023, "seed": 1, "draws": 10}),
    (backtest.inside, {"tested": TESTED, "level": 80}),
    (backtest.told, {"tested": TESTED}),
    (backtest.rms_error, {"tested": TESTED, "column": "estimate"}),
    (plan_end.five_years, {"closed": pd.DataFrame({2025: [10.0]}, index=["a"]), "running": outturn.YearForecast(
        pd.DataFrame({"programme_id": ["a"]}), {"budget": 5.0}, np.ones((9, 1)), np.zeros((9, 1))),
        "planned": pd.DataFrame({2027: [10.0]}, index=["a"]), "rates": HALF, "total": 9.0, "seed": 1}),
    (plan_end.of_ledger, {"lines": PAID, "plan": pd.DataFrame({"programme_id": ["a"], "fiscal_year": [2026], "planned_krw": [10]}),
                          "running": RUNNING, "year": 2025, "years": (2025, 2026), "total": 9.0, "seed": 1}),
    (demand.whole_hours, {"counts": HOURS, "until": HOURS.index.max()}),
    (demand.naive, {"counts": HOURS, "hours": 24}),
    (staffing.erlang_b, {"load": 2.0, "agents": 3}),
    (staffing.erlang_c, {"rate": 0.01, "aht": 180.0, "agents": 3, "target_s": 20.0}),
    (staffing.erlang_a, {"rate": 0.01, "aht": 180.0, "patience": 60.0, "agents": 3, "target_s": 20.0}),
    (staffing.across, {"queue": lambda r: staffing.erlang_a(r, 180, 60, 3, 20), "rate": 0.01, "dispersion": 2.0}),
    (staffing.scheduled, {"agents": 3, "shrinkage": 0.3}),
    (staffing.required_agents, {"rate": 0.01, "aht": 180.0, "target_s": 20.0, "service_level": 0.8, "patience": 60.0,
                                "max_abandon": 0.5, "max_occupancy": 0.9, "shrinkage": 0.3, "dispersion": 5.0}),
    (staffing.simulate, {"rate": 0.01, "aht": 180.0, "agents": 3, "target_s": 20.0, "rng": RNG, "contacts": 50, "patience": 60.0,
                         "handling_cv": 1.2, "dispersion": 5.0}),
    (staffing.replicated, {"run": lambda rng: staffing.erlang_b and staffing.Queue(1, 0.1, 0.1, 1.0, 0.1, 0.1, True), "seed": 1, "runs": 2}),
    (attainment.total_pace, {"counts": [9.0] * N, "horizon": 1}),
    (attainment.ratio_pace, {"parts": UP, "wholes": [90.0] * N, "horizon": 1, "share": True}),
    (attainment.chance, {"pace": PACE, "target": 120.0, "done": 100.0}),
    (attainment.total, {"pace": PACE, "q": 0.2, "done": 100.0}),
    (attainment.reached, {"pace": PACE, "target": 120.0, "done": 100.0, "q": 0.5}),
    (cost.icer, {"costs": UP, "effects": UP}),
    (cost.acceptability, {"costs": UP, "effects": UP, "willingness": [1.0, 2.0]}),
    (cost.evpi, {"net_benefit": TWO}),
    (cost.evppi, {"net_benefit": TWO, "inputs": {"a": UP}, "knots": 2}),
    (cost.ratio_limits, {"costs": UP, "effects": UP}),
    (cost.noise_floor, {"net_benefit": TWO, "rng": RNG, "tries": 2}),
    (cost.tornado, {"run": lambda v: (v["a"], 1.0), "inputs": {"a": (1.0, 2.0, 3.0)}, "willingness": 1.0}),
    (cost.e_value, {"ratio": 2.0, "lower": 1.0, "upper": 3.0}),
    (cost.budget_check, {"cost_krw": np.ones((4, 3, 1)), "first_month": "2026-01", "remaining_krw": {2026: 1.0}}),
    (evaluate.observed_over_expected, {"observed": 3, "expected": 2.0, "confidence": 0.9}),
    (evaluate.calibration_slope, {"y": [0.0, 1.0] * 4, "linear_predictor": UP, "exposure": ONES}),
    (evaluate.coverage, {"y": UP, "draws": [UP, UP]}),
    (evaluate.pit, {"y": UP, "draws": [UP, UP]}),
    (evaluate.publish, {"index": 0.1, "oe_limits": (0.9, 1.1), "inside_80": 20, "months": 24, "change_p": 0.5}),
    (evaluate.refuse, {"skill": 0.1, "inside_80": 20, "points": 30}),
    (evaluate.normal_quantiles, {"mean": UP, "sd": ONES, "levels": [0.1, 0.9]}),
    (evaluate.ipcw_brier, {"time": UP, "event": [1, 0] * 4, "predicted_survival": HALF, "horizon": 4.0}),
    (flow.treated_tracks, {"log_ratios": TWO, "overlap": 0.7, "lowest": 0.4}),
    (markov.transition_probabilities, {"intensities": [[-1.0, 1.0], [0.0, 0.0]], "time": 2.0}),
    (markov.length_of_stay, {"intensities": [[-1.0, 1.0], [0.0, 0.0]], "horizon": 2.0}),
    (markov.first_passage, {"intensities": [[-1.0, 1.0], [0.0, 0.0]], "target": 1}),
    (markov.cohort_markov, {"p": [[0.5, 0.5], [0.0, 1.0]], "initial": [1.0, 0.0], "cycles": 3, "costs": [1.0, 2.0],
                            "effects": [1.0, 0.0], "correction": "start"}),
    (states.kaplan_meier, {"time": UP, "event": [1, 0] * 4}),
    (states.cumulative_incidence, {"time": UP, "cause": [1, 0] * 4}),
    (states.aalen_johansen, {"entry": [0.0] * N, "exit": UP, "state_from": ["a"] * N, "state_to": ["b"] * N}),
    (states.log_log_limits, {"p": 0.5, "error": 0.1, "confidence": 0.9}),
    (states.log_rank, {"time": UP, "event": [1, 0] * 4, "group": [0, 1] * 4}),
    (cohort.confirmed, {"spells": SPELLS, "rules": cohort.read_rules()}),
    (cohort.first_exits, {"spells": SPELLS, "as_of": pd.Timestamp("2026-12-31").date()}),
    (cohort.fixed_horizon, {"cohort": COHORT, "as_of": pd.Timestamp("2026-12-31").date(), "horizons_months": (6,)}),
    (cohort.cohort_triangle, {"cohort": COHORT, "as_of": pd.Timestamp("2026-12-31").date(), "horizons_months": (6,)}),
    (cohort.limits, {"cohort": COHORT, "as_of": pd.Timestamp("2026-12-31").date(), "horizons_months": (6,), "few": 30}),
    (cohort.follow_up_sample, {"unknown": 20, "exits": 50, "half_width": 0.05, "share": 0.5, "confidence_z": 1.96}),
    (intervals.expand, {"spells": SPELLS, "as_of": pd.Timestamp("2024-12-31").date()}),
    (intervals.from_monthly, {"facts": pd.DataFrame({"state": ["connected"], "month_key": [202501], "duration_band": "3-6",
                                                     "person_days": [30], "to_lost": [0]}), "to": "lost"}),
    (hazard.traits, {"rows": ROWS}),
    (hazard.fit, {"transitions": ROWS, "spec": SPEC}),
    (hazard.design, {"rows": ROWS, "bands": [0.0, 1.0], "spec": SPEC}),
    (small_area.interval, {"estimates": UP, "mse": UP, "confidence": 0.9}),
    (small_area.benchmarked, {"estimates": HALF, "mse": UP, "weights": UP, "total": 0.4}),
    (small_area.rank_intervals, {"estimates": UP, "ses": ONES, "draws": 9, "rng": RNG}),
    (small_area.fay_herriot, {"direct": UP, "variance": ONES, "covariates": np.ones((N, 1))}),
    (small_area.smoothed_variance, {"direct": HALF, "effective_n": UP, "covariates": np.ones((N, 1))}),
    (rates.eb_marshall, {"events": UP, "population": [90.0] * N, "confidence": 0.9}),
    (rates.directly_standardised, {"events": UP, "population": [90.0] * N, "standard": UP, "multiplier": 1000.0, "confidence": 0.9}),
    (rates.slope_index, {"rate": UP, "population": UP, "rank_order": UP, "draws": 9, "confidence": 0.9}),
    (rates.standing, {"observed": HALF, "size": UP, "found": rates.funnel_limits(HALF, UP, target=0.4)}),
    (rates.funnel_limits, {"observed": HALF, "size": UP, "target": 0.4, "grid": UP}),
    (borrowing.survey_shares, {"sums": SUMS, "codes": list("abcdefgh"), "design": np.c_[ONES, HALF[:4] + UP[:4]]}),
    (borrowing.count_rates, {"sums": SUMS, "codes": list("abcdefgh")}),
    (borrowing.count_shares, {"sums": SUMS, "codes": list("abcdefgh")}),
    (borrowing.age_standardised, {"by_age": SUMS.assign(age_band="40-64"), "codes": list("abcdefgh"), "scale": 1000.0}),
    (borrowing.inequality, {"sums": SUMS, "people": pd.Series(UP, list("abcdefgh")), "order": pd.Series(UP, list("hgfedcba")),
                            "scale": 100.0, "poisson": True, "rng": RNG}),
    (borrowing.effective_size, {"sums": SUMS, "codes": list("abcdefgh")}),
    (permutation.benjamini_hochberg, {"p": HALF}),
    (spatial.classes, {"z": UP, "lag": UP, "p": HALF, "alpha": 0.1}),
    (permutation.two_sided, {"observed": 1.0, "simulated": UP}),
    (permutation.shuffled_indices, {"z": UP, "weights": np.ones((N, N)), "permutations": 5, "seed": 1}),
    (permutation.conditional_p, {"z": UP, "around": [np.array([(k + 1) % N]) for k in range(N)], "permutations": 5, "seed": 1}),
)  # fmt: skip

# Guarded in their own words: what the same trials may expect of them.
OWN = {
    "metrics.unit_cost.cost_per_outcome": {"won": numbers("n"), "outcomes": numbers("n", low=0, missing=True)},
    "forecast.chain_ladder.chain_ladder": {"triangle": numbers("m", "k", missing=True)},
    "forecast.staffing.erlang_c": {
        "rate": number(low=0), "aht": number(above=0), "agents": number(low=0), "target_s": number(low=0),
    },
    "forecast.staffing.erlang_a": {
        "rate": number(low=0), "aht": number(above=0), "patience": number(above=0), "agents": number(low=0), "target_s": number(low=0),
    },
    "forecast.reisolation.states.kaplan_meier": {"time": numbers("n")},
    "forecast.reisolation.states.cumulative_incidence": {"time": numbers("n")},
    "forecast.reisolation.states.aalen_johansen": {"entry": numbers("n"), "exit": numbers("n")},
    "geo.small_area.fay_herriot": {"direct": numbers("m", missing=True), "covariates": numbers("m", "p")},
    "geo.small_area.smoothed_variance": {"direct": numbers("m", missing=True, low=0, high=1), "covariates": numbers("m", "p")},
    "geo.borrowing.inequality": {"order": numbers("k", missing=True)},
    "geo.rates.slope_index": {"draws": number(low=1, whole=True), "confidence": number(above=0, below=1)},
}  # fmt: skip

# No call here, each with its reason.
ELSEWHERE = {
    "metrics.equity.concentration_curve": "refusals by its own test", "metrics.equity.rate_draws": "refusals by its own test",
    "forecast.reisolation.project.estimates": "a model, as `project`", "metrics.waits.p90": "seconds and numbers of facts",
    "metrics.thread.best_quarter": "refusals by its own test", "metrics.thread_money.cost": "refusals by its own test",
    "metrics.thread_money.assigned": "the ledger's cells; `parts` checks them", "metrics.thread_money.minutes": "counts as published",
    "forecast.attainment.monthly": "refusals by its own test",
    "metrics.equity.index_of": "a curve of `concentration_curve`",
    "metrics.equity.concentration_index": "as `concentration_curve`, which checks first",
    "metrics.spc.mean_moving_range": "values come from the charts, which check them",
    "metrics.spc.causes": "`special_causes` on arrays that it has checked; called a thousand times by `false_alarms`",
    "metrics.counselling.reliability_interval": "refusals by its own test", "metrics.counselling.shares": "counts of `outcomes`",
    "metrics.budget.earned_together": "items of `earned_by_programme`",
    "metrics.frame.check": "is itself the check of a metric frame", "metrics.frame.keys": "names only",
    "metrics.measure.measure": "its frame is checked by `frame.check`", "metrics.measure.target_on": "looks up a day",
    "metrics.measure.verdicts": "a checked metric frame", "metrics.registry.get": "looks up a name",
    "metrics.stopped.replanned": "versions of a plan that the store holds", "metrics.trend.measured": "is itself a check",
    "geo.smoothing.smoothed_rates": "refusals by its own test", "geo.smoothing.smoothed_shares": "refusals by its own test",
    "metrics.trend.pooled": "events and trials as `cochran_armitage`, which checks them first",
    "metrics.trend.of": "`measured` and `cochran_armitage` check what it gives them",
    "forecast.backtest.scores": "the frame of `backtest`", "forecast.backtest.totals": "the frame of `backtest`",
    "forecast.demand.public_holidays": "years", "forecast.demand.forecast": "half a minute; counts as `naive`",
    "forecast.demand.backtest": "half a minute; counts as `naive`", "forecast.demand.dispersion": "half a minute; counts as `naive`",
    "forecast.demand.day_model": "half a minute; counts as `naive`",
    "forecast.reisolation.cost.added": "two outcomes of the model", "forecast.reisolation.cohort.read_rules": "a file",
    "forecast.reisolation.project.project": "a model and its intake", "forecast.reisolation.project.stock": "spells, as `first_exits`",
    "forecast.reisolation.project.first_incidence": "as `project`", "forecast.reisolation.flow.first_returns": "as `project`",
    "forecast.reisolation.rates.kind_of": "a number of tracks",
    "geo.spatial.moran": "values by area code; refusals by its own tests", "geo.spatial.moran_rate": "as `moran`",
    "geo.spatial.local_moran": "as `moran`", "geo.spatial.local_moran_rate": "as `moran`",
}  # fmt: skip
# Whole modules that take no numbers from outside: models and results of the re-isolation outlook, codes, shapes.
MODULES = (
    "forecast.reisolation.allocation",
    "forecast.reisolation.backtest", "forecast.reisolation.glm", "forecast.reisolation.model", "forecast.reisolation.outcome",
    "forecast.reisolation.pooling", "forecast.reisolation.scenario", "forecast.reisolation.sensitivity", "geo.__main__",
    "geo.adjacency", "geo.areas", "geo.boundaries", "geo.own_boundaries",
)  # fmt: skip


def public() -> set[str]:
    found = set()
    for package in (metrics, geo, forecast):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if module.name == "geo.__main__":
                continue
            loaded = importlib.import_module(module.name)
            found |= {
                f"{f.__module__}.{name}" for name, f in inspect.getmembers(loaded, inspect.isfunction)
                if f.__module__ == module.name and not name.startswith("_")
            }  # fmt: skip
    return found


def test_every_public_function_is_tried_here_or_says_why_not():
    missing = {name for name in public() - set(CALLS) - set(ELSEWHERE) if not name.startswith(MODULES)}
    assert not missing
    assert not (set(CALLS) & set(ELSEWHERE)) and set(CALLS) | set(ELSEWHERE) <= public()


def rules_of(name: str) -> dict[str, Any]:
    return getattr(CALLS[name][0], "takes", {}) | OWN.get(name, {})


@pytest.mark.parametrize("name", sorted(CALLS))
def test_each_works_as_it_is_meant_to_and_states_a_rule_for_what_it_takes(name):
    function, kwargs = CALLS[name]
    function(**kwargs)
    assert rules_of(name)


def spoilt(rule: Numbers, value: Any, draw: Callable[..., Any]) -> tuple[Any, bool]:
    """A value of the argument that does not fit, and whether it must be refused."""
    bad: list[float] = [np.nan]
    bad += [] if rule.infinite else [np.inf, -np.inf]
    bad += [rule.low - 1] if rule.low > -np.inf else []
    bad += [rule.high + 1] if rule.high < np.inf else []
    bad += [rule.above] if rule.above > -np.inf else []
    bad += [rule.below] if rule.below < np.inf else []
    bad += [1.5] if rule.whole else []
    wrong = draw(st.sampled_from(bad))
    found = np.array(value, dtype=float)
    if not found.ndim:
        return wrong, not (np.isnan(wrong) and rule.missing)
    found.flat[draw(st.integers(0, found.size - 1))] = wrong
    kept = pd.Series(found, index=value.index) if isinstance(value, pd.Series) else found
    return kept, not (np.isnan(wrong) and rule.missing)


TRIALS = sorted(
    (name, argument) for name in CALLS for argument, rule in rules_of(name).items()
    if isinstance(rule, Numbers) and argument in CALLS[name][1]
)  # fmt: skip


@settings(max_examples=600)
@given(st.data())
def test_what_does_not_fit_is_refused_by_name_or_missing_where_it_says_so(data):
    name, argument = data.draw(st.sampled_from(TRIALS))
    function, kwargs = CALLS[name]
    value, refused = spoilt(rules_of(name)[argument], kwargs[argument], data.draw)
    if refused:
        with pytest.raises(ValueError, match=argument.split("_")[0]):
            function(**{**kwargs, argument: value})
    else:
        with np.errstate(all="ignore"):
            try:
                function(**{**kwargs, argument: value})
            except ValueError as said:
                assert argument.split("_")[0] in str(said) or "no area has" in str(said)


@settings(max_examples=200)
@given(st.data())
def test_lengths_that_differ_words_and_nothing_are_refused(data):
    name, argument = data.draw(st.sampled_from(TRIALS))
    function, kwargs = CALLS[name]
    rules = rules_of(name)
    with pytest.raises(ValueError):
        function(**{**kwargs, argument: "many"})
    mates = [
        other for other, rule in rules.items()
        if other != argument and isinstance(rule, Numbers) and other in kwargs and rule.dims and rules[argument].dims
        and rule.dims[0] == rules[argument].dims[0]
    ]  # fmt: skip
    if mates:
        with pytest.raises(ValueError):
            function(**{**kwargs, argument: np.asarray(kwargs[argument])[:-1]})
        with pytest.raises(ValueError):
            function(**{**kwargs, argument: np.asarray(kwargs[argument])[:0]})


PAIRS = [
    (name, pair) for name in CALLS if hasattr(CALLS[name][0], "takes")
    for pair in [[
        a for a, rule in CALLS[name][0].takes.items()
        if isinstance(rule, Numbers) and a in CALLS[name][1] and np.ndim(CALLS[name][1][a]) == 1
        and len(CALLS[name][1][a]) == N
    ][:2]] if len(pair) == 2
]  # fmt: skip


@pytest.mark.parametrize(("name", "pair"), PAIRS, ids=[name for name, _ in PAIRS])
def test_series_in_another_order_are_not_paired_by_position(name, pair):
    function, kwargs = CALLS[name]
    one, other = (pd.Series(np.asarray(kwargs[a], dtype=float), index=list("abcdefgh")) for a in pair)
    function(**{**kwargs, pair[0]: one, pair[1]: other})
    with pytest.raises(ValueError, match="other indexes"):
        function(**{**kwargs, pair[0]: one, pair[1]: other.iloc[::-1]})


FRAMES = sorted(
    (name, a)
    for name in CALLS
    for a, rule in rules_of(name).items()
    if isinstance(rule, Table) and a in CALLS[name][1]
)


@pytest.mark.parametrize(("name", "argument"), FRAMES)
def test_frames_that_lack_a_column_or_hold_what_is_no_number_are_refused(name, argument):
    function, kwargs = CALLS[name]
    rule, frame = rules_of(name)[argument], kwargs[argument]
    for column in (*rule.columns, *rule.rules):
        with pytest.raises(ValueError, match=f"{argument} lacks {column}"):
            function(**{**kwargs, argument: frame.drop(columns=column)})
    for column, inner in rule.rules.items():
        with pytest.raises(ValueError, match=f"{argument}: {column}"):
            function(**{**kwargs, argument: frame.assign(**{column: np.inf})})
        if not inner.missing:
            with pytest.raises(ValueError, match=f"{argument}: {column}"):
                function(**{**kwargs, argument: frame.assign(**{column: np.nan})})
    if rule.unique:
        with pytest.raises(ValueError, match="more than one row"):
            function(**{**kwargs, argument: pd.concat([frame, frame])})
    with pytest.raises(ValueError, match=f"{argument} must be a DataFrame"):
        function(**{**kwargs, argument: [1, 2]})


@pytest.mark.parametrize(
    ("name", "argument"),
    sorted((n, a) for n in CALLS for a, rule in rules_of(n).items() if isinstance(rule, Choice)),
)
def test_words_that_are_none_of_the_allowed_are_refused(name, argument):
    function, kwargs = CALLS[name]
    with pytest.raises(ValueError, match=f"{argument} must be one of"):
        function(**{**kwargs, argument: "sideways"})


# ── Where each begins and ends ────────────────────────────────────────────────────────────────────

# An argument, or a frame's column, of one name takes the same everywhere; any number where it is not named here.
TAKES = {
    ">-1": "discount",
    ">-1 <1": "lag1",
    ">0": (
        "aht bottom confidence_z dispersion due end expected exposure grid half_width horizon least multiplier normal_sd "
        "patience recent_months scale sd sums.squares tested.budget total trials "
    ),
    ">0 <1": "alpha confidence levels rates",
    ">0 <100": "level",
    ">0 <=1": "max_occupancy q",
    ">0 whole": "exits hours",
    ">=0": (
        "all_found all_tried amount bands between by_age.denominator by_age.numerator calls.offered cases cases.attended "
        "cohort.time count counts ended entering error events facts.person_days few found frame.isolated frame.isolated_upper frame.need "
        "no onward reached silent yes frame.need_se frame.population frame.served frame.slack handling_cv initial load log_sd lowest mse overlap "
        "people population rate rows.cases rows.clock rows.prior_reisolations ses size slack spells.prior_reisolations "
        "standard successes sums.denominator sums.numerator target_s time times top transitions.clock transitions.months "
        "tried unit_cost waits.contacts waits.wait_s weights width "
    ),
    ">=0 <1": "reliability service_level shrinkage",
    ">=0 <=1": "change_p cut max_abandon p share",
    ">=0 <=23 whole": "calls.hour line.hour rows.hour",
    ">=0 whole": "agents cycles event inside_80 pairs.cases unknown",
    ">=1 <=12 whole": "month",
    ">=1 whole": "contacts draws knots months permutations tries weeks",
    ">=2 whole": "freeze runs",
    ">=3 whole": "points",
    "whole": (
        "before cells.amount_krw cells.fiscal_year cells.month_key closed_before lines.fiscal_year lines.month "
        "nodes.appropriated nodes.current nodes.expenditure nodes.plan_current plan.fiscal_year plan.planned_krw "
        "planned.fiscal_year planned.plan_current planned.plan_original plans.fiscal_year plans.planned_krw "
        "transfers.amount_krw year "
    ),
}  # fmt: skip
OTHERWISE = {
    "forecast.reisolation.evaluate.calibration_slope.y": ">=0 <=1",
    "forecast.reisolation.evaluate.coverage.draws": "",
    "forecast.reisolation.evaluate.normal_quantiles.sd": ">=0",
    "forecast.reisolation.evaluate.observed_over_expected.observed": ">=0 whole",
    "forecast.reisolation.evaluate.pit.draws": "",
    "forecast.reisolation.evaluate.refuse.points": ">=0 whole",
    "forecast.reisolation.markov.first_passage.target": ">=0 whole",
    "forecast.reisolation.markov.length_of_stay.horizon": ">=0",
    "forecast.reisolation.states.log_log_limits.p": ">=-1e-09 <=1",
    "forecast.reisolation.states.log_rank.event": ">=0 <=1 whole",
    "forecast.attainment.ratio_pace.horizon": ">=1 <=24 whole",
    "forecast.attainment.total_pace.horizon": ">=1 <=12 whole",
    "forecast.attainment.ratio_pace.parts": ">=0",
    "forecast.attainment.ratio_pace.wholes": ">0",
    "forecast.attainment.total.q": ">0 <1",
    "forecast.attainment.chance.target": ">=0",
    "forecast.attainment.total.done": ">=0",
    "forecast.attainment.chance.done": ">=0",
    "forecast.attainment.reached.target": ">=0",
    "forecast.attainment.reached.done": ">=0",
    "forecast.attainment.reached.q": ">0 <1",
    "forecast.scores.crps_negative_binomial.mean": ">=0",
    "forecast.scores.crps_negative_binomial.size": ">0",
    "forecast.scores.crps_negative_binomial.y": ">=0 whole",
    "forecast.staffing.across.points": ">=1 whole",
    "forecast.staffing.simulate.agents": ">=1 whole",
    "geo.borrowing.effective_size.sums.denominator": ">0",
    "geo.borrowing.inequality.people": ">0",
    "geo.borrowing.survey_shares.sums.denominator": ">0",
    "geo.rates.funnel_limits.observed": ">=0",
    "geo.rates.standing.observed": ">=0",
    "metrics.counselling.bulk_closures.completed": ">0",
    "metrics.counselling.bulk_closures.paired": ">=0",
    "geo.rates.funnel_limits.target": ">=0",
    "metrics.curve.at.times": "",
    "metrics.thread.arrival.days": ">=0",
    "metrics.thread_money.parts.amount": "whole",
    "metrics.thread.best_quarter.entering": ">0",
    "metrics.histogram.binned_cv.starts": ">=0",
    "metrics.reach.ratio_limits.bottom": ">=0",
}


# What may be NaN, None or infinite, and what must hold something; in some functions alone where a function is named.
MAY_BE = {
    "missing": (
        "ac against all_found all_tried bac benchmark between bottom by_age.denominator by_age.numerator cases.attended "
        "centre change_p city_need city_reach count metrics.spc.c_chart.counts curve.incidence curve.lower curve.upper "
        "curve.value denominator digits ensemble forecast.reisolation.states.log_log_limits.error "
        "geo.small_area.interval.estimates geo.small_area.rank_intervals.estimates ev "
        "geo.rates.directly_standardised.events geo.rates.eb_marshall.events metrics.spc.p_chart.events "
        "metrics.spc.u_chart.events metrics.intervals.byar.exposure metrics.intervals.exact_poisson.exposure "
        "metrics.spc.u_chart.exposure found frame.isolated frame.isolated_lower frame.isolated_upper frame.need "
        "frame.need_se frame.population frame.served index forecast.scores.interval_score.lower "
        "metrics.spc.assurance.lower mean measures.score geo.small_area.interval.mse numerator "
        "geo.rates.funnel_limits.observed geo.rates.standing.observed metrics.counselling.bulk_closures.completed "
        "metrics.counselling.bulk_closures.ended metrics.counselling.bulk_closures.paired outputs.delivered outputs.planned forecast.reisolation.states.log_log_limits.p "
        "metrics.lift.adjusted.p population post pre pv quantiles forecast.reisolation.evaluate.normal_quantiles.sd "
        "forecast.scores.crps_normal.sd ses size skill metrics.measure.share_limits.slack successes sums.denominator "
        "sums.numerator sums.squares metrics.spc.assurance.target metrics.spc.uninformative.target "
        "metrics.spc.verdicts.target top metrics.intervals.wilson.trials metrics.spc.p_chart.trials tried "
        "forecast.scores.interval_score.upper metrics.spc.assurance.upper values forecast.scores.crps_ensemble.y "
        "forecast.scores.crps_negative_binomial.y forecast.scores.crps_normal.y forecast.scores.interval_score.y "
        "forecast.scores.wis.y "
    ),
    "none": (
        "against benchmark forecast.staffing.required_agents.dispersion forecast.staffing.simulate.dispersion entry "
        "freeze grid max_abandon max_occupancy normal_sd patience geo.spatial.local_moran.permutations "
        "forecast.staffing.across.points geo.rates.funnel_limits.target metrics.spc.assurance.target "
        "metrics.spc.uninformative.target metrics.spc.verdicts.target unit_cost "
    ),
    "some": (
        "metrics.equity.concentration_curve.people metrics.thread.distinct.people metrics.thread.arrival.days "
        "metrics.thread.best_quarter.entering bands cost_krw forecast.reisolation.cost.acceptability.costs forecast.reisolation.cost.icer.costs "
        "forecast.reisolation.cost.ratio_limits.costs drawn forecast.reisolation.evaluate.coverage.draws "
        "forecast.reisolation.evaluate.pit.draws forecast.reisolation.cost.icer.effects ensemble "
        "geo.small_area.benchmarked.estimates net_benefit rates simulated standard "
        "forecast.reisolation.states.log_rank.time forecast.reisolation.evaluate.calibration_slope.y "
        "forecast.reisolation.evaluate.coverage.y geo.permutation.conditional_p.z geo.permutation.shuffled_indices.z "
    ),
    "infinite": (
        "forecast.reisolation.evaluate.ipcw_brier.horizon metrics.measure.rounded.values "
    ),
}  # fmt: skip


def bounds(rule: Numbers) -> str:
    ends = ((">=", rule.low), (">", rule.above), ("<=", rule.high), ("<", rule.below))
    return " ".join([f"{sign}{end:g}" for sign, end in ends if np.isfinite(end)] + ["whole"] * rule.whole)


def test_what_is_taken_begins_and_ends_where_its_name_says():
    named = {name: ends for ends, names in TAKES.items() for name in names.split()}
    allowed = {flag: set(names.split()) for flag, names in MAY_BE.items()}
    seen = set()
    for where in public():
        module, _, function = where.rpartition(".")
        rules = getattr(getattr(importlib.import_module(module), function), "takes", {})
        inner = {
            f"{a}.{c}": r
            for a, rule in rules.items()
            if isinstance(rule, Table)
            for c, r in rule.rules.items()
        }
        for name, rule in {**rules, **inner}.items():
            if isinstance(rule, Numbers):
                seen |= {name, f"{where}.{name}"}
                may_be = {flag for flag, names in allowed.items() if {name, f"{where}.{name}"} & names}
                assert {flag for flag in MAY_BE if getattr(rule, flag)} == may_be, (where, name)
                assert bounds(rule) == OTHERWISE.get(f"{where}.{name}", named.get(name, "")), (where, name)
    assert named.keys() | OTHERWISE.keys() | set().union(*allowed.values()) <= seen


def test_what_is_found_stays_as_it_was_found():
    """Results are frozen: kept answers are shared by everybody who asks."""
    for package in (metrics, geo, forecast):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if module.name == "geo.__main__":
                continue
            loaded = importlib.import_module(module.name)
            made = [
                c
                for _, c in inspect.getmembers(loaded, dataclasses.is_dataclass)
                if c.__module__ == module.name
            ]
            assert {c.__name__ for c in made if not c.__dataclass_params__.frozen} == set(), module.name


def test_a_rule_for_an_argument_that_is_not_there_is_an_error_in_the_code():
    with pytest.raises(TypeError, match="takes no y"):
        takes(y=number())(lambda x: x)


def test_rules_speak_plainly():
    assert number(low=0, whole=True).words() == "a finite whole number of at least 0"
    assert numbers("n", above=0, below=1, missing=True).words() == (
        "finite numbers of more than 0 and of less than 1, or NaN where not known"
    )
    assert table("a").columns == ("a",)
    assert len(groups()) == 24 and group_codes is not None and project is not None
