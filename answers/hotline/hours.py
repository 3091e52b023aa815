"""When contacts come, when they are answered, and how many counsellors are there: hour by weekday."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from answers import say
from answers.answer import Answer, Block, Control, Figure, Heading, Note
from answers.ask import Ask, Choice
from answers.hotline import gaps, staff
from answers.hotline.choices import CHANNEL, MONTHS, span, where
from answers.hotline.common import hotline
from answers.kept import kept
from answers.reader import Reader, Rule, Where, fixed
from answers.registry import question
from charts import series
from charts.heatmap import heatmap
from data import queries
from locales import numbers, t

COLUMNS = ("offered", "answered", "answered_in_20_s", "abandoned")
MEASURES = ("answer", "level", "offered")
NIGHT = (20, 21, 22, 23, 0)
CELLS = Rule(
    "hours of the week", "counts over many days by weekday and hour, protected before they are shown"
)
# The roster is not kept by channel.
MEASURE = Choice(
    name="measure",
    options=lambda read, codes: MEASURES if codes["channel"] else (*MEASURES, "staff"),
    label="hotline.measure",
    say="hotline.measure_",
    kind="segments",
    place="inline",
)


@question("hotline.hours", choices=(MONTHS, CHANNEL, MEASURE), needs=("hotline_contact",))
@hotline
def hours(ask: Ask, read: Reader) -> Answer:
    """The heat map of one measure and the counsellors on the line beside what each hour needs."""
    lang, months, measure = ask.lang, span(ask, read), ask["measure"]
    cells = by_hour_of_week(read, fixed(where(ask, read)))
    if cells.empty:
        return Answer("", blocks=(Control("measure"), Note(t("chart.no_figures", lang))))
    evidence = read.whose
    labels = [t(f"hotline.day_{d}", lang) for d in range(7)]
    if measure == "staff":
        return _staff(ask, read, months, labels, evidence)
    found = _evening(read, cells, lang)
    said = t("hotline.hours_sentence", lang, **found)
    grid, hover = _grid(read, cells, measure, lang)
    rate = measure != "offered"
    figure = heatmap(
        grid,
        labels=labels,
        hover=hover,
        caption=t(f"evidence.{evidence}", lang),
        suffix="%" if rate else "",
        reverse=rate,
    )
    line = (
        () if ask["channel"] else (Heading(t("hotline.staff_line", lang)), *staffing_line(read, months, lang))
    )
    return Answer(
        "",
        said,
        blocks=(
            Control("measure"),
            Heading(t(f"hotline.measure_{measure}", lang)),
            Note(t("hotline.heat_note_rate" if rate else "hotline.heat_note_volume", lang)),
            Figure("hotline_heat", figure, said),
            say.figures(lang, *((t(f"figures.evening_{name}", lang), v) for name, v in found.items())),
            say.source(evidence, lang, period=say.span_words(months, lang)),
            *line,
            say.how(lang, "hotline.how_hours"),
        ),
        period=say.span_words(months, lang),
    )


def _staff(ask: Ask, read: Reader, months: queries.Span, labels: list[str], evidence: str) -> Answer:
    """Counsellors short by weekday and hour, the surely short hours in figures, and the mean day."""
    lang = ask.lang
    found = read.study("hotline.week", ask["months"])
    if found.empty:
        return Answer("", t("hotline.no_roster", lang), blocks=(Control("measure"),))
    said = gaps.sentence(found, lang)
    grid, hover = gaps.grid(found, lang)
    figure = heatmap(grid, labels=labels, hover=hover, caption=t("hotline.staff_caption", lang), suffix="")
    short = gaps.table(found, lang)
    return Answer(
        "",
        said,
        blocks=(
            Control("measure"),
            Heading(t("hotline.measure_staff", lang)),
            Note(t("hotline.heat_note_staff", lang)),
            Figure("hotline_gap", figure, said),
            say.figures(
                lang, *((t(f"figures.gap_{name}", lang), str(n)) for name, n in gaps.counted(found).items())
            ),
            say.source(evidence, lang, period=say.span_words(months, lang)),
            *([] if short is None else [short]),
            Heading(t("hotline.staff_line", lang)),
            *staffing_line(read, months, lang),
            say.how(lang, "hotline.how_hours", "hotline.how_gap"),
        ),
        period=say.span_words(months, lang),
    )


@kept
def by_hour_of_week(read: Reader, asked: Where) -> pd.DataFrame:
    """Protected counts by weekday and hour, and how many such days there were; empty without contacts."""
    rows = read.for_model("hotline_hourly", columns=COLUMNS, keys=("day", "hour"), where=dict(asked))
    if rows.empty:
        return pd.DataFrame()
    found: pd.DataFrame = read.judged(CELLS, _by_hour_of_week, rows)
    found[list(COLUMNS)] = found[list(COLUMNS)].apply(read.protected)
    return found


def _by_hour_of_week(days: pd.DataFrame) -> pd.DataFrame:
    at = pd.to_datetime(days["day"])
    found = days.groupby([at.dt.day_of_week.rename("weekday"), "hour"])[list(COLUMNS)].sum()
    every = pd.MultiIndex.from_product([range(7), range(24)], names=["weekday", "hour"])
    found = found.reindex(every)
    # Days of the calendar, not days with a contact: an hour without one counts as an hour.
    calendar = pd.date_range(at.min(), at.max())
    found["days"] = np.repeat([int((calendar.day_of_week == d).sum()) for d in range(7)], 24)
    return found.reset_index()


def _value(cells: pd.DataFrame, measure: str) -> pd.Series:
    if measure == "offered":
        return cells["offered"] / cells["days"]
    top = cells["answered"] if measure == "answer" else cells["answered_in_20_s"]
    return 100 * np.minimum(top, cells["offered"]) / cells["offered"]


def _grid(read: Reader, cells: pd.DataFrame, measure: str, lang: str) -> tuple[pd.DataFrame, list[list[str]]]:
    value = _value(cells, measure)
    grid = cells.assign(value=value).pivot(index="weekday", columns="hour", values="value")
    records = cells.assign(value=value).to_dict("records")
    texts = [_hover(read, row, measure, lang) for row in records]
    return grid, [texts[24 * d : 24 * (d + 1)] for d in range(7)]


def _hover(read: Reader, cell: dict[Any, Any], measure: str, lang: str) -> str:
    when = gaps.when(cell, lang)
    if pd.isna(cell["value"]):
        return f"{when}\n{t('status.withheld', lang)}"
    if measure == "offered":
        said, limits = numbers.number(cell["value"], 1), ""
    else:
        top = cell["answered" if measure == "answer" else "answered_in_20_s"]
        said, limits = say.share_cells(read, top, cell["offered"], lang)
    sure = f" ({limits})" if limits else ""
    behind = (
        t("hotline.n_offered", lang, n=numbers.number(cell["offered"])),
        t("hotline.n_days", lang, n=int(cell["days"])),
    )
    return f"{when}\n\ue000{said}\ue001{sure} · {behind[0]} · {behind[1]}"


def _evening(read: Reader, cells: pd.DataFrame, lang: str) -> dict[str, str]:
    """Evening against day, as ratios of sums."""
    night = cells["hour"].isin(NIGHT)
    parts = [
        say.share_words(read, part["answered"].sum(), part["offered"].sum(), lang)[0]
        for part in (cells[night], cells[~night])
    ]
    share = say.share_words(read, cells.loc[night, "offered"].sum(), cells["offered"].sum(), lang)[0]
    return {"share": share, "night": parts[0], "day": parts[1]}


def staffing_line(read: Reader, months: queries.Span, lang: str) -> list[Block]:
    """Counsellors on the line by hour beside what 80 % in 20 s would need, weekdays and weekends together."""
    now, need = staff.on_the_line(read, months), staff.needed_by_hour(read, months)
    if now.empty or need.empty:
        return [Note(t("hotline.no_roster", lang))]
    clock = list(range(24))
    short = [h for h in clock if need[h] > now["agents"][h] + gaps.HALF]
    key = "hotline.staff_line_short" if short else "hotline.staff_line_enough"
    hover_now = [t("hotline.hover_now", lang, hour=h, n=numbers.number(now["agents"][h], 1)) for h in clock]
    hover_need = [t("hotline.hover_need", lang, hour=h, n=numbers.number(need[h], 1)) for h in clock]
    figure = series.lines(
        [*clock, 24],
        [
            series.hours(t("hotline.line_now", lang), now["agents"].tolist(), hover_now),
            series.hours(t("hotline.line_need", lang), need.tolist(), hover_need),
        ],
        caption=t("hotline.staff_caption", lang),
        height=280,
        x_title=t("hotline.axis_hour", lang),
    )
    return [
        Note(t(key, lang, n=len(short), hours=_runs(short, lang))),
        Figure("hotline_staff_line", figure, t("hotline.staff_line", lang)),
    ]


def _runs(hours: list[int], lang: str) -> str:
    """Hours as spans: 20–23."""
    runs: list[list[int]] = []
    for hour in hours:
        if runs and hour == runs[-1][1] + 1:
            runs[-1][1] = hour
        else:
            runs.append([hour, hour])
    return ", ".join(t("hotline.hours_span", lang, a=a, b=b + 1) for a, b in runs)
