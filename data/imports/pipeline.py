"""A file's way in: read, recognise, convert, check. Nothing here touches the database."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import pandas as pd

from data.batches import uncollected
from data.codes import UNKNOWN
from data.imports import (
    column_units,
    convert,
    derived,
    headers,
    layout,
    people,
    pseudonyms,
    reader,
    shapes,
    stated,
    together,
    whose,
)
from data.imports.cells import normalise
from data.imports.headers import Header, Match
from data.imports.layout import Body
from data.imports.lookups import Lookups
from data.imports.places import Places
from data.imports.problems import Problem, redact, redact_name
from data.imports.reasons import Reason
from data.imports.refusal import Refused, personal
from data.imports.report import Parsed
from data.imports.sheet import Sheet
from data.imports.templates import GUIDE_MARKS, Template, find_template, templates
from data.imports.xlsx import letter
from data.tables import OPERATIONAL

MOST_SAID = 1_000  # characters of a detail: a header may be as long as a book


@uncollected()
def preview(
    file_name: str,
    content: bytes,
    *,
    template: str | None = None,
    money: str | None = None,
    books: str | None = None,
    lookups: Lookups,
) -> Parsed:
    """Read a file and say what would be loaded and what is refused; the database is not touched.

    Args:
        file_name: for messages and the batch's source; only its last part is kept.
        template: table name or label; found from the headers when None.
        money: the unit of money (원, 천원 …) where the file names none; won when None.
        books: whose books a file of money is (a code of `managing_body`) where it does not say; the city's when None.
        lookups: the store's districts and programmes (`read_lookups`).

    Returns: a `Parsed`; a refused file has its one problem in it. Nothing is raised for a bad file.
    """
    name = normalise(PurePath(file_name.replace("\\", "/")).name)
    parsed = Parsed(file_name=redact_name(name), sha256=hashlib.sha256(content).hexdigest())
    try:
        kind = people.kind_in(name)
        if kind is not None:
            raise personal(kind, part="파일 이름 / file name")
        among = _candidates(template)
        # The sheets are named nowhere else: their cells are let go once the bodies are cut out of them.
        bodies = _read(
            reader.read(content, score=lambda rows: headers.score(rows, among)),
            among,
            parsed,
            money or column_units.DEFAULT_MONEY,
            lookups,
        )
    except Refused as refused:
        parsed.problems += [_of_file(parsed, one) for one in (refused, *refused.also)]
        return parsed
    parsed.table_name = bodies[0].template.table_name
    parsed.books_stated = not whose.unsaid(bodies)
    parsed.books = None if parsed.books_stated else books
    _fill(parsed, bodies, lookups)
    stated.hold(parsed, bodies, lookups)
    parsed.unit_chosen = money is not None and not parsed.unit_stated
    chosen = [money if parsed.unit_chosen else None, parsed.books]
    if any(chosen):
        # In another unit, or of other books, the same bytes say something else: not a file that came before.
        parsed.sha256 = hashlib.sha256(content + "".join(filter(None, chosen)).encode()).hexdigest()
    if parsed.table_name == "baseline":
        parsed.problems += _totals(parsed, bodies)
    if parsed.table_name == "ledger_entry" and not parsed.books_stated and parsed.books is None:
        parsed.problems += whose.unclear(parsed)
    return parsed


def _of_file(parsed: Parsed, refused: Refused) -> Problem:
    return Problem(
        file=parsed.file_name,
        sheet=redact_name(refused.sheet),
        row=refused.row,
        column=redact(refused.column),
        value=None,
        reason=refused.reason,
        detail=redact_name(refused.detail[:MOST_SAID]),
        detail_en=redact_name(refused.detail_en[:MOST_SAID]),
    )


def _listed(found: Iterable[Template]) -> str:
    return ", ".join(f"{template.ko} ({template.table_name})" for template in found)


def _candidates(name: str | None) -> list[Template]:
    if name is None:
        return list(templates().values())
    found = find_template(name)
    if found is None:
        raise Refused(Reason.UNKNOWN_TEMPLATE, _listed(templates().values()))
    return [found]


# A page of HTML is a workbook in disguise only where a table of it can be read.
_NO_TABLE = frozenset((Reason.NO_TEMPLATE, Reason.MISSING_COLUMNS, Reason.NO_ROWS, Reason.EMPTY))


def _read(
    sheets: Sequence[Sheet], among: Sequence[Template], parsed: Parsed, money: str, lookups: Lookups
) -> list[Body]:
    """The data of every sheet that reads as a known table; what else the file holds is noted, but for a template's own guides."""
    sheets = [
        sheet for sheet in sheets if not (sheet.rows and sheet.rows[0] and sheet.rows[0][0] in GUIDE_MARKS)
    ]
    parsed.hidden_sheets = [redact_name(sheet.name) for sheet in sheets if sheet.hidden]
    parsed.remarks = list(dict.fromkeys(mark for sheet in sheets for mark in sheet.remarks))
    try:
        shown = [shapes.unfolded(sheet, among, parsed.file_name) for sheet in sheets if not sheet.hidden]
        return _bodies(shown, among, parsed, money, lookups)
    except Refused as refused:
        if refused.reason in _NO_TABLE and any(sheet.kind == "html" for sheet in sheets):
            raise Refused(Reason.WRONG_KIND, "HTML (.xls)") from refused
        raise


