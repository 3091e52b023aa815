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
    blocks.heading(t("about.rule_title", lang))
    st.markdown(t("about.rule", lang))
with second:
    blocks.heading(t("about.synthetic_title", lang))
    st.markdown(t("about.synthetic", lang))

blocks.heading(t("about.metrics", lang))
about.metric_table((*registry.METRICS, registry.REACH), lang)
blocks.heading(t("about.sources", lang))
about.source_table(lang)
blocks.heading(t("about.published", lang))
blocks.note(t("overview.published_note", lang))
topics = about.topics()
if topics:
    topic = view.choose(
        "topic", topics, label=t("about.topic", lang), say=lambda code: about.topic_name(code, lang)
    )
    about.published_of(topic, lang)
