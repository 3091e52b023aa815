"""What analysts keep: saved scenarios, edits of assumptions, and the forecasts that were shown.

Nothing here is ever overwritten: a scenario is withdrawn, an assumption edited again, a forecast kept once.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, insert, select, update

from data import audit
from data import tables as t
from data.batches import read_frame
from data.engine import writing
from data.imports.problems import typed

NAME_LENGTH, REASON_LENGTH = 60, 400


def save(
    engine: Engine,
    *,
    scenario_id: str,
    name: str,
    author: str,
    definition: str,
    model_version: str,
    data_version: str,
    as_of: date,
    recorded_at: datetime,
    who: str = audit.LOCAL,
) -> bool:
    """Keep a scenario; False where the very same one is kept already.

    Raises:
        ValueError: no name or no author.
        StoreProblem: the store cannot be written.
    """
    named, by = _line(name, NAME_LENGTH), _line(author, NAME_LENGTH)
    with writing(engine) as connection:
        c = t.scenario.c
        told = {"scenario": scenario_id, "change": "kept", "author": by}
        audit.written(connection, "assumption", who, at=recorded_at, **told)
        if connection.execute(select(c.scenario_id).where(c.scenario_id == scenario_id)).first():
            connection.execute(
                update(t.scenario).where(c.scenario_id == scenario_id).values(withdrawn_at=None)
            )
            return False
        connection.execute(
            insert(t.scenario).values(
                scenario_id=scenario_id,
                name=named,
                author=by,
                definition=definition,
                model_version=model_version,
                data_version=data_version,
                as_of=as_of,
                recorded_at=recorded_at,
            )
        )
    return True


def withdraw(engine: Engine, scenario_id: str, *, at: datetime, who: str = audit.LOCAL) -> None:
    """Take a scenario off the list; its row and its link stay."""
    with writing(engine) as connection:
        audit.written(connection, "assumption", who, at=at, scenario=scenario_id, change="withdrawn")
        connection.execute(
            update(t.scenario).where(t.scenario.c.scenario_id == scenario_id).values(withdrawn_at=at)
        )


def listing(connection: Connection) -> pd.DataFrame:
    """Scenarios that were not withdrawn, newest first."""
    c = t.scenario.c
    current = select(t.scenario).where(c.withdrawn_at.is_(None))
    return read_frame(connection, current.order_by(c.recorded_at.desc(), c.scenario_id))


def edit(
    engine: Engine,
    *,
    lever_id: str,
    changes: dict[str, tuple[Any, Any]],
    reason: str,
    author: str,
    recorded_at: datetime,
    who: str = audit.LOCAL,
) -> None:
    """Write down changed items of one assumption.

    Args:
        changes: item -> (old, new), JSON values; those that are equal are left out.

    Raises:
        ValueError: no reason, no author, or nothing changed.
    """
    why, by = _line(reason, REASON_LENGTH), _line(author, NAME_LENGTH)
    rows = [
        {
            "lever_id": lever_id,
            "field": field,
            "old_value": json.dumps(old),
            "new_value": json.dumps(new),
            "reason": why,
            "author": by,
            "recorded_at": recorded_at,
        }
        for field, (old, new) in changes.items()
        if old != new
    ]
    if not rows:
        raise ValueError("nothing was changed")
    with writing(engine) as connection:
        connection.execute(insert(t.assumption_edit), rows)
        fields = [row["field"] for row in rows]
        audit.written(connection, "assumption", who, at=recorded_at, lever=lever_id, fields=fields, author=by)


def edits(connection: Connection) -> pd.DataFrame:
    """Every edit in the order it was made; `old_value` and `new_value` as JSON text."""
    return read_frame(connection, select(t.assumption_edit).order_by(t.assumption_edit.c.edit_id))


def keep_forecast(
    engine: Engine,
    rows: pd.DataFrame,
    *,
    as_of: date,
    model_version: str,
    data_version: str,
    made_at: datetime,
) -> bool:
    """Keep a forecast by month; False where this one is kept already.

    Args:
        rows: month_key, expected, lower50, upper50, … upper95.
    """
    c = t.kept_forecast.c
    same = (c.as_of == as_of, c.model_version == model_version, c.data_version == data_version)
    with writing(engine) as connection:
        if connection.execute(select(c.month_key).where(*same).limit(1)).first():
            return False
        fixed = {
            "as_of": as_of,
            "model_version": model_version,
            "data_version": data_version,
            "made_at": made_at,
        }
        connection.execute(insert(t.kept_forecast), [{**row, **fixed} for row in rows.to_dict("records")])
    return True


def kept(connection: Connection) -> pd.DataFrame:
    """Kept forecasts, the oldest first."""
    c = t.kept_forecast.c
    return read_frame(connection, select(t.kept_forecast).order_by(c.as_of, c.made_at, c.month_key))


def _line(text: str, longest: int) -> str:
    """What was typed, on one line."""
    return typed(" ".join(text.split()), longest)
