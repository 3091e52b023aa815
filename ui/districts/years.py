"""The same measure over the years, side by side in the same classes."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from charts import map as maps
from locales import t
from metrics import registry
from ui import blocks, estimates, mapcharts, mapview, store, words
from ui.districts import frame
from ui.districts.choice import Choice

MOST, COLUMNS, HEIGHT = 6, 3, 270


def draw(c: Choice, lang: str) -> bool:
    """One small map a year; returns whether it is synthetic."""
    shown = build(c.indicator, c.group, lang)
    if not shown:
        blocks.lead(t("map.sentence_empty", lang))
        return False
    metric = c.metric
    blocks.lead(sentence(shown, lang))
    blocks.note(t("district.years_hint", lang))
    _picked(shown, c.district, lang)
    blocks.legend(metric, shown[-1].areas, lang, counted=False)
    evidence = (
        "synthetic" if any(mapview.evidence(v) == "synthetic" for v in shown) else mapview.evidence(shown[-1])
    )
    own_ground = len({v.vintage for v in shown}) > 1
    columns = st.columns(COLUMNS, gap="small")
    for number, v in enumerate(shown):
        with columns[number % COLUMNS]:
            ground = f" ({mapcharts.boundary_words(v.vintage, False, lang)})" if own_ground else ""
            blocks.heading(f"{v.when}{ground}", level=3)
            figure = maps.choropleth(
                v.areas, metric=metric, lang=lang, caption=mapview.caption(v, lang), height=HEIGHT,
                selected=c.district or None, geojson_url=store.geojson_url(v.vintage, "district"), names=v.areas.iloc[:0],
            )  # fmt: skip
            frame.clickable(figure, f"years_{v.period}", v.sentence)
    blocks.source_line(metric, evidence, lang, period=", ".join(v.when for v in shown))
    blocks.how(metric, lang, table=mapview.table_of(metric))
    synthetic = evidence == "synthetic"
    name = f"years_{c.indicator}{'' if c.group == 'all' else f'_{c.group}'}"
    frame.foot(lambda: table(shown, lang), name=name, synthetic=synthetic, lang=lang)
    return synthetic


def _picked(shown: list[mapview.MapView], code: str, lang: str) -> None:
    """The picked district's value in each year, with its interval."""
    rows = [(v, mapview.picked(v, code)) for v in shown]
    said = [
        t("district.years_each", lang, when=v.when, value=words.value_of(row, v.metric, lang), interval=_bracket(row, v, lang))
        for v, row in rows if row is not None
    ]  # fmt: skip
    if not said:
        blocks.note(t("district.dot_hint", lang))
        return
    blocks.pick(str(rows[0][1]["label"]), "", ", ".join(said))


def _bracket(row: pd.Series, v: mapview.MapView, lang: str) -> str:
    interval = words.interval_of(row, v.metric, lang)
    return f" ({interval})" if interval else ""


def build(indicator: str, group: str, lang: str) -> list[mapview.MapView]:
    """The measured values of every year, oldest first: a map over time compares, so nothing smoothed stands in it."""
    return _build(indicator, group, lang, estimates.version())


@st.cache_resource(max_entries=32, show_spinner=False)
def _build(indicator: str, group: str, lang: str, _version: Any) -> list[mapview.MapView]:
    years = mapview.periods_of(registry.get(indicator))[:MOST][::-1]
    return [
        mapview.build(indicator, period=year, level="district", district="", lang=lang, group=group)
        for year in years
    ]


def sentence(shown: list[mapview.MapView], lang: str) -> str:
    """The city's value in each year with its interval; that it is no trend test."""
    metric = shown[0].metric
    each = []
    for v in shown:
        said = words.value_of(v.city, metric, lang)
        interval = words.interval_of(v.city, metric, lang)
        each.append(
            t(
                "district.years_each",
                lang,
                when=v.when,
                value=said,
                interval=f" ({interval})" if interval else "",
            )
        )
    text = t("district.years_sentence", lang, name=metric.name(lang), each=", ".join(each))
    return f"{text} {t('district.years_no_trend', lang)}"


def table(shown: list[mapview.MapView], lang: str) -> pd.DataFrame:
    """Every year's table, one below the other."""
    return pd.concat(
        [blocks.shown_rows(v.areas, v.metric, lang, when=v.when) for v in shown], ignore_index=True
    )
