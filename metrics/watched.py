"""Which measures are watched, where, and what is known of each beside its definition: `watched.toml` lists them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from metrics import registry
from metrics.spec import Metric


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A watched measure.

    Attributes:
        id: of the metric. table: that feeds it. lag: months until a month's figure is final.
        needs_pairs: an outcome that says nothing while too few courses have both scores. pairs: that share itself.
    """

    id: str
    table: str
    lag: int = 0
    needs_pairs: bool = False
    pairs: bool = False

    @property
    def metric(self) -> Metric:
        """Its declaration."""
        return registry.get(self.id)

    @property
    def remedy(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The page, with its choices, that shows why it is as it is and what would help."""
        return _REMEDIES[self.table]


_LISTED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_REMEDIES = {
    table: (where["page"], tuple((k, v) for k, v in where.items() if k != "page"))
    for table, where in _LISTED["remedies"].items()
}
WATCHED = tuple(Watched(**entry) for entry in _LISTED["measures"])
BY_ID = {w.id: w for w in WATCHED}
