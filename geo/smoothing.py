"""Counts of 25 areas drawn together: smoothed shares and rates whose intervals know how unsure the drawing is.

Both are hierarchical models with two unknowns, the overall level and how much areas differ. Estimating the second from
25 areas and then treating it as known gives intervals that are too narrow, and gives up on the areas wherever its
estimate is 0 (docs/studies/rates.md). Here every pair of values that the counts allow is kept with its posterior weight,
on a grid: an area's posterior is a mixture of betas or of gammas, whose mean and limits are computed, not drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy  # its parts come when they are first called

Array = npt.NDArray[np.float64]
LEVELS, WEIGHTS = 17, 25  # nodes of the grid: overall level × pull of an area of middling size
COARSE_REACH, REACH = 7.0, 4.5  # how far the first and the second grid reach, in standard errors
PULL_RANGE = (-9.0, 9.0)  # log of prior size ÷ size of a middling area in the first grid
# No wider spread is considered: without a single event (or with nothing but events) the counts do not bound it.
LEAST_TRIALS, LEAST_EVENTS = 1.0, 0.25  # κ, and α: a coefficient of variation of 2
# Prior of the relative variance between areas' rates: its density is proportional to this power of it. The smallest whole power
# with which sets that happen to vary by no more than chance (A = 0) are covered to 92 % wherever at least one set in a thousand is
# one. At 10 events and a coefficient of variation of .4, powers 0 and 1 covered 80.0 and 88.5 % of 150 of theirs, 2 covered 92.1 %
# of 800 (92.3 and 91.9 % with two seeds: on the bar), 3 covered 95.0 % of 150.
VARIANCE_POWER = 3
NEGLIGIBLE = 1e-4  # nodes of less weight than this, next to the heaviest, are left out
FEWEST_AREAS = 5  # with fewer the prior of the variance between areas would decide


@dataclass(frozen=True)
class Smoothed:
    """Result of `smoothed_shares` and `smoothed_rates`; arrays are (m,), in the order of the areas given.

    NaN where an area has no figure. Values are shares within 0 to 1, or events per unit of population.
    """

    direct: Array
    smoothed: Array  # posterior mean
    weights: Array  # posterior mean of the part of its own figure that an area keeps: 1 all of it, 0 none
    standard_errors: Array  # posterior standard deviation
    lower: Array
    upper: Array
    mean: float  # posterior mean of the overall level
    between_sd: float  # posterior median of the standard deviation between areas


def smoothed_shares(events: Any, trials: Any, confidence: float = 0.95) -> Smoothed:
    """Shares drawn towards the overall share, the more so the fewer the trials: a beta-binomial model, full Bayes.

    x_i ~ Binomial(n_i, p_i), p_i ~ Beta(μ κ, (1 - μ) κ). Priors: Jeffreys' for μ, flat for the variance between areas,
    in units of μ (1 - μ): 1 / (κ + 1) (Morris 1983). Of three priors tried, flat on the variance, on the standard deviation and on the
    pull κ / (κ + n), only the first held in every setting of docs/studies/shares.md. For counts of people among people
    (answered calls, recovered courses); a survey's weighted share with covariates is `fay_herriot`'s.

    Args:
        events: (m,) successes; NaN where unknown. May be fractional.
        trials: (m,) of at least `events`; 0 or NaN keeps the area as NaN.

    Raises:
        ValueError: shapes that differ, negative or infinite input, more events than trials, fewer than five areas with
            a figure, or a confidence outside 0 to 1.
    """
    x, n, known = _checked("trials", events, trials, confidence)
    if np.any(x > n):
        raise ValueError("events must not exceed trials")

    def posterior(level: Array, prior_size: Array) -> Array:
        a, b = np.sin(level) ** 2 * prior_size, np.cos(level) ** 2 * prior_size
        fit = scipy.special.betaln(x + a[..., None], n - x + b[..., None]).sum(-1) - len(
            x
        ) * scipy.special.betaln(a, b)
        return fit + np.log(prior_size) - 2 * np.log1p(prior_size)

    share = x.sum() / n.sum()
    centre, error = (
        np.arcsin(np.sqrt(share)),
        _error(x, n, (share + 0.5 / n.sum()) * (1 - share + 0.5 / n.sum())),
    )
    size = len(n) / (1 / n).sum()
    grid = _Grid.of(posterior, centre, error, np.pi / 2, size, LEAST_TRIALS)
    level = np.sin(grid.level) ** 2
    a = x[:, None] + level * grid.prior_size
    b = n[:, None] - x[:, None] + (1 - level) * grid.prior_size
    means = a / (a + b)
    variances = means * (1 - means) / (a + b + 1)
    mean, variance = _moments(means, variances, grid.weight)
    like = mean * (1 - mean) / variance - 1  # of a beta with the same mean and variance, as a first guess
    limits = _limits(
        lambda at, here: scipy.special.betainc(a[here], b[here], at),
        lambda tail: scipy.special.betaincinv(mean * like, (1 - mean) * like, tail),
        grid.weight,
        1.0,
        confidence,
    )
    between = np.sqrt(level * (1 - level) / (grid.prior_size + 1))
    kept = n[:, None] / (n[:, None] + grid.prior_size)
    return _result(x / n, (mean, variance), kept, limits, level, between, grid, known)


def smoothed_rates(events: Any, population: Any, confidence: float = 0.95) -> Smoothed:
    """Rates drawn towards the overall rate, the more so the smaller the area: a gamma-Poisson model, full Bayes.

    x_i ~ Poisson(n_i θ_i), θ_i ~ Gamma(α, α / m), so that 1 / √α is the coefficient of variation between areas. Priors:
    Jeffreys' for m; for the relative variance between areas, 1 / α, one that grows with its cube, so that areas are not
    given up on where by chance they vary little (as Li and Lahiri 2010, who adjust by the variance itself; see
    `VARIANCE_POWER`). Areas keep more of their own figure than by `eb_marshall`, and their
    limits are wider (docs/studies/rates.md).

    Args:
        events: (m,) counts; NaN where unknown. May be fractional.
        population: (m,) people or person-time; 0 or NaN keeps the area as NaN.

    Raises:
        ValueError: shapes that differ, negative or infinite input, events where nobody lives, fewer than five areas
            with a figure, or a confidence outside 0 to 1.
    """
    x, n, known = _checked("population", events, population, confidence)
    scale = n.sum() / len(n)  # the grid sees numbers near one, whatever unit the population is counted in
    n = n / scale

    def posterior(level: Array, prior_size: Array) -> Array:
        expected, r = level[..., None] ** 2 * n, prior_size[..., None]
        whole = expected + r
        fit = (
            scipy.special.gammaln(x + r)
            - scipy.special.gammaln(r)
            + scipy.special.xlogy(x, expected)
            - x * np.log(whole)
            - r * np.log1p(expected / r)
        )
        return fit.sum(-1) - (VARIANCE_POWER + 1) * np.log(prior_size)

    rate = x.sum() / n.sum()
    middling = max(x.sum(), 0.5) / n.sum() * len(n) / (1 / n).sum()
    grid = _Grid.of(
        posterior, np.sqrt(rate), _error(x, n, rate + 0.5 / n.sum()), np.inf, middling, LEAST_EVENTS
    )
    level = grid.level**2
    prior_time = grid.prior_size / level
    shape, time = x[:, None] + grid.prior_size, n[:, None] + prior_time
    means, variances = shape / time, shape / time**2
    mean, variance = _moments(means, variances, grid.weight)
    limits = _limits(
        lambda at, here: scipy.special.gammainc(shape[here], at * time[here]),
        lambda tail: scipy.special.gammaincinv(mean**2 / variance, tail) * variance / mean,
        grid.weight,
        np.inf,
        confidence,
    )
    between = level / np.sqrt(grid.prior_size)
    kept = n[:, None] / time
    return _result(x / n, (mean, variance), kept, limits, level, between, grid, known, unit=scale)


@dataclass(frozen=True)
class _Grid:
    """Nodes of the two unknowns with their posterior weights, each (nodes,).

    `level` is on the scale on which Jeffreys' prior is flat: arcsin √share or √rate. `prior_size` is what the other
    areas count for: κ trials, or α events.
    """

    level: Array
    prior_size: Array
    weight: Array

    @classmethod
    def of(
        cls,
        posterior: Callable[[Array, Array], Array],
        centre: float,
        error: float,
        highest: float,
        middling: float,
        least: float,
    ) -> _Grid:
        """A grid over the whole prior, then a finer one where its weight lies.

        Args:
            posterior: logarithm of the density over (level, log prior size), up to a constant.
        """
        widest = (max(PULL_RANGE[0], np.log(least / middling)), PULL_RANGE[1])
        around, pull = (centre, COARSE_REACH * error), widest
        for _ in range(2):
            low, high = max(around[0] - around[1], 0.0), min(around[0] + around[1], highest)
            # Midpoints: neither a level of 0 nor one of 1 is a node.
            levels = low + (high - low) * (np.arange(LEVELS) + 0.5) / LEVELS
            pulls = np.linspace(*pull, WEIGHTS)
            level, odds = (a.ravel() for a in np.meshgrid(levels, pulls))
            prior_size = middling * np.exp(odds)
            value = posterior(level, prior_size)
            weight = np.exp(value - value.max())
            weight /= weight.sum()
            mean, odd = float(weight @ level), float(weight @ odds)
            spread = np.sqrt(weight @ (level - mean) ** 2), np.sqrt(weight @ (odds - odd) ** 2)
            around = (mean, REACH * max(spread[0], (high - low) / LEVELS / 3))
            reach = REACH * max(spread[1], (pull[1] - pull[0]) / WEIGHTS / 3)
            pull = (max(odd - reach, widest[0]), min(odd + reach, widest[1]))
        kept = weight > NEGLIGIBLE * weight.max()
        return cls(level[kept], prior_size[kept], weight[kept] / weight[kept].sum())


def _moments(means: Array, variances: Array, weight: Array) -> tuple[Array, Array]:
    """Mean and variance of each area's mixture; (areas, nodes) and (nodes,) give (areas,)."""
    mean = means @ weight
    return mean, variances @ weight + (means - mean[:, None]) ** 2 @ weight


