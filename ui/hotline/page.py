"""The hotline page's filters and which of its questions is open."""

from __future__ import annotations

import streamlit as st

from locales import t
from ui import blocks, services, view
from ui.hotline import flow, hours, staffing, waits, who

PARTS = ("flow", "waits", "hours", "callers", "staffing")
MONTHS = ("3", "12", "24")
TARGETS_S = ("10", "20", "30", "60")


def synthetic() -> bool:
    """Whether any contact on record is synthetic."""
    rows = services.raw("hotline_monthly", columns=("attempts",))
    return bool(rows["synthetic"].any())


def draw(lang: str) -> None:
    """Filters, then the question that is open."""
    part = view.choose("part", PARTS, label=t("services.question", lang), say=lambda p: t(f"hotline.part_{p}", lang), kind="segments")  # fmt: skip
    first, second, third, _ = st.columns([2, 2, 2, 3])
    with first:
        months = int(view.choose("months", MONTHS, label=t("services.period", lang), default="12", say=lambda m: t("services.months", lang, n=m)))  # fmt: skip
    channel = ""
    if part != "staffing":
        with second:
            channel = view.choose("channel", ["", "phone", "chat"], label=t("hotline.channel", lang), default="",
                                  say=lambda c: t(f"hotline.channel_{c or 'all'}", lang))  # fmt: skip
    target_s = 20
    if part in ("waits", "staffing"):
        with second if part == "staffing" else third:
            target_s = int(view.choose("target_s", TARGETS_S, label=t("hotline.target_s", lang), default="20", say=lambda s: t("hotline.seconds", lang, n=s)))  # fmt: skip
    span = services.span(months)
    if (
        services.raw("hotline_monthly", columns=("attempts",), where={"month_key": span})["attempts"]
        .isna()
        .all()
    ):
        blocks.lead(t("chart.no_figures", lang))
        return
    if part == "flow":
        flow.draw(lang, channel=channel, months=span)
    elif part == "waits":
        waits.draw(lang, channel=channel, months=span, target_s=target_s)
    elif part == "hours":
        hours.draw(lang, channel=channel, months=span)
    elif part == "callers":
        who.draw(lang, channel=channel, months=span)
    else:
        staffing.draw(lang, months=span, target_s=target_s)
    blocks.note(t("hotline.not_people", lang))
