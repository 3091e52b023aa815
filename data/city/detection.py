"""A sample of the detection lake: 46 crisis signals by household and month, and what was done about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.city.base import City, months, optional

OPENED = date(2025, 1, 1)
HOUSEHOLDS = 20_000  # per unit of scale, a sample of 1.69 million one-person households
MOST_SCALE = 10
TRUTH: dict[str, Any] = {
    "households_sampled": HOUSEHOLDS, "signals_per_household_month": 0.16, "flag_at_signals": 2, "contacted": 0.72,
    "confirmed_base": 0.18, "confirmed_per_signal": 0.09, "enrolled": 0.61,
}  # fmt: skip


def write(city: City, folder: Path) -> None:
    """Write `crisis_signal` and `detection_action`, one Parquet file a month, replacing what stands there."""
    rng = city.rng("detection-households")
    n = HOUSEHOLDS * min(city.scale, MOST_SCALE)
    district = rng.choice(city.codes, n, p=city.weights())
    need = rng.gamma(0.8, 1 / 0.8, n)
    shares = rng.dirichlet(np.full(46, 1.2))
    for month, first, last in months(OPENED, city.as_of):
        draw = city.rng(f"detection-{month}")
        signals, actions = _month(draw, month, first, last, district, need, shares)
        put(folder / "crisis_signal" / f"month={month}" / "part-0.parquet", signals.to_parquet)
        put(folder / "detection_action" / f"month={month}" / "part-0.parquet", actions.to_parquet)


def put(file: Path, write_to: Callable[[Path], Any]) -> None:
    """Write beside the file, then rename: a reader sees the old month or the new one, never half."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".tmp")
    write_to(part)
    part.replace(file)


def _month(
    rng: np.random.Generator,
    month: int,
    first: date,
    last: date,
    district: np.ndarray,
    need: np.ndarray,
    shares: np.ndarray,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    count = rng.poisson(TRUTH["signals_per_household_month"] * need)
    who = np.repeat(np.arange(len(need)), count)
    signal = rng.choice(46, len(who), p=shares) + 1
    signals = pd.DataFrame({
        "household": [f"w{k:08d}" for k in who], "district_code": district[who], "signal": signal.astype(np.int16), "value": 1,
    }).drop_duplicates(["household", "signal"])  # fmt: skip
    flagged = np.flatnonzero(count >= TRUTH["flag_at_signals"])
    n = len(flagged)
    on = [first + timedelta(days=int(d)) for d in rng.integers(0, (last - first).days + 1, n)]
    contacted = rng.random(n) < TRUTH["contacted"]
    chance = np.clip(TRUTH["confirmed_base"] + TRUTH["confirmed_per_signal"] * (count[flagged] - 2), 0, 0.9)
    confirmed = contacted & (rng.random(n) < chance)
    enrolled = confirmed & (rng.random(n) < TRUTH["enrolled"])
    after = [d + timedelta(days=int(k)) for d, k in zip(on, rng.integers(1, 15, n), strict=True)]
    result = np.select(
        [enrolled, confirmed, contacted], ["enrolled", "confirmed", "not_confirmed"], "not_reached"
    )
    actions = pd.DataFrame({
        "household": [f"w{k:08d}" for k in flagged], "district_code": district[flagged], "flagged_on": on,
        "contacted_on": optional(after, ~contacted), "assessed_on": optional(after, ~confirmed), "result": result,
        "programme_id": optional(np.full(n, "isolation_prevention_center", dtype=object), ~enrolled),
    })  # fmt: skip
    return signals, actions
