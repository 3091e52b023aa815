"""The reader's own part of the city: a district, or the districts and dong that a council member speaks for."""

from __future__ import annotations

from collections.abc import Sequence

from answers import registry, words
from answers.answer import Go
from answers.ask import Choice, Codes
from answers.districts import measures
from answers.profile import peers
from answers.reader import Reader
from answers.studies import Pending
from locales import numbers, t
from metrics import registry as metrics

DONG_MEASURE, DONG_YEAR = "one_person_share", 2025
MOST, MOST_SAID = 40, 3


def _areas(read: Reader, codes: Codes) -> list[str]:
    return list(names(read, "ko"))


def names(read: Reader, lang: str) -> dict[str, str]:
    """Code -> name of every district, and of every dong with its district's."""
    districts = read.district_names(lang)
    drawn = read.polygons(measures.DISTRICT_VINTAGE, "dong")
    english = read.dong_names() if lang != "ko" else {}
    dong = {
        str(code): f"{districts[gu]} {english.get(str(code), korean)}"
        for code, korean in zip(drawn["area_code"], drawn["name_ko"], strict=True)
        if (gu := district_of(str(code))) in districts
    }
    return {**districts, **dong}


def district_of(code: str) -> str:
    """The district that a district's or a dong's code lies in."""
    return f"{code[:4]}0"


HOME = Choice(
    name="home",
    options=_areas,
    label="overview.home",
    say=lambda code, lang, read: names(read, lang)[code],
    kind="many",
    most=MOST,
    place="link",
)


def districts(codes: Sequence[str]) -> list[str]:
    """The districts that areas lie in, each once, in order."""
    return list(dict.fromkeys(map(district_of, codes)))


def ways(codes: Sequence[str], read: Reader, lang: str) -> list[Go]:
    """To the page of each district that areas lie in, and of a single one to its comparison with the one most like it."""
    known, lies_in = read.district_names(lang), districts(codes)
    found = [
        Go("district_profile", t("overview.home_open", lang, name=known[code]), (("gu", code),))
        for code in lies_in[:MOST_SAID]
    ]
    if len(lies_in) == 1:
        try:
            alike = list(peers.nearest(read, lies_in[0], peers.USUAL).index[:1])
        except Pending:
            alike = []
        for other in alike:
            asked = (("q", "compare"), ("gu", lies_in[0]), ("cmp", f"{lies_in[0]}.{other}"))
            found.append(Go("district_map", t("overview.home_compare", lang, name=known[other]), asked))
    return found


def sentence(codes: Sequence[str], read: Reader, lang: str) -> str:
    """What is said of areas: of dong what the census counts there, then of each district what its own page says of it."""
    said = []
    if dong := [code for code in codes if len(code) > len(district_of(code))]:
        said.append(_dong(dong, read, lang))
    lies_in = districts(codes)
    for code in lies_in[:MOST_SAID]:
        try:
            said.append(registry.answer("district_profile", read, lang, {"gu": code}).sentence)
        except Pending as problem:
            said.append(problem.words(lang))
    if len(lies_in) > MOST_SAID:
        rest = [read.district_names(lang)[code] for code in lies_in[MOST_SAID:]]
        said.append(t("overview.home_rest", lang, which=words.listed(rest, lang, most=6)))
    return " ".join(text for text in dict.fromkeys(said) if text)


def _dong(codes: Sequence[str], read: Reader, lang: str) -> str:
    """The census's share of the dong together: the ratio of their sums."""
    metric = metrics.get(DONG_MEASURE)
    where = measures.where(read, metric, DONG_YEAR)
    rows = read.frame(
        DONG_MEASURE, keys=("area_code",), where=where, level="dong", vintage=measures.DISTRICT_VINTAGE
    )
    mine = rows[rows["area_code"].isin(list(codes)) & rows["value"].notna()]
    city = words.value_of(read.city(DONG_MEASURE, where=where), metric, lang)
    if mine.empty:
        return t("overview.home_dong_none", lang, n=len(codes), name=metric.name(lang))
    top, bottom = mine["numerator"].sum(), mine["denominator"].sum()
    share, low, high = read.share(top, bottom)
    return t(
        "overview.home_dong",
        lang,
        n=len(mine),
        name=metric.name(lang),
        value=numbers.percent(100 * share, 1),
        interval=f"{numbers.number(100 * low, 1)}–{numbers.percent(100 * high, 1)}",
        city=city,
    )
