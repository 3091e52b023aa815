"""Every programme of the plan in one table, and all published figures of the one that is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from answers import attainment, say, summaries, targets, words
from answers.answer import Answer, Block, Cell, Column, Control, Heading, Lead, Line, Note, Table
from answers.ask import Ask, Choice
from answers.facts import joined, named, published_table, published_value
from answers.kept import kept
from answers.reader import Reader
from answers.registry import question
from answers.setup import noted
from data import queries
from data.codes import label
from locales import numbers, t

MONTHS = 24
GROUPS = ("stopped", "recorded", "published", "unknown")
COLUMNS = ("name", "output", "target", "spark", "published", "owner")
# Facts that keep the programme's code, with what is counted and how it is said; the first that knows a programme holds.
BY_PROGRAMME = (
    ("attendance_monthly", "visits", "visits"),
    ("case_monthly", "started", "started"),
    ("referral_monthly", "received", "received"),
)
# Facts of one programme alone. The delivery-app check keeps no visits of its own: what it sends on is recorded as
# referrals from it.
ALONE: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
    ("hotline", "hotline_monthly", "answered", "contacts", {}),
    ("crisis_detection", "detection_monthly", "flagged", "households", {"signal": 0}),
    ("delivery_app_check", "referral_monthly", "received", "sent", {"source": "delivery_app"}),
)
PROGRAMME = Choice(
    name="prog",
    options=lambda read, codes: list(read.programme_names("ko")),
    label="programmes.pick",
    place="inline",
    say=lambda code, lang, read: read.programme_names(lang)[code],
)


# Of which table the records of any programme come.
COUNTED = ("attendance", "attendance_summary", "counselling_case", "counselling_summary", "referral", "hotline_contact",
           "hotline_summary", "detection_monthly")  # fmt: skip


@dataclass(frozen=True)
class Trend:
    """A programme's last months: what is counted, and the protected counts."""

    counts: str
    values: tuple[float, ...]


@question(
    "programmes", choices=(PROGRAMME,), needs=COUNTED, rest=lambda ask, read: programmes(ask, read).blocks
)
def programmes(ask: Ask, read: Reader) -> Answer:
    """One row per programme, then the chosen one's published figures."""
    lang = ask.lang
    rows, found = read.rows(queries.programmes), trends(read)
    facts = {row["fact_id"]: row for row in read.facts().to_dict("records")}
    body: list[tuple[Any, ...]] = []
    classes: list[str] = []
    for group, mine in _groups(rows.to_dict("records"), found, facts).items():
        body.append((t(f"programmes.group_{group}", lang, n=len(mine)),))
        body += [_row(read, row, found.get(row["programme_id"]), facts, lang) for row in mine]
        classes += ["group", *[""] * len(mine)]
    columns = [Column(t(f"programmes.col_{name}", lang), name=name) for name in COLUMNS]
    return Answer(
        t("programmes.title", lang),
        _lead(list(rows["programme_id"]), found, facts, lang),
        blocks=(
            Table(columns, body, classes, look="kpi", name="programmes"),
            Note(t("programmes.note", lang)),
            Heading(t("programmes.detail", lang)),
            *_detail(ask, read, facts),
            *summaries.spans(read, "attendance_summary", "visits", lang),
        ),
        period=say.span_words(say.span(read, MONTHS, of="attendance"), lang),
    )


