"""Which column holds area codes, in which of the two systems, and which area each record is.

KOSTAT and MOIS share five codes for different districts (`geo.areas.ambiguous_codes`), so the system is
decided for the column as a whole: by the codes that only one system has, else by the names, else not at all.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from geo.areas import CITY, ambiguous_codes, mois_to_kostat
from geo.own_boundaries.files import Refused
from geo.own_boundaries.problems import Problem

DISTRICT, DONG = "district", "dong"
_SHOWN = 5  # codes named in a message
_PUNCTUATION = re.compile(r"[\s.,·ㆍ・‧∙-]")


@dataclass(frozen=True)
class Known:
    """What the store knows.

    Attributes:
        districts: district_code, mois_code, name_ko.
        dong: dong_code, name_ko, valid_from_year, valid_to_year (empty: still valid).
        places: area_code, lon, lat of a point well inside each area of the newest built-in vintage.
    """

    districts: pd.DataFrame
    dong: pd.DataFrame
    places: pd.DataFrame

    @cached_property
    def kostat(self) -> frozenset[str]:
        """KOSTAT district codes."""
        return frozenset(self.districts["district_code"])

    @cached_property
    def mois(self) -> dict[str, str]:
        """MOIS district code -> KOSTAT district code."""
        return mois_to_kostat(self.districts)

    @cached_property
    def names(self) -> dict[str, str]:
        """KOSTAT code -> Korean name, districts and dong."""
        both = (("district_code", self.districts), ("dong_code", self.dong))
        return {
            code: name for key, frame in both for code, name in zip(frame[key], frame["name_ko"], strict=True)
        }

    @cached_property
    def dong_codes(self) -> frozenset[str]:
        """KOSTAT dong codes of every census year."""
        return frozenset(self.dong["dong_code"])

    @cached_property
    def dong_years(self) -> dict[int, frozenset[str]]:
        """Census year -> the dong codes in force in it."""
        start, end = self.dong["valid_from_year"], self.dong["valid_to_year"].fillna(9999)
        years = {
            int(year)
            for column in ("valid_from_year", "valid_to_year")
            for year in self.dong[column].dropna()
        }
        return {
            year: frozenset(self.dong.loc[(start <= year) & (year <= end), "dong_code"])
            for year in sorted(years)
        }

    def all_of(self, level: str, year: int | None) -> frozenset[str]:
        """Every area that a set of this level should have."""
        return self.kostat if level == DISTRICT else self.dong_years.get(year or 0, frozenset())


@dataclass(frozen=True)
class Match:
    """The records of Seoul that were matched, and those that were not.

    Attributes:
        rows: row (from 1) and area_code of each matched record.
        system: kostat or mois.
        name_column: the column whose values are area names, '' if there is none.
        year: the census year whose dong codes these are; None for districts.
        outside: how many records are places outside Seoul.
        unmatched: rows (from 1) of the other records.
    """

    rows: pd.DataFrame
    level: str
    system: str
    name_column: str
    year: int | None
    outside: int
    unmatched: list[int]
    problems: list[Problem]


@dataclass(frozen=True)
class _Record:
    row: int  # from 1
    text: str  # as the file has it
    digits: str  # without what spreadsheets add
    code: str  # five digits where ten end in 00000
    name: str


def _digits(text: str) -> str:
    """'11010.0', "'11010" and full-width digits as plain digits."""
    return re.sub(r"\.0+$", "", unicodedata.normalize("NFKC", text).strip().lstrip("'’"))


def _code(digits: str) -> str:
    """The ministry's ten digits of a district are its five and five zeros."""
    return digits[:5] if len(digits) == 10 and digits.endswith("00000") else digits


def find_column(attributes: pd.DataFrame, known: Known) -> str:
    """The column whose values name the most known areas; the longer codes where two are equal; '' if none does."""
    best, found = (0, 0, 0), ""
    for name in attributes.columns:
        codes = {_code(_digits(value)) for value in attributes[name].unique()}
        hits = codes & (known.kostat | known.dong_codes | set(known.mois))
        # Ministry dong codes cannot be matched, but a file that has nothing else should be told so.
        ministry = sum(_is_ministry_dong(code, known) for code in codes)
        score = (len(hits), ministry, max(map(len, hits), default=0))
        if score > best:
            best, found = score, str(name)
    return found


def _is_ministry_dong(code: str, known: Known) -> bool:
    return len(code) == 10 and code.isdigit() and code[:5] in known.mois


def match(attributes: pd.DataFrame, known: Known, *, column: str, level: str | None) -> Match:
    """Match a column of codes with the store's areas.

    Raises:
        Refused: mixed_systems (codes that only one system has, from both) or ambiguous (nothing tells which).
    """
    digits = [_digits(text) for text in attributes[column]]
    level = level or _level({_code(text) for text in digits}, known)
    name_column = _name_column(attributes, known, level)
    names = attributes[name_column] if name_column else [""] * len(digits)
    everything = [
        _Record(at, text, plain, _code(plain), name)
        for at, (text, plain, name) in enumerate(zip(attributes[column], digits, names, strict=True), start=1)
    ]
    records = [record for record in everything if not _is_elsewhere(record.digits)]
    system = _system(records, known, level)
    areas = {record.row: _area(record.code, known, level, system) for record in records}
    matched = [record for record in records if areas[record.row]]
    missed = [record for record in records if not areas[record.row]]
    found = {areas[record.row] for record in matched}
    year = _year(found, known) if level == DONG else None
    problems = [
        Problem(_why(record.code, known, level, system), (record.row,), value=record.text, name=record.name)
        for record in missed
    ]
    problems += _conflicts(matched, areas, known, level)
    problems += _foreign(matched, areas, known, level, year)
    rows = pd.DataFrame([(r.row, areas[r.row]) for r in matched], columns=["row", "area_code"])
    outside = len(everything) - len(records)
    return Match(rows, level, system, name_column, year, outside, [r.row for r in missed], problems)


