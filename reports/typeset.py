"""Sheets as PDF/UA and pictures as PNG. Values travel as JSON: no text of a file is ever read as markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

from reports import fonts

TEMPLATES = Path(__file__).resolve().parent / "templates"
STANDARD = "ua-1"


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
    text = json.dumps({**data, "font": family}, ensure_ascii=False)
    compiler = typst.Compiler(str(TEMPLATES / template), root=str(TEMPLATES), font_paths=known)
    return compiler.compile(sys_inputs={"data": text}, **how)
