"""Chances of a month by stretch of duration, for one model's draws: what the stock-flow multiplies people with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from forecast.reisolation.model import (
    DRIFT_STEP,
    EXITS,
    LEAVE,
    PRIORS,
    RETURN,
    Model,
    log_rates,
    season_factor,
)

MOST_EXACT = 16  # tracks that are followed in numbers of full length
WAYS = (*EXITS, "lost")  # loss only where a model of the register's own view has it
Chances = tuple[np.ndarray, np.ndarray]  # of staying, and of going by the way in question


def kind_of(tracks: int) -> type[np.floating[Any]]:
    """The numbers by which so many tracks are followed: half as long where they are many. A path then differs by about a part in a million."""
    return np.float32 if tracks > MOST_EXACT else np.float64


class Rates:
    """Chances (stretches, draws, profiles) of leaving each state; see `flow`."""

    def __init__(
        self,
        model: Model,
        theta: Mapping[tuple[str, str], np.ndarray],
        slope: np.ndarray,
        tracks: np.ndarray,
        start: Any,
        durations: int,
    ) -> None:
        """Rates and exposures of every stretch, and the chances that are the same in every month.

        People change their state in the middle of a month on average: in the month of entry they are at risk for half of it, in
        the k-th after it from k - 1/2 to k + 1/2 months of duration, and at no risk before returns begin to count. An intake
        is counted when it comes under observation. Who is followed from the day of leaving leaves on a month's first day
        instead (`followed`).
        """
        self.model, self.theta, self.slope, self.tracks, self.start = model, theta, slope, tracks, start
        self.draws, self.size = len(slope), len(start.people)
        self.kind = kind_of(tracks.shape[1])
        bands, observed = self.model.hazards[RETURN].bands, int(self.model.last_clock)
        self.edges = _edges(bands, durations, range(observed, durations, DRIFT_STEP))
        k = self.edges[1:] - 1  # a stretch's last month speaks for all of it
        self.late_from = int(self.edges[:-1][self.edges[:-1] >= observed].min(initial=durations))
        quiet = self.model.quiet_months
        exposure = np.where(k[:, None] == 0, np.array([0.5, 0.5 - quiet, 0.5 - quiet]), 1.0)
        shape = (len(k), self.draws, PRIORS * self.size)
        self.back: np.ndarray = (
            (self._around(RETURN, k) * exposure[:, None, :, None]).reshape(shape).astype(self.kind)
        )
        exits = {s: self._exit_rates(s) for s in ("connected", "reisolated")}
        whole = {s: e.sum(axis=2) for s, e in exits.items()}
        self.among = {s: e / np.maximum(whole[s], 1e-300)[:, :, None] for s, e in exits.items()}
        others = {s: e[None, :, None, :] for s, e in whole.items()}
        self.others = (others["connected"] * exposure[:, None, :, None]).reshape(shape).astype(self.kind)
        risky = np.where(k == 0, 1 - quiet, 1.0)[:, None, None]
        self.first_day = (self._at(RETURN, k)[:, :, 0] * risky, others["connected"][:, :, 0] * risky)
        self.made: dict[int, Chances] = {}
        self.leave_edges = _edges(
            self.model.hazards[LEAVE].bands if LEAVE in self.model.hazards else (0.0,), durations + 1
        )
        k = self.leave_edges[1:] - 1
        leave = self._around(LEAVE, k) if LEAVE in self.model.hazards else np.zeros((len(k), 1, 1, 1))
        half = np.where(k == 0, 0.5, 1.0)[:, None, None, None]
        full = np.broadcast_to(leave * half, (len(k), self.draws, PRIORS, self.size))
        spread = np.broadcast_to(others["reisolated"] * half, full.shape)
        self.leaving = _chances(full.reshape(len(k), self.draws, -1), spread.reshape(len(k), self.draws, -1))

    def _around(self, key: tuple[str, str], k: np.ndarray) -> np.ndarray:
        """Mean rates over k - 1/2 to k + 1/2 months of duration; over the first half month where k is 0."""
        return (self._at(key, np.maximum(k - 0.5, 0)) + self._at(key, k)) / 2

    def _at(self, key: tuple[str, str], clock: np.ndarray) -> np.ndarray:
        """(clock, draws, priors, groups) monthly rates from `clock` on, the assumed drift beyond the data included."""
        log = log_rates(self.model.hazards[key], self.theta[key], self.start.people, clock).transpose(
            3, 0, 2, 1
        )
        if key == RETURN:
            steps = (clock - int(self.model.last_clock)) // DRIFT_STEP
            years = np.where(steps < 0, 0, (steps + 0.5) * DRIFT_STEP / 12)
            log = log + (years[:, None] * self.slope)[:, :, None, None]
        return np.exp(log)

    def _exit_rates(self, state: str) -> np.ndarray:
        """(draws, groups, exits) rates of leaving for good, the same at every duration."""
        rates = np.zeros((self.draws, self.size, len(WAYS)))
        for place, to in enumerate(WAYS):
            if (state, to) in self.theta:
                one = log_rates(
                    self.model.hazards[state, to], self.theta[state, to], self.start.people, np.zeros(1)
                )
                rates[:, :, place] = np.exp(one[:, :, 0, 0])
        return rates

    def coming_back(self, month: int) -> Chances:
        """(stays, comes back) chances (stretches, draws, tracks, profiles) of a month."""
        key = self._season(month)
        if key not in self.made:
            ratio: np.ndarray = self._ratio(key).astype(self.kind)
            shape = (len(self.back), *ratio.shape, self.back.shape[2])
            stays, moves = np.empty(shape, self.kind), np.empty(shape, self.kind)
            for k, (back, others) in enumerate(zip(self.back, self.others, strict=True)):
                # One stretch after the other: what is worked on stays in the processor's cache.
                _chances(ratio[:, :, None] * back[:, None], others[:, None], (stays[k], moves[k]))
            self.made[key] = stays, moves
        return self.made[key]

    def followed(self, month: int) -> Chances:
        """(stays, comes back) chances (draws, tracks, groups) of those who left on the first day of month 0."""
        k = int(np.searchsorted(self.edges, month, side="right")) - 1
        back, others = self.first_day
        rate = self._ratio(self._season(month))[:, :, None] * back[k][:, None]
        stays, moves = _chances(rate, others[k][:, None])
        return stays.astype(self.kind), moves.astype(self.kind)

    def _season(self, month: int) -> int:
        """The calendar month where coming back has a season, else 0."""
        seasonal = "season_cos" in self.model.hazards[RETURN].names
        return (self.start.start_month - 1 + month) % 12 + 1 if seasonal else 0

    def _ratio(self, calendar_month: int) -> np.ndarray:
        """(draws, tracks) by what the rate of coming back is multiplied."""
        hazard = self.model.hazards[RETURN]
        return self.tracks * season_factor(hazard, self.theta[RETURN], calendar_month)[:, None]


def _edges(bands: Sequence[float], durations: int, more: Sequence[int] = ()) -> np.ndarray:
    """Months since the month of entry at which chances may change, `durations` at the end.

    The first month is a half, and a month around a band's edge has a part of both bands; not so around `more`, the steps of
    what is assumed.
    """
    edges = {int(np.ceil(b)) for b in bands}
    inside = {0, 1} | edges | {e + 1 for e in edges} | set(more)
    return np.array([*sorted(e for e in inside if e < durations), durations])


def _chances(rate: np.ndarray, others: np.ndarray, out: Chances | None = None) -> Chances:
    """(stays, goes by this way) in a month: competing exits add their rates and share what leaves (A1.2)."""
    total = rate + others
    stays, moves = out or (np.empty_like(total), np.empty_like(total))
    np.negative(total, out=stays)
    np.exp(stays, out=stays)
    np.divide(rate, np.maximum(total, np.finfo(total.dtype).tiny, out=total), out=moves)
    np.subtract(1, stays, out=total)
    moves *= total
    return stays, moves
