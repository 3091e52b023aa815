"""A table's columns as typed values, for files: what a cell says in words becomes a number with its unit in the header.

A screen says '74% (71–77%)', a program wants 74, 71 and 77. Values are read off what is said and off nothing finer, so that a file
holds exactly the figures that the answer shows; money that a cell carries in full beside its rounded text (`Cell.value`) is whole
won. Where no value may be given the words that stand in its place are the value's state.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from answers.answer import Cell, Column, Table
from locales import t

Kind = Literal["text", "number", "date", "month"]
Value = str | int | Decimal | date | None

_NUM = r"[+\-−]?\d[\d,]*(?:\.\d+)?"
# A unit is one sign or some words without figures; ' (' ends it.
_UNIT = r"%p|%|[^\W\d_](?:[^\d()\[\]–·,;:=<>/\"%]*[^\W\d_.])?"
_ONE = re.compile(rf"(?P<n>{_NUM})(?: ?(?P<u>{_UNIT}))?(?: ?\((?P<in>[^()]+)\))?(?P<rest> [▲▼●◆✓✕≈?][^\d]*)?")
_RANGE = re.compile(
    rf"(?:(?P<say>[^\d]*\d\d% (?:구간|interval)) )?(?P<a>{_NUM})–(?P<b>{_NUM})(?: ?(?P<u>{_UNIT}))?"
)
_RANGE_OF_TIME = re.compile(r"(?P<a>\d[^–]*)–(?P<b>\d[^–]*)")
_WON = re.compile(
    r"(?P<s>[+\-−]?)(?:(?P<jo>[\d,]+)조)? ?(?:(?P<eok>[\d,]+(?:\.\d+)?)억)? ?(?:(?P<man>[\d,]+(?:\.\d+)?)만)? ?(?P<one>[\d,]+)? ?원"
)
_KRW = re.compile(r"(?P<s>[+\-−]?)KRW (?P<n>[\d,]+(?:\.\d+)?)(?P<u>tn|bn|m)?")
_MAN = re.compile(rf"(?P<n>{_NUM})만 (?P<u>[^\W\d_]+)")
_TIME_KO = re.compile(r"(?:(?P<m>[\d,]+)분)? ?(?:(?P<s>\d+(?:\.\d+)?)초)?(?P<rest> 이내)?")
_TIME_EN = re.compile(r"(?P<rest>within )?(?:(?P<m>[\d,]+) min)? ?(?:(?P<s>\d+(?:\.\d+)?) ?s)?")
_DAY = re.compile(r"(?P<y>\d{4})(?:-|\. ?)(?P<m>\d{1,2})(?:-|\. ?)(?P<d>\d{1,2})\.?")
_DAY_EN = re.compile(r"(?P<d>\d{1,2}) (?P<m>[A-Z][a-z]{2}) (?P<y>\d{4})")
_MONTH = re.compile(r"(?P<y>\d{4})(?:년 (?P<m>\d{1,2})월|-(?P<m2>\d{2}))")
_MONTH_EN = re.compile(r"(?P<m>[A-Z][a-z]{2}) (?P<y>\d{4})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# What a header says of the interval that stands behind its figure: 비율(95% 구간), share (95% interval).
_OF_INTERVAL = re.compile(r" ?\((?P<what>[^()]*(?:구간|한계|interval|limits?)[^()]*)\)")
_MONEY = {"조": 10**12, "억": 10**8, "만": 10**4, "tn": 10**12, "bn": 10**9, "m": 10**6}
_BOUND = re.compile(r"미만|이하|이상|초과|이내|^or ")
# Headers of the limits of what stands before them.
_LIMIT = re.compile(r"(?P<low>하한|(?i:lower))$|(?:상한|(?i:upper))$")
_UNIT_IN_LABEL = re.compile(r"\((?P<u>%p?|원|초|건|명|KRW|s)\)$")
# A column that is not declared to hold figures holds them only where its texts cannot be anything else.
_PLAIN_UNITS = frozenset({"%", "%p"})
LIMITS: tuple[Literal["low"], Literal["high"]] = ("low", "high")
NOTHING = frozenset({"", "–", "-"})


@dataclass(frozen=True)
class Said:
    """What one cell says: a value in a unit, an interval with its level, words beside it; all words where nothing can be read."""

    value: Value = None
    unit: str = ""
    low: Decimal | int | None = None
    high: Decimal | int | None = None
    digits: int = 0
    words: str = ""
    level: str = ""


@dataclass(frozen=True)
class Series:
    """One typed column.

    Attributes:
        label, unit: its header. kind: of its values. values: one a row, None where there is none.
        states: words in place of a value, by row; '' where there is one. digits: decimals that are shown.
        of: the column of the table that it comes from. role: the figure itself, a limit of its interval, its unit where rows
            differ in it, words beside it, or the group under which a row stands.
    """

    label: str
    kind: Kind
    values: tuple[Value, ...]
    states: tuple[str, ...] = ()
    unit: str = ""
    digits: int = 0
    of: int = 0
    role: Literal["value", "low", "high", "unit", "note", "group"] = "value"

    @property
    def header(self) -> str:
        """Its label with the unit, where the label does not say it already."""
        said = f"({self.unit})" in self.label or f"({self.unit}," in self.label
        return f"{self.label} ({self.unit})" if self.unit and not said else self.label


@dataclass(frozen=True)
class Typed:
    """A table as typed columns of equal length, and the kind of each row (`Table.classes`)."""

    series: tuple[Series, ...]
    classes: tuple[str, ...] = field(default=())

    def rows(self) -> list[tuple[Value, ...]]:
        """The values row by row."""
        return list(zip(*(s.values for s in self.series), strict=True))


def typed(table: Table, lang: str) -> Typed:
    """A table's columns as typed values.

    A column of figures with their intervals becomes three, one whose rows differ in their unit gets the unit beside it, and rows that
    head a group become a column of their own.
    """
    width = len(table.columns)
    group, groups, rows, classes = "", [], [], []
    for place, row in enumerate(table.rows):
        if len(row) == 1 < width:
            group = plain(row[0])
            continue
        groups.append(group)
        rows.append(row)
        classes.append(table.classes[place] if place < len(table.classes) else "")
    full = any(_full(cell) for row in rows for cell in row)
    found: list[Series] = []
    if any(groups):
        found.append(Series(t("files.group", lang), "text", tuple(groups), role="group"))
    for at, column in enumerate(table.columns):
        found += _limits(_columns(column, [row[at] for row in rows], at, lang, full=full), found)
    return Typed(tuple(found), tuple(classes))


def plain(cell: Any) -> str:
    """A cell's whole text in one line, without the spaces that only hold words together on a screen."""
    return str(cell).replace("\xa0", " ").strip()