def _bodies(
    sheets: Sequence[Sheet], among: Sequence[Template], parsed: Parsed, money: str, lookups: Lookups
) -> list[Body]:
    complete: list[tuple[Sheet, Header, Match]] = []
    partial: list[tuple[Sheet, Header, Match]] = []
    for sheet in sheets:
        found = headers.find_header(sheet, among)
        if found is not None and found.matches:
            sheet, found = shapes.captioned(sheet, found, among, lookups, parsed.file_name)
        if found is None or found.matches[0].missing:
            if found is not None and len(found.matches) == 1:
                partial.append((sheet, found, found.matches[0]))
            if sheet.name and any(map(any, sheet.rows)):
                parsed.ignored_sheets.append(redact_name(sheet.name))
            continue
        if len(found.matches) > 1:
            listed = _listed(match.template for match in found.matches)
            raise Refused(Reason.AMBIGUOUS_TEMPLATE, listed, sheet=sheet.name, row=found.last + 1)
        complete.append((sheet, found, found.matches[0]))
    if not complete:
        _refuse_partial(partial, among)
    tables = {match.template.table_name: match.template for _, _, match in complete}
    if len(tables) > 1:
        raise Refused(Reason.MIXED_TABLES, _listed(tables.values()))
    parsed.filtered = any(sheet.filtered for sheet, _, _ in complete)
    read_so = (mark for sheet, _, _ in complete for mark in sheet.remarks)
    parsed.remarks = list(dict.fromkeys([*parsed.remarks, *read_so]))
    return [
        layout.read_body(sheet, header, match, money=money, file_name=parsed.file_name)
        for sheet, header, match in complete
    ]


def _refuse_partial(partial: Sequence[tuple[Sheet, Header, Match]], among: Sequence[Template]) -> None:
    """Name the missing columns when the file nearly is a known table, else list the known tables."""
    for sheet, header, match in partial:
        recognised = len(match.template.required) - len(match.missing)
        if len(among) == 1 or (recognised >= 2 and recognised * 2 >= len(match.template.required)):
            layout.read_body(sheet, header, match)
    raise Refused(Reason.NO_TEMPLATE, _listed(among))


@dataclass
class _Rows:
    """Rows in conversion: where each stands, and what is wrong with which."""

    parsed: Parsed
    places: Places = field(default_factory=Places)
    wrong: dict[int, list[Problem]] = field(default_factory=dict)

    def refuse(
        self, place: int, column: str, value: str | None, reason: Reason, detail: str, detail_en: str = ""
    ) -> None:
        sheet, row = self.places[place]
        problem = Problem(self.parsed.file_name, sheet, row, column, value, reason, detail, None, detail_en)
        self.wrong.setdefault(place, []).append(problem)


