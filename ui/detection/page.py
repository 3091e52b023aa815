"""The detection page's filters and which of its questions is open."""

from __future__ import annotations

import streamlit as st

from locales import t
from ui import blocks, services, view
from ui.detection import points, signs, steps

PARTS = ("steps", "signs", "workload", "points")
MONTHS = ("6", "12", "18")
LAG = 2  # assessment takes up to seven weeks: the last two months are not final


def synthetic() -> bool:
    """Whether any flagged household on record is synthetic."""
    return bool(services.raw("detection_monthly", columns=("flagged",))["synthetic"].any())


def draw(lang: str) -> None:
    """Filters, then the question that is open."""
    part = view.choose("detect", PARTS, label=t("services.question", lang), say=lambda p: t(f"detection.part_{p}", lang), kind="segments")  # fmt: skip
    first, _ = st.columns([2, 7])
    with first:
        months = int(view.choose("seen", MONTHS, label=t("services.period", lang), default="12", say=lambda m: t("services.months", lang, n=m)))  # fmt: skip
    span = services.span(months, skip=0 if part == "points" else LAG)
    if part != "points":
        blocks.note(t("detection.lag", lang, span=services.span_words(span, lang)))
        if (
            services.raw("detection_monthly", columns=("flagged",), where={"month_key": span})["flagged"]
            .fillna(0)
            .sum()
            == 0
        ):
            blocks.lead(t("chart.no_figures", lang))
            return
    if part == "steps":
        steps.draw(lang, months=span)
    elif part == "signs":
        signs.draw(lang, months=span)
    elif part == "workload":
        steps.workload(lang, months=span)
    else:
        points.draw(lang, months=span)
    blocks.note(t("detection.no_people", lang))
