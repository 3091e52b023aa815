"""Every page of the manual shows what its screen looks like, in both languages, in a file that a phone can load."""

from __future__ import annotations

import pytest
from PIL import Image

from answers import registry, written
from answers.answer import Shot
from answers.manual import manual
from answers.reader import Reader
from answers.store import Store
from locales import LANGUAGES
from ui.draw import SHOTS

MOST_BYTES = 120_000


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", manual.PAGES)
def test_a_page_of_the_manual_has_its_picture(office, page, lang):
    found = registry.answer("manual", Reader(Store.of(office)), lang, {"of": page})
    (shot,) = [block for block in found.every() if isinstance(block, Shot)]
    file = SHOTS / f"{shot.name}.webp"
    assert file.stat().st_size < MOST_BYTES
    with Image.open(file) as picture:
        assert picture.size == (960, 600)
    assert shot.alt in written.as_text(found)  # whoever sees no picture is told what it is


def test_no_picture_stands_there_that_no_page_shows():
    named = {f"{page}_{lang}.webp" for page in manual.PAGES for lang in LANGUAGES}
    assert {file.name for file in SHOTS.glob("*")} == named
