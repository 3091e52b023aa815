"""An answer as text, JSON and CSV, for the command line and the wire."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from answers import answer as parts
from answers.answer import Answer, Column, Table
from answers.store import Frozen
from answers.twin import table_of
from answers.typed import Series, Value, flat
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


def csv_bytes(table: Table, lang: str) -> bytes:
    """A table as CSV of typed columns, units in the header; what a spreadsheet could run as a formula is made text."""
    columns = flat(table, lang)
    rows = zip(*([_csv_cell(value, one) for value in one.values] for one in columns), strict=True)
    return files.csv_bytes([[one.header for one in columns], *rows])


def _csv_cell(value: Value, column: Series) -> str:
    """A value as programs read it: 1234.5, 2026-10-31, 2026-10, or its text."""
    if value is None:
        return ""
    return f"{value:%Y-%m}" if column.kind == "month" and isinstance(value, date) else str(value)


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
    return _of_release(found.release, found.released, found.lang) if found.release else ""


def frozen_words(release: Frozen | None, lang: str) -> str:
    """The same of a release; '' where there is none."""
    return _of_release(release.number, release.day, lang) if release else ""


def _of_release(number: int, day: str, lang: str) -> str:
    return t("release.shown", lang, n=number, day=numbers.day(date.fromisoformat(day), lang))


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
    if isinstance(block, parts.Shot):
        return [f"[{block.alt}]"]
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
