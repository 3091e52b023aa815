"""Prints docs/studies/evaluation.md: what comparisons say of made-up cities whose truth is known.

    .venv/bin/python -m tools.evaluation_study --write

Each city has 25 districts whose months hang together. Nothing at all happens in it, or a programme with an effect of a set size starts in some of them. The
same functions as on the page register a power from the months before, run the design, and let the rule speak.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation import power, rollout, series, synthetic, verdict
from evaluation.panel import NEVER, Panel
from tools import study

NAME, DISTRICTS, AFTER = "evaluation", 25, 7
MOST_FALSE, POWER_SLACK, COVERAGE = 0.08, 0.05, (0.93, 0.98)


@dataclass(frozen=True)
class Setting:
    """A kind of city: how many districts start, how much of a month goes over into the next, and the design."""

    design: str
    starting: int
    share: float
    months: int

    @property
    def words(self) -> str:
        who = {
            "rollout": f"{self.starting} districts start over seven months",
            "series": "the whole city at once",
            "synthetic": "one district",
        }[self.design]
        return f"{self.design}: {who}, {self.share:g} of a month goes over, {self.months} months before"


SETTINGS = (
    Setting("rollout", 12, 0.0, 30),
    Setting("rollout", 12, 0.5, 30),
    Setting("rollout", 6, 0.3, 30),
    Setting("series", 1, 0.3, 36),
    Setting("synthetic", 1, 0.3, 30),
)


def city(rng: np.random.Generator, setting: Setting, periods: int) -> np.ndarray:
    """Districts by months without any programme."""
    noise = rng.normal(0, 3, (DISTRICTS, periods))
    noise[:, 0] /= np.sqrt(1 - setting.share**2)
    for month in range(1, periods):
        noise[:, month] += setting.share * noise[:, month - 1]
    season = 2 * np.sin(2 * np.pi * np.arange(periods) / 12)
    return 50 + rng.normal(0, 8, (DISTRICTS, 1)) + season + rng.normal(0, 1, periods) + noise


def starts(setting: Setting) -> np.ndarray:
    """First month under the programme by district: a third each at once, three and six months later."""
    found = np.full(DISTRICTS, NEVER)
    found[: setting.starting] = setting.months + 3 * (np.arange(setting.starting) * 3 // setting.starting)
    return found


def judged(setting: Setting, outcome: np.ndarray, size: float, seed: int) -> tuple[verdict.Evidence, bool]:
    """What a design finds in a city with an effect put in, and whether a registered one is told as a cause."""
    months, periods = setting.months, outcome.shape[1]
    if setting.design == "rollout":
        start = starts(setting)
        panel = Panel(outcome + size * (np.arange(periods) >= start[:, None]), start)
        found = verdict.of_rollout(rollout.run(panel, AFTER, seed=seed, draws=199))
    elif setting.design == "series":
        y = outcome.mean(axis=0) + size * (np.arange(periods) >= months)
        found = verdict.of_series(series.run(y, months, np.arange(periods) % 12 + 1))
    else:
        moved = outcome.copy()
        moved[0, months:] += size
        found = verdict.of_synthetic(synthetic.run(moved, 0, months))
    return found, verdict.judge(found, confirmatory=True).causal


def powers(setting: Setting, outcome: np.ndarray, seed: int) -> power.Power:
    """What the months before let one detect."""
    past = outcome[:, : setting.months]
    if setting.design == "rollout":
        return power.of_rollout(past, starts(setting), AFTER, seed=seed, drawings=150)
    if setting.design == "series":
        return power.of_series(
            past.mean(axis=0), np.arange(setting.months) % 12 + 1, AFTER, seed=seed, drawings=60
        )
    return power.of_synthetic(past, AFTER, seed=seed, drawings=40)


def run(
    replications: int, seed: int, settings: tuple[Setting, ...] = SETTINGS, *, every: int = 4
) -> pd.DataFrame:
    """Shares by setting: causal sentences without and with an effect, the power that was stated, coverage.

    The effect is the size that the first city's own past says is told with 80 %. Power is stated of each `every`-th city, for that size.
    """
    rows = []
    for setting in settings:
        periods = setting.months + AFTER + (6 if setting.design == "rollout" else 0)
        size = float(
            np.median(
                [
                    powers(setting, city(rng, setting, periods), 1).detects()
                    for rng in study.generators(seed + 1, 3)
                ]
            )
        )
        for n, rng in enumerate(study.generators(seed, replications)):
            outcome = city(rng, setting, periods)
            none, false = judged(setting, outcome, 0.0, n)
            some, true = judged(setting, outcome, size, n)
            rows.append(
                {
                    "setting": setting.words,
                    "size": size,
                    "false": false,
                    "true": true,
                    "stated": powers(setting, outcome, n).told(size) if n % every == 0 else np.nan,
                    "covered": none.lower <= 0 <= none.upper,
                    "apart": not some.lower <= 0 <= some.upper,
                }
            )
    return pd.DataFrame(rows).groupby("setting", sort=False).mean()


def text(replications: int, seed: int) -> str:
    found = run(replications, seed)
    rows = [
        (
            name,
            f"{100 * row['false']:.1f} %",
            f"{row['size']:.1f}",
            f"{100 * row['stated']:.0f} %",
            f"{100 * row['true']:.0f} %",
            f"{100 * row['apart']:.0f} %",
            f"{100 * row['covered']:.1f} %",
        )
        for name, row in found.iterrows()
    ]
    head = (
        *("City", "causal sentence, nothing happens", "effect put in", "stated chance of a causal sentence"),
        *("causal sentence, effect put in", "limits without zero", "95 % limits hold the truth"),
    )
    bars = (
        (
            "a causal sentence where nothing happens in at most 8 %",
            bool((found["false"] <= MOST_FALSE).all()),
        ),
        (
            "an effect is told as often as was stated, to 5 points",
            bool(((found["true"] - found["stated"]).abs() <= POWER_SLACK).all()),
        ),
        ("95 % limits hold the truth in 93 to 98 %", bool(found["covered"].between(*COVERAGE).all())),
    )
    return "\n".join(
        [
            "# Comparisons where the truth is known",
            "",
            f"`.venv/bin/python -m tools.evaluation_study --write` ({replications} cities of each kind, seed {seed}; all made up). Districts 25, months after a start {AFTER}, a month's own noise 3.",
            "Every comparison counts as registered in time, so that the checks alone stand between noise and a causal sentence. The effect put in is the one that the past of three such cities says is told in 80 %.",
            "",
            *study.table(head, rows),
            "",
            *(f"- {words}: {study.kept(held)}." for words, held in bars),
            "",
        ]
    )


if __name__ == "__main__":
    study.command(text, name=NAME, replications=200, seed=20261101)
