"""Every service measure on its control chart: what needs a decision first, why, and what its target says."""

import streamlit as st

from ui import blocks, kpis, kpitable, shell, view
from ui.text import t


@st.fragment
@shell.calm
def detail() -> None:
    kpitable.detail(view.language())


lang = view.language()
found = kpis.every()
blocks.head(t("kpi.title", lang), lang, synthetic=kpis.synthetic(found))
blocks.lead(kpitable.lead(found, lang))
kpitable.remedies(found, lang)
kpitable.table(found, lang)
blocks.note(kpitable.family(found, lang))
blocks.note(t("kpi.icons", lang))
blocks.heading(t("kpi.detail", lang))
detail()
