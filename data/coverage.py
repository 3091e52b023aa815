"""Where the records end: for each table, district and month whether rows are absent, partial, or the month is closed (마감).

Every batch leaves a line for each district and month that it brought (`arrival`), in its own transaction. A month counts as closed

* by a file that was sent some days after the month's end (`WAIT_DAYS`), so that nothing of it was still to come, and that says
  that it is whole (the span of days that it names; a summary always is), holds as much as the month would (`_enough`), or is
  taken for whole by who sends it;
* by somebody's word, from the coverage page or `python -m data close`, which may also open it again (`closing`).

A few rows that are sent late, or a correction, close nothing by themselves: the rest of their month may be still to come.

What an undone import closed is not closed by it any more. Nothing here counts people: lines hold rows of files.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Connection, Select, Table, and_, case, func, insert, literal, select, union_all

from data import audit
from data.batches import close_batch, open_batch, read_frame
from data.codes import ALL
from data.dialect import among, month_of
from data.engine import state
from data.rollups import within
from data.tables import (
    OPERATIONAL,
    agent_interval,
    arrival,
    attendance,
    attendance_summary,
    batch,
    budget_summary,
    closing,
    counselling_case,
    counselling_session,
    counselling_summary,
    detection_summary,
    follow_up,
    hotline_contact,
    hotline_summary,
    ledger_entry,
    outcome_measure,
    referral,
    return_summary,
    spell,
    support_period,
    survey_estimate,
    survey_response,
)

SEOUL = ZoneInfo("Asia/Seoul")
# Tables whose months are followed, with the days after a month's end from which a file that spans it brings all of it. Books
# are closed ten days into the next month; what services write down stands the day after.
WAIT_DAYS = {
    hotline_contact.name: 0,
    agent_interval.name: 0,
    counselling_case.name: 0,
    counselling_session.name: 0,
    outcome_measure.name: 0,
    follow_up.name: 0,
    referral.name: 0,
    attendance.name: 0,
    spell.name: 0,
    support_period.name: 0,
    ledger_entry.name: 10,
    hotline_summary.name: 0,
    counselling_summary.name: 0,
    attendance_summary.name: 0,
    detection_summary.name: 0,
    return_summary.name: 0,
    budget_summary.name: 10,
}
# A month of these is told as well by a summary of it.
TOLD_BY = {
    hotline_contact.name: hotline_summary.name,
    counselling_case.name: counselling_summary.name,
    counselling_session.name: counselling_summary.name,
    outcome_measure.name: counselling_summary.name,
    attendance.name: attendance_summary.name,
    spell.name: return_summary.name,
    ledger_entry.name: budget_summary.name,
    survey_response.name: survey_estimate.name,  # no months, but the same figures
}
# Whose months readers follow: those of a summary are the months of the tables that it tells of.
FOLLOWED = tuple(name for name in WAIT_DAYS if name not in TOLD_BY.values())
# Books are one for all districts: where a file goes on, a district without an entry has spent nothing.
TOGETHER = frozenset({ledger_entry.name})
# Whose rows are written down ahead of their day: what is only planned says nothing of the month that it is planned for.
PLANNED = frozenset({follow_up.name})
# How much a file must hold to be taken for whole: so many rows of a district that has no closed month yet, else this part of what
# its closed months of the last year hold by the median, and of what had come of the same months before.
FEWEST, SHARE, USUAL_MONTHS = 10, 0.5, 12
# Further dates of a row, by which its file spans later months than the one in which the row began.
LATER = {
    counselling_case.name: ("first_session_on", "ended_on"),
    referral.name: ("accepted_on", "closed_on"),
    spell.name: ("ended_on",),
    support_period.name: ("ends_on",),
}
# The end of what may still be under way: a file with a row that has none tells of the day on which it was sent.
ENDS = {counselling_case.name: "ended_on", spell.name: "ended_on", support_period.name: "ends_on"}
WHOLE_CITY = ""  # the district of rows that name none
# Of a frame of months; their kinds, which columns without a row do not tell.
COLUMNS = {
    "table_name": "str",
    "district_code": "str",
    "month_key": "int64",
    "rows": "int64",
    "state": "str",
    "how": "str",
    "recorded_at": "datetime64[us]",
}


@dataclass(frozen=True)
class Sent:
    """What is known of a file beside the rows of its batch.

    Attributes:
        span: the first and the last day that it says it tells of; until: the day as of which it says it stands.
        months: those that its sender takes for whole; None leaves it to the rule. repeated: row ids of the rows that it holds
            and that stood already.
    """

    span: tuple[date, date] | None = None
    until: date | None = None
    months: frozenset[int] | None = None
    repeated: Sequence[int] = ()


def arrived(
    connection: Connection,
    table_name: str,
    *,
    batch_id: int,
    recorded_at: datetime,
    whole_until: date | None = None,
    sent: Sent | None = None,
) -> dict[int, bool]:
    """Note which districts and months a batch brought, and which of them it closes.

    Months between a district's first and last one of the file are part of what it brought, also those without a row.

    Args:
        recorded_at: naive UTC instant of the batch. whole_until: the day up to which made rows are whole, in place of the rule.
        sent: what else is known of the file.

    Returns: of the months that were over when the file came, whether it closes them in any district.
    """
    if table_name not in WAIT_DAYS:
        return {}
    sent = sent or Sent()
    on = recorded_at.replace(tzinfo=ZoneInfo("UTC")).astimezone(SEOUL).date()
    rows = _brought(connection, table_name, batch_id, sent, on=on)
    before = frame(connection, tables=[table_name], told=False) if whole_until is None else None
    lines: list[dict[str, Any]] = []
    over: dict[int, bool] = {}
    for district, mine in rows.groupby("district_code", sort=True):
        spanned = _spanned(
            rows if table_name in TOGETHER else mine, mine, sent, on=on, whole_until=whole_until
        )
        ended = [m for m in spanned if last_day(m) < on]
        late = {m for m in ended if on > last_day(m) + timedelta(days=WAIT_DAYS[table_name])}
        if before is None:
            closes = {m for m in spanned if whole_until is not None and last_day(m) <= whole_until}
        elif sent.months is not None:
            closes = set(ended) & sent.months
        else:
            whole = rows if table_name in TOGETHER else mine
            past = before if table_name in TOGETHER else before[before["district_code"] == district]
            closes = {m for m in late if _says_whole(table_name, sent, m)}
            if sent.span is None and _enough(whole, past, late):
                closes |= {m for m in late if sent.until is None or last_day(m) <= sent.until}
        counted = mine.groupby("month_key")["fresh"].sum()
        lines += [
            {
                "batch_id": batch_id,
                "table_name": table_name,
                "district_code": district,
                "month_key": month,
                "rows": int(counted.get(month, 0)),
                "closes": month in closes,
            }
            for month in spanned
        ]
        over |= {m: m in closes or over.get(m, False) for m in ended}
    if lines:
        connection.execute(insert(arrival), lines)
    return dict(sorted(over.items()))


def _brought(connection: Connection, table_name: str, batch_id: int, sent: Sent, *, on: date) -> pd.DataFrame:
    """Rows of a file by district and month: `rows` of them, `fresh` ones alone, the month of their latest date, whether one has no end."""
    c = OPERATIONAL[table_name].c
    parts = [read_frame(connection, _rows_by_cell(table_name, c.batch_id == batch_id))]
    parts[0]["fresh"] = parts[0]["rows"]
    if sent.repeated:
        again = _rows_by_cell(table_name, among(connection, c.row_id, sent.repeated))
        parts.append(read_frame(connection, again).assign(fresh=0))
    rows = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    numbers = ["month_key", "rows", "fresh", "under_way", "later"]
    rows[numbers] = rows[numbers].astype(int)
    return rows[rows["month_key"] <= _month(on)] if table_name in PLANNED else rows


def _spanned(
    whole: pd.DataFrame, mine: pd.DataFrame, sent: Sent, *, on: date, whole_until: date | None
) -> list[int]:
    """The months that a file tells of in a district."""
    first, counted = int(mine["month_key"].min()), int(mine["month_key"].max())
    # A date that is still to come, of a support that is planned, spans nothing.
    moments = whole[["month_key", "later"]].to_numpy().ravel()
    last = max(int(m) for m in moments if m <= max(_month(on), counted))
    if mine["under_way"].any():
        day = on if whole_until is None else whole_until + timedelta(days=1)
        last = max(
            last, _month(day.replace(day=1) - timedelta(days=1))
        )  # the last that was over when it began
    if sent.span is not None:
        first, last = min(first, _month(sent.span[0])), max(last, min(_month(sent.span[1]), _month(on)))
    return months(first, last)


def _says_whole(table_name: str, sent: Sent, month: int) -> bool:
    """Whether a file tells that it holds all of a month: a summary does, and one that names its first and last day."""
    if table_name in TOLD_BY.values() or table_name == detection_summary.name:
        return True
    return sent.span is not None and sent.span[0] <= first_day(month) and last_day(month) <= sent.span[1]


def _enough(mine: pd.DataFrame, before: pd.DataFrame, over: set[int]) -> bool:
    """Whether a file holds so many rows of the months that are over that it may be all of them.

    Args:
        before: what stands already of its district, as `frame` has it.
    """
    if not over:
        return False
    rows = float(mine.loc[mine["month_key"] <= max(over), "rows"].sum())
    some = before.assign(open=(before["state"] != "closed").astype(bool)).groupby("month_key")
    stood, still_open = some["rows"].sum().astype(int), some["open"].any().astype(bool)
    usual = stood[~still_open].tail(USUAL_MONTHS)
    # What is there of the same months and is not closed is a part of them: so must be what follows.
    came = float(stood[still_open & still_open.index.isin(over)].sum())
    least = FEWEST if usual.empty else SHARE * float(usual.median()) * len(over)
    return rows >= max(least, SHARE * came, 1)


def _rows_by_cell(table_name: str, mine: Any) -> Select[Any]:
    """Rows by district and month. mine: which rows."""
    table = OPERATIONAL[table_name]
    c = table.c
    source: Any = table
    district: Any = literal(WHOLE_CITY)
    if "district_code" in c:
        district = func.coalesce(func.nullif(c.district_code, ALL), WHOLE_CITY)
    elif "case_id" in c:  # a session or a score stands where its case stands
        k = counselling_case.c
        source = table.outerjoin(counselling_case, and_(k.case_id == c.case_id, k.superseded_by.is_(None)))
        district = func.coalesce(k.district_code, WHOLE_CITY)
    month = c.month_key if "month_key" in c else month_of(c[table.info["date"]])
    cell = (district.label("district_code"), month.label("month_key"))
    day = c[table.info["date"]]
    moments = [month, *(func.coalesce(month_of(c[name]), month) for name in LATER.get(table_name, ()))]
    later = reduce(_greatest, map(func.max, moments))
    return (
        select(
            *cell,
            func.count().label("rows"),
            _under_way(table).label("under_way"),
            later.label("later"),
        )
        .select_from(source)
        .where(mine, day.is_not(None), month.is_not(None))
        .group_by(*(part.element for part in cell))
    )


def _under_way(table: Table) -> Any:
    """1 where a row of a cell has no end yet."""
    end = ENDS.get(table.name)
    return func.max(case((table.c[end].is_(None), 1), else_=0)) if end else literal(0)


def _greatest(first: Any, second: Any) -> Any:
    return case((first >= second, first), else_=second)


def restate(connection: Connection, *, as_of: date | None = None) -> None:
    """Work out the lines of every batch that has none: for a new demonstration city, and a store that is older than they.

    What a file once closed, and who took it for whole, is known when it comes and not later: lines that are there stay.

    Args:
        as_of: the day up to which made rows are whole; the store's own where none is given.
    """
    day = as_of or date.fromisoformat(state(connection)["as_of"])
    known = set(connection.execute(select(arrival.c.batch_id).distinct()).scalars())
    for row in connection.execute(select(batch).order_by(batch.c.batch_id)).all():
        if row.kind in ("import", "demo") and row.batch_id not in known:
            whole = day if row.kind == "demo" else None
            arrived(
                connection,
                row.table_name,
                batch_id=row.batch_id,
                recorded_at=row.recorded_at,
                whole_until=whole,
            )


def close(
    connection: Connection,
    table_name: str,
    month_key: int,
    *,
    district_code: str = WHOLE_CITY,
    author: str,
    reason: str,
    recorded_at: datetime,
    closed: bool = True,
    who: str = audit.LOCAL,
) -> None:
    """Close a month of a table in a district by somebody's word, or open it again.

    It is a batch of its own without rows, so that whatever rests on the table is worked out anew.

    Raises:
        ValueError: a table whose months are not followed, no month, or no author or reason.
    """
    if table_name not in WAIT_DAYS:
        raise ValueError(f"table_name must be one of {', '.join(WAIT_DAYS)}, not {table_name!r}")
    if not 1 <= month_key % 100 <= 12 or not 1900 < month_key // 100 < 2200:
        raise ValueError(f"month_key must be YYYYMM, not {month_key}")
    for name, said in (("author", author), ("reason", reason)):
        if not said.strip():
            raise ValueError(f"{name} must not be empty")
    number = open_batch(
        connection,
        kind="closing",
        table_name=table_name,
        source_name="",
        content_sha256="",
        recorded_at=recorded_at,
        note=f"{month_key} {district_code} {'closed' if closed else 'open'}",
    )
    close_batch(connection, number, accepted=0, refused=0)
    connection.execute(
        insert(closing).values(
            table_name=table_name,
            district_code=district_code,
            month_key=month_key,
            closed=closed,
            author=author.strip(),
            reason=reason.strip(),
            recorded_at=recorded_at,
        )
    )
    audit.written(
        connection,
        "closing",
        who,
        at=recorded_at,
        batch=number,
        table=table_name,
        month=month_key,
        district=district_code,
        closed=closed,
        author=author.strip(),
    )


def _lines(*, told: bool = True) -> Any:
    """What each batch brought; a summary's months stand for the tables of cases that it tells of too, if it is `told`."""
    a = arrival.c
    rest = (a.district_code, a.month_key, a.rows, a.closes)
    pairs = [(table, summary) for table, summary in TOLD_BY.items() if summary in WAIT_DAYS and told]
    return union_all(
        select(a.batch_id, a.table_name, *rest),
        *(
            select(a.batch_id, literal(table).label("table_name"), *rest).where(a.table_name == summary)
            for table, summary in pairs
        ),
    ).subquery("lines")


