"""Projection: leavers and those re-isolated, month by month, over state × prior × months in state × track × risk group.

Three numbers answer three questions and are never merged: how many of those who leave come back at all, how often per leaver,
and what share of living, resident leavers is re-isolated at a given moment (statistics.md A1.5 to A1.7).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from forecast.reisolation.flow import Flow, Walker, first_returns, treated_tracks
from forecast.reisolation.hazard import STEADY_DRAWS
from forecast.reisolation.markov import cohort_markov
from forecast.reisolation.model import DRIFT, PRIORS, Model, group_codes, groups
from forecast.reisolation.parameters import LOWEST_RATIO, OVERLAP, Lever
from forecast.reisolation.rates import kind_of
from guards import number, numbers, table, takes

__all__ = [
    "BASELINE",
    "FULL_DRAWS",
    "Intake",
    "Projection",
    "Scenario",
    "cohort_markov",
    "project",
    "stock",
]

# A part of the draws: few calls, and blocks that stay in a cache.
CHUNK = 4096  # bytes that one number takes over all draws and tracks of it
MOST_AT_ONCE = 250  # draws
THREADS = 2
MOST_LEVERS = 6  # each doubles the tracks
# Draws by the number of levers that act on coming back: never fewer than an interval of 95 % can stand on, and as many as two
# processors have time for in three seconds (six for the most levers).
FULL_DRAWS = (STEADY_DRAWS, 350, 250, 200, 200, 200, 200)


@dataclass(frozen=True)
class Scenario:
    """Levers that a named future adds to today's services."""

    name: str
    levers: tuple[Lever, ...] = ()
    overlap: float = OVERLAP  # part of the summed log hazard ratios that levers on one person keep
    lowest_ratio: float = LOWEST_RATIO
    highest_risk_first: bool = False

    @property
    def active(self) -> tuple[Lever, ...]:
        return tuple(lever for lever in self.levers if not lever.idle)


BASELINE = Scenario("baseline")


@dataclass(frozen=True)
class Intake:
    """Who is there at month zero, and who will leave isolation after it.

    `connected` and `reisolated` are people (groups, priors, months in state); `monthly` is leavers (groups,) a month; `log_sd`
    the spread of their level; `start_month` the calendar month of the first projected month; `earlier` everybody who ever
    left (groups,), who stand for today's leavers where nobody left lately.
    """

    connected: np.ndarray
    reisolated: np.ndarray
    monthly: np.ndarray
    start_month: int
    log_sd: float = 0.0
    people: pd.DataFrame = field(default_factory=groups)
    earlier: np.ndarray | None = None

    @property
    def mix(self) -> np.ndarray:
        """(groups,) shares of the risk groups among leavers."""
        who = self.monthly if self.monthly.sum() > 0 or self.earlier is None else self.earlier
        return who / max(who.sum(), 1e-12)


@takes(
    spells=table("state", "started_on", "entered_on", "ended_on", prior_reisolations=numbers("n", low=0)),
    recent_months=number(above=0),
    log_sd=number(low=0),
)
def stock(spells: pd.DataFrame, *, as_of: date, recent_months: int = 12, log_sd: float = 0.1) -> Intake:
    """Month zero as the records have it: open spells on `as_of`, and the leavers a month who came under
    observation in the last `recent_months`."""
    start, ended = pd.to_datetime(spells["started_on"]), pd.to_datetime(spells["ended_on"])
    today = pd.Timestamp(as_of)
    present = (pd.to_datetime(spells["entered_on"]) <= today) & (ended.isna() | (ended > today))
    months = ((today - start).dt.days / (365.25 / 12)).astype(int).clip(lower=0)
    held = present & spells["state"].isin(["connected", "reisolated"])
    size, depth = len(groups()), int(months[held].max()) + 1 if held.any() else 0
    counts = {}
    for state in ("connected", "reisolated"):
        mine = present & (spells["state"] == state)
        counts[state] = np.zeros((size, PRIORS, depth))
        place = (
            group_codes(spells[mine]),
            spells.loc[mine, "prior_reisolations"].clip(upper=2).to_numpy(int),
            months[mine],
        )
        np.add.at(counts[state], place, 1)
    first = (spells["state"] == "connected") & (spells["prior_reisolations"] == 0)
    entered = pd.to_datetime(spells["entered_on"])
    recent = first & (entered > today - pd.DateOffset(months=recent_months)) & (entered <= today)
    monthly = np.bincount(group_codes(spells[recent]), minlength=size) / recent_months
    ever = np.bincount(group_codes(spells[spells["state"] == "connected"]), minlength=size).astype(float)
    return Intake(
        counts["connected"], counts["reisolated"], monthly, as_of.month % 12 + 1, log_sd, earlier=ever
    )


