"""Forms of the page of a meeting: write down what was agreed, take it off the list."""

from __future__ import annotations

import streamlit as st

from actions import meeting as acts
from answers.answer import Answer
from answers.meeting.agreed import Form
from answers.store import StoreProblem
from locales import t
from ui import draw, store, view


@draw.piece("meeting.agree")
def agree(data: Form, found: Answer) -> None:
    """A form that gives something an owner, for those who may; and what it said last."""
    view.told("meeting")
    if not view.may("resolution"):
        return
    lang = found.lang
    if data.due:
        with (
            st.expander(t("meeting.agree", lang), icon=":material/edit_note:"),
            st.form("meeting_agree", border=False),
        ):
            st.selectbox(
                t("meeting.matter", lang),
                range(len(data.due)),
                format_func=lambda n: f"{t(f'decide.domain_{data.due[n][0]}', lang)} · {data.due[n][2]}",
                key="agree_matter",
            )
            st.text_input(t("meeting.col_agreed", lang), max_chars=acts.WORD_LENGTH, key="agree_word")
            first, second, third = st.columns(3)
            first.text_input(t("meeting.col_owner", lang), max_chars=acts.OWNER_LENGTH, key="agree_owner")
            second.date_input(t("meeting.col_due", lang), value=None, format="YYYY-MM-DD", key="agree_due")
            third.text_input(t("coverage.author", lang), max_chars=acts.OWNER_LENGTH, key="agree_author")
            st.form_submit_button(t("meeting.agree_do", lang), on_click=_agree, args=(data, lang))
    if data.listed:
        names = dict(data.listed)
        with st.expander(t("meeting.withdraw", lang), icon=":material/undo:"):
            st.selectbox(
                t("meeting.col_agreed", lang), list(names), format_func=names.__getitem__, key="agree_listed"
            )
            st.button(t("meeting.withdraw_do", lang), key="agree_withdraw", on_click=_withdraw, args=(lang,))


def _agree(data: Form, lang: str) -> None:
    if view.acting("resolution", "meeting") is None:
        return
    state = st.session_state
    domain, key, _ = data.due[state["agree_matter"]]
    try:
        acts.agree(
            view.reader(),
            domain,
            key,
            agreed=state["agree_word"],
            owner=state["agree_owner"],
            due=state["agree_due"],
            author=state["agree_author"],
            lang=lang,
            at=store.now(),
        )
    except acts.Blank:
        view.tell("meeting", "warning", t("meeting.blank", lang))
    except acts.Gone:
        view.tell("meeting", "info", t("meeting.gone", lang))
    except StoreProblem as problem:
        view.tell("meeting", "error", store.in_words(problem, lang))
    else:
        view.tell("meeting", "success", t("meeting.done", lang))


def _withdraw(lang: str) -> None:
    if view.acting("resolution", "meeting") is None:
        return
    try:
        acts.withdraw(view.reader(), int(st.session_state["agree_listed"]), store.now())
    except StoreProblem as problem:
        view.tell("meeting", "error", store.in_words(problem, lang))
    else:
        view.tell("meeting", "success", t("meeting.withdrawn", lang))
