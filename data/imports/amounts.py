"""Numbers as offices write them: thousands separators, (12), △12, 3억 5,000만원, withheld cells."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from data.imports.cells import value_key
from data.imports.reasons import Reason
from data.imports.refusal import Refused

LONGEST = 100  # characters; no number is longer, and none of the patterns below meets a longer text
WITHHELD = re.compile(r"^(?:[xX*×]+|비공개|(?:<|≤)\s?\d+|\d+(?:명|건|회)?미만|fewerthan\d+)$")
NOTHING = frozenset(("…", "...", "미상", "불명", "없음", "n/a", "na", "null", "none", "nan"))
NIL = frozenset(("-", "—"))
_NUMBER = re.compile(r"^(\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+)(\.\d+)?$")
_SUFFIX = re.compile(r"(?:명|건|회|개|점|가구|세대|초|개월|년|인|곳)$")
_SPOKEN = re.compile(r"([\d,]+(?:\.\d+)?)(조|천억|백억|십억|억|천만|백만|십만|만|천)?")
_SPOKEN_SCALE = {
    "조": 10**12,
    "천억": 10**11,
    "백억": 10**10,
    "십억": 10**9,
    "억": 10**8,
    "천만": 10**7,
    "백만": 10**6,
    "십만": 10**5,
    "만": 10**4,
    "천": 10**3,
    "": 1,
}


def parse(text: str) -> Decimal | None:
    """A number as written, or None for a cell that says there is no value.

    A lone dash, nil, is not decided here (`is_nil`): whether it is zero or nothing depends on the column.

    Raises:
        Refused: withheld, ▲, or not a number.
    """
    if len(text) > LONGEST:
        raise Refused(Reason.NOT_A_NUMBER)
    plain = text.strip().lstrip("'’").strip()
    key = value_key(plain)
    if not plain or key in NOTHING:
        return None
    if WITHHELD.match(key):
        raise Refused(Reason.SUPPRESSED)
    sign, body = _sign(plain)
    found = _NUMBER.match(_SUFFIX.sub("", body).strip())
    if not found:
        raise Refused(Reason.NOT_A_NUMBER)
    try:
        return sign * Decimal(re.sub(r"[ ,]", "", found.group()))
    except InvalidOperation as error:
        raise Refused(Reason.NOT_A_NUMBER) from error


def is_nil(text: str) -> bool:
    """Whether the cell is the lone dash that statistics tables print for nil."""
    return value_key(text) in NIL


def parse_won(text: str, scale: int) -> Decimal | None:
    """An amount in won. A unit written in the cell itself (3억 5,000만원) overrides the column's `scale`.

    Raises:
        Refused: as `parse`.
    """
    if len(text) > LONGEST:
        raise Refused(Reason.NOT_A_NUMBER)
    sign, body = _sign(text.strip().lstrip("'’₩\\").strip())
    words = "".join(body.split())
    if words.endswith("원") or re.search(r"\d[조억만천백십]", words):
        words = words.removesuffix("원")
        pieces = _SPOKEN.findall(words)
        if not pieces or "".join(number + unit for number, unit in pieces) != words:
            raise Refused(Reason.NOT_A_NUMBER)
        return sign * sum(
            ((parse(number) or Decimal(0)) * _SPOKEN_SCALE[unit] for number, unit in pieces), Decimal(0)
        )
    value = parse(text.strip().lstrip("₩\\"))
    return None if value is None else value * scale


def _sign(text: str) -> tuple[int, str]:
    if text.startswith("▲"):
        raise Refused(Reason.FILLED_TRIANGLE)
    if text.startswith("(") and text.endswith(")"):
        return -1, text[1:-1].strip()
    if text[:1] in ("△", "▵", "∆", "Δ", "-", "−", "－"):
        return -1, text[1:].strip()
    return 1, text.removeprefix("+").strip()
