"""Reading the plan's money, the city's own books unless another is named: cells, single entries and documents, baselines and verified outputs. Amounts are whole won."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Select, func, select

from data import tables as t
from data.batches import read_frame

ENTRY = (
    "entry_id",
    "booked_on",
    "programme_id",
    "district_code",
    "kind",
    "amount_krw",
    "funding",
    "line_type",
    "counterpart",
    "document_no",
)


def cells(connection: Connection) -> pd.DataFrame:
    """Every ledger cell: sums by year, month, programme, district, kind, funding and line type."""
    c = t.ledger_monthly.c
    return read_frame(
        connection, select(t.ledger_monthly).order_by(c.fiscal_year, c.month_key, c.programme_id)
    )


def others(connection: Connection) -> pd.DataFrame:
    """Cells of books that are not the city's: sums by year, month, programme, district, body and kind."""
    c = t.ledger_other.c
    return read_frame(connection, select(t.ledger_other).order_by(c.fiscal_year, c.month_key, c.programme_id))


def transfers(connection: Connection) -> pd.DataFrame:
    """Both sides of every transfer: fiscal_year, document_no, kind, programme_id, counterpart, booked_on, amount_krw."""
    c = t.ledger_entry.c
    names = ("fiscal_year", "document_no", "kind", "programme_id", "counterpart", "booked_on", "amount_krw")
    statement = (
        select(*(c[name] for name in names))
        .where(
            c.superseded_by.is_(None), c.managing_body == "city", c.kind.in_(["transfer_in", "transfer_out"])
        )
        .order_by(c.booked_on, c.document_no)
    )
    return read_frame(connection, statement)


def programmes(connection: Connection) -> pd.DataFrame:
    """Every programme with its task, strategy, owner and status, in the plan's order."""
    p, k, s = t.programme.c, t.task.c, t.strategy.c
    statement = (
        select(
            t.programme,
            k.name_ko.label("task_ko"),
            k.name_en.label("task_en"),
            s.strategy_id,
            s.name_ko.label("strategy_ko"),
            s.name_en.label("strategy_en"),
        )
        .join_from(t.programme, t.task, p.task_id == k.task_id)
        .join(t.strategy, s.strategy_id == k.strategy_id)
        .where(p.listed)
    )
    return read_frame(connection, statement)


def baselines(connection: Connection) -> pd.DataFrame:
    """Current rows of every baseline version."""
    names = (
        "programme_id",
        "fiscal_year",
        "version",
        "planned_krw",
        "split",
        "author",
        "reason",
        "decided_on",
    )
    c = t.baseline.c
    statement = (
        select(*(c[name] for name in names))
        .where(c.superseded_by.is_(None))
        .order_by(c.version, c.fiscal_year, c.programme_id)
    )
    return read_frame(connection, statement)


def outputs(connection: Connection) -> pd.DataFrame:
    """Output targets with what was delivered and when it was verified."""
    names = ("programme_id", "fiscal_year", "output", "planned", "delivered", "verified_on")
    c = t.output_target.c
    return read_frame(connection, select(*(c[name] for name in names)).where(c.superseded_by.is_(None)))


def targets(connection: Connection, *, metric_id: str) -> pd.DataFrame:
    """Current targets that an office has recorded for a metric: valid_from, valid_to, value, basis."""
    c = t.target.c
    names = ("valid_from", "valid_to", "value", "basis")
    where = (c.superseded_by.is_(None), c.metric_id == metric_id)
    return read_frame(connection, select(*(c[name] for name in names)).where(*where).order_by(c.valid_from))


def entries(
    connection: Connection,
    *,
    programme: str,
    years: Sequence[int],
    kinds: Sequence[str],
    line_type: str,
    limit: int,
    offset: int,
) -> pd.DataFrame:
    """Current entries of a programme (all programmes for ''), newest first.

    Args:
        kinds: ledger kinds to keep; all for an empty list.
        line_type: the line to keep; all for ''.
    """
    statement = (
        _current(programme, years, kinds, line_type)
        .order_by(t.ledger_entry.c.booked_on.desc(), t.ledger_entry.c.entry_id.desc())
        .limit(limit)
        .offset(offset)
    )
    return read_frame(connection, statement)


def entry_sums(
    connection: Connection, *, programme: str, years: Sequence[int], kinds: Sequence[str], line_type: str
) -> pd.DataFrame:
    """How many current entries there are and what they sum to: kind, entries, amount_krw."""
    c = _current(programme, years, kinds, line_type).subquery().c
    found = read_frame(
        connection,
        select(c.kind, func.count().label("entries"), func.sum(c.amount_krw).label("amount_krw")).group_by(
            c.kind
        ),
    )
    return found.assign(amount_krw=[int(won) for won in found["amount_krw"]])


def document(connection: Connection, *, document_no: str, years: Sequence[int]) -> pd.DataFrame:
    """Every current entry of a document, in the order of booking: both sides of a transfer, all stages of a payment."""
    c = t.ledger_entry.c
    statement = (
        _current("", years, (), "").where(c.document_no == document_no).order_by(c.booked_on, c.entry_id)
    )
    return read_frame(connection, statement)


def _current(programme: str, years: Sequence[int], kinds: Sequence[str], line_type: str) -> Select[Any]:
    c, b = t.ledger_entry.c, t.batch.c
    statement = (
        select(*(c[name] for name in ENTRY), b.source_name)
        .join_from(t.ledger_entry, t.batch, b.batch_id == c.batch_id)
        .where(c.superseded_by.is_(None), c.managing_body == "city", c.fiscal_year.in_(list(years)))
    )
    if programme:
        statement = statement.where(c.programme_id == programme)
    if line_type:
        statement = statement.where(c.line_type == line_type)
    return statement.where(c.kind.in_(list(kinds))) if kinds else statement
