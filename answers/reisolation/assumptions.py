"""The assumptions register: every number that was not estimated, on what it rests, who changed it and why."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pandas as pd

from answers import say, terms
from answers.answer import Answer, Block, Column, Heading, Note, Piece, Table
from answers.ask import Ask
from answers.reader import Reader
from answers.registry import question
from answers.reisolation import levers
from answers.reisolation.common import reisolation, source_line
from answers.reisolation.source import Register
from forecast.reisolation.cost import DISCOUNT, e_value
from forecast.reisolation.model import DRIFT
from forecast.reisolation.parameters import ASSUMED, LOWEST_RATIO, OVERLAP, Lever
from locales import numbers, t

COLUMNS = (
    "lever",
    "effect",
    "uptake",
    "capacity",
    "lag_months",
    "duration_months",
    "half_life_months",
    "unit_cost_krw",
    "evidence",
)


@question("reisolation.assumptions", needs=("spell",))
@reisolation
def assumptions(ask: Ask, read: Reader, found: Register) -> Answer:
    """Table, what the records themselves show, the general assumptions, editing, the log."""
    lang, known = ask.lang, levers.in_force(read)
    assumed = sum(lever.evidence == "A" for lever in known.values())
    columns = say.heads("reisolation.short_", COLUMNS, lang, words=("lever", "evidence"))
    general = [
        Column(t("reisolation.item_what", lang)),
        Column(t("reisolation.item_value", lang), number=True),
        Column(t("reisolation.item_why", lang)),
    ]
    return Answer(
        "",
        t("reisolation.register", lang, n=len(known), assumed=assumed),
        _sure(known, lang),
        blocks=(
            Table(columns, [_row(lever, lang) for lever in known.values()]),
            Note(t("reisolation.months_note", lang)),
            Heading(t("reisolation.from_records", lang)),
            *_from_records(read, lang),
            terms.card(lang, "e_value"),
            Heading(t("reisolation.general", lang)),
            Table(general, _general(lang)),
            Heading(t("reisolation.edit", lang)),
            *_edit(read, lang),
            Heading(t("reisolation.log", lang)),
            _log(read, lang),
            source_line(read, found, lang),
        ),
    )


def _sure(known: Mapping[str, Lever], lang: str) -> str:
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
    effect = "–" if intake else f"{ratio} ({low}–{high})"
    uptake = "–" if intake else numbers.percent(levers.items(lever)["uptake"], 0)
    lasting = ["–" if intake else numbers.number(v) for v in (lever.duration_months, lever.half_life_months)]
    return (
        levers.plain_name(lever.lever_id, lang),
        effect,
        uptake,
        numbers.number(lever.capacity),
        str(lever.lag_months),
        *lasting,
        numbers.won(lever.unit_cost_krw, lang),
        _grade(lever, lang),
    )


def _grade(lever: Lever, lang: str) -> str:
    """The grade, with the source where it is not our own placeholder."""
    grade = t(f"reisolation.evidence_{lever.evidence}", lang)
    return grade if lever.source == ASSUMED else f"{grade}: {lever.source}"


def _from_records(read: Reader, lang: str) -> list[Block]:
    """Associations of support in place with coming back, and how strong a hidden trait would have to be to explain them."""
    rows = []
    for name, row in read.study("reisolation.support").iterrows():
        value, limit = e_value(row["ratio"], row["lower"], row["upper"])
        rows.append(
            (
                levers.plain_name(str(name), lang),
                numbers.number(row["ratio"], 2),
                numbers.limits(row["lower"], row["upper"], "", digits=2),
                numbers.number(value, 1),
                numbers.number(limit, 1),
            )
        )
    note = Note(t("reisolation.from_records_note", lang))
    if not rows:
        return [note, Note(t("reisolation.from_records_none", lang))]
    names = ("lever", "ratio", "limits", "e_value", "e_limit")
    return [note, Table(say.heads("reisolation.assoc_", names, lang, words=("lever",)), rows)]


def _general(lang: str) -> list[tuple[str, str, str]]:
    drift = t(
        "reisolation.value_drift", lang, mean=numbers.signed(DRIFT[0], 2), sd=numbers.number(DRIFT[1], 2)
    )
    rows = {
        "drift": drift,
        "overlap": numbers.percent(100 * OVERLAP, 0),
        "lowest": numbers.number(LOWEST_RATIO, 1),
        "intake": t("reisolation.value_intake", lang),
        "discount": numbers.percent(100 * DISCOUNT),
        "lost": t("reisolation.value_lost", lang),
    }
    return [
        (t(f"reisolation.general_{k}", lang), v, t(f"reisolation.general_{k}_why", lang))
        for k, v in rows.items()
    ]


def _edit(read: Reader, lang: str) -> list[Block]:
    """The form for one lever, which only a screen has and only an analyst sees."""
    if not read.analyst:
        return [Note(t("reisolation.edit_analysts", lang))]
    return [Note(t("reisolation.edit_note", lang)), Piece("reisolation.edit")]


def _log(read: Reader, lang: str) -> Block:
    rows = levers.edits(read)
    if rows.empty:
        return Note(t("reisolation.log_none", lang))
    said = [
        (
            numbers.day(pd.Timestamp(r["recorded_at"]).date(), lang),
            levers.plain_name(r["lever_id"], lang),
            t(f"reisolation.item_{r['field']}", lang),
            _plain(r["field"], r["old_value"], lang),
            _plain(r["field"], r["new_value"], lang),
            r["reason"],
            r["author"],
        )
        for r in rows.iloc[::-1].to_dict("records")
    ]
    names = ("day", "lever", "item", "old", "new", "reason", "author")
    return Table(say.heads("reisolation.log_", names, lang, words=names), said)


def _plain(field: str, text: str, lang: str) -> str:
    value = json.loads(text)
    if field == "evidence":
        return t(f"reisolation.evidence_{value}", lang)
    if isinstance(value, str):
        return t("reisolation.source_assumed", lang) if value == ASSUMED else value
    return numbers.number(value, 0 if np.isclose(value, round(value)) else 2)
