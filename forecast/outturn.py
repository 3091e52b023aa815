"""How the year will end: outturn with intervals that respect ceiling, carry-over and lapse.

A line's final rate is a credibility mix of two estimates: its own development so far (Mack's chain ladder from four
complete years of its own, else the pooled profile of its line type) and the final rates of past years. Straight-line
extrapolation appears only as the yardstick of `forecast.backtest`: with a fifth of spending in December it misses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecast.chain_ladder import ChainLadder, chain_ladder
from guards import number, numbers, table, takes

__all__ = [
    "ChainLadder",
    "chain_ladder",
    "forecast_year",
    "intervals",
    "line_draws",
    "reference",
]

Array = npt.NDArray[np.float64]
LEVELS = (50, 80, 95)
OWN_YEARS = 4  # complete years of its own from which a line is developed by Mack's chain ladder
RANGES = ("stopped", "range")  # methods that give a range and no interval
# Chance that nothing more is paid by a programme that is known to be stopped: assumed, as no past year tells. At one half
# the total's 95 % interval leaves out 5 % both where nothing more is paid and where any part of the rest is.
NOTHING_MORE = 0.5
LEAST_LINE_YEARS = 4  # fewer past line-years of a type give a range, not an interval
KEY = ["programme_id", "line_type"]
NONE_STOPPED: Mapping[str, int] = MappingProxyType({})


MONTH = number(low=1, high=12, whole=True)
WHOLE = numbers("n", whole=True)
LINES = table(
    "line_type",
    fiscal_year=WHOLE,
    month=WHOLE,
    spent=numbers("n"),
    budget=numbers("n"),
    carry_out=numbers("n"),
    unique=("fiscal_year", "programme_id", "line_type", "month"),
)


@dataclass(frozen=True)
class Reference:
    """What past years of a line type say at one origin month; arrays over its line-years.

    Attributes:
        share: part of the final spending that was paid by the month; rate: final spending over final budget;
        growth: final budget over the budget known at the month; carried: part of the unspent that was carried over;
        refunded: part of what was paid that came back by the year's end.
    """

    share: Array
    rate: Array
    growth: Array
    carried: Array
    refunded: Array

    @property
    def n(self) -> int:
        return len(self.rate)


@takes(lines=LINES, month=MONTH, before=number(whole=True))
def reference(lines: pd.DataFrame, *, line_type: str, month: int, before: int) -> Reference:
    """Past line-years of a type.

    Args:
        lines: fiscal_year, programme_id, line_type, month, spent, budget (cumulative won at month end), carry_out.
    """
    past = lines[(lines["line_type"] == line_type) & (lines["fiscal_year"] < before)]
    key = ["fiscal_year", "programme_id"]
    past = past.assign(refunded=past.get("refunded", 0))[
        ["month", *key, "spent", "budget", "carry_out", "refunded"]
    ]
    now = past[past["month"] == month].set_index(key)
    end = past[past["month"] == 12].set_index(key).reindex(now.index)
    good = (end["spent"] > 0) & (end["budget"] > 0) & (now["budget"] > 0)
    now, end = now[good].astype(float), end[good].astype(float)
    unspent = (end["budget"] - end["spent"]).clip(lower=0)
    carried = (end["carry_out"] / unspent.where(unspent > 0)).fillna(0).clip(0, 1)
    return Reference(
        (now["spent"] / end["spent"]).to_numpy(),
        (end["spent"] / end["budget"]).to_numpy(),
        (end["budget"] / now["budget"]).to_numpy(),
        carried.to_numpy(),
        (end["refunded"] / (end["spent"] + end["refunded"])).to_numpy(),
    )


class Development(NamedTuple):
    """A line's final spending as its own past years develop it, its standard error (won) and degrees of freedom."""

    ultimate: float
    se: float
    df: int


@takes(month=MONTH, year=number(whole=True))
def own_development(paid: pd.DataFrame, *, month: int, year: int) -> Development | None:
    """Mack's chain ladder over a line's own complete years, or None where they are too few.

    Args:
        paid: cumulative won of one line by fiscal year (rows) and month (columns).
    """
    past = paid[(paid.index < year) & (paid[12] > 0)]
    if len(past) < OWN_YEARS or month == 12 or paid.at[year, month] <= 0:
        return None
    now = paid.loc[[year]].astype(float)
    now.loc[:, now.columns > month] = np.nan
    # Months before the origin month are known and need no factor.
    found = chain_ladder(pd.concat([past.astype(float), now])[list(range(month, 13))].to_numpy())
    if not np.isfinite(found.ultimates[-1]):
        return None
    return Development(float(found.ultimates[-1]), float(found.se[-1]), len(past) - 1)


