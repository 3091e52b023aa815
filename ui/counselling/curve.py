"""Cumulative incidence that may be shown: at the ends of steps of ten events or more, in whole points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from data.release import BASE, SMALL
from metrics.counselling import incidence, merged_times
from ui import services


def protected_curve(rows: pd.DataFrame, *, time: str, kind: str, event: str, competing: tuple[str, ...]) -> pd.DataFrame:  # fmt: skip
    """The incidence of an event at the ends of steps that each hold ten events or more.

    Args:
        rows: one row per time and kind with `cases`.

    Returns: as `protected_at`; no row below ten events.
    """
    ends = merged_times(rows[time], rows[kind] == event, rows["cases"], least=SMALL)
    return protected_at(rows, ends.tolist(), time=time, kind=kind, event=event, competing=competing)


def protected_at(
    rows: pd.DataFrame, times: Sequence[float], *, time: str, kind: str, event: str, competing: tuple[str, ...]
) -> pd.DataFrame:  # fmt: skip
    """The incidence by each time, to the nearest five cases as every published count, then to whole points.

    Returns: time, value, lower, upper (percent, 95 %, limits outwards and over the rounding); missing by a time with
        fewer than ten events before it.
    """
    exact = incidence(rows[time], rows[kind], rows["cases"], event=event, competing=competing)
    seen = np.searchsorted(exact["time"].to_numpy(), np.asarray(times, dtype=float), side="right")
    p, error, events = (
        np.r_[0.0, v][seen] for v in (exact["incidence"], exact["error"], exact["events"].cumsum())
    )
    slack = 0.0
    if not services.exact() and len(rows):
        step = BASE / float(services.protected(pd.Series([rows["cases"].sum()])).fillna(SMALL).iloc[0])
        p, slack = np.minimum(np.floor(p / step + 0.5) * step, 1.0), step / 2
    low, high = loglog_limits(p, error)
    out = pd.DataFrame({
        "time": np.asarray(times, dtype=float), "value": np.floor(100 * p + 0.5),
        "lower": np.floor(100 * np.maximum(low - slack, 0.0)), "upper": np.ceil(100 * np.minimum(high + slack, 1.0)),
    })  # fmt: skip
    out.loc[events < SMALL, ["value", "lower", "upper"]] = np.nan
    return out


def loglog_limits(p: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """95 % limits of an incidence on the complementary log-log scale; they stay within 0 and 1."""
    inside = (p > 0) & (p < 1) & (error > 0)
    left = np.where(inside, 1 - p, 0.5)
    spread = np.exp(1.96 * np.where(inside, error, 0.0) / (np.abs(np.log(left)) * left))
    low, high = (np.where(inside, 1 - left**power, p) for power in (1 / spread, spread))
    return low, high


def drawn_to(curve: pd.DataFrame, end: float) -> pd.DataFrame:
    """The curve from nothing at 0 to the end of an axis, level after its last step."""
    kept = curve[curve["time"] <= end]
    start = pd.DataFrame({"time": [0.0], "value": [0.0], "lower": [0.0], "upper": [0.0]})
    level = kept.tail(1).assign(time=float(end)) if len(kept) else start.assign(time=float(end))
    return pd.concat([start, kept, level], ignore_index=True).drop_duplicates("time", ignore_index=True)
