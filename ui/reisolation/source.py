"""What the re-isolation page stands on: the register under the rules, its model, its runs and its record, each made once."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
import streamlit as st

from answers.budget import source as budget
from data import ledger, queries
from forecast.reisolation import backtest as rolling
from forecast.reisolation import cohort, scenario, sensitivity
from forecast.reisolation.hazard import expand, fit, traits
from forecast.reisolation.model import DRIFT, RECORDED, RETURN, Model, Spec, fit_model
from forecast.reisolation.outcome import Outcome
from forecast.reisolation.project import BASELINE, FULL_DRAWS, Intake, Scenario, stock
from forecast.reisolation.states import Incidence, cumulative_incidence
from metrics.budget import staged
from metrics.registry import PLAN_YEARS
from ui import access, store, view

SEED = 120  # the same store shows the same numbers
MONTHS = 60
# Draws of the first answer and of the full run that follows it, by how many levers act on coming back. Both are said with
# 95 % intervals, which nothing below 200 bears. A link made when fewer levers ran on more draws still opens.
QUICK, FULL = (200,) * len(FULL_DRAWS), FULL_DRAWS
LINKED = (1000, 1000, 1000, 500, 300, 250, 200)
LEARNING_MONTHS = (
    12  # of leavers on record, the first and the last included, before the first forecast of the backtest
)


@dataclass(frozen=True)
class Register:
    """The register on the day that the screens speak for. Shared: not to be changed.

    Attributes:
        raw: current spells, with `zone` 1 where one-person households are more common than in the city.
        spells: `raw` under the rules. first: the first exit of each person (`cohort.first_exits`).
        model, intake: None where nobody was seen to leave isolation.
        data_version: fingerprint of the spells.
    """

    raw: pd.DataFrame
    spells: pd.DataFrame
    first: pd.DataFrame
    rules: cohort.Rules
    limits: cohort.Limits
    model: Model | None
    intake: Intake | None
    as_of: date
    data_version: str
    model_version: str
    evidence: str

    @cached_property
    def curve(self) -> Incidence | None:
        """Aalen-Johansen incidence of what ends a first exit; death, moving and institutions compete. None without a return."""
        if not self.first["cause"].eq("reisolated").any():
            return None
        cause = self.first["cause"].where(self.first["cause"] != "lost", "")
        found: Incidence = cumulative_incidence(
            self.first["time"], cause, entry=self.first["entry"].clip(lower=0)
        )
        return found

    @cached_property
    def returns(self) -> np.ndarray:
        """Months after leaving at which people came back, in order."""
        return np.sort(self.first.loc[self.first["cause"] == "reisolated", "time"].to_numpy())

    @cached_property
    def horizons(self) -> pd.DataFrame:
        """`cohort.fixed_horizon` at the rules' horizons."""
        return cohort.fixed_horizon(self.first, as_of=self.as_of, horizons_months=self.rules.horizons_months)

    @cached_property
    def triangle(self) -> pd.DataFrame:
        """`cohort.cohort_triangle` by quarter at the horizons that somebody has reached; empty where nobody has."""
        mature = tuple(h for h in self.rules.horizons_months if h in self.limits.mature)
        if not mature:
            return pd.DataFrame()
        return cohort.cohort_triangle(self.first, as_of=self.as_of, horizons_months=mature)

    @cached_property
    def onsets(self) -> pd.Series:
        """Re-isolations by month."""
        return rolling.onsets_by_month(self.spells)

    @property
    def start_month(self) -> pd.Period:
        """The first month that is projected."""
        return pd.Period(self.as_of, "M") + 1


def register() -> Register:
    """The register, its rules and its model."""
    return _register(store.as_of(), store.version(), store.url())


@st.cache_resource(max_entries=2, show_spinner=False)
def _register(as_of: date, version: int, address: str) -> Register:
    raw = access.read(queries.spells)
    known = rolling.known_on(raw, as_of)
    rules = cohort.read_rules()
    spells = cohort.confirmed(known, rules)
    first = cohort.first_exits(spells, as_of=as_of)
    limits = cohort.limits(first, as_of=as_of, horizons_months=rules.horizons_months)
    model = intake = None
    if (spells["state"] == "connected").any():
        rows = traits(expand(spells, as_of=as_of))
        if (rows["state"] == "connected").any():
            model, intake = fit_model(rows), stock(spells, as_of=as_of)
    evidence = "synthetic" if raw["synthetic"].any() else "recorded"
    named = scenario.model_version(model) if model else ""
    return Register(
        raw, spells, first, rules, limits, model, intake, as_of, fingerprint(known), named, evidence
    )


def fingerprint(rows: pd.DataFrame) -> str:
    """Twelve signs that change when any spell changes, in whatever order they stand."""
    plain = rows.drop(columns=["synthetic"], errors="ignore").astype(str)
    hashes = pd.util.hash_pandas_object(plain, index=False).to_numpy()
    return hashlib.sha256(np.sort(hashes).tobytes()).hexdigest()[:12]


# --- Runs -----------------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False)
def _runs(address: str) -> OrderedDict[str, Outcome]:
    """Runs by what they depend on, the latest last; a few megabytes each."""
    return OrderedDict()


