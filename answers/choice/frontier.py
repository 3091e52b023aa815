"""Money and what it buys: the best mix for every sum, and where more stops to help."""

from __future__ import annotations

import numpy as np

from answers import say
from answers.answer import Answer, Column, Figure, Note, Table
from answers.ask import Ask
from answers.choice import common, source
from answers.reader import Reader
from answers.registry import question
from answers.reisolation import levers, words
from answers.reisolation.common import source_line
from answers.reisolation.source import Register
from charts import series
from forecast.reisolation.allocation import Every
from locales import numbers, t

STEPS = 16


@question("choice.frontier", choices=(source.GOAL,), needs=("spell",))
@source.choice
def frontier(ask: Ask, read: Reader, found: Register) -> Answer:
    """The most that each sum gains, from nothing to all that the levers have places for."""
    lang, goal = ask.lang, common.goal_of(ask)
    every = source.every(read, goal, "left")
    sums, at = steps(every)
    draws = [every.gain[:, n] for n in at]
    value = [float(d.mean()) for d in draws]
    low, high = ([float(np.quantile(d, q)) for d in draws] for q in (0.025, 0.975))
    half = half_at(sums, value)
    hover = [
        f"{numbers.won(krw, lang)}: {common.gain(d, goal, lang)}" for krw, d in zip(sums, draws, strict=True)
    ]
    figure = series.lines(
        [krw / (1e8 if lang == "ko" else 1e9) for krw in sums],
        [series.Line(t(f"choice.axis_{goal}", lang), value, hover)],
        caption=t(f"evidence.{found.evidence}", lang),
        band=(low, high),
        height=340,
        x_title=t("choice.axis_krw", lang),
    )
    columns = [
        Column(t("choice.col_krw", lang), number=True),
        Column(t(f"choice.axis_{goal}", lang), number=True),
        Column(t("choice.col_mix", lang)),
    ]
    rows = [
        (numbers.won(krw, lang), words.count_with_limits(d, lang), _mix(read, every, n, lang))
        for krw, d, n in zip(sums, draws, at, strict=True)
    ]
    sentence = t(
        "choice.frontier",
        lang,
        half=numbers.won(half, lang),
        all=numbers.won(sums[-1], lang),
        most=common.gain(draws[-1], goal, lang),
    )
    return Answer(
        "",
        sentence,
        t("choice.frontier_sure", lang),
        blocks=(
            Figure("choice_frontier", figure, t("choice.frontier_alt", lang), Table(columns, rows)),
            Note(t(f"choice.note_goal_{goal}", lang)),
            say.figures(lang, (t("figures.alloc_half", lang), numbers.won(half, lang))),
            source_line(read, found, lang),
        ),
    )


def steps(every: Every) -> tuple[list[float], list[int]]:
    """Sums of money at even steps up to what the best mix of all costs, and the best mix within each."""
    mean = every.gain.mean(axis=0)
    top = float(every.krw[int(mean.argmax())])
    sums, at = [], []
    for krw in np.linspace(0, top, STEPS + 1):
        fits = np.flatnonzero(every.krw <= krw + 1e-6)
        sums.append(float(krw))
        at.append(int(fits[mean[fits].argmax()]))
    return sums, at


def half_at(sums: list[float], value: list[float]) -> float:
    """The sum that gains half of what the largest does, straight between steps; gains never fall with money."""
    return float(np.interp(value[-1] / 2, value, sums))


def _mix(read: Reader, every: Every, n: int, lang: str) -> str:
    places = levers.ends(read)
    parts = [
        t(
            "reisolation.a_month",
            lang,
            lever=levers.plain_name(name, lang),
            n=numbers.number(size * places[name]),
        )
        for name, size in zip(every.levers, every.sizes[n], strict=True)
        if size
    ]
    return ", ".join(parts) or t("choice.nothing", lang)
