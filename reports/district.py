"""One A4 of a district: where it stands, how that changed, who is reached, what money is placed there, what is ahead."""

from __future__ import annotations

import re
from collections.abc import Sequence

from answers.answer import Answer, Card, Lead, Note, Table
from locales import t
from reports import parts, pick, sheets
from reports.pick import Desk
from reports.sheets import NotThere, Sheet

PAGE = "district_profile"
GROUPS = ("need", "services", "outcomes")
CHARTED = ("isolation_prevalence", "loneliness_prevalence", "one_person_share")
YEARS, PROGRAMMES = 4, 6
PEERS = (0, 2, 3, 5)  # of the columns: name, isolation, loneliness, reach


def sheet(desk: Desk, code: str) -> Sheet:
    """The sheet of a district.

    Raises:
        NotThere: there is none with this code.
    """
    lang, names = desk.lang, desk.read.district_names(desk.lang)
    if code not in names:
        raise NotThere("district", code, list(names))
    name, profile = names[code], desk.ask(PAGE, gu=code)
    need = desk.ask("district_map.need", gu=code)
    rows = [
        [_said(desk, profile, name), _map(desk, need)],
        [parts.span(12, parts.cards(_headlines(profile, lang)))],
        [
            parts.span(
                12,
                parts.head(t("report.stands", lang), t("profile.measures_note", lang)),
                _measures(profile, lang),
            )
        ],
        _changes(desk, profile),
        _services(profile, lang),
        _ahead(desk, profile, lang),
    ]
    return Sheet(
        heading=name,
        kicker=t("report.district", lang),
        subtitle=t("report.as_of", lang, day=sheets.day(desk)),
        pages=[[row for row in rows if row]],
        end=_end(desk, profile, name),
        page=PAGE,
        choices={"gu": code},
    )


def _said(desk: Desk, profile: Answer, name: str) -> dict[str, object]:
    found = pick.callout(desk.ask("overview"))
    mine = [item for item in (found.items if found else ()) if named(name, item.text)]
    dong = pick.first(pick.under(profile, t("profile.dong", desk.lang)), Lead)
    return parts.span(
        8,
        parts.say(profile.sentence, "lead"),
        parts.small_head(t("report.decide_here", desk.lang)),
        parts.items(mine[:3]) if mine else parts.say(t("report.decide_none", desk.lang)),
        parts.small_head(t("report.outlook", desk.lang)),
        parts.say(desk.ask("reisolation.whatif").sentence),
        parts.small_head(t("report.dong", desk.lang)) if dong else None,
        parts.say(dong.text) if dong else None,
    )


def named(name: str, text: str) -> bool:
    """Whether a sentence names a place: not as the end or the beginning of another name."""
    return re.search(rf"(?<![\w가-힣-]){re.escape(name)}(?![a-z-])", text) is not None


def _map(desk: Desk, need: Answer) -> dict[str, object]:
    found = pick.figure(need, "map")
    drawn = parts.picture(desk, found, points=parts.room(4, 2), height=92, names=0)
    return parts.span(
        4, drawn, parts.legend(pick.legend(need)), parts.say(_first_sentence(need.sentence), "tiny")
    )


def _first_sentence(text: str) -> str:
    """What a longer text begins with; the rest stands on the screen."""
    return re.split(r"(?<=[.])\s+(?=[A-Z가-힣])", text)[0]


def _headlines(profile: Answer, lang: str) -> list[Card]:
    """Four large figures: need, reach and outcome as the tables have them, and the money of the running year."""
    cards = []
    for group, place in (("need", 0), ("services", 0), ("outcomes", 2)):
        found = pick.table(profile, group)
        if found is None or len(found.rows) <= place:
            continue
        label, value, interval, city, side, *_ = map(str, found.rows[place])
        measure, _, when = label.removesuffix(")").rpartition(" (")
        say = t("report.interval_city" if interval else "report.city", lang, interval=interval, city=city)
        cards.append(Card(measure, value, say, state=side, age=when))
    money = pick.table(profile, "money")
    if money is not None and money.rows:
        year, spent, *_, placed = map(str, money.rows[0])
        cards.append(
            Card(t("report.money_here", lang), spent, t("report.placed", lang, share=placed), age=year)
        )
    return cards


def _measures(profile: Answer, lang: str) -> parts.Part | None:
    """Need, reach and outcomes as one table in groups."""
    rows: list[Sequence[object]] = []
    columns = None
    for group in GROUPS:
        found = pick.table(profile, group)
        if found is not None:
            columns = columns or found.columns
            rows += [(t(f"profile.{group}", lang),), *found.rows]
    return (
        parts.table(Table(columns, rows), air=2.2, wide=(3.0, 0.8, 1.3, 0.8, 1.5, 1.3, 1.6))
        if columns
        else None
    )


def _changes(desk: Desk, profile: Answer) -> list[dict[str, object]]:
    cells = []
    for number, measure in enumerate(CHARTED):
        found = pick.figure(profile, f"waves_{measure}")
        drawn = parts.picture(desk, found, points=parts.room(4, 3), height=88)
        title = t(f"report.change_{measure}", desk.lang)
        top = parts.head(title) if number == 0 or drawn else None
        cells.append(parts.span(4, top, drawn or parts.say(t("chart.no_figures", desk.lang))))
    return cells


def _services(profile: Answer, lang: str) -> list[dict[str, object]]:
    cells = []
    for name, rows in (("visits", PROGRAMMES), ("served", YEARS), ("money", YEARS)):
        found = pick.table(profile, name)
        note = pick.first(pick.under(profile, t(f"profile.{name}", lang)), Note)
        shares = (1.1, 1.0, 1.0, 1.1) if name == "money" else ()
        kept = [c.label for c in found.columns[:4]] if found and name == "money" else ()
        body = (
            parts.table(found, rows=rows, air=1.8, wide=shares, keep=kept)
            if found
            else parts.say(t("chart.no_figures", lang))
        )
        cells.append(
            parts.span(
                4,
                parts.head(t(f"profile.{name}", lang)),
                body,
                parts.say(_first_sentence(note.text), "tiny") if note and found else None,
            )
        )
    return cells


def _ahead(desk: Desk, profile: Answer, lang: str) -> list[dict[str, object]]:
    """The dong beneath, its peers, and what lies ahead of the whole city: outlooks are not made by district."""
    drawn = parts.picture(desk, pick.figure(profile, "map"), points=parts.room(4, 3), height=96, names=8)
    fan = pick.figure(desk.ask("reisolation.whatif"), "reisolation_fan")
    peers = pick.table(profile, "peers")
    kept = [peers.columns[n].label for n in PEERS if n < len(peers.columns)] if peers else []
    return [
        parts.span(4, parts.head(t("report.dong", lang)), drawn, parts.legend(pick.legend(profile))),
        parts.span(
            4,
            parts.head(t("profile.peers", lang)),
            parts.table(peers, keep=kept, size=6.6, air=2.2, wide=(1.1, 1.3, 1.35, 1.45)[: len(kept)])
            if peers
            else None,
        ),
        parts.span(
            4,
            parts.head(t("report.outlook", lang)),
            parts.picture(desk, fan, points=parts.room(4, 3), height=100),
        ),
    ]


def _end(desk: Desk, profile: Answer, name: str) -> list[parts.Part]:
    tables = [pick.table(profile, group) for group in GROUPS]
    measures = [str(row[0]).rpartition(" (")[0] for found in tables if found for row in found.rows]
    return [
        *(parts.say(said, "tiny") for said in profile.caveats),
        parts.terms(sheets.definitions(desk, measures)),
    ]
