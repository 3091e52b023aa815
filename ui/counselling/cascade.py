"""From referral to follow-up, on three denominators: a rate among those who stay says nothing of those who left."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from charts.steps import Step, funnel
from data import queries
from locales import t
from ui import blocks, services

STEPS = ("referred", "started", "second", "completed", "reached_8", "followed_up")
BASES = ("referred", "started", "completed")


def draw(lang: str, *, where: dict[str, Any], months: queries.Span) -> None:
    """The steps of the cohorts referred in the period."""
    sums = services.total("case_course", columns=(*STEPS, "ended"), where=where)
    evidence = str(sums["evidence"])
    started, interval = services.share_words(sums["started"], sums["referred"], lang)
    done, _ = services.share_words(sums["completed"], sums["referred"], lang)
    blocks.lead(t("counselling.cascade_sentence", lang, referred=services.counted(sums["referred"], lang, "cases"), started=started,
                  interval=interval, completed=done))  # fmt: skip
    left, right = st.columns([5, 6], gap="large")
    with left:
        blocks.heading(t("counselling.cascade", lang))
        steps = []
        for name in STEPS:
            value = sums[name]
            note = services.share_words(value, sums["referred"], lang)[0] if name != "referred" else ""
            known = None if pd.isna(value) else float(value)
            steps.append(
                Step(
                    t(f"counselling.step_{name}", lang),
                    known,
                    note if known is not None else t("status.suppressed", lang),
                )
            )
        alt = " · ".join(f"{s.label} {s.note}" for s in steps)
        blocks.chart(funnel(steps, caption=t(f"evidence.{evidence}", lang)), key="course_funnel", alt=alt)
    with right:
        blocks.heading(t("counselling.bases", lang))
        heads = [
            (t("counselling.col_step", lang), False),
            *((t(f"counselling.base_{b}", lang), True) for b in BASES),
        ]
        rows = []
        for name in STEPS[1:]:
            cells = []
            for base in BASES:
                later = STEPS.index(name) > STEPS.index(base)
                value, limits = services.share_cells(sums[name], sums[base], lang) if later else ("–", "")
                cells.append(f"{value} ({limits})" if limits else value)
            rows.append((t(f"counselling.step_{name}", lang), *cells))
        blocks.table(heads, rows, stacked=True)
        opened = sums["referred"] - sums["ended"]
        blocks.note(t("counselling.still_open", lang, n=services.counted(opened, lang, "cases")))
    services.source(evidence, lang, period=services.span_words(months, lang))
    services.how(lang, "counselling.how_cascade")
