"""Where an answer stands: the address of its page with its choices, so that whoever opens it sees the same, and its full name."""

from __future__ import annotations

from urllib.parse import urlencode

from answers import registry
from answers.answer import Answer
from answers.ask import EMPTY

VERSION = "data"  # the parameter that names the state of the data that a link was taken from
RELEASE = "release"  # the one that names a release: whoever opens the link sees its figures, as published


def name(found: Answer) -> str:
    """An answer's full name: its page's title and, where the page has several, its question."""
    one = registry.get(found.question)
    title = registry.title(one, found.lang)
    return found.title if title in found.title or found.title in title else f"{found.title} · {title}"


def query(found: Answer, *, view: str = "") -> dict[str, str]:
    """What names this very answer: its choices, the language, the city, the release and, where it is not the published one, the view."""
    emptied = {c.name for c in registry.get(found.question).choices if c.default == EMPTY}
    chosen = {n: code for n, code in found.choices if code and not (code == EMPTY and n in emptied)}
    seen = {"view": view} if view not in ("", "published") else {}
    frozen = {RELEASE: str(found.release)} if found.release else {}
    return {**chosen, "lang": found.lang, "city": found.city, **frozen, **seen}


def path(found: Answer, *, view: str = "") -> str:
    """The address of its page below the app's own, with the state of the data that it speaks for."""
    page, _ = registry.page(found.question.partition(".")[0])
    part = registry.get(found.question).part
    place = "" if page.name == "overview" else page.name
    asked = {**({page.parameter: part} if part else {}), **query(found, view=view)}
    return f"/{place}?{urlencode({**asked, VERSION: str(found.data_version)})}"


def older(given: str, found: Answer) -> bool:
    """Whether a link's state of the data, as its parameter says it, is older than an answer's."""
    return given.isascii() and given.isdecimal() and len(given) < 10 and int(given) < found.data_version
