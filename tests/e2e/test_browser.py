"""The app as a person meets it, in Debian's Chromium: language, map, link, CSV, import, phone, keyboard, axe."""

import csv
import io
import re

import pytest
from playwright.sync_api import Page, expect
from screen import PHONE, each, look, ready

from data.tables import OPERATIONAL
from locales import t
from tests.proof import LOOKS

PAGES = {"overview": "/", "map": "/district_map", "profile": "/district_profile?gu=11210", "import": "/import_data",
         "about": "/about"}  # fmt: skip
SIZES = {1440: 900, 390: 844}


def map_drawn(page: Page, areas: int) -> None:
    expect(page.locator(".choroplethlayer path.choroplethlocation")).to_have_count(areas)


def choose(page: Page, label: str, option: str) -> None:
    """Pick from a select box by typing, as its list is virtualised."""
    box = page.get_by_label(label, exact=True)
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option, exact=True).click()


def test_a_link_straight_to_the_map_opens_it_in_korean(page: Page, app_url):
    look(page, f"{app_url}/district_map?indicator=one_person_share")
    map_drawn(page, 25)
    assert page.evaluate("document.documentElement.lang") == "ko"
    expect(page.locator(".ieum-lead").first).to_contain_text("1,699,910 / 4,194,215가구")
    expect(page.locator("[data-testid='stSidebarNav']")).to_contain_text("자치구 지도")


def test_language_switches_everything_and_the_page_says_which_it_is(page: Page, app_url):
    look(page, app_url)
    page.get_by_text("English", exact=True).click()
    expect(page.locator("h1")).to_have_text("Loneliness-Free Seoul at a glance")
    expect(page).to_have_url(re.compile("lang=en"))
    page.wait_for_function("document.documentElement.lang === 'en'")
    ready(page)
    left = page.locator("[data-testid='stMain']").inner_text()
    assert not re.findall(r"[가-힣]+", re.sub(r"한국어", "", left))


def test_a_click_on_a_district_is_followed_and_a_link_reproduces_it_elsewhere(
    page: Page, new_context, app_url
):
    look(page, f"{app_url}/district_map?lang=en&indicator=one_person_share")
    map_drawn(page, 25)
    gwanak = page.locator(".choroplethlayer path.choroplethlocation").nth(20)
    gwanak.scroll_into_view_if_needed()
    box = gwanak.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".ieum-pick")).to_contain_text("Gwanak-gu, 2025: 59.2%")
    expect(page).to_have_url(re.compile("gu=11210"))
    choose(page, "Period", "2015")
    expect(page.locator(".ieum-pick")).to_contain_text("2015")
    link = page.url
    other = new_context().new_page()
    other.goto(link)
    ready(other)
    map_drawn(other, 26)  # 25 districts and the ring around the picked one
    assert other.locator(".ieum-pick").inner_text() == page.locator(".ieum-pick").inner_text()
    assert other.locator(".ieum-lead").first.inner_text() == page.locator(".ieum-lead").first.inner_text()
    other.close()
    page.go_back()
    expect(page.locator(".ieum-pick")).to_contain_text("2025")


def test_the_selection_survives_a_language_switch_and_another_page(page: Page, app_url):
    look(page, f"{app_url}/district_map?gu=11010")
    expect(page.locator(".ieum-pick")).to_contain_text("종로구")
    page.get_by_text("English", exact=True).click()
    expect(page.locator(".ieum-pick")).to_contain_text("Jongno-gu")
    page.get_by_role("link", name="Overview").click()
    expect(page.locator("h1")).to_have_text("Loneliness-Free Seoul at a glance")
    page.get_by_role("link", name="District map").click()
    expect(page.locator(".ieum-pick")).to_contain_text("Jongno-gu")


