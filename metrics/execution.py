"""How fast money is spent: cumulative months of every line, the profile of past years, bursts and silence (B8, B11)."""

from __future__ import annotations

import pandas as pd

from guards import number, numbers, table, takes
from metrics.budget import CELLS, WON, staged

LINE = ["fiscal_year", "programme_id", "line_type"]


@takes(cells=CELLS)
def line_months(cells: pd.DataFrame) -> pd.DataFrame:
    """Cumulative spending and 예산현액 of every budget line at the end of each month of its year.

    Returns: fiscal_year, programme_id, line_type, month (1 to 12), spent, budget, carry_out (int64 won).
    """
    rows = staged(cells, closed_before=0)
    rows["month"] = rows["month_key"] % 100
    sums = rows.groupby([*LINE, "month"])[["expenditure", "current", "carry_out"]].sum()
    lines = sums.index.droplevel("month").unique()
    full = pd.MultiIndex.from_tuples(
        [(*line, month) for line in lines for month in range(1, 13)], names=[*LINE, "month"]
    )
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
