"""Workbooks of Excel 97 to 2003 (.xls): cells as a person sees them, read record by record, nothing executed."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from data.imports.cells import normalise
from data.imports.compound import Compound
from data.imports.reasons import Reason
from data.imports.refusal import Refused
from data.imports.sheet import Sheet
from data.imports.worksheet import EPOCH_1904_DAYS, MAX_COLUMNS, NO_RESULT, Styles

KIND = "Excel 97–2003 (.xls)"
BOF, EOF, CONTINUE, FILEPASS, DATEMODE, BOUNDSHEET = 0x0809, 0x000A, 0x003C, 0x002F, 0x0022, 0x0085
FORMAT, XF, SST, LABELSST, NUMBER, RK, MULRK = 0x041E, 0x00E0, 0x00FC, 0x00FD, 0x0203, 0x027E, 0x00BD
FORMULA, STRING, LABEL, BOOLERR, ROW, COLINFO, MERGED = 0x0006, 0x0207, 0x0204, 0x0205, 0x0208, 0x007D, 0x00E5
AUTOFILTER, TXO = 0x009E, 0x01B6
BIFF8 = 0x0600
MAX_SHEETS = 255  # each may point at the same cells
Record = tuple[int, bytes, list[bytes]]


def read(content: bytes) -> list[Sheet]:
    """The worksheets of a workbook, hidden ones too.

    Raises:
        Refused: encrypted, with macros, older than Excel 97, damaged, or a table wider than is read.
    """
    try:
        file = Compound(content)
    except (ValueError, IndexError, struct.error) as error:
        raise Refused(Reason.WRONG_KIND, KIND) from error
    try:
        if any(name.startswith("_VBA_PROJECT") for name in file.entries):
            raise Refused(Reason.MACRO)
        if "Workbook" not in file.entries:
            raise Refused(Reason.WRONG_KIND, KIND)
        return _Book(file.stream("Workbook")).sheets()
    except (Refused, MemoryError):
        raise
    except Exception as error:  # whatever is damaged, the reader is told to save the file again
        raise Refused(Reason.BROKEN) from error


def _records(stream: bytes, at: int) -> Iterator[Record]:
    """The records of one substream, each with the pieces that continue it."""
    held: Record | None = None
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4 : at + 4 + length]
        at += 4 + length
        if kind == CONTINUE and held is not None:
            held[2].append(body)
            continue
        if held is not None:
            yield held
        held = (kind, body, [])
        if kind == EOF:
            break
    if held is not None:
        yield held


class _Pieces:
    """A body and what continues it, read on through their ends."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces, self.number, self.at = pieces, 0, 0

    def take(self, n: int) -> bytes:
        out = b""
        while n > 0:
            piece = self.pieces[self.number][self.at : self.at + n]
            out += piece
            n -= len(piece)
            self.at += len(piece)
            if n > 0:
                self.number, self.at = self.number + 1, 0
        return out

    def characters(self, n: int, *, wide: bool) -> str:
        """Characters; where they go on in the next piece, that says again whether they are wide."""
        out: list[str] = []
        while n > 0:
            if self.at >= len(self.pieces[self.number]):
                self.number, self.at = self.number + 1, 1
                wide = bool(self.pieces[self.number][0] & 1)
            size = 2 if wide else 1
            here = min(n, (len(self.pieces[self.number]) - self.at) // size)
            if here == 0:
                raise ValueError("half a character")
            raw = self.take(here * size)
            out.append(raw.decode("utf-16-le" if wide else "latin-1", "replace"))
            n -= here
        return "".join(out)

    def string(self) -> str:
        """A text with its own length, and whatever formatting follows it."""
        length, flags = struct.unpack("<HB", self.take(3))
        runs = struct.unpack("<H", self.take(2))[0] if flags & 8 else 0
        extra = struct.unpack("<I", self.take(4))[0] if flags & 4 else 0
        text = self.characters(length, wide=bool(flags & 1))
        self.take(4 * runs + extra)
        return text


class _Book:
    """What the first substream says of the workbook."""

    def __init__(self, stream: bytes) -> None:
        self.stream = stream
        self.texts: list[str] = []
        self.formats: dict[int, str] = dict(BUILTIN_FORMATS)
        self.styles: list[int] = []
        self.epoch: datetime = CALENDAR_WINDOWS_1900
        self.listed: list[tuple[str, int, bool]] = []
        for kind, body, more in _records(stream, 0):
            if kind == BOF and struct.unpack_from("<H", body)[0] != BIFF8:
                raise Refused(Reason.WRONG_KIND, KIND)
            if kind == FILEPASS:
                raise Refused(Reason.PASSWORD)
            if kind == DATEMODE and body[:1] == b"\x01":
                self.epoch = CALENDAR_MAC_1904
            elif kind == BOUNDSHEET:
                at, state, what, length, flags = struct.unpack_from("<IBBBB", body)
                name = _Pieces([body[8:]]).characters(length, wide=bool(flags & 1))
                if len(self.listed) >= MAX_SHEETS:
                    raise Refused(Reason.UNSAFE, f"> {MAX_SHEETS} sheets")
                if what == 0:
                    self.listed.append((normalise(name), at, bool(state & 3)))
            elif kind == FORMAT:
                self.formats[struct.unpack_from("<H", body)[0]] = _Pieces([body[2:]]).string()
            elif kind == XF:
                self.styles.append(struct.unpack_from("<H", body, 2)[0])
            elif kind == SST:
                pieces = _Pieces([body, *more])
                count = struct.unpack("<II", pieces.take(8))[1]
                self.texts = [normalise(pieces.string()).strip() for _ in range(count)]

    def format_of(self, style: int) -> str:
        """The number format of a style."""
        number = self.styles[style] if style < len(self.styles) else 0
        return self.formats.get(number, "General")

    def sheets(self) -> list[Sheet]:
        """Every worksheet."""
        return [_Sheet(self, name, hidden).read(at) for name, at, hidden in self.listed]


class _Sheet:
    """One worksheet as its records are read."""

    def __init__(self, book: _Book, name: str, hidden: bool) -> None:
        self.book = book
        self.sheet = Sheet(name, [], counted=False, hidden=hidden)
        self.sheet.epoch_days = EPOCH_1904_DAYS if book.epoch == CALENDAR_MAC_1904 else 0
        self.cells: dict[int, dict[int, str]] = defaultdict(dict)
        self.styles = Styles(book.format_of)
        self.dates: dict[int, bool] = {}
        self.waiting: tuple[int, int] | None = None  # a formula whose text is in the next record

    def read(self, at: int) -> Sheet:
        """Read the substream that begins at a place of the stream."""
        hidden_rows: set[int] = set()
        hidden_columns: set[int] = set()
        for kind, body, more in _records(self.book.stream, at):
            if kind == ROW and struct.unpack_from("<H", body, 12)[0] & 0x20:
                hidden_rows.add(struct.unpack_from("<H", body)[0])
            elif kind == COLINFO and struct.unpack_from("<H", body, 8)[0] & 1:
                first, last = struct.unpack_from("<HH", body)
                hidden_columns.update(range(first, min(last, MAX_COLUMNS - 1) + 1))
            elif kind == MERGED:
                for start in range(2, 2 + 8 * struct.unpack_from("<H", body)[0], 8):
                    top, bottom, left, right = struct.unpack_from("<HHHH", body, start)
                    self.sheet.merged.append((top, left, bottom, min(right, MAX_COLUMNS - 1)))
            elif kind == AUTOFILTER:
                self.sheet.filtered = True
            elif kind == TXO and more:  # of a comment or a text box
                wide = bool(more[0][:1] == b"\x01")
                self.sheet.around.append(
                    normalise(more[0][1:].decode("utf-16-le" if wide else "latin-1", "replace"))
                )
            else:
                self._cell(kind, body, more)
        self.sheet.hidden_rows, self.sheet.hidden_columns = frozenset(hidden_rows), frozenset(hidden_columns)
        self.sheet.scaled = self.styles.scaled
        last_row = max(self.cells, default=-1)
        self.sheet.rows = [self._row(row) for row in range(last_row + 1)]
        return self.sheet

    def _row(self, row: int) -> list[str]:
        held = self.cells.get(row, {})
        return [held.get(place, "") for place in range(max(held, default=-1) + 1)]

    def _cell(self, kind: int, body: bytes, more: list[bytes]) -> None:
        if kind == STRING and self.waiting is not None:
            self._put(*self.waiting, _Pieces([body, *more]).string())
            self.waiting = None
        elif kind == MULRK:
            row, first = struct.unpack_from("<HH", body)
            for n in range((len(body) - 6) // 6):
                style, packed = struct.unpack_from("<HI", body, 4 + 6 * n)
                self._number(row, first + n, style, _unpacked(packed))
        elif kind in (LABELSST, NUMBER, RK, FORMULA, LABEL, BOOLERR):
            row, place, style = struct.unpack_from("<HHH", body)
            rest = body[6:]
            if kind == LABELSST:
                self._put(row, place, self.book.texts[struct.unpack("<I", rest)[0]])
            elif kind == NUMBER:
                self._number(row, place, style, struct.unpack("<d", rest)[0])
            elif kind == RK:
                self._number(row, place, style, _unpacked(struct.unpack("<I", rest)[0]))
            elif kind == LABEL:
                self._put(row, place, _Pieces([rest, *more]).string())
            elif kind == BOOLERR:
                self._put(row, place, NO_RESULT if rest[1] else ("TRUE" if rest[0] else "FALSE"))
            else:
                self._formula(row, place, style, rest)

    def _formula(self, row: int, place: int, style: int, rest: bytes) -> None:
        if rest[6:8] != b"\xff\xff":
            self._number(row, place, style, struct.unpack("<d", rest[:8])[0])
        elif rest[0] == 0:
            self.waiting = (row, place)
        elif rest[0] == 1:
            self._put(row, place, "TRUE" if rest[2] else "FALSE")
        elif rest[0] == 2:
            self._put(row, place, NO_RESULT)

    def _number(self, row: int, place: int, style: int, value: float) -> None:
        if style not in self.dates:
            self.dates[style] = bool(is_date_format(self.book.format_of(style)))
        whole: Any = int(value) if value == value and abs(value) < 1e15 and value == int(value) else value
        if self.dates[style]:
            try:
                whole = from_excel(value, self.book.epoch)
            except (ValueError, OverflowError):
                whole = NO_RESULT  # a day that no calendar has
        self._put(row, place, self.styles.text(whole, style, row, place))

    def _put(self, row: int, place: int, text: str) -> None:
        if place >= MAX_COLUMNS:
            raise Refused(Reason.TOO_WIDE, f"> {MAX_COLUMNS}", sheet=self.sheet.name, row=row + 1)
        self.cells[row][place] = normalise(text).strip()


def _unpacked(packed: int) -> float:
    """A number in four bytes: an integer or the head of a double, perhaps times a hundred."""
    if packed & 2:
        value = float((packed >> 2) - (1 << 30 if packed & 0x80000000 else 0))
    else:
        value = struct.unpack("<d", b"\0\0\0\0" + struct.pack("<I", packed & 0xFFFFFFFC))[0]
    return value / 100 if packed & 1 else value
