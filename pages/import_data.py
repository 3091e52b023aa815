"""Bring in a district office's file or boundaries: read, see what is wrong, load, see what it became."""

import streamlit as st

from ui import boundary_import, importing, shell, view
from ui.text import t

lang = view.language()
importing.head(lang)
what = view.choose(
    "file",
    ["data", "boundary"],
    label=t("boundary.what", lang),
    kind="segments",
    say=lambda code: t(f"boundary.what_{code}", lang),
)
if what == "boundary":
    boundary_import.body(lang)
    st.stop()
importing.lead(lang)

names = importing.tables(lang)
file = st.file_uploader(t("import.upload", lang), type=importing.OFFERED, key="import_file")
importing.hint(lang)
chosen = st.selectbox(
    t("import.template", lang),
    ["", *names],
    key="import_template",
    format_func=lambda code: names.get(code, t("import.template_auto", lang)),
)
if file is not None:
    unit, books = f"import_unit_{file.file_id}", f"import_books_{file.file_id}"
    money, whose = (st.session_state.get(key) for key in (unit, books))
    parsed = importing.read(file, chosen or None, money, whose, lang)
    importing.unit_picker(parsed, lang, key=unit)
    importing.books_picker(parsed, lang, key=books)
    done = st.session_state.get("import_report")
    if done is not None and done.parsed.sha256 == parsed.sha256:
        importing.show_report(done, lang)
        shell.link("overview", t("import.see_overview", lang), city=importing.OFFICE)
    else:
        importing.show_parsed(parsed, lang)
        would, closes = importing.expected(parsed, lang) if parsed.ok else None, None
        if would is not None:
            closes = importing.months_picker(would, lang, key=f"import_closes_{parsed.sha256}")
            would = would if closes is None else importing.expected(parsed, lang, closes)
        if would is not None:
            importing.show_expected(would, lang)
        if (
            would is not None
            and not would.report.already
            and not would.report.unbalanced
            and st.button(t("import.load", lang), type="primary", key="import_load")
        ):
            report = importing.load(parsed, lang, closes)
            if report is not None:
                st.session_state["import_report"] = report
                st.rerun()
importing.template_picker(lang)
importing.history(lang)
