"""Cumulative incidence that may be shown: at the ends of steps of enough events, in whole points, over the rounding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.counselling import Z95, incidence, merged_times


@dataclass(frozen=True, kw_only=True)
class Course:
    """What is followed: the columns of time and of what ended it, the event, and its competing ends."""

    time: str
    kind: str
    event: str
    competing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Coarse:
    """How coarse a curve must be: events that a step holds at least, and the share that one rounding step of cases makes."""

    least: int
    step: float = 0.0


def whole(rows: pd.DataFrame, course: Course) -> pd.DataFrame:
    """The true incidence over all times, as `counselling.incidence`; rows as for `steps`."""
    return incidence(
        rows[course.time], rows[course.kind], rows["cases"], event=course.event, competing=course.competing
    )


def steps(rows: pd.DataFrame, course: Course, coarse: Coarse) -> pd.DataFrame:
    """The incidence at the ends of steps that each hold enough events.

    Args:
        rows: one row per time and kind with `cases`.

    Returns: as `at`; no row where there are fewer events in all.
    """
    event = rows[course.kind] == course.event
    ends = merged_times(rows[course.time], event, rows["cases"], least=coarse.least)
    return at(rows, ends.tolist(), course, coarse)


def at(rows: pd.DataFrame, times: Sequence[float], course: Course, coarse: Coarse) -> pd.DataFrame:
    """The incidence by each time, to the nearest step of cases, then to whole points.

    Returns: time, value, lower, upper (percent, 95 %, limits outwards and over the rounding); missing by a time with
        too few events before it.
    """
    exact = whole(rows, course)
    seen = np.searchsorted(exact["time"].to_numpy(), np.asarray(times, dtype=float), side="right")
    p, error, events = (
        np.r_[0.0, v][seen] for v in (exact["incidence"], exact["error"], exact["events"].cumsum())
    )
    if coarse.step:
        p = np.minimum(np.floor(p / coarse.step + 0.5) * coarse.step, 1.0)
    slack = coarse.step / 2
    low, high = loglog_limits(p, error)
    out = pd.DataFrame({
        "time": np.asarray(times, dtype=float), "value": np.floor(100 * p + 0.5),
        "lower": np.floor(100 * np.maximum(low - slack, 0.0)), "upper": np.ceil(100 * np.minimum(high + slack, 1.0)),
    })  # fmt: skip
    out.loc[events < coarse.least, ["value", "lower", "upper"]] = np.nan
    return out


def loglog_limits(p: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """95 % limits of an incidence on the complementary log-log scale; they stay within 0 and 1."""
    inside = (p > 0) & (p < 1) & (error > 0)
    left = np.where(inside, 1 - p, 0.5)
    spread = np.exp(Z95 * np.where(inside, error, 0.0) / (np.abs(np.log(left)) * left))
    low, high = (np.where(inside, 1 - left**power, p) for power in (1 / spread, spread))
    return low, high


def drawn_to(curve: pd.DataFrame, end: float) -> pd.DataFrame:
    """The curve from nothing at 0 to the end of an axis, level after its last step."""
    kept = curve[curve["time"] <= end]
    start = pd.DataFrame({"time": [0.0], "value": [0.0], "lower": [0.0], "upper": [0.0]})
    level = kept.tail(1).assign(time=float(end)) if len(kept) else start.assign(time=float(end))
    return pd.concat([start, kept, level], ignore_index=True).drop_duplicates("time", ignore_index=True)
