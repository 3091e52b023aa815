"""The import page's parts: read a file, say what is wrong, load it, show its numbers as the screens now have them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from actions import importing as acts
from answers import say
from answers.answer import Answer, Column, Heading, Lead, Note, Table
from answers.coverage.coverage import named
from answers.store import StoreProblem, cities
from locales import numbers, t
from ui import draw, shell, store, view

MOST_CHANGES = 60  # rows of what a file changes that are shown; the rest is counted
# What may be sent: also kinds that are refused, so that the reader hears why and what to do.
OFFERED = ["csv", "tsv", "txt", "xlsx", "xls", "hwpx", "html", "xlsm", "hwp", "cell", "ods", "zip", "pdf"]


def head(lang: str) -> None:
    """The page's title and the day that the data speak for."""
    shell.require("import_data")
    store.guard(lang, store.office())
    draw.head(
        Answer(t("nav.import_data", lang), lang=lang, city=cities.OFFICE, as_of=f"{store.as_of():%Y-%m-%d}")
    )


def lead(lang: str) -> None:
    """What the page does, in a sentence."""
    acts.warm()  # while the reader looks for the file
    draw.show(Lead(t("import.lead", lang)), lang=lang)


def hint(lang: str) -> None:
    """What the box takes, where Streamlit would list every ending."""
    draw.show(Note(t("app.upload_hint", lang)), lang=lang)


def tables(lang: str) -> dict[str, str]:
    """Table name -> label of every template."""
    return acts.tables(lang)


def read(file: Any, template: str | None, money: str | None, books: str | None, lang: str) -> Any:
    """Read an uploaded file without storing anything, once for a state of the records.

    Args:
        money: the unit of one that names none. books: whose books it is, of one that does not say.
    """

    def parse() -> Any:
        return acts.read(store.office(), file.name, file.getvalue(), template, money, books, at=store.now())

    key = (file.file_id, template, money, books, view.records().version)
    return view.once("import_parsed", key, parse, waiting=t("import.reading", lang))


# Session state: the file that was rehearsed last, and what it would change as the rule has it, or as its sender has chosen.
_EXPECTED, _CHOSEN = "import_expected", "import_expected_so"
_UNDONE = "undo"  # where what an undo did is said
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


