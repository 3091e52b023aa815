"""From a figure to the documents behind it: dated entries of a programme, and every entry of one document."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from data import ledger
from data.codes import CODES, label
from locales import numbers, t
from ui import access, blocks, store, view
from ui.budget import clicks, files, source, tree, won
from ui.budget.source import Scope

PAGE = 25
MOST_IN_FILE = 50_000
COLUMNS = ("day", "kind", "amount", "document", "counterpart", "line", "place", "evidence")


def _kinds() -> tuple[str, ...]:
    """The ledger kinds asked for: a kind, the kinds of a bar joined by a dot, or none."""
    asked = [kind for kind in st.query_params.get("kind", "").split(".") if kind in CODES["ledger_kind"]]
    return tuple(asked)


def open_kinds(kinds: tuple[str, ...]) -> None:
    """Show the entries of some kinds, of every line that the bar of the waterfall sums."""
    view.put("kind", ".".join(kinds), "")
    view.put("line", "", "")
    view.put("doc", "", "")
    st.session_state["budget_page"] = 0
    st.session_state["budget_focus"] = ".".join(kinds)


def _open_document(document: str) -> None:
    view.put("doc", document, "")
    st.session_state["budget_focus"] = document


def document() -> str:
    """The opened document, '' for none."""
    return st.query_params.get("doc", "")


def panel(scope: Scope, lang: str) -> None:
    """The chosen programme's (or bar's) entries, and the opened document above them."""
    chosen, kinds = tree.picked(), _kinds()
    if not chosen and not kinds and not document():
        return
    unit = _unit(lang)
    if document():
        _document(scope, unit, lang)
    if chosen or kinds:
        _entries(scope, chosen, kinds, unit, lang)


def _unit(lang: str) -> str:
    """The page's unit, or won where the reader asks for the exact amounts."""
    if won.unit() == "won":
        return "won"
    return "won" if st.toggle(t("budget.exact", lang), key="budget_exact") else won.unit()


