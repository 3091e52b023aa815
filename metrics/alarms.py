"""How far a control chart's signals can be trusted: neighbouring points that resemble each other, false alarms."""

from __future__ import annotations

import numpy as np
import pandas as pd

from guards import number, numbers, table, takes
from metrics import spc


@takes(chart=table("value", phase=numbers("n")))
def autocorrelation(chart: pd.DataFrame) -> tuple[float, bool]:
    """Lag-1 autocorrelation around each phase's mean, and whether it lies above what chance gives (1.96 ÷ √pairs).

    Moving ranges of neighbours that resemble each other are too small, so that limits are too narrow (Montgomery 10.4).
    A gap breaks the pair; under `FEWEST` pairs nothing is said (NaN, False).
    """
    gap = (chart["value"] - chart.groupby("phase")["value"].transform("mean")).to_numpy(dtype=float)
    pairs = np.isfinite(gap[1:]) & np.isfinite(gap[:-1]) & (np.diff(chart["phase"].to_numpy()) == 0)
    spread = float(np.nanmean(gap**2)) if np.isfinite(gap).any() else 0.0
    if pairs.sum() < spc.FEWEST or spread <= 0:
        return float("nan"), False
    found = float((gap[1:] * gap[:-1])[pairs].mean() / spread)
    return found, bool(found > 1.96 / np.sqrt(pairs.sum()))


@takes(points=number(low=3, whole=True), draws=number(low=1, whole=True), lag1=number(above=-1, below=1))
def false_alarms(
    points: int, *, rng: np.random.Generator, draws: int = 1000, screen: bool = False, lag1: float = 0.0
) -> float:
    """How often the latest of `points` stable points is called special by the four rules.

    Args:
        screen: as `xmr`; limits from screened ranges are narrower and signal more often.
        lag1: autocorrelation of neighbouring points, 0 for independent ones (first-order autoregression).
    """
    x = rng.normal(size=(draws, points))
    for i in range(1, points if lag1 else 1):
        x[:, i] = lag1 * x[:, i - 1] + np.sqrt(1 - lag1**2) * x[:, i]
    centre = x.mean(axis=1, keepdims=True)
    spread = spc.XMR * np.expand_dims(spc.mean_moving_range(x, screen), -1)
    found, *_ = spc.rules(x, centre, centre - spread, centre + spread)
    return float((found[:, -1] > 0).mean())
