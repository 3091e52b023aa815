"""What the money bought: earned value from verified outputs, cost per outcome, and what a subsidy cut would reach."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from answers import terms
from answers.answer import Block, Check, Checks, Heading, Lead, Note, Table
from answers.budget import source, subsidy, won
from answers.budget.seen import Seen
from answers.kept import kept
from answers.reader import Reader
from data import ledger
from data.queries import Span
from locales import numbers
from metrics import budget
from metrics.unit_cost import UnitCost, cost_per_outcome

# outcome -> programmes that pay for it, metric whose numerator or denominator counts it
_THERAPY = ("mind_counselling", "counselling_voucher", "peer_counselling")
OUTCOMES: dict[str, tuple[tuple[str, ...], str, str]] = {
    "answered": (("hotline",), "hotline_answered", "numerator"),
    "completed": (_THERAPY, "paired_completeness", "denominator"),
    "recovered": (_THERAPY, "reliable_recovery", "numerator"),
}
MONEY = ("bac", "pv", "ev", "ac")
EAC = ("eac1", "eac2", "eac3")


def blocks(seen: Seen, cut: int) -> list[Block]:
    """Earned value, cost per outcome, funding and its exposure."""
    return [*_earned(seen), *_costs(seen), *subsidy.blocks(seen, cut)]


@kept
def earned(read: Reader, code: str) -> list[budget.Earned]:
    """`metrics.budget.earned_by_programme` of a scope's year."""
    scope, outputs = source.scope(read, code), read.rows(ledger.outputs)
    return budget.earned_by_programme(
        scope.nodes, outputs[outputs["fiscal_year"] == scope.year], month=scope.month
    )


def _earned(seen: Seen) -> list[Block]:
    heading = Heading(seen.t("ev_title"))
    if seen.scope.whole:
        return [heading, Note(seen.t("ev_year"))]
    found = earned(seen.read, seen.scope.code)
    good = [item for item in found if item.found is not None]
    if not good:
        return [heading, Note(seen.t("ev_none"))]
    city = budget.earned_together(good)
    withheld = ", ".join(seen.names[f"programme:{item.programme}"] for item in found if item.found is None)
    return [
        heading,
        Lead(seen.t("ev_lead", n=len(good), of=len(found), cpi=_index(city.cpi), spi=_index(city.spi))),
        Note(f"{seen.caption} · {seen.t('ev_hint')}"),
        _indices(good, city, len(found), seen),
        terms.card(seen.lang, "cpi", "spi", "tcpi", "eac"),
        Heading(seen.t("eac_title"), 3),
        Checks([Check(seen.t(f"{name}_when"), seen.t(f"ev_{name}")) for name in EAC]),
        _completions(good, seen),
        Note(seen.t("ev_withheld", n=len(found) - len(good), names=withheld)),
    ]


def _indices(good: list[budget.Earned], city: budget.EarnedValue, of: int, seen: Seen) -> Table:
    """What is earned against what is planned and paid: all together, then one by one."""
    whole = (
        seen.t("ev_together", n=len(good), of=of),
        "",
        _index(city.cpi),
        _index(city.spi),
        _index(city.tcpi),
        *(seen.say(sum(getattr(item, name) for item in good)) for name in ("bac", "pv", "ev", "ac")),
    )
    rows = [
        (
            seen.names[f"programme:{item.programme}"],
            numbers.percent(100 * item.share),
            _index(e.cpi),
            _index(e.spi),
            _index(e.tcpi),
            *(seen.say(v) for v in (item.bac, item.pv, item.ev, item.ac)),
        )
        for item in good
        if (e := item.found) is not None
    ]
    heads = seen.heads("ev_", ("name", "share", "cpi", "spi", "tcpi", *MONEY), money=MONEY)
    return Table(heads, [whole, *rows], ["total", *[""] * len(rows)])


def _completions(good: list[budget.Earned], seen: Seen) -> Table:
    """The three forecasts of the whole cost beside what may be spent."""
    rows = [
        (
            seen.names[f"programme:{item.programme}"],
            *(seen.say(v) for v in (item.bac, item.ceiling, e.eac1, e.eac2, e.eac3)),
            _ceiling(item, e, seen),
        )
        for item in good
        if (e := item.found) is not None
    ]
    names = ("name", "bac", "limit", *EAC, "ceiling")
    return Table(seen.heads("ev_", names, words=("name", "ceiling"), money=None), rows)


def _index(value: float) -> str:
    return won.NO_FIGURE if math.isnan(value) else numbers.number(value, 2).replace("-", "−")


def _ceiling(item: budget.Earned, found: budget.EarnedValue, seen: Seen) -> str:
    """Where the forecast at the cost so far passes 예산현액: the part of the outputs that the ceiling leaves undelivered."""
    if math.isnan(found.eac2) or found.eac2 <= item.ceiling:
        return seen.t("ev_within")
    return seen.t("ev_undelivered", share=numbers.percent(100 * (1 - item.ceiling / found.eac2), 0))


@kept
def costs(read: Reader) -> dict[str, UnitCost]:
    """Cost per outcome over the last twelve months, counts under the publishing rule."""
    day = read.end("ledger_entry")
    months = [y * 100 + m for y in (day.year - 1, day.year) for m in range(1, 13)]
    months = [key for key in months if key <= day.year * 100 + day.month][-12:]
    cells = budget.staged(read.rows(ledger.cells), closed_before=day.year)
    found = {}
    for name, (programmes, metric_id, column) in OUTCOMES.items():
        paid = cells[cells["programme_id"].isin(programmes)].groupby("month_key")["expenditure"].sum()
        where: dict[str, Any] = {"month_key": Span(months[0], months[-1])}
        if len(programmes) > 1:
            where["programme_id"] = programmes
        frame = read.frame(metric_id, keys=("month_key",), level="city", where=where)
        counted = pd.to_numeric(frame.set_index("month_key")[column])
        found[name] = cost_per_outcome(
            paid.reindex(months, fill_value=0), counted.reindex(months, fill_value=0)
        )
    return found


def _costs(seen: Seen) -> list[Block]:
    rows = []
    for name, cost in costs(seen.read).items():
        span = (
            won.NO_FIGURE
            if math.isnan(cost.lower)
            else f"{numbers.number(cost.lower)}–{numbers.number(cost.upper)}"
        )
        value = won.NO_FIGURE if math.isnan(cost.value) else numbers.number(cost.value)
        rows.append(
            (seen.t(f"outcome_{name}"), value, span, seen.say(cost.won), numbers.number(cost.outcomes))
        )
    names = ("outcome", "value", "interval", "won", "n")
    return [
        Heading(seen.t("cost_title")),
        Note(seen.t("cost_hint", unit=seen.unit_name)),
        Table(seen.heads("cost_", names, words=("outcome",), money=("won",)), rows),
        Note(seen.t("cost_note")),
    ]
