"""Where the money comes from and where it ends: flows, and what a cut of the subsidy would reach."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from guards import number, numbers, table, takes
from metrics.budget import CELLS, CLOSING, WON, staged


@takes(cells=CELLS, closed_before=number(whole=True))
def flows(cells: pd.DataFrame, strategies: pd.Series, *, closed_before: int) -> list[tuple[str, str, int]]:
    """Current budget from its source through strategy and programme to where it ended: (from, to, won).

    Args:
        strategies: strategy_id by programme_id.

    Returns: nodes fund:…, strategy:…, programme:… and end:… (`CLOSING`); what enters a node leaves it, to the won.
    """
    rows = staged(cells, closed_before=closed_before)
    rows["strategy_id"] = rows["programme_id"].map(strategies)
    parts = (
        (rows.groupby(["funding", "strategy_id"])["current"].sum(), "fund:{}", "strategy:{}"),
        (rows.groupby(["strategy_id", "programme_id"])["current"].sum(), "strategy:{}", "programme:{}"),
        (rows.groupby("programme_id")[list(CLOSING)].sum().stack(), "programme:{}", "end:{}"),
    )
    return [
        (left.format(a), right.format(b), int(v))
        for sums, left, right in parts
        for (a, b), v in sums.items()
        if v
    ]


FUNDING = ("national", "city", "district")


@takes(cells=CELLS, closed_before=number(whole=True), share=number(low=0, high=1))
def exposure(
    cells: pd.DataFrame, *, closed_before: int, share: float = 0.0, keys: Sequence[str] = ("programme_id",)
) -> pd.DataFrame:
    """Where the money comes from, and what a cut of the national subsidy would still reach in open years.

    Worked out by year and line type, then summed. The cut is taken of an open year's whole national budget but reaches
    only what is neither spent nor carried over; closed years are beyond it. Local money of the same line is matched to
    the subsidy in the proportion in force (지방비 매칭) and loses its ground with it, at most what is left of it.

    Args:
        share: the part of the subsidy that is cut, 0 to 1.

    Returns: keys, national, city, district (current budget by funding, all years), national_left and matched_left (of
        open years), national_cut and matched_cut (won of each that the cut takes away or leaves without its ground).
    """
    rows = staged(cells, closed_before=closed_before)
    table = rows.pivot_table(
        index=[*keys, "fiscal_year", "line_type"],
        columns="funding",
        values=["current", "remaining"],
        aggfunc="sum",
        fill_value=0,
    ).reindex(columns=pd.MultiIndex.from_product([["current", "remaining"], FUNDING]), fill_value=0)
    out = table["current"].astype(np.int64).copy()
    left = table["remaining"].clip(lower=0).astype(np.int64)
    is_open = out.index.get_level_values("fiscal_year") >= closed_before
    national = out["national"].where(is_open, 0).clip(lower=0)
    matched = (out["city"] + out["district"]).where(national > 0, 0).clip(lower=0)
    out["national_left"] = left["national"].where(is_open, 0)
    out["matched_left"] = (left["city"] + left["district"]).where(national > 0, 0)
    out["national_cut"] = (national * share).clip(upper=out["national_left"])
    ratio = (matched / national.where(national > 0)).fillna(0)
    out["matched_cut"] = (out["national_cut"] * ratio).clip(upper=out["matched_left"])
    return out.groupby(level=list(keys)).sum().reset_index()


@takes(
    cells=CELLS,
    planned=table("programme_id", fiscal_year=WON, planned_krw=numbers("n")),
    year=number(whole=True),
)
def later_cells(cells: pd.DataFrame, planned: pd.DataFrame, *, year: int) -> pd.DataFrame:
    """Later years' plan as cells, divided by funding and line type as each programme's budget of a year is: an assumption.

    Args:
        planned: programme_id, fiscal_year, planned_krw; only years after `year` are taken.

    Returns: fiscal_year, programme_id, funding, line_type, kind, amount_krw (whole won); a programme without a budget in
        `year` has no known mix and no row.
    """
    rows = staged(cells[cells["fiscal_year"] == year], closed_before=year)
    mix = rows.groupby(["programme_id", "funding", "line_type"])["current"].sum().clip(lower=0)
    part = (mix / mix.groupby(level="programme_id").transform("sum")).dropna().rename("part").reset_index()
    out = planned.loc[planned["fiscal_year"] > year, ["programme_id", "fiscal_year", "planned_krw"]].merge(
        part, on="programme_id"
    )
    out["amount_krw"] = (out["planned_krw"].astype(float) * out["part"]).round().astype(np.int64)
    return out.assign(kind="appropriation_original").drop(columns=["planned_krw", "part"])
