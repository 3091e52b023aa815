"""Every kind of sheet by name, for the command line and the wire."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from answers.reader import Reader
from reports import sheets
from reports.pick import Desk
from reports.sheets import NotThere as NotThere

# Kind -> the module that makes it, read when it is first asked for: one district's sheet waits for no other's questions.
KINDS = {
    "district": "district",
    "programme": "programme",
    "plan": "plan",
    "decisions": "decide",
    "pack": "pack",
}


def desk(read: Reader, lang: str, at: str, may: Callable[[str], bool] = lambda question: True) -> Desk:
    """Where sheets are made."""
    return Desk(read, lang, at, may)


def pdf(found: Desk, kind: str, code: str = "") -> bytes:
    """A sheet of a kind as PDF.

    Raises:
        NotThere: no district or programme has this code. NoRoom, fonts.NoFont: it cannot be set.
    """
    made: sheets.Sheet = importlib.import_module(f"reports.{KINDS[kind]}").sheet(found, code)
    return sheets.pdf(made, found)


def file_name(kind: str, code: str, lang: str, read: Reader) -> str:
    """The name of a sheet's file, with whose figures it holds and of which release."""
    release = f"r{read.release.number}" if read.release else ""
    return f"ieum_{'_'.join(p for p in (kind, code, lang, read.whose, release) if p)}.pdf"
