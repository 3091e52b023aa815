"""How often the outturn's forecast was right before: by origin month, all lines together, and what is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from answers.answer import Block, Heading, Lead, Note, Table
from answers.budget import pace, source
from answers.budget.seen import Seen
from answers.studies import Pending
from forecast.outturn import LEVELS
from locales import numbers

Row = Mapping[Any, Any]


def blocks(seen: Seen) -> list[Block]:
    """Sentence, coverage and error of the lines by origin month, then of the total by year."""
    heading = Heading(seen.t("record_title"))
    try:
        found = source.record(seen.read)
    except Pending as problem:
        return [heading, Note(problem.words(seen.lang))]
    if found is None:
        return [heading, Note(seen.t("record_short"))]
    rows = found.scores.to_dict("records")
    whole = rows[-1]
    said = seen.t(
        "record_lead",
        first=found.years[0],
        last=found.years[1],
        n=int(whole["n"]),
        verdict=_verdict(rows[:-1], seen),
        inside=numbers.percent(whole["cover_80"], 0),
        error=numbers.number(whole["error"], 1),
        naive=numbers.number(whole["naive_error"], 1),
    )
    columns = seen.heads("record_", ("month", "n", "50", "80", "95", "error", "naive"), words=("month",))
    classes = [*[""] * (len(rows) - 1), "total"]
    held = numbers.percent(found.ranged_held, 0)
    # Lines that were given only a range are not in the table, but said.
    ranged = [Note(seen.t("record_ranged", n=found.ranged, held=held))] if found.ranged else []
    return [
        heading,
        Lead(said),
        Table(columns, [_row(row, seen) for row in rows], classes),
        Note(seen.t("record_note", straight=numbers.number(found.straight, 1))),
        *_total(found.totals.to_dict("records"), seen),
        *ranged,
    ]


def _row(row: Row, seen: Seen) -> tuple[object, ...]:
    month = int(row["month"])
    name = seen.t("record_all") if month == 0 else pace.month_name(month, seen.lang)
    return (
        name,
        int(row["n"]),
        *(_cover(row, level, seen) for level in LEVELS),
        numbers.number(row["error"], 1),
        numbers.number(row["naive_error"], 1),
    )


def _cover(row: Row, level: int, seen: Seen) -> str:
    limits = f"{numbers.number(row[f'low_{level}'], 0)}–{numbers.number(row[f'high_{level}'], 0)}%"
    said = f"{numbers.percent(row[f'cover_{level}'], 0)} ({limits})"
    agree = row[f"agree_{level}"]
    return f"{said} {seen.t('record_wide' if agree > 0 else 'record_narrow')}" if agree else said


def _verdict(months: list[dict[Any, Any]], seen: Seen) -> str:
    """How many of the months' coverages agree with their level, in words."""
    agree = [row[f"agree_{level}"] == 0 for row in months for level in LEVELS]
    return seen.t("record_agree" if all(agree) else "record_differ", n=len(agree), good=sum(agree))


def _total(years: list[dict[Any, Any]], seen: Seen) -> list[Block]:
    """All lines together: one end a year, so months are counted, not tested."""
    names = ("year", "months", "in_50", "in_80", "in_95", "error", "naive")
    rows = [
        (
            row["fiscal_year"],
            row["months"],
            *(row[f"in_{level}"] for level in LEVELS),
            *(numbers.number(row[name], 1) for name in ("error", "naive_error")),
        )
        for row in years
    ]
    return [
        Heading(seen.t("record_total_title")),
        Table(seen.heads("record_", names, words=("year",)), rows),
        Note(seen.t("record_total_note", n=len(rows))),
    ]
