"""The store as answers see it: one engine an address, its notes, and the state of its data, asked for now and then."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from answers.kept import SHELF
from answers.rights import Rights
from data import cities as cities  # faces know them from here
from data import tables
from data.engine import StoreProblem as StoreProblem
from data.engine import check, make_engine, sqlite_file, state
from data.engine import problem_of as problem_of
from data.frozen import GONE, MADE, NOTE, latest
from data.patience import Identity, identity

# What the product itself writes beside batches, and what changes when a row comes or is withdrawn.
OWN = {
    "assumption_edit": (func.max(tables.assumption_edit.c.edit_id),),
    "scenario": (
        func.count(),
        func.count(tables.scenario.c.withdrawn_at),
        func.max(tables.scenario.c.recorded_at),
    ),
    "resolution": (
        func.count(),
        func.count(tables.resolution.c.withdrawn_at),
        func.max(tables.resolution.c.resolution_id),
    ),
    "registration": (func.count(), func.max(tables.registration.c.registration_id)),
    "alert": (func.count(), func.count(tables.alert.c.ended_at), func.max(tables.alert.c.alert_id)),
    "kept_forecast": (func.count(), func.max(tables.kept_forecast.c.made_at)),
}
CHECK_EVERY_S = 20.0
VERSION_EVERY_S = 1.0
SEOUL = ZoneInfo("Asia/Seoul")
FALLBACK_DAY = "2026-10-31"


@dataclass(frozen=True)
class State:
    """What the data stand at: the newest batch, the newest of each table, the kept studies with stamp and fingerprint, the latest release.

    `file` and `last` (how many batches of each table there are, and when the latest was recorded) tell whether it is still the same store.
    """

    asked_at: float = 0.0
    version: int = -1
    file: Identity = None
    last: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    batches: Mapping[str, int] = field(default_factory=dict)
    studies: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    release: int = 0


@dataclass(frozen=True)
class Frozen:
    """A release: its number, when it was made (naive UTC), and the tables that had rows which it does not hold."""

    number: int
    made_at: datetime
    gone: frozenset[str]

    @property
    def day(self) -> str:
        """The day on which it was made, by Seoul's calendar (YYYY-MM-DD)."""
        return f"{self.made_at.replace(tzinfo=UTC).astimezone(SEOUL):%Y-%m-%d}"


