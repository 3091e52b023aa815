"""Which mix of levers does most with a sum of money: a surface of what each lever does, and the best mix on it.

The projection is too slow to be asked for every mix. It is run for each lever at a few sizes and for each pair together, all on the
same draws; between these a lever's effect is straight, and what a pair loses together grows with both sizes. The best mix on
this surface is a small mixed-integer programme (sample-average approximation: Kleywegt, Shapiro & Homem-de-Mello 2002; its effects
being linear in the draws, the average over the draws is exact), solved by HiGHS (Huangfu & Hall 2018). What a mix then does is said by the model itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from typing import Literal

import numpy as np
import pandas as pd

from forecast.reisolation.model import RETURN, Model, log_rates
from forecast.reisolation.outcome import Outcome
from forecast.reisolation.parameters import Lever
from forecast.reisolation.project import BASELINE, Intake, estimates
from forecast.reisolation.scenario import run

Goal = Literal["returns", "years"]
GOALS: tuple[Goal, ...] = ("returns", "years")
RUN_AT = (
    0.25,
    0.5,
    1.0,
)  # sizes at which the projection is run, as shares of the most that a lever can start
PAIR_DRAWS = 50  # of a pair's run: what a pair loses follows from what its two levers do alone, closely enough to be fitted
SIZES = tuple(k / 8 for k in range(1, 9))  # sizes that a mix may have
COARSE = (0.25, 0.5, 0.75, 1.0)  # the same where every mix is looked at
TIME_S, GAP = (
    5.0,
    0.005,
)  # of the solver: it ends where no mix can gain half a percent more, or tells its bound where time ran out


@dataclass(frozen=True)
class Surface:
    """What levers do, alone and in pairs, for one goal, on draws that all share.

    Attributes:
        levers: ids. places: (levers,) starts a month at size 1. sizes: (sizes,) in (0, 1], ascending.
        effect: (draws, levers, sizes) gained over today's services: re-isolations prevented, or connected person-years.
        lost: (draws, levers, levers) of the sum of two levers at size 1 that they do not reach together; upper triangle.
        cost: (draws, years, levers, sizes) won by calendar year. years: (years,).
        ratios: (draws, levers) log hazard ratios, 0 where a lever does not act on coming back. drift: (draws,) of the years beyond
            the data.
    """

    levers: tuple[str, ...]
    places: np.ndarray
    sizes: tuple[float, ...]
    effect: np.ndarray
    lost: np.ndarray
    cost: np.ndarray
    years: tuple[int, ...]
    ratios: np.ndarray
    drift: np.ndarray

    def at(self, sizes: Sequence[float]) -> Surface:
        """The same at other sizes: straight between those that were run, and from nothing."""
        known = np.array([0.0, *self.sizes])

        def between(values: np.ndarray) -> np.ndarray:
            whole = np.concatenate([np.zeros((*values.shape[:-1], 1)), values], axis=-1)
            place = np.clip(np.searchsorted(known, sizes, side="left"), 1, len(known) - 1)
            share = (np.asarray(sizes) - known[place - 1]) / (known[place] - known[place - 1])
            found: np.ndarray = whole[..., place - 1] * (1 - share) + whole[..., place] * share
            return found

        return replace(self, sizes=tuple(sizes), effect=between(self.effect), cost=between(self.cost))

    def mean(self) -> Surface:
        """One draw: the average of all."""
        return replace(
            self,
            effect=self.effect.mean(axis=0, keepdims=True),
            lost=self.lost.mean(axis=0, keepdims=True),
            cost=self.cost.mean(axis=0, keepdims=True),
        )


@dataclass(frozen=True)
class Areas:
    """Districts that starts are shared out over.

    Attributes:
        codes: (areas,). share: (areas,) of those who are connected or leave, summing to one: the most of a lever's places that a
            district can fill. risk: (areas,) how much more often its people come back than the city's, by whom they are.
        need: (areas,) whether it is one of those of most need, by the caller's rule.
    """

    codes: tuple[str, ...]
    share: np.ndarray
    risk: np.ndarray
    need: np.ndarray

    def __post_init__(self) -> None:
        sizes = {len(self.codes), len(self.share), len(self.risk), len(self.need)}
        if len(sizes) != 1 or not np.isclose(self.share.sum(), 1) or (self.share < 0).any():
            raise ValueError("areas need a code, a share, a risk and a need each, and shares that sum to one")


ONE = Areas(("",), np.ones(1), np.ones(1), np.zeros(1, bool))


@dataclass(frozen=True)
class Terms:
    """What a mix has to keep to.

    Attributes:
        krw: the sum over all years. by_year: ceilings; a year that is missing has none.
        least: part of its proportional share of every lever that each district has at the least (minimum service).
        to_need: whether the districts of most need have their proportional share of all starts at the least (equity floor).
        drop: levers that are left out.
    """

    krw: float
    by_year: Mapping[int, float] = field(default_factory=dict)
    least: float = 0.0
    to_need: bool = False
    drop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.krw >= 0 or not 0 <= self.least <= 1:
            raise ValueError("a sum of money is 0 or more, a minimum service a part between 0 and 1")


@dataclass(frozen=True)
class Mix:
    """A mix: the size of every lever, how its starts lie over districts, what it does on the surface, and how sure that none is better.

    Attributes:
        size: (levers,). starts: (levers,) a month. by_area: (levers, areas) starts a month. gain, krw: means over the draws.
        bound: no mix does more than this on the surface.
    """

    levers: tuple[str, ...]
    size: np.ndarray
    starts: np.ndarray
    by_area: np.ndarray
    gain: float
    krw: float
    bound: float

    @property
    def gap(self) -> float:
        """What a better mix could gain at most, as a part of the bound."""
        return max(self.bound - self.gain, 0.0) / max(abs(self.bound), 1e-12)


# --- The surface -----------------------------------------------------------------------------------------------


def gained(base: Outcome, other: Outcome, goal: Goal) -> np.ndarray:
    """(draws,) what an outcome gains over another on the same draws: re-isolations prevented, or connected person-years.

    Raises:
        ValueError: the goal is not one of `GOALS`.
    """
    if goal == "returns":
        return other.prevented(base)
    if goal == "years":
        more = other.connected - base.connected
        years: np.ndarray = ((more[:, 1:] + more[:, :-1]) / 2).sum(axis=1) / 12
        return years
    raise ValueError(f"there is no goal {goal!r}, only {', '.join(GOALS)}")


def surfaces(
    model: Model,
    intake: Intake,
    levers: Sequence[Lever],
    places: Mapping[str, float],
    *,
    first_month: pd.Period,
    seed: int,
    draws: int = 200,
    months: int = 60,
    on_run: Callable[[int, int], None] | None = None,
) -> dict[Goal, Surface]:
    """Surfaces for both goals from runs of the projection on the same draws.

    A pair is run on the first `PAIR_DRAWS` of them; what it loses on the others is fitted on these (least squares on both levers' own
    effects and their product). Of the demonstration's 15 pairs the mean loss is then within 0.3 % of the pair's sum of that of 200 runs.

    Args:
        levers: those of the register. places: the most starts a month by lever. first_month: the first projected one.
        on_run: told (runs done, runs in all).

    Raises:
        ValueError: a lever has no places. As `project`.
    """
    if any(places.get(one.lever_id, 0) <= 0 for one in levers):
        raise ValueError("every lever needs places to start in")
    acting = [place for place, one in enumerate(levers) if one.acts_on == "return"]
    pairs = list(combinations(acting, 2))  # more who leave isolation take no places from those who do
    few = min(draws, PAIR_DRAWS)
    runs, done = len(RUN_AT) * len(levers) + len(pairs) + 2, 0

    def outcome(*sized: tuple[Lever, float], on: int = draws) -> Outcome:
        nonlocal done
        capacities = tuple(replace(one, capacity=places[one.lever_id] * size) for one, size in sized)
        found = run(model, intake, replace(BASELINE, levers=capacities), seed=seed, months=months, draws=on)
        done += 1
        if on_run:
            on_run(done, runs)
        return found

    base, base_of_few = outcome(), outcome(on=few)
    alone = [[outcome((one, size)) for size in RUN_AT] for one in levers]
    both = {(i, j): outcome((levers[i], 1.0), (levers[j], 1.0), on=few) for i, j in pairs}
    year = pd.period_range(first_month, periods=months, freq="M").year
    years = tuple(int(y) for y in sorted(set(year)))
    cost = np.zeros((draws, len(years), len(levers), len(RUN_AT)))
    for place, row in enumerate(alone):
        for at, found in enumerate(row):
            monthly = found.cost_krw.sum(axis=2)
            cost[:, :, place, at] = np.stack([monthly[:, year == y].sum(axis=1) for y in years], axis=1)
    ratios = np.zeros((draws, len(levers)))
    for place in acting:
        ratios[:, place] = alone[place][-1].log_ratios[:, 0]
    made: dict[Goal, Surface] = {}
    for goal in GOALS:
        effect = np.stack([np.stack([gained(base, o, goal) for o in row], axis=1) for row in alone], axis=1)
        lost = np.zeros((draws, len(levers), len(levers)))
        for (i, j), found in both.items():
            one, other = effect[:, i, -1], effect[:, j, -1]
            less = (one + other)[:few] - gained(base_of_few, found, goal)
            by = np.column_stack([one, other, one * other / max(abs(one).max(), 1e-12)])
            lost[:, i, j] = by @ np.linalg.lstsq(by[:few], less, rcond=None)[0]
            lost[:few, i, j] = less
        made[goal] = Surface(
            tuple(one.lever_id for one in levers),
            np.array([float(places[one.lever_id]) for one in levers]),
            RUN_AT,
            effect,
            lost,
            cost,
            years,
            ratios,
            base.drift,
        )
    return made


def group_risk(model: Model, people: pd.DataFrame, mix: np.ndarray, *, seed: int, draws: int) -> np.ndarray:
    """(draws, groups) how much more often a risk group's people come back than the mix's, soon after leaving.

    On the draws of a run with the same seed.
    """
    theta = estimates(model, draws, np.random.default_rng(seed))[RETURN]
    clock = np.array([model.quiet_months])
    rate = np.exp(log_rates(model.hazards[RETURN], theta, people, clock))[:, :, 0, 0]
    relative: np.ndarray = rate / (rate @ mix)[:, None]
    return relative


# --- The best mix ----------------------------------------------------------------------------------------------


def best(surface: Surface, terms: Terms, areas: Areas = ONE) -> Mix:
    """The mix that gains most on average within the terms.

    Returns: with `bound`, HiGHS's proof that no mix on the surface gains more.

    Raises:
        ValueError: no mix keeps to the terms, or the solver found none in its time.
    """
    from scipy.optimize import (  # late: a page that opens without it must not wait for it
        Bounds,
        LinearConstraint,
        milp,
    )
    from scipy.sparse import csr_matrix

    one = surface.mean()
    levers, sizes, many = len(one.levers), len(one.sizes), len(areas.codes)
    pairs = [(i, j) for i, j in combinations(range(levers), 2) if one.lost[0, i, j]]
    u0 = (
        levers * sizes
    )  # first come which size a lever has, then for each pair what its second has where its first has a size
    x0 = u0 + len(pairs) * (sizes + 1)  # and what every district has of every lever
    count = x0 + levers * many
    f = np.array(one.sizes)

    def of(lever: int) -> list[int]:
        return list(range(lever * sizes, (lever + 1) * sizes))

    value = np.zeros(count)
    value[:u0] = one.effect[0].ravel()
    for at, (i, j) in enumerate(pairs):
        value[u0 + at * (sizes + 1) + 1 : u0 + (at + 1) * (sizes + 1)] = -one.lost[0, i, j] * f
    slope = one.effect[0, :, -1] / f[-1]
    value[x0:] = (slope[:, None] * (areas.risk - 1)[None, :]).ravel()

    rows: list[tuple[list[int], list[float], float, float]] = []  # columns, values, from, to
    for i in range(levers):
        rows.append((of(i), [1.0] * sizes, 0.0, 0.0 if one.levers[i] in terms.drop else 1.0))
        held, gives = [x0 + i * many + d for d in range(many)], list(-f)
        rows.append((held + of(i), [1.0] * many + gives, 0.0, 0.0))
        for d in range(many if terms.least else 0):
            most = [terms.least * float(areas.share[d]) * v for v in gives]
            rows.append(([held[d], *of(i)], [1.0, *most], 0.0, np.inf))
    for at, (i, j) in enumerate(pairs):
        u = [u0 + at * (sizes + 1) + k for k in range(sizes + 1)]
        rows.append(
            (u + of(j), [1.0] * (sizes + 1) + list(-f), 0.0, 0.0)
        )  # what the second has, by the first's size
        rows.append(([u[0], *of(i)], [1.0] * (sizes + 1), -np.inf, 1.0))  # nothing of the first
        rows += [([u[k + 1], z], [1.0, -1.0], -np.inf, 0.0) for k, z in enumerate(of(i))]
    krw = one.cost[0]  # years × levers × sizes
    whole = list(range(u0))
    unit = 1e6  # the solver wants numbers of one order
    rows.append((whole, list(krw.sum(axis=0).ravel() / unit), 0.0, terms.krw / unit))
    for y, year in enumerate(one.years):
        if year in terms.by_year:
            rows.append((whole, list(krw[y].ravel() / unit), 0.0, terms.by_year[year] / unit))
    if terms.to_need and areas.need.any():
        least = float(areas.share[areas.need].sum())
        columns = [x0 + i * many + d for i in range(levers) for d in range(many)]
        weigh = [one.places[i] * (float(areas.need[d]) - least) for i in range(levers) for d in range(many)]
        rows.append((columns, weigh, 0.0, np.inf))
    row_at = np.repeat(np.arange(len(rows)), [len(r[0]) for r in rows])
    matrix = csr_matrix(
        ([v for r in rows for v in r[1]], (row_at, [c for r in rows for c in r[0]])), shape=(len(rows), count)
    )
    upper = np.ones(count)
    upper[x0:] = np.tile(areas.share, levers)
    found = milp(
        -value,
        constraints=LinearConstraint(matrix, [r[2] for r in rows], [r[3] for r in rows]),
        integrality=(np.arange(count) < u0).astype(int),
        bounds=Bounds(0, upper),
        options={"time_limit": TIME_S, "mip_rel_gap": GAP},
    )
    if found.x is None:
        raise ValueError(f"no mix was found within the terms: {found.message}")
    chosen = np.round(found.x[:u0]).reshape(levers, sizes)
    x = found.x[x0:].reshape(levers, many)
    return Mix(
        one.levers,
        chosen @ f,
        chosen @ f * one.places,
        np.clip(x, 0, None) * one.places[:, None],
        float(value @ found.x),
        float((krw.sum(axis=0) * chosen).sum()),
        float(-found.mip_dual_bound),
    )


def does(surface: Surface, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(draws,) what a mix gains on the surface, its starts lying over districts as people do, and (draws, years) what it costs.

    Args:
        size: (levers,) in [0, 1].
    """
    if size.shape != (len(surface.levers),) or (size < 0).any() or (size > 1 + 1e-9).any():
        raise ValueError("a mix needs a size between 0 and 1 for each lever")
    gain, cost = np.zeros(len(surface.effect)), np.zeros(surface.cost.shape[:2])
    for place, share in enumerate(size):
        if share > 0:
            at = surface.at([float(share)])
            gain = gain + at.effect[:, place, 0]
            cost = cost + at.cost[:, :, place, 0]
    return gain - np.einsum("dij,i,j->d", surface.lost, size, size), cost


