"""Prints docs/studies/reisolation.md: how the re-isolation model does where the truth is known.

    OMP_NUM_THREADS=1 .venv/bin/python -m tools.reisolation_study > docs/studies/reisolation.md

Each replication is a new demonstration register of 3,000 people who leave isolation, with districts of its own. What is
counted is how often an interval holds the number that the register was drawn with.
"""

from __future__ import annotations

import argparse
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from data import census
from data.demo import city as places
from data.demo import people, spells
from forecast.reisolation.hazard import Spec, expand, fit, traits
from forecast.reisolation.model import fit_model, groups
from forecast.reisolation.project import Intake, project

AS_OF = date(2026, 10, 31)
HORIZONS = (12, 24, 60)
TRUTH = {
    "age_40_64": people.LOG_HR_AGE[1],
    "age_65": people.LOG_HR_AGE[2],
    "male": people.LOG_HR["male"],
    "alone": people.LOG_HR["alone"],
    "prior_any": people.LOG_HR["prior"],
    "aftercare": people.LOG_HR["aftercare"],
    "peer": people.LOG_HR["peer"],
    "season_cos": people.LOG_HR["season"],
    "season_sin": 0.0,
}
COVARIATES = tuple(name for name in TRUTH if not name.startswith("season"))
START_MONTH, DRAWS, STEPS = 11, 400, 4
POOLED, EACH, INCIDENCE, ERROR = (0.93, 0.97), 0.90, 0.91, 0.01  # what is asked


@cache
def _facts() -> pd.DataFrame:
    """The census is the same in every city that a study makes."""
    return census.census_facts()


def register(seed: int) -> tuple[places.City, pd.DataFrame, pd.DataFrame]:
    """One city with its connected and re-isolated spells and its support periods."""
    facts = _facts()
    facts = facts[(facts["level"] == "district") & (facts["year"] == 2025)]
    wide = facts.pivot(index="area_code", columns="indicator", values="value").astype(float)
    named = ["households", "one_person_households", "population"]
    newest = wide[named].rename_axis("district_code").reset_index()
    city = places.make(seed=seed, scale=1, as_of=AS_OF, districts=census.districts(), households=newest)
    frames: dict[str, list[pd.DataFrame]] = {}
    for name, frame in spells.generate(city):
        frames.setdefault(name, []).append(frame)
    every = pd.concat(frames["spell"], ignore_index=True)
    mine = every[every["state"].isin(["connected", "reisolated"])].reset_index(drop=True)
    return city, mine, pd.concat(frames["support_period"], ignore_index=True)


def mix() -> np.ndarray:
    """(groups,) shares of the risk groups among leavers, all in zone 0."""
    g = groups()
    age = np.array(people.AGE_SHARE)[g["age_group"]]
    male = np.where(g["male"] == 1, people.MALE, 1 - people.MALE)
    return (
        age * male * np.where(g["alone"] == 1, people.ALONE, 1 - people.ALONE) * (g["zone"] == 0).to_numpy()
    )


def true_incidence(city: places.City) -> np.ndarray:
    """(horizons,) chance of coming back of someone who leaves in November, support to come included, by exact recursion.

    People are followed by months of aftercare left (0 to 6) and peer support (no, yes); deaths and moves compete.
    """
    g = groups()
    fixed = (
        people.LOG_HR_AGE[g["age_group"]]
        + people.LOG_HR["male"] * g["male"]
        + people.LOG_HR["alone"] * g["alone"]
    )
    risk = fixed.to_numpy()[:, None] + people.district_effects(city)[None, :]
    weight = mix()[:, None] * city.living_alone[None, :]
    parts = [_from_day(risk, weight, (k + 0.5) / STEPS) for k in range(STEPS)]
    return np.mean(parts, axis=0)


