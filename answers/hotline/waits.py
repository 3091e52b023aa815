"""How long contacts wait: median, P90 and longest beside the mean, and four ways to count a service level."""

from __future__ import annotations

from typing import Any

import pandas as pd

from answers import say
from answers.answer import Answer, Beside, Figure, Heading, Note, Table
from answers.ask import Ask
from answers.hotline.choices import CHANNEL, MONTHS, TARGET, span
from answers.hotline.common import hotline
from answers.reader import Reader, Rule
from answers.registry import question
from charts import series
from locales import numbers, t
from metrics.waits import Wait, service_levels, wait_summary

FORMULAS = ("sl1", "sl2", "sl3", "sl4")
CHANNELS = ("phone", "chat")
Levels = dict[str, tuple[float, float]]
PERCENTILES = Rule(
    "wait percentiles",
    "median, mean and longest wait of at least 30 answered contacts, P90 of at least 40, never a count",
)
LEVELS = Rule("service levels", "counts within a waiting time, protected before they are shown")


@question("hotline.waits", choices=(MONTHS, CHANNEL, TARGET), needs=("hotline_contact",))
@hotline
def waits(ask: Ask, read: Reader) -> Answer:
    """Waits by channel, service level on four formulas, and median and P90 by month."""
    lang, months, target_s = ask.lang, span(ask, read), ask.number("target_s")
    rows = read.for_model(
        "hotline_wait",
        columns=("contacts",),
        keys=("month_key", "channel", "outcome", "wait_s"),
        where={"month_key": months},
    )
    if rows.empty:
        return Answer("", t("chart.no_figures", lang))
    told = read.judged(PERCENTILES, _told, rows, ask["channel"])
    levels: Levels = {}
    for name, pair in read.judged(LEVELS, _levels, rows, ask["channel"], target_s).items():
        top, bottom = read.protected(pair)
        levels[name] = (float(top), float(bottom))
    evidence = read.whose
    left = (
        Heading(t("hotline.waits", lang)),
        _by_channel(read, told, lang),
        Note(t("hotline.waits_note", lang)),
    )
    right = (
        Heading(t("hotline.levels", lang, s=target_s)),
        _level_table(read, levels, lang),
        Note(t("hotline.levels_note", lang)),
    )
    return Answer(
        "",
        _sentence(read, told["all"], levels, target_s, lang),
        blocks=(
            Beside((left, right)),
            Heading(t("hotline.wait_trend", lang)),
            _trend(told["months"], evidence, lang),
            say.source(evidence, lang, period=say.span_words(months, lang)),
            say.how(lang, "hotline.how_waits", "hotline.how_levels"),
        ),
        period=say.span_words(months, lang),
    )


def _told(rows: pd.DataFrame, channel: str) -> dict[str, Any]:
    """Waits of the chosen channel, by channel, and by month."""
    mine = rows[rows["channel"] == channel] if channel else rows
    by_channel = dict(tuple(rows.groupby("channel")))
    return {
        "all": wait_summary(mine),
        "channels": {c: wait_summary(by_channel.get(c, rows.iloc[:0])) for c in CHANNELS},
        "months": {int(month): wait_summary(part) for month, part in mine.groupby("month_key")},
    }


def _levels(rows: pd.DataFrame, channel: str, target_s: int) -> dict[str, tuple[float, float]]:
    return service_levels(rows[rows["channel"] == channel] if channel else rows, target_s)


def _seconds(value: float, lang: str) -> str:
    return t("status.withheld", lang) if pd.isna(value) else numbers.duration(value, lang)


def _sentence(read: Reader, found: Wait, levels: Levels, target_s: int, lang: str) -> str:
    level, interval = say.share_words(read, *levels["sl1"], lang)
    return t(
        "hotline.waits_sentence",
        lang,
        median=_seconds(found.median, lang),
        p90=_seconds(found.p90, lang),
        mean=_seconds(found.mean, lang),
        s=target_s,
        level=level,
        interval=interval,
    )


def _by_channel(read: Reader, told: dict[str, Any], lang: str) -> Table:
    names = ("channel", "median", "p90", "longest", "mean", "n")
    rows = []
    every = {"all": told["all"], **told["channels"]}
    for channel, found in every.items():
        # The longest is one contact's: to the whole minute it points at nobody.
        longest = (
            "–"
            if pd.isna(found.longest)
            else t("hotline.minutes", lang, n=numbers.number(-(-found.longest // 60)))
        )
        rows.append(
            (
                t(f"hotline.channel_{channel}", lang),
                _seconds(found.median, lang),
                _seconds(found.p90, lang),
                longest,
                _seconds(found.mean, lang),
                say.count_words(read.one(found.n), lang),
            )
        )
    return Table(say.heads("hotline.wait_col_", names, lang, words=("channel",)), rows)


def _level_table(read: Reader, levels: Levels, lang: str) -> Table:
    rows = [
        (
            t(f"hotline.{name}", lang),
            t(f"hotline.{name}_formula", lang),
            *say.share_cells(read, *levels[name], lang),
        )
        for name in FORMULAS
    ]
    names = ("name", "formula", "value", "interval")
    return Table(say.heads("hotline.level_col_", names, lang, words=("name", "formula")), rows)


def _trend(months: dict[int, Wait], evidence: str, lang: str) -> Figure:
    drawn = []
    for name in ("median", "p90", "mean"):
        label = t(f"hotline.wait_col_{name}", lang)
        values = [getattr(found, name) for found in months.values()]
        hover = [
            f"{numbers.month(m, lang)}\n{label} \ue000{_seconds(v, lang)}\ue001"
            for m, v in zip(months, values, strict=True)
        ]
        drawn.append(series.Line(label, values, hover))
    figure = series.lines(
        series.month_starts(months),
        drawn,
        caption=t(f"evidence.{evidence}", lang),
        kind="date",
        tick=t("services.tick_month", lang),
        suffix="초" if lang == "ko" else " s",
    )
    return Figure("hotline_waits", figure, t("hotline.wait_trend_alt", lang, n=len(months)))
