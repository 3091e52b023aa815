"""One process at a time: a lock of a store that ends with the process that holds it, however that ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from data.engine import sqlite_file

# What is done by one process at a time -> PostgreSQL's number for it.
NUMBERS = {"studies": 0x1E0A, "releases": 0x1E0B, "release-requests": 0x1E0C}


@contextmanager
def alone(engine: Engine, what: str) -> Iterator[bool]:
    """Whether this process is the one that does something of `NUMBERS` to a store; held until the block ends."""
    path = sqlite_file(engine.url.render_as_string(hide_password=False))
    if path is None:
        with engine.connect() as connection:
            # A connection of its own: put back among the others it would hold the lock for nobody.
            connection.detach()
            # Two cities stand in one database: the lock is a schema's.
            asked = "SELECT {}(:n, hashtext(current_schema()))"
            number = {"n": NUMBERS[what]}
            got = bool(connection.execute(text(asked.format("pg_try_advisory_lock")), number).scalar())
            connection.commit()
            try:
                yield got
            finally:
                # A closed connection's lock goes when the server has noticed it: the next to ask should not find it held.
                with suppress(OperationalError):  # the server itself is gone, and its locks with it
                    connection.execute(text(asked.format("pg_advisory_unlock")), number)
        return
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows: two do the same, and the later one stays
        yield True
        return
    with open(path.with_suffix(f".{what}.lock"), "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
