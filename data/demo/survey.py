"""Survey waves: respondents with design weights whose weighted city shares meet the published figures.

Two instruments that must never join into one line. `seoul-welfare-survey` is modelled on the published 2022 and 2024
waves (loneliness 54.7 -> 46.6 %, isolation 20.0 -> 7.7 %: F226 to F229) with a wave for 2026 of our own.
`seoul-isolation-question` is modelled on another published question (27.7 % in 2019, 34.9 % in 2022: F224, F225); its
loneliness answers are ours.

District prevalence follows statistics.md Part C: -.05 + .35 x + N(0, .02), where x is the district's real 2025 share
of one-person households moved onto .3 to .5, then scaled to the wave's city share. Respondents per district 60 to 219,
design effect of weighting 1.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from data.demo.city import AGES, CHUNK_ROWS, SEXES, City, chunks, coded, pick

# instrument, year, isolated, lonely, published?
WAVES = (
    ("seoul-isolation-question", 2019, 0.277, 0.520, "isolated"),
    ("seoul-isolation-question", 2022, 0.349, 0.547, "isolated"),
    ("seoul-welfare-survey", 2022, 0.200, 0.547, "both"),
    ("seoul-welfare-survey", 2024, 0.077, 0.466, "both"),
    ("seoul-welfare-survey", 2026, 0.074, 0.449, "none"),
)
LOWEST_N, HIGHEST_N = 60, 219
DESIGN_EFFECT = 1.4
DISTRICT_SD, INTERCEPT, SLOPE = 0.02, -0.05, 0.35
LONELY_FOLLOWS = 0.5  # how far district loneliness follows district isolation
AGE_SHARE = (0.0, 0.32, 0.43, 0.25)
AGE_RISK = (1.0, 0.90, 1.05, 1.10)
ALONE_RISK = 1.16  # one-person households against all (F229, F233)
SHARED_CAUSE = 0.5  # chance that loneliness and isolation come from the same draw


def prevalence(city: City, isolated: float, lonely: float) -> tuple[np.ndarray, np.ndarray]:
    """True district shares (isolated, lonely) whose population-weighted means are the city's shares."""
    rng = city.rng("district-prevalence")
    share = city.one_person / city.households
    x = 0.3 + 0.2 * (share - share.min()) / (share.max() - share.min())
    shape = np.maximum(INTERCEPT + SLOPE * x + rng.normal(0, DISTRICT_SD, len(x)), 0.02)
    weight = city.population / city.population.sum()
    relative = shape / (shape * weight).sum()
    follows = 1 + LONELY_FOLLOWS * (relative - 1)
    return isolated * relative, lonely * follows / (follows * weight).sum()


def responses(city: City) -> Iterator[pd.DataFrame]:
    """Columns of `survey_response`, one frame per wave that was in the field by `as_of`. Does not grow with scale."""
    for number, (_, year, *_) in enumerate(WAVES):
        if date(year, 10, 31) <= city.as_of:
            yield from chunks(wave(city, number, city.rng("survey", number)), CHUNK_ROWS)


def wave(city: City, number: int, rng: np.random.Generator) -> pd.DataFrame:
    """Columns of `survey_response` for one wave of `WAVES`. Another `rng` asks another sample of the same city."""
    instrument, year, isolated, lonely, _ = WAVES[number]
    sizes = rng.integers(LOWEST_N, HIGHEST_N + 1, len(city.codes))
    home = np.repeat(np.arange(len(city.codes)), sizes)
    n = len(home)
    weight = np.exp(rng.normal(0, np.sqrt(np.log(DESIGN_EFFECT)), n))
    weight *= (city.population / np.bincount(home, weight))[home]
    age = pick(rng, AGE_SHARE, n)
    male = (rng.random(n) < 0.48).astype(int)
    alone = rng.random(n) < (city.one_person / (city.population * 0.88))[home]
    risk = np.take(AGE_RISK, age) * np.where(alone, ALONE_RISK, 1.0)
    risk /= (np.bincount(home, weight * risk) / np.bincount(home, weight))[home]
    true_isolated, true_lonely = prevalence(city, isolated, lonely)
    first = rng.random(n)
    second = np.where(rng.random(n) < SHARED_CAUSE, first, rng.random(n))
    return pd.DataFrame(
        {
            "respondent_id": [f"S{number}-{i:06d}" for i in range(n)],
            "instrument_id": instrument,
            "year": year,
            "district_code": coded(home, city.codes),
            "stratum": [
                f"{city.living_areas[h]}-{2 - a}" for h, a in zip(home, alone.astype(int), strict=True)
            ],
            "weight": np.round(weight, 4),
            "age_band": coded(age, AGES),
            "sex": coded(male, SEXES),
            "household_type": coded(np.where(alone, 0, 1), ("one_person", "other")),
            "lonely": _share(second / (true_lonely[home] * risk), weight, lonely),
            "isolated": _share(first / (true_isolated[home] * risk), weight, isolated),
        }
    )


def _share(rank: np.ndarray, weight: np.ndarray, wanted: float) -> np.ndarray:
    """Mark the respondents with the lowest rank (uniform draw over true chance) so that their weights hold `wanted`.

    Without the mark's last step the share would miss by up to one respondent's weight; the one next in line
    whose weight fits best is added.
    """
    order = np.argsort(rank, kind="stable")
    total = np.cumsum(weight[order])
    goal = wanted * total[-1]
    cut = int(np.searchsorted(total, goal, side="right"))
    marked = np.zeros(len(rank), dtype=bool)
    marked[order[:cut]] = True
    missing = goal - (total[cut - 1] if cut else 0.0)
    near = order[cut : cut + 100]
    best = near[np.argmin(np.abs(weight[near] - missing))]
    if abs(weight[best] - missing) < missing:
        marked[best] = True
    return marked
