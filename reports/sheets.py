"""What every sheet has: masthead, rows, and the colophon that says what it rests on and where to find it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from answers.written import frozen_words
from data.cities import DEMO
from locales import numbers, t
from reports import links, parts, pick, typeset
from reports.pick import Desk

TEMPLATE = "sheet.typ"


class NotThere(ValueError):
    """A code that no district or programme has; `offered` are those that there are."""

    def __init__(self, kind: str, code: str, offered: Sequence[str]) -> None:
        super().__init__(f"{kind} {code}")
        self.kind = kind
        self.code = code
        self.offered = offered


@dataclass(frozen=True)
class Sheet:
    """A sheet of one or more A4 pages.

    Attributes:
        heading: its title; kicker: what kind of sheet it is; subtitle: beside the title.
        pages: rows of cells by page. end: caveats and definitions at its foot. page, choices: where its figures stand on screen.
    """

    heading: str
    kicker: str
    subtitle: str
    pages: Sequence[Sequence[Sequence[Mapping[str, Any]]]]
    end: Sequence[parts.Part]
    page: str
    choices: Mapping[str, str]


def data(sheet: Sheet, desk: Desk) -> dict[str, Any]:
    """A sheet as its template takes it."""
    lang, read = desk.lang, desk.read
    number = read.release.number if read.release else 0
    url = links.address(desk.at, sheet.page, lang, read.whose, sheet.choices, number)
    day = numbers.day(read.as_of, lang)
    frozen = frozen_words(read.release, lang)
    whose = " · ".join(filter(None, [t(f"app.mark.{read.whose}", lang), frozen]))
    return {
        "lang": lang,
        "title": f"{sheet.heading} · {sheet.kicker}",
        "author": t("app.name", lang),
        "about": sheet.subtitle,
        "kicker": f"{t('app.name', lang)} · {sheet.kicker}",
        "badge": {"text": whose, "dashed": read.whose == DEMO},
        "heading": sheet.heading,
        "subtitle": sheet.subtitle,
        "pages": [[[_told(cell, lang) for cell in row] for row in rows] for rows in sheet.pages],
        "end": [*(parts.say(said, "tiny") for said in (t(f"app.note.{read.whose}", lang),)), *sheet.end],
        "url": url,
        "qr": links.qr(url),
        "qr_alt": t("report.qr_alt", lang, url=url),
        "qr_label": t("report.qr_released" if frozen else "report.qr", lang),
        "foot": t("report.foot", lang, day=day, version=read.version, whose=whose),
    }


def _told(cell: Mapping[str, Any], lang: str) -> Mapping[str, Any]:
    """A cell under whose last heading nothing stands says so: absence is never left blank."""
    blocks = list(cell["blocks"])
    if blocks and blocks[-1]["t"] in ("h", "h3"):
        blocks.append(parts.say(t("chart.no_figures", lang)))
    return {**cell, "blocks": blocks}


def pdf(sheet: Sheet, desk: Desk) -> bytes:
    """A sheet as tagged PDF.

    Raises:
        typeset.NoRoom, fonts.NoFont: it cannot be set.
    """
    return typeset.pdf(TEMPLATE, data(sheet, desk))


def definitions(desk: Desk, names: Sequence[str]) -> list[tuple[str, str]]:
    """(measure, definition) of the measures with these names, as the page of definitions has them."""
    found = pick.table(desk.ask("about"), "metrics")
    by_name = {str(row[0]): str(row[1]) for row in found.rows} if found else {}
    return [(name, by_name[name]) for name in dict.fromkeys(names) if name in by_name]


def owner(desk: Desk, name: str) -> str:
    """Who answers for a measure, as the page of definitions has it; '' where it does not know it."""
    found = pick.table(desk.ask("about"), "metrics")
    return next((str(row[-1]) for row in found.rows if str(row[0]) == name), "") if found else ""


def day(desk: Desk) -> str:
    """The day that a sheet's figures speak for."""
    return numbers.day(desk.read.as_of, desk.lang)
