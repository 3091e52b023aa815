"""What contacts are about and who returns: topics, ages, concentration on few callers, renewed contact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from answers import periods
from charts import series
from charts.steps import Step, funnel
from data import queries
from data.codes import CODES, label
from locales import numbers, t
from metrics.histogram import lorenz, top_share
from ui import blocks, services, store

TOP = 0.03
COMPARATOR = 0.60  # C12: share that the top 3 % of callers make on another line


def draw(lang: str, *, channel: str, months: queries.Span) -> None:
    """Topics and ages of the answered; concentration and renewed contact of known callers."""
    where: dict[str, Any] = {"month_key": months} | ({"channel": channel} if channel else {})
    left, right = st.columns(2, gap="large")
    with left:
        _bars("topic", where, months, lang)
    with right:
        _bars("age_band", where, months, lang)
    if channel:
        blocks.note(t("hotline.not_by_channel_callers", lang))
        return
    left, right = st.columns(2, gap="large")
    with left:
        _concentration(lang)
    with right:
        _again(lang)
        _first_time(lang)
    services.how(lang, "hotline.how_callers")


def _bars(key: str, where: dict[str, Any], months: queries.Span, lang: str) -> None:
    rows = services.totals("hotline_topic", columns=("answered",), keys=(key,), where=where)
    whole = services.total("hotline_topic", columns=("answered",), where=where)["answered"]
    blocks.heading(t(f"hotline.by_{key}", lang))
    order = [code for code in CODES[key] if code in set(rows[key])]
    rows = rows.set_index(key)
    steps = [
        Step(label(key, code, lang), None if pd.isna(n := rows.loc[code, "answered"]) else float(n),
             t("status.suppressed", lang) if pd.isna(n) else services.share_words(n, whole, lang)[0])
        for code in order
    ]  # fmt: skip
    evidence = "synthetic" if (rows["evidence"] == "synthetic").any() else "recorded"
    figure = funnel(steps, caption=t(f"evidence.{evidence}", lang))
    blocks.chart(figure, key=f"hotline_{key}", alt=" · ".join(f"{s.label} {s.note}" for s in steps))
    services.source(evidence, lang, period=services.span_words(months, lang))


def _concentration(lang: str) -> None:
    """Lorenz curve of a calendar year's contacts over known callers; the share of the top 3 %."""
    year = store.as_of().year
    rows = services.raw(
        "hotline_frequency", columns=("callers",), keys=("year", "contacts"), where={"year": year}
    )
    blocks.heading(t("hotline.concentration", lang))
    if rows.empty:
        blocks.note(t("chart.no_figures", lang))
        return
    share = top_share(rows["contacts"], rows["callers"], TOP)
    made = float((rows["contacts"] * rows["callers"]).sum())
    span = queries.Span(100 * year + 1, 100 * year + 12)
    every = services.total("hotline_monthly", columns=("attempts",), where={"month_key": span})["attempts"]
    callers, known = services.protected(pd.Series([rows["callers"].sum(), made]))
    blocks.lead(t("hotline.concentration_sentence", lang, year=year, callers=services.counted(callers, lang, "people"),
                  known=services.counted(known, lang, "cases"), share=numbers.percent(100 * share, 0),
                  every=services.counted(every, lang, "cases"),
                  whole="–" if pd.isna(every) else numbers.percent(100 * min(1.0, share * made / every), 0)))  # fmt: skip
    blocks.note(t("hotline.concentration_note", lang, comparator=numbers.percent(100 * COMPARATOR, 0)))
    x, y = lorenz(rows["contacts"], rows["callers"])
    # Fine steps where the curve bends, coarse ones after; single callers do not show.
    grid = [k / 200 for k in range(20)] + [k / 40 for k in range(4, 41)]
    curve = [float(v) for v in np.interp(grid, x, y)]
    hover = [t("hotline.hover_lorenz", lang, callers=numbers.percent(100 * g, 1), contacts=numbers.percent(100 * v, 0)) for g, v in zip(grid, curve, strict=True)]  # fmt: skip
    evidence = services.evidence_of(rows)
    figure = series.lines(
        [100 * g for g in grid], [series.Line(t("hotline.line_lorenz", lang), [100 * v for v in curve], hover),
                                  series.Line(t("hotline.line_even", lang), [100 * g for g in grid], [t("hotline.line_even", lang)] * len(grid))],
        caption=t(f"evidence.{evidence}", lang), suffix="%", height=300, x_title=t("hotline.axis_callers", lang),
    )  # fmt: skip
    blocks.chart(figure, key="hotline_lorenz", alt=t("hotline.concentration", lang))
    services.source(evidence, lang, period=t("hotline.year_so_far", lang, year=year))


