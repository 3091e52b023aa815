"""The budget page as a manager meets it: from the total to one document, the same won everywhere, phone, keyboard, axe."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import product

import openpyxl
import pytest
import screen
from playwright.sync_api import Page, expect

from tests.proof import FULL, LOOKS

PARTS = {
    "moves": "변동",
    "pace": "집행 속도",
    "end": "결산 전망",
    "value": "성과와 재원",
    "need": "돈과 필요",
    "plan": "계획과 판",
    "flow": "흐름",
}


def ready(page: Page) -> None:
    """Wait until the page is at rest and the tree is drawn."""
    screen.ready(page)
    expect(page.locator("table.ieum-tree")).to_be_visible()


def opened(page: Page, app_url: str, query: str = "") -> None:
    page.goto(f"{app_url}/budget?{query}")
    ready(page)


def each(page: Page, app_url: str, queries: Iterable[str]) -> Iterator[str]:
    for query in screen.each(page, {query: f"{app_url}/budget?{query}" for query in queries}):
        ready(page)
        yield query


def test_three_clicks_lead_from_the_total_to_one_document(page: Page, app_url):
    opened(page, app_url, "fy=2025")
    tree = page.locator("table.ieum-tree")
    expect(tree.locator("tr:visible")).to_have_count(5)  # header, total, three strategies
    tree.get_by_role("button", name="함께 잇다").click()
    tree.get_by_role("button", name="외로움안녕120").click()
    expect(page.get_by_role("heading", name="외로움안녕120 전표")).to_be_visible()
    first = page.locator("table.ieum-entries tbody tr").first
    number = first.locator("button").inner_text()
    first.locator("button").click()
    expect(page.get_by_role("heading", name=f"문서 {number}")).to_be_visible()
    expect(page).to_have_url(re.compile("prog=hotline.*doc="))


def test_on_a_phone_the_opened_document_is_in_view(page: Page, app_url):
    page.set_viewport_size(screen.PHONE)
    opened(page, app_url, "fy=2025&prog=hotline")
    page.locator("table.ieum-entries tbody tr").nth(12).locator("button").click()
    heading = page.get_by_role("heading", name=re.compile("^문서 "))
    expect(heading).to_be_in_viewport()
    expect(page.locator("table.ieum-entries").first.locator("tbody tr").first).to_be_in_viewport()


def test_an_item_of_the_list_opens_the_entries_of_its_line_with_won_on_demand(page: Page, app_url):
    opened(page, app_url, "fy=2025")
    item = page.locator(".ieum-attention li").filter(has_text="서울연결처방").filter(has_text="운영비")
    item.get_by_role("button", name="전표 보기").click()
    expect(page.get_by_role("heading", name="서울연결처방 · 운영비 전표")).to_be_visible()
    lines = page.locator("table.ieum-entries td.line")
    assert {text.split(" · ")[0] for text in lines.all_text_contents()} == {"운영비"}
    first = page.locator("table.ieum-entries tbody td.num").first
    in_eok = first.inner_text()
    page.get_by_text("전표 금액을 원 단위로").click()
    expect(first).not_to_have_text(in_eok)
    exact = int(first.inner_text().replace(",", ""))
    assert f"{exact / 10**8:,.4f}" == in_eok
    page.get_by_role("button", name="이 사업의 모든 통계목").click()
    expect(page.get_by_role("heading", name="서울연결처방 전표", exact=True)).to_be_visible()


def test_a_link_to_a_document_opens_it_elsewhere_and_shows_both_sides_of_a_transfer(page: Page, app_url):
    opened(page, app_url, "fy=2025&prog=mind_counselling&doc=2025-전용S1")
    expect(page.get_by_text("전용의 증과 감이 원 단위까지 같습니다.")).to_be_visible()
    rows = page.locator("table.ieum-entries").first.locator("tbody tr")
    expect(rows).to_have_count(2)
    assert len({row.locator("td.num").inner_text() for row in rows.all()}) == 1


@pytest.mark.parametrize(("unit", "label"), [("eok", "억원"), ("won", "원")])
def test_screen_csv_and_xlsx_show_the_same_figure(page: Page, app_url, unit, label):
    heads, shown = [], []
    for _ in each(page, app_url, (f"fy=2025&unit={unit}&cols={cols}" for cols in ("plan", "spent"))):
        tree = page.locator("table.ieum-tree")
        heads += tree.locator("thead th").all_text_contents()
        # Folded rows too: total, strategies, tasks and every programme.
        rows = [row.locator("> *").all_text_contents() for row in tree.locator("tbody tr").all()]
        shown = [[*before, *row] for before, row in zip(shown or [[]] * len(rows), rows, strict=True)]
    with page.expect_download() as caught:
        page.get_by_role("button", name="CSV 내려받기").click()
    lines = list(csv.reader(io.StringIO(caught.value.path().read_bytes().decode("utf-8-sig"))))
    with page.expect_download() as caught:
        page.get_by_role("button", name="XLSX 내려받기").click()
    assert caught.value.suggested_filename.endswith("_demo.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(caught.value.path().read_bytes())).active
    assert len(shown) == len(lines) - 1 == sheet.max_row - 3 > 20
    for name in ("예산액", "예산현액", "원인행위", "교부", "지출", "실집행", "이월", "불용", "잔액"):
        place = lines[0].index(f"{name} ({label})")
        assert sheet.cell(3, place + 1).value == f"{name} ({label})"
        for number, row in enumerate(shown):
            printed = float(row[heads.index(name)].replace(",", "").replace("−", "-"))
            assert (
                printed == float(lines[1 + number][place]) == float(sheet.cell(4 + number, place + 1).value)
            )


def test_a_bar_of_the_waterfall_opens_its_dated_entries(page: Page, app_url):
    opened(page, app_url, "fy=2025&part=moves")
    bars = page.locator(".js-plotly-plot .point path")
    expect(bars).to_have_count(13)
    bar = bars.nth(2)  # reserve: one document
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".hoverlayer")).to_contain_text("예비비")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page).to_have_url(re.compile("kind=reserve"))
    row = page.locator("table.ieum-entries tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("2025-예비비1")


def test_the_keyboard_alone_leads_from_the_total_to_one_document(page: Page, app_url):
    opened(page, app_url, "fy=2025")
    page.locator("table.ieum-tree").get_by_role("button", name="함께 잇다").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # the first programme under it
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="똑똑 24 플랫폼", exact=True)).to_be_focused()
    page.keyboard.press("Tab")  # its first document
    number = page.evaluate("document.activeElement.dataset.pick")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name=number, exact=True)).to_be_focused()
    expect(page.get_by_role("heading", name=f"문서 {number}")).to_be_visible()


def test_a_file_that_would_unbalance_the_books_is_refused_with_its_entries(page: Page, app_url):
    page.goto(f"{app_url}/import_data")
    page.wait_for_selector("[data-testid='stMain'] h1")
    rows = ["(단위: 천원),,,,,,,,,", "전표번호,집행일,사업,자치구,구분,금액,재원,통계목,상대처,문서번호",
            "Z1,2026-01-02,실버카 대여,,본예산,\"1,000\",시비,운영비,,Z-본예산",
            "Z2,2026-03-02,실버카 대여,관악구,지출,\"1,500\",시비,운영비,거래처,Z-1"]  # fmt: skip
    page.set_input_files("input[type=file]", {
        "name": "원장.csv", "mimeType": "text/csv", "buffer": "\r\n".join(rows).encode("cp949"),
    })  # fmt: skip
    # Said before anything is written, and there is nothing to click.
    expect(page.get_by_text("장부가 맞지 않아 아무것도 반입하지 않았습니다.", exact=False)).to_be_visible()
    expect(page.get_by_text("‘2026년 실버카 대여 지출 1,500,000원, 문서 Z-1’", exact=False)).to_be_visible()
    expect(page.get_by_role("button", name="반입하기")).to_have_count(0)


def test_a_file_without_a_unit_is_announced_and_takes_the_unit_chosen(page: Page, app_url):
    page.goto(f"{app_url}/import_data")
    page.wait_for_selector("[data-testid='stMain'] h1")
    rows = ["전표번호,집행일,사업,자치구,구분,금액,재원,통계목,상대처,문서번호",
            "Z1,2026-01-02,실버카 대여,,본예산,\"1,000\",시비,운영비,,Z-본예산"]  # fmt: skip
    page.set_input_files("input[type=file]", {
        "name": "원장.csv", "mimeType": "text/csv", "buffer": "\r\n".join(rows).encode("cp949"),
    })  # fmt: skip
    expect(
        page.get_by_text(
            "금액의 단위를 밝히지 않아 원으로 읽었고, 가장 큰 금액은 1,000원입니다.", exact=False
        )
    ).to_be_visible()
    page.get_by_role("combobox", name="이 파일의 금액 단위").click()
    page.get_by_role("option", name="천원").click()
    expect(
        page.get_by_text("고르신 대로 천원으로 읽었습니다. 가장 큰 금액은 1,000,000원입니다.", exact=False)
    ).to_be_visible()


def test_english_says_everything_in_english(page: Page, app_url):
    opened(page, app_url, "lang=en&part=pace")
    expect(page.locator("h1")).to_have_text("Budget and spending")
    left = page.locator("[data-testid='stMain']").inner_text()
    assert not re.findall(r"[가-힣]+", left)


@pytest.mark.parametrize(
    ("lang", "width"),
    product(("ko", "en"), (1440, 1024, 390)) if FULL else [("ko", 1024), ("en", 1440), ("en", 390)],
)
def test_the_ledger_is_never_cut(page: Page, app_url, lang, width):
    page.set_viewport_size({"width": width, "height": 900})
    ways = product(("spent", "plan"), ("eok", "won"))
    for query in each(page, app_url, (f"lang={lang}&cols={cols}&unit={unit}" for cols, unit in ways)):
        box = page.locator(".ieum-scroll:has(table.ieum-tree)")
        assert box.evaluate("e => e.scrollWidth - e.clientWidth") <= 1, query


def test_every_part_fits_a_phone_and_has_no_serious_violation(page: Page, app_url, violations):
    asked = {f"part={part}": name for part, name in PARTS.items()}
    asked |= {"fy=2025&prog=mind_counselling&doc=2025-전용S1": None}
    page.set_viewport_size(screen.PHONE)
    for query in each(page, app_url, asked):
        if name := asked[query]:
            expect(page.get_by_role("radio", name=name, exact=True)).to_be_checked()
        assert page.evaluate("document.documentElement.scrollWidth") <= screen.PHONE["width"], query
    screen.widened(page)
    for query in asked:
        screen.move(page, f"{app_url}/budget?{query}")
        assert violations(page) == {}, query


def test_on_a_phone_the_flow_is_a_list_and_wide_tables_fold(page: Page, app_url):
    page.set_viewport_size(screen.PHONE)
    opened(page, app_url, "part=flow")
    flow = page.locator(".ieum-flowlist")
    expect(flow).to_be_visible()
    expect(page.locator(".st-key-budget_flow")).to_be_hidden()
    for name in ("시비", "외로움안녕120", "잔액"):
        expect(flow.get_by_text(name, exact=True).first).to_be_visible()
    for part in ("end", "value", "plan"):
        screen.move(page, f"{app_url}/budget?part={part}")
        wide = "[...document.querySelectorAll('.ieum-scroll:has(table.stacked)')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
        expect(page.locator("table.stacked:visible").first).to_be_visible()
        assert page.evaluate(wide) == 0


@pytest.mark.parametrize("part", ["end", "value"])
def test_no_table_of_outturn_or_value_is_cut_on_a_desk_screen(page: Page, app_url, part):
    page.set_viewport_size(screen.DESK)
    opened(page, app_url, f"part={part}&lang=en")
    expect(page.locator("table.stacked:visible").first).to_be_visible()
    cut = "[...document.querySelectorAll('.ieum-scroll:has(table.stacked)')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    assert page.evaluate(cut) == 0


@pytest.mark.parametrize(("lang", "width", "scheme"), LOOKS)
def test_pictures_of_the_budget_are_kept(page: Page, app_url, screenshots, lang, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    opened(page, app_url, f"lang={lang}&fy=2025&part=pace")
    file = screenshots / f"budget_{lang}_{width}_{scheme}.png"
    page.screenshot(path=file)
    assert file.stat().st_size > 10_000
