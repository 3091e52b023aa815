"""Where each row of a file stands: its sheet and its spreadsheet row."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

Place = tuple[str, int]


class Places(Sequence[Place]):
    """(sheet, spreadsheet row) of rows, in order. A million of them take twelve megabytes, and as many pairs a hundred."""

    def __init__(self, sheets: Iterable[str] = (), rows: Iterable[int] = ()) -> None:
        self.sheets, self.rows = list(sheets), array("i", rows)
        if len(self.sheets) != len(self.rows):
            raise ValueError(f"{len(self.sheets)} sheets for {len(self.rows)} rows")

    def extend(self, sheet: str, rows: Sequence[int]) -> None:
        """More rows of one sheet."""
        self.sheets += [sheet] * len(rows)
        self.rows.extend(rows)

    def take(self, kept: Sequence[int]) -> Places:
        """Those at some positions."""
        return Places(map(self.sheets.__getitem__, kept), map(self.rows.__getitem__, kept))

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, at: int) -> Place: ...
    @overload
    def __getitem__(self, at: slice) -> Places: ...
    def __getitem__(self, at: int | slice) -> Place | Places:
        if isinstance(at, slice):
            return Places(self.sheets[at], self.rows[at])
        return self.sheets[at], self.rows[at]

    def __iter__(self) -> Iterator[Place]:
        return zip(self.sheets, self.rows, strict=True)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Places) and (self.sheets, self.rows) == (other.sheets, other.rows)

    __hash__ = None  # type: ignore[assignment]  # it grows
