"""Every transition's hazard in one model, as monthly rates by risk group, prior re-isolations and months in the state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.reisolation.hazard import Hazard, Spec, fit

EXITS = ("died", "moved", "institution")
PRIORS = 3  # 0, 1, 2 and more
DRIFT = (-0.15, 0.35)  # mean and SD of the change of the log hazard a year beyond the data, assumed (A1.6)
DRIFT_STEP = 6  # months beyond the data over which decline and drift stand still, at their middle
TAIL_UNTIL = 36  # months in the state up to which the decline of the bands goes on beyond the data
# Chance within a year, no hazard: 45.6 % "ever" over four years (metrics F5), a path to show, never a result.
OUTSIDE_IN_A_YEAR = 0.141
# Where events are too few to model, the monthly rate has the prior log h ~ Normal(log .0126, .6) (A1.6; .0126 is that path's
# month). As a gamma, which the Poisson keeps: trigamma(3.25) = .6², and exp(digamma(3.25)) ÷ .0126 = 220 person-months.
OUTSIDE_PRIOR = (3.25, 220.0)
RETURN, LEAVE = ("connected", "reisolated"), ("reisolated", "connected")
SPECS = (
    Spec(
        *RETURN,
        covariates=("age_40_64", "age_65", "male", "alone", "prior_1", "prior_2", "zone"),
        sparse_prior=OUTSIDE_PRIOR,
    ),
    Spec(*LEAVE, bands=(0, 3, 12), covariates=("age_40_64", "age_65", "alone"), season=False),
    *(
        Spec(s, to, (0,), ("age_40_64", "age_65") if to == "died" else (), season=False)
        for s in ("connected", "reisolated")
        for to in EXITS
    ),
)
# What the register itself will see: those out of sight come back unrecorded.
RECORDED = (*SPECS, *(Spec(s, "lost", (0,), (), season=False) for s in ("connected", "reisolated")))


@dataclass(frozen=True)
class Model:
    """Hazards by (state, to). Programme terms are left out: the baseline is what today's services make of it.

    `quiet_months` is the time after leaving in which nobody was at risk: a return so soon is no return (`confirmed`).
    """

    hazards: Mapping[tuple[str, str], Hazard]
    quiet_months: float = 0.0

    @property
    def last_clock(self) -> float:
        """d*: the longest time since leaving with at least 20 people under observation."""
        return self.hazards[RETURN].last_clock


def fit_model(intervals: pd.DataFrame, specs: Sequence[Spec] = SPECS) -> Model:
    """Fit every transition whose state was observed.

    Raises:
        ValueError: nobody was seen connected, so that there is nothing to come back from.
    """
    seen = set(intervals["state"].unique())
    if "connected" not in seen:
        raise ValueError("nobody was seen to leave isolation: there is no re-isolation to model yet")
    quiet = float(intervals.loc[intervals["state"] == "connected", "clock"].min())
    return Model({(s.state, s.to): fit(intervals, s) for s in specs if s.state in seen}, min(quiet, 0.5))


def groups() -> pd.DataFrame:
    """The 24 risk groups: age × sex × living alone × zone (a 0/1 class of districts that the caller chooses)."""
    rows = [
        {"age_group": a, "age_40_64": a == 1, "age_65": a == 2, "male": m, "alone": h, "zone": z}
        for a in range(3)
        for m in range(2)
        for h in range(2)
        for z in range(2)
    ]
    return pd.DataFrame(rows).astype(int)


def group_codes(rows: pd.DataFrame) -> np.ndarray:
    """Row of `groups` to which each person belongs; without a column `zone` everybody is in zone 0."""
    age = np.select([rows["age_band"] == "40-64", rows["age_band"] == "65+"], [1, 2], 0)
    zone = rows["zone"].to_numpy(int) if "zone" in rows else 0
    return age * 8 + (rows["sex"] == "male").to_numpy(int) * 4 + rows["lives_alone"].to_numpy(int) * 2 + zone


def log_rates(hazard: Hazard, draws: np.ndarray, people: pd.DataFrame, clock: np.ndarray) -> np.ndarray:
    """(draws, groups, priors, months) log monthly rates without season in the months of a state that begin at `clock`.

    A covariate that `people` does not have is at 0.
    """
    count, size, durations = len(draws), len(people), len(clock)
    if hazard.sparse is not None:
        by_age = draws[:, people["age_group"].to_numpy(int)]
        return np.broadcast_to(by_age[:, :, None, None], (count, size, PRIORS, durations))
    place = {name: i for i, name in enumerate(hazard.names)}
    band = np.searchsorted(hazard.bands, clock + 1e-9, side="right") - 1
    level = draws[:, band] + decline(hazard, clock)
    result = np.broadcast_to(level[:, None, None, :], (count, size, PRIORS, durations)).copy()
    prior = {"prior_any": (0, 1, 1), "prior_1": (0, 1, 0), "prior_2": (0, 0, 1)}
    for name in hazard.spec.covariates:
        b = draws[:, place[name], None, None, None]
        if name in prior:
            result += b * np.array(prior[name])[None, None, :, None]
        elif name in people:
            result += b * people[name].to_numpy(float)[None, :, None, None]
    return result


def decline(hazard: Hazard, clock: np.ndarray) -> np.ndarray:
    """(months,) what the bands' own decline adds to the last band's log rate beyond the data, up to `TAIL_UNTIL`.

    The last band's rate holds where its person-time lies. Beyond the longest duration that was observed the line through
    the bands goes on, in steps of half a year, as long as the middle of the first of them lies within; within the data
    nothing is added.
    """
    if hazard.tail is None:
        return np.zeros(len(clock))
    slope, centre = hazard.tail
    observed = int(hazard.last_clock)
    step = np.floor((clock - observed) / DRIFT_STEP)
    at = np.minimum(observed + (step + 0.5) * DRIFT_STEP, TAIL_UNTIL)
    beyond = (step >= 0) & (observed + DRIFT_STEP / 2 <= TAIL_UNTIL)
    return np.where(beyond, slope * np.log(np.maximum(at, centre) / centre), 0.0)


def season_factor(hazard: Hazard, draws: np.ndarray, calendar_month: int) -> np.ndarray:
    """(draws,) multiplier of the rate in a calendar month; 1 without a season."""
    if "season_cos" not in hazard.names:
        return np.ones(len(draws))
    place, angle = hazard.names.index("season_cos"), 2 * np.pi * calendar_month / 12
    return np.exp(draws[:, place] * np.cos(angle) + draws[:, place + 1] * np.sin(angle))
