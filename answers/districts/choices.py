"""What can be chosen on the district map: measure, period, group, district, and how it is made and drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

from answers.ask import EMPTY, Ask, Choice, Codes
from answers.districts import measures
from answers.districts.measures import DIRECT, SMOOTHED
from answers.kept import kept
from answers.reader import Reader
from data import boundary_sets
from locales import t
from metrics.spec import Metric

MOST_COMPARED = 4


def _metric(codes: Codes) -> Metric:
    return measures.metric_of(codes["indicator"])


def _years(read: Reader, codes: Codes) -> list[str]:
    known = measures.periods_of(read, _metric(codes)) or [read.as_of.year]
    return [str(year) for year in known]


def _groups(read: Reader, codes: Codes) -> tuple[str, ...]:
    """Who was served is not recorded by group, so reach has none."""
    return ("all",) if codes["indicator"] == measures.REACH else measures.groups(_metric(codes))


def _districts(read: Reader, codes: Codes) -> list[str]:
    return list(read.district_names("ko"))


def _kinds(read: Reader, codes: Codes) -> tuple[str, ...]:
    return (DIRECT,) if codes["indicator"] == measures.REACH else measures.kinds(_metric(codes))


def _clustered(read: Reader, codes: Codes) -> tuple[str, ...]:
    return tuple(kind for kind in _kinds(read, codes) if kind in (DIRECT, SMOOTHED))


@kept
def _titles(read: Reader, level: str = "") -> dict[str, str]:
    """Imported boundary sets, of a level or all: vintage -> title."""
    sets = read.rows(boundary_sets.listing)
    rows = zip(sets["vintage"], sets["title"], sets["level"], strict=True)
    return {str(vintage): str(title) for vintage, title, of in rows if level in ("", of)}


def _sets(read: Reader, codes: Codes) -> list[str]:
    return ["0", *_titles(read, codes.get("level", "district"))]


def needs(codes: Codes) -> tuple[str, ...]:
    """The tables that the chosen measure rests on; none for a measure of the census."""
    return measures.tables_of(codes["indicator"]) if "indicator" in codes else ()


def indicator(*offered: str) -> Choice:
    """The measure, of those that a question can be asked of; where it is one, nothing is asked.

    The first that has figures stands first: an office without a survey begins with the census.
    """

    def first(read: Reader, codes: Codes) -> str:
        rests = ((code, measures.tables_of(code)) for code in offered)
        return next((c for c, tables in rests if not tables or any(map(read.holds, tables))), offered[0])

    return Choice(
        name="indicator",
        options=offered,
        default=first,
        label="map.indicator",
        width=3.0,
        when=lambda read, codes: len(offered) > 1,
        say=lambda code, lang, read: measures.metric_of(code).name(lang),
    )


# The running year of a monthly measure says how far it goes.
YEAR = Choice(
    name="year",
    options=_years,
    label="map.period",
    say_with=lambda code, lang, read, codes: measures.period_words(read, _metric(codes), int(code), lang),
)
GROUP = Choice(
    name="group",
    options=_groups,
    default="all",
    label="group.label",
    say="group.",
    when=lambda read, codes: len(_groups(read, codes)) > 1,
)
DISTRICT = Choice(
    name="gu",
    options=lambda read, codes: ["", *_districts(read, codes)],
    default="",
    label="map.district",
    width=3.0,
    say=lambda code, lang, read: read.district_names(lang).get(code, t("map.whole_city", lang)),
)
# Where districts are compared the picked one is the first of them, and is not asked for again.
PICKED = replace(DISTRICT, place="inline")
COMPARED = Choice(
    name="cmp",
    options=_districts,
    default=lambda read, codes: codes["gu"] or EMPTY,
    label="district.compare_which",
    say=lambda code, lang, read: read.district_names(lang)[code],
    kind="many",
    most=MOST_COMPARED,
    width=11.9,
)
ESTIMATE = Choice(
    name="estimate",
    options=_kinds,
    label="district.estimate",
    say="district.estimate_",
    kind="radio",
    place="settings",
    captions="district.estimate_why_",
    when=lambda read, codes: len(_kinds(read, codes)) > 1,
)
CLUSTERED = Choice(
    name="estimate",
    options=_clustered,
    label="district.estimate",
    say="district.estimate_",
    kind="radio",
    place="settings",
    captions="district.estimate_why_",
    when=lambda read, codes: len(_clustered(read, codes)) > 1,
)
SHAPE = Choice(
    name="shape",
    options=("map", "tile"),
    label="district.shape",
    say="district.shape_",
    kind="radio",
    place="settings",
)
LEVEL = Choice(
    name="level",
    options=("district", "dong"),
    label="map.level",
    say="map.level_",
    kind="radio",
    place="settings",
    when=lambda read, codes: measures.has_dong(_metric(codes)) and codes["shape"] != "tile",
)
BANKS = Choice(
    name="banks",
    options=("banks", "touch"),
    label="district.banks",
    say="district.banks_",
    kind="radio",
    place="settings",
    help="district.banks_why",
)
SPREAD = Choice(
    name="spread",
    options=("none", "additive", "multiplicative"),
    label="district.spread",
    say="district.spread_",
    kind="radio",
    place="settings",
    help="district.spread_why",
)
BOUNDARY = Choice(
    name="boundary",
    options=_sets,
    default="0",
    label="district.boundary",
    kind="radio",
    place="settings",
    say=lambda code, lang, read: _titles(read).get(code, t("district.boundary_0", lang)),
    when=lambda read, codes: codes["shape"] != "tile" and len(_sets(read, codes)) > 1,
)


@dataclass(frozen=True)
class Wanted:
    """What is asked of the map, whatever the question; what a question does not ask for stands at its default."""

    indicator: str
    period: int
    group: str
    district: str
    estimate: str
    level: str
    tile: bool
    own: int  # vintage of an imported boundary set

    @property
    def metric(self) -> Metric:
        """The measure asked for."""
        return measures.metric_of(self.indicator)

    def named(self, *first: str) -> str:
        """A file's name: what it holds, and the group where it is one."""
        return "_".join([*first, *([] if self.group == "all" else [self.group])])


def wanted(ask: Ask) -> Wanted:
    """What one asking wants."""
    codes = dict(ask.codes)
    return Wanted(
        codes.get("indicator", ""),
        int(codes.get("year", 0)),
        codes.get("group", "all"),
        codes.get("gu", ""),
        codes.get("estimate", DIRECT),
        codes.get("level", "district"),
        codes.get("shape") == "tile",
        int(codes.get("boundary", 0)),
    )
