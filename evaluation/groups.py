"""Group-time average effects and what they add up to (Callaway & Sant'Anna 2021, J. Econometrics 225: 200-230).

An effect of group g (units that start in g) at period t is the change of the group since its base period less the change of units that have not
started: by regression of the outcome, by inverse probability weights, or by both (doubly robust; Sant'Anna & Zhao 2020). Each estimate comes with its influence
function, one value per unit, so that every sum of estimates has its standard error and its simultaneous band. A unit is its own cluster. Held to the values that the
authors' package `did` prints of the minimum-wage example (tests/test_evaluation_groups.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy  # its parts come when they are first called

from evaluation.panel import Panel

Controls = Literal["never", "not_yet"]
Method = Literal["dr", "reg", "ipw"]
Kind = Literal["simple", "group", "dynamic", "calendar"]


@dataclass(frozen=True)
class Effects:
    """Group-time effects.

    Attributes:
        group, time: (cells,), start of the group and period. effect, error: (cells,).
        influence: (units, cells), mean zero; a cell's variance is the mean of its squares over the number of units.
        start: (units,), as in the panel.
    """

    group: np.ndarray
    time: np.ndarray
    effect: np.ndarray
    error: np.ndarray
    influence: np.ndarray
    start: np.ndarray


@dataclass(frozen=True)
class Sums:
    """Aggregated effects: `at` names each part (a group, periods since the start, a period), `overall` is their mean."""

    kind: Kind
    at: np.ndarray
    effect: np.ndarray
    error: np.ndarray
    influence: np.ndarray
    overall: float
    overall_error: float


def group_time(
    panel: Panel,
    *,
    controls: Controls = "never",
    method: Method = "dr",
    covariates: np.ndarray | None = None,
    base: Literal["varying", "universal"] = "varying",
) -> Effects:
    """Effects of every group in every period.

    Args:
        panel: units by periods. Units that started in the first period have no base and are left out.
        controls: units that never start, or those that have not started by the period.
        method: "reg" regression, "ipw" weights, "dr" both; alike without covariates.
        covariates: (units, columns), as they stood before anybody started; None for none.
        base: before the start a period is compared with the one before it ("varying") or, as after it, with the last one before the start.

    Raises:
        ValueError: there is no unit to compare with, or covariates do not fit.
    """
    keep = panel.start > 0
    outcome, start = panel.outcome[keep], panel.start[keep]
    units = outcome.shape[0]
    x = (
        np.ones((units, 1))
        if covariates is None
        else np.column_stack([np.ones(units), _fit(covariates, panel)[keep]])
    )
    if controls == "never" and not np.isinf(start).any():
        raise ValueError("controls: no unit never starts; compare with those that have not started yet")
    cells: list[tuple[int, int, float, np.ndarray]] = []
    for g in np.unique(start[np.isfinite(start)]).astype(int):
        for t in range(panel.periods):
            reference = t - 1 if base == "varying" and t < g else g - 1
            if reference < 0:
                continue
            treated = start == g
            latest = max(t, reference)
            others = np.isinf(start) if controls == "never" else ((start > latest) & ~treated)
            if t == reference:
                cells.append((g, t, 0.0, np.zeros(units)))
                continue
            if not others.any():
                continue
            among = treated | others
            effect, influence = _effect(
                outcome[among, t] - outcome[among, reference], treated[among].astype(float), x[among], method
            )
            whole = np.zeros(units)
            whole[among] = influence * units / among.sum()
            cells.append((g, t, effect, whole))
    if not cells:
        raise ValueError("controls: nobody is left to compare with in any period")
    influence = np.column_stack([c[3] for c in cells])
    return Effects(
        np.array([c[0] for c in cells]),
        np.array([c[1] for c in cells]),
        np.array([c[2] for c in cells]),
        errors(influence),
        influence,
        start,
    )


def _fit(covariates: np.ndarray, panel: Panel) -> np.ndarray:
    found = np.asarray(covariates, dtype=float)
    found = found[:, None] if found.ndim == 1 else found
    if found.ndim != 2 or found.shape[0] != panel.units or not np.isfinite(found).all():
        raise ValueError(f"covariates must be complete, one row for each of {panel.units} units")
    return found


def errors(influence: np.ndarray) -> np.ndarray:
    """Standard errors, (columns,), of influence functions, (units, columns)."""
    return np.sqrt((influence**2).mean(axis=0) / influence.shape[0])


def _effect(change: np.ndarray, d: np.ndarray, x: np.ndarray, method: Method) -> tuple[float, np.ndarray]:
    """The effect on the treated of a two-by-two comparison and its influence function (Sant'Anna & Zhao 2020, section 3.1 and 3.3)."""
    n = len(d)
    fitted, weights = np.zeros(n), 1 - d
    line = tilt = np.zeros((n, x.shape[1]))
    if method in ("reg", "dr"):
        gram = (x * (1 - d)[:, None]).T @ x / n
        slope = np.linalg.solve(gram, ((1 - d) * change) @ x / n)
        fitted = x @ slope
        line = ((1 - d) * (change - fitted))[:, None] * x @ np.linalg.inv(gram)
    if method in ("ipw", "dr"):
        if x.shape[1] == 1:
            chance = np.full(n, d.mean())
        else:
            import statsmodels.api as sm  # half a second: only whoever fits pays

            chance = sm.GLM(d, x, family=sm.families.Binomial()).fit(tol=1e-12).fittedvalues
        hessian = np.linalg.inv((x * (chance * (1 - chance))[:, None]).T @ x / n)
        tilt = (d - chance)[:, None] * x @ hessian
        weights = chance * (1 - d) / (1 - chance)
    if method == "reg":
        # the mean of the fitted change over those who were treated
        mean_one, mean_two = (d * change).mean() / d.mean(), (d * fitted).mean() / d.mean()
        one = d * (change - mean_one)
        two = d * (fitted - mean_two) + line @ (d[:, None] * x).mean(axis=0)
        return float(mean_one - mean_two), (one - two) / d.mean()
    left = change - fitted
    mean_one, mean_two = (d * left).mean() / d.mean(), (weights * left).mean() / weights.mean()
    one = d * (left - mean_one) - line @ (d[:, None] * x).mean(axis=0)
    two = weights * (left - mean_two) + tilt @ ((weights * (left - mean_two))[:, None] * x).mean(axis=0)
    if method == "dr":
        two = two - line @ (weights[:, None] * x).mean(axis=0)
    return float(mean_one - mean_two), one / d.mean() - two / weights.mean()


def sums(found: Effects, kind: Kind) -> Sums:
    """Group-time effects added up, weighted by the size of groups (Callaway & Sant'Anna 2021, section 3).

    "simple": all cells after a start; "group": by group; "dynamic": by periods since the start; "calendar": by period.
    """
    groups = np.unique(found.group)
    share = np.array([(found.start == g).mean() for g in groups])
    of = dict(zip(groups.tolist(), share.tolist(), strict=True))
    size = np.array([of[g] for g in found.group.tolist()])
    after = found.time >= found.group
    if kind == "simple":
        effect, influence = _weighted(found, np.flatnonzero(after), size)
        return Sums(
            kind,
            np.array([]),
            np.array([]),
            np.array([]),
            np.zeros((len(found.start), 0)),
            effect,
            float(errors(influence[:, None])[0]),
        )
    by = {"group": found.group, "dynamic": found.time - found.group, "calendar": found.time}[kind]
    parts = np.unique(by[after] if kind != "dynamic" else by)
    effects, influences = [], []
    for part in parts:
        which = np.flatnonzero((by == part) & (after if kind != "dynamic" else True))
        if kind == "group":
            one, moved = float(found.effect[which].mean()), found.influence[:, which].mean(axis=1)
        else:
            one, moved = _weighted(found, which, size)
        effects.append(one)
        influences.append(moved)
    each, influence = np.array(effects), np.column_stack(influences)
    if kind == "group":
        weight = np.array([of[g] for g in parts.tolist()])
        total = weight / weight.sum()
        drift = _drift(found.start, parts, weight)
        whole = influence @ total + drift @ each
        overall = float(each @ total)
    else:
        chosen = parts >= 0 if kind == "dynamic" else np.ones(len(parts), bool)
        overall, whole = float(each[chosen].mean()), influence[:, chosen].mean(axis=1)
    return Sums(kind, parts, each, errors(influence), influence, overall, float(errors(whole[:, None])[0]))


def _weighted(found: Effects, which: np.ndarray, size: np.ndarray) -> tuple[float, np.ndarray]:
    weight = size[which] / size[which].sum()
    influence = (
        found.influence[:, which] @ weight
        + _drift(found.start, found.group[which], size[which]) @ found.effect[which]
    )
    return float(found.effect[which] @ weight), influence


def _drift(start: np.ndarray, groups: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Influence of the groups' estimated sizes on their weights, (units, groups)."""
    own = (start[:, None] == groups[None, :]) - share[None, :]
    total = share.sum()
    return own / total - own.sum(axis=1, keepdims=True) * share[None, :] / total**2


def before(found: Effects) -> float:
    """Wald test that no effect shows before any start (pre-trends); its p-value, or NaN where nothing lies before.

    Takes effects with a varying base; the first period of each group has none.
    """
    which = (found.time < found.group) & (found.error > 0)
    if not which.any():
        return float("nan")
    influence, units = found.influence[:, which], found.influence.shape[0]
    cover = influence.T @ influence / units**2
    return float(
        scipy.stats.chi2.sf(found.effect[which] @ np.linalg.solve(cover, found.effect[which]), which.sum())
    )
