"""What moving money from one lever to another would do, at the best mix or at places that a link names."""

from __future__ import annotations

import numpy as np

from answers import say
from answers.answer import Answer, Column, Note, Table
from answers.ask import Ask, Choice, Codes
from answers.choice import common, source
from answers.reader import Reader
from answers.registry import question
from answers.reisolation import levers, words
from answers.reisolation.common import source_line
from answers.reisolation.source import Register
from answers.studies import Pending
from forecast.reisolation import allocation
from forecast.reisolation.allocation import Surface
from locales import numbers, t

AMOUNTS = ("1", "2", "5", "10", "20", "50")  # hundreds of millions of won


def _from(read: Reader, codes: Codes) -> list[str]:
    """Levers of the mix: from others there is nothing to take."""
    try:
        return list(source.starts(source.best(read, common.goal_of(codes), codes["sum"], "free")[2]))
    except Pending:
        return []


def _to(read: Reader, codes: Codes) -> list[str]:
    """Every other lever that the goal has a use for."""
    dropped = () if common.goal_of(codes) == "years" else ("intake",)
    known = levers.in_force(read).values()
    return [one.lever_id for one in known if one.lever_id != codes["from"] and one.acts_on not in dropped]


FROM = Choice(
    name="from",
    options=_from,
    label="choice.from",
    say=lambda code, lang, read: levers.plain_name(code, lang),
)
TO = Choice(
    name="to", options=_to, label="choice.to", say=lambda code, lang, read: levers.plain_name(code, lang)
)
AMOUNT = Choice(
    name="amount",
    options=AMOUNTS,
    default="10",
    label="choice.amount",
    say=lambda code, lang, read: numbers.won(int(code) * source.HUNDRED_MILLION, lang),
)


@question("choice.move", choices=(source.GOAL, source.SUM, FROM, TO, AMOUNT), needs=("spell",))
@source.choice
def move(ask: Ask, read: Reader, found: Register) -> Answer:
    """The difference of the two mixes, draw by draw."""
    lang, goal = ask.lang, common.goal_of(ask)
    within, _, mix = source.best(read, goal, ask["sum"], "free")
    if not ask["from"] or not ask["to"]:
        return Answer("", t("choice.none_at_all", lang, sum=numbers.won(within.krw, lang)))
    surface = source.sized(read, goal)
    wanted = ask.number("amount") * source.HUNDRED_MILLION
    after, moved = moved_sizes(surface, mix.size, ask["from"], ask["to"], wanted)
    before, then = (allocation.does(surface, size)[0] for size in (mix.size, after))
    gap = then - before
    names = {code: levers.plain_name(ask[code], lang) for code in ("from", "to")}
    key = "move_undecided"
    if np.quantile(gap, 0.025) > 0:
        key = "move_more"
    elif np.quantile(gap, 0.975) < 0:
        key = "move_less"
    said = {**names, "amount": numbers.won(moved, lang), "gain": common.gain(gap, goal, lang)}
    rows = []
    for place, name in enumerate(surface.levers):
        if mix.size[place] or after[place]:
            cells = [numbers.number(size[place] * surface.places[place]) for size in (mix.size, after)]
            rows.append((levers.plain_name(name, lang), *cells))
    rows.append((t(f"choice.axis_{goal}", lang), *(words.count_with_limits(d, lang) for d in (before, then))))
    columns = [
        Column(t("choice.col_lever", lang)),
        Column(t("choice.col_before", lang), number=True),
        Column(t("choice.col_after", lang), number=True),
    ]
    less = (
        () if moved >= wanted - 1 else (Note(t("choice.move_part", lang, amount=numbers.won(moved, lang))),)
    )
    return Answer(
        "",
        t(f"choice.{key}", lang, **said),
        t("choice.move_sure", lang, chance=words.chance(gap <= 0, lang)),
        blocks=(
            Table(columns, rows, name="choice_move", caption=t("choice.part_move", lang)),
            *less,
            Note(t(f"choice.note_goal_{goal}", lang)),
            say.figures(
                lang,
                (t("figures.alloc_amount", lang), said["amount"]),
                (t("figures.alloc_gain", lang), said["gain"]),
                (t("figures.alloc_nomore", lang), words.chance(gap <= 0, lang)),
            ),
            source_line(read, found, lang),
        ),
    )


def moved_sizes(
    surface: Surface, size: np.ndarray, source_id: str, target_id: str, krw: float
) -> tuple[np.ndarray, float]:
    """(levers,) sizes after the move, and the won that could be moved: what the one has, and what the other has places for."""
    money = surface.cost.mean(axis=0).sum(axis=0)  # levers × sizes
    known = [0.0, *surface.sizes]
    a, b = (surface.levers.index(name) for name in (source_id, target_id))
    has = [float(np.interp(size[i], known, [0.0, *money[i]])) for i in (a, b)]
    moved = min(krw, has[0], float(money[b, -1]) - has[1])
    after = size.astype(float).copy()
    after[a] = float(np.interp(has[0] - moved, [0.0, *money[a]], known))
    after[b] = float(np.interp(has[1] + moved, [0.0, *money[b]], known))
    return after, moved
