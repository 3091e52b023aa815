"""One door to the store: engine, write transactions, migrations and a plain statement of what is wrong.

SQLite is the embedded default (WAL, foreign keys on); PostgreSQL serves a team. Python 3.11's driver leaves
DDL outside transactions unless BEGIN is sent by hand, so it is sent by hand here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from data import patience

ROOT = Path(__file__).resolve().parent.parent
PRIVATE = 0o600
DEFAULT_URL = f"sqlite:///{ROOT / 'var' / 'ieum.db'}"
POOL_WAIT_S, POOL_MORE = 2.0, 25  # connections beside the five that are kept


class StoreProblem(Exception):
    """The store cannot serve. `kind` names a sentence in the locales: absent, empty, unreachable, old, newer,
    incomplete, readonly, busy, full, silent (the server does not answer), damaged, denied, crowded, replaced
    or key (the pseudonyms' key is another one, or cannot be had)."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind
        self.detail = detail


def make_engine(url: str, *, wait_ms: int | None = None) -> Engine:
    """An engine for a SQLite or PostgreSQL URL.

    Nothing is created: a SQLite file that is absent stays absent until `build` or `migrate` makes it.

    Args:
        wait_ms: how long a writer waits for another; `patience.WRITE_WAIT_MS` where none is given.
    """
    waits = patience.WRITE_WAIT_MS if wait_ms is None else wait_ms
    pool = {"pool_pre_ping": True, "pool_timeout": POOL_WAIT_S, "max_overflow": POOL_MORE}
    # hide_parameters: a failing statement would tell its values to the log
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True, pool_timeout=POOL_WAIT_S, max_overflow=POOL_MORE)
        _as_sqlite(engine, sqlite_file(url), waits)
        return engine
    engine = create_engine(url, hide_parameters=True, **pool)

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, _args: Any, parameters: dict[str, Any]) -> Any:
        return patience.opened(parameters, waits)

    return engine


