"""One template per operational table, read from the table's own columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Boolean, Column, Date, DateTime, Float, Integer

from data.codes import CODES, UNKNOWN
from data.imports.cells import header_key, value_key
from data.tables import OPERATIONAL

BOOK_COLUMNS = ("row_id", "batch_id", "superseded_by")
EXAMPLE_MARKS = ("예)", "e.g.")
_BRACKETS = re.compile(r"[(\[<〔【(]([^)\]>〕】)]*)[)\]>〕】)]")
_EXAMPLES = {
    "programme_id": ("서울마음편의점", "서울마음편의점"),
    "district_code": ("강남구", "Gangnam-gu"),
    "fiscal_year": ("2025", "2025"),
    "year": ("2025", "2025"),
    "weight": ("1.25", "1.25"),
}


@dataclass(frozen=True)
class Template:
    """What a file for one table looks like. `vocabulary` maps header keys to column names."""

    table_name: str
    ko: str
    en: str
    columns: tuple[Column[Any], ...]
    vocabulary: dict[str, str]

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that a file must have."""
        return tuple(column.name for column in self.columns if not may_be_absent(column))

    def label(self, column_name: str, lang: str) -> str:
        """A column's header in Korean (`ko`) or English."""
        return str(OPERATIONAL[self.table_name].c[column_name].info["ko" if lang == "ko" else "en"])

    def title(self, lang: str) -> str:
        """The table's name in Korean (`ko`) or English."""
        return self.ko if lang == "ko" else self.en


@dataclass(frozen=True)
class Match:
    """How a row of cells reads as a template's header: column name -> position in the row."""

    template: Template
    positions: dict[str, int]
    duplicates: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Required columns that the row lacks."""
        return tuple(name for name in self.template.required if name not in self.positions)

    @property
    def rank(self) -> tuple[bool, int]:
        """A complete header beats a partial one; then the more columns are recognised, the better."""
        return (not self.missing, len(self.positions))


def may_be_absent(column: Column[Any]) -> bool:
    """Whether a file may lack the column: it is nullable, or its code list has 'not known'."""
    return bool(column.nullable) or UNKNOWN in CODES.get(column.info["codes"] or "", {})


@cache
def templates() -> dict[str, Template]:
    """Every template by table name, in the tables' order."""
    return {name: _template(name) for name in OPERATIONAL}


def _template(table_name: str) -> Template:
    table = OPERATIONAL[table_name]
    asked = tuple(c for c in table.columns if c.name not in BOOK_COLUMNS and not c.info["derived"])
    vocabulary: dict[str, str] = {}
    for column in asked:
        vocabulary[header_key(column.name)] = column.name
    for column in asked:
        for text in (column.info["ko"], column.info["en"]):
            vocabulary.setdefault(header_key(text), column.name)
    for column in asked:
        for text in column.info["aliases"]:
            vocabulary.setdefault(header_key(text), column.name)
    return Template(table_name, table.info["ko"], table.info["en"], asked, vocabulary)


def find_template(name: str) -> Template | None:
    """The template of a table name or of a Korean or English table label; None when there is none."""
    wanted = value_key(name)
    for template in templates().values():
        if wanted in (value_key(template.table_name), value_key(template.ko), value_key(template.en)):
            return template
    return None


def bracketed(header: str) -> str:
    """The text in a header's brackets, such as 천원 in 금액(천원); empty when there are none."""
    found = _BRACKETS.search(header)
    return found.group(1).strip() if found else ""


def match(cells: Sequence[str], template: Template) -> Match:
    """Read a row of cells as a header of the template."""
    positions: dict[str, int] = {}
    duplicates: list[str] = []
    for place, text in enumerate(cells):
        if not text:
            continue
        name = template.vocabulary.get(header_key(text)) or template.vocabulary.get(
            header_key(_BRACKETS.sub("", text))
        )
        if name is None:
            continue
        if name in positions:
            duplicates.append(text)
        positions.setdefault(name, place)
    return Match(template, positions, tuple(duplicates))


def best_matches(cells: Sequence[str], among: Sequence[Template]) -> list[Match]:
    """The matches of highest rank for a row of cells, best first; several when they are equally good."""
    found = [candidate for candidate in (match(cells, template) for template in among) if candidate.positions]
    top = max((candidate.rank for candidate in found), default=None)
    return [candidate for candidate in found if candidate.rank == top]


def template_csv(table_name: str, lang: str) -> bytes:
    """An empty file for a table: for money its unit, then a header and one example row, which the importer skips.

    A plan also has the row for its total, which must be filled in.

    UTF-8 with a byte order mark, so that Excel opens it as it is; every character also exists in CP949.

    Raises:
        KeyError: there is no such template.
    """
    template = templates()[table_name]
    header = [_safe(template.label(column.name, lang), column.name) for column in template.columns]
    example = [_example(column, lang) for column in template.columns]
    example[0] = f"{EXAMPLE_MARKS[0] if lang == 'ko' else EXAMPLE_MARKS[1]} {example[0]}"
    rows = [header, example]
    if any(column.info["unit"] == "KRW" for column in template.columns):
        # Above the table, as offices write it; whoever fills it in thousands changes this one cell.
        rows.insert(0, ["(단위: 원)" if lang == "ko" else "(Unit: won)", *[""] * (len(header) - 1)])
    if table_name == "baseline":
        rows.append(["합계" if lang == "ko" else "Total", *[""] * (len(header) - 1)])
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _example(column: Column[Any], lang: str) -> str:
    if column.name in _EXAMPLES:
        return _EXAMPLES[column.name][0 if lang == "ko" else 1]
    if column.info["codes"]:
        code, (ko, en, _) = next(iter(CODES[column.info["codes"]].items()))
        return _safe(ko if lang == "ko" else en, code)
    if isinstance(column.type, DateTime):
        return "2025-04-01 09:30:00"
    if isinstance(column.type, Date):
        return "2025-04-01"
    if isinstance(column.type, Boolean):
        return "아니오" if lang == "ko" else "N"
    if isinstance(column.type, (Integer, Float)):
        return "1,000,000" if column.info["unit"] == "KRW" else "1"
    return "A-0001" if column.name.endswith(("_id", "_no")) else ("내용" if lang == "ko" else "text")


def _safe(text: str, otherwise: str) -> str:
    """The text if an office program that knows CP949 only can show it, else a plainer one."""
    try:
        text.encode("cp949")
    except UnicodeEncodeError:
        return otherwise
    return text
