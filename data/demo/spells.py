"""The people's histories as records: spells, support periods and follow-up contacts.

Ends are exclusive everywhere: the day on which a spell or support ends is the first day outside it, and the next spell
starts on it. Before leaving isolation, people were isolated, found, and supported (since October 2022 at the earliest).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from data.demo import people
from data.demo.city import DAYS_PER_MONTH, SEXES, City, chunks, coded, dates, pick, whole

FIRST_SUPPORT = np.datetime64("2022-10-01")
STATES = ("connected", "reisolated", "isolated", "supported", "at_risk")
EXITS = ("died", "moved", "institution", "lost")
EXIT_OF = {people.DIED: 0, people.MOVED_AWAY: 1, people.LOST_SIGHT: 3}
LATE_SHARE, LATE_MONTHS = 0.15, (1, 6)
PROGRAMMES = ("care_corps", "peer_counselling", "isolation_prevention_center")
FOLLOW_UP_MONTHS, NOT_REACHED = (3, 6, 12, 24), 0.15
AGE = ("19-39", "40-64", "65+")
# People whom the register also holds and who have not left isolation: now supported, isolated, at risk, or gone.
OTHERS = (("supported", 900), ("isolated", 600), ("at_risk", 900), ("gone", 500))


def generate(city: City) -> Iterator[tuple[str, pd.DataFrame]]:
    """Frames of `spell`, `support_period` and `follow_up`."""
    group = people.make_group(city)
    stretches, supports = people.Walk(city, group).run()
    rng = city.rng("register")
    n = len(group.left)
    zero = people.window_start(city.as_of)
    today = int((city.today - zero).astype(int))
    late = _late(rng, n)
    delay = rng.uniform(*LATE_MONTHS, n) * DAYS_PER_MONTH
    entered = zero + np.floor(np.where(late, group.left + delay, group.left)).astype(int)
    spells = _walked(city, group, stretches, zero, entered)
    before, support = _before(city, group, zero, late)
    names = np.array([f"p{i:06d}" for i in range(n)], dtype=object)
    other_spells, other_support = _others(city)
    frame = pd.concat([_rows(city, before, group, names), _rows(city, spells, group, names), other_spells])
    frame = frame.sort_values(["person_id", "started_on"], kind="stable", ignore_index=True)
    frame.insert(0, "spell_id", [f"S{i:07d}" for i in range(len(frame))])
    for part in chunks(frame):
        yield "spell", part
    periods = pd.concat(
        [_support_rows(names, supports, zero, today, entered), _centre_rows(names, support), other_support]
    )
    for part in chunks(
        periods.sort_values(["person_id", "programme_id", "starts_on"], kind="stable", ignore_index=True)
    ):
        yield "support_period", part
    for part in chunks(_follow_ups(city, group, spells, names)):
        yield "follow_up", part


def register(city: City) -> pd.DataFrame:
    """Who came into the register before leaving isolation: person_id, district_code, age_band, sex, and the days on which
    they were found and their support began (missing where it did not).
    """
    group = people.make_group(city)
    zero, n = people.window_start(city.as_of), len(group.left)
    found, support = _before(city, group, zero, _late(city.rng("register"), n))
    isolated = found[found["state"] == 2]
    who = isolated["person"].to_numpy()
    left = pd.DataFrame(
        {
            "person_id": [f"p{i:06d}" for i in who],
            "district_code": np.array(city.codes, dtype=object)[group.home[who]],
            "age_band": np.array(AGE, dtype=object)[group.age[who]],
            "sex": np.array(SEXES, dtype=object)[group.male[who].astype(int)],
            "found": isolated["entered"].to_numpy(),
            "supported": support["start"].to_numpy(),
        }
    )
    others, _ = _others(city)
    on = others["entered_on"].to_numpy("datetime64[D]")
    still = pd.DataFrame(
        {
            **{
                name: others[name].astype(object)
                for name in ("person_id", "district_code", "age_band", "sex")
            },
            "found": on,
            "supported": np.where(others["state"] == "supported", on, np.datetime64("NaT")),
        }
    )
    both = pd.concat([left, still], ignore_index=True)
    return both[both["found"].to_numpy("datetime64[D]") <= city.today].reset_index(drop=True)


def due_days(city: City) -> set[tuple[str, date]]:
    """Person and day of every follow-up that may be due after leaving isolation."""
    zero = people.window_start(city.as_of)
    left = zero + np.floor(people.make_group(city).left).astype(int)
    after = [np.timedelta64(round(m * DAYS_PER_MONTH), "D") for m in FOLLOW_UP_MONTHS]
    return {(f"p{i:06d}", day) for gap in after for i, day in enumerate(dates(left + gap))}


def _late(rng: np.random.Generator, n: int) -> np.ndarray:
    """Who entered the register only after leaving: the first draw of the part, so that `register` has the same."""
    return rng.random(n) < LATE_SHARE


def _walked(
    city: City,
    group: people.Group,
    stretches: tuple[np.ndarray, ...],
    zero: np.datetime64,
    entered: np.ndarray,
) -> pd.DataFrame:
    """Stretches as whole days, without those that ended before their person came under observation."""
    person, state, start, end, cause, prior = stretches
    frame = pd.DataFrame(
        {
            "person": person,
            "state": state,
            "start": np.floor(start).astype(int),
            "end": np.floor(end).astype(int),
            "cause": cause,
            "prior": prior,
        }
    )
    frame = frame.sort_values(["person", "start", "end"], kind="stable", ignore_index=True)
    # An exit on the day of entry is dated the next day, and pushes what follows.
    same, again = frame["person"].eq(frame["person"].shift()).to_numpy(), True
    first, last = frame["start"].to_numpy().copy(), frame["end"].to_numpy().copy()
    while again:
        pushed = np.where(same, np.maximum(first, np.roll(last, 1)), first)
        longer = np.maximum(last, pushed + 1)
        again = bool((pushed != first).any() or (longer != last).any())
        first, last = pushed, longer
    today = int((city.today - zero).astype(int))
    frame["cause"] = np.where(last > today, people.OPEN, frame["cause"])
    frame = frame.assign(start=zero + first, end=np.where(last > today, np.datetime64("NaT"), zero + last))
    frame["entered"] = np.maximum(frame["start"].to_numpy(), entered[frame["person"]])
    seen = frame["end"].isna() | (frame["entered"] < frame["end"])
    return frame[seen & (frame["entered"] <= np.datetime64(city.today))].reset_index(drop=True)


def _before(
    city: City, group: people.Group, zero: np.datetime64, late: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The isolated and the supported spell before leaving; none for those who entered the register late."""
    rng = city.rng("before")
    who = np.flatnonzero(~late)
    n = len(who)
    left = zero + np.floor(group.left[who]).astype(int)
    support = np.maximum(left - rng.integers(60, 300, n), FIRST_SUPPORT)
    found = support - rng.integers(14, 90, n)
    isolated = np.minimum(found, support - (_months_isolated(city)[who] * DAYS_PER_MONTH).astype(int))
    first = pd.DataFrame(
        {
            "person": who,
            "state": 2,
            "start": isolated,
            "end": support,
            "cause": 5,
            "prior": 0,
            "entered": found,
        }
    )
    second = pd.DataFrame(
        {"person": who, "state": 3, "start": support, "end": left, "cause": 6, "prior": 0, "entered": support}
    )
    return pd.concat([first, second], ignore_index=True), second


