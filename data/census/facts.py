"""Census figures by area, year and indicator, and the same figures on the polygons that a map draws.

Household size, and so the one-person households, is published by dong only: districts and the city are sums.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

from data.census.places import crosswalk
from data.census.source import has_own_length, none_for_missing, seoul_rows

CITY: Final = "11"  # KOSTAT code of Seoul

# The boundaries that each census year is drawn on: its own where they exist, else the newest.
MAP_VINTAGE: Final = {2015: 2015, 2020: 2020, 2025: 2020}

# indicator -> (unit, type, class1, class2) of the source's dong rows
DONG_INDICATORS: Final = {
    "households": ("households", "housing", "household size", "total"),
    "one_person_households": ("households", "housing", "household size", "one person"),
    "population": ("persons", "population", "all households", "total"),
    "population_male": ("persons", "population", "all households", "male"),
    "population_female": ("persons", "population", "all households", "female"),
}
HOUSEHOLD_INDICATORS: Final = ("households", "one_person_households")

_LIVING, _PENSION = ("social security", "basic living security"), ("social security", "basic pension")
_DISABILITY = ("welfare", "registered physically mentally challenged")
_YOUNGER = tuple(f"{sex}_{age}" for sex in ("male", "female") for age in ("0-19", "20-39", "40-64"))
_OLDER = tuple(f"{sex}_{age}" for sex in ("male", "female") for age in ("65-79", "80+"))
# indicator -> (unit, type, class1, the class2 that are added) of the source's district rows
DISTRICT_INDICATORS: Final = {
    "basic_livelihood_recipients": ("persons", *_LIVING, ("male", "female")),
    "basic_livelihood_recipients_male": ("persons", *_LIVING, ("male",)),
    "basic_livelihood_recipients_female": ("persons", *_LIVING, ("female",)),
    "basic_pension_recipients": ("persons", *_PENSION, ("male", "female")),
    "basic_pension_recipients_male": ("persons", *_PENSION, ("male",)),
    "basic_pension_recipients_female": ("persons", *_PENSION, ("female",)),
    "registered_disabled": ("persons", *_DISABILITY, (*_YOUNGER, *_OLDER)),
    "registered_disabled_65plus": ("persons", *_DISABILITY, _OLDER),
    "marriage_migrants": ("persons", "migration", "marital", ("total",)),
    "psychiatrists": ("persons", "medicine", "doctors", ("psychiatry",)),
}

# (year, dong code) -> note. The source gives these rows a code and no name; they count like any other (decision 13).
UNNAMED: Final = {(2025, "11060920"): "unnamed_dong", (2025, "11060930"): "unnamed_dong"}
# (year, dong code) -> note, for household rows that the source does not have.
MISSING_HOUSEHOLDS: Final = {(2020, "1117073"): "no_household_size_row"}

FACT_COLUMNS: Final = (
    "area_code",
    "level",
    "year",
    "indicator",
    "value",
    "unit",
    "evidence",
    "source_id",
    "note_id",
)
POLYGON_COLUMNS: Final = (
    "area_code",
    "vintage",
    "year",
    "indicator",
    "value",
    "unit",
    "redefined",
    "note_id",
)


def census_facts() -> pd.DataFrame:
    """Every figure kept from the package, one row per area, year and indicator (`FACT_COLUMNS`).

    `area_code` is 11 (level city), five digits (district) or the dong code of that census year (dong).
    `value` is an integer count. District and city rows of the census are sums of their dong rows; those of the
    offices' statistics (recipients, psychiatrists …) are the source's district rows and their sum. `note_id` says
    what is to be known about a row: a dong without a name, a sum that lacks a dong.
    """
    by_dong = _dong_facts()
    by_district = _district_facts()
    parts = [by_dong, _sums(by_dong), by_district, _city_rows(by_district)]
    frame = pd.concat(parts, ignore_index=True)
    frame["order"] = frame["level"].map({"city": 0, "district": 1, "dong": 2})
    frame = frame.sort_values(["indicator", "year", "order", "area_code"], ignore_index=True)
    frame["note_id"] = none_for_missing(frame["note_id"])
    return frame[list(FACT_COLUMNS)].astype({"area_code": "str", "value": "int64"})


def _dong_facts() -> pd.DataFrame:
    source = seoul_rows()
    source = source[has_own_length(source)]
    parts = []
    for indicator, (unit, kind, class1, class2) in DONG_INDICATORS.items():
        table = source[(source["type"] == kind) & (source["class1"] == class1)]
        chosen = table[table["class2"] == class2]
        parts.append(chosen.assign(indicator=indicator, unit=unit))
    frame = pd.concat(parts).dropna(subset="value").rename(columns={"dong_code": "area_code"})
    twice = frame.duplicated(["area_code", "year", "indicator"])
    if twice.any():
        raise ValueError(f"Dong rows stored twice: {sorted(set(frame.loc[twice, 'area_code']))}")
    keys = pd.Series(list(zip(frame["year"], frame["area_code"], strict=True)), index=frame.index)
    frame["note_id"] = keys.map(UNNAMED)
    return frame.assign(level="dong", evidence="census", source_id="census")


def _sums(by_dong: pd.DataFrame) -> pd.DataFrame:
    """District and city rows from the dong rows; a note says where a dong is absent from the sum."""
    placed = by_dong.assign(district=by_dong["area_code"].str[:4] + "0")
    keys = ["year", "indicator", "unit", "evidence", "source_id"]
    district = placed.groupby(["district", *keys], as_index=False)["value"].sum()
    district = district.rename(columns={"district": "area_code"}).assign(level="district")
    frame = pd.concat([district, _city_rows(district)], ignore_index=True)
    frame = frame.assign(note_id="sum_of_dong")
    for (year, code), note in MISSING_HOUSEHOLDS.items():
        touched = (frame["year"] == year) & frame["indicator"].isin(HOUSEHOLD_INDICATORS)
        frame.loc[touched & (frame["area_code"] == code[:4] + "0"), "note_id"] = note
        frame.loc[touched & (frame["area_code"] == CITY), "note_id"] = f"{note}_city"
    return frame


def _district_facts() -> pd.DataFrame:
    source = seoul_rows()
    source = source[source["dong_code"].isna()]
    parts = []
    for indicator, (unit, kind, class1, classes) in DISTRICT_INDICATORS.items():
        table = source[(source["type"] == kind) & (source["class1"] == class1)]
        chosen = table[table["class2"].isin(classes)]
        summed = chosen.groupby(["district_code", "year"], as_index=False)["value"].sum()
        parts.append(summed.assign(indicator=indicator, unit=unit))
    frame = pd.concat(parts, ignore_index=True).rename(columns={"district_code": "area_code"})
    # Offices' statistics that KOSIS publishes, not the census itself.
    return frame.assign(level="district", evidence="published", source_id="district_statistics", note_id=None)


def _city_rows(by_district: pd.DataFrame) -> pd.DataFrame:
    keys = [name for name in by_district.columns if name not in ("area_code", "level", "value")]
    summed = by_district.groupby(keys, as_index=False, dropna=False)["value"].sum()
    return summed.assign(area_code=CITY, level="city")


def census_on_boundaries(facts: pd.DataFrame, links: pd.DataFrame, *, vintage: int) -> pd.DataFrame:
    """Dong facts on the polygons of one vintage: every polygon, year and indicator has a value or a reason.

    `links` is the frame of `crosswalk`. Columns `POLYGON_COLUMNS`; `value` is a nullable integer. Parts of a
    divided dong are added up. A polygon is missing (never zero, never partial) if one of its census dong has
    no row or covers other polygons too. `note_id` says why, or what is to be known about the value; `redefined`
    marks polygons that do not show one census dong as it is.
    """
    links = links[links["boundary_vintage"] == vintage]
    widest = links.groupby(["census_year", "census_code"])["boundary_code"].transform("nunique")
    links = links.assign(divided=widest > 1)
    rows = facts[(facts["level"] == "dong") & facts["year"].isin(links["census_year"])]
    indicators = rows[["year", "indicator", "unit"]].drop_duplicates()
    wanted = links.merge(indicators, left_on="census_year", right_on="year")
    values = rows[["area_code", "year", "indicator", "value", "note_id"]]
    joined = wanted.merge(
        values,
        left_on=["census_code", "year", "indicator"],
        right_on=["area_code", "year", "indicator"],
        how="left",
    )
    joined["whole"] = joined["value"].notna() & ~joined["divided"]
    joined["remark"] = joined.apply(_remark, axis=1)
    frame = joined.groupby(["boundary_code", "year", "indicator", "unit"], as_index=False).agg(
        value=("value", "sum"),
        whole=("whole", "all"),
        redefined=("redefined", "any"),
        note_id=("remark", "first"),
    )
    frame["value"] = frame["value"].astype("Int64").where(frame["whole"])
    frame["note_id"] = none_for_missing(frame["note_id"])
    frame = frame.rename(columns={"boundary_code": "area_code"}).assign(vintage=vintage)
    return frame[list(POLYGON_COLUMNS)].sort_values(["indicator", "year", "area_code"], ignore_index=True)


def _remark(row: pd.Series) -> str | None:
    if row["whole"]:
        return f"{row['note_id']}_drawn" if isinstance(row["note_id"], str) else None
    if row["divided"]:
        return "covers_several_polygons"
    missing = MISSING_HOUSEHOLDS.get((row["year"], row["census_code"]))
    return missing if missing and row["indicator"] in HOUSEHOLD_INDICATORS else "not_in_source"


def polygon_facts(facts: pd.DataFrame | None = None) -> pd.DataFrame:
    """What the dong map draws: each census year on the boundaries of `MAP_VINTAGE` (`POLYGON_COLUMNS`).

    2015 is drawn on the 2015 boundaries: the 2020 ones would leave two polygons of a divided dong empty.
    `facts` are those of `census_facts`, made here if not given.
    """
    facts = census_facts() if facts is None else facts
    links = crosswalk()
    parts = [
        census_on_boundaries(facts[facts["year"] == year], links, vintage=vintage)
        for year, vintage in MAP_VINTAGE.items()
    ]
    return pd.concat(parts, ignore_index=True)
