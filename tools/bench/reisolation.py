"""Measures the re-isolation projection: the full runs that a moved slider waits for, by the number of levers.

    make bench    part of it

On one demonstration register: 24 risk groups, 60 months. Processor time stands beside the clock's, since two threads share
the work and other programs the machine.
"""

from __future__ import annotations

import time

import numpy as np

from forecast.reisolation.hazard import expand, traits
from forecast.reisolation.model import Model, fit_model
from forecast.reisolation.parameters import LEVERS
from forecast.reisolation.project import FULL_DRAWS, Intake, Scenario, project, stock
from tools.bench import report
from tools.reisolation_study import AS_OF, register

FULL_S = (1.5, 3.0, 3.0, 3.0, 6.0, 6.0, 6.0)  # by the number of levers that act on coming back


def run() -> bool:
    """Print what was measured; whether a goal was missed."""
    _, rows, support = register(120)
    zone = rows["district_code"].astype(str).factorize()[0] % 2
    spells = rows.assign(zone=zone)
    model, at = fit_model(traits(expand(spells, support, as_of=AS_OF))), stock(spells, as_of=AS_OF)
    began, lines, failed = report.machine(), [], False
    for levers, draws in enumerate(FULL_DRAWS):
        clock, busy = seconds(model, at, levers, draws)
        slow = clock > FULL_S[levers]
        failed |= slow
        lines.append(
            f"- {levers} levers, {draws} draws x 60 months x {len(at.people)} groups in {clock:.2f} s ({busy:.2f} s of "
            f"processor; goal {FULL_S[levers]} s {'MISSED' if slow else 'ok'})"
        )
    print("\n".join(lines))
    report.put(
        "projection", "Projection of re-isolation", [f"The quickest of three runs. {began}", "", *lines]
    )
    return failed


def seconds(model: Model, at: Intake, levers: int, draws: int) -> tuple[float, float]:
    """(clock, processor) seconds of the quickest of three runs."""
    found = []
    for _ in range(3):
        clock, busy = time.perf_counter(), time.process_time()
        project(model, at, Scenario("bench", LEVERS[:levers]), draws=draws, rng=np.random.default_rng(1))
        found.append((time.perf_counter() - clock, time.process_time() - busy))
    return min(found)
