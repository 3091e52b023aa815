"""The yardstick: Streamlit itself with twelve small pages, served by the same code as ours."""

from __future__ import annotations

import streamlit as st

app = st.App("main.py")
