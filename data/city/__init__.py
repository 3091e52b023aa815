"""The demonstration city: real places and published totals, around made operational rows, all marked synthetic.

No case-level records are public. Everything here is drawn from `numpy` generators seeded by name, so that the same
seed and scale give the same city, and the true parameters are written down so that recovery can be tested.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd

from data import plan
from data.city import attendance, budget, counselling, detection, hotline, people, survey
from data.city.base import City

__all__ = ["PUBLISHED_TABLES", "City", "generate", "truth", "write_lake"]

# Rows that repeat published targets and events: not synthetic.
PUBLISHED_TABLES = ("target", "event")


def generate(city: City) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield (table, chunk) in load order; a chunk is a month or a small table, so memory stays flat at any scale."""
    yield "event", plan.events()
    yield "target", plan.targets()
    yield from budget.rows(city)
    yield from hotline.rows(city)
    yield from counselling.rows(city)
    yield from people.rows(city)
    yield from attendance.rows(city)
    yield from survey.rows(city)


def write_lake(city: City, folder: Any) -> None:
    """Write the detection lake as Parquet, one file a month, each replaced atomically."""
    detection.write(city, folder)


def truth(city: City) -> dict[str, Any]:
    """Every true parameter, ready for JSON."""
    return {
        "seed": city.seed,
        "scale": city.scale,
        "as_of": city.as_of.isoformat(),
        "hotline": hotline.TRUTH,
        "counselling": counselling.TRUTH,
        "reisolation": people.TRUTH | {"district_effect": people.district_effects(city)},
        "survey": survey.truth(city),
        "budget": budget.TRUTH,
        "attendance": attendance.TRUTH,
        "detection": detection.TRUTH,
    }


def as_of_default() -> date:
    """The demonstration city's present day (data model)."""
    return date(2026, 10, 31)
