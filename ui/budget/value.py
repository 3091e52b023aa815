"""What the money bought: earned value from verified outputs, cost per outcome, and what a subsidy cut would reach."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from data import ledger
from data.queries import Span
from locales import numbers, t
from metrics import budget
from metrics.unit_cost import UnitCost, cost_per_outcome
from ui import access, blocks, store, view
from ui.budget import source, subsidy, won
from ui.budget.source import Scope

# outcome -> programmes that pay for it, metric whose numerator or denominator counts it
OUTCOMES: dict[str, tuple[tuple[str, ...], str, str]] = {
    "answered": (("hotline",), "hotline_answered", "numerator"),
    "completed": (
        ("mind_counselling", "counselling_voucher", "peer_counselling"),
        "paired_completeness",
        "denominator",
    ),
    "recovered": (
        ("mind_counselling", "counselling_voucher", "peer_counselling"),
        "reliable_recovery",
        "numerator",
    ),
}


EAC = ("eac1", "eac2", "eac3")


@dataclass(frozen=True)
class Earned:
    """A programme's earned value, or why it is withheld."""

    programme: str
    share: float
    pv: float
    ev: float
    ac: int
    bac: int
    ceiling: int
    found: budget.EarnedValue | None


def show(scope: Scope, lang: str) -> None:
    """Earned value, cost per outcome, funding and its exposure."""
    _earned(scope, lang)
    _costs(lang)
    subsidy.show(scope, lang)


def earned(scope: Scope) -> list[Earned]:
    """Programmes with verified outputs first; the others withheld, since their progress would be their spending."""
    return _earned_rows(scope.code, store.version(), store.url())


@st.cache_resource(max_entries=16, show_spinner=False)
def _earned_rows(code: str, version: int, address: str) -> list[Earned]:
    scope = source.scope(code)
    outputs = source.read(ledger.outputs)
    rows = scope.nodes[scope.nodes["level"] == "programme"].set_index("key")
    # Original budget at completion: the plan's; where a year has none, what was appropriated.
    bac = rows["plan_current"].where(rows["plan_current"] > 0, rows["appropriated"])
    ev = budget.earned(outputs[outputs["fiscal_year"] == scope.year], bac[bac > 0]).set_index("programme_id")
    found = []
    for key, row in rows.iterrows():
        total, spent = int(bac[key]), int(row["expenditure"])
        if not total and not spent:
            continue
        if key not in ev.index:
            found.append(
                Earned(str(key), math.nan, math.nan, math.nan, spent, total, int(row["current"]), None)
            )
            continue
        # No plan of outputs by month is recorded: they are planned evenly, so that a full year plans all of them. The
        # past's spending would be no plan of outputs, and never reaches the whole budget.
        pv = total * scope.month / 12
        done = float(ev.at[key, "ev"])
        found.append(Earned(str(key), float(ev.at[key, "share"]), pv, done, spent, total, int(row["current"]),
                            budget.earned_value(total, pv, done, spent)))  # fmt: skip
    return sorted(found, key=lambda item: (item.found is None, -item.bac))


def _earned(scope: Scope, lang: str) -> None:
    blocks.heading(t("budget.ev_title", lang))
    if scope.code == source.WHOLE:
        blocks.note(t("budget.ev_year", lang))
        return
    found = earned(scope)
    good = [item for item in found if item.found is not None]
    if not good:
        blocks.note(t("budget.ev_none", lang))
        return
    names = source.names(lang)
    unit = won.unit()
    bac, ac = sum(i.bac for i in good), sum(i.ac for i in good)
    city = budget.earned_value(bac, sum(i.pv for i in good), sum(i.ev for i in good), ac)
    blocks.lead(
        t("budget.ev_lead", lang, n=len(good), of=len(found), cpi=_index(city.cpi), spi=_index(city.spi))
    )
    blocks.note(f"{won.caption(unit, lang)} · {t('budget.ev_hint', lang)}")
    blocks.table(*_indices(good, names, unit, lang), stacked=True)
    blocks.heading(t("budget.eac_title", lang), level=3)
    st.html('<ul class="ieum-checks">' + "".join(
        f"<li><strong>{blocks.esc(t(f'budget.ev_{name}', lang))}</strong> {blocks.esc(t(f'budget.{name}_when', lang))}</li>"
        for name in EAC) + "</ul>")  # fmt: skip
    blocks.table(*_completions(good, names, unit, lang), stacked=True)
    withheld = ", ".join(names[f"programme:{item.programme}"] for item in found if item.found is None)
    blocks.note(t("budget.ev_withheld", lang, n=len(found) - len(good), names=withheld))


