"""What stands under a header: the body, its totals and footnotes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Float, Integer, Text

from data.imports import column_units
from data.imports.cells import value_key
from data.imports.column_units import DEFAULT_MONEY
from data.imports.convert import Unit
from data.imports.headers import Header, Match, doubled, one_line
from data.imports.reasons import Reason
from data.imports.refusal import Refused
from data.imports.sheet import Sheet
from data.imports.templates import EXAMPLE_MARKS, Template
from data.imports.totals import Uneven, printed, uneven
from data.tables import OPERATIONAL

# Columns whose sums mean something; distinct people do not add up.
ADDED = frozenset(
    (
        "visits",
        "attempts",
        "offered",
        "answered",
        "abandoned",
        "flagged",
        "contacted",
        "confirmed",
        "enrolled",
    )
)
_TOTAL = re.compile(
    r"^(?:.*[\s(])?(?:소\s*계|합\s*계|총\s*계|누\s*계)\)?(?:\s*\(.*\))?$|^(?:계|일계|월계|총합계)$|^(?:sub|grand)?\s*-?total$"
)
_LONGEST_TOTAL = 60
_NOTE_MARKS = ("※", "주)", "주 )", "주:", "자료:", "출처:", "자료 :", "출처 :", "* 출처", "*출처", "Source:", "Note:",
               "(단위", "[단위", "〔단위", "단위:", "단위 :", "* 단위", "*단위", "☞")  # fmt: skip
_SAID = re.compile(r"[^\d:：,]{1,20}[:：]")  # 작성: 복지정책과
_NUMBERED_NOTE = re.compile(r"(?:주\s?)?\d{1,2}\)\s|[*†‡]+\s")
# How a row begins that may be no data: an example, a note. Most rows begin with none of it and are not looked at further.
_ASIDE = re.compile(
    f"$|{'|'.join(map(re.escape, (*EXAMPLE_MARKS, *_NOTE_MARKS)))}|{_NUMBERED_NOTE.pattern}|{_SAID.pattern}"
)
NO_VALUE = frozenset(("", "-", "–", "—"))


@dataclass
class Body:
    """The data rows of a sheet.

    Attributes:
        row_numbers: spreadsheet row of each data row.
        columns: column name -> its texts, in row order.
        headers: column name -> header as the file writes it.
        units: column name -> how its numbers are written.
        excluded: why rows were left out -> how many.
        misfits: spreadsheet row -> what its number of cells was.
        uneven: printed totals that differ from the sum of their rows.
        totals: column name -> the won that its total rows state.
        unlabelled: columns without a header that hold something, from 0.
        hidden_rows: spreadsheet rows of the data that are hidden; hidden_columns: headers of hidden columns that are read.
        epoch_days: what to add to a bare day number.
        captions: the texts above the table; notes: those below it.
    """

    sheet: str
    template: Template
    row_numbers: list[int]
    columns: dict[str, list[str]]
    headers: dict[str, str]
    units: dict[str, Unit]
    ignored: list[str]
    excluded: Counter[str]
    misfits: dict[int, str]
    uneven: list[Uneven]
    totals: dict[str, list[int]]
    unlabelled: list[int]
    hidden_rows: list[int]
    hidden_columns: list[str]
    epoch_days: int = 0
    captions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class _Rows:
    """Rows under a header as they are sorted out."""

    numbers: list[int]
    rows: list[list[str]]
    misfits: dict[int, str]
    excluded: Counter[str]
    notes: list[str]
    unlabelled: set[int]


def read_body(
    sheet: Sheet, header: Header, match: Match, *, money: str = DEFAULT_MONEY, file_name: str = ""
) -> Body:
    """Cut the body out of a sheet.

    Args:
        money: the unit of money where nothing names one.
        file_name: its words may name a unit.

    Raises:
        Refused: columns missing or double, every row too long, units unknown or in conflict, no rows.
    """
    _check_header(sheet, header, match)
    _fill_merged(sheet, header, match)
    found = _data_rows(sheet, header)
    texts = header.texts[: header.width]
    columns: list[tuple[str, ...]] = list(zip(*found.rows, strict=True)) or [()] * len(texts)
    around = column_units.named(sheet, header, found.notes, file_name)
    read_units = column_units.read(sheet, header, match, around, columns, money)
    totals = _totals(columns, len(found.rows), match)
    kept = [place for place in range(len(found.rows)) if place not in totals] if totals else None
    found.excluded["subtotal"] += len(totals)
    numbers = found.numbers if kept is None else [found.numbers[place] for place in kept]
    if not numbers and not found.misfits:
        raise Refused(Reason.NO_ROWS, sheet=sheet.name)
    positions = match.positions
    return Body(
        sheet=sheet.name,
        template=match.template,
        row_numbers=numbers,
        columns={
            name: list(columns[place]) if kept is None else [columns[place][i] for i in kept]
            for name, place in positions.items()
        },
        headers={name: one_line(texts[place]) for name, place in positions.items()},
        units=read_units,
        ignored=[one_line(text) for i, text in enumerate(texts) if text and i not in positions.values()],
        excluded=+found.excluded,
        misfits=found.misfits,
        uneven=[*sheet.uneven, *_uneven(columns, totals, found.numbers, match, read_units, texts)],
        totals={
            name: printed(columns[place], totals, scale=read_units[name].scale)
            for name, place in positions.items()
            if totals and _is_money(match.template, name)
        },
        unlabelled=sorted(found.unlabelled),
        hidden_rows=[number for number in numbers if number - 1 in sheet.hidden_rows] if sheet.hidden_rows else [],
        hidden_columns=[one_line(texts[place]) for place in positions.values() if place in sheet.hidden_columns],
        epoch_days=sheet.epoch_days,
        captions=tuple(text for row in sheet.rows[: header.first] for text in row if text),
        notes=tuple(found.notes),
    )  # fmt: skip


def _is_money(template: Template, name: str) -> bool:
    return bool(OPERATIONAL[template.table_name].c[name].info["unit"] == "KRW")


def _uneven(
    columns: list[tuple[str, ...]],
    totals: set[int],
    numbers: list[int],
    match: Match,
    found: dict[str, Unit],
    texts: list[str],
) -> list[Uneven]:
    """Check the printed totals of every column whose sums mean something."""
    if not totals:
        return []
    return [
        wrong
        for name, place in match.positions.items()
        if (money := _is_money(match.template, name)) or name in ADDED
        for wrong in uneven(
            columns[place], totals, rows=numbers, header=one_line(texts[place]), scale=found[name].scale, money=money
        )
    ]  # fmt: skip


def _data_rows(sheet: Sheet, header: Header) -> _Rows:
    """Row numbers and cells under the header, and the rows that do not fit it; what is no data is counted."""
    width, stated = header.width, max(len(header.texts), header.width)
    found = _Rows([], [], {}, Counter(), [], set())
    blank = [place for place, text in enumerate(header.texts[:width]) if not text]
    own = sheet.numbers or range(1, len(sheet.rows) + 1)
    under = sheet.rows[header.last + 1 :]
    begins = [row[0] if row else "" for row in under]
    aside = {text for text in set(begins) if _ASIDE.match(text)}
    for number, row, begin in zip(own[header.last + 1 :], under, begins, strict=True):
        if begin not in aside and len(row) == width:
            found.numbers.append(number)
            found.rows.append(row)
            continue
        first = row[0] if row and row[0] else next((cell for cell in row if cell), None)
        if first is None:
            found.excluded["blank"] += 1
        elif first.startswith(EXAMPLE_MARKS):
            found.excluded["example"] += 1
        elif is_note(row):
            found.excluded["note"] += 1
            found.notes += [cell for cell in row if cell]
        elif len(row) == width:
            found.numbers.append(number)
            found.rows.append(row)
        elif _fits(row, width, stated, sheet.counted):
            found.numbers.append(number)
            found.rows.append(row[:width] if len(row) > width else row + [""] * (width - len(row)))
            if len(row) > width:
                found.unlabelled.update(place for place in range(width, len(row)) if row[place])
        else:
            found.misfits[number] = f"{_used(row)} ≠ {width}"
    if blank and found.rows:
        found.unlabelled.update(place for place in blank if any(row[place] for row in found.rows))
    longer = [said for said in found.misfits.values() if int(said.split()[0]) > width]
    if longer and not found.rows and len(longer) == len(found.misfits):
        raise Refused(Reason.COLUMN_SHIFT, sheet=sheet.name)
    return found


def is_note(row: list[str]) -> bool:
    """Whether a row is a footnote or source under a table."""
    first = next((cell for cell in row if cell), "")
    return first.startswith(_NOTE_MARKS) or bool(
        (_NUMBERED_NOTE.match(first) or _SAID.match(first)) and _alone(row)
    )


def _alone(row: list[str]) -> bool:
    return sum(map(bool, row)) == 1


def _used(row: list[str]) -> int:
    return max((place for place, cell in enumerate(row) if cell), default=-1) + 1


def _fits(row: list[str], width: int, stated: int, counted: bool) -> bool:
    """Whether a row's cells stand under the header: a spreadsheet's always do, wherever notes stand beside them.

    In a CSV file a row of other length is one that lost or gained a comma, unless the header states such cells too.
    """
    if not counted:
        return True
    return width < len(row) <= stated or (len(row) > width and not any(row[width:]))


def _check_header(sheet: Sheet, header: Header, match: Match) -> None:
    where: dict[str, Any] = {"sheet": sheet.name, "row": header.last + 1}
    if match.missing:
        missing = ", ".join(
            f"{match.template.label(name, 'ko')} ({match.template.label(name, 'en')})"
            for name in match.missing
        )
        raise Refused(Reason.MISSING_COLUMNS, missing, **where)
    double = doubled(header, match)
    if double:
        raise Refused(Reason.DUPLICATE_COLUMN, ", ".join(double), **where)


def _fill_merged(sheet: Sheet, header: Header, match: Match) -> None:
    """A merged cell states its value once for every row that it covers: only in what identifies a row."""
    filled = {match.positions[name] for name in identifying(match)}
    for top, left, bottom, right in sheet.merged:
        if top <= header.last or bottom == top:
            continue
        for place in range(left, right + 1):
            if place not in filled:
                continue
            value = sheet.rows[top][place] if top < len(sheet.rows) and place < len(sheet.rows[top]) else ""
            for row in sheet.rows[top + 1 : bottom + 1]:
                if any(row):  # a row that is otherwise empty stays empty
                    row.extend([""] * (place + 1 - len(row)))
                    row[place] = value


def identifying(match: Match) -> list[str]:
    """The columns of a header that say which row it is: the table's key, district, programme and date."""
    table = OPERATIONAL[match.template.table_name]
    key = {*table.info["key"], "district_code", "programme_id", "period", table.info.get("date"), "booked_on"}
    return [name for name in match.positions if name in key]


