"""What imported text may do: nothing. No formula in a file, no Markdown, HTML or link on a screen, no code in a script."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from sqlalchemy import String, Text, text
from test_reisolation_scenario import kept

from answers import answer as parts
from answers import registry, written
from answers.reader import Reader
from answers.store import Store
from charts import theme, words
from data import files
from data import tables as t
from data.engine import make_engine, writing
from forecast.reisolation import scenario
from reports import book
from ui import draw

ROOT = Path(__file__).resolve().parent.parent
HOSTILE = '=1+1<a href="http://evil.test">x</a><b>B</b>[l](http://evil.test)![i](http://evil.test/p.png)'


# --- Files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
@pytest.mark.parametrize("before", ["", " ", "\n", "\r", "\t", " \n\t", "\u3000", "\u200b", "\ufeff", "\x0b"])
def test_no_cell_becomes_a_formula(start, before):
    cell = f"{before}{start}HYPERLINK(1)"
    assert files.is_formula(cell)
    ((found,),) = csv.reader(io.StringIO(files.csv_bytes([[cell]]).decode("utf-8-sig"), newline=""))
    assert found == f"'{cell}".replace("\r", "\n")
    ((head,), _) = csv.reader(
        io.StringIO(files.csv_bytes([["x"]], head=[cell]).decode("utf-8-sig"), newline="")
    )
    assert head == found


@pytest.mark.parametrize(
    "cell", ["-3.5", "+1,200", "-3.5%", "종로구", "2026-09", "0", "", " 가", "a=b", "·", "1 - 2"]
)
def test_figures_and_words_stay_as_they_are(cell):
    assert files.inert(cell) == cell


@pytest.mark.parametrize("cell", ["\tx", "\nx", "\rx", "-1+1", "-(1)", "--1", "+1 234 567 x"])
def test_what_only_looks_like_a_figure_is_made_text(cell):
    assert files.inert(cell) == f"'{cell}"


def test_a_workbook_holds_text_as_text_in_cells_heads_and_the_sheets_name():
    table = parts.Table(
        [parts.Column("=A1"), parts.Column("b")], [["=1+1", "\x01\ufeff=cmd"]], caption="[a]:b*?/\\=1"
    )
    made = openpyxl.load_workbook(io.BytesIO(book.of_table(table, "ko", ["@SUM(1)"])))
    sheet = made.active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix or not files.is_formula(cell.value) for cell in cells)
    assert not set("[]:*?/\\") & set(sheet.title)


def test_a_templates_lists_are_text_too(office_copy, tmp_path):
    from data import imports

    url = office_copy(tmp_path / "ieum.db")
    engine = make_engine(url)
    with writing(engine) as connection:
        connection.execute(text("UPDATE programme SET name_ko = '=1+1' || name_ko"))
        content = imports.template_xlsx("attendance", "ko", imports.read_lookups(connection))
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if isinstance(c.value, str)]
    assert any(c.value.startswith("=1+1") for c in cells)
    assert {c.data_type for c in cells} == {"s"}
    engine.dispose()


def test_there_is_one_writer_of_files():
    """`data/setup.py` and `data/lake/hotline.py` write rows for the importer to read, which never leave the process."""
    writers = set()
    for package in (
        "actions",
        "answers",
        "charts",
        "data",
        "evaluation",
        "forecast",
        "geo",
        "metrics",
        "pages",
        "reports",
        "serve",
        "ui",
    ):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and (
                    node.attr in ("to_csv", "to_excel")
                    or (node.attr in ("writer", "DictWriter") and getattr(node.value, "id", "") == "csv")
                    or (node.attr == "save" and getattr(node.value, "id", "") == "book")
                ):
                    writers.add(path.relative_to(ROOT).as_posix())
    assert writers == {"data/files.py", "data/lake/hotline.py", "data/setup.py"}


def test_a_scenarios_name_ends_no_text_of_its_script():
    name = 'x"""\nimport os; os.abort()\n"""\u2028\'\'\' # {1}'
    one = kept("r1")
    saved = replace(one, scenario=replace(one.scenario, name=name))
    body = ast.parse(scenario.script(saved, "2026-10-31", "demo")).body
    assert isinstance(body[0], ast.Expr)  # the head is the script's own
    assert not [node for node in ast.walk(ast.Module(body, [])) if isinstance(node, ast.Attribute) and node.attr == "abort"]  # fmt: skip


# --- Screen -------------------------------------------------------------------------------------------------


def test_only_our_own_signs_make_a_figures_text_look_otherwise():
    spec = {
        "data": [{"x": [HOSTILE, "k"], "name": HOSTILE, "customdata": np.array([[HOSTILE, "a\nb"]], dtype=object), "y": [1, 2]}],
        "layout": {"title": {"text": HOSTILE}, "annotations": [{"text": f"{words.BOLD}{HOSTILE}{words.PLAIN}"}]},
    }  # fmt: skip
    drawn = json.dumps(theme.applied(spec, "light"), default=lambda a: a.tolist(), ensure_ascii=False)
    assert set(re.findall(r"<[^>]*>?", drawn)) == {"<br>", "<b>", "</b>"}
    assert drawn.count("<b>") == 1
    assert words.bare(f"{words.BOLD}a{words.PLAIN}\nb") == "a · b"
    numbers = np.arange(3)
    assert words.marked_up(numbers) is numbers
    plain = ["가", "나"]
    assert words.marked_up(plain) == plain


@pytest.mark.parametrize(
    "said",
    [
        "[a](http://e)",
        "**b**",
        "`c`",
        "<b>",
        "$x$",
        ":red[x]",
        "# h",
        "- x",
        "1. x",
        "~~s~~",
        "a|b",
        "![i](u)",
    ],
)
def test_what_streamlit_reads_as_markdown_is_made_plain(said):
    made = draw.plain(said)
    assert (
        not re.search(r"(?<!\\)[\[\]*`<>$~|#!]", made)
        and made.replace("\\", "").replace("\u2060", "") == said
    )


@pytest.mark.parametrize("said", ["http://evil.test", "https://evil.test", "www.evil.test", "a@evil.test"])
def test_a_bare_address_is_no_link(said):
    made = draw.plain(said).replace("\\", "")
    assert not re.search(r"https?://|www\.|@[\w]", made)


@pytest.mark.parametrize("said", ["종로구 (2026. 9.)", "12개월", "a-b", "3.5%"])
def test_a_label_without_signs_stays_as_it_is(said):
    assert draw.plain(said) == said


class Tags(HTMLParser):
    """The elements of a piece of HTML, with where they lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        for name, value in attrs:
            if name.startswith("on") or (name in ("href", "src") and "evil" in (value or "")):
                self.found.add(f"{tag} {name}={value}")


