"""What the name of a file and the lines above its table say of it: the month, the district, the day that it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from data.imports import together
from data.imports.layout import Body
from data.imports.lookups import Lookups
from data.imports.problems import Problem
from data.imports.reasons import Reason
from data.imports.report import Parsed

MAX_TEXT = 200
_DAY = re.compile(r"(20\d{2})\s?[-./년]\s?(\d{1,2})\s?[-./월]\s?(\d{1,2})")
_AS_OF = re.compile(r"기준일|기준|현재|as of", re.IGNORECASE)
_NEAR = 12  # characters between the word 기준 and its day
_MONTH = re.compile(
    r"(20\d{2})\s?[-._년]\s?(\d{1,2})\s?월(?!\s?\d)|(?<!\d)(20\d{2})[-._]?(0[1-9]|1[0-2])(?![-._]?\d)"
)
# A month in such a line is a span, or says when the file was made.
_SPAN = re.compile(r"[~∼〜～]|부터|까지|이후|분기|상반기|하반기|누계|작성|출력|보고|발행|제출|생성|등록|추출")


def reference_day(texts: Iterable[str]) -> date | None:
    """The day as of which a file says that it stands (기준일: 2026. 9. 30., 2026-09-30 현재), None where it says none."""
    for text in texts:
        short = text[:MAX_TEXT]
        for found in _DAY.finditer(short):
            beside = (
                short[max(found.start() - _NEAR, 0) : found.start()]
                + short[found.end() : found.end() + _NEAR]
            )
            if _AS_OF.search(beside):
                try:
                    return date(*(int(part) for part in found.groups()))
                except ValueError:
                    continue
    return None


def month(texts: Iterable[str]) -> int | None:
    """The one month that the texts name (2026년 9월, 2026-09), as 202609; None for none, several or a span."""
    named: set[int] = set()
    for text in texts:
        short = text[:MAX_TEXT]
        if _SPAN.search(short) or _AS_OF.search(short):
            continue
        for found in _MONTH.finditer(short):
            year, number = (int(part) for part in found.groups() if part is not None)
            if 1 <= number <= 12:
                named.add(year * 100 + number)
    return named.pop() if len(named) == 1 else None


def district(file_name: str, lookups: Lookups) -> str | None:
    """The one district whose full name a file's name holds, None for none or several."""
    short = file_name[:MAX_TEXT]
    named = {code for code, name in lookups.labels.items() if name in short}
    return named.pop() if len(named) == 1 else None


def hold(parsed: Parsed, bodies: Sequence[Body], lookups: Lookups) -> None:
    """Refuse a file whose name or title speaks of another month or district than its rows, tell one that does so in part."""
    said = [parsed.file_name.rsplit(".", 1)[0], *(text for body in bodies for text in body.captions)]
    day = reference_day([*said, *(text for body in bodies for text in body.notes)])
    parsed.stands_for = "" if day is None else day.isoformat()
    if parsed.frame.empty:
        return
    column, stated_month = together.month_column(parsed.table_name or ""), month(said)
    if stated_month is not None and column is not None:
        found = [together.month_of(value) for value in parsed.frame[column]]
        shown = f"{stated_month // 100}-{stated_month % 100:02d}"
        _compare(parsed, Reason.STATED_MONTH, shown, stated_month, found)
    code = district(parsed.file_name, lookups)
    if code is not None and "district_code" in parsed.frame:
        _compare(
            parsed, Reason.STATED_DISTRICT, lookups.labels[code], code, parsed.frame["district_code"].tolist()
        )


def _compare(parsed: Parsed, reason: Reason, shown: str, wanted: object, found: Sequence[object]) -> None:
    known = [value for value in found if value is not None]
    other = sum(value != wanted for value in known)
    if other and other == len(known):
        parsed.problems.append(Problem(parsed.file_name, "", None, "", None, reason, shown))
    elif other:
        ko, en = f"{shown}, {other:,}행", f"{shown}, {other:,} rows"
        parsed.told.append(Problem(parsed.file_name, "", None, "", None, Reason.PARTLY_STATED, ko, None, en))
