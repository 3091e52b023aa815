"""What alerts found: written when one begins to hold and again when it no longer does. Nothing is overwritten but an empty end."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

import pandas as pd
from sqlalchemy import Connection, Engine, insert, select, update

from data import tables as t
from data.batches import read_frame
from data.engine import writing

Key = tuple[str, str, str, float | None]  # measure, place, kind, threshold
RULE = t.alert_rule.c


@dataclass(frozen=True)
class Found:
    """That a rule holds: which one, and the published figure of a month (YYYYMM) or year with its limits, None where it has none."""

    metric_id: str
    place: str
    kind: str
    threshold: float | None
    period: int
    value: float
    lower: float | None
    upper: float | None

    @property
    def key(self) -> Key:
        """The rule that it is of."""
        return self.metric_id, self.place, self.kind, self.threshold


def rules(connection: Connection) -> pd.DataFrame:
    """Current rules in the order of their measure and place, with when each was set (`recorded_at`)."""
    chosen = select(t.alert_rule, t.batch.c.recorded_at).join_from(
        t.alert_rule, t.batch, t.batch.c.batch_id == RULE.batch_id
    )
    return read_frame(
        connection,
        chosen.where(RULE.superseded_by.is_(None)).order_by(RULE.metric_id, RULE.place, RULE.kind),
    )


def listing(connection: Connection) -> pd.DataFrame:
    """Everything that alerts found, the newest first; ended_batch and ended_at are empty while it holds."""
    return read_frame(connection, select(t.alert).order_by(t.alert.c.alert_id.desc()))


def record(
    engine: Engine,
    found: Sequence[Found],
    *,
    undecided: Collection[Key] = (),
    batch: int,
    as_of: date,
    at: datetime,
) -> tuple[int, int]:
    """Note what holds now, in one transaction: what is new begins, what holds no longer ends. Said twice, it changes nothing.

    Args:
        undecided: rules whose figure cannot be seen at present: what they found neither begins nor ends. batch: the state of the
            data, the newest batch's number. at: naive UTC.

    Returns: how many began and how many ended.

    Raises:
        StoreProblem: the store cannot be written.
    """
    with engine.connect() as connection:
        if not any(_due(connection, found, undecided)):
            return 0, 0
    with writing(engine) as connection:  # seen again where nobody else can write
        begun, over = _due(connection, found, undecided)
        for one in begun:
            row = {**asdict(one), "batch_id": batch, "as_of": as_of, "fired_at": at}
            connection.execute(insert(t.alert).values(row))
        if over:
            connection.execute(
                update(t.alert).where(t.alert.c.alert_id.in_(over)).values(ended_batch=batch, ended_at=at)
            )
    return len(begun), len(over)


def _due(
    connection: Connection, found: Sequence[Found], undecided: Collection[Key]
) -> tuple[list[Found], list[int]]:
    """What has to begin, and the numbers of what has to end."""
    c = t.alert.c
    rows = connection.execute(
        select(c.alert_id, c.metric_id, c.place, c.kind, c.threshold).where(c.ended_at.is_(None))
    )
    held: dict[Key, int] = {(m, place, kind, threshold): n for n, m, place, kind, threshold in rows}
    now = {one.key: one for one in found}
    begun = [one for key, one in now.items() if key not in held]
    return begun, [n for key, n in held.items() if key not in now and key not in undecided]
