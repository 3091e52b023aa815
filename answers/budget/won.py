"""Won in the unit that the reader chose: 억원 to one decimal (in English billions to two), 천원 or 원 whole. Only the display rounds."""

from __future__ import annotations

import math
from decimal import Decimal

from data.codes import label
from locales import numbers, t
from metrics import budget

UNITS = {"eok": (10**8, 1), "cheon": (10**3, 0), "won": (1, 0), "bn": (10**9, 2)}
CHOICES = ("eok", "cheon", "won")
NO_FIGURE = "–"


def unit_of(name: str, lang: str) -> str:
    """The unit behind a choice: English counts in billions, to the same ten million won, and knows no hundred millions."""
    return "bn" if name == "eok" and lang != "ko" else name


def rounded(amount: float, name: str) -> Decimal:
    """An amount of won as the figure that the unit shows, half up."""
    size, digits = UNITS[name]
    return numbers.rounded(Decimal(str(amount)) / size, digits)


def say(amount: float | None, name: str) -> str:
    """The figure without its unit, which the caption names once; a dash for no figure."""
    if amount is None or math.isnan(amount):
        return NO_FIGURE
    return _figure(rounded(amount, name))


def entry(amount: int, name: str) -> str:
    """A single entry's figure: 억원 to four decimals, which are 만원, so that a small payment is not shown as nothing."""
    size, digits = UNITS[name]
    return _figure(numbers.rounded(Decimal(amount) / size, digits + 3 if digits else 0))


def _figure(value: Decimal) -> str:
    return f"{value:,f}".replace("-", "−") if value else f"{abs(value):,f}"


def whole(amount: float, name: str, lang: str) -> str:
    """An amount within a sentence, with its unit: the table's own figure, but a small one in 만 원, never as 0.0억."""
    if lang != "ko":
        if name == "bn" and abs(amount) >= UNITS["bn"][0]:  # the table's own figure
            return f"KRW {say(amount, name)}bn"
        return f"KRW {say(amount, 'won')}" if name == "won" else numbers.won(amount, lang)
    if name != "eok":
        return f"{say(amount, name)}{t(f'budget.unit_{name}', lang)}"
    return numbers.won(amount, lang) if abs(amount) < UNITS[name][0] else f"{say(amount, name)}억 원"


def caption(name: str, lang: str) -> str:
    """(단위: 억원)"""
    return t("budget.unit_caption", lang, unit=t(f"budget.unit_{name}", lang))


def percent(top: float, bottom: float, digits: int = 1) -> str:
    """A rate of two sums; a dash where there is nothing to divide by."""
    value = budget.rate(top, bottom)
    return NO_FIGURE if math.isnan(value) else numbers.percent(value, digits).replace("-", "−")


def line_name(line_type: str, lang: str) -> str:
    """통계목 in words."""
    return label("line_type", line_type, lang)