def _groups(
    rows: list[dict[str, Any]], found: dict[str, Trend], facts: dict[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """Programmes by how they stand: stopped ones first, then those that run by what is known of them. Empty groups are left out."""

    def group(row: dict[str, Any]) -> str:
        programme = row["programme_id"]
        if row["status"] != "active":
            return "stopped"
        return "recorded" if programme in found else "published" if _ids(programme, facts) else "unknown"

    sorted_: dict[str, list[dict[str, Any]]] = {name: [] for name in GROUPS}
    for row in rows:
        sorted_[group(row)].append(row)
    return {name: mine for name, mine in sorted_.items() if mine}


def _lead(ids: list[str], found: dict[str, Trend], facts: dict[str, Any], lang: str) -> str:
    """How many programmes there are, have records, have published results, and have neither."""
    recorded, published = set(found) & set(ids), {p for p in ids if _ids(p, facts)}
    neither = len(set(ids) - set(found) - published)
    return t(
        "programmes.lead", lang, n=len(ids), recorded=len(recorded), published=len(published), neither=neither
    )


def _ids(programme: str, facts: dict[str, Any]) -> list[str]:
    return [f for f in named("programmes").get(programme, ()) if f in facts]


@kept
def trends(read: Reader) -> dict[str, Trend]:
    """Programme -> its last months; programmes without records are absent."""
    where = {"month_key": say.span(read, MONTHS, of="attendance")}
    found: dict[str, Trend] = {}
    for programme, fact, column, counts, more in ALONE:
        rows = read.totals(fact, columns=(column,), keys=("month_key",), where={**where, **more})
        if len(rows):
            found[programme] = _trend(rows, column, counts)
    for fact, column, counts in BY_PROGRAMME:
        rows = read.totals(fact, columns=(column,), keys=("programme_id", "month_key"), where=where)
        for programme, part in rows.groupby("programme_id"):
            found.setdefault(str(programme), _trend(part, column, counts))
    return found


def _trend(rows: pd.DataFrame, column: str, counts: str) -> Trend:
    return Trend(counts, tuple(rows.sort_values("month_key")[column]))


def _row(
    read: Reader, row: dict[str, Any], trend: Trend | None, facts: dict[str, Any], lang: str
) -> tuple[Any, ...]:
    programme, name = row["programme_id"], str(row[f"name_{lang}"])
    status = Line(
        label("programme_status", row["status"], lang),
        tone="worse" if row["status"] == "suspended" else "steady",
    )
    why = say.half(row["status_reason"], lang)
    spark = Cell(t("programmes.spark", lang, name=name), spark=trend.values) if trend and trend.values else ""
    return (
        Cell(name, strong=True, under=(status, *((Line(why),) if why else ()))),
        _output(read, trend, lang),
        _targets(read, programme, lang),
        spark,
        _published(programme, facts, lang),
        words.owner(row["owner_unit"], lang, read),
    )


def _output(read: Reader, trend: Trend | None, lang: str) -> Cell:
    if trend is None:
        return Cell(t("programmes.no_record", lang), quiet=True)
    unit = "households" if trend.counts == "households" else "cases"
    said = t(f"programmes.count_{trend.counts}", lang, n=say.counted(trend.values[-1], lang, unit))
    month = numbers.month(say.span(read, MONTHS, of="attendance").high, lang)
    return Cell(said, trend.values[-1], strong=True, under=(Line(month),))


def _targets(read: Reader, programme: str, lang: str) -> Cell:
    """Published targets with basis and what became of them; then yearly outputs against what was planned."""
    lines: list[Line] = []
    for goal in targets.set_for(read, programme):
        lines += [Line(say.half(goal["basis"], lang)), Line(say.half(goal["reason"], lang), tone="steady")]
    for plan in targets.plans_of(read, programme, read.as_of.year):
        lines.append(Line(targets.plan_words(read, plan, lang)))
        outlook = attainment.of_plan(read, programme, plan["output"], int(plan["fiscal_year"]))
        if (expected := attainment.line(outlook, lang)) is not None:
            lines.append(expected)
    lines = [line for line in lines if line.text]
    return Cell("", under=tuple(lines)) if lines else Cell(t("programmes.no_target", lang), quiet=True)


def _published(programme: str, facts: dict[str, Any], lang: str) -> Cell:
    """The published figure that says most, with its period, place and source."""
    ids = _ids(programme, facts)
    if not ids:
        return Cell(t("programmes.not_published", lang), quiet=True)
    fact = facts[ids[0]]
    ko = lang == "ko"
    unit, place = (fact["unit_ko"], fact["geography_ko"]) if ko else (fact["unit"], fact["geography"])
    value, unit = published_value(str(fact["value"]), str(unit or ""), lang)
    period = numbers.period(fact["period"], lang) if isinstance(fact["period"], str) else ""
    when = " · ".join(p for p in (period, "" if place in ("서울", "Seoul") else str(place)) if p)
    source = Line(str(fact["source_title"]), href=str(fact["source_url"]))
    figure = f"{fact['name_ko'] if ko else fact['indicator']} {joined(value, unit, lang)}".strip()
    return Cell(figure, under=(*((Line(when),) if when else ()), source))


def _detail(ask: Ask, read: Reader, facts: dict[str, Any]) -> list[Block]:
    """All published figures of one programme, as published, with their sources."""
    names = read.programme_names(ask.lang)
    if not names:
        return []
    ids, programme = _ids(ask["prog"], facts), ask["prog"]
    known = [*noted.staffing(read, programme, ask.lang), *noted.costs(read, programme, ask.lang)]
    if not ids:
        return [Control("prog"), Lead(t("programmes.nothing", ask.lang, name=names[programme])), *known]
    chosen = pd.DataFrame([facts[f] for f in ids])
    return [Control("prog"), published_table(chosen, ask.lang), *known]
