"""What is fixed before looking: a comparison's content, its hash, and whether it came in time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal, get_args

Design = Literal["rollout", "series", "synthetic"]
DESIGNS: tuple[str, ...] = get_args(Design)


@dataclass(frozen=True)
class Content:
    """What is registered.

    Attributes:
        measure: id of a measure. design: one of DESIGNS.
        starts: first month, YYYY-MM, by district code; of a series the city's alone, under "city".
        after: months from a start that count. smallest: effect that matters, in the measure's own unit, above zero.
        known_to: the last month of the measure that was closed when it was registered; empty where none was.
        reason: why this is looked at. author: who registers. recorded_at: when, ISO, UTC. programme: whose start it is, where the store knows one.
        replaces: hash of the registration that this one changes.
        detects: the effect that the past lets one detect with 80 %, as it was said at registration; None where it cannot be said.
    """

    measure: str
    design: str
    starts: Mapping[str, str]
    after: int
    smallest: float
    known_to: str
    reason: str
    author: str
    recorded_at: str
    programme: str = ""
    replaces: str = ""
    detects: float | None = None

    def __post_init__(self) -> None:
        if self.design not in DESIGNS:
            raise ValueError(f"design must be one of {', '.join(DESIGNS)}, not {self.design!r}")
        if not self.starts:
            raise ValueError("starts: nobody starts")
        if self.design == "synthetic" and len(self.starts) != 1:
            raise ValueError("starts: this design is for one district")
        if self.design == "series" and set(self.starts) != {"city"}:
            raise ValueError("starts: a series is the city's")
        for month in (*self.starts.values(), *([self.known_to] if self.known_to else [])):
            if not _month(month):
                raise ValueError(f"a month is written YYYY-MM, not {month!r}")
        if self.after < 1:
            raise ValueError(f"after must be at least one month, not {self.after}")
        if not self.smallest > 0:
            raise ValueError(f"smallest must be above zero, not {self.smallest}")
        if not (self.measure.strip() and self.reason.strip() and self.author.strip()):
            raise ValueError("measure, reason and author must be said")


def _month(text: str) -> bool:
    return (
        len(text) == 7
        and text[4] == "-"
        and (text[:4] + text[5:]).isascii()
        and (text[:4] + text[5:]).isdigit()
        and 1 <= int(text[5:]) <= 12
    )


def written(content: Content) -> str:
    """The content as it is hashed: JSON with sorted keys and no blanks."""
    return json.dumps(asdict(content), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(text: str) -> Content:
    """The content that `written` wrote.

    Raises:
        ValueError: it is not such content.
    """
    try:
        return Content(**json.loads(text))
    except TypeError as problem:
        raise ValueError(f"not a registration: {problem}") from problem


def digest(content: Content) -> str:
    """SHA-256 of the content, 64 hexadecimal digits."""
    return hashlib.sha256(written(content).encode("utf-8")).hexdigest()


def seed(content: Content) -> int:
    """The seed of all draws of this comparison, from its hash: the same figures for everybody, chosen by nobody."""
    return int(digest(content)[:8], 16)


def in_time(content: Content) -> bool:
    """Whether it was registered before the first of its outcome months was closed."""
    return content.known_to < min(content.starts.values())
