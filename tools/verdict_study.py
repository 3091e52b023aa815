"""Prints docs/studies/verdict.md: how often the outlook's publish rule refuses, where nothing changed and where something did.

    OMP_NUM_THREADS=1 .venv/bin/python -m tools.verdict_study --write

Each register is a demonstration register of its own; the rule is the one of decision 8, applied to its rolling record.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from data.demo import people
from forecast.reisolation import model as models
from forecast.reisolation.backtest import backtest
from forecast.reisolation.cohort import read_rules
from forecast.reisolation.evaluate import BAND_ERROR, CHANGE_ERROR, TOTAL_CONFIDENCE
from tools import reisolation_study, study

NAME = "verdict"
FIRST_ORIGIN = date(2024, 11, 30)  # a year of leavers is known
LAST_YEAR = date(2025, 12, 1)
FIRST_SEED = 5000
RISE = 1.5
LEAST_POWER, MOST_FALSE = 0.90, 0.10
REASONS = ("no_better_than_average", "total_off", "band_coverage_off", "rates_changed")


def register(seed: int, ratio: float = 1.0, since: date = FIRST_ORIGIN) -> pd.DataFrame:
    """Spells of a register in which hazards of coming back are `ratio` times as high in months after `since`."""
    begins = int((np.datetime64(since) - people.window_start(reisolation_study.AS_OF)).astype(int)) + 1

    class Changed(people.Walk):
        def _round(self, high: float, season: float) -> bool:
            return super()._round(high, season + (np.log(ratio) if high > begins + 1 else 0.0))

    with patch.object(people, "Walk", Changed):
        return reisolation_study.register(seed)[1]


def judged(seed: int, ratio: float = 1.0, since: date = FIRST_ORIGIN, *, tail: bool = True) -> dict[str, Any]:
    """The verdict on one register, and what it rests on. Without `tail` the last band's rate is extended as it is."""
    with patch.object(models, "TAIL_UNTIL", models.TAIL_UNTIL if tail else 0):
        record = backtest(
            register(seed, ratio, since),
            as_of=reisolation_study.AS_OF,
            first_origin=FIRST_ORIGIN,
            seed=seed,
            rules=read_rules(),
        )
    total, months = record.total, record.months
    far = months[months["origin"] == months["origin"].iloc[0]]
    return {
        "refused": not record.verdict.published,
        **{r: r in record.verdict.reasons for r in REASONS},
        "ratio": total["ratio"],
        "held": total["lower"] <= 1 <= total["upper"],
        "first": far["observed"].sum() / far["predicted"].sum(),
        "inside": total["inside_80"] / total["band_months"],
        "count_only": abs(np.log(total["ratio"])) <= 1.96 / np.sqrt(total["observed"]),
        "index": float(record.horizons.set_index("horizon").loc[12, "index"]),
    }


def run(replications: int, seed: int, *args: Any, **more: Any) -> pd.DataFrame:
    return pd.DataFrame([judged(seed + k, *args, **more) for k in range(replications)])


def text(replications: int, seed: int) -> str:
    """The whole page."""
    fewer = max(replications // 4, 2)
    same, flat = run(replications, seed), run(fewer, seed, tail=False)
    risen = run(replications, seed, RISE)
    late, fallen = run(fewer, seed, RISE, LAST_YEAR), run(fewer, seed, 1 / RISE)

    def row(words: str, found: pd.DataFrame) -> tuple[object, ...]:
        shares = [
            100 * found[c].mean()
            for c in ("refused", "rates_changed", "total_off", "band_coverage_off", "no_better_than_average")
        ]
        return (
            words,
            len(found),
            *(f"{v:.1f}" for v in shares),
            f"{found['ratio'].mean():.3f}",
            f"{found['ratio'].std():.3f}",
        )

    rows = [
        row("nothing changed", same),
        row("nothing changed, last band extended flat", flat),
        row(f"{RISE:g} times from the first origin on", risen),
        row(f"{RISE:g} times in the last eleven months", late),
        row(f"1/{RISE:g} times from the first origin on", fallen),
    ]
    false, found = same["refused"].mean(), risen["refused"].mean()
    return (
        "\n".join(
            [
                "# What the publish rule refuses",
                "",
                f"Printed by `python -m tools.verdict_study --replications {replications} --seed {seed}`.",
                "",
                "Demonstration registers of 3,000 people over 36 months, each with its own people and districts; origins every third month",
                "from the twelfth on; the rule of decision 8. Synthetic throughout.",
                "",
                *study.table(
                    (
                        "hazards of coming back",
                        "registers",
                        "refused, %",
                        "rates changed, %",
                        "total off, %",
                        "band off, %",
                        "no better, %",
                        "mean O ÷ E",
                        "SD of O ÷ E",
                    ),
                    rows,
                ),
                "",
                f"- Nothing changed: {100 * false:.1f} % are refused; asked: at most 10 %. {study.kept(false <= MOST_FALSE).capitalize()}.",
                f"- Hazards {RISE:g} times as high: {100 * found:.1f} % are refused; asked: at least 90 %. {study.kept(found >= LEAST_POWER).capitalize()}.",
                f"- The limits of O ÷ E hold the forecast's own uncertainty: where nothing changed the 95 % limits hold 1 in"
                f" {100 * same['held'].mean():.1f} % of registers; with the noise of the count alone it would be {100 * same['count_only'].mean():.1f} %.",
                f"- The verdict takes limits of {100 * TOTAL_CONFIDENCE:.0f} % for the total and {100 * (1 - BAND_ERROR):.0f} % for the band, tests for a"
                f" change of the rates at {100 * CHANGE_ERROR:.0f} %, and asks for an index above 0.",
                f"- Decline beyond the data: the twelve months after the first origin had O ÷ E"
                f" {flat['first'].mean():.3f} with the last band's rate extended as it is and {same['first'].iloc[:fewer].mean():.3f} with the bands' decline;"
                f" all together {flat['ratio'].mean():.3f} and {same['ratio'].iloc[:fewer].mean():.3f}; Brier index {100 * flat['index'].mean():.1f} and"
                f" {100 * same['index'].iloc[:fewer].mean():.1f} % ({fewer} registers).",
            ]
        )
        + "\n"
    )


if __name__ == "__main__":
    study.command(text, name=NAME, replications=200, seed=FIRST_SEED)
