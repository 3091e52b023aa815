"""The counselling page's filters and which of its questions is open."""

from __future__ import annotations

from typing import Any

import streamlit as st

from locales import t
from ui import access, blocks, services, view
from ui.counselling import attendance, cascade, outcomes, providers, waits

PARTS = ("cascade", "waits", "attendance", "outcomes", "providers")
PROGRAMMES = ("mind_counselling", "counselling_voucher", "peer_counselling")
MONTHS = ("6", "12", "24", "36")


def synthetic() -> bool:
    """Whether any course on record is synthetic."""
    return bool(services.raw("case_course", columns=("referred",))["synthetic"].any())


def draw(lang: str) -> None:
    """Filters, then the question that is open."""
    part = view.choose("course", PARTS, label=t("services.question", lang), say=lambda p: t(f"counselling.part_{p}", lang), kind="segments")  # fmt: skip
    first, second, _ = st.columns([2, 4, 3])
    with first:
        months = int(view.choose("span", MONTHS, label=t("services.period", lang), default="12", say=lambda m: t("services.months", lang, n=m)))  # fmt: skip
    names = access.programme_names(lang)
    with second:
        programme = view.choose("programme", ["", *PROGRAMMES], label=t("counselling.programme", lang), default="",
                                say=lambda code: names.get(code, t("counselling.all_programmes", lang)))  # fmt: skip
    span = services.span(months)
    where: dict[str, Any] = {"month_key": span} | ({"programme_id": programme} if programme else {})
    if services.raw("case_course", columns=("referred",), where=where)["referred"].fillna(0).sum() == 0:
        blocks.lead(t("chart.no_figures", lang))
        return
    if part == "cascade":
        cascade.draw(lang, where=where, months=span)
    elif part == "waits":
        waits.draw(lang, where=where, months=span)
    elif part == "attendance":
        attendance.draw(lang, where=where, months=span)
    elif part == "outcomes":
        outcomes.draw(lang, where=where, months=span)
    else:
        providers.draw(lang, where=where, months=span)
