"""What every answer on the hotline has in common: its head, its last remark, and what it says where nothing is recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from answers.answer import Answer, Note
from answers.ask import Ask
from answers.hotline.choices import span
from answers.reader import Reader

Make = Callable[[Ask, Reader], Answer]


def hotline(make: Make) -> Make:
    """Put the page's head and last remark around an answer; without a contact in the months only that is said."""

    @wraps(make)
    def made(ask: Ask, read: Reader) -> Answer:
        title = ask.t("hotline.title")
        if not read.has("hotline_monthly", {"month_key": span(ask, read)}):
            return Answer(title, ask.t("chart.no_figures"))
        found = make(ask, read)
        blocks = (*found.blocks, Note(ask.t("hotline.not_people")))
        return replace(found, title=title, blocks=blocks)

    return made
