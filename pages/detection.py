"""Detection: from 46 crisis signals to enrolment, which signs find isolation, what a threshold costs, contact points."""

import streamlit as st

from ui import blocks, shell, view
from ui.detection import page
from ui.text import t


@st.fragment
@shell.calm
def body() -> None:
    lang = view.language()
    blocks.head(t("detection.title", lang), lang, synthetic=page.synthetic())
    page.draw(lang)


body()
