"""The form that changes what is set up, in place: a table to edit, name and reason, and what came of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from actions import setup as acts
from answers.answer import Answer
from answers.setup.kinds import Field
from answers.store import StoreProblem
from locales import numbers, t
from ui import draw, shell, store, view

_TRIES = "setup_tries"  # how often it was saved: a saved editor begins anew
HEIGHT = 38


@draw.piece("setup.edit")
def edit(data: tuple[str, int], found: Answer) -> None:
    """An editor of the rows in force, and the way to do the same by file, for those who may."""
    if not view.may("set_up"):
        return
    (table, seen), lang = data, found.lang
    before = acts.rows(view.reader(), table, lang)
    key = f"setup_{table}_{seen}_{st.session_state.get(_TRIES, 0)}_{lang}"
    open_again = view.telling("setup") not in ("", "success")
    with st.expander(t("setup.edit", lang), icon=":material/edit:", expanded=open_again):
        st.caption(t("setup.edit_lead", lang))
        with st.form(f"setup_form_{table}", border=False, enter_to_submit=False):
            _editor(before, key, lang)
            left, right = st.columns([1, 2])
            left.text_input(t("setup.author", lang), max_chars=acts.AUTHOR_LENGTH, key="setup_author")
            right.text_input(t("setup.reason", lang), max_chars=acts.REASON_LENGTH, key="setup_reason")
            st.form_submit_button(
                t("setup.save", lang), type="primary", on_click=_save, args=(table, before, key, seen, lang)
            )
    for line in view.told("setup") or ():
        st.text(line)
    st.caption(f"{t('setup.files_lead', lang)}")
    shell.link("import_data", t("setup.import", lang), table=table)


def _editor(before: acts.Rows, key: str, lang: str) -> None:
    names = [field.name for field in before.fields]
    frame = pd.DataFrame([[row[name] for name in names] for row in before.shown], columns=names, dtype=object)
    for field in before.fields:
        if field.kind in ("number", "whole"):
            frame[field.name] = pd.to_numeric(frame[field.name])
    st.data_editor(
        frame,
        key=key,
        num_rows="dynamic",
        hide_index=True,
        width="stretch",
        placeholder="",
        height=min(12, len(frame) + 3) * HEIGHT,
        column_config={field.name: _column(field) for field in before.fields},
    )


def _column(field: Field) -> Any:
    make = st.column_config
    about: dict[str, Any] = {"label": field.label, "help": field.about or None, "required": False}
    if field.fixed:
        about["disabled"] = True
    if field.kind == "choice":
        return make.SelectboxColumn(options=list(field.options), **about)
    if field.kind == "date":
        return make.DateColumn(format="YYYY-MM-DD", min_value=date(2000, 1, 1), **about)
    if field.kind in ("number", "whole"):
        return make.NumberColumn(step=1 if field.kind == "whole" else None, **about)
    return make.TextColumn(max_chars=500, **about)


def _save(table: str, before: acts.Rows, key: str, seen: int, lang: str) -> None:
    if view.acting("set_up", "setup") is None:
        return
    state = st.session_state
    change = state.get(key) or {"edited_rows": {}, "added_rows": [], "deleted_rows": []}
    try:
        saved = acts.save(
            view.reader(),
            table,
            before,
            edited={int(place): _plain(row) for place, row in change["edited_rows"].items()},
            added=[_plain(row) for row in change["added_rows"]],
            deleted=[int(place) for place in change["deleted_rows"]],
            author=state["setup_author"],
            reason=state["setup_reason"],
            lang=lang,
            at=store.now(),
            seen=seen,
        )
    except acts.Refused as refused:
        detail = {"detail": draw.plain(refused.detail)} if refused.detail else {}
        view.tell("setup", "warning", t(f"setup.no_{refused.reason}", lang, **detail))
        return
    except StoreProblem as problem:
        view.tell("setup", "warning", store.in_words(problem, lang))
        return
    if saved.problems:
        view.tell("setup", "warning", t("setup.refused", lang), saved.problems)
    elif saved.same:
        view.tell("setup", "info", t("setup.same", lang))
    else:
        counts = {name: numbers.number(getattr(saved, name)) for name in ("added", "changed", "gone")}
        view.tell("setup", "success", t("setup.saved", lang, **counts))
        state[_TRIES] = state.get(_TRIES, 0) + 1
        state["setup_reason"] = ""


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the editor without what it keeps for itself."""
    return {name: value for name, value in row.items() if not name.startswith("_")}
