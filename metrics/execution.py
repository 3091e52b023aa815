"""How fast money is spent: cumulative months of every line, the profile of past years, bursts and silence (B8, B11)."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from guards import number, numbers, table, takes
from metrics.budget import CELLS, WON, staged

LINES = table(
    "programme_id", "line_type", fiscal_year=WON, month=WON, spent=numbers("n"), budget=numbers("n")
)
KEYED = table("kind", "programme_id", "line_type", fiscal_year=WON, month_key=WON, amount_krw=WON)
LINE = ["fiscal_year", "programme_id", "line_type"]
LEAST_PAST = 4  # line-years below which no profile is expected
STALE_MONTHS = 3  # without a payment, from which a line counts as silent
BAND_MISS = 0.2  # part of lines outside an 80 % band by chance alone
COMPARABLE = 0.8  # part of the budget that must have a past before its band stands for the whole


@takes(cells=CELLS)
def line_months(cells: pd.DataFrame) -> pd.DataFrame:
    """Cumulative spending and 예산현액 of every budget line at the end of each month of its year.

    Returns: fiscal_year, programme_id, line_type, month (1 to 12), spent, budget, carry_out, refunded (int64 won); `spent` is
        net of what was refunded.
    """
    rows = staged(cells, closed_before=0)
    rows["month"] = rows["month_key"] % 100
    sums = rows.groupby([*LINE, "month"])[["expenditure", "current", "carry_out"]].sum()
    lines = sums.index.droplevel("month").unique()
    full = pd.MultiIndex.from_tuples(
        [(*line, month) for line in lines for month in range(1, 13)], names=[*LINE, "month"]
    )
    back = rows[rows["kind"] == "refund"].groupby([*LINE, "month"])["amount_krw"].sum()
    sums["refunded"] = back.reindex(sums.index, fill_value=0).astype("int64")
    out = sums.reindex(full, fill_value=0).groupby(level=LINE).cumsum().reset_index()
    return out.rename(columns={"expenditure": "spent", "current": "budget"})


@takes(
    lines=table("line_type", fiscal_year=WON, month=WON, spent=numbers("n"), budget=numbers("n")),
    before=number(whole=True),
)
def profile(lines: pd.DataFrame, *, before: int) -> pd.DataFrame:
    """Expected cumulative execution by line type and month: median and 80 % band of the years before (B11).

    Args:
        lines: as `line_months`.

    Returns: line_type, month, low, median, high (percent of 예산현액) and n, the line-years behind them.
    """
    past = lines[(lines["fiscal_year"] < before) & (lines["budget"] > 0)]
    share = (100 * past["spent"] / past["budget"]).rename("share")
    grouped = share.groupby([past["line_type"], past["month"]])
    parts = {name: grouped.quantile(part) for name, part in (("low", 0.1), ("median", 0.5), ("high", 0.9))}
    return pd.DataFrame({**parts, "n": grouped.size()}).reset_index()


@takes(lines=table("line_type", fiscal_year=WON, month=WON, spent=numbers("n")))
def burst_index(lines: pd.DataFrame) -> pd.DataFrame:
    """December's share of a closed year's spending against an even twelfth: 1 is even. Columns fiscal_year, burst."""
    months = lines.groupby(["fiscal_year", "month"])["spent"].sum().unstack("month")
    december = months[12] - months[11]
    return pd.DataFrame({"fiscal_year": months.index, "burst": (12 * december / months[12]).to_numpy()})


@takes(cells=CELLS, month=number(low=1, high=12, whole=True))
def stale_months(cells: pd.DataFrame, *, month: int) -> pd.Series:
    """Months since each line's last payment of the year, `month` where it has paid nothing; by programme and line type."""
    key = ["programme_id", "line_type"]
    paid = cells[cells["kind"] == "expenditure"].groupby(key)["month_key"].max() % 100
    every = cells.groupby(key).size().index
    return month - paid.reindex(every, fill_value=0)


