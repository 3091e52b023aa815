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

Treat = Callable[[np.ndarray], None]


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


def first_returns(
    model: Model, theta: Mapping[tuple[str, str], np.ndarray], slope: np.ndarray, start: Any, months: int
) -> np.ndarray:
    """(draws, months, groups) share of one untreated leaver of the present mix who comes back for the first time in a month."""
    untreated = np.ones((len(slope), 1))
    rates = Rates(model, theta, slope, untreated, start, months)
    left = np.ones((*untreated.shape, len(start.people)))
    back = [_aged(left, *rates.followed(month))[0] for month in range(months)]
    return start.mix * np.stack(back, axis=1)


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
        bits = (np.arange(tracks.shape[1]) >> np.arange(len(levers))[:, None]) & 1
        self.sums = 1.0 - bits  # (levers, tracks) tracks without each lever

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
        one = np.zeros_like(monthly)
        one[:, 0] = start.mix
        depth = start.connected.shape[2]
        self.rates = Rates(self.model, self.theta, self.slope, self.tracks, start, depth + months)
        kind = self.rates.kind
        self.sums = self.sums.astype(kind)
        # Of one person of each profile, by month of entry, the first those who were there at month zero, oldest first.
        entered = np.zeros((depth + months, *self.tracks.shape, self.profiles), kind)
        entered[:depth, :, 0] = 1.0
        followed = np.zeros((*self.tracks.shape, self.size), kind)
        followed[:, 0] = 1.0
        people = _People(self, (city, cohort), np.stack([monthly, one]))
        without = self._untreated(people.here[0])
        treat: Treat | None = None
        for month in range(months):
            entered[depth + month, :, 0, : self.size] = 1.0
            people.enter(month)
            if self.levers:
                without += monthly[:, month, None]
                share = self._served(without, month)
                starts[:, month] = (share * without).sum(axis=2)
                treat = self._treatment(share, month)
            chances = self.rates.coming_back(month)
            went, late, left = self._age(entered, people.weights, month, chances, treat)
            stay = left.sum(axis=2)
            if treat:
                treat(followed)
            back, still = _aged(followed, *self.rates.followed(month))
            went[1, :, : self.size] += start.mix * back
            late[1, :, : self.size] += start.mix * back * (month >= self.rates.late_from)
            stay[1, :, : self.size] += start.mix * still
            again = people.move(month, went, late, stay, (chances[0][0][:, 0], chances[1][0][:, 0]))
            # Those who came back and left again begin anew, untreated.
            entered[depth + month, :, 0, self.size :] = 1.0
            if self.levers:
                without = self.by_group(self.sums @ left[0] + again[0, :, None])
        people.close()

    def _by_risk(self) -> np.ndarray:
        """Groups from the highest estimated rate of coming back down."""
        hazard = self.model.hazards[RETURN]
        rate = log_rates(hazard, hazard.coefficients[None], self.start.people, np.zeros(1))
        return np.argsort(-rate[0, :, 0, 0], kind="stable")

    def _age(
        self, entered: np.ndarray, weights: np.ndarray, month: int, chances: Chances, treat: Treat | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One month of all columns, in place.

        A stretch of durations is a block of columns, done with while it is in the processor's cache: people of one profile and
        track have the same chances in it, whenever they entered.

        Args:
            entered: (columns, draws, tracks, profiles) parts that are still there. weights: (flows, columns, draws, profiles)
                people that a column stands for in each flow.

        Returns: people (flows, draws, profiles) that came back, those of them who left long ago, and (flows, draws, tracks,
            profiles) that are still there.
        """
        shape = (len(weights), *entered.shape[1:])
        went, late = (np.zeros((len(weights), *weights.shape[2:])) for _ in range(2))
        left, people = np.zeros(shape, entered.dtype), np.empty(shape, entered.dtype)
        depth = self.start.connected.shape[2]
        newest = depth + month
        for young, old, stays, moves in zip(
            self.rates.edges[:-1], self.rates.edges[1:], *chances, strict=True
        ):
            if young > newest:
                break
            some = slice(max(newest - old + 1, 0), newest - young + 1)
            if treat:
                treat(entered[some])
            # Nobody of the second flow was there at month zero.
            for flow, first in enumerate((0, depth)):
                part = slice(max(some.start, first), some.stop)
                np.einsum("cdtp,cdp->dtp", entered[part], weights[flow, part], out=people[flow])
            back = np.einsum("fdtp,dtp->fdp", people, moves)
            went += back
            if young >= self.rates.late_from:
                late += back
            people *= stays
            left += people
            entered[some] *= stays
        return went, late, left

    # --- Levers -----------------------------------------------------------------------------------------

    def _untreated(self, here: np.ndarray) -> np.ndarray:
        """(draws, levers, groups) people (draws, profiles) without each lever where nobody has any."""
        return np.repeat(self.by_group(here[:, None]), len(self.levers), axis=1)

    def by_group(self, people: np.ndarray) -> np.ndarray:
        """(…, groups) of people (…, profiles)."""
        return people.reshape(*people.shape[:-1], PRIORS, self.size).sum(axis=-2)

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
        if not (share == share[:, :, :1]).all():
            return partial(self._one_by_one, share=share, on=on)
        # A later lever is a higher bit, so that its matrix stands to the left.
        between = [
            _between(share[:, place, 0], self.wanes[place] if place in on else 0.0)
            for place in range(len(self.levers))
        ]
        low = len(between) if len(between) < 5 else 3
        return partial(
            _together,
            low=_kron(between[:low][::-1]).astype(self.rates.kind),
            high=_kron(between[low:][::-1]).astype(self.rates.kind),
        )

    def _one_by_one(self, block: np.ndarray, share: np.ndarray, on: Sequence[int]) -> None:
        """Lever by lever, each group with its own share."""
        # Of the block's own kind, or every product would be of full length.
        each = share[:, :, np.arange(block.shape[-1]) % self.size].astype(block.dtype)
        for place in on:
            # Tracks without the lever and with it lie side by side in runs of as many as there are lower levers' tracks.
            run = 2**place
            pairs = block.reshape(*block.shape[:-2], block.shape[-2] // (2 * run), 2, run * block.shape[-1])
            without, having = pairs[..., 0, :], pairs[..., 1, :]
            moves = without * np.tile(each[:, place], run)[:, None]
            moves -= having * block.dtype.type(self.wanes[place])
            without -= moves
            having += moves


class _Reisolated:
    """Those re-isolated, by flow: people of each stretch of duration, and what of a month's column is left when it grows out of one.

    Chances of leaving are the same in every month, so that a column need not be followed within a stretch.
    """

    def __init__(self, walker: Walker, flows: int, months: int) -> None:
        known = walker.start.reisolated
        self.rates, self.depth = walker.rates, known.shape[2]
        shape = (flows, walker.draws, walker.profiles)
        # As they came into their stretch, oldest first.
        self.came = np.zeros((self.depth + months, *shape))
        self.came[: self.depth, 0] = known.transpose(2, 1, 0)[::-1].reshape(self.depth, 1, walker.profiles)
        self.here = np.zeros((len(self.rates.leave_edges) - 1, *shape))
        duration = np.arange(self.depth, 0, -1)
        stretch = np.searchsorted(self.rates.leave_edges, duration, side="right") - 1
        np.add.at(self.here, stretch, self.came[: self.depth])
        stays = self.rates.leaving[0]
        self.outlast = stays ** np.diff(self.rates.leave_edges)[:, None, None]

    def leave(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One month of everybody in place: (left, still there, gone otherwise), each (flows, draws, profiles)."""
        stays, moves = self.rates.leaving
        before = self.here.sum(axis=0)
        left = np.einsum("kfdp,kdp->fdp", self.here, moves)
        self.here *= stays[:, None]
        after = self.here.sum(axis=0)
        return left, after, before - left - after

    def add(self, month: int, people: np.ndarray) -> None:
        """Those who came back in a month; and everybody grows a month older."""
        edges, newest = self.rates.leave_edges, self.depth + month
        self.came[newest] = people
        self.here[1] += people
        for k in range(1, len(edges) - 2):
            if edges[k + 1] > newest + 1:
                break
            column = self.came[newest + 1 - edges[k + 1]]
            # Those of month zero may have come into the stretch before.
            short = month + 1 < edges[k + 1] - edges[k]
            column *= self.rates.leaving[0][k] ** (month + 1) if short else self.outlast[k]
            np.maximum(self.here[k] - column, 0.0, out=self.here[k])
            self.here[k + 1] += column


class _People:
    """How many people the columns stand for in each flow, those re-isolated, and what is written of both into the flows."""

    def __init__(self, walker: Walker, flows: tuple[Flow, Flow], monthly: np.ndarray) -> None:
        """The second flow has nobody at month zero, and its leavers are followed apart.

        Args:
            monthly: (flows, draws, months, groups) people who leave isolation.
        """
        self.walker, self.flows, self.monthly = walker, flows, monthly
        months, known = monthly.shape[2], walker.start.connected.transpose(2, 1, 0)
        self.depth = len(known)
        shape = (self.depth + months, walker.draws, walker.profiles)
        self.weights = np.zeros((len(flows), *shape), walker.rates.kind)
        self.weights[0, : self.depth] = known[::-1].reshape(self.depth, 1, walker.profiles)
        self.here = np.zeros((len(flows), *shape[1:]))
        self.here[0] = known.sum(axis=0).reshape(-1)
        self.reisolated = _Reisolated(walker, len(flows), months)
        self._note(0, self.here, self.reisolated.here.sum(axis=0))
        for flow, intake in zip(flows, monthly, strict=True):
            flow.intake[:] = intake
        first = np.stack([flow.connected[:, 0] + flow.reisolated[:, 0] for flow in flows])
        self.expected = first + monthly.sum(axis=2)

    def enter(self, month: int) -> None:
        """People who leave isolation in the month."""
        people = self.monthly[:, :, month]
        self.here[:, :, : self.walker.size] += people
        self.weights[0, self.depth + month, :, : self.walker.size] = people[0]

    def move(
        self, month: int, went: np.ndarray, late: np.ndarray, stay: np.ndarray, soonest: Chances
    ) -> np.ndarray:
        """A month's returns, departures and exits, of people (flows, draws, profiles) that went, went late, and stay.

        Returns: (flows, draws, profiles) who came back and left again.
        """
        gone_n = self.here - went - stay
        leave, after, gone_r = self.reisolated.leave()
        every, again, anew, *rest = self._turned(went, leave, soonest)
        self.reisolated.add(month, anew)
        self.weights[:, self.depth + month, :, self.walker.size :] = again[:, :, self.walker.size :]
        self.here = stay + again
        onsets, beyond = self._grouped(every), self.walker.by_group(late)
        gone = self._gone("connected", gone_n + rest[0]) + self._gone("reisolated", gone_r + rest[1])
        self.expected -= gone.sum(axis=3)
        for k, flow in enumerate(self.flows):
            flow.onsets[:, month], flow.first_onsets[:, month] = onsets[k].sum(axis=1), onsets[k, :, 0]
            flow.late_onsets[:, month], flow.gone[:, month] = beyond[k], gone[k].sum(axis=1)
        self._note(month + 1, self.here, after + anew)
        return again

    def close(self) -> None:
        """Make sure that nobody was lost or made."""
        for flow, expected in zip(self.flows, self.expected, strict=True):
            _conserved(flow.connected[:, -1] + flow.reisolated[:, -1], expected)

    def _grouped(self, people: np.ndarray) -> np.ndarray:
        """(flows, draws, profiles) as (flows, draws, priors, groups), a view."""
        return people.reshape(*people.shape[:2], PRIORS, self.walker.size)

    def _note(self, month: int, connected: np.ndarray, reisolated: np.ndarray) -> None:
        here, there = self.walker.by_group(connected), self.walker.by_group(reisolated)
        for k, flow in enumerate(self.flows):
            flow.connected[:, month], flow.reisolated[:, month] = here[k], there[k]

    def _turned(self, returns: np.ndarray, leave: np.ndarray, soonest: Chances) -> tuple[np.ndarray, ...]:
        """The rest of the month of those who came back or left in it, half of one on average.

        Returns: all returns, connected anew (untreated, with a prior re-isolation more), re-isolated anew, and those gone from
            either, each (flows, draws, profiles).
        """
        stays_n, moves_n = soonest
        stays_r, moves_r = (c[0] for c in self.walker.rates.leaving)
        turned = returns * moves_r
        none, one, more = np.moveaxis(self._grouped(leave + turned), 2, 0)
        again = np.stack([np.zeros_like(none), none, one + more], axis=2).reshape(leave.shape)
        soon, kept = again * moves_n, again * stays_n
        rest = returns * stays_r
        return returns + soon, kept, rest + soon, again - soon - kept, returns - turned - rest

    def _gone(self, state: str, gone: np.ndarray) -> np.ndarray:
        """(flows, draws, groups, exits) people gone by kind of exit, in proportion to the rates."""
        return self.walker.by_group(gone)[..., None] * self.walker.rates.among[state]


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


def _together(block: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    """Move a block (…, draws, tracks, profiles) between tracks in place, every group alike, by products of small matrices."""
    lead, few, many = block.shape[:-2], low.shape[1], high.shape[1]
    moved = np.matmul(low[:, None], block.reshape(*lead, many, few, -1))
    if many == 1:
        block[...] = moved.reshape(block.shape)
    else:
        np.matmul(high, moved.reshape(*lead, many, -1), out=block.reshape(*lead, many, -1))


def _aged(block: np.ndarray, stays: np.ndarray, moves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One month of a block (draws, tracks, profiles) in place: the parts (draws, profiles) that moved, and that are still there."""
    went = np.einsum("dtp,dtp->dp", block, moves)
    block *= stays
    return went, block.sum(axis=1)
