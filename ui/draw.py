"""Draws any answer. Nobody else writes HTML, a table, a chart or a download button, but the interactive pieces in PIECES.

What stands between two interactive elements travels as one piece of HTML, made once per answer and theme and kept with it;
figures are themed and made ready to send once, too.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

import pandas as pd
import streamlit as st
from plotly.basedatatypes import BaseFigure

from actions import people as acts
from answers import answer as parts
from answers import reasons
from answers.answer import Answer
from answers.links import RELEASE
from answers.store import cities
from answers.twin import MOST_ROWS, table_of
from answers.viewer import Forbidden
from answers.written import csv_bytes, file_name, marked, release_words
from charts import theme
from charts.trend import spark
from locales import numbers, t
from reports import offer
from ui import store, view

SHOTS = Path(__file__).with_name("static") / "screens"  # pictures of our own screens, for the manual

# name -> what draws an interactive piece: (data, answer) -> None. Interactive modules enter themselves.
PIECES: dict[str, Callable[[Any, Answer], None]] = {}


def piece(name: str) -> Callable[[Callable[[Any, Answer], None]], Callable[[Any, Answer], None]]:
    """Enter what draws an interactive piece."""

    def enter(draw: Callable[[Any, Answer], None]) -> Callable[[Any, Answer], None]:
        PIECES[name] = draw
        return draw

    return enter


# choice -> what a click on a figure's mark does with its code, where that is more than setting the choice.
PICKS: dict[str, Callable[[str], None]] = {}


def on_pick(choice: str) -> Callable[[Callable[[str], None]], Callable[[str], None]]:
    """Enter what a click on a mark does, in place of setting the choice to its code."""

    def enter(act: Callable[[str], None]) -> Callable[[str], None]:
        PICKS[choice] = act
        return act

    return enter


class Ready(BaseFigure):
    """A themed figure that is sent as it is: plotly neither checks nor copies it."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._spec = spec

    def to_dict(self) -> dict[str, Any]:
        """The figure itself. Not to be changed."""
        return self._spec


@dataclass
class _Drawn:
    """What has been made of an answer in one theme: HTML by run of blocks, and the tables behind its figures."""

    pieces: dict[int, str] = field(default_factory=dict)
    twins: dict[parts.Figure, _Twin | None] = field(default_factory=dict)


_KEPT: WeakKeyDictionary[Answer, dict[str, _Drawn]] = WeakKeyDictionary()
_READY: WeakKeyDictionary[parts.Figure, dict[str, Ready]] = WeakKeyDictionary()


def answer(found: Answer, controls: Callable[[str], None] | None = None) -> None:
    """Draw an answer beneath its head.

    Args:
        controls: draws an inline choice by name where its place comes.
    """
    palette = view.palette()
    drawn = _KEPT.setdefault(found, {}).setdefault(palette, _Drawn())
    first = (parts.Lead(found.sentence, found.sure),) if found.sentence else ()
    _blocks((*first, *found.blocks), found, drawn, palette, controls, key=1)


def within(blocks: Sequence[Any], found: Answer, *, key: int) -> None:
    """Draw blocks inside an interactive piece; `key` is the piece's own on its page."""
    palette = view.palette()
    drawn = _KEPT.setdefault(found, {}).setdefault(palette, _Drawn())
    _blocks(blocks, found, drawn, palette, None, key=-key)


def written(blocks: Sequence[Any], found: Answer) -> str:
    """Blocks as HTML, for an interactive piece that puts life into it."""
    return "".join(_html(b, found, view.palette()) for b in blocks)


def show(*blocks: Any, lang: str) -> None:
    """Blocks of an interactive page that no answer gives."""
    st.html(written(blocks, Answer("", lang=lang, city=view.city())))


def search_box(lang: str, city: str) -> None:
    """The box at the head of every page: what is found as one types, with what it is, and the way there (`ui/static/ieum.js`)."""
    label, hint = esc(t("search.label", lang)), esc(t("search.box", lang))
    st.html(
        f'<form class="ieum-search" role="search" data-city="{city}" data-every="{esc(t("search.every", lang))}" '
        f'data-none="{esc(t("search.none", lang, q="{q}"))}" data-down="{esc(t("search.no_answer", lang))}">'
        f'<input type="search" role="combobox" aria-label="{label}" aria-autocomplete="list" aria-expanded="false" '
        f'aria-controls="ieum-found" aria-keyshortcuts="/" placeholder="{hint}" title="{esc(t("search.hint", lang))}" '
        f'maxlength="60" autocomplete="off" spellcheck="false">'
        f'<ul id="ieum-found" role="listbox" aria-label="{label}" hidden></ul></form>'
    )


