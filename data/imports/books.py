"""Books must balance: what a batch of ledger entries breaks, and the rows of the file that break it.

A programme-year is looked at only once its opening (appropriation or carry-in) is recorded: before that there is
nothing for its payments to be balanced with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import Connection, and_, case, func, select, update

from data.codes import CODES
from data.imports.problems import Problem, redact
from data.imports.reasons import Reason
from data.imports.report import Parsed
from data.tables import baseline, batch, ledger_entry, ledger_monthly, programme

CARRY = ("approved", "accident", "continuing")
TRANSFERS = ("transfer_in", "transfer_out")
# The same signs as metrics.budget.SPENDABLE and its expenditure; a test holds the two together.
OPENING = (
    "appropriation_original",
    "appropriation_supplementary",
    "reserve",
    *(f"carry_in_{kind}" for kind in CARRY),
    "current_budget",
)
CARRIED_OUT = tuple(f"carry_out_{kind}" for kind in CARRY)
SIGNS = {
    **dict.fromkeys(OPENING, 1),
    "transfer_in": 1,
    "transfer_out": -1,
    "expenditure": -1,
    "refund": 1,
    **dict.fromkeys(CARRIED_OUT, -1),
}
SHOWN_ENTRIES = 20
# By language: year and programme or document, and won.
DETAIL = ("{year}년 {what}, {won:,}", "{what} {year}, {won:,}")


class Imbalance(NamedTuple):
    """An identity that does not hold: reason, won, and which entries concern it."""

    reason: Reason
    won: int
    kinds: tuple[str, ...]
    years: tuple[int, ...]
    programme: str | None
    document: str | None


@dataclass(frozen=True)
class Verdict:
    """What a batch does to the books.

    Attributes:
        broken: the entries that break them.
        unchecked: carry-ins that nothing on record can be held against.
        balanced: how many of its programme-years balance to the won, none of their carry-ins unchecked.
        unopened: (Korean, English) of its programme-years without a recorded opening: nothing to balance with.
    """

    broken: list[Problem]
    unchecked: list[Problem]
    balanced: int
    unopened: list[tuple[str, str]]


def verdict(connection: Connection, parsed: Parsed, *, batch_id: int) -> Verdict:
    """The rows of the file that break the books, as they now stand inside the caller's transaction."""
    names = programme_names(connection)
    # The city's books alone: a district's opening is no part of them.
    own = parsed.frame[parsed.frame["managing_body"] == "city"]
    touched = set(own[["programme_id", "fiscal_year"]].drop_duplicates().itertuples(index=False, name=None))
    sums = _sums(connection, touched)
    opened = {key for key, kinds in sums.items() if set(kinds) & set(OPENING)}
    broken: list[Problem] = []
    unchecked: list[Problem] = []
    open_questions: set[tuple[str | None, int]] = set()
    moved = own["kind"].isin(TRANSFERS).any()
    for found in [*_programme_years(sums, opened, own), *(_transfers(connection, batch_id) if moved else ())]:
        if found.reason is Reason.CARRY_IN_UNCHECKED:
            unchecked += _entries(parsed, found, names)
            open_questions.add((found.programme, found.years[-1]))
        else:
            broken += _entries(parsed, found, names)
    unopened = [
        (f"{year}년 {names[key][0]}", f"{names[key][1]} {year}") for key, year in sorted(touched - opened)
    ]
    return Verdict(broken, unchecked, len((touched & opened) - open_questions), unopened)


def programme_names(connection: Connection) -> dict[str, tuple[str, str]]:
    """Korean and English name of every programme."""
    c = programme.c
    rows = connection.execute(select(c.programme_id, c.name_ko, c.name_en))
    return {row.programme_id: (row.name_ko, row.name_en) for row in rows}


