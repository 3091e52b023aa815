"""One measure, one period, one map: 25 districts or their dong, with intervals, a table and the same CSV."""

import streamlit as st

from metrics import registry
from ui import access, blocks, mapcharts, mapview, shell, store, view
from ui.text import t


@st.fragment
@shell.calm
def body() -> None:
    lang = view.language()
    top = st.container()  # the title speaks for what the filters choose, and stands above them
    first, second, third, fourth = st.columns([3, 2, 2, 3])
    with first:
        indicator = view.choose("indicator", mapview.INDICATORS, label=t("map.indicator", lang),
                                say=lambda code: registry.get(code).name(lang))  # fmt: skip
    metric = registry.get(indicator)
    years = [str(year) for year in mapview.periods_of(metric)] or [str(store.as_of().year)]
    with second:
        period = int(view.choose("year", years, label=t("map.period", lang),
                                 say=lambda year: mapview.period_words(metric, int(year), lang)))  # fmt: skip
    with third:
        levels = ["district", "dong"] if mapview.has_dong(metric) else ["district"]
        level = view.choose("level", levels, label=t("map.level", lang),
                            say=lambda code: t(f"map.level_{code}", lang))  # fmt: skip
    with fourth:
        names = access.district_names(lang)
        district = view.choose("gu", ["", *names], label=t("map.district", lang), default="",
                               say=lambda code: names.get(code, t("map.whole_city", lang)))  # fmt: skip
    shown = mapview.build(indicator, period=period, level=level, district=district, lang=lang)
    synthetic = mapview.evidence(shown) == "synthetic"
    with top:
        blocks.head(t("map.title", lang), lang, synthetic=synthetic)
    blocks.lead(shown.sentence)
    mapview.picked_block(shown, district, lang)
    left, right = st.columns([6, 5], gap="medium")
    with left:
        mapcharts.choropleth(shown, district, lang)
    with right:
        mapcharts.ranked(shown, district, lang)
    if st.toggle(t("map.table", lang), key="show_table"):
        blocks.frame_table(blocks.shown_rows(shown.areas, metric, lang, when=shown.when))
    file = f"ieum_{indicator}_{period}_{level}{'_synthetic' if synthetic else ''}.csv"
    blocks.download(
        lambda: blocks.shown_rows(shown.areas, metric, lang, when=shown.when), name=file, lang=lang
    )


body()
