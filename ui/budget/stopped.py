"""Programmes that were suspended, merged or dropped: when, why, and an account of where their money went."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data import ledger
from locales import numbers, t
from metrics import stopped
from metrics.registry import PLAN_YEARS
from ui import blocks, store
from ui.budget import clicks, source, tree, won
from ui.budget.source import Scope


def show(scope: Scope, lang: str) -> None:
    """One account per stopped programme, over all years of the plan."""
    rows = source.read(ledger.programmes)
    rows = rows[rows["status"] != "active"]
    blocks.heading(t("budget.stopped_title", lang))
    if rows.empty:
        blocks.note(t("budget.stopped_none", lang))
        return
    for row in rows.to_dict("records"):
        key = row["programme_id"]
        head = t("budget.stopped_head", lang, name=row[f"name_{lang}"], status=t(f"budget.status_{row['status']}", lang),
                 day=numbers.day(row["status_on"], lang))  # fmt: skip
        link = clicks.pick(blocks.esc(f"programme:{key}"), blocks.esc(t("budget.see_entries", lang)))
        why = blocks.esc(source.side(row["status_reason"], lang))
        clicks.table(f'<div class="ieum-pick"><strong>{blocks.esc(head)}</strong> {link}<br>{why}</div>',
                     key=f"budget_stopped_{key}", on_pick=tree.pick)  # fmt: skip
        _account(str(key), scope.closed_before, lang)


def account(programme: str, closed_before: int) -> list[stopped.Part]:
    """`metrics.stopped.account` of the store's plan and ledger. Shared: not to be changed."""
    return _account_of(programme, closed_before, store.version(), store.url())


@st.cache_resource(max_entries=64, show_spinner=False)
def _account_of(programme: str, closed_before: int, version: int, address: str) -> list[stopped.Part]:
    cells, moves = source.read(ledger.cells), source.read(ledger.transfers)
    numbers_of = sorted({int(v) for v in source.read(ledger.baselines)["version"]})
    plans = [source.plan(v).assign(version=v) for v in numbers_of]
    return stopped.account(
        cells[cells["fiscal_year"].isin(PLAN_YEARS)], moves[moves["fiscal_year"].isin(PLAN_YEARS)],
        pd.concat(plans, ignore_index=True) if plans else source.plan(1), programme=programme, year=store.as_of().year,
        closed_before=closed_before,
    )  # fmt: skip


def _account(programme: str, closed_before: int, lang: str) -> None:
    parts = account(programme, closed_before)
    if not parts:
        blocks.note(t("budget.stopped_nowhere", lang))
        return
    unit = won.unit()
    total = sum(part.amount for part in parts)
    heads = [(t("budget.stopped_where", lang), False), (t("budget.stopped_won", lang), True),
             (t("budget.stopped_by", lang), False)]  # fmt: skip
    rows = [
        (_way(part, lang), won.say(part.amount, unit), _documents(part, programme, lang)) for part in parts
    ]
    rows.append((t("budget.stopped_sum", lang), won.say(total, unit), ""))
    made = source.splits(source.ends()[0], PLAN_YEARS).get(programme) == "illustrative"
    ours = f" · {t('budget.stopped_illustrative', lang)}" if made else ""
    blocks.note(f"{won.caption(unit, lang)}{ours}")
    blocks.table(heads, rows, classes=[*[""] * len(parts), "total"], stacked=True)
    blocks.note(t("budget.stopped_note", lang))


def _way(part: stopped.Part, lang: str) -> str:
    """A part in words: with the programme it went to, or the source it was cut from."""
    to = source.names(lang).get(f"programme:{part.to}", part.to)
    if part.way == "amended":
        direction = "cut" if part.amount > 0 else "raised"
        return t(f"budget.way_{direction}", lang, to=t(f"budget.funding_{part.to}", lang))
    if part.way == "transferred" and not part.to:
        return t("budget.way_transferred_unnamed", lang)
    if part.way == "unappropriated" and part.amount < 0:
        return t("budget.way_overappropriated", lang)
    return t(f"budget.way_{part.way}", lang, to=to)


def _documents(part: stopped.Part, programme: str, lang: str) -> str:
    """The dated documents or the plan version behind a part."""
    if part.way == "transferred":
        moves = source.read(ledger.transfers)
        own = moves[(moves["programme_id"] == programme) & (moves["kind"] == "transfer_out")
                    & (moves["counterpart"].fillna("") == part.to) & moves["fiscal_year"].isin(PLAN_YEARS)]  # fmt: skip
        return ", ".join(
            f"{m['document_no']} ({numbers.day(m['booked_on'], lang)})" for m in own.to_dict("records")
        )
    if part.way in ("replanned", "left_plan", "unknown"):
        return t("budget.stopped_version", lang, version=source.ends()[1])
    return ""
