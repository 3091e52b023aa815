"""Where a district stands in the order, as an interval: a place without one is noise (A12)."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from locales import numbers, t
from metrics import registry
from ui import estimates, mapview

DRAWS, SEED = 10_000, 120


def of(indicator: str, *, period: int, group: str = "all", estimate: str = estimates.DIRECT) -> pd.DataFrame:
    """Rank intervals of the 25 districts by code: median, lower, upper (1 is highest), top_five (probability)."""
    return _of(indicator, period, group, estimate, estimates.version())


@st.cache_resource(max_entries=128, show_spinner=False)
def _of(indicator: str, period: int, group: str, estimate: str, version: Any) -> pd.DataFrame:
    import numpy as np

    from geo import small_area

    where = mapview.where(registry.get(indicator), period, group)
    known = estimates.areas(indicator, where=where, estimate=estimate, year=period)
    found = small_area.rank_intervals(
        known.values, known.se.reindex(known.values.index), DRAWS, np.random.default_rng(SEED)
    )
    columns = {"median": found.median, "lower": found.lower, "upper": found.upper, "top_five": found.top_five}
    return pd.DataFrame(columns, index=known.values.index)


def sentence(order: pd.DataFrame, code: str, lang: str) -> str:
    """'Of 25 districts it stands between the 3rd and the 14th (95 %)': a place only as an interval."""
    if code not in order.index or pd.isna(order.loc[code, "median"]):
        return t("district.rank_unknown", lang)
    row = order.loc[code]
    key = "district.rank" if row["lower"] < row["upper"] else "district.rank_sure"
    return t(key, lang, total=int(order["median"].notna().sum()), low=int(row["lower"]), high=int(row["upper"]),
             chance=numbers.number(100 * row["top_five"]))  # fmt: skip
