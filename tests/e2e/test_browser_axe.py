"""axe on the pages, and the policy that they come with: each page once in a quick run, every page in both languages, themes and widths in a full one.

What stays with Streamlit stands in docs/access.md.
"""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest
from screen import ROOT, UPSTREAM, ready

from tests.proof import FULL
from ui.shell import PAGES

CHOICES = {"district_profile": "gu=11210&", "search": "q=관악&"}
WAYS = [
    (lang, scheme, width) for lang, scheme, width in product(("ko", "en"), ("light", "dark"), (1440, 390))
]
OTHER = {"light": "dark", "dark": "light"}
REPAINTED = """theme => getComputedStyle(document.querySelector("[data-testid='stApp']")).colorScheme.includes(theme)"""
# Each way once in a quick run, with pages of its own, so that every page is met.
QUICK = {way: list(PAGES)[n :: len(WAYS)] for n, way in enumerate(WAYS)}


@pytest.mark.parametrize(("lang", "scheme", "width"), WAYS)
def test_axe_and_the_policy_find_nothing_that_is_ours(
    page: Any, complaints: list[str], app_url: str, violations: Any, lang: str, scheme: str, width: int
) -> None:
    """Opened in one theme, looked at by axe and changed to the other; nor does any page of another test what the policy forbids."""
    page.set_viewport_size({"width": width, "height": 900})
    for name in PAGES if FULL else QUICK[lang, scheme, width]:
        page.emulate_media(color_scheme=scheme)
        answer = page.goto(f"{app_url}/{PAGES[name][0]}?{CHOICES.get(name, '')}lang={lang}")
        assert answer is not None and "script-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe-eval" not in answer.headers["content-security-policy"]
        ready(page)
        assert violations(page) == {}, (name, lang, scheme, width)
        page.emulate_media(color_scheme=OTHER[scheme])
        page.wait_for_function(REPAINTED, arg=OTHER[scheme])
        ready(page)
        assert not complaints, name


def test_the_policy_bites(page: Any, complaints: list[str], app_url: str) -> None:
    """A script that the page was not sent with does not run."""
    page.goto(f"{app_url}/about")
    done = page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.bitten = 1'; document.body.append(s); return window.bitten ?? 0; }"
    )
    assert done == 0 and any("Content Security" in line for line in complaints)
    complaints.clear()


def test_what_is_left_out_is_told_of_once() -> None:
    told = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z-]+)` \(", told, re.MULTILINE)) == UPSTREAM
