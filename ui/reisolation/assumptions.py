"""The assumptions register: every number that was not estimated, on what it rests, who changed it and why."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from sqlalchemy.exc import DBAPIError

from data import scenarios
from data.engine import StoreProblem
from forecast.reisolation.cost import DISCOUNT, e_value
from forecast.reisolation.model import DRIFT
from forecast.reisolation.parameters import ASSUMED, LOWEST_RATIO, OVERLAP, Lever
from locales import numbers, t
from ui import blocks, store, view
from ui.reisolation import kept, levers, seen, source
from ui.reisolation.source import Register

# What a lever that acts on intake does not have.
EFFECT = ("ratio", "lower", "upper", "uptake", "duration_months", "half_life_months")


def draw(found: Register, lang: str) -> None:
    """Table, what the records themselves show, the general assumptions, editing, the log."""
    known = levers.in_force()
    assumed = sum(lever.evidence == "A" for lever in known.values())
    blocks.lead(t("reisolation.register", lang, n=len(known), assumed=assumed), _sure(known, lang))
    blocks.table(
        [(t(f"reisolation.short_{c}", lang), c not in ("lever", "evidence"))
         for c in ("lever", "effect", "uptake", "capacity", "lag_months", "duration_months", "half_life_months", "unit_cost_krw", "evidence")],
        [_row(lever, lang) for lever in known.values()], stacked=True,
    )  # fmt: skip
    blocks.note(t("reisolation.months_note", lang))
    blocks.heading(t("reisolation.from_records", lang))
    _from_records(lang)
    blocks.heading(t("reisolation.general", lang))
    blocks.table([(t("reisolation.item_what", lang), False), (t("reisolation.item_value", lang), True), (t("reisolation.item_why", lang), False)], _general(lang), stacked=True)  # fmt: skip
    blocks.heading(t("reisolation.edit", lang))
    _edit(known, lang)
    blocks.heading(t("reisolation.log", lang))
    _log(lang)
    seen.source_line(found, lang)


def _sure(known: dict[str, Lever], lang: str) -> str:
    """Whether any interval leaves no effect out."""
    without = [
        levers.plain_name(i, lang)
        for i, v in known.items()
        if not v.hazard_ratio[1] <= 1 <= v.hazard_ratio[2]
    ]
    if without:
        return t("reisolation.register_some", lang, names=", ".join(without))
    return t("reisolation.register_sure", lang)


def _row(lever: Lever, lang: str) -> tuple[str, ...]:
    intake = lever.acts_on == "intake"
    ratio, low, high = (numbers.number(v, 2) for v in lever.hazard_ratio)
    return (
        levers.plain_name(lever.lever_id, lang), "–" if intake else f"{ratio} ({low}–{high})",
        "–" if intake else numbers.percent(levers.items(lever)["uptake"], 0), numbers.number(lever.capacity), str(lever.lag_months),
        "–" if intake else numbers.number(lever.duration_months), "–" if intake else numbers.number(lever.half_life_months),
        numbers.won(lever.unit_cost_krw, lang), _grade(lever, lang),
    )  # fmt: skip


def _grade(lever: Lever, lang: str) -> str:
    """The grade, with the source where it is not our own placeholder."""
    grade = t(f"reisolation.evidence_{lever.evidence}", lang)
    return grade if lever.source == ASSUMED else f"{grade}: {lever.source}"


def _from_records(lang: str) -> None:
    """Associations of support in place with coming back, and how strong a hidden trait would have to be to explain them."""
    blocks.note(t("reisolation.from_records_note", lang))
    rows = []
    for name, row in source.support_effects().iterrows():
        value, limit = e_value(row["ratio"], row["lower"], row["upper"])
        rows.append((levers.plain_name(str(name), lang), numbers.number(row["ratio"], 2), numbers.limits(row["lower"], row["upper"], "", digits=2),
                     numbers.number(value, 1), numbers.number(limit, 1)))  # fmt: skip
    if not rows:
        blocks.note(t("reisolation.from_records_none", lang))
        return
    blocks.table([(t(f"reisolation.assoc_{c}", lang), c != "lever") for c in ("lever", "ratio", "limits", "e_value", "e_limit")], rows, stacked=True)  # fmt: skip


def _general(lang: str) -> list[tuple[str, str, str]]:
    rows = {
        "drift": (t("reisolation.value_drift", lang, mean=numbers.signed(DRIFT[0], 2), sd=numbers.number(DRIFT[1], 2))),
        "overlap": numbers.percent(100 * OVERLAP, 0), "lowest": numbers.number(LOWEST_RATIO, 1),
        "intake": t("reisolation.value_intake", lang), "discount": numbers.percent(100 * DISCOUNT), "lost": t("reisolation.value_lost", lang),
    }  # fmt: skip
    return [(t(f"reisolation.general_{k}", lang), v, t(f"reisolation.general_{k}_why", lang)) for k, v in rows.items()]  # fmt: skip


def _edit(known: dict[str, Lever], lang: str) -> None:
    """A form for one lever; every changed item is a row of the log, with name and reason."""
    if not view.analyst():
        blocks.note(t("reisolation.edit_analysts", lang))
        return
    blocks.note(t("reisolation.edit_note", lang))
    chosen = st.selectbox(t("reisolation.edit_lever", lang), list(known), format_func=lambda i: levers.plain_name(i, lang), key="edit_lever")  # fmt: skip
    lever = known[chosen]
    now = levers.items(lever)
    offered = [i for i in levers.EDITABLE if lever.acts_on == "return" or i not in EFFECT]
    with st.form(f"edit_{chosen}", border=True):
        values: dict[str, Any] = {}
        columns = st.columns(3)
        for place, item in enumerate(offered):
            low, high, step = levers.EDITABLE[item]
            kind = type(step)
            values[item] = columns[place % 3].number_input(
                t(f"reisolation.item_{item}", lang), min_value=kind(low), max_value=kind(high), value=kind(min(max(now[item], low), high)),
                step=step, key=f"edit_{chosen}_{item}",
            )  # fmt: skip
        values["evidence"] = st.segmented_control(
            t("reisolation.item_evidence", lang), levers.EVIDENCE, default=now["evidence"], required=True, key=f"edit_{chosen}_evidence",
            format_func=lambda e: t(f"reisolation.evidence_{e}", lang),
        )  # fmt: skip
        values["source"] = st.text_input(t("reisolation.item_source", lang), value=now["source"] if now["source"] != ASSUMED else "",
                                         max_chars=200, key=f"edit_{chosen}_source") or now["source"]  # fmt: skip
        left, right = st.columns([2, 1])
        reason = left.text_input(t("reisolation.edit_reason", lang), max_chars=scenarios.REASON_LENGTH, key=f"edit_{chosen}_reason")  # fmt: skip
        author = right.text_input(t("reisolation.keep_author", lang), max_chars=scenarios.NAME_LENGTH, key=f"edit_{chosen}_author")  # fmt: skip
        sent = st.form_submit_button(t("reisolation.edit_button", lang), icon=":material/edit_note:")
    if sent:
        _write(lever, values, reason, author, lang)


def _write(lever: Lever, values: dict[str, Any], reason: str, author: str, lang: str) -> None:
    if not reason.strip() or not author.strip():
        st.warning(t("reisolation.edit_blank", lang))
        return
    if values["evidence"] != "A" and values["source"] == ASSUMED:
        st.warning(t("reisolation.edit_source", lang))
        return
    try:
        after = levers.changed(lever, values)
    except ValueError:
        st.warning(t("reisolation.edit_ratio", lang))
        return
    changes = levers.differences(lever, after)
    if not changes:
        st.info(t("reisolation.edit_same", lang))
        return
    try:
        scenarios.edit(
            store.engine(),
            lever_id=lever.lever_id,
            changes=changes,
            reason=reason,
            author=author,
            recorded_at=store.now(),
        )
    except (StoreProblem, DBAPIError) as error:
        kept.said(error, lang)
        return
    st.success(t("reisolation.edit_done", lang, n=len(changes)))
    st.rerun(scope="fragment")


def _log(lang: str) -> None:
    rows = levers.edits()
    if rows.empty:
        blocks.note(t("reisolation.log_none", lang))
        return
    said = [
        (numbers.day(pd.Timestamp(r["recorded_at"]).date(), lang), levers.plain_name(r["lever_id"], lang), t(f"reisolation.item_{r['field']}", lang),
         _plain(r["field"], r["old_value"], lang), _plain(r["field"], r["new_value"], lang), r["reason"], r["author"])
        for r in rows.iloc[::-1].to_dict("records")
    ]  # fmt: skip
    blocks.table([(t(f"reisolation.log_{c}", lang), False) for c in ("day", "lever", "item", "old", "new", "reason", "author")], said, stacked=True)  # fmt: skip


def _plain(field: str, text: str, lang: str) -> str:
    value = json.loads(text)
    if field == "evidence":
        return t(f"reisolation.evidence_{value}", lang)
    if isinstance(value, str):
        return t("reisolation.source_assumed", lang) if value == ASSUMED else value
    return numbers.number(value, 0 if np.isclose(value, round(value)) else 2)
