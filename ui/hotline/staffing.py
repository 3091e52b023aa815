"""Demand for the next two weeks, counsellors that it needs, their cost, and what N counsellors would give."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from charts import series
from data import queries
from forecast.staffing import Queue
from locales import numbers, t
from ui import blocks, services, view
from ui.hotline import staff
from ui.hotline.staff import Demand, Observed

LEVELS, ABANDONS = ("70", "80", "90", "95"), ("", "3", "5", "10")
WAGE_KRW = 20_000  # an assumption, to be replaced on screen


def draw(lang: str, *, months: queries.Span, target_s: int) -> None:
    """Forecast with its backtest, planner, and the what-if."""
    with st.spinner(t("staffing.reckoning", lang)):
        found = staff.ahead()
    seen = staff.observed(months)
    if found is None or not seen.known:
        blocks.lead(t("staffing.too_short", lang))
        return
    _forecast(found, lang)
    blocks.heading(t("staffing.plan", lang))
    left, middle, right = st.columns(3)
    with left:
        level = int(view.choose("level80", LEVELS, label=t("staffing.level", lang, s=target_s), default="80", kind="segments", say=lambda v: f"{v}%"))  # fmt: skip
    with middle:
        most = view.choose("abandon", ABANDONS, label=t("staffing.abandon", lang), default="", say=lambda v: f"{v}%" if v else t("staffing.no_limit", lang))  # fmt: skip
    with right:
        wage = st.number_input(t("staffing.wage", lang), min_value=0, max_value=200_000, value=WAGE_KRW, step=1_000, key="staff_wage", help=t("staffing.wage_help", lang))  # fmt: skip
    with st.spinner(t("staffing.reckoning", lang)):
        planned = staff.plan(
            seen, target_s=target_s, level=level / 100, max_abandon=float(most) / 100 if most else 1.0
        )
    _plan(planned, seen, months, level, target_s, wage, lang)
    _what_if(planned, seen, target_s, lang)
    services.how(lang, "staffing.how_forecast", "staffing.how_queue")


def _forecast(found: Demand, lang: str) -> None:
    blocks.heading(t("staffing.forecast", lang))
    test, hours = found.test, found.hours
    daily = hours["mean"].resample("D").sum()
    said = {
        "skill": numbers.percent(100 * test.skill, 0) if pd.notna(test.skill) else "–",
        "coverage": numbers.percent(100 * test.coverage, 0) if pd.notna(test.coverage) else "–",
        "interval": numbers.limits(100 * test.low, 100 * test.high, "percent", digits=0) if pd.notna(test.low) else "–",
    }  # fmt: skip
    blocks.lead(
        t(
            "staffing.forecast_sentence",
            lang,
            low=numbers.number(daily.min()),
            high=numbers.number(daily.max()),
        )
    )
    key = f"staffing.refused_{test.reason}" if found.refused else "staffing.passed"
    blocks.note(t(key, lang, **said))
    x = [f"{at:%Y-%m-%dT%H:00}" for at in hours.index]
    hover = [t("staffing.hover", lang, day=numbers.day(at, lang), hour=at.hour, mean=numbers.number(row["mean"], 1),
               low=numbers.number(row["lower80"]), high=numbers.number(row["upper80"]))
             for at, (_, row) in zip(hours.index, hours.iterrows(), strict=True)]  # fmt: skip
    name = t("staffing.line_naive" if found.refused else "staffing.line_forecast", lang)
    figure = series.lines(
        x, [series.Line(name, hours["mean"].tolist(), hover)], caption=t("evidence.modelled", lang), kind="date",
        band=(hours["lower80"].tolist(), hours["upper80"].tolist()), tick=t("services.tick_day", lang), height=260,
    )  # fmt: skip
    blocks.chart(figure, key="staff_forecast", alt=t("staffing.forecast", lang))
    span = f"{numbers.day(hours.index[0], lang)} – {numbers.day(hours.index[-1], lang)}"
    st.html(f'<p class="ieum-source">{blocks.mark("modelled", lang)} {blocks.mark(found.evidence, lang)} {blocks.esc(span)} · {blocks.esc(t("staffing.band", lang))}</p>')  # fmt: skip


def _plan(
    planned: pd.DataFrame, seen: Observed, months: queries.Span, level: int, target_s: int, wage: int, lang: str
) -> None:  # fmt: skip
    now = staff.on_the_line(months)
    hours = staff.weekly_hours(planned)
    paid = float(now["paid"].sum() * 7) if len(now) else float("nan")
    difference = hours - paid
    key = (
        "staffing.plan_unknown"
        if pd.isna(paid)
        else "staffing.plan_more"
        if difference > 0
        else "staffing.plan_less"
    )
    blocks.lead(t(
        key, lang, level=level, s=target_s, hours=numbers.number(hours), now=numbers.number(paid) if pd.notna(paid) else "–",
        gap=numbers.number(abs(difference)) if pd.notna(paid) else "–", cost=numbers.won(hours * wage * 52 / 12, lang),
        extra=numbers.won(abs(difference) * wage * 52 / 12, lang) if pd.notna(paid) else "–",
    ))  # fmt: skip
    blocks.note(t("staffing.inputs", lang, aht=numbers.duration(seen.aht_s, lang), patience=numbers.duration(seen.patience_s, lang),
                  shrinkage=numbers.percent(100 * seen.shrinkage, 0)))  # fmt: skip
    clock = list(range(24))
    drawn = []
    for rest in (False, True):
        part = planned[planned["rest"] == rest].set_index("hour").reindex(clock)
        label = t("staffing.line_rest" if rest else "staffing.line_weekday", lang)
        hover = [
            t(
                "staffing.hover_plan",
                lang,
                kind=label,
                hour=h,
                n=_n(part["agents"][h]),
                roster=_n(part["scheduled"][h]),
            )
            for h in clock
        ]
        drawn.append(series.hours(label, part["agents"].tolist(), hover))
    if len(now):
        hover = [t("hotline.hover_now", lang, hour=h, n=numbers.number(now["agents"][h], 1)) for h in clock]
        drawn.append(series.hours(t("hotline.line_now", lang), now["agents"].tolist(), hover))
    figure = series.lines(
        [*clock, 24],
        drawn,
        caption=t("evidence.modelled", lang),
        height=300,
        x_title=t("hotline.axis_hour", lang),
    )
    blocks.chart(figure, key="staff_plan", alt=t("staffing.plan", lang))
    if not planned["met"].all():
        blocks.note(t("staffing.unmet", lang))


def _n(value: float) -> str:
    return "–" if pd.isna(value) else numbers.number(value)


def _what_if(planned: pd.DataFrame, seen: Observed, target_s: int, lang: str) -> None:
    """What N counsellors would give in one hour, by Erlang C, Erlang A and a discrete-event run."""
    blocks.heading(t("staffing.what_if", lang))
    left, middle, right = st.columns(3)
    with left:
        kind = view.choose("daykind", ["weekday", "rest"], label=t("staffing.kind", lang), kind="segments", say=lambda k: t(f"staffing.line_{k}", lang))  # fmt: skip
    with middle:
        hour = int(view.choose("hour", [str(h) for h in range(24)], label=t("staffing.hour", lang), default="22",
                               say=lambda h: t("hotline.hours_span", lang, a=int(h), b=int(h) + 1)))  # fmt: skip
    cell = planned[(planned["rest"] == (kind == "rest")) & (planned["hour"] == hour)]
    if cell.empty:
        return
    row = cell.iloc[0]
    with right:
        agents = int(st.number_input(t("staffing.agents", lang), min_value=1, max_value=2000, value=int(row["agents"]), step=1,
                                     key=f"staff_n_{kind}_{hour}_{int(row['agents'])}"))  # fmt: skip
    found, limits = staff.given(round(float(row["mean"]), 2), seen, agents, target_s)
    real, (low, high) = found["simulated"], limits["service_level"]
    blocks.lead(t("staffing.gives", lang, n=agents, rate=numbers.number(row["mean"], 1), s=target_s,
                  level=numbers.percent(100 * real.service_level, 0), limits=numbers.limits(100 * low, 100 * high, "percent", digits=1),
                  gone=numbers.percent(100 * real.p_abandon, 0), busy=numbers.percent(100 * real.occupancy, 0)))  # fmt: skip
    heads = [
        (t(f"staffing.col_{c}", lang, s=target_s), c != "method")
        for c in ("method", "level", "wait", "asa", "abandon", "busy")
    ]
    rows = []
    for name in ("planner", "simulated", "erlang_a", "erlang_c"):
        method = t(f"staffing.{name}", lang)
        if not found[name].stable:
            rows.append((method, t("staffing.unstable", lang), "–", "–", "–", "–"))
            continue
        rows.append((method, *_cells(found[name], limits if name == "simulated" else {}, lang, patient=name == "erlang_c")))  # fmt: skip
    blocks.table(heads, rows, stacked=True)
    blocks.note(t("staffing.methods_note", lang))


def _cells(queue: Queue, limits: dict[str, tuple[float, float]], lang: str, *, patient: bool) -> list[str]:
    """A queue's figures, with Monte Carlo limits where it was simulated; nobody hangs up where all are patient."""
    cells = []
    for field in ("service_level", "p_wait", "asa_s", "p_abandon", "occupancy"):
        value, known = getattr(queue, field), field in limits
        if field == "p_abandon" and patient:
            cells.append("–")
        elif field == "asa_s":
            span = f" ({numbers.duration(limits[field][0], lang)}–{numbers.duration(limits[field][1], lang)})" if known else ""  # fmt: skip
            cells.append(numbers.duration(value, lang) + span)
        else:
            span = f" ({numbers.limits(100 * limits[field][0], 100 * limits[field][1], 'percent')})" if known else ""  # fmt: skip
            cells.append(numbers.percent(100 * value, 1 if known else 0) + span)
    return cells
