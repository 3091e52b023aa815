"""The district map and profile as a council member meets them: two taps, keyboard, link, back, clicks, paper."""

import re

from playwright.sync_api import Locator, Page, expect
from screen import look, tab_to

from locales import t
from tests.e2e.test_browser import choose, map_drawn, ready


def click_middle(page: Page, mark: Locator) -> None:
    """A click on the middle of a drawn mark, brought into view first."""
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_the_keyboard_alone_asks_another_question(page: Page, app_url):
    look(page, f"{app_url}/district_map")
    tab_to(page, t("district.q_need", "ko"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(t("district.title_change", "ko"))


def test_question_and_district_survive_language_link_and_back(page: Page, new_context, app_url):
    look(page, f"{app_url}/district_map?gu=11210")
    page.get_by_role("radio", name=t("district.q_change", "ko"), exact=True).click()
    expect(page.locator("h1")).to_have_text(t("district.title_change", "ko"))
    choose(page, "지표", "외로움 경험률")
    expect(page.locator(".ieum-lead").first).to_contain_text("외로움 경험률")
    page.get_by_text("English", exact=True).click()
    expect(page.locator("h1")).to_have_text(t("district.title_change", "en"))
    expect(page.locator(".ieum-pick")).to_contain_text("Gwanak-gu")
    other = new_context().new_page()
    other.goto(page.url)
    ready(other)
    assert other.locator(".ieum-lead").first.inner_text() == page.locator(".ieum-lead").first.inner_text()
    assert other.locator(".ieum-pick").inner_text() == page.locator(".ieum-pick").inner_text()
    other.close()
    page.go_back()
    expect(page.locator("h1")).to_have_text(t("district.title_change", "ko"))
    ready(
        page
    )  # what a run that is still going on writes into the address would stand beside the next step back
    page.go_back()
    expect(page.locator(".ieum-lead").first).to_contain_text("사회적 고립률")
    ready(page)
    page.go_back()
    expect(page.locator("h1")).to_have_text(t("district.title_need", "ko"))
    expect(page.locator(".ieum-pick")).to_contain_text("관악구")


def test_a_click_on_the_ranked_plot_rings_the_district_on_the_map(page: Page, app_url):
    look(page, f"{app_url}/district_map?indicator=one_person_share")
    map_drawn(page, 25)
    click_middle(page, page.locator(".scatterlayer .points path").first)
    expect(page.locator(".ieum-pick")).to_contain_text("관악구")
    map_drawn(page, 26)  # 25 districts and the ring


def test_a_click_on_a_funnel_point_picks_its_district(page: Page, app_url):
    look(page, f"{app_url}/district_map?q=funnel&indicator=referral_rate")
    click_middle(page, page.locator(".scatterlayer .points path").first)
    expect(page).to_have_url(re.compile("gu=11"))
    expect(page.locator(".ieum-pick")).to_be_visible()


def test_a_click_on_a_tile_picks_its_district(page: Page, app_url):
    look(page, f"{app_url}/district_map?shape=tile&indicator=one_person_share")
    map_drawn(page, 25)
    click_middle(page, page.locator(".choroplethlayer path.choroplethlocation").nth(20))
    expect(page.locator(".ieum-pick")).to_contain_text("관악구")


def test_small_multiples_draw_a_map_a_year(page: Page, app_url):
    look(page, f"{app_url}/district_map?q=years&indicator=one_person_share")
    expect(page.locator(".js-plotly-plot")).to_have_count(3)
    map_drawn(page, 75)


def test_a_filter_change_redraws_its_part_and_not_the_page(page: Page, app_url):
    look(page, f"{app_url}/district_map?indicator=one_person_share")
    map_drawn(page, 25)
    # A mark on nodes outside the fragment: a full rerun would show them stale, a full page load would lose them.
    page.evaluate("""() => {
        const side = document.querySelector("[data-testid='stSidebar']");
        side.dataset.mark = 'kept';
        window.flashed = 0;
        new MutationObserver(changes => changes.forEach(c => {
            if (c.target.dataset && c.target.dataset.stale === 'true') window.flashed += 1;
        })).observe(side, {attributes: true, subtree: true, attributeFilter: ['data-stale']});
    }""")
    choose(page, "시점", "2015년")
    expect(page.locator(".ieum-lead").first).to_contain_text("2015년")
    assert page.locator("[data-testid='stSidebar']").get_attribute("data-mark") == "kept"
    assert page.evaluate("window.flashed") == 0


def test_the_profile_prints_without_controls_and_with_every_part(page: Page, app_url):
    look(page, f"{app_url}/district_profile?gu=11210")
    map_drawn(page, 21)
    page.emulate_media(media="print")
    expect(page.locator("[data-testid='stSidebar']")).to_be_hidden()
    for control in (".stSelectbox", ".stMultiSelect", ".stDownloadButton", ".st-key-noprint_print"):
        assert not any(e.is_visible() for e in page.locator(control).all()), control
    for part in ("need", "outcomes", "money", "peers", "dong"):
        expect(page.get_by_role("heading", name=t(f"profile.{part}", "ko"), exact=True)).to_be_visible()
    assert len(page.pdf(format="A4")) > 50_000
