"""A page: which of its questions is open, that question's choices, and its answer, all in one fragment."""

from __future__ import annotations

from contextlib import nullcontext

import streamlit as st

from actions import people as acts
from answers import registry, studies
from answers.answer import Answer, Go
from answers.manual import manual
from locales import t
from ui import controls, draw, share, shell, store, view


def show(name: str) -> None:
    """Draw a page whose views are questions; a change of a choice redraws the fragment alone."""

    @st.fragment
    @shell.calm
    def body() -> None:
        to = st.session_state.pop("open_page", name)
        if to != name:
            shell.open_page(to)
        shell.require(name)
        lang, read = view.language(), view.reader()
        found, every = registry.page(name)
        every = tuple(q for q in every if view.viewer().may_ask(q.id))
        # A question of the page's own name is the whole page: the others answer its parts by themselves.
        questions = [q for q in every if not q.part] or list(every)
        names = [q.part for q in questions]
        asked = view.current(found.parameter, names, names[0]) if len(names) > 1 else names[0]
        question = questions[names.index(asked)]
        codes = controls.codes(question.choices, read)
        with st.spinner(t(found.waiting, lang)) if found.waiting else nullcontext():
            answer = registry.answer(question.id, read, lang, codes)
        draw.head(answer, share.button(answer))
        if taken := share.older(answer):
            draw.status(taken)
        if view.release():
            share.since(answer)
        if len(names) > 1:
            view.choose(
                found.parameter,
                names,
                label=t(found.label, lang),
                kind="segments",
                say=lambda code: t(f"{found.say}{code}", lang),
                **({"label_visibility": "collapsed"} if found.hide_label else {}),
            )
        controls.top(question, read, lang, codes)
        late(answer)
        draw.reason(answer)
        _looked(answer)
        inline = {c.name: c for c in question.choices if c.place == "inline"}
        with st.container(key=f"page_{name}"):
            draw.answer(answer, lambda choice: controls.one(inline[choice], read, lang, codes))
        if name in manual.PAGES and name != "overview":  # which is one screen: its manual stands in the menu
            draw.ways([Go("manual", t("manual.here", lang), (("of", name),))], answer)

    body()


def _looked(answer: Answer) -> None:
    """Note, once a visit, that a person has opened a question's raw figures."""
    who, seen = view.viewer(), st.session_state.setdefault("looked", set())
    what = f"{answer.question} {answer.city}"
    if view.analyst() and who.signed_in and what not in seen:
        acts.looked(store.office(), who, what=what, at=store.now())
        seen.add(what)


def late(answer: Answer) -> None:
    """Say that a newer result is in the making or could not be worked out, and draw anew when one has come."""
    looked = (*answer.late, *answer.awaited, *answer.failed)
    if not looked:
        return
    here = view.reader().store

    def stamps() -> list[str]:
        return [here.stamp(n) for name in looked for n in (name, studies.FAILED + name)]

    seen = stamps()
    # Of what has no last result the page says in its place that it is worked out for the first time, or could not be.
    for said, told in (
        ("studies.late", bool(answer.late)),
        ("studies.failed_last", any(map(here.stamp, answer.failed))),
    ):
        if told and not answer.pending:
            draw.status(t(said, answer.lang))

    @st.fragment(run_every=2 if studies.on_duty(view.city()) else None)
    def waiting() -> None:
        if stamps() != seen:
            st.rerun()

    waiting()
