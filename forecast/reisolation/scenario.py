"""Named what-if scenarios: compared on the same random numbers, kept with what they were computed from, run again."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from forecast.reisolation.model import DRIFT, Model
from forecast.reisolation.outcome import NUMBERS, Outcome, outcome
from forecast.reisolation.parameters import Lever
from forecast.reisolation.project import Intake, Scenario, project

MOST = 4  # side by side


@dataclass(frozen=True)
class Saved:
    """A scenario with everything that its numbers depend on."""

    scenario: Scenario
    months: int
    draws: int
    seed: int
    model_version: str
    data_version: str
    result: str  # fingerprint of the numbers

    def __post_init__(self) -> None:
        if not (1 <= self.months <= 120 and 1 <= self.draws <= 5000):
            raise ValueError("a scenario runs over 1 to 120 months with 1 to 5,000 draws")


def affordable(scenario: Scenario, krw_by_year: Mapping[int, float]) -> Scenario:
    """The scenario with capacities cut in one proportion so that the mean cost never exceeds the tightest year's money."""
    monthly = min(krw_by_year.values(), default=0.0) / 12
    most = sum(lever.capacity * lever.unit_cost_krw for lever in scenario.levers)
    share = min(1.0, max(monthly, 0.0) / most) if most else 1.0
    return replace(scenario, levers=tuple(replace(v, capacity=v.capacity * share) for v in scenario.levers))


def run(
    model: Model,
    intake: Intake,
    scenario: Scenario,
    *,
    seed: int,
    months: int = 60,
    draws: int = 1000,
    drift: tuple[float, float] = DRIFT,
    on_part: Callable[[int, int], None] | None = None,
) -> Outcome:
    """One scenario from a seed: equal seeds give equal draws of everything that the scenarios share.

    `drift` and `on_part` as in `project`.
    """
    random = np.random.default_rng(seed)
    return outcome(project(model, intake, scenario, months, draws, rng=random, drift=drift, on_part=on_part))


def differences(base: Outcome, other: Outcome) -> pd.DataFrame:
    """What a scenario changes over all months, draw by draw on the same random numbers.

    Returns: index the three headline numbers (at the last month, without the chance of who comes back), "onsets", "starts" and "cost_krw" (summed); columns
        difference, lower, upper (mean and 95 % of the draws).

    Raises:
        ValueError: outcomes of different draws or months, which share no random numbers.
    """
    if base.onsets.shape != other.onsets.shape:
        raise ValueError("only outcomes of as many draws and months can be compared")
    gaps = {name: other.path(name)[:, -1] - base.path(name)[:, -1] for name in NUMBERS}
    gaps["share_now"] = other.share_expected[:, -1] - base.share_expected[:, -1]
    gaps["onsets"] = -other.prevented(base)
    for name in ("starts", "cost_krw"):
        gaps[name] = getattr(other, name).sum(axis=(1, 2)) - getattr(base, name).sum(axis=(1, 2))
    rows = {n: (v.mean(), *np.quantile(v, [0.025, 0.975])) for n, v in gaps.items()}
    return pd.DataFrame(rows, index=["difference", "lower", "upper"]).T


def equity(base: Outcome, other: Outcome, classes: np.ndarray) -> pd.DataFrame:
    """Re-isolations prevented per 100 expected, by classes of the risk groups.

    Args:
        classes: (groups,) label of each risk group.

    Returns: index the labels; prevented_per_100 (a ratio of sums), lower and upper (95 % of the draws).
    """
    rows = {}
    for label in np.unique(classes):
        mine = classes == label
        before, after = base.by_group[:, mine].sum(axis=1), other.by_group[:, mine].sum(axis=1)
        low, high = np.quantile(100 * (before - after) / np.maximum(before, 1e-12), [0.025, 0.975])
        rows[label] = (100 * (before - after).sum() / max(before.sum(), 1e-12), low, high)
    return pd.DataFrame(rows, index=["prevented_per_100", "lower", "upper"]).T


def model_version(model: Model) -> str:
    """Fingerprint of every coefficient and standard error, to six decimals."""
    digest = hashlib.sha256()
    for key in sorted(model.hazards):
        hazard = model.hazards[key]
        for part in (hazard.coefficients, np.sqrt(np.diag(hazard.covariance))):
            digest.update((np.round(part, 6) + 0.0).astype("<f8").tobytes())
        digest.update(repr((key, hazard.names, hazard.last_clock)).encode())
    return digest.hexdigest()[:12]


def changed(saved: Saved, result: Outcome, *, model_version: str, data_version: str) -> tuple[str, ...]:
    """What is no longer as it was when a scenario was saved: any of "data", "model", "result"."""
    now = {"data": data_version, "model": model_version, "result": result.fingerprint()}
    then = {"data": saved.data_version, "model": saved.model_version, "result": saved.result}
    return tuple(name for name in now if now[name] != then[name])


def to_link(saved: Saved) -> str:
    """The saved scenario as text that fits a link."""
    packed = zlib.compress(json.dumps(asdict(saved), separators=(",", ":")).encode(), 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def from_link(text: str) -> Saved:
    """The scenario behind a link.

    Raises:
        ValueError: text that is no link of ours, or was cut.
    """
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unpacker = zlib.decompressobj()
        found: dict[str, Any] = json.loads(unpacker.decompress(packed, 100_000))
        levers = tuple(
            Lever(**{**v, "hazard_ratio": tuple(v["hazard_ratio"]), "uptake": tuple(v["uptake"])})
            for v in found["scenario"].pop("levers")
        )
        return Saved(**{**found, "scenario": Scenario(**found["scenario"], levers=levers)})
    except (ValueError, zlib.error, KeyError, TypeError) as error:
        raise ValueError("this link holds no scenario, or a part of it is missing") from error


def script(saved: Saved, as_of: str, city: str) -> str:
    """Python text that reproduces the scenario's numbers from the store, to be run in the project's folder."""
    # The name stands in a comment, in one line: in a text of the script it could end the text.
    return f'''# {saved.scenario.name!a}
"""Reproduces a scenario's numbers (model {saved.model_version}, data {saved.data_version}).

Run it in the project's folder; DATABASE_URL names where the stores stand, the built-in place without it.
"""

import os
import sys
from datetime import date

import numpy as np

sys.path.insert(0, os.getcwd())

from data import cities, queries
from data.engine import make_engine
from forecast.reisolation import cohort, scenario
from forecast.reisolation.backtest import known_on
from forecast.reisolation.hazard import expand, traits
from forecast.reisolation.model import fit_model
from forecast.reisolation.project import BASELINE, stock

SAVED = scenario.from_link({to_link(saved)!r})
as_of = date.fromisoformat({as_of!r})
with make_engine(cities.address({city!r})).connect() as connection:
    spells = cohort.confirmed(known_on(queries.spells(connection), as_of), cohort.read_rules())
model, intake = fit_model(traits(expand(spells, as_of=as_of))), stock(spells, as_of=as_of)
how = dict(seed=SAVED.seed, months=SAVED.months, draws=SAVED.draws)
base, mine = (scenario.run(model, intake, one, **how) for one in (BASELINE, SAVED.scenario))
for month in range(12, SAVED.months + 1, 12):
    print(month, *(f"{{value:.4f}}" for value in mine.at("first_incidence", month)))
low, high = np.quantile(mine.prevented(base), [0.025, 0.975])
print(f"prevented {{mine.prevented(base).mean():.1f}} ({{low:.1f}} to {{high:.1f}})")
print("same numbers as saved:", mine.fingerprint() == SAVED.result)
'''
