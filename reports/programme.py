"""One A4 of a programme: what it gives, what it costs and how fast, what is published of it, what has to be decided."""

from __future__ import annotations

from answers.answer import Answer, Card, Cell, Column, Lead, Table
from locales import t
from reports import parts, pick, sheets
from reports.pick import Desk
from reports.sheets import NotThere, Sheet

PAGE = "programmes"
MONEY = ("budget", "budget.pace", "budget.end", "budget.value")
# Programmes whose work a page of its own follows: its question and its figure.
WORK = {
    "hotline": ("hotline.flow", "hotline_funnel"),
    "crisis_detection": ("detection.steps", "detection_funnel"),
    "mind_counselling": ("counselling.cascade", "course_funnel"),
    "counselling_voucher": ("counselling.cascade", "course_funnel"),
}
PUBLISHED = 6


def sheet(desk: Desk, code: str) -> Sheet:
    """The sheet of a programme.

    Raises:
        NotThere: there is none with this code.
    """
    lang, names = desk.lang, desk.read.programme_names(desk.lang)
    if code not in names:
        raise NotThere("programme", code, list(names))
    name = names[code]
    money = {question: _of(desk, question, code) for question in MONEY}
    listed = desk.ask(PAGE, prog=code)
    own = next(iter(pick.rows(listed, name)), None)
    rows = [
        [_said(desk, money, name), parts.span(4, *_about(own, lang))],
        [parts.span(12, parts.cards(cards))] if (cards := _cards(money, name, lang)) else [],
        _pace(desk, money, lang),
        _work(desk, code, money, listed, name),
    ]
    return Sheet(
        heading=name,
        kicker=t("report.programme", lang),
        subtitle=t("report.as_of", lang, day=sheets.day(desk)),
        pages=[[row for row in rows if row]],
        end=[
            *(parts.say(said, "tiny") for said in listed.caveats),
            parts.say(t("report.money_unit", lang), "tiny"),
            parts.terms(sheets.definitions(desk, [t("report.rate_name", lang)])),
        ],
        page=PAGE,
        choices={"prog": code},
    )


def _of(desk: Desk, question: str, code: str) -> Answer | None:
    """An answer about the programme; None where the money's pages do not know it."""
    found = desk.ask(question, prog=code)
    return found if dict(found.choices).get("prog") == code else None


def _said(desk: Desk, money: dict[str, Answer | None], name: str) -> dict[str, object]:
    lang = desk.lang
    moves = (
        next((b for b in pick.every(money["budget"], Lead) if b.text.startswith(name)), None)
        if money["budget"]
        else None
    )
    pace = next(pick.every(money["budget.pace"], Lead), None) if money["budget.pace"] else None
    found = pick.callout(desk.ask("overview"))
    mine = [item for item in (found.items if found else ()) if item.text.startswith(name)]
    return parts.span(
        8,
        parts.say(pick.words(moves) or t("report.no_money", lang), "lead"),
        parts.say(pick.words(pace)) if pace else None,
        parts.small_head(t("report.decide_programme", lang)),
        parts.items(mine) if mine else parts.say(t("report.decide_none_programme", lang)),
    )


def _about(own: tuple[Table, object] | None, lang: str) -> list[parts.Part]:
    """Status, output, target with its basis and owner, as the list of programmes has them."""
    if own is None:
        return []
    table, row = own[0], list(own[1])  # type: ignore[call-overload]
    told = [
        (c.label, v) for c, v in zip(table.columns, row, strict=True) if not (isinstance(v, Cell) and v.spark)
    ]
    lines = [(label, str(value)) for label, value in told[1:] if str(value)]
    status = " · ".join(line.text for line in told[0][1].under) if isinstance(told[0][1], Cell) else ""
    shown = Table([Column(""), Column("")], [(label, value) for label, value in lines[:2] + lines[-1:]])
    body = parts.table(shown, size=7.4, air=2.6, wide=(1, 2.4))
    return [
        parts.head(t("report.programme_state", lang)),
        *([parts.say(status, "strong")] if status else []),
        body,
    ]


def _cards(money: dict[str, Answer | None], name: str, lang: str) -> list[Card]:
    """What has been spent, how the year will end, and what its output is worth."""

    def row(question: str, *keys: str) -> list[str]:
        found, labels = money[question], [t(f"budget.{key}", lang) for key in keys]
        told = pick.row(found, name, *labels) if found else {}
        return [told[label] for label in labels] if told else []

    cards = []
    if ledger := row("budget", "col_rate", "col_expenditure", "col_current"):
        rate, spent, current = ledger
        cards.append(Card(t("budget.col_rate", lang), rate, t("report.of_current", lang, current=current)))
        cards.append(
            Card(
                t("budget.col_expenditure", lang),
                t("report.eok", lang, won=spent),
                t("report.this_year", lang),
            )
        )
    if ahead := row("budget.end", "end_estimate_rate", "end_95"):
        estimate, interval = ahead
        cards.append(
            Card(t("report.year_end", lang), estimate, t("report.interval", lang, interval=interval))
        )
    if worth := row("budget.value", "ev_cpi", "ev_spi"):
        cpi, spi = worth
        cards.append(Card(t("report.cpi", lang), cpi, t("report.spi", lang, spi=spi)))
    return cards


def _pace(desk: Desk, money: dict[str, Answer | None], lang: str) -> list[dict[str, object]]:
    cells = []
    for question, name, title in (
        ("budget.pace", "budget_pace", "report.pace"),
        ("budget", "budget_moves", "report.moves"),
    ):
        found = money[question]
        figure = pick.figure(found, name) if found else None
        drawn = parts.picture(desk, figure, points=parts.room(6, 2), height=150)
        if drawn and found:
            legend = (
                parts.legend(pick.legend(found))
                if question == "budget.pace"
                else parts.say(t("report.eok_unit", lang), "tiny")
            )
            cells.append(parts.span(6, parts.head(t(title, lang)), legend, drawn))
    return cells


def _work(
    desk: Desk, code: str, money: dict[str, Answer | None], listed: Answer, name: str
) -> list[dict[str, object]]:
    """What it does, where a page follows that; its money by item; what is published of it."""
    lang, found = desk.lang, money["budget.pace"]
    tables = pick.every(found, Table) if found else iter(())
    split = next((b for b in tables if b.rows and pick.head(b.rows[0][0]) == name), None)
    items: list[parts.Part] = []
    if split is not None:
        keep = [c.label for c in split.columns[1:]]
        items = [parts.head(t("report.by_item", lang)), parts.table(split, keep=keep, size=7, air=2.4)]
    if code not in WORK:
        return (
            [parts.span(6, *items), parts.span(6, *_published(listed, lang))]
            if items
            else [parts.span(12, *_published(listed, lang))]
        )
    question, figure = WORK[code]
    work = desk.ask(question)
    drawn = parts.picture(desk, pick.figure(work, figure), points=parts.room(6, 2), height=170)
    return [
        parts.span(6, parts.head(t("report.work", lang)), parts.say(work.sentence), drawn),
        parts.span(6, *items, parts.gap() if items else None, *_published(listed, lang)),
    ]


def _published(listed: Answer, lang: str) -> list[parts.Part]:
    """Figures that somebody published, with their sources."""
    tables = [b for b in pick.every(listed, Table) if len(b.columns) == 4]
    title = parts.head(t("report.published", lang), t("report.published_note", lang))
    if not tables or not tables[-1].rows:
        return [title, parts.say(t("report.published_none", lang))]
    return [title, parts.table(tables[-1], rows=PUBLISHED, size=6.8, air=2.4, wide=(1.7, 1.3, 1.3, 1.7))]
