"""Run the attack on one store under one rule and say what fell."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from answers.store import Store
from tools.attack import cells, charts, invert
from tools.attack.cells import Target
from tools.attack.collect import Found, Grid, Word, say
from tools.attack.invert import OURS, Policy
from tools.attack.solve import Attack, Limit

FEWEST = 5  # candidates that every sensitive cell must keep
TELL_S = 60  # between two lines that say how far an attack is
SLOW_S = 30  # a cell that takes longer is named


@dataclass
class Outcome:
    """What came of an attack.

    Attributes:
        tried: targets with the least and the most that each may be. sensitive: how many there are in all. untrue: constraints
            that the truth breaks. pressed: targets of which words of charts might have told, and for which counts with the same words were looked for.
    """

    policy: str
    tried: list[tuple[Target, int, int]] = field(default_factory=list)
    sensitive: int = 0
    pressed: int = 0
    untrue: list[str] = field(default_factory=list)

    @property
    def exact(self) -> list[Target]:
        """Cells that were worked out."""
        return [t for t, low, high in self.tried if low == high]

    @property
    def few(self) -> list[tuple[Target, int, int]]:
        """Cells with fewer candidates than they must keep."""
        return [(t, low, high) for t, low, high in self.tried if high - low + 1 < FEWEST]

    @property
    def wrong(self) -> list[Target]:
        """Cells whose true count is not among the candidates: the attack itself would be broken."""
        return [t for t, low, high in self.tried if not low <= t.true <= high]


def attacked(
    store: Store,
    found: Found,
    *,
    cells_asked: int,
    policy: Policy = OURS,
    only: str = "",
    seed: int = 0,
    workers: int = 1,
) -> Outcome:
    """Attack what was collected.

    Args:
        workers: processes over which the cells are spread, as many of them as there are cores.
        cells_asked: how many sensitive cells are tried, drawn evenly over facts and ways to reach them; 0 tries all.
    """
    grids = list(found.grids.values())
    others = cells.borrowed(grids)
    known = cells.facts(store, grids + others)
    grids += [grid for grid in others if _agrees(known[grid.fact], grid)]
    out = Outcome(policy.name)
    pools: dict[tuple[str, str], list[Target]] = {}
    mine: dict[str, list[Grid]] = {}
    attacks: dict[str, Attack] = {}
    told: dict[str, Attack] = {}
    drawn: dict[str, list[charts.Known]] = {}
    behind = charts.known(found.charts.values(), known) if policy is OURS else []
    for name, fact in known.items():
        if only and name != only:
            continue
        mine[name] = [g for g in grids if g.fact == name]
        limits = [limit for g in mine[name] for limit in _limits(fact, g, policy)]
        if policy is OURS:
            limits += [x for w in found.words.values() if told_of(fact, w) for x in _word(fact, w)]
            drawn[name] = [k for k in behind if any(g.fact == name for g, _ in k.chart.columns)]
            told[name] = Attack(fact, limits + list(charts.exact(name, drawn[name], known)))
            limits += charts.rows(name, drawn[name], known)
        attacks[name] = Attack(fact, limits)
        out.untrue += attacks[name].untrue() + attacks[name].exceeding()
        for target in _once(cells.targets(fact, mine[name])):
            pools.setdefault((name, target.kind), []).append(target)
    out.sensitive = sum(map(len, pools.values()))
    if out.untrue:
        return out

    def tried(target: Target) -> tuple[int, int, bool]:
        """The least and the most that a target may be, and whether words of charts might have told it."""
        grids = mine[target.fact]
        low, high = attacks[target.fact].candidates(target, grids)
        if not drawn.get(target.fact) or high - low + 1 < FEWEST:
            return low, high, False
        least, most = told[target.fact].candidates(target, grids)
        if most - least + 1 >= FEWEST:
            return low, high, False
        left = charts.proven(attacks[target.fact], target, grids, drawn[target.fact], (low, high), FEWEST)
        return (low, high, True) if left >= FEWEST else (target.true, target.true + left - 1, True)

    for target, (low, high, pressed) in each(tried, _drawn(pools, cells_asked, seed), workers):
        out.tried.append((target, low, high))
        out.pressed += pressed
    return out


Tried = Callable[[Target], tuple[int, int, bool]]


def each(tried: Tried, targets: list[Target], workers: int) -> Iterator[tuple[Target, tuple[int, int, bool]]]:
    """Each target as it was tried, over so many processes, which tell on the way how far they are."""
    global _TRIED, _TARGETS
    _TRIED, _TARGETS = tried, targets
    with ExitStack() as stack:
        spread: Any = map
        if workers > 1:
            # Forked, for all that was collected is then in each of them; nothing has been solved here, so that no solver's thread is lost.
            pool = stack.enter_context(multiprocessing.get_context("fork").Pool(workers))
            spread = pool.imap_unordered
        began = told = time.monotonic()
        for done, (n, found, took) in enumerate(spread(_one, range(len(targets))), start=1):
            now = time.monotonic()
            if took > SLOW_S:
                say(f"{targets[n].kind} {targets[n].label}: {took:.0f} s")
            if now - told > TELL_S:
                told = now
                say(f"{done} of {len(targets)} cells tried in {(now - began) / 60:.0f} min")
            yield targets[n], found


_TRIED: Tried
_TARGETS: list[Target]


def _one(n: int) -> tuple[int, tuple[int, int, bool], float]:
    began = time.monotonic()
    return n, _TRIED(_TARGETS[n]), time.monotonic() - began


def _once(targets: object) -> list[Target]:
    return list({(t.label): t for t in targets}.values())  # type: ignore[attr-defined]


def _drawn(pools: dict[tuple[str, str], list[Target]], most: int, seed: int) -> list[Target]:
    rng = np.random.default_rng(seed)
    shuffled = [[pool[i] for i in rng.permutation(len(pool))] for _, pool in sorted(pools.items())]
    if not most:
        return [t for pool in shuffled for t in pool]
    out: list[Target] = []
    at = 0
    while len(out) < most and any(len(pool) > at for pool in shuffled):
        out += [pool[at] for pool in shuffled if len(pool) > at]
        at += 1
    return out[:most]


def _agrees(fact: cells.Fact, grid: Grid) -> bool:
    """Whether what is published of another fact is true of this one: in an office cut from a store facts may be of different records."""
    return all(
        ((limit.low <= true) & (true <= limit.high)).all()
        for limit, true in zip(_limits(fact, grid, OURS), cells.sums(fact, grid)[1].values(), strict=True)
    )


def _limits(fact: cells.Fact, grid: Grid, policy: Policy) -> list[Limit]:
    rows, true = cells.sums(fact, grid)
    frame = rows.assign(**true)
    return [Limit(grid, name, *invert.bounds(policy, grid, name, frame)) for name in true]


def told_of(fact: cells.Fact, word: Word) -> bool:
    """Whether words are about a fact, by keys that some published grid of it has: else nothing tells these rows apart."""
    asked = {name for name, _ in word.grid.where} | {
        name for _, terms in word.grid.sums for _, where, _ in terms for name, _ in where
    }
    known = {*fact.atoms.columns, "area_code"}
    return word.grid.fact == fact.name and asked <= known


def _word(fact: cells.Fact, word: Word) -> list[Limit]:
    """What words about rows leave of their counts; where a row's limits rest on all others its word alone tells nothing for sure."""
    rows, true = cells.sums(fact, word.grid)
    columns = [c for c in word.columns if c in true]
    shown = word.grid.shown.reset_index(drop=True).reset_index(names="_n")
    keys = list(word.grid.keys)
    at = (rows[keys].merge(shown, on=keys, how="left")["_n"] if keys else shown["_n"]).to_numpy(dtype=float)
    told = np.flatnonzero(~np.isnan(at))
    low, high = np.zeros((len(rows), len(word.columns))), np.full((len(rows), len(word.columns)), np.inf)
    low[told], high[told] = word.low[at[told].astype(int)], word.high[at[told].astype(int)]
    counts = np.column_stack([true.get(c, np.zeros(len(rows))) for c in word.columns])
    wrong = ((counts < low) | (counts > high)).any(axis=1)
    low[wrong], high[wrong] = -np.inf, np.inf
    return [Limit(word.grid, c, low[:, k], high[:, k]) for k, c in enumerate(word.columns) if c in columns]
