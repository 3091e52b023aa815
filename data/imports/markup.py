"""Pages of HTML that call themselves workbooks (.xls): their tables as sheets, as a browser would lay them out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from data.imports.cells import normalise
from data.imports.reasons import Reason
from data.imports.refusal import Refused
from data.imports.sheet import Sheet
from data.imports.worksheet import MAX_COLUMNS, MAX_ROWS

HTML = "HTML (.xls)"
_LOOKED_AT = 4096
MAX_DEPTH = 50
_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9]*")
_SPAN = re.compile(r"(?i)\b(rowspan|colspan)\s{0,9}=\s{0,9}[\"']?(\d{1,5})")
MAX_TAG = 4096  # characters of a tag that are looked at
_TAGS = ("<!doctype", "<html", "<head", "<meta", "<body", "<table", "<style", "<title", "<script", "<div", "<center", "<font",
         "<link", "<p>", "<tr", "<td", "<thead", "<tbody", "<span", "<br", "<h1", "<h2", "<h3", "<b>", "<form", "<base")  # fmt: skip


def kind(text: str) -> str:
    """What a text is, if it is no CSV: HTML, an XML workbook of 2003 or a web archive; else nothing."""
    head = text[:_LOOKED_AT].lstrip().lower()
    while head.startswith("<!--"):
        end = head.find("-->")
        head = head[end + 3 :].lstrip() if end >= 0 else "<html"
    if head.startswith(("mime-version:", "content-type: multipart")):
        return "웹 보관 파일 (.mht)"
    if head.startswith("<?xml"):
        if "urn:schemas-microsoft-com:office:spreadsheet" in head:
            return "XML 스프레드시트 2003 (.xls)"
        return HTML if "<html" in head else "XML"
    return HTML if head.startswith(_TAGS) else ""


def read(text: str) -> list[Sheet]:
    """Each table that holds cells, as a sheet; the texts around the tables stand beside each.

    Raises:
        Refused: a table with more columns or rows than are read.
    """
    page = _Page()
    page.lay_out(text)
    filled = [grid for grid in page.grids if any(map(any, grid.rows))]
    return [
        Sheet(
            f"표 {number}" if len(filled) > 1 else "",
            grid.rows,
            merged=grid.merged,
            counted=False,
            kind="html",
            around=page.around,
        )
        for number, grid in enumerate(filled, start=1)
    ]


class Grid:
    """A table being laid out: cells that span rows and columns keep their place free below and beside them."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.merged: list[tuple[int, int, int, int]] = []
        self._taken: dict[int, int] = {}  # column -> first row that is free again

    def open_row(self) -> None:
        """Begin the next row."""
        if len(self.rows) >= MAX_ROWS:
            raise Refused(Reason.TOO_WIDE, f"> {MAX_ROWS:,} rows")
        self.rows.append([])

    def add(self, text: str, *, down: int = 1, right: int = 1) -> None:
        """Put a cell into the next free place of the current row."""
        if not self.rows:
            self.open_row()
        row, cells = len(self.rows) - 1, self.rows[-1]
        while self._taken.get(len(cells), 0) > row:
            cells.append("")
        place = len(cells)
        if place + right > MAX_COLUMNS:
            raise Refused(Reason.TOO_WIDE, f"> {MAX_COLUMNS} columns")
        cells += [text, *[""] * (right - 1)]
        if down > 1:
            self._taken.update(dict.fromkeys(range(place, place + right), row + down))
        if down > 1 or right > 1:
            self.merged.append((row, place, row + down - 1, place + right - 1))


class _Page:
    """The tables of a page in the order in which they end; a table within a cell is a table of its own."""

    def __init__(self) -> None:
        self.grids: list[Grid] = []
        self.around: list[str] = []
        self._open: list[Grid] = []
        self._cells: list[tuple[int, int] | None] = []
        self._texts: list[list[str]] = []

    def lay_out(self, text: str) -> None:
        """Read the page to its end; tables that are still open there end with it."""
        for tag, inside in _pieces(text):
            if not tag:
                self._say(inside)
            elif tag.startswith("/"):
                self._end(tag[1:])
            else:
                self._start(tag, inside)
        while self._open:
            self._close_table()

    def _start(self, tag: str, inside: str) -> None:
        if tag == "table":
            if len(self._open) == MAX_DEPTH:
                raise Refused(Reason.UNSAFE, f"> {MAX_DEPTH} tables within tables")
            self._open.append(Grid())
            self._cells.append(None)
            self._texts.append([])
        elif tag == "br" and self._texts:
            self._texts[-1].append(" ")
        elif self._open and tag == "tr":
            self._close_cell()
            self._open[-1].open_row()
        elif self._open and tag in ("td", "th"):
            self._close_cell()
            spans = {name.lower(): int(number) for name, number in _SPAN.findall(inside)}
            self._cells[-1] = (max(spans.get("rowspan", 1), 1), max(spans.get("colspan", 1), 1))

    def _end(self, tag: str) -> None:
        if self._open and tag in ("td", "th", "tr"):
            self._close_cell()
        elif self._open and tag == "table":
            self._close_table()

    def _say(self, text: str) -> None:
        if self._open and self._cells[-1] is not None:
            self._texts[-1].append(text)
        elif text.strip():
            self.around.append(_tidy(text))

    def _close_cell(self) -> None:
        spans = self._cells[-1]
        if spans is not None:
            self._open[-1].add(_tidy("".join(self._texts[-1])), down=spans[0], right=spans[1])
        self._cells[-1], self._texts[-1] = None, []

    def _close_table(self) -> None:
        self._close_cell()
        self.grids.append(self._open.pop())
        self._cells.pop()
        self._texts.pop()


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """(tag in lower case, its inside) and ("", text between tags); one pass, whatever is malformed."""
    at = 0
    while at < len(text):
        start = text.find("<", at)
        if start < 0:
            start = len(text)
        if start > at:
            yield "", text[at:start]
        comment = text.startswith("<!--", start)
        end = text.find("-->" if comment else ">", start)
        if end < 0:
            return
        at = end + (3 if comment else 1)
        inside = text[start + 1 : min(end, start + MAX_TAG)]
        name = _NAME.match(inside)
        if comment or name is None:
            continue
        tag = name.group().lower()
        if tag in ("style", "script"):
            closing = text.find("</", at)
            at = len(text) if closing < 0 else closing
        yield tag, inside


def _tidy(text: str) -> str:
    """Text as a page shows it: every run of white space one space."""
    return normalise(" ".join(unescape(text).split())).strip()
