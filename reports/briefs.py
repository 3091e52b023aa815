"""Every kind of sheet by name, for the command line and the wire."""

from __future__ import annotations

from collections.abc import Callable

from answers.reader import Reader
from reports import decide, district, pack, plan, programme, sheets
from reports.pick import Desk
from reports.sheets import NotThere as NotThere
from reports.sheets import Sheet

KINDS: dict[str, Callable[[Desk, str], Sheet]] = {
    "district": district.sheet,
    "programme": programme.sheet,
    "plan": plan.sheet,
    "decisions": decide.sheet,
    "pack": pack.sheet,
}


def desk(read: Reader, lang: str, at: str, may: Callable[[str], bool] = lambda question: True) -> Desk:
    """Where sheets are made."""
    return Desk(read, lang, at, may)


def pdf(found: Desk, kind: str, code: str = "") -> bytes:
    """A sheet of a kind as PDF.

    Raises:
        NotThere: no district or programme has this code. NoRoom, fonts.NoFont: it cannot be set.
    """
    return sheets.pdf(KINDS[kind](found, code), found)


def file_name(kind: str, code: str, lang: str, read: Reader) -> str:
    """The name of a sheet's file, with whose figures it holds and of which release."""
    release = f"r{read.release.number}" if read.release else ""
    return f"ieum_{'_'.join(p for p in (kind, code, lang, read.whose, release) if p)}.pdf"