def _programme_years(
    sums: dict[tuple[str, int], dict[str, int]], opened: set[tuple[str, int]], frame: pd.DataFrame
) -> Iterator[Imbalance]:
    years = {int(year) for year in frame["fiscal_year"].unique()}
    carried = frame[frame["kind"].isin([f"carry_{way}_{kind}" for way in ("in", "out") for kind in CARRY])]
    brought = set(carried[["programme_id", "fiscal_year", "kind"]].itertuples(index=False, name=None))
    for programme_id, year in sorted(opened):
        kinds, before = sums[programme_id, year], sums.get((programme_id, year - 1))
        if year in years:
            yield from _overspent(kinds, before or {}, programme_id, year)
        for kind in CARRY:
            pair = (f"carry_in_{kind}", f"carry_out_{kind}")
            here = (programme_id, year, pair[0]) in brought
            if before is None:
                if here:
                    yield Imbalance(
                        Reason.CARRY_IN_UNCHECKED, kinds[pair[0]], pair[:1], (year,), programme_id, None
                    )
                continue
            differ = kinds.get(pair[0], 0) - before.get(pair[1], 0)
            # Payments alone say nothing of what a year left; a carry-in of this file must still have come from there.
            spoken = set(before) & set(OPENING) or here or (programme_id, year - 1, pair[1]) in brought
            if differ and spoken and {year, year - 1} & years:
                yield Imbalance(Reason.CARRY_OVER, differ, pair, (year - 1, year), programme_id, None)


def _overspent(
    kinds: dict[str, int], before: dict[str, int], programme_id: str, year: int
) -> Iterator[Imbalance]:
    """More paid or carried over than could be spent; more spent by executing bodies than was paid to them."""
    left = sum(sign * kinds.get(kind, 0) for kind, sign in SIGNS.items())
    if left < 0:
        out = ("expenditure", *CARRIED_OUT, "transfer_out", "appropriation_supplementary")
        yield Imbalance(Reason.OVERDRAWN, left, out, (year,), programme_id, None)
    paid = _paid(kinds)
    # What bodies were paid late in the year before, they may spend in this one.
    kept = max(_paid(before) - before.get("final_expenditure", 0), 0)
    over = kinds.get("final_expenditure", 0) - paid - kept
    if paid and over > 0:
        yield Imbalance(Reason.FINAL_ABOVE_PAID, over, ("final_expenditure",), (year,), programme_id, None)


def _paid(kinds: dict[str, int]) -> int:
    """Won that left the city: payments, or what was disbursed where only that is recorded, less what came back."""
    return max(kinds.get("expenditure", 0), kinds.get("disbursement", 0)) - kinds.get("refund", 0)


def _sums(connection: Connection, touched: set[tuple[str, int]]) -> dict[tuple[str, int], dict[str, int]]:
    """Recorded won by programme, year and kind, of the years touched and those beside them."""
    programmes = sorted({key for key, _ in touched})
    years = {year + step for _, year in touched for step in (-1, 0, 1)}
    c = ledger_monthly.c
    statement = (
        select(c.programme_id, c.fiscal_year, c.kind, func.sum(c.amount_krw))
        .where(c.programme_id.in_(programmes), c.fiscal_year.in_(sorted(years)))
        .group_by(c.programme_id, c.fiscal_year, c.kind)
    )
    sums: dict[tuple[str, int], dict[str, int]] = {}
    for programme_id, year, kind, won in connection.execute(statement):
        sums.setdefault((programme_id, year), {})[kind] = int(won)
    return sums


def _transfers(connection: Connection, batch_id: int) -> Iterator[Imbalance]:
    """Documents of the batch whose two sides differ, over all current rows of the document."""
    c = ledger_entry.c
    mine = select(c.document_no).where(
        c.batch_id == batch_id, c.kind.in_(TRANSFERS), c.managing_body == "city"
    )
    signed = func.sum(case((c.kind == "transfer_in", c.amount_krw), else_=-c.amount_krw))
    number = func.coalesce(c.document_no, "")
    statement = (
        select(number, c.fiscal_year, signed)
        .where(c.superseded_by.is_(None), c.kind.in_(TRANSFERS), c.managing_body == "city")
        .where(number.in_(select(func.coalesce(mine.subquery().c.document_no, ""))))
        .group_by(number, c.fiscal_year)
        .having(and_(signed != 0))
    )
    for document, year, won in connection.execute(statement):
        yield Imbalance(Reason.TRANSFER_SIDES, int(won), TRANSFERS, (int(year),), None, str(document))


