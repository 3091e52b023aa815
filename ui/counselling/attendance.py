"""Who comes, who cancels, who stays away, by mode and counsellor; and at which session courses break off."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from charts import series
from data import queries
from data.codes import label
from locales import numbers, t
from ui import blocks, services
from ui.counselling.curve import drawn_to, protected_at, protected_curve

COLUMNS = ("scheduled", "attended", "dna", "cancelled_client", "cancelled_service")
PLANNED = 8
FEWEST = 30
DROPOUT: dict[str, Any] = {"time": "held", "kind": "ending", "event": "dropout", "competing": ("completed",)}


def draw(lang: str, *, where: dict[str, Any], months: queries.Span) -> None:
    """Did-not-attend and cancellations by mode and counsellor; the drop-out curve by session."""
    whole = services.total("session_daily", columns=COLUMNS, where=where)
    evidence = str(whole["evidence"])
    dna, interval = services.share_words(whole["dna"], whole["attended"] + whole["dna"], lang)
    cancelled = services.share_said(whole["cancelled_client"], whole["scheduled"], lang)
    blocks.lead(t("counselling.attendance_sentence", lang, dna=dna, interval=interval, cancelled=cancelled))
    left, right = st.columns(2, gap="large")
    with left:
        blocks.heading(t("counselling.modes", lang))
        _modes(where, lang)
        blocks.note(t("counselling.modes_note", lang))
        services.source(evidence, lang, period=services.span_words(months, lang))
    with right:
        blocks.heading(t("counselling.dropout", lang))
        _dropout(where, lang)
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
    blocks.table(heads, rows, stacked=True)


def _dropout(where: dict[str, Any], lang: str) -> None:
    """Share not yet broken off after each session; open and suspended courses are censored, completed ones compete."""
    rows = services.raw("session_held", columns=("cases",), keys=("held", "ending"), where=where)
    if rows["cases"].sum() < FEWEST:
        blocks.note(t("status.withheld", lang))
        return
    curve = protected_curve(rows, **DROPOUT)
    if curve.empty:
        blocks.note(t("status.withheld", lang))
        return
    third, all_ = (
        t("status.withheld", lang)
        if pd.isna(row["value"])
        else t(
            "services.with_limits",
            lang,
            value=numbers.percent(row["value"], 0),
            limits=numbers.interval(row["lower"], row["upper"], "percent", lang, digits=0),
        )
        for row in protected_at(rows, (3, PLANNED), **DROPOUT).to_dict("records")
    )
    blocks.note(t("counselling.dropout_sentence", lang, third=third, all=all_))
    left = drawn_to(curve, PLANNED)
    stay = (100 - left["value"]).tolist()
    hover = [
        t("counselling.hover_stay", lang, k=numbers.number(k), share=numbers.percent(v, 0))
        for k, v in zip(left["time"], stay, strict=True)
    ]
    evidence = services.evidence_of(rows)
    figure = series.lines(
        left["time"].tolist(), [series.Line(t("counselling.line_stay", lang), stay, hover)], caption=t(f"evidence.{evidence}", lang),
        suffix="%", height=300, x_title=t("counselling.axis_sessions", lang),
        band=((100 - left["upper"]).tolist(), (100 - left["lower"]).tolist()),
    )  # fmt: skip
    blocks.chart(figure, key="dropout_curve", alt=t("counselling.dropout", lang))
