"""The levers as they stand in the assumptions register, in words, and the scenario that a link's numbers make of them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

import pandas as pd

from answers.kept import kept
from answers.reader import Reader
from answers.reisolation import source
from answers.studies import Pending
from data import scenarios
from forecast.reisolation.parameters import ASSUMED as ASSUMED
from forecast.reisolation.parameters import LEVERS
from forecast.reisolation.parameters import Lever as Lever
from forecast.reisolation.project import BASELINE as BASELINE
from forecast.reisolation.project import MOST_LEVERS
from forecast.reisolation.project import Scenario as Scenario
from locales import numbers, t

FITS, ORDERS = ("free", "inside"), ("come", "risk")
EXAMPLES = (("aftercare",), ("aftercare", "peer"))
EXAMPLE_DRAWS = 200  # as few as bear a 95 % interval: an example must not keep anybody waiting
PARAMETER = "lv"  # in the link: aftercare-100.peer-60
# Numbers that an analyst may edit: lowest, highest, step. Whole numbers where the step is one.
EDITABLE: dict[str, tuple[float, float, float]] = {
    "ratio": (0.3, 1.5, 0.05),
    "lower": (0.1, 1.5, 0.05),
    "upper": (0.3, 2.5, 0.05),
    "uptake": (0.0, 100.0, 1.0),
    "capacity": (0, 5_000, 10),
    "lag_months": (0, 36, 1),
    "duration_months": (0.5, 60.0, 1.0),
    "half_life_months": (0.0, 60.0, 1.0),
    "unit_cost_krw": (0, 100_000_000, 10_000),
}
EVIDENCE = ("E", "L", "A")
# What a lever that acts on intake does not have.
EFFECT = ("ratio", "lower", "upper", "uptake", "duration_months", "half_life_months")


def declared() -> dict[str, Lever]:
    """The levers as declared."""
    return {lever.lever_id: lever for lever in LEVERS}


@kept
def in_force(read: Reader) -> dict[str, Lever]:
    """The levers with every edit applied in the order in which it was made. Not to be changed."""
    found = declared()
    # What was edited together stands or falls together: one item alone may not fit the others' old values.
    for _, edit in edits(read).groupby(["recorded_at", "lever_id", "author", "reason"], sort=False):
        lever_id = str(edit["lever_id"].iloc[0])
        values = {row["field"]: json.loads(row["new_value"]) for row in edit.to_dict("records")}
        if lever_id in found:
            found[lever_id] = changed(found[lever_id], values)
    return found


def edits(read: Reader) -> pd.DataFrame:
    """Every edit, the oldest first."""
    rows: pd.DataFrame = read.own(scenarios.edits, "assumption_edit")
    return rows


def items(lever: Lever) -> dict[str, Any]:
    """What may be edited of a lever, as plain values; uptake in percent."""
    estimate, low, high = lever.hazard_ratio
    return {
        "ratio": estimate,
        "lower": low,
        "upper": high,
        "uptake": round(100 * lever.mean_uptake, 1),
        "lag_months": lever.lag_months,
        "duration_months": lever.duration_months,
        "half_life_months": lever.half_life_months,
        "unit_cost_krw": lever.unit_cost_krw,
        "cost_cv": lever.cost_cv,
        "evidence": lever.evidence,
        "source": lever.source,
        "capacity": lever.capacity,
    }


def changed(lever: Lever, values: Mapping[str, Any]) -> Lever:
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


def differences(before: Lever, after: Lever) -> dict[str, tuple[Any, Any]]:
    """Items in which two versions of a lever differ: item -> (before, after)."""
    old, new = items(before), items(after)
    return {item: (old[item], new[item]) for item in old if old[item] != new[item]}


# --- Scenarios --------------------------------------------------------------------------------------------


def ends(read: Reader) -> dict[str, int]:
    """The most people a month that each lever's slider offers: what the number of people who leave isolation leaves room for.

    Support can be begun by a quarter's leavers in a month at most; detection can at most double who leaves. While the register is in
    the making the declared places say how far a slider goes.
    """
    known = in_force(read)
    try:
        intake = source.register(read).intake
    except Pending:
        intake = None
    leavers = 0.0 if intake is None else float(intake.monthly.sum())
    return {lever_id: slider_end(lever, leavers) for lever_id, lever in known.items()}


def read_link(text: str, ends: Mapping[str, int]) -> dict[str, int]:
    """Starts a month by lever as a link says them; numbers outside a slider are brought to its end, others left out."""
    found = {}
    for part in text.split("."):
        lever_id, _, number = part.rpartition("-")
        if lever_id in ends and number.isascii() and number.isdecimal():
            found[lever_id] = min(int(number[:9]), ends[lever_id])
    return {lever_id: n for lever_id, n in found.items() if n}


def written_link(chosen: Mapping[str, int]) -> str:
    """Starts a month by lever as a link says them: 'aftercare-100.peer-60'."""
    return ".".join(f"{lever_id}-{n}" for lever_id, n in chosen.items() if n)


def slider_end(lever: Lever, leavers: float) -> int:
    """The most people a month that a slider offers, given how many leave isolation a month (0: not known)."""
    if leavers <= 0:
        return int(max(4 * lever.capacity, 40))
    most = leavers if lever.acts_on == "intake" else 3 * leavers
    return max(int(math.ceil(most / 50)) * 50, 50)


def step(end: int) -> int:
    """The step of a slider: round numbers of people."""
    return 10 if end >= 200 else 5


def examples(read: Reader, lang: str) -> list[Scenario]:
    """What is shown where no lever has been moved yet: one kind of support with its declared places, and two together."""
    known, most = in_force(read), ends(read)
    return [
        made(
            t(f"reisolation.example_{number}", lang),
            {lever_id: min(int(known[lever_id].capacity), most[lever_id]) for lever_id in names},
            known,
        )
        for number, names in enumerate(EXAMPLES, 1)
        if set(names) <= set(known)
    ]


def yearly_money(read: Reader) -> dict[int, float]:
    """What is left of the plan by year; the running year's rest as a full year's worth."""
    day = read.as_of
    left = 12 - day.month
    return {
        year: krw * 12 / left if year == day.year else krw
        for year, krw in source.money_left(read).items()
        if year > day.year or left
    }


def made(
    title: str, capacities: Mapping[str, int], known: Mapping[str, Lever], *, highest_risk_first: bool = False
) -> Scenario:
    """A scenario of levers with so many starts a month; the rest are out of it."""
    chosen = tuple(
        replace(lever, capacity=capacities[lever.lever_id])
        for lever in known.values()
        if capacities.get(lever.lever_id)
    )
    return Scenario(title, chosen, highest_risk_first=highest_risk_first)


def capacities(scenario: Scenario) -> dict[str, int]:
    """Starts a month by lever."""
    return {lever.lever_id: round(lever.capacity) for lever in scenario.active}


def reference(scenario: Scenario) -> Scenario:
    """What a scenario is held against: today's services, with as many more people leaving as it brings in.

    More people who leave are more who can come back: that is no harm done by the support beside it. A scenario that does
    nothing else is held against today's services as they are.
    """
    if not source.acting(scenario):
        return BASELINE
    return Scenario("", tuple(lever for lever in scenario.active if lever.acts_on == "intake"))


def too_many(scenario: Scenario) -> bool:
    """Whether more levers act on coming back than can be run together."""
    return source.acting(scenario) > MOST_LEVERS


def same_assumptions(mine: Scenario, known: Mapping[str, Lever]) -> bool:
    """Whether a scenario's levers are those of the register, their capacities apart."""
    return all(
        lever.lever_id in known
        and asdict(replace(lever, capacity=0)) == asdict(replace(known[lever.lever_id], capacity=0))
        for lever in mine.levers
    )


