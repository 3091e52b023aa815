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
import scipy  # its parts come when they are first called

from guards import number, numbers, takes

CENSORED = ""  # `state_to` of a row that ends without a change of state
FEW_AT_RISK = 5  # a step that fewer people carry is shown with a warning


@dataclass(frozen=True)
class Survival:
    """Result of `kaplan_meier`; arrays are (k,), one entry per distinct event time."""

    times: np.ndarray
    survival: np.ndarray
    standard_errors: np.ndarray
    at_risk: np.ndarray

    @property
    def few(self) -> np.ndarray:
        """(k,) whether fewer than `FEW_AT_RISK` people carried the step: from the first such time on the curve needs a warning."""
        return self.at_risk < FEW_AT_RISK


@dataclass(frozen=True)
class Incidence:
    """Result of `cumulative_incidence`; `incidence` and `standard_errors` are (k, causes)."""

    times: np.ndarray
    causes: tuple[Hashable, ...]
    incidence: np.ndarray
    standard_errors: np.ndarray
    at_risk: np.ndarray
    last: float = np.inf  # when the last person's observation ended

    @property
    def few(self) -> np.ndarray:
        """(k,) whether fewer than `FEW_AT_RISK` people carried the step: from the first such time on the curve needs a warning."""
        return self.at_risk < FEW_AT_RISK

    def at(self, time: float, cause: Hashable, confidence: float = 0.95) -> tuple[float, float, float]:
        """(incidence, lower, upper) of one cause by `time`; NaN after `last`, when nobody is at risk any more.

        Limits are on the complementary log-log scale, so that they stay between 0 and 1.

        Raises:
            ValueError: a cause that the rows do not have, a missing time, or confidence outside 0 to 1.
        """
        if cause not in self.causes:
            raise ValueError(f"cause must be one of {self.causes}, not {cause!r}")
        if np.isnan(time) or not 0 < confidence < 1:
            raise ValueError("time must be a number and confidence lie between 0 and 1")
        if time > self.last:
            return (float("nan"),) * 3
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
    entry: Any,
    exit: Any,
    state_from: Any,
    state_to: Any,
    *,
    states: Sequence[Hashable] | None = None,
    initial: Mapping[Hashable, float] | None = None,
) -> Occupation:
    """State occupation probabilities with delayed entry and recurrent states (Aalen and Johansen 1978).

    Valid for non-Markov processes too, as occupation probabilities, where loss is independent (Datta and Satten 2001).

    Args:
        entry, exit: (n,) times between which a row is observed in `state_from`; at risk in (entry, exit]. A stay of no length
            (exit = entry) passes its person on at that moment, after the moves of all others: out of those who are in the
            state just then, so that nobody is left behind in a state that was only passed through.
        state_from, state_to: (n,) states before and after `exit`; `state_to` of `CENSORED`, None or NaN where nothing follows. A
            row that ends in its own state is no move.
        states: order of the states; those found, sorted by name, when not given.
        initial: chances at the start; by default everybody observed first is in the state of the earliest rows.

    Covariance is Greenwood's, with multinomial increments at tied times (Andersen et al. 1993, IV.4).

    Raises:
        ValueError: an exit before its entry, missing or infinite times, lengths that differ, a missing `state_from`, unknown
            states, stays of no length that lead back to where they began, or chances that do not sum to 1.
    """
    begin, end = _checked_times(entry, exit, no_length=True)
    origin = _objects(state_from, "state_from", len(end))
    if any(pd.isna(s) for s in origin):
        raise ValueError("state_from must not be missing")
    _objects(state_to, "state_to", len(end))
    target = np.array(
        [CENSORED if pd.isna(s) else s for s in np.asarray(state_to, dtype=object)], dtype=object
    )
    moves = np.array([t != CENSORED and t != s for s, t in zip(origin, target, strict=True)], dtype=bool)
    named = target[[t != CENSORED for t in target]] if len(target) else target
    order = tuple(states) if states is not None else tuple(sorted({*origin, *named}, key=str))
    code = {s: i for i, s in enumerate(order)}
    unknown = {*origin, *named} - set(order)
    if unknown:
        raise ValueError(f"states without a place in the order: {sorted(unknown, key=str)}")
    source = np.array([code[s] for s in origin], dtype=int)
    sink = np.array([code[s] if m else -1 for s, m in zip(target, moves, strict=True)], dtype=int)
    times, place = np.unique(end[moves], return_inverse=True)
    n_states = len(order)
    brief = end == begin
    counts, passed = np.zeros((2, len(times), n_states, n_states))
    for table, which in ((counts, ~brief), (passed, brief)):
        np.add.at(table, (place[which[moves]], source[moves & which], sink[moves & which]), 1)
    risk, present = np.zeros((2, len(times), n_states))
    for h in range(n_states):
        opened, closed = np.sort(begin[(source == h) & ~brief]), np.sort(end[(source == h) & ~brief])
        risk[:, h] = np.searchsorted(opened, times, side="left") - np.searchsorted(closed, times, side="left")
        # Just after the time: those who stay, those who begin then, and those who are only passing through.
        present[:, h] = np.searchsorted(opened, times, side="right") - np.searchsorted(
            closed, times, side="right"
        )
    present += passed.sum(axis=2)
    start = _initial(order, initial, source, begin)
    probabilities, covariance = _product_integral(start, *_steps(times, counts, risk, passed, present))
    first = float(begin.min()) if len(begin) else 0.0
    return Occupation(
        np.r_[first, times],
        order,
        probabilities,
        covariance,
        np.vstack([risk[:1], risk]) if len(times) else np.zeros((1, n_states)),
    )


