"""What the check of a boundary file found: a verdict, a drawing, and a table for each kind of finding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import streamlit as st

from actions import boundaries
from answers.answer import Column, Heading, Note, Table
from charts import theme
from locales import numbers, t
from ui import draw, view

MOST_ROWS = 20  # of each kind
# GEOS says in English why a shape is invalid, with the place: 'Self-intersection[126.97 37.57]'.
_REASONS = {
    "self-intersection": "crosses",
    "ring self-intersection": "crosses",
    "hole lies outside shell": "hole",
    "holes are nested": "nested",
    "nested shells": "nested",
    "duplicate rings": "repeated",
    "interior is disconnected": "split",
    "too few points in geometry component": "points",
}
_GEOMETRIES = {"point": "point", "multipoint": "point", "linestring": "line", "multilinestring": "line"}


def refusal(refused: Any, lang: str) -> None:
    """Why the file as a whole cannot be used, and what to do."""
    fits = "_fits" if refused.detail.get("fits") else ""
    places = {
        name: numbers.number(value) if isinstance(value, int) else draw.plain(value)
        for name, value in refused.detail.items()
    }
    st.error(t(f"boundary.refused_{refused.kind}{fits}", lang, **places))


def verdict(report: Any, lang: str) -> None:
    """Whether it can be stored, how many areas were matched, and how the file was read."""
    blocking = sum(problem.blocks for problem in report.problems)
    notes = len(report.problems) - report.repaired
    n = numbers.number(report.matched)
    if blocking:
        st.error(t("boundary.blocked", lang, n=numbers.number(blocking)))
    elif not report.ok:
        st.error(t("boundary.nothing", lang))
    elif notes:
        st.warning(t("boundary.ready_notes", lang, n=n, notes=numbers.number(notes)))
    else:
        st.success(t("boundary.ready", lang, n=n))
    level = t(f"boundary.level_{report.level}", lang)
    said = [t("boundary.summary", lang, read=numbers.number(report.read), level=level, matched=n)]
    if report.year:
        said.append(t("boundary.summary_year", lang, year=report.year))
    if report.outside:
        said.append(t("boundary.summary_outside", lang, n=numbers.number(report.outside)))
    st.text(" ".join(said))
    how = t(
        "boundary.how",
        lang,
        column=report.column,
        system=t(f"boundary.system_{report.system}", lang),
        crs=report.crs or "–",
        encoding=report.source.encoding.upper(),
    )
    names = f" · {t('boundary.how_names', lang, column=report.name_column)}" if report.name_column else ""
    draw.show(Note(how + names), lang=lang)


def drawing(outline: Any, lang: str) -> None:
    """The shapes as read: what blocks with a heavy line, what was not matched hatched."""
    if not outline.paths:
        return
    states = [state for state, _, _ in outline.paths]
    counts = {state: states.count(state) for state in ("fine", "unmatched", "blocked")}
    c = {name: theme.colour(role, view.palette()) for name, role in theme.colours().items()}
    fill = theme.colour(theme.sequential()[1], view.palette())
    look = {
        "fine": f'fill="{fill}" stroke="{c["page"]}"',
        "unmatched": f'fill="url(#hatch)" stroke="{c["muted"]}"',
        "blocked": f'fill="{c["missing"]}" stroke="{c["worse"]}" stroke-width="2.5"',
    }
    swatch = {
        "fine": f"background:{fill}",
        "unmatched": f"background:repeating-linear-gradient(45deg,{c['muted']} 0 2px,{c['page']} 2px 5px)",
        "blocked": f"background:{c['missing']};border:2px solid {c['worse']}",
    }
    legend = "".join(
        f'<span class="key"><i style="{swatch[state]}"></i>{draw.esc(t(f"boundary.state_{state}", lang))} ({n})</span>'
        for state, n in counts.items()
        if n
    )
    # Heavy lines last, so that no neighbour covers them.
    paths = "".join(
        f'<path d="{d}" {look[kind]}/>' for state in counts for kind, _, d in outline.paths if kind == state
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {outline.width} {outline.height}">'
        f'<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<path d="M1,0V6" stroke="{c["muted"]}" stroke-width="2"/></pattern>{paths}</svg>'
    )
    alt = draw.esc(t("boundary.preview_alt", lang, **counts))
    # As an image: Streamlit takes SVG elements out of HTML.
    st.html(
        f'<div class="ieum-legend">{legend}</div><img alt="{alt}" style="width:100%;max-width:{outline.width}px" '
        f'src="data:image/svg+xml,{quote(svg, safe=" ,=:/()")}">'
    )


def findings(
    report: Any, blocking: Sequence[str], reported: Sequence[str], mended: Sequence[str], lang: str
) -> None:
    """A table for each kind: what blocks and what is left out in the open, what was mended in a drawer."""
    for kind in (*blocking, *reported):
        _kind(report, kind, lang)
    if report.repaired:
        with st.expander(t("boundary.mended", lang, n=numbers.number(report.repaired))):
            draw.show(Note(t("boundary.mended_lead", lang)), lang=lang)
            for kind in mended:
                _kind(report, kind, lang)


def _kind(report: Any, kind: str, lang: str) -> None:
    found = report.of(kind)
    if not found:
        return
    count = t("boundary.count", lang, n=numbers.number(len(found)))
    draw.show(Heading(f"{t(f'boundary.kind_{kind}', lang)} · {count}"), lang=lang)
    draw.show(Note(t(f"boundary.do_{kind}", lang)), lang=lang)
    names = area_names(lang)
    rows = [_cells(problem, names, lang) for problem in found[:MOST_ROWS]]
    columns = [name for name in rows[0] if any(row[name] for row in rows)]
    if columns:
        heads = [Column(t(f"boundary.col_{name}", lang), number=name in ("m2", "share")) for name in columns]
        draw.show(Table(heads, [[row[name] for name in columns] for row in rows], stacked=False), lang=lang)
    if len(found) > MOST_ROWS:
        draw.show(Note(t("boundary.first", lang, n=numbers.number(len(found)), shown=MOST_ROWS)), lang=lang)


def _cells(problem: Any, names: dict[str, str], lang: str) -> dict[str, str]:
    others = [names.get(code, code) for code in problem.other.split(", ")]
    return {
        "row": ", ".join(map(str, problem.rows[:10])) + (" …" if len(problem.rows) > 10 else ""),
        "code": problem.value[:40] or problem.area_code,
        "name": names.get(problem.area_code, problem.name[:40]),
        "other": "" if problem.kind == "name" else ", ".join(others)[:80],
        "m2": "" if problem.m2 is None else numbers.number(problem.m2),
        "share": _share(problem.share),
        "detail": _detail(problem, lang),
    }


def _share(share: float | None) -> str:
    if share is None:
        return ""
    return f"{numbers.number(100 * share, 2)}%" if share >= 0.0001 else "< 0.01%"


def _detail(problem: Any, lang: str) -> str:
    if problem.kind == "name":
        return t("boundary.detail_name", lang, name=problem.other[:40])
    if problem.kind == "other_year":
        return t("boundary.detail_other_year", lang, year=problem.detail)
    if problem.kind == "not_area":
        return t(f"boundary.geometry_{_GEOMETRIES.get(problem.detail.lower(), 'other')}", lang)
    if problem.kind == "invalid":
        reason, _, place = problem.detail.partition("[")
        word = t(f"boundary.reason_{_REASONS.get(reason.strip().lower(), 'other')}", lang)
        x, _, y = place.rstrip("]").partition(" ")
        return f"{word} (EPSG:5179 {float(x):.0f}, {float(y):.0f})" if y else word
    return ""


def area_names(lang: str) -> dict[str, str]:
    """Code -> name of every district and dong; a dong stands after its district, as some names occur twice."""
    read = view.records()
    districts, english = read.district_names(lang), read.dong_names() if lang == "en" else {}
    dong = boundaries.dong(read)
    rows = zip(dong["dong_code"], dong["district_code"], dong["name_ko"], strict=True)
    return districts | {code: f"{districts[place]} {english.get(code, name)}" for code, place, name in rows}
