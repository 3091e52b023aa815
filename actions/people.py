"""What an administrator does and sees: people, roles, sessions, and the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from answers.signin import SESSIONS
from answers.store import Store
from answers.viewer import Viewer
from data import audit, people
from data.audit import Entry as Entry
from data.people import ROLES as ROLES
from data.people import Person as Person
from data.people import Refused as Refused
from data.people import Session as Session

MOST_ENTRIES = 200


def everybody(store: Store) -> list[Person]:
    """Everybody who is entered."""
    with store.connect() as connection:
        return people.everybody(connection)


def sessions(store: Store, at: datetime) -> list[Session]:
    """Every session that stands."""
    with store.connect() as connection:
        return people.sessions(connection, at)


def seen_before(store: Store, who: Viewer) -> datetime | None:
    """When somebody who is signed in was here before this session, naive UTC; None where that is not known."""
    if not who.session:
        return None
    with store.connect() as connection:
        return people.seen_before(connection, who.session)


def trail(store: Store, kinds: tuple[str, ...] = ()) -> list[Entry]:
    """The newest entries of the audit trail."""
    with store.connect() as connection:
        return audit.entries(connection, last=MOST_ENTRIES, kinds=kinds)


def put(
    store: Store, who: Viewer, email: str, *, name: str, role: str, districts: Sequence[str], at: datetime
) -> Person:
    """Enter somebody, or give somebody who is entered another role; '' takes the role away and ends every session.

    Raises:
        Refused: it cannot be done; the reason has a sentence in the locales.
        StoreProblem: the store does not take it.
    """
    known = {one.email for one in everybody(store)}
    here = email.strip().lower() in known
    if not role:
        found = people.revoke(store.engine, email, by=who.name, at=at)
    elif here:
        found = people.give(store.engine, email, role, districts=districts, by=who.name, at=at)
    else:
        more = {"name": name, "role": role, "districts": districts}
        found = people.add(store.engine, email, by=who.name, at=at, **more)  # type: ignore[arg-type]
    SESSIONS.forget()
    return found


def end(store: Store, who: Viewer, session_id: str, at: datetime) -> bool:
    """End somebody's session at once; False where it had ended before."""
    done = people.end(store.engine, session_id, why="ended", by=who.name, at=at)
    SESSIONS.forget(session_id)
    return done


def acting(who: Viewer) -> None:
    """From here on what this thread changes is this viewer's in the audit trail."""
    audit.ACTING.set(who.name or who.role)


def exported(store: Store, who: Viewer, *, what: str, reason: str, at: datetime) -> None:
    """Note that somebody took figures along that hold more than what is published."""
    audit.written(store.engine, "export", who.name or who.role, at=at, what=what, reason=reason)


def looked(store: Store, who: Viewer, *, what: str, at: datetime) -> None:
    """Note that somebody opened the raw figures of a question."""
    audit.written(store.engine, "view", who.name or who.role, at=at, what=what, districts=list(who.districts))
