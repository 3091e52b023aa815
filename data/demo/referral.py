"""Referrals: those that the hotline makes, and those of the other contact points.

Connection Prescription holds the published 799 counselled and 478 joined by July 2025 (F133, F134): counselled is
a referral received, joined is one accepted. The dedicated local bodies hold 2,937 households by October and 3,436 by
December 2025 (F142, F144). Everything else is ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from data.demo.city import City, coded, dates, month_span, months, on_weekday, pick

SOURCES = ("hotline", "detection", "mind_store", "family_neighbour", "delivery_app", "outreach")
ACCEPTED, MEAN_DAYS_TO_ACCEPT = 0.78, 7.0
CUT_ON, RESUMED_ON = np.datetime64("2025-08-01"), np.datetime64("2026-01-01")
# programme, first day, last day, referrals, accepted by the last day (None: at the usual rate)
COUNTED = (
    ("connection_prescription", date(2025, 3, 31), date(2025, 7, 31), 799, 478),
    ("local_bodies", date(2025, 4, 1), date(2025, 10, 31), 2937, None),
    ("local_bodies", date(2025, 11, 1), date(2025, 12, 31), 499, None),
)
# programme, first month, referrals a month at scale 1, shares of the sources
RUNNING = (
    ("connection_prescription", date(2025, 8, 1), 190, (0, 0.25, 0.20, 0.20, 0.05, 0.30)),
    ("local_bodies", date(2026, 1, 1), 380, (0, 0.35, 0.10, 0.20, 0.05, 0.30)),
    ("isolation_prevention_center", date(2025, 1, 1), 160, (0, 0.30, 0.10, 0.25, 0.05, 0.30)),
    ("youth_stretch_center", date(2025, 1, 1), 90, (0, 0.10, 0.05, 0.60, 0, 0.25)),
    ("care_corps", date(2025, 1, 1), 110, (0, 0.50, 0, 0.20, 0.10, 0.20)),
)
COUNTED_SOURCES = (0, 0.30, 0.15, 0.20, 0.05, 0.30)
TO_PROGRAMME = (
    "mind_counselling",
    "counselling_voucher",
    "isolation_prevention_center",
    "mind_store",
    "youth_stretch_center",
)


def from_hotline(city: City, contacts: pd.DataFrame, month: int) -> pd.DataFrame:
    """One referral for every contact of the month whose referral flag is set."""
    part = contacts[contacts["referred"]]
    n = len(part)
    rng = city.rng("referrals-hotline", month)
    # Whoever is referred is asked for a home and gets a pseudonym, known caller or not.
    home = part["district_code"].cat.codes.to_numpy().astype(np.int64)
    home = np.where(home < 0, pick(rng, city.living_alone, n), home)
    named = part["person_id"].astype(object)
    person = named.where(named.notna(), "r" + part["contact_id"].str[1:])
    on = part["local_date"].to_numpy().astype("datetime64[D]")
    programme = pick(rng, (0.40, 0.0, 0.25, 0.25, 0.10), n)
    # Nobody is referred to a suspended service: in between, they go to the mind stores; later, to the voucher.
    counselling = programme == 0
    programme = np.where(counselling & (on >= CUT_ON), np.where(on >= RESUMED_ON, 1, 3), programme)
    frame = pd.DataFrame(
        {
            "referral_id": "R" + part["contact_id"].to_numpy().astype(object),
            "source": coded(np.zeros(n, dtype=int), SOURCES),
            "person_id": person.to_numpy(),
            "district_code": coded(home, city.codes),
            "programme_id": coded(programme, TO_PROGRAMME),
        }
    )
    return _finish(city, frame, on, rng)


def others(city: City) -> Iterator[pd.DataFrame]:
    """Referrals of the other contact points, one frame per programme and period."""
    for number, (programme, first, last, total, accepted) in enumerate(COUNTED):
        rng = city.rng("referrals-counted", number)
        days = _weekdays(np.datetime64(first), np.datetime64(last) + 1)
        on = np.sort(rng.choice(days, total * city.scale))
        frame = _frame(city, programme, COUNTED_SOURCES, f"RC{number}-", len(on), rng)
        exact = None if accepted is None else accepted * city.scale
        yield _finish(city, frame, on, rng, accept=exact, by=np.datetime64(last))
    for number, (programme, since, monthly, sources) in enumerate(RUNNING):
        for month in months(since, city.as_of):
            rng = city.rng("referrals-running", number, month)
            days = _weekdays(*month_span(month))
            on = np.sort(rng.choice(days, rng.poisson(monthly * city.scale)))
            frame = _frame(city, programme, sources, f"RR{number}-{month}-", len(on), rng)
            yield _finish(city, frame, on, rng)


def _weekdays(first: np.datetime64, after: np.datetime64) -> np.ndarray:
    days = np.arange(first, after)
    return days[(days.astype(int) + 3) % 7 < 5]


def _frame(
    city: City, programme: str, sources: tuple[float, ...], prefix: str, n: int, rng: np.random.Generator
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "referral_id": [f"{prefix}{number:06d}" for number in range(n)],
            "source": coded(pick(rng, sources, n), SOURCES),
            "person_id": [f"q{prefix[1:]}{number:06d}" for number in range(n)],
            "district_code": coded(pick(rng, city.living_alone, n), city.codes),
            "programme_id": coded(np.zeros(n, dtype=int), (programme,)),
        }
    )


def _finish(
    city: City,
    frame: pd.DataFrame,
    on: np.ndarray,
    rng: np.random.Generator,
    *,
    accept: int | None = None,
    by: np.datetime64 | None = None,
) -> pd.DataFrame:
    """Add the dates, leaving out what lies after `as_of`; `accept` is an exact number accepted until `by`."""
    n = len(frame)
    taken = rng.random(n) < ACCEPTED
    accepted = on_weekday(on + np.ceil(rng.gamma(1.4, MEAN_DAYS_TO_ACCEPT / 1.4, n)).astype(int))
    if accept is not None and by is not None:
        taken = np.zeros(n, dtype=bool)
        taken[rng.choice(n, accept, replace=False)] = True
        accepted = np.maximum(np.minimum(accepted, by), on)
    closed = np.where(taken, accepted + rng.integers(30, 180, n), on + rng.integers(10, 40, n))
    nothing = np.datetime64("NaT", "D")
    accepted = np.where(taken & (accepted <= city.today), accepted, nothing)
    frame = frame.assign(
        received_on=dates(on),
        accepted_on=dates(accepted),
        closed_on=dates(np.where(closed <= city.today, closed, nothing)),
    )
    return frame[on <= city.today].reset_index(drop=True)