@takes(lines=LINES, year=number(whole=True), month=MONTH, draws=number(low=1, whole=True))
def line_draws(
    lines: pd.DataFrame,
    *,
    year: int,
    month: int,
    draws: int,
    rng: np.random.Generator,
    stopped: Mapping[str, int] = NONE_STOPPED,
) -> dict[tuple[str, str], tuple[str, Array]]:
    """Simulated ends of the year by line: (method, draws × (spending, carry-over, lapse) in won).

    Method: `mack`, `profile`, or `range` where too few past line-years exist; then the draws are even between what is
    spent and what may be spent, and the carried part of the rest is that of the few past years, or even over all that is
    possible without any. `stopped`, for a programme known to be stopped at the origin, since no past year of a running
    line tells how a stopped one ends: with a chance of `NOTHING_MORE` exactly what is paid, in all its lines together,
    else what is paid and an even part of the rest; less what comes back of it, as past line-years' refunds did, since that
    is all that can still happen to a stopped line. Other lines never end below what is paid, none above the simulated ceiling.

    Args:
        stopped: programme_id -> YYYYMM of its suspension, merger or end.
    """
    standing = lines[(lines["fiscal_year"] == year) & (lines["month"] == month) & (lines["budget"] > 0)]
    standing = standing.assign(refunded=standing.get("refunded", 0))
    references = {
        kind: reference(lines, line_type=kind, month=month, before=year)
        for kind in standing["line_type"].unique()
    }
    paid = lines.pivot(index=[*KEY, "fiscal_year"], columns="month", values="spent")
    correlation, years = _year_correlation(lines, before=year)
    shared = np.sqrt(correlation)
    # What a year's lines share is known from as few years as there are, not from all of their lines.
    common = rng.standard_normal(draws)
    if years > 1:
        common *= np.sqrt((1 + 1 / years) / (rng.chisquare(years - 1, draws) / (years - 1)))
    found: dict[tuple[str, str], tuple[str, Array]] = {}
    wound_down: dict[str, Array] = {}  # by stopped programme: the part of the rest that is still paid
    for row in standing.itertuples(index=False):
        line = (str(row.programme_id), str(row.line_type))
        past = references[line[1]]
        spent, budget = float(row.spent), float(row.budget)
        ended = stopped.get(line[0], 999912) <= 100 * year + month
        if ended or past.n < LEAST_LINE_YEARS:
            part = rng.random(draws)
            floor: Any = spent
            if ended:
                back = rng.choice(past.refunded, draws) if past.n else 0.0
                floor = spent - np.maximum(back * (spent + float(row.refunded)) - float(row.refunded), 0)
                part = wound_down.setdefault(line[0], np.where(rng.random(draws) < NOTHING_MORE, 0.0, part))
            final = floor + part * max(budget - spent, 0)
            carried = rng.choice(past.carried, draws) if past.n else rng.random(draws)
            found[line] = ("stopped" if ended else "range", _closed(final, np.full(draws, budget), carried))
            continue
        own = own_development(paid.loc[line], month=month, year=year)
        ceiling = np.maximum(budget * rng.choice(past.growth, draws), spent)
        alone = rng.standard_normal(draws) / np.sqrt(rng.chisquare(past.n - 1, draws) / (past.n - 1))
        shock = shared * common + np.sqrt((1 - correlation) * (1 + 1 / past.n)) * alone
        final = _final(past, own, spent=spent, ceiling=ceiling, shock=shock)
        found[line] = (
            "profile" if own is None else "mack",
            _closed(final, ceiling, rng.choice(past.carried, draws)),
        )
    return found


def _final(past: Reference, own: Development | None, *, spent: float, ceiling: Array, shock: Array) -> Array:
    """Draws of a line's final spending: credibility mean, `shock` times its error, within what is paid and the ceiling."""
    n, df = past.n, past.n - 1
    rate, v0 = past.rate.mean(), past.rate.var(ddof=1)
    share, spread = past.share.mean(), past.share.var(ddof=1)
    developed, vc = np.full_like(ceiling, rate), np.full_like(ceiling, np.inf)
    if share > 0:
        # Rate and share are themselves means of n line-years: hence 1 + 1/n.
        developed = spent / ceiling / share
        vc = np.full_like(ceiling, (rate / share) ** 2 * spread * (1 + 1 / n))
    if own is not None:
        # Four or five own years give too unsure a variance to be weighted by: it is pooled with that of the line type.
        developed = own.ultimate / ceiling
        vc = (
            (own.df * (own.se / ceiling) ** 2 + df * vc) / (own.df + df)
            if share > 0
            else (own.se / ceiling) ** 2
        )
    credibility = np.where(np.isinf(vc), 0.0, v0 / np.maximum(v0 + vc, 1e-12))
    middle = credibility * np.minimum(developed, 1.0) + (1 - credibility) * rate
    drawn = middle + np.sqrt(v0 * (1 - credibility)) * shock
    return np.clip(drawn * ceiling, spent, ceiling)


