"""Contacts by hour: a forecast with intervals, its rolling-origin backtest, and the refusal when it fails.

Day level: local level with a weekly season and holidays on the log scale (`UnobservedComponents`); hours: a smooth
hour-of-week profile (Fourier pairs, Poisson regression); draws: negative binomial around level draws (statistics.md
A3). The rival is the seasonal naive: the mean of the last four weeks at that hour of the week, with its own past
errors. A forecast without skill, or whose 80 % range is not one, is refused (metrics.md G5).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.scores import wis
from guards import number, numbers, takes

if TYPE_CHECKING:
    from statsmodels.tsa.statespace.structural import UnobservedComponents

# statsmodels and holidays take half a second to import: only whoever fits or asks for holidays pays.
LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
NAMES = ("lower95", "lower80", "lower50", "median", "upper50", "upper80", "upper95")
NAIVE_WEEKS, PROFILE_WEEKS, BACKTEST_WEEKS, FEWEST_WEEKS = 4, 26, 8, 24
SETTLING_D = 28  # days in which the day model finds its level
DRAWS = 400
WEEK_H = 168


@dataclass(frozen=True)
class Backtest:
    """A week ahead from each of the last weeks, only with what was known then.

    Args:
        skill: 1 − WIS ÷ WIS of the naive rival. coverage: share of the 80 % range that held what came (mass of the
            probability integral transform inside it, as counts are whole). low, high: its 95 % binomial interval,
            by days, as hours of one day err together.
        reason: '' where the forecast may be shown, else 'skill', 'coverage' or 'short'.
    """

    skill: float
    coverage: float
    low: float
    high: float
    score: float
    naive_score: float
    hours: int
    reason: str


def public_holidays(years: Sequence[int]) -> set[date]:
    """Korean public holidays, lunar ones and substitutes included, by the `holidays` package."""
    import holidays

    return set(holidays.country_holidays("KR", years=list(years)))


@takes(counts=numbers("hours", low=0))
def whole_hours(counts: pd.Series, *, until: pd.Timestamp) -> pd.Series:
    """Counts by local hour with every hour present: an hour, or a day, without a contact is a zero."""
    if counts.empty:
        return counts.astype(float)
    every = pd.date_range(counts.index.min().normalize(), until, freq="h")
    return counts.reindex(every, fill_value=0).astype(float)


@takes(counts=numbers("hours", low=0), hours=number(above=0, whole=True))
def forecast(
    counts: pd.Series,
    *,
    hours: int,
    seed: int,
    days_off: set[date] | None = None,
    events: Sequence[date] = (),
    parameters: np.ndarray | None = None,
) -> pd.DataFrame:
    """The hours after the last one.

    Args:
        counts: contacts by local hour, complete, ending with a day's last hour.
        hours: how many to forecast, a multiple of 24. seed: of the draws.
        days_off: holidays; those of the package unless given. events: days from which a lasting step is allowed.
        parameters: of the day-level model, to filter instead of estimating again.

    Returns: index local hour; columns of `NAMES` and `mean`.

    Raises:
        ValueError: an incomplete series or hours that are not whole days.
    """
    return _quantiles(_draws(counts, hours, seed, days_off, events, parameters), _after(counts, hours))


@takes(counts=numbers("hours", low=0), weeks=number(low=1, whole=True))
def backtest(
    counts: pd.Series,
    *,
    seed: int,
    days_off: set[date] | None = None,
    events: Sequence[date] = (),
    weeks: int = BACKTEST_WEEKS,
) -> Backtest:
    """Forecast each of the last `weeks` weeks from the day before it, and score it against the naive rival."""
    if len(counts) < (FEWEST_WEEKS + weeks) * WEEK_H:
        nan = float("nan")
        return Backtest(nan, nan, nan, nan, nan, nan, 0, "short")
    known: list[str] | None = None
    scores, rival, covered = [], [], []
    for week in range(weeks):
        end = len(counts) - (weeks - week) * WEEK_H
        past, came = counts.iloc[:end], counts.iloc[end : end + WEEK_H]
        # Estimated on what the first origin knew, and anew where an event has come within what can be estimated.
        columns = _columns(past, days_off, events)
        if columns != known:
            known, parameters = columns, day_model(past, days_off, events).params
        draws = _draws(past, WEEK_H, seed + week, days_off, events, parameters)
        scores.append(wis(came, np.quantile(draws, LEVELS, axis=0).T, LEVELS))
        rival.append(wis(came, naive(past, WEEK_H)[list(NAMES)].to_numpy(), LEVELS))
        covered.append(_mass_inside(draws, came.to_numpy(), 0.1, 0.9))
    return _judged(np.concatenate(scores), np.concatenate(rival), np.concatenate(covered))


def _judged(score: np.ndarray, rival: np.ndarray, covered: np.ndarray) -> Backtest:
    skill = 1 - float(score.mean() / rival.mean()) if rival.mean() > 0 else 0.0
    share = float(covered.mean())
    # Hours of one day share the day's error: the day is the unit of the binomial error, as far as they do.
    by_day = covered.reshape(-1, 24).mean(axis=1)
    error = max(float(by_day.std(ddof=1)) / np.sqrt(len(by_day)), np.sqrt(0.8 * 0.2 / len(covered)))
    low, high = float(share - 1.96 * error), float(share + 1.96 * error)
    reason = "skill" if skill <= 0 else "coverage" if not low <= 0.8 <= high else ""
    return Backtest(skill, share, low, high, float(score.mean()), float(rival.mean()), len(covered), reason)


@takes(counts=numbers("hours", low=0), hours=number(above=0, whole=True))
def naive(counts: pd.Series, hours: int) -> pd.DataFrame:
    """Seasonal naive: the mean of the last four weeks at each hour of the week, with the spread of its past errors."""
    values = counts.to_numpy(dtype=float)
    span = (NAIVE_WEEKS + 8) * WEEK_H
    recent = values[-span:] if len(values) >= span else values[len(values) % WEEK_H :]
    table = recent.reshape(-1, WEEK_H)
    means = np.stack([table[k - NAIVE_WEEKS : k].mean(axis=0) for k in range(NAIVE_WEEKS, len(table))])
    errors = (table[NAIVE_WEEKS:] - means) / np.sqrt(np.maximum(means, 0.5))
    spread = np.quantile(errors, LEVELS)
    ahead = np.resize(table[-NAIVE_WEEKS:].mean(axis=0), hours)
    found = np.maximum(0, ahead[:, None] + spread * np.sqrt(np.maximum(ahead, 0.5))[:, None])
    found[:, len(LEVELS) // 2] = ahead
    return pd.DataFrame(np.sort(found, axis=1), columns=list(NAMES), index=_after(counts, hours)).assign(
        mean=ahead
    )


@takes(counts=numbers("hours", low=0))
def dispersion(
    counts: pd.Series,
    *,
    days_off: set[date] | None = None,
    events: Sequence[date] = (),
    parameters: np.ndarray | None = None,
) -> float:
    """How hours vary around what was forecast for them a day before: k of the negative binomial, infinite where Poisson.

    Args: as `forecast`.
    """
    return _dispersion(counts, _fitted(counts, days_off, events, parameters), _profile(counts))


@takes(counts=numbers("hours", low=0))
def day_model(counts: pd.Series, days_off: set[date] | None, events: Sequence[date]) -> Any:
    """The fitted day-level model."""
    daily = _daily(counts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence is judged by the backtest, which the page shows
        return _unobserved(daily, _effects(daily.index, days_off, events, daily.index)).fit(
            disp=False, maxiter=200
        )


def _columns(counts: pd.Series, days_off: set[date] | None, events: Sequence[date]) -> list[str]:
    """Names of the effects that a day model of these counts can hold."""
    days = _daily(counts).index
    return list(_effects(days, days_off, events, days).columns)


def _daily(counts: pd.Series) -> pd.Series:
    if len(counts) % 24 or (counts.index.max() - counts.index.min()) != pd.Timedelta(len(counts) - 1, "h"):
        raise ValueError("counts must hold every hour of whole days")
    return counts.resample("D").sum().asfreq("D")


def _unobserved(daily: pd.Series, effects: pd.DataFrame) -> UnobservedComponents:
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    exog = effects if effects.shape[1] else None
    return UnobservedComponents(
        np.log(daily + 0.5), level="local level", seasonal=7, stochastic_seasonal=False, exog=exog
    )


def _effects(
    days: pd.DatetimeIndex, days_off: set[date] | None, events: Sequence[date], known: pd.DatetimeIndex
) -> pd.DataFrame:
    """Holiday and event columns; only those that vary within the known days can be estimated."""
    off = public_holidays(range(known.min().year, days.max().year + 1)) if days_off is None else days_off
    out = pd.DataFrame({"holiday": [float(day.date() in off) for day in days]}, index=days)
    for place, event in enumerate(events):
        if known.min() < pd.Timestamp(event) <= known.max() - pd.Timedelta(14, "D"):
            out[f"event{place}"] = (days >= pd.Timestamp(event)).astype(float)
    if not any(day.date() in off for day in known):
        out = out.drop(columns="holiday")
    return out


def _after(counts: pd.Series, hours: int) -> pd.DatetimeIndex:
    return pd.date_range(counts.index.max() + pd.Timedelta(1, "h"), periods=hours, freq="h")


def _draws(
    counts: pd.Series,
    hours: int,
    seed: int,
    days_off: set[date] | None,
    events: Sequence[date],
    parameters: np.ndarray | None,
) -> np.ndarray:
    """Predictive draws, shape (DRAWS, hours)."""
    if hours % 24 or hours <= 0:
        raise ValueError("hours must be whole days")
    rng = np.random.default_rng(seed)
    known = _daily(counts).index
    fitted = _fitted(counts, days_off, events, parameters)
    days = pd.date_range(known[-1] + pd.Timedelta(1, "D"), periods=hours // 24, freq="D")
    ahead = _effects(days, days_off, events, known)
    coming = fitted.get_forecast(len(days), exog=ahead if ahead.shape[1] else None)
    level = _level_paths(fitted, coming, len(days), rng)
    share = _profile(counts)
    k = _dispersion(counts, fitted, share)
    at = _after(counts, hours)
    hour_of_week = at.day_of_week * 24 + at.hour
    mean = np.exp(level)[:, np.arange(hours) // 24] * share[hour_of_week]
    return rng.poisson(mean) if np.isinf(k) else rng.negative_binomial(k, k / (k + mean))


def _fitted(
    counts: pd.Series, days_off: set[date] | None, events: Sequence[date], parameters: np.ndarray | None
) -> Any:
    """The day model estimated, or filtered with parameters that are known."""
    if parameters is None:
        return day_model(counts, days_off, events)
    daily = _daily(counts)
    return _unobserved(daily, _effects(daily.index, days_off, events, daily.index)).filter(parameters)


def _level_paths(fitted: Any, coming: Any, days: int, rng: np.random.Generator) -> np.ndarray:
    """Draws of the log daily mean: the level's own uncertainty grows; a day's noise is left to the hours.

    The log of a noisy day lies below the log of its mean: half its variance is added back.
    """
    names = dict(zip(fitted.param_names, fitted.params, strict=True))
    noise, step = names.get("sigma2.irregular", 0.0), names.get("sigma2.level", 0.0)
    mean = np.asarray(coming.predicted_mean)
    first = max(float(np.asarray(coming.var_pred_mean)[0]) - noise - step, 0.0)
    start = rng.normal(0, np.sqrt(first), (DRAWS, 1))
    walk = np.cumsum(rng.normal(0, np.sqrt(step), (DRAWS, days)), axis=1)
    return mean + noise / 2 + start + walk


def _profile(counts: pd.Series) -> np.ndarray:
    """Each hour's share of its day by hour of week, shape (168,)."""
    recent = counts.iloc[-PROFILE_WEEKS * WEEK_H :]
    y = recent.to_numpy(dtype=float)
    day = np.repeat(y.reshape(-1, 24).sum(axis=1), 24)
    hour_of_week = recent.index.day_of_week * 24 + recent.index.hour
    # Poisson sums are enough: 168 cells give the estimates that all hours give.
    came = np.bincount(hour_of_week, weights=y, minlength=WEEK_H)
    exposed = np.bincount(hour_of_week, weights=day / 24, minlength=WEEK_H)
    used = exposed > 0
    x = _fourier(np.arange(WEEK_H))
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    fit = GLM(came[used], x[used], family=Poisson(), exposure=exposed[used]).fit()
    week = np.exp(x @ fit.params).reshape(7, 24)
    return (week / week.sum(axis=1, keepdims=True)).ravel()


