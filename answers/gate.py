"""Whether enough courses have both scores for outcomes to be read (D9): one rule for every page.

A figure's gate is that of its own months, as a whole and in the newest of them: so a page that shows twelve months never reads
what a page that shows the last of them does not. Worked out from true sums.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from answers.reader import Reader, Rule
from answers.verdicts import UNDECIDED, Question, told
from data.queries import Span
from metrics.counselling import PAIRED_GATE

PAIRS = Rule(
    "enough paired scores",
    "whether 90 % have both scores: a word that leaves the count of courses and that of pairs five values each",
    words=True,
)
OPEN, CLOSED = "open", "closed"
_COLUMNS = ("paired", "completed")


class Gate(NamedTuple):
    """What the gate says of months as a whole and of the newest of them, each `OPEN`, `CLOSED` or `UNDECIDED`."""

    whole: str
    newest: str

    @property
    def word(self) -> str:
        """What it says of a figure of these months."""
        return next((word for word in (CLOSED, UNDECIDED) if word in self), OPEN)


def gate(read: Reader, months: Span, programme: str = "") -> Gate:
    """The gate of a figure of some months; a newest month with too few courses to be shown asks for nothing of its own."""
    more = {"programme_id": programme} if programme else {}
    whole, newest = {"month_key": months} | more, {"month_key": Span(months.high, months.high)} | more
    word = _of(read, whole)
    alone = months.low == months.high or _shown(read, newest).isna().any()
    return Gate(word, word if alone else _of(read, newest))


def _shown(read: Reader, where: dict[str, Any]) -> Any:
    return read.total("outcome_monthly", columns=_COLUMNS, where=where)[list(_COLUMNS)].astype(float)


def _of(read: Reader, where: dict[str, Any]) -> str:
    shown = _shown(read, where)
    if shown.isna().any() or shown["completed"] <= 0:
        return UNDECIDED
    raw = read.for_model("outcome_monthly", columns=_COLUMNS, where=where)
    asked = Question(passes, _COLUMNS, part=True)
    (word,) = told(read, PAIRS, asked, raw, shown.to_frame().T)
    return word


def passes(counts: np.ndarray) -> np.ndarray:
    """Of counts (…, rows, [paired, completed]) one word per row."""
    return np.where(counts[..., 0] < PAIRED_GATE * counts[..., 1], CLOSED, OPEN).astype(object)