def _from_day(risk: np.ndarray, weight: np.ndarray, share_of_month_gone: float) -> np.ndarray:
    """(horizons,) for people (groups, districts) who leave when that share of the month has gone."""
    g = groups()
    left = np.arange(people.AFTERCARE_MONTHS + 1)
    support = people.LOG_HR["aftercare"] * (left > 0)[:, None] + people.LOG_HR["peer"] * np.arange(2)[None, :]
    others = (people.DEATH * people.DEATH_AGE[g["age_group"]] + people.MOVE)[:, None, None, None]
    offered = people.AFTERCARE_START * np.exp(people.AFTERCARE_ALONE * (g["alone"].to_numpy() - people.ALONE))
    base = np.exp(risk[:, :, None, None] + support)
    here = np.zeros((*weight.shape, len(left), 2))
    here[:, :, 0, 0] = weight
    edges = np.round(people.EDGES_N / places.DAYS_PER_MONTH)
    back = []
    for step in range(max(HORIZONS) * STEPS):
        # Steps lie between the moments at which a band or a month can end, half a step from either.
        clock = (step + 0.5) / STEPS
        calendar = START_MONTH - 1 + int(np.floor(share_of_month_gone + step / STEPS))
        rate = people.RATE_N[np.searchsorted(edges, clock, side="right") - 1]
        season = people.LOG_HR["season"] * np.cos(2 * np.pi * (calendar % 12 + 1) / 12)
        hazard = rate * np.exp(season) * base
        leaves = here * -np.expm1(-(hazard + others) / STEPS)
        back.append(float((leaves * hazard / (hazard + others)).sum()))
        here = here - leaves
        if START_MONTH - 1 + int(np.floor(share_of_month_gone + (step + 1) / STEPS)) > calendar:
            here = _offered(here, offered)
    return np.cumsum(back)[np.array(HORIZONS) * STEPS - 1]


def _offered(here: np.ndarray, offered: np.ndarray) -> np.ndarray:
    """A month's end: aftercare has a month less to run, and those without support may get it."""
    after = np.concatenate([here[:, :, 1:], np.zeros_like(here[:, :, :1])], axis=2)
    after[:, :, 0] += here[:, :, 0]
    begins = after[:, :, 0] * offered[:, None, None]
    after[:, :, 0] -= begins
    after[:, :, -1] += begins
    peers = after[..., 0] * people.PEER_START
    return after + np.stack([-peers, peers], axis=-1)


def replicate(seed: int) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Rows of the coefficients and of the cumulative incidence of one register."""
    city, rows, support = register(seed)
    intervals = traits(expand(rows, support, as_of=AS_OF))
    spec = Spec("connected", "reisolated", covariates=COVARIATES, districts=True)
    table = fit(intervals, spec).table()
    found: list[dict[str, object]] = [
        {
            "parameter": name,
            "truth": truth,
            "estimate": table.loc[name, "coefficient"],
            "se": table.loc[name, "se"],
            "covered": bool(table.loc[name, "lower"] <= truth <= table.loc[name, "upper"]),
        }
        for name, truth in TRUTH.items()
    ]
    found.append({"parameter": "received", "truth": TRUTH["aftercare"], **_at_any_time(intervals)})
    empty = np.zeros((len(groups()), 3, 1))
    at = Intake(empty, empty, mix(), START_MONTH)
    forecast = project(
        fit_model(intervals), at, months=max(HORIZONS), draws=DRAWS, rng=np.random.default_rng(seed)
    )
    incidence: list[dict[str, object]] = []
    for horizon, truth in zip(HORIZONS, true_incidence(city), strict=True):
        middle, low, high = forecast.headline(horizon)["first_incidence"]
        incidence.append(
            {
                "horizon": horizon,
                "truth": truth,
                "estimate": middle,
                "covered": bool(low <= truth <= high),
                "width": high - low,
            }
        )
    return found, incidence


def _at_any_time(intervals: pd.DataFrame) -> dict[str, object]:
    """What the banned classification would say: aftercare at any time, later included, as a trait of the person."""
    connected = intervals[intervals["state"] == "connected"]
    received = connected.groupby("person")["aftercare"].transform("max")
    spec = Spec("connected", "reisolated", covariates=("age_40_64", "age_65", "male", "alone", "received"))
    row = fit(connected.assign(received=received), spec).table().loc["received"]
    covered = bool(row["lower"] <= TRUTH["aftercare"] <= row["upper"])
    return {"estimate": row["coefficient"], "se": row["se"], "covered": covered}


def run(replications: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All coefficient rows and all incidence rows."""
    found, incidence = [], []
    for k in range(replications):
        one, other = replicate(seed + k)
        found += one
        incidence += other
    return pd.DataFrame(found), pd.DataFrame(incidence)


