"""Files of answers: each says the figures of the screen and no others, typed, in every kind; no column mixes kinds; no cell runs."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import openpyxl
import proof
import pytest
from docx import Document
from pptx import Presentation
from screen import place
from test_api import get

from answers import answer as parts
from answers import links, registry, written
from answers.answer import Answer, Cell, Column, Figure, Line, Table
from answers.reader import Reader
from answers.store import Store
from answers.typed import flat, said, typed
from data import files
from locales import numbers, t
from reports import book, document, facts, fonts, made
from reports.__main__ import main
from reports.plots import plot_of
from serve import api

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
TOKEN = re.compile(r"\d[\d,]*(?:\.\d+)?")


@pytest.fixture(scope="module")
def answers(store: str) -> dict[str, Answer]:
    """Every question's first answer, Korean and English in turn."""
    read = Reader(Store.of(store), patient=proof.FULL)  # whoever made a study before us spares us its making
    found = [registry.answer(q.id, read, ("ko", "en")[n % 2]) for n, q in enumerate(registry.every())]
    return {one.question: one for one in found if not one.pending}


@pytest.fixture(scope="module")
def workbooks(answers: dict[str, Answer]) -> dict[str, bytes]:
    """A workbook of each."""
    assert len(answers) > 35
    return {id: made.file("xlsx", [found], _nobody()) for id, found in answers.items()}


def tokens(text: str) -> set[str]:
    """The figures that a text says, as plain numbers."""
    return {found.replace(",", "").lstrip("0") or "0" for found in TOKEN.findall(text)}


def amounts(value: float, lang: str) -> set[str]:
    """All ways in which the house says one amount: in full, as money, people, seconds, and in 억."""
    ways = [
        f"{value:.10g}",
        numbers.won(value, lang),
        numbers.people(value, lang),
        numbers.duration(value, lang),
    ]
    return set().union(
        *map(tokens, ways),
        tokens(f"{value / 1e8:.1f}"),
        tokens(f"{value / 1e9:.2f}"),
        {f"{Decimal(str(value)):f}"},
    )


def told(cell: Any, lang: str) -> set[str]:
    """The figures that a workbook's cell shows."""
    if isinstance(cell.value, datetime):
        return tokens(f"{cell.value:%Y %m %d} {cell.value.month} {cell.value.day}")
    if not isinstance(cell.value, int | float):
        return tokens(str(cell.value or ""))
    digits = len(cell.number_format.partition(".")[2].rstrip('%"p'))
    if cell.number_format.endswith("%"):
        return tokens(f"{cell.value * 100:.{digits}f}")
    return tokens(f"{cell.value:.{digits}f}") | amounts(cell.value, lang)


def tables_of(content: bytes) -> Iterator[tuple[Any, list[Any], list[list[Any]]]]:
    """(sheet, head, rows) of a workbook's tables."""
    for sheet in openpyxl.load_workbook(io.BytesIO(content)).worksheets:
        if sheet.auto_filter.ref:
            first, last = (int(re.sub(r"\D", "", end)) for end in sheet.auto_filter.ref.split(":"))
            rows = list(sheet.iter_rows(min_row=first, max_row=last))
            yield sheet, rows[0], rows[1:]


