"""The levers as they stand in the assumptions register, their sliders, and the scenario that the sliders make."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from typing import Any

import pandas as pd
import streamlit as st

from data import scenarios
from forecast.reisolation.parameters import ASSUMED, LEVERS, Lever
from forecast.reisolation.project import BASELINE, MOST_LEVERS, Scenario
from forecast.reisolation.scenario import affordable
from locales import numbers, t
from ui import blocks, store, view
from ui.reisolation import source

FITS, ORDERS = ("free", "inside"), ("come", "risk")
PARAMETER = "lv"  # in the URL: aftercare-100.peer-60
# Numbers that an analyst may edit: lowest, highest, step. Whole numbers where the step is one.
EDITABLE: dict[str, tuple[float, float, float]] = {
    "ratio": (0.3, 1.5, 0.05), "lower": (0.1, 1.5, 0.05), "upper": (0.3, 2.5, 0.05), "uptake": (0.0, 100.0, 1.0), "capacity": (0, 5_000, 10),
    "lag_months": (0, 36, 1), "duration_months": (0.5, 60.0, 1.0), "half_life_months": (0.0, 60.0, 1.0),
    "unit_cost_krw": (0, 100_000_000, 10_000),
}  # fmt: skip
EVIDENCE = ("E", "L", "A")


def declared() -> dict[str, Lever]:
    """The levers as declared."""
    return {lever.lever_id: lever for lever in LEVERS}


def in_force() -> dict[str, Lever]:
    """The levers with every edit applied in the order in which it was made."""
    found = declared()
    rows = edits()
    # What was edited together stands or falls together: one item alone may not fit the others' old values.
    for _, edit in rows.groupby(["recorded_at", "lever_id", "author", "reason"], sort=False):
        lever_id = str(edit["lever_id"].iloc[0])
        values = {row["field"]: json.loads(row["new_value"]) for row in edit.to_dict("records")}
        if lever_id in found:
            found[lever_id] = changed(found[lever_id], values)
    return found


def edits() -> pd.DataFrame:
    """Every edit, the oldest first."""
    with store.connect() as connection:
        return scenarios.edits(connection)


def items(lever: Lever) -> dict[str, Any]:
    """What may be edited of a lever, as plain values; uptake in percent."""
    estimate, low, high = lever.hazard_ratio
    return {
        "ratio": estimate, "lower": low, "upper": high, "uptake": round(100 * lever.mean_uptake, 1),
        "lag_months": lever.lag_months, "duration_months": lever.duration_months,
        "half_life_months": lever.half_life_months, "unit_cost_krw": lever.unit_cost_krw, "cost_cv": lever.cost_cv,
        "evidence": lever.evidence, "source": lever.source, "capacity": lever.capacity,
    }  # fmt: skip


def changed(lever: Lever, values: dict[str, Any]) -> Lever:
    """The lever with some of its `items` replaced. An edited uptake keeps the number of people that it rests on.

    Raises:
        ValueError: the hazard ratio outside its interval, or an item that there is not.
    """
    old = items(lever)
    unknown = set(values) - set(old)
    if unknown:
        raise ValueError(f"a lever has no {', '.join(sorted(unknown))}")
    new = {**old, **values}
    uptake = lever.uptake
    if new["uptake"] != old["uptake"]:
        uptake = (new["uptake"] / 100 * lever.uptake[1], lever.uptake[1])
    plain = {f.name for f in fields(Lever)} & set(new) - {"uptake"}
    ratio = (float(new["ratio"]), float(new["lower"]), float(new["upper"]))
    return replace(lever, hazard_ratio=ratio, uptake=uptake, **{name: new[name] for name in plain})


# --- Sliders --------------------------------------------------------------------------------------------


def sliders(lang: str) -> Scenario:
    """A slider for each lever: people who start a month. All at 0 is today's services."""
    known = in_force()
    chosen = _from_link(known)
    for lever in known.values():
        key = f"lever_{lever.lever_id}"
        st.session_state[key] = chosen.get(lever.lever_id, 0)
        step = max(int(lever.capacity // 10), 1)
        st.slider(
            name(lever, lang), 0, slider_end(lever), step=step, key=key, help=help_text(lever, lang),
            on_change=_moved, args=(lever.lever_id,),
        )  # fmt: skip
    _to_link(chosen)
    view.choose("fit", FITS, label=t("reisolation.fit", lang), kind="segments", default="free", say=lambda f: t(f"reisolation.fit_{f}", lang))  # fmt: skip
    view.choose("order", ORDERS, label=t("reisolation.order", lang), kind="segments", default="come", say=lambda o: t(f"reisolation.order_{o}", lang))  # fmt: skip
    if chosen:
        st.button(t("reisolation.reset", lang), icon=":material/restart_alt:", on_click=_reset)
    whole = made(t("reisolation.current", lang), chosen, known)
    money = yearly_money() if _limited() else {}
    cut = affordable(whole, money) if money else whole
    if whole.active and money:
        share = cut.levers[0].capacity / whole.levers[0].capacity
        key = "reisolation.fit_cut" if share < 1 else "reisolation.fit_kept"
        blocks.note(
            t(key, lang, share=numbers.percent(100 * share, 0), year=min(money, key=lambda y: money[y]))
        )
    return cut


def current(lang: str) -> Scenario:
    """The scenario that the sliders make, where they are not on screen."""
    known = in_force()
    chosen = _from_link(known)
    _to_link(chosen)
    whole = made(t("reisolation.current", lang), chosen, known)
    money = yearly_money() if _limited() else {}
    return affordable(whole, money) if money else whole


def _limited() -> bool:
    """Whether places are cut to what is left of the plan's tightest year."""
    return view.current("fit", FITS, "free") == "inside"


def slider_end(lever: Lever) -> int:
    """The most people a month that a slider offers."""
    return int(max(4 * lever.capacity, 40))


def yearly_money() -> dict[int, float]:
    """What is left of the plan by year; the running year's rest as a full year's worth."""
    day = store.as_of()
    left = 12 - day.month
    return {year: krw * 12 / left if year == day.year else krw for year, krw in source.money_left().items()
            if year > day.year or left}  # fmt: skip


def made(title: str, capacities: dict[str, int], known: dict[str, Lever]) -> Scenario:
    """A scenario of levers with so many starts a month; the rest are out of it."""
    return Scenario(title, tuple(
        replace(lever, capacity=capacities[lever.lever_id]) for lever in known.values() if capacities.get(lever.lever_id)
    ), highest_risk_first=view.current("order", ORDERS, "come") == "risk")  # fmt: skip


def capacities(scenario: Scenario) -> dict[str, int]:
    """Starts a month by lever."""
    return {lever.lever_id: round(lever.capacity) for lever in scenario.active}


def set_sliders(scenario: Scenario) -> None:
    """Put the sliders, and who comes first, where a scenario has them."""
    st.session_state["levers"] = capacities(scenario)
    view.put("order", "risk" if scenario.highest_risk_first else "come", "come")
    view.put("fit", "free", "free")


def reference(scenario: Scenario) -> Scenario:
    """What a scenario is held against: today's services, with as many more people leaving as it brings in.

    More people who leave are more who can come back: that is no harm done by the support beside it. A scenario that does
    nothing else is held against today's services as they are.
    """
    if not source.acting(scenario):
        return BASELINE
    return Scenario("", tuple(lever for lever in scenario.active if lever.acts_on == "intake"))


def _moved(lever_id: str) -> None:
    kept = st.session_state.setdefault("levers", {})
    kept[lever_id] = st.session_state[f"lever_{lever_id}"]


def _reset() -> None:
    st.session_state["levers"] = {}


def _from_link(known: dict[str, Lever]) -> dict[str, int]:
    """Capacities of the link if it is new, else those that were set; numbers outside a slider are brought to its end."""
    asked = st.query_params.get(PARAMETER)
    if asked is not None and asked != st.session_state.get("levers_written"):
        found = {}
        for part in asked.split("."):
            lever_id, _, number = part.rpartition("-")
            if lever_id in known and number.isascii() and number.isdecimal():
                found[lever_id] = min(int(number[:9]), slider_end(known[lever_id]))
        st.session_state["levers"] = found
    kept: dict[str, int] = st.session_state.setdefault("levers", {})
    return {lever_id: n for lever_id, n in kept.items() if n and lever_id in known}


def _to_link(chosen: dict[str, int]) -> None:
    text = ".".join(f"{lever_id}-{n}" for lever_id, n in chosen.items())
    st.session_state["levers_written"] = text
    if text and st.query_params.get(PARAMETER) != text:
        st.query_params[PARAMETER] = text
    elif not text:
        st.query_params.pop(PARAMETER, None)


# --- Words ----------------------------------------------------------------------------------------------


def name(lever: Lever, lang: str) -> str:
    """The lever's name with its grade of evidence: '사후 돌봄 · 가정'."""
    return f"{plain_name(lever.lever_id, lang)} · {t(f'reisolation.evidence_{lever.evidence}', lang)}"


def plain_name(lever_id: str, lang: str) -> str:
    """The lever's name."""
    return t(f"lever.{lever_id}", lang)


def help_text(lever: Lever, lang: str) -> str:
    """What the lever is, what is assumed of it, and on what that rests."""
    said = {
        "what": t(f"lever.{lever.lever_id}_what", lang), "cost": numbers.won(lever.unit_cost_krw, lang), "lag": lever.lag_months,
        "source": blocks.plain(source_words(lever, lang)),
    }  # fmt: skip
    if lever.acts_on == "intake":
        return t("reisolation.lever_intake_help", lang, **said)
    ratio, low, high = (numbers.number(v, 2) for v in lever.hazard_ratio)
    return t("reisolation.lever_help", lang, **said, ratio=ratio, low=low, high=high, months=numbers.number(lever.duration_months),
             half=numbers.number(lever.half_life_months), uptake=numbers.percent(100 * lever.mean_uptake, 0))  # fmt: skip


def source_words(lever: Lever, lang: str) -> str:
    """Where the numbers come from; our own placeholder in the reader's language."""
    return t("reisolation.source_assumed", lang) if lever.source == ASSUMED else lever.source


def too_many(scenario: Scenario) -> bool:
    """Whether more levers act on coming back than can be run together."""
    return source.acting(scenario) > MOST_LEVERS


def said(scenario: Scenario, lang: str) -> str:
    """A scenario in words: '사후 돌봄 월 100명, 동료 상담 월 60명'."""
    parts = [t("reisolation.a_month", lang, lever=plain_name(lever.lever_id, lang), n=numbers.number(lever.capacity)) for lever in scenario.active]  # fmt: skip
    return ", ".join(parts) or t("reisolation.today", lang)


def differences(before: Lever, after: Lever) -> dict[str, tuple[Any, Any]]:
    """Items in which two versions of a lever differ: item -> (before, after)."""
    old, new = items(before), items(after)
    return {item: (old[item], new[item]) for item in old if old[item] != new[item]}


def same_assumptions(mine: Scenario, known: dict[str, Lever]) -> bool:
    """Whether a scenario's levers are those of the register, their capacities apart."""
    return all(
        lever.lever_id in known
        and asdict(replace(lever, capacity=0)) == asdict(replace(known[lever.lever_id], capacity=0))
        for lever in mine.levers
    )
