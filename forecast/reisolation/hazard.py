"""Hazards of leaving a state: complementary log-log person-interval models, one per transition (statistics.md A1.2).

exp(coefficient) is the continuous-time hazard ratio, the length of a row enters as an exact offset, and the rates of
competing exits add up. The Poisson twin on the same rows and Aalen-Johansen are the internal checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from forecast.reisolation import glm, pooling
from forecast.reisolation.intervals import BANDS, expand
from guards import numbers, table, takes

__all__ = ["Hazard", "Spec", "design", "expand", "fit", "traits"]

MIN_BAND_EVENTS, MIN_EVENTS, MIN_DISTRICT_EVENTS, MIN_COVARIATE_EVENTS = 10, 30, 5, 5
TAIL_BANDS = 3  # bands after the first month from which a decline is read
MIN_DISTRICTS = 3  # with two there is nothing to pool
FAMILIES = (("age_40_64", "age_65"), ("prior_1", "prior_2"))  # columns of which a person has one at most
SEASON_MONTHS = 24  # below two years a season cannot be told from a trend
STEADY_DRAWS = 1000  # so many of a rate by age are drawn at least, whatever is asked for: the first are the same ones then


@dataclass(frozen=True)
class Spec:
    """What one transition's model contains."""

    state: str
    to: str
    bands: tuple[float, ...] = BANDS
    covariates: tuple[str, ...] = ("age_40_64", "age_65", "male", "alone", "prior_1", "prior_2")
    season: bool = True
    districts: bool = False
    link: glm.Link = "cloglog"
    merge_bands: bool = True
    sparse_prior: tuple[float, float] = (0.5, 0.0)  # events and person-months added to a rate by age

    def __post_init__(self) -> None:
        ever = [c for c in self.covariates if c.startswith("ever")]
        if ever:
            raise ValueError(
                f"{ever[0]} classifies people by what happens later: use the support in place when the month begins"
            )


