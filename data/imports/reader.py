"""From bytes to rows of text: what kind of file it is, and its cells as a person sees them.

Nothing is converted here. Row i of a sheet is spreadsheet row i + 1, whatever stands in between.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from data.imports import compound, markup, people, xls, xlsx
from data.imports.cells import normalise
from data.imports.reasons import Reason
from data.imports.refusal import Refused, personal
from data.imports.sheet import Sheet
from data.imports.worksheet import MAX_CELL, MAX_COLUMNS

MAX_BYTES = 100 * 1024 * 1024
DELIMITERS = (",", "\t", ";", "|")
SNIFF_ROWS = 40
MOST_PLACES = 20
MAX_LINES = 2_000_000
PORTION = 10_000  # rows whose cells are looked at together
_BLANK: list[str] = []  # one for all empty lines
NAME_OF_SHEET, BESIDE, HIDDEN = (
    "시트 이름 / sheet name",
    "표 밖 / beside the table",
    "숨긴 시트 / hidden sheet",
)
SNIFF_CHARACTERS = 1_000_000  # more than 40 rows ever need; the file itself is not copied for each delimiter
_LINE = re.compile(r"[^\r\n]*+(?:\r\n|\r|\n)|[^\r\n]++")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
)
_DRM_MARKS = (b"DRMONE", b"SCDSA", b"NASCA DRM", b"<DOCUMENT SAFER", b"FASOO")


def read(content: bytes, *, score: Callable[[list[list[str]]], int]) -> list[Sheet]:
    """The sheets of a CSV or XLSX file or of a page of HTML, hidden ones too.

    Args:
        score: how well the first rows of a table read as a known header; it picks the delimiter.

    Raises:
        Refused: the file cannot or must not be read; its reason says why.
    """
    if not content.strip():
        raise Refused(Reason.EMPTY)
    if len(content) > MAX_BYTES:
        raise Refused(Reason.TOO_LARGE, f"{len(content) / 1048576:,.0f} MB > {MAX_BYTES / 1048576:,.0f} MB")
    _refuse_other_kinds(content)
    if content.startswith(b"PK\x03\x04"):
        sheets = xlsx.read(content)
    else:
        sheets = xls.read(content) if content.startswith(compound.MAGIC) else _text(content, score)
    for sheet in sheets:
        _refuse_people(sheet)
    if not any(any(row) for sheet in sheets for row in sheet.rows):
        raise Refused(Reason.EMPTY)
    return sheets


def _refuse_other_kinds(content: bytes) -> None:
    head = content[:512]
    if any(mark in head.upper() for mark in _DRM_MARKS):
        raise Refused(Reason.DRM)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            raise Refused(Reason.WRONG_KIND, kind)
    if head.startswith(compound.MAGIC):
        if b"HWP Document File" in content:
            raise Refused(Reason.WRONG_KIND, "한글 (.hwp)")
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Refused(Reason.PASSWORD)


def _refuse_people(sheet: Sheet) -> None:
    """Refuse a sheet that tells who somebody is, naming the first place of each kind in each column."""
    for text, part in ((sheet.name, NAME_OF_SHEET), (people.EDGE.join(sheet.around), BESIDE)):
        kind = people.kind_in(text)
        if kind is not None:
            raise personal(kind, part=part)
    part = HIDDEN if sheet.hidden else ""
    places = [
        personal(found.kind, sheet=sheet.name, row=found.row + 1, column=xlsx.letter(found.column), part=part)
        for found in people.find(sheet.rows)[:MOST_PLACES]
    ]
    if places:
        places[0].also = places[1:]
        raise places[0]


def _text(content: bytes, score: Callable[[list[list[str]]], int]) -> list[Sheet]:
    text = normalise(decode(content))
    kind = markup.kind(text)
    pages = markup.read(text) if kind == markup.HTML else []
    if pages:
        return pages
    if kind:
        raise Refused(Reason.WRONG_KIND, kind)
    return [_csv(text, score)]


def _csv(text: str, score: Callable[[list[list[str]]], int]) -> Sheet:
    found = _CONTROL.search(text)
    if found:
        raise Refused(Reason.CONTROL_CHARACTERS, row=text.count("\n", 0, found.start()) + 1)
    best = max(DELIMITERS, key=lambda delimiter: score(_first_rows(text, delimiter)))
    return Sheet("", _parse(text, best))


def decode(content: bytes) -> str:
    """Bytes as text: UTF-8 or UTF-16 by byte order mark, else strict UTF-8, else strict CP949.

    Raises:
        Refused: undecodable, with the row of the first byte that no encoding explains.
    """
    candidates: tuple[str, ...]
    if content.startswith(codecs.BOM_UTF8):
        candidates = ("utf-8-sig",)
    elif content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ("utf-16",)
    else:
        candidates = ("utf-8", "cp949")
    furthest = 0
    for encoding in candidates:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            furthest = max(furthest, error.start)
    raise Refused(Reason.UNDECODABLE, row=content.count(b"\n", 0, furthest) + 1)


def _first_rows(text: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(_lines(text[:SNIFF_CHARACTERS]), delimiter=delimiter):
            rows.append([cell.strip() for cell in row[:MAX_COLUMNS]])
            if len(rows) == SNIFF_ROWS:
                break
    except csv.Error:
        pass
    return rows


def _lines(text: str) -> Iterator[str]:
    """The lines of a text with their ends, without a second copy of the whole."""
    return map(re.Match.group, _LINE.finditer(text))


def _parse(text: str, delimiter: str) -> list[list[str]]:
    """The rows.

    Raises:
        Refused: a quote that is never closed, a cell too long, too many rows or columns.
    """
    rows = _Rows()
    limit = csv.field_size_limit(MAX_CELL)
    try:
        lines = csv.reader(_lines(text), delimiter=delimiter, strict=True)
        while rows.take(lines):
            pass
    except csv.Error as error:
        if "field larger" in str(error):
            raise Refused(Reason.CELL_TOO_LONG, f"{MAX_CELL:,}", row=rows.number) from error
        raise Refused(Reason.OPEN_QUOTE, row=rows.number) from error
    finally:
        csv.field_size_limit(limit)
    return rows.rows


class _Rows:
    """Rows as they come. Cells that repeat in a column are kept once, so that a million rows fit into what a file may use."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self._open: list[list[str]] = []
        self._known: dict[int, dict[str, str] | None] = {}  # None: a column whose cells differ

    @property
    def number(self) -> int:
        """The next row's number."""
        return len(self.rows) + len(self._open) + 1

    def take(self, lines: Iterator[list[str]]) -> bool:
        """Take a portion of rows; whether there was one. Where a line cannot be read, those before it count."""
        self._open = []
        self._open.extend(islice(lines, PORTION))
        portion, self._open = self._open, []
        if not portion:
            return False
        widths = set(map(len, portion))
        if max(widths) > MAX_COLUMNS:
            first = len(self.rows) + 1
            portion = [
                _without_tail(row, first + place) if len(row) > MAX_COLUMNS else row
                for place, row in enumerate(portion)
            ]
        if len(self.rows) + len(portion) > MAX_LINES:
            raise Refused(Reason.TOO_WIDE, f"> {MAX_LINES:,}")
        if len(widths) == 1 and portion[0]:
            columns = (self._shared(place, column) for place, column in enumerate(zip(*portion, strict=True)))
            self.rows += map(list, zip(*columns, strict=True))
        else:
            self.rows += [list(map(str.strip, row)) if row else _BLANK for row in portion]
        return True

    def _shared(self, place: int, column: tuple[str, ...]) -> Iterable[str]:
        cells = list(map(str.strip, column))
        known = self._known.setdefault(place, {})
        if known is None:
            return cells
        shared = list(map(known.setdefault, cells, cells))
        if len(known) > PORTION // 2:
            self._known[place] = None
        return shared


def _without_tail(row: list[str], number: int) -> list[str]:
    """A row without the empty cells behind its table."""
    width = max((place for place, cell in enumerate(row) if cell.strip()), default=-1) + 1
    if width > MAX_COLUMNS:
        raise Refused(Reason.TOO_WIDE, f"{width:,} > {MAX_COLUMNS}", row=number)
    return row[:width]
