"""From bytes to records and shapes: GeoJSON, GeoPackage, or a Shapefile in a ZIP.

The kind is told by the content, and GDAL is only given files whose first bytes say what they are: it would
otherwise open a text file that names other files or addresses. Members of an archive are written under names
of our own. GeoJSON is read without GDAL.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import tempfile
import unicodedata
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

MAX_BYTES = 50 * 1024 * 1024  # what the upload box takes
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 100
RATIO_FROM = 10 * 1024 * 1024  # small parts of repeated bytes compress further, harmlessly
MAX_ENTRIES = 2_000
MAX_ROWS = 20_000
MAX_POINTS = 3_000_000
MAX_TEXT = 1_000  # characters of an attribute that are read
MAX_COLUMNS = 255  # as many attributes as a Shapefile can have
CRS_CHOICES = (5179, 5186, 4326)
PARTS = ("shp", "shx", "dbf")  # a Shapefile without one of these cannot be read
_CODEPAGES = {
    "949": "cp949",
    "ms949": "cp949",
    "uhc": "cp949",
    "windows-949": "cp949",
    "ansi 949": "cp949",
    "euc-kr": "cp949",
    "euckr": "cp949",
    "ks_c_5601-1987": "cp949",
    "65001": "utf-8",
    "utf8": "utf-8",
}


class Refused(Exception):
    """The file as a whole cannot be used. `kind` names a sentence, `detail` fills its places."""

    def __init__(self, kind: str, **detail: Any) -> None:
        super().__init__(kind)
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True)
class Source:
    """One layer of a file.

    Attributes:
        layer: its name where the file holds several, else ''.
        attributes: one text column per attribute, '' for nothing; record i stands in row i (from 0).
        shapes: shapely geometries in two dimensions or None, in the same order.
        crs: the CRS that the file declares, or None.
        encoding: of the attributes.
        sha256: of the content, and of the layer where there are several.
    """

    name: str
    layer: str
    attributes: pd.DataFrame
    shapes: np.ndarray
    crs: CRS | None
    encoding: str
    sha256: str


def read(name: str, content: bytes, *, layer: str | None = None) -> Source:
    """Read a file's layer.

    Raises:
        Refused: empty, too_large, wrong_kind, bare_shp, password, unsafe_path, unsafe_size, broken,
            no_shapefile, incomplete, layers (several; `names` lists them), no_rows, too_detailed or attributes.
    """
    if not content.strip():
        raise Refused("empty")
    if len(content) > MAX_BYTES:
        raise Refused("too_large", size=len(content) // 1048576 + 1, limit=MAX_BYTES // 1048576)
    reader = _reader(content)
    try:
        layer_name, attributes, shapes, crs, encoding = reader(content, layer)
    except (Refused, MemoryError):
        raise
    except Exception as error:
        # The readers raise many kinds on damaged parts; the reader is told to export the file again.
        raise Refused("broken") from error
    if not len(attributes):
        raise Refused("no_rows")
    if len(attributes) > MAX_ROWS or int(shapely.get_num_coordinates(shapes).sum()) > MAX_POINTS:
        raise Refused("too_detailed", rows=MAX_ROWS, points=MAX_POINTS)
    digest = hashlib.sha256(content + (f"\0{layer_name}".encode() if layer_name else b"")).hexdigest()
    return Source(name, layer_name, attributes, shapely.force_2d(shapes), crs, encoding, digest)


def _reader(content: bytes) -> Any:
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip
    if content.startswith(b"SQLite format 3\x00"):
        return _geopackage
    if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return _geojson
    raise Refused("bare_shp" if content.startswith(b"\x00\x00\x27\x0a") else "wrong_kind")


def crs_label(crs: CRS) -> str:
    """'EPSG:5186' where the registry knows it, else the name that the file gives."""
    if crs.to_authority() == ("OGC", "CRS84"):
        return "EPSG:4326"  # the same, longitude first as every GeoJSON has it
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else crs.name


def _crs(text: Any) -> CRS | None:
    try:
        return CRS.from_user_input(text) if text else None
    except CRSError:
        return None


# ── GeoJSON ─────────────────────────────────────────────────────────────────────────────────────────────


def _geojson(content: bytes, _layer: str | None) -> tuple[str, pd.DataFrame, np.ndarray, CRS | None, str]:
    encoding = "utf-8"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        encoding, text = "cp949", content.decode("cp949")
    if text.count("]") > MAX_POINTS:  # a point is a list: before each becomes an object of its own
        raise Refused("too_detailed", rows=MAX_ROWS, points=MAX_POINTS)
    found = json.loads(text)
    kind = found.get("type")
    if kind not in ("FeatureCollection", "Feature"):
        raise Refused("wrong_kind")
    features = found["features"] if kind == "FeatureCollection" else [found]
    if not features:
        raise Refused("no_rows")
    if len(features) > MAX_ROWS:
        raise Refused("too_detailed", rows=MAX_ROWS, points=MAX_POINTS)
    records = [
        {**({"id": feature["id"]} if "id" in feature else {}), **(feature.get("properties") or {})}
        for feature in features
    ]
    _few({name: None for record in records for name in record})
    texts = np.array([json.dumps(feature.get("geometry")) for feature in features], dtype=object)
    shapes = shapely.from_geojson(texts, on_invalid="ignore")
    member = (found.get("crs") or {}).get("properties") or {}
    return "", _text(pd.DataFrame(records)), shapes, _geojson_crs(member.get("name"), shapes), encoding


def _geojson_crs(declared: Any, shapes: np.ndarray) -> CRS | None:
    """The old crs member; without one RFC 7946 says longitude and latitude, unless the numbers cannot be that."""
    if declared:
        return _crs(declared)
    west, south, east, north = shapely.total_bounds(shapes)
    degrees = west >= -180 and east <= 180 and south >= -90 and north <= 90
    return CRS.from_epsg(4326) if degrees else None


# ── GeoPackage and Shapefile ────────────────────────────────────────────────────────────────────────────


def _geopackage(content: bytes, layer: str | None) -> tuple[str, pd.DataFrame, np.ndarray, CRS | None, str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.gpkg"
        path.write_bytes(content)
        names = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
        chosen = _one_of(names, layer, none="no_rows")
        frame, crs = _gdal(path, layer=chosen)
    shapes = frame.pop("geometry").to_numpy()
    return (chosen if len(names) > 1 else ""), _text(frame), shapes, crs, "utf-8"


def _one_of(names: list[str], layer: str | None, *, none: str) -> str:
    if not names:
        raise Refused(none)
    if layer in names:
        return str(layer)
    if len(names) > 1:
        raise Refused("layers", names=names)
    return names[0]


def _gdal(path: Path, **options: Any) -> tuple[pd.DataFrame, CRS | None]:
    about = pyogrio.read_info(path, **options)
    if about["features"] > MAX_ROWS:
        raise Refused("too_detailed", rows=MAX_ROWS, points=MAX_POINTS)
    _few(about["fields"])
    found = pyogrio.read_dataframe(
        path, use_arrow=False, on_invalid="ignore", datetime_as_string=True, **options
    )
    return pd.DataFrame(found), found.crs


def _zip(content: bytes, layer: str | None) -> tuple[str, pd.DataFrame, np.ndarray, CRS | None, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive, tempfile.TemporaryDirectory() as folder:
        sets = _shapefiles(archive)
        chosen = _one_of(sorted(sets), layer, none="no_shapefile")
        members = sets[chosen]
        lacking = [part for part in PARTS if part not in members]
        if lacking:
            raise Refused("incomplete", parts=", ".join(f".{part}" for part in lacking))
        unpacked = sum(member.file_size for member in members.values())
        packed = sum(member.compress_size for member in members.values())
        if unpacked > MAX_UNPACKED or (unpacked > RATIO_FROM and unpacked > MAX_RATIO * max(packed, 1)):
            raise Refused("unsafe_size", limit=MAX_UNPACKED // 1048576)
        parts = {
            part: archive.read(member) for part, member in members.items() if part in (*PARTS, "prj", "cpg")
        }
        _check_lengths(parts)
        for part in (*PARTS, "prj"):
            if part in parts:
                (Path(folder) / f"layer.{part}").write_bytes(parts[part])
        # Latin-1 keeps every byte as it is: which encoding the bytes are in is decided over all of them.
        frame, crs = _gdal(Path(folder) / "layer.shp", encoding="ISO-8859-1")
    shapes = frame.pop("geometry").to_numpy()
    decoded, encoding = _decoded(frame, parts.get("cpg", b"").decode("ascii", "ignore"))
    return (chosen if len(sets) > 1 else ""), _text(decoded), shapes, crs, encoding


def _shapefiles(archive: zipfile.ZipFile) -> dict[str, dict[str, zipfile.ZipInfo]]:
    """Shown name of each .shp -> its parts by extension."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise Refused("unsafe_size", limit=MAX_UNPACKED // 1048576)
    sets: dict[str, dict[str, zipfile.ZipInfo]] = {}
    for entry in entries:
        steps = re.split(r"[/\\]", entry.filename)
        if steps[0] == "" or ".." in steps or re.match("[A-Za-z]:", entry.filename):
            raise Refused("unsafe_path")
        if entry.flag_bits & 1:
            raise Refused("password")
        stem, dot, extension = _member_name(entry).rpartition(".")
        if dot and "__MACOSX" not in steps and not steps[-1].startswith("."):
            sets.setdefault(stem, {})[extension.lower()] = entry
    return {stem: parts for stem, parts in sets.items() if "shp" in parts}


