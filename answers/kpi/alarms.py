"""How often charts signal falsely: simulated once for every length, likeness of neighbours and way of drawing limits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from answers.kpi.measures import MONTHS, Kpi
from answers.reader import Reader
from answers.studies import study
from metrics import alarms, spc

SEED = 120  # a fixed one: the same page says the same figure
_LIKENESS = tuple(round(r / 10, 1) for r in range(10))


@study("kpi.alarms", reads=())
def simulated(read: Reader) -> dict[tuple[int, float, bool], float]:
    """The share of stable charts whose latest point signals, by points, autocorrelation and screening."""
    return dict(_shares())


@cache
def _shares() -> dict[tuple[int, float, bool], float]:
    """The same in every store: a worker of several cities and releases simulates it once."""
    return {
        (n, r, screen): alarms.false_alarms(n, rng=np.random.default_rng(SEED), screen=screen, lag1=r)
        for n in range(spc.FEWEST, MONTHS + 1)
        for r in _LIKENESS
        for screen in (True, False)
    }


def false_alarm_share(read: Reader, found: Sequence[Kpi]) -> tuple[float, int]:
    """Expected charts whose latest month signals falsely if all were stable and independent, and how many have limits.

    With screened moving ranges, as the table draws its limits.

    Raises:
        Pending: the simulation is not there yet.
    """
    rates, charts = read.study("kpi.alarms"), [len(k.chart) for k in found if k.judged]
    return sum(rates[n, 0.0, True] for n in charts), len(charts)


def alike(kpi: Kpi) -> float | None:
    """Lag-1 autocorrelation where neighbouring months resemble each other more than chance has it, else None."""
    r, marked = alarms.autocorrelation(kpi.chart) if kpi.judged else (float("nan"), False)
    return r if marked else None


def alarm_of(read: Reader, kpi: Kpi, r: float, *, screen: bool) -> float:
    """How often a stable chart whose neighbours resemble each other as much signals in its latest month.

    Raises:
        Pending: the simulation is not there yet.
    """
    points = int(kpi.chart["value"].notna().sum())
    return float(read.study("kpi.alarms")[points, round(min(r, _LIKENESS[-1]), 1), screen])
