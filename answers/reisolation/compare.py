"""Up to four kept scenarios side by side, against today's services, on the same random numbers; who gains."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from answers import say
from answers.answer import Answer, Banner, Column, Control, Figure, Fold, Heading, Note, Piece, Table
from answers.ask import EMPTY, Ask, Choice, Codes
from answers.reader import Reader
from answers.registry import question
from answers.reisolation import choices, levers, listed, source, words
from answers.reisolation.common import source_line
from answers.reisolation.listed import SHARED, Kept
from answers.reisolation.source import Register
from charts import intervals
from forecast.reisolation.outcome import Outcome
from forecast.reisolation.parameters import Lever
from forecast.reisolation.project import Scenario
from forecast.reisolation.scenario import MOST, differences, equity
from locales import numbers, t

Pair = tuple[Outcome, Outcome]
SURE = 0.975  # chance of preventing more from which an order is claimed


def _ids(read: Reader, codes: Codes) -> list[str]:
    return [one.scenario_id for one in listed.listing(read, codes[SHARED.name])[0]]


def _named(code: str, lang: str, read: Reader, codes: Codes) -> str:
    return next((k.name for k in listed.listing(read, codes[SHARED.name])[0] if k.scenario_id == code), code)


CHOSEN = Choice(
    name="cmp",
    options=_ids,
    default=lambda read, codes: ".".join(_ids(read, codes)[:2]) or EMPTY,
    kind="many",
    most=MOST,
    place="inline",
    label=lambda lang, codes: t("reisolation.compare_choose", lang, most=MOST),
    say_with=_named,
)


@dataclass(frozen=True, eq=False)
class Keeping:
    """What the form that keeps the present scenario needs; `first` where none is kept yet."""

    ask: Ask
    read: Reader
    found: Register
    scenario: Scenario
    first: bool


@dataclass(frozen=True, eq=False)
class Managed:
    """A scenario with what can be done with it: whether its numbers still stand, and what it stands on."""

    kept: Kept
    found: Register
    changed: Sequence[str]
    notes: Sequence[str]

    def label(self, lang: str) -> str:
        """Its name, and whether its numbers still stand."""
        return f"{self.kept.name} · {listed.changes_words(list(self.changed), lang)}"


@question("reisolation.compare", choices=(*choices.LINKED, SHARED, CHOSEN), needs=("spell",))
@choices.forecast
def compare(ask: Ask, read: Reader, found: Register) -> Answer:
    """Choice, difference chart and table, equity, and what can be done with each scenario."""
    lang = ask.lang
    every, broken = listed.listing(read, ask["sc"])
    current = choices.current(ask, read)
    top: list[Banner | Piece] = [Banner(t("reisolation.link_broken", lang), "error")] if broken else []
    if current.active and not levers.too_many(current):
        top.append(Piece("reisolation.keep", Keeping(ask, read, found, current, not every)))
    if not every:
        return _examples(read, found, top, lang)
    by = {k.scenario_id: k for k in every}
    chosen = [by[i] for i in ask.many("cmp")]
    if not chosen:
        return Answer("", t("reisolation.compare_pick", lang), blocks=(*top, Control("cmp")))
    pairs = [_pair(read, found, k) for k in chosen]
    sentence, sure = _sentence(chosen, pairs, lang)
    known = levers.in_force(read)
    managed = [_managed(found, one, mine, known, lang) for one, (_, mine) in zip(chosen, pairs, strict=True)]
    return Answer(
        "",
        sentence,
        sure,
        blocks=(
            *top,
            Control("cmp"),
            _chart(found, chosen, pairs, lang),
            _table(chosen, pairs, lang),
            Heading(t("reisolation.equity", lang)),
            Note(t("reisolation.equity_note", lang)),
            _equity(found, chosen, pairs, lang),
            Heading(t("reisolation.manage", lang)),
            *(
                Piece("reisolation.manage", one, [Note(text) for text in (one.label(lang), *one.notes)])
                for one in managed
            ),
            source_line(read, found, lang),
        ),
    )


def _examples(read: Reader, found: Register, top: Sequence[Banner | Piece], lang: str) -> Answer:
    """Two examples side by side where nobody has kept a scenario yet, so that the page shows what it is for."""
    chosen, pairs = [], []
    for scenario in levers.examples(read, lang):
        draws = levers.EXAMPLE_DRAWS
        mine = source.run(read, found, scenario, draws=draws)
        pairs.append((source.run(read, found, levers.reference(scenario), draws=draws), mine))
        chosen.append(Kept(scenario.name, listed.saved(found, scenario, scenario.name, mine), "", True))
    sentence, sure = _sentence(chosen, pairs, lang)
    which = " · ".join(f"{k.name}: {levers.said(k.saved.scenario, lang)}" for k in chosen)
    return Answer(
        "",
        sentence,
        sure,
        blocks=(
            *top,
            Note(t("reisolation.compare_example", lang, which=which)),
            _chart(found, chosen, pairs, lang),
            _table(chosen, pairs, lang),
            Heading(t("reisolation.equity", lang)),
            Note(t("reisolation.equity_note", lang)),
            _equity(found, chosen, pairs, lang),
            _chances(pairs, lang),
            source_line(read, found, lang),
        ),
    )


def _chances(pairs: Sequence[Pair], lang: str) -> Fold:
    """How often the scenario that prevents most prevents more than the next."""
    saved = sorted((mine.prevented(base) for base, mine in pairs), key=lambda s: -float(s.mean()))
    more = saved[0] > saved[1]
    said = words.chance(more, lang) if words.rough(more) else numbers.percent(100 * float(more.mean()), 0)
    return say.figures(lang, (t("figures.more_likely", lang), said))


def _pair(read: Reader, found: Register, one: Kept) -> Pair:
    """What the scenario is held against, and the scenario, with the draws and the seed that it was saved with."""
    mine, saved = one.saved.scenario, one.saved
    base, own = (
        source.run(read, found, each, draws=saved.draws, seed=saved.seed, months=saved.months)
        for each in (levers.reference(mine), mine)
    )
    return base, own


def _sentence(chosen: Sequence[Kept], pairs: Sequence[Pair], lang: str) -> tuple[str, str]:
    """Which scenario prevents most, and whether its difference from the next is sure."""
    saved = [mine.prevented(base) for base, mine in pairs]
    order = np.argsort([-s.mean() for s in saved])
    best = int(order[0])
    count = words.count_with_limits(saved[best], lang)
    said = t("reisolation.compare_one", lang, name=chosen[best].name, n=count)
    if len(chosen) < 2:
        return said, ""
    after = int(order[1])
    if len(saved[best]) != len(saved[after]) or chosen[best].saved.seed != chosen[after].saved.seed:
        return said, ""
    return said, _order_words(saved[best] > saved[after], chosen[after].name, lang)


def _order_words(more: np.ndarray, name: str, lang: str) -> str:
    """Whether the one that prevents most can be said to."""
    if words.rough(more):
        draws = numbers.number(len(more))
        return t("reisolation.compare_rough", lang, chance=words.chance(more, lang), name=name, draws=draws)
    sure = float(more.mean())
    key = "reisolation.compare_sure" if sure >= SURE else "reisolation.compare_unsure"
    return t(key, lang, chance=numbers.percent(100 * sure, 0), name=name)


def _chart(found: Register, chosen: Sequence[Kept], pairs: Sequence[Pair], lang: str) -> Figure:
    saved = [mine.prevented(base) for base, mine in pairs]
    rows = [(float(s.mean()), *map(float, np.quantile(s, [0.025, 0.975]))) for s in saved]
    sides = ["higher" if low > 0 else "lower" if high < 0 else "similar" for _, low, high in rows]
    hover = [
        f"{html.escape(k.name)}: {words.count_with_limits(s, lang)}"
        for k, s in zip(chosen, saved, strict=True)
    ]
    value, low, high = (list(column) for column in zip(*rows, strict=True))
    figure = intervals.interval_dots(
        [_short(k.name) for k in chosen],
        value,
        low,
        high,
        side=sides,
        hover=hover,
        yardstick=0,
        yardstick_label=t("reisolation.today", lang),
        caption=t(f"evidence.{found.evidence}", lang),
        suffix="",
    )
    return Figure("reisolation_compared", figure, t("reisolation.compare_alt", lang))


def _short(name: str) -> str:
    return html.escape(name if len(name) <= 24 else name[:23] + "…")


def _columns(key: str, chosen: Sequence[Kept], lang: str) -> list[Column]:
    return [Column(t(key, lang)), *(Column(k.name, number=True) for k in chosen)]


def _table(chosen: Sequence[Kept], pairs: Sequence[Pair], lang: str) -> Table:
    """Differences from today's services after five years, draw by draw."""
    tables = [differences(base, mine) for base, mine in pairs]
    rows = [
        (t(f"reisolation.diff_{name}", lang), *(_difference(table.loc[name], name, lang) for table in tables))
        for name in map(str, tables[0].index)
    ]
    return Table(_columns("reisolation.diff_number", chosen, lang), rows)


