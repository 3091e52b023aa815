"""Books must balance: what a batch of ledger entries breaks, and the rows of the file that break it.

Only recorded rows are looked at, and a programme-year only once its opening (appropriation or carry-in) is recorded:
before that there is nothing for its payments to be balanced with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import Connection, and_, case, func, select

from data.imports.problems import Problem, redact
from data.imports.reasons import Reason
from data.imports.report import Parsed
from data.tables import ledger_entry, ledger_monthly

CARRY = ("approved", "accident", "continuing")
# The same signs as metrics.budget.SPENDABLE and its expenditure; a test holds the two together.
OPENING = (
    "appropriation_original",
    "appropriation_supplementary",
    "reserve",
    *(f"carry_in_{kind}" for kind in CARRY),
)
SIGNS = {
    **dict.fromkeys(OPENING, 1), "transfer_in": 1, "transfer_out": -1, "expenditure": -1, "refund": 1,
    **{f"carry_out_{kind}": -1 for kind in CARRY},
}  # fmt: skip
SHOWN_ENTRIES = 20


class Imbalance(NamedTuple):
    """An identity that no longer holds: reason, won, and which entries concern it."""

    reason: Reason
    won: int
    kinds: tuple[str, ...]
    years: tuple[int, ...]
    programme: str | None
    document: str | None


def problems(connection: Connection, parsed: Parsed, *, batch_id: int) -> list[Problem]:
    """The rows of the file that break the books, as they now stand inside the caller's transaction."""
    found: list[Problem] = []
    for broken in [*_programme_years(connection, parsed.frame), *_transfers(connection, batch_id)]:
        found += _entries(parsed, broken)
    return found


def _programme_years(connection: Connection, frame: pd.DataFrame) -> Iterator[Imbalance]:
    c = ledger_monthly.c
    programmes = sorted(set(frame["programme_id"]))
    years = {int(year) for year in frame["fiscal_year"]}
    statement = (
        select(c.programme_id, c.fiscal_year, c.kind, func.sum(c.amount_krw))
        .where(c.synthetic.is_(False), c.programme_id.in_(programmes))
        .where(c.fiscal_year.in_(sorted(years | {y - 1 for y in years} | {y + 1 for y in years})))
        .group_by(c.programme_id, c.fiscal_year, c.kind)
    )
    sums: dict[tuple[str, int], dict[str, int]] = {}
    for programme, year, kind, won in connection.execute(statement):
        sums.setdefault((programme, year), {})[kind] = int(won)
    opened = {key for key, kinds in sums.items() if set(kinds) & set(OPENING)}
    for programme, year in sorted(opened):
        kinds = sums[programme, year]
        left = sum(sign * kinds.get(kind, 0) for kind, sign in SIGNS.items())
        if left < 0 and year in years:
            out = (
                "expenditure",
                *(f"carry_out_{kind}" for kind in CARRY),
                "transfer_out",
                "appropriation_supplementary",
            )
            yield Imbalance(Reason.OVERDRAWN, left, out, (year,), programme, None)
        if (programme, year - 1) not in opened or not {year, year - 1} & years:
            continue
        for kind in CARRY:
            pair = (f"carry_in_{kind}", f"carry_out_{kind}")
            differ = kinds.get(pair[0], 0) - sums[programme, year - 1].get(pair[1], 0)
            if differ:
                yield Imbalance(Reason.CARRY_OVER, differ, pair, (year - 1, year), programme, None)


def _transfers(connection: Connection, batch_id: int) -> Iterator[Imbalance]:
    """Documents of the batch whose two sides differ, over all current rows of the document."""
    c = ledger_entry.c
    kinds = ("transfer_in", "transfer_out")
    mine = select(c.document_no).where(c.batch_id == batch_id, c.kind.in_(kinds))
    signed = func.sum(case((c.kind == "transfer_in", c.amount_krw), else_=-c.amount_krw))
    number = func.coalesce(c.document_no, "")
    statement = (
        select(number, c.fiscal_year, signed)
        .where(c.superseded_by.is_(None), c.kind.in_(kinds))
        .where(number.in_(select(func.coalesce(mine.subquery().c.document_no, ""))))
        .group_by(number, c.fiscal_year)
        .having(and_(signed != 0))
    )
    for document, year, won in connection.execute(statement):
        yield Imbalance(Reason.TRANSFER_SIDES, int(won), kinds, (int(year),), None, str(document))


def _entries(parsed: Parsed, broken: Imbalance) -> Iterator[Problem]:
    """The file's entries that an imbalance concerns, largest first."""
    frame = parsed.frame
    mine = frame["kind"].isin(broken.kinds) & frame["fiscal_year"].isin(broken.years)
    if broken.programme is not None:
        mine &= frame["programme_id"] == broken.programme
    if broken.document is not None:
        mine &= frame["document_no"].fillna("") == broken.document
    rows = frame[mine]
    size = rows["amount_krw"].map(abs).astype("int64").sort_values(ascending=False, kind="stable")
    said = " ".join(
        str(part) for part in (broken.years[-1], broken.programme or broken.document or "") if part
    )
    detail = f"{said}, {broken.won:,}"
    header = parsed.headers.get("amount_krw", "")
    for place in size.index[:SHOWN_ENTRIES]:
        sheet, row = parsed.places[int(place)]
        shown = f"{frame.at[place, 'entry_id']} {frame.at[place, 'amount_krw']:,}"
        yield Problem(parsed.file_name, sheet, row, header, redact(shown), broken.reason, detail)
    if rows.empty:
        yield Problem(parsed.file_name, "", None, header, None, broken.reason, detail)


def rewritten(parsed: Parsed, positions: Sequence[int]) -> list[Problem]:
    """Rows of a baseline file that would change a recorded version: versions are only ever appended."""
    frame = parsed.frame
    header = parsed.headers.get("planned_krw", "")
    found: list[Problem] = []
    for place in positions:
        sheet, row = parsed.places[place]
        key: Any = frame.iloc[place]
        detail = f"{key['programme_id']} {key['fiscal_year']}, {key['version']}"
        found.append(
            Problem(
                parsed.file_name, sheet, row, header, f"{key['planned_krw']:,}", Reason.VERSION_KEPT, detail
            )
        )
    return found
