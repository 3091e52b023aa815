"""The first HTML of a visit: its language, safe headers, and what the browser should fetch at once."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders

from locales import LANGUAGES, sentences
from serve.packed import streamlits, versioned

# What a page may do, of the browser's own accord: everything comes from here, and no script but ours and Streamlit's runs. Interactive pieces of
# our own are modules that Streamlit hands to the browser as blobs; its style sheets are made on the page.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'self'",
    "frame-ancestors": "'self'",
}
# Files and answers are to be read and not to be run.
INERT = "default-src 'none'; frame-ancestors 'self'; sandbox"
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
HEADERS = (
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "SAMEORIGIN"),
    ("referrer-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("cross-origin-opener-policy", "same-origin"),
)
# Scripts that every page with a chart needs and that Streamlit names only when the first answer of the script arrives.
EARLY = (
    *(
        "ButtonGroup",
        "Html",
        "PageLink",
        "WidgetLabel",
        "WidgetLabelHelpIconInline",
        "_arrayReduce",
    ),
    *(
        "printWidthCap",
        "purify.es",
        "recordbatch",
        "resolveDefaultExport",
        "serialization",
        "styled-components",
    ),
    *("useBasicWidgetState", "withFullScreenWrapper", "PlotlyChart"),
)
SCRIPT = "app/static/ieum.js"
# Before the first answer of the script, so that nothing moves when that comes. In the body it outranks what Streamlit writes into the head, as
# the same sheet does that the script names later (ui/style.py); one address, so that it is fetched once.
SHEET = b'<link rel="stylesheet" href="./app/static/ieum.css">'
# Streamlit's own words, which it has in English only: keys of the locales, whose English is what it says.
THEIRS = tuple(key for key in sentences("en") if key.startswith("theirs."))
EARLY_FONTS = ("app/static/fonts/ieum-400.woff2", "app/static/fonts/ieum-600.woff2")
# The font of Streamlit's own look shows only until the theme arrives: ours stands in for it from the start.
_THEIR_FONT = re.compile(rb"<link\s+rel=\"preload\"[^>]*SourceSans[^>]*/>\s*")
_STAND_IN = '<style>@font-face {{ font-family: "Source Sans"; font-weight: 100 900; font-style: normal; font-display: swap; src: url("./{link}") format("woff2"); }}</style>'


class Page:
    """Adds headers to every answer; in HTML, says which language the link asks for (Korean by default)."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", ["ko"])[0]
        lang = asked if asked in ("ko", "en") else "ko"
        packs = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        start: dict[str, Any] = {}
        body = bytearray()

        async def answer(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                for name, value in HEADERS:
                    headers[name] = value
                message = {**message, "headers": headers.raw}
                if "/media/" in scope["path"] or "/api/" in scope["path"]:
                    headers["content-security-policy"] = INERT
                if _is_html(headers) and message["status"] == 200:
                    start.update(message)
                    return
            elif start:
                body.extend(message.get("body", b""))
                if message.get("more_body"):
                    return
                page = _page(bytes(body), lang, packs)
                headers = MutableHeaders(raw=start["headers"])
                if "content-security-policy" not in headers:
                    headers["content-security-policy"] = policy(bytes(body))
                for name in ("content-length", "content-encoding", "etag", "last-modified", "accept-ranges"):
                    del headers[name]
                if scope["method"] != "HEAD":
                    headers["content-length"] = str(len(page))
                    if packs:
                        headers["content-encoding"] = "gzip"
                headers.add_vary_header("Accept-Encoding")
                await send({**start, "headers": headers.raw})
                await send({"type": "http.response.body", "body": page})
                return
            await send(message)

        await self.app(_plain(scope), receive, answer)


@lru_cache(maxsize=4)
def policy(html: bytes) -> str:
    """The content security policy of a page: of the scripts within it those alone that it was sent with."""
    hashes = [base64.b64encode(hashlib.sha256(code).digest()).decode() for code in _INLINE.findall(html)]
    scripts = " ".join([POLICY["script-src"], *(f"'sha256-{one}'" for one in hashes)])
    return "; ".join(f"{name} {value}" for name, value in {**POLICY, "script-src": scripts}.items())


def _plain(scope: dict[str, Any]) -> dict[str, Any]:
    """A request for a page asks for plain HTML, since what is packed cannot be changed on its way."""
    path = scope["path"]
    last = path.rsplit("/", 1)[-1]
    if "." in last or "/_stcore/" in path or "/static/" in path or "/media/" in path:
        return scope
    hidden = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range", b"if-range")
    return {**scope, "headers": [h for h in scope["headers"] if h[0] not in hidden]}


def _is_html(headers: MutableHeaders) -> bool:
    return headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers


@lru_cache(maxsize=16)
def _page(html: bytes, lang: str, packs: bool) -> bytes:
    page = html.replace(b'<html lang="en">', f'<html lang="{lang}">'.encode())
    page = _THEIR_FONT.sub(b"", page).replace(b"</head>", f"{hints()}</head>".encode(), 1)
    page = page.replace(b"<body>", b"<body>" + SHEET, 1)
    return gzip.compress(page, 9, mtime=0) if packs else page


@lru_cache(maxsize=1)
def hints() -> str:
    """Links that let a browser fetch in one go what it would find one after the other."""
    links = [
        link for link in map(versioned, EARLY_FONTS) if "?" in link
    ]  # without a version there is no such file
    fonts = [
        f'<link rel="preload" href="./{link}" as="font" type="font/woff2" crossorigin>' for link in links
    ]
    fonts += [_STAND_IN.format(link=link) for link in links[:1]]
    folder = streamlits() / "js"
    ours = [
        f'<script type="application/json" id="ieum-words">{words()}</script>',
        f'<script src="./{versioned(SCRIPT)}" defer></script>',
    ]
    scripts = [
        f'<link rel="modulepreload" crossorigin href="./static/js/{file.name}">'
        for name in EARLY
        for file in sorted(folder.glob(f"{name}.*.js"))
        if len(file.name) == len(name) + len(".12345678.js")
    ]
    return "".join(f"{link}\n" for link in [*fonts, *scripts, *ours])


def words() -> str:
    """What our script (ui/static/ieum.js) says, by language: Streamlit's own English in other words. Data, not code: the policy lets no script run that stands here."""
    said = {
        lang: {"theirs": {sentences("en")[key]: sentences(lang)[key] for key in THEIRS}} for lang in LANGUAGES
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
