"""Runs migrations, all pending ones in a single transaction: when one fails, nothing of any of them stays.

The caller may pass its own connection as `config.attributes["connection"]`, and then owns the transaction.
Otherwise (`alembic upgrade head`, `alembic revision --autogenerate`) it is the very store that DATABASE_URL names.
"""

from __future__ import annotations

import os

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection

from data.engine import DEFAULT_URL, make_engine, make_file, sqlite_file, writing
from data.tables import metadata


def run(connection: Connection) -> None:
    """Runs what Alembic was asked for on a connection that is inside a write transaction."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        # Alembic takes SQLite's DDL for untransactional; after the BEGIN that data.engine sends, it is not.
        transactional_ddl=True,
        # SQLite changes a column by rebuilding its table.
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    raise CommandError("Migrations need a database to talk to; writing them out as SQL is not supported.")

given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    address = os.environ.get("DATABASE_URL") or DEFAULT_URL
    if (file := sqlite_file(address)) is not None:
        make_file(file)
    with writing(make_engine(address)) as own:
        run(own)