def _fill(parsed: Parsed, bodies: Sequence[Body], lookups: Lookups) -> None:
    """Convert the bodies and put the accepted rows, the problems and the counts into `parsed`."""
    table_name = bodies[0].template.table_name
    rows = _Rows(parsed)
    excluded: Counter[str] = Counter()
    frames: list[pd.DataFrame] = []
    misfits: list[Problem] = []
    for body in bodies:
        sheet = redact_name(body.sheet)
        first = len(rows.places)
        rows.places.extend(sheet, body.row_numbers)
        frames.append(_converted(body, rows, first, lookups))
        excluded.update(body.excluded)
        parsed.uneven += body.uneven
        misfits += [
            Problem(parsed.file_name, sheet, number, "", None, Reason.COLUMN_COUNT, said)
            for number, said in body.misfits.items()
        ]
        parsed.headers = {**body.headers, **parsed.headers}
        parsed.ignored_columns += [
            redact(name) for name in body.ignored if name not in parsed.ignored_columns
        ]
        table = OPERATIONAL[table_name].c
        parsed.assumed = [
            name
            for name in _absent(body)
            if table[name].info["absent"] is None and frames[-1][name].notna().any()
        ]
        _note(parsed, body, sheet)
    frame = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    frame = derived.coded(table_name, frame, lookups.programmes)
    for place, column, reason, *detail in derived.misfits(table_name, frame):
        if place not in rows.wrong:
            header = parsed.headers.get(column) or _label(table_name, column)
            value = f"{frame.at[place, column]:,}" if reason is Reason.NEGATIVE_AMOUNT else None
            rows.refuse(place, header, value, reason, *detail)
    parsed.turned = derived.turn_decreases(table_name, frame)
    repeated = _repeated(table_name, frame, rows)
    excluded["duplicate"] += len(repeated)
    _hold_together(table_name, frame, repeated, rows, lookups)
    kept = _kept(frame, repeated, rows)
    whole, parsed.places = _those(kept, frame, rows)
    taken = together.settled(table_name, whole)
    _tell(table_name, taken, parsed, lookups)
    parsed.frame = derived.derive(table_name, taken)
    parsed.problems += sorted(
        [*misfits, *(problem for found in rows.wrong.values() for problem in found)],
        key=lambda problem: (problem.sheet, problem.row or 0),
    )
    parsed.refused = len(rows.wrong) + len(misfits)
    parsed.excluded = dict(+excluded)


def _kept(frame: pd.DataFrame, repeated: set[int], rows: _Rows) -> list[int]:
    aside = rows.wrong.keys() | repeated
    return [place for place in range(len(frame)) if place not in aside] if aside else list(range(len(frame)))


def _those(kept: list[int], frame: pd.DataFrame, rows: _Rows) -> tuple[pd.DataFrame, Places]:
    """Some rows and their places; the very same where they are all."""
    if len(kept) == len(frame):
        return frame, rows.places
    return frame.iloc[kept].reset_index(drop=True), rows.places.take(kept)


def _hold_together(
    table_name: str, frame: pd.DataFrame, repeated: set[int], rows: _Rows, lookups: Lookups
) -> None:
    """Refuse the rows that contradict each other, or what is known, by everything that is wrong with them."""
    kept = _kept(frame, repeated, rows)
    good, places = _those(kept, frame, rows)
    for found in list(together.misfits(table_name, good, places, lookups)):
        header = rows.parsed.headers.get(found.column) or _label(table_name, found.column)
        value = together.shown(good.at[found.place, found.column])
        rows.refuse(kept[found.place], header, value, found.reason, found.detail, found.detail_en)


def _tell(table_name: str, taken: pd.DataFrame, parsed: Parsed, lookups: Lookups) -> None:
    """Note what must be looked at although it is taken."""
    for found in together.told(table_name, taken, lookups):
        sheet, row = parsed.places[found.place]
        header = parsed.headers.get(found.column) or _label(table_name, found.column)
        value = together.shown(taken.at[found.place, found.column])
        parsed.told.append(
            Problem(
                parsed.file_name, sheet, row, header, value, found.reason, found.detail, None, found.detail_en
            )
        )


def _note(parsed: Parsed, body: Body, sheet: str) -> None:
    """Put what was seen of a body, beside its rows, into `parsed`."""
    for name, unit in body.units.items():
        if _is_money(body.template.table_name, name):
            parsed.unit, parsed.unit_stated = unit.name, parsed.unit_stated and unit.stated
            parsed.unit_place = unit.place
        elif unit.scale > 1 and name in column_units.SCALED:
            parsed.scales.append((redact(body.headers[name]), unit.name))
    parsed.hidden_rows += [(sheet, number) for number in body.hidden_rows]
    parsed.hidden_columns += [redact(name) for name in body.hidden_columns]
    parsed.unlabelled += [(sheet, letter(place)) for place in body.unlabelled]


