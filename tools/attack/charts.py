"""Words that rest on all rows of a chart together (signals of months, bulk closures): they are no linear limits.

First whoever attacks is told more than the words: the true counts of all rows. What still has five candidates has them whatever was said. Of the
rest counts are looked for, value by value, that fit everything published and give every word that was told, word for word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, hstack, identity, vstack

from answers.verdicts import UNDECIDED
from tools.attack import cells
from tools.attack.cells import Fact, Target
from tools.attack.collect import Chart, Grid
from tools.attack.invert import Numbers
from tools.attack.solve import Attack, Limit, Programme

TRIES = 16  # weightings under which counts are looked for
REACHES = (1, 2, 4, 8)  # how far from the truth counts are moved together
SLIGHT = 1e-3
DEARER = 4.0  # how much dearer a count becomes that gave other words when it was moved
FAR = 12  # values further from the truth are not looked for
PATIENCE_S = 10.0


@dataclass(frozen=True, eq=False)
class Known:
    """A chart with the true counts behind its rows: (rows, columns), and by column where each row stands in its grid."""

    chart: Chart
    true: Numbers
    places: tuple[npt.NDArray[np.int64], ...]


def known(charts: Iterable[Chart], facts: dict[str, Fact]) -> list[Known]:
    """Charts whose columns are of facts that are attacked."""
    found = []
    for chart in charts:
        if not all(grid.fact in facts and name in _people(grid) for grid, name in chart.columns):
            continue
        true, places = [], []
        for grid, name in chart.columns:
            rows, sums = cells.sums(facts[grid.fact], grid)
            keys = list(chart.asked.key)
            told = chart.shown[keys].merge(rows.reset_index(names="_n"), on=keys, how="left")
            at = told["_n"].to_numpy(dtype=np.int64)
            true.append(sums[name][at])
            places.append(at)
        found.append(Known(chart, np.column_stack(true), tuple(places)))
    return found


def _people(grid: Grid) -> set[str]:
    return {name for name, terms in grid.sums if cells.counts_people(terms)}


def exact(fact: str, charts: list[Known], facts: dict[str, Fact]) -> Iterator[Limit]:
    """The true counts of every row of every chart of a fact, as limits."""
    for one in charts:
        for (grid, name), column, at in zip(one.chart.columns, one.true.T, one.places, strict=True):
            if grid.fact == fact:
                size = len(facts[fact].codes(grid)[1])
                low, high = np.zeros(size), np.full(size, np.inf)
                low[at] = high[at] = column
                yield Limit(grid, name, low, high)


def rows(fact: str, charts: list[Known], facts: dict[str, Fact]) -> Iterator[Limit]:
    """The rows of every chart of a fact without any limit, so that a programme tells them apart."""
    for limit in exact(fact, charts, facts):
        yield Limit(limit.grid, limit.name, np.zeros(len(limit.low)), np.full(len(limit.low), np.inf))


def proven(
    attack: Attack, target: Target, grids: list[Grid], charts: list[Known], ends: tuple[int, int], enough: int
) -> int:
    """How many values of a target fit everything published and every word of every chart; no more than `enough` are looked for."""
    made, goal = attack.posed(target, grids)
    mine = [k for k in charts if all(_told_apart(attack, made, g) for g, _ in _own(attack, k))]
    matrix, true, places = _cells(attack, made, mine)
    found = 0
    near = sorted(range(max(ends[0], target.true - FAR), min(ends[1], target.true + FAR) + 1),
                  key=lambda v: abs(v - target.true))  # fmt: skip
    for value in near:
        found += value == target.true or _possible(made, goal, value, matrix, true, places, mine, target.true)
        if found >= enough:
            break
    return found


def _own(attack: Attack, one: Known) -> Iterator[tuple[Grid, str]]:
    return ((g, n) for g, n in one.chart.columns if g.fact == attack.fact.name)


def _told_apart(attack: Attack, made: Programme, grid: Grid) -> bool:
    """Whether each class of atoms lies in one row of a grid; else the programme leaves that grid out as too far."""
    codes, _ = attack.codes(grid)
    return bool((codes[made.reps][made.classes] == codes).all())


def _cells(
    attack: Attack, made: Programme, charts: list[Known]
) -> tuple[csr_matrix, Numbers, dict[tuple[int, int, int], int]]:
    """One row per chart's cell of this fact, what it truly is, and where the cell of (chart, row, column) stands."""
    at: dict[bytes, int] = {}
    places: dict[tuple[int, int, int], int] = {}
    r: list[int] = []
    c: list[int] = []
    v: list[float] = []
    true: list[float] = []
    for n, one in enumerate(charts):
        for k, (grid, name) in enumerate(one.chart.columns):
            if grid.fact != attack.fact.name:
                continue
            mine = attack.codes(grid)[0][made.reps]
            terms = dict(grid.sums)[name]
            inside = [(made.place[c], attack.fact.mask(where)[made.reps], sign) for c, where, sign in terms]
            for i, row in enumerate(one.places[k]):
                parts = [(first + np.flatnonzero((mine == row) & own), sign) for first, own, sign in inside]
                # The same month in the charts of two days, or of two spans, is one count.
                key = b"|".join(b"%a %b" % (sign, chosen.tobytes()) for chosen, sign in parts)
                if key not in at:
                    at[key] = len(true)
                    true.append(one.true[i, k])
                    for chosen, sign in parts:
                        r += [at[key]] * len(chosen)
                        c += chosen.tolist()
                        v += [float(sign)] * len(chosen)
                places[n, i, k] = at[key]
    return csr_matrix((v, (r, c)), shape=(len(true), made.size)), np.array(true), places


