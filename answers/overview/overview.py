"""Everything at a glance: decisions of all domains, five cards, where people live alone, the hotline's months, published figures."""

from __future__ import annotations

import pandas as pd

from answers import decisions, periods, say, words
from answers.answer import Answer, Beside, Block, Cards, Figure, Go, Heading, Lead, Note, Piece
from answers.ask import Ask
from answers.districts import figures, mapview
from answers.facts import published_table
from answers.kpi import measures
from answers.kpi import said as kpi_said
from answers.kpi.measures import Kpi
from answers.kpi.page import chart_rows
from answers.overview import cards
from answers.profile import standing
from answers.reader import Reader
from answers.registry import question
from answers.studies import Pending
from charts import trend
from data.coverage import with_summaries
from locales import numbers, t
from metrics.watched import BY_ID

SHOWN = 5  # decisions before the rest folds
HEADLINES = ("F050", "F066", "F069", "F071", "F072", "F227", "F229", "F113")
MEASURE = "answer_rate"
DOOR, DOOR_YEAR = "one_person_share", 2025


RECORDS = with_summaries(["ledger_monthly", "attendance", *standing.FEEDS])


def _rest(ask: Ask, read: Reader) -> list[Block]:
    """What stands without a record: the census and the published figures."""
    return [*_door(read, ask.lang), *_published(read, ask.lang)]


@question("overview", needs=RECORDS, rest=_rest)
def overview(ask: Ask, read: Reader) -> Answer:
    """What needs a decision first, then the plan in one view."""
    lang, five = ask.lang, cards.five(read, ask.lang)
    found: tuple[decisions.Decision, ...] | None = None
    try:
        found = decisions.needed(read, lang)
        said = decisions.sentence(read, found, lang)
    except Pending as problem:
        said = problem.words(lang)
    return Answer(
        ask.t("overview.title"),
        said,
        blocks=(
            Piece("profile.mine"),
            *_needed(found, lang),
            Heading(ask.t("overview.plan")),
            Cards(five),
            Go("reisolation", ask.t("reisolation.open")),
            Beside((_door(read, lang), _months(read, lang))),
            *_published(read, lang),
        ),
    )


def _published(read: Reader, lang: str) -> list[Block]:
    facts = read.facts()
    table = published_table(facts[facts["fact_id"].isin(HEADLINES)], lang)
    return [Heading(t("overview.published_title", lang)), Note(t("overview.published_note", lang)), table]


def _needed(found: tuple[decisions.Decision, ...] | None, lang: str) -> list[Block]:
    """The first decisions with a way to each page, and how many each domain has."""
    if found is None:
        return []
    ways = decisions.ways(found, lang) or [Go("kpi", t("kpi.open", lang))]
    return [decisions.callout(found, lang, shown=SHOWN), Beside([[way] for way in ways], gap="small")]


def _door(read: Reader, lang: str) -> list[Block]:
    """A measure's ranked districts: a click opens that district's profile."""
    shown = mapview.build(read, DOOR, period=DOOR_YEAR, lang=lang)
    return [
        Heading(t("overview.census_title", lang)),
        Lead(shown.sentence),
        *figures.doorway(read, shown, lang),
        say.figures(lang, *words.city_figures(shown.city, shown.metric, lang=lang)),
        Go("district_map", t("overview.open_map", lang), (("indicator", DOOR),)),
    ]


def _months(read: Reader, lang: str) -> list[Block]:
    """A watched measure by month, with the verdict of its control chart."""
    kpi = measures.one(read, MEASURE)
    metric, series = kpi.metric, kpi.series
    figure = trend.line(
        series,
        metric=metric,
        lang=lang,
        caption=t(f"evidence.{read.whose}", lang),
        events=_events(read, lang),
    )
    months = kpi.months
    span = f"{numbers.month(months[0], lang)} – {numbers.month(months[-1], lang)}" if months else ""
    return [
        Heading(t("overview.hotline_trend", lang)),
        Lead(monthly_sentence(kpi, lang)),
        Figure("overview_trend", figure, trend.spark_summary(series, metric, lang), chart_rows(kpi, lang)),
        say.metric_source(metric, read.mark(metric), lang, period=span),
        say.metric_how(read, metric, lang, table=BY_ID[MEASURE].table),
    ]


def monthly_sentence(kpi: Kpi, lang: str) -> str:
    """The latest month of a measure in words, with what its control chart says of it."""
    last = kpi.latest
    if last is None:
        return t("chart.no_figures", lang)
    return t(
        "overview.monthly_sentence",
        lang,
        month=numbers.month(int(last["month_key"]), lang),
        name=kpi.metric.name(lang),
        value=words.value_of(last, kpi.metric, lang),
        interval=words.interval_of(last, kpi.metric, lang),
        plain=kpi_said.plain(kpi, lang),
    )


def _events(read: Reader, lang: str) -> pd.DataFrame:
    """Dated events that the hotline's months should carry: launches and suspensions within the span."""
    rows = read.events()
    day = pd.to_datetime(rows["happened_on"])
    start = periods.last(read.end("hotline_contact"), measures.MONTHS).low
    keep = rows["kind"].isin(["launch", "suspension"]) & (day.dt.year * 100 + day.dt.month >= start)
    keep &= rows["programme_id"].eq("hotline")
    return rows[keep].assign(title=rows[f"title_{lang}"], happened_on=day)[["happened_on", "title"]]
