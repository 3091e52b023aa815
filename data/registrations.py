"""Comparisons that are registered before looking. A row is never changed or taken away; a change is a new row that names the old one.

Each row keeps its content as text with the SHA-256 of that text. The same digest stands in the audit trail, whose entries hang together: content that was changed
in the store no longer fits either.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, Engine, insert, select

from data import audit
from data import tables as t
from data.batches import read_frame
from data.engine import writing

AUTHOR_LENGTH, REASON_LENGTH = 60, 400


def register(
    engine: Engine,
    *,
    content: str,
    measure: str,
    design: str,
    programme: str,
    known_to: int | None,
    replaces: str,
    reason: str,
    author: str,
    recorded_at: datetime,
) -> str:
    """Keep a comparison, and return the digest of its content.

    Raises:
        ValueError: the registration that it changes is not there. StoreProblem: the store cannot be written.
    """
    digest = hashlib.sha256(content.encode("utf-8")).hexdigest()
    with writing(engine) as connection:
        if replaces and not connection.scalar(
            select(t.registration.c.registration_id).where(t.registration.c.digest == replaces)
        ):
            raise ValueError(f"no registration has the digest {replaces}")
        audit.written(
            connection,
            "registration",
            at=recorded_at,
            digest=digest,
            measure=measure,
            design=design,
            replaces=replaces,
            author=author,
        )
        connection.execute(
            insert(t.registration).values(
                digest=digest,
                replaces=replaces,
                measure=measure,
                design=design,
                programme=programme,
                known_to=known_to,
                content=content,
                reason=reason,
                author=author,
                recorded_at=recorded_at,
            )
        )
    return digest


def listing(connection: Connection) -> pd.DataFrame:
    """All registrations, newest first, with `whole`: whether the content still has its digest."""
    rows = read_frame(connection, select(t.registration).order_by(t.registration.c.registration_id.desc()))
    found = [hashlib.sha256(text.encode("utf-8")).hexdigest() for text in rows["content"]]
    return rows.assign(whole=[a == b for a, b in zip(found, rows["digest"], strict=True)])
