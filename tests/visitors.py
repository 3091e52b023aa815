"""Visitors of a running server, as tests need them: signed in through an identity provider on this machine, over HTTP and over the socket."""

from __future__ import annotations

import http.client
import logging
import os
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from data import cities, people
from data.engine import make_engine
from tools.postgres import free_port, stop

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a cookie secret of the tests, long enough"
CLIENT_SECRET = "the client's secret"
ROLES = people.ROLES
BY = "tests"


@dataclass
class Visitor:
    """Somebody with cookies, as a browser would keep them."""

    server: Server
    role: str
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(
        self, path: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; cookies are kept. A whole address may be another server's."""
        parts = urlsplit(path if "://" in path else f"{self.server.base}{path}")
        own = parts.port == self.server.port
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        kept = (
            {"Cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items())} if own and self.cookies else {}
        )
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request(method, target, body=body, headers=kept | (headers or {}))
        answer = connection.getresponse()
        found = answer.status, {n.lower(): v for n, v in answer.getheaders()}, answer.read()
        for name, value in answer.getheaders():
            if own and name.lower() == "set-cookie":
                for one in SimpleCookie(value).values():
                    self.cookies.pop(one.key, None)
                    if one["max-age"] != "0" and one.value not in ("", "null"):
                        self.cookies[one.key] = one.value
        connection.close()
        return found

    @contextmanager
    def on(self, page: str = "", query: str = "", session: str = "") -> Iterator[Session]:
        """A session of this visitor's, after its first run."""
        self.ask("/_stcore/health")  # as the browser does first: the XSRF cookie comes with it
        token = self.cookies.get("_streamlit_xsrf", "")
        offered: list[Any] = ["streamlit", token or "none", *([session] if session else [])]
        kept = "; ".join(f"{n}={v}" for n, v in self.cookies.items())
        with connect(
            f"ws://localhost:{self.server.port}/_stcore/stream",
            additional_headers={"Cookie": kept, "Origin": self.server.base},
            subprotocols=offered,
            max_size=None,
        ) as socket:
            made = Session(socket)
            made.run(page=page, query=query)
            yield made


class Session:
    """A socket, and what its runs have shown."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.id = ""
        self.raw = b""  # of the last run
        self.kinds: list[str] = []
        self.pages: dict[str, str] = {}  # url path -> hash
        self.elements: list[Any] = []

    def run(self, *, page: str = "", query: str = "", **more: Any) -> Session:
        """Run the script, and take what comes until its end."""
        asked = BackMsg()
        asked.rerun_script.page_name, asked.rerun_script.query_string = page, query
        asked.rerun_script.context_info.url = "http://localhost/"
        for name, value in more.items():
            if name == "widgets":
                asked.rerun_script.widget_states.widgets.extend(value)
            else:
                setattr(asked.rerun_script, name, value)
        return self.send(asked.SerializeToString())

    def send(self, data: bytes | str) -> Session:
        """Send anything; a run's messages are taken until it ends."""
        self.socket.send(data)
        return self.take()

    def take(self) -> Session:
        """Everything until the end of a run."""
        self.raw, self.kinds, self.elements = b"", [], []
        for received in self.socket:
            found = ForwardMsg()
            found.ParseFromString(received)
            kind = found.WhichOneof("type")
            self.kinds.append(kind)
            self.raw += received
            if kind == "new_session":
                self.id = found.new_session.initialize.session_id
            elif kind == "navigation":
                self.pages = {p.url_pathname: p.page_script_hash for p in found.navigation.app_pages}
            elif kind == "delta":
                self.elements.append(found.delta.new_element)
            elif kind == "script_finished":
                break
        return self

    def shows(self, text: str) -> bool:
        """Whether a text came with the last run."""
        return text.encode() in self.raw

    @property
    def refused(self) -> bool:
        """Whether the page that was asked for is not there for this visitor."""
        return "page_not_found" in self.kinds

    def of(self, kind: str) -> list[Any]:
        """The elements of a kind on screen."""
        return [getattr(e, kind) for e in self.elements if e.WhichOneof("type") == kind]


@dataclass
class Server:
    """A running server with an identity provider beside it."""

    base: str
    issuer: str
    port: int
    office: str
    log: Path

    def visitor(self, role: str) -> Visitor:
        """Somebody of a role, signed in; nobody in particular for 'anonymous'."""
        found = Visitor(self, role)
        if role != "anonymous":
            sign_in(found, role)
        return found

    def enter(self, name: str, role: str, districts: tuple[str, ...] = ()) -> str:
        """Enter somebody for the provider's account of that name; returns the e-mail."""
        at = datetime.now(UTC).replace(tzinfo=None)
        engine = make_engine(self.office)
        more = {"name": name, "role": role, "districts": districts, "by": BY, "at": at}
        people.add(engine, f"{name}@example.org", **more)
        engine.dispose()
        return f"{name}@example.org"


def sign_in(visitor: Visitor, account: str) -> str:
    """The whole way to the provider and back; returns where it ends."""
    status, headers, _ = visitor.ask(f"/auth/login?provider={provider_token()}")
    assert status == 302
    _, headers, _ = visitor.ask(
        headers["location"],
        "POST",
        {"Content-Type": "application/x-www-form-urlencoded"},
        f"sub={account}".encode(),
    )
    _, headers, _ = visitor.ask(headers["location"])
    return headers["location"]


def provider_token() -> str:
    """What `st.login` puts into the address of the way in."""
    from streamlit import auth_util, config

    former = config.get_option("server.cookieSecret")
    config.set_option("server.cookieSecret", SECRET)
    try:
        return auth_util.encode_provider_token("default")
    finally:
        config.set_option("server.cookieSecret", former)


def both_empty(place: Path, office_copy: Callable[[Path], str]) -> str:
    """Two cities without records beside `place`; the address of the office's."""
    office = office_copy(place)
    demo = cities.address(cities.DEMO, f"sqlite:///{place}")
    source, copy = (sqlite3.connect(url.removeprefix("sqlite:///")) for url in (office, demo))
    with copy:
        source.backup(copy)
        copy.execute("UPDATE store_state SET value = 'demo' WHERE name = 'city'")
    source.close()
    copy.close()
    return office


@contextmanager
def provider(accounts: dict[str, dict[str, object]]) -> Iterator[str]:
    """An identity provider with these accounts and claims; its issuer."""
    from oidc_provider_mock import User, run_server_in_thread

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    users = [User(sub=name, claims=claims) for name, claims in accounts.items()]
    with run_server_in_thread(user_claims=users) as there:
        yield f"http://localhost:{there.server_port}"


def settings(issuer: str, port: int) -> dict[str, str]:
    """The environment that sets the provider up."""
    return {
        "IEUM_OIDC_ISSUER": issuer,
        "IEUM_OIDC_CLIENT_ID": "ieum",
        "IEUM_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "IEUM_COOKIE_SECRET": SECRET,
        "IEUM_URL": f"http://localhost:{port}",
    }


@contextmanager
def running(
    place: Path, office: str, issuer: str, *, log: Path, port: int | None = None, front: int | None = None
) -> Iterator[Server]:
    """The app with sign-in on two stores beside `place`; `front` is the port that browsers know where a proxy stands before it."""
    number = port or free_port()
    environment = os.environ | settings(issuer, front or number) | {"DATABASE_URL": f"sqlite:///{place}"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "serve", "--port", str(number)],
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        base = f"http://localhost:{number}"
        healthy(process, base, log)
        yield Server(base, issuer, number, office, log)
    finally:
        stop(process)


def healthy(process: subprocess.Popen[bytes], base: str, log: Path) -> None:
    """Returns once the app answers."""
    until = time.monotonic() + 90
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{base}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the app did not start:\n{log.read_text(errors='replace')[-4000:]}")
