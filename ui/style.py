"""What every page carries: our style sheet and the page's language. Its script (ui/static/ieum.js) comes with the first HTML."""

from __future__ import annotations

import streamlit as st

from charts import theme
from ui import store, view


def style(lang: str) -> None:
    """Our style sheet, and the page's language."""
    inks = " ".join(
        f"--{name}: {theme.colour(f'@{name}', view.palette())};"
        for name in ("accent", "better", "worse", "steady")
    )
    ground = st.get_option("theme.dark.backgroundColor")
    dark = f":root {{ {inks} --hair: rgba(165,178,191,.32); --ground: {ground}; }}"
    # By URL: the browser fetches the sheet once, and a rerun carries 40 bytes of it instead of 7 kB.
    # The script reads the language here: Streamlit's page says lang="en" whatever it shows, and a screen reader would read Korean with English sounds.
    st.html(
        f"<style>@import url('{store.static_url('ieum.css')}'); {dark if view.dark() else ''}</style>"
        f'<span class="ieum-page" data-lang="{lang}" hidden></span>'
    )
