"""Outturn: Mack's published triangle, intervals that keep their promise on past origins, ceilings that are never passed."""

import numpy as np
import pandas as pd
import pytest

from data.engine import make_engine
from forecast.backtest import backtest, inside, scores, told, totals
from forecast.outturn import chain_ladder, forecast_year, intervals, line_draws
from forecast.plan_end import five_years
from metrics.execution import line_months
from metrics.intervals import wilson
from tools import outturn_study, study

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
    # The demonstration's counselling is suspended in August 2025.
    return backtest(lines, before=2026, seed=1, stopped={"mind_counselling": 202508})


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


LEVELS = [50, 80, 95]
# Cumulative spending by month of an uneven year with a fifth in December, as Korean budgets have it (statistics.md C).
PROFILE = np.array([0.03, 0.05, 0.08, 0.07, 0.07, 0.10, 0.07, 0.07, 0.08, 0.07, 0.09, 0.22])


def random_books(rng, *, lines=12, years=6):
    """Books of one line type whose lines and years are independent: what an interval says of them can be counted."""
    rows = []
    for year in range(2020, 2020 + years):
        for line in range(lines):
            budget = np.full(12, 1e9)
            budget[5:] *= 1 + (rng.random() < 0.3) * rng.uniform(
                -0.03, 0.10
            )  # a supplementary budget in June
            rate = 1 / (1 + np.exp(-rng.normal(1.85, 0.28)))
            spent = rate * budget[-1] * np.cumsum(rng.dirichlet(60 * PROFILE))
            rows += [(year, f"p{line}", "operating", m + 1, spent[m], budget[m], 0.0) for m in range(12)]
    names = ["fiscal_year", "programme_id", "line_type", "month", "spent", "budget", "carry_out"]
    return pd.DataFrame(rows, columns=names)


@pytest.fixture(scope="module")
def long_run():
    """Coverage of 60 independent books by level (rows: books) at three origin months, lines of 2023 (own past: three
    years, the profile) and of 2025 (five years, Mack)."""
    found = []
    for number in range(60):
        books = random_books(np.random.default_rng((11, number)))
        for year in (2023, 2025):
            ends = books[(books["fiscal_year"] == year) & (books["month"] == 12)].set_index("programme_id")[
                "spent"
            ]
            for month in (3, 6, 10):
                rng = np.random.default_rng((12, number, month))
                drawn = line_draws(books, year=year, month=month, draws=1000, rng=rng)
                limits = pd.DataFrame([intervals(draw[:, 0]) for _, draw in drawn.values()])
                tested = limits.assign(actual=ends[[name for name, _ in drawn]].to_numpy())
                found += [(number, year, month, level, inside(tested, level).mean()) for level in LEVELS]
    return pd.DataFrame(found, columns=["books", "year", "month", "level", "inside"])


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("month", [3, 6, 10])
@pytest.mark.parametrize("year", [2023, 2025])
def test_over_many_books_the_intervals_hold_what_they_promise(long_run, year, month, level):
    own = long_run[(long_run["year"] == year) & (long_run["month"] == month) & (long_run["level"] == level)]
    # Books are independent, the lines within one are not: the error is that of the mean over books.
    error = own["inside"].std(ddof=1) / np.sqrt(len(own))
    assert own["inside"].mean() == pytest.approx(level / 100, abs=3 * error)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("month", range(1, 12))
def test_at_every_past_origin_month_the_intervals_hold_their_level_within_binomial_error(
    tested, month, level
):
    own = told(tested[tested["month"] == month])
    # Within one month every line-year is one trial; months are never added up, since they share the year's end.
    hits = int(inside(own, level).sum())
    assert level / 100 <= wilson(hits, len(own))[1]  # too narrow is the broken promise: every month by itself
    # 33 looks at the same years: too wide by chance is expected once or twice, hence Bonferroni's limit.
    assert level / 100 >= wilson(hits, len(own), confidence=1 - 0.05 / 33)[0]


def test_over_all_origins_each_line_year_is_one_trial_and_every_level_is_held(tested):
    table, lines = scores(tested), told(tested)
    last = table.iloc[-1]
    assert last["month"] == 0
    assert last["n"] == len(lines.groupby(["fiscal_year", "programme_id", "line_type"]))
    for level in LEVELS:
        low, high = wilson(last[f"cover_{level}"] / 100 * last["n"], last["n"])
        assert low <= level / 100 <= high


