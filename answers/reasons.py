"""Why somebody takes more than what is published along: said once on the page or in the request, and good for a quarter of an hour."""

from __future__ import annotations

import time
from collections import OrderedDict

from answers.viewer import Viewer

GOOD_S = 900.0
LONGEST = 200
LEAST = 5  # signs: a dot is no reason
MOST_KNOWN = 5000
_GIVEN: OrderedDict[tuple[str, str], tuple[float, str]] = OrderedDict()


def asked(viewer: Viewer, view: str) -> bool:
    """Whether a file of a view asks for a reason: it holds more than what is published, and a person takes it."""
    return viewer.signed_in and view == "analyst"


def give(viewer: Viewer, question: str, reason: str) -> None:
    """Note why a viewer takes files of a question; too short a reason is none."""
    key, plain = (viewer.session, question), " ".join(reason.split())[:LONGEST]
    _GIVEN.pop(key, None)
    if len(plain) >= LEAST:
        _GIVEN[key] = (time.monotonic(), plain)
    while len(_GIVEN) > MOST_KNOWN:
        _GIVEN.popitem(last=False)


def given(viewer: Viewer, question: str) -> str:
    """The reason that still stands; '' where there is none."""
    at, reason = _GIVEN.get((viewer.session, question), (0.0, ""))
    return reason if reason and time.monotonic() - at < GOOD_S else ""
