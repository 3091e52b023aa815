"""Survey waves of two instruments that never join: district truth, design weights, city totals as published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from data.city.base import City, pick

MAIN = "seoul-welfare-survey"
# instrument, year -> (lonely %, isolated %, published); published: F224 to F229. The 2026 wave is made up.
WAVES: dict[tuple[str, int], tuple[float | None, float, bool]] = {
    ("seoul-isolation-index", 2019): (None, 27.7, True),
    ("seoul-isolation-index", 2022): (None, 34.9, True),
    (MAIN, 2022): (54.7, 20.0, True),
    (MAIN, 2024): (46.6, 7.7, True),
    (MAIN, 2026): (45.0, 7.4, False),
}
SLOPE, NOISE, DEFF = 0.35, 0.02, 1.4
SAMPLE = (120, 320)  # respondents per district


def district_truth(city: City) -> pd.Series:
    """Relative need by district: linear in the one-person share, plus noise (part C), mean 1 over residents."""
    share = (city.districts["one_person_households"] / city.districts["households"]).to_numpy()
    raw = -0.05 + SLOPE * share + city.rng("survey-district").normal(0, NOISE, len(share))
    raw = np.maximum(raw, 0.02)
    weights = city.weights("population")
    return pd.Series(raw / (raw * weights).sum(), index=city.codes)


def truth(city: City) -> dict[str, Any]:
    """True prevalence per instrument, year and district, in percent."""
    relative = district_truth(city)
    found: dict[str, Any] = {"slope": SLOPE, "noise": NOISE, "design_effect": DEFF}
    for (instrument, year), (_, isolated, _) in WAVES.items():
        found[f"{instrument}:{year}:isolated"] = {
            str(c): round(float(v) * isolated, 4) for c, v in relative.items()
        }
    return found


def rows(city: City) -> Iterator[tuple[str, pd.DataFrame]]:
    """One frame per wave."""
    for (instrument, year), (lonely, isolated, _) in WAVES.items():
        if year <= city.as_of.year:
            yield "survey_response", _wave(city, instrument, year, lonely, isolated)


def _wave(city: City, instrument: str, year: int, lonely: float | None, isolated: float) -> pd.DataFrame:
    rng = city.rng(f"survey-{instrument}-{year}")
    relative = district_truth(city)
    size = rng.integers(*SAMPLE, len(city.codes))
    code = np.repeat(city.codes, size)
    n = len(code)
    population = dict(zip(city.codes, city.districts["population"], strict=True))
    per_person = np.array([population[c] for c in code]) / np.repeat(size, size)
    # Unequal weights of coefficient of variation sqrt(deff - 1) give Kish's design effect.
    sigma = np.sqrt(np.log(DEFF))
    weight = per_person * rng.lognormal(-(sigma**2) / 2, sigma, n)
    household = pick(rng, {"one_person": 0.4, "other": 0.6}, n)
    tilt = np.where(household == "one_person", 1.25, 0.85) * np.array([relative[c] for c in code])
    frame = pd.DataFrame({
        "respondent_id": [f"{instrument[6:9]}{year}{k:06d}" for k in range(n)], "instrument_id": instrument, "year": year,
        "district_code": code, "stratum": [f"{c}-{h[0]}" for c, h in zip(code, household, strict=True)],
        "weight": np.round(weight, 3), "age_band": pick(rng, {"19-39": 0.36, "40-64": 0.42, "65+": 0.22}, n),
        "sex": pick(rng, {"female": 0.52, "male": 0.48}, n), "household_type": household,
    })  # fmt: skip
    frame["isolated"] = _answers(rng, tilt, frame["weight"].to_numpy(), isolated / 100)
    if lonely is None:
        frame["lonely"] = None
    else:
        frame["lonely"] = _answers(rng, 1 + 0.35 * (tilt - 1), frame["weight"].to_numpy(), lonely / 100)
    return frame


def _answers(rng: np.random.Generator, tilt: np.ndarray, weight: np.ndarray, target: float) -> np.ndarray:
    """Yes/no answers with the given relative risks whose weighted share is the target to within one respondent."""
    risk = np.clip(tilt * target / np.average(tilt, weights=weight), 0.001, 0.98)
    # The smaller u / risk, the sooner a person answers yes; the cut is set where the weighted share is met.
    order = np.argsort(rng.random(len(risk)) / risk)
    reached = np.cumsum(weight[order]) / weight.sum()
    answers = np.zeros(len(risk), dtype=bool)
    answers[order[: int(np.searchsorted(reached, target))]] = True
    return answers
