"""What every question's view is made of: a clickable chart, the table of what is shown, and its CSV."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from locales import t
from ui import blocks, view


def pick(key: str) -> None:
    """A click on a chart picks the district; a click on empty ground changes nothing."""
    code = blocks.clicked(key)
    if code:
        view.put("gu", code[:4] + "0", "")


def clickable(figure: dict[str, Any], key: str, alt: str, *, then: Callable[[], None] | None = None) -> None:
    """A chart whose areas can be picked."""
    blocks.chart(figure, key=key, alt=alt, selection_mode="points", on_select=then or (lambda: pick(key)))


def foot(rows: Callable[[], pd.DataFrame], *, name: str, synthetic: bool, lang: str) -> None:
    """The table of exactly what is shown, on demand, and the same rows as a CSV."""
    if st.toggle(t("map.table", lang), key="show_table"):
        blocks.frame_table(rows())
    blocks.download(rows, name=f"ieum_{name}{'_synthetic' if synthetic else ''}.csv", lang=lang)
