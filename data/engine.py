"""One door to the store: engine, write transactions, migrations and a plain statement of what is wrong.

SQLite is the embedded default (WAL, foreign keys on); PostgreSQL serves a team. Python 3.11's driver leaves
DDL outside transactions unless BEGIN is sent by hand, so it is sent by hand here.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_URL = f"sqlite:///{ROOT / 'var' / 'ieum.db'}"
BUSY_TIMEOUT_MS = 10_000
WRITE_TRIES = 4


class StoreProblem(Exception):
    """The store cannot serve. `kind` names a sentence in the locales: absent, empty, unreachable, old, newer,
    incomplete, readonly, busy or full."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind
        self.detail = detail


def make_engine(url: str) -> Engine:
    """An engine for a SQLite or PostgreSQL URL.

    Nothing is created: a SQLite file that is absent stays absent until `build` or `migrate` makes it.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(
            url, hide_parameters=True, pool_pre_ping=True, connect_args={"connect_timeout": 5}
        )
    engine = create_engine(url, hide_parameters=True)  # a failing statement would tell its values to the log

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we send BEGIN ourselves
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA cache_size = -65536")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A reader that later writes fails at once with SQLITE_BUSY_SNAPSHOT: writers lock first.
        writer = connection.get_execution_options().get("ieum_writer", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


def sqlite_file(url: str) -> Path | None:
    """The file behind a SQLite URL, or None for a server."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return None
    return Path(parsed.database.removeprefix("file:"))


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection inside one write transaction, committed at the end and rolled back on any error.

    Raises:
        StoreProblem: readonly, busy or full, when the database itself refuses to write.
    """
    with engine.connect().execution_options(ieum_writer=True) as connection:
        transaction = _begin_with_retry(connection)
        try:
            yield connection
            transaction.commit()
        except BaseException as error:
            _roll_back(transaction)
            problem = _as_problem(error)
            if problem is not None:
                raise problem from error
            raise


def _begin_with_retry(connection: Connection) -> Any:
    for attempt in range(1, WRITE_TRIES + 1):
        try:
            return connection.begin()
        except OperationalError as error:
            problem = _as_problem(error)
            if problem is None or problem.kind != "busy" or attempt == WRITE_TRIES:
                raise (problem or error) from error
            time.sleep(0.2 * attempt)
    raise StoreProblem("busy")


def _roll_back(transaction: Any) -> None:
    # On a full disk SQLite has rolled back by itself and says that there is no transaction.
    with suppress(SQLAlchemyError):
        transaction.rollback()


def _as_problem(error: BaseException) -> StoreProblem | None:
    if not isinstance(error, DBAPIError):
        return None
    said = str(error.orig).lower()
    for words, kind in (
        ("readonly", "readonly"),
        ("read-only", "readonly"),
        ("locked", "busy"),
        ("is full", "full"),
        ("unable to open", "unreachable"),
        ("connection refused", "unreachable"),
    ):
        if words in said:
            return StoreProblem(kind, said)
    return None


def _alembic_config(connection: Connection) -> Any:
    from alembic.config import Config

    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["connection"] = connection
    return config


def _scripts() -> Any:
    """The migrations of this code."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return ScriptDirectory.from_config(config)


def newest_revision() -> str:
    """The revision that this code expects: the number of the last migration's file, by which migrations are named.

    Alembic says the same (a test compares them), but its import would hold up the first page by 0.1 s.
    """
    found = sorted(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    if not found:
        raise StoreProblem("old", "no migration found")
    return found[-1]


def migrate(engine: Engine, *, to: str = "head") -> None:
    """Bring the store to a revision in one transaction: a failing migration leaves nothing behind."""
    from alembic import command

    path = sqlite_file(str(engine.url.render_as_string(hide_password=False)))
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA journal_mode = WAL")
    with writing(engine) as connection:
        if path is None:
            _make_schema(connection)
        command.upgrade(_alembic_config(connection), to)


def _make_schema(connection: Connection) -> None:
    """A PostgreSQL store of a city is a schema: make the one that the address names where it is not there."""
    if connection.execute(text("SELECT current_schema()")).scalar() is None:
        named = str(connection.execute(text("SHOW search_path")).scalar())
        connection.execute(text(f"CREATE SCHEMA {named}"))


def draft_migration(message: str) -> Path | None:
    """Write a migration from the newest revision to what `data.tables` declares; None where they say the same.

    The comparison runs on a fresh store of its own, so that nobody's store has to be at hand or up to date.
    """
    from alembic import command
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from data.tables import metadata

    with TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/draft.db")
        migrate(engine)
        with writing(engine) as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            if not compare_metadata(context, metadata):
                return None
            number = f"{int(newest_revision()) + 1:04d}"
            made = command.revision(
                _alembic_config(connection), message=message, autogenerate=True, rev_id=number
            )
        engine.dispose()
    return Path(made.path) if made is not None and not isinstance(made, list) else None


def state(connection: Connection) -> dict[str, str]:
    """The store's own notes (as_of, built, fonts …) as a dictionary."""
    rows = connection.execute(text("SELECT name, value FROM store_state"))
    return {str(name): str(value) for name, value in rows}


def set_state(connection: Connection, **values: str) -> None:
    """Write notes into `store_state`, replacing what stands under the same name."""
    for name, value in values.items():
        connection.execute(text("DELETE FROM store_state WHERE name = :n"), {"n": name})
        connection.execute(
            text("INSERT INTO store_state (name, value) VALUES (:n, :v)"), {"n": name, "v": value}
        )


def pseudonym_key(engine: Engine, given: str | None) -> str:
    """The key that turns person ids into pseudonyms: the one given, else one made once and kept with the store."""
    if given:
        return given
    with writing(engine) as connection:
        kept = state(connection).get("pseudonym_key")
        if kept is None:
            kept = secrets.token_hex(32)
            set_state(connection, pseudonym_key=kept)
    return kept


def check(engine: Engine) -> dict[str, str]:
    """Return the store's notes if it can serve.

    Raises:
        StoreProblem: absent, unreachable, old, newer, incomplete or empty.
    """
    path = sqlite_file(engine.url.render_as_string(hide_password=False))
    if path is not None and not path.exists():
        raise StoreProblem("absent", path.name)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                raise StoreProblem("absent" if path is None else "incomplete")
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            if found != newest_revision():
                raise StoreProblem("newer" if _is_unknown(found) else "old", str(found))
            notes = state(connection)
    except (OperationalError, DBAPIError) as error:
        raise StoreProblem("unreachable", type(error).__name__) from error
    if notes.get("built") != "yes" or "city" not in notes:
        raise StoreProblem("incomplete")
    return notes


def _is_unknown(revision: str | None) -> bool:
    from alembic.util.exc import CommandError

    if revision is None:
        return False
    try:
        return _scripts().get_revision(revision) is None
    except CommandError:
        return True
