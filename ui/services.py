"""Counts and shares as this visitor may see them, for re-isolation, which does not yet ask answers."""

from __future__ import annotations

import pandas as pd

from answers import say
from answers.say import count_words, counted
from ui import view

__all__ = ["count_words", "counted", "protected", "share_cells"]


def protected(counts: pd.Series) -> pd.Series:
    """Counts that were summed from several raw rows, under the publishing rule."""
    return view.reader().protected(counts)


def share_cells(top: float, bottom: float, lang: str) -> tuple[str, str]:
    """A share and its limits for a table."""
    return say.share_cells(view.reader(), top, bottom, lang)