@dataclass(frozen=True)
class Projection:
    """Result of `project`. `city` is everybody, `cohort` one leaver of today's mix followed from the day of leaving.

    Fields of a `Flow` are (draws, months, groups) for what happens in a month and (draws, months + 1, groups) for who is there.
    """

    city: Flow
    cohort: Flow
    onsets: np.ndarray  # (draws, months) re-isolations with process noise
    share_now: np.ndarray  # (draws, months + 1) share re-isolated with process noise
    drift: np.ndarray  # (draws,)
    starts: np.ndarray  # (draws, months, levers)
    cost_krw: np.ndarray  # (draws, months, levers)
    log_ratios: np.ndarray  # (draws, levers)
    last_clock: float

    def headline(self, month: int) -> dict[str, np.ndarray]:
        """(median, lower, upper) of the three numbers by `month`."""
        now, gone = self.city.reisolated[:, month].sum(axis=1), self.city.connected[:, month].sum(axis=1)
        numbers = {
            "first_incidence": self.cohort.first_onsets[:, :month].sum(axis=(1, 2)),
            "per_leaver": self.cohort.onsets[:, :month].sum(axis=(1, 2)),
            "share_now": now / np.maximum(now + gone, 1e-12),
        }
        return {name: np.quantile(draws, [0.5, 0.025, 0.975]) for name, draws in numbers.items()}


