"""Names and codes of districts and programmes, read from the store, for the values of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

from data.imports.cells import value_key
from data.imports.dates import SEOUL
from data.imports.reasons import Reason
from data.imports.refusal import Refused
from data.tables import district, dong, owner_unit, programme, store_state, task

IN_TIME = timedelta(days=61)
CITY_PREFIXES = ("", "서울", "서울시", "서울특별시")


@dataclass(frozen=True)
class Lookups:
    """What the store knows. Every mapping goes from an accepted spelling to the stored code.

    Attributes:
        district_names: name variants -> KOSTAT code.
        kostat: KOSTAT codes; mois: MOIS 5-digit code -> KOSTAT code.
        labels: KOSTAT code -> Korean name, for messages.
        programmes: id and Korean or English name -> programme id; programme_names, tasks: id -> (Korean, English); owners: the same
            by the Korean name.
        dongs: name of a dong, as `dong_key` has it -> the districts that have or had one of that name.
        starts: programme id -> its first day; as_of: the last day that the screens speak for; today: the day of the import
            (days in ISO form, so that all of this can travel as JSON).
    """

    district_names: dict[str, str]
    kostat: frozenset[str]
    mois: dict[str, str]
    labels: dict[str, str]
    programmes: dict[str, str]
    programme_names: dict[str, tuple[str, str]] = field(default_factory=dict)
    dongs: dict[str, list[str]] = field(default_factory=dict)
    tasks: dict[str, tuple[str, str]] = field(default_factory=dict)
    owners: dict[str, tuple[str, str]] = field(default_factory=dict)
    starts: dict[str, str] = field(default_factory=dict)
    as_of: str = ""
    today: str = ""

    @property
    def closed(self) -> date | None:
        """The last day that the screens speak for; None where the store says none."""
        return date.fromisoformat(self.as_of) if self.as_of else None

    def names_dong(self, text: str) -> bool:
        """Whether a district's cell names a dong, by name or code, in place of the district itself."""
        if not text or value_key(text) in self.district_names:
            return False
        code = _code(text)
        if code.isdigit():
            return len(code) in (7, 8) or (len(code) == 10 and not code.endswith("00000"))
        return dong_key(text.split()[-1]) in self.dongs

    @property
    def latest(self) -> date | None:
        """The last day on which anything recorded can have happened; None where neither day is known.

        Where the day of the import is not known it is taken to be within two months of the last closed day.
        """
        if not self.today:
            return None if self.closed is None else self.closed + IN_TIME
        return max(date.fromisoformat(day) for day in (self.as_of, self.today) if day)


def read_lookups(connection: Connection, *, now: datetime | None = None) -> Lookups:
    """Read the districts, programmes and the day of a store.

    Args:
        now: the moment of the import, naive UTC.
    """
    places = connection.execute(select(district)).mappings().all()
    names: dict[str, str] = {}
    for place in places:
        for spelling in _spellings(place["name_ko"], place["name_en"]):
            names[value_key(spelling)] = place["district_code"]
    programmes: dict[str, str] = {}
    named: dict[str, tuple[str, str]] = {}
    starts: dict[str, str] = {}
    shared: set[str] = set()
    for row in connection.execute(select(programme).where(programme.c.listed)).mappings():
        named[row["programme_id"]] = (row["name_ko"], row["name_en"])
        if row["starts_on"] is not None:
            starts[row["programme_id"]] = row["starts_on"].isoformat()
        for spelling in {value_key(row[column]) for column in ("programme_id", "name_ko", "name_en")}:
            if programmes.setdefault(spelling, row["programme_id"]) != row["programme_id"]:
                shared.add(spelling)
    return Lookups(
        district_names=names,
        kostat=frozenset(place["district_code"] for place in places),
        mois={place["mois_code"]: place["district_code"] for place in places},
        labels={place["district_code"]: place["name_ko"] for place in places},
        programmes={spelling: found for spelling, found in programmes.items() if spelling not in shared},
        programme_names=named,
        dongs=_dongs(connection),
        tasks={row.task_id: (row.name_ko, row.name_en) for row in connection.execute(select(task))},
        owners=_owners(connection),
        starts=starts,
        as_of=connection.execute(select(store_state.c.value).where(store_state.c.name == "as_of")).scalar()
        or "",
        today="" if now is None else (now + SEOUL).date().isoformat(),
    )