def bell(lang: str, city: str, since: str) -> None:
    """Where the browser puts what has changed since the last visit (`ui/static/ieum.js` asks for it once the page stands).

    Args:
        since: the last visit where the server knows of it (signed-in readers); '' where the browser remembers it.
    """
    st.html(
        f'<div class="ieum-bell ieum-opens" data-since="{esc(since)}" data-city="{esc(city)}" data-lang="{lang}" '
        f'data-said="{esc(t("news.bell", lang, n="{n}"))}"></div>'
    )


def ways(found: Sequence[parts.Go], of: Answer) -> None:
    """Ways to pages of ours in one line; none where there are none."""
    if links := " ".join(
        f'<a class="ieum-link" href="{esc(address(g, of))}">{esc(g.label)}</a>' for g in found
    ):
        st.html(f'<p class="ieum-ways">{links}</p>')


def remember(name: str, value: str) -> None:
    """Have the browser keep a code for its next visit (a cookie that `ui/static/ieum.js` sets); '' takes it away."""
    st.html(f'<span class="ieum-keep" data-name="{esc(name)}" data-value="{esc(value)}" hidden></span>')


def status(text: str, way: tuple[parts.Go, Answer] | None = None) -> None:
    """A quiet line that a screen reader is told when it appears; with the way to a page, from an answer, where one is given."""
    link = f' <a class="ieum-link" href="{esc(address(*way))}">{esc(way[0].label)}</a>' if way else ""
    st.html(f'<p class="ieum-source" role="status">{esc(text)}{link}</p>')


def head(found: Answer, beside: str = "") -> None:
    """The page's title, the day it speaks for, and whose figures it shows; the browser's tab says the same.

    Args:
        beside: HTML that stands at the head's end.
    """
    lang = found.lang
    badge = mark(found.city, lang, key="app.mark") if found.city else ""
    whose = [t(f"app.city_{found.city}", lang)] if found.city else []
    st.set_page_config(page_title=" · ".join([found.title, *whose, t("app.name", lang)]))
    day = t("app.as_of", lang, day=numbers.day(pd.Timestamp(found.as_of), lang))
    if view.viewer().role == "local":  # the very machine: nobody signs in
        day = f"{day} · {t('signin.local', lang)}"
    day = " · ".join(filter(None, [day, release_words(found)]))
    st.html(
        f'<div class="ieum-head"><h1>{esc(found.title)}</h1><span class="ieum-meta">{esc(day)}</span>{badge}{_sheets(found)}{beside}</div>'
        + "".join(f'<p class="ieum-caveat">{esc(text)}</p>' for text in found.caveats)
    )


def _sheets(found: Answer) -> str:
    """Links to the answer on paper; a sheet is made when somebody follows one."""
    base = st.get_option("server.baseUrlPath").strip("/")
    links = "".join(
        f'<a class="ieum-sheet" href="{esc(f"/{base}" if base else "")}{esc(offer.address(kind, code, found))}" download>'
        f"{esc(t(f'report.take_{kind}', found.lang))}</a>"
        for kind, code in offer.of(found)
    )
    return f'<span class="ieum-sheets">{links}</span>' if links else ""


