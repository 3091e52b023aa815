"""Tasks by keyboard alone; those of the map, the search and the budget's tree stand with their pages."""

import re

import pytest
from playwright.sync_api import Page, expect
from screen import look, ready, tab_to

from locales import t

pytestmark = pytest.mark.e2e


def start(page: Page, app_url: str, path: str = "") -> None:
    look(page, f"{app_url}/{path}")


def test_another_page_is_opened_from_the_menu(page: Page, app_url):
    start(page, app_url)
    tab_to(page, t("nav.thread", "ko"))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(t("thread.title", "ko"))


def test_the_language_is_changed(page: Page, app_url):
    start(page, app_url, "kpi")
    tab_to(page, "한국어")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=t("nav.kpi", "en"), exact=True)
    ).to_be_visible()


def test_another_part_of_a_page_is_chosen_and_how_it_is_computed_opened(page: Page, app_url):
    start(page, app_url, "thread")
    tab_to(page, t("thread.part_cohort", "ko"))
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(t("thread.money_title", "ko"))
    expect(page).to_have_url(re.compile("part=money"))
    ready(page)
    tab_to(page, t("how.label", "ko"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("큰 나머지부터", exact=False)).to_be_visible()


def test_a_file_of_the_answer_is_taken(page: Page, app_url):
    start(page, app_url, "thread")
    tab_to(page, t("share.label", "ko"))
    page.keyboard.press("Enter")
    with page.expect_download() as held:
        tab_to(page, t("share.page_xlsx", "ko"))
        page.keyboard.press("Enter")
    assert held.value.suggested_filename.endswith(".xlsx")
