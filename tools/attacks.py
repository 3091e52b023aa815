"""Files that were made to stop or fill whoever reads them: small to send, endless to read. For tests and the bench.

Each is made on the spot; none is kept as a file.
"""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEADER = "사업명,자치구,일자,연령대,성별,방문 건수"
ROW = "서울마음편의점,강남구,2025-04-01,청년,여,12"


def archive(entries: dict[str, bytes]) -> bytes:
    """A ZIP of the entries, packed as small as it goes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as files:
        for name, content in entries.items():
            files.writestr(name, content)
    return out.getvalue()


def workbook(sheet: str, *, sheets: int = 1, **parts: bytes) -> bytes:
    """A bare workbook around one sheet's XML (`parts`: more entries, `__` for a slash, `_dot_` for a point)."""
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId1"/>' for n in range(1, sheets + 1))
    entries = {
        "[Content_Types].xml": (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'spreadsheetml.sheet.main+xml"/>'
            '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'spreadsheetml.worksheet+xml"/>'
            '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'spreadsheetml.sharedStrings+xml"/></Types>'
        ),
        "_rels/.rels": (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
            f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
        ),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"/>',
    }
    more = {name.replace("__", "/").replace("_dot_", "."): content for name, content in parts.items()}
    return archive({**{name: text.encode() for name, text in entries.items()}, **more})


def row(number: int, *cells: tuple[str, str]) -> str:
    """A row of text cells: (reference, text)."""
    inside = "".join(f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>' for at, text in cells)
    return f'<row r="{number}">{inside}</row>'


def _headed(*rows: str) -> str:
    cells = zip("ABCDEF", HEADER.split(","), strict=True)
    return row(1, *((f"{letter}1", text) for letter, text in cells)) + "".join(rows)


def _lines(*lines: str) -> bytes:
    return "\r\n".join(lines).encode()


def _money(amount: str) -> bytes:
    return _lines(
        "전표번호,집행일,사업명,구분,금액,재원,통계목",
        f"A-1,2025-04-01,서울마음편의점,지출,{amount},시비,운영비",
    )


def _lying_zip() -> bytes:
    """The directory says that a member is small; it is not."""
    content = bytearray(archive({"xl/workbook.xml": b"<a/>", "xl/big.xml": b" " * 30_000_000}))
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 1000)
    return bytes(content)


def _nested() -> bytes:
    inner = archive({"a.xml": bytes(9_000_000)})
    for _ in range(4):
        inner = archive({f"{n}.zip": inner for n in range(10)})
    return archive({"xl/workbook.xml": b"<a/>", "xl/inner.zip": inner})


LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "하" * 10}">' for n in range(10)
)  # fmt: skip

