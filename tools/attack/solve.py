"""The least and the most that a sensitive cell may be, given everything that was published."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import bmat, csr_matrix
from scipy.sparse.csgraph import connected_components

from tools.attack.cells import Fact, Target, counts_people, wholes
from tools.attack.collect import Grid
from tools.attack.invert import Numbers

NEAR = 12  # so many districts or providers are kept apart; of more all are taken together
FAR = 5  # other places from which on the city's months say nothing of one place that its own figures do not
WIDE = ("district_code", "provider_id", "signal")
CLOSE = 6  # candidates by linear programme up to which whole numbers are asked for
PATIENCE_S = 4.0
AROUND = 300  # classes of atoms that a first programme leaves free beside those of the target


@dataclass(frozen=True, eq=False)
class Limit:
    """Limits of the rows of one grid's sum: how many they are, the rows' keys, and between what each lies."""

    grid: Grid
    name: str
    low: Numbers
    high: Numbers


@dataclass(frozen=True, eq=False)
class Programme:
    """Linear constraints on counts by class of atoms and column; `place` gives a column's first variable, `true` the true counts."""

    matrix: csr_matrix
    low: Numbers
    high: Numbers
    size: int
    place: dict[str, int]
    reps: npt.NDArray[np.int64]
    classes: npt.NDArray[np.int64]
    true: Numbers

    def part(self, row: npt.NDArray[np.intp], column: npt.NDArray[np.intp]) -> Programme:
        """Some of its constraints on some of its variables; `place`, `reps` and `classes` stay those of the whole."""
        return replace(
            self,
            matrix=self.matrix[row][:, column],
            low=self.low[row],
            high=self.high[row],
            size=len(column),
            true=self.true[column],
        )


