"""Files as offices send them, made for tests and for the catalogue of kinds: workbooks with formats, hidden rows, strict or prefixed XML; pages of HTML."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from types import MappingProxyType

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
SPELL = ["기간번호", "대상자 가명", "상태", "시작일", "관찰 시작일", "종료일", "다음 상태", "이탈", "자치구", "연령대", "성별", "독거",
         "이전 재고립 횟수", "이전 고립 개월"]  # fmt: skip
CALL = ["접촉번호", "채널", "시도 시각", "대기 진입 시각", "응답 시각", "종료 시각", "결과", "자치구", "위험 표시", "연계 여부", "후처리"]  # fmt: skip
TARGET = ["지표", "적용 시작", "적용 끝", "집단", "목표값", "근거", "작성자", "사유"]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def visit(count: object = 12, day: object = "2026-09-01", place: str = "강남구") -> list[object]:
    """A row under VISITS."""
    return ["서울마음편의점", place, day, count]


def entry(amount: object, number: object = "A-1", day: object = "2026-09-01") -> list[object]:
    """A row under LEDGER."""
    return [number, day, "서울마음편의점", "강남구", "지출", amount, "시비", "운영비"]


def period(
    number: str,
    person: str,
    state: str,
    first: str,
    last: str = "",
    following: str = "",
    left: str = "",
    place: str = "강남구",
) -> list[str]:
    """A row under SPELL, of a woman of 65 or older who lives alone."""
    told = [number, person, state, first, first, last, following, left]
    return [*told, place, "65세 이상", "여성", "예", "0", "12"]


def table(header: Sequence[str], *rows: Sequence[object]) -> list[Sequence[object]]:
    """A header and its rows."""
    return [header, *rows]


def csv(*rows: Sequence[object] | str, encoding: str = "utf-8") -> bytes:
    """Rows as a CSV file; a text is a line as it stands."""
    lines = [
        row if isinstance(row, str) else ",".join("" if c is None else str(c) for c in row) for row in rows
    ]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def archive(**parts: bytes) -> bytes:
    """A packed file of parts; in their names `__` stands for a slash and `_dot_` for a full stop."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as files:
        for name, content in parts.items():
            files.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


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


def old_excel(
    rows: Sequence[Sequence[object]],
    *,
    name: str = "9월",
    formats: Sequence[str] = (),
    styled: Mapping[tuple[int, int], int] = MappingProxyType({}),
    hide_rows: Sequence[int] = (),
    mac: bool = False,
    before: bytes = b"",
) -> bytes:
    """A workbook of Excel 97 to 2003 (.xls), written record by record after its published layout.

    `styled` gives by (row, column) from 0 which of `formats`, counted from 1, a number has; `hide_rows` from 0.
    """

    def record(kind: int, body: bytes) -> bytes:
        """A record, cut into continuations where it is longer than one may be."""
        pieces = [body[n : n + 8224] for n in range(0, len(body), 8224)] or [b""]
        return b"".join(
            struct.pack("<HH", kind if n == 0 else 0x3C, len(piece)) + piece for n, piece in enumerate(pieces)
        )

    def text(words: str) -> bytes:
        return struct.pack("<HB", len(words), 1) + words.encode("utf-16-le")

    def shared(words: Sequence[str]) -> bytes:
        """The table of texts; a text that does not fit goes on in the next record, which says again how wide it is."""
        pieces = [bytearray(struct.pack("<II", len(words), len(words)))]
        for word in words:
            if len(pieces[-1]) > 8200:
                pieces.append(bytearray())
            pieces[-1] += struct.pack("<HB", len(word), 1)
            for sign in word:
                if len(pieces[-1]) + 2 > 8224:
                    pieces.append(bytearray(b"\x01"))
                pieces[-1] += sign.encode("utf-16-le")
        return b"".join(
            struct.pack("<HH", 0xFC if n == 0 else 0x3C, len(piece)) + bytes(piece)
            for n, piece in enumerate(pieces)
        )

    words = list(dict.fromkeys(cell for row in rows for cell in row if isinstance(cell, str)))
    begins = struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0)
    head = record(0x809, begins) + before + record(0x22, struct.pack("<H", mac))
    for n, code in enumerate(formats):
        head += record(0x41E, struct.pack("<H", 164 + n) + text(code))
    for number in (0, *(164 + n for n in range(len(formats)))):
        head += record(0xE0, struct.pack("<HH", 0, number) + bytes(16))
    tail = shared(words) + record(0xA, b"")
    title = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
    at = len(head) + 4 + 6 + len(title) + len(tail)
    body = record(0x809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 0))
    for hidden in hide_rows:
        body += record(0x208, struct.pack("<HHHHHHI", hidden, 0, 9, 255, 0, 0, 0x20))
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            place = struct.pack("<HHH", r, c, styled.get((r, c), 0))
            if isinstance(cell, str):
                body += record(0xFD, place + struct.pack("<I", words.index(cell)))
            elif isinstance(cell, int | float):
                body += record(0x203, place + struct.pack("<d", cell))
    stream = head + record(0x85, struct.pack("<IBB", at, 0, 0) + title) + tail + body + record(0xA, b"")
    return compound({"Workbook": stream})


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file of streams, each padded to at least 4,096 bytes."""
    padded = {name: stream.ljust(4096, b"\0") for name, stream in streams.items()}
    fat: list[int] = [0xFFFFFFFD, 0xFFFFFFFE]  # the table itself, then the directory
    entries = [("Root Entry", 5, 0xFFFFFFFE, 0)]
    data = b""
    for name, stream in padded.items():
        sectors, first = -(-len(stream) // 512), len(fat)
        fat += [*range(first + 1, first + sectors), 0xFFFFFFFE]
        entries.append((name, 2, first, len(stream)))
        data += stream.ljust(sectors * 512, b"\0")
    if len(fat) > 128 or len(entries) > 4:
        raise ValueError("more than one sector of this small writer holds")
    directory = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBB", 2 * len(name) + 2, kind, 1)
        + b"\xff" * 12
        + bytes(36)
        + struct.pack("<IQ", first, size)
        for name, kind, first, size in entries
    ).ljust(512, b"\0")
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
    )
    header += struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0) + b"\xff" * (
        512 - 80
    )
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(512, b"\xff")
    return header + table + directory + data


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
