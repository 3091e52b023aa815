"""Where a figure turns: constants, thresholds and factors, each held from both sides."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from ledgers import frame
from scipy.stats import f, nbinom, poisson

from data import release, rollups
from data.imports import Reason, people, worksheet
from data.imports.amounts import parse_won
from data.imports.cells import header_key
from data.imports.convert import Unit, parser_for
from data.imports.dates import parse_date, parse_moment
from data.imports.refusal import Refused
from data.imports.templates import template_csv
from data.tables import OPERATIONAL
from forecast import backtest, demand, staffing
from forecast.outturn import YearForecast, _year_correlation, line_draws, reference
from forecast.plan_end import five_years
from forecast.reisolation import cost, states
from forecast.reisolation.hazard import Spec, fit, traits
from forecast.reisolation.outcome import outcome
from forecast.reisolation.project import Intake, project
from geo import borrowing, rates, small_area
from geo.own_boundaries.outline import _path
from geo.own_boundaries.shapes import polygons_of
from metrics import alarms, counselling, curve, execution, registry, trend, waits, watched
from metrics.intervals import byar, exact_poisson
from metrics.lift import yields
from metrics.unit_cost import cost_per_outcome
from tests.test_import_values import LOOKUPS
from tests.test_reisolation_project import intake, model, run
from tools import unit_cost_study

# ── The publishing rule ───────────────────────────────────────────────────────────────────────────


def protected(numerator: float, denominator: float) -> pd.Series:
    row = pd.DataFrame({"numerator": [numerator], "denominator": [denominator]})
    return release.protect(row, keys=[], ratio=True).iloc[0]


def test_decimals_are_free_from_a_published_ten_thousand_on():
    assert protected(300, 9994)["digits"] == 0  # published as 9,990
    assert np.isnan(protected(300, 9995)["digits"])  # as 10,000
    assert np.isnan(protected(300, 10_000)["digits"])


def test_all_of_a_group_is_shown_from_a_published_forty_on():
    """30 may stand for 25 to 34, 40 for no fewer than 35."""
    assert protected(30, 30)["status"] == "suppressed"
    assert protected(34, 34)["status"] == "suppressed"
    assert protected(35, 35)["status"] == "ok"


# ── Imported values ───────────────────────────────────────────────────────────────────────────────


def refused(call: Any, text: str) -> Reason:
    with pytest.raises(Refused) as found:
        call(text)
    return found.value.reason


def test_a_day_with_an_offset_is_the_day_in_seoul():
    assert parse_date("2025-04-01T14:59:00Z") == date(2025, 4, 1)  # 23:59 in Seoul
    assert parse_date("2025-04-01T15:00:00Z") == date(2025, 4, 2)
    assert parse_date("2025-04-02 00:30 +09:00") == date(2025, 4, 2)
    assert parse_date("2025-04-01 20:00") == date(2025, 4, 1)  # without one it is Seoul's already


@pytest.mark.parametrize(
    ("text", "utc_hour"),
    [("오전 12:00", 15), ("오전 1:00", 16), ("오후 12:00", 3), ("오후 1:00", 4), ("12:00 am", 15)],
)
def test_half_days_have_the_hours_one_to_twelve(text, utc_hour):
    moment = parse_moment(f"2025-04-01 {text}")
    assert moment is not None and moment.hour == utc_hour


@pytest.mark.parametrize("text", ["오전 0:30", "오후 13:00", "0:30 pm", "13:00 am"])
def test_a_half_day_has_no_hour_0_or_13(text):
    assert refused(parse_moment, f"2025-04-01 {text}") is Reason.NO_SUCH_DATE


def test_money_fits_eight_bytes_and_counts_four():
    won, visits = (
        parser_for(OPERATIONAL[table].c[column], unit=Unit(""), lookups=LOOKUPS, texts=())
        for table, column in (("ledger_entry", "amount_krw"), ("attendance", "visits"))
    )
    assert won(str(2**63 - 1)) == 2**63 - 1 and won(f"△{2**63 - 1}") == -(2**63 - 1)
    assert refused(won, str(2**63)) is Reason.OUT_OF_RANGE
    assert visits(str(2**31 - 1)) == 2**31 - 1
    assert refused(visits, str(2**31)) is Reason.OUT_OF_RANGE


@pytest.mark.parametrize(
    ("unit", "won"),
    [("원", 1), ("천원", 10**3), ("만원", 10**4), ("백만원", 10**6), ("억원", 10**8), ("십억원", 10**9), ("조원", 10**12),
     ("thousand won", 10**3), ("million won", 10**6), ("KRW million", 10**6), ("100 million won", 10**8),
     ("billion won", 10**9), ("KRW billion", 10**9)],
)  # fmt: skip
def test_each_unit_of_money_is_worth_its_name(unit, won):
    from data.imports.units import WON, Named

    named = Named()
    named.add(f"(단위: {unit})", "caption")
    assert WON[header_key(unit)] == won
    assert [WON[header_key(found)] for found in named.money] == [won]
    assert parse_won("3", WON[header_key(unit)]) == 3 * won


# ── Money ─────────────────────────────────────────────────────────────────────────────────────────


def paid(rows: list[tuple[int, int, int]], budget: int = 100) -> pd.DataFrame:
    """Cells of programme a: (year, month, won paid), and its budget of each year in January."""
    years = sorted({year for year, _, _ in rows})
    return frame(
        [
            (y, y * 100 + 1, "a", "unknown", "appropriation_original", "city", "operating", budget)
            for y in years
        ]
        + [(y, y * 100 + m, "a", "unknown", "expenditure", "city", "operating", won) for y, m, won in rows]
    )


def test_a_line_has_twelve_months_from_january_to_december():
    found = execution.line_months(paid([(2025, 1, 3), (2025, 12, 4)]))
    assert found["month"].tolist() == list(range(1, 13))
    assert found["spent"].tolist() == [3] * 11 + [7] and set(found["budget"]) == {100}


def test_the_expected_profile_runs_from_the_tenth_to_the_ninetieth_percentile():
    rows = [
        (2000 + k, 6, 10 * k) for k in range(11)
    ]  # 0, 10, … 100 percent: deciles are the years themselves
    found = execution.profile(execution.line_months(paid(rows)), before=2030).set_index("month")
    assert found.loc[6, ["low", "median", "high", "n"]].tolist() == [10, 50, 90, 11]


def test_the_carried_part_of_the_unspent_lies_between_none_and_all():
    ends = [
        (2021, 90, 5),
        (2022, 90, 10),
        (2023, 90, 25),
        (2024, 100, 0),
        (2025, 60, -8),
        (2026, 100, 4),
    ]  # (year, spent, carried)
    lines = pd.DataFrame([
        {"fiscal_year": y, "programme_id": "a", "line_type": "x", "month": m, "spent": spent if m == 12 else 10, "budget": 100,
         "carry_out": carried if m == 12 else 0}
        for y, spent, carried in ends for m in (6, 12)
    ])  # fmt: skip
    found = reference(lines, line_type="x", month=6, before=2027)
    # By hand: 5 of 10, all of 10, more than the 10 left, nothing left, a sum below nothing, a sum of nothing.
    assert found.carried.tolist() == [0.5, 1.0, 1.0, 0.0, 0.0, 0.0]


def test_the_outturns_error_is_the_root_mean_square_in_percent_of_the_budget():
    tested = pd.DataFrame({"estimate": [110, 60, 50], "actual": [100, 100, 50], "budget": [200, 200, 100]})
    # (5 % and −20 % and 0): √((25 + 400) ÷ 3).
    assert backtest.rms_error(tested, "estimate") == pytest.approx(np.sqrt(425 / 3))


def test_programmes_of_a_future_year_share_half_of_their_variance():
    draws, plan = 20_000, 100.0
    running = YearForecast(
        pd.DataFrame({"programme_id": ["a", "b"]}),
        {"budget": 0.0},
        np.zeros((draws, 2)),
        np.zeros((draws, 2)),
    )
    planned = pd.DataFrame({2027: [plan, plan]}, index=["a", "b"])
    closed = pd.DataFrame(index=["a", "b"])
    rates = np.array([0.48, 0.5, 0.52])
    found = five_years(closed, running, planned, rates, total=1.0, seed=1)
    one = found.programmes.set_index("programme_id").loc["a"]
    alone = one["high_80"] - one["low_80"]
    together = found.total["high_80"] - found.total["low_80"]
    # Near one half a logit's SD of s is 100 s ÷ 4 won; two programmes with correlation ½ have √(2 + 2 × ½) times that.
    spread = np.log(rates / (1 - rates)).std(ddof=1) * plan / 4
    assert alone == pytest.approx(2 * 1.2816 * spread, rel=0.03)
    assert together / alone == pytest.approx(np.sqrt(3), rel=0.03)


def test_cost_per_outcome_is_a_ratio_of_sums_and_its_limits_leave_out_one_month_at_a_time():
    won, outcomes = [10.0, 12, 9, 14, 11, 16], [5.0, 6, 4, 6, 6, 9]
    found = cost_per_outcome(won, outcomes)
    assert (found.value, found.won, found.outcomes, found.months) == (2.0, 72, 36, 6)
    logs = [np.log((72 - w) / (36 - n)) for w, n in zip(won, outcomes, strict=True)]
    half = 2.570582 * np.sqrt(5 / 6 * sum((one - np.mean(logs)) ** 2 for one in logs))  # Student's t on 5
    assert (found.lower, found.upper) == pytest.approx((2 * np.exp(-half), 2 * np.exp(half)), rel=1e-6)


def test_too_few_months_no_outcome_and_withheld_months_have_no_limits_or_no_part():
    short = cost_per_outcome([10.0] * 5, [5.0] * 5)
    assert short.value == 2 and np.isnan([short.lower, short.upper]).all()
    withheld = cost_per_outcome([10.0] * 5 + [99.0], [5.0] * 5 + [np.nan])
    assert (withheld.value, withheld.won, withheld.months) == (2, 50, 5)
    assert np.isnan(cost_per_outcome([10.0] * 6, [0.0] * 6)[:3]).all()
    one = cost_per_outcome([10.0] * 6, [6.0, 0, 0, 0, 0, 0])  # without that month nothing came
    assert one.value == 10 and np.isnan(one.upper)
    for wrong in (([1.0], [1.0, 2.0]), ([np.nan, 1], [1, 1]), ([1, 1], [-1, 1]), ([1, 1], [np.inf, 1])):
        with pytest.raises(ValueError, match="won|outcomes"):
            cost_per_outcome(*wrong)


@pytest.mark.parametrize("at", unit_cost_study.SETTINGS[:3], ids=lambda at: at.words)
def test_limits_of_a_cost_per_outcome_hold_the_truth(at):
    """95 %; two Monte Carlo errors of 1,000 years are 1.4 points."""
    assert 0.925 - 0.014 <= unit_cost_study.held(1000, 6, at) <= 0.975 + 0.014


def test_a_year_without_the_rare_expensive_month_cannot_know_of_it():
    at = unit_cost_study.SETTINGS[-1]
    assert at.truth == 2.0 and unit_cost_study.held(400, 6, at) < 0.8


# ── Verdicts ──────────────────────────────────────────────────────────────────────────────────────


def test_a_period_without_people_withholds_an_areas_trend():
    rows = [
        (area, period, 5.0, 0.0 if (area, period) == ("b", 2) else 50.0)
        for area in "ab"
        for period in (1, 2, 3)
    ]
    series = pd.DataFrame(rows, columns=["area_code", "period", "events", "trials"])
    assert trend.of(series)["verdict"].tolist() == ["none", "withheld"]
    series["trials"] = series["trials"].replace(0.0, np.nan)
    assert trend.of(series)["verdict"].tolist() == ["none", "withheld"]


def test_a_sign_that_all_may_have_is_not_tested():
    # 24 of 25 have it: with half a rounding step on each side it may be all of them, and nobody is left to compare with.
    assert np.isfinite(yields([10], [24], all_found=11, all_tried=25)["p"][0])
    assert np.isnan(yields([10], [24], all_found=11, all_tried=25, slack=2.5)["p"][0])
    # Rounded past everybody there is: the "rest" would have a size below nothing.
    assert np.isnan(yields([28], [28], all_found=25, all_tried=25, slack=2.5)["p"][0])


def test_limits_of_alpha_are_feldts():
    low, high = counselling.reliability_interval(0.85, method="alpha", people=40, items=10)
    # Feldt 1965: (1 − ρ) ÷ (1 − alpha) is an F on (n − 1) (k − 1) and n − 1 degrees of freedom.
    assert low == pytest.approx(1 - 0.15 * f.ppf(0.975, 39, 39 * 9))
    assert high == pytest.approx(1 - 0.15 * f.ppf(0.025, 39, 39 * 9))


# ── Queues by simulation ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("cv", [0.5, 2.0])
def test_handling_times_have_the_mean_and_the_variation_asked_for(cv):
    # With one counsellor who never waits for contacts, handling is what separates them: M/G/1 of Pollaczek and Khinchine.
    rate, aht = 0.005, 100.0
    runs = [
        staffing.simulate(rate, aht, 1, 20, rng=rng, contacts=40_000, handling_cv=cv)
        for rng in np.random.default_rng(3).spawn(6)
    ]
    load = rate * aht
    assert np.mean([one.occupancy for one in runs]) == pytest.approx(load, rel=0.03)
    wait = load / (1 - load) * aht * (1 + cv**2) / 2
    assert np.mean([one.asa_s for one in runs]) == pytest.approx(wait, rel=0.1)


def test_monte_carlo_limits_are_students_over_runs_and_held_at_what_is_possible():
    levels = iter([0.90, 0.94, 0.98, 0.99])

    def one(_rng: np.random.Generator) -> staffing.Queue:
        level = next(levels)
        return staffing.Queue(3, 0.5, level, 10 * level, 1 - level, 0.0, stable=True)

    mean, limits = staffing.replicated(one, seed=1, runs=4)
    assert mean.service_level == pytest.approx(0.9525)
    half = 3.182446 * np.std([0.90, 0.94, 0.98, 0.99], ddof=1) / 2  # Student's t on 3, four runs
    assert limits["service_level"] == pytest.approx((0.9525 - half, 1.0))  # .9525 + .0656 is held at 1
    assert limits["occupancy"] == pytest.approx((0.0, 0.0475 + half))
    assert limits["asa_s"] == pytest.approx(
        (9.525 - 10 * half, 9.525 + 10 * half)
    )  # seconds have no upper edge
    assert limits["p_wait"] == (0.5, 0.5)


# ── Re-isolation ──────────────────────────────────────────────────────────────────────────────────


def test_the_level_of_leavers_varies_as_stated_around_its_mean():
    result = run(at=intake(monthly=10.0, log_sd=0.4), draws=4000, months=1)
    came = result.city.intake[:, 0].sum(axis=1) / 240
    assert came.mean() == pytest.approx(1, abs=0.03)
    assert np.log(came).std() == pytest.approx(0.4, rel=0.05)
    assert np.log(came).mean() == pytest.approx(-0.08, abs=0.03)  # − log_sd² ÷ 2, so that the mean is 1


def test_the_share_now_carries_the_chance_of_so_many_people_and_month_zero_none():
    at = intake(monthly=0.0, people=1)
    result = run(at=at, draws=4000, months=2)
    known = at.reisolated.sum() / (at.connected.sum() + at.reisolated.sum())
    assert result.share_now[:, 0] == pytest.approx(known)
    here = (result.city.connected + result.city.reisolated)[0, 1].sum()
    expected = result.city.reisolated[0, 1].sum() / here
    assert result.share_now[:, 1].mean() == pytest.approx(expected, abs=0.005)
    assert result.share_now[:, 1].std() == pytest.approx(np.sqrt(expected * (1 - expected) / here), rel=0.05)
    assert (np.round(result.share_now[:, 1] * np.round(here), 6) % 1 == 0).all()  # whole people
    alone = np.zeros((24, 3, 1))
    alone[0, 0, 0] = 1.0
    one = run(at=Intake(alone, alone * 0.2, np.zeros(24), 11), draws=400, months=1, drift=(0, 0))
    assert set(one.share_now[:, 1]) == {0.0, 1.0}  # a single person is there or is not


def test_a_year_of_discount_is_one_factor_and_each_month_counts_at_its_middle():
    base = outcome(project(model(), intake(), months=24, draws=2, rng=np.random.default_rng(1)))
    dear = np.zeros((2, 24, 1))
    dear[0, 0], dear[1, 17] = 100.0, 100.0
    found = cost.added(replace(base, cost_krw=dear * 0), replace(base, cost_krw=dear), discount=0.05)
    assert found.cost_krw == pytest.approx([100 * 1.05 ** (-0.5 / 12), 100 * 1.05 ** (-17.5 / 12)])
    gone = replace(base, onsets=base.onsets - np.eye(24)[[11, 11]])
    assert cost.added(base, gone, discount=0.05).prevented == pytest.approx([1.05 ** (-11.5 / 12)] * 2)


def test_a_years_cost_has_its_95_percent_limits():
    draws = np.arange(1001.0)[:, None, None] * np.ones((1, 1, 1))
    row = cost.budget_check(draws, "2026-03", {2026: 900.0}).iloc[0]
    assert row[["year", "cost", "lower", "upper"]].tolist() == pytest.approx([2026, 500, 25, 975])
    assert row["exceeded"] == pytest.approx(100 / 1001)


def test_rates_of_few_events_have_the_variance_of_their_events_and_prior():
    rows = pd.DataFrame({
        "state": "connected", "to": ["back"] * 4 + [""] * 6, "clock": 0.0, "months": 2.0, "age_group": [0, 0, 0, 1, 0, 1, 1, 2, 2, 2],
    })  # fmt: skip
    for prior in ((0.5, 0.0), (3.25, 220.0)):
        found = fit(rows, Spec("connected", "back", covariates=(), season=False, sparse_prior=prior))
        events, months = np.array([3, 1, 0]) + prior[0], np.array([8.0, 6.0, 6.0]) + prior[1]
        assert np.diag(found.covariance) == pytest.approx(1 / events)  # of a log rate: 1 ÷ events
        assert found.coefficients == pytest.approx(np.log(events / months))


# ── Waits, curves, what is watched, false alarms ──────────────────────────────────────────────────


def test_percentiles_of_waits_are_given_from_thirty_answered_on():
    rows = pd.DataFrame({"outcome": ["answered"], "wait_s": [10], "contacts": [30]})
    assert waits.wait_summary(rows).median == 10
    assert np.isnan(waits.wait_summary(rows.assign(contacts=29)).median)


def test_a_remedy_is_a_page_with_the_choices_that_are_listed_for_it():
    assert all(w.metric.metric_id == w.id for w in watched.WATCHED)
    found = {w.table: w.remedy for w in watched.WATCHED}
    assert found["hotline_contact"] == ("hotline", (("part", "staffing"),))
    assert found["counselling_session"] == ("counselling", (("course", "attendance"),))
    assert found["detection_monthly"] == ("detection", ())


def test_a_rounded_curve_has_limits_over_all_that_rounds_to_it():
    rows = pd.DataFrame({"days": [5, 9], "kind": ["first", ""], "cases": [40.0, 60.0]})
    course = curve.Course(time="days", kind="kind", event="first")
    exact = curve.at(rows, [6], course, curve.Coarse(least=3)).iloc[0]
    coarse = curve.at(rows, [6], course, curve.Coarse(least=3, step=0.1)).iloc[0]
    assert (exact["value"], coarse["value"]) == (40, 40)
    # 1.96 × √(.4 × .6 / 100) ÷ (.6 × ln(1 / .6)) = 0.3133; 1 − .6 ** e^±0.3133, half a step of .1 outwards
    assert (exact["lower"], exact["upper"]) == (31, 51)
    assert (coarse["lower"], coarse["upper"]) == (26, 56)


def test_a_trace_of_likeness_between_neighbours_changes_next_to_nothing():
    alone, trace = (alarms.false_alarms(24, rng=np.random.default_rng(1), lag1=lag) for lag in (0.0, 0.02))
    assert trace == pytest.approx(alone, rel=0.15) and alone > 0.01


# ── The end of a year ─────────────────────────────────────────────────────────────────────────────


def test_what_a_line_spends_carries_over_and_lets_lapse_is_its_budget():
    # Every year 60 to 80 of 100 is spent, and a quarter of what is left is carried over.
    lines = pd.DataFrame([
        {"fiscal_year": year, "programme_id": "a", "line_type": "x", "month": month, "spent": spent * month / 12 + (month < 12) * (year % 3), "budget": 100,
         "carry_out": (100 - spent) / 4 if month == 12 else 0}
        for year, spent in ((2020, 60), (2021, 64), (2022, 72), (2023, 76), (2024, 80), (2025, 70)) for month in range(1, 13)
    ])  # fmt: skip
    found = line_draws(lines, year=2025, month=6, draws=50, rng=np.random.default_rng(1))
    ((_, ends),) = found.values()
    assert ends.sum(axis=1) == pytest.approx(np.full(50, 100.0))
    assert ends[:, 1] == pytest.approx((100 - ends[:, 0]) / 4)
    assert ends[:, 0].min() >= 35 and ends[:, 0].std() > 1


def line_years(years: dict[int, int], **more: Any) -> pd.DataFrame:
    """Months of programme a, type x: won spent by the year's end, evenly, of 100."""
    return pd.DataFrame([
        {"fiscal_year": year, "programme_id": "a", "line_type": "x", "month": month, "spent": spent * month // 12, "budget": 100,
         **more}
        for year, spent in years.items() for month in range(1, 13)
    ])  # fmt: skip