def text(replications: int, seed: int) -> str:
    """The whole page."""
    found, incidence = run(replications, seed)
    own = found[found["parameter"] != "received"]
    banned = found[found["parameter"] == "received"]
    out = [
        "# Re-isolation where the truth is known",
        "",
        f"Printed by `python -m tools.reisolation_study --replications {replications} --seed {seed}`.",
        "",
        f"{replications} demonstration registers of 3,000 people over 36 months, each with its own people and districts: 15 % enter",
        "late, deaths, moves and losses compete, aftercare is likelier for those who live alone, districts differ (SD 0.2).",
        "Synthetic throughout: nothing here is a finding about Seoul.",
        "",
        "## Log hazard ratios of coming back",
        "",
        "| parameter | truth | mean estimate | bias | its Monte Carlo error | mean SE | SD of estimates | 95 % intervals that cover |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, rows in own.groupby("parameter", sort=False):
        out.append(_coefficient_row(str(name), rows))
    share = own["covered"].mean()
    least = own.groupby("parameter")["covered"].mean().min()
    away = (
        (own["estimate"] - own["truth"])
        .groupby(own["parameter"])
        .agg(lambda b: abs(b.mean()) / (b.std() / np.sqrt(len(b))))
    )
    out += [
        "",
        f"- Pooled over parameters {100 * share:.1f} % cover; asked: 93 to 97 %. {_kept(POOLED[0] <= share <= POOLED[1])}",
        f"- The parameter that does worst is covered in {100 * least:.1f} % of registers; asked: at least 90 %. {_kept(least >= EACH)}",
        f"- The largest bias is {away.max():.1f} Monte Carlo errors ({away.idxmax()}); of {len(away)} unbiased estimates, the largest"
        f" stays under 2.8 in 95 % of studies. {_kept(away.max() < 2.8)}",
        "",
        '"Received aftercare at any time" as a trait of the person, which the model does not offer: mean estimate'
        f" {banned['estimate'].mean():.2f} for a truth of {TRUTH['aftercare']:.2f} (hazard ratio {np.exp(banned['estimate'].mean()):.2f}"
        f" for {np.exp(TRUTH['aftercare']):.2f}); {100 * banned['covered'].mean():.0f} % of its intervals cover.",
        "",
        "## Cumulative incidence of first re-isolation",
        "",
        "| months | mean truth | mean estimate | mean error | mean width | 95 % intervals that cover |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for horizon, rows in incidence.groupby("horizon"):
        error = (rows["estimate"] - rows["truth"]).mean()
        out.append(
            f"| {horizon} | {rows['truth'].mean():.4f} | {rows['estimate'].mean():.4f} | {error:+.4f} "
            f"| {rows['width'].mean():.3f} | {100 * rows['covered'].mean():.1f} % |"
        )
    covered = incidence.groupby("horizon")["covered"].mean().min()
    worst = abs((incidence["estimate"] - incidence["truth"]).groupby(incidence["horizon"]).mean()).max()
    out += [
        "",
        f"- At the horizon that does worst {100 * covered:.1f} % cover; asked: at least 91 %. {_kept(covered >= INCIDENCE)}",
        f"- The largest mean error is {worst:.4f}; asked: under 0.01. {_kept(worst < ERROR)}",
        "- 60 months lie beyond the 36 observed: the interval there carries the assumed drift, and the truth has none.",
    ]
    return "\n".join(out) + "\n"


def _coefficient_row(name: str, rows: pd.DataFrame) -> str:
    bias = rows["estimate"] - rows["truth"]
    return (
        f"| {name} | {rows['truth'].iloc[0]:.2f} | {rows['estimate'].mean():.3f} | {bias.mean():+.4f} "
        f"| {bias.std() / np.sqrt(len(rows)):.4f} | {rows['se'].mean():.3f} | {rows['estimate'].std():.3f} "
        f"| {rows['covered'].sum()} of {len(rows)} |"
    )


def _kept(kept: bool) -> str:
    return "Kept." if kept else "Missed."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1000)
    asked = parser.parse_args()
    print(text(asked.replications, asked.seed), end="")


if __name__ == "__main__":
    main()
