"""What contacts are about and who returns: topics, ages, concentration on few callers, renewed contact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from answers import periods, say
from answers.answer import Answer, Beside, Block, Figure, Heading, Lead, Note
from answers.ask import Ask
from answers.hotline.choices import CHANNEL, MONTHS, span, where
from answers.hotline.common import hotline
from answers.reader import Reader, Rule
from answers.registry import question
from charts import series
from charts.steps import Step, funnel
from data import queries
from data.codes import CODES, label
from locales import numbers, t
from metrics.histogram import lorenz, top_share

TOP = 0.03
COMPARATOR = 0.60  # C12: share that the top 3 % of callers make on another line
# Fine steps where the curve bends, coarse ones after; single callers do not show.
GRID = [k / 200 for k in range(20)] + [k / 40 for k in range(4, 41)]
CONCENTRATION = Rule(
    "concentration",
    "a year's Lorenz curve in steps of at least half a percent of callers; two protected totals",
)
FIRST = Rule("first month on record", "a month key, no count")


@question("hotline.callers", choices=(MONTHS, CHANNEL), needs=("hotline_contact",))
@hotline
def callers(ask: Ask, read: Reader) -> Answer:
    """Topics and ages of the answered; concentration and renewed contact of known callers."""
    lang, months, asked = ask.lang, span(ask, read), where(ask, read)
    bars = Beside((_bars(read, "topic", asked, months, lang), _bars(read, "age_band", asked, months, lang)))
    if ask["channel"]:
        return Answer("", blocks=(bars, Note(t("hotline.not_by_channel_callers", lang))))
    returning = Beside((_concentration(read, lang), (*_again(read, lang), *_first_time(read, lang))))
    return Answer(
        "",
        blocks=(bars, returning, say.how(lang, "hotline.how_callers")),
        period=say.span_words(months, lang),
    )


def _bars(read: Reader, key: str, asked: dict[str, Any], months: queries.Span, lang: str) -> list[Block]:
    rows = read.totals("hotline_topic", columns=("answered",), keys=(key,), where=asked)
    whole = read.total("hotline_topic", columns=("answered",), where=asked)["answered"]
    counts = dict(zip(rows[key], rows["answered"], strict=True))
    steps = [
        Step(
            label(key, code, lang),
            None if pd.isna(n := counts[code]) else float(n),
            t("status.suppressed", lang) if pd.isna(n) else say.share_words(read, n, whole, lang)[0],
        )
        for code in CODES[key]
        if code in counts
    ]
    evidence = read.whose
    alt = " · ".join(f"{s.label} {s.note}" for s in steps)
    return [
        Heading(t(f"hotline.by_{key}", lang)),
        Figure(f"hotline_{key}", funnel(steps, caption=t(f"evidence.{evidence}", lang)), alt),
        say.source(evidence, lang, period=say.span_words(months, lang)),
    ]


def _concentration(read: Reader, lang: str) -> list[Block]:
    """Lorenz curve of a calendar year's contacts over known callers; the share of the top 3 %."""
    year = read.end("hotline_contact").year
    rows = read.for_model(
        "hotline_frequency", columns=("callers",), keys=("year", "contacts"), where={"year": year}
    )
    top = Heading(t("hotline.concentration", lang))
    if rows.empty:
        return [top, Note(t("chart.no_figures", lang))]
    share, people, made, curve = read.judged(CONCENTRATION, _curve, rows)
    every = read.total(
        "hotline_monthly",
        columns=("attempts",),
        where={"month_key": queries.Span(100 * year + 1, 100 * year + 12)},
    )["attempts"]
    whole = "–" if pd.isna(every) else numbers.percent(100 * min(1.0, share * made / every), 0)
    hover = [
        t(
            "hotline.hover_lorenz",
            lang,
            callers=numbers.percent(100 * g, 1),
            contacts=numbers.percent(100 * v, 0),
        )
        for g, v in zip(GRID, curve, strict=True)
    ]
    evidence = read.whose
    even = t("hotline.line_even", lang)
    figure = series.lines(
        [100 * g for g in GRID],
        [
            series.Line(t("hotline.line_lorenz", lang), [100 * v for v in curve], hover),
            series.Line(even, [100 * g for g in GRID], [even] * len(GRID)),
        ],
        caption=t(f"evidence.{evidence}", lang),
        suffix="%",
        height=300,
        x_title=t("hotline.axis_callers", lang),
    )
    found = {
        "callers": say.counted(read.one(people), lang, "people"),
        "known": say.counted(read.one(made), lang, "cases"),
        "share": numbers.percent(100 * share, 0),
        "every": say.counted(every, lang, "cases"),
        "whole": whole,
    }
    return [
        top,
        Lead(t("hotline.concentration_sentence", lang, year=year, **found)),
        Note(t("hotline.concentration_note", lang, comparator=numbers.percent(100 * COMPARATOR, 0))),
        Figure("hotline_lorenz", figure, t("hotline.concentration", lang)),
        say.figures(lang, *((t(f"figures.callers_{name}", lang), v) for name, v in found.items())),
        say.source(evidence, lang, period=t("hotline.year_so_far", lang, year=year)),
    ]


