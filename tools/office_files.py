"""Files as offices send them, made for tests and for the catalogue of kinds: workbooks with formats, hidden rows, strict or prefixed XML; pages of HTML."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

import openpyxl

from data.imports import Lookups, Parsed, preview
from data.imports.cells import value_key

NAMES = {"종로구": "11010", "강남구": "11230", "강남": "11230", "관악구": "11210", "강서구": "11160"}
LOOKUPS = Lookups(
    district_names={value_key(name): code for name, code in NAMES.items()},
    kostat=frozenset(NAMES.values()),
    mois={"11680": "11230"},
    labels={"11010": "종로구", "11210": "관악구", "11230": "강남구", "11160": "강서구"},
    programmes={"mind_store": "mind_store", value_key("서울마음편의점"): "mind_store"},
)
VISITS = ["세부사업", "자치구", "이용일", "이용 건수"]
LEDGER = ["전표번호", "집행일", "세부사업", "자치구", "구분", "금액", "재원", "통계목"]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def visit(count: object = 12, day: object = "2026-09-01", place: str = "강남구") -> list[object]:
    """A row under VISITS."""
    return ["서울마음편의점", place, day, count]


def entry(amount: object, number: object = "A-1", day: object = "2026-09-01") -> list[object]:
    """A row under LEDGER."""
    return [number, day, "서울마음편의점", "강남구", "지출", amount, "시비", "운영비"]


def table(header: Sequence[str], *rows: Sequence[object]) -> list[Sequence[object]]:
    """A header and its rows."""
    return [header, *rows]


def csv(*rows: Sequence[object] | str, encoding: str = "utf-8") -> bytes:
    """Rows as a CSV file; a text is a line as it stands."""
    lines = [
        row if isinstance(row, str) else ",".join("" if c is None else str(c) for c in row) for row in rows
    ]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def workbook(
    rows: Sequence[Sequence[object]], *, title: str = "9월", formats: Mapping[str, str] | None = None,
    merge: Sequence[str] = (), hide_rows: Sequence[int] = (), hide_columns: Sequence[str] = (), filter_: str = "",
) -> openpyxl.Workbook:  # fmt: skip
    """A workbook of one sheet; `formats` gives number formats by cell."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for cell, code in (formats or {}).items():
        sheet[cell].number_format = code
    for cells in merge:
        sheet.merge_cells(cells)
    for number in hide_rows:
        sheet.row_dimensions[number].hidden = True
    for column in hide_columns:
        sheet.column_dimensions[column].hidden = True
    if filter_:
        sheet.auto_filter.ref = filter_
        sheet.auto_filter.add_filter_column(0, ["서울마음편의점"])
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    """A workbook as a file."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rewritten(content: bytes, change: Mapping[str, str], *, only: str = "xl/") -> bytes:
    """The archive with texts of its XML parts replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as read, zipfile.ZipFile(out, "w") as written:
        for name in read.namelist():
            part = read.read(name)
            if name.endswith((".xml", ".rels")) and name.startswith(only):
                text = part.decode()
                for old, new in change.items():
                    text = text.replace(old, new)
                part = text.encode()
            written.writestr(name, part)
    return out.getvalue()


def strict(content: bytes) -> bytes:
    """The same workbook in Strict Open XML, as Excel names its parts there."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return rewritten(
        content,
        {MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main", office: "http://purl.oclc.org/ooxml/officeDocument/relationships"},
        only="",
    )  # fmt: skip


def prefixed(content: bytes) -> bytes:
    """The same workbook with every element of its sheets under a prefix."""
    import re

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as read, zipfile.ZipFile(out, "w") as written:
        for name in read.namelist():
            part = read.read(name)
            if name.startswith("xl/worksheets/"):
                text = part.decode().replace(f'xmlns="{MAIN}"', f'xmlns:x="{MAIN}"')
                part = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", text).encode()
            written.writestr(name, part)
    return out.getvalue()


def page(*rows: Sequence[object], head: str = "", before: str = "") -> bytes:
    """A page of HTML in CP949, as systems call it a workbook; a cell may be a whole tag."""
    lines = "".join(
        "<tr>"
        + "".join(cell if str(cell).startswith("<td") else f"<td>{cell}</td>" for cell in map(str, row))
        + "</tr>"
        for row in rows
    )
    return f"{head}{before}<table border=1>{lines}</table>".encode("cp949")


def hangul(
    *tables: Sequence[Sequence[object]], before: Sequence[str] = (), after: str = "", more: str = ""
) -> bytes:
    """A Hangul document (.hwpx) of tables, each with a paragraph before it; a cell may be (text, rows, columns) it spans."""
    ns = 'xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section" xmlns:hp="http://www.hancom.co.kr/hwpml/2011/paragraph"'

    def paragraph(inside: str) -> str:
        return f'<hp:p id="3121190098" paraPrIDRef="3"><hp:run charPrIDRef="7">{inside}</hp:run></hp:p>'

    def cell(row: int, column: int, content: object) -> str:
        text, down, right = content if isinstance(content, tuple) else (content, 1, 1)
        words = "" if text is None else str(text)
        body = words if words.startswith("<hp:") else f"<hp:t>{words}</hp:t>"
        return (
            f'<hp:tc name="" header="0"><hp:subList id="">{paragraph(body)}</hp:subList>'
            f'<hp:cellAddr colAddr="{column}" rowAddr="{row}"/><hp:cellSpan colSpan="{right}" rowSpan="{down}"/>'
            '<hp:cellSz width="8503" height="282"/></hp:tc>'
        )

    def one(rows: Sequence[Sequence[object]]) -> str:
        lines = "".join(
            "<hp:tr>"
            + "".join(cell(r, c, content) for c, content in enumerate(row) if content is not ...)
            + "</hp:tr>"
            for r, row in enumerate(rows)
        )
        return paragraph(f'<hp:tbl id="1" rowCnt="{len(rows)}" colCnt="9">{lines}</hp:tbl>')

    said = [*before, *[""] * (len(tables) - len(before))]
    body = "".join(
        paragraph(f"<hp:t>{text}</hp:t>") + one(rows) for text, rows in zip(said, tables, strict=True)
    )
    section = f'<?xml version="1.0" encoding="UTF-8"?><hs:sec {ns}>{body}{paragraph(f"<hp:t>{after}</hp:t>")}{more}</hs:sec>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as files:
        files.writestr("mimetype", "application/hwp+zip")
        files.writestr("Contents/section0.xml", section)
        files.writestr("Preview/PrvText.txt", "")
    return out.getvalue()


def read(
    content: bytes | openpyxl.Workbook, name: str = "", *, template: str | None = None, money: str | None = None,
    lookups: Lookups = LOOKUPS,
) -> Parsed:  # fmt: skip
    """Preview a file."""
    is_book = isinstance(content, openpyxl.Workbook)
    return preview(
        name or ("실적.xlsx" if is_book else "실적.csv"),
        saved(content) if is_book else content,
        template=template,
        money=money,
        lookups=lookups,
    )