def _blocks(
    blocks: Sequence[Any],
    found: Answer,
    drawn: _Drawn,
    palette: str,
    controls: Callable[[str], None] | None,
    *,
    key: int,
) -> None:
    """Draw blocks in order; runs of those that are plain HTML as one piece."""
    run: list[Any] = []
    number = 0

    def flush() -> None:
        nonlocal number
        if run:
            place = key * 1000 + number
            text = drawn.pieces.get(place)
            if text is None:
                text = drawn.pieces[place] = "".join(_html(b, found, palette) for b in run)
            st.html(text)
            run.clear()
        number += 1

    for at, block in enumerate(blocks):
        if _plain(block):
            run.append(block)
            continue
        flush()
        below = key * 100 + at + 1
        if isinstance(block, parts.Figure):
            _figure(block, palette)
            if not block.shown and (twin := _twin_of(block, found, drawn)) is not None:
                run.append(twin)
        elif isinstance(block, parts.Beside):
            widths = list(block.widths) or len(block.columns)
            for n, (column, inner) in enumerate(
                zip(st.columns(widths, gap=block.gap), block.columns, strict=True)
            ):
                with column:
                    _blocks(inner, found, drawn, palette, controls, key=below * 10 + n)
        elif isinstance(block, parts.Fold):
            with st.expander(plain(block.label), expanded=block.open):
                _blocks(block.blocks, found, drawn, palette, controls, key=below * 10)
        elif isinstance(block, parts.Prose):
            st.markdown(block.text)
        elif isinstance(block, parts.Banner):
            {"info": st.info, "warning": st.warning, "error": st.error, "success": st.success}[block.kind](
                block.text
            )
        elif isinstance(block, parts.Download):
            download(block, found)
        elif isinstance(block, parts.Go):
            link(block)
        elif isinstance(block, parts.Control):
            if controls is not None:
                controls(block.name)
        elif isinstance(block, parts.Piece):
            PIECES[block.name](block.data, found)
        else:
            raise TypeError(f"no way to draw {type(block).__name__}")
    flush()


@dataclass(frozen=True, eq=False)
class _Twin:
    """A chart's table behind its label; `number` is its place among the answer's tables, None where it has none."""

    table: parts.Table
    number: int | None = None


def _twin_of(figure: parts.Figure, found: Answer, drawn: _Drawn) -> _Twin | None:
    """The table behind a chart, worked out once an answer."""
    if not drawn.twins:
        tabled = enumerate(found.tabled(made=True))
        drawn.twins = {b: _Twin(table, n) for n, (b, table) in tabled if isinstance(b, parts.Figure)}
    if figure not in drawn.twins:  # made by an interactive piece, or too large for a table
        table = table_of(figure, found.lang)
        drawn.twins[figure] = None if table is None else _Twin(table)
    return drawn.twins[figure]


def _plain(block: Any) -> bool:
    """Whether a block is HTML that nothing on the page changes."""
    if isinstance(block, parts.Fold):
        return not block.open and all(_plain(b) for b in block.blocks)
    return type(block) in _WRITERS


def _html(block: Any, found: Answer, palette: str) -> str:
    return _WRITERS[type(block)](block, found, palette)


# --- Figures, files, links ----------------------------------------------------------------------------------


def ready(figure: parts.Figure, palette: str) -> Ready:
    """A figure as it is sent, themed once."""
    drawn = _READY.setdefault(figure, {})
    if palette not in drawn:
        drawn[palette] = Ready(themed(figure.spec, palette))
    return drawn[palette]


def _figure(block: parts.Figure, palette: str) -> None:
    spec = ready(block, palette)
    if not (block.picks or block.opens):
        st.plotly_chart(spec, theme=None, config=theme.CONFIG, key=block.name, alt=block.alt)
        return

    def picked() -> None:
        code = clicked(block.name)
        if block.picks in PICKS:
            if code:
                PICKS[block.picks](code)
        elif block.picks == "gu":
            # A dong picks its district; a click on empty ground, or once more on the same, changes nothing.
            if code:
                view.put("gu", f"{code[:4]}0", "")
        elif block.picks:
            view.put(block.picks, "" if view.kept(block.picks) == code else code or "", "")
        if block.opens and code:
            st.session_state["open_page"] = block.opens

    st.plotly_chart(
        spec,
        theme=None,
        config=theme.CONFIG,
        key=block.name,
        alt=block.alt,
        on_select=picked,
        selection_mode="points",
    )


def themed(spec: Mapping[str, Any], palette: str) -> dict[str, Any]:
    """A figure with the palette's colours in place of roles and addresses in place of map codes."""
    figure: dict[str, Any] = theme.applied(dict(spec), palette)
    for trace in figure.get("data", ()):
        code = trace.get("geojson")
        if isinstance(code, str) and code.startswith("@geo/"):
            _, level, vintage = code.split("/")
            trace["geojson"] = store.geojson_url(int(vintage), level)
    return figure


