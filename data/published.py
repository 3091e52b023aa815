"""Figures printed in public sources about the plan, its services and the need it answers.

One committed table, `reference/published_facts.csv`. Each row carries its quality: only `published` rows are
ever returned as published; `derived` rows (computed by us from a published figure) stay marked, for methods
and models. Where two sources print different values for one thing, each row names the other in
`conflict_with`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd

FILE: Final = Path(__file__).parent / "reference" / "published_facts.csv"
SOURCE_ID: Final = "published"
QUALITIES: Final = ("published", "derived", "weak")

# plan, budget, hotline, programme, youth, counselling, need, reisolation, comparator, helpline, district
_OPTIONAL: Final = ("period", "breakdown", "breakdown_ko", "note", "note_ko", "conflict_with")


def all_facts() -> pd.DataFrame:
    """Every row kept, of every quality, by fact_id.

    Columns: fact_id, topic, indicator, name_ko, value (text as printed), value_number (float, missing for
    words and dates), unit, unit_ko, period (a year, month or day, or two of them with a slash between),
    geography, geography_ko, breakdown, breakdown_ko, quality, source_title, source_url, note, note_ko,
    conflict_with (the fact_id that disagrees). Optional texts are None where there is nothing.

    Raises:
        ValueError: a row has a quality that is not one of `QUALITIES`.
    """
    frame = pd.read_csv(FILE, dtype=str, keep_default_na=False, encoding="utf-8")
    unknown = sorted(set(frame["quality"]) - set(QUALITIES))
    if unknown:
        raise ValueError(f"Unknown quality in {FILE.name}: {', '.join(unknown)}")
    for column in _OPTIONAL:
        frame[column] = frame[column].astype(object).where(frame[column] != "", None)
    number = pd.to_numeric(frame["value"], errors="coerce")
    frame.insert(frame.columns.get_loc("value") + 1, "value_number", number)
    return frame.sort_values("fact_id", ignore_index=True)


def published_facts() -> pd.DataFrame:
    """The rows that may be shown as published: columns of `all_facts`, and evidence and source_id."""
    frame = all_facts()
    frame = frame[frame["quality"] == "published"].reset_index(drop=True)
    return frame.assign(evidence="published", source_id=SOURCE_ID)


def published(
    *, topic: str | None = None, indicator: str | None = None, geography: str | None = None
) -> pd.DataFrame:
    """Published rows of a topic, an indicator (English label) or a place; what is not given is not asked."""
    frame = published_facts()
    for column, wanted in (("topic", topic), ("indicator", indicator), ("geography", geography)):
        if wanted is not None:
            frame = frame[frame[column] == wanted]
    return frame.reset_index(drop=True)
