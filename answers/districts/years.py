"""The same measure over the years, side by side in the same classes."""

from __future__ import annotations

import pandas as pd

from answers import say, words
from answers.answer import Answer, Beside, Block, Figure, Heading, Note, Picked
from answers.ask import Ask
from answers.districts import choices, figures, mapview, measures, tables
from answers.districts.common import picked_or
from answers.districts.mapview import MapView
from answers.kept import kept
from answers.reader import Reader
from charts import map as maps
from locales import t
from metrics import registry

MOST, COLUMNS, HEIGHT = 6, 3, 270


def years(ask: Ask, read: Reader) -> Answer:
    """One small map a year."""
    c, lang = choices.wanted(ask), ask.lang
    shown = build(read, c.indicator, c.group, lang)
    if not shown:
        return Answer("", ask.t("map.sentence_empty"))
    newest = shown[-1]
    periods = ", ".join(v.when for v in shown)
    rows = tables.beneath([tables.shown_rows(v, lang) for v in shown])
    table = tables.table(rows, c.named(f"years_{c.indicator}"))
    return Answer(
        "",
        sentence(shown, lang),
        blocks=(
            Note(t("district.years_hint", lang)),
            picked_or(_picked(shown, c.district, lang), "district.dot_hint", lang),
            figures.legend(newest.metric, newest.areas, lang, counted=False),
            Beside(_columns(read, shown, c.district, lang), gap="small"),
            say.metric_source(newest.metric, newest.evidence, lang, period=periods),
            say.metric_how(read, newest.metric, lang, table=measures.table_of(newest.metric)),
            tables.file(table),
        ),
        period=periods,
    )


@kept
def build(read: Reader, indicator: str, group: str, lang: str) -> list[MapView]:
    """The measured values of every year, oldest first: a map over time compares, so nothing smoothed stands in it."""
    known = measures.periods_of(read, registry.get(indicator))[:MOST][::-1]
    return [mapview.build(read, indicator, period=year, lang=lang, group=group) for year in known]


def sentence(shown: list[MapView], lang: str) -> str:
    """The city's value in each year with its interval; that it is no trend test."""
    each = ", ".join(_each(v, v.city, lang) for v in shown)
    text = t("district.years_sentence", lang, name=shown[0].metric.name(lang), each=each)
    remarks = [mapview.remark_of(v.city, lang) for v in shown]
    return " ".join(filter(None, (text, *remarks, t("district.years_no_trend", lang))))


def _each(v: MapView, row: pd.Series, lang: str) -> str:
    interval = words.interval_of(row, v.metric, lang)
    return t(
        "district.years_each",
        lang,
        when=v.when,
        value=words.value_of(row, v.metric, lang),
        interval=f" ({interval})" if interval else "",
    )


def _picked(shown: list[MapView], code: str, lang: str) -> Picked | None:
    """The picked district's value in each year, with its interval."""
    rows = [(v, row) for v in shown if (row := mapview.picked(v, code)) is not None]
    if not rows:
        return None
    return Picked(str(rows[0][1]["label"]), "", ", ".join(_each(v, row, lang) for v, row in rows))


def _columns(read: Reader, shown: list[MapView], district: str, lang: str) -> list[list[Block]]:
    """The maps in columns, row by row."""
    own_ground = len({v.vintage for v in shown}) > 1
    columns: list[list[Block]] = [[] for _ in range(COLUMNS)]
    for number, v in enumerate(shown):
        ground = f" ({mapview.boundary_words(read, v.vintage, False, lang)})" if own_ground else ""
        figure = maps.choropleth(
            v.areas,
            metric=v.metric,
            lang=lang,
            caption=mapview.caption(v, lang),
            height=HEIGHT,
            selected=district or None,
            geojson_url=figures.layer(v.vintage, "district"),
            names=v.areas.iloc[:0],
        )
        table = tables.shown_rows(v, lang)
        own = tables.lean(tables.table(table, f"years_{v.metric.metric_id}_{v.period}"))
        columns[number % COLUMNS] += [
            Heading(f"{v.when}{ground}", 3),
            Figure(f"years_{v.period}", figure, v.sentence, table=own, picks=figures.PICKS),
        ]
    return columns