def read_csv(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


# ── Golden: what is said on screen is in every file, and nothing else ─────────────────────────────


def test_a_workbook_says_every_figure_of_the_screen_in_its_row_and_hangul_as_it_is(answers, workbooks):
    seen = 0
    for found in answers.values():
        sheets = [s for s in facts.sheets(found) if any(len(r) == len(s.table.columns) for r in s.table.rows)]
        for given, (_, head, rows) in zip(sheets, tables_of(workbooks[found.question]), strict=False):
            whole = [row for row in given.table.rows if len(row) == len(given.table.columns)]
            assert len(whole) == len(rows), (found.question, given.title)
            for row, cells in zip(whole, rows, strict=True):
                here = set().union(*(told(cell, found.lang) for cell in (*head, *cells)))
                text = " ".join(str(cell.value) for cell in cells)
                for cell in row:
                    lost = tokens(str(cell)) - here
                    assert not lost, (found.question, given.title, str(cell), lost, text)
                    seen += len(tokens(str(cell)))
                first = str(row[0]).replace("\xa0", " ").split(" · ")[0]
                assert not re.search("[가-힣]", first) or tokens(first) or first in text
    assert seen > 5000


def test_a_csv_says_every_figure_of_the_screen_and_each_column_is_of_one_kind(answers):
    columns = 0
    for found in answers.values():
        for table in found.tables():
            head, *rows = read_csv(
                written.csv_bytes(written.marked(table, found.city, found.lang), found.lang)
            )
            assert len(set(head)) == len(head) and {len(row) for row in rows} <= {len(head)}
            whole = [row for row in table.rows if len(row) == len(table.columns)]
            for row, printed in zip(whole, rows, strict=True):
                here = set().union(*map(tokens, head))
                for text in printed:
                    here |= amounts(float(text), found.lang) if NUMBER.fullmatch(text) else tokens(text)
                    here |= tokens(text.replace("-", " "))
                assert not set().union(*(tokens(str(cell)) for cell in row)) - here, (
                    found.question,
                    row,
                    printed,
                )
            for one, values in zip(
                flat(written.marked(table, found.city, found.lang), found.lang),
                zip(*rows, strict=True),
                strict=True,
            ):
                shape = {
                    "number": NUMBER,
                    "date": re.compile(r"\d{4}-\d\d-\d\d"),
                    "month": re.compile(r"\d{4}-\d\d"),
                }
                filled = [v for v in values if v]
                if one.kind in shape:
                    assert all(shape[one.kind].fullmatch(v) for v in filled), (found.question, one.header)
                elif filled:  # words: codes and years may look like figures, shares and most cells may not
                    like = [v for v in filled if re.fullmatch(r"[-−]?[\d,]+(\.\d+)?%?", v)]
                    mixed = 0 < len(like) < len(filled)
                    assert not mixed or len(like) <= len(filled) / 4, (found.question, one.header, like)
                    assert not any(v.endswith("%") for v in like), (found.question, one.header, like)
                columns += 1
    assert columns > 500


def test_no_file_holds_a_figure_that_the_answer_does_not(answers, workbooks):
    for found in answers.values():
        known = tokens(json.dumps(json.loads(written.as_json(found)), ensure_ascii=False))
        for sheet, _, rows in tables_of(workbooks[found.question]):
            if sheet.title == t("files.definitions", found.lang):
                continue
            for cell in (cell for row in rows for cell in row if isinstance(cell.value, int | float)):
                assert told(cell, found.lang) & known, (
                    found.question,
                    sheet.title,
                    cell.coordinate,
                    cell.value,
                )


def test_a_document_shows_each_table_word_for_word_and_each_chart_with_its_alternative_text(answers, store):
    read, pictures = Reader(Store.of(store)), 0
    for number, found in enumerate(answers.values()):
        if number % 2:
            continue
        paper = Document(io.BytesIO(made.file("docx", [found], read)))
        pictures += len(paper.inline_shapes)
        assert all(shape._inline.docPr.get("descr") for shape in paper.inline_shapes)
        printed = [[cell.text for cell in row.cells] for table in paper.tables[1:] for row in table.rows]
        for sheet in facts.sheets(found):
            for row in sheet.table.rows:
                if len(row) == len(sheet.table.columns):
                    assert [files.fit(str(cell)) for cell in row] in printed, (found.question, row)
        assert found.sentence in "\n".join(p.text for p in paper.paragraphs)
    assert pictures or not fonts.installed()


def test_a_slide_draws_the_tables_own_figures_and_its_map_every_area(answers, store):
    read, charts, areas = Reader(Store.of(store)), 0, 0
    for number, found in enumerate(answers.values()):
        if number % 3 and found.question != "district_map.need":
            continue
        deck = Presentation(io.BytesIO(made.file("pptx", [found], read, base="https://x")))
        (slide,) = deck.slides
        assert slide.shapes.title.text == links.name(found)
        texts = "\n".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
        assert found.sentence in texts and t(f"app.mark.{found.city}", found.lang) in texts
        assert f"https://x{links.path(found)}" in slide.notes_slide.notes_text_frame.text
        known = tokens(written.as_json(found))
        for shape in slide.shapes:
            described = shape._element.xpath(".//p:cNvPr")[0].get("descr")
            if shape.has_chart:
                charts += 1
                assert described
                for series in shape.chart.plots[0].series:
                    for value in series.values:
                        assert value is None or amounts(value, found.lang) & known
            elif shape.shape_type is not None and hasattr(shape, "shapes"):
                areas += len(shape.shapes)
                assert described and all(
                    one._element.xpath(".//p:cNvPr")[0].get("descr") for one in shape.shapes
                )
    assert charts >= 3 and areas >= 25


def _nobody() -> Any:
    """A reader that only says which view it is of: no file but a map asks the store for anything."""

    class Closed:
        rights = type("Rights", (), {"view": "published"})

    return Closed()


# ── Typed columns, by hand ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "value", "unit", "low", "high", "words"),
    [
        ("8%", 8, "%", None, None, ""), ("74% (71–77%)", 74, "%", 71, 77, ""), ("95% 구간 6–9%", None, "%", 6, 9, ""),
        ("95% interval 39.1–42.0%", None, "%", Decimal("39.1"), Decimal("42.0"), ""), ("4,513억 원", 451_300_000_000, "원", None, None, ""),
        ("48조 407억 원", 48_040_700_000_000, "원", None, None, ""), ("−2,260만 원", -22_600_000, "원", None, None, ""),
        ("KRW 30.5m", 30_500_000, "KRW", None, None, ""), ("68.9만 명", 689_000, "명", None, None, ""), ("1분 35초", 95, "초", None, None, ""),
        ("20초 (19초–21초)", 20, "초", 19, 21, ""), ("−117.3", Decimal("-117.3"), "", None, None, ""), ("3,088 건", 3088, "건", None, None, ""),
        ("15,565 건 (다른 수치와 상충.)", 15565, "건", None, None, "다른 수치와 상충."), ("비공개(사례 적음)", None, "", None, None, "비공개(사례 적음)"),
        ("10건 미만", None, "", None, None, "10건 미만"), ("= 0.038", None, "", None, None, "= 0.038"), ("26/26", None, "", None, None, "26/26"),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_people_read_it(text, value, unit, low, high, words):
    found = said(text)
    assert (found.value, found.unit, found.low, found.high, found.words) == (value, unit, low, high, words)
    assert found.value is None or type(found.value) is type(value)  # whole numbers are whole


def test_columns_become_values_limits_units_and_words_and_a_withheld_cell_is_never_nought():
    table = Table(
        [Column("구"), Column("값", True), Column("하한", True), Column("돈", True, said="억원"), Column("월"), Column("코드"), Column("최근", True)],
        [
            ("종로구", "8%", "4", Cell("1.3", value=130_000_001), "2026년 10월", "11010", Cell("91%", under=(Line("2026년"), Line("95% 구간 82–98%")))),
            ("강북구", "비공개(사례 적음)", "", Cell("0.0", value=0), "2026년 9월", "11020", "4,940건"),
        ],
    )  # fmt: skip
    head, first, second = read_csv(written.csv_bytes(table, "ko"))
    assert head == [
        "구", "값 (%)", "값 상태", "하한 (%)", "돈 (원)", "월", "코드", "최근", "최근 95% 구간 하한", "최근 95% 구간 상한", "최근 단위", "최근 비고",
    ]  # fmt: skip
    assert first == ["종로구", "8", "", "4", "130000001", "2026-10", "11010", "91", "82", "98", "%", "2026년"]
    assert second == [
        "강북구",
        "",
        "비공개(사례 적음)",
        "",
        "0",
        "2026-09",
        "11020",
        "4940",
        "",
        "",
        "건",
        "",
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(book.of_table(table, "ko", ["t"]))).active
    row = [cell.value for cell in sheet[5]]
    assert (
        row[1] == "비공개(사례 적음)"
        and sheet.cell(4, 2).value == 0.08
        and sheet.cell(4, 2).number_format == "0%"
    )
    assert sheet.cell(4, 5).value == datetime(2026, 10, 1) and sheet.cell(4, 4).value == 130_000_001
    assert sheet.cell(4, 6).value == "11010"


def test_rows_under_a_head_carry_it_and_the_classes_stay_with_their_rows():
    table = Table(
        [Column("a"), Column("n", True)],
        [("one",), ("x", "1"), ("two",), ("y", "2")],
        ["group", "", "group", "total"],
    )
    found = typed(table, "en")
    assert found.rows() == [("one", "x", 1), ("two", "y", 2)] and found.classes == ("", "total")


# ── Workbooks ─────────────────────────────────────────────────────────────────────────────────────


def test_a_workbook_is_set_up_for_an_office(answers):
    found = answers["hotline.waits"]
    content = made.file("xlsx", [found], _nobody(), base="https://ieum.example")
    made_of = openpyxl.load_workbook(io.BytesIO(content))
    names = made_of.sheetnames
    assert names[0] == t("files.cover", found.lang) and names[-1] == t("files.definitions", found.lang)
    assert len({name.lower() for name in names}) == len(names) and all(0 < len(name) <= 31 for name in names)
    cover = "\n".join(str(cell.value) for row in made_of[names[0]].iter_rows() for cell in row if cell.value)
    assert all(
        text in cover for text in (found.sentence, found.period, f"https://ieum.example{links.path(found)}")
    )
    assert made_of.properties.title == links.name(found) and made_of.properties.creator == t(
        "app.name", found.lang
    )
    charts = 0
    for sheet, head, _ in tables_of(content):
        assert (
            sheet.freeze_panes
            and sheet.page_setup.orientation == "landscape"
            and sheet.page_setup.paperSize == 9
        )
        assert sheet.sheet_properties.pageSetUpPr.fitToPage and int(sheet.page_setup.fitToHeight) == 0
        assert {cell.font.name for cell in head} == {book.FONT}
        charts += len(sheet._charts)
    assert charts == 1


def test_a_chart_draws_the_cells_of_its_table_and_one_whose_marks_are_in_no_column_is_not_drawn():
    table = Table(
        [Column("달"), Column("값", True), Column("범위", True)],
        [("2026년 9월", "8%", "6–9%"), ("2026년 10월", "9%", "7–12%")],
    )
    spec = {"data": [{"type": "scatter", "mode": "lines", "x": [1, 2], "y": [8.3, 9.1]}]}
    columns = typed(table, "ko")
    plot = plot_of(Figure("f", spec, "alt", table), columns)
    assert plot is not None and plot.kind == "line"
    (mark,) = plot.marks
    assert columns.series[mark.column].label == "값" and columns.series[mark.low].values == (6, 7)
    spec["data"][0]["y"] = [8.6, 9.1]  # said as 9: not this column
    assert plot_of(Figure("f", spec, "alt", table), columns) is None


def test_names_of_sheets_are_short_legal_and_differ():
    table = Table([Column("a")], [("1",)])
    made_of = book.Book("ko", "t", "m")
    for _ in range(3):
        made_of.plain_table("같은 [이름]: 이 시트의 이름은 서른한 글자를 훌쩍 넘어갑니다 정말로", table)
    made_of.plain_table("History", table)
    names = openpyxl.load_workbook(io.BytesIO(made_of.bytes())).sheetnames
    assert len({n.lower() for n in names}) == 4 and all(
        len(n) <= 31 and not set("[]:*?/\\") & set(n) for n in names
    )
    assert "history" not in {n.lower() for n in names}


EVIL = (
    "=1+1",
    "\n=cmd|'/C calc'!A0",
    "＝HYPERLINK(1)",
    " @SUM(1)",
    "\t+1+1x",
    "\x01\ufeff=1",
    "<b>&amp;</b>",
)


def test_nothing_in_a_file_runs_and_its_text_is_text():
    rows = [(text, text) for text in EVIL]
    found = Answer(
        EVIL[0], EVIL[2], EVIL[6], [parts.Heading(EVIL[0]), Table([Column(EVIL[0]), Column(EVIL[6])], rows, caption=EVIL[1])],
        question="about", lang="ko", city="demo", as_of="2026-10-31", data_version=3,
    )  # fmt: skip
    for name in ("xlsx", "pptx", "docx", "csv"):
        assert made.file(name, [found], _nobody(), base="=x")
    cells = [
        cell
        for sheet in openpyxl.load_workbook(io.BytesIO(made.file("xlsx", [found], _nobody()))).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str)
    ]
    assert {cell.data_type for cell in cells} == {"s"} and len(cells) > 2 * len(EVIL)
    assert all(cell.quotePrefix for cell in cells if files.is_formula(cell.value))
    paper = Document(io.BytesIO(document.of_answers([found], "=t", ["=x"], "m")))
    assert files.fit(EVIL[6]) in [
        cell.text for table in paper.tables for row in table.rows for cell in row.cells
    ]


# ── Links, commands, the wire ─────────────────────────────────────────────────────────────────────


def test_a_link_names_the_very_answer_its_city_and_the_state_of_its_data(answers, store):
    read = Reader(Store.of(store))
    for found in answers.values():
        asked = links.query(found)
        assert asked["city"] == "demo" and f"data={found.data_version}" in links.path(found)
        own = {name: code for name, code in asked.items() if name not in ("city", "lang", "view")}
        assert tuple(registry.checked(found.question, read, own).items()) == found.choices
    assert not {c.name for q in registry.every() for c in q.choices} & {links.VERSION}
    assert links.older("19", found_at(20)) and not links.older("20", found_at(20))
    assert not any(links.older(text, found_at(20)) for text in ("", "x", "-1", "²", "1" * 30, "21"))


def found_at(version: int) -> Answer:
    return Answer("t", question="about", data_version=version)


def test_commands_write_files_and_say_what_is_not_on_offer(monkeypatch, store, tmp_path, capsys):
    monkeypatch.setenv("DATABASE_URL", place(store))
    out = tmp_path / "f.xlsx"
    assert (
        main(["book", "hotline.waits", "hotline.flow", "--months", "3", "--lang", "en", "--out", str(out)])
        == 0
    )
    own = [
        registry.answer(f"hotline.{n}", Reader(Store.of(store)), "en", {"months": "3"})
        for n in ("waits", "flow")
    ]
    assert openpyxl.load_workbook(out).sheetnames == openpyxl.load_workbook(
        io.BytesIO(made.file("xlsx", own, _nobody()))
    ).sheetnames  # fmt: skip
    for kind in ("slides", "document"):
        assert main([kind, "coverage", "--out", str(tmp_path / "f")]) == 0
    for words, named in (
        (["--page", "nope"], "no page"),
        (["hotline.flow", "--months", "7"], "3, 12, 24"),
        ([], "which question"),
    ):
        with pytest.raises(SystemExit):
            main(["book", *words, "--out", str(out)])
        assert named in capsys.readouterr().err


def test_a_file_over_the_wire_is_the_answers_own_and_links_back(monkeypatch, store):
    from starlette.applications import Starlette

    monkeypatch.setenv("DATABASE_URL", place(store))
    monkeypatch.setattr(api, "_limiter", None)
    wire, read = Starlette(routes=api.routes()), Reader(Store.of(store))
    own = registry.answer("hotline.flow", read, "ko", {"months": "3"})
    for kind in ("xlsx", "pptx", "docx"):
        status, headers, body = get(wire, f"/api/answers/hotline.flow?months=3&format={kind}")
        assert status == 200 and headers["content-type"] == made.KINDS[kind]
        assert (
            headers["content-disposition"].startswith("attachment")
            and "hotline.flow" in headers["content-disposition"]
        )
        mine = made.file(kind, [own], read, base="http://127.0.0.1:8501")
        assert _inner(body) == _inner(mine)


def _inner(content: bytes) -> dict[str, bytes]:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as file:
        # Charts' own workbooks note the second at which they were made.
        return {n: file.read(n) for n in file.namelist() if not n.endswith(("core.xml", ".xlsx"))}
