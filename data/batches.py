"""Batches: the unit in which rows arrive. One batch is one transaction; corrections supersede, never delete."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, islice
from typing import Any

import pandas as pd
import psycopg
import pyarrow as pa
from pyarrow import csv
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Result,
    Table,
    and_,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

from data import digests
from data.tables import batch

CHUNK = 20_000
# Chunks of one COPY: a timeout is for one statement, and what its rows name is looked up at its end.
AT_ONCE = 10
Portions = Iterator[dict[str, list[Any]]]  # of columns
KINDS = (
    (Boolean, pa.bool_()),
    (Integer, pa.int64()),
    (Float, pa.float64()),
    (DateTime, pa.timestamp("us")),
    (Date, pa.date32()),
)


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for reference cycles meanwhile: over a million fresh rows it finds none and takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def open_batch(
    connection: Connection,
    *,
    kind: str,
    table_name: str,
    source_name: str,
    content_sha256: str,
    recorded_at: datetime,
    note: str | None = None,
    author: str | None = None,
    reason: str | None = None,
) -> int:
    """Register a batch and return its id. `recorded_at` is naive UTC."""
    result = connection.execute(
        insert(batch).values(
            kind=kind,
            table_name=table_name,
            source_name=source_name,
            content_sha256=content_sha256,
            rows_accepted=0,
            rows_refused=0,
            recorded_at=recorded_at,
            note=note,
            author=author,
            reason=reason,
        )
    )
    return int((result.inserted_primary_key or (0,))[0])


def close_batch(connection: Connection, batch_id: int, *, accepted: int, refused: int) -> None:
    """Record how many rows the batch took and refused."""
    connection.execute(
        update(batch).where(batch.c.batch_id == batch_id).values(rows_accepted=accepted, rows_refused=refused)
    )


def seen(connection: Connection, *, table_name: str, content_sha256: str) -> int | None:
    """The id of an earlier batch with byte-identical content for this table, or None."""
    return connection.execute(
        select(batch.c.batch_id)
        .where(batch.c.table_name == table_name, batch.c.content_sha256 == content_sha256)
        .order_by(batch.c.batch_id)
        .limit(1)
    ).scalar()


def marked(c: Any, batch_id: int) -> ColumnElement[bool]:
    """That a batch brought a row or took its place.

    Args:
        c: the columns of an operational table.
    """
    return or_(c.batch_id == batch_id, c.superseded_by == batch_id)


def stands(c: Any, *, but: int | None = None) -> ColumnElement[bool]:
    """That a row is current; or was, before the newest batch of its table came.

    Args:
        c: the columns of an operational table. but: that batch.
    """
    if but is None:
        return c.superseded_by.is_(None)
    return and_(c.batch_id != but, or_(c.superseded_by.is_(None), c.superseded_by == but))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A frame as plain Python records: NaN and NaT become None, numpy scalars become Python's."""
    columns = plain_columns(frame)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def plain_columns(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """A frame's columns as lists of plain Python values, None where there is none."""
    columns: dict[str, list[Any]] = {}
    for name in frame.columns:
        values = frame[name]
        there = values.notna()
        plain = values.astype(object)
        plain = plain if there.all() else plain.where(there, None)
        if isinstance(values.dtype, pd.DatetimeTZDtype) or values.dtype.kind == "M":
            columns[str(name)] = [None if v is None else v.to_pydatetime() for v in plain]
        else:
            columns[str(name)] = plain.tolist()
    return columns


def read_frame(connection: Connection, statement: Any) -> pd.DataFrame:
    """The answer of a statement as a frame; without rows it still has the columns."""
    result = connection.execute(statement)
    rows = [tuple(row) for row in result]  # of SQLAlchemy's own rows pandas asks one by one what they are
    return pd.DataFrame(rows, columns=list(result.keys()))


def append_frame(
    connection: Connection, table: Table, frame: pd.DataFrame, *, batch_id: int | None = None
) -> int:
    """Insert a frame in chunks; with `batch_id` for operational tables, without for reference and facts."""
    digest = 0
    noted = batch_id is not None and digests.is_noted(connection, table, batch_id)
    if batch_id is not None:
        frame = frame.assign(batch_id=batch_id)  # of which no digest tells

    def portions() -> Iterator[dict[str, list[Any]]]:
        nonlocal digest
        for start in range(0, len(frame), CHUNK):
            chunk = frame.iloc[start : start + CHUNK]
            columns = plain_columns(chunk)
            if noted:
                digest += digests.of_columns(table, columns, len(chunk))
            yield columns

    put(connection, table, portions())
    if noted and batch_id is not None:
        digests.note(connection, table, batch_id, digest)
    return len(frame)


def put(connection: Connection, table: Table, portions: Portions) -> None:
    """Many rows of any table, in the way that its database takes them quickest. On PostgreSQL a row alone costs a millisecond, since what
    it names is looked up for its statement.

    Args:
        portions: columns by name with a value for each row; all portions have the columns of the first.

    Raises:
        DBAPIError, KeyError: as an INSERT would, and where a portion lacks a column.
    """
    first = next(portions, None)
    if first is not None:
        way = _copied if connection.dialect.name == "postgresql" else _inserted
        way(connection, table, list(first), chain([first], portions))


def portions_of(result: Result[Any], size: int) -> Portions:
    """What a statement found, as `put` takes it, so many rows at a time."""
    names = list(result.keys())
    for rows in result.partitions(size):
        yield dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def _inserted(connection: Connection, table: Table, names: Sequence[str], portions: Portions) -> None:
    """Hand whole columns to the driver: building a dictionary per row costs more than SQLite's own writing."""
    compiled = insert(table).compile(dialect=connection.dialect, column_keys=list(names))
    order = list(getattr(compiled, "positiontup", None) or names)
    for columns in portions:
        bound = _bound(connection, table, columns)
        rows = list(zip(*(bound[name] for name in order), strict=True))
        connection.exec_driver_sql(str(compiled), rows)


def _copied(connection: Connection, table: Table, names: Sequence[str], portions: Portions) -> None:
    """PostgreSQL's own way in for many rows, in the transaction that runs; checks and keys hold as for an INSERT.

    The server works on one portion while the next is made.

    Raises:
        DBAPIError: as an INSERT would, and for a value of another kind than its column's; of the row it tells nothing.
    """
    quote = connection.dialect.identifier_preparer
    columns = ", ".join(map(quote.quote, names))
    statement = f"COPY {quote.format_table(table)} ({columns}) FROM STDIN (FORMAT csv, ENCODING 'UTF8')"
    cursor: Any = connection.connection.cursor()
    lines = _lines(table, names, portions)
    try:
        with cursor:
            for first in lines:
                with cursor.copy(statement) as copy:
                    for portion in chain([first], islice(lines, AT_ONCE - 1)):
                        copy.write(portion)
    except psycopg.Error as error:
        # The server's context holds the row's values, which belong in no log.
        told = type(error)(error.diag.message_primary or str(error))
        raise DBAPIError.instance(statement, None, told, psycopg.Error, dialect=connection.dialect) from None


def _lines(table: Table, names: Sequence[str], portions: Portions) -> Iterator[bytes]:
    """Portions as CSV, in which an empty field without quotes is NULL.

    Raises:
        DBAPIError: the store that the rows come from cannot be read. psycopg.DataError: whatever else goes wrong, told without a value, since
            the server notes in its log why a COPY was given up.
    """
    at = ""
    try:
        for columns in portions:
            arrays = {}
            for at in names:
                arrays[at] = _array(table.c[at].type, columns[at])
            at, sink = "", pa.BufferOutputStream()
            csv.write_csv(
                pa.table(arrays), sink, csv.WriteOptions(include_header=False, quoting_style="needed")
            )
            yield bytes(sink.getvalue())
    except (psycopg.Error, DBAPIError):
        raise
    except Exception as error:
        where = f"{table.name}.{at}" if at else table.name
        raise psycopg.DataError(f"{where} cannot be written: {type(error).__name__}") from None


def _array(of: Any, values: Sequence[Any]) -> pa.Array:
    """Values of a column as Arrow holds them: text where its type is none of `KINDS`."""
    kind = next((kind for one, kind in KINDS if isinstance(of, one)), pa.string())
    if isinstance(of, LargeBinary):
        return pa.array([None if value is None else f"\\x{bytes(value).hex()}" for value in values], kind)
    # Given the kind Arrow would cut a fraction off where a whole number belongs; a cast refuses it.
    if isinstance(of, (Integer, Float)):
        return pa.array(values, from_pandas=False).cast(kind)
    return pa.array(values, kind, from_pandas=False)


def _bound(connection: Connection, table: Table, columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Values as the driver takes them. Days, codes and flags repeat: each distinct value is converted once."""
    bound = dict(columns)
    for name in columns:
        convert = table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        if convert is not None:
            known = {value: convert(value) for value in set(columns[name])}
            bound[name] = list(map(known.__getitem__, columns[name]))
    return bound
