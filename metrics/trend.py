"""Is it changing? A test for trend over the last comparable periods, and what may not be compared.

The test is Cochran and Armitage's, widened for what periods vary by beyond chance. With a variance of chance alone some
district of 25 "rises" in every other set of figures whose periods vary by a further 5 % (docs/studies/trend.md).

A trend is a claim about the world, so its series must be measured, not modelled: a smoothed value has borrowed from
its neighbours and from covariates, and its movements are partly theirs. Two survey instruments ask two questions and
never join into one series. Two points are a difference, not a trend.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first called

from guards import numbers, table, takes
from metrics.lift import adjusted

WINDOW = 5  # last comparable periods (A11)
FEWEST = 3
ALPHA = 0.05
# A swing common to all districts counts as noise up to this part of the overall share; what is larger is change.
COMMON_SWING = 0.15
VERDICTS = ("rising", "falling", "none", "too_few", "withheld")


class NotComparable(ValueError):
    """A series that may not enter a trend, a before/after or an evaluation view."""


class ModelledSeries(NotComparable):
    """A modelled series was offered where only measured values may be compared."""


class MixedInstruments(NotComparable):
    """Two survey instruments were offered as one series."""


def measured(series: pd.DataFrame) -> pd.DataFrame:
    """Return the series if its rows may be compared over time.

    Args:
        series: rows with `period` and, where they apply, `estimate` ('direct' for measured rows) and
            `instrument_id`.

    Raises:
        ModelledSeries: a row is not a direct estimate.
        MixedInstruments: more than one instrument.
    """
    if "estimate" in series and set(series["estimate"].dropna()) - {"direct"}:
        raise ModelledSeries("a modelled series cannot be compared over time")
    if "instrument_id" in series and series["instrument_id"].nunique() > 1:
        raise MixedInstruments(f"two instruments: {', '.join(sorted(series['instrument_id'].unique()))}")
    return series


@dataclass(frozen=True)
class Trend:
    """Cochran-Armitage per row: z, two-sided p, slope per unit of score with its standard error (of a proportion)."""

    z: np.ndarray
    p_value: np.ndarray
    slope: np.ndarray
    slope_se: np.ndarray


@takes(events=numbers("m", "k", low=0), trials=numbers("m", "k", above=0), scores=numbers("k"))
def cochran_armitage(events: np.ndarray, trials: np.ndarray, scores: np.ndarray) -> Trend:
    """Chi-square test for trend in proportions (Armitage 1955), one test per row.

    Args:
        events, trials: (areas, periods); may be fractional for effective sample sizes.
        scores: (periods,) the time of each period; at least `FEWEST` different values.

    Returns: `z` is the score statistic (its square is the chi-square on one degree of freedom); the slope is the
        trials-weighted regression of the proportion on the score, its standard error does not assume the null.
        Rows without variation (no event, or only events) have z = 0 and p = 1.

    Raises:
        ValueError: shapes disagree, fewer than three scores, trials not above 0, or events outside 0..trials.
    """
    x, n, t = (np.asarray(a, dtype=float) for a in (events, trials, scores))
    if x.shape != n.shape or x.ndim != 2 or t.shape != (x.shape[1],):
        raise ValueError(
            f"events {x.shape}, trials {n.shape} and scores {t.shape} must be (m, k), (m, k), (k,)"
        )
    if len(np.unique(t)) < FEWEST:
        raise ValueError(f"a trend needs at least {FEWEST} periods, not {len(np.unique(t))}")
    if np.any(n <= 0) or np.any(x < 0) or np.any(x > n + 1e-9):
        raise ValueError("trials must be above 0 and events between 0 and trials")
    total = n.sum(axis=1, keepdims=True)
    share = x.sum(axis=1, keepdims=True) / total
    centred = t - (n * t).sum(axis=1, keepdims=True) / total
    spread = (n * centred**2).sum(axis=1)
    score = (centred * x).sum(axis=1)
    variance = (share * (1 - share))[:, 0] * spread
    z = np.divide(score, np.sqrt(variance), out=np.zeros_like(score), where=variance > 0)
    rate = x / n
    error = np.sqrt((n * centred**2 * rate * (1 - rate)).sum(axis=1)) / spread
    return Trend(z, 2 * scipy.special.ndtr(-np.abs(z)), score / spread, error)


@dataclass(frozen=True)
class PooledTrend:
    """Result of `pooled`; arrays are one figure a row, standard deviations those of a proportion.

    `lower` and `upper` are the slope's 95 % limits; `p_value` belongs to the test that there is no slope.
    """

    slope: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    p_value: np.ndarray
    own_sd: float  # between periods of one district, beyond chance
    common_sd: float  # of swings that all districts share, beyond what their own make


def pooled(events: np.ndarray, trials: np.ndarray, scores: np.ndarray) -> PooledTrend:
    """Trends of proportions whose periods vary by more than chance, one test per row.

    The slope is that of `cochran_armitage`. Around it a period of a district varies by chance, p (1 - p) / n, by a
    variance of its own and by a swing that all districts share. The own variance is the one at which the weighted squares
    left by the districts' lines and the common swings equal their (m - 1)(k - 2) degrees of freedom (as Paule and Mandel
    1982), so that 25 districts say what three to five periods of one could not. Common swings leave k - 2 degrees of
    freedom. A slope is judged by both parts of its variance (`_two_parts`), or by supposing common swings of `COMMON_SWING`
    of the overall share, whichever is surer: with three periods the former alone would hardly ever see a change that is not
    a straight line. One row alone is judged by its own residuals in the same way.

    Args, Raises: as `cochran_armitage`.
    """
    from scipy.optimize import brentq

    plain = cochran_armitage(events, trials, scores)
    x, n, t = (np.asarray(a, dtype=float) for a in (events, trials, scores))
    m, k = x.shape
    rate = x / n
    share = (x.sum(axis=1) + 0.5) / (n.sum(axis=1) + 1)
    chance = (share * (1 - share))[:, None] / n
    free = k - 2
    own = 0.0
    if m > 1:

        def excess(tau2: float) -> float:
            return _squares(rate, 1 / (chance + tau2), t)[0] - (m - 1) * free

        if excess(0.0) > 0:
            top = float(((rate - rate.mean(axis=1, keepdims=True)) ** 2).sum()) + 1e-12
            own = float(brentq(excess, 0.0, top)) if excess(top) < 0 else top
    _, common_squares, weight = _squares(rate, 1 / (chance + own), t)
    common = (
        common_squares / free / weight
    )  # variance of a swing, what the districts' own leave of it included
    shared = max(common - 1 / weight, 0.0)

    centred = t - (n * t).sum(axis=1, keepdims=True) / n.sum(axis=1, keepdims=True)
    spread = (n * centred**2).sum(axis=1)
    reach = (n**2 * centred**2).sum(
        axis=1
    ) / spread**2  # from a variance of every period to that of the slope
    mine = (n**2 * centred**2 * (chance + own)).sum(axis=1) / spread**2
    rest = float((m - 1) * free) if m > 1 else np.inf
    of_common, alone = reach * common, mine * (1 - 1 / m)
    part = np.divide(of_common, alone + of_common, out=np.ones(m), where=alone + of_common > 0)
    swing = (COMMON_SWING * x.sum() / n.sum()) ** 2
    p_first = _two_parts(plain.slope / np.sqrt(mine + reach * shared), part, free, rest)
    p_second = _two_sided(plain.slope / np.sqrt(mine + reach * swing), rest)
    surer = p_second < p_first
    still = plain.p_value == 1  # no event, or only events
    error = np.sqrt(plain.slope_se**2 + reach * (own + np.where(surer, swing, shared)))
    half = error * _quantile(np.where(surer, 0.0, part), free, rest)
    return PooledTrend(
        plain.slope,
        plain.slope - half,
        plain.slope + half,
        np.where(still, 1.0, np.minimum(p_first, p_second)),
        float(np.sqrt(own)),
        float(np.sqrt(shared)),
    )


def _two_parts(z: np.ndarray, part: np.ndarray, free: int, rest: float) -> np.ndarray:
    """Two-sided p of estimates whose variance has two parts, known on `free` and on `rest` degrees of freedom.

    From two degrees on Student's t on those of the sum (Satterthwaite 1946). With one that calls trends in 9 to 14 % of sets
    without any (docs/studies/trend.md), since a swing that is small by luck passes for none: there p is the mean of both
    parts' own, weighted by the variance that they make up.

    Args:
        part: share of the variance that is known on `free` degrees.
    """
    if free > 1:
        unknown = part**2 / free + (1 - part) ** 2 / rest
        df = np.divide(1.0, unknown, out=np.full(unknown.shape, np.inf), where=unknown > 0)
        return _two_sided(z, df)
    return part * _two_sided(z, float(free)) + (1 - part) * _two_sided(z, rest)


def _quantile(part: np.ndarray, free: int, rest: float) -> np.ndarray:
    """How many standard errors leave 5 % out, by `_two_parts`."""
    low, high = np.full(part.shape, 1.9), np.full(part.shape, -scipy.special.stdtrit(free, 0.02))
    for _ in range(50):
        middle = (low + high) / 2
        out = _two_parts(middle, part, free, rest) > ALPHA
        low, high = np.where(out, middle, low), np.where(out, high, middle)
    return high


def _squares(rate: np.ndarray, w: np.ndarray, t: np.ndarray) -> tuple[float, float, float]:
    """Weighted squares that lines leave: within districts, of the swings that all share; mean weight of a period."""
    total = w.sum(axis=1, keepdims=True)
    centred = t - (w * t).sum(axis=1, keepdims=True) / total
    middle = (w * rate).sum(axis=1, keepdims=True) / total
    slope = (w * centred * rate).sum(axis=1, keepdims=True) / (w * centred**2).sum(axis=1, keepdims=True)
    left = rate - middle - slope * centred
    by_period = w.sum(axis=0)
    swing = (w * left).sum(axis=0) / by_period
    return (
        float((w * (left - swing) ** 2).sum()),
        float((by_period * swing**2).sum()),
        float(by_period.mean()),
    )


def _two_sided(z: np.ndarray, df: np.ndarray | float) -> np.ndarray:
    away = -np.abs(z)
    return 2 * np.where(
        np.isinf(df), scipy.special.ndtr(away), scipy.special.stdtr(np.where(np.isinf(df), 1.0, df), away)
    )


def of(series: pd.DataFrame, *, key: str = "area_code", unit: float = 100.0) -> pd.DataFrame:
    """The trend of every area over the last comparable periods, as `pooled` over all that are given.

    Args:
        series: one row per area and period: `key`, `period` (a number that grows with time, in the unit in which
            the slope is wanted), `events`, `trials`; NaN where an area has no figure. Checked by `measured`.
        unit: the metric's scale (100 for percentages).

    Returns: one row per area: slope per unit of `period` (value, lower, upper: 95 %, each area on its own),
        `p_value`, `q_value` (Benjamini-Hochberg over the areas tested), `verdict` (rising, falling, none,
        too_few: fewer than three periods, withheld: a period without a figure), `first`, `last`, `periods`.
    """
    wide = measured(series).pivot(index=key, columns="period", values=["events", "trials"])
    periods = sorted(set(series["period"]))[-WINDOW:]
    out = pd.DataFrame(index=wide.index)
    for column in ("value", "lower", "upper", "p_value", "q_value"):
        out[column] = np.nan
    out["verdict"] = "too_few"
    out["periods"], out["first"], out["last"] = (
        len(periods),
        min(periods, default=np.nan),
        max(periods, default=np.nan),
    )
    if len(periods) < FEWEST:
        return out.reset_index()
    events = wide["events"][periods].to_numpy(dtype=float)
    trials = wide["trials"][periods].to_numpy(dtype=float)
    whole = ~np.isnan(events).any(axis=1) & (np.nan_to_num(trials) > 0).all(axis=1)
    out["verdict"] = np.where(whole, "none", "withheld")
    if not whole.any():
        return out.reset_index()
    found = pooled(events[whole], trials[whole], np.asarray(periods, dtype=float))
    for column in ("slope", "lower", "upper"):
        out.loc[whole, "value" if column == "slope" else column] = getattr(found, column) * unit
    out.loc[whole, "p_value"] = found.p_value
    out.loc[whole, "q_value"] = adjusted(found.p_value)
    clear = out["q_value"].lt(ALPHA)
    out.loc[clear & out["value"].gt(0), "verdict"] = "rising"
    out.loc[clear & out["value"].lt(0), "verdict"] = "falling"
    return out.reset_index()


@takes(
    sums=table(
        "area_code",
        numerator=numbers("n", low=0, missing=True),
        denominator=numbers("n", low=0, missing=True),
    )
)
def observed(sums: pd.DataFrame) -> pd.DataFrame:
    """Sums by area and time as a measured series: periods with events and trials, months joined to quarters.

    Args:
        sums: area_code, year or month_key, numerator, denominator, for a weighted survey squares (Σw²).

    Returns: the sums by `area_code` and `period` (the year, or four times the year plus the quarter from 0) with `events`
        and `trials`: for a survey the share times Kish's effective sample size, and that size. Rows without numerator or
        with no denominator are left out.

    Raises:
        ValueError: neither year nor month_key, sums below 0, or squares that are not more than 0.
    """
    if not {"year", "month_key"} & set(sums.columns):
        raise ValueError("sums lacks year or month_key")
    known = sums[sums["numerator"].notna() & sums["denominator"].gt(0)].copy()
    if "month_key" in known:
        known["period"] = (known["month_key"] // 100) * 4 + (known["month_key"] % 100 - 1) // 3
        columns = {
            "numerator": "sum",
            "denominator": "sum",
            "squares": "sum",
        }
        asked = {column: how for column, how in columns.items() if column in known}
        known = known.groupby(["area_code", "period"], as_index=False).agg(asked)
    else:
        known = known.rename(columns={"year": "period"})
    trials = known["denominator"].astype(float)
    if "squares" in known:
        numbers("n", above=0).check("sums: squares", known["squares"])
        trials = trials**2 / known["squares"].astype(float)
    share = (known["numerator"].astype(float) / known["denominator"].astype(float)).clip(0, 1)
    return known.assign(events=share * trials, trials=trials, estimate="direct")
