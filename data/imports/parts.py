"""What a workbook holds beside its cells: comments, drawings, headers and footers, caches of pivot tables, properties.

Nothing of it is stored, but a file that tells there who somebody is is refused all the same. Text is taken out of the markup
in one pass, whatever is malformed.
"""

from __future__ import annotations

import html
import zipfile
from collections.abc import Iterator

from data.imports import people
from data.imports.cells import normalise
from data.imports.reasons import Reason
from data.imports.refusal import Refused, personal

_MARKUP = (".xml", ".rels", ".vml")
_CELLS = (
    "xl/styles",
    "xl/theme",
    "xl/sharedstrings",
    "xl/calcchain",
)  # nothing that a person wrote, or read as cells
# Whoever saved the file stands here, as the office's program wrote it: only numbers of persons count.
_OF_THE_PROGRAM = ("docprops/", "xl/persons/", "[content_types]", "_rels/")
_ENDS = ("/p", "/comment", "/si", "/text", "/author", "/s", "br")  # where one text ends and the next begins


def check(archive: zipfile.ZipFile) -> None:
    """Refuse document type declarations and whatever tells who somebody is.

    Raises:
        Refused: unsafe, or personal with the part's name.
    """
    for name in archive.namelist():
        low = name.lower()
        if not low.endswith(_MARKUP):
            continue
        raw = archive.read(name)
        if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
            raise Refused(Reason.UNSAFE, "DOCTYPE")
        if low.startswith(_CELLS):
            continue
        if low.startswith("xl/worksheets/") and low.endswith(".xml"):
            raw = _beside_cells(raw)
        kind = people.kind_in(texts(_decoded(raw)), named=not any(mark in low for mark in _OF_THE_PROGRAM))
        if kind is people.Kind.EMAIL and any(mark in low for mark in _OF_THE_PROGRAM[:2]):
            continue
        if kind is not None:
            raise personal(kind, part=name.rsplit("/", 1)[-1])


def _beside_cells(raw: bytes) -> bytes:
    """A worksheet without its cells: what stands before and after them."""
    start, end = raw.find(b"sheetData"), raw.rfind(b"sheetData")
    return raw[:start] + raw[end:] if 0 <= start < end else raw


def _decoded(raw: bytes) -> str:
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    return raw.decode("utf-16" if wide else "utf-8", "replace")


def texts(markup: str) -> str:
    """The text and the values of attributes of markup, each apart from the next, and once more each paragraph as a whole.

    A number may be cut into several runs by its formatting.
    """
    return normalise(html.unescape(people.EDGE.join(filter(None, _pieces(markup)))))


def _pieces(markup: str) -> Iterator[str]:
    first, *pieces = markup.split("<")
    told = [first]
    for piece in pieces:
        tag, closed, text = piece.partition(">")
        if not closed:
            tag, text = "", piece
        name = tag[:40].split(None, 1)[0].rstrip("/") if tag.strip() else ""
        local = ("/" if name.startswith("/") else "") + name.lstrip("/").rsplit(":", 1)[-1]
        if local in _ENDS:
            yield "".join(told)
            told = []
        for quote in "\"'":
            yield from tag.split(quote)[1::2]
        if local != "author":  # of a comment: whoever wrote it, as the program knows them
            told.append(text)
            yield text
    yield "".join(told)
