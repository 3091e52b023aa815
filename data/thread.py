"""The thread: how far each person has come from being known to staying connected, over all tables that share a pseudonym.

A person's records are put together by the rules of `data/thread.toml`. A later step proves the earlier ones, so that steps lie in each
other and their days in order: the day of a step is the first one of a record of it or of a later step. Whoever went no further has
ended (everything of theirs is closed on record), is silent (nothing open, nothing ended, nothing written for long), or is still there.
To be connected some months later is a record, a spell or a follow-up: without one it is not known, and counted neither way.
What the store reads for it and keeps of it is `data/thread_facts.py`.
"""

from __future__ import annotations

import hashlib
import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data import tables as t
from data.codes import CODES, UNKNOWN

UNTOLD = ("support_period", "follow_up")  # tell neither age nor sex
STEPS = ("known", "contacted", "assessed", "enrolled", "completed")
AFTER = ("returned", "came_back")
TABLES = ("hotline_contact", "referral", "counselling_case", "spell", "support_period", "follow_up")
SOURCES = (*TABLES, "outcome_measure")
# What is read of each table: of the hotline one row for each caller, of a case its scores too.
COLUMNS: dict[str, tuple[str, ...]] = {
    "hotline_contact": ("person_id", "first", "answered", "last", "district_code", "age_band", "sex"),
    "referral": ("person_id", "source", "district_code", "programme_id", "received_on", "accepted_on", "closed_on"),
    "counselling_case": ("person_id", "programme_id", "district_code", "age_band", "sex", "referred_on", "first_session_on", "ended_on",
                         "end_reason", "scored_on", "paired", "better"),
    "spell": ("person_id", "state", "started_on", "entered_on", "ended_on", "exit", "district_code", "age_band", "sex"),
    "support_period": ("person_id", "programme_id", "starts_on", "ends_on"),
    "follow_up": ("person_id", "district_code", "achieved_on", "result"),
}  # fmt: skip
FACTS = ("thread_yearly", "thread_time", "thread_link", "thread_reached")
AGES = tuple(CODES["age_band"])
DAYS_PER_MONTH = 365.25 / 12
NEVER = np.datetime64("NaT", "D")
# Doors that no referral names.
OWN_DOOR = {"hotline_contact": "hotline", "counselling_case": "counselling"}
REGISTER = "register"
KEYS = ["year", "district_code", "door", "programme_id", "age_band", "sex"]
TRAITS = tuple(KEYS[1:])  # by each of them alone times are kept, and for everybody
EVERYBODY = "all"
NO_PROGRAMME = "none"
YEAR_ON = 12  # months after the last step
RULES = Path(__file__).with_suffix(".toml")


@cache
def rules() -> dict[str, Any]:
    """The rule file, as it stands."""
    return tomllib.loads(RULES.read_text("utf-8"))


def fingerprint() -> str:
    """Sixteen signs of the rule file: facts of other rules cannot be added to."""
    return hashlib.sha256(RULES.read_bytes()).hexdigest()[:16]


def made(records: dict[str, pd.DataFrame], *, until: date) -> tuple[pd.DataFrame, ...]:
    """Rows of each of `FACTS` from records, as known on a day.

    Args:
        records: by table, rows of `COLUMNS`. until: the last day that is known.
    """
    today = np.datetime64(until, "D")
    every = _matters(records, today)
    if every.empty:
        return tuple(pd.DataFrame() for _ in FACTS)
    every["person"], torn = _linked(every)
    # What names neither age nor sex cannot be said to be of the one or the other.
    every = every[~(torn & every["table"].isin(UNTOLD))].reset_index(drop=True)
    people = _people(every, today)
    names = every.drop_duplicates(["table", "person_id"]).set_index(["table", "person_id"])["person"]
    spells = _with_person(records["spell"], "spell", names)
    calls = _with_person(records["follow_up"], "follow_up", names)
    _afterwards(people, spells, calls, today)
    _returns(people, spells, today)
    return _yearly(people), _times(people, today), _links(every, people), _reached(people)


def _later(months: int) -> np.timedelta64:
    """So many months, in whole days."""
    return np.timedelta64(round(months * DAYS_PER_MONTH), "D")


