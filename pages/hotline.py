"""The hotline: what becomes of contacts, how long they wait, when they come, who returns, what staffing would fix."""

import streamlit as st

from ui import blocks, shell, view
from ui.hotline import page
from ui.text import t


@st.fragment
@shell.calm
def body() -> None:
    lang = view.language()
    blocks.head(t("hotline.title", lang), lang, synthetic=page.synthetic())
    page.draw(lang)


body()
