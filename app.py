"""Ieum (이음): page list, navigation, language; nothing else."""

from __future__ import annotations

import streamlit as st

from ui import shell

st.set_page_config(page_title="이음 · Ieum", page_icon="🔗", layout="wide", initial_sidebar_state="auto")
page = shell.navigation()
page.run()
