"""What runs on every visit and every change: page list, navigation, language; nothing else.

It stands here and not beside `pages/`, because Streamlit would take that folder for its older kind of
multipage app and run a deep-linked page without this script.
"""

from __future__ import annotations

import streamlit as st

from ui import shell, store, view

st.set_page_config(
    page_title="이음 · Ieum",
    page_icon=store.static_url("ieum-mark.svg"),
    layout="wide",
    initial_sidebar_state="auto",
)
with view.one_run():
    shell.navigation().run()
