"""An app for the bench of the door: a page to look at, and one that takes a file as the import pages do."""

from __future__ import annotations

import streamlit as st

app = st.App("door_main.py")
