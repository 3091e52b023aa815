"""axe on the pages: a few in a quick run, every page in both languages, themes and widths in a full one. What stays with Streamlit stands in docs/access.md."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest
from screen import ROOT, UPSTREAM, look

from tests.proof import FULL
from ui.shell import PAGES

CHOICES = {"district_profile": "gu=11210&", "search": "q=관악&"}
WAYS = [
    (lang, scheme, width) for lang, scheme, width in product(("ko", "en"), ("light", "dark"), (1440, 390))
]
# Each way once in a quick run, with two pages of its own, so that all sixteen pages are met.
QUICK = {way: list(PAGES)[n :: len(WAYS)] for n, way in enumerate(WAYS)}


@pytest.mark.parametrize(("lang", "scheme", "width"), WAYS)
def test_axe_finds_nothing_that_is_ours(
    page: Any, app_url: str, violations: Any, lang: str, scheme: str, width: int
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    for name in PAGES if FULL else QUICK[lang, scheme, width]:
        look(page, f"{app_url}/{PAGES[name][0]}?{CHOICES.get(name, '')}lang={lang}")
        assert violations(page) == {}, (name, lang, scheme, width)


def test_what_is_left_out_is_told_of_once() -> None:
    told = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z-]+)` \(", told, re.MULTILINE)) == UPSTREAM
