"""What an office sets up without code: what is in force, what was before, and a change on a page as a batch of its own.

A change is read like a file's rows, by the same words and rules, and loaded like one: rows take the place of rows, nothing is
overwritten, `python -m data undo` takes it back.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, Select, Table, func, or_, select

from data import audit, imports
from data.batches import read_frame
from data.cities import DEMO
from data.engine import state, writing
from data.imports import people
from data.imports.templates import templates
from data.tables import (
    OPERATIONAL,
    alert_rule,
    batch,
    event,
    output_target,
    owner_unit,
    programme_entry,
    staffing,
    survey_design,
    target,
    unit_cost,
    ward,
)

TABLES = tuple(
    table.name
    for table in (
        programme_entry,
        owner_unit,
        target,
        output_target,
        event,
        survey_design,
        staffing,
        unit_cost,
        alert_rule,
        ward,
    )
)
TARGETS = (target.name, output_target.name)
PLACE = "설정 화면 / Set-up page"  # the source of what was typed there
UNSAID = "설정"  # until the author of the change stands in its place
LONGEST, MOST = 500, 2000  # characters of a cell, rows of one change


class Refused(Exception):
    """A change that cannot stand.

    Attributes:
        reason: blank (no author or reason), personal (the reason tells who somebody is), too_long, too_many, changed (somebody changed the table meanwhile), not_read (a row
            reads as a total or an example), programme (it cannot be taken away, only given a status), owner (it answers for a
            programme), demo (the demonstration city is not set up by hand). detail: which one.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason} {detail}".strip())
        self.reason = reason
        self.detail = detail


# --- What stands ----------------------------------------------------------------------------------------


def in_force(connection: Connection, *, table_name: str) -> pd.DataFrame:
    """Current rows of a table in the order of its key, with when, by whom, why and how (`kind` of batch) each came.

    Raises:
        ValueError: the table is not one that is set up.
    """
    table = _known(table_name)
    key = [table.c[name] for name in table.info["key"]]
    return read_frame(connection, _with_batch(table).where(table.c.superseded_by.is_(None)).order_by(*key))


def versions(connection: Connection, *, table_name: str) -> pd.DataFrame:
    """Every row that a table ever had, oldest first, as `in_force` has them.

    Raises:
        ValueError: the table is not one that is set up.
    """
    table = _known(table_name)
    return read_frame(connection, _with_batch(table).order_by(table.c.row_id))


def log(connection: Connection, *, table_name: str) -> pd.DataFrame:
    """The batches of a table, newest first: batch_id, kind, source_name, recorded_at, undone_by, by (author), why (reason).

    Raises:
        ValueError: the table is not one that is set up.
    """
    _known(table_name)
    b = batch.c
    names = (b.batch_id, b.kind, b.source_name, b.recorded_at, b.undone_by)
    chosen = select(*names, b.author.label("by"), b.reason.label("why"))
    return read_frame(connection, chosen.where(b.table_name == table_name).order_by(b.batch_id.desc()))


def _known(table_name: str) -> Table:
    if table_name not in TABLES:
        raise ValueError(f"table_name must be one of {', '.join(TABLES)}, not {table_name!r}")
    return OPERATIONAL[table_name]


def _with_batch(table: Table) -> Select[Any]:
    b = batch.c
    told = (b.recorded_at, b.kind.label("came"), b.author.label("by"), b.reason.label("why"))
    return select(table, *told).join_from(table, batch, b.batch_id == table.c.batch_id)


# --- Changes --------------------------------------------------------------------------------------------


