"""Up to four kept scenarios side by side, against today's services, on the same random numbers; who gains."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from charts import intervals
from forecast.reisolation.outcome import Outcome
from forecast.reisolation.parameters import Lever
from forecast.reisolation.scenario import MOST, differences, equity
from locales import numbers, t
from ui import blocks, view
from ui.reisolation import kept, levers, seen, source, words
from ui.reisolation.kept import Kept
from ui.reisolation.source import Register


def draw(found: Register, lang: str) -> None:
    """Choice, difference chart and table, equity, and what can be done with each scenario."""
    every, broken = kept.listing()
    if broken:
        st.error(t("reisolation.link_broken", lang))
    current = levers.current(lang)
    if current.active and not levers.too_many(current):
        with st.expander(
            t("reisolation.keep_current", lang, levers=levers.said(current, lang)), expanded=not every
        ):
            if kept.keep(found, current, lang):
                every, _ = kept.listing()
    if not every:
        blocks.lead(t("reisolation.compare_none", lang))
        blocks.note(t("reisolation.compare_how", lang))
        return
    by = {k.scenario_id: k for k in every}
    ids = view.choose_many("cmp", list(by), label=t("reisolation.compare_choose", lang, most=MOST), most=MOST,
                           default=list(by)[:2], say=lambda i: by[i].name)  # fmt: skip
    chosen = [by[i] for i in ids]
    if not chosen:
        blocks.lead(t("reisolation.compare_pick", lang))
        return
    with st.spinner(t("reisolation.reckoning", lang)):
        pairs = [_pair(found, k) for k in chosen]
    _sentence(chosen, pairs, lang)
    _chart(found, chosen, pairs, lang)
    _table(chosen, pairs, lang)
    blocks.heading(t("reisolation.equity", lang))
    blocks.note(t("reisolation.equity_note", lang))
    _equity(found, chosen, pairs, lang)
    blocks.heading(t("reisolation.manage", lang))
    known = levers.in_force()
    for one, (_, mine) in zip(chosen, pairs, strict=True):
        _manage(found, one, mine, known, lang)
    seen.source_line(found, lang)


Pair = tuple[Outcome, Outcome]


def _pair(found: Register, one: Kept) -> Pair:
    """What the scenario is held against, and the scenario, with the draws and the seed that it was saved with."""
    how = {"draws": one.saved.draws, "seed": one.saved.seed, "months": one.saved.months}
    mine = one.saved.scenario
    return source.run(found, levers.reference(mine), **how), source.run(found, mine, **how)


def _sentence(chosen: Sequence[Kept], pairs: Sequence[Pair], lang: str) -> None:
    """Which scenario prevents most, only where its difference from the next is sure."""
    saved = [mine.prevented(base) for base, mine in pairs]
    order = np.argsort([-s.mean() for s in saved])
    best = int(order[0])
    said = t(
        "reisolation.compare_one", lang, name=chosen[best].name, n=words.count_with_limits(saved[best], lang)
    )
    more = ""
    if len(chosen) > 1:
        after = int(order[1])
        if len(saved[best]) == len(saved[after]) and chosen[best].saved.seed == chosen[after].saved.seed:
            sure = float((saved[best] > saved[after]).mean())
            more = t("reisolation.compare_sure" if sure >= 0.975 else "reisolation.compare_unsure", lang,
                     chance=numbers.percent(100 * sure, 0), name=chosen[after].name)  # fmt: skip
    blocks.lead(said, more)


def _chart(found: Register, chosen: Sequence[Kept], pairs: Sequence[Pair], lang: str) -> None:
    rows = [_limits(mine.prevented(base)) for base, mine in pairs]
    sides = ["higher" if low > 0 else "lower" if high < 0 else "similar" for _, low, high in rows]
    hover = [f"{blocks.esc(k.name)}: {words.count_with_limits(mine.prevented(base), lang)}" for k, (base, mine) in zip(chosen, pairs, strict=True)]  # fmt: skip
    figure = intervals.interval_dots(
        [_short(k.name) for k in chosen], *zip(*rows, strict=True), side=sides, hover=hover, yardstick=0,
        yardstick_label=t("reisolation.today", lang), caption=t(f"evidence.{found.evidence}", lang), suffix="",
    )  # fmt: skip
    blocks.chart(figure, key="reisolation_compared", alt=t("reisolation.compare_alt", lang))


def _short(name: str) -> str:
    return blocks.esc(name if len(name) <= 24 else name[:23] + "…")


def _limits(draws: np.ndarray) -> tuple[float, float, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(draws.mean()), float(low), float(high)


def _table(chosen: Sequence[Kept], pairs: Sequence[Pair], lang: str) -> None:
    """Differences from today's services after five years, draw by draw."""
    heads = [(t("reisolation.diff_number", lang), False), *((k.name, True) for k in chosen)]
    tables = [differences(base, mine) for base, mine in pairs]
    rows = [(t(f"reisolation.diff_{name}", lang), *(_difference(table.loc[name], name, lang) for table in tables)) for name in tables[0].index]  # fmt: skip
    blocks.table(heads, rows, stacked=True)