# --- Words ------------------------------------------------------------------------------------------------


def name(lever: Lever, lang: str) -> str:
    """The lever's name with its grade of evidence: '사후 돌봄 · 가정'."""
    return f"{plain_name(lever.lever_id, lang)} · {t(f'reisolation.evidence_{lever.evidence}', lang)}"


def plain_name(lever_id: str, lang: str) -> str:
    """The lever's name."""
    return t(f"lever.{lever_id}", lang)


def help_text(lever: Lever, lang: str) -> str:
    """What the lever is, what is assumed of it, and on what that rests."""
    said = {
        "what": t(f"lever.{lever.lever_id}_what", lang),
        "cost": numbers.won(lever.unit_cost_krw, lang),
        "lag": lever.lag_months,
        "source": source_words(lever, lang),
    }
    if lever.acts_on == "intake":
        return t("reisolation.lever_intake_help", lang, **said)
    ratio, low, high = (numbers.number(v, 2) for v in lever.hazard_ratio)
    return t(
        "reisolation.lever_help",
        lang,
        **said,
        ratio=ratio,
        low=low,
        high=high,
        months=numbers.number(lever.duration_months),
        half=numbers.number(lever.half_life_months),
        uptake=numbers.percent(100 * lever.mean_uptake, 0),
    )


def source_words(lever: Lever, lang: str) -> str:
    """Where the numbers come from; our own placeholder in the reader's language."""
    return t("reisolation.source_assumed", lang) if lever.source == ASSUMED else lever.source


def said(scenario: Scenario, lang: str) -> str:
    """A scenario in words: '사후 돌봄 월 100명, 동료 상담 월 60명'."""
    parts = [
        t("reisolation.a_month", lang, lever=plain_name(one.lever_id, lang), n=numbers.number(one.capacity))
        for one in scenario.active
    ]
    return ", ".join(parts) or t("reisolation.today", lang)
