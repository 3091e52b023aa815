"""The reader's own part of the city: a district, or the districts and dong that a council member speaks for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from answers import registry, words
from answers.answer import Go
from answers.ask import Choice, Codes
from answers.districts import measures
from answers.kept import kept
from answers.profile import peers
from answers.reader import Reader
from answers.studies import Pending
from data.imports.lookups import dong_key
from data.wards import listing
from locales import numbers, t
from metrics import registry as metrics

DONG_MEASURE, DONG_YEAR = "one_person_share", 2025
MOST, MOST_SAID = 40, 3


def _areas(read: Reader, codes: Codes) -> list[str]:
    return list(names(read, "ko"))


@dataclass(frozen=True)
class Ward:
    """A constituency: its name, the codes of its dong, and names on its list that no dong of today has."""

    name: str
    dong: tuple[str, ...]
    unknown: tuple[str, ...] = ()


@kept
def wards(read: Reader) -> dict[str, Ward]:
    """Code -> constituency, by name; the code is made of the name, so that a link outlives another file of the same list."""
    drawn = read.polygons(measures.DISTRICT_VINTAGE, "dong")
    known = {
        (district_of(str(code)), dong_key(name)): str(code)
        for code, name in zip(drawn["area_code"], drawn["name_ko"], strict=True)
    }
    found: dict[str, Ward] = {}
    for name, rows in read.rows(listing).groupby("name", sort=True):
        pairs = list(zip(rows["district_code"], rows["dong"], strict=True))
        codes = [known.get((district, dong_key(dong)), "") for district, dong in pairs]
        gone = tuple(dong for (_, dong), code in zip(pairs, codes, strict=True) if not code)
        code = f"w{hashlib.sha256(str(name).encode()).hexdigest()[:8]}"
        found[code] = Ward(str(name), tuple(filter(None, codes)), gone)
    return found


def areas(codes: Iterable[str], read: Reader) -> list[str]:
    """Districts and dong that codes stand for: a constituency is its dong."""
    known = wards(read)
    spread = (known[code].dong if code in known else (code,) for code in codes)
    return list(dict.fromkeys(one for group in spread for one in group))


def names(read: Reader, lang: str) -> dict[str, str]:
    """Code -> name of every district, of every constituency, and of every dong with its district's."""
    return {
        **read.district_names(lang),
        **{code: one.name for code, one in wards(read).items()},
        **dongs(read, lang),
    }


@kept
def dongs(read: Reader, lang: str) -> dict[str, str]:
    """Code -> name of every dong with its district's."""
    districts = read.district_names(lang)
    drawn = read.polygons(measures.DISTRICT_VINTAGE, "dong")
    english = read.dong_names() if lang != "ko" else {}
    return {
        str(code): f"{districts[gu]} {english.get(str(code), korean)}"
        for code, korean in zip(drawn["area_code"], drawn["name_ko"], strict=True)
        if (gu := district_of(str(code))) in districts
    }


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


def districts(codes: Sequence[str], read: Reader) -> list[str]:
    """The districts that areas lie in, each once, in order."""
    return list(dict.fromkeys(map(district_of, areas(codes, read))))


def ways(codes: Sequence[str], read: Reader, lang: str) -> list[Go]:
    """To the page of each district that areas lie in, and of a single one to its comparison with the one most like it."""
    known, lies_in = read.district_names(lang), districts(codes, read)
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
    said = [ward_sentence(code, read, lang) for code in codes if code in wards(read)]
    if dong := [code for code in codes if code.isdigit() and len(code) > len(district_of(code))]:
        said.append(_dong(dong, read, lang))
    lies_in = districts(codes, read)
    for code in lies_in[:MOST_SAID]:
        try:
            said.append(registry.answer("district_profile", read, lang, {"gu": code}).sentence)
        except Pending as problem:
            said.append(problem.words(lang))
    if len(lies_in) > MOST_SAID:
        rest = [read.district_names(lang)[code] for code in lies_in[MOST_SAID:]]
        said.append(t("overview.home_rest", lang, which=words.listed(rest, lang, most=6)))
    return " ".join(text for text in dict.fromkeys(said) if text)


def ward_sentence(code: str, read: Reader, lang: str) -> str:
    """A constituency by name: what the census counts in its dong together, and what its list names and the census does not."""
    ward = wards(read)[code]
    said = t("overview.home_ward", lang, name=ward.name, said=_dong(ward.dong, read, lang))
    if ward.unknown:
        said = f"{said} {t('overview.home_unknown', lang, which=', '.join(ward.unknown))}"
    return said


def _dong(codes: Sequence[str], read: Reader, lang: str) -> str:
    """The census's share of the dong together: the ratio of their sums, of public counts."""
    metric = metrics.get(DONG_MEASURE)
    found = together(codes, read, DONG_YEAR)
    if found is None:
        return t("overview.home_dong_none", lang, n=len(codes), name=metric.name(lang))
    city = read.city(DONG_MEASURE, where=measures.where(read, metric, DONG_YEAR))
    return t(
        "overview.home_dong",
        lang,
        n=len(codes),
        name=metric.name(lang),
        value=numbers.percent(found[0], 1),
        interval=f"{numbers.number(found[1], 1)}–{numbers.percent(found[2], 1)}",
        city=words.value_of(city, metric, lang),
    )


def together(codes: Sequence[str], read: Reader, year: int) -> tuple[float, float, float] | None:
    """The census's share of some dong together in percent, with its 95 % limits: the ratio of their sums. None where one of them has no figure."""
    metric = metrics.get(DONG_MEASURE)
    where = measures.where(read, metric, year)
    rows = read.frame(
        DONG_MEASURE, keys=("area_code",), where=where, level="dong", vintage=measures.DISTRICT_VINTAGE
    )
    mine = rows[rows["area_code"].isin(list(codes)) & rows["value"].notna()]
    if mine.empty or len(mine) < len(set(codes)):
        return None
    share, low, high = read.share(mine["numerator"].sum(), mine["denominator"].sum())
    return 100 * share, 100 * low, 100 * high
