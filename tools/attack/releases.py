"""The attack on pairs of releases: somebody has one and the next, and subtracts every common cell.

Known beside all that both published is which months were taken anew: all others are the same counts in both. Sensitive are the counts
of 1 to 9 of either, and every difference of that size between the two, also of windows that end a month later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import delete, select, update

from answers.store import Store
from data import coverage, facts, releases
from data import tables as t
from data.batches import close_batch, open_batch
from data.engine import make_engine, migrate, set_state, writing
from data.queries import Span
from tools.attack import cells, offices, report
from tools.attack.cells import TIMES, Fact, Target
from tools.attack.collect import Found, Grid, collected
from tools.attack.invert import OURS
from tools.attack.report import Outcome
from tools.attack.solve import Attack

AT = datetime(2026, 11, 2)
MONTH = 202608  # in which records are corrected
SIDE, BOTH, BEFORE, AFTER = "release", "both", "before", "after"
# Tables of which records are taken out, and what goes with them.
CORRECTED: dict[str, tuple[str, ...]] = {
    "hotline_contact": (),
    "counselling_case": ("counselling_session", "outcome_measure"),
    "referral": (),
    "attendance": (),
}
KINDS = {
    "three corrections": (3, False),
    "twelve corrections": (12, False),
    "twelve, a month later": (12, True),
}


@dataclass(frozen=True, eq=False)
class Pair:
    """Two releases, the former and the next, with the store that they are of."""

    before: Store
    after: Store
    made: releases.Release


def pair(store: Store, kind: str, folder: Path) -> Pair:
    """Two releases of a copy of a SQLite store, between which records were corrected.

    Raises:
        ValueError: a store that is not a SQLite file.
    """
    target = folder / f"{kind.replace(' ', '-').replace(',', '')}.db"
    offices.copied(store, target)
    url = f"sqlite:///{target}"
    engine = make_engine(url)
    migrate(engine)
    wanted, later = KINDS[kind]
    kept = _month_open(engine) if later else []
    releases.make(engine, at=AT, remark="before")
    with writing(engine) as connection:
        for table in CORRECTED:
            _corrected(connection, table, wanted)
        if later:
            connection.execute(t.arrival.insert(), kept)
            set_state(connection, as_of=str(store.as_of))
    made = releases.make(engine, at=AT, remark="after")
    engine.dispose()
    before, after = (Store.of(releases.url_of(engine, n)) for n in (1, 2))
    return Pair(before, after, made)


def _month_open(engine: Any) -> list[dict[str, Any]]:
    """Take the last month's arrivals out, so that it is not closed yet; returns them."""
    with writing(engine) as connection:
        last = coverage.day(coverage.states(connection))
        assert last is not None
        month = last.year * 100 + last.month
        lines = [
            dict(row)
            for row in connection.execute(select(t.arrival).where(t.arrival.c.month_key == month)).mappings()
        ]
        connection.execute(delete(t.arrival).where(t.arrival.c.month_key == month))
        day = coverage.day(coverage.states(connection))
        set_state(connection, as_of=str(day))
    return lines


