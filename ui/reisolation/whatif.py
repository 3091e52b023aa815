"""What becomes of those who left isolation, with today's services and with more of something: sentence, fan, reasons."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from charts import fan
from forecast.reisolation.outcome import NUMBERS, Outcome
from forecast.reisolation.project import BASELINE, Scenario
from locales import numbers, t
from ui import blocks, view
from ui.reisolation import kept, levers, seen, source, words
from ui.reisolation.source import Register

ANCHORS = (33.3, 45.6, 58.8)


def draw(found: Register, lang: str) -> None:
    """Sliders, and the answer that moves with them: a quick one first, then the full run."""
    top = st.empty()
    number = view.choose("number", NUMBERS, label=t("reisolation.number", lang), kind="segments",
                         say=lambda n: t(f"reisolation.number_{n}", lang))  # fmt: skip
    left, right = st.columns([5, 3], gap="large")
    with right:
        blocks.heading(t("reisolation.levers", lang))
        blocks.note(t("reisolation.levers_note", lang))
        scenario = levers.sliders(lang)
    with left:
        chart, under = st.empty(), st.empty()
    reasons = st.empty()
    if levers.too_many(scenario):
        top.error(t("reisolation.too_many", lang))
        return
    many = source.acting(scenario)
    telling = partial(_telling, under, lang)
    against = levers.reference(scenario)
    wanted = ((BASELINE, source.FULL[0]), (against, source.FULL[many]), (scenario, source.FULL[many]))
    known = all(source.ready(found, one, draws=draws) for one, draws in wanted)
    for draws in (source.FULL,) if known else (source.QUICK, source.FULL):
        base = source.run(found, BASELINE, draws=draws[0], on_part=telling)
        mine = source.run(found, scenario, draws=draws[many], on_part=telling) if scenario.active else None
        beside = source.run(found, against, draws=draws[many], on_part=telling)
        with top.container():
            blocks.lead(words.baseline(base, lang), words.sure(base, lang))
            if mine is not None:
                blocks.lead(words.effect(beside, mine, lang), words.effect_sure(beside, mine, lang))
        drawn = figure(found, number, base, mine, lang)
        with chart:
            blocks.chart(drawn, key=None, alt=words.baseline(base, lang))
        with under.container():
            blocks.note(t("reisolation.draws", lang, n=numbers.number(draws[many])))
        if draws is source.FULL:
            with reasons.container():
                _table(found, base, mine, lang)
                if mine is not None:
                    _reasons(found, scenario, beside, mine, lang)
                    kept.offer(found, scenario, mine, lang)
    if any(lever.acts_on == "intake" for lever in scenario.active):
        blocks.note(t("reisolation.intake_note", lang))
    seen.source_line(found, lang)
    blocks.note(t("reisolation.anchors", lang, low=ANCHORS[0], middle=ANCHORS[1], high=ANCHORS[2]))
    blocks.how_text(t("reisolation.how_title", lang), t("reisolation.how_model", lang), lang)


def _telling(place: object, lang: str, done: int, every: int) -> None:
    """Say how far a run is. Every word to the screen is also where a run gives way to a slider moved meanwhile."""
    with place.container():  # type: ignore[attr-defined]
        blocks.note(t("reisolation.running", lang, done=numbers.number(done), every=numbers.number(every)))


def figure(found: Register, number: str, base: Outcome, mine: Outcome | None, lang: str) -> dict:
    """The fan of one of the three numbers; what was observed as points beneath the first."""
    share = number != "per_leaver"
    scale = 100 if share else 1
    paths = [_path(base, number, t("reisolation.today", lang), scale, accent=mine is None)]
    if mine is not None:
        paths.append(_path(mine, number, t("reisolation.current", lang), scale, accent=True))
    # The third number runs over calendar months: what rests on assumption there grows with them and is said in words.
    known = base.months if number == "share_now" else base.last_clock
    points = seen.points(found) if number == "first_incidence" else None
    unit = "%" if share else t("reisolation.times", lang)
    labels = {name: t(f"reisolation.fan_{name}", lang) for name in ("month", "band", "seen", "beyond")}
    years = [
        t("reisolation.fan_year", lang, n=k) if k else t("reisolation.fan_now", lang)
        for k in range(base.months // 12 + 1)
    ]
    return fan.fan(paths, known_to=known, seen=points, labels=labels, years=years, suffix=unit, caption=t(f"evidence.{found.evidence}", lang))  # fmt: skip


def _path(found: Outcome, number: str, name: str, scale: float, *, accent: bool) -> fan.Path:
    bands = {level: (scale * low, scale * high) for level, (low, high) in found.fan(number).items()}
    return fan.Path(name, scale * np.median(found.path(number), axis=0), bands, accent)


def _table(found: Register, base: Outcome, mine: Outcome | None, lang: str) -> None:
    """The three numbers by year as a table, and the same as a file."""
    rows = []
    named = [("today", base)] + ([("current", mine)] if mine is not None else [])
    for number in NUMBERS:
        for who, one in named:
            cells = [(words.rate if number == "per_leaver" else words.share)(one.at(number, month), lang) for month in range(12, one.months + 1, 12)]  # fmt: skip
            rows.append((t(f"reisolation.number_{number}", lang), t(f"reisolation.{who}", lang), *cells))
    heads = [t("reisolation.number", lang), t("reisolation.arm", lang), *(t("reisolation.fan_year", lang, n=k) for k in range(1, base.months // 12 + 1))]  # fmt: skip
    with st.expander(t("reisolation.as_table", lang)):
        blocks.table([(h, k > 1) for k, h in enumerate(heads)], rows, stacked=True)
        evidence = t(f"evidence.{found.evidence}", lang)
        frame = pd.DataFrame(rows, columns=heads).assign(**{
            t("map.col_evidence", lang): evidence, t("reisolation.log_day", lang): numbers.day(found.as_of, lang),
            t("reisolation.kept_model", lang): found.model_version, t("reisolation.kept_data", lang): found.data_version,
        })  # fmt: skip
        blocks.download(
            lambda: frame, name=f"reisolation_{found.as_of:%Y%m%d}_{found.evidence}.csv", lang=lang
        )


def _reasons(found: Register, scenario: Scenario, against: Outcome, mine: Outcome, lang: str) -> None:
    """Why the answer moves: who starts, what holds it back, what each lever would do alone, on the same draws."""
    blocks.heading(t("reisolation.reasons", lang))
    rows, alone = [], np.zeros(mine.draws)
    for place, lever in enumerate(scenario.active):
        single = replace(scenario, levers=(lever,))
        own, plain = (source.run(found, one, draws=mine.draws) for one in (single, BASELINE))
        prevented = own.prevented(plain)
        alone += prevented if lever.acts_on == "return" else 0.0
        starts = mine.starts[:, :, place]
        rows.append((
            levers.plain_name(lever.lever_id, lang), numbers.number(starts.sum(axis=1).mean()), words.held_back(lever, starts, lang),
            words.assumed(lever, lang), words.count_with_limits(prevented, lang),
        ))  # fmt: skip
    blocks.table([(t(f"reisolation.reason_{c}", lang), c in ("starts", "alone"))
                  for c in ("lever", "starts", "held", "assumed", "alone")], rows, stacked=True)  # fmt: skip
    if source.acting(scenario) > 1:
        together = mine.prevented(against)
        blocks.note(t("reisolation.overlap_note", lang, together=words.count_with_limits(together, lang), alone=words.count_with_limits(alone, lang),
                      gap=words.count_with_limits(alone - together, lang), overlap=numbers.percent(100 * scenario.overlap, 0)))  # fmt: skip
