"""The import page's parts: read a file, say what is wrong, load it, show its numbers as the screens now have them."""

from __future__ import annotations

import os
from typing import Any

import pandas as pd
import streamlit as st

from answers import words
from answers.answer import Answer, Column, Heading, Lead, Note, Table
from answers.store import StoreProblem, cities
from data import imports, queries, release
from data.engine import pseudonym_key
from data.imports.templates import templates
from locales import numbers, t
from metrics import registry
from ui import draw, store, view

# After loading: which metric shows a table's rows, and by what.
SHOWN = {
    "attendance": ("programme_visits", "attended_on", ("area_code", "month_key", "programme_id")),
    "ledger_entry": ("expenditure", "booked_on", ("month_key", "programme_id")),
    "hotline_contact": ("hotline_answered", "local_date", ("area_code", "month_key")),
}
MOST_CELLS = 40
# What may be sent: also kinds that are refused, so that the reader hears why and what to do.
OFFERED = ["csv", "tsv", "txt", "xlsx", "xls", "hwpx", "html", "xlsm", "hwp", "cell", "ods", "zip", "pdf"]


def head(lang: str) -> None:
    """The page's title and the day that the data speak for."""
    store.guard(lang, store.office())
    draw.head(
        Answer(t("nav.import_data", lang), lang=lang, city=cities.OFFICE, as_of=f"{store.as_of():%Y-%m-%d}")
    )


def lead(lang: str) -> None:
    """What the page does, in a sentence."""
    imports.warm()  # while the reader looks for the file
    draw.show(Lead(t("import.lead", lang)), lang=lang)


def tables(lang: str) -> dict[str, str]:
    """Table name -> label of every template."""
    return {name: template.title(lang) for name, template in templates().items()}


def read(name: str, content: bytes, template: str | None, money: str | None = None) -> Any:
    """Read a file without storing anything; `money` is the unit of a file that names none."""
    with store.office().connect() as connection:
        lookups = imports.read_lookups(connection, now=store.now())
    return imports.receive(name, content, template=template, money=money, lookups=lookups)


OFFICE = cities.OFFICE  # whose records files become
UNITS = ("원", "천원", "백만원", "억원")


def unit_picker(parsed: Any, lang: str, *, key: str) -> None:
    """For a file whose money names no unit: a warning, and the choice of the unit."""
    if parsed.unit is None or parsed.unit_stated:
        return
    if not parsed.unit_chosen:
        st.warning(t("import.unit_missing", lang, largest=numbers.number(parsed.largest)))
    st.selectbox(
        t("import.unit", lang),
        UNITS,
        index=None,
        key=key,
        placeholder=t("import.unit_choose", lang),
        format_func=lambda unit: t(f"import.unit_{UNITS.index(unit)}", lang),
    )


def show_parsed(parsed: Any, lang: str) -> None:
    """What was read, what is wrong with which cell, and the first rows."""
    excluded = sum(parsed.excluded.values())
    total = len(parsed.frame) + parsed.refused
    if parsed.table_name is not None:
        st.markdown(
            f"**{tables(lang).get(parsed.table_name, '')}** · "
            + t(
                "import.read",
                lang,
                n=numbers.number(total),
                ok=numbers.number(len(parsed.frame)),
                bad=numbers.number(parsed.refused),
                excluded=numbers.number(excluded),
            )
        )
    for line in imports.notes(parsed, lang):
        draw.show(Note(line), lang=lang)
    if parsed.uneven:
        st.warning(t("import.uneven", lang, n=len(parsed.uneven)))
    if parsed.told or parsed.hidden_rows:
        st.warning(t("import.told", lang))
    for line in imports.problem_lines(parsed.told, lang):
        st.text(line)
    if parsed.problems:
        if any(problem.whole_file for problem in parsed.problems):
            st.error(t("import.refused", lang))
        else:
            st.warning(t("import.problem_rows", lang, n=len(parsed.problems)))
        draw.show(Heading(t("import.problems", lang)), lang=lang)
        for line in imports.problem_lines(parsed.problems, lang):
            st.text(line)  # imported text is never rendered as markdown or HTML
    if parsed.ok:
        with st.expander(t("import.preview", lang)):
            shown = parsed.shown(lang)
            rows = list(shown.astype(object).fillna("").itertuples(index=False, name=None))
            draw.show(Table([Column(str(c)) for c in shown.columns], rows, stacked=False), lang=lang)


def load(parsed: Any, lang: str) -> Any | None:
    """Load what was read; a store that refuses to write is said in words and nothing is lost."""
    try:
        engine = store.office().engine
        secret = pseudonym_key(engine, os.environ.get("IEUM_SECRET"))
        report = imports.load(engine, parsed, recorded_at=store.now(), secret=secret)
        store.changed()
        st.session_state.setdefault(SENT, set()).add(report.batch_id)
        view.settle("city", OFFICE)  # what was loaded is looked at where it went
        return report
    except StoreProblem as problem:
        key = problem.kind if problem.kind in ("readonly", "busy", "full") else "readonly"
        st.error(t(f"import.{key}", lang))
        return None


