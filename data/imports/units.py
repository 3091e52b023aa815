"""Units wherever they stand: in a header, above or below the table, in the name of the sheet or the file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from data.imports.cells import header_key
from data.imports.marks import brackets

_TIMES = {"": 1, "십": 10, "백": 100, "천": 10**3, "만": 10**4, "십만": 10**5, "백만": 10**6, "천만": 10**7, "억": 10**8,
          "십억": 10**9, "백억": 10**10, "조": 10**12}  # fmt: skip
WON = {
    **{f"{times}원": scale for times, scale in _TIMES.items()},
    **{times: _TIMES[times] for times in ("천", "만", "백만", "억")},
    "won": 1, "krw": 1, "thousandwon": 10**3, "krwthousand": 10**3, "millionwon": 10**6, "krwmillion": 10**6,
    "100millionwon": 10**8, "billionwon": 10**9, "krwbillion": 10**9,
}  # fmt: skip
SECONDS = {
    **dict.fromkeys(("초", "s", "sec", "second", "seconds"), 1),
    **dict.fromkeys(("분", "min", "minute", "minutes"), 60),
    **dict.fromkeys(("시간", "hour", "hours"), 3600),
}
_COUNTED = ("명", "인", "건", "회", "개", "개소", "곳", "가구", "세대", "호", "점", "콜", "통", "연인원")
_COUNTED_EN = ("people", "persons", "visits", "cases", "calls", "contacts", "households", "count")
COUNTS = {
    **{f"{times}{what}": scale for times, scale in _TIMES.items() for what in _COUNTED},
    **dict.fromkeys(_COUNTED_EN, 1),
    **{f"{times}{what}": scale for what in _COUNTED_EN for times, scale in (("thousand", 10**3), ("million", 10**6))},
}  # fmt: skip
# Remarks in a header's brackets that are no unit, and units that are the column's own.
PLAIN = frozenset(
    ("", "개월", "년", "월", "일", "세", "필수", "선택", "숫자", "정수", "percent", "퍼센트", "points", "months", "years",
     "required", "optional", "number", "계", "누계", "당월", "전체", "누적")
) | {unit for unit, scale in COUNTS.items() if scale == 1}  # fmt: skip
_MARKER = re.compile(r"단위|units?(?![a-z])", re.IGNORECASE)
_LETTERS = re.compile(r"[a-z①-⑳]([-+/*=×÷][a-z①-⑳])*")  # (A), (B=A-C): names of columns, no units
_MONEY_LIKE = re.compile(r"원|won|krw|달러|엔|위안|유로|usd|eur|jpy|\$|€|¥", re.IGNORECASE)
_BETWEEN = " :：=은는-."  # what stands between the word 단위 and the unit
MAX_TEXT = 200  # what says a unit is a caption, no essay


def unit_key(text: str) -> str:
    """A unit for comparison: letters and digits only, percent as a word."""
    return header_key(text.replace("%", "percent").replace("％", "percent"))


def said(inside: Iterable[str]) -> str:
    """The unit among the texts of a header's brackets: the known one, else the last that is no mere letter."""
    texts = [_unmarked(text) for text in inside]
    known = [text for text in texts if _known(unit_key(text))]
    if known:
        return known[0]
    left = [text for text in texts if text and not _LETTERS.fullmatch(text.lower().replace(" ", ""))]
    return left[-1] if left else ""


def _unmarked(text: str) -> str:
    """What follows the word 단위, without colon: `단위 : 천원` says 천원."""
    found = _MARKER.search(text)
    if found is None:
        return text.strip()
    rest = text[found.end() :].strip(_BETWEEN)
    return rest or text[: found.start()].strip()


def _known(key: str) -> bool:
    return bool(key) and (key in WON or key in SECONDS or key in COUNTS)


@dataclass
class Named:
    """The units that the texts around a table name, each with the place where it stands.

    Attributes:
        money, counts, seconds: unit as written -> place (caption, footnote, sheet, file).
        unknown: words that stand where a unit should and are none that is known.
    """

    money: dict[str, str] = field(default_factory=dict)
    counts: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def add(self, text: str, place: str) -> None:
        """Take the units that a text names: `(단위: 천원, 명)`, `(천원)` behind a title, or nothing but `천원`."""
        for unit, stated in _named(text[:MAX_TEXT]):
            key = unit_key(unit)
            plain = unit.replace(" ", "")
            if key in WON and (stated or len(key) > 1 or key == "원"):
                self.money.setdefault(plain, place)
            elif key in SECONDS:
                self.seconds.setdefault(plain, place)
            elif key in COUNTS:
                self.counts.setdefault(plain, place)
            elif stated and key not in PLAIN:
                self.unknown.append(unit)

    def add_name(self, text: str, place: str) -> None:
        """Take the units that the name of a sheet or file holds as words of their own: `9월_천원`."""
        outside, inside = brackets(text[:MAX_TEXT])
        for word in [*inside, *re.split(r"[^0-9A-Za-z가-힣]+", outside)]:
            key = unit_key(_unmarked(word))
            if key in WON and WON[key] > 1 and len(key) > 1 and not key.isascii():
                self.money.setdefault(_unmarked(word), place)
            elif COUNTS.get(key, 1) > 1:
                self.counts.setdefault(_unmarked(word), place)


def _named(text: str) -> list[tuple[str, bool]]:
    """(word that may be a unit, whether it was called one)."""
    outside, inside = brackets(text)
    found: list[tuple[str, bool]] = []
    for part in [*inside, outside]:
        marked = _MARKER.search(part) is not None
        if marked:
            words = re.split(r"[,/·、;，]", _after_marker(part))
            found += [(word.strip(), True) for word in words if word.strip()]
        elif _known(unit_key(part)):
            found.append((part.strip(), False))
        elif part is not outside:
            words = re.split(r"[,/·、;，]", part)
            if len(words) > 1 and all(_known(unit_key(word)) or unit_key(word) in PLAIN for word in words):
                found += [(word.strip(), False) for word in words]
    return found


def _after_marker(text: str) -> str:
    found = _MARKER.search(text)
    assert found is not None
    rest = text[found.end() :].strip(_BETWEEN).removesuffix("입니다").removesuffix("임").rstrip(" .")
    if rest:
        return rest
    before = text[: found.start()].split()  # 천원 단위
    return before[-1] if before else ""


def money_like(text: str) -> bool:
    """Whether a word speaks of money."""
    return bool(_MONEY_LIKE.search(text))
