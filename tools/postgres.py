"""A throw-away PostgreSQL 15 server from Debian's package, on a free loopback port, for tests."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

BIN = Path("/usr/lib/postgresql/15/bin")
USER = "ieum"
START_TIMEOUT_S = 60
# Files in memory, where there is room: a database is made in a twentieth of the time.
MEMORY, ROOM = Path("/dev/shm"), 4 * 1024**3
# Nothing written here has to survive a power cut.
SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


class PostgresUnavailable(RuntimeError):
    """The server cannot be started on this machine; the message says why."""


def free_port() -> int:
    """A TCP port that nobody listens on at 127.0.0.1 at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _account() -> dict[str, object]:
    """Popen arguments for an ordinary user: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    return {"user": "postgres", "group": "postgres", "extra_groups": []}


def _place() -> Path | None:
    """Where a server's files are put; None for where all that is temporary is."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    return MEMORY if roomy else None


def _prepare(folder: Path, account: dict[str, object], admin: str) -> Path:
    """Creates the data directory inside `folder`; the folder changes hands when we are root."""
    if account:
        shutil.chown(folder, user=str(account["user"]), group=str(account["group"]))
    store = folder / "data"
    command = [str(BIN / "initdb"), "-D", str(store), "-U", admin, "-A", "trust", "-E", "UTF8"]
    done = subprocess.run(
        [*command, "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        **account,  # type: ignore[call-overload]
    )
    if done.returncode:
        raise PostgresUnavailable(f"initdb failed: {done.stderr.strip()}")
    return store


def _wait_until_ready(server: subprocess.Popen[bytes], dsn: str, log: Path) -> None:
    """Returns once the server answers; raises PostgresUnavailable if it ends or stays silent."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            psycopg.connect(dsn, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise PostgresUnavailable(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")


@contextmanager
def temporary_server(*, admin: str = USER) -> Iterator[str]:
    """Runs a server for the length of the `with` block; yields `postgresql+psycopg://ieum@127.0.0.1:PORT`.

    Add `/NAME` for a database; `/postgres` exists. Trust authentication, loopback only; at the end the server
    is stopped and its files are removed.

    Raises:
        PostgresUnavailable: PostgreSQL 15 is not installed, or it does not start.
    """
    if not (BIN / "postgres").exists():
        raise PostgresUnavailable("PostgreSQL 15 is not installed (Debian package postgresql-15)")
    account = _account()
    # A short path: a Unix socket's name may hold 107 bytes.
    with tempfile.TemporaryDirectory(prefix="ieum-pg-", dir=_place()) as name:
        folder = Path(name)
        store, log, port = _prepare(folder, account, admin), folder / "log", free_port()
        command = [
            str(BIN / "postgres"),
            "-D",
            str(store),
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-k",
            str(folder),
        ]
        settings = [part for setting in SPEED for part in ("-c", setting)]
        with log.open("wb") as output:
            server = subprocess.Popen(
                [*command, *settings],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **account,  # type: ignore[call-overload]
            )
        try:
            _wait_until_ready(server, f"host=127.0.0.1 port={port} user={admin} dbname=postgres", log)
            yield f"postgresql+psycopg://{admin}@127.0.0.1:{port}"
        finally:
            stop(server, how=signal.SIGINT)


def owner(server: str) -> psycopg.Connection[Any]:
    """A connection to a temporary server's own database, to make and drop others: each statement stands at once."""
    return psycopg.connect(f"{server}/postgres".replace("+psycopg", ""), autocommit=True)


def stop(
    process: subprocess.Popen[bytes], *, how: signal.Signals = signal.SIGTERM, patience_s: float = 30
) -> None:
    """Ends a process that we started: asks with `how`, and insists after `patience_s` seconds."""
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
