"""The font that sheets are set in: the project's own, as the set-up keeps it for paper (`tools/assets.py`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import typst

FOLDER = Path(__file__).resolve().parent.parent / "ui" / "static" / "fonts"
COMMAND = "python tools/assets.py --force"


class NoFont(Exception):
    """There is no font with Hangul for paper: better no sheet than one of empty boxes."""


def installed() -> bool:
    """Whether sheets can be made."""
    return any(FOLDER.glob("*.otf"))


@cache
def found() -> tuple[typst.Fonts, str]:
    """The fonts, and the name of their family.

    Raises:
        NoFont: none is installed.
    """
    if not installed():
        raise NoFont(COMMAND)
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FOLDER)])
    return fonts, fonts.families()[0]