@takes(lines=LINES, cells=KEYED, year=number(whole=True), month=number(low=1, high=12, whole=True))
def standing(lines: pd.DataFrame, cells: pd.DataFrame, *, year: int, month: int) -> pd.DataFrame:
    """Every line of a year at a month beside what past years lead to expect.

    Args:
        lines: as `line_months`. cells: the ledger's, of all years.

    Returns: programme_id, line_type, spent, budget, share, low, median, high, n, stale (months), state (over, under,
        within, stale, short), gap (won beyond the band). Band and n are NaN where the type has no past.

    Raises:
        ValueError: won, years or months that are missing, or a month outside the year.
    """
    now = lines[(lines["fiscal_year"] == year) & (lines["month"] == month) & (lines["budget"] > 0)]
    expected = profile(lines, before=year)
    out = now.merge(expected[expected["month"] == month].drop(columns="month"), on="line_type", how="left")
    out["share"] = 100 * out["spent"] / out["budget"]
    silent = stale_months(cells[cells["fiscal_year"] == year], month=month)
    keys = pd.MultiIndex.from_frame(out[["programme_id", "line_type"]])
    out["stale"] = silent.reindex(keys).fillna(month).astype(int).to_numpy()
    low, high = (out[name] / 100 * out["budget"] for name in ("low", "high"))
    out["gap"] = (out["spent"] - high).clip(lower=0) - (low - out["spent"]).clip(lower=0)
    out["state"] = "within"
    out.loc[out["gap"] > 0, "state"] = "over"
    out.loc[out["gap"] < 0, "state"] = "under"
    out.loc[out["stale"] >= STALE_MONTHS, "state"] = "stale"
    out.loc[~(out["n"] >= LEAST_PAST), "state"] = "short"
    return out


class Band(NamedTuple):
    """Expected cumulative execution by month, January first, in percent of 예산현액."""

    low: list[float]
    median: list[float]
    high: list[float]


@takes(
    lines=table("line_type", fiscal_year=WON, month=WON, spent=numbers("n"), budget=numbers("n")),
    budgets=numbers("k"),
    before=number(whole=True),
)
def band(lines: pd.DataFrame, budgets: pd.Series, *, before: int) -> Band | None:
    """The expected band of several lines together: their types' bands, weighted by budget.

    Args:
        lines: as `line_months`, of all programmes. budgets: won by line type of the lines that are asked about.

    Returns: None where too little of the budget has a past.

    Raises:
        ValueError: won that are missing.
    """
    expected = profile(lines, before=before)
    expected = expected[expected["n"] >= LEAST_PAST]
    known = budgets[budgets.index.isin(expected["line_type"])]
    if known.sum() < COMPARABLE * budgets.sum() or not known.sum():
        return None
    tables = (
        expected.pivot(index="month", columns="line_type", values=name).reindex(columns=known.index).fillna(0)
        for name in Band._fields
    )
    return Band(*(((table @ known) / known.sum()).tolist() for table in tables))


class Parked(NamedTuple):
    """Won that a year paid, that reached their final use, and that executing bodies were given and used."""

    spent: int
    final: int
    given: int
    used: int
    current: int


@takes(cells=table("kind", "line_type", fiscal_year=WON, amount_krw=WON), closed_before=number(whole=True))
def parked(cells: pd.DataFrame, *, closed_before: int) -> Parked:
    """Money paid out that is not finally spent: it stands with executing bodies. `cells` of one year, lest rates mix.

    Returns: whole won; 0 of no cells.

    Raises:
        ValueError: won or years that are missing or no whole numbers.
    """
    rows = staged(cells, closed_before=closed_before)
    sums = rows[["expenditure", "final_expenditure", "disbursed", "current"]].sum()
    used = rows.loc[rows["line_type"] == "transfer", "final_expenditure"].sum()
    return Parked(
        int(sums["expenditure"]),
        int(sums["final_expenditure"]),
        int(sums["disbursed"]),
        int(used),
        int(sums["current"]),
    )
