"""One thing that is wrong: its place (file, sheet, true spreadsheet row, column), reason and, where safe,
its value. A value that looks like a personal number is never kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.imports.cells import RESIDENT_NUMBER, find_resident_number
from data.imports.reasons import Reason
from data.imports.sentences import SENTENCES

SHOWN_LENGTH = 60
MASK = "●●●"


_PHONE = re.compile(r"(?<!\d)01[016789][-. ]?\d{3,4}[-. ]?\d{4}(?!\d)")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_HINT = re.compile(r"@|\d{6}|01\d[-. ]?\d")  # what all three share, to pass quickly over ordinary text
_LONG_NUMBER = re.compile(r"\d(?:[\s.-]?\d){8,}")
_DATE_LIKE = re.compile(r"^\W?(19|20)\d{2}\s?[-./년]\s?\d{1,2}\s?[-./월]\s?\d{1,2}(?!\d{3})[^-]{0,14}$")


def is_personal(text: str) -> bool:
    """Whether a text holds what looks like a mobile number, an e-mail address or a resident number."""
    if not _HINT.search(text):
        return False
    return bool(_PHONE.search(text) or _EMAIL.search(text)) or find_resident_number(text) is not None


def redact_name(text: str) -> str:
    """A file or sheet name without mobile, resident numbers and addresses; dates and running numbers stay."""
    return _EMAIL.sub(MASK, _PHONE.sub(MASK, RESIDENT_NUMBER.sub(MASK, text)))


def redact(text: str) -> str:
    """A value with every personal-looking number and address replaced by ●●●, cut to 60 characters."""
    safe = redact_name(text)
    if not _DATE_LIKE.match(safe):
        safe = _LONG_NUMBER.sub(MASK, safe)
    return safe if len(safe) <= SHOWN_LENGTH else safe[: SHOWN_LENGTH - 1] + "…"


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
        ko_what, ko_do, en_what, en_do = SENTENCES[self.reason]
        what, do = (ko_what, ko_do) if lang == "ko" else (en_what, en_do)
        value, detail = self.value, self.detail
        if lang != "ko":
            value, detail = self.value_en or value, self.detail_en or detail
        shown = f" ‘{value}’" if value else ""
        said = f"{what} {do}".format(detail=detail or "…")
        return f"{self.place(lang)}:{shown} {said}"

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
