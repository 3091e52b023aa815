"""What every part of the demonstration city shares: its places, its seeds, and small array helpers."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

CHUNK_ROWS = 200_000
AGES = ("0-18", "19-39", "40-64", "65+", "unknown")
SEXES = ("female", "male", "unknown")
DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True)
class City:
    """Seed, size, present day and the 25 districts in code order with their 2025 census weights."""

    seed: int
    scale: int
    as_of: date
    codes: tuple[str, ...]
    living_areas: tuple[str, ...]
    population: np.ndarray
    households: np.ndarray
    one_person: np.ndarray

    @property
    def today(self) -> np.datetime64:
        return np.datetime64(self.as_of, "D")

    @property
    def living_alone(self) -> np.ndarray:
        """Districts' shares of the city's one-person households; sums to 1."""
        return self.one_person / self.one_person.sum()

    def rng(self, name: str, *ids: int) -> np.random.Generator:
        """A generator of its own for each named part (and month), so that no part depends on another's draws."""
        key = (zlib.crc32(name.encode()), *ids)
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))


def make(*, seed: int, scale: int, as_of: date, districts: pd.DataFrame, households: pd.DataFrame) -> City:
    """Join places and census weights.

    Raises:
        ValueError: scale below 1, or a district without census households.
    """
    if scale < 1:
        raise ValueError(f"scale must be at least 1, not {scale}")
    places = districts.sort_values("district_code")
    joined = places.merge(households, on="district_code", how="left", validate="one_to_one")
    missing = joined.loc[joined["one_person_households"].isna(), "district_code"]
    if len(missing):
        raise ValueError(f"no census households for {', '.join(missing)}")
    areas = joined["living_area"] if "living_area" in joined else joined["district_code"]
    return City(
        seed=seed,
        scale=scale,
        as_of=as_of,
        codes=tuple(joined["district_code"]),
        living_areas=tuple(areas),
        population=joined["population"].to_numpy(float),
        households=joined["households"].to_numpy(float),
        one_person=joined["one_person_households"].to_numpy(float),
    )


def months(first: date, last: date) -> list[int]:
    """Month keys from the month of `first` to the month of `last`, both included."""
    start, stop = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return [at // 12 * 100 + at % 12 + 1 for at in range(start, stop + 1)]


def month_span(key: int) -> tuple[np.datetime64, np.datetime64]:
    """First day of a month and first day of the next."""
    month = np.datetime64(f"{key // 100:04d}-{key % 100:02d}", "M")
    return month.astype("datetime64[D]"), (month + 1).astype("datetime64[D]")


def month_keys(days: np.ndarray) -> np.ndarray:
    """YYYYMM of an array of days."""
    month = days.astype("datetime64[M]").astype(int)
    return (1970 + month // 12) * 100 + month % 12 + 1


def dates(days: np.ndarray) -> np.ndarray:
    """datetime64 days as `datetime.date` objects, None where there is none."""
    return np.asarray(days, dtype="datetime64[D]").astype(object)


def coded(values: np.ndarray, names: Sequence[str]) -> pd.Categorical:
    """Positions in `names` as a categorical; -1 is missing."""
    return pd.Categorical.from_codes(np.asarray(values), categories=list(names))


def whole(values: np.ndarray, missing: np.ndarray | None = None) -> Any:
    """Integers that may be missing, without turning into floats."""
    if missing is None:
        missing = np.zeros(len(values), dtype=bool)
    return pd.arrays.IntegerArray(np.asarray(values, dtype=np.int64), np.asarray(missing))


def on_weekday(days: np.ndarray) -> np.ndarray:
    """The same day, or the Monday after where it falls on a weekend."""
    days = np.asarray(days, dtype="datetime64[D]")
    weekday = (days.astype(int) + 3) % 7  # 1970-01-01 was a Thursday; 0 is Monday
    return days + np.where(weekday == 5, 2, np.where(weekday == 6, 1, 0))


def chunks(frame: pd.DataFrame, limit: int = CHUNK_ROWS) -> Iterator[pd.DataFrame]:
    """A frame in pieces of at most `limit` rows; nothing for an empty frame."""
    for start in range(0, len(frame), limit):
        yield frame.iloc[start : start + limit]


def pick(rng: np.random.Generator, share: Sequence[float] | np.ndarray, size: int) -> np.ndarray:
    """Positions drawn with the given probabilities (normalised here)."""
    edges = np.cumsum(np.asarray(share, dtype=float))
    return np.searchsorted(edges / edges[-1], rng.random(size), side="right").astype(np.int64)


def spread(total: int, weights: np.ndarray) -> np.ndarray:
    """Whole numbers in proportion to `weights` that sum exactly to `total` (largest remainders)."""
    share = weights / weights.sum() * total
    base = np.floor(share).astype(np.int64)
    order = np.argsort(-(share - base), kind="stable")
    base[order[: total - int(base.sum())]] += 1
    return base
