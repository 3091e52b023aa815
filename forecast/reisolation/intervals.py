"""Person-intervals: spells cut at month ends and duration bands, with the support in place when each month began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from guards import numbers, table, takes

DAYS_PER_MONTH = 365.25 / 12
BANDS = (0, 1, 3, 6, 12, 24, 36, 60)  # months since entering the state at which the hazard may change
KINDS = {"aftercare": ("care_corps",), "peer": ("peer_counselling",)}
TRAITS = (
    "district_code",
    "age_band",
    "sex",
    "lives_alone",
    "prior_reisolations",
    "months_isolated_before",
    "zone",
)


@takes(spells=table("person_id", "state", "started_on", "entered_on", "ended_on", "next_state", "exit"))
def expand(
    spells: pd.DataFrame,
    supports: pd.DataFrame | None = None,
    *,
    as_of: date,
    bands: Sequence[float] = BANDS,
    kinds: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """One row per person and month (or piece of it between two band edges) under observation.

    Args:
        spells: rows of the `spell` table; ends are exclusive, open spells are seen up to and including `as_of`. A column
            `zone` (0/1) may be added: the class of districts that is to have a coefficient of its own.
        supports: rows of `support_period`; without it there are no programme columns.
        bands: months in the state at which rows are cut.
        kinds: programme ids behind each programme column, `KINDS` when not given.

    Returns: person, state, month (first day), clock (months in the state at the start of the row), months (observed),
        planned (months up to where the row would have ended: the exposure of a row that ends with the event in question,
        whose moment within the interval says nothing), to (next state or exit; "" if the row ends without any), the spell's
        traits, and for each kind `<kind>` (1 if in place when the month began, or the spell if later), `<kind>_finished`
        and `<kind>_months` (support received so far in the spell).

    Nothing that happens after the start of a month enters its row: there is no "ever received", which would let
    people who stayed connected long enough to be helped vouch for the help (statistics.md A1.3).
    """
    frame = spells.reset_index(drop=True)
    start, entered, ended = (_days(frame[c]) for c in ("started_on", "entered_on", "ended_on"))
    last = int(np.datetime64(as_of, "D").astype(int)) + 1
    gone = ended <= last
    stop = np.where(gone, ended, last)
    begin = np.maximum(start, entered)
    keep = stop > begin
    frame, start, begin, stop, gone = (v[keep] for v in (frame, start, begin, stop, gone))
    spell, low, high = _cut(start, begin, stop, bands, last)
    final = np.r_[spell[1:] != spell[:-1], True] if len(spell) else np.zeros(0, bool)
    observed = np.where(final, stop[spell], high)
    leaving, after = frame["exit"].astype(object), frame["next_state"].astype(object)
    follows = leaving.where(leaving.notna(), after).where(gone, "")
    person = pd.factorize(frame["person_id"])[0][spell]
    month = low.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]")
    ending = follows.where(follows.notna(), "")
    rows = pd.DataFrame(
        {
            "person": person,
            "state": _repeated(frame["state"], spell),
            "month": month,
            "clock": (low - start[spell]) / DAYS_PER_MONTH,
            "months": (observed - low) / DAYS_PER_MONTH,
            "planned": (high - low) / DAYS_PER_MONTH,
            "to": _repeated(ending, spell, blank=~final),
        }
    )
    for trait in TRAITS:
        if trait in frame:
            rows[trait] = _repeated(frame[trait], spell)
    if supports is not None:
        at = np.maximum(month.astype(int), start[spell])
        people = pd.Index(pd.unique(frame["person_id"]))
        for kind, programmes in (kinds or KINDS).items():
            chosen = supports[supports["programme_id"].isin(programmes)]
            rows = rows.assign(**_in_place(kind, chosen, people, person, at, start[spell]))
    return rows


@takes(facts=table("state", "month_key", "duration_band", person_days=numbers("n", low=0)))
def from_monthly(facts: pd.DataFrame, to: str) -> pd.DataFrame:
    """The `spell_monthly` table as rows for `fit` (after `traits`) with `link="log"` and bands up to 36 months.

    Person-days and exits by month, band and class of people are all that the Poisson model takes from the spells; people are
    not told apart, so that there are no clustered errors.

    Args:
        facts: rows of the table. to: the transition, as the tables name it ("reisolated", "connected", "died", …).
    """
    count = facts[f"to_{to}"] if f"to_{to}" in facts else facts[to]
    month = pd.to_datetime(facts["month_key"].astype(str), format="%Y%m")
    return pd.DataFrame(
        {
            "state": facts["state"],
            "month": month,
            "clock": facts["duration_band"].str.extract(r"^(\d+)")[0].astype(float),
            "months": facts["person_days"] / DAYS_PER_MONTH,
            "people": 1,
            "events": count,
            **{trait: facts[trait] for trait in TRAITS if trait in facts},
        }
    )


def _repeated(column: pd.Series, spell: np.ndarray, blank: np.ndarray | None = None) -> Any:
    """A spell's value on each of its rows, words as categories: six million rows of text would not fit."""
    if not (pd.api.types.is_string_dtype(column) or isinstance(column.dtype, pd.CategoricalDtype)):
        return column.to_numpy()[spell]
    code, words = pd.factorize(column.astype(object))
    if blank is None:
        return pd.Categorical.from_codes(code[spell], categories=words)
    if "" not in words:
        words = words.append(pd.Index([""]))
    return pd.Categorical.from_codes(np.where(blank, list(words).index(""), code[spell]), categories=words)


