"""Visits and participations by programme, district, day and group, and the yearly outputs against their targets.

Published counts are met to the visit (times scale): mind stores 4,483 by 2025-04-30 and 52,020 by 2025-11-30 at four
sites (F104, F113; about 22,000 by the end of July, F110), Connection Prescription 2,316 participations by July 2025
(F136), local bodies 6,617 and 9,322 services (F143, F145), 365 Seoul Challenge 75,046 participations in 2025 (F123).
What follows, and the roll-out of mind stores in 2026 to more sites, is ours. Programmes without any published output
(walking-aid rental, outing prescription, information channel, delivery-app check) stay without rows: missing, not zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from data.demo.city import AGES, SEXES, City, coded, dates, month_span, months, whole

# Sites of the mind stores: KOSTAT district, opening day. Later ones, two a month, are ours.
SITES = (
    ("11210", date(2025, 3, 27)),
    ("11090", date(2025, 3, 27)),
    ("11100", date(2025, 3, 27)),
    ("11060", date(2025, 3, 27)),
    ("11170", date(2025, 12, 29)),
)
NEXT_SITES_FROM, NEXT_SITES_A_MONTH, SITES_IN_ALL = date(2026, 4, 1), 2, 25
SITE_DAY_2026 = 66.0  # visits per site and open day
NOISE = 12.0  # gamma shape of day-to-day variation
MONTH_NOISE = 150.0  # of a month's total, where no published count binds
# Months against the year's mean, ours: indoor places fill in the cold and the heat, outdoor challenges in spring and autumn.
INDOORS = (1.12, 1.00, 1.00, 0.95, 0.92, 0.97, 1.07, 1.09, 0.93, 0.92, 1.00, 1.03)
OUTDOORS = (0.80, 0.84, 1.02, 1.16, 1.18, 1.05, 0.88, 0.84, 1.10, 1.16, 1.02, 0.95)
SEASONS = {
    "mind_store": INDOORS,
    "care_corps": INDOORS,
    "challenge_365": OUTDOORS,
    "connection_prescription": OUTDOORS,
}


@dataclass(frozen=True)
class Counted:
    """A programme's count over a period: exact where published."""

    programme: str
    first: date
    last: date
    total: int
    every: str  # how it is reported: day (weekdays), week (Mondays), month (first day)
    ages: tuple[float, ...]
    female: float


STORE = (0.01, 0.06, 0.24, 0.66, 0.03)  # F106 to F108; the rest not known
CHALLENGE = (0.03, 0.36, 0.519, 0.081, 0.01)  # F132
PRESCRIPTION_EARLY, PRESCRIPTION = (0.0, 0.10, 0.829, 0.061, 0.01), (0.0, 0.28, 0.423, 0.287, 0.01)
HOUSEHOLDS = (0.0, 0.12, 0.50, 0.37, 0.01)
YOUTH = (0.0, 1.0, 0.0, 0.0, 0.0)

COUNTS = (
    Counted("mind_store", date(2025, 3, 27), date(2025, 4, 30), 4483, "day", STORE, 0.58),
    Counted("mind_store", date(2025, 5, 1), date(2025, 7, 31), 17517, "day", STORE, 0.58),
    Counted("mind_store", date(2025, 8, 1), date(2025, 11, 30), 30020, "day", STORE, 0.58),
    Counted(
        "connection_prescription",
        date(2025, 3, 31),
        date(2025, 7, 31),
        2316,
        "week",
        PRESCRIPTION_EARLY,
        0.55,
    ),
    Counted(
        "connection_prescription", date(2025, 8, 1), date(2025, 12, 31), 3900, "week", PRESCRIPTION, 0.55
    ),
    Counted("local_bodies", date(2025, 4, 1), date(2025, 10, 31), 6617, "month", HOUSEHOLDS, 0.45),
    Counted("local_bodies", date(2025, 11, 1), date(2025, 12, 31), 2705, "month", HOUSEHOLDS, 0.45),
    Counted("challenge_365", date(2025, 7, 1), date(2025, 9, 30), 42000, "week", CHALLENGE, 0.708),
    Counted("challenge_365", date(2025, 10, 1), date(2025, 12, 31), 33046, "week", CHALLENGE, 0.708),
    Counted(
        "youth_stretch_center", date(2025, 1, 1), date(2025, 12, 31), 10190, "month", YOUTH, 0.52
    ),  # F174
    Counted("care_corps", date(2025, 1, 1), date(2025, 12, 31), 360000, "month", HOUSEHOLDS, 0.42),  # F156
)
# Year by year after 2025, ours: participations a month.
LATER = (
    ("connection_prescription", 820, "week", PRESCRIPTION, 0.55),
    ("local_bodies", 1150, "month", HOUSEHOLDS, 0.45),
    ("challenge_365", 9500, "week", CHALLENGE, 0.66),
    ("youth_stretch_center", 980, "month", YOUTH, 0.52),
    ("care_corps", 31000, "month", HOUSEHOLDS, 0.42),
)


def rows(city: City) -> Iterator[pd.DataFrame]:
    """Columns of `attendance`, one frame per programme and period; counts grow with scale, rows hardly."""
    for number, count in enumerate(COUNTS):
        yield _spread(city, count, number)
    for month in months(date(2025, 12, 1), city.as_of):
        yield _stores(city, month)
    for month in months(date(2026, 1, 1), city.as_of):
        first, after = month_span(month)
        for number, (programme, mean, every, ages, female) in enumerate(LATER):
            rng = city.rng("attendance-month", month, number)
            total = round(mean * _season(programme, month % 100) * rng.gamma(MONTH_NOISE, 1 / MONTH_NOISE))
            count = Counted(
                programme, first.astype(object), (after - 1).astype(object), total, every, ages, female
            )
            yield _spread(city, count, 100_000 * (number + 1) + month % 100_000)