def _may_hold_total(text: str) -> bool:
    """What every word for a total has: passes quickly over ordinary text, a cell's or a whole column's."""
    return "계" in text or "tal" in text.lower()


def is_total(cell: str) -> bool:
    """Whether a cell is a word for a total: 소계, 합 계, 강남구 소계, 총계(25개구), Total …"""
    if len(cell) > _LONGEST_TOTAL or not _may_hold_total(cell):
        return False
    return bool(_TOTAL.match(cell.lower()) or _TOTAL.match(value_key(cell)))


def _totals(columns: list[tuple[str, ...]], n: int, match: Match) -> set[int]:
    """Positions of the rows that are totals, known by their structure.

    A total has the word in a column that identifies a row, or it has it elsewhere and lacks what would identify a row.
    A word in a remark, or in a column that says the same of every row, makes no row a total.
    """
    table = OPERATIONAL[match.template.table_name]
    named = {match.positions[name]: name for name in match.positions}
    key = {match.positions[name] for name in identifying(match)}
    needed = [place for place in key if not table.c[named[place]].nullable]
    totals: set[int] = set()
    for place, cells in enumerate(columns):
        name = named.get(place)
        if name is not None and isinstance(table.c[name].type, (Text, Integer, Float)):
            continue
        if name == "person_id" or not _may_hold_total("\n".join(cells)):
            continue
        words = {cell for cell in set(cells) if is_total(cell)}
        if not words:
            continue
        for i, cell in enumerate(cells):
            if cell in words and (place in key or any(columns[other][i] in NO_VALUE for other in needed)):
                totals.add(i)
    return totals
