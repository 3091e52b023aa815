"""Releases that are asked for: the app's account writes the request, a service with the rights to make releases answers it.

A release lays out a store of its own. Where the app may do that itself (SQLite, or one account that owns everything) it does, and
nothing stands here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from data import audit, logs, releases
from data.alone import alone
from data.cities import schema_of
from data.engine import StoreProblem, check, make_engine, problem_of, writing
from data.releases import REMARK, NoRelease
from data.tables import release_request

WAITING, MAKING, DONE, REFUSED = "waiting", "making", "done", "refused"
OPEN = (WAITING, MAKING)
# Why a request is refused, beside the reasons of `NoRelease`; why one waits, beside them, is `STORE`.
WITHDRAWN, STALE, FAILED, STORE = "withdrawn", "stale", "failed", "store"
EVERY_S = 2.0
PATIENT = timedelta(
    minutes=15
)  # how long a request is tried again: studies behind the records, a store that cannot be written
VALID = timedelta(
    hours=1
)  # nobody expects what was asked for before a night, or before a backup was restored

_log = logging.getLogger("ieum.releases")
_c = release_request.c


@dataclass(frozen=True)
class Request:
    """A release that was asked for.

    Attributes:
        asked_at, answered_at: naive UTC. state: of waiting, making, done, refused. reason, detail: as `NoRelease`, or one of
            withdrawn, stale, failed, store. number: of the release.
    """

    request_id: int
    asked_at: datetime
    who: str
    remark: str
    state: str
    reason: str | None = None
    detail: str | None = None
    number: int | None = None
    answered_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether its answer is still to come."""
        return self.state in OPEN


def may_make(engine: Engine) -> bool:
    """Whether this account may make releases itself."""
    if engine.dialect.name != "postgresql":
        return True
    place = schema_of(engine.url.render_as_string(hide_password=False))
    asked = text(
        "SELECT has_database_privilege(current_database(), 'CREATE') AND has_table_privilege(:release, 'INSERT')"
    )
    with engine.connect() as connection:
        return bool(connection.execute(asked, {"release": f"{place}.release"}).scalar())


def newest(connection: Connection) -> Request | None:
    """The last request; None where none was ever made."""
    row = connection.execute(select(release_request).order_by(_c.request_id.desc()).limit(1)).one_or_none()
    return None if row is None else Request(**row._mapping)


def ask(engine: Engine, *, at: datetime, remark: str = "", who: str = audit.LOCAL) -> Request:
    """Ask for a release; with one in the making nothing is written.

    Args:
        at: naive UTC. remark: what it is for, in a sentence.

    Raises:
        NoRelease: busy (one is asked for already).
        StoreProblem: the store cannot be written.
    """
    told: dict[str, Any] = {
        "asked_at": at,
        "who": who[: audit.WHO_LENGTH],
        "remark": remark.strip()[:REMARK],
        "state": WAITING,
    }
    with writing(engine) as connection:
        # The trail is one after the other: who asks at the same moment waits here, and then finds this request.
        audit.written(connection, "release_asked", told["who"], at=at, remark=told["remark"])
        last = newest(connection)
        if last is not None and last.is_open:
            raise NoRelease("busy")
        made = connection.execute(insert(release_request).values(**told))
    return Request(int((made.inserted_primary_key or (0,))[0]), **told)


def answer(engine: Engine, now: Callable[[], datetime]) -> Request | None:
    """Make the release that has been asked for, if one has; the request as it then stands.

    One that a service left in the making when it ended is made anew. Where studies are behind the records, or the store cannot be
    written, it is tried again for a while; what fails otherwise is refused, so that nobody waits for it.

    Raises:
        StoreProblem: the request itself cannot be read or written.
    """
    with alone(engine, "release-requests") as mine:
        if not mine:
            return None
        with engine.connect() as connection:
            asked = newest(connection)
            if asked is None or not asked.is_open:
                return None
            behind = releases.behind(connection)
        age = now() - asked.asked_at
        told: dict[str, Any]
        if age > VALID:
            told = {"state": REFUSED, "reason": STALE}
        elif behind and age < PATIENT:
            told = {"state": WAITING, "reason": "late", "detail": ", ".join(behind)}
            if told == {name: getattr(asked, name) for name in told}:
                return asked
        elif not _note(engine, asked, OPEN, state=MAKING, reason=None, detail=None):
            return None
        else:
            told = _made(engine, asked, now, patient=age < PATIENT)
        _note(engine, asked, OPEN, **told, answered_at=None if told["state"] == WAITING else now())
        with engine.connect() as connection:
            return newest(connection)


def _made(engine: Engine, asked: Request, now: Callable[[], datetime], *, patient: bool) -> dict[str, Any]:
    """Make it; how the request then stands."""
    try:
        made = releases.make(engine, at=now(), remark=asked.remark, who=asked.who)
    except NoRelease as problem:
        waits = patient and problem.reason in ("late", "busy")
        return {"state": WAITING if waits else REFUSED, "reason": problem.reason, "detail": problem.detail}
    except (StoreProblem, DBAPIError, PoolTimeout) as error:
        _log.warning("a release could not be made: %s", type(error).__name__, exc_info=error)
        return {"state": WAITING if patient else REFUSED, "reason": STORE if patient else FAILED}
    except Exception as error:
        _log.exception("a release could not be made", exc_info=error)
        return {"state": REFUSED, "reason": FAILED}
    return {"state": DONE, "reason": None, "detail": None, "number": made.number}


def withdraw(engine: Engine, asked: Request, *, at: datetime, who: str = audit.LOCAL) -> bool:
    """Take back a request that no service has taken up; whether it was still waiting.

    Raises:
        StoreProblem: the store cannot be written.
    """
    with writing(engine) as connection:
        told = {"state": REFUSED, "reason": WITHDRAWN, "detail": None, "answered_at": at}
        done = _put(connection, asked, (WAITING,), told)
        if done:
            audit.written(connection, "release_asked", who, at=at, request=asked.request_id, withdrawn=True)
    return done


def _note(engine: Engine, asked: Request, of: Sequence[str], **told: object) -> bool:
    with writing(engine) as connection:
        return _put(connection, asked, of, told)


def _put(connection: Connection, asked: Request, of: Sequence[str], told: dict[str, Any]) -> bool:
    """Write how a request stands, if it still is in one of some states; whether it was."""
    found = connection.execute(
        update(release_request).where(_c.request_id == asked.request_id, _c.state.in_(of)).values(**told)
    )
    return bool(found.rowcount)


def serve(
    urls: Sequence[str], now: Callable[[], datetime], *, ended: Event, every_s: float = EVERY_S
) -> None:
    """Answer requests of some stores until told to end. A store that cannot serve is tried again, and keeps no other waiting.

    Args:
        urls: addresses with an account that may make releases.
    """
    engines = [make_engine(url) for url in urls]
    silent: dict[Engine, str] = {}
    while not ended.is_set():
        for engine in engines:
            try:
                check(engine)
                found = answer(engine, now)
            except (StoreProblem, DBAPIError, PoolTimeout) as error:
                kind = getattr(problem_of(error), "kind", "unknown")
                if silent.get(engine) != kind:
                    _log.warning("no release can be made: %s", kind)
                silent[engine] = kind
                continue
            silent.pop(engine, None)
            if found is not None and not found.is_open:
                logs.note(
                    "release answered",
                    request=found.request_id,
                    state=found.state,
                    number=found.number,
                    reason=found.reason,
                )
        ended.wait(every_s)
    for engine in engines:
        engine.dispose()