def _days(values: Any, today: np.datetime64) -> np.ndarray:
    """Days, missing where there is none or it lies after the last known one."""
    found = pd.to_datetime(pd.Series(values, dtype=object)).to_numpy("datetime64[D]")
    return np.where(found > today, NEVER, found)


def _matters(records: dict[str, pd.DataFrame], today: np.datetime64) -> pd.DataFrame:
    """One row for each record of a person: the days of the steps that it tells, its end, whether it is still open, and traits."""
    parts = []
    for name, frame in records.items():
        if len(frame):
            rows = pd.DataFrame({"table": name, "person_id": frame["person_id"].to_numpy(dtype=object)})
            day = {
                column: _days(frame[column], today)
                for column in frame
                if column.endswith("_on") or column in ("first", "answered", "last")
            }
            for column, value in _TOLD[name](frame, day).items():
                rows[column] = value
            for trait in ("district_code", "age_band", "sex", "programme_id", "source"):
                rows[trait] = frame[trait].to_numpy(dtype=object) if trait in frame else None
            parts.append(rows)
    columns = [*STEPS, "ended", "last", "scored", "better"]
    if not parts:
        return pd.DataFrame()
    every = pd.concat([p.reindex(columns=["table", "person_id", *columns, "open", "district_code", "age_band", "sex", "programme_id", "source"])
                       for p in parts], ignore_index=True)  # fmt: skip
    for column in (*STEPS, "ended", "last"):
        every[column] = pd.to_datetime(every[column])
    for column in ("open", "scored", "better"):
        every[column] = every[column].eq(True)
    every = every[every["known"].notna()].reset_index(drop=True)
    for trait in ("age_band", "sex"):
        every[trait] = every[trait].where(every[trait].notna() & every[trait].ne(UNKNOWN), None)
    return every


def _hotline_told(frame: pd.DataFrame, day: dict[str, np.ndarray]) -> dict[str, Any]:
    return {"known": day["first"], "contacted": day["answered"], "last": day["last"], "open": False}


def _referral_told(frame: pd.DataFrame, day: dict[str, np.ndarray]) -> dict[str, Any]:
    taken = day["accepted_on"]
    closed = day["closed_on"]
    last = np.fmax(np.fmax(day["received_on"], taken), closed)
    return {
        "known": day["received_on"],
        "contacted": taken,
        "enrolled": taken,
        "ended": closed,
        "last": last,
        "open": np.isnat(closed),
    }


def _case_told(frame: pd.DataFrame, day: dict[str, np.ndarray]) -> dict[str, Any]:
    ended, done = day["ended_on"], frame["end_reason"].eq("completed").to_numpy()
    first = day["first_session_on"]
    return {
        "known": day["referred_on"], "contacted": first, "assessed": day["scored_on"], "enrolled": first,
        "completed": np.where(done, ended, NEVER), "ended": ended, "open": np.isnat(ended),
        "last": np.fmax(np.fmax(day["referred_on"], first), np.fmax(day["scored_on"], ended)),
        "scored": frame["paired"].eq(1).to_numpy() & done, "better": frame["better"].eq(1).to_numpy() & done,
    }  # fmt: skip


def _spell_told(frame: pd.DataFrame, day: dict[str, np.ndarray]) -> dict[str, Any]:
    """The register: whoever is entered was contacted and assessed; a stretch of support or of connection dates its own step."""
    state_, began = frame["state"].to_numpy(), day["started_on"]
    supported, connected = state_ == "supported", state_ == "connected"
    seen = np.where(supported | connected, np.fmin(began, day["entered_on"]), day["entered_on"])
    gone = frame["exit"].notna().to_numpy() & ~np.isnat(day["ended_on"])
    ended = np.where(gone, day["ended_on"], NEVER)
    return {
        "known": seen, "contacted": seen, "assessed": seen, "enrolled": np.where(supported, began, NEVER),
        "completed": np.where(connected, began, NEVER), "ended": ended, "open": np.isnat(day["ended_on"]),
        "last": np.fmax(seen, day["ended_on"]),
    }  # fmt: skip


def _support_told(frame: pd.DataFrame, day: dict[str, np.ndarray]) -> dict[str, Any]:
    start, end = day["starts_on"], day["ends_on"]
    return {"known": start, "contacted": start, "enrolled": start, "ended": end, "open": np.isnat(end), "last": np.fmax(start, end)}  # fmt: skip


