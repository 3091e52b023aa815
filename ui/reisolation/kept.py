"""Scenarios that are kept, shared by link, run again, and handed over as a script."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
from sqlalchemy.exc import DBAPIError

from data import scenarios
from data.engine import StoreProblem
from forecast.reisolation import scenario as scenes
from forecast.reisolation.outcome import Outcome
from forecast.reisolation.project import Scenario
from forecast.reisolation.scenario import Saved
from locales import t
from ui import blocks, store
from ui.reisolation import levers, source
from ui.reisolation.source import Register

SHARED = "sc"  # in the URL: a scenario with everything that its numbers depend on


@dataclass(frozen=True)
class Kept:
    """A scenario of the list or of a link."""

    scenario_id: str
    saved: Saved
    author: str
    shared: bool  # came with the link, is not on the list

    @property
    def name(self) -> str:
        return self.saved.scenario.name


def saved(found: Register, scenario: Scenario, title: str, mine: Outcome) -> Saved:
    """The scenario with what its numbers depend on, under a name."""
    return Saved(
        replace(scenario, name=title), mine.months, mine.draws, source.SEED, found.model_version, found.data_version,
        mine.fingerprint(),
    )  # fmt: skip


def identity(kept: Saved) -> str:
    """The same scenario has the same number everywhere."""
    return hashlib.sha256(scenes.to_link(kept).encode()).hexdigest()[:10]


def listing() -> tuple[list[Kept], bool]:
    """The scenarios of the list, newest first, behind the one that came with the link; and whether that one is broken."""
    with store.connect() as connection:
        rows = scenarios.listing(connection)
    found = [Kept(row["scenario_id"], scenes.from_link(row["definition"]), row["author"], False) for row in rows.to_dict("records")]  # fmt: skip
    try:
        one = shared()
    except ValueError:
        return found, True
    if one is None or any(one.scenario_id == k.scenario_id for k in found):
        return found, False
    return [one, *found], False


def shared() -> Kept | None:
    """The scenario of the link, None without one.

    Raises:
        ValueError: the link holds no scenario that this page runs.
    """
    text = st.query_params.get(SHARED)
    if not text:
        return None
    kept = scenes.from_link(text)
    scenario = kept.scenario
    known = {lever.lever_id for lever in scenario.levers} <= set(levers.declared())
    many = source.acting(scenario)
    plain = [v for lever in scenario.levers for v in (lever.capacity, lever.lag_months, lever.lasting_months, lever.unit_cost_krw, lever.cost_cv)]  # fmt: skip
    plain += [scenario.overlap, scenario.lowest_ratio]
    sound = all(isinstance(v, (int, float)) and np.isfinite(v) and v >= 0 for v in plain)
    if (
        not known
        or not sound
        or many >= len(source.FULL)
        or kept.draws > source.LINKED[many]
        or kept.months > source.MONTHS
    ):
        raise ValueError("this link asks for what the page does not run")
    return Kept(identity(kept), kept, "", True)


def changes(found: Register, kept: Kept, mine: Outcome) -> list[str]:
    """What is no longer as it was when the scenario was saved: data, model, result."""
    return list(
        scenes.changed(kept.saved, mine, model_version=found.model_version, data_version=found.data_version)
    )


def changes_words(changed: list[str], lang: str) -> str:
    """Whether the numbers are those that were saved, and if not, why."""
    if not changed:
        return t("reisolation.unchanged", lang)
    if "result" not in changed:
        return t("reisolation.changed_same_result", lang)
    known = [name for name in changed if name != "result"]
    return t(f"reisolation.changed_{'_'.join(known) or 'result'}", lang)


def keep(found: Register, scenario: Scenario, lang: str) -> bool:
    """A small form that names the scenario and keeps it; whether the list has changed."""
    with st.form("keep_scenario", border=True, enter_to_submit=True):
        blocks.heading(t("reisolation.keep", lang), level=3)
        left, right = st.columns(2)
        title = left.text_input(t("reisolation.keep_name", lang), max_chars=scenarios.NAME_LENGTH)
        author = right.text_input(t("reisolation.keep_author", lang), max_chars=scenarios.NAME_LENGTH)
        sent = st.form_submit_button(t("reisolation.keep_button", lang), icon=":material/bookmark_add:")
    if not sent:
        return False
    if not title.strip() or not author.strip():
        st.warning(t("reisolation.keep_blank", lang))
        return False
    if title.strip() in {k.name for k in listing()[0]}:
        st.warning(t("reisolation.keep_taken", lang, name=blocks.plain(title.strip())))
        return False
    with st.spinner(t("reisolation.reckoning", lang)):
        mine = source.run(found, scenario, draws=source.FULL[source.acting(scenario)])
    wanted = saved(found, scenario, title.strip(), mine)
    try:
        scenarios.save(
            store.engine(), scenario_id=identity(wanted), name=title, author=author, definition=scenes.to_link(wanted),
            model_version=found.model_version, data_version=found.data_version, as_of=found.as_of, recorded_at=store.now(),
        )  # fmt: skip
    except (StoreProblem, DBAPIError) as error:
        said(error, lang)
        return False
    st.success(t("reisolation.keep_done", lang, name=blocks.plain(title.strip())))
    share(wanted, lang)
    return True


def offer(found: Register, scenario: Scenario, mine: Outcome, lang: str) -> None:
    """The link of the present scenario, to send without keeping it."""
    with st.expander(t("reisolation.share", lang), icon=":material/link:"):
        share(saved(found, scenario, t("reisolation.current", lang), mine), lang)


def share(wanted: Saved, lang: str) -> None:
    """The link that brings the scenario back."""
    blocks.note(t("reisolation.link_note", lang))
    st.code(address(wanted), language=None, wrap_lines=True)


def address(wanted: Saved) -> str:
    """Where the scenario opens: this page's address with the scenario in it."""
    base = (st.context.url or "").split("?")[0]
    return f"{base}?part=compare&{SHARED}={scenes.to_link(wanted)}"


def script_of(found: Register, wanted: Saved) -> str:
    """The script that reproduces the scenario's numbers from the store."""
    return scenes.script(wanted, as_of=found.as_of.isoformat())


def withdraw(scenario_id: str, lang: str) -> None:
    """Take a scenario off the list."""
    try:
        scenarios.withdraw(store.engine(), scenario_id, at=store.now())
    except (StoreProblem, DBAPIError) as error:
        said(error, lang)


def said(error: Any, lang: str) -> None:
    """A store that cannot be written, in words; what was typed stays on screen."""
    problem = store.problem_of(error)
    st.error(f"{t(f'store.{problem.kind}.what', lang)} {t(f'store.{problem.kind}.do', lang)}")
