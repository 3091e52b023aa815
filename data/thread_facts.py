"""The thread's facts in the store, put together of everybody or of the people whom a batch names, each time from current rows.

Every fact adds people up and a person's thread is their own alone: so people may be taken a part at a time, and what a batch makes of
the facts is what the people whom it names make with it, less what they make without it. `data/thread.py` has the rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Date, Select, and_, case, delete, func, select, text

from data import batches
from data import tables as t
from data.batches import append_frame, marked, read_frame, stands
from data.codes import UNKNOWN
from data.dialect import adding, among
from data.engine import set_state, state
from data.rollups import cases_of, outcome_rules, scores_of
from data.thread import COLUMNS, FACTS, SOURCES, TABLES, fingerprint, made

PART = 1_500_000  # records that are put together at once
PEOPLE = 300_000  # whose records fill a part
NOTE = "thread_rules"  # the store's note of the rules that its facts were made by
Whose = Callable[[Any], Any]  # a condition on a column of pseudonyms


def rebuild(connection: Connection) -> int:
    """Put every thread together again, a part of the people at a time, so that a city of any size fits into memory; returns how many fact rows there are."""
    alone(connection)
    for name in FACTS:
        connection.execute(delete(t.FACTS[name]))
    if state(connection).get(NOTE) != fingerprint():
        set_state(connection, **{NOTE: fingerprint()})
    until = _until(connection)
    if until is None:
        return 0
    parts = [made(_records(connection, whose), until=until) for whose in _parts(connection)]
    frames = _summed(parts)
    for name, frame in zip(FACTS, frames, strict=True):
        append_frame(connection, t.FACTS[name], frame)
    return sum(map(len, frames))


def of_batch(connection: Connection, table_name: str, batch_id: int) -> tuple[pd.DataFrame, ...] | None:
    """What the newest batch of a table makes of each of `FACTS`: with its rows less without them, of the people whom it names.

    Asked while its marks stand: after it was loaded, or before it is taken back.

    Returns: one frame for each fact, of rows that change; None where everybody has to be put together anew: the store notes no day,
        so that any row may move the last one, its facts were made by other rules, or the batch names more people than a part holds.
    """
    alone(connection)
    notes = state(connection)
    noted = notes.get("as_of")
    if not noted or notes.get(NOTE) != fingerprint():
        return None
    people = _named(connection, table_name, batch_id)
    if not people:
        return tuple(pd.DataFrame() for _ in FACTS)
    if len(people) > PEOPLE:
        return None

    def whose(column: Any) -> Any:
        return among(connection, column, people)

    until = date.fromisoformat(noted)
    now, before = (made(_records(connection, whose, but), until=until) for but in (None, batch_id))
    return tuple(
        frame[frame[_counts(name)].ne(0).any(axis=1)] if len(frame) else frame
        for name, frame in zip(FACTS, _summed([now, _signed(before, -1)]), strict=True)
    )


def alone(connection: Connection) -> None:
    """Let no other transaction change the facts before this one has ended: what a batch makes of them rests on what stands.

    Readers go on. SQLite's write transactions come one after another by themselves.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {FACTS[0]} IN SHARE ROW EXCLUSIVE MODE"))


def add(connection: Connection, change: tuple[pd.DataFrame, ...], *, sign: int = 1) -> int:
    """Add what `of_batch` gave, or take it away again (sign -1); returns how many fact rows have changed."""
    for name, frame in zip(FACTS, _signed(change, sign), strict=True):
        if len(frame):
            fact = t.FACTS[name]
            connection.execute(adding(connection, fact), batches.records(frame))
            connection.execute(delete(fact).where(*(fact.c[count] == 0 for count in _counts(name))))
    return sum(map(len, change))


def _counts(name: str) -> list[str]:
    return [column.name for column in t.FACTS[name].c if not column.primary_key]


def _signed(frames: tuple[pd.DataFrame, ...], sign: int) -> tuple[pd.DataFrame, ...]:
    return tuple(
        frame.assign(**{count: sign * frame[count] for count in _counts(name)}) if len(frame) else frame
        for name, frame in zip(FACTS, frames, strict=True)
    )


def _summed(parts: Sequence[tuple[pd.DataFrame, ...]]) -> tuple[pd.DataFrame, ...]:
    """The facts of several parts of the people as those of all of them."""
    if len(parts) == 1:
        return parts[0]
    return tuple(
        pd.concat(frames).groupby(list(t.FACTS[name].info["keys"]), as_index=False, sort=True).sum()
        if any(map(len, frames))
        else pd.DataFrame()
        for name, frames in zip(FACTS, zip(*parts, strict=True), strict=True)
    )


def _until(connection: Connection) -> date | None:
    """The day that the store speaks for, else the last one of any record; none without a record."""
    noted = state(connection).get("as_of")
    if noted:
        return date.fromisoformat(noted)
    days = []
    for name in SOURCES:
        table = t.OPERATIONAL[name]
        told = (*COLUMNS.get(name, ()), "local_date", "measured_on")
        dated = [column for column in table.c if isinstance(column.type, Date) and column.name in told]
        of_somebody = table.c["case_id" if name == "outcome_measure" else "person_id"].is_not(None)
        chosen = select(*map(func.max, dated)).where(table.c.superseded_by.is_(None), of_somebody)
        days += [day for day in connection.execute(chosen).one() if day is not None]
    return max(days, default=None)


