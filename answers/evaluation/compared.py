"""Comparisons made of true figures under one rule: means over several districts, never one district's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from answers import periods
from answers.evaluation import panels
from answers.reader import Reader, Rule
from evaluation import bacon, confounding, groups, power, rollout, series, synthetic, verdict
from evaluation.panel import NEVER, Panel
from evaluation.registration import Content
from evaluation.rollout import TooFew
from forecast.reisolation.cost import e_value
from metrics import registry
from metrics.spec import Metric

COMPARED = Rule(
    "comparison of districts",
    "differences of means over three districts or more on each side to a tenth, their limits and checks: no district's own figure and no count",
)
ONE = Rule(
    "one district against a mix of others",
    "its differences from the mix, means over three months or more to a tenth, with limits and ranks: no month's figure and no count",
)
LEAST_WINDOW = 3
CITY = "city"


@dataclass(frozen=True)
class Shown:
    """What a comparison shows.

    Attributes:
        evidence: effect with limits and checks. design: how. details: by design.
        curve: months since the start (or YYYYMM), values and limits of the chart; other: a second line where the design has one.
        districts: those that started, those compared with; left_out: with gaps; earlier: that had started before the records.
        facts: further figures by name, NaN where there are none.
    """

    design: str
    evidence: verdict.Evidence
    at: tuple[int, ...]
    curve: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    other: tuple[float, ...]
    started: int
    compared: int
    left_out: int
    earlier: int
    facts: Mapping[str, float]


def rolled(read: Reader, measure: str, starts: Mapping[str, int], after: int, seed: int) -> Shown | str:
    """A roll-out, or the reason why it cannot be shown ('none', 'after', 'before', 'treated', 'controls')."""
    found: Shown | str = _judged(read, COMPARED, _rolled, measure, dict(starts), after, seed)
    return found


def _judged(read: Reader, rule: Rule, make: Callable[..., Any], measure: str, *more: Any) -> Any:
    """What a function of a measure's true sums by district and month makes, under a rule."""
    return read.judged(
        rule, make, panels.sums(read, measure), registry.get(measure), panels.districts_of(read), *more
    )


def _rolled(
    sums: pd.DataFrame,
    metric: Metric,
    districts: tuple[str, ...],
    starts: dict[str, int],
    after: int,
    seed: int,
) -> Shown | str:
    made = panels.months_of(sums, metric.scale, districts)
    if made is None:
        return "none"
    start = _places(made, starts)
    keep = start > 0
    try:
        panel = Panel(made.values[keep], start[keep])
        found = rollout.run(panel, after, seed=seed)
    except TooFew as problem:
        return problem.reason
    except ValueError:
        return "controls"
    frame = rollout.frame(panel.start, panel.periods, after)
    first = int(frame.groups.min())
    base = panel.outcome[:, first - after : first].mean(axis=1)
    earlier = panel.outcome[:, first - 2 * after : first - after].mean(axis=1)
    back = confounding.to_the_mean(earlier, base, frame.treated)
    pairs = bacon.decompose(panel)
    simple = groups.sums(groups.group_time(panel, controls="not_yet"), "simple")
    spread = float(panel.outcome[:, first - after : first].std())
    value, limit = _unmeasured(found.effect, found.lower, found.upper, spread)
    return Shown(
        "rollout",
        verdict.of_rollout(found),
        tuple(int(e) for e in found.at),
        _tenths(found.curve),
        _tenths(found.curve_lower),
        _tenths(found.curve_upper),
        (),
        found.treated,
        found.controls,
        len(made.left_out),
        int((~keep).sum()),
        {
            "placebo": found.placebo,
            "step": float(np.abs(found.before.steps).max()),
            "robust_lower": found.robust.lower,
            "robust_upper": found.robust.upper,
            "breakdown": found.breakdown,
            "forbidden": float(sum(p.weight for p in pairs if p.forbidden)),
            "two_way": bacon.two_way(panel),
            "simple": simple.overall,
            "simple_lower": simple.overall - 1.96 * simple.overall_error,
            "simple_upper": simple.overall + 1.96 * simple.overall_error,
            "apart": back.apart,
            "back": back.expected,
            "e_value": value,
            "e_limit": limit,
        },
    )


def _places(made: panels.Months, starts: Mapping[str, int]) -> np.ndarray:
    """(districts,) the index of each one's first month; NEVER where it has none."""
    return np.array([float(made.place(starts[c])) if c in starts else NEVER for c in made.codes])


def _tenths(values: Sequence[float] | np.ndarray) -> tuple[float, ...]:
    """As far as a chart may tell: to all its digits it would tell more than the table beside it."""
    return tuple(float(v) for v in np.round(np.asarray(values, float), 1))


def _unmeasured(effect: float, lower: float, upper: float, spread: float) -> tuple[float, float]:
    if spread <= 0:
        return float("nan"), float("nan")
    ratio, near = (confounding.ratio_of(v, spread) for v in (effect, lower if effect > 0 else upper))
    # Of the interval only the limit nearer to nothing counts.
    return e_value(ratio, min(ratio, near), max(ratio, near))


