"""What the lowest role is given: a reader that keeps every figure and word which passes its door.

No answer has a figure from anywhere else: a test poisons all else (`tests/test_poison.py`). So this is all that pages, files, links and
`/api` can print, and somewhat more: counts are taken as known wherever only their ratio is shown.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from answers import reader, registry, studies, verdicts
from answers.kept import SHELF
from answers.reader import Raw, Reader, Rule, Where
from answers.rights import Rights
from answers.store import Store
from data import tables as t
from metrics import registry as metrics
from tools.attack import asks, families, percentiles
from tools.attack.families import Term
from tools.attack.invert import OURS, Numbers

TELL = 250  # questions between two lines that say how far it is
Sums = tuple[tuple[str, tuple[Term, ...]], ...]


@dataclass(frozen=True, eq=False)
class Grid:
    """Published sums of one fact: by name what is summed, by which keys, under which filter, and what was shown.

    Attributes:
        frame: of a measure, whose withheld rows may still show what stands below the line.
        minimum: below so many under the line a measure is withheld whatever stands above it. borrowed: of another fact.
    """

    fact: str
    sums: Sums
    keys: tuple[str, ...]
    where: Where
    shown: pd.DataFrame
    asked: str
    frame: bool = False
    minimum: int = 0
    borrowed: bool = False

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


@dataclass(frozen=True, eq=False)
class Chart:
    """Words that rest on all rows of a chart together.

    Attributes:
        asked: what was asked of the rows. columns: of each of the asked counts, the grid and the name of its sum.
        shown: the rows as published. may, said: by word, as `answers.verdicts` has them.
    """

    asked: verdicts.Question
    columns: tuple[tuple[Grid, str], ...]
    shown: pd.DataFrame
    may: Sequence[dict[str, str]]
    said: Sequence[str]


@dataclass
class Found:
    """All that was collected. untried: questions some of whose words are in no programme."""

    grids: dict[tuple[Any, ...], Grid] = field(default_factory=dict)
    words: dict[Any, Word] = field(default_factory=dict)
    charts: dict[Any, Chart] = field(default_factory=dict)
    untried: set[str] = field(default_factory=set)
    answers: int = 0
    failed: list[str] = field(default_factory=list)


class Watched(Reader):
    """A reader of the published view that keeps what it gives."""

    found: Found
    now: str = ""
    origin: dict[int, tuple[Raw, str, tuple[str, ...], tuple[str, ...], Where]]
    made: dict[tuple[str, tuple[Any, ...]], Any]

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
            keys, columns = tuple(asked.get("keys", ())), tuple(asked.get("columns", ()))
            of = {fact: columns} if columns else reader._asked(metrics.get(fact))
            where = reader.fixed(reader._within(self, of, dict(asked.get("where") or {})))
            self.origin[id(raw)] = (raw, fact, columns, keys, where)
        return raw

    def judged(self, rule: Rule, make: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """As `Reader.judged`; words about rows of counts are kept, and counts that are protected at once."""
        made = super().judged(rule, make, *args, **named)
        if make is verdicts._true:
            self._said(args, made)
        elif origin := next((self.origin[id(a)] for a in args if id(a) in self.origin), None):
            _, fact, _, _, where = origin
            opened = tuple(reader._opened(a) for a in args)
            for left in percentiles.of(rule.name, made, opened):
                self._bounded(fact, where, left)
            for found in families.of(rule.name, made, opened):
                shown = found.true.copy()
                names = [name for name, _ in found.sums]
                shown[names] = OURS.print(found.true[names].to_numpy(dtype=float))
                where_now = tuple(sorted((*where, *found.where), key=str))
                self._keep(Grid(fact, found.sums, found.keys, where_now, shown, self.now))
        return made

    def study(self, name: str, *args: Any) -> Any:
        """As `Reader.study`; what is made of facts alone is made here, so that its figures pass this door, too."""
        one = studies.entered(name)
        if not one.of_facts:
            return super().study(name, *args)
        if (name, args) not in self.made:
            self.made[name, args] = one.make(self, *args)
        return self.made[name, args]

    def seen_in(self, view: str) -> Watched:
        """As `Reader.seen_in`, and what it gives is kept with this one's."""
        other = Watched(self.store, Rights(view, named=True), patient=self.patient)
        other.found, other.origin, other.made, other.now = self.found, self.origin, self.made, self.now
        return other

    def _keep(self, grid: Grid) -> None:
        if grid.fact in t.FACTS:
            self.found.grids.setdefault(grid.place, grid)

    def _bounded(self, fact: str, where: Where, left: percentiles.Left) -> None:
        """Keep what a percentile says, as words about the one row of a grid without keys."""
        names = tuple(name for name, _ in left.sums)
        shown = pd.DataFrame([dict.fromkeys(names, 0.0)])
        grid = Grid(fact, left.sums, (), tuple(sorted((*where, *left.where), key=str)), shown, self.now)
        low, high = (np.array([side], dtype=float) for side in (left.low, left.high))
        self.found.words.setdefault((grid.place, left.low, left.high), Word(grid, names, low, high))

    def _said(self, args: tuple[Any, ...], said: list[str]) -> None:
        asked, raw, shown, may = args
        sources = [
            self._source(self.origin.get(id(r)), shown) for r in ([raw] if isinstance(raw, Raw) else raw)
        ]
        held = [
            next(((g, c) for g in sources if g is not None and c in dict(g.sums)), None)
            for c in asked.columns
        ]
        columns = tuple(pair for pair in held if pair is not None)
        if len(columns) < len(held) or any(grid.fact not in t.FACTS for grid, _ in columns):
            self.found.untried.add(self.now)
            return
        place = (tuple((g.place, c) for g, c in columns), str(asked.words), tuple(said))
        if not asked.apart and len(shown) > 1:
            self.found.charts.setdefault(place, Chart(asked, columns, shown, may, said))
        elif len(sources) == 1 and place not in self.found.words:
            low, high = _left(asked, shown[list(asked.columns)].to_numpy(dtype=float), may, said)
            self.found.words[place] = Word(columns[0][0], asked.columns, low, high)

    def _source(self, origin: Any, shown: pd.DataFrame) -> Grid | None:
        """The grid that the true counts of some words are of; None where they are of several facts."""
        if origin is None:
            return None
        _, fact, columns, keys, where = origin
        sums = (
            tuple((c, ((c, (), 1),)) for c in columns) if columns else _sums(metrics.get(fact), fact_of(fact))
        )
        return Grid(fact if columns else fact_of(fact), sums, keys, where, shown, self.now)


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
        if name in ("numerator", "denominator", "base", "cases") and all(term.fact == fact for term in group)
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
            sums = tuple(s for s in sums if s[0] in ("base", "cases"))
            shown = _with_cases(shown)
        if sums:
            yield Grid(fact, sums, keys, where, shown, asked, True, metric.minimum_denominator)


