"""The office's own records as a person sets them up and fills them, in Chromium: the grid, the file, the figure, and back."""

import pytest
from playwright.sync_api import Locator, Page, expect
from screen import look

from data.tables import target
from locales import t

ROW = 35  # pixels of a row of the grid, and of its head


def written(grid: Locator, label: str) -> str:
    """What the first row of the grid holds in a column: the canvas tells it to those who cannot see it."""
    column = grid.locator("th").filter(has_text=label).first.get_attribute("aria-colindex")
    return grid.locator(f"tbody tr[aria-rowindex='2'] td[aria-colindex='{column}']").inner_text()


def write(page: Page, grid: Locator, label: str, text: str) -> None:
    """Put a text into a column of the first row, by the keyboard alone once the row is chosen."""
    column = int(grid.locator("th").filter(has_text=label).first.get_attribute("aria-colindex") or 0)
    grid.click(force=True, position={"x": 60, "y": ROW * 1.5})
    for at in range(2, column + 1):
        page.keyboard.press("ArrowRight")
        chosen = grid.locator(f"tbody tr[aria-rowindex='2'] td[aria-colindex='{at}']")
        expect(chosen).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    cell = page.locator("#portal input")
    expect(cell).to_be_focused()
    cell.press("Control+a")
    cell.press_sequentially(text)
    expect(cell).to_have_value(text)
    cell.press("Enter")


def opened(page: Page, app_url: str, lang: str) -> Locator:
    look(page, f"{app_url}/setup?city=office&lang={lang}&part=targets")
    page.get_by_text(t("setup.edit", lang), exact=True).first.click()
    grid = page.locator("canvas[data-testid='data-grid-canvas']")
    expect(grid.locator("tbody td").first).to_be_attached()
    return grid


def taken_back(page: Page, app_url: str, lang: str) -> None:
    """Undo the newest import on its page."""
    look(page, f"{app_url}/import_data?city=office&lang={lang}")
    marked = page.locator("table.ieum").last.locator("td").filter(has_text=t("import.undone_mark", lang))
    before = marked.count()  # of imports that other tests took back
    page.get_by_text(t("import.undo", lang, n="").split("(")[0].strip(), exact=False).first.click()
    page.get_by_text(t("import.undo_sure", lang)).click()
    page.get_by_role("button", name=t("import.undo_do", lang), exact=True).click()
    expect(marked).to_have_count(before + 1)


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_target_is_changed_in_the_grid_with_name_and_reason_and_taken_back(page: Page, app_url, lang):
    grid = opened(page, app_url, lang)
    label = str(target.c.value.info[lang])
    before = written(grid, label)
    for _ in range(3):  # a grid that is drawn anew beneath an open cell drops what is being typed
        write(page, grid, label, "97.5")
        page.wait_for_timeout(500)
        if written(grid, label) == "97.5":
            break
    expect(grid.locator("tbody td").filter(has_text="97.5").first).to_be_attached()
    save = page.get_by_role("button", name=t("setup.save", lang), exact=True)
    save.click()
    # Without name and reason nothing is written, and what was typed is still there.
    expect(page.get_by_text(t("setup.no_blank", lang), exact=False)).to_be_visible()
    page.get_by_label(t("setup.author", lang), exact=True).fill("김담당")
    page.get_by_label(t("setup.reason", lang), exact=True).fill(f"2차 점검 {lang}")
    save.click()
    expect(page.get_by_text(t("setup.saved", lang, added="0", changed="1", gone="0"))).to_be_visible()
    history = page.locator("table.ieum").filter(has_text=f"2차 점검 {lang}").first
    expect(history).to_contain_text("김담당")
    expect(page.locator("table.ieum").filter(has_text="97.5").first).to_be_visible()
    taken_back(page, app_url, lang)
    assert written(opened(page, app_url, lang), label) == before
    expect(page.locator("table.ieum").filter(has_text=f"2차 점검 {lang}").first).to_contain_text(
        t("setup.undone", lang)
    )
