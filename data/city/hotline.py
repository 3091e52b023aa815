"""외로움안녕120: contacts and counsellors' quarter hours, meeting the published cumulative totals to the contact."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pandas as pd

from data.city.base import City, days, ids, months, optional, pick, pseudonym, spread

OPENED = date(2025, 4, 1)
# Published cumulative consultations: day -> total since opening (published_fact F066, F069, F071, F072).
ANCHORS = (
    (date(2025, 5, 8), 3_088),
    (date(2025, 8, 13), 15_565),
    (date(2025, 11, 30), 28_774),
    (date(2025, 12, 31), 33_148),
)
FIRST_DAYS_TOPICS = {"loneliness": 1_394, "information": 1_337, "other": 357}  # F079, F081, F082
TRUTH = {
    "mean_per_day_2026": 143.0, "weekly_walk_sd": 0.03, "nb_k": 10, "night_peak_hour": 22, "hour_log_amplitude": 0.35,
    "weekend_log": 0.12, "loneliness_share_later": 0.73, "abandon_base": 0.10, "abandon_night": 0.09,
    "abandon_rise_from": "2026-08", "abandon_rise": 0.045, "busy_per_answered": 0.05, "district_known": 0.85,
    "known_person": 0.70, "frequent_shape": 1.15, "referral": 0.12, "risk": 0.025, "shrinkage": 0.14,
}  # fmt: skip
_AGES_EARLY = {"0-18": 0.01, "19-39": 0.32, "40-64": 0.59, "65+": 0.08}  # F084-F087
_AGES_LATE = {"0-18": 0.01, "19-39": 0.20, "40-64": 0.711, "65+": 0.079}  # F088
_TALK_MIN = {"loneliness": (24.0, 0.55), "information": (10.0, 0.6), "other": (6.0, 0.7)}
_SHIFT = np.array([3] * 7 + [3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 6, 6, 6, 6, 5])


def hour_profile() -> np.ndarray:
    """Shares of a day's contacts by local hour: one daily wave that peaks at 22h and a twelve-hour ripple."""
    h = np.arange(24)
    log = 0.35 * np.cos(2 * np.pi * (h - 22) / 24) + 0.12 * np.cos(4 * np.pi * (h - 22) / 24)
    return np.asarray(np.exp(log) / np.exp(log).sum())


