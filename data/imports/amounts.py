"""Numbers and units as offices write them: thousands separators, (12), △12, 3억 5,000만원, withheld cells."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from data.imports.cells import header_key, value_key
from data.imports.reasons import Reason
from data.imports.refusal import Refused

WON = {
    "원": 1,
    "천원": 10**3,
    "만원": 10**4,
    "십만원": 10**5,
    "백만원": 10**6,
    "천만원": 10**7,
    "억원": 10**8,
    "십억원": 10**9,
    "백억원": 10**10,
    "조원": 10**12,
    "천": 10**3,
    "만": 10**4,
    "백만": 10**6,
    "억": 10**8,
    "won": 1,
    "krw": 1,
    "thousandwon": 10**3,
    "krwthousand": 10**3,
    "millionwon": 10**6,
    "krwmillion": 10**6,
    "100millionwon": 10**8,
    "billionwon": 10**9,
    "krwbillion": 10**9,
}
SECONDS = {
    "초": 1,
    "s": 1,
    "sec": 1,
    "second": 1,
    "seconds": 1,
    "분": 60,
    "min": 60,
    "minute": 60,
    "minutes": 60,
    "시간": 3600,
    "hour": 3600,
    "hours": 3600,
}
# Units that count one by one, and remarks that are no unit.
PLAIN = frozenset(
    (
        "",
        "명",
        "건",
        "회",
        "개",
        "점",
        "개월",
        "년",
        "필수",
        "선택",
        "숫자",
        "정수",
        "count",
        "people",
        "persons",
        "visits",
        "points",
        "months",
        "required",
        "optional",
        "number",
    )
)

WITHHELD = re.compile(r"^(?:[xX*×]+|비공개|(?:<|≤)\s?\d+|\d+(?:명|건|회)?미만|fewerthan\d+)$")
NOTHING = frozenset(("…", "...", "미상", "불명", "없음", "n/a", "na", "null", "none", "nan"))
NIL = frozenset(("-", "—"))
_NUMBER = re.compile(r"^(\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+)(\.\d+)?$")
_SUFFIX = re.compile(r"(?:명|건|회|개|점|가구|세대|초|개월)$")
_CAPTION = re.compile(r"(?:단위|unit)\s*[::]?\s*([^)\]\u3009>]*)", re.IGNORECASE)
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


def caption_unit(text: str) -> str | None:
    """The money unit of a caption such as `(단위: 천원, 명)`, or None when it names no money.

    Raises:
        Refused: it names a currency or several money units that cannot be told apart.
    """
    found = _CAPTION.search(text)
    if not found:
        return None
    named = [part.strip() for part in re.split(r"[,/·、]", found.group(1)) if part.strip()]
    units = [part for part in named if header_key(part) in WON]
    if len({WON[header_key(unit)] for unit in units}) > 1:
        raise Refused(Reason.UNKNOWN_UNIT, text.strip())
    if not units and any(re.search(r"원|won|krw|달러|usd|\$", part, re.IGNORECASE) for part in named):
        raise Refused(Reason.UNKNOWN_UNIT, text.strip())
    return units[0].replace(" ", "") if units else None