def save(
    engine: Engine,
    table_name: str,
    rows: Sequence[Mapping[str, str]],
    *,
    withdrawn: Sequence[int] = (),
    author: str,
    reason: str,
    seen: int,
    recorded_at: datetime,
    who: str = audit.LOCAL,
) -> imports.ImportReport:
    """Put rows in force, and take others away, in one batch and one transaction; or nothing at all.

    Args:
        rows: column -> text as a file would have it, one per new or changed row. withdrawn: row ids that are to stand no longer.
        seen: the newest batch when the rows were read: what came since is not overwritten unseen.
        recorded_at: naive UTC. who: the account, for the audit trail; `author` is what was typed.

    Returns: a report whose `parsed.problems` say what of which row is refused; then nothing is stored.

    Raises:
        Refused: the change as a whole cannot stand. StoreProblem: the store cannot be written.
    """
    table = _known(table_name)
    if not author.strip() or not reason.strip():
        raise Refused("blank")
    if people.kind_in(reason) is not None:
        raise Refused("personal")
    texts = [_told(table_name, row) for row in rows]
    with writing(engine) as connection:
        _refuse_whole(connection, table_name, texts, withdrawn, seen)
        parsed = _read(connection, table_name, texts, recorded_at)
        for name, said in (("author", author.strip()), ("reason", reason.strip())):
            if name in table.c:  # a target's own are those of the change
                parsed.frame[name] = pd.Series(
                    [said] * len(parsed.frame), index=parsed.frame.index, dtype=object
                )
        report = imports.ImportReport(parsed)
        if parsed.problems:
            return report
        change = imports.compare(connection, table, parsed.frame, may_correct=True)
        report.unchanged = change.unchanged
        current = select(table.c.row_id).where(
            table.c.superseded_by.is_(None), table.c.row_id.in_(list(withdrawn))
        )
        gone = [int(i) for i in connection.execute(current).scalars() if i not in change.superseded]
        if not change.rows and not gone:
            report.already = True
            return report
        replaced = len(change.superseded)
        change.superseded += gone
        imports.write(
            connection,
            table,
            parsed.frame,
            change,
            report,
            recorded_at=recorded_at,
            note=None,
            author=author.strip(),
            reason=reason.strip(),
        )
        # On a page a row of the published plan that is changed is a change, as it looks.
        report.added, report.corrected = len(change.rows) - replaced, replaced
        audit.written(
            connection,
            "target" if table_name in TARGETS else "set_up",
            who,
            at=recorded_at,
            batch=report.batch_id,
            table=table_name,
            added=report.added,
            changed=replaced,
            gone=len(gone),
            author=author.strip(),
        )
    return report


def _told(table_name: str, row: Mapping[str, str]) -> dict[str, str]:
    """A row with what the page does not ask for: a target's author, why a rule was set, an event's number, its English title where it has none."""
    mine = OPERATIONAL[table_name].c
    must = [name for name in ("author", "reason") if name in mine and not mine[name].nullable]
    told = {**row, **dict.fromkeys(must, UNSAID)}
    if table_name == event.name:
        told["title_en"] = told.get("title_en") or told.get("title_ko", "")
        said = f"{told.get('happened_on')}{told.get('title_ko')}"
        told["event_id"] = told.get("event_id") or f"own-{hashlib.sha256(said.encode()).hexdigest()[:8]}"
    return told


def _refuse_whole(
    connection: Connection,
    table_name: str,
    texts: Sequence[Mapping[str, str]],
    withdrawn: Sequence[int],
    seen: int,
) -> None:
    if state(connection).get("city") == DEMO:
        raise Refused("demo")
    if len(texts) > MOST:
        raise Refused("too_many", f"{MOST:,}")
    if any(len(text) > LONGEST for row in texts for text in row.values()):
        raise Refused("too_long", f"{LONGEST}")
    newest = select(func.max(batch.c.batch_id)).where(batch.c.table_name == table_name)
    if (connection.execute(newest).scalar() or 0) > seen:
        raise Refused("changed")
    if withdrawn and table_name == programme_entry.name:
        raise Refused("programme")
    if withdrawn and table_name == owner_unit.name:
        o, p = owner_unit.c, programme_entry.c
        kept = {row.get("name_ko") for row in texts}
        used = (
            select(p.owner_unit)
            .join_from(programme_entry, owner_unit, o.name_ko == p.owner_unit)
            .where(
                p.superseded_by.is_(None), o.superseded_by.is_(None), or_(*(o.row_id == i for i in withdrawn))
            )
        )
        busy = sorted(set(connection.execute(used).scalars()) - kept)
        if busy:
            raise Refused("owner", ", ".join(busy))


def _read(
    connection: Connection, table_name: str, texts: Sequence[Mapping[str, str]], recorded_at: datetime
) -> imports.Parsed:
    """The rows as a file of their own would be read; without any, an empty frame of the table."""
    columns = [column.name for column in templates()[table_name].columns]
    out = io.StringIO()
    csv.writer(out).writerows([columns, *([row.get(name, "") for name in columns] for row in texts)])
    # The moment is part of what identifies it: a value that was set before may be set again.
    sha = hashlib.sha256(f"{recorded_at.isoformat()}{out.getvalue()}".encode()).hexdigest()
    if not texts:
        return imports.Parsed(PLACE, sha, table_name, frame=pd.DataFrame(columns=columns, dtype=object))
    lookups = imports.read_lookups(connection, now=recorded_at)
    parsed = imports.preview(
        "setup.csv", out.getvalue().encode(), template=table_name, money="원", lookups=lookups
    )
    parsed.file_name, parsed.sha256 = PLACE, sha
    if not parsed.problems and len(parsed.frame) + parsed.excluded.get("duplicate", 0) != len(texts):
        raise Refused("not_read")
    return parsed
