"""Forms that keep, share and withdraw scenarios and edit assumptions. What they do happens before the page is drawn anew."""

from __future__ import annotations

from typing import Any

import streamlit as st

from actions import scenarios as acts
from answers.answer import Answer, Heading, Note
from answers.reisolation import levers, listed
from answers.reisolation.compare import Keeping, Managed
from answers.reisolation.source import Register
from answers.store import StoreProblem
from locales import t
from ui import draw, store, view


@draw.piece("reisolation.keep_today")
def keep_today(found: Register, answer: Answer) -> None:
    """Nothing to see: what has been shown is kept, after it was drawn."""
    acts.keep_today(view.reader(), found, at=store.now())


# --- Keep, share, withdraw --------------------------------------------------------------------------------


@draw.piece("reisolation.keep")
def keep(data: Keeping, found: Answer) -> None:
    """A small form that names the present scenario and keeps it."""
    lang = found.lang
    kept: listed.Saved | None = view.told("reisolation")
    if kept is not None:
        share(kept, lang)
    label = t("reisolation.keep_current", lang, levers=levers.said(data.scenario, lang))
    with (
        st.expander(label, expanded=data.first or kept is not None),
        st.form("keep_scenario", border=True, enter_to_submit=True),
    ):
        st.html(draw.written([Heading(t("reisolation.keep", lang), 3)], found))
        left, right = st.columns(2)
        left.text_input(t("reisolation.keep_name", lang), max_chars=acts.NAME_LENGTH, key="keep_name")
        right.text_input(t("reisolation.keep_author", lang), max_chars=acts.NAME_LENGTH, key="keep_author")
        st.form_submit_button(
            t("reisolation.keep_button", lang), icon=":material/bookmark_add:", on_click=_keep, args=(data,)
        )


def _keep(data: Keeping) -> None:
    if view.acting("scenario", "reisolation") is None:
        return
    lang, title = data.ask.lang, str(st.session_state["keep_name"])
    name = draw.plain(title.strip())
    try:
        kept = acts.keep(
            data.read,
            data.found,
            data.scenario,
            title=title,
            author=str(st.session_state["keep_author"]),
            at=store.now(),
            link=data.ask["sc"],
        )
    except acts.Refused as refused:
        view.tell("reisolation", "warning", t(refused.key, lang, name=name))
    except StoreProblem as problem:
        view.tell("reisolation", "error", store.in_words(problem, lang))
    else:
        view.tell("reisolation", "success", t("reisolation.keep_done", lang, name=name), kept)


def share(wanted: listed.Saved, lang: str) -> None:
    """The link that brings the scenario back."""
    st.html(f'<p class="ieum-source">{draw.esc(t("reisolation.link_note", lang))}</p>')
    base = (st.context.url or "").split("?")[0]
    address = f"{base}?part=compare&{listed.SHARED.name}={listed.link(wanted)}"
    st.code(address, language=None, wrap_lines=True)


@draw.piece("reisolation.manage")
def manage(data: Managed, found: Answer) -> None:
    """Whether the numbers still stand, and link, script, sliders and withdrawal."""
    lang, one = found.lang, data.kept
    icon = ":material/update:" if data.changed else ":material/check:"
    with st.expander(data.label(lang), icon=icon):
        st.html(draw.written([Note(text) for text in data.notes], found))
        first, second, third = st.columns(3)
        first.button(
            t("reisolation.start_from", lang),
            key=f"from_{one.scenario_id}",
            icon=":material/tune:",
            on_click=_start_from,
            args=(one.saved.scenario,),
        )
        second.download_button(
            t("reisolation.script", lang),
            listed.script_of(data.found, one.saved),
            mime="text/x-python",
            file_name=f"scenario_{one.scenario_id}.py",
            on_click="ignore",
            key=f"script_{one.scenario_id}",
            icon=":material/code:",
        )
        if not one.shared and view.analyst():
            third.button(
                t("reisolation.withdraw", lang),
                key=f"withdraw_{one.scenario_id}",
                icon=":material/delete:",
                on_click=_withdraw,
                args=(one.scenario_id, lang),
            )
        share(one.saved, lang)