MOST_DRAWS = 40_000  # kept in all; a thousand take five megabytes


def run(
    found: Register, wanted: Scenario, *, draws: int, seed: int = SEED, months: int = MONTHS,
    drift: tuple[float, float] = DRIFT, on_part: Callable[[int, int], None] | None = None,
) -> Outcome:  # fmt: skip
    """A scenario's outcome, computed or kept.

    Args:
        drift: mean and SD of the yearly change beyond the data.
        on_part: told (draws done, draws in all) while it runs; what it raises ends the run.
    """
    if found.model is None or found.intake is None:
        raise ValueError("there is no model to run")
    key, kept = _key(found, wanted, draws, seed, months, drift), _runs(store.url())
    if key in kept:
        kept.move_to_end(key)
    else:
        kept[key] = scenario.run(found.model, found.intake, wanted, seed=seed, months=months, draws=draws, drift=drift, on_part=on_part)  # fmt: skip
        while sum(one.draws for one in kept.values()) > MOST_DRAWS and len(kept) > 1:
            kept.popitem(last=False)
    return kept[key]


def ready(found: Register, wanted: Scenario, *, draws: int) -> bool:
    """Whether a run is kept, so that asking for it costs nothing."""
    return _key(found, wanted, draws, SEED, MONTHS, DRIFT) in _runs(store.url())


def _key(
    found: Register, wanted: Scenario, draws: int, seed: int, months: int, drift: tuple[float, float]
) -> str:
    """Everything that an outcome depends on; a scenario's name is not of it."""
    what = {**asdict(wanted), "name": ""}
    versions = (found.model_version, found.data_version, str(found.as_of))
    return json.dumps((what, draws, seed, months, drift, versions), sort_keys=True)


def acting(wanted: Scenario) -> int:
    """How many levers act on coming back."""
    return sum(lever.acts_on == "return" for lever in wanted.active)


# --- Record ---------------------------------------------------------------------------------------------


def record() -> rolling.Record | None:
    """The forecasts that the model would have made, against what came; None where nothing can be compared yet."""
    return _record(store.as_of(), store.version(), store.url())


@st.cache_resource(max_entries=2, show_spinner=False)
def _record(as_of: date, version: int, address: str) -> rolling.Record | None:
    found = register()
    begun = pd.to_datetime(found.raw.loc[found.raw["state"] == "connected", "entered_on"]).min()
    if pd.isna(begun):
        return None
    first = (begun.to_period("M") + LEARNING_MONTHS - 1).end_time.date()
    try:
        return rolling.backtest(found.raw, as_of=as_of, first_origin=first, seed=SEED, rules=found.rules)
    except ValueError:
        return None  # too young: no month has come after the first origin


def recorded(found: Register) -> Outcome:
    """Today's services as the records will have them: people are lost from sight in it as they are in the records."""
    if found.intake is None:
        raise ValueError("there is no model to run")
    model = fit_model(traits(expand(found.spells, as_of=found.as_of)), RECORDED)
    return scenario.run(model, found.intake, BASELINE, seed=SEED, months=MONTHS, draws=FULL[0])


def sensitivities() -> pd.DataFrame:
    """First re-isolation under other assumptions."""
    return _sensitivities(store.as_of(), store.version(), store.url())


@st.cache_resource(max_entries=2, show_spinner=False)
def _sensitivities(as_of: date, version: int, address: str) -> pd.DataFrame:
    return sensitivity.sensitivities(register().spells, as_of=as_of, seed=SEED)


def support_effects() -> pd.DataFrame:
    """Associations of support in place with coming back, from the records: hazard ratio with 95 % limits, by kind."""
    return _support_effects(store.as_of(), store.version(), store.url())


@st.cache_resource(max_entries=2, show_spinner=False)
def _support_effects(as_of: date, version: int, address: str) -> pd.DataFrame:
    kinds = ["aftercare", "peer"]
    supports = access.read(queries.supports)
    rows = traits(expand(register().spells, supports, as_of=as_of))
    spec = Spec(*RETURN)
    found = fit(rows, Spec(*RETURN, covariates=(*spec.covariates, *kinds))).table()
    return np.exp(found.loc[found.index.intersection(kinds), ["coefficient", "lower", "upper"]]).set_axis(
        ["ratio", "lower", "upper"], axis=1
    )


# --- Money ----------------------------------------------------------------------------------------------


def money_left() -> dict[int, int]:
    """Won of the plan that no contract has taken yet: the running year's 예산현액 less commitments, then each year's plan."""
    year = store.as_of().year
    read = view.reader()
    rows = budget.plan(read, budget.ends(read)[1])
    planned = rows.groupby("fiscal_year")["planned_krw"].sum()
    cells = read.rows(ledger.cells)
    own = staged(cells[cells["fiscal_year"] == year], closed_before=year)
    left = {int(y): int(planned.get(y, 0)) for y in PLAN_YEARS if y > year}
    return {year: max(int(own["current"].sum() - own["committed"].sum()), 0), **left} if len(own) else left
