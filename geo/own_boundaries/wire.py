"""Sources, what the store knows, and reports as bytes between two processes: JSON for words, Arrow for columns, WKB for shapes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from pyproj import CRS

from geo.boundaries import METRIC_CRS
from geo.own_boundaries.check import Report
from geo.own_boundaries.codes import Known
from geo.own_boundaries.files import Source
from geo.own_boundaries.outline import Outline
from geo.own_boundaries.problems import Problem

Parts = list[bytes]
_SHAPES = "shapes"


def pack_source(source: Source) -> Parts:
    """A source as two parts."""
    said = {
        "name": source.name,
        "layer": source.layer,
        "columns": [str(name) for name in source.attributes.columns],
        "crs": source.crs.to_wkt() if source.crs is not None else None,
        "encoding": source.encoding,
        "sha256": source.sha256,
    }
    columns = {
        str(at): pa.array(column.tolist(), pa.string())
        for at, (_, column) in enumerate(source.attributes.items())
    }
    shapes = pa.array(shapely.to_wkb(source.shapes).tolist(), pa.binary())
    return [json.dumps(said).encode(), _stream(pa.table({**columns, _SHAPES: shapes}))]


def unpack_source(parts: Sequence[bytes]) -> Source:
    """The source that was packed."""
    said, table = json.loads(parts[0]), _table(parts[1])
    attributes = pd.DataFrame(
        {at: table.column(str(at)).to_pylist() for at in range(len(said["columns"]))},
        index=range(table.num_rows),
        dtype=object,
    )
    attributes.columns = pd.Index(said["columns"])
    shapes = shapely.from_wkb(np.array(table.column(_SHAPES).to_pylist(), dtype=object), on_invalid="ignore")
    crs = CRS.from_wkt(said["crs"]) if said["crs"] else None
    return Source(said["name"], said["layer"], attributes, shapes, crs, said["encoding"], said["sha256"])


def pack_known(known: Known) -> Parts:
    """What the store knows, as three parts."""
    return [
        _stream(pa.Table.from_pandas(getattr(known, one.name), preserve_index=False))
        for one in dataclasses.fields(known)
    ]


def unpack_known(parts: Sequence[bytes]) -> Known:
    """What was packed."""
    return Known(*(_table(part).to_pandas() for part in parts))


def pack_report(report: Report, drawing: Outline) -> Parts:
    """A report without its source and its shapes, and the drawing of those."""
    said = {
        one.name: getattr(report, one.name)
        for one in dataclasses.fields(report)
        if one.name not in ("source", "problems", "rows", "drawn")
    }
    problems = [dataclasses.asdict(problem) for problem in report.problems]
    rows = pa.Table.from_pandas(pd.DataFrame(report.rows), preserve_index=False)
    return [
        json.dumps([said, problems, dataclasses.asdict(drawing)], default=_number).encode(),
        _stream(rows),
    ]


def unpack_report(parts: Sequence[bytes], source: Source) -> tuple[Report, Outline]:
    """The report and the drawing; `Report.drawn` is empty, since it is drawn already."""
    said, problems, drawing = json.loads(parts[0])
    rows = _table(parts[1]).to_pandas()
    found = tuple(Problem(**{**one, "rows": tuple(one["rows"])}) for one in problems)
    empty = gpd.GeoDataFrame({"state": []}, geometry=[], crs=METRIC_CRS)
    paths = tuple((state, code, path) for state, code, path in drawing["paths"])
    report = Report(source=source, problems=found, rows=rows, drawn=empty, **said)
    return report, Outline(drawing["width"], drawing["height"], paths)


def _number(value: Any) -> int | float:
    return int(value) if isinstance(value, np.integer) else float(value)


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def _table(part: bytes) -> pa.Table:
    with pa.ipc.open_stream(pa.py_buffer(part)) as stream:
        return stream.read_all()
