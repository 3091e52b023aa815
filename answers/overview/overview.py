"""Everything at a glance: the reader's own district, what needs a decision in all domains, five numbers, the map."""

from __future__ import annotations

from dataclasses import replace

from answers import decisions, say
from answers.answer import Answer, Beside, Block, Cards, Figure, Go, Heading, Lead, Note, Piece, Source
from answers.ask import Ask
from answers.districts import figures, mapview, tables
from answers.facts import published_table
from answers.overview import cards, home
from answers.profile import standing
from answers.reader import Reader
from answers.registry import question
from answers.studies import Pending
from answers.thread import cohort
from charts import map as maps
from data.coverage import with_summaries
from locales import t

SHOWN, SHOWN_BESIDE = (
    5,
    4,
)  # decisions before the rest folds, alone and beneath what is said of the reader's own district
HEADLINES = ("F050", "F066", "F069", "F071", "F072", "F227", "F229", "F113")
DOOR, DOOR_YEAR = "one_person_share", 2025
MAP_HEIGHT = 270
WIDTHS = (7, 5)

RECORDS = with_summaries(["ledger_monthly", "attendance", *standing.FEEDS])


def _rest(ask: Ask, read: Reader) -> list[Block]:
    """What stands without a record: the census and the published figures."""
    return [*_map(read, home.districts(ask.many("home"), read), ask.lang), *_published(read, ask.lang)]


@question("overview", choices=(home.HOME,), needs=RECORDS, rest=_rest)
def overview(ask: Ask, read: Reader) -> Answer:
    """What is said of the reader's own district, what needs a decision, then the plan in five numbers and on the map."""
    lang, mine = ask.lang, ask.many("home")
    found: tuple[decisions.Decision, ...] | None = None
    try:
        found = decisions.needed(read, lang)
        said = decisions.sentence(read, found, lang)
    except Pending as problem:
        said = problem.words(lang)
    own = home.sentence(mine, read, lang)
    thread = cohort.line(read, lang)
    return Answer(
        ask.t("overview.title"),
        own or said,
        blocks=(
            Piece("overview.home", blocks=home.ways(mine, read, lang)),
            *((Lead(said),) if own else ()),
            Cards(cards.five(read, lang)),
            *((Note(thread),) if thread else ()),
            Beside(
                (
                    _needed(found, lang, SHOWN_BESIDE if own or thread else SHOWN, thread=bool(thread)),
                    _map(read, home.districts(mine, read), lang),
                ),
                WIDTHS,
                "medium",
            ),
        ),
    )


def _published(read: Reader, lang: str) -> list[Block]:
    facts = read.facts()
    table = published_table(facts[facts["fact_id"].isin(HEADLINES)], lang)
    return [Heading(t("overview.published_title", lang)), Note(t("overview.published_note", lang)), table]


def _needed(
    found: tuple[decisions.Decision, ...] | None, lang: str, shown: int, *, thread: bool
) -> list[Block]:
    """The first decisions with a way to each page, and how many each domain has; the way to the thread where there is one."""
    if found is None:
        return []
    ways = decisions.ways(found, lang) or [Go("kpi", t("kpi.open", lang))]
    along = [Go("thread", t("thread.open", lang))] if thread else []
    return [decisions.callout(found, lang, shown=shown, ways=[*ways, *along])]


def _map(read: Reader, mine: list[str], lang: str) -> list[Block]:
    """A measure by district: a click opens that district's profile; the reader's own stands out."""
    shown = mapview.build(read, DOOR, period=DOOR_YEAR, lang=lang)
    metric = shown.metric
    figure = maps.choropleth(
        shown.areas,
        metric=metric,
        lang=lang,
        caption=mapview.caption(shown, lang),
        selected=mine[0] if len(mine) == 1 else None,
        geojson_url=figures.layer(shown.vintage, shown.level),
        height=MAP_HEIGHT,
    )
    how = say.metric_how(read, metric, lang, period=shown.when)
    alt = t("chart.map_alt", lang, name=metric.name(lang), period=shown.when, summary=shown.sentence)
    table = tables.lean(tables.table(tables.shown_rows(shown, lang), "districts"))
    return [
        Heading(t("overview.map_title", lang, name=metric.name(lang), when=shown.when)),
        figures.legend(metric, shown.areas, lang),
        Figure("door", figure, alt, table=table, picks=figures.PICKS, opens="district_profile"),
        Source((shown.evidence,), t("overview.door_hint", lang)),
        replace(how, paragraphs=(shown.sentence, *how.paragraphs)),
    ]
