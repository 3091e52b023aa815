"""The ledger's interactive pieces: they draw what the answer gives and hand a click to the link."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import streamlit as st

from answers.answer import Answer, Cell, Figure, Note
from answers.budget.choices import BARS, KINDS
from answers.budget.flow import Branch
from answers.budget.pieces import Rows
from locales import t
from ui import draw, view
from ui.budget import clicks
from ui.draw import esc

_HTML: WeakKeyDictionary[Rows, str] = WeakKeyDictionary()


def _put(focus: str, **codes: str) -> None:
    """Open something: its codes go into the link, entries begin anew, and the eye is led there."""
    for name, code in {**codes, "sheet": "0"}.items():
        view.put(name, code, "0" if name == "sheet" else "")
    st.session_state["budget_focus"] = focus


def open_node(value: str) -> None:
    """Open 'programme:ID', one of its lines as 'programme:ID.LINE_TYPE', or the whole as 'total'."""
    programme, _, line = value.removeprefix("programme:").partition(".") if value != "total" else ("", "", "")
    _put(value, prog=programme, line=f"{programme}.{line}" if line else "", doc="", kind="")


def open_document(number: str) -> None:
    """Open a document, '' for none; the page of entries beneath it stays."""
    view.put("doc", number, "")
    if number:
        st.session_state["budget_focus"] = number


@draw.on_pick("kind")
def open_kind(bar: str) -> None:
    """Show the entries of what a bar of the waterfall sums, of every line."""
    kinds = BARS.get(bar, tuple(bar.split(".")))
    if set(kinds) <= {*KINDS, ""}:
        _put(bar, kind=".".join(kinds), line="", doc="")


# --- Pieces -------------------------------------------------------------------------------------------------


@draw.piece("budget.rows")
def rows(made: Rows, found: Answer) -> None:
    """A table whose rows unfold and open."""
    html = _HTML.get(made)
    if html is None:
        html = _HTML[made] = table_html(made, found)
    focus = st.session_state.get("budget_focus", "") if made.follows else ""
    clicks.table(
        html,
        key=made.key,
        on_pick=open_document if made.documents else open_node,
        opened=made.opened,
        focus=focus,
    )


@draw.piece("budget.opening")
def opening(data: tuple[str, Any], found: Answer) -> None:
    """A block with buttons that open nodes."""
    key, block = data
    clicks.table(draw.written([block], found), key=key, on_pick=open_node)


@draw.piece("budget.button")
def button(data: tuple[str, str, str], found: Answer) -> None:
    """A button that opens a node, or closes the document."""
    key, label, opens = data
    st.button(draw.plain(label), key=key, on_click=open_node if opens else open_document, args=(opens,))


@draw.piece("budget.exact")
def exact(on: bool, found: Answer) -> None:
    """Whether entries are told to the won."""
    key = "budget_exact"
    st.session_state[key] = on
    st.toggle(
        t("budget.exact", found.lang),
        key=key,
        on_change=lambda: view.put("exact", "won" if st.session_state[key] else "", ""),
    )


@draw.piece("budget.pager")
def pager(data: tuple[int, int, Note], found: Answer) -> None:
    """Newer and older entries."""
    page, last, said = data
    with st.container(horizontal=True, vertical_alignment="center"):
        for name, by, end in (("newer", -1, 0), ("older", 1, last)):
            st.button(
                t(f"budget.{name}", found.lang),
                key=f"budget_{name}",
                disabled=page == end,
                on_click=view.put,
                args=("sheet", str(page + by), "0"),
            )
        st.html(draw.written([said], found))


@draw.piece("budget.openers")
def openers(kinds: dict[str, str], found: Answer) -> None:
    """The bars of the waterfall as a list for keyboard and screen reader."""
    key, options = "budget_kind", ["", *kinds]
    chosen = view.kept("kind")
    st.session_state[key] = chosen if chosen in options else ""
    every = t("budget.moves_all", found.lang)
    st.selectbox(
        t("budget.moves_open", found.lang),
        options,
        format_func=lambda k: kinds.get(k, every),
        key=key,
        on_change=lambda: open_kind(st.session_state[key] or ""),
    )


@draw.piece("budget.flow")
def flow(data: tuple[Figure, list[tuple[str, list[Branch]]]], found: Answer) -> None:
    """The diagram, and the list that the style sheet shows instead where a phone is too narrow for it."""
    figure, parts = data
    with st.container(key="budget_flow"):
        draw.within([figure], found, key=1)
    body = "".join(
        f"<p>{esc(title)}</p><ul>{''.join(map(_branch, branches))}</ul>" for title, branches in parts
    )
    st.html(f'<div class="ieum-flowlist">{body}</div>')


# --- HTML ---------------------------------------------------------------------------------------------------


def _branch(one: Branch) -> str:
    under = f"<ul>{''.join(map(_branch, one.under))}</ul>" if one.under else ""
    note = f"<small>{esc(one.note)}</small>" if one.note else ""
    return (
        f'<li><span class="name">{esc(one.name)}</span> <b>{esc(one.figure)}</b>'
        f'<i style="width:{one.share:.1f}%"></i>{note}{under}</li>'
    )


def table_html(made: Rows, found: Answer) -> str:
    """A table of rows to open, as the answer gives it."""
    columns = made.table.columns
    heads = "".join(
        f'<th scope="col"{" class=num" if c.number else ""}>{esc(c.label)}{"<br>" + _badge(c.unit) if c.unit else ""}</th>'
        for c in columns
    )
    labels = [esc(f"{c.label} [{c.unit}]" if c.unit else c.label) for c in columns]
    styles = made.columns or [""] * len(columns)
    kinds = ["num" if c.number else style for c, style in zip(columns, styles, strict=True)]
    body = []
    for number, row in enumerate(made.table.rows):
        under = made.under[number] if made.under else ""
        folded = f' data-under="{esc(under)}" hidden' if under else ""
        kind = made.table.classes[number] if made.table.classes else ""
        cells = [_cell(v, k, name, found) for v, k, name in zip(row, kinds, labels, strict=True)]
        if made.heads:
            cells[0] = f'<th scope="row">{_head(row[0])}</th>'
        body.append(f'<tr class="{kind}"{folded}>{"".join(cells)}</tr>')
    region = f' role="region" aria-label="{esc(made.table.caption)}"' if made.table.caption else ""
    return (
        f'<div class="ieum-scroll" tabindex="0"{region}><table class="ieum {made.look}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _cell(value: Any, kind: str, label: str, found: Answer) -> str:
    own = f"{kind} {value.kind}".strip() if isinstance(value, Cell) else kind
    text = draw.cell_html(value, found)
    return f'<td class="{own}" data-label="{label}">{text}</td>'


def _head(cell: Cell) -> str:
    """A row's name: strategies unfold, programmes open their entries; a badge says since when one no longer runs."""
    text = esc(cell.text)
    if cell.pick.startswith("strategy:"):
        text = clicks.toggle(esc(cell.pick), text)
    elif cell.pick:
        text = clicks.pick(esc(cell.pick), text)
    return f"{text} {_badge(cell.more, real=True)}" if cell.more else text


def _badge(text: str, *, real: bool = False) -> str:
    return f'<span class="ieum-badge{" real" if real else ""}">{esc(text)}</span>'
