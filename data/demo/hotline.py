"""The hotline's hours: how many contacts were offered, answered, given up and turned away, hour by hour.

Offered contacts follow statistics.md Part C: negative binomial (k = 10), a daily wave with its peak at 22 h and a
12-hour term, busier weekends, a weekly random walk. Waiting and giving up follow from the roster by the M/M/c+M
(Erlang A) queue of each hour, so that staffing questions have an answer that is true in these data. Answered
contacts then meet the published cumulative totals exactly (times scale).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from data.demo.city import City, month_span

LAUNCH = date(2025, 4, 1)
# Published cumulative consultations (F066, F069, F071, F072).
ANCHORS = (
    (date(2025, 5, 8), 3088),
    (date(2025, 8, 13), 15565),
    (date(2025, 11, 30), 28774),
    (date(2025, 12, 31), 33148),
)
PER_DAY_AFTER = 148.0  # answered a day from 2026 on: ours, the published December rate being 141
FIRST_TOPICS = (1394, 1337, 357)  # loneliness, information, other until 2025-05-08 (F079, F081, F082)
# Later shares; with the first 38 days they give the published 70 % of April to November (F083).
LATER_TOPICS = (0.730, 0.200, 0.070)
DISPERSION = 10.0
DAILY_AMPLITUDE, HALF_DAY_AMPLITUDE, PEAK_HOUR = 0.35, 0.12, 22
WEEKEND, WEEKLY_STEP = 0.12, 0.03
HANDLE_S, PATIENCE_S, QUEUE_LIMIT, STATES = 1800.0, 240.0, 4, 48
SAFETY_DAY, SAFETY_NIGHT = 1.0, 0.5  # square-root staffing factors; evenings are staffed thinner


@dataclass
class Hours:
    """One entry per hour from the launch, local time. Counts are for the whole city at the asked scale."""

    start: np.ndarray  # datetime64[h]
    answered: np.ndarray
    abandoned: np.ndarray
    busy: np.ndarray
    lonely: np.ndarray  # of the answered
    information: np.ndarray
    agents: np.ndarray  # on the line, at scale 1
    queue_share: np.ndarray  # of the answered, who had to queue
    queue_mean_s: np.ndarray  # mean wait of those who queue


def erlang_a(rate: np.ndarray, agents: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Steady state of M/M/c+M per hour.

    Args:
        rate: offered contacts per second; agents: on the line.

    Returns: probability of queueing, probability of giving up, mean seconds in queue of those who queue, and
        probability that more than `QUEUE_LIMIT` already wait.
    """
    n = np.arange(1, STATES)
    serving = np.minimum(n, agents[:, None])
    leaving = serving / HANDLE_S + (n - serving) / PATIENCE_S
    log_p = np.cumsum(np.log(rate[:, None] / leaving), axis=1)
    p = np.exp(np.concatenate([np.zeros((len(rate), 1)), log_p], axis=1))
    p /= p.sum(axis=1, keepdims=True)
    number = np.arange(STATES)
    waiting = np.maximum(number - agents[:, None], 0)
    queue = (p * waiting).sum(axis=1)
    p_queue = (p * (number >= agents[:, None])).sum(axis=1)
    p_full = (p * (waiting > QUEUE_LIMIT)).sum(axis=1)
    return p_queue, queue / PATIENCE_S / rate, queue / rate / p_queue, p_full


def plan(city: City) -> Hours:
    """Draw every hour from the launch to the end of `as_of`'s month (at least to the end of 2025)."""
    last = max(month_span(city.as_of.year * 100 + city.as_of.month)[1], np.datetime64("2026-01-01"))
    start = np.arange(np.datetime64(LAUNCH, "h"), last.astype("datetime64[h]"))
    rng = city.rng("hotline-hours")
    shape = _profile(start, rng)
    part, wanted = _intervals(start)
    rate = shape * (wanted / np.bincount(part, shape))[part] / 0.86 / 3600
    agents = _roster(start, rate)
    rate = rate * rng.gamma(DISPERSION, 1 / DISPERSION, len(start))
    for _ in range(12):  # fixed point: giving up depends on the load that it lowers
        _, give_up, _, _ = erlang_a(rate, agents)
        rate = rate * (wanted / np.bincount(part, rate * 3600 * (1 - give_up)))[part]
    p_queue, give_up, queue_s, p_full = erlang_a(rate, agents)
    offered = rng.poisson(rate * 3600 * city.scale)
    abandoned = rng.binomial(offered, give_up)
    answered = _anchored(offered - abandoned, part, rate * (1 - give_up), city.scale, rng)
    busy = rng.poisson(offered * p_full)
    lonely, information = _topics(start, answered, city.scale, rng)
    return Hours(
        start=start,
        answered=answered,
        abandoned=abandoned,
        busy=busy,
        lonely=lonely,
        information=information,
        agents=agents,
        queue_share=np.clip((p_queue - give_up) / (1 - give_up), 0, 1),
        queue_mean_s=queue_s,
    )


