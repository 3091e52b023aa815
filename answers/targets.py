"""Targets from one place, for the table of measures and for the programmes: set ones, yearly plans, yardsticks."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from answers import periods, say
from answers.kept import kept
from answers.reader import Reader
from data import queries
from locales import numbers, t

# Measure -> the programme and output whose yearly plan holds where no target was set for the month.
PLANNED = {"hotline_answered": ("hotline", "consultations"), "mind_store_visits": ("mind_store", "visits")}
# Programme -> (measure, group) of the targets set for it.
SET = {
    "hotline": (("hotline_answered", "city"),),
    "mind_store": (("mind_store_visits", "city"), ("mind_store_sites", "city")),
    "challenge_365": (("programme_visits", "challenge_365"),),
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
    """Every target ever set for a programme."""
    return [row for key in SET.get(programme, ()) for row in _by_measure(read).get(key, ())]


def plans_of(read: Reader, programme: str, year: int) -> list[dict[str, Any]]:
    """A year's planned outputs of a programme, with what was delivered of them."""
    rows = read.rows(queries.output_targets)
    return rows[(rows["programme_id"] == programme) & (rows["fiscal_year"] == year)].to_dict("records")


def plan_words(read: Reader, plan: dict[str, Any], lang: str) -> str:
    """A yearly plan and what was delivered of it so far."""
    year, planned = int(plan["fiscal_year"]), numbers.number(plan["planned"])
    if pd.isna(plan["delivered"]):
        return t("programmes.planned", lang, year=year, planned=planned)
    # Totals to date, taken twice, would tell what came between: they follow the publishing rule like every count.
    done = read.one(plan["delivered"])
    share = t("status.withheld", lang) if pd.isna(done) else numbers.percent(100 * done / plan["planned"], 0)
    return t(
        "programmes.delivered",
        lang,
        year=year,
        planned=planned,
        done=say.count_words(done, lang),
        share=share,
    )


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
    programme, output = PLANNED[metric_id]
    for plan in plans_of(read, programme, year):
        if plan["output"] == output:
            return {**plan, "metric_id": metric_id, "group_key": "plan", "value": float(plan["planned"])}
    return None
