"""How many counsellors a line needs: Erlang B, C and A, shrinkage, and a discrete-event check.

Rates are per second and times in seconds. A queue that grows without bound is reported as unstable, not as infinite.
Erlang C supposes that nobody hangs up, so it asks for too many; Erlang A adds patience (metrics.md C13,
statistics.md A3). Both suppose steady arrivals, exponential times and one queue; `simulate` supposes none of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import numpy as np
import scipy  # its parts come when they are first called

from guards import number, takes

MOST_AGENTS = 5000


@dataclass(frozen=True)
class Queue:
    """One queue in steady state.

    Args:
        p_wait: share that must wait. service_level: answered within the target, of all offered (the strictest).
        asa_s: mean wait; with patience, of all callers whether answered or not. NaN where the queue is unstable.
        occupancy: share of time on the line that counsellors are busy.
        p_abandon: share that hangs up. stable: False where the queue would grow without bound.
    """

    agents: int
    p_wait: float
    service_level: float
    asa_s: float
    occupancy: float
    p_abandon: float
    stable: bool


@dataclass(frozen=True)
class Staffing:
    """Counsellors on the line and on the roster, and what they give; `met` is False if no number reaches the aim."""

    agents: int
    scheduled: int
    queue: Queue
    met: bool


@takes(load=number(low=0), agents=number(low=0, whole=True))
def erlang_b(load: float, agents: int) -> float:
    """Share of contacts blocked when nobody can wait.

    Args:
        load: offered load in erlangs (rate × handling time), at least 0. agents: at least 0.

    Raises:
        ValueError: a negative load or number of agents.
    """
    if load < 0 or agents < 0:
        raise ValueError("load and agents must be at least 0")
    blocked = 1.0
    for c in range(1, agents + 1):
        blocked = load * blocked / (c + load * blocked)
    return blocked


def erlang_c(rate: float, aht: float, agents: int, target_s: float) -> Queue:
    """M/M/N queue in which nobody hangs up.

    Args:
        rate: offered contacts per second. aht: mean handling time. agents: on the line. target_s: answer target.

    Raises:
        ValueError: negative input, or a handling time of 0.
    """
    _check(rate, aht, agents, target_s)
    load = rate * aht
    if load == 0:
        return Queue(agents, 0.0, 1.0, 0.0, 0.0, 0.0, stable=True)
    if agents <= load:
        return Queue(agents, 1.0, 0.0, float("nan"), 1.0, 0.0, stable=False)
    blocked = erlang_b(load, agents)
    waits = blocked / (1 - load / agents * (1 - blocked))
    spare = agents - load
    level = 1 - waits * np.exp(-spare * target_s / aht)
    return Queue(agents, waits, float(level), waits * aht / spare, load / agents, 0.0, stable=True)


def erlang_a(rate: float, aht: float, patience: float, agents: int, target_s: float) -> Queue:
    """M/M/N+M queue: callers hang up after an exponential patience. Always stable.

    Args: as `erlang_c`; patience: mean seconds that a caller would wait.

    Raises:
        ValueError: as `erlang_c`, or a patience of 0.
    """
    _check(rate, aht, agents, target_s)
    if not isinstance(patience, (int, float)) or not 0 < patience < np.inf:
        raise ValueError("patience must be finite and more than 0")
    if rate == 0:
        return Queue(agents, 0.0, 1.0, 0.0, 0.0, 0.0, stable=True)
    p = _states(rate, aht, patience, agents)
    number = np.arange(len(p))
    waiting = np.maximum(number - agents, 0)
    queue = float(p @ waiting)
    busy = float(p @ np.minimum(number, agents))
    served = _answered_within(aht, patience, agents, target_s, len(p) - agents)
    level = min(1.0, float(p[:agents].sum() + p[agents:] @ served))
    return Queue(
        agents,
        min(1.0, float(p[agents:].sum())),
        level,
        queue / rate,
        busy / agents if agents else 1.0,
        queue / patience / rate,
        stable=True,
    )


def _states(rate: float, aht: float, patience: float, agents: int) -> np.ndarray:
    """Steady-state probabilities of 0, 1, 2 … in the system, cut where the rest weighs nothing."""
    longest = int(agents + 50 + 3 * rate * patience + 12 * np.sqrt(rate * patience))
    n = np.arange(1, longest + 1)
    leaving = np.minimum(n, agents) / aht + np.maximum(n - agents, 0) / patience
    log_p = np.r_[0.0, np.cumsum(np.log(rate) - np.log(leaving))]
    p = np.exp(log_p - log_p.max())
    p /= p.sum()
    keep = max(int(np.flatnonzero(p > 1e-13)[-1]), agents) + 1
    return p[:keep] / p[:keep].sum()


def _answered_within(aht: float, patience: float, agents: int, target_s: float, places: int) -> np.ndarray:
    """Probability of being answered within the target for a caller who finds 0, 1 … `places` − 1 waiting.

    With j ahead the next moves up at rate agents ÷ aht + j ÷ patience, so that exp(−wait ÷ patience) of a caller who
    never hangs up is Beta(agents × patience ÷ aht, places ahead + 1): its truncated mean is a regularised incomplete beta.
    """
    moves = np.arange(places) + 1
    strength = agents * patience / aht
    return (
        strength
        / (strength + moves)
        * scipy.special.betainc(moves, strength + 1, -np.expm1(-target_s / patience))
    )


@takes(rate=number(low=0), dispersion=number(above=0), points=number(low=1, whole=True, none=True))
def across(
    queue: Callable[[float], Queue], rate: float, dispersion: float, *, points: int | None = None
) -> Queue:
    """Average a queue over a gamma-distributed rate: real hours differ more than one rate says.

    Args:
        queue: from rate to queue. rate: mean, contacts a second. dispersion: k of the negative binomial (variance = mean +
            mean² / k). points: parts into which hours are divided; unless given, as many as keep 99 % of the variance.

    Returns: the mean over contacts (each rate weighted by itself); unstable if any part is.

    Raises:
        ValueError: a negative rate, a dispersion that is not finite and above 0, fewer than one part.
    """
    factor, weight = _parts(dispersion, points)
    parts = [queue(rate * f) for f in factor]

    seen = np.array([(q.p_wait, q.service_level, q.asa_s, q.p_abandon, q.occupancy) for q in parts])
    p_wait, level, asa, lost = map(float, (factor * weight) @ seen[:, :4] / (factor @ weight))
    return Queue(
        parts[0].agents,
        p_wait,
        level,
        asa,
        float(weight @ seen[:, 4]),
        lost,
        all(part.stable for part in parts),
    )


KEPT = 0.99  # of the variance between hours that the parts must keep
MOST_POINTS = 129


@lru_cache(maxsize=256)
def _parts(dispersion: float, points: int | None) -> tuple[np.ndarray, np.ndarray]:
    """(mean rate, share of hours) of each part of a gamma distribution with mean 1, the tails cut more finely.

    A part stands for its hours by their mean, by which the overall mean is exact and only the variance within parts is
    lost; the middle quantile of nine equal parts lost 9 to 26 % of it.
    """
    tries = [points] if points else range(9, MOST_POINTS + 1, 4)
    for count in tries:
        at = (1 - np.cos(np.pi * np.arange(count + 1) / count)) / 2
        edges = scipy.special.gammaincinv(dispersion, at)
        share = np.diff(at)
        factor = np.diff(scipy.special.gammainc(dispersion + 1, edges)) / share
        if points or (share @ factor**2 - 1) * dispersion >= KEPT:
            break
    return factor, share


@takes(
    rate=number(low=0),
    aht=number(above=0),
    target_s=number(low=0),
    service_level=number(low=0, below=1),
    patience=number(above=0, none=True),
    max_abandon=number(low=0, high=1, none=True),
    max_occupancy=number(above=0, high=1, none=True),
    shrinkage=number(low=0, below=1),
    dispersion=number(above=0, none=True),
)
def required_agents(
    rate: float,
    aht: float,
    target_s: float,
    service_level: float,
    *,
    patience: float | None = None,
    max_abandon: float | None = None,
    max_occupancy: float | None = None,
    shrinkage: float = 0.0,
    dispersion: float | None = None,
) -> Staffing:
    """The fewest counsellors that answer `service_level` of the offered within `target_s`.

    Args:
        patience: mean patience for Erlang A; without it Erlang C. max_abandon, max_occupancy: further limits.
        shrinkage: share of paid time off the line, so that scheduled = ⌈agents ÷ (1 − shrinkage)⌉.
        dispersion: of the rate, see `across`.

    Raises:
        ValueError: a service level or shrinkage outside 0 to 1, or as `erlang_c`.
    """
    if not 0 <= service_level < 1 or not 0 <= shrinkage < 1:
        raise ValueError("service_level and shrinkage must be at least 0 and below 1")

    def queue_of(agents: int) -> Queue:
        def one(r: float) -> Queue:
            return (
                erlang_c(r, aht, agents, target_s)
                if patience is None
                else erlang_a(r, aht, patience, agents, target_s)
            )

        return one(rate) if dispersion is None else across(one, rate, dispersion)

    def good(q: Queue) -> bool:
        return (
            q.stable
            and q.service_level >= service_level
            and (max_abandon is None or q.p_abandon <= max_abandon)
            and (max_occupancy is None or q.occupancy <= max_occupancy)
        )

    high = max(1, ceil(rate * aht))
    while not good(queue_of(high)) and high < MOST_AGENTS:
        high = min(MOST_AGENTS, high * 2)
    low = 0
    while high - low > 1:  # every limit improves with each counsellor
        middle = (low + high) // 2
        low, high = (low, middle) if good(queue_of(middle)) else (middle, high)
    found = queue_of(high)
    return Staffing(high, scheduled(high, shrinkage), found, good(found))


@takes(agents=number(low=0, whole=True), shrinkage=number(low=0, below=1))
def scheduled(agents: int, shrinkage: float) -> int:
    """Counsellors on the roster for so many on the line."""
    return ceil(round(agents / (1 - shrinkage), 9))


@takes(
    rate=number(low=0),
    aht=number(above=0),
    agents=number(low=1, whole=True),
    target_s=number(low=0),
    contacts=number(low=1, whole=True),
    patience=number(above=0, none=True),
    handling_cv=number(low=0),
    dispersion=number(above=0, none=True),
)
def simulate(
    rate: float,
    aht: float,
    agents: int,
    target_s: float,
    *,
    rng: np.random.Generator,
    contacts: int = 20_000,
    patience: float | None = None,
    handling_cv: float = 1.0,
    dispersion: float | None = None,
) -> Queue:
    """A discrete-event run of the queue where Erlang's assumptions fail.

    Args:
        contacts: how many to send. handling_cv: coefficient of variation of handling times (1 exponential, else
            lognormal). dispersion: hourly rates vary by a gamma of this shape.

    Returns: as `erlang_a`, observed; `stable` is False without patience where load reaches the counsellors.
    """
    _check(rate, aht, agents, target_s)
    if agents < 1:
        raise ValueError("a run needs a counsellor")
    if rate == 0:
        return Queue(agents, 0.0, 1.0, 0.0, 0.0, 0.0, stable=True)
    arrive = _arrivals(rate, contacts, dispersion, rng)
    if handling_cv == 1:
        handling = rng.exponential(aht, contacts)
    else:
        sigma = np.sqrt(np.log1p(handling_cv**2))
        handling = rng.lognormal(np.log(aht) - sigma**2 / 2, sigma, contacts)
    limit = np.full(contacts, np.inf) if patience is None else rng.exponential(patience, contacts)
    free = [0.0] * agents
    wait, answered = np.empty(contacts), np.empty(contacts, dtype=bool)
    for i in range(contacts):
        begin = max(arrive[i], free[0])
        answered[i] = begin - arrive[i] <= limit[i]
        wait[i] = min(begin - arrive[i], limit[i])
        if answered[i]:
            heapq.heapreplace(free, begin + handling[i])
    span = max(arrive[-1] - arrive[0], 1e-9)
    return Queue(
        agents,
        float((wait > 0).mean()),
        float((answered & (wait <= target_s)).mean()),
        float(wait.mean()),
        min(1.0, float(handling[answered].sum() / span / agents)),
        float((~answered).mean()),
        stable=patience is not None or rate * aht < agents,
    )


@takes(runs=number(low=2, whole=True))
def replicated(
    run: Callable[[np.random.Generator], Queue], *, seed: int, runs: int = 10
) -> tuple[Queue, dict[str, tuple[float, float]]]:
    """The mean of independent runs, and how far the run of chance itself leaves it open.

    Args:
        run: one simulation from a generator. runs: at least 2.

    Returns: the mean queue, and by field its 95 % Monte Carlo limits (Student's t over runs), held at 0 and above,
        shares at 1 and below.
    """
    found = [run(rng) for rng in np.random.default_rng(seed).spawn(runs)]
    mean, limits = {}, {}
    for name in ("p_wait", "service_level", "asa_s", "occupancy", "p_abandon"):
        values = np.array([getattr(queue, name) for queue in found])
        error = scipy.special.stdtrit(runs - 1, 0.975) * values.std(ddof=1) / np.sqrt(runs)
        mean[name] = float(values.mean())
        most = np.inf if name == "asa_s" else 1.0
        limits[name] = (max(0.0, mean[name] - float(error)), min(most, mean[name] + float(error)))
    return Queue(found[0].agents, **mean, stable=all(queue.stable for queue in found)), limits


def _arrivals(rate: float, contacts: int, dispersion: float | None, rng: np.random.Generator) -> np.ndarray:
    if dispersion is None:
        return np.cumsum(rng.exponential(1 / rate, contacts))
    hours = int(contacts / (rate * 3600) * 1.5) + 24
    counts = rng.poisson(rate * 3600 * rng.gamma(dispersion, 1 / dispersion, hours))
    at = np.repeat(np.arange(hours) * 3600.0, counts) + rng.uniform(0, 3600, counts.sum())
    at = np.sort(at)
    last = at[-1] if len(at) else 0.0
    missing = contacts - len(at)  # hours are drawn generously: seldom any
    return np.r_[at, last + np.cumsum(rng.exponential(1 / rate, missing))] if missing > 0 else at[:contacts]


def _check(rate: float, aht: float, agents: int, target_s: float) -> None:
    try:  # compared and not looked up by rule: a queue is asked for thousands of times
        good = 0 <= rate < np.inf and 0 <= agents < np.inf and 0 <= target_s < np.inf and 0 < aht < np.inf
    except TypeError:
        good = False
    if not good:
        raise ValueError(
            "rate, agents and target_s must be at least 0 and aht more than 0, all of them finite"
        )
