"""The monthly stock-flow behind a projection, vectorised over draws, treated and untreated tracks kept apart.

People keep the column of the month in which they entered their state, so that growing older by a month moves a window over
the rates instead of moving everybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.reisolation.model import EXITS, LEAVE, PRIORS, RETURN, Model, log_rates, season_factor
from forecast.reisolation.parameters import Lever


@dataclass(frozen=True)
class Flow:
    """People by draw, month and risk group; see `Projection`."""

    connected: np.ndarray
    reisolated: np.ndarray
    onsets: np.ndarray
    first_onsets: np.ndarray
    late_onsets: np.ndarray  # of the onsets, those longer after leaving than anybody was followed
    intake: np.ndarray
    gone: np.ndarray  # (draws, months, groups, exits) died, moved, institution

    def check(self, start: Any) -> None:
        """Connected + re-isolated + gone = everyone who was there or came in, at every month.

        Raises:
            ArithmeticError: by more than a part in 10⁹.
        """
        here = self.connected + self.reisolated
        came = (start.connected.sum(axis=(1, 2)) + start.reisolated.sum(axis=(1, 2)))[None, None, :]
        left = np.cumsum(self.gone.sum(axis=3), axis=1)
        expected = came + np.cumsum(self.intake, axis=1) - left
        off = abs(here[:, 1:] - expected).max(initial=0.0)
        if off > 1e-9 * max(expected.max(initial=1.0), 1.0):
            raise ArithmeticError(f"the projection lost or made {off:g} people")


def treated_tracks(log_ratios: np.ndarray, overlap: float, lowest: float) -> np.ndarray:
    """(draws, 2^levers) hazard ratio of each combination of levers: summed logs × overlap, never below `lowest`.

    Track t has lever l where bit l of t is set; a single lever is not reduced.
    """
    count, size = log_ratios.shape
    bits = (np.arange(2**size)[:, None] >> np.arange(size)) & 1
    factor = np.where(bits.sum(axis=1) > 1, overlap, 1.0)
    return np.maximum(np.exp(log_ratios @ bits.T * factor), lowest)


class _Store:
    """What a walk writes down month by month."""

    def __init__(self, draws: int, months: int, size: int) -> None:
        self.stocks = np.zeros((2, draws, months + 1, size))
        self.flows = np.zeros((4, draws, months, size))  # onsets, first, late, intake
        self.gone = np.zeros((draws, months, size, len(EXITS)))

    def flow(self) -> Flow:
        onsets, first, late, intake = self.flows
        return Flow(self.stocks[0], self.stocks[1], onsets, first, late, intake, self.gone)


class Walker:
    """Some draws of one model under one scenario."""

    def __init__(
        self, model: Model, theta: Mapping[tuple[str, str], np.ndarray], slope: np.ndarray, tracks: np.ndarray,
        uptake: np.ndarray, levers: Sequence[Lever], intake: Any, highest_risk_first: bool,
    ) -> None:  # fmt: skip
        self.model, self.theta, self.slope = model, theta, slope
        self.tracks, self.uptake, self.levers, self.start = tracks, uptake, levers, intake
        self.highest_risk_first = highest_risk_first
        self.draws, self.size = len(slope), len(intake.people)

    def both(self, months: int, level: np.ndarray, extra: Sequence[Lever]) -> tuple[Flow, Flow, np.ndarray]:
        """(city, cohort, starts): everybody, then one leaver of the present mix under the same support."""
        start = self.start
        monthly = level[:, None, None] * np.broadcast_to(start.monthly, (months, self.size))
        mix = start.monthly / max(start.monthly.sum(), 1e-12)
        for lever in extra:
            monthly[:, lever.lag_months :] += lever.capacity * mix
        depth = max(start.connected.shape[2], 1)
        self._rates(depth + months - 1)
        shares: list[np.ndarray] = []
        city, starts = self._walk(start.connected, start.reisolated, monthly, months, shares, None)
        one = np.zeros((self.draws, months, self.size))
        one[:, 0] = mix
        empty = np.zeros((self.size, PRIORS, 1))
        cohort, _ = self._walk(empty, empty, one, months, [], shares)
        return city, cohort, starts

    def _rates(self, durations: int) -> None:
        """Monthly rates with the longest duration first, so that a window over them is one month's."""
        people, hazards = self.start.people, self.model.hazards
        back = log_rates(hazards[RETURN], self.theta[RETURN], people, durations)
        after = np.maximum(np.arange(durations) + 0.5 - self.model.last_clock, 0) / 12
        back = back + self.slope[:, None, None, None] * after
        self.back = np.ascontiguousarray(np.exp(back)[..., ::-1])
        self.leave = np.zeros_like(self.back)
        if LEAVE in hazards:
            self.leave = np.ascontiguousarray(
                np.exp(log_rates(hazards[LEAVE], self.theta[LEAVE], people, durations))[..., ::-1]
            )
        self.exits = {s: self._exit_rates(s) for s in ("connected", "reisolated")}
        self.made: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self.leaving = _chances(self.leave, self.exits["reisolated"].sum(axis=-1)[:, :, None, None])

    def _exit_rates(self, state: str) -> np.ndarray:
        """(draws, groups, exits) rates of leaving for good, the same at every duration."""
        rates = np.zeros((self.draws, self.size, len(EXITS)))
        for place, to in enumerate(EXITS):
            if (state, to) in self.theta:
                one = log_rates(self.model.hazards[state, to], self.theta[state, to], self.start.people, 1)
                rates[:, :, place] = np.exp(one[:, :, 0, 0])
        return rates

    def _coming_back(self, month: int) -> tuple[np.ndarray, np.ndarray]:
        """(stays, comes back) chances (draws, tracks, groups, priors, durations) of a calendar month."""
        key = (self.start.start_month - 1 + month) % 12 + 1
        if "season_cos" not in self.model.hazards[RETURN].names:
            key = 0
        if key not in self.made:
            factor = season_factor(self.model.hazards[RETURN], self.theta[RETURN], key)
            ratio = (self.tracks * factor[:, None])[:, :, None, None, None]
            others = self.exits["connected"].sum(axis=-1)[:, None, :, None, None]
            self.made[key] = _chances(self.back[:, None] * ratio, others)
        return self.made[key]

    def _walk(
        self, connected: np.ndarray, reisolated: np.ndarray, monthly: np.ndarray, months: int,
        shares: list[np.ndarray], given: list[np.ndarray] | None,
    ) -> tuple[Flow, np.ndarray]:  # fmt: skip
        depth = connected.shape[2]
        columns = depth + months
        n = np.zeros((self.draws, self.tracks.shape[1], self.size, PRIORS, columns))
        r = np.zeros((self.draws, self.size, PRIORS, columns))
        n[:, 0, :, :, :depth], r[..., :depth] = connected[..., ::-1], reisolated[..., ::-1]
        here_n, here_r = n.sum(axis=-1), r.sum(axis=-1)
        store = _Store(self.draws, months, self.size)
        starts = np.zeros((self.draws, months, len(self.levers)))
        store.stocks[0, :, 0], store.stocks[1, :, 0] = here_n.sum(axis=(1, 3)), here_r.sum(axis=2)
        for month in range(months):
            live = depth + month
            away = self.back.shape[-1] - live
            n[:, 0, :, 0, live - 1] += monthly[:, month]
            here_n[:, 0, :, 0] += monthly[:, month]
            now = n[..., :live]
            if self.levers:
                share = given[month] if given is not None else self._served(here_n, month)
                shares.append(share)
                starts[:, month] = self._treat(now, share)
                here_n = now.sum(axis=-1)
            late = max(live - int(self.model.last_clock), 0)
            back_n, after_n, late_n = _step(now, self._coming_back(month), away, late)
            leave, after_r, _ = _step(r[..., :live], self.leaving, away, 0)
            gone = _split((here_n - after_n - back_n).sum(axis=(1, 3)), self.exits["connected"])
            gone += _split((here_r - after_r - leave).sum(axis=2), self.exits["reisolated"])
            back = back_n.sum(axis=1)
            r[..., live] += back
            again = np.stack([leave[..., 0], leave[..., 1] + leave[..., 2]], axis=-1)
            n[:, 0, :, 1:, live] += again
            here_n, here_r = after_n, after_r + back
            here_n[:, 0, :, 1:] += again
            store.flows[:, :, month] = (
                back.sum(axis=2),
                back[..., 0],
                late_n.sum(axis=(1, 3)),
                monthly[:, month],
            )
            store.gone[:, month] = gone
            store.stocks[0, :, month + 1], store.stocks[1, :, month + 1] = (
                here_n.sum(axis=(1, 3)),
                here_r.sum(axis=2),
            )
        return store.flow(), starts

    def _served(self, here: np.ndarray, month: int) -> np.ndarray:
        """(draws, levers, groups) share of the people without each lever who get it: uptake, as far as capacity reaches."""
        result = np.zeros((self.draws, len(self.levers), self.size))
        people = here.sum(axis=3)
        for place, lever in enumerate(self.levers):
            if month < lever.lag_months:
                continue
            without = [t for t in range(people.shape[1]) if not t >> place & 1]
            wanting = people[:, without].sum(axis=1) * self.uptake[:, place, None]
            served = self._allotted(wanting, lever.capacity)
            result[:, place] = self.uptake[:, place, None] * served / np.maximum(wanting, 1e-12)
        return result

    def _allotted(self, wanting: np.ndarray, capacity: float) -> np.ndarray:
        """(draws, groups) people served: in proportion as they come, or group by group from the highest risk down."""
        if not self.highest_risk_first:
            total = np.maximum(wanting.sum(axis=1, keepdims=True), 1e-12)
            return wanting * np.minimum(1.0, capacity / total)
        order = np.argsort(-self.back[:, :, 0, -1].mean(axis=0))
        before = np.cumsum(wanting[:, order], axis=1) - wanting[:, order]
        served = np.zeros_like(wanting)
        served[:, order] = np.clip(capacity - before, 0, wanting[:, order])
        return served

    def _treat(self, now: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Move people between tracks in place; returns (draws, levers) starts."""
        starts = np.zeros((self.draws, len(self.levers)))
        for place, lever in enumerate(self.levers):
            wane = -np.expm1(-1 / lever.lasting_months) if lever.lasting_months else 1.0
            begin = share[:, place][:, :, None, None]
            for track in range(now.shape[1]):
                if track >> place & 1:
                    continue
                has = track | 1 << place
                on, off = now[:, track] * begin, now[:, has] * wane
                now[:, track] += off - on
                now[:, has] += on - off
                starts[:, place] += on.sum(axis=(1, 2, 3))
        return starts


def _chances(rate: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(stays, goes by this way) in a month: competing exits add their rates and share what leaves (A1.2)."""
    total = rate + others
    stays = np.exp(-total)
    return stays, rate / np.maximum(total, 1e-300) * (1 - stays)


def _step(
    now: np.ndarray, chances: tuple[np.ndarray, np.ndarray], away: int, late: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One month in place: (moved, still there, moved of the `late` longest), summed over durations."""
    window = slice(away, away + now.shape[-1])
    stays, rate = chances[0][..., window], chances[1][..., window]
    moved = np.einsum("...k,...k->...", now, rate)
    long = np.einsum("...k,...k->...", now[..., :late], rate[..., :late])
    now *= stays
    return moved, now.sum(axis=-1), long


def _split(gone: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """People gone by kind of exit, in proportion to the rates."""
    return gone[:, :, None] * rates / np.maximum(rates.sum(axis=2, keepdims=True), 1e-300)