@pytest.mark.parametrize(("past", "state"), [(3, "short"), (4, "within")])
def test_four_past_line_years_make_a_profile(past, state):
    lines = line_years({2025 - k: 60 for k in range(past + 1)})
    cells = pd.DataFrame({"fiscal_year": [2025], "month_key": [202506], "programme_id": ["a"], "line_type": ["x"],
                          "kind": ["expenditure"], "amount_krw": [30]})  # fmt: skip
    found = execution.standing(lines, cells, year=2025, month=6)
    assert found["state"].tolist() == [state]
    assert (execution.band(lines, pd.Series({"x": 1.0}), before=2025) is None) == (state == "short")


@pytest.mark.parametrize(("last", "state"), [(4, "within"), (3, "stale")])
def test_a_line_is_silent_from_three_months_without_a_payment_on(last, state):
    cells = pd.DataFrame({"fiscal_year": [2025], "month_key": [202500 + last], "programme_id": ["a"], "line_type": ["x"],
                          "kind": ["expenditure"], "amount_krw": [30]})  # fmt: skip
    found = execution.standing(line_years(dict.fromkeys(range(2020, 2026), 60)), cells, year=2025, month=6)
    assert found["state"].tolist() == [state] and found["stale"].tolist() == [6 - last]


def test_a_band_stands_for_a_budget_of_which_four_fifths_have_a_past():
    lines = line_years(dict.fromkeys(range(2020, 2025), 60))
    assert execution.band(lines, pd.Series({"x": 80.0, "new": 20.0}), before=2025) is not None
    assert execution.band(lines, pd.Series({"x": 79.0, "new": 21.0}), before=2025) is None