def show_report(report: Any, lang: str) -> None:
    """What the load did, then the cells that it changed, as every other screen now shows them."""
    if report.unbalanced:
        ledger = report.table_name in ("ledger_entry", "baseline")
        st.error(t("budget.import_refused" if ledger else "import.against", lang))
        for line in report.lines(lang):
            st.text(line)
        return
    if report.already:
        st.info(t("import.already", lang))
    else:
        st.success(t("import.loaded", lang, n=numbers.number(report.accepted)))
    if report.unchecked:
        st.warning(t("import.unchecked", lang))
    for line in report.lines(lang):
        st.text(line)
    cells = changed_cells(report.parsed)
    if not cells.empty:
        draw.show(Heading(t("import.shown", lang)), lang=lang)
        _cell_table(cells, lang)


def changed_cells(parsed: Any) -> pd.DataFrame:
    """The metric frame of the cells that a file touches, through the publishing rule like any screen."""
    shown = SHOWN.get(parsed.table_name or "")
    if shown is None or parsed.frame.empty:
        return pd.DataFrame()
    metric_id, day, keys = shown
    days = pd.to_datetime(parsed.frame[day])
    where: dict[str, Any] = {"month_key": tuple(sorted({int(m) for m in days.dt.year * 100 + days.dt.month}))}
    for key, column in (("area_code", "district_code"), ("programme_id", "programme_id")):
        if key in keys and column in parsed.frame:
            where[key] = tuple(sorted(set(parsed.frame[column].dropna())))
    return view.records().frame(metric_id, keys=keys, where=where).head(MOST_CELLS)


def _cell_table(cells: pd.DataFrame, lang: str) -> None:
    metric = registry.get(str(cells["metric_id"].iloc[0]))
    programmes, districts = view.records().programme_names(lang), view.records().district_names(lang)
    heads = [
        *(Column(t(f"import.col_{c}", lang)) for c in ("district", "month", "programme")),
        Column(metric.name(lang), number=True),
    ]
    rows = [
        (
            districts.get(row["area_code"], t("import.unknown_district", lang))
            if "area_code" in row
            else t("map.whole_city", lang),
            numbers.month(row["month_key"], lang),
            programmes.get(row.get("programme_id", ""), row.get("programme_id", "")),
            words.value_of(row, metric, lang),
        )
        for _, row in cells.iterrows()
    ]
    draw.show(Table(heads, rows, stacked=False), lang=lang)


def template_picker(lang: str) -> None:
    """Empty files to fill, one per table; a page without records leads to the one that fills it."""
    names, asked = tables(lang), view.asked("table")
    with st.expander(t("import.templates", lang), expanded=asked in names):
        draw.show(Note(t("import.templates_lead", lang)), lang=lang)
        name = st.selectbox(
            t("import.template", lang),
            list(names),
            index=list(names).index(asked) if asked in names else 0,
            format_func=names.__getitem__,
            key="template_file",
        )
        st.download_button(
            t("import.download_template", lang),
            data=imports.template_csv(name, lang),
            file_name=f"{name}_{lang}.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
        )


# One row of any other table is one person, case or contact: the history protects the number from all but its sender.
NO_PEOPLE = {
    "ledger_entry",
    "baseline",
    "output_target",
    "target",
    "event",
    "agent_interval",
    "signal_name",
    "scale_reliability",
}


SENT = "import_sent"  # batches that this browser's session has sent
LOCAL = ("localhost", "127.0.0.1", "[::1]")
_RELAYED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via")


def _on_this_machine() -> bool:
    """Whether the browser is on the machine that serves the app, and no proxy speaks for another."""
    said, address = st.context.headers, st.context.ip_address
    host = str(said.get("Host", "")).rpartition(":")[0] or str(said.get("Host", ""))
    return (
        host in LOCAL and address in (None, "127.0.0.1", "::1") and not any(name in said for name in _RELAYED)
    )


def _rows(table: str, n: int, lang: str, *, exact: bool) -> str:
    if exact or table in NO_PEOPLE:
        return numbers.number(n)
    shown = release.rounded(pd.Series([n])).iloc[0]
    return t("status.suppressed", lang) if pd.isna(shown) else numbers.number(shown)


def history(lang: str) -> None:
    """Imported files, newest first; exact for whoever sent them, which on this machine itself is whoever asks."""
    rows = view.records().rows(queries.batches)
    rows = rows[rows["kind"] == "import"]
    draw.show(Heading(t("import.history", lang)), lang=lang)
    if rows.empty:
        draw.show(Note(t("import.history_none", lang)), lang=lang)
        return
    names = tables(lang)
    here, sent = _on_this_machine(), st.session_state.get(SENT, set())
    heads = [
        Column(t(f"import.col_{c}", lang), number=c in ("rows", "refused"))
        for c in ("when", "file", "table", "rows", "refused")
    ]
    found = [
        (
            numbers.day(row["recorded_at"], lang),
            row["source_name"],
            names.get(row["table_name"], row["table_name"]),
            *(
                _rows(row["table_name"], row[n], lang, exact=here or row["batch_id"] in sent)
                for n in ("rows_accepted", "rows_refused")
            ),
        )
        for row in rows.to_dict("records")
    ]
    draw.show(Table(heads, found, stacked=False), lang=lang)
