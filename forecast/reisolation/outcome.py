"""What a projection comes to, small enough to keep: paths over months by draw, and totals by risk group."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from forecast.reisolation.project import Projection

LEVELS = (50, 80, 95)
NUMBERS = ("first_incidence", "per_leaver", "share_now")


@dataclass(frozen=True)
class Outcome:
    """Paths of one scenario, (draws, months + 1) from month zero; numbers of people and won, nothing averaged.

    Attributes:
        first_incidence: share of today's leavers who have come back at all (statistics.md A1.5, first number).
        per_leaver: re-isolations per leaver (second number).
        share_now: share of living, resident leavers re-isolated at the month, with chance (third number).
        onsets: (draws, months) re-isolations in the city in each month, expected; `onsets_seen` with chance.
        connected, reisolated: people expected there.
        by_group: (draws, groups) re-isolations over all months.
        starts, cost_krw: (draws, months, levers).
        late: (draws, months) re-isolations longer after leaving than anybody was followed.
        drift, log_ratios: the draws of what is assumed: (draws,) and (draws, levers that act on coming back).
    """

    first_incidence: np.ndarray
    per_leaver: np.ndarray
    share_now: np.ndarray
    onsets: np.ndarray
    onsets_seen: np.ndarray
    connected: np.ndarray
    reisolated: np.ndarray
    by_group: np.ndarray
    starts: np.ndarray
    cost_krw: np.ndarray
    late: np.ndarray
    drift: np.ndarray
    log_ratios: np.ndarray
    last_clock: float

    @property
    def months(self) -> int:
        """How far it reaches."""
        return self.onsets.shape[1]

    @property
    def draws(self) -> int:
        """How many draws stand behind its intervals."""
        return len(self.onsets)

    def first(self, draws: int) -> Outcome:
        """The same on the first of its draws: what a run on so many comes to, since fewer draws are the first of more (but for the chance
        in `onsets_seen`, which is another and as good).

        Raises:
            ValueError: it has not so many.
        """
        if not 1 <= draws <= self.draws:
            raise ValueError(f"of {self.draws} draws the first {draws} are asked for")
        every: dict[str, Any] = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        every |= {name: value[:draws] for name, value in every.items() if isinstance(value, np.ndarray)}
        return Outcome(**every)

    def path(self, number: str) -> np.ndarray:
        """(draws, months + 1) of one of `NUMBERS`."""
        if number not in NUMBERS:
            raise ValueError(f"there is no number {number!r}, only {', '.join(NUMBERS)}")
        found: np.ndarray = getattr(self, number)
        return found

    def at(self, number: str, month: int) -> tuple[float, float, float]:
        """(median, lower, upper), 95 %, of one of the three numbers."""
        middle, low, high = np.quantile(self.path(number)[:, month], [0.5, 0.025, 0.975])
        return float(middle), float(low), float(high)

    def fan(self, number: str) -> dict[int, tuple[np.ndarray, np.ndarray]]:
        """Lower and upper limits by month of the 50, 80 and 95 % bands."""
        return bands(self.path(number))

    @property
    def share_expected(self) -> np.ndarray:
        """(draws, months + 1) `share_now` without chance: what differs between two scenarios is not their luck."""
        return self.reisolated / np.maximum(self.reisolated + self.connected, 1e-12)

    def prevented(self, base: Outcome) -> np.ndarray:
        """(draws,) re-isolations fewer than in `base`, drawn with the same random numbers."""
        fewer: np.ndarray = base.onsets.sum(axis=1) - self.onsets.sum(axis=1)
        return fewer

    def fingerprint(self) -> str:
        """Twelve signs that change with the yearly numbers, to six digits.

        Processors differ in the last of a number's sixteen digits. A hundred numbers of six digits meet an edge of rounding on
        one machine alone about once in ten thousand comparisons; every draw's totals, or more digits, would meet one each time.
        """
        numbers: list[float] = []
        for month in sorted({*range(12, self.months + 1, 12), self.months}):
            for name in NUMBERS:
                numbers += self.at(name, month)
            sums = (
                self.onsets[:, :month],
                self.reisolated[:, : month + 1],
                self.cost_krw[:, :month].sum(axis=2),
            )
            numbers += [float(flow.sum(axis=1).mean()) for flow in sums]
            numbers += list(np.quantile(self.onsets_seen[:, :month].sum(axis=1), [0.1, 0.9]))
        return hashlib.sha256(" ".join(f"{v:.6g}" for v in numbers).encode()).hexdigest()[:12]

    def beyond_data_share(self, month: int) -> float:
        """Share of the re-isolations up to `month` that fall later after leaving than anybody was followed."""
        every = self.onsets[:, :month].sum()
        return float(self.late[:, :month].sum() / every) if every else 0.0

    def drift_share(self, number: str, month: int) -> float:
        """Share of a number's variance that its assumed drift explains."""
        values = self.path(number)[:, month]
        total = float(values.var())
        return self._by_drift(values) / total if total else 0.0

    def variance_split(self, month: int) -> dict[str, float]:
        """Variance of the number of re-isolations up to `month`: of the estimates (of which drift), and of chance.

        Chance is Poisson given the estimates: Var = Var[E(.|theta)] + E[Var(.|theta)] (statistics.md A1.7).
        """
        total = self.onsets[:, :month].sum(axis=1)
        return {
            "estimates": float(total.var()),
            "drift": self._by_drift(total),
            "chance": float(total.mean()),
        }

    def _by_drift(self, values: np.ndarray) -> float:
        """Variance that the drift explains: of its quadratic between the draws."""
        line = np.vander(self.drift, 3)
        fitted = line @ np.linalg.lstsq(line, values, rcond=None)[0]
        return min(float(fitted.var()), float(values.var()))


def bands(path: np.ndarray) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Lower and upper limits by month of the 50, 80 and 95 % bands of a (draws, months) path."""
    return {
        level: tuple(np.quantile(path, [0.5 - level / 200, 0.5 + level / 200], axis=0)) for level in LEVELS
    }


def outcome(found: Projection) -> Outcome:
    """The paths of a projection."""
    city, cohort = found.city, found.cohort

    def summed(flow: np.ndarray) -> np.ndarray:
        total = flow.sum(axis=2).cumsum(axis=1)
        return np.concatenate([np.zeros((len(total), 1)), total], axis=1)

    return Outcome(
        first_incidence=summed(cohort.first_onsets),
        per_leaver=summed(cohort.onsets),
        share_now=found.share_now,
        onsets=city.onsets.sum(axis=2),
        onsets_seen=found.onsets,
        connected=city.connected.sum(axis=2),
        reisolated=city.reisolated.sum(axis=2),
        by_group=city.onsets.sum(axis=1),
        starts=found.starts,
        cost_krw=found.cost_krw,
        late=city.late_onsets.sum(axis=2),
        drift=found.drift,
        log_ratios=found.log_ratios,
        last_clock=found.last_clock,
    )
