"""How long people wait for a first session, those still waiting included, and for a second."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from charts import series
from data import queries
from locales import numbers, t
from metrics.counselling import FIRST_WAIT_DAYS, incidence, reached_by
from metrics.histogram import percentile
from ui import blocks, services, store
from ui.counselling.curve import drawn_to, protected_at, protected_curve

SHOWN_D = 180
FEWEST = 30
FIRST: dict[str, Any] = {"time": "days", "kind": "kind", "event": "first", "competing": ("withdrew",)}


def draw(lang: str, *, where: dict[str, Any], months: queries.Span) -> None:
    """Cumulative incidence of a first session; who still waits; the second wait."""
    rows = services.raw(
        "counselling_wait", columns=("cases",), keys=("month_key", "kind", "days"), where=where
    )
    first = first_waits(rows)
    if first["cases"].sum() < FEWEST:
        blocks.lead(t("status.withheld", lang))
        return
    curve = protected_curve(first, **FIRST)
    if curve.empty:
        blocks.lead(t("status.withheld", lang))
        return
    evidence = services.evidence_of(rows)
    found = incidence(first["days"], first["kind"], first["cases"], event="first", competing=("withdrew",))
    half, ninety = reached_by(found, 0.5), reached_by(found, 0.9)
    shares = protected_at(first, FIRST_WAIT_DAYS, **FIRST).set_axis(list(FIRST_WAIT_DAYS))
    key = "counselling.waits_sentence_never" if np.isnan(ninety) else "counselling.waits_sentence"
    blocks.lead(t(key, lang, half=_days(half, lang), ninety=_days(ninety, lang), d42=_share(shares.loc[42], lang),
                  d126=_share(shares.loc[126], lang)))  # fmt: skip
    left, right = st.columns([6, 5], gap="large")
    with left:
        blocks.heading(t("counselling.first_wait", lang))
        _curve(curve, evidence, lang)
        services.source(evidence, lang, period=services.span_words(months, lang))
    with right:
        blocks.heading(t("counselling.wait_ways", lang))
        _ways(rows, shares, lang, where=where, months=months)
        _waiting(lang, where=where)
        blocks.heading(t("counselling.second_wait", lang))
        _second(rows, lang)
    services.how(lang, "counselling.how_waits")


def first_waits(rows: pd.DataFrame) -> pd.DataFrame:
    """Days, kind and cases; for those still waiting, days from referral to the day that the screens speak for."""
    found = rows[rows["kind"] != "second"].copy()
    waiting = found["kind"] == "waiting"
    month = found.loc[waiting, "month_key"].astype(int)
    since = pd.to_datetime(
        {"year": month // 100, "month": month % 100, "day": found.loc[waiting, "days"].astype(int)}
    )
    found.loc[waiting, "days"] = (pd.Timestamp(store.as_of()) - since).dt.days
    return found[found["days"] >= 0]


def _share(found: pd.Series, lang: str) -> str:
    if pd.isna(found["value"]):
        return t("status.withheld", lang)
    limits = numbers.limits(found["lower"], found["upper"], "percent", digits=0)
    return f"{numbers.percent(found['value'], 0)} ({limits})"


def _days(value: float, lang: str) -> str:
    return (
        t("counselling.not_reached", lang)
        if np.isnan(value)
        else t("counselling.days", lang, n=numbers.number(value))
    )


def _curve(curve: pd.DataFrame, evidence: str, lang: str) -> None:
    shown = drawn_to(curve, SHOWN_D)
    hover = [
        t("counselling.hover_wait", lang, d=numbers.number(row["time"]), share=_share(row, lang))
        for _, row in shown.iterrows()
    ]
    figure = series.lines(
        shown["time"].tolist(), [series.Line(t("counselling.line_started", lang), shown["value"].tolist(), hover)],
        caption=t(f"evidence.{evidence}", lang), suffix="%", height=320, x_title=t("counselling.axis_days", lang),
        band=(shown["lower"].tolist(), shown["upper"].tolist()),
    )  # fmt: skip
    blocks.chart(figure, key="wait_curve", alt=t("counselling.first_wait", lang))


def _ways(
    rows: pd.DataFrame, shares: pd.DataFrame, lang: str, *, where: dict[str, Any], months: queries.Span
) -> None:
    """Within 42 and 126 days: of all referred (survival), of those who started, and of those who finished."""
    heads = [(t(f"counselling.way_{c}", lang), c != "name") for c in ("name", "42", "126")]
    started = rows[rows["kind"] == "first"]
    counts = [started.loc[started["days"] <= d, "cases"].sum() for d in FIRST_WAIT_DAYS]
    seen = services.protected(pd.Series([started["cases"].sum(), *counts]))
    ended = services.total(
        "course_end", columns=("completed", *(f"waited_{d}_d" for d in FIRST_WAIT_DAYS)), where=where
    )
    table = [
        (t("counselling.way_all", lang), *(_share(shares.loc[d], lang) for d in FIRST_WAIT_DAYS)),
        (t("counselling.way_started", lang), *_cells(seen[1:], seen[0], lang)),
        (t("counselling.way_finished", lang), *_cells([ended[f"waited_{d}_d"] for d in FIRST_WAIT_DAYS], ended["completed"], lang)),
    ]  # fmt: skip
    blocks.table(heads, table, stacked=True)
    blocks.note(t("counselling.finished_note", lang, span=services.span_words(months, lang),
                  n=services.counted(ended["completed"], lang, "cases")))  # fmt: skip


def _cells(tops: Any, bottom: float, lang: str) -> list[str]:
    """Shares with their limits, one per numerator."""
    found = [services.share_cells(top, bottom, lang) for top in tops]
    return [f"{value} ({limits})" if limits else value for value, limits in found]


def waiting_now(where: dict[str, Any]) -> pd.DataFrame:
    """Everyone waiting on the day that the screens speak for, whenever they were referred: days so far, cases."""
    whole = {k: v for k, v in where.items() if k != "month_key"} | {"kind": "waiting"}
    return first_waits(
        services.raw("counselling_wait", columns=("cases",), keys=("month_key", "kind", "days"), where=whole)
    )


def _waiting(lang: str, *, where: dict[str, Any]) -> None:
    """How many wait now and how long they have, not limited to the period."""
    waiting = waiting_now(where)
    n = float(services.protected(pd.Series([waiting["cases"].sum()])).iloc[0])
    enough = waiting["cases"].sum() >= FEWEST
    p90 = percentile(waiting["days"], waiting["cases"], 0.9) if enough else float("nan")
    late = [waiting.loc[waiting["days"] > d, "cases"].sum() for d in FIRST_WAIT_DAYS]
    over = services.protected(pd.Series(late, dtype=float))
    blocks.note(t("counselling.waiting_now", lang, day=numbers.day(store.as_of(), lang), n=services.counted(n, lang, "cases"),
                  p90=_days(p90, lang) if enough else t("status.withheld", lang),
                  d42=services.counted(over[0], lang, "cases"), d126=services.counted(over[1], lang, "cases")))  # fmt: skip


def _second(rows: pd.DataFrame, lang: str) -> None:
    found = rows[rows["kind"] == "second"]
    whole = found["cases"].sum()
    if whole < FEWEST:
        blocks.note(t("status.withheld", lang))
        return
    late = []
    for d in (28, 90):
        pair = services.protected(pd.Series([found.loc[found["days"] > d, "cases"].sum(), whole]))
        late.append(services.share_cells(pair[0], pair[1], lang))
    median = percentile(found["days"], found["cases"], 0.5)
    said = [f"{value} ({limits})" if limits else value for value, limits in late]
    blocks.note(t("counselling.second_sentence", lang, median=_days(median, lang), d28=said[0], d90=said[1]))