def test_december_of_an_even_year_is_an_even_twelfth():
    assert execution.burst_index(line_years({2024: 60}))["burst"].tolist() == [1.0]
    late = line_years({2024: 60})
    late.loc[late["month"] < 12, "spent"] = 45  # a quarter of the year's money in its last month
    assert execution.burst_index(late)["burst"].tolist() == [3.0]


def test_a_trend_is_of_the_last_five_periods_and_of_three_at_least():
    years = pd.DataFrame([
        {"area_code": code, "period": year, "events": 100.0 + 10 * (year - 2020) + k, "trials": 1000.0}
        for k, code in enumerate("abcdef") for year in range(2020, 2026)
    ]).assign(synthetic=False, pure=True)  # fmt: skip
    wild = years.assign(events=years["events"].where(years["period"] > 2020, 900.0))
    assert trend.of(wild).equals(trend.of(years))
    assert trend.of(years)["periods"].tolist() == [5] * 6 and trend.of(years)["first"].tolist() == [2021] * 6
    assert trend.of(years)["value"].to_numpy() == pytest.approx(np.ones(6), rel=0.01)  # 10 of 1,000 a year
    assert set(trend.of(years[years["period"] > 2022])["verdict"]) == {
        "none"
    }  # three tell a slope, if no certain one
    assert set(trend.of(years[years["period"] > 2023])["verdict"]) == {"too_few"}