def _profile(start: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Relative level of each hour: time of day, weekend, weekly random walk."""
    hour = start.astype(int) % 24
    day = start.astype("datetime64[D]").astype(int)
    week = (day - day[0]) // 7
    walk = np.cumsum(rng.normal(0, WEEKLY_STEP, week[-1] + 1))
    turn = 2 * np.pi * (hour - PEAK_HOUR) / 24
    weekend = (day + 3) % 7 >= 5
    return np.exp(
        DAILY_AMPLITUDE * np.cos(turn)
        + HALF_DAY_AMPLITUDE * np.cos(2 * turn)
        + WEEKEND * weekend
        + walk[week]
    )


def _intervals(start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which published interval each hour falls in, and the answered contacts that each interval must hold."""
    ends = np.array([np.datetime64(day, "D") + 1 for day, _ in ANCHORS]).astype("datetime64[h]")
    part = np.searchsorted(ends, start, side="right")
    wanted = np.diff([0, *(total for _, total in ANCHORS)]).astype(float)
    open_hours = int((part == len(ANCHORS)).sum())
    return part, np.append(wanted, PER_DAY_AFTER * open_hours / 24) if open_hours else wanted


def _roster(start: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Counsellors on the line: one roster a quarter, by hour of day and weekend, from that quarter's mean load."""
    hour = start.astype(int) % 24
    weekend = (start.astype("datetime64[D]").astype(int) + 3) % 7 >= 5
    quarter = start.astype("datetime64[M]").astype(int) // 3
    cell = (quarter - quarter[0]) * 48 + hour * 2 + weekend
    load = (np.bincount(cell, rate) / np.maximum(np.bincount(cell), 1))[cell] * HANDLE_S
    safety = np.where((hour >= 20) | (hour < 1), SAFETY_NIGHT, SAFETY_DAY)
    return np.maximum(2, np.round(load + safety * np.sqrt(load))).astype(int)


def _anchored(
    answered: np.ndarray, part: np.ndarray, weight: np.ndarray, scale: int, rng: np.random.Generator
) -> np.ndarray:
    """Add or remove single contacts at random until each closed interval holds its published total."""
    out = answered.copy()
    totals = np.diff([0, *(total for _, total in ANCHORS)]) * scale
    for number, total in enumerate(totals):
        inside = np.flatnonzero(part == number)
        missing = int(total - out[inside].sum())
        if missing > 0:
            out[inside] += rng.multinomial(missing, weight[inside] / weight[inside].sum())
        elif missing < 0:
            out[inside] -= rng.multivariate_hypergeometric(out[inside], -missing, method="marginals")
    return out


def _topics(
    start: np.ndarray, answered: np.ndarray, scale: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Loneliness and information contacts per hour; the published first 38 days to the contact."""
    lonely = rng.binomial(answered, LATER_TOPICS[0])
    information = rng.binomial(answered - lonely, LATER_TOPICS[1] / (1 - LATER_TOPICS[0]))
    first = np.flatnonzero(start < np.datetime64(ANCHORS[0][0], "D") + 1)
    urn = answered[first]
    lonely[first] = rng.multivariate_hypergeometric(urn, FIRST_TOPICS[0] * scale, method="marginals")
    rest = urn - lonely[first]
    information[first] = rng.multivariate_hypergeometric(rest, FIRST_TOPICS[1] * scale, method="marginals")
    return lonely, information