def _limits(
    below: Callable[[Array, npt.NDArray[np.int_]], Array],
    guess: Callable[[float], Array],
    weight: Array,
    highest: float,
    confidence: float,
) -> tuple[Array, Array]:
    """Quantiles of each area's mixture.

    Args:
        below: probabilities (areas, nodes) under values (areas, 1), of the areas of these indices.
        guess: where a quantile is looked for first.
    """
    from scipy.optimize import elementwise

    found = []
    for tail in ((1 - confidence) / 2, (1 + confidence) / 2):

        def excess(at: Array, area: Array, tail: float = tail) -> Array:
            return below(at[..., None], area.astype(int)) @ weight - tail

        first = np.maximum(guess(tail), 1e-12)
        args, low, high = (
            (np.arange(len(first)),),
            first * 0.95,
            np.minimum(first * 1.05, (first + highest) / 2),
        )
        bracket = elementwise.bracket_root(excess, low, high, xmin=0.0, xmax=highest, args=args)
        solved = elementwise.find_root(
            excess, bracket.bracket, args=args, tolerances={"xrtol": 1e-6, "xatol": 1e-12}
        )
        edge = 0.0 if tail < 0.5 else highest  # so near to it that no number lies between
        found.append(np.where(bracket.success, solved.x, edge))
    return found[0], found[1]


