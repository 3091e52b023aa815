"""Ieum (이음): the ASGI app. `python -m serve` starts it, `streamlit run app.py` too; ui/main.py draws every page."""

from __future__ import annotations

import streamlit as st
from starlette.middleware import Middleware

from serve.packed import Packed, version_fonts
from serve.page import Page
from ui.server import on_script_error, warm_up

version_fonts()
app = st.App(
    "ui/main.py",
    middleware=[Middleware(Page), Middleware(Packed)],
    on_script_error=on_script_error,
    lifespan=warm_up,
)