def test_a_year_is_forecast_again_where_two_lie_before_it_from_january_to_november():
    lines = line_years({2022: 60, 2023: 60, 2024: 70}, carry_out=0)
    found = backtest.backtest(lines, before=2025, seed=1, draws=20)
    assert set(found["fiscal_year"]) == {2024} and sorted(set(found["month"])) == list(range(1, 12))
    assert set(found["budget"]) == {100} and set(found["actual"]) == {70}
    june = found[(found["month"] == 6) & (found["method"] != "total")].iloc[0]
    assert june["straight"] == june["naive"] == 70  # 35 of 100 by June


def test_a_step_that_four_people_carry_has_a_warning_and_one_of_five_none():
    found = states.kaplan_meier(np.arange(1, 8), np.ones(7))
    assert found.at_risk.tolist() == [7, 6, 5, 4, 3, 2, 1]
    assert found.few.tolist() == [False] * 3 + [True] * 4


def test_five_areas_are_enough_to_borrow_from():
    sums = pd.DataFrame({"area_code": list("abcde"), "numerator": [10, 12, 20, 28, 30], "denominator": 100.0})
    for draw in (borrowing.count_rates, borrowing.count_shares):
        assert draw(sums, list("abcde")) is not None and draw(sums[:4], list("abcd")) is None


