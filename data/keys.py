"""The key of the pseudonyms, which never stands in the store: whoever takes the store or a backup of it has no way back to a person.

It is the one that IEUM_SECRET holds, else the one in the file that IEUM_KEY_FILE names, else in `keys/` beside an SQLite store
(below `var/` for a server), made once, for its owner alone. The store keeps a mark of the key, so that another key is refused
instead of making two pseudonyms of one person.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import make_url

from data.engine import PRIVATE, ROOT, StoreProblem, set_state, sqlite_file, state, writing

SETTING, FILE_SETTING = "IEUM_SECRET", "IEUM_KEY_FILE"
FORMER, MARK = (
    "pseudonym_key",
    "pseudonym_mark",
)  # notes of the store: the key itself until 0019, a mark of it since


def key_file(url: str) -> Path:
    """Where the key of a store stands when no setting holds it."""
    if named := os.environ.get(FILE_SETTING):
        return Path(named)
    file = sqlite_file(url)
    if file is not None:
        return file.parent / "keys" / f"{file.stem}.key"
    parsed = make_url(url)
    schema = str(parsed.query.get("options", "")).rpartition("=")[2] or "public"
    return ROOT / "var" / "keys" / f"{parsed.host or 'local'}-{parsed.database}-{schema}.key"


def pseudonym_key(engine: Engine) -> str:
    """The store's key: that of the setting, else of the key file, which is made at the first need.

    A key that an older version kept in the store is moved out of it.

    Raises:
        StoreProblem: key, where it is not the one that the store's pseudonyms were made with, or the file cannot be written.
    """
    with engine.connect() as connection:
        notes = state(connection)
    file = key_file(engine.url.render_as_string(hide_password=False))
    found = os.environ.get(SETTING) or _read(file)
    former, mark = notes.get(FORMER), notes.get(MARK)
    key = found or former or (None if mark else secrets.token_hex(32))
    if key is None or (mark and not hmac.compare_digest(mark, _mark(key))):
        raise StoreProblem("key", file.name)
    if found is None:
        _keep(file, key)
    if former is not None or mark is None:
        with writing(engine) as connection:
            _leave_mark(connection, key)
    return key


def _mark(key: str) -> str:
    """What tells two keys apart and gives neither away."""
    return hashlib.sha256(f"ieum pseudonym key\x1f{key}".encode()).hexdigest()[:16]


def _leave_mark(connection: Connection, key: str) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")  # the old key's bytes go too
    connection.execute(text("DELETE FROM store_state WHERE name = :n"), {"n": FORMER})
    set_state(connection, **{MARK: _mark(key)})


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreProblem("key", file.name) from error


def _keep(file: Path, key: str) -> None:
    """Write the key for its owner alone, and be sure that it stands before anything rests on it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileExistsError), open(file, "x", opener=_private) as out:
            out.write(f"{key}\n")
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise StoreProblem("key", file.name) from error
    if _read(file) != key:  # another process was first with a key of its own
        raise StoreProblem("busy", file.name)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, PRIVATE)
