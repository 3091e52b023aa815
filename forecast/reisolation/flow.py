"""The monthly stock-flow behind a projection, vectorised over draws, treated and untreated tracks kept apart.

People keep the column of the month in which they entered their state: columns (months of entry, oldest first) × tracks ×
draws × profiles (prior × risk group). Rates are constant over stretches of duration, so that a month is a few operations on
blocks of columns, and growing older moves the blocks' edges instead of the people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from forecast.reisolation.model import PRIORS, RETURN, Model, log_rates
from forecast.reisolation.parameters import Lever
from forecast.reisolation.rates import WAYS, Chances, Rates
from guards import number, numbers, takes


@dataclass(frozen=True)
class Flow:
    """People by draw, month and risk group; see `Projection`."""

    connected: np.ndarray
    reisolated: np.ndarray
    onsets: np.ndarray
    first_onsets: np.ndarray
    late_onsets: np.ndarray  # of the onsets, those longer after leaving than anybody was followed
    intake: np.ndarray
    gone: np.ndarray  # (draws, months, exits) died, moved, institution, lost

    @classmethod
    def empty(cls, draws: int, months: int, size: int) -> Flow:
        here, there = (np.zeros((draws, months + 1, size)) for _ in range(2))
        onsets, first, late, intake = (np.zeros((draws, months, size)) for _ in range(4))
        return cls(here, there, onsets, first, late, intake, np.zeros((draws, months, len(WAYS))))

    def part(self, draws: slice) -> Flow:
        """Views of some draws, through which they are written."""
        return Flow(*(getattr(self, name)[draws] for name in self.__dataclass_fields__))

    def check(self, start: Any) -> None:
        """Connected + re-isolated + gone = everyone who was there or came in, at every month.

        Raises:
            ArithmeticError: by more than a part in 10⁹.
        """
        here = (self.connected + self.reisolated).sum(axis=2)
        came = start.connected.sum() + start.reisolated.sum() + np.cumsum(self.intake.sum(axis=2), axis=1)
        _conserved(here[:, 1:], came - np.cumsum(self.gone.sum(axis=2), axis=1))


def _conserved(here: np.ndarray, expected: np.ndarray) -> None:
    off = abs(here - expected).max(initial=0.0)
    if off > 1e-9 * max(expected.max(initial=1.0), 1.0):
        raise ArithmeticError(f"the projection lost or made {off:g} people")


@takes(log_ratios=numbers("draws", "levers"), overlap=number(low=0), lowest=number(low=0))
def treated_tracks(log_ratios: np.ndarray, overlap: float, lowest: float) -> np.ndarray:
    """(draws, 2^levers) hazard ratio of each combination of levers: summed logs × overlap, never below `lowest`.

    Track t has lever l where bit l of t is set; a single lever is not reduced.
    """
    log_ratios = np.asarray(log_ratios, dtype=float)
    size = log_ratios.shape[1]
    bits = (np.arange(2**size)[:, None] >> np.arange(size)) & 1
    factor = np.where(bits.sum(axis=1) > 1, overlap, 1.0)
    return np.maximum(np.exp(log_ratios @ bits.T * factor), lowest)


class Walker:
    """Some draws of one model under one scenario."""

    def __init__(
        self, model: Model, theta: Mapping[tuple[str, str], np.ndarray], slope: np.ndarray, tracks: np.ndarray,
        uptake: np.ndarray, levers: Sequence[Lever], intake: Any, highest_risk_first: bool,
    ) -> None:  # fmt: skip
        self.model, self.theta, self.slope = model, theta, slope
        self.tracks, self.uptake, self.levers, self.start = tracks, uptake, levers, intake
        self.draws, self.size = len(slope), len(intake.people)
        self.profiles = self.size * PRIORS
        self.order = self._by_risk() if highest_risk_first else None
        lasting = [lever.lasting_months for lever in levers]
        self.wanes = [-np.expm1(-1 / months) if months else 1.0 for months in lasting]

    def both(
        self, months: int, level: np.ndarray, extra: Sequence[Lever], city: Flow, cohort: Flow, starts: np.ndarray
    ) -> None:  # fmt: skip
        """Write everybody's flow and the levers' starts, then that of one leaver of the present mix under the same support."""
        start = self.start
        monthly = level[:, None, None] * np.broadcast_to(start.monthly, (months, self.size))
        mix = start.mix
        for lever in extra:
            monthly[:, lever.lag_months :] += lever.capacity * mix
        given = (self.model, self.theta, self.slope, self.tracks, start)
        self.rates = Rates(*given, start.connected.shape[2] + months)
        shares: list[np.ndarray] = []
        self._walk(start.connected, start.reisolated, monthly, city, shares, starts)
        one = np.zeros((self.draws, months, self.size))
        one[:, 0] = mix
        empty = np.zeros((self.size, PRIORS, 0))
        self.rates = Rates(*given, months, from_first_day=True)
        self._walk(empty, empty, one, cohort, shares, None)

    def _by_risk(self) -> np.ndarray:
        """Groups from the highest estimated rate of coming back down."""
        hazard = self.model.hazards[RETURN]
        rate = log_rates(hazard, hazard.coefficients[None], self.start.people, np.zeros(1))
        return np.argsort(-rate[0, :, 0, 0], kind="stable")

    def _walk(
        self, connected: np.ndarray, reisolated: np.ndarray, monthly: np.ndarray, flow: Flow,
        shares: list[np.ndarray], starts: np.ndarray | None,
    ) -> None:  # fmt: skip
        """Month by month into `flow`; levers are given out (and noted in `shares`) where there are `starts` to write."""
        depth, months = connected.shape[2], monthly.shape[1]
        n = np.zeros((depth + months, self.tracks.shape[1], self.draws, self.profiles))
        r = np.zeros((depth + months, self.draws, self.profiles))
        n[:depth, 0] = self._columns(connected)
        r[:depth] = self._columns(reisolated)
        here_n, here_r = n.sum(axis=0), r.sum(axis=0)
        self._note(flow, 0, here_n, here_r)
        flow.intake[:] = monthly
        expected = flow.connected[:, 0] + flow.reisolated[:, 0] + monthly.sum(axis=1)
        for month in range(months):
            live = depth + month + 1
            for newest in (n[live - 1, 0], here_n[0]):
                self._grouped(newest)[:, 0] += monthly[:, month]
            if self.levers and starts is not None:
                shares.append(self._served(here_n, month))
                self._treat(here_n[None], shares[month], month, starts[:, month])
            treat = partial(self._treat, share=shares[month], month=month) if self.levers else None
            back, after_n, gone_n, late = _age(
                n[:live], self.rates.coming_back(month), self.rates.edges, self.rates.late, treat
            )
            leave, after_r, gone_r, _ = _age(r[:live], self.rates.leaving, self.rates.leave_edges)
            returns, again, r[live - 1], *more = self._turned(
                back.sum(axis=0), leave, self.rates.coming_back(month)
            )
            n[live - 1, 0] += again
            here_n, here_r = after_n, after_r + r[live - 1]
            here_n[0] += again
            flow.onsets[:, month] = self._grouped(returns).sum(axis=1)
            flow.first_onsets[:, month] = self._grouped(returns)[:, 0]
            flow.late_onsets[:, month] = self._grouped(late.sum(axis=0)).sum(axis=1)
            gone = self._gone("connected", gone_n.sum(axis=0) + more[0])
            gone += self._gone("reisolated", gone_r + more[1])
            expected -= gone.sum(axis=2)
            flow.gone[:, month] = gone.sum(axis=1)
            self._note(flow, month + 1, here_n, here_r)
        _conserved(flow.connected[:, -1] + flow.reisolated[:, -1], expected)

    def _grouped(self, people: np.ndarray) -> np.ndarray:
        """(draws, profiles) as (draws, priors, groups), a view."""
        return people.reshape(self.draws, PRIORS, self.size)

    def _columns(self, people: np.ndarray) -> np.ndarray:
        """(groups, priors, months in state) as columns (oldest first, 1, profiles)."""
        return people.transpose(2, 1, 0)[::-1].reshape(-1, 1, self.profiles)

    def _note(self, flow: Flow, month: int, here_n: np.ndarray, here_r: np.ndarray) -> None:
        flow.connected[:, month] = self._grouped(here_n.sum(axis=0)).sum(axis=1)
        flow.reisolated[:, month] = self._grouped(here_r).sum(axis=1)

    def _turned(self, returns: np.ndarray, leave: np.ndarray, chances: Chances) -> tuple[np.ndarray, ...]:
        """The rest of the month of those who came back or left in it, half of one on average.

        Returns: all returns, connected anew (untreated, with a prior re-isolation more), re-isolated anew, and those gone from
            either, each (draws, profiles).
        """
        stays_n, moves_n = (c[0, 0] for c in chances)
        stays_r, moves_r = (c[0] for c in self.rates.leaving)
        none, one, more = np.moveaxis(self._grouped(leave + returns * moves_r), 1, 0)
        again = np.stack([np.zeros_like(none), none, one + more], axis=1).reshape(leave.shape)
        soon, kept = again * moves_n, again * stays_n
        rest = returns * stays_r
        return returns + soon, kept, rest + soon, again - soon - kept, returns - returns * moves_r - rest

    def _gone(self, state: str, gone: np.ndarray) -> np.ndarray:
        """(draws, groups, exits) people gone by kind of exit, in proportion to the rates."""
        rates = self.rates.exits[state]
        whole = np.maximum(rates.sum(axis=2, keepdims=True), 1e-300)
        return self._grouped(gone).sum(axis=1)[:, :, None] * rates / whole

    def _served(self, here: np.ndarray, month: int) -> np.ndarray:
        """(levers, draws, profiles) share of the people without each lever who get it: uptake, as far as capacity reaches."""
        count = len(self.levers)
        result = np.zeros((count, self.draws, self.profiles))
        people = here.reshape(*(2,) * count, self.draws, PRIORS, self.size).sum(axis=-2)
        for place, lever in enumerate(self.levers):
            if month < lever.lag_months:
                continue
            without = people.take(0, axis=count - 1 - place).sum(axis=tuple(range(count - 1)))
            wanting = without * self.uptake[:, place, None]
            served = self._allotted(wanting, lever.capacity)
            share = self.uptake[:, place, None] * served / np.maximum(wanting, 1e-12)
            result[place] = np.tile(share, PRIORS)
        return result

    def _allotted(self, wanting: np.ndarray, capacity: float) -> np.ndarray:
        """(draws, groups) people served: in proportion as they come, or group by group from the highest risk down."""
        if self.order is None:
            total = np.maximum(wanting.sum(axis=1, keepdims=True), 1e-12)
            return wanting * np.minimum(1.0, capacity / total)
        before = np.cumsum(wanting[:, self.order], axis=1) - wanting[:, self.order]
        served = np.zeros_like(wanting)
        served[:, self.order] = np.clip(capacity - before, 0, wanting[:, self.order])
        return served

    def _treat(
        self, block: np.ndarray, share: np.ndarray, month: int, starts: np.ndarray | None = None
    ) -> None:
        """Move people of a block of columns between tracks in place, lever by lever; write who starts.

        The bits of a track's number are axes here, the last lever first: a lever moves people from 0 to 1 along its own.
        """
        count = len(self.levers)
        bits = block.reshape(len(block), *(2,) * count, self.draws, self.profiles)
        for place, lever in enumerate(self.levers):
            if month < lever.lag_months:
                continue
            along: tuple[Any, ...] = (slice(None),) * (count - place)
            without, having = bits[(*along, 0)], bits[(*along, 1)]
            moves = without * share[place]
            if starts is not None:
                starts[:, place] = moves.sum(axis=(*range(count), count + 1))
            moves -= having * self.wanes[place]
            without -= moves
            having += moves


def _age(
    now: np.ndarray, chances: Chances, edges: np.ndarray, late: np.ndarray | None = None,
    before: Callable[[np.ndarray], None] | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """One month in place: (moved, still there, gone otherwise, moved of the `late` stretches), summed over columns.

    A stretch of durations is a block of columns, done with while it is in the processor's cache; `before` comes first.
    """
    moved, after, every, beyond = (np.zeros(now.shape[1:]) for _ in range(4))
    live = len(now)
    for k, (young, old) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        if young >= live:
            break
        block = now[max(live - old, 0) : live - young]
        if before:
            before(block)
        stays, moves = chances[0][k], chances[1][k]
        here = block[0] if len(block) == 1 else block.sum(axis=0)
        went, left = here * moves, here * stays
        every += here
        moved += went
        after += left
        if late is not None and late[k]:
            beyond += went
        if len(block) == 1:
            block[0] = left
        else:
            block *= stays
    every -= moved
    every -= after
    return moved, after, every, beyond
