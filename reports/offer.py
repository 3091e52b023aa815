"""Which sheets an answer has on paper. It stands apart from what typesets, so that a page can offer one without waiting for that."""

from __future__ import annotations

from urllib.parse import urlencode

from answers.answer import Answer
from answers.links import RELEASE

# Kinds of sheets: the question that each is about, and the choice of it that its code is.
KINDS = {
    "district": ("district_profile", "gu"),
    "programme": ("programmes", "prog"),
    "plan": ("overview", ""),
    "decisions": ("overview", ""),
    "pack": ("meeting.changes", ""),
}


DISTRICT = 5  # digits of a district's code; a dong's has more


def of(found: Answer) -> list[tuple[str, str]]:
    """(kind, code) of an answer's sheets; the overview's begin with the reader's own district."""
    chosen = dict(found.choices)
    if found.question == "budget":
        return [("programme", chosen["prog"])] if chosen.get("prog") else [("plan", "")]
    home = chosen.get("home", "")
    own = [("district", home)] if home.isdecimal() and len(home) == DISTRICT else []
    return own + [
        (kind, chosen.get(name, ""))
        for kind, (question, name) in KINDS.items()
        if question == found.question and (not name or chosen.get(name))
    ]


def address(kind: str, code: str, found: Answer) -> str:
    """Where the wire has a sheet of the same figures as an answer's, under the app's base path."""
    asked = {"code": code} if code else {}
    frozen = {RELEASE: str(found.release)} if found.release else {}
    return f"/api/briefs/{kind}?{urlencode({**asked, 'lang': found.lang, 'city': found.city, **frozen})}"
