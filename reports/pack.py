"""The pack for a monthly meeting: contents, what needs a decision and why, what changed since the month before, the plan, measures, districts."""

from __future__ import annotations

from collections.abc import Sequence

from answers.answer import Answer, Callout, Note, Table
from answers.periods import key
from locales import numbers, t
from reports import decide, parts, pick, plan
from reports.pick import Desk
from reports.sheets import Sheet

PAGE = "meeting"
Page = list[list[dict[str, object]]]
MOST_CHANGES = 8


class OtherMonth(ValueError):
    """The figures do not speak for the month that is asked for; `month` is theirs, YYYYMM."""

    def __init__(self, month: int) -> None:
        super().__init__(f"{month}")
        self.month = month


def sheet(desk: Desk, code: str = "") -> Sheet:
    """The pack of the month that the figures speak for, or of `code`, YYYY-MM, where that is the same.

    Raises:
        OtherMonth: they speak for another one.
    """
    lang, month = desk.lang, key(desk.read.as_of)
    if code and code.replace("-", "") != str(month):
        raise OtherMonth(month)
    due, whole = decide.sheet(desk), plan.sheet(desk)
    sections: list[tuple[str, list[Page]]] = [
        (t("report.decisions_heading", lang), [list(map(list, page)) for page in due.pages]),  # type: ignore[arg-type]
        (t("report.pack_changes", lang), _changes(desk)),
        (t("report.plan_heading", lang), [list(map(list, page)) for page in whole.pages]),  # type: ignore[arg-type]
        (t("report.pack_measures", lang), _measures(desk)),
        (t("report.pack_districts", lang), _districts(desk)),
    ]
    pages: list[Page] = []
    contents = []
    for title, own in sections:
        contents.append((title, len(pages) + 2))
        own[0] = [[parts.span(12, parts.title(title))], *own[0]]
        pages += own
    return Sheet(
        heading=t("report.pack_heading", lang),
        kicker=t("report.pack", lang),
        subtitle=numbers.month(month, lang),
        pages=[_front(desk, contents), *pages],
        end=[*due.end, *whole.end],
        page=PAGE,
        choices={},
    )


def _front(desk: Desk, contents: Sequence[tuple[str, int]]) -> Page:
    """What the pack says in a few sentences, and where."""
    lang, seen, agreed = desk.lang, desk.ask("overview"), desk.ask("meeting.agreed")
    found = pick.cards(seen)
    return [
        [parts.span(12, parts.say(seen.sentence, "lead"))],
        [parts.span(12, parts.head(t("report.pack_contents", lang)), parts.contents(contents))],
        [parts.span(12, parts.cards(found.cards, when=False))] if found else [parts.span(12)],
        [
            parts.span(6, parts.head(t("report.pack_changes", lang)), parts.say(_since(desk).sentence)),
            parts.span(
                6,
                parts.head(t("meeting.agreed_title", lang)),
                parts.say(agreed.sentence),
                parts.say(agreed.sure, "small"),
            ),
        ],
    ]


def _since(desk: Desk) -> Answer:
    """What changed since the month before."""
    month = key(desk.read.as_of)
    before = month - 1 if month % 100 > 1 else month - 100 + 11
    return desk.ask("meeting.changes", since=str(before))


def _changes(desk: Desk) -> list[Page]:
    """What is new, what is settled, and each measure then and now."""
    found = _since(desk)
    calls = list(pick.every(found, Callout))
    table = pick.table(found, "changes")
    money = pick.table(found, "changes_money")
    rows: Page = [
        [parts.span(12, parts.say(found.sentence, "lead"), parts.say(found.sure, "small"))],
        [
            parts.span(
                6,
                parts.head(c.title),
                parts.items(c.items[:MOST_CHANGES], wide=18) if c.items else parts.say(c.quiet),
            )
            for c in calls[:2]
        ],
    ]
    if table is not None:
        notes = [n.text for n in pick.every(found, Note)]
        rows.append(
            [
                parts.span(
                    12,
                    parts.head(t("meeting.measures", desk.lang)),
                    _flat(table),
                    parts.say(" ".join(notes[:1]), "tiny"),
                )
            ]
        )
    if money is not None:
        rows.append([parts.span(12, parts.head(t("meeting.money_title", desk.lang)), parts.table(money))])
    return [[row for row in rows if row]]


def _flat(table: Table) -> parts.Part:
    return parts.table(table, size=6.9, air=1.7, wide=(2.6, 1.6, 1.6, 2.4, 2))


def _measures(desk: Desk) -> list[Page]:
    """Every watched measure: its latest value, what its chart says, target and owner."""
    found = desk.ask("kpi")
    table = pick.table(found, "measures")
    rows: Page = [[parts.span(12, parts.say(found.sentence, "lead"))]]
    if table is not None:
        keep = [c for c in table.columns if c.name in ("name", "latest", "variation", "target", "owner")]
        bare = Table(table.columns, [_short(row) for row in table.rows])
        shares = (2.2, 2.3, 1.4, 3.2, 1.4)
        rows.append(
            [
                parts.span(
                    12,
                    parts.table(
                        bare, keep=[c.label for c in keep], size=6.8, air=1.9, wide=shares[: len(keep)]
                    ),
                )
            ]
        )
    return [rows]


def _short(row: Sequence[object]) -> Sequence[object]:
    """A row whose first cell is its name alone: what a chart says of it stands in its own column."""
    return row if len(row) == 1 else (pick.head(row[0]), *row[1:])


def _districts(desk: Desk) -> list[Page]:
    """Where need has changed."""
    found, lang = desk.ask("district_map.change"), desk.lang
    left = parts.picture(desk, pick.figure(found, "map"), points=parts.room(6, 2), height=200, names=9.5)
    right = parts.picture(desk, pick.figure(found, "dots"), points=parts.room(6, 2))
    return [
        [
            [parts.span(12, parts.say(found.sentence, "lead"), parts.say(found.sure, "small"))],
            [parts.span(6, left), parts.span(6, parts.head(t("report.pack_by_district", lang)), right)],
        ]
    ]
