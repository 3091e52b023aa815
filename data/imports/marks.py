"""Marks beside a text that say nothing of it: footnote signs, brackets. Everything here is linear in the text."""

from __future__ import annotations

import re

_OPEN = "([{<〔【「『〈《（［｛＜"
_CLOSE = ")]}>〕】」』〉》）］｝＞"
TAIL = 12  # a footnote mark is no longer
MOST = 3  # nobody sets more of them behind one text
# Superscripts, daggers and stars behind a text, 주1), and 1) where no digit stands before it.
_MARK = re.compile(
    r"(?:[*†‡§⁎∗]{1,4}|[¹²³⁰⁴-⁹]{1,3}[)⁾]?|\s?주\s?\d{0,2}\)|\s\d{1,2}\)|(?<=[^\d\s,.(\-])\d{1,2}\))\s*$"
)


def unmarked(text: str) -> str:
    """A text without the footnote marks behind it: 12*, 1,234주1), 강남구¹⁾. A text that is all mark stays."""
    plain = text
    for _ in range(MOST):
        tail = plain[-TAIL:]
        found = _MARK.search(tail)
        if found is None or len(plain) - len(tail) + found.start() == 0:
            return plain
        plain = plain[: len(plain) - len(tail) + found.start()].rstrip()
    return plain


def brackets(text: str) -> tuple[str, list[str]]:
    """A text without its brackets, and what stands in each of them. An open bracket reaches to the end."""
    outside: list[str] = []
    inside: list[str] = []
    start, depth = 0, 0
    for place, sign in enumerate(text):
        if sign in _OPEN:
            if depth == 0:
                outside.append(text[start:place])
                start = place + 1
            depth += 1
        elif sign in _CLOSE and depth:
            depth -= 1
            if depth == 0:
                inside.append(text[start:place].strip())
                start = place + 1
    (inside if depth else outside).append(text[start:].strip() if depth else text[start:])
    return "".join(outside).strip(), inside