def hostile(url: str) -> int:
    """Every text that an office can bring in begins with hostile signs; how many columns they are."""
    engine = make_engine(url)
    asked = 0
    with writing(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for table in (*t.OPERATIONAL.values(), t.programme, t.boundary_set, t.scenario, t.batch):
            for column in table.columns:
                coded = column.info.get("codes") or column.foreign_keys or column.name.endswith(("_id", "_code", "_key", "period", "sha256", "digest"))  # fmt: skip
                if not isinstance(column.type, String | Text) or coded or column.name in KEPT:
                    continue
                connection.execute(
                    text(
                        f"UPDATE {table.name} SET {column.name} = :p || {column.name} WHERE {column.name} IS NOT NULL"
                    ),
                    {"p": HOSTILE},
                )
                asked += 1
    engine.dispose()
    return asked


# Codes and pseudonyms by which tables find one another, and words of a fixed list.
KEPT = {"place", "status", "kind", "table_name", "definition", "model_version", "data_version", "level", "crs", "note", "code", "instrument", "method", "topic", "signal", "output", "group_key", "measure", "version"}  # fmt: skip


def test_hostile_text_in_every_imported_column_is_nowhere_live(store_copy, tmp_path):
    url = store_copy(tmp_path / "ieum.db")
    assert hostile(url) > 30
    read = Reader(Store.of(url), patient=False)
    met, live = 0, []
    for question in registry.every():
        found = registry.answer(question.id, read, "ko")
        for block in found.every():
            if isinstance(block, parts.Figure):
                drawn = json.dumps(theme.applied(block.spec, "light"), default=_listed, ensure_ascii=False)
                met += "evil.test" in drawn
                if tags := set(re.findall(r"<[^>]*>?", drawn)) - {"<br>", "<b>", "</b>", "<extra></extra>", "<extra>", "</extra>"}:  # fmt: skip
                    live.append((question.id, block.name, tags))
                if "<b>B" in drawn:
                    live.append((question.id, block.name, "bold"))
            elif isinstance(block, parts.Prose | parts.Banner):
                if "evil.test" in block.text:
                    live.append((question.id, block))
            elif draw._plain(block):
                page = draw._html(block, found, "light")
                met += "evil.test" in page
                tags = Tags()
                tags.feed(page)
                if wrong := {tag for tag in tags.found if " " in tag or tag in ("img", "script", "iframe", "b") and "<b>B" in page}:  # fmt: skip
                    live.append((question.id, type(block).__name__, wrong))
        for table in found.tables():
            content = written.csv_bytes(written.marked(table, found.city, "ko"), "ko").decode("utf-8-sig")
            cells = [cell for row in csv.reader(io.StringIO(content, newline="")) for cell in row]
            live += [(question.id, cell[:60]) for cell in cells if files.is_formula(cell)]
    assert not live
    assert met > 10  # the text is really there, as text


def _listed(value: object) -> object:
    return value.tolist() if hasattr(value, "tolist") else str(value)
