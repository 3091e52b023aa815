"""What became of an answer's figures since a release: whether what was published still stands beside the same answer as it is now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from answers.answer import Answer, Cards, Cell, Column, Table

# Where a figure stands: the table or the cards, the row by its words, the column.
Place = tuple[str, ...]


@dataclass(frozen=True)
class Since:
    """How many figures an answer has in its tables and cards; how many of them read otherwise now, or are not there any more.

    Attributes:
        later: whether the newer answer speaks for a later day: then a figure may differ for a new month as well as for a correction.
    """

    figures: int
    changed: int
    later: bool


def compared(then: Answer, now: Answer) -> Since:
    """Compare an answer as published with the answer to the same question as it is now, figure for figure as printed."""
    before, after = dict(_figures(then)), dict(_figures(now))
    changed = sum(after.get(place) != text for place, text in before.items())
    return Since(len(before), changed, now.as_of > then.as_of)


def _figures(found: Answer) -> Iterator[tuple[Place, str]]:
    seen = Counter[Place]()
    for table in found.tables():
        yield from _of_table(table, seen)
    for block in found.every():
        if isinstance(block, Cards):
            yield from ((_once(("", card.title), seen), card.figure) for card in block.cards if card.figure)


def _of_table(table: Table, seen: Counter[Place]) -> Iterator[tuple[Place, str]]:
    heads = tuple(column.label for column in table.columns)
    for row in table.rows:
        if len(row) < len(heads):
            continue
        told = [_figure(column, cell) for column, cell in zip(table.columns, row, strict=True)]
        # A row is known by what stands before its first figure: what stands behind may be a verdict of it.
        first = next((n for n, text in enumerate(told) if text is not None), len(told))
        place = _once((table.name or " ".join(heads), *(_text(cell) for cell in row[:first])), seen)
        yield from (((*place, head), text) for head, text in zip(heads, told, strict=True) if text)


def _figure(column: Column, cell: str | Cell) -> str | None:
    """A cell's figure as printed, with its series where it has one; None where it holds words."""
    typed = isinstance(cell, Cell) and (cell.spark or isinstance(cell.value, (int, float)))
    if not (column.number or typed):
        return None
    return f"{_text(cell)} {cell.spark}" if isinstance(cell, Cell) and cell.spark else _text(cell)


def _once(place: Place, seen: Counter[Place]) -> Place:
    """A place that stands several times, with its number."""
    seen[place] += 1
    return (*place, str(seen[place]))


def _text(cell: str | Cell) -> str:
    return cell.text if isinstance(cell, Cell) else str(cell)
