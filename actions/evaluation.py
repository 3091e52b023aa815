"""Registering a comparison before looking."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from actions.changing import changing
from answers.evaluation import compared, panels
from answers.reader import Reader
from data import registrations
from data.imports.problems import typed
from evaluation import registration as reg
from metrics import registry

DESIGNS = reg.DESIGNS
AUTHOR_LENGTH, REASON_LENGTH = registrations.AUTHOR_LENGTH, registrations.REASON_LENGTH
LINE = re.compile(r"^\s*(.+?)[\s,]+(20\d\d)[-.]\s?(\d{1,2})\.?\s*$")
CITY_NAMES = ("서울", "서울시", "서울특별시", "seoul", "city")


@dataclass(frozen=True)
class Kept:
    """What was registered: its digest, measure, what it said of its power, and whether it came before its months were closed."""

    digest: str
    measure: str
    detects: float | None
    in_time: bool


class Blank(Exception):
    """A reason, a name or a start is missing."""


class Unread(Exception):
    """A line of starts that could not be read; `line` is it."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


class Refused(Exception):
    """Starts, window or size do not fit the design."""


def starts_of(read: Reader, text: str) -> dict[str, str]:
    """Starts as typed, a district (name or code) and a month in each line: code -> 'YYYY-MM'; the city's under 'city'.

    Raises:
        Unread: a line that names no district or month.
    """
    names = {
        name.casefold(): code for lang in ("ko", "en") for code, name in read.district_names(lang).items()
    }
    names |= {code: code for code in names.values()} | dict.fromkeys(CITY_NAMES, compared.CITY)
    found: dict[str, str] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        seen = LINE.match(line)
        code = names.get(seen[1].strip().casefold()) if seen else None
        if seen is None or code is None or not 1 <= int(seen[3]) <= 12:
            raise Unread(line.strip()[:60])
        found[code] = f"{seen[2]}-{int(seen[3]):02d}"
    return found


def register(
    read: Reader,
    *,
    measure: str,
    design: str,
    programme: str,
    starts: str,
    after: int,
    smallest: float,
    reason: str,
    author: str,
    replaces: str,
    at: datetime,
) -> Kept:
    """Fix a comparison: its content with what was closed and what the past could tell at this moment, hashed and kept.

    Args:
        starts: as `starts_of` takes them; where empty, the recorded starts of the programme.

    Raises:
        Blank, Unread, Refused: what was given does not do. StoreProblem: the store cannot be written.
    """
    if not (reason.strip() and author.strip()):
        raise Blank
    given: Mapping[str, str] = starts_of(read, starts)
    if not given:
        given = {code: panels.text_of(m) for code, m in panels.known_starts(read).get(programme, {}).items()}
    if not given:
        raise Blank
    metric = registry.get(measure)
    last = panels.closed_to(read, metric)
    keyed = {code: panels.key_of(month) for code, month in given.items()}
    try:
        why = typed(reason, REASON_LENGTH)
        who = typed(author, AUTHOR_LENGTH)
        content = reg.Content(
            measure=measure,
            design=design,
            starts=dict(given),
            after=after,
            smallest=smallest,
            known_to=panels.text_of(last) if last else "",
            reason=why,
            author=who,
            recorded_at=at.isoformat(timespec="seconds"),
            programme=programme if not starts.strip() else "",
            replaces=replaces,
            detects=_detects(read, measure, keyed, after, design) if last else None,
        )
    except ValueError as problem:
        raise Refused(str(problem)) from problem
    with changing(read.store) as engine:
        digest = registrations.register(
            engine,
            content=reg.written(content),
            measure=measure,
            design=design,
            programme=content.programme,
            known_to=last,
            replaces=replaces,
            reason=why,
            author=who,
            recorded_at=at,
        )
    return Kept(digest, measure, content.detects, reg.in_time(content))


def _detects(read: Reader, measure: str, starts: Mapping[str, int], after: int, design: str) -> float | None:
    found = compared.detects(read, measure, starts, after, design=design)
    return None if isinstance(found, str) or not math.isfinite(found.told) else round(found.told, 2)
