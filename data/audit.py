"""The audit trail (접속·처리 기록): who did what, appended and never changed, each entry chained to the one before it by a hash.

An entry is written in the transaction of what it tells of, so that both stand or neither. The store itself refuses to change,
to delete, or to insert an entry out of turn (triggers of migration 0016); whoever gets past them breaks the chain, and `verify`
names the first link that does not hold. An end that was cut off shows when the head that was noted outside (a backup's
manifest, `python -m data audit verify --head`) is not found again.

Entries tell of batches, tables, counts and accounts; never of a person whom the records are about.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, text

from data.engine import writing
from data.tables import audit_entry

# Kind -> Korean, English.
KINDS = {
    "sign_in": ("로그인", "Sign-in"),
    "sign_out": ("로그아웃", "Sign-out"),
    "refusal": ("거절", "Refusal"),
    "view": ("사례 단위 열람", "Case-level view"),
    "export": ("내보내기", "Export"),
    "import": ("반입", "Import"),
    "undo": ("반입 되돌림", "Undo"),
    "role": ("권한 변경", "Role change"),
    "target": ("목표 변경", "Target change"),
    "set_up": ("설정 변경", "Set-up change"),
    "assumption": ("가정·시나리오 변경", "Change of assumptions"),
    "resolution": ("결정 기록", "Resolution"),
    "registration": ("비교 등록", "Registered comparison"),
    "boundary": ("경계 반입", "Boundaries brought in"),
    "closing": ("마감·마감 해제", "Month closed or opened"),
    "release": ("공표", "Release"),
    "release_asked": ("공표 요청", "Release asked for"),
    "erasure": ("정보주체 삭제", "Erasure of a subject"),
    "retention": ("보유기간 파기", "Retention"),
    "backup": ("백업", "Backup"),
    "restore": ("복원", "Restore"),
}
# Who acts where nobody signs in: whoever sits at this machine.
LOCAL = "local"
WHO_LENGTH = 80
# The account that this thread acts for, where who calls does not say it: a face sets it before it changes anything.
ACTING: ContextVar[str] = ContextVar("acting", default=LOCAL)
FIRST = ""  # what stands for the digest of the entry before the first


@dataclass(frozen=True)
class Entry:
    """An entry as it stands. `at` is a naive UTC instant; facts are plain values by name."""

    entry_id: int
    at: str
    kind: str
    who: str
    facts: dict[str, Any]
    previous: str
    digest: str


@dataclass(frozen=True)
class Verdict:
    """What checking the chain found.

    Attributes:
        entries: how many were read. head: number and digest of the last one that holds, `0:` of an empty trail. broken: the number of the first entry that does not
            hold; None where all do. why: 'order' (an entry is missing or out of turn), 'previous' (it does not follow the one before),
            'content' (something in it was changed), 'head' (the noted head is not in the trail).
    """

    entries: int
    head: str
    broken: int | None = None
    why: str = ""


def written(place: Connection | Engine, kind: str, who: str = LOCAL, *, at: datetime, **facts: object) -> int:
    """Append an entry; returns its number.

    Args:
        place: a connection inside a write transaction (the entry stands or falls with it), or an engine (one of its own).
        kind: one of `KINDS`. who: the account, cut to `WHO_LENGTH`. at: naive UTC. facts: plain values by name.

    Raises:
        ValueError: an unknown kind, nobody, an instant with a zone, or a fact that is no plain value.
        StoreProblem: the store cannot be written.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    who = ACTING.get() if who == LOCAL else who
    if not who.strip():
        raise ValueError("who must not be empty")
    if at.tzinfo is not None:
        raise ValueError("at must be a naive UTC instant")
    told = _plain(facts)
    if isinstance(place, Engine):
        with writing(place) as connection:
            return _append(connection, kind, who.strip()[:WHO_LENGTH], at.isoformat(), told)
    return _append(place, kind, who.strip()[:WHO_LENGTH], at.isoformat(), told)


def _plain(facts: dict[str, object]) -> str:
    """Facts as JSON of one form."""
    for name, value in facts.items():
        parts = value if isinstance(value, list | tuple) else [value]
        if not all(part is None or isinstance(part, str | int | float | bool) for part in parts):
            raise ValueError(f"{name} must be text, a number, a truth value, nothing, or a list of these")
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _append(connection: Connection, kind: str, who: str, at: str, facts: str) -> int:
    if connection.dialect.name == "postgresql":
        # One appends at a time; readers go on. SQLite's write transactions come one after another by themselves.
        connection.execute(text("LOCK TABLE audit_entry IN SHARE ROW EXCLUSIVE MODE"))
    number, previous = _last(connection)
    row = {"entry_id": number + 1, "at": at, "kind": kind, "who": who, "facts": facts, "previous": previous}
    connection.execute(insert(audit_entry).values(**row, digest=_digest(row)))
    return number + 1


def _last(connection: Connection) -> tuple[int, str]:
    c = audit_entry.c
    found = connection.execute(select(c.entry_id, c.digest).order_by(c.entry_id.desc()).limit(1)).first()
    return (int(found.entry_id), str(found.digest)) if found else (0, FIRST)


def _digest(row: dict[str, Any]) -> str:
    """SHA-256 over everything that an entry says and the digest of the one before; lengths keep fields apart."""
    hashed = hashlib.sha256()
    for name in ("entry_id", "at", "kind", "who", "facts", "previous"):
        part = str(row[name]).encode()
        hashed.update(f"{len(part)}:".encode() + part)
    return hashed.hexdigest()


def head(connection: Connection) -> str:
    """Number and digest of the newest entry, to be noted outside of the store; `0:` where there is none."""
    number, digest = _last(connection)
    return f"{number}:{digest}"


def verify(connection: Connection, *, noted: str | None = None) -> Verdict:
    """Check every link from the first entry on.

    Args:
        noted: a head that was noted before (`head`); it must be found again.
    """
    number, previous, last = 0, FIRST, "0:"
    wanted, _, digest = (noted or "0:").partition(":")
    met = wanted == "0"
    for row in _rows(connection):
        why = ""
        if row["entry_id"] != number + 1:
            why = "order"
        elif row["previous"] != previous:
            why = "previous"
        elif row["digest"] != _digest(row):
            why = "content"
        elif str(row["entry_id"]) == wanted and row["digest"] != digest:
            why = "head"
        if why:
            return Verdict(number, last, int(row["entry_id"]) if why != "order" else number + 1, why)
        number, previous = number + 1, str(row["digest"])
        last = f"{number}:{previous}"
        met = met or str(number) == wanted
    return Verdict(number, last) if met else Verdict(number, last, number + 1, "head")


def entries(
    connection: Connection, *, last: int | None = None, kinds: tuple[str, ...] = (), who: str | None = None
) -> list[Entry]:
    """Entries, the newest first.

    Args:
        last: at most so many. kinds: of these kinds alone. who: of this account alone.
    """
    c = audit_entry.c
    chosen = select(audit_entry).order_by(c.entry_id.desc()).limit(last)
    if kinds:
        chosen = chosen.where(c.kind.in_(kinds))
    if who is not None:
        chosen = chosen.where(c.who == who)
    return [
        Entry(**{**row, "facts": json.loads(row["facts"])}) for row in connection.execute(chosen).mappings()
    ]


def _rows(connection: Connection) -> Iterator[dict[str, Any]]:
    chosen = select(audit_entry).order_by(audit_entry.c.entry_id).execution_options(yield_per=1000)
    for row in connection.execute(chosen).mappings():
        yield dict(row)