def clicked(key: str) -> str | None:
    """The code behind a chart's selection."""
    state = st.session_state.get(key) or {}
    points = state.get("selection", {}).get("points", [])
    if not points:
        return None
    point = points[0]
    # A dot plot's y is the area; where y is a figure, the area closes the hover row.
    found = point.get("location") or point.get("y")
    if not isinstance(found, str):
        found = (point.get("customdata") or [""])[-1]
    return str(found or "") or None


def download(block: parts.Download, found: Answer) -> None:
    """The file of exactly what is shown; made only when asked for."""
    mime, icon = _KINDS[block.kind]
    who, raw = view.viewer(), view.analyst()
    asks = raw and reasons.asked(who, "analyst")

    def made() -> bytes:
        if asks:
            what = f"{found.question} {found.city} {block.name}.{block.kind}"
            reason = reasons.given(who, found.question)
            if not reason:  # a button that is off can still be asked for by hand
                raise Forbidden("actions", "export")
            acts.exported(store.office(), who, what=what, reason=reason, at=store.now())
        return _FILES[block.kind](marked(block.rows(), found.city, found.lang), found.lang)

    st.download_button(
        block.label or t("map.download", found.lang),
        data=made,
        disabled=asks and not reasons.given(who, found.question),
        mime=mime,
        icon=icon,
        file_name=file_name(block.name, found, block.kind),
        on_click="ignore",
        key=f"file_{block.name}_{block.kind}",
    )


def reason(found: Answer) -> None:
    """Ask what files with more than the published figures are taken for; without an answer there are none."""
    who, key = view.viewer(), f"reason_{found.question}"
    if not (view.analyst() and reasons.asked(who, "analyst")):
        return

    def said() -> None:
        reasons.give(view.viewer(), found.question, str(st.session_state[key]))

    st.text_input(
        t("app.reason", found.lang),
        key=key,
        max_chars=reasons.LONGEST,
        help=t("app.reason_help", found.lang),
        on_change=said,
    )


def _workbook(table: parts.Table, lang: str) -> bytes:
    from reports import book  # late: only who asks for a workbook waits for what writes it

    return book.of_table(table, lang)


_FILES: dict[str, Callable[[parts.Table, str], bytes]] = {"csv": csv_bytes, "xlsx": _workbook}
_KINDS = {
    "csv": ("text/csv", ":material/download:"),
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ":material/table_view:",
    ),
}


def link(block: parts.Go) -> None:
    """A link to a page of ours, keeping the language."""
    from ui import shell

    shell.link(block.page, plain(block.label), city=block.city, **dict(block.choices))


# --- HTML ---------------------------------------------------------------------------------------------------


def esc(text: object) -> str:
    """Text made safe for our HTML."""
    return html.escape(str(text), quote=True)


def plain(text: object) -> str:
    """Text of a file for what Streamlit reads as Markdown (messages, labels): every sign of Markdown is made plain, an address no link."""
    if not _LIVE.search(str(text)):
        return str(text)
    # A word joiner, which nobody sees: Markdown links bare addresses even where their signs are made plain.
    said = _ADDRESS.sub("\\g<0>\u2060", str(text))
    return _SIGNS.sub(r"\\\1", said)


_LIVE = re.compile(r"[\\`*_\[\]<>#$~|!{}]|:\w|^\s*(?:\d+[.)]|[-+])\s|https?:|www\.|@", re.IGNORECASE)
_ADDRESS = re.compile(r"https?:|www(?=\.)|@", re.IGNORECASE)
_SIGNS = re.compile(r"([\\`*_{}\[\]()#+.!$~:<>|-])")


def mark(evidence: str, lang: str, *, key: str = "evidence") -> str:
    """What figures rest on as a badge: dashed for the demonstration, solid for the rest, so that it reads without colour."""
    kind = "" if evidence == cities.DEMO else " real"
    return f'<span class="ieum-badge{kind}">{esc(t(f"{key}.{evidence}", lang))}</span>'


def _lead(b: parts.Lead, found: Answer, palette: str) -> str:
    quiet = f' <span class="ieum-sure">{esc(b.sure)}</span>' if b.sure else ""
    return f'<p class="ieum-lead">{esc(b.text)}{quiet}</p>'


def _heading(b: parts.Heading, found: Answer, palette: str) -> str:
    return f'<h{b.level} class="ieum-h{b.level}">{esc(b.text)}</h{b.level}>'


