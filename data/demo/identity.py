"""One population behind the tables: who of the register was referred before, who of either was counselled.

Rows are made table by table; here rows that fit each other (district, and where told age and sex, in the order of time) are given one
person's pseudonym. Nothing else of a row changes, and no two people of one table become one, so that what is counted within a table
stays. A stated share of true links is missing and a stated share of links is false; both are written to the truth file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from data.demo import spells
from data.demo.city import City

MISSING, FALSE = 0.05, 0.01  # of true links; of counselling cases that are of nobody else
REFERRED, COUNSELLED = 0.60, 0.50  # of the people of the register
BEFORE_FOUND = (0, 60)  # days from a referral to the register's entry
AROUND_SUPPORT = (-45, 60)  # days from the start of support to a referral to counselling
BEFORE_CASE = (0, 45)  # days from a referral to the case that it led to
DAY = timedelta(days=1)
COUNSELLING = ("mind_counselling", "counselling_voucher")


@dataclass
class Pool:
    """People who may be met again: one row each, in the order of a day; each is taken once."""

    name: list[str]
    day: np.ndarray
    traits: list[tuple[Any, ...]]
    places: dict[tuple[Any, ...], np.ndarray] = field(init=False)
    taken: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.taken = np.zeros(len(self.name), dtype=bool)
        found: dict[tuple[Any, ...], list[int]] = {}
        for at in np.argsort(self.day, kind="stable"):
            found.setdefault(self.traits[at], []).append(int(at))
        self.places = {key: np.array(rows) for key, rows in found.items()}

    def take(self, traits: tuple[Any, ...], low: np.datetime64, high: np.datetime64) -> int | None:
        """The first of some traits in a span of days whom nobody has taken yet."""
        rows = self.places.get(traits)
        if rows is None:
            return None
        days = self.day[rows]
        for at in rows[np.searchsorted(days, low) : np.searchsorted(days, high, side="right")]:
            if not self.taken[at]:
                self.taken[at] = True
                return int(at)
        return None


class Identity:
    """Gives rows that come by their person's pseudonym; `links` counts what was linked, missed and linked falsely."""

    def __init__(self, city: City) -> None:
        self.rng = city.rng("identity")
        self.true: dict[
            str, str
        ] = {}  # a pseudonym that stands in some row -> its person, where that is another
        self.links = {
            "referral_register": 0,
            "case_register": 0,
            "case_referral": 0,
            "missing": 0,
            "false": 0,
        }
        people = spells.register(city)
        self.people = people
        willing = people[self.rng.random(len(people)) < REFERRED]
        self._found = Pool(
            willing["person_id"].tolist(),
            willing["found"].to_numpy("datetime64[D]"),
            [(d,) for d in willing["district_code"]],
        )
        self._who = {row.person_id: (row.age_band, row.sex) for row in people.itertuples()}
        counselled = people[people["supported"].notna() & (self.rng.random(len(people)) < COUNSELLED)]
        self._supported = Pool(
            counselled["person_id"].tolist(),
            counselled["supported"].to_numpy("datetime64[D]"),
            list(zip(counselled["district_code"], counselled["age_band"], counselled["sex"], strict=True)),
        )
        self._due = spells.due_days(city)
        self._callers: dict[str, str] = {}  # of the hotline, as they are written
        self._seen: set[str] = set()  # callers of earlier months, who are written already
        self._waiting: list[tuple[str, np.datetime64, str, Any]] = []  # referrals to counselling
        self._referrals: Pool | None = None
        self._cases: dict[str, str] = {}
        self._counselled: set[str] = set()  # whom a case is of already: no two people of one table become one

    def hotline(self, contacts: pd.DataFrame, referrals: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """A month's contacts and the referrals made of them, in which first callers may be people of the register."""
        told = contacts[contacts["person_id"].notna()].drop_duplicates("person_id")
        said = dict(zip(told["person_id"], zip(told["age_band"], told["sex"], strict=True), strict=True))
        self._refer(referrals, said)
        self._seen |= set(said)
        renamed = contacts["person_id"].map(lambda one: self._callers.get(one, one))
        return contacts.assign(person_id=renamed), self._named(referrals)

    def referrals(self, referrals: pd.DataFrame) -> pd.DataFrame:
        """Referrals of other contact points."""
        self._refer(referrals, {})
        return self._named(referrals)

    def _named(self, referrals: pd.DataFrame) -> pd.DataFrame:
        """Referrals with the person that each is of; those to counselling wait for their case."""
        frame = referrals.assign(
            person_id=referrals["person_id"].map(lambda one: self._callers.get(one, one))
        )
        for row in frame[frame["programme_id"].isin(COUNSELLING)].itertuples():
            who = self._who.get(row.person_id)
            self._waiting.append((row.person_id, np.datetime64(row.received_on), row.district_code, who))
        return frame

    def _refer(self, referrals: pd.DataFrame, said: Mapping[str, tuple[str, str]]) -> None:
        low, high = (np.timedelta64(d, "D") for d in BEFORE_FOUND)
        for row in referrals.itertuples():
            name = row.person_id
            if name in self._seen or name in self._callers or name in self.true:
                continue
            if row.programme_id in COUNSELLING:
                if name in said:
                    self._who[name] = said[name]
                continue
            on = np.datetime64(row.received_on)
            at = self._found.take((row.district_code,), on + low, on + high)
            if at is None:
                continue
            person = self._found.name[at]
            if name in said and not _alike(said[name], self._who[person]):
                self._found.taken[at] = False
                continue
            self._link(name, person, "referral_register", self._callers)

    def _link(self, name: str, person: str, kind: str, names: dict[str, str]) -> None:
        self.true[name] = person
        if self.rng.random() < MISSING:
            self.links["missing"] += 1
        else:
            names[name] = person
            self.links[kind] += 1

    def counselling(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Cases, and after them their scores and follow-ups, by the person that each is of."""
        if "person_id" not in frame:
            return frame
        if name == "counselling_case":
            self._counsel(frame)
        renamed = frame.assign(person_id=frame["person_id"].map(lambda one: self._cases.get(one, one)))
        if name == "follow_up":
            # Two contacts of one person are not due on one day: the register's stays, the course's is a day before.
            due = zip(renamed["person_id"], renamed["scheduled_on"], strict=True)
            renamed["scheduled_on"] = [d - DAY if (who, d) in self._due else d for who, d in due]
        return renamed

    def _counsel(self, cases: pd.DataFrame) -> None:
        if self._referrals is None:
            once = {one[0]: one for one in reversed(self._waiting)}.values()
            self._referrals = Pool(
                [one[0] for one in once],
                np.array([one[1] for one in once], dtype="datetime64[D]"),
                [(one[2],) for one in once],
            )
        around, before = ([np.timedelta64(d, "D") for d in days] for days in (AROUND_SUPPORT, BEFORE_CASE))
        for row in cases.itertuples():
            name = row.person_id
            if name in self._cases or name in self.true or name[1:7] != f"{row.referred_on:%Y%m}":
                continue  # somebody who comes back
            on: Any = np.datetime64(row.referred_on)
            at = self._supported.take(
                (row.district_code, row.age_band, row.sex), on - around[1], on - around[0]
            )
            if at is not None:
                self._counselled.add(self._supported.name[at])
                self._link(name, self._supported.name[at], "case_register", self._cases)
                continue
            at = self._referrals.take((row.district_code,), on - before[1], on - before[0])
            one = None if at is None else self._referrals.name[at]
            if one and one not in self._counselled and _alike((row.age_band, row.sex), self._who.get(one)):
                self._counselled.add(one)
                self._link(name, one, "case_referral", self._cases)
                continue
            if self.rng.random() < FALSE:
                free = np.flatnonzero(~self._supported.taken)
                if len(free):
                    at = int(free[self.rng.integers(len(free))])
                    self._supported.taken[at] = True
                    self._counselled.add(self._supported.name[at])
                    self._cases[name] = self._supported.name[at]
                    self.links["false"] += 1


def _alike(one: tuple[str, str] | None, other: tuple[str, str] | None) -> bool:
    """Whether what two records tell of age and sex may be of one person."""
    if one is None or other is None:
        return True
    return all(a == b or "unknown" in (a, b) for a, b in zip(one, other, strict=True))


def truth() -> dict[str, Any]:
    """What the truth file says of links."""
    return {
        "missing_share": MISSING, "false_share": FALSE, "referred_of_register": REFERRED,
        "counselled_of_register": COUNSELLED, "days_referral_to_register": list(BEFORE_FOUND),
        "days_support_to_case": list(AROUND_SUPPORT), "days_referral_to_case": list(BEFORE_CASE),
    }  # fmt: skip
