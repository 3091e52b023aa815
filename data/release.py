"""The publishing rule for person counts, applied once before a number reaches a metric frame.

Counts of 0 to 9 become one symbol, zero included; every other count and every total is rounded to 10 on its own; rates are made from the
protected counts. What is published at all stands in `data/grids.toml`. Measured against an attacker who has every figure and word
(`python -m tools.attack`), this leaves each count of 1 to 9 at least five candidates; rounding to 5 did not (docs/trust.md).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

SMALL = 10
BASE = 10
COARSE_BELOW = 1000  # ratios over fewer than this many are rounded to one percentage point
# Ratios over fewer than this many are printed to one: half a step of rounding moves one by more than half a tenth, so that 88
# of 1,781 (4.9 %) would read 5.1 %.
TENTHS_FROM = 10_000
ALL_OR_NONE_BELOW = 30  # a group this small is not shown as 0 % or 100 %

FINEST_TIME = {"district_code": "month_key", "dong_code": "year"}
TIMES = ("day", "hour", "week", "month_key", "year")


class GrainError(ValueError):
    """A published view was asked for a finer grain than the rule allows."""


def check_grain(keys: Iterable[str]) -> None:
    """Refuse keys finer than the published grain.

    Raises:
        GrainError: a district by day or hour, or a dong by anything finer than a year.
    """
    asked = set(keys)
    for place, finest in FINEST_TIME.items():
        finer = set(TIMES[: TIMES.index(finest)]) & asked
        if place in asked and finer:
            raise GrainError(f"{place} is published by {finest}, not by {sorted(finer)}")
    if "dong_code" in asked and "month_key" in asked:
        raise GrainError("dong_code is published by year, not by month_key")


def rounded(counts: pd.Series) -> pd.Series:
    """Counts to the nearest 10, half up; counts under 10 become missing."""
    values = counts.astype(float)
    return (np.floor(values / BASE + 0.5) * BASE).where(values >= SMALL)


def compatible(counts: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The least and the most true count that are shown as each of these; a missing one stands for 0 to 9."""
    shown = counts.astype(float)
    low = np.maximum(shown - BASE // 2, SMALL).where(shown.notna(), 0.0)
    return low, (shown + (BASE - 1) // 2).where(shown.notna(), SMALL - 1.0)


def _few(size: pd.Series) -> pd.Series:
    """Where a protected size may stand for a group so small that all or none of it says something of each."""
    return compatible(size)[0].lt(ALL_OR_NONE_BELOW)


def tells_all(top: float, bottom: float) -> bool:
    """Whether a share of two protected counts is all or none of a small group."""
    return bool((top <= 0 or top >= bottom) and _few(pd.Series([bottom])).iloc[0])


def protect(sums: pd.DataFrame, *, keys: Iterable[str], ratio: bool, additive: bool = True) -> pd.DataFrame:
    """Protect the sums behind a metric.

    Args:
        sums: columns numerator, and denominator, base where the metric has them, plus keys.
        keys: the key columns, checked against the published grain.
        ratio: whether the metric has a denominator.
        additive: False when the numerator is not a count of people or events (seconds, weights); then only
            denominator and base are counts and decide what is shown.

    Returns: the frame with protected counts, `status` ('ok' or 'suppressed'), `digits` (decimals that a
        percentage may show, missing where free), `whole` (whether it is rounded to them) and `slack` (half the rounding step).
    """
    check_grain(keys)
    out = sums.copy()
    weighted = "base" in sums
    counted = (
        ["base"] if weighted else (["numerator"] if additive else []) + (["denominator"] if ratio else [])
    )
    small = pd.Series(False, index=out.index)
    mean = out["numerator"].astype(float) / out["denominator"].astype(float) if ratio else None
    for column in counted:
        raw = out[column].astype(float)
        out[column] = rounded(raw)
        small |= raw.notna() & (raw < SMALL)
    if weighted and "cases" in out:
        # A weighted share gives its few yes-answers away as surely as a count does, and so do few no-answers.
        yes = out.pop("cases").astype(float)
        small |= (yes < SMALL) | (sums["base"].astype(float) - yes < SMALL)
    if ratio:
        size = out["base"] if weighted else out["denominator"]
        share = out["numerator"].astype(float) / out["denominator"].astype(float)
        telling = (share.le(0) | share.ge(1)) & _few(size) & additive
        small |= telling
        if additive and not weighted:
            # Rounding the two counts apart may push a share past 1 by half a step; it is held at 1.
            out["numerator"] = np.minimum(out["numerator"], out["denominator"])
        if not additive and not weighted and mean is not None:
            # A mean is given to the second: to more digits it would give back how many it is of. The sum is restated from it.
            out["numerator"] = np.floor(mean + 0.5) * out["denominator"]
        out["digits"] = np.where(size.lt(TENTHS_FROM), 0.0, np.nan)
        out["whole"] = size.lt(COARSE_BELOW)
    # How far a protected count may lie from the true one: intervals and verdicts must hold for all of it.
    out["slack"] = 0.0 if weighted or not additive else BASE / 2
    before = out["status"] if "status" in out else pd.Series("ok", index=out.index)
    out["status"] = before.mask(small, "suppressed")
    return out