def prices(surface: Surface, terms: Terms, areas: Areas, mix: Mix) -> dict[str, float]:
    """What each term costs: the gain of the best mix without it less that of the mix with it (a re-solve, since sizes come in steps).

    Returns: 'money' (a tenth more of it); 'by_year', 'least' and 'to_need' where they hold.
    """
    free: dict[str, Terms] = {"money": replace(terms, krw=1.1 * terms.krw)}
    if terms.by_year:
        free["by_year"] = replace(terms, by_year={})
    if terms.least:
        free["least"] = replace(terms, least=0.0)
    if terms.to_need:
        free["to_need"] = replace(terms, to_need=False)
    found = {name: best(surface, one, areas).gain - mix.gain for name, one in free.items()}
    return {name: max(value, 0.0) for name, value in found.items()}


# --- Every mix, draw by draw -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Every:
    """Every mix in coarse sizes that the mean cost lets in, with what it gains in each draw.

    Attributes:
        sizes: (mixes, levers). gain: (draws, mixes). krw: (mixes,) their mean cost over all years.
    """

    levers: tuple[str, ...]
    sizes: np.ndarray
    gain: np.ndarray
    krw: np.ndarray

    @property
    def chosen(self) -> int:
        """The mix that gains most on average."""
        return int(self.gain.mean(axis=0).argmax())

    def often(self) -> dict[str, float]:
        """Share of the draws in whose own best mix a lever is."""
        of_draw = self.sizes[self.gain.argmax(axis=1)]
        return {name: float((of_draw[:, i] > 0).mean()) for i, name in enumerate(self.levers)}

    def regret(self) -> np.ndarray:
        """(draws,) what the mix chosen on average falls short of the best of the draw."""
        short: np.ndarray = self.gain.max(axis=1) - self.gain[:, self.chosen]
        return short

    def options(self) -> np.ndarray:
        """(draws, options) gains of the mixes that are best in some draw, the one chosen on average and none at all among them."""
        some = np.unique(
            [*self.gain.argmax(axis=1), self.chosen, int((self.sizes == 0).all(axis=1).argmax())]
        )
        found: np.ndarray = self.gain[:, some]
        return found


