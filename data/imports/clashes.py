"""A cell is counted once: rows of cases and a summary of it, or a whole and its parts, never stand together.

Asked of the store inside the transaction of the import, after its rows and before the facts: whatever came first, both orders are
refused by the same sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, and_, func, literal, or_, select, union

from data import tables as t
from data.codes import ALL, CODES
from data.dialect import month_of
from data.imports.dates import span_of
from data.imports.problems import Problem
from data.imports.reasons import Reason
from data.imports.report import Parsed

SHOWN = 20
SCALE = 20.0  # average weights of one survey, from two files, differ by less: districts are sampled at different rates
Cell = tuple[Any, ...]  # period, programme (or '' where the table has none), district


def _hotline(months: Sequence[int]) -> Any:
    c = t.hotline_contact.c
    return (
        select(c.month_key, literal(""), func.coalesce(c.district_code, ALL))
        .where(c.superseded_by.is_(None), c.month_key.in_(months))
        .distinct()
    )


def _attendance(months: Sequence[int]) -> Any:
    c = t.attendance.c
    month = month_of(c.attended_on)
    return (
        select(month, c.programme_id, c.district_code)
        .where(c.superseded_by.is_(None), month.in_(months))
        .distinct()
    )


def _counselling(months: Sequence[int]) -> Any:
    c, s = t.counselling_case.c, t.counselling_session.c
    joined = t.counselling_session.join(
        t.counselling_case, and_(c.case_id == s.case_id, c.superseded_by.is_(None))
    )
    return union(
        *(
            select(month_of(day), c.programme_id, c.district_code).where(
                c.superseded_by.is_(None), day.is_not(None), month_of(day).in_(months)
            )
            for day in (c.referred_on, c.first_session_on, c.ended_on)
        ),
        select(month_of(s.scheduled_on), c.programme_id, c.district_code)
        .select_from(joined)
        .where(s.superseded_by.is_(None), month_of(s.scheduled_on).in_(months)),
    )


def _detection(months: Sequence[int]) -> Any:
    c = t.detection_monthly.c
    return (
        select(c.month_key, literal(""), c.district_code)
        .where(c.counted == "lake", c.month_key.in_(months))
        .distinct()
    )


def _returns(months: Sequence[int]) -> Any:
    # The spells themselves: their facts are rolled up after this is asked.
    c = t.spell.c
    seen = (c.superseded_by.is_(None), c.state == "connected")
    ends = {month: span_of(f"{month // 100}-{month % 100:02d}") for month in months}
    return union(
        *(
            select(literal(month), literal(""), c.district_code).where(
                *seen, c.entered_on <= last, or_(c.ended_on.is_(None), c.ended_on >= first)
            )
            for month, (first, last) in ends.items()
        )
    )


def _ledger(years: Sequence[int]) -> Any:
    # A summary is of the year to date: entries of its year are part of it, whatever their month and district.
    c = t.ledger_entry.c
    return (
        select(c.fiscal_year, c.programme_id, c.managing_body)
        .where(c.superseded_by.is_(None), c.fiscal_year.in_(years))
        .distinct()
    )


def _survey(years: Sequence[int]) -> Any:
    c = t.survey_response.c
    return (
        select(c.year, c.instrument_id, c.district_code)
        .where(c.superseded_by.is_(None), c.year.in_(years))
        .distinct()
    )


# Summary -> (columns of its cells, tables of cases that fill the same facts, their cells, columns in which parts may stand).
FAMILIES: dict[str, tuple[tuple[str, str, str], tuple[str, ...], Any, tuple[str, ...]]] = {
    "hotline_summary": (("month_key", "", "district_code"), ("hotline_contact",), _hotline, ("channel",)),
    "attendance_summary": (
        ("month_key", "programme_id", "district_code"), ("attendance",), _attendance, ("age_band", "sex"),
    ),
    "counselling_summary": (
        ("month_key", "programme_id", "district_code"),
        ("counselling_case", "counselling_session", "outcome_measure"), _counselling, ("age_band", "sex"),
    ),
    "detection_summary": (("month_key", "", "district_code"), (), _detection, ()),
    "return_summary": (("month_key", "", "district_code"), ("spell",), _returns, ()),
    "budget_summary": (("fiscal_year", "programme_id", "managing_body"), ("ledger_entry",), _ledger, ()),
    "survey_estimate": (
        ("year", "instrument_id", "district_code"), ("survey_response",), _survey, ("age_band", "sex", "household_type"),
    ),
}  # fmt: skip


def found(connection: Connection, parsed: Parsed, *, batch_id: int) -> list[Problem]:
    """The cells that would be counted twice once a batch, written but not committed, stands; none where all is well."""
    name = parsed.table_name
    clashing: list[tuple[Reason, Cell]] = []
    for summary, (columns, cases, cells, open_columns) in FAMILIES.items():
        if name != summary and name not in cases:
            continue
        table = t.OPERATIONAL[summary]
        told = _cells(connection, table, columns, open_columns)
        if not told:
            continue
        if name == summary:
            mine = {cell[:3] for cell, batch in told.items() if batch_id in batch}
            clashing += [
                (Reason.WHOLE_AND_PARTS, cell) for cell in _mixed(told) if cell[:2] in {m[:2] for m in mine}
            ]
        periods = sorted({cell[0] for cell in told})
        rows = {tuple(row) for row in connection.execute(cells(periods))}
        clashing += [(Reason.ROWS_AND_SUMMARY, cell) for cell in _overlap({cell[:3] for cell in told}, rows)]
    return [*_problems(connection, parsed, clashing), *_weights(connection, parsed, batch_id)]


def _cells(
    connection: Connection, table: Any, columns: tuple[str, str, str], open_columns: tuple[str, ...]
) -> dict[Cell, set[int]]:
    """Cells of a summary as they stand, with whether each open column is of everybody; and the batches of their rows."""
    c = table.c
    period = c[columns[0]]
    chosen = (
        period,
        c[columns[1]] if columns[1] else literal(""),
        c[columns[2]],
        *(c[name] == ALL for name in open_columns),
    )
    rows = connection.execute(
        select(*chosen, c.batch_id).where(c.superseded_by.is_(None), period.is_not(None)).distinct()
    )
    found: dict[Cell, set[int]] = {}
    for row in rows:
        found.setdefault(tuple(row[:-1]), set()).add(row[-1])
    return found


def _mixed(told: dict[Cell, set[int]]) -> Iterator[Cell]:
    """Cells of which the whole and parts stand: the city and a district, all ages and one."""
    districts: dict[Cell, set[str]] = {}
    shapes: dict[Cell, set[Cell]] = {}
    for cell in told:
        districts.setdefault(cell[:2], set()).add(cell[2])
        shapes.setdefault(cell[:3], set()).add(cell[3:])
    for key, places in districts.items():
        if ALL in places and len(places) > 1:
            yield (*key, ALL)
    yield from (cell for cell, some in shapes.items() if len(some) > 1)


def _overlap(told: set[Cell], rows: set[Cell]) -> list[Cell]:
    """Cells of both; what is of no district concerns every district."""
    by_key: dict[Cell, set[str]] = {}
    for *key, place in rows:
        by_key.setdefault(tuple(key), set()).add(place)
    return sorted(
        cell
        for cell in told
        if (places := by_key.get(cell[:2], set())) and (cell[2] == ALL or cell[2] in places or ALL in places)
    )


def _problems(connection: Connection, parsed: Parsed, found: Sequence[tuple[Reason, Cell]]) -> list[Problem]:
    """Each cell once, with its month, programme and district in words."""
    if not found:
        return []
    c, p = t.district.c, t.programme.c
    names = {
        row[0]: (row[1], row[2]) for row in connection.execute(select(c.district_code, c.name_ko, c.name_en))
    }
    names |= {
        row[0]: (row[1], row[2]) for row in connection.execute(select(p.programme_id, p.name_ko, p.name_en))
    }
    names |= {code: both[:2] for code, both in CODES["managing_body"].items()}
    names[ALL] = ("서울시 전체", "whole city")
    made = []
    for reason, cell in dict.fromkeys(found):
        period = str(cell[0])
        when = f"{period[:4]}-{period[4:]}" if len(period) == 6 else period
        said = [
            " · ".join([when, *(names.get(part, (part, part))[i] for part in cell[1:3] if part)])
            for i in (0, 1)
        ]
        made.append(Problem(parsed.file_name, "", None, "", None, reason, said[0], None, said[1]))
    return made[:SHOWN]


def _weights(connection: Connection, parsed: Parsed, batch_id: int) -> Iterator[Problem]:
    """Survey weights on another scale than those of the same survey and year that came in other files."""
    if parsed.table_name != "survey_response":
        return
    c = t.survey_response.c
    mine = c.batch_id == batch_id
    means = (
        select(c.instrument_id, c.year, *(
            func.avg(c.weight).filter(part).label(name) for name, part in (("own", mine), ("other", ~mine))
        ))
        .where(c.superseded_by.is_(None))
        .group_by(c.instrument_id, c.year)
    )  # fmt: skip
    for row in connection.execute(means):
        if row.own and row.other and not 1 / SCALE < row.own / row.other < SCALE:
            said = f"{row.instrument_id} {row.year}: {row.own:,.2f} / {row.other:,.2f}"
            yield Problem(
                parsed.file_name,
                "",
                None,
                parsed.headers.get("weight", ""),
                None,
                Reason.WEIGHTS_DIFFER,
                said,
            )
