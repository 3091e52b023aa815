"""How the original appropriation became 예산현액 and where it went: a waterfall whose bars open their entries."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from charts.waterfall import Bar, waterfall
from data.codes import label
from locales import t
from metrics import budget
from ui import blocks
from ui.budget import decisions, entries, source, tree, won
from ui.budget.source import Scope


def chosen_cells(scope: Scope) -> pd.DataFrame:
    """The cells of the chosen programme, or all."""
    return scope.cells[scope.cells["programme_id"] == tree.picked()] if tree.picked() else scope.cells


def show(scope: Scope, lang: str) -> None:
    """Sentence, waterfall, table."""
    steps = [
        step
        for step in budget.movement(chosen_cells(scope), closed_before=scope.closed_before)
        if step.amount or step.is_total
    ]
    unit = won.unit()
    name = tree.name_of(f"programme:{tree.picked()}" if tree.picked() else "total", lang)
    by_name = {step.name: step for step in steps}
    original = by_name.get("appropriation_original")
    current = by_name["current"].amount
    begun = original.amount if original else 0
    said = t("budget.moves_lead", lang, name=name, original=won.whole(begun, unit, lang), current=won.whole(current, unit, lang),
             change=_change(current - begun, unit, lang), spent=won.whole(by_name["outturn"].amount, unit, lang),
             left=won.whole(current - by_name["outturn"].amount, unit, lang))  # fmt: skip
    blocks.lead(said)
    bars = [Bar(step.name, step_name(step, lang), float(won.rounded(step.amount, unit)), _bar_text(step, unit), step.is_total)
            for step in steps]  # fmt: skip
    blocks.note(f"{won.caption(unit, lang)} · {t('budget.moves_hint', lang)}")
    kinds = {step.name: step.kinds for step in steps}

    def opened() -> None:
        wanted = kinds.get(blocks.clicked("budget_moves") or "", ())
        if wanted:
            entries.open_kinds(wanted)

    caption = f"{decisions.scope_words(scope, lang)} · {t(f'evidence.{scope.evidence}', lang)}"
    figure = waterfall(bars, caption=caption, unit=t(f"budget.unit_{unit}", lang))
    alt = t("budget.moves_alt", lang, summary=said)
    blocks.chart(figure, key="budget_moves", alt=alt, selection_mode="points", on_select=opened)
    _openers(steps, lang)
    blocks.note(t("budget.moves_carry", lang))
    if scope.code == source.WHOLE:
        blocks.note(t("budget.moves_years", lang))


def step_name(step: budget.Step, lang: str) -> str:
    """A bar in words."""
    if len(step.kinds) == 1:
        return label("ledger_kind", step.kinds[0], lang)
    return t(f"budget.col_{step.name}", lang)


def _change(amount: int, unit: str, lang: str) -> str:
    return ("+" if amount > 0 else "") + won.whole(amount, unit, lang)


def _signed(amount: int, unit: str) -> str:
    return f"+{won.say(amount, unit)}" if amount > 0 else won.say(amount, unit)


def _bar_text(step: budget.Step, unit: str) -> str:
    return won.say(step.amount, unit) if step.is_total else _signed(step.amount, unit)


def _openers(steps: list[budget.Step], lang: str) -> None:
    """The same bars as a list for keyboard and screen reader."""
    kinds = {
        ".".join(step.kinds): step_name(step, lang) for step in steps if step.kinds and step.name != "current"
    }
    chosen = st.query_params.get("kind", "")
    options = ["", *kinds]

    def changed() -> None:
        entries.open_kinds(
            tuple((st.session_state["budget_kind"] or "").split("."))
            if st.session_state["budget_kind"]
            else ()
        )

    st.session_state["budget_kind"] = chosen if chosen in options else ""
    st.selectbox(t("budget.moves_open", lang), options, format_func=lambda k: kinds.get(k, t("budget.moves_all", lang)),
                 key="budget_kind", on_change=changed)  # fmt: skip
