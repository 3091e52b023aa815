"""Named what-if scenarios: compared on the same random numbers, kept with what they were computed from, run again."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from forecast.reisolation.model import Model
from forecast.reisolation.parameters import Lever
from forecast.reisolation.project import BASELINE, Intake, Projection, Scenario, project

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
    model: Model, intake: Intake, scenario: Scenario, *, seed: int, months: int = 60, draws: int = 1000,
    on_part: Callable[[int, int], None] | None = None,
) -> Projection:  # fmt: skip
    """One scenario from a seed: equal seeds give equal draws of everything that the scenarios share.

    `on_part` as in `project`.
    """
    return project(model, intake, scenario, months, draws, rng=np.random.default_rng(seed), on_part=on_part)


def compare(
    model: Model, intake: Intake, scenarios: Sequence[Scenario], *, seed: int, months: int = 60, draws: int = 1000,
) -> tuple[pd.DataFrame, list[Projection]]:  # fmt: skip
    """Difference table of up to four scenarios from the baseline, and the projections, the baseline first.

    Returns: per scenario re-isolations prevented, the difference of the three headline numbers and the cost, each as mean,
        lower and upper of the draw-by-draw differences.

    Raises:
        ValueError: more than four scenarios, or two of one name.
    """
    names = [s.name for s in scenarios]
    if len(scenarios) > MOST or len(set(names)) < len(names):
        raise ValueError(f"up to {MOST} scenarios of different names can be compared, not {', '.join(names)}")
    results = [run(model, intake, s, seed=seed, months=months, draws=draws) for s in (BASELINE, *scenarios)]
    base = _numbers(results[0], months)
    rows = []
    for scenario, result in zip(scenarios, results[1:], strict=True):
        for name, values in _numbers(result, months).items():
            difference = values - base[name]
            low, high = np.quantile(difference, [0.025, 0.975])
            rows.append(
                {
                    "scenario": scenario.name,
                    "number": name,
                    "difference": difference.mean(),
                    "lower": low,
                    "upper": high,
                }
            )
    return pd.DataFrame(rows), results


def _numbers(result: Projection, month: int) -> dict[str, np.ndarray]:
    city, cohort = result.city, result.cohort
    now, away = city.reisolated[:, month].sum(axis=1), city.connected[:, month].sum(axis=1)
    return {
        "onsets": city.onsets[:, :month].sum(axis=(1, 2)),
        "first_incidence": cohort.first_onsets[:, :month].sum(axis=(1, 2)),
        "per_leaver": cohort.onsets[:, :month].sum(axis=(1, 2)),
        "share_now": now / np.maximum(now + away, 1e-12),
        "cost_krw": result.cost_krw[:, :month].sum(axis=(1, 2)),
    }  # fmt: skip


def equity(base: Projection, other: Projection, people: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Re-isolations prevented per 100 expected, by classes of the risk groups, with the interval of the draws."""
    rows = []
    for key, part in people.groupby(list(by), sort=True):
        mine = part.index.to_numpy()
        before, after = (p.city.onsets[:, :, mine].sum(axis=(1, 2)) for p in (base, other))
        share = 100 * (before - after) / np.maximum(before, 1e-12)
        low, high = np.quantile(share, [0.025, 0.975])
        mean = 100 * (before - after).sum() / max(before.sum(), 1e-12)
        rows.append(
            {**dict(zip(by, key, strict=True)), "prevented_per_100": mean, "lower": low, "upper": high}
        )
    return pd.DataFrame(rows)


def model_version(model: Model) -> str:
    """Fingerprint of every coefficient and standard error, to six decimals."""
    digest = hashlib.sha256()
    for key in sorted(model.hazards):
        hazard = model.hazards[key]
        for part in (hazard.coefficients, np.sqrt(np.diag(hazard.covariance))):
            digest.update((np.round(part, 6) + 0.0).astype("<f8").tobytes())
        digest.update(repr((key, hazard.names, hazard.last_clock)).encode())
    return digest.hexdigest()[:12]


def result_version(result: Projection) -> str:
    """Fingerprint of a projection's yearly numbers, to six digits.

    Processors differ in the last of a number's sixteen digits. A hundred numbers of six digits meet an edge of rounding on one
    machine alone about once in ten thousand comparisons; every draw's totals, or more digits, would meet one each time.
    """
    months = result.city.onsets.shape[1]
    numbers: list[float] = []
    for month in sorted({*range(12, months + 1, 12), months}):
        numbers += [v for limits in result.headline(month).values() for v in limits]
        flows = (result.city.onsets, result.city.first_onsets, result.city.reisolated, result.cost_krw)
        numbers += [flow[:, :month].sum(axis=(1, 2)).mean() for flow in flows]
        numbers += list(np.quantile(result.onsets[:, :month].sum(axis=1), [0.1, 0.9]))
    return hashlib.sha256(" ".join(f"{v:.6g}" for v in numbers).encode()).hexdigest()[:12]


def save(
    model: Model, intake: Intake, scenario: Scenario, *, seed: int, data_version: str, months: int = 60, draws: int = 1000
) -> Saved:  # fmt: skip
    """Run and keep."""
    result = run(model, intake, scenario, seed=seed, months=months, draws=draws)
    return Saved(scenario, months, draws, seed, model_version(model), data_version, result_version(result))


def rerun(
    saved: Saved, model: Model, intake: Intake, *, data_version: str
) -> tuple[Projection, tuple[str, ...]]:
    """The projection again, and what has changed since: any of "data", "model", "result"."""
    result = run(model, intake, saved.scenario, seed=saved.seed, months=saved.months, draws=saved.draws)
    now = {"data": data_version, "model": model_version(model), "result": result_version(result)}
    then = {"data": saved.data_version, "model": saved.model_version, "result": saved.result}
    return result, tuple(name for name in now if now[name] != then[name])


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


def script(saved: Saved, spells_file: str, as_of: str) -> str:
    """Python text that reproduces the scenario's numbers from an export of the spells."""
    return f'''"""Reproduces the scenario {saved.scenario.name!r} (model {saved.model_version}, data {saved.data_version})."""

from datetime import date

import pandas as pd

from forecast.reisolation.hazard import expand, traits
from forecast.reisolation.model import fit_model
from forecast.reisolation.project import stock
from forecast.reisolation.scenario import from_link, rerun

SAVED = from_link({to_link(saved)!r})
as_of = date.fromisoformat({as_of!r})
spells = pd.read_csv({spells_file!r}, dtype={{"district_code": str}})
model = fit_model(traits(expand(spells, as_of=as_of)))
result, changed = rerun(SAVED, model, stock(spells, as_of=as_of), data_version={saved.data_version!r})
for month in range(12, SAVED.months + 1, 12):
    print(month, result.headline(month))
print("changed since it was saved:", ", ".join(changed) or "nothing")
'''
