"""Templates as workbooks: filled by a program and imported, their lists, their guide, and nothing that Excel warns of."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from openpyxl.utils import range_boundaries

from answers.store import Store
from data.imports import Lookups, Reason, preview, read_lookups, template_xlsx
from data.imports.people import find
from data.imports.templates import GUIDE_MARKS, templates
from data.meanings import meaning

NOW = datetime(2026, 11, 2)


@pytest.fixture(scope="module")
def lookups(office: str) -> Lookups:
    """What a new office's store knows."""
    with Store.of(office).connect() as connection:
        return read_lookups(connection, now=NOW)


def opened(table: str, lang: str, lookups: Lookups) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(template_xlsx(table, lang, lookups)))


def read(book: openpyxl.Workbook, lookups: Lookups):
    out = io.BytesIO()
    book.save(out)
    return preview("서식.xlsx", out.getvalue(), lookups=lookups)


def fill(sheet, rows: list[dict[str, object]], table: str, lang: str) -> None:
    """Write rows under the example, by the headers that stand there."""
    heads = {templates()[table].label(c.name, lang): c.name for c in templates()[table].columns}
    head = next(r for r in range(1, 5) if sheet.cell(r, 1).value in heads)
    for number, row in enumerate(rows, head + 2):
        for place in range(1, sheet.max_column + 1):
            sheet.cell(number, place).value = row.get(heads[sheet.cell(head, place).value])


FILLED: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "attendance": (
        {"programme_id": "서울마음편의점", "district_code": "강남구", "attended_on": date(2026, 10, 1), "age_band": "65세 이상", "sex": "여성", "visits": 1234},
        {"programme_id": "mind_store", "district_code": "11230", "attended_on": date(2026, 10, 1), "age_band": "65+", "sex": "female", "visits": 1234, "people": None}),
    "ledger_entry": (
        {"entry_id": "0001", "booked_on": date(2026, 10, 1), "programme_id": "외로움안녕120", "kind": "지출", "amount_krw": 5_000_000, "funding": "시비",
         "line_type": "운영비"},
        {"entry_id": "0001", "amount_krw": 5_000_000, "kind": "expenditure", "programme_id": "hotline", "funding": "city"}),
    "target": (
        {"metric_id": "응답률", "valid_from": date(2026, 1, 1), "group_key": "서울시", "value": 88, "basis": "내부", "author": "돌봄고독정책관"},
        {"metric_id": "answer_rate", "group_key": "city", "value": 88.0}),
    "programme_entry": (
        {"name_ko": "외로움 돌봄 로봇", "task_id": "하트웨어 조성", "owner_unit": "돌봄고독정책관", "status": "추진 중", "starts_on": date(2026, 10, 1)},
        {"name_ko": "외로움 돌봄 로봇", "owner_unit": "돌봄고독정책관", "status": "active", "starts_on": date(2026, 10, 1)}),
    "unit_cost": (
        {"programme_id": "동료상담", "output": "상담 회기", "valid_from": date(2026, 1, 1), "unit_krw": 80_000, "source": "계약서"},
        {"programme_id": "peer_counselling", "output": "sessions", "unit_krw": 80_000}),
}  # fmt: skip


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("table", list(FILLED))
def test_a_template_filled_in_is_imported_as_it_stands(table, lang, lookups):
    given, stored = FILLED[table]
    book = opened(table, lang, lookups)
    fill(book.worksheets[0], [given], table, lang)
    parsed = read(book, lookups)
    assert (parsed.table_name, parsed.problems, dict(parsed.excluded)) == (table, [], {"example": 1})
    (row,) = parsed.frame.to_dict("records")
    assert {name: row[name] for name in stored} == stored
    assert parsed.ignored_sheets == parsed.hidden_sheets == []  # its own guides are no news


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("table", list(templates()))
def test_a_template_explains_itself_and_holds_no_row(table, lang, lookups):
    content = template_xlsx(table, lang, lookups)
    parsed = preview("서식.xlsx", content, lookups=lookups)
    assert [problem.reason for problem in parsed.problems] == [Reason.NO_ROWS]
    book = openpyxl.load_workbook(io.BytesIO(content))
    guide = [[cell.value for cell in row] for row in book.worksheets[1].iter_rows()]
    assert guide[0][0] == GUIDE_MARKS[lang == "en"]
    labels = [templates()[table].label(column.name, lang) for column in templates()[table].columns]
    assert [row[0] for row in guide[2:]] == labels
    assert all(row[1] and row[2] and row[4] for row in guide[2:])
    for sheet in book:
        rows = [["" if cell.value is None else str(cell.value) for cell in row] for row in sheet.iter_rows()]
        assert find(rows) == []
    faces = {
        cell.font.name
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    assert faces == {"맑은 고딕"}


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("table", list(templates()))
def test_its_lists_are_named_ranges_that_hold_what_the_import_takes_and_excel_has_nothing_to_warn_of(
    table, lang, lookups
):
    content = template_xlsx(table, lang, lookups)
    book = openpyxl.load_workbook(io.BytesIO(content))
    choices = book.worksheets[0].data_validations.dataValidation
    assert {choice.formula1 for choice in choices} == set(book.defined_names)
    for name, defined in book.defined_names.items():
        assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{2,60}", name) and not re.fullmatch(
            r"[A-Za-z]{1,3}\d+", name
        )
        ((where, cells),) = defined.destinations
        hidden = book[where]
        assert hidden.sheet_state == "hidden"
        column, top, same, bottom = range_boundaries(cells.replace("$", ""))
        listed = [hidden.cell(row, column).value for row in range(top, bottom + 1)]
        assert column == same and None not in listed and hidden.cell(bottom + 1, column).value is None
    parts = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert not [part for part in parts if re.search(r"external|vba|connections|macro", part, re.IGNORECASE)]
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_every_word_of_a_list_is_read_by_the_import(lang, lookups):
    book = opened("target", lang, lookups)
    lists = {name: next(iter(defined.destinations)) for name, defined in book.defined_names.items()}
    where, cells = lists["list_metric_id"]
    column, top, _, bottom = range_boundaries(cells.replace("$", ""))
    measures = [book[where].cell(row, column).value for row in range(top, bottom + 1)]
    rows = [
        {"metric_id": measure, "valid_from": date(2026, 1, 1), "group_key": "city", "value": 2, "basis": "b", "author": "정신건강과"}
        for measure in measures
    ]  # fmt: skip
    fill(book.worksheets[0], rows, "target", lang)
    parsed = read(book, lookups)
    assert parsed.problems == [] and parsed.frame["metric_id"].nunique() == len(measures) > 30


def test_every_column_has_its_meaning_in_both_languages():
    silent = {
        (table, column.name)
        for table, template in templates().items()
        for column in template.columns
        if not (meaning(table, column.name, "ko") and meaning(table, column.name, "en"))
    }
    assert silent == set()