def _dispersion(counts: pd.Series, fitted: Any, share: np.ndarray) -> float:
    """k of hours around the mean that the day model gave them a day ahead; its first weeks only set the level.

    Around the day's own total, which no forecast knows, k would leave out what the hours of a day share.
    """
    days = min(PROFILE_WEEKS * 7, len(counts) // 24 - SETTLING_D)
    if days < 14:
        return float("inf")
    recent = counts.iloc[-days * 24 :]
    noise = dict(zip(fitted.param_names, fitted.params, strict=True)).get("sigma2.irregular", 0.0)
    daily = np.exp(np.asarray(fitted.fittedvalues)[-days:] + noise / 2)
    mean = np.repeat(daily, 24) * share[recent.index.day_of_week * 24 + recent.index.hour]
    # Moments: variance = mean + mean² / k.
    excess = float(((recent.to_numpy(dtype=float) - mean) ** 2 - mean).sum())
    return float((mean**2).sum() / excess) if excess > 0 else float("inf")


def _fourier(hour_of_week: np.ndarray) -> np.ndarray:
    """A constant, three daily and three weekly Fourier pairs."""
    t = np.asarray(hour_of_week, dtype=float)
    turns = [2 * np.pi * k * t / period for period in (24, WEEK_H) for k in (1, 2, 3)]
    return np.column_stack([np.ones(len(t)), *(f(turn) for turn in turns for f in (np.sin, np.cos))])


def _quantiles(draws: np.ndarray, index: pd.DatetimeIndex) -> pd.DataFrame:
    found = np.quantile(draws, LEVELS, axis=0).T
    return pd.DataFrame(found, columns=list(NAMES), index=index).assign(mean=draws.mean(axis=0))


def _mass_inside(draws: np.ndarray, came: np.ndarray, low: float, high: float) -> np.ndarray:
    """Share of [F(y − 1), F(y)] inside [low, high]: coverage of a count without its grain (Czado and others 2009)."""
    upper, lower = (draws <= came).mean(axis=0), (draws < came).mean(axis=0)
    inside = np.minimum(upper, high) - np.maximum(lower, low)
    point = (lower >= low) & (lower <= high)
    width = upper - lower
    return np.where(width > 0, np.clip(inside, 0, None) / np.where(width > 0, width, 1), point)
