"""Every definition, source and published figure behind the screens."""

import streamlit as st

from metrics import registry
from ui import about, blocks, view
from ui.text import t

lang = view.language()
blocks.head(t("about.title", lang), lang, synthetic=False)
blocks.lead(t("about.lead", lang))

first, second = st.columns(2, gap="large")
with first:
    st.html(f"<h2>{t('about.rule_title', lang)}</h2>")
    st.markdown(t("about.rule", lang))
with second:
    st.html(f"<h2>{t('about.synthetic_title', lang)}</h2>")
    st.markdown(t("about.synthetic", lang))

st.html(f"<h2>{t('about.metrics', lang)}</h2>")
about.metric_table(registry.METRICS, lang)
st.html(f"<h2>{t('about.sources', lang)}</h2>")
about.source_table(lang)
st.html(f"<h2>{t('about.published', lang)}</h2>")
st.caption(t("overview.published_note", lang))
topic = view.choose(
    "topic", about.topics(), label=t("about.topic", lang), say=lambda code: about.topic_name(code, lang)
)
about.published_of(topic, lang)
