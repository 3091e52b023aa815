"""What has changed since a month: measures and their verdicts, decisions that are new or settled, money, by what is known now.

Then and now are two ends of the same records: both are worked out from what is known today, the earlier one from months up to its own.
So a difference is one of months, never of corrections; what was published on a day is that day's release.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from answers import decisions, periods, say, words
from answers.answer import Answer, Block, Callout, Cell, Column, Go, Heading, Item, Note, Table, Tone
from answers.ask import Ask, Choice, Codes
from answers.budget import source, won
from answers.kept import kept
from answers.kpi import measures, said
from answers.kpi.measures import Kpi
from answers.kpi.table import TONES
from answers.reader import Reader
from answers.registry import question
from answers.verdicts import UNDECIDED
from data.coverage import last_day, with_summaries
from locales import numbers, t
from metrics.intervals import difference
from metrics.watched import WATCHED

BACK = 24  # months that may be chosen
USUAL = 3  # months back where none is chosen
OPEN = {UNDECIDED, "trial", "none"}  # what has no verdict yet has not turned
DOMAINS = ("kpi", "budget")  # whose decisions of an earlier day can be worked out from books and series alone
RECORDS = with_summaries(["ledger_entry", *(w.table for w in WATCHED)])


def _months(read: Reader, codes: Codes) -> list[str]:
    """Months that may be chosen, the latest first."""
    end = periods.closed(read.as_of)
    return [str(periods.shifted(end, -n)) for n in range(1, BACK + 1)]


SINCE = Choice(
    name="since",
    options=_months,
    default=lambda read, codes: str(periods.shifted(periods.closed(read.as_of), -USUAL)),
    label="meeting.since",
    say=lambda code, lang, read: numbers.month(int(code), lang),
)


@dataclass(frozen=True, eq=False)
class Change:
    """One measure then and now.

    Attributes:
        state: new (needs a decision now and did not), settled (the other way round), turned (another verdict), same, or
            none where either has no figure. gap, lower, upper: now - then with 95 % limits, in the measure's unit; NaN where a
            figure has no limits.
    """

    then: Kpi
    now: Kpi
    state: str
    gap: float
    lower: float
    upper: float

    @property
    def sure(self) -> bool:
        """Whether the difference is more than chance would make between two months."""
        return bool(self.lower > 0 or self.upper < 0)


@kept
def changed(read: Reader, month: int) -> tuple[Change, ...]:
    """Every watched measure at the end of a month and now, those whose verdict changed first."""
    then = {k.watched.id: k for k in measures.every(read.on(last_day(month)))}
    found = [_change(then[k.watched.id], k) for k in measures.every(read)]
    order = ("new", "settled", "turned", "same", "none")
    return tuple(sorted(found, key=lambda c: order.index(c.state)))


def _change(then: Kpi, now: Kpi) -> Change:
    gap, lower, upper = _gap(then, now)
    return Change(then, now, _state(then, now), gap, lower, upper)


def _state(then: Kpi, now: Kpi) -> str:
    if then.latest is None or now.latest is None:
        return "none"
    if now.decision and not then.decision and not _open(then):
        return "new"
    if then.decision and not now.decision and not _open(now):
        return "settled"
    pairs = ((then.variation, now.variation), (then.assurance, now.assurance))
    return "turned" if any(a != b and not {a, b} & OPEN for a, b in pairs) else "same"


def _open(kpi: Kpi) -> bool:
    """Whether a verdict is not told, so that nobody can say that it needs no decision."""
    return kpi.unsure or UNDECIDED in (kpi.variation, kpi.assurance)


def _gap(then: Kpi, now: Kpi) -> tuple[float, float, float]:
    """Now - then with limits; nothing of one and the same month."""
    a, b = then.latest, now.latest
    if a is None or b is None or a["month_key"] == b["month_key"]:
        return (float("nan"),) * 3
    gap = float(b["value"] - a["value"])
    three = [(float(r["value"]), float(r["lower"]), float(r["upper"])) for r in (a, b)]
    if not np.isfinite(three).all():
        return gap, float("nan"), float("nan")
    return gap, *difference(*three)


@question("meeting.changes", choices=(SINCE,), needs=RECORDS)
def changes(ask: Ask, read: Reader) -> Answer:
    """What has changed since a month."""
    lang, month = ask.lang, int(ask[SINCE.name])
    found = changed(read, month)
    new, settled = moved(read, month, lang)
    when = numbers.month(month, lang)
    return Answer(
        ask.t("meeting.changes_title"),
        _sentence(found, new, settled, len(_due(read, lang)), when, lang),
        ask.t("meeting.changes_sure"),
        blocks=(
            *_listed(new, "new", lang),
            *_listed(settled, "settled", lang),
            Heading(ask.t("meeting.measures")),
            Note(ask.t("meeting.measures_note")),
            _table(found, lang),
            *_money(read, month, lang),
            say.how_text(ask.t("meeting.how_title"), ask.t("meeting.how", months=BACK)),
        ),
        period=f"{when} – {numbers.month(periods.closed(read.as_of), lang)}",
    )


def moved(read: Reader, month: int, lang: str) -> tuple[list[decisions.Decision], list[decisions.Decision]]:
    """What needs a decision now and did not at the end of a month, and the other way round."""
    before, after = (_due(one, lang) for one in (read.on(last_day(month)), read))
    found = changed(read, month)
    unknown = {("kpi", c.then.watched.id) for c in found if _open(c.then)}
    gone = {("kpi", c.now.watched.id) for c in found if _open(c.now)}
    new = [d for key, d in after.items() if key not in before and key not in unknown]
    settled = [d for key, d in before.items() if key not in after and key not in gone]
    return new, settled


def _due(read: Reader, lang: str) -> dict[tuple[str, str], decisions.Decision]:
    """What needs a decision in the domains that can be worked out for any day, by what it is about."""
    return {(d.domain, d.key): d for name in DOMAINS for d in decisions.of(read, lang, name)}


def _sentence(
    found: Sequence[Change],
    new: Sequence[decisions.Decision],
    settled: Sequence[decisions.Decision],
    due: int,
    when: str,
    lang: str,
) -> str:
    turned = sum(c.state in ("new", "settled", "turned") for c in found)
    names = ", ".join(dict.fromkeys(d.name for d in (*new, *settled)))
    key = "meeting.changes_lead" if new or settled else "meeting.changes_lead_none"
    return t(
        key,
        lang,
        when=when,
        new=len(new),
        settled=len(settled),
        due=due,
        turned=t(f"meeting.turned{'' if turned else '_none'}", lang, n=turned, all=len(found)),
        names=names if len(new) + len(settled) <= 4 else "",
    ).strip()


def _listed(found: Sequence[decisions.Decision], state: str, lang: str) -> list[Block]:
    if not found:
        return []
    items = [item(d, state, lang) for d in found]
    return [
        Callout(
            items,
            title=t(f"meeting.title_{state}", lang),
            plain=True,
            shown=6,
            more=t("decide.more", lang, n=len(items) - 6),
        )
    ]


def item(one: decisions.Decision, state: str, lang: str) -> Item:
    """A decision that is new, or settled."""
    tone: Tone = "worse" if state == "new" else "better"
    meta = f"{t(f'decide.domain_{one.domain}', lang)} · {one.item.meta}".rstrip(" ·")
    return Item(one.item.text, t(f"meeting.state_{state}", lang), tone, meta, one.item.go)


def _table(found: Sequence[Change], lang: str) -> Table:
    heads = [
        Column(t(f"meeting.col_{name}", lang), number=name in ("then", "now", "gap"))
        for name in ("measure", "then", "now", "gap", "verdict")
    ]
    return Table(heads, [_row(c, lang) for c in found], name="changes")


def _row(change: Change, lang: str) -> tuple[str | Cell, ...]:
    metric = change.now.metric
    go = Go("kpi", metric.name(lang), (("kpi", change.now.watched.id),))
    return (
        Cell(metric.name(lang), strong=True, go=go),
        _figure(change.then, lang),
        _figure(change.now, lang),
        _gap_cell(change, lang),
        Cell(
            verdict(change, lang),
            tone=TONES.get(change.now.variation, "steady") if change.state != "same" else "",
            quiet=change.state in ("same", "none"),
        ),
    )


def _figure(kpi: Kpi, lang: str) -> Cell:
    last = kpi.latest
    if last is None:
        return Cell(t("status.withheld" if kpi.withheld else "status.missing", lang), quiet=True)
    beside = words.interval_of(last, kpi.metric, lang)
    return Cell(
        words.value_of(last, kpi.metric, lang),
        float(last["value"]),
        more=" · ".join(x for x in (numbers.month(int(last["month_key"]), lang), beside) if x),
    )


def _gap_cell(change: Change, lang: str) -> Cell:
    if np.isnan(change.gap):
        return Cell(t("meeting.no_new_month", lang) if change.state != "none" else "–", quiet=True)
    unit, digits = change.now.metric.unit, words.digits_of(change.now.latest)
    gap = _signed(change.gap, unit, digits, lang)
    if np.isnan(change.lower):
        return Cell(gap, change.gap, quiet=True)
    low, high = (_signed(v, unit, digits, lang, bare=True) for v in (change.lower, change.upper))
    return Cell(gap, change.gap, more=t("meeting.limits", lang, low=low, high=high), strong=change.sure)


def _signed(value: float, unit: str, digits: int, lang: str, *, bare: bool = False) -> str:
    """A difference with its sign: shares in points of a percent."""
    if unit == "percent":
        text = numbers.signed(value, digits, plus=True)
        return text if bare else t("meeting.points", lang, n=text)
    text = numbers.signed(value, 0 if abs(value) >= 10 or unit == "count" else 1, plus=True)
    return text if bare or unit != "seconds" else t("meeting.seconds", lang, n=text)


def verdict(change: Change, lang: str) -> str:
    if change.state == "none":
        return ""
    then, now = (
        " ".join(x for x in (said.variation(k, lang), said.assurance(k, lang)) if x)
        for k in (change.then, change.now)
    )
    return now if then == now else f"{then} → {now}"


def _money(read: Reader, month: int, lang: str) -> list[Block]:
    """Executed won by year up to the month and up to now."""
    lines = source.lines(read)
    day = read.end("ledger_entry")
    if lines.empty:
        return []
    then, now = (month // 100, month % 100), (day.year, day.month)
    rows: list[tuple[str | Cell, ...]] = []
    total = [0, 0]
    for year in sorted(int(y) for y in lines["fiscal_year"].unique() if then[0] <= y <= now[0]):
        paid = [spent(lines, year, end) for end in (then, now)]
        total = [a + b for a, b in zip(total, paid, strict=True)]
        rows.append((t("meeting.year", lang, year=year), *_won_cells(paid[0], paid[1], lang)))
    if len(rows) > 1:
        rows.append((t("meeting.all_years", lang), *_won_cells(total[0], total[1], lang)))
    heads = [
        Column(t("meeting.col_year", lang)),
        *(
            Column(t(f"meeting.col_{name}", lang), number=True)
            for name in ("spent_then", "spent_now", "spent_gap")
        ),
    ]
    text = t(
        "meeting.money",
        lang,
        won=won.whole(total[1] - total[0], won.unit_of("eok", lang), lang),
        day=numbers.day(day, lang),
    )
    return [
        Heading(t("meeting.money_title", lang)),
        Note(text),
        Note(won.caption(won.unit_of("eok", lang), lang)),
        Table(heads, rows, name="changes_money"),
    ]


def spent(lines: pd.DataFrame, year: int, end: tuple[int, int]) -> int:
    """Won executed of a year's budget by the end of a month; all of it once the year is over."""
    if year > end[0]:
        return 0
    at = end[1] if year == end[0] else 12
    return int(lines.loc[(lines["fiscal_year"] == year) & (lines["month"] == at), "spent"].sum())


def _won_cells(then: int, now: int, lang: str) -> tuple[Cell, ...]:
    return tuple(Cell(won.say(v, won.unit_of("eok", lang)), v) for v in (then, now, now - then))
