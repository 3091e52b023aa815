"""Whether neighbours resemble each other: Moran's I for the city, local Moran for each area (A9, A10).

All of it describes. With 25 districts there is little power: no finding does not mean that there is no
cluster, and a finding says where to look, not why. Rates of counts go through `moran_rate` and
`local_moran_rate`, which allow for small populations; estimates that are already smoothed (modelled
prevalence) through `moran` and `local_moran`. Smoothing by a model with covariates carries the covariates'
pattern into the estimates, and their standard errors do not enter: the result then describes the smoothed
map, not the people.

p is two-sided everywhere (`geo.permutation`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from geo.adjacency import Adjacency, Pair
from geo.permutation import TIE, benjamini_hochberg, conditional_p, shuffled_indices, two_sided
from guards import number, numbers, takes

# esda, libpysal and statsmodels have these statistics too, and take three seconds to import: the formulas stand here, and
# the tests hold them against those libraries.

MIN_AREAS = 5  # four have 24 orders: no two-sided p below 0.08
ALPHA = 0.05
PERMUTATIONS = 9_999
# Benjamini-Hochberg asks the smallest of n p-values to be 0.05 / n; with 9,999 permutations none is below
# 0.0002, so among more than 250 areas a single strong one could never pass; 100 leave a margin.
MANY_AREAS = 100
MANY_PERMUTATIONS = 99_999
COLUMNS = ["value", "z", "lag", "local_i", "p", "p_adjusted", "kind"]

State = Literal["ok", "too_few", "no_variation"]
Values: TypeAlias = Mapping[str, float] | pd.Series


@dataclass(frozen=True)
class GlobalMoran:
    """Moran's I of one map. Every number is NaN unless `state` is 'ok'.

    Attributes:
        state: 'ok', 'too_few' (fewer than `MIN_AREAS` areas with a value) or 'no_variation' (all equal).
        areas: number of areas in the statistic.
        permutations, seed: how often and from where values were shuffled.
        missing: areas left out for want of a value.
        joined: (area, nearest): areas that had no neighbour with a value.
        index: I; above `expectation` neighbours resemble each other, below it they differ.
        expectation, variance: of I without clustering: -1/(n-1), and under randomisation (Cliff, Ord 1981).
        z: (index - expectation) / sqrt(variance).
        chance: limits of the middle 95 % of I over the permutations: what chance alone gives.
        p: two-sided permutation p.
    """

    state: State
    areas: int
    permutations: int
    seed: int
    missing: tuple[str, ...]
    joined: tuple[Pair, ...]
    index: float = math.nan
    expectation: float = math.nan
    variance: float = math.nan
    z: float = math.nan
    chance: tuple[float, float] = (math.nan, math.nan)
    p: float = math.nan

    @property
    def verdict(self) -> str:
        """'clustered', 'dispersed' or 'none' at the 5 % level; otherwise the state."""
        if self.state != "ok":
            return self.state
        if self.p >= ALPHA:
            return "none"
        return "clustered" if self.index > self.expectation else "dispersed"


@dataclass(frozen=True, eq=False)
class LocalMoran:
    """Local Moran of one map.

    Attributes:
        state: as in `GlobalMoran`.
        table: one row an area, index `area_code`: `value` (for rates, the standardised rate), `z` (its
            z-score), `lag` (mean z of the neighbours), `local_i`, `p` (two-sided), `p_adjusted`
            (Benjamini-Hochberg) and `kind`: HH, LL (a cluster), HL, LH (unlike its neighbours), none or
            missing.
        alpha: the false discovery rate that `kind` keeps to.
        permutations, seed, joined: as in `GlobalMoran`.
    """

    state: State
    table: pd.DataFrame
    alpha: float
    permutations: int
    seed: int
    joined: tuple[Pair, ...]

    @property
    def any_reliable(self) -> bool:
        """Whether at least one area stays after correction; if not, the answer is 'no reliable cluster'."""
        return bool(self.table["kind"].isin(["HH", "LL", "HL", "LH"]).any())

    @property
    def verdict(self) -> str:
        """'reliable' or 'no_reliable_cluster'; otherwise the state."""
        if self.state != "ok":
            return self.state
        return "reliable" if self.any_reliable else "no_reliable_cluster"

    @property
    def missing(self) -> tuple[str, ...]:
        """Areas left out for want of a value."""
        return tuple(self.table.index[self.table["kind"] == "missing"])

    @property
    def expected_by_chance(self) -> float:
        """How many areas chance alone would put below `alpha` if nothing were corrected: 1.25 of 25."""
        return self.alpha * float(self.table["p"].notna().sum())

    @property
    def uncorrected(self) -> int:
        """How many areas do fall below `alpha` before correction; to set beside `expected_by_chance`."""
        return int((self.table["p"] < self.alpha).sum())


@takes(permutations=number(low=1, whole=True))
def moran(
    values: Values,
    adjacency: Adjacency,
    *,
    seed: int,
    permutations: int = PERMUTATIONS,
    row_standardised: bool = True,
) -> GlobalMoran:
    """Moran's I with its moments under randomisation (esda) and a seeded permutation p.

    Args:
        values: area code -> value; NaN or absent is missing. Not for raw rates of small counts.
        adjacency: of the areas; it may hold areas without a value.
        seed: of the permutations.
        permutations: 9,999 suffice for any number of areas, as there is one test.
        row_standardised: each area's neighbours weigh 1 together; if False each weighs 1 (spdep's style B),
            which gives areas with many neighbours more say.

    Raises:
        ValueError: an area that `adjacency` does not know, an area given twice, or an infinite value.
    """
    prepared = _prepare(values, adjacency)
    described = GlobalMoran(
        state=prepared.state,
        areas=len(prepared.values),
        permutations=permutations,
        seed=seed,
        missing=prepared.missing,
        joined=prepared.adjacency.joined,
    )
    if prepared.state != "ok":
        return described
    y = prepared.values.to_numpy()
    weights = _weights(prepared.adjacency, row_standardised)
    index, variance = _moments(y - y.mean(), weights)
    expectation = -1 / (len(y) - 1)
    shuffled = shuffled_indices(y - y.mean(), weights, permutations, seed)
    lower, upper = np.quantile(shuffled, [0.025, 0.975])
    return replace(
        described,
        index=index,
        expectation=expectation,
        variance=max(0.0, variance),
        # The variance is 0 where each area touches all others; z is then not defined.
        z=(index - expectation) / math.sqrt(variance) if variance > TIE else math.nan,
        chance=(float(lower), float(upper)),
        p=two_sided(index, shuffled),
    )


def moran_rate(
    events: Values, population: Values, adjacency: Adjacency, *, seed: int, permutations: int = PERMUTATIONS
) -> GlobalMoran:
    """Moran's I of rates, each standardised by its own empirical Bayes variance (Assunção and Reis 1999).

    Args:
        events, population: area code -> count; an area without one of them, or without people, is missing.

    Raises:
        ValueError: as `moran`, and for a negative count.
    """
    return moran(_standardised_rates(events, population), adjacency, seed=seed, permutations=permutations)


@takes(permutations=number(low=1, whole=True, none=True), alpha=number(above=0, below=1))
def local_moran(
    values: Values, adjacency: Adjacency, *, seed: int, permutations: int | None = None, alpha: float = ALPHA
) -> LocalMoran:
    """Local Moran (Anselin 1995) with conditional permutation and Benjamini-Hochberg correction.

    `local_i` is scaled as in esda and GeoDa: (n-1)/n times z times the neighbours' mean z, weights
    row-standardised.

    Args:
        values: area code -> value, as for `moran`.
        permutations: 9,999 by default, 99,999 for more than `MANY_AREAS` areas with a value.
        alpha: false discovery rate.

    Raises:
        ValueError: as `moran`.
    """
    prepared = _prepare(values, adjacency)
    codes, y = prepared.values.index, prepared.values.to_numpy()
    draws = permutations or (MANY_PERMUTATIONS if len(y) > MANY_AREAS else PERMUTATIONS)
    table = pd.DataFrame({"value": y, "kind": "none"}, index=codes)
    if prepared.state == "ok":
        z = (y - y.mean()) / y.std()
        around = _positions(prepared.adjacency)
        lag = np.array([z[others].mean() for others in around])
        p = conditional_p(z, around, draws, seed)
        kind, adjusted = classes(z, lag, p, alpha=alpha)
        local_i = (len(y) - 1) / len(y) * z * lag
        table = table.assign(z=z, lag=lag, local_i=local_i, p=p, p_adjusted=adjusted, kind=kind)
    table = table.reindex(index=pd.Index(adjacency.codes, name="area_code", dtype=object), columns=COLUMNS)
    table["kind"] = table["kind"].fillna("missing")
    return LocalMoran(
        state=prepared.state,
        table=table,
        alpha=alpha,
        permutations=draws,
        seed=seed,
        joined=prepared.adjacency.joined,
    )


def local_moran_rate(
    events: Values,
    population: Values,
    adjacency: Adjacency,
    *,
    seed: int,
    permutations: int | None = None,
    alpha: float = ALPHA,
) -> LocalMoran:
    """Local Moran of rates standardised as in `moran_rate`; `value` in the table is the standardised rate.

    Raises:
        ValueError: as `moran_rate`.
    """
    rates = _standardised_rates(events, population)
    return local_moran(rates, adjacency, seed=seed, permutations=permutations, alpha=alpha)


@takes(z=numbers("m"), lag=numbers("m"), p=numbers("m", low=0, high=1), alpha=number(above=0, below=1))
def classes(
    z: np.ndarray, lag: np.ndarray, p: np.ndarray, *, alpha: float = ALPHA
) -> tuple[np.ndarray, np.ndarray]:
    """(kind, adjusted p) of each area: HH, LL, HL, LH if p stays after Benjamini-Hochberg (1995), else none.

    The first letter is the area's own value, the second its neighbours' mean, each against the mean of all.
    """
    z, lag = np.asarray(z, dtype=float), np.asarray(lag, dtype=float)
    adjusted = benjamini_hochberg(np.asarray(p, dtype=float))
    reliable = adjusted <= alpha
    own, around = np.where(z > 0, "H", "L"), np.where(lag > 0, "H", "L")
    return np.where(reliable, np.char.add(own, around), "none"), adjusted


class _Prepared(NamedTuple):
    state: State
    values: pd.Series
    adjacency: Adjacency
    missing: tuple[str, ...]


def _prepare(values: Values, adjacency: Adjacency) -> _Prepared:
    given = _series(values)
    unknown = given.index.difference(pd.Index(adjacency.codes, dtype=object))
    if len(unknown):
        raise ValueError(f"Values for areas that are not on the map: {', '.join(map(str, unknown))}.")
    known = given.reindex(list(adjacency.codes)).dropna()
    state: State = "ok"
    if len(known) < MIN_AREAS:
        state = "too_few"
    elif _constant(known.to_numpy()):
        state = "no_variation"
    missing = tuple(code for code in adjacency.codes if code not in known.index)
    return _Prepared(state, known, adjacency.restricted_to(known.index), missing)


def _series(values: Values) -> pd.Series:
    series = pd.Series(values, dtype=float)
    if series.index.has_duplicates:
        twice = series.index[series.index.duplicated()].unique()
        raise ValueError(f"Areas given more than once: {', '.join(map(str, twice))}.")
    if np.isinf(series).any():
        raise ValueError(f"Infinite value for area {series.index[np.isinf(series)][0]}.")
    return series


def _constant(y: np.ndarray) -> bool:
    return bool(np.ptp(y) <= 1e-12 * np.abs(y).max())


def _standardised_rates(events: Values, population: Values) -> pd.Series:
    counts, people = _series(events), _series(population)
    if (counts < 0).any() or (people < 0).any():
        raise ValueError("Events and population must be at least 0.")
    both = pd.DataFrame({"events": counts, "people": people})
    known = both[both["people"] > 0].dropna()
    rates = known["events"] / known["people"]
    if len(known) and not _constant(rates.to_numpy()):
        rates = _assuncao(known["events"], known["people"])
    return rates.reindex(both.index)


def _positions(adjacency: Adjacency) -> list[np.ndarray]:
    place = {code: position for position, code in enumerate(adjacency.codes)}
    return [np.array([place[other] for other in adjacency.neighbours[code]]) for code in adjacency.codes]


def _weights(adjacency: Adjacency, row_standardised: bool) -> np.ndarray:
    around = _positions(adjacency)
    weights = np.zeros((len(around), len(around)))
    for place, others in enumerate(around):
        weights[place, others] = 1 / len(others) if row_standardised else 1.0
    return weights


def _moments(z: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Moran's I and its variance under randomisation (Cliff and Ord 1981)."""
    n, squares = len(z), float(z @ z)
    s0, both = weights.sum(), weights + weights.T
    s1, s2 = (both**2).sum() / 2, ((weights.sum(axis=0) + weights.sum(axis=1)) ** 2).sum()
    index = n / s0 * float(z @ weights @ z) / squares
    peak = n * float((z**4).sum()) / squares**2
    even = n * ((n * n - 3 * n + 3) * s1 - n * s2 + 3 * s0 * s0)
    steep = peak * ((n * n - n) * s1 - 2 * n * s2 + 6 * s0 * s0)
    variance = (even - steep) / ((n - 1) * (n - 2) * (n - 3) * s0 * s0) - 1 / (n - 1) ** 2
    return float(index), float(variance)


def _assuncao(events: pd.Series, people: pd.Series) -> pd.Series:
    """Rates less the rate of all, over their own standard deviation under empirical Bayes (Assunção and Reis 1999)."""
    rates, whole, total = events / people, events.sum() / people.sum(), people.sum()
    between = (people * (rates - whole) ** 2).sum() / total - whole / (total / len(people))
    own = between + whole / people
    return (rates - whole) / np.sqrt(own.where(own >= 0, whole / people))
