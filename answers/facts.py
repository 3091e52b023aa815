"""Published figures as a table: value, period and a link to the source, conflicts named."""

from __future__ import annotations

import tomllib
from collections.abc import Hashable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from answers.answer import Cell, Column, Table
from locales import numbers, t


@cache
def named(topic: str) -> dict[str, Any]:
    """Fact ids of a topic by their use, from `facts.toml`."""
    found: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))[
        topic
    ]
    return found


def published_table(facts: pd.DataFrame, lang: str) -> Table:
    """Published figures with period and a link to the source, conflicts named."""
    names = ("fact", "value", "period", "source")
    columns = [Column(t(f"about.published_col_{c}", lang), number=c == "value") for c in names]
    rows, printed = [], dict(zip(facts["fact_id"], facts["value"], strict=True))
    for fact in facts.astype(object).where(facts.notna(), None).to_dict("records"):
        name = fact["name_ko"] if lang == "ko" else fact["indicator"]
        unit, breakdown = (
            (fact["unit_ko"], fact["breakdown_ko"]) if lang == "ko" else (fact["unit"], fact["breakdown"])
        )
        value, unit = published_value(fact["value"], str(unit or ""), lang)
        conflict = f" ({_conflict(fact, printed, lang)})" if fact.get("conflict_with") else ""
        part = f" · {breakdown}" if breakdown else ""
        rows.append(
            (
                f"{name}{part}",
                f"{joined(value, unit, lang)}{conflict}",
                numbers.period(fact["period"] or "", lang),
                Cell(str(fact["source_title"]), href=str(fact["source_url"])),
            )
        )
    return Table(columns, rows)


def _conflict(fact: Mapping[Hashable, Any], printed: Mapping[str, str], lang: str) -> str:
    """That another source prints another value, which (where it is in the same table), and why."""
    said, note = t("about.conflict", lang), fact["note_ko" if lang == "ko" else "note"]
    if other := printed.get(str(fact["conflict_with"])):
        value, unit = published_value(other, str(fact["unit_ko" if lang == "ko" else "unit"] or ""), lang)
        said = t("about.conflict_value", lang, value=joined(value, unit, lang))
    return f"{said}. {note}" if note else said


def joined(value: str, unit: str, lang: str) -> str:
    """A value and its unit: in Korean one word (33,148건), in English two; a percent sign stands close in both."""
    close = lang == "ko" or unit in ("%", "")
    return f"{value}{unit}" if close else f"{value} {unit}"


def published_value(value: str, unit: str, lang: str) -> tuple[str, str]:
    """A published value as printed, money in 억; the unit is empty when the value carries it."""
    try:
        amount = float(value)
    except ValueError:
        bare = unit in ("text", "date", "month", "글", "일자", "월")
        return numbers.period(value, lang) if bare else value, "" if bare else unit
    if unit in ("KRW", "원"):
        return numbers.won(amount, lang), ""
    if unit in ("year", "연도"):
        return value, ""
    return numbers.number(amount, 2).rstrip("0").rstrip("."), unit