def _shot(b: parts.Shot, found: Answer, palette: str) -> str:
    """A picture of a screen; nothing where none has been taken."""
    if not (SHOTS / f"{b.name}.webp").is_file():
        return ""
    base = st.get_option("server.baseUrlPath").strip("/")
    source = f"{f'/{base}' if base else ''}/app/static/screens/{b.name}.webp"
    return f'<img class="ieum-shot" src="{esc(source)}" alt="{esc(b.alt)}" width="960" height="600" loading="lazy">'


def _note(b: parts.Note, found: Answer, palette: str) -> str:
    return f'<p class="ieum-source">{esc(b.text)}</p>' if b.text else ""


def _picked(b: parts.Picked, found: Answer, palette: str) -> str:
    return (
        f'<div class="ieum-pick"><strong>{esc(b.line)}</strong> <span class="ieum-meta">{esc(b.extra)}</span>'
        f"{_button(b)}<br>{esc(b.more)}</div>"
    )


def _source(b: parts.Source, found: Answer, palette: str) -> str:
    marks = " ".join(mark(e, found.lang) for e in b.evidence if e)
    return f'<p class="ieum-source">{marks} {esc(b.text)}</p>'


def _legend(b: parts.Legend, found: Answer, palette: str) -> str:
    keys = "".join(
        f'<span class="key"><i style="background:{theme.colour(k.colour, palette)}"></i>{esc(k.text)}</span>'
        if k.colour
        else f"<span>{esc(k.text)}</span>"
        for k in b.keys
    )
    return f'<div class="ieum-legend">{keys}</div>'


def _cards(b: parts.Cards, found: Answer, palette: str) -> str:
    return f'<div class="ieum-cards">{"".join(_card(c, found) for c in b.cards)}</div>'


def _card(c: parts.Card, found: Answer) -> str:
    line = spark(list(c.spark), label=esc(c.spark_alt)) if c.spark else ""
    title = esc(c.title)
    if c.go:
        title = f'<a class="ieum-link" href="{esc(address(c.go, found))}">{title}</a>'
    more = "".join(f'<div class="{n}">{esc(text)}</div>' for n, text in (("detail", c.detail),) if text)
    age = f'<div class="age">{esc(c.age)}</div>' if c.age else ""
    return (
        f'<section class="ieum-card {found.city}"><h2>{title}</h2>'
        f'<div class="figure">{esc(c.figure)}</div><div class="say">{esc(c.say)}</div>{more}'
        f'<div class="foot"><div><div class="ieum-state {c.tone}">{esc(c.state)}</div>{age}</div>{line}</div></section>'
    )


def _callout(b: parts.Callout, found: Answer, palette: str) -> str:
    if b.plain:
        items = "".join(f"<li>{esc(i.text)}</li>" for i in b.items)
        return f'<div class="ieum-attention quiet"><strong>{esc(b.title)}</strong><ul>{items}</ul></div>'
    top = _heading(parts.Heading(b.title), found, palette) if b.title else ""
    every = [_item(i, found) for i in b.items]
    shown = b.shown or len(every)
    body = f"<ol>{''.join(every[:shown])}</ol>" if every else f"<p>{esc(b.quiet)}</p>"
    if len(every) > shown:
        rest = "".join(every[shown:])
        body += f"<details><summary>{esc(b.more)}</summary><ol start={shown + 1}>{rest}</ol></details>"
    quiet = "" if every else " quiet"
    ways = " ".join(
        f'<a class="ieum-link" href="{esc(address(g, found))}">{esc(g.label)}</a>' for g in b.ways
    )
    ways = f'<p class="ways">{ways}</p>' if ways else ""
    label = esc(t("decide.rule_label", found.lang))
    rule = f'<details class="rule"><summary>{label}</summary><p>{esc(b.rule)}</p></details>' if b.rule else ""
    return f'{top}<div class="ieum-attention{quiet}">{body}{ways}{rule}</div>'


def _item(i: parts.Item, found: Answer) -> str:
    kind = f'<span class="ieum-state {i.tone}">{esc(i.kind)}</span> ' if i.kind else ""
    meta = f' <span class="ieum-meta">{esc(i.meta)}</span>' if i.meta else ""
    way = (
        f' <a class="ieum-link" href="{esc(address(i.go, found))}" target="_self">{esc(i.go.label)}</a>'
        if i.go
        else ""
    )
    return f"<li>{kind}{esc(i.text)}{meta}{_button(i)}{way}</li>"


