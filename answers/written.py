"""An answer as text, JSON and CSV, for the command line and the wire."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from answers import answer as parts
from answers.answer import Answer, Column, Table
from answers.twin import table_of
from charts import words
from data import files
from locales import numbers, t


def marked(table: Table, city: str, lang: str) -> Table:
    """A table as a file: whose figures it holds stands in every row, so that no copy of a part loses it."""
    label = t("map.col_evidence", lang)
    if any(c.label == label for c in table.columns):
        return table
    said = t(f"evidence.{city}", lang)
    rows = [row if len(row) == 1 < len(table.columns) else (*row, said) for row in table.rows]
    return replace(table, columns=[*table.columns, Column(label)], rows=rows)


def file_name(name: str, found: Answer, kind: str) -> str:
    """The name of a file of an answer's figures: whose they are, and of which release."""
    return f"{name}_{found.city}{f'_r{found.release}' if found.release else ''}.{kind}"


def csv_bytes(table: Table, *, head: Sequence[str] = ()) -> bytes:
    """A table as CSV; a cell that looks like a formula is made text."""
    return files.csv_bytes([[c.label for c in table.columns], *table.rows], head=head)


def xlsx_bytes(table: Table, *, head: Sequence[str] = ()) -> bytes:
    """One sheet, named by the table's caption, with real numbers under the lines of the head."""
    from openpyxl import Workbook  # late: only who asks for a workbook waits for it
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = files.sheet_name(table.caption or table.name or "1")
    for line in head:
        sheet.append([files.fit(line)])
    sheet.append([files.fit(c.label) for c in table.columns])
    top = sheet.max_row
    for row in table.rows:
        sheet.append([_sheet_cell(v) for v in row])
    for column in range(1, len(table.columns) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 26 if column == 2 else 14
        sheet.cell(top, column).font = Font(bold=True)
        sheet.cell(top, column).alignment = Alignment(wrap_text=True, vertical="top")
    tenths = any(isinstance(v, Decimal) and v.as_tuple().exponent != 0 for row in table.rows for v in row)
    for row in sheet.iter_rows(min_row=top + 1):
        for cell in row:
            if isinstance(cell.value, (int, float)):
                cell.number_format = "#,##0.0" if tenths else "#,##0"
    sheet.cell(1, 1).font = Font(bold=True, size=13)
    sheet.freeze_panes = sheet.cell(top + 1, 3)
    return files.workbook_bytes(book)


def _sheet_cell(value: Any) -> Any:
    """A figure as a number; a text that begins like a formula stays text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return files.fit(files.inert(str(value)))


def as_json(found: Answer, *, indent: int | None = 2) -> str:
    """Everything that an answer holds, block by block with its type; a chart's own table stands with it. NaN is null."""
    plain = _plain(found, found.lang)
    return json.dumps(plain, ensure_ascii=False, indent=indent, default=str, allow_nan=False)


def _plain(value: Any, lang: str) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        out = {} if isinstance(value, Answer) else {"type": type(value).__name__.lower()}
        out |= {f.name: _plain(getattr(value, f.name), lang) for f in fields(value)}
        if isinstance(value, parts.Figure):
            out["table"] = _plain(table_of(value, lang), lang)
        if isinstance(value, parts.Piece):
            out.pop("data", None)  # what only a screen does
        if isinstance(value, parts.Download):
            out.pop("make", None)
        return out
    if isinstance(value, dict):
        return {str(k): _plain(v, lang) for k, v in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist(), lang)
    if isinstance(value, (list, tuple, parts.Later)):
        return [_plain(v, lang) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return words.unsigned(value) if isinstance(value, str) else value


def release_words(found: Answer) -> str:
    """Which release an answer's figures are of, and of when; '' of live ones."""
    if not found.release:
        return ""
    day = numbers.day(date.fromisoformat(found.released), found.lang)
    return t("release.shown", found.lang, n=found.release, day=day)


def as_text(found: Answer) -> str:
    """An answer for a terminal, in reading order; a chart is its alternative text and its table."""
    whose = f" · {t(f'evidence.{found.city}', found.lang)}" if found.city else ""
    lines = [" · ".join(filter(None, [f"{found.title}{whose}", release_words(found)])), ""]
    if found.sentence:
        lines += [" ".join(p for p in (found.sentence, found.sure) if p), ""]
    for block in found.every():
        lines += _text(block, found.lang)
    return "\n".join(lines).rstrip() + "\n"


def _text(block: Any, lang: str) -> list[str]:
    if isinstance(block, parts.Lead):
        return [" ".join(p for p in (block.text, block.sure) if p), ""]
    if isinstance(block, parts.Heading):
        return ["", f"{'#' * block.level} {block.text}"]
    if isinstance(block, (parts.Note, parts.Prose, parts.Banner)):
        return [block.text]
    if isinstance(block, parts.Picked):
        return [" · ".join(p for p in (block.line, block.extra, block.more) if p), ""]
    if isinstance(block, parts.Source):
        return [f"[{', '.join(t(f'evidence.{e}', lang) for e in block.evidence if e)}] {block.text}"]
    if isinstance(block, parts.Table):
        return _rows(block)
    if isinstance(block, parts.Figure):
        twin = None if block.shown else table_of(block, lang)
        return [f"({block.alt})", *(_rows(twin) if twin is not None else [])]
    if isinstance(block, parts.Cards):
        return [
            " · ".join(p for p in (c.title, c.figure, c.say, c.detail, c.state) if p) for c in block.cards
        ]
    if isinstance(block, parts.Callout):
        items = [
            " ".join(p for p in (f"{n}.", i.kind, i.text, i.meta) if p) for n, i in enumerate(block.items, 1)
        ]
        return [*([block.title] if block.title else []), *(items or [block.quiet]), block.rule, ""]
    if isinstance(block, parts.How):
        return [
            *(p.replace("**", "") for p in block.paragraphs),
            *(f"{k}: {v}" for k, v in block.facts),
            block.note,
            "",
        ]
    if isinstance(block, parts.Legend):
        return [" · ".join(k.text for k in block.keys)]
    if isinstance(block, parts.Fold):
        return ["", f"▸ {block.label}"]
    if isinstance(block, parts.Bar):
        head = [" · ".join(map(str, block.head))] if block.head else [block.alt]
        return [*head, " · ".join(f"{name} {text}" for name, _, _, text in block.parts), ""]
    if isinstance(block, parts.Checks):
        return [" ".join(p for p in (c.name, c.text, c.verdict) if p) for c in block.checks]
    return []


def _rows(table: Table) -> list[str]:
    head = " | ".join(f"{c.label} ({c.unit})" if c.unit else c.label for c in table.columns)
    return [head, *(" | ".join(str(cell) for cell in row) for row in table.rows), *table.footnotes, ""]
