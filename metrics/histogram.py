"""Percentiles from counts in bins: exact where a bin holds one value, interpolated where it holds more."""

from __future__ import annotations

from typing import Any

import numpy as np

from guards import number, numbers, takes


@takes(starts=numbers("n"), counts=numbers("n", low=0), q=number(above=0, high=1), width=number(low=0))
def percentile(starts: Any, counts: Any, q: float, *, width: float = 0.0) -> float:
    """The value below or at which a share `q` of the counted lies.

    Args:
        starts: where each bin starts, in any order. counts: how many it holds.
        q: share, above 0 and at most 1.
        width: 0 where each bin holds one value (whole seconds), so that the result is one of them (the inverse of
            the empirical distribution); else the bins' width, within which values are taken as evenly spread.

    Returns: NaN when nothing is counted.

    Raises:
        ValueError: a share outside (0, 1] or a negative count.
    """
    if not 0 < q <= 1:
        raise ValueError("q must be above 0 and at most 1")
    start, n = np.asarray(starts, dtype=float), np.asarray(counts, dtype=float)
    if (n < 0).any():
        raise ValueError("counts must be at least 0")
    order = np.argsort(start)
    start, n = start[order][n[order] > 0], n[order][n[order] > 0]
    if not len(n):
        return float("nan")
    running = np.cumsum(n)
    # A billionth of a count, so that 0.9 × 10 asks for the ninth value and not for the tenth.
    wanted = q * running[-1]
    at = int(np.searchsorted(running, wanted - 1e-9))
    if width == 0:
        return float(start[at])
    before = running[at] - n[at]
    return float(start[at] + width * (wanted - before) / n[at])


@takes(starts=numbers("n"), counts=numbers("n", low=0))
def longest(starts: Any, counts: Any) -> float:
    """The highest bin that holds anything; NaN when nothing is counted."""
    start, n = np.asarray(starts, dtype=float), np.asarray(counts, dtype=float)
    return float(start[n > 0].max()) if (n > 0).any() else float("nan")


@takes(times=numbers("n", low=0), people=numbers("n", low=0))
def lorenz(times: Any, people: Any) -> tuple[np.ndarray, np.ndarray]:
    """Lorenz curve of contacts over callers, the most frequent first.

    Args:
        times: contacts per caller; people: how many callers have that many.

    Returns: cumulative share of callers and of contacts, each from 0 to 1.
    """
    k, n = np.asarray(times, dtype=float), np.asarray(people, dtype=float)
    order = np.argsort(-k)
    callers, contacts = np.cumsum(n[order]), np.cumsum((k * n)[order])
    if not len(callers) or callers[-1] == 0:
        return np.array([0.0, 1.0]), np.array([0.0, 1.0])
    return np.r_[0.0, callers / callers[-1]], np.r_[0.0, contacts / contacts[-1]]


@takes(times=numbers("n", low=0), people=numbers("n", low=0), share=number(low=0, high=1))
def top_share(times: Any, people: Any, share: float) -> float:
    """Share of all contacts that the most frequent `share` of callers make; between steps, in proportion."""
    callers, contacts = lorenz(times, people)
    return float(np.interp(share, callers, contacts))


@takes(starts=numbers("n", low=0), counts=numbers("n", low=0), width=number(low=0))
def binned_cv(starts: Any, counts: Any, *, width: float) -> float:
    """Coefficient of variation of values counted in bins, each taken at its bin's middle; 1 where fewer than two are counted.

    Args:
        starts: where each bin starts, at least 0. counts: how many it holds. width: of the bins, in the unit of `starts`.

    Returns: NaN where all are 0.

    Raises:
        ValueError: starts, counts or a width that are missing or negative, or lengths that differ.
    """
    middle, n = np.asarray(starts, dtype=float) + width / 2, np.asarray(counts, dtype=float)
    if n.sum() < 2:
        return 1.0
    mean = np.average(middle, weights=n)
    if not mean:
        return float("nan")
    return float(np.sqrt(np.average((middle - mean) ** 2, weights=n)) / mean)