def books_picker(parsed: Any, lang: str, *, key: str) -> None:
    """For a file of money that does not say whose books it is: the choice."""
    if parsed.books_stated:
        return
    if parsed.books is None:
        draw.show(Note(t("import.books_missing", lang)), lang=lang)
    st.selectbox(
        t("import.books", lang),
        list(acts.BOOKS),
        index=None,
        key=key,
        placeholder=t("import.books_choose", lang),
        format_func=lambda code: acts.books_named(code, lang),
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
    for line in acts.notes(parsed, lang):
        draw.show(Note(line), lang=lang)
    if parsed.uneven:
        st.warning(t("import.uneven", lang, n=len(parsed.uneven)))
    if parsed.told or parsed.hidden_rows:
        st.warning(t("import.told", lang))
    for line in acts.problem_lines(parsed.told, lang):
        st.text(line)
    if parsed.problems:
        if any(problem.whole_file for problem in parsed.problems):
            st.error(t("import.refused", lang))
        else:
            st.warning(t("import.problem_rows", lang, n=len(parsed.problems)))
        draw.show(Heading(t("import.problems", lang)), lang=lang)
        for line in acts.problem_lines(parsed.problems, lang):
            st.text(line)  # imported text is never rendered as markdown or HTML
    if parsed.ok:
        with st.expander(t("import.preview", lang)):
            shown = parsed.shown(lang)
            rows = list(shown.astype(object).fillna("").itertuples(index=False, name=None))
            draw.show(Table([Column(str(c)) for c in shown.columns], rows, stacked=False), lang=lang)


def expected(parsed: Any, lang: str, closes: frozenset[int] | None = None) -> Any | None:
    """What loading would change, worked out once for a file and kept for the visit.

    Args:
        closes: the months that the sender takes for whole; None leaves it to the rule.
    """
    key = (parsed.sha256, parsed.table_name, parsed.unit, view.records().version, lang, closes)

    def rehearse() -> acts.Consequences:
        return acts.consequences(store.office(), parsed, lang, at=store.now(), closes=closes)

    place = _EXPECTED if closes is None else _CHOSEN
    try:
        return view.once(place, key, rehearse, waiting=t("import.rehearsing", lang))
    except StoreProblem as problem:
        _unwritten(problem, lang)
        return None


def months_picker(found: Any, lang: str, *, key: str) -> frozenset[int] | None:
    """Which of the months that were over when the file came it closes: the rule's answer, for its sender to change.

    Returns: the months chosen; None where the rule's answer stands.
    """
    could = found.report.months
    if not could:
        return None
    ruled = [month for month, closes in could.items() if closes]
    chosen = st.multiselect(
        t("import.closes", lang),
        list(could),
        default=ruled,
        key=key,
        placeholder=t("import.closes_none", lang),
        format_func=lambda month: numbers.month(month, lang),
        help=t("import.closes_help", lang),
    )
    return None if sorted(chosen) == ruled else frozenset(chosen)


def show_expected(found: Any, lang: str) -> None:
    """What a file would change, before anything is written: books, months that close, verdicts, figures."""
    draw.show(Heading(t("import.would", lang)), lang=lang)
    report = found.report
    if report.unbalanced:
        show_report(report, lang)
        return
    if report.already:
        st.info(t("import.already", lang))
        return
    shown = {"added": numbers.number(report.added), "corrected": numbers.number(report.corrected)}
    draw.show(Lead(t("import.would_rows", lang, **shown)), lang=lang)
    if report.unchecked:
        st.warning(t("import.unchecked", lang))
    _closes(found.closes, lang)
    _verdicts(found, lang)
    _changes(found.changes, lang)


def _closes(closes: Any, lang: str) -> None:
    months: dict[tuple[str, str], list[int]] = {}
    for table, district, month in closes:
        months.setdefault((table, district), []).append(month)
    names = view.records().district_names(lang)
    for (table, district), some in list(months.items())[:12]:
        place = names.get(district, t("coverage.whole_city", lang))
        said = {"table": named(table, lang), "place": place, "months": say.month_runs(sorted(some), lang)}
        draw.show(Note(t("import.would_close", lang, **said)), lang=lang)
    if not closes:
        draw.show(Note(t("import.would_close_none", lang)), lang=lang)


def _verdicts(found: Any, lang: str) -> None:
    if found.verdicts:
        heads = [Column(t(f"import.col_{c}", lang)) for c in ("measure", "verdict_old", "verdict_new")]
        rows = [(name, old or "–", new or "–") for name, old, new in found.verdicts]
        draw.show(Table(heads, rows, caption=t("import.would_verdicts", lang)), lang=lang)
    for key, some in (("import.would_decide", found.newly), ("import.would_settle", found.settled)):
        for text in some[:8]:
            draw.show(Note(t(key, lang, what=text)), lang=lang)


def _changes(changes: Any, lang: str) -> None:
    """Figure by figure; their values only on this very machine, where the file itself lies."""
    if not changes:
        draw.show(Note(t("import.would_nothing", lang)), lang=lang)
        return
    exact = view.is_local()
    rows = [acts.in_words(one, view.records(), lang)[: 4 if exact else 2] for one in changes[:MOST_CHANGES]]
    names = ("measure", "which", "old", "new") if exact else ("measure", "which")
    heads = [Column(t(f"import.col_{c}", lang), number=c in ("old", "new")) for c in names]
    with st.expander(
        t("import.would_figures", lang, n=numbers.number(len(changes))), expanded=len(changes) <= 12
    ):
        draw.show(Table(heads, rows, stacked=False), lang=lang)
        if len(changes) > MOST_CHANGES:
            draw.show(
                Note(t("import.would_more", lang, n=numbers.number(len(changes) - MOST_CHANGES))), lang=lang
            )


def load(parsed: Any, lang: str, closes: frozenset[int] | None = None) -> Any | None:
    """Load what was read; a store that refuses to write is said in words and nothing is lost."""
    who = view.viewer()
    if not view.may("import"):
        st.error(t("signin.action", lang))
        return None
    if strange := acts.outside(parsed, who.districts):
        st.error(t("import.not_yours", lang, districts=", ".join(strange[:5])))
        return None
    try:
        report = acts.bring(store.office(), parsed, at=store.now(), closes=closes)
    except StoreProblem as problem:
        _unwritten(problem, lang)
        return None
    st.session_state.setdefault(SENT, set()).add(report.batch_id)
    view.settle("city", OFFICE)  # what was loaded is looked at where it went
    return report


def _unwritten(problem: StoreProblem, lang: str) -> None:
    st.error(store.unwritten(problem, lang))


def show_report(report: Any, lang: str) -> None:
    """What the load did."""
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
    kept = st.session_state.get(_EXPECTED)
    if kept is not None and kept[0][0] == report.parsed.sha256 and not report.already:
        draw.show(Heading(t("import.shown", lang)), lang=lang)
        _changes(kept[1].changes, lang)


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
            data=acts.template_csv(name, lang),
            file_name=f"{name}_{lang}.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
        )
        draw.show(Note(t("import.workbook_lead", lang)), lang=lang)
        st.download_button(
            t("import.download_workbook", lang),
            data=lambda: acts.template_xlsx(store.office(), name, lang),
            file_name=f"{name}_{lang}.xlsx",
            mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            on_click="ignore",
            icon=":material/table_view:",
        )