def _is_elsewhere(digits: str) -> bool:
    return digits.isdigit() and len(digits) in (2, 5, 7, 8, 10) and not digits.startswith(CITY)


def _level(codes: set[str], known: Known) -> str:
    districts = len(codes & (known.kostat | set(known.mois)))
    ministry = sum(_is_ministry_dong(code, known) for code in codes)
    return DONG if max(len(codes & known.dong_codes), ministry) > districts else DISTRICT


def _system(records: list[_Record], known: Known, level: str) -> str:
    """kostat or mois, for the column as a whole."""
    ten = any(len(r.digits) == 10 and r.digits[:5] in known.mois for r in records)
    if level == DISTRICT:
        codes = {r.code for r in records if len(r.code) == 5}
    else:
        # Seven digits are KOSTAT's alone; of eight or ten, the first five are a district in either system.
        if any(len(r.code) == 7 and r.code in known.dong_codes for r in records):
            return "kostat"
        codes = {r.code[:5] for r in records if len(r.code) in (8, 10)}
    only_kostat = {code for code in codes if code in known.kostat and code not in known.mois}
    only_mois = {code for code in codes if code in known.mois and code not in known.kostat}
    if only_kostat and (only_mois or ten):
        raise Refused(
            "mixed_systems", kostat=_some(only_kostat), mois=_some(only_mois or codes & set(known.mois))
        )
    if only_kostat or only_mois or ten:
        return "kostat" if only_kostat else "mois"
    shared = codes & ambiguous_codes(known.districts)
    if not shared or (level == DONG and all(r.code in known.dong_codes for r in records)):
        return "kostat"
    return _system_by_name(records, known, level, shared)


def _system_by_name(records: list[_Record], known: Known, level: str, shared: set[str]) -> str:
    own = _names_by_key(known, level)
    fits = []
    for system in ("kostat", "mois"):
        said = [(_area(r.code, known, level, system), own.get(_name_key(r.name), set())) for r in records]
        agree = [area in areas for area, areas in said if area and areas]
        if agree and all(agree):
            fits.append(system)
    if len(fits) != 1:
        raise Refused("ambiguous", codes=_some(shared))
    return fits[0]


def _some(codes: set[str]) -> str:
    return ", ".join(sorted(codes)[:_SHOWN])


def _area(code: str, known: Known, level: str, system: str) -> str:
    """The store's code of a record, '' if it has none."""
    if level == DISTRICT:
        return known.mois.get(code, "") if system == "mois" else code if code in known.kostat else ""
    return code if system == "kostat" and code in known.dong_codes else ""


def _why(code: str, known: Known, level: str, system: str) -> str:
    if not code:
        return "no_code"
    if _is_ministry_dong(code, known) or (level == DONG and system == "mois" and len(code) == 8):
        return "ministry_dong"
    others = known.dong_codes if level == DISTRICT else known.kostat | set(known.mois)
    return "other_level" if code in others else "unmatched"


def _year(found: set[str], known: Known) -> int | None:
    """The census year that has the most of these dong codes, the newest where several do."""
    scores = {year: len(found & codes) for year, codes in known.dong_years.items()}
    return max(scores, key=lambda year: (scores[year], year), default=None)


# ── Names ───────────────────────────────────────────────────────────────────────────────────────────────


def _name_key(name: str) -> str:
    """'서울특별시 종로구 종로1·2·3·4가동' -> '종로1234가동'."""
    return _PUNCTUATION.sub("", (name.split() or [""])[-1])


def _names_by_key(known: Known, level: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for code, name in known.names.items():
        if (len(code) == 5) == (level == DISTRICT):
            found.setdefault(_name_key(name), set()).add(code)
    return found


def _name_column(attributes: pd.DataFrame, known: Known, level: str) -> str:
    own = _names_by_key(known, level)
    scores = {
        str(name): sum(_name_key(value) in own for value in attributes[name]) for name in attributes.columns
    }
    best = max(scores, key=lambda name: scores[name], default="")
    return best if best and scores[best] else ""


def _conflicts(matched: list[_Record], areas: dict[int, str], known: Known, level: str) -> list[Problem]:
    """Records whose name is that of another area than their code's."""
    own = _names_by_key(known, level)
    found = []
    for r in matched:
        code, named = areas[r.row], own.get(_name_key(r.name), set())
        if named and code not in named:
            found.append(
                Problem("name", (r.row,), value=r.text, area_code=code, name=known.names[code], other=r.name)
            )
    return found


def _foreign(
    matched: list[_Record], areas: dict[int, str], known: Known, level: str, year: int | None
) -> list[Problem]:
    """Dong codes of another census year than the rest."""
    expected = known.all_of(level, year)
    return [
        Problem(
            "other_year",
            (r.row,),
            value=r.text,
            area_code=areas[r.row],
            name=known.names[areas[r.row]],
            detail=str(year),
        )
        for r in matched
        if areas[r.row] not in expected
    ]
