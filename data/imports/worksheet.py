"""One worksheet, read row by row: its cells as a person sees them, and what is hidden, merged or scaled in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, Any

from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
from openpyxl.utils import column_index_from_string, get_column_letter, range_boundaries
from openpyxl.worksheet._reader import WorkSheetParser
from openpyxl.xml.constants import SHEET_MAIN_NS

from data.imports import formats
from data.imports.cells import normalise
from data.imports.reasons import Reason
from data.imports.refusal import Refused
from data.imports.sheet import Sheet

MAX_COLUMNS = 200
MAX_CELL = 32_767  # characters, as many as Excel takes
LONG = 64
MAX_ROWS = 1_048_576  # as many as Excel has
NO_RESULT = "#VALUE!"
EPOCH_1904_DAYS = 1462
_FORMULA = f"{{{SHEET_MAIN_NS}}}f"
_VALUE = f"{{{SHEET_MAIN_NS}}}v"
_TRUE = frozenset(("1", "true"))


class _Parser(WorkSheetParser):
    """openpyxl's parser of cells, which also tells a formula without a result from an empty cell."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        if cell["value"] is None and element.find(_FORMULA) is not None and not _is_no_text(element):
            cell["value"] = NO_RESULT
        return cell


def _is_no_text(element: Any) -> bool:
    """Whether a formula came to no text at all: then its cell says that it is text and has a value."""
    return element.get("t") == "str" and element.find(_VALUE) is not None


def read(source: IO[bytes], name: str, book: Any, shared_strings: Any, *, hidden: bool) -> Sheet:
    """A worksheet's visible and hidden cells.

    Args:
        book: the openpyxl workbook, for its styles and calendar.

    Raises:
        Refused: it has more columns or a higher row number than are read.
    """
    parser = _Parser(
        source,
        shared_strings,
        data_only=True,
        epoch=book.epoch,
        date_formats=book._date_formats,
        timedelta_formats=book._timedelta_formats,
    )
    rows: list[list[str]] = []
    styles = Styles(lambda style: _format(book, style))
    empty: list[str] = []  # one for all the rows that a file leaves out
    for number, cells in parser.parse():
        if number > MAX_ROWS:
            raise Refused(Reason.TOO_WIDE, f"row {number:,}", sheet=name)
        if len(rows) < number - 1:
            rows += [empty] * (number - 1 - len(rows))
        row = _row(cells, number - 1, styles, name)
        if number <= len(rows):
            raise Refused(Reason.BROKEN)  # rows out of order: what stands where cannot be told
        rows.append(row)
    return Sheet(
        name,
        rows,
        merged=_merges(parser.merged_cells),
        counted=False,
        hidden=hidden,
        hidden_rows=frozenset(
            int(number) - 1
            for number, attributes in parser.row_dimensions.items()
            if attributes.get("hidden") in _TRUE
        ),
        hidden_columns=_hidden_columns(parser.column_dimensions),
        filtered=bool(getattr(getattr(parser, "auto_filter", None), "filterColumn", None)),
        epoch_days=EPOCH_1904_DAYS if book.epoch.year == 1904 else 0,
        scaled=styles.scaled,
        around=_printed(getattr(parser, "HeaderFooter", None)),
    )


def _row(cells: list[dict[str, Any]], row: int, styles: Styles, name: str) -> list[str]:
    texts: list[str] = []
    for cell in cells:
        value = cell["value"]
        if value is None:
            continue
        place = cell["column"] - 1
        if place >= MAX_COLUMNS:
            raise Refused(Reason.TOO_WIDE, f"> {MAX_COLUMNS} columns", sheet=name, row=row + 1)
        if place >= len(texts):
            texts += [""] * (place + 1 - len(texts))
        texts[place] = styles.text(value, cell["style_id"], row, place)
    return texts


