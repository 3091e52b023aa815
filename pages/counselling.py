"""Counselling: who gets from referral to follow-up, how long they wait, who stays, what scores say, where it differs."""

import streamlit as st

from ui import blocks, shell, view
from ui.counselling import page
from ui.text import t


@st.fragment
@shell.calm
def body() -> None:
    lang = view.language()
    blocks.head(t("counselling.title", lang), lang, synthetic=page.synthetic())
    page.draw(lang)


body()
