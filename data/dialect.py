"""The three places where SQLite and PostgreSQL differ for us; everything else is plain SQLAlchemy Core."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, cast, extract
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


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