def _difference(row: pd.Series, name: str, lang: str) -> str:
    """One difference with its limits, in its own unit."""
    if name == "cost_krw":
        value, low, high = (numbers.won(float(v), lang) for v in row)
    else:
        scale, digits = {"first_incidence": (100, 1), "share_now": (100, 1), "per_leaver": (1, 2)}.get(
            name, (1, 0)
        )
        value, low, high = (numbers.signed(float(scale * v), digits) for v in row)
    return t("services.with_limits", lang, value=value, limits=words.between(low, high, lang))


def _equity(found: Register, chosen: Sequence[Kept], pairs: Sequence[Pair], lang: str) -> None:
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
    blocks.table(
        [(t("reisolation.equity_group", lang), False), *((k.name, True) for k in chosen)], rows, stacked=True
    )


def _per_hundred(row: pd.Series, lang: str) -> str:
    return t("services.with_limits", lang, value=numbers.signed(row["prevented_per_100"], 1),
             limits=words.between(numbers.signed(row["lower"], 1), numbers.signed(row["upper"], 1), lang))  # fmt: skip


def _manage(found: Register, one: Kept, mine: Outcome, known: dict[str, Lever], lang: str) -> None:
    """Whether the numbers still stand, and link, script, sliders and withdrawal."""
    changed = kept.changes(found, one, mine)
    with st.expander(f"{one.name} · {kept.changes_words(changed, lang)}", icon=":material/check:" if not changed else ":material/update:"):  # fmt: skip
        blocks.note(levers.said(one.saved.scenario, lang))
        if not levers.same_assumptions(one.saved.scenario, known):
            blocks.note(t("reisolation.other_assumptions", lang))
        blocks.note(t("reisolation.kept_by", lang, author=one.author or t("reisolation.by_link", lang), model=one.saved.model_version,
                      data=one.saved.data_version, seed=one.saved.seed, draws=numbers.number(one.saved.draws)))  # fmt: skip
        first, second, third = st.columns(3)
        first.button(t("reisolation.start_from", lang), key=f"from_{one.scenario_id}", on_click=levers.set_sliders, args=(one.saved.scenario,), icon=":material/tune:")  # fmt: skip
        second.download_button(t("reisolation.script", lang), kept.script_of(found, one.saved), file_name=f"scenario_{one.scenario_id}.py",
                               mime="text/x-python", on_click="ignore", key=f"script_{one.scenario_id}", icon=":material/code:")  # fmt: skip
        if not one.shared and view.analyst():
            third.button(t("reisolation.withdraw", lang), key=f"withdraw_{one.scenario_id}", on_click=kept.withdraw,
                         args=(one.scenario_id, lang), icon=":material/delete:")  # fmt: skip
        kept.share(one.saved, lang)
