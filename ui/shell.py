"""The frame around every page: language, view switch, page list, the store's state, errors in plain words."""

from __future__ import annotations

import logging
from collections.abc import Callable
from copy import copy
from functools import cache, wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from answers import links
from answers.answer import Note
from answers.reader import Unreleased
from answers.store import cities
from answers.written import frozen_words
from locales import LANGUAGES, t
from ui import draw, home, store, style, view

_log = logging.getLogger("ieum")
FOLDER = Path(__file__).resolve().parent.parent / "pages"
MARKS = Path(__file__).resolve().parent / "static"
# The menu: group (a key of the locales, '' at its head) -> pages in reading order. name -> url path, icon
GROUPS: dict[str, dict[str, tuple[str, str]]] = {
    "": {
        "overview": ("", ":material/dashboard:"),
        "meeting": ("meeting", ":material/groups:"),
        "search": ("search", ":material/search:"),
    },
    "places": {
        "district_map": ("district_map", ":material/map:"),
        "district_profile": ("district_profile", ":material/location_on:"),
    },
    "money": {"budget": ("budget", ":material/payments:")},
    "services": {
        "thread": ("thread", ":material/conversion_path:"),
        "kpi": ("kpi", ":material/monitoring:"),
        "hotline": ("hotline", ":material/call:"),
        "counselling": ("counselling", ":material/forum:"),
        "detection": ("detection", ":material/search_insights:"),
        "programmes": ("programmes", ":material/checklist:"),
    },
    "data": {
        "reisolation": ("reisolation", ":material/timeline:"),
        "evaluation": ("evaluation", ":material/balance:"),
        "choice": ("choice", ":material/call_split:"),
        "import_data": ("import_data", ":material/upload_file:"),
        "coverage": ("coverage", ":material/event_available:"),
        "setup": ("setup", ":material/tune:"),
        "admin": ("admin", ":material/admin_panel_settings:"),
        "about": ("about", ":material/info:"),
        "manual": ("manual", ":material/menu_book:"),
    },
}
PAGES = {name: entry for group in GROUPS.values() for name, entry in group.items()}
UNLISTED = ("search",)  # a page of its own that the menu does not name: the box at the head leads there
OF_NO_CITY = ("import_data", "admin")  # what they show does not follow the switch between the cities


def page(name: str) -> Any:
    """A page of ours as Streamlit wants it: a fresh copy, since Streamlit notes on it whether it may run."""
    return copy(_pages(view.language())[name])


@cache
def _pages(lang: str) -> dict[str, Any]:
    """Every page in a language, made once: Streamlit resolves a page's path each time that one is made."""
    return {
        name: st.Page(
            FOLDER / f"{name}.py",
            title=t(f"nav.{name}", lang),
            icon=icon,
            url_path=url or None,
            default=not url,
            visibility="hidden" if name in UNLISTED else "visible",
        )
        for name, (url, icon) in PAGES.items()
    }


def address(name: str, lang: str, city: str, **params: str) -> str:
    """The address of a page of ours with its choices, keeping the language and the city."""
    base = st.get_option("server.baseUrlPath").strip("/")
    wanted = {**_kept(lang, city), **params}
    query = f"?{urlencode(wanted)}" if wanted else ""
    return f"{f'/{base}' if base else ''}/{PAGES[name][0]}{query}"


def _kept(lang: str, city: str) -> dict[str, str]:
    """What every link of ours carries: the language and the city, where they are not the first on offer, and a release that is looked at."""
    return {
        **({"lang": lang} if lang != "ko" else {}),
        **({"city": city} if city != cities.on_offer()[0] else {}),
        **({links.RELEASE: str(view.release())} if view.release() and city == view.city() else {}),
    }


def navigation() -> Any:
    """Draw the sidebar and return the page to run."""
    view.note_page()
    home.recall()
    lang = view.language()
    who = view.viewer()
    if not who.cities():
        st.navigation([page("about")], position="hidden")
        _refused(t("signin.not_here", lang))
    chosen = st.navigation(_menu(lang), position="sidebar", expanded=True)
    st.logo(str(MARKS / f"ieum-{view.palette()}.svg"), size="large")
    style.style(lang)
    of_city = chosen.url_path not in OF_NO_CITY
    switched = of_city and len(who.cities()) > 1
    # On a phone the switch has its place above the search before it comes: of pages without one the key is another.
    with st.container(
        key="top" if switched else "top_alone", horizontal=True, vertical_alignment="center", gap="small"
    ):
        if switched:
            _switch(lang)
        draw.search_box(lang, view.city())
    with st.sidebar:
        _who(lang)
        view.choose(
            "lang", list(LANGUAGES), label=t("app.language", lang), say=LANGUAGES.__getitem__, kind="segments"
        )
        if len(offered := view.views()) > 1:
            view.choose(
                "view",
                offered,
                label=t("app.view_label", lang),
                kind="segments",
                say=lambda code: t(f"app.view_{code}", lang),
                help=t("app.view_help", lang),
            )
        notes = [Note(t("app.tagline", lang))]
        if of_city:
            mark, note = (t(f"app.{part}.{view.city()}", lang) for part in ("mark", "note"))
            notes.append(Note(f"{mark}: {note}"))
        draw.show(*notes, lang=lang)
    store.guard(lang)
    _released(lang)
    if of_city and view.release():
        _as_published(lang)
    if view.analyst():
        st.warning(t("app.analyst_on", lang))
    return chosen


