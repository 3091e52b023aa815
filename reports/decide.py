"""Two pages for who decides: what, why and how much, how sure, who acts; then the evidence behind the first of each kind."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

from answers import decisions
from answers.answer import Cell, Column, Figure, Lead, Table
from answers.decisions import Decision
from answers.studies import Pending
from charts import theme
from locales import t
from reports import parts, pick, sheets
from reports.pick import Desk
from reports.sheets import Sheet

PAGE = "overview"
# Per domain: the question that shows why, and its figure.
EVIDENCE = {
    "kpi": ("kpi", "kpi_chart"),
    "budget": ("budget.pace", "budget_pace"),
    "districts": ("district_map.gap", "gap"),
    "detection": ("detection.signs", "signal_dots"),
    "reisolation": ("reisolation.trust", "reisolation_overlay"),
}
HEIGHT, SHOWN, MOST_SIGNS, MOST = 218.0, 4, 16, 24


def sheet(desk: Desk, code: str = "") -> Sheet:
    """The two-page brief of what needs a decision."""
    lang, seen = desk.lang, desk.ask(PAGE)
    try:
        found: Sequence[Decision] = decisions.needed(desk.read, lang)
        quiet = t("decide.none", lang)
    except Pending as problem:
        found, quiet = (), problem.words(lang)
    cards = pick.cards(seen)
    due = [d for d in EVIDENCE if any(one.domain == d for one in found)]
    domains = [*due, *(d for d in EVIDENCE if d not in due)][: max(SHOWN, len(due))]
    shown = [parts.head(t("decide.title", lang)), _table(desk, found[:MOST])] if found else [parts.say(quiet)]
    rest = len(found) - MOST
    first = [
        [parts.span(12, parts.say(seen.sentence, "lead"))],
        [parts.span(12, *shown, parts.say(t("report.more_on_screen", lang, n=rest)) if rest > 0 else None)],
        [parts.span(12, parts.cards(cards.cards, when=False))] if cards else [],
        _ahead(desk),
    ]
    evidence = [_evidence(desk, d, d in due) for d in domains]
    second = [evidence[n : n + 2] for n in range(0, len(evidence), 2)]
    if len(evidence) % 2:
        second[-1].append(parts.span(6))
    title = [[parts.span(12, parts.head(t("report.evidence", lang), t("report.evidence_note", lang)))]]
    return Sheet(
        heading=t("report.decisions_heading", lang),
        kicker=t("report.decisions", lang),
        subtitle=t("report.as_of", lang, day=sheets.day(desk)),
        pages=[
            [row for row in first if row],
            [*title, *second] if second else [[parts.span(12, parts.say(quiet))]],
        ],
        end=[parts.say(t("decide.rule", lang), "tiny"), *(parts.say(said, "tiny") for said in seen.caveats)],
        page=PAGE,
        choices={},
    )


def _table(desk: Desk, found: Sequence[Decision]) -> parts.Part:
    """One row a decision, most pressing first; where it names nobody, whose measure it is acts."""
    lang = desk.lang
    columns = [Column(t(f"report.decide_{c}", lang)) for c in ("number", "what", "why", "sure", "who")]
    rows = [
        (
            str(n),
            Cell(one.item.kind, tone=one.item.tone, more=t(f"decide.domain_{one.domain}", lang)),
            one.item.text,
            t(f"report.sure_{one.domain}", lang),
            one.item.meta or sheets.owner(desk, t(f"report.measure_{one.domain}", lang)),
        )
        for n, one in enumerate(found, 1)
    ]
    return parts.table(Table(columns, rows), size=7.6, air=3.4, wide=(0.25, 1.5, 4.6, 2.3, 1.6))


def _ahead(desk: Desk) -> list[dict[str, object]]:
    """How the money will end, and who will have fallen back: what a decision changes."""
    ahead, outlook = desk.ask("budget.end"), desk.ask("reisolation.whatif")
    lead = pick.first(pick.under(ahead, t("budget.five_title", desk.lang)), Lead)
    five = parts.picture(desk, pick.figure(ahead, "budget_five"), points=parts.room(6, 2), height=128)
    fan = parts.picture(desk, pick.figure(outlook, "reisolation_fan"), points=parts.room(6, 2), height=128)
    return [
        parts.span(
            6,
            parts.head(t("budget.five_title", desk.lang)),
            parts.say(pick.words(lead), "small"),
            parts.legend(pick.legend(ahead)),
            five,
        ),
        parts.span(6, parts.head(t("report.outlook", desk.lang)), parts.say(outlook.sentence, "small"), fan),
    ]


def _evidence(desk: Desk, domain: str, due: bool) -> dict[str, object]:
    """The sentence, how sure it is, and the figure behind a domain's decisions, or behind there being none."""
    question, name = EVIDENCE[domain]
    found, rule = desk.ask(question), pick.callout(desk.ask(domain)) if domain == "budget" else None
    figure = pick.figure(found, name)
    said = found.sentence or pick.words(next(pick.every(found, Lead), None))
    if figure is not None and domain == "detection":
        figure = _lowest(figure)
    legend = (
        parts.legend(pick.legend(found))
        if domain != "detection"
        else parts.say(t("report.lowest", desk.lang), "tiny")
    )
    return parts.span(
        6,
        parts.head(t(f"decide.domain_{domain}", desk.lang), "" if due else t("report.none_here", desk.lang)),
        parts.say(said),
        parts.say(" ".join(p for p in (found.sure, rule.rule if rule else "") if p), "tiny"),
        legend,
        parts.picture(desk, figure, points=parts.room(6, 2), height=HEIGHT),
    )


def _lowest(figure: Figure) -> Figure:
    """The rows of a long list that lie surely below: they stand at its foot."""
    spec = deepcopy(dict(figure.spec))
    symbols = spec["data"][0]["marker"]["symbol"]
    below = sum(s == theme.SYMBOLS["lower"] for s in symbols) if isinstance(symbols, list) else 0
    spec["layout"]["yaxis"]["range"] = [-0.6, min(below or MOST_SIGNS, MOST_SIGNS) - 0.4]
    return Figure(figure.name, spec, figure.alt, figure.table)
