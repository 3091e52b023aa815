"""How much better than the rest a sign finds what is looked for: yield, lift, cost, and which of many differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from metrics.intervals import wilson


def yields(
    found: Any, tried: Any, *, all_found: float, all_tried: float, unit_cost: float | None = None
) -> pd.DataFrame:
    """Yield of each sign among those tried, against all.

    Args:
        found, tried: confirmed and contacted with the sign; NaN where withheld.
        all_found, all_tried: the same over everybody, signs or not; taken as fixed.
        unit_cost: of one contact.

    Returns: yield, lower, upper (Wilson), lift with limits (yield ÷ overall yield), p (two-sided, with against without
        the sign), q (Benjamini and Hochberg 1995), and, with a cost, cost with limits (per confirmed).
    """
    x, n = np.asarray(found, dtype=float), np.asarray(tried, dtype=float)
    n = np.where(n > 0, n, np.nan)
    x = np.where(np.isnan(n), np.nan, x)
    low, high = wilson(x, n)
    overall = all_found / all_tried if all_tried > 0 else np.nan
    out = pd.DataFrame({"yield": x / n, "lower": low, "upper": high})
    out["lift"], out["lift_lower"], out["lift_upper"] = (
        out[c] / overall for c in ("yield", "lower", "upper")
    )
    out["p"] = _two_sided(x, n, all_found - x, all_tried - n)
    out["q"] = adjusted(out["p"].to_numpy())
    if unit_cost is not None:
        for name, share in (("cost", "yield"), ("cost_lower", "upper"), ("cost_upper", "lower")):
            out[name] = unit_cost / out[share].where(out[share] > 0)
    return out


def _two_sided(x1: np.ndarray, n1: np.ndarray, x0: np.ndarray, n0: np.ndarray) -> np.ndarray:
    """Pooled two-proportion test; NaN where a side is empty or nothing varies."""
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (x1 + x0) / (n1 + n0)
        error = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
        z = np.abs(x1 / n1 - x0 / n0) / error
    return np.where((n0 > 0) & np.isfinite(z), 2 * ndtr(-z), np.nan)


def adjusted(p: np.ndarray) -> np.ndarray:
    """Benjamini-Hochberg q values; NaN stays NaN and does not count."""
    out = np.full(len(p), np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(-p[known])]
    rank = np.arange(len(order), 0, -1)
    out[order] = np.minimum(1.0, np.minimum.accumulate(p[order] * len(order) / rank)) if len(order) else []
    return out
