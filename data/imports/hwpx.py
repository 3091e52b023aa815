"""Tables of Hangul documents (.hwpx, an archive of XML) as sheets: each table one, with the texts that stand around it.

The archive has been checked like any other (size, paths, document type declarations, what tells who somebody is) before
anything here reads it.
"""

from __future__ import annotations

import re
import zipfile
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from data.imports.cells import normalise
from data.imports.reasons import Reason
from data.imports.refusal import Refused
from data.imports.sheet import Sheet
from data.imports.worksheet import MAX_COLUMNS

MIMETYPE = "application/hwp+zip"
_SECTION = re.compile(r"Contents/section(\d{1,4})\.xml")
_ASIDE = frozenset(("footNote", "endNote", "header", "footer", "hiddenComment"))
_BREAKS = frozenset(("lineBreak", "tab", "nbSpace", "fwSpace"))
_NOTES = ("※", "주)", "주:", "*")


def sheets(archive: zipfile.ZipFile) -> list[Sheet]:
    """The tables of a document in their order; a table within a cell is a table of its own.

    Raises:
        Refused: encrypted, without a table, or a table wider than is read.
    """
    names = archive.namelist()
    if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise Refused(Reason.PASSWORD)
    document = _Document()
    numbered = sorted((int(found[1]), name) for name in names if (found := _SECTION.fullmatch(name)))
    for _, name in numbered:
        document.walk(fromstring(archive.read(name)), document.said)
    document.end()
    if not document.tables:
        raise Refused(Reason.WRONG_KIND, "표가 없는 한글 문서 (.hwpx)")
    return document.tables


class _Document:
    """A document as it is walked through: its tables, and what was said since the last of them."""

    def __init__(self) -> None:
        self.tables: list[Sheet] = []
        self.said: list[str] = []

    def walk(self, element: Element, sink: list[str]) -> None:
        """Take the texts below an element into `sink`, and its tables as sheets."""
        for child in element:
            name = _local(child)
            if name == "t":
                sink.append(_text(child))
            elif name == "tbl":
                self._table(child)
            elif name in _ASIDE:
                self.walk(child, self.said)
            else:
                self.walk(child, sink)
                if name == "p":
                    sink.append("\n")

    def end(self) -> None:
        """Give what was said after the last table to it."""
        if self.tables:
            self.tables[-1].around += self._lines()

    def _lines(self) -> list[str]:
        lines = [line.strip() for line in "".join(self.said).split("\n") if line.strip()]
        self.said.clear()
        return lines

    def _between(self) -> list[str]:
        """What was said since the last table: notes belong to it, the rest is given back for the next."""
        lines = self._lines()
        if self.tables:
            self.tables[-1].around += [line for line in lines if line.startswith(_NOTES)]
            lines = [line for line in lines if not line.startswith(_NOTES)]
        return lines

    def _table(self, table: Element) -> None:
        around = self._between()
        number = len(self.tables) + 1
        sheet = Sheet(f"표 {number}", [], counted=False, kind="hwpx", around=around)
        self.tables.append(sheet)
        lines = [child for child in table if _local(child) == "tr"]
        sheet.rows = [[] for _ in lines]
        for child in table:
            if _local(child) == "caption":
                self.walk(child, sheet.around)
        for row, line in enumerate(lines):
            for cell in line:
                if _local(cell) == "tc":
                    self._cell(cell, row, sheet)

    def _cell(self, cell: Element, row: int, sheet: Sheet) -> None:
        words: list[str] = []
        held, self.said = self.said, []
        self.walk(cell, words)
        sheet.around += self.said  # footnotes of the cell
        self.said = held
        address, span = _below(cell, "cellAddr"), _below(cell, "cellSpan")
        row, place = _number(address, "rowAddr", row), _number(address, "colAddr", len(sheet.rows[row]))
        down, right = _number(span, "rowSpan", 1), _number(span, "colSpan", 1)
        if row >= len(sheet.rows) or place + right > MAX_COLUMNS:
            raise Refused(Reason.TOO_WIDE, f"> {MAX_COLUMNS}", sheet=sheet.name)
        cells = sheet.rows[row]
        cells += [""] * (place + 1 - len(cells))
        cells[place] = normalise(" ".join("".join(words).split())).strip()
        if down > 1 or right > 1:
            last = min(row + down, len(sheet.rows)) - 1
            sheet.merged.append((row, place, last, place + right - 1))


def _local(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _text(element: Element) -> str:
    """A run's text; line breaks and tabs within it are spaces."""
    parts = [element.text or ""]
    for child in element:
        parts.append(" " if _local(child) in _BREAKS else _text(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _below(element: Element, name: str) -> Any:
    return next((child for child in element if _local(child) == name), None)


def _number(element: Any, name: str, otherwise: int) -> int:
    text = "" if element is None else element.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else otherwise
