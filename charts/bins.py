"""Class breaks of a choropleth: declared with the metric and frozen over time, so that years can be compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from locales import numbers


def classes(values: pd.Series, breaks: Sequence[float]) -> pd.Series:
    """Class index 0 … len(breaks) per value; missing stays missing. A value on a break belongs to the class above."""
    index = pd.Series(
        np.searchsorted(list(breaks), values.to_numpy(dtype=float), side="right"), index=values.index
    )
    return index.where(values.notna()).astype("Float64")


def labels(breaks: Sequence[float]) -> list[str]:
    """'< 30', '30–35', …, '≥ 45' without the unit, which the caption names once."""
    text = [f"{numbers.number(b, 0 if float(b).is_integer() else 1)}" for b in breaks]
    middle = [f"{low}–{high}" for low, high in zip(text[:-1], text[1:], strict=True)]
    return [f"< {text[0]}", *middle, f"≥ {text[-1]}"]
