"""Text as it stands in a cell: normal form, comparison keys."""

from __future__ import annotations

import re
import unicodedata

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
LONGEST_HEADER = 500  # what stands behind so many characters of a header does not count
_PILE = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{30,}")
_NOT_IN_KEY = re.compile(r"[^0-9a-z가-힣ㄱ-ㅎㅏ-ㅣ]")
_DASHES = re.compile(r"[‐‑‒–—―−~∼〜～]")
_DOTS = re.compile(r"[·ㆍ・‧•∙ᆞ]")


def normalise(text: str) -> str:
    """NFC, without invisible characters, with ordinary spaces and digits."""
    composed = unicodedata.normalize(
        "NFC", _PILE.sub("", text)
    )  # composing takes the square of a pile's height
    return composed.translate(_TRANSLATION) if _TRANSLATED.search(composed) else composed


def header_key(text: str) -> str:
    """A header for comparison: letters and digits only, lower case; of brackets the text stays."""
    return _NOT_IN_KEY.sub("", unicodedata.normalize("NFKC", text[:LONGEST_HEADER]).casefold())


def value_key(text: str) -> str:
    """A category or name for comparison: no spaces, lower case, one kind of dash and of middle dot."""
    plain = _DOTS.sub("·", _DASHES.sub("-", text))
    return "".join(unicodedata.normalize("NFKC", plain).casefold().split())
