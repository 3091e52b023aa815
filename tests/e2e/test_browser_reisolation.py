"""The re-isolation page in a browser: a slider moves the answer, a scenario is kept, shared and compared, on desk and phone."""

import re

import pytest
from playwright.sync_api import Page, expect
from screen import PHONE, each, look, ready

PARTS = ("whatif", "compare", "cost", "seen", "trust", "assumptions")


def test_from_a_slider_to_a_shared_scenario(page: Page, new_context, app_url):
    look(page, f"{app_url}/reisolation?lang=en")
    expect(page.locator(".ieum-lead")).to_have_count(1)
    page.get_by_role("slider", name=re.compile("Aftercare contact")).focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".ieum-lead", has_text="If the assumed effects hold")).to_be_visible()
    expect(page).to_have_url(re.compile("lv=aftercare-"))
    expect(page.get_by_role("heading", name="Why it moves")).to_be_visible()
    ready(page)
    page.get_by_text("Compare", exact=True).click()
    page.get_by_label("Name", exact=True).fill("More aftercare")
    page.get_by_label("Your name").fill("Kim")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as “More aftercare”.")).to_be_visible()
    link = page.locator("[data-testid='stCode']").first.inner_text().strip()
    ready(page)
    said = page.locator(".ieum-lead").first.inner_text()
    assert "More aftercare" in said
    # Somebody else opens the link, in the other language: the same numbers, and told that they are the same.
    other = new_context().new_page()
    other.goto(link)
    ready(other)
    number = re.search(r"“More aftercare” has ([\d,]+)", said).group(1)
    assert f"{number}(" in other.locator(".ieum-lead").first.inner_text()
    expect(other.get_by_text("저장할 때와 같은 수치입니다")).to_be_visible()
    other.close()


def test_axe_finds_no_serious_violation(page: Page, app_url, violations):
    urls = {part: f"{app_url}/reisolation?part={part}&lv=outing-100&view=analyst" for part in PARTS}
    for part in each(page, urls):
        assert violations(page) == {}, part


def test_cost_follows_the_levers_of_the_first_question(page: Page, app_url):
    look(page, f"{app_url}/reisolation?part=cost&lv=peer-60")
    expect(page.locator("table.ieum tr", has_text="2027").first).to_contain_text("억 원")
    expect(page.locator(".js-plotly-plot")).to_have_count(3)
    ready(page)
    page.get_by_role("radio", name="0%", exact=True).click()
    expect(page).to_have_url(re.compile("discount=0"))


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_every_question_fits_a_phone_and_holds_no_error(page: Page, app_url, lang):
    page.set_viewport_size(PHONE)
    urls = {part: f"{app_url}/reisolation?part={part}&lang={lang}&lv=outing-100" for part in PARTS}
    for part in each(page, urls):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, part
        expect(
            page.locator("[data-testid='stException'], [data-testid='stAlertContentError']")
        ).to_have_count(0)
        if lang == "en":
            # A scenario's name is as its author wrote it.
            assert not re.findall(r"[가-힣]+", page.locator("[data-testid='stMain']").inner_text()), part
