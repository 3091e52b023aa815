"""From sums to a metric frame: ratios of sums, intervals, verdicts from the declared direction."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import release
from metrics import frame as metric_frame
from metrics import registry
from metrics.measure import measure, target_on
from metrics.spec import Metric


def sums(*rows, **more):
    return pd.DataFrame(rows, columns=["area_code", "numerator", "denominator"]).assign(**more)


def test_a_share_is_a_ratio_of_sums_with_its_wilson_interval():
    # Newcombe 1998: 81 of 263 -> 0.2553 to 0.3662
    row = measure(registry.get("answer_rate"), sums(("11010", 81, 263))).iloc[0]
    assert row["value"] == pytest.approx(81 / 263 * 100)
    assert (row["lower"], row["upper"]) == pytest.approx((25.53, 36.62), abs=0.006)


def test_the_city_is_the_ratio_of_sums_and_not_the_mean_of_ratios():
    parts = sums(("11010", 10, 100), ("11020", 900, 1000))
    whole = sums(("11", 910, 1100))
    metric = registry.get("answer_rate")
    assert measure(metric, whole)["value"].iloc[0] == pytest.approx(82.727, abs=1e-3)
    assert measure(metric, parts)["value"].mean() == pytest.approx(50.0)


def test_direction_comes_from_the_registry_and_not_from_the_sign():
    given_sums = sums(("a", 300, 1000), ("b", 100, 1000), ("c", 200, 1000))
    higher = measure(registry.get("answer_rate"), given_sums, benchmark=20.0)["verdict"].tolist()
    lower = measure(registry.get("abandonment"), given_sums, benchmark=20.0)["verdict"].tolist()
    neither = measure(registry.get("referral_rate"), given_sums, benchmark=20.0)["verdict"].tolist()
    assert higher == ["better", "worse", "steady"]
    assert lower == ["worse", "better", "steady"]
    assert neither == ["none", "none", "none"]


def test_suppressed_and_missing_rows_stay_and_carry_no_figure():
    given_sums = sums(("a", np.nan, 20), ("b", 5, 0), ("c", 50, 100), status=["suppressed", "ok", "ok"])
    out = measure(registry.get("answer_rate"), given_sums)
    assert out["status"].tolist() == ["suppressed", "missing", "ok"]
    assert out.loc[:1, ["value", "lower", "upper"]].isna().all(axis=None)
    assert len(out) == 3


def test_a_denominator_below_the_declared_minimum_is_not_shown():
    metric = replace(registry.get("answer_rate"), minimum_denominator=50)
    assert measure(metric, sums(("a", 20, 49), ("b", 20, 50)))["status"].tolist() == ["suppressed", "ok"]


def test_weighted_shares_use_kishs_effective_sample_size():
    # weights 2 x 50 and 1 x 50: sum 150, squares 250, n_eff = 150^2 / 250 = 90; 60 / 150 = 0.4
    given_sums = sums(("a", 60.0, 150.0), base=[100], squares=[250.0])
    row = measure(registry.get("isolation_prevalence"), given_sums).iloc[0]
    from metrics.intervals import wilson

    lower, upper = wilson(36, 90)
    assert (row["value"], row["lower"], row["upper"]) == pytest.approx((40.0, lower * 100, upper * 100))
    assert row["n"] == 100


def test_person_time_rates_use_byar_per_hundred_person_years():
    # 65 events in 3,652,500 person-days = 10,000 person-years: 0.65 per 100, Byar 50.163 to 82.849 (UKHSA)
    row = measure(registry.get("reisolation_rate"), sums(("a", 65, 3_652_500))).iloc[0]
    assert (row["value"], row["lower"], row["upper"]) == pytest.approx((0.65, 0.50163, 0.82849), abs=1e-5)


def test_a_target_holds_between_its_dates_only():
    metric = registry.get("hotline_answered")
    assert target_on(metric, date(2025, 5, 8)) == 3000
    assert target_on(metric, date(2026, 1, 1)) is None and target_on(metric, date(2025, 3, 31)) is None


@given(st.integers(0, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 99.5))
def test_the_published_view_never_claims_a_difference_that_the_exact_counts_do_not(pair, benchmark):
    x, n = pair
    exact = sums(("a", x, n))
    metric = registry.get("answer_rate")
    shown = measure(metric, release.protect(exact, keys=["district_code"], ratio=True), benchmark=benchmark)
    if shown["verdict"].iloc[0] in ("better", "worse"):
        assert measure(metric, exact, benchmark=benchmark)["verdict"].iloc[0] == shown["verdict"].iloc[0]


@given(
    st.lists(
        st.tuples(st.integers(0, 10_000), st.integers(1, 10_000)).filter(lambda p: p[0] <= p[1]),
        min_size=1,
        max_size=30,
    )
)
def test_every_frame_keeps_the_contract(pairs):
    given_sums = sums(*((str(i), x, n) for i, (x, n) in enumerate(pairs)))
    out = measure(registry.get("answer_rate"), given_sums, benchmark=50.0)
    metric_frame.check(out)
    assert metric_frame.keys(out) == ["area_code"] and len(out) == len(pairs)


def test_a_metric_without_target_reason_or_interval_reason_cannot_be_declared():
    good = registry.get("answer_rate")
    with pytest.raises(ValueError, match="target"):
        replace(good, target=None, no_target_reason=None)
    with pytest.raises(ValueError, match="interval"):
        replace(good, interval="none", interval_reason=None)


def test_a_frame_that_breaks_the_contract_is_refused():
    out = measure(registry.get("answer_rate"), sums(("a", 50, 100)))
    with pytest.raises(ValueError, match="suppressed"):
        metric_frame.check(out.assign(status="suppressed"))
    with pytest.raises(ValueError, match="outside"):
        metric_frame.check(out.assign(lower=99.0, upper=100.0))
    with pytest.raises(ValueError, match="lacks"):
        metric_frame.check(out.drop(columns="verdict"))


@pytest.mark.parametrize("metric", registry.METRICS, ids=lambda m: m.metric_id)
def test_every_metric_is_fully_declared(metric: Metric):
    for text in (
        metric.name,
        metric.short,
        metric.definition,
        metric.formula,
        metric.counted,
        metric.owner,
        metric.caveat,
    ):
        assert text.ko.strip() and text.en.strip() and text.ko != text.en
    assert metric.minimum_denominator >= 1
    assert list(metric.breaks) == sorted(set(metric.breaks)) and len(metric.breaks) <= 4
