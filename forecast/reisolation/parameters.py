"""What-if levers, each declared once: effect with interval, reach, timing, cost, and what the numbers rest on.

Every effect here is assumed (tag "A") until an estimate or a study replaces it, and every interval includes 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Evidence = Literal["E", "L", "A"]  # estimated from the records, literature, assumed
OVERLAP, LOWEST_RATIO = 0.75, 0.4
CARE_UPTAKE = (478, 799)  # joined of counselled, published (published_facts.csv): 59.8 %
ASSUMED = "assumed; to be replaced by an estimate from the records"


@dataclass(frozen=True)
class Lever:
    """One thing that the city could do more of.

    `hazard_ratio` is (estimate, lower, upper) on coming back for a person who has it; `uptake` the monthly share of connected
    people without it who take it, as (took, offered); `capacity` the most starts a month; `lag_months` before the first;
    `duration_months` of the support, after which the effect halves every `half_life_months`; `unit_cost_krw` a start, with
    coefficient of variation `cost_cv`. A lever that acts on "intake" adds `capacity` leavers a month instead.
    """

    lever_id: str
    hazard_ratio: tuple[float, float, float]
    uptake: tuple[float, float]
    capacity: float
    lag_months: int
    duration_months: float
    half_life_months: float
    unit_cost_krw: float
    evidence: Evidence
    source: str
    cost_cv: float = 0.25
    acts_on: Literal["return", "intake"] = "return"

    def __post_init__(self) -> None:
        low, high = self.hazard_ratio[1:]
        if not 0 < low <= self.hazard_ratio[0] <= high:
            raise ValueError(f"{self.lever_id}: the hazard ratio must lie inside its interval, above 0")
        if not 0 <= self.uptake[0] <= self.uptake[1] or self.capacity < 0:
            raise ValueError(f"{self.lever_id}: uptake must be a share and capacity 0 or more")

    @property
    def idle(self) -> bool:
        """Whether the lever does nothing at all."""
        return self.capacity == 0 or (self.acts_on == "return" and self.uptake[0] == 0)

    @property
    def mean_uptake(self) -> float:
        """Share of those offered who take it."""
        took, offered = self.uptake
        return took / offered if offered else 0.0

    @property
    def lasting_months(self) -> float:
        """Months of full effect that a start is worth: its duration and the area under the waning (half-life ÷ ln 2)."""
        return self.duration_months + self.half_life_months / np.log(2)

    def log_ratio(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Draws of the log hazard ratio: normal with the interval's width."""
        estimate, low, high = np.log(self.hazard_ratio)
        return rng.normal(estimate, (high - low) / 3.92, count)

    def uptake_share(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Draws of the uptake: Beta(took + ½, refused + ½); 0 and 1 stay what they are."""
        took, offered = self.uptake
        if took in (0, offered):
            rng.random(count)
            return np.full(count, self.mean_uptake)
        return rng.beta(took + 0.5, offered - took + 0.5, count)

    def unit_cost(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Draws of the cost of a start: gamma with the stated mean."""
        if self.cost_cv == 0 or self.unit_cost_krw == 0:
            return np.full(count, self.unit_cost_krw)
        shape = self.cost_cv**-2
        return rng.gamma(shape, self.unit_cost_krw / shape, count)


LEVERS = (
    Lever("aftercare", (0.80, 0.60, 1.05), CARE_UPTAKE, 100, 2, 6, 6, 900_000, "A", ASSUMED),
    Lever("peer", (0.85, 0.65, 1.10), CARE_UPTAKE, 60, 3, 12, 6, 1_200_000, "A", ASSUMED),
    Lever("outing", (0.90, 0.75, 1.10), CARE_UPTAKE, 200, 1, 3, 3, 150_000, "A", ASSUMED),
    Lever("counselling", (0.85, 0.70, 1.05), CARE_UPTAKE, 80, 3, 4, 12, 800_000, "A", ASSUMED),
    Lever("mind_store", (0.92, 0.75, 1.12), CARE_UPTAKE, 300, 3, 12, 3, 200_000, "A", ASSUMED),
    Lever("call_back", (0.93, 0.78, 1.10), CARE_UPTAKE, 400, 1, 6, 3, 60_000, "A", ASSUMED),
    Lever("detection", (1.0, 1.0, 1.0), (0, 1), 20, 6, 0, 0, 1_500_000, "A", ASSUMED, acts_on="intake"),
)  # fmt: skip
