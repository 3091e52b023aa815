"""Outturn: Mack's published triangle, intervals that keep their promise on past origins, ceilings that are never passed."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from data.engine import make_engine
from forecast.backtest import backtest, scores
from forecast.outturn import chain_ladder, five_years, forecast_year
from metrics.execution import line_months

# Taylor and Ashe's triangle, as in Mack (1993), ASTIN Bulletin 23, tables 2 and 3.
TAYLOR_ASHE = [
    [357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463],
    [352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085],
    [290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315],
    [310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268],
    [443160, 1136350, 2128333, 2897821, 3402672, 3873311],
    [396132, 1333217, 2180715, 2985752, 3691712],
    [440832, 1288463, 2419861, 3483130],
    [359480, 1421128, 2864498],
    [376686, 1363294],
    [344014],
]
# Same source: standard errors of rows 2 to 10.
MACK_SE = [75535, 121699, 133549, 261406, 411010, 558317, 875328, 971258, 1363155]


def triangle(rows):
    return np.array([[*row, *[np.nan] * (len(rows[0]) - len(row))] for row in rows], dtype=float)


@pytest.fixture(scope="module")
def lines(store):
    with make_engine(store).connect() as connection:
        return line_months(
            pd.read_sql("select * from ledger_monthly", connection.connection.driver_connection)
        )


@pytest.fixture(scope="module")
def tested(lines):
    return backtest(lines, before=2026, seed=1)


def test_macks_published_triangle_gives_his_factors_reserve_and_errors():
    found = chain_ladder(triangle(TAYLOR_ASHE))
    assert found.factors[0] == pytest.approx(3.4906, abs=5e-5)  # Mack 1993, table 2
    assert found.reserves.sum() == pytest.approx(18680856, abs=1)
    assert found.total_se == pytest.approx(2447095, rel=1e-5)
    assert found.se[0] == 0
    np.testing.assert_allclose(found.se[1:], MACK_SE, rtol=1e-5)


def test_complete_origins_develop_the_last_by_the_ratio_of_their_sums():
    # (20 + 30) / (10 + 20) = 5/3; the factor is a ratio of sums, not the mean of 2 and 1.5.
    found = chain_ladder([[10, 20], [20, 30], [6, np.nan]])
    assert found.factors[0] == pytest.approx(5 / 3)
    assert found.ultimates.tolist() == [20, 30, 10]
    # sigma² = 10 (2 − 5/3)² + 20 (1.5 − 5/3)² = 5/3; mse = 10² σ²/f² (1/6 + 1/30) = 12, and σ/f: (5/3) / (25/9) = 0.6.
    assert found.sigma2[0] == pytest.approx(5 / 3)
    assert found.se[2] ** 2 == pytest.approx(100 * 0.6 * (1 / 6 + 1 / 30))


@pytest.mark.parametrize("bad", [[[1, 2]], [[1, np.nan], [1, np.nan]], [[np.nan, 2], [1, 2]]])
def test_a_triangle_that_cannot_be_developed_is_refused(bad):
    with pytest.raises(ValueError):
        chain_ladder(bad)


@pytest.mark.parametrize("level", [50, 80, 95])
def test_intervals_hold_their_level_over_past_origins_within_binomial_error(tested, level):
    # The 11 origins of a line-year share its end: each line-year is one trial, its origins averaged.
    inside = tested["actual"].between(tested[f"low_{level}"], tested[f"high_{level}"])
    by_line = inside.groupby([tested["fiscal_year"], tested["programme_id"], tested["line_type"]]).mean()
    low, high = proportion_confint(by_line.sum(), len(by_line), method="wilson")
    assert low <= level / 100 <= high


def test_the_outturn_beats_the_straight_line_at_every_origin_month(tested):
    table = scores(tested)
    assert len(table) == 11
    assert (table["error"] < table["naive_error"]).all()


def test_a_forecast_knows_nothing_of_later_months(lines):
    later = (lines["fiscal_year"] == 2025) & (lines["month"] > 6)
    doubled = lines.assign(spent=lines["spent"].where(~later, lines["spent"] * 2))
    one, two = (forecast_year(frame, year=2025, month=6, seed=3, draws=500) for frame in (lines, doubled))
    assert one.total == two.total


def test_spending_lies_between_what_is_paid_and_what_may_be_spent(lines):
    found = forecast_year(lines, year=2026, month=10, seed=3)
    rows = found.programmes
    assert (found.spending >= rows["spent"].to_numpy() - 1).all()
    assert (found.spending + found.carried <= rows["budget"].to_numpy() * 1.0 + 1).all()
    assert found.total["spent"] <= found.total["low_95"] <= found.total["estimate"] <= found.total["high_95"]
    assert {"mack", "profile", "range"} == set(rows["method"])


def test_too_little_history_gives_a_range_over_all_that_is_possible(lines):
    found = forecast_year(lines[lines["fiscal_year"] == 2026], year=2026, month=10, seed=3, draws=20_000)
    assert set(found.programmes["method"]) == {"range"}
    row = found.programmes.set_index("programme_id").loc["challenge_365"]  # one line: uniform to its ceiling
    width = row["budget"] - row["spent"]
    assert row["low_95"] == pytest.approx(row["spent"] + 0.025 * width, rel=0.01)
    assert row["high_95"] == pytest.approx(row["spent"] + 0.975 * width, rel=0.01)


def test_five_years_are_booked_simulated_and_planned_and_their_sum_has_an_interval(lines):
    running = forecast_year(lines, year=2026, month=10, seed=3)
    planned = pd.DataFrame({2027: [90_000_000_000], 2028: [95_000_000_000]}, index=["hotline"])
    closed = pd.DataFrame({2025: [60_000_000_000]}, index=["mind_counselling"])
    found = five_years(closed, running, planned, [0.80, 0.85, 0.90], total=451.3e9, seed=4)
    years = found.years.set_index("fiscal_year")
    assert list(years.index) == [2025, 2026, 2027, 2028]
    assert years.loc[2025, "low_95"] == years.loc[2025, "high_95"] == 60_000_000_000
    assert (years["high_95"] - years["low_95"]).loc[[2026, 2027]].gt(0).all()
    # At most: booked, what 2026 may spend, and the two plans with all that could be carried into them.
    most = 60e9 + running.total["budget"] + 185e9
    assert found.total["high_95"] < most and found.above == 0
    assert found.below_85 == 1  # two of five years are missing from this plan
    by_programme = found.programmes.set_index("programme_id")
    assert (
        by_programme.loc["mind_counselling", "low_95"]
        == by_programme.loc["mind_counselling", "high_95"]
        == 60e9
    )
    assert set(by_programme.index) == {*running.programmes["programme_id"], "hotline", "mind_counselling"}


def test_the_same_seed_gives_the_same_forecast(lines):
    one, two = (forecast_year(lines, year=2026, month=10, seed=9, draws=500) for _ in range(2))
    assert one.total == two.total
