"""Columns that hold words in place of codes: which, and what they may say."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column

from data.imports.lookups import Lookups
from data.imports.reasons import Reason
from data.measures import GROUPS, MEASURES, OUTPUTS

# Columns of words that are no codes of the store but that its pages know.
WORDS = {
    ("target", "metric_id"): Reason.UNKNOWN_MEASURE,
    ("target", "group_key"): Reason.UNKNOWN_GROUP,
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
    lists: dict[Reason, dict[str, Any]] = {
        Reason.UNKNOWN_MEASURE: dict(MEASURES),
        Reason.UNKNOWN_GROUP: {**GROUPS, **programmes},
        Reason.UNKNOWN_OUTPUT: dict(OUTPUTS),
        Reason.UNKNOWN_TASK: tasks,
        Reason.UNKNOWN_OWNER: owners,
    }
    reason = WORDS.get((column.table.name, column.name))
    return {} if reason is None else lists[reason]
