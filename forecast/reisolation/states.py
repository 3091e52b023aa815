"""Non-parametric curves of leaving and returning: Kaplan-Meier, cumulative incidence, Aalen-Johansen.

One engine serves all three: the product integral of the Nelson-Aalen increments with Greenwood's covariance. It takes
delayed entry (a row is at risk in (entry, exit]) and states that are entered again. They are the benchmark that the
hazard models must match, and the chart of what has been observed.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri
from statsmodels.duration.survfunc import survdiff

CENSORED = ""  # `state_to` of a row that ends without a change of state


@dataclass(frozen=True)
class Survival:
    """Result of `kaplan_meier`; arrays are (k,), one entry per distinct event time."""

    times: np.ndarray
    survival: np.ndarray
    standard_errors: np.ndarray
    at_risk: np.ndarray


@dataclass(frozen=True)
class Incidence:
    """Result of `cumulative_incidence`; `incidence` and `standard_errors` are (k, causes)."""

    times: np.ndarray
    causes: tuple[Hashable, ...]
    incidence: np.ndarray
    standard_errors: np.ndarray
    at_risk: np.ndarray

    def at(self, time: float, cause: Hashable, confidence: float = 0.95) -> tuple[float, float, float]:
        """(incidence, lower, upper) of one cause by `time`; NaN once nobody is at risk any more.

        Limits are on the complementary log-log scale, so that they stay between 0 and 1.
        """
        column, row = self.causes.index(cause), int(np.searchsorted(self.times, time, side="right")) - 1
        if row < 0:
            return 0.0, 0.0, 0.0
        p, error = float(self.incidence[row, column]), float(self.standard_errors[row, column])
        return p, *log_log_limits(p, error, confidence)


@dataclass(frozen=True)
class Occupation:
    """Result of `aalen_johansen`; row i is at `times[i]`, the first row at the start of observation."""

    times: np.ndarray  # (k + 1,)
    states: tuple[Hashable, ...]
    probabilities: np.ndarray  # (k + 1, states) chance of being in each state
    covariance: np.ndarray  # (k + 1, states, states)
    at_risk: np.ndarray  # (k + 1, states) people seen in each state just before the time

    @property
    def standard_errors(self) -> np.ndarray:
        return np.sqrt(np.clip(np.diagonal(self.covariance, axis1=1, axis2=2), 0, None))


def aalen_johansen(
    entry: Any, exit: Any, state_from: Any, state_to: Any, *, states: Sequence[Hashable] | None = None,
    initial: Mapping[Hashable, float] | None = None,
) -> Occupation:  # fmt: skip
    """State occupation probabilities with delayed entry and recurrent states (Aalen and Johansen 1978).

    Valid for non-Markov processes too, as occupation probabilities, where loss is independent (Datta and Satten 2001).

    Args:
        entry, exit: (n,) times between which a row is observed in `state_from`; at risk in (entry, exit].
        state_from, state_to: (n,) states before and after `exit`; `state_to` of `CENSORED` or None where nothing follows.
        states: order of the states; those found, sorted by name, when not given.
        initial: chances at the start; by default everybody observed first is in the state of the earliest rows.

    Covariance is Greenwood's, with multinomial increments at tied times (Andersen et al. 1993, IV.4).

    Raises:
        ValueError: an exit not after its entry, missing times, unknown states, or chances that do not sum to 1.
    """
    begin, end = _checked_times(entry, exit)
    origin = np.asarray(state_from, dtype=object)
    target = np.array(
        [CENSORED if pd.isna(s) else s for s in np.asarray(state_to, dtype=object)], dtype=object
    )
    moves = target != CENSORED
    order = tuple(states) if states is not None else tuple(sorted({*origin, *target[moves]}, key=str))
    code = {s: i for i, s in enumerate(order)}
    unknown = {*origin, *target[moves]} - set(order)
    if unknown:
        raise ValueError(f"states without a place in the order: {sorted(unknown, key=str)}")
    source = np.array([code[s] for s in origin], dtype=int)
    sink = np.array([code[s] if m else -1 for s, m in zip(target, moves, strict=True)], dtype=int)
    times, place = np.unique(end[moves], return_inverse=True)
    n_states = len(order)
    counts = np.zeros((len(times), n_states, n_states))
    np.add.at(counts, (place, source[moves], sink[moves]), 1)
    risk = np.zeros((len(times), n_states))
    for h in range(n_states):
        mine = source == h
        started = np.searchsorted(np.sort(begin[mine]), times, side="left")
        risk[:, h] = started - np.searchsorted(np.sort(end[mine]), times, side="left")
    start = _initial(order, initial, source, begin)
    probabilities, covariance = _product_integral(start, counts, risk)
    first = float(begin.min()) if len(begin) else 0.0
    return Occupation(np.r_[first, times], order, probabilities, covariance, np.vstack([risk[:1], risk])
                      if len(times) else np.zeros((1, n_states)))  # fmt: skip


def _checked_times(entry: Any, exit: Any) -> tuple[np.ndarray, np.ndarray]:
    end = np.asarray(exit, dtype=float)
    begin = np.zeros_like(end) if entry is None else np.asarray(entry, dtype=float)
    if begin.shape != end.shape:
        raise ValueError(f"entry and exit differ in length: {begin.size} and {end.size}")
    if np.isnan(begin).any() or np.isnan(end).any():
        raise ValueError("entry and exit must not be missing")
    wrong = np.flatnonzero(end <= begin)
    if wrong.size:
        raise ValueError(
            f"row {wrong[0]} is not observed: exit {end[wrong[0]]:g} is not after entry {begin[wrong[0]]:g}"
        )
    return begin, end


def _initial(
    order: tuple[Hashable, ...], given: Mapping[Hashable, float] | None, source: np.ndarray, begin: np.ndarray
) -> np.ndarray:
    if given is None:
        if not len(begin):
            return np.full(len(order), np.nan)
        earliest = source[begin == begin.min()]
        return np.bincount(earliest, minlength=len(order)) / len(earliest)
    chances = np.array([float(given.get(s, 0.0)) for s in order])
    if abs(chances.sum() - 1) > 1e-9 or (chances < 0).any():
        raise ValueError("initial chances must be 0 or more and sum to 1 over the states")
    return chances


def _product_integral(
    start: np.ndarray, counts: np.ndarray, risk: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and covariance after each time; a state without anybody at risk does not move."""
    k, n, _ = counts.shape
    probabilities, covariance = np.zeros((k + 1, n)), np.zeros((k + 1, n, n))
    probabilities[0] = p = start
    v = covariance[0]
    for i in range(k):
        step = np.eye(n)
        noise = np.zeros((n, n))
        for h in np.flatnonzero(counts[i].any(axis=1)):
            share = counts[i, h] / risk[i, h]
            move = share.copy()
            move[h] = -share.sum()
            spread = np.diag(share) - np.outer(share, share)
            full = spread.copy()
            full[h, :] = full[:, h] = -spread.sum(axis=1)
            full[h, h] = spread.sum()
            step[h] += move
            noise += p[h] ** 2 * full / risk[i, h]
        p = p @ step
        v = step.T @ v @ step + noise
        probabilities[i + 1], covariance[i + 1] = p, v
    return probabilities, covariance


