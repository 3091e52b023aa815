"""The page's figures as CSV and XLSX: the same numbers, in the unit of the screen, with unit and evidence in the sheet."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal

import pandas as pd
import streamlit as st
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from locales import numbers, t
from ui import blocks, store
from ui.budget import source, won
from ui.budget.source import Scope


def downloads(rows: Callable[[], pd.DataFrame], *, unit: str, name: str, scope: Scope, lang: str) -> None:
    """Both files, made only when asked for."""
    mark = "_synthetic" if scope.evidence == "synthetic" else ""
    file = f"{name}_{unit}{mark}"
    with st.container(horizontal=True):
        st.download_button(
            t("budget.download_csv", lang), data=lambda: csv_bytes(rows(), unit, scope, lang), file_name=f"{file}.csv",
            mime="text/csv", on_click="ignore", icon=":material/download:", key=f"{name}_csv",
        )  # fmt: skip
        st.download_button(
            t("budget.download_xlsx", lang), data=lambda: xlsx_bytes(rows(), unit, scope, lang),
            file_name=f"{file}.xlsx", on_click="ignore", icon=":material/table_view:", key=f"{name}_xlsx",
            mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )  # fmt: skip


def heading(unit: str, scope: Scope, lang: str) -> list[str]:
    """What a file says above its table: title, unit as offices write it, day and evidence."""
    when = (
        t("budget.scope_plan", lang)
        if scope.code == source.WHOLE
        else t("budget.scope_year", lang, year=scope.code)
    )
    day = t("app.as_of", lang, day=numbers.day(store.as_of(), lang))
    return [
        f"{t('budget.title', lang)} · {when} · {day}",
        won.caption(unit, lang),
        t(f"evidence.{scope.evidence}", lang),
    ]


def csv_bytes(rows: pd.DataFrame, unit: str, scope: Scope, lang: str) -> bytes:
    """UTF-8 with a byte-order mark: the heading lines, then the table."""
    out = io.StringIO()
    pd.DataFrame([[line] for line in heading(unit, scope, lang)]).to_csv(out, index=False, header=False)
    table = blocks.csv_bytes(rows).decode("utf-8-sig")
    return ("\ufeff" + out.getvalue() + table).encode()


def xlsx_bytes(rows: pd.DataFrame, unit: str, scope: Scope, lang: str) -> bytes:
    """One sheet with real numbers under the same heading lines."""
    book = Workbook()
    sheet = book.active
    sheet.title = t("budget.title", lang)[:31]
    for line in heading(unit, scope, lang):
        sheet.append([line])
    sheet.append(list(rows.columns))
    top = sheet.max_row
    for row in rows.itertuples(index=False, name=None):
        # A text that begins like a formula stays text.
        sheet.append(
            [
                _number(v) if isinstance(v, Decimal) else f"'{v}" if str(v)[:1] in "=+-@" and v else v
                for v in row
            ]
        )
    form = "#,##0.0" if won.UNITS[unit][1] else "#,##0"
    for column in range(1, len(rows.columns) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 26 if column == 2 else 14
        sheet.cell(top, column).font = Font(bold=True)
        sheet.cell(top, column).alignment = Alignment(wrap_text=True, vertical="top")
    for row in sheet.iter_rows(min_row=top + 1):
        for cell in row:
            if isinstance(cell.value, (int, float)):
                cell.number_format = form
    sheet.cell(1, 1).font = Font(bold=True, size=13)
    sheet.freeze_panes = sheet.cell(top + 1, 3)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
