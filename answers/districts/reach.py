"""Do we reach it? People served over people estimated isolated; or how a service does."""

from __future__ import annotations

import pandas as pd

from answers import say, words
from answers.answer import Answer, Beside, Block
from answers.ask import Ask
from answers.districts import choices, figures, level, mapview, measures, reached, tables, verdict
from answers.districts.common import picked_or
from answers.reader import Reader
from locales import numbers, t


def reach(ask: Ask, read: Reader) -> Answer:
    """Reach by district, or the level of a service measure."""
    c, lang = choices.wanted(ask), ask.lang
    if c.indicator != measures.REACH:
        return level.level(c, read, lang)
    found = reached.build(read, c.period, c.own, lang)
    if found is None:
        return Answer("", ask.t("district.reach_none"))
    shown = found.view
    table = tables.table(level.rows(shown, lang), f"reach_{c.period}")
    left = figures.choropleth(read, shown, c.district, lang, tile=c.tile, table=tables.lean(table))
    return Answer(
        "",
        shown.sentence,
        shown.sure,
        blocks=(
            *_picked(read, shown, c.district, c.period, lang),
            Beside((left, figures.ranked(shown, c.district, lang)), (6, 5), gap="medium"),
            *_figures(shown, lang),
            tables.file(table),
        ),
        period=shown.when,
        geography=mapview.boundary_words(read, shown.vintage, c.tile, lang),
    )


def _picked(read: Reader, shown: mapview.MapView, code: str, period: int, lang: str) -> list[Block]:
    found = level.picked(shown, code, lang)
    first = found is not None and verdict.speaks(read, measures.REACH, period)
    said = verdict.blocks(read, code, lang, figure=found) if first else []
    return said or [picked_or(found, "map.selected_hint", lang)]


def _figures(shown: mapview.MapView, lang: str) -> list[Block]:
    """The figures of the sentence; none where there is no reach."""
    city = shown.city
    if pd.isna(city["value"]):
        return []
    return [
        say.figures(
            lang,
            (t("figures.reach_served", lang), numbers.number(city["n"])),
            (t("figures.reach_isolated", lang), numbers.people(city["isolated"], lang)),
            *words.city_figures(city, shown.metric, lang=lang),
        )
    ]
