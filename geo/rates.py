"""Statistics of counted areas: smoothed and standardised rates, inequality, funnel limits.

Arrays are in the order of the areas given. An area without a figure (NaN, or nobody in it) keeps its place with NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first called

from guards import number, numbers, takes

Kind = Literal["proportion", "ratio"]
Overdispersion = Literal["additive", "multiplicative"]
FEWEST_EVENTS = 10  # below this Dobson's limits do not hold and no standardised rate is given
FEWEST_EFFECTIVE = 5  # nor where the weights leave less than so many events' worth (docs/methods.md)
WINSORISED = 0.1  # share of areas at each end whose z-score is drawn in before dispersion is measured
LIMITS = {"95": 0.95, "998": 0.998}  # inner first
CURVE_POINTS = 100
WIDEST = 64.0  # relative variance between areas beyond which nothing is left to widen


@dataclass(frozen=True)
class SmoothedRates:
    """Result of `eb_marshall`; arrays are (m,)."""

    rates: np.ndarray
    smoothed: np.ndarray
    weights: np.ndarray  # share of its own rate that an area keeps
    standard_errors: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    mean: float
    between_variance: float


@dataclass(frozen=True)
class StandardisedRate:
    """Result of `directly_standardised`; shapes are those of the input without its last axis."""

    value: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    events: np.ndarray
    reliable: np.ndarray  # False: too few events behind the weighted rate, so value and limits are NaN


@dataclass(frozen=True)
class SlopeIndex:
    """Result of `slope_index`; limits are NaN where no standard errors were given."""

    sii: float
    rii: float
    sii_lower: float
    sii_upper: float
    rii_lower: float
    rii_upper: float


@dataclass(frozen=True)
class Funnel:
    """Result of `funnel_limits`.

    `areas`, in the order given: n, value, lower_95, upper_95, lower_998, upper_998 and verdict ("inside", "high_95",
    "low_95", "high_998", "low_998"; None without a figure). `curve`: n and the four limits, to be drawn.
    """

    areas: pd.DataFrame
    curve: pd.DataFrame
    target: float
    dispersion: float  # phi, the mean squared z-score after winsorising, 1 where areas vary by chance alone
    between_variance: (
        float  # tau squared, relative to the target for ratios; 0 where areas vary by chance alone
    )
    widened: bool  # whether the limits allow for over-dispersion
    kind: str = "proportion"
    wider: tuple[float, float] | None = (
        None  # the factor on the variance and what is added to it, where they do
    )


@takes(
    events=numbers(low=0, missing=True),
    population=numbers(low=0, missing=True),
    confidence=number(above=0, below=1),
)
def eb_marshall(events: Any, population: Any, confidence: float = 0.95) -> SmoothedRates:
    """Rates drawn towards the overall rate, the more so the smaller the area (Marshall 1991, global; metrics A8).

    Args:
        events: (m,) counts; NaN where unknown.
        population: (m,) people or person-time; 0 or NaN keeps the area as NaN.

    The smoothed rate is the mean of a gamma posterior whose prior has the overall rate m and the between-area variance
    A; its variance is A (1 - w) smoothed / m. To that the uncertainty of m is added, (1 - w)² (m / Σn + A Σn² / (Σn)²),
    and the limits are those of a gamma distribution with this mean and variance. The uncertainty of A itself is left
    out, so limits are too narrow: at 10 events an area they cover 80 to 91 %, and where A is estimated as 0, so that every
    area gets the overall rate with its exact Poisson limits, a third to a half (docs/studies/rates.md). For figures that
    are shown take `smoothed_rates`, and for shares `smoothed_shares`.

    Raises:
        ValueError: shapes that differ, negative input, or events where nobody lives.
    """
    o, n = _counts(events=events, population=population)
    if np.any(nobody := (n == 0) & (o > 0)):
        raise ValueError(f"events without population in area {np.flatnonzero(nobody)[0]}")
    o, n = _where_known(o, n)
    rates, people = o / n, np.nansum(n)
    mean = float(np.nansum(o) / people)
    between = max(0.0, float(np.nansum(n * (rates - mean) ** 2) / people - mean / np.nanmean(n)))
    if between:
        w = between / (between + mean / n)
        smoothed = mean + w * (rates - mean)
        variance = between * (1 - w) * smoothed / mean
        variance += (1 - w) ** 2 * (mean / people + between * np.nansum(n**2) / people**2)
        shape, scale, tail = smoothed**2 / variance, variance / smoothed, _tail(confidence)
        lower, upper = (
            scipy.special.gammaincinv(shape, tail) * scale,
            scipy.special.gammaincinv(shape, 1 - tail) * scale,
        )
    else:
        w = 0.0 * n
        smoothed, variance = w + mean, w + mean / people
        lower, upper = (w + limit / people for limit in _exact(np.nansum(o), confidence))
    return SmoothedRates(rates, smoothed, w, np.sqrt(variance), lower, upper, mean, between)


@takes(
    events=numbers(low=0, missing=True),
    population=numbers(low=0, missing=True),
    standard=numbers("k", low=0, some=True),
    multiplier=number(above=0),
    confidence=number(above=0, below=1),
)
def directly_standardised(
    events: Any, population: Any, standard: Any, multiplier: float = 100_000, confidence: float = 0.95
) -> StandardisedRate:
    """Directly standardised rates with Dobson's limits around Byar's (Dobson et al. 1991; metrics A6).

    Args:
        events, population: (…, k) by area and stratum (age group); one area may be given as (k,).
        standard: (k,) the standard population.
        multiplier: rates are per so many people.

    Value and limits are NaN and `reliable` is False with fewer than 10 events in the strata that the standard holds, and
    where these are worth fewer than 5 equally weighted ones: (Σ w o)² ÷ Σ w² o, counted with one event more in the stratum
    that weighs most (Fay and Feuer 1997), since a heavy stratum without an event says nothing yet and not that none
    come. An area with a missing stratum is NaN too.

    Returns: `events` in the strata that the standard holds; value and limits per `multiplier` people.

    Raises:
        ValueError: shapes that do not fit, negative or infinite input, a multiplier that is not above 0, a stratum of the
            standard where an area has nobody.
    """
    if not (np.isfinite(multiplier) and multiplier > 0):
        raise ValueError(f"multiplier must be above 0, not {multiplier}")
    o, n = _counts(events=events, population=population)
    weight = np.asarray(standard, dtype=float)
    if (
        weight.shape != o.shape[-1:]
        or not (np.isfinite(weight) & (weight >= 0)).all()
        or not weight.sum() > 0
    ):
        raise ValueError(f"standard must be {o.shape[-1]} numbers of at least 0, not all of them 0")
    if np.any((n == 0) & (weight > 0)):
        raise ValueError("an area has nobody in a stratum of the standard; join strata first")
    share = weight / weight.sum()
    each = np.where(weight > 0, share / np.where(n == 0, 1.0, n), 0.0)
    total = o[..., weight > 0].sum(-1)
    heaviest = each.max(axis=-1)
    worth = ((each * o).sum(-1) + heaviest) ** 2 / ((each**2 * o).sum(-1) + heaviest**2)
    reliable = (total >= FEWEST_EVENTS) & (worth >= FEWEST_EFFECTIVE)
    count = np.where(reliable, total, np.nan)
    value = np.where(reliable, (each * o).sum(-1), np.nan)
    stretch = np.sqrt((each**2 * o).sum(-1) / count)
    z = scipy.special.ndtri(1 - _tail(confidence))
    low = count * (1 - 1 / (9 * count) - z / (3 * np.sqrt(count))) ** 3
    high = (count + 1) * (1 - 1 / (9 * (count + 1)) + z / (3 * np.sqrt(count + 1))) ** 3
    lower, upper = value + stretch * (low - count), value + stretch * (high - count)
    return StandardisedRate(value * multiplier, lower * multiplier, upper * multiplier, total, reliable)


@takes(draws=number(low=1, whole=True), confidence=number(above=0, below=1))
def slope_index(
    rate: Any,
    population: Any,
    rank_order: Any,
    *,
    se: Any = None,
    draws: int = 10_000,
    rng: np.random.Generator | None = None,
    confidence: float = 0.95,
) -> SlopeIndex:
    """Slope and relative index of inequality (Mackenbach and Kunst 1997; metrics A7).

    The population-weighted regression of the rate on the share of people ranked before the area's middle. `sii` is the
    fitted rate at the end of the order less that at its start, `rii` their quotient: with deprivation as order, above 0
    and 1 where the rate is higher among the more deprived. Areas of equal order share one rank; areas without rate or
    people are left out.

    Args:
        rate, population, rank_order: (m,); any numbers that order the areas, lowest first.
        se: (m,) standard errors of the rates; limits are then quantiles over `draws` Normal draws with `rng`. Draws whose
            fitted start is not above 0 have no finite quotient and count as infinite.

    Raises:
        ValueError: shapes that differ, negative population, fewer than two different ranks, `se` without `rng`.
    """
    y, order = (np.asarray(a, dtype=float) for a in (rate, rank_order))
    n = _counts(population=population)[0]
    error = np.zeros(y.shape) if se is None else np.asarray(se, dtype=float)
    if not y.shape == n.shape == order.shape == error.shape:
        raise ValueError("rate, population, rank_order and se must have one shape")
    known = np.isfinite(y + order + error) & (n > 0)
    y, n, order, error = y[known], n[known], order[known], error[known]
    places, group = np.unique(order, return_inverse=True)
    if len(places) < 2:
        raise ValueError("an index of inequality needs areas of at least two different ranks")
    people = np.bincount(group, n)
    x = ((np.cumsum(people) - people / 2) / n.sum())[group]
    design = np.column_stack([np.ones(len(x)), x])
    fit = np.linalg.solve(design.T @ (design * n[:, None]), (design * n[:, None]).T)
    sii, rii = _indices(fit @ y)
    if se is None:
        return SlopeIndex(float(sii), float(rii), np.nan, np.nan, np.nan, np.nan)
    if rng is None:
        raise ValueError("limits by drawing need a generator: pass rng")
    drawn = _indices(fit @ (y + error * rng.standard_normal((draws, len(y)))).T)
    tail = _tail(confidence)
    limits = [float(q) for d in drawn for q in np.quantile(d, (tail, 1 - tail), method="inverted_cdf")]
    return SlopeIndex(float(sii), float(rii), *limits)


def _indices(coefficients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    start, slope = coefficients
    return slope, np.where(start > 0, (start + slope) / np.where(start > 0, start, 1.0), np.inf)


@takes(
    observed=numbers(low=0, missing=True),
    size=numbers(low=0, missing=True),
    target=number(low=0, none=True),
    grid=numbers("g", above=0, none=True),
)
def funnel_limits(
    observed: Any,
    size: Any,
    kind: Kind = "proportion",
    *,
    target: float | None = None,
    overdispersion: Overdispersion | None = None,
    grid: Any = None,
) -> Funnel:
    """Funnel-plot limits at 95 and 99.8 % (Spiegelhalter 2005; metrics A5).

    Args:
        observed: (m,) events; may be fractional for a weighted share on its effective sample size.
        size: (m,) trials of a proportion, or expected events of a ratio. 0 or NaN keeps the area without a verdict.
        kind: "proportion": target ± z √(target (1 - target) / size), within 0 and 1. "ratio": limits of observed ÷
            expected from exact Poisson tails about the expected count (Seaton and Manktelow 2012): a count is high where
            so many or more have a probability of at most 2.5 % (0.1 %), low where so few or fewer have. Between whole
            counts the limits follow the incomplete gamma function, so that what is drawn decides. Chance alone crosses
            the 95 % limits in less than 5 % (2.8 % over 2 to 10 expected), since counts are whole.
        target: the centre; by default the areas' overall proportion, and 1 for ratios.
        overdispersion: widens the limits where the areas vary more than chance (phi above 1): "multiplicative" takes
            variances × phi, "additive" adds the variance between areas. Widened ratios have negative binomial tails
            instead of Poisson ones. phi is the mean squared z-score with a tenth of the areas drawn in at each end, as a
            multiple of what chance gives it after the drawing-in: without that correction limits called 95 % leave out
            8 to 10 % (docs/studies/funnel.md). For ratios z = √E ln(O/E), half an event where there was none; what widens
            them is measured by normal scores of the mid-P instead, since those are right for small counts too.
        grid: sizes at which the curve is computed; by default 100 from the smallest to the largest area.

    Raises:
        ValueError: unknown kind or over-dispersion, shapes that differ, more events than trials, a target out of range.
    """
    if kind not in get_args(Kind) or overdispersion not in (None, *get_args(Overdispersion)):
        raise ValueError(f"unknown kind {kind!r} or overdispersion {overdispersion!r}")
    o, n = _where_known(*_counts(observed=observed, size=size))
    if kind == "proportion" and np.any(o > n):
        raise ValueError("observed must not exceed size in a proportion")
    if target is None:
        target = float(np.nansum(o) / np.nansum(n)) if kind == "proportion" else 1.0
    if not (0 <= target <= 1 if kind == "proportion" else target > 0):
        raise ValueError(f"target {target:g} is out of range for a {kind}")
    measure = _ratio_dispersion if kind == "ratio" else _proportion_dispersion
    phi, factor, tau2 = measure(o[np.isfinite(o)], n[np.isfinite(n)], target)
    wider = None
    if overdispersion and tau2:
        wider = (factor, 0.0) if overdispersion == "multiplicative" else (1.0, tau2)
    sizes = np.geomspace(np.nanmin(n), np.nanmax(n), CURVE_POINTS) if grid is None else grid
    areas = _standing(o, n, kind, target, wider)
    curve = _limits(sizes, kind, target, wider)
    return Funnel(areas, curve, target, phi, tau2, wider is not None, kind, wider)


@takes(observed=numbers(low=0, missing=True), size=numbers(low=0, missing=True))
def standing(observed: Any, size: Any, found: Funnel) -> np.ndarray:
    """Where counts would stand in a funnel whose limits are known: its verdicts, in the shape of the counts.

    None where one is missing or the size is 0.

    Raises:
        ValueError: infinite counts, or shapes that differ.
    """
    o, n = np.asarray(observed, dtype=float), np.asarray(size, dtype=float)
    n = np.where(n > 0, n, np.nan)
    if o.shape != n.shape:
        raise ValueError("observed and size must have one shape")
    areas = _standing(o.ravel(), n.ravel(), found.kind, found.target, found.wider)
    return areas["verdict"].to_numpy(dtype=object).reshape(o.shape)


def _standing(
    o: np.ndarray, n: np.ndarray, kind: str, target: float, wider: tuple[float, float] | None
) -> pd.DataFrame:
    areas = _limits(n, kind, target, wider)
    areas.insert(1, "value", o / n)
    verdict = pd.Series("inside", index=areas.index, dtype=object)
    for name in LIMITS:
        verdict[areas["value"] > areas[f"upper_{name}"]] = f"high_{name}"
        verdict[areas["value"] < areas[f"lower_{name}"]] = f"low_{name}"
    areas["verdict"] = verdict.where(areas["value"].notna(), None)
    return areas


def _proportion_dispersion(o: np.ndarray, n: np.ndarray, target: float) -> tuple[float, float, float]:
    """phi, the factor on the variance and tau squared; tau squared is 0 unless phi exceeds 1."""
    variance, m = target * (1 - target) / n, len(o)
    if not variance.all():  # no events at all, or nothing but events
        return 0.0, 1.0, 0.0
    phi = _drawn_in((o / n - target) / np.sqrt(variance))
    if phi <= 1 or m == 1:
        return phi, 1.0, 0.0
    w = 1 / variance
    return phi, phi, float((m * phi - (m - 1)) / (w.sum() - (w**2).sum() / w.sum()))


def _ratio_dispersion(o: np.ndarray, n: np.ndarray, target: float) -> tuple[float, float, float]:
    """phi of z = √E ln(O/E); and of the mid-P scores, which are right for small counts too, what widens the limits.

    That is the factor on the variance, and the relative variance between areas with which negative binomial scores
    vary no more than chance; 0 where Poisson ones do not either.
    """
    from scipy.optimize import brentq

    expected = n * target
    phi = _drawn_in(np.sqrt(expected) * np.log(np.where(o > 0, o, 0.5) / expected))

    def excess(extra: float) -> float:
        upto, before = _below(o, expected, extra), _below(o - 1, expected, extra)
        return _drawn_in(scipy.special.ndtri(np.clip((upto + before) / 2, 1e-300, 1 - 1e-16))) - 1

    if len(o) == 1 or (now := excess(0.0)) <= 0:
        return phi, 1.0, 0.0
    top = 0.05  # the scores of a far too wide distribution are all high, so the root is looked for from below
    while excess(top) > 0:
        if (top := 2 * top) > WIDEST:
            return phi, 1 + now, WIDEST
    return phi, 1 + now, float(brentq(excess, 0.0, top, xtol=1e-10))


def _drawn_in(z: np.ndarray) -> float:
    """Mean square of z-scores with a tenth drawn in at each end ÷ what standard normal ones would have."""
    k = int(WINSORISED * len(z))
    z = np.sort(z)
    return float((np.clip(z, z[k], z[len(z) - 1 - k]) ** 2).mean()) / _chance(len(z), k)


@lru_cache(maxsize=64)
def _chance(m: int, k: int) -> float:
    """Expected mean square of m standard normal scores when k at each end are drawn in to their neighbours."""
    if k == 0:
        return 1.0
    u = (np.arange(20_000) + 0.5) / 20_000
    square = scipy.special.ndtri(u) ** 2
    times = [k + 1 if j in (k + 1, m - k) else 1 for j in range(k + 1, m - k + 1)]
    expected = [
        (
            square
            * np.exp(
                scipy.special.xlogy(j - 1, u)
                + scipy.special.xlogy(m - j, 1 - u)
                - scipy.special.betaln(j, m - j + 1)
            )
        ).mean()
        for j in range(k + 1, m - k + 1)
    ]
    return float(np.dot(times, expected)) / m


def _below(count: Any, expected: Any, extra: float) -> Any:
    """Probability of so few or fewer: Poisson, or negative binomial where `extra` is the relative variance of the mean."""
    k = np.maximum(count + 1, 0.0)
    at = np.maximum(k, 1e-300)
    if extra:
        found = 1 - scipy.special.betainc(at, 1 / extra, expected / (expected + 1 / extra))
    else:
        found = scipy.special.gammaincc(at, expected)
    return np.where(k > 0, found, 0.0)


def _limits(sizes: Any, kind: str, target: float, wider: tuple[float, float] | None) -> pd.DataFrame:
    """Limits by size; `wider` is the factor on the variance and what is added to it, if over-dispersed."""
    n = np.asarray(sizes, dtype=float)
    factor, added = wider or (1.0, 0.0)
    frame = pd.DataFrame({"n": n})
    for name, confidence in LIMITS.items():
        if kind == "proportion":
            half = scipy.special.ndtri(1 - _tail(confidence)) * np.sqrt(
                factor * target * (1 - target) / n + added
            )
            lower, upper = np.maximum(target - half, 0.0), np.minimum(target + half, 1.0)
        else:
            expected = n * target
            lower, upper = (
                limit / n for limit in _counts_beyond(expected, (factor - 1) / expected + added, confidence)
            )
        frame[f"lower_{name}"], frame[f"upper_{name}"] = lower, upper
    return frame


def _counts_beyond(
    expected: np.ndarray, extra: np.ndarray, confidence: float
) -> tuple[np.ndarray, np.ndarray]:
    """The counts at and below, at and above which a tail has at most half of what `confidence` leaves.

    Whole counts are compared by their exact tail probability; between them the tails are continued by the incomplete
    gamma or beta function. Below 0 no count is low.
    """
    tail = _tail(confidence)
    if np.any(extra > 0):
        r = 1 / np.maximum(extra, 1e-12)
        p = r / (r + expected)
        low, high = scipy.special.nbdtrik(tail, r, p), scipy.special.btdtria(tail, r, 1 - p)
    else:
        low, high = scipy.special.pdtrik(tail, expected), scipy.special.gdtrib(1.0, tail, expected)
    none = np.asarray(_below(0.0, expected, 0.0) if not np.any(extra > 0) else (1 + expected / r) ** -r)
    # So many or more is looked for by itself: where fewer than one is nearly sure, 1 - P(X <= x - 1) stops at one event.
    return np.where(none > tail, 0.0, low), high


def _exact(count: Any, confidence: float) -> tuple[Any, Any]:
    """Exact Poisson limits of a count (Garwood 1936)."""
    tail = _tail(confidence)
    return np.where(count == 0, 0.0, scipy.special.gammaincinv(count, tail)), scipy.special.gammaincinv(
        count + 1, 1 - tail
    )


def _tail(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    return (1 - confidence) / 2


def _where_known(o: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both NaN where either is missing or nobody is there."""
    known = (n > 0) & np.isfinite(o)
    if not known.any():
        raise ValueError("no area has both events and a population")
    return np.where(known, o, np.nan), np.where(known, n, np.nan)


def _counts(**arrays: Any) -> list[np.ndarray]:
    """The arrays as floats of one shape, none negative or infinite; NaN is missing."""
    values = [np.asarray(a, dtype=float) for a in arrays.values()]
    for name, value in zip(arrays, values, strict=True):
        if value.shape != values[0].shape:
            raise ValueError(f"{name} has shape {value.shape}, {next(iter(arrays))} {values[0].shape}")
        if (bad := value[(value < 0) | np.isinf(value)]).size:
            raise ValueError(f"{name} must be finite numbers of at least 0, not {bad[0]:g}")
    return values