def _button(b: parts.Item | parts.Picked) -> str:
    if not b.pick:
        return ""
    return f' <button type="button" class="ieum-link" data-pick="{esc(b.pick)}">{esc(b.pick_label)}</button>'


def address(go: parts.Go, found: Answer) -> str:
    """The address of a page of ours with its choices, in the city of the answer where it names no other."""
    from ui import shell

    return shell.address(go.page, found.lang, go.city or found.city, **dict(go.choices))


def _table(b: parts.Table, found: Answer, palette: str) -> str:
    return table_html(b, found)


def table_html(b: parts.Table, found: Answer) -> str:
    """An HTML table that screen readers and printers can use; `stacked` ones become small lists on a phone."""
    top = "".join(
        f'<th scope="col"{" class=num" if c.number else ""}>{esc(c.label)}{_unit(c)}</th>' for c in b.columns
    )
    body = []
    for number, row in enumerate(b.rows):
        if len(row) == 1 < len(b.columns):
            body.append(
                f'<tr class="group"><th colspan="{len(b.columns)}" scope="colgroup">{cell_html(row[0], found)}</th></tr>'
            )
            continue
        own = f' class="{b.classes[number]}"' if len(b.classes) > number and b.classes[number] else ""
        cells = "".join(
            f"<td{_kind(c)}{_label(c.label) if b.stacked else ''}>{cell_html(v, found)}</td>"
            for v, c in zip(row, b.columns, strict=True)
        )
        body.append(f"<tr{own}>{cells}</tr>")
    kind = f" {b.look}" if b.look else " stacked" if b.stacked else ""
    said = f' aria-label="{esc(b.caption)}"' if b.caption else ""
    notes = "".join(f'<p class="ieum-source">{esc(n)}</p>' for n in b.footnotes)
    return (
        f'<div class="ieum-scroll" tabindex="0"><table class="ieum{kind}"{said}><thead><tr>{top}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>{notes}"
    )


def _unit(column: parts.Column) -> str:
    return f" ({esc(column.unit)})" if column.unit else ""


def _kind(column: parts.Column) -> str:
    found = " ".join(k for k in ("num" if column.number else "", column.name) if k)
    return f' class="{found}"' if found else ""


def _label(name: str) -> str:
    return f' data-label="{esc(name)}"'


def cell_html(value: Any, found: Answer) -> str:
    """A cell's text, with its tone, link, spark line and evidence mark where it has them."""
    if not isinstance(value, parts.Cell):
        return esc(value)
    text = esc(value.text)
    if value.pick:
        text = f'<button type="button" class="ieum-link" data-pick="{esc(value.pick)}">{text}</button>'
    if value.tone:
        text = f'<span class="ieum-state {value.tone}">{text}</span>'
    elif value.strong or value.quiet:
        text = f"<strong>{text}</strong>" if value.strong else f'<span class="ieum-meta">{text}</span>'
    if value.href:
        text = f'<a href="{esc(value.href)}" rel="noopener">{text}</a>'
    elif value.go:
        text = f'<a href="{esc(address(value.go, found))}" target="_self">{text}</a>'
    if value.spark:
        text = spark(list(value.spark), label=text)
    text += "".join(map(_line, value.under))
    if value.mark:
        text = f"{text} {mark(value.mark, found.lang)}"
    return f"{text}<br><small>{esc(value.more)}</small>" if value.more else text


def _line(line: parts.Line) -> str:
    kind = f"ieum-state {line.tone}" if line.tone else "ieum-meta whole" if line.whole else "ieum-meta"
    text = esc(line.text)
    if line.href:
        text = f'<a href="{esc(line.href)}" rel="noopener">{text}</a>'
    return f'<span class="line {kind}">{text}</span>'


MOST_PRINTED = 13  # rows of a chart's table that stand on paper beside it: a year of months; more have a sheet or a file of their own


def _twin(b: _Twin, found: Answer, palette: str) -> str:
    label, file = esc(t("chart.as_table", found.lang)), ""
    if b.number is not None and found.question:
        href, said = esc(_file(found, b.number)), esc(t("chart.table_file", found.lang))
        file = f'<p class="ieum-source"><a class="ieum-link" href="{href}" download>{said}</a></p>'
    printed = " ieum-twin" if len(b.table.rows) <= MOST_PRINTED else ""
    # Hundreds of rows weigh more than the page: they travel as the file alone.
    table = table_html(b.table, found) if len(b.table.rows) <= MOST_ROWS or not file else ""
    return f'<details class="ieum-fold-block{printed}"><summary>{label}</summary>{table}{file}</details>'


