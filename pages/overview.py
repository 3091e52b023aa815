"""The plan in one view: what needs attention first, then money, need, reach, services and re-isolation."""

import streamlit as st

from charts import dots, theme, trend
from ui import blocks, mapview, overview, shell, store, view, words
from ui.text import numbers, t

lang, dark = view.language(), view.dark()
found = overview.attention()
day = numbers.day(store.as_of(), lang)
names = ", ".join(c.metric.short(lang) for c in found[:3])

blocks.head(t("overview.title", lang), lang, synthetic=True)
if not found:
    blocks.lead(t("overview.lead_none", lang, day=day))
else:
    blocks.lead(t("overview.lead", lang, day=day, n=len(found) if lang == "ko" else names))
st.html(overview.attention_html(found, lang))

st.html(f"<h2>{t('overview.plan', lang)}</h2>")
blocks.cards(overview.cards(lang))

left, right = st.columns([1, 1], gap="large")
with left:
    st.html(f"<h2>{t('overview.census_title', lang)}</h2>")
    shown = mapview.build("one_person_share", period=2025, level="district", district="", lang=lang)
    blocks.lead(shown.sentence)
    when = words.period_label(shown.period, lang)
    st.plotly_chart(
        dots.ranked(shown.areas, metric=shown.metric, lang=lang, dark=dark, caption=when, city=shown.city["value"]),
        theme=None, config=theme.CONFIG, key="overview_dots",
        alt=t("chart.dots_alt", lang, name=shown.metric.name(lang), period=when, summary=shown.sentence),
    )  # fmt: skip
    blocks.source_line(shown.metric, "census", lang, period=when)
    blocks.how(shown.metric, lang, period=when)
    shell.link("district_map", t("overview.open_map", lang))
with right:
    st.html(f"<h2>{t('overview.hotline_trend', lang)}</h2>")
    metric, series = overview.monthly("answer_rate")
    blocks.lead(overview.monthly_sentence(metric, series, lang))
    caption = t("evidence.synthetic", lang)
    st.plotly_chart(
        trend.line(series, metric=metric, lang=lang, dark=dark, caption=caption, events=overview.events(lang)),
        theme=None, config=theme.CONFIG, key="overview_trend", alt=trend.spark_summary(series, metric, lang),
    )  # fmt: skip
    blocks.source_line(metric, "synthetic", lang, period=overview.span_label(series, lang))
    blocks.how(metric, lang, table="hotline_contact")
    st.html(f"<h2>{t('overview.published_title', lang)}</h2>")
    st.caption(t("overview.published_note", lang))
    blocks.published_table(overview.published_headlines(), lang)
