"""From a figure to the documents behind it: dated entries of a programme, and every entry of one document."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from answers.answer import Beside, Block, Cell, Column, Download, Heading, Lead, Note, Piece, Table
from answers.ask import Ask
from answers.budget import pieces, tree, won
from answers.budget.seen import Seen
from answers.reader import Reader
from data import ledger
from data.codes import label
from locales import numbers, t

PAGE = 25
MOST_IN_FILE = 50_000
COLUMNS = ("day", "kind", "amount", "document", "counterpart", "line", "place")


@dataclass(frozen=True)
class Opened:
    """What is opened: the line of a programme or kinds of entries, a document, how it is shown and from which page."""

    line: str
    kinds: tuple[str, ...]
    document: str
    exact: bool
    sheet: int

    @classmethod
    def of(cls, ask: Ask) -> Opened:
        """What the codes of the page ask for."""
        line = ask["line"].partition(".")[2]
        return cls(line, tuple(ask.many("kind")), ask["doc"], ask["exact"] == "won", ask.number("sheet"))


def panel(seen: Seen, opened: Opened) -> list[Block]:
    """The chosen programme's (or bar's) entries, and the opened document above them."""
    if not (seen.prog or opened.kinds or opened.document):
        return []
    blocks: list[Block] = []
    unit = seen.unit
    if unit != "won":
        blocks.append(Piece("budget.exact", opened.exact))
        unit = "won" if opened.exact else unit
    if opened.document:
        blocks += _document(seen, opened, unit)
    if seen.prog or opened.kinds:
        blocks += _entries(seen, opened, unit)
    return blocks


def _entries(seen: Seen, opened: Opened, unit: str) -> list[Block]:
    """Entries of a programme, of one of its lines or of a bar, newest first."""
    title = seen.name + (f" · {won.line_name(opened.line, seen.lang)}" if opened.line else "")
    asked = {
        "programme": seen.prog,
        "years": seen.scope.years,
        "kinds": opened.kinds,
        "line_type": opened.line,
    }
    sums = seen.read.rows(ledger.entry_sums, **asked)
    n = int(sums["entries"].sum())
    blocks: list[Block] = [
        Heading(seen.t("entries_title", name=title)),
        Lead(_sentence(sums, opened, n, unit, seen)),
    ]
    if opened.line:
        blocks.append(
            Piece("budget.button", ("budget_every_line", seen.t("every_line"), f"programme:{seen.prog}"))
        )
    if not n:
        return blocks
    last = (n - 1) // PAGE
    page = min(opened.sheet, last)
    rows = seen.read.rows(ledger.entries, **asked, limit=PAGE, offset=page * PAGE)
    blocks.append(_rows(rows, unit, seen, key="budget_entries", caption=title, follows=not opened.document))
    if last:
        said = Note(seen.t("page_of", page=page + 1, last=last + 1))
        blocks.append(Piece("budget.pager", (page, last, said), (said,)))
    if n > MOST_IN_FILE:
        blocks.append(Note(seen.t("entries_most", n=numbers.number(MOST_IN_FILE))))
    csv, xlsx = _files(seen, opened, asked)
    return [*blocks, Beside([[csv], [xlsx], []], (2, 2, 6), "small")]


def _sentence(sums: pd.DataFrame, opened: Opened, n: int, unit: str, seen: Seen) -> str:
    if not n:
        return seen.t("entries_none")
    parts = [
        seen.t(
            "entries_kind",
            kind=label("ledger_kind", str(row.kind), seen.lang),
            won=won.say(float(row.amount_krw), unit),
            n=numbers.number(row.entries),
        )
        for row in sums.itertuples()
        if opened.kinds
    ]
    return f"{seen.t('entries_n', n=numbers.number(n))} {' · '.join(parts)} {won.caption(unit, seen.lang)}"


def _document(seen: Seen, opened: Opened, unit: str) -> list[Block]:
    """One document: everything booked under its number."""
    number = opened.document
    rows = seen.read.rows(ledger.document, document_no=number, years=seen.scope.years)
    heading = Heading(seen.t("document_title", number=number))
    if rows.empty:
        return [heading, Note(seen.t("entries_none"))]
    sums = rows.groupby("kind", sort=False)["amount_krw"].sum()
    parts = " · ".join(
        f"{label('ledger_kind', str(kind), seen.lang)} {won.entry(int(amount), unit)}"
        for kind, amount in sums.items()
    )
    blocks: list[Block] = [
        heading,
        Lead(seen.t("document_lead", n=len(rows), parts=parts, unit=won.caption(unit, seen.lang))),
    ]
    if {"transfer_in", "transfer_out"} & set(sums.index):
        even = sums.get("transfer_in", 0) == sums.get("transfer_out", 0)
        blocks.append(Note(seen.t("sides_even" if even else "sides_uneven")))
    return [
        *blocks,
        _rows(rows, unit, seen, key="budget_document", caption=number, follows=True),
        Piece("budget.button", ("budget_document_close", seen.t("document_close"), "")),
    ]


def _rows(rows: pd.DataFrame, unit: str, seen: Seen, *, key: str, caption: str, follows: bool) -> Piece:
    lang, names = seen.lang, seen.read.programme_names(seen.lang)
    districts = seen.read.district_names(lang)
    several = rows["programme_id"].nunique() > 1
    columns = [
        Column(
            seen.t("entry_where" if several and n == "place" else f"entry_{n}"),
            n == "amount",
            said=seen.unit_name if n == "amount" else "",
        )
        for n in COLUMNS
    ]
    body = []
    for row in rows.astype(object).where(rows.notna(), None).to_dict("records"):
        number, place = row["document_no"], districts.get(row["district_code"], "")
        if several:
            own = names.get(row["programme_id"], row["programme_id"])
            place = " · ".join(part for part in (own, place) if part)
        body.append(
            (
                numbers.day(row["booked_on"], lang),
                label("ledger_kind", row["kind"], lang),
                won.entry(int(row["amount_krw"]), unit),
                Cell(number, pick=number) if number else seen.t("no_document"),
                names.get(row["counterpart"], row["counterpart"]) or "",
                f"{won.line_name(row['line_type'], lang)} · {label('funding', row['funding'], lang)}",
                place,
            )
        )
    return pieces.rows(
        pieces.Rows(
            key,
            Table(columns, body, caption=caption),
            "ieum-entries",
            heads=False,
            columns=COLUMNS,
            documents=True,
            follows=follows,
        )
    )


def _files(seen: Seen, opened: Opened, asked: dict[str, Any]) -> tuple[Download, Download]:
    """Files of entries are always to the won, whatever the screen rounds to."""
    scope, lang = seen.scope, seen.lang
    parts = (scope.code, *(part for part in (seen.prog, opened.line, *opened.kinds) if part))
    name = f"{'_'.join(('ieum_entries', *parts))}_won"
    head = tree.file_head(scope, "won", seen.read, lang)

    def make() -> Table:
        return file_table(seen.read, asked, lang)

    return (
        Download(name, None, seen.t("download_csv"), "csv", head, make),
        Download(name, None, seen.t("download_xlsx"), "xlsx", head, make),
    )


def file_table(read: Reader, asked: dict[str, Any], lang: str) -> Table:
    """The chosen entries for a file, newest first, in whole won.

    Args:
        asked: programme, years, kinds and line_type, as `data.ledger.entries` takes them.
    """
    with read.store.connect() as connection:  # not kept: a file of a year is large and asked for once
        rows = ledger.entries(connection, **asked, limit=MOST_IN_FILE, offset=0)
    names, districts = read.programme_names(lang), read.district_names(lang)
    columns = {
        "entry_day": [day.isoformat() for day in rows["booked_on"]],
        "entry_number": rows["entry_id"],
        "programme": rows["programme_id"].map(names),
        "entry_kind": [label("ledger_kind", kind, lang) for kind in rows["kind"]],
        "entry_amount": [Decimal(amount) for amount in rows["amount_krw"]],
        "entry_document": rows["document_no"].fillna(""),
        "entry_counterpart": [names.get(who, who) for who in rows["counterpart"].fillna("")],
        "line_type": [won.line_name(line, lang) for line in rows["line_type"]],
        "entry_funding": [label("funding", funding, lang) for funding in rows["funding"]],
        "entry_place": rows["district_code"].map(districts).fillna(""),
        "entry_file": rows["source_name"],
    }
    heads = [
        Column(t(f"budget.{key}", lang), own, said=t("budget.unit_won", lang) if own else "")
        for key in columns
        for own in (key == "entry_amount",)
    ]
    return Table(heads, list(zip(*columns.values(), strict=True)), caption=t("budget.title", lang))
