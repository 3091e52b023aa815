"""Starts the app as `streamlit run` does, on a socket that answers at once.

Streamlit binds with protocol 0, so that asyncio never switches Nagle's algorithm off: each answer then waits for the
browser's delayed acknowledgement, some 40 ms of every click. Everything else is Streamlit's own: its settings files and
flags, its limits and pings, and the runtime, which starts and stops with the app.
"""

from __future__ import annotations

import errno
import gc
import ipaddress
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvicorn
from streamlit import config
from streamlit.web import bootstrap
from streamlit.web.server.starlette import starlette_server as theirs

from answers import signin
from data import logs
from locales import t
from serve.settings import Fault, faults

_log = logging.getLogger("ieum")
# New objects between two looks for rubbish. Python's own 700 costs a fifth of the start, and pages leave no rings behind.
gc.set_threshold(50_000, 20, 100)
# Seconds that a thread may go on while another waits. With Python's own .005 every file that the first browser fetches waits
# for modules that are being read beside it.
sys.setswitchinterval(0.0005)
# Seconds in which open requests may finish after a signal.
STOP_WITHIN_S = 10


class Unavailable(Exception):
    """The address cannot be listened on; the message says why and what helps, in both languages."""


def listen(address: str, port: int, backlog: int) -> socket.socket:
    """A listening socket whose connections send small answers without waiting (TCP_NODELAY).

    Raises:
        Unavailable: somebody else listens there, or the address or port is not ours to take.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # The protocol is named, because asyncio and accepted sockets go by it.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name != "nt":  # there it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((address, port))
        listener.listen(backlog)
        listener.setblocking(False)
        listener.set_inheritable(True)
    except OSError as error:
        listener.close()
        raise Unavailable(_refused(error, address, port)) from error
    return listener


def _refused(error: OSError, address: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"{address}:{port}을(를) 다른 프로그램이 쓰고 있습니다. 다른 포트로 시작하세요: make run PORT={port + 1}\n"
            f"{address}:{port} is in use by another program. Start on another port: make run PORT={port + 1}"
        )
    return (
        f"{address}:{port}에서 받을 수 없습니다({error.strerror}). 주소와 포트를 확인하세요.\n"
        f"Cannot listen on {address}:{port} ({error.strerror}). Check the address and the port."
    )


def settings(app: Path, *, address: str | None = None, port: int | None = None) -> dict[str, Any]:
    """Load Streamlit's settings as `streamlit run` does; returns the flags that overrule the files."""
    flags = {"server.address": address, "server.port": port}
    given = {name: value for name, value in flags.items() if value is not None}
    config._main_script_path = str(app.resolve())
    bootstrap.load_config_options(given)
    return given


def known() -> None:
    """Refuse to start on settings that cannot be right, each by its name; a name of ours that nothing reads is told of alone.

    Raises:
        Unavailable: values that cannot be right.
    """
    wrong = faults()
    told = [one for one in wrong if one.why in ("near", "unknown")]
    if told:
        _log.warning("%s", _lines(told))
    # What is missing of a provider is said where it is put in force, also without this command.
    if worse := [one for one in wrong if one not in told and one.why != "missing"]:
        raise Unavailable(_lines(worse))


def _lines(wrong: Sequence[Fault]) -> str:
    return "\n".join(one.words(lang) for one in wrong for lang in ("ko", "en"))


def sign_in() -> None:
    """Put the identity provider in force that the settings name; without one, only this very machine may be listened on.

    Raises:
        Unavailable: the settings name half a provider, or there is none and the address is reached from elsewhere.
    """
    try:
        found = signin.provider()
    except signin.Unready as problem:
        raise Unavailable(_lines([Fault(problem.detail, problem.reason)])) from problem
    signin.begin(found)
    this_machine_alone()
    if found is not None:
        config.set_option("server.cookieSecret", found.cookie_secret)
        hosts = list(config.get_option("server.allowedHosts"))
        config.set_option("server.allowedHosts", [*hosts, found.host])


def secrets() -> dict[str, Any] | None:
    """What Streamlit's sign-in is told; None in local mode."""
    found = signin.in_force()
    return None if found is None else {"auth": found.secrets()}


def this_machine_alone() -> None:
    """Without a provider, refuse to start on an address that others reach, however the server was started.

    Raises:
        Unavailable: it is one.
    """
    address = theirs._get_server_address()
    if signin.in_force() is None and not is_loopback(address):
        raise Unavailable(_both("signin.local_only", address=address))


def is_loopback(address: str) -> bool:
    """Whether nobody but this machine reaches an address."""
    if address.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _both(key: str, **words: str) -> str:
    return "\n".join(t(key, lang, **words) for lang in ("ko", "en"))


def uvicorn_config(application: Any, *, address: str, port: int) -> uvicorn.Config:
    """What uvicorn is told: Streamlit's limits, pings and protocol, from the settings in force."""
    told = theirs._get_uvicorn_config_kwargs()
    return uvicorn.Config(
        application, host=address, port=port, timeout_graceful_shutdown=STOP_WITHIN_S, **told
    )


def run(app: Path, *, address: str | None = None, port: int | None = None) -> int:
    """Serve the `app` of a file until SIGTERM or SIGINT; returns the exit code.

    Raises:
        Unavailable: the address cannot be listened on.
    """
    if logs.begin():
        # What a page could not do is noted by us (`ui.server`), without the error's words.
        logging.getLogger("streamlit.error_util").disabled = True
    known()
    flags = settings(app, address=address, port=port)
    where, number = theirs._get_server_address(), theirs._get_server_port()
    sign_in()
    told = uvicorn_config(f"{app.stem}:app", address=where, port=number)
    listener = listen(where, number, told.backlog)
    with listener:
        taken = listener.getsockname()[1]
        if number != taken:
            told.port = taken
            config.set_option("server.port", taken)
        bootstrap._prepare_asgi_app_run_context(str(app.resolve()), [], flags)
        bootstrap._print_url(is_running_hello=False)
        # uvicorn stops first and then raises the signal again: that ends the process without a traceback.
        signal.signal(signal.SIGTERM, _leave)
        server = uvicorn.Server(told)
        logs.note("start", port=taken)
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            return 0
        finally:
            logs.note("end", port=taken)
    return 0 if server.started else theirs._UVICORN_STARTUP_FAILURE_EXIT_CODE


def _leave(_signal: int, _frame: Any) -> None:
    raise SystemExit(0)