def test_the_total_of_every_past_origin_is_the_sum_of_its_lines(tested):
    whole = tested[tested["method"] == "total"].set_index(["fiscal_year", "month"])
    lines = tested[tested["method"] != "total"].groupby(["fiscal_year", "month"])
    assert (whole["actual"] == lines["actual"].sum()).all() and (
        whole["budget"] == lines["budget"].sum()
    ).all()
    # Lines of a year do not all err the same way: the total is known better, relative to its size, than they are.
    wide = (
        ((tested["high_95"] - tested["low_95"]) / tested["budget"])
        .groupby(tested["method"] == "total")
        .mean()
    )
    assert wide[True] < wide[False]
    table = totals(tested).set_index("fiscal_year")
    assert table["months"].tolist() == [11, 11, 11, 11]
    assert table["in_95"].to_dict() == inside(whole, 95).groupby("fiscal_year").sum().to_dict()
    assert (table["in_95"] > 5).all()  # no year lay outside most of the time
    assert (table["error"] < table["naive_error"]).all()


def test_the_outturn_beats_the_straight_line_at_every_origin_month(tested):
    table = scores(tested)
    assert len(table) == 12  # eleven months and all together
    assert (table["error"] < table["naive_error"]).all()
    assert (
        tested["naive"] <= tested["straight"]
    ).all()  # the yardstick is held to the budget, which helps it


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
    # Nothing is known of what is carried either: the whole of the rest, or nothing of it.
    assert row["carry_low"] < 0.02 * width and row["carry_high"] > 0.75 * width


def test_a_range_carries_over_what_the_few_past_years_carried(lines):
    past = lines[(lines["line_type"] == "facility") & (lines["fiscal_year"] == 2025) & (lines["month"] == 12)]
    share = past["carry_out"] / (past["budget"] - past["spent"])  # 0.7 by the demonstration's own rule
    drawn = line_draws(lines, year=2026, month=10, draws=200, rng=np.random.default_rng(1))
    method, draw = drawn["itda_place", "facility"]
    assert method == "range"
    carried = draw[:, 1] / (draw[:, 1] + draw[:, 2])
    assert carried.min() >= share.min() - 1e-9 and carried.max() <= share.max() + 1e-9
    assert 0.69 < carried.mean() < 0.71


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


def test_a_stop_is_known_from_its_month_on_and_gives_a_range(lines):
    stops = {"mind_counselling": 202508}
    methods = {}
    for month in (7, 8):
        rng = np.random.default_rng(1)
        drawn = line_draws(lines, year=2025, month=month, draws=400, rng=rng, stopped=stops)
        methods[month] = drawn["mind_counselling", "transfer"][0]
        assert drawn["hotline", "operating"][0] == "profile"  # other programmes run on
    assert methods == {7: "profile", 8: "stopped"}
    found = forecast_year(lines, year=2025, month=9, seed=1, draws=400, stopped=stops).programmes
    assert found.set_index("programme_id").at["mind_counselling", "method"] == "stopped"


def test_a_stopped_programme_may_end_where_it_stands_and_anywhere_up_to_its_budget(lines):
    stops = {"mind_counselling": 202508}
    found = forecast_year(lines, year=2025, month=9, seed=1, draws=4000, stopped=stops)
    row = found.programmes.set_index("programme_id").loc["mind_counselling"]
    mine = found.spending[:, list(found.programmes["programme_id"]).index("mind_counselling")]
    # Half of the draws stand at what is paid less what comes back of it, 1 to 3 % in past years; the others lie evenly above.
    still = mine <= row["spent"]
    assert still.mean() == pytest.approx(0.51, abs=0.04)  # and a few of those that were paid little more
    assert 0.97 * row["spent"] < mine.min() and np.median(mine[still]) < 0.99 * row["spent"]
    rest = (mine[~still] - row["spent"]) / (row["budget"] - row["spent"])
    assert rest.mean() == pytest.approx(0.5, abs=0.04) and rest.max() > 0.95
    # In truth nothing more was paid and 71 million won came back in December.
    end = lines[
        (lines["fiscal_year"] == 2025)
        & (lines["month"] == 12)
        & (lines["programme_id"] == "mind_counselling")
    ]
    assert row["low_95"] <= end["spent"].sum() <= row["high_95"] and end["spent"].sum() < row["spent"]


