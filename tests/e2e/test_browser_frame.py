"""The frame in a browser: tasks counted in taps, the menu, the search, what is remembered, and that nothing is wider than the screen."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import openpyxl
import pypdf
import pytest
from playwright.sync_api import Page, expect
from screen import DESK, PHONE, each, look, ready

from locales import t
from tests.proof import FULL
from ui.shell import PAGES

SHIFTS = "window.shifted = 0; new PerformanceObserver(l => l.getEntries().forEach(e => { if (!e.hadRecentInput) window.shifted += e.value; })).observe({type: 'layout-shift', buffered: true});"
COUNT = "window.taps = 0; addEventListener('click', e => { if (e.isTrusted) window.taps += 1; }, true);"
WIDTHS = (320, 390, 768, 1024, 1440)
# What moves sideways by itself, as it should: wide tables and the list of questions on a phone.
WIDER = """() => {
    const width = document.documentElement.clientWidth, found = [];
    const inside = (e) => { for (let p = e; p; p = p.parentElement) { const s = getComputedStyle(p);
        if (/auto|scroll|hidden|clip/.test(s.overflowX) && p !== document.body && p !== document.documentElement && !p.matches('.stApp, [data-testid=stAppViewContainer], [data-testid=stMain], [data-testid=stAppScrollToBottomContainer]')) return true;
    } return false; };
    for (const e of document.querySelectorAll('[data-testid=stMain] *')) {
        const box = e.getBoundingClientRect();
        if (box.width && box.height && (box.right > width + 1 || box.left < -1) && !inside(e.parentElement)) found.push(`${e.tagName}.${e.className}`.slice(0, 80));
    }
    // A box of ours whose content stands out of it lies on its neighbour.
    for (const e of document.querySelectorAll('[data-testid=stMain] [class*="ieum-"]')) {
        const s = getComputedStyle(e);
        if (s.display !== 'inline' && s.overflowX === 'visible' && e.clientWidth && e.scrollWidth > e.clientWidth + 2 && !inside(e)) found.push(`${e.className}: ${e.textContent}`.slice(0, 80));
    }
    return [document.documentElement.scrollWidth <= width, found];
}"""


@pytest.fixture(params=["phone", "desktop"])
def visitor(request: pytest.FixtureRequest, new_context: Any) -> Iterator[Page]:
    """Somebody who has never been here, with a finger or a mouse."""
    phone = request.param == "phone"
    page = new_context(has_touch=phone, is_mobile=phone).new_page()
    page.set_viewport_size(PHONE if phone else DESK)
    page.add_init_script(COUNT)
    yield page
    page.close()


def start(page: Page, app_url: str, lang: str = "ko") -> None:
    look(page, app_url if lang == "ko" else f"{app_url}/?lang={lang}")


def taps(page: Page) -> int:
    return int(page.evaluate("window.taps"))


def search(page: Page, typed: str) -> None:
    """Type into the search at the head: one tap, since it opens by itself."""
    page.get_by_role("combobox", name=t("search.label", "ko")).click()
    page.keyboard.type(typed)


def home(page: Page, name: str) -> None:
    """Choose one's own district: the list opens, what is typed narrows it, and one is picked."""
    page.get_by_role("combobox", name=t("overview.home", "ko")).click()
    page.keyboard.type(name[:2])
    page.get_by_role("option", name=name, exact=True).click()


def test_ones_own_district_is_judged_in_two_taps_and_its_page_open_in_three_and_it_is_remembered(
    visitor, app_url
):
    start(visitor, app_url)
    home(visitor, "관악구")
    expect(visitor.locator(".ieum-lead").first).to_contain_text("관악구")
    assert taps(visitor) == 2
    visitor.get_by_role("link", name=t("overview.home_open", "ko", name="관악구"), exact=True).click()
    expect(visitor.locator("h1")).to_have_text("관악구 프로필")
    assert (
        taps(visitor) == 3 and "gu=11210" in visitor.url
    )  # the page was not loaded anew: the count still stands
    start(visitor, app_url)
    expect(visitor.locator(".ieum-lead").first).to_contain_text("관악구")
    visitor.context.clear_cookies()
    start(visitor, app_url)
    expect(visitor.locator(".ieum-lead").first).not_to_contain_text("관악구")