def test_facts_count_courses_as_the_measures_define_them():
    for name in ("CASENESS", "RELIABLE", "FIRST_WAIT_DAYS"):
        assert getattr(rollups, name) == getattr(counselling, name)


def test_the_longer_wait_is_eighteen_weeks_to_the_day():
    day = pd.Timestamp("2025-01-01")
    cases = pd.DataFrame({"case_id": [1, 2], "attended": 2, "referred_on": day, "ended_on": day + pd.Timedelta(300, "D"),
                          "first_session_on": [day + pd.Timedelta(126, "D"), day + pd.Timedelta(127, "D")]})  # fmt: skip
    measures = pd.DataFrame({"case_id": [1], "instrument": ["PHQ-9"], "measured_on": [day], "score": [5]})
    found = counselling.outcomes(cases, measures).loc["first_wait_126"]
    assert (found["numerator"], found["denominator"]) == (1, 2)


# ── Templates and merged cells ────────────────────────────────────────────────────────────────────


def test_a_templates_example_speaks_the_language_of_its_labels():
    hangul = re.compile("[가-힣]")
    for table in OPERATIONAL:
        english, korean = (
            template_csv(table, lang).decode("utf-8-sig").splitlines() for lang in ("en", "ko")
        )
        # A programme is called by its own name in both.
        assert not any(hangul.search(line.replace("서울마음편의점", "")) for line in english), table
        assert any(hangul.search(line) for line in korean[:1])
    assert any("아니오" in template_csv(table, "ko").decode("utf-8-sig") for table in OPERATIONAL)


