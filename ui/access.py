"""What re-isolation still reads past its answers: a query's rows, cached until a batch lands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from ui import store, view


@st.cache_resource(max_entries=256, show_spinner=False)
def _read(name: str, version: int, address: str, _query: Callable[..., Any]) -> Any:
    with store.connect() as connection:
        return _query(connection)


def read(query: Callable[..., Any]) -> Any:
    """The answer of a query that takes a connection. It is shared: do not change it."""
    return _read(f"{query.__module__}.{query.__name__}", store.version(), store.url(), query)


def published_facts(topic: str | None = None) -> pd.DataFrame:
    """Published figures of a topic."""
    return view.reader().facts(topic)


def events() -> pd.DataFrame:
    """Current events in date order."""
    return view.reader().events()