def _with_cases(shown: pd.DataFrame) -> pd.DataFrame:
    """Rows of a weighted share with between what its yes-answers would lie if all weights of a row were the same."""
    least, most = OURS.bounds(shown["n"].to_numpy(dtype=float))
    off = np.where(shown["digits"].eq(0), 0.5, 0.05)
    share = shown["value"].to_numpy(dtype=float)
    low, high = (share - off) / 100 * least, (share + off) / 100 * most
    return shown.assign(
        base=shown["n"],
        cases=np.nan,
        cases_low=np.nan_to_num(low),
        cases_high=np.nan_to_num(high, nan=np.inf),
    )


def say(line: str) -> None:
    """A line beside the table of results."""
    print(f"  {line}", file=sys.stderr, flush=True)


def collected(store: Store, only: tuple[str, ...] = ()) -> Found:
    """Put every question with every choice in the published view and keep what comes."""
    SHELF.clear()
    # A person with a name: nothing that was made ahead is taken, for it would not pass this reader.
    read = Watched(store, Rights(named=True), patient=True)
    read.found, read.origin, read.made = Found(), {}, {}
    for id, codes in asks.every(read, only):
        read.now = " ".join([id, *(f"{name}={code}" for name, code in codes.items())])
        registry.answer(id, read, "ko", codes)
        read.found.answers += 1
        if read.found.answers % TELL == 0:
            say(f"{read.found.answers} questions put")
    return read.found