def frame(connection: Connection, *, tables: Sequence[str] | None = None, told: bool = True) -> pd.DataFrame:
    """Every table × district × month that rows or a word speak of, by table, district and month.

    Args:
        told: whether a summary's months count as those of the tables that it stands for.

    Columns: table_name, district_code ('' for rows without a district), month_key, rows, state ('closed' or 'partial'), how
    ('rule', 'word' or ''), recorded_at (of the latest line). What is not listed is absent.
    """
    lines_of, b = _lines(told=told), batch.c
    a = lines_of.c
    cell = (a.table_name, a.district_code, a.month_key)
    counted = connection.execute(
        select(
            *cell,
            func.sum(a.rows).label("rows"),
            func.max(case((a.closes, 1), else_=0)).label("closes"),
            func.max(b.recorded_at).label("recorded_at"),
        )
        .join_from(lines_of, batch, b.batch_id == a.batch_id)
        .where(b.undone_by.is_(None), within(a.table_name, tables))
        .group_by(*cell)
    )
    # Cell by cell: frames that are grouped and joined take three times as long, and every import asks for one.
    found = {tuple(row[:3]): (int(row.rows), bool(row.closes), "rule", row.recorded_at) for row in counted}
    said = select(closing).where(within(closing.c.table_name, tables)).order_by(closing.c.closing_id)
    # The last word of a cell stands.
    words = {(word.table_name, word.district_code, word.month_key): word for word in connection.execute(said)}
    for at, word in words.items():
        rows, *_, latest = found.get(at, (0, False, "", word.recorded_at))
        found[at] = (rows, bool(word.closed), "word", max(latest, word.recorded_at))
    lines = [
        (*at, rows, "closed" if closed else "partial", how if closed or how == "word" else "", latest)
        for at, (rows, closed, how, latest) in sorted(found.items())
    ]
    known = pd.DataFrame(lines, columns=list(COLUMNS))
    return known if lines else known.astype(COLUMNS)


