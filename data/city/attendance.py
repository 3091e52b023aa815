"""Visits and participations: mind stores by day, the 365 Challenge and the Connection Prescription by week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from data.city.base import City, days, spread

STORE_OPENED = date(2025, 3, 27)
# Published cumulative visits (F104, F113).
STORE_ANCHORS = ((date(2025, 4, 30), 4_483), (date(2025, 11, 30), 52_020))
STORES = {"11210": 0.25, "11090": 0.22, "11100": 0.20, "11060": 0.33}  # Gwanak, Gangbuk, Dobong, Dongdaemun
LATER_STORE = ("11170", date(2025, 12, 29), 0.20)  # Guro
CHALLENGE_2025 = 75_046  # F123, participations
PRESCRIPTION = (date(2025, 3, 31), date(2025, 7, 31), 2_316)  # F136
TRUTH: dict[str, Any] = {
    "store_visits_per_day_2026": 265,
    "challenge_per_week_2026": 2_300,
    "prescription_per_week": 150,
}
_AGES = {"19-39": 0.06, "40-64": 0.27, "65+": 0.67}
_SEXES = {"female": 0.62, "male": 0.38}


def rows(city: City) -> Iterator[tuple[str, pd.DataFrame]]:
    """Mind stores month by month, then the weekly programmes."""
    yield "attendance", _stores(city)
    yield "attendance", _weekly(city, "challenge_365", *_challenge(city))
    yield "attendance", _weekly(city, "connection_prescription", *_prescription(city))


def _stores(city: City) -> pd.DataFrame:
    rng = city.rng("stores")
    span = [d for d in days(STORE_OPENED, city.as_of) if d.weekday() < 6]
    totals: dict[date, int] = {}
    since, before = STORE_OPENED, 0
    for until, total in STORE_ANCHORS:
        part = [d for d in span if since <= d <= until]
        if until <= city.as_of:
            weights = rng.gamma(20, 1, len(part))
            totals |= dict(
                zip(part, spread(rng, (total - before) * city.scale, weights).tolist(), strict=True)
            )
        since, before = until + timedelta(days=1), total
    for day in (d for d in span if d >= since):
        totals[day] = int(
            rng.poisson(TRUTH["store_visits_per_day_2026"] * city.scale * rng.gamma(40, 1 / 40))
        )
    parts = []
    for day, total in totals.items():
        shares = dict(STORES)
        if day >= LATER_STORE[1]:
            shares[LATER_STORE[0]] = LATER_STORE[2]
        parts.append(_cells(rng, "mind_store", day, total, shares))
    return pd.concat(parts, ignore_index=True)


def _cells(
    rng: np.random.Generator, programme: str, day: date, total: int, shares: dict[str, float]
) -> pd.DataFrame:
    """A day's total over district, age and sex; empty cells have no row."""
    keys = [(d, a, s) for d in shares for a in _AGES for s in _SEXES]
    weights = [shares[d] * _AGES[a] * _SEXES[s] for d, a, s in keys]
    visits = spread(rng, total, weights)
    found = [(programme, d, day, a, s, int(v), None) for (d, a, s), v in zip(keys, visits, strict=True) if v]
    columns = ["programme_id", "district_code", "attended_on", "age_band", "sex", "visits", "people"]
    return pd.DataFrame(found, columns=columns)


def _challenge(city: City) -> tuple[list[date], list[int], dict[str, float]]:
    rng = city.rng("challenge")
    weeks = [d for d in days(date(2025, 7, 1), city.as_of) if d.weekday() == 1]
    first = [d for d in weeks if d.year == 2025]
    decay = np.array([6.0 if n == 0 else 1 + 2 * np.exp(-n / 4) for n in range(len(first))])
    totals = spread(rng, CHALLENGE_2025 * city.scale, decay).tolist()
    totals += rng.poisson(TRUTH["challenge_per_week_2026"] * city.scale, len(weeks) - len(first)).tolist()
    return weeks, totals, dict(zip(city.codes, city.weights("population"), strict=True))


def _prescription(city: City) -> tuple[list[date], list[int], dict[str, float]]:
    rng = city.rng("prescription")
    start, until, total = PRESCRIPTION
    weeks = [d for d in days(start, city.as_of) if d.weekday() == 0]
    first = [d for d in weeks if d <= until]
    totals = spread(rng, total * city.scale, np.ones(len(first))).tolist()
    totals += rng.poisson(TRUTH["prescription_per_week"] * city.scale, len(weeks) - len(first)).tolist()
    return weeks, totals, dict(zip(city.codes, city.weights(), strict=True))


def _weekly(
    city: City, programme: str, weeks: list[date], totals: list[int], shares: dict[str, float]
) -> pd.DataFrame:
    rng = city.rng(f"weekly-{programme}")
    parts = [_cells(rng, programme, day, total, shares) for day, total in zip(weeks, totals, strict=True)]
    return pd.concat(parts, ignore_index=True)