class Attack:
    """Everything published of one fact, ready to be asked for its sensitive cells."""

    def __init__(self, fact: Fact, limits: list[Limit]) -> None:
        self.fact = fact
        self.limits = limits
        self._codes: dict[Any, tuple[npt.NDArray[np.int64], pd.DataFrame]] = {}
        self._programmes: dict[Any, Programme] = {}

    def codes(self, grid: Grid) -> tuple[npt.NDArray[np.int64], pd.DataFrame]:
        """As `Fact.codes`, worked out once."""
        key = (grid.keys, grid.where)
        if key not in self._codes:
            self._codes[key] = self.fact.codes(grid)
        return self._codes[key]

    def posed(self, target: Target, grids: list[Grid]) -> tuple[Programme, Numbers]:
        """The programme of a target, and the target as a sum of its variables."""
        rows = [self.codes(grids[n])[0] == row for n, _, row, _ in target.rows]
        made = self._programme(rows, frozenset(grids[n].place for n, _, _, _ in target.rows))
        goal = np.zeros(made.size)
        for n, name, row, sign in target.rows:
            inside = (self.codes(grids[n])[0] == row)[made.reps]
            for column, where, own in dict(grids[n].sums)[name]:
                chosen = np.flatnonzero(inside & self.fact.mask(where)[made.reps])
                goal[made.place[column] + chosen] += sign * own
        return made, goal

    def candidates(self, target: Target, grids: list[Grid]) -> tuple[int, int]:
        """The least and the most that a target may be; any range of more than `CLOSE` values that is sure, where the whole one is wider."""
        made, goal = self.posed(target, grids)
        # What a few counts can be while all others are as in truth, they can be: most targets need no more.
        few, part, others = _around(made, goal)
        low, high = _range(few, part, whole=False)
        if high - low >= CLOSE:
            return low + others, high + others
        # Alone its own columns may leave it no choice at all: then the others have nothing to add.
        least, most = _range(*_connected(*_alone(made, goal)), whole=False)
        if least == most:
            return least, most
        made, goal = _connected(made, goal)
        low, high = _range(made, goal, whole=False)
        if high - low < CLOSE:
            finer = _range(made, goal, whole=True)
            low, high = max(low, finer[0]), min(high, finer[1])
        return low, high

    def _programme(self, rows: list[npt.NDArray[np.bool_]], own: frozenset[Any]) -> Programme:
        kept = {}
        for key in WIDE:
            if key in self.fact.keys:
                values = (frozenset(self.fact.atoms.loc[near, key].unique()) for near in rows)
                kept[key] = frozenset().union(*(some for some in values if len(some) <= NEAR))
        far = {limit.grid.place for limit in self.limits if self._far(limit.grid, kept)} - own
        place = (tuple(sorted(kept.items())), frozenset(far))
        if place not in self._programmes:
            self._programmes[place] = self._made(kept, far)
        return self._programmes[place]

    def _made(self, kept: dict[str, frozenset[Any]], far: set[Any]) -> Programme:
        used = [limit for limit in self.limits if limit.grid.place not in far]
        collapsed = [self._collapsed(limit, kept) for limit in used]
        wheres = {where for limit in used for _, where, _ in dict(limit.grid.sums)[limit.name]}
        seeds = np.random.default_rng(1)
        mark = np.zeros(len(self.fact.atoms), dtype=np.uint64)
        for codes in {id(c): c for c, _, _ in collapsed}.values():
            salt = seeds.integers(1, 2**63, size=int(codes.max(initial=0)) + 2, dtype=np.uint64)
            mark += salt[codes + 1]
        for where in sorted(wheres, key=str):
            mark += self.fact.mask(where) * np.uint64(seeds.integers(1, 2**63))
        _, reps, classes = np.unique(mark, return_index=True, return_inverse=True)
        names = sorted({c for limit in used for c, _, _ in dict(limit.grid.sums)[limit.name]})
        place = {c: n * len(reps) for n, c in enumerate(names)}
        rows, columns, signs, low, high, n = [], [], [], [], [], 0
        for limit, (codes, least, most) in zip(used, collapsed, strict=True):
            mine = codes[reps]
            for column, where, sign in dict(limit.grid.sums)[limit.name]:
                chosen = np.flatnonzero((mine >= 0) & self.fact.mask(where)[reps])
                rows.append(n + mine[chosen])
                columns.append(place[column] + chosen)
                signs.append(np.full(len(chosen), float(sign)))
            low.append(least)
            high.append(most)
            n += len(least)
        classes = classes.ravel()
        stands = {
            c: np.bincount(classes, self.fact.atoms[c].to_numpy(dtype=float), minlength=len(reps))
            for c in names
        }
        for part in names:
            for whole in _next(part, wholes(self.fact.name), place):
                at = np.arange(len(reps))
                rows += [n + at, n + at]
                columns += [place[part] + at, place[whole] + at]
                signs += [np.ones(len(at)), -np.ones(len(at))]
                low.append(np.full(len(at), -np.inf))
                # A sum that a release keeps may exceed what it is part of: whoever attacks is taken to know where, and by how many.
                high.append(np.maximum(stands[part] - stands[whole], 0.0))
                n += len(at)
        size = len(names) * len(reps)
        matrix = csr_matrix(
            (np.concatenate(signs), (np.concatenate(rows), np.concatenate(columns))), shape=(n, size)
        )
        true = np.concatenate([stands[c] for c in names])
        return Programme(matrix, np.concatenate(low), np.concatenate(high), size, place, reps, classes, true)

    def _far(self, grid: Grid, kept: dict[str, frozenset[Any]]) -> bool:
        """Whether a grid is of months of the whole city while the target is of few of many places: these do not reach it."""
        if "month_key" not in grid.keys or {_own(k) for k in grid.keys} & set(kept):
            return False
        others = (len(set(self.fact.atoms[key].unique()) - some) for key, some in kept.items() if some)
        return any(n > FAR for n in others)

    def _collapsed(
        self, limit: Limit, kept: dict[str, frozenset[Any]]
    ) -> tuple[npt.NDArray[np.int64], Numbers, Numbers]:
        """A grid with the far ones as one: the row of each atom, and the limits of the rows."""
        codes, keys = self.codes(limit.grid)
        wide = [k for k in limit.grid.keys if _own(k) in kept]
        if not wide:
            return codes, limit.low, limit.high
        labels = keys.astype(object).copy()
        for key in wide:
            labels.loc[~keys[key].isin(kept[_own(key)]), key] = "*"
        group = labels.groupby(list(labels.columns), sort=False).ngroup().to_numpy()
        count = int(group.max(initial=-1)) + 1
        out = np.append(group, -1)[codes].astype(np.int64)
        low, high = np.zeros(count), np.zeros(count)
        np.add.at(low, group, limit.low)
        np.add.at(high, group, limit.high)
        return out, low, high

    def untrue(self) -> list[str]:
        """Constraints that the true counts break: there must be none."""
        found = []
        for limit in self.limits:
            codes, _ = self.codes(limit.grid)
            inside = codes >= 0
            value = self.fact.value(dict(limit.grid.sums)[limit.name])[inside]
            true = np.bincount(codes[inside], value, minlength=len(limit.low))
            bad = np.flatnonzero((true < limit.low - 1e-6) | (true > limit.high + 1e-6))
            found += [
                f"{limit.grid.asked}: {limit.grid.fact}.{limit.name} row {r}: {true[r]} not in "
                f"[{limit.low[r]}, {limit.high[r]}]"
                for r in bad
            ]
        return found

    def exceeding(self) -> list[str]:
        """Columns that exceed what they are taken to be part of: in live figures there must be none."""
        columns = set(self.fact.atoms.columns)
        return [
            f"{self.fact.name}: {part} exceeds {whole}"
            for part, some in wholes(self.fact.name).items()
            for whole in some
            if {part, whole} <= columns and counts_people(((whole, (), 1),))
            if (self.fact.atoms[part] > self.fact.atoms[whole]).any()
        ]


