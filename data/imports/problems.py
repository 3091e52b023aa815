"""One thing that is wrong: its place (file, sheet, true spreadsheet row, column), reason and, where safe,
its value. A value that looks like a personal number is never kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.imports import names, people
from data.imports.reasons import Reason
from data.imports.sentences import SENTENCES

SHOWN_LENGTH = 60
MASK = "●●●"


_LONG_NUMBER = re.compile(r"\d(?:[\s.-]?\d){8,}")
_DATE_LIKE = re.compile(r"^\W?(19|20)\d{2}\s?[-./년]\s?\d{1,2}\s?[-./월]\s?\d{1,2}(?!\d{3})[^-]{0,14}$")


def redact_name(text: str) -> str:
    """A file's or sheet's name or a title without the words that tell who somebody is."""
    if people.kind_in(text) is None:
        return text
    stem, dot, ending = text.rpartition(".")
    if not dot or len(ending) > 5:
        stem, dot, ending = text, "", ""
    masked = (
        " ".join(MASK if people.kind_in(word) is not None else word for word in stem.split(" "))
        + dot
        + ending
    )
    return masked if people.kind_in(masked) is None else MASK


def typed(text: str, longest: int) -> str:
    """What somebody typed about a decision of theirs, without the words that tell who somebody is, cut to its length.

    Raises:
        ValueError: nothing is left of it.
    """
    found = redact_name(text.strip())[:longest]
    if not found:
        raise ValueError("a name, a reason or what was agreed must not be blank")
    return found


def redact(text: str) -> str:
    """A value of a refused cell as it may be shown: ●●● where it may tell who somebody is, cut to 60 characters."""
    short = text[:SHOWN_LENGTH]
    if people.kind_in(short) is not None or names.like_name(short.strip()):
        return MASK
    safe = short if _DATE_LIKE.match(short) else _LONG_NUMBER.sub(MASK, short)
    return safe if len(text) <= SHOWN_LENGTH else safe[: SHOWN_LENGTH - 1] + "…"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. `row` is the spreadsheet row, None for the file; `value` is safe to show.

    `value_en` and `detail_en` stand for `value` and `detail` in English, where those hold Korean words of ours.
    """

    file: str
    sheet: str
    row: int | None
    column: str
    value: str | None
    reason: Reason
    detail: str = ""
    value_en: str | None = None
    detail_en: str = ""

    @property
    def whole_file(self) -> bool:
        """Whether the file is refused, not just a row."""
        return list(Reason).index(self.reason) <= list(Reason).index(Reason.RESIDENT_NUMBER)

    def sentence(self, lang: str) -> str:
        """Where, what is wrong and what to do, as one line in Korean (`ko`) or English."""
        return f"{self.place(lang)}:{self.said(lang)}"

    def said(self, lang: str) -> str:
        """The value, what is wrong with it and what to do, without its place."""
        ko_what, ko_do, en_what, en_do = SENTENCES[self.reason]
        what, do = (ko_what, ko_do) if lang == "ko" else (en_what, en_do)
        value, detail = self.value, self.detail
        if lang != "ko":
            value, detail = self.value_en or value, self.detail_en or detail
        shown = f" ‘{value}’" if value else ""
        said = f"{what} {do}".format(detail=detail or "…")
        return f"{shown} {said}"

    def place(self, lang: str) -> str:
        """File, sheet, row and column as a reader finds them."""
        korean = lang == "ko"
        parts = [self.file]
        if self.sheet:
            parts.append(f"시트 {self.sheet}" if korean else f"sheet {self.sheet}")
        if self.row is not None:
            parts.append(f"{self.row}행" if korean else f"row {self.row}")
        if self.column:
            parts.append(f"열 {self.column}" if korean else f"column {self.column}")
        return " · ".join(parts)
