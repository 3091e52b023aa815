"""Raw hotline events that a city keeps outside the record: counted by the month, and brought in as the monthly summary that an office sends.

So nothing new has to be known of them: a month of which rows stand in the record is refused, corrections take the place of what stood, and
pages say what a summary does not tell (waits one by one, callers).
"""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Engine, case, column, func, literal_column, select, table

from data import audit
from data import tables as t
from data.codes import ALL
from data.imports import load, read_lookups, receive
from data.imports.report import ImportReport
from data.lake.engines import rolled
from data.lake.files import Place, states
from data.rollups import hotline_sums

TABLE, SUMMARY = "hotline_contact", "hotline_summary"
NOTE = "lake "
COLUMNS = ("contact_id", "channel", "district_code", "outcome", "wait_s", "handle_s", "risk", "referred")
COUNTS = ("attempts", "offered", "answered", "answered_in_20_s", "abandoned", "short_abandoned", "referred", "at_risk")  # fmt: skip


def statement() -> str:
    """Sums by month, district and channel, as the record's own facts define them; for the engines of `engines.rolled`.

    A summary tells of districts or of the whole city: a month with contacts of no district is told of the city.
    """
    raw = table(TABLE, column("month"), *map(column, COLUMNS))
    once = select(raw).distinct().where(literal_column("month IN ({months})")).cte("once")
    missing = func.max(case((once.c.district_code.is_(None), 1), else_=0)).over(partition_by=once.c.month)
    whose = case((missing == 1, ALL), else_=once.c.district_code).label("place")
    placed = select(once, whose).cte("placed")
    c = placed.c
    chosen = select(c.month, c.place, c.channel, *hotline_sums(c)).group_by(c.month, c.place, c.channel)
    return str(chosen.compile(compile_kwargs={"literal_binds": True}))


def refresh(
    engine: Engine, where: str | Path, *, recorded_at: datetime, secret: str, who: str = audit.LOCAL
) -> list[ImportReport]:
    """Bring in the months whose files have come or changed, each its own import; the reports, by month.

    Args:
        where: a folder or an address of object storage with `hotline_contact/month=YYYYMM`, the columns of `COLUMNS`, months Seoul's.
        recorded_at, secret, who: as `data.imports.load`.

    Raises:
        FileNotFoundError: there is no month. EngineProblem: what IEUM_LAKE names cannot count.
    """
    place = Place.at(where)
    found = states(place, [TABLE])
    with engine.connect() as connection:
        known = _known(connection)
        lookups = read_lookups(connection, now=recorded_at)
    new = {month: state for month, state in found.items() if known.get(month) != state}
    if not new:
        return []
    counted = rolled(place, {SUMMARY: statement()}, list(new), [TABLE])[SUMMARY]
    reports = []
    for month, state in new.items():
        with engine.connect() as connection:
            content = _file(counted[counted["month"] == month], _standing(connection, month), month)
        parsed = receive(_name(month), content, template=SUMMARY, lookups=lookups)
        how: dict[str, Any] = {"recorded_at": recorded_at, "secret": secret, "who": who}
        reports.append(load(engine, parsed, note=f"{NOTE}{state}", **how))
    return reports


def _name(month: int) -> str:
    return f"{TABLE} {month:06d}.csv"


def _known(connection: Any) -> dict[int, str]:
    """Month -> how its files stood when it was last brought in."""
    b = t.batch.c
    chosen = select(b.source_name, b.note).where(
        b.table_name == SUMMARY, b.note.startswith(NOTE), b.undone_by.is_(None)
    )
    noted = {str(name): str(note) for name, note in connection.execute(chosen.order_by(b.batch_id))}
    return {int(name[-10:-4]): note.removeprefix(NOTE)[:64] for name, note in noted.items()}


def _standing(connection: Any, month: int) -> set[tuple[str, str]]:
    """Districts and channels of which the record's summary tells in a month."""
    c = t.hotline_summary.c
    chosen = select(c.district_code, c.channel).where(c.superseded_by.is_(None), c.month_key == month)
    return {(district, channel) for district, channel in connection.execute(chosen)}


def _file(counted: pd.DataFrame, standing: set[tuple[str, str]], month: int) -> bytes:
    """A month as an office's file: what stood and is counted no more is told as zero; means carry all digits of their sums."""
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(["period", "district_code", "channel", *COUNTS, "mean_wait_s", "mean_handle_s", "source"])
    period = f"{month // 100}-{month % 100:02d}"
    for row in counted.itertuples(index=False):
        standing.discard((row.place, row.channel))
        means = [repr(s / row.answered) if row.answered else "" for s in (row.wait_s, row.handle_s)]
        lines.writerow(
            [period, _place(row.place), row.channel, *(getattr(row, n) for n in COUNTS), *means, NOTE + TABLE]
        )
    for district, channel in sorted(standing):
        lines.writerow([period, _place(district), channel, *[0] * len(COUNTS), "", "", NOTE + TABLE])
    return out.getvalue().encode()


def _place(code: str) -> str:
    return "" if code == ALL else code