def answered_by_day(city: City) -> dict[date, int]:
    """Answered contacts per day: exact at the published anchors, a level with a weekly random walk after them."""
    rng = city.rng("hotline-days")
    found: dict[date, int] = {}
    since, before = OPENED, 0
    for until, total in ANCHORS:
        span = days(since, min(until, city.as_of))
        weights = _day_weights(rng, span)
        if until <= city.as_of:
            found |= dict(
                zip(span, spread(rng, (total - before) * city.scale, weights).tolist(), strict=True)
            )
        since, before = until + timedelta(days=1), total
    span = days(since, city.as_of) if since <= city.as_of else []
    walk = np.cumsum(rng.normal(0, TRUTH["weekly_walk_sd"], len(span) // 7 + 1)) - 0.0
    for number, day in enumerate(span):
        mean = TRUTH["mean_per_day_2026"] * city.scale * np.exp(walk[number // 7] * 0.5) * _weekday(day)
        k = TRUTH["nb_k"] * 24
        found[day] = int(rng.negative_binomial(k, k / (k + mean)))
    return found


def _weekday(day: date) -> float:
    return float(np.exp(TRUTH["weekend_log"] * (1 if day.weekday() >= 5 else -0.4)))


def _day_weights(rng: np.random.Generator, span: list[date]) -> np.ndarray:
    walk = np.cumsum(rng.normal(0, TRUTH["weekly_walk_sd"], len(span) // 7 + 1))
    return np.array(
        [np.exp(walk[n // 7]) * _weekday(day) * rng.gamma(40, 1 / 40) for n, day in enumerate(span)]
    )


def rows(city: City) -> Iterator[tuple[str, pd.DataFrame]]:
    """Month by month: contacts, then the counsellors' quarter hours that answered them."""
    by_day = answered_by_day(city)
    if not by_day:
        return
    topics = _first_topics(city)
    number = 0
    for month, first, last in months(OPENED, city.as_of):
        rng = city.rng(f"hotline-{month}")
        span = days(first, last)
        contacts = _contacts(city, rng, span, [by_day[d] for d in span], topics)
        contacts.insert(0, "contact_id", ids("c", number, len(contacts)))
        number += len(contacts)
        for start in range(0, len(contacts), 200_000):
            yield "hotline_contact", contacts.iloc[start : start + 200_000]
        yield "agent_interval", _agents(city, contacts, span)


def _first_topics(city: City) -> np.ndarray:
    """The first 38 days' topics in their published numbers, shuffled."""
    listed = [topic for topic, n in FIRST_DAYS_TOPICS.items() for _ in range(n * city.scale)]
    return city.rng("hotline-topics").permutation(np.array(listed, dtype=object))


def _contacts(
    city: City, rng: np.random.Generator, span: list[date], answered: list[int], first_topics: np.ndarray
) -> pd.DataFrame:
    profile = hour_profile()
    per_hour = np.array([spread(rng, n, profile) for n in answered])  # day x hour
    lost = TRUTH["abandon_base"] + TRUTH["abandon_night"] * profile / profile.max()
    late = np.array([d >= date(2026, 8, 1) for d in span])[:, None] * TRUTH["abandon_rise"]
    odds = (lost[None, :] + late) / (1 - lost[None, :] - late)
    counts = {
        "answered": per_hour,
        "abandoned": rng.poisson(per_hour * odds),
        "busy": rng.poisson(per_hour * TRUTH["busy_per_answered"]),
    }
    outcome = np.concatenate([np.full(c.sum(), name, dtype=object) for name, c in counts.items()])
    cell = np.concatenate([np.repeat(np.arange(c.size), c.ravel()) for c in counts.values()])
    order = np.argsort(cell, kind="stable")
    outcome, cell = outcome[order], cell[order]
    n = len(cell)
    day, hour = cell // 24, cell % 24
    epoch = np.array(span, dtype="datetime64[s]")[day]
    local = epoch + (hour * 3600 + rng.integers(0, 3600, n)).astype("timedelta64[s]")
    is_answered, is_busy = outcome == "answered", outcome == "busy"
    wait = _waits(rng, outcome, hour, profile)
    topic = _topics(rng, n, is_answered, epoch, first_topics)
    talk = np.zeros(n, dtype=int)
    for name, (median, sd) in _TALK_MIN.items():
        here = is_answered & (topic == name)
        talk[here] = np.clip(rng.lognormal(np.log(median * 60), sd, here.sum()), 20, 7200).astype(int)
    wrap = np.where(is_answered, rng.integers(60, 300, n), 0)
    attempted = local - np.timedelta64(9, "h")
    at_answer = attempted + wait.astype("timedelta64[s]")
    ended = at_answer + talk.astype("timedelta64[s]")
    late_share = np.clip(
        (epoch - np.datetime64("2025-05-09")).astype("timedelta64[D]").astype(int) / 206, 0, 1
    )
    age = np.where(rng.random(n) < late_share, pick(rng, _AGES_LATE, n), pick(rng, _AGES_EARLY, n))
    local_day = np.array(span, dtype=object)[day]
    return pd.DataFrame({
        "channel": pick(rng, {"phone": 0.86, "chat": 0.14}, n),
        "attempted_at": attempted,
        "offered_at": _instants(attempted, is_busy),
        "answered_at": _instants(at_answer, ~is_answered),
        "ended_at": _instants(ended, is_busy),
        "outcome": outcome,
        "person_id": _people(city, rng, n, is_answered),
        "district_code": optional(rng.choice(city.codes, n, p=city.weights()), rng.random(n) > TRUTH["district_known"]),
        "age_band": np.where(is_answered, age, "unknown"),
        "sex": np.where(is_answered, pick(rng, {"female": 0.52, "male": 0.45, "unknown": 0.03}, n), "unknown"),
        "topic": optional(topic, ~is_answered),
        "risk": is_answered & (rng.random(n) < TRUTH["risk"]),
        "referred": is_answered & (rng.random(n) < TRUTH["referral"]),
        "wrap_s": optional(wrap, ~is_answered),
        "local_date": local_day,
        "month_key": [d.year * 100 + d.month for d in local_day],
        "hour": hour,
        "wait_s": optional(wait, is_busy),
        "handle_s": optional(talk + wrap, ~is_answered),
    })  # fmt: skip


def _instants(moments: np.ndarray, missing: np.ndarray) -> np.ndarray:
    out = moments.astype("datetime64[s]").copy()
    out[missing] = np.datetime64("NaT")
    return out


def _waits(
    rng: np.random.Generator, outcome: np.ndarray, hour: np.ndarray, profile: np.ndarray
) -> np.ndarray:
    """Whole seconds: most answered at once, the rest in a queue that is longer at the night peak."""
    n = len(outcome)
    load = profile[hour] / profile.mean()
    queued = rng.random(n) < 0.22 * load
    answered = np.where(queued, rng.gamma(1.3, 45 * load, n), rng.exponential(6.0, n))
    abandoned = np.where(rng.random(n) < 0.22, rng.uniform(0, 10, n), rng.exponential(70 * load, n) + 8)
    return np.clip(np.where(outcome == "answered", answered, abandoned), 0, 1800).astype(int)


def _topics(
    rng: np.random.Generator, n: int, answered: np.ndarray, epoch: np.ndarray, first_topics: np.ndarray
) -> np.ndarray:
    later = TRUTH["loneliness_share_later"]
    topic = pick(
        rng, {"loneliness": later, "information": (1 - later) * 0.75, "other": (1 - later) * 0.25}, n
    )
    opening = answered & (epoch <= np.datetime64(ANCHORS[0][0]))
    if opening.any():
        # April takes the front of the shuffled list, the days of May the rest.
        used = 0 if epoch.min() == np.datetime64(OPENED) else len(first_topics) - opening.sum()
        topic[opening] = first_topics[used : used + opening.sum()]
    return topic


def _people(city: City, rng: np.random.Generator, n: int, answered: np.ndarray) -> np.ndarray:
    """Callers with a heavy tail: a few call very often, most once."""
    pool = 14_000 * city.scale
    rank = np.minimum((rng.pareto(TRUTH["frequent_shape"], n) * 40).astype(int), pool - 1)
    rare = rng.integers(0, pool, n)
    who = np.where(rng.random(n) < 0.45, rank, rare)
    return optional(pseudonym("h", who), ~answered | (rng.random(n) > TRUTH["known_person"]))


def _agents(city: City, contacts: pd.DataFrame, span: list[date]) -> pd.DataFrame:
    """96 quarter hours a day: paid counsellors by shift, and the handling that they gave."""
    quarter = np.arange(len(span) * 96)
    day, hour = quarter // 96, (quarter % 96) // 4
    paid = _SHIFT[hour] * city.scale
    start = np.array(span, dtype="datetime64[s]")[day] + ((quarter % 96) * 900).astype("timedelta64[s]")
    done = contacts[contacts["outcome"] == "answered"]
    at = done["answered_at"].to_numpy("datetime64[s]") + np.timedelta64(9, "h")
    index = ((at - np.datetime64(span[0], "s")).astype(int) // 900).clip(0, len(quarter) - 1)
    present = (paid * 900 * (1 - TRUTH["shrinkage"])).astype(int)
    handling = np.bincount(index, weights=done["handle_s"].astype(int), minlength=len(quarter))
    wrap = np.bincount(index, weights=done["wrap_s"].astype(int), minlength=len(quarter))
    # A call runs over many quarter hours: its seconds are smoothed over the next three before the ceiling holds.
    handling = np.convolve(handling, np.full(4, 0.25))[: len(quarter)]
    wrap = np.convolve(wrap, np.full(4, 0.25))[: len(quarter)]
    handling = np.minimum(handling, present).astype(int)
    wrap = np.minimum(wrap, handling).astype(int)
    local_day = np.array(span, dtype=object)[day]
    return pd.DataFrame({
        "starts_at": start - np.timedelta64(9, "h"), "local_date": local_day,
        "month_key": [d.year * 100 + d.month for d in local_day], "hour": hour, "paid_agents": paid,
        "available_s": present - handling, "handling_s": handling - wrap, "wrap_s": wrap,
    })  # fmt: skip
