"""In the browser: no page does what the content security policy forbids, and somebody signs in and out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from screen import DESK, ready

from locales import t
from tests.visitors import Server, both_empty, provider, running
from ui.shell import PAGES


@pytest.fixture(scope="module")
def server(office_copy: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app with sign-in, and one administrator."""
    place = tmp_path_factory.mktemp("signin") / "ieum.db"
    office = both_empty(place, office_copy)
    accounts: dict[str, dict[str, object]] = {"boss": {"email": "boss@example.org", "email_verified": True}}
    with (
        provider(accounts) as issuer,
        running(place, office, issuer, log=place.with_name("server.log")) as found,
    ):
        found.enter("boss", "admin")
        yield found


REPAINTED = """theme => getComputedStyle(document.querySelector("[data-testid='stApp']")).colorScheme.includes(theme)"""


def test_no_page_does_what_the_policy_forbids(page: Any, complaints: list[str], app_url: str) -> None:
    """Opened in one theme and changed to the other; nor does any page in any other test of the browser (`complaints`)."""
    themes = ("light", "dark")
    for n, (name, (path, _)) in enumerate(PAGES.items()):
        page.emulate_media(color_scheme=themes[n % 2])
        answer = page.goto(f"{app_url}/{path}")
        assert answer is not None and "script-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe-eval" not in answer.headers["content-security-policy"]
        ready(page)
        page.emulate_media(color_scheme=themes[1 - n % 2])
        page.wait_for_function(REPAINTED, arg=themes[1 - n % 2])
        ready(page)
        assert not complaints, name
    # The policy bites: a script that the page was not sent with does not run.
    done = page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.bitten = 1'; document.body.append(s); return window.bitten ?? 0; }"
    )
    assert done == 0 and any("Content Security" in line for line in complaints)
    complaints.clear()


def test_somebody_signs_in_sees_their_page_and_signs_out(browser: Any, server: Server) -> None:
    # Not under the guard: the provider of the tests has a page of its own, which asks for a style sheet elsewhere.
    page = browser.new_context(locale="ko-KR", viewport=DESK).new_page()
    page.goto(server.base)
    page.get_by_text(t("signin.anonymous", "ko")).wait_for()
    assert page.get_by_text(t("nav.admin", "ko"), exact=True).count() == 0
    page.get_by_role("button", name=t("signin.in", "ko")).click()
    page.locator("input[name=sub]").fill("boss")
    page.locator("button[type=submit], input[type=submit]").first.click()
    page.get_by_text("boss@example.org").first.wait_for()
    page.get_by_role("link", name=t("nav.admin", "ko")).click()
    page.get_by_role("heading", name=t("admin.sessions", "ko")).wait_for()
    cookie = next(c for c in page.context.cookies() if c["name"] == "ieum_session")
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    page.get_by_role("button", name=t("signin.out", "ko")).click()
    page.wait_for_url(lambda url: not url.startswith(f"{server.base}/admin"))
    page.goto(f"{server.base}/admin")
    page.get_by_text(t("signin.anonymous", "ko")).wait_for()
    assert page.get_by_role("heading", name=t("admin.sessions", "ko")).count() == 0
    assert not [c for c in page.context.cookies() if c["name"] == "ieum_session"]
