"""How long a connection to a store waits, and how it finds out that the store is not the one it was.

A page says what is wrong within three seconds, so nothing here waits longer for anything that may never come: SQLite's locks,
a PostgreSQL server that accepts connections and then says nothing (frozen, behind a cut line), a table that somebody else holds.
Work that takes long, such as an import, is waited for as long as its server shows that it lives.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import psycopg

# A file is who it is by device and inode: whoever replaces it makes another.
Identity = tuple[int, int] | None

READ_WAIT_MS = 1_000
WRITE_WAIT_MS = 2_000
# At the command line nobody looks at a page meanwhile.
COMMAND_WAIT_MS = 30_000
CONNECT_WITHIN_S = 2
SILENCE_S = 0.8  # without a word from the server before it is asked whether it lives
ANSWER_WITHIN_S = 1.0
REMEMBERED_S = 1.0  # a server that did not answer is not asked again for so long
_LOOK_EVERY_S = 0.1
_SSL_REQUEST = struct.pack(
    "!ii", 8, 80877103
)  # answered by any PostgreSQL with one letter, before anybody signs in

Address = tuple[str, int]
_silent: dict[Address, float] = {}
_lock = threading.Lock()


class Silent(psycopg.OperationalError):
    """The server takes what is sent and says nothing."""


def identity(path: Path) -> Identity:
    """Which file stands under a path now; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Patient(psycopg.Connection[Any]):
    """A connection that gives up on a server that shows no life, and waits for one that does."""

    def wait(self, gen: Any, interval: float = _LOOK_EVERY_S, timeout: float | None = None) -> Any:
        """As psycopg's own; the server is asked over a line of its own when it has been silent.

        Raises:
            Silent: it does not answer.
        """
        return super().wait(
            _watched(gen, self.pgconn), interval=min(interval, _LOOK_EVERY_S), timeout=timeout
        )


def _watched(gen: Any, pgconn: Any) -> Generator[Any, Any, Any]:
    heard = time.monotonic()
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            now = time.monotonic()
            if ready:
                heard = now
            elif now - heard > SILENCE_S:
                try:
                    must_live((_text(pgconn.hostaddr) or _text(pgconn.host), int(_text(pgconn.port) or 5432)))
                except Silent:
                    pgconn.finish()  # what it may still say is said to nobody
                    raise
                heard = time.monotonic()
            wanted = gen.send(ready)
    except StopIteration as done:
        return done.value


def _text(value: bytes | str | None) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""


def must_live(server: Address) -> None:
    """Ask a server for a sign of life.

    Raises:
        Silent: it gives none, or gave none a moment ago.
    """
    with _lock:
        at = _silent.get(server)
    if at is not None and time.monotonic() - at < REMEMBERED_S:
        raise Silent("the server does not answer")
    if _lives(server):
        with _lock:
            _silent.pop(server, None)
        return
    with _lock:
        _silent[server] = time.monotonic()
    raise Silent("the server does not answer")


def _lives(server: Address) -> bool:
    """Whether it answers; one that refuses at once is there to be asked properly."""
    host, port = server
    local = host.startswith("/")
    kind = socket.AF_UNIX if local else socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(kind, socket.SOCK_STREAM) as line:
            line.settimeout(ANSWER_WITHIN_S)
            line.connect(f"{host}/.s.PGSQL.{port}" if local else (host or "127.0.0.1", port))
            line.sendall(_SSL_REQUEST)
            line.recv(1)
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def settings(options: str | None, wait_ms: int) -> dict[str, Any]:
    """What a PostgreSQL connection is opened with: short waits for locks, and a cut line noticed."""
    return {
        "connect_timeout": CONNECT_WITHIN_S,
        "options": f"{options or ''} -clock_timeout={wait_ms}".strip(),
        "tcp_user_timeout": 2_000,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 2,
    }


def opened(parameters: dict[str, Any], wait_ms: int) -> Patient:
    """A connection to PostgreSQL.

    Raises:
        psycopg.OperationalError: it cannot be had within `CONNECT_WITHIN_S`.
    """
    host = str(parameters.get("host") or "")
    if host and "," not in host:
        must_live((host, int(parameters.get("port") or 5432)))
    return Patient.connect(**{**parameters, **settings(parameters.get("options"), wait_ms)})
