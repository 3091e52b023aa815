"""What staffing needs to know, read from the line's own facts: load, handling, patience, roster, forecast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import pandas as pd

from answers import say
from answers.kept import kept
from answers.reader import Reader, Rule
from answers.studies import study
from data import queries
from forecast import demand
from forecast.staffing import (
    Queue,
    Staffing,
    across,
    erlang_a,
    erlang_c,
    replicated,
    required_agents,
    scheduled,
    simulate,
)
from metrics import registry
from metrics.histogram import binned_cv
from metrics.intervals import byar
from metrics.load import per_day_hours, week_load
from metrics.waits import FEWEST

TARGET_S, LEVEL = 20, 0.80
HORIZON_H = 14 * 24
SEED = 120
RUNS, CONTACTS = 10, 4_000  # of the simulation
MONTHS = ("3", "12", "24")
LINE = ("available_s", "handling_s", "wrap_s")
LOAD = Rule(
    "load and handling", "means over many contacts: handling, patience, counsellors an hour; no count"
)
FORECAST = Rule("demand forecast", "expected contacts an hour with limits, from a model of all hours")


@dataclass(frozen=True)
class Observed:
    """The line as it ran: mean handling, its coefficient of variation, patience, paid time off the line, and how hours vary."""

    aht_s: float
    handling_cv: float
    patience_s: float
    shrinkage: float
    dispersion: float | None  # k of the negative binomial around the forecast, None where hours are Poisson
    evidence: str

    @property
    def known(self) -> bool:
        """Whether a queue can be computed from it."""
        return bool(
            np.isfinite([self.aht_s, self.patience_s]).all() and self.aht_s > 0 and self.patience_s > 0
        )


@dataclass(frozen=True)
class Demand:
    """How hours vary, and from twelve weeks of contacts on the next two weeks by hour with their backtest.

    Attributes:
        hours: mean and 80 % limits by hour from the naive range where the model was refused; None before twelve weeks.
    """

    dispersion: float | None
    hours: pd.DataFrame | None
    test: demand.Backtest | None
    evidence: str

    @property
    def refused(self) -> bool:
        """Whether the naive range stands in for the model."""
        return self.test is None or self.test.reason != ""


@study("hotline.demand", reads=("hotline_contact", "event"))
def contacts_ahead(read: Reader) -> Demand:
    """The day model of all contacts, its dispersion, backtest and forecast."""
    rows = read.for_model("hotline_hourly", columns=("offered",), keys=("day", "hour"))
    until = pd.Timestamp(read.end("hotline_contact")) + pd.Timedelta(23, "h")
    found: Demand = read.judged(FORECAST, _ahead, rows, until, events(read), read.whose)
    return found


def _ahead(rows: pd.DataFrame, until: pd.Timestamp, steps: list[date], evidence: str) -> Demand:
    at = pd.to_datetime(rows["day"]) + pd.to_timedelta(rows["hour"], unit="h")
    counts = demand.whole_hours(pd.Series(rows["offered"].to_numpy(), index=at).sort_index(), until=until)
    if len(counts) < 4 * demand.WEEK_H or not counts.sum():
        return Demand(None, None, None, evidence)
    parameters = np.asarray(demand.day_model(counts, None, steps).params)
    spread = demand.dispersion(counts, events=steps, parameters=parameters)
    known = float(spread) if np.isfinite(spread) else None
    if len(counts) < 12 * demand.WEEK_H:
        return Demand(known, None, None, evidence)
    test = demand.backtest(counts, seed=SEED, events=steps)
    hours = (
        demand.naive(counts, HORIZON_H)
        if test.reason
        else demand.forecast(counts, hours=HORIZON_H, seed=SEED, events=steps, parameters=parameters)
    )
    return Demand(known, hours, test, evidence)


def ahead(read: Reader) -> Demand:
    """The last kept forecast."""
    found: Demand = read.study("hotline.demand")
    return found


def events(read: Reader) -> list[date]:
    """Recorded days from which the hotline's demand may have changed for good."""
    rows = read.events()
    mine = rows[rows["programme_id"].eq("hotline") & rows["kind"].isin(["launch", "other", "suspension"])]
    return sorted(set(mine["happened_on"]))[1:]