def _result(
    direct: Array,
    moments: tuple[Array, Array],
    kept: Array,
    limits: tuple[Array, Array],
    level: Array,
    between: Array,
    grid: _Grid,
    known: npt.NDArray[np.bool_],
    unit: float = 1.0,
) -> Smoothed:
    order = np.argsort(between)
    place = min(int(np.searchsorted(np.cumsum(grid.weight[order]), 0.5)), len(order) - 1)

    def placed(values: Array) -> Array:
        out = np.full(len(known), np.nan)
        out[known] = values
        return out

    return Smoothed(
        placed(direct / unit),
        placed(moments[0] / unit),
        placed(kept @ grid.weight),
        placed(np.sqrt(moments[1]) / unit),
        placed(limits[0] / unit),
        placed(limits[1] / unit),
        float(level @ grid.weight) / unit,
        float(between[order][place]) / unit,
    )


def _error(x: Array, n: Array, variance: float) -> float:
    """A generous standard error of the overall level on its flat scale: chance and the areas' own spread."""
    rate = x.sum() / n.sum()
    spread = (n**2 * (x / n - rate) ** 2).sum() / n.sum() ** 2
    return float(np.sqrt((variance / n.sum() + spread) / (4 * variance)))


def _checked(
    name: str, events: Any, size: Any, confidence: float
) -> tuple[Array, Array, npt.NDArray[np.bool_]]:
    x, n = np.asarray(events, dtype=float), np.asarray(size, dtype=float)
    if x.ndim != 1 or x.shape != n.shape:
        raise ValueError(f"events and {name} must be two lists of one length, not {x.shape} and {n.shape}")
    for what, values in (("events", x), (name, n)):
        if (bad := values[(values < 0) | np.isinf(values)]).size:
            raise ValueError(f"{what} must be finite numbers of at least 0, not {bad[0]:g}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    if np.any(nobody := (n == 0) & (x > 0)):
        raise ValueError(f"events without {name} in area {np.flatnonzero(nobody)[0]}")
    known = (n > 0) & np.isfinite(x)
    if known.sum() < FEWEST_AREAS:
        raise ValueError(f"{known.sum()} areas with a figure are too few: at least {FEWEST_AREAS} are needed")
    return x[known], n[known], known
