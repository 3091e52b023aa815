"""View state that lives in the URL as codes, so that a link reproduces the view in either language.

Streamlit's own URL binding stores formatted labels, which change with the language; this stores codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from actions import people
from answers import links, signin, studies
from answers.nearby import direct
from answers.reader import Reader
from answers.rights import VIEWS
from answers.store import Store, cities
from answers.viewer import ANONYMOUS, Viewer
from answers.viewer import LOCAL as LOCAL_VIEWER
from locales import t

STAYS = ("lang", "city", "view", "release", "home", "gu")  # what goes with a reader from page to page
# What changes the office's own store whatever is looked at; everything else changes the store that is on screen.
ELSEWHERE = ("import", "undo", "boundary", "people", "release")


@dataclass
class _Visit:
    """What a session keeps of its view; one entry of the session state, since each look into that costs more than all of this."""

    kept: dict[str, str] = field(default_factory=dict)  # name -> code, survives page changes
    # What we last put into the URL, to tell our own writing from a link or the back button.
    written: dict[str, str | None] = field(default_factory=dict)
    page: str | None = None
    page_changed: bool = False
    page_named: bool = False  # whether the address of this run's page names a view of it


@dataclass
class _Run:
    """What one run has asked: each of two that overlap has its own."""

    visit: _Visit
    looked: set[str] = field(default_factory=set)  # choices whose place in the URL has been looked at
    who: Viewer | None = None  # whoever looks, once asked


_RUN: ContextVar[_Run | None] = ContextVar("run", default=None)  # the one of this thread


def _run() -> _Run:
    """The run under way; outside of one nothing is remembered."""
    return _RUN.get() or _Run(_of_session())


def _of_session() -> _Visit:
    found = st.session_state.get("view")
    if found is None:
        found = st.session_state["view"] = _Visit()
    return found


@contextmanager
def one_run() -> Iterator[None]:
    """A run of the page or of a fragment: what it has asked it need not ask again. Callbacks come before it, and ask anew."""
    outer = _RUN.set(_Run(_of_session()))
    try:
        yield
    finally:
        _RUN.reset(outer)


def current(name: str, options: Sequence[str], default: str) -> str:
    """The code in force: the URL's if it is new and valid, else the kept one, else the default."""
    chosen = asked(name, options)
    return default if chosen is None or chosen not in options else chosen


def asked(name: str, options: Sequence[str] | None = None) -> str | None:
    """A choice's code as the link or the session has it, valid or not; None where it was never made.

    Args:
        options: where given, a link's code that is none of them does not take the place of the kept one.
    """
    run = _run()
    here = run.visit
    if name in run.looked:
        return here.kept.get(name)
    said = st.query_params.get(name)
    if said != here.written.get(name, "\0"):
        # Not what we wrote: a first visit, a link or the back button. An absent one means the default, except on a
        # page change by the menu, which empties the URL but must not forget what was chosen; a link that names a
        # choice names its view whole, and leaves alone only what goes with the reader.
        if said is not None and (options is None or said in options):
            here.kept[name] = said
        elif (
            said is None
            and name in here.written
            and (not here.page_changed or (here.page_named and name not in STAYS))
        ):
            here.kept.pop(name, None)
        here.written[name] = said
    run.looked.add(name)
    return here.kept.get(name)


def put(name: str, code: str, default: str) -> None:
    """Keep a code and write it into the URL; the default is left out to keep links short."""
    run = _run()
    here = run.visit
    wanted = None if code == default else code
    if name not in run.looked or here.written.get(name) != wanted:
        # Here a run ends that a newer one has taken the place of: it must not have kept anything by then.
        if wanted is None:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != wanted:
            st.query_params[name] = wanted
    here.kept[name] = code
    here.written[name] = wanted


def choose(
    name: str,
    options: Sequence[str],
    *,
    label: str,
    say: Callable[[str], str],
    default: str | None = None,
    kind: str = "select",
    drops: str = "",
    **more: Any,
) -> str:
    """A widget whose value is a code in the URL.

    Args:
        name: the URL's parameter.
        options: codes; `say` gives their labels.
        kind: select, segments or radio.
        drops: a parameter that means nothing any more once this one has changed.
    """
    first = default if default is not None else options[0]
    code = current(name, options, first)
    key = f"widget_{name}"
    # The widget follows the code, not the other way round; its own change arrives through the callback.
    st.session_state[key] = code

    def changed() -> None:
        put(name, st.session_state[key] or first, first)
        if drops:
            put(drops, "", "")

    widgets: dict[str, Any] = {"select": st.selectbox, "segments": st.segmented_control, "radio": st.radio}
    if kind == "segments":
        more = {"required": True, **more}
    widgets[kind](label, list(options), format_func=say, key=key, on_change=changed, **more)
    put(name, code, first)
    return code


def note_page() -> None:
    """Tell whether this run is the first on a page; called once per run, before any value is asked for."""
    here = _run().visit
    # The address, not the script's hash: a deep link's first run carries the main script's hash.
    page = st.context.url or ""
    here.page_changed = here.page not in (None, page)
    here.page_named = any(name not in STAYS for name in st.query_params)
    here.page = page


def language() -> str:
    """The language in force."""
    return current("lang", ("ko", "en"), "ko")