def _objects(given: Any, name: str, length: int) -> np.ndarray:
    found = np.asarray(given, dtype=object)
    if found.shape != (length,):
        raise ValueError(f"{name} must have one entry for each of {length} rows, not {found.size}")
    return found


def _steps(
    times: np.ndarray, counts: np.ndarray, risk: np.ndarray, passed: np.ndarray, present: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(counts, people at risk, time's place) of every step: at each time the moves of those at risk, then one step for each
    state that is only passed through, a state after all those that lead to it."""
    parts = []
    for i in range(len(times)):
        parts.append((counts[i], risk[i], i))
        left = {int(h) for h in np.flatnonzero(passed[i].any(axis=1))}
        while left:
            free = [h for h in left if not any(passed[i, other, h] for other in left)]
            if not free:
                raise ValueError(f"stays of no length at {times[i]:g} lead in a circle")
            for h in free:
                only = np.zeros_like(passed[i])
                only[h] = passed[i, h]
                parts.append((only, present[i], i))
            left -= set(free)
    if not parts:
        return counts, risk, np.zeros(0, dtype=int)
    moved, people, place = zip(*parts, strict=True)
    return np.array(moved), np.array(people), np.array(place)


def _checked_times(
    entry: Any, exit: Any, *, end_name: str = "exit", no_length: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    end = np.asarray(exit, dtype=float)
    begin = np.zeros_like(end) if entry is None else np.asarray(entry, dtype=float)
    if begin.shape != end.shape or end.ndim != 1:
        raise ValueError(f"entry and {end_name} differ in length: {begin.size} and {end.size}")
    if not (np.isfinite(begin).all() and np.isfinite(end).all()):
        raise ValueError(f"entry and {end_name} must not be missing or infinite")
    wrong = np.flatnonzero(end < begin if no_length else end <= begin)
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
    start: np.ndarray, counts: np.ndarray, risk: np.ndarray, place: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and covariance after each time; a state without anybody at risk does not move.

    Args:
        counts, risk: (steps, states, states) and (steps, states). place: (steps,) each step's time, ascending from 0.
    """
    steps, n, _ = counts.shape
    k = int(place[-1]) + 1 if steps else 0
    probabilities, covariance = np.zeros((k + 1, n)), np.zeros((k + 1, n, n))
    probabilities[0] = p = start
    v = covariance[0]
    for i in range(steps):
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
        probabilities[place[i] + 1], covariance[place[i] + 1] = p, v
    return probabilities, covariance


def kaplan_meier(time: Any, event: Any, entry: Any = None) -> Survival:
    """Kaplan-Meier survival with Greenwood standard errors and delayed entry.

    Args:
        time, event: (n,) end of observation and whether it was the event; a missing `event` is none.
        entry: (n,) start of observation, 0 when not given.

    Where fewer than five people carry a step (`Survival.few`) the curve is to be shown with a warning.

    Raises:
        ValueError: as `aalen_johansen`, an exit not after its entry, or an `event` that is not yes or no.
    """
    happened = _objects(event, "event", np.asarray(time).size)
    ended = np.array([not pd.isna(e) and e in (1, True) for e in happened], dtype=bool)
    if any(not pd.isna(e) and e not in (0, 1) for e in happened):
        raise ValueError("event must be 0 or 1, True or False, or missing")
    _checked_times(entry, time, end_name="time")
    result = aalen_johansen(
        entry,
        time,
        ["at risk"] * len(ended),
        np.where(ended, "event", CENSORED),
        states=("at risk", "event"),
        initial={"at risk": 1.0},
    )
    return Survival(
        result.times[1:], result.probabilities[1:, 0], result.standard_errors[1:, 0], result.at_risk[1:, 0]
    )


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
    starts, ends = _checked_times(entry, time, end_name="time")
    whys = _objects(cause, "cause", len(ends))
    if groups is not None:
        labels = _objects(groups, "groups", len(ends))
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
    return Incidence(
        result.times[1:],
        causes,
        result.probabilities[1:, 1:],
        result.standard_errors[1:, 1:],
        result.at_risk[1:, 0],
        float(ends.max()) if len(ends) else -np.inf,
    )


@takes(
    p=number(missing=True, low=-1e-9, high=1 + 1e-9),
    error=number(low=0, missing=True),
    confidence=number(above=0, below=1),
)
def log_log_limits(p: float, error: float, confidence: float = 0.95) -> tuple[float, float]:
    """Limits of a probability from its standard error on the complementary log-log scale; (p, p) at 0 and 1."""
    if not 0 < p < 1 or error <= 0:
        return p, p
    z = float(scipy.special.ndtri(0.5 + confidence / 2))
    inner = np.log(-np.log1p(-p))
    half = z * error / (-(1 - p) * np.log1p(-p))
    low, high = (1 - np.exp(-np.exp(inner + s * half)) for s in (-1, 1))
    return float(low), float(high)


@takes(
    time=numbers("n", low=0, some=True),
    event=numbers("n", low=0, high=1, whole=True),
    entry=numbers("n", none=True),
    ordered=("entry", "time"),
)
def log_rank(time: Any, event: Any, group: Any, entry: Any = None) -> tuple[float, float]:
    """(chi-square, p) of the log-rank test that the groups' curves are one."""
    from statsmodels.duration.survfunc import survdiff

    chi_square, p = survdiff(np.asarray(time, float), np.asarray(event, int), np.asarray(group), entry=entry)
    return float(chi_square), float(p)