def _difference(row: pd.Series, name: str, lang: str) -> str:
    """One difference with its limits, in its own unit."""
    if name == "cost_krw":
        value, low, high = (numbers.won(float(v), lang) for v in row)
    else:
        scales = {"first_incidence": (100, 1), "share_now": (100, 1), "per_leaver": (1, 2)}
        scale, digits = scales.get(name, (1, 0))
        value, low, high = (numbers.signed(float(scale * v), digits) for v in row)
    return t("services.with_limits", lang, value=value, limits=words.between(low, high, lang))


def _equity(found: Register, chosen: Sequence[Kept], pairs: Sequence[Pair], lang: str) -> Table:
    """Prevented per 100 expected, by age and by kind of district."""
    assert found.intake is not None
    people = found.intake.people
    rows = []
    for by in ("age_group", "zone"):
        if people[by].nunique() < 2:
            continue
        tables = [equity(base, mine, people[by].to_numpy()) for base, mine in pairs]
        for value in tables[0].index:
            cells = [_per_hundred(table.loc[value], lang) for table in tables]
            rows.append((t(f"reisolation.equity_{by}_{value}", lang), *cells))
    return Table(_columns("reisolation.equity_group", chosen, lang), rows)


def _per_hundred(row: pd.Series, lang: str) -> str:
    value, low, high = (numbers.signed(row[c], 1) for c in ("prevented_per_100", "lower", "upper"))
    return t("services.with_limits", lang, value=value, limits=words.between(low, high, lang))


def _managed(found: Register, one: Kept, mine: Outcome, known: dict[str, Lever], lang: str) -> Managed:
    """Whether the numbers still stand, and what the scenario is and stands on."""
    notes = [levers.said(one.saved.scenario, lang)]
    if not levers.same_assumptions(one.saved.scenario, known):
        notes.append(t("reisolation.other_assumptions", lang))
    notes.append(
        t(
            "reisolation.kept_by",
            lang,
            author=one.author or t("reisolation.by_link", lang),
            model=one.saved.model_version,
            data=one.saved.data_version,
            seed=one.saved.seed,
            draws=numbers.number(one.saved.draws),
        )
    )
    return Managed(one, found, listed.changes(found, one, mine), notes)