def _closed(final: Array, ceiling: Array, carried: Array) -> Array:
    left = ceiling - final
    return np.column_stack([final, left * carried, left * (1 - carried)])


def _year_correlation(lines: pd.DataFrame, *, before: int) -> tuple[float, int]:
    """Correlation of final rates within a year (one-way random effects), at least 0, and the years that it rests on."""
    end = lines[(lines["month"] == 12) & (lines["fiscal_year"] < before) & (lines["budget"] > 0)]
    rates = end["spent"] / end["budget"]
    groups = rates.groupby(end["fiscal_year"])
    k, n = groups.ngroups, len(rates)
    if k < 2 or n <= k:
        return 0.0, k
    size = (n - (groups.size() ** 2).sum() / n) / (k - 1)
    between = (groups.size() * (groups.mean() - rates.mean()) ** 2).sum() / (k - 1)
    within = ((rates - groups.transform("mean")) ** 2).sum() / (n - k)
    effect = max((between - within) / size, 0.0)
    return (float(effect / (effect + within)) if effect + within > 0 else 0.0), k


@takes(drawn=numbers("n", some=True))
def intervals(drawn: Array) -> dict[str, float]:
    """Median and the limits of the 50, 80 and 95 % intervals of some draws."""
    found = {"estimate": float(np.median(drawn))}
    for level in LEVELS:
        low, high = np.percentile(drawn, [50 - level / 2, 50 + level / 2])
        found[f"low_{level}"], found[f"high_{level}"] = float(low), float(high)
    return found


@dataclass(frozen=True)
class YearForecast:
    """The end of a year.

    Attributes:
        programmes: programme_id, method, spent, budget, estimate, low_50 … high_95, won; carry and lapse
            (medians) with carry_low, carry_high, lapse_low, lapse_high (95 %); rate, rate_low_50 … rate_high_95, the
            part of the budget at the year's end that is spent: at most 1. Won may exceed `budget`, which is today's:
            supplementary budgets come as often as they did.
        total: the same for all programmes together.
        spending, carried: draws × programmes, in the order of `programmes`.
    """

    programmes: pd.DataFrame
    total: dict[str, float]
    spending: Array
    carried: Array


@takes(lines=LINES, year=number(whole=True), month=MONTH, draws=number(low=1, whole=True))
def forecast_year(
    lines: pd.DataFrame,
    *,
    year: int,
    month: int,
    seed: int,
    draws: int = 4000,
    stopped: Mapping[str, int] = NONE_STOPPED,
) -> YearForecast:
    """Simulate the end of a running year as known at the end of a month.

    Args:
        lines: as `reference`; only months up to `month` of `year` and earlier years are read.
        stopped: as `line_draws`; a later stop is not known yet.
    """
    rng = np.random.default_rng(seed)
    found = line_draws(lines, year=year, month=month, draws=draws, rng=rng, stopped=stopped)
    standing = lines[(lines["fiscal_year"] == year) & (lines["month"] == month)]
    known = standing.groupby("programme_id")[["spent", "budget"]].sum()
    names = list(dict.fromkeys(programme for programme, _ in found))
    ends = {
        name: np.sum([draw for (programme, _), (_, draw) in found.items() if programme == name], axis=0)
        for name in names
    }
    rows = []
    for name in names:
        methods = {method for (programme, _), (method, _) in found.items() if programme == name}
        method = next(
            (name for name in RANGES if name in methods), "mack" if methods == {"mack"} else "profile"
        )
        rows.append(
            {
                "programme_id": name,
                "method": method,
                "spent": int(known.at[name, "spent"]),
                "budget": int(known.at[name, "budget"]),
                **_summary(ends[name]),
            }
        )
    size = (draws, len(names))
    spending = np.column_stack([ends[name][:, 0] for name in names]) if names else np.zeros(size)
    carried = np.column_stack([ends[name][:, 1] for name in names]) if names else np.zeros(size)
    whole = np.sum(list(ends.values()), axis=0) if names else np.zeros((draws, 3))
    total = {"spent": float(known["spent"].sum()), "budget": float(known["budget"].sum()), **_summary(whole)}
    return YearForecast(pd.DataFrame(rows), total, spending, carried)


def _summary(drawn: Array) -> dict[str, float]:
    found = intervals(drawn[:, 0])
    ceiling = drawn.sum(axis=1)
    rates = intervals(np.divide(drawn[:, 0], ceiling, out=np.zeros(len(drawn)), where=ceiling > 0))
    found["rate"] = rates.pop("estimate")
    found |= {f"rate_{name}": value for name, value in rates.items()}
    for name, column in (("carry", 1), ("lapse", 2)):
        low, middle, high = np.percentile(drawn[:, column], [2.5, 50, 97.5])
        found |= {name: float(middle), f"{name}_low": float(low), f"{name}_high": float(high)}
    return found
