"""What has been seen so far: the curve, cohorts by quarter of leaving, bounds for people not seen again, and what cannot be known yet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from charts import series
from data.release import SMALL
from forecast.reisolation import cohort
from locales import numbers, t
from ui import access, blocks, services, store
from ui.reisolation.source import Register

LINE = "hotline"  # the service whose own leavers are asked for most
ANCHOR_FACTS = ("F351", "F340", "F347")  # 33.3, 45.6 and 58.8 % "ever"
HALF_WIDTH = 0.03  # how well a share has to be known


def draw(found: Register, lang: str) -> None:
    """The curve with its limits, then fixed horizons, cohorts, and limits of knowledge."""
    curve = found.curve
    blocks.lead(_sentence(found, lang), t("reisolation.seen_sure", lang))
    limits_said(found, lang)
    if curve is not None:
        x, value, low, high = points(found, every=1)
        if x:
            hover = [
                t("reisolation.seen_hover", lang, months=numbers.number(m), share=numbers.percent(v, 0), limits=numbers.limits(lo, hi, "percent", digits=0))
                for m, v, lo, hi in zip(x, value, low, high, strict=True)
            ]  # fmt: skip
            figure = series.lines(
                x, [series.Line(t("reisolation.number_first_incidence", lang), value, hover)], band=(low, high),
                caption=t(f"evidence.{found.evidence}", lang), suffix="%", height=300, x_title=t("reisolation.axis_left", lang),
            )  # fmt: skip
            blocks.chart(figure, key="reisolation_curve", alt=_sentence(found, lang))
    blocks.heading(t("reisolation.horizons", lang))
    blocks.note(t("reisolation.horizons_note", lang))
    _horizons(found, lang)
    blocks.heading(t("reisolation.triangle", lang))
    blocks.note(t("reisolation.triangle_note", lang))
    _triangle(found, lang)
    blocks.heading(t("reisolation.anchors_title", lang))
    blocks.note(t("reisolation.anchors_note", lang))
    facts = access.published_facts("reisolation")
    blocks.published_table(facts[facts["fact_id"].isin(ANCHOR_FACTS)], lang)
    source_line(found, lang)
    blocks.how_text(t("reisolation.seen_how_title", lang), t("reisolation.how_seen", lang, gap=found.rules.gap_days,
                    confirm=found.rules.confirm_days, version=found.rules.version), lang)  # fmt: skip


def points(found: Register, *, every: int = 3) -> tuple[list[float], list[float], list[float], list[float]]:
    """Months, and the share come back by then with limits in whole percent; nothing below ten events or twenty at risk."""
    curve = found.curve
    x: list[float] = []
    rows: list[tuple[float, float, float]] = []
    if curve is None:
        return [], [], [], []
    last = int(found.model.last_clock) if found.model else int(found.limits.longest_months)
    for month in range(every, last + 1, every):
        if np.searchsorted(found.returns, month, side="right") >= SMALL:
            p, low, high = curve.at(month, "reisolated")
            x.append(month)
            rows.append((np.floor(100 * p + 0.5), np.floor(100 * low), np.ceil(100 * high)))
    value, low_, high_ = (list(map(float, v)) for v in zip(*rows, strict=True)) if rows else ([], [], [])
    return x, value, low_, high_


def _sentence(found: Register, lang: str) -> str:
    left = services.protected(pd.Series([found.limits.exits, found.limits.events, found.limits.lost]))
    if not found.limits.exits:
        return t("reisolation.nobody", lang)
    return t("reisolation.seen", lang, left=services.counted(left[0], lang, "people"), back=services.counted(left[1], lang, "people"),
             lost=services.counted(left[2], lang, "people"), months=numbers.number(found.limits.longest_months))  # fmt: skip


def limits_said(found: Register, lang: str) -> None:
    """What cannot be known yet, and from when it can."""
    said = []
    limits = found.limits
    if limits.exits and limits.few_events:
        said.append(t("reisolation.few_events", lang))
    if limits.exits and limits.lost == limits.exits:
        said.append(t("reisolation.all_lost", lang))
    if found.first["district_code"].nunique() == 1:
        said.append(t("reisolation.one_district", lang))
    if 0 < limits.longest_months < 6:
        said.append(t("reisolation.young", lang, months=numbers.number(limits.longest_months)))
    for horizon, day in limits.first_on.items():
        said.append(t("reisolation.not_before", lang, months=horizon, day=numbers.day(day, lang)))
    said += line_limits(found.rules.horizons_months, lang)
    if said:
        items = "".join(f"<li>{blocks.esc(text)}</li>" for text in said)
        st.html(f'<div class="ieum-attention quiet"><strong>{blocks.esc(t("reisolation.cannot", lang))}</strong><ul>{items}</ul></div>')  # fmt: skip


def line_limits(horizons: Sequence[int], lang: str) -> list[str]:
    """Horizons that people who came through the hotline cannot have reached, by the day on which it opened."""
    rows = access.events()
    opened = rows.loc[rows["programme_id"].eq(LINE) & rows["kind"].eq("launch"), "happened_on"]
    if opened.empty:
        return []
    start = pd.Timestamp(opened.min())
    later = [h for h in horizons if start + pd.DateOffset(months=h) > pd.Timestamp(store.as_of())]
    return [] if not later else [
        t("reisolation.line_not_before", lang, months=later[0], day=numbers.day((start + pd.DateOffset(months=later[0])).date(), lang),
          last=later[-1], last_day=numbers.day((start + pd.DateOffset(months=later[-1])).date(), lang))
    ]  # fmt: skip


def _horizons(found: Register, lang: str) -> None:
    rows = []
    for row in found.horizons.to_dict("records"):
        months = t("reisolation.months_n", lang, n=row["horizon_months"])
        if row["status"] != "ok":
            rows.append((months, t("reisolation.immature", lang), "", "", "", ""))
            continue
        safe = services.protected(pd.Series([row["events"], row["unknown"], row["exits"]]))
        value, interval = services.share_cells(safe[0], safe[2], lang)
        low, high = row["bound_low"], row["bound_high"]
        bounds = (
            numbers.limits(np.floor(100 * low), np.ceil(100 * high), "percent", digits=0) if interval else ""
        )
        rows.append(
            (months, value, interval, services.counted(safe[2], lang, "people"), bounds, _sample(row, lang))
        )
    heads = [(t(f"reisolation.col_{c}", lang), c not in ("horizon", "sample"))
             for c in ("horizon", "rate", "interval", "exits", "bounds", "sample")]  # fmt: skip
    blocks.table(heads, rows, stacked=True)


def _sample(row: dict[str, float], lang: str) -> str:
    """How many of the people not seen again would have to be traced."""
    needed = cohort.follow_up_sample(int(row["unknown"]), int(row["exits"]), HALF_WIDTH)
    if not needed:
        return t("reisolation.sample_none", lang)
    if needed < SMALL:
        return t("reisolation.sample_few", lang, width=numbers.percent(100 * HALF_WIDTH, 0))
    return t("reisolation.sample", lang, n=numbers.number(5 * np.ceil(needed / 5)), width=numbers.percent(100 * HALF_WIDTH, 0))  # fmt: skip


def _triangle(found: Register, lang: str) -> None:
    """Quarters of leaving by horizon; what is not mature is blank, never 0."""
    horizons = [h for h in found.rules.horizons_months if h in found.limits.mature]
    if not horizons:
        blocks.note(t("reisolation.triangle_none", lang))
        return
    heads = [(t("reisolation.col_quarter", lang), False), (t("reisolation.col_left", lang), True),
             *((t("reisolation.months_n", lang, n=h), True) for h in horizons)]  # fmt: skip
    rows = []
    for quarter, part in found.triangle.groupby("period", sort=True):
        by = part.set_index("horizon_months")
        left = services.protected(pd.Series([part["left"].iloc[0]]))[0]
        rows.append((quarter_words(str(quarter), lang), services.count_words(left, lang), *(_cell(by.loc[h], lang) for h in horizons)))  # fmt: skip
    blocks.table(heads, rows, stacked=True)


def _cell(row: pd.Series, lang: str) -> str:
    if row["status"] != "ok":
        return ""
    safe = services.protected(pd.Series([row["events"], row["exits"]]))
    value, interval = services.share_cells(safe[0], safe[1], lang)
    return f"{value} ({interval})" if interval else value


def quarter_words(label: str, lang: str) -> str:
    """'2024Q3' as people say it."""
    year, quarter = label.split("Q")
    return t("reisolation.quarter", lang, year=year, quarter=quarter)


def source_line(found: Register, lang: str) -> None:
    """Evidence, day, rules and versions beneath a figure."""
    text = t(
        "reisolation.source",
        lang,
        rules=found.rules.version,
        model=found.model_version or "–",
        data=found.data_version,
    )
    st.html(f'<p class="ieum-source">{blocks.mark(found.evidence, lang)} {blocks.mark("modelled", lang)} '
            f"{blocks.esc(numbers.day(found.as_of, lang))} · {blocks.esc(text)}</p>")  # fmt: skip
