"""Workbooks, checked before they are opened, every cell as the text a person sees.

The archive's directory is checked first (size, ratio, entries, paths), then the raw parts (`parts`: document type
declarations, what tells who somebody is in comments and the like), and only then openpyxl reads the cells.
"""

from __future__ import annotations

import io
import re
import zipfile

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.xml import DEFUSEDXML

from data.imports import hwpx, parts, worksheet
from data.imports.cells import normalise
from data.imports.reasons import Reason
from data.imports.refusal import Refused
from data.imports.sheet import Sheet

MAX_UNPACKED = 300 * 1024 * 1024
MAX_RATIO = 100
RATIO_FROM = 10 * 1024 * 1024  # small parts of repeated cells compress further, harmlessly
MAX_ENTRIES = 2_000
MOST_OF_SMALL = 2 * 1024 * 1024
_SMALL = frozenset(("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"))  # lists of parts
FORMULA_ERRORS = frozenset(
    ("#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#N/A", "#NUM!", "#NULL!", "#SPILL!", "####")
)

# Strict Open XML says the same under other names.
_STRICT = (
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    (b"http://purl.oclc.org/ooxml/drawingml/main", b"http://schemas.openxmlformats.org/drawingml/2006/main"),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
)  # fmt: skip


def letter(position: int) -> str:
    """The spreadsheet letter of a column counted from 0."""
    return str(get_column_letter(position + 1))


def read(content: bytes) -> list[Sheet]:
    """The worksheets of a workbook, hidden ones too, or the tables of a Hangul document.

    Raises:
        Refused: the file is another kind of archive, unsafe, damaged, or tells who somebody is.
    """
    if not DEFUSEDXML:
        raise RuntimeError("workbooks are read only with defusedxml installed (requirements.txt)")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_directory(archive)
            is_hangul = _is_hangul(archive)
            parts.check(archive)
            if is_hangul:
                return hwpx.sheets(archive)
            return _sheets(_ordinary(content, archive), _remarks(archive))
    except (Refused, MemoryError):
        raise
    except Exception as error:
        # openpyxl raises many kinds on damaged parts; the reader is told to save the file again.
        raise Refused(Reason.BROKEN) from error


def _check_directory(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise Refused(Reason.UNSAFE, f"{len(entries):,} entries")
    unpacked, packed = (
        sum(getattr(entry, size) for entry in entries) for size in ("file_size", "compress_size")
    )
    if unpacked > MAX_UNPACKED:
        raise Refused(Reason.UNSAFE, f"> {MAX_UNPACKED // 1048576} MB")
    if unpacked > RATIO_FROM and unpacked > MAX_RATIO * max(packed, 1):
        raise Refused(Reason.UNSAFE, f"1:{unpacked // max(packed, 1)}")
    for entry in entries:
        if entry.flag_bits & 1:
            raise Refused(Reason.PASSWORD)
        if entry.filename.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", entry.filename):
            raise Refused(Reason.UNSAFE, "path")
        if entry.filename in _SMALL and entry.file_size > MOST_OF_SMALL:
            raise Refused(Reason.UNSAFE, f"{entry.filename} {entry.file_size // 1048576} MB")
        if entry.file_size > RATIO_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise Refused(Reason.UNSAFE, f"1:{entry.file_size // max(entry.compress_size, 1)}")


def _is_hangul(archive: zipfile.ZipFile) -> bool:
    """Whether an archive is a Hangul document, else a workbook; any other kind is refused by its name."""
    names = set(archive.namelist())
    if any(name.endswith("vbaProject.bin") for name in names):
        raise Refused(Reason.MACRO)
    if "xl/workbook.xml" in names:
        return False
    mimetype = archive.read("mimetype")[:80].decode("ascii", "replace") if "mimetype" in names else ""
    if hwpx.MIMETYPE in mimetype:
        return True
    if "opendocument.spreadsheet" in mimetype:
        raise Refused(Reason.WRONG_KIND, "OpenDocument (.ods)")
    if "xl/workbook.bin" in names:
        raise Refused(Reason.WRONG_KIND, "Excel (.xlsb)")
    if "word/document.xml" in names:
        raise Refused(Reason.WRONG_KIND, "Word (.docx)")
    raise Refused(Reason.WRONG_KIND, "ZIP")


def _ordinary(content: bytes, archive: zipfile.ZipFile) -> bytes:
    """The workbook itself; one in Strict Open XML under the names that openpyxl knows."""
    if b"http://purl.oclc.org/ooxml/" not in archive.read("xl/workbook.xml"):
        return content
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as written:
        for entry in archive.infolist():
            part = archive.read(entry)
            if entry.filename.endswith((".xml", ".rels")):
                for strict, ordinary in _STRICT:
                    part = part.replace(strict, ordinary)
            written.writestr(entry.filename, part)
    return out.getvalue()


def _remarks(archive: zipfile.ZipFile) -> tuple[str, ...]:
    """What a workbook brings beside its cells and what is not followed."""
    names = archive.namelist()
    marks = {"external": "xl/externalLinks/", "objects": "xl/embeddings/"}
    return tuple(mark for mark, folder in marks.items() if any(name.startswith(folder) for name in names))


def _sheets(content: bytes, remarks: tuple[str, ...]) -> list[Sheet]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    found: list[Sheet] = []
    try:
        for sheet in book.worksheets:
            with sheet._get_source() as source:
                read = worksheet.read(
                    source,
                    normalise(sheet.title),
                    book,
                    sheet._shared_strings,
                    hidden=sheet.sheet_state != "visible",
                )
            read.remarks = remarks
            found.append(read)
    finally:
        book.close()
    return found