def test_two_districts_are_compared_in_two_taps(visitor, app_url):
    start(visitor, app_url)
    search(visitor, "관악 노원")
    visitor.get_by_role("option").first.click()
    expect(visitor.locator(".ieum-lead").first).to_contain_text("관악구·노원구")
    assert taps(visitor) == 2 and "cmp=11210.11110" in visitor.url


def test_night_shifts_and_underspending_are_found_in_two_taps_and_a_term_is_explained_in_one(
    visitor, app_url
):
    for typed, view in (("야간 근무", "part=staffing"), ("불용 예상", "part=end")):
        start(visitor, app_url)
        search(visitor, typed)
        visitor.get_by_role("option").first.click()
        expect(visitor).to_have_url(re.compile(view))
        assert taps(visitor) == 2
    start(visitor, app_url)
    search(visitor, "불용")
    expect(visitor.get_by_role("option").first).to_contain_text(t("meaning.lapse", "ko"))
    assert taps(visitor) == 1


def test_a_districts_sheet_takes_three_taps_and_the_shortest_brief_one(visitor, app_url):
    start(visitor, app_url)
    with visitor.expect_download() as brief:
        visitor.get_by_role("link", name=t("report.take_plan", "ko"), exact=True).click()
    assert taps(visitor) == 1
    home(visitor, "관악구")
    sheet = visitor.get_by_role("link", name=t("report.take_district", "ko"), exact=True)
    expect(sheet).to_be_visible()
    with visitor.expect_download() as own:
        sheet.click()
    assert taps(visitor) == 1 + 3
    for held, said in ((brief, t("app.city_demo", "ko")), (own, "관악구")):
        text = pypdf.PdfReader(held.value.path()).pages[0].extract_text()
        assert said in text


def test_what_has_changed_since_a_date_takes_two_taps(visitor, app_url):
    start(visitor, app_url)
    search(visitor, "2026년 6월")
    visitor.get_by_role("option").first.click()
    expect(visitor.locator(".ieum-lead").first).to_contain_text("2026년 6월 말과 견주면")
    assert taps(visitor) == 2 and "since=202606" in visitor.url


def test_the_file_of_a_chart_takes_two_taps(visitor, app_url):
    visitor.goto(f"{app_url}/kpi")
    ready(visitor)
    visitor.get_by_role("button", name=t("share.label", "ko"), exact=True).click()
    with visitor.expect_download() as held:
        visitor.get_by_text(t("share.xlsx", "ko"), exact=True).click()
    assert taps(visitor) == 2
    book = openpyxl.load_workbook(io.BytesIO(held.value.path().read_bytes()))
    assert sum(len(sheet._charts) for sheet in book) >= 1


def test_the_sentence_and_the_link_of_an_answer_are_copied_and_the_panel_closes(new_context, app_url):
    context = new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    look(page, f"{app_url}/kpi?lang=en")
    button, panel = page.locator(".ieum-share > button"), page.locator("#ieum-share")
    expect(panel).to_be_hidden()
    button.click()
    panel.get_by_role("button", name=t("share.copy_sentence", "en"), exact=True).click()
    expect(panel.get_by_role("status")).to_have_text(t("share.copied", "en"))
    assert page.evaluate("navigator.clipboard.readText()").startswith(page.inner_text(".ieum-lead"))
    panel.get_by_role("button", name=t("share.copy_link", "en"), exact=True).click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('http')")
    panel.get_by_text(t("share.as_file", "en"), exact=True).click()  # takes no focus
    expect(panel).to_be_visible()
    address = urlsplit(page.evaluate("navigator.clipboard.readText()"))
    assert address.path == "/kpi" and {"lang=en", "kpi=answer_rate"} <= set(address.query.split("&"))
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    page.locator("h1").click()
    expect(panel).to_be_hidden()
    # As on a page that is not served securely.
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('none')); }")
    page.evaluate("() => addEventListener('copy', () => { window.taken = document.activeElement.value; })")
    button.click()
    expect(panel.get_by_role("status")).to_be_empty()
    copies = panel.get_by_role("button", name=t("share.copy_sentence", "en"), exact=True)
    copies.click()
    expect(panel.get_by_role("status")).to_have_text(t("share.copied", "en"))
    expect(copies).to_be_focused()
    assert page.evaluate("window.taken").startswith(page.inner_text(".ieum-lead"))
    page.close()


