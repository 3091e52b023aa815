"""The rule: when a causal word may be said, in one place.

A comparison speaks of a cause only where it was registered before its outcome months were known, its effect is told from nothing, and it has passed each of
its design's own checks: what came before (pre-trends), what no programme shows (placebo), and how much the assumption may bend (sensitivity). A check that
cannot be made is not passed. Everything else is told in words of association and says why.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from evaluation import rollout, series, synthetic

Word = Literal["causal", "unseen", "unsupported", "exploratory"]
CHECKS = ("pre_trends", "placebo", "sensitivity")
LEVEL = 0.05
# A district met worse than nine in ten others carries no comparison; the rank that it keeps without one donor.
WORST_FIT, LEFT_OUT = 0.9, 0.1


@dataclass(frozen=True)
class Evidence:
    """What any design hands to the rule: an effect with 95 % limits, and each check passed, failed or not possible (None)."""

    effect: float
    lower: float
    upper: float
    checks: Mapping[str, bool | None]


@dataclass(frozen=True)
class Verdict:
    """`word` says how one may speak; `wanting`: the checks that were not passed."""

    word: Word
    wanting: tuple[str, ...] = ()

    @property
    def causal(self) -> bool:
        return self.word == "causal"


def judge(found: Evidence, *, confirmatory: bool) -> Verdict:
    """How a result may be spoken of.

    Args:
        found: of a design. confirmatory: whether it was registered before the outcome months were closed.

    Returns:
        "causal": a causal word, naming the design; "unseen": no effect was told from nothing; "unsupported": one was, and a check was not
        passed; "exploratory": not registered before looking, whatever it shows.

    Raises:
        ValueError: limits that do not hold the effect, or checks other than CHECKS.
    """
    if not found.lower <= found.effect <= found.upper:
        raise ValueError(f"limits {found.lower} to {found.upper} must hold the effect {found.effect}")
    if set(found.checks) != set(CHECKS):
        raise ValueError(f"checks must be {', '.join(CHECKS)}, not {', '.join(found.checks)}")
    wanting = tuple(name for name in CHECKS if found.checks[name] is not True)
    if not confirmatory:
        return Verdict("exploratory", wanting)
    if found.lower <= 0 <= found.upper:
        return Verdict("unseen", wanting)
    return Verdict("unsupported", wanting) if wanting else Verdict("causal")


def of_rollout(found: rollout.Found) -> Evidence:
    """Evidence of a roll-out: steps between windows before, starts dealt anew, breaches half as large as any before."""
    robust = found.robust
    return Evidence(
        found.effect,
        found.lower,
        found.upper,
        {
            "pre_trends": found.parallel,
            "placebo": found.placebo <= LEVEL,
            "sensitivity": not robust.lower <= 0 <= robust.upper,
        },
    )


def of_series(found: series.Found) -> Evidence:
    """Evidence of a broken series: no bend before, made-up starts, other specifications on the same side of zero."""
    side = found.others * math.copysign(1.0, found.effect)
    return Evidence(
        found.effect,
        found.lower,
        found.upper,
        {
            "pre_trends": not found.bends,
            "placebo": None if math.isnan(found.placebo) else found.placebo <= LEVEL,
            "sensitivity": bool((side.min(axis=1) > 0).all()),
        },
    )


def of_synthetic(found: synthetic.Found) -> Evidence:
    """Evidence of one district: met before, ranked among all, and without each donor in turn."""
    alike = (found.left_out * found.effect > 0) & (found.left_out_placebo <= LEFT_OUT)
    return Evidence(
        found.effect,
        found.lower,
        found.upper,
        {
            "pre_trends": found.fit <= WORST_FIT,
            "placebo": found.placebo <= LEVEL,
            "sensitivity": bool(alike.all()),
        },
    )
