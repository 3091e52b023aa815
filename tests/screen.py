"""The app in a test: opened on a page without a server, and what it shows; in a browser, when it is at rest."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from data import cities
from tools.browser import AT_REST

# Findings of axe in Streamlit's own markup, not in ours; docs/access.md tells of each.
UPSTREAM = {"empty-table-header", "presentation-role-conflict"}
ROOT = Path(__file__).resolve().parent.parent
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PATIENCE_MS = 60_000  # for whatever a page is to show: other tests run beside it, and the first view loads its libraries
PAGES: dict[Any, Any] = {}  # Streamlit's own list of the pages, once a run has made it
# Streamlit reads the metadata of every installed package for each app that a test opens.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def launched(monkeypatch: Any, url: str, page: str, lang: str | None = None, *, timeout: int = 60, **params: str) -> AppTest:  # fmt: skip
    """The app on a page of a store, with choices as a link would give them, run once there."""
    monkeypatch.setenv("DATABASE_URL", place(url))
    if f"-{cities.OFFICE}.db" in url:
        params = {"city": cities.OFFICE, **params}
    app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=timeout)
    wanted = {**({"lang": lang} if lang else {}), **params}
    for name in ("lang", "city"):
        if name in wanted:
            app.query_params[name] = wanted[name]
    # As a first run would note them: whoever opens a link to a page has not been elsewhere before.
    app._registered_pages = PAGES
    if page == "overview" or not PAGES:
        app.run()
        PAGES.update(app._registered_pages)
    if page != "overview":
        app.switch_page(os.path.relpath(ROOT / "pages" / f"{page}.py", ROOT / "ui"))
        for name, value in wanted.items():
            app.query_params[name] = value
        app.run()
    return app


def place(url: str) -> str:
    """Where both cities stand, from the address of the one's SQLite store."""
    return re.sub(rf"-({'|'.join(cities.CITIES)})(?=\.db\b)", "", url)


def html(app: AppTest) -> str:
    """All HTML pieces of a page."""
    return " ".join(e.proto.body for e in app.get("html"))


def words_of(app: AppTest) -> str:
    """All text that a page shows, HTML pieces included."""
    kinds = ("markdown", "caption", "text", "error", "warning")
    found = [getattr(e, "value", "") or "" for kind in kinds for e in app.get(kind)]
    return " ".join([*map(str, found), html(app)])


def specs(app: AppTest) -> list[dict[str, Any]]:
    """The charts of a page as they are sent."""
    return [json.loads(e.proto.spec) for e in app.get("plotly_chart")]


def ready(page: Any) -> None:
    """Wait until the script has run and the page is at rest."""
    page.wait_for_function(AT_REST, timeout=PATIENCE_MS)


def look(page: Any, url: str) -> None:
    """Open an address and wait until it is at rest."""
    page.goto(url)
    ready(page)


# Nothing in the window has changed for a moment, and what stands there is at rest and no longer what stood there before. That a run has
# begun is not always to be seen: its end can come into the same frame.
MOVE = f"""address => new Promise((settled, failed) => {{
    const said = () => document.querySelector("[data-testid='stMain']").innerText, before = said(), atRest = {AT_REST};
    let quiet;
    const changed = () => {{
        clearTimeout(quiet);
        quiet = setTimeout(() => said() !== before && atRest() ? (watch.disconnect(), settled()) : changed(), 150);
    }};
    const watch = new MutationObserver(changed);
    watch.observe(document.body, {{subtree: true, childList: true, characterData: true, attributes: true}});
    setTimeout(() => failed(new Error(`nothing else is shown at ${{address}}`)), {PATIENCE_MS});
    history.pushState(null, "", address);
    dispatchEvent(new PopStateEvent("popstate"));
    changed();
}})"""


def move(page: Any, url: str) -> None:
    """Go on to another view of the app that is open, as by its links and the way back, and wait until it is at rest.

    Several times as fast as opening it anew (`look`), which is for what a test asks of a page that nobody has seen before.
    """
    page.evaluate(MOVE, url)


def each(page: Any, urls: Mapping[str, str]) -> Iterator[str]:
    """The names of views that are looked at one after the other: the first is opened, from there on it is gone on to the next."""
    go = look
    for name, url in urls.items():
        go(page, url)
        yield name
        go = move


def widened(page: Any) -> None:
    """Give a page that was opened on a phone the width of a desk, and wait until its menu stands open and it is at rest."""
    page.set_viewport_size(DESK)
    page.wait_for_selector("[data-testid='stSidebar'][data-collapsed='false']")
    ready(page)


# What has the focus, within a component of its own too: its tag and its words.
FOCUSED = """(() => {
    let e = document.activeElement;
    while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
    return [e.tagName, e.innerText || e.getAttribute("aria-label") || ""];
})()"""


def tab_to(page: Any, words: str) -> None:
    """Tab until the focus stands on a control or link that says these words."""
    for _ in range(150):
        page.keyboard.press("Tab")
        tag, said = page.evaluate(FOCUSED)
        if tag in ("BUTTON", "SUMMARY", "A", "INPUT") and words in [
            line.strip() for line in said.split("\n")
        ]:
            return
    raise AssertionError(f"Tab does not reach {words}")
