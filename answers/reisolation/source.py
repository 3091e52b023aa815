"""What the re-isolation answers stand on: the register under the rules, its model, its runs and its record.

The register, the backtest and the other models are studies. What they keep holds no person's row: counts by month and horizon,
curves and fitted models.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from answers import studies
from answers.budget import source as budget
from answers.kept import kept
from answers.reader import Reader, Rule
from answers.studies import study
from data import ledger, queries
from forecast.reisolation import backtest as rolling
from forecast.reisolation import cohort, scenario, sensitivity
from forecast.reisolation.hazard import Spec, expand, fit, traits
from forecast.reisolation.model import DRIFT, RECORDED, RETURN, Model, fit_model
from forecast.reisolation.outcome import Outcome
from forecast.reisolation.project import BASELINE, FULL_DRAWS, Intake, Scenario, stock
from forecast.reisolation.states import Incidence, cumulative_incidence
from metrics.budget import staged
from metrics.registry import PLAN_YEARS

SEED = 120  # the same store shows the same numbers
MONTHS = 60
# Draws of the first answer and of the full run that follows it, by how many levers act on coming back. The full run is said
# with 95 % intervals, which nothing below 200 bears; the first is said to be rough. A link made when fewer levers ran on more
# draws still opens.
BASE = "reisolation.baseline"
QUICK, FULL = (200, 40, 25, 25, 25, 25, 25), FULL_DRAWS
LINKED = (1000, 1000, 1000, 500, 300, 250, 200)
LEARNING_MONTHS = (
    12  # of leavers on record, the first and the last included, before the backtest's first forecast
)
MOST_DRAWS = 40_000  # kept in all; a thousand take five megabytes
REGISTER = Rule(
    "register model", "hazards, curves and counts by quarter and horizon; what is shown of them is protected"
)
RECORD = Rule(
    "backtest",
    "forecast and observed re-isolations by month; observed ones are protected before they are shown",
)
SUPPORT = Rule("support in place", "hazard ratios with limits, by kind of support")


@dataclass(frozen=True)
class Register:
    """The register on the day that the data speak for, without a person's row.

    Attributes:
        model, intake, recorded: None where nobody was seen to leave isolation; `recorded` loses people from sight as the
            records do.
        curve: Aalen-Johansen incidence of what ends a first exit, None without a return. returns: months after leaving at
            which people came back, in order. onsets: re-isolations by month.
        horizons, triangle: `cohort.fixed_horizon`, and `cohort.cohort_triangle` by quarter at mature horizons.
        one_district: whether all leavers are of one district. data_version: fingerprint of the spells.
    """

    rules: cohort.Rules
    limits: cohort.Limits
    model: Model | None
    intake: Intake | None
    recorded: Model | None
    as_of: date
    data_version: str
    model_version: str
    evidence: str
    curve: Incidence | None
    returns: np.ndarray
    onsets: pd.Series
    horizons: pd.DataFrame
    triangle: pd.DataFrame
    one_district: bool

    @property
    def start_month(self) -> pd.Period:
        """The first month that is projected."""
        return pd.Period(self.as_of, "M") + 1


@study("reisolation.register", reads=("spell",))
def make_register(read: Reader) -> Register:
    """The register, its rules and its model."""
    raw = read.for_model(queries.spells)
    found: Register = read.judged(REGISTER, _register, raw, read.end("spell"), read.whose)
    return found


def _register(raw: pd.DataFrame, as_of: date, evidence: str) -> Register:
    known = rolling.known_on(raw, as_of)
    rules = cohort.read_rules()
    spells = cohort.confirmed(known, rules)
    first = cohort.first_exits(spells, as_of=as_of)
    limits = cohort.limits(first, as_of=as_of, horizons_months=rules.horizons_months)
    model = intake = recorded = None
    if (spells["state"] == "connected").any():
        rows = traits(expand(spells, as_of=as_of))
        if (rows["state"] == "connected").any():
            model, intake, recorded = fit_model(rows), stock(spells, as_of=as_of), fit_model(rows, RECORDED)
    back = first["cause"].eq("reisolated")
    curve = None
    if back.any():
        cause = first["cause"].where(first["cause"] != "lost", "")
        curve = cumulative_incidence(first["time"], cause, entry=first["entry"].clip(lower=0))
    mature = tuple(h for h in rules.horizons_months if h in limits.mature)
    return Register(
        rules=rules,
        limits=limits,
        model=model,
        intake=intake,
        recorded=recorded,
        as_of=as_of,
        data_version=fingerprint(known),
        model_version=scenario.model_version(model) if model else "",
        evidence=evidence,
        curve=curve,
        returns=np.sort(first.loc[back, "time"].to_numpy()),
        onsets=rolling.onsets_by_month(spells),
        horizons=cohort.fixed_horizon(first, as_of=as_of, horizons_months=rules.horizons_months),
        triangle=cohort.cohort_triangle(first, as_of=as_of, horizons_months=mature)
        if mature
        else pd.DataFrame(),
        one_district=first["district_code"].nunique() == 1,
    )


def register(read: Reader) -> Register:
    """The last kept register."""
    found: Register = read.study("reisolation.register")
    return found


def fingerprint(rows: pd.DataFrame) -> str:
    """Twelve signs that change when any spell changes, in whatever order they stand."""
    plain = rows.astype(str)
    hashes = pd.util.hash_pandas_object(plain, index=False).to_numpy()
    return hashlib.sha256(np.sort(hashes).tobytes()).hexdigest()[:12]


# --- Record -----------------------------------------------------------------------------------------------


@study("reisolation.record", reads=("spell",))
def make_record(read: Reader) -> rolling.Record | None:
    """The forecasts that the model would have made, against what came; None where nothing can be compared yet."""
    found: rolling.Record | None = read.judged(
        RECORD, _record, read.for_model(queries.spells), read.end("spell")
    )
    return found


def _record(raw: pd.DataFrame, as_of: date) -> rolling.Record | None:
    begun = pd.to_datetime(raw.loc[raw["state"] == "connected", "entered_on"]).min()
    if pd.isna(begun):
        return None
    first = (begun.to_period("M") + LEARNING_MONTHS - 1).end_time.date()
    try:
        return rolling.backtest(raw, as_of=as_of, first_origin=first, seed=SEED, rules=cohort.read_rules())
    except ValueError:
        return None  # too young: no month has come after the first origin


def record(read: Reader) -> rolling.Record | None:
    """The last kept record."""
    found: rolling.Record | None = read.study("reisolation.record")
    return found


def _once_there_are_spells(read: Reader) -> list[tuple[Any, ...]]:
    """Made once, as soon as there is anything to make it of: an office begins without a spell."""
    return [()] if read.holds("spell") else []


@study("reisolation.sensitivities", reads=("spell",), over=_once_there_are_spells)
def make_sensitivities(read: Reader) -> pd.DataFrame:
    """First re-isolation under other assumptions."""
    found: pd.DataFrame = read.judged(
        REGISTER, _sensitivities, read.for_model(queries.spells), read.end("spell")
    )
    return found


def _sensitivities(raw: pd.DataFrame, as_of: date) -> pd.DataFrame:
    spells = cohort.confirmed(rolling.known_on(raw, as_of), cohort.read_rules())
    return sensitivity.sensitivities(spells, as_of=as_of, seed=SEED)


@study("reisolation.support", reads=("spell", "support_period"), over=_once_there_are_spells)
def make_support(read: Reader) -> pd.DataFrame:
    """Associations of support in place with coming back: hazard ratio with 95 % limits, by kind."""
    raw, supports = read.for_model(queries.spells), read.for_model(queries.supports)
    found: pd.DataFrame = read.judged(SUPPORT, _support, raw, supports, read.end("spell"))
    return found


def _support(raw: pd.DataFrame, supports: pd.DataFrame, as_of: date) -> pd.DataFrame:
    kinds = ["aftercare", "peer"]
    spells = cohort.confirmed(rolling.known_on(raw, as_of), cohort.read_rules())
    rows = traits(expand(spells, supports, as_of=as_of))
    spec = Spec(*RETURN)
    found = fit(rows, Spec(*RETURN, covariates=(*spec.covariates, *kinds))).table()
    known = found.loc[found.index.intersection(kinds), ["coefficient", "lower", "upper"]]
    return np.exp(known).set_axis(["ratio", "lower", "upper"], axis=1)


@study(BASE, reads=("spell",))
def make_baseline(read: Reader) -> Outcome | None:
    """Today's services over five years, in full; None where there is no model."""
    found = register(read)
    if found.model is None or found.intake is None:
        return None
    return scenario.run(found.model, found.intake, BASELINE, seed=SEED, months=MONTHS, draws=FULL[0])