def kaplan_meier(time: Any, event: Any, entry: Any = None) -> Survival:
    """Kaplan-Meier survival with Greenwood standard errors and delayed entry.

    Args:
        time, event: (n,) end of observation and whether it was the event.
        entry: (n,) start of observation, 0 when not given.

    Raises:
        ValueError: as `aalen_johansen`.
    """
    ended = np.asarray(event).astype(bool)
    result = aalen_johansen(entry, time, ["at risk"] * len(ended), np.where(ended, "event", CENSORED),
                            states=("at risk", "event"), initial={"at risk": 1.0})  # fmt: skip
    return Survival(result.times[1:], result.probabilities[1:, 0], result.standard_errors[1:, 0],
                    result.at_risk[1:, 0])  # fmt: skip


def cumulative_incidence(time: Any, cause: Any, entry: Any = None, groups: Any = None) -> Any:
    """Aalen-Johansen cumulative incidence of competing causes: not 1 - Kaplan-Meier, which counts the dead as waiting.

    Args:
        time: (n,) end of observation.
        cause: (n,) why it ended; 0, "" or None for censored.
        entry: (n,) start of observation, 0 when not given.
        groups: (n,) labels; the result is then a dictionary of one `Incidence` per label.

    Raises:
        ValueError: as `aalen_johansen`.
    """
    ends, whys = np.asarray(time, dtype=float), np.asarray(cause, dtype=object)
    starts = np.zeros_like(ends) if entry is None else np.asarray(entry, dtype=float)
    if groups is not None:
        labels = np.asarray(groups, dtype=object)
        return {
            label: cumulative_incidence(ends[labels == label], whys[labels == label], starts[labels == label])
            for label in sorted(set(labels), key=str)
        }
    censored = np.array([pd.isna(c) or c in (0, CENSORED) for c in whys], dtype=bool)
    causes = tuple(sorted(set(whys[~censored]), key=str))
    origin = ("at risk",)  # a tuple can be no cause's name
    to = np.array([CENSORED if gone else c for c, gone in zip(whys, censored, strict=True)], dtype=object)
    before = np.empty(len(ends), dtype=object)
    before[:] = [origin] * len(ends)
    result = aalen_johansen(starts, ends, before, to, states=(origin, *causes), initial={origin: 1.0})
    return Incidence(result.times[1:], causes, result.probabilities[1:, 1:], result.standard_errors[1:, 1:],
                     result.at_risk[1:, 0])  # fmt: skip


def log_log_limits(p: float, error: float, confidence: float = 0.95) -> tuple[float, float]:
    """Limits of a probability from its standard error on the complementary log-log scale; (p, p) at 0 and 1."""
    if not 0 < p < 1 or error <= 0:
        return p, p
    z = float(ndtri(0.5 + confidence / 2))
    inner = np.log(-np.log1p(-p))
    half = z * error / (-(1 - p) * np.log1p(-p))
    low, high = (1 - np.exp(-np.exp(inner + s * half)) for s in (-1, 1))
    return float(low), float(high)


def log_rank(time: Any, event: Any, group: Any, entry: Any = None) -> tuple[float, float]:
    """(chi-square, p) of the log-rank test that the groups' curves are one."""
    chi_square, p = survdiff(np.asarray(time, float), np.asarray(event, int), np.asarray(group), entry=entry)
    return float(chi_square), float(p)
