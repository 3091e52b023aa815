"""Where the table stands in a sheet: titles and unit above, the header, the body, totals and footnotes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import DateTime, Float, Integer, Text

from data.imports.amounts import PLAIN, SECONDS, WON, caption_unit
from data.imports.cells import header_key, value_key
from data.imports.convert import Unit
from data.imports.reader import SNIFF_ROWS, Sheet
from data.imports.reasons import Reason
from data.imports.refusal import Refused
from data.imports.templates import EXAMPLE_MARKS, Match, Template, best_matches, bracketed
from data.imports.totals import Uneven, printed, uneven
from data.tables import OPERATIONAL

DEFAULT_MONEY = "원"
_TOTAL = re.compile(
    r"^(?:.*[\s(])?(?:소\s*계|합\s*계|총\s*계|누\s*계)\)?(?:\s*\(.*\))?$|^(?:계|일계|월계|총합계)$|^(?:sub|grand)?\s*-?total$"
)
_TOTAL_SIGN = re.compile(
    "계|tal", re.IGNORECASE
)  # what every total's word has, to pass quickly over a column
_NOTE_MARKS = ("※", "주)", "주 )", "자료:", "출처:", "* 출처", "*출처", "Source:")


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
        uneven: printed totals of money that differ from the sum of their rows.
        totals: column name -> the won that its total rows state.
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


def find_header(sheet: Sheet, among: Sequence[Template]) -> tuple[int, list[Match]] | None:
    """The row that reads best as a header among the sheet's first rows, with its equally good matches."""
    best: tuple[int, list[Match]] | None = None
    for number, row in enumerate(sheet.rows[:SNIFF_ROWS]):
        matches = best_matches(row, among)
        if matches and (best is None or matches[0].rank > best[1][0].rank):
            best = (number, matches)
    return best


def score(rows: list[list[str]], among: Sequence[Template]) -> int:
    """How many header cells the best row recognises, a complete header counting most; picks the delimiter."""
    found = find_header(Sheet("", rows), among)
    if found is None:
        return 0
    complete, recognised = found[1][0].rank
    return recognised + (1000 if complete else 0)


def read_body(sheet: Sheet, header_row: int, match: Match, *, money: str = DEFAULT_MONEY) -> Body:
    """Cut the body out of a sheet.

    Args:
        money: the unit of money where neither caption nor header names one.

    Raises:
        Refused: columns missing or double, every row too long, units unknown or in conflict, no rows.
    """
    header = sheet.rows[header_row]
    _check_header(sheet, header_row, match)
    units = _units(sheet, header_row, match, money)
    _fill_merged(sheet, header_row, match)
    excluded: Counter[str] = Counter()
    numbers, rows, misfits = _data_rows(sheet, header_row, excluded)
    columns = list(zip(*rows, strict=True))
    kept = _without_totals(columns, len(rows), match)
    totals = set(range(len(rows))) - set(kept)
    excluded["subtotal"] += len(rows) - len(kept)
    if not kept and not misfits:
        raise Refused(Reason.NO_ROWS, sheet=sheet.name)
    positions = match.positions
    return Body(
        sheet=sheet.name,
        template=match.template,
        row_numbers=[numbers[place] for place in kept],
        columns={
            name: list(columns[place])
            if kept and len(kept) == len(rows)
            else [columns[place][i] for i in kept]
            for name, place in positions.items()
        },
        headers={name: _one_line(header[place]) for name, place in positions.items()},
        units=units,
        ignored=[_one_line(text) for i, text in enumerate(header) if text and i not in positions.values()],
        excluded=+excluded,
        misfits=misfits,
        uneven=_uneven(columns, totals, numbers, match, units, header),
        totals={
            name: printed(columns[place], totals, scale=units[name].scale)
            for name, place in _money(match).items()
            if totals
        },
    )


def _uneven(
    columns: list[tuple[str, ...]],
    totals: set[int],
    numbers: list[int],
    match: Match,
    units: dict[str, Unit],
    header: list[str],
) -> list[Uneven]:
    """Check the printed totals of every money column."""
    if not totals:
        return []
    return [
        found
        for name, place in _money(match).items()
        for found in uneven(
            columns[place], totals, rows=numbers, header=_one_line(header[place]), scale=units[name].scale
        )
    ]


def _money(match: Match) -> dict[str, int]:
    """The money columns and where they stand."""
    table = OPERATIONAL[match.template.table_name]
    return {name: place for name, place in match.positions.items() if table.c[name].info["unit"] == "KRW"}


def _data_rows(
    sheet: Sheet, header_row: int, excluded: Counter[str]
) -> tuple[list[int], list[list[str]], dict[int, str]]:
    """Row numbers and cells under the header, and the rows that do not fit it; what is no data is counted."""
    width = _used(sheet.rows[header_row])
    numbers: list[int] = []
    rows: list[list[str]] = []
    misfits: dict[int, str] = {}
    for number, row in enumerate(sheet.rows[header_row + 1 :], start=header_row + 2):
        first = row[0] if row and row[0] else next((cell for cell in row if cell), None)
        if first is None:
            excluded["blank"] += 1
        elif first.startswith(EXAMPLE_MARKS):
            excluded["example"] += 1
        elif first.startswith(_NOTE_MARKS):
            excluded["note"] += 1
        elif _fits(row, width, sheet.counted):
            numbers.append(number)
            rows.append(row[:width] if len(row) >= width else row + [""] * (width - len(row)))
        else:
            misfits[number] = f"{_used(row)} ≠ {width}"
    _check_shift(sheet, rows, misfits, width)
    return numbers, rows, misfits


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _check_header(sheet: Sheet, header_row: int, match: Match) -> None:
    header = sheet.rows[header_row]
    where: dict[str, Any] = {"sheet": sheet.name, "row": header_row + 1}
    if match.missing:
        missing = ", ".join(
            f"{match.template.label(name, 'ko')} ({match.template.label(name, 'en')})"
            for name in match.missing
        )
        raise Refused(Reason.MISSING_COLUMNS, missing, **where)
    keys = Counter(header_key(text) for text in header)
    repeated = [key for key, count in keys.items() if key and count > 1]
    named = [_one_line(text) for text in header if text and header_key(text) in repeated]
    double = list(dict.fromkeys([*(_one_line(text) for text in match.duplicates), *named]))
    if double:
        raise Refused(Reason.DUPLICATE_COLUMN, ", ".join(double), **where)