def _possible(
    made: Programme,
    goal: Numbers,
    value: int,
    matrix: csr_matrix,
    true: Numbers,
    places: dict[tuple[int, int, int], int],
    charts: list[Known],
    target_true: int,
) -> bool:
    """Whether counts are found in which the target is so many and every word comes out as it was told."""
    n = len(true)
    eye, none = identity(n, format="csr"), csr_matrix((made.matrix.shape[0], n))
    system = vstack([
        hstack([made.matrix, none]),
        hstack([csr_matrix(goal), csr_matrix((1, n))]),
        hstack([matrix, -eye]),
        hstack([matrix, eye]),
    ])  # fmt: skip
    low = np.concatenate([made.low, [value], np.full(n, -np.inf), true])
    high = np.concatenate([made.high, [value], true, np.full(n, np.inf)])
    plain = np.concatenate([np.zeros(made.size), np.ones(n)])
    weight = np.ones(n)

    def tried(cost: Numbers, reach: float) -> Numbers | None:
        """The counts of the cheapest way in which no cell lies further from the truth than a reach."""
        most = np.concatenate([np.full(made.size, np.inf), np.full(n, reach)])
        found = milp(
            cost,
            integrality=np.concatenate([np.ones(made.size), np.zeros(n)]),
            bounds=Bounds(0, most),
            constraints=LinearConstraint(system, low, high),
            options={"time_limit": PATIENCE_S},
        )
        return None if found.x is None else np.round(matrix @ np.round(found.x[: made.size]))

    # Near the truth first: what gave other words when it was moved becomes dearer to move.
    for _ in range(TRIES):
        counts = tried(np.concatenate([np.zeros(made.size), weight]), np.inf)
        if counts is None:
            return False
        told = [places[at] for k in _others(counts, places, charts) for at in places if at[0] == k]
        if not told:
            return True
        weight[np.unique([at for at in told if counts[at] != true[at]])] *= DEARER
    # Then other counts together with it, all up, all down or any way, so that a mean and its limits move along.
    rng = np.random.default_rng(0)
    ways = [np.ones(n), -np.ones(n), *rng.choice([-1.0, 1.0], size=(TRIES, n))]
    for way, reach in product(ways, REACHES):
        cost = plain * SLIGHT + np.concatenate([way @ matrix, np.zeros(n)])
        counts = tried(cost, max(reach, abs(value - target_true)))
        if counts is not None and not _others(counts, places, charts):
            return True
    return False


def _others(counts: Numbers, places: dict[tuple[int, int, int], int], charts: list[Known]) -> list[int]:
    """Which charts would say something else of these counts."""
    return [n for n, one in enumerate(charts) if not _says_the_same(n, one, counts, places)]


def _says_the_same(n: int, one: Known, counts: Numbers, places: dict[tuple[int, int, int], int]) -> bool:
    now = one.true.copy()
    for i, k in np.ndindex(*now.shape):
        if (n, i, k) in places:
            now[i, k] = counts[places[n, i, k]]
    if np.array_equal(now, one.true):
        return True
    words = one.chart.asked.words(now[None])[0]
    told = [may.get(str(word), UNDECIDED) for word, may in zip(words, one.chart.may, strict=True)]
    return told == list(one.chart.said)