def _corrected(connection: Any, name: str, wanted: int) -> None:
    """Take some of a month's current records out, as a correction would."""
    table = t.OPERATIONAL[name]
    c, day = table.c, table.c[table.info["date"]]
    first, last = coverage.first_day(MONTH), coverage.last_day(MONTH)
    current = select(c.row_id).where(c.superseded_by.is_(None), day.between(first, last)).order_by(c.row_id)
    every = connection.execute(current).scalars().all()
    some = every[:: max(len(every) // wanted, 1)][:wanted]
    gone = {name: c.row_id.in_(some)}
    if CORRECTED[name]:
        case = select(c.case_id).where(c.row_id.in_(some))
        gone |= {other: t.OPERATIONAL[other].c.case_id.in_(case) for other in CORRECTED[name]}
    for other, which in gone.items():
        number = open_batch(
            connection, kind="demo", table_name=other, source_name="", content_sha256="", recorded_at=AT
        )
        close_batch(connection, number, accepted=0, refused=0)
        own = t.OPERATIONAL[other]
        current_of = own.c.superseded_by.is_(None)
        connection.execute(update(own).where(which, current_of).values(superseded_by=number))
        facts.refresh(connection, other, batch_id=number)
    # What was made of the former records is not of these: only facts are attacked.
    connection.execute(delete(t.study))


def attacked(
    both: Pair, *, cells_asked: int, only: tuple[str, ...], seed: int = 0, workers: int = 1
) -> Outcome:
    """Attack two releases together; as `report.attacked`."""
    sides = {BEFORE: collected(both.before, only), AFTER: collected(both.after, only)}
    known = {
        side: cells.facts(_store(both, side), list(found.grids.values())) for side, found in sides.items()
    }
    out = Outcome(OURS.name)
    pools: dict[tuple[str, str], list[Target]] = {}
    attacks: dict[str, tuple[Attack, list[Grid]]] = {}
    for name in sorted(known[BEFORE].keys() & known[AFTER].keys()):
        fact = joined(known[BEFORE][name], known[AFTER][name])
        mine = [
            _sided(g, side) for side, found in sides.items() for g in found.grids.values() if g.fact == name
        ]
        limits = [limit for g in mine for limit in report._limits(fact, g, OURS)]
        limits += [limit for side, found in sides.items() for limit in _words(fact, found, side)]
        attacks[name] = Attack(fact, limits), mine
        out.untrue += attacks[name][0].untrue() + Attack(known[BEFORE][name], []).exceeding()
        for target in {target.label: target for target in targets(fact, mine)}.values():
            pools.setdefault((name, target.kind), []).append(target)
    out.sensitive = sum(map(len, pools.values()))

    def tried(target: Target) -> tuple[int, int, bool]:
        attack, mine = attacks[target.fact]
        return *attack.candidates(target, mine), False

    asked = [] if out.untrue else report._drawn(pools, cells_asked, seed)
    out.tried += [(target, low, high) for target, (low, high, _) in report.each(tried, asked, workers)]
    return out


def _store(both: Pair, side: str) -> Store:
    return both.before if side == BEFORE else both.after


def joined(before: Fact, after: Fact) -> Fact:
    """The atoms of two releases in one: those of periods that are alike once, the others of each side."""
    keys = [key for key in before.keys if key in after.keys]
    sums = sorted(set(before.atoms.columns) & set(after.atoms.columns) - set(keys))
    sides = {}
    index = pd.concat([before.atoms[keys], after.atoms[keys]]).drop_duplicates()
    for side, fact in ((BEFORE, before), (AFTER, after)):
        rows = fact.atoms.groupby(keys, as_index=False)[sums].sum() if keys else fact.atoms[sums]
        sides[side] = index.merge(rows, on=keys, how="left").fillna(dict.fromkeys(sums, 0)) if keys else rows
    unlike = (sides[BEFORE][sums].to_numpy() != sides[AFTER][sums].to_numpy()).any(axis=1)
    times = [key for key in keys if key in TIMES]
    if times:
        changed = sides[BEFORE].loc[unlike, times[0]].unique()
        unlike = sides[BEFORE][times[0]].isin(changed).to_numpy()
    else:
        unlike[:] = unlike.any()
    parts = [
        sides[BEFORE][~unlike].assign(**{SIDE: BOTH}),
        *(rows[unlike].assign(**{SIDE: side}) for side, rows in sides.items()),
    ]
    return Fact(before.name, (*keys, SIDE), pd.concat(parts, ignore_index=True))


def _sided(grid: Grid, side: str) -> Grid:
    """A grid of one release, asked of the atoms of both."""
    return replace(grid, where=(*grid.where, (SIDE, (BOTH, side))), asked=f"{side}: {grid.asked}")


def _words(fact: Fact, found: Found, side: str) -> Iterator[Any]:
    for word in found.words.values():
        if report.told_of(fact, word):
            yield from report._word(fact, replace(word, grid=_sided(word.grid, side)))


def targets(fact: Fact, grids: list[Grid]) -> Iterator[Target]:
    """Counts of 1 to 9 of either release, and differences of that size between two cells of the same kind in both."""
    made = [cells.sums(fact, grid) for grid in grids]
    for n, (grid, (rows, sums)) in enumerate(zip(grids, made, strict=True)):
        for name, true in sums.items():
            for row in np.flatnonzero((true >= 1) & (true <= 9)):
                told = ((n, name, int(row), 1),)
                yield Target(
                    fact.name, told, "cell", cells._label(grid, name, rows, int(row)), int(true[row])
                )
    first = {_kind(grid): n for n, grid in enumerate(grids) if dict(grid.where)[SIDE] == (BOTH, BEFORE)}
    for n, grid in enumerate(grids):
        former = first.get(_kind(grid))
        if dict(grid.where)[SIDE] == (BOTH, AFTER) and former is not None:
            yield from _between(fact, grids, made, former, n)


def _kind(grid: Grid) -> tuple[Any, ...]:
    """What a grid is of in any release: a span of months by how many they are."""
    where = []
    for name, wanted in grid.where:
        if name == SIDE:
            continue
        whole_year = (
            isinstance(wanted, Span) and wanted.low % 100 == 1 and wanted.low // 100 == wanted.high // 100
        )
        if name == "month_key" and isinstance(wanted, Span):
            months = len(coverage.months(int(wanted.low), int(wanted.high)))
            where.append((name, f"year {wanted.low // 100}" if whole_year else f"{months} months"))
        else:
            where.append((name, wanted))
    return grid.fact, grid.sums, grid.keys, tuple(where)


def _between(fact: Fact, grids: list[Grid], made: list[Any], a: int, b: int) -> Iterator[Target]:
    (rows, before), (others, after) = made[a], made[b]
    keys = list(grids[a].keys)
    if keys:
        at = rows.reset_index(names="_a").merge(others.reset_index(names="_b"), on=keys)
    else:
        at = pd.DataFrame({"_a": [0], "_b": [0]})
    for name in before.keys() & after.keys():
        for x, y in zip(at["_a"], at["_b"], strict=True):
            left = int(after[name][y] - before[name][x])
            if 1 <= abs(left) <= 9:
                sign = 1 if left > 0 else -1
                told = (b, name, int(y), sign), (a, name, int(x), -sign)
                label = f"{cells._label(grids[b], name, others, int(y))} after less before"
                yield Target(fact.name, told, "between", label, abs(left))