def _months_isolated(city: City) -> np.ndarray:
    rng = city.rng("months-isolated")
    n = people.LEAVERS * min(city.scale, people.LARGEST_SCALE)
    return np.clip(np.round(np.exp(rng.normal(np.log(18), 0.8, n))), 3, 180).astype(int)


def _rows(city: City, spells: pd.DataFrame, group: people.Group, names: np.ndarray) -> pd.DataFrame:
    """Columns of `spell` but the id. Cause: see people; 5 leads to support, 6 to connection."""
    who, cause, state = (spells[c].to_numpy() for c in ("person", "cause", "state"))
    switched = np.where(state == people.CONNECTED, people.REISOLATED, people.CONNECTED)
    following = np.select(
        [cause == people.SWITCH, cause == 5, cause == 6], [switched, 3, people.CONNECTED], -1
    )
    exit_code = np.select([cause == c for c in EXIT_OF], list(EXIT_OF.values()), -1)
    return pd.DataFrame(
        {
            "person_id": names[who],
            "state": coded(state, STATES),
            "started_on": dates(spells["start"].to_numpy()),
            "entered_on": dates(spells["entered"].to_numpy()),
            "ended_on": dates(spells["end"].to_numpy()),
            "next_state": coded(following, STATES),
            "exit": coded(exit_code, EXITS),
            "district_code": coded(group.home[who], city.codes),
            "age_band": coded(group.age[who], AGE),
            "sex": coded(group.male[who].astype(int), SEXES),
            "lives_alone": group.alone[who],
            "prior_reisolations": spells["prior"].to_numpy(),
            "months_isolated_before": _months_isolated(city)[who],
        }
    )


