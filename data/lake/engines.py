"""Who counts: DuckDB in this process, or Apache Spark behind the address in IEUM_LAKE. Both read the same files and the same SQL."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pandas as pd
import pyarrow.dataset as ds
from sqlalchemy import create_engine
from sqlalchemy.exc import NoSuchModuleError
from sqlalchemy.pool import NullPool

from data.lake.files import Place
from data.lake.statements import of_months
from data.lake_address import SETTING, is_spark

# One machine takes a month at a time, so that its memory is a month's; a cluster spreads a year.
MONTHS_OF_DUCKDB, MONTHS_OF_SPARK = 1, 12

Ask = Callable[[str], pd.DataFrame]


class EngineProblem(Exception):
    """The engine cannot count: `kind` is absent (its packages are not installed), address, or failed."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind


def rolled(
    place: Place,
    statements: Mapping[str, str],
    months: Sequence[int],
    tables: Sequence[str],
    *,
    url: str | None = None,
) -> dict[str, pd.DataFrame]:
    """Each statement's rows for the months.

    Args:
        statements: name -> SQL over the tables, with a place for months.
        url: of Spark; '' for DuckDB; what `IEUM_LAKE` says where it is not given.

    Raises:
        EngineProblem: the engine is not there, or could not do it.
    """
    at = os.environ.get(SETTING, "") if url is None else url
    opened, size = (_spark, MONTHS_OF_SPARK) if at else (_duckdb, MONTHS_OF_DUCKDB)
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in statements}
    with opened(place, tables, at) as ask:
        for start in range(0, len(months), size):
            for name, statement in statements.items():
                parts[name].append(ask(of_months(statement, months[start : start + size])))
    return {name: pd.concat(some, ignore_index=True) for name, some in parts.items()}


@contextmanager
def _duckdb(place: Place, tables: Sequence[str], _url: str) -> Iterator[Ask]:
    with tempfile.TemporaryDirectory() as spill, duckdb.connect(":memory:") as lake:
        lake.execute("SET temp_directory = ?", [spill])
        for name in tables:
            if place.is_local:
                files = f"{place.path}/{name}/month=*/*.parquet"
                lake.read_parquet(files, hive_partitioning=True).create_view(name)
            else:  # Arrow reads object storage; DuckDB tells it which columns and months it wants
                whole = ds.dataset(
                    f"{place.path}/{name}", filesystem=place.filesystem, format="parquet", partitioning="hive"
                )
                lake.register(name, whole)
        try:
            yield lambda statement: _whole(lake.execute(statement).df())
        except duckdb.Error as error:
            raise EngineProblem("failed", str(error)) from error


@contextmanager
def _spark(place: Place, tables: Sequence[str], url: str) -> Iterator[Ask]:
    if not is_spark(url):
        raise EngineProblem("address")
    try:
        engine = create_engine(url, poolclass=NullPool)
    except (NoSuchModuleError, ImportError) as error:
        raise EngineProblem("absent", "requirements-spark.txt") from error
    try:
        with engine.connect() as session:

            def ask(statement: str) -> pd.DataFrame:
                result = session.exec_driver_sql(statement)
                return _whole(pd.DataFrame([tuple(row) for row in result], columns=list(result.keys())))

            for name in tables:
                where = (
                    place.uri(name).replace("'", "\\'").replace("%", "%%")
                )  # the driver formats every text
                session.exec_driver_sql(
                    f"CREATE OR REPLACE TEMPORARY VIEW {name} USING parquet OPTIONS (path '{where}')"
                )
            yield ask
    except Exception as error:  # the driver's own are of packages that need not be installed
        raise EngineProblem("failed", str(error)) from error
    finally:
        engine.dispose()


def _whole(frame: pd.DataFrame) -> pd.DataFrame:
    """Counts as 64-bit whole numbers: engines differ in how wide a sum of whole numbers is."""
    counts = [name for name, values in frame.items() if pd.api.types.is_numeric_dtype(values)]
    return frame.astype(dict.fromkeys(counts, "int64"))


def same(first: Mapping[str, pd.DataFrame], second: Mapping[str, pd.DataFrame]) -> bool:
    """Whether two engines counted the same to the last unit, row by row."""
    return first.keys() == second.keys() and all(_rows(first[name]) == _rows(second[name]) for name in first)


def _rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    return sorted(frame.itertuples(index=False, name=None))
