"""`python -m tools.screens OUT`: a picture of every page, in both languages, light and dark, on a desktop and a phone.

    python -m tools.screens docs/screens                      every page in all eight ways, with a list of them
    python -m tools.screens ui/static/screens --manual        those of the manual, smaller
    python -m tools.screens OUT --at http://127.0.0.1:8501    of a server that runs already; else one is started on the stores of DATABASE_URL

Pictures are WebP of one screen. Chromium is the tests' own (requirements-test.txt); nothing is fetched from elsewhere.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

from answers.manual import manual
from locales import t
from tools.browser import AT_REST, SHELL
from ui.shell import PAGES

SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
LANGUAGES, SCHEMES = ("ko", "en"), ("light", "dark")
CHOICES = {"district_profile": "gu=11210", "search": "q=관악"}
QUALITY, WAIT_MS, SETTLE_MS, MANUAL_WIDTH = 80, 60_000, 1500, 960


def main() -> int:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tools.screens", description="Pictures of every page.")
    parser.add_argument("out", type=Path, help="the folder that they are written to")
    parser.add_argument("--manual", action="store_true", help="those of the manual alone, smaller")
    parser.add_argument("--at", default="", help="the address of a server that runs already")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    if asked.manual:
        views = tuple(product(manual.PAGES, LANGUAGES, ("desktop",), ("light",)))
    else:
        views = tuple(product(PAGES, LANGUAGES, SIZES, SCHEMES))
        (asked.out / "README.md").write_text(listed(), encoding="utf-8")
    with _served(asked.at) as base:
        for name, content in pictures(base, views, width=MANUAL_WIDTH if asked.manual else 0):
            name = name.removesuffix("_desktop_light") if asked.manual else name
            file = asked.out / f"{name}.webp"
            file.write_bytes(content)
            print(f"{file} {len(content) / 1000:.0f} kB")
    return 0


def listed() -> str:
    """A list of every picture by page, as Markdown, for whoever opens the folder."""
    ways = tuple(product(LANGUAGES, SIZES, SCHEMES))
    rows = [
        f"| {t(f'nav.{page}', 'ko')} | {t(f'nav.{page}', 'en')} | "
        + " · ".join(f"[{' '.join(way)}]({'_'.join((page, *way))}.webp)" for way in ways)
        + " |"
        for page in PAGES
    ]
    head = (
        "# Every page",
        "",
        "Made by `python -m tools.screens docs/screens`.",
        "",
        "| | | |",
        "|---|---|---|",
    )
    return "\n".join((*head, *rows, ""))


@contextmanager
def _served(at: str) -> Iterator[str]:
    if at:
        yield at.rstrip("/")
        return
    from tools.bench.shared import served

    with served() as server:
        yield f"http://127.0.0.1:{server.port}"


def pictures(base: str, views: Any, *, width: int = 0) -> Iterator[tuple[str, bytes]]:
    """Each view's name and its picture, made narrower to a width where one is given."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(SHELL), args=["--no-sandbox", "--disable-gpu"]
        )
        for page, lang, size, scheme in views:
            wide, high = SIZES[size]
            context = browser.new_context(
                viewport={"width": wide, "height": high}, color_scheme=scheme, reduced_motion="reduce"
            )
            tab = context.new_page()
            query = "&".join(filter(None, (f"lang={lang}", CHOICES.get(page, ""))))
            tab.goto(f"{base}/{PAGES[page][0]}?{query}")
            tab.wait_for_function(AT_REST, timeout=WAIT_MS)
            tab.wait_for_timeout(SETTLE_MS)
            yield f"{page}_{lang}_{size}_{scheme}", _webp(tab.screenshot(), width)
            context.close()
        browser.close()


def _webp(png: bytes, width: int) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    if width:
        picture = picture.resize((width, round(picture.height * width / picture.width)))
    picture.save(out, "WEBP", quality=QUALITY, method=6)
    return out.getvalue()


if __name__ == "__main__":
    raise SystemExit(main())
