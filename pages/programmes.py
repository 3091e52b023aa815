"""Every programme of the plan: outputs, targets with their basis, trend and owner; the unpublished is said to be so."""

import streamlit as st

from ui import blocks, programmes, shell, view
from ui.text import t


@st.fragment
@shell.calm
def detail() -> None:
    programmes.detail(view.language())


lang = view.language()
blocks.head(t("programmes.title", lang), lang, synthetic=programmes.synthetic())
blocks.lead(programmes.lead(lang))
programmes.table(lang)
blocks.note(t("programmes.note", lang))
blocks.heading(t("programmes.detail", lang))
detail()