def _limits(new: list[Series], before: Sequence[Series]) -> list[Series]:
    """A column of limits is in the unit of the figure that stands before it."""
    match = _LIMIT.search(new[0].label) if len(new) == 1 and new[0].kind == "number" else None
    if match is None:
        return new
    units = (
        s.unit or _unit_in(s.label) for s in reversed(before) if s.kind == "number" and s.role == "value"
    )
    unit = new[0].unit or next(filter(None, units), "")
    return [replace(new[0], unit=unit, role="low" if match["low"] else "high")]


def _unit_in(label: str) -> str:
    within = _UNIT_IN_LABEL.search(label)
    return within["u"] if within else ""


def _columns(column: Column, cells: Sequence[Any], at: int, lang: str, *, full: bool) -> list[Series]:
    # What is text stays as it is, but for the spaces that only hold words together on a screen.
    raw = ["" if _none(cell) else str(cell).replace("\xa0", " ") for cell in cells]
    texts = [text.strip() for text in raw]
    if (days := _all(texts, as_day)) is not None:
        return [Series(column.label, "date", days, of=at)]
    if (months := _all(texts, as_month)) is not None:
        return [Series(column.label, "month", months, of=at)]
    read = [_cell(cell) for cell in cells]
    if full and any(map(_counted, cells)) and not any(one.unit for one in read):
        # Money in full beside its text in 억: the file takes it as it is.
        won = t("budget.unit_won", lang)
        read = [
            Said(cell.value, won) if _counted(cell) else one for cell, one in zip(cells, read, strict=True)
        ]
    elif not column.number and _valued(cells, read):
        column = replace(column, number=True)
    if not _figures(column, texts, read):
        return [Series(column.label, "text", tuple(raw), of=at, unit=column.unit)]
    return _numbers(column, texts, read, at, lang)


