"""What a page says where a monthly summary stands in for records: what it cannot bear, and totals of a span of days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from answers.answer import Block, Cell, Column, Heading, Note, Table
from answers.ask import Ask
from answers.empty import LAKE
from answers.reader import Reader
from data import summaries
from data.imports.templates import templates
from data.tables import FACTS
from locales import numbers, t


def untold(read: Reader, fact: str, columns: Sequence[str], where: dict[str, Any]) -> frozenset[str]:
    """Columns of a fact that a summary of any of the months does not tell."""
    asked = tuple(where.items())
    return frozenset(read.rows(summaries.untold, fact=fact, columns=tuple(columns), where=asked))


def needs(
    read: Reader, fact: str, columns: Sequence[str], where: dict[str, Any], record: str, lang: str
) -> list[Block]:
    """Which counts are not shown since a summary does not tell them, and which record would."""
    missing = untold(read, fact, columns, where)
    if not missing:
        return []
    labels = ", ".join(str(FACTS[fact].c[name].info[lang]) for name in columns if name in missing)
    return [Note(t("summary.untold", lang, columns=labels, record=named(record, lang)))]


def named(record: str, lang: str) -> str:
    """What brings in a table's rows: its template, or the lake."""
    return t("summary.lake", lang) if record == LAKE else templates()[record].title(lang)


def or_untold(missing: frozenset[str], name: str, said: str, lang: str) -> str:
    """What is said of a count, or that no record tells it: that is no count under ten."""
    return t("summary.not_told", lang) if name in missing else said


def needs_record(record: str, lang: str) -> Note:
    """That a part of a page cannot be made of summaries."""
    return Note(t("summary.needs_record", lang, record=named(record, lang)))


def spans(read: Reader, table: str, column: str, lang: str) -> list[Block]:
    """Totals that were told of a span of days, each with its days and source; they stand in no monthly series."""
    rows = read.rows(summaries.spans, table=table, column=column)
    if rows.empty:
        return []
    names = read.programme_names(lang)
    columns = [
        Column(t(f"summary.span_{name}", lang), number=name == "value")
        for name in ("what", "days", "value", "source")
    ]
    what = str(FACTS[summaries.FACT[table]].c[column].info[lang])
    body = [
        (
            f"{names[row['programme_id']]} · {what}" if row["programme_id"] in names else f"{t('nav.hotline', lang)} · {what}",
            f"{numbers.day(row['from_on'], lang)} – {numbers.day(row['to_on'], lang)}",
            numbers.number(row["value"]),
            _source(str(row["source"] or "")),
        )
        for row in rows.to_dict("records")
    ]  # fmt: skip
    return [
        Heading(t("summary.spans", lang)),
        Table(columns, body, name="spans"),
        Note(t("summary.spans_note", lang)),
    ]


def _source(said: str) -> str | Cell:
    """A source's title, which leads to its address where one stands behind it."""
    title, _, address = said.partition(" | ")
    return Cell(title, href=address) if address.startswith("http") else title


def told_so_far(table: str, column: str) -> Any:
    """What stands on a page without records: the totals of spans."""

    def rest(ask: Ask, read: Reader) -> list[Block]:
        return spans(read, table, column, ask.lang)

    return rest
