"""What becomes of a contact, and how the published totals grew: volume says little about the service."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from charts import series
from charts.steps import Step, funnel
from data import queries
from locales import numbers, t
from metrics.intervals import byar
from ui import access, blocks, services

COLUMNS = ("attempts", "offered", "short_abandoned", "abandoned", "answered", "referred")
PUBLISHED = ("F066", "F069", "F071", "F072")  # cumulative consultations
TARGET = "F065"


def draw(lang: str, *, channel: str, months: queries.Span) -> None:
    """The funnel, answer rates on three denominators, and the published points."""
    where: dict[str, Any] = {"month_key": months} | ({"channel": channel} if channel else {})
    sums = services.total("hotline_monthly", columns=COLUMNS, where=where)
    handled = services.total("hotline_handle", columns=("contacts",), where=where)["contacts"]
    linked = services.total(
        "referral_monthly", columns=("accepted",), where={"month_key": months, "source": "hotline"}
    )
    evidence = str(sums["evidence"])
    blocks.lead(_sentence(sums, lang))
    left, right = st.columns([6, 5], gap="large")
    with left:
        blocks.heading(t("hotline.flow", lang))
        steps = _steps(sums, handled, None if channel else linked["accepted"], lang)
        alt = " · ".join(
            f"{s.label} {services.count_words(s.value, lang) if s.value is not None else s.note}"
            for s in steps
        )
        blocks.chart(funnel(steps, caption=t(f"evidence.{evidence}", lang)), key="hotline_funnel", alt=alt)
        blocks.note(t("hotline.flow_note", lang))
        services.source(evidence, lang, period=services.span_words(months, lang))
        services.how(lang, "hotline.how_flow")
    with right:
        blocks.heading(t("hotline.denominators", lang))
        _rates(sums, months, channel, lang)
        blocks.note(t("hotline.comparators", lang))
    if not channel:
        _published(lang)


def _sentence(sums: pd.Series, lang: str) -> str:
    value, interval = services.share_words(sums["answered"], sums["offered"], lang)
    waited = sums["offered"] - sums["short_abandoned"]
    gone = services.share_said(sums["abandoned"] - sums["short_abandoned"], waited, lang)
    return t("hotline.flow_sentence", lang, offered=services.counted(sums["offered"], lang, "cases"), value=value,
             interval=interval, waited=services.counted(waited, lang, "cases"), gone=gone)  # fmt: skip


def _steps(sums: pd.Series, handled: float, linked: float | None, lang: str) -> list[Step]:
    def step(key: str, value: float, base: str = "", bottom: float = 0.0, *, left: bool = False) -> Step:
        label = t(f"hotline.step_{key}", lang)
        if pd.isna(value):
            return Step(label, None, t("status.suppressed", lang), left)
        if not base:
            return Step(label, float(value), "")
        share = services.share_words(value, bottom, lang)[0]
        of = t("hotline.of", lang, base=t(f"hotline.step_{base}", lang))
        # What leaves has another base than the sentence above: it is named beside the figure.
        return (
            Step(label, float(value), f"{share} {of}", left)
            if left
            else Step(label, float(value), share, left, of)
        )

    offered, answered = sums["offered"], sums["answered"]
    gone = sums["abandoned"] - sums["short_abandoned"]
    found = [
        step("attempts", sums["attempts"]), step("offered", offered, "attempts", sums["attempts"]),
        step("short", sums["short_abandoned"], "offered", offered, left=True), step("abandoned", gone, "offered", offered, left=True),
        step("answered", answered, "offered", offered), step("handled", handled, "answered", answered),
        step("referred", sums["referred"], "answered", answered),
    ]  # fmt: skip
    if linked is None:
        found.append(Step(t("hotline.step_linked", lang), None, t("hotline.not_by_channel", lang)))
    else:
        found.append(step("linked", linked, "referred", sums["referred"]))
    return found


def _rates(sums: pd.Series, months: queries.Span, channel: str, lang: str) -> None:
    """Answered over offered, over attempts, and callers reached over callers; the headline is the first."""
    rows = []
    for key, bottom in (("offered", sums["offered"]), ("attempts", sums["attempts"])):
        value, interval = services.share_cells(sums["answered"], bottom, lang)
        rows.append((t(f"hotline.rate_{key}", lang), value, interval, services.count_words(bottom, lang)))
    if channel:
        rows.append((t("hotline.rate_callers", lang), t("hotline.not_by_channel", lang), "", ""))
    else:
        # Callers are counted once within a month and cannot be added up: the last month stands for itself.
        last = {"month_key": months.high}
        callers = services.total(
            "hotline_caller", columns=("callers", "callers_answered", "attempts"), where=last
        )
        value, interval = services.share_cells(callers["callers_answered"], callers["callers"], lang)
        rows.append((t("hotline.rate_callers_month", lang, month=numbers.month(months.high, lang)), value, interval,
                     services.count_words(callers["callers"], lang)))  # fmt: skip
    heads = [(t(f"hotline.rate_col_{c}", lang), c != "name") for c in ("name", "value", "interval", "base")]
    blocks.table(heads, rows, stacked=True)
    if not channel:
        redial = callers["attempts"] / callers["callers"] if callers["callers"] else float("nan")
        blocks.note(t("hotline.redial", lang, month=numbers.month(months.high, lang),
                      value="–" if pd.isna(redial) else numbers.number(redial, 2)))  # fmt: skip


def _published(lang: str) -> None:
    """Answered contacts added up since the opening, with the four published totals on them."""
    facts = access.published_facts("hotline").set_index("fact_id")
    if not set(PUBLISHED) <= set(facts.index):
        return
    blocks.heading(t("hotline.published", lang))
    points = [(_end(str(facts.loc[f, "period"])), float(facts.loc[f, "value"])) for f in PUBLISHED]
    blocks.lead(t("hotline.published_sentence", lang, total=numbers.number(points[-1][1]),
                  target=numbers.number(float(facts.loc[TARGET, "value"])), day=numbers.day(points[0][0], lang),
                  first=numbers.number(points[0][1])))  # fmt: skip
    daily = services.raw("hotline_hourly", columns=("answered",), keys=("day",))
    year = daily[pd.to_datetime(daily["day"]) <= points[-1][0]]
    running = (year["answered"].cumsum() / 5).round() * 5
    # One point a week and the published days: a year of days would weigh more than the page.
    told = pd.to_datetime(year["day"])
    kept = (told.dt.day_of_week == 6) | told.isin([d for d, _ in points])
    year, running = year[kept], running[kept]
    days = [f"{d:%Y-%m-%d}" for d in pd.to_datetime(year["day"])]
    evidence = services.evidence_of(year)
    hover = [
        f"{numbers.day(pd.Timestamp(d), lang)}<br><b>{numbers.number(v)}</b>"
        for d, v in zip(days, running, strict=True)
    ]
    said = [
        f"{numbers.day(d, lang)}<br><b>{numbers.number(v)}</b> ({t('evidence.published', lang)})"
        for d, v in points
    ]
    figure = series.lines(
        days, [series.Line(t(f"hotline.line_{evidence}", lang), running.tolist(), hover)],
        caption=t("services.source", lang), kind="date", tick=t("services.tick_month", lang), events=_events(lang, points[-1][0]), height=320,
        extra=[([f"{d:%Y-%m-%d}" for d, _ in points],
                series.Line(t("hotline.line_published", lang), [v for _, v in points], said, points=True))],
    )  # fmt: skip
    alt = " · ".join(f"{numbers.day(d, lang)} {numbers.number(v)}" for d, v in points)
    blocks.chart(figure, key="hotline_published", alt=alt)
    _between(points, lang)
    blocks.published_table(facts.loc[[*PUBLISHED, TARGET]].reset_index(), lang)


def _end(period: str) -> pd.Timestamp:
    """The last day of a published period such as 2025-04/2025-11."""
    last = period.split("/")[-1]
    day = pd.Timestamp(last)
    return day if last.count("-") == 2 else day + pd.offsets.MonthEnd(0)


def _events(lang: str, until: pd.Timestamp) -> pd.DataFrame:
    rows = access.events()
    day = pd.to_datetime(rows["happened_on"])
    keep = (
        rows["programme_id"].eq("hotline") & (day <= until) & rows["event_id"].ne("hotline-target-passed")
    )  # said in the sentence
    return rows[keep].assign(happened_on=day, title=rows[f"title_{lang}"])[["happened_on", "title"]]


def _between(points: list[tuple[pd.Timestamp, float]], lang: str) -> None:
    """Published totals as rates between two of them, with a Poisson interval: a first and a last day say more than a sum."""
    rows, before, since = [], 0.0, pd.Timestamp("2025-03-31")
    for day, value in points:
        n, days = value - before, (day - since).days
        low, high = byar(n, days)
        first = since + pd.Timedelta(1, "D")
        rows.append((f"{numbers.day(first, lang)} – {numbers.day(day, lang)}", numbers.number(n), numbers.number(n / days, 1),
                     f"{numbers.number(low, 1)}–{numbers.number(high, 1)}"))  # fmt: skip
        before, since = value, day
    heads = [(t(f"hotline.between_{c}", lang), c != "span") for c in ("span", "n", "rate", "interval")]
    blocks.table(heads, rows, stacked=True)
    blocks.note(t("hotline.between_note", lang))