def _days(column: pd.Series) -> np.ndarray:
    """Days since 1970; missing becomes a day that never comes."""
    day = pd.to_datetime(column).to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(day), 10**7, day.astype(int))


def _cut(
    start: np.ndarray, begin: np.ndarray, stop: np.ndarray, bands: Sequence[float], last: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(spell, first day, day after the last planned day) of every piece between month ends and band edges."""
    # Up to the next whole day: a row that begins at an edge must not read as a moment before it.
    edges = np.ceil(np.asarray(bands, dtype=float) * DAYS_PER_MONTH).astype(int)
    if not len(start):
        return (np.zeros(0, int),) * 3
    first = int(begin.min())
    months = np.arange(
        np.datetime64(first, "D").astype("datetime64[M]"),
        np.datetime64(int(stop.max()), "D").astype("datetime64[M]") + 1,
    )
    opens = months.astype("datetime64[D]").astype(int)
    from_month = np.searchsorted(opens, begin, side="right")
    to_month = np.searchsorted(opens, stop, side="left")
    spells, points = [np.arange(len(start))], [begin]
    many = np.maximum(to_month - from_month, 0)
    spells.append(np.repeat(np.arange(len(start)), many))
    offset = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    points.append(opens[np.repeat(from_month, many) + offset])
    for edge in edges:
        inside = np.flatnonzero((start + edge > begin) & (start + edge < stop))
        spells.append(inside)
        points.append(start[inside] + edge)
    pairs = np.sort(np.concatenate(spells).astype(np.int64) * 10**6 + np.concatenate(points))
    pairs = pairs[np.r_[True, pairs[1:] != pairs[:-1]]]  # np.unique hashes first, six times slower
    spell, low = pairs // 10**6, pairs % 10**6
    month_end = (low.astype("datetime64[D]").astype("datetime64[M]") + 1).astype("datetime64[D]").astype(int)
    clock = low - start[spell]
    band_end = start[spell] + np.append(edges, 10**6)[np.searchsorted(edges, clock, side="right")]
    return spell, low, np.minimum(np.minimum(month_end, band_end), last)


def _in_place(
    kind: str, supports: pd.DataFrame, people: pd.Index, person: np.ndarray, at: np.ndarray, start: np.ndarray
) -> dict[str, np.ndarray]:
    """Columns of one kind of support for rows of `person` whose month began on day `at` of a spell begun on `start`."""
    who = people.get_indexer(supports["person_id"])
    opened, closed = _days(supports["starts_on"])[who >= 0], _days(supports["ends_on"])[who >= 0]
    who = who[who >= 0]
    order = np.lexsort((opened, who))
    key = who[order].astype(np.int64) * 10**6 + opened[order]
    ends = np.append(closed[order], 0)
    found = np.searchsorted(key, person.astype(np.int64) * 10**6 + at, side="right") - 1
    keys = np.append(key, -(10**6))  # index -1: no support before
    mine = keys[found] // 10**6 == person
    active = mine & (ends[found] > at)
    finished = mine & ~active & (ends[found] > start)
    since = keys[found] % 10**6
    received = np.where(
        mine & (ends[found] > start), np.minimum(at, ends[found]) - np.maximum(since, start), 0
    )
    return {
        kind: active.astype(np.int8),
        f"{kind}_finished": finished.astype(np.int8),
        f"{kind}_months": np.maximum(received, 0) / DAYS_PER_MONTH,
    }
