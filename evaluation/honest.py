"""How far trends may differ before a conclusion falls (Rambachan & Roth 2023, Rev. Econ. Studies 90: 2555-2591).

`relative`: the breach of parallel trends from one period to the next after the start is at most `size` times the largest one before it. For each breach that may be the
largest, in either direction, one interval; their union holds the truth at least as often as it says. (The authors' conditional test is a little narrower: the published
intervals of their Medicaid example lie within ours; tests/test_evaluation_designs.py.) `smooth`: the slope of the difference changes by at most `size` from one period to the
next; the shortest interval of fixed length, as theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy  # its parts come when they are first called

TWO_SIDED = 1.959963984540054  # the normal quantile of 0.975
LEAST = 1.2  # of a normal quantile that limits of 95 % never fall below


@dataclass(frozen=True)
class Interval:
    lower: float
    upper: float


def relative(
    pre: np.ndarray,
    post: np.ndarray,
    cover: np.ndarray,
    size: float,
    *,
    weights: np.ndarray | None = None,
    critical: float = TWO_SIDED,
) -> Interval:
    """An interval of the weighted effect after the start that allows for breaches of relative size.

    Args:
        pre: (a,), coefficients before the reference period in order of time. post: (b,), after it. The reference itself, zero, lies between.
        cover: (a + b, a + b), their covariance.
        size: the largest breach after the start as a share of the largest before it.
        weights: (b,), of the effect; the first period after the start where None.
        critical: standard errors on each side, for few units a quantile of Student's t.

    Raises:
        ValueError: nothing lies before, sizes do not fit, or size is negative.
    """
    pre, post, cover = np.asarray(pre, float), np.asarray(post, float), np.asarray(cover, float)
    _check(pre, post, cover, size)
    weight = np.eye(len(post))[0] if weights is None else np.asarray(weights, float)
    whole = np.r_[pre, 0.0, post]
    # steps from one period to the next, as sums of the coefficients
    places = np.delete(np.eye(len(whole)), len(pre), axis=1)
    steps = np.diff(places, axis=0)[: len(pre)]
    effect = np.r_[np.zeros(len(pre)), weight]
    reach = size * float(np.abs(np.cumsum(weight[::-1])[::-1]).sum())
    coefficients = np.r_[pre, post]
    lower, upper = np.inf, -np.inf
    for step in steps:
        for sign in (1.0, -1.0):
            for side in (1.0, -1.0):
                line = effect + side * sign * reach * step
                middle, error = line @ coefficients, np.sqrt(max(line @ cover @ line, 0.0))
                if side < 0:
                    lower = min(lower, middle - critical * error)
                else:
                    upper = max(upper, middle + critical * error)
    return Interval(float(lower), float(upper))


def breakdown(
    pre: np.ndarray, post: np.ndarray, cover: np.ndarray, *, most: float = 5.0, **options: object
) -> float:
    """The relative size at which the interval first holds zero: 0 where it always does, `most` where it never does."""

    def holds(size: float) -> bool:
        found = relative(pre, post, cover, size, **options)  # type: ignore[arg-type]
        return found.lower <= 0 <= found.upper

    if holds(0.0):
        return 0.0
    if not holds(most):
        return most
    low, high = 0.0, most
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def smooth(
    pre: np.ndarray,
    post: np.ndarray,
    cover: np.ndarray,
    size: float,
    *,
    weights: np.ndarray | None = None,
) -> Interval:
    """The shortest interval of fixed length when slopes change by at most `size` from one period to the next.

    An affine estimator: the effect less a weighted sum of what lies before, which takes off any straight line exactly. Its worst bias is
    `size` times the sum of what it leaves of each bend. Arguments as in `relative`.

    Raises:
        ValueError: nothing lies before, sizes do not fit, or size is negative.
    """
    pre, post, cover = np.asarray(pre, float), np.asarray(post, float), np.asarray(cover, float)
    _check(pre, post, cover, size)
    weight = np.eye(len(post))[0] if weights is None else np.asarray(weights, float)
    a, b = len(pre), len(post)
    times = np.r_[np.arange(-a, 0), np.arange(1, b + 1)].astype(float)
    # any path without its straight line is a sum of bends: max(t - k, 0) after, max(k - t, 0) before the reference
    bends = [np.where(times > 0, np.maximum(times - k, 0), 0) for k in range(b)][1:]
    bends += [np.where(times < 0, np.maximum(-k - times, 0), 0) for k in range(a)][1:]
    turn = np.maximum(times, 0)  # the bend at the reference itself
    bent = np.array([*bends, turn])
    fixed = np.r_[np.zeros(a), weight]

    def whole(v: np.ndarray) -> np.ndarray:
        # the last weight follows from the straight line being taken off
        rest = -(fixed[a:] @ times[a:] + v @ times[: a - 1]) / times[a - 1]
        return np.r_[v, rest, weight]

    def length(v: np.ndarray) -> float:
        line = whole(v)
        return _half(size * float(np.abs(bent @ line).sum()), float(np.sqrt(line @ cover @ line)))

    best = np.zeros(a - 1)
    if a > 1:
        options = {"xatol": 1e-7, "fatol": 1e-10, "maxfev": 5000, "adaptive": True}
        for begin in (best, _least(whole, cover, a)):
            found = scipy.optimize.minimize(length, begin, method="Nelder-Mead", options=options)
            found = scipy.optimize.minimize(length, found.x, method="Nelder-Mead", options=options)
            if found.fun < length(best):
                best = found.x
    middle, half = float(whole(best) @ np.r_[pre, post]), length(best)
    return Interval(middle - half, middle + half)


def _least(whole: Callable[[np.ndarray], np.ndarray], cover: np.ndarray, a: int) -> np.ndarray:
    """Weights of least variance among those that take off a straight line."""
    zero = whole(np.zeros(a - 1))
    slopes = np.array([whole(e) - zero for e in np.eye(a - 1)])
    return -np.linalg.solve(slopes @ cover @ slopes.T, slopes @ cover @ zero)


def _half(bias: float, error: float) -> float:
    """Half the length of a 95 % interval around an estimate whose bias is at most `bias`: a quantile of |N(bias / error, 1)|."""
    if error <= 0:
        return bias
    shift = bias / error
    point = shift + LEAST  # below the quantile, where Newton's steps come from one side
    for _ in range(60):
        slope = (np.exp(-((point - shift) ** 2) / 2) + np.exp(-((point + shift) ** 2) / 2)) / np.sqrt(
            2 * np.pi
        )
        step = (scipy.special.ndtr(point - shift) - scipy.special.ndtr(-point - shift) - 0.95) / slope
        point -= step
        if abs(step) < 1e-12:
            break
    return float(error * point)


def _check(pre: np.ndarray, post: np.ndarray, cover: np.ndarray, size: float) -> None:
    if pre.ndim != 1 or not pre.size:
        raise ValueError("pre: nothing lies before the reference period, so no breach can be seen")
    if post.ndim != 1 or not post.size:
        raise ValueError("post: nothing lies after the reference period")
    both = len(pre) + len(post)
    if cover.shape != (both, both):
        raise ValueError(f"cover must be {both} by {both}, not of shape {cover.shape}")
    if not size >= 0:
        raise ValueError(f"size must be at least 0, not {size}")