def _file(found: Answer, number: int) -> str:
    """Where the wire has a table of this very answer as CSV (`serve.api`)."""
    base = st.get_option("server.baseUrlPath").strip("/")
    whose = {"city": found.city, **({"view": "analyst"} if view.analyst() else {})}
    if found.release:
        whose[RELEASE] = str(found.release)
    asked = {**dict(found.choices), "lang": found.lang, **whose, "format": "csv", "table": str(number)}
    return f"{f'/{base}' if base else ''}/api/answers/{found.question}?{urlencode(asked)}"


def _fold(b: parts.Fold, found: Answer, palette: str) -> str:
    inner = "".join(_html(i, found, palette) for i in b.blocks)
    return f'<details class="ieum-fold-block"><summary>{esc(b.label)}</summary>{inner}</details>'


def _how(b: parts.How, found: Answer, palette: str) -> str:
    name = t("how.label", found.lang)
    label = f"{b.label}: {name}" if b.label else name
    said = "".join(f"<p>{strong(p)}</p>" for p in b.paragraphs)
    facts = "".join(f"<tr><th>{esc(k)}</th><td>{esc(v)}</td></tr>" for k, v in b.facts)
    table = f'<table class="ieum">{facts}</table>' if facts else ""
    note = f'<p class="ieum-source">{esc(b.note)}</p>' if b.note else ""
    return f'<details class="ieum-fold-block ieum-how"><summary>{esc(label)}</summary>{said}{table}{note}</details>'


def strong(text: str) -> str:
    """Our own text with **emphasis**, `code` and paragraphs as HTML; everything else is made safe."""
    safe = esc(text)
    safe = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", safe)
    safe = re.sub(r"`(.+?)`", r"<code>\1</code>", safe)
    return safe.replace("\n\n", "</p><p>").replace("\n", "<br>")


def _bar(b: parts.Bar, found: Answer, palette: str) -> str:
    shown = "".join(
        f'<span class="{role}" style="width:{share:.2f}%" title="{esc(text)}"></span>'
        for _, share, role, text in b.parts
    )
    if not (b.head or b.keyed):
        return f'<div class="ieum-planbar" role="img" aria-label="{esc(b.alt)}"><div class="bar">{shown}</div></div>'
    top = " ".join(cell_html(c, found) for c in b.head)
    keys = "".join(
        f'<span class="key"><i class="{role}"></i>{esc(name)} <b>{esc(text)}</b></span>'
        for name, _, role, text in b.parts
    )
    return (
        f'<div class="ieum-planbar"><p class="ieum-source">{top}</p><div class="bar" role="img" aria-label="{esc(b.alt)}">'
        f'{shown}</div>{f"""<div class="ieum-legend">{keys}</div>""" if b.keyed else ""}</div>'
    )


def _checks(b: parts.Checks, found: Answer, palette: str) -> str:
    said = f' aria-label="{esc(b.label)}"' if b.label else ""
    kind = " ieum-habits" if b.wide else ""
    return f'<ul class="ieum-checks{kind}"{said}>{"".join(_check(c) for c in b.checks)}</ul>'


def _check(c: parts.Check) -> str:
    if c.tone:
        sign = "✓" if c.tone == "better" else "✕"
        return f'<li><span class="ieum-state {c.tone}">{sign}</span> {esc(c.text)} <strong>{esc(c.verdict)}</strong></li>'
    return f"<li>{f'<strong>{esc(c.name)}</strong> ' if c.name else ''}<span>{esc(c.text)}</span></li>"


_WRITERS: dict[type, Callable[[Any, Answer, str], str]] = {
    parts.Lead: _lead,
    parts.Heading: _heading,
    parts.Note: _note,
    parts.Shot: _shot,
    parts.Picked: _picked,
    parts.Source: _source,
    parts.Legend: _legend,
    parts.Cards: _cards,
    parts.Callout: _callout,
    parts.Table: _table,
    parts.How: _how,
    parts.Bar: _bar,
    parts.Checks: _checks,
    parts.Fold: _fold,
    _Twin: _twin,
}
