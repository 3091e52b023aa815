"""The demonstration city: seeded synthetic rows for every operational table, around published totals.

No public case-level records exist, so the default store carries a made city with real districts and census. Every part
draws from a child seed of its own name (and month), so rows do not depend on how they are streamed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from data.demo import (
    alerts,
    attendance,
    budget,
    calls,
    counselling,
    detection,
    hotline,
    identity,
    ledger,
    referral,
    scores,
    spells,
    survey,
    wards,
)
from data.demo.city import CHUNK_ROWS, City, chunks, make, months
from data.demo.parameters import truth as _truth
from data.lake import detection_monthly

__all__ = ["CHUNK_ROWS", "detection_monthly", "generate", "truth", "write_lake"]


def generate(
    *, seed: int, scale: int, as_of: date, districts: pd.DataFrame, households: pd.DataFrame
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Made rows of every operational table, in chunks of at most `CHUNK_ROWS`, as (table name, frame).

    What is published of the plan (`data.plan.documents`) stands beside them and is not among them.

    Args:
        seed: the same seed and scale give the same rows.
        scale: 1, or a multiple. Multiplies contacts, cases, referrals, visits and ledger documents; people up to
            10; respondents and won not at all.
        as_of: the present day; nothing later is known.
        districts: `district_code` and, where known, `living_area`.
        households: `district_code`, `households`, `one_person_households`, `population` of 2025.

    Yields: frames with the table's columns except row_id, batch_id and superseded_by, derived ones filled. Instants
        are naive UTC; dates are `datetime.date`; missing is None, NaN, NaT or NA.

    Raises:
        ValueError: a scale below 1, or a district without households.
    """
    city = make(seed=seed, scale=scale, as_of=as_of, districts=districts, households=households)
    for name, frame in _parts(city):
        for part in chunks(frame):
            yield name, part


def _parts(city: City) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "baseline", budget.baseline(city)
    for frame in ledger.entries(city):
        yield "ledger_entry", frame
    done: dict[tuple[str, int], int] = {}
    who = identity.Identity(city)
    yield from _hotline(city, done, who)
    for frame in referral.others(city):
        yield "referral", who.referrals(frame)
    for name, frame in counselling.generate(city):
        yield name, who.counselling(name, frame)
    yield "scale_reliability", scores.reliability(city)
    for frame in attendance.rows(city):
        years = pd.Series([day.year for day in frame["attended_on"]], index=frame.index, dtype=int)
        for (programme, year), visits in frame.groupby(["programme_id", years])["visits"].sum().items():
            done[programme, year] = done.get((programme, year), 0) + int(visits)
        yield "attendance", frame
    yield "output_target", attendance.outputs(city, done)
    yield "alert_rule", alerts.rules()
    yield "ward", wards.rows()
    yield from spells.generate(city)
    for frame in survey.responses(city):
        yield "survey_response", frame


def _hotline(
    city: City, done: dict[tuple[str, int], int], who: identity.Identity
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Contacts and referrals month by month, then the counsellors' intervals; adds the answered to `done`."""
    if city.as_of < hotline.LAUNCH:
        return
    hours, people = hotline.plan(city), calls.callers(city)
    roster = calls.Roster(city, hours)
    for month in months(hotline.LAUNCH, city.as_of):
        frame = calls.contacts(city, hours, people, month)
        roster.add(frame)
        key = ("hotline", month // 100)
        done[key] = done.get(key, 0) + int((frame["outcome"] == "answered").sum())
        contacts, referred = who.hotline(frame, referral.from_hotline(city, frame, month))
        yield "hotline_contact", contacts
        yield "referral", referred
    yield "agent_interval", roster.rows()


def write_lake(
    folder: Path, *, seed: int, scale: int, as_of: date, districts: pd.DataFrame, households: pd.DataFrame
) -> None:
    """Write the detection lake's monthly Parquet partitions under `folder`, each in one step, for `data.lake`."""
    city = make(seed=seed, scale=scale, as_of=as_of, districts=districts, households=households)
    detection.write(city, Path(folder))


def truth(
    *, seed: int, scale: int, as_of: date, districts: pd.DataFrame, households: pd.DataFrame
) -> dict[str, Any]:
    """The true parameters behind the rows, JSON-serialisable."""
    return _truth(make(seed=seed, scale=scale, as_of=as_of, districts=districts, households=households))