def viewer() -> Viewer:
    """Who looks: by the session's cookie, or in local mode whoever sits at this machine. Asked anew in every run, fragment and callback."""
    run = _run()
    if run.who is None:
        if signin.in_force() is not None:
            now = datetime.now(UTC).replace(tzinfo=None)
            run.who = signin.SESSIONS.viewer(st.context.cookies.get(signin.COOKIE, ""), now)
        else:
            # Without a browser (tests) there are no headers; a browser always names the host.
            run.who = LOCAL_VIEWER if is_local() or not st.context.headers else ANONYMOUS
    return run.who


def may(action: str) -> bool:
    """Whether this visitor may do something that changes the store; for what is hidden. `acting` is what refuses."""
    who = viewer()
    people.acting(who)
    return who.may("actions", action) and not _frozen(action)


def _frozen(action: str) -> bool:
    """Whether a release is looked at, which nobody changes."""
    return action not in ELSEWHERE and release() > 0


def acting(action: str, place: str) -> Viewer | None:
    """Whoever does something in a callback, if they may; else it is said at a place in the next run, and None."""
    who = viewer()
    if who.may("actions", action) and not _frozen(action):
        people.acting(who)
        return who
    key = "release.frozen" if who.may("actions", action) else "signin.action"
    tell(place, "warning", t(key, language()))
    return None


def city() -> str:
    """The city in force."""
    offered = viewer().cities()
    return current("city", offered, offered[0])


def release() -> int:
    """The number of the release that a link names, whose figures are shown as published; 0 where figures are those in force."""
    said = asked(links.RELEASE) or ""
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 6 else 0


def store() -> Store:
    """The store that this visitor is shown of the city in force: its latest release or the one that the link names, or the live one."""
    return Store.shown(city(), viewer().rights(city()), release())


def views() -> list[str]:
    """The views of the city in force that this visitor may have; a release has the published one."""
    return list(VIEWS[:1]) if release() else list(viewer().views(city()))


def analyst() -> bool:
    """Whether the analyst view is on."""
    return current("view", views(), VIEWS[0]) == "analyst"


def reader() -> Reader:
    """The door to figures of the city in force, with the rights of this visitor.

    Raises:
        Unreleased: the office has released nothing yet, and this visitor sees what is released alone; or the link names a release that there is not.
    """
    rights = viewer().rights(city(), "analyst" if analyst() else VIEWS[0])
    return Reader.shown(city(), rights, patient=not studies.on_duty(city()), release=release())


def in_force() -> Reader:
    """The door to the figures that this visitor is shown where no link names a release.

    Raises:
        Unreleased: as `reader`.
    """
    return Reader.shown(city(), viewer().rights(city()), patient=not studies.on_duty(city()))


def records() -> Reader:
    """The door to the office's records, which files come into, whichever city is looked at."""
    return Reader(Store.of_city(cities.OFFICE), patient=not studies.on_duty(cities.OFFICE))


def palette() -> str:
    """The palette of the browser's theme."""
    return "dark" if dark() else "light"


def kept(name: str) -> str:
    """The code that the session holds for a choice; '' for none."""
    return _run().visit.kept.get(name, "")


def settle(name: str, code: str) -> None:
    """Keep a code from the next run on, as if its control had been set to it."""
    _run().visit.kept[name] = code


def forget(name: str) -> None:
    """Let a choice follow its default again; the link stays as it is."""
    _run().visit.kept.pop(name, None)


def dark() -> bool:
    """Whether the browser shows the dark theme."""
    return st.context.theme.type == "dark"


# --- What a visit keeps ---------------------------------------------------------------------------------


def once(name: str, key: object, make: Callable[[], Any], *, waiting: str) -> Any:
    """A visitor's last result: a rerun must not work out again what it has.

    Args:
        key: of what it is the result; of another one it is made anew. waiting: what is said meanwhile.
    """
    at, result = st.session_state.get(name, (None, None))
    if at != key:
        with st.spinner(waiting):
            result = make()
        st.session_state[name] = (key, result)
    return result


def tell(place: str, kind: str, text: str, more: Any = None) -> None:
    """What a form has to say at a place in the next run, once: a success, info, warning or error, and what comes with it."""
    st.session_state[f"said_{place}"] = (kind, text, more)


def telling(place: str) -> str:
    """The kind of what waits to be said at a place; '' where nothing does."""
    return str(st.session_state.get(f"said_{place}", ("",))[0])


def told(place: str) -> Any:
    """Say it, and return what came with it; None where nothing was to be said."""
    kind, text, more = st.session_state.pop(f"said_{place}", ("", "", None))
    if kind:
        {"success": st.success, "info": st.info, "warning": st.warning, "error": st.error}[kind](text)
    return more


# --- Who looks -------------------------------------------------------------------------------------------

LOCAL = ("localhost", "127.0.0.1", "[::1]")


def is_local() -> bool:
    """Whether the browser is on the machine that serves the app, and no proxy speaks for another."""
    said, address = st.context.headers, st.context.ip_address
    host = str(said.get("Host", "")).rpartition(":")[0] or str(said.get("Host", ""))
    # Streamlit names no address where the browser is on this machine.
    return host in LOCAL and direct(said, address or "127.0.0.1")
