"""Whose books a file of money is: its own column or caption says, else who sends it; a budget of a district is never guessed at."""

from __future__ import annotations

from collections.abc import Sequence

from data.imports.books import OPENING
from data.imports.layout import Body
from data.imports.problems import Problem
from data.imports.reasons import Reason
from data.imports.report import Parsed
from data.tables import OPERATIONAL

COLUMN = "managing_body"


def unsaid(bodies: Sequence[Body]) -> bool:
    """Whether a file of money leaves open whose books it is, in some of its tables."""
    table = OPERATIONAL[bodies[0].template.table_name]
    return COLUMN in table.c and any(COLUMN not in body.columns for body in bodies)


def unclear(parsed: Parsed) -> list[Problem]:
    """Budgets of a district in a file that does not say whose books it is: they might be the district's own."""
    frame = parsed.frame
    if frame.empty:
        return []
    rows = frame[frame["kind"].isin(OPENING) & frame["district_code"].notna()]
    if rows.empty:
        return []
    sheet, row = parsed.places[int(rows.index[0])]
    won = int(rows["amount_krw"].iloc[0])
    return [
        Problem(
            parsed.file_name, sheet, row, parsed.headers.get("kind", ""), None, Reason.WHOSE_BOOKS, f"{won:,}원", None,
            f"KRW {won:,}",
        )
    ]  # fmt: skip