def _ending(column: Any) -> Any:
    """The last sign of a pseudonym: as many people have the one as another."""
    return func.substr(column, func.length(column))


def _parts(connection: Connection) -> list[Whose]:
    """Conditions on a pseudonym that part the people into groups of about `PART` records, or of one last sign."""
    sizes: Counter[str] = Counter()
    for name in TABLES:
        ending = _ending(t.OPERATIONAL[name].c.person_id)
        counted = select(ending, func.count()).where(ending.is_not(None)).group_by(ending)
        sizes.update(dict(map(tuple, connection.execute(counted))))
    groups: list[list[str]] = []
    held = 0
    for sign, size in sorted(sizes.items()):
        if not groups or held + size > PART:
            groups.append([])
            held = 0
        groups[-1].append(sign)
        held += size
    if len(groups) <= 1:
        return [lambda column: column.is_not(None)]
    return [partial(_ends, signs=tuple(signs)) for signs in groups]


def _ends(column: Any, *, signs: tuple[str, ...]) -> Any:
    return _ending(column).in_(signs)


def _named(connection: Connection, table_name: str, batch_id: int) -> list[str]:
    """Whom a batch names: in its rows, in those that it took the place of, or by a case of theirs that it scores."""
    table = t.OPERATIONAL[table_name]
    if table_name == "outcome_measure":
        c = t.counselling_case.c
        chosen = select(c.person_id).where(
            c.superseded_by.is_(None), c.case_id.in_(cases_of(table_name, batch_id))
        )
    else:
        chosen = select(table.c.person_id).where(marked(table.c, batch_id))
    return sorted(set(connection.execute(chosen).scalars()) - {None})


def _records(connection: Connection, whose: Whose, but: int | None = None) -> dict[str, pd.DataFrame]:
    """Rows of every table as far as they tell of persons; the hotline's are one for each caller.

    Args:
        whose: the condition on a pseudonym. but: a batch without which they are read.
    """
    h = t.hotline_contact.c
    answered = case((h.outcome == "answered", h.local_date))
    calls = (
        select(
            h.person_id,
            func.min(h.local_date).label("first"),
            func.min(answered).label("answered"),
            func.max(h.local_date).label("last"),
            func.min(h.district_code).label("district_code"),
            func.min(case((h.age_band != UNKNOWN, h.age_band))).label("age_band"),
            func.min(case((h.sex != UNKNOWN, h.sex))).label("sex"),
        )
        .where(stands(t.hotline_contact.c, but=but), whose(h.person_id))
        .group_by(h.person_id)
    )
    chosen = {"hotline_contact": calls, "counselling_case": _cases(whose, but)}
    return {
        name: read_frame(connection, chosen[name] if name in chosen else _current(name, whose, but))
        for name in TABLES
    }


def _current(name: str, whose: Whose, but: int | None) -> Select[Any]:
    """Rows of a table as they are. Of a person's spells an earlier one comes first."""
    table = t.OPERATIONAL[name]
    order = ("person_id", "started_on", "spell_id") if name == "spell" else table.info["key"]
    return (
        select(*(table.c[one] for one in COLUMNS[name]))
        .where(stands(table.c, but=but), whose(table.c.person_id))
        .order_by(*(table.c[one] for one in order))
    )


def _cases(whose: Whose, but: int | None) -> Select[Any]:
    """Cases with the day of the first score, and whether both scales were scored twice and reliably improved."""
    c, m = t.counselling_case.c, t.outcome_measure.c
    theirs = m.case_id.in_(select(c.case_id).where(whose(c.person_id)))
    of_them = (stands(t.outcome_measure.c, but=but), theirs)
    scored = (
        select(m.case_id, func.min(m.measured_on).label("scored_on"))
        .where(*of_them)
        .group_by(m.case_id)
        .subquery("scored")
    )
    phq, gad = scores_of("PHQ-9", *of_them), scores_of("GAD-7", *of_them)
    paired = and_(phq.c.last.is_not(None), gad.c.last.is_not(None))
    scores = {"PHQ-9": (phq.c.first, phq.c.last), "GAD-7": (gad.c.first, gad.c.last)}
    better = outcome_rules(scores, began=paired, judged=paired)["reliably_improved"]
    joined = t.counselling_case.outerjoin(scored, scored.c.case_id == c.case_id)
    for one in (phq, gad):
        joined = joined.outerjoin(one, one.c.case_id == c.case_id)
    return (
        select(
            c.person_id, c.programme_id, c.district_code, c.age_band, c.sex, c.referred_on, c.first_session_on, c.ended_on,
            c.end_reason, scored.c.scored_on, case((paired, 1), else_=0).label("paired"), case((better, 1), else_=0).label("better"),
        )
        .select_from(joined)
        .where(stands(t.counselling_case.c, but=but), whose(c.person_id))
        .order_by(c.person_id, c.case_id)
    )  # fmt: skip
