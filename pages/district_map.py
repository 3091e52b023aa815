"""One measure, one period, one map: 25 districts or their dong, with intervals, a table and the same CSV."""

import streamlit as st

from charts import dots, theme
from charts import map as maps
from metrics import registry
from ui import access, blocks, mapview, shell, store, view, words
from ui.text import t


def pick(key: str) -> None:
    """A click on the map or the dots picks the district; a click on empty ground changes nothing."""
    code = blocks.clicked(key)
    if code:
        view.put("gu", code[:5], "")


@st.fragment
@shell.calm
def body() -> None:
    lang, dark = view.language(), view.dark()
    codes = ["", *access.districts()["district_code"]]
    top = st.container()  # the title speaks for what the filters choose, and stands above them
    first, second, third, fourth = st.columns([3, 2, 2, 3])
    with first:
        indicator = view.choose("indicator", mapview.INDICATORS, label=t("map.indicator", lang),
                                say=lambda code: registry.get(code).name(lang))  # fmt: skip
    metric = registry.get(indicator)
    years = [str(year) for year in mapview.periods_of(metric)] or [str(store.as_of().year)]
    with second:
        period = int(view.choose("year", years, label=t("map.period", lang),
                                 say=lambda year: words.period_label(int(year), lang)))  # fmt: skip
    with third:
        levels = ["district", "dong"] if mapview.has_dong(metric) else ["district"]
        level = view.choose(
            "level", levels, label=t("map.level", lang), say=lambda code: t(f"map.level_{code}", lang)
        )
    with fourth:
        district = view.choose("gu", codes, label=t("map.district", lang), default="",
                               say=lambda code: access.district_name(code, lang) if code else t("map.whole_city", lang))  # fmt: skip
    shown = mapview.build(indicator, period=period, level=level, district=district, lang=lang)
    when = words.period_label(period, lang)
    evidence = mapview.evidence(shown)
    caption = mapview.caption(shown, lang)
    with top:
        blocks.head(t("map.title", lang), lang, synthetic=evidence == "synthetic")
    blocks.lead(shown.sentence)
    mapview.picked_block(shown, district, lang)
    left, right = st.columns([6, 5], gap="medium")
    with left:
        blocks.legend(metric, shown.areas, lang)
        st.plotly_chart(
            maps.choropleth(shown.areas, metric=metric, lang=lang, dark=dark, caption=caption, selected=district or None,
                            geojson_url=store.geojson_url(shown.vintage, level), names=mapview.names(shown, district)),
            theme=None, config=theme.CONFIG, key="map", on_select=lambda: pick("map"), selection_mode="points",
            alt=t("chart.map_alt", lang, name=metric.name(lang), period=when, summary=shown.sentence),
        )  # fmt: skip
        blocks.source_line(metric, evidence, lang, period=when)
        blocks.how(metric, lang, period=when, table=mapview.table_of(metric))
    with right:
        st.html(f"<h2>{t('map.ranked', lang)}</h2>")
        st.caption(t("map.ranked_hint", lang))
        ranked = mapview.ranked_areas(shown, district)
        st.plotly_chart(
            dots.ranked(ranked, metric=metric, lang=lang, dark=dark, caption=caption, city=shown.city["value"],
                        selected=district or None),
            theme=None, config=theme.CONFIG, key="dots", on_select=lambda: pick("dots"), selection_mode="points",
            alt=t("chart.dots_alt", lang, name=metric.name(lang), period=when, summary=shown.sentence),
        )  # fmt: skip
    rows = blocks.shown_rows(shown.areas, metric, lang, period=period)
    if st.toggle(t("map.table", lang), key="show_table"):
        blocks.frame_table(rows)
    blocks.download(
        rows,
        name=f"ieum_{indicator}_{period}_{level}{'_synthetic' if evidence == 'synthetic' else ''}.csv",
        lang=lang,
    )


body()