def _none(cell: Any) -> bool:
    return cell is None or (isinstance(cell, float) and not math.isfinite(cell))


def _counted(cell: Any) -> bool:
    return isinstance(cell, Cell) and isinstance(cell.value, int) and not isinstance(cell.value, bool)


def _full(cell: Any) -> bool:
    """Whether a cell carries an amount that its text rounds to another unit."""
    if not _counted(cell) or abs(cell.value) < 1000:
        return False
    one = _cell(cell)
    return _told(one) and not one.unit and cell.value != one.value


def _valued(cells: Sequence[Any], read: Sequence[Said]) -> bool:
    """Whether most cells carry a value and say it in their first line."""
    valued = [isinstance(cell, Cell) and isinstance(cell.value, int | float) for cell in cells]
    return 2 * sum(valued) > len(cells) and all(_told(one) for one, v in zip(read, valued, strict=True) if v)


def _all(texts: Sequence[str], read: Callable[[str], date | None]) -> tuple[Value, ...] | None:
    """All texts read, or None where one cannot be or there is none."""
    days = [read(text) if text not in NOTHING else None for text in texts]
    told = [text for text in texts if text not in NOTHING]
    return (
        tuple(days)
        if told and all(d is not None or x in NOTHING for d, x in zip(days, texts, strict=True))
        else None
    )


