"""The administration page: who may sign in as what, who is in, and what the audit trail says."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from actions import people as acts
from answers.answer import Answer, Column, Heading, Note, Table
from answers.store import StoreProblem
from locales import numbers, t
from ui import draw, releases, shell, store, view

_PLACE = "admin"
KINDS = (
    "sign_in",
    "refusal",
    "role",
    "export",
    "import",
    "undo",
    "set_up",
    "target",
    "release",
    "release_asked",
)


def body(lang: str) -> None:
    """People, sessions, releases and trail, one below the other."""
    shell.require("admin")
    store.guard(lang, store.office())
    draw.head(Answer(t("nav.admin", lang), lang=lang, as_of=f"{store.as_of():%Y-%m-%d}"))
    view.told(_PLACE)
    if view.viewer().role == "local":
        draw.show(Note(t("admin.local", lang)), lang=lang)
    _people(lang)
    _sessions(lang)
    releases.body(lang)
    _trail(lang)


def _people(lang: str) -> None:
    found = acts.everybody(store.office())
    names = view.records().district_names(lang)
    draw.show(Heading(t("admin.people", lang)), lang=lang)
    if found:
        heads = [Column(t(f"admin.col_{c}", lang)) for c in ("email", "name", "role", "districts")]
        rows = [
            (
                one.email,
                one.name,
                t(f"role.{one.role}", lang) if one.role else t("admin.no_role", lang),
                ", ".join(names.get(code, code) for code in one.districts) or t("admin.all", lang),
            )
            for one in found
        ]
        draw.show(Table(heads, rows, stacked=False), lang=lang)
    else:
        draw.show(Note(t("admin.nobody", lang)), lang=lang)
    with st.expander(t("admin.change", lang), icon=":material/person_edit:"), st.form("admin_person"):
        left, right = st.columns(2)
        left.text_input(t("admin.col_email", lang), key="admin_email", max_chars=200)
        right.text_input(t("admin.col_name", lang), key="admin_name", max_chars=80)
        left.selectbox(
            t("admin.col_role", lang),
            ["", *acts.ROLES],
            key="admin_role",
            format_func=lambda code: t(f"role.{code}", lang) if code else t("admin.take", lang),
        )
        right.multiselect(
            t("admin.col_districts", lang),
            list(names),
            key="admin_districts",
            format_func=names.__getitem__,
            placeholder=t("admin.all", lang),
        )
        st.form_submit_button(t("admin.save", lang), type="primary", on_click=_put, args=(lang,))


def _put(lang: str) -> None:
    who, state = view.acting("people", _PLACE), st.session_state
    if who is None:
        return
    asked = {"name": state["admin_name"], "role": state["admin_role"], "districts": state["admin_districts"]}
    try:
        one = acts.put(store.office(), who, state["admin_email"], **asked, at=store.now())
    except acts.Refused as refused:
        view.tell(
            _PLACE, "warning", t(f"people.no_{refused.reason}", lang, detail=draw.plain(refused.detail))
        )
    except StoreProblem as problem:
        view.tell(_PLACE, "error", store.in_words(problem, lang))
    else:
        role = t(f"role.{one.role}", lang) if one.role else t("admin.no_role", lang)
        view.tell(_PLACE, "success", t("admin.done", lang, email=draw.plain(one.email), role=role))


def _sessions(lang: str) -> None:
    found = acts.sessions(store.office(), store.now())
    draw.show(Heading(t("admin.sessions", lang)), lang=lang)
    if not found:
        draw.show(Note(t("admin.no_sessions", lang)), lang=lang)
        return
    heads = [Column(t(f"admin.col_{c}", lang)) for c in ("email", "role", "origin", "opened", "seen")]
    rows = [
        (
            s.person.email,
            t(f"role.{s.person.role}", lang),
            s.origin,
            store.seoul(s.opened_at),
            store.seoul(s.seen_at),
        )
        for s in found
    ]
    draw.show(Table(heads, rows, stacked=False), lang=lang)
    said = {s.session_id: f"{s.person.email} · {store.seoul(s.opened_at)}" for s in found}
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    left.selectbox(t("admin.session", lang), list(said), key="admin_session", format_func=said.__getitem__)
    right.button(t("admin.end", lang), key="admin_end", on_click=_end, args=(lang,))


def _end(lang: str) -> None:
    who = view.acting("people", _PLACE)
    if who is None:
        return
    try:
        done = acts.end(store.office(), who, str(st.session_state["admin_session"]), store.now())
    except StoreProblem as problem:
        view.tell(_PLACE, "error", store.in_words(problem, lang))
    else:
        view.tell(_PLACE, "success" if done else "info", t("admin.ended" if done else "admin.gone", lang))


def _trail(lang: str) -> None:
    draw.show(Heading(t("admin.trail", lang)), lang=lang)
    kind = st.selectbox(
        t("admin.col_kind", lang),
        ["", *KINDS],
        key="admin_kind",
        format_func=lambda code: t(f"admin.kind_{code}", lang) if code else t("admin.every", lang),
    )
    found = acts.trail(store.office(), (kind,) if kind else ())
    if not found:
        draw.show(Note(t("admin.no_trail", lang)), lang=lang)
        return
    heads = [Column(t(f"admin.col_{c}", lang)) for c in ("when", "kind", "who", "facts")]
    rows = [
        (
            store.seoul(datetime.fromisoformat(one.at)),
            t(f"admin.kind_{one.kind}", lang) if one.kind in KINDS else one.kind,
            one.who,
            " · ".join(f"{name} {value}" for name, value in one.facts.items() if value not in ("", None, [])),
        )
        for one in found
    ]
    draw.show(Table(heads, rows, stacked=False), lang=lang)
    draw.show(Note(t("admin.trail_note", lang, n=numbers.number(len(found)))), lang=lang)
