"""A number in a cell as its number format shows it: scaled, as percent, padded, between words.

Decimals and separators are not repeated: what is cut off on the screen still stands in the cell. Scale, percent,
leading zeros and words change what a reader believes to see, so they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

MAX_FORMAT = 255  # Excel allows no longer one
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?\d{1,15}(?:\.\d{1,15})?)$")
_WON_SIGNS = frozenset("₩\\￦")
_SIGNS = frozenset("-+()△▲▵ ")
_DIGITS = "0#?"


@dataclass
class Section:
    """One section of a format: what stands before, among and after the digits.

    Attributes:
        thousands: how many times the number is divided by 1,000; hundreds: how many times multiplied by 100.
        places: the integer digits in order, each a placeholder or a literal among them.
        plain: the digits are written in a way of their own (fraction, power of ten, General).
    """

    before: str = ""
    after: str = ""
    thousands: int = 0
    hundreds: int = 0
    places: list[str] = field(default_factory=list)
    plain: bool = False
    condition: tuple[str, Decimal] | None = None

    @property
    def has_digits(self) -> bool:
        return self.plain or any(place in _DIGITS for place in self.places)

    @property
    def patterned(self) -> bool:
        """Whether zeros are padded or literals stand among the digits."""
        zeros = sum(place == "0" for place in self.places)
        return zeros > 1 or any(place not in _DIGITS for place in self.places)


def _tokens(code: str) -> Iterator[tuple[str, str]]:
    """(kind, text): literal, bracket, and every other character as itself."""
    at = 0
    while at < len(code):
        sign = code[at]
        if sign in '"[':
            end = code.find('"' if sign == '"' else "]", at + 1)
            end = len(code) if end < 0 else end
            yield ("literal" if sign == '"' else "bracket", code[at + 1 : end])
            at = end + 1
        elif sign in "\\_*":
            if sign == "\\":
                yield "literal", code[at + 1 : at + 2]
            at += 2
        else:
            yield "sign", sign
            at += 1


def _sections(code: str) -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = [[]]
    for kind, text in _tokens(code):
        if (kind, text) == ("sign", ";"):
            found.append([])
        else:
            found[-1].append((kind, text))
    return found


def _section(tokens: list[tuple[str, str]]) -> Section:
    section = Section()
    general = "".join(text for kind, text in tokens if kind == "sign")
    section.plain = any(mark in general for mark in ("General", "G/표준", "E+", "E-", "/"))
    pending: list[str] = []  # literals and commas that may stand among the digits or end them
    fraction = False
    for kind, text in tokens:
        if kind == "bracket":
            condition = _CONDITION.match(text)
            if condition:
                section.condition = (condition[1], Decimal(condition[2]))
            elif text.startswith("$"):
                pending.append(text[1:].split("-")[0])
        elif kind == "literal":
            pending.append(text)
        elif text in _DIGITS:
            if not fraction and not section.plain:
                literals = [mark for mark in pending if mark != ","]
                if section.places:
                    section.places += literals
                else:
                    section.before = "".join(literals)
                section.places.append(text)
                pending = []
        elif text == ".":
            section.thousands, fraction = _closed(pending, section.thousands), True
            pending = [mark for mark in pending if mark != ","]
        elif text == "%":
            section.hundreds += 1
        elif section.plain and text in "GeneralE+-/표준":
            section.before, pending = section.before + "".join(pending), []
        else:
            pending.append(text)
    section.thousands = _closed(pending, section.thousands)
    section.after = "".join(mark for mark in pending if mark != ",")
    return section


def _closed(pending: list[str], thousands: int) -> int:
    """Commas that directly follow the last digit divide by a thousand each."""
    for mark in pending:
        if mark != ",":
            break
        thousands += 1
    return thousands


@lru_cache(maxsize=1024)
def sections(code: str) -> tuple[Section, ...]:
    """A number format's sections, empty where it is no longer one that Excel would write."""
    if len(code) > MAX_FORMAT:
        return ()
    return tuple(_section(tokens) for tokens in _sections(code))


def _chosen(found: tuple[Section, ...], value: Decimal) -> Section | None:
    """The section under which a value is shown."""
    for section in found:
        if section.condition is not None and _holds(section.condition, value):
            return section
    free = [section for section in found if section.condition is None]
    if len(free) < len(found):
        return free[0] if free else None
    if value < 0 and len(found) > 1:
        return found[1]
    if value == 0 and len(found) > 2:
        return found[2]
    return found[0] if found else None


def _holds(condition: tuple[str, Decimal], value: Decimal) -> bool:
    sign, bound = condition
    compared = (value > bound) - (value < bound)
    return {"<": compared < 0, "<=": compared <= 0, ">": compared > 0, ">=": compared >= 0,
            "=": compared == 0, "<>": compared != 0}[sign]  # fmt: skip


def shown(value: int | float, code: str) -> tuple[str, int]:
    """A number as its format shows it, with all its decimals, and how many times it was divided by 1,000.

    A format that shows nothing, or nothing of a number, leaves it as it stands: 0 shown as a dash is still 0.
    """
    number = Decimal(format(value, ".15g"))
    section = _chosen(sections(code), number)
    if section is None or not section.has_digits:
        return plain(number), 0
    scaled = number * 100**section.hundreds / Decimal(1000) ** section.thousands
    whole = scaled == scaled.to_integral_value()
    digits = _filled(section, abs(int(scaled))) if section.patterned and whole else plain(abs(scaled))
    sign = "-" if number < 0 else ""
    after = _words(section.after) + "%" * section.hundreds
    return f"{sign}{_words(section.before)}{digits}{after}", section.thousands


def _words(text: str) -> str:
    """A literal beside the number; signs, spaces and the won's sign say nothing that the number does not."""
    inner = "".join(sign for sign in text if sign not in _WON_SIGNS)
    return inner.strip() if any(sign not in _SIGNS for sign in inner) else ""


def _filled(section: Section, whole: int) -> str:
    """Digits put into their places from the right, zeros where the format asks for them."""
    left = list(str(whole)) if whole else []
    out: list[str] = []
    last_digit = next(i for i, place in enumerate(section.places) if place in _DIGITS)
    for i in range(len(section.places) - 1, -1, -1):
        place = section.places[i]
        if place not in _DIGITS:
            out.append(place)
        elif left:
            out.append(left.pop())
        elif place == "0":
            out.append("0")
        if i == last_digit:
            out += reversed(left)
    return "".join(reversed(out)).lstrip() or "0"


def plain(number: Decimal) -> str:
    """Digits without an exponent or needless zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def is_ordinary(code: str) -> bool:
    """Whether numbers under this format may be read as they stand: General, 0, #,##0, accounting."""
    return all(
        section.plain and not (_words(section.before) or _words(section.after)) and not section.hundreds
        if section.plain
        else not (section.thousands or section.hundreds or section.patterned
                  or (section.has_digits and (_words(section.before) or _words(section.after))))
        for section in sections(code)
    )  # fmt: skip