@takes(months=number(low=1, whole=True), draws=number(low=1, whole=True))
def project(
    model: Model,
    intake: Intake,
    scenario: Scenario = BASELINE,
    months: int = 60,
    draws: int = 1000,
    *,
    rng: np.random.Generator,
    drift: tuple[float, float] = DRIFT,
    on_part: Callable[[int, int], None] | None = None,
) -> Projection:
    """Project `months` ahead with `draws` of every estimated and assumed number.

    Args:
        model: `fit_model`'s. intake: `stock`'s, or made. scenario: `BASELINE` for today's services.
        rng: a fresh generator; the same seed gives every scenario the same random numbers, and a longer horizon the
            same first months.
        drift: mean and SD of the yearly change of the log hazard of coming back beyond the data.
        on_part: called in the calling thread with (draws done, draws in all) after each part; what it raises ends the
            projection.

    Raises:
        ValueError: more than six levers that act on coming back.
        ArithmeticError: people were lost or made: connected + re-isolated + gone must equal all who came in.
    """
    random = dict(zip(("estimates", "drift", "intake", "levers", "chance"), rng.spawn(5), strict=True))
    theta, slope = _drawn(model, draws, drift, random)
    level = np.exp(random["intake"].normal(-0.5 * intake.log_sd**2, intake.log_sd, draws))
    levers = [lever for lever in scenario.active if lever.acts_on == "return"]
    if len(levers) > MOST_LEVERS:
        raise ValueError(f"up to {MOST_LEVERS} levers can act on coming back at once, not {len(levers)}")
    seed = int(random["levers"].integers(2**62))
    drawn = [_lever_draws(lever, draws, seed) for lever in scenario.active]
    acting = [d for lever, d in zip(scenario.active, drawn, strict=True) if lever.acts_on == "return"]
    ratios = np.column_stack([d["log_ratio"] for d in acting]) if acting else np.zeros((draws, 0))
    tracks = treated_tracks(ratios, scenario.overlap, scenario.lowest_ratio)
    uptake = np.column_stack([d["uptake"] for d in acting]) if acting else ratios
    extra = [lever for lever in scenario.active if lever.acts_on == "intake"]
    city, cohort = (Flow.empty(draws, months, len(intake.people)) for _ in range(2))
    starts = np.zeros((draws, months, len(levers)))

    def walk(at: slice) -> int:
        walker = Walker(
            model,
            {key: value[at] for key, value in theta.items()},
            slope[at],
            tracks[at],
            uptake[at],
            levers,
            intake,
            scenario.highest_risk_first,
        )
        walker.both(months, level[at], extra, city.part(at), cohort.part(at), starts[at])
        return at.stop

    wide = tracks.shape[1] * np.dtype(kind_of(tracks.shape[1])).itemsize
    _in_parts(walk, draws, min(max(CHUNK // wide, 1), MOST_AT_ONCE, -(-draws // THREADS)), on_part)
    city.check(intake)
    every = np.zeros((draws, months, len(scenario.active)))
    cost = np.zeros_like(every)
    for place, (lever, d) in enumerate(zip(scenario.active, drawn, strict=True)):
        if lever.acts_on == "return":
            every[:, :, place] = starts[:, :, levers.index(lever)]
        else:
            every[:, lever.lag_months :, place] = lever.capacity
        cost[:, :, place] = every[:, :, place] * d["cost"][:, None]
    onsets, share = _chance(city, random["chance"].spawn(months + 1))
    return Projection(city, cohort, onsets, share, slope, every, cost, ratios, model.last_clock)


@takes(months=number(low=1, whole=True), draws=number(low=1, whole=True))
def first_incidence(
    model: Model,
    intake: Intake,
    months: int = 60,
    draws: int = 1000,
    *,
    rng: np.random.Generator,
    drift: tuple[float, float] = DRIFT,
) -> np.ndarray:
    """(draws, months) first incidence of one leaver under today's services, as `project` has it, with nobody else followed.

    Args:
        as of `project`.
    """
    random = dict(zip(("estimates", "drift"), rng.spawn(2), strict=True))
    theta, slope = _drawn(model, draws, drift, random)
    return np.cumsum(first_returns(model, theta, slope, intake, months).sum(axis=2), axis=1)


def _drawn(
    model: Model, draws: int, drift: tuple[float, float], random: dict[str, np.random.Generator]
) -> tuple[dict[tuple[str, str], np.ndarray], np.ndarray]:
    """Draws of every coefficient, and of the yearly change beyond the data."""
    return _estimates(model, draws, random["estimates"]), random["drift"].normal(*drift, draws)


def estimates(model: Model, draws: int, rng: np.random.Generator) -> dict[tuple[str, str], np.ndarray]:
    """(draws, coefficients) of every hazard, as `project` draws them of a fresh generator with the same seed."""
    return _estimates(model, draws, rng.spawn(5)[0])


def _estimates(model: Model, draws: int, rng: np.random.Generator) -> dict[tuple[str, str], np.ndarray]:
    children = rng.spawn(len(model.hazards))
    return {
        key: h.draws(draws, child) for (key, h), child in zip(model.hazards.items(), children, strict=True)
    }


def _lever_draws(lever: Lever, count: int, seed: int) -> dict[str, np.ndarray]:
    """A lever's draws come from a generator of its own, so that no lever changes another's."""
    own = np.random.default_rng([seed, zlib.crc32(lever.lever_id.encode())])
    ratio, uptake, cost = own.spawn(3)
    return {
        "log_ratio": lever.log_ratio(count, ratio),
        "uptake": lever.uptake_share(count, uptake),
        "cost": lever.unit_cost(count, cost),
    }


def _in_parts(
    walk: Callable[[slice], int], draws: int, size: int, on_part: Callable[[int, int], None] | None
) -> None:
    """Walk the draws part by part on two threads; every part writes to its own place, so that order is of no matter."""
    parts = [slice(low, min(low + size, draws)) for low in range(0, draws, size)]
    with ThreadPoolExecutor(THREADS) as pool:
        waiting = [pool.submit(walk, at) for at in parts]
        try:
            for one in waiting:
                done = one.result()
                if on_part:
                    on_part(done, draws)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _chance(city: Flow, generators: list[np.random.Generator]) -> tuple[np.ndarray, np.ndarray]:
    """One path per draw with the chance of who comes back: Poisson onsets, binomial share of those still here."""
    expected = city.onsets.sum(axis=2)
    reisolated, connected = city.reisolated.sum(axis=2), city.connected.sum(axis=2)
    onsets, share = np.zeros_like(expected), np.zeros_like(reisolated)
    for month, one in enumerate(generators):
        here = np.round(reisolated[:, month] + connected[:, month]).astype(int)
        chance = np.clip(
            reisolated[:, month] / np.maximum(reisolated[:, month] + connected[:, month], 1e-12), 0, 1
        )
        known = month == 0  # month zero is the data
        share[:, month] = chance if known else one.binomial(here, chance) / np.maximum(here, 1)
        if month < expected.shape[1]:
            onsets[:, month] = one.poisson(expected[:, month])
    return onsets, share
