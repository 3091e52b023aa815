"""Where a lake lies and how its months are written: Parquet in `table/month=YYYYMM/`, on this machine or in object storage.

A month of a table is one file, which takes the place of the one before in a single step: a reader sees the old month or the new
one. Files of other writers are read as they are; what begins with a dot or an underscore belongs to nobody yet.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs

PART = "part-0.parquet"
_MONTH = re.compile(r"month=(\d{6})")
# What a row is known by within its month: a corrected one takes the place of the one before.
KEYS = {
    "crisis_signal": ["household", "signal"],
    "detection_action": ["household"],
    "hotline_contact": ["contact_id"],
}


class OtherWriter(ValueError):
    """A month holds files that are not ours: putting one in their place would not be a single step."""


@dataclass(frozen=True)
class Place:
    """Where a lake lies: a folder, or `s3://bucket/path?endpoint_override=host:port&scheme=http` with its keys in the environment."""

    filesystem: fs.FileSystem
    path: str

    @classmethod
    def at(cls, where: str | Path) -> Place:
        """The place that a folder or an address of object storage names."""
        if "://" in str(where):
            filesystem, path = fs.FileSystem.from_uri(str(where))
            return cls(filesystem, path)
        return cls(fs.LocalFileSystem(), Path(where).absolute().as_posix())

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return isinstance(self.filesystem, fs.LocalFileSystem)

    def partition(self, table: str, month: int) -> str:
        """The folder of one table and month."""
        return f"{self.path}/{table}/month={month}"

    def uri(self, table: str) -> str:
        """A table's address as Spark reads it; an object store's keys and endpoint are settings of the cluster."""
        return f"{'file://' if self.is_local else 's3a://'}{self.path}/{table}"


def stand(place: Place, tables: Sequence[str]) -> dict[str, dict[int, str]]:
    """Table -> month -> what is known of its files without reading them: names, sizes and times. A table without a file is left out."""
    found: dict[str, dict[int, list[str]]] = {}
    for table in tables:
        under = fs.FileSelector(f"{place.path}/{table}", allow_not_found=True, recursive=True)
        for file in place.filesystem.get_file_info(under):
            month = _MONTH.fullmatch(Path(file.path).parent.name)
            if month and file.is_file and file.extension == "parquet" and file.base_name[0] not in "._":
                said = f"{table}/{file.base_name} {file.size} {file.mtime_ns}"
                found.setdefault(table, {}).setdefault(int(month[1]), []).append(said)
    return {
        table: {month: "\n".join(sorted(files)) for month, files in sorted(months.items())}
        for table, months in found.items()
    }


def states(place: Place, tables: Sequence[str]) -> dict[int, str]:
    """Month -> SHA-256 of how its files of all tables stand: another one when a file came, went or was replaced.

    Raises:
        FileNotFoundError: one of the tables has no month.
    """
    found = stand(place, tables)
    if set(found) != set(tables):
        raise FileNotFoundError(place.path)
    months = sorted({month for of_table in found.values() for month in of_table})
    return {
        month: hashlib.sha256("\n".join(found[table].get(month, "") for table in tables).encode()).hexdigest()
        for month in months
    }


def publish(place: Place, table: str, month: int, rows: pa.Table) -> None:
    """Write a month of a table, in place of what it held, in one step.

    Raises:
        OtherWriter: files that are not ours lie there.
    """
    folder = place.partition(table, month)
    lying = place.filesystem.get_file_info(fs.FileSelector(folder, allow_not_found=True))
    if others := [f.base_name for f in lying if f.extension == "parquet" and f.base_name != PART]:
        raise OtherWriter(f"{folder}: {', '.join(sorted(others))}")
    if not place.is_local:
        with tempfile.TemporaryDirectory() as made:  # an object appears once all of it has come
            file = Path(made) / PART
            pq.write_table(rows, file, compression="zstd")
            fs.copy_files(
                file.as_posix(),
                f"{folder}/{PART}",
                source_filesystem=fs.LocalFileSystem(),
                destination_filesystem=place.filesystem,
            )
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    temporary = Path(folder) / f".{PART}.{os.getpid()}"
    try:
        pq.write_table(rows, temporary, compression="zstd")
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        os.replace(temporary, Path(folder) / PART)
    finally:
        temporary.unlink(missing_ok=True)


def read(place: Place, table: str, month: int) -> pa.Table:
    """A month of a table, without the partition's own column.

    Raises:
        FileNotFoundError: there is no such month.
    """
    files = [
        file.path
        for file in place.filesystem.get_file_info(
            fs.FileSelector(place.partition(table, month), allow_not_found=True)
        )
        if file.extension == "parquet" and file.base_name[0] not in "._"
    ]
    if not files:
        raise FileNotFoundError(place.partition(table, month))
    return ds.dataset(sorted(files), format="parquet", filesystem=place.filesystem).to_table()


def amend(place: Place, table: str, month: int, come: pa.Table, *, gone: pa.Table | None = None) -> pa.Table:
    """Bring late and corrected rows into a month: a row takes the place of the one with its key (`KEYS`); returns the month.

    Args:
        gone: keys of rows that are withdrawn.

    Raises:
        OtherWriter: as `publish`.
    """
    key = KEYS[table]
    try:
        standing = read(place, table, month)
    except FileNotFoundError:
        standing = come.slice(0, 0)
    come = come.select(standing.column_names).cast(standing.schema)
    kept = standing
    for leaving in (come, gone):
        if leaving is not None:
            keys = leaving.select(key).cast(pa.schema([standing.schema.field(name) for name in key]))
            kept = kept.join(keys, keys=key, join_type="left anti")
    rows = pa.concat_tables([kept.select(standing.column_names), come])
    publish(place, table, month, rows)
    return rows
