"""From sums to a metric frame: the only place where a ratio is made."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from guards import number, numbers, one_of, table, takes
from metrics import frame as metric_frame
from metrics.intervals import byar, wilson
from metrics.spec import Metric


@takes(benchmark=number(missing=True, none=True))
def measure(
    metric: Metric,
    sums: pd.DataFrame,
    *,
    benchmark: float | None = None,
    on: date | None = None,
) -> pd.DataFrame:
    """Turn sums into a metric frame.

    Args:
        metric: the declaration.
        sums: one row per key, with columns numerator, denominator (ratios), base and squares (weighted
            ratios), and optionally status (rows already suppressed or provisional keep it)
            and digits (decimal places of the ratio that the publishing rule allows to be printed) with whole (whether
            the ratio itself is rounded to them).
        benchmark: a value in the metric's unit to judge against (A4); the target is used when it is absent.
        on: the day for which the target in force is looked up.

    Returns: the metric frame, same row order, key columns first.
    """
    given = sums.reset_index(drop=True)
    keys = [
        c
        for c in given.columns
        if c
        not in (
            "numerator",
            "denominator",
            "base",
            "squares",
            "status",
            "digits",
            "whole",
            "slack",
            "cases",
        )
    ]
    out = given[keys].copy()
    out.insert(0, "metric_id", metric.metric_id)
    numerator = pd.to_numeric(given["numerator"]).astype(float)
    denominator = (
        pd.to_numeric(given["denominator"]).astype(float)
        if metric.is_ratio
        else pd.Series(np.nan, index=given.index)
    )
    status = _status(metric, given, numerator, denominator)
    live = status.isin(["ok", "provisional"])
    safe = denominator.where(live & (denominator > 0))
    value = (numerator / safe if metric.is_ratio else numerator.where(live)) * metric.scale
    lower, upper = _limits(metric, given, numerator.where(live), safe)
    if "digits" in given:
        # Limits are rounded outwards: rounding must not turn "similar" into "different".
        whole = given["whole"].fillna(False).astype(bool) if "whole" in given else True
        kept = given["digits"].astype(float).where(whole)
        value, lower, upper = (
            rounded(v, kept, how) for v, how in ((value, "half_up"), (lower, "down"), (upper, "up"))
        )
        out["digits"] = given["digits"]
        if "whole" in given:
            out["whole"] = whole
    out["value"], out["lower"], out["upper"] = value, lower, upper
    hidden = status.eq("suppressed")
    out["numerator"] = numerator.mask(hidden)
    out["denominator"] = denominator.mask(hidden & denominator.lt(10))
    # How much stands behind the figure: respondents for a weighted share, person-years for a rate, else the denominator.
    size = pd.to_numeric(given["base"]).astype(float) if "base" in given else denominator
    if metric.unit == "per_100_person_years":
        size = (
            size / 365.25
        ).round()  # person-days stand below the line; person-years are what a reader counts
    out["n"] = size.mask(hidden) if metric.is_ratio else out["numerator"]
    out["status"] = status
    target = target_on(metric, on)
    out["target"] = np.nan if target is None else target
    out["verdict"] = verdicts(metric, out, benchmark if benchmark is not None else target)
    out["source_id"] = metric.source_id
    return metric_frame.check(out)


def _status(metric: Metric, given: pd.DataFrame, numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    status = (
        given["status"].astype(object)
        if "status" in given
        else pd.Series("ok", index=given.index, dtype=object)
    )
    absent = numerator.isna() | (denominator.isna() | denominator.le(0) if metric.is_ratio else False)
    status = status.mask(absent & status.ne("suppressed"), "missing")
    if metric.is_ratio:
        size = given["base"].astype(float) if "base" in given else denominator
        too_small = size.lt(metric.minimum_denominator) & status.isin(["ok", "provisional"])
        status = status.mask(too_small, "suppressed")
    return status


def _limits(
    metric: Metric, given: pd.DataFrame, numerator: pd.Series, denominator: pd.Series
) -> tuple[pd.Series, pd.Series]:
    if metric.interval == "none":
        nothing = pd.Series(np.nan, index=given.index)
        return nothing, nothing.copy()
    # Protected counts may lie half a rounding step from the true ones: the interval covers all of them.
    slack = given["slack"].astype(float) if "slack" in given else pd.Series(0.0, index=given.index)
    least, most = (numerator - slack).clip(lower=0), numerator + slack
    if metric.interval == "byar":
        exposure = denominator.to_numpy() if metric.is_ratio else 1.0
        low, _ = byar(least.to_numpy(), exposure)
        _, high = byar(most.to_numpy(), exposure)
    elif metric.interval == "wilson_effective":
        # Kish: n_eff = (sum w)^2 / sum w^2, the sample size that the weights leave (A1).
        trials = (denominator**2 / given["squares"].astype(float)).to_numpy()
        low, high = wilson((numerator / denominator).clip(0, 1).to_numpy() * trials, trials)
    else:
        low, high = share_limits(numerator.to_numpy(), denominator.to_numpy(), slack=slack.to_numpy())
    lower, upper = (pd.Series(np.asarray(limit) * metric.scale, index=given.index) for limit in (low, high))
    return lower, upper


@takes(
    top=numbers(low=0, missing=True),
    bottom=numbers(above=0, missing=True),
    slack=numbers(low=0, missing=True),
)
def share_limits(top: Any, bottom: Any, *, slack: Any = 0.0) -> tuple[Any, Any]:
    """Wilson limits of a share of counts that may each lie `slack` from the true one: they cover all of these.

    Args:
        top, bottom: counts of one shape, the bottom more than 0; NaN gives missing limits.
        slack: half the step to which the counts were rounded; NaN gives missing limits.

    Returns: lower and upper limit in the shape of the counts, from 0 to 1.

    Raises:
        ValueError: counts or a slack below 0, or a bottom of 0.
    """
    top, bottom, slack = (np.asarray(v, dtype=float) for v in (top, bottom, slack))
    more, fewer = bottom + slack, np.maximum(bottom - slack, 1.0)
    low, _ = wilson(np.minimum(np.maximum(top - slack, 0.0), more), more)
    _, high = wilson(np.minimum(top + slack, fewer), fewer)
    return low, high


@takes(
    values=numbers("n", missing=True, infinite=True),
    digits=numbers("n", missing=True),
    how=one_of("half_up", "down", "up"),
)
def rounded(values: pd.Series, digits: pd.Series, how: str) -> pd.Series:
    """Round to each row's allowed decimals (how: half_up, down, up); rows without a rule stay as they are."""
    allowed, exact = digits.to_numpy(dtype=float), values.to_numpy(dtype=float)
    power = 10.0**allowed
    scaled = exact * power
    whole = {"half_up": np.floor(scaled + 0.5), "down": np.floor(scaled), "up": np.ceil(scaled)}[how]
    return pd.Series(np.where(np.isnan(allowed), exact, whole / power), index=values.index, name=values.name)


def target_on(metric: Metric, on: date | None) -> float | None:
    """The target in force on a day, in the metric's unit, or None."""
    target = metric.target
    if target is None or on is None or on < target.valid_from:
        return None
    return None if target.valid_to is not None and on > target.valid_to else target.value


@takes(frame=table("value", "lower", "upper", "status"), against=number(missing=True, none=True))
def verdicts(metric: Metric, frame: pd.DataFrame, against: float | None) -> pd.Series:
    """better / worse only where the whole interval lies on one side of the yardstick, else steady (A4)."""
    nothing = pd.Series("none", index=frame.index)
    if against is None or metric.better == "neither":
        return nothing
    low = frame["lower"].fillna(frame["value"])
    high = frame["upper"].fillna(frame["value"])
    above, below = ("better", "worse") if metric.better == "higher" else ("worse", "better")
    result = nothing.mask(low.notna(), "steady").mask(low > against, above).mask(high < against, below)
    return result.mask(frame["status"].isin(["suppressed", "missing"]), "none")
