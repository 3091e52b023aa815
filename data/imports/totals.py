"""Printed totals against the rows that they sum: a 소계 that does not add up is told, never loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from data.imports import amounts
from data.imports.marks import unmarked
from data.imports.refusal import Refused


class Uneven(NamedTuple):
    """A total whose printed number differs from its rows': spreadsheet row, header, both sums, whether in won."""

    row: int
    header: str
    printed: int
    summed: int
    money: bool = True


def uneven(
    cells: Sequence[str],
    totals: set[int],
    *,
    rows: Sequence[int],
    header: str,
    scale: int,
    money: bool = True,
) -> Iterator[Uneven]:
    """Totals of one column that sum no run of rows next to them.

    A total may stand below its rows or above them and may sum other totals' rows too, so it is sound if it equals any
    run of data rows that begins or ends at it and ends or begins at another total or at the table's edge.

    Args:
        cells: the column's texts, totals included; totals: positions of the totals; rows: spreadsheet rows.
        scale: won, or counted things, per written unit.
    """
    running = [Decimal(0)]
    for place, text in enumerate(cells):
        running.append(running[-1] + (Decimal(0) if place in totals else _won(text, scale) or Decimal(0)))
    edges = sorted({0, len(cells), *totals})
    for place in sorted(totals):
        stated = _won(cells[place], scale)
        if stated is None:
            continue
        runs = (running[max(edge, place)] - running[min(edge, place)] for edge in edges if edge != place)
        if stated not in runs:
            before = max((edge for edge in edges if edge < place), default=0)
            yield Uneven(rows[place], header, int(stated), int(running[place] - running[before]), money)


def printed(cells: Sequence[str], totals: set[int], *, scale: int) -> list[int]:
    """The won that a money column's totals state."""
    found = (_won(cells[place], scale) for place in sorted(totals))
    return [int(won) for won in found if won is not None]


def _won(text: str, scale: int) -> Decimal | None:
    """A cell's won; None where it has none or cannot be read (the row itself says so)."""
    if not text or amounts.is_nil(text):
        return None
    for written in dict.fromkeys((text, unmarked(text))):
        try:
            return amounts.parse_won(written, scale)
        except Refused:
            continue
    return None
