"""One template per operational table, read from the table's own columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Boolean, Column, Date, DateTime, Float, Integer

from data.codes import CODES, UNKNOWN
from data.files import csv_bytes
from data.imports.cells import header_key, value_key
from data.tables import OPERATIONAL

BOOK_COLUMNS = ("row_id", "batch_id", "superseded_by")
EXAMPLE_MARKS = ("예)", "e.g.")
# The first cell of a sheet that explains a template: it holds no rows.
GUIDE_MARKS = (
    "이 시트는 설명이며 반입할 때 읽지 않습니다.",
    "This sheet explains and is not read when the file is imported.",
)
# A region beside a district says something else; alone, it is the district.
LOOSE = {"district_code": ("지역", "지역명", "자치구별", "구별", "행정구역", "region", "area")}
_EXAMPLES = {
    "programme_id": ("서울마음편의점", "서울마음편의점"),
    "district_code": ("강남구", "Gangnam-gu"),
    "fiscal_year": ("2025", "2025"),
    "year": ("2025", "2025"),
    "weight": ("1.25", "1.25"),
    "period": ("2026-09", "2026-09"),
    "cohort": ("2026-03", "2026-03"),
    "metric_id": ("응답률", "Answer rate"),
    "group_key": ("서울시", "City"),
    "output": ("방문", "Visits"),
}


@dataclass(frozen=True)
class Template:
    """What a file for one table looks like.

    Attributes:
        vocabulary: header keys -> column names; loose: the same for words that name a column only where nothing else does.
    """

    table_name: str
    ko: str
    en: str
    columns: tuple[Column[Any], ...]
    vocabulary: dict[str, str]
    loose: dict[str, str]

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that a file must have."""
        return tuple(column.name for column in self.columns if not may_be_absent(column))

    def label(self, column_name: str, lang: str) -> str:
        """A column's header in Korean (`ko`) or English."""
        return str(OPERATIONAL[self.table_name].c[column_name].info["ko" if lang == "ko" else "en"])

    def counts(self, column_name: str) -> bool:
        """Whether a column holds amounts or counts, which may be divided over several columns of a file."""
        column = OPERATIONAL[self.table_name].c[column_name]
        return (
            isinstance(column.type, (Integer, Float))
            and column_name not in OPERATIONAL[self.table_name].info["key"]
        )

    def title(self, lang: str) -> str:
        """The table's name in Korean (`ko`) or English."""
        return self.ko if lang == "ko" else self.en


def may_be_absent(column: Column[Any]) -> bool:
    """Whether a file may lack the column: it is nullable, has a code for that, or its code list has 'not known'."""
    return (
        bool(column.nullable)
        or column.info["absent"] is not None
        or UNKNOWN in CODES.get(column.info["codes"] or "", {})
    )


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
    loose = {
        header_key(text): column.name
        for column in asked
        for text in LOOSE.get(column.name, ())
        if header_key(text) not in vocabulary
    }
    return Template(table_name, table.info["ko"], table.info["en"], asked, vocabulary, loose)


def find_template(name: str) -> Template | None:
    """The template of a table name or of a Korean or English table label; None when there is none."""
    wanted = value_key(name)
    for template in templates().values():
        if wanted in (value_key(template.table_name), value_key(template.ko), value_key(template.en)):
            return template
    return None


def template_csv(table_name: str, lang: str) -> bytes:
    """An empty file for a table, as `template_rows` has it.

    UTF-8 with a byte order mark, so that Excel opens it as it is; every character also exists in CP949.

    Raises:
        KeyError: there is no such template.
    """
    return csv_bytes(template_rows(table_name, lang), newline="\r\n")


def template_rows(table_name: str, lang: str) -> list[list[str]]:
    """What an empty file for a table holds: for money its unit, then a header and one example row, which the importer skips.

    A plan also has the row for its total, which must be filled in.

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
    return rows


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