# One row of any other table is one person, case or contact: the history protects the number from all but its sender.
NO_PEOPLE = {
    "programme_entry",
    "owner_unit",
    "survey_design",
    "staffing",
    "unit_cost",
    "alert_rule",
    "ward",
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


def _rows(table: str, n: int, lang: str, *, exact: bool) -> str:
    if exact or table in NO_PEOPLE:
        return numbers.number(n)
    return say.count_words(view.records().one(n), lang)


def history(lang: str) -> None:
    """Imported files, newest first; exact for whoever sent them, which on this machine itself is whoever asks."""
    rows = acts.loaded(view.records())
    draw.show(Heading(t("import.history", lang)), lang=lang)
    if rows.empty:
        draw.show(Note(t("import.history_none", lang)), lang=lang)
        return
    names = tables(lang)
    here, sent = view.is_local(), st.session_state.get(SENT, set())
    heads = [
        Column(t(f"import.col_{c}", lang), number=c in ("rows", "refused"))
        for c in ("when", "file", "table", "rows", "refused", "state")
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
            t("import.undone_mark", lang) if row["undone_by"] > 0 else "",
        )
        for row in rows.to_dict("records")
    ]
    draw.show(Table(heads, found, stacked=False), lang=lang)
    _undo(lang)


def _undo(lang: str) -> None:
    """The newest import can be taken back: what that does, a second question, and what it did."""
    newest = acts.newest(store.office())
    view.told(_UNDONE)
    if newest is None:
        return
    with st.expander(t("import.undo", lang, n=newest.batch_id), icon=":material/undo:"):
        name = f"{tables(lang).get(newest.table_name, newest.table_name)} · {newest.source_name}"
        st.text(t("import.undo_what", lang, n=newest.batch_id, file=name))
        sure = st.checkbox(t("import.undo_sure", lang), key=f"undo_sure_{newest.batch_id}")
        st.button(
            t("import.undo_do", lang),
            disabled=not sure,
            key="import_undo",
            on_click=_take_back,
            args=(newest.batch_id, lang),
        )


def _take_back(batch_id: int, lang: str) -> None:
    who = view.acting("undo", _UNDONE)
    if who is None:
        return
    if who.districts:  # a batch may hold others' rows
        view.tell(_UNDONE, "warning", t("signin.action", lang))
        return
    try:
        done = acts.undo(store.office(), batch_id, at=store.now())
        view.tell(_UNDONE, "success", draw.plain(done.line(lang)))  # it names the file
    except acts.NotUndoable as problem:
        view.tell(_UNDONE, "warning", problem.line(lang))
    except StoreProblem as problem:
        view.tell(_UNDONE, "warning", store.in_words(problem, lang))
    st.session_state.pop("import_report", None)
