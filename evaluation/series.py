"""One series broken once: segmented regression with season and errors that know of neighbouring months.

Step model of Bernal, Cummins & Gasparrini 2017 (Int. J. Epidemiology 46: 348-355): level, trend, season as pairs of sines and cosines, a step at the start. Standard errors are
Newey & West's (1987, Econometrica 55: 703-708). Counts with a population behind them take `counts` (quasi-Poisson, as the authors' example), everything else `run`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy  # its parts come when they are first called

from evaluation.rollout import TooFew

LEAST_BEFORE, LEAST_AFTER, LEAST_PLACEBOS, LEAST_START, PAIRS = 24, 3, 19, 6, 1


@dataclass(frozen=True)
class Found:
    """What a broken series shows.

    Attributes:
        effect, lower, upper: the step at the start with 95 % limits. lags: neighbouring months that errors know of;
            share: of a month that goes over into the next.
        fitted, without: (months,), the model, and what it says of the same months without the step.
        bends: whether the trend before the start is told from a straight line. placebo: share of made-up starts with as large a step, NaN where there are too few.
        threshold: the step above which the placebo's share is at most one in twenty; infinite where it cannot be.
        others: (specifications, 2), limits under another season, with a change of slope, and with fewer months before.
    """

    effect: float
    lower: float
    upper: float
    lags: int
    share: float
    fitted: np.ndarray
    without: np.ndarray
    bends: bool
    placebo: float
    threshold: float
    others: np.ndarray


def season(months: np.ndarray, pairs: int) -> np.ndarray:
    """Sines and cosines of the year, (n, 2 * pairs), of months from 1 to 12."""
    angle = 2 * np.pi * np.asarray(months, float)[:, None] * np.arange(1, pairs + 1)[None, :] / 12
    return np.hstack([np.sin(angle), np.cos(angle)])


def newey_west(y: np.ndarray, x: np.ndarray, lags: int) -> tuple[np.ndarray, np.ndarray]:
    """Least squares with Newey-West errors: coefficients and covariance, with n / (n - k) as Stata's `newey`."""
    import statsmodels.api as sm  # half a second: only whoever fits pays

    fit = sm.OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
    return np.asarray(fit.params), np.asarray(fit.cov_params())


def counts(
    events: np.ndarray, people: np.ndarray, start: int, months: np.ndarray | None = None, pairs: int = 0
) -> tuple[float, float, float]:
    """Rate ratio of a step in counts with 95 % limits, quasi-Poisson with a trend (Bernal et al. 2017, step 4 and 5).

    Args:
        events, people: (n,). start: index of the first month after. months: (n,) from 1 to 12, where pairs of season are wanted.
    """
    import statsmodels.api as sm

    n = len(events)
    x = np.column_stack([np.ones(n), np.arange(n) >= start, np.arange(n)]).astype(float)
    if pairs:
        if months is None:
            raise ValueError("months: a season needs the month of the year")
        x = np.hstack([x, season(months, pairs)])
    fit = sm.GLM(events, x, family=sm.families.Poisson(), offset=np.log(people)).fit(scale="X2")
    low, high = fit.conf_int()[1]
    return float(np.exp(fit.params[1])), float(np.exp(low)), float(np.exp(high))


def _design(n: int, start: int, months: np.ndarray, pairs: int, slope: bool = False) -> np.ndarray:
    time = np.arange(n, dtype=float)
    columns = [(time >= start).astype(float), np.ones(n), (time - start) / 12]
    if slope:
        # centred on the months after, so that the step stays the mean difference there
        columns.append(np.where(time >= start, time - (start + n - 1) / 2, 0.0) / 12)
    return np.column_stack([*columns, season(months, pairs)])


def lag_for(n: int) -> int:
    """Months that errors know of: a quarter of the series, so that a season is within it."""
    return max(3, int(np.ceil(n / 4)))


def critical(lags: int, n: int) -> float:
    """Standard errors on each side of 95 % limits when errors know of a fixed part of the series.

    Kiefer & Vogelsang 2005 (Econometric Theory 21: 1130-1164), table 1, Bartlett kernel: with few months the normal 1.96 is far too small.
    """
    part = (lags + 1) / n
    return float(1.96 + 2.9694 * part + 0.4160 * part**2 - 0.5324 * part**3)


