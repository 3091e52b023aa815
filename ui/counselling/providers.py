"""Providers and districts on a funnel plot: which differ by more than chance, without a league table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from charts import theme
from charts.funnelplot import funnel_plot, outside
from data import queries
from locales import numbers, t
from ui import access, blocks, services, view

MEASURES = {"start": ("started", "referred"), "dropout": ("dropped_out", "ended"), "paired": ("paired", "completed"),
            "recovery": ("recovered", "at_caseness")}  # fmt: skip
FEWEST = 30  # also the size below which a unit is not shown as 0 % or 100 %


def draw(lang: str, *, where: dict[str, Any], months: queries.Span, dark: bool) -> None:
    """One measure by provider or district."""
    left, right, _ = st.columns([4, 3, 3])
    with left:
        measure = view.choose("rate", list(MEASURES), label=t("counselling.funnel_measure", lang), say=lambda m: t(f"counselling.funnel_{m}", lang))  # fmt: skip
    with right:
        unit = view.choose("unit", ["provider", "district"], label=t("counselling.funnel_unit", lang), kind="segments", say=lambda u: t(f"counselling.unit_{u}", lang))  # fmt: skip
    top, bottom = MEASURES[measure]
    key = "provider_id" if unit == "provider" else "area_code"
    rows = services.totals("case_course", columns=(top, bottom), keys=(key,), where=where)
    whole = services.total("case_course", columns=(top, bottom), where=where)
    shown = rows[rows[top].notna() & (rows[bottom] >= FEWEST)].copy()
    if shown.empty or not whole[bottom] or pd.isna(whole[top]):
        blocks.lead(t("status.withheld", lang))
        return
    centre = float(whole[top] / whole[bottom])
    shown["share"] = np.minimum(shown[top], shown[bottom]) / shown[bottom]
    shown["side"] = outside(shown["share"], shown[bottom], centre)
    names = access.district_names(lang)
    shown["label"] = [names.get(c, c) for c in shown[key]]
    above, below = (shown.loc[shown["side"] == s, "label"].tolist() for s in (1, -1))
    blocks.lead(t("counselling.funnel_sentence" if above or below else "counselling.funnel_none", lang, n=len(shown),
                  city=numbers.percent(100 * centre), above=len(above), below=len(below)))  # fmt: skip
    named = ", ".join([*(f"▲ {n}" for n in above[:6]), *(f"▼ {n}" for n in below[:6])])
    blocks.note(t("counselling.funnel_key", lang) + (f" {named}" if named else ""))
    hover = [f"{row['label']}<br><b>{numbers.percent(100 * row['share'], 0)}</b> · {t(f'counselling.base_{bottom}', lang)} {numbers.number(row[bottom])}"
             for row in shown.to_dict("records")]  # fmt: skip
    evidence = "synthetic" if (rows["evidence"] == "synthetic").any() else "recorded"
    figure = funnel_plot(shown["share"].tolist(), shown[bottom].tolist(), centre, hover=hover, dark=dark, caption=t(f"evidence.{evidence}", lang),
                         x_title=t(f"counselling.base_{bottom}", lang))  # fmt: skip
    st.plotly_chart(
        figure,
        theme=None,
        config=theme.CONFIG,
        key="provider_funnel",
        alt=t("counselling.funnel_none", lang, n=len(shown), city=numbers.percent(100 * centre)),
    )
    hidden = len(rows) - len(shown)
    if hidden:
        blocks.note(t("counselling.funnel_hidden", lang, n=hidden, least=FEWEST))
    services.source(evidence, lang, period=services.span_words(months, lang))
    services.how(lang, "counselling.how_funnel")
