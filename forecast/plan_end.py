"""How the five years will end: closed years as booked, the running year as simulated, later years as planned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecast.outturn import YearForecast, intervals
from guards import number, numbers, table, takes

WHOLE = numbers("n", whole=True)
MOST = 0.99  # highest past rate that a logit is taken of
COMMON_SHOCK = 0.5  # correlation of programmes' final rates within a future year: assumed


@dataclass(frozen=True)
class PlanForecast:
    """The end of the plan, in won.

    Attributes:
        years: fiscal_year, estimate and interval limits; programmes: the same by programme_id, over all years.
        total: the same for everything.
        above, below_85: probabilities of spending more than the plan's total, and less than 85 % of it.
    """

    years: pd.DataFrame
    programmes: pd.DataFrame
    total: dict[str, float]
    above: float
    below_85: float


@takes(rates=numbers("n", above=0, below=1, some=True), total=number(above=0))
def five_years(
    closed: pd.DataFrame,
    running: YearForecast,
    planned: pd.DataFrame,
    rates: npt.ArrayLike,
    *,
    total: float,
    seed: int,
) -> PlanForecast:
    """Outturn of the plan: closed years as booked, the running year as simulated, later years as planned.

    A later year may spend its planned won and what the year before it carried over; final rates are logit-normal as in
    the past, with half of their variance common to all programmes of a year. Later years are appropriated as planned.

    Args:
        closed: won spent by programme (rows) and closed fiscal year (columns).
        planned: won by programme (rows) and later fiscal year (columns), at least one.
        rates: past final rates of programme-years, each in (0, 1).
        total: the plan's published total.
    """
    rng = np.random.default_rng(seed)
    draws = len(running.spending)
    names = list(running.programmes["programme_id"]) if len(running.programmes) else []
    order = list(dict.fromkeys([*names, *planned.index, *closed.index]))
    booked = closed.reindex(order).fillna(0)
    carried, now = np.zeros((draws, len(order))), np.zeros((draws, len(order)))
    carried[:, : len(names)], now[:, : len(names)] = running.carried, running.spending
    unspent = running.total["budget"] * draws - running.spending.sum()
    share = float(np.clip(running.carried.sum() / unspent, 0, 1)) if unspent > 0 else 0.0
    past = np.clip(np.asarray(rates, dtype=float), 1 - MOST, MOST)
    logit = np.log(past / (1 - past))
    sums = now + booked.to_numpy(float).sum(axis=1)
    years = [
        {"fiscal_year": int(y), **intervals(np.full(draws, float(booked[y].sum())))}
        for y in sorted(booked.columns)
    ]
    years.append({"fiscal_year": int(min(planned.columns)) - 1, **intervals(now.sum(axis=1))})
    for year in sorted(planned.columns):
        ceiling = planned[year].reindex(order).fillna(0).to_numpy(float) + carried
        common, own = rng.standard_normal((draws, 1)), rng.standard_normal(ceiling.shape)
        shock = np.sqrt(COMMON_SHOCK) * common + np.sqrt(1 - COMMON_SHOCK) * own
        final = ceiling / (1 + np.exp(-(logit.mean() + logit.std(ddof=1) * shock)))
        carried = (ceiling - final) * share
        years.append({"fiscal_year": int(year), **intervals(final.sum(axis=1))})
        sums = sums + final
    whole = sums.sum(axis=1)
    return PlanForecast(
        pd.DataFrame(years),
        pd.DataFrame([{"programme_id": n, **intervals(sums[:, i])} for i, n in enumerate(order)]),
        intervals(whole),
        float((whole > total).mean()),
        float((whole < 0.85 * total).mean()),
    )


@takes(
    lines=table("programme_id", fiscal_year=WHOLE, month=WHOLE, spent=numbers("n"), budget=numbers("n")),
    plan=table("programme_id", fiscal_year=WHOLE, planned_krw=WHOLE),
    year=number(whole=True),
    total=number(above=0),
)
def of_ledger(
    lines: pd.DataFrame,
    plan: pd.DataFrame,
    running: YearForecast,
    *,
    year: int,
    years: tuple[int, ...],
    total: float,
    seed: int,
) -> PlanForecast | None:
    """`five_years` of a ledger, or None where past rates or later plans are missing.

    Args:
        lines: as `forecast.outturn.reference`. plan: programme_id, fiscal_year, planned_krw as it stands.
        running: the simulated end of `year`. years: those of the plan.
        total: the plan's published total in won. A programme-year with a budget counts as a past rate where some of it was
            spent; all of it counts as 99 %, as in `five_years`.

    Raises:
        ValueError: won or years that are missing or no whole numbers, or a total of 0 or less.
    """
    end = lines[(lines["month"] == 12) & (lines["fiscal_year"] < year)]
    sums = end.groupby(["fiscal_year", "programme_id"])[["spent", "budget"]].sum()
    rates = (sums["spent"] / sums["budget"])[(sums["budget"] > 0) & (sums["spent"] > 0)].clip(upper=MOST)
    later = plan[plan["fiscal_year"] > year]
    if len(rates) < 2 or later.empty or year not in years:
        return None
    by_year = {"index": "programme_id", "columns": "fiscal_year", "aggfunc": "sum"}
    table = later.pivot_table(values="planned_krw", **by_year)
    closed = end[end["fiscal_year"].isin(years)].pivot_table(values="spent", **by_year)
    return five_years(closed, running, table, rates, total=total, seed=seed)
