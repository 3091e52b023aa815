"""Markov models: the sanity check of the hazards, and the cohort model of the cost layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from scipy.linalg import expm

Correction = Literal["life-table", "start", "end"]


def transition_probabilities(intensities: Any, time: float) -> np.ndarray:
    """(states, states) chances of being in each state after `time` under constant intensities: exp(Q t) (metrics F6)."""
    return expm(_intensities(intensities) * time)


def length_of_stay(intensities: Any, horizon: float) -> np.ndarray:
    """(states, states) mean time spent in each state up to `horizon`: the integral of exp(Q t)."""
    q = _intensities(intensities)
    n = len(q)
    joined = np.zeros((2 * n, 2 * n))
    joined[:n, :n], joined[:n, n:] = q, np.eye(n)
    return expm(joined * horizon)[:n, n:]


def first_passage(intensities: Any, target: int) -> np.ndarray:
    """(states,) mean time until `target` is first entered; infinite where it may never be."""
    q = _intensities(intensities)
    others = [i for i in range(len(q)) if i != target]
    times = np.zeros(len(q))
    try:
        times[others] = np.linalg.solve(-q[np.ix_(others, others)], np.ones(len(others)))
    except np.linalg.LinAlgError:
        times[others] = np.inf
    return times


def _intensities(given: Any) -> np.ndarray:
    q = np.asarray(given, dtype=float)
    off = q - np.diag(np.diag(q))
    if q.ndim != 2 or q.shape[0] != q.shape[1] or (off < 0).any() or (abs(q.sum(axis=1)) > 1e-9).any():
        raise ValueError("intensities must be a square matrix, 0 or more off the diagonal, rows summing to 0")
    return q


def cohort_markov(
    p: Any, initial: Any, cycles: int, costs: Any, effects: Any, discount: float | tuple[float, float] = 0.045,
    correction: Correction = "life-table",
) -> tuple[float, float]:  # fmt: skip
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
