"""Change on the loneliness scale: reliable change, no cut-off, and where its reliability comes from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data import queries
from data.codes import label
from locales import numbers, t
from metrics.counselling import reliability_interval, smallest_reliable
from ui import access, blocks, services

INSTRUMENT = "UCLA-20"
FEWEST = 30


def draw(where: dict[str, Any], lang: str) -> None:
    """Reliable change with our own spread and the reliability on record, or an assumed one while there is none."""
    pairs = services.raw("score_pair", columns=("cases",), keys=("first", "last"),
                         where={"month_key": where["month_key"], "instrument": INSTRUMENT})  # fmt: skip
    n = pairs["cases"].sum() if len(pairs) else 0
    if n < FEWEST:
        blocks.note(t("status.withheld", lang))
        return
    sd, stability = spread(pairs)
    reliability = _measured(sd, lang)
    if reliability is None:
        reliability = st.number_input(t("counselling.reliability", lang), min_value=0.50, max_value=0.99, value=0.90, step=0.01, key="ucla_reliability",
                                      help=t("counselling.reliability_help", lang, r=numbers.number(stability, 2)))  # fmt: skip
        blocks.note(t("counselling.loneliness_sentence", lang, sd=numbers.number(sd, 1), r=numbers.number(reliability, 2),
                      points=numbers.number(smallest_reliable(sd, reliability), 1)))  # fmt: skip
    needed = smallest_reliable(sd, reliability)
    fall = pairs["first"] - pairs["last"]
    counts = {"better": pairs.loc[fall > needed, "cases"].sum(), "same": pairs.loc[fall.abs() <= needed, "cases"].sum(),
              "worse": pairs.loc[fall < -needed, "cases"].sum()}  # fmt: skip
    rows = []
    for name, count in counts.items():
        pair = services.protected(pd.Series([count, n]))
        rows.append((t(f"counselling.change_{name}", lang), *services.share_cells(pair[0], pair[1], lang)))
    blocks.table(
        [(t(f"counselling.outcome_{c}", lang), c != "name") for c in ("name", "value", "interval")],
        rows,
        stacked=True,
    )
    blocks.note(t("counselling.loneliness_note", lang, r=numbers.number(stability, 2)))


def _measured(sd: float, lang: str) -> float | None:
    """The newest usable reliability on record, said with its method, people, limits, date and author; None without."""
    rows = access.read(queries.reliabilities)
    usable = rows[
        (rows["instrument"] == INSTRUMENT) & rows["value"].between(0.01, 0.99) & (rows["people"] >= FEWEST)
    ]
    if usable.empty:
        return None
    row = usable.iloc[0]
    value = float(row["value"])
    items = None if pd.isna(row["items"]) else int(row["items"])
    low, high = reliability_interval(value, method=row["method"], people=int(row["people"]), items=items)
    limits = "–" if np.isnan(low) else f"{numbers.number(low, 2)}–{numbers.number(high, 2)}"
    widest = (
        "–"
        if np.isnan(low)
        else f"{numbers.number(smallest_reliable(sd, high), 1)}–{numbers.number(smallest_reliable(sd, low), 1)}"
    )
    source = _half(row["source"], lang) or t("counselling.no_source", lang)
    blocks.note(t("counselling.reliability_measured", lang, sd=numbers.number(sd, 1), r=numbers.number(value, 2), limits=limits,
                  method=label("reliability_method", row["method"], lang), n=numbers.number(row["people"]), day=numbers.day(row["measured_on"], lang),
                  author=_half(row["author"], lang), source=source, points=numbers.number(smallest_reliable(sd, value), 1), range=widest))  # fmt: skip
    if row["synthetic"]:
        st.html(f'<p class="ieum-source">{blocks.mark("synthetic", lang)}</p>')
    return value


def _half(text: object, lang: str) -> str:
    """One language of a note kept as 'Korean / English'."""
    ko, _, en = (text if isinstance(text, str) else "").partition(" / ")
    return ko if lang == "ko" or not en else en


def spread(pairs: pd.DataFrame) -> tuple[float, float]:
    """SD of first scores and their correlation with last ones, over weighted pairs."""
    w, first, last = (pairs[c].to_numpy(dtype=float) for c in ("cases", "first", "last"))
    cov = np.cov(np.stack([first, last]), fweights=w.astype(int))
    return float(np.sqrt(cov[0, 0])), float(cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1]))