def _support_rows(
    names: np.ndarray, supports: tuple[np.ndarray, ...], zero: np.datetime64, last: int, entered: np.ndarray
) -> pd.DataFrame:
    """Aftercare and peer support that ran at some time under observation."""
    person, kind, start, end = supports
    begins = zero + np.floor(start).astype(int)
    running = np.isinf(end)
    ends = np.where(running, np.datetime64("NaT"), zero + np.ceil(np.where(running, 0, end)).astype(int))
    ends = np.where(ends <= zero + last, ends, np.datetime64("NaT"))
    seen = running | np.isnat(ends) | (ends > entered[person])
    return pd.DataFrame(
        {
            "person_id": names[person[seen]],
            "programme_id": coded(kind[seen], PROGRAMMES),
            "starts_on": dates(begins[seen]),
            "ends_on": dates(ends[seen]),
        }
    )


def _centre_rows(names: np.ndarray, support: pd.DataFrame) -> pd.DataFrame:
    n = len(support)
    return pd.DataFrame(
        {
            "person_id": names[support["person"]],
            "programme_id": coded(np.full(n, 2), PROGRAMMES),
            "starts_on": dates(support["start"].to_numpy()),
            "ends_on": dates(support["end"].to_numpy()),
        }
    )


def _follow_ups(city: City, group: people.Group, spells: pd.DataFrame, names: np.ndarray) -> pd.DataFrame:
    """Contacts due 3, 6, 12 and 24 months after first leaving isolation, with what was found."""
    rng = city.rng("follow-up")
    first = spells.drop_duplicates("person")
    first = first[(first["state"] == people.CONNECTED) & (first["entered"] == first["start"])]
    found = []
    for months in FOLLOW_UP_MONTHS:
        due = first["start"].to_numpy() + np.timedelta64(round(months * DAYS_PER_MONTH), "D")
        found.append(pd.DataFrame({"person": first["person"].to_numpy(), "due": due}))
    due = pd.concat(found, ignore_index=True)
    due = due[due["due"] <= np.datetime64(city.today)]
    joined = due.merge(spells, on="person")
    inside = (joined["start"] <= joined["due"]) & (joined["end"].isna() | (joined["due"] < joined["end"]))
    joined = joined[inside].drop_duplicates(["person", "due"]).reset_index(drop=True)
    n = len(joined)
    reached = rng.random(n) >= NOT_REACHED
    done = joined["due"].to_numpy() + rng.integers(0, 15, n).astype("timedelta64[D]")
    reached &= done <= np.datetime64(city.today)
    result = np.where(reached, np.where(joined["state"] == people.CONNECTED, 0, 1), 2)
    return pd.DataFrame(
        {
            "person_id": names[joined["person"]],
            "district_code": coded(group.home[joined["person"]], city.codes),
            "scheduled_on": dates(joined["due"].to_numpy()),
            "achieved_on": dates(np.where(reached, done, np.datetime64("NaT"))),
            "result": coded(result, ("connected", "reisolated", "not_reached")),
        }
    )


def _others(city: City) -> tuple[pd.DataFrame, pd.DataFrame]:
    """People who have not left isolation: outside the truth that the model recovers, but in the register."""
    rng = city.rng("others")
    size = min(city.scale, people.LARGEST_SCALE)
    kind = np.repeat(np.arange(len(OTHERS)), [count * size for _, count in OTHERS])
    n = len(kind)
    names = np.array([f"w{i:06d}" for i in range(n)], dtype=object)
    start = city.today - rng.integers(20, 600, n)
    gone = kind == 3
    end = np.where(gone, np.minimum(start + rng.integers(10, 500, n), city.today), np.datetime64("NaT"))
    state = np.take([3, 2, 4, 3], kind)
    months = np.clip(np.round(np.exp(rng.normal(np.log(18), 0.8, n))), 3, 180).astype(int)
    # Isolated and at-risk people count from when it began; they are seen from when they were found.
    began = np.where(kind == 1, start - (months * DAYS_PER_MONTH).astype(int), start)
    spells = pd.DataFrame(
        {
            "person_id": names,
            "state": coded(state, STATES),
            "started_on": dates(began),
            "entered_on": dates(start),
            "ended_on": dates(end),
            "next_state": coded(np.full(n, -1), STATES),
            "exit": coded(np.where(gone, pick(rng, (0.15, 0.3, 0.1, 0.45), n), -1), EXITS),
            "district_code": coded(pick(rng, city.living_alone, n), city.codes),
            "age_band": coded(pick(rng, people.AGE_SHARE, n), AGE),
            "sex": coded((rng.random(n) < people.MALE).astype(int), SEXES),
            "lives_alone": rng.random(n) < people.ALONE,
            "prior_reisolations": whole(np.zeros(n)),
            "months_isolated_before": whole(months),
        }
    )
    supported = state == 3
    periods = pd.DataFrame(
        {
            "person_id": names[supported],
            "programme_id": coded(np.full(int(supported.sum()), 2), PROGRAMMES),
            "starts_on": dates(start[supported]),
            "ends_on": dates(end[supported]),
        }
    )
    return spells, periods
