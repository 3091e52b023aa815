"""Two pages: a figure and a table to look at; and a file of the bench's own folder, received like one from outside."""

from __future__ import annotations

import os
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

from data.imports import Lookups, receive
from geo import own_boundaries as own


def look() -> None:
    """Something to look at."""
    year = int(st.query_params.get("year", "2026"))
    st.plotly_chart(go.Figure(go.Bar(x=list(range(25)), y=[(year * i) % 17 for i in range(25)])))
    st.html("<table>" + "".join(f"<tr><td>{i}</td><td>{year}</td></tr>" for i in range(25)) + "</table>")


def take() -> None:
    """Receive the file that is named."""
    name = Path(st.query_params["file"]).name
    content = (Path(os.environ["BENCH_FILES"]) / name).read_bytes()
    try:
        if name.startswith("boundary"):
            own.receive(name, content)
            st.text("taken")
        else:
            parsed = receive(name, content, lookups=Lookups({}, frozenset(), {}, {}, {}))
            st.text("taken" if parsed.ok else "refused")
    except own.Refused as refused:
        st.text(refused.kind)


st.navigation([st.Page(look, default=True), st.Page(take, url_path="take")]).run()
