"""What the lowest role is given: a reader that keeps every figure and word which passes its door.

No answer has a figure from anywhere else: a test poisons all else (`tests/test_poison.py`). So this is all that pages, files, links and
`/api` can print, and somewhat more: counts are taken as known wherever only their ratio is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from answers import reader, registry, verdicts
from answers.kept import SHELF
from answers.reader import Raw, Reader, Rule, Where
from answers.rights import Rights
from answers.store import Store
from data import tables as t
from metrics import registry as metrics
from tools.attack import asks
from tools.attack.invert import OURS, Numbers

# (column, further conditions, sign), summed
Term = tuple[str, tuple[tuple[str, tuple[Any, ...]], ...], int]
Sums = tuple[tuple[str, tuple[Term, ...]], ...]


@dataclass(frozen=True, eq=False)
class Grid:
    """Published sums of one fact: by name what is summed, by which keys, under which filter, and what was shown.

    Attributes:
        frame: of a measure, whose withheld rows may still show what stands below the line.
        minimum: below so many under the line a measure is withheld whatever stands above it.
    """

    fact: str
    sums: Sums
    keys: tuple[str, ...]
    where: Where
    shown: pd.DataFrame
    asked: str
    frame: bool = False
    minimum: int = 0

    @property
    def place(self) -> tuple[Any, ...]:
        """What tells it apart from another grid."""
        return self.fact, self.sums, self.keys, self.where


@dataclass(frozen=True, eq=False)
class Word:
    """Words about rows of a grid, each about its own row: what they leave of its counts.

    Attributes:
        columns: the grid's sums. low, high: by row of what was shown and by column, without end where nothing was told.
    """

    grid: Grid
    columns: tuple[str, ...]
    low: Numbers
    high: Numbers


@dataclass
class Found:
    """All that was collected."""

    grids: dict[tuple[Any, ...], Grid] = field(default_factory=dict)
    words: dict[Any, Word] = field(default_factory=dict)
    answers: int = 0
    failed: list[str] = field(default_factory=list)


class Watched(Reader):
    """A reader of the published view that keeps what it gives."""

    found: Found
    now: str = ""
    origin: dict[int, tuple[Raw, str, tuple[str, ...], tuple[str, ...], Where]]

    def totals(self, fact: str, **asked: Any) -> pd.DataFrame:
        """As `Reader.totals`, and kept."""
        shown = super().totals(fact, **asked)
        columns, keys = tuple(asked["columns"]), tuple(asked.get("keys", ()))
        where = reader.fixed(reader._within(self, {fact: columns}, dict(asked.get("where") or {})))
        self._keep(Grid(fact, tuple((c, ((c, (), 1),)) for c in columns), keys, where, shown, self.now))
        return shown

    def frame(self, metric_id: str, **asked: Any) -> pd.DataFrame:
        """As `Reader.frame`, and kept."""
        shown = super().frame(metric_id, **asked)
        metric = metrics.get(metric_id)
        if metric.disclosure == "person":
            where = reader.fixed(reader._within(self, reader._asked(metric), dict(asked.get("where") or {})))
            keys = tuple(asked.get("keys", ()))
            for grid in _of_metric(metric, keys, where, shown, self.now):
                self._keep(grid)
        return shown

    def for_model(self, fact: Any, **asked: Any) -> Raw:
        """As `Reader.for_model`; where it came from is kept, for words about it."""
        raw = super().for_model(fact, **asked)
        if not callable(fact):
            keys, where = tuple(asked.get("keys", ())), reader.fixed(asked.get("where"))
            self.origin[id(raw)] = (raw, fact, tuple(asked.get("columns", ())), keys, where)
        return raw

    def judged(self, rule: Rule, make: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """As `Reader.judged`; words about rows of counts are kept."""
        made = super().judged(rule, make, *args, **named)
        if make is verdicts._true:
            self._said(args, made)
        return made

    def _keep(self, grid: Grid) -> None:
        if grid.fact in t.FACTS:
            self.found.grids.setdefault(grid.place, grid)

    def _said(self, args: tuple[Any, ...], said: list[str]) -> None:
        asked, raw, shown, may = args
        first = raw if isinstance(raw, Raw) else raw[0]
        if not asked.apart and len(shown) > 1 or id(first) not in self.origin or not isinstance(raw, Raw):
            return  # words about many rows at once are held by a test of their own
        _, fact, columns, keys, where = self.origin[id(raw)]
        sums: Sums
        if columns:
            sums = tuple((c, ((c, (), 1),)) for c in columns)
        else:
            sums = _sums(metrics.get(fact), fact_of(fact))
            fact = fact_of(fact)
        named = tuple(c for c in asked.columns if c in dict(sums))
        if fact in t.FACTS and len(named) == len(asked.columns):
            place = (fact, named, keys, where, str(asked.words), tuple(said))
            if place not in self.found.words:
                low, high = _left(asked, shown[list(named)].to_numpy(dtype=float), may, said)
                grid = Grid(fact, sums, keys, where, shown[[*asked.key, *named]], self.now)
                self.found.words[place] = Word(grid, named, low, high)


def _left(
    asked: verdicts.Question, shown: Numbers, may: Sequence[dict[str, str]], said: Sequence[str]
) -> tuple[Numbers, Numbers]:
    """The least and the most of each count of each row for which its word would have come out."""
    low, high = np.zeros(shown.shape), np.full(shown.shape, np.inf)
    for n, counts in enumerate(shown):
        if not may[n]:
            continue  # nothing was told, whatever is true
        tried = verdicts._grid(*OURS.bounds(counts), part=asked.part)
        found = asked.words(np.repeat(tried[:, None], len(shown), axis=1))[:, n]
        kept = tried[[may[n].get(str(word)) == said[n] for word in found]]
        if len(kept):
            low[n], high[n] = kept.min(axis=0), kept.max(axis=0)
    return low, high


def fact_of(metric_id: str) -> str:
    """The fact above a measure's line."""
    return metrics.get(metric_id).numerator[0].fact


def _sums(metric: Any, fact: str) -> Sums:
    return tuple(
        (name, tuple((term.column, tuple(term.where), term.sign) for term in group))
        for name, group in metric.terms().items()
        if name in ("numerator", "denominator", "base") and all(term.fact == fact for term in group)
    )


def _of_metric(
    metric: Any, keys: tuple[str, ...], where: Where, shown: pd.DataFrame, asked: str
) -> Iterable[Grid]:
    facts = {term.fact for group in metric.terms().values() for term in group} - {"census"}
    for fact in sorted(facts):
        sums = _sums(metric, fact)
        if metric.unit == "seconds":
            sums = tuple(s for s in sums if s[0] == "denominator")
        if metric.interval == "wilson_effective":
            sums = tuple(s for s in sums if s[0] == "base")
            shown = shown.assign(base=shown["n"])
        if sums:
            yield Grid(fact, sums, keys, where, shown, asked, True, metric.minimum_denominator)


def collected(store: Store, only: tuple[str, ...] = ()) -> Found:
    """Put every question with every choice in the published view and keep what comes."""
    SHELF.clear()
    read = Watched(store, Rights(), patient=True)
    read.found, read.origin = Found(), {}
    for id, codes in asks.every(read, only):
        read.now = " ".join([id, *(f"{name}={code}" for name, code in codes.items())])
        registry.answer(id, read, "ko", codes)
        read.found.answers += 1
    return read.found