FILES: dict[str, Callable[[], bytes]] = {
    "marks that never close, in a comment": lambda: workbook(_headed(), xl__comments1_dot_xml=b"<" * 200_000),
    "marks that never close, in properties": lambda: workbook(_headed(), docProps__app_dot_xml=b"<a " * 200_000),
    "a row number of two thousand million": lambda: workbook(_headed(row(2_000_000_000, ("A2000000000", "1")))),
    "the last row of Excel": lambda: workbook(_headed(row(1_048_576, ("A1048576", "1")))),
    "the last column of Excel in every row": lambda: workbook(
        _headed(*(row(n, (f"XFD{n}", "1")) for n in range(2, 3000)))
    ),
    "a column that no program has": lambda: workbook(_headed(row(2, ("ZZZZZZZ2", "1")))),
    "cells without a reference": lambda: workbook("<row>" + "<c/>" * 3_000_000 + "</row>"),
    "a million empty cells": lambda: workbook(
        "".join(f'<row r="{n}">' + '<c s="1"/>' * 100 + "</row>" for n in range(1, 10_001))
    ),
    "a million empty rows": lambda: workbook("<row/>" * 1_000_000),
    "sheets without end": lambda: workbook(_headed(), sheets=300_000),
    "blanks between a formula and its end": lambda: workbook(
        _headed('<row r="2"><c r="A2"><f>1</f>' + " " * 400_000 + "</c></row>")
    ),
    "a shared string of thirty million letters": lambda: workbook(
        _headed('<row r="2"><c r="A2" t="s"><v>0</v></c></row>'),
        xl__sharedStrings_dot_xml=f'<sst xmlns="{MAIN}"><si><t>{"가" * 3_000_000}</t></si></sst>'.encode(),
    ),
    "a long shared string in every cell": lambda: workbook(
        _headed(
            *(f'<row r="{n}">' + '<c t="s"><v>0</v></c>' * 50 + "</row>" for n in range(2, 600))
        ),
        xl__sharedStrings_dot_xml=f'<sst xmlns="{MAIN}"><si><t>{"é" * 32_000}</t></si></sst>'.encode(),
    ),
    "shared strings without end": lambda: workbook(
        _headed(), xl__sharedStrings_dot_xml=f'<sst xmlns="{MAIN}">{"<si><t/></si>" * 2_000_000}</sst>'.encode()
    ),
    "a merged area of the whole sheet": lambda: workbook(
        _headed(row(2, ("A2", "1"))) + '</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells><sheetData>'
    ),
    "merged areas without end": lambda: workbook(
        _headed(row(2, ("A2", "1")))
        + "</sheetData><mergeCells>" + '<mergeCell ref="A1:XFD1048576"/>' * 50_000 + "</mergeCells><sheetData>"
    ),
    "styles without end": lambda: workbook(
        _headed(), xl__styles_dot_xml=f'<styleSheet xmlns="{MAIN}"><fonts>{"<font/>" * 1_000_000}</fonts></styleSheet>'.encode()
    ),
    "entities that multiply": lambda: workbook(
        _headed(), xl__theme__theme1_dot_xml=f"<!DOCTYPE a [{LAUGHS}]><a>&l9;</a>".encode()
    ),
    "entities that multiply, in two bytes a letter": lambda: workbook(
        _headed(), xl__comments1_dot_xml=f'<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [{LAUGHS}]><a>&l9;</a>'.encode("utf-16")
    ),
    "elements within elements": lambda: workbook("<a>" * 500_000),
    "a bomb": lambda: archive({"xl/workbook.xml": b"<a/>", "xl/b.xml": bytes(280_000_000)}),
    "a bomb of many parts": lambda: archive(
        {"xl/workbook.xml": b"<a/>", **{f"xl/{n}.xml": bytes(9_000_000) for n in range(30)}}
    ),
    "entries without end": lambda: archive({"xl/workbook.xml": b"<a/>", **{f"{n}": b"" for n in range(60_000)}}),
    "a directory that lies": _lying_zip,
    "archives within archives": _nested,
    "a header of brackets": lambda: _lines(HEADER.replace("방문 건수", "방문 건수" + "(" * 20_000), ROW),
    "words for a total within brackets": lambda: _lines(HEADER, ROW.replace("강남구", "소계(" * 10_000)),
    "a caption that repeats its mark": lambda: _lines("(단위 " * 20_000, HEADER, ROW),
    "a number of a hundred thousand digits": lambda: _money("9" * 100_000),
    "a number of groups without end": lambda: _money('"' + "1," * 40_000 + '"'),
    "a spoken number without end": lambda: _money("1억" * 40_000),
    "blanks in place of a time": lambda: _lines(
        "접촉번호,채널,시도 시각,결과,위험 표시,연계 여부", "C-1,전화,2025-04-01" + " " * 100_000 + "x,응답,예,아니오"
    ),
    "a name of mail that never ends": lambda: _lines(HEADER + ",메모", ROW + "," + "a" * 120_000 + "@"),
    "names of mail without end": lambda: _lines(HEADER + ",메모", *[ROW + "," + "a@" * 60_000] * 20),
    "digits and dashes": lambda: _lines(HEADER + ",메모", *[f"{ROW},{n}" + "1-" * 60_000 for n in range(20)]),
    "one line without end": lambda: (HEADER + "\r\n" + "가" * 5_000_000).encode(),
    "one line of commas": lambda: (HEADER + "\r\n" + "," * 5_000_000).encode(),
    "one line of values": lambda: ("1," * 3_000_000).encode(),
    "a quote that never closes": lambda: (HEADER + '\r\n"' + "가,\r\n" * 1_000_000).encode(),
    "empty lines without end": lambda: (HEADER + "\n" * 8_000_000 + ROW).encode(),
    "marks on marks on a letter": lambda: _lines(HEADER, ROW.replace("강남구", "a" + "\u0315\u0300" * 50_000)),
    "a page of tables within tables": lambda: ("<html>" + "<table><tr><td>" * 300_000).encode(),
    "a page of open marks": lambda: ("<html><table>" + "<" * 2_000_000).encode(),
    "a page of spans": lambda: ("<html><table><tr>" + '<td rowspan="99999" colspan="99999">1</td>' * 50_000).encode(),
}  # fmt: skip

