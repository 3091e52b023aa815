"""Units by periods with the period in which each one started: what every comparison here is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEVER = np.inf


@dataclass(frozen=True)
class Panel:
    """A complete panel.

    Attributes:
        outcome: (units, periods), without a gap.
        start: (units,), index of the first period under the programme; NEVER where there is none.
    """

    outcome: np.ndarray
    start: np.ndarray

    def __post_init__(self) -> None:
        outcome, start = np.asarray(self.outcome, dtype=float), np.asarray(self.start, dtype=float)
        if outcome.ndim != 2 or outcome.shape[0] < 2 or outcome.shape[1] < 2:
            raise ValueError(
                f"outcome must be at least two units by two periods, not of shape {outcome.shape}"
            )
        if start.shape != outcome.shape[:1]:
            raise ValueError(
                f"start must hold one period for each of {outcome.shape[0]} units, not {start.shape}"
            )
        if not np.isfinite(outcome).all():
            raise ValueError("outcome must be complete: a unit with a gap is left out or its period is")
        if np.isnan(start).any() or (np.isfinite(start) & (start != np.floor(start))).any():
            raise ValueError("start must be a whole period or NEVER")
        if (start < 0).any():
            raise ValueError("start must not lie before the first period")
        object.__setattr__(self, "outcome", outcome)
        object.__setattr__(self, "start", np.where(start >= outcome.shape[1], NEVER, start))

    @property
    def units(self) -> int:
        return int(self.outcome.shape[0])

    @property
    def periods(self) -> int:
        return int(self.outcome.shape[1])

    @property
    def groups(self) -> np.ndarray:
        """Starts that occur, in order, without NEVER."""
        return np.unique(self.start[np.isfinite(self.start)]).astype(int)
