"""Static files as they travel: packed once in advance, and kept by the browser for as long as their names are true.

Streamlit sends its own scripts, 7 MB of a first visit, unpacked. `python -m serve.pack` packs them and ours into
var/static, each under the hash of its plain content, so that a packed file can never stand for another one. Whatever is
not there is answered by Streamlit as before.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from streamlit import config, file_util

ROOT = Path(__file__).resolve().parent.parent
PACKED = ROOT / "var" / "static"
OURS = ROOT / "ui" / "static"
# What packing makes smaller; fonts and pictures are packed by themselves.
KINDS = (".js", ".css", ".json", ".geojson", ".svg")
# Best first: the name that browsers and servers use -> ending of the packed file.
CODINGS = {"br": ".br", "gzip": ".gz"}
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
_NAMED_AFTER_CONTENT = re.compile(r"_[0-9a-f]{8}\.[a-z]+$")
# Streamlit is asked for the headers of the plain file; what depends on the packed one is ours to answer.
_OURS_TO_ANSWER = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"if-range", b"range")


def streamlits() -> Path:
    """The folder that Streamlit serves as /static."""
    return Path(file_util.get_static_dir()) / "static"


def content_hash(content: bytes) -> str:
    """What a packed file is named after, and with eight characters the version in a link."""
    return hashlib.sha256(content).hexdigest()[:32]


@dataclass(frozen=True)
class Known:
    """One plain file: the hash of its content and the codings in which it lies packed."""

    hash: str
    codings: tuple[str, ...]


class Packed:
    """Answers for static files: packed if the browser takes it, with a lifetime that fits the name."""

    def __init__(self, app: Any, *, packed: Path = PACKED) -> None:
        self.app = app
        self.packed = packed
        base = (config.get_option("server.baseUrlPath") or "").strip("/")
        self.prefix = f"/{base}" if base else ""
        self.folders = {"/app/static/": OURS.resolve(), "/static/": streamlits().resolve()}
        self._known: dict[Path, tuple[tuple[int, int], Known]] = {}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request."""
        file = self.file(scope) if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") else None
        if file is None:
            await self.app(scope, receive, send)
            return
        known = await self.known(file)
        asked = Headers(scope=scope)
        coding = None if "range" in asked else chosen(asked.get("accept-encoding", ""), known.codings)
        body = None if coding is None else await self.read(known, coding)
        lifetime = self.lifetime(file, scope, known)
        if coding is None or body is None:
            await self.app(scope, receive, plainly(send, lifetime, varies=file.suffix in KINDS))
            return
        etag = f'"{known.hash}-{coding}"'
        fresh = etag in asked.get("if-none-match", "")
        plain = {
            **scope,
            "method": "HEAD",
            "headers": [h for h in scope["headers"] if h[0] not in _OURS_TO_ANSWER],
        }

        async def answer(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                headers = MutableHeaders(raw=list(message["headers"]))
                headers["content-encoding"], headers["etag"] = coding, etag
                headers["content-length"] = str(len(body))
                headers.add_vary_header("Accept-Encoding")
                for name in ("accept-ranges", "last-modified", *(["content-length"] if fresh else [])):
                    del headers[name]
                if lifetime:
                    headers["cache-control"] = lifetime
                await send({**message, "status": 304 if fresh else 200, "headers": headers.raw})
                await send({"type": "http.response.body", "body": b"" if fresh else body})
            elif message["type"] == "http.response.start":
                refused.append(message)
                await send(message)
            elif refused:
                await send(message)

        refused: list[dict[str, Any]] = []
        await self.app(plain, receive, answer)

    def file(self, scope: dict[str, Any]) -> Path | None:
        """The file that a request means, if it lies in one of the two folders."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", "")).removeprefix(self.prefix)
        for start, folder in self.folders.items():
            if path.startswith(start):
                try:
                    file = (folder / path.removeprefix(start)).resolve()
                    return file if file.is_relative_to(folder) and file.is_file() else None
                except (OSError, ValueError):  # a name that no file can have
                    return None
        return None

    async def known(self, file: Path) -> Known:
        """What is known of a file; its content is read once, and again when it changes."""
        stat = file.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        if self._known.get(file, (None,))[0] != stamp:
            self._known[file] = (stamp, await to_thread.run_sync(self._look, file))
        return self._known[file][1]

    def _look(self, file: Path) -> Known:
        name = content_hash(file.read_bytes())
        packed = file.suffix in KINDS
        return Known(
            name,
            tuple(c for c, end in CODINGS.items() if packed and (self.packed / f"{name}{end}").is_file()),
        )

    async def read(self, known: Known, coding: str) -> bytes | None:
        """The packed file's content; None if somebody has removed it."""
        try:
            return await to_thread.run_sync((self.packed / f"{known.hash}{CODINGS[coding]}").read_bytes)
        except OSError:
            return None

    def lifetime(self, file: Path, scope: dict[str, Any], known: Known) -> str:
        """How long a browser may keep a file of ours; Streamlit says it of its own."""
        if not file.is_relative_to(self.folders["/app/static/"]):
            return ""
        version = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("v", [""])[0]
        told = version == known.hash[:8] or _NAMED_AFTER_CONTENT.search(file.name)
        return FOREVER if told else ASK_AGAIN


def plainly(send: Any, lifetime: str, *, varies: bool) -> Any:
    """`send` for an answer that Streamlit makes."""

    async def answer(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            if lifetime and message["status"] in (200, 206, 304):
                headers["cache-control"] = lifetime
            if varies and "accept-encoding" not in headers.get("vary", "").lower():
                headers.add_vary_header("Accept-Encoding")
            message = {**message, "headers": headers.raw}
        await send(message)

    return answer


def chosen(accepted: str, there: tuple[str, ...]) -> str | None:
    """The best coding that a browser accepts and that is there."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, rest = part.strip().partition(";")
        try:
            weights[name.strip()] = float(rest.strip().removeprefix("q=") or 1)
        except ValueError:
            weights[name.strip()] = 0.0
    return next((c for c in there if weights.get(c, weights.get("*", 0.0)) > 0), None)


def version_fonts() -> None:
    """Give the theme's fonts links that change with their content, so that a browser may keep them for a year."""
    faces = config.get_option("theme.fontFaces")
    if isinstance(faces, list):
        config.set_option("theme.fontFaces", [{**face, "url": versioned(face["url"])} for face in faces])


def versioned(url: str) -> str:
    """A link to a file of ours with its version; any other link, and that of a missing file, as it is."""
    file = OURS / url.removeprefix("app/static/")
    if not url.startswith("app/static/") or "?" in url or not file.is_file():
        return url
    return f"{url}?v={content_hash(file.read_bytes())[:8]}"
