"""How good a forecast was: proper scores, calibration, and the rule by which it may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.special import hyp2f1, ndtr, ndtri
from scipy.stats import nbinom
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import confint_poisson

from forecast.reisolation.states import cumulative_incidence

COVERAGE_80 = (0.70, 0.90)  # publish rule, statistics.md A1.8
FEWEST_POINTS = 24  # metrics G5


@dataclass(frozen=True)
class Brier:
    """Result of `ipcw_brier`; `index` is 1 - score ÷ null score: above 0 beats telling everybody the same."""

    score: float
    null_score: float
    index: float
    at_risk: int


def ipcw_brier(time: Any, event: Any, predicted_survival: Any, horizon: float) -> Brier:
    """Brier score at a horizon with inverse probability of censoring weights (Graf et al. 1999; Gerds and Schumacher 2006).

    Args:
        time: (n,) end of observation. event: (n,) 0 censored, 1 the event, 2 and above a competing exit.
        predicted_survival: (n,) predicted chance of not having had the event by the horizon.
        horizon: in the unit of `time`.

    The null model tells everybody the Aalen-Johansen incidence of these same rows. Censoring at a tie comes after events.

    Raises:
        ValueError: predictions outside 0 to 1, or nobody observed as long as the horizon or to an exit before it.
    """
    t, cause, s = np.asarray(time, float), np.asarray(event, int), np.asarray(predicted_survival, float)
    if not len(t) or np.isnan(s).any() or ((s < 0) | (s > 1)).any():
        raise ValueError("predicted survival must be one number between 0 and 1 for every row")
    weight = _censoring_weights(t, cause, horizon)
    if not weight.any():
        raise ValueError(f"nobody was observed up to {horizon:g} or to an exit before it")
    hit = (t <= horizon) & (cause == 1)
    score = float((weight * (hit - (1 - s)) ** 2).mean())
    incidence = cumulative_incidence(t, np.where(cause > 0, cause, 0).astype(object))
    same = incidence.at(horizon, 1)[0] if 1 in incidence.causes else 0.0
    null = float((weight * (hit - same) ** 2).mean())
    return Brier(score, null, 1 - score / null if null else float("nan"), int((t > horizon).sum()))


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


def interval_score(y: Any, lower: Any, upper: Any, alpha: float) -> np.ndarray:
    """Interval score of a central 1 - alpha interval: width + 2 ÷ alpha × what it misses by (Gneiting and Raftery 2007)."""
    y, low, high = (np.asarray(v, float) for v in (y, lower, upper))
    return (high - low) + 2 / alpha * (np.maximum(low - y, 0) + np.maximum(y - high, 0))


def wis(y: Any, quantiles: Any, levels: Sequence[float], *, count_median_twice: bool = False) -> np.ndarray:
    """Weighted interval score (Bracher et al. 2021).

    Args:
        y: (n,). quantiles: (n, q), ascending. levels: (q,) symmetric around a median of 0.5.
        count_median_twice: divide by K + 1 with the median's whole error, instead of K + ½ with half of it.

    Raises:
        ValueError: levels without a median or not symmetric.
    """
    p, q, seen = np.asarray(levels, float), np.asarray(quantiles, float), np.asarray(y, float)
    pairs = len(p) // 2
    if len(p) % 2 == 0 or not np.allclose(p + p[::-1], 1):
        raise ValueError("levels must be symmetric around a median of 0.5")
    total = abs(seen - q[:, pairs]) * (1.0 if count_median_twice else 0.5)
    for k in range(pairs):
        total = total + p[k] * interval_score(seen, q[:, k], q[:, -1 - k], 2 * p[k])
    return total / (pairs + (1.0 if count_median_twice else 0.5))


def crps_normal(y: Any, mean: Any = 0.0, sd: Any = 1.0) -> np.ndarray:
    """Continuous ranked probability score of a normal forecast (Gneiting and Raftery 2007)."""
    z = (np.asarray(y, float) - mean) / sd
    return sd * (z * (2 * ndtr(z) - 1) + np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2) - 1 / np.sqrt(np.pi))


def crps_ensemble(y: Any, ensemble: Any) -> np.ndarray:
    """CRPS of the empirical distribution of draws: y (n,), ensemble (n, m) or (m,)."""
    seen, draws = np.asarray(y, float), np.sort(np.asarray(ensemble, float), axis=-1)
    m = draws.shape[-1]
    spread = (draws * (2 * np.arange(1, m + 1) - m - 1)).sum(axis=-1) / m**2
    return abs(draws - seen[..., None]).mean(axis=-1) - spread


def crps_negative_binomial(y: Any, mean: Any, size: Any) -> np.ndarray:
    """CRPS of a negative binomial forecast with variance mean + mean² ÷ size (Wei and Held 2014)."""
    seen, mu, k = np.broadcast_arrays(*(np.asarray(v, float) for v in (y, mean, size)))
    p = k / (k + mu)
    gap = hyp2f1(k + 1, 0.5, 2, -4 * (1 - p) / p**2)
    below, shifted = nbinom.cdf(seen, k, p), nbinom.cdf(seen - 1, k + 1, p)
    return seen * (2 * below - 1) - k * (1 - p) / p**2 * (p * (2 * shifted - 1) + gap)


def observed_over_expected(
    observed: float, expected: float, confidence: float = 0.95
) -> tuple[float, float, float]:
    """(O ÷ E, lower, upper) with exact Poisson limits of the observed count."""
    if expected <= 0:
        raise ValueError(f"expected must be more than 0, not {expected:g}")
    low, high = confint_poisson(observed, 1, method="exact-c", alpha=1 - confidence)
    return observed / expected, max(float(np.nan_to_num(low)), 0.0) / expected, float(high) / expected


def calibration_slope(y: Any, linear_predictor: Any, exposure: Any = 1.0) -> tuple[float, float, float]:
    """(slope, lower, upper) of a complementary log-log regression of what happened on what was predicted; target 1."""
    hit, eta = np.asarray(y, float), np.asarray(linear_predictor, float)
    offset = np.log(np.broadcast_to(np.asarray(exposure, float), hit.shape))
    family = sm.families.Binomial(sm.families.links.CLogLog())
    result = sm.GLM(hit, sm.add_constant(eta), family=family, offset=offset).fit()
    low, high = result.conf_int()[1]
    return float(result.params[1]), float(low), float(high)


def coverage(y: Any, draws: Any) -> pd.DataFrame:
    """Share of (n,) values inside the central 50, 80 and 95 % of (draws, n) forecasts, with binomial limits."""
    seen, sample = np.asarray(y, float), np.asarray(draws, float)
    rows = []
    for level in (50, 80, 95):
        low, high = np.quantile(sample, [0.5 - level / 200, 0.5 + level / 200], axis=0)
        inside = int(((low <= seen) & (seen <= high)).sum())
        lower, upper = proportion_confint(inside, len(seen), method="wilson")
        rows.append({"level": level, "inside": inside, "points": len(seen), "coverage": inside / len(seen),
                     "lower": lower, "upper": upper})  # fmt: skip
    return pd.DataFrame(rows)


def pit(y: Any, draws: Any) -> np.ndarray:
    """(n,) probability integral transform of counts, at the middle of their step."""
    seen, sample = np.asarray(y, float), np.asarray(draws, float)
    return (sample < seen).mean(axis=0) + 0.5 * (sample == seen).mean(axis=0)


@dataclass(frozen=True)
class Verdict:
    """Whether a forecast may be shown; `reasons` are codes of what failed."""

    published: bool
    reasons: tuple[str, ...]


def publish(index: float, oe_limits: tuple[float, float], coverage_80: float) -> Verdict:
    """The rule of A1.8: index above 0, O ÷ E's interval contains 1, the 80 % band covers 70 to 90 %."""
    failed = {
        "no_better_than_average": not index > 0,
        "total_off": not oe_limits[0] <= 1 <= oe_limits[1],
        "band_coverage_off": not COVERAGE_80[0] <= coverage_80 <= COVERAGE_80[1],
    }
    reasons = tuple(reason for reason, wrong in failed.items() if wrong)
    return Verdict(not reasons, reasons)


def refuse(skill: float, inside_80: int, points: int) -> Verdict:
    """The rule of G5: no skill over the naive forecast, 80 % coverage excluded by its own interval, or too few points."""
    low, high = proportion_confint(inside_80, max(points, 1), method="wilson")
    failed = {"too_few_points": points < FEWEST_POINTS, "no_skill": not skill > 0,
              "band_coverage_off": not low <= 0.8 <= high}  # fmt: skip
    reasons = tuple(reason for reason, wrong in failed.items() if wrong)
    return Verdict(not reasons, reasons)


def normal_quantiles(mean: Any, sd: Any, levels: Sequence[float]) -> np.ndarray:
    """(n, levels) quantiles of normal forecasts."""
    return np.asarray(mean, float)[:, None] + np.asarray(sd, float)[:, None] * ndtri(np.asarray(levels))
