"""The plan in one view: what needs attention first, then money, need, reach, services and re-isolation."""

import streamlit as st

from charts import trend
from ui import blocks, cards, overview, shell, view
from ui.districts import profile
from ui.text import t

lang = view.language()
if overview.opens_profile():
    shell.open_page("district_profile")
changes = overview.watched()
found = overview.attention(changes)

blocks.head(t("overview.title", lang), lang, synthetic=overview.any_synthetic(changes))
blocks.lead(overview.lead_sentence(found, lang))
with st.expander(t("profile.mine", lang), icon=":material/location_on:", width=460):
    profile.tap_grid(lang, "my_district")
st.html(overview.attention_html(found, lang))
shell.link("kpi", t("kpi.open", lang))

blocks.heading(t("overview.plan", lang))
blocks.cards(cards.all_five(lang))
shell.link("reisolation", t("reisolation.open", lang))

left, right = st.columns([1, 1], gap="large")
with left:
    blocks.heading(t("overview.census_title", lang))
    overview.doorway("one_person_share", 2025, lang)
    shell.link("district_map", t("overview.open_map", lang), indicator="one_person_share")
with right:
    blocks.heading(t("overview.hotline_trend", lang))
    metric, series = overview.monthly("answer_rate")
    blocks.lead(overview.monthly_sentence(metric, series, lang))
    evidence = blocks.evidence_of(series)
    caption = t(f"evidence.{evidence}", lang)
    blocks.chart(
        trend.line(series, metric=metric, lang=lang, caption=caption, events=overview.events(lang)),
        key="overview_trend",
        alt=trend.spark_summary(series, metric, lang),
    )
    blocks.source_line(metric, evidence, lang, period=overview.span_label(series, lang))
    blocks.how(metric, lang, table="hotline_contact")
blocks.heading(t("overview.published_title", lang))
blocks.note(t("overview.published_note", lang))
blocks.published_table(overview.published_headlines(), lang)
