"""What the screen puts life into: tables whose rows open something, buttons, a pager. Each says itself in blocks, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from answers.answer import Block, Piece, Table


@dataclass(frozen=True, eq=False)
class Rows:
    """A table whose cells open something.

    Attributes:
        key: of the component. look: the style sheet's name for it. heads: the first cell of a row names it.
        under: the key of the row that unfolds each row, '' for rows that always stand; opened: keys unfolded to begin with.
        columns: a style's name for each column's cells.
        documents: what is opened are documents, not nodes. follows: the table is scrolled to when a click has opened it.
    """

    key: str
    table: Table
    look: str
    heads: bool = True
    under: Sequence[str] = ()
    opened: tuple[str, ...] = ()
    columns: Sequence[str] = ()
    documents: bool = False
    follows: bool = False

    def narrowed(self, columns: Sequence[int]) -> Rows:
        """The same rows with some of their columns, by place; the first, which names the row, always stands."""
        keep = (0, *columns)
        cut = [[row[at] for at in keep] for row in self.table.rows]
        return replace(
            self, table=replace(self.table, columns=[self.table.columns[at] for at in keep], rows=cut)
        )


def rows(made: Rows, columns: Sequence[int] = ()) -> Piece:
    """A table with rows to open; a screen shows `columns` of it by place, other faces the whole table."""
    return Piece("budget.rows", made.narrowed(columns) if columns else made, (made.table,))


def opening(key: str, block: Block) -> Piece:
    """A block whose items open nodes of the ledger."""
    return Piece("budget.opening", (key, block), (block,))
