"""Twelve pages with three kept figures and three tables each; what a filter changes lives in a fragment."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

PAGES = 12


@st.cache_resource
def figures(page: int) -> list[go.Figure]:
    """Three figures of a page, built once."""
    return [
        go.Figure(go.Bar(x=list(range(25)), y=[(page + n * i) % 17 for i in range(25)])) for n in (3, 5, 7)
    ]


def table(page: int, year: int) -> str:
    """A table of 25 rows."""
    rows = "".join(f"<tr><td>{i}</td><td>{(page * year + i) % 997}</td></tr>" for i in range(25))
    return f"<table><tbody>{rows}</tbody></table>"


def draw(page: int) -> None:
    """One page."""
    st.title(f"Page {page}")

    @st.fragment
    def part() -> None:
        year = int(st.query_params.get("year", "2026"))
        st.selectbox("Year", range(2020, 2027), index=year - 2020)
        for n, figure in enumerate(figures(page)):
            st.plotly_chart(figure, key=f"figure-{n}")
            st.html(table(page + n, year))

    part()


def page(number: int) -> st.Page:
    """A page of the navigation."""
    return st.Page(
        lambda: draw(number),
        title=f"Page {number}",
        url_path=f"p{number}" if number else "",
        default=not number,
    )


st.set_page_config(page_title="Bare", layout="wide")
st.navigation([page(number) for number in range(PAGES)]).run()