# ── Boundaries ──────────────────────────────────────────────────────────────────────────────────────────

SQUARE = [[[126.9, 37.5], [127.0, 37.5], [127.0, 37.6], [126.9, 37.6], [126.9, 37.5]]]


def geojson(*features: object) -> bytes:
    """A GeoJSON of the features."""
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def feature(properties: object, *, kind: str = "Polygon", coordinates: object = SQUARE) -> dict[str, object]:
    """One feature."""
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def star(points: int) -> list[list[list[float]]]:
    """A ring whose every side crosses every other."""
    ring = [[126.9 + 0.1 * (n % 2), 37.5 + 0.1 * ((n * 7919) % points) / points] for n in range(points)]
    return [[*ring, ring[0]]]


def _geopackage(script: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        base = sqlite3.connect(path)
        base.executescript(
            "PRAGMA application_id = 1196444487; PRAGMA user_version = 10300;"
            "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT,"
            " organization_coordsys_id INTEGER, definition TEXT, description TEXT);"
            "CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT, description TEXT,"
            " last_change DATETIME, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER);"
            "CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT,"
            " srs_id INTEGER, z TINYINT, m TINYINT);"
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('areas', 'features', 'areas', 4326);"
            "INSERT INTO gpkg_geometry_columns VALUES ('areas', 'geom', 'POLYGON', 4326, 0, 0);" + script
        )
        base.commit()
        base.close()
        return path.read_bytes()


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"


def shapefile(records: int, *, size: int = 100) -> bytes:
    """A zipped Shapefile whose headers promise so many records."""
    shp = (
        struct.pack(">i5xxxi", 9994, 50)[:4]
        + bytes(20)
        + struct.pack(">i", 50)
        + struct.pack("<ii", 1000, 5)
        + bytes(64)
    )
    dbf = (
        struct.pack("<BBBBIHH", 3, 126, 1, 1, records, 65, 11)
        + bytes(20)
        + b"CODE".ljust(11, b"\0")
        + b"C"
        + bytes(4)
        + b"\x0a"
        + bytes(15)
        + b"\r"
    )
    return archive({"a.shp": shp + bytes(size), "a.shx": shp, "a.dbf": dbf + b" " * size})


BOUNDARIES: dict[str, Callable[[], bytes]] = {
    "nineteen thousand names of attributes": lambda: geojson(feature({f"a{n}": 1 for n in range(19_000)})),
    "other names in every record": lambda: geojson(*(feature({f"a{n}_{k}": 1 for k in range(20)}) for n in range(2_000))),
    "brackets within brackets": lambda: b'{"type": "FeatureCollection", "features": ' + b"[" * 500_000,
    "objects within objects": lambda: b'{"a":' * 500_000,
    "a geometry within geometries": lambda: b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
    + b'{"type":"GeometryCollection","geometries":[' * 5_000 + b"]}" * 5_000 + b"}]}",
    "a number of a hundred thousand digits": lambda: geojson(feature({"a": 1})).replace(b'"a": 1', b'"a": ' + b"9" * 100_000),
    "coordinates without end": lambda: geojson(feature({"a": 1}, coordinates=[[[1, 2]] * 3_500_000])),
    "records without end": lambda: b'{"type":"FeatureCollection","features":[' + b"{}," * 1_000_000 + b"{}]}",
    "a page that asks for another": lambda: b'{"type":"FeatureCollection","features":"http://127.0.0.1/"}',
    "a view without end": lambda: _geopackage(f"CREATE VIEW areas AS {ENDLESS} SELECT i AS fid, zeroblob(100) AS geom, i AS code FROM n;"),
    "a trigger without end": lambda: _geopackage(
        "CREATE TABLE areas (fid INTEGER PRIMARY KEY, geom BLOB, code TEXT);"
        f"CREATE TRIGGER t AFTER UPDATE ON gpkg_contents BEGIN INSERT INTO areas (code) {ENDLESS} SELECT i FROM n; END;"
    ),
    "a database of which only the head is left": lambda: b"SQLite format 3\x00" + bytes(200) + b"\xff" * 5_000,
    "a Shapefile that promises millions": lambda: shapefile(2_000_000_000),
    "a Shapefile of a few bytes": lambda: shapefile(1, size=0),
    "a bomb": lambda: archive({"a.shp": bytes(100_000_000), "a.shx": bytes(100), "a.dbf": bytes(100)}),
    "entries without end": lambda: archive({f"{n}.shp": b"" for n in range(60_000)}),
}  # fmt: skip