def _units(sheet: Sheet, header_row: int, match: Match, money: str) -> dict[str, Unit]:
    above = [text for row in sheet.rows[:header_row] for text in row if text]
    captions = {unit for text in above if (unit := caption_unit(text)) is not None}
    if len({WON[header_key(unit)] for unit in captions}) > 1:
        raise Refused(Reason.UNIT_CONFLICT, ", ".join(sorted(captions)), sheet=sheet.name)
    caption = next(iter(captions), None)
    header = sheet.rows[header_row]
    units: dict[str, Unit] = {}
    for name, place in match.positions.items():
        units[name] = _unit(match.template, name, header[place], caption, sheet.name, header_row + 1)
        if not units[name].stated:
            units[name] = Unit(money, WON[header_key(money)], stated=False)
    return units


def _unit(template: Template, name: str, header: str, caption: str | None, sheet: str, row: int) -> Unit:
    """A column's unit: from its header, else for money from the caption, else the table's own."""
    column = OPERATIONAL[template.table_name].c[name]
    said = bracketed(header)
    where: dict[str, Any] = {"sheet": sheet, "row": row, "column": _one_line(header)}
    if isinstance(column.type, DateTime):
        return Unit(said)
    if not isinstance(column.type, (Integer, Float)):
        return Unit("")
    kind = column.info["unit"]
    scales = WON if kind == "KRW" else SECONDS if kind == "s" else {}
    key = header_key(said.replace("%", "percent"))
    label_key = header_key(bracketed(template.label(name, "en")))
    if kind == "KRW":
        if key in scales and caption and scales[key] != WON[header_key(caption)]:
            raise Refused(Reason.UNIT_CONFLICT, f"{caption} / {said}", **where)
        if key not in scales and caption is None and (key in PLAIN or key == label_key):
            return Unit(DEFAULT_MONEY, stated=False)
        said = said if key in scales else (caption or said)
        key = header_key(said)
    if key in scales:
        return Unit(said, scales[key])
    if key in PLAIN or key == label_key:
        return Unit("")
    raise Refused(Reason.UNKNOWN_UNIT, said, **where)


def _fill_merged(sheet: Sheet, header_row: int, match: Match) -> None:
    """A merged cell states its value once for every row that it covers: only in what identifies a row."""
    table = OPERATIONAL[match.template.table_name]
    key = {*table.info["key"], "district_code", "programme_id", table.info.get("date")}
    filled = {place for name, place in match.positions.items() if name in key}
    for place, first, last in sheet.merged:
        if place not in filled or first <= header_row:
            continue
        value = sheet.rows[first][place] if first < len(sheet.rows) and place < len(sheet.rows[first]) else ""
        for row in sheet.rows[first + 1 : last + 1]:
            if any(row):  # a row that is otherwise empty stays empty
                row.extend([""] * (place + 1 - len(row)))
                row[place] = value


def _used(row: list[str]) -> int:
    return max((place for place, cell in enumerate(row) if cell), default=-1) + 1


def _fits(row: list[str], width: int, counted: bool) -> bool:
    if len(row) == width:
        return True
    if len(row) < width:
        return not counted
    return not any(row[width:])


def _check_shift(sheet: Sheet, rows: list[list[str]], misfits: dict[int, str], width: int) -> None:
    longer = [said for said in misfits.values() if int(said.split()[0]) > width]
    if longer and not rows and len(longer) == len(misfits):
        raise Refused(Reason.COLUMN_SHIFT, sheet=sheet.name)


def _may_hold_total(text: str) -> bool:
    """What every word for a total has: passes quickly over ordinary text, a cell's or a whole column's."""
    return "계" in text or "tal" in text.lower()


def is_total(cell: str) -> bool:
    """Whether a cell marks a row of totals: 소계, 합 계, 강남구 소계, 총계(25개구), Total …"""
    if not _may_hold_total(cell):
        return False
    return bool(_TOTAL.match(cell.lower()) or _TOTAL.match(value_key(cell)))


def _without_totals(columns: list[tuple[str, ...]], n: int, match: Match) -> list[int]:
    """Positions of the rows that are not totals. Free text and numbers are not searched for the word."""
    table = OPERATIONAL[match.template.table_name]
    skipped = {
        place
        for name, place in match.positions.items()
        if isinstance(table.c[name].type, (Text, Integer, Float)) or name == "person_id"
    }
    totals: set[int] = set()
    for place, cells in enumerate(columns):
        if place in skipped or not _may_hold_total("\n".join(cells)):
            continue
        words = {cell for cell in set(cells) if is_total(cell)}
        if words:
            totals.update(i for i, cell in enumerate(cells) if cell in words)
    return [i for i in range(n) if i not in totals] if totals else list(range(n))
