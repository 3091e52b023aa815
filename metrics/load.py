"""Load of a line and counsellors on it by hour and by hour of the week, as means over days with their limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first called

from guards import Table, numbers, table, takes

HOUR = numbers("n", low=0, high=23, whole=True)
AMOUNT = numbers("n", low=0)


@takes(rows=table("day", hour=HOUR))
def per_day_hours(rows: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Means per day of the rows' days, by hour 0 to 23; an hour without a row counts as nothing.

    Args:
        rows: day, hour and figures. columns: name of the result -> column to average.

    Returns: one row per hour, a column per name; NaN without a row.

    Raises:
        ValueError: hours outside the day, columns that are not there or figures that are missing.
    """
    _figures("rows", rows, columns.values())
    days = rows["day"].nunique()
    sums = rows.groupby("hour")[list(columns.values())].sum().reindex(range(24), fill_value=0.0) / days
    return pd.DataFrame({name: sums[column] for name, column in columns.items()})


@takes(
    calls=table("day", hour=HOUR, offered=AMOUNT, unique=("day", "hour")),
    line=table("day", hour=HOUR, unique=("day", "hour")),
)
def week_load(calls: pd.DataFrame, line: pd.DataFrame, parts: Sequence[str]) -> pd.DataFrame:
    """Contacts an hour and counsellors on the line, by weekday and hour.

    Args:
        calls: day, hour, offered. line: day, hour and the seconds of `parts`, which together are time on the line.

    Returns: weekday, hour, days, load with low and high (Student's 95 % limits of the mean over days, not below 0), agents (mean on
        the line; NaN on a weekday that the roster does not reach).

    Raises:
        ValueError: no row, an hour twice or outside the day, contacts or seconds that are missing, or columns that are not there.
    """
    if calls.empty or line.empty:
        raise ValueError(f"{'calls' if calls.empty else 'line'} must not be empty")
    _figures("line", line, parts)
    load = _every_hour(calls["day"], calls["hour"], calls["offered"])
    agents = _every_hour(line["day"], line["hour"], line[list(parts)].sum(axis=1) / 3600)
    out = load.groupby(["weekday", "hour"])["value"].agg(days="size", load="mean", sd="std").reset_index()
    half = (
        scipy.special.stdtrit(np.maximum(out["days"] - 1, 1), 0.975)
        * out.pop("sd").fillna(0)
        / np.sqrt(out["days"])
    )
    out["low"], out["high"] = np.maximum(0, out["load"] - half), out["load"] + half
    mean = agents.groupby(["weekday", "hour"])["value"].mean()
    out["agents"] = mean.reindex(list(zip(out["weekday"], out["hour"], strict=True))).to_numpy()
    return out


def _figures(name: str, given: pd.DataFrame, columns: Iterable[str]) -> None:
    Table((), dict.fromkeys(columns, numbers("n"))).check(name, given)


def _every_hour(day: pd.Series, hour: pd.Series, value: pd.Series) -> pd.DataFrame:
    """One row per day of the calendar and hour: a day or hour without a row is a zero."""
    at = pd.to_datetime(day)
    every = pd.MultiIndex.from_product([pd.date_range(at.min(), at.max()), range(24)], names=["day", "hour"])
    places = pd.MultiIndex.from_arrays([at, hour], names=every.names)
    known = pd.Series(value.to_numpy(dtype=float), index=places)
    out = known.reindex(every, fill_value=0.0).rename("value").reset_index()
    return out.assign(weekday=out["day"].dt.day_of_week)