def _entries(parsed: Parsed, found: Imbalance, names: dict[str, tuple[str, str]]) -> Iterator[Problem]:
    """The file's entries that an imbalance concerns, largest first."""
    frame = parsed.frame
    mine = frame["kind"].isin(found.kinds) & frame["fiscal_year"].isin(found.years)
    if found.programme is not None:
        own = (frame["programme_id"] == found.programme) & frame["fiscal_year"].isin(found.years)
        mine &= own
        if found.reason is Reason.OVERDRAWN:
            # What adds to the budget is no cause; where nothing was spent here, a corrected budget is.
            mine &= ~frame["kind"].isin(OPENING) | (frame["amount_krw"] < 0)
            mine = mine if mine.any() else own
    if found.document is not None:
        mine &= frame["document_no"].fillna("") == found.document
    rows = frame[mine]
    size = rows["amount_krw"].map(abs).astype("int64").sort_values(ascending=False, kind="stable")
    what = names[found.programme] if found.programme is not None else _document(found.document)
    detail = [text.format(year=found.years[-1], what=what[i], won=found.won) for i, text in enumerate(DETAIL)]
    header = parsed.headers.get("amount_krw", "")
    for place in size.index[:SHOWN_ENTRIES]:
        sheet, row = parsed.places[int(place)]
        shown = _shown(frame.loc[place], names)
        yield Problem(
            parsed.file_name, sheet, row, header, shown[0], found.reason, detail[0], shown[1], detail[1]
        )
    if rows.empty:
        yield Problem(parsed.file_name, "", None, header, None, found.reason, detail[0], None, detail[1])


def _shown(entry: Any, names: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """An entry as a reader knows it: year, programme, stage, won and document, in Korean and English."""
    ko, en = names[entry["programme_id"]]
    stage, won = CODES["ledger_kind"][entry["kind"]], entry["amount_krw"]
    document = _document(entry["document_no"])
    year = entry["fiscal_year"]
    return (
        f"{year}년 {ko} {stage[0]} {won:,}원, {redact(document[0])}",
        f"{en} {year}, {stage[1].lower()} of KRW {won:,}, {redact(document[1])}",
    )


def _document(number: str | None) -> tuple[str, str]:
    return (f"문서 {number}", f"document {number}") if number else ("문서번호 없음", "no document number")


def give_way(connection: Connection, frame: pd.DataFrame, *, batch_id: int) -> None:
    """The illustrative split of a version gives way to the recorded version as a whole."""
    c, versions = baseline.c, sorted({int(version) for version in frame["version"]})
    split = select(batch.c.batch_id).where(batch.c.kind == "reference")
    shown = (c.superseded_by.is_(None), c.version.in_(versions), c.batch_id.in_(split))
    connection.execute(update(baseline).where(*shown).values(superseded_by=batch_id))


def rewritten(connection: Connection, parsed: Parsed, positions: Sequence[int]) -> list[Problem]:
    """Rows of a baseline file that would change a recorded version: versions are only ever appended."""
    names = programme_names(connection)
    frame = parsed.frame
    header = parsed.headers.get("planned_krw", "")
    found: list[Problem] = []
    for place in positions:
        sheet, row = parsed.places[place]
        key: Any = frame.iloc[place]
        ko, en = names[key["programme_id"]]
        year, version, shown = key["fiscal_year"], key["version"], f"{key['planned_krw']:,}"
        found.append(
            Problem(
                parsed.file_name,
                sheet,
                row,
                header,
                f"{shown}원",
                Reason.VERSION_KEPT,
                f"{year}년 {ko}, {version}",
                f"KRW {shown}",
                f"{en} {year}, version {version}",
            )
        )
    return found
