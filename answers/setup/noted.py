"""What is set up of a programme, as other pages say it on a day: its people, and what a unit of its output costs."""

from __future__ import annotations

from typing import Any

from answers.answer import Note
from answers.kept import kept
from answers.reader import Reader
from answers.setup.kinds import fields
from answers.setup.setup import in_force
from locales import numbers, t


@kept
def holding(read: Reader, table: str, programme: str) -> list[dict[str, Any]]:
    """Rows of a table with a period (`staffing`, `unit_cost`) that hold for a programme on the reader's day."""
    return [
        row
        for row in in_force(read, table)
        if row["programme_id"] == programme
        and row["valid_from"] <= read.as_of
        and (row["valid_to"] is None or row["valid_to"] >= read.as_of)
    ]


def staffing(read: Reader, programme: str, lang: str) -> tuple[Note, ...]:
    """The people of a programme by role, posts planned and filled; nothing where none are set up."""
    said = [
        t("setup.staff_filled", lang, role=row["role"], planned=_posts(row["planned_fte"]), filled=_posts(row["filled_fte"]))
        if row["filled_fte"] is not None
        else t("setup.staff_planned", lang, role=row["role"], planned=_posts(row["planned_fte"]))
        for row in holding(read, "staffing", programme)
    ]  # fmt: skip
    return (Note(t("setup.staff_note", lang, said=", ".join(said))),) if said else ()


def costs(read: Reader, programme: str, lang: str) -> tuple[Note, ...]:
    """What a unit of each output of a programme costs, with its basis; nothing where none is set up."""
    rows = holding(read, "unit_cost", programme)
    outputs = {field.name: field for field in fields(read, "unit_cost", lang)}["output"] if rows else None
    said = [
        t("setup.cost_of", lang, output=outputs.say(row["output"]), won=numbers.won(row["unit_krw"], lang), source=row["source"])
        for row in rows
        if outputs is not None
    ]  # fmt: skip
    return (Note(t("setup.cost_note", lang, said=", ".join(said))),) if said else ()


def _posts(value: float) -> str:
    return numbers.number(value, 0 if float(value).is_integer() else 1)
