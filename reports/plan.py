"""One A4 of the whole plan: what has to be decided, what has been spent and will be, where need is, who falls back."""

from __future__ import annotations

from answers.answer import Answer, Callout, Lead, Table
from locales import t
from reports import parts, pick, sheets
from reports.pick import Desk
from reports.sheets import Sheet

PAGE = "overview"
DECISIONS, PROGRAMMES = 5, 21


def sheet(desk: Desk, code: str = "") -> Sheet:
    """The sheet of the plan."""
    lang = desk.lang
    seen, money, ahead = (desk.ask(q) for q in (PAGE, "budget", "budget.end"))
    found = pick.cards(seen)
    rows = [
        [parts.span(12, parts.say(seen.sentence, "lead"), parts.say(money.sentence))],
        [parts.span(12, parts.cards(found.cards, when=False))] if found else [],
        [_decide(pick.callout(seen), lang), _end(desk, ahead)],
        [_programmes(ahead, lang), _places(desk)],
    ]
    measures = [str(line) for line in (t("report.rate_name", lang),)]
    return Sheet(
        heading=t("report.plan_heading", lang),
        kicker=t("report.plan", lang),
        subtitle=t("report.as_of", lang, day=sheets.day(desk)),
        pages=[[row for row in rows if row]],
        end=[
            *(parts.say(said, "tiny") for said in seen.caveats),
            parts.say(t("report.plan_caveat", lang), "tiny"),
            parts.terms(sheets.definitions(desk, measures)),
        ],
        page=PAGE,
        choices={},
    )


def _decide(found: Callout | None, lang: str) -> dict[str, object]:
    items = list(found.items[:DECISIONS]) if found else []
    rest = len(found.items) - len(items) if found else 0
    return parts.span(
        6,
        parts.head(
            t("decide.title", lang),
            t("report.first_of", lang, n=len(items), all=len(items) + rest) if rest else "",
        ),
        parts.items(items, wide=20, air=1.5) if items else parts.say(found.quiet) if found else None,
    )


def _end(desk: Desk, ahead: Answer) -> dict[str, object]:
    lang = desk.lang
    lead = pick.first(pick.under(ahead, t("budget.five_title", lang)), Lead)
    drawn = parts.picture(desk, pick.figure(ahead, "budget_five"), points=parts.room(6, 2), height=118)
    return parts.span(
        6,
        parts.head(t("budget.five_title", lang)),
        parts.say(pick.words(lead)) if lead else None,
        parts.legend(pick.legend(ahead)),
        drawn,
    )


def _programmes(ahead: Answer, lang: str) -> dict[str, object]:
    """The programmes of the running year: what each may spend, has spent and will."""
    keys = ("name", "current", "spent", "estimate_rate", "95")
    labels = [t(f"budget.end_{key}", lang) for key in keys]
    found = next((b for b in pick.every(ahead, Table) if set(labels) <= {c.label for c in b.columns}), None)
    body = (
        parts.table(found, keep=labels, rows=PROGRAMMES, size=6.8, air=1.75, wide=(2.6, 1, 1, 1.6, 1.3))
        if found
        else None
    )
    return parts.span(7, parts.head(t("report.programmes_year", lang), t("report.eok_unit", lang)), body)


def _places(desk: Desk) -> dict[str, object]:
    lang = desk.lang
    need, outlook = desk.ask("district_map.need"), desk.ask("reisolation.whatif")
    wide = parts.room(5, 2)
    fan = parts.picture(desk, pick.figure(outlook, "reisolation_fan"), points=wide, height=92)
    return parts.span(
        5,
        parts.head(t("report.need", lang)),
        parts.picture(desk, pick.figure(need, "map"), points=wide, height=118, names=9),
        parts.legend(pick.legend(need)),
        parts.say(need.sentence, "small"),
        *(
            (parts.gap(), parts.head(t("report.outlook", lang)), parts.say(outlook.sentence, "small"), fan)
            if fan
            else ()
        ),
    )
