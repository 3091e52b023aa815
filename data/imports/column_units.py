"""How each column's numbers are written: by its header's unit, or by one that stands around the table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import DateTime, Float, Integer

from data.imports import units
from data.imports.cells import header_key
from data.imports.convert import Unit
from data.imports.headers import Header, Match, one_line
from data.imports.marks import brackets
from data.imports.reasons import Reason
from data.imports.refusal import Refused
from data.imports.sheet import Sheet
from data.imports.templates import Template
from data.imports.units import COUNTS, PLAIN, SECONDS, WON, Named, unit_key
from data.tables import OPERATIONAL

DEFAULT_MONEY = "원"
# Columns of counts that offices may write in thousands; other whole numbers are never scaled.
SCALED = frozenset(("visits", "people", "planned", "delivered"))


def named(sheet: Sheet, header: Header, notes: list[str], file_name: str) -> Named:
    """The units that stand around the table."""
    found = Named()
    for row in sheet.rows[: header.first]:
        for text in row:
            if text:
                found.add(text, "caption")
    for text in sheet.around:
        found.add(text, "caption")
    for text in notes:
        found.add(text, "footnote")
    found.add_name(sheet.name, "sheet")
    found.add_name(file_name, "file")
    return found


def read(
    sheet: Sheet, header: Header, match: Match, named: Named, columns: list[tuple[str, ...]], money: str
) -> dict[str, Unit]:
    """How each column's numbers are written."""
    for place, text in enumerate(header.texts[: header.width]):
        if header_key(text) in ("단위", "unit") and place not in match.positions.values():
            for said in dict.fromkeys(cell for cell in columns[place] if cell):
                named.add(f"단위: {said}", "column")
    table = OPERATIONAL[match.template.table_name]
    found: dict[str, Unit] = {}
    for name, place in match.positions.items():
        where: dict[str, Any] = {
            "sheet": sheet.name,
            "row": header.last + 1,
            "column": one_line(header.texts[place]),
        }
        column = table.c[name]
        said = match.units[name]
        if isinstance(column.type, DateTime):
            found[name] = Unit(said)
        elif not isinstance(column.type, (Integer, Float)):
            found[name] = Unit("")
        elif column.info["unit"] == "KRW":
            found[name] = _resolved(said, named.money, WON, named, where) or Unit(
                money, WON[header_key(money)], stated=False
            )
        elif column.info["unit"] == "s":
            found[name] = _resolved(said, named.seconds, SECONDS, named, where) or Unit("")
        else:
            counts = named.counts if name in SCALED else {}
            scales = COUNTS if name in SCALED else {key: 1 for key, scale in COUNTS.items() if scale == 1}
            own = _own_words(match.template, name)
            found[name] = _resolved(said, counts, scales, named, where, own=own) or Unit("")
        _check_format(sheet, place, found[name], where)
    return found


def _own_words(template: Template, name: str) -> frozenset[str]:
    """What the template itself writes in the brackets of a column's header."""
    return frozenset(
        unit_key(text) for lang in ("ko", "en") for text in brackets(template.label(name, lang))[1]
    )


def _resolved(
    said: str,
    around: dict[str, str],
    scales: dict[str, int],
    named: Named,
    where: dict[str, Any],
    *,
    own: frozenset[str] = frozenset(),
) -> Unit | None:
    """A column's unit: from its header, else from around the table; None where neither names one.

    Raises:
        Refused: the header's unit is unknown, or two places name different ones.
    """
    key = unit_key(said)
    if len({scales[unit_key(unit)] for unit in around if unit_key(unit) in scales}) > 1:
        raise Refused(Reason.UNIT_CONFLICT, ", ".join(around), **where)
    other = next((unit for unit in around if unit_key(unit) in scales), None)
    if key in scales:
        if other is not None and scales is not COUNTS and scales[unit_key(other)] != scales[key]:
            raise Refused(Reason.UNIT_CONFLICT, f"{other} / {said}", **where)
        return Unit(said, scales[key], place="header")
    if key not in PLAIN and key not in own:
        raise Refused(Reason.UNKNOWN_UNIT, said, **where)
    if other is not None:
        return Unit(other, scales[unit_key(other)], place=around[other])
    strange = [word for word in named.unknown if units.money_like(word) == (scales is WON)]
    if strange and (scales is WON or scales is COUNTS):
        raise Refused(Reason.UNKNOWN_UNIT, ", ".join(strange), **where)
    return None


def _check_format(sheet: Sheet, place: int, unit: Unit, where: dict[str, Any]) -> None:
    """A format that shows thousands under a header of single won or people: what was meant cannot be told."""
    if place in sheet.scaled and unit.scale < 1000:
        row, code = sheet.scaled[place]
        raise Refused(Reason.CELL_FORMAT, code, **{**where, "row": row + 1})
