"""Where the money comes from, and what a cut of the national subsidy would still reach: open and later years only."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from answers import say
from answers.answer import Block, Control, Heading, Lead, Note, Table
from answers.budget import source, won
from answers.budget.seen import Seen
from answers.kept import kept
from answers.reader import Reader
from data import ledger
from locales import t
from metrics import funding


def blocks(seen: Seen, cut: int) -> list[Block]:
    """Mix, the chosen cut with the local money matched to it, and the assumptions behind both."""
    heading, scope = Heading(seen.t("funding_title")), seen.scope
    mix, _ = exposed(seen.read, scope.code, 0)
    if mix.empty:
        return [heading, Note(seen.t("no_year"))]
    if scope.closed:
        closed = Note(seen.t("funding_closed", year=scope.year))
        return [
            heading,
            Lead(_mix(mix, seen)),
            closed,
            *_table(mix, funding.FUNDING, seen),
            _of_all(mix, seen),
        ]
    found, without = exposed(seen.read, scope.code, cut)
    sums = {
        name: seen.whole(float(found[name].sum()))
        for name in ("national_left", "national_cut", "matched_left", "matched_cut")
    }
    said = seen.t("funding_lead_plan" if scope.whole else "funding_lead", cut=cut, **sums)
    by_programme = found.set_index("programme_id").drop(columns=list(funding.FUNDING))
    table = mix[["programme_id", *funding.FUNDING]].join(by_programme, on="programme_id").fillna(0)
    later = Note(seen.t("funding_later", year=scope.year, without=seen.whole(without)))
    return [
        heading,
        Control("cut"),
        Lead(f"{_mix(mix, seen)} {said}"),
        *_table(table, (*funding.FUNDING, *by_programme.columns), seen),
        _of_all(mix, seen),
        Note(seen.t("funding_note")),
        *([later] if scope.whole else []),
    ]


@kept
def exposed(read: Reader, code: str, cut: int) -> tuple[pd.DataFrame, float]:
    """The scope's mix and exposure, with later plans where a cut of the whole plan is asked for, and the won of later
    plans whose funding is not known."""
    scope = source.scope(read, code)
    cells, without = scope.cells, 0.0
    if scope.whole and cut:
        every, planned = read.rows(ledger.cells), source.plan(read, source.ends(read)[1])
        later = funding.later_cells(every, planned, year=scope.year)
        known = planned.loc[planned["fiscal_year"] > scope.year, "planned_krw"].sum()
        without = float(known - later["amount_krw"].sum())
        cells = pd.concat([every[every["fiscal_year"] == scope.year], later], ignore_index=True)
    return funding.exposure(cells, closed_before=scope.closed_before, share=cut / 100), without


def _shares(mix: pd.DataFrame) -> dict[str, str]:
    total = mix[list(funding.FUNDING)].sum()
    return {name: won.percent(total[name], total.sum()) for name in funding.FUNDING}


def _mix(mix: pd.DataFrame, seen: Seen) -> str:
    return seen.t("funding_mix", **_shares(mix))


def _of_all(mix: pd.DataFrame, seen: Seen) -> Block:
    said = _shares(mix).items()
    rows = ((t("figures.fund", seen.lang, name=seen.t(f"funding_{n}")), v) for n, v in said)
    return say.figures(seen.lang, *rows)


def _table(found: pd.DataFrame, columns: Sequence[str], seen: Seen) -> list[Block]:
    # Only a programme with national money can lose any: the others stand together in one row.
    exposed_rows, rest = found[found["national"] != 0], found[found["national"] == 0]

    def sums(rows: pd.DataFrame) -> list[str]:
        return [seen.say(float(rows[name].sum())) for name in columns]

    rows: list[tuple[str, ...]] = [(seen.t("total"), *sums(found))]
    rows += [
        (seen.names[f"programme:{row['programme_id']}"], *(seen.say(row[name]) for name in columns))
        for row in exposed_rows.sort_values("national", ascending=False).to_dict("records")
    ]
    if len(rest):
        rows.append((seen.t("funding_rest", n=len(rest)), *sums(rest)))
    heads = seen.heads("funding_", ("name", *columns), money=None)
    return [Note(seen.caption), Table(heads, rows, classes=["total", *[""] * (len(rows) - 1)])]
