"""The two charts of the district map: drawn from one view, sharing one selection."""

from __future__ import annotations

import streamlit as st

from charts import dots, theme
from charts import map as maps
from locales import t
from ui import blocks, mapview, store, view


def pick(key: str) -> None:
    """A click on the map or the dots picks the district; a click on empty ground changes nothing."""
    code = blocks.clicked(key)
    if code:
        view.put("gu", code[:5], "")


def choropleth(shown: mapview.MapView, district: str, lang: str) -> None:
    """The map with its legend, source and explanation."""
    metric, when = shown.metric, shown.when
    blocks.legend(metric, shown.areas, lang)
    figure = maps.choropleth(
        shown.areas, metric=metric, lang=lang, dark=view.dark(), caption=mapview.caption(shown, lang),
        selected=district or None, geojson_url=store.geojson_url(shown.vintage, shown.level),
        names=mapview.names(shown, district),
    )  # fmt: skip
    alt = t("chart.map_alt", lang, name=metric.name(lang), period=when, summary=shown.sentence)
    _chart(figure, "map", alt)
    blocks.source_line(metric, mapview.evidence(shown), lang, period=when)
    blocks.how(metric, lang, period=when, table=mapview.table_of(metric))


def ranked(shown: mapview.MapView, district: str, lang: str) -> None:
    """Areas in order with their intervals; a picked district's dong at dong level."""
    metric, when = shown.metric, shown.when
    blocks.heading(t("map.ranked", lang))
    blocks.note(t("map.ranked_hint", lang))
    figure = dots.ranked(
        mapview.ranked_areas(shown, district), metric=metric, lang=lang, dark=view.dark(), city=shown.city["value"],
        caption=mapview.caption(shown, lang), selected=district or None,
    )  # fmt: skip
    _chart(
        figure, "dots", t("chart.dots_alt", lang, name=metric.name(lang), period=when, summary=shown.sentence)
    )


def doorway(shown: mapview.MapView, lang: str) -> None:
    """The overview's ranked districts: a click opens that district on the map."""
    metric, when = shown.metric, shown.when
    blocks.note(t("overview.door_hint", lang))
    figure = dots.ranked(shown.areas, metric=metric, lang=lang, dark=view.dark(), city=shown.city["value"],
                         caption=mapview.caption(shown, lang))  # fmt: skip
    alt = t("chart.dots_alt", lang, name=metric.name(lang), period=when, summary=shown.sentence)
    st.plotly_chart(figure, theme=None, config=theme.CONFIG, key="door", alt=alt, selection_mode="points",
                    on_select=_through_the_door)  # fmt: skip
    blocks.source_line(metric, mapview.evidence(shown), lang, period=when)
    blocks.how(metric, lang, period=when)


def _through_the_door() -> None:
    pick("door")
    st.session_state["open_map"] = bool(blocks.clicked("door"))


def opens_map() -> bool:
    """Whether a district was just clicked on the overview; true once."""
    return bool(st.session_state.pop("open_map", False))


def _chart(figure: dict, key: str, alt: str) -> None:
    st.plotly_chart(figure, theme=None, config=theme.CONFIG, key=key, alt=alt, selection_mode="points",
                    on_select=lambda: pick(key))  # fmt: skip
