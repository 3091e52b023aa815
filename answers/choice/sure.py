"""How sure the choice is: how often each lever is in the best mix, what a wrong choice loses, what would have to be learned, what terms cost."""

from __future__ import annotations

import numpy as np

from answers import say
from answers.answer import Answer, Block, Column, Figure, Heading, Lead, Note, Table
from answers.ask import Ask
from answers.choice import common, source
from answers.reader import Reader
from answers.registry import question
from answers.reisolation import levers
from answers.reisolation import source as forecast
from answers.reisolation.common import source_line
from answers.reisolation.source import Register
from charts import intervals
from forecast.reisolation import allocation
from forecast.reisolation import cost as money
from forecast.reisolation.allocation import Every, Goal, Terms
from locales import numbers, t
from metrics.intervals import wilson


@question("choice.sure", choices=(source.GOAL, source.SUM, source.SPLIT), needs=("spell",))
@source.choice
def sure(ask: Ask, read: Reader, found: Register) -> Answer:
    """In how many draws each lever is in the best mix; regret; worth of knowing; prices of the terms."""
    lang, goal = ask.lang, common.goal_of(ask)
    within, over, mix = source.best(read, goal, ask["sum"], ask["split"])
    every = source.every(read, goal, ask["sum"])
    often, regret = every.often(), every.regret()
    first = max(often, key=lambda name: often[name])
    most = float(every.gain[:, every.chosen].mean())
    sentence = t(
        "choice.sure",
        lang,
        lever=levers.plain_name(first, lang),
        share=numbers.percent(100 * often[first], 0),
        regret=common.amount(float(regret.mean()), goal, lang),
        gain=common.amount(most, goal, lang),
    )
    worst = common.amount(float(np.quantile(regret, 0.95)), goal, lang)
    prices = allocation.prices(source.sized(read, goal), within, over, mix)
    return Answer(
        "",
        sentence,
        t("choice.sure_sure", lang, worst=worst, draws=numbers.number(len(regret))),
        blocks=(
            _often(every, within, found, lang),
            Heading(t("choice.learn", lang)),
            *_learn(read, every, goal, lang),
            Heading(t("choice.prices", lang)),
            Note(t("choice.prices_note", lang)),
            Table(
                [Column(t("choice.col_term", lang)), Column(t(f"choice.col_more_{goal}", lang), number=True)],
                [(t(f"choice.term_{name}", lang), numbers.number(value)) for name, value in prices.items()],
                name="choice_prices",
                caption=t("choice.prices", lang),
            ),
            say.figures(
                lang,
                (t("figures.alloc_regret", lang), common.amount(float(regret.mean()), goal, lang)),
                (t("figures.alloc_gain", lang), common.amount(most, goal, lang)),
                (t("figures.alloc_worst", lang), worst),
                (t("figures.alloc_draws", lang), numbers.number(len(regret))),
            ),
            source_line(read, found, lang),
        ),
    )


def _often(every: Every, within: Terms, found: Register, lang: str) -> Figure:
    """Share of the draws with its limits: as many as were drawn, not more is known."""

    share, draws = every.often(), len(every.gain)
    share = {name: value for name, value in share.items() if name not in within.drop}
    names = sorted(share, key=lambda name: -share[name])
    limits = [wilson(round(share[n] * draws), draws) for n in names]
    labels = [levers.plain_name(n, lang) for n in names]
    hover = [
        f"{label}: {numbers.percent(100 * share[n], 0)} ({numbers.percent(100 * float(lo), 0)}–{numbers.percent(100 * float(hi), 0)})"
        for label, n, (lo, hi) in zip(labels, names, limits, strict=True)
    ]
    figure = intervals.interval_dots(
        labels,
        [100 * share[n] for n in names],
        [100 * float(lo) for lo, _ in limits],
        [100 * float(hi) for _, hi in limits],
        side=["higher" if share[n] >= 0.5 else "similar" for n in names],
        hover=hover,
        caption=t(f"evidence.{found.evidence}", lang),
        yardstick=50,
        yardstick_label=t("choice.half", lang),
        title=t("choice.col_often", lang),
    )
    return Figure("choice_often", figure, t("choice.often_alt", lang))


def _learn(read: Reader, every: Every, goal: Goal, lang: str) -> list[Block]:
    """What knowing each assumption would gain, those above the noise of the draws alone."""
    surface = source.sized(read, goal)
    inputs = {
        name: surface.ratios[:, i]
        for i, name in enumerate(surface.levers)
        if np.ptp(surface.ratios[:, i]) > 0
    }
    options = every.options().astype(float)
    single = money.evppi(options, {**inputs, "drift": surface.drift})
    floor = money.noise_floor(options, np.random.default_rng(forecast.SEED))
    known = single[single > floor]
    if known.empty:
        return [Lead(t("choice.learn_none", lang))]
    rows = [
        (
            t("choice.drift", lang) if name == "drift" else levers.plain_name(str(name), lang),
            common.amount(float(value), goal, lang),
        )
        for name, value in known.items()
    ]
    columns = [Column(t("choice.col_assumption", lang)), Column(t("choice.col_worth", lang), number=True)]
    return [
        Lead(t("choice.learn_first", lang, what=rows[0][0], worth=rows[0][1])),
        Table(columns, rows, name="choice_learn", caption=t("choice.learn", lang)),
    ]
