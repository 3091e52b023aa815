"""Single hotline contacts of a month, and the counsellors' quarter hours that follow from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.demo.city import AGES, SEXES, City, coded, dates, month_span, pick, whole
from data.demo.hotline import ANCHORS, LAUNCH, Hours

SEOUL = np.timedelta64(9 * 3600, "s")  # no daylight saving since 1988
OUTCOMES = ("answered", "abandoned", "busy")
TOPICS = ("loneliness", "information", "other")
CHAT_SHARE, MALE_SHARE = 0.18, 0.52
# Callers at scale 1: a few hundred who call again and again, and many who call once or twice.
FREQUENT, OCCASIONAL, FREQUENT_SHARE = 400, 30_000, 0.45
POOL_AGES = (0.01, 0.22, 0.68, 0.09)
FIRST_AGES = (0.01, 0.32, 0.59, 0.08)  # until 2025-05-08 (F084 to F087)
LATER_AGES = (0.01, 0.18, 0.737, 0.073)  # 71.1 % middle-aged over 2025 (F088)
SHIFT_DAYS = 45  # how long the first mix takes to become the later one
KNOWN_CALLER, HOME_NOTED, AGE_TOLD = 0.88, 0.966, 0.67
# Mean minutes of talk and log SD by topic; with wrap-up this averages about half an hour.
TALK_MIN, TALK_SD, LONGEST_S = (30.0, 14.5, 10.0), 0.55, 3 * 3600
WRAP_S, REFER, RISK = 210.0, (0.06, 0.12, 0.04), (0.035, 0.010, 0.005)
SHRINKAGE = 0.25


@dataclass
class Callers:
    """The people who call: positions in one list, by age band; first the frequent, then the occasional."""

    frequent: tuple[tuple[int, int], ...]
    occasional: tuple[tuple[int, int], ...]
    district: np.ndarray
    male: np.ndarray


def callers(city: City) -> Callers:
    """Everyone who may call, with home and sex."""
    rng = city.rng("callers")

    def ranges(size: int, start: int) -> tuple[tuple[int, int], ...]:
        ends = start + np.round(np.cumsum(POOL_AGES) * size).astype(int)
        return tuple(zip((start, *ends[:-1]), ends, strict=True))

    frequent, occasional = FREQUENT * city.scale, OCCASIONAL * city.scale
    everyone = frequent + occasional
    # Callers live where people live alone, unevenly: some districts call more than their share.
    pull = city.living_alone * np.exp(rng.normal(0, 0.2, len(city.codes)))
    return Callers(
        ranges(frequent, 0),
        ranges(occasional, frequent),
        pick(rng, pull, everyone).astype(np.int8),
        rng.random(everyone) < MALE_SHARE,
    )


def contacts(city: City, hours: Hours, people: Callers, month: int) -> pd.DataFrame:
    """Every contact of a month in order of attempt: columns of `hotline_contact`, derived ones included."""
    first, after = (day.astype("datetime64[h]") for day in month_span(month))
    inside = np.flatnonzero((hours.start >= first) & (hours.start < min(after, city.today + 1)))
    rng = city.rng("contacts", month)
    outcome, hour = _expand(hours, inside)
    topic = _topic(hours, inside, outcome, hour, rng)
    start = hours.start[hour].astype("datetime64[s]") + rng.integers(0, 3600, len(hour)).astype(
        "timedelta64[s]"
    )
    order = np.argsort(start, kind="stable")
    outcome, hour, topic, start = outcome[order], hour[order], topic[order], start[order]
    frame = _times(hours, outcome, hour, topic, start, rng)
    frame.insert(0, "contact_id", [f"H{month}{number:07d}" for number in range(len(frame))])
    for name, values in _people(city, people, start, rng).items():
        frame[name] = values
    answered = outcome == 0
    frame["topic"] = coded(np.where(answered, topic, -1), TOPICS)
    frame["risk"] = answered & (rng.random(len(frame)) < np.take(RISK, topic))
    frame["referred"] = answered & (rng.random(len(frame)) < np.take(REFER, topic))
    return frame


def _expand(hours: Hours, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    counts = [values[inside] for values in (hours.answered, hours.abandoned, hours.busy)]
    outcome = np.repeat(np.arange(3), [int(count.sum()) for count in counts])
    return outcome, np.concatenate([np.repeat(inside, count) for count in counts])


def _topic(
    hours: Hours, inside: np.ndarray, outcome: np.ndarray, hour: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Topics of the answered, to the planned number per hour; 0 for the others."""
    # Answered contacts stand hour by hour, so the planned numbers are laid out in the same order.
    lonely, information = hours.lonely[inside], hours.information[inside]
    other = hours.answered[inside] - lonely - information
    laid = np.repeat(
        np.tile(np.arange(3), len(inside)), np.column_stack([lonely, information, other]).ravel()
    )
    topic = np.zeros(len(outcome), dtype=np.int64)
    topic[: len(laid)] = laid
    return topic


