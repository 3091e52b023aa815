"""The mix that does most with a sum of money: what is in it, what it does, what it costs, and where its places lie."""

from __future__ import annotations

import numpy as np

from answers import say
from answers.answer import Answer, Block, Column, Figure, Fold, Go, Note, Table
from answers.ask import Ask
from answers.choice import common, source
from answers.reader import Reader
from answers.registry import question
from answers.reisolation import levers, words
from answers.reisolation import source as forecast
from answers.reisolation.common import how, source_line
from answers.reisolation.source import Register
from charts import intervals
from forecast.reisolation import allocation
from forecast.reisolation.allocation import Areas, Goal, Mix, Surface, Terms
from locales import numbers, t

ROUND = 5  # places a month are said to the nearest five by district


@question("choice.best", choices=(source.GOAL, source.SUM, source.SPLIT), needs=("spell",))
@source.choice
def best(ask: Ask, read: Reader, found: Register) -> Answer:
    """The mix, against today's services and against the same money split evenly."""
    lang, goal = ask.lang, common.goal_of(ask)
    within, over, mix = source.best(read, goal, ask["sum"], ask["split"])
    surface = source.sized(read, goal)
    money = numbers.won(within.krw, lang)
    if not source.starts(mix):
        return Answer("", t("choice.none_at_all", lang, sum=money), blocks=(_notes(read, goal, lang),))
    base, mine = source.outcome(read, mix, lang)
    known = levers.in_force(read)
    draws = allocation.gained(base, mine, goal)
    spent = mine.cost_krw.sum(axis=(1, 2))
    cost, over_sum = words.won_limits(spent, lang), _over(within, spent, lang)
    key = "best" if common.told_apart(draws) else "best_unsure"
    said = {"sum": money, "mix": common.said(mix, lang), "gain": common.gain(draws, goal, lang)}
    link = levers.written_link(source.starts(mix))
    blocks: list[Block] = [
        _mixes(surface, within, mix, draws, spent, goal, found, lang),
        _table(read, ask, within, mix, surface, goal, lang),
        Go("reisolation", t("choice.open_link", lang), (("lv", link),)),
        Note(t("choice.open", lang)),
        Fold(t("choice.by_district", lang), _districts(read, over, mix, lang)),
        _notes(read, goal, lang),
        say.figures(
            lang,
            (t("figures.none_prevented", lang), words.chance(draws <= 0, lang)),
            (t("figures.alloc_cost", lang), cost),
            (t("figures.alloc_over", lang), over_sum),
        ),
        source_line(read, found, lang),
        how(
            found,
            lang,
            t("choice.how_title", lang),
            t(
                "choice.how",
                lang,
                surface=common.amount(mix.gain, goal, lang),
                model=common.amount(float(draws.mean()), goal, lang),
                gap=numbers.percent(100 * mix.gap, 1),
            ),
        ),
    ]
    counted = goal == "years" and any(known[name].acts_on == "intake" for name in source.starts(mix))
    sure = t("choice.best_sure", lang, cost=cost, share=over_sum)
    if counted:
        sure = f"{sure} {t('choice.note_goal_years', lang)}"
    return Answer("", t(f"choice.{key}", lang, **said), sure, blocks=tuple(blocks))


def _over(within: Terms, spent: np.ndarray, lang: str) -> str:
    """How often the cost exceeds the sum, since its mean alone was held to it."""
    return numbers.percent(100 * float((spent > within.krw).mean()), 0)