def _again(lang: str) -> None:
    """Renewed contact within 7 and 30 days by month; the running month's contacts have not had their 30 days."""
    end = periods.closed(store.as_of(), 1)
    rows = services.totals("hotline_caller", columns=("answered", "again_7", "again_30"), keys=("month_key",))
    rows = rows[rows["month_key"] <= end]
    blocks.heading(t("hotline.again", lang))
    if rows.empty or rows["answered"].isna().all():
        blocks.note(t("chart.no_figures", lang))
        return
    last = rows.iloc[-1]
    seven, thirty = (
        services.share_words(last[name], last["answered"], lang) for name in ("again_7", "again_30")
    )
    month = int(last["month_key"])
    every = services.total("hotline_monthly", columns=("answered",), where={"month_key": month})["answered"]
    blocks.lead(t("hotline.again_sentence", lang, month=numbers.month(month, lang), known=services.counted(last["answered"], lang, "cases"),
                  seven=seven[0], thirty=thirty[0], interval=thirty[1], every=services.counted(every, lang, "cases"),
                  whole=services.share_words(last["again_30"], every, lang)[0]))  # fmt: skip
    x = series.month_starts(rows["month_key"])
    drawn = []
    for name in ("again_7", "again_30"):
        values = (100 * rows[name] / rows["answered"]).tolist()
        hover = [f"{numbers.month(m, lang)}<br>{t(f'hotline.{name}', lang)} <b>{numbers.percent(v, 0) if pd.notna(v) else '–'}</b>"
                 for m, v in zip(rows["month_key"], values, strict=True)]  # fmt: skip
        drawn.append(series.Line(t(f"hotline.{name}", lang), values, hover))
    evidence = "synthetic" if (rows["evidence"] == "synthetic").any() else "recorded"
    figure = series.lines(
        x,
        drawn,
        caption=t(f"evidence.{evidence}", lang),
        kind="date",
        tick=t("services.tick_month", lang),
        suffix="%",
        height=280,
    )
    blocks.chart(figure, key="hotline_again", alt=t("hotline.again", lang))
    services.source(evidence, lang, period=numbers.month(end, lang))


def _first_time(lang: str) -> None:
    """Callers whose first contact on record is of the last closed month, of all known callers of that month."""
    month = periods.closed(store.as_of())
    blocks.heading(t("hotline.first_time", lang))
    where = {"month_key": month}
    new, known = (
        services.total(fact, columns=("callers",), where=where)["callers"]
        for fact in ("hotline_first", "hotline_caller")
    )
    since = services.raw("hotline_first", columns=("callers",), keys=("month_key",))["month_key"]
    if since.empty or pd.isna(known):
        blocks.note(t("hotline.first_time_missing", lang))
        return
    share, interval = services.share_words(new, known, lang)
    blocks.note(t("hotline.first_time_sentence", lang, month=numbers.month(month, lang), known=services.counted(known, lang, "people"),
                  new=services.counted(new, lang, "people"), share=share, interval=interval,
                  since=numbers.month(int(since.min()), lang)))  # fmt: skip
