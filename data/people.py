"""Who may sign in, with which role and for which districts; and the sessions of those who did.

The tables stand in the office's store. A session is known by the hash of what the browser keeps, ends after half an hour without
a touch and eight hours in any case, and can be ended from here at once. What changes a right leaves an entry in the audit trail.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update

from data import audit
from data.engine import writing
from data.tables import district, person, person_role, sign_in

ROLES = ("council", "manager", "analyst", "importer", "admin")
# What a claim of the identity provider may seed at the first sign-in; administrators are made by command or by another one.
SEEDED = ("council", "manager", "analyst", "importer")
IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=8)
TOUCH_EVERY = timedelta(minutes=1)


class Refused(ValueError):
    """A change that cannot be made. `reason` is one of role, district, email, name, unknown, known, last_admin."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Person:
    """Somebody who may sign in; `role` is '' where none is in force."""

    person_id: int
    email: str
    name: str
    role: str = ""
    districts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Session:
    """A session that stands, and whose it is."""

    session_id: str
    person: Person
    origin: str
    opened_at: datetime
    seen_at: datetime

    def stands(self, at: datetime) -> bool:
        """Whether it has not run out."""
        return at - self.opened_at < ABSOLUTE and at - self.seen_at < IDLE


# --- People and roles -----------------------------------------------------------------------------------


def add(
    engine: Engine,
    email: str,
    *,
    name: str,
    role: str,
    districts: Sequence[str] = (),
    by: str,
    at: datetime,
) -> Person:
    """Enter somebody with a role.

    Raises:
        Refused: an unknown role or district, no e-mail or name, or somebody who is known already.
    """
    plain = _email(email)
    if not name.strip():
        raise Refused("name")
    with writing(engine) as connection:
        if _by_email(connection, plain) is not None:
            raise Refused("known", plain)
        scope = _checked(connection, role, districts)
        number = _enter(connection, plain, name.strip()[:80], at)
        _give(connection, number, role, scope, by, at)
    return Person(number, plain, name.strip()[:80], role, scope)


def give(
    engine: Engine, email: str, role: str, *, districts: Sequence[str] = (), by: str, at: datetime
) -> Person:
    """Give somebody another role or other districts; the former one ends.

    Raises:
        Refused: nobody of that e-mail, an unknown role or district, or the last administrator would be gone.
    """
    with writing(engine) as connection:
        found = _known(connection, email)
        scope = _checked(connection, role, districts)
        if role != "admin":
            _not_the_last(connection, found)
        _end_role(connection, found, by, at)
        _give(connection, found.person_id, role, scope, by, at)
    return Person(found.person_id, found.email, found.name, role, scope)


def revoke(engine: Engine, email: str, *, by: str, at: datetime) -> Person:
    """Take somebody's role, and end every session of theirs.

    Raises:
        Refused: nobody of that e-mail, or the last administrator would be gone.
    """
    with writing(engine) as connection:
        found = _known(connection, email)
        _not_the_last(connection, found)
        _end_role(connection, found, by, at)
        c = sign_in.c
        mine = (c.person_id == found.person_id) & c.ended_at.is_(None)
        connection.execute(update(sign_in).where(mine).values(ended_at=at, ended_why="revoked"))
        audit.written(connection, "role", by, at=at, account=found.email, role="", before=found.role)
    return Person(found.person_id, found.email, found.name)


def everybody(connection: Connection) -> list[Person]:
    """Everybody who is entered, by e-mail."""
    return [_person(row) for row in connection.execute(_people().order_by(person.c.email)).mappings()]


def _people() -> Any:
    in_force = (person_role.c.person_id == person.c.person_id) & person_role.c.ended_at.is_(None)
    columns = (person.c.person_id, person.c.email, person.c.name, person_role.c.role, person_role.c.districts)
    return select(*columns).select_from(person.outerjoin(person_role, in_force))


def _person(row: Mapping[Any, Any]) -> Person:
    scope = tuple(code for code in (row["districts"] or "").split(",") if code)
    return Person(int(row["person_id"]), str(row["email"]), str(row["name"]), row["role"] or "", scope)


