"""Histories of people: spells that overlap, end twice, or go on after death, and what ended without a reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from data.codes import CODES
from data.imports.derived import Misfit
from data.imports.places import Place
from data.imports.reasons import Reason

Columns = Mapping[str, list[Any]]
SPELL = ("person_id", "state", "started_on", "ended_on", "next_state", "exit")


def spells(frame: pd.DataFrame, places: Sequence[Place]) -> Iterator[Misfit]:
    """Rows of the spell table that contradict themselves or another spell of the same person; both are named.

    A spell reaches from its first day up to, but not including, its last, so the next may begin on that day.
    """
    by_person: dict[str, list[int]] = defaultdict(list)
    held = {name: frame[name].tolist() for name in SPELL}
    for place, (person, state, started, ended, following, left) in enumerate(
        zip(*held.values(), strict=True)
    ):
        if following is not None and left is not None:
            yield Misfit(place, "exit", Reason.TWO_ENDS, *_two(following, left))
        elif ended is None and (following or left):
            column = "next_state" if following is not None else "exit"
            yield Misfit(place, column, Reason.NEXT_WITHOUT_END)
        elif ended is not None and following is None and left is None:
            yield Misfit(place, "next_state", Reason.END_WITHOUT_REASON)
        if following is not None and following == state:
            yield Misfit(place, "next_state", Reason.SAME_STATE, *CODES["state"][state][:2])
        if person is not None and started is not None:
            by_person[person].append(place)
    for own in by_person.values():
        if len(own) > 1:
            yield from _of_one(held, own, places)


def _two(following: str, left: str) -> tuple[str, str]:
    ko, en = (f"{CODES['state'][following][i]} / {CODES['spell_exit'][left][i]}" for i in (0, 1))
    return ko, en


def _of_one(held: Columns, own: list[int], places: Sequence[Place]) -> Iterator[Misfit]:
    """Contradictions among the spells of one person."""
    started, ended = held["started_on"], held["ended_on"]
    own = sorted(own, key=lambda place: (started[place], ended[place] or date.max))
    yield from _overlaps(held, own, "started_on", "ended_on", places)
    for before, after in zip(own[:-1], own[1:], strict=True):
        following = held["next_state"][before]
        if ended[before] == started[after] and following is not None and following != held["state"][after]:
            yield from _both(before, after, "next_state", "state", Reason.NEXT_DIFFERS, places)
    dead = next((place for place in own if held["exit"][place] == "died" and ended[place] is not None), None)
    if dead is not None:
        for place in own:
            if place != dead and (started[place] >= ended[dead] or (ended[place] or date.max) > ended[dead]):
                yield from _both(dead, place, "exit", "started_on", Reason.AFTER_DEATH, places)


def _overlaps(
    held: Columns, own: list[int], begins: str, ends: str, places: Sequence[Place]
) -> Iterator[Misfit]:
    """Each of a person's periods, in order of their first day, that begins before an earlier one has ended."""
    latest = own[0]
    for place in own[1:]:
        until = held[ends][latest]
        if until is None or held[begins][place] < until:
            yield from _both(latest, place, ends, begins, Reason.OVERLAP, places)
        if until is not None and (held[ends][place] is None or held[ends][place] > until):
            latest = place


def _both(
    first: int, second: int, column: str, other: str, reason: Reason, places: Sequence[Place]
) -> Iterator[Misfit]:
    yield Misfit(first, column, reason, *_where(places[second]))
    yield Misfit(second, other, reason, *_where(places[first]))


def _where(place: Place) -> tuple[str, str]:
    """A row of the file; row 0 is a recorded period, known by its first day."""
    sheet, row = place
    if row == 0:
        return (f"{sheet}부터의 기간", f"from {sheet}")
    return (f"{sheet} {row}행".strip(), f"{sheet} row {row}".strip())


def supports(frame: pd.DataFrame, places: Sequence[Place]) -> Iterator[Misfit]:
    """Periods of support that overlap another of the same person and programme."""
    own: dict[tuple[Any, Any], list[int]] = defaultdict(list)
    held = {name: frame[name].tolist() for name in ("person_id", "programme_id", "starts_on", "ends_on")}
    columns = zip(held["person_id"], held["programme_id"], held["starts_on"], strict=True)
    for place, (person, programme, starts) in enumerate(columns):
        if person is not None and programme is not None and starts is not None:
            own[person, programme].append(place)
    for found in own.values():
        found.sort(key=held["starts_on"].__getitem__)
        if len(found) > 1:
            yield from _overlaps(held, found, "starts_on", "ends_on", places)


def ends(frame: pd.DataFrame, ended: str, reason: str) -> Iterator[Misfit]:
    """Rows that ended without a reason, or have a reason without an end."""
    for place, (day, why) in enumerate(zip(frame[ended], frame[reason], strict=True)):
        if day is not None and why is None:
            yield Misfit(place, reason, Reason.END_WITHOUT_REASON)
        elif day is None and why is not None:
            yield Misfit(place, ended, Reason.NEXT_WITHOUT_END)
