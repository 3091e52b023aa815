"""From households that show signals to those enrolled, and what each threshold would ask of the teams."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from charts.steps import Step, funnel
from data import queries
from locales import numbers, t
from ui import blocks, services

STEPS = ("flagged", "contacted", "confirmed", "enrolled")
THRESHOLDS = (1, 2, 3, 4, 5, 6, 7)


def draw(lang: str, *, months: queries.Span) -> None:
    """The funnel of flagged households."""
    sums = services.total("detection_monthly", columns=STEPS, where={"month_key": months, "signal": 0})
    shown = services.total("detection_count", columns=("households",), where={"month_key": months})
    evidence = str(sums["evidence"])
    confirmed, interval = services.share_words(sums["confirmed"], sums["contacted"], lang)
    blocks.lead(t("detection.steps_sentence", lang, flagged=services.counted(sums["flagged"], lang, "households"), confirmed=confirmed, interval=interval,
                  enrolled=services.share_words(sums["enrolled"], sums["confirmed"], lang)[0]))  # fmt: skip
    blocks.heading(t("detection.steps", lang))
    before = {"flagged": None, "contacted": "flagged", "confirmed": "contacted", "enrolled": "confirmed"}
    steps = []
    for name in STEPS:
        base = before[name]
        note = "" if base is None else services.share_words(sums[name], sums[base], lang)[0]
        detail = "" if base is None else t("hotline.of", lang, base=t(f"detection.step_{base}", lang))
        steps.append(Step(t(f"detection.step_{name}", lang), _known(sums[name]), note, detail=detail))
    blocks.note(t("detection.shown_note", lang, n=services.counted(shown["households"], lang, "households")))
    alt = " · ".join(
        f"{s.label} {services.count_words(s.value if s.value is not None else float('nan'), lang)}"
        for s in steps
    )
    blocks.chart(funnel(steps, caption=t(f"evidence.{evidence}", lang)), key="detection_funnel", alt=alt)
    services.source(evidence, lang, period=services.span_words(months, lang))
    services.how(lang, "detection.how_steps")


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def workload(lang: str, *, months: queries.Span) -> None:
    """Households at or above each number of signals a month, with what is known of those that were flagged."""
    left, right, _ = st.columns([3, 3, 3])
    with left:
        cost = st.number_input(t("detection.unit_cost", lang), min_value=0, max_value=2_000_000, value=50_000, step=5_000, key="contact_cost", help=t("detection.unit_cost_help", lang))  # fmt: skip
    with right:
        daily = st.number_input(
            t("detection.per_worker", lang),
            min_value=1,
            max_value=50,
            value=4,
            step=1,
            key="contacts_per_day",
        )
    rows = services.raw(
        "detection_count", columns=("households", *STEPS), keys=("signals",), where={"month_key": months}
    )
    if rows.empty:
        blocks.lead(t("detection.missing_lake", lang))
        return
    n_months = (months.high // 100 - months.low // 100) * 12 + months.high % 100 - months.low % 100 + 1
    table = []
    for k in THRESHOLDS:
        part = rows[rows["signals"] >= k]
        sums = services.protected(part[["households", *STEPS]].sum())
        monthly = sums["households"] / n_months
        value, limits = services.share_cells(sums["confirmed"], sums["contacted"], lang)
        seen = bool((part["signals"] >= 4).all())
        said = value if seen and limits else t("detection.not_tried", lang)
        price = "–"
        if seen and limits:
            share, low, high = services.share(sums["confirmed"], sums["contacted"])
            price = t(
                "detection.won", lang, n=won(cost / share), limits=f"{won(cost / high)}–{won(cost / low)}"
            )
        workers = monthly / daily / 20
        table.append((t("detection.at_least", lang, k=k), services.count_words(_five(monthly), lang), numbers.number(workers, 0) if pd.notna(workers) else "–",
                      f"{said} ({limits})" if seen and limits else said, price))  # fmt: skip
    blocks.lead(t("detection.workload_sentence", lang))
    heads = [
        (t(f"detection.load_{c}", lang), c != "k") for c in ("k", "households", "workers", "yield", "cost")
    ]
    blocks.table(heads, table, stacked=True)
    blocks.note(t("detection.workload_note", lang))
    seen_now = services.totals(
        "detection_monthly", columns=("contacted",), keys=("signal",), where={"month_key": months}
    )
    tried = seen_now.loc[seen_now["signal"] == 0, "contacted"]
    if len(tried) and pd.notna(tried.iloc[0]):
        monthly = float(tried.iloc[0]) / n_months
        blocks.note(t("detection.workload_seen", lang, n=services.count_words(_five(monthly), lang), workers=numbers.number(monthly / daily / 20, 0)))  # fmt: skip
    services.source(services.evidence_of(rows), lang, period=services.span_words(months, lang))
    services.how(lang, "detection.how_workload")


def won(value: float) -> str:
    """An assumed cost to the hundred won: more digits would pretend to more than the assumption holds."""
    return numbers.number(round(value / 100) * 100)


def _five(value: float) -> float:
    return float("nan") if pd.isna(value) else round(value / 5) * 5