def _email(said: str) -> str:
    plain = said.strip().lower()
    if (
        plain.count("@") != 1
        or plain.startswith("@")
        or plain.endswith("@")
        or len(plain) > 200
        or " " in plain
    ):
        raise Refused("email", said)
    return plain


def _by_email(connection: Connection, email: str) -> Person | None:
    row = connection.execute(_people().where(person.c.email == email)).mappings().first()
    return None if row is None else _person(row)


def _known(connection: Connection, email: str) -> Person:
    found = _by_email(connection, _email(email))
    if found is None:
        raise Refused("unknown", email)
    return found


def _checked(connection: Connection, role: str, districts: Sequence[str]) -> tuple[str, ...]:
    if role not in ROLES:
        raise Refused("role", role)
    there = set(connection.execute(select(district.c.district_code)).scalars())
    if unknown := [code for code in districts if code not in there]:
        raise Refused("district", ", ".join(unknown))
    return tuple(sorted(set(districts)))


def _enter(
    connection: Connection,
    email: str,
    name: str,
    at: datetime,
    *,
    issuer: str | None = None,
    subject: str | None = None,
) -> int:
    row = {"email": email, "name": name, "issuer": issuer, "subject": subject, "recorded_at": at}
    key = connection.execute(insert(person).values(**row)).inserted_primary_key
    assert key is not None
    return int(key[0])


def _give(
    connection: Connection, number: int, role: str, scope: tuple[str, ...], by: str, at: datetime
) -> None:
    row = {"person_id": number, "role": role, "districts": ",".join(scope), "given_by": by, "given_at": at}
    connection.execute(insert(person_role).values(**row))
    email = connection.execute(select(person.c.email).where(person.c.person_id == number)).scalar_one()
    audit.written(connection, "role", by, at=at, account=email, role=role, districts=list(scope))


def _end_role(connection: Connection, found: Person, by: str, at: datetime) -> None:
    c = person_role.c
    mine = (c.person_id == found.person_id) & c.ended_at.is_(None)
    connection.execute(update(person_role).where(mine).values(ended_at=at, ended_by=by))


def _not_the_last(connection: Connection, found: Person) -> None:
    c = person_role.c
    admins = select(c.person_id).where(c.role == "admin", c.ended_at.is_(None))
    if found.role == "admin" and len(connection.execute(admins).all()) == 1:
        raise Refused("last_admin", found.email)


# --- Signing in -----------------------------------------------------------------------------------------


def arrived(
    engine: Engine, claims: Mapping[str, Any], *, role: str, origin: str, at: datetime
) -> tuple[str, Person]:
    """Somebody comes back from the identity provider: who it is, and a session for those who have a role.

    Whoever has come before is known by the account there, a first visit by the e-mail that the provider has verified. A role named in the
    claims is given once, to somebody who is not entered yet; after that the table alone counts.

    Args:
        claims: of the ID token, checked before. role: the one that they name, '' for none. origin: the address of the browser.

    Returns:
        What the browser is to keep, '' for somebody without a role; and the person.

    Raises:
        Refused: the claims name no account, or no verified e-mail of somebody new.
    """
    issuer, subject = str(claims.get("iss") or ""), str(claims.get("sub") or "")
    if not issuer or not subject or len(subject) > 255:
        raise Refused("unknown", "no account")
    with writing(engine) as connection:
        found = _account(connection, issuer, subject) or _first_visit(connection, claims, role, at)
        if not found.role:
            audit.written(
                connection, "refusal", found.email, at=at, what="sign_in", why="no role", origin=origin
            )
            return "", found
        token = secrets.token_urlsafe(32)
        row = {"session_id": hashed(token), "person_id": found.person_id, "origin": origin[:64]}
        connection.execute(insert(sign_in).values(**row, opened_at=at, seen_at=at))
        audit.written(connection, "sign_in", found.email, at=at, role=found.role, origin=origin)
    return token, found


