"""Targets from one place, for the table of measures and for the programmes: set ones, yearly plans, yardsticks."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from answers import periods, say
from answers.kept import kept
from answers.reader import Reader
from data import queries
from data.queries import Span
from locales import numbers, t

# Measure -> the programme and output whose yearly plan holds where no target was set for the month.
PLANNED = {"hotline_answered": ("hotline", "consultations"), "mind_store_visits": ("mind_store", "visits")}
# Output -> the fact and column that count it for whatever programme; and those of one programme alone, with their filter.
COUNTED = {
    "visits": ("attendance_monthly", "visits"),
    "participations": ("attendance_monthly", "visits"),
    "services": ("attendance_monthly", "visits"),
    "consultations": ("session_monthly", "attended"),
    "sessions": ("session_monthly", "attended"),
    "cases": ("case_monthly", "started"),
    "referrals": ("referral_monthly", "accepted"),
}
ALONE: dict[tuple[str, str], tuple[str, str, dict[str, Any]]] = {
    ("hotline", "consultations"): ("hotline_monthly", "answered", {}),
    ("crisis_detection", "households"): ("detection_monthly", "confirmed", {"signal": 0}),
}
# Programme -> (measure, group) of the targets set for it.
SET = {
    "hotline": (("hotline_answered", "city"),),
    "mind_store": (("mind_store_visits", "city"), ("mind_store_sites", "city")),
}


def target_of(read: Reader, metric_id: str, month: int, group: str | None = None) -> dict[str, Any] | None:
    """The target in force in a month: the city's own, then the year's plan, then a yardstick from elsewhere.

    Returns: value, group_key (city, plan, reference or the group), basis, author; for a plan also year, delivered.
        None without any.
    """
    found = _set(read, metric_id, month, group or "city")
    if found is None and group is None:
        found = _planned(read, metric_id, month // 100) or _set(read, metric_id, month, "reference")
    return found


def set_for(read: Reader, programme: str) -> list[dict[str, Any]]:
    """Every target ever set for a programme: of its measures, and those whose group it is."""
    found = _by_measure(read)
    own = [key for key in found if key[1] == programme]
    return [row for key in dict.fromkeys((*SET.get(programme, ()), *own)) for row in found.get(key, ())]


def plans_of(read: Reader, programme: str, year: int) -> list[dict[str, Any]]:
    """A year's planned outputs of a programme, with what was delivered of them."""
    rows = read.rows(queries.output_targets)
    return rows[(rows["programme_id"] == programme) & (rows["fiscal_year"] == year)].to_dict("records")


def plan_of(read: Reader, programme: str, output: str, year: int) -> dict[str, Any] | None:
    """A year's plan of one output, as `plans_of` has it; None without any."""
    return next((plan for plan in plans_of(read, programme, year) if plan["output"] == output), None)


def counted(programme: str, output: str) -> tuple[str, str, dict[str, Any]] | None:
    """The fact, the column and the filter by which records count an output of a programme; None where none do."""
    if (programme, output) in ALONE:
        return ALONE[programme, output]
    return (*COUNTED[output], {"programme_id": programme}) if output in COUNTED else None


def delivered(read: Reader, plan: dict[str, Any], *, until: int | None = None) -> float | None:
    """What the records count of a yearly plan so far, under the publishing rule; None where no record can or does.

    Args:
        until: the last month (YYYYMM) that is counted; that of the day where it is not given.
    """
    found = counted(plan["programme_id"], plan["output"])
    if found is None:
        return None
    fact, column, own = found
    year = plan["fiscal_year"] * 100
    where = {**own, "month_key": Span(year + 1, min(year + 12, until or periods.key(read.as_of)))}
    return float(read.total(fact, columns=(column,), where=where)[column]) if read.has(fact, where) else None


def delivered_words(read: Reader, plan: dict[str, Any], lang: str) -> str:
    """What was delivered: counted from records, and what was typed with its difference; marked where only typed; '' for neither."""
    known = delivered(read, plan)
    # Totals to date, taken twice, would tell what came between: they follow the publishing rule like every count.
    typed = None if pd.isna(plan["delivered"]) else read.one(plan["delivered"])
    if known is None:
        return "" if typed is None else t("programmes.typed", lang, done=_done(typed, plan, lang))
    said = t("programmes.counted", lang, done=_done(known, plan, lang))
    if typed is None:
        return said
    if pd.isna(typed) or pd.isna(known):
        return t("programmes.typed_beside", lang, counted=said, typed=say.count_words(typed, lang))
    apart = typed - known
    if abs(apart) <= 2 * read.slack:
        return t("programmes.typed_same", lang, counted=said, typed=numbers.number(typed))
    return t(
        "programmes.typed_differs",
        lang,
        counted=said,
        typed=numbers.number(typed),
        apart=numbers.signed(apart, plus=True),
    )


def _done(count: float, plan: dict[str, Any], lang: str) -> str:
    """A count with its share of what was planned."""
    if pd.isna(count) or not plan["planned"]:
        return say.count_words(count, lang)
    share = numbers.percent(100 * count / plan["planned"], 0)
    return t("programmes.of_planned", lang, done=say.count_words(count, lang), share=share)


def plan_words(read: Reader, plan: dict[str, Any], lang: str) -> str:
    """A yearly plan and what was delivered of it so far."""
    said = t(
        "programmes.planned", lang, year=int(plan["fiscal_year"]), planned=numbers.number(plan["planned"])
    )
    done = delivered_words(read, plan, lang)
    return f"{said}, {done}" if done else said


def _set(read: Reader, metric_id: str, month: int, group: str) -> dict[str, Any] | None:
    day = date(month // 100, month % 100, 1)
    for row in _by_measure(read).get((metric_id, group), ()):
        ends = row["valid_to"]
        if periods.key(row["valid_from"]) <= month and (ends is None or pd.isna(ends) or ends >= day):
            return row
    return None


@kept
def _by_measure(read: Reader) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Targets by measure and group, in the order of their first day."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in read.rows(queries.targets).to_dict("records"):
        found.setdefault((row["metric_id"], row["group_key"]), []).append(row)
    return found


def _planned(read: Reader, metric_id: str, year: int) -> dict[str, Any] | None:
    if metric_id not in PLANNED:
        return None
    plan = plan_of(read, *PLANNED[metric_id], year)
    return plan and {**plan, "metric_id": metric_id, "group_key": "plan", "value": float(plan["planned"])}
