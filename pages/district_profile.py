"""One district on one page, on screen and on paper."""

import streamlit as st

from ui import blocks, shell, view
from ui.districts import profile
from ui.text import t


@st.fragment
@shell.calm
def body() -> None:
    lang = view.language()
    top = st.container()
    first, second, third = st.columns([3, 2, 3], vertical_alignment="bottom")
    with first:
        code = profile.pick_one(lang)
    with top:
        title = (
            t("profile.title", lang, name=profile.name(code, lang))
            if code
            else t("nav.district_profile", lang)
        )
        blocks.head(title, lang, synthetic=bool(code) and profile.synthetic(lang))
    if not code:
        blocks.lead(t("profile.pick_lead", lang))
        profile.tap_grid(lang, "profile_grid")
        return
    with second:
        profile.print_button(lang)
    with third:
        profile.links(code, lang)
    blocks.lead(profile.lead(code, lang))
    profile.measures(code, lang)
    profile.changes(code, lang)
    profile.services(code, lang)
    profile.money(code, lang)
    profile.peers(code, lang)
    profile.dong(code, lang)


body()
