"""What a browser prints of a page: a few sheets of A4, nothing cut at the side, no control."""

from __future__ import annotations

import io

import pypdf
import pytest
from playwright.sync_api import Page
from screen import look

from tests.proof import size

pytestmark = [pytest.mark.e2e, pytest.mark.proof]
PROFILE = "/district_profile?gu=11210"
MOST = {PROFILE: 2}
FEW = (("ko", PROFILE), ("ko", "/budget"), ("en", "/budget"), ("ko", "/district_map"), ("en", "/programmes"))
PATHS = (
    *(
        "/",
        PROFILE,
        "/district_map",
        "/budget",
        "/kpi",
        "/hotline",
        "/counselling",
        "/detection",
        "/programmes",
    ),
    *("/reisolation", "/meeting", "/coverage", "/about"),
)
EVERY = tuple((lang, path) for lang in ("ko", "en") for path in PATHS)
A4 = (595, 842)
WIDE = 688  # px between the margins of the sheet
CUT = """wide => [...document.querySelectorAll('table.ieum, .stPlotlyChart, .ieum-cards, .ieum-scroll')]
    .filter(e => e.checkVisibility() && (e.getBoundingClientRect().right > wide + 1
        || (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== 'visible')))
    .map(e => e.className)"""


@pytest.mark.parametrize(("lang", "path"), EVERY if size(0, 1) else FEW)
def test_a_page_is_printed_on_few_sheets_with_nothing_cut(
    page: Page, app_url: str, lang: str, path: str
) -> None:
    look(page, f"{app_url}{path}{'&' if '?' in path else '?'}lang={lang}")
    made = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert (round(made.pages[0].mediabox.width), round(made.pages[0].mediabox.height)) == A4
    assert len(made.pages) <= MOST.get(path, 3)
    page.set_viewport_size({"width": WIDE, "height": 1000})
    page.emulate_media(media="print")
    assert page.evaluate(CUT, WIDE) == []
    for control in ("[data-testid='stSidebar']", ".ieum-sheets", ".stSelectbox", ".stDownloadButton"):
        assert not any(one.is_visible() for one in page.locator(control).all()), control
