"""Prints docs/studies/rates.md: smoothed rates of 25 districts where the truth is known.

    .venv/bin/python -m tools.rates_study --write

Each set draws 25 true rates from a gamma distribution and Poisson counts over unequal populations. The moment estimate
of the variance between districts (`eb_marshall`) is 0 in some sets; coverage in those alone is shown too.
"""

from __future__ import annotations

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
FEW_SETS = 20  # fewer sets with a moment estimate of 0 say nothing on their own


def run(replications: int, seed: int, settings: tuple[tuple[int, float], ...] = SETTINGS) -> pd.DataFrame:
    """One row a set: setting, coverage of both methods, their squared errors and whether the moment estimate was 0."""
    rows = []
    for events, cv in settings:
        for rng in study.generators(seed, replications):
            n = rng.uniform(0.5, 1.5, AREAS)
            truth = events * (rng.gamma(1 / cv**2, cv**2, AREAS) if cv else np.ones(AREAS))
            x = rng.poisson(n * truth).astype(float)
            fit, moment = smoothed_rates(x, n), eb_marshall(x, n)
            exact = byar(x, n)
            rows.append(
                {
                    "events": events,
                    "cv": cv,
                    "zero": moment.between_variance == 0,
                    "smoothed": ((fit.lower <= truth) & (truth <= fit.upper)).mean(),
                    "moment": ((moment.lower <= truth) & (truth <= moment.upper)).mean(),
                    "direct": ((exact[0] <= truth) & (truth <= exact[1])).mean(),
                    "smoothed_squared": ((fit.smoothed - truth) ** 2).mean(),
                    "direct_squared": ((x / n - truth) ** 2).mean(),
                }
            )
    return pd.DataFrame(rows)


def text(replications: int, seed: int) -> str:
    """The whole page."""
    found = run(replications, seed)
    rows = []
    for (events, cv), sets in found.groupby(["events", "cv"], sort=False):
        zero = sets[sets["zero"]]
        known = len(zero) >= FEW_SETS
        rows.append(
            (
                f"{events} events, CV {cv:g}",
                f"{100 * sets['smoothed'].mean():.1f}",
                f"{100 * sets['moment'].mean():.1f}",
                f"{100 * sets['direct'].mean():.1f}",
                f"{np.sqrt(sets['smoothed_squared'].mean() / sets['direct_squared'].mean()):.2f}",
                len(zero),
                f"{100 * zero['smoothed'].mean():.1f}" if known else "",
                f"{100 * zero['moment'].mean():.1f}" if known else "",
            )
        )
    varied = found[found["cv"] > 0]
    zero = varied[varied["zero"]]
    each = zero.groupby(["events", "cv"])["smoothed"].agg(["mean", "sem", "size"])
    each = each[each["size"] >= FEW_SETS].sort_values("mean")
    low = [
        f"{100 * row['mean']:.1f} % ({row['size']:.0f} sets, Monte Carlo error {100 * row['sem']:.1f} points)"
        for row in each.head(1).to_dict("records")
    ]
    least = min(varied.groupby(["events", "cv"])["smoothed"].mean())
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
                "known. “A = 0” are the sets in which that estimate is 0. Synthetic throughout.",
                "",
                *study.table(
                    (
                        "setting",
                        "full Bayes covers, %",
                        "moment, %",
                        "direct (Byar), %",
                        "RMSE ÷ direct",
                        "sets with A = 0",
                        "full Bayes there, %",
                        "moment there, %",
                    ),
                    rows,
                ),
                "",
                f"- Asked: at least 92 % at 5, 10 and 20 events and CV .2 and .4. The lowest of the six is {100 * least:.1f} %:"
                f" {study.kept(least >= LEAST)}.",
                f"- In the {len(zero)} of those sets in which A = 0, full Bayes covers {100 * zero['smoothed'].mean():.1f} % (asked: 92 %,"
                f" {study.kept(zero['smoothed'].mean() >= LEAST)}), the moment estimate {100 * zero['moment'].mean():.1f} %.",
                *(
                    f"- By single setting, the lowest coverage where A = 0 is {words}; settings with fewer than {FEW_SETS} such sets are"
                    " left blank. The more districts truly differ, the rarer and the more unlucky such a set is."
                    for words in low
                ),
                "- The price: where districts do not differ at all (CV 0), intervals are wider than need be.",
            ]
        )
        + "\n"
    )


if __name__ == "__main__":
    study.command(text, name=NAME, replications=600, seed=12)
