"""Scenarios kept and withdrawn, assumptions edited, and the forecast of the day kept as it was shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from actions.changing import changing
from answers.reader import Reader
from answers.reisolation import levers, listed, past, source
from answers.reisolation.source import Register
from data import scenarios
from data.engine import StoreProblem
from forecast.reisolation import scenario as scenes
from forecast.reisolation.parameters import ASSUMED, Lever
from forecast.reisolation.project import Scenario
from forecast.reisolation.scenario import Saved

NAME_LENGTH, REASON_LENGTH = scenarios.NAME_LENGTH, scenarios.REASON_LENGTH
_TODAY: set[tuple[str, str, str, str]] = set()  # forecasts that this process has tried to keep


class Refused(Exception):
    """A wish that cannot stand; `key` says in the locales why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def keep(
    read: Reader,
    found: Register,
    scenario: Scenario,
    *,
    title: str,
    author: str,
    at: datetime,
    link: str = "",
) -> Saved:
    """Put a scenario on the list, with its full run.

    Args:
        link: the scenario that came with the reader's link; its name is taken too.

    Raises:
        Refused: no name, or one that is taken. StoreProblem: the store cannot be written.
    """
    name = title.strip()
    if not name or not author.strip():
        raise Refused("reisolation.keep_blank")
    if name in {k.name for k in listed.listing(read, link)[0]}:
        raise Refused("reisolation.keep_taken")
    mine = source.run(read, found, scenario, draws=source.FULL[source.acting(scenario)])
    wanted = listed.saved(found, scenario, name, mine)
    _write(
        read,
        scenarios.save,
        scenario_id=listed.identity(wanted),
        name=title,
        author=author,
        definition=scenes.to_link(wanted),
        model_version=found.model_version,
        data_version=found.data_version,
        as_of=found.as_of,
        recorded_at=at,
    )
    return wanted


def withdraw(read: Reader, scenario_id: str, *, at: datetime) -> None:
    """Take a scenario off the list.

    Raises:
        StoreProblem: the store cannot be written.
    """
    _write(read, scenarios.withdraw, scenario_id, at=at)


def edit(
    read: Reader, lever: Lever, values: Mapping[str, Any], *, reason: str, author: str, at: datetime
) -> int:
    """Write down what is new of a lever's assumptions; how many items changed.

    Raises:
        Refused: no reason or name, a grade without its source, limits that do not hold, or nothing new.
        StoreProblem: the store cannot be written.
    """
    if not reason.strip() or not author.strip():
        raise Refused("reisolation.edit_blank")
    if values["evidence"] != "A" and values["source"] == ASSUMED:
        raise Refused("reisolation.edit_source")
    try:
        after = levers.changed(lever, values)
    except ValueError as error:
        raise Refused("reisolation.edit_ratio") from error
    changes = levers.differences(lever, after)
    if not changes:
        raise Refused("reisolation.edit_same")
    _write(
        read,
        scenarios.edit,
        lever_id=lever.lever_id,
        changes=changes,
        reason=reason,
        author=author,
        recorded_at=at,
    )
    return len(changes)


def keep_today(read: Reader, found: Register, *, at: datetime) -> bool:
    """Keep what is forecast today, once for each state of data and model; False where nothing was written.

    A store that cannot be written keeps nothing and says nothing.
    """
    state = (read.store.url, found.as_of.isoformat(), found.model_version, found.data_version)
    if state in _TODAY:
        return False
    _TODAY.add(state)
    rows = past.kept_rows(read)
    same = rows["model_version"].eq(found.model_version) & rows["data_version"].eq(found.data_version)
    if (same & rows["as_of"].astype(str).str.startswith(state[1])).any():
        return False
    try:
        return bool(
            _write(
                read,
                scenarios.keep_forecast,
                past.by_month(source.recorded(found), found),
                as_of=found.as_of,
                model_version=found.model_version,
                data_version=found.data_version,
                made_at=at,
            )
        )
    except StoreProblem:
        return False


def _write(read: Reader, change: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """Change the store, and let every answer of this process see it.

    Raises:
        StoreProblem: the store cannot be written.
    """
    with changing(read.store) as engine:
        return change(engine, *args, **named)
