"""The closed list of published grids (`data/grids.toml`): which counts of people are shown by which keys, over which spans of time.

A free choice of months or of keys would publish differences: the last twelve months less the last six, all programmes less one. Only what
stands in the list is published, and the list was attacked as a whole (`tools/attack`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from data import coverage
from data.queries import Span
from data.release import GrainError

WINDOWS = (3, 6, 12, 18, 24, 36)
TIMES = ("month_key", "year", "fiscal_year")
LIST = Path(__file__).with_suffix(".toml")


class Grid(NamedTuple):
    """One grid: keys, filters of which one may be set at a time, filters that may always be set, spans by name, and by how many months
    windows end before the records.
    """

    by: frozenset[str]
    of: frozenset[str]
    always: frozenset[str]
    spans: frozenset[str]
    lag: int


@cache
def listed() -> dict[str, tuple[Grid, ...]]:
    """Fact -> its published grids."""
    found: dict[str, tuple[Grid, ...]] = {}
    for fact, told in tomllib.loads(LIST.read_text("utf-8")).items():
        found[fact] = tuple(
            Grid(
                by=frozenset(grid["by"]),
                of=frozenset(grid.get("of", ())),
                always=frozenset(grid.get("with", ())),
                spans=_spans(grid.get("spans", told["spans"])),
                lag=told.get("lag", 0),
            )
            for grid in told["grids"]
        )
    return found


def check(fact: str, keys: Iterable[str], where: Mapping[str, Any], ends: Collection[int]) -> None:
    """Refuse counts that are not on the list.

    Args:
        keys, where: as the counts are asked for; `area_code` stands for the district.
        ends: months with which records of some table end, or a part of them.

    Raises:
        GrainError: a grid that is not published, with what was asked for.
    """
    by, filters = _named(keys), _named(where) - set(TIMES)
    spans: frozenset[str] = frozenset()
    for grid in listed().get(fact, ()):
        spans = spans_of(where, by, {before(month, grid.lag) for month in ends})
        further = filters - grid.always
        if by == grid.by and further <= grid.of and len(further) < 2 and spans & grid.spans:
            return
    said = " or ".join(sorted(spans)) or dict(where)
    asked = f"by {sorted(by) or 'nothing'}, of {sorted(filters) or 'all'}, span {said}"
    raise GrainError(f"{fact} is not published {asked} (data/grids.toml)")


def spans_of(where: Mapping[str, Any], by: Collection[str], ends: Collection[int]) -> frozenset[str]:
    """The kinds of a span of time: the last three months of a September are a window and a quarter. Empty for one of no kind."""
    times = [where[name] for name in TIMES if name in where]
    if not times:
        return frozenset({"month" if "month_key" in by else "ever"})
    (time,) = times
    if "month_key" in by:
        return frozenset({"month"})
    if not isinstance(time, Span):
        kind = "year" if "month_key" not in where else "month" if isinstance(time, int) else ""
        return frozenset({kind} - {""})
    low, high = int(time.low), int(time.high)
    months = len(coverage.months(low, high)) if low <= high else 0
    in_year = low % 100 == 1 and low // 100 == high // 100 and (high % 100 == 12 or high in ends)
    kinds = {
        "month": months == 1,
        "quarter": months == 3 and high % 100 % 3 == 0,
        "year": in_year,
        "window": months in WINDOWS and months != 12 and high in ends,
        "last 12": months == 12 and high in ends,
    }
    return frozenset(kind for kind, fits in kinds.items() if fits)


def _spans(named: Iterable[str]) -> frozenset[str]:
    """Spans by name; whoever may have every window may have that of twelve months."""
    found = frozenset(named)
    return found | {"last 12"} if "window" in found else found


def before(month: int, by: int) -> int:
    index = month // 100 * 12 + month % 100 - 1 - by
    return index // 12 * 100 + index % 12 + 1


def _named(names: Iterable[str]) -> frozenset[str]:
    return frozenset("district_code" if name == "area_code" else name for name in names)
