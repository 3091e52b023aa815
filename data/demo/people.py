"""People who leave isolation, and what becomes of them: the truth that the re-isolation model must recover.

The process is that of statistics.md Part C, walked day by day in exact time: N (connected) and R (re-isolated) with
clock-reset hazards by months in the state, competing with death, moving away and loss; aftercare and peer support
begin by chance at month ends and change the hazard of returning. Every number below is written to the truth file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from data.demo.city import DAYS_PER_MONTH, City, months, pick

LEAVERS, LARGEST_SCALE, WINDOW_MONTHS = 3000, 10, 36
AGE_SHARE = (0.30, 0.45, 0.25)  # 19-39, 40-64, 65+
MALE, ALONE = 0.50, 0.55
DISTRICT_SD, FRAILTY_SD = 0.20, 0.0
EDGES_N = np.array([0, 1, 3, 6, 12, 24]) * DAYS_PER_MONTH
RATE_N = np.array([0.030, 0.024, 0.018, 0.012, 0.008, 0.005])  # re-isolation a month
EDGES_R = np.array([0, 3, 12]) * DAYS_PER_MONTH
RATE_R = np.array([0.06, 0.09, 0.05])  # reconnection a month
LOG_HR_AGE = np.array([0.0, 0.25, -0.10])
LOG_HR = {"male": 0.15, "alone": 0.35, "prior": 0.40, "aftercare": -0.35, "peer": -0.25, "season": 0.15}
DEATH, DEATH_AGE = 0.0010, np.array([0.3, 1.0, 4.0])
MOVE, LOST = 0.0025, 0.006
AFTERCARE_START, AFTERCARE_ALONE, AFTERCARE_MONTHS, PEER_START = 0.06, 0.5, 6, 0.03
WAITING, CONNECTED, REISOLATED, LEFT = -1, 0, 1, 9
# How a stretch ends: still open, re-isolated or reconnected, or gone.
OPEN, SWITCH, DIED, MOVED_AWAY, LOST_SIGHT = 0, 1, 2, 3, 4


@dataclass
class Group:
    """Fixed traits of the people and the days (float, from the window's start) of their first exit."""

    left: np.ndarray
    age: np.ndarray  # 0: 19-39, 1: 40-64, 2: 65+
    male: np.ndarray
    alone: np.ndarray
    home: np.ndarray
    frailty: np.ndarray


def window_start(as_of: date) -> np.datetime64:
    """First day of the 36 months that end with `as_of`'s month."""
    month = np.datetime64(as_of, "M") - (WINDOW_MONTHS - 1)
    return month.astype("datetime64[D]")


def month_starts(as_of: date) -> np.ndarray:
    """Days from the window's start at which its months begin, and the day after `as_of`."""
    start = window_start(as_of)
    keys = months(start.astype(object), as_of)
    days = [np.datetime64(f"{k // 100:04d}-{k % 100:02d}-01", "D") for k in keys]
    return np.array(
        [*(int((d - start).astype(int)) for d in days), int((np.datetime64(as_of) - start).astype(int)) + 1]
    )


def district_effects(city: City) -> np.ndarray:
    """True log hazard shifts of the districts."""
    return city.rng("district-effects").normal(0, DISTRICT_SD, len(city.codes))


def make_group(city: City) -> Group:
    """The people, at 3,000 times scale up to 10."""
    rng = city.rng("people")
    n = LEAVERS * min(city.scale, LARGEST_SCALE)
    starts = month_starts(city.as_of)
    month = rng.integers(0, WINDOW_MONTHS, n)
    left = starts[month] + rng.random(n) * (starts[month + 1] - starts[month])
    return Group(
        left=left,
        age=pick(rng, AGE_SHARE, n),
        male=rng.random(n) < MALE,
        alone=rng.random(n) < ALONE,
        home=pick(rng, city.living_alone, n),
        frailty=np.exp(FRAILTY_SD * rng.normal(size=n)),
    )


class Walk:
    """Everyone's present state, moved on month by month; keeps the stretches and supports that have ended.

    A stretch is (person, state, start, end, how it ended, prior re-isolations); a support is (person, kind, start,
    end) with kind 0 for aftercare and 1 for peer support. Days are floats from the window's start. What still runs
    after the last month ends the day after `as_of` with `OPEN`, a support with infinity.
    """

    def __init__(self, city: City, group: Group) -> None:
        n = len(group.left)
        self.group, self.rng = group, city.rng("histories")
        self.starts = month_starts(city.as_of)
        self.state, self.prior, self.since = np.full(n, WAITING), np.zeros(n, dtype=int), group.left.copy()
        self.at = group.left.copy()
        # Support of each kind: since when (NaN: none) and until when.
        self.begin, self.until = np.full((2, n), np.nan), np.full((2, n), -np.inf)
        self.fixed = (
            LOG_HR_AGE[group.age]
            + LOG_HR["male"] * group.male
            + LOG_HR["alone"] * group.alone
            + district_effects(city)[group.home]
            + np.log(group.frailty)
        )
        self.first_month = int(window_start(city.as_of).astype("datetime64[M]").astype(int))
        self._stretches: list[tuple[np.ndarray, ...]] = []
        self._supports: list[tuple[np.ndarray, ...]] = []

    def run(self) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
        """Walk through every month; returns (stretches, supports), each a tuple of columns."""
        for number in range(WINDOW_MONTHS):
            low, high = float(self.starts[number]), float(self.starts[number + 1])
            self.state[(self.state == WAITING) & (self.since < high)] = CONNECTED
            self.at = np.maximum(low, self.since)
            season = LOG_HR["season"] * np.cos(2 * np.pi * ((self.first_month + number) % 12 + 1) / 12)
            while self._round(high, season):
                pass
            self._end_supports(high)
            self._offer(number, high)
        self._close()
        joined = (
            tuple(np.concatenate(c) for c in zip(*p, strict=True)) for p in (self._stretches, self._supports)
        )
        stretches, supports = joined
        return stretches, supports

    def _round(self, high: float, season: float) -> bool:
        """Move everyone still inside the month to their next band edge, month end or exit; False when none is left."""
        who = np.flatnonzero((self.state >= CONNECTED) & (self.state <= REISOLATED) & (self.at < high))
        if not len(who):
            return False
        at = self.at[who]
        log_risk = self.fixed[who] + season + LOG_HR["prior"] * (self.prior[who] > 0)
        log_risk += LOG_HR["aftercare"] * (self.until[0, who] > at) + LOG_HR["peer"] * (
            self.until[1, who] > at
        )
        switch, step = _hazard(self.state[who], at - self.since[who], log_risk)
        n = len(who)
        rates = np.column_stack(
            [switch, DEATH * DEATH_AGE[self.group.age[who]], np.full(n, MOVE), np.full(n, LOST)]
        )
        limit = np.minimum(high, at + step)
        end = at + self.rng.exponential(1, n) / rates.sum(axis=1) * DAYS_PER_MONTH
        cause = SWITCH + _which(self.rng, rates)
        leaves = end < limit
        self.at[who] = np.where(leaves, end, limit)
        self._leave(who[leaves], cause[leaves])
        return True

    def _leave(self, gone: np.ndarray, cause: np.ndarray) -> None:
        """Write the stretches that end now and move their people on."""
        state = self.state[gone].copy()
        self._stretches.append((gone, state, self.since[gone], self.at[gone], cause, self.prior[gone]))
        self._end_support(0, gone, self.at[gone])
        self._end_support(1, gone, self.at[gone])
        switched = cause == SWITCH
        self.state[gone] = np.where(switched, 1 - state, LEFT)
        # A return counts the re-isolation behind it; the stretch that begins with one does not yet.
        self.prior[gone[switched & (state == REISOLATED)]] += 1
        self.since[gone] = self.at[gone]

    def _offer(self, number: int, high: float) -> None:
        """At a month's end, connected people without it may get aftercare or peer support from the next month on."""
        chance = (AFTERCARE_START * np.exp(AFTERCARE_ALONE * (self.group.alone - ALONE)), PEER_START)
        last = number + 1 + AFTERCARE_MONTHS
        until = (float(self.starts[last]) if last < WINDOW_MONTHS else np.inf, np.inf)
        for kind in range(2):
            taken = self.rng.random(len(self.state)) < chance[kind]
            taken &= (self.state == CONNECTED) & np.isnan(self.begin[kind])
            self.begin[kind, taken], self.until[kind, taken] = high, until[kind]

    def _end_supports(self, now: float) -> None:
        done = np.flatnonzero(~np.isnan(self.begin[0]) & (self.until[0] <= now))
        self._end_support(0, done, self.until[0, done])

    def _end_support(self, kind: int, who: np.ndarray, at: np.ndarray) -> None:
        """Write the support that `who` have, if any, as ending at `at`."""
        has = ~np.isnan(self.begin[kind, who])
        who, at = who[has], at[has]
        self._supports.append((who, np.full(len(who), kind), self.begin[kind, who], at))
        self.begin[kind, who], self.until[kind, who] = np.nan, -np.inf

    def _close(self) -> None:
        """Write what is still running after the last month."""
        end = float(self.starts[-1])
        still = np.flatnonzero((self.state == CONNECTED) | (self.state == REISOLATED))
        n = len(still)
        self._stretches.append(
            (
                still,
                self.state[still],
                self.since[still],
                np.full(n, end),
                np.full(n, OPEN),
                self.prior[still],
            )
        )
        for kind in range(2):
            # Offers made at the very end would begin after `as_of`.
            who = np.flatnonzero(self.begin[kind] < end)
            self._end_support(kind, who, np.full(len(who), np.inf))


def _hazard(state: np.ndarray, clock: np.ndarray, log_risk: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Monthly rate of switching state, and days until the next band edge."""
    # A step can end a rounding error short of its edge: a billionth of a day is the edge.
    band_n = np.searchsorted(EDGES_N, clock + 1e-9, side="right") - 1
    band_r = np.searchsorted(EDGES_R, clock + 1e-9, side="right") - 1
    rate = np.where(state == CONNECTED, RATE_N[band_n] * np.exp(log_risk), RATE_R[band_r])
    edge = np.where(
        state == CONNECTED, np.append(EDGES_N, np.inf)[band_n + 1], np.append(EDGES_R, np.inf)[band_r + 1]
    )
    return rate, edge - clock


def _which(rng: np.random.Generator, rates: np.ndarray) -> np.ndarray:
    """Which of the competing exits happens, in proportion to the rates of each row."""
    edges = np.cumsum(rates, axis=1)
    return (rng.random(len(rates))[:, None] * edges[:, -1:] > edges).sum(axis=1)
