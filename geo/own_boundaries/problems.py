"""What can be wrong with one area of a boundary file, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass

# In the order in which a report shows them. The map would be wrong: nothing is loaded until the file is right.
BLOCKING = ("duplicate", "overlap", "name", "elsewhere", "unclean")
# Left out or absent: the rest can be loaded.
REPORTED = (
    "unmatched",
    "ministry_dong",
    "no_code",
    "other_level",
    "empty",
    "not_area",
    "missing",
    "other_year",
    "moved",
    "gap",
)
MENDED = ("merged", "invalid", "sliver", "gap_closed", "part")
KINDS = (*BLOCKING, *REPORTED, *MENDED)


@dataclass(frozen=True)
class Problem:
    """One finding.

    Attributes:
        kind: one of `KINDS`.
        rows: the file's records (from 1) that it concerns.
        value: the code as the file has it.
        area_code: the store's code, where one was matched.
        name: Korean name of the area, or what the file calls it where it was not matched.
        other: code or name of the other area.
        m2: square metres of the overlap, gap or part.
        share: of the smaller area, 0 to 1.
        detail: GEOS's reason, a geometry type, a year.
    """

    kind: str
    rows: tuple[int, ...] = ()
    value: str = ""
    area_code: str = ""
    name: str = ""
    other: str = ""
    m2: float | None = None
    share: float | None = None
    detail: str = ""

    @property
    def blocks(self) -> bool:
        """Whether nothing may be loaded while it stands."""
        return self.kind in BLOCKING
