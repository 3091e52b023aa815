"""What is set up of programmes, as every table that points to one knows it: `programme` follows `programme_entry`."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection, insert, select, update

from data.tables import programme, programme_entry

CODE = r"[a-z][a-z0-9_]{1,39}"
TAKEN = ("task_id", "name_ko", "owner_unit", "status", "starts_on", "ends_on", "status_on", "status_reason")


def code_of(name_ko: str) -> str:
    """The code of a programme that was registered without one: the same for the same name."""
    return f"own_{hashlib.sha256(''.join(name_ko.split()).encode()).hexdigest()[:8]}"


def restate(connection: Connection, table_name: str) -> None:
    """Bring `programme` in step with the current registrations, in the caller's transaction.

    A programme whose registration was taken back stays, since rows may point to it, and is no longer listed. One that was
    never registered stays as it is.

    Args:
        table_name: the table that has changed; nothing is done for any other than `programme_entry`.
    """
    if table_name != programme_entry.name:
        return
    c = programme_entry.c
    known = {row["programme_id"]: row for row in connection.execute(select(programme)).mappings()}
    standing: set[str] = set()
    for row in connection.execute(select(programme_entry).where(c.superseded_by.is_(None))).mappings():
        standing.add(row["code"])
        values: dict[str, Any] = {name: row[name] for name in TAKEN}
        values |= {"name_en": row["name_en"] or row["name_ko"], "listed": True}
        now = known.get(row["code"])
        if now is not None and all(now[name] == value for name, value in values.items()):
            continue
        if now is not None:
            connection.execute(
                update(programme).where(programme.c.programme_id == row["code"]).values(**values)
            )
        else:
            connection.execute(insert(programme).values(programme_id=row["code"], **values))
    gone = set(connection.execute(select(c.code).distinct()).scalars()) - standing
    for code in sorted(gone):
        connection.execute(update(programme).where(programme.c.programme_id == code).values(listed=False))
