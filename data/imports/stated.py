"""What the name of a file and the lines above its table say of it: the month, the district, the day or the days that it tells of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from data import coverage
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

_DATE = r"(20\d{2})\s?[-./년]\s?(\d{1,2})\s?[-./월]\s?(\d{1,2})\s?[일.]?"
_REST = r"(?:(20\d{2})\s?[-./년]\s?)?(\d{1,2})\s?[-./월]\s?(\d{1,2})\s?[일.]?"
_TO = r"\s?(?:\([월화수목금토일]\)\s?)?(?:[~∼〜～]|부터)\s?"
_DAYS = re.compile(_DATE + _TO + _REST)
_MONTHS = re.compile(
    r"(20\d{2})\s?[-./년]\s?(\d{1,2})\s?월?" + _TO + r"(?:(20\d{2})\s?[-./년]\s?)?(\d{1,2})\s?월"
)
# Words beside days that say for what they are: the file's own, or the programme's, of which a file says nothing.
_OF_FILE = re.compile(
    r"조회|집계|실적|자료|통계|추출|수록|검색|대상\s?기간|^\s?기간|period covered|^\s?period", re.IGNORECASE
)
_OF_OTHERS = re.compile(r"사업\s?기간|운영\s?기간|계약|모집|신청|접수\s?기간|시행")
# A file of some rows of a month is none of the month.
_PART = re.compile(r"정정|수정|누락|추가|보완|일부(?!터)|correct|missing|addition", re.IGNORECASE)


def span(named: str, texts: Iterable[str]) -> tuple[date, date] | None:
    """The first and last day that a file says it tells of (조회기간: 2026-10-01 ~ 2026-10-31, 실적 2026년 8월~10월, 2026년 9월).

    Args:
        named: the file's name. texts: the lines above and below its table.

    Returns: None where it says none, or several that differ, or that it holds a part.
    """
    lines = [named, *texts]
    if any(_PART.search(text[:MAX_TEXT]) for text in lines):
        return None
    found = set()
    for text in lines:
        short = text[:MAX_TEXT]
        if text is named or (_OF_FILE.search(short) and not _OF_OTHERS.search(short)):
            found |= {between for between in _spans(short) if between is not None}
    if not found:
        only = month(lines)
        return None if only is None else (coverage.first_day(only), coverage.last_day(only))
    return found.pop() if len(found) == 1 else None


def _spans(text: str) -> Iterable[tuple[date, date] | None]:
    days = list(_DAYS.finditer(text))
    for year, number, day, until_year, until_month, until_day in (one.groups() for one in days):
        yield _between((year, number, day), (until_year or year, until_month, until_day))
    for year, number, until_year, until_month in (
        one.groups() for one in _MONTHS.finditer("" if days else text)
    ):
        last = int(until_year or year) * 100 + int(until_month)
        if 1 <= last % 100 <= 12:
            yield _between(
                (year, number, "1"), (until_year or year, until_month, str(coverage.last_day(last).day))
            )


def _between(first: tuple[str, str, str], last: tuple[str, str, str]) -> tuple[date, date] | None:
    try:
        days = date(*map(int, first)), date(*map(int, last))
    except ValueError:
        return None
    return days if days[0] <= days[1] else None


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
    captions = [text for body in bodies for text in (*body.captions, *body.notes)]
    between = span(parsed.file_name.rsplit(".", 1)[0], captions)
    parsed.spans = () if between is None else (between[0].isoformat(), between[1].isoformat())
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
