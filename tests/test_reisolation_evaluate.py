"""Scores against published values, hand arithmetic and direct sums; the backtest and its publish rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom, poisson

from forecast.reisolation import backtest as bt
from forecast.reisolation import evaluate as ev
from forecast.reisolation.cohort import read_rules
from forecast.reisolation.hazard import Hazard, Spec
from forecast.reisolation.model import RETURN, Model

# Case o22. R package scoringutils, tests of the quantile metrics.
QUANTILES, LEVELS = [[-1, 0, 1, 2, 3], [-2, 1, 2, 2, 4], [-2, 0, 3, 3, 4]], [0.1, 0.25, 0.5, 0.75, 0.9]


def test_weighted_interval_score_with_the_median_counted_twice_is_the_published_one():
    found = ev.wis([1, -15, 22], QUANTILES, LEVELS, count_median_twice=True)
    assert found == pytest.approx([0.3, 15.6166667, 19.1166667], abs=1e-6)


def test_weighted_interval_score_follows_bracher():
    # Bracher et al. 2021: half the median's error, divided by K + 1/2.
    assert ev.wis([1, -15, 22], QUANTILES, LEVELS) == pytest.approx([0.36, 15.34, 19.14], abs=1e-6)


def test_interval_score_by_hand():
    # Width 4, alpha .2: inside costs 4; 3 below costs 4 + 10 × 3; 1 above 4 + 10.
    assert ev.interval_score([0, -5, 3], [-2] * 3, [2] * 3, 0.2).tolist() == [4, 34, 14]


def test_levels_without_a_median_are_refused():
    with pytest.raises(ValueError, match="symmetric around a median"):
        ev.wis([1], [[0, 2]], [0.25, 0.75])


def test_crps_of_a_normal_gives_the_published_values():
    # Case o23: properscoring's README and scoringRules' tests.
    expected = [1.45279182, 0.60244136, 0.23369498, 0.60244136, 1.45279182, 2.43657473]
    assert ev.crps_normal([-2, -1, 0, 1, 2, -3]) == pytest.approx(expected, abs=1e-7)
    assert ev.crps_normal(7.0, 5.0, 2.0) == pytest.approx(2 * 0.60244136, abs=1e-7)


def test_crps_of_an_ensemble_gives_the_published_value():
    draws = np.random.RandomState(0).randn(1000)  # case o23, properscoring
    assert ev.crps_ensemble(0.0, draws) == pytest.approx(0.2297109370729622, abs=1e-12)
    assert ev.crps_ensemble([0.0, 1.0], np.vstack([draws, draws])).shape == (2,)


@pytest.mark.parametrize(("y", "mean", "size"), [(0, 3, 2), (5, 3, 2), (40, 25, 10), (2, 0.5, 0.7)])
def test_crps_of_a_negative_binomial_is_the_sum_of_its_squared_distances(y, mean, size):
    k = np.arange(3000)
    direct = ((nbinom.cdf(k, size, size / (size + mean)) - (k >= y)) ** 2).sum()
    assert ev.crps_negative_binomial(y, mean, size) == pytest.approx(direct, rel=1e-8)


def test_brier_without_censoring_is_the_mean_squared_error():
    time, event, s = np.array([1, 2, 3, 4.0]), np.array([1, 1, 1, 1]), np.array([0.2, 0.5, 0.6, 0.9])
    result = ev.ipcw_brier(time, event, s, 2.5)
    assert result.score == pytest.approx((0.2**2 + 0.5**2 + 0.4**2 + 0.1**2) / 4)
    assert result.null_score == pytest.approx(0.25)  # half have come back by 2.5
    assert result.at_risk == 2


def test_brier_weighs_those_seen_for_those_lost():
    # By hand: one of four is lost at 1, so G = 3/4 after it; an event at 1 comes before that loss and weighs 1.
    result = ev.ipcw_brier([1, 1, 2, 5], [1, 0, 1, 0], [0.5, 0.5, 0.4, 0.8], 3)
    g = 2 / 3  # three at risk of loss at 1: the event at 1 has left before it
    assert result.score == pytest.approx((0.5**2 + 0.4**2 / g + 0.2**2 / g) / 4)


def test_brier_counts_a_competing_exit_as_not_coming_back():
    result = ev.ipcw_brier([1, 2, 5], [2, 1, 0], [0.9, 0.3, 0.8], 3)
    assert result.score == pytest.approx((0.1**2 + 0.3**2 + 0.2**2) / 3)


def test_predicting_the_truth_beats_the_average_and_the_opposite_does_not():
    rng = np.random.default_rng(2)
    rate = np.where(rng.random(3000) < 0.5, 0.05, 0.3)
    when, lost = rng.exponential(1 / rate), rng.exponential(10, 3000)
    time, event = np.minimum(when, lost), (when < lost).astype(int)
    assert ev.ipcw_brier(time, event, np.exp(-4 * rate), 4).index > 0.1
    assert ev.ipcw_brier(time, event, np.exp(-4 * (0.35 - rate)), 4).index < 0


def test_impossible_predictions_are_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        ev.ipcw_brier([1], [1], [1.2], 1)
    with pytest.raises(ValueError, match="nobody was observed up to 5"):
        ev.ipcw_brier([1, 2], [0, 0], [0.5, 0.5], 5)


def test_observed_over_expected_has_exact_limits():
    # Garwood's limits of 10 events: 4.795 and 18.390 (Ulm 1990).
    ratio, low, high = ev.observed_over_expected(10, 5)
    assert (ratio, low, high) == pytest.approx((2, 4.795 / 5, 18.390 / 5), abs=1e-3)
    assert ev.observed_over_expected(0, 5)[:2] == (0, 0)


def test_limits_of_a_ratio_hold_the_forecasts_own_uncertainty():
    plain, wide = (
        ev.observed_over_expected(100, 80),
        ev.observed_over_expected(100, 80, relative_variance=0.01),
    )
    assert wide[0] == plain[0] == 1.25 and wide[1] < plain[1] and plain[2] < wide[2]
    # On the log scale: Poisson's own √(1/100) and the forecast's .1 make about .1414, z times.
    assert np.log(wide[2] / wide[1]) / 2 == pytest.approx(1.96 * np.hypot(0.1, 0.1), rel=0.02)
    none = ev.observed_over_expected(0, 5, relative_variance=0.04)
    assert none[:2] == (0, 0) and none[2] == pytest.approx(3.6889 / 5 * np.exp(1.96 * 0.2), rel=1e-3)
    for wrong in ({"expected": 0.0}, {"expected": float("nan")}, {"expected": 5, "relative_variance": -1.0}):
        with pytest.raises(ValueError):
            ev.observed_over_expected(3, **wrong)


def test_a_reference_known_beforehand_is_scored_as_it_was():
    time, event, s = np.array([1, 2, 3, 4.0]), np.array([1, 1, 1, 1]), np.array([0.2, 0.5, 0.6, 0.9])
    result = ev.ipcw_brier(time, event, s, 2.5, reference=np.full(4, 0.9))
    assert result.null_score == pytest.approx((0.9**2 + 0.9**2 + 0.1**2 + 0.1**2) / 4)
    # The average of what happened, .5, knows the level that the reference had to guess.
    assert ev.ipcw_brier(time, event, s, 2.5).null_score < result.null_score
    with pytest.raises(ValueError, match="between 0 and 1"):
        ev.ipcw_brier(time, event, s, 2.5, reference=np.full(4, 1.2))


def test_calibration_slope_is_one_for_the_truth_and_half_for_doubled_contrasts():
    rng = np.random.default_rng(6)
    eta = rng.normal(-2, 0.8, 20_000)
    hit = rng.random(20_000) < -np.expm1(-np.exp(eta))
    slope, low, high = ev.calibration_slope(hit, eta)
    assert low < 1 < high
    assert high - low < 0.15
    assert ev.calibration_slope(hit, 2 * eta)[0] == pytest.approx(slope / 2)


def test_coverage_and_pit_of_a_calibrated_forecast():
    rng = np.random.default_rng(8)
    mean = rng.uniform(5, 50, 400)
    draws, seen = poisson.rvs(mean, size=(1000, 400), random_state=rng), poisson.rvs(mean, random_state=rng)
    table = ev.coverage(seen, draws).set_index("level")
    assert (table["lower"] <= table["coverage"]).all()
    assert table.loc[95, "coverage"] == pytest.approx(0.95, abs=0.035)
    assert ev.pit(seen, draws).mean() == pytest.approx(0.5, abs=0.05)  # mean of a uniform


# Binomial(23, .8): P(14 or fewer) = .0273, P(13 or fewer) = .0089; P(23) = .0059, P(22 or more) = .0398.
@pytest.mark.parametrize(
    ("given", "reasons"),
    [((0.05, (0.9, 1.1), 19, 23), ()), ((0.0, (0.9, 1.1), 19, 23), ("no_better_than_average",)),
     ((0.05, (0.9, 1.1), 14, 23), ()), ((0.05, (0.9, 1.1), 13, 23), ("band_coverage_off",)),
     ((0.05, (0.9, 1.1), 22, 23), ()), ((0.05, (1.01, 1.2), 23, 23), ("total_off", "band_coverage_off")),
     ((0.05, (0.7, 0.99), 19, 23), ("total_off",)), ((float("nan"), (0.9, 1.1), 19, 23), ("no_better_than_average",)),
     ((0.05, (0.9, 1.1), 19, 23, 0.021), ()), ((0.05, (0.9, 1.1), 19, 23, 0.019), ("rates_changed",)),
     ((0.05, (0.9, 1.1), 0, 23), ("band_coverage_off",))],
)  # fmt: skip
def test_a_forecast_that_fails_its_record_is_withdrawn(given, reasons):
    verdict = ev.publish(*given)
    assert verdict.reasons == reasons
    assert verdict.published == (not reasons)


@pytest.mark.parametrize(("inside", "months"), [(24, 23), (-1, 23), (0, 0)])
def test_months_that_cannot_be_counted_are_refused(inside, months):
    with pytest.raises(ValueError, match="cannot lie inside"):
        ev.publish(0.05, (0.9, 1.1), inside, months)


def test_few_points_or_no_skill_show_the_naive_forecast():
    assert ev.refuse(0.2, 24, 30).published
    assert ev.refuse(0.2, 19, 24).published and ev.refuse(0.2, 19, 23).reasons == ("too_few_points",)
    assert ev.refuse(-0.1, 18, 23).reasons == ("too_few_points", "no_skill")
    assert ev.refuse(0.2, 30, 60).reasons == ("band_coverage_off",)


# ── Backtest ──────────────────────────────────────────────────────────────────────────────────────


def made(n=2500, seed=3):
    """Spells of two years from January 2024: rate .03 a month, half of it for those not living alone."""
    rng = np.random.default_rng(seed)
    start = np.datetime64("2024-01-01") + rng.integers(0, 700, n)
    alone = rng.random(n) < 0.5
    days = np.ceil(rng.exponential(30.4375 / np.where(alone, 0.06, 0.03))).astype(int)
    moved = np.ceil(rng.exponential(30.4375 / 0.01, n)).astype(int)
    end = start + np.minimum(days, moved)
    first = days <= moved
    rows = pd.DataFrame({
        "spell_id": np.arange(n).astype(str), "person_id": np.arange(n).astype(str), "state": "connected",
        "started_on": start, "entered_on": start, "ended_on": end, "next_state": np.where(first, "reisolated", None),
        "exit": np.where(first, None, "moved"), "district_code": "11010", "age_band": "40-64", "sex": "male",
        "lives_alone": alone, "prior_reisolations": 0, "months_isolated_before": 12,
    })  # fmt: skip
    return rows


AS_OF = date(2026, 1, 31)


@pytest.fixture(scope="module")
def record():
    return bt.backtest(made(), as_of=AS_OF, first_origin=date(2024, 12, 31), draws=100)


def test_a_forecast_knows_nothing_of_what_came_after_its_origin():
    rows, day = made(300), date(2025, 3, 31)
    known = bt.known_on(rows, day)
    changed = rows.copy()
    after = pd.to_datetime(changed["ended_on"]) > pd.Timestamp(day)
    changed.loc[after, "ended_on"] = np.datetime64("2025-12-31")
    changed.loc[after, ["next_state", "exit"]] = [None, "died"]
    pd.testing.assert_frame_equal(known, bt.known_on(changed, day))
    assert known["started_on"].max() <= pd.Timestamp(day)


def test_the_record_of_a_true_model_is_calibrated(record):
    last = record.horizons.iloc[-1]
    assert last["lower"] < 1 < last["upper"]
    assert last["index"] > 0
    assert record.slope[1] < 1 < record.slope[2]
    assert record.coverage.set_index("level").loc[95, "coverage"] > 0.8


def test_the_verdict_rests_on_what_the_record_shows(record):
    total, months = record.total, record.months
    newest = months.sort_values("ahead").drop_duplicates("month")
    assert total["band_months"] == len(newest) == months["month"].nunique()
    assert total["inside_80"] == newest["observed"].between(newest["low80"], newest["high80"]).sum()
    assert total["judged_lower"] < total["lower"] < total["upper"] < total["judged_upper"]
    plain = ev.observed_over_expected(total["observed"], total["expected"])
    assert total["lower"] < plain[1] and plain[2] < total["upper"]  # the forecast's own uncertainty
    index = record.horizons.set_index("horizon").loc[12, "index"]
    limits = total["judged_lower"], total["judged_upper"]
    assert record.verdict == ev.publish(
        index, limits, total["inside_80"], total["band_months"], total["change_p"]
    )


def test_rates_that_double_after_the_first_origin_are_seen_and_steady_ones_are_not():
    origin = pd.Period("2024-12", "M")
    steady = bt.known_on(made(), AS_OF)
    assert bt.steady(steady, as_of=AS_OF, first_origin=origin) > ev.CHANGE_ERROR
    # Those out on the last day of 2024 come back in half the time that was left to them.
    rows = made()
    ended, cut = pd.to_datetime(rows["ended_on"]), pd.Timestamp("2025-01-01")
    started = pd.to_datetime(rows["started_on"]).clip(lower=cut)
    later = (ended > cut) & (rows["next_state"] == "reisolated")
    sooner = started + (ended - started) / 2
    rows["ended_on"] = ended.where(~later, sooner.dt.floor("D") + pd.Timedelta(days=1))
    assert bt.steady(bt.known_on(rows, AS_OF), as_of=AS_OF, first_origin=origin) < 1e-4


def test_too_few_returns_say_nothing_about_a_change():
    few = bt.known_on(made(60), AS_OF)
    assert np.isnan(
        bt.steady(few[few["next_state"].isna()], as_of=AS_OF, first_origin=pd.Period("2024-12", "M"))
    )


@pytest.fixture(scope="module")
def by_class():
    rows = made(4000)
    rng = np.random.default_rng(7)
    rows = rows.assign(
        age_band=rng.choice(["19-39", "40-64", "65+"], len(rows)), zone=rng.integers(0, 2, len(rows))
    )
    return bt.backtest(
        rows, as_of=date(2026, 7, 31), first_origin=date(2024, 6, 30), every_months=6, draws=60
    )


def test_classes_of_people_add_up_to_everybody(by_class):
    for by, classes in (("age_band", 3), ("zone", 2)):
        part = by_class.groups[by_class.groups["by"] == by]
        assert part.groupby("horizon").size().eq(classes).all()
        added = part.groupby("horizon")[["observed", "expected"]].sum().loc[12]
        assert added["observed"] == by_class.total["observed"]
        assert added["expected"] == pytest.approx(by_class.total["expected"], rel=1e-9)
    # The rates of `made` depend on neither: within six months, where little lies beyond the data, all ratios are near 1.
    near = by_class.groups[by_class.groups["horizon"] == 6]
    assert near["ratio"].between(0.8, 1.25).all()


def test_windows_of_months_ahead_are_told_apart(by_class):
    near, far = (by_class.horizons.set_index("horizon").loc[h] for h in (6, 12))
    assert (near["after"], far["after"]) == (0, 6)
    months = by_class.months
    # Origins half a year apart: every month stands once in each window.
    for row, low in ((near, 1), (far, 7)):
        window = months[months["ahead"].between(low, low + 5)]
        assert row["observed"] == window["observed"].sum()
        assert window["month"].is_unique


def test_two_years_are_scored_where_an_origin_is_as_old_and_only_there(by_class, record):
    assert by_class.horizons["horizon"].tolist() == [6, 12, 24]
    assert record.horizons["horizon"].tolist() == [6, 12]
    assert by_class.horizons["index"].gt(0).all()
    assert by_class.months["ahead"].max() == 12  # bands and scores stay those of the horizon asked for


def test_the_bands_that_were_forecast_are_kept_and_count_as_covered(record):
    months = record.months
    ends = ["low95", "low80", "low50", "high50", "high80", "high95"]
    assert (months[ends].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    for level, row in record.coverage.set_index("level").iterrows():
        inside = months["observed"].between(months[f"low{level}"], months[f"high{level}"])
        assert inside.mean() == pytest.approx(row["coverage"])


def test_both_scores_are_kept_beside_both_rivals(record):
    months = record.months
    best = {s: min(months[f"{s}_last"].sum(), months[f"{s}_year"].sum()) for s in ("wis", "crps")}
    assert record.skill == pytest.approx(1 - months["wis"].sum() / best["wis"])
    assert record.crps_skill == pytest.approx(1 - months["crps"].sum() / best["crps"])
    # Bracher et al. 2021: WIS comes near CRPS as levels are added; with seven they rank alike.
    assert months["crps"].corr(months["wis"]) > 0.95


def test_returns_within_the_gap_change_nothing_about_the_record_by_the_rules():
    rows = made(1500)
    brief = made(400, seed=11)
    brief = brief.assign(person_id="b" + brief["person_id"], spell_id="b" + brief["spell_id"], exit=None,
                         ended_on=pd.to_datetime(brief["started_on"]) + pd.Timedelta(days=10), next_state="reisolated")  # fmt: skip
    asked = {"as_of": AS_OF, "first_origin": date(2025, 3, 31), "draws": 30, "rules": read_rules()}
    # Among them some who were out on an origin and back some days later: known as returned only after it.
    with_brief = bt.backtest(pd.concat([rows, brief], ignore_index=True), **asked)
    pd.testing.assert_frame_equal(with_brief.months, bt.backtest(rows, **asked).months)


def test_the_chance_of_not_coming_back_is_the_closed_form_under_one_rate():
    flat = Hazard(Spec(*RETURN, (0,), (), season=False), ("band_0",), (0.0,), np.array([np.log(0.02)]), np.eye(1),
                  np.eye(1), 100, 1000.0, 36.0)  # fmt: skip
    found = bt._survival(Model({RETURN: flat}), made(3), np.array([0.2, 5.6, 20.0]), 10, 12)
    assert found == pytest.approx(np.exp(-0.02 * np.arange(1, 13))[None].repeat(3, axis=0), rel=1e-9)


def test_observed_months_are_those_of_the_records(record):
    seen = record.months.drop_duplicates("month").set_index("month")["observed"]
    counted = bt.onsets_by_month(bt.known_on(made(), AS_OF))
    assert seen["2025-06"] == counted[pd.Period("2025-06")]


def test_a_model_change_that_worsens_the_record_is_reported(record):
    worse = replace(record, slope=(0.4, 0.3, 0.5))
    table = bt.regression_report(bt.measures(record), bt.measures(worse))
    assert table.index[table["worse"]].tolist() == ["distance of slope from 1"]


def test_nothing_to_compare_with_is_said():
    with pytest.raises(ValueError, match="has anything after it to compare with"):
        bt.backtest(made(50), as_of=AS_OF, first_origin=AS_OF)


@pytest.mark.parametrize(
    ("y", "mean", "size"),
    [(310, 300, 1000), (250, 300, 1000), (3, 2, 1e6), (2000, 15_000, 1e4), (0, 50, 0.05), (7, 3000, 0.3)],
)
def test_the_crps_of_counts_is_right_where_the_series_overflows(y, mean, size):
    # Mean 300 and size 1,000 gave NaN.
    top = int(mean + 60 * np.sqrt(mean + mean**2 / size)) + 100
    k = np.arange(top)
    direct = ((nbinom.cdf(k, size, size / (size + mean)) - (k >= y)) ** 2).sum()
    assert ev.crps_negative_binomial(y, mean, size) == pytest.approx(direct, rel=1e-9)


def test_a_forecast_of_no_event_scores_what_came():
    assert ev.crps_negative_binomial([0, 4], 0.0, 3.0) == pytest.approx([0, 4])


def test_brier_beyond_the_longest_observation_is_missing_unless_every_end_is_known():
    # At 9 only the one who had the event would be left to be scored: those at 2 and 5 were lost.
    lost = ev.ipcw_brier([1, 2, 5], [1, 0, 0], [0.5, 0.5, 0.4], 9)
    assert np.isnan([lost.score, lost.null_score, lost.index]).all() and lost.at_risk == 0
    whole = ev.ipcw_brier([1, 2, 5, 6], [1, 1, 1, 2], [0.5, 0.5, 0.4, 0.8], 9)
    assert whole.score == pytest.approx((0.5**2 + 0.5**2 + 0.4**2 + 0.2**2) / 4)
    assert whole.null_score == pytest.approx(0.75 * 0.25)


@pytest.mark.parametrize(
    ("change", "name"),
    [({"time": [1.0, np.nan]}, "time"), ({"event": [1, np.nan]}, "event"), ({"event": [1, 0.5]}, "event"),
     ({"event": [1]}, "differ in length"), ({"horizon": np.nan}, "horizon")],
)  # fmt: skip
def test_brier_refuses_rows_that_are_none(change, name):
    given = {"time": [1.0, 2.0], "event": [1, 0], "predicted_survival": [0.5, 0.5], "horizon": 1.5} | change
    with pytest.raises(ValueError, match=name):
        ev.ipcw_brier(**given)


def test_a_year_that_repeats_itself_is_told_exactly_by_the_rival_of_a_year_ago():
    origin, times = pd.Period("2025-12", "M"), np.arange(4.0, 16.0) ** 2
    history = pd.Series(np.tile(times, 2), pd.period_range("2025-01", "2026-12", freq="M"))
    still = SimpleNamespace(
        onsets=np.full((5, 12), 100.0), city=SimpleNamespace(onsets=np.full((5, 12, 1), 100.0))
    )
    found = bt._months(origin, still, history)
    assert found["observed"].tolist() == times.tolist() and found["predicted"].tolist() == [100.0] * 12
    # The CRPS of a Normal at its own mean is σ (√2 − 1) / √π, here σ = √mean; the last month's rival is right in December.
    exact = np.sqrt(times) * (np.sqrt(2) - 1) / np.sqrt(np.pi)
    assert found["crps_year"].to_numpy() == pytest.approx(exact)
    assert found["crps_last"].iloc[-1] == pytest.approx(exact[-1])
    assert (found["crps_last"].iloc[:-1] > found["crps_year"].iloc[:-1]).all()


def test_without_anybody_who_came_back_or_an_old_origin_there_is_no_slope():
    people = pd.DataFrame({"origin": ["2025-01"] * 3, "time": [13.0, 14.0, 20.0], "cause": [1, 0, 0]})
    for ahead in (12, 6):
        found = bt._slope(people, pd.DataFrame({"origin": ["2025-01"], "ahead": [ahead]}), 12)
        assert len(found) == 3 and np.isnan(found).all()
