"""What staffing needs to know, read from the line's own facts: load, handling, patience, roster, forecast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import streamlit as st

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
from ui import access, services, store

TARGET_S, LEVEL = 20, 0.80
HORIZON_H = 14 * 24
SEED = 120
RUNS, CONTACTS = 10, 4_000  # of the simulation


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


def observed(months: queries.Span) -> Observed:
    """Handling = talk and wrap-up ÷ answered; patience = all waiting ÷ hang-ups (its censored exponential estimate)."""
    sums = services.raw("hotline_hourly", columns=("answered", "handle_s"), where={"month_key": months})
    waits = services.raw(
        "hotline_wait", columns=("contacts",), keys=("outcome", "wait_s"), where={"month_key": months}
    )
    row = sums.iloc[0]
    aht = row["handle_s"] / row["answered"] if row["answered"] else float("nan")
    gone = waits.loc[waits["outcome"] == "abandoned", "contacts"].sum()
    patience = (waits["contacts"] * waits["wait_s"]).sum() / gone if gone else float("nan")
    off = access.city("shrinkage", where={"month_key": months})["value"]
    shrinkage = float(off) / registry.get("shrinkage").scale if pd.notna(off) else 0.0
    return Observed(float(aht), _handling_cv(months), float(patience), max(0.0, min(shrinkage, 0.9)),
                    _dispersion(store.version(), store.url()), services.evidence_of(sums))  # fmt: skip


def _handling_cv(months: queries.Span) -> float:
    """Coefficient of variation of handling times, from the middles of their 30-second bins."""
    bins = services.raw(
        "hotline_handle", columns=("contacts",), keys=("handle_bin_s",), where={"month_key": months}
    )
    if bins["contacts"].sum() < 2:
        return 1.0
    middle = bins["handle_bin_s"].to_numpy(dtype=float) + 15
    mean = np.average(middle, weights=bins["contacts"])
    return float(np.sqrt(np.average((middle - mean) ** 2, weights=bins["contacts"])) / mean)


def _counts() -> pd.Series:
    """Offered contacts by local hour, every hour of whole days present; empty without contacts."""
    rows = services.raw("hotline_hourly", columns=("offered",), keys=("day", "hour"))
    at = pd.to_datetime(rows["day"]) + pd.to_timedelta(rows["hour"], unit="h")
    until = pd.Timestamp(store.as_of()) + pd.Timedelta(23, "h")
    return demand.whole_hours(pd.Series(rows["offered"].to_numpy(), index=at).sort_index(), until=until)


@st.cache_resource(max_entries=4, show_spinner=False)
def _days(version: int, address: str) -> tuple[pd.Series, np.ndarray | None]:
    """Contacts by hour and the parameters of the day model, estimated once for all that rests on them."""
    counts = _counts()
    if len(counts) < 4 * demand.WEEK_H or not counts.sum():
        return counts, None
    return counts, np.asarray(demand.day_model(counts, None, events()).params)


@st.cache_resource(max_entries=4, show_spinner=False)
def _dispersion(version: int, address: str) -> float | None:
    counts, parameters = _days(version, address)
    if parameters is None:
        return None
    found = demand.dispersion(counts, events=events(), parameters=parameters)
    return float(found) if np.isfinite(found) else None


def on_the_line(months: queries.Span) -> pd.DataFrame:
    """Counsellors on the line and paid, on average, by hour: index hour; empty without a roster."""
    rows = services.raw("agent_daily", columns=("paid_s", "available_s", "handling_s", "wrap_s"), keys=("hour",),
                        where={"month_key": months})  # fmt: skip
    if rows.empty:
        return rows
    days = len(services.raw("agent_daily", columns=("paid_s",), keys=("day",), where={"month_key": months}))
    rows = rows.set_index("hour").reindex(range(24), fill_value=0)
    line = rows[["available_s", "handling_s", "wrap_s"]].sum(axis=1) / 3600 / days
    return pd.DataFrame({"agents": line, "paid": rows["paid_s"] / 3600 / days})


def needed_by_hour(months: queries.Span) -> pd.Series:
    """Counsellors that each hour of the day would have needed for 80 % in 20 s at its mean load."""
    seen = observed(months)
    rows = services.raw("hotline_hourly", columns=("offered",), keys=("hour",), where={"month_key": months})
    if rows.empty or not seen.known:
        return pd.Series(dtype=float)
    days = len(
        services.raw("hotline_hourly", columns=("offered",), keys=("day",), where={"month_key": months})
    )
    rate = rows.set_index("hour")["offered"].reindex(range(24), fill_value=0.0) / days
    return rate.map(lambda r: float(required(r, seen, TARGET_S, LEVEL, 1.0).agents))


@st.cache_resource(max_entries=4096, show_spinner=False)
def required(per_hour: float, seen: Observed, target_s: int, level: float, max_abandon: float) -> Staffing:
    """The fewest counsellors for an hour's load, averaged over how such hours vary."""
    return required_agents(
        per_hour / 3600, seen.aht_s, target_s, level, patience=seen.patience_s, max_abandon=max_abandon, shrinkage=seen.shrinkage,
        dispersion=seen.dispersion,
    )  # fmt: skip


