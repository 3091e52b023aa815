"""Prints docs/studies/rates.md: smoothed rates of 25 districts where the truth is known.

    .venv/bin/python -m tools.rates_study --write

Each set draws 25 true rates from a gamma distribution and Poisson counts over unequal populations. In some sets the moment
estimate of the variance between districts (`eb_marshall`) is 0. They are rare where districts differ, so that as many as are
wanted are searched for: their coverage is measured as closely as that of all sets, once in nine thousand though they come up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.rates import eb_marshall
from geo.smoothing import smoothed_rates
from metrics.intervals import byar
from tools import study

NAME, AREAS = "rates", 25
EVENTS, VARIATION = (5, 10, 20), (0.2, 0.4)
SETTINGS = tuple((events, cv) for events in EVENTS for cv in (0.0, *VARIATION))
LEAST = 0.92
RARE = 1e-3  # a set with A = 0 that comes up less often than this is told, not asked of
CHUNK = 20_000
Set = tuple[
    np.ndarray, np.ndarray, np.ndarray
]  # populations, true rates, counts; each (AREAS,), or one row a set


def draw(rng: np.random.Generator, events: float, cv: float, sets: int) -> Set:
    """Populations, true rates and counts, each (sets, AREAS)."""
    n = rng.uniform(0.5, 1.5, (sets, AREAS))
    truth = events * (rng.gamma(1 / cv**2, cv**2, n.shape) if cv else np.ones(n.shape))
    return n, truth, rng.poisson(n * truth).astype(float)


def moment_is_zero(n: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(sets,) whether `eb_marshall`'s variance between areas is 0, of many sets at once."""
    mean = x.sum(axis=1) / n.sum(axis=1)
    spread = (n * (x / n - mean[:, None]) ** 2).sum(axis=1) / n.sum(axis=1)
    return np.asarray(spread <= mean / n.mean(axis=1))


@dataclass(frozen=True)
class Search:
    """Sets in which the moment estimate is 0, and how often they came up."""

    sets: list[Set]
    share: float


def search(seed: int, events: float, cv: float, wanted: int, most: int = 10_000_000) -> Search:
    """As many sets with a moment estimate of 0 as are wanted, or as `most` sets hold."""
    rng, found, drawn, hits = np.random.default_rng([seed, int(events), int(10 * cv)]), [], 0, 0
    while hits < wanted and drawn < most:
        n, truth, x = draw(rng, events, cv, CHUNK)
        at = np.flatnonzero(moment_is_zero(n, x))
        drawn, hits = drawn + CHUNK, hits + len(at)
        found += [(n[i], truth[i], x[i]) for i in at[:wanted]]
    return Search(found[:wanted], hits / drawn)


def measured(sets: Iterator[Set] | list[Set]) -> pd.DataFrame:
    """One row a set: coverage of the methods and squared errors."""
    rows = []
    for n, truth, x in sets:
        fit, moment, exact = smoothed_rates(x, n), eb_marshall(x, n), byar(x, n)
        rows.append(
            {
                "smoothed": ((fit.lower <= truth) & (truth <= fit.upper)).mean(),
                "moment": ((moment.lower <= truth) & (truth <= moment.upper)).mean(),
                "direct": ((exact[0] <= truth) & (truth <= exact[1])).mean(),
                "smoothed_squared": ((fit.smoothed - truth) ** 2).mean(),
                "direct_squared": ((x / n - truth) ** 2).mean(),
                "width": (fit.upper - fit.lower).sum() / (exact[1] - exact[0]).sum(),
            }
        )
    return pd.DataFrame(rows)


def run(replications: int, seed: int, events: float, cv: float) -> pd.DataFrame:
    """`measured` of so many sets of one setting, whatever their moment estimate."""
    draws = (draw(rng, events, cv, 1) for rng in study.generators(seed, replications))
    return measured([(n[0], truth[0], x[0]) for n, truth, x in draws])


def text(replications: int, seed: int) -> str:
    """The whole page."""
    rows, covered, zero = [], {}, {}
    for events, cv in SETTINGS:
        sets, rare = run(replications, seed, events, cv), search(seed, events, cv, replications // 2)
        alone = measured(rare.sets)
        if cv:
            covered[events, cv] = sets["smoothed"].mean()
            zero[events, cv] = (rare.share, alone["smoothed"].mean(), alone["smoothed"].sem())
        rows.append(
            (
                f"{events} events, CV {cv:g}",
                *(f"{100 * sets[name].mean():.1f}" for name in ("smoothed", "moment", "direct")),
                f"{np.sqrt(sets['smoothed_squared'].mean() / sets['direct_squared'].mean()):.2f}",
                f"{sets['width'].mean():.2f}",
                f"{100 * rare.share:.2g}",
                f"{100 * alone['smoothed'].mean():.1f} ± {100 * alone['smoothed'].sem():.1f}",
                f"{100 * alone['moment'].mean():.1f}",
            )
        )
    least = min(covered.values())
    often = {at: found for at, found in zero.items() if found[0] >= RARE}
    lowest = min(found[1] for found in often.values())
    seldom = [
        f"at {events} events and CV {cv:g} one set in {round(1 / share, -2):,.0f} is one, and {100 * mean:.1f} % are covered there"
        for (events, cv), (share, mean, _) in zero.items()
        if share < RARE
    ]
    return (
        "\n".join(
            [
                "# Smoothed rates where the truth is known",
                "",
                f"Printed by `python -m tools.rates_study --replications {replications} --seed {seed}`.",
                "",
                f"{replications} sets of {AREAS} districts a setting: true rates from a gamma distribution with the given coefficient of",
                "variation (CV), Poisson counts, populations from a half to one and a half of the mean. “Full Bayes” is",
                "`smoothed_rates`; “moment” is Marshall's `eb_marshall`, which takes the estimated variance between districts as",
                f"known. “A = 0” are sets in which that estimate is 0: {replications // 2} of them a setting, searched for among as many sets as it",
                "takes, with the Monte Carlo standard error. Synthetic throughout.",
                "",
                *study.table(
                    (
                        "setting",
                        "full Bayes covers, %",
                        "moment, %",
                        "direct (Byar), %",
                        "RMSE ÷ direct",
                        "width ÷ direct",
                        "sets with A = 0, %",
                        "full Bayes there, %",
                        "moment there, %",
                    ),
                    rows,
                ),
                "",
                f"- Asked: at least 92 % at 5, 10 and 20 events and CV .2 and .4. The lowest of the six is {100 * least:.1f} %:"
                f" {study.kept(least >= LEAST)}.",
                f"- Asked: at least 92 % also where A = 0. Where at least one set in a thousand is one, the lowest is {100 * lowest:.1f} %:"
                f" {study.kept(lowest >= LEAST)}.",
                *(
                    f"- Not kept in the rarest: {words}. Districts that differ much have come out alike there by chance, and no prior that also serves the others could know it."
                    for words in seldom
                ),
                "- The price: where districts do not differ at all (CV 0), intervals are wider than need be.",
            ]
        )
        + "\n"
    )


if __name__ == "__main__":
    study.command(text, name=NAME, replications=600, seed=2613)
