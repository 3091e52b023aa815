"""How much better than the rest a sign finds what is looked for: yield, lift, cost, and which of many differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first called

from guards import number, numbers, takes
from metrics.intervals import wilson


@takes(
    found=numbers("n", low=0, missing=True),
    tried=numbers("n", low=0, missing=True),
    all_found=number(low=0, missing=True),
    all_tried=number(low=0, missing=True),
    unit_cost=number(low=0, none=True),
    slack=number(low=0),
    ordered=("found", "tried"),
)
def yields(
    found: Any,
    tried: Any,
    *,
    all_found: float,
    all_tried: float,
    unit_cost: float | None = None,
    slack: float = 0.0,
) -> pd.DataFrame:
    """Yield of each sign among those tried, against all.

    Args:
        found, tried: confirmed and contacted with the sign; NaN where withheld.
        all_found, all_tried: the same over everybody, signs or not; taken as fixed.
        unit_cost: of one contact.
        slack: how far a rounded count may lie from the true one; limits and tests hold for all of it.

    Returns: yield, lower, upper (Wilson), lift with limits (yield ÷ overall yield), p (two-sided, with against without
        the sign), q (Benjamini and Hochberg 1995), and, with a cost, cost with limits (per confirmed).
    """
    x, n = np.asarray(found, dtype=float), np.asarray(tried, dtype=float)
    n = np.where(n > 0, n, np.nan)
    x = np.where(np.isnan(n), np.nan, x)
    fewest = (np.maximum(x - slack, 0.0), n + slack)
    most_n = np.maximum(n - slack, 1.0)
    most = (np.minimum(x + slack, most_n), most_n)
    low, high = wilson(*fewest)[0], wilson(*most)[1]
    overall = all_found / all_tried if all_tried > 0 else np.nan
    out = pd.DataFrame({"yield": x / n, "lower": low, "upper": high})
    out["lift"], out["lift_lower"], out["lift_upper"] = (
        out[c] / overall for c in ("yield", "lower", "upper")
    )
    ends = [_against_rest(a, b, all_found, all_tried) for a, b in (fewest, most)]
    # The weaker end counts; none where the sign would be better at one end and worse at the other.
    weaker = np.where(
        ends[0] * ends[1] > 0, np.minimum(*np.abs(ends)), np.where(np.isnan(ends[0] + ends[1]), np.nan, 0.0)
    )
    out["p"] = 2 * scipy.special.ndtr(-weaker)
    out["q"] = adjusted(out["p"].to_numpy())
    if unit_cost is not None:
        for name, share in (("cost", "yield"), ("cost_lower", "upper"), ("cost_upper", "lower")):
            out[name] = unit_cost / out[share].where(out[share] > 0)
    return out


@takes(
    found=numbers(low=0, missing=True),
    tried=numbers(low=0, missing=True),
    all_found=number(low=0, missing=True),
    all_tried=number(low=0, missing=True),
    cut=number(low=0, high=1),
    ordered=("found", "tried"),
)
def sides(found: Any, tried: Any, *, all_found: float, all_tried: float, cut: float) -> np.ndarray:
    """Which signs find more often than the rest: 'higher', 'lower' or 'similar' in the shape of the counts.

    Args:
        found, tried: confirmed and contacted with the sign; '' is said where one is missing or nobody was tried.
        all_found, all_tried: over everybody.
        cut: the largest p that is taken for a difference, as `cut` gives it for all signs together.
    """
    x, n = np.asarray(found, dtype=float), np.asarray(tried, dtype=float)
    z = _against_rest(x, n, all_found, all_tried)
    differs = (2 * scipy.special.ndtr(-np.abs(z)) <= cut) & np.isfinite(z) & (z != 0)
    said = np.where(differs, np.where(z > 0, "higher", "lower"), "similar")
    return np.where(np.isfinite(x) & (n > 0), said, "").astype(object)


@takes(
    found=numbers("n", low=0, missing=True),
    tried=numbers("n", low=0, missing=True),
    all_found=number(low=0, missing=True),
    all_tried=number(low=0, missing=True),
    rate=number(low=0),
    ordered=("found", "tried"),
)
def cut(found: Any, tried: Any, *, all_found: float, all_tried: float, rate: float) -> float:
    """The largest p of signs compared at once that is a difference at a false discovery rate; 0 where none is.

    Args: as `sides`; rate: of false discoveries (Benjamini and Hochberg 1995).
    """
    x, n = np.asarray(found, dtype=float), np.asarray(tried, dtype=float)
    p = 2 * scipy.special.ndtr(-np.abs(_against_rest(x, n, all_found, all_tried)))
    mine = p[adjusted(p) < rate]
    return float(mine.max()) if len(mine) else 0.0


def _against_rest(x1: np.ndarray, n1: np.ndarray, all_found: float, all_tried: float) -> np.ndarray:
    """z of the pooled two-proportion test against all others; NaN where a side is empty or nothing varies."""
    x0, n0 = np.maximum(all_found - x1, 0.0), all_tried - n1
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (x1 + x0) / (n1 + n0)
        z = (x1 / n1 - x0 / n0) / np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
    return np.where((n0 > 0) & np.isfinite(z), z, np.nan)


@takes(p=numbers("n", low=0, high=1, missing=True))
def adjusted(p: np.ndarray) -> np.ndarray:
    """Benjamini-Hochberg q values; NaN stays NaN and does not count."""
    p = np.asarray(p, dtype=float)
    out = np.full(len(p), np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(-p[known])]
    rank = np.arange(len(order), 0, -1)
    out[order] = np.minimum(1.0, np.minimum.accumulate(p[order] * len(order) / rank)) if len(order) else []
    return out
