"""Text as it stands in a cell: normal form, comparison keys, resident registration numbers."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

# Invisible characters go, every kind of space becomes a space, full-width digits and letters become ordinary.
# Full-width punctuation stays: turned into a comma or quote it would change a CSV file's structure.
_TRANSLATION: dict[int, int | None] = (
    dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD))
    | dict.fromkeys((0x00A0, 0x3000, 0x2002, 0x2003, 0x2007, 0x2009, 0x202F), 0x20)
    | {
        wide: wide - 0xFEE0
        for span in ((0xFF10, 0xFF1A), (0xFF21, 0xFF3B), (0xFF41, 0xFF5B))
        for wide in range(*span)
    }
)
_TRANSLATED = re.compile("[" + "".join(map(chr, _TRANSLATION)) + "]")
_NOT_IN_KEY = re.compile(r"[^0-9a-z가-힣ㄱ-ㅎㅏ-ㅣ]")
_DASHES = re.compile(r"[‐‑‒–—―−~∼〜～]")
_DOTS = re.compile(r"[·ㆍ・‧•∙ᆞ]")

# YYMMDD-SNNNNNN, written with any dash or space, also with the last six digits starred out.
RESIDENT_NUMBER = re.compile(
    r"(?<![\d.])\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?: ?[-‐‑–—−－] ?| )?"
    r"[1-8](?:\d{6}|[*●xX]{6})(?!\d)"
)
_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)


def normalise(text: str) -> str:
    """NFC, without invisible characters, with ordinary spaces and digits."""
    composed = unicodedata.normalize("NFC", text)
    return composed.translate(_TRANSLATION) if _TRANSLATED.search(composed) else composed


def header_key(text: str) -> str:
    """A header for comparison: letters and digits only, lower case; of brackets the text stays."""
    return _NOT_IN_KEY.sub("", unicodedata.normalize("NFKC", text).casefold())


def value_key(text: str) -> str:
    """A category or name for comparison: no spaces, lower case, one kind of dash and of middle dot."""
    plain = _DOTS.sub("·", _DASHES.sub("-", text))
    return "".join(unicodedata.normalize("NFKC", plain).casefold().split())


def find_resident_number(text: str) -> int | None:
    """Where in a text a resident registration number stands, or None.

    With a dash, a space or stars the date of birth must exist; thirteen bare digits must also satisfy the
    check digit, since order and document numbers can have the same length.
    """
    for found in RESIDENT_NUMBER.finditer(text):
        shown = found.group()
        digits = re.sub(r"\D", "", shown)
        century = {"1": 1900, "2": 1900, "5": 1900, "6": 1900}.get(digits[6], 2000)
        try:
            date(century + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
        except ValueError:
            continue
        if shown != digits or _check_digit_holds(digits):
            return found.start()
    return None


def _check_digit_holds(digits: str) -> bool:
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits[:12], strict=True))
    expected = (11 - total % 11) % 10
    # Foreign residents' numbers (5 to 8) add two.
    return int(digits[12]) == (expected if digits[6] in "1234" else (expected + 2) % 10)
