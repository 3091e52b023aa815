"""What meetings agree on things that need a decision: who does what by when. Nothing is overwritten, a row is only withdrawn."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
from sqlalchemy import Connection, Engine, insert, select, update

from data import audit
from data import tables as t
from data.batches import read_frame
from data.engine import writing
from data.imports.problems import typed

OWNER_LENGTH, WORD_LENGTH = 60, 400


def agree(
    engine: Engine,
    *,
    domain: str,
    subject: str,
    said: str,
    agreed: str,
    owner: str,
    due: date | None,
    as_of: date,
    author: str,
    recorded_at: datetime,
) -> None:
    """Write down what was agreed.

    Raises:
        ValueError: nothing agreed, no owner or no author. StoreProblem: the store cannot be written.
    """
    words = {
        "agreed": typed(agreed, WORD_LENGTH),
        "owner": typed(owner, OWNER_LENGTH),
        "author": typed(author, OWNER_LENGTH),
    }
    row = {
        **words,
        "domain": domain,
        "subject": subject,
        "said": said,
        "due": due,
        "as_of": as_of,
        "recorded_at": recorded_at,
    }
    with writing(engine) as connection:
        audit.written(
            connection,
            "resolution",
            at=recorded_at,
            domain=domain,
            subject=subject,
            change="agreed",
            author=words["author"],
        )
        connection.execute(insert(t.resolution).values(row))


def withdraw(engine: Engine, resolution_id: int, *, at: datetime) -> None:
    """Take a row off the list; it stays in the store.

    Raises:
        StoreProblem: the store cannot be written.
    """
    c = t.resolution.c
    with writing(engine) as connection:
        audit.written(connection, "resolution", at=at, resolution=resolution_id, change="withdrawn")
        connection.execute(
            update(t.resolution)
            .where(c.resolution_id == resolution_id, c.withdrawn_at.is_(None))
            .values(withdrawn_at=at)
        )


def listing(connection: Connection) -> pd.DataFrame:
    """Rows that were not withdrawn, newest first; due is a date or None."""
    c = t.resolution.c
    return read_frame(
        connection, select(t.resolution).where(c.withdrawn_at.is_(None)).order_by(c.resolution_id.desc())
    )
