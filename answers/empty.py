"""What a page says where no record stands behind it yet: what the demonstration shows there, and which file fills it."""

from __future__ import annotations

from answers.answer import Block, Cell, Column, Go, Heading, Note, Table
from answers.reader import Reader
from data.cities import DEMO, on_offer
from data.coverage import TOLD_BY
from data.imports.templates import templates
from data.tables import metadata
from locales import t

FILLED_BY = {
    "ledger_monthly": ("ledger_entry", "budget_summary")
}  # facts that a page needs, and the files that fill them
LAKE = "detection_monthly"  # is rolled up from a lake, which no template describes


def sentence(read: Reader, lang: str) -> str:
    """That there is no record yet."""
    return t(f"empty.sentence_{read.whose}", lang)


def blocks(
    read: Reader, page: str, choices: tuple[tuple[str, str], ...], tables: tuple[str, ...], lang: str
) -> list[Block]:
    """What stands here in the demonstration, with the way there, and the files that fill the page."""
    found: list[Block] = []
    if read.whose != DEMO and DEMO in on_offer():
        found += [Note(t(f"empty.{page}", lang)), Go(page, t("empty.see_demo", lang), choices, city=DEMO)]
    columns = [Column(t(f"empty.col_{name}", lang)) for name in ("table", "columns", "how")]
    rows = [_row(table, lang) for need in tables for table in FILLED_BY.get(need, (need,))]
    return [*found, Heading(t("empty.files", lang)), Table(columns, rows, name="files")]


def summarised(read: Reader, tables: tuple[str, ...], lang: str) -> list[Block]:
    """That monthly summaries have come, which cannot bear this page."""
    told = {table: TOLD_BY[table] for table in tables if table in TOLD_BY and TOLD_BY[table] not in tables}
    have = [table for table, summary in told.items() if read.holds(summary)]
    if not have:
        return []
    record, summary = (templates()[name].title(lang) for name in (have[0], told[have[0]]))
    return [Note(t("summary.cannot_bear", lang, summary=summary, record=record))]


def _row(table: str, lang: str) -> tuple[str | Cell, ...]:
    """A table's name, the columns that its file must have, and where it is brought in."""
    if table == LAKE:
        return str(metadata.tables[LAKE].info[lang]), t("empty.lake_files", lang), t("empty.lake_how", lang)
    template = templates()[table]
    must = ", ".join(template.label(name, lang) for name in template.required)
    way = Go("import_data", t("empty.import", lang), (("table", str(table)),))
    return Cell(template.title(lang), strong=True), must, Cell(way.label, go=way)
