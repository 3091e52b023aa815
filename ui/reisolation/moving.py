"""The levers, and the answer that moves with them: a first one at once, then the full run, beside the sliders."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from answers import registry
from answers.answer import Answer, Figure, Heading, Lead, Note
from answers.reisolation import choices, levers, listed, source, whatif
from answers.reisolation.whatif import Composed, Moving
from charts import theme
from locales import numbers, t
from ui import controls, draw, view
from ui.reisolation.forms import share

AT_ONCE = 3  # levers up to which the first answer is there before anybody misses it


@draw.piece("reisolation.levers")
def moving(data: Moving, found: Answer) -> None:
    """Sentence, fan and sliders; where a run is not kept yet, a first answer stands until it is."""
    top = st.empty()
    _control("number", data, found)
    left, right = st.columns([5, 3], gap="large")
    with right:
        _sliders(data, found)
    with left:
        chart, under, below = st.empty(), st.empty(), st.empty()
    if levers.too_many(data.scenario):
        return
    telling = partial(_telling, under, found)
    known = whatif.ready(data.found, data.scenario, source.FULL)
    if not known and source.acting(data.scenario) > AT_ONCE:
        # The answer of the levers as they stood must not stand beside them as they are.
        with top.container():
            draw.within([Lead(t("reisolation.under_way", found.lang))], found, key=2)
        with chart:
            _figure(whatif.compose(data.ask, data.read, data.found, levers.BASELINE, source.FULL).figure)
    for ladder in (source.FULL,) if known else (source.QUICK, source.FULL):
        made = whatif.compose(data.ask, data.read, data.found, data.scenario, ladder, telling)
        # What is drawn of an answer is kept with it: the first and the full one are two.
        one = replace(found, blocks=made.blocks)
        with top.container():
            draw.within(made.leads, one, key=2)
        with chart:
            _figure(made.figure)
        with under.container():
            draw.within([made.note], one, key=3)
    with below.container():
        why = whatif.reasons(data.read, found.lang, data.scenario)
        draw.within([*made.below, *why], replace(found, blocks=why), key=4)
        _offer(data, made)


def _figure(figure: Figure) -> None:
    """The fan under no key: the full one takes the place of the first without a flicker."""
    st.plotly_chart(draw.ready(figure, view.palette()), theme=None, config=theme.CONFIG, alt=figure.alt)


def _telling(place: DeltaGenerator, found: Answer, done: int, every: int) -> None:
    """Say how far a run is. Every word to the screen is also where a run gives way to a slider moved meanwhile."""
    said = t("reisolation.running", found.lang, done=numbers.number(done), every=numbers.number(every))
    place.html(draw.written([Note(said)], found))


def _offer(data: Moving, made: Composed) -> None:
    """The link of the present scenario, to send without keeping it."""
    lang, scenario = data.ask.lang, data.scenario
    if not scenario.active:
        return
    mine = source.run(data.read, data.found, scenario, draws=source.FULL[source.acting(scenario)])
    with st.expander(t("reisolation.share", lang), icon=":material/link:"):
        share(listed.saved(data.found, scenario, t("reisolation.current", lang), mine), lang)


# --- Sliders ----------------------------------------------------------------------------------------------


def _sliders(data: Moving, found: Answer) -> None:
    """A slider for each lever: people who start a month. All at 0 is today's services."""
    lang, known, ends = found.lang, levers.in_force(data.read), levers.ends(data.read)
    draw.within(
        [Heading(t("reisolation.levers", lang)), Note(t("reisolation.levers_note", lang))], found, key=5
    )
    chosen = levers.read_link(data.ask[levers.PARAMETER], ends)
    view.put(
        levers.PARAMETER, levers.written_link(chosen), ""
    )  # as the sliders have it, whatever the link said
    for lever in known.values():
        key = f"lever_{lever.lever_id}"
        st.session_state[key] = chosen.get(lever.lever_id, 0)
        st.slider(
            levers.name(lever, lang),
            0,
            ends[lever.lever_id],
            step=levers.step(ends[lever.lever_id]),
            format=t("reisolation.a_month_unit", lang),
            key=key,
            help=_help(lever, lang),
            on_change=_moved,
            args=(lever.lever_id, chosen),
        )
    _control("fit", data, found)
    _control("order", data, found)
    if chosen:
        st.button(
            t("reisolation.reset", lang),
            icon=":material/restart_alt:",
            on_click=view.put,
            args=(levers.PARAMETER, "", ""),
        )
    cut = choices.cut_words(data.read, dict(data.ask.codes), lang)
    if cut:
        draw.within([Note(cut)], found, key=6)


def _moved(lever_id: str, chosen: dict[str, int]) -> None:
    now = {**chosen, lever_id: st.session_state[f"lever_{lever_id}"]}
    view.put(levers.PARAMETER, levers.written_link(now), "")


def _help(lever: levers.Lever, lang: str) -> str:
    """The lever's help, which Streamlit reads as Markdown: a source that somebody typed is made plain."""
    typed = lever if lever.source == levers.ASSUMED else replace(lever, source=draw.plain(lever.source))
    return levers.help_text(typed, lang)


def _control(name: str, data: Moving, found: Answer) -> None:
    """One of the question's inline choices."""
    codes: dict[str, Any] = dict(data.ask.codes)
    choice = next(c for c in registry.get(found.question).choices if c.name == name)
    controls.one(choice, data.read, found.lang, codes)
