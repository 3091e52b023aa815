"""One call for every kind of file of answers, for the command line and for the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from answers import links, registry, written
from answers.answer import Answer, Figure
from answers.reader import Reader
from locales import t

Part = TypeVar("Part")
KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv; charset=utf-8",
    "png": "image/png",
    "svg": "image/svg+xml",
}
PICTURES = ("png", "svg")


class NoPart(ValueError):
    """A file of a table or of a figure was asked for and the answer has no such one.

    Attributes:
        what: 'table' or 'figure'. there: how many it has.
    """

    def __init__(self, what: str, there: int) -> None:
        super().__init__(f"{there} {what}s")
        self.what = what
        self.there = there


def file(kind: str, answers: Sequence[Answer], read: Reader, *, base: str = "", number: int = 0) -> bytes:
    """Answers as a file; a file of one answer is the same bytes whenever the answer is the same.

    Args:
        kind: one of `KINDS`. base: the address that the app stands at, for the link that leads back. number: the table of a CSV, the figure of a picture.

    Raises:
        NoPart: the answer has no such table or figure. fonts.NoFont: a picture in dots is asked for and no font is installed.
    """
    first = answers[0]
    addresses = [f"{base}{links.path(found, view=read.rights.view)}" for found in answers]
    made = t("app.name", first.lang)
    if kind == "csv":
        return written.csv_bytes(
            written.marked(_one("table", first.tables(), number), first.city, first.lang), first.lang
        )
    if kind in PICTURES:
        from reports import pictures

        return pictures.made(_one("figure", first.figures(), number), read, kind=kind)
    if kind == "xlsx":
        from reports import book  # late: only who asks for a kind waits for what writes it

        return book.of_answers(answers, title(answers), addresses, made)
    if kind == "pptx":
        from reports import slides

        return slides.of_answers(answers, read, addresses, made)
    from reports import document

    return document.of_answers(
        answers, title(answers), addresses, made, lambda figure: _picture(figure, read)
    )


def _picture(figure: Figure, read: Reader) -> bytes | None:
    """A figure in dots; None where this machine has no font for it or its marks are not drawn without a browser."""
    from reports import pictures
    from reports.fonts import NoFont
    from reports.svg import UnknownMark

    try:
        return pictures.made(figure, read, kind="png")
    except (NoFont, UnknownMark):
        return None


def _one(what: str, listed: Sequence[Part], number: int) -> Part:
    if not 0 <= number < len(listed):
        raise NoPart(what, len(listed))
    return listed[number]


def title(answers: Sequence[Answer]) -> str:
    """What a file of answers is called: the one answer's name, or their page's."""
    first = answers[0]
    if len(answers) == 1:
        return links.name(first)
    pages = {found.question.partition(".")[0] for found in answers}
    lang = first.lang
    return t(f"nav.{pages.pop()}", lang) if len(pages) == 1 else t("app.name", lang)


def file_name(found: Answer, kind: str, number: int = 0, *, whole: bool = False) -> str:
    """The name of an answer's file: question, city, day and state of the data; of a CSV, its table's own name where it has one; of a whole page its name."""
    if kind == "csv":
        own = found.tables()[number].name or f"ieum_{found.question}_{number}"
        return written.file_name(own, found, kind)
    part = f"_{found.figures()[number].name}" if kind in PICTURES else ""
    what = found.question.partition(".")[0] if whole else found.question
    return written.file_name(f"ieum_{what}{part}_{found.as_of}_{found.data_version}", found, kind)


def questions(page: str, may: Callable[[str], bool] = lambda _: True) -> list[registry.Question]:
    """The questions of a page that somebody may ask, as a file of the page holds them: one that waits for something typed only where it is alone.

    Raises:
        KeyError: no such page.
    """
    every = [one for one in registry.page(page)[1] if may(one.id)]
    return [one for one in every if not any(c.kind == "text" for c in one.choices)] or every


def of_page(
    page: str, read: Reader, lang: str, given: Mapping[str, str], may: Callable[[str], bool] = lambda _: True
) -> list[Answer]:
    """Every question of a page that may be asked, with the choices that it knows.

    Raises:
        KeyError: no such page.
    """
    found = []
    for one in questions(page, may):
        own = {choice.name for choice in one.choices}
        found.append(registry.answer(one.id, read, lang, {n: c for n, c in given.items() if n in own}))
    return found
