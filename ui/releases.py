"""The releases of the city that is looked at, on the administration page, and the button that makes the next one."""

from __future__ import annotations

import streamlit as st

from actions import releases as acts
from answers.answer import Column, Heading, Note, Table
from answers.store import Store, StoreProblem, cities
from locales import numbers, t
from ui import draw, shell, store, view

PLACE = "release"
MOST = 20
LOOK_EVERY_S = 2


def body(lang: str) -> None:
    """The list, the newest first, and a form for those who may."""
    draw.show(Heading(t("release.title", lang)), lang=lang)
    draw.show(Note(t("release.lead", lang)), lang=lang)
    offered = view.viewer().cities()
    st.segmented_control(
        t("app.city", lang),
        offered,
        default=cities.OFFICE,
        required=True,
        key="release_city",
        label_visibility="collapsed",
        format_func=lambda code: t(f"app.city_{code}", lang),
    )
    found = acts.listing(_here())
    view.told(PLACE)
    if found:
        names = ("number", "made", "who", "as_of", "cells", "held", "remark", "digest")
        heads = [Column(t(f"release.col_{name}", lang), number=name in ("cells", "held")) for name in names]
        draw.show(Table(heads, [_row(one) for one in found[:MOST]], stacked=False), lang=lang)
        if found[0].held:
            draw.show(Note(t("release.held_note", lang)), lang=lang)
    else:
        draw.show(Note(t("release.empty", lang)), lang=lang)
    if view.may("release"):
        is_asked = _asked(lang)
        with st.form("release_make", border=False, enter_to_submit=False):
            st.text_input(t("release.remark", lang), max_chars=200, key="release_remark")
            st.form_submit_button(t("release.make", lang), on_click=_make, args=(lang,), disabled=is_asked)


def _here() -> Store:
    """The city whose releases are looked at; the office's unless the other one is chosen."""
    city = str(st.session_state.get("release_city", cities.OFFICE))
    return Store.of_city(city if city in view.viewer().cities() else cities.OFFICE)


def _row(one: acts.Release) -> tuple[str, ...]:
    return (
        str(one.number),
        store.seoul(one.made_at),
        one.who,
        f"{one.as_of:%Y-%m-%d}",
        numbers.number(one.cells),
        numbers.number(one.months_held),
        one.remark,
        one.cells_sha256[:12],
    )


def _make(lang: str) -> None:
    who = view.acting("release", PLACE)
    if who is None:
        return
    try:
        made = acts.make(
            _here(),
            who,
            remark=str(st.session_state.get("release_remark", "")),
            at=store.now(),
        )
    except acts.NoRelease as problem:
        detail = draw.plain(problem.detail)
        view.tell(PLACE, "warning", t(f"release.no_{problem.reason}", lang, detail=detail))
    except StoreProblem as problem:
        view.tell(PLACE, "error", store.in_words(problem, lang))
    else:
        if isinstance(made, acts.Release):  # how a request stands is said beside the button
            said = {"cells": numbers.number(made.cells), "held": numbers.number(made.months_held)}
            view.tell(PLACE, "success", t("release.done", lang, n=made.number, **said))


def _asked(lang: str) -> bool:
    """Say what became of the last request, where releases are made by the service, and draw anew until it is answered; whether it still waits."""
    here = _here()
    one = acts.asked(here)
    if one is None:
        return False
    about = {
        "at": store.seoul(one.asked_at),
        "who": draw.plain(one.who),
        "detail": draw.plain(one.detail or ""),
    }
    if one.is_open:
        said = one.state if one.reason is None else "late" if one.reason == "late" else "again"
        draw.status(t(f"release.asked_{said}", lang, **about))
    elif one.number is None:
        why = t(f"release.no_{one.reason}", lang, **about)
        draw.show(Note(t("release.asked_refused", lang, why=why, **about)), lang=lang)
    else:
        draw.show(Note(t("release.asked_done", lang, n=one.number, **about)), lang=lang)
    if one.state == acts.WAITING:
        st.button(t("release.withdraw", lang), on_click=_withdraw, args=(lang, one))

    @st.fragment(run_every=LOOK_EVERY_S if one.is_open else None)
    @shell.calm
    def answered() -> None:
        if acts.asked(here) != one:
            st.rerun()

    answered()
    return one.is_open


def _withdraw(lang: str, one: acts.Request) -> None:
    who = view.acting("release", PLACE)
    if who is None:
        return
    try:
        if not acts.withdraw(_here(), who, one, at=store.now()):
            view.tell(PLACE, "warning", t("release.taken_up", lang))
    except StoreProblem as problem:
        view.tell(PLACE, "error", store.in_words(problem, lang))
