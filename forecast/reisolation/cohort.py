"""Who left isolation, and what had become of them by a fixed horizon: the cohort triangle and its bounds.

Every rate has its denominator, an interval for chance and bounds for the people who were not seen again. A cohort that
cannot have reached a horizon yet is blank there, never zero.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from guards import number, numbers, table, takes

DAYS_PER_MONTH = 365.25 / 12
RULES_FILE = Path(__file__).with_name("rules.toml")


SPELLS = table(
    "person_id", "state", "started_on", "entered_on", "ended_on", "next_state", "exit", "prior_reisolations"
)
COHORT = table("left_on", "cause", "seen_from_exit", time=numbers("n", low=0))


@dataclass(frozen=True)
class Rules:
    """The rule file's content: see `rules.toml`."""

    version: str
    gap_days: int
    confirm_days: int
    cut_off: str
    horizons_months: tuple[int, ...]
    transfers: str


def read_rules(path: Path = RULES_FILE) -> Rules:
    """The rules in force, or those of another version's file."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    return Rules(**{**found, "horizons_months": tuple(found["horizons_months"])})


@takes(spells=SPELLS)
def confirmed(spells: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Spells after the rule on short gaps: a return within `gap_days` is one episode with what came before.

    Args:
        spells: rows of the `spell` table (person_id, state, started_on, entered_on, ended_on, next_state, exit, …).

    Returns: connected spells that are not confirmed exits are dropped, the re-isolated spell after them continues the
        one before, and the return is not counted among the prior ones. A connected spell that stays is at risk only of ending
        on day `gap_days` or later, so its observation begins the day before (delayed entry); `seen_from_exit` keeps
        whether it had begun with the exit, which nothing before that day can hide. Those that ended otherwise before
        that day are dropped.
    """
    frame = spells.sort_values(["person_id", "started_on"], kind="stable", ignore_index=True)
    for column in ("started_on", "entered_on", "ended_on"):
        frame[column] = pd.to_datetime(frame[column])
    gap = pd.Timedelta(days=rules.gap_days)
    short = (frame["state"] == "connected") & (frame["ended_on"] - frame["started_on"] < gap)
    failed = short & (frame["next_state"] == "reisolated")
    behind = failed.groupby(frame["person_id"]).cumsum()
    frame["prior_reisolations"] = (frame["prior_reisolations"] - behind).clip(lower=0)
    frame = frame[~short].reset_index(drop=True)
    same = frame["person_id"].eq(frame["person_id"].shift())
    before = frame["state"].shift().where(same)
    again = frame["state"] == "reisolated"
    # The first exit did not hold: what followed is still the isolation that was never left.
    frame.loc[again & before.isin(["isolated", "supported"]), "state"] = "isolated"
    continues = again & (before == "reisolated")
    episode = (~continues).cumsum()
    last = frame.groupby(episode)[["ended_on", "next_state", "exit"]].nth(-1)
    merged = frame[~continues].reset_index(drop=True)
    merged[["ended_on", "next_state", "exit"]] = last.reset_index(drop=True)
    # The first return that the rule can see falls on day `gap_days`: at risk of it from the day before.
    seen = merged["started_on"] + pd.Timedelta(days=max(rules.gap_days - 1, 0))
    merged["seen_from_exit"] = (merged["state"] == "connected") & (merged["entered_on"] <= seen)
    merged["entered_on"] = merged["entered_on"].where(~merged["seen_from_exit"], seen)
    return merged


