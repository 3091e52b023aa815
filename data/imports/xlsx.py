"""Workbooks, checked before they are opened, every cell as the text a person sees.

The archive's directory is checked first (size, ratio, entries, paths), then the raw parts (document type
declarations, macros, resident numbers in comments and hidden sheets), and only then openpyxl reads the cells.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.xml import DEFUSEDXML

from data.imports.cells import find_resident_number, normalise
from data.imports.reasons import Reason
from data.imports.refusal import Refused

MAX_UNPACKED = 300 * 1024 * 1024
MAX_RATIO = 100
RATIO_FROM = 10 * 1024 * 1024  # small parts of repeated cells compress further, harmlessly
MAX_ENTRIES = 2_000
MAX_COLUMNS = 200
FORMULA_ERRORS = frozenset(
    ("#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#N/A", "#NUM!", "#NULL!", "#SPILL!", "####")
)
NO_RESULT = "#VALUE!"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_UNCALCULATED = re.compile(
    rb'<c r="([A-Z]{1,3})(\d+)"[^>]*>\s*<f[^>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>'
)
_XML_TEXT = re.compile(r"<[^>]*>")

Rows = tuple[str, list[list[str]], list[tuple[int, int, int]]]


def letter(position: int) -> str:
    """The spreadsheet letter of a column counted from 0."""
    return str(get_column_letter(position + 1))


def read(content: bytes) -> list[Rows]:
    """Visible sheets: (name, rows of text, vertical merges as (column, first row, last row) from 0).

    Raises:
        Refused: the file is another kind of archive, unsafe, damaged, or holds a resident number.
    """
    if not DEFUSEDXML:
        raise RuntimeError("workbooks are read only with defusedxml installed (requirements.txt)")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_directory(archive)
            _check_kind(archive)
            _check_parts(archive)
            return _sheets(content, archive)
    except (Refused, MemoryError):
        raise
    except Exception as error:
        # openpyxl raises many kinds on damaged parts; the reader is told to save the file again.
        raise Refused(Reason.BROKEN) from error


def _check_directory(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise Refused(Reason.UNSAFE, f"{len(entries):,} entries")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise Refused(Reason.UNSAFE, f"> {MAX_UNPACKED // 1048576} MB")
    for entry in entries:
        if entry.flag_bits & 1:
            raise Refused(Reason.PASSWORD)
        if entry.filename.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", entry.filename):
            raise Refused(Reason.UNSAFE, "path")
        if entry.file_size > RATIO_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise Refused(Reason.UNSAFE, f"1:{entry.file_size // max(entry.compress_size, 1)}")


def _check_kind(archive: zipfile.ZipFile) -> None:
    names = set(archive.namelist())
    if any(name.endswith("vbaProject.bin") for name in names):
        raise Refused(Reason.MACRO)
    if "xl/workbook.xml" in names:
        return
    mimetype = archive.read("mimetype")[:80].decode("ascii", "replace") if "mimetype" in names else ""
    for mark, kind in (("hwp", "한글 (.hwpx)"), ("opendocument.spreadsheet", "OpenDocument (.ods)")):
        if mark in mimetype:
            raise Refused(Reason.WRONG_KIND, kind)
    if "xl/workbook.bin" in names:
        raise Refused(Reason.WRONG_KIND, "Excel (.xlsb)")
    if "word/document.xml" in names:
        raise Refused(Reason.WRONG_KIND, "Word (.docx)")
    raise Refused(Reason.WRONG_KIND, "ZIP")


def _check_parts(archive: zipfile.ZipFile) -> None:
    for name in archive.namelist():
        if not name.endswith((".xml", ".rels", ".vml")):
            continue
        raw = archive.read(name)
        if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
            raise Refused(Reason.UNSAFE, "DOCTYPE")
        # Comments, hidden sheets, document properties: everywhere that is not a visible cell.
        if not name.startswith(("xl/worksheets/sheet", "xl/styles", "xl/theme", "xl/sharedStrings")):
            # A comment's text may be cut into runs, so there the runs are joined.
            between = "" if "comment" in name.lower() else "\n"
            if (
                find_resident_number(normalise(_XML_TEXT.sub(between, raw.decode("utf-8", "replace"))))
                is not None
            ):
                raise Refused(Reason.RESIDENT_NUMBER)


def _sheets(content: bytes, archive: zipfile.ZipFile) -> list[Rows]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    found: list[Rows] = []
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # a file may state fewer rows than it has
            rows = [[_text(cell) for cell in row] for row in sheet.iter_rows()]
            if max(map(len, rows), default=0) > MAX_COLUMNS:
                raise Refused(Reason.UNSAFE, f"> {MAX_COLUMNS} columns", sheet=normalise(sheet.title))
            if sheet.sheet_state != "visible":
                if any(find_resident_number("\x1f".join(row)) is not None for row in rows):
                    raise Refused(Reason.RESIDENT_NUMBER)
                continue
            raw = archive.read(sheet._worksheet_path.lstrip("/"))
            _mark_uncalculated(raw, rows)
            found.append((normalise(sheet.title), rows, _merges(raw)))
    finally:
        book.close()
    return found


def _mark_uncalculated(raw: bytes, rows: list[list[str]]) -> None:
    """A formula that was saved without its result reads as an error, not as an empty cell."""
    for column, row in _UNCALCULATED.findall(raw):
        left = range_boundaries(f"{column.decode()}1")[0]
        if left is not None and int(row) <= len(rows) and left <= len(rows[int(row) - 1]):
            rows[int(row) - 1][left - 1] = NO_RESULT


def _merges(raw: bytes) -> list[tuple[int, int, int]]:
    start, end = raw.find(b"<mergeCells"), raw.find(b"</mergeCells>")
    if start < 0 or end < 0:
        return []
    merges = []
    for reference in re.findall(rb'ref="([A-Z0-9:]+)"', raw[start:end]):
        left, top, right, bottom = range_boundaries(reference.decode())
        if None not in (left, top, right, bottom) and bottom > top:
            merges += [(column - 1, top - 1, bottom - 1) for column in range(left, right + 1)]
    return merges


def _text(cell: Any) -> str:
    """A cell as a person sees it: ISO dates, numbers at 15 significant digits as Excel shows them."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return normalise(value).strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        # Excel keeps days as fractions: a whole second can come back a few microseconds off.
        whole = (value + timedelta(milliseconds=500)).replace(microsecond=0)
        if whole.time() == time() and "h" not in str(cell.number_format).lower():
            return whole.date().isoformat()
        return whole.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)


def _number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return NO_RESULT
    text = format(Decimal(format(value, ".15g")), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