@st.cache_resource(max_entries=512, show_spinner=False)
def given(per_hour: float, seen: Observed, agents: int, target_s: int) -> tuple[dict[str, Queue], dict[str, tuple[float, float]]]:  # fmt: skip
    """What so many counsellors would give, by four ways of reckoning, and the simulation's Monte Carlo limits."""
    rate = per_hour / 3600

    def steady(r: float) -> Queue:
        return erlang_a(r, seen.aht_s, seen.patience_s, agents, target_s)

    simulated, limits = replicated(
        lambda rng: simulate(rate, seen.aht_s, agents, target_s, rng=rng, patience=seen.patience_s, contacts=CONTACTS,
                             handling_cv=seen.handling_cv, dispersion=seen.dispersion),
        seed=SEED, runs=RUNS,
    )  # fmt: skip
    return {
        "planner": steady(rate) if seen.dispersion is None else across(steady, rate, seen.dispersion),
        "simulated": simulated, "erlang_a": steady(rate), "erlang_c": erlang_c(rate, seen.aht_s, agents, target_s),
    }, limits  # fmt: skip


# --- Demand ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Demand:
    """The next two weeks by hour, its backtest, and whether the model or the naive range is shown."""

    hours: pd.DataFrame
    test: demand.Backtest
    evidence: str

    @property
    def refused(self) -> bool:
        """Whether the naive range stands in for the model."""
        return self.test.reason != ""


def ahead() -> Demand | None:
    """Forecast from the day that the screens speak for; None with less than twelve weeks of contacts."""
    return _ahead(store.version(), store.url())


@st.cache_resource(max_entries=4, show_spinner=False)
def _ahead(version: int, address: str) -> Demand | None:
    counts, parameters = _days(version, address)
    if parameters is None or len(counts) < 12 * demand.WEEK_H:
        return None
    steps = events()
    test = demand.backtest(counts, seed=SEED, events=steps)
    hours = (
        demand.naive(counts, HORIZON_H)
        if test.reason
        else demand.forecast(counts, hours=HORIZON_H, seed=SEED, events=steps, parameters=parameters)
    )
    return Demand(hours, test, services.evidence_of(services.raw("hotline_hourly", columns=("offered",))))


def events() -> list[date]:
    """Recorded days from which the hotline's demand may have changed for good."""
    rows = access.events()
    mine = rows[rows["programme_id"].eq("hotline") & rows["kind"].isin(["launch", "other", "suspension"])]
    return sorted(set(mine["happened_on"]))[1:]


def cells(found: Demand) -> pd.DataFrame:
    """Mean and 80 % range of contacts by hour for weekdays and for weekends with holidays."""
    hours = found.hours
    off = demand.public_holidays(sorted(set(hours.index.year)))
    rest = (hours.index.day_of_week >= 5) | pd.Series(hours.index.date).isin(off).to_numpy()
    grouped = hours.assign(rest=rest, hour=hours.index.hour).groupby(["rest", "hour"])
    return grouped[["mean", "lower80", "upper80"]].mean().reset_index()


def plan(seen: Observed, *, target_s: int, level: float, max_abandon: float) -> pd.DataFrame:
    """Counsellors on the line and on the roster by hour and kind of day. Shared: not to be changed."""
    return _plan(seen, target_s, level, max_abandon, store.version(), store.url())


@st.cache_resource(max_entries=128, show_spinner=False)
def _plan(seen: Observed, target_s: int, level: float, max_abandon: float, version: int, address: str) -> pd.DataFrame:  # fmt: skip
    found = _ahead(version, address)
    if found is None:
        return pd.DataFrame()
    out = cells(found)
    staffing = [required(round(m, 2), seen, target_s, level, max_abandon) for m in out["mean"]]  # fmt: skip
    out["agents"] = [s.agents for s in staffing]
    out["scheduled"] = [scheduled(s.agents, seen.shrinkage) for s in staffing]
    out["met"] = [s.met for s in staffing]
    return out


def weekly_hours(planned: pd.DataFrame) -> float:
    """Paid hours of an ordinary week: five weekdays and two days of rest."""
    days = planned["rest"].map({False: 5, True: 2})
    return float((planned["scheduled"] * days).sum())
