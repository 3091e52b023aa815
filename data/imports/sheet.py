"""A sheet as it was read: rows of text, and what a person sees of it beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from data.imports.totals import Uneven


@dataclass
class Sheet:
    """A sheet's rows of text, row i being spreadsheet row i + 1.

    Attributes:
        merged: merged cells as (first row, first column, last row, last column), all from 0.
        counted: whether a row states how many cells it has (CSV), or only which are filled (spreadsheets).
        kind: what it was read from, where that matters for what is said of it: html, hwpx or nothing.
        hidden: whether the whole sheet is hidden.
        hidden_rows, hidden_columns: from 0; filtered: whether a filter hides rows.
        epoch_days: what to add to a day number to have it counted from 1900 (1,462 in the 1904 calendar).
        scaled: column -> (row, number format) of the first cell whose format shows thousands of its number.
        around: texts that stand beside the table and may name its unit.
        numbers: spreadsheet row of each row, where rows were turned; uneven: totals across rows that differ from their cells.
        remarks: what else a reader must be told of the file (keys of `telling.REMARKS`).
    """

    name: str
    rows: list[list[str]]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    counted: bool = True
    kind: str = ""
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    filtered: bool = False
    epoch_days: int = 0
    scaled: Mapping[int, tuple[int, str]] = field(default_factory=dict)
    around: list[str] = field(default_factory=list)
    remarks: tuple[str, ...] = ()
    numbers: Sequence[int] | None = None
    uneven: Sequence[Uneven] = ()
