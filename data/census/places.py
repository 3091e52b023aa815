"""The places of the census: districts, every dong code, and the crosswalk from census dong to boundaries."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd

from data.census.source import boundary_names, census_dong, english_names, none_for_missing

REFERENCE: Final = Path(__file__).parents[1] / "reference"
BOUNDARY_VINTAGES: Final = (2010, 2015, 2020)


def districts() -> pd.DataFrame:
    """The 25 districts by code.

    Columns: district_code (KOSTAT), mois_code, name_ko, name_en, living_area (dosim, dongbuk, seobuk,
    seonam, dongnam), tile_row and tile_col (from 1, north-west first), aliases (further spellings, separated
    by semicolons). Five KOSTAT codes are also the MOIS code of another district (11110 is Nowon in one and
    Jongno in the other): a code says nothing until its system is known.
    """
    frame = pd.read_csv(REFERENCE / "districts.csv", dtype=str, encoding="utf-8")
    return frame.astype({"tile_row": "int64", "tile_col": "int64"})


def notes() -> pd.DataFrame:
    """Every `note_id` that the facts use, with its sentence: note_id, note_ko, note_en."""
    return pd.read_csv(REFERENCE / "notes.csv", dtype=str, encoding="utf-8")


def dong() -> pd.DataFrame:
    """Every dong code of the boundaries and of the 2025 census, once.

    Columns: dong_code, district_code, name_ko, name_en (None where the source never gives one),
    valid_from_year and valid_to_year (first and last year of 2010, 2015, 2020, 2025 that uses the code;
    valid_to_year is missing while it is in use), vintage (newest source of the row: 2010, 2015, 2020 or
    2025).
    """
    names = {vintage: boundary_names(vintage) for vintage in BOUNDARY_VINTAGES}
    old = pd.concat([frame.assign(vintage=vintage) for vintage, frame in names.items()])
    years = old.groupby("dong_code")["vintage"].agg(["min", "max"])
    old = old.drop_duplicates("dong_code", keep="last").set_index("dong_code")
    english = english_names()
    old["name_en"] = english.loc[english["year"] < 2025].groupby("dong_code")["name_en"].last()
    # A dong whose code changed but not its name keeps its romanised name.
    old["name_en"] = old.groupby([old.index.str[:4], "name_ko"])["name_en"].transform("first")
    old = old.assign(valid_from_year=years["min"], valid_to_year=years["max"]).reset_index()
    new = _dong_2025(names[2020], english[english["year"] == 2025])
    both = pd.concat([old.astype({"valid_to_year": "Int64"}), new], ignore_index=True)
    both["district_code"] = both["dong_code"].str[:4] + "0"
    both["name_en"] = none_for_missing(both["name_en"])
    columns = ["dong_code", "district_code", "name_ko", "name_en", "valid_from_year", "valid_to_year"]
    return (
        both[[*columns, "vintage"]]
        .sort_values("dong_code", ignore_index=True)
        .astype({"dong_code": "str", "district_code": "str"})
    )


def _dong_2025(names_2020: pd.DataFrame, english: pd.DataFrame) -> pd.DataFrame:
    """The 427 dong of 2025; Korean names come through the crosswalk: the source has romanised ones only."""
    carried = crosswalk().query("census_year == 2025 and relation == 'same'")
    korean = carried.merge(names_2020, left_on="boundary_code", right_on="dong_code")
    korean = korean[["census_code", "name_ko"]].rename(columns={"census_code": "dong_code"})
    frame = english.drop(columns="year").merge(korean, on="dong_code", how="left")
    by_hand = exceptions().query("census_year == 2025").set_index("census_code")
    for column in ("name_ko", "name_en"):
        frame[column] = frame["dong_code"].map(by_hand[column]).fillna(frame[column])
    frame["valid_to_year"] = pd.Series(pd.NA, index=frame.index, dtype="Int64")
    return frame.assign(valid_from_year=2025, vintage=2025)


def crosswalk() -> pd.DataFrame:
    """Which boundary polygon each census dong belongs to.

    Columns: census_year, census_code, boundary_vintage, boundary_code, relation, redefined. Pairs: 2015 on
    2015 and 2020, 2020 on 2020, 2025 on 2020. Relation: same; renamed (another code or name, same area);
    split (dong and polygon are one to many, either way round); unknown (same name under a new code, change
    of area not documented). `redefined` marks a census dong whose own outline is not, or may not be, the
    polygon's. Exceptions are a committed table with the reason for each; the rest is derived from the codes.
    Raises ValueError for a census code that fits neither.
    """
    by_hand = exceptions()
    keys = ["boundary_vintage", "census_year", "census_code", "boundary_code"]
    parts = [by_hand[[*keys, "relation", "redefined"]]]
    for year, vintage in ((2015, 2015), (2015, 2020), (2020, 2020), (2025, 2020)):
        known = by_hand.query("census_year == @year and boundary_vintage == @vintage")["census_code"]
        codes = pd.Series(sorted(set(dong_codes(year)) - set(known)))
        polygons = codes.str[:7]
        # An eighth digit other than 0 is a dong of its own: 11230511 is Gaepo 3-dong, 1123051 is Sinsa-dong.
        placed = polygons.isin(boundary_names(vintage)["dong_code"]) & codes.str[7:].isin(("", "0"))
        if not placed.all():
            raise ValueError(
                f"Dong of {year} with no place on the {vintage} boundaries: {list(codes[~placed])}"
            )
        same = pd.DataFrame({"census_code": codes, "boundary_code": polygons, "relation": "same"})
        parts.append(same.assign(census_year=year, boundary_vintage=vintage, redefined=False))
    return (
        pd.concat(parts)
        .sort_values(keys, ignore_index=True)
        .astype({"census_code": "str", "boundary_code": "str"})
    )


def dong_codes(year: int) -> list[str]:
    """The dong codes of a census year, in order."""
    frame = census_dong()
    return sorted(frame.loc[frame["year"] == year, "dong_code"])


def exceptions() -> pd.DataFrame:
    """The links that do not follow from the codes, each with names, reason_ko, reason_en and source_url."""
    frame = pd.read_csv(
        REFERENCE / "crosswalk_exceptions.csv", dtype=str, keep_default_na=False, encoding="utf-8"
    )
    frame["redefined"] = frame["redefined"] == "true"
    return frame.astype({"census_year": "int64", "boundary_vintage": "int64"})
