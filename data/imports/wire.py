"""What was read of a file, as bytes between two processes: JSON for what was found, Arrow for the rows. No pickle.

What comes in is checked against the types of `Parsed`: the process that read a stranger's file is not believed either.
"""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd
import pyarrow as pa

from data.imports.places import Places
from data.imports.report import Parsed

SAMPLE = 1_000
_ROWS = ("frame", "places")  # these travel as Arrow
_SHEET, _ROW = "sheet of the file", "row of the file"


def pack(parsed: Parsed) -> list[bytes | memoryview]:
    """A `Parsed` as parts: everything but its rows, then each column of its rows and of their places."""
    said = {
        entry.name: _plain(getattr(parsed, entry.name))
        for entry in dataclasses.fields(parsed)
        if entry.name not in _ROWS
    }
    names = [str(name) for name in parsed.frame.columns]
    # One column after another: a million rows are not held twice.
    columns = [_column(parsed.frame[name].to_numpy()) for name in names]
    if parsed.places:
        names += [_SHEET, _ROW]
        columns += [_column(parsed.places.sheets), _column(np.asarray(parsed.places.rows))]
    return [json.dumps([said, names], ensure_ascii=False).encode(), *columns]


def unpack(parts: Sequence[bytes | memoryview]) -> Parsed:
    """The `Parsed` that `pack` was given; values are of the same Python types.

    Raises:
        ValueError: the parts are not such a `Parsed`.
    """
    said, names = json.loads(bytes(parts[0]))
    hints = _hints(Parsed)
    values = {name: _typed(hints[name], value) for name, value in said.items()}
    columns = {_a(str, name): _python(part) for name, part in zip(names, parts[1:], strict=True)}
    sheets, numbers = columns.pop(_SHEET, None), columns.pop(_ROW, None)
    if sheets is not None and numbers is not None:
        values["places"] = Places(sheets, numbers)
    frame = pd.DataFrame(columns, dtype=object) if columns else pd.DataFrame()
    return Parsed(frame=frame, **values)


def _column(values: Sequence[Any] | np.ndarray) -> memoryview:
    """A column as an Arrow stream; what repeats (days, instants, texts) is sent once and pointed at."""
    found = pa.array(values, from_pandas=False)
    repeats = pa.types.is_string(found.type) and len(set(values[:SAMPLE])) < SAMPLE // 2
    if repeats or pa.types.is_temporal(found.type):
        found = found.dictionary_encode()
    batch = pa.record_batch({"values": found})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return memoryview(sink.getvalue())


def _python(part: bytes | memoryview) -> np.ndarray:
    """A column as Python objects, None where there is no value."""
    with pa.ipc.open_stream(pa.py_buffer(part)) as stream:
        (batch,) = stream
    array = batch.column(0)
    out = np.empty(len(array), dtype=object)
    if pa.types.is_dictionary(array.type):
        known = np.empty(len(array.dictionary) + 1, dtype=object)
        known[:-1] = array.dictionary.to_pylist()
        return known[array.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)]
    if array.null_count or pa.types.is_boolean(array.type):
        out[:] = array.to_pylist()
    else:
        out[:] = array.to_numpy(zero_copy_only=False).tolist()
    return out


# ── Everything else ─────────────────────────────────────────────────────────────────────────────────────


def _plain(value: Any) -> Any:
    """Dataclasses, tuples and codes as JSON has them."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [_plain(getattr(value, entry.name)) for entry in dataclasses.fields(value)]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError(f"{type(value).__name__} has no plain form")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _typed(hint: Any, value: Any) -> Any:
    """A JSON value as the type that its place says.

    Raises:
        ValueError: it is not of that type.
    """
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return None if value is None else _typed(next(arg for arg in inner if arg is not type(None)), value)
    if origin is list:
        return [_typed(inner[0], entry) for entry in _a(list, value)]
    if origin is tuple:
        kinds = [inner[0]] * len(value) if inner[1:] == (Ellipsis,) else inner
        return tuple(_typed(kind, entry) for kind, entry in zip(kinds, _a(list, value), strict=True))
    if origin is not None and issubclass(origin, Mapping):
        return {_typed(inner[0], key): _typed(inner[1], entry) for key, entry in _a(dict, value).items()}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if isinstance(hint, type) and (dataclasses.is_dataclass(hint) or hasattr(hint, "_fields")):
        names = list(_hints(hint))
        given = zip(names, _a(list, value), strict=True)
        return hint(**{name: _typed(_hints(hint)[name], entry) for name, entry in given})
    if hint is int and isinstance(value, str):  # a key of a mapping
        return int(value)
    return _a(hint, value)


def _a(kind: Any, value: Any) -> Any:
    if type(value) is not kind and not (kind is float and type(value) is int):
        raise ValueError(f"a {type(value).__name__} stands where a {kind} belongs")
    return value