def _account(connection: Connection, issuer: str, subject: str) -> Person | None:
    here = (person.c.issuer == issuer) & (person.c.subject == subject)
    row = connection.execute(_people().where(here)).mappings().first()
    return None if row is None else _person(row)


def _first_visit(connection: Connection, claims: Mapping[str, Any], role: str, at: datetime) -> Person:
    if claims.get("email_verified") is not True:
        raise Refused("email", "not verified")
    email = _email(str(claims.get("email") or ""))
    account = {"issuer": str(claims["iss"]), "subject": str(claims["sub"])}
    found = _by_email(connection, email)
    if found is not None:
        taken = connection.execute(
            select(person.c.subject).where(person.c.person_id == found.person_id)
        ).scalar()
        if taken is not None:  # an e-mail that was given to another account since
            raise Refused("known", email)
        connection.execute(update(person).where(person.c.person_id == found.person_id).values(**account))
        return found
    name = str(claims.get("name") or email).strip()[:80] or email
    number = _enter(connection, email, name, at, **account)
    if role in SEEDED:
        _give(connection, number, role, (), "claim", at)
        return Person(number, email, name, role)
    return Person(number, email, name)


def hashed(token: str) -> str:
    """What stands in the store of what the browser keeps."""
    return hashlib.sha256(token.encode()).hexdigest()


def session(connection: Connection, session_id: str, at: datetime) -> Session | None:
    """The session of a hash, where it stands and its person has a role."""
    row = connection.execute(_sessions().where(sign_in.c.session_id == session_id)).mappings().first()
    found = None if row is None else _session(row)
    return found if found is not None and found.stands(at) and found.person.role else None


def sessions(connection: Connection, at: datetime) -> list[Session]:
    """Every session that stands, the latest active first."""
    rows = connection.execute(_sessions().order_by(sign_in.c.seen_at.desc())).mappings()
    return [found for row in rows if (found := _session(row)).stands(at) and found.person.role]


def seen_before(connection: Connection, session_id: str) -> datetime | None:
    """When the person of a session was last seen in an earlier one, naive UTC; None where this is the first that is kept."""
    c, mine = sign_in.c, sign_in.alias("mine")
    whose = select(mine.c.person_id).where(mine.c.session_id == session_id).scalar_subquery()
    opened = select(mine.c.opened_at).where(mine.c.session_id == session_id).scalar_subquery()
    earlier = select(func.max(c.seen_at)).where(
        c.person_id == whose, c.session_id != session_id, c.opened_at < opened
    )
    found: datetime | None = connection.execute(earlier).scalar()
    return found


def _sessions() -> Any:
    columns = (sign_in.c.session_id, sign_in.c.origin, sign_in.c.opened_at, sign_in.c.seen_at)
    return (
        _people()
        .add_columns(*columns)
        .join(sign_in, sign_in.c.person_id == person.c.person_id)
        .where(sign_in.c.ended_at.is_(None))
    )


def _session(row: Mapping[Any, Any]) -> Session:
    return Session(row["session_id"], _person(row), row["origin"], row["opened_at"], row["seen_at"])


def touch(engine: Engine, session_id: str, at: datetime) -> None:
    """Note that a session is in use."""
    c = sign_in.c
    with writing(engine) as connection:
        connection.execute(
            update(sign_in).where(c.session_id == session_id, c.ended_at.is_(None)).values(seen_at=at)
        )


def end(engine: Engine, session_id: str, *, why: str, by: str, at: datetime) -> bool:
    """End a session; False where it had ended before.

    Args:
        why: 'signed out' or 'ended' (by somebody else).
    """
    c = sign_in.c
    with writing(engine) as connection:
        here = (c.session_id == session_id) & c.ended_at.is_(None)
        done = connection.execute(update(sign_in).where(here).values(ended_at=at, ended_why=why))
        if done.rowcount:
            audit.written(connection, "sign_out", by, at=at, session=session_id[:12], why=why)
    return bool(done.rowcount)