def test_a_click_on_the_overview_opens_the_districts_profile(page: Page, app_url):
    look(page, app_url)
    map_drawn(page, 25)
    box = page.locator(".choroplethlayer path.choroplethlocation").nth(20).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page).to_have_url(re.compile("/district_profile.*gu=11210"))
    expect(page.locator("h1")).to_have_text("관악구 프로필")


def test_the_csv_holds_exactly_what_the_table_shows(page: Page, app_url):
    look(page, f"{app_url}/district_map?indicator=one_person_share")
    page.get_by_text("표로 보기", exact=True).click()
    table = page.locator("details[open] table.ieum")
    expect(table.locator("tbody tr")).to_have_count(25)
    with page.expect_download() as caught:
        page.get_by_role("button", name="CSV 내려받기").click()
    content = caught.value.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    heads = table.locator("thead th").all_inner_texts()
    shown = [row.locator("td").all_inner_texts() for row in table.locator("tbody tr").all()]
    # The unit of a figure stands in its column's name, and the figure is a number.
    names = [name if name in rows[0] else f"{name} (%)" for name in heads]
    plain = [[cell.replace(",", "").removesuffix("%") for cell in row] for row in shown]
    assert [row[:2] for row in plain] == [[row["코드"], row["지역"]] for row in rows]
    assert [[float(row[name]) for name in names[2:]] for row in rows] == [
        list(map(float, row[2:])) for row in plain
    ]
    by_name = {row["지역"]: row for row in rows}
    assert by_name["관악구"]["값 (%)"] == "59.2" and by_name["양천구"]["값 (%)"] == "29.2"
    assert sum(int(row["분자"]) for row in rows) == 1_699_910
    assert sum(int(row["분모"]) for row in rows) == 4_194_215


def test_a_file_of_the_demonstration_says_so_in_its_name_and_in_every_row(page: Page, app_url):
    look(page, f"{app_url}/district_map?indicator=isolation_prevalence&lang=en")
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download CSV").click()
    assert caught.value.suggested_filename.endswith("_demo.csv")
    rows = list(csv.DictReader(io.StringIO(caught.value.path().read_bytes().decode("utf-8-sig"))))
    assert len(rows) == 25 and {row["Evidence"] for row in rows} == {"Demonstration city, Modelled"}


