"""What the measures that a text names mean: their definition, formula, limits and owner, as a table."""

from __future__ import annotations

from collections.abc import Iterable

from answers.answer import Column, Table
from locales import t
from metrics import registry
from metrics.spec import Metric

KEYS = ("about.col_name", "about.col_definition", "about.col_formula", "how.caveat", "about.col_owner")


def every() -> tuple[Metric, ...]:
    """All measures."""
    return (*registry.METRICS, registry.REACH)


def table(measures: Iterable[Metric], lang: str) -> Table:
    """One row per measure: name, definition, formula, caveat, owner."""
    rows = [
        (m.name(lang), m.definition(lang), m.formula(lang), m.caveat(lang), m.owner(lang)) for m in measures
    ]
    return Table([Column(t(key, lang)) for key in KEYS], rows, stacked=False, name="metrics")


def named(text: str, lang: str) -> Table | None:
    """The measures whose names a text holds; None where it names none."""
    found = [m for m in every() if m.name(lang) in text]
    return table(found, lang) if found else None
