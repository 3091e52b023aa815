"""Figures that pages take from metrics, geo and forecast, each against arithmetic that fits on a line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast import outturn, plan_end
from geo import borrowing, permutation
from metrics import budget, counselling, curve, execution, histogram, load, measure, spc, trend, waits
from metrics.intervals import wilson

COURSE = curve.Course(time="days", kind="kind", event="first", competing=("withdrew",))
# Of ten courses: four first sessions by day 5, two withdrawals on day 8, two first sessions on day 10, two still waiting.
COURSES = pd.DataFrame(
    {"days": [5, 8, 10, 20], "kind": ["first", "withdrew", "first", ""], "cases": [4.0, 2.0, 2.0, 2.0]}
)
SUMS = pd.DataFrame({"area_code": ["a", "b"], "numerator": [10.0, 30.0], "denominator": [100.0, 100.0], "squares": [200.0, 100.0]})  # fmt: skip
LINES = pd.DataFrame([
    {"fiscal_year": year, "programme_id": programme, "line_type": "x", "month": month, "spent": spent * month // 12, "budget": 100}
    for year, spent in ((2021, 60), (2022, 72), (2023, 84), (2024, 96)) for programme in ("a", "b") for month in range(1, 13)
])  # fmt: skip


def test_effective_size_is_the_squared_weight_over_the_squares():
    assert borrowing.effective_size(SUMS, ["b", "a", "c"]).tolist() == pytest.approx(
        [100, 50, np.nan], nan_ok=True
    )


def test_counts_are_drawn_towards_the_figure_of_all_and_need_five_areas():
    codes = list("abcdef")
    sums = pd.DataFrame({"area_code": codes, "numerator": [10, 12, 20, 20, 28, 30], "denominator": 100.0})
    for draw in (borrowing.count_rates, borrowing.count_shares):
        found = draw(sums, codes)
        assert 0.1 < found.values[0] < 0.2 < found.values[-1] < 0.3
        assert (found.lower < found.values).all() and (found.values < found.upper).all()
        assert draw(sums, codes[:4]) is None


def test_survey_shares_sum_to_the_share_of_all_and_need_enough_areas():
    codes = list("abcdefgh")
    k = np.arange(8.0)
    sums = pd.DataFrame({"area_code": codes, "numerator": 20 + 5 * k, "denominator": 100.0, "squares": 100.0})
    found = borrowing.survey_shares(sums, codes, np.c_[np.ones(8), k])
    assert found.values.mean() == pytest.approx((20 + 5 * k).mean() / 100)
    assert borrowing.survey_shares(sums, codes[:4], np.c_[np.ones(4), k[:4]]) is None
    with pytest.raises(ValueError, match="design has 8 rows for 4 areas"):
        borrowing.survey_shares(sums, codes[:4], np.c_[np.ones(8), k])


def test_standardised_rates_weigh_age_bands_as_all_areas_together():
    by_age = pd.DataFrame({
        "area_code": ["a", "a", "b", "b"], "age_band": ["young", "old"] * 2, "numerator": [10.0, 20.0, 30.0, 10.0],
        "denominator": [100.0, 100.0, 300.0, 100.0],
    })  # fmt: skip
    found = borrowing.age_standardised(by_age, ["a", "b", "c"], scale=100.0)
    # 400 young and 200 old: (2 × 10 % + 1 × 20 %) ÷ 3 and 10 % throughout.
    assert found["value"].tolist() == pytest.approx([40 / 3, 10, np.nan], nan_ok=True)


def test_an_index_of_inequality_is_the_slope_over_ranks_and_needs_every_area():
    codes = list("abcde")
    sums = pd.DataFrame({"area_code": codes, "numerator": [10.0, 20, 30, 40, 50], "denominator": 100.0})
    people, order = pd.Series(1.0, codes), pd.Series(range(5), codes)
    rng = np.random.default_rng(1)
    found = borrowing.inequality(sums, people, order[::-1], scale=100, poisson=False, rng=rng)
    assert found.sii == pytest.approx(50)  # ten points from one fifth of the people to the next
    assert borrowing.inequality(sums, people, order[:4], scale=100, poisson=False, rng=rng) is None
    assert borrowing.inequality(sums[:4], people, order, scale=100, poisson=False, rng=rng) is None


def test_p_values_are_adjusted_by_how_many_are_as_small():
    assert permutation.benjamini_hochberg(np.array([0.04, 0.01, 0.03])) == pytest.approx([0.04, 0.03, 0.04])


def test_earned_value_by_programme_and_together():
    nodes = pd.DataFrame({
        "level": "programme", "key": ["a", "b", "idle"], "plan_current": [120, 0, 0], "appropriated": [0, 60, 0],
        "expenditure": [50, 30, 0], "current": [120, 60, 0],
    })  # fmt: skip
    outputs = pd.DataFrame(
        {"programme_id": ["a"], "planned": [10.0], "delivered": [4.0], "verified_on": "2025-06-30"}
    )
    done, withheld = budget.earned_by_programme(nodes, outputs, month=6)
    assert (done.programme, done.share, done.pv, done.ev, done.ac, done.bac) == ("a", 0.4, 60, 48, 50, 120)
    assert (withheld.programme, withheld.bac, withheld.found) == ("b", 60, None)
    both = budget.earned_together([done, done])
    assert (both.cv, both.spi) == (-4, 0.8)
    assert np.isnan(budget.earned_together([]).cpi) and np.isnan(budget.earned_together([done, withheld]).cpi)


def test_the_parts_of_the_plan_sum_to_its_total():
    plan = pd.DataFrame({"split": ["published", "recorded", "illustrative"], "planned_krw": [3, 4, 5]})
    rest = budget.PLAN_TOTAL_KRW - 12
    assert budget.plan_parts(plan) == {"allocated": 7, "unallocated": rest, "unknown": 5}


def test_spread_counts_every_case_of_a_pair():
    pairs = pd.DataFrame({"cases": [1, 2], "first": [4.0, 1.0], "last": [2.0, 0.0]})
    assert counselling.spread(pairs) == pytest.approx(
        (3**0.5, 1.0)
    )  # 4, 1, 1: mean 2, squares 4 + 1 + 1 over 2
    assert np.isnan(counselling.spread(pairs.iloc[:1])).all()
    sd, stability = counselling.spread(pairs.assign(last=2.0))
    assert sd == pytest.approx(3**0.5) and np.isnan(stability)


def test_a_curve_of_first_sessions_with_withdrawals():
    exact = curve.whole(COURSES, COURSE)
    assert exact["incidence"].tolist() == pytest.approx([0.4, 0.4, 0.6, 0.6])  # 0.4 + (1 − 0.4) × 4/6 × 2/4
    stepped = curve.steps(COURSES, COURSE, curve.Coarse(least=3))
    assert stepped[["time", "value"]].to_numpy().tolist() == [[10, 60]]
    at = curve.at(COURSES, [4, 5, 12], COURSE, curve.Coarse(least=3, step=0.25))
    assert at["value"].tolist() == pytest.approx(
        [np.nan, 50, 50], nan_ok=True
    )  # 40 and 60 % to the nearest quarter
    drawn = curve.drawn_to(curve.at(COURSES, [5, 12], COURSE, curve.Coarse(least=3)), 8)
    assert drawn[["time", "value"]].to_numpy().tolist() == [[0, 0], [5, 40], [8, 40]]
    with pytest.raises(ValueError, match="rows lacks kind"):
        curve.steps(COURSES.drop(columns="kind"), COURSE, curve.Coarse(least=3))


def test_log_log_limits_are_powers_of_what_is_left():
    low, high = curve.loglog_limits(np.array([0.5, 0.0, 1.0]), np.array([0.1, 0.1, 0.0]))
    power = np.exp(1.96 * 0.1 / (0.5 * np.log(2)))
    assert (low[0], high[0]) == pytest.approx((1 - 0.5 ** (1 / power), 1 - 0.5**power))
    assert low[1:].tolist() == high[1:].tolist() == [0, 1]


def test_a_line_stands_beside_the_past_of_its_type():
    now = LINES[LINES["fiscal_year"] == 2024].assign(fiscal_year=2025)
    now["spent"] = np.where(now["programme_id"] == "a", 90, 33)
    cells = pd.DataFrame({"fiscal_year": 2025, "month_key": [202505, 202506], "programme_id": ["a", "b"], "line_type": "x",
                          "kind": "expenditure", "amount_krw": [90, 33]})  # fmt: skip
    found = execution.standing(pd.concat([LINES, now]), cells, year=2025, month=6).set_index("programme_id")
    assert found["median"].tolist() == [39, 39]  # 30, 36, 42 and 48, twice each
    assert found["stale"].tolist() == [1, 0] and found["n"].tolist() == [8, 8]
    assert found.at["a", "state"] == "over" and found.at["a", "gap"] == pytest.approx(90 - 48)
    assert found.at["b", "state"] == "within" and found.at["b", "gap"] == 0


def test_a_band_of_several_lines_is_weighted_by_budget_and_needs_a_past():
    half = LINES.assign(line_type="y", spent=LINES["spent"] // 2)
    found = execution.band(pd.concat([LINES, half]), pd.Series({"x": 3.0, "y": 1.0}), before=2025)
    assert found.median[11] == pytest.approx((3 * 78 + 39) / 4)
    assert execution.band(LINES, pd.Series({"x": 3.0, "new": 1.0}), before=2025) is None


def test_money_parked_is_what_was_paid_out_and_not_finally_spent():
    cells = pd.DataFrame({
        "fiscal_year": 2025, "line_type": ["transfer", "transfer", "transfer", "own"],
        "kind": ["appropriation_original", "disbursement", "final_expenditure", "expenditure"], "amount_krw": [100, 60, 40, 20],
    })  # fmt: skip
    assert execution.parked(cells, closed_before=2026) == (20, 40, 60, 40, 100)


def test_variation_of_values_in_bins():
    assert histogram.binned_cv([0, 20], [1, 1], width=10) == pytest.approx(
        10 / 15
    )  # 5 and 25: mean 15, 10 from it
    assert histogram.binned_cv([0, 20], [1, 0], width=10) == 1.0
    assert np.isnan(histogram.binned_cv([0], [2], width=0))


def test_load_by_hour_and_by_hour_of_the_week():
    rows = pd.DataFrame(
        {"day": pd.to_datetime(["2025-01-06", "2025-01-13"]), "hour": 9, "offered": [4.0, 8.0]}
    )
    means = load.per_day_hours(rows.assign(hour=[9, 10]), {"load": "offered"})["load"]
    assert (means[9], means[10], means.sum()) == (2, 4, 6)
    week = load.week_load(rows, rows.assign(talk=3600), ["talk"]).set_index(["weekday", "hour"])
    monday = week.loc[(0, 9)]
    assert (monday["days"], monday["load"], monday["agents"]) == (2, 6, 1)
    assert (monday["low"], monday["high"]) == pytest.approx((0, 6 + 12.7062 * 2), rel=1e-4)  # SD √8 ÷ √2 = 2
    assert week.loc[(1, 9), "load"] == 0
    with pytest.raises(ValueError, match="line lacks rest"):
        load.week_load(rows, rows, ["rest"])
    with pytest.raises(ValueError, match="calls must not be empty"):
        load.week_load(rows.iloc[:0], rows, ["offered"])


def test_limits_of_a_share_cover_every_count_that_rounds_to_it():
    low, high = measure.share_limits(5, 20, slack=2)
    assert (low, high) == (wilson(3, 22)[0], wilson(7, 18)[1])
    assert measure.share_limits(5, 20) == wilson(5, 20)
    assert np.isnan(measure.share_limits(np.nan, 20, slack=2)).all()


def test_rules_name_the_first_that_applies_and_the_other_of_run_and_trend():
    x = np.array([0.0, 0, 5, *range(1, 8)])
    found, side, also = spc.rules(x, *(np.full(10, v) for v in (0.5, -4.0, 4.5)))
    assert found.tolist() == [0, 0, 1, 2, 2, 2, 2, 1, 1, 1] and side.tolist() == [0, 0, *[1] * 8]
    assert also[3] == spc.CAUSES.index("trend")
    wide = spc.rules(np.tile(x, (3, 1)), *(np.full((3, 1), v) for v in (0.5, -4.0, 4.5)))
    assert (wide[0] == found).all() and (wide[2] == also).all()


def test_verdicts_of_a_chart_are_its_last_point_and_its_last_limits():
    chart = spc.xmr([1.0, 2.0] * 6 + [9.0])
    assert spc.verdicts(chart, 0.0, "higher") == (
        "improving",
        spc.assurance(*chart.iloc[-1][["lower", "upper"]], 0.0, "higher"),
    )
    assert spc.verdicts(chart.iloc[:0], 1.0, "higher") == ("none", "none")


def test_months_join_to_quarters_and_a_survey_keeps_its_effective_size():
    months = pd.DataFrame({"area_code": "a", "month_key": [202501, 202503, 202504], "numerator": [1.0, 2.0, np.nan],
                           "denominator": [10.0, 20.0, 5.0]})  # fmt: skip
    found = trend.observed(months)
    assert found[["period", "events", "trials"]].to_numpy().tolist() == [[8100, 3, 30]]
    survey = trend.observed(SUMS.assign(year=2025)).set_index("area_code")
    assert (survey.at["a", "trials"], survey.at["a", "events"]) == (50, 5)
    weighted = trend.observed(months.assign(squares=10.0))
    assert weighted["trials"].tolist() == [30**2 / 20]
    with pytest.raises(ValueError, match="year or month_key"):
        trend.observed(SUMS)


def test_waits_and_four_service_levels():
    rows = pd.DataFrame({"outcome": ["answered", "answered", "abandoned", "abandoned"], "wait_s": [10, 40, 5, 60],
                         "contacts": [30, 10, 4, 6]})  # fmt: skip
    assert waits.wait_summary(rows) == waits.Wait(40, 10, 40, 40, 17.5)
    assert np.isnan(waits.wait_summary(rows.iloc[1:]).median)
    assert waits.service_levels(rows, 20) == {
        "sl1": (30, 50),
        "sl2": (30, 40),
        "sl3": (30, 46),
        "sl4": (34, 50),
    }


def test_the_end_of_a_ledger_adds_closed_years_to_the_running_and_later_ones():
    running = outturn.YearForecast(
        pd.DataFrame({"programme_id": ["a"]}), {"budget": 50.0}, np.full((9, 1), 40.0), np.zeros((9, 1))
    )
    found = plan_end.of_ledger(
        LINES, _plan(2026), running, year=2025, years=(2024, 2025, 2026), total=300.0, seed=1
    )
    years = found.years.set_index("fiscal_year")["estimate"]
    assert years[2024] == 192 and years[2025] in (0, 40)
    assert 192 < found.total["estimate"] < 192 + 40 + 100
    assert (
        plan_end.of_ledger(LINES, _plan(2025), running, year=2025, years=(2025,), total=300.0, seed=1) is None
    )
    spent = LINES.assign(spent=100)  # a year that spent all of its budget is a past rate as well
    assert (
        plan_end.of_ledger(spent, _plan(2026), running, year=2025, years=(2025, 2026), total=300.0, seed=1)
        is not None
    )


def _plan(year: int) -> pd.DataFrame:
    return pd.DataFrame({"programme_id": ["a"], "fiscal_year": [year], "planned_krw": [100]})
