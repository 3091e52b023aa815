"""The store as the screen sees it: its state, plain words when it cannot serve, and the files that a browser fetches."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import streamlit as st

from answers.layers import layer
from answers.store import SEOUL, Store, StoreProblem, cities
from answers.store import problem_of as problem_of
from locales import t
from ui import view

LOOK_EVERY_S = 5
OF_WRITING = ("readonly", "full")  # a store that can be read all the while
STATIC = Path(__file__).resolve().parent / "static"


def guard(lang: str, store: Store | None = None) -> dict[str, str]:
    """Return a store's notes, the looked-at city's where none is given, or say what is wrong and what to do, and stop the page."""
    try:
        return (store or view.store()).notes()
    except StoreProblem as problem:
        show_problem(problem, lang)
        st.stop()


def show_problem(problem: StoreProblem, lang: str) -> None:
    """A calm page in place of a traceback: what happened, what helps, the command."""
    Store.forget_all()
    st.title(t("store.title", lang))
    st.error(t(f"store.{problem.kind}.what", lang))
    st.markdown(t(f"store.{problem.kind}.do", lang))
    command = t(f"store.{problem.kind}.command", lang)
    if command:
        st.code(command, language="bash")
    _until_repaired(problem.kind)


def _until_repaired(kind: str) -> None:
    """Look again now and then, and show the page as soon as the store serves."""

    told = [False]  # the first run is the telling itself

    @st.fragment(run_every=LOOK_EVERY_S)
    def waiting() -> None:
        if not told[0]:
            told[0] = True
            return
        try:
            view.store().notes()
            view.store().changed()
            view.store().version()
        except Exception:  # of whatever kind: it does not serve yet
            Store.forget_all()
            return
        if kind not in OF_WRITING:
            st.rerun()

    waiting()


def unwritten(problem: StoreProblem, lang: str) -> str:
    """A file that could not be loaded: what happened, and what helps."""
    own = problem.kind in ("readonly", "busy", "full")
    return t(f"import.{problem.kind}", lang) if own else in_words(problem, lang)


def in_words(problem: StoreProblem, lang: str) -> str:
    """A store that could not be changed, where the rest of the page stands: what happened, and what helps."""
    return f"{t(f'store.{problem.kind}.what', lang)} {t(f'store.{problem.kind}.do', lang)}"


def office() -> Store:
    """The store that files come into, whichever city is looked at."""
    return Store.of_city(cities.OFFICE)


def as_of() -> date:
    """The day that the office's records speak for."""
    return office().as_of


def now() -> datetime:
    """Naive UTC now, for what is recorded."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def seoul(at: datetime) -> str:
    """A naive UTC instant as Seoul's clock has it."""
    return f"{at.replace(tzinfo=UTC).astimezone(SEOUL):%Y-%m-%d %H:%M}"


def geojson_url(vintage: int, level: str) -> str:
    """Where the browser fetches a boundary layer; the file is written when somebody first asks for it."""
    content, name = layer(view.reader(), vintage, level)
    path = STATIC / "geo" / f"{level}_{vintage}_{name}.geojson"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.tmp")
        part.write_text(content, encoding="utf-8")
        part.replace(path)
    return static_url(f"geo/{path.name}")


def static_url(name: str) -> str:
    """Where the browser finds a file of ui/static."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}/app/static/{name}" if base else f"/app/static/{name}"