def outputs(city: City, visits: dict[tuple[str, int], int]) -> pd.DataFrame:
    """Columns of `output_target`: published 2025 targets, illustrative ones for 2026, deliveries as recorded.

    `visits` holds what was recorded by (programme, year): visits, and answered contacts for the hotline.
    """
    planned = (
        ("hotline", 2025, "consultations", 3000),
        ("hotline", 2026, "consultations", 50000),
        ("mind_store", 2025, "visits", 5000),
        ("mind_store", 2026, "visits", 150000),
        ("challenge_365", 2025, "participations", 15000),
        ("challenge_365", 2026, "participations", 110000),
        ("connection_prescription", 2025, "participations", 6000),
        ("connection_prescription", 2026, "participations", 10000),
        ("local_bodies", 2025, "services", 9000),
        ("local_bodies", 2026, "services", 14000),
        ("youth_stretch_center", 2025, "services", 9000),
        ("youth_stretch_center", 2026, "services", 12000),
        ("care_corps", 2025, "visits", 350000),
        ("care_corps", 2026, "visits", 370000),
    )
    found = []
    for programme, year, output, number in planned:
        done = visits.get((programme, year))
        seen = min(city.as_of, date(year, 12, 31)) if done is not None else None
        if city.as_of.year >= year:
            found.append((programme, year, output, number * city.scale, done, seen))
    columns = ["programme_id", "fiscal_year", "output", "planned", "delivered", "verified_on"]
    frame = pd.DataFrame(found, columns=columns)
    return frame.assign(delivered=frame["delivered"].astype("Int64"))


def _days(first: date, last: date, every: str) -> np.ndarray:
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    weekday = (days.astype(int) + 3) % 7
    if every == "day":
        return days[weekday < 5]
    if every == "week":
        return days[weekday == 0]
    return days[np.r_[True, days.astype("datetime64[M]")[1:] != days.astype("datetime64[M]")[:-1]]]


def _spread(city: City, count: Counted, number: int) -> pd.DataFrame:
    """A total over its days, districts and groups, with day-to-day noise."""
    rng = city.rng("attendance", number)
    days = _days(count.first, count.last, count.every)
    if count.programme == "mind_store":
        places = np.array([city.codes.index(code) for code, opened in SITES if opened <= count.first])
        pull = rng.uniform(0.85, 1.25, len(places))
    else:
        places, pull = np.arange(len(city.codes)), city.living_alone
    season = np.array([_season(count.programme, day.astype(object).month) for day in days])
    by_day = season * np.linspace(0.9, 1.1, len(days)) * rng.gamma(NOISE, 1 / NOISE, len(days))
    weight = by_day[:, None] * (pull * rng.gamma(NOISE, 1 / NOISE, (len(days), len(places))))
    return _rows(city, count, days, places, weight, count.total * city.scale, rng)


def _season(programme: str, month: int) -> float:
    return SEASONS[programme][month - 1] if programme in SEASONS else 1.0


def _stores(city: City, month: int) -> pd.DataFrame:
    """Mind stores from December 2025: every open site draws its visits; no published count binds any more."""
    rng = city.rng("stores", month)
    first, after = month_span(month)
    days = _days(first.astype(object), (after - 1).astype(object), "day")
    opened = openings(city)
    places = np.array([place for place, on in opened.items() if on < after])
    since = np.array([opened[place] for place in places])
    growing = np.clip((days[:, None] - since).astype(int) / 60, 0, 1)
    weight = (
        (days[:, None] >= since)
        * (0.4 + 0.6 * growing)
        * rng.gamma(NOISE, 1 / NOISE, (len(days), len(places)))
    )
    season = _season("mind_store", month % 100) * rng.gamma(MONTH_NOISE, 1 / MONTH_NOISE)
    total = rng.poisson(weight.sum() * SITE_DAY_2026 * season * city.scale)
    count = Counted("mind_store", first.astype(object), after.astype(object), total, "day", STORE, 0.58)
    return _rows(city, count, days, places, weight, total, rng)


def openings(city: City) -> dict[int, Any]:
    """District position -> opening day: the published sites, then the others by their one-person households."""
    opened: dict[int, Any] = {city.codes.index(code): np.datetime64(on) for code, on in SITES}
    rest = [int(p) for p in np.argsort(-city.one_person, kind="stable") if int(p) not in opened]
    start = np.datetime64(NEXT_SITES_FROM, "M")
    for number, place in enumerate(rest[: SITES_IN_ALL - len(SITES)]):
        opened[place] = (start + number // NEXT_SITES_A_MONTH).astype("datetime64[D]") + 9
    return opened


def _rows(
    city: City,
    count: Counted,
    days: np.ndarray,
    places: np.ndarray,
    weight: np.ndarray,
    total: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    group = np.outer(count.ages, [count.female, 1 - count.female]).ravel()
    cells = (weight[:, :, None] * group).ravel()
    visits = rng.multinomial(total, cells / cells.sum())
    day, place, age, sex = np.unravel_index(
        np.flatnonzero(visits), (len(days), len(places), len(count.ages), 2)
    )
    frame = pd.DataFrame(
        {
            "programme_id": count.programme,
            "district_code": coded(places[place], city.codes),
            "attended_on": dates(days[day]),
            "age_band": coded(age, AGES),
            "sex": coded(sex, SEXES),
            "visits": visits[visits > 0],
            # A site knows its own guests of a day; over days, people are not added up.
            "people": whole(
                np.maximum(1, np.round(visits[visits > 0] * 0.92)),
                np.full(len(day), count.programme != "mind_store"),
            ),
        }
    )
    return frame[days[day] <= city.today].reset_index(drop=True)