def _start_from(scenario: levers.Scenario) -> None:
    """Put the sliders, and who comes first, where a scenario has them."""
    view.put(levers.PARAMETER, levers.written_link(levers.capacities(scenario)), "")
    view.put("order", "risk" if scenario.highest_risk_first else "come", "come")
    view.put("fit", "free", "free")


def _withdraw(scenario_id: str, lang: str) -> None:
    if view.acting("scenario", "reisolation") is None:
        return
    try:
        acts.withdraw(view.reader(), scenario_id, at=store.now())
    except StoreProblem as problem:
        st.error(store.in_words(problem, lang))


# --- Assumptions ------------------------------------------------------------------------------------------


@draw.piece("reisolation.edit")
def edit(data: None, found: Answer) -> None:
    """A form for one lever; every changed item is a row of the log, with name and reason."""
    lang, known = found.lang, levers.in_force(view.reader())
    view.told("reisolation")
    if not view.may("assumption"):
        return
    chosen = st.selectbox(
        t("reisolation.edit_lever", lang),
        list(known),
        format_func=lambda i: levers.plain_name(i, lang),
        key="edit_lever",
    )
    lever = known[chosen]
    now, key = levers.items(lever), f"edit_{chosen}"
    with st.form(key, border=True):
        columns = st.columns(3)
        for place, item in enumerate(_offered(lever)):
            low, high, step = levers.EDITABLE[item]
            kind = type(step)
            columns[place % 3].number_input(
                t(f"reisolation.item_{item}", lang),
                min_value=kind(low),
                max_value=kind(high),
                step=step,
                value=kind(min(max(now[item], low), high)),
                key=f"{key}_{item}",
            )
        st.segmented_control(
            t("reisolation.item_evidence", lang),
            levers.EVIDENCE,
            default=now["evidence"],
            required=True,
            key=f"{key}_evidence",
            format_func=lambda e: t(f"reisolation.evidence_{e}", lang),
        )
        typed = now["source"] if now["source"] != levers.ASSUMED else ""
        st.text_input(t("reisolation.item_source", lang), value=typed, max_chars=200, key=f"{key}_source")
        left, right = st.columns([2, 1])
        left.text_input(t("reisolation.edit_reason", lang), max_chars=acts.REASON_LENGTH, key=f"{key}_reason")
        right.text_input(t("reisolation.keep_author", lang), max_chars=acts.NAME_LENGTH, key=f"{key}_author")
        st.form_submit_button(
            t("reisolation.edit_button", lang),
            icon=":material/edit_note:",
            on_click=_edit,
            args=(lever, lang),
        )


def _offered(lever: levers.Lever) -> list[str]:
    return [i for i in levers.EDITABLE if lever.acts_on == "return" or i not in levers.EFFECT]


def _edit(lever: levers.Lever, lang: str) -> None:
    if view.acting("assumption", "reisolation") is None:
        return

    def typed(item: str) -> Any:
        return st.session_state[f"edit_{lever.lever_id}_{item}"]

    values = {item: typed(item) for item in (*_offered(lever), "evidence")}
    values["source"] = typed("source") or lever.source
    try:
        count = acts.edit(
            view.reader(), lever, values, reason=typed("reason"), author=typed("author"), at=store.now()
        )
    except acts.Refused as refused:
        view.tell(
            "reisolation",
            "info" if refused.key == "reisolation.edit_same" else "warning",
            t(refused.key, lang),
        )
    except StoreProblem as problem:
        view.tell("reisolation", "error", store.in_words(problem, lang))
    else:
        view.tell("reisolation", "success", t("reisolation.edit_done", lang, n=count))
