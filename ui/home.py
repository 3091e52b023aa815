"""The reader's own district or constituency: picked on the overview, remembered by the browser, said first from then on."""

from __future__ import annotations

import streamlit as st

from actions import people
from answers.answer import Answer, Piece
from answers.ask import EMPTY
from answers.overview import home
from locales import t
from ui import draw, store, view

NAME, COOKIE = "home", "ieum_home"
MANY = "many"  # in the list of districts: several of them, or dong
_BEFORE = "home_before"  # session state: the last visit
_CHOSEN = "home_chosen"  # session state: what was picked in this visit, for the browser to keep


def recall() -> None:
    """Take up what the browser remembers, else the one district of whoever is signed in; a link goes before both."""
    if view.asked(NAME) is not None:
        return
    mine = view.viewer().districts
    if found := str(st.context.cookies.get(COOKIE, "")) or (mine[0] if len(mine) == 1 else ""):
        view.settle(NAME, found)


@draw.piece("overview.home")
def pick(data: None, found: Answer) -> None:
    """The list of districts, for several areas a second one, and the ways to what was picked."""
    lang, read = found.lang, view.reader()
    codes = [code for code in dict(found.choices)[NAME].split(".") if code not in ("", EMPTY)]
    districts, every = read.district_names(lang), home.names(read, lang)
    single = {**districts, **{code: ward.name for code, ward in home.wards(read).items()}}
    one = codes[0] if len(codes) == 1 and codes[0] in single else ""
    several = bool(codes) and not one or st.session_state.get("home_several", False)
    first, second = "widget_home_one", "widget_home_many"
    st.session_state[first] = (MANY if several else one) or None
    with st.container(key="home", horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.selectbox(
            t("overview.home", lang),
            [*single, MANY],
            format_func=lambda code: single.get(code, t("overview.home_many", lang)),
            key=first,
            index=None,
            placeholder=t("overview.home_pick", lang),
            label_visibility="collapsed",
            on_change=_one,
            args=(first,),
            width=330,
        )
        if several:
            st.session_state[second] = codes
            st.multiselect(
                t("overview.home_which", lang),
                list(every),
                format_func=every.__getitem__,
                key=second,
                max_selections=home.MOST,
                placeholder=t("app.choose", lang),
                on_change=_many,
                args=(second,),
                width=460,
            )
        draw.bell(lang, view.city(), _last_visit())
        block = next(b for b in found.blocks if isinstance(b, Piece) and b.name == "overview.home")
        draw.ways(block.blocks, found)
    if (chosen := st.session_state.get(_CHOSEN)) is not None:
        draw.remember(COOKIE, chosen)


def _last_visit() -> str:
    """When the person who is signed in was last here; '' where the browser itself remembers it. Asked once a session."""
    if (known := st.session_state.get(_BEFORE)) is None:
        seen = people.seen_before(store.office(), view.viewer())
        known = st.session_state[_BEFORE] = "" if seen is None else f"{seen:%Y-%m-%dT%H:%M}"
    return str(known)


def _one(key: str) -> None:
    code = st.session_state[key] or ""
    st.session_state["home_several"] = code == MANY
    if code != MANY:
        _keep(code)


def _many(key: str) -> None:
    _keep(".".join(st.session_state[key]))


def _keep(code: str) -> None:
    st.session_state[_CHOSEN] = code
    view.put(NAME, code or EMPTY, EMPTY)
