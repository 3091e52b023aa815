"""Prints docs/studies/trend.md: how often a trend is called where none is, and how often where one is.

.venv/bin/python -m tools.trend_study --write
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr
from statsmodels.stats.multitest import fdrcorrection

from metrics import trend
from tools import study

NAME, AREAS = "trend", 25
SETTINGS = (
    (3, 0.1, 150), (3, 0.46, 150), (3, 0.46, 500), (3, 0.82, 1200), (4, 0.46, 500),
    (5, 0.46, 150), (5, 0.46, 500), (5, 0.82, 1200),
)  # fmt: skip
EXTRA = (0.0, 0.05, 0.1)
MOST = 0.08
RISE = (0.05, 0.1, 0.2)  # of the share, from the first period to the last


def counts(
    rng: np.random.Generator,
    *,
    periods: int,
    share: float,
    trials: int,
    own: float,
    common: float,
    rise: float = 0.0,
    risers: int = 0,
    areas: int = AREAS,
) -> tuple[np.ndarray, np.ndarray]:
    """(events, trials), each (areas, periods): trials from .4 to 1.6 of `trials` by area.

    Args:
        own, common: standard deviation between periods beyond chance, as a part of the share: of each district on its own,
            and of a swing that all share.
        rise: from the first period to the last, as a part of the share, in the first `risers` districts.
    """
    n = np.round(trials * rng.uniform(0.4, 1.6, (areas, 1))) * np.ones((1, periods))
    way = np.linspace(-0.5, 0.5, periods) * rise
    truth = share * np.where(np.arange(areas)[:, None] < risers, 1 + way, 1.0)
    truth = (
        truth
        * (1 + own * rng.standard_normal((areas, periods)))
        * (1 + common * rng.standard_normal(periods))
    )
    return rng.binomial(n.astype(int), np.clip(truth, 0.001, 0.999)).astype(float), n


def called(x: np.ndarray, n: np.ndarray, *, plain: bool = False) -> np.ndarray:
    """(areas,) whether a trend is called after Benjamini and Hochberg."""
    test = trend.cochran_armitage if plain else trend.pooled
    p = test(x, n, np.arange(x.shape[1], dtype=float)).p_value
    return fdrcorrection(p, trend.ALPHA)[0]


def false_sets(
    replications: int,
    seed: int,
    *,
    periods: int,
    share: float,
    trials: int,
    own: float = 0.0,
    common: float = 0.0,
    plain: bool = False,
) -> float:
    """Share of sets of 25 districts without any trend in which one is called."""
    found = []
    for rng in study.generators(seed, replications):
        x, n = counts(rng, periods=periods, share=share, trials=trials, own=own, common=common)
        found.append(called(x, n, plain=plain).any())
    return float(np.mean(found))


def knowing(x: np.ndarray, n: np.ndarray, own: float) -> np.ndarray:
    """(areas,) whether a test calls a trend that is told how much periods vary: what no test of these figures exceeds."""
    t = np.arange(x.shape[1], dtype=float)
    plain = trend.cochran_armitage(x, n, t)
    share = (x.sum(axis=1, keepdims=True) + 0.5) / (n.sum(axis=1, keepdims=True) + 1)
    centred = t - (n * t).sum(axis=1, keepdims=True) / n.sum(axis=1, keepdims=True)
    variance = n**2 * centred**2 * (share * (1 - share) / n + (own * share) ** 2)
    error = np.sqrt(variance.sum(axis=1)) / (n * centred**2).sum(axis=1)
    return fdrcorrection(2 * ndtr(-np.abs(plain.slope / error)), trend.ALPHA)[0]


def power(
    replications: int, seed: int, *, periods: int, share: float, trials: int, own: float, rise: float
) -> tuple[float, float, float]:
    """Share of five rising districts that are called, of all called that do not rise, and of the five by `knowing`."""
    right, wrong, known = 0, 0, 0
    for rng in study.generators(seed, replications):
        x, n = counts(
            rng, periods=periods, share=share, trials=trials, own=own, common=0.0, rise=rise, risers=5
        )
        found = called(x, n)
        right, wrong = right + int(found[:5].sum()), wrong + int(found[5:].sum())
        known += int(knowing(x, n, own)[:5].sum())
    return right / (5 * replications), wrong / max(right + wrong, 1), known / (5 * replications)


def text(replications: int, seed: int) -> str:
    """The whole page."""
    rows, powers, worst, worst_together = [], [], 0.0, 0.0
    for periods, share, trials in SETTINGS:
        at: dict[str, Any] = {"periods": periods, "share": share, "trials": trials}
        own = [false_sets(replications, seed, **at, own=extra) for extra in EXTRA]
        before = false_sets(replications, seed, **at, own=0.05, plain=True)
        together = [false_sets(replications, seed, **at, common=extra) for extra in EXTRA[1:]]
        name = f"{periods} periods, share {share:g}, about {trials} trials"
        rows.append([name, *(f"{100 * v:.1f}" for v in (*own, before, *together))])
        worst, worst_together = max(worst, *own), max(worst_together, *together)
        found = [
            power(replications // 5, seed, **at, own=extra, rise=rise)
            for extra in (0.0, 0.05)
            for rise in RISE
        ]
        powers.append([name, *(f"{100 * right:.0f} of {100 * known:.0f}" for right, _, known in found)])
    return (
        "\n".join(
            [
                "# Trends called where there is none",
                "",
                f"Printed by `python -m tools.trend_study --replications {replications} --seed {seed}`.",
                "",
                f"{replications} sets of {AREAS} districts a cell, none with a trend. Periods vary beyond chance by the given part of the",
                "share: each district on its own, or all together. Counted is the share of sets in which at least one district is said to",
                "rise or fall, after Benjamini and Hochberg at 5 %, in %. Synthetic throughout.",
                "",
                *study.table(
                    (
                        "setting",
                        "own 0 %",
                        "own 5 %",
                        "own 10 %",
                        "own 5 %, chance alone (Cochran–Armitage)",
                        "all together 5 %",
                        "all together 10 %",
                    ),
                    rows,
                ),
                "",
                f"- Asked: at most 8 % at 0, 5 and 10 % of its own. The largest is {100 * worst:.1f} %: {study.kept(worst <= MOST)}.",
                f"- Asked: at most 8 % at swings of 5 and 10 % that all share. The largest is {100 * worst_together:.1f} %:"
                f" {study.kept(worst_together <= MOST)}.",
                "- A swing that all districts share is worked out from the residuals of the periods, of which three leave one degree of",
                f"  freedom; up to {100 * trend.COMMON_SWING:.0f} % of the share counts as noise, beyond that it counts as change.",
                "",
                "## Power",
                "",
                "Five of 25 districts rise by 5, 10 or 20 % of the share from the first period to the last; share of them that are found, in %,",
                f"over {replications // 5} sets, without and with a variation of 5 % between periods. “Of” is what a test finds that is told",
                "how much periods vary: no test finds more in these figures. From four periods on hardly anything is lost; with three it",
                "is lost because one degree of freedom cannot tell whether all districts swing together.",
                "",
                *study.table(
                    (
                        "setting",
                        *(
                            f"rise {100 * r:.0f} %{', own 5 %' if extra else ''}"
                            for extra in (0, 1)
                            for r in RISE
                        ),
                    ),
                    powers,
                ),
            ]
        )
        + "\n"
    )


if __name__ == "__main__":
    study.command(text, name=NAME, replications=1000, seed=2612)