Table = tuple[list[tuple[str, bool]], list[tuple[object, ...]]]


def _indices(good: list[Earned], names: dict[str, str], unit: str, lang: str) -> Table:
    """What is earned against what is planned and paid."""
    heads = [(t(f"budget.ev_{name}", lang), name != "name")
             for name in ("name", "share", "cpi", "spi", "tcpi", "bac", "pv", "ev", "ac")]  # fmt: skip
    rows: list[tuple[object, ...]] = [
        (names[f"programme:{item.programme}"], numbers.percent(100 * item.share), _index(e.cpi), _index(e.spi), _index(e.tcpi),
         *(won.say(v, unit) for v in (item.bac, item.pv, item.ev, item.ac)))
        for item in good if (e := item.found) is not None
    ]  # fmt: skip
    return heads, rows


def _completions(good: list[Earned], names: dict[str, str], unit: str, lang: str) -> Table:
    """The three forecasts of the whole cost beside what may be spent."""
    heads = [(t(f"budget.ev_{name}", lang), name not in ("name", "ceiling"))
             for name in ("name", "bac", "limit", *EAC, "ceiling")]  # fmt: skip
    rows: list[tuple[object, ...]] = [
        (names[f"programme:{item.programme}"], *(won.say(v, unit) for v in (item.bac, item.ceiling, e.eac1, e.eac2, e.eac3)),
         _ceiling(item, e, lang))
        for item in good if (e := item.found) is not None
    ]  # fmt: skip
    return heads, rows


def _index(value: float) -> str:
    return won.NO_FIGURE if math.isnan(value) else numbers.number(value, 2).replace("-", "−")


def _ceiling(item: Earned, found: budget.EarnedValue, lang: str) -> str:
    """Where the forecast at the cost so far passes 예산현액: the part of the outputs that the ceiling leaves undelivered."""
    if math.isnan(found.eac2) or found.eac2 <= item.ceiling:
        return t("budget.ev_within", lang)
    return t("budget.ev_undelivered", lang, share=numbers.percent(100 * (1 - item.ceiling / found.eac2), 0))


def costs() -> dict[str, UnitCost]:
    """Cost per outcome over the last twelve months, counts under the publishing rule."""
    return _costs_of(view.analyst(), store.version(), store.url())


@st.cache_resource(max_entries=8, show_spinner=False)
def _costs_of(analyst: bool, version: int, address: str) -> dict[str, UnitCost]:
    day = store.as_of()
    months = [y * 100 + m for y in (day.year - 1, day.year) for m in range(1, 13)]
    months = [key for key in months if key <= day.year * 100 + day.month][-12:]
    cells = budget.staged(source.read(ledger.cells), closed_before=day.year)
    found = {}
    for name, (programmes, metric_id, column) in OUTCOMES.items():
        paid = cells[cells["programme_id"].isin(programmes)].groupby("month_key")["expenditure"].sum()
        where: dict[str, Any] = {"month_key": Span(months[0], months[-1])}
        if len(programmes) > 1:
            where["programme_id"] = programmes
        frame = access.frame(metric_id, keys=("month_key",), level="city", where=where)
        counted = pd.to_numeric(frame.set_index("month_key")[column])
        found[name] = cost_per_outcome(
            paid.reindex(months, fill_value=0), counted.reindex(months, fill_value=0), seed=source.SEED
        )
    return found


def _costs(lang: str) -> None:
    blocks.heading(t("budget.cost_title", lang))
    heads = [
        (t(f"budget.cost_{name}", lang), name not in ("outcome",))
        for name in ("outcome", "value", "interval", "won", "n")
    ]
    rows = []
    unit = won.unit()
    for name, cost in costs().items():
        interval = (
            won.NO_FIGURE
            if math.isnan(cost.lower)
            else f"{numbers.number(cost.lower)}–{numbers.number(cost.upper)}"
        )
        value = won.NO_FIGURE if math.isnan(cost.value) else numbers.number(cost.value)
        rows.append(
            (
                t(f"budget.outcome_{name}", lang),
                value,
                interval,
                won.say(cost.won, unit),
                numbers.number(cost.outcomes),
            )
        )
    blocks.note(t("budget.cost_hint", lang, unit=t(f"budget.unit_{unit}", lang)))
    blocks.table(heads, rows, stacked=True)
    blocks.note(t("budget.cost_note", lang))
