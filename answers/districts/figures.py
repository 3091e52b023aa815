"""The map and the ranked dots of a view as blocks: they share one selection, the district."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from answers import say
from answers.answer import Block, Figure, Heading, Key, Legend, Note, Table
from answers.districts import measures
from answers.districts.mapview import MapView, boundary_words, caption, tiles
from answers.districts.measures import DIRECT
from answers.reader import Reader
from charts import bins, dots, theme
from charts import map as maps
from locales import t
from metrics.spec import Metric

PICKS = "gu"


def layer(vintage: int, level: str) -> str:
    """The code of a boundary layer, which a face resolves to the address of its file; level 'tile' is the tile map."""
    return f"@geo/{level}/{vintage}"


def choropleth(
    read: Reader, shown: MapView, district: str, lang: str, *, tile: bool = False, table: Table | None = None
) -> list[Block]:
    """The map, or the tile map, with its legend, source and explanation.

    Args:
        table: of what is shown; it stands beneath the map.
    """
    metric, when = shown.metric, shown.when
    areas = tiles(read, shown.areas) if tile else shown.areas
    # Names over 425 dong would be a smear: districts carry theirs, or a picked district's dong.
    named = areas if shown.level == "district" or district else areas.iloc[:0]
    figure = maps.choropleth(
        areas,
        metric=metric,
        lang=lang,
        caption=caption(shown, lang),
        selected=district or None,
        names=named,
        geojson_url=layer(shown.vintage, "tile" if tile else shown.level),
    )
    alt = t("chart.map_alt", lang, name=metric.name(lang), period=when, summary=shown.sentence)
    return [
        legend(metric, shown.areas, lang),
        Figure("map", figure, alt, table=table, picks=PICKS, shown=table is None),
        say.metric_source(
            metric,
            shown.evidence,
            lang,
            period=when,
            modelled=shown.method != DIRECT,
            boundary=boundary_words(read, shown.vintage, tile, lang),
        ),
        say.metric_how(read, metric, lang, period=when, table=measures.table_of(metric), method=shown.method),
    ]


def categories(
    read: Reader,
    areas: pd.DataFrame,
    vintage: int,
    *,
    kinds: Sequence[str],
    palette: dict[str, str],
    hover: np.ndarray,
    template: str,
    selected: str,
    alt: str,
    tile: bool,
    table: Table,
) -> Figure:
    """A map of kinds (changes, clusters), on the ground or as tiles."""
    figure = maps.categories(
        tiles(read, areas) if tile else areas,
        kinds=kinds,
        palette=palette,
        hover=hover,
        template=template,
        selected=selected or None,
        geojson_url=layer(vintage, "tile" if tile else "district"),
    )
    return Figure("map", figure, alt, table=table, picks=PICKS)


def ranked(shown: MapView, district: str, lang: str) -> list[Block]:
    """Areas in order with their intervals; a picked district's dong at dong level. The map's table is theirs, too."""
    rows = shown.areas if shown.level == "dong" and district else shown.districts
    return [
        Heading(f"{shown.metric.short(lang)} · {t('map.ranked', lang)}"),
        Note(t("map.ranked_hint", lang)),
        Figure(
            "dots", _dots(shown, rows, lang, district or None), dots_alt(shown, lang), picks=PICKS, shown=True
        ),
    ]


def _dots(shown: MapView, rows: pd.DataFrame, lang: str, selected: str | None = None) -> dict[str, Any]:
    return dots.ranked(
        rows,
        metric=shown.metric,
        lang=lang,
        city=shown.city["value"],
        caption=caption(shown, lang),
        selected=selected,
    )


def dots_alt(shown: MapView, lang: str) -> str:
    """What the ranked dots say, for those who do not see them."""
    return t("chart.dots_alt", lang, name=shown.metric.name(lang), period=shown.when, summary=shown.sentence)


def legend(metric: Metric, frame: pd.DataFrame, lang: str, *, counted: bool = True) -> Legend:
    """Class colours with their bounds and, for one map, how many areas each holds; signs for what has no figure."""
    ramp, index = theme.sequential(), bins.classes(frame["value"], metric.breaks)
    unit = t("map.unit_percent" if metric.unit == "percent" else "map.unit_other", lang)
    keys = [Key("", t("map.legend", lang, unit=unit))]
    for number, text in enumerate(bins.labels(metric.breaks)):
        keys.append(Key(ramp[number], f"{text} ({int((index == number).sum())})" if counted else text))
    for status in ("missing", "suppressed"):
        if n := int((frame["status"] == status).sum()):
            said = t(f"map.legend_{status}", lang)
            keys.append(Key("", f"{said} ({n})" if counted else said))
    return Legend(keys)


def kinds_legend(kinds: Iterable[tuple[str, str, int]]) -> Legend:
    """Kinds as (role, name, how many areas), for maps of kinds."""
    return Legend([Key(role, f"{name} ({n})") for role, name, n in kinds])
