"""Recorded rows take the place of made ones, cell by cell: what a batch retires of the demonstration city."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import Connection, Table, func, select, tuple_, update

from data.dialect import month_of
from data.tables import batch, counselling_case

MOST_PARAMETERS = 15_000  # of a statement; SQLite allows 32,766
MONTH = "month"  # the month of the table's own date
# The cell that a recorded row speaks for. Where it holds one, the synthetic rows of that cell go.
DEFAULT_CELL = ("district_code", MONTH)
CELLS: dict[str, tuple[str, ...]] = {
    "attendance": ("programme_id", "district_code", MONTH),
    "ledger_entry": ("programme_id", "district_code", MONTH),
    "support_period": ("programme_id", MONTH),
    "agent_interval": (MONTH,),
    "survey_response": ("district_code", "year"),
    # A recorded version speaks for itself, not for the versions before and after it.
    "baseline": ("programme_id", "fiscal_year", "version"),
    "output_target": ("programme_id", "fiscal_year"),
    "target": ("metric_id", "group_key"),
    "event": ("event_id",),
    "signal_name": ("signal",),
    "scale_reliability": ("instrument", "method"),
}
# Without a district of their own, these take their case's.
THROUGH_CASE = frozenset(("counselling_session", "outcome_measure"))


def retire_synthetic(connection: Connection, table: Table, frame: pd.DataFrame, *, batch_id: int) -> int:
    """Supersede the current synthetic rows in every cell that the batch has a row in; returns how many.

    Args:
        frame: the batch's rows, which name its cells faster than the database finds them again.
    """
    made = select(batch.c.batch_id).where(batch.c.evidence == "synthetic")
    done = connection.execute(
        update(table)
        .where(table.c.superseded_by.is_(None), table.c.batch_id.in_(made))
        .where(
            _same_case_cell(table, batch_id)
            if table.name in THROUGH_CASE
            else _same_cell(table, frame, batch_id)
        )
        .values(superseded_by=batch_id)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def _same_cell(table: Table, frame: pd.DataFrame, batch_id: int) -> Any:
    cell = CELLS.get(table.name, DEFAULT_CELL)
    own = tuple_(*(_part(table, name) for name in cell))
    columns = ["month_key" if name == MONTH else name for name in cell]
    if set(columns) <= set(frame.columns):
        named = frame[columns].drop_duplicates()
        if len(named) * len(columns) <= MOST_PARAMETERS:
            plain = named.astype(object).where(named.notna(), "")
            return own.in_(list(plain.itertuples(index=False, name=None)))
    mine = table.alias("mine")
    return own.in_(
        select(*(_part(mine, name) for name in cell)).where(mine.c.batch_id == batch_id).distinct()
    )


def _part(table: Any, name: str) -> Any:
    if name == MONTH and "month_key" in table.c:
        return (
            table.c.month_key
        )  # written at import, and a tenth of the work of taking it from the date again
    if name == MONTH:
        return month_of(
            table.c[table.info["date"]] if isinstance(table, Table) else table.c[table.element.info["date"]]
        )
    column = table.c[name]
    # NULL equals nothing: rows without a district are a cell of their own.
    return func.coalesce(column, "") if column.nullable else column


def _same_case_cell(table: Table, batch_id: int) -> Any:
    """(case, month) of every case in a district in which the batch has rows of that month."""
    day = table.info["date"]
    mine = table.alias("mine")
    own, others = counselling_case.alias("own"), counselling_case.alias("others")
    cells = (
        select(own.c.district_code, month_of(mine.c[day]).label(MONTH))
        .select_from(mine.join(own, own.c.case_id == mine.c.case_id))
        .where(mine.c.batch_id == batch_id, own.c.superseded_by.is_(None))
        .distinct()
        .subquery("cells")
    )
    wanted = select(others.c.case_id, cells.c[MONTH]).select_from(
        others.join(cells, others.c.district_code == cells.c.district_code)
    )
    return tuple_(table.c.case_id, month_of(table.c[day])).in_(wanted)
