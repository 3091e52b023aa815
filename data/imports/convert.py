"""Columns of text to typed values. Each distinct text of a column is converted once."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Float, Integer, String

from data.codes import ALL, CODES, UNKNOWN, spellings
from data.imports import amounts, dates, pseudonyms, words
from data.imports.cells import value_key
from data.imports.lookups import DistrictReader, Lookups
from data.imports.marks import unmarked
from data.imports.reasons import Reason
from data.imports.refusal import Refused
from data.imports.xlsx import FORMULA_ERRORS
from data.programmes import CODE

Parse = Callable[[str], Any]

YES = frozenset(("예", "네", "유", "있음", "y", "yes", "o", "○", "true", "t", "1", "해당"))
NO = frozenset(("아니오", "아니요", "무", "없음", "n", "no", "x", "×", "false", "f", "0", "미해당"))
MAY_BE_NEGATIVE = frozenset(("amount_krw", "value"))
LONGEST = (
    200  # characters of a number, day, code or name in a list: none of their patterns meets a longer text
)
YEAR_COLUMNS = frozenset(("fiscal_year", "year"))
_NO_VALUE = frozenset(map(value_key, ("-", "–", "—", "…", "미상", "불명", "n/a")))


@dataclass(frozen=True)
class Unit:
    """How a column's numbers are written: `name` as the file says it, `scale` to the stored unit.

    `stated` is False for money whose unit nothing names; `place` says where the unit stands (header, caption, footnote,
    sheet, file, column).
    """

    name: str
    scale: int = 1
    stated: bool = True
    place: str = ""


class Percent(float):
    """A number that was written with a percent sign."""


@dataclass(frozen=True)
class Failure:
    """Why a text was refused."""

    reason: Reason
    detail: str = ""
    detail_en: str = ""


@dataclass(frozen=True)
class Converted:
    """A column's values in order (None where there is none), its failures by position, and how many of its cells
    were read without the footnote marks behind them."""

    values: list[Any]
    failures: dict[int, Failure]
    marked: int = 0


def convert(texts: Sequence[str], parse: Parse) -> Converted:
    """Convert a column: each text as it stands, else without the footnote marks behind it."""
    results: dict[str, Any] = {}
    marked: set[str] = set()
    failed = False
    for text in dict.fromkeys(texts):
        try:
            results[text] = parse(text)
        except Refused as refused:
            results[text] = _without_marks(text, parse, refused)
            failed = failed or isinstance(results[text], Failure)
            if not isinstance(results[text], Failure):
                marked.add(text)
    values = list(results.values()) if len(results) == len(texts) else list(map(results.__getitem__, texts))
    count = sum(text in marked for text in texts) if marked else 0
    if not failed:
        return Converted(values, {}, count)
    failures = {place: value for place, value in enumerate(values) if isinstance(value, Failure)}
    return Converted([None if isinstance(value, Failure) else value for value in values], failures, count)


def _without_marks(text: str, parse: Parse, refused: Refused) -> Any:
    """The value of a text without its footnote marks, or why the text as it stands is refused."""
    plain = unmarked(text)
    if plain != text:
        try:
            return parse(plain)
        except Refused:
            pass
    return Failure(refused.reason, refused.detail, refused.detail_en)


def parser_for(
    column: Column[Any], *, unit: Unit, lookups: Lookups, texts: Sequence[str], epoch_days: int = 0
) -> Parse:
    """The conversion of one column of a table, with its blank, error and length rules.

    Args:
        unit: how the file writes the column's numbers (`Unit("UTC")` for instants in UTC).
        texts: the column's own values; the scheme of a column of district codes is read from them.
        epoch_days: what to add to a bare day number.
    """
    inner = _inner(column, unit, lookups, texts, epoch_days)
    otherwise = column.info["absent"] or (
        UNKNOWN if UNKNOWN in CODES.get(column.info["codes"] or "", {}) else None
    )
    written = isinstance(column.type, String) and not column.info["codes"]

    def parse(text: str) -> Any:
        if text in FORMULA_ERRORS:
            raise Refused(Reason.FORMULA)
        if len(text) > LONGEST and not written:
            raise Refused(Reason.TOO_LONG, str(LONGEST))
        value = inner(text) if text else None
        if value is None and otherwise:
            return otherwise
        if value is None and not column.nullable:
            raise Refused(Reason.MISSING_VALUE)
        return value

    return parse


def _inner(column: Column[Any], unit: Unit, lookups: Lookups, texts: Sequence[str], epoch_days: int) -> Parse:
    if column.name == "period":
        return lambda text: dates.parse_period(text, epoch_days=epoch_days)
    if column.name == "cohort":
        return lambda text: _month_alone(text, epoch_days)
    if column.name == "district_code" and column.info["absent"] == ALL:
        return _or_whole_city(
            DistrictReader(lookups, [text for text in dict.fromkeys(texts) if not _is_city(text)])
        )
    if column.name == "district_code":
        return _optional(DistrictReader(lookups, dict.fromkeys(texts)), column)
    if column.name == "programme_id":
        return _optional(lambda text: _programme(text, lookups), column)
    if (column.table.name, column.name) == ("programme_entry", "code"):
        return _optional(_own_code, column)
    if (column.table.name, column.name) in words.WORDS:
        return _word_reader(column, lookups)
    if column.info["codes"]:
        return _optional(_code_reader(column.info["codes"]), column)
    if isinstance(column.type, Boolean):
        return _yes_no
    if isinstance(column.type, DateTime):
        utc = unit.name.upper() == "UTC"
        return lambda text: dates.parse_moment(text, utc=utc, epoch_days=epoch_days)
    if isinstance(column.type, Date):
        return lambda text: dates.parse_date(text, epoch_days=epoch_days)
    if isinstance(column.type, Float):
        return lambda text: _float(text, column)
    if isinstance(column.type, (Integer, BigInteger)):
        return lambda text: _whole(text, column, unit)
    words_of = _text_reader(column)
    if column.name == "counterpart":  # of a transfer it is a programme, and kept as one
        return lambda text: lookups.programmes.get(value_key(text)) or words_of(text)
    return words_of


WHOLE_CITY = frozenset(("서울", "서울시", "서울특별시", "서울전체", "전체", "시전체", "seoul", "city", "all"))


def _is_city(text: str) -> bool:
    return value_key(text) in WHOLE_CITY


def _or_whole_city(read: Parse) -> Parse:
    return lambda text: ALL if _is_city(text) else read(text)


def _month_alone(text: str, epoch_days: int) -> str | None:
    """A month; a span of days is none.

    Raises:
        Refused: not a month.
    """
    found = dates.parse_period(text, epoch_days=epoch_days)
    if found is not None and "/" in found:
        raise Refused(Reason.NOT_A_MONTH)
    return found


def _optional(read: Parse, column: Column[Any]) -> Parse:
    """In a column that may be empty, a dash or 미상 says that there is no value."""
    if not column.nullable:
        return read
    return lambda text: None if value_key(text) in _NO_VALUE else read(text)


def _code_reader(list_name: str) -> Parse:
    accepted = {value_key(spelling): code for spelling, code in spellings(list_name).items()}
    ko, en = (", ".join(str(entry[i]) for entry in CODES[list_name].values()) for i in (0, 1))

    def read(text: str) -> str:
        code = accepted.get(value_key(text))
        if code is None:
            raise Refused(Reason.UNKNOWN_CODE, ko, detail_en=en)
        return code

    return read


def _word_reader(column: Column[Any], lookups: Lookups) -> Parse:
    """Reads measures, groups, outputs, tasks and owners by the words that people use; an unknown one is refused with the list."""
    reason, listed = words.WORDS[column.table.name, column.name], words.listed(column, lookups)
    of_programmes = reason in (Reason.UNKNOWN_GROUP, Reason.UNKNOWN_PLACE)
    known = dict(lookups.programmes) if of_programmes else {}
    for code, entry in listed.items():
        for word in (code, entry[0], entry[1], *entry[-1]):
            known[value_key(word)] = code
    ko, en = (", ".join(str(entry[i]) for entry in listed.values()) for i in (0, 1))

    def read(text: str) -> str:
        code = known.get(value_key(text))
        if code is None:
            raise Refused(reason, ko, detail_en=en)
        return code

    return read


def _own_code(text: str) -> str:
    """A programme's code as the office gives it: small letters, digits and _."""
    plain = text.strip().lower()
    if not re.fullmatch(CODE, plain):
        raise Refused(Reason.NOT_A_CODE)
    return plain


