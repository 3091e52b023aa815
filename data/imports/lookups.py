"""Names and codes of districts and programmes, read from the store, for the values of a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

from data.imports.cells import value_key
from data.imports.dates import SEOUL
from data.imports.reasons import Reason
from data.imports.refusal import Refused
from data.tables import district, programme, store_state

IN_TIME = timedelta(days=61)
CITY_PREFIXES = ("", "서울", "서울시", "서울특별시")


@dataclass(frozen=True)
class Lookups:
    """What the store knows. Every mapping goes from an accepted spelling to the stored code.

    Attributes:
        district_names: name variants -> KOSTAT code.
        kostat: KOSTAT codes; mois: MOIS 5-digit code -> KOSTAT code.
        labels: KOSTAT code -> Korean name, for messages.
        programmes: id and Korean or English name -> programme id; programme_names: id -> (Korean, English).
        starts: programme id -> its first day; as_of: the last day that the screens speak for; today: the day of the import
            (days in ISO form, so that all of this can travel as JSON).
    """

    district_names: dict[str, str]
    kostat: frozenset[str]
    mois: dict[str, str]
    labels: dict[str, str]
    programmes: dict[str, str]
    programme_names: dict[str, tuple[str, str]] = field(default_factory=dict)
    starts: dict[str, str] = field(default_factory=dict)
    as_of: str = ""
    today: str = ""

    @property
    def closed(self) -> date | None:
        """The last day that the screens speak for; None where the store says none."""
        return date.fromisoformat(self.as_of) if self.as_of else None

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
    for row in connection.execute(select(programme)).mappings():
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
        starts=starts,
        as_of=connection.execute(select(store_state.c.value).where(store_state.c.name == "as_of")).scalar()
        or "",
        today="" if now is None else (now + SEOUL).date().isoformat(),
    )


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
        codes = {_code(value) for value in values}
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
        as_kostat = code if code in self.lookups.kostat else None
        as_mois = self.lookups.mois.get(code)
        if as_kostat and as_mois and as_kostat != as_mois:
            if self.scheme is None:
                both = " / ".join(self.lookups.labels[found] for found in (as_kostat, as_mois))
                raise Refused(Reason.AMBIGUOUS_DISTRICT, both)
            return as_kostat if self.scheme == "kostat" else as_mois
        found = as_kostat or as_mois
        if found is None:
            raise Refused(Reason.UNKNOWN_DISTRICT)
        return found


def _code(text: str) -> str:
    """A 5-digit code; the ministry's 10-digit code of a district is its 5 digits and five zeros."""
    plain = text.strip().lstrip("'’")
    return plain[:5] if len(plain) == 10 and plain.endswith("00000") else plain
