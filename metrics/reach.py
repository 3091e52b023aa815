"""Do we reach it? People served over people estimated isolated, with the uncertainty of both (A13)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from guards import number, numbers, table, takes
from metrics.intervals import byar

IMPOSSIBLE = 100.0  # percent: more served than isolated is a question to the definitions, not a success
SURE = 0.8  # how sure a district must be called to be named


COUNT = numbers("n", low=0, missing=True)


@takes(top=numbers(low=0, missing=True), bottom=numbers(missing=True, low=0))
def ratio_limits(
    top: np.ndarray,
    top_limits: tuple[np.ndarray, np.ndarray],
    bottom: np.ndarray,
    bottom_limits: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Limits of a ratio of two independent estimates from the limits of each (MOVER-R: Donner and Zou 2012).

    Args: arrays of one shape, all at one confidence; `bottom` above 0.

    Returns: lower and upper; the upper limit is infinite where the bottom's lower limit is not above 0.
    """
    top, bottom = np.asarray(top, dtype=float), np.asarray(bottom, dtype=float)
    (l1, u1), (l2, u2) = (
        tuple(np.asarray(limit, dtype=float) for limit in pair) for pair in (top_limits, bottom_limits)
    )
    both = top * bottom
    with np.errstate(divide="ignore", invalid="ignore"):
        under = np.maximum(both**2 - l1 * u2 * (2 * top - l1) * (2 * bottom - u2), 0)
        over = np.maximum(both**2 - u1 * l2 * (2 * top - u1) * (2 * bottom - l2), 0)
        # The same roots without the cancellation (and the 0 / 0 at u2 = 2 bottom) of the textbook form.
        lower = l1 * (2 * top - l1) / (both + np.sqrt(under))
        upper = (both + np.sqrt(over)) / (l2 * (2 * bottom - l2))
    lower = np.where(top > 0, np.maximum(lower, 0.0), 0.0)
    return lower, np.where(np.asarray(l2) > 0, upper, np.inf)


@takes(
    frame=table(
        served=COUNT,
        slack=numbers("n", low=0),
        isolated=COUNT,
        isolated_lower=numbers("n", missing=True),
        isolated_upper=COUNT,
    )
)
def reach(frame: pd.DataFrame) -> pd.DataFrame:
    """Reach in percent with its 95 % interval.

    Args:
        frame: served (people, NaN where withheld), slack (half the rounding step of `served`), isolated (estimated
            people), isolated_lower, isolated_upper.

    Returns: value, lower, upper in percent (upper NaN where it cannot be bounded) and `impossible` (value above
        100 %: the two definitions disagree), with the frame's index. Poisson (Byar) limits for the people served,
        the estimate's own limits for the people isolated, combined by `ratio_limits`.
    """
    served, slack = frame["served"].to_numpy(dtype=float), frame["slack"].to_numpy(dtype=float)
    low, _ = byar(np.maximum(served - slack, 0))
    _, high = byar(served + slack)
    isolated = frame["isolated"].to_numpy(dtype=float)
    limits = frame["isolated_lower"].to_numpy(dtype=float), frame["isolated_upper"].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = served / isolated
    lower, upper = ratio_limits(served, (low, high), isolated, limits)
    out = pd.DataFrame({"value": value, "lower": lower, "upper": upper}, index=frame.index) * 100
    out = out.replace([np.inf, -np.inf], np.nan)
    out.loc[~np.isfinite(value)] = np.nan
    out["impossible"] = out["value"] > IMPOSSIBLE
    return out


@takes(
    frame=table(need=COUNT, need_se=COUNT, served=COUNT, population=COUNT),
    city_need=number(missing=True),
    city_reach=number(missing=True),
    draws=number(low=1, whole=True),
)
def gap(
    frame: pd.DataFrame, *, city_need: float, city_reach: float, draws: int = 4000, rng: np.random.Generator
) -> pd.DataFrame:
    """How likely it is that a district's need lies above the city's and its reach below it, both at once.

    Reach has need in its denominator, so the two are drawn together: prevalence from Normal(need, need_se) held
    above 0, people served from Gamma(served + 1/2), the reference posterior of a Poisson count.

    Args:
        frame: need, need_se (percent), served, population; NaN rows give NaN.
        city_need, city_reach: percent, taken as fixed.

    Returns: need_above, reach_below and both (probabilities), with the frame's index.
    """
    need, error, served, population = (
        frame[c].to_numpy(dtype=float) for c in ("need", "need_se", "served", "population")
    )
    size = (draws, len(frame))
    prevalence = np.maximum(need + error * rng.standard_normal(size), 1e-6)
    people = rng.standard_gamma(np.nan_to_num(served) + 0.5, size)
    reached = 100 * people / (prevalence / 100 * population)
    above, below = prevalence > city_need, reached < city_reach
    found = {
        "need_above": above.mean(axis=0),
        "reach_below": below.mean(axis=0),
        "both": (above & below).mean(axis=0),
    }
    known = ~np.isnan(need + error + served + population)
    return pd.DataFrame(
        {name: np.where(known, values, np.nan) for name, values in found.items()}, index=frame.index
    )
