"""The form of the page of evaluations: register a comparison, for those who may. (Not `evaluation.py`: Streamlit puts this folder before the package of that name.)"""

from __future__ import annotations

import streamlit as st

from actions import evaluation as acts
from answers.answer import Answer
from answers.evaluation.power import said
from answers.evaluation.registered import SHORT, Form
from answers.store import StoreProblem
from locales import t
from ui import draw, store, view

NONE = ""


@draw.piece("evaluation.register")
def register(data: Form, found: Answer) -> None:
    """A form that fixes a comparison, and what it said last."""
    view.told("evaluation")
    if not view.may("registration"):
        return
    lang = found.lang
    measures, programmes, listed = dict(data.measures), dict(data.programmes), dict(data.listed)
    with (
        st.expander(t("evaluation.register", lang), icon=":material/edit_note:"),
        st.form("evaluation_register", border=False),
    ):
        first, second = st.columns(2)
        first.selectbox(
            t("evaluation.measure", lang), list(measures), format_func=measures.__getitem__, key="reg_measure"
        )
        second.selectbox(
            t("evaluation.col_design", lang),
            acts.DESIGNS,
            format_func=lambda code: t(f"evaluation.design_{code}", lang),
            key="reg_design",
        )
        first.selectbox(
            t("evaluation.form_programme", lang),
            [NONE, *programmes],
            format_func=lambda code: programmes.get(code, t("evaluation.form_typed", lang)),
            key="reg_programme",
        )
        second.selectbox(
            t("evaluation.form_replaces", lang),
            [NONE, *listed],
            format_func=lambda code: listed.get(code, t("evaluation.form_new", lang)),
            key="reg_replaces",
        )
        st.text_area(
            t("evaluation.form_rows", lang),
            help=t("evaluation.form_rows_help", lang),
            max_chars=2000,
            key="reg_starts",
        )
        third, fourth = st.columns(2)
        third.number_input(t("evaluation.after", lang), min_value=1, max_value=24, value=6, key="reg_after")
        fourth.number_input(
            t("evaluation.form_smallest", lang),
            min_value=0.1,
            max_value=100.0,
            value=2.0,
            step=0.1,
            format="%.1f",
            key="reg_smallest",
        )
        st.text_input(t("evaluation.form_reason", lang), max_chars=acts.REASON_LENGTH, key="reg_reason")
        st.text_input(t("evaluation.form_author", lang), max_chars=acts.AUTHOR_LENGTH, key="reg_author")
        st.form_submit_button(t("evaluation.form_do", lang), on_click=_register, args=(lang,))


def _register(lang: str) -> None:
    if view.acting("registration", "evaluation") is None:
        return
    state = st.session_state
    try:
        kept = acts.register(
            view.reader(),
            measure=state["reg_measure"],
            design=state["reg_design"],
            programme=state["reg_programme"],
            starts=state["reg_starts"],
            after=int(state["reg_after"]),
            smallest=float(state["reg_smallest"]),
            reason=state["reg_reason"],
            author=state["reg_author"],
            replaces=state["reg_replaces"],
            at=store.now(),
        )
    except acts.Blank:
        view.tell("evaluation", "warning", t("evaluation.form_blank", lang))
    except acts.Unread as problem:
        view.tell("evaluation", "warning", t("evaluation.form_unread", lang, line=problem.line))
    except acts.Refused:
        view.tell("evaluation", "warning", t("evaluation.form_refused", lang))
    except StoreProblem as problem:
        view.tell("evaluation", "error", store.in_words(problem, lang))
    else:
        text = t(
            "evaluation.form_done",
            lang,
            digest=kept.digest[:SHORT],
            power=said(kept.detects, kept.measure, lang),
        )
        late = "" if kept.in_time else f" {t('evaluation.form_late', lang)}"
        view.tell("evaluation", "success", text + late)