def _dongs(connection: Connection) -> dict[str, list[str]]:
    """Districts by name of dong, of every year that the record knows: a dong that is gone still had its district."""
    found: dict[str, set[str]] = {}
    for name, code in connection.execute(select(dong.c.name_ko, dong.c.district_code).distinct()):
        found.setdefault(dong_key(name), set()).add(code)
    return {name: sorted(codes) for name, codes in found.items()}


def dong_key(name: str) -> str:
    """A dong's name for comparison: 종로1.2.3.4가동, 종로1·2·3·4가동 and 종로 1,2,3,4가동 are one."""
    return re.sub(r"[.·,]", "", value_key(name))


def _owners(connection: Connection) -> dict[str, tuple[str, str]]:
    c = owner_unit.c
    rows = connection.execute(
        select(c.name_ko, c.name_en).where(c.superseded_by.is_(None)).order_by(c.row_id)
    )
    return {row.name_ko: (row.name_ko, row.name_en or row.name_ko) for row in rows}


def _spellings(name_ko: str, name_en: str) -> Iterable[str]:
    short = name_ko.removesuffix("구")
    bases = {name_ko, f"{name_ko}청", short} if len(short) > 1 else {name_ko, f"{name_ko}청"}
    for base in bases:
        for prefix in CITY_PREFIXES:
            yield prefix + base
    stem = name_en.removesuffix("-gu")
    yield from (name_en, stem, f"{stem} gu", f"{stem} district", f"{name_en} district", f"{name_en}, Seoul")


class DistrictReader:
    """Reads one column of districts.

    A column's codes are of one scheme, told by the codes that only one has: 11110 is Nowon at KOSTAT and
    Jongno at MOIS.
    """

    def __init__(self, lookups: Lookups, values: Iterable[str]) -> None:
        self.lookups = lookups
        codes = {code for value in values if len(code := _code(value)) == 5}
        only_kostat = any(code in lookups.kostat and code not in lookups.mois for code in codes)
        only_mois = any(code in lookups.mois and code not in lookups.kostat for code in codes)
        self.scheme = None if only_kostat == only_mois else ("kostat" if only_kostat else "mois")

    def __call__(self, text: str) -> str:
        """The KOSTAT code.

        Raises:
            Refused: unknown, or a code that the two schemes use for different districts.
        """
        named = self.lookups.district_names.get(value_key(text))
        if named is not None:
            return named
        code = _code(text)
        if len(code) != 5 and code.isdigit():
            return self._by_dong_code(code)
        as_kostat = code if code in self.lookups.kostat else None
        as_mois = self.lookups.mois.get(code)
        if as_kostat and as_mois and as_kostat != as_mois:
            if self.scheme is None:
                both = " / ".join(self.lookups.labels[found] for found in (as_kostat, as_mois))
                raise Refused(Reason.AMBIGUOUS_DISTRICT, both)
            return as_kostat if self.scheme == "kostat" else as_mois
        return as_kostat or as_mois or self._by_dong(text)

    def _by_dong_code(self, code: str) -> str:
        """The district of a dong: KOSTAT's codes have 7 or 8 digits, the ministry's 10, and both begin with the district's."""
        scheme = {7: "kostat", 8: "kostat", 10: "mois"}.get(len(code))
        found = code[:5] if scheme == "kostat" and code[:5] in self.lookups.kostat else None
        if scheme == "mois":
            found = self.lookups.mois.get(code[:5])
        if found is None:
            raise Refused(Reason.UNKNOWN_DISTRICT)
        return found

    def _by_dong(self, text: str) -> str:
        """The district of a dong by its name, with or without the district before it."""
        *before, last = text.split() or [""]
        own = self.lookups.district_names.get(value_key("".join(before))) if before else None
        for name in (last, text) if own is None else (last,):
            districts = self.lookups.dongs.get(dong_key(name), [])
            if own in districts:
                return str(own)
            if not before or name == text:
                if len(districts) == 1:
                    return districts[0]
                if districts:
                    raise Refused(
                        Reason.AMBIGUOUS_DONG, ", ".join(self.lookups.labels[code] for code in districts)
                    )
        raise Refused(Reason.UNKNOWN_DISTRICT)


def _code(text: str) -> str:
    return text.strip().lstrip("'’")
