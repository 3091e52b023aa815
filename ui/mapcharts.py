"""The map and the ranked dots: drawn from one view, sharing one selection."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from charts import dots
from charts import map as maps
from locales import t
from ui import access, blocks, estimates, mapview, store, words
from ui.districts import frame


def choropleth(shown: mapview.MapView, district: str, lang: str, *, tile: bool = False) -> None:
    """The map, or the tile map, with its legend, source and explanation."""
    metric, when = shown.metric, shown.when
    blocks.legend(metric, shown.areas, lang)
    areas = mapview.tiles(shown.areas) if tile else shown.areas
    names = mapview.tiles(mapview.names(shown, district)) if tile else mapview.names(shown, district)
    figure = maps.choropleth(
        areas, metric=metric, lang=lang, caption=mapview.caption(shown, lang),
        selected=district or None, geojson_url=store.geojson_url(shown.vintage, "tile" if tile else shown.level),
        names=names,
    )  # fmt: skip
    alt = t("chart.map_alt", lang, name=metric.name(lang), period=when, summary=shown.sentence)
    frame.clickable(figure, "map", alt)
    blocks.source_line(metric, mapview.evidence(shown), lang, period=when, boundary=boundary_words(shown.vintage, tile, lang),
                       modelled=shown.method != estimates.DIRECT)  # fmt: skip
    blocks.how(metric, lang, period=when, table=mapview.table_of(metric), method=shown.method)


def categories(
    areas: pd.DataFrame, vintage: int, *, kinds: tuple[str, ...], palette: dict[str, str], hover: np.ndarray, template: str,
    selected: str, alt: str, tile: bool,
) -> None:  # fmt: skip
    """A map of kinds (changes, clusters), on the ground or as tiles."""
    drawn = mapview.tiles(areas) if tile else areas
    figure = maps.categories(
        drawn, kinds=kinds, palette=palette, hover=hover, template=template, selected=selected or None,
        geojson_url=store.geojson_url(vintage, "tile" if tile else "district"),
    )  # fmt: skip
    frame.clickable(figure, "map", alt)


def boundary_words(vintage: int, tile: bool, lang: str) -> str:
    """Which boundaries a map stands on, and which districts they lack; a map never mixes two without saying so."""
    if tile:
        return t("district.boundary_tile", lang)
    title = mapview.boundary_titles().get(vintage)
    if title is None:
        return t("district.boundary_year", lang, year=vintage)
    drawn = set(access.polygons(vintage, "district")["area_code"])
    absent = [name for code, name in access.district_names(lang).items() if drawn and code not in drawn]
    lacks = (
        f" {t('district.boundary_lacks', lang, n=len(absent), names=words.listed(absent, lang))}"
        if absent
        else ""
    )
    return t("district.boundary_own", lang, title=title) + lacks


def ranked(shown: mapview.MapView, district: str, lang: str) -> None:
    """Areas in order with their intervals; a picked district's dong at dong level."""
    metric, when = shown.metric, shown.when
    blocks.heading(f"{metric.short(lang)} · {t('map.ranked', lang)}")
    blocks.note(t("map.ranked_hint", lang))
    figure = dots.ranked(
        mapview.ranked_areas(shown, district), metric=metric, lang=lang, city=shown.city["value"],
        caption=mapview.caption(shown, lang), selected=district or None,
    )  # fmt: skip
    frame.clickable(
        figure, "dots", t("chart.dots_alt", lang, name=metric.name(lang), period=when, summary=shown.sentence)
    )


def doorway(shown: mapview.MapView, lang: str) -> None:
    """The overview's ranked districts: a click opens that district's profile."""
    metric, when = shown.metric, shown.when
    blocks.note(t("overview.door_hint", lang))
    figure = dots.ranked(shown.areas, metric=metric, lang=lang, city=shown.city["value"],
                         caption=mapview.caption(shown, lang))  # fmt: skip
    alt = t("chart.dots_alt", lang, name=metric.name(lang), period=when, summary=shown.sentence)
    frame.clickable(figure, "door", alt, then=_through_the_door)
    blocks.source_line(metric, mapview.evidence(shown), lang, period=when)
    blocks.how(metric, lang, period=when)


def _through_the_door() -> None:
    frame.pick("door")
    st.session_state["open_profile"] = bool(blocks.clicked("door"))


def opens_profile() -> bool:
    """Whether a district was just picked on the overview; true once."""
    return bool(st.session_state.pop("open_profile", False))
