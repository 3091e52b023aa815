"""The import page's part for boundary files: read, match, show what is wrong, store as a vintage of its own."""

from __future__ import annotations

from typing import Any

import streamlit as st

from actions import boundaries as acts
from answers.answer import Column, Heading, Lead, Note, Table
from answers.store import StoreProblem, cities
from locales import numbers, t
from ui import boundary_report, draw, shell, store, view

TYPES = ["geojson", "json", "gpkg", "zip"]


def body(lang: str) -> None:
    """Upload box, report, form and the sets that are stored."""
    draw.show(Lead(t("boundary.lead", lang)), lang=lang)
    file = st.file_uploader(t("boundary.upload", lang), type=TYPES, key="boundary_file")
    draw.show(Note(t("boundary.upload_hint", lang)), lang=lang)
    if file is None:
        draw.show(Note(t("boundary.accepts", lang)), lang=lang)
        for name in ("boundary_source", "boundary_found", "boundary_report"):
            st.session_state.pop(name, None)
    else:
        _file(file, lang)
    _sets(lang)


def _file(file: Any, lang: str) -> None:
    own = acts.reading()
    try:
        source = _source(own, file, None, lang)
    except own.Refused as refused:
        if refused.kind != "layers":
            boundary_report.refusal(refused, lang)
            return
        names = refused.detail["names"]
        layer = st.selectbox(
            t("boundary.layer", lang),
            names,
            index=None,
            key=f"boundary_layer_{file.file_id}",
            placeholder=t("boundary.layer_pick", lang),
        )
        if layer is None:
            st.warning(t("boundary.refused_layers", lang, names=draw.plain(", ".join(names[:10]))))
            return
        try:
            source = _source(own, file, layer, lang)
        except own.Refused as again:
            boundary_report.refusal(again, lang)
            return
    _checked(own, source, lang)


def _source(own: Any, file: Any, layer: str | None, lang: str) -> Any:
    def read() -> Any:
        return own.receive(file.name, file.getvalue(), layer=layer)

    return view.once("boundary_source", (file.file_id, layer), read, waiting=t("boundary.reading", lang))


def _checked(own: Any, source: Any, lang: str) -> None:
    known = own.Known(*acts.areas(view.records()))
    columns = [str(name) for name in source.attributes.columns]
    try:
        found = view.once(
            "boundary_found",
            source.sha256,
            lambda: own.seek(source, known),
            waiting=t("boundary.reading", lang),
        )
    except own.Refused as refused:
        boundary_report.refusal(refused, lang)
        return
    if not found:
        boundary_report.refusal(own.Refused("no_codes", columns=", ".join(columns[:20])), lang)
        return
    column, level, crs = _choices(own, source, columns, found, lang)
    switch, merging = st.container(), f"boundary_merge_{source.sha256[:8]}"
    merge = bool(st.session_state.get(merging))
    key = (source.sha256, column, level, crs, merge, store.office().version())

    def check() -> Any:
        return own.examine(source, known, column=column, level=level, crs=crs, merge=merge)

    try:
        report, drawing = view.once("boundary_report", key, check, waiting=t("boundary.reading", lang))
    except own.Refused as refused:
        boundary_report.refusal(refused, lang)
        return
    if report.of("duplicate") or report.of("merged"):
        switch.checkbox(t("boundary.merge", lang), key=merging)
    boundary_report.verdict(report, lang)
    left, right = st.columns([6, 5], gap="large")
    with left:
        boundary_report.drawing(drawing, lang)
    with right:
        if report.ok:
            _form(report, lang)
    boundary_report.findings(report, own.BLOCKING, own.REPORTED, own.MENDED, lang)


def _choices(
    own: Any, source: Any, columns: list[str], found: str, lang: str
) -> tuple[str, str | None, int | None]:
    """Code column, level and CRS as found, for the reader to change."""
    file = source.sha256[:8]  # a choice made for one file does not carry over to the next
    first, second, third = st.columns(3)
    column = first.selectbox(
        t("boundary.column", lang), columns, index=columns.index(found), key=f"boundary_column_{file}"
    )
    level = second.selectbox(
        t("boundary.level", lang),
        ["", *acts.LEVELS],
        key=f"boundary_level_{file}",
        format_func=lambda code: t(f"boundary.level_{code or 'auto'}", lang),
    )
    declared = (
        t("boundary.crs_declared", lang, crs=own.crs_label(source.crs))
        if source.crs
        else t("boundary.crs_pick", lang)
    )
    crs = third.selectbox(
        t("boundary.crs", lang),
        [0, *own.CRS_CHOICES],
        key=f"boundary_crs_{file}",
        format_func=lambda code: t(f"boundary.crs_{code}", lang) if code else declared,
    )
    return column, level or None, crs or None


def _form(report: Any, lang: str) -> None:
    """Year, title and the button; once stored, where to find it."""
    year = int(
        st.number_input(
            t("boundary.year", lang),
            acts.FIRST_YEAR,
            acts.LAST_YEAR,
            store.as_of().year,
            key="boundary_year",
            help=t("boundary.year_help", lang),
        )
    )
    title = st.text_input(
        t("boundary.title", lang),
        max_chars=acts.TITLE_LENGTH,
        key="boundary_title",
        help=t("boundary.title_help", lang),
    )
    done = st.session_state.get("boundary_saved")
    if done is not None and done[0] == (report.source.sha256, report.level, year):
        _said(report, done[1], year, lang)
    elif st.button(t("boundary.load", lang), type="primary", key="boundary_load"):
        saved = _save(report, year, title, lang)
        if saved is not None:
            st.session_state["boundary_saved"] = ((report.source.sha256, report.level, year), saved)
            st.rerun()


def _save(report: Any, year: int, title: str, lang: str) -> acts.Saved | None:
    if not view.may("boundary") or view.viewer().districts:
        st.error(t("signin.action", lang))
        return None
    try:
        return acts.save(store.office(), report, year=year, title=title, at=store.now())
    except acts.YearFull:
        st.error(t("boundary.year_full", lang, year=year))
        return None
    except StoreProblem as problem:
        st.error(store.unwritten(problem, lang))
        return None


def _said(report: Any, saved: acts.Saved, year: int, lang: str) -> None:
    level = t(f"boundary.level_{report.level}", lang)
    if not saved.new:
        st.info(t("boundary.already", lang, year=year, level=level, vintage=saved.vintage))
        return
    sets = acts.sets(view.records()).set_index("vintage")
    title = draw.plain(sets.at[saved.vintage, "title"])
    st.success(
        t("boundary.saved", lang, title=title, vintage=saved.vintage, n=numbers.number(len(report.rows)))
    )
    draw.show(Note(t("boundary.saved_where", lang)), lang=lang)
    shell.link("district_map", t("boundary.open_map", lang), city=cities.OFFICE)


def _sets(lang: str) -> None:
    """Every stored set, newest first."""
    draw.show(Heading(t("boundary.sets", lang)), lang=lang)
    sets = acts.sets(view.records())
    if sets.empty:
        draw.show(Note(t("boundary.sets_none", lang)), lang=lang)
        return
    heads = [
        Column(t(f"boundary.col_{name}", lang), number=name == "areas")
        for name in ("title", "level", "year", "areas", "vintage", "file", "when")
    ]
    rows = [
        (
            row["title"],
            t(f"boundary.level_{row['level']}", lang),
            row["year"],
            numbers.number(row["areas"]),
            row["vintage"],
            row["source_name"],
            numbers.day(row["recorded_at"], lang),
        )
        for row in sets.to_dict("records")
    ]
    draw.show(Table(heads, rows, stacked=False), lang=lang)
