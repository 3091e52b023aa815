"""The one gate: every request and every message passes here before Streamlit sees it, and only what is declared goes on.

`answers/rights.toml` says what each role may reach and send. Who it is follows from the session's cookie, or in local mode from coming
straight from this machine. A socket belongs to the viewer who opened it: once the session ends or its rights change it is
closed, and what it had on screen is not handed to whoever comes next.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from anyio import to_thread
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers, MutableHeaders
from streamlit import config
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from answers.nearby import direct
from answers.signin import SESSIONS, in_force
from answers.store import Store, StoreProblem, cities
from answers.viewer import LOCAL, Viewer, route, rules
from data import audit
from locales import t
from serve import running, signing
from serve.limits import Bucket

_log = logging.getLogger("ieum.gate")
VIEWER = "ieum.viewer"  # where a request's viewer stands in its scope
MOST_SESSIONS = 20_000
REFUSED, TOO_BIG, TOO_OFTEN, CLOSED = 403, 413, 429, 4401
UPLOAD_PATH = "/_stcore/upload_file/"
MEGABYTE = 1024 * 1024


class Refusal(Exception):
    """Why a request goes no further: its status, a key of the locales, and seconds after which it may come again."""

    def __init__(self, status: int, key: str, again: int = 0) -> None:
        super().__init__(key)
        self.status, self.key, self.again = status, key, again


class Gate:
    """Lets through what is declared for whoever asks."""

    def __init__(self, app: Any) -> None:
        self.app = app
        limits = rules().limits
        self.runs, self.uploads, self.exports, self.files = (
            Bucket(*limits[n]) for n in ("runs", "uploads", "exports", "files")
        )
        self.stored = Bucket(limits["upload_mb"] * MEGABYTE, limits["upload_mb"] * MEGABYTE / 60)
        self.told = Bucket(10, 1)  # entries about refusals
        self.owners: OrderedDict[str, Viewer] = OrderedDict()  # Streamlit's session -> who opened it
        self.made: OrderedDict[str, set[str]] = (
            OrderedDict()
        )  # file made on request -> sessions that asked for it
        base = (config.get_option("server.baseUrlPath") or "").strip("/")
        self.base = f"/{base}" if base else ""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer a request or serve a socket."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        try:
            self._straight(scope)
            viewer = await self._viewer(scope)
            path = scope.get("path", "").removeprefix(self.base)
            if scope["type"] == "websocket":
                await self._socket(scope, receive, send, viewer, path)
            else:
                await self._request(scope, receive, send, viewer, path)
        except Refusal as refusal:
            await _refuse(scope, send, refusal)
        except (StoreProblem, SQLAlchemyError) as error:
            _log.warning("who asks cannot be known: %s", type(error).__name__)
            await _refuse(scope, send, Refusal(503, "gate.store", 30))

    # --- Who ------------------------------------------------------------------------------------------

    def _straight(self, scope: dict[str, Any]) -> None:
        """Refuse foreign names, and in local mode whoever does not come straight from this machine."""
        headers = Headers(scope=scope)
        if not is_host_allowed(headers.get("host")):
            raise Refusal(400, "gate.host")
        if in_force() is None and not direct(headers, (scope.get("client") or ("",))[0]):
            raise Refusal(REFUSED, "gate.local")
        if scope["type"] == "websocket" and not _same_origin(headers):
            raise Refusal(REFUSED, "gate.host")

    async def _viewer(self, scope: dict[str, Any], *, active: bool = False) -> Viewer:
        if in_force() is None:
            return LOCAL
        token = signing.cookie_of(scope)
        if SESSIONS.fresh(token):
            return SESSIONS.viewer(token, _now(), active=active)
        return await to_thread.run_sync(lambda: SESSIONS.viewer(token, _now(), active=active))

    # --- Requests -------------------------------------------------------------------------------------

    async def _request(
        self, scope: dict[str, Any], receive: Any, send: Any, viewer: Viewer, path: str
    ) -> None:
        method = scope["method"]
        if not viewer.may_reach(method, path):
            await self._note(scope, viewer, f"{method} {path}"[:120])
            raise Refusal(405 if not route(method, path) else REFUSED, "gate.refused")
        if path.startswith("/media/"):
            self._media(path, viewer)
        if path.startswith(UPLOAD_PATH) and method in ("PUT", "DELETE"):
            self._upload(scope, viewer, path)
        if path.startswith("/api/"):
            forms = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("format", [])
            if "csv" in forms or path.startswith("/api/briefs/"):
                self._once(self.exports, viewer, scope)
            if set(forms) - {"csv", "json"}:
                self._once(self.files, viewer, scope)
        scope = {**scope, VIEWER: viewer}
        await self.app(scope, receive, self._answer(scope, send, viewer, path))

    def _answer(self, scope: dict[str, Any], send: Any, viewer: Viewer, path: str) -> Any:
        """`send` with cookies sealed, files not kept by anybody, and our own session at the way in and out."""
        found = in_force()

        async def answer(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                if path.startswith("/media/"):
                    headers["cache-control"] = "private, no-store"
                if found is not None:
                    former, origin = signing.cookie_of(scope), (scope.get("client") or ("",))[0]
                    if path == "/oauth2callback":
                        more: dict[str, Any] = {"base": self.base, "origin": origin, "former": former}
                        await to_thread.run_sync(lambda: signing.arrive(headers, found, **more, now=_now()))
                    elif path == "/auth/logout":
                        who = {"base": self.base, "who": viewer.name}
                        await to_thread.run_sync(lambda: signing.leave(headers, former, **who, now=_now()))
                    signing.sealed(headers, secure=found.secure)
                message = {**message, "headers": headers.raw}
            await send(message)

        return answer

    def _media(self, path: str, viewer: Viewer) -> None:
        """A file is for whoever has it on screen: another's is as if it were not there."""
        file_id = running.file_id(path)
        mine = {session for session, owner in self.owners.items() if _same(owner, viewer)}
        if not (running.holders(file_id) | self.made.get(file_id, set())) & mine:
            raise Refusal(404, "gate.no_file")
        self._once(self.exports, viewer, {})

    def _upload(self, scope: dict[str, Any], viewer: Viewer, path: str) -> None:
        """A file goes into a session of this viewer's that has a box for files on screen, and within the quota."""
        session = path.removeprefix(UPLOAD_PATH).partition("/")[0]
        owner = self.owners.get(session)
        if owner is None or not _same(owner, viewer) or not running.has_uploader(session):
            raise Refusal(REFUSED, "gate.no_box")
        if scope["method"] != "PUT":
            return
        self._once(self.uploads, viewer, scope)
        told = Headers(scope=scope).get("content-length", "")
        if not told.isdecimal():  # the server holds a body to what it says of its length
            raise Refusal(411, "gate.quota")
        if int(told) > self.stored.most:
            raise Refusal(TOO_BIG, "gate.quota")
        if (wait := self.stored.take(_owner(viewer), int(told))) > 0:
            raise Refusal(TOO_OFTEN, "gate.quota", int(wait) + 1)

    def _once(self, bucket: Bucket, viewer: Viewer, scope: dict[str, Any]) -> None:
        wait = bucket.take(_owner(viewer) or str((scope.get("client") or ("",))[0]))
        if wait > 0:
            raise Refusal(TOO_OFTEN, "gate.too_often", int(wait) + 1)

    # --- Sockets --------------------------------------------------------------------------------------

    async def _socket(
        self, scope: dict[str, Any], receive: Any, send: Any, viewer: Viewer, path: str
    ) -> None:
        if path != "/_stcore/stream" or not viewer.may_reach("GET", path):
            raise Refusal(REFUSED, "gate.refused")
        socket = _Socket(self, self._own_session(scope, viewer), receive, send, viewer)
        await self.app(socket.scope, socket.receive, socket.send)

    def _own_session(self, scope: dict[str, Any], viewer: Viewer) -> dict[str, Any]:
        """The handshake, without the name of a former session that is not this viewer's under these very rights."""
        headers = []
        for name, value in scope["headers"]:
            if name == b"sec-websocket-protocol":
                parts = [part.strip() for part in value.decode("latin-1").split(",")]
                if len(parts) > 2 and self.owners.get(parts[2]) != viewer:
                    parts = parts[:2]
                value = ", ".join(parts).encode("latin-1")
            headers.append((name, value))
        return {**scope, "headers": headers, VIEWER: viewer}

    def opened(self, session: str, viewer: Viewer) -> None:
        """A session of Streamlit's is a viewer's."""
        self.owners[session] = viewer
        while len(self.owners) > MOST_SESSIONS:
            self.owners.popitem(last=False)

    def handed(self, file_id: str, session: str) -> None:
        """A file was made for a session that asked for it."""
        self.made.setdefault(file_id, set()).add(session)
        while len(self.made) > MOST_SESSIONS:
            self.made.popitem(last=False)

    async def _note(self, scope: dict[str, Any], viewer: Viewer, what: str) -> None:
        """Tell the log of a refusal, and where people sign in the audit trail, at most some a minute from each."""
        _log.warning("refused for %s: %s", viewer.role, what)
        origin = (scope.get("client") or ("",))[0]
        if in_force() is None or self.told.take(_owner(viewer) or origin) > 0:
            return
        who = viewer.name or viewer.role

        def write() -> None:
            engine = Store.of_city(cities.OFFICE).engine
            audit.written(engine, "refusal", who, at=_now(), what=what, role=viewer.role, origin=origin)

        try:
            await to_thread.run_sync(write)
        except (StoreProblem, SQLAlchemyError) as error:
            _log.warning("a refusal could not be noted: %s", type(error).__name__)