def _next(part: str, wholes_of: dict[str, frozenset[str]], known: Container[str]) -> list[str]:
    """The known columns that a column is part of, without those that it is part of through another known one."""
    some = {whole for whole in wholes_of.get(part, ()) if whole in known}
    return sorted(some - {above for whole in some for above in wholes_of.get(whole, ())})


def _around(made: Programme, goal: Numbers) -> tuple[Programme, Numbers, int]:
    """A programme with few free counts, of the goal and of some where somebody stands; all others are as in truth.

    Returns:
        The programme, the goal in it, and what the others add to the goal.
    """
    many = len(made.reps)
    own = np.unique(np.flatnonzero(goal) % many)
    rng = np.random.default_rng(0)
    columns = np.unique(np.flatnonzero(goal) // many)
    somebody = np.flatnonzero(made.true.reshape(-1, many)[columns].sum(axis=0))
    free = np.zeros(many, dtype=bool)
    for some in (own, somebody):
        free[rng.choice(some, size=min(len(some), AROUND), replace=False)] = True
    column = np.flatnonzero(np.tile(free, made.size // many))
    fixed = made.true.copy()
    fixed[column] = 0
    settled = made.matrix @ fixed
    left = replace(made, low=made.low - settled, high=made.high - settled)
    row = np.flatnonzero(np.diff(made.matrix[:, column].indptr))
    return left.part(row, column), goal[column], round(float(goal @ fixed))


def _alone(made: Programme, goal: Numbers) -> tuple[Programme, Numbers]:
    """A programme without the columns that a goal does not name, and without every row in which one of them stands."""
    many = len(made.reps)
    own = np.isin(np.arange(made.size) // many, np.unique(np.flatnonzero(goal) // many))
    row = np.flatnonzero(np.diff(made.matrix[:, ~own].tocsr().indptr) == 0)
    column = np.flatnonzero(own)
    return made.part(row, column), goal[column]


def _connected(made: Programme, goal: Numbers) -> tuple[Programme, Numbers]:
    """The part of a programme that a goal hangs together with: no other says anything of it."""
    rows = made.matrix.shape[0]
    both = bmat([[None, made.matrix], [made.matrix.T, None]], format="csr")
    label = connected_components(both, directed=False)[1]
    near = np.unique(label[rows + np.flatnonzero(goal)])
    row, column = (np.flatnonzero(np.isin(part, near)) for part in (label[:rows], label[rows:]))
    return made.part(row, column), goal[column]


def _own(key: str) -> str:
    return "district_code" if key == "area_code" else key


def _range(made: Programme, goal: Numbers, *, whole: bool) -> tuple[int, int]:
    limits = LinearConstraint(made.matrix, made.low, made.high)
    kind = np.ones(made.size) if whole else np.zeros(made.size)
    # Only whole numbers are given up in time, for what linear programming already left; that itself always ends.
    patience = {"time_limit": PATIENCE_S} if whole else {}
    out = []
    for sign in (1.0, -1.0):
        found = milp(
            sign * goal, integrality=kind, bounds=Bounds(0, np.inf), constraints=limits, options=patience
        )
        if found.status == 3:  # without a limit
            value = -np.inf
        elif found.status == 2:
            raise ValueError("no counts fit what is published")
        else:
            bound = found.mip_dual_bound if whole and found.mip_dual_bound is not None else found.fun
            value = found.fun if bound is None else bound
            if value is None:
                value = -np.inf
        out.append(sign * value)
    least = 0 if np.isinf(out[0]) else int(np.ceil(out[0] - 1e-6))
    most = 10**9 if np.isinf(out[1]) else int(np.floor(out[1] + 1e-6))
    return least, most
