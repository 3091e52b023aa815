"""Prints docs/studies/unit_cost.md: how often the limits of a cost per outcome hold it, beside a bootstrap over months.

.venv/bin/python -m tools.unit_cost_study --write
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import bootstrap

from metrics.unit_cost import cost_per_outcome
from tools import study

NAME = "unit_cost"
OUTCOMES = 50.0  # a month, Poisson
LOWEST, HIGHEST = 0.925, 0.975
BOOTSTRAPPED = 10  # one set in so many is bootstrapped too: a thousand draws each


class Setting(NamedTuple):
    """How a month's cost is made, in won: a gamma base, and with chance `lumps` a further sum of mean `size`.

    `log_sd` above 0 makes lognormal months in place of all that.
    """

    words: str
    months: int
    base: float = 100.0
    lumps: float = 0.0
    size: float = 0.0
    log_sd: float = 0.0
    asked: bool = True

    @property
    def truth(self) -> float:
        """Won per outcome."""
        month = np.exp(self.log_sd**2 / 2) if self.log_sd else self.base + self.lumps * self.size
        return float(month / OUTCOMES)


SETTINGS = (
    Setting("6 months, even", 6),
    Setting("12 months, even", 12),
    Setting("12 months, one in four with 20 times the others' cost", 12, 20.0, 0.25, 400.0),
    Setting("12 months, lognormal with log SD 1", 12, log_sd=1.0, asked=False),
    Setting("12 months, one in ten with 40 times the others' cost", 12, 20.0, 0.1, 800.0, asked=False),
)


def draw(rng: np.random.Generator, at: Setting) -> tuple[np.ndarray, np.ndarray]:
    """Won and outcomes of one year's months."""
    if at.log_sd:
        won = np.exp(at.log_sd * rng.standard_normal(at.months))
    else:
        won = rng.gamma(25, at.base / 25, at.months)
        won = won + rng.binomial(1, at.lumps, at.months) * rng.gamma(4, at.size / 4, at.months)
    return won, rng.poisson(OUTCOMES, at.months).astype(float)


def held(replications: int, seed: int, at: Setting) -> float:
    """Share of years whose limits hold the truth."""
    found = [cost_per_outcome(*draw(rng, at)) for rng in study.generators(seed, replications)]
    return float(np.mean([one.lower <= at.truth <= one.upper for one in found]))


def bootstrapped(replications: int, seed: int, at: Setting) -> float:
    """The same by Efron's BCa bootstrap over months."""
    inside = []
    for rng in study.generators(seed, replications):
        limits = bootstrap(draw(rng, at), lambda won, n, axis=-1: won.sum(axis) / n.sum(axis), paired=True,
                           vectorized=True, n_resamples=999, method="BCa", rng=rng).confidence_interval  # fmt: skip
        inside.append(limits.low <= at.truth <= limits.high)
    return float(np.mean(inside))


def text(replications: int, seed: int) -> str:
    """The whole page."""
    found = {at: held(replications, seed, at) for at in SETTINGS}
    rows = [
        (
            at.words,
            f"{100 * found[at]:.1f}",
            f"{100 * bootstrapped(max(replications // BOOTSTRAPPED, 1), seed, at):.0f}",
        )
        for at in SETTINGS
    ]
    asked = [found[at] for at in SETTINGS if at.asked]
    return (
        "\n".join(
            [
                "# Limits of a cost per outcome",
                "",
                f"Printed by `python -m tools.unit_cost_study --replications {replications} --seed {seed}`.",
                "",
                f"{replications} years a setting, {OUTCOMES:.0f} outcomes a month on average, cost and outcomes independent. How often 95 % limits",
                "hold the true cost: by the jackknife of the log ratio with Student's t (`cost_per_outcome`), and by a BCa bootstrap over months",
                f"(one year in {BOOTSTRAPPED}). Synthetic throughout.",
                "",
                *study.table(("setting", "jackknife holds, %", "bootstrap, %"), rows),
                "",
                f"- Asked: 92.5 to 97.5 % where cost is even or lumpy in every fourth month. Found {100 * min(asked):.1f} to {100 * max(asked):.1f} %:"
                f" {study.kept(min(asked) >= LOWEST and max(asked) <= HIGHEST)}.",
                "- Not mended, and said on the page: where one month in ten carries most of the cost, a year that happens to have none (28 % of",
                "  years) gives no sign of it. No interval from such a year alone can reach the truth.",
            ]
        )
        + "\n"
    )


if __name__ == "__main__":
    study.command(text, name=NAME, replications=4000, seed=2612)
