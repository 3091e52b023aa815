"""When contacts come, when they are answered, and how many counsellors are there: hour by weekday."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from charts import series
from charts.heatmap import heatmap
from data import queries
from locales import numbers, t
from ui import access, blocks, services, store, view
from ui.hotline import gaps, staff

COLUMNS = ("offered", "answered", "answered_in_20_s", "abandoned")
MEASURES = ("answer", "level", "offered")


def draw(lang: str, *, channel: str, months: queries.Span) -> None:
    """The heat map of one measure and the counsellors on the line beside what each hour needs."""
    offered = MEASURES if channel else (*MEASURES, "staff")  # the roster is not kept by channel
    measure = view.choose("measure", offered, label=t("hotline.measure", lang), say=lambda m: t(f"hotline.measure_{m}", lang), kind="segments")  # fmt: skip
    where: dict[str, Any] = {"month_key": months} | ({"channel": channel} if channel else {})
    cells = by_hour_of_week(where)
    if cells.empty:
        blocks.lead(t("chart.no_figures", lang))
        return
    evidence = services.evidence_of(cells)
    labels = [t(f"hotline.day_{d}", lang) for d in range(7)]
    if measure == "staff":
        _staff(months, labels, evidence, lang)
        return
    blocks.lead(_sentence(cells, lang))
    blocks.heading(t(f"hotline.measure_{measure}", lang))
    grid, hover = _grid(cells, measure, lang)
    figure = heatmap(grid, labels=labels, hover=hover, caption=t(f"evidence.{evidence}", lang),
                     suffix="" if measure == "offered" else "%", reverse=measure != "offered")  # fmt: skip
    blocks.note(t("hotline.heat_note_volume" if measure == "offered" else "hotline.heat_note_rate", lang))
    blocks.chart(figure, key="hotline_heat", alt=_sentence(cells, lang))
    services.source(evidence, lang, period=services.span_words(months, lang))
    if not channel:
        blocks.heading(t("hotline.staff_line", lang))
        staffing_line(months, lang)
    services.how(lang, "hotline.how_hours")


def _staff(months: queries.Span, labels: list[str], evidence: str, lang: str) -> None:
    """Counsellors short by weekday and hour, the surely short hours in figures, and the mean day."""
    found = gaps.by_hour_of_week(months)
    if found.empty:
        blocks.lead(t("hotline.no_roster", lang))
        return
    said = gaps.sentence(found, lang)
    blocks.lead(said)
    blocks.heading(t("hotline.measure_staff", lang))
    grid, hover = gaps.grid(found, lang)
    figure = heatmap(grid, labels=labels, hover=hover, caption=t("hotline.staff_caption", lang), suffix="")
    blocks.note(t("hotline.heat_note_staff", lang))
    blocks.chart(figure, key="hotline_gap", alt=said)
    services.source(evidence, lang, period=services.span_words(months, lang))
    gaps.table(found, lang)
    blocks.heading(t("hotline.staff_line", lang))
    staffing_line(months, lang)
    services.how(lang, "hotline.how_hours", "hotline.how_gap")


def by_hour_of_week(where: dict[str, Any]) -> pd.DataFrame:
    """Protected counts by weekday and hour, and how many such days there were. Shared: not to be changed."""
    return _by_hour_of_week(services.fixed(where), services.exact(), store.version(), store.url())


@st.cache_resource(max_entries=64, show_spinner=False)
def _by_hour_of_week(asked: access.Where, exact: bool, version: int, address: str) -> pd.DataFrame:
    where = dict(asked)
    days = services.raw("hotline_hourly", columns=COLUMNS, keys=("day", "hour"), where=where)
    if days.empty:
        return days
    weekday = pd.to_datetime(days["day"]).dt.day_of_week.rename("weekday")
    grouped = days.groupby([weekday, "hour"])
    found = grouped[list(COLUMNS)].sum().apply(services.protected)
    every = pd.MultiIndex.from_product([range(7), range(24)], names=["weekday", "hour"])
    found = found.reindex(every)
    # Days of the calendar, not days with a contact: an hour without one counts as an hour.
    span = pd.date_range(pd.to_datetime(days["day"]).min(), pd.to_datetime(days["day"]).max())
    found["days"] = np.repeat([int((span.day_of_week == d).sum()) for d in range(7)], 24)
    found["synthetic"] = bool(days["synthetic"].any())
    return found.reset_index()


def _value(cells: pd.DataFrame, measure: str) -> pd.Series:
    if measure == "offered":
        return cells["offered"] / cells["days"]
    top = cells["answered"] if measure == "answer" else cells["answered_in_20_s"]
    return 100 * np.minimum(top, cells["offered"]) / cells["offered"]


def _grid(cells: pd.DataFrame, measure: str, lang: str) -> tuple[pd.DataFrame, list[list[str]]]:
    value = _value(cells, measure)
    grid = cells.assign(value=value).pivot(index="weekday", columns="hour", values="value")
    hover = [
        [_hover(cells.iloc[d * 24 + h], value.iloc[d * 24 + h], measure, lang) for h in range(24)]
        for d in range(7)
    ]
    return grid, hover


def _hover(cell: pd.Series, value: float, measure: str, lang: str) -> str:
    when = t(
        "hotline.hour_of", lang, day=t(f"hotline.day_{int(cell['weekday'])}", lang), hour=int(cell["hour"])
    )
    if pd.isna(value):
        return f"{when}<br>{t('status.withheld', lang)}"
    days = t("hotline.n_days", lang, n=int(cell["days"]))
    if measure == "offered":
        said, limits = numbers.number(value, 1), ""
    else:
        top = cell["answered" if measure == "answer" else "answered_in_20_s"]
        said, limits = services.share_cells(top, cell["offered"], lang)
    sure = f" ({limits})" if limits else ""
    return f"{when}<br><b>{said}</b>{sure} · {t('hotline.n_offered', lang, n=numbers.number(cell['offered']))} · {days}"


def _sentence(cells: pd.DataFrame, lang: str) -> str:
    """Evening against day, as ratios of sums; the worst single hour is not named: it is mostly chance."""
    night = cells["hour"].isin([20, 21, 22, 23, 0])
    parts = []
    for mask in (night, ~night):
        part = cells[mask]
        parts.append(services.share_words(part["answered"].sum(), part["offered"].sum(), lang)[0])
    share = services.share_words(cells.loc[night, "offered"].sum(), cells["offered"].sum(), lang)[0]
    return t("hotline.hours_sentence", lang, night=parts[0], day=parts[1], share=share)


def staffing_line(months: queries.Span, lang: str) -> None:
    """Counsellors on the line by hour beside what 80 % in 20 s would need, weekdays and weekends together."""
    now = staff.on_the_line(months)
    need = staff.needed_by_hour(months)
    if now.empty or need.empty:
        blocks.note(t("hotline.no_roster", lang))
        return
    hours = list(range(24))
    short = [h for h in hours if need[h] > now["agents"][h] + 0.5]
    blocks.note(t("hotline.staff_line_short" if short else "hotline.staff_line_enough", lang, n=len(short), hours=_runs(short, lang)))  # fmt: skip
    hover_now = [t("hotline.hover_now", lang, hour=h, n=numbers.number(now["agents"][h], 1)) for h in hours]
    hover_need = [t("hotline.hover_need", lang, hour=h, n=numbers.number(need[h], 1)) for h in hours]
    figure = series.lines(
        [*hours, 24], [series.hours(t("hotline.line_now", lang), now["agents"].tolist(), hover_now),
                       series.hours(t("hotline.line_need", lang), need.tolist(), hover_need)],
        caption=t("hotline.staff_caption", lang), height=280, x_title=t("hotline.axis_hour", lang),
    )  # fmt: skip
    blocks.chart(figure, key="hotline_staff_line", alt=t("hotline.staff_line", lang))


def _runs(hours: list[int], lang: str) -> str:
    """Hours as spans: 20–23."""
    runs: list[list[int]] = []
    for hour in hours:
        if runs and hour == runs[-1][1] + 1:
            runs[-1][1] = hour
        else:
            runs.append([hour, hour])
    return ", ".join(t("hotline.hours_span", lang, a=a, b=b + 1) for a, b in runs)
