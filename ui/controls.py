"""A question's choices as controls on the page; their codes stand in the link (`ui.view`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from answers.ask import EMPTY, Choice
from answers.reader import Reader
from answers.registry import Question
from locales import t
from ui import draw, view


def codes(choices: Sequence[Choice], read: Reader) -> dict[str, str]:
    """The codes in force: the link's if new and on offer, else those kept in the session, else the defaults."""
    found: dict[str, str] = {}
    for choice in choices:
        first = choice.first(read, found)
        asked = choice.asked(read, found)
        wanted = view.asked(choice.name) if asked else None
        code = choice.valid(wanted, read, found)
        found[choice.name] = first if code is None else code
    return found


def top(question: Question, read: Reader, lang: str, found: dict[str, str]) -> None:
    """The choices above the answer in one row, those of the settings behind a button at its end."""
    shown = [c for c in question.choices if c.place == "top" and c.asked(read, found)]
    hidden = [c for c in question.choices if c.place == "settings" and c.asked(read, found)]
    for choice in question.choices:
        if choice.place == "link":
            view.put(choice.name, found[choice.name], choice.first(read, found))
    widths = [c.width for c in shown] + ([1.9] if hidden else [])
    if not widths:
        return
    with st.container(key="filters"):
        columns = st.columns([*widths, max(12 - sum(widths), 0.1)], vertical_alignment="bottom")
    for column, choice in zip(columns, shown, strict=False):
        with column:
            one(choice, read, lang, found)
    if hidden:
        with (
            columns[len(shown)],
            st.popover(t("district.settings", lang), icon=":material/tune:", width="stretch"),
        ):
            for choice in hidden:
                one(choice, read, lang, found)


def one(choice: Choice, read: Reader, lang: str, found: dict[str, str]) -> None:
    """One choice as its control, wherever it is called."""
    first, code = choice.first(read, found), found[choice.name]
    label = choice.named(lang, found)
    more: dict[str, Any] = {}
    if choice.help:
        more["help"] = t(choice.help, lang)
    if choice.hide_label:
        more["label_visibility"] = "collapsed"
    key = f"widget_{choice.name}"
    if choice.kind == "number":
        unit = 10**choice.decimals
        low, high, step, now = (
            n / unit if choice.decimals else n for n in (choice.low, choice.high, choice.step, int(code))
        )
        st.session_state[key] = now
        st.number_input(
            label,
            min_value=low,
            max_value=high,
            step=step,
            key=key,
            on_change=lambda: view.put(choice.name, str(round(st.session_state[key] * unit)), first),
            **more,
        )
        view.put(choice.name, code, first)
        return
    offered = choice.offered(read, found)
    if choice.kind == "many":
        st.session_state[key] = [] if code in ("", EMPTY) else code.split(".")

        def wrote() -> None:
            view.put(choice.name, ".".join(st.session_state[key]) or EMPTY, first)

        st.multiselect(
            label,
            offered,
            format_func=lambda c: choice.said(c, lang, read, found),
            key=key,
            max_selections=choice.most,
            placeholder=t("app.choose", lang),
            on_change=wrote,
            **more,
        )
        view.put(choice.name, code, first)
        if code == first:
            # The default of many is not kept: it may follow something else that the reader changes.
            view.forget(choice.name)
        return
    if choice.captions:
        more["captions"] = [t(f"{choice.captions}{c}", lang) for c in offered]
    st.session_state[key] = code
    widgets: dict[str, Any] = {"select": st.selectbox, "segments": st.segmented_control, "radio": st.radio}
    if choice.kind == "segments":
        more["required"] = True
    # Only a list shows its entries as they are; the others read them as Markdown.
    shown = str if choice.kind == "select" else draw.plain
    widgets[choice.kind](
        label,
        offered,
        format_func=lambda c: shown(choice.said(c, lang, read, found)),
        key=key,
        on_change=lambda: view.put(choice.name, st.session_state[key] or first, first),
        **more,
    )
    view.put(choice.name, code, first)