def _mixes(
    surface: Surface,
    within: Terms,
    mix: Mix,
    draws: np.ndarray,
    spent: np.ndarray,
    goal: Goal,
    found: Register,
    lang: str,
) -> Figure:
    """Today's services, the same money split evenly, and the mix: what each gains."""
    even = evenly(surface, within)
    rows = [
        (t("choice.today", lang), np.zeros(len(draws)), 0.0),
        (t("choice.even", lang), allocation.does(surface, even)[0], _krw(surface, even)),
        (t("choice.this", lang), draws, float(spent.mean())),
    ]
    value = [float(d.mean()) for _, d, _ in rows]
    low, high = ([float(np.quantile(d, q)) for _, d, _ in rows] for q in (0.025, 0.975))
    sides = ["similar", *("higher" if common.told_apart(d) else "undecided" for _, d, _ in rows[1:])]
    hover = [f"{name}: {common.gain(d, goal, lang)}" for name, d, _ in rows]
    figure = intervals.interval_dots(
        [name for name, *_ in rows],
        value,
        low,
        high,
        side=sides,
        hover=hover,
        caption=t(f"evidence.{found.evidence}", lang),
        yardstick=0,
        yardstick_label=t("choice.today", lang),
        suffix="",
        title=t(f"choice.axis_{goal}", lang),
    )
    columns = [
        Column(t("choice.col_what", lang)),
        Column(t(f"choice.axis_{goal}", lang), number=True),
        Column(t("choice.col_krw", lang), number=True),
    ]
    table = Table(
        columns, [(name, words.count_with_limits(d, lang), numbers.won(krw, lang)) for name, d, krw in rows]
    )
    return Figure("choice_mixes", figure, t("choice.mixes_alt", lang), table)


def evenly(surface: Surface, within: Terms) -> np.ndarray:
    """(levers,) sizes at which every lever that is not left out has the same money, as far as its places reach."""
    held = [i for i, name in enumerate(surface.levers) if name not in within.drop]
    each, sizes = within.krw / len(held), np.zeros(len(surface.levers))
    krw = surface.cost.mean(axis=0).sum(axis=0)  # levers × sizes
    for i in held:
        sizes[i] = float(np.interp(each, [0.0, *krw[i]], [0.0, *surface.sizes]))
    return sizes


def _krw(surface: Surface, sizes: np.ndarray) -> float:
    return float(allocation.does(surface, sizes)[1].sum(axis=1).mean())


def _table(read: Reader, ask: Ask, within: Terms, mix: Mix, surface: Surface, goal: Goal, lang: str) -> Table:
    """By lever: starts a month, money, and how often it is in the best mix."""
    often = source.every(read, goal, ask["sum"]).often()
    columns = [
        Column(t("choice.col_lever", lang)),
        Column(t("choice.col_starts", lang), number=True),
        Column(t("choice.col_krw", lang), number=True),
        Column(t("choice.col_often", lang), number=True),
    ]
    rows = []
    known = levers.in_force(read)
    for place, name in enumerate(mix.levers):
        alone = np.zeros(len(mix.levers))
        alone[place] = mix.size[place]
        some = mix.starts[place] >= 0.5
        rows.append(
            (
                levers.name(known[name], lang),
                numbers.number(mix.starts[place]) if some else "–",
                numbers.won(_krw(surface, alone), lang) if some else "–",
                numbers.percent(100 * often[name], 0) if name not in within.drop else "–",
            )
        )
    return Table(columns, rows, name="choice_mix", caption=t("choice.table", lang))


def _districts(read: Reader, over: Areas, mix: Mix, lang: str) -> list[Block]:
    """Where the places lie, to the nearest five a month, beside what the district's share of people would be."""
    if len(over.codes) < 2:
        return [Note(t("choice.one_place", lang))]
    names, every = read.district_names(lang), mix.by_area.sum(axis=0)
    like = over.share * every.sum()
    rows = [
        (
            names.get(code, code),
            _five(every[n]),
            _five(like[n]),
            t("choice.needs_most", lang) if over.need[n] else "",
        )
        for n, code in enumerate(over.codes)
    ]
    columns = [
        Column(t("map.col_area", lang)),
        Column(t("choice.col_starts", lang), number=True),
        Column(t("choice.col_like", lang), number=True),
        Column(t("choice.col_need", lang)),
    ]
    return [
        Note(t("choice.by_district_note", lang)),
        Table(columns, rows, name="choice_districts", caption=t("choice.by_district", lang)),
    ]


def _five(value: float) -> str:
    return numbers.number(ROUND * round(value / ROUND))


def _notes(read: Reader, goal: Goal, lang: str) -> Note:
    """What the goal leaves out, and what the plan's years leave."""
    last = max(forecast.money_left(read), default=read.as_of.year)
    years = t("choice.note_plan_years", lang, last=last)
    return Note(f"{t('choice.note_goal_returns', lang)} {years}" if goal == "returns" else years)
