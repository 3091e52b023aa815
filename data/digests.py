"""What a batch's rows add up to: a digest that is noted when they are written, and finds a value that was changed by hand.

Each row is hashed by itself and the hashes are added, so that neither the order of rows nor the number of portions in which they
came matters. Empty values take no part: a column that a later version adds changes no digest. Made rows of the demonstration have
none. It finds what a disk or a hand changed, not who can also write the digest anew; that shows against a backup.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Date, DateTime, Float, Integer, Table, select, update

from data.tables import OPERATIONAL, batch

BITS = 128
NONE = f"{0:032x}"
BOOKS = ("row_id", "batch_id", "superseded_by")  # where a row stands, not what it says
PORTION = 20_000


def _plain(column: Column[Any]) -> Callable[[Any], str]:
    """A value as it reads after it went through either database."""
    kind = column.type
    if isinstance(kind, Boolean):
        return lambda value: "1" if value else "0"
    if isinstance(kind, Integer):
        return lambda value: str(int(value))
    if isinstance(kind, Float):
        return lambda value: repr(float(value) + 0.0)  # SQLite knows no negative zero
    if isinstance(kind, DateTime):
        return lambda value: datetime.fromisoformat(str(value)).isoformat()
    if isinstance(kind, Date):
        return lambda value: date.fromisoformat(str(value)[:10]).isoformat()
    return str


def of_columns(table: Table, columns: Mapping[str, Sequence[Any]], rows: int) -> int:
    """The sum of the rows' hashes; columns that are not given hold the table's own default."""
    parts: list[Iterable[str]] = [[""] * rows]
    for column in sorted(table.columns, key=lambda c: c.name):
        if column.name in BOOKS:
            continue
        if column.name in columns:
            said = _said(column, columns[column.name])
            parts += [] if said is None else [said]
        elif (default := getattr(column.server_default, "arg", None)) is not None:
            parts.append([f"{column.name}={default}\x1f"] * rows)
    total = 0
    for row in zip(*parts, strict=True):
        digest = hashlib.blake2b("".join(row).encode(), digest_size=BITS // 8).digest()
        total += int.from_bytes(digest)
    return total % (1 << BITS)


def _said(column: Column[Any], values: Sequence[Any]) -> Iterable[str] | None:
    """What a column adds to each row; None where it has no value at all."""
    plain = _plain(column)
    # Days, codes and flags repeat: each distinct value is written once.
    known: dict[Any, str] = {
        value: "" if value is None or value != value else f"{column.name}={plain(value)}\x1f"
        for value in set(values)
    }
    return map(known.__getitem__, values) if any(known.values()) else None


def is_noted(connection: Connection, table: Table, batch_id: int) -> bool:
    """Whether a batch's rows get a digest: those of the record do, made ones do not."""
    kind = select(batch.c.kind).where(batch.c.batch_id == batch_id)
    return table.name in OPERATIONAL and connection.execute(kind).scalar() != "demo"


def note(connection: Connection, table: Table, batch_id: int, added: int) -> None:
    """Add what came to a batch's digest, in the transaction in which it came."""
    b = batch.c
    known = connection.execute(select(b.rows_digest).where(b.batch_id == batch_id)).scalar()
    total = (int(known or NONE, 16) + added) % (1 << BITS)
    connection.execute(update(batch).where(b.batch_id == batch_id).values(rows_digest=f"{total:032x}"))


@dataclass(frozen=True)
class Changed:
    """A batch whose rows are not those that came: its number, table, and how many rows it has and had."""

    batch_id: int
    table_name: str
    rows: int
    came: int


def counted(
    connection: Connection, table: Table, batches: Sequence[int] | None = None
) -> dict[int, tuple[int, str]]:
    """Batch -> how many rows of a table it has, and their digest."""
    found: dict[int, tuple[int, int]] = {}
    names = [c.name for c in table.columns if c.name not in BOOKS]
    chosen = select(table.c.batch_id, *(table.c[name] for name in names)).order_by(table.c.row_id)
    if batches is not None:
        chosen = chosen.where(table.c.batch_id.in_(batches))
    result = connection.execute(chosen.execution_options(stream_results=True))
    for portion in result.partitions(PORTION):
        of: dict[int, list[Any]] = {}
        for row in portion:
            of.setdefault(row[0], []).append(row[1:])
        for number, rows in of.items():
            columns = dict(zip(names, zip(*rows, strict=True), strict=True))
            rows_before, sum_before = found.get(number, (0, 0))
            found[number] = (rows_before + len(rows), sum_before + of_columns(table, columns, len(rows)))
    return {number: (rows, f"{total % (1 << BITS):032x}") for number, (rows, total) in found.items()}


def changed(connection: Connection) -> list[Changed]:
    """The batches whose rows are not those that were written, by number; those without a digest are not looked at."""
    b = batch.c
    out = []
    noted = connection.execute(
        select(b.batch_id, b.table_name, b.rows_digest, b.rows_accepted)
        .where(b.rows_digest.is_not(None), b.table_name.in_(list(OPERATIONAL)))
        .order_by(b.batch_id)
    ).all()
    tables = dict.fromkeys(row.table_name for row in noted)
    stand = {name: counted(connection, OPERATIONAL[name]) for name in tables}
    for row in noted:
        rows, digest = stand[row.table_name].get(row.batch_id, (0, NONE))
        if digest != row.rows_digest:
            out.append(Changed(row.batch_id, row.table_name, rows, row.rows_accepted))
    return out


def restate(connection: Connection, *, batches: Sequence[int] | None = None) -> int:
    """Write digests anew of the rows as they stand; returns of how many batches.

    Args:
        batches: of these, after rows were erased; of those that have none where left out (a store older than digests).
    """
    b = batch.c
    wanted = b.rows_digest.is_(None) if batches is None else b.batch_id.in_(list(batches))
    chosen = select(b.batch_id, b.table_name).where(
        wanted, b.kind != "demo", b.table_name.in_(list(OPERATIONAL))
    )
    of: dict[str, list[int]] = {}
    for number, name in connection.execute(chosen):
        of.setdefault(name, []).append(number)
    for name, numbers in of.items():
        stand = counted(connection, OPERATIONAL[name], numbers)
        for number in numbers:
            digest = stand.get(number, (0, NONE))[1]
            connection.execute(update(batch).where(b.batch_id == number).values(rows_digest=digest))
    return sum(map(len, of.values()))
