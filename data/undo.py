"""Taking imports back, the newest first: its rows are superseded, those that it superseded stand again, facts follow.

Nothing is deleted: the import stays in the log with the batch that undid it, and its file can be loaded again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select, update

from data import audit, batches, facts, logs, programmes
from data.dialect import roomy
from data.engine import writing
from data.tables import OPERATIONAL, batch

# What was done, and why nothing was: Korean, English.
SENTENCES = {
    "done": (
        "{n}번 반입({file})을 되돌렸습니다. {withdrawn}행을 거두고, 그 전에 있던 {restored}행을 되살렸습니다.",
        "Import {n} ({file}) was undone: {withdrawn} rows withdrawn, {restored} rows from before it restored.",
    ),
    "none": ("되돌릴 반입이 없습니다.", "There is no import to undo."),
    "unknown": (
        "{n}번 반입은 없습니다. 반입 이력에서 번호를 확인하세요.",
        "There is no import {n}. Look its number up in the history of imports.",
    ),
    "undone": ("{n}번 반입은 이미 되돌렸습니다.", "Import {n} has been undone already."),
    "later": (
        "{n}번 뒤에 들어온 반입부터 되돌려야 합니다: {later}. 가장 최근 것부터 하나씩 되돌리세요.",
        "Imports after {n} have to be undone before it: {later}. Undo them one by one, the newest first.",
    ),
}


class NotUndoable(Exception):
    """There is nothing to undo, or later imports come first.

    Attributes:
        reason: 'none' (no standing import), 'unknown' (no import of this number), 'undone' (it was undone before) or
            'later' (imports after it stand). A lake is no import: its months are rolled up again from the lake. wanted: the number that was asked for. later: those of the later imports, the
            newest first.
    """

    def __init__(self, reason: str, wanted: int | None = None, later: tuple[int, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wanted = wanted
        self.later = later

    def line(self, lang: str) -> str:
        """It in a sentence of a language."""
        said = SENTENCES[self.reason][lang == "en"]
        return said.format(n=self.wanted, later=", ".join(map(str, self.later)))


@dataclass(frozen=True)
class Undone:
    """What an undo did.

    Attributes:
        batch_id: the undo's own. of: the import. withdrawn: rows that no longer stand; restored: rows that stand again.
        facts: fact name -> periods rolled up anew, of spells and threads rows.
    """

    batch_id: int
    of: int
    table_name: str
    source_name: str
    withdrawn: int
    restored: int
    facts: dict[str, int]

    def line(self, lang: str) -> str:
        """It in a sentence of a language."""
        said = SENTENCES["done"][lang == "en"]
        return said.format(
            n=self.of, file=self.source_name, withdrawn=f"{self.withdrawn:,}", restored=f"{self.restored:,}"
        )


def standing(connection: Connection) -> list[Any]:
    """The imports that can be undone, the newest first: rows with batch_id, table_name, source_name, rows_accepted, recorded_at."""
    c = batch.c
    chosen = select(c.batch_id, c.table_name, c.source_name, c.rows_accepted, c.recorded_at)
    return list(
        connection.execute(
            chosen.where(c.kind == "import", c.undone_by.is_(None), c.table_name.in_(OPERATIONAL)).order_by(
                c.batch_id.desc()
            )
        )
    )


def undo(
    engine: Engine, batch_id: int | None = None, *, recorded_at: datetime, who: str = audit.LOCAL
) -> Undone:
    """Take the newest import back, in one transaction.

    Args:
        batch_id: the import that is meant; the newest where left out. recorded_at: naive UTC instant of the undo.
        who: for the audit trail.

    Raises:
        NotUndoable: there is none, or another import is the newest.
        StoreProblem: the store cannot be written. Whatever is raised, nothing has changed.
    """
    with writing(engine) as connection:
        facts.alone(connection)  # an import that is under way may be the newest when it has ended
        roomy(connection)
        done = _take_back(connection, _newest(connection, batch_id), recorded_at)
        audit.written(
            connection,
            "undo",
            who,
            at=recorded_at,
            batch=done.batch_id,
            of=done.of,
            table=done.table_name,
            withdrawn=done.withdrawn,
            restored=done.restored,
        )
    logs.note(
        "undo",
        batch=done.batch_id,
        of=done.of,
        table=done.table_name,
        withdrawn=done.withdrawn,
        restored=done.restored,
    )
    return done


def _newest(connection: Connection, wanted: int | None) -> Any:
    found = standing(connection)
    if wanted is None:
        if not found:
            raise NotUndoable("none")
        return found[0]
    known = {row.batch_id: row for row in found}
    if wanted not in known:
        undone = connection.execute(select(batch.c.undone_by).where(batch.c.batch_id == wanted)).scalar()
        raise NotUndoable("unknown" if undone is None else "undone", wanted)
    later = tuple(number for number in known if number > wanted)
    if later:
        raise NotUndoable("later", wanted, later)
    return known[wanted]


def _take_back(connection: Connection, one: Any, recorded_at: datetime) -> Undone:
    table = OPERATIONAL[one.table_name]
    # What follows must be asked while the import's marks still stand on its rows and on those it superseded.
    found = facts.follows(connection, table.name, batch_id=one.batch_id)
    sha = select(batch.c.content_sha256).where(batch.c.batch_id == one.batch_id)
    number = batches.open_batch(
        connection,
        kind="undo",
        table_name=table.name,
        source_name=one.source_name,
        content_sha256=str(connection.execute(sha).scalar()),
        recorded_at=recorded_at,
        note=f"undo of {one.batch_id}",
    )
    c = table.c
    # First withdrawn, then restored: a natural key never has two current rows.
    withdrawn = connection.execute(
        update(table)
        .where(c.batch_id == one.batch_id, c.superseded_by.is_(None))
        .values(superseded_by=number)
    ).rowcount
    restored = connection.execute(
        update(table).where(c.superseded_by == one.batch_id).values(superseded_by=None)
    ).rowcount
    connection.execute(update(batch).where(batch.c.batch_id == one.batch_id).values(undone_by=number))
    batches.close_batch(connection, number, accepted=0, refused=0)
    # What a person's earliest or latest row decides may fall into periods that only the restored rows tell of.
    more = facts.touched(connection, table.name, batch_id=number)
    periods = {fact: sorted({*some, *more[fact]}) for fact, some in found.periods.items()}
    moved = facts.settle(connection)
    done = facts.reroll(connection, table.name, replace(found, periods=periods), moved=moved, taken_back=True)
    programmes.restate(connection, table.name)
    return Undone(number, one.batch_id, table.name, one.source_name, int(withdrawn), int(restored), done)
