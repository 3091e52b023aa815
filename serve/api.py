"""Answers over HTTP: the same that the screen shows, as JSON and CSV, for scripts on this machine.

GET /api/questions                                every question with its choices and what is on offer
GET /api/answers/hotline.flow?months=12&lang=en   an answer; format=csv&table=0 for one of its tables
GET /api/briefs/district?code=11210&lang=ko       a sheet as PDF (programme, plan, decisions; reports.offer)
GET /api/openapi.json                             the same as an OpenAPI 3.1 document
GET /api/ready                                    whether the stores can serve, for whoever sends readers here (503 where one cannot)

The gate (`serve.gate`) says who asks; without it only this machine is answered: not through a proxy, and not under another name. What answers need is
imported with the first request (`serve.asked`), so that the app starts at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from streamlit import config
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from answers.nearby import direct
from locales import LANGUAGES, t
from serve.gate import VIEWER

AT_ONCE = 4  # answers worked out at the same time; the rest wait their turn, and static files never do
_limiter: CapacityLimiter | None = None


def routes() -> list[Route]:
    """The addresses that are answered, under the app's base path."""
    return [
        Route(f"{base()}/api/questions", _told("questions")),
        Route(f"{base()}/api/answers/{{id}}", _told("answer")),
        Route(f"{base()}/api/briefs/{{kind}}", _told("brief")),
        Route(f"{base()}/api/openapi.json", _told("document")),
        Route(f"{base()}/api/ready", _told("ready")),
    ]


def base() -> str:
    """The path that the app stands under; '' at the root."""
    found = (config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{found}" if found else ""


def _told(what: str) -> Callable[[Request], Any]:
    """An endpoint: who is not to be answered is refused, the rest is worked out beside the event loop."""

    def work(request: Request, lang: str) -> Response:
        from answers.viewer import LOCAL
        from serve import asked

        return asked.respond(what, request, lang, base(), request.scope.get(VIEWER, LOCAL))

    async def respond(request: Request) -> Response:
        global _limiter
        _limiter = _limiter or CapacityLimiter(AT_ONCE)
        lang = request.query_params.get("lang", "ko")
        lang = lang if lang in LANGUAGES else "ko"
        if VIEWER not in request.scope and not is_ours(request):
            return JSONResponse({"error": t("api.local", lang)}, 403)
        return await to_thread.run_sync(work, request, lang, limiter=_limiter)

    return respond


def is_ours(request: Request) -> bool:
    """Whether a request comes from this machine, straight, and under a name of ours."""
    address = request.client.host if request.client else ""
    return direct(request.headers, address) and is_host_allowed(request.headers.get("host"))
