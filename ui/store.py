"""The store as the screen sees it: one engine for the process, its state, and plain words when it cannot serve."""

from __future__ import annotations

import hashlib
import json
import os
import time
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import streamlit as st
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from answers.store import Store
from data import engine as engine_module
from data import queries, tables
from data.engine import DEFAULT_URL, StoreProblem, check, make_engine
from geo.areas import feature_collection, tile_shapes
from locales import t

# A module singleton, not st.cache_resource: any visitor's "clear cache" message would drop it.
_ENGINES: dict[str, Engine] = {}
_CHECKED: dict[str, tuple[float, dict[str, str]]] = {}
CHECK_EVERY_S = 20.0
_VERSIONS: dict[str, tuple[float, int]] = {}
VERSION_EVERY_S = 1.0
STATIC = Path(__file__).resolve().parent / "static"


def url() -> str:
    """The store's address: DATABASE_URL or the embedded file."""
    return os.environ.get("DATABASE_URL") or DEFAULT_URL


def engine() -> Engine:
    """The engine of the current address."""
    address = url()
    if address not in _ENGINES:
        _ENGINES[address] = make_engine(address)
    return _ENGINES[address]


def notes() -> dict[str, str]:
    """The store's notes, checked again every few seconds.

    Raises:
        StoreProblem: when the store cannot serve.
    """
    address = url()
    at, found = _CHECKED.get(address, (0.0, {}))
    if not found or time.monotonic() - at > CHECK_EVERY_S:
        found = check(engine())
        _CHECKED[address] = (time.monotonic(), found)
    return found


def guard(lang: str) -> dict[str, str]:
    """Return the notes, or say what is wrong and what to do, and stop the page."""
    try:
        return notes()
    except StoreProblem as problem:
        show_problem(problem, lang)
        st.stop()


def show_problem(problem: StoreProblem, lang: str) -> None:
    """A calm page in place of a traceback: what happened, what helps, the command."""
    _CHECKED.pop(url(), None)
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
    return date.fromisoformat(notes().get("as_of", "2026-10-31"))


def now() -> datetime:
    """Naive UTC now, for what is recorded."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def version() -> int:
    """Changes whenever a batch lands: part of every cache key. Asked of the store at most once a second."""
    address = url()
    at, known = _VERSIONS.get(address, (0.0, -1))
    if known < 0 or time.monotonic() - at > VERSION_EVERY_S:
        with connect() as connection:
            known = int(connection.execute(select(func.max(tables.batch.c.batch_id))).scalar() or 0)
        _VERSIONS[address] = (time.monotonic(), known)
    return known


def changed() -> None:
    """Ask the store again: this process has just written to it."""
    _VERSIONS.pop(url(), None)
    Store.of(url()).changed()


def connect() -> Connection:
    """A reading connection.

    Raises:
        StoreProblem: the store went away.
    """
    try:
        return engine().connect()
    except DBAPIError as error:
        raise StoreProblem("unreachable") from error


def pseudonym_key() -> str:
    """The key that turns person ids into pseudonyms: IEUM_SECRET, else one kept with the store."""
    return engine_module.pseudonym_key(engine(), os.environ.get("IEUM_SECRET"))


def geojson_url(vintage: int, level: str) -> str:
    """Where the browser fetches a boundary layer; level 'tile' is the tile map of any vintage."""
    return static_url(f"geo/{_layer_file(vintage, level, version(), url())}")


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
