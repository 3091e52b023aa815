"""A file held against the record: newer files that it would take back, other breakdowns of the same days, histories of people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pandas as pd
from sqlalchemy import Connection, Table, case, func, select

from data.batches import read_frame
from data.codes import UNKNOWN
from data.dialect import among
from data.imports import histories
from data.imports.problems import Problem
from data.imports.reasons import Reason
from data.imports.report import Parsed
from data.tables import OPERATIONAL, attendance, batch

SHOWN = 20
_STANDS_FOR = re.compile(r"기준일 (\d{4}-\d{2}-\d{2})")
_ALIKE = (Reason.OVERLAP, Reason.NEXT_DIFFERS, Reason.AFTER_DEATH)


def noted(note: str | None, stands_for: str) -> str | None:
    """A batch's note with the day as of which its file stands, so that an older file is known later."""
    said = [part for part in (note, f"기준일 {stands_for}" if stands_for else None) if part]
    return " · ".join(said) or None


def contradictions(
    connection: Connection,
    parsed: Parsed,
    frame: pd.DataFrame,
    rows: Sequence[int],
    superseded: Sequence[int],
    *,
    batch_id: int,
) -> list[Problem]:
    """What of a batch, written but not yet committed, the record speaks against.

    Args:
        frame: the accepted rows as stored; rows: positions that were written; superseded: row ids that they replaced.
    """
    table = OPERATIONAL[parsed.table_name or ""]
    found = [*_older(connection, parsed, table, superseded)]
    if table is attendance:
        found += _other_scope(connection, parsed, frame, rows, batch_id)
    if table.name in ("spell", "support_period"):
        found += _histories(connection, parsed, table, frame, rows, batch_id)
    return found


def _problem(
    parsed: Parsed, place: int | None, column: str, reason: Reason, ko: str, en: str = ""
) -> Problem:
    sheet, row = parsed.places[place] if place is not None else ("", None)
    header = parsed.headers.get(column, "")
    return Problem(parsed.file_name, sheet, row, header, None, reason, ko, None, en)


def _older(
    connection: Connection, parsed: Parsed, table: Table, superseded: Sequence[int]
) -> Iterator[Problem]:
    """The file stands for an earlier day than one whose rows it would replace."""
    if not parsed.stands_for:
        return
    newest = ""
    mine = select(table.c.batch_id).where(among(connection, table.c.row_id, superseded)).distinct()
    for note in connection.execute(select(batch.c.note).where(batch.c.batch_id.in_(mine))).scalars():
        newest = max([newest, *_STANDS_FOR.findall(note or "")])
    if newest > parsed.stands_for:
        yield _problem(parsed, None, "", Reason.OLDER_FILE, newest)


def _other_scope(
    connection: Connection, parsed: Parsed, frame: pd.DataFrame, rows: Sequence[int], batch_id: int
) -> Iterator[Problem]:
    """Days that stand already with age and sex where the file has totals, or the other way round."""
    c, mine = attendance.c, frame.iloc[list(rows)]
    known = case((c.age_band != UNKNOWN, 1), (c.sex != UNKNOWN, 1), else_=0)
    statement = (
        select(c.programme_id, c.district_code, c.attended_on, func.max(known).label("known"))
        .join_from(attendance, batch, batch.c.batch_id == c.batch_id)
        .where(c.superseded_by.is_(None), batch.c.kind == "import", batch.c.undone_by.is_(None), c.batch_id != batch_id)
        .where(c.programme_id.in_(list(set(mine["programme_id"]))))
        .where(c.attended_on.between(min(mine["attended_on"]), max(mine["attended_on"])))
        .group_by(c.programme_id, c.district_code, c.attended_on)
    )  # fmt: skip
    stands = {tuple(row[:3]): bool(row.known) for row in connection.execute(statement)}
    if not stands:
        return
    cells: dict[tuple[object, ...], list[int]] = {}
    names = ("programme_id", "district_code", "attended_on")
    for place, *cell in zip(rows, *(mine[name] for name in names), strict=True):
        if tuple(cell) in stands:
            cells.setdefault(tuple(cell), []).append(place)
    totals = {"age_band", "sex"} <= set(parsed.assumed)
    shown = 0
    for key, places in cells.items():
        divided = any(frame[name][place] != UNKNOWN for name in ("age_band", "sex") for place in places)
        if (totals and stands[key]) or (divided and not stands[key]):
            yield _problem(parsed, places[0], "attended_on", Reason.OTHER_SCOPE, f"{key[2]}")
            shown += 1
            if shown == SHOWN:
                return


def _histories(
    connection: Connection,
    parsed: Parsed,
    table: Table,
    frame: pd.DataFrame,
    rows: Sequence[int],
    batch_id: int,
) -> Iterator[Problem]:
    """Periods of the file that contradict recorded ones of the same person."""
    begins = "started_on" if table.name == "spell" else "starts_on"
    persons = list(dict.fromkeys(frame["person_id"].iloc[list(rows)]))
    theirs = among(connection, table.c.person_id, persons)
    own = read_frame(connection, select(table).where(table.c.superseded_by.is_(None), theirs)).astype(object)
    if (own["batch_id"] == batch_id).all():
        return
    own = own.where(own.notna(), None)
    for name in own.columns:
        if str(name).endswith("_on"):
            own[name] = pd.Series([_day(value) for value in own[name]], dtype=object)
    key = list(table.info["key"])
    placed = dict(zip(map(tuple, frame[key].itertuples(index=False)), range(len(frame)), strict=True))
    of_file = [
        placed.get(tuple(row)) if mine else None
        for row, mine in zip(own[key].itertuples(index=False), own["batch_id"] == batch_id, strict=True)
    ]
    places = [
        (f"{day}", 0) if place is None else parsed.places[place]
        for day, place in zip(own[begins], of_file, strict=True)
    ]
    check = histories.spells if table.name == "spell" else histories.supports
    for found in check(own, places):
        place = of_file[found.place]
        if place is not None and found.reason in _ALIKE:
            yield _problem(
                parsed, place, found.column, Reason.CONTRADICTS_RECORD, found.detail, found.detail_en
            )


def _day(value: object) -> object:
    return value.date() if isinstance(value, pd.Timestamp) else value