def _as_sqlite(engine: Engine, path: Path | None, waits: int) -> None:
    """What SQLite needs of us: our own BEGIN, short waits, and a look at whether the file is still the one that was opened."""
    if path is not None:

        @event.listens_for(engine, "do_connect")
        def _must_stand(*_: Any) -> None:
            if not path.exists():
                raise StoreProblem("absent", path.name)

        @event.listens_for(engine, "checkout")
        def _same(_connection: Any, record: Any, _proxy: Any) -> None:
            if record.info.get("file") != patience.identity(path):
                raise DisconnectionError("the file was deleted or replaced")

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # we send BEGIN ourselves
        if path is not None:
            record.info["file"] = patience.identity(path)
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {patience.READ_WAIT_MS}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA synchronous = FULL")  # what was said to be loaded outlives a power cut
        cursor.execute("PRAGMA cache_size = -65536")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A reader that later writes fails at once with SQLITE_BUSY_SNAPSHOT: writers lock first.
        if not connection.get_execution_options().get("ieum_writer", False):
            connection.exec_driver_sql("BEGIN")
            return
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {waits}")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {patience.READ_WAIT_MS}")


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
        StoreProblem: readonly, busy or full, when the database itself refuses to write; absent or replaced, when the file was
            deleted or replaced meanwhile: what was written stands nowhere.
    """
    try:
        with engine.connect().execution_options(ieum_writer=True) as connection:
            transaction = connection.begin()
            try:
                yield connection
                transaction.commit()
            except BaseException:
                _roll_back(transaction)
                raise
            _must_be_the_same(engine, connection)
    except (DBAPIError, PoolTimeout) as error:
        problem = problem_of(error)
        if problem is not None and problem.kind != UNKNOWN:
            raise problem from error
        raise


def _must_be_the_same(engine: Engine, connection: Connection) -> None:
    """A file that was deleted under an open connection takes every row and keeps none."""
    path = sqlite_file(engine.url.render_as_string(hide_password=False))
    if path is None:
        return
    found = patience.identity(path)
    if found != connection.connection.info.get("file"):
        raise StoreProblem("absent" if found is None else "replaced", path.name)


def _roll_back(transaction: Any) -> None:
    # On a full disk SQLite has rolled back by itself and says that there is no transaction.
    with suppress(SQLAlchemyError):
        transaction.rollback()


UNKNOWN = "unreachable"  # of an error that nothing more is known of
# What a database's error says is wrong, by its code, else by its words.
_CODES = {
    **{f"SQLITE_{code}": kind for code, kind in (
        ("BUSY", "busy"), ("LOCKED", "busy"), ("READONLY", "readonly"), ("FULL", "full"), ("CORRUPT", "damaged"),
        ("NOTADB", "damaged"), ("CANTOPEN", "denied"), ("PERM", "denied"), ("AUTH", "denied"))},
    "SQLITE_IOERR_SHORT_READ": "damaged",
    **{"55P03": "busy", "40P01": "busy", "25006": "readonly", "53100": "full", "53300": "crowded", "42501": "denied",
       "28000": "denied", "28P01": "denied", "XX001": "damaged", "XX002": "damaged", "42P01": "incomplete",
       "57014": "busy"},
}  # fmt: skip
_WORDS = (
    ("readonly", "readonly"),
    ("read-only", "readonly"),
    ("locked", "busy"),
    ("is full", "full"),
    ("does not answer", "silent"),
    ("timeout expired", "silent"),
    ("password", "denied"),
    ("not permitted to log in", "denied"),
    ("permission denied", "denied"),
    ("too many clients", "crowded"),
    ("remaining connection slots", "crowded"),
    ("too many connections", "crowded"),
    ("role ", "denied"),  # there is no such account
)


def problem_of(error: BaseException) -> StoreProblem | None:
    """A database's error as a problem of the store, `unreachable` where nothing more is known; None of any other error."""
    if isinstance(error, StoreProblem):
        return error
    if isinstance(error, PoolTimeout):
        return StoreProblem("busy", "no connection was free")
    if not isinstance(error, DBAPIError):
        return None
    origin = error.orig
    said = str(origin).lower()
    code = getattr(origin, "sqlite_errorname", None) or getattr(origin, "sqlstate", None) or ""
    # SQLite's codes go into detail: SQLITE_BUSY_SNAPSHOT, SQLITE_IOERR_WRITE.
    kind = _CODES.get(code) or _CODES.get("_".join(code.split("_")[:2]))
    kind = kind or next((kind for words, kind in _WORDS if words in said), UNKNOWN)
    return StoreProblem(kind, said)


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

    with _begun(engine) as connection:
        command.upgrade(_alembic_config(connection), to)


def lay_out(engine: Engine) -> None:
    """The newest layout in an empty store at once, for one that is filled from another: the way there takes seconds."""
    from alembic import command

    from data import references
    from data.tables import metadata

    with _begun(engine) as connection:
        metadata.create_all(connection)
        references.by_statement(connection)
        command.stamp(_alembic_config(connection), "head")


@contextmanager
def _begun(engine: Engine) -> Iterator[Connection]:
    """A write transaction in a store that is made where it does not stand."""
    path = sqlite_file(str(engine.url.render_as_string(hide_password=False)))
    if path is not None:
        make_file(path)
        with engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA journal_mode = WAL")
    with writing(engine) as connection:
        if path is None:
            _make_schema(connection)
        yield connection


def make_file(path: Path) -> None:
    """An empty SQLite file that its owner alone can read; one that stands is left, but for who may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, PRIVATE))
    with suppress(PermissionError):  # of somebody else: theirs to say
        path.chmod(PRIVATE)


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


def set_state(connection: Connection, **values: str | None) -> None:
    """Write notes into `store_state`, replacing what stands under the same name; None takes a note away."""
    for name, value in values.items():
        connection.execute(text("DELETE FROM store_state WHERE name = :n"), {"n": name})
        if value is not None:
            connection.execute(
                text("INSERT INTO store_state (name, value) VALUES (:n, :v)"), {"n": name, "v": value}
            )


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
    except (DBAPIError, PoolTimeout) as error:
        raise problem_of(error) or StoreProblem(UNKNOWN) from error
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


def written_anew(engine: Engine, tables: Iterable[str]) -> None:
    """Write the store's files, or some tables of a server's, anew: nothing of what was deleted is left in them."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("VACUUM")
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in tables:
            connection.exec_driver_sql(f'VACUUM FULL "{name}"')
