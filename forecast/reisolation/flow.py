"""The monthly stock-flow behind a projection, vectorised over draws, treated and untreated tracks kept apart.

Rates do not depend on how many people there are; only the places of the levers do. So a column of people who entered their
state in one month is followed as *one* person of each profile (prior × risk group), spread over the tracks, and the numbers
of people are weights: those of the city, and those of one leaver of the present mix under the same support, whose flow then
costs next to nothing. Rates are constant over stretches of duration: growing older moves the stretches' edges.
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

Treat = Callable[[np.ndarray, np.ndarray | None], None]


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
        self,
        model: Model,
        theta: Mapping[tuple[str, str], np.ndarray],
        slope: np.ndarray,
        tracks: np.ndarray,
        uptake: np.ndarray,
        levers: Sequence[Lever],
        intake: Any,
        highest_risk_first: bool,
    ) -> None:
        self.model, self.theta, self.slope = model, theta, slope
        self.tracks, self.uptake, self.levers, self.start = tracks, uptake, levers, intake
        self.draws, self.size = len(slope), len(intake.people)
        self.profiles = self.size * PRIORS
        self.order = self._by_risk() if highest_risk_first else None
        lasting = [lever.lasting_months for lever in levers]
        self.wanes = [-np.expm1(-1 / months) if months else 1.0 for months in lasting]
        # What is added up over the tracks: everybody, then those without each lever.
        bits = (np.arange(tracks.shape[1]) >> np.arange(len(levers))[:, None]) & 1
        self.sums = np.vstack([np.ones(tracks.shape[1]), 1.0 - bits])

    def both(
        self,
        months: int,
        level: np.ndarray,
        extra: Sequence[Lever],
        city: Flow,
        cohort: Flow,
        starts: np.ndarray,
    ) -> None:
        """Write everybody's flow and the levers' starts, and that of one leaver of the present mix under the same support."""
        start = self.start
        monthly = level[:, None, None] * np.broadcast_to(start.monthly, (months, self.size))
        for lever in extra:
            monthly[:, lever.lag_months :] += lever.capacity * start.mix
        depth = start.connected.shape[2]
        self.rates = Rates(self.model, self.theta, self.slope, self.tracks, start, depth + months)
        stock = _Stock.of(start.connected, self.tracks.shape, self.rates.kind)
        kind = self.rates.kind
        self.sums = self.sums.astype(kind)
        followed = np.zeros((*self.tracks.shape, self.size), kind)
        followed[:, 0] = 1.0
        entered = np.zeros((months, *self.tracks.shape, self.profiles), kind)
        everybody = _People(self, city, start.connected.sum(axis=2), start.reisolated, monthly)
        one = np.zeros((self.draws, months, self.size))
        one[:, 0] = start.mix
        leavers = _People(self, cohort, np.zeros((self.size, PRIORS)), np.zeros((self.size, PRIORS, 0)), one)
        without = self._untreated(everybody.here)
        treat: Treat | None = None
        for month in range(months):
            entered[month, :, 0, : self.size] = 1.0
            everybody.enter(month, monthly[:, month])
            leavers.enter(month, one[:, month], apart=True)
            if self.levers:
                without += monthly[:, month, None]
                share = self._served(without, month)
                starts[:, month] = (share * without).sum(axis=2)
                treat = self._treatment(share, month)
            chances = self.rates.coming_back(month)
            went, here = self._age(entered, month, chances, treat)
            left = here[:, :, 0]
            if treat:
                treat(stock.state, stock.profile)
                treat(followed, None)
            gone, older = stock.age(month, chances, self.rates, self.sums)
            back, still = _aged(followed, *self.rates.followed(month), self.sums)
            soonest = chances[0][0][:, 0], chances[1][0][:, 0]
            late = self.rates.late_from
            everybody.move(
                month,
                went,
                left,
                stock.summed(gone, older[:, 0], stock.late(month, late), self.profiles),
                soonest,
                late,
            )
            sums = np.zeros((3, self.draws, self.profiles))
            sums[:, :, : self.size] = start.mix * np.stack([back, still[:, 0], back * (month >= late)])
            leavers.move(month, went, left, sums, soonest, late)
            # Those who came back and left again begin anew, untreated.
            entered[month, :, 0, self.size :] = 1.0
            if self.levers:
                here[month, :, 1:, self.size :] = 1.0
                without = self._without(here[:, :, 1:], everybody.weights[: month + 1])
                without += stock.by_group(older[:, 1:], self.size)
        everybody.close()
        leavers.close()

    def _by_risk(self) -> np.ndarray:
        """Groups from the highest estimated rate of coming back down."""
        hazard = self.model.hazards[RETURN]
        rate = log_rates(hazard, hazard.coefficients[None], self.start.people, np.zeros(1))
        return np.argsort(-rate[0, :, 0, 0], kind="stable")

    def _age(
        self, entered: np.ndarray, month: int, chances: Chances, treat: Treat | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """One month of those who entered since the start, in place: see `_aged`.

        A stretch of durations is a block of columns, done with while it is in the processor's cache.
        """
        went = np.empty((month + 1, self.draws, self.profiles))
        here = np.empty((month + 1, self.draws, len(self.sums), self.profiles))
        for k, (young, old) in enumerate(zip(self.rates.edges[:-1], self.rates.edges[1:], strict=True)):
            if young > month:
                break
            some = slice(max(month - old + 1, 0), month - young + 1)
            if treat:
                treat(entered[some], None)
            went[some], here[some] = _aged(entered[some], chances[0][k], chances[1][k], self.sums)
        return went, here

    # --- Levers -----------------------------------------------------------------------------------------

    def _untreated(self, here: np.ndarray) -> np.ndarray:
        """(draws, levers, groups) people without each lever where nobody has any."""
        by_group = here.reshape(self.draws, 1, PRIORS, self.size).sum(axis=2)
        return np.repeat(by_group, len(self.levers), axis=1)

    def _without(self, parts: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(draws, levers, groups) people of the city without each lever, of the parts (columns, draws, levers, profiles)."""
        people = np.einsum("cdlp,cdp->dlp", parts, weights)
        return people.reshape(self.draws, len(self.levers), PRIORS, self.size).sum(axis=2)

    def _served(self, without: np.ndarray, month: int) -> np.ndarray:
        """(draws, levers, groups) share of the people without each lever who get it: uptake, as far as capacity reaches."""
        result = np.zeros_like(without)
        for place, lever in enumerate(self.levers):
            if month < lever.lag_months:
                continue
            uptake = self.uptake[:, place, None]
            wanting = without[:, place] * uptake
            if self.order is None:
                whole = np.maximum(wanting.sum(axis=1, keepdims=True), 1e-12)
                result[:, place] = np.where(
                    wanting > 0, uptake * np.minimum(1.0, lever.capacity / whole), 0.0
                )
            else:
                # Group by group from the highest risk down.
                before = np.cumsum(wanting[:, self.order], axis=1) - wanting[:, self.order]
                served = np.zeros_like(wanting)
                served[:, self.order] = np.clip(lever.capacity - before, 0, wanting[:, self.order])
                result[:, place] = uptake * served / np.maximum(wanting, 1e-12)
        return result

    def _treatment(self, share: np.ndarray, month: int) -> Treat:
        """What moves people of a block between tracks in a month: who starts a lever, and whose support has waned.

        Args:
            share: (draws, levers, groups) of the people without each lever who start it.
        """
        on = [place for place, lever in enumerate(self.levers) if month >= lever.lag_months]
        if len(self.levers) < 3 or not (share == share[:, :, :1]).all():
            return partial(self._one_by_one, share=share, on=on)
        # A later lever is a higher bit, so that its matrix stands to the left.
        between = [
            _between(share[:, place, 0], self.wanes[place] if place in on else 0.0)
            for place in range(len(self.levers))
        ]
        return partial(
            _together,
            low=_kron(between[2::-1]).astype(self.rates.kind),
            high=_kron(between[:2:-1]).astype(self.rates.kind),
        )

    def _one_by_one(
        self, block: np.ndarray, profile: np.ndarray | None, share: np.ndarray, on: Sequence[int]
    ) -> None:
        """Lever by lever, each group with its own share.

        Args:
            profile: of each place of the last axis; as the block's own order where left out.
        """
        each = share[:, :, (np.arange(block.shape[-1]) if profile is None else profile) % self.size]
        each = each.astype(block.dtype)  # or every product would be of full length
        for place in on:
            # Tracks without the lever and with it lie side by side in runs of as many as there are lower levers' tracks.
            run = 2**place
            pairs = block.reshape(*block.shape[:-2], block.shape[-2] // (2 * run), 2, run * block.shape[-1])
            without, having = pairs[..., 0, :], pairs[..., 1, :]
            moves = without * np.tile(each[:, place], run)[:, None]
            moves -= having * block.dtype.type(self.wanes[place])
            without -= moves
            having += moves


@dataclass
class _Stock:
    """Those connected at month zero: a place for each profile and age that anybody has, youngest first."""

    ages: np.ndarray  # months of duration at month zero
    profile: np.ndarray
    people: np.ndarray
    state: np.ndarray  # (draws, tracks, places) part of each place that is still there, by track
    order: np.ndarray  # of the places by profile
    present: np.ndarray  # profiles that anybody has
    begins: np.ndarray  # where each begins in that order

    @classmethod
    def of(cls, connected: np.ndarray, shape: tuple[int, int], kind: type) -> _Stock:
        by_age = connected.transpose(2, 1, 0).reshape(
            connected.shape[2], connected.shape[0] * connected.shape[1]
        )
        ages, profile = np.nonzero(by_age)
        state: np.ndarray = np.zeros((*shape, len(ages)), kind)
        state[:, 0] = 1.0
        order = np.argsort(profile, kind="stable")
        present, begins = np.unique(profile[order], return_index=True)
        return cls(ages + 1, profile, by_age[ages, profile], state, order, present, begins)

    def summed(self, went: np.ndarray, left: np.ndarray, late: slice, profiles: int) -> np.ndarray:
        """(3, draws, profiles) people that went, are left, and went among the `late` places."""
        found = np.zeros((3, len(went), profiles))
        if len(self.order):
            beyond = np.zeros_like(went)
            beyond[:, late] = went[:, late]
            every = (np.stack([went, left, beyond]) * self.people)[:, :, self.order]
            found[:, :, self.present] = np.add.reduceat(every, self.begins, axis=2)
        return found

    def age(
        self, month: int, chances: Chances, rates: Rates, sums: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """One month in place: see `_aged`."""
        went = np.zeros((len(self.state), len(self.ages)))
        here = np.zeros((len(self.state), len(sums), len(self.ages)))
        ends = np.searchsorted(self.ages, rates.edges - month)
        for k, (low, high) in enumerate(zip(ends[:-1], ends[1:], strict=True)):
            if high > low:
                some = slice(low, high)
                stays, moves = (c[k].take(self.profile[some], axis=2) for c in chances)
                went[:, some], here[:, :, some] = _aged(self.state[:, :, some], stays, moves, sums)
        return went, here

    def late(self, month: int, since: int) -> slice:
        """Places of those who left longer ago than `since` months."""
        return slice(int(np.searchsorted(self.ages, since - month)), len(self.ages))

    def by_group(self, parts: np.ndarray, size: int) -> np.ndarray:
        """(draws, …, groups) people, of the parts (draws, …, places) of each place."""
        where = np.zeros((len(self.profile), size))
        where[np.arange(len(self.profile)), self.profile % size] = self.people
        return parts @ where


class _People:
    """How many people the columns stand for, those re-isolated, and what is written of both into a flow."""

    def __init__(
        self, walker: Walker, flow: Flow, connected: np.ndarray, reisolated: np.ndarray, monthly: np.ndarray
    ) -> None:
        self.walker, self.flow = walker, flow
        draws, months = walker.draws, monthly.shape[1]
        self.depth = reisolated.shape[2]
        self.weights = np.zeros((months, draws, walker.profiles))
        self.back = np.zeros((self.depth + months, draws, walker.profiles))
        # Oldest first.
        self.back[: self.depth] = reisolated.transpose(2, 1, 0)[::-1].reshape(self.depth, 1, walker.profiles)
        self.here = np.broadcast_to(connected.T.reshape(1, -1), (draws, walker.profiles)).copy()
        self._note(0, self.here, self.back.sum(axis=0))
        flow.intake[:] = monthly
        self.expected = flow.connected[:, 0] + flow.reisolated[:, 0] + monthly.sum(axis=1)

    def enter(self, month: int, people: np.ndarray, *, apart: bool = False) -> None:
        """People who leave isolation in the month, in its column or followed `apart`."""
        self.here[:, : self.walker.size] += people
        if not apart:
            self.weights[month, :, : self.walker.size] = people

    def move(
        self, month: int, went: np.ndarray, left: np.ndarray, more: np.ndarray, soonest: Chances, late: int
    ) -> None:
        """A month's returns, departures and exits, from the parts of every column that went and are left.

        Args:
            more: (3, draws, profiles) people of other columns that went, are left, and went late.
        """
        walker, flow, rates = self.walker, self.flow, self.walker.rates
        weights = self.weights[: month + 1]
        old = max(month - late + 1, 0)
        stay, beyond = (
            np.einsum("cdp,cdp->dp", left, weights),
            np.einsum("cdp,cdp->dp", went[:old], weights[:old]),
        )
        returns = beyond + np.einsum("cdp,cdp->dp", went[old:], weights[old:])
        returns, stay, beyond = returns + more[0], stay + more[1], beyond + more[2]
        gone_n = self.here - returns - stay
        live = self.depth + month + 1
        leave, after, gone_r = _leaving(self.back[:live], rates)
        every, again, self.back[live - 1], *rest = self._turned(returns, leave, soonest)
        weights[month, :, walker.size :] = again[:, walker.size :]
        self.here = stay + again
        flow.onsets[:, month] = self._grouped(every).sum(axis=1)
        flow.first_onsets[:, month] = self._grouped(every)[:, 0]
        flow.late_onsets[:, month] = self._grouped(beyond).sum(axis=1)
        gone = self._gone("connected", gone_n + rest[0]) + self._gone("reisolated", gone_r + rest[1])
        self.expected -= gone.sum(axis=2)
        flow.gone[:, month] = gone.sum(axis=1)
        self._note(month + 1, self.here, after + self.back[live - 1])

    def close(self) -> None:
        """Make sure that nobody was lost or made."""
        _conserved(self.flow.connected[:, -1] + self.flow.reisolated[:, -1], self.expected)

    def _grouped(self, people: np.ndarray) -> np.ndarray:
        """(draws, profiles) as (draws, priors, groups), a view."""
        return people.reshape(self.walker.draws, PRIORS, self.walker.size)

    def _note(self, month: int, connected: np.ndarray, reisolated: np.ndarray) -> None:
        self.flow.connected[:, month] = self._grouped(connected).sum(axis=1)
        self.flow.reisolated[:, month] = self._grouped(reisolated).sum(axis=1)

    def _turned(self, returns: np.ndarray, leave: np.ndarray, soonest: Chances) -> tuple[np.ndarray, ...]:
        """The rest of the month of those who came back or left in it, half of one on average.

        Returns: all returns, connected anew (untreated, with a prior re-isolation more), re-isolated anew, and those gone from
            either, each (draws, profiles).
        """
        stays_n, moves_n = soonest
        stays_r, moves_r = (c[0] for c in self.walker.rates.leaving)
        none, one, more = np.moveaxis(self._grouped(leave + returns * moves_r), 1, 0)
        again = np.stack([np.zeros_like(none), none, one + more], axis=1).reshape(leave.shape)
        soon, kept = again * moves_n, again * stays_n
        rest = returns * stays_r
        return returns + soon, kept, rest + soon, again - soon - kept, returns - returns * moves_r - rest

    def _gone(self, state: str, gone: np.ndarray) -> np.ndarray:
        """(draws, groups, exits) people gone by kind of exit, in proportion to the rates."""
        rates = self.walker.rates.exits[state]
        whole = np.maximum(rates.sum(axis=2, keepdims=True), 1e-300)
        return self._grouped(gone).sum(axis=1)[:, :, None] * rates / whole


def _between(share: np.ndarray, wanes: float) -> np.ndarray:
    """(draws, 2, 2) chances from without and with a lever (columns) to without and with it (rows)."""
    found = np.empty((len(share), 2, 2))
    found[:, 0, 0], found[:, 1, 0] = 1 - share, share
    found[:, 0, 1], found[:, 1, 1] = wanes, 1 - wanes
    return found


def _kron(matrices: Sequence[np.ndarray]) -> np.ndarray:
    """(draws, n, n) Kronecker product of matrices; one by one where there are none."""
    product = np.ones((1, 1, 1))
    for one in matrices:
        size = product.shape[1] * one.shape[1]
        product = (product[:, :, None, :, None] * one[:, None, :, None, :]).reshape(-1, size, size)
    return product


def _together(block: np.ndarray, profile: np.ndarray | None, low: np.ndarray, high: np.ndarray) -> None:
    """Move a block (…, draws, tracks, profiles) between tracks in place, every group alike, by products of small matrices."""
    lead, few, many = block.shape[:-2], low.shape[1], high.shape[1]
    moved = np.matmul(low[:, None], block.reshape(*lead, many, few, -1))
    if many == 1:
        block[...] = moved.reshape(block.shape)
    else:
        np.matmul(high, moved.reshape(*lead, many, -1), out=block.reshape(*lead, many, -1))


def _aged(
    block: np.ndarray, stays: np.ndarray, moves: np.ndarray, sums: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One month of a block (…, draws, tracks, profiles) in place.

    Returns: the parts (…, draws, profiles) that moved, and what is still there by `sums` (sums, tracks): (…, draws, sums, profiles).
    """
    went = np.einsum("...tp,...tp->...p", block, moves)
    block *= stays
    return went, np.matmul(sums, block) if len(sums) > 1 else block


def _leaving(now: np.ndarray, rates: Rates) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One month of the re-isolated (columns, draws, profiles) in place: (left, still there, gone otherwise), summed over columns."""
    live = len(now)
    left, after, every = (np.zeros(now.shape[1:]) for _ in range(3))
    for k, (young, old) in enumerate(zip(rates.leave_edges[:-1], rates.leave_edges[1:], strict=True)):
        if young >= live:
            break
        block = now[max(live - old, 0) : live - young]
        here = block.sum(axis=0)
        stays, moves = (c[k] for c in rates.leaving)
        every += here
        left += here * moves
        after += here * stays
        block *= stays
    return left, after, every - left - after
