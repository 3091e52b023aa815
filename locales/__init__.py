"""Every sentence on screen, in Korean and English. Keys are checked by a test: both files hold the same ones."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from locales import numbers

LANGUAGES = {"ko": "한국어", "en": "English"}
_HERE = Path(__file__).parent

__all__ = ["LANGUAGES", "numbers", "sentences", "t"]


@cache
def sentences(lang: str) -> dict[str, str]:
    """Flat key -> sentence of one language; nested tables join with a dot."""
    found: dict[str, str] = {}

    def walk(prefix: str, table: dict[str, Any]) -> None:
        for name, entry in table.items():
            key = f"{prefix}{name}"
            if isinstance(entry, dict):
                walk(f"{key}.", entry)
            else:
                found[key] = entry

    walk("", tomllib.loads((_HERE / f"{lang}.toml").read_text(encoding="utf-8")))
    return found


def t(key: str, lang: str, **values: object) -> str:
    """The sentence of a key with its named places filled.

    Raises:
        KeyError: an unknown key or an unfilled place, so that a mistake fails a test and not a reader.
    """
    return sentences(lang)[key].format(**values)