def _entries(scope: Scope, chosen: str, kinds: tuple[str, ...], unit: str, lang: str) -> None:
    """Entries of a programme, of one of its lines or of a bar, newest first."""
    title, line = tree.name_of(f"programme:{chosen}" if chosen else "total", lang), tree.picked_line()
    title += f" · {won.line_name(line, lang)}" if line else ""
    blocks.heading(t("budget.entries_title", lang, name=title))
    asked = {"programme": chosen, "years": scope.years, "kinds": kinds, "line_type": line}
    sums = source.read(ledger.entry_sums, **asked)
    n = int(sums["entries"].sum())
    blocks.lead(_sentence(sums, kinds, n, unit, lang))
    if line:
        st.button(
            t("budget.every_line", lang),
            on_click=tree.pick,
            args=(f"programme:{chosen}",),
            key="budget_every_line",
        )
    if not n:
        return
    page = min(st.session_state.get("budget_page", 0), (n - 1) // PAGE)
    rows = source.read(ledger.entries, **asked, limit=PAGE, offset=page * PAGE)
    clicks.table(_table(rows, unit, lang, caption=title), key="budget_entries", on_pick=_open_document,
                 focus="" if document() else st.session_state.get("budget_focus", ""))  # fmt: skip
    _pager(page, n, lang)
    if n > MOST_IN_FILE:
        blocks.note(t("budget.entries_most", lang, n=numbers.number(MOST_IN_FILE)))
    name = "_".join(("ieum_entries", scope.code, *(part for part in (chosen, line, *kinds) if part)))
    # Files of entries are always to the won, whatever the screen rounds to.
    files.downloads(lambda: file_rows(asked, lang), unit="won", name=name, scope=scope, lang=lang)


def file_rows(asked: dict[str, Any], lang: str) -> pd.DataFrame:
    """The chosen entries for a file, newest first, in whole won.

    Args:
        asked: programme, years, kinds and line_type, as `data.ledger.entries` takes them.
    """
    with store.connect() as connection:
        rows = ledger.entries(connection, **asked, limit=MOST_IN_FILE, offset=0)
    names, districts = access.programme_names(lang), access.district_names(lang)
    columns = {
        "day": [day.isoformat() for day in rows["booked_on"]],
        "number": rows["entry_id"],
        "programme": rows["programme_id"].map(names),
        "kind": [label("ledger_kind", kind, lang) for kind in rows["kind"]],
        "amount": [Decimal(amount) for amount in rows["amount_krw"]],
        "document": rows["document_no"].fillna(""),
        "counterpart": [names.get(who, who) or "" for who in rows["counterpart"]],
        "line": [won.line_name(line, lang) for line in rows["line_type"]],
        "funding": [label("funding", funding, lang) for funding in rows["funding"]],
        "place": rows["district_code"].map(districts).fillna(""),
        "evidence": [t(f"evidence.{evidence}", lang) for evidence in rows["evidence"]],
        "file": rows["source_name"],
    }  # fmt: skip
    heads = {"line": "budget.line_type", "programme": "budget.programme"}
    return pd.DataFrame(
        {t(heads.get(key, f"budget.entry_{key}"), lang): list(v) for key, v in columns.items()}
    )


def _sentence(sums: pd.DataFrame, kinds: tuple[str, ...], n: int, unit: str, lang: str) -> str:
    if not n:
        return t("budget.entries_none", lang)
    parts = [t("budget.entries_kind", lang, kind=label("ledger_kind", row.kind, lang), won=won.say(row.amount_krw, unit),
               n=numbers.number(row.entries)) for row in sums.itertuples() if kinds]  # fmt: skip
    said = t("budget.entries_n", lang, n=numbers.number(n))
    return f"{said} {' · '.join(parts)} {won.caption(unit, lang)}"


def _table(rows: pd.DataFrame, unit: str, lang: str, *, caption: str) -> str:
    names, districts = access.programme_names(lang), access.district_names(lang)
    several = rows["programme_id"].nunique() > 1
    said = {name: blocks.esc(t(f"budget.entry_{name}", lang)) for name in COLUMNS}
    said["place"] = blocks.esc(t("budget.entry_where" if several else "budget.entry_place", lang))
    heads = "".join(
        f'<th scope="col"{" class=num" if n == "amount" else ""}>{text}</th>' for n, text in said.items()
    )
    body = []
    for row in rows.astype(object).where(rows.notna(), None).to_dict("records"):
        number = row["document_no"]
        link = (
            clicks.pick(blocks.esc(number), blocks.esc(number))
            if number
            else blocks.esc(t("budget.no_document", lang))
        )
        other = names.get(row["counterpart"], row["counterpart"]) or ""
        line = f"{won.line_name(row['line_type'], lang)} · {label('funding', row['funding'], lang)}"
        place = districts.get(row["district_code"], "")
        if several:
            place = " · ".join(
                part for part in (names.get(row["programme_id"], row["programme_id"]), place) if part
            )
        texts = (blocks.esc(numbers.day(row["booked_on"], lang)), blocks.esc(label("ledger_kind", row["kind"], lang)),
                 won.entry(int(row["amount_krw"]), unit), link, blocks.esc(other), blocks.esc(line), blocks.esc(place),
                 blocks.mark(row["evidence"], lang))  # fmt: skip
        cells = "".join(
            f'<td class="{"num" if name == "amount" else name}" data-label="{said[name]}">{text}</td>'
            for name, text in zip(COLUMNS, texts, strict=True)
        )
        body.append(f"<tr>{cells}</tr>")
    return (
        f'<div class="ieum-scroll" tabindex="0" role="region" aria-label="{blocks.esc(caption)}"><table class="ieum ieum-entries">'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _pager(page: int, n: int, lang: str) -> None:
    if n <= PAGE:
        return
    last = (n - 1) // PAGE

    def turn(by: int) -> None:
        st.session_state["budget_page"] = page + by

    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(t("budget.newer", lang), on_click=turn, args=(-1,), disabled=page == 0, key="budget_newer")
        st.button(
            t("budget.older", lang), on_click=turn, args=(1,), disabled=page == last, key="budget_older"
        )
        blocks.note(t("budget.page_of", lang, page=page + 1, last=last + 1))


def _document(scope: Scope, unit: str, lang: str) -> None:
    """One document: everything booked under its number."""
    number = document()
    rows = source.read(ledger.document, document_no=number, years=scope.years)
    blocks.heading(t("budget.document_title", lang, number=number))
    if rows.empty:
        blocks.note(t("budget.entries_none", lang))
        return
    sums = rows.groupby("kind", sort=False)["amount_krw"].sum()
    parts = " · ".join(
        f"{label('ledger_kind', str(kind), lang)} {won.entry(int(amount), unit)}"
        for kind, amount in sums.items()
    )
    blocks.lead(t("budget.document_lead", lang, n=len(rows), parts=parts, unit=won.caption(unit, lang)))
    if {"transfer_in", "transfer_out"} & set(sums.index):
        even = sums.get("transfer_in", 0) == sums.get("transfer_out", 0)
        blocks.note(t("budget.sides_even" if even else "budget.sides_uneven", lang))
    clicks.table(_table(rows, unit, lang, caption=number), key="budget_document", on_pick=_open_document,
                 focus=st.session_state.get("budget_focus", ""))  # fmt: skip
    st.button(
        t("budget.document_close", lang),
        on_click=lambda: view.put("doc", "", ""),
        key="budget_document_close",
    )