@takes(spells=SPELLS)
def first_exits(spells: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """One row per person: the first time they left isolation, and how that ended.

    Args:
        spells: rows of the `spell` table, or what `confirmed` makes of them.

    Returns: person_id, left_on, entry and time (months since leaving at which observation begins and ends), cause
        ("reisolated", a competing exit, "lost", or "" while still connected), seen_from_exit (observation missed no
        return that counts), and the covariates of the spell.
    """
    # A register that starts late may know somebody's second exit only: that is no first one.
    first = (spells["state"] == "connected") & (spells["prior_reisolations"] == 0)
    frame = spells[first].sort_values(["person_id", "started_on"], kind="stable")
    frame = frame.drop_duplicates("person_id").reset_index(drop=True)
    left, entered, ended = (pd.to_datetime(frame[c]) for c in ("started_on", "entered_on", "ended_on"))
    last = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    stop = ended.where(ended <= last, last)
    leaving, after = frame["exit"].astype(object), frame["next_state"].astype(object)
    cause = leaving.where(leaving.notna(), after)
    result = frame.drop(columns=["started_on", "entered_on", "ended_on", "next_state", "exit"])
    if "seen_from_exit" not in result:
        result["seen_from_exit"] = entered <= left
    result = result.assign(
        left_on=left,
        entry=(entered - left).dt.days / DAYS_PER_MONTH,
        time=(stop - left).dt.days / DAYS_PER_MONTH,
        cause=cause.where(ended <= last, "").fillna(""),
    )
    return result[result["time"] > result["entry"]].reset_index(drop=True)


@takes(cohort=COHORT)
def fixed_horizon(cohort: pd.DataFrame, *, as_of: date, horizons_months: tuple[int, ...]) -> pd.DataFrame:
    """Re-isolated within h months of leaving ÷ people who left at least h months before `as_of` (metrics F2, F4).

    Months are those of the calendar: two years from 1 April are up on 1 April.

    Args:
        cohort: result of `first_exits`. Those seen only later than they left are no part of it: whoever came back
            before that is missing from the register.

    Returns: a row per horizon with exits, events, unknown (lost before the horizon), rate with Wilson limits, the bounds
        events ÷ exits and (events + unknown) ÷ exits, and status "ok" or "immature" (nobody left long enough ago).
    """
    seen = cohort[cohort["seen_from_exit"]]
    rows = [_horizon(seen, h, as_of) for h in horizons_months]
    return pd.DataFrame(rows)


def _horizon(cohort: pd.DataFrame, horizon: int, as_of: date) -> dict[str, Any]:
    reached = cohort["left_on"] + pd.DateOffset(months=horizon)
    due = reached <= pd.Timestamp(as_of)
    mature, whole = cohort[due], (reached - cohort["left_on"])[due]
    within = pd.to_timedelta((mature["time"] * DAYS_PER_MONTH).round(), unit="D") <= whole
    events = int((within & (mature["cause"] == "reisolated")).sum())
    unknown = int((within & (mature["cause"] == "lost")).sum())
    return {"horizon_months": horizon, **_rate(events, unknown, len(mature))}


def _rate(events: int, unknown: int, exits: int) -> dict[str, Any]:
    from statsmodels.stats.proportion import proportion_confint

    if not exits:
        return {
            "exits": 0,
            "events": 0,
            "unknown": 0,
            "rate": np.nan,
            "lower": np.nan,
            "upper": np.nan,
            "bound_low": np.nan,
            "bound_high": np.nan,
            "status": "immature",
        }
    lower, upper = proportion_confint(events, exits, method="wilson")
    return {
        "exits": exits,
        "events": events,
        "unknown": unknown,
        "rate": events / exits,
        "lower": lower,
        "upper": upper,
        "bound_low": events / exits,
        "bound_high": (events + unknown) / exits,
        "status": "ok",
    }


@takes(cohort=COHORT)
def cohort_triangle(
    cohort: pd.DataFrame, *, as_of: date, horizons_months: tuple[int, ...], period: str = "Q"
) -> pd.DataFrame:
    """`fixed_horizon` by period of leaving ("M", "Q" or "Y"): a period is blank where its last leaver has not got so far.

    Returns: rows of `fixed_horizon` with the period; immature cells have missing rates and the number who left.
    """
    seen = cohort[cohort["seen_from_exit"]]
    periods = seen["left_on"].dt.to_period(period)
    rows = []
    for label, group in seen.groupby(periods, sort=True):
        for h in horizons_months:
            mature = label.end_time.normalize() + pd.DateOffset(months=h) <= pd.Timestamp(as_of)
            cell = _horizon(group, h, as_of) if mature else {"horizon_months": h, **_rate(0, 0, 0)}
            rows.append({"period": str(label), "left": len(group), **cell})
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Limits:
    """What a cohort can and cannot show yet."""

    exits: int
    events: int
    lost: int
    few_events: bool  # fewer than 30: rates by age group only
    longest_months: float  # of anybody's follow-up
    mature: tuple[int, ...]  # horizons that some exits have reached
    first_on: dict[int, date]  # for the other horizons, the first day on which an exit reaches them


@takes(cohort=COHORT, few=number(low=0))
def limits(cohort: pd.DataFrame, *, as_of: date, horizons_months: tuple[int, ...], few: int = 30) -> Limits:
    """Limits of a cohort from `first_exits`, for the page to say before any rate."""
    events = int((cohort["cause"] == "reisolated").sum())
    table = fixed_horizon(cohort, as_of=as_of, horizons_months=horizons_months).set_index("horizon_months")
    mature = tuple(h for h in horizons_months if table.loc[h, "status"] == "ok")
    seen = cohort[cohort["seen_from_exit"]]["left_on"]
    first_on = (
        {}
        if seen.empty
        else {h: (seen.min() + pd.DateOffset(months=h)).date() for h in horizons_months if h not in mature}
    )
    longest = float(cohort["time"].max()) if len(cohort) else 0.0
    lost = int((cohort["cause"] == "lost").sum())
    return Limits(len(cohort), events, lost, events < few, longest, mature, first_on)


@takes(
    unknown=number(low=0, whole=True),
    exits=number(above=0, whole=True),
    half_width=number(above=0),
    share=number(low=0, high=1),
    confidence_z=number(above=0),
    ordered=("unknown", "exits"),
)
def follow_up_sample(
    unknown: int, exits: int, half_width: float, *, share: float = 0.5, confidence_z: float = 1.96
) -> int | None:
    """How many of the people not seen again to trace so that their part of the rate is known within ± `half_width`.

    Double sampling (Hansen and Hurwitz 1946) with the finite-population correction; `share` 0.5 is the worst case.

    Returns: 0 when the bounds are already as narrow, None when even tracing everybody has nothing to narrow.
    """
    if exits <= 0 or half_width <= 0:
        raise ValueError("exits and half_width must be more than 0")
    part = unknown / exits
    if part <= 2 * half_width:
        return 0
    spread = (confidence_z * part / half_width) ** 2 * share * (1 - share)
    return int(np.ceil(spread / (1 + spread / unknown)))