class Store:
    """One store. `of` gives the one of an address, `of_city` a city's; it lives as long as the process."""

    _known: dict[str, Store] = {}
    _lock = threading.Lock()

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine: Engine | None = None
        self._checked: tuple[float, dict[str, str]] = (0.0, {})
        self._state = State()
        self._mine: dict[str, tuple[str, str]] = {}  # studies that the store could not keep, as in State

    @classmethod
    def of(cls, url: str) -> Store:
        """The store of an address."""
        with cls._lock:
            return cls._known.setdefault(url, Store(url))

    @classmethod
    def of_city(cls, city: str) -> Store:
        """The store of a city."""
        return cls.of(cities.address(city))

    @classmethod
    def of_release(cls, city: str, number: int) -> Store:
        """The store of a city's release."""
        return cls.of(cities.of_release(cities.address(city), number))

    @classmethod
    def shown(cls, city: str, rights: Rights, release: int = 0) -> Store:
        """The store that whoever has these rights is shown of a city: the latest release, or the live one.

        Where nothing has been released yet that is the live one too; a reader refuses it where it is the office's.

        Args:
            release: one that is asked for by its number; what is in force is shown where there is none.
        """
        live = cls.of_city(city)
        if release and release in live.releases():
            return cls.of_release(city, release)
        return (live.latest() if rights.released else None) or live

    @property
    def engine(self) -> Engine:
        """Its engine."""
        if self._engine is None:
            self._engine = make_engine(self.url)
        return self._engine

    def notes(self) -> dict[str, str]:
        """The store's notes, checked again every few seconds.

        Raises:
            StoreProblem: when the store cannot serve.
        """
        at, found = self._checked
        if self._state.version >= 0 and self._file() != self._state.file:
            found = {}
        if not found or time.monotonic() - at > CHECK_EVERY_S:
            found = check(self.engine)
            self._checked = (time.monotonic(), found)
        return found

    def forget(self) -> None:
        """Check again at the next question, over new connections: something went wrong."""
        self._checked = (0.0, {})
        self._state = replace(self._state, asked_at=0.0)
        if self._engine is not None:
            self._engine.dispose()

    @classmethod
    def forget_all(cls) -> None:
        """The same of every store of this process."""
        with cls._lock:
            known = list(cls._known.values())
        for store in known:
            store.forget()

    def _replaced(self) -> None:
        """Another store stands in its place: nothing that was made of the former one may be shown."""
        self._checked = (0.0, {})
        self._mine = {}
        SHELF.forget(self.url)

    def changed(self) -> None:
        """Ask for the data's state again: this process has just written to it."""
        self._state = replace(self._state, asked_at=0.0)

    @property
    def city(self) -> str:
        """Whose figures it holds: the demonstration's or the office's."""
        return self.notes()["city"]

    @property
    def as_of(self) -> date:
        """The day that the data speak for."""
        return date.fromisoformat(self.notes().get("as_of", FALLBACK_DAY))

    @property
    def release(self) -> Frozen | None:
        """Which release it is; None of a live store."""
        notes = self.notes()
        if NOTE not in notes:
            return None
        return Frozen(int(notes[NOTE]), datetime.fromisoformat(notes[MADE]), frozenset(notes[GONE].split()))

    def latest(self) -> Store | None:
        """The store of a live store's newest release; None where there is none.

        Raises:
            StoreProblem: the live store cannot serve.
        """
        self.notes()
        number = self._now().release
        return Store.of(cities.of_release(self.url, number)) if number else None

    def releases(self) -> range:
        """The numbers of a live store's releases, the newest first.

        Raises:
            StoreProblem: the live store cannot serve.
        """
        self.notes()
        return range(self._now().release, 0, -1)

    def _now(self) -> State:
        known = self._state
        if known.version < 0 or time.monotonic() - known.asked_at > VERSION_EVERY_S:
            found = self._asked()
            if _is_another(known, found):
                self._replaced()
            self._state = known = found
        return known

    def _file(self) -> Identity:
        """Which file holds it; None of a server."""
        file = sqlite_file(self.url)
        return None if file is None else identity(file)

    def _asked(self) -> State:
        """The state, asked of the store."""
        b, study = tables.batch.c, tables.study.c
        is_now = self._file()
        with self.connect() as connection:
            newest = connection.execute(
                select(b.table_name, func.max(b.batch_id), func.count(), func.max(b.recorded_at)).group_by(
                    b.table_name
                )
            ).all()
            rows = connection.execute(select(study.name, study.made_at, study.fingerprint))
            studies = {str(name): (str(made), str(mark)) for name, made, mark in rows}
            for name, newest_row in OWN.items():
                own = select(*newest_row).select_from(tables.metadata.tables[name])
                studies[f"@{name}"] = (str(connection.execute(own).one()), "")
            number = latest(connection)
        batches = {str(table): int(number) for table, number, _, _ in newest}
        last = {str(table): (int(count), str(at)) for table, _, count, at in newest}
        newest_batch = max(batches.values(), default=0)
        return State(time.monotonic(), newest_batch, is_now, last, batches, studies, number)

    def version(self) -> int:
        """Changes whenever a batch lands. Asked of the store at most once a second."""
        return self._now().version

    def batches(self) -> Mapping[str, int]:
        """The newest batch of every table."""
        return self._now().batches

    def stamp(self, study: str) -> str:
        """When the kept result of a study was made; '' where there is none."""
        return self._study(study)[0]

    def stamps(self) -> dict[str, str]:
        """When each kept result was made, and what the product itself has written last (`@` before a table's name)."""
        return {name: stamp for name, (stamp, _) in self._now().studies.items()}

    def study_state(self, study: str) -> str:
        """The fingerprint of the kept result of a study; '' where there is none."""
        return self._study(study)[1]

    def remember(self, study: str, stamp: str, fingerprint: str) -> None:
        """A study has been made that the store cannot keep: it stands in this process until a newer one is kept."""
        self._mine[study] = (stamp, fingerprint)

    def _study(self, name: str) -> tuple[str, str]:
        nothing = ("", "")
        return max(self._now().studies.get(name, nothing), self._mine.get(name, nothing))

    def connect(self) -> Connection:
        """A reading connection.

        Raises:
            StoreProblem: the store went away.
        """
        try:
            return self.engine.connect()
        except (DBAPIError, PoolTimeout) as error:
            raise problem_of(error) or error from error


def _is_another(known: State, found: State) -> bool:
    """Whether what is found cannot be what was known, gone on: another file, or batches that are gone or have changed."""
    if known.version < 0:
        return False
    if known.file != found.file or any(table not in found.batches for table in known.batches):
        return True
    return any(
        found.batches[table] < newest
        or found.last[table][0] < known.last[table][0]
        or (found.batches[table] == newest and found.last[table] != known.last[table])
        for table, newest in known.batches.items()
    )


class Rehearsal(Store):
    """A store as it stands inside a transaction that is not kept. Readers of it see what the transaction has written so far."""

    _numbers = itertools.count()

    def __init__(self, connection: Connection, notes: dict[str, str]) -> None:
        """Of an open connection; `notes` are the store's own, as they stood before the transaction."""
        super().__init__(f"rehearsal:{next(self._numbers)}")
        self._connection = connection
        self._before = notes

    def notes(self) -> dict[str, str]:
        """The store's notes; the day follows what the transaction has written."""
        return {**self._before, **state(self._connection)}

    def _file(self) -> Identity:
        return None

    def connect(self) -> Any:
        """The transaction's own connection, which outlives the reading."""
        return nullcontext(self._connection)
