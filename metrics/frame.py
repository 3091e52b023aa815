"""The metric frame: the one result shape that feeds every card, chart, table, export and report."""

from __future__ import annotations

import numpy as np
import pandas as pd

VALUE_COLUMNS = ("value", "lower", "upper", "numerator", "denominator", "n")
COLUMNS = ("metric_id", *VALUE_COLUMNS, "status", "target", "verdict", "source_id")
# Remarks that travel with a row: why it is partial, whether its area was redefined, how many decimals may be shown.
REMARKS = ("note_id", "redefined", "digits", "whole")
STATUSES = ("ok", "provisional", "suppressed", "missing")
VERDICTS = ("better", "worse", "steady", "none")


def check(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame if it keeps the contract.

    Raises:
        ValueError: a missing column, an unknown status or verdict, an estimate outside its
            interval, or a figure on a suppressed or missing row.
    """
    absent = [name for name in COLUMNS if name not in frame.columns]
    if absent:
        raise ValueError(f"metric frame lacks {absent}")
    for column, allowed in (("status", STATUSES), ("verdict", VERDICTS)):
        strange = set(frame[column].dropna()) - set(allowed)
        if strange:
            raise ValueError(f"metric frame has unknown {column}: {sorted(strange)}")
    hidden = frame["status"].isin(["suppressed", "missing"]).to_numpy()
    value, lower, upper = (frame[c].to_numpy(dtype=float) for c in ("value", "lower", "upper"))
    if (hidden & ~(np.isnan(value) & np.isnan(lower) & np.isnan(upper))).any():
        raise ValueError("a suppressed or missing row carries a figure")
    slack = 1e-9 * (1 + np.abs(value))
    # Nothing compares with a missing figure.
    if (~np.isnan(lower) & ((lower > value + slack) | (upper < value - slack))).any():
        raise ValueError("an estimate lies outside its interval")
    return frame


def keys(frame: pd.DataFrame) -> list[str]:
    """The key columns of a frame: everything that the contract does not name."""
    return [name for name in frame.columns if name not in (*COLUMNS, *REMARKS)]