def _totals(parsed: Parsed, bodies: Sequence[Body]) -> list[Problem]:
    """A plan's file states its total, and the accepted rows sum to it: no row went missing on the way."""
    found: list[Problem] = []
    header = parsed.headers["planned_krw"]
    for body in bodies:
        sheet = redact_name(body.sheet)
        rows = zip(parsed.places, parsed.frame["planned_krw"], strict=True)
        summed = sum(won for place, won in rows if place[0] == sheet)
        stated = body.totals.get("planned_krw", [])
        if summed in stated:
            continue
        reason = Reason.TOTAL_DIFFERS if stated else Reason.TOTAL_MISSING
        last = f"{stated[-1]:,}" if stated else ""
        ko = f"합계 {last}원, 행의 합 {summed:,}원" if stated else f"행의 합 {summed:,}원"
        en = f"total KRW {last}, rows KRW {summed:,}" if stated else f"the rows sum to KRW {summed:,}"
        found.append(Problem(parsed.file_name, sheet, None, header, None, reason, ko, None, en))
    return found


def _label(table_name: str, column: str) -> str:
    """A column that the file does not have, in both languages."""
    info = OPERATIONAL[table_name].c[column].info
    return f"{info['ko']} ({info['en']})"


def _is_money(table_name: str, column_name: str) -> bool:
    return OPERATIONAL[table_name].c[column_name].info["unit"] == "KRW"


def _absent(body: Body) -> list[str]:
    return [column.name for column in body.template.columns if column.name not in body.columns]


def _converted(body: Body, rows: _Rows, first: int, lookups: Lookups) -> pd.DataFrame:
    table = OPERATIONAL[body.template.table_name]
    columns: dict[str, list[Any]] = {}
    for column in body.template.columns:
        texts = body.columns.get(column.name)
        if texts is None:
            absent = column.info["absent"] or (None if column.nullable else UNKNOWN)
            absent = rows.parsed.books or absent if column.name == whose.COLUMN else absent
            columns[column.name] = [absent] * len(body.row_numbers)
            continue
        parse = convert.parser_for(
            table.c[column.name],
            unit=body.units[column.name],
            lookups=lookups,
            texts=texts,
            epoch_days=body.epoch_days,
        )
        found = convert.convert(texts, parse)
        columns[column.name] = found.values
        rows.parsed.marked += found.marked
        if column.name == "district_code":
            counted = Counter(texts).items()
            rows.parsed.by_dong += sum(n for text, n in counted if lookups.names_dong(text))
        hidden = column.name in pseudonyms.COLUMNS
        for place, failure in found.failures.items():
            value = None if hidden else redact(texts[place])
            header, detail = body.headers[column.name], (failure.detail, failure.detail_en)
            rows.refuse(first + place, header, value, failure.reason, *detail)
    return pd.DataFrame(columns, dtype=object)


def _repeated(table_name: str, frame: pd.DataFrame, rows: _Rows) -> set[int]:
    """Positions of identical repeats (the first is kept); rows that contradict each other are refused."""
    table = OPERATIONAL[table_name]
    key = list(table.info["key"])
    good = frame.drop(index=list(rows.wrong)) if rows.wrong else frame
    good = good[good.duplicated(key, keep=False)]
    if good.empty:
        return set()
    again = good.duplicated(keep="first")
    label = [", ".join(str(table.c[name].info[lang]) for name in key) for lang in ("ko", "en")]
    distinct = good[~again]
    conflicting = distinct[distinct.duplicated(key, keep=False)]
    clash = set(map(tuple, conflicting[key].itertuples(index=False)))
    for place, values in zip(good.index, good[key].itertuples(index=False, name=None), strict=True):
        if values in clash:
            rows.refuse(int(place), "", None, Reason.KEY_CONFLICT, *label)
    return {int(place) for place in good.index[again]} - set(rows.wrong)
