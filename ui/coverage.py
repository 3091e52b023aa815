"""What can be done about what has come: copy a reminder, close a month, open it again."""

from __future__ import annotations

import streamlit as st

from actions import coverage as acts
from answers.answer import Answer
from answers.coverage.coverage import named
from answers.store import StoreProblem
from locales import numbers, t
from ui import draw, store, view


@draw.piece("coverage.reminder")
def reminder(text: str, found: Answer) -> None:
    """The reminder behind a label, with a button that copies it."""
    with st.expander(t("coverage.reminder", found.lang), icon=":material/forward_to_inbox:"):
        st.code(text, language=None, wrap_lines=True)


@draw.piece("coverage.close")
def close(data: None, found: Answer) -> None:
    """A form that closes a month of a table in a district, or opens it again, for those who may."""
    if not view.may("closing"):
        return
    lang = found.lang
    places = {"": t("coverage.whole_city", lang), **view.reader().district_names(lang)}
    day = view.reader().as_of
    with (
        st.expander(t("coverage.close", lang), icon=":material/event_available:"),
        st.form("coverage_close", border=False, enter_to_submit=True),
    ):
        first, second, third = st.columns(3)
        first.selectbox(
            t("coverage.table", lang),
            acts.TABLES,
            format_func=lambda name: named(name, lang),
            key="close_table",
        )
        second.selectbox(
            t("coverage.col_district", lang),
            list(places),
            format_func=places.__getitem__,
            key="close_district",
        )
        third.selectbox(
            t("coverage.col_month", lang),
            acts.recent(day),
            format_func=lambda m: numbers.month(m, lang),
            key="close_month",
        )
        left, right = st.columns([1, 2])
        left.text_input(t("coverage.author", lang), max_chars=40, key="close_author")
        right.text_input(t("coverage.reason", lang), max_chars=200, key="close_reason")
        st.segmented_control(
            t("coverage.what", lang),
            ("close", "open"),
            default="close",
            required=True,
            key="close_what",
            format_func=lambda code: t(f"coverage.do_{code}", lang),
        )
        st.form_submit_button(t("coverage.do", lang), on_click=_close, args=(lang,))
    view.told("coverage")


def _close(lang: str) -> None:
    who, state = view.acting("closing", "coverage"), st.session_state
    if who is None:
        return
    if who.districts and state["close_district"] not in who.districts:
        view.tell("coverage", "warning", t("signin.action", lang))
        return
    try:
        acts.close(
            view.reader(),
            state["close_table"],
            state["close_month"],
            district=state["close_district"],
            author=state["close_author"],
            reason=state["close_reason"],
            closed=state["close_what"] == "close",
            at=store.now(),
        )
    except acts.Blank:
        view.tell("coverage", "warning", t("coverage.blank", lang))
    except StoreProblem as problem:
        view.tell("coverage", "error", store.in_words(problem, lang))
    else:
        view.tell("coverage", "success", t("coverage.done", lang))
