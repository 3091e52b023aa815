"""Where the money comes from and where it ends: flows, and what a cut of the subsidy would reach."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from metrics.budget import CLOSING, staged


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


def exposure(
    cells: pd.DataFrame, *, closed_before: int, keys: Sequence[str] = ("programme_id",)
) -> pd.DataFrame:
    """What a cut of the national subsidy could still take: national money not yet spent, and the local money matched to it.

    Returns: keys, national, city, district (current budget by funding), national_left (national money not spent or
        carried over), matched_left (local money left in programmes that hold national money).
    """
    rows = staged(cells, closed_before=closed_before)
    table = rows.pivot_table(
        index=list(keys), columns="funding", values=["current", "remaining"], aggfunc="sum", fill_value=0
    )
    table = table.reindex(
        columns=pd.MultiIndex.from_product([["current", "remaining"], ["national", "city", "district"]]),
        fill_value=0,
    )
    out = table["current"].astype(np.int64).copy()
    left = table["remaining"].clip(lower=0).astype(np.int64)
    out["national_left"] = left["national"]
    out["matched_left"] = (left["city"] + left["district"]).where(out["national"] > 0, 0)
    return out.reset_index()