def test_425_dong_are_drawn_and_a_district_zooms_to_its_own(page: Page, app_url):
    look(page, f"{app_url}/district_map?indicator=one_person_share&level=dong")
    map_drawn(page, 425)
    choose(page, "자치구", "관악구")
    map_drawn(page, 21)
    expect(page.locator(".ieum-lead").first).to_contain_text("21개 행정동")


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_an_offices_own_file_is_seen_on_screen_from_the_overview_in_few_clicks_and_taken_back(
    new_context, app_url, lang
):
    page, clicks = new_context().new_page(), []
    page.expose_function("clicked", lambda: clicks.append(1))
    page.add_init_script("addEventListener('click', e => e.isTrusted && window.clicked(), true)")
    look(page, f"{app_url}/?lang={lang}")
    page.locator(".st-key-city").get_by_text(t("app.city_office", lang), exact=True).click()
    expect(page.locator("table.ieum").first).to_be_visible()
    name = OPERATIONAL["attendance"].info[lang]
    page.get_by_role("row", name=name).first.get_by_role("link").click()
    expect(page.locator("h1")).to_have_text(t("nav.import_data", lang))
    ready(page)
    assert "city=office" in page.url and "table=attendance" in page.url
    with page.expect_download() as template:
        page.get_by_role("button", name=t("import.download_template", lang), exact=True).click()
    heads = next(csv.reader(io.StringIO(template.value.path().read_text("utf-8-sig"))))
    known = {
        column.info[lang]: name for name, column in OPERATIONAL["attendance"].c.items() if "ko" in column.info
    }
    filled = {
        "programme_id": "서울마음편의점",
        "district_code": "관악구청",
        "age_band": "어르신",
        "sex": "여",
    }
    rows = [{**filled, "attended_on": f"2026. 10. {day}.", "visits": f"1,{day:03d}"} for day in range(1, 11)]
    rows.append({**filled, "attended_on": "2026. 10. 11.", "visits": "5", "district_code": "가나다구"})
    out = io.StringIO()
    csv.writer(out).writerows([heads, *([row.get(known[head], "") for head in heads] for row in rows)])
    page.set_input_files("input[type=file]", {
        "name": f"관악구_10월_{lang}.csv", "mimeType": "text/csv", "buffer": out.getvalue().encode("cp949"),
    })  # fmt: skip
    expect(page.get_by_text("가나다구", exact=False).first).to_be_visible()
    # What it would change is said before anything is written: 1,001 + … + 1,010 = 10,055.
    expect(page.locator("table.ieum").filter(has_text="10,055").first).to_be_visible()
    page.get_by_role("button", name=t("import.load", lang), exact=True).click()
    expect(page.get_by_text(t("import.loaded", lang, n="10"))).to_be_visible()
    expect(page.locator("table.ieum").filter(has_text="10,055").first).to_be_visible()
    assert 4 <= len(clicks) <= 6  # a hand needs two more, to open the dialogue and to choose the file
    look(page, f"{app_url}/programmes?city=office&lang={lang}")
    expect(page.locator(".ieum-caveat")).to_contain_text({"ko": "관악구", "en": "Gwanak-gu"}[lang])
    expect(page.locator("table.ieum").first).to_contain_text("10,060")  # as it is published
    look(page, f"{app_url}/import_data?city=office&lang={lang}")
    expect(page.locator("table.ieum").last).to_contain_text(f"관악구_10월_{lang}.csv")
    page.get_by_text(t("import.undo", lang, n="").split("(")[0].strip(), exact=False).first.click()
    page.get_by_text(t("import.undo_sure", lang)).click()
    page.get_by_role("button", name=t("import.undo_do", lang), exact=True).click()
    expect(page.locator("table.ieum").last).to_contain_text(t("import.undone_mark", lang))
    look(page, f"{app_url}/programmes?city=office&lang={lang}")
    expect(page.locator("body")).not_to_contain_text("10,055")


def test_a_file_that_cannot_be_read_is_refused_in_words(page: Page, app_url):
    look(page, f"{app_url}/import_data?lang=en")
    page.set_input_files(
        "input[type=file]", {"name": "report.csv", "mimeType": "text/csv", "buffer": b"\x00\x01\x02"}
    )
    expect(page.get_by_text("This file cannot be imported.", exact=False)).to_be_visible()
    assert "Traceback" not in page.locator("body").inner_text()


def test_the_keyboard_alone_reaches_the_district(page: Page, app_url):
    look(page, f"{app_url}/district_map")
    box = page.get_by_label("자치구", exact=True)
    for _ in range(40):
        page.keyboard.press("Tab")
        if box.evaluate("e => e === document.activeElement || e.contains(document.activeElement)"):
            break
    page.keyboard.type("노원")
    page.keyboard.press("Enter")
    expect(page.locator(".ieum-pick")).to_contain_text("노원구")


def test_a_phone_shows_the_map_without_sideways_scrolling(page: Page, app_url):
    page.set_viewport_size(PHONE)
    for name in each(page, {name: f"{app_url}{path}" for name, path in PAGES.items()}):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name


@pytest.mark.parametrize(("lang", "width", "scheme"), LOOKS)
def test_pictures_of_every_page_are_kept(page: Page, app_url, screenshots, lang, width, scheme):
    page.set_viewport_size({"width": width, "height": SIZES[width]})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    urls = {name: f"{app_url}{path}{'&' if '?' in path else '?'}lang={lang}" for name, path in PAGES.items()}
    for name in each(page, urls):
        if name == "map":
            map_drawn(page, 25)
        file = screenshots / f"{name}_{lang}_{width}_{scheme}.png"
        page.screenshot(path=file)
        assert file.stat().st_size > 10_000