def _call_told(frame: pd.DataFrame, day: dict[str, np.ndarray]) -> dict[str, Any]:
    on = day["achieved_on"]
    return {"known": on, "contacted": on, "last": on, "open": False}


_TOLD = {
    "hotline_contact": _hotline_told,
    "referral": _referral_told,
    "counselling_case": _case_told,
    "spell": _spell_told,
    "support_period": _support_told,
    "follow_up": _call_told,
}


def _linked(every: pd.DataFrame) -> tuple[np.ndarray, pd.Series]:
    """Each record's person, numbered: its pseudonym in its table's space, or within its table alone where records contradict each other (second)."""
    rule = rules()
    space = every["table"].map(rule["spaces"]).astype(str)
    told = space + ":" + every["person_id"].astype(str)
    person = pd.factorize(told)[0]  # numbers are grouped in a fraction of the time that words take
    sexes = every["sex"].notna() & every.groupby(person)["sex"].transform("nunique").gt(1)
    apart = every["age_band"].map({code: n for n, code in enumerate(AGES[:-1])}).astype(float)
    grouped = apart.groupby(person)
    far = grouped.transform("max") - grouped.transform("min") > rule["contradiction"]["age_bands_apart"]
    torn = far | (sexes if rule["contradiction"]["sex"] else False)
    torn = torn.groupby(person).transform("any")
    return pd.factorize(told.where(~torn, told + "|" + every["table"]), sort=True)[0], torn


def _people(every: pd.DataFrame, today: np.datetime64) -> pd.DataFrame:
    """One row for each person: the day of each step, what ended, and traits as first told."""
    # With the earliest record first, and of one day a referral before others, since it names the door.
    order = every.assign(referral=every["table"].ne("referral")).sort_values(
        ["person", "known", "referral"], kind="stable"
    )
    grouped = order.groupby("person", sort=True)
    firsts = ["table", "source", "district_code", "age_band", "sex", "programme_id"]
    first = grouped[firsts].first()  # of each column the first that is told
    people = grouped.agg(
        **{step: (step, "min") for step in STEPS}, ended=("ended", "max"), last=("last", "max"), open=("open", "any"),
        scored=("scored", "any"), better=("better", "any"),
    )  # fmt: skip
    for late, early in zip(STEPS[:0:-1], STEPS[-2::-1], strict=True):
        people[early] = people[[early, late]].min(axis=1)
    own = grouped[["table", "source"]].nth(0).set_index(order["person"].drop_duplicates())
    door = own["source"].where(own["source"].notna(), own["table"].map(OWN_DOOR).fillna(REGISTER))
    people["door"] = door.reindex(people.index)
    enrolled = (
        order[order["enrolled"].notna()]
        .sort_values(["person", "enrolled"], kind="stable")
        .drop_duplicates("person")
    )
    taken = enrolled.set_index("person")["programme_id"].reindex(people.index)
    people["programme_id"] = taken.where(taken.notna(), first["programme_id"]).fillna(NO_PROGRAMME)
    for trait in ("district_code", "age_band", "sex"):
        people[trait] = first[trait].fillna(UNKNOWN)
    people["year"] = people["known"].dt.year
    steps = people[list(STEPS)].notna().sum(axis=1).to_numpy()
    over = ~people["open"] & people["ended"].notna()
    idle = ~people["open"] & ~over & ((today - people["last"]).dt.days > rules()["time"]["silent_after_days"])
    people["steps"], people["over"], people["silent"] = steps, over, idle
    return people


def _with_person(frame: pd.DataFrame, table: str, names: pd.Series) -> pd.DataFrame:
    """Rows of a table with the person that each is of."""
    if frame.empty or table not in names.index.get_level_values(0):
        return frame.assign(person=None).iloc[:0]
    own = names.loc[table]
    return frame.assign(person=frame["person_id"].map(own)).dropna(subset="person")


