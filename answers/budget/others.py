"""Books of districts and foundations: shown by themselves, since what the city pays to them is their budget."""

from __future__ import annotations

from answers.answer import Block, Column, Heading, Note, Table
from answers.reader import Reader
from data import ledger
from data.codes import UNKNOWN, label
from locales import numbers, t
from metrics import budget

STAGES = ("current", "committed", "expenditure")


def blocks(read: Reader, years: tuple[int, ...], lang: str) -> list[Block]:
    """Budget, commitments and spending by body and programme over some years; nothing where no such book has come."""
    cells = read.rows(ledger.others)
    cells = cells[cells["fiscal_year"].isin(years)]
    if cells.empty:
        return []
    staged = budget.staged(cells.reset_index(drop=True), closed_before=0)
    sums = staged.groupby(["managing_body", "district_code", "programme_id"], as_index=False)[
        list(STAGES)
    ].sum()
    places, names = read.district_names(lang), read.programme_names(lang)
    columns = [
        Column(t(f"budget.others_{name}", lang), number=name in STAGES)
        for name in ("body", "programme", *STAGES)
    ]
    rows = [
        (
            " · ".join(filter(None, (_place(row["district_code"], places), label("managing_body", row["managing_body"], lang)))),
            names.get(row["programme_id"], row["programme_id"]),
            *(numbers.won(int(row[name]), lang) for name in STAGES),
        )
        for row in sums.to_dict("records")
    ]  # fmt: skip
    return [
        Heading(t("budget.others", lang)),
        Table(columns, rows, name="others"),
        Note(t("budget.others_note", lang)),
    ]


def _place(code: str, places: dict[str, str]) -> str:
    return "" if code == UNKNOWN else places.get(code, code)
