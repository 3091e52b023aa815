"""Small interactive pieces of the district profile: a grid to pick a district from, and printing."""

from __future__ import annotations

import streamlit as st

from answers.answer import Answer
from answers.districts import mapview
from locales import t
from ui import draw, view

_PRINT = st.components.v2.component(
    "ieum_print",
    html='<button type="button" class="ieum-print">인쇄 · Print</button>',
    css=".ieum-print { font: inherit; padding: .3rem .9rem; border: 1px solid currentColor; border-radius: 6px; background: none; color: inherit; cursor: pointer; min-height: 2.4rem; }",
    js="""export default ({ data, parentElement }) => {
        const button = parentElement.querySelector('button');
        button.textContent = data.label;
        button.onclick = () => window.print();
    };""",
)


@draw.piece("profile.grid")
def grid(data: None, found: Answer) -> None:
    """All districts as buttons: one tap picks one and opens its profile."""
    names, key = view.reader().district_names(found.lang), "profile_grid"

    def opened() -> None:
        if st.session_state[key]:
            view.put("gu", st.session_state[key], "")
            st.session_state["open_page"] = "district_profile"

    st.pills(
        t("profile.pick", found.lang),
        list(names),
        format_func=lambda code: mapview.short(names[code]),
        key=key,
        on_change=opened,
        label_visibility="collapsed",
    )


@draw.piece("profile.print")
def print_button(data: None, found: Answer) -> None:
    """Print this page, or save it as a PDF."""
    with st.container(key="noprint_print"):
        _PRINT(data={"label": t("profile.print", found.lang)}, key="print")
