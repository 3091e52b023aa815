"""How far the incidence of coming back moves when an assumption of the model is replaced by another.

Every variant answers for one leaver of the present mix, beside the model as it stands (`base`). None of them is estimated
better than the base: their spread is what the data leave open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first called

from forecast.reisolation import glm
from forecast.reisolation.hazard import Hazard, design, expand, fit, traits
from forecast.reisolation.model import (
    DRIFT,
    OUTSIDE_IN_A_YEAR,
    PRIORS,
    RECORDED,
    RETURN,
    Model,
    fit_model,
)
from forecast.reisolation.parameters import Lever
from forecast.reisolation.project import Intake, Scenario, first_incidence, project, stock

FRAILTY = (
    0.25,
    0.5,
    1.0,
)  # variances of the gamma frailty, fixed (A1.2: they cannot be estimated from such data)
FRAILTY_GRID = (0.05, 0.15, 0.3, 0.5, 0.8, 1.2, 2.0)  # variances between which the likeliest is sought
LOST = (1.5, 2.0)  # times the rate of those still in sight (A1.9)
RESAMPLES, NODES = 200, 6
KNOTS = (
    0.0,
    1.0,
    3.0,
    6.0,
    12.0,
    24.0,
)  # months at which the spline of log(months + ½) bends, as far as observed


def sensitivities(
    spells: pd.DataFrame,
    *,
    as_of: date,
    months: Sequence[int] = (12, 24, 60),
    draws: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """First re-isolation by each of `months` under every variant.

    Args:
        spells: rows of the `spell` table, the rules already applied (`confirmed`).

    Returns: name, month, incidence (median), lower, upper (95 %), difference from base. Names: "base"; "spline" (smooth baseline
        instead of bands); "frailty_0.25", "frailty_0.5", "frailty_1" (people differ in ways that were not recorded); "lost_1.5",
        "lost_2" (those lost from sight come back at so many times the rate); "drift_flat" (beyond the data as in the last
        band); "outside" (14.1 % within a year beyond the data, or throughout where events are few); "bootstrap" (200 resamples of people instead of the normal
        approximation). With fewer than 30 events there is no curve to bend: "spline", "frailty" and "bootstrap" are absent.

    Raises:
        ValueError: nobody was seen to leave isolation.
    """
    rows = traits(expand(spells, as_of=as_of))
    model = fit_model(rows)
    now = stock(spells, as_of=as_of)
    some = now.mix > 0
    empty = np.zeros((int(some.sum()), PRIORS, 0))
    at = Intake(empty, empty, now.mix[some], now.start_month, people=now.people[some].reset_index(drop=True))

    last, at_months = max(months), np.array(months) - 1

    def paths(chosen: Model, drift: tuple[float, float] = DRIFT, count: int = draws) -> np.ndarray:
        """(draws, months) first incidence."""
        rng = np.random.default_rng(seed)
        return first_incidence(chosen, at, last, count, rng=rng, drift=drift)[:, at_months]

    found = {"base": paths(model)}
    hazard = model.hazards[RETURN]
    mine = rows[rows["state"] == "connected"]
    if hazard.sparse is None:
        found["spline"] = paths(_with(model, spline(mine, hazard)))
        for variance in FRAILTY:
            found[f"frailty_{variance:g}"] = _mixed(paths, model, frailty(mine, hazard, variance), variance)
    gone = fit(mine, next(s for s in RECORDED if (s.state, s.to) == ("connected", "lost")))
    share = -np.expm1(-gone.events / gone.person_months)
    for times in LOST:
        lost = Scenario("lost", (_lost(times, share),))
        result = project(model, at, lost, last, draws, rng=np.random.default_rng(seed))
        found[f"lost_{times:g}"] = np.cumsum(result.cohort.first_onsets.sum(axis=2), axis=1)[:, at_months]
    found["drift_flat"] = paths(model, drift=(0.0, 0.0))
    found["outside"] = paths(_with(model, _outside(hazard, at)), drift=(0.0, 0.0))
    if hazard.sparse is None:
        sample = bootstrap(mine, hazard, RESAMPLES, np.random.default_rng([seed, 1]))
        found["bootstrap"] = paths(_with(model, replace(hazard, sample=sample)), count=RESAMPLES)
    return _table(found, months)


def _table(found: dict[str, np.ndarray], months: Sequence[int]) -> pd.DataFrame:
    base = np.median(found["base"], axis=0)
    rows = []
    for name, draws in found.items():
        middle, low, high = np.quantile(draws, [0.5, 0.025, 0.975], axis=0)
        rows += [
            {
                "name": name,
                "month": month,
                "incidence": middle[k],
                "lower": low[k],
                "upper": high[k],
                "difference": middle[k] - base[k],
            }
            for k, month in enumerate(months)
        ]
    return pd.DataFrame(rows)


def _with(model: Model, hazard: Hazard) -> Model:
    return replace(model, hazards={**model.hazards, RETURN: hazard})


def spline(rows: pd.DataFrame, hazard: Hazard) -> Hazard:
    """The hazard with a natural cubic spline of log(months + ½) for its baseline, as one band a month.

    Months are those in which a row's middle lies. The monthly log rates are linear in the spline's coefficients, so that their
    covariance is exact.
    """
    last = int(max(hazard.last_clock, 2))
    middle = np.clip(rows["clock"] + rows["months"] / 2, 0, last - 1).astype(int)
    grid = np.arange(last)
    knots = np.log(np.array([*(k for k in KNOTS if k < last - 1), last - 1]) + 0.5)
    basis = scipy.interpolate.make_interp_spline(knots, np.eye(len(knots)), bc_type="natural")(
        np.log(grid + 0.5)
    )[:, 1:]
    bent = tuple(f"spline_{k}" for k in range(basis.shape[1]))
    columns = dict(zip(bent, basis[middle].T, strict=True))
    spec = replace(hazard.spec, bands=(0.0,), covariates=(*bent, *hazard.spec.covariates))
    smooth = fit(rows.assign(**columns), spec)
    count, others = len(bent), len(smooth.names) - 1 - len(bent)
    turn = np.zeros((last + others, len(smooth.names)))
    turn[:last, 0], turn[:last, 1 : 1 + count] = 1.0, basis
    turn[last:, 1 + count :] = np.eye(others)
    names = (*(f"band_{k}" for k in grid), *smooth.names[1 + count :])
    kept = smooth.spec.covariates[count:]
    return replace(
        smooth,
        spec=replace(smooth.spec, covariates=kept),
        names=names,
        bands=tuple(map(float, grid)),
        coefficients=turn @ smooth.coefficients,
        covariance=turn @ smooth.covariance @ turn.T,
    )


def frailty(rows: pd.DataFrame, hazard: Hazard, variance: float, *, rounds: int = 200) -> Hazard:
    """The hazard of a person of mean frailty where people's frailties are gamma distributed with a fixed variance.

    EM on the Poisson form (Clayton 1991): a person's expected frailty is (1 ÷ variance + events) ÷ (1 ÷ variance + accumulated
    hazard), and the regression is run with it as an offset. People seen only later than they left count as if they had
    been seen from then on with an average frailty; the covariance is the base's, so limits leave out what the
    frailties add.
    """
    x, code, person = _classes(rows, hazard)
    y, time = (rows["to"] == RETURN[1]).to_numpy(float), rows["months"].to_numpy(float)
    events = np.bincount(code, y, minlength=len(x))
    had = np.bincount(person, y)
    b, z = hazard.coefficients, np.ones(len(had))
    for _ in range(rounds):
        exposure = np.bincount(code, time * z[person], minlength=len(x))
        fitted, _ = glm.solve_pooled(
            x, np.ones(len(x)), events, exposure, "log", b, np.zeros((len(b), len(b)))
        )
        moved, b = abs(fitted - b).max(), fitted
        if moved < 1e-5:
            break
        accumulated = np.bincount(person, time * np.exp(x @ b)[code])
        z = (1 / variance + had) / (1 / variance + accumulated)
    return replace(hazard, coefficients=b)


@dataclass(frozen=True)
class FittedFrailty:
    """Result of `fit_frailty`: the likeliest variance with 95 % profile limits, and the hazard at it."""

    variance: float
    lower: float
    upper: float
    hazard: Hazard


def fit_frailty(
    rows: pd.DataFrame, hazard: Hazard, variances: Sequence[float] = FRAILTY_GRID
) -> FittedFrailty:
    """The gamma frailty variance that the records make likeliest, one parameter, and the hazard of a person of mean frailty.

    The marginal likelihood of persons' events and accumulated hazards (Clayton 1991) is maximised by EM at each variance of
    a grid and interpolated between them; limits are where twice its logarithm falls by 3.84 (at 0 the true level is 97.5 %).
    The variance is told from returns that repeat in a person and from hazards that fall with time alike: an estimate
    of one register says little (docs/studies/frailty.md), which is why the outlook does not rest on it.

    Raises:
        ValueError: a hazard of too few events to model, or variances that do not rise from above 0.
    """
    if hazard.sparse is not None:
        raise ValueError("too few events for a frailty")
    grid = np.asarray(variances, float)
    if len(grid) < 3 or grid[0] <= 0 or (np.diff(grid) <= 0).any():
        raise ValueError("variances must be at least three rising numbers above 0")
    x, code, person = _classes(rows, hazard)
    y, time = (rows["to"] == RETURN[1]).to_numpy(float), rows["months"].to_numpy(float)
    had = np.bincount(person, y)

    def likelihood(b: np.ndarray, variance: float) -> float:
        eta = x @ b
        accumulated = np.bincount(person, time * np.exp(eta)[code])
        own = float(y @ eta[code])
        if not variance:
            return own - float(accumulated.sum())
        shape = 1 / variance
        each = (
            scipy.special.gammaln(shape + had)
            - scipy.special.gammaln(shape)
            + shape * np.log(shape)
            - (shape + had) * np.log(shape + accumulated)
        )
        return own + float(each.sum())

    fitted = [frailty(rows, hazard, v).coefficients for v in grid]
    at = np.concatenate([[0.0], grid])
    profile = [
        likelihood(hazard.coefficients, 0.0),
        *(likelihood(b, v) for b, v in zip(fitted, grid, strict=True)),
    ]
    fine = np.linspace(0, grid[-1], 2001)
    value = scipy.interpolate.CubicSpline(np.sqrt(at), profile)(
        np.sqrt(fine)
    )  # smooth in the root, also near 0
    best = int(np.argmax(value))
    inside = np.flatnonzero(2 * (value[best] - value) <= 3.8415)
    variance = float(fine[best])
    chosen = frailty(rows, hazard, variance) if variance else hazard
    return FittedFrailty(variance, float(fine[inside[0]]), float(fine[inside[-1]]), chosen)


def _mixed(paths: Callable[[Model], np.ndarray], model: Model, hazard: Hazard, variance: float) -> np.ndarray:
    """Incidence averaged over frailties: generalised Gauss-Laguerre nodes of a gamma with mean 1."""
    at, weight = scipy.special.roots_genlaguerre(NODES, 1 / variance - 1)
    bands = np.arange(len(hazard.names)) < len(hazard.bands)
    parts = [
        paths(_with(model, replace(hazard, coefficients=hazard.coefficients + bands * np.log(z * variance))))
        for z in at
    ]
    return np.average(parts, axis=0, weights=weight)


def _lost(times: float, share: float) -> Lever:
    """Loss as a lever that nobody chose: a fixed share a month moves for good to a track with so many times the rate."""
    many = 1e9  # so certain that its draws are the share itself
    return Lever(
        "lost",
        (times, times, times),
        (share * many, many),
        many,
        0,
        many,
        0,
        0.0,
        "A",
        "statistics.md A1.9",
        cost_cv=0,
    )


def _outside(hazard: Hazard, at: Intake) -> Hazard:
    """Beyond the longest follow-up, 14.1 % within a year for the mean leaver: metrics F5, self-selected answers, an input."""
    last = float(int(hazard.last_clock))
    monthly = -np.log1p(-OUTSIDE_IN_A_YEAR) / 12
    mix = at.mix
    if hazard.sparse is not None:
        b = np.array([np.log(monthly)])
        return replace(
            hazard,
            names=(f"band_{last:g}",),
            bands=(0.0,),
            coefficients=b,
            covariance=np.zeros((1, 1)),
            sparse=None,
            spec=replace(hazard.spec, covariates=()),
        )
    risk = np.ones(len(mix))
    for place, name in enumerate(hazard.names):
        if name in at.people:
            risk = risk * np.exp(hazard.coefficients[place] * at.people[name].to_numpy(float))
    count = sum(e < last for e in hazard.bands)
    keep = [*range(count), *range(len(hazard.bands), len(hazard.names))]
    b = np.insert(hazard.coefficients[keep], count, np.log(monthly / (mix @ risk)))
    covariance = np.insert(hazard.covariance[np.ix_(keep, keep)], count, 0.0, axis=0)
    names = [hazard.names[k] for k in keep]
    names.insert(count, f"band_{last:g}")
    return replace(
        hazard,
        names=tuple(names),
        bands=(*hazard.bands[:count], last),
        coefficients=b,
        covariance=np.insert(covariance, count, 0.0, axis=1),
    )


def _classes(rows: pd.DataFrame, hazard: Hazard) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(design of the distinct classes, each row's class, each row's person)."""
    keys = [np.searchsorted(hazard.bands, rows["clock"].to_numpy(float) + 1e-9, side="right")]
    keys += [rows[c].to_numpy() for c in hazard.spec.covariates]
    keys += [rows["calendar_month"].to_numpy()] if hazard.spec.season else []
    first, code = glm.distinct(keys)
    x, _ = design(rows.iloc[first], hazard.bands, hazard.spec)
    return x, code, pd.factorize(rows["person"])[0]


def bootstrap(rows: pd.DataFrame, hazard: Hazard, count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, coefficients) of resamples of people with replacement (Efron 1979), bands and covariates as they were.

    A person's events and time by class are all that a resample needs: the Poisson form of the model on their sums.
    """
    x, code, person = _classes(rows, hazard)
    y = (rows["to"] == RETURN[1]).to_numpy(float)
    shape = (int(person.max()) + 1, len(x))
    time = scipy.sparse.csr_array((rows["months"].to_numpy(float), (person, code)), shape=shape)
    hits = scipy.sparse.csr_array((y, (person, code)), shape=shape)
    result = np.zeros((count, x.shape[1]))
    for k in range(count):
        weight = np.bincount(rng.integers(0, shape[0], shape[0]), minlength=shape[0]).astype(float)
        exposure, events = weight @ time, weight @ hits
        seen = exposure > 0
        result[k], _ = glm.solve_pooled(
            x[seen],
            np.ones(int(seen.sum())),
            events[seen],
            exposure[seen],
            "log",
            hazard.coefficients,
            np.zeros((x.shape[1],) * 2),
        )
    return result