class _Socket:
    """One socket: messages in, as far as they are declared; and which session of Streamlit's it is."""

    def __init__(self, gate: Gate, scope: dict[str, Any], receive: Any, send: Any, viewer: Viewer) -> None:
        self.gate, self.scope, self.viewer = gate, scope, viewer
        self._receive, self._send = receive, send
        self.session = ""
        self.asked = 0  # files that are in the making

    async def send(self, message: dict[str, Any]) -> None:
        """To the browser; the first message of a session names it."""
        if not self.session and message["type"] == "websocket.send" and message.get("bytes"):
            self.session = running.session_told(message["bytes"])
            if self.session:
                self.gate.opened(self.session, self.viewer)
        elif (
            self.asked and message.get("bytes") and (made := running.file_told(message["bytes"])) is not None
        ):
            self.asked -= 1
            if made:
                self.gate.handed(made, self.session)
        await self._send(message)

    async def receive(self) -> dict[str, Any]:
        """The next message that may go on."""
        while True:
            message: dict[str, Any] = await self._receive()
            if message["type"] != "websocket.receive" or not message.get("bytes"):
                return message
            found = running.message(message["bytes"])
            if found is None:
                return message  # Streamlit ends the socket
            if not await self._stands(active=not running.by_itself(found)):
                await self._send({"type": "websocket.close", "code": CLOSED})
                return {"type": "websocket.disconnect", "code": CLOSED}
            name = running.name_of(found)
            if not self._may(name, found):
                await self.gate._note(self.scope, self.viewer, f"message {name or 'without a kind'}")
                continue
            await self._patiently(name)
            self.asked += name == "backend_operation_request.deferred_file"
            return message

    async def _stands(self, *, active: bool) -> bool:
        """Whether whoever opened the socket still has the very same rights."""
        try:
            return await self.gate._viewer(self.scope, active=active) == self.viewer
        except (StoreProblem, SQLAlchemyError):
            return False

    def _may(self, name: str, found: Any) -> bool:
        if not self.viewer.may("messages", name):
            return False
        if name == "backend_operation_request.deferred_file":
            return running.offers(self.session, found.backend_operation_request.deferred_file.file_id)
        return name != "file_urls_request" or running.has_uploader(self.session)

    async def _patiently(self, name: str) -> None:
        """Whoever sends too much waits: no click is lost, and nobody else is held up."""
        bucket = self.gate.runs if name == "rerun_script" else None
        if name.startswith("backend_operation_request"):
            bucket = self.gate.exports
        while bucket is not None and (wait := bucket.take(self.session or str(id(self)))) > 0:
            await asyncio.sleep(min(wait, 1.0))


def _same_origin(headers: Headers) -> bool:
    """Whether a socket was asked for by a page of this very address, or by no page at all."""
    origin, found = headers.get("origin"), in_force()
    if origin is None or (found is not None and origin == found.url):
        return True
    return urlsplit(origin).netloc == headers.get("host")


def _owner(viewer: Viewer) -> str:
    return viewer.session or ("" if viewer.role == "anonymous" else viewer.role)


def _same(one: Viewer, other: Viewer) -> bool:
    return (one.role, one.session) == (other.role, other.session)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


async def _refuse(scope: dict[str, Any], send: Any, refusal: Refusal) -> None:
    """Say no: in both languages over HTTP, by closing what never opened over a socket."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    lang = "en" if b"lang=en" in scope.get("query_string", b"") else "ko"
    body = json.dumps({"error": t(refusal.key, lang)}, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers.append((b"cache-control", b"no-store"))
    if refusal.again:
        headers.append((b"retry-after", str(refusal.again).encode()))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