def test_the_phones_menu_closes_on_a_choice(new_context, app_url):
    page = new_context(has_touch=True, is_mobile=True).new_page()
    page.set_viewport_size(PHONE)
    start(page, app_url)
    page.get_by_role("button", name=t("theirs.expand", "ko"), exact=True).tap()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=t("nav.budget", "ko"), exact=True).tap()
    expect(page.locator("[data-testid='stSidebar'][aria-expanded='true']")).to_have_count(0)
    expect(page.locator("h1")).to_have_text(t("budget.title", "ko"))
    expect(page).to_have_title(
        f"{t('budget.title', 'ko')} · {t('app.city_demo', 'ko')} · {t('app.name', 'ko')}"
    )
    page.close()


def test_the_keyboard_alone_searches_opens_a_district_and_sees_where_it_stands(page: Page, app_url):
    start(page, app_url)
    page.keyboard.press("/")
    page.keyboard.type("ㄱㅇㄱ")
    expect(page.get_by_role("option").first).to_contain_text("관악구")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("관악구 프로필")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=t("nav.budget", "ko"), exact=True).focus()
    page.keyboard.press("Tab")
    seen = page.evaluate(
        "(() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, parseFloat(s.outlineWidth), s.outlineColor]; })()"
    )
    assert seen == ["solid", 3, "rgb(11, 92, 173)"]  # 6.3:1 on the menu's ground


def test_streamlits_own_words_are_the_readers(page: Page, app_url):
    """Names of controls that Streamlit has in English only follow the language, there and back."""
    start(page, app_url, "en")
    expect(page.get_by_test_id("stSidebarNav")).to_have_attribute("aria-label", "App pages")
    page.get_by_text("한국어", exact=True).click()
    expect(page.get_by_test_id("stSidebarNav")).to_have_attribute("aria-label", t("theirs.pages", "ko"))
    look(page, f"{app_url}/import_data")
    button = page.get_by_test_id("stFileUploaderDropzone").get_by_test_id("stBaseButton-secondary")
    expect(button).to_have_text(re.compile(t("theirs.upload", "ko")))
    page.get_by_text("English", exact=True).click()
    expect(button).to_have_text(re.compile("Upload"))


def test_the_overview_is_one_screen_and_three_on_a_phone(page: Page, app_url):
    tall = "document.querySelector('[data-testid=stMain]').scrollHeight"
    for lang in ("ko", "en"):
        page.set_viewport_size(DESK)
        start(page, app_url, lang)
        expect(page.locator(".choroplethlayer path.choroplethlocation")).to_have_count(25)
        assert page.evaluate(tall) <= 900, lang
        page.set_viewport_size(PHONE)
        page.wait_for_function("innerWidth === 390")
        assert page.evaluate(tall) <= 3 * 844, lang


@pytest.mark.parametrize("width", [1440, 390])
def test_what_comes_later_has_its_place_from_the_start(new_context, app_url, width):
    """What moves while a page comes, as Web Vitals counts it; over 0.25 is poor."""
    page = new_context().new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.add_init_script(SHIFTS)
    for name in PAGES if FULL else ("overview", "kpi", "meeting"):
        look(page, f"{app_url}/{PAGES[name][0]}")
        assert page.evaluate("window.shifted") <= 0.25, name
    page.close()


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_no_element_is_wider_than_the_screen(page: Page, app_url, lang):
    """At every width; in a quick run at the narrowest for a few pages, and at 720 px, which is 1440 at twice the size."""
    named = PAGES if FULL else ("overview", "search", "import_data", "admin")
    widths = (*WIDTHS, 720) if FULL else (320,)
    for name in each(page, {name: f"{app_url}/{PAGES[name][0]}?lang={lang}" for name in named}):
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_function(f"innerWidth === {width}")
            fits, wider = page.evaluate(WIDER)
            assert fits and not wider, (name, lang, width, wider[:5])
