"""Confidence intervals for proportions and counts, vectorised.

Each function takes scalars or arrays of one shape and returns `(lower, upper)` in the same shape. Missing
input (NaN) gives missing limits. Impossible input raises a ValueError that names the offending value.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy  # its parts come when they are first called: a page of answers made ahead needs none

from guards import number, numbers, takes

Limits = tuple[Any, Any]
Z95 = 1.959963984540054  # the normal quantile of 95 % limits
SMALL_COUNT = 10  # below this, Byar's approximation is replaced by the exact limits (A3)


SURE = number(above=0, below=1)


def _checked(confidence: float, **arrays: Any) -> tuple[float, list[np.ndarray]]:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    values = [np.asarray(a, dtype=float) for a in arrays.values()]
    for name, value in zip(arrays, values, strict=True):
        bad = value[~np.isnan(value) & ((value < 0) | np.isinf(value))]
        if bad.size:
            raise ValueError(f"{name} must be a finite number of at least 0, not {bad.flat[0]:g}")
    return 1 - confidence, values


def _plain(lower: np.ndarray, upper: np.ndarray) -> Limits:
    return (float(lower), float(upper)) if np.ndim(lower) == 0 else (lower, upper)


@takes(successes=numbers(low=0, missing=True), trials=numbers(above=0, missing=True), confidence=SURE)
def wilson(successes: Any, trials: Any, confidence: float = 0.95) -> Limits:
    """Wilson score limits of a proportion (Newcombe 1998, method 3; metrics A2).

    Args:
        successes: count of successes; may be fractional for an effective sample size.
        trials: count of trials, more than 0.
        confidence: two-sided, 0.95 by default.

    Raises:
        ValueError: negative or infinite input, trials of 0, or more successes than trials.

    >>> tuple(round(x, 4) for x in wilson(81, 263))
    (0.2553, 0.3662)
    """
    alpha, (x, n) = _checked(confidence, successes=successes, trials=trials)
    if np.any(n == 0):
        raise ValueError("trials must be more than 0, not 0")
    excess = np.broadcast_to(x, np.broadcast(x, n).shape)[np.asarray(x > n)]
    if excess.size:
        raise ValueError(f"successes must not exceed trials: {excess.flat[0]:g}")
    z = scipy.special.ndtri(1 - alpha / 2)
    centre = 2 * x + z**2
    spread = z * np.sqrt(z**2 + 4 * x * (1 - x / n))
    scale = 2 * (n + z**2)
    # At 0 of n and n of n the limit is exact; floating error must not push it past the edge.
    lower = np.where(x == 0, 0.0, np.maximum(0.0, (centre - spread) / scale))
    upper = np.where(x == n, 1.0, np.minimum(1.0, (centre + spread) / scale))
    missing = np.isnan(x + n)
    return _plain(np.where(missing, np.nan, lower), np.where(missing, np.nan, upper))


@takes(first=numbers("estimate"), second=numbers("estimate"))
def difference(first: Any, second: Any) -> Limits:
    """Limits of second - first of two independent estimates, from the limits of each (MOVER: Newcombe 1998, Statistics in Medicine
    17:873, method 10; Zou and Donner 2008, Statistics in Medicine 27:1693).

    Args:
        first, second: (estimate, lower, upper) of each, in one unit and of one confidence.

    Raises:
        ValueError: not three numbers, or an estimate that does not lie between its limits.

    >>> tuple(round(x, 4) for x in difference((48 / 80, *wilson(48, 80)), (56 / 70, *wilson(56, 70))))
    (0.0524, 0.3339)
    """
    both = [np.asarray(v, dtype=float) for v in (first, second)]
    if both[0].shape != (3,):
        raise ValueError(f"first and second are an estimate and its two limits, not {both[0].size} numbers")
    (a, a_low, a_high), (b, b_low, b_high) = both
    for value, low, high in ((a, a_low, a_high), (b, b_low, b_high)):
        if value < low or value > high:
            raise ValueError(f"an estimate lies between its limits, not {value:g} at {low:g} to {high:g}")
    lower = b - a - np.hypot(b - b_low, a_high - a)
    upper = b - a + np.hypot(b_high - b, a - a_low)
    return _plain(lower, upper)


@takes(count=numbers(low=0, missing=True), exposure=numbers(above=0, missing=True), confidence=SURE)
def exact_poisson(count: Any, exposure: Any = 1.0, confidence: float = 0.95) -> Limits:
    """Exact Poisson limits of a rate (Garwood 1936; metrics A3); half a chi-square quantile is a gamma quantile.

    Args:
        count: observed events.
        exposure: person-time or population, more than 0; limits are per unit of exposure.

    Raises:
        ValueError: negative or infinite input, or an exposure of 0.
    """
    alpha, (o, e) = _checked(confidence, count=count, exposure=exposure)
    if np.any(e == 0):
        raise ValueError("exposure must be more than 0, not 0")
    lower = np.where(o == 0, 0.0, scipy.special.gammaincinv(np.maximum(o, 1e-300), alpha / 2)) / e
    upper = scipy.special.gammaincinv(o + 1, 1 - alpha / 2) / e
    missing = np.isnan(o + e)
    return _plain(np.where(missing, np.nan, lower), np.where(missing, np.nan, upper))


@takes(count=numbers(low=0, missing=True), exposure=numbers(above=0, missing=True), confidence=SURE)
def byar(count: Any, exposure: Any = 1.0, confidence: float = 0.95) -> Limits:
    """Byar's limits of a Poisson rate; exact limits below 10 events (Breslow and Day 1987; metrics A3).

    Args and errors as `exact_poisson`.
    """
    alpha, (o, e) = _checked(confidence, count=count, exposure=exposure)
    if np.any(e == 0):
        raise ValueError("exposure must be more than 0, not 0")
    z = scipy.special.ndtri(1 - alpha / 2)
    safe = np.maximum(o, 1.0)  # the formula divides by the count; small counts are replaced below
    lower = o * (1 - 1 / (9 * safe) - z / (3 * np.sqrt(safe))) ** 3 / e
    upper = (o + 1) * (1 - 1 / (9 * (o + 1)) + z / (3 * np.sqrt(o + 1))) ** 3 / e
    exact_lower, exact_upper = exact_poisson(o, e, confidence)
    small = o < SMALL_COUNT
    missing = np.isnan(o + e)
    lower, upper = np.where(small, exact_lower, lower), np.where(small, exact_upper, upper)
    return _plain(np.where(missing, np.nan, lower), np.where(missing, np.nan, upper))
