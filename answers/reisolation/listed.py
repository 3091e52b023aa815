"""Scenarios that are kept, shared by link, run again, and handed over as a script."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from answers.ask import Choice
from answers.reader import Reader
from answers.reisolation import levers, source
from answers.reisolation.source import Register
from data import scenarios
from forecast.reisolation import scenario as scenes
from forecast.reisolation.outcome import Outcome
from forecast.reisolation.project import Scenario
from forecast.reisolation.scenario import Saved as Saved
from locales import t

# In the link: a scenario with everything that its numbers depend on.
SHARED = Choice(name="sc", kind="text", longest=8000, place="link", default="", label="reisolation.share")


@dataclass(frozen=True)
class Kept:
    """A scenario of the list or of a link."""

    scenario_id: str
    saved: Saved
    author: str
    shared: bool  # came with the link, is not on the list

    @property
    def name(self) -> str:
        """What it was called."""
        return self.saved.scenario.name


def saved(found: Register, scenario: Scenario, title: str, mine: Outcome) -> Saved:
    """The scenario with what its numbers depend on, under a name."""
    return Saved(
        replace(scenario, name=title),
        mine.months,
        mine.draws,
        source.SEED,
        found.model_version,
        found.data_version,
        mine.fingerprint(),
    )


def identity(one: Saved) -> str:
    """The same scenario has the same number everywhere."""
    return hashlib.sha256(link(one).encode()).hexdigest()[:10]


def link(one: Saved) -> str:
    """It as a link carries it."""
    return scenes.to_link(one)


def listing(read: Reader, link: str) -> tuple[list[Kept], bool]:
    """The scenarios of the list, newest first, behind the one that came with the link; and whether that one is broken."""
    rows = read.own(scenarios.listing, "scenario")
    found = [
        Kept(row["scenario_id"], scenes.from_link(row["definition"]), row["author"], False)
        for row in rows.to_dict("records")
    ]
    try:
        one = shared(link)
    except ValueError:
        return found, True
    if one is None or any(one.scenario_id == k.scenario_id for k in found):
        return found, False
    return [one, *found], False


def shared(link: str) -> Kept | None:
    """The scenario of the link, None without one.

    Raises:
        ValueError: the link holds no scenario that is run here.
    """
    if not link:
        return None
    one = scenes.from_link(link)
    scenario = one.scenario
    known = {lever.lever_id for lever in scenario.levers} <= set(levers.declared())
    plain = [
        v
        for lever in scenario.levers
        for v in (lever.capacity, lever.lag_months, lever.lasting_months, lever.unit_cost_krw, lever.cost_cv)
    ]
    plain += [scenario.overlap, scenario.lowest_ratio]
    sound = all(isinstance(v, (int, float)) and np.isfinite(v) and v >= 0 for v in plain)
    many = source.acting(scenario) if known and sound else len(source.FULL)
    if many >= len(source.FULL) or one.draws > source.LINKED[many] or one.months > source.MONTHS:
        raise ValueError("this link asks for what is not run here")
    return Kept(identity(one), one, "", True)


def changes(found: Register, one: Kept, mine: Outcome) -> list[str]:
    """What is no longer as it was when the scenario was saved: data, model, result."""
    return list(
        scenes.changed(one.saved, mine, model_version=found.model_version, data_version=found.data_version)
    )


def changes_words(changed: list[str], lang: str) -> str:
    """Whether the numbers are those that were saved, and if not, why."""
    if not changed:
        return t("reisolation.unchanged", lang)
    if "result" not in changed:
        return t("reisolation.changed_same_result", lang)
    known = [name for name in changed if name != "result"]
    return t(f"reisolation.changed_{'_'.join(known) or 'result'}", lang)


def script_of(found: Register, wanted: Saved) -> str:
    """The script that reproduces the scenario's numbers from the store."""
    return scenes.script(wanted, as_of=found.as_of.isoformat(), city=found.evidence)
