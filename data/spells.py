"""Person-time at risk by month: the sufficient statistics of the re-isolation model.

A spell is cut at month ends and at the edges of the duration bands; each piece adds its days at risk, and the
last piece of an ended spell adds its exit. This cannot be said briefly in SQL, so it is done with numpy.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from sqlalchemy import Connection, delete, select

from data import coverage
from data import tables as t
from data.batches import append_frame
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


def rebuild(connection: Connection) -> int:
    """Recompute `spell_monthly` from the current spells; returns how many fact rows there are."""
    connection.execute(delete(t.spell_monthly))
    c = t.spell.c
    rows = connection.execute(select(t.spell).where(c.superseded_by.is_(None)).order_by(c.spell_id))
    frame = pd.DataFrame(rows.mappings().all())
    if frame.empty:
        return 0
    facts = monthly(frame, until=_observed_until(connection, frame))
    append_frame(connection, t.spell_monthly, facts)
    return len(facts)


def _observed_until(connection: Connection, frame: pd.DataFrame) -> pd.Series:
    """The day until which each open spell was observed: the end of its district's last closed month of spells.

    Time without a record is no time without an event. A district that has closed nothing is observed until the store's own day,
    else until the last date in the spells; its months are not shown before they are closed.
    """
    noted = state(connection).get("as_of")
    last = (
        date.fromisoformat(noted)
        if noted
        else max(d for column in ("started_on", "ended_on") for d in frame[column].dropna())
    )
    cells = coverage.states(connection, tables=["spell"])
    closed = cells[cells["state"] == "closed"].groupby("district_code")["month_key"].max()
    ends = {district: min(coverage.last_day(int(month)), last) for district, month in closed.items()}
    return frame["district_code"].map(lambda code: ends.get(code, last))


def band_days() -> np.ndarray:
    """First whole day of each band, counted from the day of entering the state; as the model's person-intervals are cut."""
    return np.ceil(np.array(BAND_EDGES) * DAYS_PER_MONTH).astype(int)


def monthly(frame: pd.DataFrame, *, until: date | pd.Series) -> pd.DataFrame:
    """Person-days and exits by month, duration band and covariate class.

    Args:
        frame: one row per spell with the columns of the `spell` table.
        until: open spells are observed up to and including this day, or each up to its own.

    Returns: one row per `spell_monthly` key. Days count from `entered_on` (delayed entry) to the day before
        the end, so that a spell's days sum to its observed length.
    """
    start = pd.to_datetime(frame["started_on"]).to_numpy("datetime64[D]")
    entered = pd.to_datetime(frame["entered_on"]).to_numpy("datetime64[D]")
    every_until = pd.Series(until, index=frame.index) if isinstance(until, date) else until
    last = pd.to_datetime(every_until).to_numpy("datetime64[D]") + np.timedelta64(1, "D")
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
            ends_here = ~np.isnat(ended[seen]) & (ended[seen] == finish[seen]) & (ended[seen] <= last[seen])
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
