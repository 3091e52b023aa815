"""The door: a file is read in a process of its own, which may use so much memory and time and no more.

Whoever takes files from outside calls `receive`. `pipeline.preview` is the same without a process, for what has no stranger
at the other end.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
from pathlib import PurePath

from data.imports import wire
from data.imports.lookups import Lookups
from data.imports.problems import Problem, redact_name
from data.imports.reasons import Reason
from data.imports.report import Parsed
from guards.confined import LARGEST, MB, Exhausted, Limits, Room, allowed

LONGEST_NAME = 255  # as file systems have it
_ROOM = Room("data.imports.child:work")
_LOG = logging.getLogger("ieum.imports")


def warm() -> None:
    """Have a process ready for the next file; returns at once."""
    _ROOM.warm()


def receive(
    file_name: str,
    content: bytes,
    *,
    template: str | None = None,
    money: str | None = None,
    books: str | None = None,
    lookups: Lookups,
    limits: Limits | None = None,
) -> Parsed:
    """`pipeline.preview`, in a process of its own: nothing that a file holds can stop or fill this one.

    Args:
        limits: what the file may use; by its size if None.

    Returns: as `preview`; a file that needs more than its limits is refused with the limit and what to do.
    """
    if len(content) > LARGEST:
        return _refused(file_name, content, "large", Limits(LARGEST, 0.0))
    granted = limits or allowed(content)
    asked = {
        "file_name": file_name[-LONGEST_NAME:],
        "template": template,
        "money": money,
        "books": books,
        "lookups": {**dataclasses.asdict(lookups), "kostat": sorted(lookups.kostat)},
    }
    try:
        return wire.unpack(_ROOM.run([json.dumps(asked).encode(), content], granted))
    except Exhausted as spent:
        if spent.kind == "failed":
            _LOG.warning("A file could not be read: %s", spent.detail)
        return _refused(file_name, content, spent.kind, granted)
    except (ValueError, TypeError, KeyError, OverflowError) as odd:
        _LOG.warning("The process that read a file answered in another shape: %s", type(odd).__name__)
        return _refused(file_name, content, "failed", granted)


def _refused(file_name: str, content: bytes, kind: str, granted: Limits) -> Parsed:
    name = redact_name(PurePath(file_name.replace("\\", "/")).name[-LONGEST_NAME:])
    reason, detail = {
        "memory": (Reason.TOO_MUCH_MEMORY, f"{granted.memory // MB:,} MB"),
        "large": (Reason.TOO_LARGE, f"{len(content) / MB:,.0f} MB > {granted.memory // MB:,} MB"),
        "time": (Reason.TOO_MUCH_TIME, f"{granted.seconds:.0f}"),
    }.get(kind, (Reason.BROKEN, ""))
    parsed = Parsed(file_name=name, sha256=hashlib.sha256(content).hexdigest())
    parsed.problems.append(Problem(name, "", None, "", None, reason, detail))
    return parsed