def autoregression(y: np.ndarray, x: np.ndarray) -> tuple[float, float, np.ndarray]:
    """How much of a month goes over into the next, the variance of a month, and the covariance of least squares under both.

    The share is that of largest restricted likelihood (REML), which does not take what the trend and the season have used up for calm; -0.5 to 0.95.
    """
    n, k = x.shape
    distance = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    best, found, variance = -np.inf, 0.0, 0.0
    for share in np.arange(-0.5, 0.96, 0.05):
        # whitened by the square root of the inverse of the matrix share**distance, known in closed form
        scale = np.sqrt(1 - share**2)
        white_x = np.vstack([x[:1] * scale, x[1:] - share * x[:-1]]) / scale
        white_y = np.r_[y[0] * scale, y[1:] - share * y[:-1]] / scale
        gram = white_x.T @ white_x
        left = white_y - white_x @ np.linalg.solve(gram, white_x.T @ white_y)
        log = -0.5 * (
            (n - 1) * np.log(1 - share**2) + np.linalg.slogdet(gram)[1] + (n - k) * np.log(left @ left)
        )
        if log > best:
            best, found, variance = log, float(share), float(left @ left / (n - k))
    among = variance * found**distance
    inverse = np.linalg.inv(x.T @ x)
    return found, variance, inverse @ x.T @ among @ x @ inverse


def _step(
    y: np.ndarray, start: int, months: np.ndarray, pairs: int = PAIRS, slope: bool = False
) -> tuple[float, float, np.ndarray, np.ndarray]:
    """The step, half the length of its limits, all coefficients and the design."""
    x = _design(len(y), start, months, pairs, slope)
    return (*_limits(y, x), np.linalg.lstsq(x, y, rcond=None)[0], x)


def _limits(y: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    """The first coefficient and half the length of its limits: Newey and West's, or where longer those of an autoregression."""
    lags = lag_for(len(y))
    found, covered = newey_west(y, x, lags)
    own = autoregression(y, x)[2]
    return float(found[0]), max(
        critical(lags, len(y)) * float(np.sqrt(max(covered[0, 0], 0.0))),
        float(scipy.stats.t.ppf(0.975, len(y) - x.shape[1])) * float(np.sqrt(own[0, 0])),
    )


def run(y: np.ndarray, start: int, months: np.ndarray) -> Found:
    """Everything that a broken series shows.

    Args:
        y: (n,), a value for each month without a gap. start: index of the first month under the programme. months: (n,), 1 to 12.

    Raises:
        TooFew: "before" or "after": too few months. ValueError: a gap, or lengths that differ.
    """
    y, months = np.asarray(y, float), np.asarray(months, float)
    if y.ndim != 1 or months.shape != y.shape or not np.isfinite(y).all():
        raise ValueError("y must be complete, with a month for each value")
    if start < LEAST_BEFORE:
        raise TooFew("before")
    if len(y) - start < LEAST_AFTER:
        raise TooFew("after")
    effect, reach, coefficients, x = _step(y, start, months)
    fitted = x @ coefficients
    made_up = _made_up(y[:start], months[:start], len(y) - start)
    placebo = (1 + (made_up >= abs(effect)).sum()) / (1 + len(made_up)) if len(made_up) else float("nan")
    others = []
    for values, at, calendar, pairs, slope in (
        (y, start, months, 2, False),
        (y, start, months, PAIRS, True),
        (y[start - LEAST_BEFORE :], LEAST_BEFORE, months[start - LEAST_BEFORE :], PAIRS, False),
    ):
        middle, around, _, _ = _step(values, at, calendar, pairs, slope)
        others.append((middle - around, middle + around))
    return Found(
        effect,
        effect - reach,
        effect + reach,
        lag_for(len(y)),
        autoregression(y, x)[0],
        fitted,
        fitted - effect * x[:, 0],
        _bends(y[:start], months[:start]),
        float(placebo),
        _threshold(made_up),
        np.array(others),
    )


def _bends(y: np.ndarray, months: np.ndarray) -> bool:
    time = np.linspace(-1, 1, len(y))
    x = np.column_stack([time**2, np.ones(len(y)), time, season(months, PAIRS)])
    found, reach = _limits(y, x)
    return abs(found) > reach


def _made_up(y: np.ndarray, months: np.ndarray, after: int) -> np.ndarray:
    """Sizes of the steps at made-up starts in the months before the true one; empty where there are too few."""
    width = min(after, len(y) // 3)
    steps = []
    for at in range(LEAST_START, len(y) - width + 1):
        x = _design(at + width, at, months[: at + width], PAIRS)
        steps.append(abs(float(np.linalg.lstsq(x, y[: at + width], rcond=None)[0][0])))
    return np.array(steps) if len(steps) >= LEAST_PLACEBOS else np.array([])


def _threshold(made_up: np.ndarray) -> float:
    if not len(made_up):
        return float("inf")
    allowed = int(np.floor(0.05 * (1 + len(made_up)))) - 1  # of the made-up ones as large, at most so many
    return float(np.sort(made_up)[::-1][max(allowed, 0)])
