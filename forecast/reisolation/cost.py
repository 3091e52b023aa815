"""Cost-effectiveness of a scenario against today's services: ratio, plane, sensitivity and the worth of knowing more.

"Saves money" is no default sentence: what a prevented re-isolation is worth is for the reader to say (`willingness`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from forecast.reisolation.outcome import Outcome
from guards import number, numbers, takes

DISCOUNT = 0.045  # a year, Korean public-investment convention, from memory; 0 to 6 % to choose from
UNRELIABLE = 0.025  # chance of no effect above which only the plane is shown (statistics.md A1.10)
Quadrant = Literal[
    "more effect, more cost", "more effect, less cost", "less effect, more cost", "less effect, less cost"
]


@dataclass(frozen=True)
class Icer:
    """Result of `icer`; `ratio` is missing where the effect is not reliable."""

    ratio: float
    mean_cost: float
    mean_effect: float
    no_effect: float  # chance that the effect is 0 or less
    reliable: bool
    quadrant: Quadrant


@takes(costs=numbers(some=True), effects=numbers(some=True))
def icer(costs: Any, effects: Any) -> Icer:
    """Incremental cost-effectiveness ratio: mean added cost ÷ mean added effect, never a mean of ratios.

    Args:
        costs, effects: draws of the differences between two arms, or one number each.

    Raises:
        ValueError: lengths that differ, or nothing given.
    """
    c, e = (np.atleast_1d(np.asarray(v, float)) for v in (costs, effects))
    if c.shape != e.shape or not c.size:
        raise ValueError(f"costs and effects must be of one length, not {c.size} and {e.size}")
    cost, effect, none = float(c.mean()), float(e.mean()), float((e <= 0).mean())
    reliable = none <= UNRELIABLE
    names: dict[tuple[bool, bool], Quadrant] = {
        (True, True): "more effect, more cost",
        (True, False): "more effect, less cost",
        (False, True): "less effect, more cost",
        (False, False): "less effect, less cost",
    }
    ratio = cost / effect if reliable else float("nan")
    return Icer(ratio, cost, effect, none, reliable, names[effect > 0, cost > 0])


@takes(costs=numbers("draws", some=True), effects=numbers("draws"), willingness=numbers("k"))
def acceptability(costs: Any, effects: Any, willingness: Any) -> np.ndarray:
    """(k,) share of draws with a positive net benefit at each of k willingnesses to pay (acceptability curve)."""
    c, e, w = (np.asarray(v, float) for v in (costs, effects, willingness))
    return (w[:, None] * e - c > 0).mean(axis=1)


@takes(net_benefit=numbers("draws", "options", some=True))
def evpi(net_benefit: Any) -> float:
    """Expected value of perfect information: mean of the best option by draw less the best option's mean.

    Args:
        net_benefit: (draws, options), one column per option, today's services among them (0 where the rest are differences).
    """
    benefit = np.asarray(net_benefit, float)
    if benefit.ndim != 2 or benefit.shape[1] < 2:
        raise ValueError("a decision needs at least two options: one column of draws for each")
    return float(benefit.max(axis=1).mean() - benefit.mean(axis=0).max())


@takes(net_benefit=numbers("draws", "options", some=True), knots=number(low=1, whole=True))
def evppi(net_benefit: Any, inputs: Mapping[str, Any], knots: int = 10) -> pd.Series:
    """Value of knowing one input perfectly, by input and largest first: which study would change the decision.

    The benefit expected at each value of the input is its mean within as many equal groups of the draws (Strong and Oakley).
    """
    benefit = np.asarray(net_benefit, float)
    best = benefit.mean(axis=0).max()
    values = {}
    for name, draws in inputs.items():
        order = np.array_split(np.argsort(np.asarray(draws, float), kind="stable"), knots)
        known = sum(len(part) * benefit[part].mean(axis=0).max() for part in order) / len(benefit)
        values[name] = max(float(known - best), 0.0)
    return pd.Series(values, dtype=float).sort_values(ascending=False)


@takes(costs=numbers("draws", some=True), effects=numbers("draws"))
def ratio_limits(costs: Any, effects: Any) -> tuple[float, float]:
    """95 % limits of cost per effect over the draws; a draw without effect costs infinitely much for one.

    The upper limit is infinite where more than 2.5 % of the draws have no effect.
    """
    c, e = (np.asarray(v, float) for v in (costs, effects))
    each = np.where(e > 0, c / np.where(e > 0, e, 1.0), np.inf)
    low, high = np.quantile(each, [0.025, 0.975], method="higher")
    return float(low), float(high)


@takes(net_benefit=numbers("draws", "options", some=True), tries=number(low=1, whole=True))
def noise_floor(net_benefit: Any, rng: np.random.Generator, tries: int = 20) -> float:
    """The most that `evppi` finds in inputs that have nothing to do with the benefit: below it a value is noise."""
    size = len(np.asarray(net_benefit, float))
    return max(float(evppi(net_benefit, {"none": rng.permutation(size)}).iloc[0]) for _ in range(tries))


@takes(willingness=number())
def tornado(
    run: Callable[[dict[str, float]], tuple[float, float]],
    inputs: Mapping[str, tuple[float, float, float]],
    willingness: float = 0.0,
) -> pd.DataFrame:
    """One-way sensitivity: each input at its low and high value, the others at their base.

    Args:
        run: from all inputs to (added cost, added effect). inputs: name to (low, base, high).
        willingness: of the net benefit = willingness × effect - cost by whose range rows are ranked.

    Returns: a row per input, widest first: cost, effect, ratio and net benefit at both ends, and the value at which the net
        benefit would change its sign, missing where that lies outside low to high (linear between the ends and the base).
    """
    base = {name: value[1] for name, value in inputs.items()}
    centre = _net(run(base), willingness)
    rows = []
    for name, (low, middle, high) in inputs.items():
        row: dict[str, Any] = {"input": name, "low": low, "high": high}
        for end, value in (("low", low), ("high", high)):
            cost, effect = run({**base, name: value})
            row |= {
                f"cost_{end}": cost,
                f"effect_{end}": effect,
                f"net_{end}": _net((cost, effect), willingness),
                f"ratio_{end}": cost / effect if effect else float("nan"),
            }
        row["range"] = abs(row["net_high"] - row["net_low"])
        row["switch"] = _switch((low, middle, high), (row["net_low"], centre, row["net_high"]))
        rows.append(row)
    return pd.DataFrame(rows).sort_values("range", ascending=False, kind="stable", ignore_index=True)


def _net(outcome: tuple[float, float], willingness: float) -> float:
    return willingness * outcome[1] - outcome[0]


def _switch(values: tuple[float, ...], nets: tuple[float, ...]) -> float:
    for k in range(2):
        if nets[k] * nets[k + 1] < 0:
            return values[k] + (values[k + 1] - values[k]) * nets[k] / (nets[k] - nets[k + 1])
    return float("nan")


@takes(ratio=number(), lower=number(), upper=number())
def e_value(ratio: float, lower: float, upper: float) -> tuple[float, float]:
    """E-values of a risk ratio and of its limit nearest 1 (VanderWeele and Ding 2017).

    How strongly something unmeasured would have to go with both the support (or programme) and the outcome to explain the
    ratio away; 1 where the interval holds 1.

    Raises:
        ValueError: a ratio of 0 or less, or outside its interval.
    """
    if not 0 < lower <= ratio <= upper:
        raise ValueError(
            f"the ratio must be above 0 and inside its interval: {lower:g}, {ratio:g}, {upper:g}"
        )
    near = lower if ratio > 1 else upper
    crosses = lower <= 1 <= upper
    return _single_e_value(ratio), 1.0 if crosses else _single_e_value(near)


def _single_e_value(ratio: float) -> float:
    away = max(ratio, 1 / ratio)
    return away + float(np.sqrt(away * (away - 1)))


@dataclass(frozen=True)
class Added:
    """Differences of a scenario from today's services; arrays (draws,), discounted."""

    cost_krw: np.ndarray
    prevented: np.ndarray  # re-isolations
    free_years: np.ndarray  # person-years not re-isolated, half-cycle corrected


