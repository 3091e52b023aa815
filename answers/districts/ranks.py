"""Where a district stands in the order, as an interval: a place without one is noise (A12)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from answers.districts import estimates, measures
from answers.districts.measures import DIRECT
from answers.kept import kept
from answers.reader import Reader
from geo import small_area
from locales import numbers, t

DRAWS, SEED = 10_000, 120


def of(
    read: Reader, indicator: str, *, period: int, group: str = "all", estimate: str = DIRECT
) -> pd.DataFrame:
    """Rank intervals of the 25 districts by code: median, lower, upper (1 is highest), top_five (probability)."""
    return _of(read, indicator, period, group, estimate)


@kept
def _of(read: Reader, indicator: str, period: int, group: str, estimate: str) -> pd.DataFrame:
    where = measures.where(read, measures.metric_of(indicator), period, group)
    known = estimates.areas(read, indicator, where=where, estimate=estimate, year=period)
    values = known.values
    found = small_area.rank_intervals(
        values, known.se.reindex(values.index), DRAWS, np.random.default_rng(SEED)
    )
    columns = {"median": found.median, "lower": found.lower, "upper": found.upper, "top_five": found.top_five}
    return pd.DataFrame(columns, index=values.index)


def sentence(order: pd.DataFrame, code: str, lang: str) -> str:
    """'Of 25 districts it stands between the 3rd and the 14th (95 %)': a place only as an interval."""
    if code not in order.index or pd.isna(order.loc[code, "median"]):
        return t("district.rank_unknown", lang)
    row = order.loc[code]
    key = "district.rank" if row["lower"] < row["upper"] else "district.rank_sure"
    return t(
        key,
        lang,
        total=int(order["median"].notna().sum()),
        low=int(row["lower"]),
        high=int(row["upper"]),
        chance=numbers.number(100 * row["top_five"]),
    )
