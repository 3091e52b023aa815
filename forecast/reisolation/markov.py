"""Markov models: the sanity check of the hazards, and the cohort model of the cost layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from guards import number, numbers, one_of, takes

Correction = Literal["life-table", "start", "end"]


@takes(intensities=numbers("states", "states"), time=number(low=0))
def transition_probabilities(intensities: Any, time: float) -> np.ndarray:
    """(states, states) chances of being in each state after `time` under constant intensities: exp(Q t) (metrics F6)."""
    from scipy.linalg import expm

    return expm(_intensities(intensities) * time)


@takes(intensities=numbers("states", "states"), horizon=number(low=0))
def length_of_stay(intensities: Any, horizon: float) -> np.ndarray:
    """(states, states) mean time spent in each state up to `horizon`: the integral of exp(Q t)."""
    from scipy.linalg import expm

    q = _intensities(intensities)
    n = len(q)
    joined = np.zeros((2 * n, 2 * n))
    joined[:n, :n], joined[:n, n:] = q, np.eye(n)
    return expm(joined * horizon)[:n, n:]


@takes(intensities=numbers("states", "states"), target=number(low=0, whole=True))
def first_passage(intensities: Any, target: int) -> np.ndarray:
    """(states,) mean time until `target` is first entered; infinite where it may never be.

    A state from which some path leads where the target cannot be reached has an infinite mean, and so has any state that
    may come there first; the others are solved for without them (Norris 1997, theorem 3.3.3).

    Args:
        intensities: (states, states) a time unit. target: a state's place, 0 to states - 1.

    Raises:
        ValueError: intensities that are none, or a target that is no state's place.
    """
    q = _intensities(intensities)
    if not 0 <= target < len(q):
        raise ValueError(f"target must be the place of one of {len(q)} states, not {target}")
    leads = q > 0
    leads[target] = False  # once there, where it goes on to is of no matter
    arrives = _can_reach(leads, np.arange(len(q)) == target)
    certain = ~_can_reach(leads, ~arrives)
    solved = np.flatnonzero(certain & (np.arange(len(q)) != target))
    times = np.where(certain, 0.0, np.inf)
    times[solved] = np.linalg.solve(-q[np.ix_(solved, solved)], np.ones(len(solved)))
    return times


def _can_reach(leads: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """(states,) whether some path of steps, or none at all, leads to one of `ends`."""
    found = ends.copy()
    for _ in range(len(ends)):
        found |= leads @ found
    return found


def _intensities(given: Any) -> np.ndarray:
    q = np.asarray(given, dtype=float)
    off = q - np.diag(np.diag(q))
    if q.ndim != 2 or q.shape[0] != q.shape[1] or (off < 0).any() or (abs(q.sum(axis=1)) > 1e-9).any():
        raise ValueError("intensities must be a square matrix, 0 or more off the diagonal, rows summing to 0")
    return q


@takes(
    initial=numbers("states", low=0),
    cycles=number(low=0, whole=True),
    costs=numbers(),
    effects=numbers(),
    correction=one_of("life-table", "start", "end"),
)
def cohort_markov(
    p: Any,
    initial: Any,
    cycles: int,
    costs: Any,
    effects: Any,
    discount: float | tuple[float, float] = 0.045,
    correction: Correction = "life-table",
) -> tuple[float, float]:
    """(cost, effect) per person of a cohort moved through `cycles` of a discrete-time Markov model.

    Args:
        p: (states, states) chances a cycle, or a function of the cycle (0, 1, …) that returns them.
        initial: (states,) shares at the start.
        costs, effects: (states,) or (cycles, states), a person and cycle.
        discount: rate a cycle, or (of costs, of effects); the first cycle is not discounted.
        correction: "life-table" counts the mean of the start and the end of a cycle (half-cycle correction), "start" or
            "end" counts that moment.

    Raises:
        ValueError: chances that do not sum to 1, or shapes that do not fit.
    """
    step: Callable[[int], Any] = p if callable(p) else lambda _cycle: p
    now = np.asarray(initial, dtype=float)
    by_cost, by_effect = discount if isinstance(discount, tuple) else (discount, discount)
    cost_rows, effect_rows = (
        np.broadcast_to(np.asarray(v, dtype=float), (cycles, len(now))) for v in (costs, effects)
    )
    cost = effect = 0.0
    for cycle in range(cycles):
        matrix = np.asarray(step(cycle), dtype=float)
        if (abs(matrix.sum(axis=1) - 1) > 1e-9).any() or (matrix < -1e-12).any():
            raise ValueError(f"cycle {cycle}: the chances of every state must be 0 or more and sum to 1")
        after = now @ matrix
        counted = {"life-table": (now + after) / 2, "start": now, "end": after}[correction]
        cost += counted @ cost_rows[cycle] / (1 + by_cost) ** cycle
        effect += counted @ effect_rows[cycle] / (1 + by_effect) ** cycle
        now = after
    return float(cost), float(effect)