def _curve(rows: pd.DataFrame) -> tuple[float, float, float, list[float]]:
    """Share of the top callers, callers, their contacts, and the Lorenz curve on the grid."""
    x, y = lorenz(rows["contacts"], rows["callers"])
    made = float((rows["contacts"] * rows["callers"]).sum())
    share = top_share(rows["contacts"], rows["callers"], TOP)
    # Whole points, as they are said: to all its digits a share gives its two counts back.
    curve = np.round(np.interp(GRID, x, y), 2)
    return round(share, 2), float(rows["callers"].sum()), made, [float(v) for v in curve]


def _again(read: Reader, lang: str) -> list[Block]:
    """Renewed contact within 7 and 30 days by month; the running month's contacts have not had their 30 days."""
    end = periods.closed(read.end("hotline_contact"), 1)
    rows = read.totals("hotline_caller", columns=("answered", "again_7", "again_30"), keys=("month_key",))
    rows = rows[rows["month_key"] <= end]
    top = Heading(t("hotline.again", lang))
    if rows.empty or rows["answered"].isna().all():
        return [top, Note(t("chart.no_figures", lang))]
    last = rows.iloc[-1]
    month = int(last["month_key"])
    seven, thirty = (
        say.share_words(read, last[name], last["answered"], lang) for name in ("again_7", "again_30")
    )
    every = read.total("hotline_monthly", columns=("answered",), where={"month_key": month})["answered"]
    drawn = []
    for name in ("again_7", "again_30"):
        values = (100 * rows[name] / rows["answered"]).tolist()
        said = [numbers.percent(v, 0) if pd.notna(v) else "–" for v in values]
        words = t(f"hotline.{name}", lang)
        hover = [
            f"{numbers.month(m, lang)}\n{words} \ue000{v}\ue001"
            for m, v in zip(rows["month_key"], said, strict=True)
        ]
        drawn.append(series.Line(words, values, hover))
    evidence = read.whose
    figure = series.lines(
        series.month_starts(rows["month_key"]),
        drawn,
        caption=t(f"evidence.{evidence}", lang),
        kind="date",
        tick=t("services.tick_month", lang),
        suffix="%",
        height=280,
    )
    found = {
        "known": say.counted(last["answered"], lang, "cases"),
        "seven": seven[0],
        "thirty": thirty[0],
        "interval": thirty[1],
        "every": say.counted(every, lang, "cases"),
        "whole": say.share_words(read, last["again_30"], every, lang)[0],
    }
    return [
        top,
        Lead(t("hotline.again_sentence", lang, month=numbers.month(month, lang), **found)),
        Figure("hotline_again", figure, t("hotline.again", lang)),
        say.figures(lang, *((t(f"figures.again_{name}", lang), v) for name, v in found.items())),
        say.source(evidence, lang, period=numbers.month(end, lang)),
    ]


def _first_time(read: Reader, lang: str) -> list[Block]:
    """Callers whose first contact on record is of the last closed month, of all known callers of that month."""
    month = periods.closed(read.end("hotline_contact"))
    top = Heading(t("hotline.first_time", lang))
    new, known = (
        read.total(fact, columns=("callers",), where={"month_key": month})["callers"]
        for fact in ("hotline_first", "hotline_caller")
    )
    since = read.for_model("hotline_first", columns=("callers",), keys=("month_key",))
    if since.empty or pd.isna(known):
        return [top, Note(t("hotline.first_time_missing", lang))]
    share, interval = say.share_words(read, new, known, lang)
    first = read.judged(FIRST, lambda rows: int(rows["month_key"].min()), since)
    return [
        top,
        Note(
            t(
                "hotline.first_time_sentence",
                lang,
                month=numbers.month(month, lang),
                known=say.counted(known, lang, "people"),
                new=say.counted(new, lang, "people"),
                share=share,
                interval=interval,
                since=numbers.month(first, lang),
            )
        ),
    ]