@takes(discount=number(above=-1))
def added(base: Outcome, other: Outcome, *, discount: float = DISCOUNT) -> Added:
    """What a scenario costs and prevents beyond the baseline drawn with the same random numbers."""
    factor = (1 + discount) ** (-(np.arange(base.months) + 0.5) / 12)
    isolated = base.reisolated - other.reisolated
    middle = (isolated[:, 1:] + isolated[:, :-1]) / 2
    cost = other.cost_krw.sum(axis=2) - base.cost_krw.sum(axis=2)
    return Added(cost @ factor, (base.onsets - other.onsets) @ factor, middle @ factor / 12)


@takes(cost_krw=numbers("draws", "months", "levers", some=True))
def budget_check(cost_krw: np.ndarray, first_month: str, remaining_krw: Mapping[int, float]) -> pd.DataFrame:
    """Undiscounted cost by calendar year beside what remains of the plan's money in it.

    Args:
        cost_krw: (draws, months, levers). first_month: "YYYY-MM". remaining_krw: by year; a year that is missing has none.

    Returns: year, cost (mean, 2.5 and 97.5 %), remaining, and the chance of exceeding it.
    """
    years = pd.period_range(first_month, periods=cost_krw.shape[1], freq="M").year
    monthly = cost_krw.sum(axis=2)
    rows = []
    for year in sorted(set(years)):
        cost, money = monthly[:, years == year].sum(axis=1), float(remaining_krw.get(year, 0.0))
        low, high = np.quantile(cost, [0.025, 0.975])
        rows.append(
            {
                "year": int(year),
                "cost": cost.mean(),
                "lower": low,
                "upper": high,
                "remaining": money,
                "exceeded": float((cost > money).mean()),
            }
        )
    return pd.DataFrame(rows)
