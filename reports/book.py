"""A workbook of answers: a cover, a sheet for each table with typed cells and the native chart over it, and what the measures mean.

Cells hold what the answer says: a share is a number shown in percent, money is whole won, a day is a day, limits of an interval stand in
columns of their own, and where no figure may be given the words in its place stand in the cell. Text is written as text.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from answers import links
from answers.answer import Answer, Table
from answers.typed import Series, Typed, Value, typed
from charts import theme
from data import files
from locales import t
from reports import facts
from reports.plots import Mark, Plot, plot_of

FONT = "맑은 고딕"  # on every office's machine; others take their own font that holds Hangul
NARROW, WIDE = 9.0, 46.0
_DAY = {"ko": 'yyyy". "m". "d"."', "en": "d mmm yyyy"}
_MONTH = {"ko": 'yyyy"년 "m"월"', "en": "mmm yyyy"}
_SERIES = ("@accent", "@worse", "@better", "@steady", "@muted", "@ink")
CHART_ROWS = 18


def of_answers(answers: Sequence[Answer], title: str, addresses: Sequence[str], made: str) -> bytes:
    """A workbook of one answer or several.

    Args:
        title: of the workbook. addresses: where each answer stands, in the same order. made: what made it, for the properties.
    """
    book = Book(answers[0].lang, title, made)
    book.cover(answers, title, addresses)
    contents = book.contents() if len(answers) > 1 else None
    listed = [(found, sheet, book.table(sheet, found)) for found in answers for sheet in facts.sheets(found)]
    meant = facts.definitions(answers)
    name = book.plain_table(t("files.definitions", book.lang), meant) if meant is not None else ""
    if contents is not None:
        book.fill(contents, listed, name)
    return book.bytes()


def of_table(table: Table, lang: str, head: Sequence[str] = ()) -> bytes:
    """A workbook of one table under lines of its own."""
    title = head[0] if head else table.caption or table.name
    book = Book(lang, title, t("app.name", lang))
    book.plain_table(table.caption or title, table, head)
    return book.bytes()


class Book:
    """A workbook in the making."""

    def __init__(self, lang: str, title: str, made: str) -> None:
        self.lang = lang
        self._out = io.BytesIO()
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = xlsxwriter.Workbook(self._out, options)
        self._book.set_properties(
            {"title": files.fit(title), "author": made, "company": made, "created": datetime(2000, 1, 1)}
        )
        self._names: set[str] = set()
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def bytes(self) -> bytes:
        """The file."""
        self._book.close()
        return self._out.getvalue()

    # --- Sheets -------------------------------------------------------------------------------------------

    def cover(self, answers: Sequence[Answer], title: str, addresses: Sequence[str]) -> None:
        """What the workbook holds: each answer's sentences, what it covers, whose figures they are and where it stands."""
        sheet = self._sheet(t("files.cover", self.lang), freeze=None)
        sheet.set_column(0, 0, 16)
        sheet.set_column(1, 1, 96)
        self._text(sheet, 0, 0, title, bold=True, font_size=16)
        row = 2
        for found, address in zip(answers, addresses, strict=True):
            if len(answers) > 1 or links.name(found) != title:
                self._text(sheet, row, 0, links.name(found), bold=True, font_size=12)
                row += 1
            for number, said in enumerate(facts.sentences(found)):
                label = t("files.answer", self.lang) if number == 0 else ""
                self._line(sheet, row, label, said, strong=number == 0)
                row += 1
            for name, text in facts.about(found, address):
                self._line(sheet, row, name, text)
                row += 1
            for number, text in enumerate(facts.remarks(found)):
                self._line(sheet, row, t("files.remarks", self.lang) if number == 0 else "", text)
                row += 1
            row += 1

    def contents(self) -> Any:
        """An empty sheet behind the cover for what the others hold; `fill` writes it once they stand."""
        return self._sheet(t("files.contents", self.lang), freeze=(1, 0))

    def fill(self, sheet: Any, listed: Sequence[tuple[Answer, facts.Sheet, str]], definitions: str) -> None:
        """The contents: each sheet by name, with a way to it, what it shows, of which answer, and how many rows."""
        for at, (name, width) in enumerate((("sheet", 34), ("shows", 60), ("of", 44), ("rows", 8))):
            sheet.set_column(at, at, width)
            self._text(
                sheet, 0, at, t(f"files.col_{name}", self.lang), bold=True, bg_color="#EEF2F6", bottom=1
            )
        rows: list[tuple[str, str, str, int | None]] = [
            (name, given.title, links.name(found), sum(len(row) > 1 for row in given.table.rows))
            for found, given, name in listed
        ]
        if definitions:
            rows.append((definitions, t("files.definitions", self.lang), "", None))
        link = self._format(font_color="#0B5CAD", underline=1)
        for row, (name, shows, of, n) in enumerate(rows, 1):
            place = name.replace("'", "''")
            sheet.write_url(row, 0, f"internal:'{place}'!A1", link, files.fit(name))
            self._text(sheet, row, 1, shows)
            self._text(sheet, row, 2, of)
            if n is not None:
                sheet.write_number(row, 3, n, self._format(num_format="#,##0"))

    def table(self, given: facts.Sheet, found: Answer) -> str:
        """A sheet of one table with the chart over it; its name."""
        about = dict(facts.about(found, ""))
        keys = ("period", "evidence", "as_of", "data_version")
        line = " · ".join(
            f"{t(f'files.{k}', self.lang)} {about[name]}"
            for k in keys
            if (name := t(f"files.{k}", self.lang)) in about
        )
        top = [given.title, *([given.said] if given.said else []), line]
        columns = typed(given.table, self.lang)
        plot = plot_of(given.figure, columns) if given.figure is not None else None
        return self._typed(given.title, columns, top, [*given.table.footnotes], plot, given)

    def plain_table(self, name: str, table: Table, head: Sequence[str] = ()) -> str:
        """A sheet of a table alone; its name."""
        return self._typed(name, typed(table, self.lang), [*(head or [name])], [*table.footnotes], None, None)

    def _typed(
        self,
        name: str,
        columns: Typed,
        top: Sequence[str],
        foot: Sequence[str],
        plot: Plot | None,
        given: Any,
    ) -> str:
        start = len(top) + 1
        sheet = self._sheet(name, freeze=(start + 1, 1))
        for row, said in enumerate(top):
            self._text(
                sheet,
                row,
                0,
                said,
                **({"bold": True, "font_size": 13} if row == 0 else {"font_color": "#5A6875"}),
            )
        n = len(columns.series[0].values) if columns.series else 0
        for at, one in enumerate(columns.series):
            header = one.label if one.unit == "%" and one.kind == "number" else one.header
            self._text(sheet, start, at, header, bold=True, text_wrap=True, valign="top", bg_color="#EEF2F6", bottom=1,
                       **({"align": "right"} if one.kind == "number" else {}))  # fmt: skip
            for row, value in enumerate(one.values):
                kind = columns.classes[row] if row < len(columns.classes) else ""
                self._cell(sheet, start + 1 + row, at, value, one, row, strong=kind.startswith("total"))
            sheet.set_column(at, at, _width(header, one, self.lang))
        if n:
            sheet.autofilter(start, 0, start + n, len(columns.series) - 1)
        sheet.repeat_rows(start)
        for row, said in enumerate(foot):
            self._text(sheet, start + n + 2 + row, 0, said, font_color="#5A6875")
        if plot is not None:
            self._chart(sheet, columns, plot, start + 1, n, given)
        return str(sheet.get_name())

    def _sheet(self, name: str, *, freeze: tuple[int, int] | None) -> Any:
        sheet = self._book.add_worksheet(self._free(name))
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(0.5, 0.5, 0.6, 0.6)
        sheet.set_footer("&L&8&A&R&8&P / &N")
        if freeze is not None:
            sheet.freeze_panes(*freeze)
        return sheet

    def _free(self, name: str) -> str:
        """A sheet's name that no other has: 31 signs at most, none that Excel forbids, whatever their case."""
        plain, number = files.sheet_name(name), 1
        free = plain
        while free.lower() in self._names or free.lower() == "history":
            number += 1
            tail = f" {number}"
            free = plain[: 31 - len(tail)] + tail
        self._names.add(free.lower())
        return free

    # --- Cells --------------------------------------------------------------------------------------------

    def _format(self, **more: Any) -> Any:
        told = {"font_name": FONT, "font_size": 10, **more}
        key = tuple(sorted(told.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(told)
        return self._formats[key]

    def _text(self, sheet: Any, row: int, at: int, said: str, **more: Any) -> None:
        plain = files.fit(said)
        # A spreadsheet that saves the cell anew must not take it for a formula either.
        quoted = {"quote_prefix": True} if files.is_formula(plain) else {}
        sheet.write_string(row, at, plain[:32_767], self._format(**quoted, **more))

    def _line(self, sheet: Any, row: int, name: str, said: str, *, strong: bool = False) -> None:
        self._text(sheet, row, 0, name, font_color="#5A6875", valign="top")
        self._text(
            sheet,
            row,
            1,
            said,
            text_wrap=True,
            valign="top",
            **({"bold": True, "font_size": 11} if strong else {}),
        )
        lines = sum(1 + _signs(part) // 104 for part in said.split("\n"))
        sheet.set_row(row, 16.5 * lines + (2 if strong else 0))

    def _cell(
        self, sheet: Any, row: int, at: int, value: Value, column: Series, number: int, *, strong: bool
    ) -> None:
        more: dict[str, Any] = {"bold": True} if strong else {}
        words = column.states[number] if column.states else ""
        if value is None:
            if words:
                self._text(sheet, row, at, words, align="right", font_color="#5A6875", **more)
            return
        if isinstance(value, str):
            if value:
                self._text(
                    sheet,
                    row,
                    at,
                    value,
                    valign="top",
                    **({"text_wrap": True} if _signs(value) > 40 else {}),
                    **more,
                )
        elif isinstance(value, date):
            shown = (_MONTH if column.kind == "month" else _DAY)[self.lang]
            sheet.write_datetime(
                row,
                at,
                datetime(value.year, value.month, value.day),
                self._format(num_format=shown, align="left", **more),
            )
        else:
            share = column.unit == "%"
            told = value / 100 if share else value
            sheet.write_number(row, at, float(told), self._format(num_format=_shown(value, column), **more))

    # --- Charts -------------------------------------------------------------------------------------------

    def _chart(self, sheet: Any, columns: Typed, plot: Plot, first: int, n: int, given: Any) -> None:
        """The native chart over a table: it draws the cells, so that whoever changes one changes it."""
        kinds = {
            "line": {"type": "line"},
            "bar": {"type": "bar"},
            "column": {"type": "column"},
            "points": {"type": "scatter"},
        }
        chart = self._book.add_chart(kinds[plot.kind])
        last, name = first + n - 1, sheet.get_name()
        for number, mark in enumerate(plot.marks):
            colour = theme.colour(_SERIES[number % len(_SERIES)], "light")
            self._series(chart, columns, plot, mark, colour, (name, first, last))
        axis = {"num_font": {"name": FONT, "size": 9}, "name_font": {"name": FONT, "size": 9, "bold": False}}
        value = columns.series[plot.marks[0].column]
        told = value.header if len(plot.marks) == 1 else value.unit
        places = columns.series[plot.places]
        of_time = {
            "date_axis": True,
            "num_format": _MONTH[self.lang] if places.kind == "month" else "yyyy-mm-dd",
        }
        more = (
            {"reverse": True}
            if plot.kind == "bar"
            else {**(of_time if places.kind in ("date", "month") else {})}
        )
        chart.set_x_axis({"name": places.header, **axis, **more})
        chart.set_y_axis(
            {"name": told, "major_gridlines": {"visible": True, "line": {"color": "#D5DCE3"}}, **axis}
        )
        chart.set_title(
            {"name": files.fit(given.title), "name_font": {"name": FONT, "size": 11}, "overlay": False}
        )
        bands = any(m.low is not None for m in plot.marks)
        chart.set_legend(
            {"position": "bottom", "font": {"name": FONT, "size": 9}}
            if len(plot.marks) > 1 or bands
            else {"none": True}
        )
        chart.set_size({"width": 640, "height": 340})
        chart.show_blanks_as("gap")
        beside = len(columns.series) <= 7
        place = (first - 1, len(columns.series) + 1) if beside else (last + 5, 0)
        sheet.insert_chart(*place, chart, {"description": files.fit(given.said or given.title)})

    def _series(
        self, chart: Any, columns: Typed, plot: Plot, mark: Mark, colour: str, where: tuple[str, int, int]
    ) -> None:
        sheet, first, last = where
        one = columns.series[mark.column]
        line = mark.shape == "line"
        told: dict[str, Any] = {
            "name": [sheet, first - 1, mark.column],
            "categories": [sheet, first, plot.places, last, plot.places],
            "values": [sheet, first, mark.column, last, mark.column],
        }
        dot = {"type": "circle", "size": 5, "fill": {"color": colour}, "border": {"color": colour}}
        if mark.shape == "bar":
            told |= {"fill": {"color": colour}, "gap": 60}
        else:
            told |= {"line": {"color": colour, "width": 2} if line else {"none": True}, "marker": dot}
        if mark.low is not None and mark.high is not None and not line:
            low, high = columns.series[mark.low].values, columns.series[mark.high].values
            told[f"{'x' if plot.kind == 'bar' else 'y'}_error_bars"] = _bars(one, low, high)
        chart.add_series(told)
        if mark.low is not None and mark.high is not None and line:
            for limit in (mark.low, mark.high):
                chart.add_series({
                    "name": [sheet, first - 1, limit],
                    "categories": told["categories"],
                    "values": [sheet, first, limit, last, limit],
                    "line": {"color": colour, "width": 1, "dash_type": "dash"},
                    "marker": {"type": "none"},
                })  # fmt: skip


def _bars(one: Series, low: Sequence[Value], high: Sequence[Value]) -> dict[str, Any]:
    """Error bars out of the limits."""
    scale = 0.01 if one.unit == "%" else 1.0

    def away(a: Value, b: Value) -> float:
        known = isinstance(a, int | Decimal) and isinstance(b, int | Decimal)
        return max(0.0, (float(a) - float(b)) * scale) if known else 0.0  # type: ignore[arg-type]

    plus = [away(h, v) for v, h in zip(one.values, high, strict=True)]
    minus = [away(v, lo) for v, lo in zip(one.values, low, strict=True)]
    return {"type": "custom", "plus_values": plus, "minus_values": minus, "line": {"color": "#5A6875"}}


def _shown(value: int | Decimal, column: Series) -> str:
    """A number as the answer shows it: its own decimals, thousands apart, years as they are."""
    exponent = value.as_tuple().exponent if isinstance(value, Decimal) else 0
    decimals = "." + "0" * -int(exponent) if int(exponent) < 0 else ""
    if column.unit == "%":
        return f"0{decimals}%"
    if not column.unit and all(
        isinstance(v, int) and 1900 <= v <= 2100 for v in column.values if v is not None
    ):
        return "0"
    return f"#,##0{decimals}"


def _signs(text: str) -> int:
    """A text's width in Latin letters: Hangul takes two."""
    return sum(2 if ord(sign) > 0x10FF else 1 for sign in text)


def _width(header: str, column: Series, lang: str) -> float:
    """A column's width that shows its cells whole, as far as a page bears it."""
    if column.kind == "text":
        told = max((_signs(line) for v in column.values if v for line in str(v).split("\n")), default=0)
    elif column.kind == "number":
        told = max((len(f"{v:,}") + 2 for v in column.values if v is not None), default=0)
        told = max(told, max(map(_signs, column.states), default=0))
    else:
        told = 14
    heads = _signs(header)
    return min(max(NARROW, told + 2.0, min(heads, 22) + 2.0), WIDE)
