"""Columns that hold words in place of codes: which, and what they may say."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column

from data.imports.lookups import Lookups
from data.imports.reasons import Reason
from data.measures import ALERTS, GROUPS, MEASURES, OUTPUTS

# Columns of words that are no codes of the store but that its pages know.
WORDS = {
    ("target", "metric_id"): Reason.UNKNOWN_MEASURE,
    ("target", "group_key"): Reason.UNKNOWN_GROUP,
    ("alert_rule", "metric_id"): Reason.UNKNOWN_MEASURE,
    ("alert_rule", "place"): Reason.UNKNOWN_PLACE,
    ("output_target", "output"): Reason.UNKNOWN_OUTPUT,
    ("unit_cost", "output"): Reason.UNKNOWN_OUTPUT,
    ("programme_entry", "task_id"): Reason.UNKNOWN_TASK,
    ("programme_entry", "owner_unit"): Reason.UNKNOWN_OWNER,
}


def listed(column: Column[Any], lookups: Lookups) -> dict[str, tuple[Any, ...]]:
    """What a column of words may say: code -> (Korean, English, …, further words); {} for a column of another kind."""
    tasks, owners = (
        {key: (*names, ()) for key, names in known.items()} for known in (lookups.tasks, lookups.owners)
    )
    programmes = {key: (*names, ()) for key, names in lookups.programme_names.items()}
    watched = column.table.name == "alert_rule"
    lists: dict[Reason, dict[str, Any]] = {
        Reason.UNKNOWN_MEASURE: {key: MEASURES[key] for key in (ALERTS if watched else MEASURES)},
        Reason.UNKNOWN_GROUP: {**GROUPS, **programmes},
        Reason.UNKNOWN_PLACE: {"city": GROUPS["city"], **_districts(lookups), **programmes},
        Reason.UNKNOWN_OUTPUT: dict(OUTPUTS),
        Reason.UNKNOWN_TASK: tasks,
        Reason.UNKNOWN_OWNER: owners,
    }
    reason = WORDS.get((column.table.name, column.name))
    return {} if reason is None else lists[reason]


def _districts(lookups: Lookups) -> dict[str, tuple[str, str, list[str]]]:
    """Districts with every spelling that a file may have; the English name is the one that ends so."""
    spelled: dict[str, list[str]] = {code: [] for code in lookups.labels}
    for word, code in (*lookups.district_names.items(), *lookups.mois.items()):
        spelled[code].append(word)
    return {
        code: (
            ko,
            next((word.capitalize() for word in spelled[code] if word.endswith("-gu")), ko),
            spelled[code],
        )
        for code, ko in lookups.labels.items()
    }