def _programme(text: str, lookups: Lookups) -> str:
    found = lookups.programmes.get(value_key(text))
    if found is None:
        raise Refused(Reason.UNKNOWN_PROGRAMME)
    return found


def _yes_no(text: str) -> bool:
    key = value_key(text)
    if key in YES:
        return True
    if key in NO:
        return False
    raise Refused(Reason.NOT_YES_NO)


def _number(text: str, column: Column[Any], scale: int, *, won: bool) -> Decimal | None:
    if amounts.is_nil(
        text
    ):  # printed for nil: zero where a number must stand, nothing where it may be absent
        return None if column.nullable else Decimal(0)
    try:
        if won:
            return amounts.parse_won(text, scale)
        value = amounts.parse(text)
    except Refused as refused:
        if refused.reason is Reason.SUPPRESSED and column.nullable:
            return None  # withheld stays unknown, never 0
        raise
    return None if value is None else value * scale


def _whole(text: str, column: Column[Any], unit: Unit) -> int | None:
    value = _number(text, column, unit.scale, won=column.info["unit"] == "KRW")
    if value is None:
        return None
    if value != value.to_integral_value():
        raise Refused(Reason.NOT_WHOLE)
    low, high = _bounds(column)
    if not low <= value <= high:
        raise Refused(
            Reason.OUT_OF_RANGE, f"{low:,}–{high:,}" if column.name not in YEAR_COLUMNS else f"{low}–{high}"
        )
    return int(value)


def _float(text: str, column: Column[Any]) -> float | None:
    signed = text[-1:] in ("%", "％")
    percent = column.name == "value" and column.table.name == "target" and signed
    value = _number(
        text[:-1] if percent or (signed and column.name == "threshold") else text, column, 1, won=False
    )
    if value is None:
        return None
    if value < 0 and column.name not in MAY_BE_NEGATIVE:
        raise Refused(Reason.OUT_OF_RANGE, "0 –")
    return Percent(value) if percent else float(value)


def _bounds(column: Column[Any]) -> tuple[int, int]:
    if column.name in YEAR_COLUMNS:
        return dates.YEARS[0], dates.YEARS[-1]
    high = 2**63 - 1 if isinstance(column.type, BigInteger) else 2**31 - 1
    return (-high if column.name in MAY_BE_NEGATIVE else 0), high


def _text_reader(column: Column[Any]) -> Callable[[str], str | None]:
    """Reads words as they stand, without the apostrophe by which a spreadsheet marks text."""
    longest = getattr(column.type, "length", None)
    most = longest if longest is not None and column.name not in pseudonyms.COLUMNS else sys.maxsize
    nullable = column.nullable

    def read(text: str) -> str | None:
        plain = text.lstrip("'").strip()
        if nullable and len(plain) <= 3 and value_key(plain) in _NO_VALUE:
            return None
        if len(plain) > most:
            raise Refused(Reason.TOO_LONG, str(most))
        return plain or None

    return read
