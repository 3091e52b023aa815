"""The server's side of the app: language of the first HTML, safe headers, errors in plain words."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

from starlette.middleware import Middleware

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"same-origin"),
)
_log = logging.getLogger("ieum")


class PageLanguage:
    """Streamlit's page says lang="en" whatever it shows: say the language that the link asks for, Korean by default."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = parse_qs(scope.get("query_string", b"").decode()).get("lang", ["ko"])[0]
        lang = asked if asked in ("ko", "en") else "ko"
        start: dict[str, Any] = {}
        body = bytearray()

        async def answer(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
                if _is_html(message["headers"]):
                    start.update(message)
                    return
            elif start:
                body.extend(message.get("body", b""))
                if message.get("more_body"):
                    return
                page = bytes(body).replace(b'<html lang="en">', f'<html lang="{lang}">'.encode())
                kept = [h for h in start["headers"] if h[0].lower() not in (b"content-length", b"etag")]
                await send({**start, "headers": [*kept, (b"content-length", str(len(page)).encode())]})
                await send({"type": "http.response.body", "body": page})
                return
            await send(message)

        await self.app(scope, receive, answer)


def _is_html(headers: list[tuple[bytes, bytes]]) -> bool:
    kinds = {name.lower(): value for name, value in headers}
    compressed = b"content-encoding" in kinds
    return kinds.get(b"content-type", b"").startswith(b"text/html") and not compressed


MIDDLEWARE = [Middleware(PageLanguage)]


@asynccontextmanager
async def warm_up(_app: Any) -> AsyncIterator[None]:
    """Import what the first page needs while the first browser is still loading its own part."""
    Thread(target=_import_pages, daemon=True).start()
    yield


def _import_pages() -> None:
    from answers.districts import questions
    from ui import cards, page, shell

    _log.debug("ready: %s", [module.__name__ for module in (cards, page, questions, shell)])


def on_script_error(error: Exception) -> bool:
    """Show what happened and what helps; the traceback goes to the log, never to the screen."""
    from ui import shell

    _log.exception("page failed", exc_info=error)
    shell.show_error(error)
    return True
