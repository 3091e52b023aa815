"""How long contacts wait: median, P90 and longest beside the mean, and four ways to count a service level."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from charts import series
from data import queries
from locales import numbers, t
from metrics.waits import summary
from ui import blocks, services

FORMULAS = ("sl1", "sl2", "sl3", "sl4")


def draw(lang: str, *, channel: str, months: queries.Span, target_s: int) -> None:
    """Waits by channel, service level on four formulas, and median and P90 by month."""
    waits = services.raw("hotline_wait", columns=("contacts",), keys=("month_key", "channel", "outcome", "wait_s"),
                         where={"month_key": months})  # fmt: skip
    if waits.empty:
        blocks.lead(t("chart.no_figures", lang))
        return
    mine = waits[waits["channel"] == channel] if channel else waits
    evidence = services.evidence_of(mine)
    levels = service_levels(mine, target_s)
    blocks.lead(_sentence(mine, levels, target_s, lang))
    left, right = st.columns(2, gap="large")
    with left:
        blocks.heading(t("hotline.waits", lang))
        _by_channel(waits, lang)
        blocks.note(t("hotline.waits_note", lang))
    with right:
        blocks.heading(t("hotline.levels", lang, s=target_s))
        _levels(levels, lang)
        blocks.note(t("hotline.levels_note", lang))
    blocks.heading(t("hotline.wait_trend", lang))
    _trend(mine, evidence, lang)
    services.source(evidence, lang, period=services.span_words(months, lang))
    services.how(lang, "hotline.how_waits", "hotline.how_levels")


def service_levels(waits: pd.DataFrame, target_s: int) -> dict[str, tuple[float, float]]:
    """Numerator and denominator of C4's four formulas."""
    answered, quick = waits["outcome"] == "answered", waits["wait_s"] <= target_s
    n = waits["contacts"]
    offered, taken = float(n.sum()), float(n[answered].sum())
    fast, gone = float(n[answered & quick].sum()), float(n[~answered & quick].sum())
    return {
        "sl1": (fast, offered),
        "sl2": (fast, taken),
        "sl3": (fast, offered - gone),
        "sl4": (fast + gone, offered),
    }


def _seconds(value: float, lang: str) -> str:
    return t("status.withheld", lang) if pd.isna(value) else numbers.duration(value, lang)


def _sentence(waits: pd.DataFrame, levels: dict[str, tuple[float, float]], target_s: int, lang: str) -> str:
    found = summary(waits)
    level, interval = services.share_words(*_safe(levels["sl1"]), lang)
    return t("hotline.waits_sentence", lang, median=_seconds(found["median"], lang), p90=_seconds(found["p90"], lang),
             mean=_seconds(found["mean"], lang), s=target_s, level=level, interval=interval)  # fmt: skip


def _safe(pair: tuple[float, float]) -> tuple[float, float]:
    """Both counts under the publishing rule."""
    return tuple(services.protected(pd.Series(pair)))  # type: ignore[return-value]


def _by_channel(waits: pd.DataFrame, lang: str) -> None:
    heads = [
        (t(f"hotline.wait_col_{c}", lang), c != "channel")
        for c in ("channel", "median", "p90", "longest", "mean", "n")
    ]
    rows = []
    for channel in ("phone", "chat"):
        found = summary(waits[waits["channel"] == channel])
        # The longest is one contact's: to the whole minute it points at nobody.
        top = found["longest"]
        said = "–" if pd.isna(top) else t("hotline.minutes", lang, n=numbers.number(-(-top // 60)))
        n = services.count_words(float(services.protected(pd.Series([found["n"]])).iloc[0]), lang)
        rows.append((t(f"hotline.channel_{channel}", lang), _seconds(found["median"], lang), _seconds(found["p90"], lang), said,
                     _seconds(found["mean"], lang), n))  # fmt: skip
    blocks.table(heads, rows, stacked=True)


def _levels(levels: dict[str, tuple[float, float]], lang: str) -> None:
    heads = [
        (t(f"hotline.level_col_{c}", lang), c not in ("name", "formula"))
        for c in ("name", "formula", "value", "interval")
    ]
    rows = []
    for name in FORMULAS:
        value, interval = services.share_cells(*_safe(levels[name]), lang)
        rows.append((t(f"hotline.{name}", lang), t(f"hotline.{name}_formula", lang), value, interval))
    blocks.table(heads, rows, stacked=True)


def _trend(waits: pd.DataFrame, evidence: str, lang: str) -> None:
    months = sorted(int(m) for m in waits["month_key"].unique())
    found = [summary(waits[waits["month_key"] == month]) for month in months]
    x = series.month_starts(months)
    drawn = []
    for name in ("median", "p90", "mean"):
        label = t(f"hotline.wait_col_{name}", lang)
        hover: list[Any] = [
            f"{numbers.month(m, lang)}<br>{label} <b>{_seconds(f[name], lang)}</b>"
            for m, f in zip(months, found, strict=True)
        ]
        drawn.append(series.Line(label, [f[name] for f in found], hover))
    unit = "초" if lang == "ko" else " s"
    figure = series.lines(
        x,
        drawn,
        caption=t(f"evidence.{evidence}", lang),
        kind="date",
        tick=t("services.tick_month", lang),
        suffix=unit,
    )
    blocks.chart(figure, key="hotline_waits", alt=t("hotline.wait_trend_alt", lang, n=len(months)))