def test_merged_cells_are_told_by_their_corners_and_end_with_the_sheet():
    def merges(*refs: str) -> list[tuple[int, int, int, int]]:
        return worksheet._merges(SimpleNamespace(mergeCell=[SimpleNamespace(ref=ref) for ref in refs]))

    assert merges("B2:D5", "A1:A1", "A1:C1") == [(1, 1, 4, 3), (0, 0, 0, 2)]
    assert merges("A1:XFD1") == [(0, 0, 0, worksheet.MAX_COLUMNS - 1)]


# ── What a line's own past and its type's are worth ───────────────────────────────────────────────


def test_a_lines_end_lies_between_its_own_and_its_types_as_each_is_sure():
    # Bühlmann's credibility: six programmes of a year each, and one in June of the seventh year with 45 of 100 spent.
    rates, shares = [0.60, 0.66, 0.72, 0.64, 0.70, 0.68], [0.44, 0.50, 0.46, 0.52, 0.48, 0.47]
    rows = [
        (2019 + k, f"p{k}", rate * share, rate)
        for k, (rate, share) in enumerate(zip(rates, shares, strict=True))
    ]
    lines = pd.DataFrame([
        {"fiscal_year": year, "programme_id": name, "line_type": "x", "month": month, "budget": 1000.0, "carry_out": 0,
         "spent": 1000 * (june if month < 12 else end)}
        for year, name, june, end in [*rows, (2025, "now", 0.45, 0.45)] for month in range(1, 13)
    ])  # fmt: skip
    found = line_draws(lines, year=2025, month=6, draws=20_000, rng=np.random.default_rng(3))
    ((method, ends),) = found.values()
    own = 0.45 / np.mean(shares)
    unsure = (np.mean(rates) / np.mean(shares)) ** 2 * np.var(shares, ddof=1) * (1 + 1 / 6)
    weight = np.var(rates, ddof=1) / (np.var(rates, ddof=1) + unsure)
    assert method == "profile" and 0.3 < weight < 0.7
    assert np.median(ends[:, 0]) == pytest.approx(
        1000 * (weight * own + (1 - weight) * np.mean(rates)), abs=2
    )


