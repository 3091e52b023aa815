"""The service pages as a person meets them: a decision in ten seconds, a question per view, what staffing would fix."""

import re

import pytest
from playwright.sync_api import Page, expect
from screen import PHONE, each, look, move, ready, widened

from locales import t
from tests.proof import LOOKS

PAGES = {
    "kpi": "/kpi", "hotline": "/hotline", "waits": "/hotline?part=waits", "hours": "/hotline?part=hours", "callers": "/hotline?part=callers",
    "staffing": "/hotline?part=staffing", "counselling": "/counselling", "course-waits": "/counselling?course=waits",
    "outcomes": "/counselling?course=outcomes", "providers": "/counselling?course=providers", "detection": "/detection",
    "signs": "/detection?detect=signs", "points": "/detection?detect=points", "programmes": "/programmes",
}  # fmt: skip


def test_the_first_sentence_names_what_needs_a_decision_and_the_chart_follows_the_choice(page: Page, app_url):
    look(page, f"{app_url}/kpi?lang=en")
    lead = page.locator(".ieum-lead").first
    # The demonstration's measures are calm: 212 of 234 paired scores are over 90 %.
    expect(lead).to_have_text(t("kpi.lead_none", "en", n=23))
    box = page.get_by_label("Measure", exact=True)
    box.click()
    box.fill("Did not attend")
    page.get_by_role("option", name="Did not attend", exact=True).click()
    expect(page.locator(".ieum-lead").last).to_contain_text("Did not attend:")
    expect(page).to_have_url(re.compile("kpi=dna_rate"))


def test_a_question_is_one_click_away_and_a_link_reproduces_it(page: Page, new_context, app_url):
    look(page, f"{app_url}/hotline")
    expect(page.locator("[data-testid='stSidebarNav']")).to_contain_text("외로움안녕120")
    page.get_by_text("대기", exact=True).click()
    expect(page.locator(".ieum-lead").first).to_contain_text("열에 아홉은")
    page.get_by_label("채널", exact=True).click()
    page.get_by_role("option", name="채팅", exact=True).click()
    expect(page).to_have_url(re.compile("channel=chat"))
    ready(page)
    said = page.locator(".ieum-lead").first.inner_text()
    other = new_context().new_page()
    other.goto(page.url)
    ready(other)
    assert other.locator(".ieum-lead").first.inner_text() == said
    other.close()


def test_more_counsellors_are_tried_on_the_page(page: Page, app_url):
    look(page, f"{app_url}/hotline?part=staffing&lang=en")
    gives = page.locator(".ieum-lead", has_text="contacts an hour")
    before = gives.inner_text()
    page.get_by_label("Counsellors on the line, N").fill("14")
    page.keyboard.press("Enter")
    expect(gives).to_contain_text("14 counsellors")
    level = [
        float(re.search(r"answer (\d+(?:\.\d+)?)%", text).group(1)) for text in (before, gives.inner_text())
    ]
    assert level[1] > level[0]


def test_english_pages_hold_no_korean_but_published_names(page: Page, app_url):
    urls = {name: f"{app_url}{path}{'&' if '?' in path else '?'}lang=en" for name, path in PAGES.items()}
    for name in each(page, urls):
        left = page.locator("[data-testid='stMain']").inner_text()
        assert not re.findall(r"[가-힣]+", left), name


def test_every_service_page_fits_a_phone_and_has_no_serious_violation(page: Page, app_url, violations):
    urls = {name: f"{app_url}{path}" for name, path in PAGES.items()}
    page.set_viewport_size(PHONE)
    for name in each(page, urls):
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
    widened(page)
    for name, url in urls.items():
        move(page, url)
        assert violations(page) == {}, name


@pytest.mark.parametrize(("lang", "width", "scheme"), LOOKS)
def test_pictures_of_the_service_pages_are_kept(page: Page, app_url, screenshots, lang, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    names = ("kpi", "hotline", "counselling", "detection", "programmes")
    for name in each(page, {name: f"{app_url}{PAGES[name]}?lang={lang}" for name in names}):
        file = screenshots / f"services_{name}_{lang}_{width}_{scheme}.png"
        page.screenshot(path=file)
        assert file.stat().st_size > 10_000