def _afterwards(
    people: pd.DataFrame, spells: pd.DataFrame, calls: pd.DataFrame, today: np.datetime64
) -> None:
    """What is on record of each person some months after the last step: connected, not connected, or neither (changed in place)."""
    rule = rules()["time"]
    done = people.index[people["completed"].notna()]
    since = people.loc[done, "completed"].to_numpy().astype("datetime64[D]")
    within = np.timedelta64(rule["follow_up_within_days"], "D")
    stretch = _stretches(spells, done, since, today)
    call = calls.assign(on=_days(calls["achieved_on"], today), at=done.get_indexer(calls["person"]))
    call = call[
        ~np.isnat(call["on"].to_numpy())
        & (call["at"] >= 0)
        & call["result"].isin(["connected", "reisolated"])
    ]
    for months in rule["connected_after_months"]:
        day = since + _later(months)
        due = day <= today
        told = np.zeros(len(done), dtype=int)
        near = np.abs(call["on"].to_numpy().astype("datetime64[D]") - day[call["at"]]) <= within
        for word, sign in (("connected", 1), ("reisolated", -1)):
            told[call.loc[near & call["result"].eq(word), "at"]] = sign
        for sign, at in _states_on(stretch, day, today):
            told[at] = sign
        for name, which in (("due", due), ("connected", due & (told > 0)), ("apart", due & (told < 0))):
            people[f"{name}_{months}"] = pd.Series(which, index=done).reindex(people.index, fill_value=False)
    now = np.zeros(len(done), dtype=int)
    for sign, at in _states_on(stretch, np.full(len(done), today), today):
        now[at] = sign
    for name, sign in (("now_connected", 1), ("now_apart", -1)):
        people[name] = pd.Series(now == sign, index=done).reindex(people.index, fill_value=False)


def _stretches(spells: pd.DataFrame, done: pd.Index, since: np.ndarray, today: np.datetime64) -> pd.DataFrame:
    """Spells of those who completed: whose, from when to when, connected or not, and whether death or an institution ended it."""
    rows = pd.DataFrame(
        {
            "at": done.get_indexer(spells["person"]),
            "start": _days(spells["started_on"], today),
            "end": _days(spells["ended_on"], today),
            "connected": spells["state"].eq("connected").to_numpy(),
            "gone": spells["exit"].isin(["died", "institution"]).to_numpy(),
        }
    )
    return rows[(rows["at"] >= 0) & rows["start"].notna()]


def _states_on(stretch: pd.DataFrame, day: np.ndarray, today: np.datetime64) -> list[tuple[int, np.ndarray]]:
    """Who is on record as connected (1) and as not (-1) on a day of their own; whoever died or entered an institution is not."""
    at = stretch["at"].to_numpy()
    start, end = (stretch[name].to_numpy().astype("datetime64[D]") for name in ("start", "end"))
    on = day[at]
    inside = (start <= on) & (np.isnat(end) | (on < end))
    over = stretch["gone"].to_numpy() & ~np.isnat(end) & (end <= on)
    linked = stretch["connected"].to_numpy()
    return [(-1, at[(inside & ~linked) | over]), (1, at[inside & linked])]


def _returns(people: pd.DataFrame, spells: pd.DataFrame, today: np.datetime64) -> None:
    """From being connected back to isolation, and from there back again (changed in place): days, ends and who is followed."""
    rows = spells.assign(start=_days(spells["started_on"], today), end=_days(spells["ended_on"], today))
    rows = rows[rows["start"].notna()]
    rows = rows.sort_values(["person", "start"], kind="stable")
    linked = rows["state"].eq("connected")
    first = rows[linked].drop_duplicates("person").set_index("person")
    again = _after(rows[rows["state"] == "reisolated"], first)
    later = _after(rows[linked], again)
    gone = rows[rows["exit"].notna()].drop_duplicates("person").set_index("person")["end"]
    for name, since, found in (("returned", first, again), ("came_back", again, later)):
        people[f"{name}_since"] = pd.to_datetime(since["start"]).reindex(people.index)
        people[name] = pd.to_datetime(found["start"]).reindex(people.index)
    people["gone"] = pd.to_datetime(gone).reindex(people.index)


def _after(rows: pd.DataFrame, since: pd.DataFrame) -> pd.DataFrame:
    """The first stretch of each person that begins after another one of theirs."""
    before = since["start"].reindex(rows["person"]).to_numpy()
    return rows[rows["start"].to_numpy() > before].drop_duplicates("person").set_index("person")