def test_a_funnel_about_half_of_twice_as_many_expected_leaves_out_the_same_areas():
    seen, expected = np.array([2.0, 9, 11, 17, 30]), np.array([8.0, 9, 10, 8, 14])
    one = rates.funnel_limits(seen, expected, "ratio", target=1.0)
    half = rates.funnel_limits(seen, 2 * expected, "ratio", target=0.5)
    assert one.areas["verdict"].tolist() == half.areas["verdict"].tolist() and "inside" in set(
        one.areas["verdict"]
    )
    for side in ("lower_95", "upper_95", "lower_998", "upper_998"):
        assert half.areas[side].to_numpy() == pytest.approx(one.areas[side].to_numpy() / 2)


@pytest.mark.parametrize(
    ("text", "mail"),
    [("a @ b.kr", False), ("ab (@b.kr", False), ("( b@c.kr", True), ("@b.kr", False), ("가 a@b.kr", True)],
)
def test_a_mail_address_has_its_name_right_before_the_sign(text, mail):
    assert people._has_mail(text) is mail


def test_a_moment_of_a_workbook_is_a_day_where_no_hour_is_shown():
    plain = worksheet.Styles(lambda style: "General")
    assert plain.text(datetime(2025, 4, 1), 0, 0, 0) == "2025-04-01"
    assert plain.text(datetime(2025, 3, 31, 23, 59, 59, 999_990), 0, 0, 0) == "2025-04-01"
    assert plain.text(datetime(2025, 4, 1, 9, 30), 0, 0, 0) == "2025-04-01 09:30:00"
    assert plain.text(date(2025, 4, 1), 0, 0, 0) == "2025-04-01" and plain.text(True, 0, 0, 0) == "TRUE"


def test_an_outline_is_drawn_in_tenths_of_its_unit_north_up():
    ring = shapely.LinearRing([(100, 100), (100, 425), (350, 425), (350, 100)])
    assert _path(ring, 0.0, 500.0, 100.0) == "M1.0,4.0L1.0,0.8L3.5,0.8L3.5,4.0Z"


def test_a_line_year_that_spent_without_a_budget_tells_no_rate():
    lines = line_years({2020: 60, 2021: 60, 2022: 60}, carry_out=0)
    lines.loc[(lines["fiscal_year"] == 2021) & (lines["month"] == 12), "budget"] = 0
    found = reference(lines, line_type="x", month=6, before=2025)
    assert found.n == 2 and found.rate.tolist() == [0.6, 0.6]


def test_an_error_below_nothing_is_refused_and_one_of_nothing_is_not():
    values, weights = [0.2, 0.3], [1.0, 1.0]
    assert small_area.benchmarked(values, [0.0, 0.0], weights, 0.3) is not None
    with pytest.raises(ValueError, match="mse"):
        small_area.benchmarked(values, [0.01, -0.5], weights, 0.3)


@pytest.mark.parametrize(("past", "method"), [(3, "range"), (4, "profile")])
def test_four_past_years_of_a_type_give_an_interval_and_three_a_range(past, method):
    lines = pd.concat(
        [line_years({2025 - k: 60 + k}, carry_out=0).assign(programme_id=f"p{k}") for k in range(past + 1)]
    )
    ((found, _),) = line_draws(lines, year=2025, month=6, draws=20, rng=np.random.default_rng(1)).values()
    assert found == method


@pytest.mark.parametrize(("past", "method"), [(3, "profile"), (4, "mack")])
def test_a_lines_own_four_years_develop_it(past, method):
    others = [
        line_years({y: 60 + y % 3}, carry_out=0).assign(programme_id=f"p{y}") for y in range(2019, 2025)
    ]
    own = line_years({2025 - k: 60 + k for k in range(past + 1)}, carry_out=0).assign(programme_id="own")
    found = line_draws(pd.concat([*others, own]), year=2025, month=6, draws=20, rng=np.random.default_rng(1))
    assert found["own", "x"][0] == method


def test_byars_limits_begin_at_ten_events():
    for count, exact in ((9, True), (10, False)):
        assert (byar(count) == pytest.approx(exact_poisson(count), rel=1e-9)) is exact
    # Breslow and Day: 10 (1 − 1/90 − 1.96 ÷ (3 √10))³ and 11 (1 − 1/99 + 1.96 ÷ (3 √11))³
    assert byar(10) == pytest.approx((4.7874, 18.3912), abs=5e-4)


def test_the_classes_of_a_map_are_even_or_grow_by_whole_steps():
    for breaks in (m.breaks for m in registry.METRICS if m.breaks):
        steps = np.diff(breaks)
        assert len(breaks) == 4 and (np.diff(steps) >= 0).all() and set(steps / steps[0]) <= {1.0, 2.0}, (
            breaks
        )


