"""Reading monthly summaries: what they do not tell, and the totals of spans that are no month; the published ones of the plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Connection, func, literal, select

from data import published
from data import tables as t
from data.batches import read_frame
from data.codes import ALL
from data.imports.dates import parse_period, span_of
from data.queries import matches

# Summary -> the fact of months that it fills.
FACT = {"hotline_summary": "hotline_monthly", "attendance_summary": "attendance_monthly"}
# Published totals: indicator -> summary, programme and count.
PUBLISHED = {
    "Hotline: cumulative consultations": ("hotline_summary", None, "answered"),
    "Mind stores: cumulative visits": ("attendance_summary", "mind_store", "visits"),
}


def untold(
    connection: Connection, *, fact: str, columns: Sequence[str], where: Sequence[tuple[str, Any]]
) -> list[str]:
    """Columns of a fact that some of its rows do not have."""
    table = t.FACTS[fact]
    asked = [name for name in columns if table.c[name].nullable]
    if not asked:
        return []
    counts = [func.count() - func.count(table.c[name]) for name in asked]
    found = connection.execute(
        select(*counts).where(*(matches(table.c[name], value) for name, value in where))
    ).one()
    return [name for name, missing in zip(asked, found, strict=True) if missing]


def spans(connection: Connection, *, table: str, column: str) -> pd.DataFrame:
    """Current totals of spans of days: from_on, to_on, programme_id ('' where the table has none), value, source."""
    c = t.OPERATIONAL[table].c
    programme = c.programme_id if "programme_id" in c else literal("").label("programme_id")
    chosen = select(c.from_on, c.to_on, programme, c[column].label("value"), c.source)
    return read_frame(
        connection,
        chosen.where(c.superseded_by.is_(None), c.month_key.is_(None)).order_by(
            c.to_on, c.from_on, c[column]
        ),
    )


def published_totals() -> dict[str, pd.DataFrame]:
    """Totals that the city and the press have printed of spans of days, as rows of the summaries, with their sources."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in published.published_facts().to_dict("records"):
        if row["indicator"] not in PUBLISHED or "/" not in (row["period"] or ""):
            continue
        table, programme, column = PUBLISHED[row["indicator"]]
        period = parse_period(str(row["period"]))
        first, last = span_of(str(period))
        made = {
            "period": period, "from_on": first, "to_on": last, "district_code": ALL, column: int(row["value"]),
            "source": f"{row['source_title']} | {row['source_url']}",
        }  # fmt: skip
        open_columns = ("channel",) if programme is None else ("age_band", "sex")
        made |= dict.fromkeys(open_columns, ALL) | ({} if programme is None else {"programme_id": programme})
        found.setdefault(table, []).append(made)
    return {table: pd.DataFrame(rows, dtype=object) for table, rows in found.items()}
