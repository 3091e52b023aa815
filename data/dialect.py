"""The places where SQLite and PostgreSQL differ for us; everything else is plain SQLAlchemy Core."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Integer,
    String,
    Table,
    Text,
    any_,
    bindparam,
    cast,
    extract,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

BETWEEN = "\x1f"  # values of a text in which they stand together


class days_between(GenericFunction[int]):
    """days_between(earlier, later): whole days, NULL if either is NULL."""

    type = Integer()
    inherit_cache = True
    name = "days_between"


@compiles(days_between, "sqlite")
def _sqlite_days(element: Any, compiler: Any, **kw: Any) -> str:
    earlier, later = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


@compiles(days_between, "postgresql")
def _postgresql_days(element: Any, compiler: Any, **kw: Any) -> str:
    earlier, later = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(({later}) - ({earlier}))"


def month_of(column: Any) -> Any:
    """YYYYMM of a date column as an integer."""
    return cast(extract("year", column) * 100 + extract("month", column), Integer)


def among(connection: Connection, column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """That a column holds one of many values, however many: they travel as one parameter.

    Args:
        column: of numbers, texts or days.
    """
    if connection.dialect.name == "postgresql":
        # Of a VARCHAR(n) longer values would be cut.
        kind = Text() if isinstance(column.type, String) else column.type
        known = [value for value in values if value is not None]
        if known and isinstance(kind, Text):
            # As one text: the driver writes an array value by value, which takes longer than the database's answer.
            joined = BETWEEN.join(known)
            if joined and joined.count(BETWEEN) == len(known) - 1:
                return column == any_(func.string_to_array(joined, BETWEEN, type_=ARRAY(kind)))
        return column == any_(bindparam(None, known, ARRAY(kind)))
    each = func.json_each(json.dumps(list(values), default=_as_sqlite_has_it)).table_valued("value")
    return column.in_(select(each.c.value))


def roomy(connection: Connection) -> None:
    """Let the transaction sort and group a file's rows in memory; PostgreSQL's own limit, 4 MB, is for many readers at once. A higher one stays."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(
                "SELECT set_config('work_mem', '64MB', true) WHERE pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB')"
            )
        )


def adding(connection: Connection, table: Table) -> Any:
    """An INSERT whose numbers are added to the row that stands already under its key."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(table)
    counts = {
        column.name: column + statement.excluded[column.name] for column in table.c if not column.primary_key
    }
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=counts)


def _as_sqlite_has_it(value: date) -> str:
    """A day, or a moment, as SQLAlchemy writes it into a column of text."""
    return f"{value:%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value.isoformat()