def _member_name(entry: zipfile.ZipInfo) -> str:
    """A name as its writer saw it: without the UTF-8 flag, Korean archivers write CP949."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("cp949")
    except UnicodeError:
        return entry.filename


def _check_lengths(parts: dict[str, bytes]) -> None:
    """GDAL reads a cut Shapefile as far as it goes and is silent about the rest; the headers know the lengths."""
    shp, dbf = parts["shp"], parts["dbf"]
    (words,) = struct.unpack(">i", shp[24:28])
    records, header, width = struct.unpack("<IHH", dbf[4:12])
    if not shp.startswith(b"\x00\x00\x27\x0a") or len(shp) < 2 * words or len(dbf) < header + records * width:
        raise Refused("broken")
    if not records:
        raise Refused("no_rows")


def _decoded(frame: pd.DataFrame, declared: str) -> tuple[pd.DataFrame, str]:
    """Attributes that were read as Latin-1 in their own encoding: the declared one, else UTF-8, else CP949."""
    cells = [value for _, column in frame.items() for value in column if isinstance(value, str)]
    whole = "\n".join([*map(str, frame.columns), *cells]).encode("latin-1")
    name = declared.strip().lower()
    for encoding in (_CODEPAGES.get(name, name), "utf-8", "cp949"):
        try:
            whole.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        break
    else:
        encoding = "cp949"  # a field that was cut in the middle of a letter: the rest is still read

    def own(value: Any) -> Any:
        return value.encode("latin-1").decode(encoding, "replace") if isinstance(value, str) else value

    out = pd.DataFrame({at: [own(value) for value in column] for at, (_, column) in enumerate(frame.items())})
    out.columns = pd.Index([own(str(column)) for column in frame.columns])
    return out, encoding


def _few(names: Collection[object]) -> None:
    if len(names) > MAX_COLUMNS:
        raise Refused("attributes", n=len(names), limit=MAX_COLUMNS)


def _text(frame: pd.DataFrame) -> pd.DataFrame:
    """Every attribute as text without space around it; a whole number has no decimal point."""
    columns: dict[str, list[str]] = {}
    for name, column in frame.items():
        unique = str(name)
        while unique in columns:
            unique += "_"
        columns[unique] = [_cell(value) for value in column]
    return pd.DataFrame(columns, index=range(len(frame)), dtype=object)


def _cell(value: Any) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)[:MAX_TEXT]
    if isinstance(value, str):
        value = value[:MAX_TEXT]
    return unicodedata.normalize("NFC", str(value)).strip()
