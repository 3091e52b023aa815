"""What a running process notes of itself: one line of JSON for each event, without a value of the record.

    logs.begin()                                         once, where a process starts that nobody sits in front of
    logs.note("import", batch=7, table="referral", rows=240, refused=2, seconds=0.8)

A line has the moment (UTC), the level, what happened, and plain fields: numbers, names of tables and studies, codes. Of an error it
tells the type and the lines of code that it passed, never its words: they may hold what somebody wrote.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NAME = "ieum"
DEEPEST = 12  # lines of code of an error


class Lines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """It, without the words of an error."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
        }
        fields = getattr(record, "fields", None)
        if fields is None:
            line["message"] = record.getMessage()
        else:
            line |= {"event": record.getMessage(), **fields}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["code"] = [_where(one) for one in traceback.extract_tb(record.exc_info[2])[-DEEPEST:]]
        return json.dumps(line, ensure_ascii=False, default=str)


def _where(frame: traceback.FrameSummary) -> str:
    file = Path(frame.filename)
    name = file.relative_to(ROOT) if file.is_relative_to(ROOT) else Path(*file.parts[-2:])
    return f"{name}:{frame.lineno}"


def begin(stream: Any = None) -> bool:
    """Write what ieum's loggers say to a stream, a line each, from the level of information up; once is enough. Whether it began now.

    Args:
        stream: standard error where None, which a unit's journal takes. Somebody at a terminal reads warnings as Python has them.
    """
    ours, place = logging.getLogger(NAME), stream or sys.stderr
    if place.isatty() or any(isinstance(handler.formatter, Lines) for handler in ours.handlers):
        return False
    handler = logging.StreamHandler(place)
    handler.setFormatter(Lines())
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    ours.propagate = False
    return True


def note(event: str, **fields: str | int | float | bool | None) -> None:
    """Note that something happened.

    Args:
        event: a word or two. fields: plain values that are nobody's.
    """
    logging.getLogger(NAME).info(event, extra={"fields": fields})
