"""Ieum (이음): the ASGI app. `streamlit run app.py` serves it; ui/main.py is the script that draws every page."""

from __future__ import annotations

import streamlit as st

from ui.server import MIDDLEWARE, on_script_error, warm_up

app = st.App("ui/main.py", middleware=MIDDLEWARE, on_script_error=on_script_error, lifespan=warm_up)
