"""What is kept as it was made: data classes of ours, arrays and frames are packed with the names of their fields, and nothing else is unpacked."""

from __future__ import annotations

import io
import pickle
import zlib
from dataclasses import fields, is_dataclass
from typing import Any

_ROOTS = ("answers", "data", "forecast", "geo", "metrics", "numpy", "pandas", "pyarrow")
_PLAIN = (
    {
        ("builtins", n)
        for n in ("set", "frozenset", "complex", "slice", "bytearray", "list", "dict", "tuple", "range")
    }
    | {("datetime", n) for n in ("date", "datetime", "timedelta", "time", "timezone")}
    | {
        ("collections", "OrderedDict"),
        ("pathlib", "PosixPath"),
        ("decimal", "Decimal"),
        ("_codecs", "encode"),
    }
)
_MAKERS = {
    "_restore_array",
    "type_for_alias",
    "py_buffer",
    "_reconstruct",
    "scalar",
    "_frombuffer",
    "_unpickle_block",
    "new_block",
    "_new_Index",
    "_new_DatetimeIndex",
    "_new_PeriodIndex",
    "__pyx_unpickle_BaseOffset",
    "_period_unpickle",
    "__newobj__",
    "_unpickle_timestamp",
    "__pyx_unpickle_NDArrayBacked",
    "__pyx_unpickle_BlockManager",
    "_new_interval_index",
    "_load_sized_offset",
}


class _Reader(pickle.Unpickler):
    """Takes data classes of ours, arrays and frames; a kept result that names anything else is refused."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        root = module.partition(".")[0]
        if root in _ROOTS:
            found = super().find_class(module, name)
            if isinstance(found, type) or name in _MAKERS or name.startswith("__pyx_unpickle"):
                return found
        raise pickle.UnpicklingError(f"a study's result holds {module}.{name}")


class _Writer(pickle.Pickler):
    """Notes the fields of every data class that it meets."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=5)
        self.fields: dict[tuple[str, str], tuple[str, ...]] = {}

    def reducer_override(self, one: Any) -> Any:
        kind = type(one)
        if is_dataclass(kind) and "." not in kind.__qualname__:
            self.fields[kind.__module__, kind.__qualname__] = tuple(f.name for f in fields(kind))
        return NotImplemented


def packed(made: Any) -> bytes:
    """A result as the store keeps it, with the fields of its data classes."""
    body = io.BytesIO()
    writer = _Writer(body)
    writer.dump(made)
    return zlib.compress(pickle.dumps((writer.fields, body.getvalue()), protocol=5), 1)


def unpacked(content: bytes) -> Any:
    """What was kept, where it holds nothing but data of ours, as this code knows them.

    Raises:
        UnpicklingError: it names anything else, or an earlier version kept it with other fields.
    """
    kept = _Reader(io.BytesIO(zlib.decompress(content))).load()
    if not (isinstance(kept, tuple) and len(kept) == 2 and isinstance(kept[0], dict)):
        raise pickle.UnpicklingError("it was kept by an earlier version")
    reader = _Reader(io.BytesIO(kept[1]))
    for (module, name), known in kept[0].items():
        found = reader.find_class(module, name)
        if known != tuple(f.name for f in fields(found)):
            raise pickle.UnpicklingError(f"{module}.{name} had other fields")
    return reader.load()
