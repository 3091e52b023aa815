"""From a printed form to what the true count may be: our own rule, and others to hold beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from tools.attack.collect import Grid

Numbers = npt.NDArray[np.float64]
ENDLESS = float("inf")


@dataclass(frozen=True)
class Policy:
    """A publishing rule: what it prints of true counts, NaN where withheld, and the least and the most that a print may stand for."""

    name: str
    bounds: Callable[[Numbers], tuple[Numbers, Numbers]]
    print: Callable[[Numbers], Numbers]


def _ours(shown: Numbers) -> tuple[Numbers, Numbers]:
    """Under ten is one symbol; all else is rounded to ten, half up, and never from under ten."""
    hidden = np.isnan(shown)
    return np.where(hidden, 0.0, np.maximum(shown - 5, 10.0)), np.where(hidden, 9.0, shown + 4)


def _ons_bounds(shown: Numbers) -> tuple[Numbers, Numbers]:
    hidden = np.isnan(shown)
    return np.where(hidden, 0.0, np.maximum(shown - 2, 10.0)), np.where(hidden, 9.0, shown + 2)


def _fives(true: Numbers) -> Numbers:
    return np.floor(true / 5 + 0.5) * 5


def _nhs_bounds(shown: Numbers) -> tuple[Numbers, Numbers]:
    hidden, zero = np.isnan(shown), shown == 0
    low = np.where(hidden, 1.0, np.where(zero, 0.0, np.maximum(shown - 2, 8.0)))
    return low, np.where(hidden, 7.0, np.where(zero, 0.0, shown + 2))


def _exact_bounds(shown: Numbers) -> tuple[Numbers, Numbers]:
    hidden = np.isnan(shown)
    return np.where(hidden, 0.0, shown), np.where(hidden, 9.0, shown)


OURS = Policy(
    "ours: 0–9 one symbol, 10",
    _ours,
    lambda true: np.where(true < 10, np.nan, np.floor(true / 10 + 0.5) * 10),
)
# ONS 10-5 with zero under the symbol; NHS England: 1 to 7 withheld, zero shown, the rest rounded to five.
OTHERS = {
    "none": Policy("no rule", _exact_bounds, lambda true: true),
    "primary": Policy(
        "primary suppression alone", _exact_bounds, lambda true: np.where(true < 10, np.nan, true)
    ),
    "ons": Policy(
        "ONS 10-5: 0–9 one symbol, 5 (ours before)",
        _ons_bounds,
        lambda true: np.where(true < 10, np.nan, _fives(true)),
    ),
    "nhs": Policy(
        "NHS: 1–7 withheld, 5",
        _nhs_bounds,
        lambda true: np.where((true > 0) & (true < 8), np.nan, _fives(true)),
    ),
}


def bounds(policy: Policy, grid: Grid, name: str, true: pd.DataFrame) -> tuple[Numbers, Numbers]:
    """The least and the most that each row of a grid's sum may be, row by row of `true` (keys and true sums).

    A row of which nothing was printed says nothing: it may be withheld or left out.
    """
    if policy is not OURS:
        return policy.bounds(policy.print(true[name].to_numpy(dtype=float)))
    shown = grid.shown.reset_index(drop=True)
    if grid.keys:
        shown = true[list(grid.keys)].merge(shown, on=list(grid.keys), how="left", indicator=True)
        came = (shown["_merge"] == "both").to_numpy()
    else:
        came = np.ones(len(shown), dtype=bool)
    if name == "cases" and grid.frame:
        # Of a weighted share. Weights differ, so that the truth may lie outside of what equal ones would leave: then up to it.
        counts = true[name].to_numpy(dtype=float)
        low, high = (shown[f"cases_{side}"].to_numpy(dtype=float) for side in ("low", "high"))
        low, high = np.minimum(np.floor(low), counts), np.maximum(np.ceil(high), counts)
        return np.where(came, low, 0.0), np.where(came, high, ENDLESS)
    printed = shown[name].to_numpy(dtype=float)
    low, high = policy.bounds(printed)
    if grid.frame:
        high = np.where(np.isnan(printed), _withheld(shown, name, grid.minimum, policy), high)
    return np.where(came, low, 0.0), np.where(came, high, ENDLESS)


def _withheld(shown: pd.DataFrame, name: str, minimum: int, policy: Policy) -> Numbers:
    """The most that a sum of a withheld row of a measure may be: its other sum, small numbers or all of a few may be the reason."""
    if "denominator" not in shown or name == "base":
        return np.full(len(shown), ENDLESS if name == "base" else 9.0)
    below = shown["denominator"].to_numpy(dtype=float)
    most = policy.bounds(below)[1]
    if name == "denominator":
        return np.where(np.isnan(below), 9.0, most)
    few = np.isnan(below) | (below <= max(30, minimum))
    return np.where(few, np.maximum(most, 9.0), 9.0)