@kept
def observed(read: Reader, months: queries.Span) -> Observed:
    """Handling = talk and wrap-up ÷ answered; patience = all waiting ÷ hang-ups (its censored exponential estimate)."""
    where = {"month_key": months}
    sums = read.for_model("hotline_hourly", columns=("answered", "handle_s"), where=where)
    waits = read.for_model("hotline_wait", columns=("contacts",), keys=("outcome", "wait_s"), where=where)
    bins = read.for_model("hotline_handle", columns=("contacts",), keys=("handle_bin_s",), where=where)
    aht, patience, spread = read.judged(LOAD, _handling, sums, waits, bins)
    off = read.city("shrinkage", where=where)["value"]
    shrinkage = float(off) / registry.get("shrinkage").scale if pd.notna(off) else 0.0
    return Observed(
        aht,
        spread,
        patience,
        max(0.0, min(shrinkage, 0.9)),
        ahead(read).dispersion,
        read.whose,
    )


def _handling(sums: pd.DataFrame, waits: pd.DataFrame, bins: pd.DataFrame) -> tuple[float, float, float]:
    row = sums.iloc[0]
    if row["answered"] < FEWEST:
        return (float("nan"),) * 3
    aht = row["handle_s"] / row["answered"]
    gone = waits.loc[waits["outcome"] == "abandoned", "contacts"].sum()
    patience = (waits["contacts"] * waits["wait_s"]).sum() / gone if gone else float("nan")
    return float(aht), float(patience), binned_cv(bins["handle_bin_s"], bins["contacts"], width=30)


@kept
def on_the_line(read: Reader, months: queries.Span) -> pd.DataFrame:
    """Counsellors on the line and paid, on average, by hour: index hour; empty without a roster."""
    rows = read.for_model(
        "agent_daily", columns=("paid_s", *LINE), keys=("day", "hour"), where={"month_key": months}
    )
    if rows.empty:
        return pd.DataFrame()
    found: pd.DataFrame = read.judged(LOAD, _roster, rows)
    return found


def _roster(rows: pd.DataFrame) -> pd.DataFrame:
    line = rows.assign(line=rows[list(LINE)].sum(axis=1))
    return per_day_hours(line, {"agents": "line", "paid": "paid_s"}) / 3600


@kept
def needed_by_hour(read: Reader, months: queries.Span) -> pd.Series:
    """Counsellors that each hour of the day would have needed for 80 % in 20 s at its mean load."""
    seen = observed(read, months)
    rows = read.for_model(
        "hotline_hourly", columns=("offered",), keys=("day", "hour"), where={"month_key": months}
    )
    if rows.empty or not seen.known:
        return pd.Series(dtype=float)
    rate = read.judged(LOAD, per_day_hours, rows, {"offered": "offered"})["offered"]
    return rate.map(lambda r: float(required(r, seen, TARGET_S, LEVEL, 1.0).agents))


@study(
    "hotline.week",
    reads=("hotline_contact", "agent_interval", "event"),
    over=lambda read: [(m,) for m in MONTHS],
)
def week(read: Reader, months: str) -> pd.DataFrame:
    """Load with its limits, counsellors on the line and needed, by weekday and hour.

    Returns: weekday, hour, days, load, low, high (contacts an hour and their 95 % limits over days), agents (mean on the
        line), need, need_low, need_high (for 80 % in 20 s at that load and its limits); empty without roster or contacts.
    """
    span = say.span(read, int(months), of="hotline_contact")
    seen, where = observed(read, span), {"month_key": span}
    calls = read.for_model("hotline_hourly", columns=("offered",), keys=("day", "hour"), where=where)
    line = read.for_model("agent_daily", columns=LINE, keys=("day", "hour"), where=where)
    if calls.empty or line.empty or not seen.known:
        return pd.DataFrame()
    out = _shown_load(read, read.judged(LOAD, week_load, calls, line, list(LINE)))
    for name, rate in (("need", "load"), ("need_low", "low"), ("need_high", "high")):
        out[name] = [required(round(r, 1), seen, TARGET_S, LEVEL, 1.0).agents for r in out[rate]]
    return out


