"""The hourly forecast: recovers a known process, is scored honestly, and is refused where it does not help."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecast import demand


def city(weeks=40, *, seed=1, level=6.0, k=10.0, walk=0.03, end="2026-10-31 23:00"):
    """statistics.md part C: negative binomial, daily wave with its peak at 22 h, weekend +0.12, weekly random walk."""
    hours = pd.date_range(end=end, periods=weeks * 168, freq="h")
    rng = np.random.default_rng(seed)
    step = np.cumsum(rng.normal(0, walk, weeks))[np.arange(len(hours)) // 168]
    turn = 2 * np.pi * (hours.hour.to_numpy() - 22) / 24
    mean = level * np.exp(
        0.35 * np.cos(turn) + 0.12 * np.cos(2 * turn) + 0.12 * (hours.day_of_week >= 5) + step
    )
    return pd.Series(rng.negative_binomial(k, k / (k + mean)), index=hours).astype(float), mean


def test_a_known_process_is_forecast_with_skill_and_honest_ranges():
    counts, _ = city()
    found = demand.backtest(counts, seed=5)
    assert found.reason == "" and found.hours == 8 * 168
    assert found.skill > 0.05 and found.low <= 0.8 <= found.high


def test_the_forecast_peaks_when_the_process_does_and_keeps_its_level():
    counts, mean = city(walk=0.0)
    ahead = demand.forecast(counts, hours=336, seed=5)
    by_hour = ahead["mean"].groupby(ahead.index.hour).mean()
    assert by_hour.idxmax() in (21, 22, 23)
    assert ahead["mean"].mean() == pytest.approx(np.mean(mean), rel=0.06)
    assert (ahead[list(demand.NAMES)].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


def test_the_variation_between_hours_is_recovered():
    counts, mean = city(k=10.0)
    assert demand.dispersion(counts) == pytest.approx(10.0, rel=0.25)
    even = pd.Series(np.random.default_rng(2).poisson(mean), index=counts.index).astype(float)
    assert demand.dispersion(even) > 60  # Poisson hours: next to no extra variation


def test_what_the_hours_of_a_day_share_widens_the_ranges_of_hours():
    """A day's own lognormal shock (SD 0.3) on hours with k = 10: variance = mean + mean² (1/10 + 1.1 (e^0.09 − 1))."""
    counts, mean = city(weeks=60, walk=0.0)
    rng = np.random.default_rng(4)
    shock = np.exp(rng.normal(-0.045, 0.3, len(mean) // 24))[np.arange(len(mean)) // 24]
    shaken = pd.Series(rng.negative_binomial(10, 10 / (10 + mean * shock)), index=counts.index).astype(float)
    assert demand.dispersion(shaken) == pytest.approx(1 / (0.1 + 1.1 * np.expm1(0.09)), rel=0.2)
    assert demand.backtest(shaken, seed=5).reason != "coverage"


def test_the_same_seed_gives_the_same_forecast_and_another_seed_another():
    counts, _ = city(weeks=30)
    one, two, other = (demand.forecast(counts, hours=24, seed=s) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(one, two)
    assert not one.equals(other)


@pytest.mark.parametrize("before", [20, 45, 65])
def test_an_event_within_the_tested_weeks_is_tested_and_not_an_error(before):
    # The last eight weeks are tested and a step needs 14 days: events 14 to 70 days before the end come in on the way.
    counts, _ = city(weeks=32, walk=0.0)
    step = counts.index.max().normalize() - pd.Timedelta(before - 1, "D")
    higher = counts.where(counts.index < step, (counts * 2).round())
    found = demand.backtest(higher, seed=5, events=[step.date()])
    assert found.hours == 8 * 168 and np.isfinite([found.skill, found.coverage]).all()


def test_a_forecast_that_does_not_beat_the_naive_rival_is_refused():
    rng = np.random.default_rng(3)
    score, rival, inside = rng.uniform(1, 2, 1344), rng.uniform(0.5, 1, 1344), np.full(1344, 0.8)
    assert demand._judged(score, rival, inside).reason == "skill"


def test_a_forecast_whose_ranges_are_too_narrow_is_refused():
    rng = np.random.default_rng(3)
    inside = (rng.random(1344) < 0.6).astype(float)
    assert demand._judged(np.full(1344, 1.0), np.full(1344, 2.0), inside).reason == "coverage"


def test_a_line_opened_lately_is_too_short_to_forecast():
    counts, _ = city(weeks=20)
    assert demand.backtest(counts, seed=1).reason == "short"
    assert (demand.naive(counts, 24)["median"] >= 0).all()  # the naive range still stands


def test_the_naive_rival_is_the_mean_of_the_last_four_weeks_at_that_hour_of_the_week():
    counts, _ = city(weeks=30)
    ahead = demand.naive(counts, 168)
    by_hand = counts.iloc[-4 * 168 :].to_numpy().reshape(4, 168).mean(axis=0)
    assert ahead["mean"].to_numpy() == pytest.approx(by_hand)


def test_korean_lunar_holidays_and_their_substitutes_are_known():
    # Chuseok 2026 and Seollal 2027 as the Korea Astronomy and Space Science Institute announces them.
    known = demand.public_holidays([2026, 2027])
    assert {date(2026, 9, 24), date(2026, 9, 25), date(2026, 9, 26), date(2027, 2, 7)} <= known
    assert date(2026, 10, 5) in known  # substitute for the National Foundation Day on a Saturday


def test_a_holiday_effect_is_learnt_and_applied_ahead():
    counts, _ = city(weeks=40, walk=0.0)
    off = {day.date() for day in pd.date_range("2026-01-01", "2026-11-10", freq="17D")}
    busy = counts.where(~pd.Series(counts.index.date, index=counts.index).isin(off), counts * 3)
    ahead = demand.forecast(busy, hours=336, seed=2, days_off={*off, date(2026, 11, 4)})
    daily = ahead["mean"].resample("D").sum()
    assert daily[pd.Timestamp("2026-11-04")] > 2 * daily[pd.Timestamp("2026-11-05")]


def test_a_day_without_a_contact_counts_as_zero_and_the_forecast_stays_finite():
    counts, _ = city(weeks=34)
    counts[counts.index.date == date(2026, 9, 1)] = 0.0
    sparse = counts[counts > 0]
    whole = demand.whole_hours(sparse, until=counts.index.max())
    assert whole.loc["2026-09-01"].sum() == 0 and len(whole) == len(counts)
    assert np.isfinite(demand.forecast(whole, hours=24, seed=1)).all(axis=None)


def test_hours_run_on_through_midnight_and_the_month_end():
    counts, _ = city(weeks=30)
    ahead = demand.forecast(counts, hours=48, seed=1)
    assert ahead.index[0] == pd.Timestamp("2026-11-01 00:00") and len(ahead) == 48


def test_an_incomplete_series_is_refused():
    counts, _ = city(weeks=30)
    with pytest.raises(ValueError, match="whole days"):
        demand.forecast(counts.drop(counts.index[100]), hours=24, seed=1)
    with pytest.raises(ValueError, match="whole days"):
        demand.forecast(counts, hours=30, seed=1)
