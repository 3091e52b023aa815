"""What the tests share: databases, the built store, the running app and the browser.

Nothing here touches the stores in `var/` or a server that was already running. Tests in `tests/e2e` are marked `e2e`
and run last. What a machine cannot offer (PostgreSQL, Chromium) skips the tests that need it with the reason
printed; with CI=true it is an error instead.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, settings
from screen import DESK, PATIENCE_MS, UPSTREAM
from small import make
from sqlalchemy import Engine

from data import cities
from data.engine import make_engine, make_file
from tools.browser import SHELL
from tools.postgres import PostgresUnavailable, free_port, owner, stop, temporary_server

# A machine under load is slow, not wrong: no example has a deadline, nor has the making of one. Tests undo what their examples did to a store.
settings.register_profile(
    "ieum",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("ieum")

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
SCREENSHOTS = VAR / "screenshots"
APP_START_TIMEOUT_S = 90
RECORDED_AT = datetime(2026, 11, 1)
IN_PARTS = "PYTEST_XDIST_WORKER" in os.environ  # this process runs a part of the tests beside others
LOOPBACK = ("127.0.0.1", "localhost")
CHROMIUM_ARGUMENTS = (
    *("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-quic"),
    # Whatever a page asks for, only this machine can answer.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def pytest_configure(config: pytest.Config) -> None:
    """Takes the last run's pictures away, once and not in every process of a run."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(SCREENSHOTS, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the browser tests and puts them last: Playwright's event loop gets in the way of other tests. Of them long files come before
    short ones, so that no process waits long for another's at the end.

    The demonstration's store takes minutes to make, and whoever needs it waits. So one file that needs it comes first, and those that
    do not next: one process makes it while the other tests.
    """
    browser_tests = Path(__file__).parent / "e2e"
    for item in items:
        if item.path.is_relative_to(browser_tests):
            item.add_marker(pytest.mark.e2e)
    others = [item for item in items if not item.get_closest_marker("e2e")]
    waiting = dict.fromkeys(item.path for item in others if "store" in getattr(item, "fixturenames", ()))
    first = next(iter(waiting), None)
    sizes = {item.path: item.path.stat().st_size for item in items}

    def place(item: pytest.Item) -> tuple[int, int]:
        if item.get_closest_marker("e2e"):
            return 3, -sizes[item.path]
        if item.path == first:
            return 0, 0
        return (2 if item.path in waiting else 1), 0

    items.sort(key=place)


def unavailable(reason: str) -> NoReturn:
    """Skips the test with `reason`, or fails it in CI, where everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def in_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test runs in the project's folder, and no store's state outlives the test that saw it."""
    from answers.store import Store

    monkeypatch.chdir(ROOT)
    for known in Store._known.values():
        known.forget()


# ── Databases ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def pg_url() -> Iterator[str]:
    """A PostgreSQL 15 server of our own on a loopback port: its address without a database name."""
    try:
        with temporary_server() as url:
            yield url
    except PostgresUnavailable as reason:
        unavailable(str(reason))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database; each test that asks for it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        make_file(tmp_path / "empty.db")
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server = request.getfixturevalue("pg_url")
    name = f"t_{uuid.uuid4().hex}"
    with owner(server) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        yield f"{server}/{name}"
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def small_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small store (`small.make`) in an SQLite file, to be copied."""
    file = tmp_path_factory.mktemp("small") / "small.db"
    make(f"sqlite:///{file}").dispose()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


