"""Money along the thread: each won of the ledger is for one step, by the rules of `thread_money.toml`, and what a person at a step cost.

Direct, shared by recorded activity at minutes of work, and overhead: time-driven activity-based costing (Kaplan and Anderson 2004).
Cost per person is a ratio of sums; its interval resamples district-months (Efron and Tibshirani 1993, chapter 8), so that what varies
together stays together. Whole won are kept by largest remainders: parts add to what was paid at every level.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from guards import numbers, takes

STEPS = ("known", "contacted", "assessed", "enrolled", "completed")
BESIDE, UNASSIGNED = "beside", "unassigned"
LEAST_CELLS = 12


@cache
def rules() -> dict[str, Any]:
    """The rule file, as it stands."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


@takes(amount=numbers("n", whole=True), weights=numbers("n", "k", low=0))
def parts(amount: Any, weights: Any) -> np.ndarray:
    """(n, k) whole won in proportion to each row's weights, which add to each amount (largest remainders).

    Args:
        amount: (n,) whole won; what was paid back is below 0. weights: (n, k).

    Raises:
        ValueError: a row without any weight, or an amount that is not whole.
    """
    whole, w = np.asarray(amount, float), np.asarray(weights, float)
    if (w.sum(axis=1) <= 0).any():
        raise ValueError("weights: a row has none")
    size = np.abs(whole).astype(np.int64)
    exact = w / w.sum(axis=1, keepdims=True) * size[:, None]
    found = np.floor(exact).astype(np.int64)
    left = size - found.sum(axis=1)
    order = np.argsort(-(exact - found), axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    found += rank < left[:, None]
    return found * np.sign(whole).astype(np.int64)[:, None]


def minutes(activity: Mapping[str, float], steps: tuple[str, ...]) -> dict[str, float]:
    """Minutes of work by step, of those that a programme pays for, from counts of its records; all for the last one without any.

    Args:
        activity: counts by the names of [minutes]; missing or withheld ones are left out.
    """
    per = rules()["minutes"]
    told = {name: float(activity.get(name, 0) or 0) * size for name, size in per.items()}
    told = {name: 0.0 if np.isnan(size) else size for name, size in told.items()}
    work = {
        "contacted": told["referral_received"],
        "assessed": told["case_started"],
        "enrolled": told["referral_accepted"],
        "completed": told["session_attended"] + told["visit"],
    }
    found = {step: work.get(step, 0.0) for step in steps}
    return found if sum(found.values()) else {**found, steps[-1]: 1.0}


def assigned(paid: pd.DataFrame, activity: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Each payment with a column of whole won for every step, one beside the thread and one not assigned; they add to `won`.

    Args:
        paid: columns programme_id and won (whole), besides any keys. activity: by programme, counts of the year's records.

    Raises:
        ValueError: won that are not whole.
    """
    rule, columns = rules(), [*STEPS, BESIDE, UNASSIGNED]
    weights = {}
    for programme in paid["programme_id"].unique():
        if programme in rule["direct"]:
            weights[programme] = {rule["direct"][programme]: 1.0}
        elif programme in rule["shared"]:
            weights[programme] = minutes(activity.get(programme, {}), tuple(rule["shared"][programme]))
        elif programme in rule["beside"]["programmes"]:
            weights[programme] = {BESIDE: 1.0}
        elif programme not in rule["overhead"]["programmes"]:
            weights[programme] = {UNASSIGNED: 1.0}
    table = pd.DataFrame.from_dict(weights, orient="index").reindex(columns=columns).fillna(0.0)
    own = paid["programme_id"].isin(weights)
    out = paid.assign(**dict.fromkeys(columns, 0))
    out.loc[own, columns] = parts(
        paid.loc[own, "won"], table.reindex(paid.loc[own, "programme_id"]).to_numpy()
    )
    over = out.loc[~own]
    if len(over):
        # As all other money of the thread, so that no step bears more of it than of the rest.
        along = out.loc[own, list(STEPS)].sum().clip(lower=0).reindex(columns, fill_value=0).to_numpy(float)
        shares = along if along.sum() else np.array([column == UNASSIGNED for column in columns], float)
        out.loc[over.index, columns] = parts(over["won"], np.tile(shares, (len(over), 1)))
    return out


@dataclass(frozen=True)
class Cost:
    """Won per person as a ratio of sums, with 95 % limits; NaN where it cannot be said."""

    value: float
    low: float
    high: float
    draws: np.ndarray


def cost(
    cells: pd.DataFrame, people: pd.DataFrame, *, draws: int, rng: np.random.Generator, each: float = 0.0
) -> Cost:
    """Won per person as a ratio of sums, with limits from resampling district-months.

    Money that no district is named for is resampled by month on its own: it does not follow the people of a district.

    Args:
        cells: month, district_code, won. people: month, district_code, people (0 or more). each: won for every person besides.

    Returns: limits are NaN of fewer than `LEAST_CELLS` district-months with people, or where a resample has none.

    Raises:
        ValueError: people below 0.
    """
    keys = ["month", "district_code"]
    if (people["people"] < 0).any():
        raise ValueError("people must be 0 or more")
    there = people.groupby(keys)["people"].sum()
    there = there[there > 0]
    paid = cells.groupby(keys)["won"].sum()
    inside = paid.index.get_level_values("district_code").isin(there.index.get_level_values("district_code"))
    both = pd.concat([paid[inside], there], axis=1).fillna(0.0).astype(float)
    beside = paid[~inside].groupby("month").sum().astype(float)
    n, money = both["people"].to_numpy(), both["won"].to_numpy() + each * both["people"].to_numpy()
    won = money.sum() + beside.sum()
    unknown = np.full(draws, np.nan)
    if n.sum() <= 0 or won <= 0:
        return Cost(np.nan, np.nan, np.nan, unknown)
    value = float(won / n.sum())
    if len(there) < LEAST_CELLS:
        return Cost(value, np.nan, np.nan, unknown)
    times = _times(len(n), draws, rng)
    top = times @ money
    if len(beside):
        top = top + _times(len(beside), draws, rng) @ beside.to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = top / (times @ n)
    if not np.isfinite(drawn).all():
        return Cost(value, np.nan, np.nan, unknown)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Cost(value, min(float(low), value), max(float(high), value), drawn)


def _times(cells: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """How often each cell is drawn: (draws, cells)."""
    return rng.multinomial(cells, np.full(cells, 1 / cells), size=draws)
