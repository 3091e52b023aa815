"""Blocks of an answer as a sheet's template takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from answers.answer import Card, Cell, Column, Figure, Item, Legend, Table
from charts.words import bare
from reports.pick import Desk
from reports.svg import svg
from reports.svg.sheet import Sheet

PT = 0.6  # of a px on paper: type of 12 px is set in 7.2 points
WIDE = 516.0  # pt between the margins
GUTTER = 17.0
PALETTE = "print"
# Colours that a legend names as the screen's style sheet does.
OF_SCREEN = {
    "var(--accent)": "@accent",
    "var(--soft)": "@past",
    "var(--band)": "@band",
    "var(--line)": "@line",
}
Part = dict[str, Any]


def head(text: str, note: str = "") -> Part:
    """A section's heading, with a quiet remark beside it."""
    return {"t": "h", "text": text, "note": note}


def small_head(text: str) -> Part:
    """A heading within a section."""
    return {"t": "h3", "text": text}


def say(text: str, size: str = "body") -> Part:
    """A sentence: lead, body, strong, small or tiny."""
    return {"t": "p", "text": bare(text), "size": size}


def title(text: str) -> Part:
    """The head of a part of several pages."""
    return {"t": "title", "text": text}


def contents(found: Sequence[tuple[str, int]]) -> Part:
    """Parts with the pages on which they begin."""
    return {"t": "contents", "items": [[name, str(page)] for name, page in found]}


def gap() -> Part:
    """Room between two sections of one cell."""
    return {"t": "gap"}


def span(wide: int, *parts: Part | None) -> dict[str, Any]:
    """A cell on so many of twelve columns."""
    return {"span": wide, "blocks": [p for p in parts if p]}


def room(wide: int, cells: int) -> float:
    """How wide a cell of so many columns is, pt, in a row of so many cells."""
    return (WIDE - GUTTER * (cells - 1)) * wide / 12


def table(
    found: Table,
    *,
    keep: Sequence[str] = (),
    size: float = 7.4,
    air: float = 2.3,
    rows: int = 0,
    wide: Sequence[float] = (),
) -> Part:
    """A table: of the columns with these labels (all where none is named), the first rows.

    Args:
        wide: how the room is shared by the columns; 0 for as wide as needed. The first takes what is left where not said.
    """
    places = [n for n, c in enumerate(found.columns) if not keep or c.label in keep]
    shares = list(wide) or [1.0, *[0.0] * (len(places) - 1)]
    chosen = [(n, found.columns[n]) for n in places]
    return {
        "t": "table",
        "size": size,
        "air": air,
        "columns": [_column(c, share) for (_, c), share in zip(chosen, shares, strict=True)],
        "rows": [_row(r, places, len(found.columns)) for r in (found.rows[:rows] if rows else found.rows)],
    }


def _column(column: Column, share: float) -> Part:
    label = f"{column.label} ({column.unit})" if column.unit else column.label
    return {"label": label, "right": column.number, "wide": share}


def _row(row: Sequence[Any], places: Sequence[int], count: int) -> Part:
    if len(row) == 1 < count:
        return {"group": True, "cells": [cell(row[0])]}
    return {"group": False, "cells": [cell(row[n]) for n in places]}


def cell(value: Any) -> Part:
    """A cell's text with what stands quieter behind it."""
    if not isinstance(value, Cell):
        return {"text": bare(str(value)), "more": "", "tone": "", "strong": False}
    under = " · ".join(line.text for line in value.under)
    more = " · ".join(part for part in (value.more, under) if part)
    return {
        "text": bare(value.text),
        "more": bare(more),
        "tone": value.tone,
        "strong": value.strong or bool(value.tone),
    }


def picture(
    desk: Desk,
    found: Figure | None,
    *,
    points: float,
    height: float = 0,
    names: float | None = None,
    part: float = 100,
) -> Part | None:
    """A figure, drawn for so many points of width; height in points, its own where 0."""
    if found is None:
        return None
    drawn = svg(
        found.spec,
        alt=found.alt,
        palette=PALETTE,
        width=points * part / 100 / PT,
        height=height / PT if height else None,
        layers=desk.layers,
        names=names,
    )
    return {"t": "fig", "svg": drawn, "alt": bare(found.alt), "width": part}


def legend(found: Legend | None) -> Part | None:
    """What colours mean."""
    if found is None:
        return None
    keys = [{"colour": paint(k.colour), "text": bare(k.text)} for k in found.keys]
    return {"t": "legend", "keys": [k for k in keys if k["text"]]}


def paint(role: str) -> str:
    """A role as an opaque colour on white paper; '' where there is none."""
    role = OF_SCREEN.get(role, role)
    if not role.startswith("@"):
        return ""
    colour, opacity = Sheet(PALETTE).paint(role)
    mixed = (round(255 - opacity * (255 - int(colour[i : i + 2], 16))) for i in (1, 3, 5))
    return "#{:02X}{:02X}{:02X}".format(*mixed)


def cards(found: Sequence[Card], *, when: bool = True) -> Part:
    """Large figures side by side; `when` says beside their names how old they are."""
    return {
        "t": "cards",
        "cards": [
            {
                "title": c.title,
                "figure": c.figure,
                "when": c.age if when else "",
                "say": " · ".join(p for p in (c.say, c.detail) if p),
                "state": c.state,
                "tone": tone(c.tone),
            }
            for c in found
        ],
    }


def tone(said: str) -> str:
    """A tone that the template knows."""
    return said if said in ("better", "worse", "steady") else ""


def items(found: Sequence[Item], *, wide: float = 22, air: float = 1.6) -> Part:
    """What needs a decision, each with its kind and whose it is."""
    return {
        "t": "list",
        "air": air,
        "items": [
            {"kind": i.kind, "tone": tone(i.tone), "text": bare(i.text), "meta": i.meta, "wide": wide}
            for i in found
        ],
    }


def terms(found: Sequence[tuple[str, str]]) -> Part:
    """Definitions in running small print."""
    return {"t": "defs", "items": [[a, bare(b)] for a, b in found]}