def recorded(found: Register) -> Outcome:
    """Today's services as the records will have them: people are lost from sight in it as they are in the records.

    Raises:
        ValueError: there is no model to run.
    """
    if found.recorded is None or found.intake is None:
        raise ValueError("there is no model to run")
    return scenario.run(found.recorded, found.intake, BASELINE, seed=SEED, months=MONTHS, draws=FULL[0])


# --- Runs -------------------------------------------------------------------------------------------------

_RUNS: OrderedDict[str, Outcome] = OrderedDict()  # the latest last
_LOCK = threading.Lock()


def run(
    read: Reader,
    found: Register,
    wanted: Scenario,
    *,
    draws: int,
    seed: int = SEED,
    months: int = MONTHS,
    drift: tuple[float, float] = DRIFT,
    on_part: Callable[[int, int], None] | None = None,
) -> Outcome:
    """A scenario's outcome, computed or kept; today's services in full are a study.

    Args:
        drift: mean and SD of the yearly change beyond the data.
        on_part: told (draws done, draws in all) while it runs; what it raises ends the run.

    Raises:
        ValueError: there is no model to run.
    """
    if found.model is None or found.intake is None:
        raise ValueError("there is no model to run")
    base: Outcome | None = None
    if not wanted.active and draws <= FULL[0] and (seed, months, drift) == (SEED, MONTHS, DRIFT):
        base = read.study(BASE)
        if base.draws == draws:  # one of older code may have others
            return base
    key = _key(found, wanted, draws, seed, months, drift)
    with _LOCK:
        kept_one = _RUNS.get(key)
        if kept_one is not None:
            _RUNS.move_to_end(key)
            return kept_one
    # A kept run of older records is of another model than a scenario that it would be held against.
    if base is not None and base.draws == FULL[0] and studies.ready(read, BASE):
        made = base.first(draws)
    else:
        made = scenario.run(
            found.model,
            found.intake,
            wanted,
            seed=seed,
            months=months,
            draws=draws,
            drift=drift,
            on_part=on_part,
        )
    with _LOCK:
        _RUNS[key] = made
        while sum(one.draws for one in _RUNS.values()) > MOST_DRAWS and len(_RUNS) > 1:
            _RUNS.popitem(last=False)
    return made


def ready(found: Register, wanted: Scenario, *, draws: int) -> bool:
    """Whether a run is kept, so that asking for it costs nothing."""
    base = not wanted.active and draws == FULL[0]
    return base or _key(found, wanted, draws, SEED, MONTHS, DRIFT) in _RUNS


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


# --- Money ------------------------------------------------------------------------------------------------


@kept
def money_left(read: Reader) -> dict[int, int]:
    """Won of the plan that no contract has taken yet: the running year's 예산현액 less commitments, then each year's plan."""
    year = read.end("ledger_entry").year
    planned = budget.plan(read, budget.ends(read)[1]).groupby("fiscal_year")["planned_krw"].sum()
    cells = read.rows(ledger.cells)
    own = staged(cells[cells["fiscal_year"] == year], closed_before=year)
    left = {int(y): int(planned.get(y, 0)) for y in PLAN_YEARS if y > year}
    return {year: max(int(own["current"].sum() - own["committed"].sum()), 0), **left} if len(own) else left
