"""The frame around every page: language, view switch, page list, the store's state, errors in plain words."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import streamlit as st
from sqlalchemy.exc import DBAPIError

from data.engine import StoreProblem
from locales import LANGUAGES, t
from ui import blocks, store, view

_log = logging.getLogger("ieum")
FOLDER = Path(__file__).resolve().parent.parent / "pages"
# Pages that work; those of later issues join when they do. name -> url path, icon
PAGES = {
    "overview": ("", ":material/dashboard:"),
    "district_map": ("district_map", ":material/map:"),
    "district_profile": ("district_profile", ":material/location_on:"),
    "budget": ("budget", ":material/payments:"),
    "kpi": ("kpi", ":material/monitoring:"),
    "hotline": ("hotline", ":material/call:"),
    "counselling": ("counselling", ":material/forum:"),
    "detection": ("detection", ":material/search_insights:"),
    "programmes": ("programmes", ":material/checklist:"),
    "reisolation": ("reisolation", ":material/timeline:"),
    "import_data": ("import_data", ":material/upload_file:"),
    "about": ("about", ":material/info:"),
}


def page(name: str) -> Any:
    """A page of ours as Streamlit wants it."""
    url, icon = PAGES[name]
    title = t(f"nav.{name}", view.language())
    return st.Page(FOLDER / f"{name}.py", title=title, icon=icon, url_path=url or None, default=not url)


def navigation() -> Any:
    """Draw the sidebar and return the page to run."""
    view.note_page()
    lang = view.language()
    chosen = st.navigation([page(name) for name in PAGES], position="sidebar")
    blocks.style(lang)
    with st.sidebar:
        view.choose(
            "lang", list(LANGUAGES), label=t("app.language", lang), say=LANGUAGES.__getitem__, kind="segments"
        )
        view.choose(
            "view", ["published", "analyst"], label=t("app.view_label", lang), kind="segments",
            say=lambda code: t(f"app.view_{code}", lang), help=t("app.view_help", lang),
        )  # fmt: skip
        blocks.note(f"{t('app.name', lang)} · {t('app.tagline', lang)}")
        blocks.note(f"{t('app.synthetic_badge', lang)}: {t('app.synthetic_note', lang)}")
    store.guard(lang)
    if view.analyst():
        st.warning(t("app.analyst_on", lang))
    return chosen


def link(name: str, label: str, **params: str) -> None:
    """A link to a page of ours, keeping the language."""
    lang = view.language()
    wanted = {**params, **({"lang": lang} if lang != "ko" else {})}
    st.page_link(page(name), label=label, icon=PAGES[name][1], query_params=wanted or None)


def open_page(name: str) -> None:
    """Go to a page of ours."""
    st.switch_page(page(name))


def calm(draw: Callable[[], None]) -> Callable[[], None]:
    """A fragment whose errors are shown in words: the app-wide handler does not see a fragment's own reruns."""

    @wraps(draw)
    def drawn() -> None:
        try:
            draw()
        except Exception as error:
            _log.exception("fragment failed", exc_info=error)
            show_error(error)

    return drawn


def show_error(error: BaseException) -> None:
    """What happened and what helps, in the reader's language."""
    lang = view.language()
    if isinstance(error, (StoreProblem, DBAPIError)):
        store.show_problem(store.problem_of(error), lang)
        return
    st.error(t("app.error", lang))
