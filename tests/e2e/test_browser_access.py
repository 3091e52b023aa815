"""In the browser: somebody signs in, sees their page and signs out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from screen import DESK

from locales import t
from tests.visitors import Server, both_empty, provider, running


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
