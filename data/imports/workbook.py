"""A template as a workbook: lists to choose from, a sheet that explains each column, a sheet of codes, an example that is skipped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Float, Integer

from data.codes import CODES
from data.files import sheet_name, workbook_bytes
from data.imports import words
from data.imports.lookups import Lookups
from data.imports.templates import GUIDE_MARKS, Template, may_be_absent, template_rows, templates
from data.meanings import meaning
from data.tables import OPERATIONAL

FACE = "맑은 고딕"  # Korean Excel's own, which English Excel has too
ROWS = 2000  # that the lists and formats reach down to
UNITS = {"KRW": ("원 (표 위의 칸을 따름)", "won (as the cell above the table says)"), "s": ("초", "seconds"), "UTC": ("서울 시각", "Seoul time"),
         "points": ("점", "points"), "months": ("개월", "months"), "people": ("명", "people"), "fte": ("명 (반일 0.5)", "posts (half 0.5)")}  # fmt: skip
WORDS = {
    "guide": ("설명", "Guide"), "codes": ("코드", "Codes"), "lists": ("목록", "Lists"),
    "column": ("열", "Column"), "meaning": ("뜻", "Meaning"), "needed": ("필수", "Required"), "unit": ("단위", "Unit"),
    "allowed": ("쓸 수 있는 값", "Allowed values"), "example": ("보기", "Sample"), "yes": ("필수", "required"), "no": ("비워도 됨", "may be empty"),
    "list": ("어느 열", "For which column"), "code": ("코드값", "Code value"), "ko": ("우리말", "Korean"), "en": ("영어", "English"),
    "date": ("날짜(2025-04-01)", "a date (2025-04-01)"), "moment": ("날짜와 시각(2025-04-01 09:30)", "date and time (2025-04-01 09:30)"),
    "whole": ("0 이상의 정수", "a whole number from 0"), "number": ("수", "a number"), "text": ("글", "text"), "to_choose": ("목록에서 고름", "chosen from the list"),
    "wrong": ("목록에 없는 값입니다. 같은 뜻의 다른 말이면 ‘예’를 누르세요. 모르는 말이면 반입할 때 알려 줍니다.",
              "Not in the list. Choose Yes if it is another word for one of these; the import tells if it is not understood."),
}  # fmt: skip
_HEAD, _NEED, _PALE = PatternFill("solid", "DCE6F1"), PatternFill("solid", "FCE4D6"), "7F7F7F"
_LINE = Border(bottom=Side("thin", color="9DA9B5"))


@dataclass(frozen=True)
class Listed:
    """What a column may hold: code -> (Korean, English)."""

    entries: dict[str, tuple[str, str]]

    def labels(self, lang: str) -> list[str]:
        """The entries as they are written in the file."""
        return [names[0 if lang == "ko" else 1] for names in self.entries.values()]


def allowed(column: Column[Any], lookups: Lookups) -> Listed | None:
    """What a column may hold, None where any value of its type may stand."""
    if column.name == "district_code":
        english = {
            code: name.capitalize() for name, code in lookups.district_names.items() if name.endswith("-gu")
        }
        return Listed({code: (ko, english.get(code, ko)) for code, ko in lookups.labels.items()})
    if column.name == "programme_id":
        return Listed(dict(lookups.programme_names))
    if column.info["codes"]:
        return Listed({code: entry[:2] for code, entry in CODES[column.info["codes"]].items()})
    if isinstance(column.type, Boolean):
        return Listed({"Y": ("예", "Y"), "N": ("아니오", "N")})
    known = words.listed(column, lookups)
    return Listed({code: (entry[0], entry[1]) for code, entry in known.items()}) if known else None


def template_xlsx(table_name: str, lang: str, lookups: Lookups) -> bytes:
    """A workbook to fill in for a table: its rows under a header, an example that is not imported, and what each column means.

    Args:
        lookups: the store's districts, programmes, owners and tasks, which the lists are made of.

    Raises:
        KeyError: there is no such template.
    """
    template = templates()[table_name]
    book = Workbook()
    book._named_styles["Normal"].font = Font(name=FACE, size=11)  # every cell that says no other
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = sheet_name(template.title(lang))
    lists = {
        column.name: found
        for column in template.columns
        if (found := allowed(OPERATIONAL[table_name].c[column.name], lookups)) is not None
    }
    head = _fill(sheet, template, lang)
    _guide(book.create_sheet(_word("guide", lang)), template, lists, lang)
    if lists:
        _codes(book.create_sheet(_word("codes", lang)), template, lists, lang)
        _choices(book, sheet, template, lists, head, lang)
    return workbook_bytes(book)


def _word(key: str, lang: str) -> str:
    return WORDS[key][0 if lang == "ko" else 1]


def _fill(sheet: Worksheet, template: Template, lang: str) -> int:
    """The sheet of rows; returns the row of its header."""
    rows = template_rows(template.table_name, lang)
    head = next(place for place, row in enumerate(rows, 1) if row[-1])
    for number, row in enumerate(rows, 1):
        for place, text in enumerate(row, 1):
            cell = sheet.cell(number, place, text or None)
            cell.number_format = "@"
            cell.font = (
                Font(name=FACE, size=11, color=_PALE, italic=True) if number > head else Font(name=FACE)
            )
    for place, column in enumerate(template.columns, 1):
        cell = sheet.cell(head, place)
        cell.font, cell.border = Font(name=FACE, bold=True), _LINE
        cell.fill = _HEAD if may_be_absent(column) else _NEED
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = max(12, 2 * len(str(cell.value)) + 4)
        sheet.column_dimensions[letter].number_format = _format(
            column
        )  # of the cells that are still to be written
    sheet.freeze_panes = sheet.cell(head + 1, 1)
    return head


def _format(column: Column[Any]) -> str:
    """How Excel is to show a column: dates alike, amounts with separators, numbers of entries as they are typed."""
    if isinstance(column.type, DateTime):
        return "yyyy-mm-dd hh:mm"
    if isinstance(column.type, Date):
        return "yyyy-mm-dd"
    if isinstance(column.type, (Integer, BigInteger, Float)):
        year = column.name.endswith("year")
        return "General" if year or isinstance(column.type, Float) else "#,##0"
    return "@"


def _guide(sheet: Worksheet, template: Template, lists: dict[str, Listed], lang: str) -> None:
    """A line for each column: meaning, whether it must be there, unit, allowed values, a sample."""
    at = 0 if lang == "ko" else 1
    _top(sheet, ("column", "meaning", "needed", "unit", "allowed", "example"), lang)
    sample = dict(zip([c.name for c in template.columns], template_rows(template.table_name, lang)[-1 - _totalled(template)], strict=True))  # fmt: skip
    for column in template.columns:
        unit = UNITS.get(column.info["unit"] or "", ("", ""))[at]
        needed = _word("no" if may_be_absent(column) else "yes", lang)
        said = _values(column, lists.get(column.name), lang)
        label, means = template.label(column.name, lang), meaning(template.table_name, column.name, lang)
        shown = "" if column.name in lists else sample[column.name].removeprefix(("예) ", "e.g. ")[at])
        sheet.append([label, means, needed, unit, said, shown.removesuffix(":00")])
    _laid_out(sheet, (22, 60, 12, 24, 50, 24))


def _totalled(template: Template) -> int:
    return 1 if template.table_name == "baseline" else 0


def _values(column: Column[Any], listed: Listed | None, lang: str) -> str:
    if listed is not None:
        labels = listed.labels(lang)
        return ", ".join(labels) if len(labels) <= 8 else _word("to_choose", lang)
    for kind, word in (
        (DateTime, "moment"),
        (Date, "date"),
        (Float, "number"),
        (Integer, "whole"),
        (BigInteger, "whole"),
    ):
        if isinstance(column.type, kind):
            return _word(word, lang)
    return _word("text", lang)


def _codes(sheet: Worksheet, template: Template, lists: dict[str, Listed], lang: str) -> None:
    """Every list of the template with its codes, to be read."""
    _top(sheet, ("list", "code", "ko", "en"), lang)
    for name, listed in lists.items():
        for code, (ko, en) in listed.entries.items():
            sheet.append([template.label(name, lang), code, ko, en])
    _laid_out(sheet, (22, 24, 34, 44))


def _top(sheet: Worksheet, keys: tuple[str, ...], lang: str) -> None:
    sheet.append([GUIDE_MARKS[0 if lang == "ko" else 1]])
    sheet.append([_word(key, lang) for key in keys])


def _laid_out(sheet: Worksheet, widths: tuple[int, ...]) -> None:
    for number, row in enumerate(sheet.iter_rows(), 1):
        for cell in row:
            cell.number_format = "@"
            cell.font = Font(name=FACE, bold=number == 2, italic=number == 1)
            cell.alignment = Alignment(wrap_text=number > 1, vertical="top")
            if number == 2:
                cell.fill, cell.border = _HEAD, _LINE
    for place, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "A3"


def _choices(
    book: Workbook,
    sheet: Worksheet,
    template: Template,
    lists: dict[str, Listed],
    head: int,
    lang: str,
) -> None:
    """A drop-down list for each column of a list; the lists stand on a hidden sheet under names of their own."""
    hidden = book.create_sheet(_word("lists", lang))
    hidden.sheet_state = "hidden"
    positions = {column.name: place for place, column in enumerate(template.columns, 1)}
    for place, (name, listed) in enumerate(lists.items(), 1):
        letter = get_column_letter(place)
        labels = [GUIDE_MARKS[0], *listed.labels(lang)]
        for number, text in enumerate(labels, 1):
            hidden.cell(number, place, text).font = Font(name=FACE)
        if len(labels) == 1:
            continue
        title = f"list_{name}"
        book.defined_names[title] = DefinedName(
            title, attr_text=f"'{hidden.title}'!${letter}$2:${letter}${len(labels)}"
        )
        choice = DataValidation(type="list", formula1=title, allow_blank=True, errorStyle="warning")
        choice.error, choice.showErrorMessage = _word("wrong", lang), True
        where = get_column_letter(positions[name])
        choice.add(f"{where}{head + 1}:{where}{head + ROWS}")
        sheet.add_data_validation(choice)
