"""Re-isolation over five years: today's services, what more would do, what it costs, and how far to trust it."""

import streamlit as st

from ui import blocks, shell, view
from ui.reisolation import page
from ui.text import t


@st.fragment
@shell.calm
def body() -> None:
    lang = view.language()
    blocks.head(t("reisolation.title", lang), lang, synthetic=page.synthetic())
    page.draw(lang)


body()
