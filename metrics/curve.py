"""Cumulative incidence that may be shown: at the ends of steps of enough events, in whole points, over the rounding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from guards import number, numbers, table, takes
from metrics.counselling import Z95, incidence, merged_times

ROWS = table(cases=numbers("n", low=0))
SHOWN = numbers("n", missing=True)


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


@takes(rows=ROWS)
def whole(rows: pd.DataFrame, course: Course) -> pd.DataFrame:
    """The true incidence over all times, as `counselling.incidence`; rows as for `steps`.

    Raises:
        ValueError: rows without the course's columns, times that are missing, or cases below 0.
    """
    lacking = [c for c in (course.time, course.kind) if c not in rows]
    if lacking:
        raise ValueError(f"rows lacks {', '.join(lacking)}")
    return incidence(
        rows[course.time], rows[course.kind], rows["cases"], event=course.event, competing=course.competing
    )


@takes(rows=ROWS)
def steps(rows: pd.DataFrame, course: Course, coarse: Coarse) -> pd.DataFrame:
    """The incidence at the ends of steps that each hold enough events.

    Args:
        rows: one row per time and kind with `cases`.

    Returns: as `at`; no row where there are fewer events in all.

    Raises:
        ValueError: as `whole`, or steps of no event.
    """
    if course.kind not in rows:
        raise ValueError(f"rows lacks {course.kind}")
    event = rows[course.kind] == course.event
    ends = merged_times(rows[course.time], event, rows["cases"], least=coarse.least)
    return at(rows, ends.tolist(), course, coarse)


@takes(rows=ROWS, times=numbers("k"))
def at(rows: pd.DataFrame, times: Sequence[float], course: Course, coarse: Coarse) -> pd.DataFrame:
    """The incidence by each time, to the nearest step of cases, then to whole points.

    Returns: time, value, lower, upper (percent, 95 %, limits outwards and over the rounding); missing by a time with
        too few events before it. few: whether fewer than `coarse.least` were at risk at the last step by that time, from
        which on the curve is to be shown with a warning.

    Raises:
        ValueError: as `whole`, or times that are missing.
    """
    exact = whole(rows, course)
    seen = np.searchsorted(exact["time"].to_numpy(), np.asarray(times, dtype=float), side="right")
    p, error, events = (
        np.r_[0.0, v][seen] for v in (exact["incidence"], exact["error"], exact["events"].cumsum())
    )
    at_risk = np.r_[np.inf, exact["at_risk"]][seen]
    if coarse.step:
        p = np.floor(p / coarse.step + 0.5) * coarse.step
    p = np.minimum(p, 1.0)  # sums of parts may end a digit above
    slack = coarse.step / 2
    low, high = loglog_limits(p, error)
    out = pd.DataFrame(
        {
            "time": np.asarray(times, dtype=float),
            "value": np.floor(100 * p + 0.5),
            "lower": np.floor(100 * np.maximum(low - slack, 0.0)),
            "upper": np.ceil(100 * np.minimum(high + slack, 1.0)),
        }
    )
    out.loc[events < coarse.least, ["value", "lower", "upper"]] = np.nan
    return out.assign(few=at_risk < coarse.least)


@takes(p=numbers("n", low=0, high=1), error=numbers("n", low=0))
def loglog_limits(p: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """95 % limits of an incidence on the complementary log-log scale; they stay within 0 and 1.

    Args:
        p: (n,) shares. error: (n,) their standard errors; where it is 0, or p is 0 or 1, both limits are p.

    Raises:
        ValueError: shares outside 0 to 1, negative errors, or either missing.
    """
    p, error = np.asarray(p, dtype=float), np.asarray(error, dtype=float)
    inside = (p > 0) & (p < 1) & (error > 0)
    left = np.where(inside, 1 - p, 0.5)
    spread = np.exp(Z95 * np.where(inside, error, 0.0) / (np.abs(np.log(left)) * left))
    low, high = (np.where(inside, 1 - left**power, p) for power in (1 / spread, spread))
    return low, high


@takes(curve=table(time=numbers("n"), value=SHOWN, lower=SHOWN, upper=SHOWN), end=number(above=0))
def drawn_to(curve: pd.DataFrame, end: float) -> pd.DataFrame:
    """The curve from nothing at 0 to the end of an axis, level after its last step.

    Args:
        curve: as `at`. end: of the axis, in the unit of its time.

    Returns: time, value, lower, upper; all 0 throughout where nothing had happened by the end.

    Raises:
        ValueError: times that are missing, or an end of 0 or less.
    """
    kept = curve.loc[curve["time"] <= end, ["time", "value", "lower", "upper"]]
    start = pd.DataFrame({"time": [0.0], "value": [0.0], "lower": [0.0], "upper": [0.0]})
    level = kept.tail(1).assign(time=float(end)) if len(kept) else start.assign(time=float(end))
    return pd.concat([start, kept, level], ignore_index=True).drop_duplicates("time", ignore_index=True)
