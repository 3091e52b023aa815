"""What a page says where no record stands behind it yet: what the demonstration shows there, and which file fills it."""

from __future__ import annotations

from answers.answer import Block, Cell, Column, Go, Heading, Note, Table
from answers.reader import Reader
from data.cities import DEMO, on_offer
from data.imports.templates import templates
from data.tables import metadata
from locales import t

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
    rows = [_row(table, lang) for table in tables]
    return [*found, Heading(t("empty.files", lang)), Table(columns, rows, name="files")]


def _row(table: str, lang: str) -> tuple[str | Cell, ...]:
    """A table's name, the columns that its file must have, and where it is brought in."""
    if table == LAKE:
        return str(metadata.tables[LAKE].info[lang]), t("empty.lake_files", lang), t("empty.lake_how", lang)
    template = templates()[table]
    must = ", ".join(template.label(name, lang) for name in template.required)
    way = Go("import_data", t("empty.import", lang), (("table", table),))
    return Cell(template.title(lang), strong=True), must, Cell(way.label, go=way)
