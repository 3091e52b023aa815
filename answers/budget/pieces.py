"""What the screen puts life into: tables whose rows open something, buttons, a pager. Each says itself in blocks, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


def rows(made: Rows) -> Piece:
    """A table with rows to open."""
    return Piece("budget.rows", made, (made.table,))


def opening(key: str, block: Block) -> Piece:
    """A block whose items open nodes of the ledger."""
    return Piece("budget.opening", (key, block), (block,))