@pytest.fixture
def small_copy(small_file: Path, tmp_path: Path) -> Iterator[Engine]:
    """A small store of one's own on SQLite alone, for what no database has a part in."""
    shutil.copy(small_file, tmp_path / "small.db")
    engine = make_engine(f"sqlite:///{tmp_path / 'small.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def small_url(database_url: str) -> str:
    """The address of a small store of one's own, on SQLite and on PostgreSQL."""
    make(database_url).dispose()
    return database_url


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """`shared(name, make)`: a folder that `make` filled once for all processes of a run; the others wait for it."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if IN_PARTS else base

    def once(name: str, fill: Callable[[Path], None]) -> Path:
        place, whole = folder / name, folder / f"{name}.whole"
        with (folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not whole.exists():
                shutil.rmtree(place, ignore_errors=True)
                place.mkdir()
                fill(place)
                whole.touch()
        return place

    return once


Shared = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def boundaries_file(shared: Shared) -> Path:
    """The boundary file as `make run` builds it, built once."""
    from geo.boundaries import build

    name = "boundaries.parquet"
    return shared("geo", lambda folder: build(folder / name, progress=lambda line: None)) / name


@pytest.fixture(scope="session")
def store(shared: Shared, boundaries_file: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a complete SQLite store of the demonstration city, seed 120. Read it only."""
    return _built(shared, tmp_path_factory, cities.DEMO, boundaries_file, seed=120, scale=1)


@pytest.fixture(scope="session")
def office(shared: Shared, boundaries_file: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of an office's SQLite store as it starts: real reference data, no record. Read it only."""
    return _built(shared, tmp_path_factory, cities.OFFICE, boundaries_file)


def _built(
    shared: Shared, tmp_path_factory: pytest.TempPathFactory, city: str, boundaries: Path, **more: Any
) -> str:
    """A city's store. A whole run needs all of the demonstration's studies, time and again in copies: there they are made at once."""
    from answers import worker
    from answers.store import Store
    from data.build import build

    def address(folder: Path) -> str:
        return cities.address(city, f"sqlite:///{folder / 'ieum.db'}")

    def fill(folder: Path) -> None:
        url = address(folder)
        build(
            url,
            city=city,
            boundaries=boundaries,
            lake_folder=folder / "lake",
            recorded_at=RECORDED_AT,
            **more,
        )
        if IN_PARTS and city == cities.DEMO:
            made = Store.of(url)
            worker.make_all(made)
            made.engine.dispose()  # the copy must have all of it

    # A copy for each process: two that read one SQLite file can lose each other's locks when a test opens it by itself.
    mine = tmp_path_factory.mktemp(f"store-{city}") / "store"
    shutil.copytree(shared(f"store-{city}", fill), mine)
    return address(mine)


def copied(store: str, city: str) -> Callable[[Path], str]:
    """`copy(file)`: a copy of a city's store among those that are named after `file`; returns its address."""

    def copy(file: Path) -> str:
        url = cities.address(city, f"sqlite:///{file}")
        source = sqlite3.connect(store.removeprefix("sqlite:///"))
        target = sqlite3.connect(url.removeprefix("sqlite:///"))
        with target:
            source.backup(target)
        source.close()
        target.close()
        return url

    return copy


@pytest.fixture(scope="session")
def store_copy(store: str) -> Callable[[Path], str]:
    """`store_copy(file)` copies the demonstration's store beside `file`, for tests that write; returns its address."""
    return copied(store, cities.DEMO)


@pytest.fixture(scope="session")
def office_copy(office: str) -> Callable[[Path], str]:
    """`office_copy(file)` copies the office's store beside `file`, for tests that import; returns its address."""
    return copied(office, cities.OFFICE)


# ── The running app ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def app_url(
    shared: Shared,
    store_copy: Callable[[Path], str],
    office_copy: Callable[[Path], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The app on a free loopback port, on copies of both stores, as `make run` starts it: `http://127.0.0.1:PORT`."""
    from answers import ahead, worker
    from answers.store import Store

    def fill(folder: Path) -> None:
        for copy in (store_copy, office_copy):  # the pages as they stand once the worker has caught up
            caught_up = Store.of(copy(folder / "ieum.db"))
            worker.make_all(caught_up)
            ahead.make_all(caught_up)
            caught_up.engine.dispose()  # the copy must have all of it

    place = tmp_path_factory.mktemp("app") / "stores" / "ieum.db"
    shutil.copytree(shared("app", fill), place.parent)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    VAR.mkdir(exist_ok=True)
    log = VAR / f"e2e-server.{os.environ.get('PYTEST_XDIST_WORKER', 'main')}.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "serve", "--port", str(port)],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": f"sqlite:///{place}"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_healthy(server, base, log)
        yield base
    finally:
        stop(server)


def wait_until_healthy(server: subprocess.Popen[bytes], base: str, log: Path) -> None:
    """Returns once the app answers; fails with its log if it ends or stays silent."""
    deadline = time.monotonic() + APP_START_TIMEOUT_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{base}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"the app did not start:\n{log.read_text(errors='replace')[-4000:]}")


# ── The browser ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium instead of a browser that Playwright would have to download."""
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE_MS)
    if not SHELL.exists():
        unavailable("Chromium is not installed (Debian package chromium-headless-shell)")
    return browser_type_launch_args | {"executable_path": str(SHELL), "args": list(CHROMIUM_ARGUMENTS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Every browser window starts at 1440 × 900 and speaks Korean; Streamlit's motion is off."""
    settings = {
        "viewport": DESK,
        "locale": "ko-KR",
        "timezone_id": "Asia/Seoul",
        "reduced_motion": "reduce",
    }
    return browser_context_args | settings


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What a page did that none may: addresses outside this machine that it asked for, what its policy refused, errors of its scripts.

    The test fails if anything is left in it.
    """
    found: list[str] = []
    yield found
    assert not found, f"pages did what none may: {found}"


@pytest.fixture
def violations() -> Callable[[Any], dict[str, list[str]]]:
    """`violations(page)`: axe's findings that are ours, each with the first elements concerned."""

    def run(page: Any) -> dict[str, list[str]]:
        from axe_playwright_python.sync_playwright import Axe

        return {
            found["id"]: [node["html"][:160] for node in found["nodes"]][:3]
            for found in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
            if found["id"] not in UPSTREAM
        }

    return run


def guarded(context: Any, complaints: list[str]) -> Callable[[], None]:
    """Have whatever the windows of a context do that none may noted; returns what ends that."""

    def asked(one: Any) -> None:
        parts = urlsplit(one.url)
        if parts.scheme not in ("data", "blob", "about") and parts.hostname not in LOOPBACK:
            complaints.append(one.url)

    def said(message: Any) -> None:
        if "Content Security" in message.text:
            complaints.append(message.text)

    def failed(error: Any) -> None:
        complaints.append(str(error))

    listeners = {"websocket": asked, "console": said, "pageerror": failed}

    def opened(window: Any) -> None:
        for event, heard in listeners.items():
            window.on(event, heard)

    context.on("request", asked)
    context.on("page", opened)
    for window in context.pages:
        opened(window)

    def ended() -> None:
        context.remove_listener("request", asked)
        context.remove_listener("page", opened)
        for window in context.pages:
            for event, heard in listeners.items():
                window.remove_listener(event, heard)

    return ended


@pytest.fixture
def new_context(new_context: Callable[..., Any], complaints: list[str]) -> Callable[..., Any]:
    """Playwright's own, with every window that it opens (`page` and `context` too) under the guard."""

    def make(**options: Any) -> Any:
        context = new_context(**options)
        guarded(context, complaints)
        return context

    return make


@pytest.fixture(scope="session")
def profile(browser: Any, browser_context_args: dict[str, Any]) -> Iterator[Any]:
    """One profile of the browser for every test that wants no settings of its own: what Chromium has fetched and compiled it keeps."""
    context = browser.new_context(**browser_context_args)
    yield context
    context.close()


@pytest.fixture
def page(profile: Any, complaints: list[str], request: pytest.FixtureRequest) -> Iterator[Any]:
    """The profile's one window under the guard, which remembers nothing of the test before; its picture is kept where the test fails.

    A window of its own would take Chromium seconds to warm up. Who has scripts run in it before a page's own opens one (`new_context`).
    """
    unguarded = guarded(profile, complaints)
    window = profile.pages[0] if profile.pages else profile.new_page()
    try:
        yield window
        if getattr(request.node, "rep_call", None) is not None and request.node.rep_call.failed:
            for n, one in enumerate(profile.pages):
                one.screenshot(path=VAR / "playwright" / f"{request.node.name}-{n}.png")
    finally:
        for one in profile.pages[1:]:
            one.close()
        try:
            _emptied(window)
        except Exception:  # a window that crashed holds nothing, and the test has told of it
            window.close()
        profile.clear_cookies()
        unguarded()


def _emptied(window: Any) -> None:
    """Leave the app for a page without a script of the same server, so that Chromium keeps what it has compiled."""
    parts = urlsplit(window.url)
    if parts.scheme.startswith("http"):
        window.evaluate("localStorage.clear(); sessionStorage.clear()")
        window.goto(f"{parts.scheme}://{parts.netloc}/_stcore/health")
    window.set_viewport_size(DESK)
    window.emulate_media(media="null", color_scheme="light", reduced_motion="reduce")
    window.mouse.move(0, 0)


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """The folder for pictures that CI keeps; emptied when a run begins."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return SCREENSHOTS
