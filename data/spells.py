"""Person-time at risk by month: the sufficient statistics of the re-isolation model.

A spell is cut at month ends and at the edges of the duration bands; each piece adds its days at risk, and the
last piece of an ended spell adds its exit. This cannot be said briefly in SQL, so it is done with numpy.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import numpy as np
import pandas as pd
from sqlalchemy import Connection, delete, func, select

from data import coverage
from data import tables as t
from data.batches import append_frame, marked, read_frame
from data.engine import state

# Months since entering the state at which the hazard may change (statistics.md A1.2, in the tables' spelling).
BAND_EDGES = (0, 1, 3, 6, 12, 24, 36)
BAND_NAMES = ("0-1", "1-3", "3-6", "6-12", "12-24", "24-36", "36+")
DAYS_PER_MONTH = 365.25 / 12
KEYS = [
    "month_key",
    "district_code",
    "state",
    "duration_band",
    "age_band",
    "sex",
    "lives_alone",
    "prior_reisolations",
]
EXITS = {
    "to_reisolated": ("next_state", "reisolated"),
    "to_connected": ("next_state", "connected"),
    "died": ("exit", "died"),
    "moved": ("exit", "moved"),
    "institution": ("exit", "institution"),
    "lost": ("exit", "lost"),
}


def rebuild(connection: Connection, districts: Collection[str] | None = None) -> int:
    """Recompute `spell_monthly` from the current spells, a district at a time; returns how many fact rows there are.

    Args:
        districts: those whose spells have changed, or the months closed of them; all of them where left out.
    """
    fact, c = t.spell_monthly, t.spell.c
    current = c.superseded_by.is_(None)
    connection.execute(
        delete(fact) if districts is None else delete(fact).where(fact.c.district_code.in_(districts))
    )
    if districts is None:
        districts = connection.execute(select(c.district_code).where(current).distinct()).scalars().all()
    until = _observed_until(connection, districts)
    count = 0
    for district in sorted(districts):
        frame = read_frame(
            connection, select(t.spell).where(current, c.district_code == district).order_by(c.spell_id)
        )
        if len(frame):
            count += append_frame(connection, fact, monthly(frame, until=until[district]))
    return count


def of_batch(connection: Connection, batch_id: int) -> list[str] | None:
    """The districts of which a batch brought or superseded spells, or of whose months it told; None where every district may follow.

    Every one may where the store notes no day: then the last one of any spell ends them all.
    """
    if not state(connection).get("as_of"):
        return None
    c, a = t.spell.c, t.arrival.c
    rows = select(c.district_code).where(marked(c, batch_id))
    told = select(a.district_code).where(a.batch_id == batch_id)
    return sorted(connection.execute(rows.union(told)).scalars())


def _observed_until(connection: Connection, districts: Collection[str]) -> dict[str, date]:
    """The day until which each district's open spells were observed: the end of its last closed month of spells.

    Time without a record is no time without an event. A district that has closed nothing is observed until the store's own day,
    else until the last date in the spells; its months are not shown before they are closed.
    """
    noted, c = state(connection).get("as_of"), t.spell.c
    if noted:
        last = date.fromisoformat(noted)
    else:
        days = select(func.max(c.started_on), func.max(c.ended_on)).where(c.superseded_by.is_(None))
        last = max((day for day in connection.execute(days).one() if day is not None), default=date.min)
    cells = coverage.states(connection, tables=["spell"])
    closed = cells[cells["state"] == "closed"].groupby("district_code")["month_key"].max()
    ends = {district: min(coverage.last_day(int(month)), last) for district, month in closed.items()}
    return {district: ends.get(district, last) for district in districts}


def band_days() -> np.ndarray:
    """First whole day of each band, counted from the day of entering the state; as the model's person-intervals are cut."""
    return np.ceil(np.array(BAND_EDGES) * DAYS_PER_MONTH).astype(int)


def monthly(frame: pd.DataFrame, *, until: date) -> pd.DataFrame:
    """Person-days and exits by month, duration band and covariate class.

    Args:
        frame: one row per spell with the columns of the `spell` table.
        until: open spells are observed up to and including this day.

    Returns: one row per `spell_monthly` key. Days count from `entered_on` (delayed entry) to the day before
        the end, so that a spell's days sum to its observed length.
    """
    start = pd.to_datetime(frame["started_on"]).to_numpy("datetime64[D]")
    entered = pd.to_datetime(frame["entered_on"]).to_numpy("datetime64[D]")
    last = np.datetime64(until, "D") + np.timedelta64(1, "D")
    ended = pd.to_datetime(frame["ended_on"]).to_numpy("datetime64[D]")
    stop = np.where(np.isnat(ended), last, np.minimum(ended, last))
    edges = band_days()
    nobody = np.empty(0, dtype=int)
    pieces = [(nobody, nobody, nobody.astype(bool), nobody, nobody)]
    months = np.arange(entered.min().astype("datetime64[M]"), stop.max().astype("datetime64[M]") + 1)
    for month in months:
        opens = month.astype("datetime64[D]")
        closes = (month + 1).astype("datetime64[D]")
        key = int(str(month).replace("-", ""))
        for band, low in enumerate(edges):
            high = edges[band + 1] if band + 1 < len(edges) else 10**6
            begin = np.maximum(np.maximum(entered, opens), start + low)
            finish = np.minimum(np.minimum(stop, closes), start + high)
            days = (finish - begin).astype(int)
            seen = np.flatnonzero(days > 0)
            ends_here = ~np.isnat(ended[seen]) & (ended[seen] == finish[seen]) & (ended[seen] <= last)
            pieces.append((seen, days[seen], ends_here, np.full_like(seen, key), np.full_like(seen, band)))
    rows, days, ends, month_keys, bands = (np.concatenate(part) for part in zip(*pieces, strict=True))
    every = (
        frame[["district_code", "state", "age_band", "sex", "lives_alone"]]
        .iloc[rows]
        .assign(
            month_key=month_keys,
            duration_band=np.array(BAND_NAMES)[bands],
            prior_reisolations=frame["prior_reisolations"].clip(upper=2).to_numpy()[rows],
            person_days=days,
            **{
                name: (ends & frame[of].eq(kind).to_numpy()[rows]).astype(int)
                for name, (of, kind) in EXITS.items()
            },
        )
    )
    return every.groupby(KEYS, as_index=False, sort=True).sum(numeric_only=True)
