"""Tables as offices lay them out: months across the sheet, and a month, programme or district that only the caption names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from data.imports import amounts, headers
from data.imports.cells import value_key
from data.imports.dates import month_days, parse_period
from data.imports.headers import Header
from data.imports.layout import is_note, is_total
from data.imports.lookups import Lookups
from data.imports.reasons import Reason
from data.imports.refusal import Refused
from data.imports.sheet import Sheet
from data.imports.templates import Template
from data.imports.totals import Uneven
from data.tables import OPERATIONAL

LOOKED_AT = 40  # rows in which a header or caption may stand
_BARE_MONTH = re.compile(r"^(1[0-2]|0?[1-9])\s?월$")
_DATED_MONTH = re.compile(
    r"(20\d\d)\s?(?:년\s?(1[0-2]|0?[1-9])\s?월|[.]\s?(1[0-2]|0?[1-9])[.]|-(0[1-9]|1[0-2])(?!\d))"
)
_YEAR = re.compile(r"(20\d\d)\s?년|(20\d\d)\s?년도")
# Columns that a caption may stand for.
BY_CAPTION = {
    "period": "period_from_caption",
    "programme_id": "programme_from_caption",
    "district_code": "district_from_caption",
    "managing_body": "body_from_caption",
}
CITY = re.compile("서울특별시|서울시(?!립)|본청")


class Months(NamedTuple):
    """A header whose cells are months: its row, and by column the month as text."""

    row: int
    columns: dict[int, str]


def around(sheet: Sheet, header: int, file_name: str) -> list[str]:
    """What stands around a table: the texts above its header, the sheet's and the file's name."""
    above = [text for row in sheet.rows[:header] for text in row if text]
    return [*dict.fromkeys(above), sheet.name, file_name.rsplit(".", 1)[0]]


# ── Months across ───────────────────────────────────────────────────────────────────────────────────────


def unfolded(sheet: Sheet, among: Sequence[Template], file_name: str) -> Sheet:
    """A table with months across as one with a row for each of its months; any other sheet as it is.

    Raises:
        Refused: months whose year nothing says.
    """
    found = _months(sheet)
    if found is None:
        return sheet
    said = around(sheet, found.row, file_name)
    value = _counted(among, said)
    if value is None:
        return sheet
    width = max(map(len, sheet.rows[found.row :]))
    texts = _padded(sheet.rows[found.row], width)
    totals = [place for place, text in enumerate(texts) if is_total(text)]
    labels = [
        place
        for place, text in enumerate(texts)
        if text and place not in found.columns and place not in totals
    ]
    months = {place: _dated(text, said, sheet, found.row) for place, text in found.columns.items()}
    body = list(_body(sheet, found.row, width))
    rows, numbers = [], []
    for place, month in months.items():
        for number, row in body:
            if row[place]:  # an empty cell is no record
                rows.append([*(row[label] for label in labels), month, row[place]])
                numbers.append(number)
    notes = [row for row in sheet.rows[found.row + 1 :] if is_note(row)]
    return replace(
        sheet,
        rows=[*sheet.rows[: found.row], [*(texts[label] for label in labels), "기간", value], *rows, *notes],
        numbers=[*range(1, found.row + 2), *numbers, *([0] * len(notes))],
        merged=[],
        hidden_columns=frozenset({len(labels) + 1} if sheet.hidden_columns & set(months) else ()),
        scaled={len(labels) + 1: at for place, at in sheet.scaled.items() if place in months},
        uneven=[*_uneven(body, months, totals, texts)],
        remarks=(*sheet.remarks, "months_across"),
    )


def _months(sheet: Sheet) -> Months | None:
    for number, row in enumerate(sheet.rows[:LOOKED_AT]):
        columns = {place: text for place, text in enumerate(row) if text and _is_month(text)}
        if (
            len(columns) > 1
            and len({*columns.values()}) == len(columns)
            and len(columns) < sum(map(bool, row))
        ):
            return Months(number, columns)
    return None


def _is_month(text: str) -> bool:
    if _BARE_MONTH.match(text):
        return True
    try:
        return len(text) < 12 and text[:2] == "20" and "/" not in (parse_period(text) or "/")
    except Refused:
        return False


def _dated(text: str, said: Sequence[str], sheet: Sheet, row: int) -> str:
    bare = _BARE_MONTH.match(text)
    if bare is None:
        return text
    years = {found[1] or found[2] for text in said for found in _YEAR.finditer(text)}
    if len(years) != 1:
        raise Refused(Reason.MONTH_WITHOUT_YEAR, text, sheet=sheet.name, row=row + 1)
    return f"{years.pop()}-{int(bare[1]):02d}"


def _counted(among: Sequence[Template], said: Sequence[str]) -> str | None:
    """What the cells under the months count: the header of the one column that the words around the table name."""
    wide = [
        (template, column) for template in among for column in template.columns if column.info.get("wide")
    ]
    named = [
        (template, column)
        for template, column in wide
        if any(w in text for w in column.info["wide"] for text in said)
    ]
    chosen = wide if len(among) == 1 else named
    return str(chosen[0][1].info["ko"]) if len({template.table_name for template, _ in chosen}) == 1 else None


def _body(sheet: Sheet, header: int, width: int) -> Iterator[tuple[int, list[str]]]:
    """Spreadsheet rows under the header with more than a label, merged cells filled downwards."""
    rows = [_padded(row, width) for row in sheet.rows]
    for top, left, bottom, right in sheet.merged:
        if top > header:
            for row in rows[top + 1 : bottom + 1]:
                row[left : right + 1] = rows[top][left : right + 1]
    for number, row in enumerate(rows[header + 1 :], start=header + 2):
        if sum(map(bool, row)) > 1 and not is_note(row):
            yield number, row


def _padded(row: Sequence[str], width: int) -> list[str]:
    return [*row, *[""] * (width - len(row))]


def _uneven(
    body: Sequence[tuple[int, list[str]]], months: dict[int, str], totals: Sequence[int], texts: Sequence[str]
) -> Iterator[Uneven]:
    """Rows whose printed total is not the sum of their months."""
    for number, row in body:
        summed = sum((_number(row[place]) or Decimal(0) for place in months), Decimal(0))
        for place in totals:
            stated = _number(row[place])
            if stated is not None and stated != summed:
                yield Uneven(number, texts[place], int(stated), int(summed), False)


def _number(text: str) -> Decimal | None:
    try:
        return amounts.parse(text)
    except Refused:
        return None


# ── What the caption says ───────────────────────────────────────────────────────────────────────────────


def captioned(
    sheet: Sheet, found: Header, among: Sequence[Template], lookups: Lookups, file_name: str
) -> tuple[Sheet, Header]:
    """The sheet with columns for what only its caption says of a summary, and its header; as they are where it says nothing."""
    best = found.matches[0]
    table = OPERATIONAL[best.template.table_name]
    if len(found.matches) > 1 or not (table.info.get("summary") or "managing_body" in table.c):
        return sheet, found
    said = around(sheet, found.first, file_name)
    asked = [
        name
        for name in BY_CAPTION
        if name in table.c and (table.info.get("summary") or name == "managing_body")
    ]
    found_texts = {name: _said(name, said, lookups) for name in asked if name not in best.positions}
    texts = {name: text for name, text in found_texts.items() if text}
    if not texts:
        return sheet, found
    width = max(len(row) for row in sheet.rows[found.first : found.last + 1])
    rows = []
    for place, row in enumerate(sheet.rows):
        if found.first <= place <= found.last:
            extra = [best.template.label(name, "ko") if place == found.last else "" for name in texts]
            rows.append([*_padded(row, width), *extra])
        elif place > found.last and sum(map(bool, row)) > 1 and not is_note(row) and len(row) <= width:
            rows.append([*_padded(row, width), *texts.values()])
        else:
            rows.append(row)
    more = replace(sheet, rows=rows, remarks=(*sheet.remarks, *(BY_CAPTION[name] for name in texts)))
    again = headers.find_header(more, [best.template])
    return (sheet, found) if again is None or again.last != found.last else (more, again)


def _said(name: str, said: Sequence[str], lookups: Lookups) -> str | None:
    """The one month, programme or district that the texts name; None where they name none or several."""
    if name == "period":
        months = {
            f"{m[1]}-{int(m[2] or m[3] or m[4]):02d}" for text in said for m in _DATED_MONTH.finditer(text)
        }
        return months.pop() if len(months) == 1 and month_days(min(months)) else None
    keys = [value_key(text) for text in said]
    if name == "programme_id":
        names = {
            id
            for id, both in lookups.programme_names.items()
            for n in both
            if n and any(value_key(n) in k for k in keys)
        }
        return names.pop() if len(names) == 1 else None
    places = {code for code, ko in lookups.labels.items() if any(_names(ko, text) for text in said)}
    if name == "managing_body":
        city = any(CITY.search(text) for text in said)
        foundation = any("재단" in text for text in said)
        return None if city or not (places or foundation) else "foundation" if foundation else "district"
    return places.pop() if len(places) == 1 else None


def _names(district: str, text: str) -> bool:
    """Whether a text names a district: 중구 is not in 중구난방, nor in 성중구."""
    return re.search(rf"(?<![가-힣]){district}(?:청|의|에서)?(?![가-힣])", text) is not None