class Styles:
    """The number formats of a workbook's cells, asked once for each style; `scaled` as `Sheet` has it."""

    def __init__(self, format_of: Callable[[int], str]) -> None:
        self._format = format_of
        self.codes: dict[int, str] = {}
        self.texts: dict[str, str] = {}
        self.scaled: dict[int, tuple[int, str]] = {}

    def text(self, value: Any, style: int, row: int, place: int) -> str:
        """A cell as a person sees it: ISO dates, numbers under their format at 15 significant digits."""
        if isinstance(value, str):
            if len(value) > MAX_CELL:
                raise Refused(
                    Reason.CELL_TOO_LONG, f"{MAX_CELL:,}", row=row + 1, column=get_column_letter(place + 1)
                )
            if len(value) < LONG:
                return normalise(value).strip()
            known = self.texts.get(value)  # a long text may stand in every cell
            if known is None:
                known = self.texts[value] = normalise(value).strip()
            return known
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, (int, float)):
            return self._number(value, style, row, place)
        if isinstance(value, datetime):
            # Excel keeps days as fractions: a whole second can come back a few microseconds off.
            whole = (value + timedelta(milliseconds=500)).replace(microsecond=0)
            if whole.time() == time() and "h" not in self._code(style).lower():
                return whole.date().isoformat()
            return whole.isoformat(sep=" ")
        return value.isoformat() if isinstance(value, (date, time)) else str(value)

    def _number(self, value: int | float, style: int, row: int, place: int) -> str:
        if value != value or value in (float("inf"), float("-inf")):
            return NO_RESULT
        code = self._code(style)
        if code:
            text, thousands = formats.shown(value, code)
            if thousands and text[-1:].isdigit():  # no word such as 천원 says what was divided
                self.scaled.setdefault(place, (row, self._format(style)))
            return text
        return str(value) if isinstance(value, int) else formats.plain(Decimal(format(value, ".15g")))

    def _code(self, style: int) -> str:
        """The number format of a style; nothing where numbers are read as they stand."""
        found = self.codes.get(style)
        if found is None:
            code = self._format(style)
            found = "" if formats.is_ordinary(code) and "h" not in code.lower() else code
            self.codes[style] = found
        return found


def _format(book: Any, style: int) -> str:
    """The number format of a style of a workbook."""
    styles = book._cell_styles
    number = styles[style].numFmtId if style < len(styles) else 0
    if number < BUILTIN_FORMATS_MAX_SIZE:
        return str(BUILTIN_FORMATS.get(number, "General"))
    own = book._number_formats
    place = number - BUILTIN_FORMATS_MAX_SIZE
    return str(own[place]) if place < len(own) else "General"


def _printed(found: Any) -> list[str]:
    """Texts at the head and foot of the printed page, where offices put the unit too."""
    parts = [
        getattr(getattr(found, edge, None), side, None)
        for edge in ("oddHeader", "oddFooter")
        for side in ("left", "center", "right")
    ]
    return [normalise(part.text).strip() for part in parts if part is not None and part.text]


def _merges(found: Any) -> list[tuple[int, int, int, int]]:
    """Merged cells of more than one cell, as (first row, first column, last row, last column) from 0."""
    merges: list[tuple[int, int, int, int]] = []
    for cell in found.mergeCell if found else ():
        left, top, right, bottom = range_boundaries(str(cell.ref))
        if None in (left, top, right, bottom) or (left, top) == (right, bottom):
            continue
        merges.append((top - 1, left - 1, bottom - 1, min(right, MAX_COLUMNS) - 1))
    return merges


def _hidden_columns(found: Mapping[str, Mapping[str, str]]) -> frozenset[int]:
    hidden: set[int] = set()
    for letter, attributes in found.items():
        if attributes.get("hidden") in _TRUE:
            first = column_index_from_string(letter)
            last = min(int(attributes.get("max", first)), MAX_COLUMNS)
            hidden.update(range(first - 1, last))
    return frozenset(hidden)
