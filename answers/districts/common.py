"""What every answer on the district map has in common: its title, the way to the district's profile, and its foot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from answers.answer import Answer, Block, Go, Note, Picked
from answers.ask import Ask
from answers.reader import Reader
from locales import t

Make = Callable[[Ask, Reader], Answer]


def districts(make: Make) -> Make:
    """Put the question's title before an answer and the way to the picked district's profile behind it."""

    @wraps(make)
    def made(ask: Ask, read: Reader) -> Answer:
        found = make(ask, read)
        district = dict(ask.codes)["gu"]
        way = Go("district_profile", ask.t("district.open_profile"), (("gu", district),))
        return replace(
            found,
            title=ask.t(f"district.title_{ask.question.partition('.')[2]}"),
            blocks=(*found.blocks, way) if district else found.blocks,
            actions=(way,) if district else (),
        )

    return made


def picked_or(found: Picked | None, hint: str, lang: str) -> Block:
    """The picked district in words, or how to pick one."""
    return Note(t(hint, lang)) if found is None else found
