"""What scores say at the end: the recovery family with its gate, loneliness by reliable change, bulk closures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data import queries
from locales import numbers, t
from metrics import spc
from metrics.counselling import PAIRED_GATE, bulk_closures
from ui import blocks, services
from ui.counselling import loneliness

FAMILY = (("recovery", "recovered", "at_caseness"), ("reliable_improvement", "reliably_improved", "completed"),
          ("reliable_recovery", "reliably_recovered", "at_caseness"), ("reliable_deterioration", "reliably_deteriorated", "completed"))  # fmt: skip
COLUMNS = (
    "completed",
    "paired",
    "at_caseness",
    "recovered",
    "reliably_improved",
    "reliably_recovered",
    "reliably_deteriorated",
)


def draw(lang: str, *, where: dict[str, Any], months: queries.Span) -> None:
    """Outcomes with Wilson limits; greyed while too few scores are paired."""
    sums = services.total("outcome_monthly", columns=COLUMNS, where=where)
    paired, interval = services.share_words(sums["paired"], sums["completed"], lang)
    gated = bool(sums["paired"] / sums["completed"] < PAIRED_GATE) if sums["completed"] else True
    recovery = services.share_said(sums["recovered"], sums["at_caseness"], lang)
    key = "counselling.gate_closed" if gated else "counselling.gate_open"
    blocks.lead(t(key, lang, paired=paired, interval=interval, recovery=recovery))
    left, right = st.columns([6, 5], gap="large")
    with left:
        blocks.heading(t("counselling.family", lang))
        blocks.note(t("counselling.ended_note", lang, span=services.span_words(months, lang)))
        _family(sums, lang, gated=gated)
        blocks.heading(t("counselling.carried", lang), level=3)
        _carried(where, lang)
        blocks.heading(t("counselling.cohort", lang), level=3)
        _cohort(where, months, lang, gated=gated)
        blocks.note(t("counselling.no_control", lang))
        services.source(str(sums["evidence"]), lang, period=services.span_words(months, lang))
    with right:
        blocks.heading(t("counselling.loneliness", lang))
        blocks.note(t("counselling.loneliness_all", lang))
        loneliness.draw(where, lang)
    blocks.heading(t("counselling.bulk", lang))
    _bulk(where, lang)
    services.how(lang, "counselling.how_outcomes", "counselling.how_bulk")


def _family(sums: pd.Series, lang: str, *, gated: bool) -> None:
    """Each outcome of the ended, on its own denominator."""
    rows = []
    for name, top, bottom in FAMILY:
        value, limits = services.share_cells(sums[top], sums[bottom], lang)
        rows.append((t(f"counselling.{name}", lang), _base(bottom, sums[bottom], lang), value, limits))
    blocks.table(_heads(lang), rows, classes=["missing" if gated else ""] * len(rows), stacked=True)


def _carried(where: dict[str, Any], lang: str) -> None:
    """The same outcomes with the last known score carried forward: a sensitivity, beside the paired ones."""
    sums = services.total("course_end", columns=("completed", "scored", *(n for n in COLUMNS if n not in ("completed", "paired"))), where=where)  # fmt: skip
    scored, interval = services.share_words(sums["scored"], sums["completed"], lang)
    blocks.note(t("counselling.carried_note", lang, scored=scored, interval=interval))
    rows = []
    for name, top, bottom in FAMILY:
        base = "scored" if bottom == "completed" else bottom
        value, limits = services.share_cells(sums[top], sums[base], lang)
        label = t("counselling.carried_row", lang, name=t(f"counselling.{name}", lang))
        rows.append((label, _base(base, sums[base], lang), value, limits))
    blocks.table(_heads(lang), rows, stacked=True)


def _cohort(where: dict[str, Any], months: queries.Span, lang: str, *, gated: bool) -> None:
    """Recovered, of all started and all referred in the period: the worst case, as a missing score counts as none."""
    cohort = services.total("case_course", columns=("referred", "started", "recovered", "reliably_recovered", "ended"), where=where)  # fmt: skip
    blocks.note(t("counselling.cohort_note", lang, span=services.span_words(months, lang),
                  open=services.counted(cohort["referred"] - cohort["ended"], lang, "cases")))  # fmt: skip
    rows = []
    for name, top in (("recovery", "recovered"), ("reliable_recovery", "reliably_recovered")):
        for base in ("started", "referred"):
            value, limits = services.share_cells(cohort[top], cohort[base], lang)
            rows.append((t("counselling.worst_case", lang, name=t(f"counselling.{name}", lang)), _base(base, cohort[base], lang), value, limits))  # fmt: skip
    blocks.table(_heads(lang), rows, classes=["missing" if gated else ""] * len(rows), stacked=True)


def _heads(lang: str) -> list[tuple[str, bool]]:
    return [(t(f"counselling.outcome_{c}", lang), c not in ("name", "base")) for c in ("name", "base", "value", "interval")]  # fmt: skip


def _base(name: str, count: float, lang: str) -> str:
    return t("counselling.of_n", lang, base=t(f"counselling.base_{name}", lang), n=services.counted(count, lang, "cases"))  # fmt: skip


def _bulk(where: dict[str, Any], lang: str) -> None:
    """Months with more closures than usual and fewer paired scores than usual (D14)."""
    rows = services.totals("outcome_monthly", columns=("completed", "paired"), keys=("month_key",),
                           where={k: v for k, v in where.items() if k != "month_key"})  # fmt: skip
    closed = services.totals(
        "case_monthly",
        columns=("ended",),
        keys=("month_key",),
        where={k: v for k, v in where.items() if k != "month_key"},
    )
    both = closed.merge(rows[["month_key", "completed", "paired"]], on="month_key", how="left")
    both = both[both["month_key"] <= where["month_key"].high]
    if both["ended"].notna().sum() < spc.FEWEST:
        blocks.note(t("counselling.bulk_short", lang))
        return
    tops = np.minimum(both["paired"], both["completed"])
    flagged = bulk_closures(spc.xmr(both["ended"], screen=True), spc.p_chart(tops, both["completed"]))
    months = [int(m) for m, hit in zip(both["month_key"], flagged, strict=True) if hit]
    if not months:
        blocks.note(t("counselling.bulk_none", lang))
        return
    found = both.set_index("month_key")
    for month in months:
        share, _ = services.share_cells(found["paired"][month], found["completed"][month], lang)
        blocks.note(
            t(
                "counselling.bulk_found",
                lang,
                month=numbers.month(month, lang),
                n=services.counted(found["ended"][month], lang, "cases"),
                paired=share,
            )
        )
