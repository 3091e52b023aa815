"""Prints docs/studies/funnel.md: how often a funnel's limits leave an area out, by exact sums and by simulation.

.venv/bin/python -m tools.funnel_study --write
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import gammaincinv
from scipy.stats import poisson

from geo.rates import funnel_limits
from tools import study

NAME, AREAS = "funnel", 25
EXPECTED = np.linspace(2, 10, 161)
OUTSIDE_95, OUTSIDE_998 = (0.025, 0.05), 0.0025  # what chance alone may leave out, over 2 to 10 expected
RANGES, VARIATION = ((2, 10), (10, 60), (60, 300)), (0.0, 0.2, 0.4)
PROPORTIONS = ((0.46, 150), (0.875, 150), (0.1, 60), (0.9, 30))


def null(kind: str = "exact") -> dict[str, float]:
    """Chance that a count lies outside, averaged over 2 to 10 expected: sums over all counts, nothing simulated.

    Args:
        kind: "exact" as `funnel_limits`; "mid-P"; "interval": Garwood's interval of the expected count, with so few
            events also required to be unlikely.
    """
    found = {"95": 0.0, "998": 0.0}
    for e in EXPECTED:
        k = np.arange(int(poisson.isf(1e-9, e)) + 2)
        p = poisson.pmf(k, e)
        below, above = poisson.cdf(k, e), poisson.sf(k - 1, e)
        if kind == "exact":
            verdict = funnel_limits(k, np.full(len(k), e), "ratio").areas["verdict"]
        for name, tail in (("95", 0.025), ("998", 0.001)):
            if kind == "exact":
                outside = (verdict != "inside") if name == "95" else verdict.str.endswith("998")
                outside = outside.to_numpy()
            elif kind == "mid-P":
                outside = (below - p / 2 <= tail) | (above - p / 2 <= tail)
            else:
                low, high = gammaincinv(e, tail), gammaincinv(e + 1, 1 - tail)
                outside = (k > high) | ((k < low) & (below < tail))
            found[name] += float(p[outside].sum()) / len(EXPECTED)
    return found


def widened(
    replications: int,
    seed: int,
    low: float,
    high: float,
    cv: float,
    how: Literal["additive", "multiplicative"] | None,
) -> dict[str, float]:
    """Shares outside a funnel of areas whose true ratios are gamma with coefficient of variation `cv`."""
    out, far, wide = [], [], []
    for rng in study.generators(seed, replications):
        expected = rng.uniform(low, high, AREAS)
        ratio = rng.gamma(1 / cv**2, cv**2, AREAS) if cv else np.ones(AREAS)
        found = funnel_limits(rng.poisson(expected * ratio), expected, "ratio", overdispersion=how)
        out.append(found.areas["verdict"].ne("inside").mean())
        far.append(found.areas["verdict"].str.endswith("998").mean())
        wide.append(found.widened)
    return {"95": float(np.mean(out)), "998": float(np.mean(far)), "widened": float(np.mean(wide))}


def widened_shares(
    replications: int,
    seed: int,
    share: float,
    trials: int,
    between: float,
    how: Literal["additive", "multiplicative"] | None,
) -> float:
    """Share outside the 95 % limits of a funnel of proportions, true shares normal around the target."""
    out = []
    for rng in study.generators(seed, replications):
        truth = np.clip(share + between * rng.standard_normal(AREAS), 0, 1)
        found = funnel_limits(
            rng.binomial(trials, truth), np.full(AREAS, trials), target=share, overdispersion=how
        )
        out.append(found.areas["verdict"].ne("inside").mean())
    return float(np.mean(out))


def text(replications: int, seed: int) -> str:
    """The whole page."""
    kinds = {
        "exact": "Exact Poisson tails (used)",
        "mid-P": "Mid-P",
        "interval": "Garwood's interval of the expected count",
    }
    nulls = {kind: null(kind) for kind in kinds}
    used = nulls["exact"]
    good = OUTSIDE_95[0] <= used["95"] <= OUTSIDE_95[1] and used["998"] <= OUTSIDE_998
    ratios = []
    for low, high in RANGES:
        for cv in VARIATION:
            plain, added, times = (
                widened(replications, seed, low, high, cv, how)
                for how in (None, "additive", "multiplicative")
            )
            ratios.append(
                (
                    f"{low}–{high} expected, CV {cv:g}",
                    f"{100 * plain['95']:.1f}",
                    f"{100 * added['95']:.1f}",
                    f"{100 * added['998']:.2f}",
                    f"{100 * times['95']:.1f}",
                    f"{100 * added['widened']:.0f}",
                )
            )
    shares = []
    ways: tuple[tuple[float, Literal["additive", "multiplicative"] | None], ...]
    for share, trials in PROPORTIONS:
        between = 0.05 if share * (1 - share) > 0.15 else 0.03
        ways = ((0.0, None), (between, "additive"), (between, "multiplicative"))
        shares.append(
            (
                f"{share:g} of {trials}",
                *(
                    f"{100 * widened_shares(replications, seed, share, trials, sd, how):.1f}"
                    for sd, how in ways
                ),
            )
        )
    return (
        "\n".join(
            [
                "# What a funnel leaves out",
                "",
                f"Printed by `python -m tools.funnel_study --replications {replications} --seed {seed}`.",
                "",
                "## Ratios, chance alone",
                "",
                "Averaged over 2 to 10 expected events, by sums over all counts. Asked: 2.5 to 5 % outside the 95 % limits, at most",
                "0.25 % outside the 99.8 %.",
                "",
                *study.table(
                    ("limits", "outside 95 %, %", "outside 99.8 %, %"),
                    (
                        (kinds[kind], f"{100 * row['95']:.2f}", f"{100 * row['998']:.2f}")
                        for kind, row in nulls.items()
                    ),
                ),
                "",
                f"Bar {study.kept(good)}. Exact tails never leave out more than they say at any expected count; mid-P comes closer to 5 %",
                "on average and exceeds it at some. 2 expected first flag 6, 10 expected first flag 18 (P = .0143); 17 on 10 (P = .027) is inside.",
                "",
                "## Ratios of areas that truly differ",
                "",
                f"{replications} sets of {AREAS} areas, true ratios gamma with the given coefficient of variation. A widened funnel that",
                "says 95 % should leave out 5 % or, since counts are whole, fewer.",
                "",
                *study.table(
                    (
                        "setting",
                        "plain: outside 95 %, %",
                        "additive, %",
                        "additive: outside 99.8 %, %",
                        "multiplicative, %",
                        "widened, % of sets",
                    ),
                    ratios,
                ),
                "",
                "Multiplicative limits assume that the extra variance shrinks with size; where it does not, large areas cross them more often.",
                "",
                "## Proportions",
                "",
                "Normal limits p ± z √(p (1 − p) / n). First column: areas that differ by chance alone; the others: areas that truly differ (SD .05",
                "or .03), widened.",
                "",
                *study.table(
                    ("share and trials", "chance alone, plain, %", "additive, %", "multiplicative, %"), shares
                ),
                "",
                "With shares near 0 or 1 of few trials the normal limits leave out more on the long side and less on the short one.",
            ]
        )
        + "\n"
    )


if __name__ == "__main__":
    study.command(text, name=NAME, replications=400, seed=12)