def _times(
    hours: Hours,
    outcome: np.ndarray,
    hour: np.ndarray,
    topic: np.ndarray,
    start: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    n = len(outcome)
    answered, abandoned, busy = (outcome == code for code in range(3))
    chat = rng.random(n) < CHAT_SHARE
    queue = np.ceil(rng.exponential(hours.queue_mean_s[hour])).astype(int)
    ring = rng.integers(3, 10, n)
    wait = np.where(answered, ring + np.where(rng.random(n) < hours.queue_share[hour], queue, 0), queue + 1)
    talk = np.take(TALK_MIN, topic) * 60 * np.exp(rng.normal(0, TALK_SD, n) - TALK_SD**2 / 2)
    talk = np.clip(talk * np.where(chat, 1.25, 1.0), 60, LONGEST_S).astype(int)
    wrap = np.clip(rng.gamma(4, WRAP_S / 4, n), 20, 1800).astype(int)
    attempted = start - SEOUL
    offered = attempted + rng.integers(4, 15, n).astype("timedelta64[s]")
    taken = offered + wait.astype("timedelta64[s]")
    ended = np.where(answered, taken + talk.astype("timedelta64[s]"), taken)
    nothing = np.datetime64("NaT", "s")
    local_day = start.astype("datetime64[D]")
    return pd.DataFrame(
        {
            "channel": coded(chat.astype(int), ("phone", "chat")),
            "attempted_at": attempted,
            "offered_at": np.where(busy, nothing, offered),
            "answered_at": np.where(answered, taken, nothing),
            "ended_at": np.where(busy, nothing, ended),
            "outcome": coded(outcome, OUTCOMES),
            "wrap_s": whole(wrap, ~answered),
            "local_date": dates(local_day),
            "month_key": np.full(n, _key(start)),
            "hour": start.astype("datetime64[h]").astype(int) % 24,
            "wait_s": whole(wait, busy),
            "handle_s": whole(talk + wrap, ~answered),
        }
    )


def _key(start: np.ndarray) -> int:
    if not len(start):
        return 0
    month = int(start[0].astype("datetime64[M]").astype(int))
    return (1970 + month // 12) * 100 + month % 12 + 1


def _people(city: City, people: Callers, start: np.ndarray, rng: np.random.Generator) -> dict[str, object]:
    """Who called. A number known from before brings home, age and sex, whatever becomes of the contact."""
    n = len(start)
    day = (start - np.datetime64(ANCHORS[0][0], "s")).astype(float) / 86400
    later = np.clip(day / SHIFT_DAYS, 0, 1)[:, None]
    edges = np.cumsum((1 - later) * np.array(FIRST_AGES) + later * np.array(LATER_AGES), axis=1)
    age = np.minimum((rng.random(n)[:, None] > edges).sum(axis=1), 3)
    frequent = rng.random(n) < FREQUENT_SHARE
    where = rng.random(n)
    # The power crowds the calls of the frequent onto the first of them.
    low = np.where(
        frequent,
        np.take([a for a, _ in people.frequent], age),
        np.take([a for a, _ in people.occasional], age),
    )
    high = np.where(
        frequent,
        np.take([b for _, b in people.frequent], age),
        np.take([b for _, b in people.occasional], age),
    )
    person = low + (np.where(frequent, where**1.7, where) * np.maximum(high - low, 1)).astype(int)
    known = rng.random(n) < KNOWN_CALLER
    told = known | (rng.random(n) < AGE_TOLD)
    sex = np.where(people.male[person], 1, 0)
    home = known & (rng.random(n) < HOME_NOTED)
    names = np.array([f"c{number:08d}" for number in person], dtype=object)
    names[~known] = None
    return {
        "person_id": names,
        "district_code": coded(np.where(home, people.district[person], -1), city.codes),
        "age_band": coded(np.where(told, age, 4), AGES),
        "sex": coded(np.where(told, sex, 2), SEXES),
    }


class Roster:
    """Adds up handling and wrap-up by quarter hour over the months, then gives the `agent_interval` rows."""

    def __init__(self, city: City, hours: Hours) -> None:
        self.city, self.hours = city, hours
        self.origin = np.datetime64(LAUNCH, "s") - SEOUL
        self.handling = np.zeros(len(hours.start) * 4)
        self.wrap = np.zeros(len(hours.start) * 4)

    def add(self, frame: pd.DataFrame) -> None:
        """Count the answered contacts of a month."""
        part = frame[frame["handle_s"].notna()]
        begin = (part["answered_at"].to_numpy() - self.origin).astype("timedelta64[s]").astype(int)
        wrap = part["wrap_s"].to_numpy(int)
        talk = (
            part["handle_s"].to_numpy(int) - wrap
        )  # handling runs from the answer to the end of the wrap-up
        _pour(self.handling, begin, talk)
        _pour(self.wrap, begin + talk, wrap)

    def rows(self) -> pd.DataFrame:
        """One row per quarter hour until `as_of`; paid = available (idle) + handling + wrap-up + off the line."""
        hours, scale = self.hours, self.city.scale
        until = int((self.city.today + 1 - hours.start[0].astype("datetime64[D]")).astype(int)) * 96
        n = min(max(until, 0), len(self.handling))
        handling, wrap = (np.round(x[:n]).astype(int) for x in (self.handling, self.wrap))
        roster = np.ceil(np.repeat(hours.agents, 4)[:n] * scale / (1 - SHRINKAGE)).astype(int)
        # More concurrent talks than the roster holds are taken by colleagues called in from other work.
        paid = np.maximum(roster, np.ceil((handling + wrap) / 900).astype(int))
        rng = self.city.rng("agents")
        idle = np.maximum(paid * 900 * (1 - SHRINKAGE * rng.uniform(0.8, 1.2, n)) - handling - wrap, 0)
        local = np.datetime64(LAUNCH, "s") + np.arange(n) * np.timedelta64(900, "s")
        month = local.astype("datetime64[M]").astype(int)
        return pd.DataFrame(
            {
                "starts_at": local - SEOUL,
                "local_date": dates(local.astype("datetime64[D]")),
                "month_key": (1970 + month // 12) * 100 + month % 12 + 1,
                "hour": local.astype("datetime64[h]").astype(int) % 24,
                "paid_agents": paid,
                "available_s": idle.astype(int),
                "handling_s": handling,
                "wrap_s": wrap,
            }
        )


def _pour(into: np.ndarray, begin: np.ndarray, length: np.ndarray) -> None:
    """Add each stretch of seconds to the quarter hours that it covers."""
    end = begin + length
    slot = begin // 900
    while len(slot):
        inside = np.minimum(end, (slot + 1) * 900) - np.maximum(begin, slot * 900)
        keep = slot < len(into)
        into += np.bincount(slot[keep], inside[keep], minlength=len(into))
        more = end > (slot + 1) * 900
        begin, end, slot = begin[more], end[more], slot[more] + 1