def test_a_small_line_has_a_profile_of_its_hours_too():
    hours = pd.date_range("2025-01-06", periods=8 * 168, freq="h")
    share = demand._profile(pd.Series((hours.hour == 9).astype(float), index=hours)).reshape(7, 24)
    assert share.sum(axis=1) == pytest.approx(np.ones(7)) and set(share.argmax(axis=1)) == {9}
    assert demand._profile(pd.Series(1.0, index=hours)) == pytest.approx(np.full(168, 1 / 24))


def test_a_persons_traits_are_one_age_in_two_ways_and_one_count_of_returns():
    rows = pd.DataFrame({"age_band": ["19-39", "40-64", "65+"], "sex": ["male", "female", "male"], "lives_alone": [True, False, True],
                         "month": pd.Timestamp("2025-03-01"), "prior_reisolations": [0, 1, 3]})  # fmt: skip
    found = traits(rows)
    assert found["age_group"].tolist() == [0, 1, 2] and found["calendar_month"].tolist() == [3, 3, 3]
    assert found[["age_40_64", "age_65", "male", "alone"]].to_numpy().T.tolist() == [
        [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 0, 1]]  # fmt: skip
    assert found[["prior_any", "prior_1", "prior_2"]].to_numpy().T.tolist() == [
        [0, 1, 1],
        [0, 1, 0],
        [0, 0, 1],
    ]


def test_the_tails_of_a_count_are_those_of_its_distribution_and_none_lies_below_nothing():
    for extra in (0.0, 0.5):
        found = rates._below(np.array([-2.0, -1.0, 0.0, 4.0]), 3.0, extra)
        law = poisson(3) if not extra else nbinom(1 / extra, 1 / (1 + 3 * extra))
        assert found == pytest.approx(np.r_[0.0, 0.0, law.cdf([0, 4])])


def test_what_lines_of_a_year_share_is_the_one_way_random_effects_correlation():
    ends = {2022: (50, 60), 2023: (70, 80, 90), 2024: (40, 60)}
    lines = pd.concat([
        line_years({year: spent}, carry_out=0).assign(programme_id=f"p{k}")
        for year, every in ends.items() for k, spent in enumerate(every)
    ])  # fmt: skip
    # Means .55, .80, .50 about .6429: between 0.06607, within 0.01125; (7 − 17/7) ÷ 2 = 2.2857 lines a year:
    # (0.06607 − 0.01125) ÷ 2.2857 = 0.02398; 0.02398 ÷ (0.02398 + 0.01125) = 0.6807.
    assert _year_correlation(lines, before=2025) == (pytest.approx(0.6807, abs=5e-5), 3)


def test_a_shape_without_area_hides_none_that_come_after_it():
    flat = shapely.Polygon([(0, 0), (1, 1), (2, 2), (0, 0)])
    rows = pd.DataFrame({"row": [1, 2, 3, 4, 5], "area_code": list("abcde"),
                         "geometry": [None, flat, shapely.Point(0, 0), shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]})  # fmt: skip
    kept, problems = polygons_of(rows, {code: code for code in "abcde"})
    assert kept["row"].tolist() == [4, 5] and {p.area_code for p in problems} == {"a", "b", "c"}


@pytest.mark.parametrize("confidence", [0.0, 1.0, 1.5, -0.5])
def test_limits_of_an_incidence_need_a_confidence_between_0_and_1(confidence):
    found = states.cumulative_incidence([1.0, 2, 3, 4], ["x", "x", "", ""])
    assert 0 < found.at(2.0, "x", 0.9)[1] < 0.5
    with pytest.raises(ValueError, match="confidence"):
        found.at(2.0, "x", confidence)


def test_a_backtest_of_hours_has_at_least_the_binomial_error_and_loses_by_coverage_or_skill():
    score, rival = np.full(240, 1.0), np.full(240, 2.0)
    even = demand._judged(score, rival, np.full(240, 0.8))
    # No day differs: √(.8 × .2 ÷ 240) = 0.0258; 1.96 times that is 0.0506.
    assert (even.low, even.high) == pytest.approx((0.7494, 0.8506), abs=5e-5)
    assert even.skill == 0.5 and even.reason == ""
    assert demand._judged(score, rival, np.full(240, 0.7)).reason == "coverage"
    assert demand._judged(rival, score, np.full(240, 0.8)).reason == "skill"


@pytest.mark.parametrize(
    ("spoken", "won"),
    [("3조", 3 * 10**12), ("3천억", 3 * 10**11), ("3백억", 3 * 10**10), ("3십억", 3 * 10**9), ("3억", 3 * 10**8), ("3천만", 3 * 10**7),
     ("3백만", 3 * 10**6), ("3십만", 3 * 10**5), ("3만", 3 * 10**4), ("3천", 3000)],
)  # fmt: skip
def test_each_spoken_scale_of_won_is_worth_its_name(spoken, won):
    assert parse_won(f"{spoken}원", 1) == won
