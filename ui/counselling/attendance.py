"""Who comes, who cancels, who stays away, by mode and counsellor; and at which session courses break off."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from charts import series, theme
from data import queries
from data.codes import label
from locales import numbers, t
from metrics.counselling import incidence
from ui import blocks, services

COLUMNS = ("scheduled", "attended", "dna", "cancelled_client", "cancelled_service")
PLANNED = 8
FEWEST = 30


def draw(lang: str, *, where: dict[str, Any], months: queries.Span, dark: bool) -> None:
    """Did-not-attend and cancellations by mode and counsellor; the drop-out curve by session."""
    whole = services.total("session_daily", columns=COLUMNS, where=where)
    evidence = str(whole["evidence"])
    dna, interval = services.share_words(whole["dna"], whole["attended"] + whole["dna"], lang)
    cancelled, _ = services.share_words(whole["cancelled_client"], whole["scheduled"], lang)
    blocks.lead(t("counselling.attendance_sentence", lang, dna=dna, interval=interval, cancelled=cancelled))
    left, right = st.columns(2, gap="large")
    with left:
        blocks.heading(t("counselling.modes", lang))
        _modes(where, lang)
        blocks.note(t("counselling.modes_note", lang))
        services.source(evidence, lang, period=services.span_words(months, lang))
    with right:
        blocks.heading(t("counselling.dropout", lang))
        _dropout(where, lang, dark=dark)
    services.how(lang, "counselling.how_attendance")


def _modes(where: dict[str, Any], lang: str) -> None:
    heads = [
        (t(f"counselling.mode_{c}", lang), c != "name") for c in ("name", "sessions", "dna", "cancelled")
    ]
    rows = []
    for key, codes in (("mode", "session_mode"), ("counsellor_type", "counsellor_type")):
        found = services.totals("session_daily", columns=COLUMNS, keys=(key,), where=where)
        for row in found.to_dict("records"):
            dna = services.share_cells(row["dna"], row["attended"] + row["dna"], lang)
            off = services.share_cells(row["cancelled_client"], row["scheduled"], lang)
            rows.append((label(codes, row[key], lang), services.count_words(row["scheduled"], lang),
                         *(f"{value} ({limits})" if limits else value for value, limits in (dna, off))))  # fmt: skip
    blocks.table(heads, rows)


def _dropout(where: dict[str, Any], lang: str, *, dark: bool) -> None:
    """Share not yet broken off after each session; open and suspended courses are censored, completed ones compete."""
    rows = services.raw("session_held", columns=("cases",), keys=("held", "ending"), where=where)
    if rows["cases"].sum() < FEWEST:
        blocks.note(t("status.withheld", lang))
        return
    curve = incidence(rows["held"], rows["ending"], rows["cases"], event="dropout", competing=("completed",))
    curve = (
        curve[curve["time"] <= PLANNED].set_index("time").reindex(range(1, PLANNED + 1)).ffill().fillna(0.0)
    )
    low = np.clip(curve["incidence"] - 1.96 * curve["error"], 0, 1)
    high = np.clip(curve["incidence"] + 1.96 * curve["error"], 0, 1)
    stay = [100.0, *(100 * (1 - curve["incidence"])).tolist()]
    third = 100 * float(curve["incidence"][3])
    blocks.note(
        t(
            "counselling.dropout_sentence",
            lang,
            third=numbers.percent(third, 0),
            all=numbers.percent(100 * float(curve["incidence"].iloc[-1]), 0),
        )
    )
    x = list(range(PLANNED + 1))
    hover = [
        t("counselling.hover_stay", lang, k=k, share=numbers.percent(v, 0))
        for k, v in zip(x, stay, strict=True)
    ]
    evidence = services.evidence_of(rows)
    figure = series.lines(
        x, [series.Line(t("counselling.line_stay", lang), stay, hover, steps=True)], dark=dark, caption=t(f"evidence.{evidence}", lang),
        suffix="%", height=300, x_title=t("counselling.axis_sessions", lang),
        band=([100.0, *(100 * (1 - high)).tolist()], [100.0, *(100 * (1 - low)).tolist()]),
    )  # fmt: skip
    st.plotly_chart(
        figure, theme=None, config=theme.CONFIG, key="dropout_curve", alt=t("counselling.dropout", lang)
    )