def _yearly(people: pd.DataFrame) -> pd.DataFrame:
    counts = people[KEYS].copy()
    for number, step in enumerate(STEPS):
        counts[step] = people[step].notna()
        if number + 1 < len(STEPS):
            here = people["steps"] == number + 1
            counts[f"ended_{step}"], counts[f"silent_{step}"] = here & people["over"], here & people["silent"]
    done = people["completed"].notna()
    counts["scored"], counts["better"] = done & people["scored"], done & people["better"]
    for name in (
        f"{what}_{m}"
        for m in rules()["time"]["connected_after_months"]
        for what in ("due", "connected", "apart")
    ):
        counts[name] = people[name]
    counts["now_connected"], counts["now_apart"] = people["now_connected"], people["now_apart"]
    counts["ever_connected"] = people["returned_since"].notna()
    for name in AFTER:
        counts[name] = people[name].notna()
    return counts.groupby(KEYS, as_index=False, sort=True).sum(numeric_only=False)


def _reached(people: pd.DataFrame) -> pd.DataFrame:
    """By month, whoever reached a step in it, and for whom it was the month in which a year since the last step was over."""
    days = {step: _day(people, step) for step in STEPS}
    year_on = days["completed"] + _later(YEAR_ON)
    for what in ("due", "connected", "apart"):
        days[what] = np.where(people[f"{what}_{YEAR_ON}"], year_on, NEVER)
    parts = []
    for step, day in days.items():
        at = np.flatnonzero(~np.isnat(day))
        month = day[at].astype("datetime64[M]").astype(int)  # since January 1970
        parts.append(
            pd.DataFrame({"at": at, "step": step, "year": 1970 + month // 12, "month": 1 + month % 12})
        )
    rows = _of(people, ["district_code", "door", "programme_id"], parts)
    keys = [column.name for column in t.thread_reached.primary_key]
    counts = rows.groupby([*keys, "step"]).size().unstack(fill_value=0)
    return counts.reindex(columns=list(days), fill_value=0).reset_index()


def _times(people: pd.DataFrame, today: np.datetime64) -> pd.DataFrame:
    """Days from each step to the next, to an end on record, or to the last known day: of everybody, and by each trait."""
    ended = np.where(people["over"], _day(people, "ended"), NEVER)
    pairs = [(after, _day(people, before), ended) for before, after in zip(STEPS, STEPS[1:], strict=False)]
    pairs += [(name, _day(people, f"{name}_since"), _day(people, "gone")) for name in AFTER]
    parts = []
    for name, since, over in pairs:
        at = np.flatnonzero(~np.isnat(since))
        since, over, reached = since[at], over[at], _day(people, name)[at]
        there = ~np.isnat(reached)
        lost = ~there & (over >= since)
        stop = np.where(there, reached, np.where(lost, over, today))
        kind = np.select([there, lost], ["reached", "ended"], "open")
        days = np.maximum((stop - since).astype(int), 0)
        parts.append(pd.DataFrame({"at": at, "step": name, "kind": kind, "days": days}))
    rows = _of(people, ["year", *TRAITS], parts).assign(**{EVERYBODY: EVERYBODY})
    counts = [
        rows.groupby(["year", trait, "step", "kind", "days"])
        .size()
        .rename("people")
        .reset_index()
        .rename(columns={trait: "group_code"})
        .assign(trait=trait)
        for trait in (EVERYBODY, *TRAITS)
    ]
    return pd.concat(counts, ignore_index=True)


def _day(people: pd.DataFrame, name: str) -> np.ndarray:
    return people[name].to_numpy().astype("datetime64[D]")


def _of(people: pd.DataFrame, traits: list[str], parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Rows that say at which place among the people theirs stand, with traits of theirs."""
    rows = pd.concat(parts, ignore_index=True)
    return rows.join(people[traits].reset_index(drop=True), on="at")


def _links(every: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """By table and the year in which each person became known: its people, and those whom another table has as well."""
    once = every.drop_duplicates(["table", "person"])
    tables = once.groupby("person")["table"].transform("size")
    rows = pd.DataFrame(
        {
            "table_name": once["table"],
            "year": people["year"].reindex(once["person"]).to_numpy(),
            "met": tables.gt(1).to_numpy(),
        }
    )
    return rows.groupby(["year", "table_name"], sort=True)["met"].agg(people="size", met="sum").reset_index()
