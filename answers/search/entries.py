"""What can be found: each thing with its names in both languages, what is said of it, and the view that shows it."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass

from answers import registry as questions
from answers.answer import Go
from answers.districts import measures
from answers.kept import kept
from answers.meeting import changes
from answers.reader import Reader
from answers.viewer import rules
from locales import LANGUAGES, numbers, sentences, t
from metrics import registry
from metrics.spec import Metric
from metrics.watched import BY_ID

# In the order in which things stand that fit equally well.
KINDS = ("district", "question", "month", "measure", "programme", "term", "dong")
DONG_MEASURE = "one_person_share"


@dataclass(frozen=True)
class Entry:
    """One thing that can be found.

    Attributes:
        kind: one of KINDS. name: as the reader reads it. said: what it is, in a sentence. names: all that it is found by.
    """

    kind: str
    name: str
    said: str
    go: Go
    names: tuple[str, ...]


@kept
def every(read: Reader, lang: str) -> tuple[Entry, ...]:
    """All things that can be found, kind by kind."""
    makers = (_districts, _questions, _months, _measures, _programmes, _terms, _dong)
    return tuple(entry for make in makers for entry in make(read, lang))


def _districts(read: Reader, lang: str) -> Iterator[Entry]:
    by_lang = {one: read.district_names(one) for one in LANGUAGES}
    for code, name in by_lang[lang].items():
        names = tuple(found[code] for found in by_lang.values())
        yield Entry(
            "district",
            name,
            t("search.district", lang, name=name),
            Go("district_profile", choices=(("gu", code),)),
            names,
        )


def _dong(read: Reader, lang: str) -> Iterator[Entry]:
    districts, english = {one: read.district_names(one) for one in LANGUAGES}, read.dong_names()
    drawn = read.polygons(measures.DISTRICT_VINTAGE, "dong")
    for code, korean in zip(drawn["area_code"], drawn["name_ko"], strict=True):
        gu = f"{code[:4]}0"
        if gu not in districts[lang]:
            continue
        own = {"ko": str(korean), "en": str(english.get(code, korean))}
        full = {one: f"{districts[one][gu]} {own[one]}" for one in LANGUAGES}
        yield Entry(
            "dong",
            full[lang],
            t("search.dong", lang, gu=districts[lang][gu]),
            Go(
                "district_map",
                choices=(("q", "need"), ("indicator", DONG_MEASURE), ("level", "dong"), ("gu", gu)),
            ),
            (*own.values(), *full.values()),
        )


def _questions(read: Reader, lang: str) -> Iterator[Entry]:
    """Questions of the pages that are open to everybody."""
    for one in questions.every():
        if one.id in ("search", "overview.news") or not rules().may("anonymous", "pages", one.page):
            continue
        page = questions.PAGES[one.page]
        names = [(t(f"nav.{one.page}", it), questions.title(one, it)) for it in LANGUAGES]
        key = f"search.also.{one.id.replace('.', '_')}"
        also = [word for it in LANGUAGES for word in sentences(it).get(key, "").split(", ") if word]
        yield Entry(
            "question",
            questions.title(one, lang),
            t("search.question", lang, page=t(f"nav.{one.page}", lang)),
            Go(one.page, choices=((page.parameter, one.part),) if one.part else ()),
            (*(title for _, title in names), *also, *(page for page, _ in names)),
        )


def _months(read: Reader, lang: str) -> Iterator[Entry]:
    """Since when things may have changed, by the month as it is said and as it is written."""
    if not rules().may("anonymous", "pages", "meeting"):
        return
    for code in changes.SINCE.offered(read, {}):
        names = {it: numbers.month(int(code), it) for it in LANGUAGES}
        yield Entry(
            "month",
            t("search.since", lang, month=names[lang]),
            t("search.since_said", lang, month=names[lang]),
            Go("meeting", choices=((changes.SINCE.name, code),)),
            (
                *(t("search.since", it, month=name) for it, name in names.items()),
                f"{calendar.month_name[int(code) % 100]} {int(code) // 100}",
                code,
            ),
        )


def _measures(read: Reader, lang: str) -> Iterator[Entry]:
    for metric in (*registry.METRICS, registry.REACH):
        yield Entry(
            "measure",
            metric.name(lang),
            metric.definition(lang),
            way(metric),
            tuple(name(it) for it in LANGUAGES for name in (metric.name, metric.short)),
        )


def way(metric: Metric) -> Go:
    """The view that shows a measure: its control chart, the map, or the list of definitions."""
    if metric.metric_id in BY_ID:
        return Go("kpi", choices=(("kpi", metric.metric_id),))
    if metric.metric_id in measures.INDICATORS or metric is registry.REACH:
        asked = "need" if metric.metric_id in measures.NEED else "reach"
        return Go("district_map", choices=(("q", asked), ("indicator", metric.metric_id)))
    return Go("about")


def _programmes(read: Reader, lang: str) -> Iterator[Entry]:
    by_lang = {one: read.programme_names(one) for one in LANGUAGES}
    for id, name in by_lang[lang].items():
        go = Go("programmes", choices=(("prog", id),))
        yield Entry(
            "programme", name, t("search.programme", lang), go, tuple(n[id] for n in by_lang.values())
        )


def terms(lang: str) -> dict[str, tuple[str, str]]:
    """The glossary: code -> (term, what it means here)."""
    said = sentences(lang)
    codes = [key.partition(".")[2] for key in said if key.startswith("term.")]
    return {code: (said[f"term.{code}"], said[f"meaning.{code}"]) for code in codes}


def _terms(read: Reader, lang: str) -> Iterator[Entry]:
    by_lang = {one: terms(one) for one in LANGUAGES}
    for code, (name, meaning) in by_lang[lang].items():
        yield Entry("term", name, meaning, Go("about"), tuple(found[code][0] for found in by_lang.values()))