def test_without_known_refunds_a_stopped_programme_stands_exactly_at_what_is_paid(lines):
    found = forecast_year(
        lines.drop(columns="refunded"),
        year=2025,
        month=9,
        seed=1,
        draws=2000,
        stopped={"mind_counselling": 202508},
    )
    row = found.programmes.set_index("programme_id").loc["mind_counselling"]
    mine = found.spending[:, list(found.programmes["programme_id"]).index("mind_counselling")]
    assert (mine == row["spent"]).mean() == pytest.approx(0.5, abs=0.04) and row["low_95"] == row["spent"]


def test_refunds_are_cumulative_and_spending_is_net_of_them(lines):
    closed = lines[(lines["month"] == 12) & (lines["fiscal_year"] < 2026)]
    ends = closed[(closed["line_type"] == "transfer") & (closed["spent"] > 0)]
    share = ends["refunded"] / (ends["spent"] + ends["refunded"])
    assert share.between(0.01, 0.03).all()
    assert (lines.loc[lines["line_type"] != "transfer", "refunded"] == 0).all()


def test_a_stopped_programme_is_held_from_the_month_of_its_stop_on(tested):
    own = tested[tested["method"] == "stopped"]
    assert len(own) == 4 and inside(own, 95).all()


def test_the_part_spent_of_the_years_final_budget_never_exceeds_all_of_it(lines):
    found = forecast_year(lines, year=2025, month=3, seed=1, draws=2000)
    for row in (found.total, *found.programmes.to_dict("records")):
        assert (
            0
            <= row["rate_low_95"]
            <= row["rate_low_50"]
            <= row["rate"]
            <= row["rate_high_50"]
            <= row["rate_high_95"]
            <= 1
        )
    # In won a year may end above today's budget: supplementary budgets still come.
    assert (found.programmes["high_95"] > found.programmes["budget"]).any()


@pytest.fixture(scope="module")
def year_ends():
    return outturn_study.run(40, 3, draws=600)


@pytest.mark.parametrize("end", outturn_study.ENDS)
def test_the_total_of_a_year_with_a_stopped_programme_holds_as_often_as_it_says(year_ends, end):
    """40 year-ends of either size: of 80 at 90 to 98 %, two Monte Carlo errors are 6 points."""
    own = year_ends[year_ends["end"] == end]
    assert 0.90 - 0.06 <= own["total"].mean() <= 1.0
    assert own["own"].mean() >= 0.9
    if end == "nothing more":
        assert own["own"].all()


def test_the_outturn_page_says_what_the_study_found():
    page, committed = outturn_study.text(1, 3), (study.FOLDER / "outturn.md").read_text(encoding="utf-8")
    assert [r for r in committed.splitlines() if r.startswith(("#", "| still"))] == [
        r for r in page.splitlines() if r.startswith(("#", "| still"))
    ]
    assert "missed" not in committed


def test_the_same_seed_gives_the_same_forecast(lines):
    one, two = (forecast_year(lines, year=2026, month=10, seed=9, draws=500) for _ in range(2))
    assert one.total == two.total


def test_a_triangle_turned_over_or_with_an_infinite_sum_is_refused():
    with pytest.raises(ValueError, match="oldest origin first"):
        chain_ladder([[6, np.nan], [10, 20], [20, 30]])
    with pytest.raises(ValueError, match="finite"):
        chain_ladder([[10, np.inf], [20, np.nan]])


def test_one_pair_of_sums_alone_tells_no_error():
    # R's ChainLadder refuses a 2 × 2 triangle; the factor is known here, its variance is not.
    found = chain_ladder([[10, 20], [12, np.nan]])
    assert found.ultimates.tolist() == [20, 24] and found.se[0] == 0
    assert np.isnan(found.sigma2[0]) and np.isnan(found.se[1]) and np.isnan(found.total_se)
