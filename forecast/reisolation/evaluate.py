"""How good a forecast was: proper scores, calibration, and the rule by which it may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first called

from forecast.reisolation.states import cumulative_incidence
from forecast.scores import crps_ensemble, crps_negative_binomial, crps_normal, interval_score, wis
from guards import number, numbers, takes

__all__ = [
    "Brier",
    "Verdict",
    "calibration_slope",
    "coverage",
    "crps_ensemble",
    "crps_negative_binomial",
    "crps_normal",
    "interval_score",
    "ipcw_brier",
    "normal_quantiles",
    "observed_over_expected",
    "pit",
    "publish",
    "refuse",
    "wis",
]

# The publish rule (decision 8): what chance alone may do to each condition of a forecast that is right, 1 % for the total and
# 2 % each for the 80 % band and the steadiness of the rates. How often they refuse together: docs/studies/verdict.md.
TOTAL_CONFIDENCE, BAND_ERROR, CHANGE_ERROR = 0.99, 0.02, 0.02
FEWEST_POINTS = 24  # metrics G5


@dataclass(frozen=True)
class Brier:
    """Result of `ipcw_brier`; `index` is 1 - score ÷ null score: above 0 beats telling everybody the same."""

    score: float
    null_score: float
    index: float
    at_risk: int


@takes(
    time=numbers("n", low=0),
    event=numbers("n", low=0, whole=True),
    horizon=number(above=0, infinite=True),
)
def ipcw_brier(
    time: Any, event: Any, predicted_survival: Any, horizon: float, *, reference: Any = None
) -> Brier:
    """Brier score at a horizon with inverse probability of censoring weights (Graf et al. 1999; Gerds and Schumacher 2006).

    Args:
        time: (n,) end of observation. event: (n,) 0 censored, 1 the event, 2 and above a competing exit.
        predicted_survival: (n,) predicted chance of not having had the event by the horizon.
        horizon: in the unit of `time`.
        reference: (n,) what the null model predicts, as `predicted_survival`: a reference that could be known beforehand.
            Without one the null model tells everybody the Aalen-Johansen incidence of these same rows, and so knows the
            level of what happened.

    Censoring at a tie comes after events.

    Returns: scores are NaN where the horizon lies beyond the longest observation and somebody was lost before it: only those
        who had the event would be left to be scored.

    Raises:
        ValueError: predictions outside 0 to 1, lengths that differ, missing, negative or infinite times, an event that is no
            whole number of at least 0, or nobody observed as long as the horizon or to an exit before it.
    """
    t = np.asarray(time, float)
    cause = np.asarray(event, float).astype(int)
    s = _chances(predicted_survival, t)
    weight = _censoring_weights(t, cause, horizon)
    if not weight.any():
        raise ValueError(f"nobody was observed up to {horizon:g} or to an exit before it")
    nan = float("nan")
    if horizon > t.max() and (cause == 0).any():
        return Brier(nan, nan, nan, 0)
    hit = (t <= horizon) & (cause == 1)
    score = float((weight * (hit - (1 - s)) ** 2).mean())
    if reference is None:
        incidence = cumulative_incidence(t, np.where(cause > 0, cause, 0).astype(object))
        same = incidence.at(min(horizon, incidence.last), 1)[0] if 1 in incidence.causes else 0.0
    else:
        same = 1 - _chances(reference, t)
    null = float((weight * (hit - same) ** 2).mean())
    return Brier(score, null, 1 - score / null if null else float("nan"), int((t > horizon).sum()))


def _chances(values: Any, like: np.ndarray) -> np.ndarray:
    """(n,) chances of survival, checked."""
    s = np.asarray(values, float)
    if not len(like) or s.shape != like.shape or np.isnan(s).any() or ((s < 0) | (s > 1)).any():
        raise ValueError("predicted survival must be one number between 0 and 1 for every row")
    return s


def _censoring_weights(t: np.ndarray, cause: np.ndarray, horizon: float) -> np.ndarray:
    """1 ÷ G(T-) for exits by the horizon, 1 ÷ G(horizon) for those still at risk, 0 for those censored before."""
    times = np.unique(t[cause == 0])
    at_risk = (t[:, None] > times).sum(axis=0) + ((t[:, None] == times) & (cause == 0)[:, None]).sum(axis=0)
    lost = ((t[:, None] == times) & (cause == 0)[:, None]).sum(axis=0)
    curve = np.append(1.0, np.cumprod(1 - lost / np.maximum(at_risk, 1)))
    before = curve[np.searchsorted(times, t, side="left")]
    at = curve[np.searchsorted(times, horizon, side="right")]
    done, still = (t <= horizon) & (cause > 0), t > horizon
    return np.where(done, 1 / np.maximum(before, 1e-12), np.where(still, 1 / max(at, 1e-12), 0.0))


@takes(observed=number(low=0, whole=True), expected=number(above=0), confidence=number(above=0, below=1))
def observed_over_expected(
    observed: float, expected: float, confidence: float = 0.95, *, relative_variance: float = 0.0
) -> tuple[float, float, float]:
    """(O ÷ E, lower, upper).

    Args:
        relative_variance: variance of the expected count ÷ its square: how unsure the forecast was of it. At 0 the limits
            are the exact Poisson ones of the observed count; else their log distances from O ÷ E are widened by the
            forecast's, √(a² + z² v), as for a quotient of two independent figures (MOVER: Donner and Zou 2012).

    Raises:
        ValueError: an expected count of 0 or less, or a negative variance.
    """
    from statsmodels.stats.rates import confint_poisson

    if not expected > 0:
        raise ValueError(f"expected must be more than 0, not {expected:g}")
    if not relative_variance >= 0:
        raise ValueError(f"relative_variance must be at least 0, not {relative_variance:g}")
    low, high = confint_poisson(observed, 1, method="exact-c", alpha=1 - confidence)
    ratio, lower, upper = (
        observed / expected,
        max(float(np.nan_to_num(low)), 0.0) / expected,
        float(high) / expected,
    )
    if relative_variance:
        own = scipy.special.ndtri((1 + confidence) / 2) * np.sqrt(relative_variance)
        # Without any observed event the lower limit stays 0, and the upper has no ratio to be measured from.
        upper = ratio * np.exp(np.hypot(np.log(upper / ratio), own)) if ratio else upper * np.exp(own)
        lower = ratio * np.exp(-np.hypot(np.log(ratio / lower), own)) if lower else 0.0
    return ratio, float(lower), float(upper)


@takes(y=numbers("n", low=0, high=1, some=True), linear_predictor=numbers("n"), exposure=numbers(above=0))
def calibration_slope(
    y: Any, linear_predictor: Any, exposure: Any = 1.0, *, people: Any = None
) -> tuple[float, float, float]:
    """(slope, lower, upper) of a complementary log-log regression of what happened on what was predicted; target 1.

    Args:
        people: (n,) labels of persons who may recur; errors are then clustered by them.
    """
    import statsmodels.api as sm

    hit, eta = np.asarray(y, float), np.asarray(linear_predictor, float)
    offset = np.log(np.broadcast_to(np.asarray(exposure, float), hit.shape))
    family = sm.families.Binomial(sm.families.links.CLogLog())
    model = sm.GLM(hit, sm.add_constant(eta), family=family, offset=offset)
    clustered = (
        {} if people is None else {"cov_type": "cluster", "cov_kwds": {"groups": pd.factorize(people)[0]}}
    )
    result = model.fit(**clustered)
    low, high = result.conf_int()[1]
    return float(result.params[1]), float(low), float(high)


@takes(y=numbers("n", some=True), draws=numbers("draws", "n", some=True))
def coverage(y: Any, draws: Any) -> pd.DataFrame:
    """Share of (n,) values inside the central 50, 80 and 95 % of (draws, n) forecasts, with binomial limits."""
    from statsmodels.stats.proportion import proportion_confint

    seen, sample = np.asarray(y, float), np.asarray(draws, float)
    rows = []
    for level in (50, 80, 95):
        low, high = np.quantile(sample, [0.5 - level / 200, 0.5 + level / 200], axis=0)
        inside = int(((low <= seen) & (seen <= high)).sum())
        lower, upper = proportion_confint(inside, len(seen), method="wilson")
        rows.append(
            {
                "level": level,
                "inside": inside,
                "points": len(seen),
                "coverage": inside / len(seen),
                "lower": lower,
                "upper": upper,
            }
        )
    return pd.DataFrame(rows)


@takes(y=numbers("n"), draws=numbers("draws", "n", some=True))
def pit(y: Any, draws: Any) -> np.ndarray:
    """(n,) probability integral transform of counts, at the middle of their step."""
    seen, sample = np.asarray(y, float), np.asarray(draws, float)
    return (sample < seen).mean(axis=0) + 0.5 * (sample == seen).mean(axis=0)


@dataclass(frozen=True)
class Verdict:
    """Whether a forecast may be shown; `reasons` are codes of what failed."""

    published: bool
    reasons: tuple[str, ...]


@takes(index=number(missing=True), change_p=number(low=0, high=1, missing=True))
def publish(
    index: float, oe_limits: tuple[float, float], inside_80: int, months: int, change_p: float = float("nan")
) -> Verdict:
    """The publish rule of decision 8.

    Args:
        index: Brier index over the horizon against a reference known at the origins; must be above 0.
        oe_limits: limits of O ÷ E at `TOTAL_CONFIDENCE`, the forecast's own uncertainty included; must contain 1.
        inside_80: how many of so many `months`, none counted twice, lay within their 80 % band; refused where as few, or as
            many, have a binomial chance of at most half of `BAND_ERROR`.
        change_p: p of the test that the rates are those of the year before the first origin; refused below `CHANGE_ERROR`.
            A forecast that is refitted every quarter follows a change, so that totals alone miss most of it. NaN where
            there are too few events to test.

    Raises:
        ValueError: more months inside than there are, or none at all.
    """
    if not 0 <= inside_80 <= months or months < 1:
        raise ValueError(f"{inside_80} of {months} months cannot lie inside a band")
    few, many = (
        scipy.special.bdtr(inside_80, months, 0.8),
        scipy.special.bdtrc(inside_80 - 1, months, 0.8) if inside_80 else 1.0,
    )
    failed = {
        "no_better_than_average": not index > 0,
        "total_off": not oe_limits[0] <= 1 <= oe_limits[1],
        "band_coverage_off": min(few, many) <= BAND_ERROR / 2,
        "rates_changed": change_p < CHANGE_ERROR,
    }
    reasons = tuple(reason for reason, wrong in failed.items() if wrong)
    return Verdict(not reasons, reasons)


@takes(
    skill=number(missing=True),
    inside_80=number(low=0, whole=True),
    points=number(low=0, whole=True),
    ordered=("inside_80", "points"),
)
def refuse(skill: float, inside_80: int, points: int) -> Verdict:
    """The rule of G5: no skill over the naive forecast, 80 % coverage excluded by its own interval, or too few points."""
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(inside_80, max(points, 1), method="wilson")
    failed = {
        "too_few_points": points < FEWEST_POINTS,
        "no_skill": not skill > 0,
        "band_coverage_off": not low <= 0.8 <= high,
    }
    reasons = tuple(reason for reason, wrong in failed.items() if wrong)
    return Verdict(not reasons, reasons)


@takes(
    mean=numbers("n", missing=True),
    sd=numbers("n", low=0, missing=True),
    levels=numbers("q", above=0, below=1),
)
def normal_quantiles(mean: Any, sd: Any, levels: Sequence[float]) -> np.ndarray:
    """(n, levels) quantiles of normal forecasts."""
    return np.asarray(mean, float)[:, None] + np.asarray(sd, float)[:, None] * scipy.special.ndtri(
        np.asarray(levels)
    )