def states(connection: Connection, *, tables: Sequence[str] | None = None) -> pd.DataFrame:
    """As `frame`, without the rows: in many tables one is a person, a case or a contact."""
    return frame(connection, tables=tables).drop(columns="rows")


def spans(connection: Connection) -> pd.DataFrame:
    """Table × district in short: district_code, first and last month that came, how many of them are closed, whether a word was said.

    A table with as many closed months as lie between needs no closer look (`states`), unless somebody closed or opened one by word.
    """
    lines_of, b, said = _lines(), batch.c, closing.c
    a = lines_of.c
    closed = func.count(func.distinct(case((a.closes, a.month_key))))
    return read_frame(
        connection,
        select(
            a.table_name,
            a.district_code,
            func.min(a.month_key).label("first"),
            func.max(a.month_key).label("last"),
            closed.label("closed"),
            a.table_name.in_(select(said.table_name)).label("worded"),
        )
        .join_from(lines_of, batch, b.batch_id == a.batch_id)
        .where(b.undone_by.is_(None))
        .group_by(a.table_name, a.district_code)
        .order_by(a.table_name, a.district_code),
    )


def closed_until(cells: pd.DataFrame, table_name: str, district_code: str | None = None) -> int | None:
    """The latest closed month of a table (in a district, else in any), None where there is none.

    A month that a summary closes is closed for the table of cases that it stands for.

    Args:
        cells: as `frame` has them.
    """
    mine = cells[(cells["table_name"] == table_name) & (cells["state"] == "closed")]
    if district_code is not None:
        mine = mine[mine["district_code"].isin([district_code, WHOLE_CITY])]
    return int(mine["month_key"].max()) if len(mine) else None


def day(cells: pd.DataFrame) -> date | None:
    """The day that screens speak for: the last one of the latest closed month of any table; None where none is closed."""
    closed = cells.loc[cells["state"] == "closed", "month_key"]
    return last_day(int(closed.max())) if len(closed) else None


def with_summaries(tables: Sequence[str]) -> tuple[str, ...]:
    """Tables of cases with the summaries that tell of the same."""
    return (*dict.fromkeys([*tables, *(TOLD_BY[name] for name in tables if name in TOLD_BY)]),)


def months(first: int, last: int) -> list[int]:
    """Month keys from one to another, both included."""
    (begun, at), (over, to) = divmod(first, 100), divmod(last, 100)
    return [n // 12 * 100 + n % 12 + 1 for n in range(begun * 12 + at - 1, over * 12 + to)]


def first_day(month_key: int) -> date:
    """The first day of a month."""
    return date(month_key // 100, month_key % 100, 1)


def last_day(month_key: int) -> date:
    """The last day of a month."""
    year, month = divmod(month_key, 100)
    return date(year, month, calendar.monthrange(year, month)[1])


def _month(day: date) -> int:
    return day.year * 100 + day.month
