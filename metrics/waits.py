"""Waits of many in one row each: median, P90, longest and mean."""

from __future__ import annotations

import pandas as pd

from metrics.histogram import longest, percentile

FEWEST = 30  # a percentile of fewer waits is not shown


def summary(waits: pd.DataFrame) -> dict[str, float]:
    """Median, P90, longest and mean wait of the answered; missing under `FEWEST`.

    Args:
        waits: outcome, wait_s and contacts (how many waited so long).
    """
    told = waits[waits["outcome"] == "answered"]
    wait, contacts = told["wait_s"], told["contacts"]
    n = float(contacts.sum())
    if n < FEWEST:
        return {"n": n} | dict.fromkeys(("median", "p90", "longest", "mean"), float("nan"))
    return {
        "n": n, "median": percentile(wait, contacts, 0.5), "p90": percentile(wait, contacts, 0.9),
        "longest": longest(wait, contacts), "mean": float((wait * contacts).sum() / n),
    }  # fmt: skip