def every(surface: Surface, terms: Terms, sizes: Sequence[float] = COARSE) -> Every:
    """All mixes within the terms that no district binds, by enumeration.

    Raises:
        ValueError: more than two million mixes.
    """
    held = [i for i, name in enumerate(surface.levers) if name not in terms.drop]
    if (len(sizes) + 1) ** len(held) > 2_000_000:
        raise ValueError("too many levers and sizes to look at every mix")
    at, full = surface.at(sizes), np.array([0.0, *sizes])
    steps = np.array(list(product(range(len(full)), repeat=len(held))), dtype=np.int8)
    krw = at.cost.mean(axis=0)  # years × levers × sizes
    krw = np.concatenate([np.zeros((*krw.shape[:2], 1)), krw], axis=2)
    spent = sum(krw[:, i, steps[:, n]] for n, i in enumerate(held))
    spent = np.asarray(spent).reshape(len(at.years), len(steps))
    fits = spent.sum(axis=0) <= terms.krw + 1e-6
    for y, year in enumerate(at.years):
        if year in terms.by_year:
            fits &= spent[y] <= terms.by_year[year] + 1e-6
    steps = steps[fits]
    sized = np.zeros((len(steps), len(surface.levers)))
    sized[:, held] = full[steps]
    effect = np.concatenate([np.zeros((*at.effect.shape[:2], 1)), at.effect], axis=2).astype(np.float32)
    gain = np.zeros((len(at.effect), len(steps)), np.float32)
    for n, i in enumerate(held):
        gain += effect[:, i, :][:, steps[:, n]]
    for i, j in combinations(held, 2):
        gain -= at.lost[:, i, j, None].astype(np.float32) * (sized[:, i] * sized[:, j]).astype(np.float32)
    return Every(surface.levers, sized, gain, spent.sum(axis=0)[fits])
