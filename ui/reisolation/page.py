"""The re-isolation page's questions, and what it says when there is nothing to model or the model may not be shown."""

from __future__ import annotations

import streamlit as st

from forecast.reisolation.backtest import Record
from locales import t
from ui import blocks, view
from ui.reisolation import assumptions, compared, money, past, seen, source, trust, whatif

# What stands on the forecast and is withheld with it, and what does not.
FORECASTS = {"whatif": whatif.draw, "compare": compared.draw, "cost": money.draw}
OPEN = {"seen": seen.draw, "trust": trust.draw}
PARTS = (*FORECASTS, *OPEN, "assumptions")


def synthetic() -> bool:
    """Whether any spell on record is synthetic."""
    return source.register().evidence == "synthetic"


def draw(lang: str) -> None:
    """The open question; a forecast that failed its own record is withheld, and what was seen stands in its place."""
    part = view.choose("part", PARTS, label=t("services.question", lang), say=lambda p: t(f"reisolation.part_{p}", lang), kind="segments")  # fmt: skip
    with st.spinner(t("reisolation.reckoning", lang)):
        found = source.register()
    if found.model is None:
        blocks.lead(t("reisolation.nobody", lang))
        seen.limits_said(found, lang)
        return
    if part == "assumptions":
        assumptions.draw(found, lang)
        return
    if part in OPEN:
        OPEN[part](found, lang)
        return
    with st.spinner(t("reisolation.reckoning", lang)):
        record = source.record()
    if record is None or not record.verdict.published:
        _withheld(found, record, lang)
        return
    FORECASTS[part](found, lang)
    past.keep(found)


def _withheld(found: source.Register, record: Record | None, lang: str) -> None:
    """Why no forecast is shown, and what was seen in its place."""
    said = t("reisolation.no_record", lang) if record is None else trust.verdict_words(record, lang)
    blocks.lead(said, t("reisolation.withheld", lang))
    seen.draw(found, lang)