def _menu(lang: str) -> dict[str, list[Any]]:
    """The pages that this visitor may see, by group; a group without any is left out."""
    seen = mine()
    groups = {
        t(f"nav.group_{group}", lang) if group else "": [page(name) for name in pages if name in seen]
        for group, pages in GROUPS.items()
    }
    return {group: pages for group, pages in groups.items() if pages}


def _released(lang: str) -> None:
    """Stop here where this visitor sees released figures alone and the city has released none."""
    try:
        view.reader()
    except Unreleased as none:
        st.info(none.words(lang))
        if none.number:
            _leave(lang)
        else:
            st.text(t("release.none_do", lang))
        st.stop()
    except Exception as error:  # the store's notes were read, and its rows cannot be
        if (problem := store.problem_of(error)) is None:
            raise
        store.show_problem(problem, lang)
        st.stop()


def _as_published(lang: str) -> None:
    """Say that a release's figures are shown, and the way to those in force; the address keeps its number from page to page."""
    frozen = view.reader().release
    view.put(links.RELEASE, str(view.release()), "")
    with st.container(key="as_published", horizontal=True, vertical_alignment="center", gap="small"):
        draw.status(t("release.looking", lang, release=frozen_words(frozen, lang)))
        _leave(lang)


def _leave(lang: str) -> None:
    st.button(t("release.leave", lang), key="release_leave", on_click=view.put, args=(links.RELEASE, "", ""))


def mine() -> list[str]:
    """The pages that this visitor may see."""
    who = view.viewer()
    return [name for name in PAGES if who.may("pages", name)]


def require(name: str) -> None:
    """Stop here unless this visitor may see the page; asked first in every page and in its fragment, which runs without the page list."""
    if not view.viewer().may("pages", name):
        _refused(t("signin.page", view.language()))


def _refused(what: str) -> None:
    st.error(what)
    st.text(t("signin.page_do", view.language()))
    st.stop()


def _who(lang: str) -> None:
    """Who is signed in, and the way in or out; nothing in local mode, which the page's head names."""
    who = view.viewer()
    if who.role == "local":
        return
    if who.signed_in:
        st.text(t("signin.who", lang, name=who.name, role=t(f"role.{who.role}", lang)))
        st.button(t("signin.out", lang), icon=":material/logout:", on_click=st.logout, key="sign_out")
        return
    if st.query_params.get("signin") == "no_role":
        st.warning(t("signin.no_role", lang))
    st.text(t("signin.anonymous", lang))
    st.button(t("signin.in", lang), icon=":material/login:", on_click=st.login, key="sign_in", type="primary")


def _switch(lang: str) -> None:
    """The switch between the cities at the head of every page."""
    offered = view.viewer().cities()
    with st.container(key="city", width="content"):
        view.choose(
            "city",
            offered,
            label=t("app.city", lang),
            say=lambda code: t(f"app.city_{code}", lang),
            kind="segments",
            label_visibility="collapsed",
            drops=links.RELEASE,
        )


def link(name: str, label: str, *, city: str = "", **params: str) -> None:
    """A link to a page of ours, keeping the language, and the city where no other is meant."""
    who = view.viewer()
    if not who.may("pages", name) or (city and city not in who.cities()):
        return
    wanted = {**_kept(view.language(), city or view.city()), **params}
    st.page_link(page(name), label=label, icon=PAGES[name][1], query_params=wanted or None)


def open_page(name: str) -> None:
    """Go to a page of ours."""
    st.switch_page(page(name))


def calm(draw: Callable[[], None]) -> Callable[[], None]:
    """A fragment whose errors are shown in words: the app-wide handler does not see a fragment's own reruns."""

    @wraps(draw)
    def drawn() -> None:
        try:
            with view.one_run():
                draw()
        except Exception as error:
            _log.exception("fragment failed", exc_info=error)
            show_error(error)

    return drawn


def show_error(error: BaseException) -> None:
    """What happened and what helps, in the reader's language."""
    lang = view.language()
    if (problem := store.problem_of(error)) is not None:
        store.show_problem(problem, lang)
        return
    st.error(t("app.error", lang))
