"""One question, one answer, one map: where need is, whether it changes, whether it is reached, and how sure that is."""

import streamlit as st

from ui import blocks, shell, view
from ui.districts import change, choice, clusters, compare, funnels, level, reach, years
from ui.text import t

ANSWERS = {
    "need": level.draw, "change": change.draw, "reach": reach.draw, "gap": reach.draw_gap, "funnel": funnels.draw,
    "cluster": clusters.draw, "years": years.draw, "compare": compare.draw,
}  # fmt: skip


@st.fragment
@shell.calm
def body() -> None:
    lang = view.language()
    top = st.container()  # the title speaks for what the filters choose, and stands above them
    asked = choice.ask(lang)
    synthetic = ANSWERS[asked.question](asked, lang)
    with top:
        blocks.head(t(f"district.title_{asked.question}", lang), lang, synthetic=synthetic)
    if asked.district:
        shell.link("district_profile", t("district.open_profile", lang), gu=asked.district)


body()
