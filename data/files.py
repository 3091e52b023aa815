"""The one writer of files that leave the app: CSV and workbooks in which no cell is a formula.

A spreadsheet runs a cell that begins with =, +, - or @, and some do so behind blanks, line ends, tabs and invisible signs, or in full
width (＝＋－＠). Such a text gets an apostrophe before it in CSV; in a workbook it is stored as text and marked as quoted.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

_NUMBER = re.compile(r"[+-]?[\d,]*\.?\d+ ?%?")  # what a spreadsheet reads as a number is no formula
_STARTS = frozenset("=+-@")
_ENDS = ("\t", "\r", "\n")
_SHEET_SIGNS = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
# What XML cannot hold; a workbook with it would not open.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet could take a text for a formula."""
    if text[:1].isalnum():
        return False
    seen = unicodedata.normalize("NFKC", text)
    bare = seen.lstrip("".join({c for c in seen if c.isspace() or unicodedata.category(c) in ("Cc", "Cf")}))
    if text[:1] in _ENDS:
        return True
    return bare[:1] in _STARTS and not (_NUMBER.fullmatch(text) and text.isascii())


def inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if is_formula(text) else text


def fit(text: str) -> str:
    """A text without what a workbook cannot hold."""
    return _UNFIT.sub("", text)


def csv_bytes(rows: Iterable[Sequence[Any]], *, head: Sequence[str] = (), newline: str = "\n") -> bytes:
    """Rows as UTF-8 with a byte-order mark, so that Excel opens Korean.

    Args:
        head: lines above them, a cell each.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=newline)
    writer.writerows([[_cell(line)] for line in head])
    writer.writerows([[_cell(str(cell)) for cell in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def _cell(text: str) -> str:
    """A cell's text; a lone carriage return, which the writer leaves unquoted and readers take for a new row, is a line end."""
    return inert(text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text)


def sheet_name(text: str) -> str:
    """A name that a sheet may have."""
    return _SHEET_SIGNS.sub(" ", text).strip(" '")[:31] or "1"


def workbook_bytes(book: Any) -> bytes:
    """An openpyxl workbook as a file: whatever is text in it is stored as text."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str):
                    _as_text(cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _as_text(cell: Any) -> None:
    cell.data_type = "s"
    if is_formula(cell.value):
        cell.quotePrefix = True
