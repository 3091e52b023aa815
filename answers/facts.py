"""Published figures as a table: value, period and a link to the source, conflicts named."""

from __future__ import annotations

import tomllib
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
    rows = []
    for fact in facts.astype(object).where(facts.notna(), None).to_dict("records"):
        name = fact["name_ko"] if lang == "ko" else fact["indicator"]
        unit, breakdown = (
            (fact["unit_ko"], fact["breakdown_ko"]) if lang == "ko" else (fact["unit"], fact["breakdown"])
        )
        value, unit = published_value(fact["value"], str(unit or ""), lang)
        conflict = f" ({t('about.conflict', lang)})" if fact.get("conflict_with") else ""
        part = f" · {breakdown}" if breakdown else ""
        rows.append(
            (
                f"{name}{part}",
                f"{value} {unit}{conflict}",
                (fact["period"] or "").replace("/", " – "),
                Cell(str(fact["source_title"]), href=str(fact["source_url"])),
            )
        )
    return Table(columns, rows)


def published_value(value: str, unit: str, lang: str) -> tuple[str, str]:
    """A published value as printed, money in 억; the unit is empty when the value carries it."""
    try:
        amount = float(value)
    except ValueError:
        return value, "" if unit in ("text", "date", "month", "글", "일자", "월") else unit
    if unit in ("KRW", "원"):
        return numbers.won(amount, lang), ""
    if unit in ("year", "연도"):
        return value, ""
    return numbers.number(amount, 2).rstrip("0").rstrip("."), unit