@dataclass(frozen=True)
class Hazard:
    """Result of `fit`. Coefficients: log monthly rate of each band, then covariates, season, district contrasts."""

    spec: Spec
    names: tuple[str, ...]
    bands: tuple[float, ...]  # lower edges after merging
    coefficients: np.ndarray
    covariance: np.ndarray  # clustered by person where rows carry one
    model_covariance: np.ndarray
    events: int
    person_months: float
    last_clock: float  # longest duration with at least 20 people at risk: beyond it nothing was observed
    sparse: dict[int, tuple[int, float]] | None = (
        None  # age group: (events, person-months) when too few to model
    )
    district_effects: dict[str, tuple[float, float]] = field(default_factory=dict)  # pooled effect and its SE
    diagnostics: dict[str, Any] = field(default_factory=dict)
    tail: tuple[float, float] | None = (
        None  # slope of the log rate in log months, and the months where the last band's rate holds
    )
    sample: np.ndarray | None = None  # coefficients drawn by resampling, to be taken instead of the normal's

    def table(self) -> pd.DataFrame:
        """Coefficients with standard errors, 95 % limits and hazard ratios."""
        error = np.sqrt(np.diag(self.covariance))
        b = self.coefficients
        return pd.DataFrame(
            {
                "coefficient": b,
                "se": error,
                "lower": b - 1.959964 * error,
                "upper": b + 1.959964 * error,
                "hazard_ratio": np.exp(b),
            },
            index=list(self.names),
        )

    def baseline(self) -> pd.DataFrame:
        """Monthly rate by band with 95 % limits, for the reference person."""
        rows = self.table().iloc[: len(self.bands)]
        return pd.DataFrame(
            {
                "from_months": self.bands,
                "rate": np.exp(rows["coefficient"].to_numpy()),
                "lower": np.exp(rows["lower"].to_numpy()),
                "upper": np.exp(rows["upper"].to_numpy()),
            }
        )

    def draws(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """(count, coefficients) from the estimates' multivariate normal, or the resamples; sparse: log rates by age, gamma."""
        if self.sample is not None:
            return self.sample[np.arange(count) % len(self.sample)]
        if self.sparse is not None:
            more, longer = self.spec.sparse_prior
            # One rate after the other from one generator: fewer draws are the first of those, and not others.
            many = max(count, STEADY_DRAWS)
            rates = [rng.gamma(n + more, 1 / max(t + longer, 1e-9), many) for n, t in self.sparse.values()]
            return np.log(np.column_stack(rates))[:count]
        try:  # a Cholesky factor moves with the last digit of its matrix; eigenvectors may turn round between processors
            return rng.multivariate_normal(self.coefficients, self.covariance, count, method="cholesky")
        except np.linalg.LinAlgError:  # a covariance of less than full rank
            return rng.multivariate_normal(self.coefficients, self.covariance, count, method="eigh")


@takes(rows=table("age_band", "sex", "lives_alone", "month", prior_reisolations=numbers("n", low=0)))
def traits(rows: pd.DataFrame) -> pd.DataFrame:
    """Person-intervals with the model's 0/1 columns beside the register's own words; `zone` is 0 where there is none."""
    prior = rows["prior_reisolations"].to_numpy()
    months = np.asarray(rows["month"], dtype="datetime64[M]").astype(int) % 12 + 1
    return rows.assign(
        age_group=np.select([rows["age_band"] == "40-64", rows["age_band"] == "65+"], [1, 2], 0),
        age_40_64=(rows["age_band"] == "40-64").astype(np.int8),
        age_65=(rows["age_band"] == "65+").astype(np.int8),
        male=(rows["sex"] == "male").astype(np.int8),
        alone=rows["lives_alone"].astype(np.int8),
        zone=rows["zone"].astype(np.int8) if "zone" in rows else np.int8(0),
        prior_any=(prior > 0).astype(np.int8),
        prior_1=(prior == 1).astype(np.int8),
        prior_2=(prior > 1).astype(np.int8),
        calendar_month=months.astype(np.int8),
        **(
            {"log_isolated": np.log(np.maximum(rows["months_isolated_before"].to_numpy(dtype=float), 1))}
            if "months_isolated_before" in rows
            else {}
        ),
    )


@takes(transitions=table(clock=numbers("n", low=0), months=numbers("n", low=0)))
def fit(transitions: pd.DataFrame, spec: Spec) -> Hazard:
    """Fit one transition's hazard.

    Args:
        transitions: person-intervals (`expand`, then `traits`): state, to, clock, months, planned, the spec's covariates;
            `person` for clustered errors; `people` and `events` instead of `to` for rows already added up;
            `calendar_month` for the season, `district_code` for districts, `age_group` for the sparse form.
        spec: see `Spec`.

    Fewer than 30 events give a rate by age group with gamma draws instead of coefficients. A band with fewer than 10
    events joins its neighbour. A covariate with fewer than 5 events on either side is dropped
    (`diagnostics["dropped"]`). A season needs 24 calendar months. Point estimates come from the distinct rows with their
    counts, standard errors from every person's own score.

    Raises:
        ValueError: no person-time in the state, or a covariate that the rows do not have.
    """
    rows = transitions[transitions["state"] == spec.state] if "state" in transitions else transitions
    if not len(rows):
        raise ValueError(f"nobody was observed in the state {spec.state!r}")
    missing = [c for c in spec.covariates if c not in rows]
    if missing:
        raise ValueError(f"the rows have no column {', '.join(missing)}")
    y, people, exposure = _outcome(rows, spec)
    months = rows["months"].to_numpy(float)
    common: dict[str, Any] = {
        "events": int(y.sum()),
        "person_months": float(people @ months),
        "last_clock": _last_clock(rows, people),
    }
    if not spec.merge_bands:
        return _estimate(rows, y, people, exposure, spec, common)
    if common["events"] < MIN_EVENTS:
        return _sparse(rows, y, people * months, spec, common)
    chosen, dropped = _supported(rows, y, spec)
    result = _estimate(rows, y, people, exposure, chosen, common)
    return replace(result, diagnostics=result.diagnostics | {"dropped": dropped})


def _outcome(rows: pd.DataFrame, spec: Spec) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(events, people, exposure) of each row: a row that ends with the event counts up to where it would have ended."""
    people = rows["people"].to_numpy(float) if "people" in rows else np.ones(len(rows))
    months = rows["months"].to_numpy(float)
    if "events" in rows:
        return rows["events"].to_numpy(float), people, months
    y = (rows["to"] == spec.to).to_numpy(float)
    planned = rows["planned"].to_numpy(float) if "planned" in rows else months
    return y, people, np.where(y > 0, planned, months)


def _estimate(
    rows: pd.DataFrame,
    y: np.ndarray,
    people: np.ndarray,
    exposure: np.ndarray,
    spec: Spec,
    common: dict[str, Any],
) -> Hazard:
    """The regression on distinct rows, its covariance from all of them, and its checks."""
    bands = _merged(rows["clock"].to_numpy(float), y, spec)
    chosen, districts = _with_season(rows, spec), _district_codes(rows, y, spec)
    keys = [_band(rows, bands), *(rows[c].to_numpy() for c in spec.covariates)]
    keys += [rows["calendar_month"].to_numpy()] if chosen.season else []
    keys += [districts[0]] if districts else []
    patterns, pattern = glm.distinct(keys)
    labels = np.array(districts[1])[districts[0][patterns]] if districts else None
    classes, names = design(rows.iloc[patterns], bands, chosen, labels)
    # The Poisson twin needs no more than the classes' events and time; it starts safely from anywhere, the model from it.
    time, events = np.bincount(pattern, people * exposure), np.bincount(pattern, y)
    level = np.where(np.arange(classes.shape[1]) < len(bands), np.log(y.sum() / time.sum()), 0.0)
    twin, info = glm.solve(classes, np.ones(len(time)), events, time, "log", start=level)
    cells, inverse = glm.distinct([pattern, exposure])
    x, n, hits, at = (
        classes[pattern[cells]],
        np.bincount(inverse, people),
        np.bincount(inverse, y),
        exposure[cells],
    )
    b = twin
    if spec.link != "log":
        b, info = glm.solve(x, n, hits, at, spec.link, start=twin)
    precision, between = None, 0.0
    if districts and len(districts[1]) >= MIN_DISTRICTS:
        between = pooling.between(names, b, info)
        precision = pooling.precision(names, between)
        b, info = glm.solve_pooled(x, n, hits, at, spec.link, b, precision)
        twin, _ = glm.solve_pooled(classes, np.ones(len(time)), events, time, "log", twin, precision)
    covariance = info
    if "person" in rows:
        scores = glm.row_scores((x @ b + np.log(at))[inverse], y, spec.link)
        covariance = glm.sandwich(x, scores, inverse, info, rows["person"].to_numpy(), precision)
    diagnostics = {
        "rows": len(rows),
        "cells": len(cells),
        "log_likelihood": glm.log_likelihood(x, n, hits, at, b, spec.link),
    }
    if spec.link == "cloglog":
        diagnostics["poisson_twin_difference"] = _twin_difference(b, twin, names)
    tail = _decline(rows["clock"].to_numpy(float), people * exposure, bands, b, covariance)
    result = Hazard(spec, names, bands, b, covariance, info, diagnostics=diagnostics, tail=tail, **common)
    if districts is None or precision is None:
        return result
    effects = pooling.effects(names, b, info, sorted(districts[1]))
    return replace(
        result, district_effects=effects, diagnostics=diagnostics | {"district_variance": max(between, 0.0)}
    )


def _last_clock(rows: pd.DataFrame, people: np.ndarray, at_least: int = 20) -> float:
    """Longest duration with 20 people under observation."""
    low = rows["clock"].to_numpy(float)
    high = low + rows["months"].to_numpy(float)
    points = np.unique(np.floor(low).astype(int))
    whole = int(np.ceil(high.max())) + 1
    begun, over = (np.cumsum(np.bincount(np.ceil(t).astype(int), people, whole))[points] for t in (low, high))
    enough = points[begun - over >= at_least]
    return float(enough.max() + 1) if len(enough) else 0.0


def _merged(clock: np.ndarray, y: np.ndarray, spec: Spec) -> tuple[float, ...]:
    """Lower band edges; a band with too few events joins the one before it, the first joins the second."""
    edges = [float(e) for e in spec.bands if e <= clock.max()] or [0.0]
    if not spec.merge_bands:
        return tuple(edges)
    while len(edges) > 1:
        counts = np.bincount(np.searchsorted(edges, clock + 1e-9, side="right") - 1, y, minlength=len(edges))
        few = np.flatnonzero(counts < MIN_BAND_EVENTS)
        if not len(few):
            break
        edges.pop(max(int(few[-1]), 1))
    return tuple(edges)


def _supported(rows: pd.DataFrame, y: np.ndarray, spec: Spec) -> tuple[Spec, tuple[str, ...]]:
    """The spec without covariates that the events cannot tell about, and their names.

    A column that is the same for everybody, or a 0/1 column with fewer than 5 events on either side; a class without
    events to compare with.
    """
    dropped = []
    for name in spec.covariates:
        column = rows[name].to_numpy(float)
        low, high = column.min(), column.max()
        two_sided = not np.array_equal(column, column.astype(bool)) or (
            min(y[column > 0].sum(), y[column == 0].sum()) >= MIN_COVARIATE_EVENTS
        )
        if low == high or not two_sided:
            dropped.append(name)
    for family in FAMILIES:
        # The class that a family leaves out must have events too: else it joins the family's first class.
        present = [c for c in family if c in spec.covariates and c not in dropped]
        while present and y[~rows[present].to_numpy(bool).any(axis=1)].sum() < MIN_COVARIATE_EVENTS:
            dropped.append(present.pop(0))
    kept = tuple(c for c in spec.covariates if c not in dropped)
    return replace(spec, covariates=kept), tuple(dropped)


def _with_season(rows: pd.DataFrame, spec: Spec) -> Spec:
    enough = "month" in rows and (rows["month"].max() - rows["month"].min()).days >= (SEASON_MONTHS - 1) * 30
    return replace(spec, season=spec.season and bool(enough))


@takes(rows=table(clock=numbers("n", low=0)), bands=numbers("k", low=0, some=True))
def design(
    rows: pd.DataFrame, bands: Sequence[float], spec: Spec, districts: np.ndarray | None = None
) -> tuple[np.ndarray, tuple[str, ...]]:
    """(rows, columns) design matrix and its column names; districts are contrasts with the mean of all districts."""
    band = _band(rows, bands)
    columns = [(band == k).astype(float) for k in range(len(bands))]
    names = [f"band_{edge:g}" for edge in bands]
    for name in spec.covariates:
        columns.append(rows[name].to_numpy(float))
        names.append(name)
    if spec.season:
        angle = 2 * np.pi * rows["calendar_month"].to_numpy(float) / 12
        columns += [np.cos(angle), np.sin(angle)]
        names += ["season_cos", "season_sin"]
    if districts is not None:
        levels = sorted(set(districts))
        last = (districts == levels[-1]).astype(float)
        for level in levels[:-1]:
            columns.append((districts == level).astype(float) - last)
            names.append(f"district_{level}")
    return np.column_stack(columns), tuple(names)


def _band(rows: pd.DataFrame, bands: Sequence[float]) -> np.ndarray:
    return np.searchsorted(bands, rows["clock"].to_numpy(float) + 1e-9, side="right") - 1


def _district_codes(rows: pd.DataFrame, y: np.ndarray, spec: Spec) -> tuple[np.ndarray, list[str]] | None:
    """(codes, names) of the districts; those with too few events for an effect of their own share one, "few"."""
    if not spec.districts:
        return None
    code, names = pd.factorize(rows["district_code"], sort=True)
    own = np.bincount(code, y, minlength=len(names)) >= MIN_DISTRICT_EVENTS
    place = np.where(own, np.cumsum(own) - 1, own.sum())
    kept = [str(n) for n, o in zip(names, own, strict=True) if o]
    return place[code], kept if own.all() else [*kept, "few"]


def _decline(
    clock: np.ndarray, time: np.ndarray, bands: tuple[float, ...], b: np.ndarray, covariance: np.ndarray
) -> tuple[float, float] | None:
    """The line through the bands' log rates over log months in the state, never rising; None with fewer than three bands.

    Bands stand at the mean duration of their person-time; the first month is left out, since a rate cannot fall from its
    first day on as it falls later. Weighted by the bands' precision.
    """
    place = np.searchsorted(bands, clock + 1e-9, side="right") - 1
    weight = np.bincount(place, time, minlength=len(bands))
    centre = np.bincount(place, time * clock, minlength=len(bands)) / np.maximum(weight, 1e-12)
    used = np.flatnonzero(np.asarray(bands) >= 1)
    if len(used) < TAIL_BANDS:
        return None
    x, precision = np.log(centre[used]), np.linalg.inv(covariance[np.ix_(used, used)])
    line = np.column_stack([np.ones(len(used)), x])
    slope = np.linalg.solve(line.T @ precision @ line, line.T @ precision @ b[used])[1]
    return min(float(slope), 0.0), float(centre[used[-1]])


def _twin_difference(b: np.ndarray, twin: np.ndarray, names: tuple[str, ...]) -> float:
    """Largest difference between the covariates' coefficients and those of the Poisson model of the same rows."""
    own = np.array([not name.startswith(("band_", "district_")) for name in names])
    return float(abs(twin - b)[own].max(initial=0.0))


def _sparse(
    rows: pd.DataFrame, y: np.ndarray, exposure: np.ndarray, spec: Spec, common: dict[str, Any]
) -> Hazard:
    """Rate by age group; coefficients are log rates at (events + ½) ÷ exposure, or with the prior that the spec states."""
    group = rows["age_group"].to_numpy(int) if "age_group" in rows else np.zeros(len(rows), int)
    counts = {g: (int(y[group == g].sum()), float(exposure[group == g].sum())) for g in range(3)}
    more, longer = spec.sparse_prior
    b = np.array([np.log((n + more) / max(t + longer, 1e-9)) for n, t in counts.values()])
    spread = np.diag([1 / (n + more) for n, _ in counts.values()])
    names = ("age_19_39", "age_40_64", "age_65")
    return Hazard(spec, names, (0.0,), b, spread, spread, sparse=counts, **common)
