"""The store as the screen sees it: one engine for the process, its state, and plain words when it cannot serve."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import streamlit as st
from sqlalchemy import Connection, Engine

from answers.store import Store
from data import engine as engine_module
from data import queries
from data.engine import StoreProblem
from geo.areas import feature_collection, tile_shapes
from locales import t

STATIC = Path(__file__).resolve().parent / "static"


def url() -> str:
    """The store's address: DATABASE_URL or the embedded file."""
    return Store.of().url


def engine() -> Engine:
    """The engine of the current address."""
    return Store.of().engine


def guard(lang: str) -> dict[str, str]:
    """Return the notes, or say what is wrong and what to do, and stop the page."""
    try:
        return Store.of().notes()
    except StoreProblem as problem:
        show_problem(problem, lang)
        st.stop()


def show_problem(problem: StoreProblem, lang: str) -> None:
    """A calm page in place of a traceback: what happened, what helps, the command."""
    Store.of().forget()
    st.title(t("store.title", lang))
    st.error(t(f"store.{problem.kind}.what", lang))
    st.markdown(t(f"store.{problem.kind}.do", lang))
    command = t(f"store.{problem.kind}.command", lang)
    if command:
        st.code(command, language="bash")


def problem_of(error: BaseException) -> StoreProblem:
    """A database error met in the middle of a page, as a store problem."""
    return error if isinstance(error, StoreProblem) else StoreProblem("unreachable", type(error).__name__)


def as_of() -> date:
    """The day that the data speak for."""
    return Store.of().as_of


def now() -> datetime:
    """Naive UTC now, for what is recorded."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def changed() -> None:
    """Ask the store again: this process has just written to it."""
    Store.of().changed()


def connect() -> Connection:
    """A reading connection.

    Raises:
        StoreProblem: the store went away.
    """
    return Store.of().connect()


def pseudonym_key() -> str:
    """The key that turns person ids into pseudonyms: IEUM_SECRET, else one kept with the store."""
    return engine_module.pseudonym_key(engine(), os.environ.get("IEUM_SECRET"))


def geojson_url(vintage: int, level: str) -> str:
    """Where the browser fetches a boundary layer; level 'tile' is the tile map of any vintage."""
    return static_url(f"geo/{_layer_file(vintage, level, Store.of().version(), url())}")


@cache
def _layer_file(vintage: int, level: str, _version: int, _address: str) -> str:
    """The layer's file under static/geo, named after its content: no store and no browser draws another's layer."""
    with connect() as connection:
        if level == "tile":
            rows = tile_shapes(queries.districts(connection))
        else:
            rows = queries.boundaries(connection, vintage=vintage, level=level)
    content = "".join(rows["area_code"]) + "".join(rows["geometry"])
    path = STATIC / "geo" / f"{level}_{vintage}_{hashlib.sha256(content.encode()).hexdigest()[:8]}.geojson"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.tmp")
        part.write_text(json.dumps(feature_collection(rows), separators=(",", ":")), encoding="utf-8")
        part.replace(path)
    return path.name


def static_url(name: str) -> str:
    """Where the browser finds a file of ui/static."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}/app/static/{name}" if base else f"/app/static/{name}"
