"""Prints docs/studies/thread.md: how often the thread's intervals hold the truth of simulated populations, and what wrong links do to it.

.venv/bin/python -m tools.thread_study --write
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from data import thread
from metrics import thread as maths
from metrics import thread_money
from metrics.intervals import wilson
from tools import study

NAME = "thread"
UNTIL = date(2026, 6, 30)
PEOPLE, WINDOW_D = 400, 1100
# Of each arrow: shape and mean days of the way to the next step, mean days to an end.
ARROWS = {
    "contacted": (1.2, 15, 120),
    "assessed": (2.0, 40, 90),
    "enrolled": (1.5, 30, 400),
    "completed": (3.0, 100, 500),
}
RETURN_D, BACK_D, LOST_D = 900.0, 400.0, 500.0
SHARES, ERRORS = tuple(ARROWS), (0.02, 0.05, 0.10)
POOLED, EACH = (0.93, 0.97), (0.90, 0.985)


def _way(rng: np.random.Generator, arrow: str, n: int) -> tuple[np.ndarray, np.ndarray]:
    shape, mean, away = ARROWS[arrow]
    return rng.gamma(shape, mean / shape, n), rng.exponential(away, n)


@cache
def truth() -> dict[str, float]:
    """Shares within a year, days of half of those, and the share connected a year after, of very many people."""
    rng, n = np.random.default_rng(99), 1_000_000
    found = {}
    for arrow in ARROWS:
        to, away = _way(rng, arrow, n)
        day = np.floor(to)
        goes = (to < away) & (day <= maths.YEAR_D)
        found[arrow] = float(goes.mean())
        found[f"half {arrow}"] = float(np.sort(day[goes])[int(np.ceil(goes.sum() / 2)) - 1])
    left, back = rng.exponential(RETURN_D, n), rng.exponential(BACK_D, n)
    year = round(12 * thread.DAYS_PER_MONTH)
    found["connected"] = float(((left > year) | (left + back <= year)).mean())
    return found


def lives(rng: np.random.Generator, n: int = PEOPLE) -> dict[str, np.ndarray]:
    """Days (from the window's start) of each step, missing as infinity, of ends, of a return and of going out of sight."""
    day = rng.integers(0, WINDOW_D, n).astype(float)
    found = {"known": day, "sex": rng.random(n) < 0.5}
    end = np.full(n, np.inf)
    for arrow in ARROWS:
        to, away = _way(rng, arrow, n)
        goes = np.isfinite(day) & (to < away)
        end = np.where(np.isfinite(day) & ~goes, day + np.floor(away), end)
        day = np.where(goes, day + np.floor(to), np.inf)
        found[arrow] = day
    left = day + np.maximum(np.floor(rng.exponential(RETURN_D, n)), 1)
    found |= {"end": end, "left": left, "back": left + np.maximum(np.floor(rng.exponential(BACK_D, n)), 1)}
    found["lost"] = day + np.maximum(np.floor(rng.exponential(LOST_D, n)), 1)
    return found


def records(
    life: dict[str, np.ndarray], rng: np.random.Generator, *, missed: float = 0.0, false: float = 0.0
) -> dict[str, pd.DataFrame]:
    """What offices write of these lives: a referral, an answered call, the register and its support.

    Args:
        missed: share of people whose register has another pseudonym. false: share of the others whose referral has somebody else's.
    """
    n = len(life["known"])
    start = UNTIL - timedelta(days=WINDOW_D)

    def on(value: float) -> date | None:
        return start + timedelta(days=int(value)) if np.isfinite(value) else None

    name = np.array([f"p{i}" for i in range(n)], dtype=object)
    register = np.where(rng.random(n) < missed, "x" + name, name)
    first = np.where(rng.random(n) < false, name[rng.permutation(n)], name)
    sex = np.where(life["sex"], "male", "female")
    known, contacted, assessed, enrolled, completed = (life[s] for s in thread.STEPS)
    rows: dict[str, list[tuple[object, ...]]] = {
        "referral": [],
        "hotline_contact": [],
        "spell": [],
        "support_period": [],
    }
    for i in range(n):
        closed = assessed[i] if np.isfinite(assessed[i]) else life["end"][i]
        rows["referral"].append(
            (first[i], "outreach", "11010", "local_bodies", on(known[i]), None, on(closed))
        )
        if np.isfinite(contacted[i]):
            rows["hotline_contact"].append(
                (first[i], on(contacted[i]), on(contacted[i]), on(contacted[i]), "11010", "40-64", sex[i])
            )
        stretches = [("isolated", assessed[i], enrolled[i]), ("supported", enrolled[i], completed[i])]
        stretches += [("connected", completed[i], life["left"][i]), ("reisolated", life["left"][i], life["back"][i]),
                      ("connected", life["back"][i], np.inf)]  # fmt: skip
        for state, begin, end in stretches:
            if not np.isfinite(begin) or begin >= life["lost"][i]:
                continue
            gone, why = end, None
            if state in ("isolated", "supported") and not np.isfinite(end):
                gone, why = life["end"][i], "moved"
            elif state in ("connected", "reisolated") and end > life["lost"][i]:
                gone, why = life["lost"][i], "lost"
            rows["spell"].append(
                (register[i], state, on(begin), on(begin), on(gone), why, "11010", "40-64", sex[i])
            )
        if np.isfinite(enrolled[i]):
            rows["support_period"].append(
                (register[i], "care_corps", on(enrolled[i]), on(min(completed[i], life["end"][i])))
            )
    return frames(**rows)


def frames(**rows: list[tuple[Any, ...]]) -> dict[str, pd.DataFrame]:
    """Records of some tables as the store gives them, in the order of the tables; the others are empty."""
    return {
        table: pd.DataFrame(rows.get(table, []), columns=list(names), dtype=object)
        for table, names in thread.COLUMNS.items()
    }


def one(rng: np.random.Generator, *, missed: float = 0.0, false: float = 0.0) -> dict[str, float]:
    """A population: by name, 1 where an interval holds the truth, its estimate, and whether the bounds hold what truly was."""
    life = lives(rng)
    yearly, times, *_ = thread.made(records(life, rng, missed=missed, false=false), until=UNTIL)
    sums, true = yearly.sum(numeric_only=True), truth()
    found = {}
    for arrow in ARROWS:
        rows = times[(times["step"] == arrow) & (times["trait"] == thread.EVERYBODY)]
        got = maths.arrival(
            rows["days"].to_numpy(float), rows["kind"].to_numpy(object), rows["people"].to_numpy(float)
        )
        found[arrow] = float(got.low <= true[arrow] <= got.high)
        found[f"half {arrow}"] = float(got.half_low <= true[f"half {arrow}"] <= got.half_high)
        found[f"estimate {arrow}"] = got.share
    yes, no, due = (float(sums[f"{what}_12"]) for what in ("connected", "apart", "due"))
    low, high = wilson(yes, yes + no)
    found["connected"] = float(low <= true["connected"] <= high)
    found["estimate connected"] = yes / (yes + no)
    bounds = maths.bounds(due, yes, no)
    year = life["completed"] + round(12 * thread.DAYS_PER_MONTH)
    there = (year <= WINDOW_D) & np.isfinite(life["completed"])
    really = float(((life["left"] > year) | (life["back"] <= year))[there].mean())
    found["bounds"] = float(bounds.lower - 1e-9 <= really <= bounds.upper + 1e-9)
    lost = [float(sums[f"{what}_{s}"]) for s in thread.STEPS[:-1] for what in ("ended", "silent")]
    still = [maths.staying(float(sums[s]), float(sums[a]), float(sums[f"ended_{s}"]), float(sums[f"silent_{s}"]))
             for s, a in zip(thread.STEPS, thread.STEPS[1:], strict=False)]  # fmt: skip
    found["conserved"] = float(sums["known"] == sum(lost) + sum(still) + sums["completed"])
    return found


def run(replications: int, seed: int, *, missed: float = 0.0, false: float = 0.0) -> pd.DataFrame:
    """One row for each population."""
    return pd.DataFrame(
        [one(rng, missed=missed, false=false) for rng in study.generators(seed, replications)]
    )


# A year of money: even, paid in a third of the months, half or all of it without a district, and with a season.
MONEY = ("even", "lumpy", "half without a district", "none with a district")
SEASON = "season"


def paid(kind: str, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """A year of 25 districts: payments, people, and what a person truly costs."""
    districts, months, each = 25, 12, 300_000.0
    mean = np.linspace(10, 60, districts)[:, None].repeat(months, axis=1)
    people = rng.negative_binomial(8, 8 / (8 + mean))
    noise = rng.gamma(10, 0.1, mean.shape)
    own, city, true = each * people * noise, np.zeros(months), each
    if kind == "lumpy":
        own = each * mean * np.where(rng.random(mean.shape) < 1 / 3, 3.0, 0.0) * noise
    elif kind in MONEY[2:]:
        city = each * mean[:, 0].sum() * rng.gamma(20, 1 / 20, months)
        own, true = (own, 2 * each) if kind == MONEY[2] else (np.zeros(mean.shape), each)
    elif kind == SEASON:
        own = own * (1 + 0.4 * np.sin(np.arange(months) / 6 * np.pi))
    place = {
        "month": np.tile(np.arange(1, months + 1), districts),
        "district_code": np.repeat([f"d{i}" for i in range(districts)], months),
    }
    beside = pd.DataFrame({"month": np.arange(1, months + 1), "district_code": "", "won": city})
    cells = pd.concat([pd.DataFrame(place | {"won": own.ravel()}), beside[beside["won"] > 0]])
    return cells, pd.DataFrame(place | {"people": people.ravel()}), true


def costs(replications: int, seed: int, kinds: Sequence[str] = (*MONEY, SEASON)) -> dict[str, float]:
    """How often the limits of won per person hold the truth, by kind of year."""
    held: dict[str, list[bool]] = {kind: [] for kind in kinds}
    for rng in study.generators(seed, replications):
        for kind in kinds:
            cells, people, true = paid(kind, rng)
            got = thread_money.cost(cells, people, draws=400, rng=rng)
            held[kind].append(got.low <= true <= got.high)
    return {kind: float(np.mean(got)) for kind, got in held.items()}


def pooled(found: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    """By kind of interval, its coverage over all, the lowest and the highest of its members."""
    kinds = {
        "shares": [*ARROWS],
        "times": [f"half {a}" for a in ARROWS],
        "connected at 12 months": ["connected"],
    }
    return {name: (float(found[of].to_numpy().mean()), float(found[of].mean().min()), float(found[of].mean().max()))
            for name, of in kinds.items()}  # fmt: skip


def judged(held: Sequence[float]) -> tuple[float, bool]:
    """The mean of some coverages, and whether it and each of them are what is asked."""
    mean = float(np.mean(held))
    return mean, POOLED[0] <= mean <= POOLED[1] and all(EACH[0] <= one <= EACH[1] for one in held)


def text(replications: int, seed: int) -> str:
    """The page."""
    found, true = run(replications, seed), truth()
    every = pooled(found)
    rows = [
        (name, f"{100 * mean:.1f}", f"{100 * low:.1f}–{100 * high:.1f}")
        for name, (mean, low, high) in every.items()
    ]
    names = [*ARROWS, *(f"half {a}" for a in ARROWS), "connected"]
    single = [
        (
            name,
            f"{true[name]:.3f}" if true[name] < 1 else f"{true[name]:.0f} days",
            f"{100 * found[name].mean():.1f}",
        )
        for name in names
    ]
    whole, holds = judged([found[n].mean() for n in names])
    some = max(replications // 10, 10)
    wrong = []
    base = run(some, seed + 1)
    for kind in ("missed", "false"):
        for share in ERRORS:
            off = run(some, seed + 1, **{kind: share})
            wrong.append(
                (
                    f"{kind}, {share:.0%}",
                    *(
                        f"{100 * (off[f'estimate {n}'] - base[f'estimate {n}']).mean():+.1f}"
                        for n in (*ARROWS, "connected")
                    ),
                )
            )
    money = costs(replications, seed + 2)
    mean, sound = judged([money[kind] for kind in MONEY])
    lines = [
        "# The thread on simulated populations", "",
        f"Printed by `python -m tools.thread_study --replications {replications} --seed {seed}`.", "",
        f"{replications} populations of {PEOPLE} people who become known over {WINDOW_D} days, written as offices write them (referrals, calls, register,",
        "supports), put together by `data/thread.py` and judged by `metrics/thread.py`. How often 95 % intervals hold the truth. Synthetic throughout.", "",
        *study.table(("interval", "held, %", "lowest–highest, %"), rows), "",
        *study.table(("of", "truth", "held, %"), single), "",
        f"- Asked: all together {100 * POOLED[0]:.0f} to {100 * POOLED[1]:.0f} %, each {100 * EACH[0]:.0f} to {100 * EACH[1]:.1f} %. Found {100 * whole:.1f} %: {study.kept(holds)}.",
        f"- Bounds of the connected at 12 months held what truly was in {100 * found['bounds'].mean():.0f} % of the populations; everybody was in one place in"
        f" {100 * found['conserved'].mean():.0f} %.", "",
        "## Won per person", "",
        f"{replications} made years of 25 districts and 12 months, whose people and payments vary; limits from resampling district-months, and months of",
        "what no district is named for.", "",
        *study.table(("a year of money", "held, %"), [(kind, f"{100 * share:.1f}") for kind, share in money.items()]), "",
        f"- Asked of the first four: together {100 * POOLED[0]:.0f} to {100 * POOLED[1]:.0f} %, each {100 * EACH[0]:.0f} to {100 * EACH[1]:.1f} %. Found"
        f" {100 * mean:.1f} %: {study.kept(sound)}. A season that comes back every year is read as chance: limits are too wide then, never too narrow.", "",
        "## Wrong links", "",
        f"What {some} of these populations come to when links are missed (the register has another pseudonym) or false (a referral and a call carry somebody",
        "else's), against the same people linked rightly: percentage points.", "",
        *study.table(("links", *ARROWS, "connected at 12 months"), wrong), "",
        "- Missed links make the step at which they are missing look worse, and leave the later ones as they are. Of false ones, those that contradict in sex are not believed.", "",
    ]  # fmt: skip
    return "\n".join(lines)


if __name__ == "__main__":
    study.command(text, name=NAME, replications=400, seed=1712)
