"""Sheets as PDF/UA and pictures as PNG. Values travel as JSON: no text of a file is ever read as markup."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

from reports import fonts

TEMPLATES = Path(__file__).resolve().parent / "templates"
STANDARD = "ua-1"
# Signs of ours that the font lacks, as it has them; any other that it lacks, in a name out of a file, becomes ABSENT.
SIGNS = str.maketrans({"✕": "×", "▸": "›", "─": "–"})
ABSENT, MOST_ABSENT = "?", 60
_LACKED = re.compile(r'the text `"(.+?)"` could not be displayed')


class NoRoom(Exception):
    """What a sheet holds does not fit its page even in the smallest type."""


def pdf(template: str, data: Mapping[str, Any]) -> bytes:
    """A tagged PDF/UA-1 of a template.

    Raises:
        NoRoom: a page does not hold what it should.
        fonts.NoFont: none is installed.
    """
    try:
        return _compiled(template, data, format="pdf", pdf_standards=STANDARD)
    except typst.TypstError as problem:
        if "no room" in str(problem):
            raise NoRoom(str(problem)) from None
        raise


def png(template: str, data: Mapping[str, Any], *, ppi: float) -> list[bytes]:
    """A template's pages as pictures."""
    made = _compiled(template, data, format="png", ppi=ppi)
    return [made] if isinstance(made, bytes) else list(made)


def _compiled(template: str, data: Mapping[str, Any], **how: Any) -> Any:
    known, family = fonts.found()
    text = json.dumps({**data, "font": family}, ensure_ascii=False).translate(SIGNS)
    compiler = typst.Compiler(str(TEMPLATES / template), root=str(TEMPLATES), font_paths=known)
    for _ in range(MOST_ABSENT):
        try:
            return compiler.compile(sys_inputs={"data": text}, **how)
        except typst.TypstError as problem:
            lacked = _LACKED.search(str(problem))
            if lacked is None or lacked[1] not in text:
                raise
            text = text.replace(lacked[1], ABSENT)
    raise NoRoom("too many signs that the font lacks")