def _shown_load(read: Reader, cells: pd.DataFrame) -> pd.DataFrame:
    """Loads restated from protected counts: a mean of so many days to a tenth would give the count back.

    Limits cover the rounding. A count that may not be shown is taken as the middle of all that may not, with the limits of the
    most of them: nothing of it is told.
    """
    days = cells["days"].astype(float)
    counts, half = cells["load"] * days, cells["high"] - cells["load"]
    shown = read.protected(counts)
    least, most = read.compatible(shown)
    few = shown.isna()
    low = (np.maximum(least / days - half, 0.0)).mask(few, 0.0)
    high = (most / days + half).mask(few, byar(read.smallest - 1.0)[1] / days)
    return cells.assign(load=shown.mask(few, (read.smallest - 1) / 2) / days, low=low, high=high)


@lru_cache(maxsize=8192)
def required(per_hour: float, seen: Observed, target_s: int, level: float, max_abandon: float) -> Staffing:
    """The fewest counsellors for an hour's load, averaged over how such hours vary."""
    return required_agents(
        per_hour / 3600,
        seen.aht_s,
        target_s,
        level,
        patience=seen.patience_s,
        max_abandon=max_abandon,
        shrinkage=seen.shrinkage,
        dispersion=seen.dispersion,
    )


Given = tuple[dict[str, Queue], dict[str, tuple[float, float]]]


@lru_cache(maxsize=512)
def given(per_hour: float, seen: Observed, agents: int, target_s: int) -> Given:
    """What so many counsellors would give, by four ways of reckoning, and the simulation's Monte Carlo limits."""
    rate = per_hour / 3600

    def steady(r: float) -> Queue:
        return erlang_a(r, seen.aht_s, seen.patience_s, agents, target_s)

    simulated, limits = replicated(
        lambda rng: simulate(
            rate,
            seen.aht_s,
            agents,
            target_s,
            rng=rng,
            patience=seen.patience_s,
            contacts=CONTACTS,
            handling_cv=seen.handling_cv,
            dispersion=seen.dispersion,
        ),
        seed=SEED,
        runs=RUNS,
    )
    return {
        "planner": steady(rate) if seen.dispersion is None else across(steady, rate, seen.dispersion),
        "simulated": simulated,
        "erlang_a": steady(rate),
        "erlang_c": erlang_c(rate, seen.aht_s, agents, target_s),
    }, limits


def cells(hours: pd.DataFrame) -> pd.DataFrame:
    """Mean and 80 % range of contacts by hour for weekdays and for weekends with holidays."""
    off = demand.public_holidays(sorted(set(hours.index.year)))
    rest = (hours.index.day_of_week >= 5) | pd.Series(hours.index.date).isin(off).to_numpy()
    grouped = hours.assign(rest=rest, hour=hours.index.hour).groupby(["rest", "hour"])
    return grouped[["mean", "lower80", "upper80"]].mean().reset_index()


@kept
def plan(read: Reader, seen: Observed, target_s: int, level: float, max_abandon: float) -> pd.DataFrame:
    """Counsellors on the line and on the roster by hour and kind of day; empty without a forecast."""
    hours = ahead(read).hours
    if hours is None:
        return pd.DataFrame()
    out = cells(hours)
    staffing = [required(round(m, 2), seen, target_s, level, max_abandon) for m in out["mean"]]
    out["agents"] = [s.agents for s in staffing]
    out["scheduled"] = [scheduled(s.agents, seen.shrinkage) for s in staffing]
    out["met"] = [s.met for s in staffing]
    return out


def weekly_hours(planned: pd.DataFrame) -> float:
    """Paid hours of an ordinary week: five weekdays and two days of rest."""
    days = planned["rest"].map({False: 5, True: 2})
    return float((planned["scheduled"] * days).sum())
