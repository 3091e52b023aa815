"""The lake: tables too large for the record, Parquet by month; only what is counted of them enters the record.

`statements` says once what is counted, `engines` has DuckDB or Spark do it, `files` knows where a lake lies and writes its months.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, delete, select

from data import audit
from data import tables as t
from data.batches import append_frame, close_batch, open_batch
from data.lake.engines import rolled
from data.lake.files import Place, states
from data.lake.statements import DETECTION, OF_DETECTION

FACT = "detection_monthly"  # stands for all three in the log of batches


def detection_monthly(where: str | Path) -> pd.DataFrame:
    """The columns of the `detection_monthly` fact, rolled up from all months of the lake."""
    place = Place.at(where)
    chosen = {FACT: OF_DETECTION[FACT]}
    return rolled(place, chosen, list(states(place, DETECTION)), DETECTION)[FACT]


@dataclass(frozen=True)
class Counted:
    """Months of a lake, counted and not yet written: how the files of each stood, and the rows of the three facts."""

    states: Mapping[int, str]
    facts: Mapping[str, pd.DataFrame]


def count(connection: Connection, where: str | Path) -> Counted:
    """Count the months of a lake that have come or changed since they were last rolled up; nothing is written.

    Args:
        where: a folder or an address of object storage, with `crisis_signal` and `detection_action` in folders `month=YYYYMM`.

    Raises:
        FileNotFoundError: either table has no month.
        SummaryStands: a monthly summary of detection stands in one of the months.
        EngineProblem: what IEUM_LAKE names cannot count.
    """
    place = Place.at(where)
    found = states(
        place, DETECTION
    )  # before anything is read: what changes meanwhile is rolled up the next time
    known = _known(connection)
    new = {month: state for month, state in found.items() if known.get(month) != state}
    _must_be_untold(connection, list(new))
    return Counted(new, rolled(place, OF_DETECTION, list(new), DETECTION) if new else {})


def take(
    connection: Connection, counted: Counted, *, recorded_at: datetime, who: str = audit.LOCAL
) -> list[int]:
    """Write what was counted, in the caller's transaction, in place of what the facts held for those months; returns the months.

    A month is a batch, which keeps how its files stood; months that the lake does not hold stay.

    Args:
        recorded_at: naive UTC. who: for the audit trail.

    Raises:
        SummaryStands: as `count`. Then nothing has changed.
    """
    _must_be_untold(connection, list(counted.states))
    _write(connection, counted)
    for month, state in counted.states.items():
        rows = sum(int((frame["month_key"] == month).sum()) for frame in counted.facts.values())
        batch_id = open_batch(
            connection,
            kind="import",
            table_name=FACT,
            source_name=_source(month),
            content_sha256=state,
            recorded_at=recorded_at,
        )
        close_batch(connection, batch_id, accepted=rows, refused=0)
        about = {"batch": batch_id, "table": FACT, "added": rows, "sha256": state}
        audit.written(connection, "import", who, at=recorded_at, **about)
    return list(counted.states)


def refresh(
    connection: Connection, where: str | Path, *, recorded_at: datetime, who: str = audit.LOCAL
) -> list[int]:
    """`count` and `take` in one transaction; returns the months rolled up."""
    return take(connection, count(connection, where), recorded_at=recorded_at, who=who)


def _must_be_untold(connection: Connection, months: list[int]) -> None:
    c = t.detection_summary.c
    told = select(c.month_key).where(c.superseded_by.is_(None), c.month_key.in_(months)).distinct()
    if clash := sorted(connection.execute(told).scalars()):
        raise SummaryStands(clash)


class SummaryStands(ValueError):
    """Months of a lake of which a summary tells already: the two are never added. `months` are their keys."""

    def __init__(self, months: list[int]) -> None:
        super().__init__(", ".join(map(str, months)))
        self.months = months


def fill(connection: Connection, where: str | Path) -> None:
    """The three facts of all months of a lake, without a batch: for a city that is made."""
    place = Place.at(where)
    found = states(place, DETECTION)
    _write(connection, Counted(found, rolled(place, OF_DETECTION, list(found), DETECTION)))


def _write(connection: Connection, counted: Counted) -> None:
    for name, frame in counted.facts.items():
        fact = t.FACTS[name]
        whole = [fact.c.counted == "lake"] if "counted" in fact.c else []
        connection.execute(delete(fact).where(fact.c.month_key.in_(list(counted.states)), *whole))
        append_frame(connection, fact, frame)


def _source(month: int) -> str:
    return f"month={month}"


def _known(connection: Connection) -> dict[int, str]:
    """Month -> how its files stood when it was last rolled up."""
    b = t.batch.c
    chosen = select(b.source_name, b.content_sha256).where(b.table_name == FACT).order_by(b.batch_id)
    noted = {str(name): str(state) for name, state in connection.execute(chosen)}
    start = _source(0)[:-1]
    return {int(name.removeprefix(start)): state for name, state in noted.items() if name.startswith(start)}