def broken(read: Reader, measure: str, start: int, after: int) -> Shown | str:
    """The city's published series broken at a month, or the reason why it cannot be shown."""
    metric = registry.get(measure)
    rows = read.frame(measure, level="city", keys=("month_key",))
    keys, values = _run(rows, metric)
    if not keys or not periods.apart(keys[0], start) < len(keys):
        return "after" if keys else "none"
    at = periods.apart(keys[0], start)
    last = min(len(keys), at + after)
    try:
        found = series.run(values[:last], at, np.array([k % 100 for k in keys[:last]]))
    except TooFew as problem:
        return problem.reason
    value, limit = _unmeasured(found.effect, found.lower, found.upper, float(values[:at].std()))
    return Shown(
        "series",
        verdict.of_series(found),
        keys[:last],
        tuple(values[:last]),
        (),
        (),
        tuple(found.without),
        1,
        0,
        0,
        0,
        {
            "placebo": found.placebo,
            "share": found.share,
            "lags": float(found.lags),
            "e_value": value,
            "e_limit": limit,
        },
    )


def _run(rows: pd.DataFrame, metric: Metric) -> tuple[tuple[int, ...], np.ndarray]:
    """The latest months without a gap that are published."""
    shown = rows[rows["value"].notna()].sort_values("month_key")
    keys, values = shown["month_key"].astype(int).tolist(), shown["value"].to_numpy(float)
    first = len(keys) - 1
    while first > 0 and periods.apart(keys[first - 1], keys[first]) == 1:
        first -= 1
    return tuple(keys[max(first, 0) :]), values[max(first, 0) :]


def one(read: Reader, measure: str, district: str, start: int, after: int) -> Shown | str:
    """One district against a mix of others, or the reason why it cannot be shown."""
    if after < LEAST_WINDOW:
        return "short"
    found: Shown | str = _judged(read, ONE, _one, measure, district, start, after)
    return found


def _one(
    sums: pd.DataFrame, metric: Metric, districts: tuple[str, ...], district: str, start: int, after: int
) -> Shown | str:
    made = panels.months_of(sums, metric.scale, districts)
    if made is None or district not in made.codes:
        return "none"
    at = made.place(start)
    if at + after > len(made.keys):
        return "after"
    outcome, mine = made.values[:, : at + after], made.codes.index(district)
    try:
        found = synthetic.run(outcome, mine, at)
    except TooFew as problem:
        return problem.reason
    gap = outcome[mine] - found.made
    windows = min(at // after, 3)
    means = [float(gap[at - n * after : at - (n - 1) * after].mean()) for n in range(windows, -1, -1)]
    value, limit = _unmeasured(found.effect, found.lower, found.upper, float(outcome[:, :at].std()))
    return Shown(
        "synthetic",
        verdict.of_synthetic(found),
        tuple(-n * after for n in range(windows, -1, -1)),
        _tenths(means),
        (),
        (),
        (),
        1,
        len(made.codes) - 1,
        len(made.left_out),
        0,
        {"placebo": found.placebo, "e_value": value, "e_limit": limit},
    )


def of(read: Reader, content: Content, seed: int) -> Shown | str:
    """What a registered comparison shows, or the reason why it cannot be shown yet."""
    starts = {code: panels.key_of(month) for code, month in content.starts.items()}
    if content.design == "rollout":
        return rolled(read, content.measure, starts, content.after, seed)
    ((unit, start),) = starts.items()
    if content.design == "series":
        return broken(read, content.measure, start, content.after)
    return one(read, content.measure, unit, start, content.after)


@dataclass(frozen=True)
class Detects:
    """What the past lets one detect: with a causal word, and with limits alone (NaN of one district); from how many districts and months."""

    told: float
    apart: float
    districts: int
    past: int


def detects(
    read: Reader,
    measure: str,
    starts: Mapping[str, int],
    after: int,
    *,
    design: str = "rollout",
    drawings: int = 200,
) -> Detects | str:
    """The effects that the past lets one detect with 80 %, or the reason why that cannot be said."""
    if design == "series":
        return _of_series(read, measure, next(iter(starts.values())), after)
    found: Detects | str = _judged(read, COMPARED, _detects, measure, dict(starts), after, design, drawings)
    return found


def _of_series(read: Reader, measure: str, start: int, after: int) -> Detects | str:
    keys, values = _run(read.frame(measure, level="city", keys=("month_key",)), registry.get(measure))
    if not keys:
        return "none"
    until = min(periods.apart(keys[0], start), len(keys))
    try:
        found = power.of_series(
            values[: max(until, 0)], np.array([k % 100 for k in keys[: max(until, 0)]]), after
        )
    except TooFew as problem:
        return problem.reason
    return Detects(found.detects(), _apart(found), 1, until)


def _apart(found: power.Power) -> float:
    return power.Power(found.apart, found.apart, found.scale).detects()


def _detects(
    sums: pd.DataFrame,
    metric: Metric,
    districts: tuple[str, ...],
    starts: dict[str, int],
    after: int,
    design: str,
    drawings: int,
) -> Detects | str:
    made = panels.months_of(sums, metric.scale, districts)
    if made is None:
        return "none"
    start = _places(made, starts)
    keep = start > 0
    first = int(min(start[keep].min(), len(made.keys))) if np.isfinite(start[keep]).any() else 0
    past = made.values[keep][:, :first]
    try:
        found = (
            power.of_synthetic(past, after)
            if design == "synthetic"
            else power.of_rollout(past, start[keep], after, drawings=drawings)
        )
    except TooFew as problem:
        return problem.reason
    # Of one district each size takes another trial.
    limits_alone = _apart(found) if design == "rollout" else float("nan")
    return Detects(found.detects(), limits_alone, int(keep.sum()), first)
