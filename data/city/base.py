"""What every part of the city shares: seeds by name, districts with weights, days, codes, pseudonyms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class City:
    """The frame of one demonstration city.

    Attributes:
        seed, scale: the draw and its size; scale multiplies contacts, cases, entries, not surveys.
        as_of: the last day that has happened.
        districts: district_code, households, one_person_households, population (2025 census).
    """

    seed: int
    scale: int
    as_of: date
    districts: pd.DataFrame

    def rng(self, name: str) -> np.random.Generator:
        """A generator of its own for each part and month: no draw depends on another's order or chunking."""
        return np.random.default_rng([self.seed, self.scale, crc32(name.encode())])

    @property
    def codes(self) -> np.ndarray:
        return self.districts["district_code"].to_numpy(dtype=object)

    def weights(self, column: str = "one_person_households") -> np.ndarray:
        """Districts' shares of a census column."""
        values = self.districts[column].to_numpy(dtype=float)
        return np.asarray(values / values.sum())


def days(start: date, end: date) -> list[date]:
    """Every day from start to end, both included."""
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]


def months(start: date, end: date) -> Iterator[tuple[int, date, date]]:
    """(month key, first day, last day) clipped to the span."""
    first = start.replace(day=1)
    while first <= end:
        following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
        yield first.year * 100 + first.month, max(first, start), min(following - timedelta(days=1), end)
        first = following


def pick(rng: np.random.Generator, shares: dict[str, float], n: int) -> np.ndarray:
    """n codes drawn by their shares (normalised)."""
    p = np.array(list(shares.values()), dtype=float)
    return rng.choice(np.array(list(shares), dtype=object), size=n, p=p / p.sum())


def spread(rng: np.random.Generator, total: int, weights: Sequence[float] | np.ndarray) -> np.ndarray:
    """Split an exact total over weights at random."""
    w = np.asarray(weights, dtype=float)
    return rng.multinomial(total, w / w.sum())


def pseudonym(prefix: str, numbers: np.ndarray) -> np.ndarray:
    """Stable made-up pseudonyms for person numbers."""
    mixed = (numbers.astype(np.uint64) * np.uint64(2654435761) + np.uint64(97)) % np.uint64(2**48)
    return np.array([f"{prefix}{value:012x}" for value in mixed], dtype=object)


def ids(prefix: str, start: int, n: int) -> list[str]:
    """Running ids."""
    return [f"{prefix}{number:08d}" for number in range(start, start + n)]


def optional(values: Any, missing: np.ndarray) -> np.ndarray:
    """Values with None where missing."""
    out = np.array(values, dtype=object)
    out[missing] = None
    return out
