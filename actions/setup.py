"""Changing what is set up: rows of an editor as rows of a file, with author and reason; nothing is overwritten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from actions.changing import changing
from answers.reader import Reader
from answers.setup.kinds import Field, fields
from answers.setup.setup import in_force
from data import setup
from data.imports.templates import templates
from data.setup import Refused
from data.tables import OPERATIONAL

__all__ = ["Refused", "Rows", "Saved", "rows", "save"]
AUTHOR_LENGTH, REASON_LENGTH = 40, 200


@dataclass(frozen=True)
class Rows:
    """What an editor shows of a table.

    Attributes:
        fields: its columns. shown: a dictionary per row, column -> text, number or date. ids: the row ids in the same order.
    """

    fields: Sequence[Field]
    shown: Sequence[dict[str, Any]]
    ids: Sequence[int]


@dataclass(frozen=True)
class Saved:
    """What came of a change: how many rows are new, changed, gone; or the lines that say what is refused."""

    added: int = 0
    changed: int = 0
    gone: int = 0
    same: bool = False
    problems: tuple[str, ...] = ()


def rows(read: Reader, table: str, lang: str) -> Rows:
    """The rows in force as an editor shows them."""
    asked, found = fields(read, table, lang), in_force(read, table)
    shown = [{field.name: _editable(field, row[field.name]) for field in asked} for row in found]
    return Rows(asked, shown, [int(row["row_id"]) for row in found])


def _editable(field: Field, value: Any) -> Any:
    """A value as a cell holds it: dates and numbers as such, everything else as it is shown."""
    if value is None or field.kind in ("number", "whole", "date"):
        return value
    return field.say(value) or None


def save(
    read: Reader,
    table: str,
    before: Rows,
    *,
    edited: Mapping[int, Mapping[str, Any]],
    added: Sequence[Mapping[str, Any]],
    deleted: Sequence[int],
    author: str,
    reason: str,
    lang: str,
    at: datetime,
    seen: int,
) -> Saved:
    """Put a change of an editor in force; every answer of this process sees it.

    Args:
        edited: place of a row -> column -> its new value; added: new rows; deleted: places of rows to take away.
        seen: the state of the data that the rows were read from.

    Raises:
        Refused: the change cannot stand as a whole. StoreProblem: the store cannot be written.
    """
    changed = {place: {**before.shown[place], **now} for place, now in edited.items() if place not in deleted}
    fresh = [row for row in added if any(_text(value) for value in row.values())]
    key = OPERATIONAL[table].info["key"]
    moved = [
        place for place, row in changed.items() if any(row.get(k) != before.shown[place].get(k) for k in key)
    ]
    with changing(read.store) as engine:
        report = setup.save(
            engine,
            table,
            [{name: _text(value) for name, value in row.items()} for row in (*changed.values(), *fresh)],
            withdrawn=[before.ids[place] for place in (*deleted, *moved)],
            author=author,
            reason=reason,
            seen=seen,
            recorded_at=at,
        )
    if report.parsed.problems:
        said = [(p.row, p.column, p.said(lang)) for p in report.parsed.problems]
        every = [*changed.values(), *fresh]
        return Saved(problems=tuple(_line(every, table, lang, *one) for one in said))
    return Saved(
        added=report.added - len(moved) if report.added >= len(moved) else report.added,
        changed=report.corrected + len(moved),
        gone=len(deleted),
        same=report.already,
    )


def _line(
    rows: Sequence[Mapping[str, Any]], table: str, lang: str, row: int | None, column: str, said: str
) -> str:
    """What is refused: the row by its first filled cell, the column by its label, then why and what to do."""
    template = templates()[table]
    label = template.label(column, lang) if column in template.vocabulary.values() else ""
    mine = rows[row - 2] if row is not None and 0 <= row - 2 < len(rows) else {}
    name = next((text for value in mine.values() if (text := _text(value))), "")
    return " · ".join(part for part in (name, label) if part) + f":{said}"


def _text(value: Any) -> str:
    """A cell's value as a file has it."""
    if value is None or value != value:  # NaN is not itself
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:g}"
    return str(value).strip()