def _figures(column: Column, texts: Sequence[str], read: Sequence[Said]) -> bool:
    """Whether a column holds figures: as declared, or where its texts can be nothing else."""
    told = [one for one, text in zip(read, texts, strict=True) if text not in NOTHING]
    known = [one for one in told if one.value is not None or one.low is not None]
    if not known:
        return False
    if column.number:
        return True
    sure = [text for text, one in zip(texts, read, strict=True) if one in known and _certain(text, one)]
    whole = sum(text not in NOTHING and one in known for text, one in zip(texts, read, strict=True))
    words = {text for text, one in zip(texts, read, strict=True) if one not in known and text not in NOTHING}
    return (
        len(sure) == whole and len(words) <= max(2, len(told) // 10) and not any(one.words for one in known)
    )


def _certain(text: str, one: Said) -> bool:
    """Whether a text cannot be a code, a year or a name that begins with a figure."""
    if one.unit:
        return one.unit in _PLAIN_UNITS
    return one.low is None and (one.digits > 0 or text[:1] in "+-−" or text == "0")


def _numbers(column: Column, texts: Sequence[str], read: Sequence[Said], at: int, lang: str) -> list[Series]:
    common = column.unit or column.said
    if any(one.unit == common for one in read):  # said with some cells and by the header for the rest
        read = [one if one.unit or not _told(one) else replace(one, unit=common) for one in read]
    units = list(dict.fromkeys(one.unit for one in read if one.value is not None or one.low is not None))
    same = len(units) <= 1
    unit = (units[0] if units else "") if same else ""
    label, what = column.label, ""
    if same and not unit:
        unit = common
    elif column.unit and column.unit != unit:  # a remark on the column, not a unit
        label = f"{label} [{column.unit}]"
    if any(one.low is not None for one in read) and (behind := _OF_INTERVAL.search(label)):
        label, what = label[: behind.start()] + label[behind.end() :], f" {behind['what']}"
    # Where only some cells name their level, the others have the same: a page has one.
    if not what and len(levels := {one.level for one in read if one.low is not None and one.level}) == 1:
        what = f" {levels.pop()}"
    digits = max((one.digits for one in read), default=0)
    found: list[Series] = []
    alone = all(one.value is None for one in read)  # a column of intervals
    states = tuple(
        "" if _told(one) or text in NOTHING else text for one, text in zip(read, texts, strict=True)
    )
    if not alone:
        values = tuple(one.value for one in read)
        found.append(Series(label, "number", values, states, unit, digits, at))
    for role in LIMITS:
        limits = tuple(getattr(one, role) for one in read)
        if any(limit is not None for limit in limits):
            own = states if alone and role == "low" else ()
            name = t(f"files.{role}", lang, label=f"{label}{what}")
            found.append(Series(name, "number", limits, own, unit, digits, at, role))
    if not same:
        by_row = tuple(one.unit if _told(one) else "" for one in read)
        found.append(Series(t("files.unit", lang, label=label), "text", by_row, of=at, role="unit"))
    if any(one.words for one in read if _told(one)):
        beside = tuple(one.words if _told(one) else "" for one in read)
        found.append(_beside(t("files.note", lang, label=label), beside, at))
    return found


def _beside(label: str, words: tuple[str, ...], at: int) -> Series:
    """What stands in brackets behind figures: figures again where all of it is, in one unit."""
    read = [said(text) for text in words]
    told = [one for one, text in zip(read, words, strict=True) if text]
    units = {one.unit for one in told}
    if (
        units <= _PLAIN_UNITS
        and len(units) == 1
        and all(one.value is not None and one.low is None and not one.words for one in told)
    ):
        values = tuple(one.value for one in read)
        digits = max(one.digits for one in told)
        return Series(label, "number", values, ("",) * len(words), units.pop(), digits, at, "note")
    return Series(label, "text", words, of=at, role="note")


def _told(one: Said) -> bool:
    return one.value is not None or one.low is not None


def flat(table: Table, lang: str) -> list[Series]:
    """The typed columns with one more behind each that has words in place of values: every column is of one kind."""
    found = typed(table, lang).series
    texts = [s.values for s in found if s.kind == "text"]
    out: list[Series] = []
    for one in found:
        out.append(one)
        words = one.states
        # A column that says the same already is enough.
        told = any(words) and not any(
            all(w in ("", o) for w, o in zip(words, other, strict=True)) for other in texts
        )
        if told:
            out.append(Series(t("files.state", lang, label=one.label), "text", words, of=one.of, role="note"))
    return out


# --- One cell ---------------------------------------------------------------------------------------------


def _cell(cell: Any) -> Said:
    if isinstance(cell, bool):
        return Said(words=str(cell))
    if isinstance(cell, int | Decimal | float):
        number = Decimal(str(cell))
        return Said(_whole(number), digits=_digits(number)) if number.is_finite() else Said()
    if not isinstance(cell, Cell):
        return said(plain(cell))
    found = said(plain(cell.text))
    beside = [plain(line.text) for line in cell.under] + ([plain(cell.more)] if cell.more else [])
    return _with(found, [text for text in beside if text]) if _told(found) else found


def _with(found: Said, beside: Sequence[str]) -> Said:
    """What is said with further lines: an interval among them is its own, the rest are words."""
    words = [found.words] if found.words else []
    for text in beside:
        interval = said(text)
        if (
            found.low is None
            and interval.low is not None
            and interval.value is None
            and interval.unit == found.unit
        ):
            digits = max(found.digits, interval.digits)
            found = replace(found, low=interval.low, high=interval.high, digits=digits, level=interval.level)
        else:
            words.append(text)
    return replace(found, words=" · ".join(words))


def said(text: str) -> Said:
    """What a text says: 74% (71–77%), 95% 구간 6–9%, 1.3억 원, KRW 30.5m, 1분 23초, 68.9만 명, 15,565 건 (remark)."""
    for read in (_money, _duration, _range, _ten_thousands, _figure):
        if (found := read(text)) is not None:
            return found
    return Said(words=text)


def _figure(text: str) -> Said | None:
    match = _ONE.fullmatch(text)
    if match is None or _BOUND.search(match["u"] or ""):  # 'fewer than ten' is no ten
        return None
    number, unit = Decimal(_ascii(match["n"])), match["u"] or ""
    found = Said(_whole(number), unit, digits=_digits(number), words=(match["rest"] or "").strip())
    if not (inside := match["in"]):
        return found
    interval = said(inside)
    if interval.low is not None and interval.value is None:
        digits = max(found.digits, interval.digits)
        found = replace(found, unit=unit or interval.unit, digits=digits)
        return replace(found, low=interval.low, high=interval.high, level=interval.level)
    return replace(found, words=" · ".join(part for part in (inside, found.words) if part))


def _range(text: str) -> Said | None:
    match = _RANGE.fullmatch(text)
    if match is None:
        return _range_of_times(text)
    low, high = Decimal(_ascii(match["a"])), Decimal(_ascii(match["b"]))
    digits = max(_digits(low), _digits(high))
    return Said(None, match["u"] or "", _whole(low), _whole(high), digits, level=match["say"] or "")


def _range_of_times(text: str) -> Said | None:
    """19초–21초, 1.2억 원–3억 원."""
    match = _RANGE_OF_TIME.fullmatch(text)
    if match is None:
        return None
    low, high = (_duration(match[end]) or _money(match[end]) or Said() for end in "ab")
    start, end = low.value, high.value
    if not isinstance(start, int | Decimal) or not isinstance(end, int | Decimal) or low.unit != high.unit:
        return None
    return Said(None, low.unit, start, end, max(low.digits, high.digits))


def _money(text: str) -> Said | None:
    if (match := _KRW.fullmatch(text)) is not None:
        amount = Decimal(_ascii(match["n"])) * _MONEY.get(match["u"] or "", 1)
        return Said(round(-amount if match["s"] in ("-", "−") else amount), "KRW")
    match = _WON.fullmatch(text)
    if match is None or not any(match[part] for part in ("jo", "eok", "man", "one")):
        return None
    parts = {"jo": 10**12, "eok": 10**8, "man": 10**4, "one": 1}
    amount = sum((Decimal(_ascii(match[p])) * size for p, size in parts.items() if match[p]), Decimal(0))
    return Said(round(-amount if match["s"] in ("-", "−") else amount), "원")


def _duration(text: str) -> Said | None:
    for pattern, unit in ((_TIME_KO, "초"), (_TIME_EN, "s")):
        match = pattern.fullmatch(text)
        if match is not None and (match["m"] or match["s"]):
            seconds = Decimal(_ascii(match["m"] or "0")) * 60 + Decimal(match["s"] or 0)
            return Said(_whole(seconds), unit, digits=_digits(seconds), words=(match["rest"] or "").strip())
    return None


def _ten_thousands(text: str) -> Said | None:
    match = _MAN.fullmatch(text)
    return None if match is None else Said(round(Decimal(_ascii(match["n"])) * 10**4), match["u"])


def as_day(text: str) -> date | None:
    """A day as written in a table: 2026-10-31, 2026. 10. 31., 31 Oct 2026; None for anything else."""
    if (match := _DAY.fullmatch(text)) is not None:
        return _date(match["y"], match["m"], match["d"])
    if (match := _DAY_EN.fullmatch(text)) is not None and match["m"] in _MONTHS:
        return _date(match["y"], str(_MONTHS.index(match["m"]) + 1), match["d"])
    return None


def as_month(text: str) -> date | None:
    """A month as written in a table, as its first day: 2026년 10월, Oct 2026, 2026-10; None for anything else."""
    if (match := _MONTH.fullmatch(text)) is not None:
        return _date(match["y"], match["m"] or match["m2"], "1")
    if (match := _MONTH_EN.fullmatch(text)) is not None and match["m"] in _MONTHS:
        return _date(match["y"], str(_MONTHS.index(match["m"]) + 1), "1")
    return None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _ascii(text: str) -> str:
    return text.replace(",", "").replace("−", "-")


def _whole(number: Decimal) -> int | Decimal:
    """A number without decimals as a whole one."""
    return int(number) if number == number.to_integral_value() and _digits(number) == 0 else number


def _digits(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
